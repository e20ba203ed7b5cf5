//! Examples of requests.

use http_lite::framing::{Framing, Message, decide};
use http_lite::{
    Expect, Field, FieldName, FieldValue, Fields, HeadParser, Method, RequestHead, Target,
    TargetForm, Version,
};

use crate::common::{DEFAULT, cuts, parse_request};
use crate::{fields, is_written, wire};

/// Section, lines; method, form, path, query, authority; how the body ends.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    TargetForm,
    (&'static str, Option<&'static str>, Option<&'static str>),
    Framing,
);

const ROWS: &[Row] = &[
    (
        "RFC 9112 section 3.2.1",
        "GET /where?q=now HTTP/1.1
         Host: www.example.org",
        "GET",
        TargetForm::Origin,
        ("/where", Some("q=now"), None),
        Framing::None,
    ),
    (
        "RFC 9112 section 3.2.2",
        "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1
         Host: www.example.org",
        "GET",
        TargetForm::Absolute,
        ("/pub/WWW/TheProject.html", None, Some("www.example.org")),
        Framing::None,
    ),
    (
        "RFC 9112 section 3.2.3",
        "CONNECT www.example.com:80 HTTP/1.1
         Host: www.example.com",
        "CONNECT",
        TargetForm::Authority,
        ("", None, Some("www.example.com:80")),
        Framing::None,
    ),
    (
        "RFC 9112 section 3.2.4",
        "OPTIONS * HTTP/1.1
         Host: www.example.org:8001",
        "OPTIONS",
        TargetForm::Asterisk,
        ("", None, None),
        Framing::None,
    ),
    (
        "RFC 9112 section 3.2.4, to a proxy",
        "OPTIONS http://www.example.org:8001 HTTP/1.1
         Host: www.example.org:8001",
        "OPTIONS",
        TargetForm::Absolute,
        ("", None, Some("www.example.org:8001")),
        Framing::None,
    ),
    (
        "RFC 9112 section 3.3",
        "GET /pub/WWW/TheProject.html HTTP/1.1
         Host: www.example.org",
        "GET",
        TargetForm::Origin,
        ("/pub/WWW/TheProject.html", None, None),
        Framing::None,
    ),
    (
        "RFC 9110 section 3.9",
        "GET /hello.txt HTTP/1.1
         User-Agent: curl/7.64.1
         Host: www.example.com
         Accept-Language: en, mi",
        "GET",
        TargetForm::Origin,
        ("/hello.txt", None, None),
        Framing::None,
    ),
    (
        "RFC 9110 section 7.2",
        "GET /pub/WWW/ HTTP/1.1
         Host: www.example.org",
        "GET",
        TargetForm::Origin,
        ("/pub/WWW/", None, None),
        Framing::None,
    ),
    (
        "RFC 9110 section 7.8",
        "GET /hello HTTP/1.1
         Host: www.example.com
         Connection: upgrade
         Upgrade: websocket, IRC/6.9, RTA/x11",
        "GET",
        TargetForm::Origin,
        ("/hello", None, None),
        Framing::None,
    ),
    (
        "RFC 9110 section 8.6",
        "POST / HTTP/1.1
         Host: a
         Content-Length: 3495",
        "POST",
        TargetForm::Origin,
        ("/", None, None),
        Framing::Length(3495),
    ),
    (
        "RFC 9110 section 9.3.6",
        "CONNECT server.example.com:80 HTTP/1.1
         Host: server.example.com",
        "CONNECT",
        TargetForm::Authority,
        ("", None, Some("server.example.com:80")),
        Framing::None,
    ),
    (
        "RFC 9110 section 9.3.6, with credentials",
        "CONNECT server.example.com:443 HTTP/1.1
         Host: server.example.com:443
         Proxy-Authorization: basic aGVsbG86d29ybGQ=",
        "CONNECT",
        TargetForm::Authority,
        ("", None, Some("server.example.com:443")),
        Framing::None,
    ),
    (
        "RFC 9110 section 10.1.1",
        "PUT /somewhere/fun HTTP/1.1
         Host: origin.example.com
         Content-Type: video/h264
         Content-Length: 1234567890987
         Expect: 100-continue",
        "PUT",
        TargetForm::Origin,
        ("/somewhere/fun", None, None),
        Framing::Length(1_234_567_890_987),
    ),
    (
        "RFC 9112 section 7.4",
        "GET / HTTP/1.1
         Host: a
         TE: trailers, deflate;q=0.5
         Connection: TE",
        "GET",
        TargetForm::Origin,
        ("/", None, None),
        Framing::None,
    ),
    (
        "RFC 9112 section 6.1, without gzip",
        "POST / HTTP/1.1
         Host: a
         Transfer-Encoding: chunked",
        "POST",
        TargetForm::Origin,
        ("/", None, None),
        Framing::Chunked,
    ),
    (
        "RFC 9112 section 9.6",
        "GET / HTTP/1.1
         Host: a
         Connection: close",
        "GET",
        TargetForm::Origin,
        ("/", None, None),
        Framing::None,
    ),
    (
        "RFC 9110 section 9.3.1, any method",
        "M-SEARCH /a%20b;c=d?e=/f? HTTP/1.1
         Host: [2001:db8::1]:8080",
        "M-SEARCH",
        TargetForm::Origin,
        ("/a%20b;c=d", Some("e=/f?"), None),
        Framing::None,
    ),
];

#[test]
fn examples_both_ways() {
    for (section, lines, method, form, (path, query, authority), framing) in ROWS {
        let bytes = wire(lines);
        // Received, with what follows.
        let mut parser = HeadParser::new();
        let received = [&bytes[..], b"behind"].concat();
        let (head, len) = parser.parse_request(&received).unwrap().unwrap();
        assert_eq!(len, bytes.len(), "{section}");
        assert_eq!((head.method.as_str(), head.target.form()), (*method, *form), "{section}");
        assert_eq!(head.version, Version::Http11);
        assert_eq!(head.target.path(), path.as_bytes(), "{section}");
        assert_eq!(head.target.query(), query.map(str::as_bytes), "{section}");
        assert_eq!(head.target.authority(), authority.map(str::as_bytes), "{section}");
        assert_eq!(decide(Message::Request, parser.facts()), Ok(*framing), "{section}");
        let expected = fields(lines);
        assert_eq!(head.fields, Fields::new(&expected), "{section}");
        assert_eq!(head.fields.iter().count(), expected.len());

        // Sent: from its parts, and as it was received.
        let method = Method::new(method.as_bytes()).unwrap();
        let target = Target::new(head.target.as_bytes(), &method).unwrap();
        let own = RequestHead::new(method, target, Fields::new(&expected));
        assert_eq!((own, own.encoded_len()), (head, bytes.len()), "{section}");
        is_written(&bytes, |out| own.encode(out));
        is_written(&bytes, |out| head.encode(out));

        // In pieces.
        let whole = parse_request(DEFAULT, &bytes, &[]);
        assert!(whole.1.is_none());
        for cuts in cuts(bytes.len()) {
            assert_eq!(parse_request(DEFAULT, &bytes, &cuts), whole, "{section} {cuts:?}");
        }
        for len in 0..bytes.len() {
            assert_eq!(HeadParser::new().parse_request(&bytes[..len]), Ok(None), "{section}");
        }
    }
}

#[test]
fn what_fields_of_examples_mean() {
    let parse = |section: &str| {
        let row = ROWS.iter().find(|row| row.0 == section).unwrap();
        let mut parser = HeadParser::new();
        parser.parse_request(&wire(row.1)).unwrap();
        *parser.facts()
    };
    assert!(parse("RFC 9110 section 7.8").upgrade);
    assert_eq!(parse("RFC 9110 section 10.1.1").expect, Expect::Continue);
    assert!(!parse("RFC 9112 section 9.6").persists());
    assert!(parse("RFC 9112 section 7.4").persists());
}

/// RFC 9112 section 3.2.2: Host is the target's authority, also an empty one, and digits are a name.
#[test]
fn a_host_that_is_a_number() {
    let host = FieldName::new(b"Host").unwrap();
    let fields = [Field { name: host, value: FieldValue::number(131_072) }];
    for (target, is_its) in [("/", true), ("x://131072/", true), ("x://", false), ("x:///", false)]
    {
        let target = Target::new(target.as_bytes(), &Method::GET).unwrap();
        let head = RequestHead::new(Method::GET, target, Fields::new(&fields));
        assert_eq!(head.encode(&mut [0; 64]).is_ok(), is_its, "{target}");
    }
}
