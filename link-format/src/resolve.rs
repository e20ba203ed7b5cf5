use core::fmt;

use crate::authority::host_port;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::grammar::{behind, cut};
use crate::link::Link;
use crate::uri::UriReference;
use crate::writer::{Writer, collect, copy};

/// A URI: a URI reference with a scheme, so one that others can be relative to.
///
/// ```
/// use link_format::{Uri, UriReference};
///
/// let base = Uri::new("coap://[2001:db8::1]/.well-known/core")?;
/// let mut out = [0; 64];
/// let target = base.resolve(UriReference::new("/sensors/temp")?, &mut out)?;
/// assert_eq!(target.as_str(), "coap://[2001:db8::1]/sensors/temp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri<'a>(UriReference<'a>);

/// Why a reference is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The buffer is too small; nothing usable was written.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// Bytes that are needed: exactly, but for an anchor with backslashes in it, where they are
        /// enough.
        needed: usize,
    },
    /// The anchor is no URI reference: what is wrong with its text.
    #[error("no URI reference in the anchor: {0}")]
    Anchor(DecodeError),
    /// There is no authority. Without one, a URI has no origin, and a path that begins with `//`
    /// would be read as one. RFC 3986 section 3.3
    #[error("no authority")]
    NoAuthority,
}

/// Why bytes do not fit.
const fn too_small(error: EncodeError) -> ResolveError {
    let needed = match error {
        EncodeError::BufferTooSmall { needed } => needed,
        EncodeError::Repeated => 0, // never: that is about attributes
    };
    ResolveError::BufferTooSmall { needed }
}

impl<'a> Uri<'a> {
    /// Takes a text that is a URI.
    ///
    /// # Errors
    ///
    /// What is wrong with it as a URI reference, or [`ErrorKind::UriRelative`].
    pub const fn new(text: &'a str) -> Result<Self, DecodeError> {
        match UriReference::new(text) {
            Ok(reference) if reference.parts().scheme.is_some() => Ok(Self(reference)),
            Ok(_) => Err(DecodeError::new(ErrorKind::UriRelative, 0)),
            Err(error) => Err(error),
        }
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0.as_str()
    }

    /// The same text as a URI reference.
    #[must_use]
    pub const fn as_reference(&self) -> UriReference<'a> {
        self.0
    }

    /// Copies the text, with percent-encoding for all that is not ASCII, to the beginning of `out`: a
    /// URI of RFC 3986. RFC 3987 section 3.1
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub fn copy_ascii_to<'o>(&self, out: &'o mut [u8]) -> Result<Uri<'o>, EncodeError> {
        self.0.copy_ascii_to(out).map(Uri)
    }

    /// What `reference` means where this URI is the base, written to the beginning of `out`.
    ///
    /// RFC 3986 section 5.2, as for strict parsers: `http:g` is a URI of its own.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter; [`ResolveError::NoAuthority`] where the
    /// result would be read as something else.
    pub fn resolve<'o>(
        &self,
        reference: UriReference<'_>,
        out: &'o mut [u8],
    ) -> Result<Uri<'o>, ResolveError> {
        let (base, r) = (self.0.parts(), reference.parts());
        let is_relative = r.scheme.is_none() && r.authority.is_none();
        let scheme = r.scheme.or(base.scheme).unwrap_or_default();
        let authority = if is_relative { base.authority } else { r.authority };
        let mut query = r.query;
        // RFC 3986 section 5.2.2, and 5.2.3 for the directory.
        let path = if !is_relative || r.path.starts_with('/') {
            Path::new(None, r.path)
        } else if r.path.is_empty() {
            query = query.or(base.query);
            Path { directory: None, rest: Some(base.path), pops: 0, place: Place::AsItIs }
        } else if base.authority.is_some() && base.path.is_empty() {
            Path::new(Some(""), r.path)
        } else {
            Path::new(cut_last_slash(base.path).map(|(directory, _)| directory), r.path)
        };
        let path_len = path.clone().fold(0_usize, |len, segment| len.saturating_add(segment.len()));

        // RFC 3986 section 5.3
        let mut writer = Writer::new(&mut *out);
        writer.text(scheme);
        writer.text(":");
        if let Some(authority) = authority {
            writer.text("//");
            writer.text(authority);
        }
        let path_at = writer.total();
        writer.leave(path_len);
        for (delimiter, component) in [("?", query), ("#", r.fragment)] {
            if let Some(component) = component {
                writer.text(delimiter);
                writer.text(component);
            }
        }
        let len = writer.finish().map_err(too_small)?;
        let place = out.get_mut(path_at..path_at.saturating_add(path_len)).unwrap_or_default();
        path.write(place);
        if authority.is_none() && place.starts_with(b"//") {
            return Err(ResolveError::NoAuthority);
        }
        let text = core::str::from_utf8(out.get(..len).unwrap_or_default()).unwrap_or_default();
        Ok(Uri(UriReference::checked(text)))
    }
}

impl Link<'_> {
    /// The target as a URI, written to the beginning of `out`. `base` is the URI that the document
    /// came from, or the base URI of a registration (RFC 9176 section 5).
    ///
    /// # Errors
    ///
    /// As [`Uri::resolve`].
    pub fn resolve_target<'o>(
        &self,
        base: Uri<'_>,
        out: &'o mut [u8],
    ) -> Result<Uri<'o>, ResolveError> {
        base.resolve(self.target(), out)
    }

    /// The context as a URI, written to the beginning of `out`: the anchor; without one, the origin
    /// of the target. RFC 6690 section 2.1
    ///
    /// ```
    /// use link_format::{Links, Uri};
    ///
    /// let links = Links::decode(br#"</t>;anchor="/sensors/temp";rel=alternate,</sensors/temp>"#)?;
    /// let base = Uri::new("coap://[2001:db8:f0::1]")?;
    /// let mut links = links.iter();
    /// let mut out = [0; 64];
    /// let context = links.next().ok_or("no link")?.resolve_context(base, &mut out)?;
    /// assert_eq!(context.as_str(), "coap://[2001:db8:f0::1]/sensors/temp");
    /// let context = links.next().ok_or("no link")?.resolve_context(base, &mut out)?;
    /// assert_eq!(context.as_str(), "coap://[2001:db8:f0::1]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Uri::resolve`], and [`ResolveError::Anchor`].
    pub fn resolve_context<'o>(
        &self,
        base: Uri<'_>,
        out: &'o mut [u8],
    ) -> Result<Uri<'o>, ResolveError> {
        let Some(anchor) = self.anchor() else {
            return origin(base, self.target(), out);
        };
        if let Some(text) = anchor.as_str() {
            let anchor = UriReference::new(text).map_err(ResolveError::Anchor)?;
            return base.resolve(anchor, out);
        }
        // No anchor needs a backslash. One that has them is put together behind the result.
        let anchor_len =
            anchor.pieces().fold(0_usize, |len, piece| len.saturating_add(piece.len()));
        let needed = base.as_str().len().saturating_add(anchor_len.saturating_mul(2));
        let short = ResolveError::BufferTooSmall { needed: needed.saturating_add(1) };
        let at = out.len().checked_sub(anchor_len).ok_or(short)?;
        let (out, end) = out.split_at_mut_checked(at).ok_or(short)?;
        let anchor = UriReference::new(collect(anchor.pieces(), end).map_err(too_small)?);
        base.resolve(anchor.map_err(ResolveError::Anchor)?, out).map_err(|error| match error {
            ResolveError::BufferTooSmall { .. } => short,
            error => error,
        })
    }
}

/// The origin of `target` where `base` is the base, without its path.
fn origin<'o>(
    base: Uri<'_>,
    target: UriReference<'_>,
    out: &'o mut [u8],
) -> Result<Uri<'o>, ResolveError> {
    let (base, target) = (base.0.parts(), target.parts());
    let authority = match target.scheme {
        Some(_) => target.authority,
        None => target.authority.or(base.authority),
    };
    let scheme = target.scheme.or(base.scheme).unwrap_or_default();
    // RFC 6454 section 4: scheme, host and port; so nobody's password.
    let authority = authority.map(host_port).ok_or(ResolveError::NoAuthority)?;
    let text = collect([scheme, "://", authority].into_iter(), out).map_err(too_small)?;
    Ok(Uri(UriReference::checked(text)))
}

/// A path without its dot segments, from its last segment to its first. RFC 3986 section 5.2.4
///
/// From the right, no segment has to be taken back: `..` says that the next one is left out, and
/// those that go beyond the root come to nothing.
#[derive(Clone)]
struct Path<'a> {
    /// What stands before `rest`, without the slash between them.
    directory: Option<&'a str>,
    rest: Option<&'a str>,
    /// Segments that are left out, to the left of as many `..`.
    pops: usize,
    place: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The whole of `rest` is one piece.
    AsItIs,
    /// The last segment comes next.
    Last,
    Before,
}

/// A segment, perhaps with the slash before it.
#[derive(Clone, Copy)]
struct Segment<'a> {
    has_slash: bool,
    text: &'a str,
}

impl Segment<'_> {
    const fn len(&self) -> usize {
        self.text.len().saturating_add(self.has_slash as usize)
    }
}

impl<'a> Path<'a> {
    /// `directory`, a slash and `rest`; or `rest` alone.
    fn new(mut directory: Option<&'a str>, mut rest: &'a str) -> Self {
        // Dot segments at the beginning that have no slash before them take the one behind along.
        loop {
            match (directory, directory.unwrap_or(rest).split_once('/')) {
                (Some(_), Some(("." | "..", behind))) => directory = Some(behind),
                (Some("." | ".."), None) => directory = None,
                (None, Some(("." | "..", behind))) => rest = behind,
                _ => break,
            }
        }
        if directory.is_none() && matches!(rest, "." | "..") {
            rest = "";
        }
        Self { directory, rest: Some(rest), pops: 0, place: Place::Last }
    }

    /// Fills `place`, which has the length of all segments, from its end.
    fn write(self, mut place: &mut [u8]) {
        for segment in self {
            let at = place.len().saturating_sub(segment.text.len());
            let Some((before, end)) = place.split_at_mut_checked(at) else { return };
            copy(end, segment.text.as_bytes());
            place = before;
            if segment.has_slash {
                let Some((slash, before)) = place.split_last_mut() else { return };
                *slash = b'/';
                place = before;
            }
        }
    }

    /// The last segment, dot segments too.
    fn last_segment(&mut self) -> Option<Segment<'a>> {
        let rest = self.rest.take()?;
        if rest.is_empty() && self.directory.is_none() {
            return None;
        }
        if let Some((before, text)) = cut_last_slash(rest) {
            self.rest = Some(before);
            return Some(Segment { has_slash: true, text });
        }
        self.rest = self.directory.take();
        Some(Segment { has_slash: self.rest.is_some(), text: rest })
    }
}

impl<'a> Iterator for Path<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.place == Place::AsItIs {
            return self.rest.take().map(|text| Segment { has_slash: false, text });
        }
        loop {
            let segment = self.last_segment()?;
            let is_last = self.place == Place::Last;
            if is_last {
                self.place = Place::Before;
            }
            match segment.text {
                "." | ".." => {
                    if segment.text == ".." {
                        self.pops = self.pops.saturating_add(1);
                    }
                    if is_last {
                        return Some(Segment { text: "", ..segment });
                    }
                }
                _ if self.pops > 0 => self.pops = self.pops.saturating_sub(1),
                _ => return Some(segment),
            }
        }
    }
}

/// `text` before its last slash, and behind it. `rsplit_once` keeps a panic in the image.
fn cut_last_slash(text: &str) -> Option<(&str, &str)> {
    let mut rest = text.as_bytes();
    while let Some((byte, before)) = rest.split_last() {
        if *byte == b'/' {
            let (directory, segment) = cut(text, before.len());
            return Some((directory, behind(segment, 1)));
        }
        rest = before;
    }
    None
}

impl fmt::Debug for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
