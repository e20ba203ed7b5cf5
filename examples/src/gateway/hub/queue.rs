//! Messages that wait for one client, in the order in which they came.

use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::Arc;

use mqtt_codec::QoS;

use super::memory::{Charge, Memory};
use super::message::Delivery;

/// A queue with a lane for each QoS, so that the oldest message of QoS 0 is found at once.
#[derive(Debug)]
pub(super) struct Queue {
    /// QoS 0, QoS 1 and 2. Each message has its place in the order of both.
    lanes: [VecDeque<(u64, Delivery)>; 2],
    /// The place of the last message that was pushed.
    last: u64,
    /// The memory of the lanes themselves.
    slots: Charge,
}

const SLOT: usize = size_of::<(u64, Delivery)>();
/// A lane with more slots than this gives them back when it is empty.
const KEPT_SLOTS: usize = 64;

impl Queue {
    pub(super) fn new(memory: &Arc<Memory>) -> Option<Self> {
        Some(Self { lanes: Default::default(), last: 0, slots: memory.charge(0)? })
    }

    /// Memory of the lanes themselves.
    pub(super) fn slot_bytes(&self) -> usize {
        self.slots.bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    /// The place of the last message that was pushed.
    pub(super) fn last_place(&self) -> u64 {
        self.last
    }

    /// The place of the message that waits longest.
    pub(super) fn first_place(&self) -> Option<u64> {
        self.lanes.iter().filter_map(|lane| Some(lane.front()?.0)).min()
    }

    /// The lane of the message that waits longest: QoS 0, or QoS 1 for both others.
    pub(super) fn next_qos(&self) -> Option<QoS> {
        let first = self.first_place()?;
        let [zero, _] = &self.lanes;
        let is_zero = zero.front().is_some_and(|(place, _)| *place == first);
        Some(if is_zero { QoS::AtMostOnce } else { QoS::AtLeastOnce })
    }

    /// Queues a message; false if there is no memory for a longer queue.
    pub(super) fn push(&mut self, delivery: Delivery) -> bool {
        let (lane, slots) = self.lane(delivery.qos);
        if lane.len() == lane.capacity() {
            let more = lane.capacity().max(4);
            if !slots.grow(more * SLOT) {
                return false;
            }
            lane.reserve_exact(more);
        }
        self.last += 1;
        let place = self.last;
        self.lane(delivery.qos).0.push_back((place, delivery));
        true
    }

    /// Queues a message at the place that it had, which is behind all others.
    pub(super) fn push_at(&mut self, place: u64, delivery: Delivery) -> bool {
        self.last = place.saturating_sub(1);
        self.push(delivery)
    }

    /// No message comes to this place any more, nor to one before.
    pub(super) fn skip(&mut self, place: u64) {
        self.last = self.last.max(place);
    }

    /// The message in the lane of this QoS that waits longest, and its place.
    pub(super) fn pop(&mut self, qos: QoS) -> Option<(u64, Delivery)> {
        let (lane, slots) = self.lane(qos);
        let first = lane.pop_front()?;
        give_back(lane, slots);
        Some(first)
    }

    /// Keeps those messages for which `keep` is true.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u64, &Delivery) -> bool) {
        for lane in &mut self.lanes {
            lane.retain(|(place, delivery)| keep(*place, delivery));
            give_back(lane, &mut self.slots);
        }
    }

    fn lane(&mut self, qos: QoS) -> (&mut VecDeque<(u64, Delivery)>, &mut Charge) {
        let [zero, one] = &mut self.lanes;
        (if qos == QoS::AtMostOnce { zero } else { one }, &mut self.slots)
    }
}

fn give_back(lane: &mut VecDeque<(u64, Delivery)>, slots: &mut Charge) {
    if lane.is_empty() && lane.capacity() > KEPT_SLOTS {
        slots.shrink(lane.capacity() * SLOT);
        *lane = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::{Accepted, Message};
    use super::*;

    fn delivery(qos: QoS) -> Delivery {
        let message = Accepted::new(Message::new("a", "x"), &Memory::new(1000)).unwrap();
        Delivery { message, qos, retain: false, subscription_ids: Vec::new() }
    }

    #[test]
    fn it_grows_as_far_as_memory_goes_and_gives_it_back() {
        let memory = Memory::new(1000 * SLOT);
        let mut queue = Queue::new(&memory).unwrap();
        for qos in [QoS::AtLeastOnce, QoS::AtMostOnce, QoS::AtLeastOnce] {
            while queue.push(delivery(qos)) {}
            // It doubles: 512 slots fit, 1,024 do not.
            assert_eq!(queue.len(), 512);
            assert!(memory.charge(500 * SLOT).is_none());
            while queue.pop(qos).is_some() {}
            assert!(memory.charge(1000 * SLOT).is_some());
        }
    }

    #[test]
    fn both_lanes_are_one_queue() {
        let mut queue = Queue::new(&Memory::new(1000 * SLOT)).unwrap();
        let order = [1, 0, 0, 2, 1, 0].map(|qos| QoS::new(qos).unwrap());
        assert!(order.into_iter().all(|qos| queue.push(delivery(qos))));
        for (place, qos) in (1..).zip(order) {
            let lane = qos.min(QoS::AtLeastOnce);
            assert_eq!((queue.first_place(), queue.next_qos()), (Some(place), Some(lane)));
            assert_eq!(queue.pop(lane).unwrap().1.qos, qos);
        }
        assert_eq!((queue.first_place(), queue.next_qos(), queue.last_place()), (None, None, 6));
    }
}
