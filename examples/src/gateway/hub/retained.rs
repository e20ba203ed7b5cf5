//! The last retained message of each topic, in the order of topics.

use std::sync::Arc;
use std::time::Instant;

use topic_matcher::{TopicFilter, TopicIndex, TopicName};

use super::message::Accepted;

/// A scan ends with so many messages, or when it has looked at so many, of which long topics count as
/// several: that is less than half a millisecond of anybody else's time, whatever the filter.
const FOUND_AT_ONCE: usize = 64;
const VISITED_AT_ONCE: usize = 512;
/// So many are looked at for what has expired before others have their turn.
const PURGED_AT_ONCE: usize = 16 << 10;

/// Retained messages by topic. MQTT 5.0 section 3.3.1.3
#[derive(Debug, Default)]
pub(super) struct Retained {
    messages: TopicIndex<Arc<Accepted>>,
    bytes: usize,
    /// How often they have changed.
    generation: u64,
    /// Where the next look for what has expired goes on.
    purge_from: Option<Box<str>>,
}

impl Retained {
    /// Keeps `message` instead of the one before; one without payload only deletes.
    /// [MQTT-3.3.1-5] [MQTT-3.3.1-6] False if there is no room for it among `count` messages of
    /// `bytes` bytes: what was there before is out of date, and goes all the same.
    pub(super) fn set(&mut self, message: &Arc<Accepted>, count: usize, bytes: usize) -> bool {
        let Ok(topic) = TopicName::new(&message.topic) else { return false };
        self.generation += 1;
        if let Some(before) = self.messages.remove(topic) {
            self.bytes -= before.size();
        }
        if message.payload.is_empty() {
            return true;
        }
        let has_room = self.messages.len() < count && self.bytes + message.size() <= bytes;
        if has_room {
            self.bytes += message.size();
            self.messages.insert(topic, Arc::clone(message));
        }
        has_room
    }

    /// The message of a topic, alive or not.
    pub(super) fn at(&self, topic: &str) -> Option<Arc<Accepted>> {
        self.messages.get(TopicName::new(topic).ok()?).cloned()
    }

    /// The message of a topic, if it lives.
    pub(super) fn get(&self, topic: &str, now: Instant) -> Option<&Arc<Accepted>> {
        let message = self.messages.get(TopicName::new(topic).ok()?);
        message.filter(|message| !message.is_expired(now))
    }

    /// Some messages that `filter` takes and that live, from the topic `cursor` on, and where to go on
    /// if these are not all. Bounded work, whatever is kept.
    pub(super) fn scan(
        &self,
        filter: TopicFilter<'_>,
        cursor: Option<&str>,
        now: Instant,
    ) -> (Vec<Arc<Accepted>>, Option<Arc<str>>) {
        let from = cursor.and_then(|cursor| TopicName::new(cursor).ok());
        let mut scan = self.messages.scan(filter, from, VISITED_AT_ONCE);
        let living = scan.by_ref().filter(|(_, message)| !message.is_expired(now));
        let found = living.map(|(_, message)| Arc::clone(message)).take(FOUND_AT_ONCE).collect();
        (found, scan.rest().map(|rest| rest.as_str().into()))
    }

    /// A number that changes with what is kept.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Deletes what has expired, or some of it if there is much to look at: the topics.
    pub(super) fn purge(&mut self, now: Instant) -> Vec<Arc<str>> {
        let mut expired = Vec::new();
        let from = self.purge_from.take();
        let from = from.as_deref().and_then(|from| TopicName::new(from).ok());
        let rest = self.messages.retain(from, PURGED_AT_ONCE, |_, message| {
            let lives = !message.is_expired(now);
            if !lives {
                self.bytes -= message.size();
                self.generation += 1;
                expired.push(Arc::clone(&message.topic));
            }
            lives
        });
        self.purge_from = rest.map(|rest| rest.as_str().into());
        expired
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::memory::Memory;
    use super::super::message::Message;
    use super::*;

    #[test]
    fn what_has_expired_is_not_found_and_then_forgotten() {
        let mut retained = Retained::default();
        let memory = Memory::new(usize::MAX);
        let start = Instant::now();
        for (topic, lifetime) in [("short", Some(1)), ("long", Some(100)), ("endless", None)] {
            let mut message = Message::new(topic, "x");
            message.expire_in(lifetime, start);
            let message = Accepted::new(message, &memory).unwrap();
            assert!(retained.set(&message, usize::MAX, usize::MAX));
        }
        let filter = TopicFilter::new("#").unwrap();
        for (secs, living, expired) in [(0, 3, None), (1, 2, Some("short")), (100, 1, Some("long"))]
        {
            let now = start + Duration::from_secs(secs);
            assert_eq!(retained.scan(filter, None, now).0.len(), living);
            assert_eq!(retained.purge(now).first().map(|topic| &**topic), expired);
            assert_eq!(retained.messages.len(), living);
            let bytes: usize = retained.messages.iter().map(|(_, message)| message.size()).sum();
            assert_eq!(retained.bytes, bytes);
        }
    }

    #[test]
    fn what_has_expired_is_forgotten_some_at_a_time() {
        let mut retained = Retained::default();
        let memory = Memory::new(usize::MAX);
        let start = Instant::now();
        let count = PURGED_AT_ONCE + 100;
        for n in 0..count {
            let mut message = Message::new(format!("{n:05}"), "x");
            message.expire_in(Some(1), start);
            let message = Accepted::new(message, &memory).unwrap();
            assert!(retained.set(&message, usize::MAX, usize::MAX));
        }
        let now = start + Duration::from_secs(1);
        assert_eq!(retained.purge(now).len(), PURGED_AT_ONCE);
        assert_eq!(retained.messages.len(), 100);
        assert_eq!(retained.purge(now).len(), 100);
        assert_eq!((retained.messages.len(), retained.bytes), (0, 0));
    }

    #[test]
    fn every_topic_is_found_once_however_many_there_are() {
        let mut retained = Retained::default();
        let memory = Memory::new(usize::MAX);
        let mut expected = Vec::new();
        for n in 0..2000 {
            let topic = format!("{}/{n}", ["a", "ab", "b"][n % 3]);
            let message = Message::new(&*topic, "x");
            let message = Accepted::new(message, &memory).unwrap();
            assert!(retained.set(&message, usize::MAX, usize::MAX));
            expected.push(topic);
        }
        expected.sort();
        let now = Instant::now();
        for filter in ["#", "+/+", "a/#", "+/77", "ab/1000", "ab/+", "c/#", "/#", "b"] {
            let filter = TopicFilter::new(filter).unwrap();
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let (some, next) = retained.scan(filter, cursor.as_deref(), now);
                assert!(some.len() <= FOUND_AT_ONCE);
                found.extend(some.iter().map(|message| message.topic.to_string()));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            let taken =
                expected.iter().filter(|t| topic_matcher::matches(filter.as_bytes(), t.as_bytes()));
            assert!(found.iter().eq(taken), "{filter}: {}", found.len());
        }
    }
}
