#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// A Remaining Length has up to 28 bits.
const _: () = assert!(usize::BITS >= 32, "mqtt-codec needs pointers of at least 32 bits");

mod ack;
mod auth;
#[cfg(feature = "bytes")]
mod bytes_impl;
mod codec;
mod connack;
mod connect;
#[cfg(feature = "defmt")]
mod defmt_impl;
mod disconnect;
#[cfg(feature = "embedded-io-async")]
mod embedded_io_async_impl;
#[cfg(feature = "embedded-io")]
mod embedded_io_impl;
mod error;
mod fixed_header;
mod grammar;
mod list;
#[cfg(feature = "nom")]
mod nom_impl;
mod packet;
mod place;
mod properties;
mod property;
mod property_rules;
mod publish;
mod reader;
mod reason_code;
mod sending;
#[cfg(feature = "session")]
pub mod session;
mod stream;
mod suback;
mod subscribe;
mod text;
mod topic;
mod unsubscribe;
mod varint;
mod writer;

pub use ack::{Ack, AckKind};
pub use auth::Auth;
pub use codec::{Codec, Role, Strictness, Version};
pub use connack::Connack;
pub use connect::{Connect, Will};
pub use disconnect::Disconnect;
#[cfg(feature = "embedded-io")]
pub use embedded_io_impl::{ReadError, WriteError};
pub use error::{DecodeError, EncodeError, ErrorKind};
pub use fixed_header::FixedHeader;
pub use grammar::{TopicError, TopicErrorKind};
pub use list::{Iter, List};
pub use packet::{Packet, PacketType};
pub use properties::Properties;
pub use property::{Property, SubscriptionId};
pub use publish::{Delivery, PacketId, Publish, QoS};
pub use reason_code::{ReasonCode, ReasonCodes};
pub use sending::Sending;
pub use stream::{Item, Stream};
pub use suback::{Suback, Unsuback};
pub use subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions, Subscriptions};
pub use text::{Text, TextError};
pub use topic::{TopicFilter, TopicName};
pub use unsubscribe::{TopicFilters, Unsubscribe};
