//! Conditional requests: what to do with `If-Match` and its like. RFC 9110 section 13.

use crate::date::HttpDate;
use crate::etag::{EntityTag, EntityTags};
use crate::field::Fields;
use crate::method::Method;
use crate::range::Range;
use crate::scan::trim;
use crate::status::StatusCode;

/// The fields of a request that make it conditional, and `Range`, which depends on them.
///
/// Evaluate them after all other checks, before the content is processed, and only if the request would
/// succeed without them. RFC 9110 section 13.2.
///
/// ```
/// use http_lite::{EntityTag, HttpDate, Method, Preconditions, Validators, Verdict};
///
/// let now = HttpDate::new(1_800_000_000).unwrap();
/// let current = Validators { etag: EntityTag::strong(b"v2"), ..Validators::default() };
///
/// // A client has a copy, and asks whether it is still right.
/// let request = Preconditions { if_none_match: Some(b"\"v1\", \"v2\""), ..Preconditions::NONE };
/// assert_eq!(request.evaluate(Method::GET, Some(&current), now), Verdict::NotModified);
///
/// // Another wants to change what it has seen, but meanwhile somebody else has changed it.
/// let request = Preconditions { if_match: Some(b"\"v1\""), ..Preconditions::NONE };
/// assert_eq!(request.evaluate(Method::PUT, Some(&current), now), Verdict::PreconditionFailed);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Preconditions<'a> {
    /// The value of `If-Match`: section 13.1.1.
    pub if_match: Option<&'a [u8]>,
    /// The value of `If-None-Match`: section 13.1.2.
    pub if_none_match: Option<&'a [u8]>,
    /// The value of `If-Modified-Since`: section 13.1.3.
    pub if_modified_since: Option<&'a [u8]>,
    /// The value of `If-Unmodified-Since`: section 13.1.4.
    pub if_unmodified_since: Option<&'a [u8]>,
    /// The value of `If-Range`: section 13.1.5.
    pub if_range: Option<&'a [u8]>,
    /// The value of `Range`: section 14.2. Leave it out where no parts can be served.
    pub range: Option<&'a [u8]>,
    /// Where further lines of `If-Match` and `If-None-Match` are, if one of them has several.
    pub more: Fields<'a>,
}

/// What tells the current state of a resource from others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Validators<'a> {
    /// Its `ETag`.
    pub etag: Option<EntityTag<'a>>,
    /// Its `Last-Modified`.
    pub last_modified: Option<HttpDate>,
    /// Is it sure that it did not change twice within the second of `last_modified`? Only then is an
    /// `If-Range` with this date true. RFC 9110 section 8.8.2.2.
    pub is_date_strong: bool,
}

/// What is to be done with a conditional request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict<'a> {
    /// What the method says. After GET the whole representation is sent.
    Proceed,
    /// GET, and these parts are sent: what [`Range::select`] says.
    Partial(Range<'a>),
    /// 304 (Not Modified), with the `ETag`, `Last-Modified`, `Cache-Control`, `Vary`, `Expires`,
    /// `Date` and `Content-Location` that a 200 would have, and without content.
    NotModified,
    /// 412 (Precondition Failed): nothing is done. (Section 13.1.1 allows a success where the change
    /// that is asked for has already been made.)
    PreconditionFailed,
}

impl Verdict<'_> {
    /// The status code of the answer, if the request is not to be processed.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Proceed | Self::Partial(_) => None,
            Self::NotModified => Some(StatusCode::NOT_MODIFIED),
            Self::PreconditionFailed => Some(StatusCode::PRECONDITION_FAILED),
        }
    }
}

impl Default for Preconditions<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<'a> Preconditions<'a> {
    /// None of the fields.
    pub const NONE: Self = Self {
        if_match: None,
        if_none_match: None,
        if_modified_since: None,
        if_unmodified_since: None,
        if_range: None,
        range: None,
        more: Fields::EMPTY,
    };

    /// Those of a request. Lines of `If-Match` are one list, and so are those of `If-None-Match`; of two
    /// lines of another name both count as one that is malformed.
    #[must_use]
    pub fn of(fields: &Fields<'a>) -> Self {
        let mut all = Self::NONE;
        for field in fields.iter() {
            let slot = match () {
                () if field.name.is("If-Match") => &mut all.if_match,
                () if field.name.is("If-None-Match") => &mut all.if_none_match,
                () if field.name.is("If-Modified-Since") => &mut all.if_modified_since,
                () if field.name.is("If-Unmodified-Since") => &mut all.if_unmodified_since,
                () if field.name.is("If-Range") => &mut all.if_range,
                () if field.name.is("Range") => &mut all.range,
                () => continue,
            };
            if slot.is_none() {
                *slot = Some(field.value.as_bytes());
            } else if field.name.is("If-Match") || field.name.is("If-None-Match") {
                all.more = *fields;
            } else {
                *slot = Some(b"?"); // neither a date nor a tag nor a range
            }
        }
        all
    }

    /// What to do with a request of this method, where this is the current state of its target; `None`
    /// if there is no current representation.
    ///
    /// The order is that of RFC 9110 section 13.2.2:
    ///
    /// ```text
    /// 1. If-Match             false: 412
    /// 2. If-Unmodified-Since  false: 412    unless there is If-Match
    /// 3. If-None-Match        false: 304 for GET and HEAD, 412 for others
    /// 4. If-Modified-Since    false: 304    for GET and HEAD, unless there is If-None-Match
    /// 5. If-Range             false: the whole, even if there is Range; for GET
    /// ```
    ///
    /// Dates that are malformed are ignored. Lists of tags that are malformed never let a change
    /// through: with `If-Match` the answer is 412; with `If-None-Match` GET and HEAD proceed, for others
    /// it is 412. All are ignored with CONNECT, OPTIONS and TRACE (section 13.2.1).
    ///
    /// `now` is the time, or any other after 2000: it tells the century of dates with two digits.
    pub const fn evaluate(
        &self,
        method: Method<'_>,
        current: Option<&Validators<'_>>,
        now: HttpDate,
    ) -> Verdict<'a> {
        let (is_get, is_read) = match method.as_bytes() {
            b"GET" => (true, true),
            b"HEAD" => (false, true),
            b"CONNECT" | b"OPTIONS" | b"TRACE" => return Verdict::Proceed,
            _ => (false, false),
        };
        let modified = match current {
            Some(current) => current.last_modified,
            None => None,
        };

        // Steps 1 and 2.
        let is_unchanged = match (self.if_match, self.if_unmodified_since) {
            (Some(value), _) => match (self.has("If-Match", value, current, true), current) {
                (Some(has), Some(_)) => has,
                _ => false,
            },
            (None, Some(value)) => !is_later(modified, value, now, false),
            (None, None) => true,
        };
        if !is_unchanged {
            return Verdict::PreconditionFailed;
        }

        // Steps 3 and 4.
        let is_known = match (self.if_none_match, self.if_modified_since) {
            (Some(value), _) => match (self.has("If-None-Match", value, current, false), current) {
                (Some(has), Some(_)) => has,
                (Some(_), None) => false,
                (None, _) => !is_read,
            },
            (None, Some(value)) => is_read && !is_later(modified, value, now, true),
            (None, None) => false,
        };
        match (is_known, is_read) {
            (true, true) => return Verdict::NotModified,
            (true, false) => return Verdict::PreconditionFailed,
            (false, _) => {}
        }

        // Step 5.
        let (Some(range), Some(current), true) = (self.range, current, is_get) else {
            return Verdict::Proceed;
        };
        match (Range::parse(range), self.if_range) {
            (Some(range), Some(value)) if if_range(value, current, now) => Verdict::Partial(range),
            (Some(range), None) => Verdict::Partial(range),
            _ => Verdict::Proceed,
        }
    }
}

impl Preconditions<'_> {
    /// Is the current tag in the list whose first line is `value`? `None` if a line is malformed.
    const fn has(
        &self,
        name: &str,
        value: &[u8],
        current: Option<&Validators<'_>>,
        strongly: bool,
    ) -> Option<bool> {
        let etag = match current {
            Some(current) => current.etag,
            None => None,
        };
        let mut found = match EntityTags::parse(value) {
            Some(tags) => has(tags, etag, strongly),
            None => return None,
        };
        let mut more = self.more;
        while let Some((field, rest)) = more.split_first() {
            if field.name.is(name) {
                match EntityTags::parse(field.value.as_bytes()) {
                    Some(tags) => found |= has(tags, etag, strongly),
                    None => return None,
                }
            }
            more = rest;
        }
        Some(found)
    }
}

/// Does `If-Range` with this value hold: is it the current strong tag, or exactly the current date, if
/// that is strong? A value that is malformed does not. RFC 9110 section 13.1.5.
///
/// [`Preconditions::evaluate`] asks it; it is for servers that evaluate in another way.
///
/// ```
/// use http_lite::{EntityTag, HttpDate, Validators, if_range};
///
/// let now = HttpDate::new(1_800_000_000).unwrap();
/// let current = Validators { etag: EntityTag::strong(b"v2"), ..Validators::default() };
/// assert!(if_range(b"\"v2\"", &current, now));
/// assert!(!if_range(b"W/\"v2\"", &current, now));
/// ```
#[must_use]
pub const fn if_range(value: &[u8], current: &Validators<'_>, now: HttpDate) -> bool {
    if let Some(tag) = EntityTag::parse(value) {
        return match current.etag {
            Some(etag) => etag.strongly_matches(tag),
            None => false,
        };
    }
    match (HttpDate::parse(trim(value), now), current.last_modified) {
        (Some(date), Some(modified)) => current.is_date_strong && date.get() == modified.get(),
        _ => false,
    }
}

/// Is the tag of what exists among these?
const fn has(tags: EntityTags<'_>, etag: Option<EntityTag<'_>>, strongly: bool) -> bool {
    match etag {
        Some(etag) if strongly => tags.strongly_match(etag),
        Some(etag) => tags.weakly_match(etag),
        None => tags.is_any(),
    }
}

/// Is `modified` later than the date that the value has? `unknown`, if one of them is no date.
const fn is_later(modified: Option<HttpDate>, value: &[u8], now: HttpDate, unknown: bool) -> bool {
    match (modified, HttpDate::parse(trim(value), now)) {
        (Some(modified), Some(date)) => modified.get() > date.get(),
        _ => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    const NOW: HttpDate = HttpDate::new(1_800_000_000).unwrap();
    const BEFORE: &[u8] = b"Sat, 29 Oct 1994 19:43:30 GMT";
    const SAME: &[u8] = b"Sat, 29 Oct 1994 19:43:31 GMT";
    const AFTER: &[u8] = b"Sat, 29 Oct 1994 19:43:32 GMT";

    fn current() -> Validators<'static> {
        Validators {
            etag: EntityTag::strong(b"a"),
            last_modified: HttpDate::parse(SAME, NOW),
            is_date_strong: true,
        }
    }

    /// What is said to fields of these names and values: P, R(ange), 304, 412 for GET, HEAD, PUT.
    fn verdicts(fields: &[(&str, &[u8])], current: Option<&Validators<'_>>) -> [u16; 3] {
        let mut request = Preconditions::NONE;
        for (name, value) in fields {
            let slot = match *name {
                "match" => &mut request.if_match,
                "none" => &mut request.if_none_match,
                "since" => &mut request.if_modified_since,
                "unmodified" => &mut request.if_unmodified_since,
                "if-range" => &mut request.if_range,
                _ => &mut request.range,
            };
            *slot = Some(value);
        }
        [Method::GET, Method::HEAD, Method::PUT].map(|method| {
            match request.evaluate(method, current, NOW) {
                Verdict::Proceed => 200,
                Verdict::Partial(_) => 206,
                verdict => verdict.status().unwrap().get(),
            }
        })
    }

    #[test]
    fn one_field_alone() {
        for (name, value, wanted) in [
            ("match", &b"\"a\""[..], [200, 200, 200]),
            ("match", b"\"b\", \"a\"", [200, 200, 200]),
            ("match", b"*", [200, 200, 200]),
            ("match", b"\"b\"", [412, 412, 412]),
            ("match", b"W/\"a\"", [412, 412, 412]),
            ("match", b"", [412, 412, 412]),
            ("match", b"a", [412, 412, 412]),
            ("none", b"\"b\"", [200, 200, 200]),
            ("none", b"", [200, 200, 200]),
            ("none", b"\"a\"", [304, 304, 412]),
            ("none", b"\"b\", W/\"a\"", [304, 304, 412]),
            ("none", b"*", [304, 304, 412]),
            ("none", b"a", [200, 200, 412]),
            ("none", b"\"a\", *", [200, 200, 412]),
            ("since", BEFORE, [200, 200, 200]),
            ("since", SAME, [304, 304, 200]),
            ("since", AFTER, [304, 304, 200]),
            ("since", b"yesterday", [200, 200, 200]),
            ("unmodified", BEFORE, [412, 412, 412]),
            ("unmodified", SAME, [200, 200, 200]),
            ("unmodified", AFTER, [200, 200, 200]),
            ("unmodified", b"yesterday", [200, 200, 200]),
            ("unmodified", b"Mon, 01 Jan 0001 00:00:00 GMT", [412, 412, 412]),
            ("unmodified", b"Saturday, 29-Oct-94 19:43:30 GMT", [412, 412, 412]),
            ("range", b"bytes=0-", [206, 200, 200]),
            ("range", b"pages=0-", [200, 200, 200]),
            ("if-range", b"\"a\"", [200, 200, 200]),
        ] {
            let found = verdicts(&[(name, value)], Some(&current()));
            assert_eq!(found, wanted, "{name} {}", value.escape_ascii());
        }
    }

    #[test]
    fn without_a_representation() {
        for (name, value, wanted) in [
            ("match", &b"*"[..], [412, 412, 412]),
            ("match", b"\"a\"", [412, 412, 412]),
            ("none", b"*", [200, 200, 200]),
            ("none", b"\"a\"", [200, 200, 200]),
            ("none", b"a", [200, 200, 412]),
            ("since", AFTER, [200, 200, 200]),
            ("unmodified", BEFORE, [200, 200, 200]),
            ("range", b"bytes=0-", [200, 200, 200]),
        ] {
            let found = verdicts(&[(name, value)], None);
            assert_eq!(found, wanted, "{name} {}", value.escape_ascii());
        }
    }

    #[test]
    fn a_representation_without_tag_and_date() {
        for (name, value, wanted) in [
            ("match", &b"*"[..], [200, 200, 200]),
            ("match", b"\"a\"", [412, 412, 412]),
            ("none", b"*", [304, 304, 412]),
            ("none", b"\"a\"", [200, 200, 200]),
            ("since", AFTER, [200, 200, 200]),
            ("unmodified", BEFORE, [200, 200, 200]),
        ] {
            let found = verdicts(&[(name, value)], Some(&Validators::default()));
            assert_eq!(found, wanted, "{name} {}", value.escape_ascii());
        }
    }

    #[test]
    fn the_precedence_of_rfc_9110_section_13_2_2() {
        let (a, b): (&[u8], &[u8]) = (b"\"a\"", b"\"b\"");
        for (fields, wanted) in [
            // If-Match hides If-Unmodified-Since.
            (&[("match", a), ("unmodified", BEFORE)][..], [200, 200, 200]),
            (&[("match", b), ("unmodified", AFTER)], [412, 412, 412]),
            // Both come before If-None-Match.
            (&[("match", b), ("none", a)], [412, 412, 412]),
            (&[("match", a), ("none", a)], [304, 304, 412]),
            (&[("unmodified", BEFORE), ("none", a)], [412, 412, 412]),
            (&[("unmodified", AFTER), ("since", AFTER)], [304, 304, 200]),
            // If-None-Match hides If-Modified-Since.
            (&[("none", b), ("since", AFTER)], [200, 200, 200]),
            (&[("none", a), ("since", BEFORE)], [304, 304, 412]),
            (&[("none", b"a"), ("since", AFTER)], [200, 200, 412]),
            // Range comes last.
            (&[("none", a), ("range", b"bytes=0-")], [304, 304, 412]),
            (&[("none", b), ("range", b"bytes=0-")], [206, 200, 200]),
            (&[("match", a), ("range", b"bytes=0-")], [206, 200, 200]),
            (&[("match", b), ("range", b"bytes=0-")], [412, 412, 412]),
        ] {
            assert_eq!(verdicts(fields, Some(&current())), wanted, "{fields:?}");
        }
    }

    #[test]
    fn if_range_is_exact() {
        let weak = Validators { etag: current().etag.map(EntityTag::to_weak), ..current() };
        let unsure = Validators { is_date_strong: false, ..current() };
        for (value, validators, wanted) in [
            (&b"\"a\""[..], current(), 206),
            (b" \"a\" ", current(), 206),
            (b"\"b\"", current(), 200),
            (b"W/\"a\"", current(), 200),
            (b"\"a\"", weak, 200),
            (b"W/\"a\"", weak, 200),
            (b"\"a\", \"b\"", current(), 200),
            (b"*", current(), 200),
            (b"", current(), 200),
            (SAME, current(), 206),
            (SAME, weak, 206),
            (SAME, unsure, 200),
            (BEFORE, current(), 200),
            (AFTER, current(), 200),
            (b"\"a\"", Validators::default(), 200),
            (SAME, Validators { is_date_strong: true, ..Validators::default() }, 200),
        ] {
            let fields: [(&str, &[u8]); 2] = [("if-range", value), ("range", b"bytes=1-")];
            let found = verdicts(&fields, Some(&validators));
            assert_eq!(found, [wanted, 200, 200], "{}", value.escape_ascii());
        }
    }

    #[test]
    fn methods_without_a_representation_ignore_all() {
        let request = Preconditions { if_match: Some(b"\"b\""), ..Preconditions::NONE };
        for method in [Method::CONNECT, Method::OPTIONS, Method::TRACE] {
            assert_eq!(request.evaluate(method, Some(&current()), NOW), Verdict::Proceed);
        }
        let other = Method::new(b"get").unwrap();
        assert_eq!(
            request.evaluate(other, Some(&current()), NOW),
            Verdict::PreconditionFailed,
            "case matters in methods, so this is a method as any other"
        );
    }

    #[test]
    fn takes_the_fields_of_a_request() {
        let field = |name, value| Field::new(name, value).unwrap();
        let fields = [
            field("IF-MATCH", "\"a\""),
            field("if-none-match", "\"b\""),
            field("If-Modified-Since", "x"),
            field("If-Unmodified-Since", "y"),
            field("If-Range", "z"),
            field("Range", "bytes=0-"),
            field("Range-Of", "w"),
        ];
        let request = Preconditions::of(&Fields::new(&fields));
        assert_eq!(request.if_match, Some(&b"\"a\""[..]));
        assert_eq!(request.if_none_match, Some(&b"\"b\""[..]));
        assert_eq!(request.if_modified_since, Some(&b"x"[..]));
        assert_eq!(request.if_unmodified_since, Some(&b"y"[..]));
        assert_eq!(request.if_range, Some(&b"z"[..]));
        assert_eq!(request.range, Some(&b"bytes=0-"[..]));
        assert_eq!(Preconditions::of(&Fields::EMPTY).if_match, None);
    }

    #[test]
    fn two_lines_of_a_date_or_a_range_count_as_malformed() {
        let before = core::str::from_utf8(BEFORE).unwrap();
        for (name, value, wanted) in [
            ("If-Unmodified-Since", before, Verdict::Proceed),
            ("Range", "bytes=0-", Verdict::Proceed),
        ] {
            let fields = [Field::new(name, value).unwrap(); 2];
            let request = Preconditions::of(&Fields::new(&fields));
            assert_eq!(request.evaluate(Method::GET, Some(&current()), NOW), wanted, "{name}");
        }
    }
}
