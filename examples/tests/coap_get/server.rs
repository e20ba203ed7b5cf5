//! Servers that answer as a test wants it, and the client that asks them.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Output};

use coap_codec::{
    CoapOption, Code, Codec, OptionNumber, Options, ReliableMessage, Token, Type, Uint, tcp, ws,
};

use crate::peer::{Peer, frame};

/// A response before it is encoded.
#[derive(Clone)]
pub struct Reply {
    code: Code,
    /// In the order of their numbers.
    options: Vec<(OptionNumber, Vec<u8>)>,
    payload: Vec<u8>,
    /// That of the request unless it says another.
    token: Option<Vec<u8>>,
}

impl Reply {
    pub fn new(code: Code, payload: impl Into<Vec<u8>>) -> Self {
        Self { code, options: Vec::new(), payload: payload.into(), token: None }
    }

    pub fn content(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Code::CONTENT, payload)
    }

    pub fn with(mut self, number: OptionNumber, value: &[u8]) -> Self {
        self.options.push((number, value.into()));
        self.options.sort_by_key(|(number, _)| *number);
        self
    }

    pub fn with_uint(self, number: OptionNumber, value: u32) -> Self {
        self.with(number, Uint::new(value.into()).as_bytes())
    }

    pub fn with_token(self, token: &[u8]) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// What `then` makes of it.
    fn build<T>(&self, asked: &[u8], then: impl FnOnce(&ReliableMessage<'_>) -> T) -> T {
        let options: Vec<_> = self.options.iter().map(|(n, v)| CoapOption::new(*n, v)).collect();
        let token = Token::new(self.token.as_deref().unwrap_or(asked)).unwrap();
        let message = ReliableMessage::new(self.code).with_token(token);
        then(&message.with_options(Options::new(&options)).with_payload(&self.payload))
    }
}

/// Starts a server over UDP that answers each request with these responses; its URI.
pub fn over_udp(
    mut answer: impl FnMut(&ReliableMessage<'_>) -> Vec<Reply> + Send + 'static,
) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut buffer, mut id) = ([0; 2048], 0);
        loop {
            let (len, from) = socket.recv_from(&mut buffer).unwrap();
            let request = Codec::new().decode(&buffer[..len]).unwrap().reliable();
            if !request.code.is_request() {
                continue;
            }
            for reply in answer(&request) {
                id += 1;
                let mut datagram = [0; 2048];
                let len = reply.build(request.token.as_bytes(), |message| {
                    let message = message.over_udp(Type::NonConfirmable, id);
                    Codec::new().encode(&message, &mut datagram).unwrap()
                });
                socket.send_to(&datagram[..len], from).unwrap();
            }
        }
    });
    format!("coap://127.0.0.1:{port}/")
}

/// Starts a server over TCP for one connection; its URI.
pub fn over_tcp(
    mut answer: impl FnMut(&ReliableMessage<'_>) -> Vec<Reply> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let codec = tcp::Codec::new().with_max_message_size(1 << 24);
        let encode = |message: &ReliableMessage<'_>| {
            let mut frame = vec![0; codec.encoded_len(message).unwrap()];
            codec.encode(message, &mut frame).unwrap();
            frame
        };
        stream.write_all(&encode(&ReliableMessage::new(Code::CSM))).unwrap();
        let mut input = Vec::new();
        loop {
            while let Some((request, len)) = codec.decode(&input).unwrap() {
                if request.code.is_request() {
                    for reply in answer(&request) {
                        let frame = reply.build(request.token.as_bytes(), encode);
                        if stream.write_all(&frame).is_err() {
                            return; // the client has seen enough
                        }
                    }
                }
                input.drain(..len);
            }
            let mut chunk = [0; 2048];
            match stream.read(&mut chunk) {
                Ok(len @ 1..) => input.extend_from_slice(&chunk[..len]),
                _ => return,
            }
        }
    });
    format!("coap+tcp://127.0.0.1:{port}/")
}

/// How a server over WebSocket sends its responses.
#[derive(Clone, Copy)]
pub enum Frames {
    Whole,
    /// A frame for each byte, and a Ping behind it.
    Bytes,
    Text,
    /// Close in place of a response.
    Close,
    /// Nothing, and no Close.
    Cut,
    Masked,
    /// With a Length as over TCP.
    LongLen,
    /// It names no subprotocol.
    NoProtocol,
}

/// Starts a server over WebSocket for one connection; its URI.
pub fn over_websocket(
    frames: Frames,
    mut answer: impl FnMut(&ReliableMessage<'_>) -> Vec<Reply> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let protocol = (!matches!(frames, Frames::NoProtocol)).then_some("coap");
        let mut peer = Peer::accept(stream, protocol);
        assert!(peer.request.starts_with("GET /.well-known/coap HTTP/1.1\r\n"));
        assert!(peer.request.contains("\r\nSec-WebSocket-Protocol: coap\r\n"));
        let codec = ws::Codec::new();
        let encode = |message: &ReliableMessage<'_>| {
            let mut bytes = vec![0; codec.encoded_len(message).unwrap()];
            codec.encode(message, &mut bytes).unwrap();
            bytes
        };
        peer.send(frame(0x82, encode(&ReliableMessage::new(Code::CSM))));
        while let Some(message) = peer.message() {
            let request = codec.decode(&message).unwrap();
            if !request.code.is_request() {
                continue;
            }
            for reply in answer(&request) {
                let bytes = reply.build(request.token.as_bytes(), encode);
                match frames {
                    Frames::Whole | Frames::NoProtocol => peer.send(frame(0x82, bytes)),
                    Frames::Bytes => {
                        for (at, byte) in bytes.iter().enumerate() {
                            peer.send(frame(if at == 0 { 0x02 } else { 0x00 }, [*byte]));
                            peer.send(frame(0x89, "?"));
                        }
                        peer.send(frame(0x80, ""));
                    }
                    Frames::Text => peer.send(frame(0x81, "text")),
                    Frames::Close => peer.send(frame(0x88, b"\x03\xF3tired")),
                    Frames::Cut => return,
                    Frames::Masked => peer.send(b"\x82\x80\0\0\0\0"),
                    Frames::LongLen => peer.send(frame(0x82, [&[0x10], &bytes[1..]].concat())),
                }
            }
        }
    });
    format!("coap+ws://127.0.0.1:{port}/")
}

pub fn client() -> Command {
    Command::new(env!("CARGO_BIN_EXE_coap-get"))
}

/// Runs the client.
pub fn ask(args: &[&str]) -> Output {
    client().args(args).output().unwrap()
}

/// What it printed, of a client that ended well.
pub fn payload(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What it said beside that.
pub fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
