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
    assert!(outbox.again(two).is_none() && outbox.bytes() > 0);
    for handle in [one, two] {
        outbox.done(handle);
        outbox.done(handle);
    }
    assert!(outbox.again(one).is_none() && outbox.bytes() == 0 && outbox.in_flight.is_empty());
}

#[test]
fn what_was_charged_for_messages_is_given_back() {
    let memory = Memory::new(1 << 20);
    let mut outbox = Outbox::new("client", &memory).unwrap();
    outbox.connect(Arc::new(Link::default()));
    let before = outbox.account.own();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let subscription_ids = vec![SubscriptionId::new(1).unwrap(); 3];
        outbox.push(Delivery { subscription_ids, ..delivery(&memory, qos) }, ROOM);
        assert_eq!(outbox.account.own(), before + 12);
        if let Some(handle) = take(&mut outbox).unwrap().handle {
            outbox.done(handle);
        }
        assert_eq!((outbox.account.own(), outbox.bytes()), (before, 0));
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
    outbox.in_flight.set_last_handle(u32::MAX);
    assert_eq!([send(&mut outbox), send(&mut outbox)], [0, 2]);
}

#[test]
fn who_has_unsubscribed_is_owed_no_retained_messages() {
    let memory = Memory::new(1 << 20);
    let mut outbox = Outbox::new("client", &memory).unwrap();
    for filter in ["a", "b", "a"] {
        outbox.add_replay(filter);
    }
    assert!(outbox.owes_replay_of("a") && outbox.owes_replay_of("b"));
    outbox.remove_replay("b");
    assert!(!outbox.owes_replay_of("b"));
    assert!(outbox.take_replay().is_some_and(|replay| &*replay.filter == "a"));
    assert!(outbox.take_replay().is_none());
}
