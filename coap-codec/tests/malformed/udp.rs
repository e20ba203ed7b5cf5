//! Datagrams.

use coap_codec::ErrorKind::{
    EmptyMessage, EmptyPayload, OptionDelta, OptionLength, OptionNumber, OptionTruncated,
    TokenLength, Truncated, Version,
};
use coap_codec::{Codec, Reaction, Type};

use crate::common::bytes;
use crate::{Row, is};

/// What follows is a version and a type in the highest four bits, put there by the test.
const ROWS: &[Row] = &[
    ("a header without code", "40", Truncated, 1),
    ("a header without Message ID", "40 01", Truncated, 2),
    ("half a Message ID", "40 01 00", Truncated, 2),
    ("Token Length 9", "49 01 0001 (9*77)", TokenLength, 0),
    ("Token Length 12", "4C 01 0001 (12*77)", TokenLength, 0),
    ("Token Length 13", "4D 01 0001 00 (13*77)", TokenLength, 0),
    ("Token Length 14", "4E 01 0001 0000 (269*77)", TokenLength, 0),
    ("Token Length 15", "4F 01 0001 (20*77)", TokenLength, 0),
    ("Token Length 15 alone", "4F 01 0001", TokenLength, 0),
    ("Token Length 9 of an Empty message", "49 00 0001", TokenLength, 0),
    ("a token that is not there", "41 01 0001", Truncated, 4),
    ("a token of 8 with 7 there", "48 01 0001 (7*77)", Truncated, 4),
    ("an Empty message with a token", "41 00 0001 77", EmptyMessage, 0),
    ("an Empty message whose token is not there", "41 00 0001", EmptyMessage, 0),
    ("an Empty message with an option", "40 00 0001 B1 61", EmptyMessage, 4),
    ("an Empty message with a payload", "40 00 0001 FF 61", EmptyMessage, 4),
    ("an Empty message with a marker", "40 00 0001 FF", EmptyMessage, 4),
    ("an Empty message with a byte", "40 00 0001 00", EmptyMessage, 4),
    ("delta 15 that is no marker", "40 01 0001 F0", OptionDelta, 4),
    ("delta 15, length 14", "40 01 0001 FE 0000", OptionDelta, 4),
    ("delta 15 behind an option", "40 01 0001 B1 61 F1 00", OptionDelta, 6),
    ("length 15", "40 01 0001 0F", OptionLength, 4),
    ("length 15 behind an extended delta", "40 01 0001 DF 00", OptionLength, 4),
    ("length 15 with much behind", "40 01 0001 BF (80*61)", OptionLength, 4),
    ("length 15 behind an option", "40 01 0001 B1 61 0F", OptionLength, 6),
    ("an 8-bit delta that is not there", "40 01 0001 D0", OptionTruncated, 4),
    ("a 16-bit delta that is not there", "40 01 0001 E0", OptionTruncated, 4),
    ("half of a 16-bit delta", "40 01 0001 E0 00", OptionTruncated, 4),
    ("an 8-bit length that is not there", "40 01 0001 0D", OptionTruncated, 4),
    ("a 16-bit length that is not there", "40 01 0001 0E", OptionTruncated, 4),
    ("half of a 16-bit length", "40 01 0001 0E 00", OptionTruncated, 4),
    ("a delta, but not the length behind", "40 01 0001 DD 00", OptionTruncated, 4),
    ("both of 16 bits, half the length", "40 01 0001 EE 0000 00", OptionTruncated, 4),
    ("a value that is not there", "40 01 0001 B1", OptionTruncated, 4),
    ("a value of 12 with 11 there", "40 01 0001 BC (11*61)", OptionTruncated, 4),
    ("a value of 13 with 12 there", "40 01 0001 BD 00 (12*61)", OptionTruncated, 4),
    ("a value of 269 with 268 there", "40 01 0001 BE 0000 (268*61)", OptionTruncated, 4),
    ("a value of 65804 with none there", "40 01 0001 0E FFFF", OptionTruncated, 4),
    ("the second value is not there", "40 01 0001 B1 61 02 61", OptionTruncated, 6),
    // A marker counts as the start of a payload only where an option could begin.
    ("a value that would end in the payload", "40 01 0001 B4 61 FF 61", OptionTruncated, 4),
    ("number 65536 at once", "40 01 0001 E0 FEF3", OptionNumber, 4),
    ("number 65804", "40 01 0001 E0 FFFF", OptionNumber, 4),
    ("number 65536 in two steps", "40 01 0001 E0 FEF2 10", OptionNumber, 7),
    ("number 65536 in many steps", "40 01 0001 E0 FE00 D0 E5 10", OptionNumber, 9),
    // The number is known before the value.
    ("number 65536 whose value is not there", "40 01 0001 E5 FEF3", OptionNumber, 4),
    ("a marker without payload", "40 01 0001 FF", EmptyPayload, 4),
    ("the same behind a token", "42 01 0001 0102 FF", EmptyPayload, 6),
    ("the same behind options", "40 01 0001 B1 61 01 62 FF", EmptyPayload, 8),
];

/// The codec takes extended tokens.
const EXTENDED: &[Row] = &[
    ("Token Length 15", "4F 01 0001 (20*77)", TokenLength, 0),
    ("a token of 9 with 8 there", "49 01 0001 (8*77)", Truncated, 4),
    ("an 8-bit Token Length that is not there", "4D 01 0001", Truncated, 4),
    ("a 16-bit Token Length that is not there", "4E 01 0001", Truncated, 4),
    ("half of a 16-bit Token Length", "4E 01 0001 00", Truncated, 4),
    ("a token of 13 with 12 there", "4D 01 0001 00 (12*77)", Truncated, 4),
    ("a token of 268, not there", "4D 01 0001 FF", Truncated, 4),
    ("a token of 65804, not there", "4E 01 0001 FFFF", Truncated, 4),
    ("an Empty message with an extended token", "4D 00 0001 00 (13*77)", EmptyMessage, 0),
    ("an option behind an extended token", "4D 01 0001 00 (13*77) F0", OptionDelta, 18),
    ("a marker behind an extended token", "4D 01 0001 00 (13*77) FF", EmptyPayload, 18),
];

const TYPES: [Type; 4] =
    [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset];

#[test]
fn every_row_is_refused_where_it_says() {
    let extended = Codec::new().with_extended_tokens();
    for (codec, rows) in [(Codec::new(), ROWS), (extended, EXTENDED)] {
        for (what, notation, kind, offset) in rows {
            let mut datagram = bytes(notation);
            for message_type in TYPES {
                datagram[0] = datagram[0] & 0xCF | (message_type as u8) << 4;
                let error = codec.decode(&datagram).expect_err(what);
                is(error, *kind, *offset, what);
                // Without a whole header it has neither type nor id.
                if datagram.len() < 4 {
                    assert_eq!((error.message_type, error.message_id), (None, 0), "{what}");
                    assert_eq!(error.reaction(), Reaction::Ignore, "{what}");
                    continue;
                }
                assert_eq!((error.message_type, error.message_id), (Some(message_type), 1));
                // RFC 7252 sections 4.2 and 4.3.
                let confirmable = message_type == Type::Confirmable;
                let reaction = if confirmable { Reaction::Reset } else { Reaction::Ignore };
                assert_eq!(error.reaction(), reaction, "{what}");
            }
        }
    }
}

/// A higher limit does not make malformed datagrams good.
#[test]
fn every_row_without_tokens_is_refused_with_extended_tokens_too() {
    for (what, notation, kind, offset) in ROWS {
        let datagram = bytes(notation);
        if datagram[0] & 0x0F > 8 {
            continue;
        }
        let error = Codec::new().with_extended_tokens().decode(&datagram).expect_err(what);
        is(error, *kind, *offset, what);
    }
}

#[test]
fn no_bytes_at_all() {
    let error = Codec::new().decode(&[]).unwrap_err();
    is(error, Truncated, 0, "nothing");
    assert_eq!((error.message_type, error.reaction()), (None, Reaction::Ignore));
}

/// RFC 7252 section 3: "Messages with unknown version numbers MUST be silently ignored."
#[test]
fn another_version_is_ignored_whatever_follows() {
    for first in (0..=0xFF_u8).filter(|first| first >> 6 != 1) {
        for behind in ["", "01", "01 0001", "00 0001 FF", "01 0001 B1 61 FF 62"] {
            let datagram = [vec![first], bytes(behind)].concat();
            let error = Codec::new().decode(&datagram).unwrap_err();
            is(error, Version, 0, behind);
            assert_eq!((error.message_type, error.message_id), (None, 0));
            assert_eq!(error.reaction(), Reaction::Ignore);
        }
    }
}

/// What looks wrong and is right.
#[test]
fn near_misses_are_taken() {
    for notation in [
        "40 01 0001",
        "48 01 0001 (8*FF)",
        "40 01 0001 B1 FF",
        "40 01 0001 FF FF",
        "40 01 0001 FF 00",
        "40 01 0001 00 00 00",
        "40 01 0001 E0 FEF2",
        "40 01 0001 E0 FEF2 00 FF 61",
        // Empty Uri-Path, zero deltas, a 9-byte ETag: for `react` to judge.
        "40 01 0001 B0 00 00",
        "40 01 0001 49 (9*61)",
        // Types and codes that do not go together are ignored or reset, but are no malformed bytes.
        "50 00 0001",
        "60 01 0001",
        "70 01 0001 B1 61",
        "40 20 0001",
        "40 E1 0001",
    ] {
        let datagram = bytes(notation);
        assert!(Codec::new().decode(&datagram).is_ok(), "{notation}");
        assert!(Codec::new().with_extended_tokens().decode(&datagram).is_ok(), "{notation}");
    }
}
