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
use std::mem::size_of;
use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::{PacketId, QoS};

use super::message::Delivery;
use super::session::Link;

/// The outbox of a session.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    link: Option<Arc<Link>>,
    /// What waits, of QoS 0 and of QoS 1, each with its place in the order of both.
    queues: [VecDeque<(u64, Delivery)>; 2],
    pushed: u64,
    /// In the order of sending; after a new connection, those behind `sent` must go again.
    in_flight: VecDeque<(PacketId, Delivery)>,
    sent: usize,
    receive_maximum: usize,
    last_id: u16,
    /// Size of all that is queued or in flight.
    bytes: usize,
    dropped: u64,
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

impl Outbox {
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
        while self.pop(QoS::AtMostOnce).is_some() {}
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
        while self.queued() >= room.messages || self.bytes.saturating_add(cost) > room.bytes {
            self.dropped += 1;
            if self.pop(QoS::AtMostOnce).is_none() {
                return;
            }
        }
        self.enqueue(delivery);
    }

    fn enqueue(&mut self, delivery: Delivery) {
        if self.is_undeliverable(&delivery) {
            return;
        }
        self.bytes += cost(&delivery);
        self.pushed += 1;
        let place = self.pushed;
        self.queue(delivery.qos).push_back((place, delivery));
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
        let waits = |queue: &VecDeque<(u64, _)>| {
            queue.front().is_some_and(|(place, _)| *place <= self.replayed)
        };
        if self.queues.iter().any(waits) { None } else { self.replays.pop_front() }
    }

    /// Queues some retained messages, few enough to need no room; `rest` is what is owed still.
    pub(super) fn push_replay(
        &mut self,
        messages: impl Iterator<Item = Delivery>,
        rest: Option<Replay>,
    ) {
        messages.for_each(|delivery| self.enqueue(delivery));
        self.replayed = self.pushed;
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
            let qos = self.next_qos()?;
            if qos != QoS::AtMostOnce && self.in_flight.len() >= self.receive_maximum {
                return None;
            }
            let delivery = self.pop(qos)?;
            // [MQTT-3.3.2-5]: what expired while it waited is not sent any more.
            if delivery.message.is_expired(now) {
                continue;
            }
            let mut id = None;
            if qos != QoS::AtMostOnce {
                let new = self.next_id();
                self.bytes += cost(&delivery);
                self.in_flight.push_back((new, delivery.clone()));
                self.sent += 1;
                id = Some(new);
            }
            return Some(Outgoing { delivery, id, dup: false });
        }
    }

    /// Forgets a message in flight; false if there is none with this identifier.
    pub(super) fn acknowledge(&mut self, id: PacketId) -> bool {
        let Some(at) = self.in_flight.iter().position(|(other, _)| *other == id) else {
            return false;
        };
        if let Some((_, delivery)) = self.in_flight.remove(at) {
            self.bytes -= cost(&delivery);
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

    fn queued(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    fn queue(&mut self, qos: QoS) -> &mut VecDeque<(u64, Delivery)> {
        let [zero, one] = &mut self.queues;
        if qos == QoS::AtMostOnce { zero } else { one }
    }

    /// Which queue has the message that came first.
    fn next_qos(&self) -> Option<QoS> {
        let [zero, one] = self.queues.each_ref().map(|queue| queue.front().map(|(place, _)| place));
        match (zero, one) {
            (None, None) => None,
            (Some(zero), Some(one)) if one < zero => Some(QoS::AtLeastOnce),
            (Some(_), _) => Some(QoS::AtMostOnce),
            (None, Some(_)) => Some(QoS::AtLeastOnce),
        }
    }

    fn pop(&mut self, qos: QoS) -> Option<Delivery> {
        let (_, delivery) = self.queue(qos).pop_front()?;
        self.bytes -= cost(&delivery);
        Some(delivery)
    }
}

/// What a waiting message costs, as if its receiver alone had it.
fn cost(delivery: &Delivery) -> usize {
    size_of::<Delivery>()
        + delivery.message.size()
        + delivery.subscription_ids.len() * size_of::<u32>()
}
