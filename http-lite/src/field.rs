//! Fields: names, values, and lists of them.

use core::fmt;

use crate::error::FieldError;
use crate::list::{self, Elements, eq_ignore_case};
use crate::scan::{self, TCHAR, is_value, trim};
use crate::writer::Writer;

/// One field line: a name and a value.
///
/// ```text
/// field-line = field-name ":" OWS field-value OWS
/// ```
///
/// Name and value are checked when they are made, so no line break and no second field can come
/// through either. RFC 9112 section 5.
///
/// ```
/// use http_lite::Field;
///
/// const SERVER: Field<'_> = match Field::new("Server", "boiler/1.0") {
///     Ok(field) => field,
///     Err(_) => panic!("not a field"), // fails the build
/// };
/// assert!(SERVER.name.is("server"));
/// assert!(Field::new("Location", "/a\r\nSet-Cookie: b=c").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Compared without case.
    pub name: FieldName<'a>,
    /// Without white space at its ends.
    pub value: FieldValue<'a>,
}

impl<'a> Field<'a> {
    /// `Transfer-Encoding: chunked`.
    pub const CHUNKED: Self = Self::of_checked(b"Transfer-Encoding", b"chunked");
    /// `Connection: close`.
    pub const CLOSE: Self = Self::of_checked(b"Connection", b"close");
    /// `Connection: keep-alive`.
    pub const KEEP_ALIVE: Self = Self::of_checked(b"Connection", b"keep-alive");

    /// A field of two texts.
    ///
    /// # Errors
    ///
    /// [`FieldError`] unless the name is a token and the value has neither control characters (but
    /// HTAB) nor white space at its ends.
    pub const fn new(name: &'a str, value: &'a str) -> Result<Self, FieldError> {
        match (FieldName::new(name.as_bytes()), FieldValue::new(value.as_bytes())) {
            (Some(name), Some(value)) => Ok(Self { name, value }),
            (None, _) => Err(FieldError::Name),
            (_, None) => Err(FieldError::Value),
        }
    }

    /// `Content-Length`.
    pub const fn content_length(len: u64) -> Self {
        Self { name: FieldName(b"Content-Length"), value: FieldValue::number(len) }
    }

    pub(crate) const fn of_checked(name: &'a [u8], value: &'a [u8]) -> Self {
        Self { name: FieldName(name), value: FieldValue(Repr::Bytes(value)) }
    }

    pub(crate) const fn write(&self, w: &mut Writer<'_>) {
        w.bytes(self.name.0);
        w.bytes(b": ");
        self.value.write(w);
        w.bytes(b"\r\n");
    }
}

/// The name of a field: a token, compared without case.
///
/// RFC 9110 section 5.1.
#[derive(Clone, Copy)]
pub struct FieldName<'a>(&'a [u8]);

impl<'a> FieldName<'a> {
    /// `None` if it is not a token.
    pub const fn new(name: &'a [u8]) -> Option<Self> {
        if TCHAR.has_all(name) { Some(Self(name)) } else { None }
    }

    /// Its bytes, which are ASCII, in the case they came in.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Its text.
    pub const fn as_str(&self) -> &'a str {
        match core::str::from_utf8(self.0) {
            Ok(text) => text,
            Err(_) => "", // never: a token is ASCII
        }
    }

    /// True if it is `name`, in any case.
    pub const fn is(&self, name: &str) -> bool {
        eq_ignore_case(self.0, name.as_bytes())
    }
}

/// The value of a field: bytes without controls but HTAB, and without white space at the ends. Often
/// ASCII, never certain to be UTF-8.
///
/// To send one, it may also be a number, which is written in digits when it is encoded. A date is bytes:
/// `FieldValue::new(&date.to_bytes())`.
/// `Debug` shows it; [`Field`] and [`Fields`] hide those that carry credentials.
///
/// RFC 9110 section 5.5.
#[derive(Clone, Copy)]
pub struct FieldValue<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Bytes(&'a [u8]),
    Number(u64),
}

/// [`FieldValue::NUMBER_LEN`], which a generic type's own methods cannot name.
const TEXT: usize = 20;

impl<'a> FieldValue<'a> {
    /// Digits of the largest number.
    pub const NUMBER_LEN: usize = TEXT;

    /// `None` if it has a control character, or white space at an end.
    pub const fn new(value: &'a [u8]) -> Option<Self> {
        if trim(value).len() != value.len() {
            return None;
        }
        let mut rest = value;
        while let Some((&byte, behind)) = rest.split_first() {
            if !is_value(byte) {
                return None;
            }
            rest = behind;
        }
        Some(Self(Repr::Bytes(value)))
    }

    /// A number in decimal digits.
    pub const fn number(number: u64) -> Self {
        Self(Repr::Number(number))
    }

    /// Its bytes. Empty if it was made from a number; then see [`to_bytes`](Self::to_bytes).
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self.0 {
            Repr::Bytes(bytes) => bytes,
            Repr::Number(_) => b"",
        }
    }

    /// Its bytes, also those of a number, which are written into `buffer`.
    pub const fn to_bytes<'b>(&self, buffer: &'b mut [u8; TEXT]) -> &'b [u8]
    where
        'a: 'b,
    {
        if let Repr::Bytes(bytes) = self.0 {
            return bytes;
        }
        let mut w = Writer::new(buffer);
        self.write(&mut w);
        let len = w.len();
        match buffer.split_at_checked(len) {
            Some((text, _)) => text,
            None => b"", // never
        }
    }

    /// Its text, if it is UTF-8. Empty if it was made from a number.
    pub fn to_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.as_bytes()).ok()
    }

    /// True if it is `text`, in any case.
    pub fn is(&self, text: &str) -> bool {
        self.to_bytes(&mut [0; TEXT]).eq_ignore_ascii_case(text.as_bytes())
    }

    /// The elements of a list, without the empty ones: see [`list::elements`].
    pub const fn elements(&self) -> Elements<'a> {
        list::elements(self.as_bytes())
    }

    /// Decimal digits and nothing else, up to `u64::MAX`.
    pub const fn to_number(&self) -> Option<u64> {
        match self.0 {
            Repr::Bytes(bytes) => match decimal(bytes) {
                Some(Some(number)) => Some(number),
                _ => None,
            },
            Repr::Number(number) => Some(number),
        }
    }

    const fn write(&self, w: &mut Writer<'_>) {
        match self.0 {
            Repr::Bytes(bytes) => w.bytes(bytes),
            Repr::Number(number) => w.decimal(number),
        }
    }
}

/// Digits, at least one: `None` if it is something else, `Some(None)` if it is too large a number.
pub(crate) const fn decimal(mut digits: &[u8]) -> Option<Option<u64>> {
    if digits.is_empty() {
        return None;
    }
    let (mut number, mut fits) = ([0u32; 4], true);
    while let Some((&digit, rest)) = digits.split_first() {
        if !digit.is_ascii_digit() {
            return None;
        }
        // In parts of 16 bits, so that small machines need no multiplication of 64.
        let mut carry = (digit & 0xF) as u32;
        let mut parts: &mut [u32] = &mut number;
        while let Some((part, others)) = parts.split_first_mut() {
            carry = carry.wrapping_add(part.wrapping_mul(10)); // below 2^20
            *part = carry & 0xFFFF;
            carry >>= 16;
            parts = others;
        }
        fits &= carry == 0;
        digits = rest;
    }
    let [a, b, c, d] = number;
    let number = ((d << 16 | c) as u64) << 32 | (b << 16 | a) as u64;
    Some(if fits { Some(number) } else { None })
}

/// Fields in their order: of a head that was received, or of your own slice.
///
/// ```
/// use http_lite::{Field, Fields};
///
/// let own = [Field::CLOSE, Field::content_length(5)];
/// let fields = Fields::new(&own);
/// assert_eq!(fields.get("content-length").and_then(|value| value.to_number()), Some(5));
/// assert_eq!(fields.iter().count(), 2);
/// ```
#[derive(Clone, Copy)]
pub struct Fields<'a>(List<'a>);

#[derive(Clone, Copy)]
enum List<'a> {
    /// Checked field lines, each with its CRLF.
    Lines(&'a [u8]),
    Own(&'a [Field<'a>]),
}

impl<'a> Fields<'a> {
    /// No fields.
    pub const EMPTY: Fields<'static> = Fields(List::Own(&[]));

    /// Fields to send.
    pub const fn new(fields: &'a [Field<'a>]) -> Self {
        Self(List::Own(fields))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn of_lines(lines: &'a [u8]) -> Self {
        Self(List::Lines(lines))
    }

    /// True if there is none.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            List::Lines(lines) => lines.is_empty(),
            List::Own(fields) => fields.is_empty(),
        }
    }

    /// All of them, in order.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn iter(&self) -> FieldsIter<'a> {
        FieldsIter(self.0)
    }

    /// The value of the first field of this name, in any case.
    pub fn get(&self, name: &str) -> Option<FieldValue<'a>> {
        self.all(name).next()
    }

    /// The values of all fields of this name, in any case and in order.
    ///
    /// Fields of one name whose definition is a list mean one list (RFC 9110 section 5.3):
    /// `fields.all("Accept").flat_map(|value| value.elements())`.
    pub fn all<'n>(
        &self,
        name: &'n str,
    ) -> impl Iterator<Item = FieldValue<'a>> + Clone + use<'a, 'n> {
        self.iter().filter(move |field| field.name.is(name)).map(|field| field.value)
    }

    /// The only value of this name; `None` if there is none, or more than one.
    pub fn single(&self, name: &str) -> Option<FieldValue<'a>> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (value, None) => value,
            _ => None,
        }
    }

    /// True if a list-valued field of this name has `element`, both in any case. So
    /// `Connection: keep-alive, Upgrade` has `upgrade`.
    pub fn has_element(&self, name: &str, element: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.elements())
            .any(|found| found.eq_ignore_ascii_case(element.as_bytes()))
    }

    pub(crate) const fn write(&self, w: &mut Writer<'_>) {
        match self.0 {
            List::Lines(lines) => w.bytes(lines),
            List::Own(mut fields) => {
                while let Some((field, rest)) = fields.split_first() {
                    field.write(w);
                    fields = rest;
                }
            }
        }
    }

    /// As `iter`, in `const`: the first field, and the others.
    pub(crate) const fn split_first(&self) -> Option<(Field<'a>, Self)> {
        match self.0 {
            List::Own(fields) => match fields.split_first() {
                Some((field, rest)) => Some((*field, Self(List::Own(rest)))),
                None => None,
            },
            List::Lines(lines) => {
                let mut colon = 0usize;
                let mut rest = lines;
                while let [byte, behind @ ..] = rest {
                    if *byte == b':' {
                        break;
                    }
                    colon = colon.saturating_add(1);
                    rest = behind;
                }
                let mut len = 0usize;
                let mut value = rest;
                while let [byte, behind @ ..] = value {
                    if *byte == b'\r' {
                        break;
                    }
                    len = len.saturating_add(1);
                    value = behind;
                }
                match (lines.split_at_checked(colon), rest.split_at_checked(len)) {
                    (Some((name, _)), Some(([_, value @ ..], [_, _, rest @ ..]))) => {
                        let field = Field::of_checked(name, trim(value));
                        Some((field, Self(List::Lines(rest))))
                    }
                    _ => None,
                }
            }
        }
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = FieldsIter<'a>;

    fn into_iter(self) -> FieldsIter<'a> {
        self.iter()
    }
}

/// The iterator of [`Fields::iter`].
#[derive(Clone)]
pub struct FieldsIter<'a>(List<'a>);

impl<'a> Iterator for FieldsIter<'a> {
    type Item = Field<'a>;

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn next(&mut self) -> Option<Field<'a>> {
        match &mut self.0 {
            List::Own(fields) => {
                let (field, rest) = fields.split_first()?;
                *fields = rest;
                Some(*field)
            }
            List::Lines(lines) => {
                // Checked before: a colon, then a CR, then a LF.
                let line = *lines;
                let [_, value @ ..] = scan::skip_to_colon(line) else { return None };
                // As in the parser, the end of the line is looked for without waiting for the colon.
                let wide = cfg!(target_pointer_width = "64");
                let end = scan::skip_to_cr(if wide { line } else { value });
                *lines = end.get(2..)?;
                let name = line.get(..line.len().wrapping_sub(value.len()).wrapping_sub(1))?;
                let value = value.get(..value.len().wrapping_sub(end.len()))?; // it is a part
                Some(Field::of_checked(name, trim(value)))
            }
        }
    }
}

impl PartialEq for FieldName<'_> {
    fn eq(&self, other: &Self) -> bool {
        eq_ignore_case(self.0, other.0)
    }
}

impl Eq for FieldName<'_> {}

/// As what is sent: a number equals its digits.
impl PartialEq for FieldValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes(&mut [0; TEXT]) == other.to_bytes(&mut [0; TEXT])
    }
}

impl Eq for FieldValue<'_> {}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields<'_> {}

impl fmt::Debug for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.to_bytes(&mut [0; TEXT]).escape_ascii())
    }
}

impl Field<'_> {
    /// True if the value must not be shown: it lets in whoever reads it.
    pub(crate) fn is_secret(&self) -> bool {
        const SECRET: [&str; 5] =
            ["authorization", "proxy-authorization", "cookie", "set-cookie", "authentication-info"];
        SECRET.iter().any(|name| self.name.is(name))
    }
}

/// Shows no value that carries credentials.
impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: ", self.name)?;
        if self.is_secret() { f.write_str("(hidden)") } else { self.value.fmt(f) }
    }
}

/// Shows no value that carries credentials.
impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for FieldsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fields(self.0).fmt(f)
    }
}
