//! Topic aliases, in both directions.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use mqtt_codec::{
    AckKind, Connect, Delivery, List, Packet, PacketId, Property, Publish, QoS, ReasonCode, Text,
    TopicName, Version,
};

use sansio_examples::gateway::Limits;

use crate::client::{Broker, Client, keeping, text_of};

const V5: Version = Version::V5;

/// Publishes under an alias.
fn publish(client: &mut Client, topic: &str, alias: u16, delivery: Delivery) {
    let topic = TopicName::new(topic).unwrap_or(TopicName::EMPTY);
    let properties = [Property::TopicAlias(NonZeroU16::new(alias).unwrap())];
    let publish = Publish { delivery, ..Publish::new(topic, b"") };
    client.send(&Packet::Publish(Publish { properties: List::new(&properties), ..publish }));
}

#[test]
fn an_alias_stands_for_its_name_at_every_qos() {
    let broker = Broker::start();
    let mut subscriber = broker.client(V5, "subscriber");
    subscriber.subscribe("#", QoS::AtMostOnce);
    let mut publisher = broker.client(V5, "publisher");
    let id = PacketId::new(1).unwrap();
    publish(&mut publisher, "zero", 3, Delivery::AtMostOnce);
    publish(&mut publisher, "", 3, Delivery::AtLeastOnce { id, dup: false });
    publisher.expect_ack(AckKind::Puback, id);
    publish(&mut publisher, "two", 3, Delivery::ExactlyOnce { id, dup: false });
    publisher.expect_ack(AckKind::Pubrec, id);
    // What comes twice sets its alias too.
    publish(&mut publisher, "other", 3, Delivery::AtMostOnce);
    publish(&mut publisher, "two", 3, Delivery::ExactlyOnce { id, dup: true });
    publisher.expect_ack(AckKind::Pubrec, id);
    publish(&mut publisher, "", 3, Delivery::AtMostOnce);
    for topic in ["zero ", "zero ", "two ", "other ", "two "] {
        assert_eq!(subscriber.text(), topic);
    }
    subscriber.expect_nothing();
}

#[test]
fn names_may_be_long() {
    let broker = Broker::start();
    let mut subscriber = broker.client(V5, "subscriber");
    subscriber.subscribe("#", QoS::AtMostOnce);
    let mut publisher = broker.client(V5, "publisher");
    let name = |n: u16| format!("{n}/{}", "x".repeat(60_000));
    for n in 1..=16 {
        publish(&mut publisher, &name(n), n, Delivery::AtMostOnce);
        assert_eq!(subscriber.message().topic.to_str(), name(n));
    }
    for n in 1..=16 {
        publish(&mut publisher, "", n, Delivery::AtMostOnce);
        assert_eq!(subscriber.message().topic.to_str(), name(n));
    }
}

/// They count in the memory that all clients share.
#[test]
fn names_may_not_take_all_memory() {
    const MEMORY: usize = 300_000;
    let broker = Broker::with(Limits { memory: MEMORY, ..Limits::default() });
    let mut publisher = broker.client(V5, "publisher");
    for n in 1..=16 {
        publish(&mut publisher, &format!("{n}/{}", "x".repeat(60_000)), n, Delivery::AtMostOnce);
    }
    publisher.expect_disconnect(ReasonCode::QUOTA_EXCEEDED);
    drop(publisher);
    // It is back once the connection is gone.
    let mut other = broker.client(V5, "other");
    let start = Instant::now();
    while other.publish_1("a", &[0; MEMORY * 9 / 10]).is_error() {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn aliases_end_with_their_connection_though_the_session_goes_on() {
    let broker = Broker::start();
    let connect = keeping(V5, "publisher", &[Property::SessionExpiryInterval(3600)]);
    let (mut publisher, _) = broker.connect(&connect);
    publish(&mut publisher, "a", 1, Delivery::AtMostOnce);
    publisher.expect_nothing();
    publisher.kill();
    let (mut publisher, present) = broker.connect(&connect);
    assert!(present);
    publish(&mut publisher, "", 1, Delivery::AtMostOnce);
    publisher.expect_disconnect(ReasonCode::PROTOCOL_ERROR);
}

/// The next message: its topic, and its alias.
fn next(client: &mut Client) -> (String, Option<u16>) {
    let message = client.message();
    let alias = message.properties.topic_alias().map(NonZeroU16::get);
    (text_of(&message), alias)
}

#[test]
fn who_takes_aliases_gets_them() {
    let broker = Broker::start();
    let hour = Property::SessionExpiryInterval(3600);
    let properties = [hour, Property::TopicAliasMaximum(2)];
    let connect = keeping(V5, "subscriber", &properties);
    let (mut subscriber, _) = broker.connect(&connect);
    subscriber.subscribe("#", QoS::AtLeastOnce);
    let mut publisher = broker.client(V5, "publisher");
    let mut alias_of = |subscriber: &mut Client, topic: &str| {
        publisher.publish(topic, b"x");
        let (text, alias) = next(subscriber);
        (text.strip_suffix(" x").unwrap().to_owned(), alias.unwrap())
    };
    let (text, house) = alias_of(&mut subscriber, "house/kitchen");
    assert_eq!(text, "house/kitchen");
    assert_eq!(alias_of(&mut subscriber, "house/kitchen"), (String::new(), house));
    let (text, garden) = alias_of(&mut subscriber, "garden/gate");
    assert_eq!(text, "garden/gate");
    assert!(house != garden && house <= 2 && garden <= 2);
    // A third name takes the place of one of them.
    let (text, third) = alias_of(&mut subscriber, "cellar/door");
    assert_eq!(text, "cellar/door");
    assert!(third <= 2);
    assert_eq!(alias_of(&mut subscriber, "cellar/door"), (String::new(), third));

    // What goes again in another connection goes with its name.
    publisher.publish_1("cellar/door", b"again");
    assert_eq!(next(&mut subscriber), (" again".to_owned(), Some(third)));
    subscriber.kill();
    let (mut subscriber, present) = broker.connect(&connect);
    assert!(present);
    assert_eq!(next(&mut subscriber).0, "cellar/door again");
}

#[test]
fn who_takes_no_aliases_gets_none() {
    let broker = Broker::start();
    let (mut subscriber, _) = broker.connect(&Connect::new(V5, Text::from_static("subscriber")));
    subscriber.subscribe("#", QoS::AtMostOnce);
    let mut publisher = broker.client(V5, "publisher");
    for _ in 0..3 {
        publisher.publish("house/kitchen", b"x");
        assert_eq!(next(&mut subscriber), ("house/kitchen x".to_owned(), None));
    }
}
