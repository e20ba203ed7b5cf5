use core::fmt;

use crate::error::{DecodeError, ErrorKind};
use crate::grammar::{behind, cut, find, hex_pair, is_uri_char, simple_len};

/// A URI reference: a URI, or one relative to another. What stands between `<` and `>`.
///
/// Its characters are those of RFC 3986, and all of Unicode beyond ASCII: a document is UTF-8 and
/// needs no percent-encoding for it (RFC 9176 appendix B.4).
///
/// ```
/// use link_format::{ErrorKind, UriReference};
///
/// assert_eq!(UriReference::new("/sensors/temp")?.as_str(), "/sensors/temp");
/// assert!(UriReference::new("//15001/65536").is_ok());
/// let error = UriReference::new("/a b").unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::UriCharacter, 2));
/// # Ok::<(), link_format::DecodeError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UriReference<'a>(&'a str);

impl<'a> UriReference<'a> {
    /// Takes a text that is a URI reference.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    pub const fn new(text: &'a str) -> Result<Self, DecodeError> {
        if is_simple(text.as_bytes()) {
            return Ok(Self(text));
        }
        match check(text) {
            Ok(()) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const`, where a text that is no URI reference fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no URI reference: use [`new`](Self::new) there.
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> UriReference<'static> {
        match UriReference::new(text) {
            Ok(reference) => reference,
            Err(_) => panic!("not a URI reference"),
        }
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// A text that is already checked.
    pub(crate) const fn checked(text: &'a str) -> Self {
        Self(text)
    }

    /// Its five components. RFC 3986 section 3
    ///
    /// ```
    /// use link_format::UriReference;
    ///
    /// let parts = UriReference::new("coap://[2001:db8::1]:61616/temp?u=C")?.parts();
    /// assert_eq!(parts.scheme, Some("coap"));
    /// assert_eq!(parts.authority, Some("[2001:db8::1]:61616"));
    /// assert_eq!((parts.path, parts.query, parts.fragment), ("/temp", Some("u=C"), None));
    /// # Ok::<(), link_format::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn parts(&self) -> UriParts<'a> {
        UriParts::split(self.0)
    }
}

/// It has no character that needs a backslash.
impl fmt::Debug for UriReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl fmt::Display for UriReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl PartialEq<str> for UriReference<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for UriReference<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'a> TryFrom<&'a str> for UriReference<'a> {
    type Error = DecodeError;

    fn try_from(text: &'a str) -> Result<Self, DecodeError> {
        Self::new(text)
    }
}

/// The components of a URI reference, without their delimiters. `None` differs from empty: the
/// delimiter is not there. RFC 3986 section 3 and appendix B
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UriParts<'a> {
    /// What stands before the first `:`.
    pub scheme: Option<&'a str>,
    /// User, host and port, behind `//`.
    pub authority: Option<&'a str>,
    /// The path, which may be empty.
    pub path: &'a str,
    /// What stands behind `?`.
    pub query: Option<&'a str>,
    /// What stands behind `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> UriParts<'a> {
    const fn split(text: &'a str) -> Self {
        let (text, fragment) = cut_at(text, b'#');
        let (text, query) = cut_at(text, b'?');
        let (scheme, text) = match cut_at(text, b':') {
            (before, Some(behind)) if find(before.as_bytes(), b'/').is_none() => {
                (Some(before), behind)
            }
            _ => (None, text),
        };
        let (authority, path) = match text.as_bytes() {
            [b'/', b'/', hier @ ..] => {
                let len = match find(hier, b'/') {
                    Some(at) => at,
                    None => hier.len(),
                };
                let (authority, path) = cut(behind(text, 2), len);
                (Some(authority), path)
            }
            _ => (None, text),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

/// `text` before the first `delimiter` and behind it.
const fn cut_at(text: &str, delimiter: u8) -> (&str, Option<&str>) {
    match find(text.as_bytes(), delimiter) {
        Some(at) => {
            let (before, rest) = cut(text, at);
            (before, Some(behind(rest, 1)))
        }
        None => (text, None),
    }
}

/// Is `text` letters, digits, `-`, `.` and `/` alone, perhaps behind a scheme? Most references are,
/// and all of these are references.
const fn is_simple(text: &[u8]) -> bool {
    match text.split_at_checked(simple_len(text)) {
        Some((_, [])) => true,
        Some((scheme, [b':', hier_part @ ..])) => {
            is_scheme(scheme) && simple_len(hier_part) == hier_part.len()
        }
        _ => false,
    }
}

/// Checks `URI-reference`. RFC 3986 appendix A
const fn check(text: &str) -> Result<(), DecodeError> {
    let parts = UriParts::split(text);
    let mut at: usize = 0;
    if let Some(scheme) = parts.scheme {
        if !is_scheme(scheme.as_bytes()) {
            return Err(DecodeError::new(ErrorKind::UriScheme, 0));
        }
        at = scheme.len().saturating_add(1);
    }
    if let Some(authority) = parts.authority {
        at = at.saturating_add(2);
        if let Err(error) = check_authority(authority) {
            return Err(error.behind(at));
        }
        at = at.saturating_add(authority.len());
    }
    // `path`: `pchar` and `/`; `query` and `fragment`: `?` too, which no path has in it.
    let behind_path = [Some(parts.path), parts.query, parts.fragment];
    let mut rest: &[Option<&str>] = &behind_path;
    while let [component, tail @ ..] = rest {
        if let Some(component) = component {
            if let Err(error) = check_run(component, b":@/?") {
                return Err(error.behind(at));
            }
            at = at.saturating_add(component.len()).saturating_add(1);
        }
        rest = tail;
    }
    Ok(())
}

/// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`. RFC 3986 section 3.1
const fn is_scheme(text: &[u8]) -> bool {
    let [b'a'..=b'z' | b'A'..=b'Z', rest @ ..] = text else { return false };
    let mut rest = rest;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.') {
            return false;
        }
        rest = tail;
    }
    true
}

/// `[ userinfo "@" ] host [ ":" port ]`. RFC 3986 section 3.2
const fn check_authority(text: &str) -> Result<(), DecodeError> {
    let (host_at, host_port) = match cut_at(text, b'@') {
        (userinfo, Some(host_port)) => {
            if let Err(error) = check_run(userinfo, b":") {
                return Err(error);
            }
            (userinfo.len().saturating_add(1), host_port)
        }
        _ => (0, text),
    };
    let port = if let Some(b'[') = host_port.as_bytes().first() {
        match cut_at(behind(host_port, 1), b']') {
            (literal, Some(port)) if is_ip_literal(literal.as_bytes()) => port,
            _ => return Err(DecodeError::new(ErrorKind::UriAuthority, host_at)),
        }
    } else {
        let len = match find(host_port.as_bytes(), b':') {
            Some(at) => at,
            None => host_port.len(),
        };
        let (name, port) = cut(host_port, len);
        if let Err(error) = check_run(name, b"") {
            return Err(error.behind(host_at));
        }
        port
    };
    match port.as_bytes() {
        [] => Ok(()),
        [b':', digits @ ..] if are_digits(digits) => Ok(()),
        _ => {
            let port_at = text.len().saturating_sub(port.len());
            Err(DecodeError::new(ErrorKind::UriAuthority, port_at))
        }
    }
}

/// `host [ ":" port ]` of an authority.
pub(crate) const fn host_port(authority: &str) -> &str {
    match cut_at(authority, b'@') {
        (_, Some(host_port)) => host_port,
        (host_port, None) => host_port,
    }
}

/// Only `unreserved`, `pct-encoded`, `sub-delims` and `others`.
pub(crate) const fn check_run(text: &str, others: &[u8]) -> Result<(), DecodeError> {
    let mut rest = text.as_bytes();
    loop {
        let at = text.len().saturating_sub(rest.len());
        rest = match rest {
            [] => return Ok(()),
            // The most frequent ones first.
            [b'a'..=b'z' | b'0'..=b'9', tail @ ..] => tail,
            [b'%', high, low, tail @ ..] if hex_pair(*high, *low).is_some() => tail,
            [b'%', ..] => return Err(DecodeError::new(ErrorKind::PercentEncoding, at)),
            [byte, tail @ ..] if is_uri_char(*byte) || find(others, *byte).is_some() => tail,
            _ => return Err(DecodeError::new(ErrorKind::UriCharacter, at)),
        };
    }
}

const fn are_digits(mut text: &[u8]) -> bool {
    while let [byte, tail @ ..] = text {
        if !byte.is_ascii_digit() {
            return false;
        }
        text = tail;
    }
    true
}

/// `IPv6address / IPvFuture`, without the brackets. RFC 3986 section 3.2.2
const fn is_ip_literal(text: &[u8]) -> bool {
    match text {
        [b'v' | b'V', digits_and_rest @ ..] => is_future(digits_and_rest),
        _ => is_ipv6(text),
    }
}

/// `1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
const fn is_future(text: &[u8]) -> bool {
    let Some(dot) = find(text, b'.') else { return false };
    let Some((version, address)) = text.split_at_checked(dot) else { return false };
    let [b'.', address @ ..] = address else { return false };
    if dot == 0 || hex_len(version) != dot || address.is_empty() {
        return false;
    }
    let mut rest = address;
    while let [byte, tail @ ..] = rest {
        if !byte.is_ascii() || !is_uri_char(*byte) && *byte != b':' {
            return false;
        }
        rest = tail;
    }
    true
}

/// Eight groups, the last two perhaps as an IPv4 address; or fewer, and one `::` for those missing.
const fn is_ipv6(text: &[u8]) -> bool {
    let mut groups: u8 = 0;
    let mut compressed = false;
    let mut rest = text;
    if let [b':', b':', tail @ ..] = rest {
        compressed = true;
        rest = tail;
        if rest.is_empty() {
            return true;
        }
    }
    loop {
        let len = hex_len(rest);
        let Some((_, tail)) = rest.split_at_checked(len) else { return false };
        if let [b'.', ..] = tail {
            groups = groups.saturating_add(2);
            return is_ipv4(rest) && is_full(groups, compressed);
        }
        if len == 0 || len > 4 {
            return false;
        }
        groups = groups.saturating_add(1);
        rest = match tail {
            [] => return is_full(groups, compressed),
            [b':', b':', tail @ ..] if !compressed => {
                compressed = true;
                if tail.is_empty() {
                    return is_full(groups, compressed);
                }
                tail
            }
            [b':', tail @ ..] => tail,
            _ => return false,
        };
    }
}

const fn is_full(groups: u8, compressed: bool) -> bool {
    if compressed { groups <= 7 } else { groups == 8 }
}

/// Four numbers up to 255, without a zero before them.
const fn is_ipv4(text: &[u8]) -> bool {
    let mut rest = text;
    let mut numbers: u8 = 0;
    loop {
        rest = match rest {
            [b'2', b'5', b'0'..=b'5', tail @ ..]
            | [b'2', b'0'..=b'4', b'0'..=b'9', tail @ ..]
            | [b'1', b'0'..=b'9', b'0'..=b'9', tail @ ..]
            | [b'1'..=b'9', b'0'..=b'9', tail @ ..]
            | [b'0'..=b'9', tail @ ..] => tail,
            _ => return false,
        };
        numbers = numbers.saturating_add(1);
        rest = match rest {
            [] => return numbers == 4,
            [b'.', tail @ ..] => tail,
            _ => return false,
        };
    }
}

/// Length of the hexadecimal digits that `text` begins with.
const fn hex_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if !byte.is_ascii_hexdigit() {
            break;
        }
        rest = tail;
    }
    text.len().saturating_sub(rest.len())
}
