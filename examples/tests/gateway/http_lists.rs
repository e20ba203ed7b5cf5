//! Lists, links and the CoAP side over HTTP.

use mqtt_codec::{Property, Text, Version};
use serde_json::{Value, json};

use crate::client::Broker;
use crate::coap_client::{Owned, Udp};
use crate::http_client::Http;

fn list(http: &mut Http, target: &str) -> Vec<Value> {
    let got = http.get(target);
    assert_eq!((got.status, got.field("content-type")), (200, Some("application/json")));
    serde_json::from_slice(&got.body).unwrap()
}

fn topics(http: &mut Http, target: &str) -> Vec<String> {
    let items = list(http, target);
    items.iter().map(|item| item["topic"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_tells_what_each_message_is() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    assert_eq!(list(&mut http, "/topics"), Vec::<Value>::new());
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("a/text", "21.5 \u{b0}C \"\u{1}\\\n".as_bytes());
    mqtt.retain("b/octets", b"\x00\xFF");
    let properties =
        [Property::ContentType(Text::new("a\"b").unwrap()), Property::MessageExpiryInterval(100)];
    mqtt.publish_1_with("c/\u{e9}", b"{}", true, &properties);
    assert_eq!(
        list(&mut http, "/topics"),
        [
            json!({"topic": "a/text", "payload": "21.5 \u{b0}C \"\u{1}\\\n", "via": "mqtt", "age": 0}),
            json!({"topic": "b/octets", "base64": "AP8=", "via": "mqtt", "age": 0}),
            json!({
                "topic": "c/\u{e9}", "payload": "{}", "content_type": "a\"b", "via": "mqtt",
                "age": 0,
                "expires_in": 100,
            }),
        ]
    );
}

#[test]
fn a_filter_takes_some() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for topic in ["a/1/b", "a/2/b", "a/2/c", "d e", "$x/y"] {
        mqtt.retain(topic, b"x");
    }
    mqtt.expect_nothing();
    for (query, found) in [
        ("", &["a/1/b", "a/2/b", "a/2/c", "d e"][..]),
        ("?", &["a/1/b", "a/2/b", "a/2/c", "d e"]),
        ("?filter=a/%2B/b", &["a/1/b", "a/2/b"]),
        ("?filter=a/+/b", &["a/1/b", "a/2/b"]),
        ("?x=y&filter=a%2F2%2f%23", &["a/2/b", "a/2/c"]),
        ("?filter=d%20e", &["d e"]),
        ("?filter=%24x/%23", &["$x/y"]),
        ("?filter=none", &[]),
    ] {
        assert_eq!(topics(&mut http, &format!("/topics{query}")), found, "{query}");
        assert_eq!(topics(&mut http, &format!("/topics/{query}")), found, "{query}");
    }
    for query in [
        "filter=",
        "filter=a/%23/b",
        "filter=a%2B",
        "filter=%00",
        "filter=%FF",
        "filter=$share/g/a",
    ] {
        for path in ["topics", "events"] {
            http.get(&format!("/{path}?{query}")).expect_refusal(400);
        }
    }
    http.get("/topics?filter=a&filter=b").expect_refusal(400);
    let refused = http.ask("PUT /topics?filter=a", &[], b"x");
    assert_eq!(refused.expect_refusal(405).field("allow"), Some("GET, HEAD, OPTIONS"));
}

/// Far more than the gateway makes ahead; and it does not hold up others while nobody reads it.
#[test]
fn a_long_list_waits_for_its_reader() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let payload = "x".repeat(5000);
    for n in 0..5000 {
        mqtt.retain(&format!("a/{n:04}"), payload.as_bytes());
    }
    mqtt.expect_nothing();
    let mut late = Http::new(broker.http);
    late.say("GET /topics?filter=a/%23", &[], b"");
    late.say("GET /", &[], b"");
    std::thread::sleep(std::time::Duration::from_millis(300));
    mqtt.retain("z", b"meanwhile");
    mqtt.expect_nothing();
    let mut other = Http::new(broker.http);
    other.get("/topics/z").expect(200, "meanwhile");
    let got = late.answer();
    assert_eq!(got.field("transfer-encoding"), Some("chunked"));
    let items: Vec<Value> = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(items.len(), 5000);
    for (n, item) in items.iter().enumerate() {
        assert_eq!(
            (&item["topic"], &item["payload"]),
            (&json!(format!("a/{n:04}")), &json!(payload))
        );
    }
    assert_eq!(late.answer().status, 200);
}

#[test]
fn a_list_for_http_1_0_ends_with_the_connection() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "1");
    for fields in ["", "Connection: keep-alive\r\n"] {
        let mut http = Http::new(broker.http);
        http.send(format!("GET /topics HTTP/1.0\r\n{fields}\r\n"));
        let got = http.answer();
        assert_eq!((got.field("transfer-encoding"), got.field("content-length")), (None, None));
        assert_eq!(got.field("connection"), Some("close"));
        let items: Vec<Value> = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(items, [json!({"topic": "a", "payload": "1", "via": "http", "age": 0})]);
    }
}

#[test]
fn links_to_all_that_there_is() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let services = concat!(
        r#"</topics>;rt="core.ps.coll";type="application/json","#,
        r#"</events>;type="text/event-stream","#,
        r#"</coap>;rt="core.hc";hct="{+p}{+qq}""#
    );
    let got = http.get("/.well-known/core");
    got.expect(200, services);
    assert_eq!(got.field("content-type"), Some("application/link-format"));
    http.ask("PUT /topics/a/%C3%A9%20", &["Content-Type: application/json"], b"{}");
    http.put("/topics/b", "x");
    let json = r#"</topics/a/%C3%A9%20>;rt=core.ps.data;type=application/json"#;
    let text = r#"</topics/b>;rt=core.ps.data;type="text/plain; charset=utf-8""#;
    http.get("/.well-known/core").expect(200, format!("{services},{json},{text}"));
    for (query, found) in [
        ("rt=core.ps.data", format!("{json},{text}")),
        ("href=/topics/b", text.to_owned()),
        ("rt=core.ps.data&type=application/*", json.to_owned()),
        ("hct", r#"</coap>;rt="core.hc";hct="{+p}{+qq}""#.to_owned()),
        ("rt=core.ps*&href=/topic%73/b", text.to_owned()),
        ("rt=none", String::new()),
    ] {
        http.get(&format!("/.well-known/core?{query}")).expect(200, found);
    }
    http.get("/.well-known/core?=x").expect_refusal(400);
    http.get(&format!("/.well-known/core?{}", "a=b&".repeat(9))).expect_refusal(400);
    http.get("/.well-known").expect_refusal(404);
}

#[test]
fn the_coap_side_is_below_coap() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut coap = Udp::new(broker.coap);
    coap.ask(&Owned::put("/ps/a/b", "from CoAP"));
    http.get("/topics/a/b").expect(200, "from CoAP");
    let got = http.get("/coap/ps/a/b");
    got.expect(200, "from CoAP");
    assert_eq!(got.field("content-type"), Some("text/plain; charset=utf-8"));
    let tag = got.field("etag").unwrap();
    let max_age = got.field("cache-control").unwrap();
    assert!(max_age.starts_with("max-age="), "{max_age}");
    let got = http.ask("GET /coap/ps/a/b", &[&format!("If-None-Match: {tag}")], b"");
    got.expect(304, "");
    let json = ["Content-Type: application/json"];
    http.ask("PUT /coap/ps/a/c", &json, b"[1]").expect(201, "");
    http.ask("PUT /%63oap/ps/a/c", &json, b"[2]").expect(204, "");
    coap.ask(&Owned::get("/ps/a/c")).expect("[2]");
    http.get("/coap/ps/a/c").expect(200, "[2]");
    http.ask("PUT /coap/ps/a/c", &["Content-Encoding: br"], b"x").expect_status(415);
    http.ask("PUT /coap/ps/a/c", &["If-Match: \"x\""], b"x").expect_status(400);
    http.ask("PUT /coap/ps/a/c", &["If-None-Match: *"], b"x").expect_status(400);
    http.ask("PUT /coap/ps/a/c", &[], &[b'x'; (64 << 10) + 1]).expect_status(413);
    http.ask("DELETE /coap/ps/a/c", &[], b"").expect(204, "");
    http.get("/coap/ps/a/c").expect_status(404);
    let allow = http.ask("DELETE /coap/ps", &[], b"");
    allow.expect_status(405);
    assert_eq!(allow.field("allow"), Some("GET, HEAD, OPTIONS"));
    let links = http.get("/coap/.well-known/core?rt=core.ps.data");
    assert!(links.text().contains("</ps/a/b>"), "{}", links.text());
    assert_eq!(links.field("content-type"), Some("application/link-format"));
    let registered = http.ask(
        "POST /coap/rd?ep=node&base=coap://node",
        &["Content-Type: application/link-format"],
        b"</x>",
    );
    registered.expect(201, "");
    let location = registered.field("location").unwrap().to_owned();
    assert!(location.starts_with("/coap/rd/"), "{location}");
    assert!(http.get("/coap/rd-lookup/ep").text().contains("ep=node"));
    http.ask(&format!("DELETE {location}"), &[], b"").expect(204, "");
    for path in ["/coap", "/coap/", "/coap?x", "/coap/nothing", "/coapx/ps/a/b"] {
        http.get(path).expect_status(404);
    }
    http.get("/topics/a/b").expect(200, "from CoAP");
}

/// Faults and preconditions below /coap are told in the words of HTTP.
#[test]
fn the_coap_side_speaks_http() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "1");
    let tag = http.get("/coap/ps/a").field("etag").unwrap().to_owned();
    for (target, why) in [("/coap/ps/%e9", "path"), ("/coap/.well-known/core?%e9", "query")] {
        let refused = http.get(target);
        refused.expect_status(400);
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    for (field, status) in [
        ("If-None-Match: *", 304),
        (&*format!("If-None-Match: \"x\", {tag}"), 304),
        ("If-None-Match: \"x\"", 200),
        ("If-Match: *", 200),
        (&format!("If-Match: {tag}"), 200),
        ("If-Match: \"x\"", 412),
        (&format!("If-Match: \"x\"\r\nIf-None-Match: {tag}"), 412),
        ("If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT", 200),
    ] {
        for method in ["GET", "HEAD"] {
            let got = http.ask(&format!("{method} /coap/ps/a"), &[field], b"");
            assert_eq!(got.status, status, "{method} {field}");
            assert_eq!(got.field("etag").is_some(), status != 412);
            assert_eq!(got.body.is_empty(), status == 304 || method == "HEAD");
        }
        http.ask("GET /coap/ps/nothing", &[field], b"").expect_status(404);
    }
    for name in ["If-Match", "If-None-Match"] {
        for line in ["PUT /coap/ps/a", "DELETE /coap/ps/a"] {
            let refused = http.ask(line, &[&format!("{name}: *")], b"");
            assert!(refused.expect_refusal(400).text().contains(name), "{}", refused.text());
        }
    }
    // What is too long is refused before it comes.
    let fields = ["Expect: 100-continue", "Content-Length: 65537"];
    http.ask("PUT /coap/ps/a", &fields, b"").expect_refusal(413);
    let mut http = Http::new(broker.http);
    http.get("/topics/a").expect(200, "1");
}

#[test]
fn the_index_tells_what_is_here() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let got = http.ask("GET /", &["Accept: text/plain"], b"");
    assert_eq!((got.status, got.field("content-type")), (200, Some("text/plain; charset=utf-8")));
    for part in ["/topics/", "/topics?filter=", "/events?filter=", "/coap/", "/.well-known/core"] {
        assert!(got.text().contains(part), "{}", got.text());
    }
}
