//! Topics over CoAP: read, stored, cleared, listed.

use coap_codec::{Block, Code, ContentFormat, OptionNumber, Szx, Type};
use mqtt_codec::{List, Packet, Property, Publish, QoS, Text, TopicName, Version};

use crate::client::{Broker, Client};
use crate::coap_client::{Owned, Tcp, Udp};

#[test]
fn what_is_put_is_got_with_its_entity_tag_and_format() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    let temperature = "/ps/house/attic/temperature";
    assert_eq!(client.ask(&Owned::get(temperature)).code, Code::NOT_FOUND);
    assert_eq!(client.ask(&Owned::put(temperature, "19.5")).code, Code::CREATED);
    let content = client.ask(&Owned::get(temperature));
    content.expect("19.5");
    assert_eq!(content.format(), Some(ContentFormat::TEXT_PLAIN));
    let etag = content.option(OptionNumber::ETAG).unwrap();

    // The client has it already.
    let valid = client.ask(&Owned::get(temperature).with(OptionNumber::ETAG, etag));
    assert_eq!((valid.code, valid.option(OptionNumber::ETAG)), (Code::VALID, Some(etag)));
    assert_eq!((valid.format(), &*valid.payload), (None, &b""[..]));

    let post = Owned { code: Code::POST, ..Owned::put(temperature, "20.0") };
    assert_eq!(client.ask(&post).code, Code::CHANGED);
    let content = client.ask(&Owned::get(temperature).with(OptionNumber::ETAG, etag));
    assert_ne!(content.expect("20.0").option(OptionNumber::ETAG), Some(etag));

    for _ in 0..2 {
        let deleted = client.ask(&Owned::request(Code::DELETE, temperature));
        assert_eq!(deleted.code, Code::DELETED);
        assert_eq!(client.ask(&Owned::get(temperature)).code, Code::NOT_FOUND);
    }
    assert_eq!(client.ask(&Owned::put(temperature, "1")).code, Code::CREATED);
}

#[test]
fn both_protocols_see_the_same_message() {
    let broker = Broker::start();
    let mut coap = Udp::new(broker.coap);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.subscribe("house/+/temperature", QoS::AtLeastOnce);
    let json = u64::from(ContentFormat::JSON.0);
    let put = Owned::put("/ps/house/attic/temperature", r#"{"value":19.5}"#);
    coap.ask(&put.with_uint(OptionNumber::CONTENT_FORMAT, json));
    let message = mqtt.message();
    assert_eq!(
        (message.topic.to_str(), message.payload),
        ("house/attic/temperature", &br#"{"value":19.5}"#[..])
    );
    assert_eq!(message.delivery.qos(), QoS::AtLeastOnce);
    assert_eq!(message.properties.content_type().unwrap().to_str(), "application/json");

    let publish = |client: &mut Client, topic, payload, content_type| {
        let properties = [Property::ContentType(Text::from_static(content_type))];
        let publish = Publish::new(TopicName::from_static(topic), payload);
        let publish = Publish { retain: true, properties: List::new(&properties), ..publish };
        client.send(&Packet::Publish(publish));
        client.send(&Packet::Pingreq);
        while client.receive() != Packet::Pingresp {}
    };
    for (payload, content_type, format) in [
        (&b"{}"[..], "application/senml+json", ContentFormat(110)),
        (b"{}", "Application/JSON", ContentFormat::JSON),
        (b"{}", "x/unknown", ContentFormat::TEXT_PLAIN),
        (b"\xFF", "x/unknown", ContentFormat::OCTET_STREAM),
    ] {
        publish(&mut mqtt, "other", payload, content_type);
        let content = coap.ask(&Owned::get("/ps/other"));
        assert_eq!((content.format(), &*content.payload), (Some(format), payload));
    }
    mqtt.retain("other", b"");
    mqtt.expect_nothing();
    assert_eq!(coap.ask(&Owned::get("/ps/other")).code, Code::NOT_FOUND);
}

#[test]
fn a_message_that_expires_is_not_fresh_for_longer() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let lifetime = |secs| [Property::MessageExpiryInterval(secs)];
    mqtt.publish_1_with("short", b"x", true, &lifetime(20));
    mqtt.publish_1_with("long", b"x", true, &lifetime(1000));
    let mut coap = Udp::new(broker.coap);
    let max_age = coap.ask(&Owned::get("/ps/short")).uint(OptionNumber::MAX_AGE);
    assert!(matches!(max_age, Some(15..=20)), "{max_age:?}");
    assert_eq!(coap.ask(&Owned::get("/ps/long")).uint(OptionNumber::MAX_AGE), None);
}

#[test]
fn requests_that_cannot_be_served_get_the_code_that_says_why() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    client.ask(&Owned::put("/ps/a", "x"));
    let request = Owned::request;
    let number = |format: ContentFormat| u64::from(format.0);
    let accept = |uri, format| Owned::get(uri).with_uint(OptionNumber::ACCEPT, number(format));
    let formatted =
        |put: Owned, format| put.with_uint(OptionNumber::CONTENT_FORMAT, number(format));
    for (request, code) in [
        (Owned::get("/nothing"), Code::NOT_FOUND),
        (request(Code::GET, ""), Code::NOT_FOUND),
        (Owned::get("/ps/b"), Code::NOT_FOUND),
        (Owned::put("/ps", "x"), Code::METHOD_NOT_ALLOWED),
        (Owned::put("/.well-known/core", "x"), Code::METHOD_NOT_ALLOWED),
        (request(Code::IPATCH, "/ps/a"), Code::METHOD_NOT_ALLOWED),
        (request(Code(0x1F), "/ps/a"), Code::METHOD_NOT_ALLOWED),
        (accept("/ps/a", ContentFormat::JSON), Code::NOT_ACCEPTABLE),
        (accept("/ps", ContentFormat::TEXT_PLAIN), Code::NOT_ACCEPTABLE),
        (accept("/.well-known/core", ContentFormat::CBOR), Code::NOT_ACCEPTABLE),
        (accept("/ps/a", ContentFormat::TEXT_PLAIN), Code::CONTENT),
        (accept("/ps/a", ContentFormat::OCTET_STREAM), Code::CONTENT),
        (
            formatted(Owned::put("/ps/a", "x"), ContentFormat(65000)),
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        (
            formatted(Owned::put("/ps/a", "x"), ContentFormat::JSON_DEFLATE),
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        (formatted(Owned::put("/ps/a", "\u{e9}"), ContentFormat::TEXT_PLAIN), Code::CHANGED),
        (formatted(Owned::put("/ps/a", *b"\xFF"), ContentFormat::TEXT_PLAIN), Code::BAD_REQUEST),
        (Owned::put("/ps/a", ""), Code::BAD_REQUEST),
        (Owned::put("/ps/a/+", "x"), Code::BAD_REQUEST),
        (Owned::get("/ps/#"), Code::BAD_REQUEST),
        (Owned::get("/ps/a").with(OptionNumber::URI_PATH, b"b/c"), Code::BAD_REQUEST),
        (Owned::get("/ps/a").with(OptionNumber::URI_PATH, b"nul\0"), Code::BAD_REQUEST),
        (Owned::get("/.well-known/core?=x"), Code::BAD_REQUEST),
        (Owned::get("/ps/a").with(OptionNumber::BLOCK2, &[0x10]), Code::BAD_REQUEST),
        (Owned::get("/ps/a").with(OptionNumber::BLOCK2, &[0x07]), Code::BAD_REQUEST),
        (Owned::put("/ps/a", "x").with(OptionNumber::BLOCK1, &[0x07]), Code::BAD_REQUEST),
        // If-Match is critical, and not understood here.
        (Owned::put("/ps/a", "x").with(OptionNumber::IF_MATCH, b""), Code::BAD_OPTION),
        (Owned::get("/ps/a").with(OptionNumber(65001), b""), Code::BAD_OPTION),
        (
            Owned::get("/ps/a").with(OptionNumber::PROXY_URI, b"coap://b/c"),
            Code::PROXYING_NOT_SUPPORTED,
        ),
    ] {
        let response = client.ask(&request);
        assert_eq!(response.code, code, "{request:?} {response:?}");
    }
    // Non-confirmable: the same answers, except that an unknown critical option is passed over.
    client.send(&Owned::get("/ps/b").of_type(Type::NonConfirmable));
    let response = client.receive();
    assert_eq!((response.kind, response.code), (Type::NonConfirmable, Code::NOT_FOUND));
    client.send(&Owned::get("/ps/a").with(OptionNumber(65001), b"").of_type(Type::NonConfirmable));
    client.expect_nothing();
}

#[test]
fn a_path_leads_to_what_its_segments_name() {
    let broker = Broker::start();
    let mut client = Tcp::new(broker.coap);
    let long = [b'x'; 255];
    let accents = "\u{e9}".repeat(127);
    let mut too_long = vec![accents.as_bytes(); 100];
    too_long[0] = b"ps";
    let (found, bad, nothing) = (Code::CONTENT, Code::BAD_REQUEST, Code::NOT_FOUND);
    let no_method = Code::METHOD_NOT_ALLOWED;
    for (segments, get, put) in [
        (&[][..], nothing, nothing),
        (&[&b""[..]], nothing, nothing),
        (&[b"ps"], found, no_method),
        (&[b"ps", b""], found, no_method),
        (&[b"ps", b"", b""], nothing, Code::CREATED),
        (&[b"ps", b"$SYS", b"100%2F"], nothing, Code::CREATED),
        (&[b"ps", b"a/b"], bad, bad),
        (&[b"ps", b"a", b"+"], bad, bad),
        (&[b"ps", b"\0"], bad, bad),
        (&[b"ps", &long, &long, &long, &long, b"x"], bad, bad),
        (&too_long, bad, bad),
        (&[b"ps/a"], nothing, nothing),
        (&[b"ps+"], nothing, nothing),
        (&[b"PS"], nothing, nothing),
        (&[b"", b"ps"], nothing, nothing),
        (&[b"$SYS"], nothing, nothing),
        (&[b"#"], nothing, nothing),
        (&[b".well-known", b"core"], found, no_method),
        (&[b".well-known", b"core", b""], nothing, nothing),
        (&[b".well-known/core"], nothing, nothing),
        (&[b"rd"], no_method, no_method),
        (&[b"rd", b""], no_method, nothing),
        (&[b"rd", b"a+b/c"], no_method, nothing),
        (&[b"rd", b"a", b"b"], nothing, nothing),
        (&[b"rd-lookup", b"ep"], found, no_method),
        (&[b"rd-lookup", b"res"], found, no_method),
        (&[b"rd-lookup", b"+"], nothing, nothing),
        (&[b"rd-lookup"], nothing, nothing),
    ] {
        for (request, code) in [(Owned::get(""), get), (Owned::put("", "</a>"), put)] {
            let with =
                |request: Owned, segment: &&[u8]| request.with(OptionNumber::URI_PATH, segment);
            let request = segments.iter().fold(request, with);
            assert_eq!(client.ask(&request).code, code, "{request:?}");
        }
    }
}

#[test]
fn segments_of_a_path_are_levels_of_a_topic() {
    let broker = Broker::start();
    let mut coap = Udp::new(broker.coap);
    let mut mqtt = broker.client(Version::V3, "mqtt");
    for topic in ["a", "/a", "a/", "a//b", "\u{e9}t\u{e9}/a b", "$SYS/x"] {
        mqtt.subscribe(topic, QoS::AtMostOnce);
        coap.ask(&Owned::put(&format!("/ps/{topic}"), "x"));
        assert_eq!(mqtt.text(), format!("{topic} x"));
    }
    let get = Owned { payload: b"#".into(), ..Owned::request(Code::FETCH, "/ps") };
    assert_eq!(
        String::from_utf8(coap.whole(&get).0).unwrap(),
        "</ps//a>;rt=core.ps.data;ct=0;obs,</ps/a>;rt=core.ps.data;ct=0;obs,\
         </ps/a/>;rt=core.ps.data;ct=0;obs,</ps/a//b>;rt=core.ps.data;ct=0;obs,\
         </ps/%C3%A9t%C3%A9/a%20b>;rt=core.ps.data;ct=0;obs"
    );
}

#[test]
fn topics_are_discovered_and_filtered() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    for topic in ["house/kitchen/temperature", "house/attic/temperature", "garden"] {
        client.ask(&Owned::put(&format!("/ps/{topic}"), "1"));
    }
    let services = "</ps>;rt=\"core.ps.coll\";ct=40,</rd>;rt=\"core.rd\";ct=40,\
                    </rd-lookup/ep>;rt=\"core.rd-lookup-ep\";ct=40,\
                    </rd-lookup/res>;rt=\"core.rd-lookup-res\";ct=40";
    let garden = "</ps/garden>;rt=core.ps.data;ct=0;obs";
    let house = "</ps/house/attic/temperature>;rt=core.ps.data;ct=0;obs,\
                 </ps/house/kitchen/temperature>;rt=core.ps.data;ct=0;obs";
    for (query, expected) in [
        ("", format!("{services},{garden},{house}")),
        ("?rt=core.rd", "</rd>;rt=\"core.rd\";ct=40".to_owned()),
        ("?rt=core.ps.data", format!("{garden},{house}")),
        ("?href=/ps/house/*&ct=0", house.to_owned()),
        ("?href=/ps/garden", garden.to_owned()),
        ("?obs=*&rt=core.rd", String::new()),
        ("?obs&ct", format!("{garden},{house}")),
    ] {
        let (body, _) = client.whole(&Owned::get(&format!("/.well-known/core{query}")));
        assert_eq!(String::from_utf8(body).unwrap(), expected, "{query}");
    }
    let (body, _) = client.whole(&Owned::get("/ps"));
    assert_eq!(String::from_utf8(body).unwrap(), format!("{garden},{house}"));
    // Before and after the address is proved.
    for prove in [false, true] {
        if prove {
            client.prove();
        }
        for (filter, expected) in [("house/#", house), ("+", garden), ("nothing/+", "")] {
            let fetch = Owned { payload: filter.into(), ..Owned::request(Code::FETCH, "/ps") };
            let (body, blocks) = client.whole(&fetch);
            assert_eq!(String::from_utf8(body).unwrap(), expected);
            assert!(prove == (blocks == 1) || expected.is_empty());
        }
    }
    for (filter, code) in [("a/#/b", Code::BAD_REQUEST), ("", Code::BAD_REQUEST)] {
        let fetch = Owned { payload: filter.into(), ..Owned::request(Code::FETCH, "/ps") };
        assert_eq!(client.ask(&fetch).code, code);
        let json = fetch.with_uint(OptionNumber::CONTENT_FORMAT, 50);
        assert_eq!(client.ask(&json).code, Code::UNSUPPORTED_CONTENT_FORMAT);
    }
}

#[test]
fn what_does_not_fit_comes_in_blocks() {
    let broker = Broker::start();
    let body: Vec<u8> = (0..3000_u32).map(|n| (n * 7 % 251) as u8).collect();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("big", &body);
    mqtt.expect_nothing();
    let mut client = Udp::new(broker.coap);
    // To an address that is not proved, in small blocks.
    let (got, blocks) = client.whole(&Owned::get("/ps/big"));
    assert!(got == body && blocks > 50, "{blocks}");
    client.prove();
    let (got, blocks) = client.whole(&Owned::get("/ps/big"));
    assert!(got == body && blocks == 3, "{blocks}");
    // In the size that the client wants, from any block on.
    let block = |num, szx| Block::new(num, false, szx).unwrap().to_uint();
    for (num, szx, range, more) in [
        (0, Szx::S256, 0..256, true),
        (11, Szx::S256, 2816..3000, false),
        (187, Szx::S16, 2992..3000, false),
        (1, Szx::S1024, 1024..2048, true),
    ] {
        let get = Owned::get("/ps/big").with(OptionNumber::BLOCK2, block(num, szx).as_bytes());
        let content = client.ask(&get);
        assert_eq!(content.payload, body[range]);
        let answer = Block::new(num, more, szx).unwrap();
        assert_eq!(content.uint(OptionNumber::BLOCK2), Some(answer.value().into()));
    }
    let behind = Owned::get("/ps/big").with(OptionNumber::BLOCK2, block(3, Szx::S1024).as_bytes());
    assert_eq!(client.ask(&behind).code, Code::BAD_REQUEST);
}

#[test]
fn a_request_body_comes_in_one_message() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    let block = |num, more| Block::new(num, more, Szx::S64).unwrap().to_uint();
    let put = |num, more| {
        let put = Owned::put("/ps/a", [b'x'; 64]);
        put.with(OptionNumber::BLOCK1, block(num, more).as_bytes())
    };
    for request in [put(0, true), put(1, false), put(1, true)] {
        let response = client.ask(&request);
        assert_eq!(response.code, Code::REQUEST_ENTITY_TOO_LARGE);
        assert_eq!(response.uint(OptionNumber::SIZE1), Some(1024));
        assert_eq!(client.ask(&Owned::get("/ps/a")).code, Code::NOT_FOUND);
    }
    let created = client.ask(&put(0, false));
    assert_eq!((created.code, created.uint(OptionNumber::BLOCK1)), (Code::CREATED, Some(2)));
    assert_eq!(client.whole(&Owned::get("/ps/a")).0, [b'x'; 64]);
}

#[test]
fn a_client_may_want_no_response() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    // RFC 7967: 2 is success, 8 is client error.
    let put = Owned::put("/ps/a", "x").with_uint(OptionNumber::NO_RESPONSE, 2);
    let id = client.send(&put);
    let ack = client.receive();
    assert_eq!((ack.kind, ack.code, ack.id), (Type::Acknowledgement, Code::EMPTY, id));
    client.send(&put.of_type(Type::NonConfirmable));
    client.expect_nothing();
    let missing = Owned::get("/ps/b").with_uint(OptionNumber::NO_RESPONSE, 2);
    assert_eq!(client.ask(&missing).code, Code::NOT_FOUND);
}

#[test]
fn the_same_is_served_over_tcp() {
    let broker = Broker::start();
    let mut client = Tcp::new(broker.coap);
    assert_eq!(client.ask(&Owned::get("/ps/a")).code, Code::NOT_FOUND);
    assert_eq!(client.ask(&Owned::put("/ps/a", vec![b'x'; 5000])).code, Code::CREATED);
    let content = client.ask(&Owned::get("/ps/a"));
    content.expect(&"x".repeat(5000));
    // More than the client takes in one message, which is 8192 bytes here.
    let body: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
    client.ask(&Owned::put("/ps/big", body.clone()));
    let first = client.ask(&Owned::get("/ps/big"));
    assert_eq!(first.payload, body[..1024]);
    let next = Block::new(19, false, Szx::Bert).unwrap().to_uint();
    let last = client.ask(&Owned::get("/ps/big").with(OptionNumber::BLOCK2, next.as_bytes()));
    assert_eq!(last.payload, body[19 * 1024..]);
    assert_eq!(client.ask(&Owned::request(Code::DELETE, "/ps/a")).code, Code::DELETED);
    let mut udp = Udp::new(broker.coap);
    assert_eq!(udp.ask(&Owned::get("/ps/a")).code, Code::NOT_FOUND);
}

#[test]
fn blocks_of_a_fetch_continue_what_was_asked_for() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for n in 0..200 {
        mqtt.retain(&format!("a/{n}/temperature"), b"x");
        mqtt.retain(&format!("b/{n}/temperature"), b"x");
    }
    mqtt.expect_nothing();
    let (mut udp, mut tcp) = (Udp::new(broker.coap), Tcp::new(broker.coap));
    udp.prove();
    for over_tcp in [false, true] {
        let mut ask = |request: &Owned| if over_tcp { tcp.ask(request) } else { udp.ask(request) };
        let fetch = Owned::request(Code::FETCH, "/ps").with_token(b"1");
        let block = |num: u64, token| {
            fetch.clone().with_uint(OptionNumber::BLOCK2, num << 4 | 2).with_token(token)
        };
        assert_eq!(ask(&block(1, b"0")).code, Code::REQUEST_ENTITY_INCOMPLETE);
        let first = |filter: &str, token| Owned { payload: filter.into(), ..block(0, token) };
        assert!(ask(&first("a/#", b"1")).text().starts_with("</ps/a/0/"));
        assert!(ask(&block(2, b"2")).text().contains("/ps/a/"));
        // Another one at the same time.
        assert!(ask(&first("b/#", b"3")).text().starts_with("</ps/b/0/"));
        assert!(ask(&block(2, b"3")).text().contains("/ps/b/"));
        assert!(ask(&block(3, b"2")).text().contains("/ps/a/"));
        assert_eq!(ask(&block(3, b"4")).code, Code::REQUEST_ENTITY_INCOMPLETE);
    }
}
