use core::cell::Cell;

use super::TableFull;
use crate::algebra::{is_equal, split_level};

/// The structure of a [`FilterTable`](super::FilterTable): levels and their texts, without values.
///
/// ```text
/// house/+/state    house 0 4 | + 1 3 | state 2 1 | name 2 1 | garden 0 2 | lamp 1 1
/// house/+/name     ------ what begins with house: 4 ------   -- with garden: 2 --
/// garden/lamp
///
/// text: house/+/state/name/garden/lamp/               each text once, a slash behind it
/// ```
///
/// Levels stand one behind the other, each with the level that it is (0 is the first) and with how many it
/// has with all that go on from it. So what goes on stands behind it, and what stands in the same place as
/// many levels on. It works in `const`.
///
/// Nodes and bytes of text are counted below 65,536, so adding never wraps, and is written as what takes
/// the least flash.
pub(super) struct Trie<'t> {
    pub(super) head: &'t mut Head,
    pub(super) nodes: &'t mut [Node],
    pub(super) text: &'t mut [u8],
}

/// How much is in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) nodes: u16,
    /// In bytes.
    pub(super) text: u16,
}

impl Head {
    pub(super) const EMPTY: Self = Self { nodes: 0, text: 0 };
}

/// A level of one or more filters, in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Where its text begins.
    pub(super) text: u16,
    /// Itself and those below.
    pub(super) count: u16,
    pub(super) depth: u8,
    /// Of its text: two texts with different ones are different.
    pub(super) tag: u8,
}

impl Node {
    pub(super) const EMPTY: Self = Self { text: 0, count: 0, depth: 0, tag: 0 };
}

/// Where a filter is: the node of its last level, and how many nodes have been made for it, up to this one.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) new: usize,
}

impl Trie<'_> {
    /// The place of a filter, which is made if it is not there.
    ///
    /// Nothing changes if there is no room: what is behind that in use means nothing.
    pub(super) const fn insert(&mut self, filter: &[u8]) -> Result<Place, TableFull<()>> {
        let Head { nodes: used, text } = *self.head;
        let used = used as usize;
        // Where the next level may be, behind all such, and how many nodes the filter has and is to have.
        let (mut next, mut end, mut depth, mut new) = (0, used, 0_usize, 0_usize);
        let mut rest = Some(filter);
        while let Some(levels) = rest {
            let (level, behind) = split_level(levels);
            rest = behind;
            let Some(start) = self.intern(level) else {
                self.head.text = text;
                return Err(TableFull::Text(()));
            };
            if new == 0 {
                let mut node = self.node(next);
                while next < end && node.text != start {
                    next = next.wrapping_add(node.count as usize);
                    node = self.node(next);
                }
                if next < end {
                    end = next.wrapping_add(node.count as usize);
                    next = next.wrapping_add(1);
                    depth = depth.wrapping_add(1);
                    continue;
                }
            }
            let at = used.wrapping_add(new);
            let of_all = depth.wrapping_add(new);
            if at >= self.nodes.len() || of_all >= DEPTHS {
                self.head.text = text;
                return Err(TableFull::Levels(()));
            }
            // Below 256.
            let node = Node { text: start, count: 0, depth: of_all as u8, tag: tag(level) };
            self.set(at, node);
            new = new.wrapping_add(1);
        }
        if new == 0 {
            return Ok(Place { node: next.wrapping_sub(1), new });
        }
        self.grow(end, depth, new as u16);
        let (mut from, mut to, mut left) = (used, end, new);
        while left > 0 {
            self.bring_down(from, to, left as u16);
            (from, to) = (from.wrapping_add(1), to.wrapping_add(1));
            left = left.wrapping_sub(1);
        }
        self.head.nodes = from as u16;
        Ok(Place { node: to.wrapping_sub(1), new })
    }

    /// Moves a node to a place before it, and those between up by one.
    const fn bring_down(&mut self, from: usize, to: usize, count: u16) {
        let node = Node { count, ..self.node(from) };
        let mut at = from;
        while at > to {
            let before = at.wrapping_sub(1);
            self.set(at, self.node(before));
            at = before;
        }
        self.set(to, node);
    }

    /// Those above a level that ends at `end` and has this depth get so many more, or fewer, wrapping.
    const fn grow(&mut self, end: usize, depth: usize, by: u16) {
        let mut at = 0;
        while at < end {
            let mut node = self.node(at);
            let behind = at.wrapping_add(node.count as usize);
            if behind < end {
                at = behind;
                continue;
            }
            if (node.depth as usize) < depth {
                node.count = node.count.wrapping_add(by);
                self.set(at, node);
            }
            at = at.wrapping_add(1);
        }
    }

    /// Takes out so many nodes up to this one, each the only one below the one before, and the last without
    /// any. Their texts go too unless others have them, and those behind move up.
    pub(super) fn remove(&mut self, last: usize, count: usize) {
        let behind = last.wrapping_add(1);
        let first = behind.saturating_sub(count);
        let depth = usize::from(self.view().node(first).depth);
        self.grow(behind, depth, (count as u16).wrapping_neg());
        for _ in 0..count {
            let text = self.view().node(first).text;
            shift_down(self.nodes, first, 1);
            self.head.nodes = self.head.nodes.wrapping_sub(1);
            self.release(text);
        }
    }

    /// Takes out the text that begins at `start`, unless a node has it.
    fn release(&mut self, start: u16) {
        let used = usize::from(self.head.nodes);
        if self.nodes.iter().take(used).any(|node| node.text == start) {
            return;
        }
        let len = split_level(self.view().text_at(start)).0.len().wrapping_add(1);
        shift_down(self.text, usize::from(start), len);
        let len = len as u16; // It lies within the texts.
        for node in self.nodes.iter_mut().take(used).filter(|node| node.text > start) {
            node.text = node.text.saturating_sub(len);
        }
        self.head.text = self.head.text.saturating_sub(len);
    }

    /// Where the level's text begins, which is put behind the others if it is new; `None` if there is no
    /// room for it.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    const fn intern(&mut self, level: &[u8]) -> Option<u16> {
        let end = self.head.text;
        let mut start: u16 = 0;
        while start < end {
            let text = self.view().text_at(start);
            if is_text(text, level) {
                return Some(start);
            }
            // At most `end`.
            start = start.wrapping_add(split_level(text).0.len() as u16).wrapping_add(1);
        }
        let Some((_, free)) = self.text.split_at_mut_checked(end as usize) else { return None };
        let Some((place, [slash, ..])) = free.split_at_mut_checked(level.len()) else {
            return None;
        };
        place.copy_from_slice(level);
        *slash = b'/';
        // At most 65,535, as all of the texts.
        self.head.text = end.wrapping_add(level.len() as u16).wrapping_add(1);
        Some(end)
    }

    const fn view(&self) -> View<'_> {
        View::new(*self.head, self.nodes, self.text)
    }

    /// Also one behind those in use.
    const fn node(&self, at: usize) -> Node {
        node(self.nodes, at)
    }

    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    const fn set(&mut self, at: usize, node: Node) {
        if let Some((_, [place, ..])) = self.nodes.split_at_mut_checked(at) {
            *place = node;
        }
    }
}

/// The same, to be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'t> {
    /// Those in use.
    pub(super) nodes: &'t [Node],
    text: &'t [u8],
}

impl<'t> View<'t> {
    pub(super) const fn new(head: Head, nodes: &'t [Node], text: &'t [u8]) -> Self {
        match nodes.split_at_checked(head.nodes as usize) {
            Some((nodes, _)) => Self { nodes, text },
            None => Self { nodes, text },
        }
    }

    /// The node of the filter's last level, if it is there.
    pub(super) fn find(&self, filter: &[u8]) -> Option<usize> {
        let (mut next, mut end) = (0, self.nodes.len());
        let mut rest = Some(filter);
        while let Some(text) = rest {
            let (level, behind) = split_level(text);
            let tag = tag(level);
            let mut node = self.node(next);
            while next < end && !(node.tag == tag && is_text(self.text_at(node.text), level)) {
                next = next.wrapping_add(usize::from(node.count));
                node = self.node(next);
            }
            if next >= end {
                return None;
            }
            end = next.wrapping_add(usize::from(node.count));
            next = next.wrapping_add(1);
            rest = behind;
        }
        next.checked_sub(1)
    }

    /// The texts from a place on.
    pub(super) const fn text_at(&self, start: u16) -> &'t [u8] {
        match self.text.split_at_checked(start as usize) {
            Some((_, text)) => text,
            None => &[],
        }
    }

    /// The text of a level.
    pub(super) const fn level(&self, node: Node) -> &'t [u8] {
        split_level(self.text_at(node.text)).0
    }

    pub(super) const fn node(&self, at: usize) -> Node {
        node(self.nodes, at)
    }
}

#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
const fn node(nodes: &[Node], at: usize) -> Node {
    match nodes.split_at_checked(at) {
        Some((_, [node, ..])) => *node,
        _ => Node::EMPTY,
    }
}

/// Levels of a filter at most.
pub(super) const DEPTHS: usize = 256;

/// The tags of texts begin here.
pub(super) const TEXT: u8 = 0x80;

/// A wildcard's is itself. Those of texts tell most levels in one place apart: those that count something
/// differ in their last bytes.
pub(super) const fn tag(level: &[u8]) -> u8 {
    match level {
        [wildcard @ (b'+' | b'#')] => *wildcard,
        [.., last] => (level.len() as u8).rotate_left(4) ^ *last | TEXT,
        [] => TEXT,
    }
}

/// Do the texts begin with this level?
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) const fn is_text(texts: &[u8], level: &[u8]) -> bool {
    match texts.split_at_checked(level.len()) {
        Some((text, [b'/', ..])) => is_equal(text, level),
        _ => false,
    }
}

/// Moves what stands `count` behind `at` to there, and all behind it.
fn shift_down<T: Copy>(items: &mut [T], at: usize, count: usize) {
    let cells = Cell::from_mut(items).as_slice_of_cells();
    let from = cells.iter().skip(at.saturating_add(count));
    cells.iter().skip(at).zip(from).for_each(|(to, from)| to.set(from.get()));
}
