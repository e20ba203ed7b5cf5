//! Every reason code in every packet from either side: MQTT 5.0 tables 3-1 and 3-4 to 3-11, return
//! codes of MQTT 3.1.1 section 3.2.2.3 and 3.9.3.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::Role::{Client, Server};
use mqtt_codec::{Codec, ReasonCode, Role, Version};

use crate::check;
use crate::common::{bytes, codec};

const CONNACK: &[u8] = &[
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
    0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
];
/// PUBACK and PUBREC. 0x10 "is sent only by the Server"; it says nothing that could hurt a server,
/// so it is taken from both.
const PUBACK: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
/// PUBREL and PUBCOMP.
const PUBREL: &[u8] = &[0x00, 0x92];
const SUBACK: &[u8] = &[0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
const UNSUBACK: &[u8] = &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];
/// Table 3-10, column "Sent by".
const DISCONNECT_FROM_CLIENT: &[u8] =
    &[0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
/// 0x8C is not in table 3-10, but table 2-6 has it for DISCONNECT, where only a server can mean it.
const DISCONNECT_FROM_SERVER: &[u8] = &[
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95,
    0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
];
/// Table 3-11, column "Sent by".
const AUTH_FROM_CLIENT: &[u8] = &[0x18, 0x19];
const AUTH_FROM_SERVER: &[u8] = &[0x00, 0x18];

/// Sender, the frame around the code, its offset, the codes.
const V5: &[(Role, &str, usize, &[u8])] = &[
    (Server, "20 { 00 ?? {} }", 3, CONNACK),
    (Client, "40 { 0001 ?? }", 4, PUBACK),
    (Server, "40 { 0001 ?? {} }", 4, PUBACK),
    (Client, "50 { 0001 ?? {} }", 4, PUBACK),
    (Server, "50 { 0001 ?? }", 4, PUBACK),
    (Client, "62 { 0001 ?? }", 4, PUBREL),
    (Server, "62 { 0001 ?? }", 4, PUBREL),
    (Client, "70 { 0001 ?? { 1F <> } }", 4, PUBREL),
    (Server, "70 { 0001 ?? }", 4, PUBREL),
    (Server, "90 { 0001 {} ?? }", 5, SUBACK),
    (Server, "90 { 0001 {} 00 ?? 80 }", 6, SUBACK),
    (Server, "B0 { 0001 {} ?? }", 5, UNSUBACK),
    (Server, "B0 { 0001 {} 00 11 ?? }", 7, UNSUBACK),
    (Client, "E0 { ?? }", 2, DISCONNECT_FROM_CLIENT),
    (Server, "E0 { ?? }", 2, DISCONNECT_FROM_SERVER),
    (Server, "E0 { ?? {} }", 2, DISCONNECT_FROM_SERVER),
    (Client, "F0 { ?? { 15 <M> } }", 2, AUTH_FROM_CLIENT),
    (Server, "F0 { ?? { 15 <M> } }", 2, AUTH_FROM_SERVER),
];

const V3: &[(Role, &str, usize, &[u8])] = &[
    (Server, "20 { 00 ?? }", 3, &[0, 1, 2, 3, 4, 5]),
    (Server, "90 { 0001 ?? }", 4, &[0x00, 0x01, 0x02, 0x80]),
    (Server, "90 { 0001 80 02 ?? }", 6, &[0x00, 0x01, 0x02, 0x80]),
];

#[test]
fn every_code_in_every_packet() {
    for (version, rows) in [(Version::V3, V3), (Version::V5, V5)] {
        for (sender, notation, offset, codes) in rows {
            for code in 0..=255 {
                let frame = bytes(&notation.replace("??", &format!("{code:02X}")));
                let receiver = codec(version, sender.peer());
                if codes.contains(&code) {
                    let taken = receiver.decode(&frame);
                    assert!(matches!(taken, Ok(Some(_))), "{notation} {code:02X} {taken:?}");
                    assert_eq!(Codec::either(version).decode(&frame), taken);
                } else {
                    check(receiver, &frame, Kind::ReasonCode, *offset);
                }
            }
        }
    }
}

#[test]
fn the_codes_that_exist_and_their_names() {
    let mut known: Vec<u8> = V5.iter().flat_map(|row| row.3.iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    // Table 2-6 has 43 values.
    assert_eq!(known.len(), 43);
    let mut names = Vec::new();
    for value in 0..=255 {
        let code = ReasonCode::new(value);
        assert_eq!(code.is_some(), known.contains(&value), "{value:02X}");
        if let Some(code) = code {
            assert_eq!((code.get(), code.is_error()), (value, value >= 0x80));
            assert_eq!(format!("{code:?}"), format!("0x{value:02X} {code}"));
            assert!(!code.name().is_empty() && !names.contains(&code.name()), "{value:02X}");
            names.push(code.name());
        }
    }
}
