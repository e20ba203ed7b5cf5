//! What a peer takes.

use crate::properties::Properties;
use crate::publish::QoS;
use crate::reason_code::ReasonCode;
use crate::subscribe::Subscription;

use super::Message;

/// What a peer has said that it takes, in CONNECT or CONNACK. MQTT 5.0 sections 3.1.2.11 and 3.2.2.3
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// A Topic Alias so high.
    #[error("a topic alias above its limit")]
    TopicAlias,
    /// A wildcard in a filter.
    #[error("a filter with wildcards")]
    Wildcard,
    /// A Subscription Identifier.
    #[error("a subscription identifier")]
    SubscriptionIdentifier,
    /// A shared subscription.
    #[error("a shared subscription")]
    Shared,
}

impl Refusal {
    /// The rule that it would break.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::PacketTooLarge => "MQTT-3.2.2-15",
            Self::Qos => "MQTT-3.2.2-11",
            Self::Retain => "MQTT-3.2.2-14",
            Self::TopicAlias => "MQTT-3.2.2-17",
            Self::Wildcard => "MQTT 5.0 section 3.2.2.3.11",
            Self::SubscriptionIdentifier => "MQTT 5.0 section 3.2.2.3.12",
            Self::Shared => "MQTT 5.0 section 3.2.2.3.13",
        }
    }

    /// What a server answers who is sent it nevertheless.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::PacketTooLarge => ReasonCode::PACKET_TOO_LARGE,
            Self::Qos => ReasonCode::QOS_NOT_SUPPORTED,
            Self::Retain => ReasonCode::RETAIN_NOT_SUPPORTED,
            Self::TopicAlias => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::Wildcard => ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
            Self::SubscriptionIdentifier => ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            Self::Shared => ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
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
    };

    /// As the properties of CONNECT or CONNACK say.
    pub fn of(properties: &Properties<'_>) -> Self {
        let default = Self::DEFAULT;
        let receive_maximum = properties.receive_maximum();
        let maximum_packet_size = properties.maximum_packet_size();
        Self {
            receive_maximum: receive_maximum.map_or(default.receive_maximum, |n| n.get()),
            maximum_packet_size: maximum_packet_size
                .map_or(default.maximum_packet_size, |n| n.get()),
            topic_alias_maximum: properties.topic_alias_maximum().unwrap_or(0),
            maximum_qos: properties.maximum_qos().unwrap_or(default.maximum_qos),
            retain: properties.retain_available().unwrap_or(true),
            wildcards: properties.wildcard_subscription_available().unwrap_or(true),
            subscription_identifiers: properties
                .subscription_identifiers_available()
                .unwrap_or(true),
            shared: properties.shared_subscription_available().unwrap_or(true),
        }
    }

    /// Would the peer take this message, whatever its size?
    ///
    /// # Errors
    ///
    /// What it does not take.
    pub fn check_message(&self, message: &Message<'_>) -> Result<(), Refusal> {
        if message.qos > self.maximum_qos {
            return Err(Refusal::Qos);
        }
        if message.retain && !self.retain {
            return Err(Refusal::Retain);
        }
        let alias = message.properties.topic_alias().map_or(0, |alias| alias.get());
        if alias > self.topic_alias_maximum {
            return Err(Refusal::TopicAlias);
        }
        Ok(())
    }

    /// Would the server take this subscription?
    ///
    /// # Errors
    ///
    /// What it does not take.
    pub fn check_subscription(&self, subscription: &Subscription<'_>) -> Result<(), Refusal> {
        let is_shared = subscription.filter.shared().is_some();
        if is_shared && !self.shared {
            return Err(Refusal::Shared);
        }
        let is_wildcard = |byte: &u8| matches!(byte, b'+' | b'#');
        if !self.wildcards && subscription.filter.as_bytes().iter().any(is_wildcard) {
            return Err(Refusal::Wildcard);
        }
        Ok(())
    }
}
