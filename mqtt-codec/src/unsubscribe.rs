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
        Some(Self::from_checked(r.binary()))
    }
}

impl<'a> Unsubscribe<'a> {
    /// An UNSUBSCRIBE without properties.
    pub const fn new(id: PacketId, filters: TopicFilters<'a>) -> Self {
        Self { id, properties: List::EMPTY, filters }
    }

    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let id = PacketId::read(r);
        let properties = match context.version {
            Version::V3 => List::EMPTY,
            Version::V5 => Properties::read(r, Place::UNSUBSCRIBE, context.strictness),
        };
        let list = r.rest();
        check_wire(r, context.version, context.strictness);
        Self { id, properties, filters: List::wire(list) }
    }

    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        match check_list(&self.filters, version) {
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
const fn check_wire(reader: &mut Reader<'_>, version: Version, strictness: Strictness) {
    if !BY_WORDS {
        return check_each(reader, version, strictness);
    }
    let mut r = *reader; // a copy of its own stays in registers
    check_each(&mut r, version, strictness);
    *reader = r;
}

#[inline(always)]
const fn check_each(r: &mut Reader<'_>, version: Version, strictness: Strictness) {
    if r.is_empty() {
        r.start_field();
        r.fail(ErrorKind::EmptyUnsubscribe); // [MQTT-3.10.3-2]
    }
    while !r.is_empty() {
        TopicFilter::read(r, version, strictness);
    }
}

/// What `version` alone forbids: a list that came is checked, but perhaps in another version.
const fn check_list(list: &TopicFilters<'_>, version: Version) -> Result<(), ErrorKind> {
    if list.is_empty() {
        return Err(ErrorKind::EmptyUnsubscribe);
    }
    match list.0 {
        Repr::Wire(bytes) => {
            let mut r = Reader::new(bytes);
            while !r.is_empty() {
                let filter = TopicFilter::from_checked(r.binary());
                if let Err(e) = filter.check_shared(version) {
                    return Err(e);
                }
            }
        }
        Repr::Values(mut values) => {
            while let Some((filter, rest)) = values.split_first() {
                if let Err(e) = filter.check_shared(version) {
                    return Err(e);
                }
                values = rest;
            }
        }
    }
    Ok(())
}
