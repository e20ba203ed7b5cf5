//! Properties. MQTT 5.0 section 2.2.2.
//!
//! ```text
//! +------------------+----------------------------------+----
//! | length in bytes  | identifier | value, by its type  | ...
//! | 1 to 4 bytes     | 1 byte     | 1 byte and more     |
//! +------------------+----------------------------------+----
//! ```

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::{Strictness, Version};
use crate::error::ErrorKind;
use crate::list::{Item, List, Repr};
use crate::place::Place;
use crate::publish::QoS;
use crate::reader::Reader;
use crate::text::Text;
use crate::topic::TopicName;
use crate::varint;
use crate::writer::Writer;

/// The properties of a packet or of a will, in their order. Empty in MQTT 3.1.1.
pub type Properties<'a> = List<'a, Property<'a>>;

/// One property. Who may send which in which packet is in MQTT 5.0 table 2-4; `encode` refuses a
/// property out of place, and all but [`UserProperty`](Self::UserProperty) and a server's
/// [`SubscriptionIdentifier`](Self::SubscriptionIdentifier) stand at most once.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Property<'a> {
    /// 1, PUBLISH and will: true if the payload is UTF-8 text. MQTT 5.0 section 3.3.2.3.2
    PayloadFormatIndicator(bool),
    /// 2, PUBLISH and will: the message's lifetime in seconds. MQTT 5.0 section 3.3.2.3.3
    MessageExpiryInterval(u32),
    /// 3, PUBLISH and will: what the payload is. MQTT 5.0 section 3.3.2.3.9
    ContentType(Text<'a>),
    /// 8, PUBLISH and will: where an answer goes. MQTT 5.0 section 3.3.2.3.5
    ResponseTopic(TopicName<'a>),
    /// 9, PUBLISH and will: which request an answer is for. MQTT 5.0 section 3.3.2.3.6
    CorrelationData(&'a [u8]),
    /// 11, SUBSCRIBE, and PUBLISH from the server. MQTT 5.0 section 3.8.2.1.2
    SubscriptionIdentifier(SubscriptionId),
    /// 17, CONNECT, CONNACK, and DISCONNECT from the client: seconds that the session outlives the
    /// connection, 0xFFFF_FFFF is for ever. MQTT 5.0 section 3.1.2.11.2
    SessionExpiryInterval(u32),
    /// 18, CONNACK. MQTT 5.0 section 3.2.2.3.7
    AssignedClientIdentifier(Text<'a>),
    /// 19, CONNACK: seconds, instead of the CONNECT's. MQTT 5.0 section 3.2.2.3.14
    ServerKeepAlive(u16),
    /// 21, CONNECT, CONNACK, AUTH. MQTT 5.0 section 3.1.2.11.9
    AuthenticationMethod(Text<'a>),
    /// 22, CONNECT, CONNACK, AUTH. Never printed. MQTT 5.0 section 3.1.2.11.10
    AuthenticationData(&'a [u8]),
    /// 23, CONNECT: false asks for no Reason String and User Property in other packets than
    /// PUBLISH, CONNACK and DISCONNECT. MQTT 5.0 section 3.1.2.11.7
    RequestProblemInformation(bool),
    /// 24, will: seconds from the end of the connection. MQTT 5.0 section 3.1.3.2.2
    WillDelayInterval(u32),
    /// 25, CONNECT: true asks for a Response Information. MQTT 5.0 section 3.1.2.11.6
    RequestResponseInformation(bool),
    /// 26, CONNACK: the basis of response topics. MQTT 5.0 section 3.2.2.3.15
    ResponseInformation(Text<'a>),
    /// 28, CONNACK, DISCONNECT: where to go instead. MQTT 5.0 section 4.11
    ServerReference(Text<'a>),
    /// 31, CONNACK, the acks, SUBACK, UNSUBACK, DISCONNECT, AUTH: for a human reader.
    ReasonString(Text<'a>),
    /// 33, CONNECT, CONNACK: QoS 1 and 2 messages in flight at once. MQTT 5.0 section 3.1.2.11.3
    ReceiveMaximum(NonZeroU16),
    /// 34, CONNECT, CONNACK: the highest topic alias that is taken. MQTT 5.0 section 3.1.2.11.5
    TopicAliasMaximum(u16),
    /// 35, PUBLISH: a number for the topic name. MQTT 5.0 section 3.3.2.3.4
    TopicAlias(NonZeroU16),
    /// 36, CONNACK: QoS 0 or 1, the highest that the server takes. MQTT 5.0 section 3.2.2.3.4
    MaximumQos(QoS),
    /// 37, CONNACK. MQTT 5.0 section 3.2.2.3.5
    RetainAvailable(bool),
    /// 38, any packet but PINGREQ and PINGRESP: name and value. MQTT 5.0 section 3.1.2.11.8
    UserProperty(Text<'a>, Text<'a>),
    /// 39, CONNECT, CONNACK: bytes, the largest packet that is taken. MQTT 5.0 section 3.1.2.11.4
    MaximumPacketSize(NonZeroU32),
    /// 40, CONNACK. MQTT 5.0 section 3.2.2.3.11
    WildcardSubscriptionAvailable(bool),
    /// 41, CONNACK. MQTT 5.0 section 3.2.2.3.12
    SubscriptionIdentifiersAvailable(bool),
    /// 42, CONNACK. MQTT 5.0 section 3.2.2.3.13
    SharedSubscriptionAvailable(bool),
}

/// A Subscription Identifier: 1 to 268,435,455. MQTT 5.0 section 3.8.2.1.2
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(NonZeroU32);

impl SubscriptionId {
    /// The identifier, if it is in range.
    pub const fn new(value: u32) -> Option<Self> {
        match NonZeroU32::new(value) {
            Some(id) if value <= varint::MAX => Some(Self(id)),
            _ => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// The first value of one kind, by name.
impl<'a> List<'a, Property<'a>> {
    fn first<T>(&self, pick: impl FnMut(Property<'a>) -> Option<T>) -> Option<T> {
        self.iter().find_map(pick)
    }

    /// True if the payload is UTF-8 text.
    pub fn payload_format_indicator(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::PayloadFormatIndicator(value) => Some(value),
            _ => None,
        })
    }

    /// The message's lifetime in seconds.
    pub fn message_expiry_interval(&self) -> Option<u32> {
        self.first(|property| match property {
            Property::MessageExpiryInterval(value) => Some(value),
            _ => None,
        })
    }

    /// What the payload is.
    pub fn content_type(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::ContentType(value) => Some(value),
            _ => None,
        })
    }

    /// Where an answer goes.
    pub fn response_topic(&self) -> Option<TopicName<'a>> {
        self.first(|property| match property {
            Property::ResponseTopic(value) => Some(value),
            _ => None,
        })
    }

    /// Which request an answer is for.
    pub fn correlation_data(&self) -> Option<&'a [u8]> {
        self.first(|property| match property {
            Property::CorrelationData(value) => Some(value),
            _ => None,
        })
    }

    /// The first subscription identifier.
    pub fn subscription_identifier(&self) -> Option<SubscriptionId> {
        self.first(|property| match property {
            Property::SubscriptionIdentifier(value) => Some(value),
            _ => None,
        })
    }

    /// Seconds that the session outlives the connection.
    pub fn session_expiry_interval(&self) -> Option<u32> {
        self.first(|property| match property {
            Property::SessionExpiryInterval(value) => Some(value),
            _ => None,
        })
    }

    /// The client identifier that the server chose.
    pub fn assigned_client_identifier(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::AssignedClientIdentifier(value) => Some(value),
            _ => None,
        })
    }

    /// The keep alive that the server asks for, in seconds.
    pub fn server_keep_alive(&self) -> Option<u16> {
        self.first(|property| match property {
            Property::ServerKeepAlive(value) => Some(value),
            _ => None,
        })
    }

    /// The authentication method's name.
    pub fn authentication_method(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::AuthenticationMethod(value) => Some(value),
            _ => None,
        })
    }

    /// The authentication data.
    pub fn authentication_data(&self) -> Option<&'a [u8]> {
        self.first(|property| match property {
            Property::AuthenticationData(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the client wants Reason Strings and User Properties.
    pub fn request_problem_information(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::RequestProblemInformation(value) => Some(value),
            _ => None,
        })
    }

    /// Seconds from the end of the connection to the will.
    pub fn will_delay_interval(&self) -> Option<u32> {
        self.first(|property| match property {
            Property::WillDelayInterval(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the client asks for a Response Information.
    pub fn request_response_information(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::RequestResponseInformation(value) => Some(value),
            _ => None,
        })
    }

    /// The basis of response topics.
    pub fn response_information(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::ResponseInformation(value) => Some(value),
            _ => None,
        })
    }

    /// Another server to go to.
    pub fn server_reference(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::ServerReference(value) => Some(value),
            _ => None,
        })
    }

    /// The reason for a human reader.
    pub fn reason_string(&self) -> Option<Text<'a>> {
        self.first(|property| match property {
            Property::ReasonString(value) => Some(value),
            _ => None,
        })
    }

    /// QoS 1 and 2 messages that may be in flight at once.
    pub fn receive_maximum(&self) -> Option<NonZeroU16> {
        self.first(|property| match property {
            Property::ReceiveMaximum(value) => Some(value),
            _ => None,
        })
    }

    /// The highest topic alias that is taken.
    pub fn topic_alias_maximum(&self) -> Option<u16> {
        self.first(|property| match property {
            Property::TopicAliasMaximum(value) => Some(value),
            _ => None,
        })
    }

    /// The number that stands for the topic name.
    pub fn topic_alias(&self) -> Option<NonZeroU16> {
        self.first(|property| match property {
            Property::TopicAlias(value) => Some(value),
            _ => None,
        })
    }

    /// The highest QoS that the server takes.
    pub fn maximum_qos(&self) -> Option<QoS> {
        self.first(|property| match property {
            Property::MaximumQos(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the server keeps retained messages.
    pub fn retain_available(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::RetainAvailable(value) => Some(value),
            _ => None,
        })
    }

    /// The largest packet that is taken, in bytes.
    pub fn maximum_packet_size(&self) -> Option<NonZeroU32> {
        self.first(|property| match property {
            Property::MaximumPacketSize(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the server takes wildcards.
    pub fn wildcard_subscription_available(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::WildcardSubscriptionAvailable(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the server takes subscription identifiers.
    pub fn subscription_identifiers_available(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::SubscriptionIdentifiersAvailable(value) => Some(value),
            _ => None,
        })
    }

    /// Whether the server takes shared subscriptions.
    pub fn shared_subscription_available(&self) -> Option<bool> {
        self.first(|property| match property {
            Property::SharedSubscriptionAvailable(value) => Some(value),
            _ => None,
        })
    }

    /// Names and values of the user properties, in their order.
    pub fn user_properties(&self) -> impl Iterator<Item = (Text<'a>, Text<'a>)> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::UserProperty(name, value) => Some((name, value)),
            _ => None,
        })
    }

    /// The subscription identifiers: one in a SUBSCRIBE, one for each subscription that matched in
    /// a PUBLISH from the server.
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = SubscriptionId> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        })
    }

    /// The properties of a 5.0 packet: their length, and they themselves, checked for `place`.
    pub(crate) const fn read(
        r: &mut Reader<'a>,
        place: Place,
        strictness: Strictness,
    ) -> Result<Self, ErrorKind> {
        let len = match r.varint() {
            Ok(0) if !place.meets(Place::AUTH) => return Ok(Self::EMPTY),
            Ok(len) => len as usize,
            Err(e) => return Err(e),
        };
        let bytes = match r.take(len) {
            Ok(bytes) => bytes,
            Err(e) => return Err(e),
        };
        let mut block = Reader::new(bytes);
        match check_wire(&mut block, place, strictness) {
            Ok(_) => Ok(Self::wire(bytes)),
            Err(e) => {
                r.set_mark(block.mark().saturating_add(r.rest().len()));
                Err(e)
            }
        }
    }

    /// Checks the properties for `place` before they are written, and returns their length.
    #[inline]
    pub(crate) const fn measure(&self, version: Version, place: Place) -> Result<u32, ErrorKind> {
        if let Version::V3 = version {
            return if self.is_empty() { Ok(0) } else { Err(ErrorKind::NotInVersion) };
        }
        if self.is_empty() && !place.meets(Place::AUTH) {
            return Ok(0);
        }
        match self.check(place) {
            Ok((len, _)) => Ok(len),
            Err(e) => Err(e),
        }
    }

    /// True if `encode` may leave the topic name of a PUBLISH empty.
    pub(crate) const fn has_topic_alias(&self) -> bool {
        match self.check(Place::PUBLISH) {
            Ok((_, seen)) => seen.has(TOPIC_ALIAS),
            Err(_) => false,
        }
    }

    #[inline(never)]
    const fn check(&self, place: Place) -> Result<(u32, Seen), ErrorKind> {
        match self.0 {
            Repr::Wire(bytes) => {
                match check_wire(&mut Reader::new(bytes), place, Strictness::STANDARD) {
                    Ok(seen) => Ok((bytes.len() as u32, seen)),
                    Err(e) => Err(e),
                }
            }
            Repr::Values(values) => check_values(values, place),
        }
    }

    /// Writes the length (as `measure` returned it) and the properties; nothing in 3.1.1.
    #[inline(always)]
    pub(crate) const fn write<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        len: u32,
    ) {
        if let Version::V5 = version {
            w.varint(len);
            if COUNT {
                w.count(len as usize);
            } else if len > 0 {
                self.write_items(w);
            }
        }
    }

    #[inline(never)]
    const fn write_items<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        match self.0 {
            Repr::Wire(bytes) => w.bytes(bytes),
            Repr::Values(mut values) => {
                while let Some((property, rest)) = values.split_first() {
                    property.write(w);
                    values = rest;
                }
            }
        }
    }
}

/// The value of a property as it lies on the wire.
#[derive(Clone, Copy)]
enum Value<'a> {
    Byte(u8),
    TwoByte(u16),
    FourByte(u32),
    Varint(u32),
    Binary(&'a [u8]),
    Pair(&'a [u8], &'a [u8]),
}

impl<'a> Property<'a> {
    /// The property identifier, as in MQTT 5.0 table 2-4.
    pub const fn identifier(&self) -> u8 {
        self.parts().0
    }

    const fn parts(&self) -> (u8, Value<'a>) {
        match *self {
            Self::PayloadFormatIndicator(is_text) => (1, Value::Byte(is_text as u8)),
            Self::MessageExpiryInterval(secs) => (2, Value::FourByte(secs)),
            Self::ContentType(text) => (3, Value::Binary(text.as_bytes())),
            Self::ResponseTopic(topic) => (8, Value::Binary(topic.as_bytes())),
            Self::CorrelationData(data) => (9, Value::Binary(data)),
            Self::SubscriptionIdentifier(id) => (11, Value::Varint(id.get())),
            Self::SessionExpiryInterval(secs) => (17, Value::FourByte(secs)),
            Self::AssignedClientIdentifier(text) => (18, Value::Binary(text.as_bytes())),
            Self::ServerKeepAlive(secs) => (19, Value::TwoByte(secs)),
            Self::AuthenticationMethod(text) => (21, Value::Binary(text.as_bytes())),
            Self::AuthenticationData(data) => (22, Value::Binary(data)),
            Self::RequestProblemInformation(wanted) => (23, Value::Byte(wanted as u8)),
            Self::WillDelayInterval(secs) => (24, Value::FourByte(secs)),
            Self::RequestResponseInformation(wanted) => (25, Value::Byte(wanted as u8)),
            Self::ResponseInformation(text) => (26, Value::Binary(text.as_bytes())),
            Self::ServerReference(text) => (28, Value::Binary(text.as_bytes())),
            Self::ReasonString(text) => (31, Value::Binary(text.as_bytes())),
            Self::ReceiveMaximum(n) => (33, Value::TwoByte(n.get())),
            Self::TopicAliasMaximum(n) => (34, Value::TwoByte(n)),
            Self::TopicAlias(n) => (35, Value::TwoByte(n.get())),
            Self::MaximumQos(qos) => (36, Value::Byte(qos as u8)),
            Self::RetainAvailable(yes) => (37, Value::Byte(yes as u8)),
            Self::UserProperty(name, value) => (38, Value::Pair(name.as_bytes(), value.as_bytes())),
            Self::MaximumPacketSize(n) => (39, Value::FourByte(n.get())),
            Self::WildcardSubscriptionAvailable(yes) => (40, Value::Byte(yes as u8)),
            Self::SubscriptionIdentifiersAvailable(yes) => (41, Value::Byte(yes as u8)),
            Self::SharedSubscriptionAvailable(yes) => (42, Value::Byte(yes as u8)),
        }
    }

    #[inline(always)]
    const fn write<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        let (id, value) = self.parts();
        match value {
            Value::Byte(n) => w.bytes(&[id, n]),
            Value::TwoByte(n) => {
                let [a, b] = n.to_be_bytes();
                w.bytes(&[id, a, b]);
            }
            Value::FourByte(n) => {
                let [a, b, c, d] = n.to_be_bytes();
                w.bytes(&[id, a, b, c, d]);
            }
            Value::Varint(n) => {
                w.u8(id);
                w.varint(n);
            }
            Value::Binary(bytes) => {
                let [a, b] = (bytes.len() as u16).to_be_bytes();
                w.bytes(&[id, a, b]);
                w.bytes(bytes);
            }
            Value::Pair(name, value) => {
                let [a, b] = (name.len() as u16).to_be_bytes();
                w.bytes(&[id, a, b]);
                w.bytes(name);
                w.binary(value);
            }
        }
    }
}

impl Value<'_> {
    /// Length in bytes, without the identifier.
    const fn len(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::TwoByte(_) => 2,
            Self::FourByte(_) => 4,
            Self::Varint(n) => varint::len(*n),
            Self::Binary(bytes) => bytes.len().saturating_add(2),
            Self::Pair(name, value) => name.len().saturating_add(value.len()).saturating_add(4),
        }
    }
}

/// Reads bytes that [`check_wire`] has checked.
impl<'a> Item<'a> for Property<'a> {
    fn read(r: &mut Reader<'a>) -> Option<Self> {
        let text = |r: &mut Reader<'a>| r.binary().ok().map(Text::from_checked);
        let flag = |r: &mut Reader<'a>| r.u8().ok().map(|byte| byte != 0);
        Some(match r.u8().ok()? {
            1 => Self::PayloadFormatIndicator(flag(r)?),
            2 => Self::MessageExpiryInterval(r.u32().ok()?),
            3 => Self::ContentType(text(r)?),
            8 => Self::ResponseTopic(TopicName::from_checked(r.binary().ok()?)),
            9 => Self::CorrelationData(r.binary().ok()?),
            11 => Self::SubscriptionIdentifier(SubscriptionId::new(r.varint().ok()?)?),
            17 => Self::SessionExpiryInterval(r.u32().ok()?),
            18 => Self::AssignedClientIdentifier(text(r)?),
            19 => Self::ServerKeepAlive(r.u16().ok()?),
            21 => Self::AuthenticationMethod(text(r)?),
            22 => Self::AuthenticationData(r.binary().ok()?),
            23 => Self::RequestProblemInformation(flag(r)?),
            24 => Self::WillDelayInterval(r.u32().ok()?),
            25 => Self::RequestResponseInformation(flag(r)?),
            26 => Self::ResponseInformation(text(r)?),
            28 => Self::ServerReference(text(r)?),
            31 => Self::ReasonString(text(r)?),
            33 => Self::ReceiveMaximum(NonZeroU16::new(r.u16().ok()?)?),
            34 => Self::TopicAliasMaximum(r.u16().ok()?),
            35 => Self::TopicAlias(NonZeroU16::new(r.u16().ok()?)?),
            36 => Self::MaximumQos(if flag(r)? { QoS::AtLeastOnce } else { QoS::AtMostOnce }),
            37 => Self::RetainAvailable(flag(r)?),
            38 => Self::UserProperty(text(r)?, text(r)?),
            39 => Self::MaximumPacketSize(NonZeroU32::new(r.u32().ok()?)?),
            40 => Self::WildcardSubscriptionAvailable(flag(r)?),
            41 => Self::SubscriptionIdentifiersAvailable(flag(r)?),
            42 => Self::SharedSubscriptionAvailable(flag(r)?),
            _ => return None,
        })
    }
}

impl fmt::Debug for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, value) = self.parts();
        let mut tuple = f.debug_tuple(name(id));
        match (value, self) {
            (Value::Byte(n), _) => tuple.field(&n),
            (Value::TwoByte(n), _) => tuple.field(&n),
            (Value::FourByte(n) | Value::Varint(n), _) => tuple.field(&n),
            (Value::Binary(_), Self::AuthenticationData(_)) => tuple.field(&format_args!("..")),
            (Value::Binary(data), Self::CorrelationData(_)) => tuple.field(&data),
            (Value::Binary(text), _) => tuple.field(&Text::from_checked(text)),
            (Value::Pair(name, value), _) => {
                tuple.field(&Text::from_checked(name)).field(&Text::from_checked(value))
            }
        };
        tuple.finish()
    }
}

/// How a value lies on the wire, and what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One byte, 0 or 1.
    Flag,
    TwoByte,
    TwoByteNot0,
    FourByte,
    FourByteNot0,
    VarintNot0,
    Text,
    TopicName,
    Binary,
    TextPair,
}

/// MQTT 5.0 table 2-4 by identifier: the kind of the value, and the packets it may stand in.
const TABLE: [(Kind, Place); 43] = {
    const NONE: (Kind, Place) = (Kind::Flag, Place::NOWHERE);
    use Kind::*;
    [
        NONE,
        (Flag, Place::PUBLISH.or(Place::WILL)), // 1 PayloadFormatIndicator
        (FourByte, Place::PUBLISH.or(Place::WILL)), // 2 MessageExpiryInterval
        (Text, Place::PUBLISH.or(Place::WILL)), // 3 ContentType
        NONE,
        NONE,
        NONE,
        NONE,
        (TopicName, Place::PUBLISH.or(Place::WILL)), // 8 ResponseTopic
        (Binary, Place::PUBLISH.or(Place::WILL)),    // 9 CorrelationData
        NONE,
        (VarintNot0, Place::PUBLISH_S.or(Place::SUBSCRIBE)), // 11 SubscriptionIdentifier
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        (FourByte, Place::CONNECT.or(Place::CONNACK.or(Place::DISCONNECT_C))), // 17 SessionExpiryInterval
        (Text, Place::CONNACK),    // 18 AssignedClientIdentifier
        (TwoByte, Place::CONNACK), // 19 ServerKeepAlive
        NONE,
        (Text, Place::CONNECT.or(Place::CONNACK.or(Place::AUTH))), // 21 AuthenticationMethod
        (Binary, Place::CONNECT.or(Place::CONNACK.or(Place::AUTH))), // 22 AuthenticationData
        (Flag, Place::CONNECT),                                    // 23 RequestProblemInformation
        (FourByte, Place::WILL),                                   // 24 WillDelayInterval
        (Flag, Place::CONNECT),                                    // 25 RequestResponseInformation
        (Text, Place::CONNACK),                                    // 26 ResponseInformation
        NONE,
        (Text, Place::CONNACK.or(Place::DISCONNECT)), // 28 ServerReference
        NONE,
        NONE,
        (
            Text,
            Place::CONNACK.or(Place::PUBACK.or(Place::PUBREL
                .or(Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT.or(Place::AUTH)))))),
        ), // 31 ReasonString
        NONE,
        (TwoByteNot0, Place::CONNECT.or(Place::CONNACK)), // 33 ReceiveMaximum
        (TwoByte, Place::CONNECT.or(Place::CONNACK)),     // 34 TopicAliasMaximum
        (TwoByteNot0, Place::PUBLISH),                    // 35 TopicAlias
        (Flag, Place::CONNACK),                           // 36 MaximumQos
        (Flag, Place::CONNACK),                           // 37 RetainAvailable
        (TextPair, Place::ANY),                           // 38 UserProperty
        (FourByteNot0, Place::CONNECT.or(Place::CONNACK)), // 39 MaximumPacketSize
        (Flag, Place::CONNACK),                           // 40 WildcardSubscriptionAvailable
        (Flag, Place::CONNACK),                           // 41 SubscriptionIdentifiersAvailable
        (Flag, Place::CONNACK),                           // 42 SharedSubscriptionAvailable
    ]
};

const RESPONSE_TOPIC: u8 = 8;
const SUBSCRIPTION_IDENTIFIER: u8 = 11;
const SESSION_EXPIRY_INTERVAL: u8 = 17;
const AUTHENTICATION_METHOD: u8 = 21;
const AUTHENTICATION_DATA: u8 = 22;
const RECEIVE_MAXIMUM: u8 = 33;
const TOPIC_ALIAS: u8 = 35;
const MAXIMUM_QOS: u8 = 36;
const USER_PROPERTY: u8 = 38;

/// Which properties have stood already, and whether the next may follow.
#[derive(Clone, Copy)]
struct Seen {
    place: Place,
    bits: u64,
}

impl Seen {
    const fn new(place: Place) -> Self {
        Self { place, bits: 0 }
    }

    const fn has(&self, id: u8) -> bool {
        self.bits & 1 << id != 0
    }

    /// Place and repetition of one more property; the kind of its value.
    #[inline]
    const fn admit(&mut self, id: u8) -> Result<Kind, ErrorKind> {
        let Some((_, [(kind, places), ..])) = TABLE.split_at_checked(id as usize) else {
            return Err(ErrorKind::PropertyUnknown);
        };
        if !places.meets(self.place) {
            return Err(out_of_place(id, *places, self.place));
        }
        if self.has(id) && !self.repeats(id) {
            return Err(ErrorKind::PropertyRepeated);
        }
        self.bits |= 1 << id;
        Ok(*kind)
    }

    /// User properties, and the subscription identifiers of a server's PUBLISH.
    const fn repeats(&self, id: u8) -> bool {
        id == USER_PROPERTY || id == SUBSCRIPTION_IDENTIFIER && !self.place.meets(Place::SUBSCRIBE)
    }

    /// What all properties together must fulfil.
    const fn finish(self) -> Result<Self, ErrorKind> {
        // Section 3.1.2.11.10: data belong to a method; section 3.15.2.2.2: an AUTH names it.
        let data = self.place.meets(Place::CONNECT) && self.has(AUTHENTICATION_DATA);
        if (data || self.place.meets(Place::AUTH)) && !self.has(AUTHENTICATION_METHOD) {
            return Err(ErrorKind::AuthenticationMethodMissing);
        }
        Ok(self)
    }
}

/// What is wrong with a property that may not stand in `place`.
#[cold]
const fn out_of_place(id: u8, places: Place, place: Place) -> ErrorKind {
    match id {
        _ if places.is_nowhere() => ErrorKind::PropertyUnknown,
        SUBSCRIPTION_IDENTIFIER if place.meets(Place::PUBLISH) => {
            ErrorKind::SubscriptionIdFromClient
        }
        SESSION_EXPIRY_INTERVAL if place.meets(Place::DISCONNECT) => {
            ErrorKind::SessionExpiryFromServer
        }
        _ => ErrorKind::PropertyNotAllowed,
    }
}

/// Every rule for the properties of a packet, as they came.
const fn check_wire(
    r: &mut Reader<'_>,
    place: Place,
    strictness: Strictness,
) -> Result<Seen, ErrorKind> {
    let mut seen = Seen::new(place);
    let len = r.rest().len();
    while !r.is_empty() {
        let start = r.rest().len();
        let result = match r.u8() {
            Ok(id) => match seen.admit(id) {
                Ok(kind) => check_value(r, id, kind, strictness),
                Err(e) => Err(e),
            },
            Err(e) => Err(e),
        };
        if let Err(e) = result {
            r.set_mark(start);
            return Err(e);
        }
    }
    r.set_mark(len);
    seen.finish()
}

#[inline]
const fn check_value(
    r: &mut Reader<'_>,
    id: u8,
    kind: Kind,
    strictness: Strictness,
) -> Result<(), ErrorKind> {
    match kind {
        Kind::Flag => match r.u8() {
            Ok(0 | 1) => Ok(()),
            Ok(_) => Err(ErrorKind::PropertyValue),
            Err(e) => Err(e),
        },
        Kind::TwoByte => discard(r.take(2)),
        Kind::FourByte => discard(r.take(4)),
        Kind::TwoByteNot0 => match r.u16() {
            Ok(value) => not_zero(id, value as u32),
            Err(e) => Err(e),
        },
        Kind::FourByteNot0 => match r.u32() {
            Ok(value) => not_zero(id, value),
            Err(e) => Err(e),
        },
        Kind::VarintNot0 => match r.varint() {
            Ok(value) => not_zero(id, value),
            Err(e) => Err(e),
        },
        Kind::Text => check_text(r, strictness),
        Kind::TextPair => match check_text(r, strictness) {
            Ok(()) => check_text(r, strictness), // [MQTT-1.5.7-1]
            Err(e) => Err(e),
        },
        Kind::TopicName => match TopicName::read(r, strictness) {
            Ok(topic) if topic.is_empty() => Err(ErrorKind::TopicNameEmpty),
            Ok(_) => Ok(()), // [MQTT-3.3.2-14]
            Err(e) => Err(e),
        },
        Kind::Binary => discard(r.binary()),
    }
}

#[inline]
const fn check_text(r: &mut Reader<'_>, strictness: Strictness) -> Result<(), ErrorKind> {
    match r.binary() {
        Ok(bytes) => match Text::from_wire(bytes, strictness) {
            Ok(_) => Ok(()),
            Err(e) => Err(e),
        },
        Err(e) => Err(e),
    }
}

const fn discard(read: Result<&[u8], ErrorKind>) -> Result<(), ErrorKind> {
    match read {
        Ok(_) => Ok(()),
        Err(e) => Err(e),
    }
}

const fn not_zero(id: u8, value: u32) -> Result<(), ErrorKind> {
    if value != 0 {
        return Ok(());
    }
    Err(match id {
        SUBSCRIPTION_IDENTIFIER => ErrorKind::SubscriptionIdZero,
        RECEIVE_MAXIMUM => ErrorKind::ReceiveMaximumZero,
        TOPIC_ALIAS => ErrorKind::TopicAliasZero,
        _ => ErrorKind::MaximumPacketSizeZero,
    })
}

/// Every rule that the types do not already keep, and the length in bytes.
const fn check_values(mut values: &[Property<'_>], place: Place) -> Result<(u32, Seen), ErrorKind> {
    let mut seen = Seen::new(place);
    let mut len: usize = 0;
    while let Some((property, rest)) = values.split_first() {
        let (id, value) = property.parts();
        if let Err(e) = seen.admit(id) {
            return Err(e);
        }
        match (id, value) {
            (_, Value::Binary(data)) if data.len() > u16::MAX as usize => {
                return Err(ErrorKind::DataTooLong);
            }
            (RESPONSE_TOPIC, Value::Binary([])) => return Err(ErrorKind::TopicNameEmpty),
            (MAXIMUM_QOS, Value::Byte(2)) => return Err(ErrorKind::PropertyValue),
            _ => {}
        }
        len = len.saturating_add(value.len()).saturating_add(1);
        values = rest;
    }
    if len > varint::MAX as usize {
        return Err(ErrorKind::PacketTooLarge);
    }
    match seen.finish() {
        Ok(seen) => Ok((len as u32, seen)),
        Err(e) => Err(e),
    }
}

/// The name of a property, for people.
const fn name(id: u8) -> &'static str {
    match id {
        1 => "PayloadFormatIndicator",
        2 => "MessageExpiryInterval",
        3 => "ContentType",
        8 => "ResponseTopic",
        9 => "CorrelationData",
        11 => "SubscriptionIdentifier",
        17 => "SessionExpiryInterval",
        18 => "AssignedClientIdentifier",
        19 => "ServerKeepAlive",
        21 => "AuthenticationMethod",
        22 => "AuthenticationData",
        23 => "RequestProblemInformation",
        24 => "WillDelayInterval",
        25 => "RequestResponseInformation",
        26 => "ResponseInformation",
        28 => "ServerReference",
        31 => "ReasonString",
        33 => "ReceiveMaximum",
        34 => "TopicAliasMaximum",
        35 => "TopicAlias",
        36 => "MaximumQos",
        37 => "RetainAvailable",
        38 => "UserProperty",
        39 => "MaximumPacketSize",
        40 => "WildcardSubscriptionAvailable",
        41 => "SubscriptionIdentifiersAvailable",
        42 => "SharedSubscriptionAvailable",
        _ => "",
    }
}
