//! Codes, option numbers, Content-Formats and the values of uint, Block and Observe options, against
//! the tables of the standards and against oracles of three lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::type_complexity,
    reason = "a test fails by panic, and a table's row is a tuple"
)]

mod block;
mod code;
mod content_format;
mod fit;
mod http;
mod observe;
mod option_number;
mod uint;
