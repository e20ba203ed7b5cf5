use crate::algebra::{is_equal, split_level};
use crate::grammar::BY_WORDS;
use crate::matching::{low_zero_bytes, skip, skip_level, slashes};

/// How many levels a filter shares with the one before it, and a tag of its first level behind them: two
/// texts with different tags are different.
///
/// The tag has the low 9 bits. It is 0 for a wildcard, where there is no such level, and behind those levels
/// of a text that are [known](Way).
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(u16);

/// Levels that filters share at most: what is deeper stands with each.
pub(super) const SHARED: u8 = 127;

/// What a level that is shared counts, and the bits of the tag.
const ONE: u16 = 1 << 9;
const TAG: u16 = ONE - 1;

impl Mark {
    pub(super) const EMPTY: Self = Self(0);

    const fn new(shared: u8, tag: u16) -> Self {
        Self((shared as u16).wrapping_mul(ONE) | tag)
    }

    pub(super) const fn shared(self) -> u8 {
        (self.0 / ONE) as u8
    }
}

/// How far a text goes along with the filters of a table, one after the other: a topic name with those that
/// take it, a filter with itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'n> {
    text: &'n [u8],
    /// How many levels it has in common with the last filter, at most [`SHARED`].
    pub(super) depth: u8,
    /// What it has behind them, kept only where no level is [known](Self::known).
    rest: Option<&'n [u8]>,
    /// Its first levels, where words of eight bytes pay.
    known: [Level; KNOWN],
    /// How many of these it has.
    levels: u8,
    /// From this level on a wildcard takes what the text has: from none if it is a filter itself, as no depth is
    /// so large.
    wild_from: u8,
}

/// A level of a text.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// Its first eight bytes: it, a slash, and zeros if it is shorter.
    word: u64,
    start: u16,
    len: u16,
    /// What a filter has as its mark that shares all before this level and goes on with it.
    mark: Mark,
}

const KNOWN: usize = if BY_WORDS { 8 } else { 0 };

impl Level {
    /// That of no filter.
    const NONE: Self = Self { word: 0, start: 0, len: 0, mark: Mark::EMPTY };

    /// That with which `text` begins, what is left of a text from `start` on.
    const fn first(text: &[u8], start: usize, number: u8) -> Self {
        let mut word = first_word(text);
        if text.len() < 8 {
            word |= (b'/' as u64).wrapping_shl(text.len().wrapping_mul(8) as u32);
        }
        let slashes = slashes(word);
        let (len, tail) = if slashes != 0 {
            word &= slashes ^ slashes.wrapping_sub(1);
            (low_zero_bytes(slashes), 0)
        } else {
            let level = split_level(text).0;
            let tail = first_word(skip(level, level.len().wrapping_sub(8)));
            (level.len(), tail.rotate_left(1))
        };
        let tag = match word {
            PLUS | HASH => 0,
            _ => ((word ^ tail).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u16 | 0x100,
        };
        let mark = Mark::new(number, tag);
        Self { word, start: start as u16, len: len as u16, mark }
    }

    /// Does `own`, which begins with this word, begin with this level of `text` and a slash?
    const fn is_first(&self, text: &[u8], word: u64, own: &[u8]) -> bool {
        let len = self.len as usize;
        if len < 8 {
            let others = 56_u32.wrapping_sub(len.wrapping_mul(8) as u32);
            return (word ^ self.word).wrapping_shl(others) == 0;
        }
        if word != self.word {
            return false;
        }
        match (own.split_at_checked(len), skip(text, self.start as usize).split_at_checked(len)) {
            (Some((own, [b'/', ..])), Some((given, _))) => is_equal(own, given),
            _ => false,
        }
    }
}

/// Wildcards, each with a slash.
const PLUS: u64 = u16::from_le_bytes(*b"+/") as u64;
const HASH: u64 = u16::from_le_bytes(*b"#/") as u64;

impl<'n> Way<'n> {
    pub(super) const fn of_name(name: &'n [u8]) -> Self {
        // [MQTT-4.7.2-1]
        Self::new(name, matches!(name, [b'$', ..]) as u8)
    }

    pub(super) const fn of_filter(filter: &'n [u8]) -> Self {
        Self::new(filter, u8::MAX)
    }

    const fn new(text: &'n [u8], wild_from: u8) -> Self {
        let mut known = [Level::NONE; KNOWN];
        let mut places: &mut [Level] = &mut known;
        let (mut start, mut levels) = (0_usize, 0_u8);
        while let (Some((_, from)), [place, others @ ..]) = (text.split_at_checked(start), places) {
            *place = Level::first(from, start, levels);
            start = start.wrapping_add(place.len as usize).wrapping_add(1);
            (places, levels) = (others, levels.wrapping_add(1));
        }
        Self { text, depth: 0, rest: Some(text), known, levels, wild_from }
    }

    /// Of a filter that shares with the last one what the text has in common with it, and goes on as the text
    /// does.
    pub(super) const fn mark(&self) -> Mark {
        match self.known.split_at_checked(self.depth as usize) {
            Some((_, [level, ..])) if self.depth < self.levels => level.mark,
            _ => Mark::new(self.depth, 0),
        }
    }

    /// May it go along with the next filter, which has this mark, any further than with those before?
    ///
    /// It has no level more in common with one that shares more levels with the last than it does itself. With
    /// another it may have one if the tag is that of a wildcard, or its own. If `less` matters, also where that
    /// shares fewer levels than it has in common with the last.
    pub(super) const fn may_follow(&self, mark: Mark, less: bool) -> bool {
        let shared = mark.shared();
        if shared > self.depth {
            return false;
        }
        if !BY_WORDS || mark.0 & TAG == 0 || less && shared < self.depth {
            return true;
        }
        match self.known.split_at_checked(shared as usize & KNOWN.wrapping_sub(1)) {
            Some((_, [level, ..])) => mark.0 == level.mark.0,
            _ => true,
        }
    }

    /// Goes along with a filter, which has the first `len` bytes of `own` besides what it shares, with a slash
    /// behind each level: does it take the text?
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) const fn follow(&mut self, mark: Mark, own: &[u8], len: usize) -> bool {
        let (mut depth, mut own, mut left) = (mark.shared(), own, len);
        while let Some((_, [level, ..])) = self.known.split_at_checked(depth as usize) {
            let (word, is_wild) = (first_word(own), depth >= self.wild_from);
            let taken = match word as u8 {
                _ if left == 0 => {
                    self.depth = depth;
                    return depth == self.levels;
                }
                _ if level.is_first(self.text, word, own) => level.len as usize,
                b'+' if is_wild && depth < self.levels => 1,
                byte => {
                    self.depth = depth;
                    return is_wild && byte == b'#';
                }
            };
            own = skip(own, taken.wrapping_add(1));
            left = left.wrapping_sub(taken).wrapping_sub(1);
            depth = depth.wrapping_add(1);
        }
        self.follow_deep(depth, own, left)
    }

    /// The same from a level on that is not known.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    const fn follow_deep(&mut self, depth: u8, own: &[u8], len: usize) -> bool {
        if depth != self.depth {
            self.rest = self.behind(depth);
        }
        self.depth = depth;
        match own.split_at_checked(len) {
            Some((own, _)) => self.follow_bytes(own),
            None => false,
        }
    }

    const fn follow_bytes(&mut self, own: &[u8]) -> bool {
        let (mut rest, mut own) = (self.rest, own);
        loop {
            let [byte, own_behind @ ..] = own else { return rest.is_none() };
            let is_wild = self.depth >= self.wild_from;
            if is_wild && *byte == b'#' {
                return true;
            }
            let Some(text) = rest else { return false };
            rest = match text {
                _ if is_wild && *byte == b'+' => Some(skip_level(text)),
                [given, behind @ ..] if *given == *byte => Some(behind),
                [] if *byte == b'/' => None,
                _ => return false,
            };
            own = own_behind;
            if *byte == b'/' && self.depth < SHARED {
                self.depth = self.depth.wrapping_add(1);
                self.rest = rest;
            }
        }
    }

    /// What it has behind the levels in common.
    pub(super) const fn rest(&self) -> Option<&'n [u8]> {
        if BY_WORDS { self.behind(self.depth) } else { self.rest }
    }

    /// The text behind so many levels.
    const fn behind(&self, levels: u8) -> Option<&'n [u8]> {
        let (mut rest, mut left) = (Some(self.text), levels);
        match (self.known.split_at_checked(levels as usize), self.known.as_slice()) {
            (Some((_, [level, ..])), _) if levels < self.levels => {
                return Some(skip(self.text, level.start as usize));
            }
            (Some((_, [_, ..])), _) => return None,
            (_, [others @ .., last]) => {
                rest = Some(skip(self.text, last.start as usize));
                left = levels.wrapping_sub(others.len() as u8);
            }
            _ => {}
        }
        while let (Some(text), 1..) = (rest, left) {
            rest = match skip_level(text) {
                [_, behind @ ..] => Some(behind),
                [] => None,
            };
            left = left.wrapping_sub(1);
        }
        rest
    }
}

/// The first eight bytes, or fewer and zeros.
const fn first_word(bytes: &[u8]) -> u64 {
    if let Some((word, _)) = bytes.split_first_chunk() {
        return u64::from_le_bytes(*word);
    }
    let (mut word, mut rest) = (0, bytes);
    while let [before @ .., byte] = rest {
        word = word << 8 | *byte as u64;
        rest = before;
    }
    word
}
