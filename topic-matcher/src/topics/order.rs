//! The order of topic names, and where in it a filter's next name can be.
//!
//! ```text
//! house            level by level, and levels byte by byte: a topic, all that is below it, and then
//! house/attic      the next one of its level. What is below a topic stands together, so it can be
//! house/kitchen    skipped as a whole, which plain bytes do not allow: there `house!` stands between.
//! house!
//! ```
//!
//! That is the order of bytes, with a slash in front of all others. No name has a U+0000, so a slash
//! has its place to itself.

use core::cmp::Ordering;

use crate::grammar::at_special;
use crate::matching::{skip_equal_words, skip_level};

/// A text to be found among names, in two parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'k> {
    pub(super) head: &'k [u8],
    pub(super) tail: &'k [u8],
}

impl<'k> Key<'k> {
    pub(super) const fn new(text: &'k [u8]) -> Self {
        Self { head: text, tail: &[] }
    }

    /// What all names that a filter takes begin with, or are.
    pub(super) fn first_of(filter: &'k [u8]) -> Self {
        Self::new(literals(filter))
    }

    /// Does the name lie before it?
    pub(super) fn is_behind(self, name: &[u8]) -> bool {
        self.compare(name) == Ordering::Less
    }

    /// The name compared with it.
    pub(super) fn compare(self, name: &[u8]) -> Ordering {
        let mut rest = name;
        for part in [self.head, self.tail] {
            let (mut given, mut wanted) = skip_equal_words(rest, part);
            while let Some((wanted_byte, wanted_behind)) = wanted.split_first() {
                let Some((byte, behind)) = given.split_first() else { return Ordering::Less };
                if byte != wanted_byte {
                    return rank(*byte).cmp(&rank(*wanted_byte));
                }
                (given, wanted) = (behind, wanted_behind);
            }
            rest = given;
        }
        if rest.is_empty() { Ordering::Equal } else { Ordering::Greater }
    }
}

/// What a filter says of a name.
#[derive(Debug)]
pub(super) enum Verdict<'k> {
    Takes,
    /// No name between this one and the key is taken; the key lies behind this one.
    TakesNoneBefore(Key<'k>),
    /// No name behind this one is taken.
    TakesNoMore,
}

/// Does the filter take the name? If not, what can be the next one that it takes?
pub(super) fn judge<'k>(filter: &'k [u8], name: &'k [u8]) -> Verdict<'k> {
    if let ([b'+' | b'#', ..], [b'$', ..]) = (filter, name) {
        // [MQTT-4.7.2-1]
        return Verdict::TakesNoneBefore(Key::new(BEHIND_DOLLAR));
    }
    let (mut wanted, mut given) = skip_equal_words(filter, name);
    // What is left of the name behind the last level that a `+` takes.
    let mut behind_plus = None;
    loop {
        match (wanted, given) {
            // `#` takes its parent too.
            ([], []) | ([b'#', ..], _) | (b"/#", []) => return Verdict::Takes,
            ([b'+', wanted_behind @ ..], _) => {
                let given_behind = skip_level(given);
                behind_plus = Some(given_behind);
                (wanted, given) = skip_equal_words(wanted_behind, given_behind);
            }
            ([byte, wanted_behind @ ..], [other, given_behind @ ..]) if byte == other => {
                (wanted, given) = (wanted_behind, given_behind);
            }
            // The name is in front of what the filter wants here. A name that is longer in front of
            // its next level or at its end, or has another byte of a higher rank, is behind.
            ([byte, ..], other) if other.first().is_none_or(|other| rank(*other) < rank(*byte)) => {
                let key = Key { head: without(name, given), tail: literals(wanted) };
                return Verdict::TakesNoneBefore(key);
            }
            _ => break,
        }
    }
    match behind_plus {
        // All that is left begins with what the last `+` takes: on to the next one of its level.
        Some(behind) => {
            let key = Key { head: without(name, behind), tail: NEXT_LEVEL };
            Verdict::TakesNoneBefore(key)
        }
        None => Verdict::TakesNoMore,
    }
}

/// So many steps is it to look at a name: one for each 128 bytes.
pub(super) const fn steps(name: &[u8]) -> usize {
    (name.len() >> 7).saturating_add(1)
}

/// So many steps is it to search so many names for a key: one for each 128 bytes of it and each comparison.
/// A short one takes none.
pub(super) fn steps_to(key: Key<'_>, names: usize) -> usize {
    let len = key.head.len().saturating_add(key.tail.len()) >> 7;
    // With strides that get twice as long, and then half as long.
    let comparisons = usize::BITS.saturating_sub(names.leading_zeros()).saturating_add(1);
    len.saturating_mul(comparisons as usize).saturating_mul(2)
}

/// Behind a topic, the first that is not below it: no byte but a slash ranks lower.
const NEXT_LEVEL: &[u8] = b"\x01";
/// The first text behind all that begin with `$`.
const BEHIND_DOLLAR: &[u8] = b"%";

const fn rank(byte: u8) -> u8 {
    match byte {
        b'/' => 0,
        byte => byte,
    }
}

/// What a part of a filter says up to its first wildcard. Names end with it, or go on behind it.
fn literals(filter: &[u8]) -> &[u8] {
    let special = at_special(filter);
    let literals = without(filter, special);
    match special {
        [b'#', ..] => literals.strip_suffix(b"/").unwrap_or(literals),
        _ => literals,
    }
}

/// The text without its tail.
fn without<'t>(text: &'t [u8], tail: &[u8]) -> &'t [u8] {
    text.get(..text.len().saturating_sub(tail.len())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::{TopicFilter, TopicName};

    /// Every text of up to so many of these characters, in the order of its levels.
    fn names(alphabet: &str, len: u32) -> Vec<String> {
        let (mut longest, mut all) = (std::vec![String::new()], Vec::new());
        for _ in 0..len {
            let longer = |text: &String| {
                alphabet.chars().map(|c| std::format!("{text}{c}")).collect::<Vec<_>>()
            };
            longest = longest.iter().flat_map(longer).collect();
            all.extend_from_slice(&longest);
        }
        all.sort_by(|a, b| a.split('/').cmp(b.split('/')));
        all
    }

    #[test]
    fn keys_are_compared_level_by_level() {
        let names = names("/\u{1}$b", 4);
        for (at, name) in names.iter().enumerate() {
            for (other_at, other) in names.iter().enumerate() {
                for cut in 0..=other.len() {
                    let (head, tail) = other.as_bytes().split_at(cut);
                    assert_eq!(Key { head, tail }.compare(name.as_bytes()), at.cmp(&other_at));
                }
            }
        }
    }

    #[test]
    fn long_keys_are_compared_level_by_level() {
        for (name, other) in [
            ("house/kitchen", "house/kitchen/lamp"),
            ("house/kitchen/lamp", "house/kitchen!/lamp"),
            ("house/kitchen/lamp/1", "house/kitchen/lamp/2"),
            ("house/kitchen/lamp/1/x", "house/kitchen/lamp/1\u{1}"),
        ] {
            for (name, other, order) in
                [(name, other, Ordering::Less), (other, name, Ordering::Greater)]
            {
                for cut in 0..=other.len() {
                    let (head, tail) = other.as_bytes().split_at(cut);
                    assert_eq!(Key { head, tail }.compare(name.as_bytes()), order);
                }
            }
        }
    }

    /// For every filter and name over an alphabet: the verdict, and that the key is the tightest that
    /// can be told from one name, or looser only by names that do not exist.
    #[test]
    fn says_where_the_next_name_can_be() {
        let names = names("/\u{1}$b", 4);
        let mut filters = 0;
        for filter in self::names("/\u{1}$b+#", 4) {
            let Ok(filter) = TopicFilter::new(&filter) else { continue };
            let is_taken = |name: &str| filter.matches(TopicName::new(name).unwrap());
            let first = names.iter().position(|name| is_taken(name)).unwrap_or(names.len());
            let from = Key::first_of(filter.as_bytes());
            assert!(names[..first].iter().all(|name| !is_taken(name)));
            assert!(names.get(first).is_none_or(|name| !from.is_behind(name.as_bytes())));
            for (at, name) in names.iter().enumerate() {
                let next = (at..names.len()).find(|at| is_taken(&names[*at]));
                match judge(filter.as_bytes(), name.as_bytes()) {
                    Verdict::Takes => assert_eq!(next, Some(at), "{filter} {name}"),
                    Verdict::TakesNoMore => assert_eq!(next, None, "{filter} {name}"),
                    Verdict::TakesNoneBefore(key) => {
                        assert!(key.is_behind(name.as_bytes()), "{filter} {name}");
                        let next = next.map(|at| names[at].as_bytes());
                        assert!(!next.is_some_and(|next| key.is_behind(next)), "{filter} {name}");
                    }
                }
            }
            filters += 1;
        }
        assert!(filters > 400);
    }

    #[test]
    fn skips_as_far_as_it_can() {
        for (filter, name, head, tail) in [
            ("a/+/c", "a", "a", "/"),
            ("a/+/c", "a/x", "a/x", "/c"),
            ("a/+/c", "a/x/a/b", "a/x/", "c"),
            ("a/+/c", "a/x/d", "a/x", "\u{1}"),
            ("a/+/c", "a/x/c/d", "a/x", "\u{1}"),
            ("a/+/c", "0", "", "a/"),
            ("a/+/c/d/#", "a/x/b", "a/x/", "c/d"),
            ("+/+", "$SYS/x", "%", ""),
            ("+/+/+/x", "a/b/c", "a/b/c", "/x"),
            ("+/+/+/x", "a/b/c/y/z", "a/b/c", "\u{1}"),
            ("a/b", "a", "a", "/b"),
        ] {
            match judge(filter.as_bytes(), name.as_bytes()) {
                Verdict::TakesNoneBefore(key) => {
                    assert_eq!(
                        (key.head, key.tail),
                        (head.as_bytes(), tail.as_bytes()),
                        "{filter}"
                    );
                }
                other => panic!("{filter} {name}: {other:?}"),
            }
        }
        for (filter, name) in [("a/b", "a/b/c"), ("a/b", "a/c"), ("a/#", "a!"), ("a", "ab")] {
            assert!(matches!(judge(filter.as_bytes(), name.as_bytes()), Verdict::TakesNoMore));
        }
    }
}
