//! What a peer takes.

use crate::properties::Properties;
use crate::property::Property;
use crate::publish::QoS;
use crate::reason_code::ReasonCode;
use crate::subscribe::Subscriptions;

/// What a peer has said that it takes, in CONNECT or CONNACK. MQTT 5.0 sections 3.1.2.11 and 3.2.2.3
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// Messages of QoS 1 and 2 in flight, 1 to 65,535.
    pub receive_maximum: u16,
    /// Bytes of a packet.
    pub maximum_packet_size: u32,
    /// The highest Topic Alias; 0 for none.
    pub topic_alias_maximum: u16,
    /// The highest QoS.
    pub maximum_qos: QoS,
    /// Whether messages may be retained.
    pub retain: bool,
    /// Whether filters may have wildcards.
    pub wildcards: bool,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifiers: bool,
    /// Whether subscriptions may be shared.
    pub shared: bool,
    /// Whether the client wants Reason Strings and User Properties besides a message's.
    pub problem_information: bool,
}

/// What a peer does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A packet of this size.
    #[error("a packet larger than its limit")]
    PacketTooLarge,
    /// This QoS.
    #[error("a QoS above its limit")]
    Qos,
    /// A retained message.
    #[error("a retained message")]
    Retain,
    /// A wildcard in a filter.
    #[error("a filter with wildcards")]
    Wildcard,
    /// A Subscription Identifier.
    #[error("a subscription identifier")]
    SubscriptionIdentifier,
    /// A shared subscription.
    #[error("a shared subscription")]
    Shared,
    /// Response Information that CONNECT did not ask for.
    #[error("response information")]
    ResponseInformation,
}

impl Refusal {
    /// The rule that it would break.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::PacketTooLarge => "MQTT-3.2.2-15",
            Self::Qos => "MQTT-3.2.2-11",
            Self::Retain => "MQTT-3.2.2-14",
            Self::Wildcard => "MQTT 5.0 section 3.2.2.3.11",
            Self::SubscriptionIdentifier => "MQTT 5.0 section 3.2.2.3.12",
            Self::Shared => "MQTT 5.0 section 3.2.2.3.13",
            Self::ResponseInformation => "MQTT-3.1.2-28",
        }
    }

    /// What a server answers who is sent it nevertheless.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::PacketTooLarge => ReasonCode::PACKET_TOO_LARGE,
            Self::Qos => ReasonCode::QOS_NOT_SUPPORTED,
            Self::Retain => ReasonCode::RETAIN_NOT_SUPPORTED,
            Self::Wildcard => ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
            Self::SubscriptionIdentifier => ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            Self::Shared => ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            Self::ResponseInformation => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

impl Limits {
    /// What is taken where nothing is said.
    pub const DEFAULT: Self = Self {
        receive_maximum: u16::MAX,
        maximum_packet_size: u32::MAX,
        topic_alias_maximum: 0,
        maximum_qos: QoS::ExactlyOnce,
        retain: true,
        wildcards: true,
        subscription_identifiers: true,
        shared: true,
        problem_information: true,
    };

    /// As the properties of CONNECT or CONNACK say.
    pub fn of(properties: &Properties<'_>) -> Self {
        let mut limits = Self::DEFAULT;
        for property in properties.iter() {
            match property {
                Property::ReceiveMaximum(value) => limits.receive_maximum = value.get(),
                Property::MaximumPacketSize(value) => limits.maximum_packet_size = value.get(),
                Property::TopicAliasMaximum(value) => limits.topic_alias_maximum = value,
                Property::MaximumQos(value) => limits.maximum_qos = value,
                Property::RetainAvailable(value) => limits.retain = value,
                Property::WildcardSubscriptionAvailable(value) => limits.wildcards = value,
                Property::SubscriptionIdentifiersAvailable(value) => {
                    limits.subscription_identifiers = value;
                }
                Property::SharedSubscriptionAvailable(value) => limits.shared = value,
                Property::RequestProblemInformation(value) => limits.problem_information = value,
                _ => {}
            }
        }
        limits
    }

    /// Would the peer take a message of this QoS, retained or not?
    ///
    /// # Errors
    ///
    /// What it does not take.
    pub const fn check_message(&self, qos: QoS, retain: bool) -> Result<(), Refusal> {
        if qos as u8 > self.maximum_qos as u8 {
            Err(Refusal::Qos)
        } else if retain && !self.retain {
            Err(Refusal::Retain)
        } else {
            Ok(())
        }
    }

    /// Would the server take these subscriptions?
    ///
    /// # Errors
    ///
    /// What it does not take.
    pub fn check_subscriptions(
        &self,
        subscriptions: Subscriptions<'_>,
        properties: Properties<'_>,
    ) -> Result<(), Refusal> {
        for subscription in subscriptions.iter() {
            if !self.shared && subscription.filter.shared().is_some() {
                return Err(Refusal::Shared);
            }
            let is_wildcard = |byte: &u8| matches!(byte, b'+' | b'#');
            if !self.wildcards && subscription.filter.as_bytes().iter().any(is_wildcard) {
                return Err(Refusal::Wildcard);
            }
        }
        if !self.subscription_identifiers && properties.subscription_identifier().is_some() {
            return Err(Refusal::SubscriptionIdentifier);
        }
        Ok(())
    }
}
