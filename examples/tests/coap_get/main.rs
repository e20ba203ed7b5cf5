//! The program `coap-get`, at servers inside the test.

mod blocks;
mod exchange;
mod limits;
mod observe;
#[path = "../ws_cat/peer.rs"]
mod peer;
mod process;
mod server;
mod websocket;
