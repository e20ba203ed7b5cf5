//! Packets out of a stream in pieces of any size: the same events as of who has the whole input.

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
#[path = "../common/mod.rs"]
mod common;
#[path = "../reference/fields.rs"]
mod fields;
mod law;
#[path = "../laws/source.rs"]
mod source;

use mqtt_codec::{Codec, ErrorKind, Item, Packet, PacketType, Role, Stream, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::{bytes, codec};
use crate::law::{Choice, Plan};

/// What a peer of `receiver` may send: a packet for each entropy that gives one of its own.
fn sent(receiver: Codec, entropies: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for entropy in entropies {
        let mut entropy = entropy.clone();
        entropy.resize(entropy.len().max(3), 0);
        entropy[1] = u8::from(receiver.version == Some(Version::V3));
        entropy[2] = u8::from(receiver.role == Role::Client);
        built::packet(&entropy, |sender, packet| {
            if sender.role == receiver.role.peer() {
                wire.extend(built::hold(sender, packet));
            }
        });
    }
    wire
}

fn plan(receiver: impl Strategy<Value = Codec>) -> impl Strategy<Value = Plan> {
    let pieces = prop_oneof![vec(1..4_usize, 1..3), vec(1..200_usize, 1..5), vec(1..2_usize, 1..2)];
    let room = prop_oneof![1..12_usize, 12..80_usize, 80..600_usize];
    let choice =
        proptest::sample::select(vec![Choice::Stream, Choice::Stream, Choice::Skip, Choice::Leave]);
    (receiver, room, pieces, vec(choice, 1..4)).prop_map(|(codec, room, pieces, choices)| Plan {
        codec,
        room,
        pieces,
        choices,
    })
}

fn receiver() -> impl Strategy<Value = Codec> {
    (any::<bool>(), any::<bool>()).prop_map(|(five, server)| {
        let version = if five { Version::V5 } else { Version::V3 };
        codec(version, if server { Role::Server } else { Role::Client })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn packets_in_pieces(
        plan in plan(receiver()),
        entropies in vec(vec(any::<u8>(), 0..160), 1..6),
    ) {
        let input = sent(plan.codec, &entropies);
        law::hold(&plan, &input);
    }

    #[test]
    fn packets_with_a_fault(
        plan in plan(receiver()),
        entropies in vec(vec(any::<u8>(), 0..160), 1..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut input = sent(plan.codec, &entropies);
        if !input.is_empty() {
            let len = input.len();
            input[at.index(len)] = byte;
            law::hold(&plan, &input);
            law::hold(&plan, &input[..cut.index(len)]);
        }
    }

    #[test]
    fn a_version_learned_on_the_way(
        mut plan in plan(Just(Codec::server())),
        five in any::<bool>(),
        entropies in vec(vec(any::<u8>(), 0..100), 0..5),
    ) {
        plan.room += 25;
        let version = if five { Version::V5 } else { Version::V3 };
        let connect = if five { "10 { <MQTT> 05 02 003C {} <id> }" } else { "10 { <MQTT> 04 02 003C <id> }" };
        let input = [bytes(connect), sent(codec(version, Role::Server), &entropies)].concat();
        law::hold(&plan, &input);
    }

    #[test]
    fn any_bytes(data in vec(any::<u8>(), 0..80)) {
        let (plan, input) = law::from_bytes(&data);
        law::hold(&plan, input);
    }
}

/// Every way to cut three packets into three pieces, through buffers of every length.
#[test]
fn every_cut_of_three_packets() {
    let input = bytes("32 { <t> 0001 { 01 01 } 'payload' } C0 {} 82 { 0002 {} <a/b> 01 }");
    let codec = Codec::server().with_version(Version::V5);
    for room in 1..=input.len() + 1 {
        for choice in [Choice::Stream, Choice::Skip, Choice::Leave] {
            for first in 1..input.len() {
                for second in [1, 2, input.len() - first] {
                    let pieces = vec![first, second];
                    law::hold(&Plan { codec, room, pieces, choices: vec![choice] }, &input);
                }
            }
        }
    }
}

#[test]
fn a_large_publish_from_head_to_end() {
    let input = bytes("31 { <t> {} '0123456789' } C0 {}");
    let codec = Codec::server().with_version(Version::V5);
    let mut buffer = [0; 8];
    let mut stream = Stream::new(&mut buffer);
    assert!(stream.is_between_packets());
    assert_eq!(stream.next(&codec), Ok(None));
    assert!(!stream.stream(), "nothing was announced");

    assert_eq!(stream.push(&input), 8);
    assert_eq!(stream.push(&input[8..]), 0, "full");
    let Ok(Some(Item::Large(header))) = stream.next(&codec) else { panic!() };
    assert_eq!((header.packet_type, header.frame_len()), (PacketType::Publish, 16));
    assert!(stream.space().is_empty(), "until somebody chooses");
    assert!(stream.stream());
    let Ok(Some(Item::PublishHead { publish, payload_len })) = stream.next(&codec) else {
        panic!()
    };
    assert!(publish.retain && publish.topic == "t" && payload_len == 10);
    let expected = Item::Payload { bytes: b"01", remaining: 8 };
    assert_eq!(stream.next(&codec), Ok(Some(expected)));
    assert_eq!(stream.next(&codec), Ok(None));
    assert!(!stream.is_between_packets());
    assert_eq!(stream.push(&input[8..]), 8);
    let expected = Item::Payload { bytes: b"23456789", remaining: 0 };
    assert_eq!(stream.next(&codec), Ok(Some(expected)));
    assert!(stream.is_between_packets());
    assert_eq!(stream.push(&input[16..]), 2);
    assert_eq!(stream.next(&codec), Ok(Some(Item::Packet(Packet::Pingreq))));
}

#[test]
fn nothing_is_decoded_ahead() {
    // What follows CONNECT is wrong in any version; it is an error only when its turn comes.
    let input = bytes("10 { <MQTT> 04 02 003C <id> } C0 { 00 }");
    let mut buffer = [0; 64];
    let mut stream = Stream::new(&mut buffer);
    stream.push(&input);
    let Ok(Some(Item::Packet(Packet::Connect(connect)))) = stream.next(&Codec::server()) else {
        panic!()
    };
    let codec = Codec::server().with_version(connect.version);
    let error = stream.next(&codec).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::TrailingBytes, 2));
    assert_eq!(stream.held(), [0xC0, 0x01, 0x00]);
}

#[test]
fn a_large_packet_that_is_no_publish_is_skipped_or_refused() {
    let input = bytes("82 { 0001 {} <a/long/filter> 00 } C0 {}");
    let codec = Codec::server().with_version(Version::V5);
    let mut buffer = [0; 8];
    let mut stream = Stream::new(&mut buffer);
    stream.push(&input);
    assert!(matches!(stream.next(&codec), Ok(Some(Item::Large(_)))));
    assert!(!stream.stream(), "only a PUBLISH has a payload");
    assert!(matches!(stream.next(&codec), Ok(Some(Item::Large(_)))));
    stream.skip();
    let mut rest = &input[8..];
    let item = loop {
        if let Some(item) = stream.next(&codec).unwrap() {
            break item;
        }
        let taken = stream.push(rest);
        assert!(taken > 0);
        rest = &rest[taken..];
    };
    assert_eq!(item, Item::Packet(Packet::Pingreq));
}

#[test]
fn a_limit_of_the_codec_comes_before_the_buffer() {
    let codec = Codec::server().with_version(Version::V5).with_max_packet_size(100);
    let mut buffer = [0; 8];
    let mut stream = Stream::new(&mut buffer);
    stream.push(&bytes("30 63"));
    assert_eq!(stream.next(&codec).unwrap_err().kind, ErrorKind::PacketTooLarge);
    let mut stream = Stream::new(&mut buffer);
    stream.push(&bytes("30 62"));
    assert!(matches!(stream.next(&codec), Ok(Some(Item::Large(_)))));
}

#[test]
fn filled_counts_no_more_than_there_is_room_for() {
    let mut buffer = [0; 4];
    let mut stream = Stream::new(&mut buffer);
    stream.filled(usize::MAX);
    assert_eq!(stream.held(), [0; 4]);
    assert!(stream.space().is_empty());
}

/// Else a reader that is given no room would look like one that has ended.
#[test]
fn a_buffer_of_no_byte_is_too_small_for_any_packet() {
    let codec = Codec::server().with_version(Version::V5);
    let error = Stream::new(&mut []).next(&codec).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::PacketTooLarge, 1));
}
