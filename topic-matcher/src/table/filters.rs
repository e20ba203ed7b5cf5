use core::fmt;
use core::iter::FusedIterator;

use super::trie::{NONE, ROOT, View};
use crate::TopicFilter;

/// The filters of a table with their values: what [`FilterTable::iter`](super::FilterTable::iter) gives.
pub struct TableFilters<'t, V> {
    view: View<'t>,
    values: &'t [Option<V>],
    /// What is looked at next; [`NONE`] at the end.
    id: u16,
}

impl<'t, V> TableFilters<'t, V> {
    pub(super) const fn new(view: View<'t>, values: &'t [Option<V>]) -> Self {
        Self { view, values, id: view.node(ROOT).child }
    }

    /// The first level below, or else the next one in the same place or in that of a parent.
    fn step(&mut self) {
        let mut node = self.view.node(self.id);
        self.id = node.child;
        while self.id == NONE {
            self.id = node.next;
            if self.id == NONE && node.parent == ROOT {
                return;
            }
            node = self.view.node(node.parent);
        }
    }
}

impl<'t, V> Iterator for TableFilters<'t, V> {
    type Item = (StoredFilter<'t>, &'t V);

    fn next(&mut self) -> Option<(StoredFilter<'t>, &'t V)> {
        while self.id != NONE {
            let id = self.id;
            self.step();
            if let Some(Some(value)) = self.values.get(usize::from(id)) {
                return Some((StoredFilter { view: self.view, id }, value));
            }
        }
        None
    }
}

impl<V> FusedIterator for TableFilters<'_, V> {}

impl<V> Clone for TableFilters<'_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for TableFilters<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableFilters").field("next", &self.id).finish_non_exhaustive()
    }
}

/// A filter of a table, which keeps its levels apart.
///
/// `Display` writes it for a log, in time that grows with the square of its levels;
/// [`read_into`](Self::read_into) puts it together in time linear in its text.
///
/// ```
/// use topic_matcher::{FilterTable, TopicFilter};
///
/// let mut table = FilterTable::<u8, 8, 16>::new();
/// table.insert(TopicFilter::new("a/+/#")?, 7)?;
/// let (filter, _) = table.iter().next().ok_or("empty")?;
/// assert_eq!((filter.to_string().as_str(), filter.text_len()), ("a/+/#", 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct StoredFilter<'t> {
    view: View<'t>,
    id: u16,
}

impl StoredFilter<'_> {
    /// How many bytes its text has: 1 to 65,535.
    #[must_use]
    pub fn text_len(&self) -> usize {
        let (mut id, mut len) = (self.id, 0_usize);
        while id != ROOT {
            let node = self.view.node(id);
            len = len.saturating_add(self.view.level(node).len()).saturating_add(1);
            id = node.parent;
        }
        len.saturating_sub(1)
    }

    /// Writes its text into the buffer; `None` if that is shorter than [`text_len`](Self::text_len).
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 8, 16>::new();
    /// table.insert(TopicFilter::new("a/+/#")?, 7)?;
    /// let (filter, _) = table.iter().next().ok_or("empty")?;
    /// assert_eq!(filter.read_into(&mut [0; 9]), Some(TopicFilter::new("a/+/#")?));
    /// assert_eq!(filter.read_into(&mut [0; 4]), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn read_into<'b>(&self, buffer: &'b mut [u8]) -> Option<TopicFilter<'b>> {
        let len = self.text_len();
        let text = buffer.get_mut(..len)?;
        // From the last level to the first, as the links go.
        let (mut id, mut end) = (self.id, len);
        while id != ROOT {
            let node = self.view.node(id);
            let level = self.view.level(node);
            let start = end.saturating_sub(level.len());
            for (place, byte) in text.get_mut(start..end)?.iter_mut().zip(level) {
                *place = *byte;
            }
            end = start.saturating_sub(1);
            if let (Some(slash), 1..) = (text.get_mut(end), start) {
                *slash = b'/';
            }
            id = node.parent;
        }
        TopicFilter::from_utf8(text).ok()
    }
}

impl fmt::Display for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The level below `above` on the way to the filter, and so on.
        let mut above = ROOT;
        while above != self.id {
            let mut id = self.id;
            while self.view.node(id).parent != above {
                id = self.view.node(id).parent;
            }
            if above != ROOT {
                f.write_str("/")?;
            }
            let level = self.view.level(self.view.node(id));
            f.write_str(core::str::from_utf8(level).unwrap_or_default())?;
            above = id;
        }
        Ok(())
    }
}

impl fmt::Debug for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
