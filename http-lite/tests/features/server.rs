//! Feature `embedded-io`: a server over a transport.

use core::cell::Cell;

use embedded_io::ErrorKind as Io;
use http_lite::body::BodyPart;
use http_lite::connection::{Budgets, SendError, Server, ServerEvent, Settings};
use http_lite::io::{Driver, IoError, Sender};
use http_lite::{DecodeError, ErrorKind, Field, Fields, ResponseHead, StatusCode};

use crate::transport::Transport;
use crate::wire::{Log, REQUESTS, requests, with_ok};

/// What is answered to [`REQUESTS`]: to each how much content it had.
fn answers() -> Vec<u8> {
    let answer = |length: &str| {
        let len = length.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{length}").into_bytes()
    };
    ["0", "5", "15", "0", "0"].map(answer).concat()
}

/// Answers all requests, going on behind each failure of the transport.
fn serve(transport: &mut Transport<'_>, room: usize) -> Log {
    let (mut log, mut content) = (Log::default(), 0);
    let mut server = Server::new(Settings::SERVER.with_buffer(room as u32));
    let (mut input, mut output) = (vec![0; room], vec![0; 64]);
    let mut driver = Driver::new(&mut server, transport, || 0, &mut input, &mut output);
    loop {
        let (event, sender) = match driver.read_next() {
            Ok(Some(next)) => next,
            Ok(None) => return log,
            Err(IoError::Read(Io::TimedOut) | IoError::Write(Io::Interrupted)) => continue,
            Err(error) => panic!("{error}"),
        };
        log.server(&event);
        match event {
            ServerEvent::Body(BodyPart::Data(data)) => content += data.len(),
            ServerEvent::Body(BodyPart::End) => {
                let text = content.to_string();
                let again = |result: Result<(), IoError<Io>>| match result {
                    Err(error) => {
                        assert_eq!(error, IoError::Write(Io::Interrupted));
                        false
                    }
                    Ok(()) => true,
                };
                with_ok(&text, |ok| while !again(sender.respond(ok)) {});
                while !again(sender.data(text.as_bytes())) {}
                while !again(sender.finish(&Fields::EMPTY)) {}
                content = 0;
            }
            _ => {}
        }
    }
}

#[test]
fn requests_from_pieces_of_every_size_are_answered() {
    for (piece, room) in [(1, 90), (2, 90), (7, 100), (64, 90), (5000, 4000)] {
        for fails in [false, true] {
            let mut transport = Transport::new(REQUESTS, piece);
            transport.fails = fails;
            let log = serve(&mut transport, room);
            assert_eq!(log, requests(), "{piece} {fails}");
            assert_eq!(transport.output, answers(), "{piece} {fails}");
        }
    }
}

#[test]
fn data_that_is_longer_than_the_output_goes_through_it() {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for (piece, room) in [(1, 60), (3, 61), (5000, 70), (5000, 5000)] {
        let mut transport = Transport::new(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", piece);
        let mut server = Server::new(Settings::SERVER.with_buffer(64));
        let (mut input, mut output) = ([0; 64], vec![0; room]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        while let Some((event, sender)) = driver.read_next().unwrap() {
            if event == ServerEvent::Body(BodyPart::End) {
                let fields = [Field::CHUNKED];
                let head = ResponseHead::new(StatusCode::OK, Fields::new(&fields));
                sender.respond(&head).unwrap();
                sender.data(&data).unwrap();
                sender.finish(&Fields::EMPTY).unwrap();
            }
        }
        let at = transport.output.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        let mut body = transport.output.split_off(at);
        let mut decoder = http_lite::body::BodyDecoder::new(http_lite::framing::Framing::Chunked);
        let found = decoder.decode_in_place(&mut body).unwrap();
        assert!(found.done && found.taken == body.len());
        assert_eq!(body[..found.content], data, "{piece} {room}");
    }
}

/// Serves without answering; what it ends with, and what was sent.
fn refuse(input: &[u8], settings: Settings) -> (Result<(), IoError<Io>>, String) {
    let mut transport = Transport::new(input, 5);
    let mut server = Server::new(settings);
    let (mut input, mut output) = ([0; 64], [0; 128]);
    let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
    let result = loop {
        match driver.read_next() {
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (result, String::from_utf8(transport.output).unwrap())
}

#[test]
fn what_is_malformed_is_answered_and_told() {
    let settings = Settings::SERVER.with_buffer(64);
    for (input, kind, answer) in [
        (&b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"[..], ErrorKind::SpaceBeforeColon, "400"),
        (b"GET / HTTP/1.1\r\n\r\n", ErrorKind::HostMissing, "400"),
        (b"GET / HTTP/2.0\r\n\r\n", ErrorKind::VersionUnsupported, "505"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nx: 678901234567890123456789012345678901234567890\r\n\r\n",
            ErrorKind::FieldsTooLong,
            "431",
        ),
        (b"GET / HTTP/1.1\r\nHo", ErrorKind::Incomplete, "400"),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na", ErrorKind::Incomplete, "400"),
    ] {
        let (result, sent) = refuse(input, settings);
        let Err(IoError::Message(error)) = result else { panic!("{result:?}") };
        assert_eq!(error.kind, kind);
        assert!(sent.starts_with(&format!("HTTP/1.1 {answer} ")), "{sent}");
        assert!(sent.contains("\r\nConnection: close\r\n"), "{sent}");
    }
    assert_eq!(refuse(b"", settings), (Ok(()), String::new()));
}

#[test]
fn who_does_not_answer_is_told() {
    let settings = Settings::SERVER.with_buffer(64);
    let (result, sent) = refuse(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", settings);
    assert_eq!((result, &*sent), (Err(IoError::Send(SendError::OutOfTurn)), ""));
    // A limit that does not go with the buffer.
    let long = [&b"GET / HTTP/1.1\r\nHost: x\r\nx: "[..], &[b'x'; 99]].concat();
    assert_eq!(refuse(&long, Settings::SERVER).0, Err(IoError::BufferFull));
}

#[test]
fn slow_clients_are_cut_when_a_read_gives_up() {
    let budgets = Budgets { head_ms: 30, body_ms: 30, body_bytes: 100, idle_ms: 70 };
    let settings = Settings::SERVER.with_budgets(budgets).with_buffer(64);
    for (bytes, ends, answer) in [
        (&b""[..], Ok(()), ""),
        (b"GET /", Err(ErrorKind::TooSlow), "HTTP/1.1 408 "),
        (
            b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na",
            Err(ErrorKind::TooSlow),
            "HTTP/1.1 408 ",
        ),
    ] {
        let now = Cell::new(1000);
        let mut transport = Transport::new(bytes, 64);
        transport.open = true;
        let mut server = Server::new(settings);
        let (mut input, mut output) = ([0; 64], [0; 128]);
        let mut driver =
            Driver::new(&mut server, &mut transport, || now.get(), &mut input, &mut output);
        let (mut waited, result) = (
            0,
            loop {
                match driver.read_next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break Ok(()),
                    Err(IoError::Read(Io::TimedOut)) => now.set(now.get() + 10),
                    Err(IoError::Message(DecodeError { kind, .. })) => break Err(kind),
                    Err(error) => panic!("{error}"),
                }
            },
        );
        waited += now.get() - 1000;
        assert_eq!(result, ends);
        assert_eq!(waited, if bytes.is_empty() { 70 } else { 30 });
        let sent = String::from_utf8(transport.output).unwrap();
        assert!(sent.starts_with(answer) && sent.is_empty() == answer.is_empty(), "{sent}");
    }
}

#[test]
fn bytes_of_another_protocol_are_handed_on() {
    let wire = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\nyyy";
    let mut transport = Transport::new(wire, 5000);
    let mut server = Server::new(Settings::SERVER.with_buffer(128));
    let (mut input, mut output) = ([0; 128], [0; 128]);
    let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
    while let Some((event, sender)) = driver.read_next().unwrap() {
        if event == ServerEvent::Body(BodyPart::End) {
            assert!(sender.machine().is_switch_asked());
            let [connection, upgrade] = [("Connection", "upgrade"), ("Upgrade", "y")]
                .map(|(name, value)| Field::new(name, value).unwrap());
            let fields = [connection, upgrade];
            let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, Fields::new(&fields));
            sender.respond(&head).unwrap();
        }
    }
    assert_eq!(driver.into_input().held(), b"yyy");
    assert!(transport.output.starts_with(b"HTTP/1.1 101 ") && server.is_switched());
}

#[test]
fn a_transport_that_is_full_is_gone_on_with() {
    let mut transport = Transport::new(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 10);
    transport.room = 13;
    let mut server = Server::new(Settings::SERVER.with_buffer(64));
    let (mut input, mut output) = ([0; 64], [0; 128]);
    let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
    while let Some((event, sender)) = driver.read_next().unwrap() {
        if event == ServerEvent::Body(BodyPart::End) {
            with_ok("", |ok| sender.respond(ok).unwrap());
            break;
        }
    }
    assert_eq!(driver.sender().send(), Err(IoError::WriteZero));
    assert_eq!(driver.read_next().unwrap_err(), IoError::WriteZero);
    assert_eq!(transport.output, b"HTTP/1.1 200 ");
}

/// A request with a body that waits for 100.
const EXPECTS: &str =
    "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn who_reads_a_body_that_waits_for_100_sends_it() {
    let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    let wire = [get, EXPECTS, "hi"].concat();
    // The answer before it waits still, and leaves room for it or not.
    for (room, fails) in [(39, false), (40, true), (63, false), (64, false), (200, true)] {
        let mut transport = Transport::new(wire.as_bytes(), get.len() + EXPECTS.len());
        transport.fails = fails;
        let mut server = Server::new(Settings::SERVER.with_buffer(100));
        let (mut input, mut output) = ([0; 100], vec![0; room]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        let mut count = 0;
        loop {
            let (event, sender) = match driver.read_next() {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(IoError::Read(Io::TimedOut) | IoError::Write(Io::Interrupted)) => continue,
                Err(error) => panic!("{error}"),
            };
            match event {
                ServerEvent::Body(BodyPart::Data(data)) => {
                    count += data.len();
                    assert!(!sender.machine().awaits_continue());
                }
                ServerEvent::Body(BodyPart::End) => {
                    let text = count.to_string();
                    let mut again = |send: &dyn Fn(&mut Sender<'_, _, _, _>) -> _| {
                        while let Err(error) = send(sender) {
                            assert_eq!(error, IoError::Write(Io::Interrupted));
                        }
                    };
                    again(&|sender| with_ok(&text, |ok| sender.respond(ok)));
                    again(&|sender| sender.data(text.as_bytes()));
                    again(&|sender| sender.finish(&Fields::EMPTY));
                }
                _ => {}
            }
        }
        let sent = String::from_utf8(transport.output).unwrap();
        assert_eq!(sent, [ok, "0", CONTINUE, ok, "2"].concat(), "{room} {fails}");
    }
}

#[test]
fn no_100_is_sent_that_nobody_waits_for() {
    // What comes with the head, and who is answered at once.
    for (behind, status, sent) in [("hi", 200, ""), ("", 417, "HTTP/1.1 417 ")] {
        let wire = [EXPECTS, behind].concat();
        let mut transport = Transport::new(wire.as_bytes(), 5000);
        let mut server = Server::new(Settings::SERVER.with_buffer(100));
        let (mut input, mut output) = ([0; 100], [0; 100]);
        let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
        loop {
            match driver.read_next() {
                Ok(Some((ServerEvent::Request { .. }, sender))) if status == 417 => {
                    let fields = [Field::content_length(0)];
                    let status = StatusCode::new(417).unwrap();
                    sender.respond(&ResponseHead::new(status, Fields::new(&fields))).unwrap();
                }
                Ok(Some((ServerEvent::Body(BodyPart::End), _))) | Ok(None) => break,
                Ok(Some(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let output = String::from_utf8(transport.output).unwrap();
        assert!(output.starts_with(sent) && output.is_empty() == sent.is_empty(), "{output}");
    }
    // No room for it at all.
    let mut transport = Transport::new(EXPECTS.as_bytes(), 5000);
    let mut server = Server::new(Settings::SERVER.with_buffer(100));
    let (mut input, mut output) = ([0; 100], [0; 24]);
    let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
    assert!(driver.read_next().unwrap().is_some());
    for _ in 0..2 {
        let error = IoError::Send(SendError::BufferTooSmall { needed: CONTINUE.len() });
        assert_eq!(driver.read_next().unwrap_err(), error);
    }
}

#[test]
fn what_is_held_is_taken_before_it_is_late() {
    let budgets = Budgets { head_ms: 30, body_ms: 30, body_bytes: 100, idle_ms: 30 };
    let settings = Settings::SERVER.with_budgets(budgets).with_buffer(64);
    let head = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n";
    // The second read lasts 40 ms: between two requests, within a head, within a body.
    for (wire, piece, reads) in [
        (head.to_owned() + "ab", head.len() + 2, 0),
        ("\r\n".to_owned() + head + "ab", head.len() + 1, 1),
        (head.to_owned() + "ab", 40, 1),
        (head.to_owned() + "ab", head.len(), 1),
    ] {
        let mut transport = Transport::new(wire.as_bytes(), piece);
        transport.open = true;
        transport.slow_from = reads;
        let now = transport.now_ms.clone();
        let mut server = Server::new(settings);
        let (mut input, mut output) = ([0; 64], [0; 128]);
        let mut driver =
            Driver::new(&mut server, &mut transport, || now.get(), &mut input, &mut output);
        let mut content = Vec::<u8>::new();
        loop {
            match driver.read_next() {
                Ok(Some((ServerEvent::Body(BodyPart::Data(data)), _))) => content.extend(data),
                Ok(Some((ServerEvent::Body(BodyPart::End), _))) => break,
                Ok(Some(_)) => now.set(now.get() + 40), // we are slow too
                other => panic!("{piece} {:?}", other.map(|_| ())),
            }
        }
        assert_eq!(content, b"ab");
    }
}
