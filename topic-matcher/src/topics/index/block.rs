use alloc::vec::Vec;

use crate::topics::names::Names;
use crate::topics::order::Key;

/// Some names that follow each other, and their values.
#[derive(Debug, Clone)]
pub(super) struct Block<V> {
    text: Vec<u8>,
    ends: Vec<u16>,
    pub(super) values: Vec<V>,
}

/// A block holds so many names at most.
pub(super) const NAMES: usize = 64;
/// And so many bytes of them, if it is not a single one.
pub(super) const TEXT: usize = 4 << 10;

impl<V> Block<V> {
    pub(super) fn with(name: &[u8], value: V) -> Self {
        let mut new = Self { text: Vec::new(), ends: Vec::new(), values: Vec::new() };
        new.insert(0, name, value);
        new
    }

    #[inline]
    pub(super) fn names(&self) -> Names<'_> {
        Names { text: &self.text, ends: &self.ends }
    }

    /// A name, and its value to be changed.
    pub(super) fn get_mut(&mut self, at: usize) -> Option<(&[u8], &mut V)> {
        let names = Names { text: &self.text, ends: &self.ends };
        Some((names.get(at)?, self.values.get_mut(at)?))
    }

    /// Do all lie before the key?
    pub(super) fn ends_before(&self, key: Key<'_>) -> bool {
        let last = self.names().get(self.len().saturating_sub(1));
        last.is_some_and(|last| key.is_behind(last))
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn has_room_for(&self, name: &[u8]) -> bool {
        self.len() < NAMES && self.text.len().saturating_add(name.len()) <= TEXT
    }

    /// There is room, or this is the first.
    pub(super) fn insert(&mut self, at: usize, name: &[u8], value: V) {
        let (start, used) = (self.names().start(at), self.text.len());
        grow(&mut self.text, name.len());
        self.text.extend_from_slice(name);
        if start < used {
            let behind = start.saturating_add(name.len());
            self.text.copy_within(start..used, behind);
            if let Some(place) = self.text.get_mut(start..behind) {
                place.copy_from_slice(name);
            }
        }
        let len = name.len() as u16; // at most 65,535, as what the block holds then
        for end in self.ends.iter_mut().skip(at) {
            *end = end.saturating_add(len);
        }
        grow(&mut self.ends, 1);
        self.ends.insert(at, (start as u16).saturating_add(len));
        grow(&mut self.values, 1);
        self.values.insert(at, value);
    }

    pub(super) fn remove(&mut self, at: usize) -> V {
        let names = self.names();
        let (start, end) = (names.start(at), names.start(at.saturating_add(1)));
        self.text.drain(start..end);
        self.ends.remove(at);
        let len = end.saturating_sub(start) as u16; // at most 65,535
        for end in self.ends.iter_mut().skip(at) {
            *end = end.saturating_sub(len);
        }
        let value = self.values.remove(at);
        self.shrink();
        value
    }

    /// Cuts off what begins at `at`.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let start = self.names().start(at);
        let text = self.text.split_off(start);
        let mut ends = self.ends.split_off(at);
        for end in &mut ends {
            *end = end.saturating_sub(start as u16); // within the text
        }
        let new = Self { text, ends, values: self.values.split_off(at) };
        self.shrink();
        new
    }

    /// May it be put together with another one?
    pub(super) fn is_small(&self) -> bool {
        self.len() <= NAMES / 2 && self.text.len() <= TEXT / 2
    }

    /// Are both together at most half of what a block holds?
    pub(super) fn is_small_with(&self, other: &Self) -> bool {
        self.len().saturating_add(other.len()) <= NAMES / 2
            && self.text.len().saturating_add(other.text.len()) <= TEXT / 2
    }

    pub(super) fn append(&mut self, mut other: Self) {
        let start = self.text.len() as u16; // both are small
        grow(&mut self.text, other.text.len());
        self.text.append(&mut other.text);
        grow(&mut self.ends, other.ends.len());
        self.ends.extend(other.ends.iter().map(|end| end.saturating_add(start)));
        grow(&mut self.values, other.values.len());
        self.values.append(&mut other.values);
    }

    pub(super) fn memory(&self) -> usize {
        let ends = self.ends.capacity().saturating_mul(size_of::<u16>());
        let values = self.values.capacity().saturating_mul(size_of::<V>());
        size_of::<Self>()
            .saturating_add(self.text.capacity())
            .saturating_add(ends)
            .saturating_add(values)
    }

    /// Gives memory back if half of it is for nothing.
    fn shrink(&mut self) {
        shrink(&mut self.text);
        shrink(&mut self.ends);
        shrink(&mut self.values);
    }
}

/// Makes room for some more: an eighth more at once, not twice as much.
fn grow<T>(all: &mut Vec<T>, more: usize) {
    if all.capacity().saturating_sub(all.len()) < more {
        all.reserve_exact(more.saturating_add(all.len() / 8));
    }
}

fn shrink<T>(all: &mut Vec<T>) {
    if all.capacity() / 2 > all.len().max(8) {
        all.shrink_to(all.len().saturating_add(all.len() / 8));
    }
}
