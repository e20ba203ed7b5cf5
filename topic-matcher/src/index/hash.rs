//! Levels of a text as numbers that only who knows the key can foresee.
//!
//! ```text
//! level    1 then each 7 bytes, the last fewer than that and marked behind its end: a polynomial in `k`
//! filter   the sum of level i times r to the power of i, over the levels that are no wildcards
//! ```
//!
//! Levels modulo the prime 2^61 - 1, sums as they come, which makes a few dozen sums of each. Two different
//! polynomials have no more points in common than their degree, so whatever two texts somebody chooses who does
//! not know `k` and `r`, their sums are seldom equal.

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
        let word = word_at(text, at);
        match first_slash(word) {
            0 => self.long_level(text, at),
            slash => (self.k.wrapping_add(in_front(word, slash)), at.wrapping_add(bytes(slash))),
        }
    }

    /// One with more than seven bytes.
    #[inline(never)]
    fn long_level(&self, text: &[u8], mut at: usize) -> (u64, usize) {
        let mut hash = self.k;
        loop {
            let word = word_at(text, at);
            let slash = first_slash(word);
            if slash != 0 {
                return (hash.wrapping_add(in_front(word, slash)), at.wrapping_add(bytes(slash)));
            }
            hash = mul(hash.wrapping_add(word & (u64::MAX >> 8)), self.k);
            at = at.wrapping_add(7);
        }
    }

    /// What the level at each place adds to the sum.
    #[inline]
    pub(super) fn levels<'k, 'a>(&'k self, text: &'a [u8]) -> Levels<'k, 'a> {
        Levels { key: self, text, at: 0, powers: self.powers.iter(), power: 0 }
    }

    /// The power behind another one.
    #[cold]
    fn power_behind(&self, power: u64) -> u64 {
        mul(power, self.r)
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
        (term(level, power, end.wrapping_sub(at)), end)
    }

    /// An edge of the trie, from a node to a level with this [`term`](Self::term).
    #[inline]
    pub(super) fn edge(&self, parent: u32, term: u64) -> u32 {
        Self::spread(term.wrapping_add(u64::from(parent)))
    }

    /// Two numbers that belong together, the second one below 2^62.
    #[inline]
    pub(crate) fn pair(&self, one: u32, other: u64) -> u32 {
        // Not 0, which would leave nothing of the key.
        Self::spread(mul(other.wrapping_add(1), self.r).wrapping_add(u64::from(one)))
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
            None => self.key.power_behind(self.power),
        };
        Some(Level { term: term(level, self.power, end.wrapping_sub(start)), start, end })
    }
}

/// What a level with this hash and length adds at this power. Levels of up to seven bytes are one number, so
/// each has another term; longer ones have none of these.
#[inline]
fn term(level: u64, power: u64, len: usize) -> u64 {
    product(level, power) | u64::from(len > 7) << 63
}

/// Only levels with the same text have this term at one place.
pub(super) const fn is_short(term: u64) -> bool {
    term >> 63 == 0
}

/// The eight bytes from `at` on, with a slash behind the end of the text and then zeros.
#[inline]
fn word_at(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(word) => u64::from_le_bytes(*word),
        None => last_word(text, at),
    }
}

/// The same where fewer than eight bytes are left.
#[inline(never)]
fn last_word(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    let Some(word) = text.last_chunk() else {
        return rest.iter().rev().fold(b'/'.into(), |word, byte| word << 8 | u64::from(*byte));
    };
    // At most 56.
    let bits = (rest.len() as u32).wrapping_mul(8);
    let word = u64::from_le_bytes(*word).checked_shr(64_u32.wrapping_sub(bits)).unwrap_or(0);
    word | u64::from(b'/') << (bits & 63)
}

/// The lowest bit of the first slash in a word, 0 for nowhere.
#[inline]
const fn first_slash(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    let word = word ^ ONES.wrapping_mul(b'/' as u64);
    // A byte of zero borrows and sets its top bit: the lowest such bit is exact.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros & zeros.wrapping_neg()) >> 7
}

/// What is in front of the slash with this lowest bit, marked behind its end: below 2^57.
#[inline]
const fn in_front(word: u64, slash: u64) -> u64 {
    word & slash.wrapping_sub(1) | slash
}

/// How many bytes are in front of the slash with this lowest bit.
#[inline]
const fn bytes(slash: u64) -> usize {
    (slash.trailing_zeros() / 8) as usize
}

/// The product modulo [`P`]. `a` below 2^63, `b` below 2^61.
#[inline]
const fn mul(a: u64, b: u64) -> u64 {
    let product = product(a, b);
    let sum = (product & P).wrapping_add(product >> 61);
    if sum >= P { sum.wrapping_sub(P) } else { sum }
}

/// Some number below `a` + 2^61 that has the remainder of the product modulo [`P`]. `b` below 2^61.
#[inline]
const fn product(a: u64, b: u64) -> u64 {
    // So that the upper word is the product without its lowest 61 bits.
    let wide = (a as u128).wrapping_mul((b << 3) as u128);
    (wide as u64 >> 3).wrapping_add((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of each length, in the middle of a text and at its end.
    #[test]
    fn says_of_a_level_how_long_it_is_and_where_it_ends() {
        let key = Key::new([u64::MAX, 7]);
        for len in 0..40 {
            for (before, behind) in [("", ""), ("", "/"), ("a/", ""), ("a/b/", "/long enough")] {
                let level = "x".repeat(len);
                let text = alloc::format!("{before}{level}{behind}");
                let (term, end) = key.term(text.as_bytes(), before.len(), 3);
                assert_eq!((is_short(term), end), (len < 8, before.len().saturating_add(len)));
                assert_eq!(term, key.term(level.as_bytes(), 0, 3).0);
                let other = alloc::format!("{level}x");
                assert_ne!(term, key.term(other.as_bytes(), 0, 3).0);
            }
        }
    }

    #[test]
    fn all_pairs_depend_on_the_key() {
        let keys = [Key::new([1, 7]), Key::new([1, 8])];
        for other in [0, 1, 1 << 31] {
            let [one, two] = keys.each_ref().map(|key| (0..8).map(|one| key.pair(one, other)));
            assert!(one.zip(two).all(|(one, two)| one != two), "{other}");
        }
    }

    #[test]
    fn multiplies_modulo_the_prime() {
        for a in [0, 1, 2, P - 1, P, P + 1, 1 << 62, (1 << 63) - 1] {
            for b in [0, 1, 2, 1 << 60, P - 1] {
                let wanted = u128::from(a).wrapping_mul(b.into()) % u128::from(P);
                assert_eq!(u128::from(mul(a, b)), wanted);
                assert_eq!(u128::from(product(a, b)) % u128::from(P), wanted);
            }
        }
    }
}
