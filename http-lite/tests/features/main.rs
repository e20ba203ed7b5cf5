//! What the features add, each against the crate without it, and an example. Each module is empty
//! without its feature; `defmt` cannot be linked on a host.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[cfg(feature = "bytes")]
mod buf;
#[cfg(feature = "embedded-io")]
mod client;
mod example;
#[cfg(feature = "embedded-io")]
mod heads;
#[cfg(feature = "embedded-io-async")]
mod io_async;
#[cfg(feature = "nom")]
mod parser;
#[cfg(feature = "embedded-io")]
mod server;
#[cfg(feature = "embedded-io")]
mod transport;
#[cfg(all(feature = "websocket", feature = "embedded-io"))]
mod websocket;
#[allow(dead_code, reason = "without a feature there is nothing to read")]
mod wire;
