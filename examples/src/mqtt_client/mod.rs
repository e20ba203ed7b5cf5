//! MQTT clients on tokio, behind the programs `mqtt-pub` and `mqtt-sub`, with the options of mosquitto's.
//!
//! Read it from the bottom up: `place` says where a server is and `transport` connects to it, by TCP, TLS
//! and WebSocket; `driver` carries a session's bytes over it, and over the next one if that breaks;
//! `publish` and `subscribe` are the programs, with `store` for what must survive them. What the bytes
//! mean, what is promised and what is owed is `mqtt_codec::session`'s; sockets, time, files and buffers
//! are here.

pub(crate) mod driver;
pub(crate) mod error;
pub(crate) mod hello;
pub(crate) mod options;
pub(crate) mod place;
mod program;
mod properties;
pub mod publish;
mod store;
pub mod subscribe;
mod tls;
pub(crate) mod told;
pub(crate) mod transport;
