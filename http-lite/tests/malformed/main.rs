//! Heads and bodies that others have read wrongly: what, bytes, verdict. Each is read whole, byte by
//! byte and in two parts cut at every place, and the verdict is always the same one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod chunks;
mod content_length;
mod fields;
mod flood;
mod rule;
mod start_line;
mod state;
mod sticky;
mod transfer_encoding;

use common::{DEFAULT, SETTINGS, Verdict, ask, cuts, decode_body, decode_in_place, serve};
use http_lite::body::BodyDecoder;
use http_lite::framing::Framing;
use http_lite::{DecodeError, ErrorKind};

/// What a row says: the whole meaning, or kind and offset. An error may come behind a meaning.
#[derive(Debug, Clone, Copy)]
enum Is<'a> {
    Good(&'a str),
    Bad(ErrorKind, u32),
    Then(&'a str, ErrorKind, u32),
}

use Is::{Bad, Good, Then};

/// What, the bytes, the verdict.
type Row = (&'static str, &'static [u8], Is<'static>);

impl Is<'_> {
    fn verdict(self) -> Verdict {
        match self {
            Good(text) => (text.to_owned(), None),
            Bad(kind, offset) => (String::new(), Some(error(kind, offset))),
            Then(text, kind, offset) => (text.to_owned(), Some(error(kind, offset))),
        }
    }

    /// The error that many bytes later.
    fn behind(self, len: usize) -> Self {
        match self {
            Bad(kind, offset) => Bad(kind, offset + u32::try_from(len).unwrap()),
            other => other,
        }
    }
}

/// It cannot be made but by decoding; all its parts can be compared.
fn error(kind: ErrorKind, offset: u32) -> DecodeError {
    let mut error = http_lite::HeadParser::new().parse_request(b"\0").unwrap_err();
    (error.kind, error.offset) = (kind, offset);
    error
}

/// Requests, as a server reads them.
#[track_caller]
fn requests(rows: &[Row]) {
    for (what, bytes, is) in rows {
        request(what, bytes, *is);
    }
}

#[track_caller]
fn request(what: &str, bytes: &[u8], is: Is<'_>) {
    for cuts in cuts(bytes.len()) {
        let ((text, error), sent) = serve(SETTINGS, bytes, &cuts);
        let found = (text.trim_end().to_owned(), error);
        assert_eq!(found, is.verdict(), "{what}: {} cut {cuts:?}", bytes.escape_ascii());
        let answers = found.0.matches(';').count();
        let mut expected = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".repeat(answers);
        if let Some(error) = found.1 {
            rule::is(error);
            expected.extend_from_slice(rule::answer(error.kind).as_bytes());
            if answers == 0 {
                parser_agrees(what, bytes, &cuts, error);
            }
            assert_eq!(sent.escape_ascii().to_string(), expected.escape_ascii().to_string());
        }
    }
}

/// The parser finds what a server finds, if it is not a rule of connections.
#[track_caller]
fn parser_agrees(what: &str, bytes: &[u8], cuts: &[usize], error: DecodeError) {
    let (text, found) = common::parse_request(DEFAULT, bytes, cuts);
    if text.is_empty() {
        assert_eq!(found, Some(error), "{what}");
    } else {
        assert!(found.is_none() && !rule::is_of_the_parser(error.kind), "{what}: {text}");
    }
}

/// Responses, as a client reads them that has sent GET.
#[track_caller]
fn responses(rows: &[Row]) {
    for (what, bytes, is) in rows {
        response(what, &["GET"], bytes, *is);
    }
}

#[track_caller]
fn response(what: &str, methods: &[&str], bytes: &[u8], is: Is<'_>) {
    for cuts in cuts(bytes.len()) {
        let (text, error) = ask(methods, bytes, &cuts, false);
        let found = (text.trim_end().to_owned(), error);
        assert_eq!(found, is.verdict(), "{what}: {} cut {cuts:?}", bytes.escape_ascii());
        if let Some(error) = error {
            rule::is(error);
        }
    }
}

/// Bodies in chunks, as the decoder reads them, in place too, and as server and client do.
#[track_caller]
fn chunked(rows: &[Row]) {
    for (what, bytes, is) in rows {
        chunked_at(what, bytes, *is);
    }
}

#[track_caller]
fn chunked_at(what: &str, bytes: &[u8], is: Is<'_>) {
    for cuts in cuts(bytes.len()) {
        let decoder = BodyDecoder::new(Framing::Chunked);
        let (text, error) = decode_body(decoder.clone(), bytes, &cuts);
        let found = (text.trim_end().to_owned(), error);
        assert_eq!(found, is.verdict(), "{what}: {} cut {cuts:?}", bytes.escape_ascii());
        let (text, error) = decode_in_place(decoder, bytes, &cuts);
        assert_eq!(error, found.1, "{what} in place, cut {cuts:?}");
        if let Some(error) = error {
            rule::is(error);
        } else {
            let plain = without_trailers(&found.0);
            assert_eq!(text.trim_end(), plain, "{what} in place, cut {cuts:?}");
        }
    }
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (_, found) = serve(SETTINGS, &[head, bytes].concat(), &[]).0;
    assert_eq!(found, is.verdict().1, "{what}");
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (_, found) = ask(&["GET"], &[head, bytes].concat(), &[], false);
    assert_eq!(found, is.verdict().1, "{what}");
}

fn without_trailers(text: &str) -> String {
    match (text.find('{'), text.find("} ")) {
        (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to + 2..]),
        _ => text.to_owned(),
    }
}
