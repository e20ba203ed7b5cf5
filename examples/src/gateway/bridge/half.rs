//! One side of a bridge: a client, and what it is to publish.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use mqtt_codec::session::{Client, Event, Receipt, SendError, Settings};
use mqtt_codec::{List, PacketId, QoS, ReasonCode, Version};

use super::asks::Asks;
use super::held::{Held, Stage};
use super::shelf::Shelf;
use crate::gateway::store::{KeptSide, Store};
use crate::mqtt_client::driver::{Driver, Lost};
use crate::mqtt_client::hello::Hello;
use crate::mqtt_client::options::IN_FLIGHT;
use crate::mqtt_client::told::Told;
use crate::mqtt_client::transport::Transport;

pub(super) struct Half {
    name: String,
    /// With room for so many, it is large.
    driver: Box<Driver<'static, IN_FLIGHT>>,
    version: Version,
    /// What comes from this side.
    asks: Asks,
    /// What is to be published here and is not done, by handle; those that the session does not know.
    pending: BTreeMap<u32, Held>,
    queue: VecDeque<u32>,
    /// For messages of QoS 1 and 2, and for those of QoS 0, of which nothing is on disk.
    next_handle: u32,
    next_passing: u32,
    /// A message that is larger than what is taken goes by, and is acknowledged at its end.
    too_large: Option<Receipt>,
    /// Messages of QoS 2 that have come from here and are not acknowledged: their handles there.
    known: HashMap<PacketId, u32>,
    /// Where it is on disk, if it is.
    shelf: Option<Shelf>,
    /// For the log.
    pub(super) notes: Vec<Happened>,
}

/// A line for the log.
pub(super) struct Happened(pub(super) String);

/// Messages in flight that go at once: brokers take so many, and those of 3.1.1 cannot say less.
const AT_ONCE: usize = 20;
/// More of QoS 0 do not wait.
const WAITING: usize = 1024;
/// The first handle of a message of QoS 0.
const PASSING: u32 = 1 << 31;
/// The handle of SUBSCRIBE and UNSUBSCRIBE.
const SUBSCRIBE: u32 = u32::MAX;

impl Half {
    /// Goes on with what was kept, if anything is.
    pub(super) fn new(
        name: String,
        transport: Transport,
        hello: Hello,
        asks: Asks,
        largest: u32,
        kept: Option<(Shelf, KeptSide)>,
    ) -> Result<Self, String> {
        let version = hello.version;
        // In 3.1.1 nobody can be told, and who sends more would send it again with each connection.
        let most = if version == Version::V5 { largest } else { u32::MAX };
        let settings = Settings::DEFAULT
            .with_buffer(largest)
            .with_max_packet_size(most)
            .with_persistent(kept.is_some());
        let session = Client::new(version, settings);
        let mut half = Self {
            name,
            driver: Box::new(Driver::new(session, transport, hello, largest)),
            version,
            asks,
            pending: BTreeMap::new(),
            queue: VecDeque::new(),
            next_handle: 0,
            next_passing: PASSING,
            too_large: None,
            known: HashMap::new(),
            shelf: None,
            notes: Vec::new(),
        };
        if let Some((shelf, kept)) = kept {
            half.restore(shelf, kept, settings)?;
        }
        // Messages that wait there matter more than that one of them may come twice.
        half.driver.session.assume_session();
        Ok(half)
    }

    fn restore(&mut self, shelf: Shelf, kept: KeptSide, settings: Settings) -> Result<(), String> {
        let now = Instant::now();
        for (handle, record) in kept.messages {
            let held = Held::from_record(&record, now).ok_or("a damaged message")?;
            self.pending.insert(handle, held);
        }
        let shelf = self.shelf.insert(shelf);
        if let Some(asked) = kept.asked.as_deref().and_then(|record| shelf.read_asked(record)) {
            self.asks.restore(asked).ok_or("damaged subscriptions")?;
        }
        let Some(record) = kept.client else { return Ok(()) };
        let client = shelf.read(&record).ok_or("a damaged client")?;
        self.next_handle = client.next_handle;
        let Some(snapshot) = client.snapshot else {
            // It was another broker's.
            self.begin_anew();
            return Ok(());
        };
        let session = Client::restore(self.version, settings, snapshot);
        self.driver.session = session.map_err(|error| error.to_string())?;
        let waiting = self.pending.iter().filter(|(_, held)| held.stage == Stage::Waiting);
        self.queue = waiting.map(|(handle, _)| *handle).collect();
        Ok(())
    }

    /// The session is a new one that knows of no message: what this broker had is done.
    fn begin_anew(&mut self) -> Vec<Held> {
        self.known.clear();
        self.queue.clear();
        let (handles, mut done) = (self.pending.keys().copied().collect::<Vec<_>>(), Vec::new());
        for handle in handles {
            match self.pending.get_mut(&handle) {
                Some(held) if held.stage != Stage::Arrived => {
                    held.stage = Stage::Waiting;
                    self.queue.push_back(handle);
                    self.changed(handle);
                }
                _ => done.extend(self.remove(handle)),
            }
        }
        done
    }

    /// Sends, reads or waits; why a connection was lost.
    pub(super) async fn step(&mut self) -> Option<String> {
        self.driver.step().await.err().map(|Lost { text, .. }| text)
    }

    /// True if the session waits for the disk.
    pub(super) fn must_keep(&self) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| shelf.is_due)
    }

    /// Puts down what has changed.
    pub(super) fn keep(&mut self, store: &Store) {
        if let Some(shelf) = &mut self.shelf {
            shelf.keep(store, &mut self.driver.session, &self.pending, self.next_handle);
        }
    }

    /// What was put down is on disk.
    pub(super) fn kept(&mut self) {
        self.driver.session.persisted();
        if let Some(shelf) = &mut self.shelf {
            shelf.is_due = false;
        }
    }

    pub(super) fn note(&mut self, text: &str) {
        self.notes.push(Happened(format!("{}: {text}", self.name)));
    }

    /// Hands what has come to the other side, and sends what is to be sent here: true if that was
    /// something.
    pub(super) fn take(&mut self, other: &mut Self) -> bool {
        let mut has_done = false;
        // What the session waits for must be on disk first.
        while !self.must_keep() {
            let Some((event, session)) = self.driver.next() else { break };
            has_done |= event != Event::Persist;
            match event {
                Event::Publish { publish, receipt } => {
                    let topic = self.asks.topics.map(session.topic_of(&publish).to_str());
                    let now = Instant::now();
                    let held = topic.map(|topic| Held::new(&publish, &topic, receipt, now));
                    if let Some(None) = held {
                        let text = "a message is lost: its topic there would be no topic name";
                        self.notes.push(Happened(format!("{}: {text}", self.name)));
                    }
                    let held = held.flatten();
                    let dup = publish.delivery.dup();
                    let id = receipt.filter(|_| publish.delivery.qos() == QoS::ExactlyOnce);
                    self.came(held, receipt, id.map(Receipt::id), dup, other);
                }
                Event::PublishHead { receipt, .. } => {
                    self.too_large = receipt;
                    self.note("a message is lost: it is too large");
                }
                Event::Payload { remaining: 0, .. } => {
                    let receipt = self.too_large.take();
                    self.acknowledge(receipt);
                }
                event => {
                    let told = Told::of(&event);
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
                None => _ = self.acknowledge(receipt),
            }
            return;
        }
        let is_dropped = receipt.is_none()
            && (!other.driver.session.is_connected() || other.queue.len() >= WAITING);
        let Some(held) = held.filter(|_| !is_dropped) else {
            self.acknowledge(receipt);
            return;
        };
        let handle = other.enqueue(held);
        if let Some(id) = id {
            self.known.insert(id, handle);
        }
    }

    /// The connection is a new one: what was not acknowledged comes again, and need not wait there. Unless
    /// the broker has forgotten it, and nobody but us has it anymore.
    fn comes_again(&mut self, session_present: bool, other: &mut Self) {
        if !session_present {
            for (handle, held) in &mut other.pending {
                if held.receipt.take().is_some() {
                    if let Some(shelf) = &mut other.shelf {
                        shelf.changed(*handle);
                    }
                }
            }
            return;
        }
        let Self { pending, queue, .. } = other;
        queue.retain(|handle| {
            let waits = pending.get(handle).is_some_and(|held| held.receipt.is_none());
            if !waits {
                pending.remove(handle);
                self.known.retain(|_, known| known != handle);
            }
            waits
        });
    }

    /// It is safe, or nobody wants it. False if it comes again, since the connection is another one.
    fn acknowledge(&mut self, receipt: Option<Receipt>) -> bool {
        let Some(receipt) = receipt else { return true };
        let result = self.driver.session.acknowledge(receipt, ReasonCode::SUCCESS);
        let is_done = result != Err(SendError::Stale);
        if is_done {
            self.known.remove(&receipt.id());
            if let Some(shelf) = &mut self.shelf {
                shelf.touched();
            }
        }
        is_done
    }

    fn told(&mut self, told: Told, other: &mut Self) {
        match told {
            Told::Accepted { session_present } => {
                self.note("connected");
                self.asks.connected(session_present);
                self.too_large = None;
                self.comes_again(session_present, other);
                if !session_present {
                    let done = self.begin_anew();
                    done.into_iter().for_each(|held| _ = other.acknowledge(held.receipt));
                }
            }
            Told::Persist => {
                if let Some(shelf) = &mut self.shelf {
                    shelf.is_due = true;
                }
            }
            Told::Arrived(handle) => {
                if let Some(held) = self.pending.get_mut(&handle) {
                    held.arrived();
                    self.changed(handle);
                }
            }
            Told::Busy(error) | Told::Left(error) => self.note(&error.to_string()),
            Told::Refused(error) | Told::Dismissed(error) => {
                self.note(&error.to_string());
                self.driver.hold_back();
            }
            Told::Subscribed { reasons, why, .. } => {
                let refused = self.asks.answered(&reasons).into_iter().map(|(filter, reason)| {
                    Happened(format!("{}: {filter} is refused: {reason}{why}", self.name))
                });
                self.notes.extend(refused);
                self.has_asked();
            }
            Told::Unsubscribed { .. } => {
                self.asks.left();
                self.has_asked();
            }
            Told::Done { handle, reason, why } => {
                if reason.is_error() {
                    self.note(&format!("a message is refused: {reason}{why}"));
                }
                self.done(handle, other);
            }
            Told::Send(handle) => match self.send_again(handle) {
                Ok(true) | Err(SendError::Full | SendError::Quota | SendError::OutOfTurn) => {}
                result => {
                    if let Err(error) = result {
                        self.note(&format!("a message is lost: {error}"));
                    }
                    let _ = self.driver.session.forget(handle);
                    self.done(handle, other);
                }
            },
            _ => {}
        }
    }

    fn done(&mut self, handle: u32, other: &mut Self) {
        if let Some(held) = self.remove(handle) {
            other.acknowledge(held.receipt);
        }
    }

    fn remove(&mut self, handle: u32) -> Option<Held> {
        self.changed(handle);
        self.pending.remove(&handle)
    }

    fn changed(&mut self, handle: u32) {
        if let Some(shelf) = self.shelf.as_mut().filter(|_| handle < PASSING) {
            shelf.changed(handle);
        }
    }

    fn has_asked(&mut self) {
        if let Some(shelf) = &mut self.shelf {
            shelf.asked(self.asks.record());
        }
    }

    fn enqueue(&mut self, held: Held) -> u32 {
        let (next, range) = match held.qos {
            QoS::AtMostOnce => (&mut self.next_passing, PASSING..SUBSCRIBE),
            _ => (&mut self.next_handle, 0..PASSING),
        };
        while !range.contains(next) || self.pending.contains_key(next) {
            *next = if range.contains(next) { *next + 1 } else { range.start };
        }
        let handle = *next;
        *next += 1;
        self.pending.insert(handle, held);
        self.queue.push_back(handle);
        handle
    }

    /// Sends what can be sent: true if that is something.
    fn say(&mut self, other: &mut Self) -> bool {
        self.ask(other);
        let mut has_said = false;
        while self.driver.has_room() && self.driver.session.in_flight() < AT_ONCE {
            let Some(&handle) = self.queue.front() else { break };
            let now = Instant::now();
            // [MQTT-3.3.2-5]
            if self.pending.get(&handle).is_none_or(|held| held.is_expired(now)) {
                self.done(handle, other);
            } else if self.shelf.is_some() && !self.take_over(handle, other) {
                break; // what becomes of it is known once that side is connected again
            } else {
                match self.publish(handle, now) {
                    Err(SendError::Full | SendError::Quota | SendError::OutOfTurn) => break,
                    Ok(QoS::AtMostOnce) => self.done(handle, other),
                    Ok(_) => {}
                    Err(error) => {
                        self.note(&format!("a message is lost: {error}"));
                        self.done(handle, other);
                    }
                }
            }
            self.queue.pop_front();
            has_said = true;
        }
        has_said
    }

    /// Subscribes and unsubscribes, if that is due.
    fn ask(&mut self, other: &Self) {
        if !self.driver.has_room() {
            return;
        }
        let is_there = other.driver.session.is_connected();
        let Self { asks, driver, .. } = self;
        let mut failed = None;
        let list = asks.due(is_there);
        if !list.is_empty() {
            match driver.send(|session, now_ms, out| {
                session.subscribe(List::new(&list), List::EMPTY, SUBSCRIBE, now_ms, out)
            }) {
                Err(SendError::Full | SendError::OutOfTurn) => {}
                said => {
                    failed = said.err();
                    asks.asking(is_there);
                }
            }
        }
        let list = asks.useless();
        if !list.is_empty() {
            match driver.send(|session, now_ms, out| {
                session.unsubscribe(List::new(&list), List::EMPTY, SUBSCRIBE, now_ms, out)
            }) {
                Err(SendError::Full | SendError::OutOfTurn) => {}
                said => {
                    failed = failed.or(said.err());
                    asks.leaving();
                }
            }
        }
        if let Some(error) = failed {
            self.note(&format!("cannot subscribe: {error}"));
        }
    }

    /// From here on it is ours: in one step it is put down here and acknowledged where it came from. False
    /// if the connection that it came over has ended.
    fn take_over(&mut self, handle: u32, other: &mut Self) -> bool {
        let Some(held) = self.pending.get_mut(&handle) else { return true };
        if held.qos == QoS::AtMostOnce {
            return true; // nobody promises anything
        }
        if !other.acknowledge(held.receipt) {
            return false;
        }
        held.receipt = None;
        self.changed(handle);
        true
    }

    /// Sends a message from the queue: at what QoS. What the broker does not take is sent as far as it
    /// does. [MQTT-3.2.2-11] [MQTT-3.2.2-14]
    fn publish(&mut self, handle: u32, now: Instant) -> Result<QoS, SendError> {
        let limits = *self.driver.session.limits();
        let Some(held) = self.pending.get_mut(&handle) else { return Ok(QoS::AtMostOnce) };
        let mut properties = Vec::new();
        let message = held.message(self.version, now, &mut properties);
        let Some(mut message) = message else { return Ok(QoS::AtMostOnce) };
        message.qos = message.qos.min(limits.maximum_qos);
        message.retain &= limits.retain;
        self.driver.send(|session, now_ms, out| session.publish(&message, handle, now_ms, out))?;
        let qos = message.qos;
        if qos > QoS::AtMostOnce {
            (held.qos, held.stage) = (qos, Stage::Sent);
            self.changed(handle);
        }
        Ok(qos)
    }

    /// Sends what the session asks for; false if nobody is to get it any more.
    fn send_again(&mut self, handle: u32) -> Result<bool, SendError> {
        let (now, mut properties) = (Instant::now(), Vec::new());
        let retain = self.driver.session.limits().retain;
        let held = self.pending.get(&handle).filter(|held| !held.is_expired(now));
        let message = held.and_then(|held| held.message(self.version, now, &mut properties));
        let Some(mut message) = message else { return Ok(false) };
        message.retain &= retain;
        self.driver.send(|session, now_ms, out| session.send(&message, handle, now_ms, out))?;
        Ok(true)
    }
}
