use core::fmt;
use core::iter::FusedIterator;

use super::packed::{View, Walk};
use super::way::Way;

/// The values of the filters that take a topic name: what
/// [`FilterTable::lookup`](super::FilterTable::lookup) gives.
///
/// It goes through the filters once, from the first to the last. So it needs no memory, whatever the filters
/// and the name.
pub struct TableLookup<'t, 'n, V> {
    walk: Walk<'t, 'n>,
    count: usize,
    values: &'t [Option<V>],
}

impl<'t, 'n, V> TableLookup<'t, 'n, V> {
    pub(super) const fn new(all: View<'t>, values: &'t [Option<V>], name: &'n [u8]) -> Self {
        let walk = all.walk(Way::of_name(name));
        Self { count: walk.left.len(), walk, values }
    }
}

impl<'t, V> Iterator for TableLookup<'t, '_, V> {
    type Item = &'t V;

    fn next(&mut self) -> Option<&'t V> {
        let left = self.walk.next_taken()?;
        self.values.get(self.count.wrapping_sub(left))?.as_ref()
    }
}

impl<V> FusedIterator for TableLookup<'_, '_, V> {}

impl<V> Clone for TableLookup<'_, '_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for TableLookup<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.walk.left.len();
        f.debug_struct("TableLookup").field("left", &left).finish_non_exhaustive()
    }
}
