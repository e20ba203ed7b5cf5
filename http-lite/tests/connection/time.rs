//! Time: early and spurious calls of `handle_timeout` do nothing, and clocks may jump.

use http_lite::connection::{Budgets, Client, Server, Settings};
use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

const BUDGETS: Budgets = Budgets { head_ms: 100, body_ms: 50, body_bytes: 4, idle_ms: 1000 };

#[test]
fn spurious_timeouts_of_a_server_do_nothing() {
    let bytes = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd";
    let mut server = Server::new(Settings::SERVER.with_budgets(BUDGETS));
    let mut taken = 0;
    for (now_ms, end) in (0..=bytes.len()).enumerate() {
        let now_ms = now_ms as u64;
        while let (len, Some(_)) = server.handle_input(&bytes[taken..end], now_ms).unwrap() {
            taken += len;
        }
        let before = format!("{server:?}");
        let deadline = server.poll_timeout();
        for early in [0, now_ms, deadline.unwrap_or(u64::MAX).saturating_sub(1)] {
            server.handle_timeout(early);
            assert_eq!(format!("{server:?}"), before, "{end} bytes, at {early} ms");
        }
        // A copy, and too late.
        if let Some(deadline) = deadline {
            let mut late = server.clone();
            late.handle_timeout(deadline);
            assert!(late.poll_timeout().is_none());
            let again = format!("{late:?}");
            late.handle_timeout(u64::MAX);
            assert_eq!(format!("{late:?}"), again);
        }
    }
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn spurious_timeouts_of_a_client_do_nothing() {
    let mut client = Client::new(Settings::CLIENT.with_budgets(BUDGETS));
    let host = [Field::new("Host", "h").unwrap()];
    let head = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&host));
    client.request(&head, 5, &mut [0; 100]).unwrap();
    assert_eq!(client.poll_timeout(), Some(105));
    let bytes = b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd";
    let mut taken = 0;
    for end in 0..=bytes.len() {
        while let (len, Some(_)) = client.handle_input(&bytes[taken..end], 5).unwrap() {
            taken += len;
        }
        let before = format!("{client:?}");
        for early in [0, 5, client.poll_timeout().unwrap_or(u64::MAX).saturating_sub(1)] {
            client.handle_timeout(early);
            assert_eq!(format!("{client:?}"), before, "{end} bytes");
        }
        if let Some(deadline) = client.poll_timeout() {
            let mut late = client.clone();
            late.handle_timeout(deadline);
            assert!(late.wants_close() && late.poll_timeout().is_none());
        }
    }
    assert_eq!(client.poll_timeout(), None);
}

/// What comes with the head is the first of its period.
#[test]
fn bytes_that_come_with_the_head_count() {
    let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n";
    for (with_head, deadline) in [(&b"abc"[..], 90), (b"ab", 50)] {
        let mut server = Server::new(Settings::SERVER.with_budgets(BUDGETS));
        let received = [head, with_head].concat();
        let (len, _) = server.handle_input(&received, 0).unwrap();
        server.handle_input(&received[len..], 0).unwrap();
        server.handle_input(b"", 0).unwrap();
        assert_eq!(server.poll_timeout(), Some(50));
        // The fourth byte ends the period, the third does not.
        server.handle_input(b"d", 40).unwrap();
        server.handle_input(b"", 40).unwrap();
        assert_eq!(server.poll_timeout(), Some(deadline));
    }
}

/// Whatever ends last, and before anything is received.
#[test]
fn the_time_between_requests_begins_with_the_end_of_both() {
    let mut out = [0; 100];
    let (get, post) = ("GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 1\r\n");
    let hear = |server: &mut Server, line: &str| {
        let head = format!("{line}Host: h\r\n\r\n");
        server.handle_input(head.as_bytes(), 0).unwrap();
        server.handle_input(b"", 0).unwrap();
    };
    let idle = Server::new(Settings::SERVER.with_budgets(BUDGETS));
    let empty = ResponseHead::new(StatusCode::NO_CONTENT, Fields::EMPTY);

    let mut server = idle.clone();
    hear(&mut server, get);
    server.respond(&empty, 7, &mut out).unwrap();
    assert_eq!(server.poll_timeout(), Some(1007));

    let mut server = idle.clone();
    hear(&mut server, get);
    let fields = [Field::content_length(1)];
    server.respond(&ResponseHead::new(StatusCode::OK, Fields::new(&fields)), 7, &mut out).unwrap();
    server.data(b"x", &mut out).unwrap();
    assert_eq!(server.poll_timeout(), None);
    server.finish(&Fields::EMPTY, 9, &mut out).unwrap();
    assert_eq!(server.poll_timeout(), Some(1009));

    let mut server = idle;
    hear(&mut server, post);
    server.respond(&empty, 7, &mut out).unwrap();
    assert_eq!(server.poll_timeout(), Some(50));
    server.handle_input(b"x", 11).unwrap();
    server.handle_input(b"", 12).unwrap();
    assert_eq!(server.poll_timeout(), Some(1012));
}

/// Near the end of time no deadline wraps; without budgets there is none.
#[test]
fn deadlines_do_not_wrap() {
    let mut server = Server::new(Settings::SERVER.with_budgets(BUDGETS));
    assert_eq!(server.poll_timeout(), None);
    server.handle_input(b"GET", u64::MAX - 5).unwrap();
    assert_eq!(server.poll_timeout(), None);
    server.handle_timeout(u64::MAX);
    assert!(server.handle_input(b"GET /", u64::MAX).is_ok());

    let mut server = Server::new(Settings::SERVER.with_budgets(Budgets::NONE));
    for len in 0..5 {
        server.handle_input(&b"GET /"[..len], 0).unwrap();
        assert_eq!(server.poll_timeout(), None);
    }
    server.handle_timeout(u64::MAX);
    assert!(server.wants_input());
}
