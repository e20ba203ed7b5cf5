//! Sessions that outlive their connection.

use std::num::NonZeroU16;
use std::thread::sleep;
use std::time::Duration;

use mqtt_codec::{
    AckKind, Connect, Delivery, Disconnect, List, Packet, PacketId, Property, QoS, ReasonCode,
    Text, TopicFilter, Unsubscribe, Version,
};

use crate::client::{BOTH, Broker, Client, keeping, text_of};

const HOUR: [Property<'static>; 1] = [Property::SessionExpiryInterval(3600)];

#[test]
fn a_kept_session_gets_what_came_while_it_was_away() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "sleeper", &HOUR);
        let (mut sleeper, present) = broker.connect(&connect);
        assert!(!present);
        sleeper.subscribe("a/+", QoS::AtLeastOnce);
        sleeper.disconnect();
        let mut publisher = broker.client(version, "publisher");
        publisher.publish("a/0", b"of QoS 0 is not kept");
        assert_eq!(publisher.publish_1("a/1", b"first"), ReasonCode::SUCCESS);
        assert_eq!(publisher.publish_1("a/2", b"second"), ReasonCode::SUCCESS);

        let (mut sleeper, present) = broker.connect(&connect);
        assert!(present);
        assert_eq!(sleeper.acknowledged_text(), "a/1 first");
        assert_eq!(sleeper.acknowledged_text(), "a/2 second");
        // The subscription is still there.
        publisher.publish("a/3", b"third");
        assert_eq!(sleeper.text(), "a/3 third");
        sleeper.disconnect();

        // A clean start ends it.
        let (sleeper, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
        sleeper.disconnect();
        publisher.publish_1("a/4", b"fourth");
        let clean = Connect { clean_start: true, properties: List::EMPTY, ..connect };
        broker.connect(&clean).0.expect_nothing();
    }
}

#[test]
fn what_was_not_acknowledged_comes_again_with_dup() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "client", &HOUR);
        let (mut client, _) = broker.connect(&connect);
        client.subscribe("a", QoS::AtLeastOnce);
        let mut publisher = broker.client(version, "publisher");
        for n in 0..3 {
            publisher.publish_1("a", n.to_string().as_bytes());
        }
        let ids = [(); 3].map(|()| client.message().delivery.packet_id().unwrap());
        client.puback(ids[1]);
        client.expect_nothing();
        client.disconnect();
        publisher.publish_1("a", b"3");

        let (mut client, present) = broker.connect(&connect);
        assert!(present);
        for (id, text) in [(ids[0], "a 0"), (ids[2], "a 2")] {
            let message = client.message();
            assert_eq!(message.delivery, Delivery::AtLeastOnce { id, dup: true });
            assert_eq!(text_of(&message), text);
            client.puback(id);
        }
        let message = client.message();
        assert_eq!((text_of(&message), message.delivery.dup()), ("a 3".to_owned(), false));
        let id = message.delivery.packet_id().unwrap();
        client.puback(id);
        client.disconnect();

        let (mut client, present) = broker.connect(&connect);
        assert!(present);
        client.expect_nothing();
        let (_, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
    }
}

#[test]
fn what_comes_again_keeps_to_the_new_receive_maximum() {
    let broker = Broker::start();
    let (mut client, _) = broker.connect(&keeping(Version::V5, "client", &HOUR));
    client.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    for n in 0..4 {
        publisher.publish_1("a", n.to_string().as_bytes());
    }
    let ids = [(); 4].map(|()| client.message().delivery.packet_id().unwrap());
    client.kill();
    let one = NonZeroU16::new(1).unwrap();
    let properties = [HOUR[0], Property::ReceiveMaximum(one)];
    let (mut client, _) = broker.connect(&keeping(Version::V5, "client", &properties));
    for (id, text) in [(ids[0], "a 0"), (ids[1], "a 1"), (ids[3], "a 3")] {
        let message = client.message();
        assert_eq!(message.delivery, Delivery::AtLeastOnce { id, dup: true });
        assert_eq!(text_of(&message), text);
        client.expect_nothing();
        if id == ids[1] {
            client.puback(ids[2]); // it had come before
            client.expect_nothing();
        }
        client.puback(id);
    }
    client.expect_nothing();
}

#[test]
fn what_waits_too_long_or_at_qos_0_is_gone() {
    let broker = Broker::start();
    let one = NonZeroU16::new(1).unwrap();
    let properties = [HOUR[0], Property::ReceiveMaximum(one)];
    let connect = keeping(Version::V5, "client", &properties);
    let (mut client, _) = broker.connect(&connect);
    client.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    publisher.publish_1("a", b"sent");
    client.message();
    publisher.publish_1("a", b"held back");
    publisher.publish("a", b"behind it at QoS 0");
    publisher.expect_nothing();
    client.disconnect();
    let lifetime = |secs| [Property::MessageExpiryInterval(secs)];
    publisher.publish_1_with("a", b"short", false, &lifetime(1));
    publisher.publish_1_with("a", b"long", false, &lifetime(100));
    sleep(Duration::from_millis(1100));
    let (mut client, _) = broker.connect(&connect);
    assert_eq!(client.acknowledged_text(), "a sent");
    assert_eq!(client.acknowledged_text(), "a held back");
    let message = client.message();
    assert_eq!(text_of(&message), "a long");
    assert!(matches!(message.properties.message_expiry_interval(), Some(90..=99)));
}

#[test]
fn a_session_without_interval_ends_with_its_connection() {
    let broker = Broker::start();
    for version in BOTH {
        broker.client(version, "client").disconnect();
        let (client, present) = broker.connect(&keeping(version, "client", &[]));
        assert!(!present);
        client.disconnect();
        // 3.1.1 keeps what has no Clean Session; 5.0 needs an interval.
        let (_, present) = broker.connect(&keeping(version, "client", &[]));
        assert_eq!(present, version == Version::V3);
    }
}

#[test]
fn a_session_ends_when_its_interval_is_over() {
    let broker = Broker::start();
    let second = [Property::SessionExpiryInterval(1)];
    let connect = keeping(Version::V5, "client", &second);
    broker.connect(&connect).0.disconnect();
    let (client, present) = broker.connect(&connect);
    assert!(present);
    client.disconnect();
    sleep(Duration::from_millis(1100));
    assert!(!broker.connect(&connect).1);
}

#[test]
fn disconnect_may_change_the_interval() {
    let broker = Broker::start();
    let disconnect = |client: &mut Client, secs| {
        let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
        let properties = [Property::SessionExpiryInterval(secs)];
        let properties = List::new(&properties);
        client.send(&Packet::Disconnect(Disconnect { properties, ..disconnect }));
    };
    let connect = keeping(Version::V5, "client", &HOUR);
    let (mut client, _) = broker.connect(&connect);
    disconnect(&mut client, 0);
    client.expect_closed();
    let (client, present) = broker.connect(&connect);
    assert!(!present);
    client.disconnect();

    // Not from 0 to something.
    let mut client = broker.client(Version::V5, "other");
    disconnect(&mut client, 1);
    client.expect_disconnect(ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn a_second_connection_takes_over() {
    let broker = Broker::start();
    for old_version in BOTH {
        for version in BOTH {
            let mut old = broker.client(old_version, "client");
            old.subscribe("a", QoS::AtMostOnce);
            let mut new = broker.client(version, "client");
            old.expect_disconnect(ReasonCode::SESSION_TAKEN_OVER);
            new.publish("a", b"");
            new.expect_nothing();
        }
        let connect = keeping(old_version, "kept", &HOUR);
        let (mut old, _) = broker.connect(&connect);
        old.subscribe("b", QoS::AtLeastOnce);
        let (mut new, present) = broker.connect(&connect);
        assert!(present);
        old.expect_disconnect(ReasonCode::SESSION_TAKEN_OVER);
        new.publish("b", b"x");
        assert_eq!(new.text(), "b x");
        let (_, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
    }
}

#[test]
fn clients_without_a_name_are_not_mixed_up() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = Connect::new(version, Text::EMPTY);
        let (mut a, _) = broker.connect(&connect);
        let (mut b, _) = broker.connect(&connect);
        a.subscribe("a", QoS::AtMostOnce);
        b.publish("a", b"x");
        assert_eq!(a.text(), "a x");
        b.expect_nothing();
    }
}

#[test]
fn messages_of_a_shared_subscription_wait_if_nobody_is_there() {
    let broker = Broker::start();
    let connect = keeping(Version::V5, "worker", &HOUR);
    let (mut worker, _) = broker.connect(&connect);
    worker.subscribe("$share/group/jobs", QoS::AtLeastOnce);
    worker.disconnect();
    let mut publisher = broker.client(Version::V5, "publisher");
    assert_eq!(publisher.publish_1("jobs", b"1"), ReasonCode::SUCCESS);
    let (mut worker, present) = broker.connect(&connect);
    assert!(present);
    assert_eq!(worker.acknowledged_text(), "jobs 1");
    let mut second = broker.client(Version::V5, "second");
    second.subscribe("$share/group/jobs", QoS::AtLeastOnce);
    second.disconnect();
    // The end of their sessions leaves no trace in the group.
    let (worker, _) = broker.connect(&Connect { clean_start: true, ..connect });
    let reason = publisher.publish_1("jobs", b"2");
    assert_eq!(reason, ReasonCode::NO_MATCHING_SUBSCRIBERS);
    let mut other = broker.client(Version::V5, "other");
    other.subscribe("$share/group/jobs", QoS::AtLeastOnce);
    for text in ["jobs 3", "jobs 4", "jobs 5"] {
        publisher.publish_1("jobs", &text.as_bytes()[5..]);
        assert_eq!(other.acknowledged_text(), text);
    }
    worker.disconnect();

    // Who is there goes before who is away, and who has unsubscribed is no member.
    let (mut away, _) = broker.connect(&keeping(Version::V5, "away", &HOUR));
    away.subscribe("$share/group/jobs", QoS::AtLeastOnce);
    away.disconnect();
    let mut former = broker.client(Version::V5, "former");
    former.subscribe("$share/group/jobs", QoS::AtLeastOnce);
    let filter = [TopicFilter::from_static("$share/group/jobs")];
    let id = PacketId::new(1).unwrap();
    former.send(&Packet::Unsubscribe(Unsubscribe::new(id, List::new(&filter))));
    assert!(matches!(former.receive(), Packet::Unsuback(_)));
    for text in ["jobs 6", "jobs 7", "jobs 8"] {
        publisher.publish_1("jobs", &text.as_bytes()[5..]);
        assert_eq!(other.acknowledged_text(), text);
    }
}

/// What is granted at QoS 0 waits for nobody.
#[test]
fn messages_of_a_shared_subscription_wait_for_who_gets_them() {
    let broker = Broker::start();
    let mut publisher = broker.client(Version::V5, "publisher");
    for (id, qos) in [("lossy", QoS::AtMostOnce), ("sure", QoS::AtLeastOnce)] {
        let (mut worker, _) = broker.connect(&keeping(Version::V5, id, &HOUR));
        worker.subscribe("$share/group/jobs", qos);
        worker.disconnect();
    }
    for text in [b"1", b"2", b"3"] {
        assert_eq!(publisher.publish_1("jobs", text), ReasonCode::SUCCESS);
    }
    let (mut sure, _) = broker.connect(&keeping(Version::V5, "sure", &HOUR));
    for text in ["jobs 1", "jobs 2", "jobs 3"] {
        assert_eq!(sure.acknowledged_text(), text);
    }
    // Who is there goes before all who are away.
    sure.disconnect();
    let (mut lossy, _) = broker.connect(&keeping(Version::V5, "lossy", &HOUR));
    for text in ["jobs 4", "jobs 5"] {
        publisher.publish_1("jobs", &text.as_bytes()[5..]);
        assert_eq!(lossy.text(), text);
    }
}

#[test]
fn many_take_over_from_one_another_and_the_last_one_stays() {
    let broker = Broker::start();
    let connect = keeping(Version::V5, "client", &HOUR);
    let (mut first, _) = broker.connect(&connect);
    first.subscribe("a", QoS::ExactlyOnce);
    let address = broker.address;
    let others: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                let mut client = Client::raw(address, Version::V5);
                client.send(&Packet::Connect(keeping(Version::V5, "client", &HOUR)));
                assert!(client.connack().session_present);
                client
            })
        })
        .collect();
    let others: Vec<_> = others.into_iter().map(|thread| thread.join().unwrap()).collect();
    first.expect_disconnect(ReasonCode::SESSION_TAKEN_OVER);
    broker.client(Version::V5, "publisher").publish_2("a", b"x");
    let mut stayed = 0;
    for mut client in others {
        match client.receive() {
            Packet::Publish(publish) => {
                assert_eq!(text_of(&publish), "a x");
                stayed += 1;
            }
            Packet::Disconnect(disconnect) => {
                assert_eq!(disconnect.reason_code, ReasonCode::SESSION_TAKEN_OVER);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stayed, 1);
}

#[test]
fn a_session_may_never_end() {
    let broker = Broker::start();
    let properties = [Property::SessionExpiryInterval(u32::MAX)];
    let connect = keeping(Version::V5, "client", &properties);
    let (client, _) = broker.connect(&connect);
    client.disconnect();
    sleep(Duration::from_millis(600));
    assert!(broker.connect(&connect).1);
}

#[test]
fn more_than_can_be_in_flight_waits_its_turn() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "client", &HOUR);
        let (mut client, _) = broker.connect(&connect);
        client.subscribe("a", QoS::ExactlyOnce);
        let mut publisher = broker.client(version, "publisher");
        for n in 0..100 {
            publisher.publish_2("a", n.to_string().as_bytes());
        }
        let first: Vec<_> = (0..64)
            .map(|n| {
                let message = client.message();
                assert_eq!(text_of(&message), format!("a {n}"));
                message.delivery.packet_id().unwrap()
            })
            .collect();
        client.expect_nothing();
        for (n, id) in (64..100).zip(first) {
            client.ack(AckKind::Pubrec, id);
            client.expect_ack(AckKind::Pubrel, id);
            client.ack(AckKind::Pubcomp, id);
            assert_eq!(client.text(), format!("a {n}"));
        }
        let (client, present) = broker.connect(&Connect { clean_start: true, ..connect });
        assert!(!present);
        client.disconnect();
    }
}
