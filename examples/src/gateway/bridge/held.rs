//! A message on its way over the bridge.

use std::time::{Duration, Instant};

use mqtt_codec::session::{Message, Receipt};
use mqtt_codec::{Codec, List, Packet, Property, Publish, QoS, TopicName, Version};

use crate::gateway::store::unix_secs;

/// For one side, from the other.
pub(super) struct Held {
    /// As a PUBLISH of 5.0 and QoS 0; of one that has arrived, nothing.
    packet: Vec<u8>,
    pub(super) qos: QoS,
    pub(super) stage: Stage,
    /// What to acknowledge where it came from, as long as that is due.
    pub(super) receipt: Option<Receipt>,
    /// The end of its Message Expiry Interval.
    expires: Option<Instant>,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In the queue.
    Waiting,
    /// The session knows it.
    Sent,
    /// The other broker has it, and only says so once more.
    Arrived,
}

/// In a record's first byte: there is an end of its Message Expiry Interval.
const EXPIRES: u8 = 0x80;

impl Held {
    /// `None` if no PUBLISH can say it.
    pub(super) fn new(
        publish: &Publish<'_>,
        topic: &str,
        receipt: Option<Receipt>,
        now: Instant,
    ) -> Option<Self> {
        // What is about this connection alone stays behind.
        let passes = |property: &Property<'_>| {
            !matches!(property, Property::TopicAlias(_) | Property::SubscriptionIdentifier(_))
        };
        let properties: Vec<Property<'_>> = publish.properties.iter().filter(passes).collect();
        let publish_there = Publish {
            retain: publish.retain,
            properties: List::new(&properties),
            ..Publish::new(TopicName::new(topic).ok()?, publish.payload)
        };
        let (codec, whole) = (Codec::either(Version::V5), Packet::Publish(publish_there));
        let mut packet = vec![0; codec.encoded_len(&whole).ok()?];
        codec.encode(&whole, &mut packet).ok()?;
        let secs = publish.properties.message_expiry_interval();
        let expires = secs.and_then(|secs| now.checked_add(Duration::from_secs(secs.into())));
        let qos = publish.delivery.qos();
        Some(Self { packet, qos, stage: Stage::Waiting, receipt, expires })
    }

    /// The other broker has it.
    pub(super) fn arrived(&mut self) {
        self.stage = Stage::Arrived;
        (self.packet, self.expires) = (Vec::new(), None);
    }

    /// Nobody is to get it any more. MQTT 5.0 section 3.3.2.3.3
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// What to publish; `properties` is where they are put together, if need be. 3.1.1 has none.
    pub(super) fn message<'m, 'h: 'm>(
        &'h self,
        version: Version,
        now: Instant,
        properties: &'m mut Vec<Property<'h>>,
    ) -> Option<Message<'m>> {
        let publish = decode(&self.packet)?;
        let message = Message::new(publish.topic, self.qos, publish.payload);
        let message = message.with_retain(publish.retain);
        Some(match (version, self.expires) {
            (Version::V3, _) => message,
            (Version::V5, None) => message.with_properties(publish.properties),
            (Version::V5, Some(expires)) => {
                // [MQTT-3.3.2-6]: less the whole seconds that it has waited here.
                let left = expires.saturating_duration_since(now);
                let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                let secs = u32::try_from(secs).unwrap_or(u32::MAX);
                properties.extend(publish.properties.iter().map(|property| match property {
                    Property::MessageExpiryInterval(_) => Property::MessageExpiryInterval(secs),
                    property => property,
                }));
                message.with_properties(List::new(properties))
            }
        })
    }

    /// As bytes, once nobody else has it: `stage 1, QoS 1, end of its Message Expiry Interval 8, packet`.
    /// The end is in seconds since 1970, and is there if the stage says so.
    pub(super) fn record(&self, now: Instant) -> Option<Box<[u8]>> {
        if self.receipt.is_some() || self.qos == QoS::AtMostOnce {
            return None;
        }
        let left = self.expires.map(|at| at.saturating_duration_since(now).as_secs());
        let end = left.map(|secs| unix_secs().saturating_add(secs).to_be_bytes());
        let stage = self.stage as u8 | if end.is_some() { EXPIRES } else { 0 };
        let end = end.as_ref().map_or(&[][..], |end| end);
        Some([&[stage, self.qos as u8], end, &*self.packet].concat().into())
    }

    /// Reads it again.
    pub(super) fn from_record(record: &[u8], now: Instant) -> Option<Self> {
        let ([stage, qos], mut packet) = record.split_first_chunk()?;
        let mut expires = None;
        if stage & EXPIRES != 0 {
            let (end, rest) = packet.split_first_chunk()?;
            let left = u64::from_be_bytes(*end).saturating_sub(unix_secs());
            // The clock may have been set back, but no interval is longer.
            let left = Duration::from_secs(left.min(u32::MAX.into()));
            (expires, packet) = (now.checked_add(left), rest);
        }
        let stages = [Stage::Waiting, Stage::Sent, Stage::Arrived];
        let stage = stages.into_iter().find(|known| *known as u8 == stage & !EXPIRES)?;
        if stage != Stage::Arrived {
            decode(packet)?;
        }
        let (packet, qos) = (packet.to_vec(), QoS::new(*qos)?);
        Some(Self { packet, qos, stage, receipt: None, expires })
    }
}

fn decode(packet: &[u8]) -> Option<Publish<'_>> {
    match Codec::either(Version::V5).decode(packet) {
        Ok(Some((Packet::Publish(publish), len))) if len == packet.len() => Some(publish),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(properties: &[Property<'_>], now: Instant) -> Held {
        let publish = Publish {
            retain: true,
            properties: List::new(properties),
            ..Publish::new(TopicName::from_static("a"), b"payload")
        };
        Held::new(&publish, "b/a", None, now).unwrap()
    }

    /// What it says at that time.
    fn said(held: &Held, now: Instant) -> String {
        format!("{:?}", held.message(Version::V5, now, &mut Vec::new()))
    }

    #[test]
    fn records_come_back_as_they_were() {
        let now = Instant::now();
        let mut held = held(&[Property::ContentType(mqtt_codec::Text::from_static("x"))], now);
        assert!(held.record(now).is_none(), "of QoS 0");
        held.qos = QoS::ExactlyOnce;
        for stage in [Stage::Waiting, Stage::Sent] {
            held.stage = stage;
            let record = held.record(now).unwrap();
            let again = Held::from_record(&record, now).unwrap();
            assert_eq!(said(&again, now), said(&held, now));
            assert!(said(&held, now).contains("b/a"));
            assert_eq!(again.record(now).unwrap(), record);
            for len in 0..record.len() {
                assert!(Held::from_record(&record[..len], now).is_none(), "{len}");
            }
        }
        held.arrived();
        let again = Held::from_record(&held.record(now).unwrap(), now).unwrap();
        assert!(again.stage == Stage::Arrived && said(&again, now) == "None");
        assert!(Held::from_record(&[3, 2], now).is_none());
        assert!(Held::from_record(&[2, 3], now).is_none());
    }

    #[test]
    fn the_lifetime_runs_here_and_on_disk() {
        let now = Instant::now();
        let mut held = held(&[Property::MessageExpiryInterval(10)], now);
        held.qos = QoS::AtLeastOnce;
        let expiry = |held: &Held, secs| {
            let mut properties = Vec::new();
            let at = now + Duration::from_millis(secs);
            let message = held.message(Version::V5, at, &mut properties).unwrap();
            message.properties.message_expiry_interval().unwrap()
        };
        assert_eq!([0, 900, 1100, 9900].map(|ms| expiry(&held, ms)), [10, 10, 9, 1]);
        assert!(!held.is_expired(now) && held.is_expired(now + Duration::from_secs(11)));
        let record = held.record(now + Duration::from_secs(3)).unwrap();
        let again = Held::from_record(&record, now).unwrap();
        assert!((5..=7).contains(&expiry(&again, 0)));
        // A minute later.
        let mut late = record.to_vec();
        late[2..10].copy_from_slice(&(unix_secs() - 60).to_be_bytes());
        assert!(Held::from_record(&late, now).unwrap().is_expired(now));
        for len in 0..record.len() {
            assert!(Held::from_record(&record[..len], now).is_none(), "{len}");
        }
    }
}
