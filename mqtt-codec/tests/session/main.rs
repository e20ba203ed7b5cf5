//! Feature `session`: both machines back to back.

#![cfg(feature = "session")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod absent;
mod aliases;
mod auth;
mod client;
mod conformance;
mod desk;
mod door;
mod hub;
mod inbox;
mod life;
mod model;
mod outbox;
mod phone;
mod random;
mod room;
mod server;
mod simulation;
mod snapshot;
mod transitions;
mod watch;
mod window;
