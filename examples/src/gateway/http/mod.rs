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
mod identify;
mod index;
mod item;
mod list;
mod reply;
mod request;
mod route;
mod send;
mod topics;
mod upgrade;

pub(super) use connection::serve;
pub(super) use index::Page;

use http_lite::{Field, Fields, ResponseHead, StatusCode};

/// What a client is told for whom there is no connection left.
pub(super) static BUSY: [u8; BUSY_HEAD.encoded_len()] = {
    let mut bytes = [0; BUSY_HEAD.encoded_len()];
    assert!(BUSY_HEAD.encode(&mut bytes).is_ok());
    bytes
};

const BUSY_HEAD: ResponseHead<'_> = {
    const RETRY_AFTER: Field<'_> = match Field::new("Retry-After", "1") {
        Ok(field) => field,
        Err(_) => Field::CLOSE, // never
    };
    const FIELDS: &[Field<'_>] = &[RETRY_AFTER, Field::content_length(0), Field::CLOSE];
    ResponseHead::new(StatusCode::SERVICE_UNAVAILABLE, Fields::new(FIELDS))
};
