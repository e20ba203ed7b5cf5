//! Lists that take long: what they cost others, and when nobody wants them any more.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use mqtt_codec::Version;
use sansio_examples::gateway::Limits;
use serde_json::Value;

use crate::client::Broker;
use crate::http_client::Http;

const TOPICS: usize = 300;
const LEVELS: usize = 3000;

/// A gateway with topics that take long to compare with [`takes_nothing`].
fn gateway(limits: Limits) -> Broker {
    let broker = Broker::with(limits);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("other", b"x");
    for n in 0..TOPICS {
        mqtt.retain(&format!("{}{n}", "a/".repeat(LEVELS)), b"x");
    }
    mqtt.expect_nothing();
    broker
}

/// The query of a filter that looks at every level, and then takes nothing.
fn takes_nothing() -> String {
    format!("filter={}z", "+/".repeat(LEVELS))
}

fn pipeline(http: &mut Http, target: &str, count: usize) {
    http.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").repeat(count));
}

#[test]
fn an_answer_leaves_before_the_next_is_made() {
    const COUNT: usize = 20;
    let broker = gateway(Limits::default());
    for target in [format!("/topics?{}", takes_nothing()), "/.well-known/core?a=b".to_owned()] {
        let mut http = Http::new(broker.http);
        pipeline(&mut http, &target, COUNT);
        assert_eq!(http.answer().status, 200);
        let more = String::from_utf8_lossy(&http.buffer).matches("HTTP/1.1 200").count();
        assert!(more < COUNT / 2, "{more}");
    }
}

#[test]
fn nothing_is_made_for_who_is_gone() {
    let broker = gateway(Limits { connections: 8, ..Limits::default() });
    let clients: Vec<Http> = (0..2)
        .map(|_| {
            let mut http = Http::new(broker.http);
            pipeline(&mut http, "/.well-known/core?a=b", 1000);
            http
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(Http::new(broker.http).answer().status, 503);
    drop(clients);
    let begin = Instant::now();
    loop {
        let mut http = Http::new(broker.http);
        pipeline(&mut http, "/topics/other", 1);
        if http.answer().status == 200 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(2), "they still have their connections");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn lists_and_events_leave_time_for_others() {
    let broker = gateway(Limits::default());
    let mut other = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "other");
    let _clients: Vec<Http> = (0..20)
        .map(|n| {
            let mut http = Http::new(broker.http);
            let path = if n % 2 == 0 { "topics" } else { "events" };
            pipeline(&mut http, &format!("/{path}?{}", takes_nothing()), 20);
            http
        })
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    let begin = Instant::now();
    for _ in 0..20 {
        other.get("/topics/other").expect(200, "x");
        mqtt.publish_1("x", b"y");
    }
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // A short list has its turn among the long ones.
    let list = other.get("/topics?filter=other");
    assert!(list.text().contains("other") && begin.elapsed() < Duration::from_secs(4));
}

/// Who sends nothing more may still read.
#[test]
fn a_client_that_has_ended_its_direction_gets_its_long_list() {
    let broker = gateway(Limits::default());
    let mut http = Http::new(broker.http);
    http.say("GET /topics", &[], b"");
    http.stream.shutdown(Shutdown::Write).unwrap();
    let items: Vec<Value> = serde_json::from_slice(&http.answer().body).unwrap();
    assert_eq!(items.len(), TOPICS + 1);
    http.expect_closed();
}
