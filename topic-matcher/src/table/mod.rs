mod filters;
mod lookup;
mod room;
mod trie;

use core::fmt;

use crate::{TopicFilter, TopicName};
pub use filters::{StoredFilter, TableFilters};
pub use lookup::TableLookup;
pub use room::{Room, room_for};
use trie::{Head, Node, Place, Trie, View};

/// Topic filters with a value each, in a fixed place without a heap: which of them take a topic name?
///
/// `LEVELS` is how many levels it has room for, those of all filters together, where filters that begin
/// alike share what is alike; one filter may have 256. `TEXT` is how many bytes it has room for: those of
/// every different level, and one more for each. A level takes 6 bytes and an `Option<V>`, whether a filter ends there or not. So
/// let `V` be small, an index if need be. [`room_for`] counts at compile time.
///
/// It is a `const`, so it can lie in a `static`; one that never changes is built by
/// [`from_static`](FilterTable::from_static) and lies in flash.
///
/// Filters are told apart by their text: `#` and `+/#` are two. Of a shared subscription, give
/// [`filter`](crate::Subscription::filter), and let the value say who shares it.
///
/// # Work
///
/// What [`lookup`](FilterTable::lookup) does is bounded by the table and the length of the name, whoever chose
/// the filters and the topic name: it comes to each level of the table at most once, and looks at one level of
/// the name there. It takes no memory, whatever the depth. At worst that is every level: 4,096 filters of twelve
/// levels that are each `+` or a text, all of which take the name, have 8,190; with texts that the name has
/// not, it comes to at most 24 of them. On 64-bit machines the first eight levels of a name are found
/// once; the others, and on smaller machines all, whenever the next one is looked at that has another depth:
/// each time the name is gone through from its start, which a broker that lets strangers publish names of
/// 65,535 bytes wants to forbid.
///
/// Inserting searches the texts once for each level, and goes through the levels of the table once for each
/// one that is new; 65,535 slashes cost no more than 256. Removing goes through levels and texts once for
/// each level that goes.
///
/// ```
/// use topic_matcher::{FilterTable, TopicFilter, TopicName};
///
/// let mut table = FilterTable::<u8, 16, 64>::new();
/// table.insert(TopicFilter::new("house/+/temperature")?, 1)?;
/// table.insert(TopicFilter::new("house/#")?, 2)?;
/// table.insert(TopicFilter::new("garden/lamp")?, 3)?;
///
/// let mut found: Vec<u8> =
///     table.lookup(TopicName::new("house/kitchen/temperature")?).copied().collect();
/// found.sort();
/// assert_eq!(found, [1, 2]);
///
/// assert_eq!(table.remove(TopicFilter::new("house/#")?), Some(2));
/// assert!(!table.any(TopicName::new("house")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FilterTable<V, const LEVELS: usize, const TEXT: usize> {
    head: Head,
    nodes: [Node; LEVELS],
    text: [u8; TEXT],
    /// Of the filter that ends with the node of the same index.
    values: [Option<V>; LEVELS],
    len: u16,
}

/// A [`FilterTable`] has no room for a filter: the value that was to be its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TableFull<V> {
    /// The filter has more levels that are new than the table has left, or more than 256.
    #[error("the table has no room for so many levels")]
    Levels(V),
    /// The texts of its new levels are longer than what the table has left.
    #[error("the table has no room for the text")]
    Text(V),
}

impl<V> TableFull<V> {
    /// The value, whatever there was no room for.
    pub fn into_value(self) -> V {
        match self {
            Self::Levels(value) | Self::Text(value) => value,
        }
    }
}

/// Without the value, so that it need not have it.
impl<V> fmt::Debug for TableFull<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Levels(_) => "Levels(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

impl<V, const LEVELS: usize, const TEXT: usize> FilterTable<V, LEVELS, TEXT> {
    /// Without filters. `LEVELS` and `TEXT` up to 65,535, or the build fails.
    ///
    /// ```
    /// use topic_matcher::FilterTable;
    ///
    /// const EMPTY: FilterTable<u8, 16, 64> = FilterTable::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(LEVELS <= u16::MAX as usize, "LEVELS is at most 65,535");
            assert!(TEXT <= u16::MAX as usize, "TEXT is at most 65,535");
        }
        Self {
            head: Head::EMPTY,
            nodes: [Node::EMPTY; LEVELS],
            text: [0; TEXT],
            values: [const { None }; LEVELS],
            len: 0,
        }
    }

    /// Puts the value to the filter, and gives the one that it replaces.
    ///
    /// # Errors
    ///
    /// If there is no room. Then nothing has changed, and the error has the value.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TableFull, TopicFilter};
    ///
    /// let mut table = FilterTable::<_, 3, 16>::new();
    /// let filter = TopicFilter::new("a/+/b")?;
    /// assert_eq!(table.insert(filter, "first"), Ok(None));
    /// assert_eq!(table.insert(filter, "second"), Ok(Some("first")));
    /// assert_eq!(table.insert(TopicFilter::new("c")?, "third"), Err(TableFull::Levels("third")));
    /// assert_eq!(table.len(), 1);
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn insert(&mut self, filter: TopicFilter<'_>, value: V) -> Result<Option<V>, TableFull<V>> {
        let place = match self.trie().insert(filter.as_bytes()) {
            Ok(place) => place,
            Err(TableFull::Levels(())) => return Err(TableFull::Levels(value)),
            Err(TableFull::Text(())) => return Err(TableFull::Text(value)),
        };
        let used = usize::from(self.head.nodes);
        let Some(place) = value_at(&mut self.values, place, used) else {
            return Err(TableFull::Levels(value)); // There is a place for each node.
        };
        let old = place.replace(value);
        if old.is_none() {
            self.len = self.len.saturating_add(1);
        }
        Ok(old)
    }

    /// Takes the filter out, if it is there, and gives its value. Its room is free again.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 4, 16>::new();
    /// table.insert(TopicFilter::new("a/b/c")?, 1)?;
    /// assert_eq!(table.remove(TopicFilter::new("a/b")?), None);
    /// assert_eq!(table.remove(TopicFilter::new("a/b/c")?), Some(1));
    /// table.insert(TopicFilter::new("d/e/f")?, 2)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&mut self, filter: TopicFilter<'_>) -> Option<V> {
        let last = self.view().find(filter.as_bytes())?;
        let value = self.values.get_mut(last)?.take()?;
        self.len = self.len.saturating_sub(1);
        let gone = self.only_for(last);
        let used = usize::from(self.head.nodes);
        for from in last.saturating_add(1)..used {
            swap(&mut self.values, from.saturating_sub(gone), from);
        }
        self.trie().remove(last, gone);
        Some(value)
    }

    /// How many levels up to this one no other filter has, now that none ends there.
    fn only_for(&self, last: usize) -> usize {
        let view = self.view();
        let (mut gone, mut at) = (0_usize, last);
        let mut depth = view.node(last).depth;
        loop {
            let node = view.node(at);
            // The level above stands before its first one below.
            let is_above = node.depth == depth && usize::from(node.count) == gone.saturating_add(1);
            if !is_above || !matches!(self.values.get(at), Some(None)) {
                return gone;
            }
            gone = gone.saturating_add(1);
            (at, depth) = match (at.checked_sub(1), depth.checked_sub(1)) {
                (Some(at), Some(depth)) => (at, depth),
                _ => return gone,
            };
        }
    }

    /// The value of this filter, not of those that take the same names.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 4, 16>::new();
    /// table.insert(TopicFilter::new("a/#")?, 1)?;
    /// assert_eq!(table.get(TopicFilter::new("a/#")?), Some(&1));
    /// assert_eq!(table.get(TopicFilter::new("a/b")?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get(&self, filter: TopicFilter<'_>) -> Option<&V> {
        self.values.get(self.view().find(filter.as_bytes())?)?.as_ref()
    }

    /// The value of this filter, to be changed in its place.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 4, 16>::new();
    /// let filter = TopicFilter::new("a/#")?;
    /// table.insert(filter, 1)?;
    /// if let Some(count) = table.get_mut(filter) {
    ///     *count += 1;
    /// }
    /// assert_eq!(table.get(filter), Some(&2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, filter: TopicFilter<'_>) -> Option<&mut V> {
        let at = self.view().find(filter.as_bytes())?;
        self.values.get_mut(at)?.as_mut()
    }

    /// The values of all filters that take the topic name, in no order that means anything.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter, TopicName};
    ///
    /// let mut table = FilterTable::<char, 8, 16>::new();
    /// table.insert(TopicFilter::new("#")?, 'a')?;
    /// table.insert(TopicFilter::new("$SYS/+")?, 'b')?;
    /// assert!(table.lookup(TopicName::new("$SYS/uptime")?).eq(&['b']));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lookup<'t, 'n>(&'t self, name: TopicName<'n>) -> TableLookup<'t, 'n, V> {
        TableLookup::new(self.view(), &self.values, name.as_bytes())
    }

    /// Does any filter take the topic name? Stops at the first.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter, TopicName};
    ///
    /// let mut table = FilterTable::<(), 8, 16>::new();
    /// table.insert(TopicFilter::new("a/+")?, ())?;
    /// assert!(table.any(TopicName::new("a/b")?) && !table.any(TopicName::new("a")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn any(&self, name: TopicName<'_>) -> bool {
        self.lookup(name).next().is_some()
    }

    /// All filters with their values, in no order that means anything.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 8, 16>::new();
    /// table.insert(TopicFilter::new("a/+")?, 7)?;
    /// for (filter, value) in table.iter() {
    ///     let mut buffer = [0; 16];
    ///     assert_eq!(filter.read_into(&mut buffer), Some(TopicFilter::new("a/+")?));
    ///     assert_eq!(*value, 7);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn iter(&self) -> TableFilters<'_, V> {
        TableFilters::new(self.view(), &self.values)
    }

    /// How many filters there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Is there no filter?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many levels more there is room for.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 8, 16>::new();
    /// assert_eq!((table.free_levels(), table.free_text()), (8, 16));
    /// table.insert(TopicFilter::new("lamp/+/set")?, 7)?;
    /// assert_eq!((table.free_levels(), table.free_text()), (5, 5)); // "lamp/+/set/"
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn free_levels(&self) -> usize {
        LEVELS.saturating_sub(self.head.nodes as usize)
    }

    /// How many bytes more there is room for, of texts that are not there yet and one for each.
    #[must_use]
    pub const fn free_text(&self) -> usize {
        TEXT.saturating_sub(self.head.text as usize)
    }

    /// Takes all filters out.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 8, 16>::new();
    /// table.insert(TopicFilter::new("a/+")?, 7)?;
    /// table.clear();
    /// assert!(table.is_empty() && table.free_levels() == 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) {
        (self.head, self.len) = (Head::EMPTY, 0);
        self.values.fill_with(|| None);
    }

    const fn view(&self) -> View<'_> {
        View::new(self.head, &self.nodes, &self.text)
    }

    const fn trie(&mut self) -> Trie<'_> {
        Trie { head: &mut self.head, nodes: &mut self.nodes, text: &mut self.text }
    }
}

impl<V: Copy, const LEVELS: usize, const TEXT: usize> FilterTable<V, LEVELS, TEXT> {
    /// A router for a `static`, which then lies in flash: a text that is no topic filter, or that comes
    /// twice, or for which there is no room, fails the build. So do more than some 70 routes, unless the
    /// lint `long_running_const_eval` is allowed there.
    ///
    /// # Panics
    ///
    /// Outside `const`, then: use [`insert`](Self::insert) there.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, Room, TopicName, room_for};
    ///
    /// #[derive(Clone, Copy, PartialEq, Debug)]
    /// enum Handler {
    ///     Lamp,
    ///     Reboot,
    /// }
    ///
    /// const ROUTES: [(&str, Handler); 3] = [
    ///     ("house/+/lamp/set", Handler::Lamp),
    ///     ("garden/lamp/set", Handler::Lamp),
    ///     ("device/7/cmd/reboot", Handler::Reboot),
    /// ];
    /// const ROOM: Room = room_for(&ROUTES);
    /// static ROUTER: FilterTable<Handler, { ROOM.levels }, { ROOM.text }> =
    ///     FilterTable::from_static(&ROUTES);
    ///
    /// let handler = ROUTER.lookup(TopicName::new("house/attic/lamp/set")?).next();
    /// assert_eq!(handler, Some(&Handler::Lamp));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use topic_matcher::FilterTable;
    ///
    /// static ROUTER: FilterTable<u8, 4, 32> = FilterTable::from_static(&[("house/#/x", 1)]);
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use topic_matcher::FilterTable;
    ///
    /// static ROUTER: FilterTable<u8, 1, 32> = FilterTable::from_static(&[("house/lamp", 1)]);
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(routes: &[(&'static str, V)]) -> Self {
        let mut table = Self::new();
        let mut rest = routes;
        while let [(text, value), behind @ ..] = rest {
            let filter = TopicFilter::from_static(text);
            let place = match table.trie().insert(filter.as_bytes()) {
                Ok(place) => place,
                Err(_) => panic!("the table has no room for all filters"),
            };
            match value_at(&mut table.values, place, table.head.nodes as usize) {
                Some(place @ None) => *place = Some(*value),
                _ => panic!("a filter comes twice"),
            }
            table.len = table.len.saturating_add(1);
            rest = behind;
        }
        table
    }
}

/// The place of a value, when those behind the levels that are new have moved: `used` are in use now.
const fn value_at<V>(values: &mut [V], place: Place, used: usize) -> Option<&mut V> {
    let mut at = used;
    // What comes in their place are the empty ones from behind.
    while at > place.node.wrapping_add(1) && place.new > 0 {
        at = at.wrapping_sub(1);
        swap(values, at.wrapping_sub(place.new), at);
    }
    match values.split_at_mut_checked(place.node) {
        Some((_, [value, ..])) => Some(value),
        _ => None,
    }
}

const fn swap<V>(values: &mut [V], low: usize, high: usize) {
    if let Some((before, [high, ..])) = values.split_at_mut_checked(high) {
        if let Some((_, [low, ..])) = before.split_at_mut_checked(low) {
            core::mem::swap(low, high);
        }
    }
}

impl<V, const LEVELS: usize, const TEXT: usize> Default for FilterTable<V, LEVELS, TEXT> {
    fn default() -> Self {
        Self::new()
    }
}

/// The filters with their values.
impl<V: fmt::Debug, const LEVELS: usize, const TEXT: usize> fmt::Debug
    for FilterTable<V, LEVELS, TEXT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'t, V, const LEVELS: usize, const TEXT: usize> IntoIterator
    for &'t FilterTable<V, LEVELS, TEXT>
{
    type Item = (StoredFilter<'t>, &'t V);
    type IntoIter = TableFilters<'t, V>;

    fn into_iter(self) -> TableFilters<'t, V> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 64 filters of a gateway, as `benches/` has them: 151 levels with 243 bytes of text.
    #[test]
    fn sixty_four_filters_take_1760_bytes() {
        assert_eq!(size_of::<FilterTable<u16, 151, 243>>(), 1760);
        assert_eq!(size_of::<FilterTable<u8, 151, 243>>(), 1458);
    }
}
