//! A slow reader of heads, written from the grammar of RFC 9110, 9112 and 3986, and of nothing else:
//! it splits the text into lines, lines into parts, and compares.

#![allow(dead_code, reason = "each user needs a part of it")]

use core::net::{Ipv4Addr, Ipv6Addr};

/// What a reader finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read<T> {
    /// The bytes end before the head does.
    More,
    /// It is refused, for this reason.
    Bad(&'static str),
    /// It is there, and so long.
    Good(T, usize),
}

/// A head with all that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) start: Start,
    /// The minor version, 0 or 1.
    pub(crate) minor: u8,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) content_length: Option<u64>,
    /// Names of transfer codings in lower case, with `;` if there are parameters.
    pub(crate) codings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    Request { method: String, target: String, form: &'static str },
    Response { status: u16, reason: Vec<u8> },
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    None,
    After(u64),
    Chunked,
    WithConnection,
    Tunnel,
}

/// What a start line is, with the minor version.
type StartLine = Result<(Start, u8), &'static str>;

/// `HTTP-message = start-line CRLF *( field-line CRLF ) CRLF`, without the body.
pub(crate) fn request(bytes: &[u8], max_bytes: usize, max_fields: usize) -> Read<Head> {
    let bytes = &bytes[..bytes.len().min(max_bytes)];
    // "SHOULD ignore at least one empty line"; two are taken here.
    let mut skipped = 0;
    while skipped < 4 && bytes[skipped..].starts_with(b"\r\n") {
        skipped += 2;
    }
    read(bytes, skipped, max_bytes, max_fields, request_line)
}

pub(crate) fn response(bytes: &[u8], max_bytes: usize, max_fields: usize) -> Read<Head> {
    let bytes = &bytes[..bytes.len().min(max_bytes)];
    read(bytes, 0, max_bytes, max_fields, status_line)
}

fn read(
    bytes: &[u8],
    mut at: usize,
    max_bytes: usize,
    max_fields: usize,
    start_line: fn(&[u8]) -> StartLine,
) -> Read<Head> {
    let mut start = None;
    let mut fields = Vec::new();
    loop {
        let line = match line(bytes, at) {
            Ok(Some(line)) => line,
            Ok(None) if bytes.len() == max_bytes => return Read::Bad("too long"),
            Ok(None) => return Read::More,
            Err(why) => return Read::Bad(why),
        };
        at += line.len() + 2;
        if start.is_none() {
            match start_line(line) {
                Ok(line) => start = Some(line),
                Err(why) => return Read::Bad(why),
            }
        } else if line.is_empty() {
            break;
        } else if fields.len() == max_fields {
            return Read::Bad("too many fields");
        } else {
            match field_line(line) {
                Ok(field) => fields.push(field),
                Err(why) => return Read::Bad(why),
            }
        }
    }
    let (start, minor) = start.unwrap();
    let mut head = Head { start, minor, fields, content_length: None, codings: Vec::new() };
    match framing_fields(&mut head) {
        Ok(()) => Read::Good(head, at),
        Err(why) => Read::Bad(why),
    }
}

/// The next line without its CRLF. Neither CR nor LF is anywhere else.
pub(crate) fn line(bytes: &[u8], at: usize) -> Result<Option<&[u8]>, &'static str> {
    let rest = &bytes[at..];
    let Some(lf) = rest.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let Some((b'\r', line)) = rest[..lf].split_last() else { return Err("a LF without a CR") };
    if line.contains(&b'\r') { Err("a CR without a LF") } else { Ok(Some(line)) }
}

/// `request-line = method SP request-target SP HTTP-version`
fn request_line(line: &[u8]) -> StartLine {
    let parts: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = parts[..] else { return Err("not three parts") };
    if !is_token(method) {
        return Err("the method is not a token");
    }
    let method = String::from_utf8(method.to_vec()).unwrap();
    let form = form(&method, target).ok_or("the target has no form")?;
    let target = String::from_utf8(target.to_vec()).unwrap();
    Ok((Start::Request { method, target, form }, minor(version)?))
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ]`; the second SP may be missing
/// with the reason phrase.
fn status_line(line: &[u8]) -> StartLine {
    let (version, rest) = line.split_at(line.len().min(8));
    let minor = minor(version)?;
    let Some((b' ', rest)) = rest.split_first() else { return Err("no SP behind the version") };
    let (status, rest) = rest.split_at(rest.len().min(3));
    if status.len() < 3 || !status.iter().all(u8::is_ascii_digit) || status[0] == b'0' {
        return Err("not a status");
    }
    let status = str::from_utf8(status).unwrap().parse().unwrap();
    let reason = match rest {
        [] => rest,
        [b' ', reason @ ..] => reason,
        _ => return Err("no SP behind the status"),
    };
    if !reason.iter().all(|byte| is_text(*byte)) {
        return Err("a control character in the reason phrase");
    }
    Ok((Start::Response { status, reason: reason.to_vec() }, minor))
}

/// `HTTP-version = HTTP-name "/" DIGIT "." DIGIT`
fn minor(version: &[u8]) -> Result<u8, &'static str> {
    match version {
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            // RFC 9110 section 2.5
            if *major == b'1' { Ok(u8::from(*minor > b'0')) } else { Err("the major version") }
        }
        _ => Err("not a version"),
    }
}

/// `field-line = field-name ":" OWS field-value OWS`
pub(crate) fn field_line(line: &[u8]) -> Result<(String, Vec<u8>), &'static str> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Err("no colon") };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) {
        return Err("the name is not a token");
    }
    if !value.iter().all(|byte| is_text(*byte)) {
        return Err("a control character in the value");
    }
    Ok((String::from_utf8(name.to_vec()).unwrap(), ows(value).to_vec()))
}

fn framing_fields(head: &mut Head) -> Result<(), &'static str> {
    for (name, value) in &head.fields {
        match &*name.to_ascii_lowercase() {
            "content-length" => {
                // `1*DIGIT`; a list of equal ones may be taken, and is not.
                let digits = value.iter().all(u8::is_ascii_digit) && !value.is_empty();
                if !digits || head.content_length.is_some() {
                    return Err("Content-Length");
                }
                let number = str::from_utf8(value).unwrap().parse().map_err(|_| "too large")?;
                head.content_length = Some(number);
            }
            "transfer-encoding" => {
                // `#transfer-coding`, without empty elements. No coding with a quoted parameter is
                // taken, so that no comma can hide.
                for element in value.split(|byte| *byte == b',') {
                    let element = ows(element);
                    let (name, parameters) = match element.iter().position(|byte| *byte == b';') {
                        Some(at) => (ows(&element[..at]), true),
                        None => (element, false),
                    };
                    if !is_token(name) || element.contains(&b'"') {
                        return Err("Transfer-Encoding");
                    }
                    let name = str::from_utf8(name).unwrap().to_ascii_lowercase();
                    head.codings.push(if parameters { name + ";" } else { name });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl Head {
    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<&[u8]> {
        let same = |field: &&(String, Vec<u8>)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().filter(same).map(|field| &field.1[..]).collect()
    }

    /// True if a list-valued field has an element.
    pub(crate) fn lists(&self, name: &str, element: &str) -> bool {
        self.all(name)
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|found| ows(found).eq_ignore_ascii_case(element.as_bytes()))
    }

    /// RFC 9112 section 9.3, as far as this side says.
    pub(crate) fn persists(&self) -> bool {
        !self.lists("connection", "close")
            && (self.minor == 1 || self.lists("connection", "keep-alive"))
    }

    /// RFC 9112 section 6.3; a method is that of the request that is answered.
    pub(crate) fn ends(&self, asked: &str) -> Result<Ends, &'static str> {
        let coded = !self.codings.is_empty();
        let is_request = matches!(self.start, Start::Request { .. });
        if let Start::Response { status, .. } = self.start {
            // RFC 9110 section 9.3.6: any 2xx, 204 too.
            if asked == "CONNECT" && (200..300).contains(&status) {
                return Ok(Ends::Tunnel);
            }
            if asked == "HEAD" || status < 200 || status == 204 || status == 304 {
                return Ok(Ends::None);
            }
        }
        if coded && self.minor == 0 {
            return Err("Transfer-Encoding in HTTP/1.0");
        }
        if coded && self.content_length.is_some() {
            return Err("both");
        }
        if coded {
            return if self.codings == ["chunked"] { Ok(Ends::Chunked) } else { Err("codings") };
        }
        match self.content_length {
            Some(len) => Ok(Ends::After(len)),
            None if is_request => Ok(Ends::None),
            None => Ok(Ends::WithConnection),
        }
    }

    /// What a server asks of a request beyond its grammar: RFC 9112 section 3.2, RFC 9110 section
    /// 10.1.1.
    pub(crate) fn host_and_expect(&self) -> Result<(), &'static str> {
        if let Start::Request { method, target, .. } = &self.start
            && !has_good_authority(method, target)
        {
            return Err("the authority in the target");
        }
        match self.all("host")[..] {
            [] if self.minor == 1 => return Err("no Host"),
            [] => {}
            [host] if host.is_empty() || is_host_and_port(host) => {}
            [_] => return Err("a malformed Host"),
            _ => return Err("more than one Host"),
        }
        let known = |value: &&[u8]| value.eq_ignore_ascii_case(b"100-continue");
        if self.minor == 1 && !self.all("expect").iter().all(known) {
            return Err("an expectation");
        }
        Ok(())
    }
}

/// The form of a target that goes with a method.
fn form(method: &str, target: &[u8]) -> Option<&'static str> {
    if target.is_empty() {
        return None;
    }
    let mut rest = target;
    while let [byte, behind @ ..] = rest {
        rest = match (byte, behind) {
            (b'%', [a, b, behind @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => behind,
            // What RFC 3986 knows, and what browsers send.
            _ if byte.is_ascii_graphic() && !b"\"#%<>\\".contains(byte) => behind,
            _ => return None,
        };
    }
    let text = str::from_utf8(target).unwrap();
    if method == "CONNECT" {
        return Some("Authority");
    }
    if text == "*" {
        return (method == "OPTIONS").then_some("Asterisk");
    }
    if text.starts_with('/') {
        return Some("Origin");
    }
    // `absolute-URI = scheme ":" hier-part [ "?" query ]`
    let (scheme, _) = text.split_once(':')?;
    let first = scheme.bytes().next()?;
    let others = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !first.is_ascii_alphabetic() || !others {
        return None;
    }
    Some("Absolute")
}

/// What a target names must be right: RFC 9110 section 4.2.1, 4.2.4 and 9.3.6.
fn has_good_authority(method: &str, target: &str) -> bool {
    if method == "CONNECT" {
        // `authority-form = uri-host ":" port`, neither empty
        return target.rsplit_once(':').is_some_and(|(host, port)| {
            let port = self::port(port).unwrap_or(0);
            !host.is_empty() && is_host(host.as_bytes()) && port > 0
        });
    }
    let Some((scheme, rest)) = target.split_once(':') else { return true };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return true;
    }
    rest.strip_prefix("//")
        .and_then(|rest| rest.split(['/', '?']).next())
        .is_some_and(|authority| is_host_and_port(authority.as_bytes()))
}

/// `uri-host [ ":" port ]`, whose host is not empty.
fn is_host_and_port(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text[colon..].contains(']') => (&text[..colon], &text[colon + 1..]),
        _ => (text, ""),
    };
    !host.is_empty() && is_host(host.as_bytes()) && self::port(port).is_some()
}

/// Up to 65,535; 0 if it is empty.
fn port(text: &str) -> Option<u32> {
    let digits = text.trim_start_matches('0');
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 5;
    let number = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    (is_number && number <= 65_535).then_some(number)
}

/// `IP-literal / IPv4address / reg-name`
fn is_host(host: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(host) else { return false };
    if let Some(literal) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        if literal.starts_with(['v', 'V']) {
            let Some((version, address)) = literal[1..].split_once('.') else { return false };
            let plain = |byte: u8| is_unreserved_or_sub_delim(byte) || byte == b':';
            return !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && address.bytes().all(plain);
        }
        return is_ipv6(literal);
    }
    let mut rest = host;
    while let [byte, behind @ ..] = rest {
        rest = match (byte, behind) {
            (b'%', [a, b, behind @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => behind,
            _ if is_unreserved_or_sub_delim(*byte) => behind,
            _ => return false,
        };
    }
    true
}

/// As the standard library reads it, whose IPv4 part has no leading zeros either.
fn is_ipv6(text: &str) -> bool {
    let v4 = text.rsplit(':').next().unwrap_or_default();
    text.parse::<Ipv6Addr>().is_ok() && (!v4.contains('.') || v4.parse::<Ipv4Addr>().is_ok())
}

fn is_unreserved_or_sub_delim(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// `token = 1*tchar`, any VCHAR but delimiters
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    let tchar = |byte: &u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(byte);
    !bytes.is_empty() && bytes.iter().all(tchar)
}

/// HTAB, SP, VCHAR, obs-text
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}

/// Without SP and HTAB at the ends.
pub(crate) fn ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
