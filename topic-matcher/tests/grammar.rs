//! What is a topic name, a topic filter, a shared subscription: tables and exhaustive comparisons.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use topic_matcher::TopicErrorKind as Kind;
use topic_matcher::{SharedFilter, Subscription, TopicError, TopicFilter, TopicName};

const NAME: TopicName<'_> = TopicName::from_static("house/kitchen/temperature");
const FILTER: TopicFilter<'_> = TopicFilter::from_static("house/+/temperature");
const SHARED: SharedFilter<'_> = SharedFilter::from_static("$share/group/house/#");
static SUBSCRIPTION: Result<Subscription<'_>, TopicError> = Subscription::new("$share/group/a");
static FROM_BYTES: Result<TopicName<'_>, TopicError> = TopicName::from_utf8(b"gr\xC3\xBC\xC3\x9Fe");

const _: () = assert!(FILTER.matches(NAME) && SHARED.matches(NAME) && FILTER.has_wildcards());

#[test]
fn constants_hold_what_they_were_made_from() {
    assert_eq!(NAME.as_str(), "house/kitchen/temperature");
    assert_eq!(FILTER.as_bytes(), b"house/+/temperature");
    assert_eq!((SHARED.share_name(), SHARED.filter().as_str()), ("group", "house/#"));
    assert_eq!(SUBSCRIPTION.unwrap().share_name(), Some("group"));
    assert_eq!(FROM_BYTES.unwrap().as_str(), "grüße");
}

fn refused<T: core::fmt::Debug>(result: Result<T, TopicError>) -> (Kind, u32) {
    let error = result.unwrap_err();
    (error.kind, error.offset)
}

#[test]
fn malformed_names() {
    let table: &[(&[u8], Kind, u32)] = &[
        (b"", Kind::Empty, 0),
        (b"\0", Kind::Null, 0),
        (b"a/b\0c", Kind::Null, 3),
        ("ü/\0".as_bytes(), Kind::Null, 3),
        (b"+", Kind::WildcardInName, 0),
        (b"#", Kind::WildcardInName, 0),
        (b"a/+/c", Kind::WildcardInName, 2),
        (b"sport/tennis#", Kind::WildcardInName, 12),
        (b"site/4/device/12345/telemetry/+", Kind::WildcardInName, 30),
        (b"a+\0", Kind::WildcardInName, 1),
        (b"\xFF", Kind::NotUtf8, 0),
        (b"a/\xC3", Kind::NotUtf8, 2),
        (b"a/\xC0\x80", Kind::NotUtf8, 2),
        (b"\xED\xA0\x80", Kind::NotUtf8, 0),
        (b"+/\xFF", Kind::NotUtf8, 2),
        (&[b'a'; 65_536], Kind::TooLong, 65_535),
        (&[0xFF; 65_536], Kind::TooLong, 65_535),
    ];
    for (text, kind, offset) in table {
        assert_eq!(refused(TopicName::from_utf8(text)), (*kind, *offset), "{text:?}");
        if let Ok(text) = str::from_utf8(text) {
            assert_eq!(refused(TopicName::new(text)), (*kind, *offset), "{text:?}");
            assert_eq!(refused(TopicName::try_from(text)), (*kind, *offset), "{text:?}");
        }
    }
}

#[test]
fn malformed_filters() {
    let table: &[(&[u8], Kind, u32)] = &[
        (b"", Kind::Empty, 0),
        (b"\0", Kind::Null, 0),
        (b"a/+/\0", Kind::Null, 4),
        (b"sport/tennis#", Kind::MisplacedHash, 12),
        (b"sport/tennis/#/ranking", Kind::MisplacedHash, 13),
        (b"#/", Kind::MisplacedHash, 0),
        (b"##", Kind::MisplacedHash, 0),
        (b"a/#b", Kind::MisplacedHash, 2),
        (b"+#", Kind::MisplacedPlus, 0),
        (b"#+", Kind::MisplacedHash, 0),
        (b"sport+", Kind::MisplacedPlus, 5),
        (b"+sport", Kind::MisplacedPlus, 0),
        (b"a/++/b", Kind::MisplacedPlus, 2),
        (b"a/+\0", Kind::MisplacedPlus, 2),
        (b"+/a+/#", Kind::MisplacedPlus, 3),
        ("é+".as_bytes(), Kind::MisplacedPlus, 2),
        (b"a/\xFF", Kind::NotUtf8, 2),
        (b"#/\xFF", Kind::NotUtf8, 2),
        (&[b'/'; 65_536], Kind::TooLong, 65_535),
    ];
    for (text, kind, offset) in table {
        assert_eq!(refused(TopicFilter::from_utf8(text)), (*kind, *offset), "{text:?}");
        assert_eq!(refused(Subscription::from_utf8(text)), (*kind, *offset), "{text:?}");
        if let Ok(text) = str::from_utf8(text) {
            assert_eq!(refused(TopicFilter::new(text)), (*kind, *offset), "{text:?}");
        }
    }
}

#[test]
fn malformed_shared_subscriptions() {
    let table: &[(&[u8], Kind, u32)] = &[
        (b"$share/", Kind::EmptyShareName, 7),
        (b"$share//", Kind::EmptyShareName, 7),
        (b"$share//finance", Kind::EmptyShareName, 7),
        (b"$share/group", Kind::MissingFilter, 12),
        (b"$share/group/", Kind::MissingFilter, 13),
        (b"$share/+/a", Kind::WildcardInShareName, 7),
        (b"$share/#", Kind::WildcardInShareName, 7),
        (b"$share/+", Kind::WildcardInShareName, 7),
        (b"$share/g+/a", Kind::MisplacedPlus, 8),
        (b"$share/g#/a", Kind::MisplacedHash, 8),
        (b"$share/group/a#", Kind::MisplacedHash, 14),
        (b"$share/group/#/a", Kind::MisplacedHash, 13),
        (b"$share/group/a\0", Kind::Null, 14),
        (b"$share/\xFF/a", Kind::NotUtf8, 7),
    ];
    for (text, kind, offset) in table {
        assert_eq!(refused(Subscription::from_utf8(text)), (*kind, *offset), "{text:?}");
        assert_eq!(refused(SharedFilter::from_utf8(text)), (*kind, *offset), "{text:?}");
    }
    let not_shared = [
        ("a", 0),
        ("$", 1),
        ("$share", 6),
        ("$shared/x/y", 6),
        ("$SHARE/g/a", 1),
        ("/$share/g/a", 0),
    ];
    for (text, offset) in not_shared {
        assert_eq!(refused(SharedFilter::new(text)), (Kind::NotShared, offset), "{text}");
        let ordinary = Subscription::NonShared(TopicFilter::new(text).unwrap());
        assert_eq!(Subscription::new(text), Ok(ordinary), "{text}");
    }
}

#[test]
fn shared_subscriptions_come_apart_at_the_share_name() {
    let table = [
        ("$share/consumer1/sport/tennis/+", "consumer1", "sport/tennis/+"),
        ("$share/consumer1//finance", "consumer1", "/finance"),
        ("$share/g//", "g", "/"),
        ("$share/g/#", "g", "#"),
        ("$share/g/+", "g", "+"),
        ("$share/g/$SYS/#", "g", "$SYS/#"),
        ("$share/größe/ü", "größe", "ü"),
        ("$share/$share/a", "$share", "a"),
        // What a share name stands before has the syntax and the meaning of any filter.
        ("$share/g/$share/h/a", "g", "$share/h/a"),
    ];
    for (text, share_name, filter) in table {
        let shared = SharedFilter::new(text).unwrap();
        assert_eq!((shared.share_name(), shared.filter().as_str()), (share_name, filter));
        assert_eq!((shared.as_str(), shared.as_bytes()), (text, text.as_bytes()));
        let subscription = Subscription::new(text).unwrap();
        assert_eq!(subscription, Subscription::Shared(shared));
        assert_eq!(subscription.filter(), shared.filter());
        assert_eq!(subscription.share_name(), Some(share_name));
        assert_eq!(subscription.as_str(), text);
        // MQTT 3.1.1 has no shared subscriptions.
        assert_eq!(TopicFilter::new(text).unwrap().as_str(), text);
    }
}

#[test]
fn texts_of_65535_bytes_are_legal() {
    for byte in ["/", "a", "$"] {
        let text = byte.repeat(65_535);
        assert_eq!(TopicName::new(&text).unwrap().as_str(), text);
        assert_eq!(TopicFilter::new(&text).unwrap().as_str(), text);
    }
    let shared = format!("$share/g/{}", "/".repeat(65_535 - 9));
    assert_eq!(SharedFilter::new(&shared).unwrap().filter().as_bytes().len(), 65_535 - 9);
}

#[test]
fn unusual_characters_are_legal() {
    // Control characters and non-characters: section 1.5.4 lets a receiver refuse them, not us.
    for text in [" ", "Accounts payable", "\u{FEFF}", "\u{1}", "\u{7F}", "\u{FFFF}", "💡/é", "~"]
    {
        assert!(TopicName::new(text).is_ok(), "{text:?}");
        assert!(TopicFilter::new(text).is_ok(), "{text:?}");
    }
}

/// Every text of up to 6 bytes over the alphabet, and behind a prefix that takes the path by words.
#[test]
fn exhaustive_grammar() {
    for prefix in ["", "$share/", "$share/gg/", "12345678/", "é/"] {
        for text in oracle::texts("ab/$+#\0", 5).into_iter().chain([String::new()]) {
            let text = format!("{prefix}{text}");
            assert_eq!(TopicName::new(&text).is_ok(), oracle::is_name(&text), "{text:?}");
            assert_eq!(TopicFilter::new(&text).is_ok(), oracle::is_filter(&text), "{text:?}");
            let share =
                SharedFilter::new(&text).ok().map(|s| (s.share_name(), s.filter().as_str()));
            assert_eq!(share, oracle::share(&text), "{text:?}");
            let ordinary = oracle::is_filter(&text) && !text.starts_with("$share/");
            assert_eq!(Subscription::new(&text).is_ok(), ordinary || share.is_some(), "{text:?}");
        }
    }
}

#[test]
fn wildcards_are_seen_anywhere() {
    for text in oracle::texts("a/$+#", 5) {
        if let Ok(filter) = TopicFilter::new(&text) {
            assert_eq!(filter.has_wildcards(), text.contains(['+', '#']), "{text}");
        }
    }
}

#[test]
fn levels_are_the_texts_between_slashes() {
    for text in oracle::texts("aé/", 6) {
        let name = TopicName::new(&text).unwrap();
        assert!(name.levels().eq(text.split('/')), "{text}");
        assert!(TopicFilter::from(name).levels().eq(text.split('/')), "{text}");
    }
    let slashes = "/".repeat(65_535);
    assert_eq!(TopicName::new(&slashes).unwrap().levels().count(), 65_536);
}

#[test]
fn every_kind_has_a_rule_and_a_text() {
    let rules = [
        (Kind::Empty, "MQTT-4.7.3-1"),
        (Kind::TooLong, "MQTT-4.7.3-3"),
        (Kind::NotUtf8, "MQTT-1.5.4-1"),
        (Kind::Null, "MQTT-4.7.3-2"),
        (Kind::WildcardInName, "MQTT-4.7.0-1"),
        (Kind::MisplacedHash, "MQTT-4.7.1-1"),
        (Kind::MisplacedPlus, "MQTT-4.7.1-2"),
        (Kind::NotShared, "MQTT-4.8.2-1"),
        (Kind::EmptyShareName, "MQTT-4.8.2-1"),
        (Kind::WildcardInShareName, "MQTT-4.8.2-2"),
        (Kind::MissingFilter, "MQTT-4.8.2-2"),
    ];
    for (kind, rule) in rules {
        assert_eq!(kind.rule(), rule);
    }
    let error = TopicFilter::new("a/b#").unwrap_err();
    assert_eq!(error.to_string(), "'#' is the whole of the last level or absent at byte 3");
}

#[test]
fn texts_show_as_they_are() {
    let text = "$share/g/a";
    let subscription = Subscription::try_from(text).unwrap();
    let shared = SharedFilter::try_from(text.as_bytes()).unwrap();
    assert_eq!(format!("{NAME} {FILTER:20}|"), "house/kitchen/temperature house/+/temperature |");
    assert_eq!(format!("{subscription} {shared}"), "$share/g/a $share/g/a");
    let texts: [&str; 4] = [NAME.as_ref(), FILTER.as_ref(), subscription.as_ref(), shared.as_ref()];
    assert_eq!(texts, [NAME.as_str(), FILTER.as_str(), text, text]);
}
