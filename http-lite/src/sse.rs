//! Server-sent events, written and read: a body of [`MediaType::EVENT_STREAM`].
//!
//! [`MediaType::EVENT_STREAM`]: crate::MediaType::EVENT_STREAM
//!
//! ```text
//! stream   [ BOM ] *event
//! event    *( field / comment ), then an empty line
//! field    "event", "id", "retry" or "data", then ":" [ SP ] value, end of line
//! comment  ":" anything, end of line
//! ```
//!
//! An end of line is LF, CR or CRLF. Several `data` fields are the lines of one text. The HTML
//! standard of the WHATWG, section "Server-sent events", says how a stream is interpreted.

mod decoder;

pub use decoder::{Decoder, Item};

use crate::error::EncodeError;
use crate::writer::Writer;

/// The request field in which a client that comes back says what it has seen last.
pub const LAST_EVENT_ID: &str = "Last-Event-ID";

/// A comment without text. Sent when nothing has happened for 15 seconds or so, it keeps proxies
/// from closing the connection, and shows the client that the server lives.
pub const KEEP_ALIVE: &[u8] = b":\n";

/// One event.
///
/// ```
/// use http_lite::sse::{Decoder, Event, EventType, Id, Item};
///
/// let event = Event {
///     event: EventType::new(b"temperature"),
///     id: Id::new(b"42"),
///     retry_ms: None,
///     data: b"kitchen\n21.5",
/// };
/// let mut out = [0; 128];
/// let len = event.encode(&mut out)?;
/// assert_eq!(&out[..len], b"event: temperature\nid: 42\ndata: kitchen\ndata: 21.5\n\n");
/// assert_eq!(len, event.encoded_len());
///
/// let (mut buffer, mut ids) = ([0; 64], [0; 96]);
/// let mut decoder = Decoder::new(&mut buffer, &mut ids);
/// let (used, item) = decoder.decode(&out[..len]);
/// assert_eq!(used, len);
/// assert_eq!(item, Some(Item::Event { event, last_event_id: Id::new(b"42").unwrap() }));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event<'a> {
    /// What kind of event it is. `None` is what a browser calls `message`.
    pub event: Option<EventType<'a>>,
    /// The last event ID from now on, also of later events without one. An empty one takes it back.
    pub id: Option<Id<'a>>,
    /// How long the client waits before it connects again, in milliseconds, from now on.
    pub retry_ms: Option<u64>,
    /// Lines of text, which should be UTF-8: a browser replaces what is not. CR, LF and CRLF end a
    /// line; all of them arrive as LF.
    pub data: &'a [u8],
}

impl<'a> Event<'a> {
    /// An event with nothing but data.
    pub const fn new(data: &'a [u8]) -> Self {
        Self { event: None, id: None, retry_ms: None, data }
    }

    /// Writes the event with the empty line that ends it; how many bytes that were.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// How many bytes [`encode`](Self::encode) writes.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        if let Some(event) = self.event {
            write_lines(w, b"event: ", event.0);
        }
        if let Some(id) = self.id {
            write_lines(w, b"id: ", id.0);
        }
        if let Some(retry_ms) = self.retry_ms {
            write_retry(w, retry_ms);
        }
        write_lines(w, b"data: ", self.data);
        w.u8(b'\n');
    }
}

/// The name of a kind of event: at least one byte, without CR and LF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventType<'a>(&'a [u8]);

impl<'a> EventType<'a> {
    /// `None` if it is empty or has a CR or LF.
    pub const fn new(name: &'a [u8]) -> Option<Self> {
        if name.is_empty() || line_len(name) < name.len() { None } else { Some(Self(name)) }
    }

    /// The bytes, which should be UTF-8.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// The ID of an event, by which a stream goes on after a pause: without CR, LF and NUL. It may be
/// empty, which is the same as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id<'a>(&'a [u8]);

impl<'a> Id<'a> {
    /// `None` if it has a CR, LF or NUL.
    pub const fn new(id: &'a [u8]) -> Option<Self> {
        let mut rest = id;
        while let Some((byte, tail)) = rest.split_first() {
            if matches!(*byte, b'\r' | b'\n' | 0) {
                return None;
            }
            rest = tail;
        }
        Some(Self(id))
    }

    /// The bytes, which should be UTF-8.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Writes `text` as a comment, which clients ignore; every line of it becomes one.
///
/// ```
/// let mut out = [0; 16];
/// let len = http_lite::sse::encode_comment(b"still\r\nhere", &mut out)?;
/// assert_eq!(&out[..len], b": still\n: here\n");
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`].
pub const fn encode_comment(text: &[u8], out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut w = Writer::new(out);
    write_lines(&mut w, b": ", text);
    w.finish()
}

/// Says alone how many milliseconds a client waits before it connects again. No event comes of it.
///
/// ```
/// let mut out = [0; 16];
/// let len = http_lite::sse::encode_retry(5000, &mut out)?;
/// assert_eq!(&out[..len], b"retry: 5000\n\n");
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`].
pub const fn encode_retry(retry_ms: u64, out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut w = Writer::new(out);
    write_retry(&mut w, retry_ms);
    w.u8(b'\n');
    w.finish()
}

const fn write_retry(w: &mut Writer<'_>, retry_ms: u64) {
    w.bytes(b"retry: ");
    w.decimal(retry_ms);
    w.u8(b'\n');
}

/// Every line of `text` behind `name`. A text that ends with an end of line has an empty last line.
const fn write_lines(w: &mut Writer<'_>, name: &[u8], text: &[u8]) {
    let mut rest = text;
    loop {
        let (line, end) = match rest.split_at_checked(line_len(rest)) {
            Some(parts) => parts,
            None => (rest, &[] as &[u8]), // never
        };
        w.bytes(name);
        w.bytes(line);
        w.u8(b'\n');
        rest = match end {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => return,
        };
    }
}

/// The bytes before the first CR or LF.
const fn line_len(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((byte, tail)) = rest.split_first() {
        if matches!(*byte, b'\r' | b'\n') {
            break;
        }
        rest = tail;
    }
    bytes.len().saturating_sub(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_field_by_field() {
        let full = Event {
            event: EventType::new(b"add"),
            id: Id::new(b""),
            retry_ms: Some(u64::MAX),
            data: b"",
        };
        let table: &[(Event<'_>, &[u8])] = &[
            (Event::new(b""), b"data: \n\n"),
            (Event::new(b" a"), b"data:  a\n\n"),
            (Event::new(b"a\n"), b"data: a\ndata: \n\n"),
            (Event::new(b"\r\r\n\n"), b"data: \ndata: \ndata: \ndata: \n\n"),
            (full, b"event: add\nid: \nretry: 18446744073709551615\ndata: \n\n"),
        ];
        for (event, expected) in table {
            let mut out = [0xEE; 80];
            let len = event.encode(&mut out).unwrap();
            assert_eq!(&out[..len], *expected);
            assert_eq!(event.encoded_len(), len);
            for short in 0..len {
                let error = EncodeError::BufferTooSmall { needed: len };
                assert_eq!(event.encode(&mut out[..short]), Err(error));
            }
        }
    }

    #[test]
    fn comments_and_retry_tell_what_they_need() {
        let mut out = [0; 32];
        assert_eq!(encode_comment(b"", &mut out), Ok(3));
        for short in 0..15 {
            let error = Err(EncodeError::BufferTooSmall { needed: 15 });
            assert_eq!(encode_comment(b"still\nhere", &mut out[..short]), error);
        }
        for short in 0..10 {
            let error = Err(EncodeError::BufferTooSmall { needed: 10 });
            assert_eq!(encode_retry(0, &mut out[..short]), error);
        }
    }

    #[test]
    fn refuses_what_would_begin_a_line_of_its_own() {
        for text in [&b"a\rb"[..], b"a\nb", b"\r\n", b"a\n"] {
            assert_eq!(EventType::new(text), None);
            assert_eq!(Id::new(text), None);
        }
        assert_eq!(Id::new(b"a\0"), None);
        assert_eq!(EventType::new(b""), None);
        assert_eq!(EventType::new(b"a\0").map(EventType::as_bytes), Some(&b"a\0"[..]));
        assert_eq!(Id::new(b"").map(Id::as_bytes), Some(&b""[..]));
    }

    #[test]
    fn an_event_is_made_at_compile_time() {
        const EVENT: Event<'_> = Event::new(b"hello");
        const BYTES: [u8; EVENT.encoded_len()] = {
            let mut out = [0; EVENT.encoded_len()];
            assert!(EVENT.encode(&mut out).is_ok());
            out
        };
        assert_eq!(&BYTES, b"data: hello\n\n");
    }
}
