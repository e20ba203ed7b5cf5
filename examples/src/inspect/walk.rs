//! The fields of a packet, in the order of their bytes.

use mqtt_codec::{PacketType, Version};

use super::describe::{self, byte, data, quoted};
use super::property::{self, Shape};
use super::protocol::Protocol;

/// A field: where it lies, what it is called, what it says.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) depth: usize,
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// The fields of the packet in `frame`. They cover every byte once, whatever the bytes are: where
/// one runs past the end, or makes no sense, the rest of the frame is one field.
pub(super) fn fields(frame: &[u8], version: Version) -> Vec<Field> {
    let mut walk = Walk::new(frame, version);
    let _ = walk.packet(); // `None`: it ended early
    walk.end = frame.len();
    walk.depth = 0;
    walk.rest("(left over)", |rest| match rest.len() {
        1 => "1 byte that is no field".into(),
        len => format!("{len} bytes that are no field"),
    });
    walk.fields
}

/// How much of `input` the first packet takes, also if its first byte is malformed; all of it if the
/// Remaining Length does not tell.
pub(super) fn frame_len(input: &[u8]) -> usize {
    match Walk::new(input, Version::V5).peek_varint(1) {
        Some((remaining_length, len)) => input.len().min(1 + len + remaining_length),
        None => input.len(),
    }
}

/// What the CONNECT at the beginning of `input` wants to speak, if that much is there.
pub(super) fn protocol(input: &[u8]) -> Option<Protocol> {
    let mut walk = Walk::new(input, Version::V5);
    let _ = walk.packet();
    walk.protocol
}

struct Walk<'a> {
    frame: &'a [u8],
    at: usize,
    /// Where the packet, or the properties in it, end.
    end: usize,
    depth: usize,
    /// A CONNECT is walked as the version that it names.
    version: Version,
    protocol: Option<Protocol>,
    fields: Vec<Field>,
}

/// The walk is over where a part answers `None`.
impl<'a> Walk<'a> {
    fn new(frame: &'a [u8], version: Version) -> Self {
        Self {
            frame,
            at: 0,
            end: frame.len(),
            depth: 0,
            version,
            protocol: None,
            fields: Vec::new(),
        }
    }

    fn packet(&mut self) -> Option<()> {
        let first = *self.field("Type, flags", 1, describe::first)?.first()?;
        let len = self.varint("Remaining Length")?;
        self.end = self.frame.len().min(self.at + len);
        let five = self.version == Version::V5;
        match first >> 4 {
            1 => self.connect()?,
            2 => {
                self.field("Acknowledge Flags", 1, |bytes| match bytes {
                    [0] => "no session present".into(),
                    [1] => "Session Present".into(),
                    _ => "reserved bits are set".into(),
                })?;
                if five {
                    self.reason_code(PacketType::Connack)?;
                    self.properties("Property Length")?;
                } else {
                    self.field("Return Code", 1, |bytes| describe::return_code(byte(bytes)))?;
                }
            }
            3 => {
                self.text("Topic Name")?;
                if first & 0b110 != 0 {
                    self.packet_id()?;
                }
                if five {
                    self.properties("Property Length")?;
                }
                self.rest("Payload", data);
            }
            4..=7 => {
                self.packet_id()?;
                self.reason_and_properties(PacketType::Puback)?;
            }
            8 | 10 => {
                self.packet_id()?;
                if five {
                    self.properties("Property Length")?;
                }
                while self.left() > 0 {
                    self.text("Topic Filter")?;
                    if first >> 4 == 8 {
                        let name = if five { "Subscription Options" } else { "Requested QoS" };
                        self.field(name, 1, |bytes| describe::options(byte(bytes)))?;
                    }
                }
            }
            9 | 11 => {
                self.packet_id()?;
                if five {
                    self.properties("Property Length")?;
                }
                while self.left() > 0 && (five || first >> 4 == 9) {
                    let kind =
                        if first >> 4 == 9 { PacketType::Suback } else { PacketType::Unsuback };
                    self.reason_code(kind)?;
                }
            }
            14 => self.reason_and_properties(PacketType::Disconnect)?,
            15 => self.reason_and_properties(PacketType::Auth)?,
            _ => {}
        }
        Some(())
    }

    fn connect(&mut self) -> Option<()> {
        let name = self.strings("Protocol Name", 0, 1, |parts| quoted(part(parts, 0)))?;
        let protocol = |level: &[u8]| Protocol::of(name.get(2..).unwrap_or_default(), byte(level));
        let level = self.field("Protocol Version", 1, |level| match protocol(level) {
            spoken @ Protocol::Spoken(_) => format!("{}: {spoken}", byte(level)),
            Protocol::Old(level) => format!("{level}: older than MQTT 3.1.1"),
            Protocol::Unknown(level) => format!("{level}: unknown"),
        })?;
        let protocol = protocol(level);
        self.protocol = Some(protocol);
        let Some(version) = protocol.version() else {
            self.rest("(unknown protocol)", data);
            return None;
        };
        self.version = version;
        let flags =
            byte(self.field("Connect Flags", 1, |bytes| {
                describe::connect_flags(byte(bytes), version)
            })?);
        self.number(
            "Keep Alive",
            2,
            |n| if n == 0 { "0: none".into() } else { describe::seconds(n) },
        )?;
        let five = self.version == Version::V5;
        if five {
            self.properties("Property Length")?;
        }
        self.text("Client Identifier")?;
        if flags & 0b100 != 0 {
            if five {
                self.properties("Will Property Length")?;
            }
            self.text("Will Topic")?;
            self.binary("Will Payload", data)?;
        }
        if flags & 0x80 != 0 {
            self.text("User Name")?;
        }
        if flags & 0x40 != 0 {
            self.binary("Password", |bytes| describe::count(bytes.len()))?;
        }
        Some(())
    }

    /// What the acks, DISCONNECT and AUTH may leave out.
    fn reason_and_properties(&mut self, kind: PacketType) -> Option<()> {
        if self.version == Version::V5 && self.left() > 0 {
            self.reason_code(kind)?;
            if self.left() > 0 {
                self.properties("Property Length")?;
            }
        }
        Some(())
    }

    fn properties(&mut self, name: &'static str) -> Option<()> {
        let len = self.varint(name)?;
        let end = self.end;
        self.end = end.min(self.at + len);
        let complete = self.at + len <= end;
        self.depth = 1;
        while self.left() > 0 {
            self.property()?;
        }
        self.depth = 0;
        self.end = end;
        complete.then_some(())
    }

    fn property(&mut self) -> Option<()> {
        let id = self.peek(0)?;
        let Some((name, shape)) = property::shape(id) else {
            self.rest("(unknown property)", |_| format!("identifier {id} does not exist"));
            return None;
        };
        let number = |bytes: &[u8]| bytes.iter().skip(1).fold(0, |n, b| n << 8 | u64::from(*b));
        match shape {
            Shape::Flag(no, yes) => self.field(name, 2, |bytes| match bytes.last() {
                Some(0) => format!("0: {no}"),
                Some(1) => format!("1: {yes}"),
                _ => format!("{}", number(bytes)),
            })?,
            Shape::TwoByte(unit) => self.field(name, 3, |b| format!("{}{unit}", number(b)))?,
            Shape::FourByte(unit) => self.field(name, 5, |bytes| {
                // 0xFFFFFFFF means "for ever" where it is a Session Expiry Interval.
                match (id, number(bytes)) {
                    (17, 0xFFFF_FFFF) => "4294967295: does not expire".into(),
                    (_, n) => format!("{n}{unit}"),
                }
            })?,
            Shape::Varint => match self.peek_varint(1) {
                Some((value, len)) => self.field(name, 1 + len, |_| value.to_string())?,
                None => self.field(name, usize::MAX, |_| String::new())?,
            },
            Shape::Text => self.strings(name, 1, 1, |parts| quoted(part(parts, 0)))?,
            Shape::Binary => self.strings(name, 1, 1, |parts| data(part(parts, 0)))?,
            Shape::Pair => self.strings(name, 1, 2, |parts| {
                format!("{} = {}", quoted(part(parts, 0)), quoted(part(parts, 1)))
            })?,
        };
        Some(())
    }

    fn packet_id(&mut self) -> Option<()> {
        self.number("Packet Identifier", 2, |n| n.to_string())
    }

    fn reason_code(&mut self, kind: PacketType) -> Option<()> {
        let version = self.version;
        self.field("Reason Code", 1, |bytes| describe::reason(byte(bytes), kind, version))?;
        Some(())
    }

    fn text(&mut self, name: &'static str) -> Option<()> {
        self.strings(name, 0, 1, |parts| quoted(part(parts, 0)))?;
        Some(())
    }

    fn binary(&mut self, name: &'static str, value: fn(&[u8]) -> String) -> Option<()> {
        self.strings(name, 0, 1, |parts| value(part(parts, 0)))?;
        Some(())
    }

    /// A field of `count` strings, each with its length before it, behind `skip` bytes.
    fn strings(
        &mut self,
        name: &'static str,
        skip: usize,
        count: usize,
        value: impl FnOnce(&[&[u8]]) -> String,
    ) -> Option<&'a [u8]> {
        let (mut len, mut parts) = (skip, Vec::new());
        for _ in 0..count {
            let (Some(high), Some(low)) = (self.peek(len), self.peek(len + 1)) else {
                return self.field(name, usize::MAX, |_| String::new());
            };
            let start = self.at + len + 2;
            let string_len = usize::from(u16::from_be_bytes([high, low]));
            len += 2 + string_len;
            let Some(string) =
                self.frame.get(start..start + string_len).filter(|_| len <= self.left())
            else {
                let there = self.end.saturating_sub(start);
                self.rest(name, |_| {
                    let follow = if there == 1 { "follows" } else { "follow" };
                    format!("length {string_len}, but {} {follow}", describe::count(there))
                });
                return None;
            };
            parts.push(string);
        }
        self.field(name, len, |_| value(&parts))
    }

    fn number(
        &mut self,
        name: &'static str,
        len: usize,
        value: impl FnOnce(u64) -> String,
    ) -> Option<()> {
        self.field(name, len, |b| value(b.iter().fold(0, |n, b| n << 8 | u64::from(*b))))?;
        Some(())
    }

    fn varint(&mut self, name: &'static str) -> Option<usize> {
        let Some((value, len)) = self.peek_varint(0) else {
            self.rest_of(name, 4, |_| "no end within four bytes".into());
            return None;
        };
        self.field(name, len, |_| describe::count(value))?;
        Some(value)
    }

    /// Value and length of the Variable Byte Integer `skip` bytes ahead. MQTT 5.0 section 1.5.5
    fn peek_varint(&self, skip: usize) -> Option<(usize, usize)> {
        let mut value = 0;
        for len in 0..4 {
            let byte = self.peek(skip + len)?;
            value |= usize::from(byte & 0x7F) << (7 * len);
            if byte < 0x80 {
                return Some((value, len + 1));
            }
        }
        None
    }

    fn peek(&self, skip: usize) -> Option<u8> {
        self.frame.get(self.at..self.end)?.get(skip).copied()
    }

    fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// The next `len` bytes as a field; if they are not there, what there is, and the walk is over.
    fn field(
        &mut self,
        name: &'static str,
        len: usize,
        value: impl FnOnce(&'a [u8]) -> String,
    ) -> Option<&'a [u8]> {
        if len <= self.left() {
            let bytes = self.frame.get(self.at..self.at + len)?;
            self.push(name, len, value(bytes));
            return Some(bytes);
        }
        self.rest(name, |_| "runs past the end".into());
        None
    }

    fn rest(&mut self, name: &'static str, value: impl FnOnce(&[u8]) -> String) {
        self.rest_of(name, usize::MAX, value);
    }

    /// What is left, at most `most` bytes; no field if that is nothing.
    fn rest_of(&mut self, name: &'static str, most: usize, value: impl FnOnce(&[u8]) -> String) {
        let len = self.left().min(most);
        let bytes = self.frame.get(self.at..self.at + len).unwrap_or_default();
        if !bytes.is_empty() {
            self.push(name, len, value(bytes));
        }
    }

    fn push(&mut self, name: &'static str, len: usize, value: String) {
        self.fields.push(Field { start: self.at, len, depth: self.depth, name, value });
        self.at += len;
    }
}

fn part<'a>(parts: &[&'a [u8]], index: usize) -> &'a [u8] {
    parts.get(index).copied().unwrap_or_default()
}
