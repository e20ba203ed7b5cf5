use core::fmt;
use core::iter::FusedIterator;

use super::trie::{HASH, NONE, Node, PLUS, ROOT, View, tag};
use crate::algebra::split_level;

/// The values of the filters that take a topic name: what
/// [`FilterTable::lookup`](super::FilterTable::lookup) gives.
///
/// It walks down as long as levels are taken, and back by the links, so it needs no memory. Whatever
/// the filters and the name, it looks at each level of the table at most once.
pub struct TableLookup<'t, 'n, V> {
    view: View<'t>,
    values: &'t [Option<V>],
    name: &'n [u8],
    /// What is looked at next, which may take the level; [`NONE`] at the end.
    id: u16,
    level: Level<'n>,
}

/// A level of the name.
#[derive(Debug, Clone, Copy)]
struct Level<'n> {
    start: usize,
    /// `None` behind the last one, where only `#` takes something: the parent.
    text: Option<&'n [u8]>,
    tag: u16,
}

impl<'t, 'n, V> TableLookup<'t, 'n, V> {
    pub(super) fn new(view: View<'t>, values: &'t [Option<V>], name: &'n [u8]) -> Self {
        let id = view.node(ROOT).child;
        Self { view, values, name, id, level: Level::at(name, 0) }
    }

    /// Does the node take the level? Of texts, the one in this place that does, if there is one.
    fn takes(&self, id: u16) -> Option<(u16, &'t Node)> {
        let (mut id, mut node) = (id, self.view.node(id));
        // [MQTT-4.7.2-1]
        let is_hidden = self.level.start == 0 && matches!(self.name, [b'$', ..]);
        let level = match (node.text, self.level.text) {
            (HASH, _) | (PLUS, Some(_)) => return (!is_hidden).then_some((id, node)),
            (_, None) => return None,
            (_, Some(level)) => level,
        };
        while node.tag != self.level.tag || !self.is_text(node.text, level) {
            id = node.next;
            if id == NONE {
                return None;
            }
            node = self.view.node(id);
        }
        Some((id, node))
    }

    /// [`View::is_text`] by the quick way to compare, which `const` has not.
    fn is_text(&self, start: u16, level: &[u8]) -> bool {
        let text = self.view.text.get(usize::from(start)..).unwrap_or_default();
        matches!(text.strip_prefix(level), Some([b'/', ..]))
    }

    /// On to what may take a level after `node` and all below it.
    fn leave(&mut self, node: &'t Node) {
        // The texts in one place have been looked at together, and behind the last level of the name
        // there is `#` alone, first.
        let mut is_last = !node.is_wildcard() || self.level.text.is_none();
        let mut node = node;
        let mut up: usize = 0;
        while is_last || node.next == NONE {
            if node.parent == ROOT {
                self.id = NONE;
                return;
            }
            node = self.view.node(node.parent);
            is_last = !node.is_wildcard();
            up = up.saturating_add(1);
        }
        self.id = node.next;
        if up > 0 {
            self.level = self.level.up(self.name, up);
        }
    }
}

impl<'t, V> Iterator for TableLookup<'t, '_, V> {
    type Item = &'t V;

    fn next(&mut self) -> Option<&'t V> {
        while self.id != NONE {
            let Some((id, node)) = self.takes(self.id) else {
                self.leave(self.view.node(self.id));
                continue;
            };
            let is_end = node.text == HASH || self.level.is_last(self.name);
            if node.child == NONE {
                self.leave(node);
            } else {
                self.id = node.child;
                self.level = self.level.next(self.name);
            }
            if let (true, Some(Some(value))) = (is_end, self.values.get(usize::from(id))) {
                return Some(value);
            }
        }
        None
    }
}

impl<V> FusedIterator for TableLookup<'_, '_, V> {}

impl<'n> Level<'n> {
    fn at(name: &'n [u8], start: usize) -> Self {
        let text = name.get(start..).map(|rest| split_level(rest).0);
        Self { start, text, tag: text.map_or(0, tag) }
    }

    fn end(&self) -> usize {
        self.start.saturating_add(self.text.map_or(0, <[u8]>::len))
    }

    fn is_last(&self, name: &[u8]) -> bool {
        self.end() >= name.len()
    }

    /// The level behind it, or what is behind the last one.
    fn next(&self, name: &'n [u8]) -> Self {
        Self::at(name, self.end().saturating_add(1))
    }

    /// So many levels in front of it.
    fn up(&self, name: &'n [u8], count: usize) -> Self {
        let mut start = self.start;
        for _ in 0..count {
            let before = name.get(..start.saturating_sub(1)).unwrap_or_default();
            let slash = before.iter().rposition(|byte| *byte == b'/');
            start = slash.map_or(0, |slash| slash.saturating_add(1));
        }
        Self::at(name, start)
    }
}

impl<V> Clone for TableLookup<'_, '_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for TableLookup<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableLookup").field("level", &self.level.start).finish_non_exhaustive()
    }
}
