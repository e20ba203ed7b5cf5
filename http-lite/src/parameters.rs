//! Parameters behind a value, and what can be a parameter's value. RFC 9110 sections 5.6.4, 5.6.6.

use core::fmt::{self, Write};
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::list::{eq_ignore_case, head, is_token, tail, token_len};
use crate::scan::{is_value, trim};
use crate::writer::Writer;

/// The parameters behind a value: `;name=value;name="value"`, checked.
///
/// Whitespace may stand around `;`, none around `=`. RFC 9110 section 5.6.6.
///
/// ```
/// use http_lite::Parameters;
///
/// let parameters = Parameters::parse(br#"; charset="utf-8";;q=0.5"#).unwrap();
/// assert_eq!(parameters.iter().count(), 2);
/// assert!(parameters.get(b"Charset").unwrap().eq_ignore_case(b"UTF-8"));
/// assert!(Parameters::parse(b";q = 1").is_none());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(ParameterIter<'a>);

impl<'a> Parameters<'a> {
    /// No parameter.
    pub const EMPTY: Self = Self(ParameterIter { rest: &[] });

    /// Takes what stands behind a value, from its first `;` on; `None` if that is malformed.
    #[must_use]
    pub const fn parse(text: &'a [u8]) -> Option<Self> {
        let mut rest = trim(text);
        while let [b';', behind @ ..] = rest {
            rest = trim(behind);
            if matches!(rest, [] | [b';', ..]) {
                continue; // an empty one
            }
            match Parameter::read(rest) {
                Some((_, behind)) => rest = trim(behind),
                None => return None,
            }
        }
        if rest.is_empty() { Some(Self(ParameterIter { rest: text })) } else { None }
    }

    /// In the order in which they stand there.
    #[must_use]
    pub const fn iter(&self) -> ParameterIter<'a> {
        self.0
    }

    /// The value of the first parameter of this name, compared without case.
    #[must_use]
    pub const fn get(&self, name: &[u8]) -> Option<ParameterValue<'a>> {
        let mut parameters = self.iter();
        while let Some(parameter) = parameters.next_parameter() {
            if eq_ignore_case(parameter.name, name) {
                return Some(parameter.value);
            }
        }
        None
    }
}

impl<'a> IntoIterator for Parameters<'a> {
    type Item = Parameter<'a>;
    type IntoIter = ParameterIter<'a>;

    fn into_iter(self) -> ParameterIter<'a> {
        self.0
    }
}

/// A name and a value. RFC 9110 section 5.6.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// A token. Its case does not matter.
    pub name: &'a [u8],
    /// A token or a quoted string. Whether its case matters depends on the name.
    pub value: ParameterValue<'a>,
}

impl<'a> Parameter<'a> {
    /// The parameter at the beginning, and what is behind it.
    pub(crate) const fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name, rest) = match text.split_at_checked(token_len(text)) {
            Some((name, [b'=', rest @ ..])) if !name.is_empty() => (name, rest),
            _ => return None,
        };
        match ParameterValue::read(rest) {
            Some((value, rest)) => Some((Self { name, value }, rest)),
            None => None,
        }
    }
}

/// Iterator over [`Parameters`].
#[derive(Clone, Copy)]
pub struct ParameterIter<'a> {
    rest: &'a [u8],
}

impl<'a> ParameterIter<'a> {
    /// The next one, in a `const fn` too. What it goes through has been checked.
    pub(crate) const fn next_parameter(&mut self) -> Option<Parameter<'a>> {
        while let [b';' | b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
        match Parameter::read(self.rest) {
            Some((parameter, rest)) => {
                self.rest = rest;
                Some(parameter)
            }
            None => None,
        }
    }
}

impl<'a> Iterator for ParameterIter<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        self.next_parameter()
    }
}

impl FusedIterator for ParameterIter<'_> {}

impl fmt::Debug for ParameterIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// A text that is written as a token or as a quoted string. Both mean the same.
///
/// Backslashes of a quoted string are taken out when it is read. Values are compared as texts. RFC
/// 9110 sections 5.6.2, 5.6.4.
///
/// ```
/// use http_lite::ParameterValue;
///
/// let value = ParameterValue::parse(br#""say \"hi\"""#).unwrap();
/// assert_eq!(value, br#"say "hi""#);
/// assert_eq!(value, ParameterValue::new(br#"say "hi""#).unwrap());
/// let mut out = [0; 16];
/// assert_eq!(value.encode(&mut out), Ok(12));
/// assert_eq!(&out[..12], br#""say \"hi\"""#);
/// ```
#[derive(Clone, Copy)]
pub struct ParameterValue<'a>(Form<'a>);

/// How a value is written.
#[derive(Clone, Copy)]
enum Form<'a> {
    /// As it is.
    Token(&'a [u8]),
    /// Between quotes, as it is: what somebody sent, perhaps with backslashes.
    Quoted(&'a [u8]),
    /// Between quotes, with a backslash before each `"` and `\`.
    Bare(&'a [u8]),
}

impl<'a> ParameterValue<'a> {
    /// This text: a token if it can be one. `None` if it has a control character other than the
    /// tabulator, which no quoted string can have.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Option<Self> {
        if is_token(text) {
            return Some(Self(Form::Token(text)));
        }
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            if !is_value(*byte) {
                return None;
            }
            rest = tail;
        }
        Some(Self(Form::Bare(text)))
    }

    /// Takes a token or a quoted string, and nothing else.
    #[must_use]
    pub const fn parse(text: &'a [u8]) -> Option<Self> {
        match Self::read(text) {
            Some((value, [])) => Some(value),
            _ => None,
        }
    }

    /// The same text, written as a quoted string, as some fields want it.
    #[must_use]
    pub const fn in_quotes(self) -> Self {
        match self.0 {
            Form::Token(text) => Self(Form::Quoted(text)), // no token needs a backslash
            _ => self,
        }
    }

    /// The text, if it lies in one piece: always but where a quoted string has a backslash.
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&'a [u8]> {
        match self.0 {
            Form::Token(text) | Form::Bare(text) => Some(text),
            Form::Quoted(text) => {
                let mut rest = text;
                while let [byte, tail @ ..] = rest {
                    if *byte == b'\\' {
                        return None;
                    }
                    rest = tail;
                }
                Some(text)
            }
        }
    }

    /// The bytes of the text, without the backslashes.
    #[must_use]
    pub const fn bytes(&self) -> TextBytes<'a> {
        match self.0 {
            Form::Token(rest) | Form::Bare(rest) => TextBytes { rest, escaped: false },
            Form::Quoted(rest) => TextBytes { rest, escaped: true },
        }
    }

    /// Is it this text, but for the case of ASCII letters?
    #[must_use]
    pub const fn eq_ignore_case(&self, text: &[u8]) -> bool {
        let (mut bytes, mut rest) = (self.bytes(), text);
        while let Some(byte) = bytes.next_byte() {
            match rest {
                [other, tail @ ..] if byte.eq_ignore_ascii_case(other) => rest = tail,
                _ => return false,
            }
        }
        rest.is_empty()
    }

    /// Is it the same as a parameter's value? The case of a charset does not matter, that of others
    /// may.
    pub(crate) const fn is_same(&self, parameter: Parameter<'_>) -> bool {
        let ignores_case = eq_ignore_case(parameter.name, b"charset");
        let (mut a, mut b) = (self.bytes(), parameter.value.bytes());
        loop {
            match (a.next_byte(), b.next_byte()) {
                (Some(a), Some(b)) if a == b || ignores_case && a.eq_ignore_ascii_case(&b) => {}
                (None, None) => return true,
                _ => return false,
            }
        }
    }

    /// Copies the text to the beginning of `out`.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn copy_to<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], EncodeError> {
        let mut w = Writer::new(out);
        let mut bytes = self.bytes();
        while let Some(byte) = bytes.next_byte() {
            w.u8(byte);
        }
        match w.finish() {
            Ok(len) => Ok(head(out, len)),
            Err(error) => Err(error),
        }
    }

    /// Writes it as it stands in a field.
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

    pub(crate) const fn write(&self, w: &mut Writer<'_>) {
        match self.0 {
            Form::Token(text) => w.bytes(text),
            Form::Quoted(text) => {
                w.u8(b'"');
                w.bytes(text);
                w.u8(b'"');
            }
            Form::Bare(text) => {
                w.u8(b'"');
                let mut rest = text;
                while let [byte, tail @ ..] = rest {
                    if matches!(byte, b'"' | b'\\') {
                        w.u8(b'\\');
                    }
                    w.u8(*byte);
                    rest = tail;
                }
                w.u8(b'"');
            }
        }
    }

    /// The value at the beginning, and what is behind it.
    pub(crate) const fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let [b'"', inner @ ..] = text else {
            let len = token_len(text);
            return if len == 0 {
                None
            } else {
                Some((Self(Form::Token(head(text, len))), tail(text, len)))
            };
        };
        let mut rest = inner;
        loop {
            rest = match rest {
                [b'"', behind @ ..] => {
                    let len = inner.len().saturating_sub(rest.len());
                    return Some((Self(Form::Quoted(head(inner, len))), behind));
                }
                [b'\\', byte, tail @ ..] if is_value(*byte) => tail,
                [byte, tail @ ..] if *byte != b'\\' && is_value(*byte) => tail,
                _ => return None, // no end, or a control character
            };
        }
    }
}

impl PartialEq for ParameterValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for ParameterValue<'_> {}

impl PartialEq<[u8]> for ParameterValue<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.bytes().eq(other.iter().copied())
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for ParameterValue<'_> {
    fn eq(&self, other: &&[u8; N]) -> bool {
        *self == other[..]
    }
}

/// The text between quotes, a byte above 127 as the character of that number.
impl fmt::Debug for ParameterValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        write_text(self.bytes(), f)?;
        f.write_char('"')
    }
}

/// Iterator over the bytes of a [`ParameterValue`].
#[derive(Clone)]
pub struct TextBytes<'a> {
    rest: &'a [u8],
    escaped: bool,
}

impl TextBytes<'_> {
    const fn next_byte(&mut self) -> Option<u8> {
        let (byte, rest) = match self.rest {
            [b'\\', byte, rest @ ..] if self.escaped => (byte, rest),
            [byte, rest @ ..] => (byte, rest),
            [] => return None,
        };
        self.rest = rest;
        Some(*byte)
    }
}

impl Iterator for TextBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.next_byte()
    }
}

impl FusedIterator for TextBytes<'_> {}

/// How many bytes are left, backslashes counted.
impl fmt::Debug for TextBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextBytes").field("left", &self.rest.len()).finish()
    }
}

/// Each byte as the character of that number.
pub(crate) fn write_text(
    mut bytes: impl Iterator<Item = u8>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    bytes.try_for_each(|byte| f.write_char(char::from(byte)))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    fn parameters(text: &[u8]) -> Option<std::vec::Vec<Parameter<'_>>> {
        Parameters::parse(text).map(|parameters| parameters.iter().collect())
    }

    fn parameter<'a>(name: &'a [u8], value: &'a [u8]) -> Parameter<'a> {
        Parameter { name, value: ParameterValue::new(value).unwrap() }
    }

    #[test]
    fn reads_parameters() {
        let empty = [b"".as_slice(), b" ", b";", b" ; ;\t"];
        for text in empty {
            assert_eq!(parameters(text), Some(std::vec![]), "{:?}", text.escape_ascii());
        }
        let one = [b";a=b".as_slice(), b" ; a=b ", b";;a=b;", br#";a="b""#, br#";a="\b" ; "#];
        for text in one {
            let wanted = std::vec![parameter(b"a", b"b")];
            assert_eq!(parameters(text), Some(wanted), "{:?}", text.escape_ascii());
        }
        let wanted = std::vec![parameter(b"a", b"x;y=z"), parameter(b"b", b"")];
        assert_eq!(parameters(br#";a="x;y=z";b="""#), Some(wanted));
    }

    #[test]
    fn rejects_malformed_parameters() {
        for (text, why) in [
            (&b"a=b"[..], "no semicolon"),
            (b";a", "no value"),
            (b";a=", "empty token"),
            (b";=b", "no name"),
            (b";a =b", "whitespace before ="),
            (b";a= b", "whitespace behind ="),
            (b";a=b c", "two tokens"),
            (br#";a="b"c"#, "something behind a quoted string"),
            (br#";a="b"#, "no closing quote"),
            (br#";a="b\"#, "ends within an escape"),
            (br#";a="b\""#, "the closing quote is escaped"),
            (b";a=\"b\x00\"", "NUL"),
            (b";a=\"b\\\x1f\"", "an escaped control character"),
            (b";a=\"b\x7f\"", "DEL"),
            (b";a=b/c", "no token"),
            (b";\xe4=b", "obs-text in a name"),
        ] {
            assert_eq!(parameters(text), None, "{why}");
        }
    }

    #[test]
    fn the_first_of_a_name_is_found() {
        let parameters = Parameters::parse(b";A=1;b=2;a=3").unwrap();
        assert_eq!(parameters.get(b"a").unwrap(), b"1");
        assert_eq!(parameters.get(b"B").unwrap(), b"2");
        assert_eq!(parameters.get(b"c"), None);
    }

    #[test]
    fn values_are_compared_without_quotes_and_backslashes() {
        let value = ParameterValue::parse(br#""\a\b c""#).unwrap();
        assert_eq!(value, b"ab c");
        assert!(value.eq_ignore_case(b"AB C"));
        assert!(!value.eq_ignore_case(b"AB") && !value.eq_ignore_case(b"AB CD"));
        assert_eq!(value.as_bytes(), None);
        assert_eq!(ParameterValue::parse(br#""a b""#).unwrap().as_bytes(), Some(&b"a b"[..]));
        assert_eq!(std::format!("{value:?}"), "\"ab c\"");
    }

    #[test]
    fn a_short_buffer_tells_what_is_needed() {
        let value = ParameterValue::new(br#"a"b"#).unwrap();
        let mut out = [0; 6];
        for len in 0..6 {
            let error = Err(EncodeError::BufferTooSmall { needed: 6 });
            assert_eq!(value.encode(&mut out[..len]), error);
        }
        assert_eq!((value.encode(&mut out), value.encoded_len()), (Ok(6), 6));
        assert_eq!(&out, br#""a\"b""#);
        for len in 0..3 {
            let error = Err(EncodeError::BufferTooSmall { needed: 3 });
            assert_eq!(value.copy_to(&mut out[..len]), error);
        }
        assert_eq!(value.copy_to(&mut out), Ok(&br#"a"b"#[..]));
    }

    #[test]
    fn no_control_character_can_be_written() {
        for byte in 0..=255u8 {
            let is_allowed = byte == b'\t' || (byte >= b' ' && byte != 0x7F);
            assert_eq!(ParameterValue::new(&[b' ', byte]).is_some(), is_allowed, "{byte:#x}");
        }
    }
}
