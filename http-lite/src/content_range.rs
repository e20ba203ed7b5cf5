//! Which part of a representation a message has: `Content-Range`. RFC 9110 section 14.4.

use crate::error::EncodeError;
use crate::field::decimal;
use crate::list::{eq_ignore_case, split};
use crate::range::Span;
use crate::scan::trim;
use crate::writer::Writer;

/// The value of `Content-Range`, in bytes.
///
/// ```text
/// bytes 42-1233/1234   206: bytes 42 to 1233 of 1234
/// bytes 42-1233/*      206: of how many is not known
/// bytes */1234         416: no such part, there are 1234
/// ```
///
/// RFC 9110 section 14.4.
///
/// ```
/// use http_lite::{ContentRange, Span};
///
/// let part = ContentRange::part(Span::new(42, 1233).unwrap(), Some(1234)).unwrap();
/// let mut out = [0; 20];
/// let len = part.encode(&mut out)?;
/// assert_eq!(&out[..len], b"bytes 42-1233/1234");
/// assert_eq!(ContentRange::parse(&out[..len]), Some(part));
///
/// let none = ContentRange::parse(b"bytes */1234").unwrap();
/// assert_eq!((none.span(), none.complete_len()), (None, Some(1234)));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentRange {
    /// One of both is there.
    span: Option<Span>,
    complete_len: Option<u64>,
}

impl ContentRange {
    /// Of a 206 with these bytes of so many, if that is known; `None` if there are not so many.
    #[must_use]
    pub const fn part(span: Span, complete_len: Option<u64>) -> Option<Self> {
        match complete_len {
            Some(len) if len <= span.last() => None,
            _ => Some(Self { span: Some(span), complete_len }),
        }
    }

    /// Of a 416 where the representation has so many bytes.
    #[must_use]
    pub const fn unsatisfied(complete_len: u64) -> Self {
        Self { span: None, complete_len: Some(complete_len) }
    }

    /// Takes the value of the field. `None` if it is malformed, its unit is not `bytes`, or a number
    /// has more than 64 bits: then the content MUST NOT be put together with other parts.
    #[must_use]
    pub const fn parse(value: &[u8]) -> Option<Self> {
        let (unit, range) = split(trim(value), b' ');
        if !eq_ignore_case(unit, b"bytes") {
            return None;
        }
        let (part, complete_len) = split(range, b'/');
        let complete_len = match complete_len {
            b"*" => None,
            text => match decimal(text) {
                Some(Some(len)) => Some(len),
                _ => return None,
            },
        };
        let (first, last) = split(part, b'-');
        match (part, decimal(first), decimal(last), complete_len) {
            (b"*", _, _, Some(len)) => Some(Self::unsatisfied(len)),
            (_, Some(Some(first)), Some(Some(last)), _) => match Span::new(first, last) {
                Some(span) => Self::part(span, complete_len),
                None => None,
            },
            _ => None,
        }
    }

    /// The bytes that are there; `None` with a 416.
    #[must_use]
    pub const fn span(self) -> Option<Span> {
        self.span
    }

    /// How many bytes the whole representation has, if that is said.
    #[must_use]
    pub const fn complete_len(self) -> Option<u64> {
        self.complete_len
    }

    /// Writes the value of the field.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes, at most 68.
    #[must_use]
    pub const fn encoded_len(self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(self, w: &mut Writer<'_>) {
        w.bytes(b"bytes ");
        match self.span {
            Some(span) => {
                w.decimal(span.first());
                w.u8(b'-');
                w.decimal(span.last());
            }
            None => w.u8(b'*'),
        }
        w.u8(b'/');
        match self.complete_len {
            Some(len) => w.decimal(len),
            None => w.u8(b'*'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: u64, last: u64, len: Option<u64>) -> ContentRange {
        ContentRange::part(Span::new(first, last).unwrap(), len).unwrap()
    }

    #[test]
    fn reads_and_writes_the_examples_of_rfc_9110_section_14_4() {
        let most = u64::MAX;
        for (text, range) in [
            (&b"bytes 42-1233/1234"[..], part(42, 1233, Some(1234))),
            (b"bytes 42-1233/*", part(42, 1233, None)),
            (b"bytes */1234", ContentRange::unsatisfied(1234)),
            (b"bytes 0-499/1234", part(0, 499, Some(1234))),
            (b"bytes 500-999/1234", part(500, 999, Some(1234))),
            (b"bytes 734-1233/1234", part(734, 1233, Some(1234))),
            (b"bytes */0", ContentRange::unsatisfied(0)),
            (
                b"bytes 18446744073709551614-18446744073709551614/18446744073709551615",
                part(most - 1, most - 1, Some(most)),
            ),
        ] {
            assert_eq!(ContentRange::parse(text), Some(range));
            let mut out = [0; 68];
            for len in 0..text.len() {
                let error = Err(EncodeError::BufferTooSmall { needed: text.len() });
                assert_eq!(range.encode(&mut out[..len]), error);
            }
            assert_eq!((range.encode(&mut out), range.encoded_len()), (Ok(text.len()), text.len()));
            assert_eq!(&out[..text.len()], text);
        }
        assert_eq!(ContentRange::parse(b" Bytes 0-0/1\t"), Some(part(0, 0, Some(1))));
    }

    #[test]
    fn rejects_malformed_values() {
        for (value, why) in [
            (&b""[..], "empty"),
            (b"bytes", "nothing behind the unit"),
            (b"bytes=0-1/2", "= for the space"),
            (b"bytes  0-1/2", "two spaces"),
            (b"bytes\t0-1/2", "a tabulator"),
            (b"items 0-1/2", "another unit"),
            (b"bytes 0-1", "no complete length"),
            (b"bytes 0-1/", "an empty complete length"),
            (b"bytes 1-0/2", "the last before the first"),
            (b"bytes 0-2/2", "as long as its last byte"),
            (b"bytes 0-3/2", "shorter than its last byte"),
            (b"bytes */*", "nothing said"),
            (b"bytes -1/2", "a suffix"),
            (b"bytes 0-/2", "no last byte"),
            (b"bytes 0/2", "no -"),
            (b"bytes 0-1/+2", "a sign"),
            (b"bytes 0-1/2 ,", "something behind"),
            (b"bytes 0-1/2/3", "two /"),
            (b"bytes 0-1-2/3", "two -"),
            (b"bytes 0 - 1/2", "whitespace"),
            (b"bytes 0-1 / 2", "whitespace"),
            (b"bytes 0-18446744073709551616/*", "65 bits"),
            (b"bytes 0-1/18446744073709551616", "65 bits"),
        ] {
            assert_eq!(ContentRange::parse(value), None, "{why}");
        }
        assert_eq!(ContentRange::part(Span::new(0, 9).unwrap(), Some(9)), None);
    }
}
