//! Parts of a URI with percent-encodings, decoded byte by byte. RFC 3986 section 2.

use core::fmt;
use core::iter::FusedIterator;

/// A part of a URI as it is written, percent-encodings included. They have been checked, and are
/// decoded when asked for: nothing is copied.
///
/// ```
/// use coap_codec::uri::Uri;
///
/// let uri = Uri::new("coap://h/light%20room")?;
/// let segment = uri.path().next().unwrap();
/// assert_eq!((segment.as_str(), segment.len()), ("light%20room", 10));
/// assert_eq!(segment, b"light room".as_slice());
/// assert_eq!(segment.decode_into(&mut [0; 255]), Some(b"light room".as_slice()));
/// # Ok::<(), coap_codec::uri::UriError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Encoded<'a> {
    text: &'a [u8],
    lowercase: bool,
}

impl<'a> Encoded<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, lowercase: false }
    }

    /// The same, decoded to ASCII lowercase.
    pub(super) const fn lowercased(self) -> Self {
        Self { lowercase: true, ..self }
    }

    /// As it is written.
    pub const fn as_str(&self) -> &'a str {
        to_str(self.text)
    }

    /// The bytes that it means.
    pub const fn bytes(&self) -> EncodedBytes<'a> {
        EncodedBytes { rest: self.text, lowercase: self.lowercase }
    }

    /// How many bytes it means.
    pub const fn len(&self) -> usize {
        let (mut rest, mut len) = (self.text, 0_usize);
        while let Some((_, behind)) = decode_one(rest) {
            (rest, len) = (behind, len.saturating_add(1));
        }
        len
    }

    /// The first byte that it means.
    pub(super) const fn first(&self) -> Option<u8> {
        match decode_one(self.text) {
            Some((byte, _)) => Some(byte),
            None => None,
        }
    }

    /// True if it is nothing.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The bytes that it means, in `buffer`; `None` if there are more than it holds.
    pub fn decode_into<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let mut len = 0_usize;
        for byte in self.bytes() {
            *buffer.get_mut(len)? = byte;
            len = len.saturating_add(1);
        }
        buffer.get(..len)
    }

    /// `.` is one dot, `..` two. Written with or without `%2E`.
    const fn dots(&self) -> Option<u8> {
        let (mut rest, mut dots) = (self.text, 0_u8);
        while let Some((byte, behind)) = decode_one(rest) {
            if byte != b'.' || dots == 2 {
                return None;
            }
            (rest, dots) = (behind, dots.saturating_add(1));
        }
        if dots == 0 { None } else { Some(dots) }
    }
}

impl PartialEq for Encoded<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Encoded<'_> {}

impl PartialEq<&[u8]> for Encoded<'_> {
    fn eq(&self, other: &&[u8]) -> bool {
        self.bytes().eq(other.iter().copied())
    }
}

impl PartialEq<&str> for Encoded<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == other.as_bytes()
    }
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The bytes of an [`Encoded`] part.
#[derive(Debug, Clone)]
pub struct EncodedBytes<'a> {
    rest: &'a [u8],
    lowercase: bool,
}

impl Iterator for EncodedBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = decode_one(self.rest)?;
        self.rest = rest;
        Some(if self.lowercase { byte.to_ascii_lowercase() } else { byte })
    }
}

impl FusedIterator for EncodedBytes<'_> {}

/// The segments of a path, without those that `.` and `..` take away. RFC 3986 section 5.2.4.
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    /// What follows the next slash; `None` behind the last segment.
    rest: Option<&'a [u8]>,
    /// How many `..` are in it.
    dots: usize,
    /// Nothing has been given yet.
    first: bool,
}

impl<'a> Segments<'a> {
    pub(super) const fn new(path: &'a [u8]) -> Self {
        let rest = match path {
            [b'/', rest @ ..] => Some(rest),
            _ => None,
        };
        let (mut walk, mut dots) = (rest, 0_usize);
        while let Some(bytes) = walk {
            let (segment, behind) = split(bytes, b'/');
            if let Some(2) = Encoded::new(segment).dots() {
                dots = dots.saturating_add(1);
            }
            walk = behind;
        }
        Self { rest, dots, first: true }
    }

    /// How many `..` are in what is left.
    pub(super) const fn dots(&self) -> usize {
        self.dots
    }

    /// The next segment that stays, and the state behind it.
    fn surviving(&self) -> Option<(Encoded<'a>, Option<&'a [u8]>, usize)> {
        let (mut rest, mut dots) = (self.rest, self.dots);
        let (mut depth, mut found) = (0_usize, None);
        while let Some(bytes) = rest {
            let (segment, behind) = split(bytes, b'/');
            let segment = Encoded::new(segment);
            match segment.dots() {
                None => {
                    if depth == 0 {
                        found = Some((segment, behind, dots));
                    }
                    depth = depth.saturating_add(1);
                }
                Some(1) => {}
                Some(_) => {
                    (depth, dots) = (depth.saturating_sub(1), dots.saturating_sub(1));
                }
            }
            // Fewer `..` follow than it would take to take it away.
            if depth > dots {
                return found;
            }
            rest = behind;
            if rest.is_none() && segment.dots().is_some() {
                // A path that ends with a dot segment ends with a slash, and nothing behind it.
                return Some((Encoded::new(b""), None, 0));
            }
        }
        None
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Encoded<'a>;

    fn next(&mut self) -> Option<Encoded<'a>> {
        let (segment, rest, dots) = self.surviving()?;
        // RFC 7252 section 6.4 step 8: a single slash is no segment.
        if self.first && segment.is_empty() && rest.is_none() {
            self.rest = None;
            return None;
        }
        *self = Self { rest, dots, first: false };
        Some(segment)
    }
}

impl FusedIterator for Segments<'_> {}

/// The arguments of a query.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Arguments<'a> {
    pub(super) const fn new(query: Option<&'a [u8]>) -> Self {
        Self { rest: query }
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = Encoded<'a>;

    fn next(&mut self) -> Option<Encoded<'a>> {
        let (argument, rest) = split(self.rest?, b'&');
        self.rest = rest;
        Some(Encoded::new(argument))
    }
}

impl FusedIterator for Arguments<'_> {}

/// What is before the first separator, and what is behind it if there is one.
pub(super) const fn split(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        if *byte == separator {
            let (before, _) = super::split_at(bytes, bytes.len().saturating_sub(rest.len()));
            return (before, Some(behind));
        }
        rest = behind;
    }
    (bytes, None)
}

/// The bytes that checked text means, if they are at most `N`, and how many they are.
pub(super) const fn decode_short<const N: usize>(text: &[u8]) -> Option<([u8; N], usize)> {
    let mut bytes = [0; N];
    let (mut rest, mut room): (_, &mut [u8]) = (text, &mut bytes);
    while let Some((byte, behind)) = decode_one(rest) {
        let Some((place, left)) = { room }.split_first_mut() else {
            return None;
        };
        *place = byte;
        (rest, room) = (behind, left);
    }
    let len = N.saturating_sub(room.len());
    Some((bytes, len))
}

/// The first byte that checked text means, and what is behind it.
const fn decode_one(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'%', behind @ ..] => unescape(behind),
        [byte, behind @ ..] => Some((*byte, behind)),
        [] => None,
    }
}

/// The byte that two hexadecimal digits mean, and what is behind them.
pub(super) const fn unescape(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [high, low, behind @ ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => Some((high << 4 | low, behind)),
            _ => None,
        },
        _ => None,
    }
}

/// The value of a hexadecimal digit.
pub(super) const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 0x0F),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit & 0x0F).saturating_add(9)),
        _ => None,
    }
}

/// The text of bytes that were checked to be ASCII.
pub(super) const fn to_str(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "", // never
    }
}

/// Is `byte` a character of this set, as it is?
pub(super) const fn is_in(set: u8, byte: u8) -> bool {
    let class = match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => UNRESERVED,
        b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => SUB_DELIMS,
        b'&' => AMPERSAND,
        b':' | b'@' => COLON_AT,
        b'/' => SLASH,
        b'?' => QUESTION,
        _ => 0,
    };
    class & set != 0
}

const UNRESERVED: u8 = 1;
const SUB_DELIMS: u8 = 2;
const AMPERSAND: u8 = 4;
const COLON_AT: u8 = 8;
const SLASH: u8 = 16;
const QUESTION: u8 = 32;

/// A registered name. RFC 3986 section 3.2.2
pub(super) const NAME: u8 = UNRESERVED | SUB_DELIMS | AMPERSAND;
/// A path segment. RFC 3986 section 3.3
pub(super) const SEGMENT: u8 = NAME | COLON_AT;
/// Segments with slashes between them.
pub(super) const SEGMENTS: u8 = SEGMENT | SLASH;
/// An argument of a query: all of a query but the ampersand. RFC 7252 section 6.5 step 8
pub(super) const ARGUMENT: u8 = UNRESERVED | SUB_DELIMS | COLON_AT | SLASH | QUESTION;
/// A query. RFC 3986 section 3.4
pub(super) const ARGUMENTS: u8 = ARGUMENT | AMPERSAND;
