//! What the programs of this package share.
//!
//! The gateway is a library with a thin `main`, so that tests can start it inside themselves.

#![warn(missing_docs, unreachable_pub)]
#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod coap_client;
pub mod command_line;
pub mod gateway;
pub mod http_client;
pub mod inspect;
pub mod mqtt_client;
mod websocket;
pub mod ws_client;
