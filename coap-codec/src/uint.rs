//! The option value format "uint". RFC 7252 section 3.2.

/// A non-negative integer as an option value: its big-endian bytes without leading zeros, 0 to 8 of
/// them. Zero is no bytes at all. RFC 7252 section 3.2.
///
/// ```
/// use coap_codec::Uint;
///
/// assert_eq!(Uint::new(0).as_bytes(), []);
/// assert_eq!(Uint::new(60).as_bytes(), [60]);
/// assert_eq!(Uint::new(5683).as_bytes(), [0x16, 0x33]);
/// assert_eq!(Uint::decode(&[0x00, 0x16, 0x33]), Some(5683));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uint {
    /// All eight bytes of the number, the most significant first.
    bytes: [u8; 8],
    /// How many of them are leading zeros, 0 to 8.
    zeros: u8,
}

impl Uint {
    /// The shortest form of `value`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn new(value: u64) -> Self {
        Self { bytes: value.to_be_bytes(), zeros: (value.leading_zeros() / 8) as u8 }
    }

    /// The option value, 0 to 8 bytes.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn as_bytes(&self) -> &[u8] {
        match self.bytes.split_at_checked(self.zeros as usize) {
            Some((_, shortest)) => shortest,
            None => &[], // never: at most 8 zeros
        }
    }

    /// The number.
    pub const fn get(&self) -> u64 {
        u64::from_be_bytes(self.bytes)
    }

    /// The number that an option value of at most 8 bytes stands for; `None` for a longer one.
    ///
    /// A recipient takes leading zeros, they only count towards the length that the option allows.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn decode(mut value: &[u8]) -> Option<u64> {
        if value.len() > 8 {
            return None;
        }
        let mut number: u64 = 0;
        while let Some((byte, rest)) = value.split_first() {
            number = number << 8 | *byte as u64;
            value = rest;
        }
        Some(number)
    }
}
