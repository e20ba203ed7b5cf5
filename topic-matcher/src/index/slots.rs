//! A hash table of places: open addressing, in the order of their hashes.

use alloc::vec::Vec;

/// What is found: two numbers, and the hash that they stand under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) hash: u32,
    pub(crate) a: u32,
    /// [`NOTHING`] if it is empty.
    pub(crate) b: u32,
}

impl Slot {
    pub(crate) const ZERO: Self = Self { hash: 0, a: 0, b: 0 };

    /// Is there something under this hash?
    #[inline]
    pub(crate) const fn is_under(self, hash: u32) -> bool {
        (self.hash == hash) & (self.b != NOTHING)
    }
}

const NOTHING: u32 = u32::MAX;

/// No hash is greater, so that it ends each search.
const EMPTY: Slot = Slot { hash: u32::MAX, a: 0, b: NOTHING };

/// What most processors fetch at once.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Line([Slot; SLOTS]);

const SLOTS: usize = 5;

/// Where a slot is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    line: usize,
    slot: usize,
}

/// No hash of a slot that is taken is less than one in front of it, and no slot is empty between it and the line that is its home.
/// So each search ends at the first hash that is not less, and mostly in the line where it begins, whether
/// the hash is there or not.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    /// Those behind the homes have what is pushed on from the last of them.
    lines: Vec<Line>,
    homes: usize,
    len: usize,
}

impl Slots {
    pub(crate) const NEW: Self = Self { lines: Vec::new(), homes: 0, len: 0 };

    pub(crate) fn with_room(len: usize) -> Self {
        let mut this = Self::NEW;
        if len > 0 {
            this.resize(len);
        }
        this
    }

    pub(crate) fn memory(&self) -> usize {
        self.lines.capacity().saturating_mul(size_of::<Line>())
    }

    /// Most are free, and are many.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.homes.saturating_mul(SLOTS) > self.len.saturating_mul(8).max(1024)
    }

    /// The line where the search for a hash begins.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash).wrapping_mul(self.homes as u64)) >> 32) as usize
    }

    /// The place of the first hash that is not less, or one behind all.
    #[inline]
    fn first(&self, hash: u32) -> Place {
        let mut number = self.home(hash);
        while let Some(Line(slots)) = self.lines.get(number) {
            // Each is compared, since nobody can foresee which one it is.
            let less = slots.iter().map(|slot| usize::from(slot.hash < hash));
            let less = less.fold(0, usize::wrapping_add);
            if less < SLOTS {
                return Place { line: number, slot: less };
            }
            number = number.wrapping_add(1);
        }
        Place { line: number, slot: 0 }
    }

    #[inline]
    fn get(&self, place: Place) -> Slot {
        let line = self.lines.get(place.line);
        line.and_then(|line| line.0.get(place.slot)).copied().unwrap_or(EMPTY)
    }

    /// The first slot under `hash`, or another one if there is none: see [`Slot::is_under`].
    #[inline]
    pub(crate) fn seek(&self, hash: u32) -> Slot {
        self.get(self.first(hash))
    }

    /// The first slot under `hash` for which `is` is true, and where it is.
    #[inline]
    pub(crate) fn find(
        &self,
        hash: u32,
        mut is: impl FnMut(Slot) -> bool,
    ) -> Option<(Place, Slot)> {
        let mut place = self.first(hash);
        loop {
            let slot = self.get(place);
            if !slot.is_under(hash) {
                return None;
            }
            if is(slot) {
                return Some((place, slot));
            }
            place = place.next();
        }
    }

    /// Has the line where the search for a hash begins brought into the cache.
    #[inline]
    pub(crate) fn touch(&self, hash: u32) {
        core::hint::black_box(self.get(Place { line: self.home(hash), slot: 0 }).hash);
    }

    /// Adds one that is not there.
    pub(crate) fn insert(&mut self, slot: Slot) {
        // At most two of three are taken.
        if self.len.saturating_mul(3) >= self.homes.saturating_mul(SLOTS.saturating_mul(2)) {
            self.resize(self.len.saturating_add(self.len / 2).saturating_add(8));
        }
        self.put(slot);
        self.len = self.len.saturating_add(1);
    }

    /// Those behind it, as far as none is empty, are pushed on.
    fn put(&mut self, mut slot: Slot) {
        let mut to = self.first(slot.hash);
        while slot.b != NOTHING {
            let there = self.get(to);
            self.set(to, slot);
            slot = there;
            to = to.next();
        }
    }

    fn set(&mut self, place: Place, slot: Slot) {
        if place.line >= self.lines.len() {
            self.lines.reserve_exact(1);
            self.lines.push(Line([EMPTY; SLOTS]));
        }
        let line = self.lines.get_mut(place.line);
        if let Some(there) = line.and_then(|line| line.0.get_mut(place.slot)) {
            *there = slot;
        }
    }

    /// Homes for `len`, half as many besides, and 8 more.
    fn resize(&mut self, len: usize) {
        let room = len.saturating_add(len / 2).saturating_add(8);
        self.homes = room.div_ceil(SLOTS);
        let lines = self.homes.saturating_add(1);
        let mut new = Vec::new();
        new.reserve_exact(lines);
        new.resize(lines, Line([EMPTY; SLOTS]));
        let old = core::mem::replace(&mut self.lines, new);
        // They come in order.
        let mut to = Place { line: 0, slot: 0 };
        for slot in old.into_iter().flat_map(|line| line.0).filter(|slot| slot.b != NOTHING) {
            let home = self.home(slot.hash);
            if to.line < home {
                to = Place { line: home, slot: 0 };
            }
            self.set(to, slot);
            to = to.next();
        }
    }

    /// Removes what stands at `place`; what was pushed on by it moves up.
    pub(crate) fn remove(&mut self, place: Place) {
        let mut hole = place;
        loop {
            let next = hole.next();
            let slot = self.get(next);
            if slot.b == NOTHING || self.home(slot.hash) > hole.line {
                break;
            }
            self.set(hole, slot);
            hole = next;
        }
        self.set(hole, EMPTY);
        self.len = self.len.saturating_sub(1);
    }
}

impl Place {
    const fn next(self) -> Self {
        match self.slot.wrapping_add(1) {
            SLOTS => Self { line: self.line.wrapping_add(1), slot: 0 },
            slot => Self { line: self.line, slot },
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]
mod tests {
    use super::*;

    /// Hashes that are the same or lie side by side, also at both ends, come and go.
    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let (mut slots, mut model, mut most) = (Slots::NEW, Vec::new(), 0);
        let mut random = 1_u64;
        for step in 0..12_000 {
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let (high, low) = ((random >> 32) as u32, (random >> 16) as u32 % 8);
            let hash = [0, 1 << 31, u32::MAX - 7, high][high as usize % 4].saturating_add(low);
            let grows = step / 1_000 % 3 < 2;
            if model.is_empty() || (high >> 8) % 8 < if grows { 5 } else { 2 } {
                slots.insert(Slot { hash, a: !step, b: step });
                model.push((hash, step));
            } else {
                let (hash, b) = model.swap_remove(high as usize % model.len());
                slots.remove(slots.find(hash, |slot| slot.b == b).unwrap().0);
                assert!(slots.find(hash, |slot| slot.b == b).is_none());
            }
            most = model.len().max(most);
            let same = model.iter().filter(|one| one.0 == hash).count();
            let mut found = 0;
            assert!(slots.find(hash, |slot| (found += 1, slot.a == slot.b).1).is_none());
            assert_eq!((found, slots.seek(hash).is_under(hash)), (same, same > 0));
            if step % 100 == 0 {
                for (hash, b) in &model {
                    assert_eq!(slots.find(*hash, |slot| slot.b == *b).unwrap().1.a, !b);
                }
                let used = slots.lines.iter().flat_map(|line| line.0);
                assert_eq!(used.filter(|slot| slot.b != NOTHING).count(), model.len());
            }
        }
        assert!(most > 400);
    }
}
