//! Heads that are larger than the buffer.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Facts, Version};
use crate::field::Field;
use crate::field_lines::FieldLines;
use crate::head::{Limits, Reason};
use crate::method::Method;
use crate::scan::{self, trim};
use crate::start_line::StartLine;
use crate::status::StatusCode;
use crate::target::Target;
use crate::writer::copy;

/// Takes a head of any length through a small buffer that you lend: it gives the start line and the
/// fields that you name, and passes over the others.
///
/// The buffer has to hold the start line, and each line of a field that you want or that decides
/// about body and connection; browsers' heads of 8 kB go through 256 bytes. Every rule is judged as
/// [`HeadParser`](crate::HeadParser) does, also in what is passed over: what one refuses, so does
/// the other, at the same byte; only what does not fit into the buffer is refused besides.
///
/// ```
/// use http_lite::framing::{Framing, Message, decide};
/// use http_lite::{HeadItem, HeadStream, Limits, Method};
///
/// let received = b"POST /led HTTP/1.1\r\nHost: a\r\nCookie: 0123456789012345678901234567890\r\n\
///     Content-Length: 2\r\nContent-Type: text/plain\r\n\r\non";
/// let mut buffer = [0; 32];
/// let mut stream = HeadStream::request(&mut buffer, &["content-type"], Limits::DEFAULT);
/// let (mut rest, mut wanted) = (&received[..], 0);
/// loop {
///     let (taken, item) = stream.handle_input(rest)?;
///     rest = &rest[taken..];
///     match item {
///         Some(HeadItem::RequestLine { method, .. }) => assert_eq!(method, Method::POST),
///         Some(HeadItem::Field(field)) => wanted += usize::from(field.value.is("text/plain")),
///         Some(HeadItem::End) => break,
///         _ => unreachable!(), // `None`: read more
///     }
/// }
/// assert_eq!((wanted, rest), (1, &b"on"[..]));
/// assert_eq!(decide(Message::Request, stream.facts()), Ok(Framing::Length(2)));
/// # Ok::<(), http_lite::DecodeError>(())
/// ```
pub struct HeadStream<'b> {
    buffer: &'b mut [u8],
    /// Bytes of the current line that are in the buffer.
    len: usize,
    wanted: &'b [&'b str],
    limits: Limits,
    place: Place,
    /// Bytes of the head before the line in the buffer.
    before: u32,
    /// Where a line began whose name is longer than the buffer.
    line: u32,
    start: StartLine,
    lines: FieldLines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    RequestLine,
    StatusLine,
    Lines,
    /// Within a name that is longer than the buffer.
    LongName,
    /// Within a value that nobody wants.
    LongValue,
    /// Behind the CR of such a value.
    LongValueCr,
    Done,
    Failed(DecodeError),
}

/// A part of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadItem<'a> {
    /// The start of a request.
    RequestLine {
        /// What is to be done.
        method: Method<'a>,
        /// To what.
        target: Target<'a>,
        /// HTTP/1.0 or 1.1.
        version: Version,
    },
    /// The start of a response.
    StatusLine {
        /// HTTP/1.0 or 1.1.
        version: Version,
        /// What came of the request.
        status: StatusCode,
        /// A text for people.
        reason: Reason<'a>,
    },
    /// A field that you wanted.
    Field(Field<'a>),
    /// The end of the head.
    End,
}

/// The fields that decide about body and connection.
const JUDGED: [&str; 6] =
    ["host", "expect", "upgrade", "connection", "content-length", "transfer-encoding"];

/// What is in the buffer.
enum Found {
    Start(Version),
    Field { colon: usize, end: usize },
    End,
}

impl<'b> HeadStream<'b> {
    /// For the head of a request; gives the fields named in `wanted`, in any case.
    ///
    /// `limits.bytes` is for the whole head and may be more than the buffer.
    pub const fn request(buffer: &'b mut [u8], wanted: &'b [&'b str], limits: Limits) -> Self {
        Self::new(buffer, wanted, limits, Place::RequestLine)
    }

    /// For the head of a response; gives the fields named in `wanted`, in any case.
    pub const fn response(buffer: &'b mut [u8], wanted: &'b [&'b str], limits: Limits) -> Self {
        Self::new(buffer, wanted, limits, Place::StatusLine)
    }

    const fn new(
        buffer: &'b mut [u8],
        wanted: &'b [&'b str],
        limits: Limits,
        place: Place,
    ) -> Self {
        let (start, lines) = (StartLine::new(), FieldLines::new());
        Self { buffer, len: 0, wanted, limits, place, before: 0, line: 0, start, lines }
    }

    /// What the head says about connection and body. Complete behind [`HeadItem::End`].
    pub const fn facts(&self) -> &Facts {
        &self.lines.facts
    }

    /// Takes bytes: how many, and what they say. With `None` all were taken. Behind the end it takes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of [`HeadParser`](crate::HeadParser), and [`ErrorKind::TargetTooLong`] or
    /// [`ErrorKind::FieldsTooLong`] for a line that does not fit into the buffer. Each later call
    /// gives the same error.
    pub fn handle_input(
        &mut self,
        input: &[u8],
    ) -> Result<(usize, Option<HeadItem<'_>>), DecodeError> {
        let mut taken = 0;
        match self.find(input, &mut taken) {
            Ok(None) => Ok((taken, None)),
            Ok(Some(found)) => Ok((taken, Some(self.item(found)))),
            Err(error) => {
                self.place = Place::Failed(error);
                Err(error)
            }
        }
    }

    fn find(&mut self, input: &[u8], taken: &mut usize) -> Result<Option<Found>, DecodeError> {
        loop {
            let rest = input.get(*taken..).unwrap_or_default();
            match self.place {
                Place::Failed(error) => return Err(error),
                Place::Done => return Ok(None),
                _ if rest.is_empty() => return Ok(None),
                _ => {}
            }
            // What lies behind the limit is never looked at, so that all cuts give the same.
            let seen = (self.before as usize).saturating_add(self.len);
            let left = (self.limits.bytes as usize).saturating_sub(seen);
            if left == 0 {
                let kind = match self.place {
                    Place::RequestLine => self.start.too_long(),
                    _ => ErrorKind::FieldsTooLong,
                };
                return Err(DecodeError::new(kind, seen));
            }
            let rest = rest.get(..left).unwrap_or(rest);
            match self.place {
                Place::LongName | Place::LongValue | Place::LongValueCr => {
                    *taken = taken.saturating_add(self.pass_over(rest)?);
                }
                _ => {
                    // Never more than to the end of the line.
                    let line = scan::find(rest, 0, b'\n').saturating_add(1);
                    let line = rest.get(..line).unwrap_or(rest);
                    *taken = taken.saturating_add(self.push(line)?);
                    if let Some(found) = self.look()? {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    /// Copies what there is room for; how many bytes that was.
    fn push(&mut self, line: &[u8]) -> Result<usize, DecodeError> {
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        let len = line.len().min(room.len());
        if len == 0 {
            return self.make_room();
        }
        if let (Some(to), Some(from)) = (room.get_mut(..len), line.get(..len)) {
            copy(to, from);
        }
        self.len = self.len.saturating_add(len);
        Ok(len)
    }

    /// The buffer is full of a part of one line.
    fn make_room(&mut self) -> Result<usize, DecodeError> {
        let at = (self.before as usize).saturating_add(self.len);
        let name = match (self.place, self.lines.colon()) {
            (Place::Lines, 0) => None,
            (Place::Lines, colon) => self.buffer.get(..colon),
            _ => return Err(DecodeError::new(self.start.too_long(), at)),
        };
        let name_end = self.lines.seen() as usize;
        let last = self.buffer.get(self.len.saturating_sub(1)..self.len);
        self.place = match name {
            // All of the buffer is name: it is longer than any that is wanted or judged, if the
            // buffer is longer than those.
            None if name_end == self.len && self.len > self.longest() => Place::LongName,
            Some(name) if !self.wants(name) && !JUDGED.iter().any(|other| is(name, other)) => {
                match last {
                    Some(b"\r") => Place::LongValueCr,
                    _ => Place::LongValue,
                }
            }
            _ => return Err(DecodeError::new(ErrorKind::FieldsTooLong, at)),
        };
        self.line = self.before;
        self.before = self.before.saturating_add(self.len as u32);
        self.len = 0;
        Ok(0)
    }

    /// The longest name that matters.
    fn longest(&self) -> usize {
        let names = JUDGED.iter().chain(self.wanted);
        names.map(|name| name.len()).max().unwrap_or_default()
    }

    fn wants(&self, name: &[u8]) -> bool {
        self.wanted.iter().any(|wanted| is(name, wanted))
    }

    /// Takes bytes of a line that nobody wants; how many.
    fn pass_over(&mut self, rest: &[u8]) -> Result<usize, DecodeError> {
        let fail = |kind, at: usize| {
            Err(DecodeError::new(kind, (self.before as usize).saturating_add(at)))
        };
        let mut at = 0;
        let place = match self.place {
            Place::LongName => {
                at = scan::token_end(rest, at);
                match rest.get(at) {
                    None => Place::LongName,
                    Some(b':') if self.lines.is_full(self.limits.fields) => {
                        return Err(DecodeError::new(ErrorKind::TooManyFields, self.line as usize));
                    }
                    Some(b':') => {
                        at = at.saturating_add(1);
                        Place::LongValue
                    }
                    Some(b' ' | b'\t') => return fail(ErrorKind::SpaceBeforeColon, at),
                    Some(b'\n') => return fail(ErrorKind::BareLf, at),
                    Some(b'\r') => return fail(ErrorKind::ColonMissing, at),
                    Some(_) => return fail(ErrorKind::FieldName, at),
                }
            }
            Place::LongValue => {
                at = scan::value_end(rest, at);
                match rest.get(at) {
                    None => Place::LongValue,
                    Some(b'\r') => {
                        at = at.saturating_add(1);
                        Place::LongValueCr
                    }
                    Some(b'\n') => return fail(ErrorKind::BareLf, at),
                    Some(_) => return fail(ErrorKind::FieldValue, at),
                }
            }
            _ => match rest.first() {
                Some(b'\n') => {
                    at = 1;
                    self.lines.passed_over();
                    Place::Lines
                }
                // The CR is what is wrong.
                _ => {
                    let at = (self.before as usize).saturating_sub(1);
                    return Err(DecodeError::new(ErrorKind::BareCr, at));
                }
            },
        };
        self.place = place;
        self.before = self.before.saturating_add(at as u32);
        Ok(at)
    }

    /// Looks at the line in the buffer.
    fn look(&mut self) -> Result<Option<Found>, DecodeError> {
        let line = self.buffer.get(..self.len).unwrap_or_default();
        let at_line = |error: DecodeError| {
            let at = (self.before as usize).saturating_add(error.offset as usize);
            DecodeError::new(error.kind, at)
        };
        match self.place {
            Place::RequestLine | Place::StatusLine => {
                match self.place {
                    Place::RequestLine => self.start.request(line)?,
                    _ => self.start.response(line)?,
                }
                if !self.start.is_done() {
                    return Ok(None);
                }
                let version = self.start.version();
                self.before = self.start.seen();
                self.lines.begin(version, 0);
                Ok(Some(Found::Start(version)))
            }
            _ => {
                self.lines.walk(line, self.limits.fields, true).map_err(at_line)?;
                if self.lines.is_done() {
                    self.before = self.before.saturating_add(self.lines.seen());
                    return Ok(Some(Found::End));
                }
                if !self.lines.is_behind_line() {
                    return Ok(None);
                }
                let (colon, end) = self.lines.last();
                self.before = self.before.saturating_add(self.len as u32);
                self.lines.restart();
                self.len = 0;
                let wanted = self.buffer.get(..colon).is_some_and(|name| self.wants(name));
                Ok(wanted.then_some(Found::Field { colon, end }))
            }
        }
    }

    fn item(&mut self, found: Found) -> HeadItem<'_> {
        let was = self.place;
        self.len = 0;
        self.place = match found {
            Found::End => Place::Done,
            _ => Place::Lines,
        };
        let bytes = &*self.buffer;
        match found {
            Found::Start(version) if was == Place::RequestLine => {
                let (method, target) = self.start.request_parts(bytes);
                HeadItem::RequestLine { method, target, version }
            }
            Found::Start(version) => {
                let (status, reason) = self.start.response_parts(bytes);
                HeadItem::StatusLine { version, status, reason: Reason::of_checked(reason) }
            }
            Found::Field { colon, end } => {
                let name = bytes.get(..colon).unwrap_or_default();
                let value = bytes.get(colon.saturating_add(1)..end).unwrap_or_default();
                HeadItem::Field(Field::of_checked(name, trim(value)))
            }
            Found::End => HeadItem::End,
        }
    }
}

fn is(name: &[u8], other: &str) -> bool {
    name.eq_ignore_ascii_case(other.as_bytes())
}

/// Never what is held: it may be a credential.
impl core::fmt::Debug for HeadStream<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HeadStream")
            .field("capacity", &self.buffer.len())
            .field("held", &self.len)
            .field("place", &self.place)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::facts::{Expect, Host, TransferEncoding};
    use crate::head::HeadParser;
    use std::string::String;
    use std::vec::Vec;

    /// All items as text, through a buffer of this length, in pieces of this length.
    fn items(
        head: &[u8],
        buffer: usize,
        piece: usize,
        wanted: &[&str],
    ) -> Result<Vec<String>, DecodeError> {
        let mut buffer = std::vec![0; buffer];
        let limits = Limits { bytes: 300, fields: 8 };
        let mut stream = HeadStream::request(&mut buffer, wanted, limits);
        let mut found = Vec::new();
        'all: for mut rest in head.chunks(piece) {
            loop {
                let (taken, item) = stream.handle_input(rest)?;
                rest = &rest[taken..];
                match item {
                    Some(HeadItem::End) => {
                        found.push(std::format!("end {:?}", stream.facts()));
                        break 'all;
                    }
                    Some(item) => found.push(std::format!("{item:?}")),
                    None => break,
                }
            }
            assert_eq!(rest, b"");
        }
        Ok(found)
    }

    #[test]
    fn all_that_is_judged_is_in_the_list_of_names() {
        let before = Facts::new(Version::Http11);
        for name in JUDGED {
            let mut facts = before;
            let value = match name {
                "host" => "a",
                "expect" => "100-continue",
                "content-length" => "1",
                "transfer-encoding" => "chunked",
                _ => "close",
            };
            facts.judge(name.as_bytes(), value.as_bytes()).unwrap();
            assert_ne!(std::format!("{facts:?}"), std::format!("{before:?}"), "{name}");
        }
        let judged = (Host::One, Expect::Continue, TransferEncoding::Chunked);
        assert_ne!((before.host, before.expect, before.transfer_encoding), judged);
    }

    #[test]
    fn every_buffer_and_every_cut_gives_what_the_parser_gives() {
        let long = "x".repeat(60);
        let heads = [
            "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n".into(),
            "\r\nGET / HTTP/1.1\r\nhost:a\r\nC: d\r\nContent-Length: 5\r\n\r\nhello".into(),
            std::format!("GET / HTTP/1.1\r\nLong: {long}\r\nA: b\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\n{long}: {long}\r\nA: b\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\nLong: {long}\rx\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\nLong: {long}\nx: y\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\nLong: {long}\0\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\n{long} : a\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\n{long}\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\n{long}\u{1}\r\n\r\n"),
            std::format!("GET / HTTP/1.1\r\n{long}\n\r\n"),
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nTransfer-Encoding: ,\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n".into(),
            "GET  / HTTP/1.1\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\nI:\r\n\r\n".into(),
            std::format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "y".repeat(400)),
            std::format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "y".repeat(277)),
            std::format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "y".repeat(278)),
        ];
        for head in &heads {
            let mut parser = HeadParser::with_limits(Limits { bytes: 300, fields: 8 });
            let whole = parser.parse_request(head.as_bytes()).map(|parsed| {
                let (parsed, _) = parsed.unwrap();
                let mut all = Vec::new();
                let (method, target, version) = (parsed.method, parsed.target, parsed.version);
                all.push(std::format!("{:?}", HeadItem::RequestLine { method, target, version }));
                for field in parsed.fields.iter().filter(|field| field.name.is("a")) {
                    all.push(std::format!("{:?}", HeadItem::Field(field)));
                }
                all.push(std::format!("end {:?}", parser.facts()));
                all
            });
            for buffer in [20, 21, 22, 23, 24, 25, 31, 64, 500] {
                for piece in [1, 2, 3, 5, 17, 1000] {
                    let found = items(head.as_bytes(), buffer, piece, &["A"]);
                    match (&whole, &found) {
                        // A line of the buffer's length or more, that is wanted or judged.
                        (_, Err(DecodeError { kind: ErrorKind::FieldsTooLong, offset }))
                            if *offset < 300 && buffer < 500 => {}
                        _ => assert_eq!(found, whole, "{head:?} {buffer} {piece}"),
                    }
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (head, kind) in [
            ("GET /0123456789 HTTP/1.1\r\n\r\n", ErrorKind::TargetTooLong),
            ("GET / HTTP/1.1\r\nA: 0123456789012345\r\n\r\n", ErrorKind::FieldsTooLong),
            ("GET / HTTP/1.1\r\nHost: 0123456789012345\r\n\r\n", ErrorKind::FieldsTooLong),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", ErrorKind::FieldsTooLong),
        ] {
            for piece in [1, 7, 100] {
                let error = items(head.as_bytes(), 18, piece, &["A"]).unwrap_err();
                assert_eq!(error.kind, kind, "{head}");
            }
        }
    }

    #[test]
    fn what_is_held_is_not_shown() {
        let mut buffer = [0; 64];
        let mut stream = HeadStream::request(&mut buffer, &[], Limits::DEFAULT);
        stream.handle_input(b"GET /secret").unwrap();
        assert!(!std::format!("{stream:?}").contains("secret"));
    }
}
