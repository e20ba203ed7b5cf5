//! MQTT 5.0 table 2-4 and the sections of the packets, written down once more, independently of
//! `src`: which property may stand where.

use mqtt_codec::{Codec, Role, Version};

use crate::common::{bytes, codec, varint};

/// A place for properties, with the side that sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) sender: Role,
    first: u8,
    /// The body before the property length, and behind the properties.
    before: &'static str,
    after: &'static str,
    /// A property that this place cannot be without, or that makes room for another.
    base: &'static str,
}

const fn place(name: &'static str, sender: Role, first: u8, body: [&'static str; 2]) -> Place {
    let base = match name.as_bytes() {
        b"CONNECT" | b"AUTH" => "15 <M>",
        _ => "",
    };
    Place { name, sender, first, before: body[0], after: body[1], base }
}

use Role::{Client, Server};

pub(crate) const PLACES: [Place; 21] = [
    place("CONNECT", Client, 0x10, ["<MQTT> 05 02 0000", "<id>"]),
    place("Will", Client, 0x10, ["<MQTT> 05 06 0000 {} <id>", "<t> <m>"]),
    place("CONNACK", Server, 0x20, ["00 00", ""]),
    place("PUBLISH", Client, 0x30, ["<t>", "'payload'"]),
    place("PUBLISH", Server, 0x32, ["<t> 0001", "'payload'"]),
    place("PUBACK", Client, 0x40, ["0001 00", ""]),
    place("PUBACK", Server, 0x40, ["0001 10", ""]),
    place("PUBREC", Client, 0x50, ["0001 80", ""]),
    place("PUBREC", Server, 0x50, ["0001 00", ""]),
    place("PUBREL", Client, 0x62, ["0001 00", ""]),
    place("PUBREL", Server, 0x62, ["0001 92", ""]),
    place("PUBCOMP", Client, 0x70, ["0001 00", ""]),
    place("PUBCOMP", Server, 0x70, ["0001 00", ""]),
    place("SUBSCRIBE", Client, 0x82, ["0001", "<a> 00"]),
    place("SUBACK", Server, 0x90, ["0001", "00"]),
    place("UNSUBSCRIBE", Client, 0xA2, ["0001", "<a>"]),
    place("UNSUBACK", Server, 0xB0, ["0001", "00"]),
    place("DISCONNECT", Client, 0xE0, ["04", ""]),
    place("DISCONNECT", Server, 0xE0, ["9C", ""]),
    place("AUTH", Client, 0xF0, ["18", ""]),
    place("AUTH", Server, 0xF0, ["18", ""]),
];

impl Place {
    pub(crate) fn receiver(self) -> Codec {
        codec(Version::V5, self.sender.peer())
    }

    /// The frame with these bytes where the properties are, and where their length begins.
    pub(crate) fn frame(self, properties_with_length: &[u8], after: bool) -> (Vec<u8>, usize) {
        let before = bytes(self.before);
        let after = if after { bytes(self.after) } else { Vec::new() };
        let body = [&before[..], properties_with_length, &after].concat();
        let header = [&[self.first][..], &varint(body.len())].concat();
        let start = header.len() + before.len();
        ([header, body].concat(), start)
    }

    /// The frame with the base and these properties, and where these begin.
    pub(crate) fn with(self, properties: &[u8]) -> (Vec<u8>, usize) {
        self.with_base(&bytes(self.base), properties)
    }

    /// As [`with`](Self::with), but without the base if the property itself is the base.
    pub(crate) fn with_one(self, id: u8, property: &[u8]) -> (Vec<u8>, usize) {
        let base = bytes(self.base);
        if base.first() == Some(&id) { self.with_base(&[], property) } else { self.with(property) }
    }

    fn with_base(self, base: &[u8], properties: &[u8]) -> (Vec<u8>, usize) {
        let block = [base, properties].concat();
        let length = varint(block.len());
        let (frame, start) = self.frame(&[&length[..], &block].concat(), true);
        (frame, start + length.len() + base.len())
    }

    pub(crate) fn allows(self, property: &Known) -> bool {
        let packets = property.packets.split(' ').any(|packet| packet == self.name);
        let side = match (property.id, self.name, self.sender) {
            // Section 3.3.4: never from the client. Section 3.14.2.2.2: never from the server.
            (11, "PUBLISH", sender) => sender == Server,
            (17, "DISCONNECT", sender) => sender == Client,
            _ => true,
        };
        packets && side
    }

    pub(crate) fn repeats(self, property: &Known) -> bool {
        property.id == 38 || property.id == 11 && self.name == "PUBLISH"
    }
}

/// A property of table 2-4.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: u8,
    /// A value that any place takes.
    pub(crate) value: &'static str,
    pub(crate) data: Data,
    pub(crate) packets: &'static str,
}

/// What is behind the identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    /// 0 or 1.
    Flag,
    Integer,
    IntegerNot0,
    Varint,
    Text,
    TopicName,
    Binary,
    Pair,
}

const fn known(id: u8, value: &'static str, data: Data, packets: &'static str) -> Known {
    Known { id, value, data, packets }
}

const ALL: &str = "CONNECT Will CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK \
    UNSUBSCRIBE UNSUBACK DISCONNECT AUTH";
const REASON: &str = "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH";

pub(crate) const PROPERTIES: [Known; 27] = [
    known(1, "01", Data::Flag, "PUBLISH Will"),
    known(2, "00000000", Data::Integer, "PUBLISH Will"),
    known(3, "<type>", Data::Text, "PUBLISH Will"),
    known(8, "<topic>", Data::TopicName, "PUBLISH Will"),
    known(9, "<data>", Data::Binary, "PUBLISH Will"),
    known(11, "FF7F", Data::Varint, "PUBLISH SUBSCRIBE"),
    known(17, "00000010", Data::Integer, "CONNECT CONNACK DISCONNECT"),
    known(18, "<client>", Data::Text, "CONNACK"),
    known(19, "0000", Data::Integer, "CONNACK"),
    known(21, "<M>", Data::Text, "CONNECT CONNACK AUTH"),
    known(22, "<data>", Data::Binary, "CONNECT CONNACK AUTH"),
    known(23, "01", Data::Flag, "CONNECT"),
    known(24, "00000000", Data::Integer, "Will"),
    known(25, "00", Data::Flag, "CONNECT"),
    known(26, "<info>", Data::Text, "CONNACK"),
    known(28, "<server>", Data::Text, "CONNACK DISCONNECT"),
    known(31, "<why>", Data::Text, REASON),
    known(33, "0001", Data::IntegerNot0, "CONNECT CONNACK"),
    known(34, "0000", Data::Integer, "CONNECT CONNACK"),
    known(35, "FFFF", Data::IntegerNot0, "PUBLISH"),
    known(36, "00", Data::Flag, "CONNACK"),
    known(37, "01", Data::Flag, "CONNACK"),
    known(38, "<k> <v>", Data::Pair, ALL),
    known(39, "00000001", Data::IntegerNot0, "CONNECT CONNACK"),
    known(40, "00", Data::Flag, "CONNACK"),
    known(41, "01", Data::Flag, "CONNACK"),
    known(42, "01", Data::Flag, "CONNACK"),
];

impl Known {
    /// Identifier and value.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&[self.id][..], &bytes(self.value)].concat()
    }
}
