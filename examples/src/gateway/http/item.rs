//! A message in JSON.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::gateway::hub::Accepted;

/// What is said about a message.
#[derive(Debug, Serialize)]
pub(super) struct Item<'a> {
    topic: &'a str,
    /// If it is UTF-8; else [`base64`](Self::base64).
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    /// The protocol that brought it.
    via: &'static str,
    /// Seconds since it was published.
    age: u64,
    /// Seconds until it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u32>,
    /// An event is not new.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    retained: bool,
}

impl<'a> Item<'a> {
    pub(super) fn new(message: &'a Accepted, now: Instant) -> Self {
        let payload = std::str::from_utf8(&message.payload).ok();
        Self {
            topic: &message.topic,
            payload,
            base64: payload.is_none().then(|| base64(&message.payload)),
            content_type: message.properties.content_type.as_deref(),
            via: message.via.name(),
            age: message.age(now).as_secs(),
            expires_in: message.remaining_secs(now),
            retained: false,
        }
    }

    pub(super) fn retained(self, retained: bool) -> Self {
        Self { retained, ..self }
    }

    /// Appends it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let end = out.len();
        // There is nothing in it that JSON could not say.
        if serde_json::to_writer(&mut *out, self).is_err() {
            out.truncate(end);
        }
    }
}

/// RFC 4648 section 4
fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10
    #[test]
    fn base64_as_in_its_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xFB, 0xFF, 0x00]), "+/8A");
    }
}
