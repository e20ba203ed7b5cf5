//! Three crates on top of each other in one buffer of a fixed size, without a runtime and without a
//! heap: HTTP opens WebSocket, MQTT or CoAP speaks in it. Read `mqtt.rs` to see how they are joined.
//!
//! ```text
//! memory: | head of 101 | received, unmasked where it lies -> Stream -> packets | sent |
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod coap;
mod mqtt;
mod wire;
