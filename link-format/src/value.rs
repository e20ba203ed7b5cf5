use core::fmt::{self, Write};
use core::iter::FusedIterator;

use crate::error::{DecodeError, ErrorKind};
use crate::grammar::{behind, cut, find, is_quotable, ptoken_len};

/// What stands behind the `=` of an attribute.
///
/// A value is its text, whether it is written as a token or as a quoted string; backslashes of a
/// quoted string are taken out when it is read. Values are compared as strings. RFC 6690 section 3
///
/// ```
/// use link_format::Links;
///
/// let links = Links::decode(br#"</a>;title="say \"hi\"";ct=40"#)?;
/// let link = links.iter().next().ok_or("no link")?;
/// let title = link.title().ok_or("no title")?;
/// assert_eq!(title, r#"say "hi""#);
/// assert_eq!(title.as_str(), None); // not in one piece
/// let mut buffer = [0; 16];
/// assert_eq!(title.copy_to(&mut buffer), Ok(r#"say "hi""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Value<'a>(pub(crate) Form<'a>);

/// How a value is written.
#[derive(Clone, Copy)]
pub(crate) enum Form<'a> {
    /// As it is.
    Token(&'a str),
    /// Between quotes, as it is: nothing in it needs a backslash.
    Quoted(&'a str),
    /// Between quotes, as it is: what a document had there, with backslashes.
    Escaped(&'a str),
    /// Between quotes, with a backslash before each `"` and `\`.
    Bare(&'a str),
}

impl<'a> Value<'a> {
    /// The text, if it lies in one piece: always but where a document has backslashes in it.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'a str> {
        match self.0 {
            Form::Token(text) | Form::Quoted(text) | Form::Bare(text) => Some(text),
            Form::Escaped(_) => None,
        }
    }

    /// Is it written as a quoted string?
    #[must_use]
    pub const fn is_quoted(&self) -> bool {
        !matches!(self.0, Form::Token(_))
    }

    /// Is it the empty text?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.written().is_empty()
    }

    /// The text in pieces, which lie between the backslashes that are taken out.
    ///
    /// ```
    /// use link_format::Attribute;
    ///
    /// let title = Attribute::from_static("title", "a").value().ok_or("no value")?;
    /// assert!(title.pieces().eq(["a"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn pieces(&self) -> Pieces<'a> {
        match self.0 {
            Form::Escaped(raw) => Pieces { rest: raw, escaped: true },
            form => Pieces { rest: form.written(), escaped: false },
        }
    }

    /// The characters of the text.
    pub fn chars(&self) -> impl Iterator<Item = char> + Clone + use<'a> {
        self.pieces().flat_map(str::chars)
    }

    /// Copies the text to the beginning of `out`.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub fn copy_to<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, crate::EncodeError> {
        crate::writer::collect(self.pieces(), out)
    }

    /// The values between the spaces. An empty text has none.
    ///
    /// So `rel`, `rev`, `rt`, `if` and `ct` hold more than one.
    ///
    /// ```
    /// use link_format::Attribute;
    ///
    /// let rt = Attribute::from_static("rt", "light-lux core.sen-light").value().ok_or("no value")?;
    /// assert!(rt.words().eq(["light-lux", "core.sen-light"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn words(&self) -> Words<'a> {
        Words(self.0)
    }

    /// `ptoken / quoted-string` for this text: a token where it can be one.
    pub(crate) const fn new(text: &'a str) -> Result<Self, DecodeError> {
        let token = ptoken_len(text.as_bytes());
        if token == text.len() && token > 0 {
            return Ok(Self(Form::Token(text)));
        }
        let mut rest = text.as_bytes();
        let mut is_bare = false;
        while let Some((&byte, tail)) = rest.split_first() {
            if !is_quotable(byte) {
                let at = text.len().saturating_sub(rest.len());
                return Err(DecodeError::new(ErrorKind::QuotedCharacter, at));
            }
            is_bare |= matches!(byte, b'"' | b'\\');
            rest = tail;
        }
        Ok(Self(if is_bare { Form::Bare(text) } else { Form::Quoted(text) }))
    }

    /// The same text, written as a quoted string.
    pub(crate) const fn in_quotes(self) -> Self {
        match self.0 {
            // No token has a character that needs a backslash.
            Form::Token(text) => Self(Form::Quoted(text)),
            _ => self,
        }
    }
}

impl<'a> Form<'a> {
    /// The text as it is held.
    const fn written(self) -> &'a str {
        let (Self::Token(text) | Self::Quoted(text) | Self::Escaped(text) | Self::Bare(text)) =
            self;
        text
    }

    /// Another text, a part of this one.
    const fn with(self, text: &'a str) -> Self {
        match self {
            Self::Token(_) => Self::Token(text),
            Self::Quoted(_) => Self::Quoted(text),
            Self::Escaped(_) => Self::Escaped(text),
            Self::Bare(_) => Self::Bare(text),
        }
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_str(), other.as_str()) {
            (Some(a), Some(b)) => a == b,
            _ => self.chars().eq(other.chars()),
        }
    }
}

impl Eq for Value<'_> {}

impl PartialEq<str> for Value<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_str() {
            Some(text) => text == other,
            None => self.chars().eq(other.chars()),
        }
    }
}

impl PartialEq<&str> for Value<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

/// As a quoted string is written. `escape_debug` keeps a panic in the image.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}

/// Iterator over the pieces of a [`Value`].
#[derive(Clone)]
pub struct Pieces<'a> {
    rest: &'a str,
    escaped: bool,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut rest = self.rest;
        let mut skipped: usize = 0;
        if self.escaped && rest.as_bytes().first() == Some(&b'\\') {
            // What stands behind the backslash is text, also a backslash.
            rest = behind(rest, 1);
            skipped = 1;
        }
        if rest.is_empty() {
            return None;
        }
        let text = rest.as_bytes().get(skipped..).unwrap_or_default();
        let len = match find(text, b'\\') {
            Some(at) if self.escaped => at.saturating_add(skipped),
            _ => rest.len(),
        };
        let (piece, tail) = cut(rest, len);
        self.rest = tail;
        Some(piece)
    }
}

impl FusedIterator for Pieces<'_> {}

impl fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone().map(|piece| Value(Form::Bare(piece)))).finish()
    }
}

/// Iterator over the values between the spaces of a [`Value`].
#[derive(Clone)]
pub struct Words<'a>(Form<'a>);

impl<'a> Words<'a> {
    /// No word at all.
    pub(crate) const EMPTY: Self = Self(Form::Token(""));
}

impl<'a> Iterator for Words<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let mut rest = self.0.written();
        let escaped = matches!(self.0, Form::Escaped(_));
        loop {
            let (word, tail) = split_word(rest, escaped);
            rest = tail;
            if !word.is_empty() || tail.is_empty() {
                self.0 = self.0.with(tail);
                return (!word.is_empty()).then_some(Value(self.0.with(word)));
            }
        }
    }
}

impl FusedIterator for Words<'_> {}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// `text` before its first space, and behind it. With a backslash before it, it is a space too.
fn split_word(text: &str, escaped: bool) -> (&str, &str) {
    let mut rest = text.as_bytes();
    loop {
        let at = text.len().saturating_sub(rest.len());
        rest = match rest {
            [] => return (text, ""),
            [b' ', ..] => return (cut(text, at).0, behind(text, at.saturating_add(1))),
            [b'\\', b' ', ..] if escaped => {
                return (cut(text, at).0, behind(text, at.saturating_add(2)));
            }
            [b'\\', _, tail @ ..] if escaped => tail,
            [_, tail @ ..] => tail,
        };
    }
}
