mod filters;
mod lookup;
mod packed;
mod room;
mod way;

use core::fmt;

use crate::{TopicFilter, TopicName};
pub use filters::{StoredFilter, TableFilters};
pub use lookup::TableLookup;
use packed::{Entry, Head, Packed, View};
pub use room::{Room, room_for};
use way::Way;

/// Topic filters with a value each, in a fixed place without a heap: which of them take a topic name?
///
/// `FILTERS` is how many it has room for, `TEXT` for how many bytes of them, with one more for each level.
/// Levels that filters begin with alike are there once, up to 127 of each; [`room_for`] counts at compile
/// time. A filter takes its text, 4 bytes (6 on 64-bit machines) and an `Option<V>`, which moves when filters
/// come and go: let `V` be small, an index if need be. A filter of 65,535 bytes, the most that there can be, has
/// no room in any table.
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
/// the filters and the topic name: it comes to each filter at most once, and reads of its text what it does not
/// share with the one before; where the name has not all that they share, it reads nothing. It takes no
/// memory, whatever the depth. At worst it reads all texts: 4,096 filters of twelve levels that are each `+`
/// or a text, all of which take the name, have 8,190 levels; with twelve texts that the name has not, it reads
/// 13 of the filters.
///
/// A `+` goes over a level of the name. A filter that shares fewer levels than the name has come to sends it
/// back: on 64-bit machines to one of its first eight levels at once, otherwise by going through it from the
/// ninth on, on others from its start. Behind 127 levels each filter goes through the rest of the name for
/// itself. So the work is at most filters times the length of the name, and a broker that lets strangers
/// publish wants to forbid names of 65,535 bytes.
///
/// Inserting and removing look for the place as a lookup does, and move what stands behind it, inserting up to
/// the end of the room.
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
pub struct FilterTable<V, const FILTERS: usize, const TEXT: usize> {
    head: Head,
    entries: [Entry; FILTERS],
    values: [Option<V>; FILTERS],
    text: [u8; TEXT],
}

/// A [`FilterTable`] has no room for a filter: the value that was to be its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TableFull<V> {
    /// The table has all filters that it has room for.
    #[error("the table has no room for one more filter")]
    Filters(V),
    /// What no other filter begins with is longer than the room that is left.
    #[error("the table has no room for the text")]
    Text(V),
}

impl<V> TableFull<V> {
    /// The value, whatever there was no room for.
    pub fn into_value(self) -> V {
        match self {
            Self::Filters(value) | Self::Text(value) => value,
        }
    }
}

/// Without the value, so that it need not have it.
impl<V> fmt::Debug for TableFull<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filters(_) => "Filters(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

impl<V, const FILTERS: usize, const TEXT: usize> FilterTable<V, FILTERS, TEXT> {
    /// Without filters. `FILTERS` and `TEXT` up to 65,535, or the build fails.
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
            assert!(FILTERS <= u16::MAX as usize, "FILTERS is at most 65,535");
            assert!(TEXT <= u16::MAX as usize, "TEXT is at most 65,535");
        }
        Self {
            head: Head::EMPTY,
            entries: [Entry::EMPTY; FILTERS],
            values: [const { None }; FILTERS],
            text: [0; TEXT],
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
    /// let mut table = FilterTable::<_, 1, 16>::new();
    /// let filter = TopicFilter::new("a/+/b")?;
    /// assert_eq!(table.insert(filter, "first"), Ok(None));
    /// assert_eq!(table.insert(filter, "second"), Ok(Some("first")));
    /// assert_eq!(table.insert(TopicFilter::new("c")?, "third"), Err(TableFull::Filters("third")));
    /// assert_eq!(table.len(), 1);
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn insert(&mut self, filter: TopicFilter<'_>, value: V) -> Result<Option<V>, TableFull<V>> {
        let place = match self.packed().insert(filter.as_bytes()) {
            Ok(place) => place,
            Err(TableFull::Filters(())) => return Err(TableFull::Filters(value)),
            Err(TableFull::Text(())) => return Err(TableFull::Text(value)),
        };
        let mut carried = Some(value);
        if let Some((_, behind)) = self.values.split_at_mut_checked(place.at) {
            for value in behind {
                core::mem::swap(value, &mut carried);
                if !place.is_new {
                    return Ok(carried);
                }
            }
        }
        Ok(None)
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
        let behind = usize::from(self.head.filters);
        let at = self.packed().remove(filter.as_bytes())?;
        let mut carried = None;
        for place in self.values.get_mut(at..behind)?.iter_mut().rev() {
            core::mem::swap(place, &mut carried);
        }
        carried
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
        self.values.get(self.find(filter)?)?.as_ref()
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
        let at = self.find(filter)?;
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
        self.head.filters as usize
    }

    /// Is there no filter?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.head.filters == 0
    }

    /// How many filters more there is room for.
    ///
    /// ```
    /// use topic_matcher::{FilterTable, TopicFilter};
    ///
    /// let mut table = FilterTable::<u8, 8, 32>::new();
    /// table.insert(TopicFilter::new("lamp/+/set")?, 7)?;
    /// assert_eq!((table.free_filters(), table.free_text()), (7, 21)); // "lamp/+/set/"
    /// table.insert(TopicFilter::new("lamp/+/state")?, 7)?;
    /// assert_eq!((table.free_filters(), table.free_text()), (6, 15)); // "state/"
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn free_filters(&self) -> usize {
        FILTERS.saturating_sub(self.head.filters as usize)
    }

    /// How many bytes more there is room for, of levels that no filter begins with yet and one for each.
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
    /// assert!(table.is_empty() && table.free_filters() == 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) {
        self.head = Head::EMPTY;
        self.values.fill_with(|| None);
    }

    /// Where the filter is.
    fn find(&self, filter: TopicFilter<'_>) -> Option<usize> {
        let left = self.view().walk(Way::of_filter(filter.as_bytes())).next_taken()?;
        self.len().checked_sub(left)
    }

    const fn view(&self) -> View<'_> {
        View::new(self.head, &self.entries, &self.text)
    }

    const fn packed(&mut self) -> Packed<'_> {
        Packed { head: &mut self.head, entries: &mut self.entries, text: &mut self.text }
    }
}

impl<V: Copy, const FILTERS: usize, const TEXT: usize> FilterTable<V, FILTERS, TEXT> {
    /// A router for a `static`, which then lies in flash: a text that is no topic filter, or that comes
    /// twice, or for which there is no room, fails the build. So do more than 60 to 90 routes, by their
    /// length, unless the lint `long_running_const_eval` is allowed there.
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
    /// static ROUTER: FilterTable<Handler, { ROOM.filters }, { ROOM.text }> =
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
    /// static ROUTER: FilterTable<u8, 1, 8> = FilterTable::from_static(&[("house/lamp", 1)]);
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(routes: &[(&'static str, V)]) -> Self {
        let mut table = Self::new();
        let mut rest = routes;
        while let [(text, value), behind @ ..] = rest {
            let filter = TopicFilter::from_static(text);
            let place = match table.packed().insert(filter.as_bytes()) {
                Ok(place) if place.is_new => place.at,
                Ok(_) => panic!("a filter comes twice"),
                Err(_) => panic!("the table has no room for all filters"),
            };
            let mut carried = Some(*value);
            let mut places = table.values.split_at_mut(place).1;
            while let [place, others @ ..] = places {
                (*place, carried) = (carried, *place);
                places = others;
            }
            rest = behind;
        }
        table
    }
}

impl<V, const FILTERS: usize, const TEXT: usize> Default for FilterTable<V, FILTERS, TEXT> {
    fn default() -> Self {
        Self::new()
    }
}

/// The filters with their values.
impl<V: fmt::Debug, const FILTERS: usize, const TEXT: usize> fmt::Debug
    for FilterTable<V, FILTERS, TEXT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'t, V, const FILTERS: usize, const TEXT: usize> IntoIterator
    for &'t FilterTable<V, FILTERS, TEXT>
{
    type Item = (StoredFilter<'t>, &'t V);
    type IntoIter = TableFilters<'t, V>;

    fn into_iter(self) -> TableFilters<'t, V> {
        self.iter()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    extern crate std;

    use std::collections::BTreeSet;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::grammar::BY_WORDS;

    /// 64 filters of a gateway, as `benches/` has them, with 762 bytes of text.
    #[test]
    fn sixty_four_filters_take_1406_bytes() {
        let bytes = if usize::BITS == 64 { 1406 } else { 1278 };
        assert_eq!(size_of::<FilterTable<u16, 64, 762>>(), bytes);
    }

    fn filters_read<const FILTERS: usize>(
        table: &FilterTable<u16, FILTERS, 50_000>,
        name: &str,
    ) -> usize {
        let mut walk = table.view().walk(Way::of_name(name.as_bytes()));
        let mut read = 0;
        loop {
            walk.leave_out(false);
            if walk.step().is_none() {
                return read;
            }
            read = usize::saturating_add(read, 1);
        }
    }

    /// Twelve levels that are each `+` or a text.
    #[test]
    fn reads_no_more_filters_than_it_says() {
        for (text, most) in [("level", 4096), ("other", 13)] {
            let mut table = std::boxed::Box::new(FilterTable::<u16, 4096, 50_000>::new());
            for mask in 0..4096_u16 {
                let level = |at: u16| match mask >> at & 1 {
                    1 => "+".into(),
                    _ => format!("{text}{at}"),
                };
                let levels: Vec<String> = (0..12).map(level).collect();
                table.insert(TopicFilter::new(&levels.join("/")).unwrap(), mask).unwrap();
            }
            let levels: Vec<String> = (0..12).map(|at| format!("level{at}")).collect();
            let read = filters_read(&table, &levels.join("/"));
            assert!(read <= most, "{read} {text}");
        }
    }

    /// Of 200 filters that part at one level, short or long, known or deep, only those are read that have the
    /// name's tag, and below them again.
    #[test]
    fn leaves_out_what_has_another_tag() {
        for before in ["", "a/", "a/b/c/d/e/f/g/", "a/b/c/d/e/f/g/h/", "a/b/c/d/e/f/g/h/i/j/"] {
            for level in ["b", "device/b", "temperature-of-room-"] {
                let mut table = std::boxed::Box::new(FilterTable::<u16, 400, 50_000>::new());
                for number in 0..200 {
                    for last in ["x", "+/y"] {
                        let text = format!("{before}{level}{number}/{last}");
                        table.insert(TopicFilter::new(&text).unwrap(), number).unwrap();
                    }
                }
                let read = filters_read(&table, &format!("{before}{level}7/x"));
                assert!(read <= if BY_WORDS { 8 } else { 400 }, "{read} {before}{level}");
            }
        }
    }

    /// Whatever comes and goes: filters that begin alike stand together, and what is said of how they do is
    /// exact.
    #[test]
    fn keeps_what_it_says_of_its_filters() {
        let mut table = FilterTable::<(), 24, 256>::new();
        let (mut random, mut held): (u32, BTreeSet<String>) = (1, BTreeSet::new());
        for _ in 0..3000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let level = |bits: u32| ["a", "b", "", "+"][(random >> bits) as usize & 3];
            let depth = (random >> 12) as usize % 5;
            let levels: Vec<&str> = (0..=depth).map(|at| level(16 + 2 * at as u32)).collect();
            let text = format!("{}{}", levels.join("/"), if random >> 28 == 0 { "/#" } else { "" });
            let Ok(filter) = TopicFilter::new(&text) else { continue };
            if held.remove(&text) {
                assert!(table.remove(filter).is_some());
            } else if table.insert(filter, ()).is_ok() {
                held.insert(text);
            }
            check(&table, &held);
        }
    }

    fn check(table: &FilterTable<(), 24, 256>, held: &BTreeSet<String>) {
        let all: Vec<String> = table.iter().map(|(filter, ())| format!("{filter}")).collect();
        assert_eq!(&all.iter().cloned().collect::<BTreeSet<_>>(), held);
        let alike = |one: &str, other: &str| {
            one.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count()
        };
        let mut before = "/";
        for (at, text) in all.iter().enumerate() {
            let (entry, _) = table.view().get(at).unwrap();
            let shared = if at == 0 { 0 } else { alike(before, text) };
            assert_eq!(usize::from(entry.mark.shared()), shared, "{text} of {all:?}");
            let goes_on = |other: &&String| alike(text, other) > shared;
            let below = all.iter().skip(at.saturating_add(1)).take_while(goes_on).count();
            assert!(!BY_WORDS || entry.below() == below, "{text} of {all:?}");
            before = text;
        }
    }
}
