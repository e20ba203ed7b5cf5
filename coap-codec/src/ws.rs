//! CoAP over WebSockets: a binary WebSocket message is a CoAP message. RFC 8323 section 4.
//!
//! ```text
//! +-------+-------+--------+------------------+---------+------------------+
//! | Len=0 |  TKL  |  Code  | Token, TKL bytes | Options | 0xFF and payload |
//! +-------+-------+--------+------------------+---------+------------------+
//! ```

use crate::body::{self, At};
use crate::code::Code;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::message::ReliableMessage;
use crate::token::Token;
use crate::writer::Writer;

/// Messages in binary WebSocket messages.
///
/// ```
/// use coap_codec::{Code, ReliableMessage, Token, ws};
///
/// let ping = ReliableMessage::new(Code::PING).with_token(Token::new(&[0x42]).unwrap());
/// let mut buffer = [0; 16];
/// let len = ws::Codec::new().encode(&ping, &mut buffer).unwrap();
/// assert_eq!(buffer[..len], [0x01, 0xE2, 0x42]);
/// assert_eq!(ws::Codec::new().decode(&buffer[..len]), Ok(ping));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codec {
    /// The longest token in bytes, both ways: what our CSM announces. Up to 8 it has no effect; above,
    /// tokens are extended (RFC 8974), to at most 65,804.
    pub max_token_len: u32,
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec {
    /// Tokens of up to 8 bytes.
    pub const fn new() -> Self {
        Self { max_token_len: Token::MAX_LEN }
    }

    /// The same with tokens of up to `max_token_len` bytes. RFC 8974.
    pub const fn with_max_token_len(self, max_token_len: u32) -> Self {
        Self { max_token_len }
    }

    /// The message in the payload of a WebSocket message.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; the connection is then aborted, RFC 8323 section 5.6.
    pub const fn decode<'a>(&self, bytes: &'a [u8]) -> Result<ReliableMessage<'a>, DecodeError> {
        let Some(([first, code], rest)) = bytes.split_first_chunk() else {
            return Err(error(ErrorKind::Truncated, bytes.len()));
        };
        if *first >> 4 != 0 {
            return Err(error(ErrorKind::WebSocketLength, 0));
        }
        match body::read(Code(*code), *first & 0x0F, self.max_token_len, rest) {
            Ok(message) => Ok(message),
            Err(At(kind, from_end)) => Err(error(kind, bytes.len().saturating_sub(from_end))),
        }
    }

    /// Writes `message` to the start of `out` and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, [`EncodeError::Invalid`] for a message
    /// that the standard forbids. What `out` holds then is no message.
    pub const fn encode(
        &self,
        message: &ReliableMessage<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        match self.write(message, &mut w) {
            Ok(()) if !w.is_full() => Ok(w.len()),
            Ok(()) => Err(EncodeError::BufferTooSmall { needed: w.len() }),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// The length of `message` in bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] for a message that the standard forbids.
    pub const fn encoded_len(&self, message: &ReliableMessage<'_>) -> Result<usize, EncodeError> {
        let mut w = Writer::counter();
        match self.write(message, &mut w) {
            Ok(()) => Ok(w.len()),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    pub(crate) const fn write(
        &self,
        message: &ReliableMessage<'_>,
        w: &mut Writer<'_>,
    ) -> Result<(), ErrorKind> {
        if let Err(kind) = message.check() {
            return Err(kind);
        }
        match body::token_length(&message.token, self.max_token_len) {
            Ok(token_length) => w.array([token_length, message.code.0]),
            Err(kind) => return Err(kind),
        }
        body::write_token(&message.token, w);
        body::write(message.code, &message.options, message.payload, w)
    }
}

#[cold]
const fn error(kind: ErrorKind, offset: usize) -> DecodeError {
    DecodeError { kind, offset: offset as u32, message_type: None, message_id: 0 }
}
