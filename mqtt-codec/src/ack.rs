//! PUBACK, PUBREC, PUBREL, PUBCOMP.

use crate::codec::{Lengths, Strictness, Version};
use crate::error::ErrorKind;
use crate::list::List;
use crate::packet::PacketType;
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::reader::Reader;
use crate::reason_code::ReasonCode;
use crate::writer::Writer;

/// PUBACK, PUBREC, PUBREL and PUBCOMP: what `kind` says about one packet identifier.
///
/// ```text
/// +------------------+--------+ +-----------+-------------+------------+
/// | 4 to 7 | flags   | length | | packet id | reason code | properties |
/// +------------------+--------+ +-----------+-------------+------------+
///                                            5.0 only: left out are the properties if there are
///                                            none, and then the reason code if it is SUCCESS
/// ```
///
/// MQTT 3.1.1 section 3.4 to 3.7, MQTT 5.0 section 3.4 to 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack<'a> {
    /// Which of the four.
    pub kind: AckKind,
    /// The packet identifier of the PUBLISH.
    pub id: PacketId,
    /// What became of it. 3.1.1 cannot say an error.
    pub reason_code: ReasonCode,
    /// 5.0 only.
    pub properties: Properties<'a>,
}

/// One of the four acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AckKind {
    /// The answer to a PUBLISH of QoS 1.
    Puback = 4,
    /// QoS 2, first: the message has arrived.
    Pubrec = 5,
    /// QoS 2, second: the identifier may be released.
    Pubrel = 6,
    /// QoS 2, third: it is released.
    Pubcomp = 7,
}

impl AckKind {
    pub(crate) const fn packet_type(self) -> PacketType {
        match self {
            Self::Puback => PacketType::Puback,
            Self::Pubrec => PacketType::Pubrec,
            Self::Pubrel => PacketType::Pubrel,
            Self::Pubcomp => PacketType::Pubcomp,
        }
    }

    const fn place(self) -> Place {
        match self {
            Self::Puback | Self::Pubrec => Place::PUBACK,
            Self::Pubrel | Self::Pubcomp => Place::PUBREL,
        }
    }
}

impl<'a> Ack<'a> {
    /// An acknowledgement of success.
    pub const fn new(kind: AckKind, id: PacketId) -> Self {
        Self { kind, id, reason_code: ReasonCode::SUCCESS, properties: List::EMPTY }
    }

    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn read_body(
        r: &mut Reader<'a>,
        kind: AckKind,
        version: Version,
        strictness: Strictness,
    ) -> Self {
        let mut ack = Self::new(kind, PacketId::read(r));
        if version == Version::V5 && !r.is_empty() {
            ack.reason_code = ReasonCode::read(r, kind.place()); // [MQTT-3.4.2-1]
            if !r.is_empty() {
                ack.properties = Properties::read(r, kind.place(), strictness);
            }
        }
        r.finish();
        ack
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        if let Err(e) = self.reason_code.check(version, self.kind.place()) {
            return Err(e);
        }
        Lengths::of(self.properties.measure(version, self.kind.place()))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write_body<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        lengths: Lengths,
    ) {
        w.u16(self.id.get());
        self.reason_code.write_with(&self.properties, w, version, lengths.properties as u32);
    }
}
