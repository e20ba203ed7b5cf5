//! Options that come and go in an encoded message: against a model, at the borders of every form, in
//! buffers that are just full.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod law;
#[path = "../reference/mod.rs"]
mod reference;
#[path = "../laws/source.rs"]
mod source;

use coap_codec::{
    Code, Codec, EncodeError, ErrorKind, Message, MessageMut, OptionNumber, Token, Type,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::law::Edit;
use crate::reference::{Fields, Over};

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_do_what_a_list_would(
        data in prop_oneof![vec(any::<u8>(), 0..200), vec(0..64_u8, 0..120)],
    ) {
        let (bytes, room, edits) = law::from_bytes(&data);
        law::hold(&bytes, room, &edits);
    }
}

/// A GET with these options, encoded by the book.
fn get(options: &[(u16, usize)], payload: &[u8]) -> Vec<u8> {
    let options = options.iter().map(|(number, len)| (*number, vec![b'o'; *len])).collect();
    let fields = Fields { code: 1, options, payload: payload.to_vec(), ..Fields::default() };
    reference::encode(Over::Udp, &fields)
}

/// Numbers on both sides of every border of a delta: 12 and 13, 268 and 269.
const BORDERS: [u16; 9] = [0, 2, 10, 12, 14, 267, 268, 270, 65_534];

/// An option between any two others comes and goes: the first byte and the extension of the one
/// behind change, and in the end all is as it was.
#[test]
fn an_option_between_two_others_at_every_border() {
    for before in BORDERS {
        for between in BORDERS.map(|gap| before.saturating_add(gap)) {
            for behind in BORDERS.map(|gap| between.saturating_add(gap)) {
                // Elective numbers that nobody has registered: these may repeat, in any length.
                let [before, between, behind] = [before, between, behind].map(unregistered);
                for len in [0, 12, 13, 268, 269] {
                    let bytes = get(&[(before, 1), (behind, 2)], b"p");
                    let number = OptionNumber(between);
                    let value = vec![b'v'; len];
                    let edits = [
                        Edit::Insert(number, value.clone()),
                        Edit::Set(number, vec![]),
                        Edit::Set(number, value),
                        Edit::Remove(number),
                    ];
                    law::hold(&bytes, 280, &edits);
                    law::hold(&bytes, 0, &edits);
                }
            }
        }
    }
}

/// The next even number that has no definition.
fn unregistered(number: u16) -> u16 {
    let mut number = number & !1;
    while OptionNumber(number).definition().is_some() {
        number += 2;
    }
    number
}

/// In a buffer that the edit just fills, and in one that is a byte too short.
#[test]
fn every_edit_in_a_buffer_that_it_just_fills() {
    let numbers = [0, 4, 8, 11, 12, 60, 252, 292, 2048, 65_535].map(OptionNumber);
    let lens = [0, 1, 8, 12, 13, 40, 255, 268, 269, 1034];
    for options in [&[][..], &[(8, 3)], &[(4, 2), (11, 5), (11, 0), (60, 1), (2049, 300)]] {
        for payload in [&b""[..], b"payload"] {
            let bytes = get(options, payload);
            for number in numbers {
                for len in lens {
                    for edit in [
                        Edit::Insert(number, vec![b'v'; len]),
                        Edit::Set(number, vec![b'v'; len]),
                        Edit::Payload(vec![b'v'; len]),
                    ] {
                        let grown = grown_by(&bytes, &edit);
                        for room in [grown.saturating_sub(1), grown, grown + 1] {
                            law::hold(&bytes, room, &[edit.clone(), Edit::Remove(number)]);
                        }
                    }
                }
            }
        }
    }
}

fn grown_by(bytes: &[u8], edit: &Edit) -> usize {
    let mut buffer = bytes.to_vec();
    buffer.resize(bytes.len() + 2_000, 0);
    let mut edited = MessageMut::open(&Codec::new(), &mut buffer, bytes.len()).unwrap();
    let _ = match edit {
        Edit::Insert(number, value) => edited.insert(*number, value),
        Edit::Set(number, value) => edited.set(*number, value),
        Edit::Payload(payload) => edited.set_payload(payload),
        other => panic!("{other:?}"),
    };
    edited.len().saturating_sub(bytes.len())
}

/// Taking away any option leaves the others as they were.
#[test]
fn removing_any_of_many_leaves_the_others() {
    let all: Vec<(u16, usize)> =
        [0, 1, 1, 1, 4, 11, 11, 12, 25, 26, 60, 281, 292, 292, 561, 65_535]
            .iter()
            .enumerate()
            .map(|(i, number)| (*number, i % 9))
            .collect();
    let bytes = get(&all, b"p");
    for (number, _) in &all {
        for (then, _) in &all {
            let edits = [OptionNumber(*number), OptionNumber(*then)].map(Edit::Remove);
            law::hold(&bytes, 0, &edits);
        }
    }
    let edits: Vec<Edit> = all.iter().map(|option| Edit::Remove(OptionNumber(option.0))).collect();
    law::hold(&bytes, 0, &edits);
}

#[test]
fn an_option_that_has_been_last_is_found_again() {
    let numbers = [60, 11, 60, 292, 12, 65_535, 4].map(OptionNumber);
    let mut edits = Vec::new();
    for number in numbers {
        edits.push(Edit::Set(number, vec![1]));
        edits.push(Edit::Remove(number));
        edits.push(Edit::Set(number, vec![2]));
    }
    edits.extend(numbers.map(Edit::Remove));
    edits.extend(numbers.map(|number| Edit::Set(number, vec![3])));
    law::hold(&get(&[], b""), 100, &edits);
    law::hold(&get(&[(11, 3), (12, 1)], b"p"), 100, &edits);
}

#[test]
fn a_value_longer_than_any_option_can_be() {
    let mut buffer = vec![0; 70_000];
    let mut edited =
        MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, Token::EMPTY).unwrap();
    let number = OptionNumber(2048);
    assert_eq!(
        edited.insert(number, &[0; 65_805]),
        Err(EncodeError::Invalid(ErrorKind::OptionValueLength))
    );
    assert_eq!(edited.len(), 4);
    edited.insert(number, &[0; 65_804]).unwrap();
    assert_eq!(edited.len(), 4 + 5 + 65_804);
    assert_eq!(edited.message().options.first(number).map(<[u8]>::len), Some(65_804));
    assert_eq!(Codec::new().decode(edited.as_bytes()), Ok(edited.message()));
}

#[test]
fn a_new_message_needs_room_for_header_and_token() {
    for len in [0, 1, 8] {
        let token = vec![7; len];
        let token = Token::new(&token).unwrap();
        let needed = 4 + len;
        for room in 0..needed {
            let mut buffer = vec![0; room];
            let new = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, token);
            assert_eq!(new.err(), Some(EncodeError::BufferTooSmall { needed }));
        }
        let mut buffer = vec![0; needed];
        let new = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, token).unwrap();
        let message = Message::new(Type::Confirmable, Code::GET, 1).with_token(token);
        assert_eq!(new.message(), message);
        assert_eq!(format!("{new:?}"), format!("{message:?}"));
    }
}

/// RFC 8974 is a matter of setting: what is opened may have an extended token, what is new may not.
#[test]
fn an_extended_token_needs_a_codec_that_allows_it() {
    for len in [9, 12, 13, 268, 269] {
        let token = vec![7; len];
        let token = Token::new(&token).unwrap();
        let mut buffer = vec![0; 400];
        let new = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, token);
        assert_eq!(new.err(), Some(EncodeError::Invalid(ErrorKind::TokenTooLong)));
        let message = Message::new(Type::Confirmable, Code::GET, 1).with_token(token);
        let codec = Codec::new().with_extended_tokens();
        let encoded = codec.encode(&message, &mut buffer).unwrap();
        let opened = MessageMut::open(&codec, &mut buffer, encoded).unwrap();
        assert_eq!(opened.message(), message);
    }
}

/// RFC 7252 section 4.1: an Empty message stays empty.
#[test]
fn nothing_comes_into_an_empty_message() {
    let mut buffer = [0xA5; 16];
    let mut ping =
        MessageMut::new(&mut buffer, Type::Confirmable, Code::EMPTY, 1, Token::EMPTY).unwrap();
    let refused = Err(EncodeError::Invalid(ErrorKind::EmptyMessage));
    assert_eq!(ping.insert(OptionNumber::URI_PATH, b"a"), refused);
    assert_eq!(ping.set(OptionNumber(2048), b""), refused);
    assert_eq!(ping.set_payload(b"a"), refused);
    assert_eq!(ping.set_payload(b""), Ok(()));
    assert!(!ping.remove(OptionNumber::URI_PATH));
    let room = ping.payload_room().len();
    ping.commit_payload(room);
    assert_eq!(ping.as_bytes(), [0x40, 0x00, 0x00, 0x01]);
}

#[test]
fn only_the_bytes_of_the_message_are_opened() {
    let mut buffer = *b"\x40\x01\x00\x01\xB1a\xFFpayload";
    let opened = MessageMut::open(&Codec::new(), &mut buffer, 6).unwrap();
    assert_eq!(opened.as_bytes(), b"\x40\x01\x00\x01\xB1a");
    assert_eq!(MessageMut::open(&Codec::new(), &mut buffer, usize::MAX).unwrap().len(), 14);
    assert_eq!(
        MessageMut::open(&Codec::new(), &mut buffer, 7).map(|_| ()).unwrap_err().kind,
        ErrorKind::EmptyPayload
    );
}
