//! Whole connections: the transition table, scenarios of a client and a server over a pipe that cuts
//! everywhere, time, and calls in any order.

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
#[path = "../reference/mod.rs"]
mod reference;

mod any_order;
mod calls;
mod pair;
mod scenarios;
mod table;
mod time;
