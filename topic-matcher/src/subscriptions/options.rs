//! What a client says of a subscription.

use core::num::NonZeroU32;

/// How often a message may come: at most so carefully.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QoS {
    /// At most once: QoS 0.
    AtMostOnce = 0,
    /// At least once: QoS 1.
    AtLeastOnce = 1,
    /// Exactly once: QoS 2.
    ExactlyOnce = 2,
}

impl QoS {
    /// From the number in a packet: 0 to 2.
    #[must_use]
    pub const fn new(qos: u8) -> Option<Self> {
        match qos {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self as u8
    }
}

/// A Subscription Identifier: 1 to 268,435,455. MQTT 5.0 section 3.8.2.1.2
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(NonZeroU32);

impl SubscriptionId {
    /// `None` for 0 and beyond 268,435,455.
    #[must_use]
    pub const fn new(id: u32) -> Option<Self> {
        match NonZeroU32::new(id) {
            Some(id) if id.get() <= ID => Some(Self(id)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// How a client wants the messages of a subscription. MQTT 5.0 section 3.8.3.1; in 3.1.1 there is the QoS
/// alone.
///
/// Retain Handling is not among them: it says what happens when a client subscribes, and
/// [`subscribe`](super::Subscriptions::subscribe) says whether the subscription was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// Maximum QoS.
    pub qos: QoS,
    /// Not what the client itself has published.
    pub no_local: bool,
    /// With the RETAIN flag that they were published with.
    pub retain_as_published: bool,
    /// Comes with each message.
    pub id: Option<SubscriptionId>,
}

impl SubscriptionOptions {
    /// Of this QoS, and else nothing.
    #[must_use]
    pub const fn new(qos: QoS) -> Self {
        Self { qos, no_local: false, retain_as_published: false, id: None }
    }
}

/// The same in one word.
///
/// ```text
/// 31                   30        29   28   27            0
/// Retain As Published, No Local, QoS (2),  identifier or 0
/// ```
#[derive(Debug, Clone, Copy)]
pub(super) struct Word(u32);

/// The bits of an identifier: all that it can be.
const ID: u32 = 0x0FFF_FFFF;
const QOS: u32 = 3 << 28;
const NO_LOCAL: u32 = 1 << 30;
const RETAIN: u32 = 1 << 31;

impl Word {
    pub(super) fn new(options: SubscriptionOptions) -> Self {
        let mut word =
            options.id.map_or(0, SubscriptionId::get) | u32::from(options.qos.get()) << 28;
        if options.no_local {
            word |= NO_LOCAL;
        }
        if options.retain_as_published {
            word |= RETAIN;
        }
        Self(word)
    }

    pub(super) fn options(self) -> SubscriptionOptions {
        let (qos, id) = (self.qos(), self.id());
        let retain_as_published = self.retains();
        SubscriptionOptions { qos, no_local: self.is_not_local(), retain_as_published, id }
    }

    pub(super) const fn qos(self) -> QoS {
        match self.0 & QOS {
            0 => QoS::AtMostOnce,
            0x1000_0000 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        }
    }

    pub(super) const fn is_not_local(self) -> bool {
        self.0 & NO_LOCAL != 0
    }

    pub(super) const fn retains(self) -> bool {
        self.0 & RETAIN != 0
    }

    pub(super) const fn id(self) -> Option<SubscriptionId> {
        SubscriptionId::new(self.0 & ID)
    }

    /// The highest QoS of both and all flags; the identifier of one of them, and the other's if both
    /// have one.
    pub(super) fn join(self, other: Self) -> (Self, Option<SubscriptionId>) {
        let qos = (self.0 & QOS).max(other.0 & QOS);
        let flags = (self.0 | other.0) & (NO_LOCAL | RETAIN);
        let (id, more) = match (self.0 & ID, other.id()) {
            (0, id) => (id.map_or(0, SubscriptionId::get), None),
            (id, more) => (id, more),
        };
        (Self(flags | qos | id), more)
    }
}
