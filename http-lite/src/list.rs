//! Fields whose value is a list: elements between commas. RFC 9110 section 5.6.1.
//!
//! A list may also be spread over field lines of the same name; each line is a list by itself, and
//! their elements follow each other (RFC 9110 section 5.3).

use core::fmt;
use core::iter::FusedIterator;

use crate::scan::{TCHAR, trim};

/// The elements of one field line, without the whitespace around them.
///
/// Empty elements are skipped. A comma within a quoted string does not split; a quoted string without
/// an end goes to the end of the value. What an element is made of is not looked at. All elements
/// together cost one look at each byte.
///
/// Two lists have a grammar of their own: entity-tags, where a backslash is no escape (see
/// [`EntityTags`](crate::EntityTags)), and links, which have commas between `<` and `>`.
///
/// ```
/// use http_lite::list;
///
/// let elements = list::elements(br#"foo , ,bar;x="a, b","#);
/// assert!(elements.eq([&b"foo"[..], br#"bar;x="a, b""#]));
/// ```
#[must_use]
pub const fn elements(value: &[u8]) -> Elements<'_> {
    Elements { rest: value }
}

/// Is this token one of the elements? Compared without case, as `Connection` and most lists want it.
///
/// ```
/// use http_lite::list;
///
/// assert!(list::contains(b"keep-alive, Upgrade", b"upgrade"));
/// assert!(!list::contains(b"keep-alive, Upgrade", b"up"));
/// ```
#[must_use]
pub const fn contains(value: &[u8], token: &[u8]) -> bool {
    let mut elements = elements(value);
    while let Some(element) = elements.next_element() {
        if eq_ignore_case(element, token) {
            return true;
        }
    }
    false
}

/// Is it a token: one or more of `!#$%&'*+-.^_|~`, backtick, digits and letters? RFC 9110 section
/// 5.6.2.
///
/// ```
/// use http_lite::list;
///
/// assert!(list::is_token(b"x-gzip"));
/// assert!(!list::is_token(b"a b") && !list::is_token(b""));
/// ```
#[must_use]
pub const fn is_token(text: &[u8]) -> bool {
    TCHAR.has_all(text)
}

/// Iterator over the elements of a field line, see [`elements`].
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The next element, in a `const fn` too.
    pub(crate) const fn next_element(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let (element, rest) = split(self.rest, b',');
            self.rest = rest;
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.next_element()
    }
}

impl FusedIterator for Elements<'_> {}

/// How many bytes are left: what a list holds may be secret.
impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements").field("left", &self.rest.len()).finish()
    }
}

/// `text` before its first `delimiter` that is not within a quoted string, and behind it.
pub(crate) const fn split(text: &[u8], delimiter: u8) -> (&[u8], &[u8]) {
    let mut rest = text;
    let mut quoted = false;
    loop {
        rest = match rest {
            [] => return (text, &[]),
            [b'\\', _, tail @ ..] if quoted => tail,
            [byte, tail @ ..] => {
                if *byte == delimiter && !quoted {
                    return (head(text, text.len().saturating_sub(rest.len())), tail);
                }
                if *byte == b'"' {
                    quoted = !quoted;
                }
                tail
            }
        };
    }
}

/// How many bytes at the beginning are bytes of a token.
pub(crate) const fn token_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if !TCHAR.has(*byte) {
            break;
        }
        rest = tail;
    }
    text.len().saturating_sub(rest.len())
}

/// Are they the same but for the case of ASCII letters? The method of slices is `const` since 1.89.
pub(crate) const fn eq_ignore_case(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, a_tail @ ..], [y, b_tail @ ..]) = (a, b) {
        if !x.eq_ignore_ascii_case(y) {
            return false;
        }
        (a, b) = (a_tail, b_tail);
    }
    a.is_empty() && b.is_empty()
}

/// The first `len` bytes, all if there are fewer.
pub(crate) const fn head(text: &[u8], len: usize) -> &[u8] {
    match text.split_at_checked(len) {
        Some((head, _)) => head,
        None => text,
    }
}

/// What is behind the first `len` bytes.
pub(crate) const fn tail(text: &[u8], len: usize) -> &[u8] {
    match text.split_at_checked(len) {
        Some((_, tail)) => tail,
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn list(value: &[u8]) -> Vec<&[u8]> {
        elements(value).collect()
    }

    #[test]
    fn reads_the_examples_of_rfc_9110_section_5_6_1_2() {
        assert_eq!(list(b"foo,bar"), [b"foo", b"bar"]);
        assert_eq!(list(b"foo ,bar,"), [b"foo", b"bar"]);
        assert_eq!(list(b"foo , ,bar,charlie"), [&b"foo"[..], b"bar", b"charlie"]);
        for none in [&b""[..], b",", b",   ,", b" \t , ,\t"] {
            assert!(list(none).is_empty());
        }
    }

    #[test]
    fn a_quoted_string_hides_commas() {
        assert_eq!(list(br#""a,b" , c"#), [&br#""a,b""#[..], b"c"]);
        assert_eq!(list(br#""a\",b",c"#), [&br#""a\",b""#[..], b"c"]);
        assert_eq!(list(br#""a\\",b"#), [&br#""a\\""#[..], b"b"]);
        assert_eq!(list(br#"x="a,b";y="c,d", z"#), [&br#"x="a,b";y="c,d""#[..], b"z"]);
        assert_eq!(list(br"a\,b"), [&br"a\"[..], b"b"], "no escape outside of quotes");
    }

    #[test]
    fn a_quoted_string_without_an_end_goes_to_the_end() {
        assert_eq!(list(br#"a,"b,c"#), [&b"a"[..], br#""b,c"#]);
        assert_eq!(list(br#"a,"b,c\"#), [&b"a"[..], br#""b,c\"#]);
    }

    #[test]
    fn only_space_and_tab_are_trimmed() {
        assert_eq!(list(b"\t a \t,\x0bb\x0b,\xa0c\xa0"), [&b"a"[..], b"\x0bb\x0b", b"\xa0c\xa0"]);
    }

    #[test]
    fn tokens_have_the_bytes_of_section_5_6_2() {
        for byte in 0..=255u8 {
            let wanted = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(&[byte]), wanted, "{byte:#x}");
        }
    }

    #[test]
    fn runs_while_the_program_is_compiled() {
        const _: () = assert!(contains(b"a, CLOSE", b"close"));
        const _: () = assert!(!contains(b"a, not-close", b"close"));
    }

    #[test]
    fn debug_shows_no_element() {
        assert_eq!(std::format!("{:?}", elements(b"secret")), "Elements { left: 6 }");
    }
}
