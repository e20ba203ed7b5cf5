//! Topic names by Topic Alias, in memory that the caller lends. MQTT 5.0 section 3.3.2.3.4
//!
//! ```text
//! +-------+--------+------+-------+--------+------+------
//! | alias | length | name | alias | length | name | free
//! | 2     | 2      |      | 2     | 2      |      |
//! +-------+--------+------+-------+--------+------+------
//!   used longest ago        used last
//! ```
//!
//! A name of no bytes keeps the place of an alias that is free again.

use crate::writer::{copy, drop_front};

/// Bytes before each name.
const HEAD: usize = 4;

/// The names of one direction. They end with the connection.
#[derive(Debug)]
pub(super) struct Names<'m> {
    memory: &'m mut [u8],
    used: usize,
    /// The highest alias that was given out.
    highest: u16,
    /// A name was forgotten for want of memory.
    pub(super) has_lost: bool,
}

/// How to send a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) number: u16,
    /// The peer knows the name already.
    pub(super) is_known: bool,
    /// Where it stands.
    at: usize,
}

impl<'m> Names<'m> {
    pub(super) const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, used: 0, highest: 0, has_lost: false }
    }

    pub(super) fn clear(&mut self) {
        (self.used, self.highest, self.has_lost) = (0, 0, false);
    }

    pub(super) const fn has_memory(&self) -> bool {
        self.memory.len() > HEAD
    }

    pub(super) const fn memory_len(&self) -> usize {
        self.memory.len()
    }

    /// Index, alias and name of each.
    fn entries(&self) -> impl Iterator<Item = (usize, u16, &[u8])> {
        let mut at = 0usize;
        let mut rest = self.memory.get(..self.used).unwrap_or_default();
        core::iter::from_fn(move || {
            let (&[a1, a0, l1, l0], names) = rest.split_first_chunk::<HEAD>()?;
            let len = usize::from(u16::from_be_bytes([l1, l0]));
            let (name, next) = names.split_at_checked(len)?;
            let entry = (at, u16::from_be_bytes([a1, a0]), name);
            at = at.saturating_add(HEAD).saturating_add(len);
            rest = next;
            Some(entry)
        })
    }

    /// The name behind an alias.
    pub(super) fn get(&self, alias: u16) -> Option<&[u8]> {
        let mut entries = self.entries().filter(|(_, _, name)| !name.is_empty());
        entries.find(|entry| entry.1 == alias).map(|entry| entry.2)
    }

    /// What the peer calls `alias` from now on.
    pub(super) fn set(&mut self, alias: u16, name: &[u8]) {
        if self.get(alias) == Some(name) {
            return;
        }
        let old = self.entries().find(|entry| entry.1 == alias).map(|(at, _, old)| (at, old.len()));
        if let Some((at, len)) = old {
            self.cut(at, len.saturating_add(HEAD));
        }
        let needed = name.len().saturating_add(HEAD);
        if needed > self.memory.len() {
            self.has_lost = true;
            return;
        }
        while self.memory.len().saturating_sub(self.used) < needed {
            let Some(len) = self.entries().next().map(|first| first.2.len()) else { return };
            self.cut(0, len.saturating_add(HEAD));
            self.has_lost = true;
        }
        self.append(alias, name);
    }

    /// The alias to send a name with, up to `maximum`; none if it gains nothing.
    pub(super) fn choose(&self, name: &[u8], maximum: u16) -> Option<Alias> {
        let needed = name.len().saturating_add(HEAD);
        // The property takes three bytes.
        if maximum == 0 || name.len() <= 3 || needed > self.memory.len() {
            return None;
        }
        if let Some((at, number, _)) = self.entries().find(|entry| entry.2 == name) {
            return Some(Alias { number, is_known: true, at });
        }
        let has_room = self.memory.len().saturating_sub(self.used) >= needed;
        let (number, at) = match self.entries().find(|entry| entry.2.is_empty()) {
            Some((at, number, _)) => (number, at),
            None if has_room && self.highest < maximum => {
                (self.highest.saturating_add(1), self.used)
            }
            // The name that was used longest ago gives its alias away.
            None => self.entries().next().map(|first| (first.1, 0))?,
        };
        Some(Alias { number, is_known: false, at })
    }

    /// The name was sent with what [`choose`](Self::choose) said.
    pub(super) fn was_sent(&mut self, alias: Alias, name: &[u8]) {
        if alias.is_known && alias.at.saturating_add(HEAD).saturating_add(name.len()) >= self.used {
            return; // it was the last
        }
        if alias.at < self.used {
            let old = self.entries().find(|entry| entry.0 == alias.at).map(|entry| entry.2.len());
            self.cut(alias.at, old.unwrap_or_default().saturating_add(HEAD));
        }
        self.highest = self.highest.max(alias.number);
        let needed = name.len().saturating_add(HEAD);
        while self.memory.len().saturating_sub(self.used) < needed {
            // Names are forgotten; if that is not enough, their aliases too.
            let first = self.entries().find(|entry| !entry.2.is_empty());
            match first.map(|(at, number, name)| (at, number, name.len())) {
                Some((place, number, len)) => {
                    self.cut(place.saturating_add(HEAD), len);
                    if let Some(head) = self.memory.get_mut(place..place.saturating_add(HEAD)) {
                        let [n1, n0] = number.to_be_bytes();
                        copy(head, &[n1, n0, 0, 0]);
                    }
                }
                None if self.used >= HEAD => self.cut(0, HEAD),
                None => return,
            }
        }
        self.append(alias.number, name);
    }

    fn append(&mut self, alias: u16, name: &[u8]) {
        let end = self.used.saturating_add(HEAD).saturating_add(name.len());
        let Some(place) = self.memory.get_mut(self.used..end) else { return };
        let Some((head, text)) = place.split_at_mut_checked(HEAD) else { return };
        let ([a1, a0], [l1, l0]) = (alias.to_be_bytes(), (name.len() as u16).to_be_bytes());
        copy(head, &[a1, a0, l1, l0]);
        copy(text, name);
        self.used = end;
    }

    /// Takes `len` bytes away at `at`.
    fn cut(&mut self, at: usize, len: usize) {
        let tail = self.memory.get_mut(at..self.used).unwrap_or_default();
        if len <= tail.len() {
            drop_front(tail, len);
            self.used = self.used.saturating_sub(len);
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic"
)]
mod tests {
    extern crate std;
    use super::*;
    use std::collections::BTreeMap;
    use std::format;
    use std::vec::Vec;

    fn send(names: &mut Names<'_>, name: &str, maximum: u16) -> Option<(u16, bool)> {
        let alias = names.choose(name.as_bytes(), maximum)?;
        names.was_sent(alias, name.as_bytes());
        Some((alias.number, alias.is_known))
    }

    #[test]
    fn the_name_used_longest_ago_gives_its_alias_away() {
        let mut memory = [0; 100];
        let mut names = Names::new(&mut memory);
        let sent: Vec<_> = ["house", "attic", "house", "cellar", "attic", "house", "cellar"]
            .map(|name| send(&mut names, name, 2).unwrap())
            .into();
        let known = [false, false, true, false, false, false, false];
        assert_eq!(sent.iter().map(|sent| sent.1).collect::<Vec<_>>(), known);
        assert_eq!(sent.iter().map(|sent| sent.0).collect::<Vec<_>>(), [1, 2, 1, 2, 1, 2, 1]);
        assert_eq!(names.choose(b"abc", 2), None, "the alias is as long");
        assert_eq!(names.choose(b"a long name", 0), None);
        assert_eq!(names.choose(&[b'x'; 97], 2), None);
    }

    /// Whatever is sent, the receiver knows it by what it was told.
    #[test]
    fn what_one_side_sends_the_other_knows() {
        let (mut ours, mut theirs) = ([0; 64], [0; 1000]);
        let (mut out, mut at_peer) = (Names::new(&mut ours), Names::new(&mut theirs));
        let mut model = BTreeMap::new();
        let (mut state, mut known) = (1u32, 0);
        for _ in 0..100_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let which = (state >> 28) as usize;
            let name = "topic name ".repeat(which / 3) + &format!("{which:04}");
            let Some(alias) = out.choose(name.as_bytes(), 5) else { continue };
            assert!((1..=5).contains(&alias.number));
            if alias.is_known {
                known += 1;
                assert_eq!(model.get(&alias.number), Some(&name));
                assert_eq!(at_peer.get(alias.number), Some(name.as_bytes()));
            } else {
                at_peer.set(alias.number, name.as_bytes());
                model.insert(alias.number, name.clone());
            }
            out.was_sent(alias, name.as_bytes());
            assert!(out.used <= 64 && !at_peer.has_lost);
        }
        assert!(known > 1000, "{known}");
    }

    #[test]
    fn names_that_do_not_fit_are_lost() {
        let mut memory = [0; 20];
        let mut names = Names::new(&mut memory);
        names.set(1, b"house");
        names.set(2, b"attic");
        assert!(!names.has_lost);
        names.set(1, b"houses");
        assert_eq!((names.get(1), names.get(2)), (Some(&b"houses"[..]), Some(&b"attic"[..])));
        names.set(3, b"cellar");
        assert!(names.has_lost);
        assert_eq!(names.get(2), None, "the one set longest ago");
        names.set(1, &[b'x'; 17]);
        assert_eq!(names.get(1), None, "not its name before");
    }
}
