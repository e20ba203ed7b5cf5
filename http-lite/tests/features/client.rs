//! Feature `embedded-io`: a client over a transport.

use embedded_io::ErrorKind as Io;
use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, SendError, Settings};
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
