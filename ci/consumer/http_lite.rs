//! What a new user of http-lite writes first.

use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, Server, ServerEvent, Settings};
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
    connection();
}

/// GET from a client to a server and back.
fn connection() {
    let (mut client, mut server) = (Client::new(Settings::CLIENT), Server::new(Settings::SERVER));
    let fields = [Field::new("Host", "hub.local").unwrap()];
    let get = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    let (mut there, mut back) = ([0; 64], [0; 64]);
    let sent = client.request(&get, 0, &mut there).unwrap();
    let (taken, event) = server.handle_input(&there[..sent], 0).unwrap();
    assert!(matches!(event, Some(ServerEvent::Request { head, .. }) if head.method == "GET"));
    assert_eq!(taken, sent);
    let (_, event) = server.handle_input(&[], 0).unwrap();
    assert_eq!(event, Some(ServerEvent::Body(BodyPart::End)));

    let fields = [Field::content_length(2)];
    let ok = ResponseHead::new(StatusCode::OK, Fields::new(&fields));
    let len = server.respond(&ok, 0, &mut back).unwrap();
    let (_, data) = server.data(b"ok", &mut back[len..]).unwrap();
    assert_eq!(server.finish(&Fields::EMPTY, 0, &mut []), Ok(0));
    let (taken, event) = client.handle_input(&back[..len + data], 0).unwrap();
    assert!(matches!(event, Some(ClientEvent::Response { framing: Framing::Length(2), .. })));
    let (_, event) = client.handle_input(&back[taken..len + data], 0).unwrap();
    assert_eq!(event, Some(ClientEvent::Body(BodyPart::Data(b"ok"))));
    let (_, event) = client.handle_input(&[], 0).unwrap();
    assert_eq!(event, Some(ClientEvent::Body(BodyPart::End)));
    assert!(client.is_idle() && server.wants_input());
}
