//! What MQTT 5.0 adds to messages and connections.

use std::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{
    Connect, List, Packet, Property, Publish, QoS, ReasonCode, Text, TopicName, Version,
};

use crate::client::{Broker, Client, text_of};

const V5: Version = Version::V5;

#[test]
fn connack_tells_what_is_allowed() {
    let broker = Broker::start();
    let mut client = Client::raw(broker.address, V5);
    client.send(&Packet::Connect(Connect::new(V5, Text::EMPTY)));
    let properties = client.connack().properties;
    assert_eq!(properties.maximum_qos(), None);
    assert_eq!(properties.receive_maximum().map(NonZeroU16::get), Some(128));
    assert_eq!(properties.topic_alias_maximum(), Some(16));
    assert_eq!(properties.maximum_packet_size().map(NonZeroU32::get), Some(1_114_112));
    let first = properties.assigned_client_identifier().unwrap().to_str().to_owned();
    let mut other = Client::raw(broker.address, V5);
    other.send(&Packet::Connect(Connect::new(V5, Text::EMPTY)));
    assert_ne!(other.connack().properties.assigned_client_identifier().unwrap(), *first);
    client.expect_nothing();
}

#[test]
fn properties_pass_unaltered() {
    let broker = Broker::start();
    let mut subscriber = broker.client(V5, "subscriber");
    let mut old = broker.client(Version::V3, "old");
    subscriber.subscribe("a", QoS::AtMostOnce);
    old.subscribe("a", QoS::AtMostOnce);
    let user =
        |name, value| Property::UserProperty(Text::from_static(name), Text::from_static(value));
    let sent = [
        Property::PayloadFormatIndicator(true),
        Property::MessageExpiryInterval(60),
        Property::ContentType(Text::from_static("text/plain")),
        Property::ResponseTopic(TopicName::from_static("answers/1")),
        Property::CorrelationData(b"\0\xFF7"),
        user("b", "2"),
        user("a", "1"),
        user("b", ""),
    ];
    let with_alias = [&sent[..], &[Property::TopicAlias(NonZeroU16::new(3).unwrap())]].concat();
    broker.client(V5, "publisher").publish_1_with("a", b"x", false, &with_alias);
    // The alias is the publisher's; the rest comes in the order in which it was sent.
    assert!(subscriber.message().properties.iter().eq(sent));
    assert_eq!(old.text(), "a x");
}

#[test]
fn a_topic_alias_stands_for_its_name_on_its_connection() {
    let broker = Broker::start();
    let mut subscriber = broker.client(V5, "subscriber");
    subscriber.subscribe("#", QoS::AtMostOnce);
    let publish = |client: &mut Client, topic: &str, n| {
        let topic = TopicName::new(topic).unwrap_or(TopicName::EMPTY);
        let properties = [Property::TopicAlias(NonZeroU16::new(n).unwrap())];
        let publish = Publish::new(topic, b"");
        client.send(&Packet::Publish(Publish { properties: List::new(&properties), ..publish }));
    };
    let mut publisher = broker.client(V5, "publisher");
    publish(&mut publisher, "a", 1);
    publish(&mut publisher, "", 1);
    publish(&mut publisher, "b", 16);
    publish(&mut publisher, "c", 1);
    publish(&mut publisher, "", 1);
    for topic in ["a ", "a ", "b ", "c ", "c "] {
        assert_eq!(subscriber.text(), topic);
    }
    let mut again = broker.client(V5, "publisher");
    publisher.expect_disconnect(ReasonCode::SESSION_TAKEN_OVER);
    publish(&mut again, "", 1);
    again.expect_disconnect(ReasonCode::PROTOCOL_ERROR);
    let mut again = broker.client(V5, "publisher");
    publish(&mut again, "a", 17);
    again.expect_disconnect(ReasonCode::TOPIC_ALIAS_INVALID);
    subscriber.expect_nothing();
}

#[test]
fn what_is_too_large_for_a_client_is_not_sent_to_it() {
    let broker = Broker::start();
    // What is not sent takes no place among what is in flight either.
    let limit = [
        Property::MaximumPacketSize(NonZeroU32::new(100).unwrap()),
        Property::ReceiveMaximum(NonZeroU16::new(1).unwrap()),
    ];
    let connect = Connect::new(V5, Text::from_static("small"));
    let (mut small, _) = broker.connect(&Connect { properties: List::new(&limit), ..connect });
    small.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = broker.client(V5, "publisher");
    // 2 + 3 + 2 + 1 bytes before the payload.
    for payload in [93, 92, 93] {
        assert_eq!(publisher.publish_1("a", &vec![b'x'; payload]), ReasonCode::SUCCESS);
    }
    let message = small.message();
    assert_eq!(message.payload.len(), 92);
    let id = message.delivery.packet_id().unwrap();
    small.puback(id);
    small.expect_nothing();
}

#[test]
fn receive_maximum_holds_messages_back() {
    let broker = Broker::start();
    let limit = [Property::ReceiveMaximum(NonZeroU16::new(2).unwrap())];
    let connect = Connect::new(V5, Text::from_static("slow"));
    let (mut slow, _) = broker.connect(&Connect { properties: List::new(&limit), ..connect });
    slow.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = broker.client(V5, "publisher");
    for n in 0..5 {
        publisher.publish_1("a", n.to_string().as_bytes());
    }
    let mut ids = Vec::new();
    for n in 0..5 {
        let message = slow.message();
        assert_eq!(text_of(&message), format!("a {n}"));
        let id = message.delivery.packet_id().unwrap();
        assert!(!ids.contains(&id));
        ids.push(id);
        if ids.len() == 2 {
            slow.expect_nothing();
            let first = ids.remove(0);
            slow.puback(first);
        }
    }
    assert_eq!(ids.len(), 1);
    slow.expect_nothing();
}
