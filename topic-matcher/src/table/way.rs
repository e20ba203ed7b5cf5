use crate::algebra::{is_equal, split_level};
use crate::grammar::BY_WORDS;
use crate::matching::{low_zero_bytes, skip, skip_equal_words, skip_level, slashes};

// A text is compared level by level. The first eight levels are taken apart once (`Level`), and `follow` uses
// them; `follow_deep` goes on behind them. On machines of less than 64 bits none is taken apart (`KNOWN` is 0),
// and `follow_deep` does everything.

/// How many levels a filter shares with the one before it, and a tag of the level behind them.
///
/// The tag has the low 9 bits: 0 where nothing is said of the level, as of a wildcard or where there is none,
/// otherwise 0x100 and eight bits of a hash. Levels with different tags are different.
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
    /// What it has behind them: right where they are at least [`KNOWN`] only, as below that `known` says it.
    rest: Option<&'n [u8]>,
    /// What a filter has as its mark that shares them and goes on as the text does: likewise.
    deep: Mark,
    /// Its first levels, where words of eight bytes pay.
    known: [Level; KNOWN],
    /// How many of these it has.
    levels: u8,
    /// From this level on wildcards count: from the first for a topic name, from the second for one that begins
    /// with `$`, from none, as no depth is 255, for a filter.
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

    /// That with which `text` begins, which is what another has from `start` on.
    const fn at_start(text: &[u8], start: usize, number: u8) -> Self {
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
            // Turned, or a level of eight bytes would cancel itself out.
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

    /// Does `own`, whose first word is given, begin with this level of `text` and a slash?
    const fn begins(&self, text: &[u8], word: u64, own: &[u8]) -> bool {
        let len = self.len as usize;
        if len < 8 {
            let others = 56_u32.wrapping_sub(len.wrapping_mul(8) as u32);
            return (word ^ self.word).wrapping_shl(others) == 0;
        }
        if word != self.word {
            return false;
        }
        match (own.split_at_checked(len), skip(text, self.start as usize).split_at_checked(len)) {
            (Some((own, [b'/', ..])), Some((given, _))) => is_equal_by_words(own, given),
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
            *place = Level::at_start(from, start, levels);
            start = start.wrapping_add(place.len as usize).wrapping_add(1);
            (places, levels) = (others, levels.wrapping_add(1));
        }
        Self { text, depth: 0, rest: Some(text), deep: Mark::EMPTY, known, levels, wild_from }
    }

    /// What a filter has as its mark that shares with the last one what the text has in common with it, and goes
    /// on as the text does.
    pub(super) const fn mark(&self) -> Mark {
        match self.known.split_at_checked(self.depth as usize) {
            Some((_, [level, ..])) if self.depth < self.levels => level.mark,
            Some((_, [_, ..])) => Mark::new(self.depth, 0),
            _ if BY_WORDS => self.deep,
            _ => Mark::new(self.depth, 0),
        }
    }

    /// May the next filter, with this mark, have a level more in common with the text than those before?
    ///
    /// Not if it shares more levels with the last one than the text does, nor if its next level has another tag.
    /// If `stops_at_less`, one that shares fewer levels is not left out: there inserting stops.
    pub(super) const fn may_follow(&self, mark: Mark, stops_at_less: bool) -> bool {
        let shared = mark.shared();
        if shared > self.depth {
            return false;
        }
        if !BY_WORDS || mark.0 & TAG == 0 || stops_at_less && shared < self.depth {
            return true;
        }
        if shared as usize >= KNOWN {
            return mark.0 == self.deep.0 || shared < self.depth;
        }
        // The number is below eight already; said again, it takes one branch less.
        match self.known.split_at_checked(shared as usize & 7) {
            Some((_, [level, ..])) => mark.0 == level.mark.0,
            _ => true,
        }
    }

    /// Goes along with a filter, which has the first `len` bytes of `own` besides what it shares, with a slash
    /// behind each level: does it take the text? What lies behind these bytes is never reached, as a level that
    /// is equal ends with one of the slashes.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) const fn follow(&mut self, mark: Mark, own: &[u8], len: usize) -> bool {
        let (mut depth, mut own, mut left) = (mark.shared(), own, len);
        while let Some((_, [level, ..])) = self.known.split_at_checked(depth as usize) {
            if left == 0 {
                self.depth = depth;
                return depth == self.levels;
            }
            let word = first_word(own);
            let taken = if level.begins(self.text, word, own) {
                level.len as usize
            } else {
                let is_wild = depth >= self.wild_from;
                if word as u8 != b'+' || !is_wild || depth >= self.levels {
                    self.depth = depth;
                    return is_wild && word as u8 == b'#';
                }
                1
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
        let Some((own, _)) = own.split_at_checked(len) else { return false };
        if !BY_WORDS {
            return self.follow_bytes(own);
        }
        let is_taken = self.follow_levels(own);
        self.deep = match self.rest {
            Some(rest) if self.depth < SHARED => Level::at_start(rest, 0, self.depth).mark,
            _ => Mark::new(self.depth, 0),
        };
        is_taken
    }

    const fn follow_levels(&mut self, own: &[u8]) -> bool {
        let (mut rest, mut own) = (self.rest, own);
        while let (level, Some(own_behind)) = split_level(own) {
            let is_wild = self.depth >= self.wild_from;
            if is_wild && matches!(level, b"#") {
                return true;
            }
            let Some(text) = rest else { return false };
            let from_slash = match text.split_at_checked(level.len()) {
                _ if is_wild && matches!(level, b"+") => skip_level(text),
                Some((given, behind @ ([] | [b'/', ..]))) if is_equal_by_words(level, given) => {
                    behind
                }
                _ => return false,
            };
            rest = match from_slash {
                [_, behind @ ..] => Some(behind),
                [] => None,
            };
            own = own_behind;
            if self.depth < SHARED {
                self.depth = self.depth.wrapping_add(1);
                self.rest = rest;
            }
        }
        rest.is_none()
    }

    /// As by levels, which takes more flash.
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
            (_, [.., last]) => {
                rest = match skip(skip(self.text, last.start as usize), last.len as usize) {
                    [_, behind @ ..] => Some(behind),
                    [] => None,
                };
                left = levels.wrapping_sub(KNOWN as u8);
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

const fn is_equal_by_words(a: &[u8], b: &[u8]) -> bool {
    let (a, b) = skip_equal_words(a, b);
    is_equal(a, b)
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
