use core::fmt;
use core::num::NonZeroU32;
use core::ops::Range;
use core::str;

use crate::attribute::Attribute;
use crate::authority::host_port;
use crate::error::{BuildError, Place, saturate};
use crate::grammar::same_name;
use crate::known::single_bit;
use crate::query::Query;
use crate::resolve::Uri;
use crate::value::{Form, Value};

use ParameterErrorKind as Kind;

/// The parameters of a registration with a resource directory, or of its update.
///
/// ```text
/// POST /rd?ep=node1&d=floor-3&lt=6000&base=coap://[2001:db8::1]&et=tag:example.com,2020:lamp
/// ```
///
/// An endpoint sends them to a directory. RFC 9176 section 5; an update (section 5.3.1) has
/// neither `ep` nor `d`, and what it does not give stays as it was. Each is given once; all others
/// are extra attributes, of which those may stand twice that may do so in a link, such as `et`.
///
/// ```
/// use link_format::Registration;
///
/// // The Uri-Query options of the request.
/// let queries = ["ep=node1", "lt=6000", "et=core.rd-group"].map(str::as_bytes);
/// let registration = Registration::decode(queries)?;
/// assert_eq!((registration.ep, registration.d), (Some("node1"), None));
/// assert_eq!(registration.lifetime_secs(), 6000);
/// let extra = Registration::extra_attributes(queries).next().ok_or("no extra attribute")?;
/// assert!(extra.is("et"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Registration<'a> {
    /// The endpoint name, 0 to 63 bytes without control characters: the standard gives no least
    /// length, so whether an empty name is one is for the directory to say. A directory that does
    /// not assign names itself needs one.
    pub ep: Option<&'a str>,
    /// The sector, 0 to 63 bytes without control characters.
    pub d: Option<&'a str>,
    /// The lifetime in seconds. In an update without one, the lifetime that was set before SHOULD
    /// be used again.
    pub lt: Option<NonZeroU32>,
    /// The base URI, which has a host. Without one it is `scheme://address:port` of the requester;
    /// in an update, the one that was given before, if one was.
    pub base: Option<Uri<'a>>,
}

impl<'a> Registration<'a> {
    /// The lifetime without `lt`: 25 hours.
    pub const DEFAULT_LIFETIME_SECS: u32 = 90_000;

    /// Takes the values of the Uri-Query options, which are percent-decoded.
    ///
    /// # Errors
    ///
    /// Which query is wrong, where and why.
    pub fn decode(queries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ParameterError> {
        let mut registration = Self::default();
        let mut seen = 0;
        for (index, query) in (0..).zip(queries) {
            registration
                .take(query, &mut seen)
                .map_err(|(kind, at)| ParameterError::new(kind, index, at))?;
        }
        Ok(registration)
    }

    /// The lifetime in seconds of a new registration, 1 to 4,294,967,295;
    /// [`DEFAULT_LIFETIME_SECS`](Self::DEFAULT_LIFETIME_SECS) if none is given. Not for an update: see
    /// [`lt`](Self::lt).
    #[must_use]
    pub const fn lifetime_secs(&self) -> u32 {
        match self.lt {
            Some(lt) => lt.get(),
            None => Self::DEFAULT_LIFETIME_SECS,
        }
    }

    /// The attributes of the endpoint besides those here, such as `et`: a directory keeps them and
    /// shows them in endpoint lookups. Of queries that [`decode`](Self::decode) took.
    pub fn extra_attributes(
        queries: impl IntoIterator<Item = &'a [u8]>,
    ) -> impl Iterator<Item = Attribute<'a>> {
        queries.into_iter().filter_map(|query| {
            let (name, value) = split(str::from_utf8(query).ok()?);
            let is_extra = !["ep", "d", "lt", "base"].iter().any(|known| same_name(name, known));
            if is_extra { attribute(name, value).ok() } else { None }
        })
    }

    /// Takes a query; `seen` are the extra attributes that may not come again.
    fn take(&mut self, query: &'a [u8], seen: &mut u16) -> Result<(), Failure> {
        let query = str::from_utf8(query).map_err(|e| (Kind::NotUtf8, e.valid_up_to()))?;
        let (name, value) = split(query);
        let at = query.len().saturating_sub(value.map_or(0, str::len));
        let given = || value.ok_or((Kind::ValueMissing, at));
        if same_name(name, "ep") {
            once(&mut self.ep, check_name(given()?, at)?)
        } else if same_name(name, "d") {
            once(&mut self.d, check_name(given()?, at)?)
        } else if same_name(name, "lt") {
            let lt = number(given()?.as_bytes()).and_then(NonZeroU32::new);
            once(&mut self.lt, lt.ok_or((Kind::Lifetime, at))?)
        } else if same_name(name, "base") {
            once(&mut self.base, check_base(given()?, at)?)
        } else {
            let extra = attribute(name, value).map_err(|error| {
                let start = if error.place == Place::Value { at } else { 0 };
                (Kind::Attribute, start.saturating_add(error.offset as usize))
            })?;
            let bit = single_bit(extra.name());
            if *seen & bit != 0 {
                return Err((Kind::Repeated, 0));
            }
            *seen |= bit;
            Ok(())
        }
    }
}

impl fmt::Debug for Registration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The `Debug` of `str` keeps a panic in the image.
        let quoted = |text| Value(Form::Bare(text));
        f.debug_struct("Registration")
            .field("ep", &self.ep.map(quoted))
            .field("d", &self.d.map(quoted))
            .field("lt", &self.lt)
            .field("base", &self.base)
            .finish()
    }
}

/// The parameters of a lookup in a resource directory: which page of the links that match.
///
/// ```text
/// GET /rd-lookup/res?rt=tag:example.org,2020:temperature&page=1&count=5
/// ```
///
/// A client sends them to a directory. RFC 9176 section 6.2
///
/// ```
/// use link_format::Lookup;
///
/// let queries = ["page=1", "count=5", "rt=light*"].map(str::as_bytes);
/// assert_eq!(Lookup::decode(queries)?.range(), 5..10);
/// assert!(Lookup::criteria(queries).next().is_some_and(|query| query.is_named("rt")));
/// # Ok::<(), link_format::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookup {
    /// Which page, counted from 0.
    pub page: Option<u32>,
    /// Links on a page; all without it.
    pub count: Option<u32>,
}

impl Lookup {
    /// Takes the values of the Uri-Query options, which are percent-decoded.
    ///
    /// # Errors
    ///
    /// Which query is wrong, where and why; what [`Query::decode`] does not take is.
    pub fn decode<'a>(queries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ParameterError> {
        let mut lookup = Self::default();
        let mut page_index = 0;
        for (index, query) in (0..).zip(queries) {
            lookup.take(query).map_err(|(kind, at)| ParameterError::new(kind, index, at))?;
            if lookup.page.is_none() {
                page_index = index.saturating_add(1);
            }
        }
        if lookup.page.is_some() && lookup.count.is_none() {
            return Err(ParameterError::new(Kind::PageWithoutCount, page_index, 0));
        }
        Ok(lookup)
    }

    /// Indexes of the links to answer with, among those that match, counted from 0.
    #[must_use]
    pub const fn range(&self) -> Range<u64> {
        let Some(count) = self.count else { return 0..u64::MAX };
        let page = match self.page {
            Some(page) => page,
            None => 0,
        };
        // Both have 32 bits.
        let start = (page as u64).saturating_mul(count as u64);
        start..start.saturating_add(count as u64)
    }

    /// The queries that all MUST match. Of queries that [`decode`](Self::decode) took.
    pub fn criteria<'a>(
        queries: impl IntoIterator<Item = &'a [u8]>,
    ) -> impl Iterator<Item = Query<'a>> {
        queries
            .into_iter()
            .filter_map(|query| Query::decode(query).ok())
            .filter(|query| !query.is_named("page") && !query.is_named("count"))
    }

    fn take(&mut self, query: &[u8]) -> Result<(), Failure> {
        let criterion = Query::decode(query).map_err(|e| (Kind::Query, e.offset as usize))?;
        let (place, at) = if criterion.is_named("page") {
            (&mut self.page, "page=".len())
        } else if criterion.is_named("count") {
            (&mut self.count, "count=".len())
        } else {
            return Ok(());
        };
        let number = criterion.complete_value().and_then(number);
        once(place, number.ok_or((Kind::Number, at))?)
    }
}

/// Why queries are no parameters of a registration or a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset} of query {index}")]
#[non_exhaustive]
pub struct ParameterError {
    /// What is wrong.
    pub kind: ParameterErrorKind,
    /// Index of the query, counted from 0.
    pub index: u32,
    /// Index in that query of the first byte of what is wrong.
    pub offset: u32,
}

impl ParameterError {
    /// The section whose rule is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self.kind {
            Kind::NotUtf8 => "RFC 7252 section 5.10.1",
            Kind::Query => "RFC 6690 section 4.1",
            Kind::Number | Kind::PageWithoutCount => "RFC 9176 section 6.2",
            Kind::Attribute => "RFC 9176 section 9.3",
            _ => "RFC 9176 section 5",
        }
    }

    fn new(kind: Kind, index: u32, offset: usize) -> Self {
        Self { kind, index, offset: saturate(offset) }
    }
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(u8)]
pub enum ParameterErrorKind {
    /// It is not well-formed UTF-8.
    #[error("a query that is not UTF-8")]
    NotUtf8,
    /// `ep`, `d`, `lt` or `base` without `=`.
    #[error("a parameter without a value")]
    ValueMissing,
    /// An endpoint name or a sector of more than 63 bytes.
    #[error("a name of more than 63 bytes")]
    NameTooLong,
    /// A character from 0 to 31 or from 127 to 159 in an endpoint name or a sector.
    #[error("a control character in a name")]
    ControlCharacter,
    /// A lifetime that is no number from 1 to 4,294,967,295.
    #[error("a lifetime out of range")]
    Lifetime,
    /// A base that is no URI, or one without a host.
    #[error("a base that is no URI of a host")]
    Base,
    /// A parameter stands twice, or an extra attribute that no link can have twice.
    #[error("a parameter twice")]
    Repeated,
    /// An extra attribute that no link can have.
    #[error("an attribute that no link can have")]
    Attribute,
    /// A search criterion that is none.
    #[error("a search criterion that is none")]
    Query,
    /// `page` or `count` is no number from 0 to 4,294,967,295.
    #[error("a number out of range")]
    Number,
    /// `page` without `count`.
    #[error("a page without a count")]
    PageWithoutCount,
}

type Failure = (Kind, usize);

/// `name`, and behind `=` the value.
fn split(query: &str) -> (&str, Option<&str>) {
    match query.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (query, None),
    }
}

fn attribute<'a>(name: &'a str, value: Option<&'a str>) -> Result<Attribute<'a>, BuildError> {
    match value {
        Some(value) => Attribute::new(name, value),
        None => Attribute::flag(name),
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Failure> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err((Kind::Repeated, 0)),
    }
}

/// Checks an endpoint name or a sector, which stands at byte `at`. RFC 9176 section 5
fn check_name(name: &str, at: usize) -> Result<&str, Failure> {
    if name.len() > 63 {
        return Err((Kind::NameTooLong, at));
    }
    match name.char_indices().find(|(_, c)| c.is_control()) {
        Some((index, _)) => Err((Kind::ControlCharacter, at.saturating_add(index))),
        None => Ok(name),
    }
}

/// Checks a base URI, which stands at byte `at`. Others MUST be relative to it, so it has a host;
/// RFC 9176 section 5
fn check_base(text: &str, at: usize) -> Result<Uri<'_>, Failure> {
    let base =
        Uri::new(text).map_err(|error| (Kind::Base, at.saturating_add(error.offset as usize)))?;
    let parts = base.as_reference().parts();
    match parts.authority.map(host_port) {
        None | Some("") => {}
        Some(host_port) if host_port.starts_with(':') => {}
        Some(_) => return Ok(base),
    }
    let scheme_len = parts.scheme.unwrap_or_default().len();
    Err((Kind::Base, at.saturating_add(scheme_len).saturating_add(1)))
}

/// Reads decimal digits.
fn number(text: &[u8]) -> Option<u32> {
    let digits = text.iter().map(|digit| match digit {
        b'0'..=b'9' => Some(u32::from(digit.wrapping_sub(b'0'))),
        _ => None,
    });
    let start = if text.is_empty() { None } else { Some(0_u32) };
    digits.fold(start, |number, digit| number?.checked_mul(10)?.checked_add(digit?))
}
