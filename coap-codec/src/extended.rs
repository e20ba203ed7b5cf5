//! Numbers in a nibble, with one or two bytes more when they do not fit.
//!
//! Option Delta and Option Length (RFC 7252 section 3.1) and Token Length (RFC 8974 section 2.1)
//! have this form. Each number has one encoding.
//!
//! ```text
//! nibble 0 to 12    the number
//! nibble 13         one byte more: the number minus 13
//! nibble 14         two bytes more: the number minus 269
//! nibble 15         reserved
//! ```

use crate::error::ErrorKind;
use crate::writer::Writer;

/// The largest number that can be written.
pub(crate) const MAX: u32 = 0xFFFF + 269;

/// Reads the number that `nibble` begins; its extension, if any, is at the start of `rest`. The number,
/// and what lies behind its extension.
///
/// # Errors
///
/// `reserved` for nibble 15, else `OptionTruncated`: the extension runs past the end.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn read(
    nibble: u8,
    rest: &[u8],
    reserved: ErrorKind,
) -> Result<(u32, &[u8]), ErrorKind> {
    match (nibble, rest) {
        (0..=12, _) => Ok((nibble as u32, rest)),
        (13, [byte, rest @ ..]) => Ok(((*byte as u32).saturating_add(13), rest)),
        (14, [high, low, rest @ ..]) => {
            let number = u16::from_be_bytes([*high, *low]) as u32;
            Ok((number.saturating_add(269), rest))
        }
        (13 | 14, _) => Err(ErrorKind::OptionTruncated),
        _ => Err(reserved),
    }
}

/// The nibble that `number` begins with; `number` is at most [`MAX`].
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn nibble(number: u32) -> u8 {
    match number {
        0..=12 => number as u8,
        13..=268 => 13,
        _ => 14,
    }
}

/// How many bytes extend the nibble.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn len(number: u32) -> usize {
    match number {
        0..=12 => 0,
        13..=268 => 1,
        _ => 2,
    }
}

/// Writes the bytes that extend the nibble.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn write(number: u32, w: &mut Writer<'_>) {
    match number {
        0..=12 => {}
        13..=268 => w.u8(number.saturating_sub(13) as u8),
        _ => w.u16(number.saturating_sub(269) as u16),
    }
}
