//! A stream of bytes inside WebSocket: what MQTT sends goes out in binary messages, and what comes in
//! them is what it reads. MQTT 5.0 section 6; RFC 6455

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, BytesMut};
use http_lite::websocket::{Close, CloseCode, FrameHeader, Role, SendError, Session, Settings};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;

/// At most so much is sent in one message.
const MESSAGE: usize = 16 << 10;

/// A server's side, behind the handshake.
#[derive(Debug)]
pub(super) struct WebSocket {
    stream: Stream,
    session: Session,
    /// What came with the handshake.
    received: BytesMut,
    /// What waits to be written.
    output: BytesMut,
    start: Instant,
    is_over: bool,
}

impl WebSocket {
    /// `received` is what of the input HTTP did not take, `output` what it has left to write.
    pub(super) fn new(stream: Stream, received: BytesMut, output: BytesMut) -> Self {
        // MQTT sees by itself who is silent, and has limits of its own for what it reads.
        let settings = Settings { message: u64::MAX, ping_ms: u64::MAX, ..Settings::DEFAULT };
        let session = Session::new(Role::Server, settings);
        Self { stream, session, received, output, start: Instant::now(), is_over: false }
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes what waits, and what the session owes: Pong, Close.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while !self.output.is_empty() {
                match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    written => self.output.advance(written),
                }
            }
            let now_ms = self.now_ms();
            // A server's frames are not masked: no random number is looked at.
            if !self.put(|session, out| Ok(session.poll_transmit(now_ms, 0, out)?.unwrap_or(0)))? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Appends what `encode` writes: false if that is nothing.
    fn put(
        &mut self,
        mut encode: impl FnMut(&mut Session, &mut [u8]) -> Result<usize, SendError>,
    ) -> io::Result<bool> {
        const ROOM: usize = MESSAGE + FrameHeader::MAX_LEN;
        let start = self.output.len();
        self.output.resize(start + ROOM, 0);
        let result = encode(&mut self.session, self.output.get_mut(start..).unwrap_or_default());
        self.output.truncate(start + result.unwrap_or(0));
        result.map(|len| len > 0).map_err(io::Error::other)
    }
}

impl AsyncRead for WebSocket {
    /// The end of the stream is Close, a broken rule, or the end of the connection.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if let Poll::Ready(Err(error)) = this.poll_output(cx) {
                return Poll::Ready(Err(error));
            }
            if this.is_over {
                return Poll::Ready(Ok(()));
            }
            // Unmasked where it lies: the buffer is the protocol's own.
            let room = buf.initialize_unfilled();
            let len = match this.received.len().min(room.len()) {
                0 => {
                    let mut raw = ReadBuf::new(room);
                    ready!(Pin::new(&mut this.stream).poll_read(cx, &mut raw))?;
                    raw.filled().len()
                }
                len => {
                    this.received.copy_to_slice(room.get_mut(..len).unwrap_or_default());
                    len
                }
            };
            if len == 0 {
                return Poll::Ready(Ok(()));
            }
            let now_ms = this.now_ms();
            let raw = room.get_mut(..len).unwrap_or_default();
            match this.session.handle_stream(raw, now_ms) {
                Ok(len) => {
                    this.is_over = this.session.is_close_received();
                    if len > 0 {
                        buf.advance(len);
                        return Poll::Ready(Ok(()));
                    }
                }
                Err(_) => this.is_over = true, // its Close is owed
            }
        }
    }
}

impl AsyncWrite for WebSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_output(cx))?;
        let data = buf.get(..MESSAGE).unwrap_or(buf);
        this.put(|session, out| session.binary(data, 0, out))?;
        // What does not go now goes before the next.
        if let Poll::Ready(Err(error)) = this.poll_output(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_output(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.session.is_open() && !this.session.is_close_received() {
            let (now_ms, close) = (this.now_ms(), Close::new(CloseCode::NORMAL));
            this.put(|session, out| session.close(close, now_ms, 0, out))?;
        }
        ready!(this.poll_output(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}
