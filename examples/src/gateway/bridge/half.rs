//! One side of a bridge: a client, and what it is to publish.

use std::collections::{BTreeMap, HashMap, VecDeque};

use mqtt_codec::session::{Client, Event, Message, Receipt, SendError, Settings};
use mqtt_codec::{Codec, List, Packet, PacketId, Property, Publish, QoS, ReasonCode, Version};

use super::options::Topics;
use crate::mqtt_client::driver::{Driver, Lost};
use crate::mqtt_client::hello::Hello;
use crate::mqtt_client::told::Told;
use crate::mqtt_client::transport::Transport;

pub(super) struct Half {
    name: String,
    driver: Driver<'static, IN_FLIGHT>,
    version: Version,
    /// What comes from this side.
    topics: Topics,
    /// SUBSCRIBE is due; it was sent in this life.
    must_subscribe: bool,
    has_subscribed: bool,
    /// What is to be published here and is not done, by handle; those that the session does not know.
    pending: BTreeMap<u32, Held>,
    queue: VecDeque<u32>,
    next_handle: u32,
    /// Messages of QoS 2 that have come from here and are not acknowledged: their handles there.
    known: HashMap<PacketId, u32>,
    /// For the log.
    pub(super) notes: Vec<Happened>,
}

/// A line for the log.
pub(super) struct Happened(pub(super) String);

/// A message on its way to the other side.
struct Held {
    /// As a PUBLISH of 5.0 and QoS 0.
    packet: Vec<u8>,
    qos: QoS,
    /// What to acknowledge where it came from.
    receipt: Option<Receipt>,
}

/// Messages in flight that come at once.
const IN_FLIGHT: usize = 64;
/// Messages in flight that go at once: brokers take so many, and those of 3.1.1 cannot say less.
const AT_ONCE: usize = 20;
/// More of QoS 0 do not wait.
const WAITING: usize = 1024;
/// The handle of SUBSCRIBE.
const SUBSCRIBE: u32 = u32::MAX;

impl Half {
    pub(super) fn new(
        name: String,
        transport: Transport,
        hello: Hello,
        topics: Topics,
        largest: u32,
    ) -> Self {
        let settings = Settings::DEFAULT.with_buffer(largest).with_max_packet_size(largest);
        let mut session = Client::new(hello.version, settings);
        // Messages that wait there matter more than that one of them may come twice.
        session.assume_session();
        let version = hello.version;
        Self {
            name,
            driver: Driver::new(session, transport, hello, largest),
            version,
            topics,
            must_subscribe: false,
            has_subscribed: false,
            pending: BTreeMap::new(),
            queue: VecDeque::new(),
            next_handle: 0,
            known: HashMap::new(),
            notes: Vec::new(),
        }
    }

    /// Sends, reads or waits; why a connection was lost.
    pub(super) async fn step(&mut self) -> Option<String> {
        self.driver.step().await.err().map(|Lost { text, .. }| text)
    }

    pub(super) fn note(&mut self, text: &str) {
        self.notes.push(Happened(format!("{}: {text}", self.name)));
    }

    /// Hands what has come to the other side, and sends what is to be sent here: true if that was
    /// something.
    pub(super) fn take(&mut self, other: &mut Self) -> bool {
        let mut has_done = false;
        while let Some((event, session)) = self.driver.next() {
            has_done = true;
            match &event {
                Event::Publish { publish, receipt } => {
                    let topic = self.topics.map(session.topic_of(publish).to_str());
                    let held = topic.and_then(|topic| Held::new(publish, &topic, *receipt));
                    let dup = publish.delivery.dup();
                    let id = receipt.filter(|_| publish.delivery.qos() == QoS::ExactlyOnce);
                    self.came(held, *receipt, id.map(Receipt::id), dup, other);
                }
                event => {
                    let told = Told::of(event);
                    self.told(told, other);
                }
            }
        }
        self.say(other) || has_done
    }

    /// A message has come, which goes to the other side if there is one to send.
    fn came(
        &mut self,
        held: Option<Held>,
        receipt: Option<Receipt>,
        id: Option<PacketId>,
        dup: bool,
        other: &mut Self,
    ) {
        // It came before and is on its way, or is there already.
        let known = id.filter(|_| dup).and_then(|id| self.known.get(&id).copied());
        if let Some(handle) = known {
            match other.pending.get_mut(&handle) {
                Some(held) => held.receipt = receipt,
                None => self.acknowledge(receipt),
            }
            return;
        }
        let is_dropped = receipt.is_none()
            && (!other.driver.session.is_connected() || other.queue.len() >= WAITING);
        let Some(held) = held.filter(|_| !is_dropped) else { return self.acknowledge(receipt) };
        let handle = other.enqueue(held);
        if let Some(id) = id {
            self.known.insert(id, handle);
        }
    }

    /// The other side has it, or nobody wants it.
    fn acknowledge(&mut self, receipt: Option<Receipt>) {
        let Some(receipt) = receipt else { return };
        // Otherwise the connection is another one by now, and the message comes again.
        if self.driver.session.acknowledge(receipt, ReasonCode::SUCCESS).is_ok() {
            self.known.remove(&receipt.id());
        }
    }

    fn told(&mut self, told: Told, other: &mut Self) {
        match told {
            Told::Accepted { session_present } => {
                self.note("connected");
                self.must_subscribe = !self.has_subscribed || !session_present;
                if !session_present {
                    self.known.clear();
                    self.queue = self.pending.keys().copied().collect();
                }
            }
            Told::Busy(error) | Told::Left(error) => self.note(&error.to_string()),
            Told::Refused(error) | Told::Dismissed(error) => {
                self.note(&error.to_string());
                self.driver.hold_back();
            }
            Told::Subscribed { reasons, why, .. } => {
                self.has_subscribed = true;
                let refused = self.topics.filters.iter().zip(&reasons);
                let refused: Vec<_> = refused.filter(|(_, reason)| reason.is_error()).collect();
                let lines = refused.iter().map(|(filter, reason)| {
                    Happened(format!("{}: {filter} is refused: {reason}{why}", self.name))
                });
                self.notes.extend(lines);
            }
            Told::Done { handle, reason, why } => {
                if reason.is_error() {
                    self.note(&format!("a message is refused: {reason}{why}"));
                }
                self.done(handle, other);
            }
            Told::Send(handle) => match self.send(handle, true) {
                Err(SendError::Full | SendError::Quota | SendError::OutOfTurn) | Ok(()) => {}
                Err(error) => {
                    self.note(&format!("a message is lost: {error}"));
                    let _ = self.driver.session.forget(handle);
                    self.done(handle, other);
                }
            },
            _ => {}
        }
    }

    fn done(&mut self, handle: u32, other: &mut Self) {
        if let Some(held) = self.pending.remove(&handle) {
            other.acknowledge(held.receipt);
        }
    }

    fn enqueue(&mut self, held: Held) -> u32 {
        let handle = self.next_handle;
        self.next_handle = (handle + 1) % SUBSCRIBE;
        self.pending.insert(handle, held);
        self.queue.push_back(handle);
        handle
    }

    /// Sends what can be sent: true if that is something.
    fn say(&mut self, other: &mut Self) -> bool {
        let mut has_said = false;
        if self.must_subscribe && self.driver.has_room() {
            let list = self.topics.subscriptions(self.version);
            let said = list.is_empty()
                || self
                    .driver
                    .send(|session, now_ms, out| {
                        session.subscribe(List::new(&list), List::EMPTY, SUBSCRIBE, now_ms, out)
                    })
                    .is_ok();
            self.must_subscribe = !said;
            self.has_subscribed |= list.is_empty();
        }
        while self.driver.has_room() && self.driver.session.in_flight() < AT_ONCE {
            let Some(&handle) = self.queue.front() else { break };
            match self.send(handle, false) {
                Err(SendError::Full | SendError::Quota | SendError::OutOfTurn) => break,
                Ok(()) => {}
                Err(error) => {
                    self.note(&format!("a message is lost: {error}"));
                    self.done(handle, other);
                }
            }
            self.queue.pop_front();
            has_said = true;
        }
        has_said
    }

    fn send(&mut self, handle: u32, is_asked: bool) -> Result<(), SendError> {
        let Some(held) = self.pending.get(&handle) else {
            return if is_asked { self.driver.session.forget(handle) } else { Ok(()) };
        };
        let codec = Codec::either(Version::V5);
        let Ok(Some((Packet::Publish(publish), _))) = codec.decode(&held.packet) else {
            return Ok(());
        };
        let mut message =
            Message::new(publish.topic, held.qos, publish.payload).with_retain(publish.retain);
        if self.version == Version::V5 {
            message = message.with_properties(publish.properties);
        }
        self.driver.send(|session, now_ms, out| match is_asked {
            true => session.send(&message, handle, now_ms, out),
            false => session.publish(&message, handle, now_ms, out),
        })?;
        if held.qos == QoS::AtMostOnce {
            self.pending.remove(&handle);
        }
        Ok(())
    }
}

impl Held {
    fn new(publish: &Publish<'_>, topic: &str, receipt: Option<Receipt>) -> Option<Self> {
        // What is about this connection alone stays behind.
        let passes = |property: &Property<'_>| {
            !matches!(property, Property::TopicAlias(_) | Property::SubscriptionIdentifier(_))
        };
        let properties: Vec<Property<'_>> = publish.properties.iter().filter(passes).collect();
        let publish_there = Publish {
            retain: publish.retain,
            properties: List::new(&properties),
            ..Publish::new(mqtt_codec::TopicName::new(topic).ok()?, publish.payload)
        };
        let (codec, whole) = (Codec::either(Version::V5), Packet::Publish(publish_there));
        let mut packet = vec![0; codec.encoded_len(&whole).ok()?];
        codec.encode(&whole, &mut packet).ok()?;
        Some(Self { packet, qos: publish.delivery.qos(), receipt })
    }
}
