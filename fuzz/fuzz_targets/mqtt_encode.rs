//! A packet built from any bytes: every law of `tests/laws/built.rs`, among them that it arrives as
//! it was sent, whole, in parts and from wire lists.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mqtt-codec/tests/laws/built.rs"]
mod built;
#[path = "../../mqtt-codec/tests/laws/source.rs"]
mod source;

fuzz_target!(|data: &[u8]| {
    built::packet(data, |codec, packet| {
        built::hold(codec, packet);
    });
});
