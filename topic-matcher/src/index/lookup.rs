//! The filters that take a topic name.

use core::iter::FusedIterator;

use super::hash::{Key, LEVELS};
use super::shapes::EXACT;
use super::slots::Slot;
use super::trie::Walk;
use super::{FilterIndex, TopicName};
use crate::matching::matches;

/// The values of the filters that take a topic name. See [`FilterIndex::lookup`].
pub struct Lookup<'i, 'n, V> {
    index: &'i FilterIndex<V>,
    name: &'n [u8],
    sums: Sums,
    walk: Walk,
}

/// Where to look for a name: its levels' hashes, and the shapes that are left to ask for.
struct Sums {
    levels: [u64; LEVELS],
    /// Of all levels.
    all: u64,
    /// Numbers of shapes, as bits.
    left: u64,
}

impl Sums {
    #[inline]
    fn new<V>(index: &FilterIndex<V>, name: &[u8]) -> Self {
        let (mut levels, mut count, mut all) = ([0; LEVELS], 0_usize, 0_u64);
        for (hash, _) in index.key.levels(name) {
            if let Some(level) = levels.get_mut(count) {
                *level = hash;
            }
            count = count.saturating_add(1);
            all = all.wrapping_add(hash);
        }
        let left = index.shapes.candidates(count, name.first() == Some(&b'$'));
        Self { levels, all, left }
    }

    /// Without the shapes that have nothing where the search begins. The processor waits for all of these
    /// places at once, since no answer decides about the next question.
    #[inline]
    fn thin<V>(&mut self, index: &FilterIndex<V>) {
        let mut stay = 0;
        while let Some((number, hash)) = self.next(index) {
            let is_taken = index.slots.first(hash).is_some_and(|slot| !slot.is_empty());
            stay |= u64::from(is_taken).wrapping_shl(u32::from(number));
        }
        self.left = stay;
    }

    /// The next shape, and the hash of a filter of this shape that takes the name.
    #[inline]
    fn next<V>(&mut self, index: &FilterIndex<V>) -> Option<(u8, u32)> {
        if self.left == 0 {
            return None;
        }
        let number = self.left.trailing_zeros() as u8;
        self.left &= self.left.wrapping_sub(1);
        let sum = match number {
            EXACT => self.all,
            _ => index.shapes.sum(number, &self.levels),
        };
        Some((number, Key::spread(sum)))
    }
}

impl<'i, 'n, V> Lookup<'i, 'n, V> {
    pub(super) fn new(index: &'i FilterIndex<V>, name: &'n [u8]) -> Self {
        let mut sums = Sums::new(index, name);
        sums.thin(index);
        Self { index, name, sums, walk: Walk::new(&index.trie) }
    }
}

impl<V> FilterIndex<V> {
    /// The filter of this shape that takes the name, if there is one.
    #[inline]
    fn question(&self, number: u8, hash: u32, name: &[u8]) -> Option<&V> {
        let is = |slot: Slot| {
            let (shape, filter) = self.texts.get(slot.a);
            shape == number && matches(filter, name)
        };
        let (_, slot) = self.slots.find(hash, is)?;
        self.value(slot.b)
    }
}

impl<'i, V> Iterator for Lookup<'i, '_, V> {
    type Item = &'i V;

    #[inline]
    fn next(&mut self) -> Option<&'i V> {
        let index = self.index;
        while let Some((number, hash)) = self.sums.next(index) {
            if let Some(value) = index.question(number, hash, self.name) {
                return Some(value);
            }
        }
        let entry = self.walk.next(&index.trie, &index.key, &index.texts, self.name)?;
        index.value(entry)
    }
}

impl<V> FusedIterator for Lookup<'_, '_, V> {}

impl<V: core::fmt::Debug> core::fmt::Debug for Lookup<'_, '_, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

/// A question that is asked together with others.
#[derive(Clone, Copy)]
struct Question {
    name: usize,
    number: u8,
    hash: u32,
}

/// Questions that are asked at once.
const TOGETHER: usize = 64;

pub(super) fn lookup_all<'i, V>(
    index: &'i FilterIndex<V>,
    names: &[TopicName<'_>],
    mut visit: impl FnMut(usize, &'i V),
) {
    let mut questions = [Question { name: 0, number: 0, hash: 0 }; TOGETHER];
    let mut asked = 0_usize;
    for (name, text) in names.iter().enumerate() {
        let mut sums = Sums::new(index, text.as_bytes());
        while let Some((number, hash)) = sums.next(index) {
            if let Some(place) = questions.get_mut(asked) {
                *place = Question { name, number, hash };
                asked = asked.saturating_add(1);
            }
            if asked == TOGETHER {
                ask(index, names, &questions, &mut visit);
                asked = 0;
            }
        }
    }
    ask(index, names, questions.get(..asked).unwrap_or_default(), &mut visit);
    for (name, text) in names.iter().enumerate() {
        let mut walk = Walk::new(&index.trie);
        while let Some(entry) = walk.next(&index.trie, &index.key, &index.texts, text.as_bytes()) {
            index.value(entry).inspect(|value| visit(name, value));
        }
    }
}

/// Each step for all questions before the next step, so that the processor waits for all of the memory of
/// one step at once.
fn ask<'i, V>(
    index: &'i FilterIndex<V>,
    names: &[TopicName<'_>],
    questions: &[Question],
    visit: &mut impl FnMut(usize, &'i V),
) {
    let mut found = [None; TOGETHER];
    for (question, found) in questions.iter().zip(&mut found) {
        *found = index.slots.first(question.hash);
    }
    // Most places that nothing is at are empty; else the texts come into the cache.
    let mut texts = [0; TOGETHER];
    for ((question, found), text) in questions.iter().zip(&found).zip(&mut texts) {
        if let Some(slot) = found.filter(|slot| slot.hash == question.hash) {
            *text = index.texts.get(slot.a).0;
            core::hint::black_box(index.entries.get(slot.b as usize).map(|entry| entry.text));
        }
    }
    core::hint::black_box(&texts);
    for (question, slot) in questions.iter().zip(&found) {
        let is_empty = slot.is_none_or(|slot| slot.is_empty());
        let Some(name) = names.get(question.name).filter(|_| !is_empty) else { continue };
        if let Some(value) = index.question(question.number, question.hash, name.as_bytes()) {
            visit(question.name, value);
        }
    }
}
