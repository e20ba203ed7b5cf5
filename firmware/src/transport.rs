//! What `mqtt-publisher` speaks through, by the features that it is built with:
//!
//! | features | layers |
//! |---|---|
//! | `uart` | the UART |
//! | `uart,tcp` | TCP over the board's Ethernet |
//! | `uart,websocket` | WebSocket over the UART |
//! | `uart,tcp,websocket` | WebSocket over TCP |
//!
//! Each layer is a function that makes a link, lends it to what is to be done with it, and ends it. A
//! layer's buffers are its variables, and a link is nothing but `embedded_io::{Read, Write}`.

#[cfg(feature = "tcp")]
mod tcp;
#[cfg(not(feature = "tcp"))]
mod uart;
#[cfg(feature = "websocket")]
mod websocket;

#[cfg(feature = "tcp")]
use tcp as line;
#[cfg(not(feature = "tcp"))]
use uart as line;

#[cfg(not(feature = "websocket"))]
pub use line::{Link, LinkError, with_link};
#[cfg(feature = "websocket")]
pub use websocket::{Link, LinkError, with_link};

/// Its layers.
pub const NAME: &str = match (cfg!(feature = "websocket"), cfg!(feature = "tcp")) {
    (false, false) => "UART",
    (false, true) => "TCP",
    (true, false) => "WebSocket over UART",
    (true, true) => "WebSocket over TCP",
};

/// For how long a read may wait, in milliseconds.
const READ_LIMIT_MS: u64 = 3000;

/// What has failed.
#[derive(Debug)]
pub enum Failure<L, W> {
    /// Making the link, or ending it.
    Link(L),
    /// What was done with it.
    Work(W),
}
