//! A multipart body read in pieces of any size.

use core::fmt;

use super::{Boundary, Error, Kind, is_dash_boundary};
use crate::error::ErrorKind;
use crate::field::Fields;
use crate::scan;
use crate::writer::copy;

/// Reads a multipart body that arrives in any pieces.
///
/// Data passes through: it is given as it came, from your piece. Only the head of one part at a
/// time is kept, in a buffer that you lend, which limits its length. The work grows with the length
/// alone, however often the boundary seems to begin.
///
/// Where readers of multipart bodies disagree, so that one would see other parts than the next,
/// the body is refused: see [`Kind`](super::Kind). A part begins and ends with CRLF alone, never
/// with LF; nothing but spaces and tabs may stand behind a boundary (RFC 2046 section 5.1.1 lets
/// transports add them); fields of parts obey the rules of RFC 9112 section 5, without folding.
/// A body without any part, only with its last boundary, is accepted: browsers send it for an empty
/// form. The preamble, and the epilogue after the line of the last boundary, are passed over.
///
/// After an error the same error comes again.
///
/// ```
/// use http_lite::multipart::{Boundary, Event, FormData, Reader};
///
/// let body = b"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n\
///              one\r\n--x\r\n\r\n--xx--\r\n";
/// let mut head = [0; 128];
/// let mut reader = Reader::new(Boundary::new(b"xx").unwrap(), &mut head, 10);
/// let mut file = Vec::new();
/// for mut piece in body.chunks(7) {
///     loop {
///         let (used, event) = reader.next(piece)?;
///         piece = &piece[used..];
///         match event {
///             Some(Event::PartHead(fields)) => {
///                 let disposition = fields.single("Content-Disposition").unwrap();
///                 let form = FormData::parse(disposition.as_bytes())?;
///                 assert!(form.name.is("file") && form.filename.unwrap().is("a.bin"));
///             }
///             Some(Event::Data(bytes)) => file.extend_from_slice(bytes),
///             Some(Event::PartEnd | Event::End) => {}
///             None => break, // the whole piece was read
///         }
///     }
/// }
/// reader.finish()?; // was the body complete?
/// assert_eq!(file, b"one\r\n--x\r\n");
/// # Ok::<(), http_lite::multipart::Error>(())
/// ```
pub struct Reader<'b> {
    head: &'b mut [u8],
    head_len: usize,
    /// Where the current line of the head begins.
    line: usize,
    /// CRLF, two hyphens, and the boundary. It has a CR at its start only, so a comparison that
    /// fails need not go back: a delimiter can begin at the byte that differs at the earliest.
    delimiter: [u8; DELIMITER],
    delimiter_len: usize,
    /// So many bytes of the delimiter were the last that came, in data or in the preamble.
    matched: usize,
    /// So many of these are not data: the CRLF before the first line.
    absent: usize,
    state: State,
    parts: u32,
    max_parts: u32,
    /// Bytes that were read.
    offset: u64,
}

const DELIMITER: usize = Boundary::MAX_LEN + 4;

/// Never what is held: it may be secret.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("state", &self.state)
            .field("parts", &self.parts)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// What a [`Reader`] gives: for each part its head, its data in any number of pieces, and its end;
/// then the end of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A part begins. It may have no field.
    PartHead(Fields<'a>),
    /// The next bytes of the part, at least one.
    Data(&'a [u8]),
    /// The part is complete.
    PartEnd,
    /// The last boundary was there. What follows is checked to the end of the line, then passed
    /// over.
    End,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Preamble,
    Data,
    /// Behind a boundary; true if it ends a part.
    Behind(bool),
    /// Behind one hyphen after the boundary.
    Hyphen(bool),
    /// In the white space behind a boundary.
    Padding(bool),
    /// Behind the CR of a delimiter line.
    LineEnd(bool),
    Head,
    /// Behind the CR of a line of a head.
    HeadLineEnd,
    /// Behind the two hyphens, before [`Event::End`] is given.
    Closing,
    /// In the white space behind the two hyphens.
    Closed,
    /// Behind the CR after it.
    ClosedLineEnd,
    Epilogue,
    Failed(Error),
}

/// An event before it borrows.
enum Given {
    PartHead,
    /// So many bytes of the piece from its start.
    Data(usize),
    /// Bytes of the delimiter, which turned out to be data.
    Held(usize, usize),
    PartEnd,
    End,
}

impl<'b> Reader<'b> {
    /// At the start of a body. A part's field lines, each with its CRLF, fit into `head` or the
    /// body is refused; so it is if it has more than `max_parts` parts.
    pub const fn new(boundary: Boundary<'_>, head: &'b mut [u8], max_parts: u32) -> Self {
        let mut delimiter = [0; DELIMITER];
        if let Some((start, place)) = delimiter.split_first_chunk_mut() {
            *start = *b"\r\n--";
            if let Some((place, _)) = place.split_at_mut_checked(boundary.0.len()) {
                copy(place, boundary.0);
            }
        }
        Self {
            head,
            head_len: 0,
            line: 0,
            delimiter,
            delimiter_len: boundary.0.len().saturating_add(4),
            matched: 2,
            absent: 2,
            state: State::Preamble,
            parts: 0,
            max_parts,
            offset: 0,
        }
    }

    /// The next event, and how many bytes of `input` were read for it. Without an event all of
    /// `input` was read: then call it with the next piece.
    ///
    /// # Errors
    ///
    /// [`Error`] if the body is malformed or goes past a limit.
    pub fn next<'s>(&'s mut self, input: &'s [u8]) -> Result<(usize, Option<Event<'s>>), Error> {
        let mut rest = input;
        loop {
            let (used, given) = match self.step(rest) {
                Ok(step) => step,
                Err(error) => {
                    self.state = State::Failed(error);
                    return Err(error);
                }
            };
            self.offset = self.offset.saturating_add(used as u64);
            let (step, behind) = rest.split_at_checked(used).unwrap_or((rest, &[]));
            rest = behind;
            let event = match given {
                None if rest.is_empty() => return Ok((input.len(), None)),
                None => continue,
                Some(Given::PartHead) => {
                    let lines = self.head.get(..self.head_len).unwrap_or_default();
                    Event::PartHead(Fields::of_lines(lines))
                }
                Some(Given::Data(len)) => Event::Data(step.get(..len).unwrap_or_default()),
                Some(Given::Held(from, to)) => {
                    Event::Data(self.delimiter.get(from..to).unwrap_or_default())
                }
                Some(Given::PartEnd) => Event::PartEnd,
                Some(Given::End) => Event::End,
            };
            return Ok((input.len().saturating_sub(rest.len()), Some(event)));
        }
    }

    /// Says that the body has ended.
    ///
    /// # Errors
    ///
    /// [`Kind::Incomplete`](super::Kind::Incomplete) if its last boundary was not there, or the
    /// error that was given before.
    pub fn finish(&mut self) -> Result<(), Error> {
        match self.state {
            State::Closing | State::Closed | State::Epilogue => Ok(()),
            State::Failed(error) => Err(error),
            _ => {
                let error = self.error(Kind::Incomplete, 0);
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    /// An error at this byte of the piece.
    fn error(&self, kind: Kind, at: usize) -> Error {
        Error { kind, offset: self.offset.saturating_add(at as u64) }
    }

    /// A step that may give an event: how many bytes of `input` it took. It takes all if it gives
    /// none and the state stays.
    fn step(&mut self, input: &[u8]) -> Result<(usize, Option<Given>), Error> {
        match self.state {
            State::Closing => return Ok((0, self.close())),
            State::Failed(error) => return Err(error),
            _ => {}
        }
        let Some(&byte) = input.first() else {
            return Ok((0, None));
        };
        self.state = match (self.state, byte) {
            (State::Preamble | State::Data, _) => return Ok(self.scan(input)),
            (State::Head | State::HeadLineEnd, _) => return self.read_head(input),
            (State::Epilogue, _) => return Ok((input.len(), None)),

            (State::Behind(is_end), b'-') => State::Hyphen(is_end),
            (State::Hyphen(false), b'-') => return Ok((1, self.close())),
            (State::Hyphen(true), b'-') => {
                self.state = State::Closing;
                return Ok((1, Some(Given::PartEnd)));
            }
            (State::Behind(is_end) | State::Padding(is_end), b' ' | b'\t') => {
                State::Padding(is_end)
            }
            (State::Behind(is_end) | State::Padding(is_end), b'\r') => State::LineEnd(is_end),
            (State::LineEnd(is_end), b'\n') => {
                if self.parts >= self.max_parts {
                    return Err(self.error(Kind::TooManyParts, 0));
                }
                self.parts = self.parts.saturating_add(1);
                (self.head_len, self.line) = (0, 0);
                self.state = State::Head;
                return Ok((1, is_end.then_some(Given::PartEnd)));
            }
            (State::Closed, b' ' | b'\t') => State::Closed,
            (State::Closed, b'\r') => State::ClosedLineEnd,
            (State::ClosedLineEnd, b'\n') => State::Epilogue,
            _ => return Err(self.error(Kind::DelimiterLine, 0)),
        };
        Ok((1, None))
    }

    fn close(&mut self) -> Option<Given> {
        self.state = State::Closed;
        Some(Given::End)
    }

    /// Looks for the delimiter in data or in the preamble.
    fn scan(&mut self, input: &[u8]) -> (usize, Option<Given>) {
        let is_data = matches!(self.state, State::Data);
        let delimiter = self.delimiter.get(..self.delimiter_len).unwrap_or_default();
        let mut at = 0;
        if self.matched > 0 {
            let held = self.matched;
            at = common_len(delimiter.get(held..).unwrap_or_default(), input);
            self.matched = held.saturating_add(at);
            if self.matched == self.delimiter_len {
                return (at, self.end_of_data(is_data, 0));
            }
            if at == input.len() {
                return (at, None);
            }
            let from = self.absent;
            let to = self.matched;
            (self.matched, self.absent) = (0, 0);
            if is_data && to > from {
                return (at, Some(Given::Held(from, to)));
            } // else `at` is 0, or nobody wants the bytes
        }
        loop {
            let cr = scan::find(input, at, b'\r');
            let same = common_len(delimiter, input.get(cr..).unwrap_or_default());
            let behind = cr.saturating_add(same);
            if same == self.delimiter_len {
                return (behind, self.end_of_data(is_data, cr));
            }
            if behind >= input.len() {
                self.matched = same;
                return (input.len(), (is_data && cr > 0).then_some(Given::Data(cr)));
            }
            at = behind;
        }
    }

    /// Behind a boundary, with `len` bytes of data before it.
    fn end_of_data(&mut self, is_data: bool, len: usize) -> Option<Given> {
        self.state = State::Behind(is_data);
        (is_data && len > 0).then_some(Given::Data(len))
    }

    fn read_head(&mut self, input: &[u8]) -> Result<(usize, Option<Given>), Error> {
        if let State::HeadLineEnd = self.state {
            if input.first() != Some(&b'\n') {
                return Err(self.error(Kind::Field(ErrorKind::BareCr), 0));
            }
            self.state = State::Head;
            return Ok((1, self.end_of_line()?));
        }
        let end = input.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (run, rest) =
            input.split_at_checked(end.unwrap_or(input.len())).unwrap_or((input, &[]));
        self.keep(run)?;
        match rest {
            [b'\r', ..] => {
                self.state = State::HeadLineEnd;
                Ok((run.len().saturating_add(1), None))
            }
            [_, ..] => Err(self.error(Kind::Field(ErrorKind::BareLf), run.len())),
            [] => Ok((run.len(), None)),
        }
    }

    /// Adds to the head.
    fn keep(&mut self, run: &[u8]) -> Result<(), Error> {
        let space = self.head.get_mut(self.head_len..).unwrap_or_default();
        let room = space.len();
        match space.get_mut(..run.len()) {
            Some(space) => copy(space, run),
            None => return Err(self.error(Kind::HeadTooLong, room)),
        }
        self.head_len = self.head_len.saturating_add(run.len());
        Ok(())
    }

    /// At the LF behind a line of the head.
    fn end_of_line(&mut self) -> Result<Option<Given>, Error> {
        let line = self.head.get(self.line..self.head_len).unwrap_or_default();
        if line.is_empty() {
            // The CRLF of the empty line may already be that of the delimiter: then the part is
            // empty.
            (self.matched, self.absent) = (2, 2);
            self.state = State::Data;
            return Ok(Some(Given::PartHead));
        }
        let boundary = self.delimiter.get(4..self.delimiter_len).unwrap_or_default();
        let wrong = if is_dash_boundary(line, boundary) {
            Err((Kind::DelimiterInHead, 0))
        } else {
            field_line(line, self.line == 0).map_err(|(kind, at)| (Kind::Field(kind), at))
        };
        if let Err((kind, at)) = wrong {
            let behind = line.len().saturating_add(1).saturating_sub(at);
            return Err(Error { kind, offset: self.offset.saturating_sub(behind as u64) });
        }
        if let Err(error) = self.keep(b"\r\n") {
            // The CR came one byte before.
            return Err(Error { offset: error.offset.saturating_sub(1), ..error });
        }
        self.line = self.head_len;
        Ok(None)
    }
}

/// What is wrong with a field line, and at which byte. RFC 9112 section 5.
fn field_line(line: &[u8], is_first: bool) -> Result<(), (ErrorKind, usize)> {
    let at = scan::token_end(line, 0);
    let kind = match line.get(at..).unwrap_or_default() {
        [b':', ..] if at == 0 => ErrorKind::FieldNameEmpty,
        [b':', ..] => {
            let end = scan::value_end(line, at);
            return if end < line.len() { Err((ErrorKind::FieldValue, end)) } else { Ok(()) };
        }
        [] => ErrorKind::ColonMissing,
        [b' ' | b'\t', ..] if at > 0 => ErrorKind::SpaceBeforeColon,
        [b' ' | b'\t', ..] if is_first => ErrorKind::SpaceBeforeField,
        [b' ' | b'\t', ..] => ErrorKind::ObsFold,
        _ => ErrorKind::FieldName,
    };
    Err((kind, at))
}

/// How many bytes are the same from the start.
fn common_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
