//! Feature `bytes`: heads, bodies and events out of a `BytesMut`, and into any `BufMut`.

use bytes::{BufMut, BytesMut};
use http_lite::body::{BodyDecoder, BodyEncoder, BodyPart};
use http_lite::connection::{Client, SendError, Server, ServerEvent, Settings};
use http_lite::framing::Framing;
use http_lite::{
    BodyBytes, ClientEventBytes, EncodeError, ErrorKind, Field, Fields, HeadParser, Method,
    RequestHead, ResponseHead, ServerEventBytes, StatusCode, Target,
};

use crate::wire::{
    Log, REQUESTS, RESPONSE_COUNT, RESPONSES, request_framing, requests, response_framing,
    responses, with_get, with_ok,
};

const PIECES: [usize; 6] = [1, 2, 3, 7, 64, 5000];

fn part(log: &mut Log, part: &BodyBytes) {
    log.part(&match part {
        BodyBytes::Data(data) => BodyPart::Data(data),
        BodyBytes::Trailers(trailers) => BodyPart::Trailers(trailers.fields()),
        BodyBytes::End => BodyPart::End,
    });
}

#[test]
fn requests_out_of_pieces_of_every_size() {
    for piece in PIECES {
        let (mut buffer, mut log) = (BytesMut::new(), Log::default());
        let (mut parser, mut decoder) = (HeadParser::new(), None::<BodyDecoder>);
        for piece in REQUESTS.chunks(piece) {
            buffer.extend_from_slice(piece);
            loop {
                if let Some(body) = &mut decoder {
                    let Some(found) = body.split_part(&mut buffer).unwrap() else { break };
                    part(&mut log, &found);
                    if found == BodyBytes::End {
                        decoder = None;
                    }
                } else {
                    let Some(head) = parser.split_request(&mut buffer).unwrap() else { break };
                    let framing = request_framing(&parser);
                    log.request(&head.head(), &format!("{framing:?}"));
                    assert_eq!(format!("{head:?}"), format!("{:?}", head.head()));
                    decoder = Some(BodyDecoder::new(framing));
                }
            }
        }
        assert!(buffer.is_empty());
        assert_eq!(log, requests(), "{piece}");
    }
}

#[test]
fn responses_out_of_pieces_of_every_size() {
    for piece in PIECES {
        let (mut buffer, mut log) = (BytesMut::new(), Log::default());
        let (mut parser, mut decoder) = (HeadParser::new(), None::<BodyDecoder>);
        let mut ended = false;
        for piece in RESPONSES.chunks(piece).chain([&b""[..]]) {
            buffer.extend_from_slice(piece);
            if piece.is_empty() {
                decoder.as_mut().unwrap().handle_eof().unwrap();
            }
            while !ended {
                if let Some(body) = &mut decoder {
                    let Some(found) = body.split_part(&mut buffer).unwrap() else { break };
                    part(&mut log, &found);
                    if found == BodyBytes::End {
                        decoder = None;
                        ended = piece.is_empty();
                    }
                } else {
                    let Some(head) = parser.split_response(&mut buffer).unwrap() else { break };
                    let head = head.clone();
                    if head.head().status.is_informational() {
                        log.response(&head.head(), "informational");
                        continue;
                    }
                    let framing = response_framing(&parser, head.head().status);
                    log.response(&head.head(), &format!("{framing:?}"));
                    decoder = Some(BodyDecoder::new(framing));
                }
            }
        }
        assert_eq!(log, responses(), "{piece}");
    }
}

#[test]
fn connections_give_the_same_events() {
    for piece in PIECES {
        let (mut buffer, mut log) = (BytesMut::new(), Log::default());
        let (mut server, mut sent) = (Server::new(Settings::SERVER), Vec::new());
        for piece in REQUESTS.chunks(piece) {
            buffer.extend_from_slice(piece);
            while let Some(event) = server.split_event(&mut buffer, 0).unwrap() {
                match &event {
                    ServerEventBytes::Request { head, framing } => {
                        log.server(&ServerEvent::Request { head: head.head(), framing: *framing });
                    }
                    ServerEventBytes::Body(found) => part(&mut log, found),
                }
                if event == ServerEventBytes::Body(BodyBytes::End) {
                    let head = ResponseHead::new(StatusCode::NO_CONTENT, Fields::EMPTY);
                    server.respond_buf(&head, 0, &mut sent).unwrap();
                }
            }
        }
        assert_eq!(log, requests(), "{piece}");
        assert_eq!(sent, b"HTTP/1.1 204 No Content\r\n\r\n".repeat(5));

        let (mut buffer, mut log) = (BytesMut::new(), Log::default());
        let (mut client, mut sent) = (Client::new(Settings::CLIENT), Vec::new());
        for _ in 0..RESPONSE_COUNT {
            with_get(|get| client.request_buf(get, 0, &mut sent).unwrap());
        }
        for piece in RESPONSES.chunks(piece).chain([&b""[..]]) {
            buffer.extend_from_slice(piece);
            if piece.is_empty() {
                client.handle_eof().unwrap();
            }
            while let Some(event) = client.split_event(&mut buffer, 0).unwrap() {
                match &event {
                    ClientEventBytes::Informational(head) => {
                        log.response(&head.head(), "informational");
                    }
                    ClientEventBytes::Response { head, framing } => {
                        log.response(&head.head(), &format!("{framing:?}"));
                    }
                    ClientEventBytes::Body(found) => part(&mut log, found),
                }
            }
        }
        assert_eq!(log, responses(), "{piece}");
        assert_eq!(sent, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(RESPONSE_COUNT));
    }
}

#[test]
fn nothing_is_sent_behind_bytes_that_answer_nothing() {
    let (mut client, mut sent) = (Client::new(Settings::CLIENT), Vec::new());
    with_get(|get| client.request_buf(get, 0, &mut sent).unwrap());
    let wire = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil";
    let mut buffer = BytesMut::from(wire);
    while client.split_event(&mut buffer, 0).unwrap()
        != Some(ClientEventBytes::Body(BodyBytes::End))
    {}
    let request = with_get(|get| client.request_buf(get, 0, &mut sent));
    assert_eq!(request, Err(SendError::OutOfTurn));
    assert_eq!(client.split_event(&mut buffer, 0).unwrap_err().kind, ErrorKind::Unexpected);
    assert_eq!(sent, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

#[test]
fn nothing_is_copied() {
    let mut buffer = BytesMut::from(REQUESTS);
    let all = buffer.as_ptr_range();
    let mut server = Server::new(Settings::SERVER);
    let mut looked = 0;
    while let Some(event) = server.split_event(&mut buffer, 0).unwrap() {
        let bytes = match &event {
            ServerEventBytes::Request { head, .. } => head.bytes(),
            ServerEventBytes::Body(BodyBytes::Data(data)) => data,
            ServerEventBytes::Body(BodyBytes::Trailers(trailers)) => trailers.bytes(),
            ServerEventBytes::Body(BodyBytes::End) => {
                let head = ResponseHead::new(StatusCode::NO_CONTENT, Fields::EMPTY);
                server.respond(&head, 0, &mut [0; 64]).unwrap();
                continue;
            }
        };
        assert!(all.contains(&bytes.as_ptr()) && !bytes.is_empty());
        looked += 1;
    }
    assert_eq!(looked, 5 + 3 + 1);
}

#[test]
fn an_error_leaves_the_buffer_as_it_was() {
    for bytes in [&b"GET / HTTP/1.1\nHost: x\n\n"[..], b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"] {
        let expected = HeadParser::new().parse_request(bytes).unwrap_err();
        let mut buffer = BytesMut::from(bytes);
        assert_eq!(HeadParser::new().split_request(&mut buffer), Err(expected));
        assert_eq!(buffer, bytes);
    }
    let mut buffer = BytesMut::from("HTTP/1.1 20 OK\r\n\r\n");
    let error = HeadParser::new().split_response(&mut buffer).unwrap_err();
    assert_eq!((error.kind, buffer.len()), (ErrorKind::StatusCode, 18));
    let mut buffer = BytesMut::from("5\r\nhelloX");
    let mut decoder = BodyDecoder::new(Framing::Chunked);
    assert_eq!(decoder.split_part(&mut buffer), Ok(Some(BodyBytes::Data("hello".into()))));
    assert_eq!(decoder.split_part(&mut buffer).unwrap_err().kind, ErrorKind::ChunkEnd);
}

/// A head of about 700 bytes, more than goes through the stack.
fn with_large_head(look: impl FnOnce(&RequestHead<'_>, &[u8])) {
    let cookie = "c".repeat(600);
    let fields = [Field::new("Host", "x").unwrap(), Field::new("Cookie", &cookie).unwrap()];
    let head = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    let mut bytes = vec![0; head.encoded_len()];
    head.encode(&mut bytes).unwrap();
    look(&head, &bytes);
}

#[test]
fn heads_are_appended_to_any_buf_mut_or_not_at_all() {
    with_large_head(|large, bytes| {
        let (mut vec, mut bytes_mut) = (vec![0xAA], BytesMut::from(&[0xAA][..]));
        assert_eq!(large.encode_buf(&mut vec), Ok(bytes.len()));
        assert_eq!(large.encode_buf(&mut bytes_mut), Ok(bytes.len()));
        assert_eq!(vec, [&[0xAA], bytes].concat());
        assert_eq!(vec, bytes_mut);
        let mut slice = vec![0; bytes.len() + 3];
        let mut window = &mut slice[..];
        assert_eq!(large.encode_buf(&mut window), Ok(bytes.len()));
        assert_eq!(window.len(), 3);
        assert_eq!(slice[..bytes.len()], *bytes);
        for room in [0, 1, 511, 512, 513, bytes.len() - 1] {
            let mut out = Vec::new().limit(room);
            let error = EncodeError::BufferTooSmall { needed: bytes.len() };
            assert_eq!(large.encode_buf(&mut out), Err(error), "{room}");
            assert!(out.get_ref().is_empty());
            let mut client = Client::new(Settings::CLIENT);
            let error = SendError::BufferTooSmall { needed: bytes.len() };
            assert_eq!(client.request_buf(large, 0, &mut out), Err(error));
            assert!(client.is_idle() && out.get_ref().is_empty());
        }
    });
    let head = ResponseHead::new(StatusCode::OK, Fields::new(&[Field::CHUNKED, Field::CHUNKED]));
    let mut out = Vec::new();
    assert_eq!(head.encode_buf(&mut out), Err(EncodeError::Invalid(ErrorKind::ChunkedNotLast)));
    assert!(out.is_empty());
    with_ok("abc", |ok| assert_eq!(ok.encode_buf(&mut out), Ok(ok.encoded_len())));
    assert_eq!(out, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
}

#[test]
fn data_is_appended_as_one_chunk_or_not_at_all() {
    for (framing, expected) in [
        (Framing::Chunked, &b"11\r\nseventeen bytes..\r\n0\r\nDigest: d\r\n\r\n"[..]),
        (Framing::Length(17), b"seventeen bytes.."),
        (Framing::UntilClose, b"seventeen bytes.."),
    ] {
        let data = b"seventeen bytes..";
        let trailers = [Field::new("Digest", "d").unwrap()];
        let chunked = framing == Framing::Chunked;
        let trailers = if chunked { Fields::new(&trailers) } else { Fields::EMPTY };
        let needed = if chunked { 23 } else { 17 };

        let mut encoder = BodyEncoder::new(framing);
        for room in 0..needed {
            let mut out = Vec::new().limit(room);
            let error = Err(EncodeError::BufferTooSmall { needed });
            assert_eq!(encoder.encode_buf(data, &mut out), error);
            assert!(out.get_ref().is_empty());
        }
        let mut out = Vec::new();
        assert_eq!(encoder.encode_buf(b"", &mut out), Ok(0));
        assert_eq!(encoder.encode_buf(data, &mut out), Ok(needed));
        let rest = encoder.finish_buf(&trailers, &mut out).unwrap();
        assert_eq!((&out[..], needed + rest), (expected, expected.len()));
    }
    let mut encoder = BodyEncoder::new(Framing::Length(2));
    let mut out = Vec::new();
    assert_eq!(
        encoder.finish_buf(&Fields::EMPTY, &mut out),
        Err(EncodeError::Invalid(ErrorKind::Incomplete))
    );
    let error = EncodeError::Invalid(ErrorKind::BodyTooLong);
    assert_eq!(encoder.encode_buf(b"abc", &mut out), Err(error));
    assert!(out.is_empty());
}

#[test]
fn a_server_appends_its_response() {
    let mut out = Vec::new();
    for (method, expected) in [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
    ] {
        let mut server = Server::new(Settings::SERVER);
        assert_eq!(server.data_buf(b"abc", &mut out), Err(SendError::OutOfTurn));
        let mut buffer = BytesMut::from(&*format!("{method} / HTTP/1.1\r\nHost: x\r\n\r\n"));
        while server.split_event(&mut buffer, 0).unwrap().is_some() {}
        with_ok("abc", |ok| server.respond_buf(ok, 0, &mut out).unwrap());
        let framed = if method == "GET" { 3 } else { 0 };
        assert_eq!(server.data_buf(b"abc", &mut out), Ok(framed));
        assert_eq!(server.finish_buf(&Fields::EMPTY, 0, &mut out), Ok(0));
        assert!(server.wants_input() && buffer.is_empty());
        assert_eq!(String::from_utf8(core::mem::take(&mut out)).unwrap(), expected);
    }
    let mut server = Server::new(Settings::SERVER);
    assert_eq!(server.poll_transmit_buf(0, &mut out), Ok(0));
    let error = server.split_event(&mut BytesMut::from("GET / HTTP/2.0\r\n"), 0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::VersionUnsupported);
    assert_eq!(server.poll_transmit_buf(0, &mut out), Ok(out.len()));
    assert!(out.starts_with(b"HTTP/1.1 505 "));
}

#[test]
fn a_client_appends_its_request() {
    let (mut client, mut out) = (Client::new(Settings::CLIENT), Vec::new());
    let fields = [Field::new("Host", "x").unwrap(), Field::CHUNKED];
    let post = RequestHead::new(Method::POST, Target::ROOT, Fields::new(&fields));
    client.request_buf(&post, 0, &mut out).unwrap();
    assert_eq!(client.data_buf(b"abc", &mut out), Ok(8));
    assert_eq!(client.finish_buf(&Fields::EMPTY, 0, &mut out), Ok(5));
    assert_eq!(client.data_buf(b"abc", &mut out), Err(SendError::OutOfTurn));
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(out, [head, "3\r\nabc\r\n0\r\n\r\n"].concat().as_bytes());
}
