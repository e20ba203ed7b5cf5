//! HTTP/1.1 over TCP and TLS. RFC 9110 and 9112
//!
//! ```text
//!  bytes --> connection --> route --> topics, list, events, discover --> hub
//!                                     coap --> the CoAP side
//!  bytes <-- send <-- Reply <---------/
//!            list, events: content that is made while it is sent
//! ```

mod coap;
mod connection;
mod discover;
mod events;
mod index;
mod item;
mod list;
mod reply;
mod request;
mod route;
mod send;
mod topics;

pub(super) use connection::serve;
