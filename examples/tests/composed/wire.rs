//! The other side: what it says is written before, what it hears is looked at behind.

use http_lite::connection::{Client, ClientEvent, Settings};
use http_lite::websocket::handshake::Key;
use http_lite::websocket::{Event, Message, Role, Session};
use http_lite::{Field, Fields, Method, RequestHead, Target};

/// A transport that gives at most `piece` bytes at a time.
pub(crate) struct Wire {
    pub(crate) input: Vec<u8>,
    pub(crate) output: Vec<u8>,
    pub(crate) piece: usize,
    at: usize,
}

impl Wire {
    /// Answers the handshake with this subprotocol, and then says `frames`.
    pub(crate) fn new(protocol: &str, frames: &[u8], piece: usize) -> Self {
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
             Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
        );
        Self { input: [head.as_bytes(), frames].concat(), output: Vec::new(), piece, at: 0 }
    }

    pub(crate) fn read(&mut self, room: &mut [u8]) -> usize {
        assert!(!room.is_empty());
        let len = self.piece.min(room.len()).min(self.input.len() - self.at);
        room[..len].copy_from_slice(&self.input[self.at..][..len]);
        self.at += len;
        len
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// The messages that were sent behind the request, and the payloads of Pongs.
    pub(crate) fn heard(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let end = self.output.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let mut sent = self.output[end..].to_vec();
        let mut server = Session::new(Role::Server, LIMITS);
        let (mut messages, mut pongs, mut at) = (vec![], vec![], 0);
        while at < sent.len() {
            let (taken, event) = server.handle_input(&mut sent[at..], 0).unwrap();
            at += taken;
            match event {
                Some(Event::Data { message, data, is_first, .. }) => {
                    assert_eq!(message, Message::Binary);
                    if is_first {
                        messages.push(Vec::new());
                    }
                    messages.last_mut().unwrap().extend_from_slice(data);
                }
                Some(Event::Pong(payload)) => pongs.push(payload.as_bytes().to_vec()),
                Some(other) => panic!("{other:?}"),
                None => {}
            }
        }
        (messages, pongs)
    }
}

pub(crate) const LIMITS: http_lite::websocket::Settings = http_lite::websocket::Settings::DEFAULT;

/// Opens a WebSocket: how much of `received` the head of the response takes, and how many of the bytes
/// behind it were received with it. They stay where they are.
pub(crate) fn open(
    wire: &mut Wire,
    target: &str,
    protocol: &str,
    received: &mut [u8],
    out: &mut [u8],
) -> (usize, usize) {
    let key = Key::new(*b"the sample nonce"); // a real client: 16 random bytes
    let [upgrade, connection, version, key_field] = key.fields();
    let host = Field::new("Host", "example.org").unwrap();
    let wanted = Field::new("Sec-WebSocket-Protocol", protocol).unwrap();
    let fields = [host, upgrade, connection, version, key_field, wanted];
    let target = Target::new(target.as_bytes(), &Method::GET).unwrap();
    let request = RequestHead::new(Method::GET, target, Fields::new(&fields));

    let mut http = Client::new(Settings::CLIENT.with_buffer(received.len() as u32));
    let len = http.request(&request, 0, out).unwrap();
    wire.send(&out[..len]);
    let mut end = 0;
    loop {
        end += wire.read(&mut received[end..]);
        let (taken, event) = http.handle_input(&received[..end], 0).unwrap();
        match event {
            Some(ClientEvent::Informational(head)) => {
                assert_eq!(key.check(&head, &[protocol]), Ok(Some(protocol)));
                assert!(http.is_switched());
                return (taken, end - taken);
            }
            Some(other) => panic!("{other:?}"),
            None => assert_eq!(taken, 0),
        }
    }
}

/// A message in a frame, or a fragment of one, as a server sends it.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..=125 => bytes.push(len as u8),
        len @ 126..=0xFFFF => {
            bytes.push(126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A binary message in fragments of this length, as a server sends it.
pub(crate) fn fragments(message: &[u8], len: usize) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut pieces = message.chunks(len).peekable();
    let mut opcode = 2;
    while let Some(piece) = pieces.next() {
        let fin = if pieces.peek().is_none() { 0x80 } else { 0 };
        frames.extend(frame(fin | opcode, piece));
        opcode = 0;
    }
    frames
}
