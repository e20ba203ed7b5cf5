//! The codec value for UDP: what decoding and encoding depend on.

use crate::body::{self, At};
use crate::code::Code;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::message::{Message, Type};
use crate::token::Token;
use crate::writer::Writer;

/// Messages over UDP and DTLS: a datagram is a message. Small, `Copy`, made in `const`.
///
/// ```
/// use coap_codec::{Code, Codec, OptionNumber, Type};
///
/// // RFC 7252 appendix A: the answer to a GET for the temperature.
/// let datagram = b"\x61\x45\x7D\x34\x20\xFF22.3 C";
/// let message = Codec::new().decode(datagram)?;
/// assert_eq!((message.message_type, message.code), (Type::Acknowledgement, Code::CONTENT));
/// assert_eq!(message.payload, b"22.3 C");
/// # Ok::<(), coap_codec::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codec {
    /// Tokens of more than 8 bytes are understood, and may be sent. RFC 8974.
    pub extended_tokens: bool,
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec {
    /// RFC 7252: tokens of up to 8 bytes.
    pub const fn new() -> Self {
        Self { extended_tokens: false }
    }

    /// The same with extended tokens, of up to 65,804 bytes. RFC 8974.
    ///
    /// There is no lower limit here, because who understands extended tokens must not reject one as
    /// malformed (section 2.2.2): [`Knowledge::max_token_len`](crate::Knowledge::max_token_len) has one.
    pub const fn with_extended_tokens(self) -> Self {
        Self { extended_tokens: true }
    }

    const fn max_token_len(&self) -> u32 {
        if self.extended_tokens { Token::MAX_EXTENDED_LEN } else { Token::MAX_LEN }
    }

    /// The message that a datagram is. It borrows from the datagram.
    ///
    /// Every rule of RFC 7252 sections 3 and 4.1 is checked here; options are then iterated without
    /// errors. Whether an option is known, of the right length and not repeated is for
    /// [`react`](crate::react).
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with kind, offset, rule, and what the datagram deserves.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn decode<'a>(&self, datagram: &'a [u8]) -> Result<Message<'a>, DecodeError> {
        let [first, rest @ ..] = datagram else {
            return Err(error(ErrorKind::Truncated, 0, datagram));
        };
        // RFC 7252 section 3: another version is ignored whatever follows.
        if *first >> 6 != VERSION {
            return Err(error(ErrorKind::Version, 0, datagram));
        }
        let Some(([code, high, low], rest)) = rest.split_first_chunk() else {
            return Err(error(ErrorKind::Truncated, if rest.is_empty() { 1 } else { 2 }, datagram));
        };
        match body::read(Code(*code), *first & 0x0F, self.max_token_len(), rest) {
            Ok(message) => {
                let message_id = u16::from_be_bytes([*high, *low]);
                Ok(message.over_udp(Type::from_bits(*first >> 4), message_id))
            }
            Err(At(kind, from_end)) => {
                Err(error(kind, datagram.len().saturating_sub(from_end), datagram))
            }
        }
    }

    /// Writes `message` to the start of `out` and returns its length.
    ///
    /// It is `const`, so that a message can be made while the program is built:
    ///
    /// ```
    /// use coap_codec::{Code, Codec, CoapOption, Message, OptionNumber, Options, Type};
    ///
    /// const PATH: &[CoapOption] = &[CoapOption::new(OptionNumber::URI_PATH, b"led")];
    /// const ON: Message = Message::new(Type::NonConfirmable, Code::PUT, 1)
    ///     .with_options(Options::new(PATH))
    ///     .with_payload(b"1");
    /// static BYTES: [u8; 10] = Codec::new().encode_const(&ON);
    /// assert_eq!(&BYTES, b"\x50\x03\x00\x01\xB3led\xFF1");
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, [`EncodeError::Invalid`] for a message
    /// that the standard forbids. What `out` holds then is no message.
    // Inlined where a message is put together, its fields never lie in memory.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn encode(
        &self,
        message: &Message<'_>,
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
    pub const fn encoded_len(&self, message: &Message<'_>) -> Result<usize, EncodeError> {
        let mut w = Writer::counter();
        match self.write(message, &mut w) {
            Ok(()) => Ok(w.len()),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// Encodes a message while the program is built, into exactly `N` bytes.
    ///
    /// # Panics
    ///
    /// If the message is not `N` bytes long or not allowed: in a `const` or `static`, the build
    /// fails.
    #[expect(clippy::panic, reason = "meant for constants, where it fails the build")]
    pub const fn encode_const<const N: usize>(&self, message: &Message<'_>) -> [u8; N] {
        let mut bytes = [0; N];
        match self.encode(message, &mut bytes) {
            Ok(len) if len == N => bytes,
            Ok(_) => panic!("the message is shorter than the array"),
            Err(EncodeError::BufferTooSmall { .. }) => {
                panic!("the message is longer than the array")
            }
            Err(EncodeError::Invalid(_)) => panic!("not a message that CoAP allows"),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write(
        &self,
        message: &Message<'_>,
        w: &mut Writer<'_>,
    ) -> Result<(), ErrorKind> {
        if let Err(kind) = message.check() {
            return Err(kind);
        }
        let token_length = match body::token_length(&message.token, self.max_token_len()) {
            Ok(token_length) => token_length,
            Err(kind) => return Err(kind),
        };
        let [high, low] = message.message_id.to_be_bytes();
        let first = VERSION << 6 | (message.message_type as u8) << 4 | token_length;
        w.array([first, message.code.0, high, low]);
        body::write_token(&message.token, w);
        body::write(message.code, &message.options, message.payload, w)
    }
}

/// The version of CoAP that RFC 7252 defines.
const VERSION: u8 = 1;

#[cold]
const fn error(kind: ErrorKind, offset: usize, datagram: &[u8]) -> DecodeError {
    let (message_type, message_id) = match datagram {
        [first, _, high, low, ..] if *first >> 6 == VERSION => {
            (Some(Type::from_bits(*first >> 4)), u16::from_be_bytes([*high, *low]))
        }
        _ => (None, 0),
    };
    DecodeError { kind, offset: offset as u32, message_type, message_id }
}
