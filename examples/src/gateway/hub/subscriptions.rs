//! Subscriptions: adding, removing, and who gets a message.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::{QoS, RetainHandling, SubscriptionId, SubscriptionOptions};
use topic_matcher::{ClientKey, Group, Route, Subscriptions, TopicFilter, TopicName};

use super::kept::MEMORY;
use super::memory::{Charge, Memory};
use super::message::{Accepted, Delivery};
use super::outbox::Replay;
use super::session::Session;
use super::{Full, State};
use crate::gateway::options::Limits;
use crate::gateway::store::Subscribed;

/// What a client asks for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Topic filter, with `$share/` and share name if it is shared.
    pub filter: topic_matcher::Subscription<'a>,
    /// How messages are wanted.
    pub options: SubscriptionOptions,
    /// Sent back with each message.
    pub id: Option<SubscriptionId>,
}

/// What all sessions have subscribed to.
#[derive(Debug)]
pub(super) struct Subscribers {
    all: Subscriptions<Arc<Session>>,
    route: Route,
}

/// How much one session has subscribed to.
#[derive(Debug)]
pub(super) struct Filters {
    count: usize,
    /// Length of all their texts.
    bytes: usize,
    charge: Charge,
}

impl Subscribers {
    pub(super) fn new() -> Self {
        // Keys that nobody knows, of the process's own random numbers.
        let key = || RandomState::new().build_hasher().finish();
        Self { all: Subscriptions::new([key(), key()]), route: Route::new() }
    }

    /// A session without subscriptions.
    pub(super) fn add(&mut self, session: &Arc<Session>) -> Option<ClientKey> {
        self.all.add_client(Arc::clone(session))
    }

    /// Removes a session with its subscriptions.
    pub(super) fn remove(&mut self, client: ClientKey) {
        self.all.remove_client(client);
    }

    /// Calls `each` with every session that gets `message`, and how: once for all its own subscriptions, at
    /// the highest QoS of those that match, with all their identifiers [MQTT-3.3.4-2] [MQTT-3.3.4-3]; and
    /// once for each group that it is the chosen member of.
    pub(super) fn receivers(
        &mut self,
        message: &Arc<Accepted>,
        publisher: Option<ClientKey>,
        mut each: impl FnMut(&Session, Delivery),
    ) {
        let Ok(name) = TopicName::new(&message.topic) else { return };
        for to in self.all.route(name, publisher, &mut self.route, next_in_turn) {
            let ids = to.ids.filter_map(|id| SubscriptionId::new(id.get()));
            let delivery = Delivery {
                message: Arc::clone(message),
                qos: message.qos.min(qos_of(to.qos)),
                retain: message.retain && to.retain_as_published,
                subscription_ids: ids.collect(),
            };
            each(to.value, delivery);
        }
    }
}

/// In turn: first those who are connected, then those who get it when they come back. Else one who is
/// away and for whom nothing waits, as at QoS 0, so that the publisher is not told that nobody has
/// subscribed: that holds for who shares as for who does not.
fn next_in_turn(group: &Group<'_, Arc<Session>>) -> Option<usize> {
    group
        .in_turn(|member| member.value.is_connected())
        .or_else(|| group.in_turn(|member| qos_of(member.options.qos) > QoS::AtMostOnce))
        .or_else(|| group.in_turn(|_| true))
}

impl Filters {
    pub(super) fn new(memory: &Arc<Memory>) -> Option<Self> {
        Some(Self { count: 0, bytes: 0, charge: memory.charge(0)? })
    }

    fn may_add(&self, filter: topic_matcher::Subscription<'_>, limits: &Limits) -> bool {
        let bytes = self.bytes + filter.as_str().len();
        self.count < limits.subscriptions && bytes <= limits.filter_bytes
    }

    /// `charge` is what it costs.
    fn add(&mut self, filter: topic_matcher::Subscription<'_>, charge: Charge) {
        self.charge.join(charge);
        (self.count, self.bytes) = (self.count + 1, self.bytes + filter.as_str().len());
    }

    fn remove(&mut self, filter: topic_matcher::Subscription<'_>) {
        self.charge.shrink(cost(filter));
        (self.count, self.bytes) = (self.count - 1, self.bytes - filter.as_str().len());
    }
}

/// The text stands among all filters, and where messages are owed; a tree of levels may have it too, with
/// more for each level.
fn cost(filter: topic_matcher::Subscription<'_>) -> usize {
    const EACH: usize = 160;
    const SHARED: usize = 160; // its group
    const LEVEL: usize = 64;
    const FREE_LEVELS: usize = 3;
    let levels = filter.filter().levels().count();
    let shared = if filter.share_name().is_some() { SHARED } else { 0 };
    EACH + shared + 3 * filter.as_str().len() + LEVEL * levels.saturating_sub(FREE_LEVELS)
}

/// A shared subscription, or else a topic filter, whatever it begins with: 3.1.1 knows no other.
pub fn subscription_of(text: &str) -> Option<topic_matcher::Subscription<'_>> {
    let plain = || TopicFilter::new(text).map(topic_matcher::Subscription::NonShared);
    topic_matcher::Subscription::new(text).or_else(|_| plain()).ok()
}

impl Request<'_> {
    fn options(&self) -> topic_matcher::SubscriptionOptions {
        let SubscriptionOptions { qos, no_local, retain_as_published, .. } = self.options;
        let is_shared = self.filter.share_name().is_some();
        topic_matcher::SubscriptionOptions {
            qos: match qos {
                QoS::AtMostOnce => topic_matcher::QoS::AtMostOnce,
                QoS::AtLeastOnce => topic_matcher::QoS::AtLeastOnce,
                QoS::ExactlyOnce => topic_matcher::QoS::ExactlyOnce,
            },
            no_local: no_local && !is_shared, // [MQTT-3.8.3-4]: such a packet is refused
            retain_as_published,
            id: self.id.and_then(|id| topic_matcher::SubscriptionId::new(id.get())),
        }
    }
}

fn qos_of(qos: topic_matcher::QoS) -> QoS {
    match qos {
        topic_matcher::QoS::AtMostOnce => QoS::AtMostOnce,
        topic_matcher::QoS::AtLeastOnce => QoS::AtLeastOnce,
        topic_matcher::QoS::ExactlyOnce => QoS::ExactlyOnce,
    }
}

impl State {
    pub(super) fn subscribe(
        &mut self,
        session: &Arc<Session>,
        request: &Request<'_>,
    ) -> Result<QoS, Full> {
        let (filter, granted) = (request.filter, request.options.qos);
        let entry = self.sessions.get(session.client_id()).filter(|entry| entry.is_of(session));
        let Some(entry) = entry else {
            return Ok(granted); // the session has ended, its connection will in a moment
        };
        let key = entry.key;
        let is_new = self.subscribers.all.get(key, filter).is_none();
        if is_new && !entry.filters.may_add(filter, &self.limits) {
            return Err(Full::Subscriptions);
        }
        let cost = if is_new { cost(filter) } else { 0 };
        self.make_room(cost, 0);
        let charge = self.memory.charge(cost).ok_or(Full::Memory)?;
        // [MQTT-3.8.4-3]
        let added = self.subscribers.all.subscribe(key, filter, request.options());
        added.map_err(|_| Full::Subscriptions)?;
        if let Some(entry) = self.sessions.get_mut(session.client_id()).filter(|_| is_new) {
            entry.filters.add(filter, charge);
        }
        let send_retained = match request.options.retain_handling {
            RetainHandling::Send => true,
            RetainHandling::SendIfNew => is_new, // [MQTT-3.3.1-10]
            RetainHandling::DoNotSend => false,  // [MQTT-3.3.1-11]
        };
        // Section 4.8.2: a shared subscription gets none.
        let owes_retained = send_retained && filter.share_name().is_none();
        let text = filter.as_str();
        let mut outbox = session.outbox();
        if owes_retained {
            outbox.add_replay(text);
        }
        let owes_retained = outbox.owes_replay_of(text); // maybe still those of before
        if let Some(shelf) = outbox.shelf() {
            let Request { options, id, .. } = *request;
            shelf.subscribe(text, Subscribed { options, id, owes_retained });
        }
        Ok(granted)
    }

    /// A subscription that was kept on disk.
    ///
    /// # Errors
    ///
    /// What is wrong, for people: no memory, or no subscription.
    pub(super) fn restore_subscription(
        &mut self,
        client: ClientKey,
        filters: &mut Filters,
        text: &str,
        kept: &Subscribed,
    ) -> Result<(), &'static str> {
        let filter = subscription_of(text).ok_or("damaged: a subscription")?;
        let request = Request { filter, options: kept.options, id: kept.id };
        let charge = self.memory.charge(cost(filter)).ok_or(MEMORY)?;
        let added = self.subscribers.all.subscribe(client, filter, request.options());
        added.map_err(|_| MEMORY)?;
        filters.add(filter, charge);
        Ok(())
    }

    /// Queues the next retained messages that a new subscription is owed. This is under the hub's
    /// lock: otherwise a message that is published now could arrive before the one it replaces.
    pub(super) fn replay(&self, session: &Session, replay: Replay, now: Instant) {
        let Replay { filter: text, cursor } = replay;
        let entry = self.sessions.get(session.client_id()).filter(|entry| entry.is_of(session));
        let Some((entry, filter)) = entry.zip(TopicFilter::new(&text).ok()) else { return };
        let known = topic_matcher::Subscription::NonShared(filter);
        let Some(known) = self.subscribers.all.get(entry.key, known) else {
            return; // unsubscribed since
        };
        let (qos, id) = (qos_of(known.qos), known.id.and_then(|id| SubscriptionId::new(id.get())));
        let (found, cursor) = self.retained.scan(filter, cursor.as_deref(), now);
        let is_local = |message: &Accepted| message.publisher.as_ref() == Some(session.client_id());
        let wanted = found.iter().filter(|message| !(known.no_local && is_local(message)));
        let deliveries = wanted.map(|message| Delivery {
            message: Arc::clone(message),
            qos: message.qos.min(qos),
            retain: true, // [MQTT-3.3.1-8]
            subscription_ids: Vec::from_iter(id),
        });
        let rest = cursor.map(|cursor| Replay { filter: text.clone(), cursor: Some(cursor) });
        let mut outbox = session.outbox();
        let is_over = rest.is_none();
        outbox.push_replay(deliveries, rest);
        if let Some(shelf) = outbox.shelf().filter(|_| is_over) {
            let mut options = SubscriptionOptions::new(qos);
            options.no_local = known.no_local;
            options.retain_as_published = known.retain_as_published;
            shelf.subscribe(&text, Subscribed { options, id, owes_retained: false });
        }
    }

    /// Removes those subscriptions that a client may not have any more.
    pub(super) fn restrict(
        &mut self,
        session: &Arc<Session>,
        may_subscribe: impl Fn(TopicFilter<'_>) -> bool,
    ) {
        let Some(entry) = self.sessions.get(session.client_id()) else { return };
        let all = self.subscribers.all.iter_of(entry.key);
        let forbidden =
            all.filter(|one| !may_subscribe(one.filter)).map(|one| match one.share_name {
                Some(name) => format!("$share/{name}/{}", one.filter),
                None => one.filter.as_str().to_owned(),
            });
        for text in forbidden.collect::<Vec<_>>() {
            self.unsubscribe(session, &text);
        }
    }

    pub(super) fn unsubscribe(&mut self, session: &Arc<Session>, text: &str) -> bool {
        let Self { sessions, subscribers, .. } = self;
        let Some(entry) = sessions.get_mut(session.client_id()).filter(|e| e.is_of(session)) else {
            return false;
        };
        let Some(filter) = subscription_of(text) else { return false };
        if subscribers.all.unsubscribe(entry.key, filter).is_none() {
            return false;
        }
        let mut outbox = session.outbox();
        outbox.remove_replay(text);
        if let Some(shelf) = outbox.shelf() {
            shelf.unsubscribe(text);
        }
        entry.filters.remove(filter);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::sessions::tests::absent;
    use super::super::{Attach, Attached, Departure, Hub, Message};
    use super::*;

    fn attach(hub: &Hub, name: &str) -> Attached {
        let (client_id, is_kept) = (name.into(), false);
        hub.attach(&mut Attach { client_id, clean_start: true, is_kept, will: None }).unwrap()
    }

    fn subscribe(hub: &Hub, attached: &Attached, text: &str) -> Result<QoS, Full> {
        let (filter, options) =
            (subscription_of(text).unwrap(), SubscriptionOptions::new(QoS::AtLeastOnce));
        hub.subscribe(&attached.session, &Request { filter, options, id: None })
    }

    fn receivers(hub: &Hub, topic: &str) -> usize {
        hub.publish(Message::new(topic, "x")).unwrap().receivers
    }

    /// A hub with 100,000 bytes, of one subscription for each, and a client that is away, which has
    /// subscribed to `a`.
    fn with_one_away(filter_bytes: usize) -> (Hub, Attached) {
        let limits =
            Limits { memory: 100_000, subscriptions: 1, filter_bytes, ..Limits::default() };
        let hub = Hub::new(limits);
        let away = attach(&hub, "away");
        subscribe(&hub, &away, "a").unwrap();
        let departure = Departure { server: absent(99), says_will: true };
        hub.detach(&away.session, &away.link, Some(departure));
        (hub, away)
    }

    /// A message for it, which waits.
    fn waiting(len: usize) -> Message {
        Message { qos: QoS::AtLeastOnce, ..Message::new("a", vec![b'x'; len]) }
    }

    fn retained(len: usize) -> Message {
        Message { retain: true, ..Message::new("r", vec![b'x'; len]) }
    }

    #[test]
    fn filters_give_their_memory_back() {
        let hub = Hub::new(Limits { subscriptions: 10, filter_bytes: 500, ..Limits::default() });
        let left = |bytes| {
            let state = hub.lock();
            state.memory.has(state.limits.memory - bytes)
        };
        let client = attach(&hub, "a");
        for _ in 0..3 {
            let deep = format!("{}#", "+/".repeat(200));
            assert_eq!(subscribe(&hub, &client, &deep), Ok(QoS::AtLeastOnce));
            // The same once more is not counted twice.
            assert_eq!(subscribe(&hub, &client, &deep), Ok(QoS::AtLeastOnce));
            assert_eq!(subscribe(&hub, &client, &"x".repeat(100)), Err(Full::Subscriptions));
            assert!(left(20_000) && !left(200 * 48));
            assert!(hub.unsubscribe(&client.session, &deep));
            assert!(!hub.unsubscribe(&client.session, &deep));
            assert!(left(0));
        }
        for n in 0..10 {
            subscribe(&hub, &client, &format!("$share/g/a/{n}")).unwrap();
        }
        assert_eq!(subscribe(&hub, &client, "b"), Err(Full::Subscriptions));
        assert!(!left(1600));
        hub.detach(&client.session, &client.link, None);
        assert!(left(0) && receivers(&hub, "a/1") == 0);
        let memory = |hub: &Hub| hub.lock().subscribers.all.memory_used();
        assert!(memory(&hub) < 4096, "{}", memory(&hub));
    }

    #[test]
    fn who_may_have_no_more_subscriptions_displaces_nothing() {
        let (hub, away) = with_one_away(50_000);
        assert_eq!(hub.publish(waiting(80_000)).map(|published| published.receivers), Ok(1));
        let waits = || away.session.outbox().bytes() > 0;
        let client = attach(&hub, "b");
        let long = |n: usize| "x".repeat(n);
        assert_eq!(subscribe(&hub, &client, &long(51_000)), Err(Full::Subscriptions));
        assert!(waits());
        subscribe(&hub, &client, "b").unwrap();
        assert_eq!(subscribe(&hub, &client, &long(10_000)), Err(Full::Subscriptions));
        assert!(waits());
        hub.unsubscribe(&client.session, "b");
        assert_eq!(subscribe(&hub, &client, &long(10_000)), Ok(QoS::AtLeastOnce));
        assert!(!waits());
    }

    #[test]
    fn what_would_not_be_enough_is_not_displaced() {
        let (hub, away) = with_one_away(50_000);
        let waits = || away.session.outbox().bytes() > 0;
        hub.publish(waiting(30_000)).unwrap();
        hub.publish(retained(50_000)).unwrap();
        let client = attach(&hub, "b");
        let long = |n: usize| "x".repeat(n);
        assert_eq!(subscribe(&hub, &client, &long(20_000)), Err(Full::Memory));
        assert_eq!(hub.publish(waiting(60_000)), Err(Full::Memory));
        assert!(waits());
        assert_eq!(subscribe(&hub, &client, &long(10_000)), Ok(QoS::AtLeastOnce));
        assert!(!waits());
        // Nor is less made room for than there is.
        hub.unsubscribe(&client.session, &long(10_000));
        hub.publish(waiting(40_000)).unwrap();
        assert!(hub.publish(waiting(48_000)).is_ok());
    }

    #[test]
    fn who_is_there_comes_first_and_then_for_whom_it_waits() {
        const SHARED: &str = "$share/g/a";
        let hub = Hub::new(Limits::default());
        let join = |name, qos| {
            let attached = attach(&hub, name);
            let (filter, options) =
                (subscription_of(SHARED).unwrap(), SubscriptionOptions::new(qos));
            hub.subscribe(&attached.session, &Request { filter, options, id: None }).unwrap();
            attached
        };
        let leave = |who: &Attached| {
            let departure = Departure { server: absent(99), says_will: true };
            hub.detach(&who.session, &who.link, Some(departure));
        };
        let has = |who: &Attached| who.session.outbox().bytes() > 0;
        let publish = || hub.publish(waiting(1)).unwrap().receivers;
        let (zero, one) = (join("zero", QoS::AtMostOnce), join("one", QoS::AtLeastOnce));
        leave(&zero);
        leave(&one);
        let there = join("there", QoS::AtMostOnce);
        for _ in 0..3 {
            assert_eq!(publish(), 1);
            assert!(has(&there) && !has(&one) && !has(&zero));
        }
        leave(&there);
        assert!(!has(&there));
        for _ in 0..3 {
            assert_eq!(publish(), 1);
        }
        assert!(one.session.outbox().bytes() > 3 * size_of::<Delivery>());
        // Nothing waits for those who are left, but they have subscribed.
        hub.unsubscribe(&one.session, SHARED);
        assert_eq!(publish(), 1);
        assert!(!has(&there) && !has(&zero));
        hub.unsubscribe(&zero.session, SHARED);
        hub.unsubscribe(&there.session, SHARED);
        assert_eq!(publish(), 0);
    }

    #[test]
    fn what_is_forbidden_now_goes_whether_it_is_shared_or_not() {
        let hub = Hub::new(Limits::default());
        let clients = ["a", "b"].map(|name| attach(&hub, name));
        for client in &clients {
            for text in ["x/#", "y", "$share/g/x/1", "$share/g/y"] {
                subscribe(&hub, client, text).unwrap();
            }
        }
        assert_eq!((receivers(&hub, "x/1"), receivers(&hub, "y")), (3, 3));
        let may = |filter: TopicFilter<'_>| filter.as_str() == "y";
        hub.restrict(&clients[0].session, may, |topic| topic == "y");
        assert_eq!((receivers(&hub, "x/1"), receivers(&hub, "y")), (2, 3));
        hub.restrict(&clients[1].session, may, |topic| topic == "y");
        assert_eq!((receivers(&hub, "x/1"), receivers(&hub, "y")), (0, 3));
    }
}
