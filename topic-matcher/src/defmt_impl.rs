//! `defmt::Format` for the public types: texts as they are, errors by the name of their kind.

use defmt::{Format, Formatter, write};

use crate::{
    AccessPattern, CaptureFilter, Identity, Mismatch, MismatchKind, SharedFilter, Subscription,
    TopicError, TopicErrorKind, TopicFilter, TopicName,
};

impl Format for TopicName<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for TopicFilter<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for SharedFilter<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for Subscription<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl Format for AccessPattern<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

impl<const N: usize> Format for CaptureFilter<'_, N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.filter().as_str());
    }
}

impl Format for Identity<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "client {=?}, user {=?}", self.client_id(), self.user_name());
    }
}

impl Format for TopicError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at byte {=u32}", self.kind, self.offset);
    }
}

impl Format for TopicErrorKind {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Empty => write!(f, "Empty"),
            Self::TooLong => write!(f, "TooLong"),
            Self::NotUtf8 => write!(f, "NotUtf8"),
            Self::Null => write!(f, "Null"),
            Self::WildcardInName => write!(f, "WildcardInName"),
            Self::MisplacedHash => write!(f, "MisplacedHash"),
            Self::MisplacedPlus => write!(f, "MisplacedPlus"),
            Self::NotShared => write!(f, "NotShared"),
            Self::EmptyShareName => write!(f, "EmptyShareName"),
            Self::WildcardInShareName => write!(f, "WildcardInShareName"),
            Self::MissingFilter => write!(f, "MissingFilter"),
        }
    }
}

impl Format for Mismatch {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at level {=u32}", self.kind, self.level);
    }
}

impl Format for MismatchKind {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::LevelsDiffer => write!(f, "LevelsDiffer"),
            Self::NameIsLonger => write!(f, "NameIsLonger"),
            Self::FilterIsLonger => write!(f, "FilterIsLonger"),
            Self::Dollar => write!(f, "Dollar"),
        }
    }
}

#[cfg(feature = "heapless")]
impl<V> Format for crate::TableFull<V> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Filters(_) => write!(f, "Filters"),
            Self::Text(_) => write!(f, "Text"),
        }
    }
}

#[cfg(feature = "heapless")]
impl Format for crate::Room {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=usize} filters, {=usize} bytes of text", self.filters, self.text);
    }
}

#[cfg(feature = "heapless")]
impl Format for crate::StoredFilter<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", defmt::Display2Format(self));
    }
}

#[cfg(feature = "alloc")]
impl<V> Format for crate::IndexFull<V> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "IndexFull");
    }
}

#[cfg(feature = "heapless")]
impl<V> Format for crate::TopicTableFull<V> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "TopicTableFull");
    }
}

#[cfg(feature = "alloc")]
impl Format for crate::QoS {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "QoS {=u8}", self.get());
    }
}

#[cfg(feature = "alloc")]
impl Format for crate::SubscriptionId {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u32}", self.get());
    }
}

#[cfg(feature = "alloc")]
impl Format for crate::SubscriptionOptions {
    fn format(&self, f: Formatter<'_>) {
        let Self { qos, no_local, retain_as_published, id } = self;
        write!(f, "{}, no_local {}, retain_as_published {}", qos, no_local, retain_as_published);
        write!(f, ", id {}", id);
    }
}

#[cfg(feature = "alloc")]
impl Format for crate::SubscribeError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", defmt::Display2Format(self));
    }
}
