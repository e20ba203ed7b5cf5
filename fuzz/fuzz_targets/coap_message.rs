//! Any bytes as a datagram, as a WebSocket message and as a stream: every law of
//! `tests/laws/wire.rs`, among them that a second decoder finds the same fields, that what was
//! decoded is encoded to the same bytes, and that reactions are those of the standards' sentences.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../coap-codec/tests/reference/mod.rs"]
mod reference;
#[path = "../../coap-codec/tests/laws/wire.rs"]
mod wire;

fuzz_target!(|data: &[u8]| wire::hold(data));
