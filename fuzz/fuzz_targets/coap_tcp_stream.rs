//! Eight bytes of plan, then any bytes as a stream in pieces: the same messages as of who has the
//! whole input (`tests/stream/law.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../coap-codec/tests/stream/law.rs"]
mod law;

fuzz_target!(|data: &[u8]| {
    let (plan, input) = law::from_bytes(data);
    law::hold(&plan, input);
});
