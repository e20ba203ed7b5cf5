//! Topics as resources: what every protocol of requests and responses does with them.
//!
//! ```text
//! /ps/house/kitchen/temperature
//!     --------------------------   segments of the path are levels of the topic name, see `path`;
//!                                  an empty segment is an empty level
//! ```
//!
//! A resource's state is the retained message; over CoAP the last one while somebody observes it, so
//! that all who look see what observers are told. Topics that begin with `$` are found by their name, as
//! in MQTT, and no list has them.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mqtt_codec::QoS;
use topic_matcher::TopicFilter;

use super::hub::{Accepted, Full, Hub, Message, Via};

/// What became of a message that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// The topic had no retained message.
    Created,
    /// It had one.
    Changed,
}

/// Why a message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotStored {
    /// A message without payload would clear the topic.
    Empty,
    /// Nobody got it: there is no memory.
    Full,
    /// Subscribers got it, but it is not retained: there are as many as may be.
    NotRetained,
    /// Nobody got it: the state of the topic is not as it was to be.
    Unwanted,
}

/// Publishes a message and retains it.
pub(super) fn put(
    hub: &Hub,
    topic: &str,
    payload: &[u8],
    content_type: Option<&str>,
    is_text: bool,
    via: Via,
) -> Result<Stored, NotStored> {
    put_if(hub, topic, payload, content_type, is_text, via, |_| true)
}

/// Does so if `allows` says so of the topic's retained message.
pub(super) fn put_if(
    hub: &Hub,
    topic: &str,
    payload: &[u8],
    content_type: Option<&str>,
    is_text: bool,
    via: Via,
    allows: impl FnOnce(Option<&Accepted>) -> bool,
) -> Result<Stored, NotStored> {
    if payload.is_empty() {
        return Err(NotStored::Empty);
    }
    let mut message = Message { via, ..Message::new(topic, Bytes::copy_from_slice(payload)) };
    message.qos = QoS::AtLeastOnce;
    message.retain = true;
    message.properties.content_type = content_type.map(Into::into);
    message.properties.payload_format_indicator = is_text.then_some(true);
    match hub.publish_if(message, allows) {
        Err(Full::Memory | Full::Sessions | Full::Subscriptions) => Err(NotStored::Full),
        Ok(None) => Err(NotStored::Unwanted),
        Ok(Some(published)) if published.not_retained => Err(NotStored::NotRetained),
        Ok(Some(published)) if published.replaced => Ok(Stored::Changed),
        Ok(Some(_)) => Ok(Stored::Created),
    }
}

/// Clears the state of a topic, if it has one, and tells subscribers as MQTT does, with a message
/// without payload. False if there is no memory even for that.
pub(super) fn delete(hub: &Hub, topic: &str, via: Via) -> bool {
    delete_if(hub, topic, via, |_| true).is_ok()
}

/// Does so if `allows` says so of the topic's retained message.
pub(super) fn delete_if(
    hub: &Hub,
    topic: &str,
    via: Via,
    allows: impl FnOnce(Option<&Accepted>) -> bool,
) -> Result<(), NotStored> {
    if hub.state(topic).is_none() {
        return if allows(None) { Ok(()) } else { Err(NotStored::Unwanted) };
    }
    let mut message = Message { via, ..Message::new(topic, Bytes::new()) };
    message.qos = QoS::AtLeastOnce;
    message.retain = true;
    match hub.publish_if(message, allows) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(NotStored::Unwanted),
        Err(_) => Err(NotStored::Full),
    }
}

/// Every retained message that `filter` takes.
pub(super) fn matching(hub: &Hub, filter: TopicFilter<'_>) -> Vec<Arc<Accepted>> {
    let (mut all, mut cursor) = hub.retained_page(filter, None);
    while cursor.is_some() {
        let (more, next) = hub.retained_page(filter, cursor.as_deref());
        all.extend(more);
        cursor = next;
    }
    all
}

/// Does the topic have a level `.` or `..`? In a path these are steps, and clients take them before
/// they ask. RFC 3986 section 5.2.4, RFC 7252 section 5.10.1
pub(super) fn has_dot_level(topic: &str) -> bool {
    topic.split('/').any(|level| matches!(level, "." | ".."))
}

/// What entity tags are made of: a number for whatever `state` stands for, another one after a restart.
pub(super) fn tag_of(state: impl Hash) -> u64 {
    static KEY: OnceLock<RandomState> = OnceLock::new();
    KEY.get_or_init(RandomState::new).hash_one(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::Limits;

    #[test]
    fn storing_tells_what_was_there_before() {
        let hub = Hub::new(Limits { retained: 1, ..Limits::default() });
        let put = |topic, payload| put(&hub, topic, payload, None, false, Via::Http);
        assert_eq!(put("a", b"1"), Ok(Stored::Created));
        assert_eq!(put("a", b"2"), Ok(Stored::Changed));
        assert_eq!(put("a", b""), Err(NotStored::Empty));
        assert_eq!(put("b", b"1"), Err(NotStored::NotRetained));
        assert!(delete(&hub, "a", Via::Http) && hub.retained("a").is_none());
        assert_eq!(put("a", b"3"), Ok(Stored::Created));
        let first = |state: Option<&Accepted>| state.is_some_and(|m| *m.payload == *b"3");
        let put_if = |payload| put_if(&hub, "a", payload, None, false, Via::Http, first);
        assert_eq!(put_if(b"4"), Ok(Stored::Changed));
        assert_eq!(put_if(b"5"), Err(NotStored::Unwanted));
        assert_eq!(delete_if(&hub, "a", Via::Http, first), Err(NotStored::Unwanted));
        assert_eq!(delete_if(&hub, "b", Via::Http, first), Err(NotStored::Unwanted));
        assert_eq!(hub.state("a").map(|message| message.payload.clone()), Some("4".into()));
        let hub = Hub::new(Limits { memory: 100, ..Limits::default() });
        assert_eq!(super::put(&hub, "a", b"1", None, false, Via::Http), Err(NotStored::Full));
    }
}
