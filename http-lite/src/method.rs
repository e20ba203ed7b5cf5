//! Request methods.

use core::fmt;

use crate::scan::TCHAR;

/// A request method: any token. Case matters.
///
/// RFC 9110 section 9.
///
/// ```
/// use http_lite::Method;
///
/// assert_eq!(Method::new(b"GET"), Some(Method::GET));
/// assert!(Method::new(b"M-SEARCH").is_some_and(|method| !method.is_safe()));
/// assert_eq!(Method::new(b"GET /"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method<'a>(&'a [u8]);

impl Method<'static> {
    /// GET: transfer a current representation.
    pub const GET: Self = Method(b"GET");
    /// HEAD: as GET, without the content.
    pub const HEAD: Self = Method(b"HEAD");
    /// POST: process the content.
    pub const POST: Self = Method(b"POST");
    /// PUT: replace the representation.
    pub const PUT: Self = Method(b"PUT");
    /// DELETE: remove it.
    pub const DELETE: Self = Method(b"DELETE");
    /// CONNECT: a tunnel to the target.
    pub const CONNECT: Self = Method(b"CONNECT");
    /// OPTIONS: what may be done with the target.
    pub const OPTIONS: Self = Method(b"OPTIONS");
    /// TRACE: a loop-back test.
    pub const TRACE: Self = Method(b"TRACE");
    /// PATCH: change the representation (RFC 5789).
    pub const PATCH: Self = Method(b"PATCH");
}

impl<'a> Method<'a> {
    /// `None` if it is not a token.
    pub const fn new(method: &'a [u8]) -> Option<Self> {
        if TCHAR.has_all(method) { Some(Self(method)) } else { None }
    }

    /// Of what the parser has checked.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn of_checked(method: &'a [u8]) -> Self {
        Self(method)
    }

    /// Its bytes, which are ASCII.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Its text.
    pub const fn as_str(&self) -> &'a str {
        match core::str::from_utf8(self.0) {
            Ok(text) => text,
            Err(_) => "", // never: a token is ASCII
        }
    }

    /// True if a request with it asks for no change: GET, HEAD, OPTIONS, TRACE (RFC 9110 section
    /// 9.2.1).
    pub const fn is_safe(&self) -> bool {
        matches!(self.0, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE")
    }

    /// True if a request may be repeated after a lost response: the safe ones, PUT and DELETE
    /// (RFC 9110 section 9.2.2).
    pub const fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self.0, b"PUT" | b"DELETE")
    }
}

impl fmt::Debug for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for Method<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Method<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}
