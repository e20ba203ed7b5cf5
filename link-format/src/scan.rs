use crate::attribute::Attribute;
use crate::error::{DecodeError, ErrorKind};
use crate::ext_value::ExtValue;
use crate::grammar::{cut, len_before, name_len, ptoken_len, same_name, simple_len, unquoted_len};
use crate::link::Link;
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
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    document: &'a str,
    /// What is left of it.
    rest: &'a [u8],
    /// Does `rest` begin behind a target or an attribute?
    is_inside: bool,
    /// The attributes of this link that may not come again.
    seen: u8,
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
        Self { document, rest: document.as_bytes(), is_inside: false, seen: 0 }
    }

    /// What comes next; `None` at the end. `next`, also in `const`.
    ///
    /// # Errors
    ///
    /// What is wrong with it. There is no going on behind an error: the same is told again.
    pub const fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let event = match self.rest {
            [] => return Ok(None),
            [b';', ..] if self.is_inside => self.attribute(),
            [b',', behind @ ..] if self.is_inside => self.link(behind),
            _ if self.is_inside => Err((ErrorKind::Separator, self.rest)),
            _ => self.link(self.rest),
        };
        match event {
            Ok(event) => Ok(Some(event)),
            Err((kind, at)) => {
                Err(DecodeError::new(kind, self.document.len().saturating_sub(at.len())))
            }
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn link(&mut self, rest: &'a [u8]) -> Result<Event<'a>, Failure<'a>> {
        match read_target(self.document, rest) {
            Ok((target, rest)) => {
                (self.rest, self.is_inside, self.seen) = (rest, true, 0);
                Ok(Event::Link(target))
            }
            Err(failure) => Err(failure),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn attribute(&mut self) -> Result<Event<'a>, Failure<'a>> {
        match read_attribute(self.document, self.rest) {
            Ok((attribute, rest)) => {
                let bit = once_bit(attribute.name);
                if self.seen & bit != 0 {
                    return Err((ErrorKind::Repeated, skip(self.rest, 1)));
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
        let event = self.next_event().transpose();
        if let Some(Err(_)) = event {
            self.rest = &[];
        }
        event
    }
}

/// What is wrong, and the document from there on.
type Failure<'a> = (ErrorKind, &'a [u8]);

/// Reads `"<" URI-Reference ">"` where `rest`, a tail of `document`, begins; what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn read_target<'a>(
    document: &'a str,
    rest: &'a [u8],
) -> Result<(UriReference<'a>, &'a [u8]), Failure<'a>> {
    let [b'<', text @ ..] = rest else {
        return Err((ErrorKind::LinkStart, rest));
    };
    if let Some((_, [b'>', behind @ ..])) = text.split_at_checked(simple_len(text)) {
        return Ok((UriReference::checked(between(document, text, 1, behind)), behind));
    }
    let Some((_, [_, behind @ ..])) = text.split_at_checked(len_before::<b'>', b'>'>(text)) else {
        return Err((ErrorKind::TargetUnterminated, rest));
    };
    match UriReference::new(between(document, text, 1, behind)) {
        Ok(target) => Ok((target, behind)),
        Err(error) => Err((error.kind, skip(text, error.offset as usize))),
    }
}

/// Reads `";" link-param` where `rest`, a tail of `document`, begins; what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn read_attribute<'a>(
    document: &'a str,
    rest: &'a [u8],
) -> Result<(Attribute<'a>, &'a [u8]), Failure<'a>> {
    let text = skip(rest, 1);
    let len = name_len(text);
    if len == 0 {
        return Err((ErrorKind::AttributeName, text));
    }
    let rest = skip(text, len);
    let name = between(document, text, 0, rest);
    let (value, rest) = match rest {
        [b'*', behind @ ..] => return read_extended(document, text, behind),
        // RFC 6690 section 2: MUST NOT be defined
        _ if len == 4 && same_name(name, "href") => {
            return Err((ErrorKind::HrefAttribute, text));
        }
        [b'=', b'"', raw @ ..] => match quoted_end(raw) {
            Ok(behind) => (Some(Form::Escaped(between(document, raw, 1, behind))), behind),
            Err((ErrorKind::QuoteUnterminated, _)) => {
                return Err((ErrorKind::QuoteUnterminated, skip(rest, 1)));
            }
            Err(failure) => return Err(failure),
        },
        [b'=', token @ ..] => {
            let behind = skip(token, ptoken_len(token));
            if behind.len() == token.len() {
                return Err((ErrorKind::ValueMissing, token));
            }
            (Some(Form::Token(between(document, token, 0, behind))), behind)
        }
        _ => (None, rest),
    };
    Ok((Attribute { name, value: as_value(value) }, rest))
}

/// Reads `"=" ext-value` behind the name and its `*`. The name begins where `text` does.
#[inline(never)]
const fn read_extended<'a>(
    document: &'a str,
    text: &'a [u8],
    rest: &'a [u8],
) -> Result<(Attribute<'a>, &'a [u8]), Failure<'a>> {
    let [b'=', value @ ..] = rest else {
        return Err((ErrorKind::ExtValue, rest));
    };
    match ExtValue::len_in(value) {
        Ok(len) => {
            let behind = skip(value, len);
            let form = Form::Token(between(document, value, 0, behind));
            let name = between(document, text, 0, rest);
            Ok((Attribute { name, value: Some(Value(form)) }, behind))
        }
        Err(error) => Err((error.kind, skip(value, error.offset as usize))),
    }
}

/// What is left behind a `quoted-string` whose first `"` stands before `raw`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn quoted_end(raw: &[u8]) -> Result<&[u8], Failure<'_>> {
    let mut rest = raw;
    loop {
        let at = skip(rest, unquoted_len(rest));
        rest = match at {
            [b'"', behind @ ..] => return Ok(behind),
            [b'\t', behind @ ..] | [b'\\', b'\t' | b' '..=b'~', behind @ ..] => behind,
            [] | [b'\\'] => return Err((ErrorKind::QuoteUnterminated, raw)),
            [b'\\', ..] => return Err((ErrorKind::QuotedPair, at)),
            _ => return Err((ErrorKind::QuotedCharacter, at)),
        };
    }
}

/// The link that checked text begins with, perhaps behind a comma; and what is left behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn next_link(text: &str) -> Option<(Link<'_>, &str)> {
    let ([b',', b'<', target @ ..] | [b'<', target @ ..]) = text.as_bytes() else {
        return None;
    };
    let attributes = skip(target, len_before::<b'>', b'>'>(target).saturating_add(1));
    let mut rest = attributes;
    loop {
        rest = match skip(rest, len_before::<b',', b'"'>(rest)) {
            [b'"', raw @ ..] => behind_quoted(raw),
            end => {
                let target = UriReference::checked(between(text, target, 1, attributes));
                let link = Link::checked(target, between(text, attributes, 0, end));
                return Some((link, cut(text, text.len().saturating_sub(end.len())).1));
            }
        }
    }
}

/// The attribute that checked text begins with, and what is left of the link behind it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn next_attribute(text: &str) -> Option<(Attribute<'_>, &str)> {
    let [b';', name @ ..] = text.as_bytes() else { return None };
    let mut rest = name;
    while let [byte, behind @ ..] = rest {
        if matches!(byte, b'=' | b';') {
            break;
        }
        rest = behind;
    }
    let name = between(text, name, 0, rest);
    let (value, rest) = match rest {
        [b'=', b'"', raw @ ..] => {
            let behind = behind_quoted(raw);
            (Some(Form::Escaped(between(text, raw, 1, behind))), behind)
        }
        [b'=', token @ ..] => {
            let mut behind = token;
            while let [byte, tail @ ..] = behind {
                if matches!(byte, b';') {
                    break;
                }
                behind = tail;
            }
            (Some(Form::Token(between(text, token, 0, behind))), behind)
        }
        _ => (None, rest),
    };
    let (_, rest) = cut(text, text.len().saturating_sub(rest.len()));
    Some((Attribute { name, value: as_value(value) }, rest))
}

/// What is left behind the `"` that ends a quoted string of checked text.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn behind_quoted(raw: &[u8]) -> &[u8] {
    let mut rest = raw;
    loop {
        rest = match skip(rest, len_before::<b'"', b'\\'>(rest)) {
            [b'"', behind @ ..] => return behind,
            [_, _, behind @ ..] => behind,
            _ => return &[],
        };
    }
}

/// The text from where `from` begins up to `before` bytes before `to`. Both are tails of `document`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn between<'a>(document: &'a str, from: &[u8], before: usize, to: &[u8]) -> &'a str {
    let (_, text) = cut(document, document.len().saturating_sub(from.len()));
    cut(text, from.len().saturating_sub(to.len()).saturating_sub(before)).0
}

/// `text` without its first `len` bytes, of which it has as many.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn skip(text: &[u8], len: usize) -> &[u8] {
    match text.split_at_checked(len) {
        Some((_, rest)) => rest,
        None => &[],
    }
}

/// `Option::map` is not `const`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn as_value(form: Option<Form<'_>>) -> Option<Value<'_>> {
    match form {
        Some(form) => Some(Value(form)),
        None => None,
    }
}

/// A bit of its own for each attribute that MUST NOT appear more than once and that nobody is told
/// to ignore when it does: `rt`, `if` and `sz`. RFC 6690 section 3.1 to 3.3
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn once_bit(name: &str) -> u8 {
    match name.as_bytes() {
        [b'r' | b'R', b't' | b'T'] => 1,
        [b'i' | b'I', b'f' | b'F'] => 2,
        [b's' | b'S', b'z' | b'Z'] => 4,
        _ => 0,
    }
}
