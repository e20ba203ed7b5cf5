//! Request lines and status lines, resumable at any byte.

use crate::error::{DecodeError, ErrorKind};
use crate::facts::Version;
use crate::method::Method;
use crate::scan::{self, TARGET, TCHAR, is_value, part};
use crate::status::StatusCode;
use crate::target::{self, Target, TargetForm};

/// Where in a start line we are. Offsets are from the first byte of the head.
#[derive(Debug, Clone)]
pub(crate) struct StartLine {
    version: Version,
    part: Part,
    form: TargetForm,
    /// Where the method, or the reason phrase, begins.
    begin: u8,
    /// How many bytes of the version were looked at.
    place: u8,
    status: u16,
    /// 0 in a status line.
    method_end: usize,
    /// Everything before it was looked at.
    at: usize,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Done,
    /// Empty lines that may come before.
    Before,
    BeforeLf,
    Method,
    Target,
    /// The two digits behind `%`.
    Digit1,
    Digit2,
    Version,
    /// The last digit of the version.
    Minor,
    /// The CR behind the version of a request.
    Cr,
    /// The SP before a status code, its digits, and the SP behind it.
    Status,
    Reason,
    Lf,
}

/// Length of ` HTTP/1.1` and the line end.
const VERSION_LEN: usize = 11;

/// True for the bytes of a version before the last digit.
fn is_version(place: u8, byte: u8) -> bool {
    match place {
        5 => byte.is_ascii_digit(),
        _ => b"HTTP/0.".get(usize::from(place)) == Some(&byte),
    }
}

impl StartLine {
    pub(crate) const fn new() -> Self {
        Self {
            part: Part::Before,
            form: TargetForm::Origin,
            version: Version::Http11,
            place: 0,
            status: 0,
            at: 0,
            begin: 0,
            method_end: 0,
        }
    }

    pub(crate) const fn is_at_start(&self) -> bool {
        matches!(self.part, Part::Before | Part::BeforeLf)
    }

    pub(crate) const fn seen(&self) -> u32 {
        self.at as u32 // at most the limit, which is a u32
    }

    /// Of a line that is done.
    pub(crate) const fn version(&self) -> Version {
        self.version
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.part, Part::Done)
    }

    /// What a line is that does not end within the limit.
    pub(crate) const fn too_long(&self) -> ErrorKind {
        if self.method_end > 0 { ErrorKind::TargetTooLong } else { ErrorKind::FieldsTooLong }
    }

    /// `method SP request-target SP HTTP-version CRLF`
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn request(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let done = scan::is_worth_it(bytes, self.at) && self.hurry(bytes).is_some();
        if done { Ok(()) } else { self.walk::<false>(bytes) }
    }

    /// `HTTP-version SP status-code SP [ reason-phrase ] CRLF`
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn response(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let done = scan::is_worth_it(bytes, self.at) && self.hurry_response(bytes).is_some();
        if done { Ok(()) } else { self.walk::<true>(bytes) }
    }

    /// Byte by byte, from any place on.
    #[cfg_attr(target_pointer_width = "64", cold)]
    #[inline(never)]
    fn walk<const RESPONSE: bool>(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        loop {
            let at = self.at;
            let Some(&byte) = bytes.get(at) else { return Ok(()) };
            self.part = match (self.part, byte) {
                (Part::Before, b'\r') if !RESPONSE && at < 4 => Part::BeforeLf,
                (Part::Before, b'\r' | b'\n') => return Err(self.wrong::<RESPONSE>(byte)),
                (Part::BeforeLf, b'\n') if !RESPONSE => Part::Before,
                (Part::Before, _) => {
                    self.begin = at as u8; // at most 4
                    self.part = if RESPONSE { Part::Version } else { Part::Method };
                    continue;
                }
                (Part::Method, b' ') if !RESPONSE && at > usize::from(self.begin) => {
                    self.method_end = at;
                    Part::Target
                }
                (Part::Method, _) if !RESPONSE && TCHAR.has(byte) => Part::Method,
                (Part::Target, b' ') if !RESPONSE && at > self.method_end.wrapping_add(1) => {
                    let (method, raw) = (self.method(bytes), self.raw(bytes, at));
                    self.form = match Target::of_allowed(raw, &method) {
                        Some(target) => target.form(),
                        None => return Err(self.wrong::<RESPONSE>(byte)),
                    };
                    Part::Version
                }
                (Part::Target, b'%') if !RESPONSE => Part::Digit1,
                (Part::Target, _) if !RESPONSE && TARGET.has(byte) => Part::Target,
                (Part::Digit1 | Part::Digit2, _) if !RESPONSE && byte.is_ascii_hexdigit() => {
                    match self.part {
                        Part::Digit1 => Part::Digit2,
                        _ => Part::Target,
                    }
                }
                (Part::Version, _) if is_version(self.place, byte) => {
                    self.place = self.place.wrapping_add(1); // up to 7
                    if self.place == 7 { Part::Minor } else { Part::Version }
                }
                (Part::Minor, b'0'..=b'9') if major(bytes, at) == Some(b'1') => {
                    // RFC 9110 section 2.5: a higher minor version is understood as the highest
                    // known one.
                    if byte == b'0' {
                        self.version = Version::Http10;
                    }
                    if RESPONSE { Part::Status } else { Part::Cr }
                }
                (Part::Cr, b'\r') if !RESPONSE => Part::Lf,
                (Part::Status, b' ') if RESPONSE && at == 8 => Part::Status,
                (Part::Status, b' ') if RESPONSE && at == 12 => {
                    self.begin = 13;
                    Part::Reason
                }
                // The reason phrase and its SP are missing.
                (Part::Status, b'\r') if RESPONSE && at == 12 => {
                    self.begin = 12;
                    Part::Lf
                }
                (Part::Status, b'0'..=b'9') if RESPONSE && at != 8 && at != 12 => {
                    let digit = u16::from(byte & 0xF);
                    self.status = self.status.wrapping_mul(10).wrapping_add(digit); // up to 999
                    if self.status == 0 {
                        return Err(self.wrong::<RESPONSE>(byte));
                    }
                    Part::Status
                }
                (Part::Reason, b'\r') if RESPONSE => Part::Lf,
                (Part::Reason, _) if RESPONSE && is_value(byte) => Part::Reason,
                (Part::Lf, b'\n') => {
                    self.at = at.wrapping_add(1);
                    self.part = Part::Done;
                    return Ok(());
                }
                _ => return Err(self.wrong::<RESPONSE>(byte)),
            };
            self.at = at.wrapping_add(1); // there is a byte
        }
    }

    /// What is wrong with the next byte.
    #[cold]
    #[inline(never)]
    fn wrong<const RESPONSE: bool>(&self, byte: u8) -> DecodeError {
        let (at, target) = (self.at, self.method_end.wrapping_add(1));
        let kind = match self.part {
            Part::Before if RESPONSE || at >= 4 => ErrorKind::LeadingLines,
            Part::BeforeLf | Part::Lf => ErrorKind::BareCr,
            Part::Method if !RESPONSE => ErrorKind::Method,
            Part::Digit1 | Part::Digit2 if !RESPONSE => ErrorKind::TargetByte,
            Part::Target if !RESPONSE && byte == b' ' && at > target => ErrorKind::TargetForm,
            _ if byte == b'\n' => ErrorKind::BareLf,
            // With CR there is no version, as in HTTP/0.9.
            Part::Target if !RESPONSE && byte != b'\r' => ErrorKind::TargetByte,
            Part::Minor if byte.is_ascii_digit() => ErrorKind::VersionUnsupported,
            Part::Status if RESPONSE => ErrorKind::StatusCode,
            Part::Reason if RESPONSE => ErrorKind::ReasonPhrase,
            _ => ErrorKind::Version,
        };
        let offset = match (self.part, kind) {
            (_, ErrorKind::TargetForm) => target,
            (_, ErrorKind::BareCr) | (Part::Digit1, _) => at.wrapping_sub(1),
            (_, ErrorKind::VersionUnsupported) | (Part::Digit2, _) => at.wrapping_sub(2),
            _ => at,
        };
        DecodeError::new(kind, offset)
    }

    /// As [`walk`](Self::walk), a run at a time, as far as nothing is unusual; the length of the line if
    /// that is to its end.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn hurry(&mut self, bytes: &[u8]) -> Option<()> {
        let offset = |rest: &[u8]| bytes.len().wrapping_sub(rest.len()); // it is a part
        let mut rest = bytes.get(self.at..)?;
        if self.part == Part::Before {
            if *rest.first()? <= b' ' {
                return None;
            }
            (self.part, self.begin) = (Part::Method, self.at as u8); // at most 4
        }
        if self.part == Part::Method {
            rest = scan::skip_token(rest);
            self.at = offset(rest);
            let [b' ', behind @ ..] = rest else { return None };
            if self.at == usize::from(self.begin) {
                return None;
            }
            self.method_end = self.at;
            (self.part, self.at, rest) = (Part::Target, offset(behind), behind);
        }
        if self.part == Part::Target {
            rest = target::skip(rest);
            self.at = offset(rest);
            let [b' ', behind @ ..] = rest else { return None };
            let (method, raw) = (self.method(bytes), self.raw(bytes, self.at));
            if raw.is_empty() {
                return None;
            }
            self.form = Target::of_allowed(raw, &method)?.form();
            (self.part, self.at, rest) = (Part::Version, offset(behind), behind);
            self.version = match rest.first_chunk() {
                Some(b"HTTP/1.1\r\n") => Version::Http11,
                Some(b"HTTP/1.0\r\n") => Version::Http10,
                _ => return None,
            };
            (self.part, self.at) = (Part::Done, self.at.saturating_add(10));
            return Some(());
        }
        None
    }

    /// As [`hurry`](Self::hurry), of a status line.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn hurry_response(&mut self, bytes: &[u8]) -> Option<()> {
        if self.part == Part::Before {
            let (start, _) = bytes.split_first_chunk::<13>()?;
            self.version = match start.first_chunk() {
                Some(b"HTTP/1.1") => Version::Http11,
                Some(b"HTTP/1.0") => Version::Http10,
                _ => return None,
            };
            let [.., b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' '] = *start else {
                return None;
            };
            let digit = |byte: u8| u16::from(byte & 0xF);
            self.status = digit(a)
                .wrapping_mul(100)
                .wrapping_add(digit(b).wrapping_mul(10))
                .wrapping_add(digit(c)); // up to 999
            (self.part, self.at, self.begin) = (Part::Reason, 13, 13);
        }
        if self.part == Part::Reason {
            let rest = scan::skip_value(bytes.get(self.at..)?);
            let at = bytes.len().wrapping_sub(rest.len()); // it is a part
            self.at = at;
            let [b'\r', b'\n', ..] = rest else { return None };
            (self.part, self.at) = (Part::Done, at.saturating_add(2));
            return Some(());
        }
        None
    }

    /// Method and target of a line that is done.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn request_parts<'a>(&self, bytes: &'a [u8]) -> (Method<'a>, Target<'a>) {
        let (method, raw) =
            (self.method(bytes), self.raw(bytes, self.at.wrapping_sub(VERSION_LEN)));
        (method, Target::of_checked(raw, self.form))
    }

    #[inline(always)]
    fn method<'a>(&self, bytes: &'a [u8]) -> Method<'a> {
        Method::of_checked(part(bytes, usize::from(self.begin), self.method_end))
    }

    #[inline(always)]
    fn raw<'a>(&self, bytes: &'a [u8], end: usize) -> &'a [u8] {
        part(bytes, self.method_end.wrapping_add(1), end)
    }

    /// Status and reason phrase of a line that is done.
    pub(crate) fn response_parts<'a>(&self, bytes: &'a [u8]) -> (StatusCode, &'a [u8]) {
        let status = StatusCode::new(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, part(bytes, usize::from(self.begin), self.at.wrapping_sub(2)))
    }
}

/// The byte before the one before `at`.
fn major(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at.wrapping_sub(2)).copied()
}
