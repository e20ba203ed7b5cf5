use core::fmt;
use core::iter::FusedIterator;

use super::trie::{TEXT, View, is_text, tag};
use crate::algebra::split_level;
use crate::grammar::BY_WORDS;

/// The values of the filters that take a topic name: what
/// [`FilterTable::lookup`](super::FilterTable::lookup) gives.
///
/// It goes through the levels of the table once, from the first to the last, without those below a level
/// that takes nothing of the name. So it needs no memory, whatever the filters and the name.
pub struct TableLookup<'t, 'n, V> {
    walk: Walk<'t, 'n>,
    values: &'t [Option<V>],
}

/// The way through the table, whatever the values are.
#[derive(Clone, Copy)]
struct Walk<'t, 'n> {
    view: View<'t>,
    name: &'n [u8],
    /// What is looked at next.
    at: usize,
    /// The level of the name that it may take, and how many are before it.
    level: Level,
    depth: u8,
    /// The first levels, and how many of them are known.
    levels: [Level; LEVELS],
    known: u8,
}

/// A level of the name.
#[derive(Debug, Clone, Copy)]
struct Level {
    start: u32,
    end: u32,
    /// [`BEHIND`] behind the last one, where only `#` takes something.
    tag: u8,
}

/// The tag of no level.
const BEHIND: u8 = 0;

/// Others are found anew each time, which takes less flash.
const LEVELS: usize = if BY_WORDS { 8 } else { 0 };

impl<'t, 'n, V> TableLookup<'t, 'n, V> {
    pub(super) const fn new(view: View<'t>, values: &'t [Option<V>], name: &'n [u8]) -> Self {
        Self { walk: Walk::new(view, name), values }
    }
}

impl<'t, V> Iterator for TableLookup<'t, '_, V> {
    type Item = &'t V;

    fn next(&mut self) -> Option<&'t V> {
        loop {
            let end = self.walk.next()?;
            if let Some(Some(value)) = self.values.get(end) {
                return Some(value);
            }
        }
    }
}

impl<'t, 'n> Walk<'t, 'n> {
    const fn new(view: View<'t>, name: &'n [u8]) -> Self {
        let level = Level::behind(name, 0, 0);
        Self { view, name, at: 0, level, depth: 0, levels: [level; LEVELS], known: 1 }
    }

    /// The next node with which the name ends, where a filter may end too.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn next(&mut self) -> Option<usize> {
        let mut at = self.at;
        while let Some(node) = self.view.nodes.get(at) {
            if node.depth != self.depth {
                self.move_to(node.depth);
            }
            let is_taken = match node.tag {
                TEXT.. => node.tag == self.level.tag && self.is_text(node.text),
                // [MQTT-4.7.2-1]
                _ if node.depth == 0 && self.name.first() == Some(&b'$') => false,
                tag => tag == b'#' || self.level.tag != BEHIND,
            };
            if !is_taken {
                at = at.wrapping_add(usize::from(node.count)); // Below 65,536, as all.
                continue;
            }
            at = at.wrapping_add(1);
            if node.tag == b'#' || self.level.end as usize >= self.name.len() {
                self.at = at;
                return Some(at.wrapping_sub(1));
            }
        }
        self.at = at;
        None
    }

    fn is_text(&self, text: u16) -> bool {
        let Level { start, end, .. } = self.level;
        let level = self.name.get(start as usize..end as usize);
        let texts = self.view.text_at(text);
        if BY_WORDS {
            let behind = level.and_then(|level| texts.strip_prefix(level));
            return matches!(behind, Some([b'/', ..]));
        }
        level.is_some_and(|level| is_text(texts, level))
    }

    /// To one of the levels before, or the one behind.
    #[inline(never)]
    fn move_to(&mut self, depth: u8) {
        self.depth = depth;
        let place = usize::from(depth);
        if depth < self.known {
            if let Some(level) = self.levels.get(place) {
                self.level = *level;
                return;
            }
        }
        self.level = match self.levels.get(place.wrapping_sub(1)) {
            Some(before) => Level::behind(self.name, before.end.saturating_add(1), 0),
            None => Level::behind(self.name, 0, depth),
        };
        if let Some(known) = self.levels.get_mut(place) {
            *known = self.level;
            self.known = depth.saturating_add(1);
        }
    }
}

impl Level {
    /// So many levels behind the one that begins at `start`.
    const fn behind(name: &[u8], start: u32, levels: u8) -> Self {
        let mut rest = match name.split_at_checked(start as usize) {
            Some((_, rest)) => Some(rest),
            None => None,
        };
        let mut left = levels;
        while let (Some(text), 1..) = (rest, left) {
            rest = split_level(text).1;
            left = left.wrapping_sub(1);
        }
        match rest {
            Some(rest) => {
                let level = split_level(rest).0;
                // A name has at most 65,535 bytes.
                let start = name.len().saturating_sub(rest.len()) as u32;
                Self { start, end: start.wrapping_add(level.len() as u32), tag: tag(level) }
            }
            None => Self { start: 0, end: u32::MAX, tag: BEHIND },
        }
    }
}

impl<V> FusedIterator for TableLookup<'_, '_, V> {}

impl<V> Clone for TableLookup<'_, '_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for TableLookup<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableLookup").field("next", &self.walk.at).finish_non_exhaustive()
    }
}
