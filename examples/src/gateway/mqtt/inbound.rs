//! What a connected client sends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use mqtt_codec::{
    Ack, AckKind, Disconnect, List, Packet, PacketId, Properties, Publish, QoS, ReasonCode, Suback,
    Subscribe, Unsuback, Unsubscribe, Version, Will,
};

use super::connection::Client;
use super::end::{End, Fault};
use crate::gateway::hub::{self, Full, Message, MessageProperties, Published, Request, Via};
use crate::gateway::log::Shown;

/// The highest Topic Alias that a client may use.
pub(super) const TOPIC_ALIASES: u16 = 16;

/// The topic names behind a connection's Topic Aliases; they end with it. [MQTT-3.3.2-7]
#[derive(Debug, Default)]
pub(super) struct Aliases(HashMap<u16, Arc<str>>);

impl Aliases {
    /// The topic name of a PUBLISH, by its name or by its alias.
    fn resolve(&mut self, publish: &Publish<'_>) -> Result<Arc<str>, Fault> {
        let name = || Arc::from(publish.topic.to_str());
        let Some(alias) = publish.properties.topic_alias().map(|alias| alias.get()) else {
            return Ok(name());
        };
        if alias > TOPIC_ALIASES {
            return Err(Fault::new(ReasonCode::TOPIC_ALIAS_INVALID, "a topic alias above 16")); // [MQTT-3.3.2-9]
        }
        if publish.topic.is_empty() {
            let known = self.0.get(&alias).cloned();
            let fault = Fault::new(ReasonCode::PROTOCOL_ERROR, "an unknown topic alias");
            return known.ok_or(fault); // section 3.3.2.3.4
        }
        let name = name();
        self.0.insert(alias, Arc::clone(&name));
        Ok(name)
    }
}

impl Client<'_> {
    pub(super) fn handle(&mut self, packet: &Packet<'_>) -> Result<(), End> {
        match packet {
            Packet::Publish(publish) => self.publish(publish)?,
            Packet::Subscribe(subscribe) => self.subscribe(subscribe)?,
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe)?,
            Packet::Pingreq => self.send(&Packet::Pingresp)?,
            Packet::Ack(ack) => self.acknowledged(ack)?,
            Packet::Disconnect(disconnect) => return Err(self.disconnected(disconnect)),
            _ => {
                // A second CONNECT [MQTT-3.1.0-2]; AUTH without a method [MQTT-4.12.0-6].
                let fault =
                    Fault::new(ReasonCode::PROTOCOL_ERROR, "a packet that must not come now");
                return Err(fault.into());
            }
        }
        Ok(())
    }

    fn publish(&mut self, publish: &Publish<'_>) -> Result<(), Fault> {
        if publish.delivery.qos() > QoS::AtLeastOnce {
            // Section 3.2.2.3.4: beyond the Maximum QoS of the CONNACK.
            return Err(Fault::new(ReasonCode::QOS_NOT_SUPPORTED, "a PUBLISH of QoS 2"));
        }
        let mut message =
            message_of(&publish.properties, publish.payload, self.wire.stream().via_mqtt());
        message.topic = self.aliases.resolve(publish)?;
        message.qos = publish.delivery.qos();
        message.retain = publish.retain;
        message.publisher = Some(Arc::clone(self.session.client_id()));
        if !self.rights.may_write(&message.topic) {
            return self.not_allowed(publish);
        }
        message.expire_in(publish.properties.message_expiry_interval(), Instant::now());
        let outcome = self.shared.hub.publish(message);
        match outcome {
            Ok(Published { not_retained: false, .. }) => {}
            Ok(_) => self.report("message not retained, there are as many as may be"),
            Err(_) => self.report("message lost, the hub's memory is full"),
        }
        match publish.delivery.packet_id() {
            Some(id) => self.puback(id, outcome),
            None => Ok(()),
        }
    }

    /// 5.0 says so at QoS 1 [MQTT-3.3.5-2]; 3.1.1 has no word for it, and acts as if it were done.
    fn not_allowed(&mut self, publish: &Publish<'_>) -> Result<(), Fault> {
        self.report("may not publish there, message dropped");
        let Some(id) = publish.delivery.packet_id() else { return Ok(()) };
        let reason_code = match self.codec.version {
            Some(Version::V5) => ReasonCode::NOT_AUTHORIZED,
            _ => ReasonCode::SUCCESS,
        };
        self.send(&Packet::Ack(Ack { reason_code, ..Ack::new(AckKind::Puback, id) }))
    }

    /// The first time only: who floods the hub shall not flood the log.
    fn report(&mut self, what: &str) {
        if !self.reported {
            let name = Shown(self.session.client_id());
            self.shared.log.line(format_args!("{name}: {what}"));
            self.reported = true;
        }
    }

    fn puback(&mut self, id: PacketId, outcome: Result<Published, Full>) -> Result<(), Fault> {
        let reason_code = match (outcome, self.codec.version) {
            // A PUBACK of 3.1.1 cannot say that a message is lost.
            (Err(_), Some(Version::V3)) => {
                return Err(Fault::new(ReasonCode::QUOTA_EXCEEDED, "no memory for its message"));
            }
            (Err(_), _) => ReasonCode::QUOTA_EXCEEDED,
            (Ok(Published { receivers: 0, .. }), Some(Version::V5)) => {
                ReasonCode::NO_MATCHING_SUBSCRIBERS
            }
            (Ok(_), _) => ReasonCode::SUCCESS,
        };
        self.send(&Packet::Ack(Ack { reason_code, ..Ack::new(AckKind::Puback, id) }))
    }

    fn acknowledged(&mut self, ack: &Ack<'_>) -> Result<(), Fault> {
        match ack.kind {
            AckKind::Puback => {
                // One that is not in flight has been acknowledged before.
                self.session.acknowledge(&self.link, ack.id);
                Ok(())
            }
            // A client that had spoken QoS 2 elsewhere: section 4.3.3, it is not an error.
            AckKind::Pubrel => {
                let reason_code = match self.codec.version {
                    Some(Version::V5) => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                    _ => ReasonCode::SUCCESS,
                };
                self.send(&Packet::Ack(Ack { reason_code, ..Ack::new(AckKind::Pubcomp, ack.id) }))
            }
            AckKind::Pubrec | AckKind::Pubcomp => {
                let text = "an acknowledgement of QoS 2, which was never sent";
                Err(Fault::new(ReasonCode::PROTOCOL_ERROR, text))
            }
        }
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>) -> Result<(), Fault> {
        let id = subscribe.properties.subscription_identifier();
        let most = self.shared.options.limits.subscriptions;
        let mut codes = Vec::new();
        for subscription in &subscribe.subscriptions {
            let text = subscription.filter.to_str();
            let code = match filter_of(text) {
                _ if codes.len() >= most => ReasonCode::QUOTA_EXCEEDED,
                Some(filter) if !self.rights.may_subscribe(filter.filter()) => {
                    ReasonCode::NOT_AUTHORIZED
                }
                Some(filter) => {
                    let request = Request { filter, options: subscription.options, id };
                    match self.shared.hub.subscribe(&self.session, &request) {
                        Ok(QoS::AtMostOnce) => ReasonCode::GRANTED_QOS_0,
                        Ok(_) => ReasonCode::GRANTED_QOS_1,
                        Err(_) => ReasonCode::QUOTA_EXCEEDED,
                    }
                }
                None => ReasonCode::TOPIC_FILTER_INVALID,
            };
            codes.push(code);
        }
        self.send(&Packet::Suback(Suback::new(subscribe.id, List::new(&codes))))
    }

    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>) -> Result<(), Fault> {
        let most = self.shared.options.limits.subscriptions;
        if unsubscribe.filters.iter().count() > most {
            let text = "an UNSUBSCRIBE of more filters than a session may have";
            return Err(Fault::new(ReasonCode::QUOTA_EXCEEDED, text));
        }
        let hub = &self.shared.hub;
        let existed = |filter: &str| match hub.unsubscribe(&self.session, filter) {
            true => ReasonCode::SUCCESS,
            false => ReasonCode::NO_SUBSCRIPTION_EXISTED,
        };
        let codes: Vec<_> =
            unsubscribe.filters.iter().map(|filter| existed(filter.to_str())).collect();
        self.send(&Packet::Unsuback(Unsuback::new(unsubscribe.id, List::new(&codes))))
    }

    fn disconnected(&self, disconnect: &Disconnect<'_>) -> End {
        let expiry = disconnect.properties.session_expiry_interval();
        if self.expiry == 0 && expiry.is_some_and(|secs| secs > 0) {
            let text = "a session to keep that CONNECT did not ask for"; // section 3.14.2.2.2
            return Fault::new(ReasonCode::PROTOCOL_ERROR, text).into();
        }
        End::Disconnect { reason: disconnect.reason_code, expiry }
    }
}

/// The will of a CONNECT.
pub(super) fn will_of(will: &Will<'_>, client_id: &Arc<str>, via: Via) -> hub::Will {
    let mut message = message_of(&will.properties, will.payload, via);
    message.topic = will.topic.to_str().into();
    message.qos = will.qos;
    message.retain = will.retain;
    message.publisher = Some(Arc::clone(client_id));
    hub::Will {
        message,
        expiry: will.properties.message_expiry_interval(),
        delay: will.properties.will_delay_interval().unwrap_or(0),
    }
}

/// Payload and properties. The payload is copied, once, so that a small message never keeps a large
/// input buffer alive.
fn message_of(properties: &Properties<'_>, payload: &[u8], via: Via) -> Message {
    let mut message = Message { via, ..Message::new("", Bytes::copy_from_slice(payload)) };
    if properties.is_empty() {
        return message;
    }
    message.properties = MessageProperties {
        payload_format_indicator: properties.payload_format_indicator(),
        content_type: properties.content_type().map(|text| text.to_str().into()),
        response_topic: properties.response_topic().map(|topic| topic.to_str().into()),
        correlation_data: properties.correlation_data().map(Into::into),
        user_properties: properties
            .user_properties()
            .map(|(name, value)| (name.to_str().into(), value.to_str().into()))
            .collect(),
    };
    message
}

/// A filter, shared if it says so; 3.1.1 takes what is no valid shared subscription as it is.
fn filter_of(text: &str) -> Option<topic_matcher::Subscription<'_>> {
    use topic_matcher::{Subscription, TopicFilter};
    let plain = || TopicFilter::new(text).ok().map(Subscription::NonShared);
    Subscription::new(text).ok().or_else(plain)
}
