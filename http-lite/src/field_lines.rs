//! Field lines, resumable at any byte, judged one by one.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Facts, Version};
use crate::field::Fields;
use crate::head::Limits;
use crate::scan::{self, TCHAR, is_value, part};

/// A field section that is being read. Offsets are from the first byte of the head.
#[derive(Debug, Clone)]
pub(crate) struct FieldLines {
    pub(crate) facts: Facts,
    part: Part,
    count: u16,
    /// Where the current line begins.
    line: usize,
    /// Where its name ends, once that is known.
    colon: usize,
    /// Everything before it was looked at.
    at: usize,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Name,
    Value,
    Lf,
    /// The LF of the empty line.
    LastLf,
    Done,
}

impl FieldLines {
    pub(crate) const fn new() -> Self {
        Self {
            facts: Facts::new(Version::Http11),
            part: Part::Name,
            count: 0,
            line: 0,
            colon: 0,
            at: 0,
        }
    }

    pub(crate) const fn seen(&self) -> u32 {
        self.at as u32 // below the limit, which is a u32
    }

    /// Index of the colon of a line that is not done; 0 if it was not seen.
    pub(crate) const fn colon(&self) -> usize {
        match self.part {
            Part::Name | Part::LastLf | Part::Done => 0,
            Part::Value | Part::Lf => self.colon,
        }
    }

    /// True behind the empty line.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.part, Part::Done)
    }

    /// True behind the LF of a field line.
    pub(crate) const fn is_behind_line(&self) -> bool {
        matches!(self.part, Part::Name) && self.at == self.line && self.line > 0
    }

    /// Of the line that was done last: where its name ends, and where its value ends.
    pub(crate) const fn last(&self) -> (usize, usize) {
        (self.colon, self.line.saturating_sub(2))
    }

    /// True if there may be no further field.
    pub(crate) const fn is_full(&self, limit: u16) -> bool {
        self.count >= limit
    }

    /// The next line begins at 0 again.
    pub(crate) const fn restart(&mut self) {
        (self.part, self.line, self.at) = (Part::Name, 0, 0);
    }

    /// A line was passed over.
    pub(crate) const fn passed_over(&mut self) {
        self.count = self.count.saturating_add(1);
        self.restart();
    }

    /// Begins behind a start line.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn begin(&mut self, version: Version, at: usize) {
        self.facts.version = version;
        (self.line, self.at) = (at, at);
    }

    /// Looks at all bytes up to the empty line; where words are wide, perhaps only at those up to the
    /// end of a line. Lines of a head are judged, those of a trailer section or of a part of a
    /// multipart body decide nothing.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn walk(
        &mut self,
        bytes: &[u8],
        limit: u16,
        judged: bool,
    ) -> Result<(), DecodeError> {
        loop {
            if scan::is_worth_it(bytes, self.at) {
                match self.part {
                    Part::Name => self.at = scan::token_end(bytes, self.at),
                    Part::Value => self.at = scan::value_end(bytes, self.at),
                    _ => {}
                }
            }
            let at = self.at;
            let Some(&byte) = bytes.get(at) else { return Ok(()) };
            self.part = match (self.part, byte) {
                (Part::Name, b':') if at > self.line && self.count < limit => {
                    self.colon = at;
                    Part::Value
                }
                (Part::Name, b'\r') if at == self.line => Part::LastLf,
                (Part::Name, _) if TCHAR.has(byte) => Part::Name,
                (Part::Value, b'\r') => Part::Lf,
                (Part::Value, _) if is_value(byte) => Part::Value,
                (Part::Lf, b'\n') => {
                    if judged {
                        self.judge(bytes)?;
                    }
                    self.count = self.count.wrapping_add(1); // up to the limit
                    self.at = at.wrapping_add(1);
                    (self.part, self.line) = (Part::Name, self.at);
                    if cfg!(target_pointer_width = "64") {
                        return Ok(());
                    }
                    continue;
                }
                (Part::LastLf, b'\n') => {
                    (self.part, self.at) = (Part::Done, at.wrapping_add(1));
                    return Ok(());
                }
                _ => return Err(self.wrong(byte)),
            };
            self.at = at.wrapping_add(1); // there is a byte
        }
    }

    /// All lines; false if more bytes are needed.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn all(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        judged: bool,
    ) -> Result<bool, DecodeError> {
        // What lies behind the limit is never looked at, so that all cuts give the same.
        let limit = limits.bytes as usize;
        let seen = bytes.get(..limit).unwrap_or(bytes);
        while !self.is_done() {
            let done = scan::is_worth_it(seen, self.at)
                && self.hurry(seen, limits.fields, judged).is_some();
            if !done {
                self.walk(seen, limits.fields, judged)?;
            }
            if !self.is_done() && self.at >= seen.len() {
                if seen.len() < limit {
                    return Ok(false);
                }
                return Err(DecodeError::new(ErrorKind::FieldsTooLong, limit));
            }
        }
        Ok(true)
    }

    /// As [`walk`](Self::walk), all lines together, as far as nothing is unusual; `Some` if that is to
    /// their end.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn hurry(&mut self, bytes: &[u8], limit: u16, judged: bool) -> Option<()> {
        if self.part != Part::Name || self.at > self.line {
            return None;
        }
        let offset = |rest: &[u8]| bytes.len().wrapping_sub(rest.len()); // it is a part
        let mut count = self.count;
        let mut line = bytes.get(self.line..)?;
        let end = loop {
            let rest = scan::skip_token(line);
            let name = line.len().wrapping_sub(rest.len()); // it is a part
            match rest {
                [b':', ..] if name > 0 && count < limit => {}
                [b'\r', b'\n', behind @ ..] if name == 0 => break Some(offset(behind)),
                _ => {
                    self.at = offset(rest);
                    break None;
                }
            }
            // The end of the value is looked for from the line's beginning on, and cannot be in the
            // name: so a machine that runs instructions side by side need not wait for the colon.
            let rest = scan::skip_value(line);
            match rest {
                [b'\r', b'\n', next @ ..]
                    if !judged || judge_line(&mut self.facts, line, name, rest).is_ok() =>
                {
                    line = next;
                    count = count.saturating_add(1);
                }
                _ => {
                    self.part = Part::Value;
                    self.colon = offset(line).wrapping_add(name);
                    self.at = offset(rest);
                    break None;
                }
            }
        };
        (self.line, self.count) = (offset(line), count);
        (self.part, self.at) = (Part::Done, end?);
        Some(())
    }

    /// Judges the current line, whose LF is the next byte.
    #[inline(never)]
    fn judge(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let mut value = self.colon.wrapping_add(1);
        let end = self.at.wrapping_sub(1);
        let name = part(bytes, self.line, self.colon);
        match self.facts.judge(name, part(bytes, value, end)) {
            Ok(()) => Ok(()),
            Err(kind) => {
                while let Some(b' ' | b'\t') = bytes.get(value) {
                    value = value.wrapping_add(1);
                }
                Err(DecodeError::new(kind, value))
            }
        }
    }

    /// What is wrong with the next byte.
    #[cold]
    #[inline(never)]
    fn wrong(&self, byte: u8) -> DecodeError {
        let in_name = self.at > self.line;
        let kind = match (self.part, byte) {
            (Part::Name, b':') if in_name => ErrorKind::TooManyFields,
            (Part::Name, b':') => ErrorKind::FieldNameEmpty,
            (Part::Name, b' ' | b'\t') if in_name => ErrorKind::SpaceBeforeColon,
            (Part::Name, b' ' | b'\t') if self.count == 0 => ErrorKind::SpaceBeforeField,
            (Part::Name, b' ' | b'\t') => ErrorKind::ObsFold,
            (Part::Name, b'\r') => ErrorKind::ColonMissing,
            (Part::Name | Part::Value, b'\n') => ErrorKind::BareLf,
            (Part::Name, _) => ErrorKind::FieldName,
            (Part::Value, _) => ErrorKind::FieldValue,
            _ => ErrorKind::BareCr,
        };
        let offset = match kind {
            ErrorKind::TooManyFields => self.line,
            ErrorKind::BareCr => self.at.wrapping_sub(1),
            _ => self.at,
        };
        DecodeError::new(kind, offset)
    }

    /// All lines of a section that is not judged, and its length; `None` if more bytes are needed.
    pub(crate) fn section<'a>(
        &mut self,
        bytes: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<(Fields<'a>, usize)>, DecodeError> {
        Ok(self.all(bytes, limits, false)?.then(|| (fields(bytes, 0, self.at), self.at)))
    }
}

/// The fields of a section that goes from `begin` to `end`, with the empty line.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn fields(bytes: &[u8], begin: usize, end: usize) -> Fields<'_> {
    Fields::of_lines(part(bytes, begin, end.wrapping_sub(2)))
}

/// Judges a line of which `behind` is no part.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn judge_line(facts: &mut Facts, line: &[u8], name: usize, behind: &[u8]) -> Result<(), ErrorKind> {
    if !line.first().is_some_and(|first| Facts::may_matter(*first, name)) {
        return Ok(());
    }
    let end = line.len().wrapping_sub(behind.len()); // it is a part
    judge_parts(facts, line.get(..end).unwrap_or_default(), name)
}

#[inline(never)]
fn judge_parts(facts: &mut Facts, line: &[u8], name: usize) -> Result<(), ErrorKind> {
    match line.split_at_checked(name) {
        Some((name, [_, value @ ..])) => facts.judge(name, value),
        _ => Ok(()), // never
    }
}
