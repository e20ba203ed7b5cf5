//! Packets as lists of fields, cut within each field: the frame ends there, so the length that
//! counted on more has lied. And a byte more than the fields.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::Role::{self, Client, Server};
use mqtt_codec::Version::{self, V3, V5};

use crate::check;
use crate::common::{bytes, codec, varint};

/// Sender, first byte, fields, what a byte more is. The packet may end before a field with `?`.
type Packet = (Version, Role, u8, &'static [&'static str], More);

enum More {
    /// Left over.
    Trailing,
    /// Half a field of the next element of a list.
    Element,
    /// Payload, or a reason code.
    Fine,
}
use More::{Element, Fine, Trailing};

const PACKETS: &[Packet] = &[
    (V3, Client, 0x10, &["<MQTT>", "04", "02", "003C", "<id>"], Trailing),
    (
        V3,
        Client,
        0x10,
        &["<MQTT>", "04", "EE", "003C", "<id>", "<t>", "<m>", "<user>", "<pw>"],
        Trailing,
    ),
    (V5, Client, 0x10, &["<MQTT>", "05", "02", "003C", "{}", "<id>"], Trailing),
    (
        V5,
        Client,
        0x10,
        &[
            "<MQTT>",
            "05",
            "F6",
            "003C",
            "{ 26 <> <> }",
            "<id>",
            "{ 01 01 }",
            "<t>",
            "<m>",
            "<u>",
            "<p>",
        ],
        Trailing,
    ),
    (
        V5,
        Client,
        0x10,
        &["<MQTT>", "05", "46", "0000", "{}", "<>", "{}", "<t>", "<>", "<p>"],
        Trailing,
    ),
    (V3, Server, 0x20, &["01", "00"], Trailing),
    (V5, Server, 0x20, &["00", "80", "{ 1F <why> }"], Trailing),
    (V3, Client, 0x30, &["<topic>"], Fine),
    (V3, Server, 0x3D, &["<topic>", "1234"], Fine),
    (V5, Client, 0x30, &["<topic>", "{}"], Fine),
    (V5, Server, 0x33, &["<topic>", "1234", "{ 02 00000000 }"], Fine),
    (V5, Client, 0x3C, &["<>", "1234", "{ 23 0001 }"], Fine),
    (V3, Client, 0x40, &["1234"], Trailing),
    (V3, Server, 0x50, &["1234"], Trailing),
    (V3, Client, 0x62, &["1234"], Trailing),
    (V3, Server, 0x70, &["1234"], Trailing),
    (V5, Client, 0x40, &["1234", "?10", "?{ 1F <why> }"], Trailing),
    (V5, Server, 0x50, &["1234", "?80", "?{}"], Trailing),
    (V5, Client, 0x62, &["1234", "?92", "?{ 26 <> <> }"], Trailing),
    (V5, Server, 0x70, &["1234", "?00", "?{}"], Trailing),
    (V3, Client, 0x82, &["1234", "<a>", "00", "?<b/c>", "01"], Element),
    (V5, Client, 0x82, &["1234", "{ 0B FF7F }", "<a>", "00", "?<b/c>", "2D"], Element),
    (V3, Server, 0x90, &["1234", "00", "?01", "?80"], Fine),
    (V5, Server, 0x90, &["1234", "{}", "00", "?A2"], Fine),
    (V3, Client, 0xA2, &["1234", "<a>", "?<b/c>"], Element),
    (V5, Client, 0xA2, &["1234", "{ 26 <k> <> }", "<a>", "?<b/c>"], Element),
    (V3, Server, 0xB0, &["1234"], Trailing),
    (V5, Server, 0xB0, &["1234", "{ 1F <> }", "11", "?00"], Fine),
    (V3, Client, 0xC0, &[], Trailing),
    (V5, Client, 0xC0, &[], Trailing),
    (V3, Server, 0xD0, &[], Trailing),
    (V5, Server, 0xD0, &[], Trailing),
    (V3, Client, 0xE0, &[], Trailing),
    (V5, Client, 0xE0, &["?04", "?{ 11 00000000 }"], Trailing),
    (V5, Server, 0xE0, &["?9D", "?{ 1C <there> }"], Trailing),
    (V5, Client, 0xF0, &["19", "{ 15 <M> 16 <D> }"], Trailing),
    (V5, Server, 0xF0, &["?18", "{ 15 <M> }"], Trailing),
];

fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    [&[first][..], &varint(body.len()), body].concat()
}

#[test]
fn a_frame_that_ends_within_a_field_is_refused_at_that_field() {
    for (version, sender, first, fields, _) in PACKETS {
        let receiver = codec(*version, sender.peer());
        let mut before = Vec::new();
        for field in *fields {
            let (optional, field) = match field.strip_prefix('?') {
                Some(field) => (true, bytes(field)),
                None => (false, bytes(field)),
            };
            for len in 0..field.len() {
                let frame = frame(*first, &[&before[..], &field[..len]].concat());
                if optional && len == 0 {
                    assert!(receiver.decode(&frame).is_ok(), "{frame:02X?}");
                    continue;
                }
                // A list that is missing has a kind of its own; a client's AUTH of nothing says the
                // SUCCESS that only a server says.
                let kind = match (first >> 4, len, version) {
                    (15, 0, _) if before.is_empty() => Kind::ReasonCode,
                    (8, 0, V3) if before.len() == 2 => Kind::EmptySubscribe,
                    (10, 0, V3) if before.len() == 2 => Kind::EmptyUnsubscribe,
                    (9, 0, V3) if before.len() == 2 => Kind::EmptyAcknowledgement,
                    (8, 0, V5) if before.len() == 2 + bytes(fields[1]).len() => {
                        Kind::EmptySubscribe
                    }
                    (10, 0, V5) if before.len() == 2 + bytes(fields[1]).len() => {
                        Kind::EmptyUnsubscribe
                    }
                    (9 | 11, 0, V5) if before.len() == 2 + bytes(fields[1]).len() => {
                        Kind::EmptyAcknowledgement
                    }
                    _ => Kind::Truncated,
                };
                check(receiver, &frame, kind, 2 + before.len());
            }
            before.extend(field);
        }
        let whole = frame(*first, &before);
        assert!(matches!(receiver.decode(&whole), Ok(Some((_, len))) if len == whole.len()));
    }
}

#[test]
fn a_byte_more_than_the_fields() {
    for (version, sender, first, fields, more) in PACKETS {
        let receiver = codec(*version, sender.peer());
        let mut body: Vec<u8> =
            fields.iter().flat_map(|field| bytes(field.trim_start_matches('?'))).collect();
        let end = 2 + body.len();
        body.push(0x00);
        let frame = frame(*first, &body);
        match more {
            Trailing => check(receiver, &frame, Kind::TrailingBytes, end),
            Element => check(receiver, &frame, Kind::Truncated, end),
            Fine => assert!(receiver.decode(&frame).is_ok(), "{frame:02X?}"),
        }
    }
}

#[test]
fn every_field_with_a_length_of_65535() {
    // Each two-byte length of the texts and data above, made as large as it can be.
    for (version, sender, first, fields, _) in PACKETS {
        let receiver = codec(*version, sender.peer());
        let mut before = Vec::new();
        for (i, field) in fields.iter().enumerate() {
            let text = field.trim_start_matches('?');
            if text.starts_with('<') {
                let rest: Vec<u8> =
                    fields[i + 1..].iter().flat_map(|f| bytes(f.trim_start_matches('?'))).collect();
                let body = [&before[..], &[0xFF, 0xFF], &bytes(text)[2..], &rest].concat();
                check(receiver, &frame(*first, &body), Kind::Truncated, 2 + before.len());
            }
            before.extend(bytes(text));
        }
    }
}
