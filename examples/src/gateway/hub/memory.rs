//! One budget for all that clients make the hub hold: messages, wills, queues, filters, names.
//!
//! What every session has is beside it, since their number has a limit of its own: a hub that is
//! full still lets in the clients that could empty it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much is held, and how much may be.
#[derive(Debug)]
pub(super) struct Memory {
    used: AtomicUsize,
    limit: usize,
}

/// Bytes of the budget, given back when it is dropped.
#[derive(Debug)]
pub struct Charge {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), limit })
    }

    /// So many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.limit.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    /// Are so many bytes left?
    pub(super) fn has(&self, bytes: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(bytes) <= self.limit
    }

    /// So many bytes, if they are left.
    pub(super) fn charge(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        let mut charge = Charge { memory: Arc::clone(self), bytes: 0 };
        charge.grow(bytes).then_some(charge)
    }
}

impl Charge {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many bytes of the same budget, if they are left.
    pub(super) fn another(&self, bytes: usize) -> Option<Self> {
        self.memory.charge(bytes)
    }

    /// Takes more, if it is left; if not, nothing changes.
    pub(super) fn grow(&mut self, more: usize) -> bool {
        if more == 0 {
            return true;
        }
        let before = self.memory.used.fetch_add(more, Ordering::Relaxed);
        let fits = before.saturating_add(more) <= self.memory.limit;
        if fits {
            self.bytes += more;
        } else {
            self.memory.used.fetch_sub(more, Ordering::Relaxed);
        }
        fits
    }

    /// Is as much as both were, of the same memory.
    pub(super) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Gives some back.
    pub(super) fn shrink(&mut self, less: usize) {
        let less = less.min(self.bytes);
        self.bytes -= less;
        self.memory.used.fetch_sub(less, Ordering::Relaxed);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let memory = Memory::new(100);
        let mut first = memory.charge(60).unwrap();
        assert!(memory.charge(41).is_none());
        assert!(!first.grow(41));
        let second = memory.charge(40).unwrap();
        first.shrink(4);
        first.join(memory.charge(4).unwrap());
        first.shrink(10);
        assert!(memory.has(10) && !memory.has(11) && memory.left() == 10);
        assert!(first.grow(10));
        assert!(!first.grow(1));
        drop(second);
        assert!(first.grow(40));
        drop(first);
        assert_eq!(memory.charge(100).unwrap().bytes(), 100);
    }
}
