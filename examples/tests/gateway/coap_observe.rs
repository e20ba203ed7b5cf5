//! Observed topics. RFC 7641

use std::time::Duration;

use coap_codec::{Code, ContentFormat, OptionNumber, Type};
use mqtt_codec::{Property, Version};

use crate::client::Broker;
use crate::coap_client::{Owned, Tcp, Udp};

fn observe(uri: &str) -> Owned {
    Owned::get(uri).with(OptionNumber::OBSERVE, b"")
}

#[test]
fn a_temperature_published_over_mqtt_is_observed_over_coap() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("house/attic/temperature", b"19.5");
    mqtt.expect_nothing();
    let mut coap = Udp::new(broker.coap);
    let first = coap.ask(&observe("/ps/house/attic/temperature"));
    let mut last = first.expect("19.5").uint(OptionNumber::OBSERVE).unwrap();
    for (n, value) in ["19.6", "19.7", "19.8"].into_iter().enumerate() {
        // Retained or not.
        match n {
            0 => mqtt.publish("house/attic/temperature", value.as_bytes()),
            _ => mqtt.retain("house/attic/temperature", value.as_bytes()),
        }
        let notification = coap.notification();
        assert_eq!(notification.expect(value).token, b"token");
        assert_eq!(notification.format(), Some(ContentFormat::TEXT_PLAIN));
        let number = notification.uint(OptionNumber::OBSERVE).unwrap();
        assert!(last < number && number <= 0xFF_FFFF, "{last} {number}");
        last = number;
        // The first one asks the address to prove itself.
        let expected = if n == 0 { Type::Confirmable } else { Type::NonConfirmable };
        assert_eq!(notification.kind, expected);
    }
    mqtt.publish("house/attic", b"another topic");
    mqtt.publish("house/attic/temperature/x", b"another topic");
    coap.expect_nothing();
}

#[test]
fn a_temperature_put_over_coap_is_received_over_mqtt() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V3, "mqtt");
    mqtt.subscribe("house/+/temperature", mqtt_codec::QoS::AtMostOnce);
    let mut coap = Udp::new(broker.coap);
    coap.ask(&Owned::put("/ps/house/attic/temperature", "19.5"));
    assert_eq!(mqtt.text(), "house/attic/temperature 19.5");
    coap.ask(&Owned::request(Code::DELETE, "/ps/house/attic/temperature"));
    assert_eq!(mqtt.text(), "house/attic/temperature ");
    // And over CoAP, by either transport.
    let mut observer = Udp::new(broker.coap);
    let mut tcp = Tcp::new(broker.coap);
    observer.ask(&observe("/ps/house/attic/temperature")).expect("");
    tcp.ask(&observe("/ps/house/attic/temperature")).expect("");
    coap.ask(&Owned::put("/ps/house/attic/temperature", "20"));
    observer.notification().expect("20");
    tcp.receive().expect("20");
    tcp.ask(&Owned::put("/ps/house/attic/temperature", "21"));
    observer.notification().expect("21");
}

#[test]
fn a_topic_can_be_waited_for_and_its_end_is_told() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Udp::new(broker.coap);
    let nothing = coap.ask(&observe("/ps/a"));
    nothing.expect("");
    assert!(nothing.option(OptionNumber::OBSERVE).is_some() && nothing.format().is_none());
    mqtt.retain("a", b"first");
    coap.notification().expect("first");
    mqtt.retain("a", b"");
    let end = coap.notification();
    assert_eq!((end.code, end.option(OptionNumber::OBSERVE)), (Code::NOT_FOUND, None));
    mqtt.retain("a", b"again");
    coap.expect_nothing();
    // What cannot be observed is not.
    for (uri, code) in [("/ps/+", Code::BAD_REQUEST), ("/nothing", Code::NOT_FOUND)] {
        let response = coap.ask(&observe(uri));
        assert_eq!((response.code, response.option(OptionNumber::OBSERVE)), (code, None));
    }
    let list = coap.ask(&observe("/ps"));
    assert_eq!((list.code, list.option(OptionNumber::OBSERVE)), (Code::CONTENT, None));
}

#[test]
fn an_observer_leaves_by_deregistering_or_by_a_reset() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("a", b"0");
    mqtt.expect_nothing();
    let mut coap = Udp::new(broker.coap);
    for token in [&b"1"[..], b"2", b"3"] {
        coap.ask(&observe("/ps/a").with_token(token)).expect("0");
    }
    let deregister =
        |token| Owned::get("/ps/a").with(OptionNumber::OBSERVE, &[1]).with_token(token);
    let gone = coap.ask(&deregister(b"1"));
    assert_eq!(gone.expect("0").option(OptionNumber::OBSERVE), None);
    // Not with another token.
    coap.ask(&deregister(b"4"));

    // A Reset of the Confirmable notification, and one of a Non-confirmable one.
    mqtt.publish("a", b"1");
    let notification = coap.receive();
    assert_eq!((notification.kind, &*notification.token), (Type::Confirmable, &b"2"[..]));
    coap.expect_nothing(); // one at a time
    coap.send_empty(Type::Reset, notification.id);
    assert_eq!(coap.notification().token, b"3");
    mqtt.publish("a", b"2");
    let notification = coap.receive();
    assert_eq!((notification.kind, &*notification.token), (Type::NonConfirmable, &b"3"[..]));
    coap.send_empty(Type::Reset, notification.id);
    std::thread::sleep(Duration::from_millis(100));
    mqtt.publish("a", b"3");
    coap.expect_nothing();
}

#[test]
fn registering_again_with_the_same_token_replaces() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Udp::new(broker.coap);
    for topic in ["/ps/a", "/ps/b", "/ps/b"] {
        coap.ask(&observe(topic)).expect("");
    }
    mqtt.publish("a", b"a");
    mqtt.publish("b", b"b");
    coap.notification().expect("b");
    coap.expect_nothing();
}

#[test]
fn who_does_not_acknowledge_is_asked_again_and_told_the_newest_state() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Udp::new(broker.coap);
    mqtt.retain("some-long-topic-that-needs-its-room/in-a-list", b"x");
    mqtt.expect_nothing();
    coap.prove();
    coap.ask(&observe("/ps/a")).expect("");
    mqtt.publish("a", b"1");
    let first = coap.receive();
    assert_eq!(first.expect("1").kind, Type::Confirmable);
    mqtt.publish("a", b"2");
    coap.expect_nothing();
    // RFC 7252 section 4.2: after 2 to 3 seconds.
    let start = std::time::Instant::now();
    let again = coap.receive();
    let waited = start.elapsed();
    assert_eq!(again.expect("2").kind, Type::Confirmable);
    assert!(waited > Duration::from_millis(1500) && waited < Duration::from_millis(3500));
    assert!(again.uint(OptionNumber::OBSERVE) > first.uint(OptionNumber::OBSERVE));
    coap.send_empty(Type::Acknowledgement, again.id);
    mqtt.publish("a", b"3");
    coap.receive().expect("3");
}

#[test]
fn one_peer_has_a_few_observers_and_then_plain_answers() {
    let broker = Broker::start();
    let mut coap = Udp::new(broker.coap);
    let mut observed = 0;
    for n in 0..20_u8 {
        let response = coap.ask(&observe("/ps/a").with_token(&[n]));
        observed += u32::from(response.option(OptionNumber::OBSERVE).is_some());
    }
    assert_eq!(observed, 16);
    // Others are not concerned.
    let response = Udp::new(broker.coap).ask(&observe("/ps/a"));
    assert!(response.option(OptionNumber::OBSERVE).is_some());
}

#[test]
fn a_format_that_changes_ends_the_observation() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let json = [Property::ContentType(mqtt_codec::Text::from_static("application/json"))];
    mqtt.publish_1_with("a", b"{}", true, &json);
    let mut coap = Udp::new(broker.coap);
    coap.ask(&observe("/ps/a")).expect("{}");
    mqtt.publish_1_with("a", b"text", true, &[]);
    let end = coap.notification();
    assert_eq!((end.code, end.option(OptionNumber::OBSERVE)), (Code::NOT_ACCEPTABLE, None));
    // Bytes stay bytes though they look like a text.
    mqtt.publish_1_with("b", b"\xFF", true, &[]);
    assert_eq!(coap.ask(&observe("/ps/b")).format(), Some(ContentFormat::OCTET_STREAM));
    mqtt.publish_1_with("b", b"1", true, &[]);
    assert_eq!(coap.notification().format(), Some(ContentFormat::OCTET_STREAM));
}

#[test]
fn topics_are_observed_over_tcp() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Tcp::new(broker.coap);
    let first = coap.ask(&observe("/ps/a"));
    let mut last = first.expect("").uint(OptionNumber::OBSERVE).unwrap();
    for value in ["1", "2", "3"] {
        mqtt.retain("a", value.as_bytes());
        let notification = coap.receive();
        let number = notification.expect(value).uint(OptionNumber::OBSERVE).unwrap();
        assert!(number > last && notification.token == b"token");
        last = number;
    }
    let gone = coap.ask(&Owned::get("/ps/a").with(OptionNumber::OBSERVE, &[1]));
    assert_eq!(gone.expect("3").option(OptionNumber::OBSERVE), None);
    mqtt.retain("a", b"4");
    mqtt.expect_nothing();
    coap.ask(&Owned::get("/ps/a")).expect("4");
}

#[test]
fn who_has_the_state_already_is_told_its_end_and_keeps_its_format() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let json = [Property::ContentType(mqtt_codec::Text::from_static("application/json"))];
    for (topic, uri) in [("a", "/ps/a"), ("b", "/ps/b")] {
        mqtt.publish_1_with(topic, b"{}", true, &json);
        for over_tcp in [false, true] {
            let (mut udp, mut tcp) = (Udp::new(broker.coap), Tcp::new(broker.coap));
            let mut ask =
                |request: &Owned| if over_tcp { tcp.ask(request) } else { udp.ask(request) };
            let etag = ask(&Owned::get(uri)).option(OptionNumber::ETAG).unwrap().to_vec();
            let valid = ask(&observe(uri).with(OptionNumber::ETAG, &etag));
            assert_eq!((valid.code, valid.format()), (Code::VALID, None));
            assert!(valid.option(OptionNumber::OBSERVE).is_some());
            let code = if topic == "a" {
                mqtt.retain("a", b"");
                Code::NOT_FOUND
            } else {
                mqtt.publish_1_with("b", b"text", true, &[]);
                Code::NOT_ACCEPTABLE
            };
            let end = if over_tcp { tcp.receive() } else { udp.notification() };
            assert_eq!((end.code, end.option(OptionNumber::OBSERVE)), (code, None));
            mqtt.publish_1_with(topic, b"{}", true, &json);
        }
    }
}

#[test]
fn observers_and_others_see_the_same_state() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let (mut observer, mut other) = (Udp::new(broker.coap), Udp::new(broker.coap));
    let get = Owned::get("/ps/a");
    mqtt.retain("a", b"1");
    mqtt.expect_nothing();
    observer.ask(&observe("/ps/a")).expect("1");
    mqtt.publish("a", b"2"); // not retained
    observer.notification().expect("2");
    other.ask(&get).expect("2");
    // Nothing is retained, and there is something to clear.
    mqtt.retain("a", b"");
    assert_eq!(observer.notification().code, Code::NOT_FOUND);
    observer.ask(&observe("/ps/a")).expect("");
    mqtt.publish("a", b"3");
    observer.notification().expect("3");
    other.ask(&get).expect("3");
    assert_eq!(other.ask(&Owned::request(Code::DELETE, "/ps/a")).code, Code::DELETED);
    assert_eq!(observer.notification().code, Code::NOT_FOUND);
    assert_eq!(other.ask(&get).code, Code::NOT_FOUND);
}
