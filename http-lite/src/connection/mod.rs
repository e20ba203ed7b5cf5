//! Whole connections, client and server: who may send what when, and what bytes mean.
//!
//! [`Server`] and [`Client`] hold no bytes and do no I/O. You lend the buffers, tell the time in
//! milliseconds from any fixed point, and move the bytes:
//!
//! ```text
//!            +------------- Server -------------+
//! received --> handle_input --> ServerEvent      |   what the client says, borrowed
//!            |                                  |
//!     sent <-- respond, data, finish             |   what you answer
//!     sent <-- poll_transmit                     |   what it owes: 100 Continue, error answers
//!            |                                  |
//!     time --> handle_timeout, poll_timeout      |   slow peers
//!            +----------------------------------+
//! ```
//!
//! Call `handle_input` with all bytes that were received and not taken yet, until it takes nothing
//! and gives no event; then send what `poll_transmit` owes, and read more behind them. While `wants_input` is false, the machine waits
//! for you: do not read, so that the peer waits too.
//!
//! The states stand in one file, `connection/machine.rs`. RFC 9112 section 9.

mod client;
mod machine;
mod pace;
mod server;

pub use client::{Client, ClientEvent};
pub use pace::Budgets;
pub use server::{Server, ServerEvent};

use crate::body::BodyLimits;
use crate::error::{EncodeError, ErrorKind};
use crate::head::Limits;

/// What a peer may do at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Of a head. `bytes` must not be more than the buffer that you receive into.
    pub head: Limits,
    /// Of a body. Its `trailers.bytes` must not be more than that buffer either.
    pub body: BodyLimits,
    /// Informational responses to one request.
    pub informational: u8,
    /// Time.
    pub budgets: Budgets,
}

impl Settings {
    /// For a server with a buffer of 16 kB.
    pub const SERVER: Self = Self {
        head: Limits::DEFAULT,
        body: BodyLimits::DEFAULT,
        informational: 16,
        budgets: Budgets::SERVER,
    };
    /// For a client with a buffer of 16 kB.
    pub const CLIENT: Self = Self { budgets: Budgets::CLIENT, ..Self::SERVER };

    /// Heads and trailer sections of at most `bytes`, the length of your buffer.
    pub const fn with_buffer(mut self, bytes: u32) -> Self {
        self.head.bytes = bytes;
        if self.body.trailers.bytes > bytes {
            self.body.trailers.bytes = bytes;
        }
        self
    }

    /// Bodies of at most `bytes` of content.
    pub const fn with_content(mut self, bytes: u64) -> Self {
        self.body.content = bytes;
        self
    }

    /// Other budgets of time.
    pub const fn with_budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }
}

/// Why something was not sent. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The buffer is shorter than what is to be written.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length.
        needed: usize,
    },
    /// It would break a rule of the standard.
    #[error("it cannot be sent: {0}")]
    Invalid(ErrorKind),
    /// It is not its turn: another message has not ended, or the connection ends.
    #[error("it cannot be sent now")]
    OutOfTurn,
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::BufferTooSmall { needed } => Self::BufferTooSmall { needed },
            EncodeError::Invalid(kind) => Self::Invalid(kind),
        }
    }
}
