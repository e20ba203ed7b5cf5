//! The authority of a URI: who is meant, where, and on which port. RFC 3986 section 3.2

use crate::error::{DecodeError, ErrorKind};
use crate::grammar::{behind, cut, cut_at, find, is_uri_char};
use crate::uri::check_run;

/// `[ userinfo "@" ] host [ ":" port ]`. RFC 3986 section 3.2
pub(crate) const fn check_authority(text: &str) -> Result<(), DecodeError> {
    let (host_at, host_port) = match cut_at(text, b'@') {
        (userinfo, Some(host_port)) => {
            if let Err(error) = check_run(userinfo, b":", false) {
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
        if let Err(error) = check_run(name, b"", false) {
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
        if !is_uri_char(*byte) && *byte != b':' {
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
