//! A hash table of places: open addressing, one slot behind the other.

use alloc::vec::Vec;

/// What is found: two numbers, and the hash that they stand under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) hash: u32,
    pub(crate) a: u32,
    /// [`EMPTY`] where there is nothing.
    pub(crate) b: u32,
}

const EMPTY: u32 = u32::MAX;

#[derive(Debug, Clone)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    len: usize,
}

impl Slots {
    pub(crate) const NEW: Self = Self { slots: Vec::new(), len: 0 };

    pub(crate) fn with_room(len: usize) -> Self {
        let mut this = Self::NEW;
        if len > 0 {
            this.resize(len);
        }
        this
    }

    pub(crate) fn memory(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<Slot>())
    }

    /// Most are free, and are many.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.slots.len() > self.len.saturating_mul(8).max(1024)
    }

    /// Where the search for a hash begins.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash).wrapping_mul(self.slots.len() as u64)) >> 32) as usize
    }

    #[inline]
    fn behind(&self, place: usize) -> usize {
        let next = place.wrapping_add(1);
        if next == self.slots.len() { 0 } else { next }
    }

    /// The first slot under `hash` for which `is` is true, and where it is. Some slots are always empty,
    /// so the search ends.
    #[inline]
    pub(crate) fn find(
        &self,
        hash: u32,
        mut is: impl FnMut(Slot) -> bool,
    ) -> Option<(usize, Slot)> {
        let mut place = self.home(hash);
        loop {
            let slot = *self.slots.get(place)?;
            if slot.b == EMPTY {
                return None;
            }
            if slot.hash == hash && is(slot) {
                return Some((place, slot));
            }
            place = self.behind(place);
        }
    }

    /// Has the slot where the search for a hash begins brought into the cache.
    #[inline]
    pub(crate) fn touch(&self, hash: u32) {
        core::hint::black_box(self.slots.get(self.home(hash)).map_or(0, |slot| slot.hash));
    }

    /// Adds one that is not there.
    pub(crate) fn insert(&mut self, slot: Slot) {
        // At most two of three are taken.
        if self.len.saturating_mul(3) >= self.slots.len().saturating_mul(2) {
            self.resize(self.len.saturating_add(self.len / 2).saturating_add(8));
        }
        self.put(slot);
        self.len = self.len.saturating_add(1);
    }

    fn put(&mut self, slot: Slot) {
        let mut place = self.home(slot.hash);
        while self.slots.get(place).is_some_and(|slot| slot.b != EMPTY) {
            place = self.behind(place);
        }
        if let Some(free) = self.slots.get_mut(place) {
            *free = slot;
        }
    }

    /// Room for `len`, and half as many free slots besides.
    fn resize(&mut self, len: usize) {
        let empty = Slot { hash: 0, a: 0, b: EMPTY };
        let room = len.saturating_add(len / 2).saturating_add(8);
        let mut new = Vec::new();
        new.reserve_exact(room);
        new.resize(room, empty);
        let old = core::mem::replace(&mut self.slots, new);
        for slot in old.into_iter().filter(|slot| slot.b != EMPTY) {
            self.put(slot);
        }
    }

    /// Removes what stands at `place`; what was pushed on by it moves up.
    pub(crate) fn remove(&mut self, place: usize) {
        let mut hole = place;
        let mut next = self.behind(hole);
        while let Some(&slot) = self.slots.get(next).filter(|slot| slot.b != EMPTY) {
            // It may stand in the hole unless its home lies between the hole and its place.
            let home = self.home(slot.hash);
            let stays =
                if hole < next { hole < home && home <= next } else { hole < home || home <= next };
            if !stays {
                if let Some(place) = self.slots.get_mut(hole) {
                    *place = slot;
                }
                hole = next;
            }
            next = self.behind(next);
        }
        if let Some(place) = self.slots.get_mut(hole) {
            place.b = EMPTY;
            self.len = self.len.saturating_sub(1);
        }
    }
}
