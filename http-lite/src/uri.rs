//! The URI that a client asks for, and what a `Location` means against it. RFC 9110 section 4.2, RFC
//! 3986 section 5.

use core::fmt;

use crate::list::eq_ignore_case;
use crate::method::Method;
use crate::target::{
    Target, TargetForm, all_allowed, is_authority, is_web, port_number, split_authority,
    split_port, split_scheme,
};
use crate::writer::copy;

/// A URI of the scheme `http` or `https`, without its fragment, which is never sent.
///
/// ```text
/// https://example.org:8443/a/b?x=1#top
///         authority       path query (fragment: left out)
/// ```
///
/// RFC 9110 section 4.2. User and password in it are an error (section 4.2.4).
///
/// ```
/// use http_lite::HttpUri;
///
/// let uri = HttpUri::parse(b"https://Example.org/a/b?x=1#top").unwrap();
/// assert!(uri.is_https());
/// assert_eq!((uri.host(), uri.port()), (&b"Example.org"[..], 443));
/// assert_eq!(uri.target().unwrap().as_bytes(), b"/a/b?x=1");
///
/// let mut out = [0; 64];
/// let next = uri.resolve(b"../c", &mut out)?;
/// assert_eq!(next.as_bytes(), b"https://Example.org/c");
/// assert!(next.is_same_origin(&uri));
/// # Ok::<(), http_lite::LocationError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HttpUri<'a> {
    text: &'a [u8],
    is_https: bool,
    authority: &'a [u8],
    path_and_query: &'a [u8],
}

/// Why a `Location` is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// It is no URI reference that may be sent in a request: something that may not stand there, such
    /// as a space or a letter other than ASCII, no host, or user and password.
    #[error("a malformed location")]
    Malformed,
    /// Its scheme is neither `http` nor `https`.
    #[error("a location of another scheme")]
    Scheme,
    /// The buffer is too small for the URI.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length.
        needed: usize,
    },
}

impl<'a> HttpUri<'a> {
    /// Takes a URI; `None` if it is malformed or of another scheme.
    #[must_use]
    pub const fn parse(text: &'a [u8]) -> Option<Self> {
        let text = without_fragment(text);
        let Some(target) = Target::new(text, &Method::GET) else { return None };
        match (target.form(), target.scheme(), target.authority()) {
            (TargetForm::Absolute, Some(scheme), Some(authority)) if is_web(scheme) => Some(Self {
                text,
                is_https: is_https(scheme),
                authority,
                path_and_query: target.path_and_query(),
            }),
            _ => None,
        }
    }

    /// All of it, without the fragment.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// Is the scheme `https`?
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Host and port as they stand there: the value of the Host field.
    #[must_use]
    pub const fn authority(&self) -> &'a [u8] {
        self.authority
    }

    /// The host; an IP literal has its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a [u8] {
        match split_port(self.authority) {
            Some((host, _)) => host,
            None => b"", // never: it has been checked
        }
    }

    /// The port, 80 or 443 if none is there.
    #[must_use]
    pub const fn port(&self) -> u16 {
        if let Some((_, Some(port))) = split_port(self.authority) {
            if let Some(port) = port_number(port) {
                return port as u16; // it has been checked
            }
        }
        if self.is_https { 443 } else { 80 }
    }

    /// What to ask for in origin-form: path and query, `/` if both are empty.
    ///
    /// `None` if there is a query and no path, as in `http://example.org?x`: what
    /// [`resolve`](Self::resolve) makes of it with an empty `Location` has a path.
    #[must_use]
    pub const fn target(&self) -> Option<Target<'a>> {
        match self.path_and_query {
            [] => Some(Target::ROOT),
            target => match Target::new(target, &Method::GET) {
                Some(target) if matches!(target.form(), TargetForm::Origin) => Some(target),
                _ => None,
            },
        }
    }

    /// Have both the same scheme, host and port? RFC 9110 section 4.3.1.
    #[must_use]
    pub const fn is_same_origin(&self, other: &HttpUri<'_>) -> bool {
        self.is_https == other.is_https
            && self.port() == other.port()
            && eq_ignore_case(self.host(), other.host())
    }

    /// What the value of a `Location` field means where this URI was asked for, written to the beginning
    /// of `out`.
    ///
    /// RFC 3986 section 5.2, strictly: `http:g` is not relative. Dot segments are removed, an empty path
    /// becomes `/`, the fragment is left out. Takes time linear in both lengths.
    ///
    /// # Errors
    ///
    /// [`LocationError`]. `needed` is at most the length of both together and 1.
    pub fn resolve<'o>(
        &self,
        location: &[u8],
        out: &'o mut [u8],
    ) -> Result<HttpUri<'o>, LocationError> {
        let location = without_fragment(location);
        if !location.is_empty() && !all_allowed(location) {
            return Err(LocationError::Malformed);
        }
        let (is_https, rest, needs_authority) = match split_scheme(location) {
            Some((scheme, _)) if !is_web(scheme) => return Err(LocationError::Scheme),
            Some((scheme, rest)) => (is_https(scheme), rest, true),
            None => (self.is_https, location, false),
        };
        let (authority, path_and_query) = match split_authority(rest) {
            (None, _) if needs_authority => return Err(LocationError::Malformed),
            (Some(authority), _) if authority.is_empty() || !is_authority(authority) => {
                return Err(LocationError::Malformed);
            }
            authority_and_rest => authority_and_rest,
        };
        let (reference, query) = split_query(path_and_query);
        let (base, base_query) = split_query(self.path_and_query);
        // RFC 3986 sections 5.2.2 and 5.2.3.
        let (path, query) = match (authority, reference) {
            (Some(_), _) | (None, [b'/', ..]) => (Path::new(&[], reference), query),
            (None, []) if query.is_empty() => (Path::new(&[], base), base_query),
            (None, []) => (Path::new(&[], base), query),
            (None, _) => {
                let directory = split_last_segment(base).map_or(&[][..], |(before, _)| before);
                (Path::new(directory, reference), query)
            }
        };
        let authority = authority.unwrap_or(self.authority);
        let scheme: &[u8] = if is_https { b"https://" } else { b"http://" };

        let path_len = path.clone().fold(0, |len: usize, segment| {
            len.saturating_add(segment.len()).saturating_add(1) // its `/`
        });
        let front_len = scheme.len().saturating_add(authority.len());
        let needed = front_len.saturating_add(path_len).saturating_add(query.len());
        let Some((out, _)) = out.split_at_mut_checked(needed) else {
            return Err(LocationError::BufferTooSmall { needed });
        };
        let rest = put(put(out, scheme), authority);
        if let Some((mut place, behind)) = rest.split_at_mut_checked(path_len) {
            put(behind, query);
            for segment in path {
                place = put_last(put_last(place, segment), b"/");
            }
        }
        HttpUri::parse(out).ok_or(LocationError::Malformed)
    }
}

/// As it stands there.
impl fmt::Debug for HttpUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::parameters::write_text(self.text.iter().copied(), f)
    }
}

/// The segments of a path, the last first, without those that dot segments remove: `directory`, `/`,
/// then `rest`.
///
/// From behind each `..` takes away the next segment that nothing else has taken away, so one pass is
/// enough. RFC 3986 section 5.2.4.
#[derive(Clone)]
struct Path<'a> {
    /// Empty, or begins with `/`.
    directory: &'a [u8],
    rest: Option<&'a [u8]>,
    is_last: bool,
    /// How many segments are to be taken away.
    pops: usize,
}

impl<'a> Path<'a> {
    const fn new(directory: &'a [u8], path: &'a [u8]) -> Self {
        let rest = match path {
            [b'/', rest @ ..] => rest,
            rest => rest,
        };
        Self { directory, rest: Some(rest), is_last: true, pops: 0 }
    }
}

impl<'a> Iterator for Path<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let segment = match self.rest.map(|rest| (rest, split_last_segment(rest))) {
                Some((_, Some((before, segment)))) => {
                    self.rest = Some(before);
                    segment
                }
                Some((segment, None)) => {
                    self.rest = None;
                    segment
                }
                None => {
                    let (before, segment) = split_last_segment(self.directory)?;
                    self.directory = before;
                    segment
                }
            };
            let is_last = core::mem::replace(&mut self.is_last, false);
            match segment {
                b"." | b".." => {
                    if segment.len() == 2 {
                        self.pops = self.pops.saturating_add(1);
                    }
                    if is_last {
                        return Some(b""); // what it leads to is a directory
                    }
                }
                _ if self.pops > 0 => self.pops = self.pops.saturating_sub(1),
                segment => return Some(segment),
            }
        }
    }
}

const fn is_https(scheme: &[u8]) -> bool {
    eq_ignore_case(scheme, b"https")
}

/// What stands before the first `#`.
const fn without_fragment(text: &[u8]) -> &[u8] {
    split_before(text, b'#').0
}

/// A path, and the query with its `?`.
const fn split_query(path_and_query: &[u8]) -> (&[u8], &[u8]) {
    split_before(path_and_query, b'?')
}

/// What stands before the first such byte, and the rest with it.
const fn split_before(text: &[u8], byte: u8) -> (&[u8], &[u8]) {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if *first == byte {
            break;
        }
        rest = tail;
    }
    match text.split_at_checked(text.len().saturating_sub(rest.len())) {
        Some(parts) => parts,
        None => (text, &[]), // never
    }
}

/// What stands before the last `/`, and what is behind it.
const fn split_last_segment(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut before = path;
    while let [rest @ .., byte] = before {
        if *byte == b'/' {
            return match path.split_at_checked(before.len()) {
                Some((_, segment)) => Some((rest, segment)),
                None => None, // never
            };
        }
        before = rest;
    }
    None
}

/// Copies to the beginning, and returns what is behind.
fn put<'o>(out: &'o mut [u8], bytes: &[u8]) -> &'o mut [u8] {
    match out.split_at_mut_checked(bytes.len()) {
        Some((place, rest)) => {
            copy(place, bytes);
            rest
        }
        None => &mut [], // never: the room has been counted
    }
}

/// Copies to the end, and returns what is before.
fn put_last<'o>(out: &'o mut [u8], bytes: &[u8]) -> &'o mut [u8] {
    match out.split_at_mut_checked(out.len().saturating_sub(bytes.len())) {
        Some((rest, place)) => {
            copy(place, bytes);
            rest
        }
        None => &mut [], // never
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn resolve(base: &[u8], location: &[u8]) -> Result<Vec<u8>, LocationError> {
        let mut out = [0; 128];
        let uri = HttpUri::parse(base).unwrap().resolve(location, &mut out)?;
        assert_eq!(HttpUri::parse(uri.as_bytes()), Some(uri));
        Ok(uri.as_bytes().to_vec())
    }

    #[test]
    fn resolves_the_examples_of_rfc_3986_section_5_4() {
        for (location, wanted) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"), // an empty path becomes `/`
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"), // fragments are left out
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            // Section 5.4.2.
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g"),
            ("g#s/../x", "http://a/b/c/g"),
        ] {
            let found = resolve(b"http://a/b/c/d;p?q", location.as_bytes());
            assert_eq!(found.as_deref(), Ok(wanted.as_bytes()), "{location}");
        }
    }

    #[test]
    fn resolves_against_and_to_odd_uris() {
        for (base, location, wanted) in [
            ("http://a", "", "http://a/"),
            ("http://a", "g", "http://a/g"),
            ("http://a", "?x", "http://a/?x"),
            ("http://a?q", "", "http://a/?q"),
            ("http://a?q", "..", "http://a/"),
            ("http://a/?q/r", "s", "http://a/s"),
            ("http://a/b", "?", "http://a/b?"),
            ("http://a//b//c", "d", "http://a//b//d"),
            ("http://a/b/", "..//../c", "http://a/c"),
            ("http://a/b", "/..//c", "http://a//c"),
            ("https://a:1/b", "//c:2", "https://c:2/"),
            ("https://a/b", "HTTP://c/./d/../e?f#g", "http://c/e?f"),
            ("http://a/b", "https://[::1]:8443/c", "https://[::1]:8443/c"),
            ("http://a/b", "c/d:e", "http://a/c/d:e"),
            ("http://a/b#c", "d", "http://a/d"),
        ] {
            let found = resolve(base.as_bytes(), location.as_bytes());
            assert_eq!(found.as_deref(), Ok(wanted.as_bytes()), "{base} {location}");
        }
    }

    #[test]
    fn rejects_locations_that_cannot_be_asked_for() {
        use LocationError::{Malformed, Scheme};
        for (location, error, why) in [
            (&b"ftp://a/b"[..], Scheme, "another scheme"),
            (b"javascript:alert(1)", Scheme, "another scheme"),
            (b"a:b", Scheme, "another scheme"),
            (b"http:g", Malformed, "no authority"),
            (b"http:/g", Malformed, "no authority"),
            (b"http://", Malformed, "no host"),
            (b"///a", Malformed, "no host"),
            (b"http://:80/", Malformed, "no host"),
            (b"//user@a/", Malformed, "a user"),
            (b"http://user:password@a/", Malformed, "a user and a password"),
            (b"http://a:65536/", Malformed, "a port of 17 bits"),
            (b"http://a:x/", Malformed, "a port of letters"),
            (b"http://[::1/", Malformed, "an open bracket"),
            (b"/a b", Malformed, "a space"),
            (b"/a\r\nHost: b", Malformed, "a line end"),
            (b"/\0", Malformed, "NUL"),
            (b"/%4", Malformed, "half of an escape"),
            (b"/%zz", Malformed, "no escape"),
            (b"/\xc3\xa4", Malformed, "no ASCII"),
            (b"\\\\a\\b", Malformed, "backslashes"),
        ] {
            assert_eq!(resolve(b"http://a/b", location), Err(error), "{why}");
        }
    }

    #[test]
    fn a_short_buffer_tells_what_is_needed() {
        let base = HttpUri::parse(b"http://a/b/c").unwrap();
        let wanted = b"http://a/b/d?e";
        let mut out = [b'-'; 20];
        for len in 0..wanted.len() {
            let error = LocationError::BufferTooSmall { needed: wanted.len() };
            assert_eq!(base.resolve(b"x/../d?e", &mut out[..len]), Err(error));
        }
        assert_eq!(base.resolve(b"x/../d?e", &mut out).unwrap().as_bytes(), wanted);
        assert_eq!(&out[wanted.len()..], b"------");
    }

    #[test]
    fn takes_a_uri_apart() {
        let uri = HttpUri::parse(b"HTTPS://[2001:db8::1]:8443/a?b#c?d").unwrap();
        assert!(uri.is_https());
        assert_eq!(uri.as_bytes(), b"HTTPS://[2001:db8::1]:8443/a?b");
        assert_eq!(uri.authority(), b"[2001:db8::1]:8443");
        assert_eq!((uri.host(), uri.port()), (&b"[2001:db8::1]"[..], 8443));
        assert_eq!(uri.target().unwrap().as_bytes(), b"/a?b");
        for (text, port, target) in [
            (&b"http://a"[..], 80, Some(&b"/"[..])),
            (b"https://a:", 443, Some(b"/")),
            (b"http://a:8080/", 8080, Some(b"/")),
            (b"http://a?x", 80, None),
        ] {
            let uri = HttpUri::parse(text).unwrap();
            assert_eq!(uri.port(), port);
            assert_eq!(uri.target().map(|target| target.as_bytes()), target);
        }
        assert_eq!(std::format!("{uri:?}"), "HTTPS://[2001:db8::1]:8443/a?b");
    }

    #[test]
    fn rejects_what_is_no_http_uri() {
        for text in [
            "",
            "/",
            "*",
            "a",
            "//a/",
            "ftp://a/",
            "http:a",
            "http://",
            "http://u@a/",
            "http ://a/",
        ] {
            assert_eq!(HttpUri::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (a, b, is_same) in [
            ("http://a/b", "http://A:80/c?d", true),
            ("https://a", "https://a:443/", true),
            ("http://a/", "https://a/", false),
            ("http://a:443/", "https://a:443/", false),
            ("http://a/", "http://a:8080/", false),
            ("http://a/", "http://a.b/", false),
            ("http://a/", "http://b/", false),
        ] {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let (a, b) = (HttpUri::parse(a).unwrap(), HttpUri::parse(b).unwrap());
            assert_eq!(a.is_same_origin(&b), is_same, "{a:?} {b:?}");
            assert_eq!(b.is_same_origin(&a), is_same, "{a:?} {b:?}");
        }
    }
}
