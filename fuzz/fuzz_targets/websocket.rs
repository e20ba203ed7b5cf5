//! Two bytes of cuts and the role, then any bytes as frames: the same messages, errors and answers as of
//! a slow reader of whole frames, in any pieces.

#![no_main]

use http_lite::websocket::Role;
use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/websocket/peer.rs"]
mod peer;
#[path = "../../http-lite/tests/websocket/reference.rs"]
mod reference;

fuzz_target!(|data: &[u8]| {
    let [role, step, bytes @ ..] = data else { return };
    // The slow reader takes quadratic time.
    let bytes = &bytes[..bytes.len().min(3000)];
    let (ours, theirs) = match role & 1 {
        0 => (Role::Server, Role::Client),
        _ => (Role::Client, Role::Server),
    };
    let wanted = reference::read(theirs, bytes).settled();
    let cuts: Vec<usize> = (0..bytes.len()).step_by(usize::from(*step).max(1)).collect();
    for cuts in [&[][..], &cuts] {
        assert_eq!(peer::hear(ours, bytes, cuts).settled(), wanted);
    }
});
