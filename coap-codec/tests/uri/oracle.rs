//! The naive way: the steps of RFC 7252 section 6.4 and RFC 3986 section 5.2.4 with `std`.

use std::net::IpAddr;

use coap_codec::{OptionNumber, uri};

use crate::List;

/// The options of the URI on its way to this address and port; `None` if it is none.
pub(crate) fn options(text: &str, address: IpAddr, port: u16) -> Option<List> {
    let (scheme, rest) = text.split_once(':')?;
    let default = match scheme.to_ascii_lowercase().as_str() {
        "coap" | "coap+tcp" => 5683,
        "coaps" | "coaps+tcp" => 5684,
        "coap+ws" => 80,
        "coaps+ws" => 443,
        _ => return None,
    };
    let rest = rest.strip_prefix("//")?;
    if rest.contains('#')
        || rest.chars().any(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(c))
    {
        return None;
    }
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, written) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => (&authority[..at], &authority[at + 1..]),
        _ => (authority, ""),
    };
    let brackets = host.starts_with('[') && host.ends_with(']');
    let inside = if brackets { &host[1..host.len() - 1] } else { host };
    let is_address = if brackets {
        if inside.parse::<std::net::Ipv6Addr>().is_err() {
            return None;
        }
        inside.parse() == Ok(address)
    } else {
        // Percent-encoded or not, RFC 3986 section 6.2.2.2.
        let name = decoded(inside)?;
        if name.first() == Some(&b'[') {
            return None; // As a Uri-Host it would be an address.
        }
        let v4 = std::str::from_utf8(&name).ok().and_then(|name| name.parse().ok());
        v4.is_some_and(|v4: std::net::Ipv4Addr| v4 == address)
    };
    if host.is_empty()
        || inside.contains(['[', ']', '@'])
        || !brackets && host.contains(':')
        || path.contains(['[', ']'])
        || query.is_some_and(|query| query.contains(['[', ']']))
        || !written.chars().all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let written = match written.trim_start_matches('0') {
        "" if written.is_empty() => default,
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let mut list = Vec::new();
    let value = decoded(host)?.to_ascii_lowercase();
    if !is_address {
        list.push((OptionNumber::URI_HOST, value));
    }
    if written != port {
        let bytes = written.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        list.push((OptionNumber::URI_PORT, bytes[zeros..].to_vec()));
    }
    let raw: Vec<Vec<u8>> = path.split('/').map(decoded).collect::<Option<_>>()?;
    if raw.iter().filter(|segment| *segment == b"..").count() > uri::MAX_DOTS {
        return None;
    }
    let path = without_dots(path);
    if !matches!(path.as_str(), "" | "/") {
        for segment in path[1..].split('/') {
            list.push((OptionNumber::URI_PATH, decoded(segment)?));
        }
    }
    if let Some(query) = query {
        for argument in query.split('&') {
            list.push((OptionNumber::URI_QUERY, decoded(argument)?));
        }
    }
    let values = list.iter().map(|(_, value)| value).chain(&raw);
    values.into_iter().all(|value| value.len() <= 255).then_some(list)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
            if digits.contains('+') {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    Some(bytes)
}

/// RFC 3986 section 5.2.4, letter by letter.
fn without_dots(path: &str) -> String {
    let mut input = path.replace("%2E", ".").replace("%2e", ".");
    let mut output = String::new();
    while !input.is_empty() {
        if input.starts_with("/./") {
            input.replace_range(..2, "");
        } else if input == "/." {
            input = "/".into();
        } else if input.starts_with("/../") {
            input.replace_range(..3, "");
            output.truncate(output.rfind('/').unwrap_or(0));
        } else if input == "/.." {
            input = "/".into();
            output.truncate(output.rfind('/').unwrap_or(0));
        } else {
            let end = input[1..].find('/').map_or(input.len(), |at| at + 1);
            output.push_str(&input[..end]);
            input.replace_range(..end, "");
        }
    }
    output
}
