use core::fmt;
use core::iter::FusedIterator;

use super::trie::View;
use crate::TopicFilter;

/// The filters of a table with their values: what [`FilterTable::iter`](super::FilterTable::iter) gives.
pub struct TableFilters<'t, V> {
    view: View<'t>,
    values: &'t [Option<V>],
    /// What is looked at next.
    at: usize,
}

impl<'t, V> TableFilters<'t, V> {
    pub(super) const fn new(view: View<'t>, values: &'t [Option<V>]) -> Self {
        Self { view, values, at: 0 }
    }
}

impl<'t, V> Iterator for TableFilters<'t, V> {
    type Item = (StoredFilter<'t>, &'t V);

    fn next(&mut self) -> Option<(StoredFilter<'t>, &'t V)> {
        while self.at < self.view.nodes.len() {
            let at = self.at;
            self.at = at.saturating_add(1);
            if let Some(Some(value)) = self.values.get(at) {
                return Some((StoredFilter { view: self.view, at }, value));
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
        f.debug_struct("TableFilters").field("next", &self.at).finish_non_exhaustive()
    }
}

/// A filter of a table, which keeps its levels apart.
///
/// `Display` writes it for a log, [`read_into`](Self::read_into) puts it together; both look at no level
/// of the table that stands behind its last one.
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
    /// Where its last level is.
    at: usize,
}

impl<'t> StoredFilter<'t> {
    /// How many bytes its text has: 1 to 65,535.
    #[must_use]
    pub fn text_len(&self) -> usize {
        let with_slash = |level: &[u8]| level.len().saturating_add(1);
        self.levels().map(with_slash).fold(0, usize::saturating_add).saturating_sub(1)
    }

    /// Its levels, from the first to the last.
    fn levels(&self) -> impl Iterator<Item = &'t [u8]> {
        let Self { view, at: last } = *self;
        let mut next = 0;
        core::iter::from_fn(move || {
            while next <= last {
                let node = view.node(next);
                let end = next.saturating_add(usize::from(node.count));
                if end > last {
                    next = next.saturating_add(1);
                    return Some(view.level(node));
                }
                next = end;
            }
            None
        })
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
        let text = buffer.get_mut(..self.text_len())?;
        let mut rest = &mut *text;
        for level in self.levels() {
            let (place, behind) = rest.split_at_mut_checked(level.len())?;
            place.iter_mut().zip(level).for_each(|(place, byte)| *place = *byte);
            rest = match behind {
                [slash, behind @ ..] => {
                    *slash = b'/';
                    behind
                }
                [] => &mut [],
            };
        }
        TopicFilter::from_utf8(text).ok()
    }
}

impl fmt::Display for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, level) in self.levels().enumerate() {
            if number > 0 {
                f.write_str("/")?;
            }
            f.write_str(core::str::from_utf8(level).unwrap_or_default())?;
        }
        Ok(())
    }
}

impl fmt::Debug for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
