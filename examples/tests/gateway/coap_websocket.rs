//! CoAP over WebSocket, at `/.well-known/coap`. RFC 8323 section 4

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use coap_codec::{CoapOption, Code, Codec, OptionNumber, Options, ReliableMessage, Type, ws};
use http_lite::websocket::{CloseCode, Event, FrameHeader, Message, Role, Session, Settings};
use mqtt_codec::{QoS, Version};
use sansio_examples::gateway::Limits;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::client::Broker;
use crate::coap_client::{Owned, Tcp};
use crate::http_client::Http;
use crate::tls::Certificate;
use crate::websocket::WebSocket;

const PLACE: (&str, &str) = ("/.well-known/coap", "coap");

/// A client whose messages go out in fragments of at most `piece` bytes.
pub struct Coap<S = TcpStream> {
    socket: WebSocket<S>,
    piece: usize,
}

/// What comes.
#[derive(Debug, PartialEq)]
enum Coming {
    Message(Owned),
    Close(Option<CloseCode>),
}

impl Coap {
    /// Connected, and nothing said yet.
    fn raw(broker: &Broker) -> Self {
        Self::over(Http::new(broker.http))
    }

    /// Both have said what they can do.
    fn new(broker: &Broker) -> Self {
        let mut client = Self::raw(broker);
        client.say_csm();
        client
    }
}

impl<S: Read + Write> Coap<S> {
    fn over(http: Http<S>) -> Self {
        Self::over_with(http, &[])
    }

    /// With more fields in the handshake.
    pub fn over_with(http: Http<S>, more: &[String]) -> Self {
        Self { socket: WebSocket::open_with(http, PLACE, 0, more), piece: usize::MAX }
    }

    pub fn say_csm(&mut self) {
        let csm = self.receive();
        assert_eq!((csm.code, csm.uint(OptionNumber::MAX_MESSAGE_SIZE)), (Code::CSM, Some(65536)));
        assert!(csm.option(OptionNumber::BLOCK_WISE_TRANSFER).is_some());
        let options = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, &[0x20, 0]),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        self.send(&ReliableMessage::new(Code::CSM).with_options(Options::new(&options)));
    }

    fn write(&mut self, bytes: &[u8]) {
        self.socket.stream.write_all(bytes).unwrap();
    }

    /// A frame, whatever is in it.
    fn frame(&mut self, first: u8, payload: &[u8]) {
        self.write(&frame(first, payload));
    }

    fn send_bytes(&mut self, bytes: &[u8]) {
        let pieces: Vec<&[u8]> = bytes.chunks(self.piece).collect();
        for (n, piece) in pieces.iter().enumerate() {
            let mut out = vec![0; piece.len() + FrameHeader::MAX_LEN];
            let (random, is_last) = (self.socket.random(), n + 1 == pieces.len());
            let sent = self.socket.session.binary_fragment(piece, is_last, random, &mut out);
            self.write(&out[..sent.unwrap()]);
        }
    }

    fn send(&mut self, message: &ReliableMessage<'_>) {
        let mut buffer = vec![0; 70_000];
        let len = ws::Codec::new().encode(message, &mut buffer).unwrap();
        self.send_bytes(&buffer[..len]);
    }

    fn request(&mut self, request: &Owned) {
        let bytes = request.encode();
        self.send(&Codec::new().decode(&bytes).unwrap().reliable());
    }

    fn next(&mut self) -> Coming {
        let mut whole: Vec<u8> = Vec::new();
        loop {
            let Self { socket, .. } = self;
            if socket.received.is_empty() {
                let mut chunk = [0; 4096];
                let len = socket.stream.read(&mut chunk).unwrap();
                assert!(len > 0, "ended without a Close");
                socket.received.extend_from_slice(&chunk[..len]);
            }
            let (taken, event) = socket.session.handle_input(&mut socket.received, 0).unwrap();
            let coming = match event {
                Some(Event::Data { message: Message::Binary, data, is_last, .. }) => {
                    whole.extend_from_slice(data);
                    is_last.then(|| {
                        let message = ws::Codec::new().decode(&whole).unwrap();
                        let message = message.over_udp(Type::NonConfirmable, 0);
                        Coming::Message(Owned::of(&message, whole.len()))
                    })
                }
                Some(Event::Close(payload)) => Some(Coming::Close(payload.close().code)),
                None | Some(Event::Pong(_)) => None,
                other => panic!("{other:?}"),
            };
            socket.received.drain(..taken);
            if let Some(coming) = coming {
                return coming;
            }
        }
    }

    fn receive(&mut self) -> Owned {
        match self.next() {
            Coming::Message(message) => message,
            Coming::Close(code) => panic!("closed with {code:?}"),
        }
    }

    pub fn ask(&mut self, request: &Owned) -> Owned {
        self.request(request);
        let response = self.receive();
        assert_eq!(response.token, request.token);
        response
    }

    /// The code of the gateway's Close, behind which the connection ends.
    fn expect_close(&mut self, code: CloseCode) {
        assert_eq!(self.next(), Coming::Close(Some(code)));
        self.socket.answer();
        assert_eq!(self.socket.stream.read(&mut [0]).unwrap(), 0);
    }
}

/// A frame of a client with a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len => {
            frame.push(0xFE);
            frame.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    [&frame, payload].concat()
}

/// Every step that others take over TCP and UDP, in fragments of any size.
#[test]
fn speaks_coap_like_anybody() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "outside");
    mqtt.subscribe("a/#", QoS::AtMostOnce);
    let (mut tcp, mut http) = (Tcp::new(broker.coap), Http::new(broker.http));
    for piece in [1, 3, 1000] {
        let mut client = Coap { piece, ..Coap::new(&broker) };
        assert_eq!(client.ask(&Owned::get("/ps/a/b")).code, Code::NOT_FOUND);
        assert_eq!(client.ask(&Owned::put("/ps/a/b", "21.5")).code, Code::CREATED);
        assert_eq!(mqtt.text(), "a/b 21.5");
        assert!(http.get("/topics?filter=a/b").text().contains(r#""via":"coap+ws""#));
        tcp.ask(&Owned::get("/ps/a/b")).expect("21.5");
        let observe = Owned::get("/ps/a/b").with(OptionNumber::OBSERVE, b"").with_token(b"see");
        client.ask(&observe).expect("21.5");
        mqtt.retain("a/b", b"22.0");
        let news = client.receive();
        assert_eq!((&*news.token, news.text()), (&b"see"[..], "22.0"));
        assert_eq!(mqtt.text(), "a/b 22.0");
        // Longer than a message may be to this client: in blocks. To us it is not.
        mqtt.retain("a/long", &[b'x'; 20_000]);
        assert_eq!(mqtt.message().payload.len(), 20_000);
        let long = client.ask(&Owned::get("/ps/a/long"));
        assert!(long.option(OptionNumber::BLOCK2).is_some() && long.len <= 0x2000);
        assert!(client.ask(&Owned::put("/ps/a/c", vec![b'x'; 60_000])).code.is_success());
        assert_eq!(mqtt.message().payload.len(), 60_000);
        assert_eq!(client.ask(&Owned::request(Code::DELETE, "/ps/a/b")).code, Code::DELETED);
        assert_eq!(client.receive().code, Code::NOT_FOUND);
        assert_eq!(mqtt.text(), "a/b ");
    }
}

#[test]
fn it_is_the_same_inside_tls() {
    let certificate = Certificate::new();
    let broker = Broker::with_tls(Limits::default(), Some(certificate.files()));
    for tls in [&TLS12, &TLS13] {
        let stream = certificate.connect(broker.https.unwrap(), tls, &[]);
        let mut client = Coap::over(Http::over(stream));
        client.say_csm();
        assert!(client.ask(&Owned::put("/ps/a", "x")).code.is_success());
        client.ask(&Owned::get("/ps/a")).expect("x");
        let list = Http::new(broker.http).get("/topics?filter=a");
        assert!(list.text().contains(r#""via":"coaps+ws""#), "{}", list.text());
        client.send(&ReliableMessage::new(Code::RELEASE));
        assert_eq!(client.next(), Coming::Close(Some(CloseCode::NORMAL)));
    }
}

/// What a client sends without waiting for the answer to its handshake is not lost.
#[test]
fn the_bytes_behind_the_handshake_are_frames() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let csm_and_get = [frame(0x82, b"\x00\xE1"), frame(0x82, b"\x01\x01t\xB2ps\x01a")].concat();
    let head = "GET /.well-known/coap HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
                Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Protocol: coap\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    http.send([head.as_bytes(), &csm_and_get].concat());
    let answer = http.head();
    assert_eq!(answer.field("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    let session = Session::new(Role::Client, Settings::DEFAULT);
    let mut client = Coap::raw(&broker);
    client.socket.stream = http.stream;
    (client.socket.session, client.socket.received) = (session, http.buffer);
    assert_eq!(client.receive().code, Code::CSM);
    let response = client.receive();
    assert_eq!((response.code, &*response.token), (Code::NOT_FOUND, &b"t"[..]));
}

/// RFC 8323 sections 3.4 and 5.
#[test]
fn pings_empty_messages_and_ends() {
    let broker = Broker::start();
    let mut client = Coap::new(&broker);
    client.send(&ReliableMessage::new(Code::EMPTY));
    client.send_bytes(b"\x01\xE2\x42\x20"); // Ping with Custody
    let pong = client.receive();
    assert_eq!((pong.code, &*pong.token), (Code::PONG, &b"\x42"[..]));
    assert!(pong.option(OptionNumber::CUSTODY).is_some());
    // WebSocket's own, which comes between the fragments of a message too.
    let get = b"\x01\x01t\xB2ps\x01a";
    client.frame(0x02, &get[..4]);
    client.frame(0x89, b"there?");
    let mut pong = [0; 8];
    client.socket.stream.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x8A\x06there?");
    client.frame(0x80, &get[4..]);
    assert_eq!(client.receive().code, Code::NOT_FOUND);

    client.request(&Owned::get("/ps/a"));
    client.send(&ReliableMessage::new(Code::RELEASE));
    assert_eq!(client.receive().code, Code::NOT_FOUND);
    client.expect_close(CloseCode::NORMAL);

    let mut client = Coap::new(&broker);
    client.send(&ReliableMessage::new(Code::ABORT));
    client.expect_close(CloseCode::NORMAL);

    // The client's Close is answered by the same.
    let mut client = Coap::new(&broker);
    client.frame(0x88, b"\x03\xE9");
    client.expect_close(CloseCode::GOING_AWAY);

    let mut client = Coap::new(&broker);
    client.ask(&Owned::get("/ps/a"));
    broker.end();
    assert_eq!(client.receive().code, Code::RELEASE);
    client.expect_close(CloseCode::GOING_AWAY);
}

#[test]
fn what_is_no_message_of_coap_is_aborted() {
    let broker = Broker::start();
    for (message, why, code) in [
        (&b""[..], "past the end", CloseCode::INVALID_DATA),
        (b"\x00", "past the end", CloseCode::INVALID_DATA),
        (b"\x00\xE2\x00\xE2", "", CloseCode::INVALID_DATA), // two Pings
        (b"\x20\x01\xB1a", "", CloseCode::INVALID_DATA),    // with a length, as over TCP
        (b"\x09\x01", "Token Length", CloseCode::INVALID_DATA),
        (b"\x00\x01\xFF", "payload", CloseCode::INVALID_DATA), // a marker without payload
        (b"\x00\xE1\x90", "critical", CloseCode::PROTOCOL_ERROR), // CSM with option 9
    ] {
        let mut client = Coap::new(&broker);
        client.send_bytes(b"\x01\x01t");
        assert_eq!(client.receive().code, Code::NOT_FOUND);
        if message.is_empty() {
            client.frame(0x82, message);
        } else {
            client.send_bytes(message);
        }
        let abort = client.receive();
        assert_eq!(abort.code, Code::ABORT);
        assert!(abort.text().contains(why), "{message:?}: {}", abort.text());
        client.expect_close(code);
    }
    for first in [&b"\x01\x01t"[..], b"\x00\xE2"] {
        let mut client = Coap::raw(&broker);
        client.send_bytes(first);
        assert_eq!((client.receive().code, client.receive().text()), (Code::CSM, "no CSM"));
        client.expect_close(CloseCode::PROTOCOL_ERROR);
    }
}

#[test]
fn who_breaks_a_rule_of_websocket_is_told_which() {
    let broker = Broker::start();
    let csm = frame(0x82, b"\x00\xE1");
    let long = [b'x'; 40_000];
    for (frames, code) in [
        (frame(0x81, b"\x00\x01"), CloseCode::UNSUPPORTED_DATA),
        (frame(0x81, b""), CloseCode::UNSUPPORTED_DATA),
        ([frame(0x01, b""), frame(0x80, b"x")].concat(), CloseCode::UNSUPPORTED_DATA),
        (frame(0x80, b"x"), CloseCode::PROTOCOL_ERROR),
        (frame(0xC2, b"x"), CloseCode::PROTOCOL_ERROR),
        (b"\x82\x02\x00\xE2".to_vec(), CloseCode::PROTOCOL_ERROR), // not masked
        (frame(0x88, b"\x03\xED"), CloseCode::PROTOCOL_ERROR),
        // 64 KiB and a byte: in one frame, of which the header is enough, and in two.
        (b"\x82\xFF\0\0\0\0\0\x01\0\x01mask".to_vec(), CloseCode::TOO_BIG),
        (b"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFmask".to_vec(), CloseCode::TOO_BIG),
        ([frame(0x02, &long), frame(0x80, &long)].concat(), CloseCode::TOO_BIG),
    ] {
        let mut client = Coap::raw(&broker);
        assert_eq!(client.receive().code, Code::CSM);
        client.write(&csm);
        client.write(&frames);
        client.expect_close(code);
    }
    // A fragment of nothing is not for ever.
    let mut client = Coap::new(&broker);
    client.frame(0x02, b"");
    let nothing = frame(0x00, b"").repeat(1 << 16);
    let _ = client.socket.stream.write_all(&nothing);
    assert!(matches!(client.next(), Coming::Close(Some(_))));
}

/// Requests, or Pings: who takes no answers is not read from, and others are not held up.
#[test]
fn who_does_not_read_is_not_read_from() {
    let broker = Broker::start();
    let mut publisher = broker.client(Version::V5, "mqtt");
    publisher.retain("big", &[b'x'; 8000]);
    publisher.expect_nothing();
    let get = frame(0x82, b"\x01\x01t\xB2ps\x03big");
    let ping = frame(0x89, &[b'p'; 125]);
    for many in [get.repeat(1000), ping.repeat(1000)] {
        let mut deaf = Coap::new(&broker);
        let stream = &mut deaf.socket.stream;
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let blocked = (0..500).any(|_| stream.write_all(&many).is_err());
        assert!(blocked, "all was read without anybody reading the answers");
        let mut client = Coap::new(&broker);
        assert_eq!(client.ask(&Owned::get("/ps/big")).payload.len(), 8000);
    }
}

#[test]
fn a_client_that_says_nothing_is_closed() {
    let connect_timeout = Duration::from_millis(500);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let mut silent = Coap::raw(&broker);
    assert_eq!(silent.receive().code, Code::CSM);
    silent.frame(0x02, b""); // a message begins, a Ping comes: no CSM still
    silent.frame(0x89, b"");
    assert_eq!(silent.receive().code, Code::ABORT);
    silent.expect_close(CloseCode::PROTOCOL_ERROR);
}

/// Where a WebSocket comes from nobody can be reached: an endpoint says its base. RFC 9176 section 5
#[test]
fn an_endpoint_says_its_base() {
    let broker = Broker::start();
    let mut client = Coap::new(&broker);
    let post = |uri: &str| Owned { payload: b"</a>".into(), ..Owned::request(Code::POST, uri) };
    assert_eq!(client.ask(&post("/rd?ep=one")).code, Code::BAD_REQUEST);
    let post = post("/rd?ep=one&base=coap://[2001:db8::1]");
    assert_eq!(client.ask(&post).code, Code::CREATED);
}
