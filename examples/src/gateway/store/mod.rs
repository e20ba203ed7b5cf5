//! What outlives the process: the sessions that clients have asked to keep, retained messages, and what
//! the bridge has taken.
//!
//! ```text
//!   hub, connections --ops--> pending --all at once--> one transaction --> committed
//!        |                                                                    |
//!        +-- bytes that tell of it wait in the connection's output <----------+
//! ```
//!
//! Whatever changes is an [`Op`], put down in the order in which it happens. A thread of its own takes
//! all that there are, and writes them in one transaction; while the disk is busy, more come together.
//! Nothing that is said on a connection leaves before the changes of its [`Turn`] are on disk: so the
//! world outside has never seen a state that a restart does not find. A turn is in one transaction as a
//! whole, so a message of QoS 2 is taken with its packet identifier or not at all.

mod disk;
mod record;

use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;

use mqtt_codec::{SubscriptionId, SubscriptionOptions};
use tokio::sync::watch;

use super::hub::Message;
use disk::Disk;
pub(super) use record::{message_of, unix_secs};

/// The way to the disk.
#[derive(Debug)]
pub struct Store {
    pending: Mutex<Pending>,
    wake: Condvar,
    /// Held together by those in a turn, and alone by the thread that takes what is pending.
    turns: RwLock<()>,
    committed: watch::Sender<Committed>,
    next_id: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Pending {
    ops: Vec<Op>,
    bytes: usize,
    /// The number of the last one ever.
    last: u64,
    ends: bool,
}

/// How far the disk is.
#[derive(Debug, Clone, Default)]
struct Committed {
    sequence: u64,
    failure: Option<Arc<str>>,
}

/// A change.
#[derive(Debug)]
pub enum Op {
    /// A session begins.
    Begin { session: u64, name: Arc<str> },
    /// A session is over, with all that it had.
    End { session: u64 },
    /// What its machine must not forget.
    Snapshot { session: u64, bytes: Box<[u8]> },
    /// Its will.
    Will { session: u64, bytes: Option<Box<[u8]>> },
    /// A subscription, new or changed.
    Subscribe { session: u64, text: Box<str>, subscription: Subscribed },
    /// A subscription is gone.
    Unsubscribe { session: u64, text: Box<str> },
    /// A message waits for its client, is in flight, or has arrived.
    Queue { session: u64, place: u64, row: Row },
    /// It is done.
    Unqueue { session: u64, place: u64 },
    /// A message that others refer to.
    Message { message: u64, bytes: Box<[u8]> },
    /// Nobody refers to it any more.
    Forget { message: u64 },
    /// A topic's retained message, or none.
    Retain { topic: Arc<str>, message: Option<u64> },
    /// What the bridge's client at one side must not forget.
    Bridge { side: u8, bytes: Box<[u8]> },
    /// What it has subscribed to there.
    BridgeAsked { side: u8, bytes: Box<[u8]> },
    /// A message that it has taken for that side, by its handle there; or it is done.
    Bridged { side: u8, handle: u32, bytes: Option<Box<[u8]>> },
}

/// How a subscription was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribed {
    /// How messages are wanted.
    pub options: SubscriptionOptions,
    /// Sent back with each message.
    pub id: Option<SubscriptionId>,
    /// Its retained messages have not all been queued.
    pub owes_retained: bool,
}

/// A message on its way to one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The message; `None` once it has arrived and only its handle is in use.
    pub message: Option<u64>,
    /// What it is in flight under.
    pub handle: Option<u32>,
    /// At QoS 2, not 1.
    pub exactly_once: bool,
    /// What the receiver sees.
    pub retain: bool,
    /// The identifiers of all subscriptions that matched.
    pub subscription_ids: Vec<SubscriptionId>,
}

/// What was found at the start.
#[derive(Debug, Default)]
pub struct Kept {
    /// By number.
    pub messages: Vec<(u64, Message)>,
    /// Topics, and the numbers of their messages.
    pub retained: Vec<(String, u64)>,
    /// All that can go on.
    pub sessions: Vec<KeptSession>,
    /// The bridge's two sides.
    pub bridge: [KeptSide; 2],
}

/// One side of the bridge.
#[derive(Debug, Default)]
pub struct KeptSide {
    /// What its client must not forget, if there was one.
    pub client: Option<Vec<u8>>,
    /// What it has subscribed to.
    pub asked: Option<Vec<u8>>,
    /// Messages by their handle, in its order.
    pub messages: Vec<(u32, Vec<u8>)>,
}

/// A session that can go on.
#[derive(Debug)]
pub struct KeptSession {
    /// Its number.
    pub session: u64,
    /// Its name in the hub.
    pub name: String,
    /// What its machine must not forget.
    pub snapshot: Vec<u8>,
    /// Its will.
    pub will: Option<Message>,
    /// Subscriptions by their whole text.
    pub subscriptions: Vec<(String, Subscribed)>,
    /// Places and messages, in their order.
    pub queue: Vec<(u64, Row)>,
}

/// Why there is no store.
#[derive(Debug)]
pub struct StoreError {
    path: PathBuf,
    why: String,
}

/// Changes that belong together; they are in the same transaction.
pub struct Turn<'s> {
    _turn: RwLockReadGuard<'s, ()>,
}

/// While so many bytes wait for the disk, who makes more has to wait too.
const BEHIND: usize = 8 << 20;

thread_local! {
    /// The number of the last change that was put down in this thread's turn; 0 if there was none.
    static LAST: Cell<u64> = const { Cell::new(0) };
}

impl Store {
    /// Opens a file, or makes one, and tells what is in it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; a file that is no store of ours is left as it is.
    pub fn open(path: &Path) -> Result<(Arc<Self>, Kept), StoreError> {
        let fail = |why| StoreError { path: path.into(), why };
        let mut disk = Disk::open(path).map_err(fail)?;
        let (kept, last_id) = disk.load().map_err(fail)?;
        let store = Arc::new(Self {
            pending: Mutex::default(),
            wake: Condvar::new(),
            turns: RwLock::new(()),
            committed: watch::Sender::new(Committed::default()),
            next_id: AtomicU64::new(last_id + 1),
            thread: Mutex::new(None),
        });
        let own = Arc::clone(&store);
        let spawned = std::thread::Builder::new().name("store".to_owned());
        let spawned = spawned.spawn(move || own.work(&mut disk));
        let spawned = spawned.map_err(|error| fail(format!("no thread: {error}")))?;
        *lock(&store.thread) = Some(spawned);
        Ok((store, kept))
    }

    /// A number that no session and no message has or had.
    pub fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Begins a turn of this thread, which must end before anything is awaited.
    pub fn turn(&self) -> Turn<'_> {
        LAST.set(0);
        Turn { _turn: self.turns.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Puts down a change.
    pub fn push(&self, op: Op) {
        let mut pending = lock(&self.pending);
        pending.last += 1;
        pending.bytes += op.size();
        LAST.set(pending.last);
        if pending.ops.is_empty() {
            self.wake.notify_one();
        }
        pending.ops.push(op);
    }

    /// The number of the last change.
    pub fn sequence(&self) -> u64 {
        lock(&self.pending).last
    }

    /// The number of the last change that is on disk.
    pub fn committed(&self) -> u64 {
        self.committed.borrow().sequence
    }

    /// Waits until a change is on disk; for ever if the disk has failed.
    pub async fn wait_for(&self, sequence: u64) {
        let is_done = |committed: &Committed| committed.sequence >= sequence;
        let _ = self.committed.subscribe().wait_for(is_done).await;
    }

    /// Waits until the disk fails, and tells why.
    pub async fn failed(&self) -> Arc<str> {
        let mut committed = self.committed.subscribe();
        match committed.wait_for(|committed| committed.failure.is_some()).await {
            Ok(committed) => committed.failure.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Does more wait for the disk than is good?
    pub fn is_behind(&self) -> bool {
        lock(&self.pending).bytes > BEHIND
    }

    /// Waits, if more waits for the disk than is good, until that is there.
    pub async fn catch_up(&self) {
        if self.is_behind() {
            self.wait_for(self.sequence()).await;
        }
    }

    /// Writes what is pending, and closes the file. Nothing may be put down behind it.
    pub fn close(&self) {
        lock(&self.pending).ends = true;
        self.wake.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }

    /// The power is cut: what was not written is lost.
    #[cfg(test)]
    pub fn cut(&self) {
        lock(&self.pending).ops.clear();
        self.close();
    }

    fn work(&self, disk: &mut Disk) {
        loop {
            let mut pending = lock(&self.pending);
            while pending.ops.is_empty() && !pending.ends {
                pending = self.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
            }
            drop(pending);
            let alone = self.turns.write().unwrap_or_else(PoisonError::into_inner);
            let mut pending = lock(&self.pending);
            let (ops, sequence) = (std::mem::take(&mut pending.ops), pending.last);
            pending.bytes = 0;
            drop((pending, alone));
            if ops.is_empty() {
                return; // it ends
            }
            if let Err(why) = disk.apply(ops) {
                self.committed.send_modify(|committed| committed.failure = Some(why.into()));
                return;
            }
            self.committed.send_modify(|committed| committed.sequence = sequence);
        }
    }
}

impl Turn<'_> {
    /// Ends it: the number of the last of its changes, if there were any.
    pub fn end(self) -> Option<u64> {
        Some(LAST.get()).filter(|last| *last > 0)
    }
}

impl Op {
    /// About so much memory.
    fn size(&self) -> usize {
        let more = match self {
            Self::Snapshot { bytes, .. }
            | Self::Message { bytes, .. }
            | Self::Will { bytes: Some(bytes), .. }
            | Self::Bridge { bytes, .. }
            | Self::BridgeAsked { bytes, .. }
            | Self::Bridged { bytes: Some(bytes), .. } => bytes.len(),
            Self::Subscribe { text, .. } | Self::Unsubscribe { text, .. } => text.len(),
            Self::Begin { name: text, .. } | Self::Retain { topic: text, .. } => text.len(),
            Self::Queue { row, .. } => size_of_val(row.subscription_ids.as_slice()),
            _ => 0,
        };
        size_of::<Self>() + more
    }
}

impl StoreError {
    pub(super) fn new(path: &Path, why: String) -> Self {
        Self { path: path.into(), why }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for StoreError {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[test]
    fn who_makes_changes_waits_for_a_disk_that_is_behind() {
        let path = std::env::temp_dir().join(format!("store-behind-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let (store, _) = Store::open(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.catch_up()); // at once
        let turn = store.turn();
        for message in 0..3 {
            store.push(Op::Message { message, bytes: vec![0; BEHIND / 2].into() });
        }
        assert!(store.is_behind() && store.committed() == 0);
        runtime.block_on(async {
            let mut catching_up = pin!(store.catch_up());
            let waits = poll_fn(|cx| Poll::Ready(catching_up.as_mut().poll(cx).is_pending()));
            assert!(waits.await);
            drop(turn);
            catching_up.await;
        });
        assert!(!store.is_behind());
        assert_eq!(store.committed(), 3);
        store.close();
        std::fs::remove_file(&path).unwrap();
    }
}
