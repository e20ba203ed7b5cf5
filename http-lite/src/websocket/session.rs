//! Messages, pings and the closing handshake.

mod payload;
mod receive;
mod send;

pub use payload::Payload;

use super::{Close, CloseCode, Error, FrameHeader, Kind, Role};
use receive::Incoming;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Message {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

/// What the peer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A piece of a message: as much of a frame as was received.
    Data {
        /// What the message is.
        message: Message,
        /// The piece, unmasked; it may be empty. A text is UTF-8 up to here, but a character may be
        /// cut at the end of the piece if it is not the last one.
        data: &'a [u8],
        /// The message begins with it.
        is_first: bool,
        /// The message ends with it.
        is_last: bool,
    },
    /// A Ping. [`Session::poll_transmit`] answers it.
    Ping(Payload),
    /// A Pong.
    Pong(Payload),
    /// The peer sends nothing more; [`Payload::close`] tells why. [`Session::poll_transmit`] answers
    /// it, if Close was not sent yet.
    Close(Payload),
}

/// What a peer may do at most. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a message; `u64::MAX` for a stream, which has no messages.
    pub message: u64,
    /// Frames of a message.
    pub fragments: u32,
    /// After so long without a byte of the peer it is sent a Ping, at least 1; `u64::MAX` for never.
    pub ping_ms: u64,
    /// So long may the peer be silent after that.
    pub pong_ms: u64,
    /// So long may the peer take to answer Close.
    pub close_ms: u64,
}

impl Settings {
    /// Messages of 16 MiB in a million frames, a Ping after half a minute, 20 seconds for its answer,
    /// 10 for that of Close.
    pub const DEFAULT: Self = Self {
        message: 16 << 20,
        fragments: 1_000_000,
        ping_ms: 30_000,
        pong_ms: 20_000,
        close_ms: 10_000,
    };
}

/// One side of a WebSocket connection, behind the handshake. It holds no message: what was received is
/// handed out in the buffer where it lies, what is sent is written into yours.
///
/// A client masks what it sends: each call that sends takes a `random` number for it, which must be
/// unpredictable and new in each call (RFC 6455 section 5.3). A server's is not looked at.
///
/// ```
/// use http_lite::websocket::{Event, Message, Role, Session, Settings};
///
/// let mut server = Session::new(Role::Server, Settings::DEFAULT);
/// let mut received = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"; // RFC 6455 section 5.7
/// let (mut out, mut sent) = ([0; 64], 0);
/// let mut at = 0;
/// while at < received.len() {
///     let (taken, event) = server.handle_input(&mut received[at..], 0)?;
///     at += taken; // also where there is no event
///     if let Some(Event::Data { message: Message::Text, data, .. }) = event {
///         assert_eq!(data, b"Hello");
///         sent += server.text("Hi", 0, &mut out[sent..]).unwrap();
///     }
/// }
/// sent += server.poll_transmit(0, 0, &mut out[sent..]).unwrap().unwrap_or(0);
/// assert_eq!(&out[..sent], b"\x81\x02Hi");
/// # Ok::<(), http_lite::websocket::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    role: Role,
    settings: Settings,
    /// The message that is received.
    incoming: Option<Incoming>,
    /// The frame that is received, and how much of its payload was taken.
    frame: Option<(FrameHeader, u64)>,
    /// What there is of a header.
    head: [u8; FrameHeader::MAX_LEN],
    head_len: u8,
    /// What there is of the payload of a control frame.
    control: Payload,
    /// The message that is sent in fragments.
    outgoing: Option<Message>,
    /// The frame whose payload [`Session::mask_payload`] takes.
    payload: Option<(FrameHeader, u64)>,
    owed_pong: Option<Payload>,
    owes_ping: bool,
    /// The code of the Close to answer with.
    owed_close: Option<Option<CloseCode>>,
    close_sent: bool,
    close_received: bool,
    /// The other direction has ended.
    is_eof: bool,
    error: Option<Error>,
    /// When the peer was heard last.
    heard: Option<u64>,
    /// When a Ping was due and could be sent, or was sent; when Close was sent.
    asked: Option<u64>,
}

impl Session {
    /// Of a connection whose handshake is done.
    pub const fn new(role: Role, settings: Settings) -> Self {
        Self {
            role,
            settings,
            incoming: None,
            frame: None,
            head: [0; FrameHeader::MAX_LEN],
            head_len: 0,
            control: Payload::EMPTY,
            outgoing: None,
            payload: None,
            owed_pong: None,
            owes_ping: false,
            owed_close: None,
            close_sent: false,
            close_received: false,
            is_eof: false,
            error: None,
            heard: None,
            asked: None,
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call. Time
    /// runs from the first [`handle_input`](Self::handle_input) on, which may have no bytes.
    pub fn poll_timeout(&self) -> Option<u64> {
        let Settings { ping_ms, pong_ms, close_ms, .. } = self.settings;
        let (from, budget) = if self.error.is_some() || self.is_eof {
            return None;
        } else if self.close_received {
            // The peer waits for our Close, which is owed; but not for ever within a payload.
            let waits = self.close_sent || self.payload.is_some();
            (self.asked.max(self.heard).filter(|_| waits)?, close_ms)
        } else if self.close_sent {
            (self.asked?, close_ms)
        } else if self.owes_ping && (self.payload.is_some() || self.asked.is_none()) {
            return None; // nobody can answer what must not be sent now
        } else if let Some(asked) = self.asked {
            (asked, pong_ms)
        } else {
            (self.heard?, ping_ms)
        };
        from.checked_add(budget).filter(|_| budget < u64::MAX)
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout). Then a peer that
    /// is silent is owed a Ping; if it stays silent, the session fails with [`Kind::TooSlow`].
    pub fn handle_timeout(&mut self, now_ms: u64) {
        if self.poll_timeout().is_none_or(|deadline| now_ms < deadline) {
            return;
        }
        if self.close_received {
            (self.is_eof, self.owed_close) = (true, None); // waited for long enough
        } else if self.is_awaiting() {
            self.fail(Error::new(Kind::TooSlow, 0));
        } else {
            // Who sends it late has a peer that does not read; but not within a payload.
            (self.owes_ping, self.asked) = (true, Some(now_ms).filter(|_| self.payload.is_none()));
        }
    }

    /// The peer must answer in time, or the session is over.
    pub(super) const fn is_awaiting(&self) -> bool {
        self.asked.is_some() || self.close_sent || self.close_received
    }

    /// True if the connection is to be closed once everything was sent: after Close in both directions,
    /// an error, or the end of the other direction. A client leaves it to the server to close first,
    /// for as long as [`Settings::close_ms`] (RFC 6455 section 7.1.1).
    pub fn wants_close(&self) -> bool {
        let is_over = self.error.is_some() || self.is_eof;
        let is_done = self.close_sent && self.close_received && self.role == Role::Server;
        (is_over || is_done) && self.owed_close.is_none()
    }

    /// True once the peer has sent Close: nothing more comes.
    pub fn is_close_received(&self) -> bool {
        self.close_received
    }

    /// The Close that the peer has sent: why it sends nothing more.
    pub fn received_close(&self) -> Option<Close<'_>> {
        self.close_received.then(|| self.control.close())
    }

    /// Why the session has failed.
    pub const fn error(&self) -> Option<Error> {
        self.error
    }

    /// True until Close was sent, or the session has failed.
    pub fn is_open(&self) -> bool {
        !self.close_sent && self.error.is_none()
    }

    fn fail(&mut self, error: Error) -> Error {
        // Not to who is gone, and not within a frame.
        let may_close =
            error.kind != Kind::Incomplete && !self.close_sent && self.payload.is_none();
        self.error = Some(error);
        (self.owed_pong, self.owes_ping) = (None, false);
        self.owed_close = may_close.then_some(Some(error.kind.close_code()));
        error
    }
}
