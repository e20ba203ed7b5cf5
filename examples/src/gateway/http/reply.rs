//! What is answered to a request.

use std::borrow::Cow;

use bytes::Bytes;
use http_lite::StatusCode;

/// A response, before it is put into bytes.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// Those that say something of their own: Date, Content-Length and the like come by themselves.
    pub(super) fields: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) content: Bytes,
}

/// Seconds after which it makes sense to ask a full gateway again.
const RETRY_SECS: u32 = 30;

impl Reply {
    pub(super) fn new(status: StatusCode) -> Self {
        Self { status, fields: Vec::new(), content: Bytes::new() }
    }

    pub(super) fn content(
        content_type: impl Into<Cow<'static, str>>,
        content: impl Into<Bytes>,
    ) -> Self {
        let reply = Self::new(StatusCode::OK).with("Content-Type", content_type);
        Self { content: content.into(), ..reply }
    }

    /// A refusal, with a text for people.
    pub(super) fn error(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        let text = format!("{status} {}: {}\n", status.reason().unwrap_or_default(), why.into());
        Self { status, ..Self::content("text/plain; charset=utf-8", text) }
    }

    pub(super) fn bad_request(why: impl Into<Cow<'static, str>>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, why)
    }

    /// The gateway is full.
    pub(super) fn unavailable(why: &'static str) -> Self {
        Self::error(StatusCode::SERVICE_UNAVAILABLE, why)
            .with("Retry-After", RETRY_SECS.to_string())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}
