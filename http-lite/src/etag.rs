//! Entity tags, as in `ETag`, `If-Match` and `If-None-Match`. RFC 9110 section 8.8.3.

use core::fmt;
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::list::{head, tail};
use crate::parameters::write_text;
use crate::scan::trim;
use crate::writer::Writer;

/// The name of one state of a resource: `"xyzzy"`, or weak: `W/"xyzzy"`.
///
/// What is between the quotes is opaque: any bytes but `"`, space and control characters; a backslash
/// is a byte as any other. A strong tag changes with every byte of the representation; a weak one may
/// stay while the meaning stays. RFC 9110 section 8.8.3.
///
/// ```
/// use http_lite::EntityTag;
///
/// const TAG: EntityTag = EntityTag::strong(b"v1").unwrap();
/// assert_eq!(EntityTag::parse(b"\"v1\""), Some(TAG));
/// assert!(TAG.to_weak().weakly_matches(TAG) && !TAG.to_weak().strongly_matches(TAG));
/// let mut out = [0; 8];
/// assert_eq!(TAG.to_weak().encode(&mut out), Ok(6));
/// assert_eq!(&out[..6], b"W/\"v1\"");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A strong tag of what is to stand between the quotes; `None` if that cannot stand there.
    #[must_use]
    pub const fn strong(opaque: &'a [u8]) -> Option<Self> {
        if etagc_len(opaque) == opaque.len() { Some(Self { is_weak: false, opaque }) } else { None }
    }

    /// The same as a weak tag.
    #[must_use]
    pub const fn to_weak(self) -> Self {
        Self { is_weak: true, ..self }
    }

    /// Takes the value of an `ETag` field; `None` if it is malformed.
    #[must_use]
    pub const fn parse(value: &'a [u8]) -> Option<Self> {
        match Self::read(trim(value)) {
            Some((tag, [])) => Some(tag),
            _ => None,
        }
    }

    /// Is it weak?
    #[must_use]
    pub const fn is_weak(self) -> bool {
        self.is_weak
    }

    /// What stands between the quotes.
    #[must_use]
    pub const fn opaque(self) -> &'a [u8] {
        self.opaque
    }

    /// Are both strong, and the same? RFC 9110 section 8.8.3.2.
    #[must_use]
    pub const fn strongly_matches(self, other: EntityTag<'_>) -> bool {
        !self.is_weak && !other.is_weak && self.weakly_matches(other)
    }

    /// Are they the same, be they weak or strong? RFC 9110 section 8.8.3.2.
    #[must_use]
    pub const fn weakly_matches(self, other: EntityTag<'_>) -> bool {
        let (mut a, mut b) = (self.opaque, other.opaque);
        while let ([x, a_tail @ ..], [y, b_tail @ ..]) = (a, b) {
            if *x != *y {
                return false;
            }
            (a, b) = (a_tail, b_tail);
        }
        a.is_empty() && b.is_empty()
    }

    /// Writes it as it stands in a field.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(self, w: &mut Writer<'_>) {
        w.bytes(if self.is_weak { b"W/\"" } else { b"\"" });
        w.bytes(self.opaque);
        w.u8(b'"');
    }

    /// The tag at the beginning, and what is behind it.
    const fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (is_weak, inner) = match text {
            [b'W', b'/', b'"', inner @ ..] => (true, inner), // a small `w` is malformed
            [b'"', inner @ ..] => (false, inner),
            _ => return None,
        };
        let len = etagc_len(inner);
        match tail(inner, len) {
            [b'"', rest @ ..] => Some((Self { is_weak, opaque: head(inner, len) }, rest)),
            _ => None,
        }
    }
}

/// As it stands in a field, a byte above 127 as the character of that number.
impl fmt::Debug for EntityTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_weak { "W/\"" } else { "\"" })?;
        write_text(self.opaque.iter().copied(), f)?;
        f.write_str("\"")
    }
}

/// An entity tag made of a number, such as a hash, a counter of versions or a time: 16 hexadecimal
/// digits.
///
/// ```
/// use http_lite::NumberTag;
///
/// let tag = NumberTag::new(0xC0FFEE);
/// assert_eq!(tag.tag().opaque(), b"0000000000c0ffee");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberTag([u8; 16]);

impl NumberTag {
    /// The tag of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        let (mut digits, mut number) = ([b'0'; 16], number);
        let mut rest: &mut [u8] = &mut digits;
        while let Some((last, before)) = rest.split_last_mut() {
            let digit = (number & 15) as u8;
            *last = if digit < 10 {
                digit.saturating_add(b'0')
            } else {
                digit.saturating_add(b'a').saturating_sub(10)
            };
            number >>= 4;
            rest = before;
        }
        Self(digits)
    }

    /// It, as a strong tag.
    #[must_use]
    pub const fn tag(&self) -> EntityTag<'_> {
        EntityTag { is_weak: false, opaque: &self.0 }
    }
}

/// The value of `If-Match` and `If-None-Match`: `*`, or a list of entity tags, checked.
///
/// ```
/// use http_lite::{EntityTag, EntityTags};
///
/// let tag = EntityTag::strong(b"r2d2").unwrap();
/// let tags = EntityTags::parse(br#""xyzzy", W/"r2d2""#).unwrap();
/// assert!(tags.weakly_match(tag) && !tags.strongly_match(tag));
/// assert!(EntityTags::parse(b"*").unwrap().strongly_match(tag));
/// assert!(EntityTags::parse(b"xyzzy").is_none());
/// ```
#[derive(Clone, Copy)]
pub struct EntityTags<'a> {
    /// `None` is `*`.
    list: Option<EntityTagIter<'a>>,
}

impl<'a> EntityTags<'a> {
    /// Takes the value of the field; `None` if it is malformed. Empty elements are skipped; `*` must
    /// stand alone (RFC 9110 section 13.1.1).
    #[must_use]
    pub const fn parse(value: &'a [u8]) -> Option<Self> {
        if let [b'*'] = trim(value) {
            return Some(Self { list: None });
        }
        let list = EntityTagIter { rest: value };
        let mut tags = list;
        while tags.next_tag().is_some() {}
        if tags.rest.is_empty() { Some(Self { list: Some(list) }) } else { None }
    }

    /// Is it `*`, so matched by whatever exists?
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.list.is_none()
    }

    /// The tags of the list; none for `*`.
    #[must_use]
    pub const fn iter(&self) -> EntityTagIter<'a> {
        match self.list {
            Some(list) => list,
            None => EntityTagIter { rest: &[] },
        }
    }

    /// Is it `*`, or does one of them match this tag by the strong comparison?
    #[must_use]
    pub const fn strongly_match(&self, tag: EntityTag<'_>) -> bool {
        !tag.is_weak && self.matches(tag, true) || self.is_any()
    }

    /// Is it `*`, or does one of them match this tag by the weak comparison?
    #[must_use]
    pub const fn weakly_match(&self, tag: EntityTag<'_>) -> bool {
        self.matches(tag, false) || self.is_any()
    }

    const fn matches(&self, tag: EntityTag<'_>, strongly: bool) -> bool {
        let mut tags = self.iter();
        while let Some(other) = tags.next_tag() {
            if tag.weakly_matches(other) && !(strongly && other.is_weak) {
                return true;
            }
        }
        false
    }
}

impl<'a> IntoIterator for EntityTags<'a> {
    type Item = EntityTag<'a>;
    type IntoIter = EntityTagIter<'a>;

    fn into_iter(self) -> EntityTagIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for EntityTags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list {
            Some(list) => list.fmt(f),
            None => f.write_str("*"),
        }
    }
}

/// Iterator over [`EntityTags`].
#[derive(Clone, Copy)]
pub struct EntityTagIter<'a> {
    rest: &'a [u8],
}

impl<'a> EntityTagIter<'a> {
    /// The next tag. Stops with `rest` empty at the end, and before an element that is malformed.
    const fn next_tag(&mut self) -> Option<EntityTag<'a>> {
        while let [b',' | b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let Some((tag, rest)) = EntityTag::read(self.rest) else { return None };
        let rest = trim(rest);
        if !matches!(rest, [] | [b',', ..]) {
            return None;
        }
        self.rest = rest;
        Some(tag)
    }
}

impl<'a> Iterator for EntityTagIter<'a> {
    type Item = EntityTag<'a>;

    fn next(&mut self) -> Option<EntityTag<'a>> {
        self.next_tag()
    }
}

impl FusedIterator for EntityTagIter<'_> {}

impl fmt::Debug for EntityTagIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// How many bytes at the beginning can stand between the quotes: `etagc`.
const fn etagc_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let [b'!' | b'#'..=b'~' | 0x80.., tail @ ..] = rest {
        rest = tail;
    }
    text.len().saturating_sub(rest.len())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn tag(text: &[u8]) -> EntityTag<'_> {
        EntityTag::parse(text).unwrap()
    }

    #[test]
    fn reads_and_writes_the_examples_of_rfc_9110_section_8_8_3() {
        for (text, is_weak, opaque) in [
            (&b"\"xyzzy\""[..], false, &b"xyzzy"[..]),
            (b"W/\"xyzzy\"", true, b"xyzzy"),
            (b"\"\"", false, b""),
            (b"\"a\\\"", false, b"a\\"),
            (b"\"\xe4,;=\"", false, b"\xe4,;="),
        ] {
            let tag = tag(text);
            assert_eq!((tag.is_weak(), tag.opaque()), (is_weak, opaque));
            let mut out = [0; 16];
            for len in 0..text.len() {
                let error = Err(EncodeError::BufferTooSmall { needed: text.len() });
                assert_eq!(tag.encode(&mut out[..len]), error);
            }
            assert_eq!(tag.encode(&mut out), Ok(text.len()));
            assert_eq!((&out[..text.len()], tag.encoded_len()), (text, text.len()));
        }
        assert_eq!(std::format!("{:?}", tag(b"W/\"x\"")), "W/\"x\"");
    }

    #[test]
    fn compares_as_table_3_of_section_8_8_3_2() {
        for (a, b, strongly, weakly) in [
            (&b"W/\"1\""[..], &b"W/\"1\""[..], false, true),
            (b"W/\"1\"", b"W/\"2\"", false, false),
            (b"W/\"1\"", b"\"1\"", false, true),
            (b"\"1\"", b"\"1\"", true, true),
            (b"\"1\"", b"\"12\"", false, false),
            (b"\"a\"", b"\"A\"", false, false),
        ] {
            for (a, b) in [(tag(a), tag(b)), (tag(b), tag(a))] {
                assert_eq!(a.strongly_matches(b), strongly, "{a:?} {b:?}");
                assert_eq!(a.weakly_matches(b), weakly, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn rejects_malformed_tags() {
        for (text, why) in [
            (&b""[..], "empty"),
            (b"xyzzy", "no quotes"),
            (b"\"xyzzy", "no closing quote"),
            (b"xyzzy\"", "no opening quote"),
            (b"\"", "one quote"),
            (b"w/\"xyzzy\"", "a small w"),
            (b"W\"xyzzy\"", "no slash"),
            (b"W/ \"xyzzy\"", "whitespace"),
            (b"W/xyzzy", "no quotes"),
            (b"\"xy zzy\"", "a space"),
            (b"\"xy\tzzy\"", "a tabulator"),
            (b"\"xy\x7f\"", "DEL"),
            (b"\"xy\0\"", "NUL"),
            (b"\"xy\"zzy\"", "a quote within"),
            (b"\"a\", \"b\"", "a list"),
            (b"*", "a star"),
        ] {
            assert_eq!(EntityTag::parse(text), None, "{why}");
        }
        assert_eq!(EntityTag::strong(b"a b"), None);
        assert_eq!(EntityTag::strong(b"a\"b"), None);
    }

    #[test]
    fn a_number_has_16_digits() {
        for number in [0, 1, 9, 10, 0xABC_DEF0, u64::MAX - 1, u64::MAX] {
            let wanted = std::format!("{number:016x}");
            assert_eq!(NumberTag::new(number).tag().opaque(), wanted.as_bytes());
        }
    }

    #[test]
    fn reads_lists() {
        for (text, wanted) in [
            (&b"\"xyzzy\""[..], &[&b"\"xyzzy\""[..]][..]),
            (b"W/\"a\", W/\"b,c\" ,,\"d\\\",", &[b"W/\"a\"".as_slice(), b"W/\"b,c\"", b"\"d\\\""]),
            (b"", &[]),
            (b" , ", &[]),
            (b" * ", &[]),
        ] {
            let tags = EntityTags::parse(text).unwrap();
            let wanted: Vec<_> = wanted.iter().map(|text| tag(text)).collect();
            assert!(tags.iter().eq(wanted), "{tags:?}");
        }
        assert!(EntityTags::parse(b" * ").unwrap().is_any());
        assert!(!EntityTags::parse(b"\"*\"").unwrap().is_any());
    }

    #[test]
    fn rejects_malformed_lists() {
        for (text, why) in [
            (&b"xyzzy"[..], "no quotes"),
            (b"\"a\" \"b\"", "no comma"),
            (b"\"a\"\"b\"", "no comma"),
            (b"\"a\", *", "a star among others"),
            (b"*, \"a\"", "a star among others"),
            (b"*, *", "two stars"),
            (b"\"a\", b", "the last is malformed"),
            (b"\"a\", \"b", "the last has no end"),
            (b"\"a\", w/\"b\"", "a small w"),
            (b"\"a\"; \"b\"", "a semicolon"),
        ] {
            assert!(EntityTags::parse(text).is_none(), "{why}");
        }
    }

    #[test]
    fn a_list_matches_if_one_of_its_tags_does() {
        let tags = EntityTags::parse(b"\"a\", W/\"b\"").unwrap();
        let matches = |text| (tags.strongly_match(tag(text)), tags.weakly_match(tag(text)));
        assert_eq!(matches(b"\"a\""), (true, true));
        assert_eq!(matches(b"W/\"a\""), (false, true));
        assert_eq!(matches(b"\"b\""), (false, true));
        assert_eq!(matches(b"\"c\""), (false, false));
        let any = EntityTags::parse(b"*").unwrap();
        assert!(any.strongly_match(tag(b"W/\"a\"")) && any.weakly_match(tag(b"\"a\"")));
    }
}
