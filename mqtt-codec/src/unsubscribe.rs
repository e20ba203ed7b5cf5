//! UNSUBSCRIBE.

use crate::codec::{Context, Lengths, Strictness, Version};
use crate::error::ErrorKind;
use crate::grammar::BY_WORDS;
use crate::list::{Item, List, Repr};
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::reader::Reader;
use crate::topic::TopicFilter;
use crate::writer::Writer;

/// UNSUBSCRIBE: the client wants messages no longer.
///
/// ```text
/// +--------+--------+ +-----------+------------+ +--------------+----
/// | 10 | 2 | length | | packet id | properties | | topic filter | ...
/// +--------+--------+ +-----------+------------+ +--------------+----
///                                  5.0 only
/// ```
///
/// MQTT 3.1.1 section 3.10, MQTT 5.0 section 3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Which the UNSUBACK repeats.
    pub id: PacketId,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// At least one, each byte for byte as it was subscribed to.
    pub filters: TopicFilters<'a>,
}

/// The topic filters of an UNSUBSCRIBE, in their order.
pub type TopicFilters<'a> = List<'a, TopicFilter<'a>>;

impl<'a> Item<'a> for TopicFilter<'a> {
    fn read(r: &mut Reader<'a>) -> Option<Self> {
        r.binary().ok().map(Self::from_checked)
    }
}

impl<'a> Unsubscribe<'a> {
    /// An UNSUBSCRIBE without properties.
    pub const fn new(id: PacketId, filters: TopicFilters<'a>) -> Self {
        Self { id, properties: List::EMPTY, filters }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Result<Self, ErrorKind> {
        let id = PacketId::read(r)?;
        let properties = match context.version {
            Version::V3 => List::EMPTY,
            Version::V5 => Properties::read(r, Place::UNSUBSCRIBE, context.strictness)?,
        };
        let list = r.rest();
        check_wire(r, context.version, context.strictness)?;
        Ok(Self { id, properties, filters: List::wire(list) })
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        let checked = match self.filters.0 {
            Repr::Wire(bytes) => check_wire(&mut Reader::new(bytes), version, Strictness::STANDARD),
            Repr::Values(values) => check_values(values, version),
        };
        match checked {
            Ok(()) => Lengths::of(self.properties.measure(version, Place::UNSUBSCRIBE)),
            Err(e) => Err(e),
        }
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
        match self.filters.0 {
            Repr::Wire(bytes) => w.bytes(bytes),
            Repr::Values(mut values) => {
                while let Some((filter, rest)) = values.split_first() {
                    w.binary(filter.as_bytes());
                    values = rest;
                }
            }
        }
    }
}

#[cfg_attr(target_pointer_width = "64", inline(never))]
const fn check_wire(
    reader: &mut Reader<'_>,
    version: Version,
    strictness: Strictness,
) -> Result<(), ErrorKind> {
    if !BY_WORDS {
        return check_each(reader, version, strictness);
    }
    let mut r = *reader; // a copy of its own stays in registers
    let result = check_each(&mut r, version, strictness);
    *reader = r;
    result
}

#[inline(always)]
const fn check_each(
    r: &mut Reader<'_>,
    version: Version,
    strictness: Strictness,
) -> Result<(), ErrorKind> {
    if r.is_empty() {
        r.start_field();
        return Err(ErrorKind::EmptyUnsubscribe); // [MQTT-3.10.3-2]
    }
    while !r.is_empty() {
        if let Err(e) = TopicFilter::read(r, version, strictness) {
            return Err(e);
        }
    }
    Ok(())
}

const fn check_values(mut values: &[TopicFilter<'_>], version: Version) -> Result<(), ErrorKind> {
    if values.is_empty() {
        return Err(ErrorKind::EmptyUnsubscribe);
    }
    while let Some((filter, rest)) = values.split_first() {
        if let Err(e) = filter.check_shared(version) {
            return Err(e);
        }
        values = rest;
    }
    Ok(())
}
