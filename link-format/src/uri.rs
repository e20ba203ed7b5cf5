use core::fmt;

use crate::authority::check_authority;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::ext_value::percent_encoded;
use crate::grammar::{behind, cut, cut_at, find, hex_pair, is_uri_char, simple_len};
use crate::value::{Form, Value};
use crate::writer::collect_bytes;

/// A URI reference: a URI, or one relative to another. What stands between `<` and `>`.
///
/// Its characters are those of RFC 3986; and those that RFC 3987 section 2.2 has beyond ASCII, for a
/// document is UTF-8 and needs no percent-encoding for them (RFC 9176 appendix B.4). So there is no
/// control character, no non-character, no private use but in a query, and nothing that turns the
/// direction of writing (section 4.1). [`ascii`](Self::ascii) is the same as a URI reference of
/// RFC 3986.
///
/// ```
/// use link_format::{ErrorKind, UriReference};
///
/// assert_eq!(UriReference::new("/sensors/temp")?.as_str(), "/sensors/temp");
/// assert!(UriReference::new("//15001/65536").is_ok());
/// let error = UriReference::new("/a b").unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::UriCharacter, 2));
/// # Ok::<(), link_format::DecodeError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UriReference<'a>(&'a str);

impl<'a> UriReference<'a> {
    /// Takes a text that is a URI reference.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    pub const fn new(text: &'a str) -> Result<Self, DecodeError> {
        if is_simple(text.as_bytes()) {
            return Ok(Self(text));
        }
        match check(text) {
            Ok(()) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const`, where a text that is no URI reference fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no URI reference: use [`new`](Self::new) there.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> UriReference<'static> {
        match UriReference::new(text) {
            Ok(reference) => reference,
            Err(_) => panic!("not a URI reference"),
        }
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// A text that is already checked.
    pub(crate) const fn checked(text: &'a str) -> Self {
        Self(text)
    }

    /// The text with percent-encoding for all that is not ASCII. RFC 3987 section 3.1
    ///
    /// ```
    /// use link_format::UriReference;
    ///
    /// let target = UriReference::new("/temperature/Malmö")?;
    /// assert!(target.ascii().eq(*b"/temperature/Malm%C3%B6"));
    /// # Ok::<(), link_format::DecodeError>(())
    /// ```
    pub fn ascii(&self) -> impl Iterator<Item = u8> + Clone + use<'a> {
        self.0.bytes().flat_map(|byte| percent_encoded(byte, byte.is_ascii()))
    }

    /// Copies [`ascii`](Self::ascii) to the beginning of `out`.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub fn copy_ascii_to<'o>(&self, out: &'o mut [u8]) -> Result<UriReference<'o>, EncodeError> {
        let ascii = collect_bytes(self.ascii(), out)?;
        Ok(UriReference(core::str::from_utf8(ascii).unwrap_or_default()))
    }

    /// Its five components. RFC 3986 section 3
    ///
    /// ```
    /// use link_format::UriReference;
    ///
    /// let parts = UriReference::new("coap://[2001:db8::1]:61616/temp?u=C")?.parts();
    /// assert_eq!(parts.scheme, Some("coap"));
    /// assert_eq!(parts.authority, Some("[2001:db8::1]:61616"));
    /// assert_eq!((parts.path, parts.query, parts.fragment), ("/temp", Some("u=C"), None));
    /// # Ok::<(), link_format::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn parts(&self) -> UriParts<'a> {
        UriParts::split(self.0)
    }
}

/// It has no character that needs a backslash.
impl fmt::Debug for UriReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl fmt::Display for UriReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl PartialEq<str> for UriReference<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for UriReference<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'a> TryFrom<&'a str> for UriReference<'a> {
    type Error = DecodeError;

    fn try_from(text: &'a str) -> Result<Self, DecodeError> {
        Self::new(text)
    }
}

/// The components of a URI reference, without their delimiters. `None` differs from empty: the
/// delimiter is not there. RFC 3986 section 3 and appendix B
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UriParts<'a> {
    /// What stands before the first `:`.
    pub scheme: Option<&'a str>,
    /// User, host and port, behind `//`.
    pub authority: Option<&'a str>,
    /// The path, which may be empty.
    pub path: &'a str,
    /// What stands behind `?`.
    pub query: Option<&'a str>,
    /// What stands behind `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> UriParts<'a> {
    const fn split(text: &'a str) -> Self {
        let (text, fragment) = cut_at(text, b'#');
        let (text, query) = cut_at(text, b'?');
        let (scheme, text) = match cut_at(text, b':') {
            (before, Some(behind)) if find(before.as_bytes(), b'/').is_none() => {
                (Some(before), behind)
            }
            _ => (None, text),
        };
        let (authority, path) = match text.as_bytes() {
            [b'/', b'/', hier @ ..] => {
                let len = match find(hier, b'/') {
                    Some(at) => at,
                    None => hier.len(),
                };
                let (authority, path) = cut(behind(text, 2), len);
                (Some(authority), path)
            }
            _ => (None, text),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

impl fmt::Debug for UriParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The `Debug` of `str` keeps a panic in the image.
        let quoted = |text| Value(Form::Quoted(text));
        f.debug_struct("UriParts")
            .field("scheme", &self.scheme.map(quoted))
            .field("authority", &self.authority.map(quoted))
            .field("path", &quoted(self.path))
            .field("query", &self.query.map(quoted))
            .field("fragment", &self.fragment.map(quoted))
            .finish()
    }
}

/// Is `text` letters, digits, `-`, `.` and `/` alone, perhaps behind a scheme? Most references are,
/// and all of these are references.
const fn is_simple(text: &[u8]) -> bool {
    match text.split_at_checked(simple_len(text)) {
        Some((_, [])) => true,
        Some((scheme, [b':', hier_part @ ..])) => {
            is_scheme(scheme) && simple_len(hier_part) == hier_part.len()
        }
        _ => false,
    }
}

/// Checks `URI-reference`. RFC 3986 appendix A
const fn check(text: &str) -> Result<(), DecodeError> {
    let parts = UriParts::split(text);
    let mut at: usize = 0;
    if let Some(scheme) = parts.scheme {
        if !is_scheme(scheme.as_bytes()) {
            return Err(DecodeError::new(ErrorKind::UriScheme, 0));
        }
        at = scheme.len().saturating_add(1);
    }
    if let Some(authority) = parts.authority {
        at = at.saturating_add(2);
        if let Err(error) = check_authority(authority) {
            return Err(error.behind(at));
        }
        at = at.saturating_add(authority.len());
    }
    // `path`: `pchar` and `/`; `query` and `fragment`: `?` too, which no path has in it.
    let behind_authority =
        [(Some(parts.path), false), (parts.query, true), (parts.fragment, false)];
    let mut rest: &[(Option<&str>, bool)] = &behind_authority;
    while let [(component, is_query), tail @ ..] = rest {
        if let Some(component) = component {
            if let Err(error) = check_run(component, b":@/?", *is_query) {
                return Err(error.behind(at));
            }
            at = at.saturating_add(component.len()).saturating_add(1);
        }
        rest = tail;
    }
    Ok(())
}

/// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`. RFC 3986 section 3.1
const fn is_scheme(text: &[u8]) -> bool {
    let [b'a'..=b'z' | b'A'..=b'Z', rest @ ..] = text else { return false };
    let mut rest = rest;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.') {
            return false;
        }
        rest = tail;
    }
    true
}

/// Only `iunreserved`, `pct-encoded`, `sub-delims` and `others`; and `iprivate`, if that may be.
/// RFC 3986 appendix A, RFC 3987 section 2.2
pub(crate) const fn check_run(
    text: &str,
    others: &[u8],
    has_private: bool,
) -> Result<(), DecodeError> {
    let mut rest = text.as_bytes();
    loop {
        let at = text.len().saturating_sub(rest.len());
        rest = match rest {
            [] => return Ok(()),
            // The most frequent ones first.
            [b'a'..=b'z' | b'0'..=b'9', tail @ ..] => tail,
            [b'%', high, low, tail @ ..] if hex_pair(*high, *low).is_some() => tail,
            [b'%', ..] => return Err(DecodeError::new(ErrorKind::PercentEncoding, at)),
            [byte, tail @ ..] if is_uri_char(*byte) || find(others, *byte).is_some() => tail,
            _ => match split_char(rest) {
                Some((c, tail)) if is_ucschar(c) || has_private && is_private(c) => tail,
                _ => return Err(DecodeError::new(ErrorKind::UriCharacter, at)),
            },
        };
    }
}

/// The character beyond ASCII that `text` begins with, which is UTF-8, and what is left behind it.
const fn split_char(text: &[u8]) -> Option<(u32, &[u8])> {
    Some(match text {
        [a @ 0xC0..=0xDF, b, rest @ ..] => (append((*a & 0x1F) as u32, *b), rest),
        [a @ 0xE0..=0xEF, b, c, rest @ ..] => (append(append((*a & 0xF) as u32, *b), *c), rest),
        [a @ 0xF0..=0xF7, b, c, d, rest @ ..] => {
            (append(append(append((*a & 7) as u32, *b), *c), *d), rest)
        }
        _ => return None,
    })
}

/// A character's bits so far, and the six of a byte that goes on with it.
const fn append(bits: u32, byte: u8) -> u32 {
    bits << 6 | (byte & 0x3F) as u32
}

/// `ucschar` (RFC 3987 section 2.2), without what sets the direction of writing (section 4.1; the
/// isolates of newer Unicode do the same).
const fn is_ucschar(c: u32) -> bool {
    match c {
        0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => false,
        0xA0..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFEF => true,
        0x1_0000..=0xD_FFFF | 0xE_1000..=0xE_FFFF => c & 0xFFFE != 0xFFFE,
        _ => false,
    }
}

/// `iprivate`. RFC 3987 section 2.2
const fn is_private(c: u32) -> bool {
    matches!(c, 0xE000..=0xF8FF | 0xF_0000..=0xF_FFFD | 0x10_0000..=0x10_FFFD)
}
