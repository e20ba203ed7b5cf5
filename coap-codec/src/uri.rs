//! CoAP URIs and the options that stand for them. RFC 7252 section 6, RFC 8323 section 8.
//!
//! ```text
//!  coap://[2001:db8::1]:61616/sensors/light%20room?u=Cel&n=3
//!  \__/   \___________/ \___/ \_____/ \__________/ \___/ \_/
//! scheme      host      port  segment    segment   argument argument
//!           Uri-Host  Uri-Port Uri-Path  Uri-Path     Uri-Query
//! ```
//!
//! [`Uri::decode`] checks a URI and [`Uri::write_options`] puts it into a request; [`encode`] makes
//! the URI of a request. Uri-Host and Uri-Port are left out where they say no more than the
//! [`Destination`] does.

mod compose;
mod encoded;
mod error;
mod ip;
mod options;
mod scheme;

use core::fmt;

use encoded::{ARGUMENTS, NAME, SEGMENTS, is_in, unescape};

pub use compose::{UriEncodeError, encode, encoded_len};
pub use encoded::{Arguments, Encoded, EncodedBytes, Segments};
pub use error::{UriError, UriErrorKind};
pub use options::{Destination, DestinationHost, UriOption, UriOptions};
pub use scheme::Scheme;

/// The path at which a WebSocket server takes CoAP connections: `coap+ws://h/x` is the resource `/x`
/// at the endpoint `ws://h/.well-known/coap`. RFC 8323 sections 8.3 and 8.4.
pub const WEBSOCKET_PATH: &str = "/.well-known/coap";

/// An absolute CoAP URI, checked. It borrows its text.
///
/// The grammar is that of RFC 3986 with the rules of RFC 7252 sections 6.1 and 6.4: a scheme of
/// CoAP's, a host, no user information, no fragment, ports up to 65535, segments and arguments of at
/// most 255 bytes when decoded.
///
/// ```
/// use coap_codec::uri::{Scheme, Uri};
///
/// let uri = Uri::new("coap://myhome.in:5683/nest_bedroom/temp")?;
/// assert_eq!((uri.scheme(), uri.port()), (Scheme::Coap, 5683));
/// assert!(uri.path().eq([b"nest_bedroom", b"temp".as_slice()]));
///
/// let error = Uri::new("coap://myhome.in:65536/").unwrap_err();
/// assert_eq!((error.offset, error.rule()), (17, "RFC 7252 section 5.10.1"));
/// # Ok::<(), coap_codec::uri::UriError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a [u8],
    scheme: Scheme,
    host: Host<'a>,
    host_text: &'a [u8],
    port: Option<u16>,
    /// Empty, or with the slash that it begins with.
    path: &'a [u8],
    query: Option<&'a [u8]>,
}

/// The host of a URI. RFC 3986 section 3.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host<'a> {
    /// A registered name, 1 to 255 bytes when decoded; to compare and to look up without case.
    Name(Encoded<'a>),
    /// An address, written as four numbers or in brackets.
    Address(core::net::IpAddr),
}

impl<'a> Uri<'a> {
    /// The URI that a text is.
    ///
    /// # Errors
    ///
    /// [`UriError`] with kind, offset and rule.
    pub const fn new(uri: &'a str) -> Result<Self, UriError> {
        Self::decode(uri.as_bytes())
    }

    /// The URI that these bytes are, as an option such as Proxy-Uri carries it.
    ///
    /// # Errors
    ///
    /// [`UriError`] with kind, offset and rule.
    pub const fn decode(uri: &'a [u8]) -> Result<Self, UriError> {
        match read(uri) {
            Ok(uri) => Ok(uri),
            Err(At(kind, rest)) => {
                Err(UriError { kind, offset: uri.len().saturating_sub(rest) as u32 })
            }
        }
    }

    /// A URI for a `const` or a `static`, where a text that is none fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no CoAP URI: use [`new`](Self::new) there.
    ///
    /// ```
    /// use coap_codec::uri::Uri;
    ///
    /// const TIME: Uri = Uri::from_static("coap://[ff02::fd]/time");
    /// assert_eq!(TIME.port(), 5683);
    /// ```
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(uri: &'static str) -> Uri<'static> {
        match Uri::new(uri) {
            Ok(uri) => uri,
            Err(_) => panic!("not a CoAP URI"),
        }
    }

    /// The text.
    pub const fn as_str(&self) -> &'a str {
        encoded::to_str(self.text)
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The host as it is written, an IPv6 address with its brackets.
    pub const fn host_str(&self) -> &'a str {
        encoded::to_str(self.host_text)
    }

    /// The port: the one that is written, or the scheme's. 0 is a number like others here, though
    /// nobody can be reached there.
    pub const fn port(&self) -> u16 {
        match self.port {
            Some(port) => port,
            None => self.scheme.default_port(),
        }
    }

    /// The segments of the path, `.` and `..` resolved (RFC 3986 section 5.2.4): one Uri-Path each.
    /// An empty path and `/` have none. `%2E` is a dot, RFC 7252 section 6.3.
    ///
    /// ```
    /// # use coap_codec::uri::Uri;
    /// let uri = Uri::new("coap://h/a%2Fb/x/../c//")?;
    /// assert!(uri.path().eq([b"a/b".as_slice(), b"c", b"", b""]));
    /// # Ok::<(), coap_codec::uri::UriError>(())
    /// ```
    ///
    /// A walk takes time linear in the path, however hostile: there are at most [`MAX_DOTS`] `..`, and
    /// a step looks no further ahead than these could reach back.
    pub const fn path(&self) -> Segments<'a> {
        Segments::new(self.path)
    }

    /// The arguments of the query: one Uri-Query each. `?` alone is followed by one that is empty.
    pub const fn query(&self) -> Arguments<'a> {
        Arguments::new(self.query)
    }

    /// Do both identify the same resource: the same scheme, host, port, path and query after the
    /// normalization of RFC 7252 section 6.3?
    ///
    /// ```
    /// # use coap_codec::uri::Uri;
    /// let uri = Uri::new("coap://example.com:5683/~sensors/temp.xml")?;
    /// assert!(uri.is_equivalent(&Uri::new("coap://EXAMPLE.com:/%7esensors/temp.xml")?));
    /// assert!(!uri.is_equivalent(&Uri::new("coap://example.com/~Sensors/temp.xml")?));
    /// # Ok::<(), coap_codec::uri::UriError>(())
    /// ```
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        let same_host = match (self.host, other.host) {
            (Host::Name(ours), Host::Name(theirs)) => {
                ours.lowercased().bytes().eq(theirs.lowercased().bytes())
            }
            (Host::Address(ours), Host::Address(theirs)) => ours == theirs,
            _ => false,
        };
        same_host
            && (self.scheme, self.port()) == (other.scheme, other.port())
            && self.path().eq(other.path())
            && self.query().eq(other.query())
    }
}

/// Has this kind of error, so many bytes before the end.
struct At(UriErrorKind, usize);

const fn read(text: &[u8]) -> Result<Uri<'_>, At> {
    use UriErrorKind as Kind;

    let (scheme, rest) = match read_scheme(text) {
        Ok(read) => read,
        Err(error) => return Err(error),
    };
    let [b'/', b'/', authority @ ..] = rest else {
        return Err(At(Kind::Authority, rest.len()));
    };
    if has_userinfo(authority) {
        return Err(At(Kind::UserInfo, authority.len()));
    }
    let (host, rest) = match read_host(authority) {
        Ok(read) => read,
        Err(error) => return Err(error),
    };
    let (host_text, _) = split_at(authority, authority.len().saturating_sub(rest.len()));
    // What is wrong with a character that neither goes on nor ends it.
    let (port, rest, kind) = match rest {
        [b':', rest @ ..] => match read_port(rest) {
            Ok((port, rest)) => (port, rest, Kind::Port),
            Err(error) => return Err(error),
        },
        _ => (None, rest, Kind::Host),
    };
    let (path, rest) = match rest {
        [] | [b'/' | b'?' | b'#', ..] => match component(rest, SEGMENTS) {
            Ok(read) => read,
            Err(error) => return Err(error),
        },
        _ => return Err(At(kind, rest.len())),
    };
    let (query, rest) = match rest {
        [b'?', rest @ ..] => match component(rest, ARGUMENTS) {
            Ok((query, rest)) => (Some(query), rest),
            Err(error) => return Err(error),
        },
        _ => (None, rest),
    };
    match (rest, query) {
        ([], _) => {}
        // RFC 7252 section 6.4 step 4.
        ([b'#', ..], _) => return Err(At(Kind::Fragment, rest.len())),
        (_, None) => return Err(At(Kind::Path, rest.len())),
        (_, Some(_)) => return Err(At(Kind::Query, rest.len())),
    }
    let behind_path = match query {
        Some(query) => query.len().saturating_add(1),
        None => 0,
    };
    if let Err(error) = check_lengths(path, b'/', Kind::SegmentLength, behind_path) {
        return Err(error);
    }
    if Segments::new(path).dots() > MAX_DOTS {
        return Err(At(Kind::Dots, path.len().saturating_add(behind_path)));
    }
    if let Some(query) = query {
        if let Err(error) = check_lengths(query, b'&', Kind::ArgumentLength, 0) {
            return Err(error);
        }
    }
    Ok(Uri { text, scheme, host, host_text, port, path, query })
}

/// RFC 7252 section 6.4 steps 1 and 3, RFC 8323 section 8.6.
const fn read_scheme(text: &[u8]) -> Result<(Scheme, &[u8]), At> {
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        match byte {
            b':' => {
                let (name, _) = split_at(text, text.len().saturating_sub(rest.len()));
                return match Scheme::from_name(name) {
                    Some(scheme) => Ok((scheme, behind)),
                    None => Err(At(UriErrorKind::Scheme, text.len())),
                };
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.' => rest = behind,
            _ => break,
        }
    }
    Err(At(UriErrorKind::NotAbsolute, rest.len()))
}

/// An `@` before the path: RFC 7252 section 6.1 has no user information.
const fn has_userinfo(authority: &[u8]) -> bool {
    let mut rest = authority;
    while let [byte, behind @ ..] = rest {
        match byte {
            b'/' | b'?' | b'#' => return false,
            b'@' => return true,
            _ => rest = behind,
        }
    }
    false
}

const fn read_host(authority: &[u8]) -> Result<(Host<'_>, &[u8]), At> {
    if let [b'[', literal @ ..] = authority {
        return match ip::read_literal(literal) {
            Ok((address, rest)) => Ok((Host::Address(core::net::IpAddr::V6(address)), rest)),
            Err((kind, rest)) => Err(At(kind, rest)),
        };
    }
    let (name, rest) = match component(authority, NAME) {
        Ok(read) => read,
        Err(error) => return Err(error),
    };
    // RFC 3986 section 6.2.2.2: what is percent-encoded means the same as what is not.
    let address = match encoded::decode_short::<LONGEST_V4>(name) {
        Some((bytes, len)) => ip::v4(split_at(&bytes, len).0),
        None => None,
    };
    match (name, address) {
        ([], _) => match rest {
            [] | [b':' | b'/' | b'?' | b'#', ..] => {
                Err(At(UriErrorKind::EmptyHost, authority.len()))
            }
            _ => Err(At(UriErrorKind::Host, authority.len())),
        },
        (_, Some(address)) => Ok((Host::Address(core::net::IpAddr::V4(address)), rest)),
        (_, None) => {
            let name = Encoded::new(name);
            // As a Uri-Host it would be an address.
            if let Some(b'[') = name.first() {
                return Err(At(UriErrorKind::Host, authority.len()));
            }
            if name.len() > MAX_VALUE_LEN {
                return Err(At(UriErrorKind::HostLength, authority.len()));
            }
            Ok((Host::Name(name), rest))
        }
    }
}

/// The digits behind the colon; without any the port is the default one. RFC 3986 section 3.2.3
const fn read_port(digits: &[u8]) -> Result<(Option<u16>, &[u8]), At> {
    let (mut rest, mut port) = (digits, 0_u32);
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        // Leading zeros may be many.
        port = port.saturating_mul(10).saturating_add((*digit & 0x0F) as u32);
        rest = behind;
    }
    if port > u16::MAX as u32 {
        return Err(At(UriErrorKind::PortRange, digits.len()));
    }
    Ok((if rest.len() == digits.len() { None } else { Some(port as u16) }, rest))
}

/// As much of `bytes` as the characters of `set` and percent-encodings are, and the rest.
const fn component(bytes: &[u8], set: u8) -> Result<(&[u8], &[u8]), At> {
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        if *byte == b'%' {
            match unescape(behind) {
                Some((_, behind)) => rest = behind,
                None => return Err(At(UriErrorKind::Percent, rest.len())),
            }
        } else if is_in(set, *byte) {
            rest = behind;
        } else {
            break;
        }
    }
    let (taken, _) = split_at(bytes, bytes.len().saturating_sub(rest.len()));
    Ok((taken, rest))
}

/// RFC 7252 section 5.10.1: a value has at most 255 bytes. `behind` bytes follow what is checked.
const fn check_lengths(
    mut bytes: &[u8],
    separator: u8,
    kind: UriErrorKind,
    behind: usize,
) -> Result<(), At> {
    loop {
        let (part, rest) = encoded::split(bytes, separator);
        if Encoded::new(part).len() > MAX_VALUE_LEN {
            return Err(At(kind, bytes.len().saturating_add(behind)));
        }
        match rest {
            Some(rest) => bytes = rest,
            None => return Ok(()),
        }
    }
}

/// `split_at`, where `at` is not past the end.
const fn split_at(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    match bytes.split_at_checked(at) {
        Some(parts) => parts,
        None => (bytes, &[]),
    }
}

/// The longest value of Uri-Host, Uri-Path and Uri-Query in bytes. RFC 7252 section 5.10, table 4.
const MAX_VALUE_LEN: usize = 255;

/// The most `..` that a path may have. RFC 3986 knows no limit; with one, resolving them takes a bounded
/// amount of time for each segment and no memory.
pub const MAX_DOTS: usize = 32;

/// `255.255.255.255`
const LONGEST_V4: usize = 15;

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

impl<'a> TryFrom<&'a str> for Uri<'a> {
    type Error = UriError;

    fn try_from(uri: &'a str) -> Result<Self, UriError> {
        Self::new(uri)
    }
}
