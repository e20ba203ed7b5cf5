//! What HTTP clients can use up: time, and connections.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sansio_examples::gateway::Limits;
use tokio::net::TcpSocket;

use crate::client::Broker;
use crate::http_client::{Http, PATIENCE};

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

fn from(host: [u8; 4], gateway: SocketAddr) -> Http {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((host, 0).into()).unwrap();
        socket.connect(gateway).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Http::over(stream)
}

/// One host does not shut out all others.
#[test]
fn a_host_leaves_some_connections_for_others() {
    const ONE: [u8; 4] = [127, 0, 0, 1];
    let broker = Broker::with(Limits { connections: 32, ..Limits::default() });
    let ask = |host| {
        let mut http = from(host, broker.http);
        let status = http.get("/").status;
        (http, status)
    };
    let mut first: Vec<_> = (0..6).map(|_| ask(ONE)).collect();
    assert!(first.iter().all(|(_, status)| *status == 200));
    assert_eq!(ask(ONE).1, 503);
    let others: Vec<_> = (0..2).map(|_| ask([127, 0, 0, 2])).collect();
    assert!(others.iter().all(|(_, status)| *status == 200));
    assert_eq!(ask([127, 0, 0, 3]).1, 503);
    drop(others);
    first.pop();
    let begin = Instant::now();
    while ask(ONE).1 != 200 {
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}

/// Also to one that is still sending when it is refused.
#[test]
fn who_is_refused_is_told_so() {
    let broker = Broker::with(Limits { connections: 1, ..Limits::default() });
    let mut first = Http::new(broker.http);
    assert_eq!(first.get("/").status, 200);
    for _ in 0..20 {
        let mut http = Http::new(broker.http);
        for _ in 0..10 {
            http.send(format!("{PUT}Content-Length: 10\r\n\r\n0123456789"));
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(http.answer().status, 503);
    }
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
