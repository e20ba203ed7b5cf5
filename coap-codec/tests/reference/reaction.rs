//! What a datagram deserves, rule by rule as the standards' sentences say it: first what becomes of
//! the message, then what that means for its type.

use coap_codec::{Code, Knowledge, OptionNumber, Reaction, ReliableReaction, Role};

use super::Fields;

/// What is to become of a message.
enum Fate {
    Taken,
    /// "reject" of RFC 7252 sections 4.2 and 4.3.
    Rejected,
    /// Rejected in a way that tells the sender even if it is Non-confirmable: RFC 7641 section 3.6
    /// lets a client end notifications so.
    Stopped,
    Answered(Code),
    Dropped,
}

const CONFIRMABLE: u8 = 0;
const NON_CONFIRMABLE: u8 = 1;
const ACKNOWLEDGEMENT: u8 = 2;

/// For a datagram that is a message.
pub(crate) fn to_message(message: &Fields, know: &Knowledge<'_>) -> Reaction {
    let reaction = match (fate(message, know), message.message_type) {
        (Fate::Taken, _) => Reaction::Process,
        (Fate::Dropped, _) => Reaction::Ignore,
        (Fate::Answered(code), CONFIRMABLE | NON_CONFIRMABLE) => Reaction::Respond(code),
        // Section 4.2: "Rejecting a Confirmable message is effected by sending a matching Reset".
        (Fate::Rejected | Fate::Stopped, CONFIRMABLE) | (Fate::Stopped, NON_CONFIRMABLE) => {
            Reaction::Reset
        }
        // Section 4.3: "MAY involve sending a matching Reset". Section 4.2: "Rejecting an
        // Acknowledgement or Reset message is effected by silently ignoring it".
        _ => Reaction::Ignore,
    };
    // Section 8.1: no Reset to what came by multicast; section 8.2: "the server MAY always ignore
    // the request, in particular if it doesn't have anything useful to respond".
    // RFC 7967 section 2.1: an explicit interest in responses of a class overrides that.
    match reaction {
        Reaction::Process => Reaction::Process,
        Reaction::Respond(code) if !know.multicast || asks_for(message, code) => reaction,
        Reaction::Reset if !know.multicast => Reaction::Reset,
        _ => Reaction::Ignore,
    }
}

/// A No-Response option is there, and the bit of the class is not set.
fn asks_for(message: &Fields, code: Code) -> bool {
    match first(message, 258).map(Vec::as_slice) {
        Some([]) => true,
        Some([bits]) => bits & (1 << (code.0 / 32 - 1)) == 0,
        // Too long: elective, and ignored as if there were none (RFC 7252 sections 5.4.1 and 5.4.3).
        _ => false,
    }
}

fn first(message: &Fields, number: u16) -> Option<&Vec<u8>> {
    message.options.iter().find(|option| option.0 == number).map(|option| &option.1)
}

/// RFC 7959 section 2.2: "The value 7 for SZX is reserved"; RFC 9177 section 4.2 has the same
/// structure.
fn has_block_size_7(message: &Fields) -> bool {
    [19, 23, 27, 31].iter().any(|number| match first(message, *number).map(Vec::as_slice) {
        Some([last] | [_, last] | [_, _, last]) => last % 8 == 7,
        _ => false,
    })
}

/// For a datagram that is no message, of which these bytes are all.
pub(crate) fn to_malformed(datagram: &[u8], know: &Knowledge<'_>) -> Reaction {
    let confirmable = datagram.len() >= 4 && datagram[0] / 16 == 4;
    if confirmable && !know.multicast { Reaction::Reset } else { Reaction::Ignore }
}

fn fate(message: &Fields, know: &Knowledge<'_>) -> Fate {
    let (class, detail) = (message.code / 32, message.code % 32);
    match (class, message.message_type) {
        (0, message_type) if detail == 0 => match message_type {
            CONFIRMABLE | NON_CONFIRMABLE => Fate::Rejected, // Sections 4.2 and 4.3: lacks context.
            // Section 4.2: it matches a message of ours, or there is nothing to do.
            _ if know.sent_message_id => Fate::Taken,
            _ => Fate::Dropped,
        },
        // Table 1 of section 4.3: a Reset is Empty, an Acknowledgement carries no request.
        (0, ACKNOWLEDGEMENT) | (_, 3) => Fate::Rejected,
        (0, _) => request(message, know),
        (2 | 4 | 5, _) => response(message, know),
        // Section 4.2: "uses a code with a reserved class"; 3 is reserved too, section 12.1.
        _ => Fate::Rejected,
    }
}

fn request(message: &Fields, know: &Knowledge<'_>) -> Fate {
    let confirmable = message.message_type == CONFIRMABLE;
    if know.role == Role::Client {
        return Fate::Rejected;
    }
    // Section 8.1: "Such multicast requests MUST be Non-confirmable". RFC 9177 section 4.8: "Servers
    // MUST ignore multicast requests that contain the Q-Block2 option".
    if know.multicast && (confirmable || first(message, 31).is_some()) {
        return Fate::Dropped;
    }
    match refusal(message, know.recognized) {
        // Section 5.4.1: only a Confirmable one gets an answer.
        Some(Refusal::Unrecognized) if !confirmable => return Fate::Rejected,
        Some(Refusal::Unrecognized) => return Fate::Answered(Code::BAD_OPTION),
        Some(Refusal::Answer(code)) => return Fate::Answered(code),
        None => {}
    }
    if has_block_size_7(message) {
        return Fate::Answered(Code::BAD_REQUEST);
    }
    // RFC 8974 section 2.2.2.
    if message.token.len() > 8 && message.token.len() > know.max_token_len as usize {
        return Fate::Answered(Code::BAD_REQUEST);
    }
    Fate::Taken
}

enum Refusal {
    Unrecognized,
    Answer(Code),
}

/// What is wrong with a request over any transport.
fn refusal(message: &Fields, recognized: &[OptionNumber]) -> Option<Refusal> {
    // Section 5.10.2: "an endpoint receiving a request with the Proxy-Uri Option that is unable or
    // unwilling to act as a forward-proxy MUST cause the return of a 5.05".
    for number in [35, 39] {
        if first(message, number).is_some() && !recognized.contains(&OptionNumber(number)) {
            return Some(Refusal::Answer(Code::PROXYING_NOT_SUPPORTED));
        }
    }
    if unrecognized(message, recognized).is_some() {
        return Some(Refusal::Unrecognized);
    }
    // RFC 9177 section 4.1: no mix of Q-Block and Block options.
    let any = |numbers: [u16; 2]| numbers.iter().any(|number| first(message, *number).is_some());
    if any([19, 31]) && any([23, 27]) {
        return Some(Refusal::Answer(Code::BAD_OPTION));
    }
    // RFC 8768 section 3: "set to '0' or greater than '255'". Nobody reads more than 8 bytes.
    let hops = |value: &Vec<u8>| match value.len() {
        0..=8 => value.iter().fold(0, |n, b| n * 256_u64 + u64::from(*b)),
        _ => u64::MAX,
    };
    if first(message, 16).map(hops).is_some_and(|hops| hops == 0 || hops > 255) {
        return Some(Refusal::Answer(Code::BAD_REQUEST));
    }
    // Section 5.8; RFC 7252 and RFC 8132 define seven methods.
    (message.code > 7).then_some(Refusal::Answer(Code::METHOD_NOT_ALLOWED))
}

fn response(message: &Fields, know: &Knowledge<'_>) -> Fate {
    // Section 5.3.2: rejected if unexpected; "in a piggybacked response, the Message ID of the
    // Confirmable request and the Acknowledgement MUST match".
    if message.message_type == ACKNOWLEDGEMENT {
        if !(know.awaits_token && know.sent_message_id) || know.role == Role::Server {
            return Fate::Rejected;
        }
    } else if !know.awaits_token || know.role == Role::Server {
        return Fate::Stopped;
    }
    match unrecognized(message, know.recognized) {
        Some(_) => Fate::Rejected,
        None if has_block_size_7(message) => Fate::Rejected,
        None => Fate::Taken,
    }
}

/// The number of the first critical option that is not recognized, or that "MUST be treated like
/// an unrecognized option" (RFC 7252 sections 5.4.3 and 5.4.5).
pub(crate) fn unrecognized(message: &Fields, recognized: &[OptionNumber]) -> Option<u16> {
    let bad = |(i, (number, value)): &(usize, &(u16, Vec<u8>))| {
        let (repeatable, text, shortest, longest) = match number {
            1 => (true, false, 0, 8),
            3 => (false, true, 1, 255),
            5 => (false, false, 0, 0),
            7 | 17 => (false, false, 0, 2),
            9 => (false, false, 0, 255),
            11 | 15 => (true, true, 0, 255),
            19 | 23 | 27 => (false, false, 0, 3),
            31 => (message.code < 32, false, 0, 3),
            35 => (false, true, 1, 1034),
            39 => (false, true, 1, 255),
            _ => (true, false, 0, usize::MAX),
        };
        let only_in_requests = [1, 3, 5, 7, 11, 15, 17, 35, 39].contains(number);
        let again = message.options[..*i].iter().any(|before| before.0 == *number);
        number % 2 == 1
            && (!recognized.contains(&OptionNumber(*number))
                || !(shortest..=longest).contains(&value.len())
                || again && !repeatable
                || text && core::str::from_utf8(value).is_err()
                || only_in_requests && message.code >= 64)
    };
    message.options.iter().enumerate().find(bad).map(|(_, option)| option.0)
}

/// What a message over TCP or WebSockets asks for.
pub(crate) fn to_reliable(
    message: &Fields,
    csm_seen: bool,
    know: &Knowledge<'_>,
) -> ReliableReaction {
    match (message.code / 32, message.code % 32) {
        // RFC 8323 section 3.4: "Empty messages can always be sent and MUST be ignored".
        (0, 0) => ReliableReaction::Ignore,
        (7, detail) => to_signal(message, detail, csm_seen, know.recognized),
        // Section 3.3: "Endpoints MUST treat a missing or invalid CSM as a connection error".
        _ if !csm_seen => ReliableReaction::Abort(None),
        // Section 3.3: "If one side does not implement a CoAP server, an error response MUST be
        // returned for all CoAP requests": 5.01.
        (0, _) if know.role == Role::Client => ReliableReaction::Respond(Code::NOT_IMPLEMENTED),
        // Block size 7 is BERT here, section 6.
        (0, _) => match refusal(message, know.recognized) {
            Some(Refusal::Unrecognized) => ReliableReaction::Respond(Code::BAD_OPTION),
            Some(Refusal::Answer(code)) => ReliableReaction::Respond(code),
            None => ReliableReaction::Process,
        },
        (2 | 4 | 5, _) => {
            let expected = know.role != Role::Server && know.awaits_token;
            match unrecognized(message, know.recognized) {
                None if expected => ReliableReaction::Process,
                _ => ReliableReaction::Ignore,
            }
        }
        _ => ReliableReaction::Ignore,
    }
}

fn to_signal(
    message: &Fields,
    detail: u8,
    csm_seen: bool,
    recognized: &[OptionNumber],
) -> ReliableReaction {
    let is_csm = detail == 1;
    // An Abort may be all that a peer says.
    if !csm_seen && !is_csm && detail != 5 {
        return ReliableReaction::Abort(None);
    }
    // Section 5.2: critical options that are not understood. Of those that are registered for
    // signalling only OSCORE is critical, RFC 8613 section 11.5.
    let critical = message.options.iter().enumerate().find(|(i, (number, value))| {
        let again = message.options[..*i].iter().any(|before| before.0 == *number);
        let bad_oscore = *number == 9 && (again || value.len() > 255);
        number % 2 == 1 && (bad_oscore || !recognized.contains(&OptionNumber(*number)))
    });
    // Section 5.6: "a parameter problem with the value of an elective option".
    let elective = message.options.iter().enumerate().find(|(_, (number, value))| {
        let longest = match number {
            2 => 4,
            4 => 0,
            6 => 3,
            _ => usize::MAX,
        };
        value.len() > longest
    });
    match (critical, elective) {
        (Some((_, (number, _))), _) | (None, Some((_, (number, _)))) if is_csm => {
            ReliableReaction::Abort(Some(OptionNumber(*number)))
        }
        (Some(_), _) => ReliableReaction::Abort(None),
        _ => match detail {
            1 => ReliableReaction::Settings,
            2 => ReliableReaction::Pong,
            4 => ReliableReaction::Release,
            5 => ReliableReaction::Close,
            _ => ReliableReaction::Ignore,
        },
    }
}

/// All that can be known, with two lists of options and two limits.
pub(crate) fn knowledges() -> impl Iterator<Item = Knowledge<'static>> {
    (0..32_u32).flat_map(|bits| {
        [Role::Client, Role::Server, Role::Both].map(|role| Knowledge {
            role,
            recognized: if bits & 16 == 0 { RECOGNIZED } else { &[] },
            sent_message_id: bits & 1 != 0,
            awaits_token: bits & 2 != 0,
            multicast: bits & 4 != 0,
            max_token_len: if bits & 8 == 0 { 8 } else { 300 },
        })
    })
}

/// What a server that is no proxy recognizes.
pub(crate) const RECOGNIZED: &[OptionNumber] = &[
    OptionNumber::IF_MATCH,
    OptionNumber::URI_HOST,
    OptionNumber::IF_NONE_MATCH,
    OptionNumber::URI_PORT,
    OptionNumber::URI_PATH,
    OptionNumber::URI_QUERY,
    OptionNumber::ACCEPT,
    OptionNumber::BLOCK2,
    OptionNumber::BLOCK1,
    OptionNumber::Q_BLOCK2,
    OptionNumber(65_001),
];
