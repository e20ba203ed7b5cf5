//! `Content-Disposition` of a part of a form.

use core::fmt::{self, Write};
use core::iter::FusedIterator;

use super::{Error, Kind};
use crate::error::EncodeError;
use crate::scan::{TCHAR, is_value};
use crate::writer::Writer;

/// The `Content-Disposition` of a part of `multipart/form-data`: which field of the form it is, and
/// for a file its name.
///
/// ```text
/// form-data; name="field"; filename="file.txt"
/// ```
///
/// A value is a token, or stands in quotes, within which browsers write a quote, CR and LF as
/// `%22`, `%0D` and `%0A`, and everything else as it is, also backslashes. So it is read here. What
/// would be read in two ways is refused: see [`Kind`](super::Kind). Other parameters are passed
/// over.
///
/// RFC 7578 section 4.2, RFC 2183, and the HTML standard on form submission.
///
/// ```
/// use http_lite::multipart::{FormData, Kind};
///
/// let form = FormData::parse(br#"form-data; name="a %22b%22"; filename="C:\x.txt""#)?;
/// assert!(form.name.is("a \"b\""));
/// assert!(form.filename.unwrap().is("C:\\x.txt"));
///
/// let error = FormData::parse(br#"form-data; name="a\"; filename="b""#).unwrap_err();
/// assert_eq!((error.kind, error.offset), (Kind::Quoted, 18));
/// # Ok::<(), http_lite::multipart::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormData<'a> {
    /// The name of the field. It need not be unique: several files have the same.
    pub name: FormText<'a>,
    /// The name of the file, if it is one. It may be empty, and is never a path to be trusted.
    pub filename: Option<FormText<'a>>,
}

impl<'a> FormData<'a> {
    /// Reads the value of the field.
    ///
    /// # Errors
    ///
    /// [`Error`] with the index of the byte in `value`.
    pub fn parse(value: &'a [u8]) -> Result<Self, Error> {
        let (disposition, mut rest) = token(value);
        let fail = |kind, rest: &[u8]| {
            let offset = value.len().saturating_sub(rest.len()) as u64;
            Err(Error { kind, offset })
        };
        if !disposition.eq_ignore_ascii_case(b"form-data") {
            return fail(Kind::NotFormData, value);
        }
        let (mut name, mut filename) = (None, None);
        loop {
            rest = match skip_space(rest) {
                [] => break,
                [b';', rest @ ..] => skip_space(rest),
                rest => return fail(Kind::Parameter, rest),
            };
            let begin = rest;
            let (key, behind) = token(rest);
            let [b'=', behind @ ..] = behind else {
                return fail(Kind::Parameter, behind);
            };
            if key.is_empty() {
                return fail(Kind::Parameter, rest);
            }
            let text;
            (text, rest) = match FormText::read(behind) {
                Ok(read) => read,
                Err((kind, rest)) => return fail(kind, rest),
            };
            let place = if key.eq_ignore_ascii_case(b"name") {
                &mut name
            } else if key.eq_ignore_ascii_case(b"filename") {
                &mut filename
            } else if key.eq_ignore_ascii_case(b"name*") || key.eq_ignore_ascii_case(b"filename*") {
                return fail(Kind::ExtendedParameter, begin);
            } else {
                continue;
            };
            if place.replace(text).is_some() {
                return fail(Kind::ParameterTwice, begin);
            }
        }
        match name {
            Some(name) => Ok(Self { name, filename }),
            None => fail(Kind::NameMissing, &[]),
        }
    }
}

/// A name in a `Content-Disposition`. Mostly UTF-8, never certain to be.
#[derive(Clone, Copy)]
pub struct FormText<'a>(&'a [u8]);

impl<'a> FormText<'a> {
    /// The bytes as they were sent, with `%22`, `%0D` and `%0A`.
    pub const fn raw(self) -> &'a [u8] {
        self.0
    }

    /// The bytes that are meant.
    pub const fn bytes(self) -> FormTextBytes<'a> {
        FormTextBytes(self.0)
    }

    /// True if `text` is meant.
    pub fn is(self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }

    /// Copies the bytes that are meant to the start of `out`; how many these are.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub fn copy_to(self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        for byte in self.bytes() {
            w.u8(byte);
        }
        w.finish()
    }

    /// The value of a parameter, and what is behind it; or what is wrong, and the bytes from there
    /// on.
    fn read(value: &'a [u8]) -> Result<Read<'a>, (Kind, &'a [u8])> {
        let [b'"', inner @ ..] = value else {
            let (text, rest) = token(value);
            return if text.is_empty() {
                Err((Kind::Parameter, value))
            } else {
                Ok((Self(text), rest))
            };
        };
        let mut rest = inner;
        loop {
            rest = match rest {
                [b'"', behind @ ..] => {
                    let len = inner.len().saturating_sub(rest.len());
                    return Ok((Self(inner.get(..len).unwrap_or_default()), behind));
                }
                // RFC 9110 section 5.6.4 would read a quote of the value, a browser its end.
                [b'\\', b'"', ..] | [] => return Err((Kind::Quoted, rest)),
                [byte, behind @ ..] if is_value(*byte) => behind,
                _ => return Err((Kind::Parameter, rest)),
            };
        }
    }
}

/// A value, and what is behind it.
type Read<'a> = (FormText<'a>, &'a [u8]);

/// As they are meant.
impl PartialEq for FormText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for FormText<'_> {}

impl fmt::Debug for FormText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.bytes().try_for_each(|byte| write!(f, "{}", byte.escape_ascii()))?;
        f.write_char('"')
    }
}

/// Iterator over the bytes that a [`FormText`] means.
#[derive(Debug, Clone)]
pub struct FormTextBytes<'a>(&'a [u8]);

impl Iterator for FormTextBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = match self.0 {
            [b'%', b'2', b'2', rest @ ..] => (b'"', rest),
            [b'%', b'0', b'D', rest @ ..] => (b'\r', rest),
            [b'%', b'0', b'A', rest @ ..] => (b'\n', rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        self.0 = rest;
        Some(byte)
    }
}

impl FusedIterator for FormTextBytes<'_> {}

/// The token at the start, which may be empty, and the rest.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let len = text.iter().take_while(|byte| TCHAR.has(**byte)).count();
    text.split_at_checked(len).unwrap_or((text, &[]))
}

fn skip_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn reads_what_browsers_and_others_send() {
        let table: &[(&[u8], &str, Option<&str>)] = &[
            (b"form-data; name=\"a\"", "a", None),
            (b"FORM-DATA;NAME=a", "a", None),
            (b"form-data ;\tname=\"\" ; filename=\"\" ", "", Some("")),
            (b"form-data; filename=b; name=a", "a", Some("b")),
            (b"form-data; name=\"a;b=c\"; x=\"\"; filename=\"d e\"", "a;b=c", Some("d e")),
            (b"form-data; name=\"%22%0D%0A%\"", "\"\r\n%", None),
            (b"form-data; name=\"%0d%2%252 %\"", "%0d%2%252 %", None),
            (b"form-data; name=\"a\\b\\\\c\"", "a\\b\\\\c", None),
            ("form-data; name=\"é\"; filename=\"→.txt\"".as_bytes(), "é", Some("→.txt")),
        ];
        for (value, name, filename) in table {
            let form = FormData::parse(value).unwrap();
            assert!(form.name.is(name), "{form:?}");
            let bytes = form.filename.map(|filename| filename.bytes().collect::<Vec<u8>>());
            assert_eq!(bytes.as_deref(), filename.map(str::as_bytes));
        }
    }

    #[test]
    fn rejects_what_is_read_in_two_ways() {
        let table: &[(&[u8], Kind, u64)] = &[
            (b"", Kind::NotFormData, 0),
            (b"attachment; name=a", Kind::NotFormData, 0),
            (b"form-data2; name=a", Kind::NotFormData, 0),
            (b" form-data; name=a", Kind::NotFormData, 0),
            (b"form-data", Kind::NameMissing, 9),
            (b"form-data; filename=\"a\"", Kind::NameMissing, 23),
            (b"form-data name=a", Kind::Parameter, 10),
            (b"form-data;", Kind::Parameter, 10),
            (b"form-data; name=a;", Kind::Parameter, 18),
            (b"form-data;; name=a", Kind::Parameter, 10),
            (b"form-data; name", Kind::Parameter, 15),
            (b"form-data; name =a", Kind::Parameter, 15),
            (b"form-data; =a", Kind::Parameter, 11),
            (b"form-data; name=", Kind::Parameter, 16),
            (b"form-data; name= a", Kind::Parameter, 16),
            (b"form-data; name=a b", Kind::Parameter, 18),
            (b"form-data; name=\"a\"b", Kind::Parameter, 19),
            (b"form-data; name=\"a\0\"", Kind::Parameter, 18),
            (b"form-data; name=\"a", Kind::Quoted, 18),
            (b"form-data; name=\"a\\\"\"", Kind::Quoted, 18),
            (b"form-data; name=a; x=\"\\\"\"", Kind::Quoted, 22),
            (b"form-data; name=a; NAME=a", Kind::ParameterTwice, 19),
            (b"form-data; filename=a; filename=b; name=a", Kind::ParameterTwice, 23),
            (b"form-data; name=a; filename*=utf-8''b", Kind::ExtendedParameter, 19),
            (b"form-data; name*=utf-8''b", Kind::ExtendedParameter, 11),
        ];
        for (value, kind, offset) in table {
            let expected = Err(Error { kind: *kind, offset: *offset });
            assert_eq!(FormData::parse(value), expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn a_name_is_copied_or_tells_what_it_needs() {
        let name = FormData::parse(b"form-data; name=\"a%22b\"").unwrap().name;
        assert_eq!(name.raw(), b"a%22b");
        assert_eq!(std::format!("{name:?}"), "\"a\\\"b\"");
        let mut out = [0; 3];
        for short in 0..3 {
            let error = EncodeError::BufferTooSmall { needed: 3 };
            assert_eq!(name.copy_to(&mut out[..short]), Err(error));
        }
        assert_eq!(name.copy_to(&mut out), Ok(3));
        assert_eq!(&out, b"a\"b");
    }
}
