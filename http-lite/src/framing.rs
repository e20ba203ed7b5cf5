//! How long a body is: one pure function for all of RFC 9112 section 6.3.

use crate::error::ErrorKind;
use crate::facts::{Facts, TransferEncoding, Version};
use crate::method::Method;
use crate::status::StatusCode;

/// How the end of a message's body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// There is no body.
    None,
    /// So many bytes, perhaps none.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// All until the connection ends; responses alone.
    UntilClose,
    /// No body, and what follows is not HTTP any more: 2xx to CONNECT.
    Tunnel,
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message {
    /// A request. Its method does not change its framing (RFC 9112 section 6).
    Request,
    /// A response of this status to a request of this kind.
    Response(Asked, StatusCode),
}

/// What matters of a request's method for the framing of its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asked {
    /// HEAD: the response has no body, whatever it says.
    Head,
    /// CONNECT: 2xx begins a tunnel.
    Connect,
    /// Any other method.
    Other,
}

impl Asked {
    /// Of a method.
    pub const fn of(method: &Method<'_>) -> Self {
        match method.as_bytes() {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// How the body of a message ends, or why the message must be refused.
///
/// Sender and receiver use the same rules. They are those of RFC 9112 section 6.3 in its order, and
/// where it leaves a choice, the stricter one: a message with both Content-Length and
/// Transfer-Encoding is refused, and so is a transfer coding besides `chunked`, which nobody here
/// could undo.
///
/// # Errors
///
/// [`ErrorKind::LengthAndEncoding`], [`ErrorKind::EncodingInHttp10`],
/// [`ErrorKind::ChunkedNotLast`], [`ErrorKind::UnknownCoding`].
///
/// ```
/// use http_lite::framing::{Asked, Framing, Message, decide};
/// use http_lite::{Facts, StatusCode, Version};
///
/// let facts = Facts::new(Version::Http11);
/// assert_eq!(decide(Message::Request, &facts), Ok(Framing::None));
/// let ok = Message::Response(Asked::Other, StatusCode::OK);
/// assert_eq!(decide(ok, &facts), Ok(Framing::UntilClose));
/// ```
pub const fn decide(message: Message, facts: &Facts) -> Result<Framing, ErrorKind> {
    if let Message::Response(asked, status) = message {
        match (asked, status.get()) {
            // Rule 2, before rule 1 for 204: any 2xx is a tunnel (RFC 9110 section 9.3.6).
            (Asked::Connect, 200..=299) => return Ok(Framing::Tunnel),
            // Rule 1
            (Asked::Head, _) | (_, 100..=199 | 204 | 304) => return Ok(Framing::None),
            _ => {}
        }
    }
    match (facts.transfer_encoding, facts.content_length, facts.version) {
        // Rule 3, and section 6.1 for HTTP/1.0
        (TransferEncoding::None, Some(length), _) => Ok(Framing::Length(length)), // rule 6
        (TransferEncoding::None, None, _) => match message {
            Message::Request => Ok(Framing::None),            // rule 7
            Message::Response(..) => Ok(Framing::UntilClose), // rule 8
        },
        (_, _, Version::Http10) => Err(ErrorKind::EncodingInHttp10),
        (_, Some(_), _) => Err(ErrorKind::LengthAndEncoding),
        // Rule 4
        (TransferEncoding::Chunked, None, _) => Ok(Framing::Chunked),
        (TransferEncoding::CodedChunked, None, _) => Err(ErrorKind::UnknownCoding),
        (TransferEncoding::ChunkedNotLast, None, _) => Err(ErrorKind::ChunkedNotLast),
        (TransferEncoding::Coded, None, _) => match message {
            Message::Request => Err(ErrorKind::ChunkedNotLast), // 400
            Message::Response(..) => Err(ErrorKind::UnknownCoding),
        },
    }
}
