use core::fmt;
use core::iter::FusedIterator;

use crate::error::{BuildError, DecodeError, ErrorKind, Place};
use crate::ext_value::ExtValue;
use crate::grammar::{name_len, same_name};
use crate::known::{check_value, may_be_flag};
use crate::scan::checked_attribute;
use crate::value::{Form, Value};

/// An attribute of a link: a name, and mostly a value.
///
/// ```text
/// rt="temperature-c"     ct=40     obs
/// ```
///
/// Names differ only in letters' case? Then they are the same (RFC 8288 section 2.2).
/// `link-param` in RFC 6690 section 2.
///
/// ```
/// use link_format::Attribute;
///
/// const OBSERVABLE: Attribute<'_> = Attribute::flag_from_static("obs");
/// let rt = Attribute::new("rt", "temperature-c")?;
/// assert_eq!((rt.name(), rt.value()), ("rt", Some(rt.value().unwrap())));
/// assert!(rt.value().is_some_and(|value| value == "temperature-c"));
/// assert_eq!(OBSERVABLE.value(), None);
/// # Ok::<(), link_format::BuildError>(())
/// ```
#[derive(Clone, Copy, Eq)]
pub struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Option<Value<'a>>,
}

impl<'a> Attribute<'a> {
    /// An attribute with this value. It is written as a token where it can be one, else as a quoted
    /// string; those of `anchor` and `title` always are quoted strings.
    ///
    /// # Errors
    ///
    /// The first byte of `name` or of `text` that cannot stand where it stands, and why. Behind a
    /// name that ends with `*` stands an [`ExtValue`]; `sz` is a number, `ct` Content-Formats, `anchor`
    /// a URI reference, `rel`, `rev`, `rt` and `if` at least one word, and `obs` is a
    /// [`flag`](Self::flag). Other values are any text.
    pub const fn new(name: &'a str, text: &'a str) -> Result<Self, BuildError> {
        let is_star = match check_attribute_name(name) {
            Ok(is_star) => is_star,
            Err(error) => return Err(BuildError::new(error, Place::Name)),
        };
        match value_of(name, text, is_star) {
            Ok(value) => Ok(Self { name, value: Some(value) }),
            Err(error) => Err(BuildError::new(error, Place::Value)),
        }
    }

    /// An attribute without a value.
    ///
    /// # Errors
    ///
    /// The first byte of `name` that cannot stand there, and why; or its end, for one of the standard
    /// names that have a value: all but `obs`.
    pub const fn flag(name: &'a str) -> Result<Self, BuildError> {
        let error = match check_attribute_name(name) {
            Ok(false) if may_be_flag(name) => return Ok(Self { name, value: None }),
            Ok(false) => DecodeError::new(ErrorKind::ValueMissing, name.len()),
            Ok(true) => DecodeError::new(ErrorKind::ExtValue, name.len()),
            Err(error) => error,
        };
        Err(BuildError::new(error, Place::Name))
    }

    /// [`new`](Self::new) for a `const`, where what is wrong fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, where `new` gives an error.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(name: &'static str, text: &'static str) -> Attribute<'static> {
        match Attribute::new(name, text) {
            Ok(attribute) => attribute,
            Err(_) => panic!("not an attribute"),
        }
    }

    /// [`flag`](Self::flag) for a `const`, where what is wrong fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, where `flag` gives an error.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn flag_from_static(name: &'static str) -> Attribute<'static> {
        match Attribute::flag(name) {
            Ok(attribute) => attribute,
            Err(_) => panic!("not an attribute"),
        }
    }

    /// The same attribute, its value written as a quoted string, for readers that know `rt` and
    /// `if` in no other form. A value behind a name that ends with `*` has no such form and stays.
    ///
    /// ```
    /// use link_format::{Attribute, Link};
    ///
    /// let quoted = [Attribute::new("rt", "light")?.in_quotes()];
    /// let mut out = [0; 32];
    /// let len = Link::new("/l", &quoted)?.encode(&mut out)?;
    /// assert_eq!(&out[..len], br#"</l>;rt="light""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn in_quotes(self) -> Self {
        match self.value {
            Some(value) if !self.name_is_star() => {
                Self { name: self.name, value: Some(value.in_quotes()) }
            }
            _ => self,
        }
    }

    /// The name, as it is written.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The value; `None` without `=`.
    #[must_use]
    pub const fn value(&self) -> Option<Value<'a>> {
        self.value
    }

    /// Has it this name, in whatever case?
    #[must_use]
    pub const fn is(&self, name: &str) -> bool {
        same_name(self.name, name)
    }

    const fn name_is_star(&self) -> bool {
        matches!(self.name.as_bytes(), [.., b'*'])
    }
}

/// The value that this name has with this text.
const fn value_of<'a>(name: &str, text: &'a str, is_star: bool) -> Result<Value<'a>, DecodeError> {
    if is_star {
        return match ExtValue::new(text) {
            Ok(_) => Ok(Value(Form::Token(text))),
            Err(error) => Err(error),
        };
    }
    match (Value::new(text), check_value(name, text)) {
        // RFC 6690 section 2: these two have no other form.
        (Ok(value), Ok(())) if same_name(name, "anchor") || same_name(name, "title") => {
            Ok(value.in_quotes())
        }
        (Ok(value), Ok(())) => Ok(value),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Checks `parmname` and `ext-name-star`: is it the latter?
pub(crate) const fn check_name(name: &[u8]) -> Result<bool, DecodeError> {
    let len = name_len(name);
    match name.split_at_checked(len) {
        Some(([_, ..], [])) => Ok(false),
        Some(([_, ..], [b'*'])) => Ok(true),
        _ => Err(DecodeError::new(ErrorKind::AttributeName, len)),
    }
}

/// The same for the name of an attribute, which is not `href`. RFC 6690 section 2
const fn check_attribute_name(name: &str) -> Result<bool, DecodeError> {
    if same_name(name, "href") {
        return Err(DecodeError::new(ErrorKind::HrefAttribute, 0));
    }
    check_name(name.as_bytes())
}

impl PartialEq for Attribute<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.name) && self.value == other.value
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.value {
            Some(value) => write!(f, "={value:?}"),
            None => Ok(()),
        }
    }
}

/// The attributes of a link: of a decoded one, or those that you give. Both iterate alike.
#[derive(Clone, Copy)]
pub struct Attributes<'a>(pub(crate) Source<'a>);

/// What [`Attributes`] are made of.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Checked text behind a target, to the end of the document.
    Text(&'a str),
    Values(&'a [Attribute<'a>]),
}

impl<'a> Attributes<'a> {
    /// The attributes, in their order.
    #[must_use]
    pub const fn iter(&self) -> AttributeIter<'a> {
        AttributeIter(self.0)
    }

    /// The first attribute of this name, in whatever case.
    #[must_use]
    pub const fn first(&self, name: &str) -> Option<Attribute<'a>> {
        let mut rest = self.iter();
        while let Some(attribute) = rest.next_attribute() {
            if attribute.is(name) {
                return Some(attribute);
            }
        }
        None
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Source::Text(text) => !matches!(text.as_bytes(), [b';', ..]),
            Source::Values(values) => values.is_empty(),
        }
    }
}

impl PartialEq for Attributes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Attributes<'_> {}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Attributes<'a> {
    type Item = Attribute<'a>;
    type IntoIter = AttributeIter<'a>;

    fn into_iter(self) -> AttributeIter<'a> {
        self.iter()
    }
}

/// Iterator over [`Attributes`].
#[derive(Clone)]
pub struct AttributeIter<'a>(Source<'a>);

impl<'a> AttributeIter<'a> {
    /// `next`, also in `const`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn next_attribute(&mut self) -> Option<Attribute<'a>> {
        match self.0 {
            Source::Text(text) => match checked_attribute(text) {
                Some((attribute, rest)) => {
                    self.0 = Source::Text(rest);
                    Some(attribute)
                }
                None => None,
            },
            Source::Values(values) => match values {
                [first, rest @ ..] => {
                    self.0 = Source::Values(rest);
                    Some(*first)
                }
                [] => None,
            },
        }
    }
}

impl<'a> Iterator for AttributeIter<'a> {
    type Item = Attribute<'a>;

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn next(&mut self) -> Option<Attribute<'a>> {
        self.next_attribute()
    }
}

impl FusedIterator for AttributeIter<'_> {}

impl fmt::Debug for AttributeIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Attributes(self.0).fmt(f)
    }
}
