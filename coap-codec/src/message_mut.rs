//! Messages that are built and edited where they lie.

use core::fmt;

use crate::code::Code;
use crate::codec::Codec;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::extended;
use crate::message::{Message, Type};
use crate::option_number::OptionNumber;
use crate::options::{self, CoapOption, Options, Rules};
use crate::token::Token;
use crate::uint::Uint;
use crate::writer::{Writer, copy, move_within};

/// A message in a buffer that you lend: built with options in any order, or edited in place.
///
/// ```text
/// 0        options            payload          len          buffer's end
/// +--------+------------------+----------------+------------+
/// | header,| options, in the  | 0xFF, payload  | room       |
/// | token  | order of numbers |                |            |
/// +--------+------------------+----------------+------------+
/// ```
///
/// It is a valid message at any time. An edit that does not fit changes nothing and says how long
/// the message would have been.
///
/// ```
/// use coap_codec::{Code, MessageMut, OptionNumber, Token, Type};
///
/// let mut buffer = [0; 64];
/// let mut get = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, Token::EMPTY)?;
/// get.insert_uint(OptionNumber::ACCEPT, 50)?;
/// get.insert(OptionNumber::URI_PATH, b"sensors")?;
/// get.insert(OptionNumber::URI_PATH, b"light")?;
/// assert_eq!(get.as_bytes(), b"\x40\x01\x00\x01\xB7sensors\x05light\x61\x32");
///
/// get.remove(OptionNumber::ACCEPT);
/// get.set_payload(b"?")?;
/// assert_eq!(get.as_bytes(), b"\x40\x01\x00\x01\xB7sensors\x05light\xFF?");
/// # Ok::<(), coap_codec::EncodeError>(())
/// ```
///
/// For a transport that is reliable, encode [`message`](Self::message)`().reliable()`.
pub struct MessageMut<'b> {
    buffer: &'b mut [u8],
    token_start: usize,
    /// Where the options begin: behind the token.
    options: usize,
    /// Where the payload marker is; the end if there is none.
    options_end: usize,
    len: usize,
    /// Number of the last option, so that options in their order need no search.
    last: u16,
}

/// A place between two options.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    /// Number of the option before, 0 if there is none.
    before: u16,
}

impl<'b> MessageMut<'b> {
    /// A message without options and payload at the start of `buffer`, with a token of up to 8 bytes.
    /// For an extended token, encode the message so far and [`open`](Self::open) it.
    ///
    /// # Errors
    ///
    /// [`EncodeError`], as in [`Codec::encode`].
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub const fn new(
        buffer: &'b mut [u8],
        message_type: Type,
        code: Code,
        message_id: u16,
        token: Token<'_>,
    ) -> Result<Self, EncodeError> {
        let message = Message::new(message_type, code, message_id).with_token(token);
        match Codec::new().encode(&message, buffer) {
            Ok(len) => Ok(Self {
                buffer,
                token_start: len.saturating_sub(token.len()),
                options: len,
                options_end: len,
                len,
                last: 0,
            }),
            Err(error) => Err(error),
        }
    }

    /// The message that the first `len` bytes of `buffer` are.
    ///
    /// # Errors
    ///
    /// As [`Codec::decode`].
    pub fn open(codec: &Codec, buffer: &'b mut [u8], len: usize) -> Result<Self, DecodeError> {
        let len = len.min(buffer.len());
        let message = codec.decode(buffer.get(..len).unwrap_or_default())?;
        let payload = match message.payload.len() {
            0 => 0,
            payload => payload.saturating_add(1),
        };
        let token_len = message.token.len();
        let token_start = extended::len(token_len as u32).saturating_add(HEADER);
        let options = token_start.saturating_add(token_len);
        let last = message.options.iter().last().map_or(0, |option| option.number.0);
        let options_end = len.saturating_sub(payload);
        Ok(Self { buffer, token_start, options, options_end, len, last })
    }

    /// Adds an option behind those of the same and lower numbers.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the length that the message would have;
    /// [`EncodeError::Invalid`] if the value's length is not allowed or the option is there and not
    /// repeatable.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn insert(&mut self, number: OptionNumber, value: &[u8]) -> Result<(), EncodeError> {
        if cfg!(target_pointer_width = "64")
            && self.len == self.options_end
            && number.0 >= self.last
        {
            return self.append(CoapOption { number, value });
        }
        let place = self.behind(number);
        self.put(place, place.at, number, value)
    }

    /// [`insert`](Self::insert) of a number, in its shortest form.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn insert_uint(&mut self, number: OptionNumber, value: u64) -> Result<(), EncodeError> {
        self.insert(number, Uint::new(value).as_bytes())
    }

    /// Puts one option in the place of all of its number, or adds it.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn set(&mut self, number: OptionNumber, value: &[u8]) -> Result<(), EncodeError> {
        let (place, end) = self.run(number);
        self.put(place, end, number, value)
    }

    /// [`set`](Self::set) of a number, in its shortest form.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn set_uint(&mut self, number: OptionNumber, value: u64) -> Result<(), EncodeError> {
        self.set(number, Uint::new(value).as_bytes())
    }

    /// Removes every option of this number; false if there was none. The message never grows by it.
    pub fn remove(&mut self, number: OptionNumber) -> bool {
        let (place, end) = self.run(number);
        if place.at == end {
            return false;
        }
        // Cannot fail: an option that goes frees at least as much as the next one's delta grows.
        let removed = self.splice(place, end, None).is_ok();
        if number.0 == self.last {
            self.last = place.before;
        }
        removed
    }

    /// Replaces the payload; an empty one removes the marker too.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the length that the message would have;
    /// [`EncodeError::Invalid`] for a payload in an Empty message.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn set_payload(&mut self, payload: &[u8]) -> Result<(), EncodeError> {
        if self.code().is_empty() && !payload.is_empty() {
            return Err(EncodeError::Invalid(ErrorKind::EmptyMessage));
        }
        let marker = usize::from(!payload.is_empty());
        let needed = self.options_end.saturating_add(marker).saturating_add(payload.len());
        match self.payload_room().get_mut(..payload.len()) {
            Some(room) => copy(room, payload),
            None => return Err(EncodeError::BufferTooSmall { needed }),
        }
        self.commit_payload(payload.len());
        Ok(())
    }

    /// Room for a payload that is written in place; [`commit_payload`](Self::commit_payload) then
    /// says how long it became. What was the payload is lost with the first byte written. An Empty
    /// message has no room.
    ///
    /// ```
    /// # use coap_codec::{Code, MessageMut, Token, Type};
    /// # let mut buffer = [0; 16];
    /// let mut content = MessageMut::new(&mut buffer, Type::NonConfirmable, Code::CONTENT, 1, Token::EMPTY)?;
    /// content.payload_room()[..2].copy_from_slice(b"21");
    /// content.commit_payload(2);
    /// assert_eq!(content.as_bytes(), b"\x50\x45\x00\x01\xFF21");
    /// # Ok::<(), coap_codec::EncodeError>(())
    /// ```
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn payload_room(&mut self) -> &mut [u8] {
        if self.code().is_empty() {
            return &mut [];
        }
        self.buffer.get_mut(self.options_end.saturating_add(1)..).unwrap_or_default()
    }

    /// Says that the first `len` bytes of [`payload_room`](Self::payload_room) are the payload.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn commit_payload(&mut self, len: usize) {
        let len = len.min(self.payload_room().len());
        self.len = self.options_end;
        if len > 0 {
            if let Some(marker) = self.buffer.get_mut(self.options_end) {
                *marker = options::PAYLOAD_MARKER;
            }
            self.len = self.options_end.saturating_add(1).saturating_add(len);
        }
    }

    /// Puts another code, type and Message ID into the header.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] if they do not go together, if a message that is not empty would
    /// become an Empty one, or if a request becomes a response (or the other way round) that may not
    /// have its options.
    pub fn set_header(
        &mut self,
        message_type: Type,
        code: Code,
        message_id: u16,
    ) -> Result<(), EncodeError> {
        let message = Message { message_type, code, message_id, ..self.message() };
        message.check().map_err(EncodeError::Invalid)?;
        if code.is_request() != self.code().is_request() {
            let (rules, mut before) = (Rules::of(code), 0);
            for option in message.options {
                rules.check(before, &option).map_err(EncodeError::Invalid)?;
                before = option.number.0;
            }
        }
        if let Some([first, code_at, high, low]) = self.buffer.first_chunk_mut() {
            *first = *first & 0xCF | (message_type as u8) << 4;
            *code_at = code.0;
            [*high, *low] = message_id.to_be_bytes();
        }
        Ok(())
    }

    /// The bytes of the message.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The length of the message in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a message has a header")]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The message.
    pub fn message(&self) -> Message<'_> {
        let [first, _, high, low] = self.buffer.first_chunk().copied().unwrap_or_default();
        let bytes = |from: usize, to| self.buffer.get(from..to).unwrap_or_default();
        Message {
            message_type: Type::from_bits(first >> 4),
            code: self.code(),
            message_id: u16::from_be_bytes([high, low]),
            token: Token::from_wire(bytes(self.token_start, self.options)),
            options: Options::wire(bytes(self.options, self.options_end)),
            payload: bytes(self.options_end.saturating_add(1).min(self.len), self.len),
        }
    }

    /// The place behind every option up to and with `number`.
    fn behind(&self, number: OptionNumber) -> Place {
        if self.last <= number.0 {
            return Place { at: self.options_end, before: self.last };
        }
        self.place_where(|next| next > number.0)
    }

    /// The place before the first option of `number`, and the index behind the last one.
    fn run(&self, number: OptionNumber) -> (Place, usize) {
        let place = self.place_where(|next| next >= number.0);
        (place, self.behind(number).at)
    }

    /// The place before the first option whose number is wanted, or behind all.
    fn place_where(&self, wanted: impl Fn(u16) -> bool) -> Place {
        let mut rest = self.buffer.get(self.options..self.options_end).unwrap_or_default();
        let mut before = 0;
        while let Ok((option, behind)) = options::next(rest, before) {
            if wanted(option.number.0) {
                break;
            }
            (rest, before) = (behind, option.number.0);
        }
        Place { at: self.options_end.saturating_sub(rest.len()), before }
    }

    /// Puts an option in the place of those up to `end`, which have its number.
    fn put(
        &mut self,
        place: Place,
        end: usize,
        number: OptionNumber,
        value: &[u8],
    ) -> Result<(), EncodeError> {
        let option = CoapOption { number, value };
        self.check(place.before, &option)?;
        self.splice(place, end, Some(option))?;
        self.last = self.last.max(number.0);
        Ok(())
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn check(&self, before: u16, option: &CoapOption<'_>) -> Result<(), EncodeError> {
        let code = self.code();
        if code.is_empty() {
            return Err(EncodeError::Invalid(ErrorKind::EmptyMessage));
        }
        Rules::of(code).check(before, option).map_err(EncodeError::Invalid)
    }

    /// Puts an option behind everything else, which needs nothing to be moved.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn append(&mut self, option: CoapOption<'_>) -> Result<(), EncodeError> {
        self.check(self.last, &option)?;
        let number = option.number.0;
        let delta = number.saturating_sub(self.last);
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        let mut w = Writer::new(room);
        options::write_option(delta, option.value, &mut w);
        let needed = self.len.saturating_add(w.len());
        if w.is_full() {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        self.len = needed;
        (self.options_end, self.last) = (self.len, number);
        Ok(())
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn code(&self) -> Code {
        Code(self.buffer.get(1).copied().unwrap_or_default())
    }

    /// Puts `option`, or nothing, in the place of the options between `place` and `end`, and mends
    /// the delta of the option behind them.
    fn splice(
        &mut self,
        place: Place,
        end: usize,
        option: Option<CoapOption<'_>>,
    ) -> Result<(), EncodeError> {
        let tail = self.buffer.get(end..self.options_end).unwrap_or_default();
        // The option behind: its first byte and the extension of its delta are written anew.
        let (mut old_head, mut new_head, mut head) = (0, 0, [0; 3]);
        let before = option.map_or(place.before, |option| option.number.0);
        let last_removed = self.number_before(place, end);
        if let (Some(first), Ok((next, _))) = (tail.first(), options::next(tail, last_removed)) {
            let old = u32::from(next.number.0.saturating_sub(last_removed));
            let new = u32::from(next.number.0.saturating_sub(before));
            old_head = extended::len(old).saturating_add(1);
            let mut w = Writer::new(&mut head);
            w.u8(extended::nibble(new) << 4 | first & 0x0F);
            extended::write(new, &mut w);
            new_head = extended::len(new).saturating_add(1);
        }
        let delta = before.saturating_sub(place.before);
        let option_len = option.map_or(0, |option| option_len(delta, option.value.len()));
        let from = end.saturating_add(old_head);
        let to = place.at.saturating_add(option_len).saturating_add(new_head);
        let needed = self.len.saturating_sub(from).saturating_add(to);
        if needed > self.buffer.len() {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        move_within(self.buffer, from, self.len.saturating_sub(from), to);
        let room = self.buffer.get_mut(place.at..to).unwrap_or_default();
        let mut w = Writer::new(room);
        if let Some(option) = option {
            options::write_option(delta, option.value, &mut w);
        }
        w.bytes(head.get(..new_head).unwrap_or_default());
        self.options_end = self.options_end.saturating_sub(from).saturating_add(to);
        self.len = needed;
        Ok(())
    }

    /// The number of the last option before `end`.
    fn number_before(&self, place: Place, end: usize) -> u16 {
        let removed = self.buffer.get(place.at..end).unwrap_or_default();
        match options::next(removed, place.before) {
            // All that are replaced have the same number.
            Ok((option, _)) => option.number.0,
            _ => place.before,
        }
    }
}

impl fmt::Debug for MessageMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

/// Bytes before the token, without the extension of its length.
const HEADER: usize = 4;

fn option_len(delta: u16, value_len: usize) -> usize {
    extended::len(u32::from(delta))
        .saturating_add(extended::len(value_len as u32))
        .saturating_add(value_len)
        .saturating_add(1)
}
