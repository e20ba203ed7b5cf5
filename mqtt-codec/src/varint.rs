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
#[cfg_attr(target_pointer_width = "64", inline)]
pub(crate) const fn decode(bytes: &[u8]) -> Result<Option<(u32, usize)>, ErrorKind> {
    // Nearly every length on the wire is below 128.
    if let [byte @ 0..=0x7F, ..] = *bytes {
        return Ok(Some((byte as u32, 1)));
    }
    decode_long(bytes)
}

const fn decode_long(bytes: &[u8]) -> Result<Option<(u32, usize)>, ErrorKind> {
    let (mut rest, mut value, mut shift) = (bytes, 0, 0_u32);
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        value |= ((byte & 0x7F) as u32) << shift;
        match byte {
            0 => return Err(ErrorKind::VarintNotMinimal), // [MQTT-1.5.5-1]
            0x01..=0x7F => return Ok(Some((value, bytes.len().saturating_sub(rest.len())))),
            _ if shift == 21 => return Err(ErrorKind::VarintTooLong),
            _ => shift = shift.saturating_add(7),
        }
    }
    Ok(None)
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
