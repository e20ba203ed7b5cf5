//! The program `ws-cat`, at servers inside the test.

mod handshake;
mod peer;
mod server;
mod talk;
