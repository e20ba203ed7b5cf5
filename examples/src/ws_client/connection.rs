//! A WebSocket in buffers of a fixed size, on any stream of tokio's.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use http_lite::websocket::{
    Close, CloseCode, Event, FrameHeader, Role, SendError, Session, Settings,
};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::select;
use tokio::time::{Instant, sleep_until, timeout};

use super::error::Error;
use super::handshake::{Ask, Stream};

/// The client's side.
pub(crate) struct Connection {
    session: Session,
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    input: Vec<u8>,
    /// What of the input the session has not taken.
    held: Range<usize>,
    output: Vec<u8>,
    /// What of the output is not sent.
    waiting: Range<usize>,
    wants_flush: bool,
    is_eof: bool,
    /// The subprotocol that the server has chosen.
    pub(crate) protocol: Option<String>,
    began: Instant,
    random: SystemRandom,
}

/// The longest piece of a message that is sent at once, and that is received at once.
pub(crate) const PIECE: usize = 16 << 10;
/// Room for a piece, and for what the session owes by itself.
const ROOM: usize = PIECE + 2 * FrameHeader::MAX_LEN + FrameHeader::MAX_CONTROL;
/// How long a last word may take.
const FAREWELL: Duration = Duration::from_secs(1);

impl Connection {
    /// Connects to the first of these addresses where somebody listens, in at most this time.
    pub(crate) async fn open(
        ask: &Ask<'_>,
        addresses: &[SocketAddr],
        settings: Settings,
        patience: Duration,
    ) -> Result<Self, Error> {
        let switched = timeout(patience, ask.open(addresses)).await;
        let switched = switched.map_err(|_| Error::connect("no WebSocket in time"))??;
        let mut session = Session::new(Role::Client, settings);
        let _ = session.handle_input(&mut [], 0); // its time begins
        let (reader, writer) = split(switched.stream);
        let mut input = switched.received;
        let held = 0..input.len();
        input.resize(PIECE.max(held.end), 0);
        Ok(Self {
            session,
            reader,
            writer,
            input,
            held,
            output: vec![0; 2 * ROOM],
            waiting: 0..0,
            wants_flush: false,
            is_eof: false,
            protocol: switched.protocol,
            began: Instant::now(),
            random: SystemRandom::new(),
        })
    }

    /// True while there is something to [`take`](Self::take).
    pub(crate) fn has_input(&self) -> bool {
        !self.held.is_empty()
    }

    /// What the server says next, or a part of it that says nothing yet.
    pub(crate) fn take(&mut self) -> Result<Option<Event<'_>>, Error> {
        let now_ms = self.now_ms();
        let input = self.input.get_mut(self.held.clone()).unwrap_or_default();
        let (taken, event) = self.session.handle_input(input, now_ms)?;
        self.held.start += taken;
        Ok(event)
    }

    /// True while messages may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.session.is_open() && !self.session.is_close_received()
    }

    /// True once both have said Close and the server has ended the connection, or had time for it.
    pub(crate) fn is_over(&self) -> bool {
        self.session.wants_close() && !self.is_sending()
    }

    /// True if [`send`](Self::send) takes another piece.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.is_empty() || self.output.len() - self.waiting.end >= ROOM
    }

    /// Puts what the session encodes behind what waits: a piece, with the random number of its mask.
    pub(crate) fn send(
        &mut self,
        len: usize,
        encode: impl FnOnce(&mut Session, u32, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), Error> {
        if self.waiting.is_empty() {
            self.waiting = 0..0;
        }
        let needed = self.waiting.end + len + ROOM - PIECE;
        if self.output.len() < needed {
            self.output.resize(needed, 0); // a message that its sender holds as a whole
        }
        let random = self.random()?;
        let room = self.output.get_mut(self.waiting.end..).unwrap_or_default();
        self.waiting.end += encode(&mut self.session, random, room).map_err(Error::broken)?;
        Ok(())
    }

    /// Starts the closing handshake, if nobody has.
    pub(crate) fn close(&mut self, close: Close<'_>) -> Result<(), Error> {
        if !self.is_open() {
            return Ok(());
        }
        let now_ms = self.now_ms();
        self.send(FrameHeader::MAX_CONTROL, |session, random, out| {
            session.close(close, now_ms, random, out)
        })
    }

    /// Sends, reads or waits, whatever comes first. If it is dropped nothing is lost.
    pub(crate) async fn step(&mut self) -> Result<(), Error> {
        self.put_owed()?;
        let is_sending = self.is_sending();
        let is_reading = self.held.is_empty() && !self.is_eof;
        let timeout = self.session.poll_timeout();
        let late = self.began + Duration::from_millis(timeout.unwrap_or(0));
        let pending = self.output.get(self.waiting.clone()).unwrap_or_default();
        select! {
            sent = write(&mut self.writer, pending), if is_sending => {
                let len = sent.map_err(Error::broken)?;
                self.wants_flush = len > 0;
                self.waiting.start += len;
            }
            read = self.reader.read(&mut self.input), if is_reading => {
                // Behind the server's Close nothing is lost, however the connection ends; before, TLS
                // that was cut is what an end without Close is too.
                let is_done = self.session.is_close_received();
                let len = read.or_else(|error| match error.kind() {
                    ErrorKind::UnexpectedEof => Ok(0),
                    _ if is_done => Ok(0),
                    _ => Err(Error::broken(error)),
                });
                self.held = 0..len?;
                if self.held.is_empty() {
                    self.is_eof = true;
                    self.session.handle_eof()?;
                }
            }
            () = sleep_until(late), if timeout.is_some() => {
                self.session.handle_timeout(self.now_ms());
                self.session.error().map_or(Ok(()), Err)?;
            }
            else => {}
        }
        Ok(())
    }

    /// True while something that was to be sent is not.
    pub(crate) fn is_sending(&self) -> bool {
        !self.waiting.is_empty() || self.wants_flush
    }

    /// Says what is owed after an error, or Close if nobody has, and waits a moment for the answer.
    pub(crate) async fn leave(&mut self, code: CloseCode) {
        let _ = timeout(FAREWELL, async {
            self.close(Close::new(code))?;
            while !self.is_over() {
                while self.has_input() && self.take().is_ok() {}
                self.step().await?;
            }
            self.writer.shutdown().await.map_err(Error::broken)
        })
        .await;
    }

    /// Puts what the session owes behind what waits.
    fn put_owed(&mut self) -> Result<(), Error> {
        let (now_ms, mut is_owing) = (self.now_ms(), true);
        while is_owing && self.has_room() {
            self.send(0, |session, random, out| {
                let owed = session.poll_transmit(now_ms, random, out)?;
                is_owing = owed.is_some();
                Ok(owed.unwrap_or(0))
            })?;
        }
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> Result<u32, Error> {
        let mut bytes = [0; 4];
        let filled = self.random.fill(&mut bytes);
        filled.map_err(|_| Error::broken("there are no random numbers"))?;
        Ok(u32::from_ne_bytes(bytes))
    }
}

/// Writes some of it, or if there is nothing, what TLS still holds.
async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<usize> {
    if bytes.is_empty() {
        return to.flush().await.map(|()| 0);
    }
    match to.write(bytes).await {
        Ok(0) => Err(std::io::ErrorKind::WriteZero.into()),
        done => done,
    }
}
