//! What one connection observes. RFC 8323 section 7
//!
//! The stream brings everything in its order, and ends with its observations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use coap_codec::{Code, Observe, OptionNumber, ReliableMessage};

use super::observation::Observation;
use super::reply::Reply;
use super::resources;
use crate::gateway::hub::{Hub, Watcher};

/// Observations of one connection.
const MOST: usize = 64;

/// The observations of a connection, by the key of their watch.
pub(super) struct Observations<'s> {
    hub: &'s Hub,
    watcher: Arc<Watcher>,
    all: BTreeMap<u64, Observation>,
    last_key: u64,
    sequence: Observe,
}

impl<'s> Observations<'s> {
    pub(super) fn new(hub: &'s Hub) -> Self {
        let sequence = Observe::DEREGISTER;
        Self { hub, watcher: Arc::default(), all: BTreeMap::new(), last_key: 0, sequence }
    }

    pub(super) fn watcher(&self) -> &Arc<Watcher> {
        &self.watcher
    }

    /// Registers or deregisters, before the answer is made, so that no change is missed between
    /// both. The key of what is observed now.
    pub(super) fn observe(&mut self, request: &ReliableMessage<'_>) -> Option<u64> {
        let observe = request.options.observe()?;
        if observe == Observe::REGISTER || observe == Observe::DEREGISTER {
            let same = self.all.iter().find(|(_, other)| other.token() == request.token);
            if let Some(key) = same.map(|(key, _)| *key) {
                self.remove(key);
            }
        }
        if observe != Observe::REGISTER || self.all.len() >= MOST {
            return None;
        }
        let topic = resources::observed_topic(request)?;
        self.last_key += 1;
        self.hub.watch(&self.watcher, &topic, self.last_key);
        let block = request.options.block2();
        self.all.insert(self.last_key, Observation::new(request.token, topic, block));
        Some(self.last_key)
    }

    /// The answer to a registration, with Observe if it is one now.
    pub(super) fn answered(
        &mut self,
        key: u64,
        reply: Reply,
        request: &ReliableMessage<'_>,
    ) -> Reply {
        if reply.code != Code::CONTENT && reply.code != Code::VALID {
            self.remove(key);
            return reply;
        }
        if let Some(observation) = self.all.get_mut(&key) {
            observation.answered(&reply, request.options.accept());
        }
        self.number(reply)
    }

    /// The next notification: of which observation, and what it says. Anything but 2.05 is its last.
    pub(super) fn next(&mut self) -> Option<(u64, Reply)> {
        loop {
            let key = self.watcher.take()?;
            if let Some(observation) = self.all.get_mut(&key) {
                let reply = observation.state(self.hub, Instant::now());
                let is_last = reply.code != Code::CONTENT;
                return Some((key, if is_last { reply } else { self.number(reply) }));
            }
        }
    }

    pub(super) fn get(&self, key: u64) -> Option<&Observation> {
        self.all.get(&key)
    }

    pub(super) fn remove(&mut self, key: u64) {
        if let Some(observation) = self.all.remove(&key) {
            self.hub.unwatch(&self.watcher, &observation.topic, key);
        }
    }

    /// Adds the next number. RFC 8323 section 7.1 needs none, since the order is that of the stream;
    /// there are clients that look at it all the same.
    fn number(&mut self, reply: Reply) -> Reply {
        self.sequence = self.sequence.next();
        reply.with(OptionNumber::OBSERVE, self.sequence.to_uint().as_bytes())
    }
}

impl Drop for Observations<'_> {
    fn drop(&mut self) {
        for (key, observation) in &self.all {
            self.hub.unwatch(&self.watcher, &observation.topic, *key);
        }
    }
}
