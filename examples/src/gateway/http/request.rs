//! A request as its handlers see it.

use std::net::SocketAddr;
use std::time::Instant;

use http_lite::{FieldValue, RequestHead};

use super::reply::Reply;
use crate::gateway::Shared;

/// A request whose content is here.
pub(super) struct Request<'a> {
    pub(super) head: RequestHead<'a>,
    /// The segments of its path, decoded.
    pub(super) path: Vec<Vec<u8>>,
    pub(super) content: &'a [u8],
}

/// Who asks, and when.
pub(super) struct Context<'s> {
    pub(super) shared: &'s Shared,
    pub(super) peer: SocketAddr,
    pub(super) now: Instant,
}

impl<'a> Request<'a> {
    pub(super) fn new(head: RequestHead<'a>, content: &'a [u8]) -> Self {
        Self { path: segments(head.target.path()), head, content }
    }

    pub(super) fn method(&self) -> &'a str {
        self.head.method.as_str()
    }

    /// HEAD is GET without the content.
    pub(super) fn is_get(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD")
    }

    /// The path without its first segment.
    pub(super) fn path_below(&self) -> Vec<&[u8]> {
        self.path.iter().skip(1).map(Vec::as_slice).collect()
    }

    /// The value of a field that may be there once.
    ///
    /// # Errors
    ///
    /// 400, if it is there more often.
    pub(super) fn single(&self, name: &str) -> Result<Option<FieldValue<'a>>, Reply> {
        match self.head.fields.all(name).count() {
            0 | 1 => Ok(self.head.fields.get(name)),
            _ => Err(Reply::bad_request(format!("more than one {name}"))),
        }
    }
}

/// What stands between the slashes of a path, decoded. A `+` is a plus.
fn segments(path: &[u8]) -> Vec<Vec<u8>> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    path.split(|&byte| byte == b'/').map(decode).collect()
}

/// A target has two hexadecimal digits behind each `%`.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |n: usize| behind.get(n).and_then(|&digit| char::from(digit).to_digit(16));
        rest = behind;
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => out.push(byte),
        }
    }
    out
}
