//! Last wills.

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mqtt_codec::{
    Connect, Disconnect, List, Packet, Property, QoS, ReasonCode, Text, TopicName, Version, Will,
};

use crate::client::{BOTH, Broker, Client, keeping, text_of};

fn will<'a>(properties: &'a [Property<'a>]) -> Option<Will<'a>> {
    Some(Will {
        topic: TopicName::from_static("status"),
        payload: b"offline",
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: List::new(properties),
    })
}

/// A client with a will, and somebody who waits for it.
fn mortal_and_watcher(broker: &Broker, version: Version) -> (Client, Client) {
    let connect = Connect::new(version, Text::from_static("mortal"));
    let (mortal, _) = broker.connect(&Connect { will: will(&[]), ..connect });
    let mut watcher = broker.client(version, "watcher");
    watcher.subscribe("status", QoS::AtLeastOnce);
    (mortal, watcher)
}

fn expect_will(watcher: &mut Client) {
    let message = watcher.message();
    assert_eq!(text_of(&message), "status offline");
    let id = message.delivery.packet_id().unwrap();
    watcher.puback(id);
}

#[test]
fn a_killed_client_gives_its_will_at_once() {
    let broker = Broker::start();
    for version in BOTH {
        let (mortal, mut watcher) = mortal_and_watcher(&broker, version);
        let start = Instant::now();
        mortal.kill();
        expect_will(&mut watcher);
        assert!(start.elapsed() < Duration::from_millis(1000));
        // It was to be retained.
        let mut late = broker.client(version, "late");
        late.subscribe("status", QoS::AtMostOnce);
        assert_eq!(late.text(), "status offline");
        late.retain("status", b"");
        assert_eq!(late.text(), "status "); // before the next will comes
    }
}

#[test]
fn a_stopped_client_gives_its_will_after_one_and_a_half_keep_alives() {
    let broker = Broker::start();
    let of = |version| {
        let connect = Connect::new(version, Text::from_static("stopped"));
        Connect { keep_alive: 1, will: will(&[]), ..connect }
    };
    for version in BOTH {
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("status", QoS::AtLeastOnce);
        let (mut stopped, _) = broker.connect(&of(version));
        sleep(Duration::from_millis(800));
        stopped.expect_nothing(); // PINGREQ is a sign of life
        let start = Instant::now();
        expect_will(&mut watcher);
        let waited = start.elapsed().as_millis();
        assert!((1400..2500).contains(&waited), "{waited} ms");
        stopped.expect_disconnect(ReasonCode::KEEP_ALIVE_TIMEOUT);
        watcher.retain("status", b"");
        watcher.message();
    }
}

#[test]
fn a_stopped_client_gives_its_will_though_messages_for_it_are_on_their_way() {
    let broker = Broker::start();
    let connect = Connect::new(Version::V5, Text::from_static("stopped"));
    let mut watcher = broker.client(Version::V5, "watcher");
    watcher.subscribe("status", QoS::AtLeastOnce);
    let (mut stopped, _) = broker.connect(&Connect { keep_alive: 1, will: will(&[]), ..connect });
    stopped.subscribe("big", QoS::AtMostOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    let start = Instant::now();
    for _ in 0..20 {
        publisher.publish("big", &[b'x'; 900_000]);
    }
    expect_will(&mut watcher);
    let waited = start.elapsed().as_millis();
    assert!((1400..4000).contains(&waited), "{waited} ms");
}

#[test]
fn who_says_goodbye_has_no_will() {
    let broker = Broker::start();
    for version in BOTH {
        let (mortal, mut watcher) = mortal_and_watcher(&broker, version);
        mortal.disconnect();
        watcher.expect_nothing();
    }
    // 5.0 may ask for it.
    let (mut mortal, mut watcher) = mortal_and_watcher(&broker, Version::V5);
    mortal.send(&Packet::Disconnect(Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE)));
    expect_will(&mut watcher);
}

#[test]
fn goodbye_counts_though_messages_for_the_client_are_on_their_way() {
    let broker = Broker::start();
    let (mut mortal, mut watcher) = mortal_and_watcher(&broker, Version::V3);
    let mut publisher = broker.client(Version::V3, "publisher");
    mortal.subscribe("flood", QoS::AtMostOnce);
    for _ in 0..200 {
        publisher.publish("flood", &[b'x'; 100_000]);
    }
    publisher.expect_nothing();
    // DISCONNECT, then a close that throws away what has come: the gateway's writing fails.
    mortal.stream.write_all(b"\xE0\0").unwrap();
    mortal.kill();
    sleep(Duration::from_millis(300));
    watcher.expect_nothing();
}

#[test]
fn breaking_a_rule_or_being_taken_over_gives_the_will() {
    let broker = Broker::start();
    for version in BOTH {
        let (mut mortal, mut watcher) = mortal_and_watcher(&broker, version);
        mortal.send_bytes(&[0x36, 0]);
        expect_will(&mut watcher);
        let (_old, mut watcher) = mortal_and_watcher(&broker, version);
        watcher.message(); // retained
        let _new = broker.client(version, "mortal");
        expect_will(&mut watcher);
        watcher.retain("status", b"");
        watcher.message();
    }
}

#[test]
fn a_connection_that_is_taken_over_gives_its_will_though_the_session_goes_on() {
    let broker = Broker::start();
    for version in BOTH {
        let hour = [Property::SessionExpiryInterval(3600)];
        let connect = keeping(version, "mortal", &hour);
        let (_old, _) = broker.connect(&Connect { will: will(&[]), ..connect });
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("status", QoS::AtLeastOnce);
        let (new, present) = broker.connect(&connect);
        assert!(present);
        expect_will(&mut watcher);
        new.disconnect();
        watcher.retain("status", b"");
        watcher.message();
        watcher.expect_nothing();
    }
}

#[test]
fn a_delayed_will_waits_for_the_client_to_come_back() {
    let broker = Broker::start();
    let mut watcher = broker.client(Version::V5, "watcher");
    watcher.subscribe("status", QoS::AtLeastOnce);
    let hour = [Property::SessionExpiryInterval(3600)];
    let delay = [Property::WillDelayInterval(1)];
    let connect = Connect { will: will(&delay), ..keeping(Version::V5, "mortal", &hour) };

    broker.connect(&connect).0.kill();
    sleep(Duration::from_millis(300));
    watcher.expect_nothing();
    let (mortal, present) = broker.connect(&connect);
    assert!(present);
    sleep(Duration::from_millis(1300));
    watcher.expect_nothing(); // it came back in time

    let start = Instant::now();
    mortal.kill();
    expect_will(&mut watcher);
    let waited = start.elapsed().as_millis();
    assert!((1000..2500).contains(&waited), "{waited} ms");

    // The end of the session ends the wait.
    let short = Connect { properties: List::EMPTY, ..connect };
    let start = Instant::now();
    broker.connect(&short).0.kill();
    expect_will(&mut watcher);
    assert!(start.elapsed() < Duration::from_millis(800));
}

#[test]
fn a_will_of_qos_2_is_said_once() {
    let broker = Broker::start();
    for version in BOTH {
        let mut watcher = broker.client(version, "watcher");
        watcher.subscribe("status", QoS::ExactlyOnce);
        let two = will(&[]).map(|will| Will { qos: QoS::ExactlyOnce, retain: false, ..will });
        let connect = Connect::new(version, Text::from_static("mortal"));
        broker.connect(&Connect { will: two, ..connect }).0.kill();
        assert_eq!(watcher.released_text(), "status offline");
        watcher.expect_nothing();
    }
}

#[test]
fn a_delayed_will_is_said_when_a_new_session_begins() {
    let broker = Broker::start();
    let mut watcher = broker.client(Version::V5, "watcher");
    watcher.subscribe("status", QoS::AtLeastOnce);
    let hour = [Property::SessionExpiryInterval(3600)];
    let delay = [Property::WillDelayInterval(3600)];
    let connect = Connect { will: will(&delay), ..keeping(Version::V5, "mortal", &hour) };
    // Of a client that is away, and of one that is still here.
    for is_away in [true, false] {
        let (mortal, _) = broker.connect(&connect);
        let kept = (!is_away).then_some(mortal);
        sleep(Duration::from_millis(200));
        watcher.expect_nothing();
        let clean = Connect { clean_start: true, will: None, ..connect };
        let (new, present) = broker.connect(&clean);
        assert!(!present);
        expect_will(&mut watcher);
        drop(kept);
        new.disconnect();
    }
}

#[test]
fn goodbye_with_a_shorter_interval_hastens_the_will() {
    let broker = Broker::start();
    let mut watcher = broker.client(Version::V5, "watcher");
    watcher.subscribe("status", QoS::AtLeastOnce);
    let hour = [Property::SessionExpiryInterval(3600)];
    let delay = [Property::WillDelayInterval(3600)];
    let connect = Connect { will: will(&delay), ..keeping(Version::V5, "mortal", &hour) };
    let (mut mortal, _) = broker.connect(&connect);
    let start = Instant::now();
    let properties = [Property::SessionExpiryInterval(1)];
    let disconnect = Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    let disconnect = Disconnect { properties: List::new(&properties), ..disconnect };
    mortal.send(&Packet::Disconnect(disconnect));
    expect_will(&mut watcher);
    let waited = start.elapsed().as_millis();
    assert!((1000..2500).contains(&waited), "{waited} ms");
    assert!(!broker.connect(&Connect { will: None, ..connect }).1);
}
