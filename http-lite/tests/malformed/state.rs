//! Bodies where one does not expect them, and messages that nobody asked for: class 8.

use http_lite::ErrorKind as K;
use http_lite::connection::{Server, Settings};

use crate::common::{ask, feed};
use crate::{Bad, Good, Then, error, requests, response};

#[test]
fn a_method_does_not_change_how_a_request_ends() {
    requests(&[
        (
            "GET with a body",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            Good(
                "GET / Http11 {Host: a, Content-Length: 3} Length(3) +\"abc\" ; \
                 GET /b Http11 {Host: a} None ;",
            ),
        ),
        (
            "HEAD with chunks",
            b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            Good("HEAD / Http11 {Host: a, Transfer-Encoding: chunked} Chunked +\"a\" ;"),
        ),
        (
            "OPTIONS with a body",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na",
            Good("OPTIONS * Http11 {Host: a, Content-Length: 1} Length(1) +\"a\" ;"),
        ),
        (
            "TRACE with a body",
            b"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na",
            Good("TRACE / Http11 {Host: a, Content-Length: 1} Length(1) +\"a\" ;"),
        ),
        (
            "POST without one",
            b"POST / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            Good("POST / Http11 {Host: a} None ; GET /b Http11 {Host: a} None ;"),
        ),
    ]);
}

#[test]
fn nothing_is_read_behind_the_last_request() {
    requests(&[
        (
            "close",
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
            Good("GET / Http11 {Host: a, Connection: close} None ;"),
        ),
        (
            "HTTP/1.0",
            b"GET / HTTP/1.0\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
            Good("GET / Http10 {} None ;"),
        ),
    ]);
}

#[test]
fn expectations() {
    requests(&[
        ("another one", b"GET / HTTP/1.1\r\nHost: a\r\nExpect: a\r\n\r\n", Bad(K::Expectation, 25)),
        (
            "another one beside it",
            b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, a\r\n\r\n",
            Bad(K::Expectation, 25),
        ),
        (
            "another one in a second field",
            b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: a\r\n\r\n",
            Bad(K::Expectation, 47),
        ),
        (
            "ignored in HTTP/1.0",
            b"GET / HTTP/1.0\r\nExpect: a\r\n\r\n",
            Good("GET / Http10 {Expect: a} None ;"),
        ),
    ]);
}

#[test]
fn a_response_without_a_body_by_its_status_or_method() {
    for (methods, bytes, text) in [
        (
            &["HEAD", "GET"][..],
            &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n"[..],
            "Http11 200 \"OK\" {Content-Length: 5} None ; Http11 404 \"N\" {Content-Length: 0} Length(0) ;",
        ),
        (
            &["HEAD", "GET"],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
            "Http11 200 \"OK\" {Transfer-Encoding: chunked} None ; Http11 204 \"N\" {} None ;",
        ),
        (
            &["HEAD", "GET"],
            b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
            "Http11 200 \"OK\" {} None ; Http11 204 \"N\" {} None ;",
        ),
        (
            &["GET", "GET"],
            b"HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n",
            "Http11 204 \"N\" {Content-Length: 5} None ; Http11 304 \"N\" {Content-Length: 5} None ;",
        ),
        (
            &["GET", "GET"],
            b"HTTP/1.1 304 N\r\nTransfer-Encoding: gzip\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
            "Http11 304 \"N\" {Transfer-Encoding: gzip} None ; Http11 204 \"N\" {} None ;",
        ),
        (
            &["GET"],
            b"HTTP/1.1 100 C\r\nContent-Length: 5\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
            "Http11 100 \"C\" {Content-Length: 5} ; Http11 103 \"E\" {} ; Http11 204 \"N\" {} None ;",
        ),
        (
            &["CONNECT"],
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x01",
            "Http11 200 \"OK\" {Content-Length: 5, Transfer-Encoding: chunked} Tunnel",
        ),
        (
            &["CONNECT", ],
            b"HTTP/1.1 407 P\r\nContent-Length: 1\r\n\r\na",
            "Http11 407 \"P\" {Content-Length: 1} Length(1) +\"a\" ;",
        ),
        (
            &["UPGRADE"],
            b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n\0\x01not HTTP",
            "Http11 101 \"S\" {Connection: upgrade, Upgrade: b} ;",
        ),
        (
            &["UPGRADE"],
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "Http11 200 \"OK\" {Content-Length: 1} Length(1) +\"a\" ;",
        ),
    ] {
        response(text, methods, bytes, Good(text));
    }
}

#[test]
fn responses_that_nobody_asked_for() {
    let ok = "Http11 200 \"OK\" {Content-Length: 0} Length(0) ;";
    for (what, methods, bytes, is) in [
        ("none asked", &[][..], &b"HTTP/1.1 200 OK\r\n\r\n"[..], Bad(K::Unexpected, 0)),
        ("no message at all", &[], b"x", Bad(K::Unexpected, 0)),
        (
            "a second one",
            &["GET"],
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            Then(ok, K::Unexpected, 0),
        ),
        (
            "more than its length",
            &["GET"],
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\na",
            Then(ok, K::Unexpected, 0),
        ),
        (
            "101",
            &["GET"],
            b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n",
            Bad(K::SwitchNotAsked, 0),
        ),
        (
            "101 without Upgrade",
            &["UPGRADE"],
            b"HTTP/1.1 101 S\r\nConnection: upgrade\r\n\r\n",
            Bad(K::SwitchNotAsked, 0),
        ),
        (
            "101 without its option",
            &["UPGRADE"],
            b"HTTP/1.1 101 S\r\nUpgrade: b\r\n\r\n",
            Bad(K::SwitchNotAsked, 0),
        ),
    ] {
        response(what, methods, bytes, is);
    }
}

#[test]
fn informational_responses_are_bounded() {
    let flood = |count: usize| {
        let bytes = "HTTP/1.1 102 P\r\n\r\n".repeat(count) + "HTTP/1.1 204 N\r\n\r\n";
        ask(&["GET", "GET"], bytes.repeat(2).as_bytes(), &[], false).1
    };
    assert_eq!(flood(16), None);
    assert_eq!(flood(17), Some(error(K::TooManyInformational, 0)));
    assert_eq!(flood(10_000), Some(error(K::TooManyInformational, 0)));
}

#[test]
fn the_end_of_the_connection_within_a_response() {
    let responses: [(&[u8], Option<u32>); 5] = [
        (b"", Some(0)),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", Some(23)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", Some(4)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", None),
        (b"HTTP/1.1 200 OK\r\n\r\nhell", None),
    ];
    for (bytes, offset) in responses {
        let (_, found) = ask(&["GET"], bytes, &[], true);
        assert_eq!(found, offset.map(|offset| error(K::Incomplete, offset)), "{bytes:?}");
    }
}

#[test]
fn the_end_of_the_connection_within_a_request() {
    let requests: [(&[u8], Option<u32>); 7] = [
        (b"", None),
        (b"\r\n", None),
        (b"G", Some(1)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", Some(25)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", None),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell", Some(4)),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", None),
    ];
    for (bytes, offset) in requests {
        let mut server = Server::new(Settings::SERVER);
        let hear = |input: &[u8]| {
            let (taken, event) = server.handle_input(input, 0)?;
            Ok((taken, event.is_some()))
        };
        feed(bytes, &[], hear).unwrap();
        let found = server.handle_eof();
        let expected = offset.map(|offset| error(K::Incomplete, offset));
        assert_eq!(found.err(), expected, "{}", bytes.escape_ascii());
        // Who has sent half of a request is told so; who has sent none, nothing.
        let owed = server.poll_transmit(0, &mut [0; 100]).unwrap();
        assert_eq!(owed.is_some(), offset.is_some(), "{}", bytes.escape_ascii());
    }
}
