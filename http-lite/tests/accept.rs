//! Laws of `Accept` and `Accept-Encoding`.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panic")]

use http_lite::{MediaType, accept};
use proptest::prelude::*;
use proptest::sample::select;

/// A media range before it is written.
#[derive(Debug, Clone)]
struct Range {
    type_: &'static str,
    subtype: &'static str,
    level: Option<u8>,
    quality: u16,
}

impl Range {
    fn text(&self, comma: &str) -> String {
        let Self { type_, subtype, quality, .. } = self;
        let level = self.level.map_or(String::new(), |level| format!(" ; Level=\"{level}\""));
        format!("{type_}/{subtype}{level};q={}.{:03}{comma}", quality / 1000, quality % 1000)
    }

    /// How close it is, by RFC 9110 section 12.5.1 word by word.
    fn closeness(&self, type_: &str, subtype: &str, level: Option<u8>) -> Option<(u8, bool)> {
        let by_type = match (self.type_, self.subtype) {
            ("*", "*") => 0,
            (t, "*") if t == type_ => 1,
            (t, s) if t == type_ && s == subtype => 2,
            _ => return None,
        };
        (self.level.is_none() || self.level == level).then_some((by_type, self.level.is_some()))
    }
}

fn ranges() -> impl Strategy<Value = Vec<Range>> {
    let types =
        vec![("*", "*"), ("a", "*"), ("b", "*"), ("a", "x"), ("a", "y"), ("b", "x"), ("*", "x")];
    let range = (select(types), prop::option::of(0..2u8), 0..=1000u16)
        .prop_map(|((type_, subtype), level, quality)| Range { type_, subtype, level, quality });
    prop::collection::vec(range, 1..6)
}

proptest! {
    #[test]
    fn the_closest_range_gives_the_quality(ranges in ranges(), comma in " ?,[ ,\t]{0,2}") {
        let value: String = ranges.iter().map(|range| range.text(&comma)).collect();
        for (type_, subtype, level) in
            [("a", "x", None), ("a", "y", Some(0)), ("b", "x", Some(1)), ("c", "x", None)]
        {
            let level_text = level.map_or(String::new(), |level| format!(";level={level}"));
            let text = format!("{type_}/{subtype}{level_text}");
            let media_type = MediaType::parse(text.as_bytes()).unwrap();
            let wanted = ranges
                .iter()
                .filter_map(|range| Some((range.closeness(type_, subtype, level)?, range.quality)))
                .max()
                .map_or(0, |(_, quality)| quality);
            let found = accept::quality(Some(value.as_bytes()), media_type).per_mille();
            prop_assert_eq!(found, wanted, "{} of {}", text, value);
        }
    }

    #[test]
    fn the_best_has_the_highest_quality(ranges in ranges()) {
        let value: String = ranges.iter().map(|range| range.text(",")).collect();
        let offers = ["a/x", "b/x;level=1", "a/y;level=0", "b/z"]
            .map(|text| MediaType::parse(text.as_bytes()).unwrap());
        let lines = Some(value.as_bytes());
        let qualities = offers.map(|offer| accept::quality(lines, offer));
        match accept::best(lines, &offers) {
            None => prop_assert!(qualities.iter().all(|quality| !quality.is_acceptable())),
            Some(best) => {
                let highest = qualities.iter().max().unwrap();
                let first = qualities.iter().position(|quality| quality == highest);
                prop_assert_eq!(first, offers.iter().position(|offer| offer.is(best)));
            }
        }
    }

    #[test]
    fn any_bytes_have_a_quality(value: Vec<u8>, coding: Vec<u8>) {
        let lines = Some(&value[..]);
        prop_assert!(accept::quality(lines, MediaType::JSON).per_mille() <= 1000);
        prop_assert!(accept::encoding_quality(lines, &coding).per_mille() <= 1000);
    }

    #[test]
    fn a_coding_has_the_quality_that_was_written(quality in 0..=1000u16, others in "[a-z]{3}") {
        let value = format!("{others};q=0.001, br ; Q={}.{:03}", quality / 1000, quality % 1000);
        let found = accept::encoding_quality(Some(value.as_bytes()), b"BR");
        prop_assert_eq!(found.per_mille(), quality);
    }
}
