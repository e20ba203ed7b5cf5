//! The fixed header: every first byte, Remaining Length, the codec's limit.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::{Codec, Role, Version};

use crate::common::{ROLES, bytes, codec};

/// MQTT 5.0 table 2-1: who sends the packet; table 2-2: its flags, `None` for PUBLISH.
const TYPES: [(bool, bool, Option<u8>); 16] = [
    (false, false, Some(0)),
    (true, false, Some(0)),      // CONNECT
    (false, true, Some(0)),      // CONNACK
    (true, true, None),          // PUBLISH
    (true, true, Some(0)),       // PUBACK
    (true, true, Some(0)),       // PUBREC
    (true, true, Some(0b0010)),  // PUBREL
    (true, true, Some(0)),       // PUBCOMP
    (true, false, Some(0b0010)), // SUBSCRIBE
    (false, true, Some(0)),      // SUBACK
    (true, false, Some(0b0010)), // UNSUBSCRIBE
    (false, true, Some(0)),      // UNSUBACK
    (true, false, Some(0)),      // PINGREQ
    (false, true, Some(0)),      // PINGRESP
    (true, true, Some(0)),       // DISCONNECT
    (true, true, Some(0)),       // AUTH
];

fn expected(version: Option<Version>, receiver: Role, first: u8) -> Result<(), Kind> {
    let (packet_type, flags) = (first >> 4, first & 0x0F);
    let (from_client, mut from_server, fixed) = TYPES[usize::from(packet_type)];
    match (version, packet_type) {
        (_, 0) | (Some(Version::V3), 15) => return Err(Kind::ReservedType),
        (None, 2..) => return Err(Kind::NotConnect),
        // MQTT 3.1.1 table 2.1: from client to server.
        (Some(Version::V3), 14) => from_server = false,
        _ => {}
    }
    match receiver {
        Role::Server if !from_client => return Err(Kind::WrongDirection),
        Role::Client if !from_server => return Err(Kind::WrongDirection),
        _ => {}
    }
    match fixed {
        Some(fixed) if flags != fixed => Err(Kind::ReservedFlags),
        None if flags & 0b0110 == 0b0110 => Err(Kind::PublishQos3),
        None if flags & 0b1110 == 0b1000 => Err(Kind::DupAtQos0),
        _ => Ok(()),
    }
}

#[test]
fn every_first_byte() {
    for version in [None, Some(Version::V3), Some(Version::V5)] {
        for role in ROLES {
            let codec = Codec { version, ..codec(Version::V5, role) };
            assert_eq!(codec.fixed_header(&[]), Ok(None));
            for first in 0..=255 {
                // One byte tells, and however many more there are.
                for rest in [&[][..], &[0x80], &[0xFF, 0xFF], &[0x05]] {
                    let input = [&[first][..], rest].concat();
                    let found = codec.frame_len(&input).map_err(|e| {
                        assert_eq!((e.offset, e.version), (0, version.unwrap_or(Version::V5)));
                        e.kind
                    });
                    let len = expected(version, role, first).map(|()| (rest == [5]).then_some(7));
                    assert_eq!(found, len, "{version:?} {role:?} {first:02X}");
                    let decoded =
                        codec.decode(&input).map_err(|e| e.kind).map(|found| found.is_some());
                    assert_eq!(decoded, len.map(|_| false), "{version:?} {role:?} {first:02X}");
                }
            }
        }
    }
}

#[test]
fn remaining_length_in_every_packet() {
    for (version, role, first) in [
        (Version::V3, Role::Server, 0x10),
        (Version::V5, Role::Server, 0x10),
        (Version::V5, Role::Client, 0x20),
        (Version::V3, Role::Client, 0x30),
        (Version::V5, Role::Server, 0x30),
        (Version::V5, Role::Server, 0x40),
        (Version::V5, Role::Client, 0x50),
        (Version::V3, Role::Server, 0x62),
        (Version::V3, Role::Client, 0x70),
        (Version::V5, Role::Server, 0x82),
        (Version::V5, Role::Client, 0x90),
        (Version::V3, Role::Server, 0xA2),
        (Version::V5, Role::Client, 0xB0),
        (Version::V3, Role::Server, 0xC0),
        (Version::V3, Role::Client, 0xD0),
        (Version::V3, Role::Server, 0xE0),
        (Version::V5, Role::Client, 0xF0),
    ] {
        let codec = codec(version, role);
        for (length, kind) in [
            ("8000", Kind::VarintNotMinimal),
            ("8100", Kind::VarintNotMinimal),
            ("FF00", Kind::VarintNotMinimal),
            ("808000", Kind::VarintNotMinimal),
            ("FF8000", Kind::VarintNotMinimal),
            ("80808000", Kind::VarintNotMinimal),
            ("FFFFFF00", Kind::VarintNotMinimal),
            ("80808080", Kind::VarintTooLong),
            ("FFFFFFFF", Kind::VarintTooLong),
            ("8080808000", Kind::VarintTooLong),
            ("8080808001", Kind::VarintTooLong),
        ] {
            let input = [&[first][..], &bytes(length)].concat();
            for input in [input.clone(), [&input[..], &[0; 40]].concat()] {
                let error = codec.decode(&input).unwrap_err();
                assert_eq!((error.kind, error.offset), (kind, 1), "{input:02X?}");
                assert_eq!(codec.frame_len(&input), Err(error));
                assert_eq!(codec.fixed_header(&input), Err(error));
            }
        }
        for length in ["80", "FF", "8080", "FFFF", "808080", "FFFFFF"] {
            let input = [&[first][..], &bytes(length)].concat();
            assert_eq!(codec.decode(&input), Ok(None), "{input:02X?}");
        }
    }
}

#[test]
fn a_packet_above_the_limit_is_refused_on_its_fixed_header() {
    let limits: [(&str, u32); 6] = [
        ("30 00", 2),
        ("30 7F", 129),
        ("30 8001", 131),
        ("30 FF7F", 16_386),
        ("30 FFFF7F", 2_097_155),
        ("30 FFFFFF7F", 268_435_460),
    ];
    for (header, len) in limits {
        let header = bytes(header);
        for version in [Version::V3, Version::V5] {
            let codec = Codec::client(version);
            let taken = codec.with_max_packet_size(len).frame_len(&header);
            assert_eq!(taken, Ok(Some(usize::try_from(len).unwrap())));
            assert_eq!(codec.frame_len(&header), taken, "no limit unless there is one");
            for limit in [0, 1, len / 2, len - 1] {
                let codec = codec.with_max_packet_size(limit);
                let error = codec.frame_len(&header).unwrap_err();
                assert_eq!((error.kind, error.offset), (Kind::PacketTooLarge, 1));
                assert_eq!(codec.decode(&header), Err(error));
                // Not before the length is there.
                assert_eq!(codec.frame_len(&header[..header.len() - 1]), Ok(None));
            }
        }
    }
}

#[test]
fn a_server_before_connect_takes_nothing_else() {
    let error = Codec::server().decode(b"\x82\x06\0\x01\0\x01a\0").unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::NotConnect, 0));
    // What else may come to the port: an HTTP request, a TLS handshake, an AMQP header.
    for input in [&b"GET / HTTP/1.1\r\n"[..], &[0x16, 0x03, 0x01], b"AMQP\0\x01\0\0"] {
        assert_eq!(Codec::server().decode(&input[..1]).unwrap_err().offset, 0);
    }
}
