#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(feature = "alloc")]
extern crate alloc;

mod access;
mod algebra;
mod captures;
mod filter;
mod grammar;
#[cfg(feature = "alloc")]
mod index;
mod levels;
mod matching;
mod mismatch;
mod name;
mod shared;
#[cfg(feature = "alloc")]
mod subscriptions;
#[cfg(feature = "heapless")]
mod table;
#[cfg(any(feature = "alloc", feature = "heapless"))]
mod topics;

#[cfg(feature = "defmt")]
mod defmt_impl;

pub use access::{AccessPattern, Identity};
pub use captures::{CaptureFilter, Captures};
pub use filter::TopicFilter;
pub use grammar::{TopicError, TopicErrorKind};
#[cfg(feature = "alloc")]
pub use index::{FilterIndex, IndexFull, Lookup};
pub use levels::Levels;
pub use matching::matches;
pub use mismatch::{Mismatch, MismatchKind};
pub use name::TopicName;
pub use shared::{SharedFilter, Subscription};
#[cfg(feature = "alloc")]
pub use subscriptions::{
    ClientKey, Deliveries, Delivery, Group, GroupMember, QoS, Route, SubscribeError,
    SubscriptionId, SubscriptionIds, SubscriptionOf, SubscriptionOptions, Subscriptions,
};
#[cfg(feature = "heapless")]
pub use table::{FilterTable, Room, StoredFilter, TableFilters, TableFull, TableLookup, room_for};
#[cfg(feature = "alloc")]
pub use topics::{IndexScan, TopicIndex};
#[cfg(feature = "heapless")]
pub use topics::{TableScan, TopicTable, TopicTableFull};
