//! Percent-encoding: any byte as `%` and two hexadecimal digits. RFC 3986 section 2.1.
//!
//! ```
//! use http_lite::percent::{self, Encoded, Set};
//!
//! let name = Encoded::new(b"caf%C3%A9%20a%2Fb").unwrap();
//! assert!(name.is("café a/b".as_bytes()));
//!
//! let mut buffer = [0; 32];
//! let len = percent::encode("café a/b".as_bytes(), Set::Segment, &mut buffer).unwrap();
//! assert_eq!(&buffer[..len], name.raw());
//! ```

use core::cell::Cell;
use core::fmt;
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::writer::Writer;

/// A text with triplets in it, each of which has been checked: a path segment, a name or a value in
/// a query. It borrows what was received and is decoded when it is read.
///
/// ```text
/// "%" HEXDIG HEXDIG    the byte with that number; upper case and lower case mean the same
/// "+"                  a space in a form, itself elsewhere
/// any other byte       itself
/// ```
///
/// What comes out may be any bytes: not UTF-8, controls, NUL. Two texts are equal if what they stand
/// for is equal.
///
/// ```
/// use http_lite::percent::Encoded;
///
/// let text = Encoded::new(b"21%c2%b0C").unwrap();
/// assert_eq!((text.raw(), text.decoded_len()), (&b"21%c2%b0C"[..], 5));
/// assert_eq!(text.decode(&mut [0; 8]), Ok("21°C".as_bytes()));
/// assert!(text.bytes().eq("21°C".bytes()));
/// ```
#[derive(Clone, Copy)]
pub struct Encoded<'a> {
    raw: &'a [u8],
    is_form: bool,
}

impl<'a> Encoded<'a> {
    /// A text of a URI, where `+` is itself.
    ///
    /// # Errors
    ///
    /// [`PercentError`] at the first `%` without two hexadecimal digits.
    ///
    /// ```
    /// use http_lite::percent::{Encoded, PercentError};
    ///
    /// assert_eq!(Encoded::new(b"50%25 or 50%").err(), Some(PercentError { offset: 11 }));
    /// ```
    pub const fn new(raw: &'a [u8]) -> Result<Self, PercentError> {
        match check(raw) {
            Ok(()) => Ok(Self::of_checked(raw, false)),
            Err(error) => Err(error),
        }
    }

    /// A name or a value of a form, where `+` is a space.
    ///
    /// # Errors
    ///
    /// [`PercentError`] at the first `%` without two hexadecimal digits.
    ///
    /// ```
    /// use http_lite::percent::Encoded;
    ///
    /// assert!(Encoded::form(b"1+%2B+1").unwrap().is(b"1 + 1"));
    /// ```
    pub const fn form(raw: &'a [u8]) -> Result<Self, PercentError> {
        match check(raw) {
            Ok(()) => Ok(Self::of_checked(raw, true)),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn of_checked(raw: &'a [u8], is_form: bool) -> Self {
        Self { raw, is_form }
    }

    /// The text as it was received.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// True if it has no byte.
    pub const fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The text if it is already what it stands for: nothing to decode, nothing to copy.
    ///
    /// ```
    /// use http_lite::percent::Encoded;
    ///
    /// assert_eq!(Encoded::new(b"a+b").unwrap().as_plain(), Some(&b"a+b"[..]));
    /// assert_eq!(Encoded::form(b"a+b").unwrap().as_plain(), None);
    /// ```
    pub const fn as_plain(&self) -> Option<&'a [u8]> {
        let mut rest = self.raw;
        while let Some((byte, after)) = rest.split_first() {
            if *byte == b'%' || *byte == b'+' && self.is_form {
                return None;
            }
            rest = after;
        }
        Some(self.raw)
    }

    /// How many bytes it stands for.
    pub const fn decoded_len(&self) -> usize {
        let (mut len, mut rest) = (0usize, self.raw);
        while let Some((_, after)) = next(rest, self.is_form) {
            len = len.saturating_add(1);
            rest = after;
        }
        len
    }

    /// The bytes that it stands for, one after the other.
    pub const fn bytes(&self) -> Bytes<'a> {
        Bytes { rest: self.raw, is_form: self.is_form }
    }

    /// True if it stands for exactly these bytes.
    ///
    /// ```
    /// use http_lite::percent::Encoded;
    ///
    /// assert!(Encoded::new(b"%74opics").unwrap().is(b"topics"));
    /// ```
    pub const fn is(&self, mut text: &[u8]) -> bool {
        let mut rest = self.raw;
        loop {
            match (next(rest, self.is_form), text.split_first()) {
                (None, None) => return true,
                (Some((a, rest_of_a)), Some((b, rest_of_b))) if a == *b => {
                    (rest, text) = (rest_of_a, rest_of_b);
                }
                _ => return false,
            }
        }
    }

    /// Writes the bytes that it stands for to the start of `out`, and returns them.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] if `out` has less than [`decoded_len`](Self::decoded_len)
    /// bytes, which never exceeds that of [`raw`](Self::raw).
    pub fn decode<'b>(&self, out: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        let needed = self.decoded_len();
        match out.split_at_mut_checked(needed) {
            Some((out, _)) => {
                for (place, byte) in out.iter_mut().zip(self.bytes()) {
                    *place = byte;
                }
                Ok(out)
            }
            None => Err(EncodeError::BufferTooSmall { needed }),
        }
    }
}

impl PartialEq for Encoded<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Encoded<'_> {}

/// The text as it was received.
impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.raw.escape_ascii())
    }
}

/// The bytes that an [`Encoded`] stands for.
#[derive(Debug, Clone)]
pub struct Bytes<'a> {
    rest: &'a [u8],
    is_form: bool,
}

impl Iterator for Bytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = next(self.rest, self.is_form)?;
        self.rest = rest;
        Some(byte)
    }
}

impl FusedIterator for Bytes<'_> {}

/// A `%` without two hexadecimal digits behind it. Answer a request with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the % at {offset} is not followed by two hexadecimal digits")]
pub struct PercentError {
    /// Where the `%` stands in the text.
    pub offset: usize,
}

/// Decodes a text of a URI where it lies, and returns what it stands for: the start of `text`. What
/// lies behind it is of no use any more.
///
/// # Errors
///
/// [`PercentError`]; nothing has been changed then.
///
/// ```
/// use http_lite::percent;
///
/// let mut text = *b"a%20b+c";
/// assert_eq!(percent::decode_in_place(&mut text).unwrap(), b"a b+c");
/// ```
pub fn decode_in_place(text: &mut [u8]) -> Result<&mut [u8], PercentError> {
    replace(text, false)
}

/// As [`decode_in_place`] for a name or a value of a form, where `+` is a space.
///
/// # Errors
///
/// [`PercentError`]; nothing has been changed then.
///
/// ```
/// use http_lite::percent;
///
/// let mut text = *b"a%20b+c";
/// assert_eq!(percent::decode_form_in_place(&mut text).unwrap(), b"a b c");
/// ```
pub fn decode_form_in_place(text: &mut [u8]) -> Result<&mut [u8], PercentError> {
    replace(text, true)
}

fn replace(text: &mut [u8], is_form: bool) -> Result<&mut [u8], PercentError> {
    check(text)?;
    let len = Encoded::of_checked(text, is_form).decoded_len();
    let cells = Cell::from_mut(&mut *text).as_slice_of_cells();
    let mut from = cells.iter().map(Cell::get);
    // The writer is never before the reader.
    for place in cells.iter().take(len) {
        place.set(match from.next() {
            Some(b'%') => match (from.next(), from.next()) {
                (Some(high), Some(low)) => triplet(high, low).unwrap_or_default(),
                _ => break,
            },
            Some(b'+') if is_form => b' ',
            Some(byte) => byte,
            None => break,
        });
    }
    Ok(text.split_at_mut_checked(len).map_or(&mut [], |(decoded, _)| decoded))
}

/// Where a text is to stand, and so which bytes are written as they are. Besides letters and digits:
///
/// ```text
/// Segment    - . _ ~ ! $ & ' ( ) * + , ; = : @    one segment of a path; a slash becomes %2F
/// Query      - . _ ~ ! $ ' ( ) * , : @ / ?        a name or a value in a query; a plus %2B
/// Form       - . _ *                              a name or a value in a form; a space +
/// ```
///
/// All are characters that RFC 3986 section 3.3 and 3.4 allow there. `Query` leaves out those that
/// end a name or a value for anybody: `&`, `;`, `=`, and `+`, which many take for a space. So what
/// is written with it has the same meaning as a form. `Form` is what browsers send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Set {
    /// One segment of a path.
    Segment,
    /// A name or a value in a query.
    Query,
    /// A name or a value in a form.
    Form,
}

impl Set {
    /// True if the byte is written as it is.
    const fn keeps(self, byte: u8) -> bool {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => true,
            b'~' | b'!' | b'$' | b'\'' | b'(' | b')' | b',' | b':' | b'@' => {
                !matches!(self, Self::Form)
            }
            b'&' | b';' | b'=' | b'+' => matches!(self, Self::Segment),
            b'/' | b'?' => matches!(self, Self::Query),
            _ => false,
        }
    }
}

/// Writes any bytes as text for a place in a URI or in a form.
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`].
///
/// ```
/// use http_lite::percent::{self, Set};
///
/// let mut buffer = [0; 16];
/// let len = percent::encode(b"a+b c/d", Set::Query, &mut buffer).unwrap();
/// assert_eq!(&buffer[..len], b"a%2Bb%20c/d");
/// let len = percent::encode(b"a+b c/d", Set::Form, &mut buffer).unwrap();
/// assert_eq!(&buffer[..len], b"a%2Bb+c%2Fd");
/// ```
pub const fn encode(text: &[u8], set: Set, out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut w = Writer::new(out);
    write(&mut w, text, set);
    w.finish()
}

/// The length that [`encode`] writes, at most three times that of `text`.
pub const fn encoded_len(text: &[u8], set: Set) -> usize {
    let mut w = Writer::counter();
    write(&mut w, text, set);
    w.len()
}

pub(crate) const fn write(w: &mut Writer<'_>, mut text: &[u8], set: Set) {
    while let Some((byte, rest)) = text.split_first() {
        match *byte {
            byte if set.keeps(byte) => w.u8(byte),
            b' ' if matches!(set, Set::Form) => w.u8(b'+'),
            byte => w.bytes(&[b'%', upper_hex(byte >> 4), upper_hex(byte & 15)]),
        }
        text = rest;
    }
}

/// Is every `%` followed by two hexadecimal digits?
pub(crate) const fn check(text: &[u8]) -> Result<(), PercentError> {
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Ok(()),
            [b'%', high, low, after @ ..] if triplet(*high, *low).is_some() => after,
            [b'%', ..] => {
                return Err(PercentError { offset: text.len().saturating_sub(rest.len()) });
            }
            [_, after @ ..] => after,
        };
    }
}

/// The next byte of a checked text, and what follows.
const fn next(text: &[u8], is_form: bool) -> Option<(u8, &[u8])> {
    match text {
        [] => None,
        [b'%', high, low, rest @ ..] => match triplet(*high, *low) {
            Some(byte) => Some((byte, rest)),
            None => None, // never: it has been checked
        },
        [b'+', rest @ ..] if is_form => Some((b' ', rest)),
        [byte, rest @ ..] => Some((*byte, rest)),
    }
}

const fn triplet(high: u8, low: u8) -> Option<u8> {
    match (hex(high), hex(low)) {
        (Some(high), Some(low)) => Some(high << 4 | low),
        _ => None,
    }
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 15),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit & 15).saturating_add(9)),
        _ => None,
    }
}

/// RFC 3986 section 2.1: upper case should be used.
const fn upper_hex(digit: u8) -> u8 {
    match digit {
        0..10 => b'0' | digit,
        _ => (b'A' - 10).saturating_add(digit),
    }
}

/// What stands before the first `byte` and what behind it; `None` behind if there is no such byte.
pub(crate) fn split_once(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let at = text.iter().position(|b| *b == byte).unwrap_or(text.len());
    match text.split_at_checked(at) {
        Some((before, [_, behind @ ..])) => (before, Some(behind)),
        _ => (text, None),
    }
}
