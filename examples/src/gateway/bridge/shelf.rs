//! One side of the bridge on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::held::Held;
use crate::gateway::store::{Op, Store};
use crate::mqtt_client::driver::Session;

/// What is there, and what is to be put there.
pub(super) struct Shelf {
    side: u8,
    /// The broker and the session's name there, behind their length.
    whose: Vec<u8>,
    /// The client as it was put down last.
    client: Box<[u8]>,
    /// Messages to put down or to remove.
    changed: BTreeSet<u32>,
    /// What was subscribed to, if that is to be put down.
    asked: Option<Vec<u8>>,
    /// The session may have changed.
    is_touched: bool,
    /// The session waits for it.
    pub(super) is_due: bool,
}

/// A client as it was: the next handle, and a snapshot if it is of the session that was asked for.
///
/// ```text
/// +-------------+--------+---------------------+----------+
/// | next handle | length | broker and session  | snapshot |
/// | 4 bytes     | 4      |                     |          |
/// +-------------+--------+---------------------+----------+
/// ```
pub(super) struct KeptClient<'k> {
    pub(super) next_handle: u32,
    pub(super) snapshot: Option<&'k [u8]>,
}

impl Shelf {
    /// Of this side of the bridge, for the session `name` at `broker`.
    pub(super) fn new(side: u8, broker: &str, name: &str) -> Self {
        let whose = format!("{broker} {name}");
        let len = u32::try_from(whose.len()).unwrap_or(u32::MAX);
        let whose = [&len.to_be_bytes(), whose.as_bytes()].concat();
        let (client, changed) = (Box::default(), BTreeSet::new());
        Self { side, whose, client, changed, asked: None, is_touched: false, is_due: false }
    }

    /// What a record says of the client; `None` if it is none.
    pub(super) fn read<'k>(&self, record: &'k [u8]) -> Option<KeptClient<'k>> {
        let (next_handle, rest) = record.split_first_chunk()?;
        let next_handle = u32::from_be_bytes(*next_handle);
        Some(KeptClient { next_handle, snapshot: rest.strip_prefix(&*self.whose) })
    }

    /// What a record says of subscriptions, if they are of the session that was asked for:
    /// `length 4, broker and session`, and behind them what [`asked`](Self::asked) was given.
    pub(super) fn read_asked<'k>(&self, record: &'k [u8]) -> Option<&'k [u8]> {
        record.strip_prefix(&*self.whose)
    }

    /// The message has changed, or is gone.
    pub(super) fn changed(&mut self, handle: u32) {
        self.changed.insert(handle);
        self.is_touched = true;
    }

    /// The session has changed: it must be put down in the same step as what belongs to it.
    pub(super) fn touched(&mut self) {
        self.is_touched = true;
    }

    /// What is subscribed to has changed.
    pub(super) fn asked(&mut self, bytes: Vec<u8>) {
        self.asked = Some(bytes);
    }

    /// Puts down what has changed.
    pub(super) fn keep<const N: usize>(
        &mut self,
        store: &Store,
        session: &mut Session<'_, N>,
        messages: &BTreeMap<u32, Held>,
        next_handle: u32,
    ) {
        let side = self.side;
        if let Some(asked) = self.asked.take() {
            let bytes = [&*self.whose, &*asked].concat().into();
            store.push(Op::BridgeAsked { side, bytes });
        }
        if !std::mem::take(&mut self.is_touched) && !self.is_due {
            return; // messages of QoS 0 change nothing
        }
        let now = Instant::now();
        for handle in std::mem::take(&mut self.changed) {
            let bytes = messages.get(&handle).and_then(|held| held.record(now));
            store.push(Op::Bridged { side, handle, bytes });
        }
        let mut snapshot = vec![0; Session::<N>::SNAPSHOT];
        let len = session.snapshot(&mut snapshot).unwrap_or_default();
        let snapshot = snapshot.get(..len).unwrap_or_default();
        let client = [&next_handle.to_be_bytes(), &*self.whose, snapshot].concat().into();
        if self.client != client {
            self.client = client;
            store.push(Op::Bridge { side, bytes: self.client.clone() });
        }
    }
}
