//! Numbers and data drawn from bytes: all zero means the simplest, so that a failure shrinks. Used by
//! the laws and by the fuzz targets.

#![allow(dead_code, reason = "each binary uses its part")]

use coap_codec::OptionNumber;

/// Bytes to draw from; 0 once they are used up.
pub(crate) struct Source<'a>(pub(crate) &'a [u8]);

/// Every registered option, numbers near the borders of a delta, critical and elective ones.
const NUMBERS: [u16; 48] = [
    11, 12, 1, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 19, 20, 23, 27, 28, 31, 35, 39, 60, 252, 258,
    292, 2, 0, 10, 13, 24, 25, 26, 128, 256, 267, 268, 269, 270, 280, 281, 282, 537, 2048, 2049,
    65_000, 65_534, 65_535,
];

impl<'a> Source<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// 0 to `n - 1`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub(crate) fn two_bytes(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    pub(crate) fn number(&mut self) -> OptionNumber {
        match self.byte() {
            any @ 0xF0.. => OptionNumber(u16::from(any & 15) << 8 | u16::from(self.byte())),
            known => OptionNumber(NUMBERS[usize::from(known) % NUMBERS.len()]),
        }
    }

    /// Any bytes: mostly few, sometimes as many as need a longer length.
    pub(crate) fn data(&mut self) -> Vec<u8> {
        let len = match self.byte() {
            few @ 0..=0xBF => usize::from(few % 16),
            border @ 0xC0..=0xEF => {
                [254, 255, 256, 267, 268, 269, 270, 12][usize::from(border) % 8]
            }
            many => usize::from(many & 0x0F) * 100,
        };
        self.bytes(len)
    }

    /// So many bytes, made up where there are no more.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let (data, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        let mut data = data.to_vec();
        data.resize(len, b'x');
        data
    }
}
