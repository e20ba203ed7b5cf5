//! Any bytes as both versions in both directions and as one who reads along: every law of
//! `tests/laws/wire.rs`, among them that a grammar in nom finds the same fields.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mqtt-codec/tests/reference/mod.rs"]
mod reference;
#[path = "../../mqtt-codec/tests/laws/wire.rs"]
mod wire;

fuzz_target!(|data: &[u8]| wire::hold(data));
