//! Watching topics: the newest message of each, for protocols that bring states rather than every
//! message.
//!
//! What is not taken yet is replaced by what comes after it, so a watcher that is slow costs one
//! pointer for each watch, and always gets the last message of a topic.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::lock;
use super::message::Accepted;

/// Somebody who watches topics, each under a key of its own choice.
#[derive(Debug, Default)]
pub struct Watcher {
    news: Mutex<BTreeMap<u64, Arc<Accepted>>>,
    wake: Notify,
}

/// Who watches which topic.
#[derive(Debug, Default)]
pub(super) struct Watched(HashMap<Arc<str>, Vec<(Arc<Watcher>, u64)>>);

impl Watcher {
    /// Waits until there may be something to take.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The newest message of a watched topic, with the key of the watch. The answer can change after
    /// the watcher has woken.
    pub fn take(&self) -> Option<(u64, Arc<Accepted>)> {
        lock(&self.news).pop_first()
    }
}

impl Watched {
    pub(super) fn watch(&mut self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        let watches = match self.0.get_mut(topic) {
            Some(watches) => watches,
            None => self.0.entry(topic.into()).or_default(),
        };
        watches.push((Arc::clone(watcher), key));
    }

    pub(super) fn unwatch(&mut self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        if let Some(watches) = self.0.get_mut(topic) {
            watches.retain(|(other, at)| !Arc::ptr_eq(other, watcher) || *at != key);
            if watches.is_empty() {
                self.0.remove(topic);
            }
        }
        lock(&watcher.news).remove(&key);
    }

    pub(super) fn tell(&self, message: &Arc<Accepted>) {
        for (watcher, key) in self.0.get(&message.topic).into_iter().flatten() {
            lock(&watcher.news).insert(*key, Arc::clone(message));
            watcher.wake.notify_one();
        }
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
        let news: Vec<_> = std::iter::from_fn(|| watcher.take())
            .map(|(key, message)| (key, message.payload.to_vec()))
            .collect();
        assert_eq!(news, [(1, b"2".to_vec()), (2, b"3".to_vec())]);
        hub.unwatch(&watcher, "a", 1);
        hub.publish(Message::new("a", "5")).unwrap();
        assert!(watcher.take().is_none());
    }
}
