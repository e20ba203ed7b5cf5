//! Heads: start line and fields, out of bytes that arrive in pieces of any size, and back.

use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::facts::{Facts, Version};
use crate::field::Fields;
use crate::field_lines::{FieldLines, fields};
use crate::framing::{self, Framing, Message};
use crate::list::eq_ignore_case;
use crate::method::Method;
use crate::start_line::StartLine;
use crate::status::StatusCode;
use crate::target::{Target, is_authority};
use crate::writer::Writer;

/// The head of a request.
///
/// ```text
/// method SP request-target SP HTTP-version CRLF
/// *( field-line CRLF )
/// CRLF
/// ```
///
/// RFC 9112 section 2.1 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// What is to be done.
    pub method: Method<'a>,
    /// To what.
    pub target: Target<'a>,
    /// HTTP/1.0 or 1.1.
    pub version: Version,
    /// The fields, in order.
    pub fields: Fields<'a>,
}

/// The head of a response.
///
/// ```text
/// HTTP-version SP status-code SP [ reason-phrase ] CRLF
/// *( field-line CRLF )
/// CRLF
/// ```
///
/// RFC 9112 section 2.1 and 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHead<'a> {
    /// HTTP/1.0 or 1.1.
    pub version: Version,
    /// What came of the request.
    pub status: StatusCode,
    /// A text for people, mostly the registered one, or empty: what counts is the status.
    pub reason: Reason<'a>,
    /// The fields, in order.
    pub fields: Fields<'a>,
}

/// The reason phrase of a response: visible characters, SP, HTAB and bytes above 0x7F.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a>(&'a [u8]);

/// What a head may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, with the empty line at its end. A buffer of this length can hold each head.
    pub bytes: u32,
    /// Field lines.
    pub fields: u16,
}

impl Limits {
    /// 16 kB and 100 fields, which browsers do not reach. RFC 9112 section 3 wants at least 8,000
    /// bytes for a request line alone.
    pub const DEFAULT: Self = Self { bytes: 16_384, fields: 100 };
}

/// Takes a head out of bytes, however they are cut, and keeps its place: however many calls it takes, a
/// head costs what its length says.
///
/// Call it with all bytes of the head that are there, from the first one on; while it gives `None`,
/// call it again with more behind them. The bytes may have moved in the meantime. After a head it
/// begins anew with the next call; after an error it gives the same error again.
///
/// Strict, as RFC 9112 lets a recipient be: lines end with CRLF, fields are not folded, no white
/// space stands where none belongs. At most two empty lines before a request are skipped.
///
/// ```
/// use http_lite::framing::{Framing, Message, decide};
/// use http_lite::{HeadParser, Method};
///
/// let received = b"POST /telemetry HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
/// let mut parser = HeadParser::new();
/// for len in 0..56 {
///     assert_eq!(parser.parse_request(&received[..len])?, None); // read more
/// }
/// let (head, len) = parser.parse_request(received)?.unwrap();
/// assert_eq!((head.method, head.target.path()), (Method::POST, &b"/telemetry"[..]));
/// assert_eq!(head.fields.get("host").and_then(|host| host.to_str()), Some("a"));
/// assert_eq!(decide(Message::Request, parser.facts()), Ok(Framing::Length(2)));
/// assert_eq!(&received[len..], b"{}");
/// # Ok::<(), http_lite::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct HeadParser {
    limits: Limits,
    start: StartLine,
    lines: FieldLines,
}

impl Default for HeadParser {
    fn default() -> Self {
        Self::new()
    }
}

impl HeadParser {
    /// With [`Limits::DEFAULT`].
    pub const fn new() -> Self {
        Self::with_limits(Limits::DEFAULT)
    }

    /// With other limits. Who has a buffer of a fixed length sets `bytes` to it.
    pub const fn with_limits(limits: Limits) -> Self {
        Self { limits, start: StartLine::new(), lines: FieldLines::new() }
    }

    /// The limits.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// What the last head says about connection and body. Complete once the head is.
    pub const fn facts(&self) -> &Facts {
        &self.lines.facts
    }

    /// True if nothing but empty lines was looked at since the last head.
    pub const fn is_between_heads(&self) -> bool {
        self.lines.is_done() || self.start.is_at_start()
    }

    /// Bytes of a head that is not complete that were looked at.
    pub(crate) const fn seen(&self) -> u32 {
        if self.lines.is_done() {
            0
        } else if self.start.is_done() {
            self.lines.seen()
        } else {
            self.start.seen()
        }
    }

    /// The head of a request and its length; `None` if more bytes must be read.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with the byte that is wrong. Host and an authority in the target are for
    /// [`Server`](crate::connection::Server) to judge, how the body ends is for
    /// [`decide`](crate::framing::decide).
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub fn parse_request<'a>(
        &mut self,
        bytes: &'a [u8],
    ) -> Result<Option<(RequestHead<'a>, usize)>, DecodeError> {
        if !self.parse::<false>(bytes)? {
            return Ok(None);
        }
        let (method, target) = self.start.request_parts(bytes);
        let (version, fields, len) = self.rest(bytes);
        Ok(Some((RequestHead { method, target, version, fields }, len)))
    }

    /// The head of a response and its length; `None` if more bytes must be read.
    ///
    /// The SP behind a status code may be missing if the reason phrase is.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with the byte that is wrong.
    pub fn parse_response<'a>(
        &mut self,
        bytes: &'a [u8],
    ) -> Result<Option<(ResponseHead<'a>, usize)>, DecodeError> {
        if !self.parse::<true>(bytes)? {
            return Ok(None);
        }
        let (status, reason) = self.start.response_parts(bytes);
        let (version, fields, len) = self.rest(bytes);
        Ok(Some((ResponseHead { version, status, reason: Reason(reason), fields }, len)))
    }

    /// False if more bytes are needed.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn parse<const RESPONSE: bool>(&mut self, bytes: &[u8]) -> Result<bool, DecodeError> {
        if self.lines.is_done() {
            *self = Self::with_limits(self.limits);
        }
        // What lies behind the limit is never looked at, so that all cuts give the same.
        let limit = self.limits.bytes as usize;
        let seen = bytes.get(..limit).unwrap_or(bytes);
        if !self.start.is_done() {
            let start = &mut self.start;
            if RESPONSE { start.response(seen) } else { start.request(seen) }?;
            if !self.start.is_done() {
                if seen.len() < limit {
                    return Ok(false);
                }
                return Err(DecodeError::new(self.start.too_long(), limit));
            }
            self.lines.begin(self.start.version(), self.start.seen() as usize);
        }
        self.lines.all(bytes, &self.limits, true)
    }

    /// Version, fields and length of a head that is done.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn rest<'a>(&self, bytes: &'a [u8]) -> (Version, Fields<'a>, usize) {
        let len = self.lines.seen() as usize;
        (self.start.version(), fields(bytes, self.start.seen() as usize, len), len)
    }
}

impl<'a> RequestHead<'a> {
    /// A request of HTTP/1.1.
    pub const fn new(method: Method<'a>, target: Target<'a>, fields: Fields<'a>) -> Self {
        Self { method, target, version: Version::Http11, fields }
    }

    /// Writes the head; its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, and [`EncodeError::Invalid`] if the
    /// fields do not go together: Host not exactly once in HTTP/1.1 or not that of the target,
    /// Content-Length twice or beside Transfer-Encoding, a Transfer-Encoding other than `chunked`, or one
    /// in HTTP/1.0, content with TRACE and CONNECT, Upgrade without `Connection: upgrade`.
    ///
    /// ```
    /// use http_lite::{Field, Fields, Method, RequestHead, Target};
    ///
    /// let fields = [Field::new("Host", "example.org")?];
    /// let head = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    /// let mut out = [0; 64];
    /// let len = head.encode(&mut out).unwrap();
    /// assert_eq!(&out[..len], b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
    /// # Ok::<(), http_lite::FieldError>(())
    /// ```
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        match self.check() {
            Ok(_) => {
                let mut w = Writer::new(out);
                self.write(&mut w);
                w.finish()
            }
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// The exact length of the head.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    /// The rules across fields, and what follows from them.
    pub(crate) const fn check(&self) -> Result<(Facts, Framing), ErrorKind> {
        use crate::facts::Host;
        let facts = match own_facts(self.version, &self.fields) {
            Ok(facts) => facts,
            Err(kind) => return Err(kind),
        };
        match (facts.host, self.version) {
            (Host::One, _) | (Host::Missing, Version::Http10) => {}
            (Host::Missing, Version::Http11) => return Err(ErrorKind::HostMissing),
            (Host::Several, _) => return Err(ErrorKind::HostTwice),
        }
        // What was decoded or made for another method is looked at again.
        let target = match Target::of_allowed(self.target.as_bytes(), &self.method) {
            Some(target) if target.has_good_authority() => target,
            _ => return Err(ErrorKind::TargetForm),
        };
        if !good_host(self.fields, &target) {
            return Err(ErrorKind::Host);
        }
        if facts.lacks_upgrade_option() {
            return Err(ErrorKind::UpgradeOption);
        }
        match framing::decide(Message::Request, &facts) {
            // RFC 9110 section 9.3.8 and 9.3.6
            Ok(Framing::Length(_) | Framing::Chunked)
                if matches!(self.method.as_bytes(), b"TRACE" | b"CONNECT") =>
            {
                Err(ErrorKind::BodyForbidden)
            }
            Ok(framing) => Ok((facts, framing)),
            Err(kind) => Err(kind),
        }
    }

    pub(crate) const fn write(&self, w: &mut Writer<'_>) {
        self.write_start(w);
        self.fields.write(w);
        w.bytes(b"\r\n");
    }

    pub(crate) const fn write_start(&self, w: &mut Writer<'_>) {
        w.bytes(self.method.as_bytes());
        w.bytes(b" ");
        w.bytes(self.target.as_bytes());
        w.bytes(match self.version {
            Version::Http10 => b" HTTP/1.0\r\n",
            Version::Http11 => b" HTTP/1.1\r\n",
        });
    }
}

impl<'a> ResponseHead<'a> {
    /// `100 Continue`.
    pub const CONTINUE: ResponseHead<'static> =
        ResponseHead::new(StatusCode::CONTINUE, Fields::EMPTY);

    /// A response of HTTP/1.1 with the registered reason phrase.
    pub const fn new(status: StatusCode, fields: Fields<'a>) -> Self {
        Self { version: Version::Http11, status, reason: Reason::of(status), fields }
    }

    /// Writes the head of a response to a request other than HEAD and CONNECT; its length.
    ///
    /// It works in `const`, so that a fixed response lies in flash:
    ///
    /// ```
    /// use http_lite::{Field, Fields, ResponseHead, StatusCode};
    ///
    /// const HEAD: ResponseHead<'_> =
    ///     ResponseHead::new(StatusCode::NOT_FOUND, Fields::new(&[Field::content_length(0)]));
    /// static NOT_FOUND: [u8; HEAD.encoded_len()] = {
    ///     let mut bytes = [0; HEAD.encoded_len()];
    ///     assert!(HEAD.encode(&mut bytes).is_ok());
    ///     bytes
    /// };
    /// assert_eq!(&NOT_FOUND, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, and [`EncodeError::Invalid`] if the
    /// fields do not go together: Content-Length twice or beside Transfer-Encoding, either of them
    /// with 1xx or 204, content with 205, a Transfer-Encoding other than `chunked`, or one in HTTP/1.0,
    /// Upgrade without `Connection: upgrade`; and for a status above 599.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        match self.check(framing::Asked::Other) {
            Ok(_) => {
                let mut w = Writer::new(out);
                self.write(&mut w);
                w.finish()
            }
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// The exact length of the head.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    /// The rules across fields, and what follows from them.
    pub(crate) const fn check(&self, asked: framing::Asked) -> Result<(Facts, Framing), ErrorKind> {
        use crate::facts::TransferEncoding;
        let facts = match own_facts(self.version, &self.fields) {
            Ok(facts) => facts,
            Err(kind) => return Err(kind),
        };
        if facts.lacks_upgrade_option() {
            return Err(ErrorKind::UpgradeOption);
        }
        let framed = facts.content_length.is_some()
            || !matches!(facts.transfer_encoding, TransferEncoding::None);
        let framing = framing::decide(Message::Response(asked, self.status), &facts);
        match (framing, self.status.get()) {
            // RFC 9110 section 15: there are no others.
            (_, 600..) => Err(ErrorKind::StatusCode),
            // Section 15.3.6: no content.
            (Ok(Framing::Chunked | Framing::Length(1..)), 205) => Err(ErrorKind::BodyForbidden),
            // RFC 9110 section 8.6, RFC 9112 section 6.1
            (_, 100..=199 | 204) | (Ok(Framing::Tunnel), _) if framed => {
                Err(ErrorKind::BodyForbidden)
            }
            // What is ignored with HEAD and 304 must still be what GET would have had.
            (Ok(Framing::None), _) => {
                match framing::decide(
                    Message::Response(framing::Asked::Other, StatusCode::OK),
                    &facts,
                ) {
                    Ok(_) => Ok((facts, Framing::None)),
                    Err(kind) => Err(kind),
                }
            }
            (Ok(framing), _) => Ok((facts, framing)),
            (Err(kind), _) => Err(kind),
        }
    }

    pub(crate) const fn write(&self, w: &mut Writer<'_>) {
        self.write_start(w);
        self.fields.write(w);
        w.bytes(b"\r\n");
    }

    pub(crate) const fn write_start(&self, w: &mut Writer<'_>) {
        w.bytes(match self.version {
            Version::Http10 => b"HTTP/1.0 ",
            Version::Http11 => b"HTTP/1.1 ",
        });
        w.decimal(self.status.get() as u64);
        w.bytes(b" ");
        w.bytes(self.reason.0);
        w.bytes(b"\r\n");
    }
}

/// False if there is a Host that is malformed, or another one than the target's (RFC 9112 section
/// 3.2); with CONNECT the port may be missing.
const fn good_host(mut fields: Fields<'_>, target: &Target<'_>) -> bool {
    while let Some((field, rest)) = fields.split_first() {
        if field.name.is("host") {
            let mut digits = [0; 20];
            let host = field.value.to_bytes(&mut digits);
            if !is_authority(host) {
                return false;
            }
            if let Some(authority) = target.authority() {
                let same = match authority.split_at_checked(host.len()) {
                    Some((start, [])) => eq_ignore_case(start, host),
                    Some((start, [b':', ..])) if target.scheme().is_none() => {
                        eq_ignore_case(start, host)
                    }
                    _ => false,
                };
                if !same {
                    return false;
                }
            }
        }
        fields = rest;
    }
    true
}

/// Judges fields that are to be sent.
const fn own_facts(version: Version, fields: &Fields<'_>) -> Result<Facts, ErrorKind> {
    let mut facts = Facts::new(version);
    let mut rest = *fields;
    while let Some((field, behind)) = rest.split_first() {
        if let Err(kind) = facts.judge_own(&field) {
            return Err(kind);
        }
        rest = behind;
    }
    Ok(facts)
}

impl<'a> Reason<'a> {
    /// None.
    pub const EMPTY: Reason<'static> = Reason(b"");

    /// `None` if it has a control character other than HTAB.
    pub const fn new(reason: &'a str) -> Option<Self> {
        let mut rest = reason.as_bytes();
        while let Some((&byte, behind)) = rest.split_first() {
            if !crate::scan::is_value(byte) {
                return None;
            }
            rest = behind;
        }
        Some(Self(reason.as_bytes()))
    }

    pub(crate) const fn of_checked(reason: &'a [u8]) -> Self {
        Self(reason)
    }

    /// The registered one of a status; empty if it has none.
    pub const fn of(status: StatusCode) -> Reason<'static> {
        match status.reason() {
            Some(reason) => Reason(reason.as_bytes()),
            None => Reason::EMPTY,
        }
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl core::fmt::Debug for Reason<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
