use core::fmt;
use core::iter::FusedIterator;

use super::packed::{View, first_levels};
use crate::TopicFilter;

/// The filters of a table with their values: what [`FilterTable::iter`](super::FilterTable::iter) gives.
pub struct TableFilters<'t, V> {
    view: View<'t>,
    values: &'t [Option<V>],
    /// What has not been given begins here.
    next: usize,
}

impl<'t, V> TableFilters<'t, V> {
    pub(super) const fn new(view: View<'t>, values: &'t [Option<V>]) -> Self {
        Self { view, values, next: 0 }
    }
}

impl<'t, V> Iterator for TableFilters<'t, V> {
    type Item = (StoredFilter<'t>, &'t V);

    fn next(&mut self) -> Option<(StoredFilter<'t>, &'t V)> {
        let Self { view, next: at, .. } = *self;
        view.get(at)?;
        self.next = at.saturating_add(1);
        Some((StoredFilter { view, at }, self.values.get(at)?.as_ref()?))
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
        f.debug_struct("TableFilters").field("next", &self.next).finish_non_exhaustive()
    }
}

/// A filter of a table, which keeps what filters share once.
///
/// `Display` writes it for a log, [`read_into`](Self::read_into) puts it together, which looks at each filter
/// before it at most once; `Display` does so for each of them that has some of its text.
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
    at: usize,
}

impl<'t> StoredFilter<'t> {
    /// How many bytes its text has: 1 to 65,534.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.parts().map(<[u8]>::len).fold(0, usize::saturating_add).saturating_sub(1)
    }

    /// Its levels with a slash behind each, from the last to the first, some at once.
    fn parts(&self) -> impl Iterator<Item = &'t [u8]> {
        // How many are wanted of those before: first all of its own, then what it shares.
        let (view, mut behind, mut wanted) = (self.view, self.at.saturating_add(1), u8::MAX);
        core::iter::from_fn(move || {
            while wanted > 0 {
                behind = behind.checked_sub(1)?;
                let (entry, own) = view.get(behind)?;
                let shared = entry.mark.shared();
                if shared < wanted {
                    let part = match wanted {
                        u8::MAX => own,
                        _ => first_levels(own, wanted.wrapping_sub(shared)),
                    };
                    wanted = shared;
                    return Some(part);
                }
            }
            None
        })
    }

    /// Its text in some parts.
    fn show(&self, mut show: impl FnMut(&str) -> fmt::Result) -> fmt::Result {
        let mut left = self.text_len(); // Without the last slash.
        for number in (0..self.parts().count()).rev() {
            let part = self.parts().nth(number).unwrap_or_default();
            let shown = part.get(..left).unwrap_or(part);
            show(core::str::from_utf8(shown).unwrap_or_default())?;
            left = left.saturating_sub(part.len());
        }
        Ok(())
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
        // The last slash has no place.
        let places = text.iter_mut().rev();
        let bytes = self.parts().flat_map(|part| part.iter().rev()).skip(1);
        places.zip(bytes).for_each(|(place, byte)| *place = *byte);
        TopicFilter::from_utf8(text).ok()
    }
}

impl fmt::Display for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(|part| f.write_str(part))
    }
}

/// As that of a text, in quotes.
impl fmt::Debug for StoredFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        self.show(|part| write!(f, "{}", part.escape_debug()))?;
        f.write_str("\"")
    }
}
