//! UTF-8 Encoded Strings in every field that is one: MQTT 5.0 section 1.5.4, MQTT 3.1.1 section
//! 1.5.3; and what a strictness refuses besides.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::{Codec, Role, Strictness, Version};

use crate::check;
use crate::common::{bytes, codec, varint};
use crate::place::{Data, PLACES, PROPERTIES};

const ILL_FORMED: &[&[u8]] = &[
    b"\x80", // a continuation without a start
    b"\xBF",
    b"\xC0\x80", // U+0000 in two bytes
    b"\xC1\xBF", // too long a form
    b"\xE0\x80\xAF",
    b"\xE0\x9F\xBF",
    b"\xF0\x80\x80\x80",
    b"\xF0\x8F\xBF\xBF",
    b"\xED\xA0\x80",             // U+D800
    b"\xED\xBF\xBF",             // U+DFFF
    b"\xED\xA0\xB4\xED\xB4\x9E", // a surrogate pair
    b"\xF4\x90\x80\x80",         // U+110000
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFC\x84\x80\x80\x80\x80",
    b"\xFE",
    b"\xFF",
    b"\xC3", // cut
    b"\xE2\x82",
    b"\xF0\x9F\x92",
    b"\xC3a",
    b"\xE2\x28\xA1",
];

const CONTROL: &[&[u8]] = &[b"\x01", b"\t", b"\n", b"\x1F", b"\x7F", b"\xC2\x80", b"\xC2\x9F"];

const NON_CHARACTERS: &[&[u8]] = &[
    b"\xEF\xB7\x90",
    b"\xEF\xB7\xAF",
    b"\xEF\xBF\xBE",
    b"\xEF\xBF\xBF",
    b"\xF0\x9F\xBF\xBE",
    b"\xF0\x9F\xBF\xBF",
    b"\xF3\xAF\xBF\xBF",
    b"\xF4\x8F\xBF\xBE",
    b"\xF4\x8F\xBF\xBF",
];

/// Next to what is refused, and U+FEFF, which is a character like any other. [MQTT-1.5.4-3]
const FINE: &[&[u8]] = &[
    b" ",
    b"~",
    b"\xC2\xA0",
    b"\xED\x9F\xBF",
    b"\xEE\x80\x80",
    b"\xEF\xB7\x8F",
    b"\xEF\xB7\xB0",
    b"\xEF\xBF\xBD",
    b"\xF0\x9F\xBF\xBD",
    b"\xF0\xAF\xBE\xBF",
    b"\xF0\x90\xBF\xBE",
    b"\xF3\xAE\xBF\xBF",
    b"\xF0\x90\x80\x80",
    b"\xF4\x8F\xBF\xBD",
    b"\xEF\xBB\xBF",
];

/// A frame with `text` in one of its fields, and the offset that an error has.
type Field = (Codec, Box<dyn Fn(&[u8]) -> (Vec<u8>, usize)>);

fn string(text: &[u8]) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat()
}

fn field(
    version: Version,
    role: Role,
    first: u8,
    before: &'static str,
    after: &'static str,
) -> Field {
    let build = move |text: &[u8]| {
        let body = [&bytes(before)[..], &string(text), &bytes(after)].concat();
        let header = [&[first][..], &varint(body.len())].concat();
        let offset = header.len() + bytes(before).len();
        ([header, body].concat(), offset)
    };
    (codec(version, role), Box::new(build))
}

/// Every text of every packet; topic names and filters are texts too.
fn fields() -> Vec<Field> {
    let (v3, v5) = (Version::V3, Version::V5);
    let server = Role::Server;
    let mut all = vec![
        field(v3, server, 0x10, "<MQTT> 04 02 0000", ""),
        field(v5, server, 0x10, "<MQTT> 05 02 0000 {}", ""),
        field(v3, server, 0x10, "<MQTT> 04 06 0000 <id>", "<m>"),
        field(v5, server, 0x10, "<MQTT> 05 06 0000 {} <id> {}", "<m>"),
        field(v3, server, 0x10, "<MQTT> 04 82 0000 <id>", ""),
        field(v5, server, 0x10, "<MQTT> 05 C2 0000 {} <id>", "<pw>"),
        field(v3, server, 0x30, "", "'payload'"),
        field(v3, Role::Client, 0x32, "", "0001"),
        field(v5, server, 0x30, "", "{}"),
        field(v5, Role::Client, 0x34, "", "0001 {} 'payload'"),
        field(v3, server, 0x82, "0001", "00"),
        field(v3, server, 0x82, "0001 <a> 00", "00"),
        field(v5, server, 0x82, "0001 {}", "00"),
        field(v5, server, 0x82, "0001 {} <a> 00", "00"),
        field(v3, server, 0xA2, "0001", ""),
        field(v5, server, 0xA2, "0001 {} <a>", "<b>"),
    ];
    for place in PLACES {
        for known in PROPERTIES.iter().filter(|known| place.allows(known)) {
            let id = known.id;
            match known.data {
                Data::Text | Data::TopicName => all.push((
                    place.receiver(),
                    Box::new(move |text| place.with_one(id, &[&[id][..], &string(text)].concat())),
                )),
                Data::Pair => {
                    all.push((
                        place.receiver(),
                        Box::new(move |text| {
                            place.with(&[&[id][..], &string(text), &string(b"v")].concat())
                        }),
                    ));
                    all.push((
                        place.receiver(),
                        Box::new(move |text| {
                            place.with(&[&[id][..], &string(b"k"), &string(text)].concat())
                        }),
                    ));
                }
                _ => {}
            }
        }
    }
    // Six in CONNECT, ten topics, and the texts of the properties.
    assert_eq!(all.len(), 16 + 72);
    all
}

/// `what` at the start, at the end, and behind one word and more of plain letters.
fn around(what: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    [(0, 0), (1, 0), (0, 1), (8, 3), (13, 11), (0, 20)]
        .map(|(before, after)| {
            [&b"abcdefghijklmnop"[..before], what, &b"qrstuvwxyzqrstuvwxyz"[..after]].concat()
        })
        .into_iter()
}

#[test]
fn ill_formed_utf_8_and_u_0000_in_every_text() {
    for (codec, build) in fields() {
        for what in ILL_FORMED {
            for text in around(what) {
                let (frame, offset) = build(&text);
                check(codec, &frame, Kind::NotUtf8, offset);
            }
        }
        for text in around(b"\0").chain(around("é\0".as_bytes())) {
            let (frame, offset) = build(&text);
            check(codec, &frame, Kind::NullCharacter, offset);
        }
    }
}

#[test]
fn what_the_standard_only_advises_against_is_a_matter_of_strictness() {
    const CONTROL_ONLY: Strictness =
        Strictness { refuse_control_characters: true, refuse_non_characters: false };
    const NON_CHARACTERS_ONLY: Strictness =
        Strictness { refuse_control_characters: false, refuse_non_characters: true };
    for (codec, build) in fields() {
        assert_eq!(codec.strictness, Strictness::STANDARD);
        for (list, other, only, kind) in [
            (CONTROL, NON_CHARACTERS_ONLY, CONTROL_ONLY, Kind::ControlCharacter),
            (NON_CHARACTERS, CONTROL_ONLY, NON_CHARACTERS_ONLY, Kind::NonCharacter),
        ] {
            for text in list.iter().flat_map(|what| around(what)) {
                let (frame, offset) = build(&text);
                for lenient in [Strictness::STANDARD, other] {
                    assert!(codec.with_strictness(lenient).decode(&frame).is_ok(), "{frame:02X?}");
                }
                for strict in [Strictness::PEDANTIC, only] {
                    check(codec.with_strictness(strict), &frame, kind, offset);
                }
            }
        }
        for text in FINE.iter().flat_map(|what| around(what)) {
            let (frame, _) = build(&text);
            let codec = codec.with_strictness(Strictness::PEDANTIC);
            assert!(codec.decode(&frame).is_ok(), "{frame:02X?}");
        }
    }
}

#[test]
fn data_and_payloads_are_not_texts() {
    let pedantic = Strictness::PEDANTIC;
    for (version, role, frame) in [
        (Version::V3, Role::Server, "30 { <t> 00 FF 01 C0 80 }"),
        (Version::V5, Role::Server, "30 { <t> { 09 0003 00 01 FF } 00 FF 01 }"),
        (Version::V3, Role::Server, "10 { <MQTT> 04 C6 0000 <id> <t> 0002 00FF <u> 0003 00FF01 }"),
        (
            Version::V5,
            Role::Server,
            "10 { <MQTT> 05 46 0000 { 15 <M> 16 0002 00FF } <id> { 09 0001 00 } <t> 0002 00FF 0003 00FF01 }",
        ),
        (Version::V5, Role::Client, "20 { 00 00 { 15 <M> 16 0003 00FF01 } }"),
        (Version::V5, Role::Client, "F0 { 18 { 15 <M> 16 0003 00FF01 } }"),
    ] {
        let codec = codec(version, role).with_strictness(pedantic);
        assert!(codec.decode(&bytes(frame)).is_ok(), "{frame}");
    }
}
