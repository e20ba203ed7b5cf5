//! MQTT 3.1.1 and 5.0 over TCP: a task for each connection between its socket and the hub.

mod connection;
mod end;
mod handshake;
mod inbound;
mod outbound;

pub(super) use connection::serve;
pub(super) use inbound::message_of;
pub(super) use outbound::properties_of;
