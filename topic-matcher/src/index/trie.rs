//! Filters whose shape has no number: a tree of levels, whose edges are in one hash table.

use alloc::vec::Vec;

use super::hash::Key;
use super::slots::{Slot, Slots};
use super::texts::Texts;

/// No node, no text, no entry.
pub(super) const NONE: u32 = u32::MAX;
const ROOT: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The next free node, if it is none.
    parent: u32,
    /// Its level, unless it is a `+`.
    text: u32,
    /// The child that is a `+`.
    plus: u32,
    /// The filter that ends here, and the one that goes on with `#`.
    here: u32,
    rest: u32,
    children: u32,
}

const EMPTY: Node =
    Node { parent: NONE, text: NONE, plus: NONE, here: NONE, rest: NONE, children: 0 };

#[derive(Debug, Clone)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    edges: Slots,
    free: u32,
    /// Nodes that are free.
    pub(super) spare: usize,
    pub(super) len: usize,
}

impl Trie {
    pub(super) const fn new() -> Self {
        Self { nodes: Vec::new(), edges: Slots::NEW, free: NONE, spare: 0, len: 0 }
    }

    pub(super) fn memory(&self) -> usize {
        let nodes = self.nodes.capacity().saturating_mul(size_of::<Node>());
        nodes.saturating_add(self.edges.memory())
    }

    fn node(&self, node: u32) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(EMPTY)
    }

    fn edge(&self, key: &Key, texts: &Texts, node: u32, hash: u64, level: &[u8]) -> Option<u32> {
        let is = |slot: Slot| slot.a == node && texts.get(self.node(slot.b).text).1 == level;
        self.edges.find(key.edge(node, hash), is).map(|(_, slot)| slot.b)
    }

    /// Where a filter ends, if all of its levels are there, and whether it ends with `#`.
    fn end(&self, key: &Key, texts: &Texts, filter: &[u8]) -> Option<(u32, bool)> {
        let (mut node, mut at) = (ROOT, 0);
        while at <= filter.len() {
            let (hash, level) = level_at(key, filter, at);
            node = match level {
                b"#" => return Some((node, true)),
                b"+" => Some(self.node(node).plus).filter(|node| *node != NONE)?,
                _ => self.edge(key, texts, node, hash, level)?,
            };
            at = behind(at, level);
        }
        Some((node, false))
    }

    /// The entry of this filter.
    pub(super) fn get(&self, key: &Key, texts: &Texts, filter: &[u8]) -> Option<u32> {
        let (node, has_hash) = self.end(key, texts, filter)?;
        let node = self.node(node);
        Some(if has_hash { node.rest } else { node.here }).filter(|entry| *entry != NONE)
    }

    /// Adds a filter that is not there. `None` if there is no room for its texts.
    pub(super) fn insert(
        &mut self,
        key: &Key,
        texts: &mut Texts,
        filter: &[u8],
        entry: u32,
    ) -> Option<()> {
        if self.nodes.is_empty() {
            self.nodes.push(EMPTY);
        }
        let (mut node, mut at, mut has_hash) = (ROOT, 0, false);
        while at <= filter.len() {
            let (hash, level) = level_at(key, filter, at);
            let known = match level {
                b"#" => {
                    has_hash = true;
                    break;
                }
                b"+" => Some(self.node(node).plus).filter(|node| *node != NONE),
                _ => self.edge(key, texts, node, hash, level),
            };
            node = match known {
                Some(node) => node,
                None => match self.add(key, texts, node, hash, level) {
                    Some(node) => node,
                    None => {
                        self.prune(key, texts, node);
                        return None;
                    }
                },
            };
            at = behind(at, level);
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            *(if has_hash { &mut node.rest } else { &mut node.here }) = entry;
            self.len = self.len.saturating_add(1);
        }
        Some(())
    }

    fn add(
        &mut self,
        key: &Key,
        texts: &mut Texts,
        parent: u32,
        hash: u64,
        level: &[u8],
    ) -> Option<u32> {
        let is_plus = level == b"+";
        let text = if is_plus { NONE } else { texts.push(0, level)? };
        let new = Node { parent, text, ..EMPTY };
        let child = match self.nodes.get_mut(self.free as usize) {
            Some(free) => {
                let child = core::mem::replace(&mut self.free, free.parent);
                *free = new;
                self.spare = self.spare.saturating_sub(1);
                child
            }
            None => {
                let child = u32::try_from(self.nodes.len()).ok().filter(|node| *node != NONE)?;
                self.nodes.push(new);
                child
            }
        };
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.children = parent.children.saturating_add(1);
            if is_plus {
                parent.plus = child;
            }
        }
        if !is_plus {
            self.edges.insert(Slot { hash: key.edge(parent, hash), a: parent, b: child });
        }
        Some(child)
    }

    /// Removes a filter: its entry, if it was there.
    pub(super) fn remove(&mut self, key: &Key, texts: &mut Texts, filter: &[u8]) -> Option<u32> {
        let (at, has_hash) = self.end(key, texts, filter)?;
        let node = self.nodes.get_mut(at as usize)?;
        let place = if has_hash { &mut node.rest } else { &mut node.here };
        let entry = core::mem::replace(place, NONE);
        if entry == NONE {
            return None;
        }
        self.len = self.len.saturating_sub(1);
        self.prune(key, texts, at);
        Some(entry)
    }

    /// Removes a node that is needed for nothing, and those above it that then are.
    fn prune(&mut self, key: &Key, texts: &mut Texts, node: u32) {
        let mut at = node;
        loop {
            let Node { parent, text, here, rest, children, .. } = self.node(at);
            if at == ROOT || children > 0 || here != NONE || rest != NONE {
                return;
            }
            if text != NONE {
                let (hash, _) = key.level(texts.get(text).1, 0);
                if let Some((place, _)) =
                    self.edges.find(key.edge(parent, hash), |slot| slot.b == at)
                {
                    self.edges.remove(place);
                }
                texts.forget(text);
            }
            if let Some(above) = self.nodes.get_mut(parent as usize) {
                above.children = above.children.saturating_sub(1);
                if text == NONE {
                    above.plus = NONE;
                }
            }
            if let Some(free) = self.nodes.get_mut(at as usize) {
                *free = Node { parent: self.free, ..EMPTY };
                self.free = at;
                self.spare = self.spare.saturating_add(1);
            }
            at = parent;
        }
    }
}

/// The level that begins at `at`, and its hash.
#[inline]
fn level_at<'a>(key: &Key, text: &'a [u8], at: usize) -> (u64, &'a [u8]) {
    let (hash, end) = key.level(text, at);
    (hash, text.get(at..end).unwrap_or_default())
}

/// Where the next level begins; behind the end of the text if there is none.
const fn behind(at: usize, level: &[u8]) -> usize {
    at.saturating_add(level.len()).saturating_add(1)
}

/// A way through the tree: every node that a topic name comes to, one after the other, each once. It goes
/// back up by the nodes' parents, so it remembers nothing but where it is.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    node: u32,
    /// Where the next level of the name begins; behind its end when there is none.
    at: usize,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A filter with `#` takes what is left.
    Rest,
    /// A filter ends here.
    Here,
    /// On to the level that the name has.
    Text,
    /// On to `+`.
    Plus,
    /// Back to the parent.
    Up,
    Over,
}

impl Walk {
    pub(super) const fn new(trie: &Trie) -> Self {
        let step = if trie.len > 0 { Step::Rest } else { Step::Over };
        Self { node: ROOT, at: 0, step }
    }

    /// The entry of the next filter that takes the name.
    pub(super) fn next(
        &mut self,
        trie: &Trie,
        key: &Key,
        texts: &Texts,
        name: &[u8],
    ) -> Option<u32> {
        while !matches!(self.step, Step::Over) {
            let node = trie.node(self.node);
            // [MQTT-4.7.2-1]
            let no_wildcard = self.node == ROOT && name.first() == Some(&b'$');
            let is_end = self.at > name.len();
            match self.step {
                Step::Rest => {
                    self.step = Step::Here;
                    if node.rest != NONE && !no_wildcard {
                        return Some(node.rest);
                    }
                }
                Step::Here => {
                    let goes_on = !is_end && node.children > 0;
                    self.step = if goes_on { Step::Text } else { Step::Up };
                    if is_end && node.here != NONE {
                        return Some(node.here);
                    }
                }
                Step::Text => {
                    self.step = Step::Plus;
                    let (hash, level) = level_at(key, name, self.at);
                    if let Some(child) = trie.edge(key, texts, self.node, hash, level) {
                        self.go(child, level);
                    }
                }
                Step::Plus => {
                    self.step = Step::Up;
                    if node.plus != NONE && !no_wildcard {
                        self.go(node.plus, level_at(key, name, self.at).1);
                    }
                }
                Step::Up if self.node == ROOT => self.step = Step::Over,
                Step::Up => {
                    let was_plus = node.text == NONE;
                    self.node = node.parent;
                    // The level that was taken ends before a slash, or with the name.
                    let taken = name.get(..self.at.saturating_sub(1)).unwrap_or_default();
                    let slash = taken.iter().rposition(|byte| *byte == b'/');
                    self.at = slash.map_or(0, |slash| slash.saturating_add(1));
                    self.step = if was_plus { Step::Up } else { Step::Plus };
                }
                Step::Over => {}
            }
        }
        None
    }

    fn go(&mut self, node: u32, level: &[u8]) {
        self.node = node;
        self.at = behind(self.at, level);
        self.step = Step::Rest;
    }
}
