//! Features `websocket` and `embedded-io`: a stream of bytes over a transport.

use embedded_io::{Error as _, ErrorKind as Io, Read, Write};
use http_lite::connection::{Client, Server, Settings as HttpSettings};
use http_lite::io::{Driver, ReadBuffer, WebSocket, WebSocketError};
use http_lite::websocket::handshake::{Key, Offer};
use http_lite::websocket::{Close, CloseCode, Kind, Role, SendError, Session, Settings};
use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

use crate::transport::Transport;

/// A server's frames: two fragments with a Ping between, a short message, Close with 1000.
const FROM_SERVER: &[u8] = b"\x02\x03one\x89\x01p\x80\x03two\x82\x05three\x88\x02\x03\xE8";
/// What a client answers that masks with 0: Pong and Close.
const ANSWERS: &[u8] = b"\x8A\x81\0\0\0\0p\x88\x82\0\0\0\0\x03\xE8";

type Stream<'a, 'i> = WebSocket<'a, Transport<'i>, fn() -> u64, fn() -> u32>;

fn client<'a, 'i>(
    transport: &'a mut Transport<'i>,
    held: &'a mut [u8],
    output: &'a mut [u8],
) -> Stream<'a, 'i> {
    let len = held.len();
    let mut received = ReadBuffer::new(held);
    received.filled(len);
    let session = Session::new(Role::Client, Settings::DEFAULT);
    WebSocket::new(session, transport, || 0, || 0, received, output)
}

#[test]
fn what_is_said_in_pieces_of_every_size_and_behind_the_handshake() {
    for held in 0..=FROM_SERVER.len() {
        for (piece, room, fails) in
            [(1, 1, true), (1, 64, false), (2, 3, true), (7, 4, false), (64, 64, true)]
        {
            let (first, rest) = FROM_SERVER.split_at(held);
            let mut transport = Transport::new(rest, piece);
            transport.fails = fails;
            let (mut first, mut output) = (first.to_vec(), [0; 131]);
            let mut stream = client(&mut transport, &mut first, &mut output);
            let (mut buffer, mut got) = (vec![0; room], Vec::<u8>::new());
            loop {
                match stream.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(len) => got.extend(&buffer[..len]),
                    Err(error) => assert!(fails && error.kind() != Io::InvalidData, "{error}"),
                }
            }
            assert_eq!(got, b"onetwothree", "{held} {piece} {room}");
            assert_eq!(stream.read(&mut buffer), Ok(0));
            let late = stream.write(b"late");
            assert_eq!(late, Err(WebSocketError::Send(SendError::OutOfTurn)));
            // RFC 6455 section 5.5.2: a Ping that came with Close needs no answer.
            let sent = &transport.output[..];
            let may_come_with = room == 64 || held == FROM_SERVER.len();
            assert!(sent == ANSWERS || may_come_with && sent == &ANSWERS[7..], "{held} {piece}");
        }
    }
}

#[test]
fn what_is_written_leaves_whole_and_in_order() {
    for (piece, room) in [(1, 131), (5, 131), (1000, 131), (1000, 4000)] {
        for fails in [false, true] {
            let mut transport = Transport::new(b"", piece);
            transport.fails = fails;
            let mut output = vec![0; room];
            let session = Session::new(Role::Client, Settings::DEFAULT);
            let (mut mask, nothing) = (0u32, ReadBuffer::new(&mut []));
            let random = || {
                mask = mask.wrapping_mul(69069).wrapping_add(1);
                mask
            };
            let clock = || 0;
            let mut stream =
                WebSocket::new(session, &mut transport, clock, random, nothing, &mut output);
            let data: Vec<u8> = (0..1000).map(|n| n as u8).collect();
            let mut rest = &data[..];
            while !rest.is_empty() {
                let part = &rest[..rest.len().min(150)];
                match stream.write(part) {
                    Ok(len) => rest = &rest[len..],
                    Err(error) => assert_eq!(error, WebSocketError::Write(Io::Interrupted)),
                }
            }
            while let Err(error) = stream.flush() {
                assert_eq!(error, WebSocketError::Write(Io::Interrupted));
            }
            while let Err(error) = stream.close(Close::new(CloseCode::NORMAL)) {
                assert_eq!(error, WebSocketError::Write(Io::Interrupted));
            }
            // A server reads it.
            let sent = transport.output.clone();
            let mut transport = Transport::new(&sent, 64);
            let session = Session::new(Role::Server, Settings::DEFAULT);
            let (mut output, nothing) = ([0; 131], ReadBuffer::new(&mut []));
            let mut stream =
                WebSocket::new(session, &mut transport, || 0, || 0, nothing, &mut output);
            let (mut buffer, mut got) = ([0; 50], Vec::<u8>::new());
            while let len @ 1.. = stream.read(&mut buffer).unwrap() {
                got.extend(&buffer[..len]);
            }
            assert_eq!(got, data);
            assert_eq!(transport.output, b"\x88\x02\x03\xE8");
        }
    }
}

#[test]
fn what_is_wrong_is_answered_and_told_again() {
    for (wire, kind, answer) in [
        (&b"\x82\x01a\x82\x81"[..], Kind::Masked, Some(&b"\x88\x82\0\0\0\0\x03\xEA"[..])),
        (b"\x82\x01a\x81\x01b", Kind::Text, Some(b"\x88\x82\0\0\0\0\x03\xEB")),
        (b"\x82\x01a\x82", Kind::Incomplete, None),
    ] {
        for writes_first in [false, answer.is_some()] {
            let mut transport = Transport::new(wire, 64);
            let mut output = [0; 131];
            let mut stream = client(&mut transport, &mut [], &mut output);
            let mut buffer = [0; 64];
            assert_eq!(stream.read(&mut buffer), Ok(1));
            let turns = if writes_first { [true, false, false] } else { [false, false, true] };
            for writes in turns {
                let result = if writes { stream.write(b"late") } else { stream.read(&mut buffer) };
                let Err(WebSocketError::Session(error)) = result else { panic!("{result:?}") };
                assert_eq!(error.kind, kind);
            }
            assert_eq!(transport.output, answer.unwrap_or_default());
        }
    }
}

#[test]
fn a_silent_peer_is_asked_and_then_cut() {
    let mut transport = Transport::new(b"", 64);
    transport.open = true;
    let session = Session::new(Role::Client, Settings::DEFAULT);
    let (mut output, nothing) = ([0; 131], ReadBuffer::new(&mut []));
    let now_ms = core::cell::Cell::new(0);
    let clock = || now_ms.get();
    let mut stream = WebSocket::new(session, &mut transport, clock, || 0, nothing, &mut output);
    let mut buffer = [0; 64];
    assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Read(Io::TimedOut)));
    now_ms.set(Settings::DEFAULT.ping_ms);
    assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Read(Io::TimedOut)));
    now_ms.set(Settings::DEFAULT.ping_ms + Settings::DEFAULT.pong_ms);
    let error = stream.read(&mut buffer).unwrap_err();
    assert_eq!(error.kind(), Io::TimedOut);
    assert!(transport.output.starts_with(b"\x89\x80\0\0\0\0\x88\x82\0\0\0\0"));
}

#[test]
fn a_buffer_without_room_is_an_error_and_nothing_else() {
    let mut transport = Transport::new(FROM_SERVER, 64);
    let mut output = [0; 6];
    let mut stream = client(&mut transport, &mut [], &mut output);
    let mut buffer = [0; 64];
    let error = stream.write(b"a").unwrap_err();
    assert!(matches!(error, WebSocketError::Send(SendError::BufferTooSmall { .. })), "{error}");
    assert_eq!(stream.read(&mut buffer), Ok(11));
    let error = stream.read(&mut buffer).unwrap_err();
    assert!(matches!(error, WebSocketError::Send(SendError::BufferTooSmall { .. })), "{error}");
    transport.room = 0;
    let mut output = [0; 131];
    let mut stream = client(&mut transport, &mut [], &mut output);
    stream.write(b"a").unwrap();
    assert_eq!(stream.flush(), Err(WebSocketError::WriteZero));
}

/// Both sides from the first byte of HTTP on: what each has sent, the other reads.
#[test]
fn from_http_to_websocket_on_both_sides() {
    let key = Key::new(*b"the sample nonce");
    let [upgrade, connection, version, key_field] = key.fields();
    let host = Field::new("Host", "x").unwrap();
    let fields = [host, upgrade, connection, version, key_field];
    let request = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    let mut to_server = [0; 512];
    let len = request.encode(&mut to_server).unwrap();
    // A client must not send frames before the answer, but it may have come when we look.
    let wire = [&to_server[..len], b"\x82\x82\0\0\0\0hi"].concat();

    let mut transport = Transport::new(&wire, 512);
    let mut server = Server::new(HttpSettings::SERVER);
    let (mut input, mut output) = ([0; 512], [0; 512]);
    let mut driver = Driver::new(&mut server, &mut transport, || 0, &mut input, &mut output);
    let (event, _) = driver.read_next().unwrap().unwrap();
    let http_lite::connection::ServerEvent::Request { head, .. } = event else { panic!() };
    let accept = Offer::of(&head).unwrap().accept();
    let fields = accept.fields();
    let response = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, Fields::new(&fields));
    while let Some(_body) = driver.read_next().ok().flatten() {}
    driver.sender().respond(&response).unwrap();
    let mut stream = driver.into_websocket(Settings::DEFAULT).unwrap();
    let mut buffer = [0; 64];
    assert_eq!(stream.read(&mut buffer), Ok(2));
    stream.write_all(b"hello").unwrap();
    stream.flush().unwrap();

    let sent = transport.output;
    let mut transport = Transport::new(&sent, 512);
    let mut http = Client::new(HttpSettings::CLIENT);
    let mut driver = Driver::new(&mut http, &mut transport, || 0, &mut input, &mut output);
    let (response, _) = driver.exchange(&request, b"").unwrap();
    assert_eq!(key.check(&response, &[]), Ok(None));
    let mut stream = driver.into_websocket(Settings::DEFAULT, || 0).unwrap();
    assert_eq!(stream.read(&mut buffer), Ok(5));
    assert_eq!(&buffer[..5], b"hello");
    // Without 101 there is none.
    let mut http = Client::new(HttpSettings::CLIENT);
    let driver = Driver::new(&mut http, &mut transport, || 0, &mut input, &mut output);
    assert!(driver.into_websocket(Settings::DEFAULT, || 0).is_none());
}

#[cfg(feature = "embedded-io-async")]
#[test]
fn futures_that_are_dropped_lose_nothing() {
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    use embedded_io_async::{Read, Write};

    /// Makes a new future of the call each time that one has to wait.
    macro_rules! again {
        ($call:expr) => {
            loop {
                let mut future = pin!($call);
                match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(value) => break value.unwrap(),
                    Poll::Pending => {}
                }
            }
        };
    }

    for (piece, busy) in [(1, 0), (1, 1), (2, 2), (7, 3), (64, 1)] {
        let mut transport = Transport::new(FROM_SERVER, piece);
        transport.busy = busy;
        let (mut buffer, mut got, mut output) = ([0; 4], Vec::<u8>::new(), [0; 131]);
        let mut stream = client(&mut transport, &mut [], &mut output);
        let data = [b'd'; 300];
        let mut rest = &data[..];
        while !rest.is_empty() {
            rest = &rest[again!(Write::write(&mut stream, rest))..];
        }
        again!(Write::flush(&mut stream));
        while let len @ 1.. = again!(Read::read(&mut stream, &mut buffer)) {
            got.extend(&buffer[..len]);
        }
        assert_eq!(got, b"onetwothree", "{piece} {busy}");
        let sent = &transport.output[..];
        assert!(sent.ends_with(ANSWERS));
        assert_eq!(sent.iter().filter(|&&byte| byte == b'd').count(), 300);

        let mut transport = Transport::new(b"\x88\x02\x03\xE8", piece);
        transport.busy = busy;
        let mut output = [0; 131];
        let mut stream = client(&mut transport, &mut [], &mut output);
        again!(stream.close_async(Close::new(CloseCode::NORMAL)));
        assert_eq!(again!(Read::read(&mut stream, &mut buffer)), 0);
        assert_eq!(transport.output, b"\x88\x82\0\0\0\0\x03\xE8");
    }
}
