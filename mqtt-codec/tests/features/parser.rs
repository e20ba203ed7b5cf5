//! Feature `nom`: the decoder as a parser.

use core::num::NonZeroUsize;

use mqtt_codec::{Codec, DecodeError, ErrorKind, Packet, Role};
use nom::error::{ErrorKind as NomKind, FromExternalError, ParseError};
use nom::multi::many0_count;
use nom::{Err, Needed, Parser};

use crate::wire::{CODEC, with_packets};

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

fn server() -> Codec {
    Codec { role: Role::Server, ..CODEC }
}

#[test]
fn packets_one_behind_the_other() {
    with_packets(|packets, wire| {
        let parser = server().parser::<Why<'_>>();
        let mut rest = wire;
        for packet in packets {
            let (behind, parsed) = parser(rest).unwrap();
            assert_eq!(parsed, *packet);
            rest = behind;
        }
        assert!(rest.is_empty());
        let pair = (&parser, &parser).parse(wire).unwrap().1;
        assert_eq!(pair, (packets[0], packets[1]));
        // Like every streaming parser, it waits for more at the end.
        assert!(many0_count(&parser).parse(wire).unwrap_err().is_incomplete());
    });
}

#[test]
fn incomplete_says_how_much_as_soon_as_it_can_be_known() {
    with_packets(|_, wire| {
        let parser = server().parser::<Why<'_>>();
        let (_, len) = server().decode(wire).unwrap().unwrap();
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
fn a_fault_is_a_failure_at_its_field() {
    let bytes = b"\x30\x04\x00\x01#\x00\xC0\x00";
    let parser = server().parser::<Why<'_>>();
    let Err(Err::Failure(Why(at, Some(error)))) = parser(bytes) else { panic!() };
    assert_eq!((error.kind, error.offset), (ErrorKind::TopicNameWildcard, 2));
    assert_eq!(at, &bytes[2..]);
    // It is not backtracked from: no other parser can make a packet of it.
    let other = |i| Ok((i, Packet::Pingreq));
    assert!(nom::branch::alt((parser, other)).parse(&bytes[..]).is_err());
}
