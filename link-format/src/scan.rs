use core::fmt;
use core::iter::FusedIterator;

use crate::attribute::Attribute;
use crate::error::{DecodeError, ErrorKind};
use crate::ext_value::ExtValue;
use crate::grammar::{
    behind, cut, len_before, name_len, ptoken_len, same_name, simple_len, unquoted_len,
};
use crate::uri::UriReference;
use crate::value::{Form, Value};

/// Reads a document once, from left to right, and checks it on the way.
///
/// The fastest way through a document. What it gave before an error stands in the document; whether
/// to use it is yours. [`Links`](crate::Links) checks all of it first.
///
/// ```text
/// link-value-list = [ link-value *[ "," link-value ]]
/// link-value      = "<" URI-Reference ">" *( ";" link-param )
/// ```
///
/// RFC 6690 section 2. There is no space around the separators, and no line break.
///
/// ```
/// use link_format::{Event, Scanner};
///
/// let mut links = 0;
/// let mut attributes = 0;
/// for event in Scanner::new("</a>;ct=40;obs,</b>") {
///     match event? {
///         Event::Link(_target) => links += 1,
///         Event::Attribute(_attribute) => attributes += 1,
///     }
/// }
/// assert_eq!((links, attributes), (2, 2));
/// # Ok::<(), link_format::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Scanner<'a> {
    rest: &'a str,
    /// Length of the document.
    len: usize,
    /// Does `rest` begin behind a target or an attribute?
    is_inside: bool,
    /// The attributes of this link that may not come again.
    seen: u8,
    /// Has the iterator told an error?
    has_failed: bool,
}

/// What a [`Scanner`] comes upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A link begins. This is its target.
    Link(UriReference<'a>),
    /// An attribute of the link that began last.
    Attribute(Attribute<'a>),
}

impl<'a> Scanner<'a> {
    /// Begins with a document.
    #[must_use]
    pub const fn new(document: &'a str) -> Self {
        Self { rest: document, len: document.len(), is_inside: false, seen: 0, has_failed: false }
    }

    /// What comes next; `None` at the end of a document without an error. Also in `const`.
    ///
    /// # Errors
    ///
    /// What is wrong with it. There is no going on behind an error: the same is told again, however
    /// often it is asked for. `next` of the iterator tells it once and then ends.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let event = match self.rest.as_bytes() {
            [] => return Ok(None),
            [b';', ..] if self.is_inside => self.attribute(),
            [b',', ..] if self.is_inside => self.link(behind(self.rest, 1)),
            _ if self.is_inside => Err((ErrorKind::Separator, self.rest)),
            _ => self.link(self.rest),
        };
        match event {
            Ok(event) => Ok(Some(event)),
            Err((kind, at)) => Err(DecodeError::new(kind, self.len.wrapping_sub(at.len()))),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn link(&mut self, rest: &'a str) -> Result<Event<'a>, Failure<'a>> {
        match read_target(rest) {
            Ok((target, rest)) => {
                (self.rest, self.is_inside, self.seen) = (rest, true, 0);
                Ok(Event::Link(target))
            }
            Err(failure) => Err(failure),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn attribute(&mut self) -> Result<Event<'a>, Failure<'a>> {
        let text = behind(self.rest, 1);
        match read_attribute(text) {
            Ok((attribute, rest)) => {
                let bit = once_bit(attribute.name);
                if self.seen & bit != 0 {
                    return Err((ErrorKind::Repeated, text));
                }
                (self.rest, self.seen) = (rest, self.seen | bit);
                Ok(Event::Attribute(attribute))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Result<Event<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let event = self.next_event();
        self.has_failed = event.is_err();
        event.transpose()
    }
}

impl FusedIterator for Scanner<'_> {}

/// What is left of the document.
impl fmt::Debug for Scanner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The `Debug` of `str` keeps a panic in the image.
        f.write_str("Scanner { rest: \"")?;
        f.write_str(self.rest)?;
        f.write_str("\" }")
    }
}

/// What is wrong, and the document from there on.
type Failure<'a> = (ErrorKind, &'a str);

/// Reads `"<" URI-Reference ">"`, and what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn read_target(text: &str) -> Result<(UriReference<'_>, &str), Failure<'_>> {
    let [b'<', ..] = text.as_bytes() else {
        return Err((ErrorKind::LinkStart, text));
    };
    let inner = behind(text, 1);
    let (target, rest) = cut(inner, simple_len(inner.as_bytes()));
    if let [b'>', ..] = rest.as_bytes() {
        return Ok((UriReference::checked(target), behind(rest, 1)));
    }
    let (target, rest) = cut(inner, len_before::<b'>', b'>'>(inner.as_bytes()));
    if rest.is_empty() {
        return Err((ErrorKind::TargetUnterminated, text));
    }
    match UriReference::new(target) {
        Ok(target) => Ok((target, behind(rest, 1))),
        Err(error) => Err((error.kind, behind(inner, error.offset as usize))),
    }
}

/// Reads `link-param`, and what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn read_attribute(text: &str) -> Result<(Attribute<'_>, &str), Failure<'_>> {
    let (name, rest) = cut(text, name_len(text.as_bytes()));
    if name.is_empty() {
        return Err((ErrorKind::AttributeName, text));
    }
    let (form, rest) = match rest.as_bytes() {
        [b'*', ..] => return read_extended(text, rest),
        // RFC 6690 section 2: MUST NOT be defined
        _ if name.len() == 4 && same_name(name, "href") => {
            return Err((ErrorKind::HrefAttribute, text));
        }
        [b'=', b'"', ..] => {
            let raw = behind(rest, 2);
            let (value, end) = cut(raw, unquoted_len(raw.as_bytes()));
            if let [b'"', ..] = end.as_bytes() {
                (Form::Quoted(value), behind(end, 1))
            } else {
                match read_escaped(behind(rest, 1)) {
                    Ok((form, rest)) => (form, rest),
                    Err(failure) => return Err(failure),
                }
            }
        }
        [b'=', ..] => {
            let rest = behind(rest, 1);
            let (token, behind) = cut(rest, ptoken_len(rest.as_bytes()));
            if token.is_empty() {
                return Err((ErrorKind::ValueMissing, rest));
            }
            (Form::Token(token), behind)
        }
        _ => return Ok((Attribute { name, value: None }, rest)),
    };
    Ok((Attribute { name, value: Some(Value(form)) }, rest))
}

/// Reads what stands behind the `*` of a name, `"=" ext-value`: `rest`, a tail of `text`.
#[inline(never)]
const fn read_extended<'a>(
    text: &'a str,
    rest: &'a str,
) -> Result<(Attribute<'a>, &'a str), Failure<'a>> {
    let (name, rest) = cut(text, text.len().wrapping_sub(rest.len()).wrapping_add(1));
    let [b'=', ..] = rest.as_bytes() else {
        return Err((ErrorKind::ExtValue, rest));
    };
    let value = behind(rest, 1);
    match ExtValue::len_in(value.as_bytes()) {
        Ok(len) => {
            let (value, rest) = cut(value, len);
            Ok((Attribute { name, value: Some(Value(Form::Token(value))) }, rest))
        }
        Err(error) => Err((error.kind, behind(value, error.offset as usize))),
    }
}

/// Reads a `quoted-string` that has a tab or a backslash in it.
#[inline(never)]
const fn read_escaped(text: &str) -> Result<(Form<'_>, &str), Failure<'_>> {
    let raw = behind(text, 1);
    let mut rest = raw;
    let mut is_escaped = false;
    loop {
        let (_, at) = cut(rest, unquoted_len(rest.as_bytes()));
        rest = match at.as_bytes() {
            [b'"', ..] => {
                let (value, _) = cut(raw, raw.len().wrapping_sub(at.len()));
                let form = if is_escaped { Form::Escaped(value) } else { Form::Quoted(value) };
                return Ok((form, behind(at, 1)));
            }
            [b'\t', ..] => behind(at, 1),
            [b'\\', b'\t' | b' '..=b'~', ..] => {
                is_escaped = true;
                behind(at, 2)
            }
            [] | [b'\\'] => return Err((ErrorKind::QuoteUnterminated, text)),
            [b'\\', ..] => return Err((ErrorKind::QuotedPair, at)),
            _ => return Err((ErrorKind::QuotedCharacter, at)),
        };
    }
}

/// The target that checked text begins with, and what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn checked_target(text: &str) -> Option<(UriReference<'_>, &str)> {
    let [b'<', ..] = text.as_bytes() else { return None };
    let inner = behind(text, 1);
    let (target, rest) = cut(inner, len_before::<b'>', b'>'>(inner.as_bytes()));
    Some((UriReference::checked(target), behind(rest, 1)))
}

/// The attribute that checked text begins with, and what is left behind it; `None` behind the last
/// one of a link.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn checked_attribute(text: &str) -> Option<(Attribute<'_>, &str)> {
    let [b';', ..] = text.as_bytes() else { return None };
    let text = behind(text, 1);
    let (name, rest) = cut(text, len_to_end(text.as_bytes(), b'='));
    let (form, rest) = match rest.as_bytes() {
        [b'=', b'"', ..] => {
            let raw = behind(rest, 2);
            let (value, rest) = cut(raw, len_before::<b'"', b'\\'>(raw.as_bytes()));
            if let [b'"', ..] = rest.as_bytes() {
                (Form::Quoted(value), behind(rest, 1))
            } else {
                let (value, rest) = cut(raw, escaped_len(raw.as_bytes()));
                (Form::Escaped(value), behind(rest, 1))
            }
        }
        [b'=', ..] => {
            let rest = behind(rest, 1);
            let (token, rest) = cut(rest, len_to_end(rest.as_bytes(), b';'));
            (Form::Token(token), rest)
        }
        _ => return Some((Attribute { name, value: None }, rest)),
    };
    Some((Attribute { name, value: Some(Value(form)) }, rest))
}

/// What is left of checked text behind the attributes that it begins with.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn behind_attributes(text: &str) -> &str {
    let mut rest = text.as_bytes();
    loop {
        rest = match skip(rest, len_before::<b',', b'"'>(rest)) {
            [b'"', raw @ ..] => match skip(raw, len_before::<b'"', b'\\'>(raw)) {
                [b'"', tail @ ..] => tail,
                _ => skip(raw, escaped_len(raw).wrapping_add(1)),
            },
            end => return behind(text, text.len().wrapping_sub(end.len())),
        };
    }
}

/// `text` without its first `len` bytes.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn skip(text: &[u8], len: usize) -> &[u8] {
    match text.split_at_checked(len) {
        Some((_, rest)) => rest,
        None => &[],
    }
}

/// Length of a name or token of checked text: up to `end`, `;`, `,` or the end of the text.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn len_to_end(text: &[u8], end: u8) -> usize {
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if *byte == end || matches!(byte, b';' | b',') {
            break;
        }
        rest = tail;
    }
    text.len().wrapping_sub(rest.len())
}

/// Length of a quoted string of checked text, up to the `"` that ends it.
#[inline(never)]
const fn escaped_len(raw: &[u8]) -> usize {
    let mut rest = raw;
    loop {
        rest = match rest {
            [] | [b'"', ..] => return raw.len().wrapping_sub(rest.len()),
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
        };
    }
}

/// A bit of its own for each attribute that MUST NOT appear more than once and that nobody is told
/// to ignore when it does: `rt`, `if` and `sz`. RFC 6690 section 3.1 to 3.3
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn once_bit(name: &str) -> u8 {
    match name.as_bytes() {
        [b'r' | b'R', b't' | b'T'] => 1,
        [b'i' | b'I', b'f' | b'F'] => 2,
        [b's' | b'S', b'z' | b'Z'] => 4,
        _ => 0,
    }
}
