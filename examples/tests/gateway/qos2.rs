//! QoS 2: every message arrives once, however often the connection is cut.

use std::num::NonZeroU16;

use mqtt_codec::{
    Ack, AckKind, Connect, Delivery, List, Packet, PacketId, Property, QoS, ReasonCode,
    Subscription, Text, TopicFilter, Version,
};
use sansio_examples::gateway::Limits;

use crate::client::{BOTH, Broker, Client, keeping, text_of};

const HOUR: [Property<'static>; 1] = [Property::SessionExpiryInterval(3600)];

fn id(n: u16) -> PacketId {
    PacketId::new(n).unwrap()
}

#[test]
fn every_version_hears_every_version_at_every_qos() {
    let broker = Broker::start();
    for receiver in BOTH {
        for sender in BOTH {
            let mut subscribers = [0, 1, 2].map(|qos| {
                let mut subscriber = broker.client(receiver, ["s0", "s1", "s2"][qos]);
                subscriber.subscribe("a/+", QoS::new(qos as u8).unwrap());
                subscriber
            });
            let mut publisher = broker.client(sender, "publisher");
            publisher.publish("a/0", b"zero");
            assert_eq!(publisher.publish_1("a/1", b"one"), ReasonCode::SUCCESS);
            assert_eq!(publisher.publish_2("a/2", b"two"), ReasonCode::SUCCESS);
            let [zero, one, two] = &mut subscribers;
            for text in ["a/0 zero", "a/1 one", "a/2 two"] {
                let message = zero.message();
                assert_eq!(
                    (text_of(&message), message.delivery),
                    (text.to_owned(), Delivery::AtMostOnce)
                );
            }
            assert_eq!(one.text(), "a/0 zero");
            assert_eq!(one.acknowledged_text(), "a/1 one");
            assert_eq!(one.acknowledged_text(), "a/2 two");
            assert_eq!(two.text(), "a/0 zero");
            assert_eq!(two.acknowledged_text(), "a/1 one");
            assert_eq!(two.released_text(), "a/2 two");
            subscribers.iter_mut().for_each(Client::expect_nothing);
        }
    }
}

#[test]
fn what_comes_twice_is_published_once() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "publisher", &HOUR);
        let mut subscriber = broker.client(version, "subscriber");
        subscriber.subscribe("a", QoS::ExactlyOnce);
        let (mut publisher, _) = broker.connect(&connect);
        publisher.send_2("a", b"1", id(7), false);
        publisher.send_2("a", b"1", id(7), true);
        for _ in 0..2 {
            assert_eq!(publisher.expect_ack(AckKind::Pubrec, id(7)), ReasonCode::SUCCESS);
        }
        assert_eq!(subscriber.released_text(), "a 1");
        for _ in 0..3 {
            publisher.kill();
            let present;
            (publisher, present) = broker.connect(&connect);
            assert!(present);
            publisher.send_2("a", b"1", id(7), true);
            assert_eq!(publisher.expect_ack(AckKind::Pubrec, id(7)), ReasonCode::SUCCESS);
        }
        publisher.ack(AckKind::Pubrel, id(7));
        assert_eq!(publisher.expect_ack(AckKind::Pubcomp, id(7)), ReasonCode::SUCCESS);
        // Perhaps PUBCOMP was lost.
        let (mut publisher, _) = broker.connect(&connect);
        publisher.ack(AckKind::Pubrel, id(7));
        let reason = publisher.expect_ack(AckKind::Pubcomp, id(7));
        let is_known = version == Version::V3;
        assert_eq!(reason == ReasonCode::SUCCESS, is_known, "{reason}");
        subscriber.expect_nothing();
        // The identifier is free for another one.
        publisher.send_2("a", b"2", id(7), false);
        publisher.expect_ack(AckKind::Pubrec, id(7));
        assert_eq!(subscriber.released_text(), "a 2");
        publisher.ack(AckKind::Pubrel, id(7));
        publisher.expect_ack(AckKind::Pubcomp, id(7));
        publisher.disconnect();
    }
}

/// 3.1.1 has no Receive Maximum: some clients send all that they have before they read an answer.
#[test]
fn a_thousand_come_before_the_first_is_released() {
    let broker = Broker::start();
    let connect = keeping(Version::V3, "publisher", &[]);
    let mut subscriber = broker.client(Version::V5, "subscriber");
    subscriber.subscribe("a", QoS::AtMostOnce);
    let (mut publisher, _) = broker.connect(&connect);
    for n in 1..=1000 {
        publisher.send_2("a", n.to_string().as_bytes(), id(n), false);
    }
    for n in 1..=1000 {
        publisher.expect_ack(AckKind::Pubrec, id(n));
        assert_eq!(subscriber.text(), format!("a {n}"));
    }
    // Cut off, and again from the start.
    publisher.kill();
    let (mut publisher, present) = broker.connect(&connect);
    assert!(present);
    for n in 1..=1000 {
        publisher.send_2("a", n.to_string().as_bytes(), id(n), true);
    }
    for n in 1..=1000 {
        publisher.expect_ack(AckKind::Pubrec, id(n));
    }
    for n in 1..=1000 {
        publisher.ack(AckKind::Pubrel, id(n));
    }
    for n in 1..=1000 {
        publisher.expect_ack(AckKind::Pubcomp, id(n));
    }
    subscriber.expect_nothing();
}

#[test]
fn a_new_session_has_forgotten_what_was_half_received() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "publisher", &HOUR);
        let mut subscriber = broker.client(version, "subscriber");
        subscriber.subscribe("a", QoS::AtMostOnce);
        let (mut publisher, _) = broker.connect(&connect);
        publisher.send_2("a", b"1", id(7), false);
        publisher.expect_ack(AckKind::Pubrec, id(7));
        publisher.kill();
        let (mut publisher, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
        publisher.send_2("a", b"2", id(7), false);
        publisher.expect_ack(AckKind::Pubrec, id(7));
        assert_eq!([subscriber.text(), subscriber.text()], ["a 1", "a 2"]);
    }
}

#[test]
fn what_is_cut_off_on_its_way_out_goes_on_where_it_was() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "subscriber", &HOUR);
        let (mut subscriber, _) = broker.connect(&connect);
        subscriber.subscribe("a", QoS::ExactlyOnce);
        let mut publisher = broker.client(version, "publisher");
        for n in 0..3 {
            publisher.publish_2("a", n.to_string().as_bytes());
        }
        let ids = [(); 3].map(|()| subscriber.message().delivery.packet_id().unwrap());
        subscriber.ack(AckKind::Pubrec, ids[1]);
        subscriber.expect_ack(AckKind::Pubrel, ids[1]);

        // PUBREL for the one that has arrived, and the others again.
        for _ in 0..2 {
            let present;
            (subscriber, present) = broker.connect(&connect);
            assert!(present);
            let (mut released, mut again) = (0, Vec::new());
            for _ in 0..3 {
                match subscriber.receive() {
                    Packet::Ack(ack) => {
                        assert_eq!((ack.kind, ack.id), (AckKind::Pubrel, ids[1]));
                        released += 1;
                    }
                    Packet::Publish(publish) => {
                        assert!(publish.delivery.dup());
                        again.push((publish.delivery.packet_id().unwrap(), text_of(&publish)));
                    }
                    other => panic!("{other:?}"),
                }
            }
            let expected = [(ids[0], "a 0".to_owned()), (ids[2], "a 2".to_owned())];
            assert_eq!((released, &*again), (1, &expected[..]));
            subscriber.expect_nothing();
        }
        subscriber.ack(AckKind::Pubcomp, ids[1]);
        for id in [ids[0], ids[2]] {
            subscriber.ack(AckKind::Pubrec, id);
            subscriber.expect_ack(AckKind::Pubrel, id);
            subscriber.ack(AckKind::Pubcomp, id);
        }
        subscriber.expect_nothing();
        subscriber.kill();
        let (mut subscriber, _) = broker.connect(&connect);
        subscriber.expect_nothing();
        publisher.publish_2("a", b"3");
        assert_eq!(subscriber.released_text(), "a 3");
        subscriber.disconnect();
    }
}

#[test]
fn what_is_in_flight_moves_to_the_connection_that_takes_over() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "client", &HOUR);
        let (mut old, _) = broker.connect(&connect);
        old.subscribe("a", QoS::ExactlyOnce);
        old.send_2("b", b"in", id(9), false);
        old.expect_ack(AckKind::Pubrec, id(9));
        let mut other = broker.client(version, "other");
        other.publish_2("a", b"out");
        let out = old.message().delivery.packet_id().unwrap();
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("b", QoS::AtMostOnce);
        let (mut new, present) = broker.connect(&connect);
        assert!(present);
        let message = new.message();
        assert_eq!(message.delivery, Delivery::ExactlyOnce { id: out, dup: true });
        assert_eq!(text_of(&message), "a out");
        new.send_2("b", b"in", id(9), true);
        assert!(!new.expect_ack(AckKind::Pubrec, id(9)).is_error());
        watcher.expect_nothing();
        new.ack(AckKind::Pubrel, id(9));
        new.expect_ack(AckKind::Pubcomp, id(9));
        let (_, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
    }
}

#[test]
fn pubrec_says_what_became_of_the_message() {
    let broker = Broker::with(Limits { memory: 50_000, ..Limits::default() });
    let mut publisher = broker.client(Version::V5, "publisher");
    assert_eq!(publisher.publish_2("a", b"x"), ReasonCode::NO_MATCHING_SUBSCRIBERS);
    let mut subscriber = broker.client(Version::V5, "subscriber");
    subscriber.subscribe("a", QoS::AtMostOnce);
    // What is refused is over: the identifier is free for a message that is not.
    assert_eq!(publisher.publish_2("a", &[b'x'; 60_000]), ReasonCode::QUOTA_EXCEEDED);
    assert_eq!(publisher.publish_2("a", b"y"), ReasonCode::SUCCESS);
    assert_eq!(subscriber.text(), "a y");
    // 3.1.1 has no word for it.
    let mut old = broker.client(Version::V3, "old");
    old.send_2("a", &[b'x'; 60_000], id(1), false);
    old.expect_closed();
}

#[test]
fn a_message_that_the_receiver_refuses_is_over() {
    let broker = Broker::start();
    let limit = [HOUR[0], Property::ReceiveMaximum(NonZeroU16::new(1).unwrap())];
    let connect = keeping(Version::V5, "subscriber", &limit);
    let (mut subscriber, _) = broker.connect(&connect);
    subscriber.subscribe("a", QoS::ExactlyOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    for payload in [b"1", b"2", b"3"] {
        publisher.publish_2("a", payload);
    }
    let first = subscriber.message().delivery.packet_id().unwrap();
    let reason_code = ReasonCode::QUOTA_EXCEEDED;
    subscriber.send(&Packet::Ack(Ack { reason_code, ..Ack::new(AckKind::Pubrec, first) }));
    // No PUBREL, and its place is free.
    let message = subscriber.message();
    let (second, text) = (message.delivery.packet_id().unwrap(), text_of(&message));
    assert_eq!(text, "a 2");
    // PUBREC does not free the place, PUBCOMP does. Section 4.9
    subscriber.ack(AckKind::Pubrec, second);
    subscriber.expect_ack(AckKind::Pubrel, second);
    subscriber.expect_nothing();
    subscriber.ack(AckKind::Pubcomp, second);
    assert_eq!(subscriber.released_text(), "a 3");
    subscriber.expect_nothing();
}

#[test]
fn more_at_once_than_announced_ends_the_connection() {
    let broker = Broker::start();
    let mut client = Client::raw(broker.address, Version::V5);
    client.send(&Packet::Connect(Connect::new(Version::V5, Text::EMPTY)));
    let most = client.connack().properties.receive_maximum().unwrap().get();
    for n in 1..=most {
        client.send_2("a", b"", id(n), false);
        client.expect_ack(AckKind::Pubrec, id(n));
    }
    // One of these again is not one more.
    client.send_2("a", b"", id(1), true);
    client.expect_ack(AckKind::Pubrec, id(1));
    client.ack(AckKind::Pubrel, id(1));
    client.expect_ack(AckKind::Pubcomp, id(1));
    client.send_2("a", b"", id(1), false);
    client.expect_ack(AckKind::Pubrec, id(1));
    client.send_2("a", b"", id(most + 1), false);
    client.expect_disconnect(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
}

/// Seeded: messages in both directions, with cuts anywhere.
#[test]
fn exactly_once_however_often_both_are_cut_off() {
    let broker = Broker::start();
    for version in BOTH {
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let mut is_cut = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.is_multiple_of(4)
        };
        let connects = ["from", "to"].map(|id| keeping(version, id, &HOUR));
        let [mut from, mut to] = connects.map(|connect| broker.connect(&connect).0);
        to.subscribe("a", QoS::ExactlyOnce);
        let (mut got, mut cuts) = (Vec::new(), 0);
        for n in 1..=60_u16 {
            let mut again = |client: &mut Client, at: usize| {
                let cut = is_cut();
                if cut {
                    cuts += 1;
                    let present;
                    (*client, present) = broker.connect(&connects[at]);
                    assert!(present);
                }
                cut
            };
            // One message in: each step until it is not cut off.
            let mut dup = false;
            loop {
                from.send_2("a", n.to_string().as_bytes(), id(n), dup);
                dup = true;
                if again(&mut from, 0) {
                    continue;
                }
                from.expect_ack(AckKind::Pubrec, id(n));
                if !again(&mut from, 0) {
                    break;
                }
            }
            loop {
                from.ack(AckKind::Pubrel, id(n));
                if !again(&mut from, 0) {
                    from.expect_ack(AckKind::Pubcomp, id(n));
                    break;
                }
            }
            // And out: who has seen an identifier does not count its message again.
            let mut known = None;
            loop {
                match to.receive() {
                    Packet::Publish(publish) => {
                        let (id, text) = (publish.delivery.packet_id(), text_of(&publish));
                        assert!(known.is_none() || known == id);
                        if known.is_none() {
                            got.push(text);
                        }
                        known = id;
                        if !again(&mut to, 1) {
                            to.ack(AckKind::Pubrec, id.unwrap());
                            again(&mut to, 1);
                        }
                    }
                    Packet::Ack(ack) => {
                        assert_eq!(ack.kind, AckKind::Pubrel);
                        let id = ack.id;
                        to.ack(AckKind::Pubcomp, id);
                        again(&mut to, 1);
                        // Else the PUBCOMP of the one before was cut off.
                        if known == Some(id) {
                            break;
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        // What is left of the last one.
        to.kill();
        let (mut to, _) = broker.connect(&connects[1]);
        to.send(&Packet::Pingreq);
        while let Packet::Ack(ack) = to.receive() {
            let id = ack.id;
            to.ack(AckKind::Pubcomp, id);
        }
        let expected: Vec<_> = (1..=60).map(|n| format!("a {n}")).collect();
        assert_eq!(got, expected, "{version:?}");
        assert!(cuts > 50, "{cuts}");
        for connect in connects {
            let properties = List::EMPTY;
            broker.connect(&Connect { clean_start: true, properties, ..connect }).0.disconnect();
        }
    }
}

#[test]
fn the_lower_qos_counts() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        let two = Subscription::new(TopicFilter::from_static("a"), QoS::ExactlyOnce);
        assert_eq!(client.try_subscribe(two, &[]), ReasonCode::GRANTED_QOS_2);
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1("a", b"1");
        publisher.publish("a", b"0");
        assert_eq!(client.message().delivery.qos(), QoS::AtLeastOnce);
        assert_eq!(client.message().delivery.qos(), QoS::AtMostOnce);
        client.subscribe("a", QoS::AtLeastOnce);
        publisher.publish_2("a", b"2");
        assert_eq!(client.message().delivery.qos(), QoS::AtLeastOnce);
    }
}
