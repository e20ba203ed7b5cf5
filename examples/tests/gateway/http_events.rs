//! Server-sent events.

use std::time::{Duration, Instant};

use mqtt_codec::Version;
use sansio_examples::gateway::Limits;
use serde_json::{Value, json};

use crate::client::Broker;
use crate::coap_client::{Owned, Udp};
use crate::http_client::Http;

/// Follows a filter.
fn follow(broker: &Broker, filter: &str, fields: &[&str]) -> Http {
    let mut http = Http::new(broker.http);
    http.say(&format!("GET /events?filter={filter}"), fields, b"");
    let head = http.head();
    assert_eq!((head.status, head.field("content-type")), (200, Some("text/event-stream")));
    assert_eq!(head.field("cache-control"), Some("no-store"));
    assert_eq!(head.field("transfer-encoding"), Some("chunked"));
    http
}

/// The next event: its ID and what it says.
fn event(http: &mut Http) -> (String, Value) {
    let chunk = String::from_utf8(http.chunk().unwrap()).unwrap();
    let lines: Vec<&str> = chunk.split('\n').collect();
    let [id, data, "", ""] = lines[..] else { panic!("{chunk:?}") };
    let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    (id.strip_prefix("id: ").unwrap().to_owned(), data)
}

#[test]
fn first_what_is_retained_and_then_what_any_protocol_publishes() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Udp::new(broker.coap);
    http.put("/topics/a/1", "old");
    http.put("/topics/b/1", "not asked for");
    let mut events = follow(&broker, "a/%2B", &[]);
    let expected =
        json!({"topic": "a/1", "payload": "old", "via": "http", "age": 0, "retained": true});
    assert_eq!(event(&mut events).1, expected);
    // Three ways in, and all of them come out here at once.
    let said = |topic: &str, payload: &str, via: &str| json!({"topic": topic, "payload": payload, "via": via, "age": 0});
    http.put("/topics/a/2", "by HTTP");
    assert_eq!(event(&mut events).1, said("a/2", "by HTTP", "http"));
    mqtt.publish("a/3", b"by MQTT, not retained");
    assert_eq!(event(&mut events).1, said("a/3", "by MQTT, not retained", "mqtt"));
    mqtt.publish("b/3", b"not asked for");
    coap.ask(&Owned::put("/ps/a/4", "by CoAP\nin two lines"));
    assert_eq!(event(&mut events).1, said("a/4", "by CoAP\nin two lines", "coap"));
    mqtt.publish("a/5", b"\xFF");
    assert_eq!(
        event(&mut events).1,
        json!({"topic": "a/5", "base64": "/w==", "via": "mqtt", "age": 0})
    );
    http.ask("DELETE /topics/a/1", &[], b"");
    assert_eq!(event(&mut events).1, said("a/1", "", "http"));
    http.ask("PUT /coap/ps/a/6", &[], b"by HTTP to the CoAP side");
    assert_eq!(event(&mut events).1, said("a/6", "by HTTP to the CoAP side", "http"));
}

#[test]
fn an_id_is_the_entity_tag_and_the_last_event_is_not_told_again() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "1");
    http.put("/topics/b", "2");
    let mut events = follow(&broker, "%23", &[]);
    let first = event(&mut events).0;
    assert_eq!(http.get("/topics/a").field("etag"), Some(&*format!("\"{first}\"")));
    let second = event(&mut events).0;
    assert_ne!(first, second);
    let mut events = follow(&broker, "%23", &[&format!("Last-Event-ID: {second}")]);
    assert_eq!(event(&mut events).1["topic"], "a");
    http.put("/topics/b", "3");
    assert_eq!(event(&mut events).1["payload"], "3");
}

#[test]
fn http_1_0_gets_events_without_chunks() {
    let broker = Broker::start();
    Http::new(broker.http).put("/topics/a", "1");
    let mut http = Http::new(broker.http);
    http.send("GET /events HTTP/1.0\r\n\r\n");
    let head = http.head();
    assert_eq!((head.field("transfer-encoding"), head.field("connection")), (None, Some("close")));
    while !http.buffer.ends_with(b"\n\n") {
        assert!(http.read());
    }
    let text = String::from_utf8(std::mem::take(&mut http.buffer)).unwrap();
    assert!(text.starts_with("id: ") && text.contains("\ndata: {\"topic\":\"a\","), "{text}");
}

#[test]
fn a_comment_now_and_then_tells_that_we_are_here() {
    let connect_timeout = Duration::from_millis(400);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let mut events = follow(&broker, "%23", &[]);
    let begin = Instant::now();
    // Longer than any other connection may be silent.
    for _ in 0..6 {
        assert_eq!(events.chunk().as_deref(), Some(&b":\n"[..]));
    }
    let took = begin.elapsed().as_millis();
    assert!((3500..9000).contains(&took), "{took}");
}

/// They would be answered once the events end, which is never.
#[test]
fn requests_behind_events_are_not_interpreted() {
    let broker = Broker::start();
    let mut events = follow(&broker, "a", &[]);
    events.say("PUT /topics/a", &[], b"smuggled");
    Http::new(broker.http).get("/topics/a").expect_refusal(404);
    // Nor are they read without end.
    let chunk = vec![b'x'; 1 << 20];
    use std::io::Write;
    events.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!((0..64).any(|_| events.stream.write_all(&chunk).is_err()));
    Http::new(broker.http).put("/topics/a", "1");
    assert_eq!(event(&mut events).1["payload"], "1");
}

#[test]
fn who_leaves_gives_back_the_session() {
    let broker = Broker::with(Limits { sessions: 1, ..Limits::default() });
    for _ in 0..5 {
        let events = follow(&broker, "a", &[]);
        Http::new(broker.http).get("/events").expect_refusal(503);
        drop(events);
        let begin = Instant::now();
        let mut status = 503;
        while status == 503 {
            assert!(begin.elapsed() < Duration::from_secs(5));
            let mut http = Http::new(broker.http);
            http.say("GET /events", &[], b"");
            status = http.head().status;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Who does not read loses events and costs the others nothing.
#[test]
fn a_reader_that_sleeps_holds_up_nobody() {
    let limits = Limits { queued: 10, ..Limits::default() };
    let broker = Broker::with(limits);
    let mut sleeper = follow(&broker, "a", &[]);
    let mut awake = follow(&broker, "a", &[]);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let payload = "x".repeat(100_000);
    for n in 0..200 {
        mqtt.publish("a", format!("{n} {payload}").as_bytes());
        let (_, data) = event(&mut awake);
        assert!(data["payload"].as_str().unwrap().starts_with(&format!("{n} ")));
    }
    let (mut last, mut count) = (-1, 0);
    while last < 199 {
        let (_, data) = event(&mut sleeper);
        let n = data["payload"].as_str().unwrap().split_once(' ').unwrap().0.parse().unwrap();
        assert!(n > last);
        (last, count) = (n, count + 1);
    }
    assert!((10..190).contains(&count), "{count}");
}
