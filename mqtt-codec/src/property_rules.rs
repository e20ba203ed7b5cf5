//! The rules for properties: where each may stand, how often, and with what value.

use crate::codec::Strictness;
use crate::error::ErrorKind;
use crate::place::Place;
use crate::property::{Property, Value};
use crate::reader::Reader;
use crate::text::Text;
use crate::topic::TopicName;
use crate::varint;

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
pub(crate) const TOPIC_ALIAS: u8 = 35;
const USER_PROPERTY: u8 = 38;

/// Which properties have stood already, and whether the next may follow.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    place: Place,
    bits: u64,
}

impl Seen {
    const fn new(place: Place) -> Self {
        Self { place, bits: 0 }
    }

    pub(crate) const fn has(&self, id: u8) -> bool {
        self.bits & 1 << id != 0
    }

    /// Place and repetition of one more property; the kind of its value.
    #[cfg_attr(target_pointer_width = "64", inline)]
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

/// Every rule for the properties of a packet, as they came. An error tells how far before their end
/// it lies.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn check_wire(
    properties: &[u8],
    place: Place,
    strictness: Strictness,
) -> Result<Seen, (ErrorKind, usize)> {
    let mut seen = Seen::new(place);
    let mut r = Reader::new(properties);
    while !r.is_empty() {
        let mark = r.rest().len();
        let id = r.u8();
        match seen.admit(id) {
            Ok(kind) => check_value(&mut r, id, kind, strictness),
            Err(e) => r.fail(e),
        }
        if let Some(e) = r.error() {
            return Err((e, mark));
        }
    }
    match seen.finish() {
        Ok(seen) => Ok(seen),
        Err(e) => Err((e, properties.len())),
    }
}

#[cfg_attr(target_pointer_width = "64", inline)]
const fn check_value(r: &mut Reader<'_>, id: u8, kind: Kind, strictness: Strictness) {
    match kind {
        Kind::Flag => {
            if r.u8() > 1 {
                r.fail(ErrorKind::PropertyValue);
            }
        }
        Kind::TwoByte => _ = r.take(2),
        Kind::FourByte => _ = r.take(4),
        Kind::TwoByteNot0 => not_zero(r.u16() as u32, r, id),
        Kind::FourByteNot0 => not_zero(r.u32(), r, id),
        Kind::VarintNot0 => not_zero(r.varint(), r, id),
        Kind::Text => _ = Text::read(r, strictness),
        Kind::TextPair => {
            Text::read(r, strictness);
            Text::read(r, strictness); // [MQTT-1.5.7-1]
        }
        Kind::TopicName => match TopicName::from_wire(r.binary(), strictness) {
            Ok(topic) if topic.is_empty() => r.fail(ErrorKind::TopicNameEmpty),
            Ok(_) => {}
            Err(ErrorKind::TopicNameWildcard) => r.fail(ErrorKind::ResponseTopicWildcard),
            Err(e) => r.fail(e),
        },
        Kind::Binary => _ = r.binary(),
    }
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn not_zero(value: u32, r: &mut Reader<'_>, id: u8) {
    if value == 0 {
        r.fail(match id {
            SUBSCRIPTION_IDENTIFIER => ErrorKind::SubscriptionIdZero,
            RECEIVE_MAXIMUM => ErrorKind::ReceiveMaximumZero,
            TOPIC_ALIAS => ErrorKind::TopicAliasZero,
            _ => ErrorKind::MaximumPacketSizeZero,
        });
    }
}

/// Every rule that the types do not already keep, and the length in bytes.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn check_values(
    mut values: &[Property<'_>],
    place: Place,
) -> Result<u32, ErrorKind> {
    let mut seen = Seen::new(place);
    // It cannot overflow: a property is shorter than 2^18 bytes, and memory holds fewer than 2^43.
    let mut len: u64 = 0;
    while let Some((property, rest)) = values.split_first() {
        let id = property.identifier();
        if let Err(e) = seen.admit(id) {
            return Err(e);
        }
        let value_len = match property.value() {
            Value::Byte(2) => return Err(ErrorKind::PropertyValue), // Maximum QoS
            Value::Binary([]) if id == RESPONSE_TOPIC => return Err(ErrorKind::TopicNameEmpty),
            Value::Binary(data) if data.len() > u16::MAX as usize => {
                return Err(ErrorKind::DataTooLong);
            }
            value => value.len(),
        };
        len = len.wrapping_add(value_len as u64).wrapping_add(1);
        values = rest;
    }
    if len > varint::MAX as u64 {
        return Err(ErrorKind::PacketTooLarge);
    }
    match seen.finish() {
        Ok(_) => Ok(len as u32),
        Err(e) => Err(e),
    }
}
