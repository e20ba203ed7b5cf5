//! Features `session` and `embedded-io-async`: a client and a server, each behind a driver, over
//! transports that are short, slow, faulty, cut at every byte, and asked by futures that are dropped at
//! every await.

#![cfg(all(feature = "session", feature = "embedded-io-async"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;

use embedded_io::{ErrorKind as Io, ErrorType, Read, Write};
use mqtt_codec::session::{
    Client, ClientSide, Driver, Event, Input, Message, Receipt, SendError, Server, ServerSide,
    SessionError, Settings, Side, TransportError, Violation,
};
use mqtt_codec::{
    Connack, Connect, Disconnect, List, Property, QoS, ReasonCode, Suback, Subscription, Text,
    TopicFilter, TopicName, Version,
};

const BUFFER: usize = 128;
const SETTINGS: Settings = Settings::DEFAULT.with_buffer(BUFFER as u32);
const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
/// Longer than the buffer, so that it comes in pieces.
const LONG: [u8; 300] = [b'x'; 300];

// ---- the transport -------------------------------------------------------------------------------

/// A connection: bytes in both directions, and how it misbehaves.
#[derive(Default)]
struct Wire {
    bytes: [RefCell<VecDeque<u8>>; 2],
    /// At most so many bytes at a time.
    piece: usize,
    /// Each operation fails, or waits, so often before it does something.
    faults: usize,
    tried: [Cell<usize>; 2],
    /// Bytes until it breaks.
    left: Cell<usize>,
    passed: Cell<usize>,
}

impl Wire {
    fn new(piece: usize, faults: usize, left: usize) -> Self {
        Self { piece, faults, left: Cell::new(left), ..Self::default() }
    }

    fn is_ready(&self, end: usize) -> bool {
        let tried = self.tried[end].get();
        self.tried[end].set(if tried < self.faults { tried + 1 } else { 0 });
        tried == self.faults
    }

    fn take(&self, end: usize, out: &mut [u8]) -> Option<usize> {
        assert!(!out.is_empty(), "a read into nothing looks like the end");
        let mut bytes = self.bytes[end].borrow_mut();
        let len = self.piece.min(out.len()).min(bytes.len());
        if len == 0 && self.left.get() > 0 {
            return None;
        }
        bytes.drain(..len).zip(out).for_each(|(byte, place)| *place = byte);
        Some(len)
    }

    fn put(&self, end: usize, bytes: &[u8]) -> Result<usize, Io> {
        assert!(!bytes.is_empty());
        let len = self.piece.min(bytes.len()).min(self.left.get());
        if len == 0 {
            return Err(Io::BrokenPipe);
        }
        self.left.set(self.left.get() - len);
        self.passed.set(self.passed.get() + len);
        self.bytes[1 - end].borrow_mut().extend(&bytes[..len]);
        Ok(len)
    }
}

/// One end of it, blocking: a read that finds nothing runs out of time.
struct End<'w>(&'w Wire, usize);

impl ErrorType for End<'_> {
    type Error = Io;
}

impl Read for End<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        match self.0.is_ready(self.1) {
            true => self.0.take(self.1, out).ok_or(Io::TimedOut),
            false => Err(Io::Interrupted),
        }
    }
}

impl Write for End<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        if self.0.is_ready(self.1) { self.0.put(self.1, bytes) } else { Err(Io::OutOfMemory) }
    }

    fn flush(&mut self) -> Result<(), Io> {
        if self.0.is_ready(self.1) { Ok(()) } else { Err(Io::OutOfMemory) }
    }
}

/// The same, asynchronous.
struct AsyncEnd<'w>(End<'w>);

impl ErrorType for AsyncEnd<'_> {
    type Error = Io;
}

impl AsyncEnd<'_> {
    fn ready(&self) -> Poll<()> {
        if self.0.0.is_ready(self.0.1) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl embedded_io_async::Read for AsyncEnd<'_> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        poll_fn(|_| self.ready()).await;
        poll_fn(|_| self.0.0.take(self.0.1, out).map_or(Poll::Pending, |len| Poll::Ready(Ok(len))))
            .await
    }
}

impl embedded_io_async::Write for AsyncEnd<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        poll_fn(|_| self.ready()).await;
        self.0.0.put(self.0.1, bytes)
    }

    async fn flush(&mut self) -> Result<(), Io> {
        poll_fn(|_| self.ready()).await;
        Ok(())
    }
}

/// A future that is asked once and dropped.
fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

// ---- both applications ---------------------------------------------------------------------------

struct World<'b> {
    client: Driver<'b, 'b, ClientSide, 4>,
    server: Driver<'b, 'b, ServerSide, 4>,
    from_server: Input<'b>,
    from_client: Input<'b>,
    version: Version,
    is_async: bool,
    now_ms: u64,
    absent: Option<Server<'b, 4>>,
    /// The client's, and the server's.
    told: [Vec<String>; 2],
    is_subscribed: bool,
    is_asked: bool,
    published: usize,
    has_published: bool,
    /// Messages that the client has heard.
    heard: usize,
    /// Of the long message, at the server.
    receipt: Option<Receipt>,
    payload: Vec<u8>,
}

fn message(number: usize) -> Message<'static> {
    let payload: &[u8] = if number == 1 { &LONG } else { b"short" };
    Message::new(TopicName::from_static("a"), QOS[number], payload)
}

/// What the server publishes.
fn down() -> Message<'static> {
    Message::new(TopicName::from_static("b"), QoS::ExactlyOnce, b"down")
}

/// True if the transport is broken. What else fails does not matter.
fn exchange<S: Side>(
    driver: &mut Driver<'_, '_, S, 4>,
    input: &mut Input<'_>,
    wire: &Wire,
    end: usize,
    is_async: bool,
) -> bool {
    let result = if is_async {
        once(driver.exchange_async(input, &mut AsyncEnd(End(wire, end)))).unwrap_or(Ok(()))
    } else {
        driver.exchange(input, &mut End(wire, end))
    };
    match result {
        Ok(()) | Err(TransportError::Io(Io::OutOfMemory)) => false,
        Err(TransportError::Io(Io::BrokenPipe)) => true,
        Err(error) => panic!("{error:?}"),
    }
}

impl<'b> World<'b> {
    fn new(buffers: &'b mut [[u8; 512]; 4], version: Version, is_async: bool) -> Self {
        let [a, b, c, d] = buffers;
        let mut client = Client::new(version, SETTINGS);
        client.assume_session();
        Self {
            client: Driver::new(client, a),
            server: Driver::new(Server::new(SETTINGS, 0), b),
            from_server: Input::new(&mut c[..BUFFER]),
            from_client: Input::new(&mut d[..BUFFER]),
            version,
            is_async,
            now_ms: 0,
            absent: None,
            told: [Vec::new(), Vec::new()],
            is_subscribed: false,
            is_asked: false,
            published: 0,
            has_published: false,
            heard: 0,
            receipt: None,
            payload: Vec::new(),
        }
    }

    fn properties<'p>(&self, properties: &'p [Property<'p>]) -> List<'p, Property<'p>> {
        if self.version == Version::V5 { List::new(properties) } else { List::EMPTY }
    }

    /// A connection until it is over; true if the client is done.
    fn connect(&mut self, wire: &Wire) -> bool {
        let [a, b, c] = self.client.session.announcements();
        let properties = [a, b, c, Property::SessionExpiryInterval(60)];
        let properties = self.properties(&properties);
        let name = Text::from_static("c");
        let connect =
            Connect { clean_start: false, properties, ..Connect::new(self.version, name) };
        let now_ms = self.now_ms;
        self.client.send(|client, out| client.connect(&connect, now_ms, out)).unwrap();
        let (mut client_is_gone, mut server_is_gone, mut is_done) = (false, false, false);
        for _ in 0..100_000 {
            if client_is_gone && server_is_gone {
                self.client.ended(&mut self.from_server, self.now_ms);
                self.server.ended(&mut self.from_client, self.now_ms);
                let new = Server::new(SETTINGS, self.now_ms);
                self.absent = Some(core::mem::replace(&mut self.server.session, new));
                self.is_asked = false;
                return is_done;
            }
            self.now_ms += 1;
            if !client_is_gone {
                client_is_gone = match self.serve_client() {
                    Ok(false) => {
                        self.go_on();
                        exchange(&mut self.client, &mut self.from_server, wire, 0, self.is_async)
                    }
                    Ok(true) => {
                        is_done = true;
                        true
                    }
                    Err(error) => {
                        assert_eq!(error, SessionError::Violation(Violation::Lost));
                        true
                    }
                };
            }
            if !server_is_gone {
                server_is_gone = match self.serve_server() {
                    Ok(false) => {
                        exchange(&mut self.server, &mut self.from_client, wire, 1, self.is_async)
                    }
                    Ok(true) => true,
                    Err(error) => {
                        assert_eq!(error, SessionError::Violation(Violation::Lost));
                        true
                    }
                };
            }
        }
        panic!("it does not end: {:?}", self.told);
    }

    /// True if the client wants to close.
    fn serve_client(&mut self) -> Result<bool, SessionError> {
        let (client, now_ms) = (&mut self.client, self.now_ms);
        while let Some(event) = client.poll(&mut self.from_server, now_ms)? {
            self.told[0].push(match event {
                Event::Connack(connack) => format!("connack {}", connack.reason_code),
                Event::Suback { .. } => {
                    self.is_subscribed = true;
                    "suback".into()
                }
                Event::Send { handle, .. } => {
                    let message = message(handle as usize);
                    client.send(|client, out| client.send(&message, handle, now_ms, out)).unwrap();
                    format!("send {handle}")
                }
                Event::Publish { publish, receipt } => {
                    self.heard += 1;
                    let receipt = receipt.unwrap();
                    client.session.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
                    format!("publish {}", publish.topic)
                }
                Event::Arrived { handle } => format!("arrived {handle}"),
                Event::Done { handle, .. } => format!("done {handle}"),
                event => panic!("{event:?}"),
            });
        }
        Ok(client.wants_close())
    }

    /// What the client does by itself.
    fn go_on(&mut self) {
        let (client, now_ms) = (&mut self.client, self.now_ms);
        if !client.session.is_connected() {
            return;
        }
        let result = if !self.is_subscribed {
            if core::mem::replace(&mut self.is_asked, true) {
                return;
            }
            let subscriptions =
                [Subscription::new(TopicFilter::from_static("b"), QoS::ExactlyOnce)];
            let subscriptions = List::new(&subscriptions);
            client.send(|client, out| client.subscribe(subscriptions, List::EMPTY, 9, now_ms, out))
        } else if self.published < 3 {
            let (handle, message) = (self.published as u32, message(self.published));
            let result = client.send(|client, out| client.publish(&message, handle, now_ms, out));
            self.published += usize::from(result.is_ok());
            result
        } else if client.session.in_flight() == 0 && self.heard > 0 && client.unsent().is_empty() {
            let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
            client.send(|client, out| client.disconnect(&disconnect, now_ms, out))
        } else {
            return;
        };
        // Room comes with what is sent, and with answers.
        assert!(matches!(
            result,
            Ok(())
                | Err(SendError::BufferTooSmall { .. } | SendError::Quota | SendError::OutOfTurn)
        ));
    }

    /// True if the server wants to close.
    fn serve_server(&mut self) -> Result<bool, SessionError> {
        let (version, now_ms) = (self.version, self.now_ms);
        let server = &mut self.server;
        while let Some(event) = server.poll(&mut self.from_client, now_ms)? {
            self.told[1].push(match event {
                Event::Connect(connect) => {
                    assert_eq!(connect.client_id, "c");
                    let resumed =
                        self.absent.as_mut().map(|old| server.session.resume(old, now_ms));
                    let announced = server.session.announcements();
                    let properties = match version {
                        Version::V5 => List::new(&announced),
                        Version::V3 => List::EMPTY,
                    };
                    let present = matches!(resumed, Some(Ok(())));
                    let connack =
                        Connack { properties, ..Connack::new(present, ReasonCode::SUCCESS) };
                    server.send(|server, out| server.accept(&connack, now_ms, out)).unwrap();
                    "connect".into()
                }
                Event::Subscribe(subscribe) => {
                    let suback = Suback::new(subscribe.id, List::new(&[ReasonCode::GRANTED_QOS_2]));
                    server.send(|server, out| server.suback(&suback, now_ms, out)).unwrap();
                    if !core::mem::replace(&mut self.has_published, true) {
                        let message = down();
                        server
                            .send(|server, out| server.publish(&message, 7, now_ms, out))
                            .unwrap();
                    }
                    "subscribe".into()
                }
                Event::Send { handle, .. } => {
                    server.send(|server, out| server.send(&down(), handle, now_ms, out)).unwrap();
                    "send".into()
                }
                Event::Publish { publish, receipt } => {
                    if let Some(receipt) = receipt {
                        server.session.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
                    }
                    format!("publish {:?}", publish.delivery.qos())
                }
                Event::PublishHead { receipt, payload_len, .. } => {
                    (self.receipt, self.payload) = (receipt, Vec::new());
                    format!("publish of {payload_len} bytes")
                }
                Event::Payload { bytes, remaining } => {
                    self.payload.extend(bytes);
                    if remaining > 0 {
                        continue;
                    }
                    assert_eq!(self.payload, LONG);
                    let receipt = self.receipt.take().unwrap();
                    server.session.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
                    "all of it".into()
                }
                Event::Disconnect(_) => "disconnect".into(),
                Event::Arrived { .. } => "arrived".into(),
                Event::Done { .. } => "done".into(),
                event => panic!("{event:?}"),
            });
        }
        Ok(server.wants_close())
    }
}

// ---- tests ---------------------------------------------------------------------------------------

const FOR_EVER: usize = usize::MAX;

/// What both sides are told over a transport, and how many bytes passed.
fn told(
    version: Version,
    is_async: bool,
    piece: usize,
    faults: usize,
) -> ([Vec<String>; 2], usize) {
    let mut buffers = [[0; 512]; 4];
    let mut world = World::new(&mut buffers, version, is_async);
    let wire = Wire::new(piece, faults, FOR_EVER);
    assert!(world.connect(&wire));
    (world.told, wire.passed.get())
}

#[test]
fn a_conversation_is_the_same_in_all_pieces_and_with_all_faults() {
    for version in [Version::V3, Version::V5] {
        let ([mut client, mut server], _) = told(version, false, FOR_EVER, 0);
        client.sort();
        server.sort();
        let wanted = ["arrived 2", "connack Success", "done 1", "done 2", "publish b", "suback"];
        assert_eq!(client, wanted);
        let wanted = [
            "all of it",
            "arrived",
            "connect",
            "disconnect",
            "done",
            "publish AtMostOnce",
            "publish ExactlyOnce",
            "publish of 300 bytes",
            "subscribe",
        ];
        assert_eq!(server, wanted);
        for (is_async, faults) in
            [(false, 0), (false, 1), (false, 3), (true, 0), (true, 1), (true, 3)]
        {
            for piece in (1..40).chain([BUFFER - 1, BUFFER, 400]) {
                let (mut got, _) = told(version, is_async, piece, faults);
                got.iter_mut().for_each(|told| told.sort());
                assert_eq!(
                    got,
                    [client.clone(), server.clone()],
                    "{version:?} {is_async} {piece} {faults}"
                );
            }
        }
    }
}

#[test]
fn a_conversation_goes_on_after_a_cut_at_every_byte() {
    for version in [Version::V3, Version::V5] {
        let (_, all) = told(version, false, FOR_EVER, 0);
        for (is_async, piece) in [(false, FOR_EVER), (true, 7)] {
            for left in 0..all {
                let mut buffers = [[0; 512]; 4];
                let mut world = World::new(&mut buffers, version, is_async);
                let is_done = world.connect(&Wire::new(piece, 1, left));
                assert!(is_done || world.connect(&Wire::new(piece, 1, FOR_EVER)), "{left}");
                let [client, server] = &world.told;
                let count =
                    |told: &[String], what: &str| told.iter().filter(|t| *t == what).count();
                let where_ = format!("{version:?} {is_async} {left}: {client:?} {server:?}");
                assert_eq!(count(server, "publish ExactlyOnce"), 1, "{where_}");
                assert_eq!((count(client, "done 1"), count(client, "done 2")), (1, 1), "{where_}");
                assert_eq!(count(client, "publish b"), 1, "{where_}");
                assert!((1..=2).contains(&count(server, "all of it")), "{where_}");
            }
        }
    }
}

/// A client behind CONNACK, and what it is to be told next.
fn connected<'b>(
    transmit: &'b mut [u8],
    input: &mut Input<'_>,
    received: &[u8],
) -> Driver<'b, 'static, ClientSide, 4> {
    let mut driver = Driver::new(Client::new(Version::V5, SETTINGS), transmit);
    let announced = driver.session.announcements();
    let name = Text::from_static("c");
    let connect = Connect { properties: List::new(&announced), ..Connect::new(Version::V5, name) };
    driver.send(|client, out| client.connect(&connect, 0, out)).unwrap();
    driver.sent(usize::MAX);
    put(input, b"\x20\x03\0\0\0");
    assert!(matches!(driver.poll(input, 0), Ok(Some(Event::Connack(_)))));
    put(input, received);
    driver
}

fn put(input: &mut Input<'_>, bytes: &[u8]) {
    input.space()[..bytes.len()].copy_from_slice(bytes);
    input.filled(bytes.len());
}

const PUBACK_OF_NOTHING: &[u8] = b"\x40\x02\0\x00";

#[test]
fn an_error_is_told_once_the_peer_was_told() {
    let (mut receive, mut transmit, mut sent) = ([0; BUFFER], [0; BUFFER], Vec::<u8>::new());
    let mut input = Input::new(&mut receive);
    let mut driver = connected(&mut transmit, &mut input, PUBACK_OF_NOTHING);
    assert_eq!(driver.poll(&mut input, 10), Ok(None));
    let wire = Wire::new(1, 0, FOR_EVER);
    driver.exchange(&mut input, &mut End(&wire, 0)).unwrap();
    sent.extend(wire.bytes[1].borrow().iter());
    assert_eq!(sent, b"\xE0\x01\x82"); // DISCONNECT, Protocol Error
    for now_ms in [10, 2000] {
        assert!(driver.poll(&mut input, now_ms).is_err());
    }
    driver.ended(&mut input, 2000);
    assert_eq!((driver.poll(&mut input, 2000), driver.poll_timeout()), (Ok(None), None));
}

#[test]
fn a_peer_that_takes_nothing_more_delays_the_end_by_a_second() {
    let (mut receive, mut transmit) = ([0; BUFFER], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    // After an error, and after DISCONNECT.
    let mut driver = connected(&mut transmit, &mut input, PUBACK_OF_NOTHING);
    assert_eq!((driver.poll(&mut input, 10), driver.poll_timeout()), (Ok(None), Some(1010)));
    assert_eq!(driver.poll(&mut input, 1009), Ok(None));
    assert!(driver.poll(&mut input, 1010).is_err());
    driver.ended(&mut input, 1010);

    let mut driver = connected(&mut transmit, &mut input, b"");
    let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    driver.send(|client, out| client.disconnect(&disconnect, 20, out)).unwrap();
    assert_eq!((driver.poll(&mut input, 20), driver.wants_close()), (Ok(None), false));
    assert_eq!((driver.poll_timeout(), driver.unsent()), (Some(1020), &b"\xE0\0"[..]));
    assert_eq!((driver.poll(&mut input, 1020), driver.wants_close()), (Ok(None), true));

    // Where there is no room for the last word either.
    let mut transmit = [0; 48];
    let mut driver = connected(&mut transmit, &mut input, b"");
    let long = Message::new(TopicName::from_static("abc"), QoS::AtMostOnce, &LONG[..40]);
    driver.send(|client, out| client.publish(&long, 0, 0, out)).unwrap();
    assert_eq!((driver.poll(&mut input, 60_000), driver.unsent().len()), (Ok(None), 48));
    assert_eq!((driver.poll(&mut input, 80_000), driver.poll_timeout()), (Ok(None), Some(81_000)));
    assert!(driver.poll(&mut input, 81_000).is_err());
}

#[test]
fn a_connection_is_to_be_closed_once_its_last_bytes_are_flushed() {
    let (mut receive, mut transmit) = ([0; BUFFER], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    let mut driver = connected(&mut transmit, &mut input, b"");
    let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    driver.send(|client, out| client.disconnect(&disconnect, 0, out)).unwrap();
    let wire = Wire::new(FOR_EVER, 1, FOR_EVER);
    let mut end = End(&wire, 0);
    let mut results = Vec::new();
    while !driver.wants_close() {
        assert_eq!(driver.poll(&mut input, 0), Ok(None));
        results.push(driver.exchange(&mut input, &mut end).is_ok());
    }
    assert_eq!(results, [false, false, true], "a write, a flush, and a flush at last");
}

#[test]
fn time_runs_through_the_driver() {
    let (mut receive, mut transmit) = ([0; BUFFER], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    let mut driver = connected(&mut transmit, &mut input, b"");
    assert_eq!((driver.poll(&mut input, 0), driver.poll_timeout()), (Ok(None), Some(60_000)));
    assert_eq!((driver.poll(&mut input, 60_000), driver.unsent()), (Ok(None), &b"\xC0\0"[..]));
    driver.sent(2);
    assert_eq!(driver.poll_timeout(), Some(80_000));
    put(&mut input, b"\xD0\0");
    assert_eq!((driver.poll(&mut input, 61_000), driver.poll_timeout()), (Ok(None), Some(120_000)));
}

#[test]
fn what_came_before_the_end_is_told_before_it() {
    let (mut receive, mut transmit) = ([0; BUFFER], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    let mut driver = connected(&mut transmit, &mut input, b"\x30\x04\0\x01a\0\x30\x04\0\x01a\0");
    input.handle_eof();
    for _ in 0..2 {
        assert!(matches!(driver.poll(&mut input, 0), Ok(Some(Event::Publish { .. }))));
    }
    let lost = Err(SessionError::Violation(Violation::Lost));
    assert_eq!(driver.poll(&mut input, 0), lost);
    // Nothing is read anymore.
    assert_eq!(driver.exchange(&mut input, &mut End(&Wire::default(), 0)), Ok(()));
}

#[test]
fn a_buffer_that_is_too_short_and_a_transport_that_takes_nothing_are_errors() {
    let (mut receive, mut transmit) = ([0; 8], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    let mut driver = connected(&mut transmit, &mut input, b"\x30\x20\0\x08long");
    assert_eq!(driver.poll(&mut input, 0), Ok(None));
    let mut end = End(&Wire::new(8, 0, FOR_EVER), 0);
    assert_eq!(driver.exchange(&mut input, &mut end), Err(TransportError::Full));
    assert_eq!(
        once(driver.exchange_async(&mut input, &mut AsyncEnd(end))),
        Some(Err(TransportError::Full))
    );

    driver.send(|client, out| client.publish(&message(0), 0, 0, out)).unwrap();
    assert_eq!(driver.exchange(&mut input, &mut Stuffed), Err(TransportError::WriteZero));
    let refused = SendError::BufferTooSmall { needed: 309 };
    let long = Message::new(TopicName::from_static("abc"), QoS::AtMostOnce, &LONG);
    assert_eq!(driver.send(|client, out| client.publish(&long, 0, 0, out)), Err(refused));
}

/// A transport that takes nothing.
struct Stuffed;

impl ErrorType for Stuffed {
    type Error = Io;
}

impl Read for Stuffed {
    fn read(&mut self, _: &mut [u8]) -> Result<usize, Io> {
        Err(Io::TimedOut)
    }
}

impl Write for Stuffed {
    fn write(&mut self, _: &[u8]) -> Result<usize, Io> {
        Ok(0)
    }

    fn flush(&mut self) -> Result<(), Io> {
        Ok(())
    }
}

#[test]
fn secrets_are_not_shown() {
    let (mut receive, mut transmit) = ([0; BUFFER], [0; BUFFER]);
    let mut input = Input::new(&mut receive);
    put(&mut input, b"hunter2");
    let driver = connected(&mut transmit, &mut Input::new(&mut [0; BUFFER]), b"");
    assert_eq!(format!("{input:?}"), "Input { held: 7, eof: false, .. }");
    assert!(format!("{driver:?}").ends_with("unsent: 0, .. }"));
}
