//! The page at `/`, and what it is told about messages: by which protocol each came, and when.

use std::time::Duration;

use mqtt_codec::{Connect, List, Packet, Property, Publish, QoS, ReasonCode, Text, Version};
use sansio_examples::gateway::Limits;
use tokio_rustls::rustls::version::TLS13;

use crate::client::{Broker, Client};
use crate::coap_client::{Owned, Tcp, Udp};
use crate::http_client::Http;
use crate::tls::Certificate;
use crate::websocket;

const V5: Version = Version::V5;
const WANTS_ORIGIN: [Property<'static>; 1] =
    [Property::UserProperty(Text::from_static("want-origin"), Text::from_static(""))];

/// A client that asks for the origin of messages, and gets all of them.
fn curious(broker: &Broker) -> Client {
    let connect = Connect::new(V5, Text::from_static("curious"));
    let connect = Connect { properties: List::new(&WANTS_ORIGIN), ..connect };
    let (mut client, _) = broker.connect(&connect);
    client.subscribe("#", QoS::AtLeastOnce);
    client
}

fn user_properties(message: &Publish<'_>) -> Vec<(String, String)> {
    let all = message.properties.user_properties();
    all.map(|(name, value)| (name.to_str().to_owned(), value.to_str().to_owned())).collect()
}

/// By which protocol the next message came, and how many milliseconds ago.
fn next(client: &mut Client) -> (String, u64) {
    let message = client.message();
    let [(via, name), (age_ms, age)] = &user_properties(&message)[..] else {
        panic!("{message:?}");
    };
    assert_eq!((&**via, &**age_ms), ("via", "age_ms"));
    (name.clone(), age.parse().unwrap())
}

#[test]
fn who_asks_is_told_by_which_protocol_each_message_came() {
    let certificate = Certificate::new();
    let broker = Broker::with_tls(Limits::default(), Some(certificate.files()));
    let mut curious = curious(&broker);
    let mut via = || {
        let (via, age_ms) = next(&mut curious);
        assert!(age_ms < 10_000, "{age_ms}");
        via
    };
    broker.client(V5, "mqtt").publish("a", b"1");
    assert_eq!(via(), "mqtt");
    let mut inside = websocket::connect(&broker, V5, 1000);
    inside.publish("a", b"2");
    assert_eq!(via(), "ws");
    let tls = certificate.connect(broker.mqtts.unwrap(), &TLS13, &[]);
    let mut inside = Client::over(tls, V5);
    inside.send(&Packet::Connect(Connect::new(V5, Text::from_static("inside TLS"))));
    assert_eq!(inside.connack().reason_code, ReasonCode::SUCCESS);
    inside.publish("a", b"3");
    assert_eq!(via(), "mqtts");
    Udp::new(broker.coap).ask(&Owned::put("/ps/a", "4"));
    assert_eq!(via(), "coap");
    Tcp::new(broker.coap).ask(&Owned::put("/ps/a", "5"));
    assert_eq!(via(), "coap+tcp");
    let mut https = Http::over(certificate.connect(broker.https.unwrap(), &TLS13, &[]));
    for path in ["/topics/a", "/coap/ps/a"] {
        Http::new(broker.http).put(path, "6");
        assert_eq!(via(), "http");
        https.put(path, "7");
        assert_eq!(via(), "https");
    }
    // Who clears a topic says that too.
    https.ask("DELETE /topics/a", &[], b"");
    assert_eq!(via(), "https");
}

#[test]
fn the_age_of_what_is_retained_counts_from_its_publication() {
    let broker = Broker::start();
    Http::new(broker.http).put("/topics/a", "x");
    std::thread::sleep(Duration::from_millis(300));
    let (via, age_ms) = next(&mut curious(&broker));
    assert_eq!(via, "http");
    assert!((300..10_000).contains(&age_ms), "{age_ms}");
}

#[test]
fn the_origin_stands_behind_what_the_publisher_says() {
    let broker = Broker::start();
    let mut asks = curious(&broker);
    let mut others = broker.client(V5, "others");
    others.subscribe("#", QoS::AtMostOnce);
    let forged = ("via".to_owned(), "coap".to_owned());
    let said = [Property::UserProperty(Text::from_static("via"), Text::from_static("coap"))];
    broker.client(V5, "publisher").publish_1_with("a", b"x", false, &said);
    let told = user_properties(&asks.message());
    assert_eq!(told[..2], [forged.clone(), ("via".to_owned(), "mqtt".to_owned())]);
    assert_eq!((told.len(), &*told[2].0), (3, "age_ms"));
    // For who has not asked, messages are what they were.
    assert_eq!(user_properties(&others.message()), [forged]);
}

#[test]
fn people_get_a_page_and_who_prefers_text_gets_text() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let text = "text/plain; charset=utf-8";
    let html = "text/html; charset=utf-8";
    for (accept, expected) in [
        ("*/*", html),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", html),
        ("text/plain, text/html", html),
        ("text/html;q=0.5, text/plain", text),
        ("text/plain", text),
    ] {
        let answer = http.ask("GET /", &[&format!("Accept: {accept}")], b"");
        assert_eq!((answer.status, answer.field("content-type")), (200, Some(expected)));
        assert_eq!(answer.field("vary"), Some("Accept"));
    }
    http.ask("GET /", &["Accept: image/png"], b"").expect_refusal(406);
    let index = http.ask("GET /", &["Accept: text/plain"], b"");
    assert!(index.text().contains("/events?filter=FILTER"));
    assert_eq!(http.get("/").field("content-type"), Some(html));
}

#[test]
fn the_page_may_load_nothing_and_run_nothing_but_itself() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let page = http.get("/");
    let text = page.text();
    assert!(text.starts_with("<!doctype html>"));
    let (mqtt, coap) = (broker.address.port(), broker.coap.port());
    let ports =
        format!("data-mqtt=\"{mqtt}\" data-coap=\"{coap}\" data-http=\"{}\"", broker.http.port());
    assert!(text.contains(&ports));
    for foreign in [" src=", "url(", "@import", "//cdn", "style=\"", " onclick="] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    let policy = page.field("content-security-policy").unwrap();
    let directives: Vec<&str> = policy.split("; ").collect();
    assert_eq!(directives[0], "default-src 'none'");
    assert!(directives.contains(&"connect-src 'self'") && !policy.contains("unsafe"), "{policy}");
    for name in ["script-src 'sha256-", "style-src 'sha256-"] {
        assert_eq!(directives.iter().filter(|d| d.starts_with(name)).count(), 1, "{policy}");
    }
    assert_eq!(page.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.field("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.field("cache-control"), Some("no-cache"));
    let condition = format!("If-None-Match: {}", page.field("etag").unwrap());
    let again = http.ask("GET /", &[&condition], b"");
    again.expect(304, "");
    assert_eq!(again.field("etag"), page.field("etag"));
    // The ports are others, and so is the page.
    let other = Broker::start();
    http = Http::new(other.http);
    assert_eq!(http.ask("GET /", &[&condition], b"").status, 200);
}
