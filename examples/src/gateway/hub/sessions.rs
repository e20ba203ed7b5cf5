//! Sessions begin, go on, are taken over and end. MQTT 5.0 section 3.1.2.4, 3.1.2.11.2 and 4.1

use std::sync::Arc;
use std::time::{Duration, Instant};

use mqtt_codec::ReasonCode;

use super::memory::{Charge, Memory};
use super::outbox::FREE_NAME;
use super::session::{Link, Session, Will};
use super::subscriptions::Subscription;
use super::{Full, State};

/// A client connects.
#[derive(Debug)]
pub struct Attach {
    /// Its name.
    pub client_id: Arc<str>,
    /// Begin anew, whatever was kept.
    pub clean_start: bool,
    /// Seconds that the session outlives the connection, [`NEVER_ENDS`] for ever.
    pub expiry: u32,
    /// How many messages of QoS 1 may be in flight to it.
    pub receive_maximum: u16,
    /// What is published when it goes without saying so.
    pub will: Option<Will>,
}

/// A Session Expiry Interval without end.
pub const NEVER_ENDS: u32 = u32::MAX;

/// What a connection holds.
#[derive(Debug)]
pub struct Attached {
    /// The client's session.
    pub session: Arc<Session>,
    /// The connection in the eyes of the hub.
    pub link: Arc<Link>,
    /// The session existed before.
    pub session_present: bool,
    /// The client whose session had to end for this one.
    pub ended: Option<Arc<str>>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy)]
pub struct Departure {
    /// The will must be published.
    pub publish_will: bool,
    /// Another [`Attach::expiry`] than at the beginning.
    pub expiry: Option<u32>,
}

/// A session in the hub.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) session: Arc<Session>,
    pub(super) subscriptions: Vec<Subscription>,
    /// Length of all their texts.
    pub(super) filter_bytes: usize,
    expiry: u32,
    /// `None` while the client is away.
    link: Option<Arc<Link>>,
    will: Option<HeldWill>,
    /// While the client is away: since when, when the will is published, when the session ends.
    away_since: Option<Instant>,
    will_due: Option<Instant>,
    ends: Option<Instant>,
}

/// A will that waits.
#[derive(Debug)]
struct HeldWill {
    will: Will,
    _charge: Charge,
}

/// A will of this size is beside the budget.
const FREE_WILL: usize = 1024;

impl HeldWill {
    fn new(will: Will, memory: &Arc<Memory>) -> Option<Self> {
        let _charge = memory.charge(Self::cost(&will))?;
        Some(Self { will, _charge })
    }

    fn cost(will: &Will) -> usize {
        will.message.size().saturating_sub(FREE_WILL)
    }
}

impl Entry {
    pub(super) fn is_of(&self, session: &Session) -> bool {
        std::ptr::eq(&*self.session, session)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.link.is_some()
    }

    pub(super) fn end_connection(&self, reason: ReasonCode) {
        if let Some(link) = &self.link {
            link.end(reason);
        }
    }

    /// Is the session there for a client that comes back?
    fn can_resume(&self, now: Instant) -> bool {
        self.expiry > 0 && self.ends.is_none_or(|at| at > now)
    }
}

impl State {
    pub(super) fn attach(&mut self, attach: Attach, now: Instant) -> Result<Attached, Full> {
        let Attach { client_id, clean_start, expiry, receive_maximum, will } = attach;
        let old = self.sessions.get(&client_id);
        let mut ended = None;
        if old.is_none() && self.sessions.len() >= self.limits.sessions {
            ended = Some(self.longest_away().ok_or(Full::Sessions)?);
        }
        let resume = !clean_start && old.is_some_and(|entry| entry.can_resume(now));
        // What can fail comes before anything changes.
        let will_cost = will.as_ref().map_or(0, HeldWill::cost);
        self.make_room(will_cost + client_id.len().saturating_sub(FREE_NAME));
        let will = will.map(|will| HeldWill::new(will, &self.memory).ok_or(Full::Memory));
        let will = will.transpose()?;
        let fresh = match resume {
            true => None,
            false => Some(Session::new(Arc::clone(&client_id), &self.memory).ok_or(Full::Memory)?),
        };
        if let Some(ended) = &ended {
            self.end(ended, now);
        }
        let mut old = self.sessions.remove(&client_id);
        let mut old_will = None;
        if let Some(entry) = &mut old {
            entry.end_connection(ReasonCode::SESSION_TAKEN_OVER); // [MQTT-3.1.4-3]
            // A will that waits is not published if the session goes on. [MQTT-3.1.3-9]
            old_will = entry.will.take().filter(|held| held.will.delay == 0 || !resume);
        }
        let (session, subscriptions) = match (fresh, old) {
            (None, Some(entry)) => (entry.session, entry.subscriptions),
            (None, None) => return Err(Full::Sessions), // nothing to resume: cannot be
            (Some(fresh), old) => {
                if let Some(entry) = old {
                    self.forget(&entry);
                }
                (fresh, Vec::new())
            }
        };
        let link = Arc::new(Link::default());
        session.connect(Arc::clone(&link), receive_maximum);
        let entry = Entry {
            session: Arc::clone(&session),
            filter_bytes: subscriptions.iter().map(|s| s.text().len()).sum(),
            subscriptions,
            expiry,
            link: Some(Arc::clone(&link)),
            will,
            away_since: None,
            will_due: None,
            ends: None,
        };
        self.sessions.insert(client_id, entry);
        if let Some(held) = old_will {
            self.publish_will(held.will, now);
        }
        Ok(Attached { session, link, session_present: resume, ended })
    }

    pub(super) fn detach(
        &mut self,
        session: &Session,
        link: &Arc<Link>,
        departure: Departure,
        now: Instant,
    ) {
        let Some(entry) = self.sessions.get_mut(session.client_id()) else {
            return;
        };
        if !entry.is_of(session) || !session.is_linked_to(link) {
            return;
        }
        session.disconnect();
        entry.link = None;
        entry.away_since = Some(now);
        entry.expiry = departure.expiry.unwrap_or(entry.expiry);
        entry.ends = after(now, entry.expiry);
        if departure.publish_will {
            entry.will_due = entry.will.as_ref().and_then(|held| after(now, held.will.delay));
        } else {
            entry.will = None; // [MQTT-3.14.4-3]
        }
        let client_id = Arc::clone(session.client_id());
        self.settle(&client_id, now);
    }

    pub(super) fn tick(&mut self, now: Instant) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let due = self.sessions.iter().filter(|(_, e)| is_due(e.will_due) || is_due(e.ends));
        let due: Vec<Arc<str>> = due.map(|(client_id, _)| Arc::clone(client_id)).collect();
        for client_id in due {
            self.settle(&client_id, now);
        }
        for entry in self.sessions.values().filter(|entry| !entry.is_connected()) {
            entry.session.outbox().purge(now);
        }
        self.retained.purge(now);
    }

    /// Lets clients that are away lose what waits for them, the oldest of the one that has most, until
    /// so many bytes are left.
    pub(super) fn make_room(&self, bytes: usize) {
        while bytes <= self.limits.memory && !self.memory.has(bytes) {
            let away = self.sessions.values().filter(|entry| !entry.is_connected());
            let Some(entry) = away.max_by_key(|entry| entry.session.outbox().bytes()) else {
                return;
            };
            let mut outbox = entry.session.outbox();
            if outbox.bytes() == 0 {
                return;
            }
            while !self.memory.has(bytes) && outbox.drop_for_others() {}
        }
    }

    /// Does what is due for a client that is away. A will goes out no later than the session ends.
    fn settle(&mut self, client_id: &str, now: Instant) {
        let Some(entry) = self.sessions.get_mut(client_id) else {
            return;
        };
        let over = entry.ends.is_some_and(|at| at <= now);
        let mut will = None;
        if over || entry.will_due.is_some_and(|at| at <= now) {
            entry.will_due = None;
            will = entry.will.take();
        }
        if over {
            if let Some(entry) = self.sessions.remove(client_id) {
                self.forget(&entry);
            }
        }
        if let Some(held) = will {
            self.publish_will(held.will, now);
        }
    }

    /// The client that is away longest.
    fn longest_away(&self) -> Option<Arc<str>> {
        let away = self.sessions.values().filter(|entry| !entry.is_connected());
        let longest = away.min_by_key(|entry| entry.away_since)?;
        Some(Arc::clone(longest.session.client_id()))
    }

    /// Ends the session of a client that is away.
    fn end(&mut self, client_id: &str, now: Instant) {
        if let Some(entry) = self.sessions.get_mut(client_id) {
            entry.ends = Some(now);
        }
        self.settle(client_id, now);
    }

    /// Takes what a removed session had elsewhere.
    fn forget(&mut self, entry: &Entry) {
        for subscription in entry.subscriptions.iter().filter(|s| s.is_shared()) {
            self.groups.leave(subscription.text(), &entry.session);
        }
    }
}

/// When `secs` seconds are over, `None` for [`NEVER_ENDS`].
fn after(now: Instant, secs: u32) -> Option<Instant> {
    if secs == NEVER_ENDS { None } else { now.checked_add(Duration::from_secs(secs.into())) }
}

#[cfg(test)]
mod tests {
    use mqtt_codec::{QoS, SubscriptionOptions};
    use topic_matcher::TopicFilter;

    use super::super::{Hub, Message, Request};
    use super::*;
    use crate::gateway::Limits;

    #[test]
    fn what_expires_while_its_receiver_is_away_gives_its_memory_back() {
        let hub = Hub::new(Limits { memory: 100_000, ..Limits::default() });
        let client_id = Arc::from("away");
        let attach =
            Attach { client_id, clean_start: true, expiry: 99, receive_maximum: 9, will: None };
        let Attached { session, link, .. } = hub.attach(attach).unwrap();
        let filter = topic_matcher::Subscription::NonShared(TopicFilter::new("a").unwrap());
        let options = SubscriptionOptions::new(QoS::AtLeastOnce);
        hub.subscribe(&session, &Request { filter, options, id: None }).unwrap();
        hub.detach(&session, &link, Departure { publish_will: false, expiry: None });
        let now = Instant::now();
        for (lifetime, len) in [(None, 10_000), (Some(1), 30_000), (Some(5), 30_000)] {
            let mut message = Message::new("a", vec![b'x'; len]);
            message.qos = QoS::AtLeastOnce;
            message.expire_in(lifetime, now);
            assert!(hub.publish(message).is_ok_and(|published| published.receivers == 1));
        }
        for (secs, free, taken) in [(0, 0, 40_000), (1, 50_000, 70_000), (5, 80_000, 95_000)] {
            let mut state = hub.lock();
            state.tick(now + Duration::from_secs(secs));
            assert!(state.memory.has(free) && !state.memory.has(taken), "{secs} s");
        }
    }
}
