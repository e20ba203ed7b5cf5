//! What a client hides its payloads with. RFC 6455 section 5.3.

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

/// Bytes at a time: as many as the widest registers of small processors, times two.
const BLOCK: usize = 32;

impl Mask {
    /// Of a random number. Its bytes are sent from the most significant one on.
    pub const fn new(random: u32) -> Self {
        Self(random.to_be_bytes())
    }

    /// Masks, or unmasks, the part of a payload that begins at `position`.
    pub fn apply(self, data: &mut [u8], position: u64) {
        let key = self.at(position);
        let block = [key; BLOCK / 4];
        let block = block.as_flattened();
        let mut blocks = data.chunks_exact_mut(BLOCK);
        for piece in &mut blocks {
            xor(piece, block);
        }
        xor(blocks.into_remainder(), block);
    }

    /// Copies the part of a payload that begins at `position`, masked. As much as both have room for.
    pub(super) fn copy(self, data: &[u8], out: &mut [u8], position: u64) {
        let block = [self.at(position); BLOCK / 4];
        let block = block.as_flattened();
        for (out, data) in out.chunks_mut(BLOCK).zip(data.chunks(BLOCK)) {
            for ((out, byte), mask) in out.iter_mut().zip(data).zip(block) {
                *out = byte ^ mask;
            }
        }
    }

    /// The key that begins with the byte for `position`.
    fn at(self, position: u64) -> [u8; 4] {
        let bits = (position as u32 & 3).wrapping_mul(8);
        u32::from_be_bytes(self.0).rotate_left(bits).to_be_bytes()
    }
}

#[inline(always)]
fn xor(data: &mut [u8], mask: &[u8]) {
    for (byte, mask) in data.iter_mut().zip(mask) {
        *byte ^= mask;
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
