//! What waits for one client: messages to send, and messages sent but not acknowledged.
//!
//! ```text
//!   push -> queue -> take -> in flight (QoS 1) -> acknowledge
//!                             ^ sent on this connection: the first `sent` of them
//! ```
//!
//! Overflow. A queue that is full (by count or by bytes) loses its oldest message of QoS 0 for the
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
    queue: VecDeque<Delivery>,
    /// Messages of QoS 0 in `queue`.
    queued_qos_0: usize,
    /// In the order of sending; after a new connection, those behind `sent` must go again.
    in_flight: VecDeque<(PacketId, Delivery)>,
    sent: usize,
    receive_maximum: usize,
    last_id: u16,
    /// Size of all that is queued or in flight.
    bytes: usize,
    dropped: u64,
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
        while self.drop_oldest_of_qos_0() {}
    }

    /// True if nobody but `link` may take messages.
    pub(super) fn is_linked_to(&self, link: &Arc<Link>) -> bool {
        self.link.as_ref().is_some_and(|own| Arc::ptr_eq(own, link))
    }

    /// How many messages were lost because there was no room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Queues a message, if it can be delivered: without a connection, one of QoS 0 cannot.
    pub(super) fn push(&mut self, delivery: Delivery, room: Room) {
        let qos_0 = delivery.qos == QoS::AtMostOnce;
        if qos_0 && self.link.is_none() {
            return;
        }
        let cost = cost(&delivery);
        while self.queue.len() >= room.messages || self.bytes.saturating_add(cost) > room.bytes {
            self.dropped += 1;
            if !self.drop_oldest_of_qos_0() {
                return;
            }
        }
        self.bytes += cost;
        self.queued_qos_0 += usize::from(qos_0);
        self.queue.push_back(delivery);
        if let Some(link) = &self.link {
            link.wake();
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
            let next = self.queue.front()?;
            let needs_id = next.qos != QoS::AtMostOnce;
            // [MQTT-3.3.2-5]: what expired while it waited is not sent any more.
            let expired = next.message.is_expired(now);
            if needs_id && !expired && self.in_flight.len() >= self.receive_maximum {
                return None;
            }
            let delivery = self.queue.pop_front()?;
            self.queued_qos_0 -= usize::from(!needs_id);
            if expired || !needs_id {
                self.bytes -= cost(&delivery);
            }
            if expired {
                continue;
            }
            let id = needs_id.then(|| self.next_id());
            if let Some(id) = id {
                self.in_flight.push_back((id, delivery.clone()));
                self.sent += 1;
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

    fn drop_oldest_of_qos_0(&mut self) -> bool {
        if self.queued_qos_0 == 0 {
            return false;
        }
        let at = self.queue.iter().position(|delivery| delivery.qos == QoS::AtMostOnce);
        let Some(delivery) = at.and_then(|at| self.queue.remove(at)) else {
            return false;
        };
        self.queued_qos_0 -= 1;
        self.bytes -= cost(&delivery);
        true
    }
}

/// What a waiting message costs, as if its receiver alone had it.
fn cost(delivery: &Delivery) -> usize {
    size_of::<Delivery>()
        + delivery.message.size()
        + delivery.subscription_ids.len() * size_of::<u32>()
}
