use core::fmt;
use core::iter::FusedIterator;

use super::checked;
use crate::TopicName;
use crate::topics::names::Names;
use crate::topics::order::{Verdict, judge, steps, steps_to};

/// What [`TopicTable::scan`](super::TopicTable::scan) finds.
pub struct TableScan<'t, 'f, V> {
    pub(super) names: Names<'t>,
    pub(super) places: &'t [u16],
    pub(super) values: &'t [Option<V>],
    pub(super) filter: &'f [u8],
    /// What is looked at next.
    pub(super) at: usize,
    pub(super) steps: usize,
}

impl<'t, V> TableScan<'t, '_, V> {
    /// The first topic that has not been looked at, where another scan goes on; `None` if all have been.
    #[must_use]
    pub fn rest(&self) -> Option<TopicName<'t>> {
        self.names.get(self.at).map(checked)
    }
}

impl<'t, V> Iterator for TableScan<'t, '_, V> {
    type Item = (TopicName<'t>, &'t V);

    fn next(&mut self) -> Option<Self::Item> {
        while self.steps > 0 {
            let (at, name) = (self.at, self.names.get(self.at)?);
            self.steps = self.steps.saturating_sub(steps(name));
            self.at = at.saturating_add(1);
            match judge(self.filter, name) {
                Verdict::Takes => {
                    let place = usize::from(*self.places.get(at)?);
                    return Some((checked(name), self.values.get(place)?.as_ref()?));
                }
                Verdict::TakesNoneBefore(key) => {
                    let behind = self.at;
                    self.at = self.names.seek(behind, key);
                    let names = self.at.saturating_sub(behind);
                    self.steps = self.steps.saturating_sub(steps_to(key, names));
                }
                Verdict::TakesNoMore => self.at = usize::MAX,
            }
        }
        None
    }
}

impl<V> FusedIterator for TableScan<'_, '_, V> {}

impl<V> Clone for TableScan<'_, '_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for TableScan<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableScan")
            .field("rest", &self.rest())
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}
