//! A slow reader of chunked bodies, written from the grammar of RFC 9112 section 7.1 alone.

#![allow(dead_code, reason = "each user needs a part of it")]

use crate::reference::head::{Read, field_line, is_token, line};

/// Content and trailers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: Vec<(String, Vec<u8>)>,
}

/// What a body may be at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) content: u64,
    /// Bytes of extensions, beyond one for each 16 bytes of content that were announced before.
    pub(crate) extensions: u64,
    pub(crate) trailer_bytes: usize,
    pub(crate) trailers: usize,
}

pub(crate) const MOST: Most =
    Most { content: u64::MAX, extensions: 1024, trailer_bytes: 4096, trailers: 32 };

/// `chunked-body = *chunk last-chunk trailer-section CRLF`. With `More` or `Bad` it holds what comes
/// before.
pub(crate) fn chunked(bytes: &[u8], most: Most) -> (Read<()>, Body) {
    let mut body = Body::default();
    let (mut at, mut announced, mut extensions) = (0, 0_u64, 0_u64);
    loop {
        // `chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF`
        let text = match line(bytes, at) {
            Ok(Some(text)) => text,
            Ok(None) => return (Read::More, body),
            Err(why) => return (Read::Bad(why), body),
        };
        let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits == 0 || digits > 16 || !is_extension(&text[digits..]) {
            return (Read::Bad("a chunk line"), body);
        }
        let size = u64::from_str_radix(str::from_utf8(&text[..digits]).unwrap(), 16).unwrap();
        extensions += (text.len() - digits) as u64;
        if extensions > most.extensions + announced / 16 {
            return (Read::Bad("too many extensions"), body);
        }
        announced = announced.saturating_add(size);
        if announced > most.content {
            return (Read::Bad("too much content"), body);
        }
        at += text.len() + 2;
        if size == 0 {
            break;
        }
        let len = size.min((bytes.len() - at) as u64) as usize;
        body.content.extend_from_slice(&bytes[at..at + len]);
        at += len;
        match &bytes[at..] {
            _ if (len as u64) < size => return (Read::More, body),
            [] | [b'\r'] => return (Read::More, body),
            [b'\r', b'\n', ..] => at += 2,
            _ => return (Read::Bad("no CRLF behind a chunk"), body),
        }
    }
    // `trailer-section = *( field-line CRLF )`
    let section = &bytes[at..bytes.len().min(at.saturating_add(most.trailer_bytes))];
    let (mut place, mut trailers) = (0, Vec::new());
    loop {
        let text = match line(section, place) {
            Ok(Some(text)) => text,
            Ok(None) if section.len() == most.trailer_bytes => {
                return (Read::Bad("the trailer section is too long"), body);
            }
            Ok(None) => return (Read::More, body),
            Err(why) => return (Read::Bad(why), body),
        };
        place += text.len() + 2;
        if text.is_empty() {
            body.trailers = trailers;
            return (Read::Good((), at + place), body);
        }
        if trailers.len() == most.trailers {
            return (Read::Bad("too many trailers"), body);
        }
        match field_line(text) {
            Ok(field) => trailers.push(field),
            Err(why) => return (Read::Bad(why), body),
        }
    }
}

/// `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`: each rule takes what
/// it can from the front.
fn is_extension(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let Some((b';', behind)) = bws(rest).split_first() else { return false };
        let name = bws(behind);
        let Some(behind) = token(name) else { return false };
        rest = behind;
        if let Some((b'=', behind)) = bws(behind).split_first() {
            let value = bws(behind);
            let Some(behind) = token(value).or_else(|| quoted_string(value)) else { return false };
            rest = behind;
        }
    }
    true
}

fn bws(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &bytes[spaces..]
}

/// What is behind a token.
fn token(bytes: &[u8]) -> Option<&[u8]> {
    let len = bytes.iter().take_while(|byte| is_token(&[**byte])).count();
    (len > 0).then(|| &bytes[len..])
}

/// What is behind `DQUOTE *( qdtext / quoted-pair ) DQUOTE`.
fn quoted_string(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(b"\"")?;
    loop {
        let (byte, behind) = rest.split_first()?;
        rest = match byte {
            b'"' => return Some(behind),
            b'\\' => {
                let (escaped, behind) = behind.split_first()?;
                // HTAB, SP, VCHAR, obs-text
                if *escaped != b'\t' && (*escaped < b' ' || *escaped == 0x7F) {
                    return None;
                }
                behind
            }
            b'\t' | b' '..=b'~' | 0x80.. => behind,
            _ => return None,
        };
    }
}
