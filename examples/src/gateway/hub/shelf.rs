//! One session's place on disk.

use std::sync::Arc;
use std::time::Instant;

use mqtt_codec::QoS;

use super::message::{Delivery, Message};
use crate::gateway::store::{self, Op, Row, Store, Subscribed};

/// Where one session is on disk, for as long as it lives.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    store: Arc<Store>,
    session: u64,
}

impl Shelf {
    /// For a session that begins.
    pub(super) fn new(store: &Arc<Store>, name: &Arc<str>) -> Self {
        let session = store.new_id();
        store.push(Op::Begin { session, name: Arc::clone(name) });
        Self::of(store, session)
    }

    /// That of a session that was there.
    pub(super) fn of(store: &Arc<Store>, session: u64) -> Self {
        Self { store: Arc::clone(store), session }
    }

    /// A message waits at this place, or is in flight; without one, only the handle is in use.
    pub(super) fn put(&self, place: u64, delivery: Option<&Delivery>, handle: Option<u32>) {
        let message = delivery.and_then(|delivery| delivery.message.keep(&self.store));
        if message.is_none() && handle.is_none() {
            return; // it cannot be said
        }
        let row = Row {
            message,
            handle,
            exactly_once: delivery.is_some_and(|delivery| delivery.qos == QoS::ExactlyOnce),
            retain: delivery.is_some_and(|delivery| delivery.retain),
            subscription_ids: delivery.map_or(Vec::new(), |d| d.subscription_ids.clone()),
        };
        self.store.push(Op::Queue { session: self.session, place, row });
    }

    /// Nothing is at this place any more.
    pub(super) fn take(&self, place: u64) {
        self.store.push(Op::Unqueue { session: self.session, place });
    }

    /// What the session's machine must not forget.
    pub(super) fn snapshot(&self, bytes: &[u8]) {
        self.store.push(Op::Snapshot { session: self.session, bytes: bytes.into() });
    }

    /// The session's will from now on.
    pub(super) fn will(&self, will: Option<&Message>) {
        let bytes = will.and_then(|will| store::message_of(will, Instant::now()));
        self.store.push(Op::Will { session: self.session, bytes });
    }

    pub(super) fn subscribe(&self, text: &str, subscription: Subscribed) {
        let (session, text) = (self.session, text.into());
        self.store.push(Op::Subscribe { session, text, subscription });
    }

    pub(super) fn unsubscribe(&self, text: &str) {
        self.store.push(Op::Unsubscribe { session: self.session, text: text.into() });
    }

    /// The session is over.
    pub(super) fn end(&self) {
        self.store.push(Op::End { session: self.session });
    }
}
