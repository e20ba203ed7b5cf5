//! A topic name, taken apart once for all questions.

use super::hash::{Key, LEVELS};
use crate::matching::skip_level;

/// A topic name and its first levels; others while the way through the tree goes deeper.
#[derive(Debug, Clone)]
pub(super) struct Name<'n> {
    pub(super) text: &'n [u8],
    /// How many levels it has.
    pub(super) count: usize,
    /// What all levels add up to.
    pub(super) sum: u64,
    /// What the first levels add, and where they end.
    terms: [u64; LEVELS],
    ends: [u16; LEVELS],
    deep: Option<Deep>,
    /// How many bytes of levels have been hashed.
    #[cfg(test)]
    pub(super) hashed: usize,
}

impl<'n> Name<'n> {
    /// To be [`read`](Self::read).
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            text: &[],
            count: 0,
            sum: 0,
            terms: [0; LEVELS],
            ends: [0; LEVELS],
            deep: None,
            #[cfg(test)]
            hashed: 0,
        }
    }

    /// What was read before is of no meaning then.
    #[inline]
    pub(super) fn read(&mut self, key: &Key, text: &'n [u8]) {
        let (mut count, mut sum) = (0_usize, 0_u64);
        let mut places = self.terms.iter_mut().zip(&mut self.ends);
        for level in key.levels(text) {
            count = count.wrapping_add(1);
            sum = sum.wrapping_add(level.term);
            if let Some((term, end)) = places.next() {
                // A topic name has at most 65,535 bytes.
                (*term, *end) = (level.term, level.end as u16);
            }
        }
        (self.text, self.count, self.sum, self.deep) = (text, count, sum, None);
        #[cfg(test)]
        {
            self.hashed = text.len();
        }
    }

    /// What the first levels add.
    #[inline]
    pub(super) const fn first_terms(&self) -> &[u64; LEVELS] {
        &self.terms
    }

    /// A level that the name has, and what it adds. `None` if it is a deep one of more than `longest` bytes:
    /// so none is hashed for those that cannot have it.
    #[inline]
    pub(super) fn level(
        &mut self,
        key: &Key,
        depth: usize,
        longest: usize,
    ) -> Option<(u64, &'n [u8])> {
        let Some(term) = self.terms.get(depth) else {
            return self.deep_level(key, depth, longest);
        };
        let before = depth.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| usize::from(*end).saturating_add(1));
        Some((*term, self.text.get(start..usize::from(*self.ends.get(depth)?))?))
    }

    #[cold]
    fn deep_level(&mut self, key: &Key, depth: usize, longest: usize) -> Option<(u64, &'n [u8])> {
        let start = self.ends.last().map_or(0, |end| usize::from(*end).saturating_add(1));
        let deep = self.deep.get_or_insert_with(|| Deep::new(start));
        if depth < deep.first {
            *deep = Deep::new(start);
        }
        let (start, end) = deep.range(self.text, depth);
        let level = self.text.get(start..end).filter(|level| level.len() <= longest)?;
        #[cfg(test)]
        {
            self.hashed = self.hashed.saturating_add(level.len());
        }
        Some((key.term(self.text, start, depth).0, level))
    }
}

/// So many levels behind the first are known at once.
const DEEP: usize = 128;

/// Where levels behind the first [`LEVELS`] end: some that follow one another, each at its number modulo
/// [`DEEP`].
#[derive(Debug, Clone)]
struct Deep {
    /// The first level that is known, and where it begins.
    first: usize,
    start: usize,
    /// The first one that is not, and where it begins.
    next: usize,
    next_start: usize,
    ends: [u16; DEEP],
}

impl Deep {
    /// Nothing is known but where they begin.
    const fn new(start: usize) -> Self {
        Self { first: LEVELS, start, next: LEVELS, next_start: start, ends: [0; DEEP] }
    }

    /// Where a level begins that the text has and that is not before the first, and where it ends.
    fn range(&mut self, text: &[u8], depth: usize) -> (usize, usize) {
        while depth >= self.next {
            let rest = text.get(self.next_start..).unwrap_or_default();
            let end = text.len().saturating_sub(skip_level(rest).len());
            if self.next.saturating_sub(self.first) == DEEP {
                self.start = self.end(self.first).saturating_add(1);
                self.first = self.first.saturating_add(1);
            }
            if let Some(place) = self.ends.get_mut(self.next % DEEP) {
                *place = end as u16; // a topic name has at most 65,535 bytes
            }
            self.next = self.next.saturating_add(1);
            self.next_start = end.saturating_add(1);
        }
        let start = match depth == self.first {
            true => self.start,
            false => self.end(depth.saturating_sub(1)).saturating_add(1),
        };
        (start, self.end(depth))
    }

    fn end(&self, depth: usize) -> usize {
        self.ends.get(depth % DEEP).copied().map_or(0, usize::from)
    }
}
