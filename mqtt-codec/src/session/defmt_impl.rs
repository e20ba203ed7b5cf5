//! Feature `defmt`: what happens in a session, and what fails.

use defmt::{Format, Formatter, write};

use super::{Event, Receipt, SendError, SessionError, SnapshotError, Violation};
use crate::packet::Packet;

impl Format for SessionError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Packet(error) => error.format(f),
            Self::Violation(violation) => violation.format(f),
        }
    }
}

impl Format for Violation {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str} broken, {}", self.rule(), self.reason_code());
    }
}

impl Format for SendError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "{=usize} bytes needed", *needed),
            Self::Invalid(kind) => write!(f, "{} broken", kind),
            Self::Refused(refusal) => write!(f, "not taken: {=str}", refusal.rule()),
            Self::Full => write!(f, "full"),
            Self::Quota => write!(f, "no more at once"),
            Self::OutOfTurn => write!(f, "out of turn"),
            Self::NotInVersion(version) => write!(f, "not in {}", version),
            Self::Unannounced(_) => write!(f, "not announced"),
            Self::Unsaved => write!(f, "snapshot not kept"),
            Self::Stale => write!(f, "of an earlier connection"),
            Self::TopicAlias => write!(f, "topic alias"),
            Self::SessionExpiry => write!(f, "session expiry"),
            Self::AuthenticationMethod => write!(f, "authentication method"),
        }
    }
}

impl Format for SnapshotError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Unknown => write!(f, "no snapshot of this version"),
            Self::OtherSide => write!(f, "the other side's snapshot"),
            Self::Damaged => write!(f, "damaged snapshot"),
            Self::TooLarge => write!(f, "snapshot of too many messages"),
        }
    }
}

impl Format for Receipt {
    fn format(&self, f: Formatter<'_>) {
        self.id().format(f);
    }
}

impl Format for Event<'_> {
    fn format(&self, f: Formatter<'_>) {
        match *self {
            Self::Connect(connect) => Packet::Connect(connect).format(f),
            Self::Connack(connack) => Packet::Connack(connack).format(f),
            Self::Publish { publish, .. } => Packet::Publish(publish).format(f),
            Self::PublishHead { publish, payload_len, .. } => {
                write!(f, "{}, {=u32} to come", Packet::Publish(publish), payload_len);
            }
            Self::Payload { bytes, remaining } => {
                write!(f, "{=usize} bytes, {=u32} to come", bytes.len(), remaining);
            }
            Self::TopicAlias { alias, topic } => write!(f, "alias {=u16}: {}", alias.get(), topic),
            Self::Arrived { handle } => write!(f, "{=u32} arrived", handle),
            Self::Done { handle, reason_code, .. } => {
                write!(f, "{=u32} done, {}", handle, reason_code);
            }
            Self::Suback { suback, .. } => Packet::Suback(suback).format(f),
            Self::Unsuback { unsuback, .. } => Packet::Unsuback(unsuback).format(f),
            Self::Subscribe(subscribe) => Packet::Subscribe(subscribe).format(f),
            Self::Unsubscribe(unsubscribe) => Packet::Unsubscribe(unsubscribe).format(f),
            Self::Auth(auth) => Packet::Auth(auth).format(f),
            Self::Disconnect(disconnect) => Packet::Disconnect(disconnect).format(f),
            Self::Persist => write!(f, "persist"),
            Self::Send { handle, id } => write!(f, "send {=u32} as {}", handle, id),
            Self::PublishWill => write!(f, "publish the will"),
            Self::SessionEnded => write!(f, "session ended"),
        }
    }
}
