//! What HTTP clients can use up: time, and connections.

use std::io::Write;
use std::time::{Duration, Instant};

use sansio_examples::gateway::Limits;

use crate::client::Broker;
use crate::http_client::Http;

const PUT: &str = "PUT /topics/a HTTP/1.1\r\nHost: a\r\n";

#[test]
fn who_is_slow_is_cut() {
    let connect_timeout = Duration::from_millis(500);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let drip = |begin: &str, more: &[u8], pause: u64| {
        let mut http = Http::new(broker.http);
        let start = Instant::now();
        http.send(begin);
        http.stream.set_nonblocking(true).unwrap();
        let mut bytes = more.iter().cycle();
        let mut one = [0];
        while http.stream.peek(&mut one).is_err() {
            let _ = http.stream.write_all(&[*bytes.next().unwrap()]);
            std::thread::sleep(Duration::from_millis(pause));
            assert!(start.elapsed() < Duration::from_secs(9), "{begin:?}");
        }
        http.stream.set_nonblocking(false).unwrap();
        http.answer().expect_refusal(408);
        http.expect_closed();
        start.elapsed().as_millis()
    };
    for (begin, more) in [
        ("G", "ET / HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
        ("GET / HTTP/1.1\r\n", "X: y\r\n"),
        (&format!("{PUT}Content-Length: 1000000\r\n\r\n"), "x"),
        (&format!("{PUT}Transfer-Encoding: chunked\r\n\r\n"), "1\r\nx\r\n"),
    ] {
        let took = drip(begin, more.as_bytes(), 20);
        assert!((490..8000).contains(&took), "{begin:?} {took}");
    }
    // One who says nothing at all is let go without a word, later.
    let silent = |asks: bool| {
        let mut http = Http::new(broker.http);
        if asks {
            http.get("/");
        }
        let start = Instant::now();
        http.expect_closed();
        start.elapsed().as_millis()
    };
    for asks in [false, true] {
        let took = silent(asks);
        assert!((2900..9000).contains(&took), "{took}");
    }
}

/// A body that comes at 2 kB in the time of a head is not too slow.
#[test]
fn who_is_not_so_slow_is_waited_for() {
    let connect_timeout = Duration::from_secs(1);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let mut http = Http::new(broker.http);
    http.send(format!("{PUT}Content-Length: 10000\r\n\r\n"));
    for _ in 0..10 {
        http.send([b'x'; 1000]);
        std::thread::sleep(Duration::from_millis(250));
    }
    http.answer().expect(201, "");
}

/// Who takes nothing of what it asked for is let go, and who takes it slowly gets all of it.
#[test]
fn slow_readers() {
    let connect_timeout = Duration::from_millis(500);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let body = vec![b'x'; 1_000_000];
    Http::new(broker.http).put("/topics/a", &body).expect(201, "");
    let request = "GET /topics/a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    let mut never = Http::new(broker.http);
    never.send(&request);
    let mut slow = Http::new(broker.http);
    slow.send(&request);
    for _ in 0..20 {
        slow.answer().expect(200, &body);
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(slow);
    let got = never.rest().len();
    assert!(got < 30_000_000, "{got}");
}

#[test]
fn a_quarter_of_the_connections_and_no_more() {
    let broker = Broker::with(Limits { connections: 8, ..Limits::default() });
    let mut first = Http::new(broker.http);
    assert_eq!(first.get("/").status, 200);
    let mut second = Http::new(broker.http);
    assert_eq!(second.get("/").status, 200);
    for _ in 0..10 {
        let mut third = Http::new(broker.http);
        let refused = third.answer();
        assert_eq!((refused.status, refused.field("connection")), (503, Some("close")));
        assert!(refused.field("retry-after").is_some());
        third.expect_closed();
    }
    drop(first);
    let begin = Instant::now();
    loop {
        assert!(begin.elapsed() < Duration::from_secs(5));
        let mut http = Http::new(broker.http);
        let _ = http.stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        if http.answer().status == 200 {
            break;
        }
    }
    assert_eq!(second.get("/").status, 200);
    broker.client(mqtt_codec::Version::V5, "mqtt").expect_nothing();
}
