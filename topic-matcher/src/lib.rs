#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

mod access;
mod algebra;
mod captures;
mod filter;
mod grammar;
mod levels;
mod matching;
mod mismatch;
mod name;
mod shared;
#[cfg(feature = "heapless")]
mod table;

#[cfg(feature = "defmt")]
mod defmt_impl;

pub use access::{AccessPattern, Identity};
pub use captures::{CaptureFilter, Captures};
pub use filter::TopicFilter;
pub use grammar::{TopicError, TopicErrorKind};
pub use levels::Levels;
pub use matching::matches;
pub use mismatch::{Mismatch, MismatchKind};
pub use name::TopicName;
pub use shared::{SharedFilter, Subscription};
#[cfg(feature = "heapless")]
pub use table::{FilterTable, Room, StoredFilter, TableFilters, TableFull, TableLookup, room_for};
