use core::fmt::{self, Write};
use core::iter::FusedIterator;

use crate::attribute::check_name;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::ext_value::PercentDecoded;
use crate::grammar::{behind, cut, find, is_attr_char, same_name};
use crate::known::{RELATION_TYPES, is_one_of, single_bit};
use crate::link::Link;
use crate::links::{LinkIter, Links};
use crate::uri::check_run;
use crate::value::Value;
use crate::writer::{Part, Writer};

/// A query that filters links: a name, and a value or the beginning of one.
///
/// ```text
/// rt=light-lux     the attribute rt has the value light-lux, or it is among those of rt
/// rt=light*        a value of rt begins with light
/// obs=*            there is an attribute obs
/// href=/sensors*   the target begins with /sensors
/// ```
///
/// Each value of `rel`, `rev`, `rt` and `if` is looked at alone; other attributes are looked at
/// whole. What MUST be ignored in a link, such as a second `title` or the value of `obs`, matches
/// nothing. Values are compared byte by byte, names without regard to case. RFC 6690 section 4.1
///
/// ```
/// use link_format::{Link, Links, Query};
///
/// let links = Links::decode(br#"</t>;anchor="/sensors/temp";rel=alternate"#)?;
/// let link = links.iter().next().ok_or("no link")?;
/// assert!(Query::decode(b"anchor=/sensors/temp")?.matches(&link));
/// assert!(Query::from_uri("anchor=%2Fsensors%2F*")?.matches(&link));
/// assert!(!Query::decode(b"rel=hosts")?.matches(&link));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Query<'a> {
    name: Text<'a>,
    value: Text<'a>,
    is_prefix: bool,
}

/// Part of a query, percent-decoded or not yet.
#[derive(Clone, Copy)]
enum Text<'a> {
    Plain(&'a [u8]),
    Encoded(&'a str),
}

impl<'a> Query<'a> {
    /// Takes the value of a Uri-Query option, which is percent-decoded already (RFC 7252 section
    /// 6.4).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::QueryWithoutValue`] without `=`, [`ErrorKind::AttributeName`] if no attribute
    /// has such a name. Who does not know what to do with such a query may ignore it: RFC 6690
    /// section 4.1 lets a server ignore them all.
    pub const fn decode(option: &'a [u8]) -> Result<Self, DecodeError> {
        let (name, value) = match find(option, b'=') {
            Some(at) => match option.split_at_checked(at) {
                Some((name, [b'=', value @ ..])) => (name, value),
                _ => return Err(DecodeError::new(ErrorKind::QueryWithoutValue, option.len())),
            },
            None => return Err(DecodeError::new(ErrorKind::QueryWithoutValue, option.len())),
        };
        if let Err(error) = check_name(name) {
            return Err(error);
        }
        let (value, is_prefix) = match value {
            [prefix @ .., b'*'] => (prefix, true),
            _ => (value, false),
        };
        Ok(Self { name: Text::Plain(name), value: Text::Plain(value), is_prefix })
    }

    /// Takes one `name=value` of a URI's query component, percent-encoded as it stands there: what
    /// lies between two `&`.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode), and what no such part of a query component has:
    /// [`ErrorKind::PercentEncoding`], or [`ErrorKind::UriCharacter`] for an `&` too.
    /// RFC 3986 section 3.4
    pub fn from_uri(text: &'a str) -> Result<Self, DecodeError> {
        let is_end = |byte: &u8| *byte == b'&' || !byte.is_ascii();
        let len = text.bytes().position(|byte| is_end(&byte)).unwrap_or(text.len());
        check_run(cut(text, len).0, b":@/?", false)?;
        if len < text.len() {
            return Err(DecodeError::new(ErrorKind::UriCharacter, len));
        }
        let Some(len) = find(text.as_bytes(), b'=') else {
            return Err(DecodeError::new(ErrorKind::QueryWithoutValue, text.len()));
        };
        let (name, rest) = cut(text, len);
        check_encoded_name(name)?;
        let value = behind(rest, 1);
        // RFC 6690 section 4.1: a value ends with `*` before or after percent-decoding.
        let value_len = match value.as_bytes() {
            [prefix @ .., b'*'] | [prefix @ .., b'%', b'2', b'a' | b'A'] => prefix.len(),
            whole => whole.len(),
        };
        Ok(Self {
            name: Text::Encoded(name),
            value: Text::Encoded(cut(value, value_len).0),
            is_prefix: value_len < value.len(),
        })
    }

    /// Is the link one that the query asks for?
    #[must_use]
    pub fn matches(&self, link: &Link<'_>) -> bool {
        if self.is_named("href") {
            return self.matches_text(link.target().as_str().bytes());
        }
        for attribute in link.attributes() {
            if self.is_named(attribute.name()) {
                let found = self.matches_value(attribute.name(), attribute.value());
                // The first counts, whatever comes behind it.
                if found || single_bit(attribute.name()) != 0 {
                    return found;
                }
            }
        }
        false
    }

    /// Is the link one that all of these queries ask for? RFC 6690 section 4.1 knows one query;
    /// with more, all MUST match in a directory (RFC 9176 section 6.2), and so it is elsewhere.
    #[must_use]
    pub fn all_match(queries: &[Self], link: &Link<'_>) -> bool {
        queries.iter().all(|query| query.matches(link))
    }

    /// The value of a query from [`decode`](Self::decode), if it is not the beginning of one.
    pub(crate) const fn complete_value(&self) -> Option<&'a [u8]> {
        match self.value {
            Text::Plain(value) if !self.is_prefix => Some(value),
            _ => None,
        }
    }

    /// Does the query ask for an attribute of this name; with `href`, for targets?
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let asked = self.name.bytes().map(|byte| byte.to_ascii_lowercase());
        asked.eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
    }

    fn matches_value(&self, name: &str, value: Option<Value<'_>>) -> bool {
        // RFC 7641 section 6: a value of `obs` MUST be ignored
        let Some(value) = value.filter(|_| !same_name(name, "obs")) else {
            return self.matches_text([].into_iter());
        };
        // What has no value in it is looked at whole, so that an empty prefix matches it.
        if is_one_of(name, &RELATION_TYPES) && value.words().next().is_some() {
            return value.words().any(|word| self.matches_text(word.pieces().flat_map(str::bytes)));
        }
        self.matches_text(value.pieces().flat_map(str::bytes))
    }

    fn matches_text(&self, mut text: impl Iterator<Item = u8>) -> bool {
        self.value.bytes().all(|byte| text.next() == Some(byte))
            && (self.is_prefix || text.next().is_none())
    }
}

impl<'a> Text<'a> {
    fn bytes(self) -> impl Iterator<Item = u8> + use<'a> {
        let (plain, encoded) = match self {
            Text::Plain(plain) => (plain, ""),
            Text::Encoded(encoded) => (&[][..], encoded),
        };
        plain.iter().copied().chain(PercentDecoded::new(encoded))
    }
}

/// [`check_name`] for a name that is percent-encoded.
fn check_encoded_name(name: &str) -> Result<(), DecodeError> {
    let mut rest = PercentDecoded::new(name);
    loop {
        let at = name.len().saturating_sub(rest.encoded_len());
        match rest.next() {
            Some(byte) if is_attr_char(byte) => {}
            Some(b'*') if at > 0 && rest.encoded_len() == 0 => return Ok(()),
            None if at > 0 => return Ok(()),
            _ => return Err(DecodeError::new(ErrorKind::AttributeName, at)),
        }
    }
}

/// As the query is written, percent-decoded.
impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = [b'='].into_iter().chain(self.value.bytes());
        let star = self.is_prefix.then_some(b'*');
        self.name.bytes().chain(value).chain(star).try_for_each(|byte| match byte {
            b' '..=b'~' => f.write_char(char::from(byte)),
            _ => write!(f, "\\x{byte:02x}"),
        })
    }
}

/// The links of a document that some queries match. From [`Links::matching`].
#[derive(Debug, Clone, Copy)]
pub struct Matching<'q, 'a> {
    links: Links<'a>,
    queries: &'q [Query<'q>],
}

impl<'q, 'a> Matching<'q, 'a> {
    pub(crate) const fn new(links: Links<'a>, queries: &'q [Query<'q>]) -> Self {
        Self { links, queries }
    }

    /// The links, in their order.
    #[must_use]
    pub const fn iter(&self) -> MatchingIter<'q, 'a> {
        MatchingIter { links: self.links.iter(), queries: self.queries }
    }

    /// Length of the document of these links, in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.encode_part(0, &mut []).total
    }

    /// Writes the document of these links to the beginning of `out`; gives its length.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let part = self.encode_part(0, out);
        if part.has_more() {
            return Err(EncodeError::BufferTooSmall { needed: part.total });
        }
        Ok(part.len)
    }

    /// Writes the document of these links from its byte `from` on, as much as fits into `out`.
    #[must_use]
    pub fn encode_part(&self, from: usize, out: &mut [u8]) -> Part {
        let mut writer = Writer::from_offset(from, out);
        self.iter().for_each(|link| writer.link(&link));
        writer.part()
    }
}

impl<'q, 'a> IntoIterator for Matching<'q, 'a> {
    type Item = Link<'a>;
    type IntoIter = MatchingIter<'q, 'a>;

    fn into_iter(self) -> MatchingIter<'q, 'a> {
        self.iter()
    }
}

/// Iterator over the links that some queries match.
#[derive(Debug, Clone)]
pub struct MatchingIter<'q, 'a> {
    links: LinkIter<'a>,
    queries: &'q [Query<'q>],
}

impl<'a> Iterator for MatchingIter<'_, 'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        self.links.find(|link| Query::all_match(self.queries, link))
    }
}

impl FusedIterator for MatchingIter<'_, '_> {}
