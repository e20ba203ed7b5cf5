//! The program `coap-get`, at servers inside the test.

mod blocks;
mod exchange;
mod limits;
mod observe;
mod process;
mod server;
