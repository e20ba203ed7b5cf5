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
    // Not TimedOut, which asks for another read.
    assert_eq!(error.kind(), Io::ConnectionAborted);
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

/// A transport whose writes fail before so many reads have given something, and whose reads give these.
struct Stubborn {
    reads: std::collections::VecDeque<&'static [u8]>,
    reads_before_write: usize,
    output: Vec<u8>,
    writes: usize,
}

impl embedded_io::ErrorType for Stubborn {
    type Error = Io;
}

impl Read for Stubborn {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        let bytes = self.reads.pop_front().filter(|bytes| !bytes.is_empty()).ok_or(Io::TimedOut)?;
        out[..bytes.len()].copy_from_slice(bytes);
        self.reads_before_write = self.reads_before_write.saturating_sub(1);
        Ok(bytes.len())
    }
}

impl Write for Stubborn {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        if self.reads_before_write > 0 {
            return Err(Io::TimedOut);
        }
        self.writes += 1;
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Io> {
        Ok(())
    }
}

impl Stubborn {
    fn new(reads: &[&'static [u8]], reads_before_write: usize) -> Self {
        let reads = reads.iter().copied().collect();
        Self { reads, reads_before_write, output: Vec::new(), writes: 0 }
    }
}

const MASK: u32 = 0x0102_0304;

thread_local! {
    static NOW_MS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

type Stuck<'a> = WebSocket<'a, Stubborn, fn() -> u64, fn() -> u32>;

fn stubborn<'a>(transport: &'a mut Stubborn, output: &'a mut [u8]) -> Stuck<'a> {
    let session = Session::new(Role::Client, Settings::DEFAULT);
    let clock: fn() -> u64 = || NOW_MS.get();
    WebSocket::new(session, transport, clock, || MASK, ReadBuffer::new(&mut []), output)
}

#[test]
fn a_peer_that_writes_before_it_reads_is_read_from() {
    let frames: [&[u8]; 3] = [b"\x82\x01a", b"\x82\x01b", b"\x82\x01c"];
    let mut transport = Stubborn::new(&frames, 3);
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let mut stream = stubborn(&mut transport, &mut output);
    stream.write_all(b"x").unwrap();
    for byte in b"abc" {
        assert_eq!(stream.read(&mut buffer), Ok(1));
        assert_eq!(buffer[0], *byte);
    }
    assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Read(Io::TimedOut)));
    assert_eq!(transport.output, b"\x82\x81\x01\x02\x03\x04y");

    // One that reads nothing more may have said why.
    let mut transport = Stubborn::new(&[b"\x88\x08\x03\xF0not to", b"\0"], usize::MAX);
    let mut stream = stubborn(&mut transport, &mut output);
    stream.write_all(b"x").unwrap();
    assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Write(Io::TimedOut)));
    let close = stream.session().received_close().unwrap();
    assert_eq!((close.code, close.reason), (Some(CloseCode::POLICY), "not to"));
}

#[test]
fn a_silent_peer_is_cut_although_nothing_can_be_written() {
    let mut transport = Stubborn::new(&[], usize::MAX);
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let mut stream = stubborn(&mut transport, &mut output);
    stream.write_all(b"x").unwrap();
    let mut kinds = Vec::new();
    for at in [0, 30_000, 49_999, 50_000, 50_001] {
        NOW_MS.set(at);
        kinds.push(stream.read(&mut buffer).unwrap_err().kind());
    }
    let (waits, cut) = (Io::TimedOut, Io::ConnectionAborted);
    assert_eq!(kinds, [waits, waits, waits, cut, cut]);
}

#[test]
fn who_wakes_up_late_finds_the_answer_that_came_in_time() {
    let mut transport = Stubborn::new(&[b"", b"", b"\x8A\0\x82\x01a"], 0);
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let mut stream = stubborn(&mut transport, &mut output);
    for at in [0, 30_000] {
        NOW_MS.set(at);
        assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Read(Io::TimedOut)));
    }
    NOW_MS.set(500_000);
    assert_eq!(stream.read(&mut buffer), Ok(1));
    assert_eq!(stream.read(&mut buffer), Err(WebSocketError::Read(Io::TimedOut)));
    assert_eq!(transport.output, b"\x89\x80\x01\x02\x03\x04", "one Ping");
}

#[test]
fn small_writes_leave_together_and_what_is_owed_with_them_masked() {
    let mut transport = Stubborn::new(&[b"\x89\x01p\x82\x01a"], 0);
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let mut stream = stubborn(&mut transport, &mut output);
    assert_eq!(stream.read(&mut buffer), Ok(1));
    assert_eq!((stream.read(&mut []), stream.write(&[])), (Ok(0), Ok(0)));
    for byte in [b"x", b"y"] {
        assert_eq!(stream.write(byte), Ok(1));
    }
    stream.flush().unwrap();
    stream.close(Close::new(CloseCode::NORMAL)).unwrap();
    let late = stream.write(b"z").unwrap_err();
    assert_eq!(late.kind(), Io::BrokenPipe);
    assert_eq!(transport.writes, 2);
    let sent = b"\x82\x81\x01\x02\x03\x04y\x82\x81\x01\x02\x03\x04x\x8A\x81\x01\x02\x03\x04q\
        \x88\x82\x01\x02\x03\x04\x02\xEA";
    assert_eq!(transport.output, sent);
}

#[test]
fn who_writes_tells_a_peer_that_broke_a_rule() {
    let mut transport = Stubborn::new(&[b"\x82\x01a\x80\0"], 0);
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let mut stream = stubborn(&mut transport, &mut output);
    assert_eq!(stream.read(&mut buffer), Ok(1));
    let error = stream.write(b"x").unwrap_err();
    assert_eq!(error.kind(), Io::InvalidData);
    assert_eq!(transport.output, b"\x88\x82\x01\x02\x03\x04\x02\xE8"); // 1002
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

#[cfg(feature = "embedded-io-async")]
#[test]
fn a_silent_peer_is_cut_by_who_waits_and_calls_again() {
    use core::future::{Future, pending};
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    /// Never has anything, and takes everything.
    struct Silent(Vec<u8>);

    impl embedded_io::ErrorType for Silent {
        type Error = Io;
    }

    impl embedded_io_async::Read for Silent {
        async fn read(&mut self, _: &mut [u8]) -> Result<usize, Io> {
            pending().await
        }
    }

    impl embedded_io_async::Write for Silent {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        async fn flush(&mut self) -> Result<(), Io> {
            Ok(())
        }
    }

    let mut transport = Silent(Vec::new());
    let (mut output, mut buffer) = ([0; 131], [0; 64]);
    let session = Session::new(Role::Client, Settings::DEFAULT);
    let (clock, nothing) = (|| NOW_MS.get(), ReadBuffer::new(&mut []));
    let mut stream = WebSocket::new(session, &mut transport, clock, || MASK, nothing, &mut output);
    for (at, is_cut) in [(0, false), (30_000, false), (49_999, false), (50_000, true)] {
        NOW_MS.set(at);
        let read = pin!(embedded_io_async::Read::read(&mut stream, &mut buffer));
        match read.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) => {
                assert!(is_cut && error.kind() == Io::ConnectionAborted, "{at}: {error}");
            }
            other => assert!(!is_cut && other.is_pending(), "{at}: {other:?}"),
        }
    }
    let ping_and_close = b"\x89\x80\x01\x02\x03\x04\x88\x82\x01\x02\x03\x04\x02\xF2";
    assert_eq!(transport.0, ping_and_close); // 1008
}
