//! `/topics/<topic>` over HTTP.

use coap_codec::OptionNumber;
use mqtt_codec::{Property, QoS, Text, Version};
use sansio_examples::gateway::Limits;

use crate::client::Broker;
use crate::coap_client::{Owned, Udp};
use crate::http_client::Http;

#[test]
fn put_get_delete() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.get("/topics/a/b").expect_refusal(404);
    let created = http.put("/topics/a/b", "21.5");
    created.expect(201, "");
    assert_eq!(created.field("location"), Some("/topics/a/b"));
    assert_eq!(created.field("content-length"), Some("0"));
    let got = http.get("/topics/a/b");
    got.expect(200, "21.5");
    assert_eq!(got.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(got.field("accept-ranges"), Some("bytes"));
    assert_eq!(got.field("cache-control"), Some("no-cache"));
    let date = got.field("date").unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert!(got.field("server").unwrap().starts_with("sansio-gateway/"));
    assert_eq!(got.field("access-control-allow-origin"), None);
    let changed = http.put("/topics/a/b", "22");
    changed.expect(204, "");
    assert_eq!((changed.field("content-length"), changed.field("location")), (None, None));
    http.get("/topics/a/b").expect(200, "22");
    http.ask("POST /topics/a/b", &[], b"23").expect(204, "");
    http.ask("POST /topics/a/c", &[], b"1").expect(201, "");
    for _ in 0..2 {
        http.ask("DELETE /topics/a/b", &[], b"").expect(204, "");
        http.get("/topics/a/b").expect_refusal(404);
    }
    http.get("/topics/a/c").expect(200, "1");
}

#[test]
fn head_is_get_without_the_content() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "21.5");
    for target in ["/topics/a", "/topics", "/", "/.well-known/core", "/nothing", "/coap/ps/a"] {
        let get = http.get(target);
        let head = http.ask(&format!("HEAD {target}"), &[], b"");
        assert_eq!(get.status, head.status);
        let without_date = |fields: &[(String, String)]| -> Vec<(String, String)> {
            fields.iter().filter(|field| field.0 != "date").cloned().collect()
        };
        assert_eq!(without_date(&get.fields), without_date(&head.fields), "{target}");
        assert!(head.body.is_empty() && !get.body.is_empty());
    }
    // Of events there is no end, but there is one of their head.
    let head = http.ask("HEAD /events", &[], b"");
    assert_eq!(head.field("content-type"), Some("text/event-stream"));
    http.get("/topics/a").expect(200, "21.5");
}

#[test]
fn paths_are_topics() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for (path, topic) in [
        ("a/b%20c", "a/b c"),
        ("%C3%A9/%e2%82%ac", "é/€"),
        ("/a", "/a"),
        ("a/", "a/"),
        ("a//b", "a//b"),
        ("a/./..", "a/./.."),
        ("%61%3F", "a?"),
        ("$SYS/x", "$SYS/x"),
    ] {
        mqtt.retain(topic, topic.as_bytes());
        mqtt.expect_nothing();
        http.get(&format!("/topics/{path}")).expect(200, topic);
    }
    http.get("/%74opics/a").expect_refusal(404);
    for path in ["a%2Fb", "%23", "+", "a%2B", "a%00", "%FF", "a/#"] {
        let mut http = Http::new(broker.http);
        http.get(&format!("/topics/{path}")).expect_refusal(400);
    }
    let long = "a/".repeat(3000) + "a";
    http.put(&format!("/topics/{long}"), "x").expect(201, "");
    http.get(&format!("/topics/{long}")).expect(200, "x");
}

#[test]
fn what_is_published_by_one_protocol_reaches_the_others() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.subscribe("a/#", QoS::AtLeastOnce);
    http.ask("PUT /topics/a/x", &["Content-Type: application/json"], b"[1]").expect(201, "");
    let message = mqtt.message();
    assert_eq!((message.topic.to_str(), message.payload), ("a/x", &b"[1]"[..]));
    let content_type = message.properties.iter().find_map(|property| match property {
        Property::ContentType(text) => Some(text.to_str().to_owned()),
        _ => None,
    });
    assert_eq!(content_type.as_deref(), Some("application/json"));
    let id = message.delivery.packet_id().unwrap();
    mqtt.puback(id);

    mqtt.retain("a/y", b"from MQTT");
    assert_eq!(mqtt.text(), "a/y from MQTT");
    http.get("/topics/a/y").expect(200, "from MQTT");
    http.ask("DELETE /topics/a/y", &[], b"").expect(204, "");
    assert_eq!(mqtt.acknowledged_text(), "a/y ");
}

#[test]
fn content_types() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for (given, payload, told) in [
        (None, &b"text"[..], "text/plain; charset=utf-8"),
        (None, b"\xFF", "application/octet-stream"),
        (Some("application/json"), b"{}", "application/json"),
        (Some("text/html;charset=\"utf-8\""), b"<p>", "text/html;charset=\"utf-8\""),
        // What MQTT clients say need not be a media type, and could be a field of its own.
        (Some("JSON"), b"{}", "text/plain; charset=utf-8"),
        (Some("a/b\r\nSet-Cookie: c=d"), b"{}", "text/plain; charset=utf-8"),
        (Some(" a/b"), b"{}", "text/plain; charset=utf-8"),
        (Some("a/é"), b"\xFF", "application/octet-stream"),
    ] {
        let property = given.map(|text| Property::ContentType(Text::new(text).unwrap()));
        mqtt.publish_1_with("a", payload, true, property.as_slice());
        let got = http.get("/topics/a");
        got.expect(200, payload);
        assert_eq!(got.field("content-type"), Some(told));
    }
    // What others call a page is none of ours.
    mqtt.publish_1_with(
        "a",
        b"<script>",
        true,
        &[Property::ContentType(Text::new("text/html").unwrap())],
    );
    for target in ["/topics/a", "/coap/ps/a"] {
        let got = http.get(target);
        got.expect(200, "<script>");
        assert_eq!(got.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.field("content-security-policy"), Some("sandbox"));
    }
    let put =
        |http: &mut Http, fields: &[&str], body: &[u8]| http.ask("PUT /topics/b", fields, body);
    put(&mut http, &["Content-Type: text/csv; charset=\"UTF-8\""], "é".as_bytes()).expect(201, "");
    assert_eq!(http.get("/topics/b").field("content-type"), Some("text/csv; charset=\"UTF-8\""));
    put(&mut http, &["Content-Type: text/plain; charset=utf-8"], b"\xFF").expect_refusal(400);
    put(&mut http, &["Content-Type: text/plain; charset=latin1"], b"\xE9").expect(204, "");
    put(&mut http, &["Content-Type: json"], b"{}").expect_refusal(400);
    put(&mut http, &["Content-Type: a/b", "Content-Type: a/b"], b"{}").expect_refusal(400);
    put(&mut http, &["Content-Encoding: identity"], b"x").expect(204, "");
    let refused = put(&mut http, &["Content-Encoding: gzip"], b"x");
    assert_eq!(refused.expect_refusal(415).field("accept-encoding"), Some("identity"));
    put(&mut http, &["Content-Range: bytes 0-0/2"], b"x").expect_refusal(400);
    http.ask("PUT /topics/b", &["Content-Length: 0"], b"").expect_refusal(400);
    http.ask("PUT /topics/b", &[], b"").expect_refusal(400);
}

#[test]
fn accept_is_heeded() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.ask("PUT /topics/a", &["Content-Type: application/json"], b"{}").expect(201, "");
    for (accept, status) in [
        ("*/*", 200),
        ("application/*;q=0.1, text/html", 200),
        ("text/html, APPLICATION/JSON", 200),
        ("text/html", 406),
        ("application/json;q=0, */*", 406),
        ("image/png, text/*", 406),
    ] {
        let field = format!("Accept: {accept}");
        let got = http.ask("GET /topics/a", &[&field], b"");
        assert_eq!(got.status, status, "{accept}");
        assert_eq!(http.ask("GET /coap/ps/a", &[&field], b"").status, status, "{accept}");
    }
    for (target, accept) in [
        ("/", "image/png"),
        ("/topics", "text/html"),
        ("/events", "application/json"),
        ("/.well-known/core", "application/json"),
    ] {
        let field = format!("Accept: {accept}");
        http.ask(&format!("GET {target}"), &[&field], b"").expect_refusal(406);
    }
}

#[test]
fn entity_tags() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "1");
    let tag = http.get("/topics/a").field("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    let mut ask = |line: &str, field: &str, body: &[u8]| http.ask(line, &[field], body);
    for method in ["GET", "HEAD"] {
        let line = format!("{method} /topics/a");
        for known in [&*tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
            let got = ask(&line, &format!("If-None-Match: {known}"), b"");
            got.expect(304, "");
            assert_eq!(got.field("etag"), Some(&*tag));
            assert_eq!((got.field("content-length"), got.field("content-type")), (None, None));
        }
        for other in ["\"x\"", "nonsense"] {
            assert_eq!(ask(&line, &format!("If-None-Match: {other}"), b"").status, 200);
        }
        assert_eq!(ask(&line, &format!("If-Match: {tag}"), b"").status, 200);
        assert_eq!(ask(&line, "If-Match: \"x\"", b"").status, 412);
        assert_eq!(ask(&line, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", b"").status, 200);
    }
    ask("PUT /topics/a", "If-Match: \"x\"", b"2").expect_refusal(412);
    ask("PUT /topics/a", "If-None-Match: *", b"2").expect_refusal(412);
    ask("PUT /topics/b", "If-Match: *", b"2").expect_refusal(412);
    ask("DELETE /topics/a", "If-Match: \"x\"", b"").expect_refusal(412);
    ask("DELETE /topics/b", "If-Match: *", b"").expect_refusal(412);
    ask("GET /topics/a", "X: y", b"").expect(200, "1");
    ask("GET /topics/b", "X: y", b"").expect_refusal(404);
    ask("PUT /topics/b", "If-None-Match: *", b"2").expect(201, "");
    ask("PUT /topics/a", &format!("If-Match: {tag}"), b"2").expect(204, "");
    ask("PUT /topics/a", &format!("If-Match: {tag}"), b"3").expect_refusal(412);
    let got = ask("GET /topics/a", &format!("If-None-Match: {tag}"), b"");
    got.expect(200, "2");
    let tag = got.field("etag").unwrap();
    ask("DELETE /topics/a", &format!("If-Match: {tag}"), b"").expect(204, "");
    ask("GET /topics/a", "If-Match: *", b"").expect_refusal(404);
}

/// What somebody watches over CoAP is none of HTTP's business.
#[test]
fn observers_change_nothing() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut coap = Udp::new(broker.coap);
    for is_observed in [false, true] {
        if is_observed {
            let observe = Owned::get("/ps/a").with(OptionNumber::OBSERVE, b"");
            coap.ask(&observe).expect("");
        }
        mqtt.publish("a", b"live");
        mqtt.expect_nothing();
        if is_observed {
            assert_eq!(coap.notification().text(), "live");
        }
        http.get("/topics/a").expect_refusal(404);
        http.get("/topics?filter=a").expect(200, "[]\n");
        http.ask("PUT /topics/a", &["If-Match: *"], b"1").expect_refusal(412);
        http.ask("DELETE /topics/a", &["If-Match: *"], b"").expect_refusal(412);
        http.ask("PUT /topics/a", &["If-None-Match: *"], b"1").expect(201, "");
        let tag = http.get("/topics/a").field("etag").unwrap().to_owned();
        mqtt.publish("a", b"live");
        mqtt.expect_nothing();
        http.get("/topics/a").expect(200, "1");
        http.ask("PUT /topics/a", &[&format!("If-Match: {tag}")], b"2").expect(204, "");
        http.ask("DELETE /topics/a", &[], b"").expect(204, "");
        http.get("/topics/a").expect_refusal(404);
    }
}

/// They could not be asked for: clients resolve them. RFC 3986 section 5.2.4
#[test]
fn levels_that_are_steps_of_a_path_are_not_stored() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for path in ["%2e%2e/x", "a/..", "a/%2E/b", "."] {
        for method in ["PUT", "POST"] {
            http.ask(&format!("{method} /topics/{path}"), &[], b"x").expect_refusal(400);
        }
    }
    http.put("/topics/a/.../..b/.c", "x").expect(201, "");
    for topic in ["../x", "b/.", "c"] {
        mqtt.retain(topic, b"x");
    }
    mqtt.expect_nothing();
    // Who asks for them as they are gets them, but no link leads there.
    http.get("/topics/../x").expect(200, "x");
    let links = [r#"</topics/a/.../..b/.c>"#, r#"</topics/c>"#];
    let got = http.get("/.well-known/core?rt=core.ps.data");
    let found: Vec<&str> =
        got.text().split(',').map(|link| link.split(';').next().unwrap()).collect();
    assert_eq!(found, links);
    let got = http.get("/coap/ps");
    assert!(!got.text().contains("</ps/../x>") && got.text().contains("</ps/c>"), "{}", got.text());
    http.ask("DELETE /topics/../x", &[], b"").expect(204, "");
    http.get("/topics/../x").expect_refusal(404);
}

/// Of many who want to replace the same state, one succeeds.
#[test]
fn a_lost_update_is_impossible() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "0");
    for round in 0..20 {
        let tag = http.get("/topics/a").field("etag").unwrap().to_owned();
        let writers: Vec<_> = (0..4)
            .map(|n| {
                let (address, field) = (broker.http, format!("If-Match: {tag}"));
                std::thread::spawn(move || {
                    let body = format!("{round} {n}");
                    Http::new(address).ask("PUT /topics/a", &[&field], body.as_bytes()).status
                })
            })
            .collect();
        let mut statuses: Vec<u16> = writers.into_iter().map(|w| w.join().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 412, 412, 412]);
    }
}

#[test]
fn ranges() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let data: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    http.put("/topics/a", &data);
    let tag = http.get("/topics/a").expect(200, &data).field("etag").unwrap().to_owned();
    for (range, first, last) in [
        ("bytes=0-3", 0, 3),
        ("bytes=99999-", 99_999, 99_999),
        ("bytes=-5", 99_995, 99_999),
        ("bytes=50000-999999999999999999999", 50_000, 99_999),
        ("BYTES=0-99999", 0, 99_999),
    ] {
        let got = http.ask("GET /topics/a", &[&format!("Range: {range}")], b"");
        got.expect(206, &data[first..=last]);
        let content_range = format!("bytes {first}-{last}/100000");
        assert_eq!(got.field("content-range"), Some(&*content_range));
        assert_eq!(got.field("etag"), Some(&*tag));
    }
    for range in ["bytes=100000-", "bytes=-0"] {
        let got = http.ask("GET /topics/a", &[&format!("Range: {range}")], b"");
        let content_range = got.expect_refusal(416).field("content-range");
        assert_eq!(content_range, Some("bytes */100000"));
    }
    for whole in ["bytes=3-0", "bytes=x", "items=0-3", "bytes=0-1,3-4"] {
        http.ask("GET /topics/a", &[&format!("Range: {whole}")], b"").expect(200, &data);
    }
    let mut if_range = |tag: &str| {
        http.ask("GET /topics/a", &["Range: bytes=0-3", &format!("If-Range: {tag}")], b"").status
    };
    assert_eq!((if_range(&tag), if_range("\"x\""), if_range(&format!("W/{tag}"))), (206, 200, 200));
    let head = http.ask("HEAD /topics/a", &["Range: bytes=0-3"], b"");
    assert_eq!((head.status, head.field("content-length")), (200, Some("100000")));
}

#[test]
fn lifetimes_are_told() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.publish_1_with("a", b"x", true, &[Property::MessageExpiryInterval(100)]);
    let got = http.get("/topics/a");
    assert_eq!(got.field("cache-control"), Some("no-cache, max-age=100"));
}

#[test]
fn a_full_gateway_says_so() {
    let broker = Broker::with(Limits { retained: 1, ..Limits::default() });
    let mut http = Http::new(broker.http);
    http.put("/topics/a", "1").expect(201, "");
    let refused = http.put("/topics/b", "1");
    assert_eq!(refused.expect_refusal(503).field("retry-after"), Some("30"));
    let broker = Broker::with(Limits { memory: 100, ..Limits::default() });
    Http::new(broker.http).put("/topics/a", "1").expect_refusal(503);
    let broker = Broker::with(Limits { sessions: 1, ..Limits::default() });
    let _mqtt = broker.client(Version::V5, "the only one");
    let mut http = Http::new(broker.http);
    http.get("/events").expect_refusal(503);
    http.get("/").expect_status(200);
}
