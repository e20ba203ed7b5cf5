//! Feature `embedded-io`: whole connections over a transport that blocks.

use core::fmt;

use embedded_io::{ErrorType, Read, Write};

use crate::connection::{Client, ClientEvent, SendError, Server, ServerEvent};
use crate::embedded_io_impl::IoError;
use crate::error::DecodeError;
use crate::field::Fields;
use crate::framing::Framing;
use crate::head::{RequestHead, ResponseHead};
use crate::io_buffer::{ReadBuffer, WriteBuffer};
use crate::layout::{ClientLayout, ServerLayout};

/// A connection over a transport: [`Server`] or [`Client`], and two buffers.
///
/// `input` must be as long as the longest head: [`Settings::with_buffer`]. What is sent is collected
/// in `output` until it is full, until more must be read, or until [`send`](Sender::send): so it must
/// be as long as the longest head that is sent, and answers to pipelined requests leave together.
///
/// `clock` gives the milliseconds since any fixed point. A blocking read cannot look at it: give the
/// transport a limit of time for each read, and call `read_next` again after it. This is how
/// slow peers are cut.
///
/// [`Settings::with_buffer`]: crate::connection::Settings::with_buffer
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
/// # let mut socket = Socket(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", Vec::new());
/// use http_lite::body::BodyPart;
/// use http_lite::connection::{Server, ServerEvent, Settings};
/// use http_lite::io::Driver;
/// use http_lite::{Field, Fields, ResponseHead, StatusCode};
///
/// let mut server = Server::new(Settings::SERVER.with_buffer(1024));
/// let (mut input, mut output) = ([0; 1024], [0; 512]);
/// let mut driver = Driver::new(&mut server, &mut socket, || 0, &mut input, &mut output);
/// while let Some((event, sender)) = driver.read_next().unwrap() {
///     match event {
///         ServerEvent::Request { .. } => {
///             let fields = [Field::CHUNKED];
///             sender.respond(&ResponseHead::new(StatusCode::OK, Fields::new(&fields))).unwrap();
///         }
///         ServerEvent::Body(BodyPart::Data(data)) => sender.data(data).unwrap(), // an echo
///         ServerEvent::Body(BodyPart::Trailers(_)) => {}
///         ServerEvent::Body(BodyPart::End) => sender.finish(&Fields::EMPTY).unwrap(),
///     }
/// }
/// assert!(socket.1.ends_with(b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n"));
/// # }
/// ```
pub struct Driver<'a, M, T, C> {
    pub(crate) input: ReadBuffer<'a>,
    pub(crate) sender: Sender<'a, M, T, C>,
}

/// The side of a [`Driver`] that sends.
pub struct Sender<'a, M, T, C> {
    pub(crate) machine: &'a mut M,
    pub(crate) transport: &'a mut T,
    pub(crate) clock: C,
    pub(crate) output: WriteBuffer<'a>,
}

/// `data` of a machine.
pub(crate) type Data<M> = fn(&mut M, &[u8], &mut [u8]) -> Result<(usize, usize), SendError>;

/// What comes next on a connection.
pub(crate) enum Next<L> {
    /// This, of so many bytes.
    Event(L, usize),
    /// What waits must be sent, or flushed.
    Send,
    /// More must be read.
    Read,
    /// Nothing more.
    End,
    /// An answer must be sent first, or there is no room for what the machine owes.
    Unsent(SendError),
    Failed(DecodeError),
}

impl<'a, M, T: ErrorType, C: FnMut() -> u64> Driver<'a, M, T, C> {
    /// At the start of a connection.
    pub const fn new(
        machine: &'a mut M,
        transport: &'a mut T,
        clock: C,
        input: &'a mut [u8],
        output: &'a mut [u8],
    ) -> Self {
        let (input, output) = (ReadBuffer::new(input), WriteBuffer::new(output));
        Self { input, sender: Sender { machine, transport, clock, output } }
    }

    /// The side that sends, without an event.
    pub const fn sender(&mut self) -> &mut Sender<'a, M, T, C> {
        &mut self.sender
    }

    /// What was received and not taken: the other protocol's, if the protocol was changed.
    pub fn into_input(self) -> ReadBuffer<'a> {
        self.input
    }
}

impl<'a, T: Read + Write, C: FnMut() -> u64> Driver<'a, Server, T, C> {
    /// Reads until the client says something; `None` once the connection is to be closed, or has
    /// changed its protocol. Sends what waits before it reads, and `100 Continue` to a client that
    /// waits for it: who does not want the body answers at [`ServerEvent::Request`].
    ///
    /// # Errors
    ///
    /// [`IoError`]; [`SendError::OutOfTurn`] if a response must be sent, or ended, first.
    #[expect(clippy::type_complexity, reason = "an event, and who answers it")]
    pub fn read_next(
        &mut self,
    ) -> Result<Option<(ServerEvent<'_>, &mut Sender<'a, Server, T, C>)>, IoError<T::Error>> {
        loop {
            match self.look() {
                Next::Event(layout, taken) => {
                    return Ok(Some((layout.event(self.input.take(taken)), &mut self.sender)));
                }
                Next::Unsent(error) => return Err(IoError::Send(error)),
                Next::End => return Ok(None),
                Next::Failed(error) => return Err(IoError::Message(error)),
                Next::Send => self.sender.send()?,
                Next::Read => {
                    if !self.input.fill(self.sender.transport)? {
                        let _ = self.sender.machine.handle_eof(); // tells its error again
                    }
                }
            }
        }
    }
}

impl<T: ErrorType, C: FnMut() -> u64> Driver<'_, Server, T, C> {
    pub(crate) fn look(&mut self) -> Next<ServerLayout> {
        let now_ms = self.sender.now_ms();
        loop {
            let server = &mut *self.sender.machine;
            match server.handle_input(self.input.held(), now_ms) {
                Ok((taken, Some(event))) => return Next::Event(ServerLayout::of(&event), taken),
                Ok((taken @ 1.., None)) => _ = self.input.take(taken),
                Ok((0, None)) if server.wants_close() || server.is_switched() => {
                    return self.sender.send_before(Next::End);
                }
                Ok((0, None)) if server.wants_input() => {
                    // Not before all that is held was taken: that is not late.
                    server.handle_timeout(now_ms);
                    if server.wants_input() {
                        let next = self.sender.owe().map_or_else(Next::Unsent, |()| Next::Read);
                        return self.sender.send_before(next);
                    }
                }
                Ok((0, None)) => return Next::Unsent(SendError::OutOfTurn),
                Err(error) => {
                    // Without room even for the answer, the connection ends without.
                    let _ = self.sender.owe();
                    return self.sender.send_before(Next::Failed(error));
                }
            }
        }
    }
}

impl<'a, T: Read + Write, C: FnMut() -> u64> Driver<'a, Client, T, C> {
    /// Reads until the server says something; `None` once no response is due, the connection is to be
    /// closed, or has changed its protocol. Sends what waits before it reads.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    #[expect(clippy::type_complexity, reason = "an event, and who answers it")]
    pub fn read_next(
        &mut self,
    ) -> Result<Option<(ClientEvent<'_>, &mut Sender<'a, Client, T, C>)>, IoError<T::Error>> {
        Ok(match self.wait()? {
            Some((layout, taken)) => Some((layout.event(self.input.take(taken)), &mut self.sender)),
            None => None,
        })
    }

    /// Sends a request with all of `body`, and reads the head of its final response, or of 101.
    /// [`read_next`](Self::read_next) gives the response's body. Other informational responses are left out.
    ///
    /// The head says how the body ends: Content-Length with exactly its length, or chunked. Read a
    /// response's body to its end before the next exchange; one that has none has ended already.
    ///
    /// # Errors
    ///
    /// [`IoError`]; [`SendError::OutOfTurn`] if an earlier response has not ended, and
    /// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if bytes are held that answer no
    /// request: nothing was sent then.
    pub fn exchange(
        &mut self,
        head: &RequestHead<'_>,
        body: &[u8],
    ) -> Result<(ResponseHead<'_>, Framing), IoError<T::Error>> {
        self.begin()?;
        self.sender.request(head)?;
        self.sender.data(body)?;
        self.sender.finish(&Fields::EMPTY)?;
        loop {
            match self.wait()? {
                Some((ClientLayout::Response(layout, framing), taken)) => {
                    return Ok((layout.head(self.input.take(taken)), framing));
                }
                Some((ClientLayout::Informational(layout), taken))
                    if self.sender.machine.is_switched() =>
                {
                    return Ok((layout.head(self.input.take(taken)), Framing::Tunnel));
                }
                Some((_, taken)) => _ = self.input.take(taken),
                None => return Err(IoError::Send(SendError::OutOfTurn)), // never: one is due
            }
        }
    }

    /// Looks whether an exchange may begin.
    fn begin(&mut self) -> Result<(), IoError<T::Error>> {
        let now_ms = self.sender.now_ms();
        let client = &mut *self.sender.machine;
        // Without bytes, an event can only be the end of a response that lacks nothing else.
        client.handle_input(&[], now_ms).map_err(IoError::Message)?;
        if !client.is_idle() {
            return Err(IoError::Send(SendError::OutOfTurn));
        }
        // RFC 9112 section 9.2: what is held answers nothing.
        client.handle_input(self.input.held(), now_ms).map_err(IoError::Message)?;
        Ok(())
    }

    fn wait(&mut self) -> Result<Option<(ClientLayout, usize)>, IoError<T::Error>> {
        loop {
            match self.look() {
                Next::Event(layout, taken) => return Ok(Some((layout, taken))),
                Next::End => return Ok(None),
                Next::Unsent(error) => return Err(IoError::Send(error)), // never: a server's
                Next::Failed(error) => return Err(IoError::Message(error)),
                Next::Send => self.sender.send()?,
                Next::Read => {
                    if !self.input.fill(self.sender.transport)? {
                        let _ = self.sender.machine.handle_eof(); // tells its error again
                    }
                }
            }
        }
    }
}

impl<T: ErrorType, C: FnMut() -> u64> Driver<'_, Client, T, C> {
    pub(crate) fn look(&mut self) -> Next<ClientLayout> {
        let now_ms = self.sender.now_ms();
        let client = &mut *self.sender.machine;
        loop {
            match client.handle_input(self.input.held(), now_ms) {
                Ok((taken, Some(event))) => return Next::Event(ClientLayout::of(&event), taken),
                Ok((taken @ 1.., None)) => _ = self.input.take(taken),
                Ok((0, None)) if client.wants_input() => {
                    // Not before all that is held was taken: that is not late.
                    client.handle_timeout(now_ms);
                    if client.wants_input() {
                        return self.sender.send_before(Next::Read);
                    }
                }
                Ok((0, None)) => return self.sender.send_before(Next::End),
                Err(error) => return Next::Failed(error),
            }
        }
    }
}

impl<M, T: ErrorType, C: FnMut() -> u64> Sender<'_, M, T, C> {
    /// The connection: its questions, and [`Server::close_after_response`].
    pub const fn machine(&mut self) -> &mut M {
        self.machine
    }

    fn now_ms(&mut self) -> u64 {
        (self.clock)()
    }

    /// Puts what `encode` writes behind what waits; what it tells besides its length.
    pub(crate) fn put<R>(
        &mut self,
        mut encode: impl FnMut(&mut M, u64, &mut [u8]) -> Result<(R, usize), SendError>,
    ) -> Result<Option<R>, IoError<T::Error>> {
        let now_ms = self.now_ms();
        match encode(self.machine, now_ms, self.output.space()) {
            Ok((told, len)) => {
                self.output.filled(len);
                Ok(Some(told))
            }
            // First what waits must leave.
            Err(SendError::BufferTooSmall { .. }) if !self.output.pending().is_empty() => Ok(None),
            Err(error) => Err(IoError::Send(error)),
        }
    }

    /// What waits goes first.
    fn send_before<L>(&self, next: Next<L>) -> Next<L> {
        if self.has_to_send() { Next::Send } else { next }
    }

    fn has_to_send(&self) -> bool {
        !self.output.pending().is_empty() || self.output.wants_flush()
    }

    /// Says that the transport has taken so many bytes.
    pub(crate) fn wrote(&mut self, len: usize) -> Result<(), IoError<T::Error>> {
        if self.output.sent(len) { Ok(()) } else { Err(IoError::WriteZero) }
    }

    /// True if so much data is better not cut to fit behind what waits.
    pub(crate) fn is_short_of(&mut self, data: &[u8]) -> bool {
        self.output.space().len() < data.len() && !self.output.pending().is_empty()
    }
}

impl<T: ErrorType, C: FnMut() -> u64> Sender<'_, Server, T, C> {
    /// Puts what the machine owes into the output, once that is empty.
    fn owe(&mut self) -> Result<(), SendError> {
        if !self.has_to_send() {
            let now_ms = self.now_ms();
            let len = self.machine.poll_transmit(now_ms, self.output.space())?;
            self.output.filled(len.unwrap_or(0));
        }
        Ok(())
    }
}

impl<M, T: Write, C: FnMut() -> u64> Sender<'_, M, T, C> {
    /// Writes what waits, and flushes the transport.
    ///
    /// # Errors
    ///
    /// [`IoError`]; what was not written still waits.
    pub fn send(&mut self) -> Result<(), IoError<T::Error>> {
        while !self.output.pending().is_empty() {
            let len = self.transport.write(self.output.pending()).map_err(IoError::Write)?;
            self.wrote(len)?;
        }
        if self.output.wants_flush() {
            self.transport.flush().map_err(IoError::Write)?;
            self.output.flushed();
        }
        Ok(())
    }

    fn put_all<R>(
        &mut self,
        mut encode: impl FnMut(&mut M, u64, &mut [u8]) -> Result<(R, usize), SendError>,
    ) -> Result<R, IoError<T::Error>> {
        loop {
            match self.put(&mut encode)? {
                Some(told) => return Ok(told),
                None => self.send()?,
            }
        }
    }

    fn put_data(&mut self, mut data: &[u8], encode: Data<M>) -> Result<(), IoError<T::Error>> {
        while !data.is_empty() {
            if self.is_short_of(data) {
                self.send()?;
            }
            let taken = self.put_all(|machine, _, out| encode(machine, data, out))?;
            data = data.get(taken..).unwrap_or_default();
        }
        Ok(())
    }
}

impl<T: Write, C: FnMut() -> u64> Sender<'_, Server, T, C> {
    /// As [`Server::respond`].
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn respond(&mut self, head: &ResponseHead<'_>) -> Result<(), IoError<T::Error>> {
        self.put_all(|server, now_ms, out| Ok(((), server.respond(head, now_ms, out)?)))
    }

    /// As [`Server::data`], all of it.
    ///
    /// # Errors
    ///
    /// [`IoError`]; a part of `data` may have been sent.
    pub fn data(&mut self, data: &[u8]) -> Result<(), IoError<T::Error>> {
        self.put_data(data, Server::data)
    }

    /// As [`Server::finish`].
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn finish(&mut self, trailers: &Fields<'_>) -> Result<(), IoError<T::Error>> {
        self.put_all(|server, now_ms, out| Ok(((), server.finish(trailers, now_ms, out)?)))
    }
}

impl<T: Write, C: FnMut() -> u64> Sender<'_, Client, T, C> {
    /// As [`Client::request`].
    ///
    /// # Errors
    ///
    /// [`IoError`]; [`SendError::OutOfTurn`] too if no response was due and bytes came behind the last
    /// one, which answer nothing: `read_next` tells it.
    pub fn request(&mut self, head: &RequestHead<'_>) -> Result<(), IoError<T::Error>> {
        self.put_all(|client, now_ms, out| Ok(((), client.request(head, now_ms, out)?)))
    }

    /// As [`Client::data`], all of it.
    ///
    /// # Errors
    ///
    /// [`IoError`]; a part of `data` may have been sent.
    pub fn data(&mut self, data: &[u8]) -> Result<(), IoError<T::Error>> {
        self.put_data(data, Client::data)
    }

    /// As [`Client::finish`].
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn finish(&mut self, trailers: &Fields<'_>) -> Result<(), IoError<T::Error>> {
        self.put_all(|client, now_ms, out| Ok(((), client.finish(trailers, now_ms, out)?)))
    }
}

impl<M: fmt::Debug, T, C> fmt::Debug for Driver<'_, M, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("input", &self.input).field("sender", &self.sender).finish()
    }
}

impl<M: fmt::Debug, T, C> fmt::Debug for Sender<'_, M, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("machine", &self.machine)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}
