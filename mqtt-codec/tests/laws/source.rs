//! Numbers, texts and data drawn from bytes: all zero means the simplest packet, so that a failure
//! shrinks. Used by the laws and by the fuzz target.

use core::num::{NonZeroU16, NonZeroU32};
use core::str;

use mqtt_codec::{
    PacketId, Property, QoS, ReasonCode, SubscriptionId, Text, TopicFilter, TopicName,
};

/// Bytes to draw from; 0 once they are used up.
pub(crate) struct Source<'a>(pub(crate) &'a [u8]);

/// Texts that are at an edge of something, for where the bytes are no text.
const TEXTS: [&str; 8] =
    ["", "a", "é", "\u{FEFF}", "\u{FFFF}", "\u{1}", "sixteen letters.", "A\u{2A6D4}"];
const NAMES: [&str; 6] = ["t", "/", "$SYS/x", "house/kitchen/temperature", "é", "$share/g/x"];
const FILTERS: [&str; 10] = [
    "#",
    "+",
    "a",
    "/",
    "+/+/#",
    "house/+/temperature",
    "$share/g/#",
    "$share/é//",
    "$shared/",
    "a/#",
];

impl<'a> Source<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// 0 to `n - 1`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub(crate) fn two_bytes(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    pub(crate) fn four_bytes(&mut self) -> u32 {
        u32::from(self.two_bytes()) << 16 | u32::from(self.two_bytes())
    }

    pub(crate) fn packet_id(&mut self) -> PacketId {
        PacketId::new(self.two_bytes().max(1)).unwrap()
    }

    pub(crate) fn qos(&mut self) -> QoS {
        self.one_of(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
    }

    pub(crate) fn reason(&mut self, codes: &[u8]) -> ReasonCode {
        ReasonCode::new(self.one_of(codes)).unwrap()
    }

    /// Any bytes: mostly few, sometimes more than a one-byte length can say.
    pub(crate) fn data(&mut self) -> &'a [u8] {
        let len = match self.byte() {
            len @ 0..=0xEF => usize::from(len % 24),
            more => usize::from(more & 0x0F) * 40,
        };
        let (data, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        data
    }

    pub(crate) fn text(&mut self) -> Text<'a> {
        let other = TEXTS[self.below(TEXTS.len())];
        str::from_utf8(self.data())
            .ok()
            .filter(|text| !text.is_empty())
            .and_then(|text| Text::new(text).ok())
            .unwrap_or_else(|| Text::new(other).unwrap())
    }

    pub(crate) fn name(&mut self) -> TopicName<'a> {
        let other = NAMES[self.below(NAMES.len())];
        str::from_utf8(self.data())
            .ok()
            .and_then(|text| TopicName::new(text).ok())
            .unwrap_or_else(|| TopicName::new(other).unwrap())
    }

    pub(crate) fn filter(&mut self) -> TopicFilter<'a> {
        let other = FILTERS[self.below(FILTERS.len())];
        str::from_utf8(self.data())
            .ok()
            .and_then(|text| TopicFilter::new(text).ok())
            .unwrap_or_else(|| TopicFilter::new(other).unwrap())
    }

    /// The property with this identifier.
    pub(crate) fn property(&mut self, id: u8) -> Property<'a> {
        let not_0 = |n: u16| NonZeroU16::new(n.max(1)).unwrap();
        match id {
            1 => Property::PayloadFormatIndicator(self.flag()),
            2 => Property::MessageExpiryInterval(self.four_bytes()),
            3 => Property::ContentType(self.text()),
            8 => Property::ResponseTopic(self.name()),
            9 => Property::CorrelationData(self.data()),
            11 => {
                let shift = self.below(4) * 7 + 4;
                let id = (self.four_bytes() >> shift).max(1);
                Property::SubscriptionIdentifier(SubscriptionId::new(id).unwrap())
            }
            17 => Property::SessionExpiryInterval(self.four_bytes()),
            18 => Property::AssignedClientIdentifier(self.text()),
            19 => Property::ServerKeepAlive(self.two_bytes()),
            21 => Property::AuthenticationMethod(self.text()),
            22 => Property::AuthenticationData(self.data()),
            23 => Property::RequestProblemInformation(self.flag()),
            24 => Property::WillDelayInterval(self.four_bytes()),
            25 => Property::RequestResponseInformation(self.flag()),
            26 => Property::ResponseInformation(self.text()),
            28 => Property::ServerReference(self.text()),
            31 => Property::ReasonString(self.text()),
            33 => Property::ReceiveMaximum(not_0(self.two_bytes())),
            34 => Property::TopicAliasMaximum(self.two_bytes()),
            35 => Property::TopicAlias(not_0(self.two_bytes())),
            36 => Property::MaximumQos(self.one_of(&[QoS::AtMostOnce, QoS::AtLeastOnce])),
            37 => Property::RetainAvailable(self.flag()),
            38 => Property::UserProperty(self.text(), self.text()),
            39 => Property::MaximumPacketSize(NonZeroU32::new(self.four_bytes().max(1)).unwrap()),
            40 => Property::WildcardSubscriptionAvailable(self.flag()),
            41 => Property::SubscriptionIdentifiersAvailable(self.flag()),
            42 => Property::SharedSubscriptionAvailable(self.flag()),
            other => panic!("{other}"),
        }
    }

    /// Some of these properties, each once in any order, and those that may repeat up to three
    /// times.
    pub(crate) fn properties(&mut self, ids: &[u8], repeat: &[u8]) -> Vec<Property<'a>> {
        let mut left = ids.to_vec();
        let mut drawn = Vec::new();
        for _ in 0..self.below(8) {
            if self.below(3) == 0 && !repeat.is_empty() {
                let id = self.one_of(repeat);
                drawn.push(self.property(id));
            } else if !left.is_empty() {
                let id = left.remove(self.below(left.len()));
                drawn.push(self.property(id));
            }
        }
        drawn
    }
}
