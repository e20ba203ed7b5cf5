//! What is answered to a request.

use std::borrow::Cow;

use bytes::Bytes;
use http_lite::StatusCode;

use super::events::Events;
use super::list::List;
use crate::gateway::guard::Rights;

/// A response, before it is put into bytes.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// Those that say something of their own: Date, Content-Length and the like come by themselves.
    pub(super) fields: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) content: Content,
}

/// The content of a response.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it.
    Whole(Bytes),
    /// Made while it is sent.
    List(List),
    /// Made when something happens, for as long as the client stays.
    Events(Events),
    /// None: this is spoken inside WebSocket from here on.
    WebSocket(Subprotocol),
}

/// What is spoken inside WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subprotocol {
    Mqtt,
    Coap,
}

impl Subprotocol {
    /// As in Sec-WebSocket-Protocol: MQTT 5.0 section 6 and RFC 8323 section 8.7.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mqtt => "mqtt",
            Self::Coap => "coap",
        }
    }
}

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
/// RFC 7617 section 2.1
const CHALLENGE: &str = "Basic realm=\"gateway\", charset=\"UTF-8\"";
/// Seconds after which it makes sense to ask a full gateway again.
const RETRY_SECS: u32 = 30;

impl Reply {
    pub(super) fn new(status: StatusCode) -> Self {
        Self { status, fields: Vec::new(), content: Content::Whole(Bytes::new()) }
    }

    pub(super) fn ok(content_type: impl Into<Cow<'static, str>>, content: Content) -> Self {
        let reply = Self::new(StatusCode::OK).with("Content-Type", content_type);
        Self { content, ..reply }
    }

    /// A refusal, with a text for people.
    pub(super) fn error(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        let text = format!("{status} {}: {}\n", status.reason().unwrap_or_default(), why.into());
        Self { status, ..Self::ok(TEXT, Content::Whole(text.into())) }
    }

    pub(super) fn bad_request(why: impl Into<Cow<'static, str>>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, why)
    }

    /// Nobody is let in without a name and a password, or not with these. RFC 9110 section 15.5.2
    pub(super) fn unauthorized(why: &'static str) -> Self {
        Self::error(StatusCode::UNAUTHORIZED, why).with("WWW-Authenticate", CHALLENGE)
    }

    /// The client may not do that; if it has not said who it is, it is asked.
    pub(super) fn forbidden(rights: &Rights) -> Self {
        const WHY: &str = "no rule lets you";
        match rights.may_log_in() {
            true => Self::unauthorized(WHY),
            false => Self::error(StatusCode::FORBIDDEN, WHY),
        }
    }

    /// A precondition is false.
    pub(super) fn unwanted() -> Self {
        Self::error(StatusCode::PRECONDITION_FAILED, "it is not in the state that you want")
    }

    pub(super) fn not_acceptable(media_type: &str) -> Self {
        Self::error(StatusCode::NOT_ACCEPTABLE, format!("there is only {media_type}"))
    }

    /// The gateway is full.
    pub(super) fn unavailable(why: &'static str) -> Self {
        let reply = Self::error(StatusCode::SERVICE_UNAVAILABLE, why);
        reply.with("Retry-After", RETRY_SECS.to_string())
    }

    /// The content is what others have published: a browser runs none of it, whatever it is called.
    pub(super) fn of_others(self) -> Self {
        self.with("X-Content-Type-Options", "nosniff").with("Content-Security-Policy", "sandbox")
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}
