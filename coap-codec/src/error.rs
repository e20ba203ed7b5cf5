//! What can be wrong with a message: the kind, where, which rule, and what it deserves.

use crate::message::Type;
use crate::reaction::Reaction;

/// Why bytes are not a message.
///
/// ```
/// use coap_codec::{Codec, ErrorKind, Reaction};
///
/// // A Confirmable GET whose payload marker has no payload behind it.
/// let error = Codec::new().decode(&[0x40, 0x01, 0x30, 0x39, 0xFF]).unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::EmptyPayload, 4));
/// assert_eq!(error.rule(), "RFC 7252 section 3");
/// assert_eq!((error.reaction(), error.message_id), (Reaction::Reset, 0x3039));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Index in the datagram or frame of the first byte of the field that is wrong; for an option,
    /// of the option.
    pub offset: u32,
    /// The type, if this is version 1 and its header is there; `None` over reliable transports.
    pub message_type: Option<Type>,
    /// The Message ID, if there is a type.
    pub message_id: u16,
}

impl DecodeError {
    /// The section of the standard that is broken.
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    /// What the datagram deserves: [`Reaction::Reset`] if it is Confirmable, else
    /// [`Reaction::Ignore`]. RFC 7252 sections 4.2 and 4.3.
    ///
    /// What arrived by multicast is always ignored (section 8.1). Over reliable transports the
    /// connection is aborted instead, RFC 8323 section 5.6.
    pub const fn reaction(&self) -> Reaction {
        match self.message_type {
            Some(Type::Confirmable) => Reaction::Reset,
            _ => Reaction::Ignore,
        }
    }
}

/// Why a message cannot be encoded, or edited. No message has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is shorter than the message.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length of the message.
        needed: usize,
    },
    /// The message would break a rule of the standard.
    #[error("the message cannot be encoded: {0}")]
    Invalid(ErrorKind),
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The version is not 1.
    #[error("a version other than 1")]
    Version,
    /// The header or the token runs past the end.
    #[error("a header that runs past the end")]
    Truncated,
    /// The Token Length is reserved: 9 to 15, or 15 where extended tokens are allowed.
    #[error("a reserved Token Length")]
    TokenLength,
    /// The token is longer than the codec allows.
    #[error("a token longer than the limit")]
    TokenTooLong,
    /// An Empty message (0.00) with a token, options or payload.
    #[error("bytes in an Empty message")]
    EmptyMessage,
    /// An Option Delta of 15 that is not the payload marker.
    #[error("a reserved Option Delta")]
    OptionDelta,
    /// An Option Length of 15.
    #[error("a reserved Option Length")]
    OptionLength,
    /// An option runs past the end.
    #[error("an option that runs past the end")]
    OptionTruncated,
    /// An option number above 65,535.
    #[error("an option number above 65535")]
    OptionNumber,
    /// A payload marker without payload.
    #[error("a payload marker without payload")]
    EmptyPayload,
    /// The message is larger than the codec's maximum message size, or than a frame can be.
    #[error("a message larger than the limit")]
    MessageTooLarge,
    /// The Length field of a message in a WebSocket frame is not 0.
    #[error("a Length other than 0 over WebSockets")]
    WebSocketLength,
    /// The code has a reserved class, or is a signalling code over UDP (when encoding).
    #[error("a reserved code")]
    ReservedCode,
    /// The type does not go with the code: a request in an Acknowledgement, anything but Empty in a
    /// Reset, an Empty Non-confirmable message (when encoding).
    #[error("a type that does not go with the code")]
    TypeAndCode,
    /// A list of options is not in the order of their numbers (when encoding).
    #[error("options out of order")]
    OptionOrder,
    /// The value of an option has a length that its definition does not allow (when encoding).
    #[error("an option value of a length that is not allowed")]
    OptionValueLength,
    /// An option that is not repeatable is there twice (when encoding).
    #[error("an option more often than allowed")]
    OptionRepeated,
}

impl ErrorKind {
    /// The section of the standard that is broken.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Version | Self::Truncated | Self::TokenLength | Self::EmptyPayload => {
                "RFC 7252 section 3"
            }
            Self::OptionDelta | Self::OptionLength | Self::OptionTruncated | Self::OptionOrder => {
                "RFC 7252 section 3.1"
            }
            Self::TokenTooLong => "RFC 8974 section 2.2.1",
            Self::EmptyMessage => "RFC 7252 section 4.1",
            Self::OptionNumber => "RFC 7252 section 12.2",
            Self::MessageTooLarge => "RFC 8323 section 5.3.1",
            Self::WebSocketLength => "RFC 8323 section 4.2",
            Self::ReservedCode => "RFC 7252 section 12.1",
            Self::TypeAndCode => "RFC 7252 section 4.3",
            Self::OptionValueLength => "RFC 7252 section 5.4.3",
            Self::OptionRepeated => "RFC 7252 section 5.4.5",
        }
    }
}
