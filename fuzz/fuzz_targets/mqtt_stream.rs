//! Eight bytes of plan, then any bytes as a stream in pieces: the same events as of who has the
//! whole input (`tests/stream/law.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mqtt-codec/tests/reference/fields.rs"]
mod fields;
#[path = "../../mqtt-codec/tests/stream/law.rs"]
mod law;

fuzz_target!(|data: &[u8]| {
    let (plan, input) = law::from_bytes(data);
    law::hold(&plan, input);
});
