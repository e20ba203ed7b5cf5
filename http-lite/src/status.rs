//! Status codes.

/// A status code: three digits, 100 to 999.
///
/// RFC 9110 section 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

impl StatusCode {
    /// 400: the request is malformed.
    pub const BAD_REQUEST: Self = Self(400);

    /// `None` unless it has three digits.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 999 { Some(Self(code)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}
