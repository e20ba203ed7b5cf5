//! CONNECT.

use core::fmt;

use crate::codec::{Lengths, Strictness, Version};
use crate::error::ErrorKind;
use crate::list::List;
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::QoS;
use crate::reader::Reader;
use crate::text::Text;
use crate::topic::TopicName;
use crate::writer::Writer;

/// CONNECT: the first packet, from the client.
///
/// ```text
/// +-------+--------+ +-------------+---------+-------+------------+------------+
/// | 1 | 0 | length | | 0 4 M Q T T | version | flags | keep alive | properties |
/// +-------+--------+ +-------------+---------+-------+------------+------------+
///   +-----------+ +-----------------+------------+--------------+ +-----------+ +----------+
///   | client id | | will properties | will topic | will payload | | user name | | password |
///   +-----------+ +-----------------+------------+--------------+ +-----------+ +----------+
/// flags: user name, password, Will Retain, Will QoS (2), Will Flag, Clean Start, 0
/// ```
///
/// Both properties are 5.0 only. MQTT 3.1.1 section 3.1, MQTT 5.0 section 3.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version that the client speaks.
    pub version: Version,
    /// True: start a new session (3.1.1 calls it Clean Session, and also ends it with the
    /// connection). False: go on with the session that the server kept, if it did.
    pub clean_start: bool,
    /// Seconds within which the client sends something; 0 turns it off.
    pub keep_alive: u16,
    /// Names the session. Empty: the server chooses (in 3.1.1 only with `clean_start`).
    pub client_id: Text<'a>,
    /// The message that the server publishes when the connection ends without DISCONNECT.
    pub will: Option<Will<'a>>,
    /// Who connects.
    pub user_name: Option<Text<'a>>,
    /// At most 65,535 bytes, in 3.1.1 only with a user name. Never printed.
    pub password: Option<&'a [u8]>,
    /// 5.0 only.
    pub properties: Properties<'a>,
}

/// A Will Message. MQTT 5.0 section 3.1.2.5
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// Where it is published.
    pub topic: TopicName<'a>,
    /// What is published, at most 65,535 bytes.
    pub payload: &'a [u8],
    /// At which Quality of Service.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// 5.0 only.
    pub properties: Properties<'a>,
}

const PASSWORD: u8 = 1 << 6;
const USER_NAME: u8 = 1 << 7;
const WILL_RETAIN: u8 = 1 << 5;
const WILL_QOS: u8 = 0b11 << 3;
const WILL: u8 = 1 << 2;
const CLEAN_START: u8 = 1 << 1;
const RESERVED: u8 = 1;

impl<'a> Will<'a> {
    /// A will of QoS 0, not retained, without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self { topic, payload, qos: QoS::AtMostOnce, retain: false, properties: List::EMPTY }
    }
}

impl<'a> Connect<'a> {
    /// A new session, keep alive of 60 seconds, nothing else.
    pub const fn new(version: Version, client_id: Text<'a>) -> Self {
        Self {
            version,
            clean_start: true,
            keep_alive: 60,
            client_id,
            will: None,
            user_name: None,
            password: None,
            properties: List::EMPTY,
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn read_body(
        r: &mut Reader<'a>,
        accepted: Option<Version>,
        strictness: Strictness,
    ) -> Self {
        if r.binary() != b"MQTT" {
            r.fail(ErrorKind::ProtocolName); // [MQTT-3.1.2-1]
        }
        let version = match (accepted, r.u8()) {
            (Some(version), level) if level == version as u8 => version,
            (None, 4) => Version::V3,
            (None, 5) => Version::V5,
            _ => {
                r.fail(ErrorKind::ProtocolVersion); // [MQTT-3.1.2-2]
                Version::V3
            }
        };
        let flags = r.u8();
        let qos = read_qos(r, flags, version);
        let keep_alive = r.u16();
        let properties = read_properties(r, version, Place::CONNECT, strictness);

        let client_id = Text::read(r, strictness);
        if client_id.is_empty() && version == Version::V3 && flags & CLEAN_START == 0 {
            r.fail(ErrorKind::ClientIdEmpty); // 3.1.1 [MQTT-3.1.3-8]
        }
        let will = if flags & WILL == 0 {
            None
        } else {
            let properties = read_properties(r, version, Place::WILL, strictness);
            let topic = TopicName::read(r, strictness);
            if topic.is_empty() {
                r.fail(ErrorKind::TopicNameEmpty); // [MQTT-4.7.3-1]
            }
            let payload = r.binary();
            Some(Will { topic, payload, qos, retain: flags & WILL_RETAIN != 0, properties })
        };
        let user_name = if flags & USER_NAME == 0 { None } else { Some(Text::read(r, strictness)) };
        let password = if flags & PASSWORD == 0 { None } else { Some(r.binary()) };
        r.finish();
        Self {
            version,
            clean_start: flags & CLEAN_START != 0,
            keep_alive,
            client_id,
            will,
            user_name,
            password,
            properties,
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        if let Version::V3 = version {
            if self.password.is_some() && self.user_name.is_none() {
                return Err(ErrorKind::PasswordWithoutUserName); // 3.1.1 [MQTT-3.1.2-22]
            }
            if self.client_id.is_empty() && !self.clean_start {
                return Err(ErrorKind::ClientIdEmpty); // 3.1.1 [MQTT-3.1.3-7]
            }
        }
        if let Some(password) = self.password {
            if password.len() > u16::MAX as usize {
                return Err(ErrorKind::DataTooLong);
            }
        }
        let mut lengths = match Lengths::of(self.properties.measure(version, Place::CONNECT)) {
            Ok(lengths) => lengths,
            Err(e) => return Err(e),
        };
        if let Some(will) = &self.will {
            if will.payload.len() > u16::MAX as usize {
                return Err(ErrorKind::DataTooLong);
            }
            if will.topic.is_empty() {
                return Err(ErrorKind::TopicNameEmpty);
            }
            match will.properties.measure(version, Place::WILL) {
                Ok(len) => lengths.will_properties = len as usize,
                Err(e) => return Err(e),
            }
        }
        Ok(lengths)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.binary(b"MQTT");
        w.u8(version as u8);
        w.u8(self.flags());
        w.u16(self.keep_alive);
        self.properties.write(w, version, lengths.properties as u32);
        w.binary(self.client_id.as_bytes());
        if let Some(will) = &self.will {
            will.properties.write(w, version, lengths.will_properties as u32);
            w.binary(will.topic.as_bytes());
            w.binary(will.payload);
        }
        if let Some(user_name) = self.user_name {
            w.binary(user_name.as_bytes());
        }
        if let Some(password) = self.password {
            w.binary(password);
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean_start {
            flags |= CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= WILL | (will.qos as u8) << 3;
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        flags
    }
}

/// The Will QoS of the connect flags, whose rules are checked.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn read_qos(r: &mut Reader<'_>, flags: u8, version: Version) -> QoS {
    match check_flags(flags, version) {
        Ok(qos) => qos,
        Err(e) => {
            r.fail(e);
            QoS::AtMostOnce
        }
    }
}

/// The rules within the connect flags; the Will QoS.
fn check_flags(flags: u8, version: Version) -> Result<QoS, ErrorKind> {
    if flags & RESERVED != 0 {
        return Err(ErrorKind::ConnectReservedFlag); // [MQTT-3.1.2-3]
    }
    if flags & WILL == 0 {
        match flags & (WILL_QOS | WILL_RETAIN) {
            0 => {}
            WILL_RETAIN => return Err(ErrorKind::WillRetainWithoutWill), // [MQTT-3.1.2-13]
            _ => return Err(ErrorKind::WillQosWithoutWill),              // [MQTT-3.1.2-11]
        }
    }
    if version == Version::V3 && flags & (USER_NAME | PASSWORD) == PASSWORD {
        return Err(ErrorKind::PasswordWithoutUserName); // 3.1.1 [MQTT-3.1.2-22]
    }
    QoS::new((flags & WILL_QOS) >> 3).ok_or(ErrorKind::WillQos3) // [MQTT-3.1.2-12]
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
fn read_properties<'a>(
    r: &mut Reader<'a>,
    version: Version,
    place: Place,
    strictness: Strictness,
) -> Properties<'a> {
    match version {
        Version::V3 => List::EMPTY,
        Version::V5 => Properties::read(r, place, strictness),
    }
}

/// Never the password.
impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("clean_start", &self.clean_start)
            .field("keep_alive", &self.keep_alive)
            .field("client_id", &self.client_id)
            .field("will", &self.will)
            .field("user_name", &self.user_name)
            .field("password", &self.password.map(|_| format_args!("..")))
            .field("properties", &self.properties)
            .finish()
    }
}
