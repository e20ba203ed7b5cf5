//! A message on its way over the bridge.

use mqtt_codec::session::{Message, Receipt};
use mqtt_codec::{Codec, List, Packet, Property, Publish, QoS, TopicName, Version};

/// For one side, from the other.
pub(super) struct Held {
    /// As a PUBLISH of 5.0 and QoS 0; of one that has arrived, nothing.
    packet: Vec<u8>,
    pub(super) qos: QoS,
    pub(super) stage: Stage,
    /// What to acknowledge where it came from, as long as that is due.
    pub(super) receipt: Option<Receipt>,
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

impl Held {
    /// `None` if no PUBLISH can say it.
    pub(super) fn new(
        publish: &Publish<'_>,
        topic: &str,
        receipt: Option<Receipt>,
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
        Some(Self { packet, qos: publish.delivery.qos(), stage: Stage::Waiting, receipt })
    }

    /// The other broker has it.
    pub(super) fn arrived(&mut self) {
        self.stage = Stage::Arrived;
        self.packet = Vec::new();
    }

    /// What to publish. 3.1.1 has no properties.
    pub(super) fn message(&self, version: Version) -> Option<Message<'_>> {
        let publish = decode(&self.packet)?;
        let message = Message::new(publish.topic, self.qos, publish.payload);
        let message = message.with_retain(publish.retain);
        Some(match version {
            Version::V3 => message,
            Version::V5 => message.with_properties(publish.properties),
        })
    }

    /// As bytes, once nobody else has it: `stage 1, QoS 1, packet`.
    pub(super) fn record(&self) -> Option<Box<[u8]>> {
        let is_ours = self.receipt.is_none() && self.qos > QoS::AtMostOnce;
        is_ours.then(|| [&[self.stage as u8, self.qos as u8], &*self.packet].concat().into())
    }

    /// Reads it again.
    pub(super) fn from_record(record: &[u8]) -> Option<Self> {
        let ([stage, qos], packet) = record.split_first_chunk()?;
        let stages = [Stage::Waiting, Stage::Sent, Stage::Arrived];
        let stage = stages.into_iter().find(|known| *known as u8 == *stage)?;
        if stage != Stage::Arrived {
            decode(packet)?;
        }
        Some(Self { packet: packet.to_vec(), qos: QoS::new(*qos)?, stage, receipt: None })
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

    #[test]
    fn records_come_back_as_they_were() {
        let properties = [Property::ContentType(mqtt_codec::Text::from_static("x"))];
        let publish = Publish {
            retain: true,
            properties: List::new(&properties),
            ..Publish::new(TopicName::from_static("a"), b"payload")
        };
        let mut held = Held::new(&publish, "b/a", None).unwrap();
        assert!(held.record().is_none(), "of QoS 0");
        held.qos = QoS::ExactlyOnce;
        for stage in [Stage::Waiting, Stage::Sent] {
            held.stage = stage;
            let record = held.record().unwrap();
            let again = Held::from_record(&record).unwrap();
            assert_eq!(again.message(Version::V5), held.message(Version::V5));
            assert_eq!(again.message(Version::V5).unwrap().topic.to_str(), "b/a");
            assert_eq!(again.record().unwrap(), record);
            for len in 0..record.len() {
                assert!(Held::from_record(&record[..len]).is_none(), "{len}");
            }
        }
        held.arrived();
        let again = Held::from_record(&held.record().unwrap()).unwrap();
        assert!(again.stage == Stage::Arrived && again.message(Version::V5).is_none());
        assert!(Held::from_record(&[3, 2]).is_none());
        assert!(Held::from_record(&[2, 3]).is_none());
    }
}
