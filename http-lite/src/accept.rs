//! What a peer accepts, and how much it likes it. RFC 9110 section 12.

use crate::list::{self, eq_ignore_case, is_token, split, tail};
use crate::media_type::MediaType;
use crate::parameters::Parameters;
use crate::scan::trim;

/// A weight: `q=0.5`. From 0, not acceptable, to 1000, preferred. RFC 9110 section 12.4.2.
///
/// ```
/// use http_lite::accept::Quality;
///
/// assert_eq!(Quality::parse(b"0.25").unwrap().per_mille(), 250);
/// assert_eq!(Quality::parse(b"1.001"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u16);

impl Quality {
    /// 0: not acceptable.
    pub const ZERO: Self = Self(0);
    /// 0.001: the least that is acceptable.
    pub const LEAST: Self = Self(1);
    /// 1: preferred, and what is meant where no weight stands.
    pub const ONE: Self = Self(1000);

    /// `0` or `1`, perhaps a point, and at most three digits, together at most 1.
    #[must_use]
    pub const fn parse(qvalue: &[u8]) -> Option<Self> {
        let (whole, mut digits): (u16, &[u8]) = match qvalue {
            [b'0', rest @ ..] => (0, rest),
            [b'1', rest @ ..] => (1000, rest),
            _ => return None,
        };
        match digits {
            [] => {}
            [b'.', rest @ ..] if rest.len() <= 3 => digits = rest,
            _ => return None,
        }
        let (mut thousandths, mut weight): (u16, u16) = (whole, 100);
        while let [digit @ b'0'..=b'9', rest @ ..] = digits {
            let digit = digit.saturating_sub(b'0') as u16;
            thousandths = thousandths.saturating_add(digit.saturating_mul(weight));
            weight = if weight == 100 { 10 } else { 1 };
            digits = rest;
        }
        if digits.is_empty() && thousandths <= 1000 { Some(Self(thousandths)) } else { None }
    }

    /// 0 to 1000.
    #[must_use]
    pub const fn per_mille(self) -> u16 {
        self.0
    }

    /// Is it more than 0?
    #[must_use]
    pub const fn is_acceptable(self) -> bool {
        self.0 > 0
    }

    /// What the first parameter `q` says, wherever it stands (RFC 9110 section 12.5.1); 1 without
    /// one, `None` if it is malformed.
    const fn of(parameters: Parameters<'_>) -> Option<Self> {
        match parameters.get(b"q") {
            None => Some(Self::ONE),
            // A weight is a token, but a quoted string means the same.
            Some(value) => match value.as_bytes() {
                Some(qvalue) => Self::parse(qvalue),
                None => None,
            },
        }
    }
}

/// How much a peer with these `Accept` field lines likes this media type. RFC 9110 section 12.5.1.
///
/// Of the media ranges that hold it the closest counts: more parameters before fewer, `type/subtype`
/// before `type/*` before `*/*`; of two that are equally close, the one it likes more. Without any
/// element everything is acceptable. A malformed media range holds nothing; a malformed weight counts
/// as 1.
///
/// The lines are an `Option` of a value or any other collection of values.
///
/// ```
/// use http_lite::{MediaType, accept};
///
/// let lines = [&b"text/html;level=1, text/*;q=0.3, */*;q=0.1"[..]];
/// assert_eq!(accept::quality(lines, MediaType::HTML).per_mille(), 300);
/// assert_eq!(accept::quality(lines, MediaType::JSON).per_mille(), 100);
/// assert_eq!(accept::quality(None, MediaType::JSON).per_mille(), 1000);
/// ```
#[must_use]
pub fn quality<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    media_type: MediaType<'_>,
) -> Quality {
    let mut is_any = true;
    let mut closest: Option<(u32, Quality)> = None;
    for element in lines.into_iter().flat_map(list::elements) {
        is_any = false;
        let Some(range) = MediaType::parse(element) else { continue };
        // Some clients write `.2`: what they name, they accept.
        let quality = Quality::of(range.parameters()).unwrap_or(Quality::ONE);
        let found = media_type.precedence_in(range).map(|precedence| (precedence, quality));
        closest = closest.max(found);
    }
    match closest {
        Some((_, quality)) => quality,
        None if is_any => Quality::ONE,
        None => Quality::ZERO,
    }
}

/// Which of the media types that a server has a peer with these `Accept` field lines likes most; of
/// those it likes equally, the first.
///
/// `None` if it accepts none of them: 406 (Not Acceptable), or anything, as if the field were not
/// there.
///
/// ```
/// use http_lite::{Field, Fields, MediaType, accept};
///
/// let offers = [MediaType::JSON, MediaType::TEXT];
/// let accept = &b"text/plain, application/json;q=0.9"[..];
/// assert!(accept::best(Some(accept), &offers).unwrap().is(MediaType::TEXT));
/// assert!(accept::best(Some(&b"*/*"[..]), &offers).unwrap().is(MediaType::JSON));
/// assert!(accept::best(Some(&b"image/*"[..]), &offers).is_none());
///
/// let fields = [Field::new("Accept", "text/html")?, Field::new("Accept", "text/plain")?];
/// let fields = Fields::new(&fields); // of a head
/// let lines = fields.all("Accept").map(|value| value.as_bytes());
/// assert!(accept::best(lines, &offers).unwrap().is(MediaType::TEXT));
/// # Ok::<(), http_lite::FieldError>(())
/// ```
#[must_use]
pub fn best<'a, 'm>(
    lines: impl IntoIterator<Item = &'a [u8]> + Clone,
    offers: &[MediaType<'m>],
) -> Option<MediaType<'m>> {
    let mut best = (Quality::ZERO, None);
    for &offer in offers {
        let quality = quality(lines.clone(), offer);
        if quality > best.0 {
            best = (quality, Some(offer));
        }
    }
    best.1
}

/// How much a peer with these `Accept-Encoding` field lines likes this content coding. RFC 9110
/// section 12.5.3.
///
/// `identity` is no coding. Where nothing is said about it, it is acceptable, but liked least. Without
/// the field every coding is acceptable; with an empty one, none but `identity`. The old names
/// `x-gzip` and `x-compress` mean `gzip` and `compress` (section 8.4.1). An element that is malformed
/// counts for nothing.
///
/// ```
/// use http_lite::accept;
///
/// let lines = Some(&b"br, gzip;q=0.8, *;q=0"[..]);
/// assert_eq!(accept::encoding_quality(lines, b"gzip").per_mille(), 800);
/// assert!(!accept::encoding_quality(lines, b"identity").is_acceptable());
/// ```
#[must_use]
pub fn encoding_quality<'a>(lines: impl IntoIterator<Item = &'a [u8]>, coding: &[u8]) -> Quality {
    let coding = without_x(coding);
    let mut is_any = true;
    let (mut named, mut others): (Option<Quality>, Option<Quality>) = (None, None);
    for line in lines {
        is_any = false;
        for element in list::elements(line) {
            let (name, _) = split(element, b';');
            let Some(parameters) = Parameters::parse(tail(element, name.len())) else { continue };
            let Some(quality) = Quality::of(parameters) else { continue };
            let name = trim(name);
            if name == b"*" {
                others = others.max(Some(quality));
            } else if is_token(name) && eq_ignore_case(without_x(name), coding) {
                named = named.max(Some(quality));
            }
        }
    }
    match named.or(others) {
        Some(quality) => quality,
        None if is_any => Quality::ONE,
        None if eq_ignore_case(coding, b"identity") => Quality::LEAST,
        None => Quality::ZERO,
    }
}

/// The name that `x-gzip` and `x-compress` have today.
const fn without_x(coding: &[u8]) -> &[u8] {
    match coding {
        [b'x' | b'X', b'-', name @ ..]
            if eq_ignore_case(name, b"gzip") || eq_ignore_case(name, b"compress") =>
        {
            name
        }
        _ => coding,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    fn of(accept: &[u8], media_type: &[u8]) -> u16 {
        quality(Some(accept), MediaType::parse(media_type).unwrap()).per_mille()
    }

    #[test]
    fn reads_every_weight_and_nothing_else() {
        for thousandths in 0..=1000u16 {
            let text = std::format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            for text in [&text[..], text.trim_end_matches('0'), text.trim_end_matches(['0', '.'])] {
                if text.is_empty() {
                    continue; // of 0
                }
                let quality = Quality::parse(text.as_bytes()).unwrap();
                assert_eq!(quality.per_mille(), thousandths, "{text}");
                assert_eq!(quality.is_acceptable(), thousandths != 0, "{text}");
            }
        }
        for (text, why) in [
            (&b""[..], "empty"),
            (b".5", "no digit before the point"),
            (b"0.1234", "four digits"),
            (b"0.0000", "four digits"),
            (b"1.001", "above 1"),
            (b"1.1", "above 1"),
            (b"2", "above 1"),
            (b"00.5", "two digits before the point"),
            (b"01", "two digits before the point"),
            (b"+0.5", "a sign"),
            (b"-0", "a sign"),
            (b"0,5", "a comma"),
            (b"0.5 ", "whitespace"),
            (b"0.5x", "a letter"),
            (b"0x1", "a letter"),
            (b"1e0", "an exponent"),
            (b"0..", "two points"),
        ] {
            assert_eq!(Quality::parse(text), None, "{why}");
        }
    }

    #[test]
    fn the_qualities_of_rfc_9110_section_12_5_1_table_5() {
        let accept = b"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
            text/plain;format=fixed;q=0.4, */*;q=0.5";
        for (media_type, wanted) in [
            (&b"text/plain;format=flowed"[..], 1000),
            (b"text/plain", 700),
            (b"text/html", 300),
            (b"image/jpeg", 500),
            (b"text/plain;format=fixed", 400),
            // Table 5 says 0.7, which is of an older example: only text/* holds it.
            (b"text/html;level=3", 300),
        ] {
            assert_eq!(of(accept, media_type), wanted, "{}", media_type.escape_ascii());
        }
    }

    #[test]
    fn the_closest_range_counts_wherever_it_stands() {
        let ranges =
            ["text/plain;format=flowed;q=0.4", "text/plain;q=0.3", "text/*;q=0.2", "*/*;q=0.1"];
        for turn in 0..4 {
            let mut turned = ranges;
            turned.rotate_left(turn);
            let accept = turned.join(",");
            assert_eq!(of(accept.as_bytes(), b"text/plain;format=flowed"), 400);
            assert_eq!(of(accept.as_bytes(), b"text/plain"), 300);
            assert_eq!(of(accept.as_bytes(), b"text/html"), 200);
            assert_eq!(of(accept.as_bytes(), b"image/png"), 100);
        }
    }

    #[test]
    fn a_close_range_may_refuse_what_a_wide_one_accepts() {
        assert_eq!(of(b"*/*, text/html;q=0", b"text/html"), 0);
        assert_eq!(of(b"audio/*; q=0.2, audio/basic", b"audio/basic"), 1000);
        assert_eq!(of(b"audio/*; q=0.2, audio/basic", b"audio/midi"), 200);
        assert_eq!(of(b"a/b;q=0.1, a/b;q=0.9, a/b;q=0.5", b"a/b"), 900);
    }

    #[test]
    fn a_weight_may_stand_anywhere() {
        assert_eq!(of(b"text/html;Q=0.5;level=1", b"text/html;level=1"), 500);
        assert_eq!(of(b"text/html;q=\"0.5\"", b"text/html"), 500);
    }

    #[test]
    fn malformed_elements_hold_nothing() {
        for accept in [&b"text"[..], b"*", b"*/html", b"text/html;level"] {
            assert_eq!(of(accept, b"text/html"), 0, "{}", accept.escape_ascii());
            let with_other = [accept, b"text/html;q=0.6"].join(&b","[..]);
            assert_eq!(of(&with_other, b"text/html"), 600);
        }
    }

    #[test]
    fn a_malformed_weight_counts_as_one() {
        for weight in ["2", ".2", "\"0.\\5\"", "-1"] {
            let accept = std::format!("image/png;q=0.5, text/html;q={weight}");
            assert_eq!(of(accept.as_bytes(), b"text/html"), 1000, "{accept}");
        }
        // The default of a widely used Java client.
        let java = b"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
        assert_eq!(of(java, b"application/json"), 1000);
    }

    #[test]
    fn without_an_element_everything_is_accepted() {
        assert_eq!(of(b"", b"text/html"), 1000);
        assert_eq!(of(b" , ,", b"text/html"), 1000);
    }

    #[test]
    fn field_lines_are_read_as_one_list() {
        let lines = [&b"text/*;q=0.3"[..], b"text/html;q=0.4"];
        assert_eq!(quality(lines, MediaType::HTML).per_mille(), 400);
        assert_eq!(quality(lines, MediaType::TEXT).per_mille(), 300);
    }

    #[test]
    fn of_equals_the_first_offer_is_best() {
        let offers = [MediaType::OCTET_STREAM, MediaType::JSON, MediaType::TEXT];
        let best = |accept: &'static [u8]| {
            best(Some(accept), &offers).map(|media_type| media_type.essence())
        };
        assert_eq!(best(b"application/*"), Some(&b"application/octet-stream"[..]));
        assert_eq!(best(b"application/json, text/*"), Some(&b"application/json"[..]));
        assert_eq!(best(b"application/json;q=0.4, text/*;q=0.5"), Some(&b"text/plain"[..]));
        assert_eq!(best(b"*/*;q=0"), None);
    }

    #[test]
    fn content_codings_follow_rfc_9110_section_12_5_3() {
        let cases: [(Option<&[u8]>, [u16; 3]); 13] = [
            // gzip, br, identity
            (None, [1000, 1000, 1000]),
            (Some(b""), [0, 0, 1]),
            (Some(b"*"), [1000, 1000, 1000]),
            (Some(b"compress, gzip"), [1000, 0, 1]),
            (Some(b"compress;q=0.5, gzip;q=1.0"), [1000, 0, 1]),
            (Some(b"gzip;q=1.0, identity; q=0.5, *;q=0"), [1000, 0, 500]),
            (Some(b"identity;q=0"), [0, 0, 0]),
            (Some(b"*;q=0"), [0, 0, 0]),
            (Some(b"*;q=0.3, GZIP;q=0.2"), [200, 300, 300]),
            (Some(b"x-gzip;q=0.7"), [700, 0, 1]),
            (Some(b"br;q=0"), [0, 0, 1]),
            (Some(b"gzip;q=5, br;q=.1, identity;q"), [0, 0, 1]),
            (Some(b"gzip/x, br=1"), [0, 0, 1]),
        ];
        for (lines, wanted) in cases {
            let found = [&b"gzip"[..], b"br", b"identity"]
                .map(|coding| encoding_quality(lines, coding).per_mille());
            assert_eq!(found, wanted, "{:?}", lines.map(|line| line.escape_ascii()));
        }
        assert_eq!(encoding_quality(Some(&b"gzip"[..]), b"X-Gzip"), Quality::ONE);
        assert_eq!(encoding_quality(Some(&b"X-Compress"[..]), b"compress"), Quality::ONE);
        assert_eq!(encoding_quality(Some(&b"x-br"[..]), b"br"), Quality::ZERO);
    }
}
