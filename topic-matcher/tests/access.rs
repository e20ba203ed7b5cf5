//! What patterns allow, beside the filters that they become when the names are written into them.

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
use topic_matcher::{AccessPattern, Identity, TopicErrorKind, TopicFilter, TopicName};

/// The pattern with the names in their places; `None` where one is missing or more than a part of a
/// level.
fn written_out(pattern: &str, client_id: Option<&str>, user_name: Option<&str>) -> Option<String> {
    let mut text = String::new();
    let mut rest = pattern.chars();
    while let Some(char) = rest.next() {
        let place = if char == '%' { rest.clone().next() } else { None };
        let name = match place {
            Some('c') => client_id,
            Some('u') => user_name,
            _ => {
                text.push(char);
                continue;
            }
        };
        rest.next();
        let name = name?;
        if name.is_empty() || name.contains(['+', '#', '/', '\0']) || name.starts_with('$') {
            return None;
        }
        text.push_str(name);
    }
    Some(text)
}

/// Says the same as `written_out` for this topic name or filter, and whether it is allowed.
fn allows(pattern: &str, identity: (Option<&str>, Option<&str>), text: &str) -> bool {
    let (client_id, user_name) = identity;
    let written = written_out(pattern, client_id, user_name);
    let wide: Option<Vec<&str>> = written.as_deref().map(oracle::levels);
    let narrow = oracle::levels(text);
    let (pattern, identity) =
        (AccessPattern::new(pattern).unwrap(), Identity::new(client_id, user_name));

    let filter = TopicFilter::new(text).unwrap();
    let allowed = pattern.allows_filter(identity, filter);
    let expected = wide.as_ref().is_some_and(|wide| oracle::includes(wide, &narrow));
    assert_eq!(allowed, expected, "{pattern} {identity:?} {filter}");
    if let Ok(name) = TopicName::new(text) {
        assert_eq!(pattern.allows_name(identity, name), allowed);
        let takes = wide.is_some_and(|wide| oracle::takes(&wide, &narrow));
        assert_eq!(allowed, takes, "{pattern} {identity:?} {name}");
    }
    allowed
}

#[test]
fn golden_rows() {
    let both = (Some("c1"), Some("ada"));
    for (pattern, allowed, not_allowed) in [
        (
            "device/%c/#",
            &["device/c1", "device/c1/x", "device/c1/+/y", "device/c1/#"][..],
            &["device/c2", "device/c1x", "device/+/x", "device/#", "#", "device/%c"][..],
        ),
        ("%u/%c", &["ada/c1"], &["ada/c2", "eve/c1", "ada/c1/x", "+/c1", "%u/%c", "ada/+"]),
        ("a-%c%u-%c", &["a-c1ada-c1"], &["a-c1ada", "a-c1-c1", "a-c1ada-c1x"]),
        ("+/%u", &["x/ada", "+/ada", "/ada"], &["$x/ada", "x/eve", "#"]),
        ("%%c", &["%c1"], &["%%c", "%"]),
        ("50%/%x%", &["50%/%x%"], &["50/x"]),
        ("$SYS/%u/#", &["$SYS/ada", "$SYS/ada/#"], &["$SYS/eve", "$SYS/#", "#"]),
        ("#", &["a", "#", "+/#", "/"], &["$SYS", "$SYS/#"]),
    ] {
        for text in allowed {
            assert!(allows(pattern, both, text), "{pattern} {text}");
        }
        for text in not_allowed {
            assert!(!allows(pattern, both, text), "{pattern} {text}");
        }
    }
}

/// Whatever a client calls itself: it gets what lies in one level, or nothing.
#[test]
fn a_name_never_widens_a_grant() {
    let names = ["+", "#", "/", "a/b", "a+", "+/#", "", "$SYS", "$", "a\0", "a/#", "x/"];
    let asked = ["a", "+", "#", "a/b", "a/b/c", "$SYS", "$SYS/x", "a+/x", "/", "//", "x"];
    let asked: Vec<&str> = asked.into_iter().filter(|text| oracle::is_filter(text)).collect();
    for name in names {
        for (identity, pattern) in [
            ((Some(name), Some("u")), "%c"),
            ((Some("c"), Some(name)), "%u/#"),
            ((Some(name), None), "a/%c"),
        ] {
            for text in &asked {
                assert!(!allows(pattern, identity, text), "{pattern} {name} {text}");
            }
        }
        let identity = Identity::new(Some(name), Some(name));
        assert_eq!((identity.client_id(), identity.user_name()), (None, None), "{name:?}");
    }
    // A name is not looked at again.
    assert!(allows("%u/%c", (Some("%u"), Some("%c")), "%c/%u"));
    // A `$` behind the first character, and beyond ASCII.
    assert!(allows("%c", (Some("a$"), None), "a$"));
    assert!(allows("ü%c/+", (Some("ß"), None), "üß/x"));
}

#[test]
fn who_has_no_name_gets_nothing_by_it() {
    for pattern in ["%c", "%u", "a/%c/#", "%c/%u"] {
        for text in ["%c", "%u", "a", "a/", "a//x", "/"] {
            assert!(!allows(pattern, (None, None), text), "{pattern} {text}");
        }
    }
    assert!(allows("a/#", (None, None), "a/b"));
    assert!(!allows("%c/%u", (Some("c"), None), "c/"));
}

#[test]
fn what_is_no_filter_is_no_pattern() {
    for (text, kind, offset) in [
        ("", TopicErrorKind::Empty, 0),
        ("a/%c+", TopicErrorKind::MisplacedPlus, 4),
        ("#%u", TopicErrorKind::MisplacedHash, 0),
        ("%c/#/%u", TopicErrorKind::MisplacedHash, 3),
    ] {
        let error = AccessPattern::new(text).unwrap_err();
        assert_eq!((error.kind, error.offset), (kind, offset), "{text}");
    }
}

/// Places without number and long names: the work stays linear in what is asked for.
#[test]
fn places_and_long_names_take_linear_time() {
    let begin = Instant::now();
    let places = "%c".repeat(32_767);
    let pattern = AccessPattern::new(&places).unwrap();
    let long = "x".repeat(65_535);
    let asked = TopicName::new(&long).unwrap();
    for len in [1, 2, 255, 65_535] {
        let _ = pattern.allows_name(Identity::new(Some(&long[..len]), None), asked);
    }
    assert!(
        pattern
            .allows_name(Identity::new(Some("x"), None), TopicName::new(&long[..32_767]).unwrap())
    );
    assert!(begin.elapsed() < Duration::from_secs(5));
}

fn pattern() -> impl Strategy<Value = String> {
    let level = prop_oneof![Just("+".to_owned()), "[a%cu]{0,5}", Just("%c".to_owned())];
    (prop::collection::vec(level, 1..5), any::<bool>()).prop_map(|(levels, hash)| {
        let text = levels.join("/") + if hash { "/#" } else { "" };
        if text.is_empty() { "/".to_owned() } else { text }
    })
}

fn name() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![4 => "[acu%]{0,3}", 1 => "[a+#/$]{0,3}"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_pattern_is_the_filter_with_the_names_in_it(
        pattern in pattern(),
        client_id in name(),
        user_name in name(),
        other in pattern(),
    ) {
        let identity = (client_id.as_deref(), user_name.as_deref());
        allows(&pattern, identity, &other);
        if let Some(text) = written_out(&pattern, identity.0, identity.1) {
            prop_assert!(oracle::is_filter(&text), "no name can make it another thing: {}", text);
            allows(&pattern, identity, &text);
            allows(&pattern, identity, &text.replace(['+', '#'], "a"));
        }
    }
}
