//! A client's session on a connection, and on the next one if that breaks.
//!
//! ```text
//!   app:  while let Some(event) = driver.next() { .. }       what has happened
//!         driver.send(|session, now_ms, out| session.publish(.., out))   what is wanted
//!         driver.step().await                                sends, reads or waits, whatever is first
//! ```
//!
//! A `step` that is dropped loses nothing: all that is half done lies in the driver.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use mqtt_codec::session::{Client, Event, SendError, SessionError, Violation};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::hello::Hello;
use super::options::PROMISED;
use super::transport::Transport;
use crate::ws_client::Stream;

/// A client's session.
pub(crate) type Session<'m, const N: usize> = Client<'m, N, PROMISED>;

/// A session and the connection that it is on.
pub(crate) struct Driver<'m, const N: usize> {
    pub(crate) session: Session<'m, N>,
    transport: Transport,
    hello: Hello,
    wire: Wire,
    /// What has come; `held` is what the session has not taken.
    input: Vec<u8>,
    held: Range<usize>,
    /// What waits to be sent.
    output: BytesMut,
    wants_flush: bool,
    /// The other side sends no more.
    is_eof: bool,
    began: Instant,
    /// Connections that have failed since the last one that was accepted.
    failures: u32,
    has_connected: bool,
}

enum Wire {
    /// None until then.
    Absent(Instant),
    Opening(Pin<Box<dyn Future<Output = Opened> + Send>>),
    Open(ReadHalf<Box<dyn Stream>>, WriteHalf<Box<dyn Stream>>),
    /// All is said, and the other side has until then to take it.
    Closing(WriteHalf<Box<dyn Stream>>, Instant),
}

type Opened = Result<Box<dyn Stream>, String>;

/// A connection is over, or there was none.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) text: String,
    pub(crate) cause: Cause,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// None could be made.
    Unreachable,
    /// It broke.
    Broken,
    /// The server broke a rule.
    Violation,
    /// The last word was said, by us or by the server.
    Closed,
}

/// While more than this waits to be sent, nothing is added.
const FULL: usize = 64 << 10;
/// What is read at once.
const ROOM: usize = 256;
/// How long a last word may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// Between two attempts: so long, twice as long each time, and up to half of that more by chance.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl<'m, const N: usize> Driver<'m, N> {
    /// Connects with the first step. `buffer` is that of the session's settings.
    pub(crate) fn new(
        session: Session<'m, N>,
        transport: Transport,
        hello: Hello,
        buffer: u32,
    ) -> Self {
        let began = Instant::now();
        Self {
            session,
            transport,
            hello,
            wire: Wire::Absent(began),
            input: vec![0; buffer as usize],
            held: 0..0,
            output: BytesMut::new(),
            wants_flush: false,
            is_eof: false,
            began,
            failures: 0,
            has_connected: false,
        }
    }

    /// What has happened, until there is no more.
    pub(crate) fn next(&mut self) -> Option<(Event<'_>, &Session<'m, N>)> {
        let now_ms = self.now_ms();
        let event = loop {
            // What is acknowledged counts no more: brokers lose count of what they may send at once.
            while self.output.len() < FULL && put_owed(&mut self.session, &mut self.output, now_ms)
            {
            }
            let input = self.input.get(self.held.clone()).unwrap_or_default();
            // An error comes again, and is looked at once what is owed behind it was sent.
            let (taken, event) = self.session.handle_input(input, now_ms).unwrap_or((0, None));
            self.held.start += taken;
            if let Some(event) = event {
                break event;
            }
            if taken == 0 && !put_owed(&mut self.session, &mut self.output, now_ms) {
                let event = self.session.poll_event()?;
                if matches!(event, Event::Send { .. }) && self.output.len() >= FULL {
                    return None; // it is asked again
                }
                break event;
            }
        };
        if let Event::Connack(connack) = &event {
            if !connack.reason_code.is_error() {
                (self.failures, self.has_connected) = (0, true);
            }
        }
        Some((event, &self.session))
    }

    /// True once a server has accepted.
    pub(crate) fn has_connected(&self) -> bool {
        self.has_connected
    }

    /// The next attempt is not to be made soon.
    pub(crate) fn hold_back(&mut self) {
        self.failures = self.failures.max(6);
    }

    /// How many bytes wait to be sent.
    pub(crate) fn waiting(&self) -> usize {
        self.output.len()
    }

    /// True if there is room for something to send.
    pub(crate) fn has_room(&self) -> bool {
        self.session.is_connected() && self.output.len() < FULL
    }

    /// Puts what the session encodes behind what waits.
    ///
    /// # Errors
    ///
    /// The session's, but not that there is too little room.
    pub(crate) fn send(
        &mut self,
        mut encode: impl FnMut(&mut Session<'m, N>, u64, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        let now_ms = self.now_ms();
        let mut room = ROOM;
        loop {
            match put(&mut self.output, room, |out| encode(&mut self.session, now_ms, out)) {
                Err(SendError::BufferTooSmall { needed }) if needed > room => room = needed,
                result => return result,
            }
        }
    }

    /// Puts a piece of the payload that the session has announced behind what waits.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if it has announced less.
    pub(crate) fn payload(&mut self, piece: &[u8]) -> Result<(), SendError> {
        let len = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        self.session.payload_sent(len, self.now_ms())?;
        self.output.extend_from_slice(piece);
        Ok(())
    }

    /// Sends, reads, waits or connects, whatever comes first.
    ///
    /// # Errors
    ///
    /// [`Lost`]: another step connects again, after a while.
    pub(crate) async fn step(&mut self) -> Result<(), Lost> {
        match &mut self.wire {
            Wire::Absent(until) => {
                sleep_until(*until).await;
                self.wire = Wire::Opening(Box::pin(self.transport.clone().open()));
            }
            Wire::Opening(opening) => match opening.as_mut().await {
                Ok(stream) => self.begin(stream)?,
                Err(text) => return Err(self.lost(Cause::Unreachable, text)),
            },
            Wire::Open(..) => self.exchange().await?,
            Wire::Closing(writer, deadline) => {
                let _ = timeout_at(*deadline, writer.shutdown()).await;
                return Err(self.ended());
            }
        }
        Ok(())
    }

    /// Says CONNECT on a new connection.
    fn begin(&mut self, stream: Box<dyn Stream>) -> Result<(), Lost> {
        let (reader, writer) = split(stream);
        self.wire = Wire::Open(reader, writer);
        // The first connection may begin anew, those behind it go on with what the server kept.
        let goes_on = self.has_connected && self.hello.expiry.is_some_and(|secs| secs > 0);
        let clean_start = !self.hello.keeps_session && !goes_on;
        let (hello, announced) = (self.hello.clone(), self.session.announcements());
        let said = hello.with(announced, clean_start, |connect| {
            self.send(|session, now_ms, out| session.connect(connect, now_ms, out))
        });
        said.map_err(|error| self.lost(Cause::Violation, format!("CONNECT: {error}")))
    }

    async fn exchange(&mut self) -> Result<(), Lost> {
        let now_ms = self.now_ms();
        while self.output.len() < FULL && put_owed(&mut self.session, &mut self.output, now_ms) {}
        let is_sending = !self.output.is_empty() || self.wants_flush;
        if self.session.wants_close() && !is_sending {
            let wire = std::mem::replace(&mut self.wire, Wire::Absent(Instant::now()));
            if let Wire::Open(_, writer) = wire {
                self.wire = Wire::Closing(writer, Instant::now() + FAREWELL);
            }
            return Ok(());
        }
        if self.is_eof && self.session.handle_eof().is_err() {
            return Err(self.ended());
        }
        if self.held.start > 0 {
            self.input.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
        }
        let Wire::Open(reader, writer) = &mut self.wire else { return Ok(()) };
        let room = self.input.get_mut(self.held.end..).unwrap_or_default();
        let is_reading = !room.is_empty() && !self.is_eof;
        let timeout = self.session.poll_timeout();
        let late = self.began + Duration::from_millis(timeout.unwrap_or(0));
        tokio::select! {
            written = write(writer, &self.output), if is_sending => match written {
                Ok(len) => {
                    self.wants_flush = len > 0;
                    self.output.advance(len);
                }
                Err(error) if self.is_eof => return Err(self.lost(Cause::Broken, error)),
                // What the server said last may wait to be read.
                Err(_) => {
                    self.output.clear();
                    self.wants_flush = false;
                }
            },
            read = reader.read(room), if is_reading => match read {
                Ok(len @ 1..) => self.held.end += len,
                Ok(_) => self.is_eof = true,
                // Of TLS: it ended without a farewell, which MQTT has itself.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.is_eof = true,
                Err(error) => return Err(self.lost(Cause::Broken, error)),
            },
            () = sleep_until(late), if timeout.is_some() => {
                self.session.handle_timeout(self.now_ms());
            }
            else => return Err(self.lost(Cause::Broken, "nothing more can come")),
        }
        Ok(())
    }

    /// The connection is over, and the session may have said why.
    fn ended(&mut self) -> Lost {
        let (cause, text) = match self.session.error() {
            None => (Cause::Closed, "the connection is closed".to_owned()),
            Some(SessionError::Violation(Violation::Lost)) => {
                (Cause::Broken, "the server has ended the connection".to_owned())
            }
            Some(SessionError::Violation(Violation::Silence)) => {
                (Cause::Broken, "the server does not answer".to_owned())
            }
            Some(error) => {
                (Cause::Violation, format!("the server sent {error} [{}]", error.rule()))
            }
        };
        self.lost(cause, text)
    }

    /// Forgets the connection, and sees when to try another one.
    fn lost(&mut self, cause: Cause, text: impl std::fmt::Display) -> Lost {
        self.session.ended(self.now_ms());
        self.output = BytesMut::new();
        (self.held, self.wants_flush, self.is_eof) = (0..0, false, false);
        self.wire = Wire::Absent(Instant::now() + wait(self.failures));
        self.failures = self.failures.saturating_add(1);
        Lost { text: text.to_string(), cause }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Puts what the session owes behind what waits: true if that is something.
fn put_owed<const N: usize>(
    session: &mut Session<'_, N>,
    output: &mut BytesMut,
    now_ms: u64,
) -> bool {
    let before = output.len();
    let owed =
        put(output, ROOM, |out| session.poll_transmit(now_ms, out).map(|len| len.unwrap_or(0)));
    owed.is_ok() && output.len() > before
}

/// Appends what `encode` writes into so much room.
fn put(
    output: &mut BytesMut,
    room: usize,
    encode: impl FnOnce(&mut [u8]) -> Result<usize, SendError>,
) -> Result<(), SendError> {
    let start = output.len();
    output.resize(start + room, 0);
    let written = encode(output.get_mut(start..).unwrap_or_default());
    output.truncate(start + *written.as_ref().unwrap_or(&0));
    written.map(|_| ())
}

/// Writes some of it, or if there is nothing, what TLS still holds.
async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return to.flush().await.map(|()| 0);
    }
    match to.write(bytes).await {
        Ok(0) => Err(ErrorKind::WriteZero.into()),
        done => done,
    }
}

/// How long to wait before another attempt.
fn wait(failures: u32) -> Duration {
    let wait = FIRST_WAIT.saturating_mul(1 << failures.min(16)).min(LONGEST_WAIT);
    let mut random = [0];
    let _ = SystemRandom::new().fill(&mut random); // without it, all come at once
    wait + wait.mul_f32(f32::from(random[0]) / 512.0)
}
