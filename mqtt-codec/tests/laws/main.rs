//! Laws on packets built at random, on packets changed at random, and on random bytes.

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

use mqtt_codec::{Codec, Packet};
use proptest::collection::vec;
use proptest::prelude::*;

/// One change to the bytes of a packet.
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
    /// The frame ends here.
    Cut(usize),
    /// The Remaining Length says what there is: the fault is deeper inside.
    Fit,
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..4096_usize;
    let byte = prop_oneof![
        any::<u8>(),
        proptest::sample::select(vec![0, 1, 2, 3, 4, 0x0B, 0x26, 0x7F, 0x80, 0xFF])
    ];
    prop_oneof![
        3 => (0..24_usize, byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at.clone(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at.clone(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        1 => (at.clone(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => at.clone().prop_map(Change::Remove),
        1 => (at.clone(), 1..12_usize, at.clone())
            .prop_map(|(from, len, to)| Change::Copy { from, len, to }),
        1 => at.prop_map(Change::Cut),
        4 => Just(Change::Fit),
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
        Change::Fit => fit(bytes),
    }
}

/// Gives the bytes a Remaining Length that fits them.
fn fit(bytes: &mut Vec<u8>) {
    let old = bytes[1..].iter().take(4).position(|byte| *byte < 0x80).map_or(0, |last| last + 1);
    let mut rest = bytes.len() - 1 - old;
    let mut length = Vec::new();
    while rest >= 128 {
        length.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    length.push(rest as u8);
    bytes.splice(1..=old, length);
}

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..200), vec(0..32_u8, 0..60), vec(0x60..0x70_u8, 0..400)]
}

fn built(entropy: &[u8], look: impl FnOnce(Codec, &Packet<'_>)) {
    built::packet(entropy, look);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_packet_arrives_as_it_was_sent(entropy in entropy()) {
        built(&entropy, |codec, packet| {
            built::hold(codec, packet);
        });
    }

    #[test]
    fn a_changed_packet_is_judged_as_by_the_grammar(
        entropy in entropy(),
        changes in vec(change(), 1..5),
        behind in vec(any::<u8>(), 0..6),
    ) {
        let mut bytes = Vec::new();
        built(&entropy, |codec, packet| {
            bytes = vec![0; codec.encoded_len(packet).unwrap()];
            codec.encode(packet, &mut bytes).unwrap();
        });
        for change in &changes {
            apply(&mut bytes, change);
            wire::hold(&bytes);
        }
        bytes.extend(behind);
        wire::hold(&bytes);
    }

    #[test]
    fn any_bytes_behind_a_fitting_header(first in any::<u8>(), body in vec(any::<u8>(), 0..40)) {
        let mut bytes = vec![first, 0];
        bytes.extend(body);
        fit(&mut bytes);
        wire::hold(&bytes);
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..40)) {
        wire::hold(&bytes);
    }
}

#[test]
fn every_packet_of_one_byte_behind_the_header_and_some_of_two() {
    for first in 0..=255 {
        wire::hold(&[first]);
        wire::hold(&[first, 0]);
        for a in 0..=255 {
            wire::hold(&[first, 1, a]);
            // Types whose flags can be right, with a length, a count or an end behind any byte.
            if matches!(first & 0x0F, 0 | 2) {
                for b in [0x00, 0x01, 0x02, 0x7F, 0x80] {
                    wire::hold(&[first, 2, a, b]);
                }
            }
        }
    }
}

#[test]
fn what_is_built_is_of_every_kind() {
    let mut seen = std::collections::HashSet::new();
    for packet_type in 0..15 {
        for version in 0..2 {
            for role in 0..2 {
                built(&[packet_type, version, role], |codec, packet| {
                    seen.insert((packet.packet_type() as u8, codec.version.unwrap() as u8));
                    built::hold(codec, packet);
                });
            }
        }
    }
    assert_eq!(seen.len(), 14 + 15);
}
