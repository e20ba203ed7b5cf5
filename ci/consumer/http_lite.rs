//! What a new user of http-lite writes first.

use http_lite::framing::{Framing, Message, decide};
use http_lite::{
    ErrorKind, Field, Fields, HeadParser, Method, RequestHead, ResponseHead, StatusCode, Target,
};

const NOT_FOUND: ResponseHead<'_> =
    ResponseHead::new(StatusCode::NOT_FOUND, Fields::new(&[Field::content_length(0)]));
static NOT_FOUND_BYTES: [u8; NOT_FOUND.encoded_len()] = {
    let mut bytes = [0; NOT_FOUND.encoded_len()];
    assert!(NOT_FOUND.encode(&mut bytes).is_ok());
    bytes
};

pub fn check() {
    assert_eq!(&NOT_FOUND_BYTES, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let mut parser = HeadParser::new();
    let (head, len) = parser.parse_response(&NOT_FOUND_BYTES).unwrap().unwrap();
    assert_eq!((head.status, len), (StatusCode::NOT_FOUND, NOT_FOUND_BYTES.len()));

    let fields = [Field::new("Host", "hub.local").unwrap(), Field::content_length(4)];
    let target = Target::new(b"/led", &Method::PUT).unwrap();
    let mut buffer = [0; 64];
    let len =
        RequestHead::new(Method::PUT, target, Fields::new(&fields)).encode(&mut buffer).unwrap();
    let mut parser = HeadParser::new();
    assert_eq!(parser.parse_request(&buffer[..len - 1]), Ok(None)); // read more
    let (head, _) = parser.parse_request(&buffer[..len]).unwrap().unwrap();
    assert_eq!((head.method, head.target.path()), (Method::PUT, &b"/led"[..]));
    assert_eq!(decide(Message::Request, parser.facts()), Ok(Framing::Length(4)));

    let error = HeadParser::new().parse_request(b"GET / HTTP/1.1\nHost: a\n\n").unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::BareLf, 14));
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
}
