//! The program `ws-cat`, at servers inside the test.

#[path = "../common/certificate.rs"]
mod certificate;
mod handshake;
mod peer;
mod server;
mod talk;
