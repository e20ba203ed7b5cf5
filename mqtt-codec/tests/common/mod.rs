//! What the tests share: a notation for bytes, codecs by name, and the laws of one golden vector.

#![allow(dead_code, reason = "each test binary uses its part")]

use core::fmt::Debug;

use mqtt_codec::{Codec, DecodeError, EncodeError, Packet, Role, Version};

/// Bytes from a notation.
///
/// * `0a1B` hex digits, two a byte; white space does not count
/// * `'abc'` these bytes of text
/// * `<abc>` a UTF-8 Encoded String: its length in two bytes, and the text
/// * `{ .. }` a Variable Byte Integer that says how long the contents are, and the contents
pub(crate) fn bytes(notation: &str) -> Vec<u8> {
    let mut open = vec![Vec::new()];
    let mut rest = notation;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' | '<' => {
                let end = if c == '<' { '>' } else { '\'' };
                let (text, behind) = rest.split_once(end).expect("an open quotation");
                rest = behind;
                let out = open.last_mut().unwrap();
                if c == '<' {
                    out.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
                }
                out.extend(text.as_bytes());
            }
            '{' => open.push(Vec::new()),
            '}' => {
                let block = open.pop().unwrap();
                let out = open.last_mut().expect("a brace too many");
                out.extend(varint(block.len()));
                out.extend(block);
            }
            c if c.is_whitespace() => {}
            high => {
                let low = rest.chars().next().expect("half a byte");
                rest = &rest[1..];
                let digit = |c: char| c.to_digit(16).unwrap_or_else(|| panic!("{c} in {notation}"));
                open.last_mut().unwrap().push(u8::try_from(digit(high) << 4 | digit(low)).unwrap());
            }
        }
    }
    assert_eq!(open.len(), 1, "an open brace in {notation}");
    open.remove(0)
}

/// The algorithm of MQTT 5.0 section 1.5.5, as it stands there.
pub(crate) fn varint(mut x: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let mut encoded_byte = u8::try_from(x % 128).unwrap();
        x /= 128;
        if x > 0 {
            encoded_byte |= 128;
        }
        out.push(encoded_byte);
        if x == 0 {
            return out;
        }
    }
}

/// A codec of this side.
pub(crate) fn codec(version: Version, role: Role) -> Codec {
    match role {
        Role::Client => Codec::client(version),
        Role::Server => Codec::server().with_version(version),
        Role::Either => Codec::either(version),
    }
}

/// The codecs that may receive what `sender` sends: its peer, and the one that reads along.
pub(crate) fn receivers(version: Version, sender: Role) -> Vec<Codec> {
    let mut all = vec![codec(version, sender.peer())];
    if sender != Role::Either {
        all.push(codec(version, Role::Either));
    }
    all
}

pub(crate) const VERSIONS: [Version; 2] = [Version::V3, Version::V5];
pub(crate) const ROLES: [Role; 3] = [Role::Client, Role::Server, Role::Either];

/// Everything that holds for a packet and its one canonical form, sent by `sender`.
pub(crate) fn golden(version: Version, sender: Role, notation: &str, packet: Packet<'_>) {
    let bytes = bytes(notation);
    let codec = codec(version, sender);
    encodes(codec, &packet, &bytes);
    for receiver in receivers(version, sender) {
        decodes(receiver, &bytes, &packet);
        prefixes_are_incomplete(receiver, &bytes);
        // What was decoded can be sent on.
        let (decoded, _) = receiver.decode(&bytes).unwrap().unwrap();
        encodes(codec, &decoded, &bytes);
    }
}

/// A form that is legal, but not the one that `encode` chooses: `canonical` is.
pub(crate) fn also(
    version: Version,
    sender: Role,
    notation: &str,
    canonical: &str,
    packet: Packet<'_>,
) {
    let bytes = bytes(notation);
    assert_ne!(bytes, self::bytes(canonical));
    for receiver in receivers(version, sender) {
        decodes(receiver, &bytes, &packet);
        prefixes_are_incomplete(receiver, &bytes);
    }
    golden(version, sender, canonical, packet);
}

fn decodes(codec: Codec, bytes: &[u8], packet: &Packet<'_>) {
    assert_eq!(codec.decode(bytes), Ok(Some((*packet, bytes.len()))), "{bytes:02X?}");
    // Whatever follows belongs to the next packet.
    for next in [&[0xC0, 0x00][..], &[0xFF; 5], &[0x00; 70]] {
        let more = [bytes, next].concat();
        assert_eq!(codec.decode(&more), Ok(Some((*packet, bytes.len()))), "{more:02X?}");
        assert_eq!(codec.frame_len(&more), Ok(Some(bytes.len())), "{more:02X?}");
    }
    // The limit is the length itself.
    let len = u32::try_from(bytes.len()).unwrap();
    assert!(codec.with_max_packet_size(len).decode(bytes).is_ok());
    assert!(codec.with_max_packet_size(len - 1).decode(bytes).is_err());
}

fn prefixes_are_incomplete(codec: Codec, bytes: &[u8]) {
    let header_len = 1 + bytes[1..].iter().position(|byte| *byte < 0x80).unwrap() + 1;
    for len in 0..bytes.len() {
        assert_eq!(codec.decode(&bytes[..len]), Ok(None), "{len} of {bytes:02X?}");
        let known = (len >= header_len).then_some(bytes.len());
        assert_eq!(codec.frame_len(&bytes[..len]), Ok(known), "{len} of {bytes:02X?}");
    }
    let header = codec.fixed_header(bytes).unwrap().unwrap();
    assert_eq!(header.len, header_len);
    assert_eq!(header.frame_len(), bytes.len());
    assert_eq!(header.remaining_length as usize, bytes.len() - header_len);
    assert_eq!((header.packet_type as u8, header.flags), (bytes[0] >> 4, bytes[0] & 0x0F));
}

const UNTOUCHED: u8 = 0xA5;

fn encodes(codec: Codec, packet: &Packet<'_>, bytes: &[u8]) {
    let needed = bytes.len();
    assert_eq!(codec.encoded_len(packet), Ok(needed), "{packet:?}");
    for room in (0..needed).filter(|room| needed < 200 || room % 97 == 0 || needed - room < 3) {
        let mut out = vec![UNTOUCHED; room];
        let error = EncodeError::BufferTooSmall { needed };
        assert_eq!(codec.encode(packet, &mut out), Err(error), "{room} of {needed}");
        assert!(out.iter().all(|byte| *byte == UNTOUCHED), "{room} of {needed}");
    }
    for spare in [0, 1, 7] {
        let mut out = vec![UNTOUCHED; needed + spare];
        assert_eq!(codec.encode(packet, &mut out), Ok(needed), "{packet:?}");
        assert_eq!(&out[..needed], bytes, "{packet:?}\n{out:02X?}");
        assert!(out[needed..].iter().all(|byte| *byte == UNTOUCHED));
    }
    encodes_in_parts(codec, packet, bytes);
    if let Packet::Publish(publish) = packet {
        let head_len = needed - publish.payload.len();
        let payload_len = u32::try_from(publish.payload.len()).unwrap();
        for room in 0..head_len {
            let mut out = vec![UNTOUCHED; room];
            let error = EncodeError::BufferTooSmall { needed: head_len };
            assert_eq!(codec.encode_publish_head(publish, payload_len, &mut out), Err(error));
            assert!(out.iter().all(|byte| *byte == UNTOUCHED));
        }
        let mut head = vec![UNTOUCHED; head_len + 2];
        assert_eq!(codec.encode_publish_head(publish, payload_len, &mut head), Ok(head_len));
        assert_eq!(&head[..head_len], &bytes[..head_len]);
        assert_eq!(&head[head_len..], [UNTOUCHED; 2]);
    }
}

/// Every window of up to nine bytes, and the longest, at every offset, shows the same bytes.
fn encodes_in_parts(codec: Codec, packet: &Packet<'_>, bytes: &[u8]) {
    let step = bytes.len() / 300 + 1;
    for from in (0..=bytes.len() + 1).step_by(step) {
        let rest = bytes.get(from..).unwrap_or_default();
        for room in (0..=9).chain([bytes.len()]) {
            let mut out = vec![UNTOUCHED; room];
            let expected = room.min(rest.len());
            assert_eq!(codec.encode_part(packet, from, &mut out), Ok(expected), "{from} {room}");
            assert_eq!(out[..expected], rest[..expected], "{from} {room} of {bytes:02X?}");
            assert!(out[expected..].iter().all(|byte| *byte == UNTOUCHED), "{from} {room}");
        }
    }
}

/// The error of a complete frame that must be refused.
#[track_caller]
pub(crate) fn refused(codec: Codec, bytes: &[u8], why: impl Debug) -> DecodeError {
    match codec.decode(bytes) {
        Err(error) => error,
        Ok(taken) => panic!("{why:?}: {bytes:02X?} was taken by {codec:?} as {taken:?}"),
    }
}
