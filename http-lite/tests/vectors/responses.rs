//! Examples of responses.

use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::{Fields, HeadParser, Reason, ResponseHead, StatusCode, Version};

use crate::common::{DEFAULT, cuts, parse_response};
use crate::{fields, is_written, wire};

/// Section, lines; status, reason, how the body ends after GET.
const ROWS: &[(&str, &str, u16, &str, Framing)] = &[
    (
        "RFC 9110 section 3.9",
        "HTTP/1.1 200 OK
         Date: Mon, 27 Jul 2009 12:28:53 GMT
         Server: Apache
         Last-Modified: Wed, 22 Jul 2009 19:15:56 GMT
         ETag: \"34aa387-d-1568eb00\"
         Accept-Ranges: bytes
         Content-Length: 51
         Vary: Accept-Encoding
         Content-Type: text/plain",
        200,
        "OK",
        Framing::Length(51),
    ),
    (
        "RFC 9110 section 7.8",
        "HTTP/1.1 101 Switching Protocols
         Connection: upgrade
         Upgrade: websocket",
        101,
        "Switching Protocols",
        Framing::None,
    ),
    (
        "RFC 9110 section 6.6.1",
        "HTTP/1.1 304 Not Modified
         Date: Tue, 15 Nov 1994 08:12:31 GMT",
        304,
        "Not Modified",
        Framing::None,
    ),
    (
        "RFC 9110 section 14.4",
        "HTTP/1.1 206 Partial Content
         Date: Wed, 15 Nov 1995 06:25:24 GMT
         Last-Modified: Wed, 15 Nov 1995 04:58:08 GMT
         Content-Range: bytes 21010-47021/47022
         Content-Length: 26012
         Content-Type: image/gif",
        206,
        "Partial Content",
        Framing::Length(26_012),
    ),
    (
        "RFC 9110 section 14.6",
        "HTTP/1.1 206 Partial Content
         Date: Wed, 15 Nov 1995 06:25:24 GMT
         Last-Modified: Wed, 15 Nov 1995 04:58:08 GMT
         Content-Length: 1741
         Content-Type: multipart/byteranges; boundary=THIS_STRING_SEPARATES",
        206,
        "Partial Content",
        Framing::Length(1741),
    ),
    (
        "RFC 9110 section 15.5.17",
        "HTTP/1.1 416 Range Not Satisfiable
         Date: Fri, 20 Jan 2012 15:41:54 GMT
         Content-Range: bytes */47022",
        416,
        "Range Not Satisfiable",
        Framing::UntilClose,
    ),
    (
        "RFC 9110 section 15.5.22",
        "HTTP/1.1 426 Upgrade Required
         Upgrade: HTTP/3.0
         Connection: Upgrade
         Content-Length: 53
         Content-Type: text/plain",
        426,
        "Upgrade Required",
        Framing::Length(53),
    ),
    (
        "RFC 9112 section 6.1, without gzip",
        "HTTP/1.1 200 OK
         Transfer-Encoding: chunked",
        200,
        "OK",
        Framing::Chunked,
    ),
    ("RFC 9110 section 15.2.1", "HTTP/1.1 100 Continue", 100, "Continue", Framing::None),
    ("RFC 9110 section 15.3.5", "HTTP/1.1 204 No Content", 204, "No Content", Framing::None),
];

#[test]
fn examples_both_ways() {
    for (section, lines, status, reason, framing) in ROWS {
        let bytes = wire(lines);
        let mut parser = HeadParser::new();
        let received = [&bytes[..], b"behind"].concat();
        let (head, len) = parser.parse_response(&received).unwrap().unwrap();
        assert_eq!(len, bytes.len(), "{section}");
        assert_eq!((head.status.get(), head.version), (*status, Version::Http11), "{section}");
        assert_eq!(head.reason.as_bytes(), reason.as_bytes(), "{section}");
        let message = Message::Response(Asked::Other, head.status);
        assert_eq!(decide(message, parser.facts()), Ok(*framing), "{section}");
        let expected = fields(lines);
        assert_eq!(head.fields, Fields::new(&expected), "{section}");
        assert_eq!(head.fields.iter().count(), expected.len());

        // The registered reason phrase is what the example has.
        let own = ResponseHead::new(StatusCode::new(*status).unwrap(), Fields::new(&expected));
        assert_eq!((own, own.encoded_len()), (head, bytes.len()), "{section}");
        is_written(&bytes, |out| own.encode(out));
        is_written(&bytes, |out| head.encode(out));

        let whole = parse_response(DEFAULT, &bytes, &[]);
        assert!(whole.1.is_none());
        for cuts in cuts(bytes.len()) {
            assert_eq!(parse_response(DEFAULT, &bytes, &cuts), whole, "{section} {cuts:?}");
        }
        for len in 0..bytes.len() {
            assert_eq!(HeadParser::new().parse_response(&bytes[..len]), Ok(None), "{section}");
        }
    }
}

/// RFC 9112 section 4: without a reason phrase its SP is sent; and is not missed.
#[test]
fn a_reason_phrase_may_be_missing() {
    let status = StatusCode::new(299).unwrap();
    let own = ResponseHead::new(status, Fields::EMPTY);
    assert_eq!(own.reason, Reason::EMPTY);
    is_written(b"HTTP/1.1 299 \r\n\r\n", |out| own.encode(out));
    let mut parser = HeadParser::new();
    let (head, len) = parser.parse_response(b"HTTP/1.1 299\r\n\r\n").unwrap().unwrap();
    assert_eq!((head, len), (own, 16));
    let own = ResponseHead { reason: Reason::new("d\u{e9}j\u{e0} vu").unwrap(), ..own };
    is_written("HTTP/1.1 299 d\u{e9}j\u{e0} vu\r\n\r\n".as_bytes(), |out| own.encode(out));
    assert_eq!(Reason::new("a\r\nB: c"), None);
}

#[test]
fn http_1_0() {
    let own = ResponseHead {
        version: Version::Http10,
        ..ResponseHead::new(StatusCode::OK, Fields::EMPTY)
    };
    is_written(b"HTTP/1.0 200 OK\r\n\r\n", |out| own.encode(out));
}
