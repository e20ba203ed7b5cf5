//! One topic name against millions of filters.

mod entries;
pub(crate) mod hash;
mod lookup;
mod name;
mod shapes;
pub(crate) mod slots;
mod texts;
mod trie;

pub use lookup::Lookup;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use self::hash::Key;
use self::shapes::{Filter, SHAPES, Shape, Shapes};
use self::slots::{Place, Slot, Slots};
use self::texts::Texts;
use self::trie::{NONE, Trie};
use crate::{TopicFilter, TopicName};

/// A value for each of any number of topic filters, and which of them take a topic name.
///
/// ```text
/// house/kitchen/light    no wildcard: one question to a hash table
/// house/+/light          at most one question for each shape, that is for each way in which wildcards stand
/// house/+/+/#            in filters that may take the name; 32 shapes at most
/// +/+/a/+/b/#            of whatever other shape: a tree of levels, whose edges are in a hash table
/// ```
///
/// The shapes that most filters have are asked for by hash; the others, also those with more than 32
/// levels, go to the tree, so that who subscribes to many shapes does not slow the others.
///
/// A filter takes its text, 3 to 6 bytes, and about 32 bytes besides the value, while the index grows some
/// more. In the tree it takes besides, for each level that no other filter has, a node of 28 bytes, and if
/// the level is no `+` its text and about 22 bytes for the edge.
///
/// # Work
///
/// Of a lookup: hashing the name, at most 33 questions to the hash table, and in the tree one visit to each
/// node whose levels take the first levels of the name, with one question to the hash table if the node
/// has children: at most as many as filters of rare shapes have levels. A question is not asked where all
/// filters that a shape has had have a level that the name has not, which takes a comparison for each level of
/// each shape at most, 32 times 32; nor where a shape has had but one filter, with levels of up to 7 bytes. Of
/// the first 32 levels each is hashed once; a deeper one at each node that asks for it, if the node has had a
/// level of that length or a longer one. Where deeper levels lie is known for 128 of them; when the way through the
/// tree comes back to others, it is looked for from the 32nd on. Nothing recurs, and nothing is allocated.
///
/// At worst, all filters take the name and most are of rare shapes: 4,096 filters of twelve levels that are
/// each a text or `+` mean at most 33 questions and 8,190 nodes. With texts that the name has not, of which the
/// one without a text takes it, they mean one question and 13 nodes.
///
/// Of `insert` and `remove`: the length of the filter and one question, and for the first and the last filter of
/// a shape the levels that all such shapes have. Now and then the index is drawn anew, which reads all texts;
/// so seldom that in the long run this is no more than some hundred bytes for each change and for each level of
/// its filter.
///
/// Hashes are made with the key that you give. Who does not know it cannot find filters or names that meet
/// in the table; give random numbers where others choose filters.
///
/// ```
/// use topic_matcher::{FilterIndex, TopicFilter, TopicName};
///
/// let mut index = FilterIndex::new([0x1234_5678, 0x9ABC_DEF0]); // random numbers
/// index.insert(TopicFilter::new("house/+/light")?, "hall").unwrap();
/// index.insert(TopicFilter::new("house/#")?, "log").unwrap();
///
/// let mut found: Vec<_> = index.lookup(TopicName::new("house/cellar/light")?).collect();
/// found.sort();
/// assert_eq!(found, [&"hall", &"log"]);
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Clone)]
pub struct FilterIndex<V> {
    key: Key,
    shapes: Shapes,
    /// Filters whose shape has a number: where their texts and entries are.
    slots: Slots,
    trie: Trie,
    texts: Texts,
    entries: Vec<Entry<V>>,
    /// The first entry that is free, and how many are not.
    free: u32,
    len: usize,
    /// So many filters in the trie are a reason to choose shapes anew.
    trie_limit: usize,
    /// How often entries have gone to other places.
    times_drawn: u32,
    /// Changes before everything may be drawn anew, after there was no room for that.
    patience: usize,
}

#[derive(Debug, Clone)]
struct Entry<V> {
    /// `None` if it is free.
    value: Option<V>,
    /// Where the filter's text is; the next free entry.
    text: u32,
}

impl<V> Entry<V> {
    const fn is_used(&self) -> bool {
        self.value.is_some()
    }
}

/// Filters in the trie for which it does not pay to choose shapes anew.
const FEW: usize = 256;

impl<V> FilterIndex<V> {
    /// Without filters. `key`: random numbers, the same for as long as the index lives.
    #[must_use]
    pub fn new(key: [u64; 2]) -> Self {
        Self::empty(Key::new(key), 0)
    }

    fn empty(key: Key, room: usize) -> Self {
        Self {
            key,
            shapes: Shapes::new(),
            slots: Slots::with_room(room),
            trie: Trie::new(),
            texts: Texts::default(),
            entries: Vec::with_capacity(room),
            free: NONE,
            len: 0,
            trie_limit: FEW,
            times_drawn: 0,
            patience: 0,
        }
    }

    /// Gives a filter a value: the one that it had before.
    ///
    /// # Errors
    ///
    /// [`IndexFull`]: there are 2^32 - 1 filters, or 16 GiB of texts. Nothing has changed then, and it has
    /// the value.
    pub fn insert(&mut self, filter: TopicFilter<'_>, value: V) -> Result<Option<V>, IndexFull<V>> {
        let text = filter.as_bytes();
        let filter = Filter::new(&self.key, text);
        if let Some(entry) = self.find(&filter, text) {
            let known = self.entries.get_mut(entry as usize);
            return Ok(known.and_then(|known| known.value.replace(value)));
        }
        self.add(&filter, text, value).map(|_| None)
    }

    /// Removes a filter: its value, if it was there. With the last one goes all memory.
    pub fn remove(&mut self, filter: TopicFilter<'_>) -> Option<V> {
        let text = filter.as_bytes();
        let entry = match self.find_slot(&Filter::new(&self.key, text), text) {
            Some((place, number, slot)) => {
                self.slots.remove(place);
                self.shapes.remove(number);
                slot.b
            }
            None => self.trie.remove(&self.key, &mut self.texts, text)?,
        };
        let freed = self.entries.get_mut(entry as usize)?;
        let value = freed.value.take();
        self.texts.forget(freed.text);
        freed.text = core::mem::replace(&mut self.free, entry);
        self.len = self.len.saturating_sub(1);
        if self.len == 0 {
            self.clear();
        }
        // Drawing anew reads all texts: not for less than a part of them.
        let few = self.len.max(FEW).max(self.texts.len() / 128);
        let has_spare = self.entries.len() > few.saturating_mul(4) || self.trie.spare > few;
        self.redraw_if(has_spare || self.texts.is_wasteful());
        value
    }

    /// The value of this filter, if it is there.
    #[must_use]
    pub fn get(&self, filter: TopicFilter<'_>) -> Option<&V> {
        let text = filter.as_bytes();
        self.value(self.find(&Filter::new(&self.key, text), text)?)
    }

    /// The same to change it.
    #[must_use]
    pub fn get_mut(&mut self, filter: TopicFilter<'_>) -> Option<&mut V> {
        let text = filter.as_bytes();
        let entry = self.find(&Filter::new(&self.key, text), text)?;
        self.entries.get_mut(entry as usize)?.value.as_mut()
    }

    /// The values of all filters that take a topic name, each once, in no order.
    #[must_use]
    #[inline]
    pub fn lookup<'i, 'n>(&'i self, name: TopicName<'n>) -> Lookup<'i, 'n, V> {
        Lookup::new(self, name.as_bytes())
    }

    /// As [`lookup`](Self::lookup) for many names at once: `visit` gets which name of `names` it is, and a
    /// value. In no order. Faster where the index is too large for the processor's cache, since it waits
    /// for many places of the memory at once; some 16 names are many enough.
    pub fn lookup_all<'i>(&'i self, names: &[TopicName<'_>], visit: impl FnMut(usize, &'i V)) {
        lookup::lookup_all(self, names, visit);
    }

    /// Does any filter take this name?
    #[must_use]
    pub fn any(&self, name: TopicName<'_>) -> bool {
        self.lookup(name).next().is_some()
    }

    /// All filters and their values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (TopicFilter<'_>, &V)> {
        self.entries.iter().filter_map(|entry| {
            let value = entry.value.as_ref()?;
            let text = core::str::from_utf8(self.texts.get(entry.text).1).unwrap_or_default();
            Some((TopicFilter::checked(text), value))
        })
    }

    /// How many filters there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Are there no filters?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all filters, and gives their memory back.
    pub fn clear(&mut self) {
        *self = Self::empty(self.key.clone(), 0);
    }

    /// Bytes on the heap, without what values have there themselves.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        let entries = self.entries.capacity().saturating_mul(size_of::<Entry<V>>());
        let tables = self.slots.memory().saturating_add(self.trie.memory());
        let tables = tables.saturating_add(self.shapes.memory());
        entries.saturating_add(tables).saturating_add(self.texts.memory())
    }

    fn value(&self, entry: u32) -> Option<&V> {
        self.entries.get(entry as usize)?.value.as_ref()
    }

    fn find(&self, filter: &Filter, text: &[u8]) -> Option<u32> {
        match self.find_slot(filter, text) {
            Some((_, _, slot)) => Some(slot.b),
            None if self.trie.len == 0 => None,
            None => self.trie.get(&self.key, &self.texts, text),
        }
    }

    fn find_slot(&self, filter: &Filter, text: &[u8]) -> Option<(Place, u8, Slot)> {
        let number = self.shapes.number(filter.numbered()?)?;
        let is = |slot: Slot| self.texts.get(slot.a) == (number, text);
        let (place, slot) = self.slots.find(self.hash(number, filter), is)?;
        Some((place, number, slot))
    }

    /// Where a filter is, whose shape has this number.
    fn hash(&self, number: u8, filter: &Filter) -> u32 {
        Key::spread(filter.sum.wrapping_add(self.shapes.salt(number)))
    }

    /// Adds a filter that is not there: its entry, unless everything was drawn anew for it.
    fn add(&mut self, filter: &Filter, text: &[u8], value: V) -> Result<u32, IndexFull<V>> {
        let Some((entry, at)) = self.make_room(filter, text) else {
            return Err(IndexFull(value));
        };
        self.put(entry, Entry { value: Some(value), text: at });
        // So many of rare shapes, and so many among all, are worth a look at all of them.
        let few = self.trie_limit.max(self.len / 8).max(self.texts.len() / 512);
        self.redraw_if(self.trie.len > few);
        Ok(entry)
    }

    /// Where the entry and the text of a filter are that is not there yet. `None` if there is no room;
    /// nothing has changed then.
    fn make_room(&mut self, filter: &Filter, text: &[u8]) -> Option<(u32, u32)> {
        let entry = match self.free {
            NONE => u32::try_from(self.entries.len()).ok().filter(|entry| *entry != NONE),
            free => Some(free),
        };
        let entry = entry?;
        let number = self.shapes.add(&self.key, filter);
        let at = self.texts.push(number.unwrap_or(IN_TRIE), text);
        let added = at.and_then(|at| {
            match number {
                Some(number) => {
                    let slot = Slot { hash: self.hash(number, filter), a: at, b: entry };
                    self.slots.insert(slot);
                    self.shapes.put(number, filter, entry);
                }
                None => self.trie.insert(&self.key, &mut self.texts, text, entry)?,
            }
            Some((entry, at))
        });
        if added.is_none() {
            number.inspect(|number| self.shapes.remove(*number));
            at.inspect(|at| self.texts.forget(*at));
        }
        added
    }

    /// Puts an entry where [`make_room`](Self::make_room) says.
    fn put(&mut self, at: u32, entry: Entry<V>) {
        match self.entries.get_mut(at as usize) {
            Some(place) => self.free = core::mem::replace(place, entry).text,
            None => {
                if self.entries.len() == self.entries.capacity() {
                    self.entries.reserve_exact((self.entries.len() / 4).saturating_add(8));
                }
                self.entries.push(entry);
            }
        }
        self.len = self.len.saturating_add(1);
    }

    fn redraw_if(&mut self, is_due: bool) {
        self.patience = self.patience.saturating_sub(1);
        if is_due && self.patience == 0 {
            self.redraw();
        }
    }

    /// Draws everything anew, with no more memory than it needs, and the shapes that most filters have.
    fn redraw(&mut self) {
        let Some((mut new, from)) = self.drawn() else {
            self.patience = self.len;
            return;
        };
        for (entry, from) in new.entries.iter_mut().zip(from) {
            entry.value = self.entries.get_mut(from as usize).and_then(|one| one.value.take());
        }
        new.times_drawn = self.times_drawn.wrapping_add(1);
        *self = new;
    }

    /// All filters anew, without their values, and which entry each has now. `None` if the texts have no
    /// room: other shapes are in the trie then, which keeps the texts of their levels besides.
    fn drawn(&self) -> Option<(Self, Vec<u32>)> {
        let mut new = Self::empty(self.key.clone(), self.len);
        let best = self.best_shapes();
        let mut from = Vec::with_capacity(self.len);
        for has_number in [true, false] {
            for (at, Entry { text, .. }) in (0..).zip(&self.entries).filter(|one| one.1.is_used()) {
                let text = self.texts.get(*text).1;
                let filter = Filter::new(&self.key, text);
                let is_best = |shape: Option<Shape>| shape.is_none_or(|one| best.contains(&one));
                if filter.numbered().is_some_and(is_best) == has_number {
                    let (entry, text) = new.make_room(&filter, text)?;
                    new.put(entry, Entry { value: None, text });
                    from.push(at);
                }
            }
        }
        new.trie_limit = new.trie.len.saturating_mul(2).max(FEW);
        Some((new, from))
    }

    fn best_shapes(&self) -> Vec<Shape> {
        let mut counts = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.is_used()) {
            let filter = Filter::new(&self.key, self.texts.get(entry.text).1);
            if let Some(Some(shape)) = filter.numbered() {
                let count = counts.entry(shape).or_insert(0_usize);
                *count = count.saturating_add(1);
            }
        }
        let mut best: Vec<_> = counts.into_iter().map(|(shape, count)| (count, shape)).collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        best.into_iter().take(SHAPES).map(|(_, shape)| shape).collect()
    }
}

/// In front of a text: a filter whose shape has no number.
const IN_TRIE: u8 = u8::MAX;

impl<V: fmt::Debug> fmt::Debug for FilterIndex<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// There is no room for another filter: the value that was to be its own.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no room for another filter")]
pub struct IndexFull<V>(pub V);

/// Without the value, so that it need not have it.
impl<V> fmt::Debug for IndexFull<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexFull(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    /// So many levels, each as it is or a `+`, as the bits of `mask` say.
    fn masked(levels: u32, mask: u32) -> String {
        let level = |bit: u32| if mask >> bit & 1 == 1 { "+/" } else { "a/" };
        (0..levels).map(level).collect()
    }

    /// At half of the nodes that the name comes to there are such with a text in the place of its long level,
    /// and such that go on for many levels behind it.
    #[test]
    fn hashes_no_level_for_who_cannot_have_it() {
        for (above, below, bits) in
            [(0, 1, 6), (20, 1, 6), (20, 40, 4), (40, 1, 4), (40, 40, 4), (0, 200, 3), (40, 200, 3)]
        {
            let mut index = FilterIndex::new([1, 2]);
            let (above, below) = ("a/".repeat(above), "+/".repeat(below));
            for mask in 0..1 << bits {
                for (level, last) in [("b", "b"), ("+", "c")] {
                    let text = format!("{above}{}{level}/{below}{last}", masked(bits, mask));
                    index.insert(TopicFilter::new(&text).unwrap(), mask).unwrap();
                }
            }
            let below = below.replace('+', "a");
            let name = format!("{above}{}{}/{below}b", masked(bits, 0), "b".repeat(60_000));
            let mut lookup = index.lookup(TopicName::new(&name).unwrap());
            assert!(lookup.next().is_none());
            let (nodes, hashed) = lookup.work();
            assert!(nodes > 60 && nodes <= index.trie.nodes(), "{nodes} nodes");
            assert!(hashed <= name.len().saturating_add(nodes), "{hashed} bytes, {nodes} nodes");
        }
    }

    /// Names with more levels than are known at once, and a way that comes back to the first of them.
    #[test]
    fn finds_levels_again_however_deep() {
        let mut index = FilterIndex::new([1, 2]);
        let mut wanted = 0;
        let mut insert = |text: String, is_wanted: bool| {
            index.insert(TopicFilter::new(&text).unwrap(), ()).unwrap();
            wanted += u32::from(is_wanted);
        };
        for depth in [33, 159, 160, 161, 162, 250, 290, 291] {
            for (end, is_wanted) in [("#", true), ("b/#", depth % 2 == 0), ("bb/#", depth % 2 == 1)]
            {
                insert(format!("a/{}{end}", "+/".repeat(depth)), is_wanted);
            }
        }
        for depth in [30, 93, 121, 126, 128, 131, 201, 230] {
            for fork in ["bb/", "+/"] {
                let text = format!("a/{}{fork}{}bb/#", "+/".repeat(33), "+/".repeat(depth));
                insert(text, depth % 2 == 1);
            }
        }
        let name = format!("a{}", "/b/bb".repeat(150));
        assert_eq!(index.lookup(TopicName::new(&name).unwrap()).count(), wanted as usize);
    }

    /// All filters take the name, or that without a text alone.
    #[test]
    fn comes_to_no_more_nodes_than_it_must() {
        for (text, most) in [("a/", 2_usize.pow(9) - 2), ("b/", 9)] {
            let mut index = FilterIndex::new([1, 2]);
            for mask in 0..256 {
                let text = masked(8, mask).replace("a/", text);
                let filter = TopicFilter::new(text.trim_end_matches('/')).unwrap();
                index.insert(filter, mask).unwrap();
            }
            let name = TopicName::from_static("a/a/a/a/a/a/a/a");
            let mut lookup = index.lookup(name);
            let questions = lookup.questions();
            let found = lookup.by_ref().count();
            // Each of 32 shapes has one filter, so nothing but that without a wildcard is asked for.
            assert_eq!((found, questions), (if text == "a/" { 256 } else { 1 }, 1));
            let (nodes, hashed) = lookup.work();
            assert!(nodes <= most && hashed == name.as_str().len(), "{nodes} nodes");
        }
    }

    /// A filter alone in its shape is not asked for; another one that found no room was nearly there.
    #[test]
    fn takes_no_more_after_an_insert_without_room() {
        let mut index = FilterIndex::new([1, 2]);
        let texts = ["+/a", &"x".repeat(20_000), "+/b"];
        let is_in = texts.map(|text| index.insert(TopicFilter::new(text).unwrap(), ()).is_ok());
        assert_eq!(is_in, [true, true, false]);
        let counts = ["c/a", "c/b"].map(|name| index.lookup(TopicName::from_static(name)).count());
        assert_eq!(counts, [1, 0]);
    }

    /// In tests the texts end at 16 KiB.
    #[test]
    fn loses_nothing_where_the_texts_end() {
        let mut index = FilterIndex::new([1, 2]);
        let mut held = Vec::new();
        let mut insert = |text: String, value: u32| {
            let is_in = match index.insert(TopicFilter::new(&text).unwrap(), value) {
                Ok(before) => before.is_none(),
                Err(IndexFull(given)) => {
                    assert_eq!(given, value);
                    false
                }
            };
            held.extend(is_in.then_some((text, value)));
            assert_eq!(index.len(), held.len());
            is_in
        };
        // Filters with much text have all the numbers, until so many with little are in the trie that
        // the numbers should be theirs. Then the many texts have no room in the trie.
        (1..=32).for_each(|mask| assert!(insert(masked(6, mask) + &"x".repeat(280), mask)));
        let few = (0..600).map(|at| insert(format!("{}b/{}", masked(6, at % 48), at / 48), at));
        assert!(few.filter(|is_in| *is_in).count() > FEW);
        assert!(index.patience > 0 && index.trie.len > FEW, "it has been drawn anew");
        for (text, value) in held {
            assert_eq!(index.remove(TopicFilter::new(&text).unwrap()), Some(value));
        }
        assert_eq!((index.len(), index.memory_used()), (0, 0));
    }
}
