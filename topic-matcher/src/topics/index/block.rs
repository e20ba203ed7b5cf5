use alloc::string::String;
use alloc::vec::Vec;

use crate::TopicName;
use crate::topics::names::Names;
use crate::topics::order::Key;

/// Some names that follow each other, and their values.
#[derive(Debug, Clone)]
pub(super) struct Block<V> {
    text: String,
    ends: Vec<u16>,
    pub(super) values: Vec<V>,
    /// Where the last name begins: blocks are told apart by it, with one look less.
    last: u16,
}

/// A block holds so many names at most.
pub(super) const NAMES: usize = 128;
/// And so many bytes of them, if it is not a single one.
pub(super) const TEXT: usize = 8 << 10;

impl<V> Block<V> {
    pub(super) fn with(name: &str, value: V) -> Self {
        let mut new = Self { text: String::new(), ends: Vec::new(), values: Vec::new(), last: 0 };
        new.insert(0, name, value);
        new
    }

    #[inline]
    pub(super) fn names(&self) -> Names<'_> {
        Names { text: self.text.as_bytes(), ends: &self.ends }
    }

    /// A name; it was checked when it came in.
    #[inline]
    pub(super) fn name(&self, at: usize) -> Option<TopicName<'_>> {
        let end = usize::from(*self.ends.get(at)?);
        self.text.get(self.names().start(at)..end).map(TopicName::checked)
    }

    /// A name, and its value to be changed.
    pub(super) fn get_mut(&mut self, at: usize) -> Option<(TopicName<'_>, &mut V)> {
        let names = Names { text: self.text.as_bytes(), ends: &self.ends };
        let name = self.text.get(names.start(at)..names.start(at.saturating_add(1)))?;
        Some((TopicName::checked(name), self.values.get_mut(at)?))
    }

    /// Do all lie before the key?
    pub(super) fn ends_before(&self, key: Key<'_>) -> bool {
        self.text.as_bytes().get(usize::from(self.last)..).is_some_and(|last| key.is_behind(last))
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn has_room_for(&self, name: &str) -> bool {
        self.len() < NAMES && self.text.len().saturating_add(name.len()) <= TEXT
    }

    /// There is room, or this is the first.
    pub(super) fn insert(&mut self, at: usize, name: &str, value: V) {
        let start = self.names().start(at);
        let more = growth(self.text.len(), self.text.capacity(), name.len());
        self.text.reserve_exact(more);
        self.text.insert_str(start, name);
        let len = name.len() as u16; // at most 65,535, as what the block holds then
        for end in self.ends.iter_mut().skip(at) {
            *end = end.saturating_add(len);
        }
        grow(&mut self.ends, 1);
        self.ends.insert(at, (start as u16).saturating_add(len));
        grow(&mut self.values, 1);
        self.values.insert(at, value);
        self.note_last();
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
        self.note_last();
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
        let mut new = Self { text, ends, values: self.values.split_off(at), last: 0 };
        new.note_last();
        self.note_last();
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
        let more = growth(self.text.len(), self.text.capacity(), other.text.len());
        self.text.reserve_exact(more);
        self.text.push_str(&other.text);
        grow(&mut self.ends, other.ends.len());
        self.ends.extend(other.ends.iter().map(|end| end.saturating_add(start)));
        grow(&mut self.values, other.values.len());
        self.values.append(&mut other.values);
        self.note_last();
    }

    pub(super) fn memory(&self) -> usize {
        let ends = self.ends.capacity().saturating_mul(size_of::<u16>());
        let values = self.values.capacity().saturating_mul(size_of::<V>());
        size_of::<Self>()
            .saturating_add(self.text.capacity())
            .saturating_add(ends)
            .saturating_add(values)
    }

    fn note_last(&mut self) {
        self.last = self.names().start(self.len().saturating_sub(1)) as u16; // within the text
    }

    /// Gives memory back if half of it is for nothing.
    fn shrink(&mut self) {
        if let Some(capacity) = spare(self.text.len(), self.text.capacity()) {
            self.text.shrink_to(capacity);
        }
        if let Some(capacity) = spare(self.ends.len(), self.ends.capacity()) {
            self.ends.shrink_to(capacity);
        }
        if let Some(capacity) = spare(self.values.len(), self.values.capacity()) {
            self.values.shrink_to(capacity);
        }
    }
}

fn grow<T>(all: &mut Vec<T>, more: usize) {
    all.reserve_exact(growth(all.len(), all.capacity(), more));
}

/// Room for so many more; if there is none, for an eighth more besides, not for twice as much.
fn growth(len: usize, capacity: usize, more: usize) -> usize {
    if capacity.saturating_sub(len) < more { more.saturating_add(len / 8) } else { more }
}

/// What capacity is enough, if half of it is for nothing.
fn spare(len: usize, capacity: usize) -> Option<usize> {
    (capacity / 2 > len.max(8)).then(|| len.saturating_add(len / 8))
}
