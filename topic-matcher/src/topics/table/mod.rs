mod scan;
mod sorted;

use core::fmt;

use self::sorted::{Head, Sorted};
use super::names::Names;
use super::order::{self, Key};
use crate::{TopicFilter, TopicName};
pub use scan::TableScan;

/// Topic names with a value each, in a fixed place without a heap: which of them does a filter take?
///
/// Retained messages, or the last state of each thing: the reverse of a [`FilterTable`](crate::FilterTable).
/// `TOPICS` is how many names it has room for, `TEXT` for how many bytes of them together. A name takes
/// its text, 4 bytes and an `Option<V>`; values stay where they are put. It is a `const`, all zeros
/// where the `None` of a value is, so it can lie in a `static`.
///
/// Names are kept in order: level by level, and a level byte by byte. What is below a topic stands behind it,
/// together: `house`, `house/attic`, `house/kitchen`, `house!`.
///
/// # Work
///
/// Finding a name compares it with as many as the logarithm of their number; inserting and removing then move
/// the texts behind it. A [`scan`](Self::scan) does as much as the caller allows, and goes on later.
///
/// ```
/// use topic_matcher::{TopicFilter, TopicName, TopicTable};
///
/// let mut table = TopicTable::<u8, 8, 128>::new();
/// table.insert(TopicName::new("house/kitchen/lamp")?, 1)?;
/// table.insert(TopicName::new("house/attic/lamp")?, 2)?;
/// table.insert(TopicName::new("house/attic/door")?, 3)?;
///
/// let lamps = table.scan(TopicFilter::new("house/+/lamp")?, None, usize::MAX);
/// assert!(lamps.map(|(_, value)| *value).eq([2, 1])); // in order
/// assert_eq!(table.remove(TopicName::new("house/attic/lamp")?), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TopicTable<V, const TOPICS: usize, const TEXT: usize> {
    head: Head,
    ends: [u16; TOPICS],
    /// Where the value of each name is, in their order; behind them, places that are free.
    places: [u16; TOPICS],
    text: [u8; TEXT],
    values: [Option<V>; TOPICS],
}

/// A [`TopicTable`] has no room for a topic: the value that was to be put there.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table has no room for the topic")]
pub struct TopicTableFull<V>(pub V);

/// Without the value, so that it need not have it.
impl<V> fmt::Debug for TopicTableFull<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TopicTableFull(..)")
    }
}

impl<V, const TOPICS: usize, const TEXT: usize> TopicTable<V, TOPICS, TEXT> {
    /// Without topics. `TOPICS` and `TEXT` are up to 65,535, or the build fails.
    ///
    /// ```
    /// use topic_matcher::TopicTable;
    ///
    /// const EMPTY: TopicTable<u8, 8, 128> = TopicTable::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(TOPICS <= u16::MAX as usize, "TOPICS is at most 65,535");
            assert!(TEXT <= u16::MAX as usize, "TEXT is at most 65,535");
        }
        Self {
            head: Head::EMPTY,
            ends: [0; TOPICS],
            places: [0; TOPICS],
            text: [0; TEXT],
            values: [const { None }; TOPICS],
        }
    }

    /// Puts the value to the topic, and gives the one that it replaces.
    ///
    /// # Errors
    ///
    /// If there is no room: the value. Nothing has changed then.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable, TopicTableFull};
    ///
    /// let mut table = TopicTable::<_, 1, 16>::new();
    /// let lamp = TopicName::new("house/lamp")?;
    /// assert_eq!(table.insert(lamp, "on"), Ok(None));
    /// assert_eq!(table.insert(lamp, "off"), Ok(Some("on")));
    /// assert_eq!(table.insert(TopicName::new("door")?, "open"), Err(TopicTableFull("open")));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn insert(
        &mut self,
        name: TopicName<'_>,
        value: V,
    ) -> Result<Option<V>, TopicTableFull<V>> {
        let place = match self.find(name) {
            Ok(at) => self.place(at),
            Err(at) => self.sorted().insert(at, name.as_bytes()),
        };
        match place.and_then(|place| self.values.get_mut(usize::from(place))) {
            Some(place) => Ok(place.replace(value)),
            None => Err(TopicTableFull(value)),
        }
    }

    /// Takes the topic out, if it is there, and gives its value. Its room is free again.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 1, 16>::new();
    /// table.insert(TopicName::new("house/lamp")?, 1)?;
    /// assert_eq!(table.remove(TopicName::new("house/door")?), None);
    /// assert_eq!(table.remove(TopicName::new("house/lamp")?), Some(1));
    /// table.insert(TopicName::new("house/door")?, 2)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&mut self, name: TopicName<'_>) -> Option<V> {
        let at = self.find(name).ok()?;
        self.remove_at(at)
    }

    /// The value of this topic.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// table.insert(TopicName::new("house/lamp")?, 1)?;
    /// assert_eq!(table.get(TopicName::new("house/lamp")?), Some(&1));
    /// assert_eq!(table.get(TopicName::new("house")?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: TopicName<'_>) -> Option<&V> {
        self.value(self.find(name).ok()?)
    }

    /// The value of this topic, to be changed in its place.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// let lamp = TopicName::new("house/lamp")?;
    /// table.insert(lamp, 1)?;
    /// if let Some(value) = table.get_mut(lamp) {
    ///     *value += 1;
    /// }
    /// assert_eq!(table.get(lamp), Some(&2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, name: TopicName<'_>) -> Option<&mut V> {
        let place = self.place(self.find(name).ok()?)?;
        self.values.get_mut(usize::from(place))?.as_mut()
    }

    /// The topics that a filter takes with their values, in order, from `from` on or from the first.
    ///
    /// It ends after so many `steps`, 1 or more: one for each topic that is looked at, one more for each 128
    /// bytes of it, and as many for each comparison with a text that long where topics are skipped. Then
    /// [`rest`](TableScan::rest) says where to go on. That is a text, so topics may come and go meanwhile: who
    /// stays is found once.
    ///
    /// What cannot be taken is skipped: by `a/+/c`, all that is below `a/x` and before `a/x/c` in one step, and
    /// all that is behind it in another. A filter that begins with a wildcard takes no topic that begins with
    /// `$`. [MQTT-4.7.2-1]
    ///
    /// ```
    /// use topic_matcher::{TopicFilter, TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// for (text, value) in [("a/x/b", 1), ("a/x/c", 2), ("a/y/c", 3), ("b", 4)] {
    ///     table.insert(TopicName::new(text)?, value)?;
    /// }
    /// let filter = TopicFilter::new("a/+/c")?;
    /// let mut scan = table.scan(filter, None, 2);
    /// assert_eq!(scan.next(), Some((TopicName::new("a/x/c")?, &2)));
    /// assert_eq!(scan.next(), None);
    /// let rest = scan.rest().ok_or("none")?.to_string();
    /// assert_eq!(table.remove(TopicName::new("a/x/c")?), Some(2));
    /// let mut scan = table.scan(filter, Some(TopicName::new(&rest)?), 9);
    /// assert_eq!(scan.next(), Some((TopicName::new("a/y/c")?, &3)));
    /// assert_eq!((scan.next(), scan.rest()), (None, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn scan<'t, 'f>(
        &'t self,
        filter: TopicFilter<'f>,
        from: Option<TopicName<'_>>,
        steps: usize,
    ) -> TableScan<'t, 'f, V> {
        let filter = filter.as_bytes();
        let from = from.as_ref().map_or(Key::first_of(filter), |from| Key::new(from.as_bytes()));
        let names = self.names();
        TableScan {
            at: names.find(from),
            names,
            places: &self.places,
            values: &self.values,
            filter,
            steps,
        }
    }

    /// Takes out topics for which `keep` says false, in order, from `from` on or from the first.
    ///
    /// It ends after so many steps, as [`scan`](Self::scan), and says where to go on; `None` after the last.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// for (text, expires) in [("a", 10), ("b", 20), ("c", 10)] {
    ///     table.insert(TopicName::new(text)?, expires)?;
    /// }
    /// let next = table.retain(None, 2, |_, expires| *expires > 15);
    /// assert_eq!(next, Some(TopicName::new("c")?));
    /// assert!(table.iter().map(|(name, _)| name.as_str()).eq(["b", "c"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "where to go on; those behind are not looked at"]
    pub fn retain(
        &mut self,
        from: Option<TopicName<'_>>,
        steps: usize,
        mut keep: impl FnMut(TopicName<'_>, &mut V) -> bool,
    ) -> Option<TopicName<'_>> {
        let from = from.as_ref().map_or(&[][..], |from| from.as_bytes());
        let (mut at, mut steps) = (self.names().find(Key::new(from)), steps);
        while steps > 0 {
            let names = Names { text: &self.text, ends: self.ends.get(..self.len())? };
            let name = names.get(at)?;
            steps = steps.saturating_sub(order::steps(name));
            let place = self.places.get(at)?;
            let value = self.values.get_mut(usize::from(*place))?.as_mut()?;
            if keep(checked(name), value) {
                at = at.saturating_add(1);
            } else {
                self.remove_at(at);
            }
        }
        self.names().get(at).map(checked)
    }

    /// All topics with their values, in order.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// for (text, value) in [("a!", 1), ("a/b", 2), ("a", 3)] {
    ///     table.insert(TopicName::new(text)?, value)?;
    /// }
    /// assert!(table.iter().map(|(_, value)| *value).eq([3, 2, 1]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (TopicName<'_>, &V)> {
        let names = self.names();
        (0..self.len()).filter_map(move |at| Some((checked(names.get(at)?), self.value(at)?)))
    }

    /// How many topics there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.head.len as usize
    }

    /// Is there no topic?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.head.len == 0
    }

    /// How many bytes more of topic names there is room for.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// table.insert(TopicName::new("house/lamp")?, 1)?;
    /// assert_eq!((table.len(), table.free_text()), (1, 118));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn free_text(&self) -> usize {
        TEXT.saturating_sub(self.names().start(self.len()))
    }

    /// Takes all topics out.
    ///
    /// ```
    /// use topic_matcher::{TopicName, TopicTable};
    ///
    /// let mut table = TopicTable::<u8, 8, 128>::new();
    /// table.insert(TopicName::new("house/lamp")?, 1)?;
    /// table.clear();
    /// assert!(table.is_empty() && table.free_text() == 128);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) {
        self.head = Head::EMPTY;
        self.values.fill_with(|| None);
    }

    /// Where the name is, or would be.
    fn find(&self, name: TopicName<'_>) -> Result<usize, usize> {
        let names = self.names();
        let at = names.find(Key::new(name.as_bytes()));
        if names.get(at) == Some(name.as_bytes()) { Ok(at) } else { Err(at) }
    }

    fn remove_at(&mut self, at: usize) -> Option<V> {
        let place = self.sorted().remove(at)?;
        self.values.get_mut(usize::from(place))?.take()
    }

    fn value(&self, at: usize) -> Option<&V> {
        self.values.get(usize::from(self.place(at)?))?.as_ref()
    }

    fn place(&self, at: usize) -> Option<u16> {
        self.places.get(at).copied()
    }

    fn names(&self) -> Names<'_> {
        Names { text: &self.text, ends: self.ends.get(..self.len()).unwrap_or_default() }
    }

    const fn sorted(&mut self) -> Sorted<'_> {
        Sorted {
            head: &mut self.head,
            ends: &mut self.ends,
            places: &mut self.places,
            text: &mut self.text,
        }
    }
}

/// A text that was checked when it came in.
fn checked(name: &[u8]) -> TopicName<'_> {
    TopicName::checked(core::str::from_utf8(name).unwrap_or_default())
}

impl<V, const TOPICS: usize, const TEXT: usize> Default for TopicTable<V, TOPICS, TEXT> {
    fn default() -> Self {
        Self::new()
    }
}

/// The topics with their values.
impl<V: fmt::Debug, const TOPICS: usize, const TEXT: usize> fmt::Debug
    for TopicTable<V, TOPICS, TEXT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
