//! Sessions begin, go on, are taken over and end. MQTT 5.0 section 3.1.2.4, 3.1.2.11.2 and 4.1

use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::ReasonCode;
use mqtt_codec::session::Event;
use topic_matcher::ClientKey;

use super::clock::{instant_of, ms_of};
use super::memory::Charge;
use super::outbox::FREE_NAME;
use super::session::{Link, Server, Session, Will};
use super::shelf::Shelf;
use super::subscriptions::Filters;
use super::{Full, State};
use crate::gateway::store::Op;

/// A client connects.
#[derive(Debug)]
pub struct Attach {
    /// Its name.
    pub client_id: Arc<str>,
    /// Begin anew, whatever was kept.
    pub clean_start: bool,
    /// The session outlives the connection.
    pub is_kept: bool,
    /// What is published when it goes without saying so. Taken once it is in.
    pub will: Option<Will>,
}

/// What a connection holds.
#[derive(Debug)]
pub struct Attached {
    /// The client's session.
    pub session: Arc<Session>,
    /// The connection in the eyes of the hub.
    pub link: Arc<Link>,
    /// When it began.
    since: Instant,
    /// What was kept of the session, if there was one to go on with then.
    old: Option<Box<Server<'static>>>,
    /// The client whose session had to end for this one.
    pub ended: Option<Arc<str>>,
}

impl Attached {
    /// Was there a session to go on with?
    pub fn is_found(&self) -> bool {
        self.old.is_some()
    }

    /// Lets the server of the connection go on with the session, if there was one. The time is that
    /// when it was found, so it goes on even if it would have expired since.
    pub fn resume(&mut self, server: &mut Server<'_>) -> bool {
        let old = self.old.take();
        old.is_some_and(|mut old| server.resume(&mut old, ms_of(self.since)).is_ok())
    }
}

/// How a connection ended.
#[derive(Debug)]
pub struct Departure {
    /// What the connection knew of the session.
    pub server: Box<Server<'static>>,
    /// The will counts, if the server says that there is one.
    pub says_will: bool,
}

/// Why a client cannot connect now.
#[derive(Debug)]
pub enum Refused {
    /// There is no room for it.
    Full(Full),
    /// Another connection has its session, and was told to give it up.
    Occupied(Arc<Link>),
}

impl From<Full> for Refused {
    fn from(full: Full) -> Self {
        Self::Full(full)
    }
}

/// A session in the hub.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) session: Arc<Session>,
    /// The session among all subscribers.
    pub(super) key: ClientKey,
    pub(super) filters: Filters,
    will: Option<HeldWill>,
    presence: Presence,
}

/// Where the client is.
#[derive(Debug)]
enum Presence {
    Connected(Arc<Link>),
    Away {
        since: Instant,
        server: Box<Server<'static>>,
        /// When the server wants to be asked.
        due: Option<Instant>,
    },
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
    fn cost(will: &Will) -> usize {
        will.message.size().saturating_sub(FREE_WILL)
    }
}

impl Entry {
    pub(super) fn is_of(&self, session: &Session) -> bool {
        std::ptr::eq(&*self.session, session)
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.presence, Presence::Connected(_))
    }

    pub(super) fn end_connection(&self, reason: ReasonCode) {
        if let Presence::Connected(link) = &self.presence {
            link.end(reason);
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        matches!(self.presence, Presence::Away { due: Some(due), .. } if due <= now)
    }
}

impl State {
    pub(super) fn attach(
        &mut self,
        attach: &mut Attach,
        now: Instant,
    ) -> Result<Attached, Refused> {
        let client_id = Arc::clone(&attach.client_id);
        self.settle(&client_id, now);
        let old = self.sessions.get(&client_id);
        if let Some(Entry { presence: Presence::Connected(link), .. }) = old {
            link.end(ReasonCode::SESSION_TAKEN_OVER); // [MQTT-3.1.4-3]
            return Err(Refused::Occupied(Arc::clone(link)));
        }
        let mut ended = None;
        if old.is_none() && self.sessions.len() >= self.limits.sessions {
            ended = Some(self.longest_away().ok_or(Full::Sessions)?);
        }
        let resume = !attach.clean_start && old.is_some();
        // What can fail comes before anything changes.
        let will_cost = attach.will.as_ref().map_or(0, HeldWill::cost);
        self.make_room(will_cost + client_id.len().saturating_sub(FREE_NAME), 0);
        let fresh = match resume {
            true => None,
            false => Some(Session::new(Arc::clone(&client_id), &self.memory).ok_or(Full::Memory)?),
        };
        let filters = Filters::new(&self.memory).ok_or(Full::Memory)?;
        let store = self.store.clone().filter(|_| attach.is_kept);
        let charge = self.memory.charge(will_cost).ok_or(Full::Memory)?;
        let will = attach.will.take().map(|will| HeldWill { will, _charge: charge });
        if let Some(ended) = &ended {
            self.end(ended, now);
        }
        if !resume {
            self.end(&client_id, now);
        }
        let link = Arc::new(Link::default());
        let presence = Presence::Connected(Arc::clone(&link));
        let (session, old) = match (fresh, self.sessions.remove(&client_id)) {
            (None, Some(entry)) => {
                let session = Arc::clone(&entry.session);
                // A will that waits is not published if the session goes on. [MQTT-3.1.3-9]
                self.sessions.insert(client_id, Entry { will, presence, ..entry });
                let Presence::Away { server, .. } = entry.presence else {
                    return Err(Full::Sessions.into()); // seen above: it is away
                };
                (session, Some(server))
            }
            (fresh, _) => {
                let session = fresh.ok_or(Full::Sessions)?; // never: what was there is resumed
                if let Some(store) = store {
                    session.outbox().set_shelf(Shelf::new(&store, session.client_id()));
                }
                let key = self.subscribers.add(&session).ok_or(Full::Sessions)?;
                let entry = Entry { session: Arc::clone(&session), key, filters, will, presence };
                self.sessions.insert(client_id, entry);
                (session, None)
            }
        };
        let will = self.sessions.get(session.client_id()).and_then(|entry| entry.will.as_ref());
        if let Some(shelf) = session.outbox().shelf() {
            shelf.will(will.map(|held| &held.will.message));
        }
        session.connect(Arc::clone(&link));
        Ok(Attached { session, link, since: now, old, ended })
    }

    /// Adds a session whose client is away.
    pub(super) fn insert_absent(
        &mut self,
        session: Arc<Session>,
        (key, filters): (ClientKey, Filters),
        will: Option<Will>,
        server: Box<Server<'static>>,
        now: Instant,
    ) {
        let will = will.and_then(|will| {
            let _charge = self.memory.charge(HeldWill::cost(&will))?;
            Some(HeldWill { will, _charge })
        });
        let entry = Entry {
            session: Arc::clone(&session),
            key,
            filters,
            will,
            presence: Presence::Away { since: now, server, due: Some(now) },
        };
        self.sessions.insert(Arc::clone(session.client_id()), entry);
    }

    pub(super) fn detach(
        &mut self,
        session: &Session,
        link: &Arc<Link>,
        departure: Option<Departure>,
        now: Instant,
    ) {
        let entry = self.sessions.get_mut(session.client_id()).filter(|entry| entry.is_of(session));
        let Some(entry) = entry else { return };
        if !matches!(&entry.presence, Presence::Connected(own) if Arc::ptr_eq(own, link)) {
            return;
        }
        session.disconnect();
        let client_id = Arc::clone(session.client_id());
        let Some(Departure { mut server, says_will }) = departure else {
            return self.remove(&client_id);
        };
        if !says_will || !server.has_will() {
            entry.will = None; // [MQTT-3.14.4-3]
        }
        if let Some(shelf) = session.outbox().shelf() {
            let mut bytes = [0; Server::SNAPSHOT];
            let len = server.snapshot(&mut bytes).unwrap_or_default();
            shelf.snapshot(bytes.get(..len).unwrap_or_default());
            shelf.will(entry.will.as_ref().map(|held| &held.will.message));
        }
        entry.presence = Presence::Away { since: now, server, due: Some(now) };
        self.settle(&client_id, now);
    }

    pub(super) fn tick(&mut self, now: Instant) {
        let due = self.sessions.iter().filter(|(_, entry)| entry.is_due(now));
        let due: Vec<Arc<str>> = due.map(|(client_id, _)| Arc::clone(client_id)).collect();
        for client_id in due {
            self.settle(&client_id, now);
        }
        for entry in self.sessions.values().filter(|entry| !entry.is_connected()) {
            entry.session.outbox().purge(now);
        }
        for topic in self.retained.purge(now) {
            if let Some(store) = &self.store {
                store.push(Op::Retain { topic, message: None });
            }
        }
    }

    /// Lets clients that are away lose what waits for them, the oldest of the one that has most, until
    /// so many bytes are left, and the `spare` ones too if they can be had. If all of it is too little,
    /// nobody loses anything. That is a look at sessions, not at messages: one that is retained as well,
    /// or waits for several, counts for each of them, so some may be lost and it is too little still.
    pub(super) fn make_room(&self, bytes: usize, spare: usize) {
        let wanted = bytes.saturating_add(spare).min(self.limits.memory);
        if self.memory.has(wanted) || bytes > wanted {
            return;
        }
        let away = self.sessions.values().filter(|entry| !entry.is_connected());
        let could_go = away.map(|entry| entry.session.outbox().could_give());
        if self.memory.left().saturating_add(could_go.sum()) < bytes {
            return;
        }
        while !self.memory.has(wanted) {
            let away = self.sessions.values().filter(|entry| !entry.is_connected());
            let Some(entry) = away.max_by_key(|entry| entry.session.outbox().bytes()) else {
                return;
            };
            let mut outbox = entry.session.outbox();
            if outbox.bytes() == 0 {
                return;
            }
            while !self.memory.has(wanted) && outbox.drop_for_others() {}
        }
    }

    /// Does what is due for a client that is away: its will, the end of its session.
    fn settle(&mut self, client_id: &str, now: Instant) {
        let Some(entry) = self.sessions.get_mut(client_id) else { return };
        let Presence::Away { server, due, .. } = &mut entry.presence else { return };
        server.handle_timeout(ms_of(now));
        let (mut will, mut is_over) = (None, false);
        loop {
            match server.poll_event() {
                Some(Event::PublishWill) => {
                    will = entry.will.take();
                    if let Some(shelf) = entry.session.outbox().shelf() {
                        shelf.will(None);
                    }
                }
                Some(Event::SessionEnded) => is_over = true,
                _ => break,
            }
        }
        *due = server.poll_timeout().and_then(instant_of);
        if is_over {
            self.remove(client_id);
        }
        if let Some(held) = will {
            self.publish_will(held.will, now);
        }
    }

    /// The client that is away longest.
    fn longest_away(&self) -> Option<Arc<str>> {
        let away = self.sessions.values().filter_map(|entry| match entry.presence {
            Presence::Away { since, .. } => Some((since, entry)),
            Presence::Connected(_) => None,
        });
        let (_, longest) = away.min_by_key(|(since, _)| *since)?;
        Some(Arc::clone(longest.session.client_id()))
    }

    /// Ends the session of a client that is away.
    fn end(&mut self, client_id: &str, now: Instant) {
        if let Some(Entry { presence: Presence::Away { server, .. }, .. }) =
            self.sessions.get_mut(client_id)
        {
            server.end_session();
        }
        self.settle(client_id, now);
    }

    /// Takes a session away, with what it had elsewhere.
    fn remove(&mut self, client_id: &str) {
        let Some(entry) = self.sessions.remove(client_id) else { return };
        if let Some(shelf) = entry.session.outbox().shelf() {
            shelf.end();
        }
        self.subscribers.remove(entry.key);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use mqtt_codec::session::Settings;
    use mqtt_codec::{
        Codec, Connack, Connect, List, Packet, Property, QoS, SubscriptionOptions, Text, Version,
    };
    use topic_matcher::TopicFilter;

    use super::super::{Hub, Message, Request};
    use super::*;
    use crate::gateway::Limits;

    /// The server of a client that has sent CONNECT for a session that lives so long.
    fn connecting(secs: u32, now_ms: u64) -> Server<'static> {
        let mut bytes = [0; 64];
        let mut server = Server::new(Settings::DEFAULT, now_ms);
        let properties = [Property::SessionExpiryInterval(secs)];
        let connect = Connect::new(Version::V5, Text::from_static("away"));
        let properties = List::new(&properties);
        let connect = Connect { clean_start: false, properties, ..connect };
        let client = Codec::client(Version::V5);
        let len = client.encode(&Packet::Connect(connect), &mut bytes).unwrap();
        server.handle_input(&bytes[..len], now_ms).unwrap();
        server
    }

    /// The server of a client that is away, whose session lives so long.
    pub(in super::super) fn absent(secs: u32) -> Box<Server<'static>> {
        let (mut bytes, now_ms) = ([0; 64], ms_of(Instant::now()));
        let mut server = connecting(secs, now_ms);
        let properties = server.announcements();
        let connack = Connack::new(false, ReasonCode::SUCCESS);
        let connack = Connack { properties: List::new(&properties), ..connack };
        server.accept(&connack, now_ms, &mut bytes).unwrap();
        Box::new(server.absent(now_ms))
    }

    /// The client is told whether its session is there, and what the hub has of it is there or not.
    #[test]
    fn a_session_that_is_found_can_be_resumed_however_late_that_is_done() {
        let hub = Hub::new(Limits::default());
        let client_id: Arc<str> = "away".into();
        let attach = |clean_start, now| {
            let client_id = Arc::clone(&client_id);
            let mut attach = Attach { client_id, clean_start, is_kept: false, will: None };
            hub.lock().attach(&mut attach, now).unwrap()
        };
        let Attached { session, link, .. } = attach(true, Instant::now());
        hub.detach(&session, &link, Some(Departure { server: absent(100), says_will: true }));
        let found = Instant::now() + Duration::from_secs(50);
        let mut attached = attach(false, found);
        let later = found + Duration::from_secs(99);
        assert!(attached.is_found() && attached.resume(&mut connecting(100, ms_of(later))));
        assert!(!attached.is_found() && !attached.resume(&mut connecting(100, ms_of(later))));
    }

    #[test]
    fn what_expires_while_its_receiver_is_away_gives_its_memory_back() {
        let hub = Hub::new(Limits { memory: 100_000, ..Limits::default() });
        let client_id = Arc::from("away");
        let mut attach = Attach { client_id, clean_start: true, is_kept: true, will: None };
        let Attached { session, link, .. } = hub.attach(&mut attach).unwrap();
        let filter = topic_matcher::Subscription::NonShared(TopicFilter::new("a").unwrap());
        let options = SubscriptionOptions::new(QoS::AtLeastOnce);
        hub.subscribe(&session, &Request { filter, options, id: None }).unwrap();
        let departure = Departure { server: absent(99), says_will: true };
        hub.detach(&session, &link, Some(departure));
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
