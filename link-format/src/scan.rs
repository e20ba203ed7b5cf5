use crate::attribute::Attribute;
use crate::error::{DecodeError, ErrorKind};
use crate::ext_value::ExtValue;
use crate::grammar::{
    behind, cut, find, name_len, ptoken_len, same_name, simple_len, unquoted_len,
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
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    rest: &'a str,
    /// Length of the document.
    len: usize,
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
        Self { rest: document, len: document.len(), is_inside: false, seen: 0 }
    }

    /// What comes next; `None` at the end. `next`, also in `const`.
    ///
    /// # Errors
    ///
    /// What is wrong with it. There is no going on behind an error: the same is told again.
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
            Err((kind, at)) => Err(DecodeError::new(kind, self.len.saturating_sub(at.len()))),
        }
    }

    const fn link(&mut self, rest: &'a str) -> Result<Event<'a>, Failure<'a>> {
        match read_target(rest) {
            Ok((target, rest)) => {
                (self.rest, self.is_inside, self.seen) = (rest, true, 0);
                Ok(Event::Link(target))
            }
            Err(failure) => Err(failure),
        }
    }

    const fn attribute(&mut self) -> Result<Event<'a>, Failure<'a>> {
        match read_attribute(self.rest) {
            Ok((attribute, rest)) => {
                let bit = once_bit(attribute.name);
                if self.seen & bit != 0 {
                    return Err((ErrorKind::Repeated, behind(self.rest, 1)));
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
            self.rest = "";
        }
        event
    }
}

/// What is wrong, and the document from there on.
pub(crate) type Failure<'a> = (ErrorKind, &'a str);

/// Reads `"<" URI-Reference ">"`, and what is left behind it.
pub(crate) const fn read_target(text: &str) -> Result<(UriReference<'_>, &str), Failure<'_>> {
    let [b'<', target @ ..] = text.as_bytes() else {
        return Err((ErrorKind::LinkStart, text));
    };
    let simple = simple_len(target);
    let (target, rest) = match target.split_at_checked(simple) {
        Some((_, [b'>', ..])) => cut(behind(text, 1), simple),
        _ => {
            let Some(len) = find(target, b'>') else {
                return Err((ErrorKind::TargetUnterminated, text));
            };
            let (target, rest) = cut(behind(text, 1), len);
            if let Err(error) = UriReference::new(target) {
                let at = (error.offset as usize).saturating_add(1);
                return Err((error.kind, behind(text, at)));
            }
            (target, rest)
        }
    };
    Ok((UriReference::checked(target), behind(rest, 1)))
}

/// Reads `";" link-param`, and what is left behind it.
pub(crate) const fn read_attribute(text: &str) -> Result<(Attribute<'_>, &str), Failure<'_>> {
    let Some(text) = strip(text, b';') else {
        return Err((ErrorKind::Separator, text));
    };
    let len = name_len(text.as_bytes());
    let (name, rest) = cut(text, len);
    if len == 0 {
        return Err((ErrorKind::AttributeName, text));
    }
    match rest.as_bytes() {
        [b'*', b'=', ..] => {
            let value = behind(rest, 2);
            match ExtValue::len_in(value.as_bytes()) {
                Ok(value_len) => {
                    let (name, _) = cut(text, len.saturating_add(1));
                    let (value, rest) = cut(value, value_len);
                    Ok((Attribute { name, value: Some(Value(Form::Token(value))) }, rest))
                }
                Err(error) => Err((error.kind, behind(value, error.offset as usize))),
            }
        }
        [b'*', ..] => Err((ErrorKind::ExtValue, behind(rest, 1))),
        // RFC 6690 section 2: MUST NOT be defined
        _ if len == 4 && same_name(name, "href") => Err((ErrorKind::HrefAttribute, text)),
        [b'=', b'"', ..] => match read_quoted(behind(rest, 1)) {
            Ok((value, rest)) => Ok((Attribute { name, value: Some(value) }, rest)),
            Err(failure) => Err(failure),
        },
        [b'=', ..] => {
            let rest = behind(rest, 1);
            let (token, behind) = cut(rest, ptoken_len(rest.as_bytes()));
            if token.is_empty() {
                return Err((ErrorKind::ValueMissing, rest));
            }
            Ok((Attribute { name, value: Some(Value(Form::Token(token))) }, behind))
        }
        _ => Ok((Attribute { name, value: None }, rest)),
    }
}

/// Reads a `quoted-string`, and what is left behind it.
const fn read_quoted(text: &str) -> Result<(Value<'_>, &str), Failure<'_>> {
    let raw = behind(text, 1);
    let mut rest = raw.as_bytes();
    loop {
        let len = unquoted_len(rest);
        let Some((_, at)) = rest.split_at_checked(len) else { break };
        rest = match at {
            [] => break,
            [b'"', ..] => {
                let (raw, rest) = cut(raw, raw.len().saturating_sub(at.len()));
                return Ok((Value(Form::Escaped(raw)), behind(rest, 1)));
            }
            [b'\t', tail @ ..] | [b'\\', b'\t' | b' '..=b'~', tail @ ..] => tail,
            [b'\\'] => break,
            [b'\\', ..] => return Err((ErrorKind::QuotedPair, tail_of(raw, at.len()))),
            _ => return Err((ErrorKind::QuotedCharacter, tail_of(raw, at.len()))),
        };
    }
    Err((ErrorKind::QuoteUnterminated, text))
}

/// Length of the attributes that checked text begins with: up to the comma that ends the link.
pub(crate) const fn attributes_len(text: &str) -> usize {
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b',' => break,
            b'"' => behind_quoted(tail),
            _ => tail,
        };
    }
    text.len().saturating_sub(rest.len())
}

/// What is left behind the `"` that ends a quoted string.
const fn behind_quoted(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let Some((_, at)) = rest.split_at_checked(unquoted_len(rest)) else { return &[] };
        rest = match at {
            [] => return &[],
            [b'"', tail @ ..] => return tail,
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
        };
    }
}

/// A bit of its own for each attribute that MUST NOT appear more than once and that nobody is told
/// to ignore when it does: `rt`, `if` and `sz`. RFC 6690 section 3.1 to 3.3
pub(crate) const fn once_bit(name: &str) -> u8 {
    match name.as_bytes() {
        [b'r' | b'R', b't' | b'T'] => 1,
        [b'i' | b'I', b'f' | b'F'] => 2,
        [b's' | b'S', b'z' | b'Z'] => 4,
        _ => 0,
    }
}

const fn strip(text: &str, first: u8) -> Option<&str> {
    match text.as_bytes() {
        [byte, ..] if *byte == first => Some(behind(text, 1)),
        _ => None,
    }
}

/// The last `len` bytes of `text`.
const fn tail_of(text: &str, len: usize) -> &str {
    behind(text, text.len().saturating_sub(len))
}
