//! The path of a request's target, segment by segment. RFC 3986 section 3.3.
//!
//! ```text
//! path = *( "/" segment )
//! ```
//!
//! # Dangers
//!
//! A path is what a stranger has written. Nothing is normalized here: a cache, a proxy or a check of
//! access rights that does it otherwise than the server is how files get out.
//!
//! - Split first, decode then. `%2F` is a slash within a segment, and does not end it; `%252F` is
//!   `%2F`, and must not be decoded again.
//! - `.` and `..` may also be written `%2E` and `%2e%2E`. Clients resolve them, so an honest request
//!   has none; never let them through to a file system.
//! - A NUL ends a file's name for C; a backslash divides names on Windows.
//!
//! [`danger`] tells all of these. A segment may also be empty (`//`), and need not be UTF-8.
//!
//! ```
//! use http_lite::path::{self, Danger, Path};
//!
//! let path = Path::new(b"/topics/a%2Fb/..%2Fc").unwrap();
//! let mut segments = path.segments();
//! assert!(segments.next().unwrap().is(b"topics"));
//! let topic = segments.next().unwrap();
//! assert!(topic.is(b"a/b"));
//! assert_eq!(path::danger(topic), Some(Danger::Slash));
//! ```

use core::fmt;
use core::iter::FusedIterator;

use crate::error::EncodeError;
use crate::percent::{self, Encoded, PercentError, Set};
use crate::writer::Writer;

/// A path whose triplets have been checked, as [`Target::path`](crate::Target::path) gives it.
///
/// ```
/// use http_lite::path::Path;
///
/// let path = Path::new(b"/files/r%C3%A9sum%C3%A9").unwrap();
/// assert!(path.is(&[b"files", "résumé".as_bytes()]));
/// ```
///
/// Two paths are equal if their segments are: `/%61` equals `/a`, but `/a%2Fb` is not `/a/b`.
#[derive(Clone, Copy)]
pub struct Path<'a>(Encoded<'a>);

impl<'a> Path<'a> {
    /// A path, without query and fragment.
    ///
    /// # Errors
    ///
    /// [`PercentError`] at the first `%` without two hexadecimal digits. A
    /// [`Target`](crate::Target) has none.
    pub const fn new(raw: &'a [u8]) -> Result<Self, PercentError> {
        match Encoded::new(raw) {
            Ok(path) => Ok(Self(path)),
            Err(error) => Err(error),
        }
    }

    /// The path as it was received.
    pub const fn raw(&self) -> &'a [u8] {
        self.0.raw()
    }

    /// The segments, in their order. Each slash but the first stands between two.
    ///
    /// ```
    /// use http_lite::path::Path;
    ///
    /// let count = |raw: &'static [u8]| Path::new(raw).unwrap().segments().count();
    /// assert_eq!((count(b"/a/b"), count(b"/a/"), count(b"/a")), (2, 2, 1));
    /// assert_eq!((count(b"/"), count(b"")), (1, 0));
    /// ```
    pub const fn segments(&self) -> Segments<'a> {
        Segments {
            rest: match self.raw() {
                [] => None,
                [b'/', rest @ ..] => Some(rest),
                rest => Some(rest),
            },
        }
    }

    /// True if its segments stand for exactly these.
    pub fn is(&self, segments: &[&[u8]]) -> bool {
        let mut ours = self.segments();
        segments.iter().all(|text| ours.next().is_some_and(|segment| segment.is(text)))
            && ours.next().is_none()
    }
}

impl PartialEq for Path<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.segments().eq(other.segments())
    }
}

impl Eq for Path<'_> {}

/// The path as it was received.
impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The segments of a [`Path`].
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    /// Without the slash before it.
    rest: Option<&'a [u8]>,
}

impl<'a> Segments<'a> {
    /// What has not been taken yet, with the slashes within it: `None` if that was all, empty if the
    /// path ends with a slash here.
    ///
    /// Decoded as a whole it no longer tells `/` from `%2F`: right for a name that may have slashes.
    ///
    /// ```
    /// use http_lite::path::Path;
    ///
    /// let mut segments = Path::new(b"/topics/house/room%201").unwrap().segments();
    /// assert!(segments.next().unwrap().is(b"topics"));
    /// assert!(segments.rest().unwrap().is(b"house/room 1"));
    /// ```
    pub const fn rest(&self) -> Option<Encoded<'a>> {
        match self.rest {
            Some(rest) => Some(Encoded::of_checked(rest, false)),
            None => None,
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Encoded<'a>;

    fn next(&mut self) -> Option<Encoded<'a>> {
        let (segment, rest) = percent::split_once(self.rest?, b'/');
        self.rest = rest;
        Some(Encoded::of_checked(segment, false))
    }
}

impl FusedIterator for Segments<'_> {}

/// Why a segment is no plain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Danger {
    /// The segment is `.`
    Dot,
    /// The segment is `..`
    DotDot,
    /// There is a NUL in it.
    Nul,
    /// There is a slash in it, written `%2F`.
    Slash,
    /// There is a backslash in it.
    Backslash,
}

/// What a decoded segment could do to whoever takes it for a name of a file: the first that is met,
/// or `None`.
///
/// That is not all that can be wrong with a name: what else is special, as `~`, `C:` or `NUL`, the
/// system that holds the file knows. Where you can, look names up in a list of yours.
///
/// ```
/// use http_lite::path::{Danger, danger};
/// use http_lite::percent::Encoded;
///
/// let danger = |raw: &'static [u8]| danger(Encoded::new(raw).unwrap());
/// assert_eq!(danger(b"index.html"), None);
/// assert_eq!(danger(b"%2e."), Some(Danger::DotDot));
/// assert_eq!(danger(b"a%00.png"), Some(Danger::Nul));
/// ```
pub fn danger(segment: Encoded<'_>) -> Option<Danger> {
    if segment.is(b".") {
        return Some(Danger::Dot);
    }
    if segment.is(b"..") {
        return Some(Danger::DotDot);
    }
    segment.bytes().find_map(|byte| match byte {
        0 => Some(Danger::Nul),
        b'/' => Some(Danger::Slash),
        b'\\' => Some(Danger::Backslash),
        _ => None,
    })
}

/// Writes a path: a slash before each segment, any bytes encoded. None is no path at all; `[""]` is
/// `/`.
///
/// Where a first segment is empty and more follow, the path begins with `//`: in a `Location` that would
/// name another host. A slash within a segment becomes `%2F`. A segment that is `.` or `..` cannot be written so that it
/// survives: whoever receives it may resolve it.
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`].
///
/// ```
/// use http_lite::path;
///
/// let mut buffer = [0; 32];
/// let len = path::encode(&[b"topics", b"a/b c"], &mut buffer).unwrap();
/// assert_eq!(&buffer[..len], b"/topics/a%2Fb%20c");
/// ```
pub const fn encode(segments: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut w = Writer::new(out);
    write(&mut w, segments);
    w.finish()
}

/// The length that [`encode`] writes.
pub const fn encoded_len(segments: &[&[u8]]) -> usize {
    let mut w = Writer::counter();
    write(&mut w, segments);
    w.len()
}

const fn write(w: &mut Writer<'_>, mut segments: &[&[u8]]) {
    while let Some((segment, rest)) = segments.split_first() {
        w.u8(b'/');
        percent::write(w, segment, Set::Segment);
        segments = rest;
    }
}
