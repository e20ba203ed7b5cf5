//! Signalling on reliable transports: what a message asks of its receiver. RFC 8323 section 5.

use crate::code::Code;
use crate::error::DecodeError;
use crate::message::ReliableMessage;
use crate::option_number::{OptionNumber, signalling_definition};
use crate::options::{CoapOption, Options};
use crate::reaction::{Knowledge, Role, bad_option, request_refusal};
use crate::token::Token;
use crate::uint::Uint;

/// Capabilities and settings of one side of a connection: what its CSMs have said so far. RFC 8323
/// section 5.3, RFC 8974 section 2.2.1.
///
/// ```
/// use coap_codec::{Code, CoapOption, Csm, OptionNumber, Options, ReliableMessage, Uint, tcp};
///
/// // What we send first.
/// let size = Uint::new(8192);
/// let options = [
///     CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, size.as_bytes()),
///     CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
/// ];
/// let csm = ReliableMessage::new(Code::CSM).with_options(Options::new(&options));
/// let mut buffer = [0; 16];
/// let len = tcp::Codec::new().encode(&csm, &mut buffer).unwrap();
/// assert_eq!(buffer[..len], [0x40, 0xE1, 0x22, 0x20, 0x00, 0x20]);
///
/// // What the peer makes of it.
/// let mut peer = Csm::BASE;
/// peer.apply(&csm.options);
/// assert_eq!(peer.max_message_size, 8192);
/// assert!(peer.block_wise_transfer && peer.bert());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Csm {
    /// The longest message that it takes, in bytes from first to last; 1152 if it has not said.
    pub max_message_size: u32,
    /// It does block-wise transfers.
    pub block_wise_transfer: bool,
    /// The longest token in requests that it takes, in bytes, 8 to 65,804; 8 if it has not said.
    pub max_token_len: u32,
}

impl Csm {
    /// What holds before the first CSM.
    pub const BASE: Self =
        Self { max_message_size: 1152, block_wise_transfer: false, max_token_len: Token::MAX_LEN };

    /// Takes over what the options of a CSM say; what they do not mention stays as it was. Options
    /// that are unknown or too many are left out; [`react_reliable`] has refused what is unusable.
    pub fn apply(&mut self, options: &Options<'_>) {
        if let Some(size) = signalling_uint(Code::CSM, options, OptionNumber::MAX_MESSAGE_SIZE) {
            self.max_message_size = size;
        }
        self.block_wise_transfer |= options.first(OptionNumber::BLOCK_WISE_TRANSFER) == Some(&[]);
        match signalling_uint(Code::CSM, options, OptionNumber::EXTENDED_TOKEN_LENGTH) {
            // RFC 8974 section 2.2.1: below 8 it is ignored, above 65,804 it is that.
            Some(len) if len >= Token::MAX_LEN => {
                self.max_token_len = len.min(Token::MAX_EXTENDED_LEN);
            }
            _ => {}
        }
    }

    /// True if it does block-wise transfers with blocks of several times 1024 bytes. RFC 8323
    /// section 5.3.2.
    pub const fn bert(&self) -> bool {
        self.block_wise_transfer && self.max_message_size > Self::BASE.max_message_size
    }
}

/// Signalling messages. RFC 8323 sections 5.4 to 5.6.
impl<'a> ReliableMessage<'a> {
    /// A Ping or Pong with Custody: all that came before it is to be, or has been, processed. RFC
    /// 8323 section 5.4.1.
    pub fn custody(&self) -> bool {
        let exchange = self.code == Code::PING || self.code == Code::PONG;
        exchange && self.options.first(OptionNumber::CUSTODY) == Some(&[])
    }

    /// Where else to connect to, from a Release: "authority" texts of 1 to 255 bytes. RFC 8323
    /// section 5.5.
    pub fn alternative_addresses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let number = OptionNumber::ALTERNATIVE_ADDRESS;
        let release = self.code == Code::RELEASE;
        self.options
            .all(number)
            .filter(move |value| release && (1..=255).contains(&value.len()))
            .filter_map(|value| core::str::from_utf8(value).ok())
    }

    /// Seconds not to connect again for, from a Release. RFC 8323 section 5.5.
    pub fn hold_off_secs(&self) -> Option<u32> {
        self.signalling_uint(Code::RELEASE, OptionNumber::HOLD_OFF)
    }

    /// The CSM option that could not be processed, from an Abort. RFC 8323 section 5.6.
    pub fn bad_csm_option(&self) -> Option<OptionNumber> {
        let number = self.signalling_uint(Code::ABORT, OptionNumber::BAD_CSM_OPTION)?;
        u16::try_from(number).ok().map(OptionNumber)
    }

    fn signalling_uint(&self, code: Code, number: OptionNumber) -> Option<u32> {
        if self.code == code { signalling_uint(code, &self.options, number) } else { None }
    }
}

/// The first value of a signalling option, if its length is allowed.
fn signalling_uint(code: Code, options: &Options<'_>, number: OptionNumber) -> Option<u32> {
    let value = options.first(number)?;
    match signalling_definition(code, number) {
        Some(definition) if definition.allows_len(value.len()) => {
            u32::try_from(Uint::decode(value)?).ok()
        }
        _ => None,
    }
}

/// What a message on a reliable transport asks of its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReliableReaction {
    /// A request or response: handle it.
    Process,
    /// Nothing to do.
    Ignore,
    /// A CSM: [`Csm::apply`] its options to what is known of the peer.
    Settings,
    /// A Ping: send a Pong with its token.
    Pong,
    /// A Release: finish what is under way, then close.
    Release,
    /// Answer this request with this error.
    Respond(Code),
    /// Send an Abort, with the CSM option if one is to blame, and close.
    Abort(Option<OptionNumber>),
    /// An Abort: close.
    Close,
}

/// What a message on a reliable transport asks for, if a CSM of the peer has come before
/// (`csm_seen`), and with what we know. `sent_message_id` and `multicast` are of no matter here, and the
/// size of tokens is a matter of our CSM.
///
/// RFC 8323 sections 3.3, 3.4, 5 and 5.6; for requests and responses as [`react`](crate::react).
///
/// ```
/// use coap_codec::{Code, Knowledge, ReliableMessage, ReliableReaction, react_reliable};
///
/// let server = Knowledge::server(&[]);
/// let get = ReliableMessage::new(Code::GET);
/// assert_eq!(react_reliable(&Ok(get), false, &server), ReliableReaction::Abort(None));
/// assert_eq!(react_reliable(&Ok(get), true, &server), ReliableReaction::Process);
/// ```
pub fn react_reliable(
    decoded: &Result<ReliableMessage<'_>, DecodeError>,
    csm_seen: bool,
    know: &Knowledge<'_>,
) -> ReliableReaction {
    let Ok(message) = decoded else {
        // RFC 8323 section 5.6: message format errors.
        return ReliableReaction::Abort(None);
    };
    let code = message.code;
    if code.is_signalling() {
        react_to_signal(message, csm_seen, know.recognized)
    } else if code.is_empty() {
        ReliableReaction::Ignore // Section 3.4: always.
    } else if !csm_seen {
        ReliableReaction::Abort(None) // Section 3.3: a missing CSM is a connection error.
    } else if code.is_request() {
        match request_refusal(code, &message.options, know.recognized) {
            _ if know.role == Role::Client => ReliableReaction::Respond(Code::NOT_IMPLEMENTED),
            Some(refusal) => ReliableReaction::Respond(refusal.code()),
            None => ReliableReaction::Process,
        }
    } else if code.is_response()
        && know.role != Role::Server
        && know.awaits_token
        && bad_option(code, &message.options, know.recognized).is_none()
    {
        ReliableReaction::Process
    } else {
        // A response that is rejected, or a code of a reserved class.
        ReliableReaction::Ignore
    }
}

fn react_to_signal(
    message: &ReliableMessage<'_>,
    csm_seen: bool,
    recognized: &[OptionNumber],
) -> ReliableReaction {
    let code = message.code;
    // Abort may be the first and only thing that a peer says.
    if !csm_seen && code != Code::CSM && code != Code::ABORT {
        return ReliableReaction::Abort(None);
    }
    // Section 5.2: critical and not understood.
    let bad_option = bad_option(code, &message.options, recognized);
    if code == Code::CSM {
        // Section 5.6: also a parameter problem with the value of an elective option.
        let unusable = |option: &CoapOption<'_>| {
            let definition = signalling_definition(code, option.number);
            definition.is_some_and(|definition| !definition.allows_len(option.value.len()))
        };
        let unusable = message.options.iter().find(unusable).map(|option| option.number);
        return match bad_option.or(unusable) {
            Some(number) => ReliableReaction::Abort(Some(number)),
            None => ReliableReaction::Settings,
        };
    }
    match code {
        _ if bad_option.is_some() => ReliableReaction::Abort(None),
        Code::PING => ReliableReaction::Pong,
        Code::RELEASE => ReliableReaction::Release,
        Code::ABORT => ReliableReaction::Close,
        // A Pong, or a code that is not assigned.
        _ => ReliableReaction::Ignore,
    }
}
