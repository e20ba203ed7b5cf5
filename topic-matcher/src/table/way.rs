use crate::algebra::split_level;
use crate::grammar::BY_WORDS;
use crate::matching::{low_zero_bytes, skip, skip_level};

/// How many levels a filter shares with the one before it, and a tag of its first level behind them: two
/// texts with different tags are different.
///
/// The tag has the low 9 bits. It is 0 for a wildcard and where there is no such level. On small machines it
/// is 0 for all, which takes less flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u16);

/// Levels that filters share at most: what is deeper stands with each.
pub(super) const SHARED: u8 = 127;

/// What a level that is shared counts.
const ONE: u16 = 1 << 9;

impl Mark {
    pub(super) const EMPTY: Self = Self(0);

    pub(super) const fn shared(self) -> u8 {
        (self.0 / ONE) as u8
    }
}

/// Of a level: numbered ones, as `d1` and `d2`, differ in their last byte.
const fn tag(level: &[u8]) -> u16 {
    match level {
        [b'+' | b'#'] => 0,
        [.., last] => ((level.len() as u8).rotate_left(4) ^ *last) as u16 | 0x100,
        [] => 0x100,
    }
}

/// How far a text goes along with the filters of a table, one after the other: a topic name with those that
/// take it, a filter with itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'n> {
    text: &'n [u8],
    /// What it has behind the levels that it has in common with the last filter.
    pub(super) rest: Option<&'n [u8]>,
    /// How many these are, and the tag of the next one: what a filter has as its mark that shares these with the
    /// last one and goes on as the text does.
    pub(super) mark: Mark,
    /// Its first levels, where going back to them is to be fast.
    known: [Level; KNOWN],
    /// From this level on a wildcard takes what the text has: from none if it is a filter itself, as no depth is
    /// so large.
    wild_from: u8,
}

/// A level of a text.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// Where it begins; more than the text has bytes if there is none.
    start: u32,
    tag: u16,
}

const KNOWN: usize = if BY_WORDS { 8 } else { 0 };

impl<'n> Way<'n> {
    pub(super) const fn of_name(name: &'n [u8]) -> Self {
        // [MQTT-4.7.2-1]
        Self::new(name, matches!(name, [b'$', ..]) as u8)
    }

    pub(super) const fn of_filter(filter: &'n [u8]) -> Self {
        Self::new(filter, u8::MAX)
    }

    const fn new(text: &'n [u8], wild_from: u8) -> Self {
        let mut known = [Level { start: u32::MAX, tag: 0 }; KNOWN];
        let mut places: &mut [Level] = &mut known;
        let mut rest = Some(text);
        while let (Some(levels), [place, others @ ..]) = (rest, places) {
            let start = text.len().wrapping_sub(levels.len()) as u32;
            let (level, behind) = split_level(levels);
            *place = Level { start, tag: tag(level) };
            (rest, places) = (behind, others);
        }
        let mut this = Self { text, rest: Some(text), mark: Mark::EMPTY, known, wild_from };
        this.mark = this.mark(0);
        this
    }

    /// May it go along with the next filter, which has this mark, any further than with the last one?
    ///
    /// It has no level more in common with one that shares more levels with the last than it does itself. With
    /// one that shares as many it may have if the tag is that of a wildcard, or its own. One that shares fewer
    /// goes on in another way from there.
    pub(super) const fn may_follow(&self, mark: Mark) -> bool {
        if BY_WORDS {
            mark.0 <= self.mark.0 & !(ONE - 1) || mark.0 == self.mark.0
        } else {
            mark.0 <= self.mark.0
        }
    }

    /// Goes along with a filter, of which `own` is what it does not share, with a slash behind each level: does
    /// it take the text?
    pub(super) const fn follow(&mut self, mark: Mark, own: &[u8]) -> bool {
        let mut depth = mark.shared();
        if depth != self.mark.shared() {
            self.rest = self.behind(depth);
        }
        let (mut rest, mut own) = (self.rest, own);
        let is_taken = loop {
            if let (true, Some(text)) = (BY_WORDS, rest) {
                let (equal, mut slashes) = equal_bytes(own, text);
                if equal > 0 {
                    while slashes != 0 && depth < SHARED {
                        depth = depth.wrapping_add(1);
                        self.rest = Some(skip(text, low_zero_bytes(slashes).wrapping_add(1)));
                        slashes &= slashes.wrapping_sub(1);
                    }
                    (own, rest) = (skip(own, equal), Some(skip(text, equal)));
                    continue;
                }
            }
            let [byte, own_behind @ ..] = own else { break rest.is_none() };
            let is_wild = depth >= self.wild_from;
            if is_wild && *byte == b'#' {
                break true;
            }
            let Some(text) = rest else { break false };
            rest = match text {
                _ if is_wild && *byte == b'+' => Some(skip_level(text)),
                [given, behind @ ..] if *given == *byte => Some(behind),
                [] if *byte == b'/' => None,
                _ => break false,
            };
            own = own_behind;
            if *byte == b'/' && depth < SHARED {
                depth = depth.wrapping_add(1);
                self.rest = rest;
            }
        };
        if depth != self.mark.shared() {
            self.mark = self.mark(depth);
        }
        is_taken
    }

    /// The text behind so many levels.
    const fn behind(&self, levels: u8) -> Option<&'n [u8]> {
        if let Some((_, [level, ..])) = self.known.split_at_checked(levels as usize) {
            return match self.text.split_at_checked(level.start as usize) {
                Some((_, behind)) => Some(behind),
                None => None,
            };
        }
        let (mut rest, mut left) = (Some(self.text), levels);
        while let (Some(text), 1..) = (rest, left) {
            rest = match skip_level(text) {
                [_, behind @ ..] => Some(behind),
                [] => None,
            };
            left = left.wrapping_sub(1);
        }
        rest
    }

    /// Of a filter that shares so many levels, and goes on with [`rest`](Self::rest).
    const fn mark(&self, depth: u8) -> Mark {
        let tag = match (self.known.split_at_checked(depth as usize), self.rest) {
            (Some((_, [level, ..])), _) => level.tag,
            (_, Some(rest)) if BY_WORDS => tag(split_level(rest).0),
            _ => 0,
        };
        Mark((depth as u16).wrapping_mul(ONE) | tag)
    }
}

/// How many of the next eight bytes are equal up to the first that is not, and the slashes among them as the top
/// bits of their bytes; none where there are no eight.
const fn equal_bytes(a: &[u8], b: &[u8]) -> (usize, u64) {
    const ONES: u64 = u64::MAX / 0xFF;
    const LOW: u64 = ONES * 0x7F;
    const SLASHES: u64 = ONES * b'/' as u64;
    let (Some((a, _)), Some((b, _))) = (a.split_first_chunk(), b.split_first_chunk()) else {
        return (0, 0);
    };
    let (a, b) = (u64::from_le_bytes(*a), u64::from_le_bytes(*b));
    // Zero where there is a slash. No sum carries into the next byte.
    let others = a ^ SLASHES;
    let slashes = !((others & LOW).wrapping_add(LOW) | others | LOW);
    match a ^ b {
        0 => (8, slashes),
        different => {
            // Below the first byte that differs.
            let before = (different & different.wrapping_neg()).wrapping_sub(1);
            let equal = low_zero_bytes(different);
            (equal, slashes & before)
        }
    }
}
