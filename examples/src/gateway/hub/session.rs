//! One client's session: what outlives a connection, and the link to the connection it has now.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use mqtt_codec::{ReasonCode, session};
use tokio::sync::Notify;

use super::lock;
use super::memory::{Charge, Memory};
use super::message::{Delivery, Message};
use super::outbox::{Outbox, Outgoing, Replay, Room, Wanted};

/// Messages of QoS 1 and 2 that may be in flight with one client, in each direction.
pub const IN_FLIGHT: usize = 128;

/// Messages of QoS 2 that a client may send before it releases the first one. Some libraries for 3.1.1,
/// which cannot be told how many, send hundreds at once.
const PROMISED: usize = 1024;

/// What MQTT remembers of one client: what is in flight under which packet identifier, until when the
/// session lives, whether there is a will. The connection has it while there is one, then the hub.
/// `'m` is memory that was lent for topic aliases, which end with the connection.
pub type Server<'m> = session::Server<'m, IN_FLIGHT, PROMISED>;

/// A client's session, shared by the hub and the client's connection.
#[derive(Debug)]
pub struct Session {
    client_id: Arc<str>,
    outbox: Mutex<Outbox>,
    is_connected: AtomicBool,
}

/// The hub's way to wake one connection, or to end it.
#[derive(Debug, Default)]
pub struct Link {
    wake: Notify,
    /// The Reason Code of [`end`](Self::end), 0 before.
    ended: AtomicU8,
    is_gone: AtomicBool,
    gone: Notify,
}

/// What a client asks the hub to say for it once it is gone. MQTT 5.0 section 3.1.2.5
#[derive(Debug)]
pub struct Will {
    /// What is published.
    pub message: Message,
    /// Its Message Expiry Interval in seconds, which begins when it is published.
    pub expiry: Option<u32>,
}

impl Session {
    /// A new session, if there is memory for it.
    pub(super) fn new(client_id: Arc<str>, memory: &Arc<Memory>) -> Option<Arc<Self>> {
        let outbox = Mutex::new(Outbox::new(&client_id, memory)?);
        Some(Arc::new(Self { client_id, outbox, is_connected: AtomicBool::new(false) }))
    }

    /// The client's name.
    pub fn client_id(&self) -> &Arc<str> {
        &self.client_id
    }

    /// The next messages to send, as far as they are wanted and there are places; behind them is `None`.
    /// The answer can change after the link has woken and after [`done`](Self::done).
    pub fn take(&self, now: Instant, wanted: Wanted, places: &mut [Option<Outgoing>]) {
        self.outbox().take(now, wanted, places);
    }

    /// A message in flight, which must be sent again; `None` if it was given up.
    pub fn again(&self, handle: u32) -> Option<Delivery> {
        self.outbox().again(handle)
    }

    /// The client has a message of QoS 2: its payload is not asked for again.
    pub fn arrived(&self, handle: u32) {
        self.outbox().arrived(handle);
    }

    /// A message is in flight no more: the client has it, or will never get it.
    pub fn done(&self, handle: u32) {
        self.outbox().done(handle);
    }

    /// How many messages were lost because the client did not keep up.
    pub fn dropped(&self) -> u64 {
        self.outbox().dropped()
    }

    /// What is kept of the machine: nothing, if the session need not outlive the process.
    pub fn keep_snapshot(&self, bytes: &[u8]) {
        if let Some(shelf) = self.outbox().shelf() {
            shelf.snapshot(bytes);
        }
    }

    /// So many bytes for what belongs to its connection, if they are left; given back when it is dropped.
    pub fn charge(&self, bytes: usize) -> Option<Charge> {
        self.outbox().charge(bytes)
    }

    /// Does it outlive the process?
    pub fn is_kept(&self) -> bool {
        self.outbox().shelf().is_some()
    }

    /// Drops what the client may not see any more.
    pub(super) fn restrict(&self, may_read: impl Fn(&str) -> bool) {
        self.outbox().restrict(may_read);
    }

    /// Is there a connection? To be asked under the hub's lock.
    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub(super) fn connect(&self, link: Arc<Link>) {
        self.is_connected.store(true, Ordering::Relaxed);
        self.outbox().connect(link);
    }

    pub(super) fn disconnect(&self) {
        self.is_connected.store(false, Ordering::Relaxed);
        self.outbox().disconnect();
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

    /// Waits until the connection has given back its session.
    pub async fn gone(&self) {
        let gone = self.gone.notified();
        if !self.is_gone.load(Ordering::Acquire) {
            gone.await;
        }
    }

    pub(super) fn is_now_gone(&self) {
        self.is_gone.store(true, Ordering::Release);
        self.gone.notify_waiters();
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each connection and each absent client has one.
    #[test]
    fn what_is_remembered_of_a_client_is_small() {
        let bytes = size_of::<Server<'static>>();
        assert!(bytes <= 5 << 10, "{bytes}");
    }
}
