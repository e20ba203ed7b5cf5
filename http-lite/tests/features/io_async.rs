//! Feature `embedded-io-async`: every future is dropped at every await, and nothing is lost.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use http_lite::body::{BodyDecoder, BodyPart};
use http_lite::connection::{
    Budgets, Client, ClientEvent, SendError, Server, ServerEvent, Settings,
};
use http_lite::io::{Driver, IoError, ReadBuffer};
use http_lite::{ErrorKind, Field, Fields, HeadParser, Method, RequestHead, Target};

use crate::transport::Transport;
use crate::wire::{
    Log, REQUESTS, RESPONSE_COUNT, RESPONSES, request_framing, requests, response_framing,
    responses, with_get, with_ok,
};

/// Polls once; `None` if the future has to wait, and then drops it.
fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Makes a new future of the call each time that one has to wait.
macro_rules! again {
    ($call:expr) => {
        loop {
            if let Some(given) = once($call) {
                break given.unwrap();
            }
        }
    };
}

const CUTS: [(usize, usize, usize); 8] = [
    (1, 90, 0),
    (1, 90, 1),
    (2, 90, 2),
    (7, 100, 1),
    (7, 100, 3),
    (64, 90, 1),
    (5000, 4000, 0),
    (5000, 4000, 2),
];

#[test]
fn heads_and_bodies_are_read_to_the_end() {
    for (piece, room, busy) in CUTS {
        let mut transport = Transport::new(REQUESTS, piece);
        transport.busy = busy;
        let mut bytes = vec![0; room];
        let (mut buffer, mut log) = (ReadBuffer::new(&mut bytes), Log::default());
        let mut parser = HeadParser::new();
        while let Some(head) = again!(buffer.read_request_async(&mut parser, &mut transport)) {
            let framing = request_framing(&parser);
            log.request(&head, &format!("{framing:?}"));
            let mut decoder = BodyDecoder::new(framing);
            while let Some(part) = again!(buffer.read_body_async(&mut decoder, &mut transport)) {
                log.part(&part);
            }
        }
        assert_eq!(log, requests(), "{piece} {busy}");

        let mut transport = Transport::new(RESPONSES, piece);
        transport.busy = busy;
        let (mut buffer, mut log) = (ReadBuffer::new(&mut bytes), Log::default());
        let mut parser = HeadParser::new();
        while let Some(head) = again!(buffer.read_response_async(&mut parser, &mut transport)) {
            if head.status.is_informational() {
                log.response(&head, "informational");
                continue;
            }
            let framing = response_framing(&parser, head.status);
            log.response(&head, &format!("{framing:?}"));
            let mut decoder = BodyDecoder::new(framing);
            while let Some(part) = again!(buffer.read_body_async(&mut decoder, &mut transport)) {
                log.part(&part);
            }
        }
        assert_eq!(log, responses(), "{piece} {busy}");
    }
}

#[test]
fn a_server_loses_and_repeats_nothing() {
    let mut sent = Vec::new();
    for (piece, room, busy) in CUTS {
        let mut transport = Transport::new(REQUESTS, piece);
        transport.busy = busy;
        let mut log = Log::default();
        let mut server = Server::new(Settings::SERVER.with_buffer(room as u32));
        let (mut input, mut output) = (vec![0; room], [0; 50]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        while let Some((event, sender)) = again!(driver.read_next_async()) {
            log.server(&event);
            if event == ServerEvent::Body(BodyPart::End) {
                let content = [b'c'; 120];
                let text = core::str::from_utf8(&content).unwrap();
                with_ok(text, |ok| again!(sender.respond_async(ok)));
                let mut rest = &content[..];
                again!(sender.data_async(&mut rest));
                assert!(rest.is_empty());
                again!(sender.finish_async(&Fields::EMPTY));
            }
        }
        assert_eq!(log, requests(), "{piece} {busy}");
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 120\r\n\r\n".to_owned() + &"c".repeat(120);
        sent = answer.repeat(5).into_bytes();
        assert_eq!(transport.output, sent, "{piece} {busy}");
    }
    assert!(!sent.is_empty());
}

#[test]
fn a_client_loses_and_repeats_nothing() {
    for (piece, room, busy) in CUTS {
        let mut transport = Transport::new(RESPONSES, piece);
        transport.busy = busy;
        let mut log = Log::default();
        let mut client = Client::new(Settings::CLIENT.with_buffer(room as u32));
        let (mut input, mut output) = (vec![0; room], [0; 60]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        let fields = [Field::new("Host", "x").unwrap(), Field::content_length(100)];
        let post = RequestHead::new(Method::POST, Target::ROOT, Fields::new(&fields));
        again!(driver.sender().request_async(&post));
        let content = [b'c'; 100];
        let mut rest = &content[..];
        again!(driver.sender().data_async(&mut rest));
        again!(driver.sender().finish_async(&Fields::EMPTY));
        for _ in 1..RESPONSE_COUNT {
            with_get(|get| again!(driver.sender().request_async(get)));
        }
        while let Some((event, _)) = again!(driver.read_next_async()) {
            log.client(&event);
        }
        assert_eq!(log, responses(), "{piece} {busy}");
        let head = &b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"[..];
        let gets = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(RESPONSE_COUNT - 1);
        assert_eq!(transport.output, [head, &content, &gets].concat(), "{piece} {busy}");
    }
}

#[test]
fn who_reads_a_body_that_waits_for_100_sends_it() {
    let head = "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let wire = [head, "hi"].concat();
    for busy in 0..3 {
        let mut transport = Transport::new(wire.as_bytes(), head.len());
        transport.busy = busy;
        let mut server = Server::new(Settings::SERVER.with_buffer(100));
        let (mut input, mut output) = ([0; 100], [0; 64]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        while let Some((event, sender)) = again!(driver.read_next_async()) {
            if event == ServerEvent::Body(BodyPart::End) {
                with_ok("", |ok| again!(sender.respond_async(ok)));
            }
        }
        let sent = String::from_utf8(transport.output).unwrap();
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(sent, ["HTTP/1.1 100 Continue\r\n\r\n", ok].concat());
    }
}

#[test]
fn nothing_is_sent_behind_bytes_that_answer_nothing() {
    for busy in 0..3 {
        let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil";
        let mut transport = Transport::new(wire, 5000);
        transport.busy = busy;
        let mut client = Client::new(Settings::CLIENT.with_buffer(128));
        let (mut input, mut output) = ([0; 128], [0; 64]);
        let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
        with_get(|get| again!(driver.sender().request_async(get)));
        while let Some((event, _)) = again!(driver.read_next_async()) {
            if event == ClientEvent::Body(BodyPart::End) {
                break;
            }
        }
        let sent = with_get(|get| once(driver.sender().request_async(get)));
        assert_eq!(sent, Some(Err(IoError::Send(SendError::OutOfTurn))));
        let error = once(driver.read_next_async()).unwrap().unwrap_err();
        let unexpected = |kind| kind == ErrorKind::Unexpected;
        assert!(matches!(error, IoError::Message(error) if unexpected(error.kind)));
        assert_eq!(transport.output, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    }
}

#[test]
fn what_is_held_is_taken_before_it_is_late() {
    let budgets = Budgets { head_ms: 30, body_ms: 30, body_bytes: 100, idle_ms: 30 };
    for busy in 0..2 {
        let mut transport = Transport::new(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 20);
        transport.busy = busy;
        transport.slow_from = 1;
        let now = transport.now_ms.clone();
        let settings = Settings::SERVER.with_budgets(budgets).with_buffer(64);
        let mut server = Server::new(settings);
        let (mut input, mut output) = ([0; 64], [0; 64]);
        let mut driver =
            Driver::new(&mut server, &mut transport, || now.get(), &mut input, &mut output);
        let event = again!(driver.read_next_async());
        assert!(matches!(event, Some((ServerEvent::Request { .. }, _))));
    }
}

#[test]
fn errors_are_answered_and_told() {
    for busy in 0..3 {
        let mut transport = Transport::new(b"GET / HTTP/1.1\r\n\r\nmore", 4);
        transport.busy = busy;
        let mut server = Server::new(Settings::SERVER.with_buffer(64));
        let (mut input, mut output) = ([0; 64], [0; 128]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        for _ in 0..2 {
            let error = loop {
                if let Some(given) = once(driver.read_next_async()) {
                    break given.unwrap_err();
                }
            };
            let host_missing = |kind| kind == ErrorKind::HostMissing;
            assert!(matches!(error, IoError::Message(error) if host_missing(error.kind)));
        }
        let sent = String::from_utf8(transport.output).unwrap();
        let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(sent, answer);
    }
}

#[test]
fn who_takes_nothing_is_an_error() {
    let mut transport = Transport::new(b"", 1);
    transport.room = 3;
    let mut client = Client::new(Settings::CLIENT.with_buffer(64));
    let (mut input, mut output) = ([0; 64], [0; 64]);
    let mut driver = Driver::new(&mut client, &mut transport, || 0, &mut input, &mut output);
    with_get(|get| again!(driver.sender().request_async(get)));
    assert_eq!(once(driver.sender().send_async()), Some(Err(IoError::WriteZero)));
}
