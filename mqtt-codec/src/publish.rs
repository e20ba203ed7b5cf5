//! PUBLISH.

use core::num::NonZeroU16;

use crate::codec::{Context, Lengths, Role, Strictness, Version};
use crate::error::ErrorKind;
use crate::fixed_header::FixedHeader;
use crate::list::List;
use crate::place::Place;
use crate::properties::Properties;
use crate::reader::Reader;
use crate::topic::TopicName;
use crate::varint;
use crate::writer::Writer;

/// PUBLISH: a message, from client to server or from server to client.
///
/// ```text
/// +----------------------------+--------+ +------------+-----------+------------+---------+
/// | 3 | DUP, QoS (2), RETAIN   | length | | topic name | packet id | properties | payload |
/// +----------------------------+--------+ +------------+-----------+------------+---------+
///                                                       QoS 1 and 2   5.0 only
/// ```
///
/// MQTT 3.1.1 section 3.3, MQTT 5.0 section 3.3.
///
/// ```
/// use mqtt_codec::{Delivery, PacketId, Publish, TopicName};
///
/// let reading = Publish {
///     delivery: Delivery::AtLeastOnce { id: PacketId::new(10).unwrap(), dup: false },
///     retain: true,
///     ..Publish::new(TopicName::from_static("house/kitchen/temperature"), b"21.5")
/// };
/// assert_eq!(reading.delivery.qos() as u8, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Where the message goes. [`TopicName::EMPTY`] only in 5.0 and with a Topic Alias.
    pub topic: TopicName<'a>,
    /// Quality of Service, and the packet identifier that it needs.
    pub delivery: Delivery,
    /// To the server: keep the message for subscribers to come. From the server: it was kept, or
    /// was sent so and the subscription asked to be told (Retain As Published).
    pub retain: bool,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// The application message, of any format and length.
    pub payload: &'a [u8],
}

/// Quality of Service. MQTT 5.0 section 4.3
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0.
    AtMostOnce = 0,
    /// QoS 1.
    AtLeastOnce = 1,
    /// QoS 2.
    ExactlyOnce = 2,
}

impl QoS {
    /// The QoS of this number, 0 to 2.
    pub const fn new(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

/// A Packet Identifier: 1 to 65,535. MQTT 5.0 section 2.2.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The identifier, unless it is 0.
    pub const fn new(value: u16) -> Option<Self> {
        match NonZeroU16::new(value) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) const fn read(r: &mut Reader<'_>) -> Self {
        match Self::new(r.u16()) {
            Some(id) => id,
            None => {
                r.fail(ErrorKind::PacketIdZero); // [MQTT-2.2.1-3]
                Self(NonZeroU16::MIN)
            }
        }
    }
}

/// How a message is delivered. QoS 0 has no packet identifier and is never repeated; QoS 1 and 2
/// always have one. [MQTT-2.2.1-2] [MQTT-3.3.1-2]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// The packet identifier, which the PUBACK repeats.
        id: PacketId,
        /// True if this PUBLISH was perhaps sent before.
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// The packet identifier, which PUBREC, PUBREL and PUBCOMP repeat.
        id: PacketId,
        /// True if this PUBLISH was perhaps sent before.
        dup: bool,
    },
}

impl Delivery {
    /// The Quality of Service.
    pub const fn qos(self) -> QoS {
        match self {
            Self::AtMostOnce => QoS::AtMostOnce,
            Self::AtLeastOnce { .. } => QoS::AtLeastOnce,
            Self::ExactlyOnce { .. } => QoS::ExactlyOnce,
        }
    }

    /// The packet identifier of QoS 1 and 2.
    pub const fn packet_id(self) -> Option<PacketId> {
        match self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce { id, .. } | Self::ExactlyOnce { id, .. } => Some(id),
        }
    }

    /// True if the PUBLISH was perhaps sent before.
    pub const fn dup(self) -> bool {
        match self {
            Self::AtMostOnce => false,
            Self::AtLeastOnce { dup, .. } | Self::ExactlyOnce { dup, .. } => dup,
        }
    }
}

impl<'a> Publish<'a> {
    /// What `read_head` and `read_body` fill.
    pub(crate) const NOTHING: Self = Self::new(TopicName::EMPTY, &[]);

    /// A message of QoS 0, not retained, without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            topic,
            delivery: Delivery::AtMostOnce,
            retain: false,
            properties: List::EMPTY,
            payload,
        }
    }

    /// Reads everything but the payload, which is what is left in `r`, into [`NOTHING`](Self::NOTHING).
    ///
    /// It fills a value that is already in its place, unlike other packets: to move a PUBLISH takes
    /// longer than to decode it.
    #[inline(always)]
    pub(crate) fn read_head(&mut self, r: &mut Reader<'a>, flags: u8, context: Context) {
        let Context { version, sender, strictness } = context;
        self.read_fields(r, flags, version, sender, strictness);
    }

    /// Each of the context for itself, so that what is constant stays constant without inlining.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn read_fields(
        &mut self,
        r: &mut Reader<'a>,
        flags: u8,
        version: Version,
        sender: Role,
        strictness: Strictness,
    ) {
        self.topic = TopicName::read(r, strictness);
        let topic_mark = r.mark();
        self.retain = flags & 1 != 0;
        let dup = flags & 0b1000 != 0;
        self.delivery = match flags >> 1 & 0b11 {
            0 => Delivery::AtMostOnce,
            qos => {
                let id = PacketId::read(r);
                if qos == 1 {
                    Delivery::AtLeastOnce { id, dup }
                } else {
                    Delivery::ExactlyOnce { id, dup }
                }
            }
        };
        let has_alias = match version {
            Version::V3 => false,
            Version::V5 => self.properties.fill(r, Place::publish(sender), strictness),
        };
        // [MQTT-4.7.3-1]; section 3.3.2.1: only a Topic Alias stands for an empty name.
        if self.topic.is_empty() && !has_alias {
            r.fail_at(ErrorKind::TopicNameEmpty, topic_mark);
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn read_body(&mut self, r: &mut Reader<'a>, flags: u8, context: Context) {
        self.read_head(r, flags, context);
        self.payload = r.remaining();
    }

    /// Length of the head whose first bytes are `body`, `None` if they are too few to tell; or what
    /// is wrong and where. The whole body is longer than what is given of it.
    pub(crate) fn head_len(
        body: &[u8],
        header: &FixedHeader,
        version: Version,
    ) -> Result<Option<usize>, (ErrorKind, usize)> {
        let limit = header.remaining_length as usize;
        let [high, low, ..] = *body else {
            return Ok(None);
        };
        let topic = usize::from(u16::from_be_bytes([high, low])).saturating_add(2);
        if topic > limit {
            return Err((ErrorKind::Truncated, 0));
        }
        let id = if header.flags & 0b0110 == 0 { 0 } else { 2 };
        let mut len = topic.saturating_add(id);
        if len > limit {
            return Err((ErrorKind::Truncated, topic));
        }
        let fixed = len;
        if version == Version::V5 {
            let Some(properties) = body.get(len..) else {
                return Ok(None);
            };
            match varint::decode(properties) {
                Ok(Some((properties, size))) => {
                    len = len.saturating_add(size).saturating_add(properties as usize);
                }
                Ok(None) => return Ok(None),
                Err(kind) => return Err((kind, fixed)),
            }
        }
        if len > limit { Err((ErrorKind::Truncated, fixed)) } else { Ok(Some(len)) }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn flags(&self) -> u8 {
        (self.delivery.dup() as u8) << 3 | (self.delivery.qos() as u8) << 1 | self.retain as u8
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn measure(&self, context: Context) -> Result<Lengths, ErrorKind> {
        match self.properties.measure(context.version, Place::publish(context.sender)) {
            Ok(_) if self.topic.is_empty() && !self.properties.has_topic_alias(context.version) => {
                Err(ErrorKind::TopicNameEmpty)
            }
            properties => Lengths::of(properties),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.binary(self.topic.as_bytes());
        if let Some(id) = self.delivery.packet_id() {
            w.u16(id.get());
        }
        self.properties.write(w, version, lengths.properties as u32);
        w.bytes(self.payload);
    }
}

impl Place {
    /// The PUBLISH that `sender` sends.
    pub(crate) const fn publish(sender: Role) -> Self {
        match sender {
            Role::Client => Self::PUBLISH_C,
            Role::Server => Self::PUBLISH_S,
            Role::Either => Self::PUBLISH,
        }
    }
}
