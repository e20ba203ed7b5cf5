//! Feature `nom`: the decoders as parsers.

use core::num::NonZeroUsize;

use coap_codec::{Code, Codec, DecodeError, ErrorKind, Message, Type, ws};
use nom::branch::alt;
use nom::error::{ErrorKind as NomKind, FromExternalError, ParseError};
use nom::multi::many0_count;
use nom::{Err, Needed, Parser};

use crate::wire::{CODEC, with_messages};

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

#[test]
fn messages_one_behind_the_other() {
    with_messages(|messages, wire| {
        let parser = CODEC.parser::<Why<'_>>();
        let mut rest = wire;
        for message in messages {
            let (behind, parsed) = parser(rest).unwrap();
            assert_eq!(parsed, *message);
            rest = behind;
        }
        assert!(rest.is_empty());
        let pair = (&parser, &parser).parse(wire).unwrap().1;
        assert_eq!(pair, (messages[0], messages[1]));
        // Like every streaming parser, it waits for more at the end.
        assert!(many0_count(&parser).parse(wire).unwrap_err().is_incomplete());
    });
}

#[test]
fn incomplete_says_how_much_as_soon_as_it_can_be_known() {
    with_messages(|_, wire| {
        let parser = CODEC.parser::<Why<'_>>();
        let (_, len) = CODEC.decode(wire).unwrap().unwrap();
        for have in 0..len {
            let needed = match have {
                0 | 1 => Needed::Unknown,
                _ => Needed::Size(NonZeroUsize::new(len - have).unwrap()),
            };
            assert_eq!(parser(&wire[..have]), Err(Err::Incomplete(needed)));
        }
    });
}

#[test]
fn a_fault_in_a_stream_is_a_failure_at_its_field() {
    let bytes = b"\x20\x01\xB0\xFF\x00\xE1";
    let parser = CODEC.parser::<Why<'_>>();
    let Err(Err::Failure(Why(at, Some(error)))) = parser(bytes) else { panic!() };
    assert_eq!((error.kind, error.offset), (ErrorKind::EmptyPayload, 3));
    assert_eq!(at, &bytes[3..]);
}

#[test]
fn a_datagram_is_taken_whole_and_a_fault_lets_others_try() {
    let get = b"\x40\x01\x00\x01\xB1a";
    let parser = Codec::new().parser::<Why<'_>>();
    let (rest, message) = parser(get).unwrap();
    assert_eq!((rest, message), (&[][..], Codec::new().decode(get).unwrap()));

    let bad = b"\x40\x01\x00\x01\xB1";
    let Err(Err::Error(Why(at, Some(error)))) = parser(bad) else { panic!() };
    assert_eq!((error.kind, at), (ErrorKind::OptionTruncated, &bad[4..]));
    let other = Message::new(Type::Reset, Code::EMPTY, 0);
    assert_eq!(alt((&parser, |i| Ok((i, other)))).parse(&bad[..]), Ok((&bad[..], other)));
}

#[test]
fn a_web_socket_message_too() {
    let get = b"\x00\x01\xB1a";
    let parser = ws::Codec::new().parser::<Why<'_>>();
    let (rest, message) = parser(get).unwrap();
    assert_eq!((rest, message), (&[][..], ws::Codec::new().decode(get).unwrap()));
    let Err(Err::Error(Why(at, Some(error)))) = parser(b"\x10\x01") else { panic!() };
    assert_eq!((error.kind, at), (ErrorKind::WebSocketLength, &b"\x10\x01"[..]));
}
