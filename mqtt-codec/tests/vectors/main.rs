//! Golden vectors: bytes built by hand from the standard, and the packet that they are. `golden`
//! holds each to every law that one packet has: both directions, every prefix, every short buffer,
//! every window.

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

mod ack;
mod connack;
mod connect;
mod constant;
mod disconnect;
mod length;
mod property;
mod publish;
mod subscribe;
mod text;

use mqtt_codec::{PacketId, Text, TopicFilter, TopicName};

fn id(value: u16) -> PacketId {
    PacketId::new(value).unwrap()
}

fn text(text: &str) -> Text<'_> {
    Text::new(text).unwrap()
}

fn name(name: &str) -> TopicName<'_> {
    TopicName::new(name).unwrap()
}

fn filter(filter: &str) -> TopicFilter<'_> {
    TopicFilter::new(filter).unwrap()
}
