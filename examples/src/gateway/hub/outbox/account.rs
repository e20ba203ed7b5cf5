//! What one client's messages cost.

use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use super::super::memory::{Charge, Memory};
use super::super::message::Delivery;

/// What is queued or in flight for one client.
#[derive(Debug)]
pub(super) struct Account {
    /// Size of all of it, as if this client alone had it.
    bytes: usize,
    /// What this client alone has: its name, the subscription identifiers of its messages.
    own: Charge,
}

/// What one message costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// As if its receiver alone had it.
    pub(super) bytes: usize,
    /// What its receiver alone has.
    own: usize,
}

impl Cost {
    pub(super) fn of(delivery: &Delivery) -> Self {
        let own = size_of_val(&*delivery.subscription_ids);
        Self { bytes: size_of::<Delivery>() + delivery.message.size() + own, own }
    }
}

impl Account {
    /// With `name` bytes of a name, if there is memory for them.
    pub(super) fn new(name: usize, memory: &Arc<Memory>) -> Option<Self> {
        Some(Self { bytes: 0, own: memory.charge(name)? })
    }

    /// A message more, if there is memory for it.
    pub(super) fn add(&mut self, cost: Cost) -> bool {
        let fits = self.own.grow(cost.own);
        self.bytes += if fits { cost.bytes } else { 0 };
        fits
    }

    /// A message is neither queued nor in flight any more.
    pub(super) fn release(&mut self, cost: Cost) {
        self.bytes -= cost.bytes;
        self.own.shrink(cost.own);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many bytes of the same memory, if they are left.
    pub(super) fn another(&self, bytes: usize) -> Option<Charge> {
        self.own.another(bytes)
    }

    #[cfg(test)]
    pub(super) fn own(&self) -> usize {
        self.own.bytes()
    }
}
