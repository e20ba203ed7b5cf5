//! The same work for this repository's crates and for others, in one run. `README.md` has the
//! tables and says what is measured.

pub mod cell;
pub mod fixture;
pub mod http;
pub mod links;
pub mod messages;
pub mod peers;
pub mod ready;
pub mod sessions;
pub mod topics;
pub mod visit;
pub mod websocket;
