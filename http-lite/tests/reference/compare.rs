//! Ours against the slow readers: the same verdict and the same meaning, however the bytes are cut.

#![allow(dead_code, reason = "each user needs a part of it")]

use http_lite::body::{BodyDecoder, BodyLimits, BodyPart};
use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::{
    DecodeError, Expect, Facts, Fields, HeadParser, Limits, TransferEncoding, Version,
};

use crate::reference::chunked::{Body, Most, chunked};
use crate::reference::head::{Ends, Head, Read, Start, request, response};

/// What might make something good of what is refused before its end.
const TAILS: [&[u8]; 10] = [
    b"\r\n\r\n",
    b"\n\r\n",
    b"\n",
    b" / HTTP/1.1\r\n\r\n",
    b"/ HTTP/1.1\r\n\r\n",
    b" HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b".1 200 OK\r\n\r\n",
    b"00 OK\r\n\r\n",
    b": 1\r\n\r\n",
];

/// Ours, with the meaning and the length.
type Found = Result<Option<(Head, Facts, usize)>, DecodeError>;

/// A request head, given to the parser up to each of `cuts` in turn, which ascend.
pub(crate) fn requests(bytes: &[u8], cuts: &[usize], limits: Limits) -> Option<Head> {
    let mut parser = HeadParser::with_limits(limits);
    let mut found = Ok(None);
    for cut in cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]) {
        found = parser.parse_request(&bytes[..cut]).map(|head| {
            head.map(|(head, len)| {
                let start = Start::Request {
                    method: head.method.as_str().to_owned(),
                    target: head.target.as_str().to_owned(),
                    form: match head.target.form() {
                        http_lite::TargetForm::Origin => "Origin",
                        http_lite::TargetForm::Absolute => "Absolute",
                        http_lite::TargetForm::Authority => "Authority",
                        http_lite::TargetForm::Asterisk => "Asterisk",
                    },
                };
                (shown(start, head.version, &head.fields), *parser.facts(), len)
            })
        });
        if found != Ok(None) {
            break;
        }
    }
    let most = (limits.bytes as usize, usize::from(limits.fields));
    same(bytes, found, |bytes| request(bytes, most.0, most.1))
}

/// As [`requests`], a response head.
pub(crate) fn responses(bytes: &[u8], cuts: &[usize], limits: Limits) -> Option<Head> {
    let mut parser = HeadParser::with_limits(limits);
    let mut found = Ok(None);
    for cut in cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]) {
        found = parser.parse_response(&bytes[..cut]).map(|head| {
            head.map(|(head, len)| {
                let reason = head.reason.as_bytes().to_vec();
                let start = Start::Response { status: head.status.get(), reason };
                (shown(start, head.version, &head.fields), *parser.facts(), len)
            })
        });
        if found != Ok(None) {
            break;
        }
    }
    let most = (limits.bytes as usize, usize::from(limits.fields));
    same(bytes, found, |bytes| response(bytes, most.0, most.1))
}

fn shown(start: Start, version: Version, fields: &Fields<'_>) -> Head {
    let minor = u8::from(version == Version::Http11);
    let fields = plain(fields);
    Head { start, minor, fields, content_length: None, codings: Vec::new() }
}

fn plain(fields: &Fields<'_>) -> Vec<(String, Vec<u8>)> {
    let plain = |field: http_lite::Field<'_>| {
        (field.name.as_str().to_owned(), field.value.as_bytes().to_vec())
    };
    fields.iter().map(plain).collect()
}

fn same(bytes: &[u8], found: Found, slow: impl Fn(&[u8]) -> Read<Head>) -> Option<Head> {
    let text = bytes.escape_ascii();
    match (found, slow(bytes)) {
        (Ok(Some((head, facts, len))), Read::Good(expected, expected_len)) => {
            assert_eq!(len, expected_len, "{text}");
            assert_eq!((&head.start, head.minor), (&expected.start, expected.minor), "{text}");
            assert_eq!(head.fields, expected.fields, "{text}");
            same_facts(&facts, &expected, &text.to_string());
            Some(expected)
        }
        (Ok(None), Read::More) | (Err(_), Read::Bad(_)) => None,
        // Ours need not see the end of a line to know that it is wrong.
        (Err(error), Read::More) => {
            for tail in TAILS {
                let longer = [bytes, tail].concat();
                let read = slow(&longer);
                assert!(!matches!(read, Read::Good(..)), "{error}, but: {}", longer.escape_ascii());
            }
            None
        }
        (found, expected) => panic!("{found:?}, but {expected:?}: {text}"),
    }
}

fn same_facts(facts: &Facts, head: &Head, text: &str) {
    assert_eq!(facts.content_length, head.content_length, "{text}");
    let chunked = head.codings.iter().filter(|coding| *coding == "chunked").count();
    let last = head.codings.last().is_some_and(|coding| coding == "chunked");
    let codings = match (head.codings.len(), chunked, last) {
        (0, ..) => TransferEncoding::None,
        (1, 1, _) => TransferEncoding::Chunked,
        (_, 1, true) => TransferEncoding::CodedChunked,
        (_, 0, _) => TransferEncoding::Coded,
        _ => TransferEncoding::ChunkedNotLast,
    };
    assert_eq!(facts.transfer_encoding, codings, "{text}");
    // Its elements are tokens: what a quote means in it, nobody says.
    if !head.all("connection").iter().any(|value| value.contains(&b'"')) {
        assert_eq!(facts.close, head.lists("connection", "close"), "{text}");
        assert_eq!(facts.keep_alive, head.lists("connection", "keep-alive"), "{text}");
        assert_eq!(facts.persists(), head.persists(), "{text}");
        let upgrade = !head.all("upgrade").is_empty() && head.lists("connection", "upgrade");
        assert_eq!(facts.upgrade, upgrade, "{text}");
    }
    let expect = head.all("expect");
    let known = |value: &&[u8]| value.eq_ignore_ascii_case(b"100-continue");
    let expect = match expect.is_empty() {
        true => Expect::Nothing,
        false if expect.iter().all(known) => Expect::Continue,
        false => Expect::Unknown,
    };
    assert_eq!(facts.expect, expect, "{text}");
    for asked in ["GET", "HEAD", "CONNECT"] {
        let message = match head.start {
            Start::Request { .. } => Message::Request,
            Start::Response { status, .. } => {
                let asked = match asked {
                    "HEAD" => Asked::Head,
                    "CONNECT" => Asked::Connect,
                    _ => Asked::Other,
                };
                Message::Response(asked, http_lite::StatusCode::new(status).unwrap())
            }
        };
        let ends = match decide(message, facts) {
            Ok(Framing::None) => Ok(Ends::None),
            Ok(Framing::Length(len)) => Ok(Ends::After(len)),
            Ok(Framing::Chunked) => Ok(Ends::Chunked),
            Ok(Framing::UntilClose) => Ok(Ends::WithConnection),
            Ok(Framing::Tunnel) => Ok(Ends::Tunnel),
            Err(_) => Err(()),
        };
        assert_eq!(ends, head.ends(asked).map_err(|_| ()));
    }
}

/// A chunked body, which arrives up to each of `cuts` in turn, which ascend; also in place.
pub(crate) fn bodies(bytes: &[u8], cuts: &[usize], most: Most) {
    let limits = BodyLimits {
        content: most.content,
        extensions: u32::try_from(most.extensions).unwrap(),
        trailers: Limits {
            bytes: u32::try_from(most.trailer_bytes).unwrap(),
            fields: u16::try_from(most.trailers).unwrap(),
        },
    };
    let text = bytes.escape_ascii();
    let decoder = BodyDecoder::with_limits(Framing::Chunked, limits);
    let ends = cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]);

    let (mut ours, mut body, mut taken, mut error) = (decoder.clone(), Body::default(), 0, None);
    'pieces: for end in ends.clone() {
        loop {
            match ours.decode(&bytes[taken..end]) {
                Ok((len, part)) => {
                    taken += len;
                    match part {
                        Some(BodyPart::Data(data)) => {
                            assert!(!data.is_empty());
                            body.content.extend_from_slice(data);
                        }
                        Some(BodyPart::Trailers(fields)) => {
                            assert!(!fields.is_empty() && body.trailers.is_empty());
                            body.trailers = plain(&fields);
                        }
                        Some(BodyPart::End) => {}
                        None => break,
                    }
                }
                Err(found) => {
                    error = Some(found);
                    break 'pieces;
                }
            }
        }
    }
    let (read, expected) = chunked(bytes, most);
    match (error, &read) {
        (None, Read::Good((), len)) => {
            assert!(ours.is_done());
            assert_eq!((taken, &body), (*len, &expected), "{text}");
        }
        (None, Read::More) => {
            assert!(!ours.is_done());
            assert_eq!(body.content, expected.content, "{text}");
        }
        (Some(_), Read::Bad(_)) => {}
        (Some(error), Read::More) => {
            for tail in [&b"\r\n\r\n"[..], b"\n\r\n", b"\r\n0\r\n\r\n", b"0\r\n\r\n", b": \r\n\r\n"]
            {
                let longer = [bytes, tail].concat();
                let (read, _) = chunked(&longer, most);
                assert!(!matches!(read, Read::Good(..)), "{error}, but: {}", longer.escape_ascii());
            }
        }
        (error, read) => panic!("{error:?}, but {read:?}: {text}"),
    }

    // In place: the same content in front.
    let (mut ours, mut content, mut taken, mut failed) = (decoder, Vec::new(), 0, None);
    for end in ends {
        let mut piece = bytes[taken..end].to_vec();
        match ours.decode_in_place(&mut piece) {
            Ok(place) => {
                content.extend_from_slice(&piece[..place.content]);
                taken += place.taken;
                assert_eq!(piece[place.taken..], bytes[taken..end], "{text}");
            }
            Err(found) => {
                failed = Some(found);
                break;
            }
        }
    }
    assert_eq!(failed, error, "{text}");
    if error.is_none() {
        assert_eq!(content, body.content, "{text}");
        assert_eq!(ours.is_done(), matches!(read, Read::Good(..)), "{text}");
    }
}
