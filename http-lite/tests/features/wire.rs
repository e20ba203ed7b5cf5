//! Messages on the wire, and what they say to who has all bytes at once and no feature.

use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, Server, ServerEvent, Settings};
use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::{Field, Fields, HeadParser, Method, RequestHead, ResponseHead, StatusCode, Target};

/// Requests one behind the other: with empty lines before, with each framing, extensions and
/// trailers, each form of target but the tunnel's, a higher minor version, a secret.
pub(crate) const REQUESTS: &[u8] = b"\r\n\r\nGET /a?b HTTP/1.1\r\nHost: x\r\n\r\n\
    POST /form HTTP/1.1\r\nhost:x\r\nContent-Length: 5\r\nAuthorization: Basic abc\r\n\r\nhello\
    PUT http://[::1]:8080/c HTTP/1.4\r\nHost: [::1]:8080\r\nTransfer-Encoding: chunked\r\n\r\n\
    5;a=\"b\"\r\nhello\r\nA\r\n, chunked!\r\n0\r\nDigest: d\r\nx:\r\n\r\n\
    \r\nOPTIONS * HTTP/1.1\r\nHOST: x \r\nObs: \xFC\r\n\r\n\
    M-SEARCH /%20 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

/// Responses to as many GETs: informational ones, each framing, with and without a reason phrase and
/// its SP; the last one lasts until the connection ends.
pub(crate) const RESPONSES: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
    HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
    HTTP/1.1 204\r\nSet-Cookie: a=b\r\n\r\n\
    HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n\
    HTTP/1.0 599 na\xEFve reason\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n\
    HTTP/1.1 200 OK\r\n\r\nuntil the end";
pub(crate) const RESPONSE_COUNT: usize = 5;

/// What was said. Adjacent data is joined, so that it is the same for every cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Log(pub(crate) Vec<String>);

impl Log {
    pub(crate) fn server(&mut self, event: &ServerEvent<'_>) {
        match event {
            ServerEvent::Request { head, framing } => self.request(head, &format!("{framing:?}")),
            ServerEvent::Body(part) => self.part(part),
        }
    }

    pub(crate) fn client(&mut self, event: &ClientEvent<'_>) {
        match event {
            ClientEvent::Informational(head) => self.response(head, "informational"),
            ClientEvent::Response { head, framing } => self.response(head, &format!("{framing:?}")),
            ClientEvent::Body(part) => self.part(part),
        }
    }

    pub(crate) fn request(&mut self, head: &RequestHead<'_>, framing: &str) {
        self.0.push(format!("{head:?} {framing}"));
    }

    pub(crate) fn response(&mut self, head: &ResponseHead<'_>, framing: &str) {
        self.0.push(format!("{head:?} {framing}"));
    }

    pub(crate) fn part(&mut self, part: &BodyPart<'_>) {
        match (part, self.0.last_mut()) {
            (BodyPart::Data(data), Some(last)) if last.starts_with("data ") => {
                assert!(!data.is_empty());
                last.push_str(&data.escape_ascii().to_string());
            }
            (BodyPart::Data(data), _) => self.0.push(format!("data {}", data.escape_ascii())),
            (other, _) => self.0.push(format!("{other:?}")),
        }
    }
}

/// What [`REQUESTS`] say to a server that answers each with 204 at its end.
pub(crate) fn requests() -> Log {
    let (mut server, mut log) = (Server::new(Settings::SERVER), Log::default());
    let mut rest = REQUESTS;
    while let (taken, Some(event)) = server.handle_input(rest, 0).unwrap() {
        rest = &rest[taken..];
        log.server(&event);
        if event == ServerEvent::Body(BodyPart::End) {
            let head = ResponseHead::new(StatusCode::NO_CONTENT, Fields::EMPTY);
            server.respond(&head, 0, &mut [0; 64]).unwrap();
        }
    }
    assert!(rest.is_empty() && log.0.len() == 5 + 5 + 2 + 1);
    log
}

/// What [`RESPONSES`] say to a client that asked for them.
pub(crate) fn responses() -> Log {
    let (mut client, mut log) = (Client::new(Settings::CLIENT), Log::default());
    with_get(|get| {
        for _ in 0..RESPONSE_COUNT {
            client.request(get, 0, &mut [0; 64]).unwrap();
        }
    });
    let mut rest = RESPONSES;
    while let (taken, Some(event)) = client.handle_input(rest, 0).unwrap() {
        rest = &rest[taken..];
        log.client(&event);
    }
    client.handle_eof().unwrap();
    let (_, event) = client.handle_input(&[], 0).unwrap();
    log.client(&event.unwrap());
    assert!(rest.is_empty() && log.0.len() == 1 + 5 + 5 + 3 + 1);
    log
}

/// How the body ends that follows a request, without a connection.
pub(crate) fn request_framing(parser: &HeadParser) -> Framing {
    decide(Message::Request, parser.facts()).unwrap()
}

/// How the body ends that follows a response to GET, without a connection.
pub(crate) fn response_framing(parser: &HeadParser, status: StatusCode) -> Framing {
    decide(Message::Response(Asked::Other, status), parser.facts()).unwrap()
}

pub(crate) fn with_get<R>(look: impl FnOnce(&RequestHead<'_>) -> R) -> R {
    let fields = [Field::new("Host", "x").unwrap()];
    look(&RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields)))
}

/// The head of a response that answers what came: how many bytes of content it was.
pub(crate) fn with_ok<R>(content: &str, look: impl FnOnce(&ResponseHead<'_>) -> R) -> R {
    let fields = [Field::content_length(content.len() as u64)];
    look(&ResponseHead::new(StatusCode::OK, Fields::new(&fields)))
}
