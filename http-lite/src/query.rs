//! Queries and forms: `name=value` pairs with `&` between them.
//!
//! RFC 3986 section 3.4 says which characters a query may have, and nothing of pairs. Those are a
//! form's: `application/x-www-form-urlencoded` of the WHATWG URL standard, which is also the content
//! of many a POST. There a `+` is a space. Browsers send it so in queries too; where you know that
//! the client is none, [`Query::new`] takes a `+` for itself.
//!
//! ```
//! use http_lite::query::Query;
//!
//! let query = Query::form(b"filter=a%2F%2B%2Fb&note=to+be+kept&raw").unwrap();
//! assert!(query.get(b"filter").unwrap().is(b"a/+/b"));
//! assert!(query.get(b"note").unwrap().is(b"to be kept"));
//! assert!(query.get(b"raw").unwrap().is_empty());
//! assert_eq!(query.get(b"none"), None);
//! ```

use core::fmt;
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::percent::{self, Encoded, PercentError, Set};
use crate::writer::Writer;

/// A query or a form whose triplets have been checked. It borrows what was received.
///
/// ```text
/// query = [ pair ] *( "&" [ pair ] )
/// pair  = name [ "=" value ]
/// ```
///
/// Two are equal if their pairs are, in the same order.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    raw: &'a [u8],
    is_form: bool,
}

impl<'a> Query<'a> {
    /// A query without the `?`, where `+` is itself, as
    /// [`Target::query`](crate::Target::query) gives it.
    ///
    /// # Errors
    ///
    /// [`PercentError`] at the first `%` without two hexadecimal digits. A
    /// [`Target`](crate::Target) has none.
    pub const fn new(raw: &'a [u8]) -> Result<Self, PercentError> {
        match percent::check(raw) {
            Ok(()) => Ok(Self { raw, is_form: false }),
            Err(error) => Err(error),
        }
    }

    /// Content of the type `application/x-www-form-urlencoded`, or a query that is written like it:
    /// `+` is a space.
    ///
    /// # Errors
    ///
    /// [`PercentError`] at the first `%` without two hexadecimal digits.
    pub const fn form(raw: &'a [u8]) -> Result<Self, PercentError> {
        match percent::check(raw) {
            Ok(()) => Ok(Self { raw, is_form: true }),
            Err(error) => Err(error),
        }
    }

    /// The query as it was received.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The pairs, in their order; names may repeat. Nothing between two `&` is no pair.
    ///
    /// ```
    /// use http_lite::query::Query;
    ///
    /// let query = Query::new(b"a=1&&b=2=3&c").unwrap();
    /// let raw = query.pairs().map(|pair| (pair.name.raw(), pair.value.raw()));
    /// let expected = [("a", "1"), ("b", "2=3"), ("c", "")];
    /// assert!(raw.eq(expected.map(|(name, value)| (name.as_bytes(), value.as_bytes()))));
    /// ```
    pub const fn pairs(&self) -> Pairs<'a> {
        Pairs { rest: Some(self.raw), is_form: self.is_form }
    }

    /// The value of the first pair with this name. Who takes the first must not pass the query on to
    /// somebody who takes the last.
    pub fn get(&self, name: &[u8]) -> Option<Encoded<'a>> {
        self.pairs().find(|pair| pair.name.is(name)).map(|pair| pair.value)
    }

    /// The values of all pairs with this name.
    ///
    /// ```
    /// use http_lite::query::Query;
    ///
    /// let query = Query::new(b"id=1&x=2&%69d=3").unwrap();
    /// assert!(query.all(b"id").flat_map(|value| value.bytes()).eq(*b"13"));
    /// ```
    pub fn all(&self, name: &[u8]) -> impl Iterator<Item = Encoded<'a>> + Clone {
        self.pairs().filter(move |pair| pair.name.is(name)).map(|pair| pair.value)
    }
}

impl PartialEq for Query<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.pairs().eq(other.pairs())
    }
}

impl Eq for Query<'_> {}

/// The query as it was received.
impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Encoded::of_checked(self.raw, self.is_form).fmt(f)
    }
}

/// One name with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// What stands before the first `=`, or all of it if there is none.
    pub name: Encoded<'a>,
    /// What stands behind the first `=`; empty if there is none.
    pub value: Encoded<'a>,
}

/// The pairs of a [`Query`].
#[derive(Debug, Clone)]
pub struct Pairs<'a> {
    rest: Option<&'a [u8]>,
    is_form: bool,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        loop {
            let (pair, rest) = percent::split_once(self.rest?, b'&');
            self.rest = rest;
            if !pair.is_empty() {
                let (name, value) = percent::split_once(pair, b'=');
                return Some(Pair {
                    name: Encoded::of_checked(name, self.is_form),
                    value: Encoded::of_checked(value.unwrap_or_default(), self.is_form),
                });
            }
        }
    }
}

impl FusedIterator for Pairs<'_> {}

/// Writes pairs one behind the other.
///
/// What does not fit is counted, and [`finish`](Self::finish) tells: an empty buffer gives the
/// length.
///
/// ```
/// use http_lite::query::Encoder;
///
/// let mut buffer = [0; 64];
/// let mut form = Encoder::form(&mut buffer);
/// form.pair(b"name", "Zoë & Co".as_bytes());
/// form.pair(b"level", b"3");
/// let len = form.finish().unwrap();
/// assert_eq!(&buffer[..len], b"name=Zo%C3%AB+%26+Co&level=3");
/// ```
#[derive(Debug)]
pub struct Encoder<'b> {
    w: Writer<'b>,
    set: Set,
}

impl<'b> Encoder<'b> {
    /// Writes a query, without the `?`: a space is `%20`. It means the same to who reads it as a
    /// form.
    ///
    /// ```
    /// use http_lite::query::Encoder;
    ///
    /// let mut buffer = [0; 64];
    /// let mut query = Encoder::query(&mut buffer);
    /// query.pair(b"filter", b"a/+/b c");
    /// let len = query.finish().unwrap();
    /// assert_eq!(&buffer[..len], b"filter=a/%2B/b%20c");
    /// ```
    pub const fn query(out: &'b mut [u8]) -> Self {
        Self { w: Writer::new(out), set: Set::Query }
    }

    /// Writes content of the type `application/x-www-form-urlencoded`: a space is `+`.
    pub const fn form(out: &'b mut [u8]) -> Self {
        Self { w: Writer::new(out), set: Set::Form }
    }

    /// Writes one pair, with `&` before it if it is not the first. Any bytes will do; forms are
    /// expected to be in UTF-8.
    pub const fn pair(&mut self, name: &[u8], value: &[u8]) {
        if self.w.len() > 0 {
            self.w.u8(b'&');
        }
        percent::write(&mut self.w, name, self.set);
        self.w.u8(b'=');
        percent::write(&mut self.w, value, self.set);
    }

    /// Bytes so far, also those that did not fit.
    pub const fn encoded_len(&self) -> usize {
        self.w.len()
    }

    /// The length of what was written.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub const fn finish(self) -> Result<usize, EncodeError> {
        self.w.finish()
    }
}
