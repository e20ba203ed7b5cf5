//! The programs `mqtt-pub` and `mqtt-sub`, at servers inside the test and at the gateway; and the
//! gateway's bridge.

mod bridge;
mod bridge_places;
mod command_line;
mod gateway;
mod publish;
mod server;
mod subscribe;
mod tls;
