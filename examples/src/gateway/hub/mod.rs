//! The hub: topics, retained messages, subscriptions and sessions. It knows nothing of connections,
//! packets or protocols; each protocol of the gateway publishes, subscribes and reads through it.
//!
//! One lock guards all of it, and each session's outbox has a lock of its own. Publishing holds the
//! hub's lock while it finds the receivers and puts a pointer into their outboxes, which takes well
//! below a microsecond for each; encoding and sending happen in the receivers' own tasks, which take
//! from their outbox without the hub's lock. Nothing is awaited under a lock. A task that owns the
//! hub instead of the lock would do the same work one by one and add a queue that can grow.
//!
//! Who gets a message is found by an index of all subscriptions, whose work grows with those that match.

mod clock;
mod feed;
mod kept;
mod memory;
mod message;
mod outbox;
mod queue;
mod retained;
mod session;
mod sessions;
mod shelf;
mod subscriptions;
mod watch;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mqtt_codec::{QoS, ReasonCode};
use topic_matcher::TopicFilter;

pub use clock::{instant_of, ms_of};
pub use feed::Feed;
pub use memory::Charge;
pub use message::{Accepted, Delivery, Message, MessageProperties, Via};
pub use outbox::{Outgoing, Wanted};
pub use session::{IN_FLIGHT, Link, Server, Session, Will};
pub use sessions::{Attach, Attached, Departure, Refused};
pub use subscriptions::{Request, subscription_of};
pub use watch::Watcher;

use memory::Memory;
use outbox::Room;
use retained::Retained;
use sessions::Entry;
use subscriptions::Subscribers;
use watch::Watched;

use super::options::Limits;
use super::store::{Op, Store};

/// Everything that clients share.
#[derive(Debug)]
pub struct Hub {
    state: Mutex<State>,
}

/// What the hub's lock guards.
#[derive(Debug)]
struct State {
    limits: Limits,
    memory: Arc<Memory>,
    sessions: HashMap<Arc<str>, Entry>,
    subscribers: Subscribers,
    watched: Watched,
    retained: Retained,
    /// What outlives the process goes there.
    store: Option<Arc<Store>>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// How many get it, besides those who watch its topic.
    pub receivers: usize,
    /// It was to be retained, and there was a retained message before.
    pub replaced: bool,
    /// It was to be retained, and there was no room for that.
    pub not_retained: bool,
}

/// Memory that queues may need for a message that finds room.
const QUEUES: usize = 4 << 10;

/// A limit of the hub is reached. What was asked for was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Of memory.
    Memory,
    /// Of sessions.
    Sessions,
    /// Of subscriptions of one session.
    Subscriptions,
}

impl Hub {
    /// A hub without sessions and messages.
    pub fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::new(State {
                memory: Memory::new(limits.memory),
                limits,
                sessions: HashMap::new(),
                subscribers: Subscribers::new(),
                watched: Watched::default(),
                retained: Retained::default(),
                store: None,
            }),
        }
    }

    /// Drops what a client may not see any more: subscriptions, and messages that wait for it.
    pub fn restrict(
        &self,
        session: &Arc<Session>,
        may_subscribe: impl Fn(TopicFilter<'_>) -> bool,
        may_read: impl Fn(&str) -> bool,
    ) {
        self.lock().restrict(session, may_subscribe);
        session.restrict(may_read);
    }

    /// Brings a message to all whose subscriptions match, and keeps it if it is to be retained
    /// and there is room.
    ///
    /// # Errors
    ///
    /// [`Full::Memory`]: nobody gets it.
    pub fn publish(&self, message: Message) -> Result<Published, Full> {
        self.lock().publish(message, Instant::now())
    }

    /// Does the same if `allows` says so of the topic's [`retained`](Self::retained) message; nothing
    /// comes between that look and the message. `None` if not.
    ///
    /// # Errors
    ///
    /// [`Full::Memory`]: nobody gets it.
    pub fn publish_if(
        &self,
        message: Message,
        allows: impl FnOnce(Option<&Accepted>) -> bool,
    ) -> Result<Option<Published>, Full> {
        let (mut state, now) = (self.lock(), Instant::now());
        if !allows(state.retained.get(&message.topic, now).map(|retained| &**retained)) {
            return Ok(None);
        }
        state.publish(message, now).map(Some)
    }

    /// A client connects. See [`Attach`].
    ///
    /// # Errors
    ///
    /// [`Refused::Occupied`]: ask again once the other connection is [gone](Link::gone). Or
    /// [`Refused::Full`]. In both cases the will is still there.
    pub fn attach(&self, attach: &mut Attach) -> Result<Attached, Refused> {
        self.lock().attach(attach, Instant::now())
    }

    /// The connection of `link` is over. The session lives on as long as its server says; without one
    /// it ends now, and says no will. Does nothing if the connection was over before.
    pub fn detach(&self, session: &Session, link: &Arc<Link>, departure: Option<Departure>) {
        self.lock().detach(session, link, departure, Instant::now());
        link.is_now_gone();
    }

    /// Adds a subscription or replaces the one with the same filter, and returns the QoS granted.
    /// Retained messages come by [`replay`](Self::replay).
    ///
    /// # Errors
    ///
    /// [`Full::Subscriptions`] or [`Full::Memory`].
    pub fn subscribe(&self, session: &Arc<Session>, request: &Request<'_>) -> Result<QoS, Full> {
        self.lock().subscribe(session, request)
    }

    /// Queues some of the retained messages that the session's new subscriptions are owed. True if
    /// there may be more to do now. The answer can change after [`subscribe`](Self::subscribe) and
    /// after [`Session::take`].
    pub fn replay(&self, session: &Session) -> bool {
        // Mostly there is nothing, which needs no look at the hub.
        let Some(replay) = session.take_replay() else {
            return false;
        };
        self.lock().replay(session, replay, Instant::now());
        true
    }

    /// Removes a subscription. False if there is none with this filter.
    pub fn unsubscribe(&self, session: &Arc<Session>, filter: &str) -> bool {
        self.lock().unsubscribe(session, filter)
    }

    /// The retained message of a topic.
    pub fn retained(&self, topic: &str) -> Option<Arc<Accepted>> {
        self.lock().retained.get(topic, Instant::now()).cloned()
    }

    /// The state of a topic: its last message while somebody watches it, else the retained one.
    pub fn state(&self, topic: &str) -> Option<Arc<Accepted>> {
        self.lock().state(topic, Instant::now()).cloned()
    }

    /// A number that changes with the retained messages.
    pub fn generation(&self) -> u64 {
        self.lock().retained.generation()
    }

    /// Some of the retained messages that `filter` takes, in the order of topics, from the topic
    /// `cursor` on, and the next cursor if there are more. Bounded work under the hub's lock.
    pub fn retained_page(
        &self,
        filter: TopicFilter<'_>,
        cursor: Option<&str>,
    ) -> (Vec<Arc<Accepted>>, Option<Arc<str>>) {
        self.lock().retained.scan(filter, cursor, Instant::now())
    }

    /// Tells `watcher` from now on when a topic's [`state`](Self::state) has changed. A key is used once at a time.
    /// How many watches there are is for the caller to limit.
    pub fn watch(&self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        self.lock().watched.watch(watcher, topic, key);
    }

    /// Ends what [`watch`](Self::watch) began; what was not taken is gone.
    pub fn unwatch(&self, watcher: &Arc<Watcher>, topic: &str, key: u64) {
        self.lock().watched.unwatch(watcher, topic, key);
    }

    /// Does what is due: delayed wills, the end of sessions and messages. Called now and then.
    pub fn tick(&self) {
        self.lock().tick(Instant::now());
    }

    /// Ends every connection.
    pub fn end_connections(&self, reason: ReasonCode) {
        for entry in self.lock().sessions.values() {
            entry.end_connection(reason);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn state(&self, topic: &str, now: Instant) -> Option<&Arc<Accepted>> {
        let latest = self.watched.latest(topic, now);
        latest.or_else(|| self.retained.get(topic, now))
    }

    fn publish(&mut self, message: Message, now: Instant) -> Result<Published, Full> {
        self.make_room(message.size(), QUEUES);
        let limits = &self.limits;
        let message = Accepted::new(message, &self.memory).ok_or(Full::Memory)?;
        let (count, bytes) = (limits.retained, limits.retained_bytes);
        let replaced = message.retain && self.retained.get(&message.topic, now).is_some();
        let not_retained = message.retain && !self.retain(&message, count, bytes);
        let room = self.room();
        let publisher = message.publisher.as_ref().and_then(|name| self.sessions.get(name));
        let publisher = publisher.map(|entry| entry.key);
        let mut receivers = 0;
        self.subscribers.receivers(&message, publisher, |session, delivery| {
            receivers += 1;
            if !delivery.message.is_expired(now) {
                session.push(delivery, room);
            }
        });
        if !message.is_expired(now) {
            self.watched.tell(&message);
        }
        Ok(Published { receivers, replaced, not_retained })
    }

    /// Keeps a retained message instead of the one before, if there is room; also on disk.
    fn retain(&mut self, message: &Arc<Accepted>, count: usize, bytes: usize) -> bool {
        let Some(store) = &self.store else { return self.retained.set(message, count, bytes) };
        // The one before goes last.
        let _before = self.retained.at(&message.topic);
        let is_retained = self.retained.set(message, count, bytes);
        let is_there = is_retained && !message.payload.is_empty();
        let number = if is_there { message.keep(store) } else { None };
        store.push(Op::Retain { topic: Arc::clone(&message.topic), message: number });
        is_retained
    }

    /// Publishes the will of a client that is gone. If the hub is full it is lost, as any message.
    fn publish_will(&mut self, mut will: Will, now: Instant) {
        will.message.expire_in(will.expiry, now);
        let _ = self.publish(will.message, now);
    }

    fn room(&self) -> Room {
        Room { messages: self.limits.queued, bytes: self.limits.queued_bytes }
    }
}

/// Locks, also after a panic of another task: every change under these locks is complete or cut off
/// at a place where counters may be off, not memory.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
