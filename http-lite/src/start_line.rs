//! Request lines and status lines, resumable at any byte.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::Version;
use crate::method::Method;
use crate::scan;
use crate::status::StatusCode;
use crate::target::{self, Target, TargetForm};

/// Where in a start line we are. Offsets are from the first byte of the head.
#[derive(Debug, Clone)]
pub(crate) struct StartLine {
    part: Part,
    /// Everything before it was looked at.
    at: u32,
    /// Where the method, or the version of a status line, begins.
    begin: u32,
    method_end: u32,
    target_end: u32,
    /// Of a status line.
    reason: u32,
    status: u16,
    form: TargetForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Empty lines that may come before.
    Before,
    Method,
    Target,
    Version,
    Reason,
    Done,
}

/// What a look at more bytes gives.
pub(crate) enum Step {
    More,
    Done { version: Version, len: usize },
}

/// Length of `HTTP/1.1`.
const VERSION: usize = 8;

impl StartLine {
    pub(crate) const fn new() -> Self {
        Self {
            part: Part::Before,
            at: 0,
            begin: 0,
            method_end: 0,
            target_end: 0,
            reason: 0,
            status: 0,
            form: TargetForm::Origin,
        }
    }

    pub(crate) const fn is_at_start(&self) -> bool {
        matches!(self.part, Part::Before)
    }

    pub(crate) const fn seen(&self) -> u32 {
        self.at
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.part, Part::Done)
    }

    /// What a line is that does not end within the limit.
    pub(crate) const fn too_long(&self) -> ErrorKind {
        match self.part {
            // A status line has no method.
            Part::Target | Part::Version if self.method_end > 0 => ErrorKind::TargetTooLong,
            _ => ErrorKind::FieldsTooLong,
        }
    }

    /// Stays at `at` until there are more bytes.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn wait(&mut self, at: usize) -> Result<Step, DecodeError> {
        self.at = at as u32; // below the limit, which is a u32
        Ok(Step::More)
    }

    /// `method SP request-target SP HTTP-version CRLF`
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn request(&mut self, bytes: &[u8]) -> Result<Step, DecodeError> {
        let offset = |rest: &[u8]| bytes.len().wrapping_sub(rest.len()); // it is a part
        let mut rest = bytes.get(self.at as usize..).unwrap_or_default();
        if self.part == Part::Before {
            // Mostly there are no empty lines.
            if cfg!(not(target_pointer_width = "64"))
                || !matches!(rest, [first, ..] if *first > b'\r')
            {
                rest = match self.empty_lines(bytes, offset(rest))? {
                    Some(at) => bytes.get(at..).unwrap_or_default(),
                    None => return Ok(Step::More),
                };
            }
            let at = offset(rest) as u32;
            (self.part, self.begin, self.at) = (Part::Method, at, at);
        }
        if self.part == Part::Method {
            rest = scan::skip_token(rest);
            let at = offset(rest);
            rest = match rest {
                [b' ', behind @ ..] if at > self.begin as usize => behind,
                [] => return self.wait(at),
                _ => return Err(DecodeError::new(ErrorKind::Method, at)),
            };
            self.method_end = at as u32;
            (self.part, self.at) = (Part::Target, offset(rest) as u32);
        }
        if self.part == Part::Target {
            rest = match target::skip(rest) {
                Ok(rest) => rest,
                Err(rest) => return self.wait(offset(rest)),
            };
            let from = (self.method_end as usize).saturating_add(1);
            let at = offset(rest);
            rest = match rest {
                [b' ', behind @ ..] if at > from => behind,
                [b'\n', ..] => return Err(DecodeError::new(ErrorKind::BareLf, at)),
                // No version, as in HTTP/0.9.
                [b'\r', ..] => return Err(DecodeError::new(ErrorKind::Version, at)),
                _ => return Err(DecodeError::new(ErrorKind::TargetByte, at)),
            };
            let method = Method::of_checked(part(bytes, self.begin, self.method_end));
            let raw = bytes.get(from..at).unwrap_or_default();
            self.form = match Target::of_allowed(raw, &method) {
                Some(target) => target.form(),
                None => return Err(DecodeError::new(ErrorKind::TargetForm, from)),
            };
            self.target_end = at as u32;
            (self.part, self.at) = (Part::Version, offset(rest) as u32);
        }
        let at = offset(rest);
        let begin = (self.target_end as usize).saturating_add(1);
        let Some(version) = self.version(bytes, begin, at)? else { return Ok(Step::More) };
        self.line_end(bytes, begin.saturating_add(VERSION), ErrorKind::Version, version)
    }

    /// `HTTP-version SP status-code SP [ reason-phrase ] CRLF`
    pub(crate) fn response(&mut self, bytes: &[u8]) -> Result<Step, DecodeError> {
        if self.part == Part::Before {
            match bytes.first() {
                None => return Ok(Step::More),
                Some(b'\r' | b'\n') => return Err(DecodeError::new(ErrorKind::LeadingLines, 0)),
                Some(_) => self.part = Part::Version,
            }
        }
        let at = self.at as usize;
        let (version, mut at) = if self.part == Part::Version {
            let Some(version) = self.version(bytes, 0, at)? else { return Ok(Step::More) };
            // SP and three digits.
            let mut at = at.max(VERSION);
            while at < VERSION.saturating_add(4) {
                match (bytes.get(at), at) {
                    (None, _) => return self.wait(at),
                    (Some(b' '), VERSION) => {}
                    (Some(digit @ b'0'..=b'9'), VERSION..) if at > VERSION => {
                        let digit = u16::from(digit.wrapping_sub(b'0')); // it is a digit
                        self.status = self.status.saturating_mul(10).saturating_add(digit);
                        if self.status == 0 {
                            return Err(DecodeError::new(ErrorKind::StatusCode, at));
                        }
                    }
                    (Some(b'\n'), _) => return Err(DecodeError::new(ErrorKind::BareLf, at)),
                    _ => return Err(DecodeError::new(ErrorKind::StatusCode, at)),
                }
                at = at.saturating_add(1);
                self.at = at as u32;
            }
            match bytes.get(at) {
                None => return self.wait(at),
                Some(b' ') => self.reason = at.saturating_add(1) as u32,
                // The reason phrase and its SP are missing.
                Some(b'\r') => self.reason = at as u32,
                Some(b'\n') => return Err(DecodeError::new(ErrorKind::BareLf, at)),
                Some(_) => return Err(DecodeError::new(ErrorKind::StatusCode, at)),
            }
            self.part = Part::Reason;
            (version, self.reason as usize)
        } else {
            // It was there before.
            match self.version(bytes, 0, VERSION)? {
                Some(version) => (version, at),
                None => return Ok(Step::More),
            }
        };
        at = scan::value_end(bytes, at);
        self.target_end = at as u32;
        self.line_end(bytes, at, ErrorKind::ReasonPhrase, version)
    }

    /// Method and target of a line that is done.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn request_parts<'a>(&self, bytes: &'a [u8]) -> (Method<'a>, Target<'a>) {
        let method = Method::of_checked(part(bytes, self.begin, self.method_end));
        let raw = part(bytes, self.method_end.saturating_add(1), self.target_end);
        (method, Target::of_checked(raw, self.form))
    }

    /// Status and reason phrase of a line that is done.
    pub(crate) fn response_parts<'a>(&self, bytes: &'a [u8]) -> (StatusCode, &'a [u8]) {
        let status = StatusCode::new(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, part(bytes, self.reason, self.target_end))
    }

    /// Skips two empty lines at most; where the line begins.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn empty_lines(&mut self, bytes: &[u8], mut at: usize) -> Result<Option<usize>, DecodeError> {
        loop {
            match bytes.get(at..).unwrap_or_default() {
                [b'\r' | b'\n', ..] if at >= 4 => {
                    return Err(DecodeError::new(ErrorKind::LeadingLines, at));
                }
                [b'\r', b'\n', ..] => at = at.saturating_add(2),
                [] | [b'\r'] => {
                    self.at = at as u32;
                    return Ok(None);
                }
                [b'\r', ..] => return Err(DecodeError::new(ErrorKind::BareCr, at)),
                [b'\n', ..] => return Err(DecodeError::new(ErrorKind::BareLf, at)),
                _ => return Ok(Some(at)),
            }
        }
    }

    /// `HTTP/1.1` at `begin`, of which all before `at` was looked at.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn version(
        &mut self,
        bytes: &[u8],
        begin: usize,
        at: usize,
    ) -> Result<Option<Version>, DecodeError> {
        if cfg!(target_pointer_width = "64") {
            match bytes.get(begin..).unwrap_or_default().first_chunk::<VERSION>() {
                Some(b"HTTP/1.1") => return Ok(Some(Version::Http11)),
                Some(b"HTTP/1.0") => return Ok(Some(Version::Http10)),
                _ => {}
            }
        }
        self.any_version(bytes, begin, at)
    }

    #[inline(never)]
    fn any_version(
        &mut self,
        bytes: &[u8],
        begin: usize,
        at: usize,
    ) -> Result<Option<Version>, DecodeError> {
        let text = bytes.get(begin..).unwrap_or_default();
        let seen = at.saturating_sub(begin);
        for (place, &form) in b"HTTP/0.0".iter().enumerate().skip(seen) {
            let at = begin.saturating_add(place);
            match text.get(place) {
                None => {
                    self.at = at as u32;
                    return Ok(None);
                }
                Some(byte) if *byte == form || (form == b'0' && byte.is_ascii_digit()) => {}
                Some(b'\n') => return Err(DecodeError::new(ErrorKind::BareLf, at)),
                Some(_) => return Err(DecodeError::new(ErrorKind::Version, at)),
            }
        }
        match (text.get(5), text.get(7)) {
            (Some(b'1'), Some(b'0')) => Ok(Some(Version::Http10)),
            // RFC 9110 section 2.5: a higher minor version is understood as the highest known one.
            (Some(b'1'), _) => Ok(Some(Version::Http11)),
            _ => Err(DecodeError::new(ErrorKind::VersionUnsupported, begin.saturating_add(5))),
        }
    }

    /// CRLF at `at`; what else is there is of `kind`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn line_end(
        &mut self,
        bytes: &[u8],
        at: usize,
        kind: ErrorKind,
        version: Version,
    ) -> Result<Step, DecodeError> {
        match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => {
                self.part = Part::Done;
                Ok(Step::Done { version, len: at.saturating_add(2) })
            }
            [] | [b'\r'] => self.wait(at),
            [b'\r', ..] => Err(DecodeError::new(ErrorKind::BareCr, at)),
            [b'\n', ..] => Err(DecodeError::new(ErrorKind::BareLf, at)),
            _ => Err(DecodeError::new(kind, at)),
        }
    }
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
fn part(bytes: &[u8], from: u32, to: u32) -> &[u8] {
    bytes.get(from as usize..to as usize).unwrap_or_default()
}
