//! What a datagram deserves: the rows of the table in `reaction.rs` by hand, and every combination of
//! type, code, options and knowledge beside the rules as the standards' sentences say them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../reference/mod.rs"]
mod reference;
mod reliable;

use coap_codec::{
    CoapOption, Code, Codec, Knowledge, Message, OptionNumber, Options, Reaction, Role, Token,
    Type, bad_option, react, react_reliable,
};

use crate::common::{bytes, option};

const TYPES: [Type; 4] =
    [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset];
const PROCESS: Reaction = Reaction::Process;
const IGNORE: Reaction = Reaction::Ignore;
const RESET: Reaction = Reaction::Reset;

/// 32 kinds of knowledge with each role, every type and code, with and without a token that is too
/// long, and lists of options of each sort.
#[test]
fn every_combination_is_as_the_standards_say() {
    let long = [7; 20];
    let lists: [&[CoapOption<'_>]; 18] = [
        &[],
        &[option(OptionNumber::URI_PATH, b"a")],
        // Elective, unknown.
        &[option(OptionNumber(2048), b"")],
        // Critical, unknown.
        &[option(OptionNumber(2049), b"")],
        // Critical, known, too long.
        &[option(OptionNumber::ACCEPT, &[0, 0, 50])],
        &[option(OptionNumber::PROXY_SCHEME, b"coap")],
        // RFC 9177 section 4.1, and 4.8 by multicast.
        &[option(OptionNumber::BLOCK2, &[0x02]), option(OptionNumber::Q_BLOCK2, &[0x02])],
        &[option(OptionNumber::Q_BLOCK2, &[0x02])],
        // RFC 7959 section 2.2.
        &[option(OptionNumber::BLOCK1, &[0x0F])],
        &[option(OptionNumber::BLOCK2, &[0x01, 0x07])],
        // RFC 8768 section 3.
        &[option(OptionNumber::HOP_LIMIT, &[0])],
        &[option(OptionNumber::HOP_LIMIT, &[1, 0])],
        &[option(OptionNumber::HOP_LIMIT, &[1])],
        // RFC 7967 section 2.1.
        &[option(OptionNumber::NO_RESPONSE, &[0x02])],
        &[option(OptionNumber::NO_RESPONSE, &[0x08])],
        &[option(OptionNumber::NO_RESPONSE, &[0x00, 0x02])],
        // A proxy is asked for before anything else is looked at.
        &[option(OptionNumber::OSCORE, b""), option(OptionNumber::PROXY_URI, b"coap://a")],
        &[option(OptionNumber::BLOCK2, &[0x02])],
    ];
    let knowledges: Vec<Knowledge<'_>> = reference::reaction::knowledges().collect();
    let mut tried = 0;
    for options in lists {
        for token in [&[][..], &long] {
            for code in (0..=255).map(Code) {
                if code.is_empty() && (!options.is_empty() || !token.is_empty()) {
                    continue; // No such message.
                }
                for message_type in TYPES {
                    let message = Message::new(message_type, code, 1)
                        .with_token(Token::new(token).unwrap())
                        .with_options(Options::new(options));
                    let fields = reference::fields(&message);
                    if message_type == Type::Confirmable {
                        let reliable = Ok(message.reliable());
                        for know in &knowledges {
                            for csm_seen in [true, false] {
                                let expected =
                                    reference::reaction::to_reliable(&fields, csm_seen, know);
                                let found = react_reliable(&reliable, csm_seen, know);
                                assert_eq!(found, expected, "{message:?} {csm_seen} {know:?}");
                            }
                        }
                    }
                    for know in &knowledges {
                        let expected = reference::reaction::to_message(&fields, know);
                        assert_eq!(react(&Ok(message), know), expected, "{message:?} {know:?}");
                        tried += 1;
                    }
                }
            }
        }
    }
    assert_eq!(tried, (255 * 36 + 1) * 4 * 96);
}

/// A server that recognizes Uri-Path and has sent nothing.
const SERVER: Knowledge<'static> = Knowledge::server(&[OptionNumber::URI_PATH]);
/// A client, of which nothing is expected.
const CLIENT: Knowledge<'static> = Knowledge::client(&[OptionNumber::BLOCK2]);
/// A client that waits for a response.
const WAITING: Knowledge<'static> =
    Knowledge { awaits_token: true, sent_message_id: true, ..CLIENT };

#[track_caller]
fn row(notation: &str, know: Knowledge<'_>, expected: [Reaction; 4]) {
    for (message_type, expected) in TYPES.into_iter().zip(expected) {
        let mut datagram = bytes(notation);
        datagram[0] |= 0x40 | (message_type as u8) << 4;
        let codec = Codec::new().with_extended_tokens();
        let reaction = react(&codec.decode(&datagram), &know);
        assert_eq!(reaction, expected, "{message_type:?} {notation}");
        // Never more than silence to what came by multicast.
        let know = Knowledge { multicast: true, ..know };
        let reaction = react(&codec.decode(&datagram), &know);
        let confirmable = message_type == Type::Confirmable;
        let request = matches!(datagram[1], 1..=0x1F);
        let expected =
            if expected == PROCESS && !(confirmable && request) { PROCESS } else { IGNORE };
        assert_eq!(reaction, expected, "{message_type:?} {notation} by multicast");
    }
}

/// The table, row by row: reactions to CON, NON, ACK, RST.
#[test]
fn the_table() {
    let both = Knowledge { role: Role::Both, ..WAITING };
    let respond = Reaction::Respond;
    // Malformed: RFC 7252 sections 4.2 and 4.3.
    row("00 01 0001 FF", SERVER, [RESET, IGNORE, IGNORE, IGNORE]);
    row("00 45 0001 FF", WAITING, [RESET, IGNORE, IGNORE, IGNORE]);
    // Empty.
    row("00 00 0001", SERVER, [RESET, IGNORE, IGNORE, IGNORE]);
    row("00 00 0001", WAITING, [RESET, IGNORE, PROCESS, PROCESS]);
    // Reserved classes, and signalling.
    for code in ["20", "3F", "60", "C0", "E1"] {
        row(&format!("00 {code} 0001"), both, [RESET, IGNORE, IGNORE, IGNORE]);
    }
    // Requests.
    row("00 01 0001 B1 61", SERVER, [PROCESS, PROCESS, IGNORE, IGNORE]);
    row("00 01 0001", both, [PROCESS, PROCESS, IGNORE, IGNORE]);
    row("00 01 0001", CLIENT, [RESET, IGNORE, IGNORE, IGNORE]);
    let proxying = respond(Code::PROXYING_NOT_SUPPORTED);
    row("00 01 0001 D1 16 61", SERVER, [proxying, proxying, IGNORE, IGNORE]);
    row("00 01 0001 D1 1A 61", SERVER, [proxying, proxying, IGNORE, IGNORE]);
    let bad_option = respond(Code::BAD_OPTION);
    row("00 01 0001 31 61", SERVER, [bad_option, IGNORE, IGNORE, IGNORE]);
    let bad_request = respond(Code::BAD_REQUEST);
    row("00 01 0001 D1 03 00", SERVER, [bad_request, bad_request, IGNORE, IGNORE]);
    let blocks = [OptionNumber::BLOCK1, OptionNumber::BLOCK2, OptionNumber::Q_BLOCK2];
    let blocks = Knowledge::server(&blocks);
    row("00 03 0001 D1 0E 0F", blocks, [bad_request, bad_request, IGNORE, IGNORE]);
    let mixed = respond(Code::BAD_OPTION);
    row("00 01 0001 D1 0A 02 81 02", blocks, [mixed, mixed, IGNORE, IGNORE]);
    // A proxy that gets an empty Proxy-Uri: section 5.4.3.
    let proxy = Knowledge::server(&[OptionNumber::PROXY_URI]);
    row("00 01 0001 D0 16", proxy, [mixed, IGNORE, IGNORE, IGNORE]);
    row("09 01 0001 (9*77)", SERVER, [bad_request, bad_request, IGNORE, IGNORE]);
    row("08 01 0001 (8*77)", SERVER, [PROCESS, PROCESS, IGNORE, IGNORE]);
    let not_allowed = respond(Code::METHOD_NOT_ALLOWED);
    row("00 08 0001", SERVER, [not_allowed, not_allowed, IGNORE, IGNORE]);
    row("00 1F 0001", SERVER, [not_allowed, not_allowed, IGNORE, IGNORE]);
    row("00 07 0001", SERVER, [PROCESS, PROCESS, IGNORE, IGNORE]);
    // Responses.
    row("00 45 0001", CLIENT, [RESET, RESET, IGNORE, IGNORE]);
    row("00 45 0001", SERVER, [RESET, RESET, IGNORE, IGNORE]);
    row("00 45 0001", WAITING, [PROCESS, PROCESS, PROCESS, IGNORE]);
    row("00 9F 0001", WAITING, [PROCESS, PROCESS, PROCESS, IGNORE]);
    row("00 45 0001 E0 06F4", WAITING, [RESET, IGNORE, IGNORE, IGNORE]);
    // An option for requests in a response.
    row("00 45 0001 B1 61", WAITING, [RESET, IGNORE, IGNORE, IGNORE]);
    row("00 45 0001 D1 0A 02", WAITING, [PROCESS, PROCESS, PROCESS, IGNORE]);
    row("00 45 0001 D1 0A 07", WAITING, [RESET, IGNORE, IGNORE, IGNORE]);
}

/// RFC 7967 section 2.1: who asks for errors gets them by multicast too.
#[test]
fn an_error_by_multicast_for_who_asks() {
    let know = Knowledge { multicast: true, ..SERVER };
    for (options, reaction) in [
        ("", IGNORE),
        ("D1 F5 02", Reaction::Respond(Code::METHOD_NOT_ALLOWED)),
        ("D1 F5 08", IGNORE),
        ("D2 F5 0002", IGNORE),
    ] {
        let datagram = bytes(&format!("50 08 0001 {options}"));
        assert_eq!(react(&Codec::new().decode(&datagram), &know), reaction, "{options}");
    }
}

/// RFC 7252 section 5.3.2: the Message ID of a piggybacked response has to match, that of a separate
/// one not.
#[test]
fn a_piggybacked_response_needs_its_message_id() {
    let other = Knowledge { sent_message_id: false, ..WAITING };
    row("00 45 0001", other, [PROCESS, PROCESS, IGNORE, IGNORE]);
    let acknowledged = Knowledge { awaits_token: false, ..WAITING };
    row("00 45 0001", acknowledged, [RESET, RESET, IGNORE, IGNORE]);
}

#[test]
fn no_header_no_reaction() {
    for notation in ["", "40", "40 01", "40 01 00", "00 01 0001", "80 01 0001", "C0 00 0001"] {
        let decoded = Codec::new().decode(&bytes(notation)).map(|_| unreachable!());
        assert_eq!(react(&decoded, &SERVER), IGNORE, "{notation}");
    }
}

/// Each registered critical option: recognized or not, with each length around those that are
/// allowed, once and twice, in requests and responses.
#[test]
fn every_critical_option_in_every_state() {
    let value = [b'a'; 1100];
    for number in (1..=u16::MAX).step_by(2).map(OptionNumber) {
        if number.definition().is_none() && ![13, 2049, 65_535].contains(&number.0) {
            continue;
        }
        for len in [0, 1, 2, 3, 4, 8, 9, 254, 255, 256, 1034, 1035] {
            for times in 1..=3 {
                let options = vec![option(number, &value[..len]); times];
                for code in [Code::GET, Code::CONTENT] {
                    let message = Message::new(Type::Confirmable, code, 1)
                        .with_options(Options::new(&options));
                    let fields = reference::fields(&message);
                    for recognized in [&[number][..], &[], &[OptionNumber(number.0 ^ 2)]] {
                        let expected = reference::reaction::unrecognized(&fields, recognized);
                        let found = bad_option(code, &message.options, recognized);
                        assert_eq!(found, expected.map(OptionNumber), "{number} {len} {times}");
                    }
                }
            }
        }
    }
}
