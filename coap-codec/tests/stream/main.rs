//! Messages out of a stream in pieces of any size: the same as of who has the whole input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "../laws/built.rs"]
mod built;
mod law;
#[path = "../reference/mod.rs"]
mod reference;
#[path = "../laws/source.rs"]
mod source;

use coap_codec::{Code, ErrorKind, ReliableMessage, Token, tcp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::law::Plan;
use crate::reference::Over;

/// What a peer may send: one message for each entropy.
fn sent(entropies: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for entropy in entropies {
        built::message(entropy, |message| {
            let over = Over::Tcp { max_message_size: 0 };
            wire.extend(reference::encode(over, &reference::fields(message)));
        });
    }
    wire
}

fn plan() -> impl Strategy<Value = Plan> {
    let pieces = prop_oneof![vec(1..4_usize, 1..3), vec(1..200_usize, 1..5), Just(vec![1])];
    let room = prop_oneof![0..12_usize, 12..80_usize, 80..4_000_usize];
    let codec = (
        proptest::sample::select(vec![8, 20, 65_804]),
        proptest::sample::select(vec![1152, 1 << 20, 30]),
    );
    (codec, room, pieces, any::<bool>()).prop_map(|((token, size), room, pieces, into_space)| {
        let codec = tcp::Codec::new().with_max_token_len(token).with_max_message_size(size);
        Plan { codec, room, pieces, into_space }
    })
}

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..60), vec(0..48_u8, 0..30)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_in_any_pieces(plan in plan(), entropies in vec(entropy(), 0..6)) {
        law::hold(&plan, &sent(&entropies));
    }

    #[test]
    fn a_fault_after_some_messages(
        plan in plan(),
        entropies in vec(entropy(), 0..4),
        fault in vec(any::<u8>(), 1..20),
    ) {
        law::hold(&plan, &[sent(&entropies), fault].concat());
    }
}

/// Every cut of a stream into two and into single bytes, in a buffer that just holds the longest.
#[test]
fn every_cut_gives_the_same_messages() {
    let csm = [0x40, 0xE1, 0x22, 0x20, 0x00, 0x20];
    let content = [&[0xD2, 0x05, 0x45, 1, 2, 0xFF], &[b'x'; 17][..]].concat();
    let wire = [&csm[..], &[0x00, 0x00], &content, &[0x01, 0xE2, 0x42], &csm].concat();
    for cut in 0..=wire.len() {
        for room in [content.len(), content.len() + 1, 200] {
            for into_space in [true, false] {
                let pieces = vec![cut.max(1), wire.len()];
                let codec = tcp::Codec::new();
                law::hold(&Plan { codec, room, pieces, into_space }, &wire);
                law::hold(&Plan { codec, room, pieces: vec![1], into_space }, &wire);
            }
        }
    }
}

#[test]
fn a_message_that_just_fits_the_buffer() {
    let pong = [0x02, 0xE3, 0x01, 0x02];
    let mut buffer = [0; 4];
    let mut stream = tcp::Stream::new(&mut buffer);
    for _ in 0..3 {
        assert_eq!(stream.push(&pong), 4);
        assert_eq!((stream.space().len(), stream.push(&[0])), (0, 0));
        let message = stream.next(&tcp::Codec::new()).unwrap().unwrap();
        assert_eq!(
            message,
            ReliableMessage::new(Code::PONG).with_token(Token::new(&[1, 2]).unwrap())
        );
        assert_eq!(stream.held(), []);
    }
}

#[test]
fn a_message_that_the_buffer_cannot_hold_is_refused_with_its_header() {
    let mut buffer = [0; 8];
    let mut stream = tcp::Stream::new(&mut buffer);
    stream.push(&[0x70]);
    assert_eq!(stream.next(&tcp::Codec::new()), Ok(None));
    stream.push(&[0x45]); // Nine bytes in all.
    for _ in 0..2 {
        assert_eq!(stream.next(&tcp::Codec::new()), Err(law::too_large()));
    }
    assert_eq!(stream.held(), [0x70, 0x45]);
}

/// A header of five bytes never fits into four, so nobody is left waiting.
#[test]
fn a_header_that_the_buffer_cannot_hold_is_refused() {
    let codec = tcp::Codec::new().with_max_message_size(u32::MAX);
    let mut buffer = [0; 4];
    let mut stream = tcp::Stream::new(&mut buffer);
    stream.push(&[0xF0, 0, 0]);
    assert_eq!(stream.next(&codec), Ok(None));
    stream.push(&[0]);
    assert_eq!(stream.next(&codec).unwrap_err().kind, ErrorKind::MessageTooLarge);
}

#[test]
fn saying_too_much_was_filled_is_harmless() {
    let mut buffer = [0; 4];
    let mut stream = tcp::Stream::new(&mut buffer);
    stream.filled(usize::MAX);
    assert_eq!(stream.held(), [0; 4]);
    // Two Empty messages.
    assert_eq!(stream.next(&tcp::Codec::new()), Ok(Some(ReliableMessage::new(Code::EMPTY))));
    assert_eq!(stream.next(&tcp::Codec::new()), Ok(Some(ReliableMessage::new(Code::EMPTY))));
    assert_eq!(stream.next(&tcp::Codec::new()), Ok(None));
    assert!(format!("{stream:?}").contains("capacity: 4"));
}
