use core::cell::Cell;

use super::TableFull;
use crate::algebra::{is_equal, split_level};

/// The structure of a [`FilterTable`](super::FilterTable): levels and their texts, without values.
///
/// ```text
/// house/+/state    root -> house -> + -> state        child: the first of the levels below
/// house/+/name                           -> name      next: another level in the same place
/// garden/lamp           -> garden -> lamp
///
/// text: house/state/name/garden/lamp/                 each text once, a slash behind it
/// ```
///
/// Links are indexes, and 0, the root's, is no link, so a new table is all zeros. The wildcards come
/// first among the levels in one place, `#` before `+`. It works in `const`.
pub(super) struct Trie<'t> {
    pub(super) head: &'t mut Head,
    pub(super) nodes: &'t mut [Node],
    pub(super) text: &'t mut [u8],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// How many nodes have ever been used, besides the root.
    touched: u16,
    /// How many of these are in use.
    pub(super) used: u16,
    /// The first node that was given back; each has the next in `next`.
    free: u16,
    /// How many bytes of the texts are in use.
    pub(super) text_len: u16,
}

impl Head {
    pub(super) const EMPTY: Self = Self { touched: 0, used: 0, free: NONE, text_len: 0 };
}

/// A level of one or more filters, in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    /// Where its text begins, or [`HASH`], [`PLUS`], [`FREE`].
    pub(super) text: u16,
    /// Of its text: two texts with different ones are different.
    pub(super) tag: u16,
    pub(super) child: u16,
    pub(super) next: u16,
    pub(super) parent: u16,
}

impl Node {
    pub(super) const EMPTY: Self = Self { text: 0, tag: 0, child: NONE, next: NONE, parent: ROOT };

    pub(super) const fn is_wildcard(&self) -> bool {
        matches!(self.text, HASH | PLUS)
    }
}

pub(super) const ROOT: u16 = 0;
pub(super) const NONE: u16 = 0;
pub(super) const HASH: u16 = u16::MAX;
pub(super) const PLUS: u16 = u16::MAX - 1;
const FREE: u16 = u16::MAX - 2;
/// The texts end before the numbers that stand for none.
pub(super) const MAX_TEXT: usize = FREE as usize;

impl Trie<'_> {
    /// The node of the filter's last level, which is made if it is not there.
    ///
    /// Nothing changes if there is no room. At most one level more is looked at than there are nodes.
    pub(super) const fn insert(&mut self, filter: &[u8]) -> Result<u16, TableFull<()>> {
        let (mut node, mut missing) = self.view().walk(filter);
        let text_len = self.head.text_len;
        let mut free = self.nodes.len().saturating_sub(1).saturating_sub(self.head.used as usize);
        let mut rest = missing;
        while let Some(text) = rest {
            let (level, behind) = split_level(text);
            let full = match free.checked_sub(1) {
                None => Some(TableFull::Levels(())),
                Some(fewer) => {
                    free = fewer;
                    if self.intern(level).is_none() { Some(TableFull::Text(())) } else { None }
                }
            };
            if let Some(full) = full {
                self.head.text_len = text_len;
                return Err(full);
            }
            rest = behind;
        }
        while let Some(text) = missing {
            let (level, behind) = split_level(text);
            node = self.add(node, level);
            missing = behind;
        }
        Ok(node)
    }

    /// Takes out a node that has no child; gives its parent.
    ///
    /// A text that no other node has goes too, and those behind it move up: work for every node and for
    /// every byte of text.
    pub(super) fn remove(&mut self, id: u16) -> u16 {
        let node = *self.view().node(id);
        let mut before = self.view().node(node.parent).child;
        if before == id {
            self.set_child(node.parent, node.next);
        }
        while before != NONE {
            let next = self.view().node(before).next;
            if next == id {
                self.set_next(before, node.next);
                break;
            }
            before = next;
        }
        self.set(id, Node { text: FREE, next: self.head.free, ..Node::EMPTY });
        self.head.free = id;
        self.head.used = self.head.used.saturating_sub(1);
        if !node.is_wildcard() {
            self.release(node.text);
        }
        node.parent
    }

    /// Takes out the text that begins at `start`, unless a node has it.
    fn release(&mut self, start: u16) {
        let Some((_, behind)) = self.text.split_at_mut_checked(usize::from(start)) else { return };
        let len = split_level(behind).0.len().saturating_add(1);
        let touched = usize::from(self.head.touched);
        if self.nodes.iter().skip(1).take(touched).any(|node| node.text == start) {
            return;
        }
        let cells = Cell::from_mut(behind).as_slice_of_cells();
        for (to, from) in cells.iter().zip(cells.iter().skip(len)) {
            to.set(from.get());
        }
        let len = len as u16; // It lies within the texts.
        for node in self.nodes.iter_mut().skip(1).take(touched) {
            if start < node.text && node.text < FREE {
                node.text = node.text.saturating_sub(len);
            }
        }
        self.head.text_len = self.head.text_len.saturating_sub(len);
    }

    /// Puts a level below `parent`, behind the wildcards there. There is room for it.
    const fn add(&mut self, parent: u16, level: &[u8]) -> u16 {
        let id = match self.head.free {
            NONE => {
                self.head.touched = self.head.touched.saturating_add(1);
                self.head.touched
            }
            free => {
                self.head.free = self.view().node(free).next;
                free
            }
        };
        self.head.used = self.head.used.saturating_add(1);
        let text = match self.intern(level) {
            Some(text) => text,
            None => FREE,
        };
        let mut before = NONE;
        let mut next = self.view().node(parent).child;
        while next != NONE {
            let sibling = self.view().node(next);
            if !sibling.is_wildcard() || sibling.text < text {
                break;
            }
            (before, next) = (next, sibling.next);
        }
        self.set(id, Node { text, tag: tag(level), child: NONE, next, parent });
        if before == NONE {
            self.set_child(parent, id);
        } else {
            self.set_next(before, id);
        }
        id
    }

    /// Where the level's text begins, which is put behind the others if it is new; `None` if there is no
    /// room for it.
    const fn intern(&mut self, level: &[u8]) -> Option<u16> {
        match level {
            b"#" => return Some(HASH),
            b"+" => return Some(PLUS),
            _ => {}
        }
        let Some((texts, free)) = self.text.split_at_mut_checked(self.head.text_len as usize)
        else {
            return None;
        };
        let (mut rest, mut start) = (&*texts, 0_usize);
        while !rest.is_empty() {
            let (text, behind) = split_level(rest);
            if is_equal(text, level) {
                return Some(start as u16);
            }
            start = start.saturating_add(text.len()).saturating_add(1);
            rest = match behind {
                Some(behind) => behind,
                None => &[],
            };
        }
        let Some((place, [slash, ..])) = free.split_at_mut_checked(level.len()) else {
            return None;
        };
        place.copy_from_slice(level);
        *slash = b'/';
        // Below MAX_TEXT, as all of the texts.
        self.head.text_len = start.saturating_add(level.len()).saturating_add(1) as u16;
        Some(start as u16)
    }

    const fn view(&self) -> View<'_> {
        View { nodes: self.nodes, text: self.text }
    }

    const fn set_child(&mut self, id: u16, child: u16) {
        if let Some((_, [node, ..])) = self.nodes.split_at_mut_checked(id as usize) {
            node.child = child;
        }
    }

    const fn set_next(&mut self, id: u16, next: u16) {
        if let Some((_, [node, ..])) = self.nodes.split_at_mut_checked(id as usize) {
            node.next = next;
        }
    }

    const fn set(&mut self, id: u16, node: Node) {
        if let Some((_, [place, ..])) = self.nodes.split_at_mut_checked(id as usize) {
            *place = node;
        }
    }
}

/// The same, to be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) nodes: &'t [Node],
    pub(super) text: &'t [u8],
}

impl<'t> View<'t> {
    /// The node of the filter's last level, if it is there.
    pub(super) const fn find(&self, filter: &[u8]) -> Option<u16> {
        match self.walk(filter) {
            (node, None) => Some(node),
            (_, Some(_)) => None,
        }
    }

    /// The deepest node that lies on the filter's way, and what the filter has behind it.
    const fn walk<'f>(&self, filter: &'f [u8]) -> (u16, Option<&'f [u8]>) {
        let (mut node, mut rest) = (ROOT, Some(filter));
        while let Some(text) = rest {
            let (level, behind) = split_level(text);
            let child = self.child(node, level);
            if child == NONE {
                break;
            }
            (node, rest) = (child, behind);
        }
        (node, rest)
    }

    const fn child(&self, parent: u16, level: &[u8]) -> u16 {
        let tag = tag(level);
        let mut id = self.node(parent).child;
        while id != NONE {
            let node = self.node(id);
            let is_it = match node.text {
                HASH => matches!(level, b"#"),
                PLUS => matches!(level, b"+"),
                text => node.tag == tag && self.is_text(text, level),
            };
            if is_it {
                break;
            }
            id = node.next;
        }
        id
    }

    /// Is `level` the text that begins at `start`?
    pub(super) const fn is_text(&self, start: u16, level: &[u8]) -> bool {
        let Some((_, behind)) = self.text.split_at_checked(start as usize) else { return false };
        match behind.split_at_checked(level.len()) {
            Some((text, [b'/', ..])) => is_equal(text, level),
            _ => false,
        }
    }

    /// The text of a level.
    pub(super) const fn level(&self, node: &Node) -> &'t [u8] {
        match node.text {
            HASH => b"#",
            PLUS => b"+",
            start => match self.text.split_at_checked(start as usize) {
                Some((_, behind)) => split_level(behind).0,
                None => &[],
            },
        }
    }

    pub(super) const fn node(&self, id: u16) -> &'t Node {
        match self.nodes.split_at_checked(id as usize) {
            Some((_, [node, ..])) => node,
            _ => &Node::EMPTY,
        }
    }
}

/// Tells most levels in one place apart without a look at their texts: those that count something
/// differ in their last bytes.
pub(super) const fn tag(level: &[u8]) -> u16 {
    let last = match level {
        [.., before, last] => u16::from_le_bytes([*last, *before]),
        [last] => *last as u16,
        [] => 0,
    };
    last ^ (level.len() as u16).rotate_left(4)
}
