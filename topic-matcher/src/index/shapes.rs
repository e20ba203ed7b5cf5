//! The shapes of filters: where their wildcards are. All filters of one shape that take a topic name have
//! the same levels in the same places, so one question to a hash table finds the one that does.
//!
//! Most shapes have places where all of their filters have the same level, as `site` and `state` in
//! `site/+/device/7/state`. Where a name has another one there, the question is not asked.

use alloc::vec::Vec;

use super::hash::{Key, LEVELS, Level};
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
    filters: usize,
}

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
    /// By level, as deep as one of them has a text.
    depths: Vec<Depth>,
}

/// What the shapes have in common at one level.
#[derive(Debug, Clone)]
struct Depth {
    /// The shapes that may take a name whatever it has there, as bits.
    open: u64,
    words: Vec<Word>,
}

/// A level that all filters of some shapes have in a place.
#[derive(Debug, Clone)]
struct Word {
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
            depths: Vec::new(),
        }
    }

    pub(super) fn memory(&self) -> usize {
        let words = |depth: &Depth| depth.words.capacity().saturating_mul(size_of::<Word>());
        let depths = self.depths.capacity().saturating_mul(size_of::<Depth>());
        self.depths.iter().map(words).fold(depths, usize::saturating_add)
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
            self.compare_words(number, shape, filter);
            if let Some(Some(one)) = self.shapes.get_mut(usize::from(number)) {
                one.filters = one.filters.saturating_add(1);
            }
            return Some(number);
        }
        let number = self.shapes.iter().position(Option::is_none)?;
        let salt = key.salt(shape.number());
        *self.shapes.get_mut(number)? = Some(Numbered { shape, salt, filters: 1 });
        self.draw();
        self.take_words(number as u8, shape, filter);
        Some(number as u8)
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
            self.draw();
            self.depths.iter_mut().for_each(|depth| depth.open(bit(number)));
        }
    }

    /// The first filter of a shape: all of its texts are what the shape's filters have in common.
    fn take_words(&mut self, number: u8, shape: Shape, filter: &Filter) {
        for (level, term) in filter.terms.iter().enumerate() {
            if shape.texts >> level == 0 {
                break;
            }
            if self.depths.len() <= level {
                self.depths.push(Depth { open: u64::MAX, words: Vec::new() });
            }
            if let (1, Some(depth)) = (shape.texts >> level & 1, self.depths.get_mut(level)) {
                depth.close(bit(number), *term);
            }
        }
    }

    /// Another filter of a shape, which has less in common with the others than these have.
    fn compare_words(&mut self, number: u8, shape: Shape, filter: &Filter) {
        for (level, (depth, term)) in self.depths.iter_mut().zip(&filter.terms).enumerate() {
            if shape.texts >> level & 1 == 1 && depth.may_take(*term) & bit(number) == 0 {
                depth.open(bit(number));
            }
        }
    }

    /// Which shapes a topic name must be looked for in, as bits.
    #[inline]
    pub(super) fn candidates(&self, name: &Name<'_>) -> u64 {
        let mut all = self.by_levels.get(name.count.min(LEVELS + 1)).copied().unwrap_or(0);
        if name.text.first() == Some(&b'$') {
            all &= !self.plain_only;
        }
        for (depth, term) in self.depths.iter().zip(name.first_terms()).take(name.count) {
            all &= depth.may_take(*term);
        }
        all
    }

    /// Where to look for a topic name in the shape of this number: the sum over the levels that it has.
    #[inline]
    pub(super) fn sum(&self, number: u8, levels: &[u64; LEVELS]) -> u64 {
        let Some(Some(one)) = self.shapes.get(usize::from(number)) else { return 0 };
        let (mut sum, mut texts) = (one.salt, one.shape.texts);
        while texts != 0 {
            let level = levels.get(texts.trailing_zeros() as usize).copied().unwrap_or(0);
            sum = sum.wrapping_add(level);
            texts &= texts.wrapping_sub(1);
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

impl Depth {
    /// The shapes that may take a name that has this level here.
    #[inline]
    fn may_take(&self, term: u64) -> u64 {
        let with = |may, word: &Word| if word.term == term { may | word.shapes } else { may };
        self.words.iter().fold(self.open, with)
    }

    fn close(&mut self, shape: u64, term: u64) {
        self.open &= !shape;
        match self.words.iter_mut().find(|word| word.term == term) {
            Some(word) => word.shapes |= shape,
            None => self.words.push(Word { term, shapes: shape }),
        }
    }

    fn open(&mut self, shape: u64) {
        self.open |= shape;
        self.words.iter_mut().for_each(|word| word.shapes &= !shape);
        self.words.retain(|word| word.shapes != 0);
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
