//! CoAP over TCP and TLS: messages in a byte stream. RFC 8323 section 3.
//!
//! ```text
//! +-------+-------+-----------------+--------+------------------+---------+------------------+
//! |  Len  |  TKL  | Length, ext.    |  Code  | Token, TKL bytes | Options | 0xFF and payload |
//! | 4 bit | 4 bit | 0, 1, 2, 4 byte | 1 byte |                  |                            |
//! +-------+-------+-----------------+--------+------------------+---------+------------------+
//! ```
//!
//! The Length counts options, marker and payload. After connecting, each side sends a CSM first; see
//! [`Csm`](crate::Csm).

use crate::body::{self, At};
use crate::code::Code;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::extended;
use crate::message::ReliableMessage;
use crate::token::Token;
use crate::writer::Writer;

#[cfg(feature = "embedded-io")]
pub use crate::embedded_io_impl::{ReadError, Sending, WriteError};
pub use crate::stream::Stream;

/// Messages in a byte stream. [`Stream`] collects them from pieces.
///
/// ```
/// use coap_codec::{Code, ReliableMessage, Token, tcp};
///
/// let codec = tcp::Codec::new();
/// let ping = ReliableMessage::new(Code::PING).with_token(Token::new(&[0x42]).unwrap());
/// let mut buffer = [0; 16];
/// let len = codec.encode(&ping, &mut buffer).unwrap();
/// assert_eq!(buffer[..len], [0x01, 0xE2, 0x42]);
/// assert_eq!(codec.decode(&buffer[..len]), Ok(Some((ping, len))));
/// assert_eq!(codec.decode(&buffer[..2]), Ok(None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codec {
    /// The longest token in bytes, both ways: what our CSM announces. Up to 8 it has no effect; above,
    /// tokens are extended (RFC 8974), to at most 65,804.
    pub max_token_len: u32,
    /// The longest message that is decoded, in bytes from its first byte to its last: what our CSM
    /// announces. A longer one is refused as soon as its length is there.
    pub max_message_size: u32,
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec {
    /// The base values of RFC 8323: tokens of up to 8 bytes, messages of up to 1152.
    pub const fn new() -> Self {
        Self { max_token_len: Token::MAX_LEN, max_message_size: 1152 }
    }

    /// The same with tokens of up to `max_token_len` bytes. RFC 8974.
    pub const fn with_max_token_len(self, max_token_len: u32) -> Self {
        Self { max_token_len, ..self }
    }

    /// The same with messages of up to `max_message_size` bytes. RFC 8323 section 5.3.1.
    pub const fn with_max_message_size(self, max_message_size: u32) -> Self {
        Self { max_message_size, ..self }
    }

    /// The length of the message that `input` begins with, in bytes; `None` if too little of it is
    /// there to tell. Two to six bytes tell, with an extended token up to eight.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TokenLength`], [`ErrorKind::TokenTooLong`], [`ErrorKind::MessageTooLarge`].
    pub const fn frame_len(&self, input: &[u8]) -> Result<Option<usize>, DecodeError> {
        match self.frame(input) {
            Ok(Some(frame)) => Ok(Some(frame.len)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The message at the start of `input` and its length; `None` if it is not complete. It borrows
    /// from `input`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; the connection is then aborted, RFC 8323 section 5.6.
    pub const fn decode<'a>(
        &self,
        input: &'a [u8],
    ) -> Result<Option<(ReliableMessage<'a>, usize)>, DecodeError> {
        let frame = match self.frame(input) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some((bytes, _)) = input.split_at_checked(frame.len) else {
            return Ok(None);
        };
        let Some((_, [code, rest @ ..])) = bytes.split_at_checked(frame.code_at) else {
            return Ok(None);
        };
        match body::read(Code(*code), frame.token_length, self.max_token_len, rest) {
            Ok(message) => Ok(Some((message, frame.len))),
            Err(At(kind, from_end)) => Err(error(kind, frame.len.saturating_sub(from_end))),
        }
    }

    /// Writes `message` to the start of `out` and returns its length. Whether the peer takes a
    /// message of that length, its [`Csm`](crate::Csm) says.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, [`EncodeError::Invalid`] for a message
    /// that the standard forbids; then `out` is as it was.
    pub const fn encode(
        &self,
        message: &ReliableMessage<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let plan = match self.plan(message) {
            Ok(plan) => plan,
            Err(kind) => return Err(EncodeError::Invalid(kind)),
        };
        let Some((out, _)) = out.split_at_mut_checked(plan.len) else {
            return Err(EncodeError::BufferTooSmall { needed: plan.len });
        };
        match plan.write(message, &mut Writer::new(out)) {
            Ok(()) => Ok(plan.len),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// The length of `message` in bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] for a message that the standard forbids.
    pub const fn encoded_len(&self, message: &ReliableMessage<'_>) -> Result<usize, EncodeError> {
        match self.plan(message) {
            Ok(plan) => Ok(plan.len),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// What the first bytes tell.
    const fn frame(&self, input: &[u8]) -> Result<Option<Frame>, DecodeError> {
        let [first, rest @ ..] = input else {
            return Ok(None);
        };
        let token_length = *first & 0x0F;
        if let Err(kind) = body::check_token_length(token_length, self.max_token_len) {
            return Err(error(kind, 0));
        }
        let (length, rest) = match (*first >> 4, rest) {
            (length @ 0..=12, rest) => (length as u64, rest),
            (13, [byte, rest @ ..]) => ((*byte as u64).saturating_add(LENGTH_8), rest),
            (14, [a, b, rest @ ..]) => {
                ((u16::from_be_bytes([*a, *b]) as u64).saturating_add(LENGTH_16), rest)
            }
            (15, [a, b, c, d, rest @ ..]) => {
                ((u32::from_be_bytes([*a, *b, *c, *d]) as u64).saturating_add(LENGTH_32), rest)
            }
            _ => return Ok(None),
        };
        let code_at = input.len().saturating_sub(rest.len());
        if length > self.max_message_size as u64 {
            return Err(error(ErrorKind::MessageTooLarge, 0));
        }
        let [_, rest @ ..] = rest else {
            return Ok(None);
        };
        let Ok((token_len, behind)) = extended::read(token_length, rest, ErrorKind::TokenLength)
        else {
            return Ok(None);
        };
        if token_len > self.max_token_len && token_len > Token::MAX_LEN {
            return Err(error(ErrorKind::TokenTooLong, 0));
        }
        let head = input.len().saturating_sub(behind.len()) as u64;
        let len = head.saturating_add(token_len as u64).saturating_add(length);
        if len > self.max_message_size as u64 {
            return Err(error(ErrorKind::MessageTooLarge, 0));
        }
        Ok(Some(Frame { code_at, token_length, len: len as usize }))
    }

    /// Checks `message` and measures what must be known before its first byte.
    pub(crate) const fn plan(&self, message: &ReliableMessage<'_>) -> Result<Plan, ErrorKind> {
        if let Err(kind) = message.check() {
            return Err(kind);
        }
        let token_length = match body::token_length(&message.token, self.max_token_len) {
            Ok(token_length) => token_length,
            Err(kind) => return Err(kind),
        };
        let mut w = Writer::counter();
        if let Err(kind) = body::write(message.code, &message.options, message.payload, &mut w) {
            return Err(kind);
        }
        if w.len() as u64 > (u32::MAX as u64).saturating_add(LENGTH_32) {
            return Err(ErrorKind::MessageTooLarge);
        }
        let mut plan = Plan { token_length, length: w.len() as u64, len: 0 };
        let mut head = Writer::counter();
        plan.write_head(message, &mut head);
        plan.len = head.len().saturating_add(w.len());
        Ok(plan)
    }
}

/// What is known of a frame before it is complete.
struct Frame {
    code_at: usize,
    token_length: u8,
    len: usize,
}

/// A message that was checked, ready to be written.
pub(crate) struct Plan {
    token_length: u8,
    /// The Length field.
    length: u64,
    /// Bytes of the whole frame.
    pub(crate) len: usize,
}

impl Plan {
    pub(crate) const fn write(
        &self,
        message: &ReliableMessage<'_>,
        w: &mut Writer<'_>,
    ) -> Result<(), ErrorKind> {
        self.write_head(message, w);
        body::write(message.code, &message.options, message.payload, w)
    }

    const fn write_head(&self, message: &ReliableMessage<'_>, w: &mut Writer<'_>) {
        let (length, token_length) = (self.length, self.token_length);
        match length {
            0..LENGTH_8 => w.u8((length as u8) << 4 | token_length),
            LENGTH_8..LENGTH_16 => {
                w.array([13 << 4 | token_length, length.saturating_sub(LENGTH_8) as u8]);
            }
            LENGTH_16..LENGTH_32 => {
                w.u8(14 << 4 | token_length);
                w.u16(length.saturating_sub(LENGTH_16) as u16);
            }
            _ => {
                w.u8(15 << 4 | token_length);
                w.array((length.saturating_sub(LENGTH_32) as u32).to_be_bytes());
            }
        }
        w.u8(message.code.0);
        body::write_token(&message.token, w);
    }
}

/// The smallest Length of each extended form.
const LENGTH_8: u64 = 13;
const LENGTH_16: u64 = 269;
const LENGTH_32: u64 = 65_805;

#[cold]
const fn error(kind: ErrorKind, offset: usize) -> DecodeError {
    DecodeError { kind, offset: offset as u32, message_type: None, message_id: 0 }
}
