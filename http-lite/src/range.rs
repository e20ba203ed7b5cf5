//! Parts of a representation: `Range` and `Content-Range`, in bytes. RFC 9110 section 14.

use core::fmt;
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::field::decimal;
use crate::list::{self, Elements, eq_ignore_case, split};
use crate::scan::trim;
use crate::writer::Writer;

/// Which bytes somebody wants: one element of a [`Range`]. RFC 9110 section 14.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangeSpec {
    /// `first-last`: both included, counted from 0; as far as there are any.
    Span {
        /// The first byte.
        first: u64,
        /// The last byte, not before the first.
        last: u64,
    },
    /// `first-`: from this byte to the end.
    From(u64),
    /// `-count`: so many bytes at the end, all if there are fewer.
    Last(u64),
}

impl RangeSpec {
    /// Which bytes these are of `len`; `None` if there are none.
    ///
    /// ```
    /// use http_lite::{RangeSpec, Span};
    ///
    /// assert_eq!(RangeSpec::Last(500).within(10_000), Span::new(9_500, 9_999));
    /// assert_eq!(RangeSpec::From(10_000).within(10_000), None);
    /// ```
    #[must_use]
    pub const fn within(self, len: u64) -> Option<Span> {
        let Some(end) = len.checked_sub(1) else { return None };
        match self {
            Self::Span { first, last } if last < end => Span::new(first, last),
            Self::Span { first, .. } | Self::From(first) => Span::new(first, end),
            Self::Last(0) => None,
            Self::Last(count) => Span::new(len.saturating_sub(count), end),
        }
    }

    /// A number too large for 64 bits counts as the largest: no representation has so many bytes.
    const fn parse(spec: &[u8]) -> Option<Self> {
        let (first, last) = split(spec, b'-');
        if first.len() == spec.len() {
            return None; // no `-`
        }
        match (first, last) {
            (b"", last) => match digits(last) {
                Some(count) => Some(Self::Last(count)),
                None => None,
            },
            (first, b"") => match digits(first) {
                Some(first) => Some(Self::From(first)),
                None => None,
            },
            (first, last) => match (digits(first), digits(last)) {
                (Some(first), Some(last)) if first <= last => Some(Self::Span { first, last }),
                _ => None,
            },
        }
    }

    const fn is_valid(self) -> bool {
        !matches!(self, Self::Span { first, last } if first > last)
    }

    const fn write(self, w: &mut Writer<'_>) {
        match self {
            Self::Span { first, last } => {
                w.decimal(first);
                w.u8(b'-');
                w.decimal(last);
            }
            Self::From(first) => {
                w.decimal(first);
                w.u8(b'-');
            }
            Self::Last(count) => {
                w.u8(b'-');
                w.decimal(count);
            }
        }
    }
}

/// One or more bytes that follow each other: the first and the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    first: u64,
    last: u64,
}

impl Span {
    /// `None` if the last is before the first.
    #[must_use]
    pub const fn new(first: u64, last: u64) -> Option<Self> {
        if first <= last { Some(Self { first, last }) } else { None }
    }

    /// Where it begins, counted from 0.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.first
    }

    /// Where it ends; this byte belongs to it.
    #[must_use]
    pub const fn last(self) -> u64 {
        self.last
    }

    /// How many bytes it has, 1 or more: the Content-Length. Of 2^64 it says 2^64 - 1.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

/// The value of `Range`: `bytes=0-499, -500`, checked.
///
/// Only GET is defined with it; with other methods it is ignored, as is a value that is malformed or
/// has another unit than bytes. RFC 9110 section 14.2.
///
/// ```
/// use http_lite::{Range, RangeSpec, Selection};
///
/// // A download of which 100 bytes are there is resumed.
/// let mut out = [0; 16];
/// let len = Range::new(&[RangeSpec::From(100)]).unwrap().encode(&mut out)?;
/// assert_eq!(&out[..len], b"bytes=100-");
///
/// // And is served.
/// let range = Range::parse(&out[..len]).unwrap();
/// let Selection::Parts(mut parts) = range.select(1234, 1) else { return Err("no part".into()) };
/// let part = parts.next().unwrap();
/// assert_eq!((part.first(), part.last(), part.count()), (100, 1233, 1134));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Range<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// What stands behind `bytes=`, checked.
    Wire(&'a [u8]),
    Specs(&'a [RangeSpec]),
}

impl<'a> Range<'a> {
    /// Of the wanted bytes; `None` if there is no element, or one whose last byte is before its
    /// first.
    #[must_use]
    pub const fn new(specs: &'a [RangeSpec]) -> Option<Self> {
        let mut rest = specs;
        while let [spec, tail @ ..] = rest {
            if !spec.is_valid() {
                return None;
            }
            rest = tail;
        }
        if specs.is_empty() { None } else { Some(Self(Source::Specs(specs))) }
    }

    /// Takes the value of a `Range` field. `None` if it is malformed or its unit is not `bytes`: then
    /// the field is ignored.
    #[must_use]
    pub const fn parse(value: &'a [u8]) -> Option<Self> {
        let (unit, set) = split(trim(value), b'=');
        if !eq_ignore_case(unit, b"bytes") {
            return None;
        }
        let mut elements = list::elements(set);
        let mut is_empty = true;
        while let Some(element) = elements.next_element() {
            if RangeSpec::parse(element).is_none() {
                return None;
            }
            is_empty = false;
        }
        if is_empty { None } else { Some(Self(Source::Wire(set))) }
    }

    /// The elements, in the order in which they stand there. There is at least one.
    #[must_use]
    pub const fn iter(&self) -> RangeSpecs<'a> {
        match self.0 {
            Source::Wire(set) => RangeSpecs { wire: list::elements(set), specs: &[] },
            Source::Specs(specs) => RangeSpecs { wire: list::elements(&[]), specs },
        }
    }

    /// What to answer to it where the representation has `len` bytes.
    ///
    /// A server need not serve every wish: with more than `max_parts` elements, or if the parts
    /// together are longer than the whole, it sends the whole. So a short request cannot cause a long
    /// response. RFC 9110 sections 14.2, 17.15.
    ///
    /// With `max_parts` 1 no `multipart/byteranges` is ever needed.
    #[must_use]
    pub const fn select(&self, len: u64, max_parts: u8) -> Selection<'a> {
        let mut specs = self.iter();
        let (mut count, mut total, mut is_empty): (u8, u64, bool) = (0, 0, true);
        while let Some(spec) = specs.next_spec() {
            if count >= max_parts {
                return Selection::Whole;
            }
            count = count.saturating_add(1);
            match spec.within(len) {
                Some(span) => {
                    total = match total.checked_add(span.count()) {
                        Some(total) if total <= len => total,
                        _ => return Selection::Whole,
                    };
                    is_empty = false;
                }
                // Section 14.1.2: satisfiable without a byte, of which no 206 can tell.
                None if len == 0 && matches!(spec, RangeSpec::Last(1..)) => {
                    return Selection::Whole;
                }
                None => {}
            }
        }
        if is_empty {
            Selection::Unsatisfiable
        } else {
            Selection::Parts(Parts { specs: self.iter(), len })
        }
    }

    /// Writes the value of the field.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        let (mut specs, mut before): (_, &[u8]) = (self.iter(), b"bytes=");
        while let Some(spec) = specs.next_spec() {
            w.bytes(before);
            spec.write(w);
            before = b",";
        }
    }
}

impl<'a> IntoIterator for Range<'a> {
    type Item = RangeSpec;
    type IntoIter = RangeSpecs<'a>;

    fn into_iter(self) -> RangeSpecs<'a> {
        self.iter()
    }
}

impl PartialEq for Range<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Range<'_> {}

impl fmt::Debug for Range<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().fmt(f)
    }
}

/// What a server answers to a [`Range`].
#[derive(Debug, Clone)]
pub enum Selection<'a> {
    /// 206 (Partial Content) with these parts: one as the content, with
    /// [`ContentRange::part`](crate::ContentRange::part); more as `multipart/byteranges`.
    Parts(Parts<'a>),
    /// 200 (OK) with the whole representation.
    Whole,
    /// 416 (Range Not Satisfiable) with [`ContentRange::unsatisfied`](crate::ContentRange::unsatisfied).
    Unsatisfiable,
}

/// Iterator over the parts of a representation that a [`Range`] selects. There is at least one.
#[derive(Clone)]
pub struct Parts<'a> {
    specs: RangeSpecs<'a>,
    len: u64,
}

impl Iterator for Parts<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            if let Some(span) = self.specs.next_spec()?.within(self.len) {
                return Some(span);
            }
        }
    }
}

impl FusedIterator for Parts<'_> {}

impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Iterator over the elements of a [`Range`].
#[derive(Clone)]
pub struct RangeSpecs<'a> {
    wire: Elements<'a>,
    specs: &'a [RangeSpec],
}

impl RangeSpecs<'_> {
    const fn next_spec(&mut self) -> Option<RangeSpec> {
        if let [spec, rest @ ..] = self.specs {
            self.specs = rest;
            return Some(*spec);
        }
        match self.wire.next_element() {
            Some(element) => RangeSpec::parse(element),
            None => None,
        }
    }
}

impl Iterator for RangeSpecs<'_> {
    type Item = RangeSpec;

    fn next(&mut self) -> Option<RangeSpec> {
        self.next_spec()
    }
}

impl FusedIterator for RangeSpecs<'_> {}

impl fmt::Debug for RangeSpecs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// A number of decimal digits; the largest, if it has more than 64 bits.
const fn digits(text: &[u8]) -> Option<u64> {
    match decimal(text) {
        Some(None) => Some(u64::MAX),
        Some(number) => number,
        None => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use RangeSpec::{From, Last};
    use std::vec::Vec;

    fn span(first: u64, last: u64) -> RangeSpec {
        RangeSpec::Span { first, last }
    }

    fn specs(value: &[u8]) -> Option<Vec<RangeSpec>> {
        Range::parse(value).map(|range| range.iter().collect())
    }

    /// The parts, or the status code that is answered without any.
    fn select(value: &[u8], len: u64, max_parts: u8) -> Result<Vec<(u64, u64)>, u16> {
        match Range::parse(value).unwrap().select(len, max_parts) {
            Selection::Parts(parts) => Ok(parts.map(|p| (p.first(), p.last())).collect()),
            Selection::Whole => Err(200),
            Selection::Unsatisfiable => Err(416),
        }
    }

    #[test]
    fn reads_the_examples_of_rfc_9110_section_14_1_2() {
        for (value, wanted) in [
            (&b"bytes=0-499"[..], &[span(0, 499)][..]),
            (b"bytes=-500", &[Last(500)]),
            (b"bytes=9500-", &[From(9500)]),
            (b"bytes=0-0,-1", &[span(0, 0), Last(1)]),
            (b"bytes= 0-999, 4500-5499, -1000", &[span(0, 999), span(4500, 5499), Last(1000)]),
            (b"bytes=500-600,601-999", &[span(500, 600), span(601, 999)]),
            (b"bytes=500-700,601-999", &[span(500, 700), span(601, 999)]),
            (b"BYTES=,007-8,,", &[span(7, 8)]),
            (b"bytes=-0", &[Last(0)]),
        ] {
            assert_eq!(specs(value).as_deref(), Some(wanted), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn serves_the_examples_of_rfc_9110_section_14_1_2() {
        let select = |value| select(value, 10_000, 3);
        assert_eq!(select(b"bytes=0-499"), Ok(std::vec![(0, 499)]));
        assert_eq!(select(b"bytes=-500"), Ok(std::vec![(9500, 9999)]));
        assert_eq!(select(b"bytes=9500-"), Ok(std::vec![(9500, 9999)]));
        assert_eq!(select(b"bytes=0-0,-1"), Ok(std::vec![(0, 0), (9999, 9999)]));
        let three = Ok(std::vec![(0, 999), (4500, 5499), (9000, 9999)]);
        assert_eq!(select(b"bytes= 0-999, 4500-5499, -1000"), three);
        assert_eq!(select(b"bytes=-10001"), Ok(std::vec![(0, 9999)]));
        assert_eq!(select(b"bytes=9999-10000"), Ok(std::vec![(9999, 9999)]));
        assert_eq!(select(b"bytes=10000-"), Err(416));
        assert_eq!(select(b"bytes=-0"), Err(416));
        assert_eq!(select(b"bytes=10000-, -0, 5-6"), Ok(std::vec![(5, 6)]));
    }

    #[test]
    fn rejects_malformed_ranges() {
        for (value, why) in [
            (&b""[..], "empty"),
            (b"bytes", "no set"),
            (b"bytes=", "no element"),
            (b"bytes=,", "no element"),
            (b"bytes 0-1", "no ="),
            (b"bytes =0-1", "whitespace before ="),
            (b"seconds=0-1", "another unit"),
            (b"0-1", "no unit"),
            (b"bytes=1", "no -"),
            (b"bytes=-", "no number"),
            (b"bytes=2-1", "the last before the first"),
            (b"bytes=0-1,2-1", "the last before the first, in the last element"),
            (b"bytes=0-1-2", "two -"),
            (b"bytes=--1", "two -"),
            (b"bytes=+0-1", "a sign"),
            (b"bytes=0-+1", "a sign"),
            (b"bytes=0 -1", "whitespace"),
            (b"bytes=0- 1", "whitespace"),
            (b"bytes=0x0-1", "a letter"),
            (b"bytes=a-b", "letters"),
            (b"bytes=0-1;2-3", "a semicolon"),
            (b"bytes=\"0-1\"", "quotes"),
            (b"bytes=*", "a star"),
        ] {
            assert_eq!(specs(value), None, "{why}");
        }
        assert_eq!(Range::new(&[]), None);
        assert_eq!(Range::new(&[From(0), span(2, 1)]), None);
    }

    #[test]
    fn numbers_of_any_length_are_read() {
        let most = u64::MAX;
        assert_eq!(specs(b"bytes=18446744073709551614-"), Some(std::vec![From(most - 1)]));
        assert_eq!(specs(b"bytes=18446744073709551615-"), Some(std::vec![From(most)]));
        assert_eq!(specs(b"bytes=18446744073709551616-"), Some(std::vec![From(most)]));
        let large = b"bytes=0-99999999999999999999999999999999999999999";
        assert_eq!(specs(large), Some(std::vec![span(0, most)]));
        assert_eq!(select(large, 10, 1), Ok(std::vec![(0, 9)]));
        assert_eq!(select(large, most, 1), Ok(std::vec![(0, most - 1)]));
        assert_eq!(select(b"bytes=99999999999999999999-", most, 1), Err(416));
        assert_eq!(select(b"bytes=-99999999999999999999", most, 1), Ok(std::vec![(0, most - 1)]));
    }

    #[test]
    fn too_many_parts_or_bytes_give_the_whole() {
        assert_eq!(select(b"bytes=0-0,2-2", 10, 2), Ok(std::vec![(0, 0), (2, 2)]));
        assert_eq!(select(b"bytes=0-0,2-2", 10, 1), Err(200));
        assert_eq!(select(b"bytes=0-0", 10, 0), Err(200));
        assert_eq!(select(b"bytes=0-4,5-9", 10, 9), Ok(std::vec![(0, 4), (5, 9)]));
        assert_eq!(select(b"bytes=0-4,4-9", 10, 9), Err(200));
        assert_eq!(select(b"bytes=0-,0-,0-", 10, 9), Err(200));
        assert_eq!(select(b"bytes=0-,0-", u64::MAX, 9), Err(200), "the sum has 65 bits");
    }

    #[test]
    fn an_empty_representation_has_no_part() {
        assert_eq!(select(b"bytes=0-", 0, 9), Err(416));
        assert_eq!(select(b"bytes=0-0", 0, 9), Err(416));
        assert_eq!(select(b"bytes=-0", 0, 9), Err(416));
        assert_eq!(select(b"bytes=-1", 0, 9), Err(200));
        assert_eq!(select(b"bytes=0-,-1", 0, 9), Err(200));
    }

    #[test]
    fn a_short_buffer_tells_what_is_needed() {
        let specs = [From(100), span(5, 6), Last(7)];
        let range = Range::new(&specs).unwrap();
        let wanted = b"bytes=100-,5-6,-7";
        let mut out = [0; 17];
        for len in 0..17 {
            let error = Err(EncodeError::BufferTooSmall { needed: 17 });
            assert_eq!(range.encode(&mut out[..len]), error);
        }
        assert_eq!((range.encode(&mut out), range.encoded_len()), (Ok(17), 17));
        assert_eq!(&out, wanted);
        assert_eq!(Range::parse(wanted), Some(range));
    }
}
