//! WebSocket, RFC 6455: the handshake of both sides, frames, and sessions of messages.
//!
//! ```text
//!  0               1               2               3
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R R R|opcode |M| length      | length, if that is 126: 16    |
//! |I|S S S|       |A| 0 to 125,   | bits; if it is 127: 64 bits,  |
//! |N|V V V|       |S| 126, 127    | the first of them 0           |
//! | |1 2 3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! | masking key, 4 bytes, if MASK | payload                       |
//! +-------------------------------+-------------------------------+
//! ```
//!
//! From the bottom up; each layer works without those above it:
//!
//! * [`FrameHeader`] and [`Mask`]: the two to fourteen bytes before a payload, and what hides it.
//! * [`Utf8`]: text that comes in pieces, judged as early as it can be.
//! * [`Session`]: messages out of frames and into them, pings, the closing handshake, deadlines.
//! * [`handshake`]: from HTTP to WebSocket.

pub mod handshake;

mod close;
#[cfg(feature = "defmt")]
mod defmt_impl;
#[cfg(feature = "embedded-io-async")]
mod embedded_io_async_impl;
#[cfg(feature = "embedded-io")]
pub(crate) mod embedded_io_impl;
mod frame;
mod mask;
mod session;
mod utf8;

pub use close::{Close, CloseCode};
pub use frame::{FrameHeader, Opcode};
pub use mask::Mask;
pub use session::{Event, Message, Payload, Session, Settings};
pub use utf8::Utf8;

/// Who somebody is on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// It has opened the connection, and masks what it sends.
    Client,
    /// It masks nothing.
    Server,
}

/// Why a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: Kind,
    /// Index of the byte that is wrong: from the start of the frame, also in a piece of it. In a close
    /// reason, of the character that is wrong.
    pub offset: u64,
}

/// What is wrong with what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Kind {
    /// RSV1, RSV2 or RSV3 is set, for which no extension was agreed upon.
    #[error("a reserved bit")]
    ReservedBit,
    /// The opcode is 3 to 7 or 11 to 15.
    #[error("a reserved opcode")]
    ReservedOpcode,
    /// A client's frame without a mask.
    #[error("an unmasked frame of a client")]
    Unmasked,
    /// A server's frame with a mask.
    #[error("a masked frame of a server")]
    Masked,
    /// A length in more bytes than it needs.
    #[error("a length in more bytes than it needs")]
    LongLength,
    /// A length of 2^63 or more.
    #[error("a length of 2^63 or more")]
    LengthBit,
    /// A control frame without FIN.
    #[error("a control frame in fragments")]
    ControlFragment,
    /// A control frame of more than 125 bytes.
    #[error("a control frame of more than 125 bytes")]
    ControlTooLong,
    /// A continuation where no message has begun.
    #[error("a continuation of nothing")]
    NothingToContinue,
    /// A message within the fragments of another one.
    #[error("a message within another one")]
    Interleaved,
    /// A text that is not UTF-8.
    #[error("a text that is not UTF-8")]
    Utf8,
    /// A Close of one byte.
    #[error("half a close code")]
    HalfCloseCode,
    /// A close code that must not be sent.
    #[error("a close code that must not be sent")]
    CloseCode,
    /// A close reason that is not UTF-8.
    #[error("a close reason that is not UTF-8")]
    CloseReason,
    /// A message longer than the limit.
    #[error("a message longer than the limit")]
    MessageTooLong,
    /// A message in more frames than the limit.
    #[error("a message in more frames than the limit")]
    TooManyFragments,
    /// A text where bytes alone are spoken.
    #[error("a text where bytes alone are spoken")]
    Text,
    /// The connection ended without Close.
    #[error("the connection ended without Close")]
    Incomplete,
    /// The peer did not answer in time.
    #[error("no answer in time")]
    TooSlow,
}

impl Kind {
    /// The section whose rule is broken, or that allows a limit.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Unmasked | Self::Masked => "RFC 6455 section 5.1",
            Self::ReservedBit | Self::ReservedOpcode | Self::LongLength | Self::LengthBit => {
                "RFC 6455 section 5.2"
            }
            Self::NothingToContinue | Self::Interleaved => "RFC 6455 section 5.4",
            Self::ControlFragment | Self::ControlTooLong => "RFC 6455 section 5.5",
            Self::HalfCloseCode => "RFC 6455 section 5.5.1",
            Self::Incomplete => "RFC 6455 section 7.1.5",
            Self::Text => "RFC 6455 section 7.4.1",
            Self::CloseCode => "RFC 6455 section 7.4",
            Self::Utf8 | Self::CloseReason => "RFC 6455 section 8.1",
            Self::MessageTooLong | Self::TooManyFragments | Self::TooSlow => {
                "RFC 6455 section 10.4"
            }
        }
    }

    /// The code of the Close that answers it. Section 7.4.1; without one, nobody would receive it.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Utf8 | Self::CloseReason => CloseCode::INVALID_DATA,
            Self::MessageTooLong | Self::TooManyFragments => CloseCode::TOO_BIG,
            Self::Text => CloseCode::UNSUPPORTED_DATA,
            Self::TooSlow => CloseCode::POLICY,
            _ => CloseCode::PROTOCOL_ERROR,
        }
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
    Invalid(Kind),
    /// It is not its turn: another message has not ended, or Close was sent.
    #[error("it cannot be sent now")]
    OutOfTurn,
}

impl Error {
    const fn new(kind: Kind, offset: u64) -> Self {
        Self { kind, offset }
    }
}
