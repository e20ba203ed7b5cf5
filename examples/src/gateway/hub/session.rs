//! One client's session: what outlives a connection, and the link to the connection it has now.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use mqtt_codec::{PacketId, ReasonCode};
use tokio::sync::Notify;

use super::lock;
use super::memory::Memory;
use super::message::{Delivery, Message};
use super::outbox::{Outbox, Outgoing, Replay, Room};

/// A client's session, shared by the hub and the client's connection.
#[derive(Debug)]
pub struct Session {
    client_id: Arc<str>,
    outbox: Mutex<Outbox>,
}

/// The hub's way to wake one connection, or to end it.
#[derive(Debug, Default)]
pub struct Link {
    wake: Notify,
    /// The Reason Code of [`end`](Self::end), 0 before.
    ended: AtomicU8,
}

/// What a client asks the hub to say for it once it is gone. MQTT 5.0 section 3.1.2.5
#[derive(Debug)]
pub struct Will {
    /// What is published.
    pub message: Message,
    /// Its Message Expiry Interval in seconds, which begins when it is published.
    pub expiry: Option<u32>,
    /// Seconds that the hub waits for the client to come back.
    pub delay: u32,
}

impl Session {
    /// A new session, if there is memory for it.
    pub(super) fn new(client_id: Arc<str>, memory: &Arc<Memory>) -> Option<Arc<Self>> {
        let outbox = Mutex::new(Outbox::new(&client_id, memory)?);
        Some(Arc::new(Self { client_id, outbox }))
    }

    /// The client's name.
    pub fn client_id(&self) -> &Arc<str> {
        &self.client_id
    }

    /// The next message to send on the connection of `link`. The answer can change after the link
    /// has woken and after [`acknowledge`](Self::acknowledge).
    pub fn take(&self, link: &Arc<Link>, now: Instant) -> Option<Outgoing> {
        self.outbox().take(link, now)
    }

    /// The client has the message, or will never get it. False if it was not in flight on the
    /// connection of `link`.
    pub fn acknowledge(&self, link: &Arc<Link>, id: PacketId) -> bool {
        self.outbox().acknowledge(link, id)
    }

    /// How many messages were lost because the client did not keep up.
    pub fn dropped(&self) -> u64 {
        self.outbox().dropped()
    }

    pub(super) fn connect(&self, link: Arc<Link>, receive_maximum: u16) {
        self.outbox().connect(link, receive_maximum);
    }

    pub(super) fn disconnect(&self) {
        self.outbox().disconnect();
    }

    pub(super) fn is_linked_to(&self, link: &Arc<Link>) -> bool {
        self.outbox().is_linked_to(link)
    }

    pub(super) fn push(&self, delivery: Delivery, room: Room) {
        self.outbox().push(delivery, room);
    }

    pub(super) fn owes_replay(&self) -> bool {
        self.outbox().owes_replay()
    }

    pub(super) fn take_replay(&self) -> Option<Replay> {
        self.outbox().take_replay()
    }

    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }
}

impl Link {
    /// Waits until there may be something to take, or an end.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Why the connection must end, if it must.
    pub fn ended(&self) -> Option<ReasonCode> {
        match self.ended.load(Ordering::Acquire) {
            0 => None,
            code => ReasonCode::new(code),
        }
    }

    pub(super) fn end(&self, reason: ReasonCode) {
        self.ended.store(reason.get(), Ordering::Release);
        self.wake();
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
}
