//! What wildcards take.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use topic_matcher::{CaptureFilter, TopicFilter, TopicName};

/// What the wildcards of the filter take, as the standard tells it: a level each, the tail for `#`.
fn taken(filter: &[&str], name: &[&str]) -> Option<Vec<String>> {
    oracle::takes(filter, name).then(|| {
        let mut taken = Vec::new();
        for (at, level) in filter.iter().enumerate() {
            match *level {
                "+" => taken.push(name[at].to_owned()),
                "#" if at < name.len() => taken.push(name[at..].join("/")),
                _ => {}
            }
        }
        taken
    })
}

fn captures(filter: &str, name: &str) -> Option<Vec<String>> {
    let (filter, name) = (TopicFilter::new(filter).unwrap(), TopicName::new(name).unwrap());
    Some(filter.captures(name)?.map(str::to_owned).collect())
}

#[test]
fn golden_rows() {
    for (filter, name, expected) in [
        ("site/+/device/+/state", "site/4/device/7/state", &["4", "7"][..]),
        ("site/+/#", "site/4/device/7", &["4", "device/7"]),
        ("house/#", "house/", &[""]),
        ("house/#", "house", &[]),
        ("#", "a/b", &["a/b"]),
        ("+/#", "a", &["a"]),
        ("+/+", "/", &["", ""]),
        ("a/b", "a/b", &[]),
        ("ü/+", "ü/ß", &["ß"]),
    ] {
        let captured = captures(filter, name).unwrap();
        assert_eq!(captured, expected, "{filter} {name}");
    }
    assert_eq!(captures("a/+", "b/c"), None);
    assert_eq!(captures("#", "$SYS"), None);
}

/// Every valid filter of up to 5 bytes with every name of up to 5 bytes.
#[test]
fn exhaustive_captures() {
    let filters = oracle::texts("a/$+#", 5);
    let names = oracle::texts("a/$", 5);
    let mut matches = 0;
    for filter in filters.iter().filter(|text| oracle::is_filter(text)) {
        for name in &names {
            let expected = taken(&oracle::levels(filter), &oracle::levels(name));
            matches += usize::from(expected.is_some());
            assert_eq!(captures(filter, name), expected, "{filter} {name}");
            arrays(filter, name, expected.as_deref());
        }
    }
    assert_eq!(matches, 2_967);
}

/// The array has what the iterator gives, and `""` for a `#` that took the parent only.
fn arrays(filter: &str, name: &str, expected: Option<&[String]>) {
    let wildcards = filter.matches(['+', '#']).count();
    array::<0>(filter, name, wildcards, expected);
    array::<1>(filter, name, wildcards, expected);
    array::<2>(filter, name, wildcards, expected);
    array::<3>(filter, name, wildcards, expected);
}

fn array<const N: usize>(filter: &str, name: &str, wildcards: usize, expected: Option<&[String]>) {
    let filter = CaptureFilter::<N>::new(TopicFilter::new(filter).unwrap());
    assert_eq!(filter.is_some(), wildcards == N);
    let Some(filter) = filter else { return };
    let captured = filter.captures(TopicName::new(name).unwrap());
    let expected = expected.map(|taken| {
        let mut array = [""; N];
        array.iter_mut().zip(taken).for_each(|(place, taken)| *place = taken);
        array
    });
    assert_eq!(captured, expected);
}
