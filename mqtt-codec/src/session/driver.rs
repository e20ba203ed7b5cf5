//! What stands between a session and a transport.

use core::fmt;

use super::{Event, SendError, Session, SessionError, Side};
use crate::writer::drop_front;

/// A [`Client`](super::Client) or a [`Server`](super::Server), and the buffer that you lend for what it
/// writes.
///
/// ```text
///             +---------+ <- Input <- exchange -+
/// poll <----- |         |  Event borrows it     |            exchange writes what is there to write;
///             | session |                       | transport  if nothing is, it waits for bytes
/// send -----> |         | -> transmit buffer -> |
///             +---------+            exchange --+
/// ```
///
/// A loop calls [`poll`](Self::poll) until it gives nothing, then `exchange` (feature `embedded-io`) or
/// `exchange_async` (`embedded-io-async`), until the connection is [to be closed](Self::wants_close).
/// Between two calls tell the session what you like, but let it write through [`send`](Self::send) alone.
///
/// The transmit buffer holds the longest packet that you send, and at least 16 bytes; at each event all
/// of it is free.
///
/// ```
/// use mqtt_codec::session::{Client, Driver, Event, Input, Message, Settings};
/// use mqtt_codec::{Connect, QoS, Text, TopicName, Version};
///
/// let (mut receive, mut transmit) = ([0; 1024], [0; 256]);
/// let client = Client::<4>::new(Version::V3, Settings::DEFAULT);
/// let (mut input, mut driver) = (Input::new(&mut receive), Driver::new(client, &mut transmit));
/// let connect = Connect::new(Version::V3, Text::from_static("sensor-7"));
/// driver.send(|client, out| client.connect(&connect, 0, out))?;
/// assert_eq!(driver.poll(&mut input, 0), Ok(None));
///
/// // What `exchange` does: write what is `unsent`, or read into `space`. Here CONNACK comes.
/// let len = driver.unsent().len();
/// driver.sent(len);
/// input.space()[..4].copy_from_slice(b"\x20\x02\0\0");
/// input.filled(4);
///
/// while let Ok(Some(event)) = driver.poll(&mut input, 20) {
///     if let Event::Connack(connack) = event {
///         assert!(!connack.reason_code.is_error());
///         let reading = Message::new(TopicName::from_static("cellar"), QoS::AtLeastOnce, b"12.1");
///         driver.send(|client, out| client.publish(&reading, 42, 20, out))?;
///     }
/// }
/// assert_eq!(driver.unsent(), b"\x32\x0E\0\x06cellar\0\x0112.1");
/// # Ok::<(), mqtt_codec::session::SendError>(())
/// ```
pub struct Driver<'b, 'm, S, const N: usize, const R: usize = N> {
    /// The session.
    pub session: Session<'m, S, N, R>,
    output: Window<'b>,
    /// What was written may still be held back by the transport.
    pub(super) unflushed: bool,
    /// The connection has failed or ended, and what is left to say may take until then.
    last_words_ms: Option<u64>,
}

/// How long the last bytes of a connection may take, in milliseconds: DISCONNECT, and what stands before
/// it. A peer that takes nothing more cannot make it last longer.
const LAST_WORDS_MS: u64 = 1000;

impl<'b, 'm, S: Side, const N: usize, const R: usize> Driver<'b, 'm, S, N, R> {
    /// A session that is about to use a transport.
    pub const fn new(session: Session<'m, S, N, R>, transmit: &'b mut [u8]) -> Self {
        let output = Window { bytes: transmit, start: 0, end: 0 };
        Self { session, output, unflushed: false, last_words_ms: None }
    }

    /// Lets the session write to the transmit buffer: `call` is one of its functions that tell how many
    /// bytes they have written.
    ///
    /// # Errors
    ///
    /// Those of `call`. After [`SendError::BufferTooSmall`] try again once nothing is
    /// [`unsent`](Self::unsent).
    pub fn send(
        &mut self,
        call: impl FnOnce(&mut Session<'m, S, N, R>, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        let len = call(&mut self.session, self.output.space())?;
        self.output.filled(len);
        Ok(())
    }

    /// What has happened. `None`: nothing more before the next `exchange`, or
    /// [`poll_timeout`](Self::poll_timeout).
    ///
    /// # Errors
    ///
    /// [`SessionError`], once the peer was told, as far as it can be. Close the transport, and say so to
    /// [`ended`](Self::ended).
    pub fn poll<'i>(
        &mut self,
        input: &'i mut Input<'_>,
        now_ms: u64,
    ) -> Result<Option<Event<'i>>, SessionError> {
        let Self { session, output, .. } = self;
        let Window { bytes, start, end } = &mut input.window;
        session.handle_timeout(now_ms);
        loop {
            while let Ok(Some(len)) = session.poll_transmit(now_ms, output.space()) {
                output.filled(len);
            }
            let has_failed = session.error().is_some();
            if has_failed || session.wants_close() {
                let until = now_ms.saturating_add(LAST_WORDS_MS);
                if now_ms >= *self.last_words_ms.get_or_insert(until) {
                    output.clear();
                }
            }
            if !output.held().is_empty() {
                return Ok(None);
            }
            if let Some(event) = session.poll_event() {
                return Ok(Some(event));
            }
            let held = bytes.get(*start..*end).unwrap_or_default();
            let (taken, event) = match session.handle_input(held, now_ms) {
                Err(_) if !has_failed => continue, // once more, to tell the peer first
                result => result?,
            };
            *start = start.saturating_add(taken);
            if event.is_some() {
                return Ok(event);
            }
            if taken == 0 {
                return if input.eof { session.handle_eof().map(|()| None) } else { Ok(None) };
            }
        }
    }

    /// When to [`poll`](Self::poll) again at the latest; it changes with every `poll` and `send`. `None`:
    /// not before bytes come.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.last_words_ms.or_else(|| self.session.poll_timeout())
    }

    /// True if the transport is to be closed: the session's connection is over, and the last bytes are
    /// with the transport.
    pub fn wants_close(&self) -> bool {
        self.session.wants_close() && self.unsent().is_empty() && !self.unflushed
    }

    /// The transport is gone, for whatever reason: what was on its way in both directions is dropped, and
    /// the session told. [`poll`](Self::poll) until it gives nothing; then a client can connect again.
    pub fn ended(&mut self, input: &mut Input<'_>, now_ms: u64) {
        input.clear();
        self.output.clear();
        (self.unflushed, self.last_words_ms) = (false, None);
        self.session.ended(now_ms);
    }

    /// What is there to write.
    pub fn unsent(&self) -> &[u8] {
        self.output.held()
    }

    /// Says that the first `len` bytes of [`unsent`](Self::unsent) were written.
    pub fn sent(&mut self, len: usize) {
        self.output.took(len);
    }
}

/// Never what is held: it may be a password.
impl<S: fmt::Debug, const N: usize, const R: usize> fmt::Debug for Driver<'_, '_, S, N, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("session", &self.session)
            .field("unsent", &self.output.held().len())
            .finish_non_exhaustive()
    }
}

/// What has come from a transport, in a buffer that you lend; events borrow from it.
///
/// It has at least [`Settings::buffer`](super::Settings) bytes.
pub struct Input<'b> {
    window: Window<'b>,
    /// The peer sends no more.
    pub(super) eof: bool,
}

impl<'b> Input<'b> {
    /// Nothing yet.
    pub const fn new(receive: &'b mut [u8]) -> Self {
        Self { window: Window { bytes: receive, start: 0, end: 0 }, eof: false }
    }

    /// Where to read to. It is empty if the session takes nothing: until messages are acknowledged, or
    /// for ever if the buffer is shorter than the session's settings say.
    pub fn space(&mut self) -> &mut [u8] {
        self.window.space()
    }

    /// Says that `len` bytes were read to the start of [`space`](Self::space).
    pub fn filled(&mut self, len: usize) {
        self.window.filled(len);
    }

    /// Says that nothing more will come.
    pub const fn handle_eof(&mut self) {
        self.eof = true;
    }

    fn clear(&mut self) {
        self.window.clear();
        self.eof = false;
    }
}

/// Never what is held: it may be a password.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("held", &self.window.held().len())
            .field("eof", &self.eof)
            .finish_non_exhaustive()
    }
}

/// Bytes that are put behind each other into a buffer, and taken from the front.
///
/// ```text
///            start              end
/// +---------+------------------+----------+
/// | taken   | held             | space    |
/// +---------+------------------+----------+
/// ```
struct Window<'b> {
    bytes: &'b mut [u8],
    start: usize,
    end: usize,
}

impl Window<'_> {
    fn held(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// All that is not held: what is held moves to the front.
    fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            let held = self.end.saturating_sub(self.start);
            if let Some(bytes) = self.bytes.get_mut(..self.end) {
                drop_front(bytes, self.start);
            }
            (self.start, self.end) = (0, held);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.bytes.len());
    }

    fn took(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
    }

    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }
}
