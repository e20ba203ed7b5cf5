//! What is encoded is legal, and all that is legal can be encoded: heads and bodies made of any
//! bytes. Used by the tests and by the fuzz target.

use http_lite::body::{BodyEncoder, BodyPart};
use http_lite::framing::Framing;
use http_lite::{
    EncodeError, Field, FieldName, FieldValue, Fields, HeadParser, Limits, Method, Reason,
    RequestHead, ResponseHead, StatusCode, Target, Version,
};

use crate::reference::chunked::{MOST, chunked};
use crate::reference::head::{Ends, Head, Read, Start, request, response};
use crate::reference::others;

const ANY: Limits = Limits { bytes: u32::MAX, fields: u16::MAX };

/// Gives bytes as long as there are any, then zeros.
struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn some(&mut self, most: u8) -> &'a [u8] {
        let len = usize::from(self.byte() % most).min(self.0.len());
        let (some, rest) = self.0.split_at(len);
        self.0 = rest;
        some
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }
}

const NAMES: [&str; 12] = [
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Upgrade",
    "Expect",
    "host",
    "content-length",
    "TRANSFER-ENCODING",
    "A",
    "Trailer",
    "Set-Cookie",
];
const VALUES: [&str; 20] = [
    "",
    "a",
    "h:80",
    "0",
    "5",
    "18446744073709551616",
    "5, 5",
    "chunked",
    "gzip",
    "gzip, chunked",
    "chunked, chunked",
    "Chunked",
    "close",
    "keep-alive",
    "upgrade, a",
    "100-continue",
    "a b",
    "[::1]",
    "+1",
    "identity",
];

/// A head of any parts: what refuses to be made is left out.
pub(crate) fn hold(data: &[u8]) {
    let mut source = Source(data);
    let is_request = source.byte() & 1 == 0;
    let version = source.pick(&[Version::Http11, Version::Http11, Version::Http10]);
    let mut fields = Vec::new();
    let first = source.some(64);
    let count = source.byte() % 6;
    if source.byte() % 4 != 0 {
        fields.push(Field::new("Host", "h").unwrap());
    }
    for _ in 0..count {
        let name = match source.byte() % 4 {
            0 => source.some(16),
            _ => source.pick(&NAMES).as_bytes(),
        };
        let value = match source.byte() % 5 {
            0 => FieldValue::new(source.some(32)),
            1 => Some(FieldValue::number(u64::from(source.byte()) << (source.byte() % 57))),
            _ => FieldValue::new(source.pick(&VALUES).as_bytes()),
        };
        if let (Some(name), Some(value)) = (FieldName::new(name), value) {
            fields.push(Field { name, value });
        }
    }
    let room = usize::from(source.byte());
    let fields = Fields::new(&fields);
    if is_request {
        let (method, target) = first.split_at(first.iter().position(|b| *b == b' ').unwrap_or(0));
        let method = Method::new(method).unwrap_or(source.pick(&[
            Method::GET,
            Method::POST,
            Method::OPTIONS,
            Method::CONNECT,
        ]));
        let target = target.get(1..).unwrap_or_default();
        // A target may have been made for another method.
        let other = source.pick(&[method, method, Method::OPTIONS, Method::CONNECT]);
        let target = Target::new(target, &other).unwrap_or(source.pick(&[
            Target::ROOT,
            Target::ASTERISK,
            Target::new(b"h:80", &Method::CONNECT).unwrap(),
        ]));
        encoded_request(&RequestHead { method, target, version, fields }, room);
    } else {
        let status = 100 + (u16::from(source.byte()) << 2 | u16::from(source.byte() % 4)) % 900;
        let status = source.pick(&[status, 200, 204, 304, 100, 101]);
        let status = StatusCode::new(status).unwrap();
        let reason = str::from_utf8(first).ok().and_then(Reason::new);
        let reason = reason.unwrap_or(Reason::of(status));
        encoded_response(&ResponseHead { version, status, reason, fields }, room);
    }
}

pub(crate) fn encoded_request(head: &RequestHead<'_>, room: usize) {
    let RequestHead { method, target, version, fields } = head;
    let line = format!("{method} {target} {}", version_text(*version));
    let plain = plain(line.as_bytes(), fields);
    // RFC 9112 section 3.2, 6.1 and 6.3.
    let legal = match request(&plain, usize::MAX, usize::MAX) {
        Read::Good(read, len) => {
            // Section 9.3.6 and 9.3.8 of RFC 9110.
            let bare = matches!(method.as_str(), "TRACE" | "CONNECT");
            let ends = read.ends("");
            len == plain.len()
                && has_its_host(&read)
                && names_its_host(&read)
                && has_upgrade_option(&read)
                && ends.is_ok_and(|ends| ends == Ends::None || !bare)
        }
        _ => false,
    };
    let Some(bytes) = encoded(&plain, legal, head.encoded_len(), room, |out| head.encode(out))
    else {
        return;
    };
    let mut parser = HeadParser::with_limits(ANY);
    let (decoded, len) = parser.parse_request(&bytes).unwrap().unwrap();
    // It may have been made for another method, and is of another form then.
    let target = Target::new(target.as_bytes(), method).unwrap();
    assert_eq!((decoded, len), (RequestHead { target, ..*head }, bytes.len()));
    let mut again = vec![0; len];
    assert_eq!(decoded.encode(&mut again), Ok(len));
    assert_eq!(again, bytes);
    let Read::Good(read, _) = request(&bytes, usize::MAX, usize::MAX) else { unreachable!() };
    others::means_the_same(&read, &bytes);
}

pub(crate) fn encoded_response(head: &ResponseHead<'_>, room: usize) {
    let ResponseHead { version, status, reason, fields } = head;
    let line = format!("{} {status} ", version_text(*version));
    let line = [line.as_bytes(), reason.as_bytes()].concat();
    let plain = plain(&line, fields);
    let legal = match response(&plain, usize::MAX, usize::MAX) {
        Read::Good(read, len) => {
            let framed = read.content_length.is_some() || !read.codings.is_empty();
            let never = status.get() < 200 || status.get() == 204;
            let upgrade = has_upgrade_option(&read);
            // What HEAD and 304 say is what GET would have had.
            let ends = as_ok(read).ends("");
            // RFC 9110 section 15.3.6
            let empty = matches!(ends, Ok(Ends::After(0) | Ends::WithConnection));
            len == plain.len()
                && upgrade
                && !(framed && never)
                && ends.is_ok()
                && (status.get() != 205 || empty)
                && status.get() < 600
        }
        _ => false,
    };
    let Some(bytes) = encoded(&plain, legal, head.encoded_len(), room, |out| head.encode(out))
    else {
        return;
    };
    let mut parser = HeadParser::with_limits(ANY);
    let (decoded, len) = parser.parse_response(&bytes).unwrap().unwrap();
    assert_eq!((decoded, len), (*head, bytes.len()));
    let mut again = vec![0; len];
    assert_eq!(decoded.encode(&mut again), Ok(len));
    assert_eq!(again, bytes);
    let Read::Good(read, _) = response(&bytes, usize::MAX, usize::MAX) else { unreachable!() };
    others::means_the_same(&read, &bytes);
}

/// The bytes, if they may be sent; the same as those that are written without thinking.
fn encoded(
    plain: &[u8],
    legal: bool,
    len: usize,
    room: usize,
    encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
) -> Option<Vec<u8>> {
    let text = plain.escape_ascii();
    assert_eq!(len, plain.len(), "{text}");
    let mut out = vec![0xA5; len.max(room)];
    match encode(&mut out) {
        Ok(found) => {
            assert!(legal, "may not be sent: {text}");
            assert_eq!(found, len);
            assert_eq!(out[..len], *plain);
            assert!(out[len..].iter().all(|byte| *byte == 0xA5));
        }
        Err(EncodeError::Invalid(kind)) => {
            assert!(!legal, "{kind:?}, though it may be sent: {text}");
            return None;
        }
        Err(error) => panic!("{error}"),
    }
    for room in [0, room.min(len - 1), len - 1] {
        let short = encode(&mut vec![0; room]);
        assert_eq!(short, Err(EncodeError::BufferTooSmall { needed: len }), "{text}");
    }
    out.truncate(len);
    Some(out)
}

fn version_text(version: Version) -> &'static str {
    match version {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    }
}

fn plain(line: &[u8], fields: &Fields<'_>) -> Vec<u8> {
    let mut bytes = [line, b"\r\n"].concat();
    for field in *fields {
        let value = field.value.to_bytes(&mut [0; 20]).to_vec();
        bytes.extend([field.name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes
}

/// Without what a server asks of an expectation.
fn has_its_host(head: &Head) -> bool {
    let mut head = head.clone();
    head.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("expect"));
    head.host_and_expect().is_ok()
}

/// RFC 9112 section 3.2: Host says what the target says; with CONNECT the port may be missing.
fn names_its_host(head: &Head) -> bool {
    let Start::Request { target, form, .. } = &head.start else { unreachable!() };
    let authority = match *form {
        "Authority" => target,
        "Absolute" => match target.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//")) {
            Some(rest) => rest.split(['/', '?']).next().unwrap(),
            None => return true,
        },
        _ => return true,
    };
    let without_port = authority.rsplit_once(':').filter(|_| *form == "Authority");
    head.all("host").iter().all(|host| {
        host.eq_ignore_ascii_case(authority.as_bytes())
            || without_port.is_some_and(|(name, _)| host.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// RFC 9110 section 7.8
fn has_upgrade_option(head: &Head) -> bool {
    head.all("upgrade").is_empty() || head.lists("connection", "upgrade")
}

fn as_ok(mut head: Head) -> Head {
    if let Start::Response { status, .. } = &mut head.start {
        *status = 200;
    }
    head
}

/// A body of any pieces into buffers of any size.
pub(crate) fn hold_body(data: &[u8]) {
    let mut source = Source(data);
    let total = u64::from(source.byte());
    let framing = source.pick(&[
        Framing::Chunked,
        Framing::Chunked,
        Framing::Length(total),
        Framing::UntilClose,
        Framing::None,
        Framing::Tunnel,
    ]);
    let mut encoder = BodyEncoder::new(framing);
    let (mut content, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..source.byte() % 12 {
        let without_copying = source.byte() & 3 == 0;
        let room = usize::from(source.byte());
        let piece = source.some(80);
        let before = format!("{encoder:?}");
        let mut out = vec![0xA5; room];
        let result = if without_copying {
            encoder.prefix(piece.len() as u64, &mut out).map(|len| (piece.len(), len))
        } else {
            encoder.encode(piece, &mut out)
        };
        let left = match framing {
            Framing::Length(total) => Some(total - content.len() as u64),
            Framing::None | Framing::Tunnel => Some(0),
            _ => None,
        };
        match result {
            Ok((taken, len)) => {
                assert!(taken <= piece.len() && (taken > 0 || piece.is_empty()) && len <= room);
                sent.extend_from_slice(&out[..len]);
                if without_copying && taken > 0 {
                    sent.extend_from_slice(piece);
                    sent.extend_from_slice(encoder.suffix());
                }
                content.extend_from_slice(&piece[..taken]);
                assert!(out[len..].iter().all(|byte| *byte == 0xA5));
                assert!(left.is_none_or(|left| taken as u64 <= left));
            }
            Err(error) => {
                assert_eq!(format!("{encoder:?}"), before);
                match error {
                    EncodeError::BufferTooSmall { needed } => assert!(needed > room),
                    EncodeError::Invalid(_) => {
                        assert!(left.is_some_and(|left| piece.len() as u64 > left));
                    }
                    other => panic!("{other}"),
                }
            }
        }
        assert_eq!(
            encoder.remaining(),
            left.map(|_| match framing {
                Framing::Length(total) => total - content.len() as u64,
                _ => 0,
            })
        );
    }
    end(&mut source, framing, encoder, &content, sent);
}

fn end(
    source: &mut Source<'_>,
    framing: Framing,
    mut encoder: BodyEncoder,
    content: &[u8],
    mut sent: Vec<u8>,
) {
    let names = ["Digest", "Content-Length", "X", "transfer-encoding", "HOST", "Trailer"];
    let value = FieldValue::new(source.some(20)).unwrap_or(FieldValue::number(7));
    let name = FieldName::new(source.pick(&names).as_bytes()).unwrap();
    let own = [Field { name, value }];
    let trailers = if source.byte() & 1 == 0 { Fields::EMPTY } else { Fields::new(&own) };
    let allowed = trailers.is_empty()
        || (framing == Framing::Chunked && matches!(name.as_str(), "Digest" | "X"));
    let complete = encoder.remaining().unwrap_or(0) == 0;
    let mut out = vec![0; 100];
    let before = format!("{encoder:?}");
    match encoder.finish(&trailers, &mut out) {
        Ok(len) => {
            assert!(allowed && complete);
            for room in 0..len {
                let mut again = BodyEncoder::new(framing);
                if let Framing::Length(_) = framing {
                    break;
                }
                let short = again.finish(&trailers, &mut vec![0; room]);
                assert_eq!(short, Err(EncodeError::BufferTooSmall { needed: len }));
            }
            sent.extend_from_slice(&out[..len]);
        }
        Err(EncodeError::Invalid(_)) => {
            assert!(!allowed || !complete);
            assert_eq!(format!("{encoder:?}"), before);
            return;
        }
        Err(error) => panic!("{error}"),
    }
    assert!(encoder.is_done());
    assert!(encoder.encode(b"x", &mut out).is_err() && encoder.prefix(1, &mut out).is_err());
    if framing != Framing::Chunked {
        assert_eq!(sent, content);
        return;
    }
    let (read, body) = chunked(&sent, MOST);
    assert_eq!(read, Read::Good((), sent.len()), "{}", sent.escape_ascii());
    assert_eq!(body.content, content);
    assert_eq!(body.trailers.len(), trailers.iter().count());
    let mut decoder = http_lite::body::BodyDecoder::new(framing);
    let (mut at, mut found) = (0, Vec::new());
    while let (taken, Some(part)) = decoder.decode(&sent[at..]).unwrap() {
        at += taken;
        match part {
            BodyPart::Data(data) => found.extend_from_slice(data),
            BodyPart::Trailers(fields) => assert_eq!(fields, trailers),
            BodyPart::End => {}
        }
    }
    assert_eq!((at, &found[..]), (sent.len(), content));
}
