//! What is sent: messages, control frames, and what the session owes by itself.

use super::super::{Close, FrameHeader, Kind, Mask, Opcode, Role, SendError};
use super::{Message, Session};
use crate::writer::copy;

impl Session {
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

    /// Writes what the session owes by itself: the answer to Close, to a Ping (to the last one, if several
    /// came since the last call), a Ping to who is silent, Close after an error. `None` if it owes nothing, or
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
        if !self.owes() {
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
            (self.owes_ping, self.asked) = (false, Some(now_ms));
            return Ok(Some(written));
        }
        Ok(None)
    }

    /// Something can be sent that nobody has asked for.
    pub(in super::super) fn owes(&self) -> bool {
        let owes_more = self.owed_close.is_some() || self.owes_ping;
        let owes = self.owed_pong.is_some() || owes_more && !self.close_sent;
        owes && self.payload.is_none()
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
}
