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
    left: Left,
    walk: Walk,
}

/// Numbers of the shapes that are left to ask for, as bits.
struct Left(u64);

impl Left {
    /// The next shape, and the hash of a filter of this shape that takes the name.
    #[inline]
    fn next<V>(&mut self, index: &FilterIndex<V>, name: &Name<'_>) -> Option<(u8, u32)> {
        if self.0 == 0 {
            return None;
        }
        let number = self.0.trailing_zeros() as u8;
        self.0 &= self.0.wrapping_sub(1);
        let sum = match number {
            EXACT => name.sum,
            _ => index.shapes.sum(number, name.first_terms()),
        };
        Some((number, Key::spread(sum)))
    }

    /// Without the shapes that have nothing under their hash. Each step for all shapes before the next
    /// step, so that the processor waits for all of the memory of one step at once.
    #[inline]
    fn thin<V>(mut self, index: &FilterIndex<V>, name: &Name<'_>) -> Self {
        let (all, mut stay) = (self.0, 0);
        let mut hashes = [0; SHAPES + 1];
        while let Some((number, hash)) = self.next(index, name) {
            if let Some(place) = hashes.get_mut(usize::from(number)) {
                *place = hash;
            }
            index.slots.touch(hash);
        }
        let mut rest = all;
        while rest != 0 {
            let hash = hashes.get(rest.trailing_zeros() as usize).copied().unwrap_or(0);
            let others = rest & rest.wrapping_sub(1);
            if index.touch(hash) {
                stay |= rest ^ others;
            }
            rest = others;
        }
        Self(stay)
    }
}

impl<'i, 'n, V> Lookup<'i, 'n, V> {
    #[inline]
    pub(super) fn new(index: &'i FilterIndex<V>, name: &'n [u8]) -> Self {
        let walk = Walk::new(&index.trie);
        // In its place, since it is large.
        let mut this = Self { index, name: Name::new(name), left: Left(0), walk };
        this.name.read(&index.key);
        this.left = Left(index.shapes.candidates(&this.name)).thin(index, &this.name);
        this
    }
}

impl<V> FilterIndex<V> {
    /// Is there anything under this hash? Then its text and its entry are on their way.
    #[inline]
    fn touch(&self, hash: u32) -> bool {
        let Some((_, slot)) = self.slots.find(hash, |_| true) else { return false };
        black_box(self.texts.get(slot.a).0);
        black_box(self.entries.get(slot.b as usize).map_or(0, |entry| entry.text));
        true
    }

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

#[cfg(test)]
impl<V> Lookup<'_, '_, V> {
    /// To how many nodes it has come, and how many levels it has hashed.
    pub(super) const fn work(&self) -> (usize, usize) {
        (self.walk.nodes, self.name.hashed)
    }

    pub(super) fn questions(&self) -> u32 {
        self.index.shapes.candidates(&self.name).count_ones()
    }
}

impl<'i, V> Iterator for Lookup<'i, '_, V> {
    type Item = &'i V;

    #[inline]
    fn next(&mut self) -> Option<&'i V> {
        let index = self.index;
        while let Some((number, hash)) = self.left.next(index, &self.name) {
            if let Some(value) = index.question(number, hash, self.name.text) {
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
    for (at, text) in names.iter().enumerate() {
        let mut name = Name::new(text.as_bytes());
        name.read(&index.key);
        let mut left = Left(index.shapes.candidates(&name));
        while let Some((number, hash)) = left.next(index, &name) {
            if let Some(place) = questions.get_mut(asked) {
                *place = Question { name: at, number, hash };
                asked = asked.saturating_add(1);
            }
            if asked == TOGETHER {
                ask(index, names, &questions, &mut visit);
                asked = 0;
            }
        }
        let mut walk = Walk::new(&index.trie);
        while let Some(entry) = walk.next(&index.trie, &index.key, &index.texts, &mut name) {
            index.value(entry).inspect(|value| visit(at, value));
        }
    }
    ask(index, names, questions.get(..asked).unwrap_or_default(), &mut visit);
}

/// Each step for all questions before the next step, as [`Left::thin`].
fn ask<'i, V>(
    index: &'i FilterIndex<V>,
    names: &[TopicName<'_>],
    questions: &[Question],
    visit: &mut impl FnMut(usize, &'i V),
) {
    for question in questions {
        index.slots.touch(question.hash);
    }
    let mut found = [false; TOGETHER];
    for (question, found) in questions.iter().zip(&mut found) {
        *found = index.touch(question.hash);
    }
    for (question, _) in questions.iter().zip(&found).filter(|(_, found)| **found) {
        let Some(name) = names.get(question.name) else { continue };
        if let Some(value) = index.question(question.number, question.hash, name.as_bytes()) {
            visit(question.name, value);
        }
    }
}
