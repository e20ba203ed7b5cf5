//! Feature `nom`: heads and parts of bodies as parsers.

use http_lite::body::{BodyDecoder, BodyPart};
use http_lite::framing::Framing;
use http_lite::{DecodeError, ErrorKind, HeadParser, Limits};
use nom::error::{ErrorKind as NomKind, FromExternalError, ParseError};
use nom::{Err, Needed, Parser};

use crate::wire::{
    Log, REQUESTS, RESPONSES, request_framing, requests, response_framing, responses,
};

/// Keeps where and why.
#[derive(Debug, PartialEq)]
struct Why<'a>(&'a [u8], Option<DecodeError>);

impl<'a> ParseError<&'a [u8]> for Why<'a> {
    fn from_error_kind(input: &'a [u8], _: NomKind) -> Self {
        Self(input, None)
    }

    fn append(_: &'a [u8], _: NomKind, other: Self) -> Self {
        other
    }
}

impl<'a> FromExternalError<&'a [u8], DecodeError> for Why<'a> {
    fn from_external_error(input: &'a [u8], _: NomKind, error: DecodeError) -> Self {
        Self(input, Some(error))
    }
}

const INCOMPLETE: Err<Why<'_>> = Err::Incomplete(Needed::Unknown);

/// Parses with every shorter input first, which must be incomplete and change nothing.
fn shortest<'a, T>(
    input: &'a [u8],
    mut parser: impl Parser<&'a [u8], Output = T, Error = Why<'a>>,
) -> (&'a [u8], T) {
    for len in 0..=input.len() {
        match parser.parse(&input[..len]) {
            Ok((rest, value)) => return (&input[len - rest.len()..], value),
            Err(error) => assert_eq!(error, INCOMPLETE),
        }
    }
    panic!("never complete")
}

/// Takes a body, each part from the shortest input that has one.
fn body<'a>(mut input: &'a [u8], framing: Framing, log: &mut Log) -> &'a [u8] {
    let mut decoder = BodyDecoder::new(framing);
    while !decoder.is_done() {
        if decoder.is_until_close() && input.is_empty() {
            decoder.handle_eof().unwrap();
        }
        let (rest, part) = shortest(input, decoder.parser::<Why<'_>>());
        log.part(&part);
        input = rest;
    }
    assert_eq!(decoder.parser()(input), Err(Err::Error(Why(input, None))));
    input
}

#[test]
fn requests_one_behind_the_other() {
    let (mut rest, mut log) = (REQUESTS, Log::default());
    while !rest.is_empty() {
        let (behind, head) = shortest(rest, Limits::DEFAULT.request_parser::<Why<'_>>());
        let mut parser = HeadParser::new();
        parser.parse_request(rest).unwrap().unwrap();
        let framing = request_framing(&parser);
        log.request(&head, &format!("{framing:?}"));
        rest = body(behind, framing, &mut log);
    }
    assert_eq!(log, requests());
}

#[test]
fn responses_one_behind_the_other() {
    let (mut rest, mut log) = (RESPONSES, Log::default());
    while !rest.is_empty() {
        let (behind, head) = shortest(rest, Limits::DEFAULT.response_parser::<Why<'_>>());
        let mut parser = HeadParser::new();
        parser.parse_response(rest).unwrap().unwrap();
        if head.status.is_informational() {
            log.response(&head, "informational");
            rest = behind;
            continue;
        }
        let framing = response_framing(&parser, head.status);
        log.response(&head, &format!("{framing:?}"));
        rest = body(behind, framing, &mut log);
    }
    assert_eq!(log, responses());
}

#[test]
fn a_fault_is_a_failure_at_its_byte() {
    let head = b"GET / HTTP/1.1\r\nHost : x\r\n\r\n";
    let parser = Limits::DEFAULT.request_parser::<Why<'_>>();
    let Err(Err::Failure(Why(at, Some(error)))) = parser(head) else { panic!() };
    assert_eq!((error.kind, error.offset), (ErrorKind::SpaceBeforeColon, 20));
    assert_eq!(at, &head[20..]);

    let limits = Limits { bytes: 20, fields: 1 };
    let parser = limits.response_parser::<Why<'_>>();
    let Err(Err::Failure(Why(_, Some(error)))) = parser(b"HTTP/1.1 200 OK\r\na: b\r\n\r\n") else {
        panic!()
    };
    assert_eq!(error.kind, ErrorKind::FieldsTooLong);
}

#[test]
fn a_fault_in_a_body_is_a_failure_again_and_again() {
    let mut decoder = BodyDecoder::new(Framing::Chunked);
    let mut parser = decoder.parser::<Why<'_>>();
    for _ in 0..2 {
        let Err(Err::Failure(Why(_, Some(error)))) = parser(b"5\rX") else { panic!() };
        assert_eq!((error.kind, error.offset), (ErrorKind::BareCr, 2));
    }
    // What was refused was not taken. Behind three bytes of a body, the fault is where it is here.
    assert_eq!(parser(b"1\r\na"), Ok((&b""[..], BodyPart::Data(b"a"))));
    let Err(Err::Failure(Why(at, Some(error)))) = parser(b"\r\n7;X\n") else { panic!() };
    assert_eq!((error.kind, error.offset, at), (ErrorKind::BareLf, 9, &b"\n"[..]));
}
