//! What waits for one client: messages to send, and messages that are in flight.
//!
//! ```text
//!   push -> queue -> take -> in flight (QoS 1, 2) -> arrived (QoS 2) -> done
//! ```
//!
//! Which packet identifier a message in flight has, what was said of it and what must be said next is
//! known to the client's [`Server`](super::Server). Here is its payload, under the handle that the
//! server asks for it with.
//!
//! | file | |
//! |---|---|
//! | `in_flight` | what was sent and is not done, by handle |
//! | `replays` | which subscriptions are owed retained messages |
//! | `account` | what all of it costs |
//!
//! Overflow. An outbox that is full (by count or by bytes) loses its oldest message of QoS 0 for the
//! new one; without one of QoS 0 in it, the new message is lost, whatever its QoS. So a receiver
//! that does not read costs a bounded amount, and costs nobody else anything.

mod account;
mod in_flight;
mod replays;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::QoS;

use super::memory::{Charge, Memory};
use super::message::Delivery;
use super::queue::Queue;
use super::session::Link;
use super::shelf::Shelf;
use account::{Account, Cost};
use in_flight::{InFlight, Sent};
pub(super) use replays::Replay;
use replays::Replays;

/// The outbox of a session.
#[derive(Debug)]
pub(super) struct Outbox {
    link: Option<Arc<Link>>,
    queue: Queue,
    in_flight: InFlight,
    replays: Replays,
    account: Account,
    dropped: u64,
    /// No message in the queue expires before.
    next_expiry: Option<Instant>,
    /// Where what is here is on disk too, if it is.
    shelf: Option<Shelf>,
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
    /// What it is in flight under, at QoS 1 and 2.
    pub handle: Option<u32>,
}

/// What a client takes now.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// So many messages of QoS 1 and 2.
    pub in_flight: usize,
    /// So many bytes of payloads; the last may go beyond.
    pub bytes: usize,
}

/// A name of this length is beside the budget.
pub(super) const FREE_NAME: usize = 256;

impl Outbox {
    /// An empty outbox, if there is memory for the name.
    pub(super) fn new(client_id: &str, memory: &Arc<Memory>) -> Option<Self> {
        Some(Self {
            link: None,
            queue: Queue::new(memory)?,
            in_flight: InFlight::default(),
            replays: Replays::default(),
            account: Account::new(client_id.len().saturating_sub(FREE_NAME), memory)?,
            dropped: 0,
            next_expiry: None,
            shelf: None,
        })
    }

    /// From now on what is here is on disk too.
    pub(super) fn set_shelf(&mut self, shelf: Shelf) {
        self.shelf = Some(shelf);
    }

    pub(super) fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_ref()
    }

    /// Takes back what was on disk: messages in the order of their places; false if there is no memory.
    pub(super) fn restore(
        &mut self,
        place: u64,
        delivery: Option<Delivery>,
        handle: Option<u32>,
    ) -> bool {
        if let Some(delivery) = &delivery {
            if !self.account.add(Cost::of(delivery)) {
                return false;
            }
        }
        match (handle, delivery) {
            (Some(handle), delivery) => {
                self.in_flight.restore(Sent { handle, place, delivery });
                self.queue.skip(place);
                true
            }
            (None, Some(delivery)) => {
                self.next_expiry = earlier(self.next_expiry, delivery.message.expires);
                self.queue.push_at(place, delivery)
            }
            (None, None) => true,
        }
    }

    /// Drops what the client may not see any more.
    pub(super) fn restrict(&mut self, may_read: impl Fn(&str) -> bool) {
        let is_forbidden = |delivery: &Delivery| !may_read(&delivery.message.topic);
        for handle in self.in_flight.those(is_forbidden).collect::<Vec<_>>() {
            self.arrived(handle);
        }
        self.drop_queued(is_forbidden);
    }

    /// So many bytes for what belongs to the connection, if they are left.
    pub(super) fn charge(&self, bytes: usize) -> Option<Charge> {
        self.account.another(bytes)
    }

    /// A connection begins.
    pub(super) fn connect(&mut self, link: Arc<Link>) {
        self.link = Some(link);
    }

    /// The connection is gone; messages of QoS 0 do not wait for the next one.
    pub(super) fn disconnect(&mut self) {
        self.link = None;
        while self.drop_oldest() {}
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
        let Cost { bytes, .. } = Cost::of(&delivery);
        while self.queue.len() >= room.messages || self.bytes().saturating_add(bytes) > room.bytes {
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
        let (cost, expires) = (Cost::of(&delivery), delivery.message.expires);
        let is_kept = self.shelf.is_some() && delivery.qos != QoS::AtMostOnce;
        let kept = is_kept.then(|| delivery.clone());
        if !self.account.add(cost) {
            self.dropped += 1;
            return;
        }
        if !self.queue.push(delivery) {
            self.account.release(cost);
            self.dropped += 1;
            return;
        }
        self.next_expiry = earlier(self.next_expiry, expires);
        if let Some((shelf, delivery)) = self.shelf.as_ref().zip(kept) {
            shelf.put(self.queue.last_place(), Some(&delivery), None);
        }
        if let Some(link) = &self.link {
            link.wake();
        }
    }

    /// Queues the retained messages of one more subscription, later; from the beginning if it waits
    /// for them already.
    pub(super) fn add_replay(&mut self, filter: &str) {
        self.replays.add(filter);
    }

    /// The subscription is no more.
    pub(super) fn remove_replay(&mut self, filter: &str) {
        self.replays.remove(filter);
    }

    /// Is a subscription owed retained messages?
    pub(super) fn owes_replay_of(&self, filter: &str) -> bool {
        self.replays.owes(filter)
    }

    /// Who is owed retained messages now, if the client has taken those before.
    pub(super) fn take_replay(&mut self) -> Option<Replay> {
        self.replays.take(self.queue.first_place())
    }

    /// Is there somebody?
    pub(super) fn owes_replay(&self) -> bool {
        self.replays.is_due(self.queue.first_place())
    }

    /// Queues some retained messages, few enough to need no room; `rest` is what is owed still.
    pub(super) fn push_replay(
        &mut self,
        messages: impl Iterator<Item = Delivery>,
        rest: Option<Replay>,
    ) {
        messages.for_each(|delivery| self.enqueue(delivery));
        self.replays.queued(self.queue.last_place(), rest);
    }

    /// The next messages to send, as long as there are places and the client wants them.
    pub(super) fn take(&mut self, now: Instant, wanted: Wanted, places: &mut [Option<Outgoing>]) {
        let Wanted { mut in_flight, mut bytes } = wanted;
        for place in places {
            *place = if bytes > 0 { self.take_one(now, in_flight > 0) } else { None };
            let Some(Outgoing { delivery, handle }) = place else { return };
            bytes = bytes.saturating_sub(delivery.message.payload.len());
            in_flight = in_flight.saturating_sub(usize::from(handle.is_some()));
        }
    }

    /// The next message to send. One of QoS 1 or 2 waits unless the client takes one more.
    fn take_one(&mut self, now: Instant, takes_more: bool) -> Option<Outgoing> {
        loop {
            let qos = self.queue.next_qos()?;
            if qos != QoS::AtMostOnce && !takes_more {
                return None;
            }
            let (place, delivery) = self.queue.pop(qos)?;
            // [MQTT-3.3.2-5]: what expired while it waited is not sent any more.
            if delivery.message.is_expired(now) {
                self.take_down(place);
                self.release(&delivery);
                continue;
            }
            if delivery.qos == QoS::AtMostOnce {
                self.release(&delivery);
                return Some(Outgoing { delivery, handle: None });
            }
            let handle = self.in_flight.send(place, delivery.clone());
            self.put_down(place, Some(&delivery), handle);
            return Some(Outgoing { delivery, handle: Some(handle) });
        }
    }

    /// A message in flight, which must be sent again; `None` if it was given up.
    pub(super) fn again(&self, handle: u32) -> Option<Delivery> {
        self.in_flight.again(handle)
    }

    /// The client has a message of QoS 2, or is not to get it: its payload is not asked for again.
    pub(super) fn arrived(&mut self, handle: u32) {
        if let Some((place, delivery)) = self.in_flight.give_up(handle) {
            self.put_down(place, None, handle);
            self.release(&delivery);
        }
    }

    /// A message is in flight no more.
    pub(super) fn done(&mut self, handle: u32) {
        if let Some(Sent { place, delivery, .. }) = self.in_flight.remove(handle) {
            if let Some(delivery) = &delivery {
                self.release(delivery);
            }
            self.take_down(place);
        }
    }

    /// Without a connection, a message of QoS 0 does not wait for the next one.
    fn is_undeliverable(&self, delivery: &Delivery) -> bool {
        delivery.qos == QoS::AtMostOnce && self.link.is_none()
    }

    /// Drops the message of QoS 0 that waits longest; false if there is none.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.queue.pop(QoS::AtMostOnce);
        oldest.inspect(|(_, delivery)| self.release(delivery)).is_some()
    }

    /// Drops the message that waits longest, whatever its QoS, so that others have room; false if
    /// there is none.
    pub(super) fn drop_for_others(&mut self) -> bool {
        if let Some((place, delivery)) = self.queue.next_qos().and_then(|qos| self.queue.pop(qos)) {
            self.take_down(place);
            self.release(&delivery);
        } else {
            let Some(first) = self.in_flight.those(|_| true).next() else { return false };
            self.arrived(first);
        }
        self.dropped += 1;
        true
    }

    /// Size of all that is queued or in flight.
    pub(super) fn bytes(&self) -> usize {
        self.account.bytes()
    }

    /// No more than this becomes free if all of it is dropped; less, if others have some of it too.
    pub(super) fn could_give(&self) -> usize {
        self.bytes() + self.queue.slot_bytes()
    }

    /// Drops what has expired in the queue.
    pub(super) fn purge(&mut self, now: Instant) {
        if self.next_expiry.is_none_or(|at| at > now) {
            return;
        }
        self.drop_queued(|delivery| delivery.message.is_expired(now));
    }

    /// Drops those in the queue for which `is_over` is true.
    fn drop_queued(&mut self, is_over: impl Fn(&Delivery) -> bool) {
        let mut next = None;
        let Self { queue, shelf, account, .. } = self;
        queue.retain(|place, delivery| {
            let lives = !is_over(delivery);
            if lives {
                next = earlier(next, delivery.message.expires);
            } else {
                account.release(Cost::of(delivery));
                if let Some(shelf) = shelf {
                    shelf.take(place);
                }
            }
            lives
        });
        self.next_expiry = next;
    }

    /// Tells the disk what has become of a message in flight.
    fn put_down(&self, place: u64, delivery: Option<&Delivery>, handle: u32) {
        if let Some(shelf) = &self.shelf {
            shelf.put(place, delivery, Some(handle));
        }
    }

    /// Tells the disk that a message is done.
    fn take_down(&self, place: u64) {
        if let Some(shelf) = &self.shelf {
            shelf.take(place);
        }
    }

    /// `delivery` is neither queued nor in flight any more.
    fn release(&mut self, delivery: &Delivery) {
        self.account.release(Cost::of(delivery));
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}
