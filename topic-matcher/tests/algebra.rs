//! What filters mean to each other, beside the sets of topic names that they take.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use core::time::Duration;
use std::time::Instant;

use proptest::prelude::*;
use topic_matcher::{Subscription, TopicFilter, TopicName};

/// Filters of up to this many levels are compared.
const DEPTH: usize = 4;

/// Every filter of up to four levels out of "", "a", "$a", `+` and `#`, with every other.
///
/// Their sets are seen through names of up to five levels, with "b" and "$b" beside them. These stand
/// for all names: a level that no filter has is taken by the same wildcards as "b" or, in front and
/// with a `$`, as "$b"; and what takes five levels by `#` takes all that is longer.
#[test]
fn exhaustive_set_semantics() {
    let names = joined(&["", "a", "$a", "b", "$b"], DEPTH + 1);
    let names: Vec<&String> = names.iter().filter(|text| oracle::is_name(text)).collect();
    let filters = joined(&["", "a", "$a", "+", "#"], DEPTH);
    let filters: Vec<(TopicFilter<'_>, Vec<u64>)> = filters
        .iter()
        .filter_map(|text| TopicFilter::new(text).ok())
        .map(|filter| (filter, taken(filter, &names)))
        .collect();
    assert_eq!((filters.len(), names.len()), (424, 3904));

    let mut equivalent = Vec::new();
    for (a, a_taken) in &filters {
        for (b, b_taken) in &filters {
            let mut words = a_taken.iter().zip(b_taken);
            let intersects = words.clone().any(|(a, b)| a & b != 0);
            let includes = words.all(|(a, b)| b & !a == 0);
            assert_eq!(a.includes(*b), includes, "{a} {b}");
            assert_eq!(a.intersects(*b), intersects, "{a} {b}");
            assert_eq!(a.is_equivalent(*b), a_taken == b_taken, "{a} {b}");
            if a_taken == b_taken && a.as_str() < b.as_str() {
                equivalent.push((a.as_str(), b.as_str()));
            }
        }
    }
    equivalent.sort_unstable();
    assert_eq!(equivalent, [("#", "+/#"), ("/#", "/+/#")]);
    assert!(TopicFilter::from_static("#").canonical().as_str() == "#");
    assert!(TopicFilter::from_static("/+/#").canonical().as_str() == "/#");
}

/// Which of the names a filter takes, a bit for each.
fn taken(filter: TopicFilter<'_>, names: &[&String]) -> Vec<u64> {
    let levels = oracle::levels(filter.as_str());
    let takes = |name: &&String| u64::from(oracle::takes(&levels, &oracle::levels(name)));
    let word = |names: &[&String]| names.iter().fold(0, |word, name| word << 1 | takes(name));
    names.chunks(64).map(word).collect()
}

/// Every text of one to `depth` of these levels.
fn joined(levels: &[&str], depth: usize) -> Vec<String> {
    let mut longest: Vec<String> = levels.iter().map(|level| (*level).to_owned()).collect();
    let mut all = longest.clone();
    for _ in 1..depth {
        longest = longest
            .iter()
            .flat_map(|text| levels.iter().map(move |level| format!("{text}/{level}")))
            .collect();
        all.extend_from_slice(&longest);
    }
    all
}

/// [MQTT-4.7.3-3]: there is no topic name of more than 65,535 bytes.
#[test]
fn what_only_longer_names_have_in_common_is_nothing() {
    for (a_len, b_len, expected) in [(40_000, 25_534, true), (40_000, 25_535, false)] {
        let (a, b) = ("a".repeat(a_len), "b".repeat(b_len));
        for (first, second) in [("+", "+"), ("#", "+"), ("+/#", "+/#")] {
            let (a, b) = (format!("{a}/{first}"), format!("+/{b}"));
            let b = if second == "+" { b } else { format!("{b}/#") };
            let (a, b) = (TopicFilter::new(&a).unwrap(), TopicFilter::new(&b).unwrap());
            assert_eq!(a.intersects(b), expected);
            assert_eq!(b.intersects(a), expected);
        }
    }
    let longest = "a".repeat(65_535);
    let longest = TopicFilter::new(&longest).unwrap();
    assert!(longest.intersects(longest) && longest.includes(longest));
    assert!(TopicFilter::from_static("#").intersects(longest));
}

/// MQTT 5.0 section 4.8.2: the filter behind the share name says what is taken.
#[test]
fn a_share_name_has_no_part_in_it() {
    let all = TopicFilter::from_static("#");
    let system = Subscription::new("$share/group/$SYS/#").unwrap();
    let house = Subscription::new("$share/group/house/+").unwrap();
    assert!(all.includes(house.filter()) && !all.intersects(system.filter()));
    // As texts of MQTT 3.1.1 both begin with `$`.
    assert!(!all.includes(TopicFilter::new(house.as_str()).unwrap()));
}

#[test]
fn works_in_const() {
    const HOUSE: TopicFilter<'_> = TopicFilter::from_static("house/#");
    const LAMP: TopicFilter<'_> = TopicFilter::from_static("house/+/lamp");
    const _: () = assert!(HOUSE.includes(LAMP) && !LAMP.includes(HOUSE) && LAMP.intersects(HOUSE));
    const _: () = assert!(!LAMP.is_equivalent(HOUSE) && LAMP.is_equivalent(LAMP.canonical()));
}

#[test]
fn texts_of_slashes_take_linear_time() {
    let begin = Instant::now();
    let slashes = "/".repeat(65_535);
    let pluses = format!("{}+", "+/".repeat(32_767));
    let half = "/".repeat(32_767);
    let hash = format!("{}#", "/".repeat(65_534));
    let [slashes, pluses, half, hash] =
        [&slashes, &pluses, &half, &hash].map(|text| TopicFilter::new(text).unwrap());
    assert!(pluses.includes(half) && !pluses.includes(slashes));
    assert!(hash.includes(slashes) && hash.intersects(slashes) && !hash.intersects(pluses));
    assert!(!half.intersects(slashes) && half.intersects(pluses));
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// Levels that often collide, long enough for the path by words.
fn level() -> impl Strategy<Value = String> {
    let long = "0f8fad5b-d9cb-469f-a165-70867728950";
    prop_oneof![
        3 => Just("+".to_owned()),
        2 => "[ab]{0,2}",
        1 => Just("$SYS".to_owned()),
        1 => "[ef]".prop_map(move |end| format!("{long}{end}")),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    (prop::collection::vec(level(), 1..7), any::<bool>()).prop_map(|(levels, hash)| {
        let text = levels.join("/");
        match (text.as_str(), hash) {
            (_, true) => format!("{text}/#"),
            ("", false) => "/".to_owned(),
            (_, false) => text,
        }
    })
}

/// A name that the filter takes: each wildcard gives way to levels of `with`.
fn filled(filter: &str, with: &str) -> String {
    let name = filter.replace('+', with);
    let name = name.replace('#', &format!("{with}/{with}"));
    if name.is_empty() { "/".to_owned() } else { name }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_includes_takes_all((a, b) in (filter(), filter()), with in "[ab]{0,2}") {
        let (name_a, name_b) = (filled(&a, &with), filled(&b, &with));
        let (a_levels, b_levels) = (oracle::levels(&a), oracle::levels(&b));
        let (a, b) = (TopicFilter::new(&a)?, TopicFilter::new(&b)?);
        prop_assert_eq!(a.includes(b), oracle::includes(&a_levels, &b_levels));
        prop_assert_eq!(a.intersects(b), oracle::intersects(&a_levels, &b_levels));
        for name in [&name_a, &name_b] {
            let name = TopicName::new(name)?;
            prop_assert!(!a.includes(b) || !b.matches(name) || a.matches(name));
            prop_assert!(a.intersects(b) || !b.matches(name) || !a.matches(name));
            prop_assert_eq!(a.includes(name.into()), a.matches(name));
            prop_assert_eq!(a.intersects(name.into()), a.matches(name));
        }
        prop_assert_eq!(a.intersects(b), b.intersects(a));
        prop_assert_eq!(a.includes(b) && b.includes(a), a.is_equivalent(b));
        prop_assert!(!a.includes(b) || a.intersects(b));
        prop_assert!(a.includes(a) && a.is_equivalent(a.canonical()));
    }

    #[test]
    fn includes_goes_on(a in filter(), b in filter(), c in filter()) {
        let (a, b, c) = (TopicFilter::new(&a)?, TopicFilter::new(&b)?, TopicFilter::new(&c)?);
        prop_assert!(!(a.includes(b) && b.includes(c)) || a.includes(c));
        prop_assert!(!(a.includes(b) && b.intersects(c)) || a.intersects(c));
    }
}
