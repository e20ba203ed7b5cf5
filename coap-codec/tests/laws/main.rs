//! Laws on messages built at random, on messages changed at random, and on random bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod built;
#[path = "../reference/mod.rs"]
mod reference;
mod source;
mod wire;

use proptest::collection::vec;
use proptest::prelude::*;

/// One change to the bytes of a message.
#[derive(Debug, Clone)]
enum Change {
    /// Another byte here.
    Set(usize, u8),
    /// A bit here.
    Flip(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    /// These bytes once more, somewhere.
    Copy {
        from: usize,
        len: usize,
        to: usize,
    },
    /// The message ends here.
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..4096_usize;
    let byte = prop_oneof![
        any::<u8>(),
        proptest::sample::select(vec![0x00, 0x0D, 0x0E, 0x0F, 0xD0, 0xE0, 0xF0, 0xDD, 0xEE, 0xFF])
    ];
    prop_oneof![
        3 => (0..16_usize, byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at.clone(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at.clone(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        1 => (at.clone(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => at.clone().prop_map(Change::Remove),
        1 => (at.clone(), 1..12_usize, at.clone())
            .prop_map(|(from, len, to)| Change::Copy { from, len, to }),
        1 => at.prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let at = |at: usize| at % bytes.len().max(1);
    match *change {
        Change::Insert(place, byte) => bytes.insert(at(place), byte),
        _ if bytes.is_empty() => {}
        Change::Set(place, byte) => {
            let place = at(place);
            bytes[place] = byte;
        }
        Change::Flip(place, bit) => {
            let place = at(place);
            bytes[place] ^= bit;
        }
        Change::Remove(place) => drop(bytes.remove(at(place))),
        Change::Copy { from, len, to } => {
            let (from, to) = (at(from), at(to));
            let copied = bytes[from..bytes.len().min(from + len)].to_vec();
            bytes.splice(to..to, copied);
        }
        Change::Cut(len) => bytes.truncate(at(len)),
    }
}

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..120), vec(0..48_u8, 0..60), vec(0xB8..=0xFF_u8, 0..60)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_arrives_as_it_was_sent(entropy in entropy()) {
        built::message(&entropy, |message| {
            built::hold(message);
        });
    }

    #[test]
    fn a_changed_message_is_judged_as_by_the_book(
        entropy in entropy(),
        changes in vec(change(), 1..4),
    ) {
        let mut bytes = Vec::new();
        built::message(&entropy, |message| {
            bytes = reference::encode(reference::Over::Udp, &reference::fields(message));
        });
        for change in &changes {
            apply(&mut bytes, change);
            wire::hold(&bytes);
        }
    }

    #[test]
    fn any_options_behind_a_header(code in any::<u8>(), bytes in vec(any::<u8>(), 0..30)) {
        wire::hold(&[&[0x40, code, 0x12, 0x34], &bytes[..]].concat());
        wire::hold(&[&[0x00, code], &bytes[..]].concat());
        wire::hold(&[&[0xD0, bytes.len().saturating_sub(13) as u8, code], &bytes[..]].concat());
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..30)) {
        wire::hold(&bytes);
    }
}

#[test]
fn every_prefix_of_a_message_is_judged_as_by_the_book() {
    let entropies: [&[u8]; 4] = [
        &[0; 20],
        &[0, 0, 1, 2, 3, 1, 2, 3, 3, 0, 5, 1, 5],
        &[0xC7; 40],
        &[4, 0, 0, 0, 0xF1, 200, 9],
    ];
    for entropy in entropies {
        built::message(entropy, |message| {
            let bytes = built::hold(message);
            for len in (0..=bytes.len()).filter(|len| *len < 60 || len % 29 == 0) {
                wire::hold(&bytes[..len]);
            }
        });
    }
}

#[test]
fn every_first_byte_with_few_bytes_behind() {
    for first in 0..=255 {
        wire::hold(&[first]);
        for second in [0x00, 0x01, 0x45, 0xE1] {
            wire::hold(&[first, second]);
            wire::hold(&[first, second, 0x12]);
            wire::hold(&[first, second, 0x12, 0x34]);
            wire::hold(&[first, second, 0x12, 0x34, 0xFF]);
        }
    }
}

#[test]
fn every_first_byte_of_an_option() {
    for first in 0..=255 {
        for behind in [&[][..], &[0], &[0, 0], &[0xFF; 3], &[0; 30], &[0xFF; 30]] {
            wire::hold(&[&[0x50, 0x01, 0, 1, first], behind].concat());
        }
    }
}
