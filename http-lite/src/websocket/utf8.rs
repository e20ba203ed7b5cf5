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

    #[test]
    fn every_four_bytes_of_the_interesting_ones_in_every_cut() {
        const BYTES: [u8; 22] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
            0xE1, 0xEC, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5,
        ];
        for number in 0..BYTES.len().pow(4) {
            let bytes: [u8; 4] =
                core::array::from_fn(|at| BYTES[number / BYTES.len().pow(at as u32) % BYTES.len()]);
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
}
