//! Feature `embedded-io`: WebSocket as a stream of bytes over a transport that blocks.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType, Read, Write};

use super::{Close, Error, FrameHeader, Kind, Role, SendError, Session, Settings};
use crate::connection::{Client, Server};
use crate::io::{Driver, ReadBuffer, Sender};
use crate::io_buffer::WriteBuffer;
use crate::writer::copy;

/// A stream of bytes in binary messages over a transport, for MQTT (its section 6) and what else does
/// not look at messages. It is itself what `embedded_io` and `embedded_io_async` read from and write to:
/// code for a TCP connection runs on it unchanged.
///
/// What is read is received into your buffer and unmasked there; what came with the handshake is handed
/// out first. What is written is collected until there is no more room, until more must be read, or
/// until `flush`; each write begins a message. Reading and flushing send what the session owes by
/// itself, but only reading sees a Ping: read now and then. A stream of messages without end, as MQTT's,
/// wants [`Settings::message`] without a limit.
///
/// A blocking read cannot look at the clock: give the transport a limit of time for each read and write,
/// and read again after its error. This is how a silent peer is sent a Ping, and cut; and how one that
/// writes before it reads gets on: while what waits cannot be sent, it is read from nevertheless.
///
/// A future that is dropped at an await loses nothing: not what was read, and what [`Write::write`] has
/// taken is sent by the next call. An asynchronous write that waits is waited for: against a peer that
/// writes before it reads, and a silent one, drop the future after a time and call again.
///
/// ```
/// # #[cfg(feature = "embedded-io")] {
/// # use embedded_io::{ErrorType, Read, Write};
/// # struct Socket(&'static [u8], Vec<u8>);
/// # impl ErrorType for Socket { type Error = core::convert::Infallible; }
/// # impl Read for Socket {
/// #     fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> { self.0.read(out) }
/// # }
/// # impl Write for Socket {
/// #     fn write(&mut self, b: &[u8]) -> Result<usize, Self::Error> { self.1.extend(b); Ok(b.len()) }
/// #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # let mut socket = Socket(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
/// #     Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
/// #     Sec-WebSocket-Protocol: mqtt\r\n\r\n\x82\x02hi", Vec::new());
/// # let clock = || 0;
/// # let random = || 0x1234_5678;
/// use http_lite::connection::{Client, Settings};
/// use http_lite::io::Driver;
/// use http_lite::websocket::{self, handshake::Key};
/// use http_lite::{Field, Fields, Method, RequestHead, Target};
///
/// let mut http = Client::new(Settings::CLIENT.with_buffer(512));
/// let (mut input, mut output) = ([0; 512], [0; 512]);
/// let mut driver = Driver::new(&mut http, &mut socket, clock, &mut input, &mut output);
///
/// let key = Key::new(*b"the sample nonce"); // 16 random bytes
/// let [upgrade, connection, version, key_field] = key.fields();
/// let host = Field::new("Host", "broker.example.org").unwrap();
/// let mqtt = Field::new("Sec-WebSocket-Protocol", "mqtt").unwrap();
/// let fields = [host, upgrade, connection, version, key_field, mqtt];
/// let target = Target::new(b"/mqtt", &Method::GET).unwrap();
/// let request = RequestHead::new(Method::GET, target, Fields::new(&fields));
/// let (response, _) = driver.exchange(&request, b"").unwrap();
/// assert_eq!(key.check(&response, &["mqtt"]), Ok(Some("mqtt")));
/// let mut stream = driver.into_websocket(websocket::Settings::DEFAULT, random).unwrap();
///
/// let mut received = [0; 64];
/// let len = stream.read(&mut received).unwrap();
/// assert_eq!(&received[..len], b"hi");
/// stream.write_all(b"hello").unwrap();
/// stream.flush().unwrap();
/// # assert!(socket.1.ends_with(b"\x82\x85\x12\x34\x56\x78zQ:\x14}"));
/// # }
/// ```
pub struct WebSocket<'a, T, C, R> {
    pub(super) session: Session,
    pub(super) transport: &'a mut T,
    clock: C,
    random: R,
    /// What came with the handshake.
    pub(super) received: ReadBuffer<'a>,
    pub(super) output: WriteBuffer<'a>,
}

/// Why a WebSocket does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError<E> {
    /// The transport failed to read. Nothing is lost: the same call again goes on.
    #[error("the transport failed to read: {0:?}")]
    Read(E),
    /// The transport failed to write. What was not written is still held.
    #[error("the transport failed to write: {0:?}")]
    Write(E),
    /// The transport took no byte.
    #[error("the transport takes no more bytes")]
    WriteZero,
    /// The peer broke a rule, was silent for too long, or left without Close. It was told, if it could
    /// be; close the connection.
    #[error(transparent)]
    Session(Error),
    /// What was to be sent was not: Close was sent before, or the output buffer is too short.
    #[error(transparent)]
    Send(SendError),
}

/// What reading needs next.
pub(super) enum Next {
    /// What waits must be sent, or flushed.
    Send,
    /// So many bytes are in the buffer.
    Given(usize),
    /// More must be read.
    Read,
}

impl<'a, T: ErrorType, C: FnMut() -> u64, R: FnMut() -> u32> WebSocket<'a, T, C, R> {
    /// Behind a handshake. `received` is what was received with it and is not HTTP's; `output` collects
    /// what is sent, at least 131 bytes. `clock` gives the milliseconds since any fixed point, `random`
    /// the masks of a client's frames: see [`Session`].
    pub const fn new(
        session: Session,
        transport: &'a mut T,
        clock: C,
        random: R,
        received: ReadBuffer<'a>,
        output: &'a mut [u8],
    ) -> Self {
        Self { session, transport, clock, random, received, output: WriteBuffer::new(output) }
    }

    /// The session: its questions, such as why the peer has closed.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What reading needs next, where `buffer` is what is read into.
    pub(super) fn next(&mut self, buffer: &mut [u8]) -> Result<Next, WebSocketError<T::Error>> {
        loop {
            let now_ms = (self.clock)();
            // Without bytes, what has failed is told again.
            let state = self.session.handle_stream(&mut [], now_ms);
            let is_over = state.is_err() || self.session.is_close_received();
            if !is_over && !self.received.held().is_empty() {
                let len = self.received.held().len().min(buffer.len());
                let place = buffer.get_mut(..len).unwrap_or_default();
                copy(place, self.received.take(len));
                match self.received(buffer, len) {
                    0 => continue,
                    len => return Ok(Next::Given(len)),
                }
            }
            // A Ping may be due. Whether the peer is late, only a read tells.
            if !self.session.is_awaiting() {
                self.session.handle_timeout(now_ms);
            }
            match self.owe() {
                // Who failed hears it with the end of the connection, then.
                Err(error) if state.is_ok() => return Err(WebSocketError::Send(error)),
                _ => {}
            }
            if !self.output.pending().is_empty() || self.output.wants_flush() {
                return Ok(Next::Send);
            }
            return match state {
                Err(error) => Err(WebSocketError::Session(error)),
                Ok(_) if is_over => Ok(Next::Given(0)),
                Ok(_) => Ok(Next::Read),
            };
        }
    }

    /// Puts what the session owes behind what waits, as far as there is room.
    fn owe(&mut self) -> Result<(), SendError> {
        if !self.session.owes() {
            return Ok(());
        }
        let (now_ms, random) = ((self.clock)(), (self.random)());
        match self.session.poll_transmit(now_ms, random, self.output.space()) {
            Ok(len) => self.output.filled(len.unwrap_or(0)),
            Err(_) if !self.output.pending().is_empty() => {} // first what waits
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Before a flush. A Close is answered by reading: until then its receiver may write.
    pub(super) fn owe_unless_closed(&mut self) {
        if !self.session.is_close_received() {
            let _ = self.owe(); // again with the next read
        }
    }

    /// Behind a write that failed with `error`: the error to end with if reading is of no use.
    pub(super) fn stuck(
        &mut self,
        error: WebSocketError<T::Error>,
    ) -> Result<WebSocketError<T::Error>, WebSocketError<T::Error>> {
        match self.session.error() {
            Some(error) => Err(WebSocketError::Session(error)),
            None if self.session.is_close_received() => Err(error),
            // The peer may write before it reads, and have said why it does not.
            None => Ok(error),
        }
    }

    /// Nothing could be read: true if that was too late.
    pub(super) fn fails_late(&mut self) -> bool {
        if self.session.is_awaiting() {
            let now_ms = (self.clock)();
            self.session.handle_timeout(now_ms);
        }
        self.session.error().is_some()
    }

    /// The time for an answer is over, if none can be read now.
    #[cfg(feature = "embedded-io-async")]
    pub(super) fn is_late(&mut self) -> bool {
        let now_ms = (self.clock)();
        self.session.is_awaiting() && self.session.poll_timeout().is_some_and(|at| at <= now_ms)
    }

    /// Takes the first `len` bytes of `buffer` as received: how many bytes for the reader are there.
    pub(super) fn received(&mut self, buffer: &mut [u8], len: usize) -> usize {
        let raw = buffer.get_mut(..len).unwrap_or_default();
        if raw.is_empty() {
            let _ = self.session.handle_eof(); // tells its error again
        }
        let now_ms = (self.clock)();
        self.session.handle_stream(raw, now_ms).unwrap_or(0) // it too
    }

    /// Says that the transport has taken so many bytes.
    pub(super) fn wrote(&mut self, len: usize) -> Result<(), WebSocketError<T::Error>> {
        if self.output.sent(len) { Ok(()) } else { Err(WebSocketError::WriteZero) }
    }

    /// Puts a message with as much of `data` as fits behind what waits: how much; `None` if what waits
    /// must be sent first.
    pub(super) fn put(&mut self, data: &[u8]) -> Result<Option<usize>, WebSocketError<T::Error>> {
        let now_ms = (self.clock)();
        if let Err(error) = self.session.handle_stream(&mut [], now_ms) {
            // The peer is told first, as in reading.
            let _ = self.owe();
            let waits = !self.output.pending().is_empty();
            return if waits { Ok(None) } else { Err(WebSocketError::Session(error)) };
        }
        let space = self.output.space();
        let room = space.len().saturating_sub(FrameHeader::MAX_LEN);
        let waits = !self.output.pending().is_empty();
        if waits && room < data.len() {
            return Ok(None);
        }
        let data = data.get(..room.max(1)).unwrap_or(data);
        let random = (self.random)();
        let len = self.session.binary(data, random, self.output.space());
        self.output.filled(len.map_err(WebSocketError::Send)?);
        Ok(Some(data.len()))
    }

    /// Puts Close behind what waits; false if that must be sent first.
    pub(super) fn put_close(&mut self, close: Close<'_>) -> Result<bool, WebSocketError<T::Error>> {
        let (now_ms, random) = ((self.clock)(), (self.random)());
        match self.session.close(close, now_ms, random, self.output.space()) {
            Ok(len) => self.output.filled(len),
            Err(SendError::BufferTooSmall { .. }) if !self.output.pending().is_empty() => {
                return Ok(false);
            }
            Err(SendError::OutOfTurn) => {} // it was put before
            Err(error) => return Err(WebSocketError::Send(error)),
        }
        Ok(true)
    }
}

impl<T: Write, C: FnMut() -> u64, R: FnMut() -> u32> WebSocket<'_, T, C, R> {
    /// Starts the closing handshake: nothing can be written anymore. What the peer has sent before it
    /// answers is still read; `read` gives 0 once it has. Called again, it goes on with what was not
    /// written.
    ///
    /// # Errors
    ///
    /// [`WebSocketError`]; what was not written is still held.
    pub fn close(&mut self, close: Close<'_>) -> Result<(), WebSocketError<T::Error>> {
        while !self.put_close(close)? {
            self.send()?;
        }
        self.send()
    }

    fn send(&mut self) -> Result<(), WebSocketError<T::Error>> {
        while !self.output.pending().is_empty() {
            let len = self.transport.write(self.output.pending()).map_err(WebSocketError::Write)?;
            self.wrote(len)?;
        }
        if self.output.wants_flush() {
            self.transport.flush().map_err(WebSocketError::Write)?;
            self.output.flushed();
        }
        Ok(())
    }
}

impl<T: ErrorType, C, R> ErrorType for WebSocket<'_, T, C, R> {
    type Error = WebSocketError<T::Error>;
}

impl<T: Read + Write, C: FnMut() -> u64, R: FnMut() -> u32> Read for WebSocket<'_, T, C, R> {
    /// The end of the stream, 0, is the peer's Close.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let unsent = match self.next(buffer)? {
                Next::Given(len) => return Ok(len),
                Next::Read => None,
                Next::Send => match self.send() {
                    Ok(()) => continue,
                    Err(error) => Some(self.stuck(error)?),
                },
            };
            match self.transport.read(buffer) {
                Ok(len) => match self.received(buffer, len) {
                    0 => {}
                    len => return Ok(len),
                },
                Err(_) if self.fails_late() => {} // it is told, if it can be
                Err(error) => return Err(unsent.unwrap_or(WebSocketError::Read(error))),
            }
        }
    }
}

impl<T: Write, C: FnMut() -> u64, R: FnMut() -> u32> Write for WebSocket<'_, T, C, R> {
    fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if data.is_empty() {
            return Ok(0);
        }
        loop {
            match self.put(data)? {
                Some(len) => return Ok(len),
                None => self.send()?,
            }
        }
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.owe_unless_closed();
        self.send()
    }
}

impl<'a, T: ErrorType, C: FnMut() -> u64> Driver<'a, Client, T, C> {
    /// The WebSocket on this connection, behind a response 101 that
    /// [`Key::check`](super::handshake::Key::check) has accepted; `None` if there was no 101.
    pub fn into_websocket<R: FnMut() -> u32>(
        self,
        settings: Settings,
        random: R,
    ) -> Option<WebSocket<'a, T, C, R>> {
        let is_switched = self.sender.machine.is_switched();
        is_switched.then(|| self.switch(Session::new(Role::Client, settings), random))
    }
}

impl<'a, T: ErrorType, C: FnMut() -> u64> Driver<'a, Server, T, C> {
    /// The WebSocket on this connection, behind our response 101; `None` if there was none.
    #[expect(clippy::type_complexity, reason = "a server has no masks")]
    pub fn into_websocket(self, settings: Settings) -> Option<WebSocket<'a, T, C, fn() -> u32>> {
        let is_switched = self.sender.machine.is_switched();
        let unmasked: fn() -> u32 = || 0;
        is_switched.then(|| self.switch(Session::new(Role::Server, settings), unmasked))
    }
}

impl<'a, M, T, C> Driver<'a, M, T, C> {
    fn switch<R>(self, session: Session, random: R) -> WebSocket<'a, T, C, R> {
        let Sender { transport, clock, output, .. } = self.sender;
        WebSocket { session, transport, clock, random, received: self.input, output }
    }
}

impl<E: embedded_io::Error> embedded_io::Error for WebSocketError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read(error) | Self::Write(error) => error.kind(),
            Self::WriteZero => ErrorKind::WriteZero,
            Self::Session(error) if error.kind == Kind::Incomplete => ErrorKind::ConnectionReset,
            Self::Session(error) if error.kind == Kind::TooSlow => ErrorKind::ConnectionAborted,
            Self::Session(_) => ErrorKind::InvalidData,
            Self::Send(SendError::OutOfTurn) => ErrorKind::BrokenPipe,
            Self::Send(_) => ErrorKind::InvalidInput,
        }
    }
}

impl<T, C, R> fmt::Debug for WebSocket<'_, T, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("session", &self.session)
            .field("received", &self.received)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}
