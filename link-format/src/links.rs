use core::fmt;
use core::iter::FusedIterator;
use core::str;

use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::grammar::behind;
use crate::link::Link;
use crate::query::{Matching, Query};
use crate::scan::{Scanner, behind_attributes, checked_target};
use crate::writer::{Part, Writer};

/// A document in the CoRE Link Format: links, decoded from text or given as values.
///
/// Both iterate, filter, write and compare alike. Its media type is `application/link-format`,
/// Content-Format 40. RFC 6690 section 2
///
/// ```
/// use link_format::Links;
///
/// // The directory of a device, checked when the program is built.
/// const DIRECTORY: Links<'_> = Links::from_static(
///     r#"</sensors/temp>;rt="temperature-c";if="sensor";obs,</sensors/light>;rt="light-lux""#,
/// );
/// assert!(DIRECTORY.iter().map(|link| link.target()).eq(["/sensors/temp", "/sensors/light"]));
///
/// // The second block of 32 bytes.
/// let mut block = [0; 32];
/// let part = DIRECTORY.encode_part(32, &mut block);
/// assert_eq!(&block[..part.len], br#"c";if="sensor";obs,</sensors/lig"#);
/// assert!(part.has_more());
/// ```
#[derive(Clone, Copy)]
pub struct Links<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// A checked document, or the end of one.
    Text(&'a str),
    Values(&'a [Link<'a>]),
}

impl<'a> Links<'a> {
    /// No links: the empty document.
    pub const EMPTY: Self = Self(Source::Text(""));

    /// A list of these links.
    #[must_use]
    pub const fn new(links: &'a [Link<'a>]) -> Self {
        Self(Source::Values(links))
    }

    /// Takes the bytes of a document. An empty one has no links.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    ///
    /// ```
    /// use link_format::{ErrorKind, Links};
    ///
    /// let error = Links::decode(b"</a>;rt=light, </b>").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (ErrorKind::LinkStart, 14));
    /// ```
    pub const fn decode(document: &'a [u8]) -> Result<Self, DecodeError> {
        match str::from_utf8(document) {
            Ok(document) => Self::decode_str(document),
            Err(error) => Err(DecodeError::new(ErrorKind::NotUtf8, error.valid_up_to())),
        }
    }

    /// Takes the text of a document.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub const fn decode_str(document: &'a str) -> Result<Self, DecodeError> {
        let mut scanner = Scanner::new(document);
        loop {
            match scanner.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Self(Source::Text(document))),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a literal for a `const`, where a text that is no document fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no document: use [`decode_str`](Self::decode_str) there.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(document: &'static str) -> Links<'static> {
        match Links::decode_str(document) {
            Ok(links) => links,
            Err(_) => panic!("not a document in the CoRE Link Format"),
        }
    }

    /// A text that is already checked.
    #[cfg(feature = "nom")]
    pub(crate) const fn checked(document: &'a str) -> Self {
        Self(Source::Text(document))
    }

    /// The links, in their order.
    #[must_use]
    pub const fn iter(&self) -> LinkIter<'a> {
        LinkIter(self.0)
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Source::Text(text) => text.is_empty(),
            Source::Values(values) => values.is_empty(),
        }
    }

    /// The links that all of these queries match. RFC 6690 section 4.1, RFC 9176 section 6.2
    ///
    /// ```
    /// use link_format::{Links, Query};
    ///
    /// let links = Links::decode(br#"</a>;rt="light-lux core.sen-light",</b>;rt=temperature-c"#)?;
    /// let queries = [Query::decode(b"rt=light*")?];
    /// let mut out = [0; 64];
    /// let len = links.matching(&queries).encode(&mut out)?;
    /// assert_eq!(&out[..len], br#"</a>;rt="light-lux core.sen-light""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn matching<'q>(self, queries: &'q [Query<'q>]) -> Matching<'q, 'a> {
        Matching::new(self, queries)
    }

    /// Is it Limited Link Format, as what is sent to a resource directory MUST be: does each target
    /// and each anchor begin with a scheme or a single slash? RFC 9176 section 5 and appendix C
    ///
    /// ```
    /// use link_format::Links;
    ///
    /// assert!(Links::decode(br#"</t>;anchor="coap://a/b""#)?.is_limited());
    /// assert!(!Links::decode(b"<t>")?.is_limited());
    /// assert!(!Links::decode(b"<//15001/65536>")?.is_limited());
    /// # Ok::<(), link_format::DecodeError>(())
    /// ```
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.iter().all(|link| {
            let anchor = link.anchor();
            is_limited(link.target().as_str().chars())
                && anchor.is_none_or(|anchor| is_limited(anchor.chars()))
        })
    }

    /// Length of the document, in bytes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let mut writer = Writer::new(&mut []);
        self.write(&mut writer);
        writer.total()
    }

    /// Writes the document to the beginning of `out`; gives its length.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut writer = Writer::new(out);
        self.write(&mut writer);
        writer.finish()
    }

    /// Writes the document from its byte `from` on, as much as fits into `out`: a block of a
    /// Block2 transfer.
    #[must_use]
    pub const fn encode_part(&self, from: usize, out: &mut [u8]) -> Part {
        let mut writer = Writer::from_offset(from, out);
        self.write(&mut writer);
        writer.part()
    }

    const fn write(&self, writer: &mut Writer<'_>) {
        match self.0 {
            Source::Text(text) => writer.text(text),
            Source::Values(values) => {
                let mut rest = values;
                while let [link, tail @ ..] = rest {
                    writer.link(link);
                    rest = tail;
                }
            }
        }
    }
}

/// Does a URI reference begin with a scheme or a single slash? Told from characters, and not from
/// its parts, since an anchor with backslashes in it lies in pieces.
fn is_limited(mut reference: impl Iterator<Item = char>) -> bool {
    match reference.next() {
        Some('/') => reference.next() != Some('/'),
        // No scheme is empty.
        Some(first) if !matches!(first, ':' | '?' | '#') => {
            reference.find(|c| matches!(c, ':' | '/' | '?' | '#')) == Some(':')
        }
        _ => false,
    }
}

impl Default for Links<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl PartialEq for Links<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Links<'_> {}

impl fmt::Debug for Links<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> From<&'a [Link<'a>]> for Links<'a> {
    fn from(links: &'a [Link<'a>]) -> Self {
        Self::new(links)
    }
}

impl<'a> IntoIterator for Links<'a> {
    type Item = Link<'a>;
    type IntoIter = LinkIter<'a>;

    fn into_iter(self) -> LinkIter<'a> {
        self.iter()
    }
}

/// Iterator over [`Links`].
#[derive(Clone)]
pub struct LinkIter<'a>(Source<'a>);

impl<'a> LinkIter<'a> {
    /// `next`, also in `const`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn next_link(&mut self) -> Option<Link<'a>> {
        match self.0 {
            Source::Text(text) => {
                // The document; or what is left behind the last target.
                let text = match text.as_bytes() {
                    [b'<', ..] => text,
                    _ => behind(behind_attributes(text), 1),
                };
                match checked_target(text) {
                    Some((target, rest)) => {
                        self.0 = Source::Text(rest);
                        Some(Link::checked(target, rest))
                    }
                    None => {
                        self.0 = Source::Text("");
                        None
                    }
                }
            }
            Source::Values(values) => match values {
                [first, rest @ ..] => {
                    self.0 = Source::Values(rest);
                    Some(*first)
                }
                [] => None,
            },
        }
    }
}

impl<'a> Iterator for LinkIter<'a> {
    type Item = Link<'a>;

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn next(&mut self) -> Option<Link<'a>> {
        self.next_link()
    }
}

impl FusedIterator for LinkIter<'_> {}

impl fmt::Debug for LinkIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Links(self.0).fmt(f)
    }
}
