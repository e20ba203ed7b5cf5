//! Bodies: chunks, their extensions and trailers, and lengths.

use http_lite::body::{BodyDecoder, BodyEncoder, BodyPart, InPlace};
use http_lite::framing::Framing;
use http_lite::{EncodeError, ErrorKind, Field, Fields};

use crate::common::{cuts, decode_body, decode_in_place};

/// Content of each chunk, trailers, and the bytes of it.
type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);

const CHUNKED: &[Row] = &[
    (&[], &[], "0\r\n\r\n"),
    (&["hello"], &[], "5\r\nhello\r\n0\r\n\r\n"),
    (&["hello", " world"], &[], "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
    (&["0123456789abcdef"], &[], "10\r\n0123456789abcdef\r\n0\r\n\r\n"),
    (&["\r\n"], &[], "2\r\n\r\n\r\n0\r\n\r\n"),
    (
        &["a"],
        &[("Expires", "Wed, 21 Oct 2015 07:28:00 GMT")],
        "1\r\na\r\n0\r\nExpires: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\n",
    ),
    (&[], &[("A", "b"), ("A", "")], "0\r\nA: b\r\nA: \r\n\r\n"),
];

#[test]
fn chunks_both_ways() {
    for (chunks, trailers, bytes) in CHUNKED {
        let trailers: Vec<Field<'_>> =
            trailers.iter().map(|(name, value)| Field::new(name, value).unwrap()).collect();
        let trailers = Fields::new(&trailers);
        let mut encoder = BodyEncoder::new(Framing::Chunked);
        let mut sent = Vec::new();
        for chunk in *chunks {
            let needed = chunk.len() + format!("{:x}", chunk.len()).len() + 4;
            // Less than is needed for one byte.
            for room in 0..6 {
                let short = encoder.clone().encode(chunk.as_bytes(), &mut vec![0; room]);
                assert_eq!(short, Err(EncodeError::BufferTooSmall { needed: 6 }));
            }
            // As much of it as there is room for.
            for room in 6..needed {
                let mut out = vec![0; room];
                let (taken, len) = encoder.clone().encode(chunk.as_bytes(), &mut out).unwrap();
                assert!(taken > 0 && taken < chunk.len() && len <= room);
            }
            let mut out = vec![0; needed];
            let whole = encoder.encode(chunk.as_bytes(), &mut out);
            assert_eq!(whole, Ok((chunk.len(), needed)));
            sent.extend_from_slice(&out);
        }
        let needed = bytes.len() - sent.len();
        for room in 0..needed {
            let short = encoder.finish(&trailers, &mut vec![0; room]);
            assert_eq!(short, Err(EncodeError::BufferTooSmall { needed }));
            assert!(!encoder.is_done());
        }
        let mut out = vec![0; needed];
        assert_eq!(encoder.finish(&trailers, &mut out), Ok(needed));
        sent.extend_from_slice(&out);
        assert_eq!(str::from_utf8(&sent), Ok(*bytes));
        assert!(encoder.is_done());
        assert_eq!(encoder.finish(&Fields::EMPTY, &mut []), Ok(0));

        // Back.
        let content = chunks.concat();
        let decoder = BodyDecoder::new(Framing::Chunked);
        let mut expected = String::new();
        if !content.is_empty() {
            expected.push_str(&format!("+\"{}\" ", content.escape_default()));
        }
        if !trailers.is_empty() {
            expected.push_str(&format!("{} ", crate::common::fields_text(&trailers)));
        }
        expected.push_str(&format!("; @{}", bytes.len()));
        let received = [bytes.as_bytes(), b"next"].concat();
        for cuts in cuts(bytes.len()) {
            let found = decode_body(decoder.clone(), bytes.as_bytes(), &cuts);
            assert_eq!(found, (expected.clone(), None), "{cuts:?}");
            let found = decode_in_place(decoder.clone(), bytes.as_bytes(), &cuts);
            assert!(found.0.ends_with(&format!("; @{}", bytes.len())) && found.1.is_none());
        }
        let mut place = received.clone();
        let found = decoder.clone().decode_in_place(&mut place);
        let (len, taken) = (content.len(), bytes.len());
        assert_eq!(found, Ok(InPlace { content: len, taken, done: true }));
        assert_eq!(&place[..len], content.as_bytes());
        assert_eq!(&place[taken..], b"next");
        for len in 0..bytes.len() {
            let mut decoder = decoder.clone();
            let received = &bytes.as_bytes()[..len];
            let found = decode_body(decoder.clone(), received, &[]);
            assert!(found.1.is_none() && !found.0.contains('@'), "{len}");
            let mut at = 0;
            while let Ok((taken, Some(_))) = decoder.decode(&received[at..]) {
                at += taken;
            }
            assert_eq!(decoder.handle_eof().unwrap_err().kind, ErrorKind::Incomplete);
        }
    }
}

/// RFC 9110 section 6.5.1.
#[test]
fn fields_that_are_no_trailers() {
    let named = |name| Field::new(name, "1").unwrap();
    let finish = |trailers: &[Field<'_>]| {
        BodyEncoder::new(Framing::Chunked).finish(&Fields::new(trailers), &mut [0; 100])
    };
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "Trailer",
        "TE",
        "Upgrade",
        "Expect",
        "Authorization",
        "Proxy-Authorization",
        "Set-Cookie",
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "Cache-Control",
        "Max-Forwards",
    ] {
        let refused = Err(EncodeError::Invalid(ErrorKind::TrailerForbidden));
        assert_eq!(finish(&[named(name)]), refused, "{name}");
        assert_eq!(finish(&[named("Digest"), named(name)]), refused, "{name}");
    }
    let trailers = [named("Digest"), named("ETag"), named("X-Host")];
    assert_eq!(finish(&trailers), Ok("0\r\nDigest: 1\r\nETag: 1\r\nX-Host: 1\r\n\r\n".len()));
}

#[test]
fn a_length_both_ways() {
    let mut encoder = BodyEncoder::new(Framing::Length(5));
    let mut out = [0; 8];
    assert_eq!(encoder.encode(b"he", &mut out), Ok((2, 2)));
    let too_much = Err(EncodeError::Invalid(ErrorKind::BodyTooLong));
    assert_eq!(encoder.encode(b"llo!", &mut out), too_much);
    let early = Err(EncodeError::Invalid(ErrorKind::Incomplete));
    assert_eq!(encoder.finish(&Fields::EMPTY, &mut out), early);
    assert_eq!(encoder.encode(b"llo", &mut out[..1]), Ok((1, 1)));
    assert_eq!(encoder.encode(b"lo", &mut out), Ok((2, 2)));
    assert_eq!((encoder.remaining(), encoder.encode(b"", &mut out)), (Some(0), Ok((0, 0))));
    let trailers = [Field::new("Digest", "x").unwrap()];
    let no_trailers = Err(EncodeError::Invalid(ErrorKind::TrailerForbidden));
    assert_eq!(encoder.finish(&Fields::new(&trailers), &mut out), no_trailers);
    assert_eq!(encoder.finish(&Fields::EMPTY, &mut out), Ok(0));

    for cuts in cuts(5) {
        let decoder = BodyDecoder::new(Framing::Length(5));
        assert_eq!(decoder.remaining(), Some(5));
        let found = decode_body(decoder.clone(), b"hello", &cuts);
        assert_eq!(found, ("+\"hello\" ; @5".to_owned(), None));
        assert_eq!(decode_in_place(decoder, b"hello", &cuts), found);
    }
    let found = decode_body(BodyDecoder::new(Framing::Length(2)), b"hello", &[]);
    assert_eq!(found, ("+\"he\" ; @2".to_owned(), None));
}

#[test]
fn none_and_until_the_end() {
    for framing in [Framing::None, Framing::Tunnel, Framing::Length(0)] {
        let found = decode_body(BodyDecoder::new(framing), b"next", &[]);
        assert_eq!(found, ("; @0".to_owned(), None), "{framing:?}");
        // The connection may end before the end is told, and behind it.
        let mut decoder = BodyDecoder::new(framing);
        assert_eq!((decoder.remaining(), decoder.is_done()), (Some(0), false));
        assert_eq!(decoder.handle_eof(), Ok(()));
        assert_eq!(decoder.decode(b"next"), Ok((0, Some(BodyPart::End))));
        assert_eq!((decoder.remaining(), decoder.is_done()), (Some(0), true));
        assert_eq!(decoder.handle_eof(), Ok(()));
        assert_eq!(decoder.decode(b"next"), Ok((0, None)));
    }
    for framing in [Framing::None, Framing::Tunnel, Framing::Length(5), Framing::Chunked] {
        assert!(!BodyDecoder::new(framing).is_until_close(), "{framing:?}");
    }
    let mut decoder = BodyDecoder::new(Framing::UntilClose);
    assert!(decoder.is_until_close());
    let found = decode_body(decoder.clone(), b"hello", &[2]);
    assert_eq!(found, ("+\"hello\" ".to_owned(), None));
    assert_eq!(decoder.handle_eof(), Ok(()));
    assert!(!decoder.is_until_close());
    let found = decode_body(decoder, b"", &[]);
    assert_eq!(found, ("; @0".to_owned(), None));
}
