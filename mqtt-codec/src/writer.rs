//! The cursor that every packet is written with.

use core::mem::replace;

use crate::varint;

/// Stores what fits into its buffer and counts everything.
///
/// An empty buffer therefore measures, and a writer that skips the first bytes goes on where a
/// short write stopped: the same body serves all three, so length and bytes cannot disagree.
#[derive(Debug)]
pub(crate) struct Writer<'b> {
    room: &'b mut [u8],
    /// Bytes to leave out before the first one is stored.
    skip: usize,
    len: usize,
}

impl<'b> Writer<'b> {
    pub(crate) const fn new(room: &'b mut [u8], skip: usize) -> Self {
        Self { room, skip, len: 0 }
    }

    pub(crate) const fn counting() -> Writer<'static> {
        Writer { room: &mut [], skip: 0, len: 0 }
    }

    /// Bytes written so far, stored or not.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Room that is left to store into.
    pub(crate) const fn room(&self) -> usize {
        self.room.len()
    }

    /// Counts `len` bytes whose content nobody will see, because nothing is stored.
    pub(crate) const fn count(&mut self, len: usize) {
        self.len = self.len.saturating_add(len);
    }

    #[inline]
    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
        if self.room.is_empty() {
            return;
        }
        if self.skip == 0 && bytes.len() <= self.room.len() {
            return self.store(bytes);
        }
        self.partly(bytes);
    }

    /// Stores the part of `bytes` that lies behind the skipped bytes and before the buffer's end.
    #[cold]
    const fn partly(&mut self, bytes: &[u8]) {
        let Some((_, mut bytes)) = bytes.split_at_checked(self.skip) else {
            self.skip = self.skip.saturating_sub(bytes.len());
            return;
        };
        self.skip = 0;
        if let Some((first, _)) = bytes.split_at_checked(self.room.len()) {
            bytes = first;
        }
        self.store(bytes);
    }

    /// Stores `bytes`, which fit.
    #[inline]
    const fn store(&mut self, bytes: &[u8]) {
        // `take` is not `const`.
        let room: &'b mut [u8] = replace(&mut self.room, &mut [0; 0]);
        if let Some((place, room)) = room.split_at_mut_checked(bytes.len()) {
            place.copy_from_slice(bytes);
            self.room = room;
        }
    }

    #[inline]
    pub(crate) const fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    #[inline]
    pub(crate) const fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    #[inline]
    pub(crate) const fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    #[inline]
    pub(crate) const fn varint(&mut self, value: u32) {
        if value < 0x80 {
            return self.u8(value as u8);
        }
        let bytes = varint::encode(value);
        if let Some((bytes, _)) = bytes.split_at_checked(varint::len(value)) {
            self.bytes(bytes);
        }
    }

    /// Binary Data or a string: a Two Byte Integer length and the bytes, at most 65,535 of them
    /// (checked before anything is written).
    #[inline]
    pub(crate) const fn binary(&mut self, bytes: &[u8]) {
        self.u16(bytes.len() as u16);
        self.bytes(bytes);
    }
}
