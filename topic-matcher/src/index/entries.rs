//! Filters under the numbers of their entries, which they keep until the index is drawn anew: for who
//! keeps many things of each filter, and its text nowhere else.

use super::{Filter, FilterIndex, IndexFull, Key};
use crate::TopicFilter;

impl<V> FilterIndex<V> {
    /// Without filters.
    pub(crate) fn with_key(key: Key) -> Self {
        Self::empty(key, 0)
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    /// Another number than before: entries have gone to other places.
    pub(crate) const fn times_drawn(&self) -> u32 {
        self.times_drawn
    }

    /// The entry of a filter, and its value.
    pub(crate) fn entry_of(&self, filter: TopicFilter<'_>) -> Option<(u32, &V)> {
        let text = filter.as_bytes();
        let entry = self.find(&Filter::new(&self.key, text), text)?;
        Some((entry, self.value(entry)?))
    }

    /// All entries, and their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, &V)> {
        (0..).zip(&self.entries).filter_map(|(at, entry)| Some((at, entry.value.as_ref()?)))
    }

    /// Adds a filter that is not there: its entry, unless the index has been drawn anew.
    pub(crate) fn insert_new(
        &mut self,
        filter: TopicFilter<'_>,
        value: V,
    ) -> Result<u32, IndexFull<V>> {
        let text = filter.as_bytes();
        self.add(&Filter::new(&self.key, text), text, value)
    }

    /// The filter of an entry.
    pub(crate) fn filter_at(&self, entry: u32) -> Option<TopicFilter<'_>> {
        let entry = self.entries.get(entry as usize).filter(|entry| entry.is_used())?;
        let text = core::str::from_utf8(self.texts.get(entry.text).1).ok()?;
        Some(TopicFilter::checked(text))
    }

    /// Removes the filter of an entry.
    pub(crate) fn remove_entry(&mut self, entry: u32) -> Option<V> {
        let text = alloc::string::String::from(self.filter_at(entry)?.as_str());
        self.remove(TopicFilter::checked(&text))
    }
}
