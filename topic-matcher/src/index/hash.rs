//! Levels of a text as numbers that only who knows the key can foresee.
//!
//! ```text
//! level    1 then each 7 bytes, the last fewer than that and marked behind its end: a polynomial in `k`
//! filter   the sum of level i times r to the power of i, over the levels that are no wildcards
//! ```
//!
//! Levels modulo the prime 2^61 - 1. Two different polynomials have no more points in common than their
//! degree, so whatever two texts somebody chooses who does not know `k` and `r`, their sums are seldom equal.

/// 2^61 - 1
const P: u64 = (1 << 61) - 1;

/// Levels that a shape can tell apart: what is deeper goes another way.
pub(super) const LEVELS: usize = 32;

/// What hashes are made with.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    k: u64,
    r: u64,
    powers: [u64; LEVELS],
    /// The power behind them.
    behind: u64,
}

impl Key {
    pub(super) fn new(key: [u64; 2]) -> Self {
        // At least 2: 0 and 1 would forget where a level stands.
        let [k, r] = key.map(|part| (part % (P - 2)).wrapping_add(2));
        let mut power = 1;
        let powers = core::array::from_fn(|_| {
            let this = power;
            power = mul(power, r);
            this
        });
        Self { k, r, powers, behind: power }
    }

    /// The hash of the level that begins at `at`, and where it ends.
    #[inline]
    pub(crate) fn level(&self, text: &[u8], at: usize) -> (u64, usize) {
        let (mut at, mut scaled) = (at, self.k);
        loop {
            let word = word_at(text, at);
            let left = text.len().saturating_sub(at);
            let len = left.min(slash_in(word));
            if len < 8 {
                let mark = 1_u64.wrapping_shl(len.wrapping_mul(8) as u32); // at most 2^56
                let last = word & mark.wrapping_sub(1) | mark;
                return (add(scaled, last), at.wrapping_add(len));
            }
            scaled = mul(add(scaled, word & (u64::MAX >> 8)), self.k);
            at = at.wrapping_add(7);
        }
    }

    /// What the level at each place adds to the sum.
    #[inline]
    pub(super) fn levels<'k, 'a>(&'k self, text: &'a [u8]) -> Levels<'k, 'a> {
        Levels { key: self, text, at: 0, powers: self.powers.iter(), power: 0 }
    }

    /// One number of many: also those that follow one another are spread.
    #[inline]
    pub(super) fn spread(sum: u64) -> u32 {
        let mut x = sum ^ (sum >> 32);
        x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        x ^= x >> 32;
        x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        (x >> 32) as u32
    }

    /// What keeps the filters of one shape apart from those of others with the same levels: a level behind
    /// all that a shape has.
    pub(super) fn salt(&self, shape: u64) -> u64 {
        mul((shape % P).wrapping_add(1), self.behind)
    }

    /// The level that begins at `at` in a text in which it stands at `depth`, and where it ends: for the
    /// first [`LEVELS`] what it adds to the sum.
    #[inline]
    pub(super) fn term(&self, text: &[u8], at: usize, depth: usize) -> (u64, usize) {
        let (level, end) = self.level(text, at);
        let power = self.powers.get(depth % LEVELS).copied().unwrap_or(1);
        (mul(level, power), end)
    }

    /// An edge of the trie, from a node to a level with this [`term`](Self::term).
    #[inline]
    pub(super) fn edge(&self, parent: u32, term: u64) -> u32 {
        Self::spread(add(term, u64::from(parent)))
    }

    /// Two numbers that belong together, the second one below 2^61.
    #[inline]
    pub(crate) fn pair(&self, one: u32, other: u64) -> u32 {
        Self::spread(add(mul(other, self.r), u64::from(one)))
    }
}

/// What the levels of a text add to its sum, from left to right.
pub(super) struct Levels<'k, 'a> {
    key: &'k Key,
    text: &'a [u8],
    /// Where the next level begins: behind the end if there is none.
    at: usize,
    powers: core::slice::Iter<'k, u64>,
    power: u64,
}

/// A level, and what it adds.
pub(super) struct Level {
    pub(super) term: u64,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Iterator for Levels<'_, '_> {
    type Item = Level;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start > self.text.len() {
            return None;
        }
        let (level, end) = self.key.level(self.text, start);
        self.at = end.wrapping_add(1);
        self.power = match self.powers.next() {
            Some(power) => *power,
            None => mul(self.power, self.key.r),
        };
        Some(Level { term: mul(level, self.power), start, end })
    }
}

/// The eight bytes from `at` on, with zeros behind the end of the text.
#[inline]
fn word_at(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(word) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    match text.last_chunk::<8>() {
        Some(_) if rest.is_empty() => 0,
        Some(word) => {
            let before = 8_usize.wrapping_sub(rest.len());
            u64::from_le_bytes(*word) >> (before.wrapping_mul(8) & 63)
        }
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Where the first slash of a word is, 8 for nowhere.
#[inline]
const fn slash_in(word: u64) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    let word = word ^ ONES.wrapping_mul(b'/' as u64);
    // A byte of zero borrows and sets its top bit: the lowest such bit is exact.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros.trailing_zeros() / 8) as usize
}

/// Both below [`P`].
#[inline]
fn mul(a: u64, b: u64) -> u64 {
    let wide = u128::from(a).wrapping_mul(u128::from(b));
    let (low, high) = (wide as u64 & P, (wide >> 61) as u64);
    add(low, high)
}

/// Both at most [`P`].
#[inline]
const fn add(a: u64, b: u64) -> u64 {
    let sum = a.wrapping_add(b);
    if sum >= P { sum.wrapping_sub(P) } else { sum }
}
