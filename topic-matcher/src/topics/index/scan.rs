use core::fmt;
use core::iter::FusedIterator;

use super::block::NAMES;
use super::{Place, TopicIndex};
use crate::TopicName;
use crate::topics::order::{Verdict, judge, steps, steps_to};

/// What [`TopicIndex::scan`] finds.
pub struct IndexScan<'i, 'f, V> {
    pub(super) index: &'i TopicIndex<V>,
    pub(super) filter: &'f [u8],
    /// What is looked at next.
    pub(super) place: Place,
    pub(super) steps: usize,
}

impl<'i, V> IndexScan<'i, '_, V> {
    /// The first topic that has not been looked at, where another scan goes on; `None` if all have been.
    #[must_use]
    pub fn rest(&self) -> Option<TopicName<'i>> {
        self.index.name(self.place)
    }
}

impl<'i, V> Iterator for IndexScan<'i, '_, V> {
    type Item = (TopicName<'i>, &'i V);

    fn next(&mut self) -> Option<Self::Item> {
        while self.steps > 0 {
            let (place, name) = (self.place, self.index.name(self.place)?);
            self.steps = self.steps.saturating_sub(steps(name.as_bytes()));
            let behind = self.index.behind(place);
            match judge(self.filter, name.as_bytes()) {
                Verdict::Takes => {
                    self.place = behind;
                    return Some((name, self.index.value(place)?));
                }
                Verdict::TakesNoneBefore(key) => {
                    self.place = self.index.seek(behind, key);
                    let names = match self.place.block.saturating_sub(behind.block) {
                        0 => self.place.at.saturating_sub(behind.at),
                        blocks => blocks.saturating_add(1).saturating_mul(NAMES),
                    };
                    self.steps = self.steps.saturating_sub(steps_to(key, names));
                }
                Verdict::TakesNoMore => self.place = Place::END,
            }
        }
        None
    }
}

impl<V> FusedIterator for IndexScan<'_, '_, V> {}

impl<V> Clone for IndexScan<'_, '_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V> fmt::Debug for IndexScan<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexScan")
            .field("rest", &self.rest())
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}
