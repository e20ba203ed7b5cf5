//! What waits for one client: messages to send, and messages sent but not acknowledged.
//!
//! ```text
//!   push -> queues -> take -> in flight (QoS 1) -> acknowledge
//!                              ^ sent on this connection: the first `sent` of them
//! ```
//!
//! Retained messages for a new subscription are not queued all at once: a [`Replay`] says where to go
//! on, and the next few come when the client has taken those before. So a client that subscribes and
//! subscribes without reading makes no work.
//!
//! Overflow. An outbox that is full (by count or by bytes) loses its oldest message of QoS 0 for the
//! new one; without one of QoS 0 in it, the new message is lost, whatever its QoS. So a receiver
//! that does not read costs a bounded amount, and costs nobody else anything.

use std::collections::VecDeque;
use std::mem::{size_of, size_of_val};
use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::{PacketId, QoS};

use super::memory::{Charge, Memory};
use super::message::Delivery;
use super::queue::Queue;
use super::session::Link;

/// The outbox of a session.
#[derive(Debug)]
pub(super) struct Outbox {
    link: Option<Arc<Link>>,
    queue: Queue,
    /// In the order of sending; after a new connection, those behind `sent` must go again.
    in_flight: VecDeque<(PacketId, Delivery)>,
    sent: usize,
    receive_maximum: usize,
    last_id: u16,
    /// Size of all that is queued or in flight, as if this client alone had it.
    bytes: usize,
    /// What this client alone has: its name, the subscription identifiers of its messages.
    own: Charge,
    dropped: u64,
    /// No message in the queue expires before.
    next_expiry: Option<Instant>,
    /// Subscriptions whose retained messages are not all queued yet.
    replays: VecDeque<Replay>,
    /// The place of the last retained message that was queued.
    replayed: u64,
}

/// A subscription that is owed retained messages.
#[derive(Debug)]
pub(super) struct Replay {
    /// The subscription's whole text.
    pub(super) filter: Box<str>,
    /// The topic behind which to go on.
    pub(super) cursor: Option<Arc<str>>,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// A message to send now.
#[derive(Debug)]
pub struct Outgoing {
    /// What and how.
    pub delivery: Delivery,
    /// At QoS 1: the identifier that [`acknowledge`](super::Session::acknowledge) takes.
    pub id: Option<PacketId>,
    /// It was perhaps sent before.
    pub dup: bool,
}

/// A name of this length is beside the budget.
pub(super) const FREE_NAME: usize = 256;

impl Outbox {
    /// An empty outbox, if there is memory for the name.
    pub(super) fn new(client_id: &str, memory: &Arc<Memory>) -> Option<Self> {
        Some(Self {
            link: None,
            queue: Queue::new(memory)?,
            in_flight: VecDeque::new(),
            sent: 0,
            receive_maximum: 0,
            last_id: 0,
            bytes: 0,
            own: memory.charge(client_id.len().saturating_sub(FREE_NAME))?,
            dropped: 0,
            next_expiry: None,
            replays: VecDeque::new(),
            replayed: 0,
        })
    }

    /// A connection takes over: what was in flight must be sent again, in its order.
    /// [MQTT-4.4.0-1] [MQTT-4.6.0-1]
    pub(super) fn connect(&mut self, link: Arc<Link>, receive_maximum: u16) {
        self.link = Some(link);
        self.sent = 0;
        self.receive_maximum = receive_maximum.into();
    }

    /// The connection is gone; messages of QoS 0 do not wait for the next one.
    pub(super) fn disconnect(&mut self) {
        self.link = None;
        self.sent = 0;
        while self.drop_oldest() {}
    }

    /// True if nobody but `link` may take messages.
    pub(super) fn is_linked_to(&self, link: &Arc<Link>) -> bool {
        self.link.as_ref().is_some_and(|own| Arc::ptr_eq(own, link))
    }

    /// How many messages were lost because there was no room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Queues a message, if there is room.
    pub(super) fn push(&mut self, delivery: Delivery, room: Room) {
        if self.is_undeliverable(&delivery) {
            return;
        }
        let cost = cost(&delivery);
        while self.queue.len() >= room.messages || self.bytes.saturating_add(cost) > room.bytes {
            self.dropped += 1;
            if !self.drop_oldest() {
                return;
            }
        }
        self.enqueue(delivery);
    }

    fn enqueue(&mut self, delivery: Delivery) {
        if self.is_undeliverable(&delivery) {
            return;
        }
        let (cost, ids) = (cost(&delivery), ids_size(&delivery));
        let expires = delivery.message.expires;
        if !self.own.grow(ids) {
            self.dropped += 1;
            return;
        }
        if !self.queue.push(delivery) {
            self.own.shrink(ids);
            self.dropped += 1;
            return;
        }
        self.bytes += cost;
        self.next_expiry = earlier(self.next_expiry, expires);
        if let Some(link) = &self.link {
            link.wake();
        }
    }

    /// Queues the retained messages of one more subscription, later; from the beginning if it waits
    /// for them already.
    pub(super) fn add_replay(&mut self, filter: &str) {
        self.replays.retain(|replay| &*replay.filter != filter);
        self.replays.push_back(Replay { filter: filter.into(), cursor: None });
    }

    /// Who is owed retained messages now, if the client has taken those before.
    pub(super) fn take_replay(&mut self) -> Option<Replay> {
        if self.owes_replay() { self.replays.pop_front() } else { None }
    }

    /// Is there somebody?
    pub(super) fn owes_replay(&self) -> bool {
        let waits = self.queue.first_place().is_some_and(|place| place <= self.replayed);
        !waits && !self.replays.is_empty()
    }

    /// Queues some retained messages, few enough to need no room; `rest` is what is owed still.
    pub(super) fn push_replay(
        &mut self,
        messages: impl Iterator<Item = Delivery>,
        rest: Option<Replay>,
    ) {
        messages.for_each(|delivery| self.enqueue(delivery));
        self.replayed = self.queue.last_place();
        if let Some(rest) = rest {
            self.replays.push_front(rest);
        }
    }

    /// The next message to send, if `link` is the connection in charge and the client's Receive
    /// Maximum allows it. [MQTT-3.3.4-9]
    pub(super) fn take(&mut self, link: &Arc<Link>, now: Instant) -> Option<Outgoing> {
        if !self.is_linked_to(link) {
            return None;
        }
        if let Some((id, delivery)) = self.in_flight.get(self.sent) {
            if self.sent >= self.receive_maximum {
                return None;
            }
            self.sent += 1;
            return Some(Outgoing { delivery: delivery.clone(), id: Some(*id), dup: true });
        }
        loop {
            let qos = self.queue.next_qos()?;
            if qos != QoS::AtMostOnce && self.in_flight.len() >= self.receive_maximum {
                return None;
            }
            let delivery = self.queue.pop(qos)?;
            // [MQTT-3.3.2-5]: what expired while it waited is not sent any more.
            if delivery.message.is_expired(now) {
                self.release(&delivery);
                continue;
            }
            if qos == QoS::AtMostOnce {
                self.release(&delivery);
                return Some(Outgoing { delivery, id: None, dup: false });
            }
            let id = self.next_id();
            self.in_flight.push_back((id, delivery.clone()));
            self.sent += 1;
            return Some(Outgoing { delivery, id: Some(id), dup: false });
        }
    }

    /// Forgets a message in flight; false if there is none with this identifier. Once another
    /// connection has taken over, an identifier may stand for another message.
    pub(super) fn acknowledge(&mut self, link: &Arc<Link>, id: PacketId) -> bool {
        if !self.is_linked_to(link) {
            return false;
        }
        let Some(at) = self.in_flight.iter().position(|(other, _)| *other == id) else {
            return false;
        };
        if let Some((_, delivery)) = self.in_flight.remove(at) {
            self.release(&delivery);
        }
        if at < self.sent {
            self.sent -= 1;
        }
        true
    }

    /// A Packet Identifier that is not in use. There is one: fewer than 65,535 are in flight.
    fn next_id(&mut self) -> PacketId {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if let Some(id) = PacketId::new(self.last_id) {
                if self.in_flight.iter().all(|(other, _)| *other != id) {
                    return id;
                }
            }
        }
    }

    /// Without a connection, a message of QoS 0 does not wait for the next one.
    fn is_undeliverable(&self, delivery: &Delivery) -> bool {
        delivery.qos == QoS::AtMostOnce && self.link.is_none()
    }

    /// Drops the message of QoS 0 that waits longest; false if there is none.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.queue.pop(QoS::AtMostOnce);
        oldest.inspect(|delivery| self.release(delivery)).is_some()
    }

    /// Drops the message that waits longest, whatever its QoS, so that others have room; false if
    /// there is none.
    pub(super) fn drop_for_others(&mut self) -> bool {
        let queued = self.queue.next_qos().and_then(|qos| self.queue.pop(qos));
        let Some(delivery) = queued.or_else(|| Some(self.in_flight.pop_front()?.1)) else {
            return false;
        };
        self.release(&delivery);
        self.dropped += 1;
        true
    }

    /// Size of all that is queued or in flight.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops what has expired in the queue.
    pub(super) fn purge(&mut self, now: Instant) {
        if self.next_expiry.is_none_or(|at| at > now) {
            return;
        }
        let (mut released, mut ids, mut next) = (0, 0, None);
        self.queue.retain(|delivery| {
            let lives = !delivery.message.is_expired(now);
            if lives {
                next = earlier(next, delivery.message.expires);
            } else {
                released += cost(delivery);
                ids += ids_size(delivery);
            }
            lives
        });
        self.next_expiry = next;
        self.bytes -= released;
        self.own.shrink(ids);
    }

    /// `delivery` is neither queued nor in flight any more.
    fn release(&mut self, delivery: &Delivery) {
        self.bytes -= cost(delivery);
        self.own.shrink(ids_size(delivery));
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// What a waiting message costs, as if its receiver alone had it.
fn cost(delivery: &Delivery) -> usize {
    size_of::<Delivery>() + delivery.message.size() + ids_size(delivery)
}

fn ids_size(delivery: &Delivery) -> usize {
    size_of_val(&*delivery.subscription_ids)
}

#[cfg(test)]
mod tests {
    use mqtt_codec::SubscriptionId;

    use super::super::message::{Accepted, Message};
    use super::*;

    const ROOM: Room = Room { messages: 10, bytes: 1 << 20 };

    fn delivery(memory: &Arc<Memory>, qos: QoS) -> Delivery {
        let message = Accepted::new(Message::new("a", "x"), memory).unwrap();
        Delivery { message, qos, retain: false, subscription_ids: Vec::new() }
    }

    #[test]
    fn only_the_connection_in_charge_takes_and_acknowledges() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        let (old, new) = (Arc::new(Link::default()), Arc::new(Link::default()));
        outbox.connect(Arc::clone(&old), 10);
        outbox.push(delivery(&memory, QoS::AtLeastOnce), ROOM);
        outbox.connect(Arc::clone(&new), 10);
        assert!(outbox.take(&old, Instant::now()).is_none());
        let id = outbox.take(&new, Instant::now()).unwrap().id.unwrap();
        assert!(!outbox.acknowledge(&old, id));
        assert!(outbox.acknowledge(&new, id));
    }

    #[test]
    fn what_was_charged_for_messages_is_given_back() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        let link = Arc::new(Link::default());
        outbox.connect(Arc::clone(&link), 10);
        let before = outbox.own.bytes();
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            let subscription_ids = vec![SubscriptionId::new(1).unwrap(); 3];
            outbox.push(Delivery { subscription_ids, ..delivery(&memory, qos) }, ROOM);
            assert_eq!(outbox.own.bytes(), before + 12);
            let id = outbox.take(&link, Instant::now()).unwrap().id;
            assert!(id.is_none_or(|id| outbox.acknowledge(&link, id)));
            assert_eq!((outbox.own.bytes(), outbox.bytes), (before, 0));
        }
    }

    #[test]
    fn retained_messages_are_owed_until_those_before_are_taken() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        let link = Arc::new(Link::default());
        outbox.connect(Arc::clone(&link), 10);
        for filter in ["a", "b", "a"] {
            outbox.add_replay(filter);
        }
        let first = outbox.take_replay().unwrap();
        assert_eq!(&*first.filter, "b");
        let two = [delivery(&memory, QoS::AtMostOnce), delivery(&memory, QoS::AtLeastOnce)];
        outbox.push_replay(two.into_iter(), Some(first));
        for _ in 0..2 {
            assert!(outbox.take_replay().is_none());
            assert!(outbox.take(&link, Instant::now()).is_some());
        }
        assert_eq!(&*outbox.take_replay().unwrap().filter, "b");
        assert_eq!(&*outbox.take_replay().unwrap().filter, "a");
        assert!(outbox.take_replay().is_none());
    }

    #[test]
    fn identifiers_in_flight_are_not_used_again() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        let link = Arc::new(Link::default());
        outbox.connect(Arc::clone(&link), 10);
        let mut send = |acknowledge: bool| {
            outbox.push(delivery(&memory, QoS::AtLeastOnce), ROOM);
            let id = outbox.take(&link, Instant::now()).unwrap().id.unwrap();
            assert!(!acknowledge || outbox.acknowledge(&link, id));
            id.get()
        };
        assert_eq!(send(false), 1);
        for expected in 2..=u16::MAX {
            assert_eq!(send(true), expected);
        }
        assert_eq!(send(true), 2);
    }
}
