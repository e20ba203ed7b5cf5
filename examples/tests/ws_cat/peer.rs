//! The server's side of a WebSocket, for tests that say what it sends byte by byte.

use std::io::{Read, Write};

use http_lite::connection::{Server, ServerEvent, Settings as HttpSettings};
use http_lite::websocket::handshake::Offer;
use http_lite::websocket::{Event, Role, Session, Settings};
use http_lite::{Fields, ResponseHead, StatusCode};

/// Behind the handshake.
pub struct Peer<S> {
    pub stream: S,
    /// The request.
    pub request: String,
    session: Session,
    input: Vec<u8>,
}

impl<S: Read + Write> Peer<S> {
    /// Takes what the client asks for, with this subprotocol.
    pub fn accept(mut stream: S, protocol: Option<&str>) -> Self {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", request.escape_ascii());
            request.extend(byte);
        }
        let mut http = Server::new(HttpSettings::SERVER);
        let (taken, event) = http.handle_input(&request, 0).unwrap();
        let Some(ServerEvent::Request { head, .. }) = event else { panic!("no request") };
        let key = Offer::of(&head).unwrap().accept();
        http.handle_input(&request[taken..], 0).unwrap();
        let (plain, chosen);
        let fields = match protocol {
            None => {
                plain = key.fields();
                Fields::new(&plain)
            }
            Some(protocol) => {
                chosen = key.fields_with_protocol(protocol).unwrap();
                Fields::new(&chosen)
            }
        };
        let mut out = [0; 512];
        let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, fields);
        let len = http.respond(&head, 0, &mut out).unwrap();
        stream.write_all(&out[..len]).unwrap();
        let request = String::from_utf8(request).unwrap();
        let session = Session::new(Role::Server, Settings::DEFAULT);
        Self { stream, request, session, input: Vec::new() }
    }

    /// Sends these bytes; the client may have seen enough.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush());
    }

    /// The next message, `None` behind the last; Ping and Close are answered.
    pub fn message(&mut self) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            while !self.input.is_empty() {
                let (taken, event) = self.session.handle_input(&mut self.input, 0).unwrap();
                let mut is_complete = false;
                if let Some(Event::Data { data, is_last, .. }) = event {
                    message.extend_from_slice(data);
                    is_complete = is_last;
                }
                self.input.drain(..taken);
                let mut out = [0; 200];
                if let Some(len) = self.session.poll_transmit(0, 0, &mut out).unwrap() {
                    self.send(&out[..len]);
                }
                if is_complete {
                    return Some(message);
                }
            }
            if self.session.is_close_received() {
                return None;
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(len @ 1..) => self.input.extend_from_slice(&chunk[..len]),
                _ => return None,
            }
        }
    }
}

/// A frame of a server.
pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(len as u8),
        len @ ..=0xFFFF => frame.extend([&[126][..], &(len as u16).to_be_bytes()].concat()),
        len => frame.extend([&[127][..], &(len as u64).to_be_bytes()].concat()),
    }
    frame.extend_from_slice(payload);
    frame
}
