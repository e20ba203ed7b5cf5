//! `/mqtt` and `/.well-known/coap`: other protocols inside WebSocket. RFC 6455 section 4, MQTT 5.0
//! section 6, RFC 8323 section 4.1

use http_lite::websocket::handshake::{Offer, Refusal, UPGRADE_REQUIRED};
use http_lite::{FieldValue, StatusCode};

use super::reply::{Content, Reply, Subprotocol};
use super::request::Request;
use super::route::is_cross_origin;

/// The client must offer the subprotocol: MQTT-6.0.0-3, RFC 8323 section 4.1.
pub(super) fn switch(request: &Request<'_>, subprotocol: Subprotocol) -> Result<Reply, Reply> {
    let offer = Offer::of(&request.head).map_err(refusal)?;
    let name = subprotocol.name();
    if is_cross_origin(request) {
        let why = format!("a page of another origin may not speak {name} here");
        return Err(Reply::error(StatusCode::FORBIDDEN, why));
    }
    if offer.choose(&[name]).is_none() {
        let why = format!("no subprotocol {name} in Sec-WebSocket-Protocol");
        return Err(Reply::bad_request(why));
    }
    let accept = offer.accept();
    let accept = String::from_utf8_lossy(accept.as_bytes()).into_owned();
    let reply = Reply::new(StatusCode::SWITCHING_PROTOCOLS)
        .with("Upgrade", "websocket")
        .with("Connection", "Upgrade")
        .with("Sec-WebSocket-Accept", accept)
        .with("Sec-WebSocket-Protocol", name);
    Ok(Reply { content: Content::WebSocket(subprotocol), ..reply })
}

fn refusal(why: Refusal) -> Reply {
    let mut reply = Reply::error(why.status(), format!("{why} ({})", why.rule()));
    if why.status() == StatusCode::UPGRADE_REQUIRED {
        for field in UPGRADE_REQUIRED {
            let value: FieldValue<'static> = field.value;
            reply = reply.with(field.name.as_str(), value.to_str().unwrap_or_default());
        }
    }
    reply
}
