//! Filters whose shape has no number: a tree of levels, whose edges are in one hash table.

use alloc::vec::Vec;

use super::hash::Key;
use super::name::Name;
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
    /// The length of the longest level that a child has had.
    longest: u16,
}

const EMPTY: Node =
    Node { parent: NONE, text: NONE, plus: NONE, here: NONE, rest: NONE, children: 0, longest: 0 };

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

    #[cfg(test)]
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, node: u32) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(EMPTY)
    }

    #[inline]
    fn edge(&self, key: &Key, texts: &Texts, node: u32, term: u64, level: &[u8]) -> Option<u32> {
        let is = |slot: Slot| slot.a == node && texts.get(self.node(slot.b).text).1 == level;
        self.edges.find(key.edge(node, term), is).map(|(_, slot)| slot.b)
    }

    /// As many levels of a filter as are there.
    fn find(&self, key: &Key, texts: &Texts, filter: &[u8]) -> Found {
        let mut found = Found { node: ROOT, depth: 0, at: 0, has_hash: false };
        while found.at <= filter.len() {
            let (term, level) = level_at(key, filter, found.at, found.depth);
            let next = match level {
                b"#" => {
                    found.has_hash = true;
                    break;
                }
                b"+" => Some(self.node(found.node).plus).filter(|node| *node != NONE),
                _ => self.edge(key, texts, found.node, term, level),
            };
            let Some(next) = next else { break };
            found.step(next, level);
        }
        found
    }

    /// Where a filter ends, if all of its levels are there.
    fn end(&self, key: &Key, texts: &Texts, filter: &[u8]) -> Option<Found> {
        let found = self.find(key, texts, filter);
        (found.has_hash || found.at > filter.len()).then_some(found)
    }

    /// The entry of this filter.
    pub(super) fn get(&self, key: &Key, texts: &Texts, filter: &[u8]) -> Option<u32> {
        let found = self.end(key, texts, filter)?;
        let node = self.node(found.node);
        Some(if found.has_hash { node.rest } else { node.here }).filter(|entry| *entry != NONE)
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
        let mut found = self.find(key, texts, filter);
        while found.at <= filter.len() && !found.has_hash {
            let (term, level) = level_at(key, filter, found.at, found.depth);
            if level == b"#" {
                found.has_hash = true;
                break;
            }
            let Some(node) = self.add(key, texts, found.node, term, level) else {
                self.prune(key, texts, found);
                return None;
            };
            found.step(node, level);
        }
        if let Some(node) = self.nodes.get_mut(found.node as usize) {
            *(if found.has_hash { &mut node.rest } else { &mut node.here }) = entry;
            self.len = self.len.saturating_add(1);
        }
        Some(())
    }

    fn add(
        &mut self,
        key: &Key,
        texts: &mut Texts,
        parent: u32,
        term: u64,
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
            } else {
                // A filter has at most 65,535 bytes.
                parent.longest = parent.longest.max(level.len() as u16);
            }
        }
        if !is_plus {
            self.edges.insert(Slot { hash: key.edge(parent, term), a: parent, b: child });
        }
        Some(child)
    }

    /// Removes a filter: its entry, if it was there.
    pub(super) fn remove(&mut self, key: &Key, texts: &mut Texts, filter: &[u8]) -> Option<u32> {
        let found = self.end(key, texts, filter)?;
        let node = self.nodes.get_mut(found.node as usize)?;
        let place = if found.has_hash { &mut node.rest } else { &mut node.here };
        let entry = core::mem::replace(place, NONE);
        if entry == NONE {
            return None;
        }
        self.len = self.len.saturating_sub(1);
        self.prune(key, texts, found);
        Some(entry)
    }

    /// Removes a node that is needed for nothing, and those above it that then are.
    fn prune(&mut self, key: &Key, texts: &mut Texts, found: Found) {
        let Found { node: mut at, mut depth, .. } = found;
        loop {
            let Node { parent, text, here, rest, children, .. } = self.node(at);
            if at == ROOT || children > 0 || here != NONE || rest != NONE {
                return;
            }
            depth = depth.saturating_sub(1);
            if text != NONE {
                let (term, _) = key.term(texts.get(text).1, 0, depth);
                let is = |slot: Slot| slot.b == at;
                if let Some((place, _)) = self.edges.find(key.edge(parent, term), is) {
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

/// A place in the tree that levels of a filter lead to.
struct Found {
    node: u32,
    /// How many levels lead there, and where the next one begins: behind the end if there is none.
    depth: usize,
    at: usize,
    /// The next one is `#`.
    has_hash: bool,
}

impl Found {
    const fn step(&mut self, node: u32, level: &[u8]) {
        self.node = node;
        self.depth = self.depth.saturating_add(1);
        self.at = self.at.saturating_add(level.len()).saturating_add(1);
    }
}

/// The level that begins at `at`, and what it adds.
#[inline]
fn level_at<'a>(key: &Key, text: &'a [u8], at: usize, depth: usize) -> (u64, &'a [u8]) {
    let (term, end) = key.term(text, at, depth);
    (term, text.get(at..end).unwrap_or_default())
}

/// A way through the tree: every node that a topic name comes to, one after the other, each once. It goes
/// back up by the nodes' parents, so it remembers nothing but where it is.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    node: u32,
    /// How many levels of the name lead to the node.
    depth: usize,
    step: Step,
    /// How many nodes it has come to.
    #[cfg(test)]
    pub(super) nodes: usize,
}

/// What comes next at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        Self {
            node: ROOT,
            depth: 0,
            step,
            #[cfg(test)]
            nodes: 1,
        }
    }

    /// The entry of the next filter that takes the name.
    pub(super) fn next(
        &mut self,
        trie: &Trie,
        key: &Key,
        texts: &Texts,
        name: &mut Name<'_>,
    ) -> Option<u32> {
        while self.step != Step::Over {
            let node = trie.node(self.node);
            // [MQTT-4.7.2-1]
            let no_wildcard = self.node == ROOT && name.text.first() == Some(&b'$');
            if self.step == Step::Rest {
                self.step = Step::Here;
                if node.rest != NONE && !no_wildcard {
                    return Some(node.rest);
                }
            }
            if self.step == Step::Here {
                let is_end = self.depth >= name.count;
                self.step = if is_end { Step::Up } else { Step::Text };
                if is_end && node.here != NONE {
                    return Some(node.here);
                }
            }
            if self.step == Step::Text {
                self.step = Step::Plus;
                if node.children > u32::from(node.plus != NONE) {
                    let level = name.level(key, self.depth, usize::from(node.longest));
                    let child = level
                        .and_then(|(term, level)| trie.edge(key, texts, self.node, term, level));
                    if let Some(child) = child {
                        self.go(child);
                        continue;
                    }
                }
            }
            if self.step == Step::Plus {
                self.step = Step::Up;
                if node.plus != NONE && !no_wildcard {
                    self.go(node.plus);
                    continue;
                }
            }
            if self.node == ROOT {
                self.step = Step::Over;
                break;
            }
            // What has been taken by `+` has been tried as a text before.
            self.step = if node.text == NONE { Step::Up } else { Step::Plus };
            self.node = node.parent;
            self.depth = self.depth.saturating_sub(1);
        }
        None
    }

    fn go(&mut self, node: u32) {
        self.node = node;
        self.depth = self.depth.saturating_add(1);
        self.step = Step::Rest;
        #[cfg(test)]
        {
            self.nodes = self.nodes.saturating_add(1);
        }
    }
}
