//! Field lines, resumable at any byte, judged one by one.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Facts, Version};
use crate::field::Fields;
use crate::head::Limits;
use crate::scan;

/// A field section that is being read.
#[derive(Debug, Clone)]
pub(crate) struct FieldLines {
    pub(crate) facts: Facts,
    /// Where the first line begins.
    begin: usize,
    place: Place,
}

/// Where in a field section we are. Offsets are from the first byte of the head.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where the current line begins.
    line: usize,
    /// Length of its name, if the colon was found; 0 if not.
    name: usize,
    /// Everything before it was looked at.
    at: usize,
    count: u16,
}

/// What a look at more bytes gives.
pub(crate) enum Line {
    More,
    /// A line that is done: its name ends at `colon`, its value lies between `colon` and `end`.
    Field {
        colon: usize,
        end: usize,
    },
    /// The empty line; with it, it was so many bytes.
    End {
        len: usize,
    },
}

impl FieldLines {
    pub(crate) const fn new() -> Self {
        let place = Place { line: 0, name: 0, at: 0, count: 0 };
        Self { facts: Facts::new(Version::Http11), begin: 0, place }
    }

    pub(crate) const fn seen(&self) -> u32 {
        self.place.at as u32 // below the limit, which is a u32
    }

    /// Index of the colon of a line that is not done; 0 if it was not seen.
    pub(crate) const fn colon(&self) -> usize {
        match self.place {
            Place { name: 0, .. } => 0,
            Place { line, name, .. } => line.saturating_add(name),
        }
    }

    /// True if there may be no further field.
    pub(crate) const fn is_full(&self, limit: u16) -> bool {
        self.place.count >= limit
    }

    /// The next line begins at 0 again.
    pub(crate) const fn restart(&mut self) {
        let count = self.place.count;
        (self.begin, self.place) = (0, Place { line: 0, name: 0, at: 0, count });
    }

    /// A line was passed over.
    pub(crate) const fn passed_over(&mut self) {
        self.place.count = self.place.count.saturating_add(1);
        self.restart();
    }

    /// Begins behind a start line.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn begin(&mut self, version: Version, at: usize) {
        self.facts.version = version;
        (self.begin, self.place.line, self.place.at) = (at, at, at);
    }

    /// The fields, once the section of `len` bytes is done.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn fields<'a>(&self, bytes: &'a [u8], len: usize) -> Fields<'a> {
        let lines = bytes.get(self.begin..len.saturating_sub(2));
        Fields::of_lines(lines.unwrap_or_default())
    }

    /// The next line. Lines of a head are judged, those of a trailer section or of a part of a
    /// multipart body decide nothing.
    pub(crate) fn next<const JUDGED: bool>(
        &mut self,
        bytes: &[u8],
        limit: u16,
    ) -> Result<Line, DecodeError> {
        let mut lines = self.place.in_bytes(bytes);
        let result = lines.next::<JUDGED>(&mut self.facts, limit);
        self.place = lines.place();
        result
    }

    /// All lines, and the length up to their end; `None` if more bytes are needed.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn all<const JUDGED: bool>(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, DecodeError> {
        // What lies behind the limit is never looked at, so that all cuts give the same.
        let limit = limits.bytes as usize;
        let seen = bytes.get(..limit).unwrap_or(bytes);
        let mut lines = self.place.in_bytes(seen);
        let result = loop {
            match lines.next::<JUDGED>(&mut self.facts, limits.fields) {
                Ok(Line::Field { .. }) => {}
                Ok(Line::End { len }) => break Ok(Some(len)),
                Ok(Line::More) if seen.len() < limit => break Ok(None),
                Ok(Line::More) => break Err(DecodeError::new(ErrorKind::FieldsTooLong, limit)),
                Err(error) => break Err(error),
            }
        };
        self.place = lines.place();
        result
    }

    /// All lines of a section that is not judged, and its length; `None` if more bytes are needed.
    pub(crate) fn section<'a>(
        &mut self,
        bytes: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<(Fields<'a>, usize)>, DecodeError> {
        Ok(self.all::<false>(bytes, limits)?.map(|len| (self.fields(bytes, len), len)))
    }
}

impl Place {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn in_bytes(self, bytes: &[u8]) -> Lines<'_> {
        let from = |at: usize| bytes.get(at..).unwrap_or_default();
        let Self { line, name, at, count } = self;
        Lines { bytes, line: from(line), rest: from(at), name, count }
    }
}

/// A place with its bytes, which stays in registers from line to line.
struct Lines<'a> {
    bytes: &'a [u8],
    /// The current line and what follows.
    line: &'a [u8],
    /// What was not looked at.
    rest: &'a [u8],
    name: usize,
    count: u16,
}

impl Lines<'_> {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn place(&self) -> Place {
        let Self { name, count, .. } = *self;
        Place { line: self.offset(self.line), name, at: self.offset(self.rest), count }
    }

    /// Where a part begins that goes to the end.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn offset(&self, part: &[u8]) -> usize {
        self.bytes.len().wrapping_sub(part.len()) // it is a part
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn next<const JUDGED: bool>(
        &mut self,
        facts: &mut Facts,
        limit: u16,
    ) -> Result<Line, DecodeError> {
        let mut rest = self.rest;
        if self.name == 0 {
            rest = scan::skip_token(rest);
            let name = self.line.len().wrapping_sub(rest.len()); // it is a part
            match rest {
                [b':', behind @ ..] if name > 0 => {
                    if self.count >= limit {
                        let line = self.offset(self.line);
                        return Err(DecodeError::new(ErrorKind::TooManyFields, line));
                    }
                    self.name = name;
                    // The end of the value is looked for from the name on, in which it cannot be: so
                    // a machine that runs instructions side by side need not wait for the colon.
                    if cfg!(not(target_pointer_width = "64")) {
                        self.rest = behind;
                    }
                }
                [b'\r', b'\n', ..] if name == 0 => {
                    return Ok(Line::End { len: self.offset(rest).saturating_add(2) });
                }
                [] => {
                    self.rest = rest;
                    return Ok(Line::More);
                }
                [b'\r'] if name == 0 => return Ok(Line::More),
                _ => return Err(bad_name(rest, self.offset(rest), name, self.count)),
            }
        }
        rest = scan::skip_value(self.rest);
        match rest {
            [b'\r', b'\n', next @ ..] => {
                if JUDGED
                    && let [first, ..] = self.line
                    && Facts::may_matter(*first, self.name)
                    && let Err(kind) = judge(facts, self.line, self.name, rest.len())
                {
                    return Err(bad_value(kind, self.line, self.name, self.offset(self.line)));
                }
                let colon = self.offset(self.line).saturating_add(self.name);
                let end = self.offset(rest);
                self.count = self.count.saturating_add(1);
                (self.line, self.rest, self.name) = (next, next, 0);
                Ok(Line::Field { colon, end })
            }
            [] | [b'\r'] => {
                self.rest = rest;
                Ok(Line::More)
            }
            [b'\r', ..] => Err(DecodeError::new(ErrorKind::BareCr, self.offset(rest))),
            [b'\n', ..] => Err(DecodeError::new(ErrorKind::BareLf, self.offset(rest))),
            _ => Err(DecodeError::new(ErrorKind::FieldValue, self.offset(rest))),
        }
    }
}

/// What is wrong with a name of so many bytes that has no colon where it ends.
#[cold]
#[inline(never)]
fn bad_name(rest: &[u8], at: usize, name: usize, count: u16) -> DecodeError {
    let kind = match rest {
        [b'\r', ..] if name == 0 => ErrorKind::BareCr,
        [b'\n', ..] => ErrorKind::BareLf,
        [b':', ..] => ErrorKind::FieldNameEmpty,
        [b' ' | b'\t', ..] if name > 0 => ErrorKind::SpaceBeforeColon,
        [b' ' | b'\t', ..] if count == 0 => ErrorKind::SpaceBeforeField,
        [b' ' | b'\t', ..] => ErrorKind::ObsFold,
        [b'\r', ..] => ErrorKind::ColonMissing,
        _ => ErrorKind::FieldName,
    };
    DecodeError::new(kind, at)
}

/// Judges a line of which `behind` bytes are no part.
#[inline(never)]
fn judge(facts: &mut Facts, line: &[u8], name: usize, behind: usize) -> Result<(), ErrorKind> {
    let line = line.get(..line.len().saturating_sub(behind)).unwrap_or_default();
    match line.split_at_checked(name) {
        Some((name, [_, value @ ..])) => facts.judge(name, value),
        _ => Ok(()), // never
    }
}

/// A value that was judged, in a line that begins at `at`; the error is at its first byte.
#[cold]
#[inline(never)]
fn bad_value(kind: ErrorKind, line: &[u8], name: usize, at: usize) -> DecodeError {
    let value = line.iter().skip(name.saturating_add(1));
    let spaces = value.take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    DecodeError::new(kind, at.saturating_add(name).saturating_add(1).saturating_add(spaces))
}
