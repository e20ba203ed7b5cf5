//! What the bytes of a field say, in words.

use std::fmt::Write;

use mqtt_codec::{PacketType, ReasonCode, Version};

/// The packet types in the order of their numbers, which begin at 1.
const TYPES: [PacketType; 15] = [
    PacketType::Connect,
    PacketType::Connack,
    PacketType::Publish,
    PacketType::Puback,
    PacketType::Pubrec,
    PacketType::Pubrel,
    PacketType::Pubcomp,
    PacketType::Subscribe,
    PacketType::Suback,
    PacketType::Unsubscribe,
    PacketType::Unsuback,
    PacketType::Pingreq,
    PacketType::Pingresp,
    PacketType::Disconnect,
    PacketType::Auth,
];

/// Name of a packet type, as the standard writes it.
pub(super) fn type_name(first: u8) -> &'static str {
    let number = usize::from(first >> 4);
    let found = number.checked_sub(1).and_then(|index| TYPES.get(index));
    found.map_or("packet of type 0", |kind| kind.name())
}

pub(super) fn count(bytes: usize) -> String {
    if bytes == 1 { "1 byte".into() } else { format!("{bytes} bytes") }
}

pub(super) fn count_u64(bytes: u64) -> String {
    if bytes == 1 { "1 byte".into() } else { format!("{bytes} bytes") }
}

pub(super) fn byte(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or_default()
}

pub(super) fn seconds(n: u64) -> String {
    format!("{n} s")
}

pub(super) fn quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("{text:?}"),
        Err(_) => format!("not UTF-8: {:?}", String::from_utf8_lossy(bytes)),
    }
}

/// Bytes that may be text: shown so, and counted.
pub(super) fn data(bytes: &[u8]) -> String {
    let len = bytes.len();
    match std::str::from_utf8(bytes) {
        Ok(text)
            if !text.is_empty()
                && !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) =>
        {
            format!("{}, {text:?}", count(len))
        }
        _ => count(len),
    }
}

pub(super) fn first(bytes: &[u8]) -> String {
    let first = byte(bytes);
    let (name, flags) = (type_name(first), first & 0x0F);
    if first >> 4 != 3 {
        return if flags == 0 { name.into() } else { format!("{name}, flags 0b{flags:04b}") };
    }
    let dup = if flags & 8 != 0 { ", DUP" } else { "" };
    let retain = if flags & 1 != 0 { ", RETAIN" } else { "" };
    format!("{name}{dup}, QoS {}{retain}", flags >> 1 & 3)
}

pub(super) fn connect_flags(flags: u8, version: Version) -> String {
    let clean = if version == Version::V5 { "Clean Start" } else { "Clean Session" };
    let will_qos = format!("Will QoS {}", flags >> 3 & 3);
    let names = [
        (0x80, "User Name"),
        (0x40, "Password"),
        (0x20, "Will Retain"),
        (0x04, "Will Flag"),
        (0x18, will_qos.as_str()),
        (0x02, clean),
        (0x01, "reserved bit"),
    ];
    let set: Vec<_> = names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, n)| *n).collect();
    if set.is_empty() { "none".into() } else { set.join(", ") }
}

pub(super) fn options(options: u8) -> String {
    let mut text = format!("QoS {}", options & 3);
    if options & 0b100 != 0 {
        text += ", No Local";
    }
    if options & 0b1000 != 0 {
        text += ", Retain As Published";
    }
    match options >> 4 & 3 {
        0 => {}
        1 => text += ", Retain Handling 1: if new",
        2 => text += ", Retain Handling 2: never",
        _ => text += ", Retain Handling 3",
    }
    if options & 0xC0 != 0 {
        text += ", reserved bits";
    }
    text
}

pub(super) fn return_code(code: u8) -> String {
    match ReasonCode::from_connect_return_code(code) {
        Some(ReasonCode::SUCCESS) => "0: Connection Accepted".into(),
        Some(reason) => format!("{code}: {reason}"),
        None => format!("{code}: unknown"),
    }
}

pub(super) fn reason(code: u8, kind: PacketType, version: Version) -> String {
    let name = match (code, kind, ReasonCode::new(code)) {
        (0, PacketType::Suback, _) => "Granted QoS 0",
        (0, PacketType::Disconnect, _) => "Normal disconnection",
        (0x80, PacketType::Suback, _) if version == Version::V3 => "Failure",
        (.., Some(reason)) => reason.name(),
        (.., None) => "unknown",
    };
    format!("0x{code:02X}: {name}")
}

/// A text on one line, and a mark below its byte `at`. Of a long text what is around that place.
pub(super) fn point_at(text: &str, at: usize, out: &mut String) {
    let shown = |text: &str| text.escape_debug().to_string();
    let from = (0..=at.saturating_sub(40)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let before = text.get(from..at).unwrap_or_default();
    let behind: String = text.get(at..).unwrap_or_default().chars().take(40).collect();
    let indent = shown(before).chars().count();
    let _ = writeln!(out, "          {}{}", shown(before), shown(&behind));
    let _ = writeln!(out, "          {:indent$}^", "");
}
