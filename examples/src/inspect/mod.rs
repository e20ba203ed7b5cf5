//! The inspector: what bytes mean, field by field, and what is wrong with them.
//!
//! The verdict is always the codec's. The fields are walked again beside it, byte for byte, so that
//! also a packet that the codec refuses can be shown.

mod coap;
mod coap_walk;
mod describe;
mod hex;
mod http;
mod link;
mod mqtt;
mod property;
mod protocol;
mod table;
mod topic;
mod walk;
mod websocket;

pub use coap::{Over, messages as coap_messages};
pub use hex::{HexError, parse as parse_hex};
pub use http::{messages as http_messages, unescape};
pub use link::links;
pub use mqtt::{Options, packets as mqtt_packets};
pub use topic::explain as topic_match;
pub use websocket::{coap_frames as websocket_coap_frames, frames as websocket_frames};

/// What is printed, and whether the input was without fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Lines; those about packets and messages have at most 100 columns.
    pub text: String,
    /// False if something is malformed or incomplete.
    pub well_formed: bool,
}
