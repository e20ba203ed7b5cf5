//! What a new user of topic-matcher writes first.

use topic_matcher::{Subscription, TopicErrorKind, TopicFilter, TopicName};

const TEMPERATURES: TopicFilter<'_> = TopicFilter::from_static("house/+/temperature");

pub fn check() {
    let name = TopicName::new("house/kitchen/temperature").unwrap();
    assert!(TEMPERATURES.matches(name));
    let asked = Subscription::new("$share/loggers/house/#").unwrap();
    assert_eq!(asked.share_name(), Some("loggers"));
    assert!(asked.filter().matches(name));
    let error = TopicFilter::new("house/#/temperature").unwrap_err();
    assert_eq!((error.kind, error.offset), (TopicErrorKind::MisplacedHash, 6));
}
