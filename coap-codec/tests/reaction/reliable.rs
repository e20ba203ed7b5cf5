//! What a message over TCP or WebSockets asks for. RFC 8323 sections 3.3, 3.4, 5 and 5.6.

use coap_codec::ReliableReaction::{
    self, Abort, Close, Ignore, Pong, Process, Release, Respond, Settings,
};
use coap_codec::{Code, Knowledge, OptionNumber, Role, react_reliable, ws};

use crate::common::bytes;

/// Who serves requests, and waits for this response.
const BOTH: Knowledge<'static> = Knowledge {
    role: Role::Both,
    awaits_token: true,
    ..Knowledge::server(&[OptionNumber::URI_PATH, OptionNumber::ACCEPT, OptionNumber::BLOCK2])
};

/// Message, reaction before a CSM, reaction after.
const ROWS: &[(&str, &str, ReliableReaction, ReliableReaction)] = &[
    ("malformed", "00 01 FF", Abort(None), Abort(None)),
    ("Empty", "00 00", Ignore, Ignore),
    ("CSM", "00 E1", Settings, Settings),
    ("CSM with settings", "00 E1 22 2000 20", Settings, Settings),
    // Section 5.3: a capability that is not known, but elective.
    ("CSM with an elective option", "00 E1 80", Settings, Settings),
    (
        "CSM with a critical option",
        "00 E1 30",
        Abort(Some(OptionNumber(3))),
        Abort(Some(OptionNumber(3))),
    ),
    // Section 5.6: a parameter problem with the value of an elective option.
    (
        "CSM with a Max-Message-Size of 5 bytes",
        "00 E1 25 0000001000",
        Abort(Some(OptionNumber(2))),
        Abort(Some(OptionNumber(2))),
    ),
    ("Ping", "01 E2 42", Abort(None), Pong),
    ("Ping with Custody", "00 E2 20", Abort(None), Pong),
    ("Ping with an elective option", "00 E2 40", Abort(None), Pong),
    ("Ping with a critical option", "00 E2 30", Abort(None), Abort(None)),
    ("Pong", "01 E3 42", Abort(None), Ignore),
    ("Pong with a critical option", "00 E3 30", Abort(None), Abort(None)),
    ("Release", "00 E4", Abort(None), Release),
    ("Release with an address", "00 E4 21 61", Abort(None), Release),
    ("Release with a critical option", "00 E4 30", Abort(None), Abort(None)),
    // It may be the first and only message.
    ("Abort", "00 E5", Close, Close),
    ("Abort with a reason", "00 E5 21 02 FF 61", Close, Close),
    ("a signal that nobody knows", "00 E6", Abort(None), Ignore),
    ("GET", "00 01 B1 61", Abort(None), Process),
    ("GET with an elective option", "00 01 E0 06F3", Abort(None), Process),
    ("GET with a critical option", "00 01 30", Abort(None), Respond(Code::BAD_OPTION)),
    (
        "GET with a Uri-Path of 256 bytes",
        "00 01 BD F3 (256*61)",
        Abort(None),
        Respond(Code::BAD_OPTION),
    ),
    ("GET with two Accept", "00 01 D1 04 00 01 00", Abort(None), Respond(Code::BAD_OPTION)),
    ("GET for a proxy", "00 01 D1 16 61", Abort(None), Respond(Code::PROXYING_NOT_SUPPORTED)),
    // RFC 8323 section 6: SZX 7 is BERT.
    ("GET of a BERT block", "00 01 D1 0A 07", Abort(None), Process),
    ("Hop-Limit 0", "00 01 D1 03 00", Abort(None), Respond(Code::BAD_REQUEST)),
    ("an unknown method", "00 08", Abort(None), Respond(Code::METHOD_NOT_ALLOWED)),
    ("2.05", "00 45 FF 61", Abort(None), Process),
    ("an unknown 4.xx", "00 9F", Abort(None), Process),
    ("2.05 with a critical option", "00 45 E0 06F4", Abort(None), Ignore),
    ("2.05 with a Uri-Path", "00 45 B1 61", Abort(None), Ignore),
    ("class 1", "00 20", Abort(None), Ignore),
    ("class 3", "00 60", Abort(None), Ignore),
    ("class 6", "00 C0", Abort(None), Ignore),
];

#[test]
fn every_row_before_and_after_a_csm() {
    for (what, notation, before, after) in ROWS {
        let frame = bytes(notation);
        let message = ws::Codec::new().decode(&frame);
        assert_eq!(react_reliable(&message, false, &BOTH), *before, "{what}, before a CSM");
        assert_eq!(react_reliable(&message, true, &BOTH), *after, "{what}, after a CSM");
    }
}

/// Critical options of signalling messages that are recognized.
#[test]
fn a_critical_option_of_a_signal_that_is_recognized() {
    let recognized = [OptionNumber(3), OptionNumber::OSCORE];
    for (notation, reaction) in [
        ("00 E1 30", Settings),
        ("00 E2 30", Pong),
        ("00 E2 90", Pong),
        ("00 E4 30", Release),
        ("00 E5 30", Close),
    ] {
        let frame = bytes(notation);
        let message = ws::Codec::new().decode(&frame);
        assert_eq!(
            react_reliable(&message, true, &Knowledge::server(&recognized)),
            reaction,
            "{notation}"
        );
    }
    // An OSCORE of 256 bytes, or two of it, are as unknown.
    for notation in ["00 E1 9D F3 (256*61)", "00 E1 90 00"] {
        let frame = bytes(notation);
        let message = ws::Codec::new().decode(&frame);
        let reaction = react_reliable(&message, true, &Knowledge::server(&recognized));
        assert_eq!(reaction, Abort(Some(OptionNumber::OSCORE)), "{notation}");
    }
}

/// Every code: requests, responses and signals have their reactions, everything else has none.
#[test]
fn every_code_without_options() {
    for code in (0..=255).map(Code) {
        let frame = [0x00, code.0];
        let message = ws::Codec::new().decode(&frame);
        let expected = match (code.class(), code.detail()) {
            (0, 0) | (1 | 3 | 6, _) => Ignore,
            (0, 1..=7) | (2 | 4 | 5, _) => Process,
            (0, _) => Respond(Code::METHOD_NOT_ALLOWED),
            (_, 1) => Settings,
            (_, 2) => Pong,
            (_, 4) => Release,
            (_, 5) => Close,
            _ => Ignore,
        };
        assert_eq!(react_reliable(&message, true, &BOTH), expected, "{code}");
        let first = match code {
            Code::CSM => Settings,
            Code::ABORT => Close,
            Code::EMPTY => Ignore, // Section 3.4: always.
            _ => Abort(None),
        };
        assert_eq!(react_reliable(&message, false, &BOTH), first, "{code}");
    }
}

/// Section 3.3: who serves nothing answers 5.01; a response that nobody waits for is dropped.
#[test]
fn who_has_only_one_role() {
    let (client, server) = (Knowledge { role: Role::Client, ..BOTH }, Knowledge::server(&[]));
    let get = ws::Codec::new().decode(&[0x00, 0x01]);
    assert_eq!(react_reliable(&get, true, &client), Respond(Code::NOT_IMPLEMENTED));
    assert_eq!(react_reliable(&get, true, &server), Process);
    let content = ws::Codec::new().decode(&[0x00, 0x45]);
    assert_eq!(react_reliable(&content, true, &client), Process);
    let nobody_waits = Knowledge { awaits_token: false, ..client };
    assert_eq!(react_reliable(&content, true, &nobody_waits), Ignore);
    let server = Knowledge { awaits_token: true, ..server };
    assert_eq!(react_reliable(&content, true, &server), Ignore);
}
