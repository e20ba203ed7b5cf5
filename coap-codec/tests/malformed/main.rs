//! Malformed messages: what, bytes, kind, offset, rule, reaction. A row per rule and transport.

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

mod class;
mod encode;
mod stream;
mod udp;

use coap_codec::{DecodeError, ErrorKind};

/// What, the bytes, the kind, the offset.
type Row = (&'static str, &'static str, ErrorKind, u32);

#[track_caller]
fn is(error: DecodeError, kind: ErrorKind, offset: u32, what: &str) {
    assert_eq!((error.kind, error.offset), (kind, offset), "{what}");
    let rule = rule(kind);
    assert_eq!((error.rule(), kind.rule()), (rule, rule), "{what}");
    assert_eq!(error.to_string(), format!("{kind} at byte {offset}"));
}

/// Where the standards say it.
fn rule(kind: ErrorKind) -> &'static str {
    match kind {
        // "Implementations of this specification MUST set this field to 1", "Lengths 9-15 are
        // reserved", "marker followed by a zero-length payload MUST be processed as a message
        // format error".
        ErrorKind::Version
        | ErrorKind::Truncated
        | ErrorKind::TokenLength
        | ErrorKind::EmptyPayload => "RFC 7252 section 3",
        // "15: Reserved", twice; "in the order of their Option Numbers".
        ErrorKind::OptionDelta
        | ErrorKind::OptionLength
        | ErrorKind::OptionTruncated
        | ErrorKind::OptionOrder => "RFC 7252 section 3.1",
        // "The Token Length field MUST be set to 0 and bytes of data MUST NOT be present after the
        // Message ID field."
        ErrorKind::EmptyMessage => "RFC 7252 section 4.1",
        // The registry: 0 to 65535.
        ErrorKind::OptionNumber => "RFC 7252 section 12.2",
        // "If a server receives a request with a token of a length greater than what it indicated".
        ErrorKind::TokenTooLong => "RFC 8974 section 2.2.1",
        ErrorKind::MessageTooLarge => "RFC 8323 section 5.3.1",
        ErrorKind::WebSocketLength => "RFC 8323 section 4.2",
        ErrorKind::ReservedCode => "RFC 7252 section 12.1",
        ErrorKind::TypeAndCode => "RFC 7252 section 4.3",
        ErrorKind::OptionValueLength => "RFC 7252 section 5.4.3",
        ErrorKind::OptionRepeated => "RFC 7252 section 5.4.5",
        other => panic!("{other:?} has no row"),
    }
}
