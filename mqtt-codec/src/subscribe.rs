//! SUBSCRIBE.

use crate::codec::{Context, Lengths, Strictness, Version};
use crate::error::ErrorKind;
use crate::grammar::BY_WORDS;
use crate::list::{Item, List, Repr};
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::{PacketId, QoS};
use crate::reader::Reader;
use crate::topic::TopicFilter;
use crate::writer::Writer;

/// SUBSCRIBE: the client asks for messages.
///
/// ```text
/// +-------+--------+ +-----------+------------+ +--------------+---------+----
/// | 8 | 2 | length | | packet id | properties | | topic filter | options | ...
/// +-------+--------+ +-----------+------------+ +--------------+---------+----
///                                 5.0 only
/// options: 0 0, Retain Handling (2), Retain As Published, No Local, QoS (2); 3.1.1: QoS alone
/// ```
///
/// MQTT 3.1.1 section 3.8, MQTT 5.0 section 3.8.
///
/// ```
/// use mqtt_codec::{Codec, List, Packet, PacketId, QoS, Subscribe, Subscription, TopicFilter, Version};
///
/// let subscriptions = [
///     Subscription::new(TopicFilter::from_static("house/+/temperature"), QoS::AtLeastOnce),
///     Subscription::new(TopicFilter::from_static("alarm/#"), QoS::ExactlyOnce),
/// ];
/// let subscribe = Subscribe::new(PacketId::new(1).unwrap(), List::new(&subscriptions));
/// let codec = Codec::client(Version::V5);
/// assert_eq!(codec.encoded_len(&Packet::Subscribe(subscribe)), Ok(37));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Which the SUBACK repeats.
    pub id: PacketId,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// At least one.
    pub subscriptions: Subscriptions<'a>,
}

/// The subscriptions of a SUBSCRIBE, in their order.
pub type Subscriptions<'a> = List<'a, Subscription<'a>>;

/// A topic filter, and how its messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// What is wanted.
    pub filter: TopicFilter<'a>,
    /// How it is wanted.
    pub options: SubscriptionOptions,
}

/// Subscription Options. MQTT 5.0 section 3.8.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// The highest QoS at which messages are sent.
    pub qos: QoS,
    /// 5.0: not the messages that this client itself published. Never with a shared subscription.
    pub no_local: bool,
    /// 5.0: messages keep the RETAIN flag that they were published with.
    pub retain_as_published: bool,
    /// 5.0: whether retained messages are sent now. 3.1.1 always sends them.
    pub retain_handling: RetainHandling,
}

/// Which retained messages a new subscription gets. MQTT 5.0 section 3.8.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// All that match.
    Send = 0,
    /// All that match, if the subscription did not exist before.
    SendIfNew = 1,
    /// None.
    DoNotSend = 2,
}

const QOS: u8 = 0b11;
const NO_LOCAL: u8 = 1 << 2;
const RETAIN_AS_PUBLISHED: u8 = 1 << 3;
const RESERVED: u8 = 0b11 << 6;

impl SubscriptionOptions {
    /// At this QoS, and nothing that 3.1.1 does not have.
    pub const fn new(qos: QoS) -> Self {
        Self {
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::Send,
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn from_byte(byte: u8, version: Version) -> Result<Self, ErrorKind> {
        let reserved = match version {
            Version::V3 => !QOS,
            Version::V5 => RESERVED,
        };
        if byte & reserved != 0 {
            return Err(ErrorKind::SubscriptionReservedBits); // [MQTT-3.8.3-5]
        }
        let Some(qos) = QoS::new(byte & QOS) else {
            return Err(ErrorKind::SubscribeQos3);
        };
        let retain_handling = match byte >> 4 {
            0 => RetainHandling::Send,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => return Err(ErrorKind::RetainHandling3),
        };
        Ok(Self {
            qos,
            no_local: byte & NO_LOCAL != 0,
            retain_as_published: byte & RETAIN_AS_PUBLISHED != 0,
            retain_handling,
        })
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn to_byte(self) -> u8 {
        self.qos as u8
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }
}

impl<'a> Subscription<'a> {
    /// A subscription at this QoS, and nothing that 3.1.1 does not have.
    pub const fn new(filter: TopicFilter<'a>, qos: QoS) -> Self {
        Self { filter, options: SubscriptionOptions::new(qos) }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn check_next(r: &mut Reader<'a>, version: Version, strictness: Strictness) {
        let filter = TopicFilter::read(r, version, strictness);
        let checked = match SubscriptionOptions::from_byte(r.u8(), version) {
            Ok(options) => Self { filter, options }.check(version),
            Err(e) => Err(e),
        };
        if let Err(e) = checked {
            r.fail(e);
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn next(r: &mut Reader<'a>) -> Option<Self> {
        let filter = TopicFilter::from_checked(r.binary());
        // Where only the QoS was allowed, the other bits are 0.
        match SubscriptionOptions::from_byte(r.u8(), Version::V5) {
            Ok(options) => Some(Self { filter, options }),
            Err(_) => None,
        }
    }

    /// What the types and an earlier check do not already keep.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn check_value(&self, version: Version) -> Result<(), ErrorKind> {
        match self.filter.check_shared(version) {
            Ok(()) => self.check(version),
            Err(e) => Err(e),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn check(&self, version: Version) -> Result<(), ErrorKind> {
        let SubscriptionOptions { qos, no_local, .. } = self.options;
        if let Version::V3 = version {
            // 3.1.1 has the QoS and nothing else.
            let plain = self.options.to_byte() == qos as u8;
            return if plain { Ok(()) } else { Err(ErrorKind::NotInVersion) };
        }
        if no_local && self.filter.shared().is_some() {
            return Err(ErrorKind::NoLocalOnShared); // [MQTT-3.8.3-4]
        }
        Ok(())
    }
}

impl<'a> Item<'a> for Subscription<'a> {
    #[cfg_attr(target_pointer_width = "64", inline)]
    fn read(r: &mut Reader<'a>) -> Option<Self> {
        Self::next(r)
    }
}

impl<'a> Subscribe<'a> {
    /// A SUBSCRIBE without properties.
    pub const fn new(id: PacketId, subscriptions: Subscriptions<'a>) -> Self {
        Self { id, properties: List::EMPTY, subscriptions }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn read_body(r: &mut Reader<'a>, context: Context) -> Self {
        let id = PacketId::read(r);
        let properties = match context.version {
            Version::V3 => List::EMPTY,
            Version::V5 => Properties::read(r, Place::SUBSCRIBE, context.strictness),
        };
        let list = r.rest();
        check_wire(r, context.version, context.strictness);
        Self { id, properties, subscriptions: List::wire(list) }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn measure(&self, version: Version) -> Result<Lengths, ErrorKind> {
        match check_list(&self.subscriptions, version) {
            Ok(()) => Lengths::of(self.properties.measure(version, Place::SUBSCRIBE)),
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
        match self.subscriptions.0 {
            Repr::Wire(bytes) => w.bytes(bytes),
            Repr::Values(mut values) => {
                while let Some((subscription, rest)) = values.split_first() {
                    w.binary(subscription.filter.as_bytes());
                    w.u8(subscription.options.to_byte());
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
        r.fail(ErrorKind::EmptySubscribe); // [MQTT-3.8.3-2]
    }
    while !r.is_empty() {
        Subscription::check_next(r, version, strictness);
    }
}

/// What `version` alone forbids: a list that came is checked, but perhaps in another version.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn check_list(list: &Subscriptions<'_>, version: Version) -> Result<(), ErrorKind> {
    if list.is_empty() {
        return Err(ErrorKind::EmptySubscribe);
    }
    match list.0 {
        Repr::Wire(bytes) => {
            let mut r = Reader::new(bytes);
            while !r.is_empty() {
                if let Some(subscription) = Subscription::next(&mut r) {
                    if let Err(e) = subscription.check_value(version) {
                        return Err(e);
                    }
                }
            }
        }
        Repr::Values(mut values) => {
            while let Some((subscription, rest)) = values.split_first() {
                if let Err(e) = subscription.check_value(version) {
                    return Err(e);
                }
                values = rest;
            }
        }
    }
    Ok(())
}
