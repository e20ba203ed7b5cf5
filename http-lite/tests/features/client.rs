//! Feature `embedded-io`: a client over a transport.

use embedded_io::ErrorKind as Io;
use http_lite::body::BodyPart;
use http_lite::connection::{Budgets, Client, ClientEvent, SendError, Settings};
use http_lite::framing::Framing;
use http_lite::io::{Driver, IoError};
use http_lite::{ErrorKind, Field, Fields, Method, RequestHead, StatusCode, Target};

use crate::transport::Transport;
use crate::wire::{Log, RESPONSE_COUNT, RESPONSES, responses, with_get};

#[test]
fn responses_to_pipelined_requests_from_pieces_of_every_size() {
    for (piece, room) in [(1, 90), (2, 90), (7, 100), (64, 90), (5000, 4000)] {
        for fails in [false, true] {
            let mut transport = Transport::new(RESPONSES, piece);
            transport.fails = fails;
            let mut client = Client::new(Settings::CLIENT.with_buffer(room as u32));
            let (mut input, mut output) = (vec![0; room], [0; 40]);
            let mut driver =
                Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
            let mut log = Log::default();
            for _ in 0..RESPONSE_COUNT {
                while let Err(error) = with_get(|get| driver.sender().request(get)) {
                    assert_eq!(error, IoError::Write(Io::Interrupted));
                }
            }
            loop {
                match driver.read_next() {
                    Ok(Some((event, _))) => log.client(&event),
                    Ok(None) => break,
                    Err(IoError::Read(Io::TimedOut) | IoError::Write(Io::Interrupted)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(log, responses(), "{piece} {fails}");
            let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
            assert_eq!(transport.output, get.repeat(RESPONSE_COUNT));
        }
    }
}

fn with_post(length: Field<'_>, look: impl FnOnce(&RequestHead<'_>)) {
    let fields = [Field::new("Host", "x").unwrap(), length];
    look(&RequestHead::new(Method::POST, Target::ROOT, Fields::new(&fields)));
}

#[test]
fn exchanges_one_behind_the_other() {
    let wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok\
        HTTP/1.1 204 No Content\r\n\r\n";
    // The second response must not come before its request.
    let mut transport = Transport::new(wire, 1);
    let mut client = Client::new(Settings::CLIENT.with_buffer(64));
    let (mut input, mut output) = ([0; 64], [0; 60]);
    let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
    let body = [b'b'; 200];
    with_post(Field::content_length(200), |post| {
        let (head, framing) = driver.exchange(post, &body).unwrap();
        assert_eq!((head.status, framing), (StatusCode::CREATED, Framing::Length(2)));
    });
    let early = with_get(|get| driver.exchange(get, b"").map(|_| ()));
    assert_eq!(early, Err(IoError::Send(SendError::OutOfTurn)));
    let mut content = Vec::<u8>::new();
    while let Some((event, _)) = driver.read_next().unwrap() {
        if let ClientEvent::Body(BodyPart::Data(data)) = event {
            content.extend(data);
        }
    }
    assert_eq!(content, b"ok");
    with_post(Field::CHUNKED, |post| {
        let (head, framing) = driver.exchange(post, b"").unwrap();
        assert_eq!((head.status, framing), (StatusCode::NO_CONTENT, Framing::None));
    });
    // Its end may still be taken.
    assert_eq!(driver.read_next().unwrap().unwrap().0, ClientEvent::Body(BodyPart::End));
    while driver.read_next().unwrap().is_some() {}
    let sent = String::from_utf8(transport.output).unwrap();
    let (first, second) = sent.split_once(&"b".repeat(200)).unwrap();
    assert_eq!(first, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n");
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(second, [head, "0\r\n\r\n"].concat());
    assert!(client.is_idle());
}

#[test]
fn what_a_head_does_not_announce_is_not_sent() {
    for (length, body, error) in [
        (Field::content_length(2), &b"abc"[..], SendError::Invalid(ErrorKind::BodyTooLong)),
        (Field::content_length(2), b"a", SendError::Invalid(ErrorKind::Incomplete)),
        (Field::content_length(0), b"a", SendError::OutOfTurn),
    ] {
        let mut transport = Transport::new(b"", 1);
        let mut client = Client::new(Settings::CLIENT.with_buffer(64));
        let (mut input, mut output) = ([0; 64], [0; 128]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        with_post(length, |post| {
            assert_eq!(driver.exchange(post, body).unwrap_err(), IoError::Send(error));
        });
    }
}

#[test]
fn another_protocol_is_an_answer_too() {
    let wire = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\nyyy";
    let mut transport = Transport::new(wire, 5000);
    let mut client = Client::new(Settings::CLIENT.with_buffer(128));
    let (mut input, mut output) = ([0; 128], [0; 128]);
    let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
    let fields = [("Host", "x"), ("Connection", "upgrade"), ("Upgrade", "y")]
        .map(|(name, value)| Field::new(name, value).unwrap());
    let get = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    let (head, framing) = driver.exchange(&get, b"").unwrap();
    assert_eq!((head.status.get(), framing), (101, Framing::Tunnel));
    assert!(driver.read_next().unwrap().is_none());
    assert_eq!(driver.into_input().held(), b"yyy");
}

#[test]
fn an_end_within_a_response_and_bytes_that_answer_nothing() {
    for (wire, kind) in [
        (&b""[..], ErrorKind::Incomplete),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ErrorKind::Incomplete),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", ErrorKind::Incomplete),
        (b"HTTP/1.1 204 OK\r\n\r\nx", ErrorKind::Unexpected),
        (b"HTTP/1.1 2x4 OK\r\n\r\n", ErrorKind::StatusCode),
    ] {
        let mut transport = Transport::new(wire, 5000);
        let mut client = Client::new(Settings::CLIENT.with_buffer(64));
        let (mut input, mut output) = ([0; 64], [0; 64]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        with_get(|get| driver.sender().request(get)).unwrap();
        let error = loop {
            match driver.read_next() {
                Ok(event) => assert!(event.is_some()),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, IoError::Message(error) if error.kind == kind), "{error}");
        // It stays.
        assert_eq!(driver.read_next().unwrap_err(), error);
    }
}

#[test]
fn a_response_without_a_body_ends_with_the_next_exchange() {
    let none = "HTTP/1.1 204 No Content\r\n\r\n";
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let wire = [none, empty, none, two, none].concat();
    let mut transport = Transport::new(wire.as_bytes(), 1);
    let mut client = Client::new(Settings::CLIENT.with_buffer(64));
    let (mut input, mut output) = ([0; 64], [0; 64]);
    let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
    for status in [204, 200, 204, 200] {
        let given = with_get(|get| driver.exchange(get, b"").map(|(head, _)| head.status.get()));
        assert_eq!(given, Ok(status));
    }
    // A body has not ended before it was read, each byte of it.
    for part in [&b"o"[..], b"k"] {
        let early = with_get(|get| driver.exchange(get, b"").map(|_| ()));
        assert_eq!(early, Err(IoError::Send(SendError::OutOfTurn)));
        let (event, _) = driver.read_next().unwrap().unwrap();
        assert_eq!(event, ClientEvent::Body(BodyPart::Data(part)));
    }
    assert_eq!(with_get(|get| driver.exchange(get, b"").unwrap().0.status.get()), 204);
    assert!(driver.read_next().unwrap().is_some() && driver.read_next().unwrap().is_none());
    assert_eq!(transport.output, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5));
}

/// What answers nothing, behind a response, and how much of the response is read.
const UNASKED: [(&str, usize); 5] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil", 2),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n\r\n", 2),
    ("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nevil", 1),
    ("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nevil", 0),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil", 1),
];

#[test]
fn nothing_is_sent_behind_bytes_that_answer_nothing() {
    let unexpected = |error: &IoError<Io>| matches!(error, IoError::Message(error) if error.kind == ErrorKind::Unexpected);
    let get_line = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (wire, parts) in UNASKED {
        let mut transport = Transport::new(wire.as_bytes(), 5000);
        let mut client = Client::new(Settings::CLIENT.with_buffer(128));
        let (mut input, mut output) = ([0; 128], [0; 64]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        with_get(|get| driver.exchange(get, b"").map(|_| ()).unwrap());
        for _ in 0..parts {
            assert!(matches!(driver.read_next().unwrap(), Some((ClientEvent::Body(_), _))));
        }
        for _ in 0..2 {
            let error = with_get(|get| driver.exchange(get, b"").map(|_| ()).unwrap_err());
            assert!(unexpected(&error), "{wire} {error}");
        }
        let sent = with_get(|get| driver.sender().request(get));
        assert_eq!(sent, Err(IoError::Send(SendError::OutOfTurn)));
        assert!(unexpected(&driver.read_next().unwrap_err()));
        driver.sender().send().unwrap();
        assert_eq!(transport.output, get_line);
    }
    // The same without exchange, from the last event and behind it.
    for at_event in [true, false] {
        let mut transport = Transport::new(UNASKED[0].0.as_bytes(), 5000);
        let mut client = Client::new(Settings::CLIENT.with_buffer(128));
        let (mut input, mut output) = ([0; 128], [0; 64]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        with_get(|get| driver.sender().request(get)).unwrap();
        while let Some((event, sender)) = driver.read_next().unwrap() {
            if event == ClientEvent::Body(BodyPart::End) {
                if at_event {
                    let sent = with_get(|get| sender.request(get));
                    assert_eq!(sent, Err(IoError::Send(SendError::OutOfTurn)));
                }
                break;
            }
        }
        let sent = with_get(|get| driver.sender().request(get));
        assert_eq!(sent, Err(IoError::Send(SendError::OutOfTurn)));
        assert!(unexpected(&driver.read_next().unwrap_err()));
        assert_eq!(transport.output, get_line);
    }
}

#[test]
fn what_answers_nothing_is_found_behind_an_early_response() {
    let mut transport = Transport::new(UNASKED[0].0.as_bytes(), 5000);
    let mut client = Client::new(Settings::CLIENT.with_buffer(128));
    let (mut input, mut output) = ([0; 128], [0; 64]);
    let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
    with_post(Field::content_length(2), |post| driver.sender().request(post).unwrap());
    while driver.read_next().unwrap().unwrap().0 != ClientEvent::Body(BodyPart::End) {}
    let sent = driver.sender().data(b"ab").and_then(|()| driver.sender().finish(&Fields::EMPTY));
    assert_eq!(sent, Err(IoError::Send(SendError::OutOfTurn)));
    assert!(with_get(|get| driver.sender().request(get)).is_err());
}

#[test]
fn what_is_held_is_taken_before_it_is_late() {
    let budgets = Budgets { head_ms: 30, body_ms: 30, body_bytes: 100, idle_ms: 30 };
    let settings = Settings::CLIENT.with_budgets(budgets).with_buffer(64);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let wire = head.to_owned() + "ok";
    // A read lasts 40 ms: that of all, that of the end of the head, that of the body.
    for (piece, reads) in [(5000, 0), (30, 1), (head.len(), 1)] {
        let mut transport = Transport::new(wire.as_bytes(), piece);
        transport.slow_from = reads;
        let now = transport.now_ms.clone();
        let mut client = Client::new(settings);
        let (mut input, mut output) = ([0; 64], [0; 64]);
        let mut driver =
            Driver::new(&mut client, &mut transport, || now.get(), &mut input, &mut output);
        with_get(|get| driver.exchange(get, b"").map(|_| ()).unwrap());
        now.set(now.get() + 40); // we are slow too
        let mut content = Vec::<u8>::new();
        while let Some((event, _)) = driver.read_next().unwrap() {
            if let ClientEvent::Body(BodyPart::Data(data)) = event {
                content.extend(data);
            }
        }
        assert_eq!(content, b"ok");
    }
}

#[test]
fn slow_servers_are_cut_when_a_read_gives_up() {
    let budgets = Budgets { head_ms: 30, body_ms: 50, body_bytes: 100, idle_ms: 1 };
    for (wire, ms) in [
        (&b""[..], 30),
        (b"HTTP/1.1 200", 30),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", 50),
    ] {
        let mut transport = Transport::new(wire, 5000);
        transport.open = true;
        let now = transport.now_ms.clone();
        let mut client = Client::new(Settings::CLIENT.with_budgets(budgets).with_buffer(64));
        let (mut input, mut output) = ([0; 64], [0; 64]);
        let mut driver =
            Driver::new(&mut client, &mut transport, || now.get(), &mut input, &mut output);
        with_get(|get| driver.sender().request(get)).unwrap();
        let error = loop {
            match driver.read_next() {
                Ok(event) => assert!(event.is_some()),
                Err(IoError::Read(Io::TimedOut)) => now.set(now.get() + 10),
                Err(error) => break error,
            }
        };
        let slow = |kind| kind == ErrorKind::TooSlow;
        assert!(matches!(error, IoError::Message(error) if slow(error.kind)), "{error}");
        assert_eq!(now.get(), ms);
    }
}
