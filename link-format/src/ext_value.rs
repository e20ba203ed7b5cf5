use core::fmt;

use crate::error::{DecodeError, ErrorKind};
use crate::grammar::{cut_at, hex_pair, is_attr_char};

/// The value of an attribute whose name ends with `*`, such as `title*`: text with its language.
///
/// ```text
/// UTF-8'de'n%C3%A4chstes%20Kapitel
/// charset ' language ' percent-encoded text
/// ```
///
/// RFC 8187 section 3.2
///
/// ```
/// use link_format::Links;
///
/// let links = Links::decode(b"</b>;title*=UTF-8'de'n%c3%a4chstes%20Kapitel")?;
/// let title = links.iter().next().and_then(|link| link.title_star()).ok_or("no title*")?;
/// assert_eq!((title.charset(), title.language()), ("UTF-8", "de"));
/// let mut buffer = [0; 32];
/// assert_eq!(title.decode_to(&mut buffer), Ok(Some("nächstes Kapitel")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtValue<'a> {
    charset: &'a str,
    language: &'a str,
    encoded: &'a str,
}

impl<'a> ExtValue<'a> {
    /// Takes a text that is an `ext-value`.
    ///
    /// A language tag is looked at as far as RFC 5646 gives all of them one shape: subtags of one
    /// to eight letters and digits, of letters alone in the first, between hyphens.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    pub const fn new(text: &'a str) -> Result<Self, DecodeError> {
        let len = Self::len_in(text.as_bytes());
        match len {
            Ok(len) if len == text.len() => Ok(Self::checked(text)),
            Ok(len) => Err(DecodeError::new(ErrorKind::ExtValue, len)),
            Err(error) => Err(error),
        }
    }

    /// The charset, as it is written: `UTF-8`, in any case, from whoever keeps to RFC 8187.
    #[must_use]
    pub const fn charset(&self) -> &'a str {
        self.charset
    }

    /// The language tag; empty if none is given.
    #[must_use]
    pub const fn language(&self) -> &'a str {
        self.language
    }

    /// The text, percent-encoded.
    #[must_use]
    pub const fn encoded(&self) -> &'a str {
        self.encoded
    }

    /// The text as bytes of the charset.
    #[must_use]
    pub const fn bytes(&self) -> PercentDecoded<'a> {
        PercentDecoded::new(self.encoded)
    }

    /// Decodes the text to the beginning of `out`; `None` if the charset is not UTF-8 or the bytes
    /// are not.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub fn decode_to<'o>(&self, out: &'o mut [u8]) -> Result<Option<&'o str>, crate::EncodeError> {
        let bytes = crate::writer::collect_bytes(self.bytes(), out)?;
        let is_utf8 = self.charset.eq_ignore_ascii_case("UTF-8");
        Ok(if is_utf8 { core::str::from_utf8(bytes).ok() } else { None })
    }

    /// Encodes `text` in UTF-8 to the beginning of `out`, for a value of
    /// [`Attribute::new`](crate::Attribute::new).
    ///
    /// ```
    /// use link_format::{Attribute, ExtValue};
    ///
    /// let mut buffer = [0; 64];
    /// let value = ExtValue::encode("de", "nächstes Kapitel", &mut buffer)?;
    /// assert_eq!(value, "UTF-8'de'n%C3%A4chstes%20Kapitel");
    /// let title = Attribute::new("title*", value)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter. A `language` that is no language tag makes a
    /// value that `Attribute::new` does not take.
    pub fn encode<'o>(
        language: &str,
        text: &str,
        out: &'o mut [u8],
    ) -> Result<&'o str, crate::EncodeError> {
        let head = b"UTF-8'".iter().copied().chain(language.bytes()).chain(*b"'");
        let encoded = text.bytes().flat_map(|byte| percent_encoded(byte, is_attr_char(byte)));
        let bytes = crate::writer::collect_bytes(head.chain(encoded), out)?;
        Ok(core::str::from_utf8(bytes).unwrap_or_default())
    }

    /// A text that is already checked.
    pub(crate) const fn checked(text: &'a str) -> Self {
        let (charset, rest) = split_quote(text);
        let (language, encoded) = split_quote(rest);
        Self { charset, language, encoded }
    }

    /// Length of the `ext-value` that `text` begins with.
    pub(crate) const fn len_in(text: &[u8]) -> Result<usize, DecodeError> {
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            if !is_charset_char(*byte) {
                break;
            }
            rest = tail;
        }
        let at = text.len().saturating_sub(rest.len());
        let [b'\'', language @ ..] = rest else {
            return Err(DecodeError::new(ErrorKind::ExtValue, at));
        };
        if at == 0 {
            return Err(DecodeError::new(ErrorKind::ExtValue, at));
        }
        let encoded = match behind_language(language) {
            Ok(encoded) => encoded,
            Err(rest) => {
                let at = text.len().saturating_sub(rest.len());
                return Err(DecodeError::new(ErrorKind::ExtValue, at));
            }
        };
        let mut rest = encoded;
        loop {
            let at = text.len().saturating_sub(rest.len());
            rest = match rest {
                [b'%', high, low, tail @ ..] if hex_pair(*high, *low).is_some() => tail,
                [b'%', ..] => return Err(DecodeError::new(ErrorKind::PercentEncoding, at)),
                [byte, tail @ ..] if is_attr_char(*byte) => tail,
                _ => return Ok(at),
            };
        }
    }
}

impl fmt::Debug for ExtValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}'{}'{}", self.charset, self.language, self.encoded)
    }
}

/// Bytes of a percent-encoded text. What is no percent-encoding stays as it is.
#[derive(Debug, Clone)]
pub struct PercentDecoded<'a>(&'a [u8]);

impl<'a> PercentDecoded<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self(text.as_bytes())
    }

    /// Length of what is left, as it is encoded.
    pub(crate) const fn encoded_len(&self) -> usize {
        self.0.len()
    }
}

impl Iterator for PercentDecoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (mut byte, mut rest) = self.0.split_first().map(|(byte, rest)| (*byte, rest))?;
        if let [b'%', high, low, tail @ ..] = self.0 {
            if let Some(decoded) = hex_pair(*high, *low) {
                (byte, rest) = (decoded, tail);
            }
        }
        self.0 = rest;
        Some(byte)
    }
}

/// `mime-charsetc`. RFC 8187 section 3.2.1
const fn is_charset_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'+'
                | b'-'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'}'
                | b'~'
        )
}

/// What is left behind `[ language ] "'"`; or what is left where that breaks off.
const fn behind_language(text: &[u8]) -> Result<&[u8], &[u8]> {
    if let [b'\'', tail @ ..] = text {
        return Ok(tail);
    }
    let mut rest = text;
    let mut len: u8 = 0;
    let mut is_first = true;
    loop {
        (rest, len) = match rest {
            [b'a'..=b'z' | b'A'..=b'Z', tail @ ..] if len < 8 => (tail, len.saturating_add(1)),
            [b'0'..=b'9', tail @ ..] if len < 8 && !is_first => (tail, len.saturating_add(1)),
            [b'-', tail @ ..] if len > 0 => {
                is_first = false;
                (tail, 0)
            }
            [b'\'', tail @ ..] if len > 0 => return Ok(tail),
            _ => return Err(rest),
        };
    }
}

const fn split_quote(text: &str) -> (&str, &str) {
    match cut_at(text, b'\'') {
        (before, Some(behind)) => (before, behind),
        (text, None) => (text, ""),
    }
}

/// `byte` as it is, or percent-encoded.
pub(crate) fn percent_encoded(byte: u8, is_plain: bool) -> impl Iterator<Item = u8> + Clone {
    let (bytes, len) = match is_plain {
        true => ([byte, 0, 0], 1),
        false => ([b'%', hex(byte >> 4), hex(byte & 0xF)], 3),
    };
    bytes.into_iter().take(len)
}

const fn hex(digit: u8) -> u8 {
    match digit {
        0..=9 => b'0'.wrapping_add(digit),
        _ => b'A'.wrapping_sub(10).wrapping_add(digit),
    }
}
