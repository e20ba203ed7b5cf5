//! A message as every protocol of the gateway sees it.

use std::mem::size_of;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mqtt_codec::{QoS, SubscriptionId};

use super::memory::{Charge, Memory};
use crate::gateway::store::{self, Op, Store};

/// A message. Its receivers share it, nobody copies it.
#[derive(Debug, Clone)]
pub struct Message {
    /// A valid topic name.
    pub topic: Arc<str>,
    /// What is said, in any format.
    pub payload: Bytes,
    /// At which Quality of Service it came: no receiver gets it at a higher one.
    pub qos: QoS,
    /// Keep it for subscribers to come; an empty payload deletes what is kept.
    pub retain: bool,
    /// What is said about the payload.
    pub properties: MessageProperties,
    /// Who asks for it later gets it no more.
    pub expires: Option<Instant>,
    /// The client that published it, for No Local.
    pub publisher: Option<Arc<str>>,
    /// By which protocol it came.
    pub via: Via,
}

/// The protocol that brought a message to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// None: the gateway says it itself.
    #[default]
    Gateway,
    /// MQTT over TCP.
    Mqtt,
    /// MQTT over TLS.
    Mqtts,
    /// MQTT over WebSocket.
    Ws,
    /// MQTT over WebSocket over TLS.
    Wss,
    /// CoAP over UDP.
    Coap,
    /// CoAP over TCP.
    CoapTcp,
    /// CoAP over TLS.
    CoapsTcp,
    /// CoAP over WebSocket.
    CoapWs,
    /// CoAP over WebSocket over TLS.
    CoapsWs,
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Via {
    /// Its name: the scheme of its URIs, if it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Mqtt => "mqtt",
            Self::Mqtts => "mqtts",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Coap => "coap",
            Self::CoapTcp => "coap+tcp",
            Self::CoapsTcp => "coaps+tcp",
            Self::CoapWs => "coap+ws",
            Self::CoapsWs => "coaps+ws",
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// What goes with a message unaltered. MQTT 5.0 section 3.3.2.3
#[derive(Debug, Clone, Default)]
pub struct MessageProperties {
    /// True if the payload is UTF-8 text.
    pub payload_format_indicator: Option<bool>,
    /// What the payload is.
    pub content_type: Option<Box<str>>,
    /// Where an answer goes.
    pub response_topic: Option<Box<str>>,
    /// Which request an answer is for.
    pub correlation_data: Option<Box<[u8]>>,
    /// Names and values, in their order.
    pub user_properties: Vec<(Box<str>, Box<str>)>,
}

impl Message {
    /// A message of QoS 0 from the gateway itself that is not retained and says nothing about its
    /// payload.
    pub fn new(topic: impl Into<Arc<str>>, payload: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: MessageProperties::default(),
            expires: None,
            publisher: None,
            via: Via::default(),
        }
    }

    /// Bytes that it takes in memory.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.topic.len() + self.payload.len() + self.properties.size()
    }

    /// True once its lifetime is over.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// The lifetime that is left, in seconds rounded up: what was received minus the whole seconds
    /// that the message has waited here. [MQTT-3.3.2-6]
    pub fn remaining_secs(&self, now: Instant) -> Option<u32> {
        let left = self.expires?.saturating_duration_since(now);
        let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Some(u32::try_from(secs).unwrap_or(u32::MAX))
    }

    /// Lets it expire `secs` seconds from `now`.
    pub fn expire_in(&mut self, secs: Option<u32>, now: Instant) {
        self.expires = secs.and_then(|secs| now.checked_add(Duration::from_secs(secs.into())));
    }
}

impl MessageProperties {
    fn size(&self) -> usize {
        let texts = [&self.content_type, &self.response_topic];
        let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
        let data = self.correlation_data.as_ref().map_or(0, |data| data.len());
        let users = self.user_properties.iter();
        let users: usize =
            users.map(|(name, value)| size_of::<[Box<str>; 2]>() + name.len() + value.len()).sum();
        texts + data + users
    }
}

/// A message that the hub has accepted. While anybody holds it, its size counts in the hub's memory.
#[derive(Debug)]
pub struct Accepted {
    message: Message,
    charge: Charge,
    serial: u64,
    accepted: Instant,
    is_text: OnceLock<bool>,
    /// Where it is on disk, if it is.
    stored: OnceLock<Option<Stored>>,
}

/// A message on disk, until it is dropped.
#[derive(Debug)]
struct Stored {
    store: Arc<Store>,
    message: u64,
}

/// The next [`Accepted::serial`].
static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Accepted {
    pub(super) fn new(message: Message, memory: &Arc<Memory>) -> Option<Arc<Self>> {
        Self::with(message, memory, OnceLock::new())
    }

    /// One that was on disk.
    pub(super) fn restored(
        message: Message,
        memory: &Arc<Memory>,
        store: &Arc<Store>,
        number: u64,
    ) -> Option<Arc<Self>> {
        let stored = Stored { store: Arc::clone(store), message: number };
        Self::with(message, memory, Some(stored).into())
    }

    fn with(
        message: Message,
        memory: &Arc<Memory>,
        stored: OnceLock<Option<Stored>>,
    ) -> Option<Arc<Self>> {
        let charge = memory.charge(message.size())?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Some(Arc::new(Self {
            message,
            charge,
            serial,
            accepted: Instant::now(),
            is_text: OnceLock::new(),
            stored,
        }))
    }

    /// A number that no other message of this process has.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// How long it has been here.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.accepted)
    }

    /// True if the payload is UTF-8 text, by what is said about it or by its bytes.
    pub fn is_text(&self) -> bool {
        self.properties.payload_format_indicator == Some(true)
            || *self.is_text.get_or_init(|| std::str::from_utf8(&self.payload).is_ok())
    }

    /// Puts it on disk, once, and tells its number there; `None` if no record can say it.
    pub(super) fn keep(&self, store: &Arc<Store>) -> Option<u64> {
        let keep = || {
            let bytes = store::message_of(self, Instant::now())?;
            let message = store.new_id();
            store.push(Op::Message { message, bytes });
            Some(Stored { store: Arc::clone(store), message })
        };
        self.stored.get_or_init(keep).as_ref().map(|stored| stored.message)
    }

    pub(super) fn size(&self) -> usize {
        self.charge.bytes()
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.store.push(Op::Forget { message: self.message });
    }
}

impl std::ops::Deref for Accepted {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

/// A message on its way to one receiver.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message.
    pub message: Arc<Accepted>,
    /// The lower of the message's and the subscription's.
    pub qos: QoS,
    /// What the receiver sees.
    pub retain: bool,
    /// The identifiers of all subscriptions that matched.
    pub subscription_ids: Vec<SubscriptionId>,
}
