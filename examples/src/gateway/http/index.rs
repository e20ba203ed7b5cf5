//! `/` tells what is here.

use bytes::Bytes;

use super::reply::{Content, Reply, TEXT};
use super::request::{Context, Request};

const PAGE: &str = "\
The gateway. One message reaches MQTT, CoAP and HTTP alike.

/topics/TOPIC           GET, PUT, POST, DELETE: the last message of a topic
/topics?filter=FILTER   the last messages of all topics that a filter takes, as JSON
/events?filter=FILTER   the same, and what comes from now on: server-sent events
/mqtt                   MQTT over WebSocket
/coap/ps/TOPIC          the CoAP side: /coap/.well-known/core tells more
/.well-known/core       links to all of it
";

pub(super) fn answer(request: &Request<'_>, _: &Context<'_>) -> Result<Reply, Reply> {
    match request.accepts(TEXT) {
        true => Ok(Reply::ok(TEXT, Content::Whole(Bytes::from_static(PAGE.as_bytes())))),
        false => Err(Reply::not_acceptable(TEXT)),
    }
}
