//! The filters that take a topic name.

use core::hint::black_box;
use core::iter::FusedIterator;

use super::hash::Key;
use super::name::Name;
use super::shapes::{EXACT, SHAPES};
use super::slots::Slot;
use super::trie::Walk;
use super::{FilterIndex, TopicName};
use crate::matching::matches;

/// The values of the filters that take a topic name. See [`FilterIndex::lookup`].
pub struct Lookup<'i, 'n, V> {
    index: &'i FilterIndex<V>,
    name: Name<'n>,
    /// Shapes whose one filter takes the name.
    alone: Numbers,
    /// Shapes for which the hash table has something, and under which hash.
    found: Numbers,
    hashes: [u32; SHAPES + 1],
    walk: Walk,
}

/// Numbers of shapes, as bits.
#[derive(Clone, Copy)]
struct Numbers(u64);

impl Iterator for Numbers {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let number = self.0.trailing_zeros() as u8;
        let has_one = self.0 != 0;
        self.0 &= self.0.wrapping_sub(1);
        has_one.then_some(number)
    }
}

impl<'i, 'n, V> Lookup<'i, 'n, V> {
    #[inline]
    pub(super) fn new(index: &'i FilterIndex<V>, name: &'n [u8]) -> Self {
        let walk = Walk::new(&index.trie);
        let (alone, found) = (Numbers(0), Numbers(0));
        // In its place, since it is large.
        let mut this =
            Self { index, name: Name::new(), alone, found, hashes: [0; SHAPES + 1], walk };
        this.name.read(&index.key, name);
        this.seek();
        this
    }

    /// Finds the shapes that are to be asked for. Each step for all of them before the next step, so that
    /// the processor waits for all of the memory of one step at once.
    #[inline]
    fn seek(&mut self) {
        let index = self.index;
        let (alone, others) = index.shapes.split(index.shapes.candidates(&self.name));
        self.alone = Numbers(alone);
        for number in Numbers(others) {
            let hash = index.hash_of(number, &self.name);
            index.slots.touch(hash);
            if let Some(place) = self.hashes.get_mut(usize::from(number)) {
                *place = hash;
            }
        }
        for number in Numbers(others) {
            let hash = self.hash(number);
            let slot = index.slots.seek(hash);
            if slot.is_under(hash) {
                index.touch(slot, self.name.text);
                self.found.0 |= 1_u64.wrapping_shl(u32::from(number));
            }
        }
    }

    #[inline]
    fn hash(&self, number: u8) -> u32 {
        self.hashes.get(usize::from(number)).copied().unwrap_or(0)
    }
}

impl<V> FilterIndex<V> {
    /// The hash of a filter of this shape that takes the name.
    #[inline]
    fn hash_of(&self, number: u8, name: &Name<'_>) -> u32 {
        Key::spread(self.shapes.sum(number, name))
    }

    /// The text and the entry of what stands in this slot are on their way then.
    #[inline]
    fn touch(&self, slot: Slot, name: &[u8]) {
        self.texts.touch(slot.a, name.len());
        black_box(self.entries.get(slot.b as usize).map_or(0, |entry| entry.text));
    }

    /// The filter of this shape that takes the name, if there is one. It stands in this slot, the first one
    /// under its hash, or behind it.
    #[inline]
    fn question(&self, number: u8, slot: Slot, name: &[u8]) -> Option<&V> {
        if self.is_answer(number, slot, name) {
            return self.value(slot.b);
        }
        self.question_others(number, slot.hash, name)
    }

    #[cold]
    fn question_others(&self, number: u8, hash: u32, name: &[u8]) -> Option<&V> {
        let (_, slot) = self.slots.find(hash, |slot| self.is_answer(number, slot, name))?;
        self.value(slot.b)
    }

    #[inline]
    fn is_answer(&self, number: u8, slot: Slot, name: &[u8]) -> bool {
        let (shape, filter) = self.texts.get(slot.a);
        shape == number && if number == EXACT { filter == name } else { matches(filter, name) }
    }

    /// The one filter of a shape.
    #[inline]
    fn only(&self, number: u8) -> Option<&V> {
        self.value(self.shapes.only(number)?)
    }
}

#[cfg(test)]
impl<V> Lookup<'_, '_, V> {
    /// To how many nodes it has come, and how many bytes of levels it has hashed.
    pub(super) const fn work(&self) -> (usize, usize) {
        (self.walk.nodes, self.name.hashed)
    }

    pub(super) fn questions(&self) -> u32 {
        let shapes = &self.index.shapes;
        shapes.split(shapes.candidates(&self.name)).1.count_ones()
    }
}

impl<'i, V> Iterator for Lookup<'i, '_, V> {
    type Item = &'i V;

    #[inline]
    fn next(&mut self) -> Option<&'i V> {
        let index = self.index;
        for number in self.alone.by_ref() {
            if let Some(value) = index.only(number) {
                return Some(value);
            }
        }
        while let Some(number) = self.found.next() {
            let slot = index.slots.seek(self.hash(number));
            if let Some(value) = index.question(number, slot, self.name.text) {
                return Some(value);
            }
        }
        let entry = self.walk.next(&index.trie, &index.key, &index.texts, &mut self.name)?;
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
    /// At first its hash alone.
    slot: Slot,
}

/// Questions that are asked at once.
const TOGETHER: usize = 64;

pub(super) fn lookup_all<'i, V>(
    index: &'i FilterIndex<V>,
    names: &[TopicName<'_>],
    mut visit: impl FnMut(usize, &'i V),
) {
    let mut questions = [Question { name: 0, number: 0, slot: Slot::ZERO }; TOGETHER];
    let mut asked = 0_usize;
    let mut name = Name::new();
    for (at, text) in names.iter().enumerate() {
        name.read(&index.key, text.as_bytes());
        let (alone, others) = index.shapes.split(index.shapes.candidates(&name));
        for number in Numbers(others) {
            if asked == TOGETHER {
                ask(index, names, &mut questions, &mut visit);
                asked = 0;
            }
            if let Some(place) = questions.get_mut(asked) {
                let hash = index.hash_of(number, &name);
                let slot = Slot { hash, ..Slot::ZERO };
                *place = Question { name: at, number, slot };
                asked = asked.wrapping_add(1);
            }
        }
        for number in Numbers(alone) {
            index.only(number).inspect(|value| visit(at, value));
        }
        let mut walk = Walk::new(&index.trie);
        while let Some(entry) = walk.next(&index.trie, &index.key, &index.texts, &mut name) {
            index.value(entry).inspect(|value| visit(at, value));
        }
    }
    ask(index, names, questions.get_mut(..asked).unwrap_or_default(), &mut visit);
}

/// Each step for all questions before the next step, as [`Lookup::seek`].
fn ask<'i, V>(
    index: &'i FilterIndex<V>,
    names: &[TopicName<'_>],
    questions: &mut [Question],
    visit: &mut impl FnMut(usize, &'i V),
) {
    for question in &*questions {
        index.slots.touch(question.slot.hash);
    }
    let mut found = 0_usize;
    for at in 0..questions.len() {
        let Some(mut question) = questions.get(at).copied() else { break };
        let slot = index.slots.seek(question.slot.hash);
        let is_there = slot.is_under(question.slot.hash);
        question.slot = slot;
        // Kept or written over by the next one, without a branch, which nobody could foresee.
        if let Some(place) = questions.get_mut(found) {
            *place = question;
        }
        found = found.wrapping_add(usize::from(is_there));
    }
    let found = questions.get(..found).unwrap_or_default();
    for question in found {
        let name = names.get(question.name).map_or(&[][..], |name| name.as_bytes());
        index.touch(question.slot, name);
    }
    for question in found {
        let Some(name) = names.get(question.name) else { continue };
        if let Some(value) = index.question(question.number, question.slot, name.as_bytes()) {
            visit(question.name, value);
        }
    }
}
