//! Feature `defmt`: `defmt::Format`, for logs on a wire. Never a password or authentication data.

use defmt::{Format, Formatter, write};

use crate::codec::Version;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::list::{Item, List};
use crate::packet::Packet;
use crate::property::{Property, SubscriptionId};
use crate::publish::{PacketId, QoS};
use crate::reason_code::ReasonCode;
use crate::subscribe::Subscription;
use crate::text::Text;
use crate::topic::{TopicFilter, TopicName};

impl Format for Text<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.to_str());
    }
}

impl Format for TopicName<'_> {
    fn format(&self, f: Formatter<'_>) {
        self.text().format(f);
    }
}

impl Format for TopicFilter<'_> {
    fn format(&self, f: Formatter<'_>) {
        self.text().format(f);
    }
}

impl Format for Version {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "protocol version {=u8}", *self as u8);
    }
}

impl Format for QoS {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "QoS {=u8}", *self as u8);
    }
}

impl Format for PacketId {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "id {=u16}", self.get());
    }
}

impl Format for SubscriptionId {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "subscription {=u32}", self.get());
    }
}

impl Format for ReasonCode {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u8:#04x} {=str}", self.get(), self.name());
    }
}

impl Format for ErrorKind {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.rule(Version::V5));
    }
}

impl Format for DecodeError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str} broken at byte {=u32}", self.rule(), self.offset);
    }
}

impl Format for EncodeError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "{=usize} bytes needed", *needed),
            Self::Invalid(kind) => write!(f, "{} broken", kind),
        }
    }
}

impl Format for Property<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::UserProperty(name, value) => write!(f, "{}: {}", name, value),
            Self::ReasonString(text) => write!(f, "reason: {}", text),
            _ => write!(f, "property {=u8}", self.identifier()),
        }
    }
}

impl Format for Subscription<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at {}", self.filter, self.options.qos);
    }
}

impl<'a, T: Item<'a> + Format> Format for List<'a, T> {
    fn format(&self, f: Formatter<'_>) {
        for item in self {
            write!(f, "{}; ", item);
        }
    }
}

impl Format for Packet<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Connect(p) => write!(
                f,
                "CONNECT {} as {}, keep alive {=u16} s, clean start {=bool}, {}",
                p.version, p.client_id, p.keep_alive, p.clean_start, p.properties
            ),
            Self::Connack(p) => write!(
                f,
                "CONNACK {}, session present {=bool}, {}",
                p.reason_code, p.session_present, p.properties
            ),
            Self::Publish(p) => write!(
                f,
                "PUBLISH {} at {}, dup {=bool}, retain {=bool}, {=usize} bytes, {}",
                p.topic,
                p.delivery.qos(),
                p.delivery.dup(),
                p.retain,
                p.payload.len(),
                p.properties
            ),
            Self::Ack(p) => write!(
                f,
                "acknowledgement of type {=u8}, {}, {}, {}",
                p.kind as u8, p.id, p.reason_code, p.properties
            ),
            Self::Subscribe(p) => {
                write!(f, "SUBSCRIBE {}: {}{}", p.id, p.subscriptions, p.properties)
            }
            Self::Suback(p) => write!(f, "SUBACK {}: {}{}", p.id, p.reason_codes, p.properties),
            Self::Unsubscribe(p) => {
                write!(f, "UNSUBSCRIBE {}: {}{}", p.id, p.filters, p.properties)
            }
            Self::Unsuback(p) => write!(f, "UNSUBACK {}: {}{}", p.id, p.reason_codes, p.properties),
            Self::Pingreq => write!(f, "PINGREQ"),
            Self::Pingresp => write!(f, "PINGRESP"),
            Self::Disconnect(p) => write!(f, "DISCONNECT {}, {}", p.reason_code, p.properties),
            Self::Auth(p) => write!(f, "AUTH {}, {}", p.reason_code, p.properties),
        }
    }
}
