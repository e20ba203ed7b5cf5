use core::cell::Cell;

use crate::topics::names::Names;

/// The structure of a [`TopicTable`](super::TopicTable), without values.
pub(super) struct Sorted<'t> {
    pub(super) head: &'t mut Head,
    pub(super) ends: &'t mut [u16],
    pub(super) places: &'t mut [u16],
    pub(super) text: &'t mut [u8],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) len: u16,
    /// How many places for values have ever been used: those that are free now stand in `places`.
    touched: u16,
}

impl Head {
    pub(super) const EMPTY: Self = Self { len: 0, touched: 0 };
}

impl Sorted<'_> {
    /// Makes room for a name in its place: where its value goes. Nothing has changed if there is none.
    pub(super) fn insert(&mut self, at: usize, name: &[u8]) -> Option<u16> {
        let len = usize::from(self.head.len);
        let (ends, places) = (self.ends.get_mut(..=len)?, self.places.get_mut(..=len)?);
        let names = Names { text: self.text, ends };
        let (start, used) = (names.start(at), names.start(len));
        let name_len = u16::try_from(name.len()).ok()?;
        let behind = self.text.get_mut(start..used.saturating_add(name.len()))?;
        let cells = Cell::from_mut(behind).as_slice_of_cells();
        for (to, from) in cells.iter().skip(name.len()).zip(cells).rev() {
            to.set(from.get());
        }
        for (to, from) in cells.iter().zip(name) {
            to.set(*from);
        }
        let mut end = start as u16; // within the text
        for place in ends.iter_mut().skip(at) {
            end = core::mem::replace(place, end.saturating_add(name_len));
        }
        let new = if self.head.len < self.head.touched {
            *places.last()?
        } else {
            self.head.touched = self.head.touched.saturating_add(1);
            self.head.len
        };
        let mut carried = new;
        for place in places.iter_mut().skip(at) {
            carried = core::mem::replace(place, carried);
        }
        self.head.len = self.head.len.saturating_add(1);
        Some(new)
    }

    /// Takes a name out: where its value is.
    pub(super) fn remove(&mut self, at: usize) -> Option<u16> {
        let len = usize::from(self.head.len);
        let (ends, places) = (self.ends.get_mut(..len)?, self.places.get_mut(..len)?);
        let names = Names { text: self.text, ends };
        let (start, name_len) = (names.start(at), names.get(at)?.len());
        let behind = self.text.get_mut(start..)?;
        let cells = Cell::from_mut(behind).as_slice_of_cells();
        for (to, from) in cells.iter().zip(cells.iter().skip(name_len)) {
            to.set(from.get());
        }
        let mut end = 0;
        for place in ends.iter_mut().skip(at).rev() {
            end = core::mem::replace(place, end).saturating_sub(name_len as u16); // at most 65,535
        }
        let freed = *places.get(at)?;
        let mut carried = freed;
        for place in places.iter_mut().skip(at).rev() {
            carried = core::mem::replace(place, carried);
        }
        self.head.len = self.head.len.saturating_sub(1);
        Some(freed)
    }
}
