//! Subscriptions: adding, removing, and which of them take a message.

use std::mem::size_of;
use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::{QoS, RetainHandling, SubscriptionId, SubscriptionOptions};
use topic_matcher::TopicFilter;

use super::memory::{Charge, Memory};
use super::message::{Accepted, Delivery};
use super::outbox::Replay;
use super::session::Session;
use super::sessions::Entry;
use super::{Full, State};
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

/// A subscription of one session.
#[derive(Debug)]
pub(super) struct Subscription {
    /// The whole text; behind `filter_at` is what topic names are compared with.
    text: Box<str>,
    filter_at: usize,
    options: SubscriptionOptions,
    id: Option<SubscriptionId>,
    _charge: Charge,
}

impl Subscription {
    pub(super) fn new(request: &Request<'_>, memory: &Arc<Memory>) -> Option<Self> {
        let text = request.filter.as_str();
        let filter_at = text.len() - request.filter.filter().as_str().len();
        let _charge = memory.charge(Self::cost(request))?;
        Some(Self {
            text: text.into(),
            filter_at,
            options: request.options,
            id: request.id,
            _charge,
        })
    }

    /// The text stands here, in a shared subscription's group, and where messages are owed.
    fn cost(request: &Request<'_>) -> usize {
        size_of::<Self>() + 3 * request.filter.as_str().len()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_shared(&self) -> bool {
        self.filter_at > 0
    }

    /// How a message comes by this subscription alone.
    pub(super) fn delivery_of(&self, message: &Arc<Accepted>) -> Delivery {
        Delivery {
            message: Arc::clone(message),
            qos: self.qos_of(message),
            retain: self.retain_of(message),
            subscription_ids: Vec::from_iter(self.id),
        }
    }

    fn qos_of(&self, message: &Accepted) -> QoS {
        message.qos.min(self.options.qos)
    }

    fn retain_of(&self, message: &Accepted) -> bool {
        message.retain && self.options.retain_as_published
    }

    fn takes(&self, message: &Accepted, client_id: &Arc<str>) -> bool {
        let filter = self.text.as_bytes().get(self.filter_at..).unwrap_or_default();
        topic_matcher::matches(filter, message.topic.as_bytes())
            && !(self.options.no_local && message.publisher.as_ref() == Some(client_id))
    }
}

impl Entry {
    /// How `message` goes to this client by its own subscriptions: once, at the highest QoS of those
    /// that match, with all their identifiers. [MQTT-3.3.4-2] [MQTT-3.3.4-3]
    pub(super) fn delivery_of(&self, message: &Arc<Accepted>) -> Option<Delivery> {
        let client_id = self.session.client_id();
        let mut matching =
            self.subscriptions.iter().filter(|s| !s.is_shared() && s.takes(message, client_id));
        let mut delivery = matching.next()?.delivery_of(message);
        for subscription in matching {
            delivery.qos = delivery.qos.max(subscription.qos_of(message));
            delivery.retain |= subscription.retain_of(message);
            delivery.subscription_ids.extend(subscription.id);
        }
        Some(delivery)
    }
}

impl State {
    pub(super) fn subscribe(
        &mut self,
        session: &Arc<Session>,
        request: &Request<'_>,
    ) -> Result<QoS, Full> {
        self.make_room(Subscription::cost(request));
        let Self { sessions, groups, limits, memory, .. } = self;
        let subscription = Subscription::new(request, memory).ok_or(Full::Memory)?;
        let granted = subscription.options.qos;
        let Some(entry) = sessions.get_mut(session.client_id()).filter(|e| e.is_of(session)) else {
            return Ok(granted); // the session has ended, its connection will in a moment
        };
        let old = entry.subscriptions.iter_mut().find(|s| s.text == subscription.text);
        let is_new = old.is_none();
        if let Some(old) = old {
            *old = subscription; // [MQTT-3.8.4-3]
        } else {
            let bytes = entry.filter_bytes + subscription.text.len();
            if entry.subscriptions.len() >= limits.subscriptions || bytes > limits.filter_bytes {
                return Err(Full::Subscriptions);
            }
            if subscription.is_shared() {
                groups.join(&subscription.text, request.filter.filter(), session);
            }
            entry.subscriptions.push(subscription);
            entry.filter_bytes = bytes;
        }
        let send_retained = match request.options.retain_handling {
            RetainHandling::Send => true,
            RetainHandling::SendIfNew => is_new, // [MQTT-3.3.1-10]
            RetainHandling::DoNotSend => false,  // [MQTT-3.3.1-11]
        };
        // Section 4.8.2: a shared subscription gets none.
        let owes_retained = send_retained && request.filter.share_name().is_none();
        let mut outbox = session.outbox();
        if owes_retained {
            outbox.add_replay(request.filter.as_str());
        }
        if let Some(shelf) = outbox.shelf() {
            let Request { filter, options, id } = *request;
            shelf.subscribe(filter.as_str(), Subscribed { options, id, owes_retained });
        }
        Ok(granted)
    }

    /// Queues the next retained messages that a new subscription is owed. This is under the hub's
    /// lock: otherwise a message that is published now could arrive before the one it replaces.
    pub(super) fn replay(&self, session: &Session, replay: Replay, now: Instant) {
        let Replay { filter, cursor } = replay;
        let entry = self.sessions.get(session.client_id()).filter(|entry| entry.is_of(session));
        let subscription = entry.and_then(|e| e.subscriptions.iter().find(|s| s.text == filter));
        let Some((subscription, parsed)) = subscription.zip(TopicFilter::new(&filter).ok()) else {
            return; // unsubscribed since
        };
        let (found, cursor) = self.retained.scan(parsed, cursor.as_deref(), now);
        let wanted =
            found.iter().filter(|message| subscription.takes(message, session.client_id()));
        let deliveries =
            wanted.map(|message| Delivery { retain: true, ..subscription.delivery_of(message) }); // [MQTT-3.3.1-8]
        let rest = cursor.map(|cursor| Replay { filter: filter.clone(), cursor: Some(cursor) });
        let mut outbox = session.outbox();
        let is_over = rest.is_none();
        outbox.push_replay(deliveries, rest);
        if let Some(shelf) = outbox.shelf().filter(|_| is_over) {
            let Subscription { text, options, id, .. } = subscription;
            let subscription = Subscribed { options: *options, id: *id, owes_retained: false };
            shelf.subscribe(text, subscription);
        }
    }

    /// Removes those subscriptions that a client may not have any more.
    pub(super) fn restrict(
        &mut self,
        session: &Arc<Session>,
        may_subscribe: impl Fn(TopicFilter<'_>) -> bool,
    ) {
        let Some(entry) = self.sessions.get(session.client_id()) else { return };
        let is_forbidden = |subscription: &&Subscription| {
            let filter = subscription.text.get(subscription.filter_at..).unwrap_or_default();
            !TopicFilter::new(filter).is_ok_and(&may_subscribe)
        };
        let forbidden = entry.subscriptions.iter().filter(is_forbidden);
        let forbidden: Vec<Box<str>> = forbidden.map(|s| s.text.clone()).collect();
        for text in forbidden {
            self.unsubscribe(session, &text);
        }
    }

    pub(super) fn unsubscribe(&mut self, session: &Arc<Session>, filter: &str) -> bool {
        let Self { sessions, groups, .. } = self;
        let Some(entry) = sessions.get_mut(session.client_id()).filter(|e| e.is_of(session)) else {
            return false;
        };
        let Some(at) = entry.subscriptions.iter().position(|s| &*s.text == filter) else {
            return false;
        };
        if let Some(shelf) = session.outbox().shelf() {
            shelf.unsubscribe(filter);
        }
        entry.filter_bytes -= filter.len();
        if entry.subscriptions.remove(at).is_shared() {
            groups.leave(filter, session);
        }
        true
    }
}
