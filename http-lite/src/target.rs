//! Request targets, and the authority of a URI.

use core::fmt;

use crate::method::Method;
use crate::scan::{self, REG_NAME, TARGET};

/// What a request asks for, in one of four forms.
///
/// ```text
/// origin-form      /where?q=now                      most requests
/// absolute-form    http://www.example.org/where      to a proxy; servers accept it too
/// authority-form   www.example.org:80                CONNECT alone
/// asterisk-form    *                                 OPTIONS alone
/// ```
///
/// It holds the bytes as they were received. A `%` has two hexadecimal digits behind it; nothing is
/// decoded and no dot segment removed. See [`percent`](crate::percent), [`path`](crate::path) and
/// [`query`](crate::query).
///
/// RFC 9112 section 3.2.
///
/// ```
/// use http_lite::{Method, Target, TargetForm};
///
/// let target = Target::new(b"http://[::1]:8080/a/b?x=1", &Method::GET).unwrap();
/// assert_eq!(target.form(), TargetForm::Absolute);
/// assert_eq!(target.authority(), Some(&b"[::1]:8080"[..]));
/// assert_eq!((target.path(), target.query()), (&b"/a/b"[..], Some(&b"x=1"[..])));
/// assert_eq!(Target::new(b"*", &Method::GET), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    form: TargetForm,
    raw: &'a [u8],
}

/// The form of a [`Target`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// A path, with a query perhaps.
    Origin,
    /// A URI with its scheme.
    Absolute,
    /// A host and a port.
    Authority,
    /// `*`, the server as a whole.
    Asterisk,
}

impl Target<'static> {
    /// `/`
    pub const ROOT: Self = Target { form: TargetForm::Origin, raw: b"/" };
    /// `*`
    pub const ASTERISK: Self = Target { form: TargetForm::Asterisk, raw: b"*" };
}

impl<'a> Target<'a> {
    /// A target to send that goes with `method`; `None` if it is none. Unlike those that are received,
    /// it has none of ``^ ` { | }``, and brackets around an address alone.
    pub const fn new(raw: &'a [u8], method: &Method<'_>) -> Option<Self> {
        match Self::of_allowed(raw, method) {
            Some(target)
                if all_allowed(raw) && is_clean(&target) && target.has_good_authority() =>
            {
                Some(target)
            }
            _ => None,
        }
    }

    /// Of bytes that may all stand in a target; looks at the form.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn of_allowed(raw: &'a [u8], method: &Method<'_>) -> Option<Self> {
        let form = match raw {
            _ if is(method, Method::CONNECT) => TargetForm::Authority,
            [b'/', ..] => TargetForm::Origin,
            [b'*'] if is(method, Method::OPTIONS) => TargetForm::Asterisk,
            _ if split_scheme(raw).is_some() => TargetForm::Absolute,
            _ => return None,
        };
        Some(Self { form, raw })
    }

    /// Of what the parser has checked.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn of_checked(raw: &'a [u8], form: TargetForm) -> Self {
        Self { form, raw }
    }

    /// Whether the authority that it names is well-formed, which
    /// [`HeadParser`](crate::HeadParser) does not look at, but [`new`](Self::new) and
    /// [`Server`](crate::connection::Server) do.
    ///
    /// CONNECT needs a host and a port of 1 to 65,535 (RFC 9110 section 9.3.6), `http` and `https`
    /// need a host without userinfo (section 4.2.1 and 4.2.4).
    pub const fn has_good_authority(&self) -> bool {
        match (self.form, self.authority(), self.scheme()) {
            (TargetForm::Authority, ..) => match after_host(self.raw) {
                Some([b':', port @ ..]) if port.len().wrapping_add(1) < self.raw.len() => {
                    matches!(port_number(port), Some(1..))
                }
                _ => false,
            },
            (TargetForm::Absolute, authority, Some(scheme)) if is_web(scheme) => match authority {
                Some(authority) => !authority.is_empty() && is_authority(authority),
                None => false,
            },
            _ => true,
        }
    }

    /// The form.
    pub const fn form(&self) -> TargetForm {
        self.form
    }

    /// All of it, as it was received.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// All of it, as it was received.
    pub const fn as_str(&self) -> &'a str {
        match core::str::from_utf8(self.raw) {
            Ok(text) => text,
            Err(_) => "", // never: a target is ASCII
        }
    }

    /// The path, without the query. Empty in authority-form and asterisk-form, and where a URI has
    /// none.
    pub const fn path(&self) -> &'a [u8] {
        split_at_question_mark(self.path_and_query()).0
    }

    /// What stands behind the first `?`.
    pub const fn query(&self) -> Option<&'a [u8]> {
        split_at_question_mark(self.path_and_query()).1
    }

    /// Path and query together. Empty in authority-form and asterisk-form, and where absolute-form has
    /// none: `http://example.org` means `/` there (RFC 9110 section 4.2.3).
    pub const fn path_and_query(&self) -> &'a [u8] {
        match self.form {
            TargetForm::Origin => self.raw,
            TargetForm::Authority | TargetForm::Asterisk => b"",
            TargetForm::Absolute => match split_scheme(self.raw) {
                Some((_, rest)) => split_authority(rest).1,
                None => b"", // never
            },
        }
    }

    /// Host and port, if the target names them. In absolute-form it counts instead of the Host field
    /// (RFC 9112 section 3.2.2).
    pub const fn authority(&self) -> Option<&'a [u8]> {
        match self.form {
            TargetForm::Origin | TargetForm::Asterisk => None,
            TargetForm::Authority => Some(self.raw),
            TargetForm::Absolute => match split_scheme(self.raw) {
                Some((_, rest)) => split_authority(rest).0,
                None => None, // never
            },
        }
    }

    /// The scheme, in absolute-form.
    pub const fn scheme(&self) -> Option<&'a [u8]> {
        match (self.form, split_scheme(self.raw)) {
            (TargetForm::Absolute, Some((scheme, _))) => Some(scheme),
            _ => None,
        }
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// True for `uri-host [ ":" port ]`, which is what a Host field may say; also if it is empty.
///
/// RFC 9110 section 7.2, RFC 3986 section 3.2.2. A port is up to 65,535 or empty.
///
/// ```
/// use http_lite::is_authority;
///
/// assert!(is_authority(b"example.org:8080") && is_authority(b"[::1]"));
/// assert!(!is_authority(b"a b") && !is_authority(b"user@host") && !is_authority(b"a:65536"));
/// ```
pub const fn is_authority(bytes: &[u8]) -> bool {
    match after_host(bytes) {
        Some([]) => true,
        Some([b':', port @ ..]) if port.len().wrapping_add(1) < bytes.len() => {
            port.is_empty() || port_number(port).is_some()
        }
        _ => false,
    }
}

const fn is(method: &Method<'_>, other: Method<'_>) -> bool {
    equal(method.as_bytes(), other.as_bytes())
}

/// `==`, in `const`.
const fn equal(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.is_empty() && b.is_empty()
}

/// True if nothing stands in it that browsers send and RFC 3986 has not.
const fn is_clean(target: &Target<'_>) -> bool {
    split_at_any(target.raw, b"^`{|}").1.is_none()
        && split_at_any(target.path_and_query(), b"[]").1.is_none()
}

/// True if each byte may stand in a target, and each `%` has its digits.
pub(crate) const fn all_allowed(mut bytes: &[u8]) -> bool {
    let any = !bytes.is_empty();
    loop {
        bytes = match bytes {
            [] => return any,
            [b'%', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            [byte, rest @ ..] if TARGET.has(*byte) => rest,
            _ => return false,
        };
    }
}

const fn split_at_question_mark(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    split_at_any(bytes, b"?")
}

/// What stands before and behind the first byte that is one of `any`.
const fn split_at_any<'a>(bytes: &'a [u8], any: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    let mut rest = bytes;
    let mut before = 0usize;
    while let [byte, behind @ ..] = rest {
        if contains(any, *byte) {
            return match bytes.split_at_checked(before) {
                Some((front, _)) => (front, Some(behind)),
                None => (bytes, None), // never
            };
        }
        before = before.saturating_add(1);
        rest = behind;
    }
    (bytes, None)
}

const fn contains(mut bytes: &[u8], byte: u8) -> bool {
    while let [first, rest @ ..] = bytes {
        if *first == byte {
            return true;
        }
        bytes = rest;
    }
    false
}

/// `scheme ":" rest`.
pub(crate) const fn split_scheme(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        let len = bytes.len().wrapping_sub(rest.len()); // it is a part
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if len > 0 => {}
            b':' if len > 0 => {
                return match bytes.split_at_checked(len) {
                    Some((scheme, _)) => Some((scheme, behind)),
                    None => None, // never
                };
            }
            _ => return None,
        }
        rest = behind;
    }
    None
}

/// The authority behind `//`, and what follows it.
pub(crate) const fn split_authority(rest: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match rest {
        [b'/', b'/', behind @ ..] => {
            let authority = split_at_any(behind, b"/?").0;
            match behind.split_at_checked(authority.len()) {
                Some((authority, rest)) => (Some(authority), rest),
                None => (None, rest), // never
            }
        }
        _ => (None, rest),
    }
}

pub(crate) const fn is_web(scheme: &[u8]) -> bool {
    scan::is_lower(scheme, b"http") || scan::is_lower(scheme, b"https")
}

/// Host and port; a host in brackets keeps them.
pub(crate) const fn split_port(bytes: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if let [b'[', ..] = bytes {
        let (inside, Some(behind)) = split_at_any(bytes, b"]") else { return None };
        let Some((host, _)) = bytes.split_at_checked(inside.len().saturating_add(1)) else {
            return None;
        };
        match behind {
            [] => Some((host, None)),
            [b':', port @ ..] => Some((host, Some(port))),
            _ => None,
        }
    } else {
        Some(split_at_any(bytes, b":"))
    }
}

/// What stands behind a registered name, an IPv4 address, or an IP literal in brackets; `None` if
/// the host is malformed. A name may be empty.
const fn after_host(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [b'[', b'v' | b'V', address @ ..] => after_future_address(address),
        [b'[', address @ ..] => after_ipv6(address),
        _ => {
            let mut rest = bytes;
            loop {
                rest = match rest.split_at_checked(REG_NAME.len_in(rest)) {
                    Some((_, [b'%', a, b, rest @ ..]))
                        if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() =>
                    {
                        rest
                    }
                    Some((_, [b'%', ..])) | None => return None,
                    Some((_, rest)) => return Some(rest),
                };
            }
        }
    }
}

/// `IPvFuture` behind its `v`, and `]`: RFC 3986 section 3.2.2.
const fn after_future_address(address: &[u8]) -> Option<&[u8]> {
    let (first, mut rest) = match address.split_at_checked(hex_len(address)) {
        Some(([_, ..], [b'.', rest @ ..])) => (rest.len(), rest),
        _ => return None,
    };
    loop {
        rest = match rest {
            [b']', behind @ ..] if rest.len() < first => return Some(behind),
            [b':', behind @ ..] => behind,
            [byte, behind @ ..] if REG_NAME.has(*byte) => behind,
            _ => return None,
        };
    }
}

/// `IPv6address` of RFC 3986 section 3.2.2, and `]`: eight groups, of which `::` stands for one at
/// least and an IPv4 address at the end for two.
const fn after_ipv6(mut rest: &[u8]) -> Option<&[u8]> {
    let (mut groups, mut colons, mut gap) = (0u8, 0u8, false);
    let (mut digits, mut number, mut dots) = (0u8, 0u16, 0u8);
    while let [byte, behind @ ..] = rest {
        match *byte {
            // Of an IPv4 address: no leading zero, at most 255.
            b'.' | b']' if (*byte == b'.' || dots > 0) && (digits == 0 || number > 255) => {
                return None;
            }
            b'.' => (dots, digits) = (dots.saturating_add(1), 0),
            b']' => {
                let last = match (digits, dots) {
                    (0, 0) if colons == 2 => 0,
                    (1.., 0) => 1,
                    (1.., 3) => 2,
                    _ => return None,
                };
                groups = groups.saturating_add(last);
                let complete = if gap { groups <= 7 } else { groups == 8 };
                return if complete { Some(behind) } else { None };
            }
            b':' if dots > 0 => return None,
            b':' if digits > 0 => {
                (groups, digits, colons) = (groups.saturating_add(1), 0, 1);
            }
            b':' if (colons == 1 && !gap) || (colons == 0 && groups == 0) => {
                colons = colons.saturating_add(1);
                gap = colons == 2;
            }
            digit if digit.is_ascii_hexdigit() && digits < 4 => {
                if colons == 1 && groups == 0 {
                    return None;
                }
                number = match (digits, number) {
                    (0, _) if digit.is_ascii_digit() => (digit & 0xF) as u16,
                    (_, 1..=25) if digit.is_ascii_digit() => {
                        number.wrapping_mul(10).wrapping_add((digit & 0xF) as u16) // up to 259
                    }
                    _ => u16::MAX,
                };
                (digits, colons) = (digits.saturating_add(1), 0);
            }
            _ => return None,
        }
        rest = behind;
    }
    None
}

/// How many hexadecimal digits `bytes` begins with.
const fn hex_len(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        if !byte.is_ascii_hexdigit() {
            break;
        }
        rest = behind;
    }
    bytes.len().wrapping_sub(rest.len()) // it is a part
}

/// A port that is not empty.
pub(crate) const fn port_number(port: &[u8]) -> Option<u32> {
    match decimal(port) {
        Some(number @ 0..=65_535) => Some(number),
        _ => None,
    }
}

/// Digits, at least one; a number above `u16::MAX` is some number above it.
const fn decimal(mut digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let mut number = 0u32;
    while let [digit, rest @ ..] = digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        if number <= u16::MAX as u32 {
            number = number.wrapping_mul(10).wrapping_add((*digit & 0xF) as u32); // up to 655,359
        }
        digits = rest;
    }
    Some(number)
}

/// `bytes` from the first one on that cannot go on a target, or from a `%` without its digits.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn skip(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = scan::skip_target(bytes);
        match bytes {
            [b'%', a, b, behind @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                bytes = behind;
            }
            _ => return bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for good in [
            "",
            "a",
            "a:",
            "a:80",
            "127.0.0.1:65535",
            "[::1]",
            "[::]:1",
            "[1::]",
            "[::ffff:1.2.3.4]",
            "[1:2:3:4:5:6:7:8]",
            "[1:2:3:4:5:6:1.2.3.4]",
            "[1::8]",
            "[v1.a:b]",
            "%41.b",
            "a_b",
            "[1:2:3:4:5:6:7::]",
            "[::2:3:4:5:6:7:8]",
            "999.1.1.1",
        ] {
            assert!(is_authority(good.as_bytes()), "{good}");
        }
        for bad in [
            ":80",
            "a:65536",
            "a:x",
            "a:-1",
            "a b",
            "a/b",
            "a@b",
            "a,b",
            "[::1",
            "::1",
            "[]",
            "[:::]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4:5:6:7]",
            "[12345::]",
            "[::1]80",
            "[::1.2.3]",
            "[:1::]",
            "[::1.2.3.256]",
            "[::01.2.3.4]",
            "[1.2.3.4]",
            "[g::]",
            "[v.a]",
            "[v1.]",
            "%4",
            "%zz",
            "a:80:80",
            "[1::2::3]",
            "[1:]",
            "[1:2:3:4:5:6:7:8::]",
            "[::1:2:3:4:5:6:7:8]",
            "\x7F",
            "a\"b",
        ] {
            // A comma is allowed by RFC 3986, and by it alone.
            assert_eq!(is_authority(bad.as_bytes()), bad == "a,b", "{bad}");
        }
    }

    #[test]
    fn forms_go_with_methods() {
        use TargetForm::*;
        for (method, raw, form) in [
            (Method::GET, "/", Some(Origin)),
            (Method::GET, "//", Some(Origin)),
            (Method::GET, "/%2F?a=%20&b", Some(Origin)),
            (Method::GET, "/a|b", None),
            (Method::GET, "/[a]", None),
            (Method::GET, "/?{a}^`", None),
            (Method::GET, "http://[::1]/", Some(Absolute)),
            (Method::GET, "http://a/[b]", None),
            (Method::OPTIONS, "*", Some(Asterisk)),
            (Method::OPTIONS, "/", Some(Origin)),
            (Method::GET, "*", None),
            (Method::OPTIONS, "**", None),
            (Method::GET, "", None),
            (Method::GET, "a", None),
            (Method::GET, "a/b", None),
            (Method::GET, "?a", None),
            (Method::GET, "/a#b", None),
            (Method::GET, "/a b", None),
            (Method::GET, "/%", None),
            (Method::GET, "/%4", None),
            (Method::GET, "/%zz", None),
            (Method::GET, "/\x7F", None),
            (Method::GET, "/\u{e9}", None),
            (Method::GET, "http://a", Some(Absolute)),
            (Method::GET, "HTTPS://a:1?b", Some(Absolute)),
            (Method::OPTIONS, "http://www.example.org:8001", Some(Absolute)),
            (Method::GET, "urn:a", Some(Absolute)),
            (Method::GET, "coap://a/b", Some(Absolute)),
            (Method::GET, "http:///a", None),
            (Method::GET, "http:a", None),
            (Method::GET, "http://u@a/", None),
            (Method::GET, "http://a:x/", None),
            (Method::GET, "1http://a", None),
            (Method::CONNECT, "a:80", Some(Authority)),
            (Method::CONNECT, "[::1]:80", Some(Authority)),
            (Method::CONNECT, "a", None),
            (Method::CONNECT, "a:", None),
            (Method::CONNECT, "a:0", None),
            (Method::CONNECT, "a:65536", None),
            (Method::CONNECT, ":80", None),
            (Method::CONNECT, "/", None),
            (Method::CONNECT, "http://a/", None),
            (Method::GET, "a:80", Some(Absolute)), // a URI of the scheme `a`
        ] {
            let target = Target::new(raw.as_bytes(), &method);
            assert_eq!(target.map(|target| target.form()), form, "{method} {raw}");
        }
    }

    #[test]
    fn parts_of_every_form() {
        for (method, raw, scheme, authority, path, query) in [
            (Method::GET, "/a?b?c", None, None, "/a", Some("b?c")),
            (Method::GET, "/?", None, None, "/", Some("")),
            (Method::OPTIONS, "*", None, None, "", None),
            (Method::CONNECT, "a:1", None, Some("a:1"), "", None),
            (Method::GET, "http://a", Some("http"), Some("a"), "", None),
            (Method::GET, "http://a?b", Some("http"), Some("a"), "", Some("b")),
            (Method::GET, "http://a:1/b//c?d", Some("http"), Some("a:1"), "/b//c", Some("d")),
            (Method::GET, "urn:a:b", Some("urn"), None, "a:b", None),
        ] {
            let target = Target::new(raw.as_bytes(), &method).unwrap();
            assert_eq!(target.scheme(), scheme.map(str::as_bytes), "{raw}");
            assert_eq!(target.authority(), authority.map(str::as_bytes), "{raw}");
            assert_eq!(
                (target.path(), target.query()),
                (path.as_bytes(), query.map(str::as_bytes))
            );
            assert_eq!((target.as_bytes(), target.as_str()), (raw.as_bytes(), raw));
        }
    }
}
