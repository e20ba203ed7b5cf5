//! Remaining Length and property length at every boundary of table 1-1, and texts at their limit.

use mqtt_codec::Role::Client;
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{
    Codec, Connect, EncodeError, ErrorKind, List, Packet, Property, Publish, Version,
};

use crate::common::golden;
use crate::{name, text};

/// (Remaining Length, its bytes)
const BOUNDARIES: [(usize, &str); 6] = [
    (127, "7F"),
    (128, "8001"),
    (16_383, "FF7F"),
    (16_384, "808001"),
    (2_097_151, "FFFF7F"),
    (2_097_152, "80808001"),
];

#[test]
fn remaining_length_at_every_boundary() {
    for (len, varint) in BOUNDARIES {
        for (version, properties) in [(V3, ""), (V5, "00")] {
            let payload = vec![b'p'; len - 3 - properties.len() / 2];
            let packet = Packet::Publish(Publish::new(name("t"), &payload));
            if len < 20_000 {
                let payload = String::from_utf8(payload.clone()).unwrap();
                let notation = format!("30 {varint} 0001 't' {properties} '{payload}'");
                golden(version, Client, &notation, packet);
            }
            let mut out = vec![0; 1 + varint.len() / 2 + len];
            assert_eq!(Codec::client(version).encode(&packet, &mut out), Ok(out.len()));
            assert_eq!(out[1..=varint.len() / 2], crate::common::bytes(varint));
            let server = Codec::server().with_version(version);
            assert_eq!(server.decode(&out), Ok(Some((packet, out.len()))));
        }
    }
}

#[test]
fn property_length_at_every_boundary() {
    for (len, varint) in BOUNDARIES.into_iter().filter(|(len, _)| *len < 20_000) {
        // One User Property: identifier, empty name, value.
        let value = "v".repeat(len - 5);
        let properties = [Property::UserProperty(text(""), text(&value))];
        let packet =
            Packet::Connect(Connect { properties: List::new(&properties), ..connect(V5, "") });
        let remaining = 10 + varint.len() / 2 + len + 2;
        let remaining: String =
            crate::common::varint(remaining).iter().map(|b| format!("{b:02X}")).collect();
        let notation = format!(
            "10 {remaining} 0004 'MQTT' 05 02 0000 {varint} 26 0000 {:04X} '{value}' 0000",
            len - 5
        );
        golden(V5, Client, &notation, packet);
    }
}

fn connect(version: Version, client_id: &str) -> Connect<'_> {
    Connect { keep_alive: 0, ..Connect::new(version, text(client_id)) }
}

#[test]
fn texts_and_data_of_65535_bytes() {
    let longest = "é".repeat(32_767) + "e";
    let data = vec![0xFF; 65_535];
    let properties = [
        Property::AuthenticationMethod(text(&longest)),
        Property::AuthenticationData(&data),
        Property::UserProperty(text(&longest), text(&longest)),
    ];
    let packet = Packet::Connect(Connect {
        user_name: Some(text(&longest)),
        password: Some(&data),
        properties: List::new(&properties),
        ..connect(V5, &longest)
    });
    let client = Codec::client(V5);
    let mut out = vec![0; client.encoded_len(&packet).unwrap()];
    // Fixed header 1 + 3, variable header 10 + 3, properties 2 x 3 + 5, three texts with lengths.
    assert_eq!(out.len(), 4 + 13 + 11 + 3 * 2 + 7 * 65_535);
    assert_eq!(client.encode(&packet, &mut out), Ok(out.len()));
    assert_eq!(Codec::server().decode(&out), Ok(Some((packet, out.len()))));
    let topic = "/".repeat(65_535);
    let publish = Packet::Publish(Publish::new(name(&topic), b""));
    let mut out = vec![0; 65_535 + 6];
    assert_eq!(client.encode(&publish, &mut out[..65_541]), Err(short(65_542)));
    out.push(0);
    assert_eq!(client.encode(&publish, &mut out), Ok(65_542));
    let server = Codec::server().with_version(V5);
    assert_eq!(server.decode(&out), Ok(Some((publish, 65_542))));
}

const fn short(needed: usize) -> EncodeError {
    EncodeError::BufferTooSmall { needed }
}

#[test]
fn the_largest_packet_and_one_byte_more() {
    // Zeroed memory that nobody touches.
    let payload = vec![0; 268_435_455 - 2];
    let client = Codec::client(V3);
    let fits = Publish::new(name("t"), &payload[..268_435_455 - 3]);
    assert_eq!(client.encoded_len(&Packet::Publish(fits)), Ok(268_435_460));
    let too_large = Err(EncodeError::Invalid(ErrorKind::PacketTooLarge));
    let publish = Publish::new(name("t"), &payload);
    assert_eq!(client.encoded_len(&Packet::Publish(publish)), too_large);
    assert_eq!(client.encode(&Packet::Publish(publish), &mut []), too_large);
    assert_eq!(client.encode_part(&Packet::Publish(publish), 0, &mut []), too_large);

    let mut out = [0; 8];
    let head = Publish::new(name("t"), b"not looked at");
    assert_eq!(client.encode_publish_head(&head, 268_435_452, &mut out), Ok(8));
    assert_eq!(&out, b"\x30\xFF\xFF\xFF\x7F\x00\x01t");
    assert_eq!(client.encode_publish_head(&head, 268_435_452, &mut out[..7]), Err(short(8)));
    for payload_len in [268_435_453, u32::MAX] {
        assert_eq!(client.encode_publish_head(&head, payload_len, &mut out), too_large);
    }
}
