//! fastwebsockets, with its feature `simd`: `unmask(&mut [u8], key)` of the key turned to the position;
//! `WebSocket::read_frame` and `FragmentCollector::read_frame` from a reader; `Frame::is_utf8`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket, unmask};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Collect, Decode, Judge, Unmask};
use crate::ready::ready;
use crate::visit::Visit;

pub struct Fast;

impl Unmask for Fast {
    const NAME: &'static str = "fastwebsockets";

    fn new(_: &'static [u8]) -> Self {
        Self
    }

    #[inline(always)]
    fn unmask(&mut self, data: &mut [u8], mut key: [u8; 4], position: usize) {
        key.rotate_left(position & 3);
        unmask(data, key);
    }
}

pub struct Frames {
    socket: WebSocket<Laps>,
    /// How long the input is.
    len: usize,
}

impl Decode for Frames {
    const NAME: &'static str = "fastwebsockets";

    fn new(wire: &'static [u8]) -> Self {
        let socket = WebSocket::after_handshake(Laps { wire, at: 0 }, Role::Server);
        Self { socket, len: wire.len() }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut left = self.len;
        while left > 0 {
            let frame = ready(self.socket.read_frame()).unwrap();
            v.number(frame.opcode as u64);
            v.bytes(&frame.payload);
            left -= frame.payload.len() + if frame.payload.len() < 126 { 6 } else { 8 };
        }
    }
}

pub struct Messages {
    socket: FragmentCollector<Laps>,
}

impl Collect for Messages {
    const NAME: &'static str = "fastwebsockets";

    fn new(wire: &'static [u8]) -> Self {
        let socket = WebSocket::after_handshake(Laps { wire, at: 0 }, Role::Client);
        Self { socket: FragmentCollector::new(socket) }
    }

    #[inline(always)]
    fn text<V: Visit>(&mut self, v: &mut V) {
        let frame = ready(self.socket.read_frame()).unwrap();
        assert!(frame.opcode == OpCode::Text);
        v.bytes(&frame.payload);
    }
}

pub struct Text {
    frame: Frame<'static>,
}

impl Judge for Text {
    const NAME: &'static str = "fastwebsockets";

    fn new(text: &'static [u8]) -> Self {
        Self { frame: Frame::text(Payload::Borrowed(text)) }
    }

    #[inline(always)]
    fn is_text(&mut self) -> bool {
        self.frame.is_utf8()
    }
}

/// Gives the same input again and again, each time to its end.
struct Laps {
    wire: &'static [u8],
    at: usize,
}

impl AsyncRead for Laps {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = &self.wire[self.at..];
        let len = rest.len().min(out.remaining());
        out.put_slice(&rest[..len]);
        self.at = if len == rest.len() { 0 } else { self.at + len };
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Laps {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        panic!("nothing is to be answered")
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
