//! How bytes arrive, and what a reader makes of them, as one line of text.

#![allow(dead_code, reason = "each test uses a part of it")]

use http_lite::body::{BodyDecoder, BodyPart};
use http_lite::connection::{Client, ClientEvent, SendError, Server, ServerEvent, Settings};
use http_lite::framing::Framing;
use http_lite::{
    DecodeError, Field, Fields, HeadParser, Limits, Method, RequestHead, ResponseHead, StatusCode,
    Target,
};

/// What a reader makes of bytes: a text, and the error that it ended with.
pub(crate) type Verdict = (String, Option<DecodeError>);

/// Where input is cut: never, at each place once, or behind each byte.
pub(crate) fn cuts(len: usize) -> impl Iterator<Item = Vec<usize>> {
    let once = (1..len).map(|cut| vec![cut]);
    [vec![], (1..len).collect()].into_iter().chain(once)
}

/// As [`cuts`], for input too long to be cut everywhere: about 40 of these, and both ends.
pub(crate) fn some_cuts(len: usize) -> Vec<Vec<usize>> {
    let step = (len / 40).max(1);
    let places = (1..len).filter(|at| at % step == 0 || *at < 40 || at + 40 > len);
    [vec![], (1..len).collect()].into_iter().chain(places.map(|cut| vec![cut])).collect()
}

/// Lends `bytes` as they arrive, from where the last call has taken them to; `each` takes some and
/// says whether there may be more to do with the same bytes.
pub(crate) fn feed(
    bytes: &[u8],
    cuts: &[usize],
    mut each: impl FnMut(&[u8]) -> Result<(usize, bool), DecodeError>,
) -> Result<usize, DecodeError> {
    let mut taken = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        // What follows was not received yet: it does not even exist.
        let received = bytes[..end].to_vec();
        loop {
            let (now, more) = each(&received[taken..])?;
            assert!(now <= received.len() - taken);
            taken += now;
            if !more && now == 0 {
                break;
            }
        }
    }
    Ok(taken)
}

/// What a server makes of a client's bytes. It answers each request at its end.
pub(crate) fn serve(settings: Settings, bytes: &[u8], cuts: &[usize]) -> (Verdict, Vec<u8>) {
    let mut server = Server::new(settings);
    let (mut text, mut sent) = (String::new(), Vec::new());
    let fed = feed(bytes, cuts, |input| {
        let (taken, event) = server.handle_input(input, 0)?;
        let more = event.is_some();
        match event {
            Some(ServerEvent::Request { head, framing }) => {
                line(&mut text, &request_text(&head), framing);
            }
            Some(ServerEvent::Body(part)) => {
                body_text(&mut text, part);
                if part == BodyPart::End {
                    let fields = [Field::content_length(0)];
                    let head = ResponseHead::new(StatusCode::NOT_FOUND, Fields::new(&fields));
                    send(&mut sent, |out| server.respond(&head, 0, out));
                }
            }
            None => {}
        }
        Ok((taken, more))
    });
    if let Err(error) = fed {
        // It stays, whatever comes.
        assert_eq!(server.handle_input(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0), Err(error));
        assert_eq!(server.handle_eof(), Err(error));
        assert!(!server.wants_input());
        send(&mut sent, |out| server.poll_transmit(0, out).map(Option::unwrap_or_default));
        assert!(server.wants_close());
    }
    ((text, fed.err()), sent)
}

/// What a client makes of a server's bytes, after requests of these methods.
pub(crate) fn ask(methods: &[&str], bytes: &[u8], cuts: &[usize], eof: bool) -> Verdict {
    let mut client = Client::new(Settings::CLIENT);
    for method in methods {
        let method = Method::new(method.as_bytes()).unwrap();
        let raw: &[u8] = if method == Method::CONNECT { b"a:1" } else { b"/" };
        let fields = [
            Field::new("Host", "a").unwrap(),
            Field::new("Connection", "upgrade").unwrap(),
            Field::new("Upgrade", "b").unwrap(),
        ];
        let fields = if method == "UPGRADE" { &fields[..] } else { &fields[..1] };
        let target = Target::new(raw, &method).unwrap();
        let head = RequestHead::new(method, target, Fields::new(fields));
        client.request(&head, 0, &mut [0; 200]).unwrap();
    }
    let mut text = String::new();
    let heard = |client: &mut Client, input: &[u8], text: &mut String| {
        let (taken, event) = client.handle_input(input, 0)?;
        let more = event.is_some();
        match event {
            Some(ClientEvent::Informational(head)) => {
                text.push_str(&format!("{} ; ", response_text(&head)));
            }
            Some(ClientEvent::Response { head, framing }) => {
                line(text, &response_text(&head), framing);
            }
            Some(ClientEvent::Body(part)) => body_text(text, part),
            None => {}
        }
        Ok((taken, more))
    };
    let mut fed = feed(bytes, cuts, |input| heard(&mut client, input, &mut text)).map(|_| ());
    if eof && fed.is_ok() {
        fed = client.handle_eof();
        while fed.is_ok() && heard(&mut client, b"", &mut text).is_ok_and(|(_, more)| more) {}
    }
    if let Err(error) = fed {
        assert_eq!(client.handle_input(b"HTTP/1.1 200 OK\r\n\r\n", 0), Err(error));
        assert_eq!(client.handle_eof(), Err(error));
        assert!(client.wants_close() && !client.wants_input() && !client.can_request());
    }
    (text, fed.err())
}

/// What the parser of request heads makes of bytes: of one head.
pub(crate) fn parse_request(limits: Limits, bytes: &[u8], cuts: &[usize]) -> Verdict {
    let mut parser = HeadParser::with_limits(limits);
    let mut text = String::new();
    let mut last = None;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let received = bytes[..end].to_vec();
        match parser.parse_request(&received) {
            Ok(None) => {}
            Ok(Some((head, len))) => {
                text = format!("{} @{len}", request_text(&head));
                break;
            }
            Err(error) => {
                last = Some(error);
                break;
            }
        }
    }
    (text, last)
}

/// What the parser of response heads makes of bytes: of one head.
pub(crate) fn parse_response(limits: Limits, bytes: &[u8], cuts: &[usize]) -> Verdict {
    let mut parser = HeadParser::with_limits(limits);
    let mut text = String::new();
    let mut last = None;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let received = bytes[..end].to_vec();
        match parser.parse_response(&received) {
            Ok(None) => {}
            Ok(Some((head, len))) => {
                text = format!("{} @{len}", response_text(&head));
                break;
            }
            Err(error) => {
                last = Some(error);
                break;
            }
        }
    }
    (text, last)
}

/// What a decoder makes of a body; what it left goes behind `@`.
pub(crate) fn decode_body(mut decoder: BodyDecoder, bytes: &[u8], cuts: &[usize]) -> Verdict {
    let mut text = String::new();
    let fed = feed(bytes, cuts, |input| {
        let (taken, part) = decoder.decode(input)?;
        if let Some(part) = part {
            body_text(&mut text, part);
        }
        Ok((taken, part.is_some()))
    });
    if let Err(error) = fed {
        assert_eq!(decoder.decode(b"0\r\n\r\n"), Err(error));
        assert_eq!(decoder.decode_in_place(&mut [b'0']), Err(error));
        assert_eq!(decoder.handle_eof(), Err(error));
    }
    if let Ok(taken) = fed
        && decoder.is_done()
    {
        text.push_str(&format!("@{taken}"));
    }
    (text, fed.err())
}

/// As [`decode_body`], in place: content that was moved to the front, without trailers.
pub(crate) fn decode_in_place(mut decoder: BodyDecoder, bytes: &[u8], cuts: &[usize]) -> Verdict {
    let (mut content, mut taken) = (Vec::new(), 0);
    let mut failed = None;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let mut received = bytes[taken..end].to_vec();
        match decoder.decode_in_place(&mut received) {
            Ok(place) => {
                assert!(place.content <= place.taken && place.taken <= received.len());
                assert_eq!(received[place.taken..], bytes[taken + place.taken..end]);
                content.extend_from_slice(&received[..place.content]);
                taken += place.taken;
                assert_eq!(place.done, decoder.is_done());
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let mut text = String::new();
    if !content.is_empty() {
        body_text(&mut text, BodyPart::Data(&content));
    }
    if decoder.is_done() {
        body_text(&mut text, BodyPart::End);
        text.push_str(&format!("@{taken}"));
    }
    (text, failed)
}

/// Lets `write` write into a buffer that is too small at first.
#[track_caller]
pub(crate) fn send(
    sent: &mut Vec<u8>,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, SendError>,
) {
    let len = match write(&mut []) {
        Ok(len) => {
            assert_eq!(len, 0);
            return;
        }
        Err(SendError::BufferTooSmall { needed }) => needed,
        Err(error) => panic!("{error}"),
    };
    let mut out = vec![0; len];
    assert_eq!(write(&mut out[..len - 1]), Err(SendError::BufferTooSmall { needed: len }));
    assert_eq!(write(&mut out), Ok(len));
    sent.extend_from_slice(&out);
}

fn line(text: &mut String, head: &str, framing: Framing) {
    text.push_str(&format!("{head} {framing:?} "));
}

/// Data that comes in pieces is one text.
pub(crate) fn body_text(text: &mut String, part: BodyPart<'_>) {
    match part {
        BodyPart::Data(data) => {
            assert!(!data.is_empty());
            if text.ends_with("\" ") && text.contains("+\"") {
                text.truncate(text.len() - 2);
            } else {
                text.push_str("+\"");
            }
            text.push_str(&format!("{}\" ", data.escape_ascii()));
        }
        BodyPart::Trailers(fields) => text.push_str(&format!("{} ", fields_text(&fields))),
        BodyPart::End => text.push_str("; "),
    }
}

pub(crate) fn request_text(head: &RequestHead<'_>) -> String {
    let RequestHead { method, target, version, fields } = head;
    format!("{method} {target} {version:?} {}", fields_text(fields))
}

pub(crate) fn response_text(head: &ResponseHead<'_>) -> String {
    let ResponseHead { version, status, reason, fields } = head;
    format!("{version:?} {status} {reason:?} {}", fields_text(fields))
}

/// `{name: value, name: value}`
pub(crate) fn fields_text(fields: &Fields<'_>) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("{}: {}", field.name.as_str(), field.value.as_bytes().escape_ascii()))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

/// No limits of time.
pub(crate) const SETTINGS: Settings = Settings::SERVER;
pub(crate) const DEFAULT: Limits = Limits::DEFAULT;
