//! A message, room behind it, and edits: after each the message is what a list of options says
//! (`tests/edit/law.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../coap-codec/tests/edit/law.rs"]
mod law;
#[path = "../../coap-codec/tests/reference/mod.rs"]
mod reference;
#[path = "../../coap-codec/tests/laws/source.rs"]
mod source;

fuzz_target!(|data: &[u8]| {
    let (bytes, room, edits) = law::from_bytes(data);
    law::hold(&bytes, room, &edits);
});
