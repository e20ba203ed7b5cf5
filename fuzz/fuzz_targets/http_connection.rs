//! Calls of a client and a server in any order, with bytes between them that neither has sent: never
//! a panic, errors that stay, nothing but legal bytes (`tests/connection/calls.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/connection/calls.rs"]
mod calls;
#[path = "../../http-lite/tests/reference/mod.rs"]
mod reference;

fuzz_target!(|data: &[u8]| calls::hold(&data[..data.len().min(1500)]));
