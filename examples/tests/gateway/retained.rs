//! Retained messages.

use mqtt_codec::{
    Property, QoS, RetainHandling, Subscription, SubscriptionOptions, TopicFilter, Version,
};

use crate::client::{BOTH, Broker, Client, text_of};

fn subscribe(client: &mut Client, filter: &str, options: SubscriptionOptions) {
    let filter = TopicFilter::new(filter).unwrap();
    client.subscribe_with(Subscription { filter, options }, &[]);
}

#[test]
fn the_last_message_of_each_topic_waits_for_subscribers() {
    let broker = Broker::start();
    for version in BOTH {
        let mut publisher = broker.client(version, "publisher");
        publisher.retain("a/b", b"old");
        publisher.publish_1_with("a/b", b"new", true, &[]);
        publisher.retain("b", b"elsewhere");
        publisher.publish_1("a/c", b"not retained");
        for filter in ["a/+", "a/b"] {
            let mut subscriber = broker.client(version, "subscriber");
            subscriber.subscribe(filter, QoS::AtLeastOnce);
            let message = subscriber.message();
            assert_eq!((text_of(&message), message.retain), ("a/b new".to_owned(), true));
            assert_eq!(message.delivery.qos(), QoS::AtLeastOnce);
            subscriber.expect_nothing();
        }
    }
}

#[test]
fn an_empty_payload_deletes_and_is_delivered() {
    let broker = Broker::start();
    for version in BOTH {
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1_with("a", b"x", true, &[]);
        let mut subscriber = broker.client(version, "subscriber");
        subscriber.subscribe("a", QoS::AtMostOnce);
        assert_eq!(subscriber.text(), "a x");
        publisher.publish_1_with("a", b"", true, &[]);
        assert_eq!(subscriber.text(), "a ");
        let mut late = broker.client(version, "late");
        late.subscribe("a", QoS::AtMostOnce);
        late.expect_nothing();
    }
}

#[test]
fn retain_handling_says_who_gets_them() {
    let broker = Broker::start();
    broker.client(Version::V5, "publisher").publish_1_with("a", b"x", true, &[]);
    let mut client = broker.client(Version::V5, "client");
    let options = |retain_handling| SubscriptionOptions {
        retain_handling,
        ..SubscriptionOptions::new(QoS::AtMostOnce)
    };
    subscribe(&mut client, "a", options(RetainHandling::DoNotSend));
    client.expect_nothing();
    subscribe(&mut client, "a", options(RetainHandling::SendIfNew));
    client.expect_nothing();
    subscribe(&mut client, "a", options(RetainHandling::Send));
    assert_eq!(client.text(), "a x");
    subscribe(&mut client, "+", options(RetainHandling::SendIfNew));
    assert_eq!(client.text(), "a x");
    subscribe(&mut client, "$share/group/a", options(RetainHandling::Send));
    client.expect_nothing();
}

#[test]
fn retain_as_published_keeps_the_flag() {
    let broker = Broker::start();
    let mut client = broker.client(Version::V5, "client");
    let mut publisher = broker.client(Version::V5, "publisher");
    for retain_as_published in [false, true] {
        let options = SubscriptionOptions::new(QoS::AtMostOnce);
        let options = SubscriptionOptions { retain_as_published, ..options };
        subscribe(&mut client, "a/#", options);
        publisher.retain("a/b", b"");
        assert_eq!(client.message().retain, retain_as_published);
        publisher.publish("a/b", b"");
        assert!(!client.message().retain);
    }
}

#[test]
fn they_expire_and_tell_what_is_left() {
    let broker = Broker::start();
    let mut publisher = broker.client(Version::V5, "publisher");
    let lifetime = |secs| [Property::MessageExpiryInterval(secs)];
    publisher.publish_1_with("short", b"x", true, &lifetime(1));
    publisher.publish_1_with("long", b"x", true, &lifetime(100));
    std::thread::sleep(std::time::Duration::from_millis(1200));
    let mut client = broker.client(Version::V5, "client");
    client.subscribe("short", QoS::AtMostOnce);
    client.expect_nothing();
    client.subscribe("long", QoS::AtMostOnce);
    assert_eq!(client.message().properties.message_expiry_interval(), Some(99));
}
