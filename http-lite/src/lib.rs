#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// A head has up to 32 bits of length.
const _: () = assert!(usize::BITS >= 32, "http-lite needs pointers of at least 32 bits");

mod error;
pub mod list;
mod status;
mod writer;

pub use error::EncodeError;
pub use status::{StatusClass, StatusCode};
