//! Why a connection ends. RFC 6455 section 5.5.1 and 7.4.

use super::{Error, Kind};

/// The code in a Close: 1000 to 1003, 1007 to 1014, or 3000 to 4999.
///
/// RFC 6455 section 7.4.2 and the registry of its section 11.7: others must not be sent, and one that
/// was received is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: what the connection was for is done.
    pub const NORMAL: Self = Self(1000);
    /// 1001: a server goes down, a page was left.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: a rule of the protocol was broken.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: text where only binary is understood, or the other way round.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1007: a text that is not UTF-8, or the like.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: it is against the rules of this endpoint.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the server did not agree on an extension that the client needs.
    pub const EXTENSION_MISSING: Self = Self(1010);
    /// 1011: something went wrong in the server.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the service starts again.
    pub const RESTART: Self = Self(1012);
    /// 1013: try again later.
    pub const TRY_AGAIN: Self = Self(1013);

    /// `None` for a code that must not be in a Close.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Its number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// The payload of a Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Close<'a> {
    /// Why. Without one there is no reason either.
    pub code: Option<CloseCode>,
    /// A text for people who look for a fault, at most 123 bytes.
    pub reason: &'a str,
}

impl<'a> Close<'a> {
    /// The longest reason, in bytes.
    pub const MAX_REASON: usize = 123;

    /// With a code alone.
    pub const fn new(code: CloseCode) -> Self {
        Self { code: Some(code), reason: "" }
    }

    /// Reads the payload of a Close.
    ///
    /// # Errors
    ///
    /// [`Error`], with the offset in the payload.
    pub const fn decode(payload: &'a [u8]) -> Result<Self, Error> {
        let (code, reason) = match payload {
            [] => return Ok(Self { code: None, reason: "" }),
            [_] => return Err(Error::new(Kind::HalfCloseCode, 0)),
            [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), reason),
        };
        let Some(code) = CloseCode::new(code) else { return Err(Error::new(Kind::CloseCode, 0)) };
        match core::str::from_utf8(reason) {
            Ok(reason) => Ok(Self { code: Some(code), reason }),
            Err(error) => {
                Err(Error::new(Kind::CloseReason, error.valid_up_to().saturating_add(2) as u64))
            }
        }
    }
}
