//! The cursor that every message is written with.

use core::mem::replace;

/// Writes fields one behind the other.
///
/// Once a field does not fit it stores nothing more, but keeps counting: so the length and the bytes
/// of a message cannot disagree, and what stores can tell how much room it would have needed.
#[derive(Debug)]
pub(crate) struct Writer<'b> {
    room: &'b mut [u8],
    /// The room that there was.
    start: usize,
    /// Bytes that did not fit.
    missing: usize,
}

impl<'b> Writer<'b> {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn new(room: &'b mut [u8]) -> Self {
        Self { start: room.len(), room, missing: 0 }
    }

    /// Only counts.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn counter() -> Self {
        Self::new(&mut [])
    }

    /// Bytes so far, also those that did not fit.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn len(&self) -> usize {
        self.start.saturating_sub(self.room.len()).saturating_add(self.missing)
    }

    /// True if something did not fit.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn is_full(&self) -> bool {
        self.missing > 0
    }

    /// Takes the room, and what would be missing of a field of `len` bytes.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn take(&mut self, len: usize) -> (&'b mut [u8], usize) {
        // `core::mem::take` is not `const`.
        let room = replace(&mut self.room, &mut [0; 0]);
        let missing = self.missing.saturating_add(len).saturating_sub(room.len());
        (room, missing)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        let (room, missing) = self.take(bytes.len());
        match room.split_at_mut_checked(bytes.len()) {
            Some((place, room)) => {
                copy(place, bytes);
                self.room = room;
            }
            None => self.missing = missing,
        }
    }

    /// A byte and `bytes` behind it.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn headed(&mut self, head: u8, bytes: &[u8]) {
        let len = bytes.len().saturating_add(1);
        let (room, missing) = self.take(len);
        match room.split_at_mut_checked(len) {
            Some(([first, place @ ..], room)) => {
                *first = head;
                copy(place, bytes);
                self.room = room;
            }
            _ => self.missing = missing,
        }
    }

    /// `bytes`, for a length that the compiler knows.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        let (room, missing) = self.take(N);
        match room.split_first_chunk_mut::<N>() {
            Some((place, room)) => {
                *place = bytes;
                self.room = room;
            }
            None => self.missing = missing,
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u8(&mut self, value: u8) {
        self.array([value]);
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u16(&mut self, value: u16) {
        self.array(value.to_be_bytes());
    }
}

/// Copies `from` to `to`, which have the same length.
///
/// Called from more than one place, `copy_from_slice` is not inlined at opt-level z and keeps its
/// panic: so it is called here alone.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn copy(to: &mut [u8], from: &[u8]) {
    if cfg!(target_pointer_width = "64") && from.len() <= 16 {
        copy_short(to, from);
    } else if to.len() == from.len() {
        to.copy_from_slice(from);
    }
}

/// Copies up to 16 bytes as words that overlap, in less time than calling a function takes.
#[inline(always)]
const fn copy_short(to: &mut [u8], from: &[u8]) {
    if from.len() >= 8 {
        copy_ends::<8>(to, from);
    } else if from.len() >= 4 {
        copy_ends::<4>(to, from);
    } else if from.len() >= 2 {
        copy_ends::<2>(to, from);
    } else {
        copy_ends::<1>(to, from);
    }
}

/// Copies the first `N` bytes and the last `N`, if there are so many.
#[inline(always)]
const fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else {
        return;
    };
    if to.len() != from.len() {
        return;
    }
    if let Some(place) = to.first_chunk_mut() {
        *place = *first;
    }
    if let Some(place) = to.last_chunk_mut() {
        *place = *last;
    }
}

/// Moves `count` bytes from `from` to `to`, if both places are in `bytes`.
///
/// Like `copy`, the only caller of what it wraps, in a form in which the compiler sees that nothing is
/// left for it to panic about.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn move_within(bytes: &mut [u8], from: usize, count: usize, to: usize) {
    let (Some(end), Some(last)) = (from.checked_add(count), bytes.len().checked_sub(count)) else {
        return;
    };
    if end <= bytes.len() && to <= last {
        bytes.copy_within(from..end, to);
    }
}
