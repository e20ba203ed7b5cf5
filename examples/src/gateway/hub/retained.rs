//! The last retained message of each topic.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use topic_matcher::TopicFilter;

use super::message::Accepted;

/// Retained messages by topic. MQTT 5.0 section 3.3.1.3
#[derive(Debug, Default)]
pub(super) struct Retained {
    messages: HashMap<Arc<str>, Arc<Accepted>>,
    bytes: usize,
}

impl Retained {
    /// Keeps `message` instead of the one before; one without payload only deletes.
    /// [MQTT-3.3.1-5] [MQTT-3.3.1-6]
    pub(super) fn set(&mut self, message: &Arc<Accepted>) {
        self.remove(&message.topic);
        if !message.payload.is_empty() {
            self.bytes += message.size();
            self.messages.insert(Arc::clone(&message.topic), Arc::clone(message));
        }
    }

    /// Would `message` find room?
    pub(super) fn has_room_for(&self, message: &Accepted, count: usize, bytes: usize) -> bool {
        let old = self.messages.get(&message.topic);
        let count_after = self.messages.len() + usize::from(old.is_none());
        let bytes_after = self.bytes - old.map_or(0, |old| old.size()) + message.size();
        message.payload.is_empty() || count_after <= count && bytes_after <= bytes
    }

    /// Calls `each` with every message that `filter` takes and that lives.
    pub(super) fn matching(
        &self,
        filter: TopicFilter<'_>,
        now: Instant,
        mut each: impl FnMut(&Arc<Accepted>),
    ) {
        let mut visit = |message: &Arc<Accepted>| {
            if !message.is_expired(now) {
                each(message);
            }
        };
        if !filter.has_wildcards() {
            self.messages.get(filter.as_str()).into_iter().for_each(visit);
            return;
        }
        for (topic, message) in &self.messages {
            if topic_matcher::matches(filter.as_bytes(), topic.as_bytes()) {
                visit(message);
            }
        }
    }

    /// Deletes what has expired.
    pub(super) fn purge(&mut self, now: Instant) {
        let bytes = &mut self.bytes;
        self.messages.retain(|_, message| {
            let lives = !message.is_expired(now);
            *bytes -= if lives { 0 } else { message.size() };
            lives
        });
    }

    fn remove(&mut self, topic: &str) {
        if let Some(message) = self.messages.remove(topic) {
            self.bytes -= message.size();
        }
    }
}
