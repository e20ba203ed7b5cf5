//! Where a run of allowed bytes ends, a word at a time.
//!
//! On a 64-bit machine eight bytes are looked at together; a byte that the words do not settle is
//! looked up in a table. Each function is compared with its table in the tests.

/// A class of bytes: a table of bytes on 64-bit machines, of bits on others.
#[cfg(target_pointer_width = "64")]
pub(crate) struct Class([bool; 256]);
#[cfg(not(target_pointer_width = "64"))]
pub(crate) struct Class(Bits);

/// The bytes of a class below 0x80, a bit each.
struct Bits([u8; 16]);

/// `tchar`, RFC 9110 section 5.6.2.
pub(crate) static TCHAR: Class = Class::of(b"!#$%&'*+-.^_`|~");
/// What may stand in a request target besides `%`: RFC 3986's characters but `#`, and those that
/// browsers send as they are (`[ ] ^ { | }` and the grave accent).
pub(crate) static TARGET: Class = Class::of(b"-._~!$&'()*+,;=:@/?[]^`{|}");
/// What may stand in a host besides `%`: `unreserved` and `sub-delims` of RFC 3986.
pub(crate) static REG_NAME: Class = Class::of(b"-._~!$&'()*+,;=");

impl Class {
    /// Letters, digits and others.
    #[cfg(target_pointer_width = "64")]
    const fn of(others: &[u8]) -> Self {
        let bits = Bits::of(others);
        let mut table = [false; 256];
        let (mut rest, mut byte): (&mut [bool], u8) = (&mut table, 0);
        while let Some((place, behind)) = rest.split_first_mut() {
            *place = bits.has(byte);
            byte = byte.wrapping_add(1); // ends at 256
            rest = behind;
        }
        Self(table)
    }

    #[cfg(not(target_pointer_width = "64"))]
    const fn of(others: &[u8]) -> Self {
        Self(Bits::of(others))
    }

    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) const fn has(&self, byte: u8) -> bool {
        let Self(table) = self;
        match table.split_at_checked(byte as usize) {
            Some((_, [has, ..])) => *has,
            _ => false, // never
        }
    }

    #[cfg(not(target_pointer_width = "64"))]
    pub(crate) const fn has(&self, byte: u8) -> bool {
        self.0.has(byte)
    }

    /// How many bytes of this class `bytes` begins with.
    pub(crate) const fn len_in(&self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let [byte, behind @ ..] = rest {
            if !self.has(*byte) {
                break;
            }
            rest = behind;
        }
        bytes.len().wrapping_sub(rest.len()) // it is a part
    }

    /// True if there is a byte, and all are of this class.
    pub(crate) const fn has_all(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty() && self.len_in(bytes) == bytes.len()
    }
}

impl Bits {
    /// Letters, digits and others.
    const fn of(mut others: &[u8]) -> Self {
        let mut bits = [0; 16];
        while let Some((&byte, rest)) = others.split_first() {
            set(&mut bits, byte);
            others = rest;
        }
        let mut byte = 0u8;
        while byte < 128 {
            if byte.is_ascii_alphanumeric() {
                set(&mut bits, byte);
            }
            byte = byte.wrapping_add(1); // ends at 128
        }
        Self(bits)
    }

    const fn has(&self, byte: u8) -> bool {
        let Self(bits) = self;
        match bits.split_at_checked((byte >> 3) as usize) {
            Some((_, [bits, ..])) => bits.wrapping_shr(byte as u32) & 1 == 1, // modulo 8, as meant
            _ => false,
        }
    }
}

const fn set(bits: &mut [u8; 16], byte: u8) {
    if let Some((_, [bits, ..])) = bits.split_at_mut_checked((byte >> 3) as usize) {
        *bits |= 1u8.wrapping_shl(byte as u32); // modulo 8, as meant
    }
}

/// True for what may stand in a field value: all but controls, and HTAB.
///
/// RFC 9110 section 5.5: `field-vchar`, SP and HTAB.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_value(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7F) || byte == b'\t'
}

/// As [`TARGET`] has it, in comparisons, of which vector instructions can be made.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn is_target(byte: u8) -> bool {
    let quote_or_hash = byte | 1 == b'#';
    let less_or_greater = byte | 2 == b'>';
    let other = (byte == b'%') | (byte == b'\\');
    (byte > b' ') & (byte < 0x7F) & !(quote_or_hash | less_or_greater | other)
}

/// `bytes` from the first one on that is no `tchar`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip_token(bytes: &[u8]) -> &[u8] {
    skip(bytes, not_letter_or_hyphen, |byte| TCHAR.has(byte))
}

/// `bytes` from the first one on that may not stand in a field value.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip_value(bytes: &[u8]) -> &[u8] {
    skip(skip_blocks(bytes, is_value), control, is_value)
}

/// `bytes` from the first one on that may not stand in a request target, or is `%`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip_target(bytes: &[u8]) -> &[u8] {
    skip(skip_blocks(bytes, is_target), not_plain_in_target, |byte| TARGET.has(byte))
}

/// `bytes` from the first colon on, which is near.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip_to_colon(bytes: &[u8]) -> &[u8] {
    skip(bytes, |word| zero(word ^ spread(b':')), |byte| byte != b':')
}

/// `bytes` from the first CR on.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip_to_cr(bytes: &[u8]) -> &[u8] {
    let is_other = |byte| byte != b'\r';
    skip(skip_blocks(bytes, is_other), |word| zero(word ^ spread(b'\r')), is_other)
}

/// True if there is a word from `at` on to look at together, and the machine has such words.
#[inline(always)]
pub(crate) const fn is_worth_it(bytes: &[u8], at: usize) -> bool {
    cfg!(target_pointer_width = "64") && bytes.len() >= at.saturating_add(8)
}

/// What lies between two indices; empty if that is not there.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn part(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.get(from..to).unwrap_or_default()
}

/// Index of the first byte from `at` on that is no `tchar`; the length if there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn token_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    bytes.len().wrapping_sub(skip_token(rest).len()) // it is a part
}

/// Index of the first byte from `at` on that may not stand in a field value; the length if there is
/// none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn value_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    bytes.len().wrapping_sub(skip_value(rest).len()) // it is a part
}

/// Index of the first `byte` from `at` on; the length if there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn find(bytes: &[u8], at: usize, byte: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_other = |other| other != byte;
    let found = skip(skip_blocks(rest, is_other), |word| zero(word ^ spread(byte)), is_other);
    bytes.len().wrapping_sub(found.len()) // it is a part
}

/// Skips blocks of 16 bytes that `allowed` holds for.
///
/// It asks for every byte of a block, without a branch between them, so the compiler makes a few
/// vector instructions of a block where the machine has them.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn skip_blocks(mut bytes: &[u8], allowed: impl Fn(u8) -> bool) -> &[u8] {
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        while let Some((block, behind)) = bytes.split_first_chunk::<16>() {
            if !block.iter().fold(true, |all, &byte| all & allowed(byte)) {
                break;
            }
            bytes = behind;
        }
    }
    bytes
}

/// Skips words in which `suspects` marks no byte, then bytes that `allowed` holds for.
///
/// `suspects` sets the highest bit of each byte that might not be allowed; what it says of bytes
/// above the lowest one that it marks is not looked at.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn skip(mut bytes: &[u8], suspects: impl Fn(u64) -> u64, allowed: impl Fn(u8) -> bool) -> &[u8] {
    if cfg!(target_pointer_width = "64") {
        while let Some((word, behind)) = bytes.split_first_chunk::<8>() {
            let marks = suspects(u64::from_le_bytes(*word));
            if marks != 0 {
                bytes = bytes.get((marks.trailing_zeros() >> 3) as usize..).unwrap_or_default();
                break;
            }
            bytes = behind;
        }
    }
    while let [byte, behind @ ..] = bytes {
        if !allowed(*byte) {
            break;
        }
        bytes = behind;
    }
    bytes
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Eight times the same byte.
#[inline(always)]
const fn spread(byte: u8) -> u64 {
    ONES.wrapping_mul(byte as u64)
}

/// Marks bytes below `limit`, which is at most 0x80; bytes of 0x80 and above are not marked.
#[inline(always)]
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(spread(limit)) & !word & HIGH
}

/// Marks bytes that are 0.
#[inline(always)]
const fn zero(word: u64) -> u64 {
    below(word, 1)
}

/// Marks controls, HTAB too.
#[inline(always)]
const fn control(word: u64) -> u64 {
    below(word, 0x20) | zero(word ^ spread(0x7F))
}

/// Marks what is neither a letter nor `-`, of which most field names are.
#[inline(always)]
const fn not_letter_or_hyphen(word: u64) -> u64 {
    let lower = word | spread(0x20);
    // Carries cannot run into the next byte: all are below 0x80, or their own high bit is set.
    let low7 = lower & !HIGH;
    let from_a = low7.wrapping_add(spread(0x80 - b'a'));
    let behind_z = low7.wrapping_add(spread(0x7F - b'z'));
    let letter = from_a & !behind_z & !word & HIGH;
    // Exact in every byte, since its marks are taken away.
    let other = word ^ spread(b'-');
    let not_hyphen = (other & !HIGH).wrapping_add(!HIGH) | other;
    !letter & not_hyphen & HIGH
}

/// Marks what is not from `&` to `;`, `=`, or from `?` to `z`: a part of what [`TARGET`] has.
#[inline(always)]
const fn not_plain_in_target(word: u64) -> u64 {
    let low7 = word & !HIGH;
    let from_amp = low7.wrapping_add(spread(0x80 - b'&'));
    let behind_z = low7.wrapping_add(spread(0x7F - b'z'));
    // `<`, `>` and `\` lie between.
    let lies_between =
        zero(word ^ spread(b'<')) | zero(word ^ spread(b'>')) | zero(word ^ spread(b'\\'));
    (!from_amp | behind_z | word | lies_between) & HIGH
}

/// True if `bytes` are `lower`, in any case: no bytes but capital letters become small letters or a
/// hyphen by this bit, unless they are controls. Neither `bytes` nor `lower` has any.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_lower(mut bytes: &[u8], mut lower: &[u8]) -> bool {
    if bytes.len() != lower.len() {
        return false;
    }
    // From 8 to 16 bytes, the first and the last eight are all.
    if cfg!(target_pointer_width = "64")
        && bytes.len() <= 16
        && let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
        && let (Some(lower_first), Some(lower_last)) = (lower.first_chunk(), lower.last_chunk())
    {
        return u64::from_le_bytes(*first) | spread(0x20) == u64::from_le_bytes(*lower_first)
            && u64::from_le_bytes(*last) | spread(0x20) == u64::from_le_bytes(*lower_last);
    }
    while let ([x, bytes_behind @ ..], [y, lower_behind @ ..]) = (bytes, lower) {
        if *x | 0x20 != *y {
            return false;
        }
        (bytes, lower) = (bytes_behind, lower_behind);
    }
    true
}

/// `bytes` without SP and HTAB at both ends: `OWS` of RFC 9110 section 5.6.3.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn trim(mut bytes: &[u8]) -> &[u8] {
    if cfg!(target_pointer_width = "64") {
        // Mostly there is one SP in front, and nothing behind.
        if let [b' ', value @ ..] = bytes {
            bytes = value;
        }
        if let [first, .., last] = bytes
            && *first > b' '
            && *last > b' '
        {
            return bytes;
        }
    }
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

    fn target_end(bytes: &[u8], at: usize) -> usize {
        bytes.len().wrapping_sub(skip_target(&bytes[at..]).len())
    }

    /// Each run compared with a loop, for every byte value at every place among bytes of the class
    /// and followed by others, so that marks above the lowest one are there too.
    fn compare(end: fn(&[u8], usize) -> usize, allowed: fn(u8) -> bool, fill: &[u8]) {
        let naive = |bytes: &[u8], at: usize| {
            (at..bytes.len()).find(|&i| !allowed(bytes[i])).unwrap_or(bytes.len())
        };
        for &fill in fill {
            // Bytes alone, words, blocks, and what is left behind them.
            for len in (0..10).chain([16, 17, 24, 33]) {
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
        let colon = |bytes: &[u8], at| bytes.len().wrapping_sub(skip_to_colon(&bytes[at..]).len());
        compare(colon, |byte| byte != b':', b"a;\xBA");
        let cr = |bytes: &[u8], at| bytes.len().wrapping_sub(skip_to_cr(&bytes[at..]).len());
        compare(cr, |byte| byte != b'\r', b"a\x0C\x8D");
    }

    #[test]
    fn case_is_ignored_as_by_the_standard_library() {
        for lower in
            ["", "host", "close", "upgrade", "keep-alive", "content-length", "transfer-encoding"]
        {
            for place in 0..lower.len().max(1) {
                for byte in (0x20..=255).filter(|&byte| is_value(byte)) {
                    let mut bytes = lower.to_uppercase().into_bytes();
                    if let Some(at) = bytes.get_mut(place) {
                        *at = byte;
                    }
                    let same = bytes.eq_ignore_ascii_case(lower.as_bytes());
                    assert_eq!(is_lower(&bytes, lower.as_bytes()), same, "{lower} {place} {byte}");
                }
            }
            assert!(!is_lower(b"a", lower.as_bytes()));
        }
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
