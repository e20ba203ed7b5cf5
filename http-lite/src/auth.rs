//! Who asks: `Authorization`, `WWW-Authenticate` and their like for proxies. RFC 9110 section 11,
//! Basic: RFC 7617.

mod basic;
mod challenge;

pub use basic::{Basic, BasicError};
pub use challenge::{AuthParameters, BasicChallenge, Challenge, Challenges, challenges};

use core::hint::black_box;

use crate::list::{eq_ignore_case, split};
use crate::scan::trim;

/// What stands behind the scheme in `Authorization`, if the scheme is this one and it is a `token68`:
/// letters, digits, `-._~+/`, at the end `=`. So of Bearer and Basic. RFC 9110 section 11.2.
///
/// The scheme is compared without case.
///
/// ```
/// use http_lite::auth;
///
/// assert_eq!(auth::token68(b"bearer mF_9.B5f-4.1JqM", b"Bearer"), Some(&b"mF_9.B5f-4.1JqM"[..]));
/// assert_eq!(auth::token68(b"Basic dTpw", b"Bearer"), None);
/// ```
#[must_use]
pub const fn token68<'a>(value: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (found, mut token) = split(trim(value), b' ');
    while let [b' ', rest @ ..] = token {
        token = rest;
    }
    if eq_ignore_case(found, scheme) && is_token68(token) { Some(token) } else { None }
}

/// Are both the same? Takes as long whatever the bytes are: the time tells the lengths only.
///
/// To compare secrets with, so that nobody finds them byte by byte.
///
/// ```
/// use http_lite::auth;
///
/// assert!(auth::constant_time_eq(b"token", b"token"));
/// assert!(!auth::constant_time_eq(b"token", b"tokem") && !auth::constant_time_eq(b"token", b"tok"));
/// ```
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    same(a.iter().copied(), b.iter().copied())
}

/// Compares all bytes, also behind the first that differs.
fn same(mut a: impl Iterator<Item = u8>, mut b: impl Iterator<Item = u8>) -> bool {
    let mut difference = 0;
    loop {
        // `black_box`: the compiler must not know that the rest does not matter.
        difference = black_box(match (a.next(), b.next()) {
            (Some(a), Some(b)) => difference | (a ^ b),
            (None, None) => return difference == 0,
            _ => 0xFF,
        });
    }
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
const fn is_token68(mut text: &[u8]) -> bool {
    while let [rest @ .., b'='] = text {
        text = rest;
    }
    let is_empty = text.is_empty();
    while let [byte, rest @ ..] = text {
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
        {
            return false;
        }
        text = rest;
    }
    !is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_token_of_its_scheme() {
        for value in [&b"Bearer a.b=="[..], b"BEARER a.b==", b" bearer  a.b==\t"] {
            assert_eq!(token68(value, b"bearer"), Some(&b"a.b=="[..]));
        }
        for (value, why) in [
            (&b""[..], "empty"),
            (b"Bearer", "no token"),
            (b"Bearer ", "no token"),
            (b"Bearer =", "no character"),
            (b"Bearer a b", "two tokens"),
            (b"Bearer a=b", "a parameter"),
            (b"Bearer a, b", "a list"),
            (b"Bearer \"a\"", "a quoted string"),
            (b"Bearer\ta", "a tabulator for the space"),
            (b"Bearera", "no space"),
            (b"Bear a", "another scheme"),
        ] {
            assert_eq!(token68(value, b"Bearer"), None, "{why}");
        }
    }

    #[test]
    fn equal_is_what_has_the_same_bytes() {
        let texts = [&b""[..], b"\0", b"\0\0", b"a", b"b", b"ab", b"abc", b"\xFF"];
        for a in texts {
            for b in texts {
                assert_eq!(constant_time_eq(a, b), a == b, "{a:?} {b:?}");
            }
        }
    }
}
