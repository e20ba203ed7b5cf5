//! One property.

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

use crate::grammar::BY_WORDS;
use crate::list::Item;
use crate::publish::QoS;
use crate::reader::Reader;
use crate::text::Text;
use crate::topic::TopicName;
use crate::varint;
use crate::writer::Writer;

/// One property. Who may send which in which packet is in MQTT 5.0 table 2-4; `encode` refuses a
/// property out of place, and all but [`UserProperty`](Self::UserProperty) and a server's
/// [`SubscriptionIdentifier`](Self::SubscriptionIdentifier) stand at most once.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
// The identifier is the tag, so that it is read and not looked up.
#[repr(u8)]
pub enum Property<'a> {
    /// 1, PUBLISH and will: true if the payload is UTF-8 text. MQTT 5.0 section 3.3.2.3.2
    PayloadFormatIndicator(bool) = 1,
    /// 2, PUBLISH and will: the message's lifetime in seconds. MQTT 5.0 section 3.3.2.3.3
    MessageExpiryInterval(u32) = 2,
    /// 3, PUBLISH and will: what the payload is. MQTT 5.0 section 3.3.2.3.9
    ContentType(Text<'a>) = 3,
    /// 8, PUBLISH and will: where an answer goes. MQTT 5.0 section 3.3.2.3.5
    ResponseTopic(TopicName<'a>) = 8,
    /// 9, PUBLISH and will: which request an answer is for. MQTT 5.0 section 3.3.2.3.6
    CorrelationData(&'a [u8]) = 9,
    /// 11, SUBSCRIBE, and PUBLISH from the server. MQTT 5.0 section 3.8.2.1.2
    SubscriptionIdentifier(SubscriptionId) = 11,
    /// 17, CONNECT, CONNACK, and DISCONNECT from the client: seconds that the session outlives the
    /// connection, 0xFFFF_FFFF is for ever. MQTT 5.0 section 3.1.2.11.2
    SessionExpiryInterval(u32) = 17,
    /// 18, CONNACK. MQTT 5.0 section 3.2.2.3.7
    AssignedClientIdentifier(Text<'a>) = 18,
    /// 19, CONNACK: seconds, instead of the CONNECT's. MQTT 5.0 section 3.2.2.3.14
    ServerKeepAlive(u16) = 19,
    /// 21, CONNECT, CONNACK, AUTH. MQTT 5.0 section 3.1.2.11.9
    AuthenticationMethod(Text<'a>) = 21,
    /// 22, CONNECT, CONNACK, AUTH. Never printed. MQTT 5.0 section 3.1.2.11.10
    AuthenticationData(&'a [u8]) = 22,
    /// 23, CONNECT: false asks for no Reason String and User Property in other packets than
    /// PUBLISH, CONNACK and DISCONNECT. MQTT 5.0 section 3.1.2.11.7
    RequestProblemInformation(bool) = 23,
    /// 24, will: seconds from the end of the connection. MQTT 5.0 section 3.1.3.2.2
    WillDelayInterval(u32) = 24,
    /// 25, CONNECT: true asks for a Response Information. MQTT 5.0 section 3.1.2.11.6
    RequestResponseInformation(bool) = 25,
    /// 26, CONNACK: the basis of response topics. MQTT 5.0 section 3.2.2.3.15
    ResponseInformation(Text<'a>) = 26,
    /// 28, CONNACK, DISCONNECT: where to go instead. MQTT 5.0 section 4.11
    ServerReference(Text<'a>) = 28,
    /// 31, CONNACK, the acks, SUBACK, UNSUBACK, DISCONNECT, AUTH: for a human reader.
    ReasonString(Text<'a>) = 31,
    /// 33, CONNECT, CONNACK: QoS 1 and 2 messages in flight at once. MQTT 5.0 section 3.1.2.11.3
    ReceiveMaximum(NonZeroU16) = 33,
    /// 34, CONNECT, CONNACK: the highest topic alias that is taken. MQTT 5.0 section 3.1.2.11.5
    TopicAliasMaximum(u16) = 34,
    /// 35, PUBLISH: a number for the topic name. MQTT 5.0 section 3.3.2.3.4
    TopicAlias(NonZeroU16) = 35,
    /// 36, CONNACK: QoS 0 or 1, the highest that the server takes. MQTT 5.0 section 3.2.2.3.4
    MaximumQos(QoS) = 36,
    /// 37, CONNACK. MQTT 5.0 section 3.2.2.3.5
    RetainAvailable(bool) = 37,
    /// 38, any packet but PINGREQ and PINGRESP: name and value. MQTT 5.0 section 3.1.2.11.8
    UserProperty(Text<'a>, Text<'a>) = 38,
    /// 39, CONNECT, CONNACK: bytes, the largest packet that is taken. MQTT 5.0 section 3.1.2.11.4
    MaximumPacketSize(NonZeroU32) = 39,
    /// 40, CONNACK. MQTT 5.0 section 3.2.2.3.11
    WildcardSubscriptionAvailable(bool) = 40,
    /// 41, CONNACK. MQTT 5.0 section 3.2.2.3.12
    SubscriptionIdentifiersAvailable(bool) = 41,
    /// 42, CONNACK. MQTT 5.0 section 3.2.2.3.13
    SharedSubscriptionAvailable(bool) = 42,
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

/// The value of a property as it lies on the wire.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Byte(u8),
    TwoByte(u16),
    FourByte(u32),
    Varint(u32),
    Binary(&'a [u8]),
    Pair(&'a [u8], &'a [u8]),
}

impl<'a> Property<'a> {
    /// The name, as in MQTT 5.0 table 2-4 but written together: `ContentType`.
    pub const fn name(&self) -> &'static str {
        name(self.identifier())
    }

    /// The property identifier, as in MQTT 5.0 table 2-4.
    pub const fn identifier(&self) -> u8 {
        match self {
            Self::PayloadFormatIndicator(..) => 1,
            Self::MessageExpiryInterval(..) => 2,
            Self::ContentType(..) => 3,
            Self::ResponseTopic(..) => 8,
            Self::CorrelationData(..) => 9,
            Self::SubscriptionIdentifier(..) => 11,
            Self::SessionExpiryInterval(..) => 17,
            Self::AssignedClientIdentifier(..) => 18,
            Self::ServerKeepAlive(..) => 19,
            Self::AuthenticationMethod(..) => 21,
            Self::AuthenticationData(..) => 22,
            Self::RequestProblemInformation(..) => 23,
            Self::WillDelayInterval(..) => 24,
            Self::RequestResponseInformation(..) => 25,
            Self::ResponseInformation(..) => 26,
            Self::ServerReference(..) => 28,
            Self::ReasonString(..) => 31,
            Self::ReceiveMaximum(..) => 33,
            Self::TopicAliasMaximum(..) => 34,
            Self::TopicAlias(..) => 35,
            Self::MaximumQos(..) => 36,
            Self::RetainAvailable(..) => 37,
            Self::UserProperty(..) => 38,
            Self::MaximumPacketSize(..) => 39,
            Self::WildcardSubscriptionAvailable(..) => 40,
            Self::SubscriptionIdentifiersAvailable(..) => 41,
            Self::SharedSubscriptionAvailable(..) => 42,
        }
    }

    /// The value. Variants of one type share an arm, so that few branches are left.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn value(&self) -> Value<'a> {
        match *self {
            Self::PayloadFormatIndicator(yes)
            | Self::RequestProblemInformation(yes)
            | Self::RequestResponseInformation(yes)
            | Self::RetainAvailable(yes)
            | Self::WildcardSubscriptionAvailable(yes)
            | Self::SubscriptionIdentifiersAvailable(yes)
            | Self::SharedSubscriptionAvailable(yes) => Value::Byte(yes as u8),
            Self::MaximumQos(qos) => Value::Byte(qos as u8),
            Self::ServerKeepAlive(n) | Self::TopicAliasMaximum(n) => Value::TwoByte(n),
            Self::ReceiveMaximum(n) | Self::TopicAlias(n) => Value::TwoByte(n.get()),
            Self::MessageExpiryInterval(secs)
            | Self::SessionExpiryInterval(secs)
            | Self::WillDelayInterval(secs) => Value::FourByte(secs),
            Self::MaximumPacketSize(n) => Value::FourByte(n.get()),
            Self::SubscriptionIdentifier(id) => Value::Varint(id.get()),
            Self::ContentType(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => Value::Binary(text.as_bytes()),
            Self::ResponseTopic(topic) => Value::Binary(topic.as_bytes()),
            Self::CorrelationData(data) | Self::AuthenticationData(data) => Value::Binary(data),
            Self::UserProperty(name, value) => Value::Pair(name.as_bytes(), value.as_bytes()),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        let id = self.identifier();
        if !BY_WORDS {
            // Shorter: what writes a field is there already.
            w.u8(id);
            return self.value().write(w);
        }
        match self.value() {
            Value::Byte(n) => w.array([id, n]),
            Value::TwoByte(n) => {
                let [a, b] = n.to_be_bytes();
                w.array([id, a, b]);
            }
            Value::FourByte(n) => {
                let [a, b, c, d] = n.to_be_bytes();
                w.array([id, a, b, c, d]);
            }
            Value::Varint(n) => {
                w.u8(id);
                w.varint(n);
            }
            Value::Binary(bytes) => {
                let [a, b] = (bytes.len() as u16).to_be_bytes();
                w.array([id, a, b]);
                w.bytes(bytes);
            }
            Value::Pair(name, value) => {
                let [a, b] = (name.len() as u16).to_be_bytes();
                w.array([id, a, b]);
                w.bytes(name);
                w.binary(value);
            }
        }
    }
}

impl Value<'_> {
    const fn write<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        match *self {
            Self::Byte(n) => w.u8(n),
            Self::TwoByte(n) => w.u16(n),
            Self::FourByte(n) => w.array(n.to_be_bytes()),
            Self::Varint(n) => w.varint(n),
            Self::Binary(bytes) => w.binary(bytes),
            Self::Pair(name, value) => {
                w.binary(name);
                w.binary(value);
            }
        }
    }

    /// Length in bytes, without the identifier. Nothing overflows: the lengths are those of texts
    /// and of data that the caller has compared with 65,535.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::TwoByte(_) => 2,
            Self::FourByte(_) => 4,
            Self::Varint(n) => varint::len(*n),
            Self::Binary(bytes) => bytes.len().wrapping_add(2),
            Self::Pair(name, value) => name.len().wrapping_add(value.len()).wrapping_add(4),
        }
    }
}

/// Reads bytes that [`check_wire`] has checked.
impl<'a> Item<'a> for Property<'a> {
    fn read(r: &mut Reader<'a>) -> Option<Self> {
        let text = |r: &mut Reader<'a>| Text::from_checked(r.binary());
        let flag = |r: &mut Reader<'a>| r.u8() != 0;
        Some(match r.u8() {
            1 => Self::PayloadFormatIndicator(flag(r)),
            2 => Self::MessageExpiryInterval(r.u32()),
            3 => Self::ContentType(text(r)),
            8 => Self::ResponseTopic(TopicName::from_checked(r.binary())),
            9 => Self::CorrelationData(r.binary()),
            11 => Self::SubscriptionIdentifier(SubscriptionId::new(r.varint())?),
            17 => Self::SessionExpiryInterval(r.u32()),
            18 => Self::AssignedClientIdentifier(text(r)),
            19 => Self::ServerKeepAlive(r.u16()),
            21 => Self::AuthenticationMethod(text(r)),
            22 => Self::AuthenticationData(r.binary()),
            23 => Self::RequestProblemInformation(flag(r)),
            24 => Self::WillDelayInterval(r.u32()),
            25 => Self::RequestResponseInformation(flag(r)),
            26 => Self::ResponseInformation(text(r)),
            28 => Self::ServerReference(text(r)),
            31 => Self::ReasonString(text(r)),
            33 => Self::ReceiveMaximum(NonZeroU16::new(r.u16())?),
            34 => Self::TopicAliasMaximum(r.u16()),
            35 => Self::TopicAlias(NonZeroU16::new(r.u16())?),
            36 => Self::MaximumQos(if flag(r) { QoS::AtLeastOnce } else { QoS::AtMostOnce }),
            37 => Self::RetainAvailable(flag(r)),
            38 => Self::UserProperty(text(r), text(r)),
            39 => Self::MaximumPacketSize(NonZeroU32::new(r.u32())?),
            40 => Self::WildcardSubscriptionAvailable(flag(r)),
            41 => Self::SubscriptionIdentifiersAvailable(flag(r)),
            42 => Self::SharedSubscriptionAvailable(flag(r)),
            _ => return None,
        })
    }
}

impl fmt::Debug for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, value) = (self.identifier(), self.value());
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
