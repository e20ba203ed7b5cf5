//! The MQTT Control Packet: one type for both versions and both directions.

use crate::ack::{Ack, AckKind};
use crate::auth::Auth;
use crate::codec::{Codec, Context, Lengths, Role, Version};
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::error::ErrorKind;
use crate::fixed_header::FixedHeader;
use crate::publish::Publish;
use crate::reader::Reader;
use crate::suback::{Suback, Unsuback};
use crate::subscribe::Subscribe;
use crate::unsubscribe::Unsubscribe;
use crate::writer::Writer;

/// An MQTT Control Packet. MQTT 5.0 section 2.1.2
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the packets document themselves")]
pub enum Packet<'a> {
    Connect(Connect<'a>),
    Connack(Connack<'a>),
    Publish(Publish<'a>),
    /// PUBACK, PUBREC, PUBREL, PUBCOMP.
    Ack(Ack<'a>),
    Subscribe(Subscribe<'a>),
    Suback(Suback<'a>),
    Unsubscribe(Unsubscribe<'a>),
    Unsuback(Unsuback<'a>),
    Pingreq,
    Pingresp,
    Disconnect(Disconnect<'a>),
    /// 5.0 only.
    Auth(Auth<'a>),
}

/// The type of a packet, the upper half of its first byte. MQTT 5.0 table 2-1
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the packets document themselves")]
pub enum PacketType {
    Connect = 1,
    Connack = 2,
    Publish = 3,
    Puback = 4,
    Pubrec = 5,
    Pubrel = 6,
    Pubcomp = 7,
    Subscribe = 8,
    Suback = 9,
    Unsubscribe = 10,
    Unsuback = 11,
    Pingreq = 12,
    Pingresp = 13,
    Disconnect = 14,
    Auth = 15,
}

/// On a large processor PUBLISH, CONNECT and SUBSCRIBE are decoded by functions of their own, which
/// put them together where they will lie: to move one takes as long as to decode it (CONNECT took 1.5
/// times what mqttrs takes, and less than that since). On a small one that would take flash, and save
/// little.
pub(crate) const IN_PLACE: bool = cfg!(target_pointer_width = "64");

impl PacketType {
    /// The name that the standard gives it, as `PUBLISH`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Connack => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::Puback => "PUBACK",
            Self::Pubrec => "PUBREC",
            Self::Pubrel => "PUBREL",
            Self::Pubcomp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::Suback => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Unsuback => "UNSUBACK",
            Self::Pingreq => "PINGREQ",
            Self::Pingresp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    pub(crate) const fn from_first_byte(first: u8) -> Option<Self> {
        Some(match first >> 4 {
            1 => Self::Connect,
            2 => Self::Connack,
            3 => Self::Publish,
            4 => Self::Puback,
            5 => Self::Pubrec,
            6 => Self::Pubrel,
            7 => Self::Pubcomp,
            8 => Self::Subscribe,
            9 => Self::Suback,
            10 => Self::Unsubscribe,
            11 => Self::Unsuback,
            12 => Self::Pingreq,
            13 => Self::Pingresp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The flags that every packet of this type has; a PUBLISH has its own. MQTT 5.0 table 2-2
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn fixed_flags(self) -> u8 {
        match self {
            Self::Pubrel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        }
    }
}

impl<'a> Packet<'a> {
    /// The packet's type.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::Connack(_) => PacketType::Connack,
            Self::Publish(_) => PacketType::Publish,
            Self::Ack(ack) => ack.kind.packet_type(),
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::Suback(_) => PacketType::Suback,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::Unsuback(_) => PacketType::Unsuback,
            Self::Pingreq => PacketType::Pingreq,
            Self::Pingresp => PacketType::Pingresp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    #[inline(always)]
    pub(crate) fn read_body(r: &mut Reader<'a>, header: FixedHeader, codec: &Codec) -> Self {
        let context = codec.context(codec.role.peer());
        match header.packet_type {
            // Refused with the first byte; said again on small machines, so that a role that is a constant
            // needs no code for the packets that it only sends.
            PacketType::Connect
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::Pingreq
                if !IN_PLACE && matches!(codec.role, Role::Client) =>
            {
                Self::never(r, ErrorKind::WrongDirection)
            }
            PacketType::Connack
            | PacketType::Suback
            | PacketType::Unsuback
            | PacketType::Pingresp
                if !IN_PLACE && matches!(codec.role, Role::Server) =>
            {
                Self::never(r, ErrorKind::WrongDirection)
            }
            PacketType::Publish if !IN_PLACE => {
                let mut publish = Publish::NOTHING;
                publish.read_body(r, header.flags, context);
                Self::Publish(publish)
            }
            PacketType::Connect if !IN_PLACE => {
                Self::Connect(Connect::read_body(r, codec.version, context.strictness))
            }
            PacketType::Publish | PacketType::Connect => Self::never(r, ErrorKind::ReservedType),
            PacketType::Connack => Self::Connack(Connack::read_body(r, context)),
            PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => {
                let kind = match header.packet_type {
                    PacketType::Puback => AckKind::Puback,
                    PacketType::Pubrec => AckKind::Pubrec,
                    PacketType::Pubrel => AckKind::Pubrel,
                    _ => AckKind::Pubcomp,
                };
                Self::Ack(Ack::read_body(r, kind, context.version, context.strictness))
            }
            PacketType::Subscribe => Self::Subscribe(Subscribe::read_body(r, context)),
            PacketType::Suback => Self::Suback(Suback::read_body(r, context)),
            PacketType::Unsubscribe => Self::Unsubscribe(Unsubscribe::read_body(r, context)),
            PacketType::Unsuback => Self::Unsuback(Unsuback::read_body(r, context)),
            PacketType::Pingreq => {
                r.finish();
                Self::Pingreq
            }
            PacketType::Pingresp => {
                r.finish();
                Self::Pingresp
            }
            PacketType::Disconnect => Self::Disconnect(Disconnect::read_body(r, context)),
            // Refused with the first byte; said again so that 3.1.1 alone needs no property code.
            PacketType::Auth if context.version == Version::V3 => {
                Self::never(r, ErrorKind::ReservedType)
            }
            PacketType::Auth => Self::Auth(Auth::read_body(r, context)),
        }
    }

    /// What never comes here, since it was refused before.
    const fn never(r: &mut Reader<'_>, kind: ErrorKind) -> Self {
        r.fail(kind);
        Self::Pingreq
    }

    /// A packet that `sender` does not send. It was refused before; said again on small machines, so that a
    /// role that is a constant needs no code for the packets that it only takes.
    #[inline(always)]
    const fn is_left_out(&self, sender: Role) -> bool {
        if IN_PLACE {
            return false;
        }
        match self {
            Self::Connack(_) | Self::Suback(_) | Self::Unsuback(_) | Self::Pingresp => {
                matches!(sender, Role::Client)
            }
            Self::Connect(_) | Self::Subscribe(_) | Self::Unsubscribe(_) | Self::Pingreq => {
                matches!(sender, Role::Server)
            }
            _ => false,
        }
    }

    /// Checks the rules across fields and measures the properties.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn measure(&self, context: Context) -> Result<Lengths, ErrorKind> {
        if self.is_left_out(context.sender) {
            return Err(ErrorKind::WrongDirection);
        }
        match self {
            Self::Publish(publish) => publish.measure(context),
            Self::Connect(connect) => connect.measure(context.version),
            Self::Connack(connack) => connack.measure(context.version),
            Self::Ack(ack) => ack.measure(context.version),
            Self::Subscribe(subscribe) => subscribe.measure(context.version),
            Self::Suback(suback) => suback.measure(context.version),
            Self::Unsubscribe(unsubscribe) => unsubscribe.measure(context.version),
            Self::Unsuback(unsuback) => unsuback.measure(context.version),
            Self::Pingreq | Self::Pingresp => Ok(Lengths::NONE),
            Self::Disconnect(disconnect) => disconnect.measure(context),
            Self::Auth(auth) => auth.measure(context),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn first_byte(&self) -> u8 {
        let packet_type = self.packet_type();
        let flags = match self {
            Self::Publish(publish) => publish.flags(),
            _ => packet_type.fixed_flags(),
        };
        (packet_type as u8) << 4 | flags
    }

    /// Writes what [`measure`](Self::measure) has checked.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        sender: Role,
        lengths: Lengths,
    ) {
        if self.is_left_out(sender) {
            return;
        }
        match self {
            Self::Publish(publish) => publish.write_body(w, version, lengths),
            Self::Connect(connect) => connect.write_body(w, version, lengths),
            Self::Connack(connack) => connack.write_body(w, version, lengths),
            Self::Ack(ack) => ack.write_body(w, version, lengths),
            Self::Subscribe(subscribe) => subscribe.write_body(w, version, lengths),
            Self::Suback(suback) => suback.write_body(w, version, lengths),
            Self::Unsubscribe(unsubscribe) => unsubscribe.write_body(w, version, lengths),
            Self::Unsuback(unsuback) => unsuback.write_body(w, version, lengths),
            Self::Pingreq | Self::Pingresp => {}
            Self::Disconnect(disconnect) => disconnect.write_body(w, version, lengths),
            Self::Auth(auth) => auth.write_body(w, version, lengths),
        }
    }
}
