//! Which filter takes which name: the rows that people learn with, and an exhaustive comparison.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use core::time::Duration;
use std::time::Instant;

use topic_matcher::MismatchKind::{self, Dollar, FilterIsLonger, LevelsDiffer, NameIsLonger};
use topic_matcher::{Mismatch, SharedFilter, TopicFilter, TopicName, matches};

fn takes(filter: &str, name: &str) -> bool {
    let (filter, name) = (TopicFilter::new(filter).unwrap(), TopicName::new(name).unwrap());
    let taken = filter.matches(name);
    assert_eq!(matches(filter.as_bytes(), name.as_bytes()), taken);
    assert_eq!(filter.mismatch(name).is_none(), taken, "{filter} {name}");
    taken
}

/// (filter, names that it takes, names that it does not take)
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    (
        "house/+/temperature",
        &["house/living-room/temperature", "house/kitchen/temperature", "house//temperature"],
        &["house/a/b/temperature", "house/temperature", "house/kitchen/temperature/", "house"],
    ),
    (
        "house/#",
        &["house", "house/", "house/kitchen", "house/kitchen/temperature", "house/$x"],
        &["houses/x", "hous", "house2", "/house", "House"],
    ),
    ("ross_house/kitchen/temperature", &["ross_house/kitchen/temperature"], &[]),
    ("ross_house/+/temperature", &["ross_house/kitchen/temperature"], &[]),
    ("ross_house/+", &[], &["ross_house/kitchen/temperature"]),
    ("kitchen/temperature", &[], &["ross_house/kitchen/temperature"]),
    ("kitchen/+/+", &[], &["ross_house/kitchen/temperature"]),
    ("kitchen/#", &[], &["ross_house/kitchen/temperature"]),
    ("kitchen/temperature/+", &[], &["ross_house/kitchen/temperature"]),
    ("ross_house/kitchen/alarm", &["ross_house/kitchen/alarm"], &["ross_house/kitchen/alarm/"]),
    // The standard's own, section 4.7.1.2 to 4.7.3.
    (
        "sport/tennis/player1/#",
        &[
            "sport/tennis/player1",
            "sport/tennis/player1/ranking",
            "sport/tennis/player1/score/wimbledon",
        ],
        &["sport/tennis/player2", "sport/tennis"],
    ),
    ("sport/#", &["sport"], &["sports"]),
    ("#", &["a", "/", "a/$b", "/$SYS"], &["$SYS", "$SYS/a", "$"]),
    (
        "sport/tennis/+",
        &["sport/tennis/player1", "sport/tennis/player2"],
        &["sport/tennis/player1/ranking"],
    ),
    ("sport/+", &["sport/"], &["sport"]),
    ("+/+", &["/finance", "/", "a/", "a/b"], &["a", "//", "$SYS/a"]),
    ("/+", &["/finance", "/"], &["finance", "//"]),
    ("+", &["finance", "a"], &["/finance", "$", "$SYS"]),
    ("+/tennis/#", &["sport/tennis", "/tennis/x"], &["$sport/tennis"]),
    ("+/monitor/Clients", &["a/monitor/Clients"], &["$SYS/monitor/Clients"]),
    ("$SYS/#", &["$SYS", "$SYS/", "$SYS/monitor/Clients"], &["$SYSTEM", "$sys/a"]),
    ("$SYS/monitor/+", &["$SYS/monitor/Clients"], &["$SYS/monitor"]),
    ("ACCOUNTS", &["ACCOUNTS"], &["Accounts"]),
    ("Accounts payable", &["Accounts payable"], &["Accounts  payable"]),
    // What others got wrong.
    ("sport/+/#", &["sport/tennis", "sport/", "sport/a/b"], &["sport"]),
    ("+/#", &["a", "/", "a/b"], &["$a", "$a/b"]),
    ("/#", &["/", "/a", "//"], &["a", "a/"]),
    ("é/+", &["é/a", "é/ü"], &["e/a", "è/a", "é"]),
    ("+/$a", &["b/$a"], &["$b/$a", "b/a"]),
    ("a//b", &["a//b"], &["a/b", "a/c/b", "a///b"]),
    ("a/+/#", &["a//"], &["a"]),
    ("$share/g/a", &["$share/g/a"], &["a", "g/a"]),
];

#[test]
fn golden_rows() {
    for (filter, taken, not_taken) in ROWS {
        for name in *taken {
            assert!(takes(filter, name), "{filter} {name}");
        }
        for name in *not_taken {
            assert!(!takes(filter, name), "{filter} {name}");
        }
    }
}

/// [MQTT-4.7.2-1] looks at the filter behind the share name.
#[test]
fn dollar_rule_is_for_the_filter_without_its_share_name() {
    let takes =
        |filter, name| SharedFilter::new(filter).unwrap().matches(TopicName::new(name).unwrap());
    assert!(takes("$share/g/$SYS/x", "$SYS/x"));
    assert!(takes("$share/g/#", "a/b"));
    assert!(!takes("$share/g/#", "$SYS/x"));
    assert!(!takes("$share/g/+/x", "$SYS/x"));
    assert!(takes("$share/consumer1//finance", "/finance"));
}

#[test]
fn mismatch_says_level_and_reason() {
    let table: &[(&str, &str, MismatchKind, u32)] = &[
        ("ross_house/+", "ross_house/kitchen/temperature", NameIsLonger, 2),
        ("kitchen/#", "ross_house/kitchen", LevelsDiffer, 0),
        ("house/+/temperature", "house/a/b/temperature", LevelsDiffer, 2),
        ("house/#", "houses/x", LevelsDiffer, 0),
        ("ross_house/kitchen/alarm", "ross_house/kitchen/alarm/", NameIsLonger, 3),
        ("sport/+", "sport", FilterIsLonger, 1),
        ("sport/+/+/#", "sport/tennis", FilterIsLonger, 2),
        ("#", "$SYS/a", Dollar, 0),
        ("+/b", "$SYS/a", Dollar, 0),
        ("a/b/c", "a/b/d", LevelsDiffer, 2),
        ("a//c", "a/b/c", LevelsDiffer, 1),
        ("/", "a", LevelsDiffer, 0),
    ];
    for (filter, name, kind, level) in table {
        let (filter, name) = (TopicFilter::new(filter).unwrap(), TopicName::new(name).unwrap());
        let why = Mismatch { kind: *kind, level: *level };
        assert_eq!(filter.mismatch(name), Some(why), "{filter} {name}");
        assert!(!filter.matches(name));
    }
    let why = TopicFilter::new("a/b").unwrap().mismatch(TopicName::new("a/c").unwrap()).unwrap();
    assert_eq!(why.to_string(), "the texts are different at level 1");
}

/// Every valid filter of up to 5 bytes with every name of up to 5 bytes.
#[test]
fn exhaustive_matching() {
    let filters = oracle::texts("ab/$+#", 5);
    let filters: Vec<(TopicFilter<'_>, Vec<&str>)> = filters
        .iter()
        .filter_map(|text| Some((TopicFilter::new(text).ok()?, oracle::levels(text))))
        .collect();
    let names = oracle::texts("ab/$", 5);
    let names: Vec<(TopicName<'_>, Vec<&str>)> =
        names.iter().map(|text| (TopicName::new(text).unwrap(), oracle::levels(text))).collect();
    for (filter, filter_levels) in &filters {
        for (name, name_levels) in &names {
            let expected = oracle::takes(filter_levels, name_levels);
            assert_eq!(filter.matches(*name), expected, "{filter} {name}");
            assert_eq!(filter.mismatch(*name).is_none(), expected, "{filter} {name}");
        }
    }
    assert_eq!(filters.len() * names.len(), 2_333_804);
}

/// The same levels, long enough for the path by words and of lengths around its eight bytes.
#[test]
fn exhaustive_levels_of_other_lengths() {
    let level = ["", "1234567", "12345678", "123456789", "$2345678", "+", "#"];
    let mut texts = Vec::new();
    for a in level {
        texts.push(a.to_owned());
        for b in level {
            texts.push(format!("{a}/{b}"));
            texts.extend(level.map(|c| format!("{a}/{b}/{c}")));
        }
    }
    let mut pairs = 0;
    for filter in texts.iter().filter(|text| oracle::is_filter(text)) {
        for name in texts.iter().filter(|text| oracle::is_name(text)) {
            let expected = oracle::takes(&oracle::levels(filter), &oracle::levels(name));
            assert_eq!(takes(filter, name), expected, "{filter} {name}");
            pairs += usize::from(expected);
        }
    }
    assert!(pairs > 1000, "{pairs}");
}

/// 65,535 slashes are 65,536 levels: no recursion, and far from quadratic time.
#[test]
fn texts_of_slashes_and_wildcards_take_linear_time() {
    let begin = Instant::now();
    let slashes = "/".repeat(65_535);
    let pluses = format!("{}+", "+/".repeat(32_767));
    let half = "/".repeat(32_767);
    assert!(takes(&slashes, &slashes));
    assert!(takes(&pluses, &half));
    assert!(takes("/#", &slashes));
    assert!(takes("+/#", &slashes));
    assert!(!takes(&pluses, &slashes));
    assert!(!takes(&slashes, &half));
    assert!(!takes(&half, &slashes));
    let hash = format!("{}#", "/".repeat(65_534));
    assert!(takes(&hash, &slashes));
    assert!(!takes(&hash, &half));
    assert!(begin.elapsed() < Duration::from_secs(5));
}
