//! The cursor that every packet is written with.

use core::mem::replace;

use crate::grammar::BY_WORDS;
use crate::varint;

/// Writes fields one behind the other.
///
/// On 64-bit machines speed counts more than size, and what is called for every field is inlined;
/// on smaller ones the compiler decides by size. It is the same in the other files.
///
/// With `COUNT` it only counts. Otherwise it stores what lies between the bytes to skip and the end
/// of its buffer, so that writing goes on where a short write stopped. One body serves both, so the
/// length and the bytes of a packet cannot disagree.
#[derive(Debug)]
pub(crate) struct Writer<'b, const COUNT: bool> {
    /// Room to store into; empty while bytes are being skipped.
    room: &'b mut [u8],
    /// The room that is there once `skip` bytes have been left out.
    later: &'b mut [u8],
    skip: usize,
    len: usize,
}

/// Stores.
pub(crate) type Storer<'b> = Writer<'b, false>;

/// Counts. On a small machine a writer without room does it, so that what writes a packet stands once.
pub(crate) type Counter = Writer<'static, BY_WORDS>;

impl Counter {
    pub(crate) const fn new() -> Self {
        Self { room: &mut [], later: &mut [], skip: 0, len: 0 }
    }

    /// Bytes written so far.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

impl<'b> Storer<'b> {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn store_in(room: &'b mut [u8]) -> Self {
        Self { room, later: &mut [], skip: 0, len: 0 }
    }

    /// Leaves out the first `skip` bytes.
    pub(crate) const fn store_from(skip: usize, later: &'b mut [u8]) -> Self {
        Self { room: &mut [], later, skip, len: 0 }
    }

    /// Room that is left to store into.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn room(&self) -> usize {
        self.room.len().saturating_add(self.later.len())
    }
}

impl<'b, const COUNT: bool> Writer<'b, COUNT> {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        if COUNT || !BY_WORDS {
            self.len = self.len.saturating_add(bytes.len());
        }
        if COUNT {
            return;
        }
        if bytes.len() <= self.room.len() {
            self.store(bytes);
        } else {
            self.overflow(bytes);
        }
    }

    /// `bytes`, for a length that the compiler knows.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if COUNT {
            self.len = self.len.saturating_add(N);
        } else if cfg!(target_pointer_width = "64") && N <= self.room.len() {
            // One store from a register.
            if let Some((place, room)) = self.take_room().split_first_chunk_mut::<N>() {
                *place = bytes;
                self.room = room;
            }
        } else {
            let in_memory = bytes;
            self.bytes(&in_memory);
        }
    }

    /// The next `len` bytes of the buffer, if they are there, for somebody who fills them.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn place(&mut self, len: usize) -> Option<&'b mut [u8]> {
        if len > self.room.len() {
            return None;
        }
        let room = replace(&mut self.room, &mut [0; 0]);
        match room.split_at_mut_checked(len) {
            Some((place, room)) => {
                self.room = room;
                Some(place)
            }
            None => None,
        }
    }

    /// Stores `bytes`, which fit.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn store(&mut self, bytes: &[u8]) {
        if let Some((place, room)) = self.take_room().split_at_mut_checked(bytes.len()) {
            copy(place, bytes);
            self.room = room;
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn overflow(&mut self, bytes: &[u8]) {
        if cfg!(target_pointer_width = "64") {
            let mut own = self.take();
            own.store_partly(bytes);
            *self = own;
        } else {
            self.store_partly(bytes);
        }
    }

    /// Stores the part of `bytes` that lies behind the skipped bytes and before the buffer's end.
    #[cold]
    #[inline(never)]
    const fn store_partly(&mut self, mut bytes: &[u8]) {
        if !self.later.is_empty() {
            let Some((_, wanted)) = bytes.split_at_checked(self.skip) else {
                self.skip = self.skip.saturating_sub(bytes.len());
                return;
            };
            bytes = wanted;
            self.skip = 0;
            self.room = replace(&mut self.later, &mut [0; 0]);
        }
        if let Some((fitting, _)) = bytes.split_at_checked(self.room.len()) {
            bytes = fitting;
        }
        self.store(bytes);
    }

    /// The writer, out of its place. Lent to a function that is not inlined, it would stay in
    /// memory, where each write waits for the one before: so a copy is lent.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn take(&mut self) -> Self {
        let later = replace(&mut self.later, &mut [0; 0]);
        Self { room: self.take_room(), later, skip: self.skip, len: self.len }
    }

    /// `core::mem::take` is not `const`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn take_room(&mut self) -> &'b mut [u8] {
        replace(&mut self.room, &mut [0; 0])
    }

    /// Counts `len` bytes that nobody has to look at.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn count(&mut self, len: usize) {
        self.len = self.len.saturating_add(len);
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u8(&mut self, value: u8) {
        self.array([value]);
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u16(&mut self, value: u16) {
        self.array(value.to_be_bytes());
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn varint(&mut self, mut value: u32) {
        if !BY_WORDS {
            while value >= 0x80 {
                self.u8(value as u8 | 0x80);
                value >>= 7;
            }
            self.u8(value as u8);
        } else if COUNT {
            self.len = self.len.saturating_add(varint::len(value));
        } else if value < 0x80 {
            self.u8(value as u8);
        } else if let Some((bytes, _)) = varint::encode(value).split_at_checked(varint::len(value))
        {
            self.bytes(bytes);
        }
    }

    /// Binary Data or a string: a Two Byte Integer length and the bytes, at most 65,535 of them
    /// (checked before anything is written).
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn binary(&mut self, bytes: &[u8]) {
        self.u16(bytes.len() as u16);
        self.bytes(bytes);
    }
}

/// Moves what is behind the first `len` bytes to the start. Called here alone, as in [`copy`].
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn drop_front(bytes: &mut [u8], len: usize) {
    if len <= bytes.len() {
        bytes.copy_within(len.., 0);
    }
}

/// Copies `from` to `to`, which have the same length.
///
/// Called from more than one place, `copy_from_slice` is not inlined at opt-level z and keeps its
/// panic: so it is called here alone.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn copy(to: &mut [u8], from: &[u8]) {
    if to.len() == from.len() {
        to.copy_from_slice(from);
    }
}
