//! Laws on random texts, with levels long enough for the path by words.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use proptest::prelude::*;
use topic_matcher::{Subscription, TopicFilter, TopicName, matches};

/// Levels that often collide with each other, in one byte or in all but one.
fn level() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{0,2}",
        "a{0,20}",
        "[a-z0-9é-]{1,20}",
        Just("$SYS".to_owned()),
        Just("0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()),
        Just("0f8fad5b-d9cb-469f-a165-70867728950f".to_owned()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(level(), 1..8)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a name has a character", |text| !text.is_empty())
}

/// A name, and a filter made from it: some levels become `+`, the tail may become `#`, and one
/// level may change.
fn pair() -> impl Strategy<Value = (String, String)> {
    let change = prop::option::of((0usize..8, level()));
    (name(), any::<u8>(), prop::option::of(0usize..9), change).prop_map(
        |(name, pluses, hash, change)| {
            let mut levels: Vec<&str> = name.split('/').collect();
            if let Some((at, changed)) = &change {
                let at = at % levels.len();
                levels[at] = changed;
            }
            for (at, level) in levels.iter_mut().enumerate() {
                if pluses >> (at % 8) & 1 == 1 {
                    *level = "+";
                }
            }
            if let Some(at) = hash {
                levels.truncate(at);
                levels.push("#");
            }
            let filter = levels.join("/");
            (if filter.is_empty() { "/".to_owned() } else { filter }, name)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn match_is_what_the_oracle_says((filter, name) in pair()) {
        let expected = oracle::takes(&oracle::levels(&filter), &oracle::levels(&name));
        let (filter, name) = (TopicFilter::new(&filter)?, TopicName::new(&name)?);
        prop_assert_eq!(filter.matches(name), expected);
        prop_assert_eq!(filter.mismatch(name).is_none(), expected);
    }

    #[test]
    fn mismatch_names_a_level_that_one_of_them_has((filter, name) in pair()) {
        let (filter, name) = (TopicFilter::new(&filter)?, TopicName::new(&name)?);
        if let Some(why) = filter.mismatch(name) {
            let at = why.level as usize;
            prop_assert_ne!(filter.levels().nth(at), name.levels().nth(at));
        }
    }

    #[test]
    fn a_name_takes_itself_alone(a in name(), b in name()) {
        let (a, b) = (TopicName::new(&a)?, TopicName::new(&b)?);
        prop_assert!(TopicFilter::from(a).matches(a));
        prop_assert_eq!(TopicFilter::from(a).matches(b), a == b);
    }

    #[test]
    fn sharing_changes_no_match((filter, name) in pair(), share_name in "[a-zé$]{1,9}") {
        let text = format!("$share/{share_name}/{filter}");
        let shared = Subscription::new(&text)?;
        prop_assert_eq!(shared.share_name(), Some(share_name.as_str()));
        prop_assert_eq!(shared.filter(), TopicFilter::new(&filter)?);
        let name = TopicName::new(&name)?;
        prop_assert_eq!(shared.filter().matches(name), TopicFilter::new(&filter)?.matches(name));
    }

    #[test]
    fn grammar_is_what_the_oracle_says(text in "[a/+#$\\x00é]{0,12}") {
        prop_assert_eq!(TopicName::new(&text).is_ok(), oracle::is_name(&text));
        prop_assert_eq!(TopicFilter::new(&text).is_ok(), oracle::is_filter(&text));
        prop_assert_eq!(TopicName::from_utf8(text.as_bytes()), TopicName::new(&text));
        prop_assert_eq!(TopicFilter::from_utf8(text.as_bytes()), TopicFilter::new(&text));
        prop_assert_eq!(Subscription::from_utf8(text.as_bytes()), Subscription::new(&text));
    }

    #[test]
    fn text_before_an_error_can_stand(text in "[a/+#$é]{1,12}") {
        if let Err(error) = TopicFilter::new(&text) {
            prop_assert!((error.offset as usize) < text.len());
            // Up to the byte in question the text is a filter, or was empty.
            let before = &text[..error.offset as usize];
            prop_assert!(before.is_empty() || TopicFilter::new(before).is_ok());
        }
    }

    #[test]
    fn any_bytes_get_an_answer(filter in any::<Vec<u8>>(), name in any::<Vec<u8>>()) {
        let _ = matches(&filter, &name);
        let error = TopicName::from_utf8(&name).err();
        prop_assert!(error.is_none_or(|error| error.offset as usize <= name.len()));
    }
}
