//! A message over UDP, and the same over a transport that is reliable by itself.

use core::fmt;

use crate::code::Code;
use crate::error::ErrorKind;
use crate::option_number::signalling_definition;
use crate::options::Options;
use crate::token::Token;

/// A message over UDP or DTLS.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---+---+-------+---------------+-------------------------------+
/// | 1 | T |  TKL  |     Code      |          Message ID           |
/// +---+---+-------+---------------+-------------------------------+
/// | Token, TKL bytes | Options | 0xFF and payload, if there is any |
/// +---------------------------------------------------------------+
/// ```
///
/// RFC 7252 section 3.
///
/// ```
/// use coap_codec::{Code, Codec, CoapOption, Message, OptionNumber, Options, Token, Type};
///
/// let options = [CoapOption::new(OptionNumber::URI_PATH, b"temperature")];
/// let get = Message::new(Type::Confirmable, Code::GET, 0x7D34)
///     .with_token(Token::new(&[0x20]).unwrap())
///     .with_options(Options::new(&options));
/// let mut buffer = [0; 32];
/// let len = Codec::new().encode(&get, &mut buffer)?;
/// assert_eq!(&buffer[..len], b"\x41\x01\x7D\x34\x20\xBBtemperature");
/// # Ok::<(), coap_codec::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Confirmable, Non-confirmable, Acknowledgement or Reset.
    pub message_type: Type,
    /// Method, response code, or 0.00 for an Empty message.
    pub code: Code,
    /// Finds duplicates, and matches an Acknowledgement or Reset to what it is about.
    pub message_id: u16,
    /// Matches a response to its request.
    pub token: Token<'a>,
    /// The options, in the order of their numbers.
    pub options: Options<'a>,
    /// The payload; empty if there is none.
    pub payload: &'a [u8],
}

/// The type of a message. RFC 7252 section 3, meaning in section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Type {
    /// CON: wants an Acknowledgement or a Reset.
    Confirmable = 0,
    /// NON: wants none.
    NonConfirmable = 1,
    /// ACK: a Confirmable message arrived.
    Acknowledgement = 2,
    /// RST: a message arrived, but could not be processed.
    Reset = 3,
}

impl Type {
    /// The type that the lowest two bits tell.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Confirmable,
            1 => Self::NonConfirmable,
            2 => Self::Acknowledgement,
            _ => Self::Reset,
        }
    }
}

impl<'a> Message<'a> {
    /// A message without token, options and payload.
    pub const fn new(message_type: Type, code: Code, message_id: u16) -> Self {
        let (token, options) = (Token::EMPTY, Options::EMPTY);
        Self { message_type, code, message_id, token, options, payload: &[] }
    }

    /// The Empty message that acknowledges a Confirmable one. RFC 7252 section 4.2.
    pub const fn acknowledgement(message_id: u16) -> Self {
        Self::new(Type::Acknowledgement, Code::EMPTY, message_id)
    }

    /// The Empty message that rejects one. RFC 7252 sections 4.2 and 4.3.
    pub const fn reset(message_id: u16) -> Self {
        Self::new(Type::Reset, Code::EMPTY, message_id)
    }

    /// The Empty Confirmable message that makes a peer answer with a Reset: "CoAP ping", RFC 7252
    /// section 4.3.
    pub const fn ping(message_id: u16) -> Self {
        Self::new(Type::Confirmable, Code::EMPTY, message_id)
    }

    /// The response to this request, with its token: piggybacked on the Acknowledgement of a
    /// Confirmable request (RFC 7252 section 5.2.1), else Non-confirmable with `own_id` (5.2.3).
    ///
    /// ```
    /// use coap_codec::{Code, Message, Type};
    ///
    /// let get = Message::new(Type::Confirmable, Code::GET, 7);
    /// let content = get.response(Code::CONTENT, 1).with_payload(b"22.3");
    /// assert_eq!((content.message_type, content.message_id), (Type::Acknowledgement, 7));
    /// ```
    pub const fn response(&self, code: Code, own_id: u16) -> Self {
        let message = match self.message_type {
            Type::Confirmable => Self::new(Type::Acknowledgement, code, self.message_id),
            _ => Self::new(Type::NonConfirmable, code, own_id),
        };
        message.with_token(self.token)
    }

    /// The same with this token.
    pub const fn with_token(self, token: Token<'a>) -> Self {
        Self { token, ..self }
    }

    /// The same with these options.
    pub const fn with_options(self, options: Options<'a>) -> Self {
        Self { options, ..self }
    }

    /// The same with this payload.
    pub const fn with_payload(self, payload: &'a [u8]) -> Self {
        Self { payload, ..self }
    }

    /// What a reliable transport carries of it.
    pub const fn reliable(self) -> ReliableMessage<'a> {
        let Self { code, token, options, payload, .. } = self;
        ReliableMessage { code, token, options, payload }
    }

    /// The rules that do not lie in the options.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn check(&self) -> Result<(), ErrorKind> {
        // RFC 7252 section 4.3, table 1.
        let allowed = match self.code.class() {
            // RFC 8323 section 5.1: signalling is for reliable transports.
            7 => return Err(ErrorKind::ReservedCode),
            0 if self.code.is_empty() => self.message_type as u8 != Type::NonConfirmable as u8,
            0 => matches!(self.message_type, Type::Confirmable | Type::NonConfirmable),
            _ => self.message_type as u8 != Type::Reset as u8,
        };
        if !allowed {
            return Err(ErrorKind::TypeAndCode);
        }
        self.reliable().check()
    }
}

/// A message over TCP, TLS or WebSockets: these repeat and order by themselves, so there is no type
/// and no Message ID. RFC 8323 section 3.2.
///
/// [`tcp::Codec`](crate::tcp::Codec) and [`ws::Codec`](crate::ws::Codec) decode and encode it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReliableMessage<'a> {
    /// Method, response code, signalling code, or 0.00 for an Empty message.
    pub code: Code,
    /// Matches a response to its request, and a Pong to its Ping.
    pub token: Token<'a>,
    /// The options, in the order of their numbers. Those of signalling have numbers of their own.
    pub options: Options<'a>,
    /// The payload; empty if there is none.
    pub payload: &'a [u8],
}

impl<'a> ReliableMessage<'a> {
    /// A message without token, options and payload.
    pub const fn new(code: Code) -> Self {
        Self { code, token: Token::EMPTY, options: Options::EMPTY, payload: &[] }
    }

    /// The response to this request, or the Pong to this Ping, with its token.
    pub const fn response(&self, code: Code) -> Self {
        Self::new(code).with_token(self.token)
    }

    /// The same with this token.
    pub const fn with_token(self, token: Token<'a>) -> Self {
        Self { token, ..self }
    }

    /// The same with these options.
    pub const fn with_options(self, options: Options<'a>) -> Self {
        Self { options, ..self }
    }

    /// The same with this payload.
    pub const fn with_payload(self, payload: &'a [u8]) -> Self {
        Self { payload, ..self }
    }

    /// The same as a message over UDP.
    pub const fn over_udp(self, message_type: Type, message_id: u16) -> Message<'a> {
        let Self { code, token, options, payload } = self;
        Message { message_type, code, message_id, token, options, payload }
    }

    /// The rules that do not lie in the options.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn check(&self) -> Result<(), ErrorKind> {
        if self.code.is_empty() {
            // RFC 7252 section 4.1.
            if !self.token.is_empty() || !self.options.is_empty() || !self.payload.is_empty() {
                return Err(ErrorKind::EmptyMessage);
            }
        } else if self.code.is_reserved() {
            return Err(ErrorKind::ReservedCode);
        }
        Ok(())
    }
}

impl fmt::Debug for ReliableMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut message = f.debug_struct("ReliableMessage");
        message.field("code", &self.code).field("token", &self.token);
        if self.code.is_signalling() {
            message.field("options", &SignallingOptions(self));
        } else {
            message.field("options", &self.options);
        }
        message.field("payload", &self.payload).finish()
    }
}

/// The same numbers mean other things in signalling.
struct SignallingOptions<'a>(&'a ReliableMessage<'a>);

impl fmt::Debug for SignallingOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = f.debug_list();
        for option in self.0.options {
            let (number, value) = (option.number.0, option.value.escape_ascii());
            match signalling_definition(self.0.code, option.number) {
                Some(definition) => options.entry(&format_args!("{}: {value}", definition.name)),
                None => options.entry(&format_args!("{number}: {value}")),
            };
        }
        options.finish()
    }
}
