use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};

use super::*;
use crate::gateway::guard::Guard;
use crate::gateway::hub::{Hub, Message as Published};
use crate::gateway::{Limits, Log, Options, Ports, Share, coap, http};

fn shared() -> Shared {
    Shared {
        hub: Hub::new(Limits::default()),
        store: None,
        guard: Guard::default(),
        directory: Mutex::new(coap::Directory::new()),
        listings: coap::Listings::default(),
        lists: Share::default(),
        log: Log::new(true),
        page: http::Page::new(&Ports::default()),
        connections: Arc::new(Semaphore::new(1)),
        ending: watch::Sender::new(false),
        options: Options::default(),
    }
}

const PEER: ([u8; 4], u16) = ([192, 0, 2, 1], 40_000);

impl ProxyRequest<'_> {
    fn ask(self, shared: &Shared) -> ProxyResponse {
        ask(&self, PEER.into(), shared)
    }
}

fn request<'a>(method: &'a str, target: &'a str) -> ProxyRequest<'a> {
    ProxyRequest { method, target, ..ProxyRequest::default() }
}

fn text(response: &ProxyResponse) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[test]
fn a_topic_is_put_got_and_deleted() {
    let shared = shared();
    let target = "/ps/a%20b//c";
    assert_eq!(request("GET", target).ask(&shared).status, 404);
    let content_type = Some("application/json; charset=utf-8");
    let put = ProxyRequest { content_type, body: b"[1]", ..request("PUT", target) };
    let response = put.ask(&shared);
    assert_eq!((response.status, text(&response), &response.content_type), (201, "", &None));
    let response = put.ask(&shared);
    assert_eq!((response.status, text(&response), response.max_age), (204, "", None));
    assert_eq!(shared.hub.retained("a b//c").unwrap().payload, "[1]");

    let response = request("GET", target).ask(&shared);
    assert_eq!((response.status, text(&response), response.max_age), (200, "[1]", Some(60)));
    assert_eq!(response.content_type.as_deref(), Some("application/json"));
    assert_eq!(request("HEAD", target).ask(&shared), response);
    let etag = response.etag.unwrap();
    let etags = [b"x".as_slice(), etag.trim_matches('"').as_bytes()];
    let response = ProxyRequest { etags: &etags, ..request("GET", target) }.ask(&shared);
    assert_eq!((response.status, text(&response), &response.content_type), (304, "", &None));
    assert_eq!((response.etag, response.max_age), (Some(etag), Some(60)));
    let etags = [b"00000000".as_slice(), b"+1234567", b"123", b"\xFF"];
    assert_eq!(ProxyRequest { etags: &etags, ..request("GET", target) }.ask(&shared).status, 200);

    assert_eq!(request("DELETE", target).ask(&shared).status, 204);
    assert_eq!(request("DELETE", target).ask(&shared).status, 204);
    assert_eq!(request("GET", target).ask(&shared).status, 404);
    let post = ProxyRequest { body: b"x", ..request("POST", target) };
    assert_eq!((post.ask(&shared).status, post.ask(&shared).status), (201, 204));
}

#[test]
fn a_message_has_the_type_that_it_says_or_looks_like() {
    let shared = shared();
    let mut message = Published::new("a", "x");
    message.retain = true;
    for (declared, payload, accept, expected) in [
        (None, &b"x"[..], None, Some("text/plain;charset=utf-8")),
        (None, b"\xFF", None, Some("application/octet-stream")),
        (None, b"x", Some("application/octet-stream"), Some("application/octet-stream")),
        (Some("application/cbor"), b"\xF6", None, Some("application/cbor")),
        (Some("application/cbor"), b"\xF6", Some("application/cbor"), Some("application/cbor")),
        (Some("application/cbor"), b"\xF6", Some("text/html"), Some("application/cbor")),
        (Some("application/cbor"), b"\xF6", Some("application/json"), None),
    ] {
        message.payload = Bytes::copy_from_slice(payload);
        message.properties.content_type = declared.map(Into::into);
        shared.hub.publish(message.clone()).unwrap();
        let response = ProxyRequest { accept, ..request("GET", "/ps/a") }.ask(&shared);
        let content_type = response.content_type.as_deref().map(|text| text.replace(' ', ""));
        match expected {
            Some(expected) => assert_eq!(content_type.as_deref(), Some(expected)),
            None => assert_eq!((response.status, text(&response)), (406, "only Content-Format 60")),
        }
    }
    let body = b"x";
    for (content_type, content_coding, status) in [
        (None, None, 201),
        (Some("image/webp"), None, 204),
        (Some("text/plain"), Some("identity"), 204),
        (Some("text/plain"), Some("gzip"), 415),
        (None, Some("gzip"), 415),
        (Some("text"), None, 415),
        (Some("application/link-format"), None, 204),
    ] {
        let put = ProxyRequest { content_type, content_coding, body, ..request("PUT", "/ps/b") };
        assert_eq!(put.ask(&shared).status, status, "{put:?}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let shared = shared();
    let long = format!("/ps/{}", "x".repeat(256));
    let body = vec![b'x'; LONGEST_BODY + 1];
    for (method, target, body, status) in [
        ("GET", "", &b""[..], 404),
        ("GET", "/", b"", 404),
        ("GET", "/nothing", b"", 404),
        ("GET", "/ps/../nothing", b"", 404),
        ("GET", "/ps/a%2Fb", b"", 400),
        ("GET", "/ps/%2B", b"", 400),
        ("GET", "/ps/%", b"", 400),
        ("GET", "/ps/%FF", b"", 400),
        ("GET", "/ps/a b", b"", 400),
        ("GET", ":5683/ps", b"", 400),
        ("GET", "@other/ps", b"", 400),
        ("GET", ".example/ps", b"", 400),
        ("GET", &long, b"", 400),
        ("PUT", "/ps/a", b"", 400),
        ("PUT", "/ps/a", &body, 413),
        ("OPTIONS", "/ps/a", b"", 501),
        ("get", "/ps/a", b"", 501),
        ("FETCH", "/ps", b"#", 501),
    ] {
        let response = ProxyRequest { body, ..request(method, target) }.ask(&shared);
        assert_eq!(response.status, status, "{method} {target} {response:?}");
        let is_text = response.content_type.as_deref() == Some("text/plain;charset=utf-8");
        assert_eq!(is_text, !response.body.is_empty(), "{response:?}");
    }
    shared.hub.publish(Published { retain: true, ..Published::new("a", "x") }).unwrap();
    let most = Limits { memory: 100, ..Limits::default() };
    let full = Shared { hub: Hub::new(most), ..self::shared() };
    let response = ProxyRequest { body: b"x", ..request("PUT", "/ps/a") }.ask(&full);
    assert_eq!((response.status, text(&response)), (503, "no memory"));
    assert_eq!((response.retry_after, response.max_age), (Some(30), None));
}

#[test]
fn allow_names_the_methods_that_there_are() {
    let shared = shared();
    const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"];
    for target in [
        "/ps",
        "/ps/",
        "/ps/a",
        "/.well-known/core",
        "/rd",
        "/rd/1",
        "/rd-lookup/ep",
        "/rd-lookup/res",
    ] {
        let mut allowed = Vec::new();
        let mut allow = None;
        for method in METHODS {
            let response = request(method, target).ask(&shared);
            match response.status {
                405 => allow = response.allow,
                _ => allowed.push(method),
            }
            assert_eq!(response.allow.is_some(), response.status == 405);
        }
        assert_eq!(allow, Some(&*allowed.join(", ")), "{target}");
    }
}

#[test]
fn the_directory_is_there_for_who_says_its_base() {
    let shared = shared();
    let content_type = Some("application/link-format");
    let post = |target| ProxyRequest { content_type, body: b"</x>", ..request("POST", target) };
    let response = post("/rd?ep=n%C3%A9").ask(&shared);
    assert_eq!(response.status, 400);
    assert!(text(&response).starts_with("base: none"), "{response:?}");
    let response = post("/rd?ep=n%C3%A9&base=coap://192.0.2.9").ask(&shared);
    assert_eq!((response.status, text(&response)), (201, ""));
    let location = response.location.unwrap();
    let target = location.strip_prefix(PREFIX).unwrap();
    assert_eq!(request("POST", target).ask(&shared).status, 204);
    let list = request("GET", "/rd-lookup/res").ask(&shared);
    assert_eq!((list.status, text(&list)), (200, "<coap://192.0.2.9/x>"));
    assert_eq!(list.content_type.as_deref(), Some("application/link-format"));
    assert_eq!(request("DELETE", target).ask(&shared).status, 204);
    assert_eq!(request("DELETE", target).ask(&shared).status, 404);
    let list = request("GET", "/.well-known/core?rt=core.rd").ask(&shared);
    assert_eq!(text(&list), r#"</rd>;rt="core.rd";ct=40"#);
}
