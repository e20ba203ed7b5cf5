//! UTF-8 in pieces.

/// A text that comes in pieces: judged as early as it can be. RFC 6455 section 8.1.
///
/// ```
/// use http_lite::websocket::Utf8;
///
/// let mut text = Utf8::new();
/// let euro = "€".as_bytes(); // three bytes
/// assert_eq!(text.check(&euro[..2]), Ok(()));
/// assert!(!text.is_complete());
/// assert_eq!(text.check(&euro[2..]), Ok(()));
/// assert!(text.is_complete());
/// assert_eq!(text.check(b"a\xC0"), Err(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utf8 {
    /// Bytes that are missing of the last character.
    missing: u8,
    /// What the next of them may be.
    low: u8,
    high: u8,
}

impl Utf8 {
    /// At the start of a text.
    pub const fn new() -> Self {
        Self { missing: 0, low: 0x80, high: 0xBF }
    }

    /// The next piece.
    ///
    /// # Errors
    ///
    /// Index of the first byte behind which no text can be UTF-8.
    pub fn check(&mut self, bytes: &[u8]) -> Result<(), usize> {
        // Where flash is short, every byte goes the same way.
        #[cfg(target_pointer_width = "64")]
        if self.check_blocks(bytes) {
            return Ok(());
        }
        let mut at = 0;
        if self.missing > 0 {
            at = self.step_through(bytes, 0, true)?;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        match core::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) => {
                let at = at.saturating_add(error.valid_up_to());
                self.step_through(bytes, at, false).map(|_| ())
            }
        }
    }

    /// True if the text may end here: not within a character.
    pub const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Byte by byte from `at` on: to the end, or to that of a character.
    fn step_through(&mut self, bytes: &[u8], at: usize, one: bool) -> Result<usize, usize> {
        let mut at = at;
        while let Some(byte) = bytes.get(at) {
            if one && self.missing == 0 {
                break;
            }
            if !self.step(*byte) {
                return Err(at);
            }
            at = at.saturating_add(1);
        }
        Ok(at)
    }

    /// RFC 3629 section 4.
    const fn step(&mut self, byte: u8) -> bool {
        if self.missing > 0 {
            let is_good = self.low <= byte && byte <= self.high;
            *self = Self { missing: self.missing.saturating_sub(1), ..Self::new() };
            return is_good;
        }
        let (missing, low, high) = match byte {
            0..=0x7F => (0, 0x80, 0xBF),
            0xC2..=0xDF => (1, 0x80, 0xBF),
            0xE0 => (2, 0xA0, 0xBF),
            0xED => (2, 0x80, 0x9F), // no surrogates
            0xE1..=0xEF => (2, 0x80, 0xBF),
            0xF0 => (3, 0x90, 0xBF),
            0xF1..=0xF3 => (3, 0x80, 0xBF),
            0xF4 => (3, 0x80, 0x8F), // up to U+10FFFF
            _ => return false,
        };
        *self = Self { missing, low, high };
        true
    }
}

/// A block, behind the three bytes that stand before it.
#[cfg(target_pointer_width = "64")]
const BLOCK: usize = 64 + 3;

#[cfg(target_pointer_width = "64")]
impl Utf8 {
    /// True if no byte is wrong. If it is false, nothing has changed: look at one byte after the other.
    fn check_blocks(&mut self, bytes: &[u8]) -> bool {
        let rest = if self.missing == 0 { behind_ascii(bytes) } else { bytes };
        if rest.is_empty() {
            return true;
        }
        let Some(last_block) = bytes.last_chunk::<BLOCK>() else { return false };
        let mut text = *self;
        let skipped = bytes.len().saturating_sub(rest.len());
        if skipped < 3 && text.step_through(bytes.get(..3).unwrap_or_default(), 0, false).is_err() {
            return false;
        }
        let mut rest = bytes.get(skipped.saturating_sub(3)..).unwrap_or_default();
        while let Some(block) = rest.first_chunk::<BLOCK>() {
            let len = if rest.first_chunk::<{ 128 + 3 }>().is_some_and(is_ascii) {
                128
            } else if is_good(block) {
                64
            } else {
                return false;
            };
            rest = rest.get(len..).unwrap_or_default();
        }
        if !is_good(last_block) {
            return false;
        }
        // Only the last character may be cut, and it has at most three bytes then.
        let [.., a, b, c] = last_block;
        text = Self::new();
        for byte in [*a, *b, *c] {
            if text.missing > 0 || byte & 0xC0 != 0x80 {
                text.step(byte);
            }
        }
        *self = text;
        true
    }
}

/// What is left behind blocks of ASCII: nothing, if all of it is ASCII.
#[cfg(target_pointer_width = "64")]
fn behind_ascii(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<256>() {
        if !is_ascii(block) {
            return rest;
        }
        rest = behind;
    }
    while let Some((block, behind)) = rest.split_first_chunk::<32>() {
        if !is_ascii(block) {
            return rest;
        }
        rest = behind;
    }
    if bytes.last_chunk::<32>().is_some_and(is_ascii) { &[] } else { rest }
}

#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn is_ascii<const N: usize>(block: &[u8; N]) -> bool {
    block.iter().fold(0, |all, byte| all | byte) < 0x80
}

/// True if every byte but the first three may follow the three before it. RFC 3629 section 4.
///
/// The same for each byte, without a branch and without what another byte has shown: so the compiler
/// makes it as many bytes at a time as a register has. What is wrong sets the highest bit.
#[cfg(target_pointer_width = "64")]
#[inline(never)]
fn is_good(block: &[u8; BLOCK]) -> bool {
    let from = |start| block.iter().skip(start);
    let mut wrong = 0;
    for (((byte, one), two), three) in from(3).zip(from(2)).zip(from(1)).zip(from(0)) {
        let (byte, one) = (*byte, *one);
        // A lead of two, three or four bytes is followed by one, two or three continuations.
        let must = one.saturating_sub(0x40) | two.saturating_sub(0x60) | three.saturating_sub(0x70);
        let is = byte & !(byte << 1);
        let third = byte << 2; // bits 5 and 4 of a continuation
        let fourth = third | byte << 3;
        wrong |= (must ^ is)
            | (mask(one == 0xE0) & !third)
            | (mask(one == 0xED) & third) // no surrogates
            | (mask(one == 0xF0) & !fourth)
            | (mask(one == 0xF4) & fourth) // up to U+10FFFF
            | mask(byte & 0xFE == 0xC0)
            | byte.saturating_sub(0x75); // from 0xF5 on
    }
    wrong < 0x80
}

#[cfg(target_pointer_width = "64")]
#[inline(always)]
const fn mask(is: bool) -> u8 {
    if is { 0xFF } else { 0 }
}

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]
mod tests {
    extern crate std;
    use std::prelude::rust_2024::*;

    use super::*;

    /// The standard library's verdict on the whole; the earliest place at which it is certain.
    fn wanted(bytes: &[u8]) -> (Result<(), usize>, bool) {
        for end in 0..=bytes.len() {
            match core::str::from_utf8(&bytes[..end]) {
                Err(error) if error.error_len().is_some() => return (Err(end - 1), false),
                _ => {}
            }
        }
        (Ok(()), core::str::from_utf8(bytes).is_ok())
    }

    const BYTES: [u8; 22] = [
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
        0xEC, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5,
    ];

    fn four(number: usize) -> [u8; 4] {
        core::array::from_fn(|at| BYTES[number / BYTES.len().pow(at as u32) % BYTES.len()])
    }

    #[test]
    fn every_four_bytes_of_the_interesting_ones_in_every_cut() {
        for number in 0..BYTES.len().pow(4) {
            let bytes = four(number);
            let (verdict, is_complete) = wanted(&bytes);
            for cuts in 0..8usize {
                let (mut text, mut at, mut found) = (Utf8::new(), 0, Ok(()));
                for end in 1..=4 {
                    if end < 4 && cuts >> (end - 1) & 1 == 0 {
                        continue;
                    }
                    found = text.check(&bytes[at..end]).map_err(|place| at + place);
                    at = end;
                    if found.is_err() {
                        break;
                    }
                }
                assert_eq!(found, verdict, "{bytes:x?} {cuts:b}");
                if found.is_ok() {
                    assert_eq!(text.is_complete(), is_complete, "{bytes:x?} {cuts:b}");
                }
            }
        }
    }
    /// What the blocks find is what single bytes find, wherever it stands and whatever is around it.
    #[test]
    fn every_four_bytes_of_the_interesting_ones_in_long_texts() {
        let around =
            "Küche: 21,5 °C – θερμοκρασία, температура, 厨房の温度, 부엌, रसोई का 🌡🔥 ".repeat(4);
        for number in 0..BYTES.len().pow(4) {
            let start = number % 97;
            let mut bytes = around.as_bytes().to_vec();
            // Half of them in ASCII.
            if number & 1 == 0 {
                bytes.fill(b'a');
            }
            bytes.truncate(start + 200);
            bytes[start..start + 4].copy_from_slice(&four(number));
            let mut single = Utf8::new();
            let mut wanted = Ok(());
            for (at, byte) in bytes.iter().enumerate() {
                wanted = single.check(&[*byte]).map_err(|_| at);
                if wanted.is_err() {
                    break;
                }
            }
            let cut = number % 7;
            let mut text = Utf8::new();
            let found = text
                .check(&bytes[..cut])
                .and_then(|()| text.check(&bytes[cut..]).map_err(|place| place + cut));
            assert_eq!(found, wanted, "{bytes:x?} {cut}");
            if found.is_ok() {
                assert_eq!(text, single, "{bytes:x?} {cut}");
            }
        }
    }
}
