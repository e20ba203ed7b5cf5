//! Takes up what a store has kept of the process before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::QoS;
use mqtt_codec::session::Settings;

use super::clock::ms_of;
use super::message::{Accepted, Delivery};
use super::session::{Server, Session, Will};
use super::shelf::Shelf;
use super::subscriptions::Filters;
use super::{Hub, State};
use crate::gateway::options::Limits;
use crate::gateway::store::{Kept, KeptSession, Op, Store};

/// Why it could not be taken up.
pub(super) const MEMORY: &str = "what is kept needs more than --max-memory";

impl Hub {
    /// A hub that goes on where the one before was, all clients being away.
    ///
    /// # Errors
    ///
    /// What is wrong, for people.
    pub fn restored(limits: Limits, store: &Arc<Store>, kept: Kept) -> Result<Self, String> {
        let hub = Self::new(limits);
        let mut state = hub.lock();
        state.restore(store, kept, Instant::now())?;
        state.store = Some(Arc::clone(store));
        drop(state);
        Ok(hub)
    }
}

impl State {
    fn restore(&mut self, store: &Arc<Store>, kept: Kept, now: Instant) -> Result<(), String> {
        let mut messages = HashMap::new();
        for (number, message) in kept.messages {
            let message = Accepted::restored(message, &self.memory, store, number).ok_or(MEMORY)?;
            messages.insert(number, message);
        }
        for (topic, number) in kept.retained {
            let message = messages.get(&number).filter(|message| !message.is_expired(now));
            let (count, bytes) = (self.limits.retained, self.limits.retained_bytes);
            if !message.is_some_and(|message| self.retained.set(message, count, bytes)) {
                store.push(Op::Retain { topic: topic.into(), message: None });
            }
        }
        for session in kept.sessions {
            self.restore_session(store, session, &messages, now)?;
        }
        Ok(())
    }

    fn restore_session(
        &mut self,
        store: &Arc<Store>,
        kept: KeptSession,
        messages: &HashMap<u64, Arc<Accepted>>,
        now: Instant,
    ) -> Result<(), String> {
        let KeptSession { session: number, name, snapshot, will, subscriptions, queue } = kept;
        let settings = Settings::DEFAULT.with_buffer(self.limits.packet_size);
        let server = Server::restore(settings, &snapshot, ms_of(now))
            .map_err(|error| format!("damaged: the session of {name:?}: {error}"))?;
        let name: Arc<str> = name.into();
        let session = Session::new(Arc::clone(&name), &self.memory).ok_or(MEMORY)?;
        let will = will.map(|message| {
            let expiry = message.remaining_secs(now);
            Will { message, expiry }
        });
        let key = self.subscribers.add(&session).ok_or(MEMORY)?;
        let mut filters = Filters::new(&self.memory).ok_or(MEMORY)?;
        let mut outbox = session.outbox();
        for (text, kept) in &subscriptions {
            self.restore_subscription(key, &mut filters, text, kept)?;
            if kept.owes_retained {
                outbox.add_replay(text);
            }
        }
        for (place, row) in queue {
            let message = row.message.and_then(|number| messages.get(&number));
            let qos = if row.exactly_once { QoS::ExactlyOnce } else { QoS::AtLeastOnce };
            let delivery = message.map(|message| Delivery {
                message: Arc::clone(message),
                qos,
                retain: row.retain,
                subscription_ids: row.subscription_ids,
            });
            if !outbox.restore(place, delivery, row.handle) {
                return Err(MEMORY.to_owned());
            }
        }
        outbox.set_shelf(Shelf::of(store, number));
        drop(outbox);
        self.insert_absent(session, (key, filters), will, Box::new(server), now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Message;
    use super::*;

    #[test]
    fn what_expires_leaves_the_disk() {
        let path = std::env::temp_dir().join(format!("kept-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let (store, kept) = Store::open(&path).unwrap();
        let hub = Hub::restored(Limits::default(), &store, kept).unwrap();
        let now = Instant::now();
        for (topic, lifetime) in [("short", Some(5)), ("endless", None)] {
            let mut message = Message::new(topic, "x");
            message.retain = true;
            message.expire_in(lifetime, now);
            assert!(hub.publish(message).is_ok());
        }
        hub.lock().tick(now + Duration::from_secs(6));
        store.close();
        drop((hub, store));
        let (store, kept) = Store::open(&path).unwrap();
        let topics: Vec<_> = kept.retained.iter().map(|(topic, _)| &**topic).collect();
        assert_eq!((topics, kept.messages.len()), (vec!["endless"], 1));
        store.close();
        let _ = std::fs::remove_file(&path);
    }
}
