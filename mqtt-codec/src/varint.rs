//! The Variable Byte Integer: seven bits a byte, least significant first, the top bit says "more
//! follows". MQTT 5.0 section 1.5.5, MQTT 3.1.1 section 2.2.3.

use crate::error::ErrorKind;

/// The largest value, in four bytes: 268,435,455.
pub(crate) const MAX: u32 = 0x0FFF_FFFF;

/// How many bytes `value` takes, 1 to 4 (the caller has checked that it is at most [`MAX`]).
pub(crate) const fn len(value: u32) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// Value and length of the integer at the start of `bytes`; `None` if they end within it.
#[inline]
pub(crate) const fn decode(bytes: &[u8]) -> Result<Option<(u32, usize)>, ErrorKind> {
    // Nearly every length on the wire is below 128.
    if let [byte @ 0..=0x7F, ..] = *bytes {
        return Ok(Some((byte as u32, 1)));
    }
    decode_long(bytes)
}

const fn decode_long(bytes: &[u8]) -> Result<Option<(u32, usize)>, ErrorKind> {
    let (value, len) = match *bytes {
        [a, b @ 0..=0x7F, ..] => (join(a, b, 0, 0), 2),
        [a, b, c @ 0..=0x7F, ..] => (join(a, b, c, 0), 3),
        [a, b, c, d @ 0..=0x7F, ..] => (join(a, b, c, d), 4),
        [_, _, _, _, ..] => return Err(ErrorKind::VarintTooLong),
        _ => return Ok(None),
    };
    // [MQTT-1.5.5-1]: the fewest bytes that can hold it.
    if self::len(value) != len {
        return Err(ErrorKind::VarintNotMinimal);
    }
    Ok(Some((value, len)))
}

const fn join(a: u8, b: u8, c: u8, d: u8) -> u32 {
    (a & 0x7F) as u32
        | ((b & 0x7F) as u32) << 7
        | ((c & 0x7F) as u32) << 14
        | ((d & 0x7F) as u32) << 21
}

/// The bytes of `value`; only the first [`len`] of them are its own.
pub(crate) const fn encode(value: u32) -> [u8; 4] {
    let len = len(value);
    let mut bytes = [
        value as u8 & 0x7F,
        (value >> 7) as u8 & 0x7F,
        (value >> 14) as u8 & 0x7F,
        (value >> 21) as u8,
    ];
    let [a, b, c, _] = &mut bytes;
    if len > 1 {
        *a |= 0x80;
    }
    if len > 2 {
        *b |= 0x80;
    }
    if len > 3 {
        *c |= 0x80;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_boundary_goes_both_ways() {
        for (value, bytes) in [
            (0, &[0x00][..]),
            (127, &[0x7F]),
            (128, &[0x80, 0x01]),
            (16_383, &[0xFF, 0x7F]),
            (16_384, &[0x80, 0x80, 0x01]),
            (2_097_151, &[0xFF, 0xFF, 0x7F]),
            (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
            (MAX, &[0xFF, 0xFF, 0xFF, 0x7F]),
        ] {
            assert_eq!(&encode(value)[..len(value)], bytes);
            assert_eq!(decode(bytes), Ok(Some((value, bytes.len()))));
            for cut in 0..bytes.len() {
                assert_eq!(decode(&bytes[..cut]), Ok(None));
            }
        }
    }

    #[test]
    fn rejects_more_bytes_than_needed() {
        for bytes in [&[0x80, 0x00][..], &[0xFF, 0x80, 0x00], &[0xFF, 0xFF, 0x80, 0x00]] {
            assert_eq!(decode(bytes), Err(ErrorKind::VarintNotMinimal));
        }
    }

    #[test]
    fn rejects_a_fifth_byte_as_soon_as_the_fourth_asks_for_it() {
        assert_eq!(decode(&[0x80, 0x80, 0x80, 0x80]), Err(ErrorKind::VarintTooLong));
        assert_eq!(decode(&[0xFF, 0xFF, 0xFF, 0xFF, 0x01]), Err(ErrorKind::VarintTooLong));
    }
}
