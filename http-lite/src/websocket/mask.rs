//! What a client hides its payloads with. RFC 6455 section 5.3.

use crate::writer::copy;

/// A masking key. A client draws a fresh one for each frame, from a strong source of randomness.
///
/// ```
/// use http_lite::websocket::Mask;
///
/// let mask = Mask::new(0x37fa_213d);
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// let (start, rest) = payload.split_at_mut(3); // in pieces
/// mask.apply(start, 0);
/// mask.apply(rest, 3);
/// assert_eq!(&payload, b"Hello");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mask(pub(super) [u8; 4]);

impl Mask {
    /// Of a random number. Its bytes are sent from the most significant one on.
    pub const fn new(random: u32) -> Self {
        Self(random.to_be_bytes())
    }

    /// Masks, or unmasks, the part of a payload that begins at `position`.
    pub fn apply(self, data: &mut [u8], position: u64) {
        let word = self.at(position);
        #[cfg(target_pointer_width = "64")]
        let data = apply_blocks(word, data);
        let mut rest = data.chunks_exact_mut(4);
        for place in &mut rest {
            if let Some(place) = place.first_chunk_mut() {
                *place = (u32::from_le_bytes(*place) ^ word).to_le_bytes();
            }
        }
        for (byte, mask) in rest.into_remainder().iter_mut().zip(word.to_le_bytes()) {
            *byte ^= mask;
        }
    }

    /// Copies the part of a payload that begins at `position`, masked. Both have the same length.
    pub(super) fn copy(self, data: &[u8], out: &mut [u8], position: u64) {
        copy(out, data);
        self.apply(out, position);
    }

    /// The key that begins with the byte for `position`; that is its lowest one.
    fn at(self, position: u64) -> u32 {
        let bits = (position as u32 & 3).wrapping_mul(8);
        u32::from_le_bytes(self.0).rotate_right(bits)
    }
}

/// As many bytes at a time as the registers have that every 64-bit machine has. Gives the rest.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn apply_blocks(word: u32, data: &mut [u8]) -> &mut [u8] {
    let words = u64::from(word) << 32 | u64::from(word);
    let mut blocks = data.chunks_exact_mut(16);
    for block in &mut blocks {
        for place in block.chunks_exact_mut(8) {
            if let Some(place) = place.first_chunk_mut() {
                *place = (u64::from_le_bytes(*place) ^ words).to_le_bytes();
            }
        }
    }
    blocks.into_remainder()
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]
mod tests {
    use super::*;

    /// The text of section 5.3: byte i with byte i modulo 4 of the key, from every place, of every
    /// length up to two blocks and more.
    #[test]
    fn as_the_standard_says_it() {
        let mask = Mask::new(0xA1B2_C3D4);
        let data: [u8; 150] = core::array::from_fn(|at| at as u8);
        for start in 0..70 {
            for end in start..data.len() {
                let wanted: [u8; 150] = core::array::from_fn(|at| data[at] ^ mask.0[at % 4]);
                let (mut applied, mut copied) = (data, [0; 150]);
                mask.apply(&mut applied[start..end], start as u64);
                mask.copy(&data[start..end], &mut copied[start..end], start as u64);
                assert_eq!(applied[start..end], wanted[start..end]);
                assert_eq!(copied[start..end], wanted[start..end]);
                assert_eq!((&applied[..start], &applied[end..]), (&data[..start], &data[end..]));
            }
        }
        let mut last = [0; 8];
        mask.apply(&mut last, u64::MAX - 3);
        assert_eq!(last, [0xA1, 0xB2, 0xC3, 0xD4, 0xA1, 0xB2, 0xC3, 0xD4]);
    }
}
