//! What the features add, each against the codec without it. Each module is empty without its
//! feature; `defmt` cannot be linked on a host.

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
mod io;
#[cfg(feature = "embedded-io-async")]
mod io_async;
#[cfg(feature = "nom")]
mod parser;
#[allow(dead_code, reason = "without a feature there is nothing to send")]
mod wire;
