use core::fmt;

use crate::attribute::{Attribute, Attributes, Source};
use crate::error::{BuildError, DecodeError, EncodeError, ErrorKind, Place};
use crate::ext_value::ExtValue;
use crate::known::single_bit;
use crate::uri::UriReference;
use crate::value::{Form, Value, Words};
use crate::writer::Writer;

/// A link: a target, and attributes that tell about it.
///
/// ```text
/// </sensors/temp>;rt="temperature-c";if="sensor"
///  target         attributes
/// ```
///
/// Where an attribute stands more than once in a document, the first `rel`, `anchor`, `media`,
/// `title`, `title*`, `type` and `obs` counts, and later ones MUST be ignored (RFC 8288 section 3.3
/// and 3.4.1, RFC 7641 section 6); of `ct`, `rev`, `hreflang` and unknown ones each counts; `rt`, `if`
/// and `sz` cannot (RFC 6690 section 3). [`attributes`](Self::attributes) has them all.
///
/// ```
/// use link_format::{Attribute, Link};
///
/// let attributes = [Attribute::new("rt", "temperature-c")?, Attribute::new("ct", "0 40")?];
/// let link = Link::new("/sensors/temp", &attributes)?;
/// assert!(link.rt().eq(["temperature-c"]));
/// assert!(link.ct().eq([Some(0), Some(40)]));
///
/// let mut out = [0; 64];
/// let len = link.encode(&mut out)?;
/// assert_eq!(&out[..len], br#"</sensors/temp>;rt=temperature-c;ct="0 40""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    target: UriReference<'a>,
    attributes: Attributes<'a>,
}

impl<'a> Link<'a> {
    /// A link of these parts.
    ///
    /// # Errors
    ///
    /// What is wrong with the target; or [`ErrorKind::Repeated`], and which attribute it is that may
    /// not stand there again.
    pub const fn new(target: &'a str, attributes: &'a [Attribute<'a>]) -> Result<Self, BuildError> {
        let target = match UriReference::new(target) {
            Ok(target) => target,
            Err(error) => return Err(BuildError::new(error, Place::Target)),
        };
        let mut seen = 0;
        let mut rest = attributes;
        while let [attribute, tail @ ..] = rest {
            let bit = single_bit(attribute.name);
            if seen & bit != 0 {
                let index = attributes.len().saturating_sub(rest.len());
                let error = DecodeError::new(ErrorKind::Repeated, 0);
                return Err(BuildError::new(error, Place::Attribute { index }));
            }
            seen |= bit;
            rest = tail;
        }
        Ok(Self { target, attributes: Attributes(Source::Values(attributes)) })
    }

    /// [`new`](Self::new) for a `const`, where what is wrong fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, where `new` gives an error.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(
        target: &'static str,
        attributes: &'static [Attribute<'static>],
    ) -> Link<'static> {
        match Link::new(target, attributes) {
            Ok(link) => link,
            Err(_) => panic!("not a link"),
        }
    }

    /// Parts that are already checked.
    pub(crate) const fn checked(target: UriReference<'a>, attributes: &'a str) -> Self {
        Self { target, attributes: Attributes(Source::Text(attributes)) }
    }

    /// The same attributes at another target: a resolved one, say.
    #[must_use]
    pub const fn with_target(self, target: UriReference<'a>) -> Self {
        Self { target, attributes: self.attributes }
    }

    /// What the link leads to: the text between `<` and `>`.
    #[must_use]
    pub const fn target(&self) -> UriReference<'a> {
        self.target
    }

    /// All attributes, in their order.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        self.attributes
    }

    /// The value of the first attribute of this name, in whatever case; `None` too if it has none.
    #[must_use]
    pub const fn value(&self, name: &str) -> Option<Value<'a>> {
        match self.attributes.first(name) {
            Some(attribute) => attribute.value,
            None => None,
        }
    }

    /// The relation types of `rel`; without it, `hosts` (RFC 6690 section 2.2). A `rel` that has no
    /// value names none.
    #[must_use]
    pub const fn rel(&self) -> Words<'a> {
        match self.attributes.first("rel") {
            Some(_) => self.words("rel"),
            None => Value(Form::Token("hosts")).words(),
        }
    }

    /// The relation types of each `rev`. RFC 8288 section 3.3
    pub fn rev(&self) -> impl Iterator<Item = Value<'a>> + Clone + use<'a> {
        self.all("rev").flat_map(|value| value.words())
    }

    /// The resource types. RFC 6690 section 3.1
    #[must_use]
    pub const fn rt(&self) -> Words<'a> {
        self.words("rt")
    }

    /// The interface descriptions, of `if`. RFC 6690 section 3.2
    #[must_use]
    pub const fn if_(&self) -> Words<'a> {
        self.words("if")
    }

    /// The estimate of the largest size, in bytes. RFC 6690 section 3.3
    ///
    /// ```
    /// use link_format::{Links, Size};
    ///
    /// let links = Links::decode(b"</firmware/v2.1>;rt=firmware;sz=262144,</x>;sz=01")?;
    /// let mut sizes = links.iter().map(|link| link.sz());
    /// assert_eq!(sizes.next(), Some(Some(Ok(Size::Bytes(262_144)))));
    /// assert!(sizes.next().flatten().is_some_and(|size| size.is_err()));
    /// # Ok::<(), link_format::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Some(Err)` where it is no number: digits without a zero before them.
    #[must_use]
    pub fn sz(&self) -> Option<Result<Size, NotANumber>> {
        let value = self.attributes.first("sz")?.value;
        Some(value.ok_or(NotANumber).and_then(|value| Size::read(value)))
    }

    /// The Content-Formats of each `ct`, every one `None` if it is no number from 0 to 65,535.
    /// RFC 7252 section 7.2.1
    pub fn ct(&self) -> impl Iterator<Item = Option<u16>> + Clone + use<'a> {
        self.all("ct").flat_map(|value| value.words()).map(|word| match cardinal(word) {
            Ok(number) => number.and_then(|number| u16::try_from(number).ok()),
            Err(NotANumber) => None,
        })
    }

    /// Is the resource useful to observe? RFC 7641 section 6
    #[must_use]
    pub const fn obs(&self) -> bool {
        self.attributes.first("obs").is_some()
    }

    /// The context, where the link gives one. RFC 6690 section 2.3
    #[must_use]
    pub const fn anchor(&self) -> Option<Value<'a>> {
        self.value("anchor")
    }

    /// The languages of the target: each `hreflang` tells one. RFC 8288 section 3.4.1
    pub fn hreflang(&self) -> impl Iterator<Item = Value<'a>> + Clone + use<'a> {
        self.all("hreflang")
    }

    /// The media that the target is meant for. RFC 8288 section 3.4.1
    #[must_use]
    pub const fn media(&self) -> Option<Value<'a>> {
        self.value("media")
    }

    /// The label for people. RFC 8288 section 3.4.1
    #[must_use]
    pub const fn title(&self) -> Option<Value<'a>> {
        self.value("title")
    }

    /// The label for people with its language; it goes before [`title`](Self::title).
    /// RFC 8288 section 3.4.1
    #[must_use]
    pub const fn title_star(&self) -> Option<ExtValue<'a>> {
        match self.value("title*") {
            Some(Value(Form::Token(text))) => Some(ExtValue::checked(text)),
            _ => None,
        }
    }

    /// The media type of the target, of `type`. RFC 8288 section 3.4.1
    #[must_use]
    pub const fn type_(&self) -> Option<Value<'a>> {
        self.value("type")
    }

    /// Length of the link in a document, in bytes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let mut writer = Writer::new(&mut []);
        writer.link(self);
        writer.total()
    }

    /// Writes the link to the beginning of `out`; gives its length.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut writer = Writer::new(out);
        writer.link(self);
        writer.finish()
    }

    /// The values of all attributes of this name.
    fn all(&self, name: &'static str) -> impl Iterator<Item = Value<'a>> + Clone + use<'a> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.is(name))
            .filter_map(|attribute| attribute.value)
    }

    const fn words(&self, name: &str) -> Words<'a> {
        match self.value(name) {
            Some(value) => value.words(),
            None => Words::EMPTY,
        }
    }
}

impl fmt::Debug for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>{:?}", self.target, self.attributes)
    }
}

/// The value of `sz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// That many bytes.
    Bytes(u64),
    /// More than a `u64` holds: "Big", in the words of RFC 6690 section 3.3.
    Big,
}

impl Size {
    fn read(value: Value<'_>) -> Result<Self, NotANumber> {
        cardinal(value).map(|number| number.map_or(Self::Big, Self::Bytes))
    }
}

/// A value is not `cardinal`: digits without a zero before them. RFC 6690 section 2
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a value that is no number")]
pub struct NotANumber;

/// Reads `cardinal`; `None` if it is beyond 64 bits.
fn cardinal(value: Value<'_>) -> Result<Option<u64>, NotANumber> {
    let mut digits = value.chars();
    let mut number = match (digits.next(), digits.clone().next()) {
        (Some('0'), None) => return Ok(Some(0)),
        (Some(first @ '1'..='9'), _) => first.to_digit(10).map(u64::from),
        _ => return Err(NotANumber),
    };
    for digit in digits {
        let digit = digit.to_digit(10).ok_or(NotANumber)?;
        number = number.and_then(|number| number.checked_mul(10)?.checked_add(digit.into()));
    }
    Ok(number)
}
