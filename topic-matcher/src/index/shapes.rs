//! The shapes of filters: where their wildcards are. All filters of one shape that take a topic name have
//! the same levels in the same places, so one question to a hash table finds the one that does.
//!
//! Most shapes have places where all of their filters have the same level, as `site` and `state` in
//! `site/+/device/7/state`. Where a name has another one there, the question is not asked. Where a shape has
//! one filter, all of its levels are such; if they are short, nothing is left to ask.

use alloc::vec::Vec;

use super::hash::{Key, LEVELS, Level, is_short};
use super::name::Name;

/// Where a filter has its wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// Levels that are no `+`, the first as the lowest bit.
    texts: u32,
    /// Levels before `#`, or all.
    levels: u8,
    has_hash: bool,
}

/// What is known of a filter before it is looked for.
pub(super) struct Filter {
    /// `None` if it has no wildcard.
    pub(super) shape: Option<Shape>,
    pub(super) sum: u64,
    /// What each of its levels adds, unless it is a wildcard.
    terms: [u64; LEVELS],
    /// It has wildcards in too many levels for a shape.
    pub(super) is_deep: bool,
}

impl Filter {
    pub(super) fn new(key: &Key, text: &[u8]) -> Self {
        let mut shape = Shape { texts: 0, levels: 0, has_hash: false };
        let (mut sum, mut levels, mut has_plus) = (0_u64, 0_usize, false);
        let mut terms = [0; LEVELS];
        for Level { term, start, end } in key.levels(text) {
            match text.get(start..end).unwrap_or_default() {
                b"#" => {
                    shape.has_hash = true;
                    break;
                }
                b"+" => has_plus = true,
                _ => {
                    sum = sum.wrapping_add(term);
                    shape.texts |= 1_u32.checked_shl(levels as u32).unwrap_or(0);
                    if let Some(place) = terms.get_mut(levels) {
                        *place = term;
                    }
                }
            }
            levels = levels.saturating_add(1);
        }
        let has_wildcards = has_plus || shape.has_hash;
        shape.levels = levels.min(LEVELS) as u8;
        Self { shape: has_wildcards.then_some(shape), sum, terms, is_deep: levels > LEVELS }
    }

    /// Its shape, none if it has no wildcard; nothing if it has too many levels for a shape.
    pub(super) fn numbered(&self) -> Option<Option<Shape>> {
        (self.shape.is_none() || !self.is_deep).then_some(self.shape)
    }
}

/// How many shapes have a number: each costs every lookup a question.
pub(super) const SHAPES: usize = 32;
/// The number of those that are no shape: filters without wildcards.
pub(super) const EXACT: u8 = SHAPES as u8;

#[derive(Debug, Clone, Copy)]
struct Numbered {
    shape: Shape,
    salt: u64,
    /// For each of the first levels, the bits of its term that count: none if it is a `+` or behind the last.
    near: [u64; NEAR],
    filters: usize,
    /// The entry of its filter, while that is [alone](Shapes::alone).
    only: u32,
}

/// So many levels are added up without a branch for each.
const NEAR: usize = 8;

/// The shapes in use, by number.
#[derive(Debug, Clone)]
pub(super) struct Shapes {
    shapes: [Option<Numbered>; SHAPES],
    exact: usize,
    /// By the number of levels of a topic name, one more for all that have more: the shapes that may take
    /// it, as bits, and [`EXACT`].
    by_levels: [u64; LEVELS + 2],
    /// Those that take no `$` at the beginning.
    plain_only: u64,
    /// Those that have never had more than one filter, whose texts are all [short](is_short), as bits: where
    /// all of its words are, it takes the name.
    alone: u64,
    /// In the order of their levels.
    words: Vec<Word>,
}

/// A level that all filters of some shapes have in a place: these shapes take no name with another one there.
#[derive(Debug, Clone, Copy)]
struct Word {
    level: usize,
    term: u64,
    /// At least one; none of them is in another word of this level.
    shapes: u64,
}

impl Shapes {
    pub(super) const fn new() -> Self {
        Self {
            shapes: [None; SHAPES],
            exact: 0,
            by_levels: [0; LEVELS + 2],
            plain_only: 0,
            alone: 0,
            words: Vec::new(),
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.words.capacity().saturating_mul(size_of::<Word>())
    }

    /// Its number, if it has one.
    pub(super) fn number(&self, shape: Option<Shape>) -> Option<u8> {
        let Some(shape) = shape else { return Some(EXACT) };
        let known = |one: &Option<Numbered>| one.is_some_and(|one| one.shape == shape);
        self.shapes.iter().position(known).map(|number| number as u8)
    }

    /// Another filter is there: the number of its shape, unless all are taken.
    pub(super) fn add(&mut self, key: &Key, filter: &Filter) -> Option<u8> {
        let Some(shape) = filter.numbered()? else {
            self.exact = self.exact.saturating_add(1);
            if self.exact == 1 {
                self.draw();
            }
            return Some(EXACT);
        };
        if let Some(number) = self.number(Some(shape)) {
            // It has less in common with the others than these have.
            self.alone &= !bit(number);
            self.retain_words(number, |word| filter.terms.get(word.level) == Some(&word.term));
            if let Some(Some(one)) = self.shapes.get_mut(usize::from(number)) {
                one.filters = one.filters.saturating_add(1);
            }
            return Some(number);
        }
        let number = self.shapes.iter().position(Option::is_none)?;
        let salt = key.salt(shape.number());
        let near = core::array::from_fn(|at| (u64::from(shape.texts) >> at & 1).wrapping_neg());
        *self.shapes.get_mut(number)? = Some(Numbered { shape, salt, near, filters: 1, only: 0 });
        self.draw();
        self.take_words(number as u8, shape, filter);
        Some(number as u8)
    }

    /// The filter that was added last has this entry.
    pub(super) fn put(&mut self, number: u8, filter: &Filter, entry: u32) {
        let Some(Some(one)) = self.shapes.get_mut(usize::from(number)) else { return };
        if one.filters == 1 && filter.terms.iter().all(|term| is_short(*term)) {
            one.only = entry;
            self.alone |= bit(number);
        }
    }

    /// One filter less has the shape of this number.
    pub(super) fn remove(&mut self, number: u8) {
        let is_last = match self.shapes.get_mut(usize::from(number)) {
            Some(one) => {
                let left = one.map_or(0, |one| one.filters.saturating_sub(1));
                *one = one.map(|one| Numbered { filters: left, ..one }).filter(|_| left > 0);
                left == 0
            }
            None => {
                self.exact = self.exact.saturating_sub(1);
                self.exact == 0
            }
        };
        if is_last {
            self.alone &= !bit(number);
            self.draw();
            self.retain_words(number, |_| false);
        }
    }

    /// The first filter of a shape: all of its texts are what the shape's filters have in common.
    fn take_words(&mut self, number: u8, shape: Shape, filter: &Filter) {
        for (level, &term) in filter.terms.iter().enumerate() {
            if shape.texts >> level & 1 == 0 {
                continue;
            }
            let known = |word: &&mut Word| (word.level, word.term) == (level, term);
            match self.words.iter_mut().find(known) {
                Some(word) => word.shapes |= bit(number),
                None => self.words.push(Word { level, term, shapes: bit(number) }),
            }
        }
        self.words.sort_unstable_by_key(|word| word.level);
    }

    /// The shape of this number is in those of its words alone that are `kept`.
    fn retain_words(&mut self, number: u8, kept: impl Fn(&Word) -> bool) {
        self.words.retain_mut(|word| {
            if !kept(word) {
                word.shapes &= !bit(number);
            }
            word.shapes != 0
        });
    }

    /// Which shapes a topic name must be looked for in, as bits.
    #[inline]
    pub(super) fn candidates(&self, name: &Name<'_>) -> u64 {
        let mut all = self.by_levels.get(name.count.min(LEVELS + 1)).copied().unwrap_or(0);
        if name.text.first() == Some(&b'$') {
            all &= !self.plain_only;
        }
        let terms = name.first_terms();
        for word in self.words.iter().take_while(|word| word.level < name.count) {
            let different = terms.get(word.level % LEVELS).map_or(0, |term| term ^ word.term);
            // Without a branch, which nobody could foresee.
            all &= !(word.shapes & u64::from(different != 0).wrapping_neg());
        }
        all
    }

    /// Those of these shapes whose one filter takes the name, and those to ask for.
    #[inline]
    pub(super) const fn split(&self, shapes: u64) -> (u64, u64) {
        (shapes & self.alone, shapes & !self.alone)
    }

    /// The entry of the one filter of a shape.
    #[inline]
    pub(super) fn only(&self, number: u8) -> Option<u32> {
        self.shapes.get(usize::from(number))?.map(|one| one.only)
    }

    /// Where to look for a topic name in the shape of this number: the sum over the levels that it has.
    #[inline]
    pub(super) fn sum(&self, number: u8, name: &Name<'_>) -> u64 {
        let Some(one) = self.shapes.get(usize::from(number)) else { return name.sum };
        let Some(one) = one else { return 0 };
        let levels = name.first_terms();
        let near = one.near.iter().zip(levels).map(|(keep, term)| keep & term);
        let mut sum = near.fold(one.salt, u64::wrapping_add);
        let mut far = one.shape.texts >> NEAR;
        while far != 0 {
            let level = (far.trailing_zeros() as usize).wrapping_add(NEAR);
            sum = sum.wrapping_add(levels.get(level).copied().unwrap_or(0));
            far &= far.wrapping_sub(1);
        }
        sum
    }

    /// What is added to the sum of a filter with the shape of this number.
    pub(super) fn salt(&self, number: u8) -> u64 {
        match self.shapes.get(usize::from(number)) {
            Some(Some(one)) => one.salt,
            _ => 0,
        }
    }

    /// Writes down anew what each number of levels must ask for.
    fn draw(&mut self) {
        let exact = u64::from(self.exact > 0) << EXACT;
        (self.by_levels, self.plain_only) = ([exact; LEVELS + 2], 0);
        for (number, one) in self.shapes.iter().enumerate() {
            let Some(Numbered { shape, .. }) = one else { continue };
            let bit = 1_u64 << number;
            if shape.texts & 1 == 0 {
                self.plain_only |= bit; // [MQTT-4.7.2-1]
            }
            let levels = usize::from(shape.levels);
            let to = if shape.has_hash { LEVELS + 1 } else { levels };
            for by_levels in self.by_levels.iter_mut().take(to.saturating_add(1)).skip(levels) {
                *by_levels |= bit;
            }
        }
    }
}

const fn bit(number: u8) -> u64 {
    1_u64.wrapping_shl(number as u32)
}

impl Shape {
    /// Another one for each shape.
    fn number(&self) -> u64 {
        u64::from(self.texts) | u64::from(self.levels) << 32 | u64::from(self.has_hash) << 40
    }
}
