//! Golden vectors: the examples of the standards, and bytes built by hand, with the message that they
//! are. Each is held to every law that one message has: both directions, every short buffer, every
//! prefix of a frame, put together in another order.

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

mod block;
mod border;
mod constant;
mod figures;
mod observe;
mod tcp_ws;
