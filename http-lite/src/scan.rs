//! Where a run of allowed bytes ends, a word at a time.
//!
//! On a 64-bit machine eight bytes are looked at together; a byte that the words do not settle is
//! looked up in a table. Each function is compared with its table in the tests.

/// The bytes of a class below 0x80, a bit each.
pub(crate) struct Class([u32; 4]);

/// `tchar`, RFC 9110 section 5.6.2.
pub(crate) const TCHAR: Class = Class::of(b"!#$%&'*+-.^_`|~").and_alphanumeric();
/// What may stand in a request target besides `%`: RFC 3986's characters but `#`, and those that
/// browsers send as they are (`[ ] ^ { | }` and the grave accent).
pub(crate) const TARGET: Class = Class::of(b"-._~!$&'()*+,;=:@/?[]^`{|}").and_alphanumeric();
/// What may stand in a host besides `%`: `unreserved` and `sub-delims` of RFC 3986.
pub(crate) const REG_NAME: Class = Class::of(b"-._~!$&'()*+,;=").and_alphanumeric();

impl Class {
    const fn of(mut bytes: &[u8]) -> Self {
        let mut class = Self([0; 4]);
        while let Some((&byte, rest)) = bytes.split_first() {
            class = class.and(byte);
            bytes = rest;
        }
        class
    }

    const fn and(self, byte: u8) -> Self {
        let Self([a, b, c, d]) = self;
        let bit = 1u32.wrapping_shl(byte as u32); // modulo 32, as meant
        Self(match byte >> 5 {
            0 => [a | bit, b, c, d],
            1 => [a, b | bit, c, d],
            2 => [a, b, c | bit, d],
            3 => [a, b, c, d | bit],
            _ => [a, b, c, d],
        })
    }

    const fn and_alphanumeric(self) -> Self {
        let (mut class, mut byte) = (self, 0u8);
        while byte < 128 {
            if byte.is_ascii_alphanumeric() {
                class = class.and(byte);
            }
            byte = byte.wrapping_add(1); // ends at 128
        }
        class
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn has(&self, byte: u8) -> bool {
        let Self([a, b, c, d]) = *self;
        let word = match byte >> 5 {
            0 => a,
            1 => b,
            2 => c,
            3 => d,
            _ => 0,
        };
        word.wrapping_shr(byte as u32) & 1 == 1 // modulo 32, as meant
    }

    /// True if there is a byte, and all are of this class.
    pub(crate) const fn has_all(&self, mut bytes: &[u8]) -> bool {
        let any = !bytes.is_empty();
        while let Some((&byte, rest)) = bytes.split_first() {
            if !self.has(byte) {
                return false;
            }
            bytes = rest;
        }
        any
    }
}

/// True for what may stand in a field value: all but controls, and HTAB.
///
/// RFC 9110 section 5.5: `field-vchar`, SP and HTAB.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_value(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7F) || byte == b'\t'
}

/// Index of the first byte from `at` on that is no `tchar`; the length if there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn token_end(bytes: &[u8], at: usize) -> usize {
    run_end(bytes, at, not_letter_or_hyphen, |byte| TCHAR_TABLE.has(byte))
}

/// Index of the first byte from `at` on that may not stand in a field value; the length if there is
/// none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn value_end(bytes: &[u8], at: usize) -> usize {
    run_end(bytes, at, control, is_value)
}

/// Index of the first byte from `at` on that may not stand in a request target, or is `%`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn target_end(bytes: &[u8], at: usize) -> usize {
    run_end(bytes, at, not_plain_in_target, |byte| TARGET_TABLE.has(byte))
}

/// Index of the first `byte` from `at` on; the length if there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn find(bytes: &[u8], at: usize, byte: u8) -> usize {
    let spread = ONES.wrapping_mul(byte as u64);
    run_end(bytes, at, |word| zero(word ^ spread), |other| other != byte)
}

/// Skips words in which `suspects` marks no byte, then bytes that `allowed` holds for.
///
/// `suspects` sets the highest bit of each byte that might not be allowed; what it says of bytes
/// above the lowest one that it marks is not looked at.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn run_end(
    bytes: &[u8],
    mut at: usize,
    suspects: impl Fn(u64) -> u64,
    allowed: impl Fn(u8) -> bool,
) -> usize {
    loop {
        let mut rest = bytes.get(at..).unwrap_or_default();
        if cfg!(target_pointer_width = "64") {
            while let Some((word, behind)) = rest.split_first_chunk::<8>() {
                let marks = suspects(u64::from_le_bytes(*word));
                if marks != 0 {
                    at = at.saturating_add((marks.trailing_zeros() >> 3) as usize);
                    break;
                }
                at = at.saturating_add(8);
                rest = behind;
            }
            rest = bytes.get(at..).unwrap_or_default();
        }
        // The byte in question, or the last ones, which are no word.
        loop {
            match rest.split_first() {
                Some((&byte, behind)) if allowed(byte) => {
                    at = at.saturating_add(1);
                    rest = behind;
                    if cfg!(target_pointer_width = "64") && rest.len() >= 8 {
                        break;
                    }
                }
                _ => return at,
            }
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks bytes below `limit`, which is at most 0x80; bytes of 0x80 and above are not marked.
#[inline(always)]
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(limit as u64)) & !word & HIGH
}

/// Marks bytes that are 0.
#[inline(always)]
const fn zero(word: u64) -> u64 {
    below(word, 1)
}

/// Marks controls, HTAB too.
#[inline(always)]
const fn control(word: u64) -> u64 {
    below(word, 0x20) | zero(word ^ ONES.wrapping_mul(0x7F))
}

/// Marks what is neither a letter nor `-`, of which most field names are.
#[inline(always)]
const fn not_letter_or_hyphen(word: u64) -> u64 {
    let lower = word | ONES.wrapping_mul(0x20);
    // Carries cannot run into the next byte: all are below 0x80, or their own high bit is set.
    let low7 = lower & !HIGH;
    let from_a = low7.wrapping_add(ONES.wrapping_mul((0x80 - b'a') as u64));
    let behind_z = low7.wrapping_add(ONES.wrapping_mul((0x7F - b'z') as u64));
    let letter = from_a & !behind_z & !word & HIGH;
    // Exact in every byte, since its marks are taken away.
    let other = word ^ ONES.wrapping_mul(b'-' as u64);
    let not_hyphen = (other & !HIGH).wrapping_add(!HIGH) | other;
    !letter & not_hyphen & HIGH
}

/// Marks what is not from `&` to `;`, `=`, or from `?` to `z`: a part of what [`TARGET`] has.
#[inline(always)]
const fn not_plain_in_target(word: u64) -> u64 {
    let low7 = word & !HIGH;
    let from_amp = low7.wrapping_add(ONES.wrapping_mul((0x80 - b'&') as u64));
    let behind_z = low7.wrapping_add(ONES.wrapping_mul((0x7F - b'z') as u64));
    // `<`, `>` and `\` lie between.
    let lies_between = zero(word ^ ONES.wrapping_mul(b'<' as u64))
        | zero(word ^ ONES.wrapping_mul(b'>' as u64))
        | zero(word ^ ONES.wrapping_mul(b'\\' as u64));
    (!from_amp | behind_z | word | lies_between) & HIGH
}

/// A class as a table of bytes on 64-bit machines, as it is on others.
#[cfg(target_pointer_width = "64")]
struct Table([bool; 256]);
#[cfg(target_pointer_width = "64")]
static TCHAR_TABLE: Table = Table::of(&TCHAR);
#[cfg(target_pointer_width = "64")]
static TARGET_TABLE: Table = Table::of(&TARGET);
#[cfg(not(target_pointer_width = "64"))]
use {TARGET as TARGET_TABLE, TCHAR as TCHAR_TABLE};

#[cfg(target_pointer_width = "64")]
impl Table {
    const fn of(class: &Class) -> Self {
        let mut table = [false; 256];
        let (mut rest, mut byte): (&mut [bool], u8) = (&mut table, 0);
        while let Some((place, behind)) = rest.split_first_mut() {
            *place = class.has(byte);
            byte = byte.wrapping_add(1); // ends at 256
            rest = behind;
        }
        Self(table)
    }

    #[inline(always)]
    fn has(&self, byte: u8) -> bool {
        self.0.get(byte as usize).is_some_and(|&has| has)
    }
}

/// `bytes` without SP and HTAB at both ends: `OWS` of RFC 9110 section 5.6.3.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// Each run compared with a loop, for every byte value at every place among bytes of the class
    /// and followed by others, so that marks above the lowest one are there too.
    fn compare(end: fn(&[u8], usize) -> usize, allowed: fn(u8) -> bool, fill: &[u8]) {
        let naive = |bytes: &[u8], at: usize| {
            (at..bytes.len()).find(|&i| !allowed(bytes[i])).unwrap_or(bytes.len())
        };
        for &fill in fill {
            for len in 0..20 {
                for place in 0..len {
                    for byte in 0..=255 {
                        let mut bytes: Vec<u8> = vec![fill; len];
                        bytes[place] = byte;
                        for at in [0, 1, place, len] {
                            assert_eq!(end(&bytes, at), naive(&bytes, at), "{bytes:?} {at}");
                        }
                        if let Some(next) = bytes.get_mut(place.saturating_add(1)) {
                            *next = byte ^ 1;
                            assert_eq!(end(&bytes, 0), naive(&bytes, 0), "{bytes:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_token_ends_where_a_loop_says() {
        compare(token_end, |byte| TCHAR.has(byte), b"aZ-9~`{\xE1");
    }

    #[test]
    fn a_value_ends_where_a_loop_says() {
        compare(value_end, is_value, b"a \t\x80\xFF~!\x1F");
    }

    #[test]
    fn a_target_ends_where_a_loop_says() {
        compare(target_end, |byte| TARGET.has(byte), b"/a?z{<\xBF%");
    }

    #[test]
    fn a_byte_is_found_where_a_loop_finds_it() {
        compare(|bytes, at| find(bytes, at, b':'), |byte| byte != b':', b"a;9\xBA");
        compare(|bytes, at| find(bytes, at, b'\r'), |byte| byte != b'\r', b"\x0C\x0E\x8D\0");
    }

    #[test]
    fn the_classes_are_the_standards() {
        for byte in 0..=255u8 {
            let alphanumeric = byte.is_ascii_alphanumeric();
            // RFC 9110 section 5.6.2: any VCHAR, except delimiters.
            let tchar = byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            assert_eq!(TCHAR.has(byte), tchar, "{byte}");
            let target = byte.is_ascii_graphic() && !b"\"#%<>\\".contains(&byte);
            assert_eq!(TARGET.has(byte), target, "{byte}");
            let reg_name = alphanumeric || b"-._~!$&'()*+,;=".contains(&byte);
            assert_eq!(REG_NAME.has(byte), reg_name, "{byte}");
        }
    }
}
