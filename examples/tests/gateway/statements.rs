//! What the standards leave to the program around a session, and no other test shows alone;
//! `mqtt-codec/conformance.toml` names the statements.

use std::thread::sleep;
use std::time::Duration;

use mqtt_codec::{
    Ack, AckKind, Connect, Delivery, List, Packet, PacketId, Property, Publish, QoS, ReasonCode,
    Subscribe, Subscription, TopicFilter, TopicName, Unsubscribe, Version, Will,
};

use crate::client::{BOTH, Broker, Client, keeping, text_of};

const V5: Version = Version::V5;
const HOUR: [Property<'static>; 1] = [Property::SessionExpiryInterval(3600)];

fn id(n: u16) -> PacketId {
    PacketId::new(n).unwrap()
}

#[test]
fn a_will_that_is_not_to_be_retained_is_not() {
    let broker = Broker::start();
    for version in BOTH {
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("status", QoS::AtMostOnce);
        let will = Will::new(TopicName::from_static("status"), b"gone");
        let connect = Connect { will: Some(will), ..keeping(version, "mortal", &HOUR) };
        broker.connect(&connect).0.kill();
        assert_eq!(watcher.text(), "status gone");
        let mut late = broker.client(version, "late");
        late.subscribe("status", QoS::AtMostOnce);
        late.expect_nothing();
    }
}

#[test]
fn a_will_keeps_its_properties_and_their_order() {
    let broker = Broker::start();
    let mut watcher = broker.client(V5, "watcher");
    watcher.subscribe("status", QoS::AtMostOnce);
    let text = mqtt_codec::Text::from_static;
    let properties = [
        Property::UserProperty(text("b"), text("1")),
        Property::ContentType(text("text/plain")),
        Property::UserProperty(text("a"), text("2")),
        Property::UserProperty(text("b"), text("0")),
    ];
    let will = Will::new(TopicName::from_static("status"), b"gone");
    let will = Will { properties: List::new(&properties), ..will };
    broker.connect(&Connect { will: Some(will), ..keeping(V5, "mortal", &HOUR) }).0.kill();
    let message = watcher.message();
    assert_eq!(message.properties.content_type(), Some(text("text/plain")));
    let user: Vec<_> =
        message.properties.user_properties().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(user, ["b=1", "a=2", "b=0"]);
}

#[test]
fn the_last_retained_message_alone_counts_whatever_its_qos() {
    let broker = Broker::start();
    for version in BOTH {
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1_with("a", b"first", true, &[]);
        publisher.retain("a", b"second"); // of QoS 0
        publisher.publish_1("a", b"not retained");
        publisher.publish_1("a", b""); // nor does it remove anything
        let mut late = broker.client(version, "late");
        late.subscribe("a", QoS::AtLeastOnce);
        let message = late.message();
        assert_eq!((text_of(&message), message.retain), ("a second".to_owned(), true));
        late.expect_nothing();
        // To who has subscribed it is a message as any other.
        publisher.retain("a", b"third");
        let message = late.message();
        assert_eq!((text_of(&message), message.retain), ("a third".to_owned(), false));
    }
}

#[test]
fn a_subscription_is_replaced_by_one_with_the_same_filter() {
    let broker = Broker::start();
    for version in BOTH {
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1_with("a", b"kept", true, &[]);
        let mut client = broker.client(version, "client");
        for qos in [QoS::AtLeastOnce, QoS::AtMostOnce] {
            client.subscribe("a", qos);
            assert_eq!(client.message().delivery.qos(), qos, "again");
            if qos == QoS::AtLeastOnce {
                client.puback(id(1));
            }
        }
        publisher.publish_1("a", b"new");
        let message = client.message();
        assert_eq!((text_of(&message), message.delivery.qos()), ("a new".into(), QoS::AtMostOnce));
        client.expect_nothing();
    }
}

#[test]
fn every_filter_has_its_code_in_one_suback() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        let list = [("a", QoS::ExactlyOnce), ("b", QoS::AtMostOnce), ("c", QoS::AtLeastOnce)]
            .map(|(filter, qos)| Subscription::new(TopicFilter::new(filter).unwrap(), qos));
        client.send(&Packet::Subscribe(Subscribe::new(id(513), List::new(&list))));
        match client.receive() {
            Packet::Suback(suback) => {
                let codes: Vec<u8> = suback.reason_codes.iter().map(ReasonCode::get).collect();
                assert_eq!((suback.id, &codes[..]), (id(513), &[2, 0, 1][..]));
            }
            other => panic!("{other:?}"),
        }
        client.expect_nothing();
    }
}

#[test]
fn what_was_begun_is_completed_behind_unsubscribe() {
    let broker = Broker::start();
    for version in BOTH {
        let connect = keeping(version, "client", &HOUR);
        let (mut client, _) = broker.connect(&connect);
        client.subscribe("a", QoS::AtLeastOnce);
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1("a", b"begun");
        assert_eq!(client.text(), "a begun");
        let filter = [TopicFilter::from_static("a")];
        client.send(&Packet::Unsubscribe(Unsubscribe::new(id(1), List::new(&filter))));
        assert!(matches!(client.receive(), Packet::Unsuback(_)));
        publisher.publish_1("a", b"not wanted");
        client.kill();
        let (mut client, present) = broker.connect(&connect);
        assert!(present);
        assert_eq!(client.acknowledged_text(), "a begun");
        client.expect_nothing();
    }
}

#[test]
fn messages_of_a_publisher_keep_their_order() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.subscribe("#", QoS::AtLeastOnce);
        let mut publisher = broker.client(version, "publisher");
        for n in 1..=100u16 {
            let delivery = Delivery::AtLeastOnce { id: id(n), dup: false };
            let payload = n.to_string();
            let publish = Publish::new(TopicName::from_static("a/b"), payload.as_bytes());
            publisher.send(&Packet::Publish(Publish { delivery, ..publish }));
            publisher.expect_ack(AckKind::Puback, id(n));
        }
        for n in 1..=100 {
            assert_eq!(client.acknowledged_text(), format!("a/b {n}"));
        }
    }
}

#[test]
fn a_message_of_qos_2_that_was_sent_does_not_expire() {
    let broker = Broker::start();
    let connect = keeping(V5, "client", &HOUR);
    let (mut client, _) = broker.connect(&connect);
    client.subscribe("a", QoS::ExactlyOnce);
    let mut publisher = broker.client(V5, "publisher");
    let lifetime = [Property::MessageExpiryInterval(1)];
    let delivery = Delivery::ExactlyOnce { id: id(1), dup: false };
    let publish = Publish::new(TopicName::from_static("a"), b"x");
    let publish = Publish { delivery, properties: List::new(&lifetime), ..publish };
    publisher.send(&Packet::Publish(publish));
    publisher.expect_ack(AckKind::Pubrec, id(1));
    assert_eq!(client.text(), "a x");
    client.kill();
    sleep(Duration::from_millis(1200));
    let (mut client, _) = broker.connect(&connect);
    assert_eq!(client.released_text(), "a x");
    // The publisher's side goes on too.
    publisher.ack(AckKind::Pubrel, id(1));
    publisher.expect_ack(AckKind::Pubcomp, id(1));
}

const JOBS: &str = "$share/group/jobs";

/// A worker that keeps its session, one message in its hands, and a second worker.
fn workers(broker: &Broker, qos: QoS) -> (Client, Client) {
    let (mut first, _) = broker.connect(&keeping(V5, "first", &HOUR));
    first.subscribe(JOBS, qos);
    let mut publisher = broker.client(V5, "publisher");
    publisher.publish_2("jobs", b"1");
    let mut second = broker.client(V5, "second");
    second.subscribe(JOBS, qos);
    (first, second)
}

#[test]
fn a_shared_message_of_qos_2_waits_for_the_client_that_has_it() {
    let broker = Broker::start();
    let (mut first, mut second) = workers(&broker, QoS::ExactlyOnce);
    assert_eq!(first.text(), "jobs 1");
    first.kill();
    second.expect_nothing();
    let (mut first, present) = broker.connect(&keeping(V5, "first", &HOUR));
    assert!(present);
    assert_eq!(first.released_text(), "jobs 1");
    second.expect_nothing();
}

#[test]
fn a_shared_message_of_qos_2_ends_with_the_session_that_has_it() {
    let broker = Broker::start();
    let (mut first, mut second) = workers(&broker, QoS::ExactlyOnce);
    assert_eq!(first.text(), "jobs 1");
    first.kill();
    let clean = Connect { clean_start: true, ..keeping(V5, "first", &HOUR) };
    broker.connect(&clean).0.expect_nothing();
    second.expect_nothing();
}

#[test]
fn a_shared_message_that_is_refused_goes_to_nobody_else() {
    let broker = Broker::start();
    for (qos, kind) in [(QoS::AtLeastOnce, AckKind::Puback), (QoS::ExactlyOnce, AckKind::Pubrec)] {
        let (mut first, mut second) = workers(&broker, qos);
        let id = first.message().delivery.packet_id().unwrap();
        let reason_code = ReasonCode::QUOTA_EXCEEDED;
        first.send(&Packet::Ack(Ack { reason_code, ..Ack::new(kind, id) }));
        first.expect_nothing();
        second.expect_nothing();
        first.disconnect();
        let clean = Connect { clean_start: true, ..keeping(V5, "first", &[]) };
        broker.connect(&clean).0.disconnect();
    }
}
