//! Texts one behind the other: a byte that is the caller's, two for the length, the text, and up to three
//! to the next place that can be named.

use alloc::vec::Vec;
use core::hint::black_box;

/// Places are multiples of it, so that 32 bits name 16 GiB.
const UNIT: usize = 4;

/// Where they end at the latest.
const END: u32 = if cfg!(test) { 1 << 12 } else { u32::MAX };

#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    garbage: usize,
}

impl Texts {
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Bytes, also those of texts that are not needed any more.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where the text is then; `None` if it would lie behind 16 GiB.
    pub(super) fn push(&mut self, mark: u8, text: &[u8]) -> Option<u32> {
        let at = u32::try_from(self.bytes.len() / UNIT).ok().filter(|at| *at < END)?;
        let len = u16::try_from(text.len()).ok()?;
        let room = room(text.len());
        if self.bytes.capacity().saturating_sub(self.bytes.len()) < room {
            // A quarter more, not twice as much.
            self.bytes.reserve_exact(room.saturating_add(self.bytes.len() / 4));
        }
        let [low, high] = len.to_le_bytes();
        self.bytes.extend_from_slice(&[mark, low, high]);
        self.bytes.extend_from_slice(text);
        self.bytes.resize(self.bytes.len().next_multiple_of(UNIT), 0);
        Some(at)
    }

    /// The byte and the text at a place that [`push`](Self::push) has named.
    #[inline]
    pub(super) fn get(&self, at: u32) -> (u8, &[u8]) {
        let behind = self.bytes.get((at as usize).saturating_mul(UNIT)..).unwrap_or_default();
        let Some((&[mark, low, high], behind)) = behind.split_first_chunk::<3>() else {
            return (0, &[]);
        };
        let len = u16::from_le_bytes([low, high]);
        (mark, behind.get(..usize::from(len)).unwrap_or_default())
    }

    /// Has the first bytes of a text brought into the cache, and those behind as many bytes as this, where it ends
    /// if it has about as many.
    #[inline]
    pub(super) fn touch(&self, at: u32, len: usize) {
        let start = (at as usize).saturating_mul(UNIT);
        black_box(self.bytes.get(start).copied());
        black_box(self.bytes.get(start.saturating_add(len)).copied());
    }

    /// The text at this place is not needed anymore.
    pub(super) fn forget(&mut self, at: u32) {
        self.garbage = self.garbage.saturating_add(room(self.get(at).1.len()));
    }

    /// More than half of a large memory is for nothing.
    pub(super) fn is_wasteful(&self) -> bool {
        self.garbage > 4096 && self.garbage > self.bytes.len() / 2
    }
}

fn room(len: usize) -> usize {
    len.saturating_add(3).next_multiple_of(UNIT)
}
