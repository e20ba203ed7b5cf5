//! Tokens, of eight bytes or extended.

/// The token of a message: what a response is matched to its request by.
///
/// RFC 7252 section 5.3.1: 0 to 8 bytes, chosen by the client, opaque to everybody else. RFC 8974
/// allows more, up to 65,804, where both sides agree; [`Codec::extended_tokens`] says whether we do.
///
/// [`Codec::extended_tokens`]: crate::Codec::extended_tokens
///
/// ```
/// use coap_codec::Token;
///
/// assert_eq!(Token::new(b"\x71").unwrap().as_bytes(), [0x71]);
/// assert_eq!(Token::new(&[0; 65_805]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Token<'a>(&'a [u8]);

impl<'a> Token<'a> {
    /// The token of zero length, for one request at a time.
    pub const EMPTY: Self = Self(&[]);

    /// The longest token without RFC 8974, in bytes.
    pub const MAX_LEN: u32 = 8;

    /// The longest token that a message can carry, in bytes. RFC 8974 section 2.1.
    pub const MAX_EXTENDED_LEN: u32 = 65_804;

    /// A token of these bytes; `None` if there are more than [`MAX_EXTENDED_LEN`](Self::MAX_EXTENDED_LEN).
    pub const fn new(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() <= Self::MAX_EXTENDED_LEN as usize { Some(Self(bytes)) } else { None }
    }

    /// A token from bytes of a message, which cannot be too long.
    pub(crate) const fn from_wire(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Its length in bytes.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True if it has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
