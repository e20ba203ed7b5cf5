//! What a datagram deserves. RFC 7252 sections 4.2, 4.3, 5.4.1 and 5.8, as one table.
//!
//! | message | type | reaction | section |
//! |---|---|---|---|
//! | another version, no header | any | ignore | 3 |
//! | malformed | CON | reset | 4.2 |
//! | malformed | NON, ACK, RST | ignore | 4.2, 4.3 |
//! | Empty ("ping") | CON | reset | 4.2, 4.3 |
//! | Empty | NON | ignore | 4.3 |
//! | Empty, for a message of ours | ACK, RST | process | 4.2 |
//! | Empty, for no message of ours | ACK, RST | ignore | 4.2 |
//! | reserved class | CON | reset | 4.2 |
//! | reserved class | NON, ACK, RST | ignore | 4.2, 4.3 |
//! | request | ACK, RST | ignore | 4.2 |
//! | request, we serve none | CON | reset | 4.2 |
//! | request, we serve none | NON | ignore | 4.3 |
//! | request for a proxy, we are none | CON, NON | 5.05 | 5.10.2 |
//! | request by multicast | CON | ignore | 8.1 |
//! | request by multicast with Q-Block2 | NON | ignore | RFC 9177 4.8 |
//! | request, critical option not recognized | CON | 4.02 | 5.4.1 |
//! | request, critical option not recognized | NON | ignore | 5.4.1 |
//! | request, Block and Q-Block options together | CON, NON | 4.02 | RFC 9177 4.1 |
//! | request, block size 7 | CON, NON | 4.00 | RFC 7959 2.2 |
//! | request, Hop-Limit 0 or above 255 | CON, NON | 4.00 | RFC 8768 3 |
//! | request, token longer than we handle | CON, NON | 4.00 | RFC 8974 2.2.2 |
//! | request, unknown method | CON, NON | 4.05 | 5.8 |
//! | request | CON, NON | process | 5.2 |
//! | response, not expected | CON, NON | reset | 4.2, RFC 7641 3.6 |
//! | response, not expected | ACK | ignore | 4.2 |
//! | response, critical option not recognized, or block size 7 | CON | reset | 5.4.1 |
//! | response, critical option not recognized, or block size 7 | NON, ACK | ignore | 5.4.1 |
//! | response | CON, NON, ACK | process | 5.3.2 |
//! | response | RST | ignore | 4.2 |
//!
//! What arrived by multicast is never reset (section 8.1), and gets no error response (8.2) unless its
//! No-Response option asks for it (RFC 7967 section 2.1).
//!
//! These are the rules for endpoints that do not forward. A proxy asks
//! [`OptionNumber::is_unsafe`] of what it forwards (section 5.7.1), and this table of the rest.

use crate::block::Szx;
use crate::code::Code;
use crate::error::DecodeError;
use crate::message::{Message, Type};
use crate::option_number::{Format, OptionNumber};
use crate::options::{self, Options};
use crate::token::Token;
use crate::uint::Uint;

/// What a datagram deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// Handle it. A Confirmable response has to be acknowledged.
    Process,
    /// Do nothing.
    Ignore,
    /// Send [`Message::reset`] with its Message ID.
    Reset,
    /// Send [`Message::response`] with this code; or, if
    /// [`Options::no_response`](crate::Options::no_response) says that nobody wants it, no more than
    /// the acknowledgement of a Confirmable request.
    Respond(Code),
}

/// Which requests and responses are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// We send requests and serve none.
    Client,
    /// We serve requests and send none.
    Server,
    /// We do both.
    Both,
}

/// What we know when a datagram arrives. Look up its Message ID, token and source first.
///
/// ```
/// use coap_codec::{Codec, Knowledge, OptionNumber, Reaction, react};
///
/// let server = Knowledge::server(&[OptionNumber::URI_PATH]);
/// let get = Codec::new().decode(b"\x40\x01\x00\x01\xB1a");
/// assert_eq!(react(&get, &server), Reaction::Process);
/// let not_mine = Codec::new().decode(b"\x60\x45\x00\x01");
/// assert_eq!(react(&not_mine, &server), Reaction::Ignore);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knowledge<'a> {
    /// Which side we are.
    pub role: Role,
    /// The critical options that our handlers know what to do with. Uri-Host, Uri-Port, Uri-Path,
    /// Uri-Query, Accept and the like are critical; elective options need not be named. Without
    /// Proxy-Uri and Proxy-Scheme among them, requests that carry these are answered with 5.05.
    pub recognized: &'a [OptionNumber],
    /// A message of ours with this Message ID went to this source: for an Acknowledgement one that is
    /// Confirmable and not acknowledged yet, for a Reset either.
    pub sent_message_id: bool,
    /// A request of ours with this token went to this source, and responses to it are wanted. For
    /// a response in an Acknowledgement, also one with this Message ID.
    pub awaits_token: bool,
    /// It arrived by multicast.
    pub multicast: bool,
    /// The longest token of a request that we handle, in bytes. RFC 8974 section 2.2.2.
    pub max_token_len: u32,
}

impl<'a> Knowledge<'a> {
    /// A server that has sent nothing, and the critical options that it recognizes.
    pub const fn server(recognized: &'a [OptionNumber]) -> Self {
        Self::new(Role::Server, recognized)
    }

    /// A client that has sent nothing, and the critical options that it recognizes.
    pub const fn client(recognized: &'a [OptionNumber]) -> Self {
        Self::new(Role::Client, recognized)
    }

    const fn new(role: Role, recognized: &'a [OptionNumber]) -> Self {
        Self {
            role,
            recognized,
            sent_message_id: false,
            awaits_token: false,
            multicast: false,
            max_token_len: Token::MAX_LEN,
        }
    }
}

/// What the result of [`Codec::decode`](crate::Codec::decode) deserves, with what we know. A pure
/// function: nothing is remembered.
pub fn react(decoded: &Result<Message<'_>, DecodeError>, know: &Knowledge<'_>) -> Reaction {
    let reaction = match decoded {
        Err(error) => error.reaction(),
        Ok(message) => match message.message_type {
            Type::Confirmable | Type::NonConfirmable => react_to_message(message, know),
            Type::Acknowledgement => react_to_acknowledgement(message, know),
            // Section 4.2: a Reset that is not Empty is ignored.
            Type::Reset if message.code.is_empty() && know.sent_message_id => Reaction::Process,
            Type::Reset => Reaction::Ignore,
        },
    };
    match (reaction, decoded) {
        _ if !know.multicast => reaction,
        (Reaction::Respond(code), Ok(message)) if message.options.wants_response(code) => reaction,
        (Reaction::Reset | Reaction::Respond(_), _) => Reaction::Ignore,
        _ => reaction,
    }
}

fn react_to_acknowledgement(message: &Message<'_>, know: &Knowledge<'_>) -> Reaction {
    let code = message.code;
    let response = code.is_response()
        && know.role != Role::Server
        && know.awaits_token
        && bad_option(code, &message.options, know.recognized).is_none()
        && !has_reserved_block(&message.options);
    if know.sent_message_id && (code.is_empty() || response) {
        Reaction::Process
    } else {
        Reaction::Ignore
    }
}

/// For a Confirmable or Non-confirmable message.
fn react_to_message(message: &Message<'_>, know: &Knowledge<'_>) -> Reaction {
    let code = message.code;
    let confirmable = message.message_type == Type::Confirmable;
    let reject = if confirmable { Reaction::Reset } else { Reaction::Ignore };
    if code.is_request() && know.role != Role::Client {
        let q_block2 = message.options.contains(OptionNumber::Q_BLOCK2);
        if know.multicast && (confirmable || q_block2) {
            return Reaction::Ignore;
        }
        return match request_refusal(code, &message.options, know.recognized) {
            // Section 5.4.1: only a Confirmable one gets the 4.02.
            Some(Refusal::Unrecognized) if !confirmable => Reaction::Ignore,
            Some(refusal) => Reaction::Respond(refusal.code()),
            None if has_reserved_block(&message.options) => Reaction::Respond(Code::BAD_REQUEST),
            None if message.token.len() > know.max_token_len.max(Token::MAX_LEN) as usize => {
                Reaction::Respond(Code::BAD_REQUEST)
            }
            None => Reaction::Process,
        };
    }
    if code.is_response() {
        if know.role == Role::Server || !know.awaits_token {
            // RFC 7641 section 3.6: a Reset ends notifications, also Non-confirmable ones.
            return Reaction::Reset;
        }
        if bad_option(code, &message.options, know.recognized).is_none()
            && !has_reserved_block(&message.options)
        {
            return Reaction::Process;
        }
    }
    reject
}

/// Why a request is not handled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unrecognized,
    Answer(Code),
}

impl Refusal {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Unrecognized => Code::BAD_OPTION,
            Self::Answer(code) => code,
        }
    }
}

/// What is wrong with the method or the options of a request.
pub(crate) fn request_refusal(
    code: Code,
    options: &Options<'_>,
    recognized: &[OptionNumber],
) -> Option<Refusal> {
    let has = |number| options.contains(number);
    let for_a_proxy = |number| has(number) && !recognized.contains(&number);
    if for_a_proxy(OptionNumber::PROXY_URI) || for_a_proxy(OptionNumber::PROXY_SCHEME) {
        return Some(Refusal::Answer(Code::PROXYING_NOT_SUPPORTED)); // Section 5.10.2.
    }
    if bad_option(code, options, recognized).is_some() {
        return Some(Refusal::Unrecognized);
    }
    if (has(OptionNumber::BLOCK1) || has(OptionNumber::BLOCK2))
        && (has(OptionNumber::Q_BLOCK1) || has(OptionNumber::Q_BLOCK2))
    {
        return Some(Refusal::Answer(Code::BAD_OPTION)); // RFC 9177 section 4.1.
    }
    let hops = options.first(OptionNumber::HOP_LIMIT).map(Uint::decode);
    if hops.is_some_and(|hops| !matches!(hops, Some(1..=255))) {
        return Some(Refusal::Answer(Code::BAD_REQUEST)); // RFC 8768 section 3.
    }
    if code.name().is_none() {
        return Some(Refusal::Answer(Code::METHOD_NOT_ALLOWED)); // Section 5.8.
    }
    None
}

/// A block option with the size that is reserved over UDP. RFC 7959 section 2.2.
fn has_reserved_block(options: &Options<'_>) -> bool {
    [options.block1(), options.block2(), options.q_block1(), options.q_block2()]
        .iter()
        .flatten()
        .any(|block| block.szx() == Szx::Bert)
}

/// The first critical option of a message with this code that has to be treated as unrecognized: it
/// is not among `recognized`, or its value has a length that is not allowed (RFC 7252 section
/// 5.4.3), or it is there more often than allowed (5.4.5), or it is a string and not UTF-8 (3.2).
///
/// A response with an option that is defined for requests alone is treated the same (5.4).
///
/// For the diagnostic payload of a 4.02 response, section 5.4.1.
///
/// ```
/// use coap_codec::{Code, CoapOption, OptionNumber, Options, bad_option};
///
/// let options = [CoapOption::new(OptionNumber(9), b"")];
/// let bad = bad_option(Code::GET, &Options::new(&options), &[OptionNumber::URI_PATH]);
/// assert_eq!(bad, Some(OptionNumber::OSCORE));
/// ```
pub fn bad_option(
    code: Code,
    options: &Options<'_>,
    recognized: &[OptionNumber],
) -> Option<OptionNumber> {
    let mut before = None;
    for option in options {
        let number = option.number;
        let repeated = before == Some(number);
        before = Some(number);
        if !number.is_critical() {
            continue;
        }
        let good = match options::definition(code, number) {
            _ if code.is_response() && is_for_requests(number) => false,
            Some(definition) => {
                definition.allows_len(option.value.len())
                    && (!repeated || definition.repeatable)
                    && (definition.format != Format::String
                        || core::str::from_utf8(option.value).is_ok())
            }
            None => true,
        };
        if !good || !recognized.contains(&number) {
            return Some(number);
        }
    }
    None
}

/// RFC 7252 section 5.10: critical options that say something of a request, and nothing of a
/// response.
const fn is_for_requests(number: OptionNumber) -> bool {
    matches!(
        number,
        OptionNumber::IF_MATCH
            | OptionNumber::URI_HOST
            | OptionNumber::IF_NONE_MATCH
            | OptionNumber::URI_PORT
            | OptionNumber::URI_PATH
            | OptionNumber::URI_QUERY
            | OptionNumber::ACCEPT
            | OptionNumber::PROXY_URI
            | OptionNumber::PROXY_SCHEME
    )
}
