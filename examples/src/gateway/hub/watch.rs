//! Watching topics: the newest message of each, for protocols that bring states rather than every
//! message.
//!
//! A watcher is told that there is something new, and then looks what it is: the last message, which
//! is kept while anybody watches, retained or not. So a slow watcher costs one key for each watch, and
//! all who watch a topic or ask for its state see the same. RFC 7641 section 1.3

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::Notify;

use super::lock;
use super::message::Accepted;

/// Somebody who watches topics, each under a key of its own choice.
#[derive(Debug, Default)]
pub struct Watcher {
    news: Mutex<BTreeSet<u64>>,
    wake: Notify,
}

/// The topics that somebody watches.
#[derive(Debug, Default)]
pub(super) struct Watched(HashMap<Arc<str>, Topic>);

#[derive(Debug, Default)]
struct Topic {
    watches: Vec<(Arc<Watcher>, u64)>,
    /// The last message since the first watch, if it did not clear the topic.
    latest: Option<Arc<Accepted>>,
}

impl Watcher {
    /// Waits until there may be something to take.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The key of a watch whose topic has changed. The answer can change after the watcher has woken.
    pub fn take(&self) -> Option<u64> {
        lock(&self.news).pop_first()
    }
}

impl Watched {
    pub(super) fn watch(&mut self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        let topic = match self.0.get_mut(topic) {
            Some(topic) => topic,
            None => self.0.entry(topic.into()).or_default(),
        };
        topic.watches.push((Arc::clone(watcher), key));
    }

    pub(super) fn unwatch(&mut self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        if let Some(Topic { watches, .. }) = self.0.get_mut(topic) {
            watches.retain(|(other, at)| !Arc::ptr_eq(other, watcher) || *at != key);
            if watches.is_empty() {
                self.0.remove(topic);
            }
        }
        lock(&watcher.news).remove(&key);
    }

    pub(super) fn tell(&mut self, message: &Arc<Accepted>) {
        let Some(Topic { watches, latest }) = self.0.get_mut(&message.topic) else {
            return;
        };
        let clears = message.retain && message.payload.is_empty();
        *latest = (!clears).then(|| Arc::clone(message));
        for (watcher, key) in watches {
            lock(&watcher.news).insert(*key);
            watcher.wake.notify_one();
        }
    }

    /// The last message of a watched topic, if there was one that lives.
    pub(super) fn latest(&self, topic: &str, now: Instant) -> Option<&Arc<Accepted>> {
        self.0.get(topic)?.latest.as_ref().filter(|message| !message.is_expired(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hub, Message};
    use super::*;
    use crate::gateway::Limits;

    #[test]
    fn a_slow_watcher_gets_the_last_message_of_each_of_its_topics() {
        let hub = Hub::new(Limits::default());
        let watcher = Arc::new(Watcher::default());
        hub.watch(&watcher, "a", 1);
        hub.watch(&watcher, "b", 2);
        hub.watch(&watcher, "b", 3);
        for (topic, payload) in [("a", "1"), ("a", "2"), ("b", "3"), ("c", "4")] {
            hub.publish(Message::new(topic, payload)).unwrap();
        }
        hub.unwatch(&watcher, "b", 3);
        let news: Vec<_> = std::iter::from_fn(|| watcher.take()).collect();
        assert_eq!(news, [1, 2]);
        let state = |topic| hub.state(topic).map(|message| message.payload.to_vec());
        let states = ["a", "b", "c"].map(state);
        assert_eq!(states, [Some(b"2".to_vec()), Some(b"3".to_vec()), None]);
        // Cleared, though nothing was retained.
        let clear = Message { retain: true, ..Message::new("a", "") };
        hub.publish(clear).unwrap();
        assert_eq!((watcher.take(), state("a")), (Some(1), None));
        hub.unwatch(&watcher, "b", 2);
        assert_eq!(state("b"), None);
        hub.unwatch(&watcher, "a", 1);
        hub.publish(Message::new("a", "5")).unwrap();
        assert!(watcher.take().is_none());
    }
}
