//! Texts, topic names and topic filters as values.

use mqtt_codec::{Codec, Packet, Text, TextError, TopicFilter, TopicName, Version};

use crate::common::bytes;
use crate::{filter, name, text};

#[test]
fn a_shared_subscription_is_told_from_the_wire_and_from_values() {
    // MQTT 5.0 section 4.8.2 and its examples.
    for (whole, shared) in [
        ("$share/consumer1/sport/tennis/+", Some(("consumer1", "sport/tennis/+"))),
        ("$share/consumer1//finance", Some(("consumer1", "/finance"))),
        ("$share/é/#", Some(("é", "#"))),
        ("$share", None),
        ("$shared/a/b", None),
        ("$SHARE/a/b", None),
        ("/$share/a/b", None),
        ("sport/tennis/+", None),
    ] {
        let frame = bytes(&format!("A2 {{ 0001 {{}} <{whole}> }}"));
        let server = Codec::server().with_version(Version::V5);
        let Ok(Some((Packet::Unsubscribe(unsubscribe), _))) = server.decode(&frame) else {
            panic!("{whole}")
        };
        let from_wire = unsubscribe.filters.iter().next().unwrap();
        for topic_filter in [from_wire, filter(whole)] {
            assert_eq!(topic_filter, whole);
            let parts = topic_filter.shared().map(|(group, rest)| (group.to_str(), rest.to_str()));
            assert_eq!(parts, shared, "{whole}");
            assert_eq!(topic_filter.text(), text(whole));
            assert_eq!((topic_filter.to_str(), topic_filter.as_bytes()), (whole, whole.as_bytes()));
            assert_eq!(format!("{topic_filter} {topic_filter:?}"), format!("{whole} {whole:?}"));
        }
    }
}

#[test]
fn names_and_texts() {
    for word in ["t", "house/kitchen/temperature", "é/\u{2A6D4}", " "] {
        let (topic, word_) = (name(word), text(word));
        assert_eq!((topic.to_str(), topic.as_bytes()), (word, word.as_bytes()));
        assert_eq!((word_.to_str(), word_.as_bytes()), (word, word.as_bytes()));
        assert_eq!((topic.text(), word_.len()), (word_, word.len()));
        assert_eq!(format!("{topic} {topic:?}"), format!("{word_} {word_:?}"));
        assert_eq!(format!("{word_} {word_:?}"), format!("{word} {word:?}"));
        assert!(word_ == word && word_ == *word && topic == word && !topic.is_empty());
        assert!(word_ != "another" && word_ != *"another" && topic != "another");
        assert_eq!(TopicName::try_from(word), Ok(topic));
        assert_eq!(TopicFilter::try_from(word), Ok(filter(word)));
        assert_eq!(Text::try_from(word), Ok(word_));
    }
    assert!(TopicName::EMPTY.is_empty() && Text::EMPTY.is_empty() && Text::default().is_empty());
    assert!(!text("a").is_empty() && text("a") < text("b"));
    assert_eq!(Text::try_from("\0"), Err(TextError::Null));
    assert!(TopicName::try_from("+").is_err() && TopicFilter::try_from("a+").is_err());
}

#[test]
#[should_panic = "not a text"]
fn a_constant_text_that_is_wrong_fails_the_build() {
    let _ = Text::from_static("\0");
}

#[test]
#[should_panic = "not a topic name"]
fn a_constant_name_that_is_wrong_fails_the_build() {
    let _ = TopicName::from_static("a/#");
}

#[test]
#[should_panic = "not a topic filter"]
fn a_constant_filter_that_is_wrong_fails_the_build() {
    let _ = TopicFilter::from_static("$share//a");
}
