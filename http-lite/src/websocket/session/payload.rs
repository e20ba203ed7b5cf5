//! What is in a control frame.

use core::fmt;

use super::super::{Close, FrameHeader};

/// The payload of a control frame, up to 125 bytes.
#[derive(Clone, Copy)]
pub struct Payload {
    bytes: [u8; FrameHeader::MAX_CONTROL],
    len: u8,
}

impl Payload {
    pub(super) const EMPTY: Self = Self { bytes: [0; FrameHeader::MAX_CONTROL], len: 0 };

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Of a Close: why.
    pub fn close(&self) -> Close<'_> {
        Close::decode(self.as_bytes()).unwrap_or_default() // it was checked
    }

    /// Sets what stands from byte `at` on, and ends with it.
    pub(super) fn put(&mut self, at: u64, data: &[u8]) {
        let room = self.bytes.get_mut(at as usize..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(data) {
            *place = *byte;
        }
        self.len = at.saturating_add(data.len() as u64).min(self.bytes.len() as u64) as u8;
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Payload {}
