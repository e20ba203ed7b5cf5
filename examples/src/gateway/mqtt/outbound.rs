//! From the session's outbox to the output.
//!
//! Who has asked for it by a User Property `want-origin` in CONNECT, whatever its value, is told where
//! each message comes from: its last two User Properties are `via`, the protocol that brought it here,
//! and `age_ms`, the milliseconds since then. For all others, what others have sent stays unaltered.

use std::time::Instant;

use mqtt_codec::{
    Delivery, EncodeError, ErrorKind, List, Packet, Property, Publish, ReasonCode, Text, TopicName,
    Version,
};

use super::connection::Client;
use super::end::Fault;
use crate::gateway::hub::{Message, Outgoing};

/// Output is filled up to here, a message at a time.
const FILL: usize = 64 << 10;
/// So often the hub looks for retained messages before others have their turn.
const REPLAYS_AT_ONCE: usize = 8;

impl Client<'_> {
    /// Appends a packet other than PUBLISH.
    pub(super) fn send(&mut self, packet: &Packet<'_>) -> Result<(), Fault> {
        let Self { wire, codec, send_limit, .. } = self;
        match wire.output.append(|out| codec.encode(packet, out)) {
            Ok(len) if len > *send_limit => {
                wire.output.take_back(len);
                Err(Fault::new(ReasonCode::PACKET_TOO_LARGE, "its limit leaves no room to answer"))
            }
            Ok(_) => Ok(()),
            Err(_) => {
                let reason = ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR;
                Err(Fault::new(reason, "an answer that cannot be said"))
            }
        }
    }

    /// Takes messages from the outbox as long as the client keeps up. True if there may be more at
    /// once.
    pub(super) fn fill_output(&mut self) -> bool {
        let now = Instant::now();
        for _ in 0..REPLAYS_AT_ONCE {
            while self.wire.output.len() < FILL {
                let Some(outgoing) = self.session.take(&self.link, now) else {
                    break;
                };
                self.send_message(&outgoing, now);
            }
            if self.wire.output.len() >= FILL || !self.shared.hub.replay(&self.session) {
                return false;
            }
        }
        true
    }

    fn send_message(&mut self, outgoing: &Outgoing, now: Instant) {
        let message = &outgoing.delivery.message;
        let mut properties = Vec::new();
        let age;
        if self.codec.version == Some(Version::V5) {
            properties_of(message, now, &mut properties);
            if self.wants_origin {
                age = message.age(now).as_millis().to_string();
                let own = [("via", message.via.name()), ("age_ms", &age)];
                let own = own.map(|(name, value)| Text::new(name).ok().zip(Text::new(value).ok()));
                let own = own.into_iter().flatten();
                properties.extend(own.map(|(name, value)| Property::UserProperty(name, value)));
            }
            let ids = outgoing.delivery.subscription_ids.iter();
            properties.extend(ids.map(|id| Property::SubscriptionIdentifier(*id)));
        }
        let delivery = match outgoing.id {
            Some(id) => Delivery::AtLeastOnce { id, dup: outgoing.dup },
            None => Delivery::AtMostOnce,
        };
        if self.append_publish(message, delivery, outgoing.delivery.retain, &properties).is_err() {
            // [MQTT-3.1.2-25]: too large for this client, so act as if it had been delivered.
            if let Some(id) = outgoing.id {
                self.session.acknowledge(&self.link, id);
            }
        }
    }

    fn append_publish(
        &mut self,
        message: &Message,
        delivery: Delivery,
        retain: bool,
        properties: &[Property<'_>],
    ) -> Result<(), EncodeError> {
        let too_large = EncodeError::Invalid(ErrorKind::PacketTooLarge);
        let topic = TopicName::new(&message.topic).map_err(|_| too_large)?;
        let payload_len = u32::try_from(message.payload.len()).map_err(|_| too_large)?;
        let head =
            Publish { topic, delivery, retain, properties: List::new(properties), payload: &[] };
        let Self { wire, codec, send_limit, .. } = self;
        let len = wire.output.append(|out| codec.encode_publish_head(&head, payload_len, out))?;
        if len + message.payload.len() > *send_limit {
            wire.output.take_back(len); // [MQTT-3.1.2-24]
            return Err(too_large);
        }
        wire.output.append_payload(&message.payload);
        Ok(())
    }
}

/// What goes with a message. [MQTT-3.3.2-4] [MQTT-3.3.2-15] to [MQTT-3.3.2-20]
fn properties_of<'m>(message: &'m Message, now: Instant, out: &mut Vec<Property<'m>>) {
    let own = &message.properties;
    let text = |text: &'m Option<Box<str>>| Text::new(text.as_deref()?).ok();
    out.extend(own.payload_format_indicator.map(Property::PayloadFormatIndicator));
    out.extend(message.remaining_secs(now).map(Property::MessageExpiryInterval));
    out.extend(text(&own.content_type).map(Property::ContentType));
    let response_topic = own.response_topic.as_deref().and_then(|t| TopicName::new(t).ok());
    out.extend(response_topic.map(Property::ResponseTopic));
    out.extend(own.correlation_data.as_deref().map(Property::CorrelationData));
    for (name, value) in &own.user_properties {
        if let (Ok(name), Ok(value)) = (Text::new(name), Text::new(value)) {
            out.push(Property::UserProperty(name, value));
        }
    }
}
