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

use mqtt_codec::QoS;

use super::memory::{Charge, Memory};
use super::message::Delivery;
use super::queue::Queue;
use super::session::Link;
use super::shelf::Shelf;

/// The outbox of a session.
#[derive(Debug)]
pub(super) struct Outbox {
    link: Option<Arc<Link>>,
    queue: Queue,
    /// In the order of sending.
    in_flight: VecDeque<InFlight>,
    last_handle: u32,
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
    /// Where what is here is on disk too, if it is.
    shelf: Option<Shelf>,
}

/// A message in flight.
#[derive(Debug)]
struct InFlight {
    handle: u32,
    /// In the queue, before it was in flight.
    place: u64,
    /// Of one that has arrived nothing is left but the handle.
    delivery: Option<Delivery>,
}

/// A subscription that is owed retained messages.
#[derive(Debug)]
pub(super) struct Replay {
    /// The subscription's whole text.
    pub(super) filter: Box<str>,
    /// The topic at which to go on.
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
            in_flight: VecDeque::new(),
            last_handle: 0,
            bytes: 0,
            own: memory.charge(client_id.len().saturating_sub(FREE_NAME))?,
            dropped: 0,
            next_expiry: None,
            replays: VecDeque::new(),
            replayed: 0,
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
        let ids = delivery.as_ref().map_or(0, ids_size);
        if !self.own.grow(ids) {
            return false;
        }
        self.bytes += delivery.as_ref().map_or(0, cost);
        match (handle, delivery) {
            (Some(handle), delivery) => {
                self.last_handle = self.last_handle.max(handle);
                self.in_flight.push_back(InFlight { handle, place, delivery });
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
        let forbidden = |delivery: &Delivery| !may_read(&delivery.message.topic);
        let mut in_flight = std::mem::take(&mut self.in_flight);
        for one in &mut in_flight {
            if one.delivery.as_ref().is_some_and(forbidden) {
                if let Some(delivery) = one.delivery.take() {
                    self.release(&delivery);
                }
                self.put_down(one);
            }
        }
        self.in_flight = in_flight;
        self.drop_queued(forbidden);
    }

    /// So many bytes for what belongs to the connection, if they are left.
    pub(super) fn charge(&self, bytes: usize) -> Option<Charge> {
        self.own.another(bytes)
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
        let is_kept = self.shelf.is_some() && delivery.qos != QoS::AtMostOnce;
        let kept = is_kept.then(|| delivery.clone());
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
            let handle = self.next_handle();
            let one = InFlight { handle, place, delivery: Some(delivery.clone()) };
            self.put_down(&one);
            self.in_flight.push_back(one);
            return Some(Outgoing { delivery, handle: Some(handle) });
        }
    }

    /// A message in flight, which must be sent again; `None` if it was given up.
    pub(super) fn again(&self, handle: u32) -> Option<Delivery> {
        let one = self.in_flight.iter().find(|one| one.handle == handle)?;
        one.delivery.clone()
    }

    /// The client has a message of QoS 2: its payload is not asked for again.
    pub(super) fn arrived(&mut self, handle: u32) {
        self.give_up(handle, true);
    }

    /// A message is in flight no more.
    pub(super) fn done(&mut self, handle: u32) {
        self.give_up(handle, false);
        if let Some(at) = self.in_flight.iter().position(|one| one.handle == handle) {
            if let Some(one) = self.in_flight.remove(at) {
                self.take_down(one.place);
            }
        }
    }

    /// The payload of a message in flight is not needed; its handle perhaps is.
    fn give_up(&mut self, handle: u32, is_told: bool) {
        let mut in_flight = self.in_flight.iter_mut();
        let Some(one) = in_flight.find(|one| one.handle == handle) else { return };
        let Some(delivery) = one.delivery.take() else { return };
        if let Some(shelf) = self.shelf.as_ref().filter(|_| is_told) {
            shelf.put(one.place, None, Some(handle));
        }
        self.release(&delivery);
    }

    /// A handle that is not in use.
    fn next_handle(&mut self) -> u32 {
        loop {
            self.last_handle = self.last_handle.wrapping_add(1);
            if self.in_flight.iter().all(|one| one.handle != self.last_handle) {
                return self.last_handle;
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
        oldest.inspect(|(_, delivery)| self.release(delivery)).is_some()
    }

    /// Drops the message that waits longest, whatever its QoS, so that others have room; false if
    /// there is none.
    pub(super) fn drop_for_others(&mut self) -> bool {
        if let Some((place, delivery)) = self.queue.next_qos().and_then(|qos| self.queue.pop(qos)) {
            self.take_down(place);
            self.release(&delivery);
        } else {
            let mut in_flight = self.in_flight.iter();
            let Some(one) = in_flight.find(|one| one.delivery.is_some()) else { return false };
            self.give_up(one.handle, true);
        }
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
        self.drop_queued(|delivery| delivery.message.is_expired(now));
    }

    /// Drops those in the queue for which `is_over` is true.
    fn drop_queued(&mut self, is_over: impl Fn(&Delivery) -> bool) {
        let (mut released, mut ids, mut next) = (0, 0, None);
        let Self { queue, shelf, .. } = self;
        queue.retain(|place, delivery| {
            let lives = !is_over(delivery);
            if lives {
                next = earlier(next, delivery.message.expires);
            } else {
                released += cost(delivery);
                ids += ids_size(delivery);
                if let Some(shelf) = shelf {
                    shelf.take(place);
                }
            }
            lives
        });
        self.next_expiry = next;
        self.bytes -= released;
        self.own.shrink(ids);
    }

    /// Tells the disk what has become of a message in flight.
    fn put_down(&self, one: &InFlight) {
        if let Some(shelf) = &self.shelf {
            shelf.put(one.place, one.delivery.as_ref(), Some(one.handle));
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

    fn take(outbox: &mut Outbox) -> Option<Outgoing> {
        outbox.take_one(Instant::now(), true)
    }

    #[test]
    fn no_more_is_taken_than_is_wanted() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        outbox.connect(Arc::new(Link::default()));
        for qos in [0, 1, 2, 0].map(|qos| QoS::new(qos).unwrap()) {
            outbox.push(delivery(&memory, qos), ROOM); // a byte each
        }
        let mut take = |in_flight, bytes| {
            let mut places = [const { None }; 3];
            outbox.take(Instant::now(), Wanted { in_flight, bytes }, &mut places);
            places.map(|place: Option<Outgoing>| place.map(|one| one.delivery.qos as u8))
        };
        assert_eq!(take(1, 0), [None; 3]);
        assert_eq!(take(0, 9), [Some(0), None, None]);
        assert_eq!(take(1, 9), [Some(1), None, None]);
        assert_eq!(take(1, 1), [Some(2), None, None]);
        assert_eq!(take(0, 9), [Some(0), None, None]);
        for _ in 0..4 {
            outbox.push(delivery(&memory, QoS::AtMostOnce), ROOM);
        }
        let mut places = [const { None }; 3];
        outbox.take(Instant::now(), Wanted { in_flight: 0, bytes: 9 }, &mut places);
        assert!(places.iter().all(Option::is_some) && outbox.queue.len() == 1);
    }

    #[test]
    fn what_is_in_flight_is_given_again_until_it_has_arrived() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        outbox.connect(Arc::new(Link::default()));
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            outbox.push(delivery(&memory, qos), ROOM);
        }
        assert!(outbox.take_one(Instant::now(), false).is_none());
        let [one, two] = [(); 2].map(|()| take(&mut outbox).unwrap().handle.unwrap());
        outbox.disconnect();
        assert_eq!(outbox.again(one).unwrap().qos, QoS::AtLeastOnce);
        assert_eq!(outbox.again(two).unwrap().qos, QoS::ExactlyOnce);
        outbox.arrived(two);
        assert!(outbox.again(two).is_none() && outbox.bytes > 0);
        for handle in [one, two] {
            outbox.done(handle);
            outbox.done(handle);
        }
        assert!(outbox.again(one).is_none() && outbox.bytes == 0 && outbox.in_flight.is_empty());
    }

    #[test]
    fn what_was_charged_for_messages_is_given_back() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        outbox.connect(Arc::new(Link::default()));
        let before = outbox.own.bytes();
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let subscription_ids = vec![SubscriptionId::new(1).unwrap(); 3];
            outbox.push(Delivery { subscription_ids, ..delivery(&memory, qos) }, ROOM);
            assert_eq!(outbox.own.bytes(), before + 12);
            if let Some(handle) = take(&mut outbox).unwrap().handle {
                outbox.done(handle);
            }
            assert_eq!((outbox.own.bytes(), outbox.bytes), (before, 0));
        }
    }

    #[test]
    fn retained_messages_are_owed_until_those_before_are_taken() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        outbox.connect(Arc::new(Link::default()));
        for filter in ["a", "b", "a"] {
            outbox.add_replay(filter);
        }
        let first = outbox.take_replay().unwrap();
        assert_eq!(&*first.filter, "b");
        let two = [delivery(&memory, QoS::AtMostOnce), delivery(&memory, QoS::AtLeastOnce)];
        outbox.push_replay(two.into_iter(), Some(first));
        for _ in 0..2 {
            assert!(outbox.take_replay().is_none());
            assert!(take(&mut outbox).is_some());
        }
        assert_eq!(&*outbox.take_replay().unwrap().filter, "b");
        assert_eq!(&*outbox.take_replay().unwrap().filter, "a");
        assert!(outbox.take_replay().is_none());
    }

    #[test]
    fn handles_in_flight_are_not_used_again() {
        let memory = Memory::new(1 << 20);
        let mut outbox = Outbox::new("client", &memory).unwrap();
        outbox.connect(Arc::new(Link::default()));
        let send = |outbox: &mut Outbox| {
            outbox.push(delivery(&memory, QoS::AtLeastOnce), ROOM);
            take(outbox).unwrap().handle.unwrap()
        };
        assert_eq!(send(&mut outbox), 1);
        outbox.last_handle = u32::MAX;
        assert_eq!([send(&mut outbox), send(&mut outbox)], [0, 2]);
    }
}
