//! Publishing and subscribing.

use mqtt_codec::{
    Connect, Delivery, List, Packet, PacketId, Property, QoS, ReasonCode, Subscribe, Subscription,
    SubscriptionId, SubscriptionOptions, Text, TopicFilter, Unsubscribe, Version, Will,
};

use crate::client::{BOTH, Broker, Client, text_of};

#[test]
fn every_version_hears_every_version_at_either_qos() {
    let broker = Broker::start();
    for receiver in BOTH {
        for sender in BOTH {
            let mut subscriber = broker.client(receiver, "subscriber");
            let mut publisher = broker.client(sender, "publisher");
            subscriber.subscribe("a/+", QoS::AtLeastOnce);

            publisher.publish("a/b", b"zero");
            let message = subscriber.message();
            assert_eq!(message.delivery, Delivery::AtMostOnce);
            assert_eq!((text_of(&message), message.retain), ("a/b zero".to_owned(), false));

            assert_eq!(publisher.publish_1("a/c", b"one"), ReasonCode::SUCCESS);
            let message = subscriber.message();
            assert!(matches!(message.delivery, Delivery::AtLeastOnce { dup: false, .. }));
            assert_eq!(text_of(&message), "a/c one");
        }
    }
}

#[test]
fn nobody_gets_more_than_the_subscription_asks_for() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.subscribe("a", QoS::AtMostOnce);
        let (codec, mut other) = (client.codec, broker.client(version, "other"));
        other.publish_1("a", b"");
        assert_eq!(client.message().delivery, Delivery::AtMostOnce);
        assert_eq!(codec.version, Some(version));
    }
}

#[test]
fn a_publish_in_the_same_segment_as_connect_arrives() {
    let broker = Broker::start();
    let mut subscriber = broker.client(Version::V5, "subscriber");
    subscriber.subscribe("t", QoS::AtLeastOnce);
    // CONNECT, PUBLISH QoS 1, DISCONNECT.
    let v3 = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01x\x32\x07\0\x01t\0\x01v3\xE0\0";
    let v5 = b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01x\x32\x08\0\x01t\0\x01\0v5\xE0\0";
    for (version, bytes, text) in [(Version::V3, &v3[..], "t v3"), (Version::V5, &v5[..], "t v5")] {
        let mut client = Client::raw(broker.address, version);
        client.send_bytes(bytes);
        assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
        assert!(matches!(client.receive(), Packet::Ack(_)));
        client.expect_closed();
        assert_eq!(subscriber.text(), text);
    }
}

#[test]
fn bytes_may_come_one_by_one() {
    let broker = Broker::start();
    let mut client = Client::raw(broker.address, Version::V3);
    let bytes =
        b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01x\x82\x06\0\x09\0\x01t\x01\x30\x05\0\x01tok";
    for byte in bytes.chunks(1) {
        client.send_bytes(byte);
    }
    assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
    assert!(matches!(client.receive(), Packet::Suback(_)));
    assert_eq!(client.text(), "t ok");
}

#[test]
fn overlapping_subscriptions_give_one_message_at_the_highest_qos() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        let ids = [7, 8].map(|n| Property::SubscriptionIdentifier(SubscriptionId::new(n).unwrap()));
        let properties = |id| if version == Version::V5 { std::slice::from_ref(id) } else { &[] };
        let low = Subscription::new(TopicFilter::from_static("a/#"), QoS::AtMostOnce);
        let high = Subscription::new(TopicFilter::from_static("a/+"), QoS::AtLeastOnce);
        client.subscribe_with(low, properties(&ids[0]));
        client.subscribe_with(high, properties(&ids[1]));
        client.subscribe("c", QoS::AtMostOnce);
        broker.client(version, "other").publish_1("a/b", b"x");
        let message = client.message();
        assert_eq!(message.delivery.qos(), QoS::AtLeastOnce);
        let found: Vec<_> =
            message.properties.subscription_identifiers().map(|i| i.get()).collect();
        assert_eq!(found, if version == Version::V5 { vec![7, 8] } else { vec![] });
        client.expect_nothing();
    }
}

#[test]
fn no_local_keeps_own_messages_away() {
    let broker = Broker::start();
    let mut client = broker.client(Version::V5, "client");
    let options =
        SubscriptionOptions { no_local: true, ..SubscriptionOptions::new(QoS::AtMostOnce) };
    let filter = TopicFilter::from_static("a");
    client.subscribe_with(Subscription { filter, options }, &[]);
    client.publish("a", b"own");
    client.expect_nothing();
    broker.client(Version::V5, "other").publish("a", b"other's");
    assert_eq!(client.text(), "a other's");
    // Without the option, one hears oneself.
    client.subscribe("a", QoS::AtMostOnce);
    client.publish("a", b"own");
    assert_eq!(client.text(), "a own");
}

#[test]
fn wildcards_do_not_take_dollar_topics() {
    let broker = Broker::start();
    let mut client = broker.client(Version::V3, "client");
    client.subscribe("#", QoS::AtMostOnce);
    client.subscribe("+/x", QoS::AtMostOnce);
    client.publish("$a/x", b"");
    client.expect_nothing();
    client.subscribe("$a/#", QoS::AtMostOnce);
    client.publish("$a/x", b"");
    assert_eq!(client.text(), "$a/x ");
}

#[test]
fn unsubscribed_means_silence() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.subscribe("a/b", QoS::AtMostOnce);
        client.subscribe("a/+", QoS::AtMostOnce);
        let filters = ["a/b", "a/+", "c"].map(|filter| TopicFilter::new(filter).unwrap());
        let id = PacketId::new(9).unwrap();
        client.send(&Packet::Unsubscribe(Unsubscribe::new(id, List::new(&filters))));
        match client.receive() {
            Packet::Unsuback(unsuback) => {
                assert_eq!(unsuback.id, id);
                let codes: Vec<_> = unsuback.reason_codes.iter().map(ReasonCode::get).collect();
                assert_eq!(codes, if version == Version::V5 { vec![0, 0, 0x11] } else { vec![] });
            }
            other => panic!("{other:?}"),
        }
        client.publish("a/b", b"");
        client.expect_nothing();
    }
}

#[test]
fn a_publisher_of_5_0_learns_that_nobody_listens() {
    let broker = Broker::start();
    let reason = broker.client(Version::V5, "five").publish_1("a", b"");
    assert_eq!(reason, ReasonCode::NO_MATCHING_SUBSCRIBERS);
    assert_eq!(broker.client(Version::V3, "three").publish_1("a", b""), ReasonCode::SUCCESS);
}

#[test]
fn shared_subscriptions_take_turns() {
    let broker = Broker::start();
    for version in BOTH {
        let mut members = ["m0", "m1", "m2"].map(|id| broker.client(version, id));
        for member in &mut members {
            member.subscribe("$share/group/jobs/+", QoS::AtLeastOnce);
        }
        let mut alone = broker.client(version, "alone");
        alone.subscribe("$share/other/jobs/#", QoS::AtMostOnce);
        let mut publisher = broker.client(version, "publisher");
        for n in 0..6 {
            publisher.publish_1("jobs/x", n.to_string().as_bytes());
        }
        for (n, member) in members.iter_mut().enumerate() {
            assert_eq!(member.acknowledged_text(), format!("jobs/x {n}"));
            assert_eq!(member.acknowledged_text(), format!("jobs/x {}", n + 3));
            member.expect_nothing();
        }
        for n in 0..6 {
            assert_eq!(alone.text(), format!("jobs/x {n}"));
        }
        let [m0, mut m1, mut m2] = members;
        m0.disconnect();
        for text in ["p", "q"] {
            publisher.publish_1("jobs/x", text.as_bytes());
        }
        // The last one has taken the place of who left, and it is the first one's turn.
        assert_eq!(m2.text(), "jobs/x p");
        assert_eq!(m1.text(), "jobs/x q");
    }
}

/// As tutorials write it: a subscriber with a will and three filters, and a publisher that sends
/// right after connecting and never waits.
#[test]
fn a_will_and_three_filters_on_one_connection() {
    let broker = Broker::start();
    for version in BOTH {
        let will = Will {
            topic: mqtt_codec::TopicName::from_static("status"),
            payload: b"offline",
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: List::EMPTY,
        };
        let connect = Connect::new(version, Text::from_static("subscriber"));
        let (mut subscriber, _) = broker.connect(&Connect { will: Some(will), ..connect });
        let filters = ["house/+/temperature", "house/#", "alarm"];
        let filters =
            filters.map(|f| Subscription::new(TopicFilter::new(f).unwrap(), QoS::AtLeastOnce));
        let id = PacketId::new(1).unwrap();
        subscriber.send(&Packet::Subscribe(Subscribe::new(id, List::new(&filters))));
        match subscriber.receive() {
            Packet::Suback(suback) => {
                assert!(suback.reason_codes.iter().eq([ReasonCode::GRANTED_QOS_1; 3]));
            }
            other => panic!("{other:?}"),
        }
        let mut publisher = broker.client(version, "publisher");
        for (topic, payload) in [("house/kitchen/temperature", "21.5"), ("alarm", "on"), ("x", "")]
        {
            publisher.publish(topic, payload.as_bytes());
        }
        assert_eq!(subscriber.text(), "house/kitchen/temperature 21.5");
        assert_eq!(subscriber.text(), "alarm on");
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("status", QoS::AtLeastOnce);
        subscriber.kill();
        assert_eq!(watcher.text(), "status offline");
    }
}
