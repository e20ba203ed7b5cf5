//! The cursor that everything is written with.

use core::mem::replace;

use crate::error::EncodeError;

/// Writes one piece behind the other.
///
/// Once a piece does not fit it stores nothing more, but keeps counting: so length and bytes cannot
/// disagree, and a buffer that is too small is told exactly what is needed.
#[derive(Debug)]
pub(crate) struct Writer<'b> {
    room: &'b mut [u8],
    /// The room that there was.
    start: usize,
    /// Bytes that did not fit.
    missing: usize,
}

impl<'b> Writer<'b> {
    pub(crate) const fn new(room: &'b mut [u8]) -> Self {
        Self { start: room.len(), room, missing: 0 }
    }

    /// Only counts.
    pub(crate) const fn counter() -> Self {
        Self::new(&mut [])
    }

    /// Bytes so far, also those that did not fit.
    pub(crate) const fn len(&self) -> usize {
        self.start.saturating_sub(self.room.len()).saturating_add(self.missing)
    }

    /// The length of what was written.
    pub(crate) const fn finish(self) -> Result<usize, EncodeError> {
        if self.missing > 0 {
            Err(EncodeError::BufferTooSmall { needed: self.len() })
        } else {
            Ok(self.len())
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        // `core::mem::take` is not `const`.
        let room = replace(&mut self.room, &mut [0; 0]);
        let missing = self.missing.saturating_add(bytes.len()).saturating_sub(room.len());
        if self.missing > 0 {
            self.missing = self.missing.saturating_add(bytes.len());
            return;
        }
        match room.split_at_mut_checked(bytes.len()) {
            Some((place, room)) => {
                copy(place, bytes);
                self.room = room;
            }
            None => self.missing = missing,
        }
    }

    pub(crate) const fn u8(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// A number in decimal digits, without leading zeros.
    pub(crate) const fn decimal(&mut self, number: u64) {
        self.number(number, 10);
    }

    /// A number in hexadecimal digits, without leading zeros.
    pub(crate) const fn hex(&mut self, number: u64) {
        self.number(number, 16);
    }

    /// At most 20 digits.
    const fn number(&mut self, mut number: u64, base: u16) {
        let mut digits = [b'0'; 20];
        let mut rest: &mut [u8] = &mut digits;
        let mut count = 0usize;
        while number > 0 {
            let Some((last, before)) = rest.split_last_mut() else { break };
            let digit;
            (number, digit) = divide(number, base);
            *last = match digit {
                0..10 => b'0'.saturating_add(digit as u8),
                _ => b'a'.saturating_add((digit as u8).saturating_sub(10)),
            };
            count = count.saturating_add(1);
            rest = before;
        }
        let count = if count == 0 { 1 } else { count };
        if let Some((_, digits)) = digits.split_at_checked(20usize.saturating_sub(count)) {
            self.bytes(digits);
        }
    }
}

/// A quotient and what is left.
const fn divide(number: u64, by: u16) -> (u64, u16) {
    if cfg!(target_pointer_width = "64") {
        let by = by as u64;
        match (number.checked_div(by), number.checked_rem(by)) {
            (Some(quotient), Some(left)) => (quotient, left as u16),
            _ => (0, 0), // never: it is not 0
        }
    } else {
        divide_parts(number, by)
    }
}

/// The same in parts of 16 bits: a division of 64 takes a small machine 900 bytes of flash.
const fn divide_parts(number: u64, by: u16) -> (u64, u16) {
    let (mut quotient, mut left, mut shift) = (0u64, 0u32, 64u32);
    while let Some(next) = shift.checked_sub(16) {
        shift = next;
        let part = left << 16 | (number >> shift) as u32 & 0xFFFF;
        let by = by as u32;
        (quotient, left) = match (part.checked_div(by), part.checked_rem(by)) {
            (Some(digits), Some(left)) => (quotient << 16 | digits as u64, left),
            _ => (0, 0), // never: it is not 0
        };
    }
    (quotient, left as u16)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_formatting_gives() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 4095, 65_536, u64::MAX - 1, u64::MAX] {
            let mut buffer = [0; 64];
            let mut w = Writer::new(&mut buffer);
            w.decimal(number);
            w.u8(b' ');
            w.hex(number);
            let len = w.finish().unwrap();
            extern crate std;
            assert_eq!(&buffer[..len], std::format!("{number} {number:x}").as_bytes());
        }
    }

    #[test]
    fn numbers_are_divided_alike_at_once_and_in_parts() {
        for by in [1, 2, 10, 16, u16::MAX] {
            for number in (0..64).flat_map(|bit| [1u64 << bit, (1 << bit) - 1, u64::MAX >> bit]) {
                let wanted = (number / u64::from(by), (number % u64::from(by)) as u16);
                assert_eq!((divide(number, by), divide_parts(number, by)), (wanted, wanted));
            }
        }
    }

    #[test]
    fn a_short_buffer_tells_what_is_needed() {
        for len in 0..8 {
            let mut buffer = [b'-'; 8];
            let mut w = Writer::new(&mut buffer[..len]);
            w.bytes(b"abc");
            w.decimal(42);
            w.bytes(b"def");
            assert_eq!(w.finish(), Err(EncodeError::BufferTooSmall { needed: 8 }));
        }
    }
}
