//! `/mqtt`: MQTT over WebSocket. MQTT 5.0 section 6, RFC 6455 section 4

use http_lite::websocket::handshake::{Offer, Refusal, UPGRADE_REQUIRED};
use http_lite::{FieldValue, StatusCode};

use super::reply::{Content, Reply};
use super::request::{Context, Request};
use super::route::is_cross_origin;

/// MQTT-6.0.0-3 and 6.0.0-4
const PROTOCOL: &str = "mqtt";

pub(super) fn answer(request: &Request<'_>, _: &Context<'_>) -> Result<Reply, Reply> {
    let offer = Offer::of(&request.head).map_err(refusal)?;
    if is_cross_origin(request) {
        let why = "a page of another origin may not speak MQTT here";
        return Err(Reply::error(StatusCode::FORBIDDEN, why));
    }
    let Some(protocol) = offer.choose(&[PROTOCOL]) else {
        return Err(Reply::bad_request("no subprotocol mqtt in Sec-WebSocket-Protocol"));
    };
    let accept = offer.accept();
    let accept = String::from_utf8_lossy(accept.as_bytes()).into_owned();
    let reply = Reply::new(StatusCode::SWITCHING_PROTOCOLS)
        .with("Upgrade", "websocket")
        .with("Connection", "Upgrade")
        .with("Sec-WebSocket-Accept", accept)
        .with("Sec-WebSocket-Protocol", protocol);
    Ok(Reply { content: Content::Mqtt, ..reply })
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
