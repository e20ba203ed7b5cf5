mod block;
mod scan;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use self::block::{Block, TEXT};
use super::names;
use super::order::{self, Key};
use crate::{TopicFilter, TopicName};
pub use scan::IndexScan;

/// A value for each of any number of topic names, and which of them a filter takes.
///
/// Retained messages, or the last state of each thing: the reverse of a [`FilterIndex`](crate::FilterIndex).
///
/// Names are kept in order: level by level, and a level byte by byte. What is below a topic stands behind it,
/// together: `house`, `house/attic`, `house/kitchen`, `house!`.
///
/// They lie in blocks of at most 128 names or 8 KiB, so a name takes its text and 2 bytes besides its value, an
/// eighth more where a block may grow, up to as much again where names were removed, and its part of the 88 bytes
/// of a block. Values lie side by side, and are moved when others come and go: give large ones a box.
///
/// # Work
///
/// Finding a name compares it with as many as the logarithm of their number. `insert` and `remove` then change
/// one block, and if it gets too large or small the list of all blocks, in which a block takes 8 bytes. A
/// [`scan`](Self::scan) does as much as the caller allows, and goes on later. Nothing recurs.
///
/// ```
/// use topic_matcher::{TopicFilter, TopicIndex, TopicName};
///
/// let mut index = TopicIndex::new();
/// index.insert(TopicName::new("house/kitchen/lamp")?, 1);
/// index.insert(TopicName::new("house/attic/lamp")?, 2);
/// index.insert(TopicName::new("house/attic/door")?, 3);
///
/// let lamps = index.scan(TopicFilter::new("house/+/lamp")?, None, usize::MAX);
/// assert!(lamps.map(|(_, value)| *value).eq([2, 1])); // in order
/// assert_eq!(index.remove(TopicName::new("house/attic/lamp")?), Some(2));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Clone)]
pub struct TopicIndex<V> {
    /// None of them is empty. Apart, so that a list of them is short.
    #[expect(clippy::vec_box, reason = "a new block moves those behind it")]
    blocks: Vec<Box<Block<V>>>,
    len: usize,
}

/// Where a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    block: usize,
    at: usize,
}

impl Place {
    const FIRST: Self = Self { block: 0, at: 0 };
    const END: Self = Self { block: usize::MAX, at: 0 };
}

impl<V> TopicIndex<V> {
    /// Without topics.
    #[must_use]
    pub const fn new() -> Self {
        Self { blocks: Vec::new(), len: 0 }
    }

    /// Gives a topic a value: the one that it had before.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// let lamp = TopicName::new("house/lamp")?;
    /// assert_eq!(index.insert(lamp, "on"), None);
    /// assert_eq!(index.insert(lamp, "off"), Some("on"));
    /// assert_eq!((index.get(lamp), index.len()), (Some(&"off"), 1));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn insert(&mut self, name: TopicName<'_>, value: V) -> Option<V> {
        match self.find(name) {
            Ok(place) => self.value_mut(place).map(|known| core::mem::replace(known, value)),
            Err(place) => {
                self.insert_at(place, name.as_str(), value);
                self.len = self.len.saturating_add(1);
                None
            }
        }
    }

    /// Removes a topic: its value, if it was there.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// index.insert(TopicName::new("house/lamp")?, "on");
    /// assert_eq!(index.remove(TopicName::new("house")?), None);
    /// assert_eq!(index.remove(TopicName::new("house/lamp")?), Some("on"));
    /// assert!(index.is_empty());
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn remove(&mut self, name: TopicName<'_>) -> Option<V> {
        let place = self.find(name).ok()?;
        self.remove_at(place).0
    }

    /// The value of this topic, if it is there.
    #[must_use]
    pub fn get(&self, name: TopicName<'_>) -> Option<&V> {
        self.value(self.find(name).ok()?)
    }

    /// The same to change it.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// let lamp = TopicName::new("house/lamp")?;
    /// index.insert(lamp, 1);
    /// if let Some(value) = index.get_mut(lamp) {
    ///     *value += 1;
    /// }
    /// assert_eq!(index.get(lamp), Some(&2));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, name: TopicName<'_>) -> Option<&mut V> {
        let place = self.find(name).ok()?;
        self.value_mut(place)
    }

    /// The topics that a filter takes with their values, in order, from `from` on or from the first.
    ///
    /// It ends after so many `steps`, 1 or more: one for each topic that is looked at, one more for each 128
    /// bytes of it, and as many for each comparison with a text that long where topics are skipped. Then
    /// [`rest`](IndexScan::rest) says where to go on. That is a text, so topics may come and go meanwhile: who
    /// stays is found once.
    ///
    /// What cannot be taken is skipped: by `a/+/c`, all that is below `a/x` and before `a/x/c` in one step, and
    /// all that is behind it in another, which compares with as many names as the logarithm of how many
    /// are skipped. A filter that begins with a wildcard takes no topic that begins with `$`. [MQTT-4.7.2-1]
    ///
    /// ```
    /// use topic_matcher::{TopicFilter, TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// for (text, value) in [("a/x/b", 1), ("a/x/c", 2), ("a/y/c", 3), ("b", 4)] {
    ///     index.insert(TopicName::new(text)?, value);
    /// }
    /// let filter = TopicFilter::new("a/+/c")?;
    /// let mut scan = index.scan(filter, None, 2);
    /// assert_eq!(scan.next(), Some((TopicName::new("a/x/c")?, &2)));
    /// assert_eq!(scan.next(), None);
    /// let rest = scan.rest().ok_or("none")?.to_string();
    /// index.remove(TopicName::new("a/x/c")?);
    /// let mut scan = index.scan(filter, Some(TopicName::new(&rest)?), 9);
    /// assert_eq!(scan.next(), Some((TopicName::new("a/y/c")?, &3)));
    /// assert_eq!((scan.next(), scan.rest()), (None, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn scan<'i, 'f>(
        &'i self,
        filter: TopicFilter<'f>,
        from: Option<TopicName<'_>>,
        steps: usize,
    ) -> IndexScan<'i, 'f, V> {
        let filter = filter.as_bytes();
        let from = from.as_ref().map_or(Key::first_of(filter), |from| Key::new(from.as_bytes()));
        IndexScan { index: self, filter, place: self.seek(Place::FIRST, from), steps }
    }

    /// Removes topics for which `keep` says false, in order, from `from` on or from the first.
    ///
    /// It ends after so many steps, as [`scan`](Self::scan), and says where to go on; `None` after the last.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// for (text, expires) in [("a", 10), ("b", 20), ("c", 10)] {
    ///     index.insert(TopicName::new(text)?, expires);
    /// }
    /// let next = index.retain(None, 2, |_, expires| *expires > 15);
    /// assert_eq!(next, Some(TopicName::new("c")?));
    /// assert!(index.iter().map(|(name, _)| name.as_str()).eq(["b", "c"]));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use = "where to go on; those behind are not looked at"]
    pub fn retain(
        &mut self,
        from: Option<TopicName<'_>>,
        steps: usize,
        mut keep: impl FnMut(TopicName<'_>, &mut V) -> bool,
    ) -> Option<TopicName<'_>> {
        let from = from.as_ref().map_or(&[][..], |from| from.as_bytes());
        let (mut place, mut steps) = (self.seek(Place::FIRST, Key::new(from)), steps);
        while steps > 0 {
            let (name, value) = self.blocks.get_mut(place.block)?.get_mut(place.at)?;
            steps = steps.saturating_sub(order::steps(name.as_bytes()));
            place = if keep(name, value) { self.behind(place) } else { self.remove_at(place).1 };
        }
        self.name(place)
    }

    /// All topics and their values, in order.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// for (text, value) in [("a!", 1), ("a/b", 2), ("a", 3)] {
    ///     index.insert(TopicName::new(text)?, value);
    /// }
    /// assert!(index.iter().map(|(_, value)| *value).eq([3, 2, 1]));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (TopicName<'_>, &V)> {
        self.blocks.iter().flat_map(|block| {
            let named = |(at, value)| Some((block.name(at)?, value));
            block.values.iter().enumerate().filter_map(named)
        })
    }

    /// How many topics there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Are there no topics?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all topics, and gives their memory back.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Bytes on the heap, without what values have there themselves. Looks at every block.
    ///
    /// ```
    /// use topic_matcher::{TopicIndex, TopicName};
    ///
    /// let mut index = TopicIndex::new();
    /// index.insert(TopicName::new("house/lamp")?, 1);
    /// assert!(index.memory_used() > 0);
    /// index.clear();
    /// assert_eq!(index.memory_used(), 0);
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub fn memory_used(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.memory());
        let list = self.blocks.capacity().saturating_mul(size_of::<Box<Block<V>>>());
        blocks.fold(list, usize::saturating_add)
    }

    /// Where the name is, or would be.
    fn find(&self, name: TopicName<'_>) -> Result<Place, Place> {
        let place = self.seek(Place::FIRST, Key::new(name.as_bytes()));
        if self.name(place) == Some(name) { Ok(place) } else { Err(place) }
    }

    /// The first name that does not lie before the key, where none before `from` is one.
    fn seek(&self, from: Place, key: Key<'_>) -> Place {
        let is_before = |at: usize| self.blocks.get(at).is_some_and(|block| block.ends_before(key));
        let block = if from == Place::FIRST {
            names::bisect(0, self.blocks.len(), is_before)
        } else {
            names::gallop(from.block, self.blocks.len(), is_before)
        };
        let Some(names) = self.blocks.get(block).map(|block| block.names()) else {
            return Place { block, at: 0 };
        };
        let at = if block == from.block { names.seek(from.at, key) } else { names.find(key) };
        Place { block, at }
    }

    fn insert_at(&mut self, place: Place, name: &str, value: V) {
        let Place { mut block, mut at } = place;
        loop {
            // At the end of the block before nothing is to be moved.
            let before = block.checked_sub(1).filter(|_| at == 0);
            let before = before.and_then(|before| self.blocks.get_mut(before));
            if let Some(before) = before.filter(|before| before.has_room_for(name)) {
                return before.insert(before.len(), name, value);
            }
            match self.blocks.get_mut(block) {
                Some(known) if known.has_room_for(name) => return known.insert(at, name, value),
                Some(known) if at > 0 => {
                    // A long one gets a block to itself.
                    let cut = if name.len() > TEXT / 4 { at } else { known.len() / 2 };
                    let new = Box::new(known.split_off(cut));
                    let behind = block.saturating_add(1);
                    self.blocks.insert(behind, new);
                    if at >= cut {
                        (block, at) = (behind, at.saturating_sub(cut));
                    }
                }
                _ => return self.blocks.insert(block, Box::new(Block::with(name, value))),
            }
        }
    }

    /// The value, and where the next name is then.
    fn remove_at(&mut self, place: Place) -> (Option<V>, Place) {
        let Place { block, at } = place;
        let Some(known) = self.blocks.get_mut(block).filter(|known| at < known.len()) else {
            return (None, Place::END);
        };
        let value = known.remove(at);
        self.len = self.len.saturating_sub(1);
        let (is_empty, is_small) = (known.len() == 0, known.is_small());
        let mut next = place;
        if is_empty {
            self.remove_block(block);
        } else if is_small {
            self.merge(block);
        }
        if let Some(before) = block.checked_sub(1).filter(|_| is_small) {
            if let Some(len) = self.merge(before) {
                next = Place { block: before, at: len.saturating_add(at) };
            }
        }
        let is_in = self.blocks.get(next.block).is_some_and(|block| next.at < block.len());
        let next_block = Place { block: next.block.saturating_add(1), at: 0 };
        (Some(value), if is_in { next } else { next_block })
    }

    /// Moves the names of the block behind into this one, if they are few: how many it had before.
    fn merge(&mut self, block: usize) -> Option<usize> {
        let behind = block.saturating_add(1);
        let (known, other) = (self.blocks.get(block)?, self.blocks.get(behind)?);
        let len = known.len();
        if !known.is_small_with(other) {
            return None;
        }
        let other = self.remove_block(behind);
        self.blocks.get_mut(block)?.append(*other);
        Some(len)
    }

    /// One that is there.
    fn remove_block(&mut self, block: usize) -> Box<Block<V>> {
        let removed = self.blocks.remove(block);
        if self.blocks.is_empty() || self.blocks.capacity() / 2 > self.blocks.len() {
            self.blocks.shrink_to_fit();
        }
        removed
    }

    /// Where the name behind this one is.
    fn behind(&self, place: Place) -> Place {
        let at = place.at.saturating_add(1);
        match self.blocks.get(place.block) {
            Some(block) if at < block.len() => Place { at, ..place },
            _ => Place { block: place.block.saturating_add(1), at: 0 },
        }
    }

    fn name(&self, place: Place) -> Option<TopicName<'_>> {
        self.blocks.get(place.block)?.name(place.at)
    }

    fn value(&self, place: Place) -> Option<&V> {
        self.blocks.get(place.block)?.values.get(place.at)
    }

    fn value_mut(&mut self, place: Place) -> Option<&mut V> {
        self.blocks.get_mut(place.block)?.values.get_mut(place.at)
    }
}

impl<V> Default for TopicIndex<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for TopicIndex<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
