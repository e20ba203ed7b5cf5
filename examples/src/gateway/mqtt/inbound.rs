//! What a connected client sends.

use std::collections::HashMap;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use mqtt_codec::session::{Event, Receipt, SendError};
use mqtt_codec::{
    List, Properties, Publish, QoS, ReasonCode, Suback, Subscribe, TopicName, Unsuback,
    Unsubscribe, Version, Will,
};

use super::connection::Client;
use super::end::{End, Fault};
use crate::gateway::hub::{
    self, Charge, Full, Message, MessageProperties, Published, Request, Session, Via,
    subscription_of,
};
use crate::gateway::log::Shown;

/// The highest Topic Alias that a client may use.
pub(super) const TOPIC_ALIASES: u16 = 16;

/// A name of this length is beside the budget.
const FREE_NAME: usize = 256;

/// The topic names behind a connection's Topic Aliases; they end with it. [MQTT-3.3.2-7]
#[derive(Debug, Default)]
pub(super) struct Aliases(HashMap<NonZeroU16, (Arc<str>, Charge)>);

impl Aliases {
    /// The topic name of a PUBLISH, by its name or by its alias.
    fn resolve(&mut self, publish: &Publish<'_>, session: &Session) -> Result<Arc<str>, Fault> {
        let alias = publish.properties.topic_alias();
        let Some(alias) = alias else { return Ok(publish.topic.to_str().into()) };
        if publish.topic.is_empty() {
            let known = self.0.get(&alias).map(|(name, _)| Arc::clone(name));
            let fault = Fault::new(ReasonCode::PROTOCOL_ERROR, "an unknown topic alias");
            return known.ok_or(fault); // section 3.3.2.3.4
        }
        self.set(alias, publish.topic, session)
    }

    /// From now on the alias stands for this name.
    fn set(
        &mut self,
        alias: NonZeroU16,
        topic: TopicName<'_>,
        session: &Session,
    ) -> Result<Arc<str>, Fault> {
        let name: Arc<str> = topic.to_str().into();
        self.0.remove(&alias);
        let charge = session.charge(name.len().saturating_sub(FREE_NAME));
        let fault = Fault::new(ReasonCode::QUOTA_EXCEEDED, "no memory for a topic alias");
        self.0.insert(alias, (Arc::clone(&name), charge.ok_or(fault)?));
        Ok(name)
    }
}

impl Client<'_, '_> {
    pub(super) fn handle(&mut self, event: &Event<'_>, now_ms: u64) -> Result<(), End> {
        match event {
            Event::Publish { publish, receipt } => self.publish(publish, *receipt)?,
            Event::Subscribe(subscribe) => self.subscribe(subscribe, now_ms)?,
            Event::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe, now_ms)?,
            Event::TopicAlias { alias, topic } => {
                self.aliases.set(*alias, *topic, &self.session)?;
            }
            Event::Arrived { handle } => self.session.arrived(*handle),
            Event::Done { handle, .. } => self.session.done(*handle),
            Event::Disconnect(disconnect) => return Err(End::Disconnect(disconnect.reason_code)),
            Event::Auth(_) => {
                // Without a method: [MQTT-4.12.0-6].
                let text = "a packet that must not come now";
                return Err(Fault::new(ReasonCode::PROTOCOL_ERROR, text).into());
            }
            // A packet comes whole, and what happens without input is asked for elsewhere.
            _ => {}
        }
        Ok(())
    }

    fn publish(&mut self, publish: &Publish<'_>, receipt: Option<Receipt>) -> Result<(), Fault> {
        let mut message =
            message_of(&publish.properties, publish.payload, self.wire.stream().via_mqtt());
        message.topic = self.aliases.resolve(publish, &self.session)?;
        message.qos = publish.delivery.qos();
        message.retain = publish.retain;
        message.publisher = Some(Arc::clone(self.session.client_id()));
        if !self.rights.may_write(&message.topic) {
            return self.not_allowed(receipt);
        }
        message.expire_in(publish.properties.message_expiry_interval(), Instant::now());
        let outcome = self.shared.hub.publish(message);
        match outcome {
            Ok(Published { not_retained: false, .. }) => {}
            Ok(_) => self.report("message not retained, there are as many as may be"),
            Err(_) => self.report("message lost, the hub's memory is full"),
        }
        match receipt {
            Some(receipt) => self.acknowledge(receipt, outcome),
            None => Ok(()),
        }
    }

    /// 5.0 says so at QoS 1 and 2 [MQTT-3.3.5-2]; 3.1.1 has no word for it, and acts as if it were done.
    fn not_allowed(&mut self, receipt: Option<Receipt>) -> Result<(), Fault> {
        self.report("may not publish there, message dropped");
        let Some(receipt) = receipt else { return Ok(()) };
        self.server.acknowledge(receipt, ReasonCode::NOT_AUTHORIZED).map_err(unsaid)
    }

    /// The first time only: who floods the hub shall not flood the log.
    fn report(&mut self, what: &str) {
        if !self.reported {
            let name = Shown(self.session.client_id());
            self.shared.log.line(format_args!("{name}: {what}"));
            self.reported = true;
        }
    }

    fn acknowledge(
        &mut self,
        receipt: Receipt,
        outcome: Result<Published, Full>,
    ) -> Result<(), Fault> {
        let reason_code = match (outcome, self.version) {
            // A PUBACK or PUBREC of 3.1.1 cannot say that a message is lost.
            (Err(_), Version::V3) => {
                return Err(Fault::new(ReasonCode::QUOTA_EXCEEDED, "no memory for its message"));
            }
            (Err(_), Version::V5) => ReasonCode::QUOTA_EXCEEDED,
            (Ok(Published { receivers: 0, .. }), Version::V5) => {
                ReasonCode::NO_MATCHING_SUBSCRIBERS
            }
            (Ok(_), _) => ReasonCode::SUCCESS,
        };
        self.server.acknowledge(receipt, reason_code).map_err(unsaid)
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>, now_ms: u64) -> Result<(), Fault> {
        let id = subscribe.properties.subscription_identifier();
        let most = self.shared.options.limits.subscriptions;
        let mut codes = Vec::new();
        for subscription in &subscribe.subscriptions {
            let text = subscription.filter.to_str();
            let code = match subscription_of(text) {
                _ if codes.len() >= most => ReasonCode::QUOTA_EXCEEDED,
                Some(filter) if !self.rights.may_subscribe(filter.filter()) => {
                    ReasonCode::NOT_AUTHORIZED
                }
                Some(filter) => {
                    let request = Request { filter, options: subscription.options, id };
                    match self.shared.hub.subscribe(&self.session, &request) {
                        Ok(QoS::AtMostOnce) => ReasonCode::GRANTED_QOS_0,
                        Ok(QoS::AtLeastOnce) => ReasonCode::GRANTED_QOS_1,
                        Ok(QoS::ExactlyOnce) => ReasonCode::GRANTED_QOS_2,
                        Err(_) => ReasonCode::QUOTA_EXCEEDED,
                    }
                }
                None => ReasonCode::TOPIC_FILTER_INVALID,
            };
            codes.push(code);
        }
        let suback = Suback::new(subscribe.id, List::new(&codes));
        let Self { wire, server, .. } = self;
        wire.output.append(|out| server.suback(&suback, now_ms, out)).map_err(unsaid)?;
        Ok(())
    }

    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>, now_ms: u64) -> Result<(), Fault> {
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
        let unsuback = Unsuback::new(unsubscribe.id, List::new(&codes));
        let Self { wire, server, .. } = self;
        wire.output.append(|out| server.unsuback(&unsuback, now_ms, out)).map_err(unsaid)?;
        Ok(())
    }
}

/// An answer that the client cannot be given.
fn unsaid(error: SendError) -> Fault {
    match error {
        SendError::Refused(_) => {
            Fault::new(ReasonCode::PACKET_TOO_LARGE, "its limit leaves no room to answer")
        }
        _ => {
            let reason = ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR;
            Fault::new(reason, "an answer that cannot be said")
        }
    }
}

/// The will of a CONNECT.
pub(super) fn will_of(will: &Will<'_>, client_id: &Arc<str>, via: Via) -> hub::Will {
    let mut message = message_of(&will.properties, will.payload, via);
    message.topic = will.topic.to_str().into();
    message.qos = will.qos;
    message.retain = will.retain;
    message.publisher = Some(Arc::clone(client_id));
    hub::Will { message, expiry: will.properties.message_expiry_interval() }
}

/// Payload and properties. The payload is copied, once, so that a small message never keeps a large
/// input buffer alive.
pub(in crate::gateway) fn message_of(
    properties: &Properties<'_>,
    payload: &[u8],
    via: Via,
) -> Message {
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
