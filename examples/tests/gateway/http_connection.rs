//! HTTP connections: many requests on one, bodies both ways, TLS.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use sansio_examples::gateway::Limits;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::client::Broker;
use crate::http_client::Http;
use crate::tls::Certificate;

#[test]
fn requests_may_come_before_responses_are_read() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let mut all = String::new();
    for n in 0..500 {
        let body = format!("{n}");
        all +=
            &format!("PUT /topics/a HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        all += &body;
        all +=
            "GET /topics/a HTTP/1.1\r\nHost: a\r\n\r\nHEAD /topics/a HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    http.send(all);
    for n in 0..500 {
        http.answer().expect(if n == 0 { 201 } else { 204 }, "");
        http.answer().expect(200, n.to_string());
        assert_eq!(http.answer_to("HEAD /").status, 200);
    }
}

/// The gateway makes some responses ahead, no more.
#[test]
fn a_client_that_only_asks_waits() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let body = vec![b'x'; 100_000];
    http.put("/topics/a", &body);
    let request = b"GET /topics/a HTTP/1.1\r\nHost: a\r\n\r\n";
    http.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut sent = 0;
    let stalled = loop {
        match http.stream.write(&request.repeat(1000)) {
            Ok(len) => sent += len,
            Err(_) => break true,
        }
        if sent > 64 << 20 {
            break false;
        }
    };
    assert!(stalled, "1,800,000 requests were taken");
    // What was asked for is there.
    for _ in 0..500 {
        http.answer().expect(200, &body);
    }
    Http::new(broker.http).get("/topics/a").expect(200, &body);
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let request = "\r\n\r\nPUT /topics/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5;x=\"y\"\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\nGET /topics/a HTTP/1.1\r\n\
                   Host: a\r\n\r\n";
    for byte in request.bytes() {
        http.send([byte]);
    }
    http.answer().expect(201, "");
    http.answer().expect(200, "hello!");
}

#[test]
fn bodies_in_chunks() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let data: Vec<u8> = (0..500_000_u32).map(|n| (n % 253) as u8).collect();
    http.send("PUT /topics/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for chunk in data.chunks(7001) {
        http.send([format!("{:X}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    http.send("0\r\nContent-Length: 7\r\nHost: b\r\n\r\n");
    http.answer().expect(201, "");
    http.get("/topics/a").expect(200, &data);
    // None at all is a message that MQTT could not retain.
    http.say("PUT /topics/a", &["Transfer-Encoding: chunked"], b"");
    http.send("0\r\n\r\n");
    http.answer().expect_refusal(400);
    http.get("/topics/a").expect(200, &data);
}

#[test]
fn versions_and_the_end_of_a_connection() {
    let broker = Broker::start();
    Http::new(broker.http).put("/topics/a", "1");
    for (line, fields, goes_on, told) in [
        ("1.1", "Host: a\r\n", true, None),
        ("1.2", "Host: a\r\n", true, None),
        ("1.1", "Host: a\r\nConnection: close\r\n", false, Some("close")),
        ("1.1", "Host: a\r\nConnection: x, CLOSE\r\n", false, Some("close")),
        ("1.0", "", false, Some("close")),
        ("1.0", "Connection: keep-alive\r\n", true, Some("keep-alive")),
        ("1.0", "Connection: keep-alive, close\r\n", false, Some("close")),
    ] {
        let mut http = Http::new(broker.http);
        http.send(format!("GET /topics/a HTTP/{line}\r\n{fields}\r\n").repeat(2));
        let got = http.answer();
        got.expect(200, "1");
        assert_eq!(got.field("connection"), told, "{line} {fields}");
        if goes_on {
            http.answer().expect(200, "1");
        } else {
            http.expect_closed();
        }
    }
}

#[test]
fn a_client_that_has_ended_its_direction_gets_its_answers() {
    let broker = Broker::start();
    let data = vec![b'x'; 300_000];
    Http::new(broker.http).put("/topics/a", &data);
    let mut http = Http::new(broker.http);
    http.say("GET /topics/a", &[], b"");
    http.say("GET /topics", &[], b"");
    http.stream.shutdown(Shutdown::Write).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    http.answer().expect(200, &data);
    assert_eq!(http.answer().status, 200);
    http.expect_closed();
    // Within a request it is a fault.
    for part in ["GET / HT", "PUT /topics/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx"] {
        let mut http = Http::new(broker.http);
        http.send(part);
        http.stream.shutdown(Shutdown::Write).unwrap();
        http.answer().expect_refusal(400);
        http.expect_closed();
    }
    let mut http = Http::new(broker.http);
    http.stream.shutdown(Shutdown::Write).unwrap();
    http.expect_closed();
}

#[test]
fn who_asks_first_is_told_to_go_on() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let fields = ["Expect: 100-continue", "Content-Length: 5"];
    http.say("PUT /topics/a", &fields, b"");
    assert_eq!(http.head().status, 100);
    http.send("hello");
    http.answer().expect(201, "");
    // One that does not wait needs no word, but may get it.
    http.send(
        "PUT /topics/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    );
    let mut answer = http.answer();
    if answer.status == 100 {
        answer = http.answer();
    }
    answer.expect(204, "");
    http.ask("GET /topics/a", &["Expect: 100-continue"], b"").expect(200, "x");
    // Refused before the body has come, which may never come now.
    for (target, status) in [("/topics/a%2Fb", 400), ("/nothing", 404), ("/topics", 405)] {
        let mut http = Http::new(broker.http);
        let refused = http.ask(&format!("PUT {target}"), &fields, b"");
        assert_eq!(refused.expect_refusal(status).field("connection"), Some("close"));
        http.expect_closed();
    }
    let mut http = Http::new(broker.http);
    let too_long = ["Expect: 100-continue", "Content-Length: 99999999"];
    http.ask("PUT /topics/a", &too_long, b"").expect_refusal(413);
    http.expect_closed();
    let mut http = Http::new(broker.http);
    http.ask("GET /", &["Expect: miracles"], b"").expect_refusal(417);
    http.expect_closed();
    // HTTP/1.0 does not know it.
    let mut http = Http::new(broker.http);
    http.send("PUT /topics/a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\ny");
    http.answer().expect(204, "");
}

/// A body that is of no use passes, and the connection goes on.
#[test]
fn refusals_that_break_nothing_leave_the_connection_open() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let body = vec![b'x'; 200_000];
    for (line, status) in [
        ("PUT /nothing", 404),
        ("PUT /topics", 405),
        ("PATCH /topics/a", 405),
        ("TRACE /topics/a", 405),
        ("BREW /topics/a", 501),
        ("get /topics/a", 501),
        ("PUT /topics/+", 400),
    ] {
        let refused = http.ask(line, &[], &body);
        assert_eq!(refused.expect_refusal(status).field("connection"), None, "{line}");
        let allow = refused.field("allow");
        assert_eq!(allow.is_some(), status == 405, "{line}");
    }
    // A body with a method that has no use for it is no request of its own.
    http.ask("GET /", &[], b"PUT /topics/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    http.get("/topics/a").expect_refusal(404);
}

#[test]
fn options_tell_the_methods() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    for (target, allow) in [
        ("*", "GET, HEAD, PUT, POST, DELETE, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/topics", "GET, HEAD, OPTIONS"),
        ("/topics/a", "GET, HEAD, PUT, POST, DELETE, OPTIONS"),
        ("/events", "GET, HEAD, OPTIONS"),
        ("/coap/ps/a", "GET, HEAD, PUT, POST, DELETE, OPTIONS"),
    ] {
        let got = http.ask(&format!("OPTIONS {target}"), &[], b"");
        assert_eq!(got.expect(204, "").field("allow"), Some(allow));
    }
    http.ask("OPTIONS /nothing", &[], b"").expect_refusal(404);
    let mut http = Http::new(broker.http);
    http.send("CONNECT localhost:1883 HTTP/1.1\r\nHost: localhost:1883\r\n\r\n");
    http.answer().expect_refusal(501);
}

/// Whatever a path is written like: a letter may be encoded, and what is encoded is no slash.
#[test]
fn a_path_leads_to_what_its_segments_name() {
    const READ: Option<&str> = Some("GET, HEAD, OPTIONS");
    const WRITE: Option<&str> = Some("GET, HEAD, PUT, POST, DELETE, OPTIONS");
    const UPGRADE: Option<&str> = Some("GET, OPTIONS");
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    for (target, status, allow) in [
        ("/?a=/topics", 204, READ),
        ("http://localhost?a", 204, READ),
        ("/topics/", 204, READ),
        ("/t%6Fpics?filter=%2B", 204, READ),
        ("/%74opic%73/%61", 204, WRITE),
        ("/topics//", 204, WRITE),
        ("/topics/$SYS/a%20b", 204, WRITE),
        ("/topics/%2F", 400, None),
        ("/topics/+", 400, None),
        ("/topics/%FF/a", 400, None),
        ("/topics%2Fa", 404, None),
        ("/topics+", 404, None),
        ("/topics%00", 404, None),
        ("/Topics", 404, None),
        ("//topics", 404, None),
        ("/$topics", 404, None),
        ("/%23", 404, None),
        ("/%FF", 404, None),
        ("/+/a", 404, None),
        ("/mqtt", 204, UPGRADE),
        ("/mqtt/", 404, None),
        ("/.well-known/coap", 204, UPGRADE),
        ("/.well-known/core", 204, READ),
        ("/.well-known", 404, None),
        ("/.well-known/core/a", 404, None),
        ("/.well-known%2Fcore", 404, None),
        ("/events/", 404, None),
        ("/coap", 204, WRITE),
        ("/coap/", 204, WRITE),
        ("/coap/%00/+", 204, WRITE),
        ("/coap+", 404, None),
    ] {
        let got = http.ask(&format!("OPTIONS {target}"), &[], b"");
        assert_eq!((got.status, got.field("allow")), (status, allow), "{target}");
    }
    for (target, status) in [("/coap/a+b", 404), ("/coap/ps/a+b", 400), ("/coap/rd/a+b", 405)] {
        assert_eq!(http.get(target).status, status, "{target}");
    }
}

#[test]
fn other_protocols_are_not_changed_to() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    for upgrade in ["websocket", "h2c", "TLS/1.0, HTTP/2.0"] {
        let fields = ["Connection: Upgrade", &format!("Upgrade: {upgrade}")];
        http.say("PUT /topics/a", &fields, b"1");
        http.say("GET /topics/a", &fields, b"");
        assert!(matches!(http.answer().status, 201 | 204));
        http.answer().expect(200, "1");
    }
}

#[test]
fn the_target_may_be_a_whole_uri() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.ask("PUT http://localhost/topics/a?x", &[], b"1").expect(201, "");
    http.get("HTTP://localhost:8080/topics/a").expect(200, "1");
    assert_eq!(http.get("http://localhost/topics?filter=a").status, 200);
    // RFC 9110 section 4.2.3: no path is /.
    let index = http.get("/").body;
    for target in ["http://localhost", "HTTPS://localhost:8443", "http://localhost?x"] {
        http.get(target).expect(200, &index);
        let allow = http.ask(&format!("PUT {target}"), &[], b"x");
        assert_eq!(allow.expect_refusal(405).field("allow"), Some("GET, HEAD, OPTIONS"));
    }
    // RFC 9112 section 3.2.4: and for OPTIONS it is *.
    let all = "GET, HEAD, PUT, POST, DELETE, OPTIONS";
    for (target, allow) in [
        ("http://localhost", all),
        ("http://localhost/", "GET, HEAD, OPTIONS"),
        ("http://localhost?x", "GET, HEAD, OPTIONS"),
    ] {
        let got = http.ask(&format!("OPTIONS {target}"), &[], b"");
        assert_eq!(got.expect(204, "").field("allow"), Some(allow));
    }
    // RFC 9110 section 7.4: servers of other schemes are others.
    for line in ["GET ftp://localhost/topics/a", "PUT coap:/topics/a", "OPTIONS ws://localhost"] {
        let body: &[u8] = if line.starts_with("PUT") { b"2" } else { b"" };
        http.ask(line, &[], body).expect_refusal(421);
    }
    http.get("/topics/a").expect(200, "1");
}

#[test]
fn pages_of_other_origins_change_nothing() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    for (fields, status) in [
        (&["Origin: http://localhost"][..], 204),
        (&["Origin: http://LOCALHOST"], 204),
        (&["Origin: http://evil.example"], 403),
        (&["Origin: http://localhost:81"], 403),
        (&["Origin: null"], 403),
        (&["Sec-Fetch-Site: same-origin", "Origin: http://evil.example"], 204),
        (&["Sec-Fetch-Site: none"], 204),
        (&["Sec-Fetch-Site: cross-site", "Origin: http://localhost"], 403),
        (&["Sec-Fetch-Site: same-site"], 403),
        (&[], 204),
    ] {
        http.put("/topics/a", "1");
        for line in ["PUT /topics/a", "POST /topics/a", "DELETE /topics/a"] {
            let body: &[u8] = if line.starts_with("DELETE") { b"" } else { b"2" };
            http.ask(line, fields, body).expect_status(status);
        }
        http.ask("GET /topics", fields, b"").expect_status(200);
    }
}

#[test]
fn https_is_the_same_inside_tls() {
    let certificate = Certificate::new();
    let broker = Broker::with_tls(Limits::default(), Some(certificate.files()));
    let address = broker.https.unwrap();
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    for (tls, protocols) in [(&TLS12, &[][..]), (&TLS13, &[&b"h2"[..], b"http/1.1"])] {
        let mut http = Http::over(certificate.connect(address, tls, protocols));
        assert!(matches!(http.put("/topics/a", &data).status, 201 | 204));
        http.get("/topics/a").expect(200, &data);
        let part = http.ask("GET /topics/a", &["Range: bytes=999998-"], b"");
        part.expect(206, &data[999_998..]);
        http.say("GET /events?filter=b", &[], b"");
        assert_eq!(http.head().status, 200);
        Http::new(broker.http).put("/topics/b", "inside");
        let event = String::from_utf8(http.chunk().unwrap()).unwrap();
        assert!(event.contains(r#""payload":"inside""#), "{event}");
        let mut http = Http::over(certificate.connect(address, tls, protocols));
        http.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
        http.answer().expect_refusal(400);
        http.expect_closed();
    }
    let mut stream = certificate.connect(address, &TLS13, &[b"h2"]);
    let error = stream.write_all(b"x").unwrap_err().to_string();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
    // And without TLS there is an alert.
    let mut http = Http::new(address);
    http.say("GET /", &[], b"");
    let mut alert = Vec::new();
    let _ = http.stream.read_to_end(&mut alert);
    assert!(matches!(*alert, [21, 3, _, 0, 2, 2, _]), "{alert:?}");
}

#[test]
fn a_gateway_that_ends_ends_events_and_connections() {
    let broker = Broker::start();
    let mut idle = Http::new(broker.http);
    idle.put("/topics/a", "1");
    let mut events = Http::new(broker.http);
    events.say("GET /events?filter=b", &[], b"");
    assert_eq!(events.head().status, 200);
    let begin = Instant::now();
    broker.end();
    // The last chunk, so that a client knows that nothing is missing.
    assert_eq!(events.chunk(), None);
    events.expect_closed();
    idle.expect_closed();
    assert!(begin.elapsed() < Duration::from_secs(2));
}
