//! An event stream read in pieces of any size.

use core::fmt;
use core::mem::{replace, swap};

use super::{Event, EventType, Id};
use crate::writer::copy;

/// Reads an event stream that arrives in any pieces, and collects one event at a time in a buffer
/// that you lend.
///
/// ```text
///  buffer                                      ids
/// +----------------+---------+------------+   +------------+----------------+-----------+
/// | data           | space   | event type |   | last event | of this event  | this line |
/// +----------------+---------+------------+   +------------+----------------+-----------+
/// ```
///
/// It needs as much buffer as the largest event has data and event type. A larger event is left out
/// up to its end and told as [`Item::TooLarge`]; what comes behind it is not lost. An ID may be as
/// long as a third of `ids`; a longer one is left out, and [`has_lost_id`](Self::has_lost_id) then
/// says so.
///
/// Nothing in a stream is an error. Unknown fields, comments, an ID with a NUL and a `retry` that
/// is no number are passed over, an event without data only sets the last event ID, and an event
/// that the stream ends in is dropped, as the standard says.
///
/// When the connection has ended, connect again after [`retry_ms`](Self::retry_ms), send
/// [`last_event_id`](Self::last_event_id) if it is not empty, and [`restart`](Self::restart).
///
/// ```
/// use http_lite::sse::{Decoder, Item};
///
/// let (mut buffer, mut ids) = ([0; 64], [0; 96]);
/// let mut decoder = Decoder::new(&mut buffer, &mut ids);
/// let mut seen = Vec::new();
/// for mut piece in b"retry: 500\r\n\r\nid: 7\r\ndata: 21.5\r\n\r\n: so far\r\n\r\n".chunks(4) {
///     while !piece.is_empty() {
///         let (used, item) = decoder.decode(piece);
///         piece = &piece[used..];
///         if let Some(Item::Event { event, .. }) = item {
///             seen.push(event.data.to_vec());
///         }
///     }
/// }
/// assert_eq!(seen, [b"21.5"]);
/// assert_eq!(decoder.retry_ms(), Some(500));
/// assert_eq!(decoder.last_event_id().as_bytes(), b"7");
/// ```
pub struct Decoder<'b> {
    buffer: &'b mut [u8],
    /// Bytes of data, those that did not fit too.
    data_len: usize,
    has_data: bool,
    /// Bytes of the event type, those that did not fit too. While its line goes on, they stand from
    /// the end of the buffer backwards.
    type_len: usize,
    /// The largest sum of both so far in this event.
    needed: usize,
    last_id: Slot<'b>,
    event_id: Slot<'b>,
    line_id: Slot<'b>,
    event_has: EventId,
    has_lost_id: bool,
    /// The last of this event.
    event_retry_ms: Option<u64>,
    retry_ms: Option<u64>,
    /// The value of this line's `retry`.
    digits: Digits,
    part: Part,
    name: [u8; 5],
    /// 6 if it is longer than any that we know.
    name_len: usize,
    /// May a byte order mark come?
    is_start: bool,
    /// Was the last byte a CR, so that an LF would belong to it?
    after_cr: bool,
}

/// Never what is held: it may be secret.
impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("capacity", &self.buffer.len())
            .field("held", &self.data_len.saturating_add(self.type_len))
            .field("retry_ms", &self.retry_ms)
            .finish_non_exhaustive()
    }
}

/// What a [`Decoder`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item<'a> {
    /// An event.
    Event {
        /// What its lines said: its `id` only if it had one itself.
        event: Event<'a>,
        /// The ID of this event, or else of the last one before it that had one.
        last_event_id: Id<'a>,
    },
    /// An event was left out: the buffer is too small for it.
    TooLarge {
        /// The length of a buffer that would have held it.
        needed: usize,
        /// As of an event that fits.
        last_event_id: Id<'a>,
    },
}

/// Room for an ID.
struct Slot<'b> {
    room: &'b mut [u8],
    /// Bytes of the ID, those that did not fit too.
    len: usize,
}

/// The length of an ID that is to be ignored. The standard, field name "id".
const HAS_NUL: usize = usize::MAX;

impl Slot<'_> {
    fn bytes(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }
}

/// What is in `event_id`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EventId {
    None,
    Held,
    Lost,
}

/// Where in a line we are.
#[derive(Clone, Copy)]
enum Part {
    Name,
    /// Behind the colon, where one space is left out.
    Colon(Field),
    Value(Field),
    /// In a comment or a field that nobody knows.
    Ignored,
}

/// The value of a `retry` so far.
#[derive(Clone, Copy)]
enum Digits {
    Empty,
    /// Nothing but digits; at most `u64::MAX`.
    Number(u64),
    Other,
}

impl Digits {
    fn and(mut self, run: &[u8]) -> Self {
        for byte in run {
            self = match (self, byte) {
                (Self::Empty, b'0'..=b'9') => Self::Number(u64::from(byte & 15)),
                (Self::Number(number), b'0'..=b'9') => {
                    Self::Number(number.saturating_mul(10).saturating_add(u64::from(byte & 15)))
                }
                _ => return Self::Other,
            };
        }
        self
    }
}

#[derive(Clone, Copy)]
enum Field {
    Event,
    Id,
    Retry,
    Data,
}

impl<'b> Decoder<'b> {
    /// At the start of a stream, with nothing known from before.
    pub const fn new(buffer: &'b mut [u8], ids: &'b mut [u8]) -> Self {
        let third = match ids.len().checked_div(3) {
            Some(third) => third,
            None => 0, // never: 3 is not 0
        };
        let (last, ids) = split(ids, third);
        let (event, ids) = split(ids, third);
        let (line, _) = split(ids, third);
        Self {
            buffer,
            data_len: 0,
            has_data: false,
            type_len: 0,
            needed: 0,
            last_id: Slot { room: last, len: 0 },
            event_id: Slot { room: event, len: 0 },
            line_id: Slot { room: line, len: 0 },
            event_has: EventId::None,
            has_lost_id: false,
            event_retry_ms: None,
            retry_ms: None,
            digits: Digits::Empty,
            part: Part::Name,
            name: [0; 5],
            name_len: 0,
            is_start: true,
            after_cr: false,
        }
    }

    /// Reads up to the end of the next event: how many bytes of `input` were read, and the event.
    /// Without an event all of `input` was read.
    pub fn decode(&mut self, input: &[u8]) -> (usize, Option<Item<'_>>) {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            if replace(&mut self.after_cr, false) && byte == b'\n' {
                rest = tail;
                continue;
            }
            if matches!(byte, b'\r' | b'\n') {
                rest = tail;
                self.after_cr = byte == b'\r';
                self.is_start = false;
                if self.end_line() {
                    return (input.len().saturating_sub(rest.len()), Some(self.give()));
                }
                continue;
            }
            rest = match self.part {
                Part::Name => {
                    self.name_byte(byte);
                    tail
                }
                Part::Colon(field) => {
                    self.part = Part::Value(field);
                    if byte == b' ' { tail } else { rest }
                }
                Part::Value(field) => {
                    let (run, rest) = split_line(rest);
                    self.value(field, run);
                    rest
                }
                Part::Ignored => split_line(rest).1,
            };
        }
        (input.len(), None)
    }

    /// What to send as [`LAST_EVENT_ID`](super::LAST_EVENT_ID) when connecting again, unless it is
    /// empty. An ID counts when its event has ended.
    pub fn last_event_id(&self) -> Id<'_> {
        Id(self.last_id.bytes())
    }

    /// True if there was no room for the stream's last event ID: then
    /// [`last_event_id`](Self::last_event_id) is an older one, and events would come again.
    pub fn has_lost_id(&self) -> bool {
        self.has_lost_id
    }

    /// How long to wait before connecting again, in milliseconds, if the server has said so.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// At the start of the next stream of the same source. The last event ID and the time to wait
    /// stay, also for events of the new stream; what was read of an event is dropped.
    pub fn restart(&mut self) {
        self.next_event();
        self.part = Part::Name;
        self.name_len = 0;
        self.is_start = true;
        self.after_cr = false;
    }

    fn next_event(&mut self) {
        self.data_len = 0;
        self.has_data = false;
        self.type_len = 0;
        self.needed = 0;
        self.event_has = EventId::None;
        self.event_retry_ms = None;
    }

    fn name_byte(&mut self, byte: u8) {
        if byte == b':' {
            self.part = match self.field() {
                Some(field) => {
                    self.begin_value(field);
                    Part::Colon(field)
                }
                None => Part::Ignored,
            };
            self.name_len = 0;
            self.is_start = false;
            return;
        }
        if let Some(place) = self.name.get_mut(self.name_len) {
            *place = byte;
        }
        self.name_len = self.name_len.saturating_add(1).min(6);
        if self.name_len >= 3 && replace(&mut self.is_start, false) && self.is_name(b"\xEF\xBB\xBF")
        {
            self.name_len = 0;
        }
    }

    fn is_name(&self, name: &[u8]) -> bool {
        self.name.get(..self.name_len) == Some(name)
    }

    /// The field of that name. None if it is a comment or unknown.
    fn field(&self) -> Option<Field> {
        if self.is_name(b"data") {
            Some(Field::Data)
        } else if self.is_name(b"event") {
            Some(Field::Event)
        } else if self.is_name(b"id") {
            Some(Field::Id)
        } else if self.is_name(b"retry") {
            Some(Field::Retry)
        } else {
            None
        }
    }

    fn begin_value(&mut self, field: Field) {
        match field {
            Field::Data if self.has_data => self.value(field, b"\n"),
            Field::Data => self.has_data = true,
            Field::Event => self.type_len = 0,
            Field::Id => self.line_id.len = 0,
            Field::Retry => self.digits = Digits::Empty,
        }
    }

    /// A part of a value, at least one byte.
    fn value(&mut self, field: Field, run: &[u8]) {
        match field {
            Field::Data => {
                let room = self.buffer.len().saturating_sub(self.type_len);
                let space = self.buffer.get_mut(self.data_len..room).unwrap_or_default();
                append(space, run);
                self.data_len = self.data_len.saturating_add(run.len());
            }
            Field::Event => {
                let room = self.buffer.len().saturating_sub(self.type_len);
                let space = self.buffer.get_mut(self.data_len..room).unwrap_or_default();
                for (to, from) in space.iter_mut().rev().zip(run) {
                    *to = *from;
                }
                self.type_len = self.type_len.saturating_add(run.len());
            }
            Field::Id if run.contains(&0) => self.line_id.len = HAS_NUL,
            Field::Id => {
                append(self.line_id.room.get_mut(self.line_id.len..).unwrap_or_default(), run);
                self.line_id.len = self.line_id.len.saturating_add(run.len());
            }
            Field::Retry => self.digits = self.digits.and(run),
        }
        self.needed = self.needed.max(self.data_len.saturating_add(self.type_len));
    }

    /// True if an item is due.
    fn end_line(&mut self) -> bool {
        if let Part::Name = self.part {
            if self.name_len == 0 {
                return self.end_event();
            }
            if let Some(field) = self.field() {
                self.begin_value(field); // a name without a colon: the value is empty
                self.end_value(field);
            }
        }
        if let Part::Colon(field) | Part::Value(field) = self.part {
            self.end_value(field);
        }
        self.part = Part::Name;
        self.name_len = 0;
        false
    }

    fn end_value(&mut self, field: Field) {
        match field {
            Field::Data => {}
            Field::Event => {
                let start = self.buffer.len().saturating_sub(self.type_len);
                reverse(self.buffer.get_mut(start..).unwrap_or_default());
            }
            Field::Id if self.line_id.len == HAS_NUL => {}
            Field::Id if self.line_id.len > self.line_id.room.len() => {
                self.event_has = EventId::Lost;
            }
            Field::Id => {
                swap(&mut self.event_id, &mut self.line_id);
                self.event_has = EventId::Held;
            }
            Field::Retry => {
                if let Digits::Number(retry_ms) = self.digits {
                    self.event_retry_ms = Some(retry_ms);
                    self.retry_ms = Some(retry_ms);
                }
            }
        }
    }

    /// True if an item is due.
    fn end_event(&mut self) -> bool {
        match self.event_has {
            EventId::None => {}
            EventId::Held => {
                swap(&mut self.last_id, &mut self.event_id);
                self.has_lost_id = false;
            }
            EventId::Lost => self.has_lost_id = true,
        }
        let is_due = self.has_data;
        if !is_due {
            self.next_event();
        }
        is_due
    }

    /// The item that is due.
    fn give(&mut self) -> Item<'_> {
        let (data_len, type_len, needed) = (self.data_len, self.type_len, self.needed);
        let (event_has, retry_ms) = (self.event_has, self.event_retry_ms);
        self.next_event();
        let last_event_id = Id(self.last_id.bytes());
        if needed > self.buffer.len() {
            return Item::TooLarge { needed, last_event_id };
        }
        let type_start = self.buffer.len().saturating_sub(type_len);
        let event = Event {
            event: EventType::new(self.buffer.get(type_start..).unwrap_or_default()),
            id: (event_has == EventId::Held).then_some(last_event_id),
            retry_ms,
            data: self.buffer.get(..data_len).unwrap_or_default(),
        };
        Item::Event { event, last_event_id }
    }
}

/// The bytes before the next end of line, and the rest.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let len = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    bytes.split_at_checked(len.unwrap_or(bytes.len())).unwrap_or((bytes, &[]))
}

/// Writes at the start of `space` as much of `run` as there is room for.
fn append(space: &mut [u8], run: &[u8]) {
    if space.is_empty() {
        return; // to copy no byte to nowhere took ten times as long as the rest of a line
    }
    let len = space.len().min(run.len());
    if let (Some(to), Some(from)) = (space.get_mut(..len), run.get(..len)) {
        copy(to, from);
    }
}

fn reverse(bytes: &mut [u8]) {
    let mut rest = bytes;
    while let [first, middle @ .., last] = rest {
        swap(first, last);
        rest = middle;
    }
}

/// Two parts; `at` is at most the length.
const fn split(bytes: &mut [u8], at: usize) -> (&mut [u8], &mut [u8]) {
    match bytes.split_at_mut_checked(at) {
        Some(parts) => parts,
        None => (&mut [], &mut []), // never
    }
}
