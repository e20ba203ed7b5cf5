//! Messages, pings and the closing handshake.

use core::fmt;

use crate::writer::copy;

use super::{Close, CloseCode, Error, FrameHeader, Kind, Mask, Opcode, Role, SendError, Utf8};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Bytes of a message.
    pub message: u64,
    /// Frames of a message.
    pub fragments: u32,
    /// After so long without a byte of the peer it is sent a Ping; `u64::MAX` for never.
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
    /// When a Ping was due, or Close was sent.
    asked: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Incoming {
    message: Message,
    len: u64,
    fragments: u32,
    text: Utf8,
    /// Nothing of it was handed out yet.
    is_new: bool,
}

/// The payload of a control frame, up to 125 bytes.
#[derive(Clone, Copy)]
pub struct Payload {
    bytes: [u8; FrameHeader::MAX_CONTROL],
    len: u8,
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

    /// Takes received bytes: how many, and what they say. It takes at least one: call it with what is
    /// left until nothing is. Bytes may be taken without an event: drop them in any case.
    ///
    /// A payload is unmasked where it lies. A frame may be cut anywhere and be longer than any buffer.
    ///
    /// # Errors
    ///
    /// [`Error`], again with each later call. Send what [`poll_transmit`](Self::poll_transmit) gives,
    /// and close the connection.
    pub fn handle_input<'a>(
        &mut self,
        input: &'a mut [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        // Section 1.4: what follows Close is discarded.
        if self.close_received {
            return Ok((input.len(), None));
        }
        if !input.is_empty() || self.heard.is_none() {
            self.heard = Some(now_ms);
            if !self.close_sent {
                (self.asked, self.owes_ping) = (None, false);
            }
        }
        let result = match self.frame {
            Some((header, taken)) => self.payload(header, taken, 0, input),
            None => match self.header(input) {
                Ok((start, Some(header))) => self.payload(header, 0, start, input),
                Ok((start, None)) => Ok((start, None)),
                Err(error) => Err(error),
            },
        };
        result.map_err(|error| self.fail(error))
    }

    /// As [`handle_input`](Self::handle_input), for a protocol that is a stream of bytes and does not
    /// look at messages, as MQTT (its section 6): takes all of the input, and leaves the content of
    /// binary messages at the start of it, without a copy of its own. How many bytes that are.
    ///
    /// So the free end of the buffer that your decoder reads from is what you receive into; then it has
    /// so many bytes more. [`is_close_received`](Self::is_close_received) tells whether more can come.
    ///
    /// ```
    /// use http_lite::websocket::{Role, Session, Settings};
    ///
    /// let mut client = Session::new(Role::Client, Settings::DEFAULT);
    /// let mut buffer = *b"\x02\x03one\x89\x00\x80\x03two"; // two frames, a Ping between
    /// let len = client.handle_stream(&mut buffer, 0)?;
    /// assert_eq!(&buffer[..len], b"onetwo");
    /// # Ok::<(), http_lite::websocket::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As `handle_input`, once what came before was handed out; and [`Kind::Text`].
    pub fn handle_stream(&mut self, input: &mut [u8], now_ms: u64) -> Result<usize, Error> {
        let (mut at, mut len) = (0usize, 0usize);
        loop {
            let rest = input.get_mut(at..).unwrap_or_default();
            let (taken, data) = match self.handle_input(rest, now_ms) {
                Ok((taken, Some(Event::Data { message: Message::Binary, data, .. }))) => {
                    (taken, data.len())
                }
                Ok((_, Some(Event::Data { .. }))) => {
                    let error = self.fail(Error::new(Kind::Text, 0));
                    return if len > 0 { Ok(len) } else { Err(error) };
                }
                Ok((taken, _)) => (taken, 0),
                // Again with the next call.
                Err(_) if len > 0 => return Ok(len),
                Err(error) => return Err(error),
            };
            at = at.saturating_add(taken);
            // A piece of a payload ends where the bytes that were taken do.
            let place = input.get_mut(len..at).unwrap_or_default();
            place.copy_within(place.len().saturating_sub(data).., 0);
            len = len.saturating_add(data);
            if at >= input.len() {
                return Ok(len);
            }
        }
    }

    /// The header of a frame, whose first bytes may have come before: how many of the input are its.
    fn header(&mut self, input: &[u8]) -> Result<(usize, Option<FrameHeader>), Error> {
        let sender = match self.role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        let mut head = self.head;
        let before = usize::from(self.head_len);
        let room = head.get_mut(before..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(input) {
            *place = *byte;
        }
        let len = before.saturating_add(input.len()).min(head.len());
        match FrameHeader::decode(head.get(..len).unwrap_or_default(), sender)? {
            None => {
                (self.head, self.head_len) = (head, len as u8);
                Ok((len.saturating_sub(before), None))
            }
            Some((header, len)) => {
                self.head_len = 0;
                if !header.opcode.is_control() {
                    self.begin(header)?;
                }
                Ok((len.saturating_sub(before), Some(header)))
            }
        }
    }

    /// Another frame of a message.
    fn begin(&mut self, header: FrameHeader) -> Result<(), Error> {
        let mut incoming = match (header.opcode, self.incoming) {
            (Opcode::Continuation, Some(incoming)) => incoming,
            (Opcode::Continuation, None) => return Err(Error::new(Kind::NothingToContinue, 0)),
            (_, Some(_)) => return Err(Error::new(Kind::Interleaved, 0)),
            (Opcode::Text, None) => Incoming::new(Message::Text),
            _ => Incoming::new(Message::Binary),
        };
        incoming.fragments = incoming.fragments.saturating_add(1);
        if incoming.fragments > self.settings.fragments {
            return Err(Error::new(Kind::TooManyFragments, 0));
        }
        incoming.len = incoming.len.saturating_add(header.len);
        if incoming.len > self.settings.message {
            return Err(Error::new(Kind::MessageTooLong, 1));
        }
        self.incoming = Some(incoming);
        Ok(())
    }

    /// The payload of a frame from `taken` on, which stands in the input behind `start` bytes.
    fn payload<'a>(
        &mut self,
        header: FrameHeader,
        taken: u64,
        start: usize,
        input: &'a mut [u8],
    ) -> Result<(usize, Option<Event<'a>>), Error> {
        let left = header.len.saturating_sub(taken);
        let room = input.get_mut(start..).unwrap_or_default();
        let len = usize::try_from(left).map_or(room.len(), |left| left.min(room.len()));
        let (data, _) = room.split_at_mut_checked(len).unwrap_or_default();
        if let Some(mask) = header.mask {
            mask.apply(data, taken);
        }
        let now_taken = taken.saturating_add(len as u64);
        let ends = now_taken == header.len;
        self.frame = if ends { None } else { Some((header, now_taken)) };
        let event = if header.opcode.is_control() {
            self.control.put(taken, data);
            if ends { Some(self.control_event(header)?) } else { None }
        } else {
            self.data(header, taken, data, ends && header.is_final)?
        };
        Ok((start.saturating_add(len), event))
    }

    fn data<'a>(
        &mut self,
        header: FrameHeader,
        taken: u64,
        data: &'a [u8],
        is_last: bool,
    ) -> Result<Option<Event<'a>>, Error> {
        let Some(mut incoming) = self.incoming else { return Ok(None) }; // never
        if incoming.message == Message::Text {
            let before = taken.saturating_add(header.encoded_len() as u64);
            let wrong = |place: usize| Error::new(Kind::Utf8, before.saturating_add(place as u64));
            incoming.text.check(data).map_err(wrong)?;
            if is_last && !incoming.text.is_complete() {
                return Err(wrong(data.len()));
            }
        }
        let is_first = incoming.is_new;
        let says = !data.is_empty() || is_last;
        incoming.is_new &= !says;
        self.incoming = if is_last { None } else { Some(incoming) };
        let message = incoming.message;
        Ok(says.then_some(Event::Data { message, data, is_first, is_last }))
    }

    fn control_event<'a>(&mut self, header: FrameHeader) -> Result<Event<'a>, Error> {
        let payload = Payload { len: header.len as u8, ..self.control };
        Ok(match header.opcode {
            Opcode::Close => {
                let start = header.encoded_len() as u64;
                let close = Close::decode(payload.as_bytes()).map_err(|error| Error {
                    offset: error.offset.saturating_add(start),
                    ..error
                })?;
                self.close_received = true;
                self.owed_pong = None;
                self.owed_close = (!self.close_sent).then_some(close.code);
                Event::Close(payload)
            }
            Opcode::Ping => {
                self.owed_pong = Some(payload);
                Event::Ping(payload)
            }
            _ => Event::Pong(payload),
        })
    }

    /// Says that the peer has ended its direction. Take all events of what was received before.
    ///
    /// # Errors
    ///
    /// [`Kind::Incomplete`] if it has not sent Close before: what browsers call 1006.
    pub fn handle_eof(&mut self) -> Result<(), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.is_eof = true;
        if self.close_received {
            return Ok(());
        }
        let offset = match self.frame {
            Some((header, taken)) => taken.saturating_add(header.encoded_len() as u64),
            None => self.head_len.into(),
        };
        Err(self.fail(Error::new(Kind::Incomplete, offset)))
    }

    /// Sends a text as one frame, or ends one that was begun with it: how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn text(&mut self, text: &str, random: u32, out: &mut [u8]) -> Result<usize, SendError> {
        self.message(Message::Text, text.as_bytes(), true, random, out)
    }

    /// Sends bytes as one frame, or ends a message that was begun with it: how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn binary(&mut self, data: &[u8], random: u32, out: &mut [u8]) -> Result<usize, SendError> {
        self.message(Message::Binary, data, true, random, out)
    }

    /// Sends the next fragment of a text. Pings and Close may be sent between two of them.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn text_fragment(
        &mut self,
        text: &str,
        is_last: bool,
        random: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.message(Message::Text, text.as_bytes(), is_last, random, out)
    }

    /// Sends the next fragment of a binary message. Pings and Close may be sent between two of them.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn binary_fragment(
        &mut self,
        data: &[u8],
        is_last: bool,
        random: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.message(Message::Binary, data, is_last, random, out)
    }

    /// Writes what goes before `len` bytes of a binary message that you send without copying them here:
    /// give each piece of them to [`mask_payload`](Self::mask_payload) first. Nothing else can be sent
    /// before all of them are.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn binary_prefix(
        &mut self,
        len: u64,
        is_last: bool,
        random: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let header = self.next_frame(Message::Binary, len, is_last, random)?;
        let written = header.encode(out)?;
        self.outgoing = (!is_last).then_some(Message::Binary);
        self.payload = (len > 0).then_some((header, 0));
        Ok(written)
    }

    /// Masks the next piece of what [`binary_prefix`](Self::binary_prefix) has announced, if we are a
    /// client.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if so much was not announced.
    pub fn mask_payload(&mut self, data: &mut [u8]) -> Result<(), SendError> {
        if data.is_empty() {
            return Ok(());
        }
        let Some((header, position)) = self.payload else { return Err(SendError::OutOfTurn) };
        let end = position.saturating_add(data.len() as u64);
        if end > header.len {
            return Err(SendError::OutOfTurn);
        }
        if let Some(mask) = header.mask {
            mask.apply(data, position);
        }
        self.payload = (end < header.len).then_some((header, end));
        Ok(())
    }

    /// Sends a Ping with up to 125 bytes.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn ping(&mut self, data: &[u8], random: u32, out: &mut [u8]) -> Result<usize, SendError> {
        self.check_turn(false)?;
        self.put(self.control_header(Opcode::Ping, data.len(), random), &[data], out)
    }

    /// Starts the closing handshake. What the peer has sent before it answers still comes.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. [`Kind::CloseCode`] for a reason without a code,
    /// [`Kind::ControlTooLong`] for a reason of more than 123 bytes.
    pub fn close(
        &mut self,
        close: Close<'_>,
        now_ms: u64,
        random: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_turn(true)?;
        let code = close.code.map(|code| code.get().to_be_bytes());
        let code = code.as_ref().map_or(&[][..], |code| code);
        let reason = close.reason.as_bytes();
        if code.is_empty() && !reason.is_empty() {
            return Err(SendError::Invalid(Kind::CloseCode));
        }
        let len = code.len().saturating_add(reason.len());
        let header = self.control_header(Opcode::Close, len, random);
        let written = self.put(header, &[code, reason], out)?;
        (self.close_sent, self.owed_close, self.asked) = (true, None, Some(now_ms));
        Ok(written)
    }

    /// Writes what the session owes by itself: the answer to Close, to a Ping (the last one, if there
    /// were several), a Ping to who is silent, Close after an error. `None` if it owes nothing, or
    /// while an announced payload is sent.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`]; 131 bytes are enough.
    pub fn poll_transmit(
        &mut self,
        now_ms: u64,
        random: u32,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        if self.close_sent && self.owed_pong.is_none() || self.payload.is_some() {
            return Ok(None);
        }
        if let Some(pong) = self.owed_pong {
            let header = self.control_header(Opcode::Pong, pong.as_bytes().len(), random);
            let written = self.put(header, &[pong.as_bytes()], out)?;
            self.owed_pong = None;
            return Ok(Some(written));
        }
        if let Some(code) = self.owed_close {
            return self.close(Close { code, reason: "" }, now_ms, random, out).map(Some);
        }
        if self.owes_ping {
            let written = self.ping(&[], random, out)?;
            self.owes_ping = false;
            return Ok(Some(written));
        }
        Ok(None)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call. Time
    /// runs from the first [`handle_input`](Self::handle_input) on, which may have no bytes.
    pub fn poll_timeout(&self) -> Option<u64> {
        let Settings { ping_ms, pong_ms, close_ms, .. } = self.settings;
        let (from, budget) = if self.error.is_some() || self.is_eof {
            return None;
        } else if self.close_sent {
            (self.asked?, close_ms)
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
            self.is_eof = true; // a client has waited long enough for the server to close
        } else if self.close_sent || self.asked.is_some() {
            self.fail(Error::new(Kind::TooSlow, 0));
        } else {
            (self.asked, self.owes_ping) = (Some(now_ms), true);
        }
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

    /// True until Close was sent.
    pub fn is_open(&self) -> bool {
        !self.close_sent && self.error.is_none()
    }

    fn message(
        &mut self,
        message: Message,
        data: &[u8],
        is_last: bool,
        random: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let header = self.next_frame(message, data.len() as u64, is_last, random)?;
        let written = self.put(header, &[data], out)?;
        self.outgoing = (!is_last).then_some(message);
        Ok(written)
    }

    fn next_frame(
        &self,
        message: Message,
        len: u64,
        is_last: bool,
        random: u32,
    ) -> Result<FrameHeader, SendError> {
        self.check_turn(false)?;
        let opcode = match (self.outgoing, message) {
            (Some(begun), message) if begun != message => return Err(SendError::OutOfTurn),
            (Some(_), _) => Opcode::Continuation,
            (None, Message::Text) => Opcode::Text,
            (None, Message::Binary) => Opcode::Binary,
        };
        Ok(FrameHeader { is_final: is_last, opcode, mask: self.mask(random), len })
    }

    fn control_header(&self, opcode: Opcode, len: usize, random: u32) -> FrameHeader {
        FrameHeader { is_final: true, opcode, mask: self.mask(random), len: len as u64 }
    }

    fn mask(&self, random: u32) -> Option<Mask> {
        (self.role == Role::Client).then_some(Mask::new(random))
    }

    /// Writes a frame whose payload lies in several parts.
    fn put(
        &self,
        header: FrameHeader,
        parts: &[&[u8]],
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let start = header.encoded_len();
        let len = usize::try_from(header.len).ok().and_then(|len| len.checked_add(start));
        let needed = len.unwrap_or(usize::MAX);
        let too_small = SendError::BufferTooSmall { needed };
        let Some(out) = out.get_mut(..needed) else {
            // What cannot be sent at all says so first.
            return Err(header.encode(&mut [0; FrameHeader::MAX_LEN]).err().unwrap_or(too_small));
        };
        header.encode(out)?;
        let mut room = out.get_mut(start..).unwrap_or_default();
        let mut position = 0u64;
        for part in parts {
            let Some((place, rest)) = room.split_at_mut_checked(part.len()) else { break }; // never
            match header.mask {
                Some(mask) => mask.copy(part, place, position),
                None => copy(place, part),
            }
            position = position.saturating_add(part.len() as u64);
            room = rest;
        }
        Ok(needed)
    }

    /// May a frame begin? After an error Close alone may.
    fn check_turn(&self, is_close: bool) -> Result<(), SendError> {
        let is_over = self.close_sent || (self.error.is_some() && !is_close);
        if is_over || self.payload.is_some() {
            return Err(SendError::OutOfTurn);
        }
        Ok(())
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

impl Incoming {
    const fn new(message: Message) -> Self {
        Self { message, len: 0, fragments: 0, text: Utf8::new(), is_new: true }
    }
}

impl Payload {
    const EMPTY: Self = Self { bytes: [0; FrameHeader::MAX_CONTROL], len: 0 };

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Of a Close: why.
    pub fn close(&self) -> Close<'_> {
        Close::decode(self.as_bytes()).unwrap_or_default() // it was checked
    }

    fn put(&mut self, at: u64, data: &[u8]) {
        let room = self.bytes.get_mut(at as usize..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(data) {
            *place = *byte;
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Payload {}
