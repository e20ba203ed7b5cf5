//! HTTP/1.1 over TCP and TLS. RFC 9110 and 9112
//!
//! ```text
//!  bytes --> connection --> route --> topics, index --> hub
//!  bytes <-- send <------- Reply <------/
//! ```

mod connection;
mod index;
mod reply;
mod request;
mod route;
mod send;
mod topics;

pub(super) use connection::serve;
