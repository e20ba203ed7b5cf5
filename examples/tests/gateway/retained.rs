//! Retained messages.

use mqtt_codec::{
    Property, QoS, RetainHandling, Subscription, SubscriptionOptions, TopicFilter, Version,
};

use sansio_examples::gateway::Limits;

use crate::client::{BOTH, Broker, Client, keeping, text_of};

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
    let mut publisher = broker.client(Version::V5, "publisher");
    publisher.publish_1_with("a", b"x", true, &[]);
    publisher.publish_1_with("$share/group/a", b"a topic as any other", true, &[]);
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
    let left = client.message().properties.message_expiry_interval();
    assert!(matches!(left, Some(90..=99)), "{left:?}");
}

#[test]
fn a_subscriber_gets_all_of_them_though_its_queue_is_short() {
    let broker = Broker::with(Limits { queued: 10, ..Limits::default() });
    let mut publisher = broker.client(Version::V5, "publisher");
    let topics: Vec<String> = (0..1000).map(|n| format!("many/{n:04}")).collect();
    for topic in &topics {
        publisher.retain(topic, b"x");
    }
    publisher.retain("other", b"x");
    publisher.retain("many/0007", b"");
    publisher.expect_nothing();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.subscribe("many/#", QoS::AtMostOnce);
        for topic in topics.iter().filter(|topic| *topic != "many/0007") {
            let message = client.message();
            assert_eq!((message.topic.to_str(), message.retain), (&**topic, true));
        }
        client.expect_nothing();
    }
}

#[test]
fn what_a_kept_session_is_owed_comes_on_its_next_connection() {
    let broker = Broker::start();
    let mut publisher = broker.client(Version::V3, "publisher");
    for n in 0..1000 {
        publisher.publish_1_with(&format!("many/{n:04}"), b"x", true, &[]);
    }
    let connect = keeping(Version::V3, "client", &[]);
    let (mut client, _) = broker.connect(&connect);
    client.subscribe("#", QoS::AtLeastOnce);
    let mut next = 0;
    while next < 300 {
        assert_eq!(client.acknowledged_text(), format!("many/{next:04} x"));
        next += 1;
    }
    client.kill();
    let (mut client, present) = broker.connect(&connect);
    assert!(present);
    let mut topics: Vec<String> = Vec::new();
    while topics.last().is_none_or(|topic| topic != "many/0999 x") {
        topics.push(client.acknowledged_text());
    }
    // Some acknowledgements may have been lost with the connection: those come again.
    let first: usize = topics[0][5..9].parse().unwrap();
    assert!(first <= next);
    assert!(topics.iter().eq(&(first..1000).map(|n| format!("many/{n:04} x")).collect::<Vec<_>>()));
}
