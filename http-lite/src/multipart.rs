//! Multipart bodies: several bodies in one, each with fields of its own. Uploads from forms are
//! `multipart/form-data`, answers with several ranges are `multipart/byteranges`.
//!
//! ```text
//!  preamble CRLF          nothing, and ignored
//!  --boundary CRLF        delimiter of the first part
//!  *( field CRLF ) CRLF   its head
//!  data CRLF              all bytes but a CRLF and the boundary, which ends it
//!  --boundary CRLF        delimiter of the next part
//!  ...
//!  --boundary-- CRLF      end of the last part
//!  epilogue               nothing, and ignored
//! ```
//!
//! RFC 2046 section 5.1 and RFC 7578.

mod disposition;
mod reader;
mod writer;

pub use disposition::{FormData, FormText, FormTextBytes};
pub use reader::{Event, Reader};
pub use writer::{FormPart, PartHead, RandomBoundary, encode_end, encoded_total};

use crate::error::ErrorKind;
use crate::media_type::MediaType;
use crate::status::StatusCode;

/// What separates the parts: 1 to 70 characters, the last of them no space.
///
/// ```text
/// boundary = 0*69bchars bcharsnospace
/// bchars   = letter / digit / "'" / "(" / ")" / "+" / "_" / "," / "-" / "." / "/" / ":" / "=" / "?" / SP
/// ```
///
/// RFC 2046 section 5.1.1.
///
/// ```
/// use http_lite::MediaType;
/// use http_lite::multipart::Boundary;
///
/// let content_type = MediaType::parse(b"multipart/form-data; boundary=\"a:b\"").unwrap();
/// assert_eq!(Boundary::of(content_type), Boundary::new(b"a:b"));
/// assert!(Boundary::new(b"a\r\nb").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Boundary<'a>(&'a [u8]);

impl<'a> Boundary<'a> {
    /// The longest, in bytes.
    pub const MAX_LEN: usize = 70;

    /// `None` if it is empty, too long, ends with a space or has another character. In a Content-Type
    /// it must stand in quotes if it has one of `(),/:=?` or a space; a
    /// [`RandomBoundary`] never has.
    pub const fn new(boundary: &'a [u8]) -> Option<Self> {
        match boundary {
            [] | [.., b' '] => None,
            _ if boundary.len() > Self::MAX_LEN || !is_bchars(boundary) => None,
            _ => Some(Self(boundary)),
        }
    }

    /// The boundary that a Content-Type names. `None` if it is no multipart type, or does not name
    /// exactly one boundary.
    pub fn of(content_type: MediaType<'a>) -> Option<Self> {
        if !content_type.type_().eq_ignore_ascii_case(b"multipart") {
            return None;
        }
        let mut boundaries = content_type
            .parameters()
            .into_iter()
            .filter(|parameter| parameter.name.eq_ignore_ascii_case(b"boundary"));
        match (boundaries.next(), boundaries.next()) {
            (Some(boundary), None) => Self::new(boundary.value.as_bytes()?),
            _ => None,
        }
    }

    /// Its bytes, which are ASCII.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// True if `data` cannot be a part's data, because a line of it begins with the boundary. Who
    /// does not draw the boundary at random asks this before sending.
    ///
    /// ```
    /// use http_lite::multipart::Boundary;
    ///
    /// let boundary = Boundary::new(b"ab").unwrap();
    /// assert!(boundary.is_in(b"--ab") && boundary.is_in(b"1\r\n--abc"));
    /// assert!(!boundary.is_in(b"1--ab\r\n-ab\n--ab"));
    /// ```
    pub fn is_in(self, data: &[u8]) -> bool {
        let mut line = Some(data);
        while let Some(start) = line {
            if is_dash_boundary(start, self.0) {
                return true;
            }
            let mut rest = start;
            line = loop {
                match rest {
                    [b'\r', b'\n', next @ ..] => break Some(next),
                    [_, next @ ..] => rest = next,
                    [] => break None,
                }
            };
        }
        false
    }
}

/// Does a line begin with `--` and the boundary?
fn is_dash_boundary(line: &[u8], boundary: &[u8]) -> bool {
    matches!(line, [b'-', b'-', rest @ ..] if rest.starts_with(boundary))
}

/// Only `bchars`?
const fn is_bchars(mut bytes: &[u8]) -> bool {
    while let [byte, rest @ ..] = bytes {
        if !matches!(
            byte,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'\'' | b'(' | b')' | b'+' | b'_' | b','
                | b'-' | b'.' | b'/' | b':' | b'=' | b'?' | b' '
        ) {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Why a multipart body cannot be read further, or a `Content-Disposition` not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: Kind,
    /// Index of the byte that is wrong: in the body, or in the value of the field.
    pub offset: u64,
}

/// What is wrong with a multipart body or a `Content-Disposition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// Something else than white space and CRLF, or two hyphens, behind a boundary. The line may
    /// belong to a longer boundary of somebody else; readers differ on where the part then ends.
    #[error("a line that only begins with the boundary")]
    DelimiterLine,
    /// A line of a part's head begins with the boundary.
    #[error("a boundary within the head of a part")]
    DelimiterInHead,
    /// The head of a part is larger than the buffer.
    #[error("the head of a part is larger than the buffer")]
    HeadTooLong,
    /// A field line in the head of a part, by the rules for fields of a message.
    #[error("in the head of a part: {0}")]
    Field(ErrorKind),
    /// More parts than the limit.
    #[error("more parts than the limit")]
    TooManyParts,
    /// The body ended before its last boundary.
    #[error("the body ends before its last boundary")]
    Incomplete,
    /// The disposition is another than `form-data`.
    #[error("a disposition other than form-data")]
    NotFormData,
    /// Something else than `; name=value`, where the value is a token or in quotes.
    #[error("a malformed parameter")]
    Parameter,
    /// No end of a quoted value, or a backslash before a quote: for some readers the quote then
    /// belongs to the value, for others it ends it.
    #[error("a quoted value whose end is missing or not clear")]
    Quoted,
    /// The same parameter twice, where readers differ on which one counts.
    #[error("a parameter that comes twice")]
    ParameterTwice,
    /// `filename*` or `name*`, which must not be sent: readers differ on which name counts.
    #[error("a parameter in the extended form")]
    ExtendedParameter,
    /// There is no `name`.
    #[error("no name")]
    NameMissing,
}

impl Error {
    /// The section whose rule is broken, or that allows a limit.
    pub const fn rule(&self) -> &'static str {
        match self.kind {
            Kind::DelimiterLine | Kind::DelimiterInHead | Kind::Incomplete => {
                "RFC 2046 section 5.1.1"
            }
            Kind::Field(kind) => kind.rule(),
            Kind::HeadTooLong | Kind::TooManyParts => "RFC 9110 section 15.5.14",
            Kind::Parameter | Kind::Quoted | Kind::ParameterTwice => "RFC 2183 section 2",
            Kind::NotFormData | Kind::ExtendedParameter | Kind::NameMissing => {
                "RFC 7578 section 4.2"
            }
        }
    }

    /// What a server answers: 413 if something is too large, else 400.
    pub const fn status(&self) -> StatusCode {
        match self.kind {
            Kind::HeadTooLong | Kind::TooManyParts => StatusCode::CONTENT_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_1_to_70_bchars_without_a_space_at_its_end() {
        assert!(Boundary::new(b"").is_none());
        assert!(Boundary::new(b" ").is_none());
        assert!(Boundary::new(b"a ").is_none());
        assert!(Boundary::new(b" a b").is_some());
        assert!(Boundary::new(&[b'a'; 70]).is_some());
        assert!(Boundary::new(&[b'a'; 71]).is_none());
        for byte in 0..=255u8 {
            let expected = byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
            assert_eq!(Boundary::new(&[byte]).is_some(), expected, "{byte}");
        }
    }

    #[test]
    fn a_content_type_names_one_boundary() {
        let table: &[(&[u8], Option<&[u8]>)] = &[
            (b"multipart/mixed; boundary=b", Some(b"b")),
            (b"Multipart/Form-Data;charset=utf-8;BOUNDARY=\"b b\"", Some(b"b b")),
            (b"multipart/mixed", None),
            (b"multipart/mixed; boundary=\"\"", None),
            (b"multipart/mixed; boundary=\"b \"", None),
            (b"multipart/mixed; boundary=\"\\b\"", None), // readers differ on the backslash
            (b"multipart/mixed; boundary=b; boundary=b", None),
            (b"text/plain; boundary=b", None),
        ];
        for (content_type, expected) in table {
            let boundary = Boundary::of(MediaType::parse(content_type).unwrap());
            assert_eq!(boundary.map(Boundary::as_bytes), *expected);
        }
    }

    #[test]
    fn data_with_the_boundary_is_recognized() {
        let boundary = Boundary::new(b"b").unwrap();
        for data in [&b"--b"[..], b"--bc", b"\r\n--b", b"a\r\n\r\n--b\r\n", b"a\r\r\n--b"] {
            assert!(boundary.is_in(data), "{data:?}");
        }
        for data in [&b""[..], b"--", b"-b", b"\n--b", b"\r--b", b"a--b", b"\r\n-b", b"\r\n---b"] {
            assert!(!boundary.is_in(data), "{data:?}");
        }
    }
}
