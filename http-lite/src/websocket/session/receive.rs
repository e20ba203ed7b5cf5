//! What is received: messages and control frames out of bytes.

use super::super::{Close, Error, FrameHeader, Kind, Opcode, Role, Utf8};
use super::{Event, Message, Session};

/// A message that is received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming {
    message: Message,
    len: u64,
    fragments: u32,
    text: Utf8,
    /// Nothing of it was handed out yet.
    is_new: bool,
}

impl Session {
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
        let before = usize::from(self.head_len);
        // Mostly it comes whole, and is read where it lies.
        let mut found = if before == 0 { FrameHeader::decode(input, sender)? } else { None };
        if found.is_none() {
            let room = self.head.get_mut(before..).unwrap_or_default();
            for (place, byte) in room.iter_mut().zip(input) {
                *place = *byte;
            }
            let len = before.saturating_add(input.len()).min(self.head.len());
            found = FrameHeader::decode(self.head.get(..len).unwrap_or_default(), sender)?;
            self.head_len = len as u8;
        }
        let Some((header, len)) = found else {
            return Ok((usize::from(self.head_len).saturating_sub(before), None));
        };
        self.head_len = 0;
        if !header.opcode.is_control() {
            self.begin(header)?;
        }
        Ok((len.saturating_sub(before), Some(header)))
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
        let payload = self.control;
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
}

impl Incoming {
    const fn new(message: Message) -> Self {
        Self { message, len: 0, fragments: 0, text: Utf8::new(), is_new: true }
    }
}
