//! User and password in `Authorization`. RFC 7617.

use core::fmt;

use super::{same, token68};
use crate::base64::{Decoder, Encoder, encoded_len};
use crate::error::EncodeError;
use crate::list::head;
use crate::writer::Writer;

const SCHEME: &[u8] = b"Basic";

/// A user and a password: `Authorization: Basic`, then `user:password` in Base64. RFC 7617.
///
/// Whoever reads the connection reads the password: use it with TLS only. `Debug` shows neither.
///
/// ```
/// use http_lite::auth::Basic;
///
/// let basic = Basic::new(b"Aladdin", b"open sesame").unwrap();
/// let mut out = [0; 40];
/// let len = basic.encode(&mut out)?;
/// assert_eq!(&out[..len], b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert!(basic.verify(&out[..len]));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Basic<'a> {
    user: &'a [u8],
    password: &'a [u8],
}

/// Why there are no Basic credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BasicError {
    /// Another scheme, or no token behind it.
    #[error("no Basic credentials")]
    NotBasic,
    /// No Base64, no colon in it, or a control character.
    #[error("malformed Basic credentials")]
    Malformed,
    /// The buffer is too small for what is in them.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length.
        needed: usize,
    },
}

impl<'a> Basic<'a> {
    /// Of a user and a password, mostly UTF-8. `None` if the user has a colon, or one of them a control
    /// character. RFC 7617 section 2.
    #[must_use]
    pub const fn new(user: &'a [u8], password: &'a [u8]) -> Option<Self> {
        let (mut rest, mut is_user) = (user, true);
        loop {
            rest = match rest {
                [b':', ..] if is_user => return None,
                [0..b' ' | 0x7F, ..] => return None,
                [_, rest @ ..] => rest,
                [] if is_user => {
                    is_user = false;
                    password
                }
                [] => return Some(Self { user, password }),
            };
        }
    }

    /// The user; any bytes but a colon and control characters.
    #[must_use]
    pub const fn user(&self) -> &'a [u8] {
        self.user
    }

    /// The password.
    #[must_use]
    pub const fn password(&self) -> &'a [u8] {
        self.password
    }

    /// Reads the value of an `Authorization` field, into `out`.
    ///
    /// If there is one user only, [`verify`](Self::verify) does it without a buffer. Compare a
    /// password with [`constant_time_eq`](super::constant_time_eq).
    ///
    /// ```
    /// use http_lite::auth::Basic;
    ///
    /// let mut out = [0; 64];
    /// let basic = Basic::decode(b"Basic dGVzdDoxMjPCow==", &mut out)?;
    /// assert_eq!((basic.user(), basic.password()), (&b"test"[..], "123£".as_bytes()));
    /// # Ok::<(), http_lite::auth::BasicError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BasicError`]. A server answers 401 with a [`BasicChallenge`](super::BasicChallenge).
    pub const fn decode(value: &[u8], out: &'a mut [u8]) -> Result<Self, BasicError> {
        let Some(token) = token68(value, SCHEME) else { return Err(BasicError::NotBasic) };
        let Some(mut bytes) = Decoder::new(token) else { return Err(BasicError::Malformed) };
        let mut w = Writer::new(out);
        let mut user_len = None;
        while let Some(byte) = bytes.next_byte() {
            if byte == b':' && user_len.is_none() {
                user_len = Some(w.len());
            }
            w.u8(byte);
        }
        let len = w.len();
        let Some(user_len) = user_len else { return Err(BasicError::Malformed) };
        if w.finish().is_err() {
            return Err(BasicError::BufferTooSmall { needed: len });
        }
        match head(out, len).split_at_checked(user_len) {
            Some((user, [b':', password @ ..])) => match Self::new(user, password) {
                Some(basic) => Ok(basic),
                None => Err(BasicError::Malformed),
            },
            _ => Err(BasicError::Malformed),
        }
    }

    /// Does the value of this `Authorization` field name this user and this password?
    ///
    /// Takes as long whether one byte is wrong or all of them.
    #[must_use]
    pub fn verify(&self, value: &[u8]) -> bool {
        let Some(mut bytes) = token68(value, SCHEME).and_then(Decoder::new) else { return false };
        let own = self.user.iter().chain(b":").chain(self.password).copied();
        same(own, core::iter::from_fn(|| bytes.next_byte()))
    }

    /// Writes the value of an `Authorization` field.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        let mut encoder = Encoder::new();
        w.bytes(SCHEME);
        w.u8(b' ');
        encoder.bytes(self.user, &mut w);
        encoder.bytes(b":", &mut w);
        encoder.bytes(self.password, &mut w);
        encoder.finish(&mut w);
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let len = self.user.len().saturating_add(self.password.len()).saturating_add(1);
        encoded_len(len).saturating_add(SCHEME.len()).saturating_add(1)
    }
}

/// Shows neither the user nor the password.
impl fmt::Debug for Basic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic { .. }")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn the_examples_of_rfc_7617_both_ways() {
        for (user, password, value) in [
            (&b"Aladdin"[..], &b"open sesame"[..], &b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="[..]),
            (b"test", "123£".as_bytes(), b"Basic dGVzdDoxMjPCow=="),
            (b"", b"", b"Basic Og=="),
            (b"a", b"b:c:", b"Basic YTpiOmM6"),
        ] {
            let basic = Basic::new(user, password).unwrap();
            let mut out = [0; 40];
            for len in 0..value.len() {
                let error = Err(EncodeError::BufferTooSmall { needed: value.len() });
                assert_eq!(basic.encode(&mut out[..len]), error);
            }
            assert_eq!(
                (basic.encode(&mut out), basic.encoded_len()),
                (Ok(value.len()), value.len())
            );
            assert_eq!(&out[..value.len()], value);

            let needed = user.len() + password.len() + 1;
            for len in 0..needed {
                let error = BasicError::BufferTooSmall { needed };
                assert_eq!(Basic::decode(value, &mut out[..len]).unwrap_err(), error);
            }
            let read = Basic::decode(value, &mut out[..needed]).unwrap();
            assert_eq!((read.user(), read.password()), (user, password));
            assert!(basic.verify(value));
        }
    }

    #[test]
    fn rejects_what_is_malformed() {
        use BasicError::{Malformed, NotBasic};
        for (value, error, why) in [
            (&b""[..], NotBasic, "empty"),
            (b"Basic", NotBasic, "no token"),
            (b"Bearer Og==", NotBasic, "another scheme"),
            (b"Basic Og== Og==", NotBasic, "two tokens"),
            (b"Basic realm=\"x\"", NotBasic, "a parameter"),
            (b"Basic Og", Malformed, "no padding"),
            (b"Basic Og=", Malformed, "half of the padding"),
            (b"Basic Oh==", Malformed, "bits before the padding"),
            (b"Basic O-_=", Malformed, "the alphabet for URLs"),
            (b"Basic YWI=", Malformed, "no colon"),
            (b"Basic Ogo=", Malformed, "LF in the password"),
            (b"Basic ADo=", Malformed, "NUL in the user"),
            (b"Basic On8=", Malformed, "DEL in the password"),
        ] {
            let mut out = [0; 40];
            assert_eq!(Basic::decode(value, &mut out).unwrap_err(), error, "{why}");
            assert!(!Basic::new(b"", b"").unwrap().verify(value), "{why}");
        }
        assert!(Basic::new(b"a:b", b"c").is_none());
        assert!(Basic::new(b"a\tb", b"c").is_none());
        assert!(Basic::new(b"a", b"b\r\nc").is_none());
    }

    #[test]
    fn verifies_no_other_user_and_no_other_password() {
        let basic = Basic::new(b"ab", b"cd").unwrap();
        for (user, password) in [
            ("ab", "ce"),
            ("aa", "cd"),
            ("ab", "c"),
            ("ab", "cdd"),
            ("a", "b:cd"),
            ("", ""),
            ("ab", ""),
        ] {
            let other = Basic::new(user.as_bytes(), password.as_bytes()).unwrap();
            let mut out = [0; 40];
            let len = other.encode(&mut out).unwrap();
            assert!(!basic.verify(&out[..len]), "{user} {password}");
            assert!(other.verify(&out[..len]));
        }
    }

    #[test]
    fn debug_shows_neither_user_nor_password() {
        let basic = Basic::new(b"Aladdin", b"open sesame").unwrap();
        let mut out = [0; 40];
        let read = Basic::decode(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &mut out).unwrap();
        for text in [std::format!("{basic:?}"), std::format!("{read:#?}")] {
            assert_eq!(text, "Basic { .. }");
        }
    }
}
