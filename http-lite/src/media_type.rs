//! Media types, as in `Content-Type`. RFC 9110 section 8.3.1.

use core::fmt;

use crate::list::{eq_ignore_case, head, is_token, split, tail};
use crate::parameters::{ParameterValue, Parameters};
use crate::scan::trim;

/// A media type, or in `Accept` a range of them: `type/subtype`, then parameters.
///
/// ```text
/// text/html; charset=utf-8
/// ^    ^   ^ parameters
/// type subtype
/// ```
///
/// RFC 9110 section 8.3.1. Types, subtypes and names of parameters are compared without case, values
/// of parameters with case but for `charset`.
///
/// ```
/// use http_lite::MediaType;
///
/// let html = MediaType::parse(b"Text/HTML;Charset=\"utf-8\"").unwrap();
/// assert!(html.is(MediaType::HTML));
/// assert!(html.charset().unwrap().eq_ignore_case(b"UTF-8"));
/// assert_eq!(MediaType::JSON.as_bytes(), b"application/json");
/// ```
#[derive(Clone, Copy)]
pub struct MediaType<'a> {
    text: &'a [u8],
    type_: &'a [u8],
    subtype: &'a [u8],
    parameters: Parameters<'a>,
}

impl MediaType<'static> {
    /// `text/plain; charset=utf-8`.
    pub const TEXT: Self = Self::of("text/plain; charset=utf-8");
    /// `text/html; charset=utf-8`.
    pub const HTML: Self = Self::of("text/html; charset=utf-8");
    /// `text/event-stream`: server-sent events.
    pub const EVENT_STREAM: Self = Self::of("text/event-stream");
    /// `application/json`.
    pub const JSON: Self = Self::of("application/json");
    /// `application/octet-stream`: any bytes.
    pub const OCTET_STREAM: Self = Self::of("application/octet-stream");
    /// `application/x-www-form-urlencoded`: pairs from a form.
    pub const FORM: Self = Self::of("application/x-www-form-urlencoded");

    /// Of a constant that is well-formed; a test reads all of them.
    const fn of(text: &'static str) -> Self {
        match Self::parse(text.as_bytes()) {
            Some(media_type) => media_type,
            None => Self { text: b"", type_: b"", subtype: b"", parameters: Parameters::EMPTY },
        }
    }
}

impl<'a> MediaType<'a> {
    /// Takes the value of a `Content-Type` field; `None` if it is malformed.
    #[must_use]
    pub const fn parse(value: &'a [u8]) -> Option<Self> {
        let text = trim(value);
        let (essence, _) = split(text, b';');
        let (type_, subtype) = split(trim(essence), b'/'); // `text` is trimmed in front
        if !is_token(type_) || !is_token(subtype) {
            return None;
        }
        match Parameters::parse(tail(text, essence.len())) {
            Some(parameters) => Some(Self { text, type_, subtype, parameters }),
            None => None,
        }
    }

    /// All of it as it stands there: the value of the field.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The type, a token: `text`.
    #[must_use]
    pub const fn type_(&self) -> &'a [u8] {
        self.type_
    }

    /// The subtype, a token: `html`.
    #[must_use]
    pub const fn subtype(&self) -> &'a [u8] {
        self.subtype
    }

    /// Both, without parameters: `text/html`.
    #[must_use]
    pub const fn essence(&self) -> &'a [u8] {
        let slash = self.type_.len().saturating_add(1);
        head(self.text, slash.saturating_add(self.subtype.len()))
    }

    /// What stands behind both.
    #[must_use]
    pub const fn parameters(&self) -> Parameters<'a> {
        self.parameters
    }

    /// The parameter `charset`, whose case does not matter. RFC 9110 section 8.3.2.
    #[must_use]
    pub const fn charset(&self) -> Option<ParameterValue<'a>> {
        self.parameters.get(b"charset")
    }

    /// Have both the same type and subtype, whatever their parameters are?
    #[must_use]
    pub const fn is(&self, other: MediaType<'_>) -> bool {
        eq_ignore_case(self.type_, other.type_) && eq_ignore_case(self.subtype, other.subtype)
    }

    /// Is this one in the media range? RFC 9110 section 12.5.1.
    ///
    /// `*/*` holds all, `text/*` those of one type, and each parameter of the range narrows it,
    /// except for `q`.
    ///
    /// ```
    /// use http_lite::MediaType;
    ///
    /// let range = MediaType::parse(b"text/*;charset=UTF-8").unwrap();
    /// assert!(MediaType::HTML.is_in(range));
    /// assert!(!MediaType::EVENT_STREAM.is_in(range) && !MediaType::JSON.is_in(range));
    /// ```
    #[must_use]
    pub const fn is_in(&self, range: MediaType<'_>) -> bool {
        self.precedence_in(range).is_some()
    }

    /// How closely the range holds it, the more the closer: first by type, then by parameters.
    pub(crate) const fn precedence_in(&self, range: MediaType<'_>) -> Option<u32> {
        let mut precedence: u32 = match (range.type_, range.subtype) {
            (b"*", b"*") => 0,
            (type_, b"*") if eq_ignore_case(self.type_, type_) => 1 << 30,
            _ if self.is(range) => 2 << 30,
            _ => return None,
        };
        let mut wanted = range.parameters.iter();
        while let Some(parameter) = wanted.next_parameter() {
            if eq_ignore_case(parameter.name, b"q") {
                continue;
            }
            match self.parameters.get(parameter.name) {
                Some(value) if value.is_same(parameter) => {}
                _ => return None,
            }
            precedence = precedence.saturating_add(1); // fewer than 2^30 by their length
        }
        Some(precedence)
    }
}

/// As it stands there.
impl fmt::Debug for MediaType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::parameters::write_text(self.text.iter().copied(), f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn the_equivalent_forms_of_rfc_9110_section_8_3_1_are_equal() {
        let forms: [&[u8]; 4] = [
            b"text/html;charset=utf-8",
            b"Text/HTML;Charset=\"utf-8\"",
            b"text/html; charset=\"utf-8\"",
            b"text/html;charset=UTF-8",
        ];
        for a in forms.map(|text| MediaType::parse(text).unwrap()) {
            for b in forms.map(|text| MediaType::parse(text).unwrap()) {
                assert!(a.is(b) && a.is_in(b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn takes_a_media_type_apart() {
        let media_type = MediaType::parse(b" multipart/form-data ; boundary=\"a b\";x=1 ").unwrap();
        assert_eq!(media_type.type_(), b"multipart");
        assert_eq!(media_type.subtype(), b"form-data");
        assert_eq!(media_type.essence(), b"multipart/form-data");
        assert_eq!(media_type.parameters().get(b"boundary").unwrap(), b"a b");
        assert_eq!(media_type.charset(), None);
        assert_eq!(media_type.as_bytes(), b"multipart/form-data ; boundary=\"a b\";x=1");
        assert_eq!(std::format!("{media_type:?}"), "multipart/form-data ; boundary=\"a b\";x=1");
    }

    #[test]
    fn rejects_malformed_media_types() {
        for (text, why) in [
            (&b""[..], "empty"),
            (b"text", "no slash"),
            (b"text/", "no subtype"),
            (b"/html", "no type"),
            (b"/", "neither"),
            (b"text/html/x", "two slashes"),
            (b"text /html", "whitespace before the slash"),
            (b"text/ html", "whitespace behind the slash"),
            (b"te\"xt/html", "a quote in the type"),
            (b"text/html,text/plain", "a list"),
            (b"text/html charset=utf-8", "no semicolon"),
            (b"text/html;charset", "a parameter without a value"),
            (b"text/html;charset=", "an empty token"),
            (b"text/\xe4", "obs-text"),
        ] {
            assert!(MediaType::parse(text).is_none(), "{why}");
        }
    }

    #[test]
    fn the_constants_are_well_formed() {
        for media_type in [
            MediaType::TEXT,
            MediaType::HTML,
            MediaType::EVENT_STREAM,
            MediaType::JSON,
            MediaType::OCTET_STREAM,
            MediaType::FORM,
        ] {
            let read = MediaType::parse(media_type.as_bytes()).unwrap();
            assert!(!read.subtype().is_empty() && read.is(media_type), "{media_type:?}");
        }
        assert_eq!(MediaType::HTML.charset().unwrap(), b"utf-8");
    }

    #[test]
    fn a_range_holds_what_it_names() {
        for (range, holds) in [
            (&b"*/*"[..], true),
            (b"text/*", true),
            (b"TEXT/*", true),
            (b"text/html", true),
            (b"text/html;level=1", true),
            (b"text/html;LEVEL=\"1\";q=0.2", true),
            (b"text/html;level=2", false),
            (b"text/html;level=1;x=y", false),
            (b"text/plain", false),
            (b"*/html", false),
            (b"image/*", false),
            (b"*/*;level=2", false),
        ] {
            let html = MediaType::parse(b"text/html;level=1").unwrap();
            let range = MediaType::parse(range).unwrap();
            assert_eq!(html.is_in(range), holds, "{range:?}");
        }
    }

    #[test]
    fn only_the_case_of_a_charset_does_not_matter() {
        let media_type = MediaType::parse(b"a/b;x=Y;charset=UTF-8").unwrap();
        assert!(media_type.is_in(MediaType::parse(b"a/b;charset=utf-8").unwrap()));
        assert!(!media_type.is_in(MediaType::parse(b"a/b;x=y").unwrap()));
    }
}
