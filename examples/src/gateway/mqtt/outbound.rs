//! From the session's outbox to the output.
//!
//! Who has asked for it by a User Property `want-origin` in CONNECT, whatever its value, is told where
//! each message comes from: its last two User Properties are `via`, the protocol that brought it here,
//! and `age_ms`, the milliseconds since then. For all others, what others have sent stays unaltered.

use std::time::Instant;

use mqtt_codec::session::{self, Event, SendError};
use mqtt_codec::{ErrorKind, List, Property, Text, TopicName, Version};

use super::connection::Client;
use crate::gateway::hub::{Delivery, IN_FLIGHT, Message, Outgoing, Wanted, ms_of};

/// Output is filled up to here, a message at a time.
const FILL: usize = 64 << 10;
/// So many messages are taken from the outbox under one lock.
const AT_ONCE: usize = 16;
/// So often the hub looks for retained messages before others have their turn.
const REPLAYS_AT_ONCE: usize = 8;

/// Why a message is written, and what it is in flight under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    New(Option<u32>),
    /// The machine has asked for it.
    Asked(u32),
}

impl Client<'_, '_> {
    /// Takes messages from the outbox as long as the client keeps up. True if there may be more at
    /// once.
    pub(super) fn fill_output(&mut self) -> bool {
        let now = Instant::now();
        let now_ms = ms_of(now);
        self.send_asked(now, now_ms);
        for _ in 0..REPLAYS_AT_ONCE {
            while self.send_some(now, now_ms) {}
            if self.wire.output.len() >= FILL || !self.shared.hub.replay(&self.session) {
                return false;
            }
        }
        true
    }

    /// Sends the next messages; true if there may be more.
    fn send_some(&mut self, now: Instant, now_ms: u64) -> bool {
        let bytes = FILL.saturating_sub(self.wire.output.len());
        let mut places = [const { None }; AT_ONCE];
        self.session.take(now, Wanted { in_flight: self.room(), bytes }, &mut places);
        for place in places {
            let Some(Outgoing { delivery, handle }) = place else { return false };
            let turn = Turn::New(handle);
            // [MQTT-3.1.2-25]: too large for this client, so act as if it had been delivered.
            if self.append(&delivery, turn, now, now_ms).is_err() {
                handle.into_iter().for_each(|handle| self.session.done(handle));
            }
        }
        true
    }

    /// So many more messages of QoS 1 and 2 can go.
    fn room(&self) -> usize {
        if !self.server.is_ready() {
            return 0;
        }
        let own = self.shared.options.limits.in_flight;
        let most = usize::from(self.server.limits().receive_maximum.min(own));
        most.min(IN_FLIGHT).saturating_sub(self.server.in_flight())
    }

    /// What the machine asks for: messages that were in flight when the last connection ended.
    fn send_asked(&mut self, now: Instant, now_ms: u64) {
        self.transmit(now_ms); // PUBREL goes first
        while self.wire.output.len() < FILL {
            let Some(Event::Send { handle, .. }) = self.server.poll_event() else { return };
            let delivery = self.session.again(handle);
            let turn = Turn::Asked(handle);
            let sent = delivery.map(|delivery| self.append(&delivery, turn, now, now_ms));
            if !matches!(sent, Some(Ok(()))) {
                // Too large, or given up for others.
                let is_forgotten = self.server.forget(handle).is_ok();
                self.session.done(handle);
                if !is_forgotten {
                    return;
                }
            }
            self.transmit(now_ms);
        }
    }

    fn append(
        &mut self,
        delivery: &Delivery,
        turn: Turn,
        now: Instant,
        now_ms: u64,
    ) -> Result<(), SendError> {
        let message = &delivery.message;
        let mut properties = Vec::new();
        let age;
        if self.version == Version::V5 {
            properties_of(message, now, &mut properties);
            if self.wants_origin {
                age = message.age(now).as_millis().to_string();
                let own = [("via", message.via.name()), ("age_ms", &age)];
                let own = own.map(|(name, value)| Text::new(name).ok().zip(Text::new(value).ok()));
                let own = own.into_iter().flatten();
                properties.extend(own.map(|(name, value)| Property::UserProperty(name, value)));
            }
            let ids = delivery.subscription_ids.iter();
            properties.extend(ids.map(|id| Property::SubscriptionIdentifier(*id)));
        }
        let too_large = SendError::Invalid(ErrorKind::PacketTooLarge);
        let topic = TopicName::new(&message.topic).map_err(|_| too_large)?;
        let len = u32::try_from(message.payload.len()).map_err(|_| too_large)?;
        let head = session::Message::new(topic, delivery.qos, &[])
            .with_retain(delivery.retain)
            .with_properties(List::new(&properties));
        let Self { wire, server, .. } = self;
        wire.output.append(|out| match turn {
            Turn::New(handle) => {
                server.publish_head(&head, len, handle.unwrap_or_default(), now_ms, out)
            }
            Turn::Asked(handle) => server.send_head(&head, len, handle, now_ms, out),
        })?;
        wire.output.append_payload(&message.payload);
        server.payload_sent(len, now_ms)
    }
}

/// What goes with a message. [MQTT-3.3.2-4] [MQTT-3.3.2-15] to [MQTT-3.3.2-20]
pub(in crate::gateway) fn properties_of<'m>(
    message: &'m Message,
    now: Instant,
    out: &mut Vec<Property<'m>>,
) {
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
