//! A topic name, taken apart once for all questions.

use super::hash::{Key, LEVELS};

/// A topic name and some of its levels: the first ones, until the way through the tree goes deeper.
#[derive(Debug, Clone)]
pub(super) struct Name<'n> {
    pub(super) text: &'n [u8],
    /// How many levels it has.
    pub(super) count: usize,
    /// What all levels add up to.
    pub(super) sum: u64,
    terms: [u64; LEVELS],
    /// Where they end.
    ends: [u16; LEVELS],
    /// The first level that is here, and where it begins. [`LEVELS`] are here with it, a level at its number
    /// modulo that.
    first: usize,
    start: usize,
    /// How many levels have been hashed.
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
            first: 0,
            start: 0,
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
        (self.text, self.count, self.sum, self.first, self.start) = (text, count, sum, 0, 0);
        #[cfg(test)]
        {
            self.hashed = count;
        }
    }

    /// What the first levels add, before [`level`](Self::level) has been asked for others.
    #[inline]
    pub(super) const fn first_terms(&self) -> &[u64; LEVELS] {
        &self.terms
    }

    /// A level that the name has, and what it adds.
    ///
    /// One of the first [`LEVELS`] is only looked up; so are all that are no more than that away from
    /// those asked for before.
    #[inline]
    pub(super) fn level(&mut self, key: &Key, depth: usize) -> (u64, &'n [u8]) {
        if depth.wrapping_sub(self.first) >= LEVELS {
            self.move_to(key, depth);
        }
        let start = if depth == self.first {
            self.start
        } else {
            self.end(depth.wrapping_sub(1)).saturating_add(1)
        };
        let term = self.terms.get(depth % LEVELS).copied().unwrap_or(0);
        (term, self.text.get(start..self.end(depth)).unwrap_or_default())
    }

    #[inline]
    fn end(&self, depth: usize) -> usize {
        self.ends.get(depth % LEVELS).copied().map_or(0, usize::from)
    }

    /// The levels that are here are others then, `depth` among them.
    #[cold]
    fn move_to(&mut self, key: &Key, depth: usize) {
        while depth < self.first {
            let before = self.text.get(..self.start.saturating_sub(1)).unwrap_or_default();
            let slash = before.iter().rposition(|byte| *byte == b'/');
            self.start = slash.map_or(0, |slash| slash.saturating_add(1));
            self.first = self.first.saturating_sub(1);
            self.hash(key, self.first, self.start);
        }
        while depth >= self.first.saturating_add(LEVELS) {
            let next = self.first.saturating_add(LEVELS);
            self.start = self.end(self.first).saturating_add(1);
            self.first = self.first.saturating_add(1);
            self.hash(key, next, self.end(next.saturating_sub(1)).saturating_add(1));
        }
    }

    fn hash(&mut self, key: &Key, depth: usize, start: usize) {
        let (term, end) = key.term(self.text, start, depth);
        self.put(depth, term, end);
    }

    #[inline]
    fn put(&mut self, depth: usize, term: u64, end: usize) {
        let place = depth % LEVELS;
        if let (Some(to), Some(behind)) = (self.terms.get_mut(place), self.ends.get_mut(place)) {
            // A topic name has at most 65,535 bytes.
            (*to, *behind) = (term, end as u16);
        }
        #[cfg(test)]
        {
            self.hashed = self.hashed.saturating_add(1);
        }
    }
}
