//! Field lines, resumable at any byte, judged one by one.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Facts, Version};
use crate::field::Fields;
use crate::head::Limits;
use crate::scan::{self, trim};

/// Where in a field section we are. Offsets are from the first byte of the head.
#[derive(Debug, Clone)]
pub(crate) struct FieldLines {
    pub(crate) facts: Facts,
    /// Where the first line begins.
    begin: u32,
    /// Where the current line begins.
    line: u32,
    /// Its colon, if that was found; 0 if not.
    colon: u32,
    /// Everything before it was looked at.
    at: u32,
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
        let facts = Facts::new(Version::Http11);
        Self { facts, begin: 0, line: 0, colon: 0, at: 0, count: 0 }
    }

    pub(crate) const fn seen(&self) -> u32 {
        self.at
    }

    /// Index of the colon of a line that is not done; 0 if it was not seen.
    pub(crate) const fn colon(&self) -> usize {
        self.colon as usize
    }

    /// True if there may be no further field.
    pub(crate) const fn is_full(&self, limit: u16) -> bool {
        self.count >= limit
    }

    /// The next line begins at 0 again.
    pub(crate) const fn restart(&mut self) {
        (self.begin, self.line, self.colon, self.at) = (0, 0, 0, 0);
    }

    /// A line was passed over.
    pub(crate) const fn passed_over(&mut self) {
        self.count = self.count.saturating_add(1);
        self.restart();
    }

    /// Begins behind a start line.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn begin(&mut self, version: Version, at: usize) {
        let at = at as u32; // below the limit, which is a u32
        self.facts.version = version;
        (self.begin, self.line, self.at) = (at, at, at);
    }

    /// The fields, once the section of `len` bytes is done.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn fields<'a>(&self, bytes: &'a [u8], len: usize) -> Fields<'a> {
        let lines = bytes.get(self.begin as usize..len.saturating_sub(2));
        Fields::of_lines(lines.unwrap_or_default())
    }

    /// The next line. Lines of a head are judged, those of a trailer section or of a part of a
    /// multipart body decide nothing.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn next<const JUDGED: bool>(
        &mut self,
        bytes: &[u8],
        limit: u16,
    ) -> Result<Line, DecodeError> {
        let (line, mut at, mut colon) = (self.line as usize, self.at as usize, self.colon as usize);
        if colon == 0 {
            at = scan::token_end(bytes, at);
            match bytes.get(at) {
                Some(b':') if at > line => {
                    if self.count >= limit {
                        return Err(DecodeError::new(ErrorKind::TooManyFields, line));
                    }
                    colon = at;
                    at = at.saturating_add(1);
                }
                None => {
                    self.at = at as u32;
                    return Ok(Line::More);
                }
                Some(_) => return self.no_name(bytes, line, at),
            }
        }
        at = scan::value_end(bytes, at);
        match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => {
                let name = bytes.get(line..colon).unwrap_or_default();
                let value = bytes.get(colon.saturating_add(1)..at).unwrap_or_default();
                if JUDGED && let Err(kind) = self.facts.judge(name, trim(value)) {
                    return Err(Self::bad_value(kind, value, colon));
                }
                let next = at.saturating_add(2) as u32;
                (self.line, self.at, self.colon) = (next, next, 0);
                self.count = self.count.saturating_add(1);
                Ok(Line::Field { colon, end: at })
            }
            [] | [b'\r'] => {
                (self.at, self.colon) = (at as u32, colon as u32);
                Ok(Line::More)
            }
            [b'\r', ..] => Err(DecodeError::new(ErrorKind::BareCr, at)),
            [b'\n', ..] => Err(DecodeError::new(ErrorKind::BareLf, at)),
            _ => Err(DecodeError::new(ErrorKind::FieldValue, at)),
        }
    }

    /// The end of the section, or what is wrong with a name that ends at `at` without a colon.
    #[inline(never)]
    fn no_name(&mut self, bytes: &[u8], line: usize, at: usize) -> Result<Line, DecodeError> {
        let kind = match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] if at == line => {
                return Ok(Line::End { len: at.saturating_add(2) });
            }
            [] | [b'\r'] if at == line => {
                self.at = at as u32;
                return Ok(Line::More);
            }
            [b'\r', ..] if at == line => ErrorKind::BareCr,
            [b'\n', ..] => ErrorKind::BareLf,
            [b':', ..] => ErrorKind::FieldNameEmpty,
            [b' ' | b'\t', ..] if at > line => ErrorKind::SpaceBeforeColon,
            [b' ' | b'\t', ..] if self.count == 0 => ErrorKind::SpaceBeforeField,
            [b' ' | b'\t', ..] => ErrorKind::ObsFold,
            [b'\r', ..] => ErrorKind::ColonMissing,
            _ => ErrorKind::FieldName,
        };
        Err(DecodeError::new(kind, at))
    }

    /// All lines of a section that is not judged, and its length; `None` if more bytes are needed.
    pub(crate) fn section<'a>(
        &mut self,
        bytes: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<(Fields<'a>, usize)>, DecodeError> {
        let limit = limits.bytes as usize;
        let seen = bytes.get(..limit).unwrap_or(bytes);
        loop {
            match self.next::<false>(seen, limits.fields)? {
                Line::More if seen.len() < limit => return Ok(None),
                Line::More => return Err(DecodeError::new(ErrorKind::FieldsTooLong, limit)),
                Line::Field { .. } => {}
                Line::End { len } => return Ok(Some((self.fields(bytes, len), len))),
            }
        }
    }

    /// A value that was judged; the error is at its first byte.
    #[cold]
    fn bad_value(kind: ErrorKind, value: &[u8], colon: usize) -> DecodeError {
        let spaces = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        DecodeError::new(kind, colon.saturating_add(1).saturating_add(spaces))
    }
}
