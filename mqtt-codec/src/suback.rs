//! SUBACK and UNSUBACK.

use crate::codec::{Context, Lengths, Version};
use crate::error::ErrorKind;
use crate::list::{List, Repr};
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::reader::Reader;
use crate::reason_code::{ReasonCode, ReasonCodes};
use crate::writer::Writer;

/// SUBACK: the server's answer to SUBSCRIBE.
///
/// ```text
/// +-------+--------+ +-----------+------------+ +-------------+----
/// | 9 | 0 | length | | packet id | properties | | reason code | ...
/// +-------+--------+ +-----------+------------+ +-------------+----
///                                 5.0 only
/// ```
///
/// MQTT 3.1.1 section 3.9, MQTT 5.0 section 3.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suback<'a> {
    /// The packet identifier of the SUBSCRIBE.
    pub id: PacketId,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// One for each subscription, in their order. In 3.1.1 every error goes out as 0x80.
    pub reason_codes: ReasonCodes<'a>,
}

/// UNSUBACK: the server's answer to UNSUBSCRIBE.
///
/// ```text
/// +--------+--------+ +-----------+ +------------+-------------+----
/// | 11 | 0 | length | | packet id | | properties | reason code | ...   5.0 only
/// +--------+--------+ +-----------+ +------------+-------------+----
/// ```
///
/// MQTT 3.1.1 section 3.11, MQTT 5.0 section 3.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsuback<'a> {
    /// The packet identifier of the UNSUBSCRIBE.
    pub id: PacketId,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// One for each topic filter, in their order. 3.1.1 has none, and cannot say an error.
    pub reason_codes: ReasonCodes<'a>,
}

impl<'a> Suback<'a> {
    /// A SUBACK without properties.
    pub const fn new(id: PacketId, reason_codes: ReasonCodes<'a>) -> Self {
        Self { id, properties: List::EMPTY, reason_codes }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let id = PacketId::read(r);
        let properties = match context.version {
            Version::V3 => List::EMPTY,
            Version::V5 => Properties::read(r, Place::SUBACK, context.strictness),
        };
        let reason_codes = read_codes(r, context.version, Place::SUBACK);
        Self { id, properties, reason_codes }
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        if self.reason_codes.is_empty() {
            return Err(ErrorKind::EmptyAcknowledgement);
        }
        if let Err(e) = check_codes(&self.reason_codes, version, Place::SUBACK) {
            return Err(e);
        }
        Lengths::of(self.properties.measure(version, Place::SUBACK))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.u16(self.id.get());
        self.properties.write(w, version, lengths.properties as u32);
        write_codes(&self.reason_codes, w, version);
    }
}

impl<'a> Unsuback<'a> {
    /// An UNSUBACK without properties.
    pub const fn new(id: PacketId, reason_codes: ReasonCodes<'a>) -> Self {
        Self { id, properties: List::EMPTY, reason_codes }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let id = PacketId::read(r);
        let (mut properties, mut reason_codes) = (List::EMPTY, List::EMPTY);
        if context.version == Version::V5 {
            properties = Properties::read(r, Place::UNSUBACK, context.strictness);
            reason_codes = read_codes(r, context.version, Place::UNSUBACK);
        }
        r.finish();
        Self { id, properties, reason_codes }
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        if self.reason_codes.is_empty() && matches!(version, Version::V5) {
            return Err(ErrorKind::EmptyAcknowledgement);
        }
        if let Err(e) = check_codes(&self.reason_codes, version, Place::UNSUBACK) {
            return Err(e);
        }
        Lengths::of(self.properties.measure(version, Place::UNSUBACK))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.u16(self.id.get());
        if let Version::V5 = version {
            self.properties.write(w, version, lengths.properties as u32);
            write_codes(&self.reason_codes, w, version);
        }
    }
}

fn read_codes<'a>(r: &mut Reader<'a>, version: Version, place: Place) -> ReasonCodes<'a> {
    let bytes = r.rest();
    if bytes.is_empty() {
        r.start_field();
        r.fail(ErrorKind::EmptyAcknowledgement);
    }
    while !r.is_empty() {
        match version {
            Version::V3 if matches!(r.u8(), 0 | 1 | 2 | 0x80) => {}
            Version::V3 => r.fail(ErrorKind::ReasonCode), // 3.1.1 [MQTT-3.9.3-2]
            Version::V5 => _ = ReasonCode::read(r, place), // [MQTT-3.9.3-2] [MQTT-3.11.3-2]
        }
    }
    List::wire(bytes)
}

/// May every code be sent in `place`?
const fn check_codes(
    codes: &ReasonCodes<'_>,
    version: Version,
    place: Place,
) -> Result<(), ErrorKind> {
    let mut rest = *codes;
    while let Some((code, behind)) = split_first(rest) {
        if let Err(e) = code.check(version, place) {
            return Err(e);
        }
        rest = behind;
    }
    Ok(())
}

const fn write_codes<const COUNT: bool>(
    codes: &ReasonCodes<'_>,
    w: &mut Writer<'_, COUNT>,
    version: Version,
) {
    let mut rest = *codes;
    while let Some((code, behind)) = split_first(rest) {
        w.u8(match version {
            Version::V3 => code.to_suback_return_code(),
            Version::V5 => code.get(),
        });
        rest = behind;
    }
}

const fn split_first(codes: ReasonCodes<'_>) -> Option<(ReasonCode, ReasonCodes<'_>)> {
    match codes.0 {
        Repr::Wire([first, rest @ ..]) => {
            Some((ReasonCode::from_checked(*first), List::wire(rest)))
        }
        Repr::Values([first, rest @ ..]) => Some((*first, List::new(rest))),
        _ => None,
    }
}
