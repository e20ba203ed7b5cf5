//! tungstenite: `WebSocket::read` from a reader, through a buffer of 4 KiB: it is filled with zeroes
//! before each read; `Frame::to_text`.

use std::io::{self, Read, Write};

use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use super::{Collect, Decode, Judge};
use crate::visit::Visit;

pub struct Tungstenite {
    socket: WebSocket<Laps>,
    /// How long the input is.
    len: usize,
}

/// Gives the same input again and again, each time to its end.
struct Laps {
    wire: &'static [u8],
    at: usize,
}

impl Tungstenite {
    fn of(role: Role, wire: &'static [u8]) -> Self {
        let laps = Laps { wire, at: 0 };
        let config = WebSocketConfig::default().read_buffer_size(4096);
        Self { socket: WebSocket::from_raw_socket(laps, role, Some(config)), len: wire.len() }
    }
}

impl Decode for Tungstenite {
    const NAME: &'static str = "tungstenite";

    fn new(wire: &'static [u8]) -> Self {
        Self::of(Role::Server, wire)
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut left = self.len;
        while left > 0 {
            match self.socket.read().unwrap() {
                Message::Binary(payload) => {
                    v.number(2);
                    v.bytes(&payload);
                    left -= payload.len() + if payload.len() < 126 { 6 } else { 8 };
                }
                other => panic!("{other}"),
            }
        }
    }
}

impl Collect for Tungstenite {
    const NAME: &'static str = "tungstenite";

    fn new(wire: &'static [u8]) -> Self {
        Self::of(Role::Client, wire)
    }

    #[inline(always)]
    fn text<V: Visit>(&mut self, v: &mut V) {
        match self.socket.read().unwrap() {
            Message::Text(text) => v.bytes(text.as_bytes()),
            other => panic!("{other}"),
        }
    }
}

pub struct Text {
    frame: Frame,
}

impl Judge for Text {
    const NAME: &'static str = "tungstenite";

    fn new(text: &'static [u8]) -> Self {
        Self { frame: Frame::message(text, OpCode::Data(Data::Text), true) }
    }

    #[inline(always)]
    fn is_text(&mut self) -> bool {
        self.frame.to_text().is_ok()
    }
}

impl Read for Laps {
    #[inline]
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = &self.wire[self.at..];
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        self.at = if len == rest.len() { 0 } else { self.at + len };
        Ok(len)
    }
}

impl Write for Laps {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("nothing is to be answered")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
