//! WebSocket: what RFC 6455 allows and forbids, as a table; the handshake; sessions in time.

#![cfg(feature = "websocket")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod handshake;
mod peer;
mod reference;
mod session;
mod table;
