//! Heads and bodies made of any parts: what is encoded is legal to the slow reader and the same to
//! httparse, what is legal is encoded, and it decodes to the same (`tests/laws/encode.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/laws/encode.rs"]
mod encode;
#[path = "../../http-lite/tests/reference/mod.rs"]
mod reference;

fuzz_target!(|data: &[u8]| {
    encode::hold(data);
    encode::hold_body(data);
});
