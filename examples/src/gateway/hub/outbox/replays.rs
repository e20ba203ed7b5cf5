//! Subscriptions whose retained messages are not all queued yet.
//!
//! They are not queued all at once: a [`Replay`] says where to go on, and the next few come when the client
//! has taken those before. So a client that subscribes and subscribes without reading makes no work.

use std::collections::VecDeque;
use std::sync::Arc;

/// Those of one client, in the order in which they are served.
#[derive(Debug, Default)]
pub(super) struct Replays {
    owed: VecDeque<Replay>,
    /// The place of the last retained message that was queued.
    last: u64,
}

/// A subscription that is owed retained messages.
#[derive(Debug)]
pub(in crate::gateway::hub) struct Replay {
    /// The subscription's whole text.
    pub(in crate::gateway::hub) filter: Box<str>,
    /// The topic at which to go on.
    pub(in crate::gateway::hub) cursor: Option<Arc<str>>,
}

impl Replays {
    /// One more subscription; from the beginning if it waits already.
    pub(super) fn add(&mut self, filter: &str) {
        self.remove(filter);
        self.owed.push_back(Replay { filter: filter.into(), cursor: None });
    }

    /// The subscription is no more.
    pub(super) fn remove(&mut self, filter: &str) {
        self.owed.retain(|replay| &*replay.filter != filter);
    }

    /// Does it wait?
    pub(super) fn owes(&self, filter: &str) -> bool {
        self.owed.iter().any(|replay| &*replay.filter == filter)
    }

    /// Is somebody served now, where the message at `first` waits longest?
    pub(super) fn is_due(&self, first: Option<u64>) -> bool {
        let waits = first.is_some_and(|place| place <= self.last);
        !waits && !self.owed.is_empty()
    }

    /// Who is.
    pub(super) fn take(&mut self, first: Option<u64>) -> Option<Replay> {
        if self.is_due(first) { self.owed.pop_front() } else { None }
    }

    /// Some of its messages are queued, the last of them at `last`; `rest` is what is owed still.
    pub(super) fn queued(&mut self, last: u64, rest: Option<Replay>) {
        self.last = last;
        if let Some(rest) = rest {
            self.owed.push_front(rest);
        }
    }
}
