//! Reason Codes: what became of a request, or why a connection ends. MQTT 5.0 section 2.4.

use core::fmt;

use crate::codec::Version;
use crate::error::ErrorKind;
use crate::list::{Item, List};
use crate::place::Place;
use crate::properties::Properties;
use crate::reader::Reader;
use crate::writer::Writer;

/// A Reason Code. Below 0x80 it is good news, from 0x80 on it is an error.
///
/// MQTT 3.1.1 has return codes in CONNACK and SUBACK; they are mapped to reason codes on the way in
/// and back on the way out, so that one program serves both versions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonCode(u8);

/// The reason codes of a SUBACK or UNSUBACK, one for each topic filter, in their order.
pub type ReasonCodes<'a> = List<'a, ReasonCode>;

impl ReasonCode {
    /// 0x00, Success.
    pub const SUCCESS: Self = Self(0x00);
    /// 0x00 in a DISCONNECT.
    pub const NORMAL_DISCONNECTION: Self = Self(0x00);
    /// 0x00 in a SUBACK.
    pub const GRANTED_QOS_0: Self = Self(0x00);
    /// 0x01, Granted QoS 1.
    pub const GRANTED_QOS_1: Self = Self(0x01);
    /// 0x02, Granted QoS 2.
    pub const GRANTED_QOS_2: Self = Self(0x02);
    /// 0x04, Disconnect with Will Message.
    pub const DISCONNECT_WITH_WILL_MESSAGE: Self = Self(0x04);
    /// 0x10, No matching subscribers.
    pub const NO_MATCHING_SUBSCRIBERS: Self = Self(0x10);
    /// 0x11, No subscription existed.
    pub const NO_SUBSCRIPTION_EXISTED: Self = Self(0x11);
    /// 0x18, Continue authentication.
    pub const CONTINUE_AUTHENTICATION: Self = Self(0x18);
    /// 0x19, Re-authenticate.
    pub const RE_AUTHENTICATE: Self = Self(0x19);
    /// 0x80, Unspecified error.
    pub const UNSPECIFIED_ERROR: Self = Self(0x80);
    /// 0x81, Malformed Packet.
    pub const MALFORMED_PACKET: Self = Self(0x81);
    /// 0x82, Protocol Error.
    pub const PROTOCOL_ERROR: Self = Self(0x82);
    /// 0x83, Implementation specific error.
    pub const IMPLEMENTATION_SPECIFIC_ERROR: Self = Self(0x83);
    /// 0x84, Unsupported Protocol Version.
    pub const UNSUPPORTED_PROTOCOL_VERSION: Self = Self(0x84);
    /// 0x85, Client Identifier not valid.
    pub const CLIENT_IDENTIFIER_NOT_VALID: Self = Self(0x85);
    /// 0x86, Bad User Name or Password.
    pub const BAD_USER_NAME_OR_PASSWORD: Self = Self(0x86);
    /// 0x87, Not authorized.
    pub const NOT_AUTHORIZED: Self = Self(0x87);
    /// 0x88, Server unavailable.
    pub const SERVER_UNAVAILABLE: Self = Self(0x88);
    /// 0x89, Server busy.
    pub const SERVER_BUSY: Self = Self(0x89);
    /// 0x8A, Banned.
    pub const BANNED: Self = Self(0x8A);
    /// 0x8B, Server shutting down.
    pub const SERVER_SHUTTING_DOWN: Self = Self(0x8B);
    /// 0x8C, Bad authentication method.
    pub const BAD_AUTHENTICATION_METHOD: Self = Self(0x8C);
    /// 0x8D, Keep Alive timeout.
    pub const KEEP_ALIVE_TIMEOUT: Self = Self(0x8D);
    /// 0x8E, Session taken over.
    pub const SESSION_TAKEN_OVER: Self = Self(0x8E);
    /// 0x8F, Topic Filter invalid.
    pub const TOPIC_FILTER_INVALID: Self = Self(0x8F);
    /// 0x90, Topic Name invalid.
    pub const TOPIC_NAME_INVALID: Self = Self(0x90);
    /// 0x91, Packet Identifier in use.
    pub const PACKET_IDENTIFIER_IN_USE: Self = Self(0x91);
    /// 0x92, Packet Identifier not found.
    pub const PACKET_IDENTIFIER_NOT_FOUND: Self = Self(0x92);
    /// 0x93, Receive Maximum exceeded.
    pub const RECEIVE_MAXIMUM_EXCEEDED: Self = Self(0x93);
    /// 0x94, Topic Alias invalid.
    pub const TOPIC_ALIAS_INVALID: Self = Self(0x94);
    /// 0x95, Packet too large.
    pub const PACKET_TOO_LARGE: Self = Self(0x95);
    /// 0x96, Message rate too high.
    pub const MESSAGE_RATE_TOO_HIGH: Self = Self(0x96);
    /// 0x97, Quota exceeded.
    pub const QUOTA_EXCEEDED: Self = Self(0x97);
    /// 0x98, Administrative action.
    pub const ADMINISTRATIVE_ACTION: Self = Self(0x98);
    /// 0x99, Payload format invalid.
    pub const PAYLOAD_FORMAT_INVALID: Self = Self(0x99);
    /// 0x9A, Retain not supported.
    pub const RETAIN_NOT_SUPPORTED: Self = Self(0x9A);
    /// 0x9B, QoS not supported.
    pub const QOS_NOT_SUPPORTED: Self = Self(0x9B);
    /// 0x9C, Use another server.
    pub const USE_ANOTHER_SERVER: Self = Self(0x9C);
    /// 0x9D, Server moved.
    pub const SERVER_MOVED: Self = Self(0x9D);
    /// 0x9E, Shared Subscriptions not supported.
    pub const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0x9E);
    /// 0x9F, Connection rate exceeded.
    pub const CONNECTION_RATE_EXCEEDED: Self = Self(0x9F);
    /// 0xA0, Maximum connect time.
    pub const MAXIMUM_CONNECT_TIME: Self = Self(0xA0);
    /// 0xA1, Subscription Identifiers not supported.
    pub const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: Self = Self(0xA1);
    /// 0xA2, Wildcard Subscriptions not supported.
    pub const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0xA2);

    /// The reason code with this number, if the standard has one.
    pub const fn new(value: u8) -> Option<Self> {
        if places(value).is_nowhere() { None } else { Some(Self(value)) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// True from 0x80 on.
    pub const fn is_error(self) -> bool {
        self.0 >= 0x80
    }

    /// The name that the standard gives it (0x00 is "Success" everywhere).
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x00 => "Success",
            0x01 => "Granted QoS 1",
            0x02 => "Granted QoS 2",
            0x04 => "Disconnect with Will Message",
            0x10 => "No matching subscribers",
            0x11 => "No subscription existed",
            0x18 => "Continue authentication",
            0x19 => "Re-authenticate",
            0x80 => "Unspecified error",
            0x81 => "Malformed Packet",
            0x82 => "Protocol Error",
            0x83 => "Implementation specific error",
            0x84 => "Unsupported Protocol Version",
            0x85 => "Client Identifier not valid",
            0x86 => "Bad User Name or Password",
            0x87 => "Not authorized",
            0x88 => "Server unavailable",
            0x89 => "Server busy",
            0x8A => "Banned",
            0x8B => "Server shutting down",
            0x8C => "Bad authentication method",
            0x8D => "Keep Alive timeout",
            0x8E => "Session taken over",
            0x8F => "Topic Filter invalid",
            0x90 => "Topic Name invalid",
            0x91 => "Packet Identifier in use",
            0x92 => "Packet Identifier not found",
            0x93 => "Receive Maximum exceeded",
            0x94 => "Topic Alias invalid",
            0x95 => "Packet too large",
            0x96 => "Message rate too high",
            0x97 => "Quota exceeded",
            0x98 => "Administrative action",
            0x99 => "Payload format invalid",
            0x9A => "Retain not supported",
            0x9B => "QoS not supported",
            0x9C => "Use another server",
            0x9D => "Server moved",
            0x9E => "Shared Subscriptions not supported",
            0x9F => "Connection rate exceeded",
            0xA0 => "Maximum connect time",
            0xA1 => "Subscription Identifiers not supported",
            0xA2 => "Wildcard Subscriptions not supported",
            _ => "", // never: the number was checked when the value was made
        }
    }

    /// What a 3.1.1 CONNACK says for it, 0 to 5; `None` if 3.1.1 has no word for it: such a
    /// connection is closed without a CONNACK. [MQTT-3.2.2-6]
    pub const fn to_connect_return_code(self) -> Option<u8> {
        let mut rest = CONNECT_RETURN_CODES;
        while let Some((code, before)) = rest.split_last() {
            if code.0 == self.0 {
                return Some(before.len() as u8);
            }
            rest = before;
        }
        None
    }

    /// The meaning of a 3.1.1 CONNACK's return code; `None` from 6 on. MQTT 3.1.1 section 3.2.2.3
    pub const fn from_connect_return_code(code: u8) -> Option<Self> {
        match CONNECT_RETURN_CODES.split_at_checked(code as usize) {
            Some((_, [reason_code, ..])) => Some(*reason_code),
            _ => None,
        }
    }

    /// What a 3.1.1 SUBACK says for it: the granted QoS, or 0x80 for every error.
    pub const fn to_suback_return_code(self) -> u8 {
        if self.is_error() { 0x80 } else { self.0 }
    }

    /// A number that stands in a checked packet.
    pub(crate) const fn from_checked(value: u8) -> Self {
        Self(value)
    }

    /// Where it may stand.
    pub(crate) const fn places(self) -> Place {
        places(self.0)
    }

    /// May it be sent in `place`? In 3.1.1 an error has room in a SUBACK only, and the others say
    /// success by being there.
    pub(crate) const fn check(self, version: Version, place: Place) -> Result<(), ErrorKind> {
        match version {
            Version::V5 if places(self.0).meets(place) => Ok(()),
            Version::V5 => Err(ErrorKind::ReasonCode),
            Version::V3 if place.meets(Place::SUBACK) => match self.0 {
                0..=2 | 0x80.. => Ok(()),
                _ => Err(ErrorKind::ReasonCode),
            },
            Version::V3 if self.is_error() => Err(ErrorKind::NotInVersion),
            Version::V3 => Ok(()),
        }
    }

    /// Reason code and properties, in the shortest form that says both.
    pub(crate) const fn write_with<const COUNT: bool>(
        self,
        properties: &Properties<'_>,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        len: u32,
    ) {
        if matches!(version, Version::V3) || self.0 == 0 && properties.is_empty() {
            return;
        }
        w.u8(self.0);
        if !properties.is_empty() {
            properties.write(w, version, len);
        }
    }

    pub(crate) const fn read(r: &mut Reader<'_>, place: Place) -> Self {
        let value = r.u8();
        if places(value).meets(place) { Self(value) } else { Self::wrong(r) }
    }

    /// Instead of a code that is not one here.
    pub(crate) const fn wrong(r: &mut Reader<'_>) -> Self {
        r.fail(ErrorKind::ReasonCode);
        Self::SUCCESS
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X} {}", self.0, self.name())
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Item<'_> for ReasonCode {
    fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self(r.u8()))
    }
}

/// What 0 to 5 mean in a CONNACK of 3.1.1.
const CONNECT_RETURN_CODES: &[ReasonCode] = &[
    ReasonCode::SUCCESS,
    ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
    ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
    ReasonCode::SERVER_UNAVAILABLE,
    ReasonCode::BAD_USER_NAME_OR_PASSWORD,
    ReasonCode::NOT_AUTHORIZED,
];

/// Where a reason code may stand; nowhere if it does not exist.
const fn places(value: u8) -> Place {
    let (table, index): (&[Place], u8) =
        if value < 0x80 { (GOOD, value) } else { (BAD, value & 0x7F) };
    match table.split_at_checked(index as usize) {
        Some((_, [places, ..])) => *places,
        _ => Place::NOWHERE,
    }
}

/// From 0x00 on. Tables 3-4 and 3-5 say that only a server sends 0x10; a client's is harmless and
/// taken, as others do.
const GOOD: &[Place] = &[
    Place::CONNACK
        .or(Place::PUBACK.or(Place::PUBREL
            .or(Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT.or(Place::AUTH_S)))))), // 0x00 Success
    Place::SUBACK, // 0x01 Granted QoS 1
    Place::SUBACK, // 0x02 Granted QoS 2
    Place::NOWHERE,
    Place::DISCONNECT_C, // 0x04 Disconnect with Will Message
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::PUBACK,   // 0x10 No matching subscribers
    Place::UNSUBACK, // 0x11 No subscription existed
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::NOWHERE,
    Place::AUTH,   // 0x18 Continue authentication
    Place::AUTH_C, // 0x19 Re-authenticate
];

/// From 0x80 on.
const BAD: &[Place] = &[
    Place::CONNACK.or(Place::PUBACK.or(Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT)))), // 0x80 Unspecified error
    Place::CONNACK.or(Place::DISCONNECT), // 0x81 Malformed Packet
    Place::CONNACK.or(Place::DISCONNECT), // 0x82 Protocol Error
    Place::CONNACK.or(Place::PUBACK.or(Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT)))), // 0x83 Implementation specific error
    Place::CONNACK, // 0x84 Unsupported Protocol Version
    Place::CONNACK, // 0x85 Client Identifier not valid
    Place::CONNACK, // 0x86 Bad User Name or Password
    Place::CONNACK.or(Place::PUBACK.or(Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT_S)))), // 0x87 Not authorized
    Place::CONNACK,                         // 0x88 Server unavailable
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x89 Server busy
    Place::CONNACK,                         // 0x8A Banned
    Place::DISCONNECT_S,                    // 0x8B Server shutting down
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x8C Bad authentication method
    Place::DISCONNECT_S,                    // 0x8D Keep Alive timeout
    Place::DISCONNECT_S,                    // 0x8E Session taken over
    Place::SUBACK.or(Place::UNSUBACK.or(Place::DISCONNECT_S)), // 0x8F Topic Filter invalid
    Place::CONNACK.or(Place::PUBACK.or(Place::DISCONNECT)), // 0x90 Topic Name invalid
    Place::PUBACK.or(Place::SUBACK.or(Place::UNSUBACK)), // 0x91 Packet Identifier in use
    Place::PUBREL,                          // 0x92 Packet Identifier not found
    Place::DISCONNECT,                      // 0x93 Receive Maximum exceeded
    Place::DISCONNECT,                      // 0x94 Topic Alias invalid
    Place::CONNACK.or(Place::DISCONNECT),   // 0x95 Packet too large
    Place::DISCONNECT,                      // 0x96 Message rate too high
    Place::CONNACK.or(Place::PUBACK.or(Place::SUBACK.or(Place::DISCONNECT))), // 0x97 Quota exceeded
    Place::DISCONNECT,                      // 0x98 Administrative action
    Place::CONNACK.or(Place::PUBACK.or(Place::DISCONNECT)), // 0x99 Payload format invalid
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x9A Retain not supported
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x9B QoS not supported
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x9C Use another server
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x9D Server moved
    Place::SUBACK.or(Place::DISCONNECT_S),  // 0x9E Shared Subscriptions not supported
    Place::CONNACK.or(Place::DISCONNECT_S), // 0x9F Connection rate exceeded
    Place::DISCONNECT_S,                    // 0xA0 Maximum connect time
    Place::SUBACK.or(Place::DISCONNECT_S),  // 0xA1 Subscription Identifiers not supported
    Place::SUBACK.or(Place::DISCONNECT_S),  // 0xA2 Wildcard Subscriptions not supported
];
