//! The frame around every packet.

use crate::codec::{Codec, Role, Version};
use crate::error::{DecodeError, ErrorKind};
use crate::packet::PacketType;
use crate::varint;

/// The fixed header: the first two to five bytes of a packet.
///
/// ```text
/// +-------------+------------------+
/// | type, flags | Remaining Length |
/// | 1 byte      | 1 to 4 bytes     |
/// +-------------+------------------+
/// ```
///
/// MQTT 3.1.1 section 2.2, MQTT 5.0 section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FixedHeader {
    /// The packet's type.
    pub packet_type: PacketType,
    /// The lower half of the first byte: DUP, QoS and RETAIN in a PUBLISH, fixed in the others.
    pub flags: u8,
    /// Length of what follows the fixed header, in bytes, at most 268,435,455.
    pub remaining_length: u32,
    /// Length of the fixed header itself, 2 to 5 bytes.
    pub len: usize,
}

impl FixedHeader {
    /// Length of the whole packet in bytes.
    pub const fn frame_len(&self) -> usize {
        self.len.saturating_add(self.remaining_length as usize)
    }
}

impl Codec {
    /// The fixed header at the start of `input`, `None` if it is not complete. A packet whose type,
    /// flags or size are not acceptable is refused with the first byte that says so.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: a type or flags that cannot be, a Remaining Length that is malformed or
    /// above the limit.
    #[inline]
    pub const fn fixed_header(&self, input: &[u8]) -> Result<Option<FixedHeader>, DecodeError> {
        match self.read_header(input) {
            Ok(header) => Ok(header),
            Err((kind, offset)) => Err(self.error(kind, offset, input)),
        }
    }

    #[inline(always)]
    const fn read_header(&self, input: &[u8]) -> Result<Option<FixedHeader>, (ErrorKind, usize)> {
        let Some((&first, rest)) = input.split_first() else {
            return Ok(None);
        };
        let packet_type = match self.check_first_byte(first) {
            Ok(packet_type) => packet_type,
            Err(kind) => return Err((kind, 0)),
        };
        let (remaining_length, len) = match varint::decode(rest) {
            Ok(Some((remaining_length, 1))) => (remaining_length, 2),
            Ok(Some((remaining_length, len))) => (remaining_length, len.saturating_add(1)),
            Ok(None) => return Ok(None),
            Err(kind) => return Err((kind, 1)),
        };
        let header = FixedHeader { packet_type, flags: first & 0x0F, remaining_length, len };
        if header.frame_len() > self.max_packet_size as usize {
            return Err((ErrorKind::PacketTooLarge, 1));
        }
        Ok(Some(header))
    }

    /// The length of the packet at the start of `input`, known after two to five bytes; `None` if
    /// they are not there.
    ///
    /// # Errors
    ///
    /// As [`fixed_header`](Self::fixed_header).
    pub const fn frame_len(&self, input: &[u8]) -> Result<Option<usize>, DecodeError> {
        match self.fixed_header(input) {
            Ok(Some(header)) => Ok(Some(header.frame_len())),
            Ok(None) => Ok(None),
            Err(e) => Err(e),
        }
    }

    #[inline]
    const fn check_first_byte(&self, first: u8) -> Result<PacketType, ErrorKind> {
        let flags = first & 0x0F;
        let Some(packet_type) = PacketType::from_first_byte(first) else {
            return Err(ErrorKind::ReservedType);
        };
        if self.version.is_none() && !matches!(packet_type, PacketType::Connect) {
            return Err(ErrorKind::NotConnect); // [MQTT-3.1.0-1]
        }
        // Both sides send it, and most packets are one.
        if let PacketType::Publish = packet_type {
            return match flags {
                0b0110 | 0b0111 | 0b1110 | 0b1111 => Err(ErrorKind::PublishQos3),
                0b1000 | 0b1001 => Err(ErrorKind::DupAtQos0),
                _ => Ok(packet_type),
            };
        }
        let context = self.context(self.role.peer());
        if let Err(e) = check_sender(packet_type, context.version, context.sender) {
            return Err(e);
        }
        // [MQTT-2.1.3-1]: exactly these.
        if flags == packet_type.fixed_flags() {
            Ok(packet_type)
        } else {
            Err(ErrorKind::ReservedFlags)
        }
    }
}

/// Is `packet_type` one that `sender` sends in this version?
#[inline(always)]
pub(crate) const fn check_sender(
    packet_type: PacketType,
    version: Version,
    sender: Role,
) -> Result<(), ErrorKind> {
    let (client, server) = match packet_type {
        PacketType::Connect
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::Pingreq => (true, false),
        PacketType::Connack | PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp => {
            (false, true)
        }
        PacketType::Disconnect => (true, matches!(version, Version::V5)),
        PacketType::Auth if matches!(version, Version::V3) => return Err(ErrorKind::ReservedType),
        _ => (true, true),
    };
    match sender {
        Role::Client if !client => Err(ErrorKind::WrongDirection),
        Role::Server if !server => Err(ErrorKind::WrongDirection),
        _ => Ok(()),
    }
}
