use core::cell::Cell;

use super::TableFull;
use super::way::{Mark, Way};
use crate::algebra::split_level;
use crate::grammar::BY_WORDS;
use crate::matching::skip;

/// The structure of a [`FilterTable`](super::FilterTable), without values: filters one behind the other, each
/// without the levels that it shares with the one before.
///
/// ```text
/// house/+/state    0 house/+/state/        how many it shares, and the others, a slash behind each
/// house/+/name     2 name/
/// house/+          2
/// garden/lamp      0 garden/lamp/
/// ```
///
/// All filters that begin with the same levels stand together, whatever came first. So each such level is there
/// once, and how many levels a filter shares with the one before tells how many it has in common with any: at
/// most 127, so that the number has room beside a tag. It works in `const`.
///
/// Filters and bytes of text are counted below 65,536, so adding never wraps but in places that are not in
/// use, which mean nothing; it is written as what takes the least flash.
pub(super) struct Packed<'t> {
    pub(super) head: &'t mut Head,
    pub(super) entries: &'t mut [Entry],
    pub(super) text: &'t mut [u8],
}

/// How much is in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) filters: u16,
    /// In bytes.
    pub(super) text: u16,
}

impl Head {
    pub(super) const EMPTY: Self = Self { filters: 0, text: 0 };
}

/// A filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) mark: Mark,
    /// Where the text that it does not share ends, and that of the next one begins.
    end: u16,
    /// How many behind it share the first level that it does not share, where leaving them out in one step is
    /// worth the flash.
    below: [u16; BELOW],
}

const BELOW: usize = if BY_WORDS { 1 } else { 0 };

impl Entry {
    pub(super) const EMPTY: Self = Self { mark: Mark::EMPTY, end: 0, below: [0; BELOW] };

    pub(super) const fn below(&self) -> usize {
        match self.below.as_slice() {
            [below] => *below as usize,
            _ => 0,
        }
    }

    const fn set_below(&mut self, below: usize) {
        let place: &mut [u16] = &mut self.below;
        if let [place] = place {
            *place = below as u16; // Below the number of all filters.
        }
    }
}

/// Where a filter is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: usize,
    /// Those behind it have moved up.
    pub(super) is_new: bool,
}

impl Packed<'_> {
    /// The place of a filter, which is made if it is not there. Nothing changes if there is no room.
    pub(super) const fn insert(&mut self, filter: &[u8]) -> Result<Place, TableFull<()>> {
        let Head { filters, text: used } = *self.head;
        let mut walk = self.view().walk(Way::of_filter(filter));
        // Behind the last of those with which it has most in common: where it has less again.
        let (is_new, Walk { left, start, way, .. }) = loop {
            walk.leave_out(true);
            let before = walk;
            match walk.step() {
                Some(true) => break (false, before),
                Some(false) if walk.way.depth >= before.way.depth => {}
                _ => break (true, before),
            }
        };
        let at = (filters as usize).wrapping_sub(left.len());
        if !is_new {
            return Ok(Place { at, is_new });
        }
        // With a slash, if it has a level of its own.
        let len = match way.rest() {
            Some(own) => own.len().wrapping_add(1),
            None => 0,
        };
        if filters as usize >= self.entries.len() {
            return Err(TableFull::Filters(()));
        }
        if self.text.len().wrapping_sub(used as usize) < len {
            return Err(TableFull::Text(()));
        }
        if let Some(own) = way.rest() {
            insert_text(self.text, start, used as usize, own);
        }
        let mark = way.mark();
        if let Some((mut before, mut behind)) = self.entries.split_at_mut_checked(at) {
            let mut carried = Entry { mark, end: start as u16, ..Entry::EMPTY };
            while let [entry, others @ ..] = behind {
                carried.end = carried.end.wrapping_add(len as u16);
                (*entry, carried) = (carried, *entry);
                behind = others;
            }
            while let (true, [entry, others @ ..]) = (BY_WORDS, before) {
                // Does what goes on from it reach up to the new one, which goes on from it too?
                if entry.below() >= others.len() && entry.mark.shared() < mark.shared() {
                    entry.set_below(entry.below().wrapping_add(1));
                }
                before = others;
            }
        }
        *self.head = Head { filters: filters.wrapping_add(1), text: used.wrapping_add(len as u16) };
        Ok(Place { at, is_new })
    }

    /// Takes a filter out: where it was. What the next one shares with it alone becomes the next one's own.
    pub(super) fn remove(&mut self, filter: &[u8]) -> Option<usize> {
        let left = self.view().walk(Way::of_filter(filter)).next_taken()?;
        let at = usize::from(self.head.filters).wrapping_sub(left);
        let (entry, own) = self.view().get(at)?;
        let next = self.view().get(at.wrapping_add(1)).map_or(entry.mark, |(next, _)| next.mark);
        let kept = first_levels(own, next.shared().saturating_sub(entry.mark.shared())).len();
        let gone = own.len().wrapping_sub(kept);
        let Head { filters, text } = *self.head;
        let texts = self.text.get_mut(..usize::from(text))?;
        let entries = self.entries.get_mut(..usize::from(filters))?;
        close_gap(texts, usize::from(entry.end).wrapping_sub(gone), gone);
        close_gap(entries, at, 1);
        for (number, one) in entries.iter_mut().enumerate() {
            if number >= at {
                one.end = one.end.wrapping_sub(gone as u16); // It lies within the texts.
            } else if number.wrapping_add(one.below()) >= at {
                one.set_below(one.below().wrapping_sub(1));
            }
        }
        if let (Some(next), 1..) = (entries.get_mut(at), kept) {
            next.mark = entry.mark;
            next.set_below(entry.below().wrapping_sub(1));
        }
        *self.head =
            Head { filters: filters.wrapping_sub(1), text: text.wrapping_sub(gone as u16) };
        Some(at)
    }

    const fn view(&self) -> View<'_> {
        View::new(*self.head, self.entries, self.text)
    }
}

/// Puts a text with a slash at a place of the texts, of which so many bytes are in use, and those behind it
/// behind that.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
const fn insert_text(texts: &mut [u8], at: usize, used: usize, text: &[u8]) {
    let mut end = used;
    while end > at {
        let Some((low, high)) = texts.split_at_mut_checked(end) else { return };
        end = end.wrapping_sub(1);
        if let ([.., byte], Some((_, [place, ..]))) = (low, high.split_at_mut_checked(text.len())) {
            *place = *byte;
        }
    }
    if let Some((_, behind)) = texts.split_at_mut_checked(at) {
        if let Some((place, [slash, ..])) = behind.split_at_mut_checked(text.len()) {
            place.copy_from_slice(text);
            *slash = b'/';
        }
    }
}

/// Moves what stands `by` behind `at` to there, and all behind it.
fn close_gap<T: Copy>(items: &mut [T], at: usize, by: usize) {
    let cells = Cell::from_mut(items).as_slice_of_cells();
    let from = cells.iter().skip(at.wrapping_add(by));
    cells.iter().skip(at).zip(from).for_each(|(to, from)| to.set(from.get()));
}

/// So many levels of what filters do not share, with the slash behind each.
pub(super) fn first_levels(own: &[u8], count: u8) -> &[u8] {
    let mut rest = own;
    for _ in 0..count {
        rest = split_level(rest).1.unwrap_or_default();
    }
    own.get(..own.len().saturating_sub(rest.len())).unwrap_or_default()
}

/// The same, to be looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'t> {
    /// Those in use.
    entries: &'t [Entry],
    text: &'t [u8],
}

impl<'t> View<'t> {
    pub(super) const fn new(head: Head, entries: &'t [Entry], text: &'t [u8]) -> Self {
        match entries.split_at_checked(head.filters as usize) {
            Some((entries, _)) => Self { entries, text },
            None => Self { entries, text },
        }
    }

    /// A filter, and what it does not share.
    pub(super) fn get(&self, at: usize) -> Option<(Entry, &'t [u8])> {
        let (before, behind) = self.entries.split_at_checked(at)?;
        let start = before.last().map_or(0, |before| before.end);
        let entry = *behind.first()?;
        Some((entry, self.text.get(usize::from(start)..usize::from(entry.end))?))
    }

    pub(super) const fn walk<'n>(self, way: Way<'n>) -> Walk<'t, 'n> {
        Walk { left: self.entries, start: 0, text: self.text, way }
    }
}

/// A text that goes along with the filters, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'t, 'n> {
    /// Those that have not been looked at, and where their text begins.
    pub(super) left: &'t [Entry],
    start: usize,
    text: &'t [u8],
    way: Way<'n>,
}

impl Walk<'_, '_> {
    /// How many are left from the next filter on that takes the text.
    pub(super) const fn next_taken(&mut self) -> Option<usize> {
        loop {
            self.leave_out(false);
            let left = self.left.len();
            match self.step() {
                Some(true) => return Some(left),
                Some(false) => {}
                None => return None,
            }
        }
    }

    /// Leaves out those that the text does not go along with any further than with those before. See
    /// [`Way::may_follow`].
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) const fn leave_out(&mut self, stops_at_less: bool) {
        while let [entry, ..] = self.left {
            if self.way.may_follow(entry.mark, stops_at_less) {
                break;
            }
            let others = entry.below().wrapping_add(1);
            if let Some(([.., last], behind)) = self.left.split_at_checked(others) {
                (self.left, self.start) = (behind, last.end as usize);
            } else {
                self.left = &[];
            }
        }
    }

    /// Does the next one take the text? `None` behind the last.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) const fn step(&mut self) -> Option<bool> {
        let [entry, behind @ ..] = self.left else { return None };
        let len = (entry.end as usize).wrapping_sub(self.start);
        let own = skip(self.text, self.start);
        (self.left, self.start) = (behind, entry.end as usize);
        Some(self.way.follow(entry.mark, own, len))
    }
}
