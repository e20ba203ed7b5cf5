//! MQTT over WebSocket, at `/mqtt`; and what every WebSocket here has.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http_lite::websocket::handshake::Key;
use http_lite::websocket::{Close, CloseCode, Event, FrameHeader, Role, Session, Settings};
use mqtt_codec::{Connect, Packet, QoS, ReasonCode, Text, Version};
use sansio_examples::gateway::Limits;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::client::{BOTH, Broker, Client};
use crate::http_client::{Answer, Http};
use crate::tls::Certificate;

/// Where which subprotocol is spoken.
const PLACES: [(&str, &str); 2] = [("/mqtt", "mqtt"), ("/.well-known/coap", "coap")];

/// What a browser or a library sends, but for the key.
fn fields(subprotocol: &str) -> Vec<String> {
    [
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        &format!("Sec-WebSocket-Protocol: {subprotocol}"),
        "Origin: http://localhost",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn shake_hands<S: Read + Write>(http: &mut Http<S>, path: &str, fields: &[String]) -> Answer {
    let key = Key::new([7; 16]);
    let key = format!("Sec-WebSocket-Key: {}", str::from_utf8(key.as_bytes()).unwrap());
    let fields: Vec<&str> = fields.iter().map(|field| &**field).chain([&*key]).collect();
    http.ask(&format!("GET {path}"), &fields, b"")
}

/// A client's side: bytes in and out, in binary messages of at most `piece` bytes.
pub struct WebSocket<S = TcpStream> {
    pub stream: S,
    pub session: Session,
    pub received: Vec<u8>,
    piece: usize,
    random: u32,
}

impl<S: Read + Write> WebSocket<S> {
    pub fn open(http: Http<S>, place: (&str, &str), piece: usize) -> Self {
        Self::open_with(http, place, piece, &[])
    }

    /// With more fields in the handshake.
    pub fn open_with(
        mut http: Http<S>,
        (path, subprotocol): (&str, &str),
        piece: usize,
        more: &[String],
    ) -> Self {
        let answer = shake_hands(&mut http, path, &[&fields(subprotocol), more].concat());
        assert_eq!(answer.status, 101);
        assert_eq!(answer.field("sec-websocket-protocol"), Some(subprotocol));
        assert_eq!(answer.field("sec-websocket-extensions"), None);
        let session = Session::new(Role::Client, Settings::DEFAULT);
        Self { stream: http.stream, session, received: http.buffer, piece, random: 1 }
    }

    pub fn random(&mut self) -> u32 {
        self.random = self.random.wrapping_mul(0x9E37_79B1).wrapping_add(0x1234_5677);
        self.random
    }

    pub fn answer(&mut self) {
        let mut out = [0; 131];
        let random = self.random();
        if let Some(len) = self.session.poll_transmit(0, random, &mut out).unwrap() {
            self.stream.write_all(&out[..len]).unwrap();
        }
    }

    /// Close, and how the gateway answers it.
    fn close(mut self) -> Option<CloseCode> {
        let mut out = [0; 131];
        let close = Close::new(CloseCode::NORMAL);
        let len = self.session.close(close, 0, 9, &mut out).unwrap();
        self.stream.write_all(&out[..len]).unwrap();
        self.closed_with()
    }

    /// The code of the gateway's Close, behind which the connection ends.
    pub fn closed_with(&mut self) -> Option<CloseCode> {
        let mut code = None;
        let mut buffer = [0; 1000];
        loop {
            let len = self.stream.read(&mut buffer).unwrap();
            if len == 0 {
                assert!(self.session.is_close_received());
                return code;
            }
            let mut rest = &mut buffer[..len];
            while !rest.is_empty() {
                let (taken, event) = self.session.handle_input(rest, 0).unwrap();
                if let Some(Event::Close(payload)) = event {
                    code = payload.close().code;
                }
                rest = &mut rest[taken..];
            }
        }
    }
}

impl<S: Read + Write> Read for WebSocket<S> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if self.session.is_close_received() {
                return Ok(0);
            }
            let mut raw = std::mem::take(&mut self.received);
            if raw.is_empty() {
                raw = vec![0; out.len().min(50)];
                let len = self.stream.read(&mut raw)?;
                raw.truncate(len);
                if len == 0 {
                    return Ok(0);
                }
            }
            let len = self.session.handle_stream(&mut raw, 0).unwrap();
            self.answer();
            if len > 0 {
                out[..len].copy_from_slice(&raw[..len]);
                return Ok(len);
            }
        }
    }
}

impl<S: Read + Write> Write for WebSocket<S> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for piece in bytes.chunks(self.piece) {
            let mut out = vec![0; piece.len() + FrameHeader::MAX_LEN];
            let random = self.random();
            let len = self.session.binary(piece, random, &mut out).unwrap();
            self.stream.write_all(&out[..len])?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

fn connect_over<S: Read + Write>(
    http: Http<S>,
    version: Version,
    piece: usize,
) -> Client<WebSocket<S>> {
    let mut client = Client::over(WebSocket::open(http, PLACES[0], piece), version);
    client.send(&Packet::Connect(Connect::new(version, Text::from_static("inside"))));
    assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
    client
}

pub fn connect(broker: &Broker, version: Version, piece: usize) -> Client<WebSocket> {
    connect_over(Http::new(broker.http), version, piece)
}

/// A message of any other protocol arrives, and what is published reaches them; packets cut and
/// joined by messages in any way.
#[test]
fn speaks_mqtt_like_anybody() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    for version in BOTH {
        for piece in [1, 3, 1000] {
            let mut client = connect(&broker, version, piece);
            client.subscribe("a/#", QoS::AtMostOnce);
            assert!(matches!(http.put("/topics/a/b", "by HTTP").status, 201 | 204));
            assert_eq!(client.text(), "a/b by HTTP");
            let mut other = broker.client(version, "outside");
            other.subscribe("c", QoS::AtMostOnce);
            client.publish("c", b"from inside");
            assert_eq!(other.text(), "c from inside");
            // Longer than any buffer and any message of the gateway.
            let long = vec![b'x'; 100_000];
            other.publish("a/long", &long);
            assert_eq!(client.message().payload, &long[..]);
            client.publish("c", &long);
            assert_eq!(other.message().payload, &long[..]);
            assert_eq!(client.stream.close(), Some(CloseCode::NORMAL));
            http.ask("DELETE /topics/a/b", &[], b"");
        }
    }
}

/// What a client sends without waiting for the answer to its handshake is not lost.
#[test]
fn the_bytes_behind_the_handshake_are_frames() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let connect = b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x3C\x00\x01x";
    let mut session = Session::new(Role::Client, Settings::DEFAULT);
    let mut out = [0; 64];
    let len = session.binary(connect, 0x5555_AAAA, &mut out).unwrap();
    let head = format!(
        "GET /mqtt HTTP/1.1\r\nHost: localhost\r\n{}\r\nSec-WebSocket-Key: {}\r\n\r\n",
        fields("mqtt").join("\r\n"),
        "dGhlIHNhbXBsZSBub25jZQ=="
    );
    http.send([head.as_bytes(), &out[..len]].concat());
    let answer = http.head();
    assert_eq!(answer.field("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    while http.buffer.len() < 6 {
        assert!(http.read());
    }
    assert_eq!(http.buffer, b"\x82\x04\x20\x02\x00\x00");
}

#[test]
fn a_ping_is_answered_and_close_too() {
    let broker = Broker::start();
    let mut client = connect(&broker, Version::V5, 100);
    let socket = &mut client.stream;
    let mut out = [0; 20];
    let len = socket.session.ping(b"still there?", 3, &mut out).unwrap();
    socket.stream.write_all(&out[..len]).unwrap();
    let mut pong = [0; 14];
    socket.stream.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x8A\x0Cstill there?");
    // MQTT's own farewell first.
    client.send_bytes(b"\xE0\x00");
    assert_eq!(client.stream.closed_with(), Some(CloseCode::NORMAL));
}

#[test]
fn who_breaks_a_rule_is_told_which() {
    let broker = Broker::start();
    for (frame, code) in [
        (&b"\x81\x85\0\0\0\0Hello"[..], CloseCode::UNSUPPORTED_DATA),
        (b"\x82\x00", CloseCode::PROTOCOL_ERROR),
        (b"\xC2\x80\0\0\0\0", CloseCode::PROTOCOL_ERROR),
        (b"\x88\x82\0\0\0\0\x03\xED", CloseCode::PROTOCOL_ERROR),
    ] {
        let mut client = connect(&broker, Version::V5, 100);
        client.stream.stream.write_all(frame).unwrap();
        assert_eq!(client.stream.closed_with(), Some(code));
    }
}

#[test]
fn handshakes_that_are_refused() {
    let broker = Broker::start();
    for (path, subprotocol) in PLACES {
        let without = |name: &str| -> Vec<String> {
            fields(subprotocol).into_iter().filter(|field| !field.starts_with(name)).collect()
        };
        let with = |name: &str, field: &str| [without(name), vec![field.to_owned()]].concat();
        let other = if subprotocol == "mqtt" { "coap" } else { "mqtt" };
        for (fields, status) in [
            (without("Upgrade"), 426),
            (without("Connection"), 426),
            (with("Sec-WebSocket-V", "Sec-WebSocket-Version: 8"), 426),
            (with("Sec-WebSocket-P", "Sec-WebSocket-Protocol: chat"), 400),
            (with("Sec-WebSocket-P", &format!("Sec-WebSocket-Protocol: {other}")), 400),
            (without("Sec-WebSocket-P"), 400),
            (with("Origin", "Origin: http://elsewhere.example"), 403),
            (with("Origin", "Sec-Fetch-Site: cross-site"), 403),
        ] {
            let mut http = Http::new(broker.http);
            let answer = shake_hands(&mut http, path, &fields);
            assert_eq!(answer.status, status, "{fields:?}");
            if status == 426 {
                assert_eq!(answer.field("sec-websocket-version"), Some("13"));
                assert_eq!(answer.field("upgrade"), Some("websocket"));
            }
            // It is HTTP still.
            assert_eq!(http.get("/topics").status, 200);
            assert_eq!(http.ask(&format!("POST {path}"), &[], b"").status, 405);
        }
        // Without an origin it is no browser.
        let mut http = Http::new(broker.http);
        assert_eq!(shake_hands(&mut http, path, &without("Origin")).status, 101);
        // One of several is chosen.
        let several = format!("Sec-WebSocket-Protocol: chat, {subprotocol}");
        let mut http = Http::new(broker.http);
        let answer = shake_hands(&mut http, path, &with("Sec-WebSocket-P", &several));
        assert_eq!(answer.field("sec-websocket-protocol"), Some(subprotocol));
    }
}

#[test]
fn it_is_the_same_inside_tls() {
    let certificate = Certificate::new();
    let broker = Broker::with_tls(Limits::default(), Some(certificate.files()));
    let long = vec![b'x'; 100_000];
    let mut outside = broker.client(Version::V5, "outside");
    outside.subscribe("out", QoS::AtMostOnce);
    for tls in [&TLS12, &TLS13] {
        for version in BOTH {
            let stream = certificate.connect(broker.https.unwrap(), tls, &[b"http/1.1"]);
            let mut client = connect_over(Http::over(stream), version, 1000);
            client.subscribe("in", QoS::AtMostOnce);
            outside.publish("in", &long);
            assert_eq!(client.message().payload, &long[..]);
            client.publish("out", &long);
            assert_eq!(outside.message().payload, &long[..]);
        }
    }
}

/// One who does not answer Close, and does not close, is not waited for.
#[test]
fn who_does_not_take_part_in_closing_is_cut() {
    let broker = Broker::start();
    for place in PLACES {
        let mut client = WebSocket::open(Http::new(broker.http), place, 100);
        client.stream.write_all(b"\x81\x80\0\0\0\0").unwrap();
        let begin = Instant::now();
        assert_eq!(client.closed_with(), Some(CloseCode::UNSUPPORTED_DATA));
        // What goes on is read for a moment, then refused by the system.
        while client.stream.write_all(b"\x8A\x80\0\0\0\0").is_ok() {
            assert!(begin.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A connection that is dropped with unread input would take its Close back.
#[test]
fn close_arrives_whatever_comes_behind_the_fault() {
    let broker = Broker::start();
    for place in PLACES {
        let mut client = WebSocket::open(Http::new(broker.http), place, 100);
        client.stream.write_all(b"\x81\x80\0\0\0\0").unwrap();
        for _ in 0..200 {
            let frame = [&b"\x82\xFE\x03\xE8\0\0\0\0"[..], &[0; 1000]].concat();
            client.stream.write_all(&frame).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(client.closed_with(), Some(CloseCode::UNSUPPORTED_DATA));
    }
}
