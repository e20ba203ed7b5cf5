//! What a proxy between HTTP and CoAP translates: methods, response codes and media types. RFC 8075
//! for HTTP in front of CoAP, RFC 7252 section 10.1 for CoAP in front of HTTP.
//!
//! ```
//! use coap_codec::{Code, ContentFormat, http};
//!
//! // An HTTP client's PUT of JSON, and the CoAP server's answer on its way back.
//! assert_eq!(http::method_to_code("PUT"), Some(Code::PUT));
//! let format = ContentFormat::from_media_type("application/json");
//! assert_eq!(format, Some(ContentFormat::JSON));
//! assert_eq!(http::code_to_status(Code::CHANGED, http::Exchange::new()), Some(204));
//! ```

use crate::code::Code;
use crate::content_format::{ContentFormat, MediaType};

/// The CoAP method for an HTTP method, which is written in capitals. HEAD becomes a GET whose
/// payload is dropped.
///
/// `None` for OPTIONS, TRACE, CONNECT and any other: a proxy answers 501. RFC 7252 sections 10.2.1 to
/// 10.2.7, RFC 8132 section 4.
pub const fn method_to_code(method: &str) -> Option<Code> {
    Some(match method.as_bytes() {
        b"GET" | b"HEAD" => Code::GET,
        b"POST" => Code::POST,
        b"PUT" => Code::PUT,
        b"DELETE" => Code::DELETE,
        b"PATCH" => Code::PATCH,
        _ => return None,
    })
}

/// The HTTP method for a CoAP method. An iPATCH is a PATCH that happens to be idempotent.
///
/// `None` for FETCH, which has no counterpart, and for what is no known method: a proxy answers 5.05.
/// RFC 7252 section 10.1, RFC 8132 section 4.
///
/// ```
/// use coap_codec::{Code, http};
///
/// assert_eq!(http::code_to_method(Code::IPATCH), Some("PATCH"));
/// ```
pub const fn code_to_method(method: Code) -> Option<&'static str> {
    Some(match method {
        Code::GET => "GET",
        Code::POST => "POST",
        Code::PUT => "PUT",
        Code::DELETE => "DELETE",
        Code::PATCH | Code::IPATCH => "PATCH",
        _ => return None,
    })
}

/// What decides between the HTTP statuses that one CoAP response code may have: the notes of RFC 8075
/// section 7. All false until said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Exchange {
    /// Note 2: the CoAP response has a payload.
    pub has_payload: bool,
    /// Note 3: the HTTP request was conditional, and so was the CoAP request made of it.
    pub conditional: bool,
    /// Note 6: the option that was refused was made of a header field of the HTTP request.
    pub option_from_header: bool,
    /// Note 7: the proxy knows which methods the resource has, and can fill in `Allow`.
    pub methods_known: bool,
}

impl Exchange {
    /// Nothing is known.
    pub const fn new() -> Self {
        Self {
            has_payload: false,
            conditional: false,
            option_from_header: false,
            methods_known: false,
        }
    }
}

/// The HTTP status code for a CoAP response code. RFC 8075 section 7, table 2.
///
/// 4.09 and 4.22 become what HTTP's PATCH says in their place (RFC 5789 section 2.2), 4.29 what it is
/// named after (RFC 8516 section 1), 5.08 becomes 508 (RFC 8768 section 5). Unknown codes are taken
/// for the generic one of their class, RFC 7252 section 5.2.
///
/// `None` for 2.31 and 4.08, which belong to the proxy's own block-wise transfer and are never
/// translated, and for what is no response: a proxy that is left with it answers 502, RFC 7252
/// section 10.2.
///
/// ```
/// use coap_codec::{Code, http::{self, Exchange}};
///
/// let exchange = Exchange { has_payload: true, ..Exchange::new() };
/// assert_eq!(http::code_to_status(Code::DELETED, exchange), Some(200));
/// assert_eq!(http::code_to_status(Code::UNAUTHORIZED, exchange), Some(403));
/// ```
pub const fn code_to_status(code: Code, exchange: Exchange) -> Option<u16> {
    match code {
        Code::DELETED | Code::CHANGED if exchange.has_payload => return Some(200),
        Code::VALID if !exchange.conditional => return Some(200), // note 4
        Code::BAD_OPTION if exchange.option_from_header => return Some(400),
        Code::METHOD_NOT_ALLOWED if exchange.methods_known => return Some(405),
        _ => {}
    }
    match code.class_default().entry() {
        Some(entry) if entry.http_status != 0 => Some(entry.http_status),
        Some(_) => None,
        None if code.is_success() => Some(if exchange.has_payload { 200 } else { 204 }),
        None => None,
    }
}

/// What the reason phrase of the 400 begins with that a 4.05 becomes. RFC 8075 section 7, note 7.
pub const METHOD_NOT_ALLOWED_REASON: &str = "CoAP server returned 4.05";

/// The CoAP response code for the HTTP status code that a request with this `method` got. RFC 7252
/// section 10.1, RFC 8075 section 7 read backwards.
///
/// A DELETE of what does not exist is 2.02. A status that CoAP has no word for is the generic one of
/// its class; a redirect, an interim response, and what is no status at all are not understood: 5.02.
///
/// ```
/// use coap_codec::{Code, http};
///
/// assert_eq!(http::status_to_code(200, Code::GET), Code::CONTENT);
/// assert_eq!(http::status_to_code(200, Code::PUT), Code::CHANGED);
/// assert_eq!(http::status_to_code(404, Code::DELETE), Code::DELETED);
/// assert_eq!(http::status_to_code(301, Code::GET), Code::BAD_GATEWAY);
/// ```
pub const fn status_to_code(status: u16, method: Code) -> Code {
    match (status, method) {
        (200..300, Code::DELETE) => Code::DELETED,
        (404 | 410, Code::DELETE) => Code::DELETED, // RFC 7252 section 10.1.3: MUST
        (200..300, Code::GET | Code::FETCH) => Code::CONTENT,
        (304, Code::GET | Code::FETCH) => Code::VALID,
        (201, _) => Code::CREATED,
        (200..300, _) => Code::CHANGED,
        (401, _) => Code::UNAUTHORIZED,
        (403, _) => Code::FORBIDDEN,
        (404 | 410, _) => Code::NOT_FOUND, // 410 is a 404 for good, RFC 9110 section 15.5.11
        (405, _) => Code::METHOD_NOT_ALLOWED,
        (406, _) => Code::NOT_ACCEPTABLE,
        (408, _) => Code::REQUEST_ENTITY_INCOMPLETE, // RFC 7959 section 5
        (409, _) => Code::CONFLICT,
        (412, _) => Code::PRECONDITION_FAILED,
        (413, _) => Code::REQUEST_ENTITY_TOO_LARGE,
        (415, _) => Code::UNSUPPORTED_CONTENT_FORMAT,
        (422, _) => Code::UNPROCESSABLE_ENTITY,
        (429, _) => Code::TOO_MANY_REQUESTS,
        (400..500, _) => Code::BAD_REQUEST,
        (501, _) => Code::NOT_IMPLEMENTED,
        (502, _) => Code::BAD_GATEWAY,
        (503, _) => Code::SERVICE_UNAVAILABLE,
        (504, _) => Code::GATEWAY_TIMEOUT,
        (508, _) => Code::HOP_LIMIT_REACHED, // RFC 8768 section 5
        (500..600, _) => Code::INTERNAL_SERVER_ERROR,
        _ => Code::BAD_GATEWAY,
    }
}

/// The Content-Format that an HTTP media type with its content coding (`identity` for none) comes
/// closest to: its own if it has one, else that of a more general type. RFC 8075 sections 6.3 and
/// 6.4.
///
/// The table of section 6.3 is followed from top to bottom, with two refinements. Parameters that the
/// type is not registered with are left out (`application/json;charset=utf-8`). Text in another
/// charset than UTF-8 or US-ASCII is not text/plain, but bytes.
///
/// `None` for a malformed type, for a range (an Accept of `*/*` is no Accept option), and for a coding
/// that nothing is registered with: a proxy answers 415, or leaves out Accept. This mapping is
/// optional, a strict proxy uses [`ContentFormat::from_coded_media_type`] alone.
///
/// ```
/// use coap_codec::{ContentFormat, http};
///
/// let loose = |media_type| http::loose_content_format(media_type, "identity");
/// assert_eq!(loose("application/soap+xml"), Some(ContentFormat::XML));
/// assert_eq!(loose("text/html; charset=utf-8"), Some(ContentFormat::TEXT_PLAIN));
/// assert_eq!(loose("image/webp"), Some(ContentFormat::OCTET_STREAM));
/// ```
pub fn loose_content_format(media_type: &str, content_coding: &str) -> Option<ContentFormat> {
    let exact = ContentFormat::from_coded_media_type(media_type, content_coding);
    if exact.is_some() {
        return exact;
    }
    let media_type = MediaType::parse(media_type)?;
    if media_type.main == b"*" || media_type.subtype == b"*" {
        return None;
    }
    let coding = Some(content_coding).filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    ContentFormat::lookup(&media_type.without_parameters(), coding)
        .filter(|format| *format != ContentFormat::TEXT_PLAIN)
        .or_else(|| {
            let general = GENERALIZATIONS.iter().find(|row| row.matches(&media_type))?;
            ContentFormat::lookup(&MediaType::parse(general.media_type)?, coding)
        })
}

/// RFC 8075 section 6.3, table 1.
const GENERALIZATIONS: &[Generalization] = &[
    Generalization::new("application", "+xml", "application/xml"),
    Generalization::new("application", "+json", "application/json"),
    Generalization::new("application", "+cbor", "application/cbor"),
    Generalization::new("text", "xml", "application/xml"),
    Generalization::new("text", "", "text/plain"),
    Generalization::new("", "", "application/octet-stream"),
];

/// A row: the type, or empty for any; the subtype, or `+` and its suffix, or empty for any.
struct Generalization {
    main: &'static str,
    subtype: &'static str,
    media_type: &'static str,
}

impl Generalization {
    const fn new(main: &'static str, subtype: &'static str, media_type: &'static str) -> Self {
        Self { main, subtype, media_type }
    }

    fn matches(&self, media_type: &MediaType<'_>) -> bool {
        if self.media_type == "text/plain" && !is_utf8(media_type) {
            return false;
        }
        let (main, subtype) = (self.main.as_bytes(), self.subtype.as_bytes());
        let same_main = main.is_empty() || media_type.main.eq_ignore_ascii_case(main);
        let same_subtype = match subtype {
            [] => true,
            [b'+', ..] => has_suffix(media_type.subtype, subtype),
            subtype => media_type.subtype.eq_ignore_ascii_case(subtype),
        };
        same_main && same_subtype
    }
}

/// Is text of this type UTF-8, or at least not said to be something else?
fn is_utf8(media_type: &MediaType<'_>) -> bool {
    media_type.parameters().all(|parameter| {
        parameter.named(b"charset").is_none()
            || parameter.is(b"charset", b"utf-8")
            || parameter.is(b"charset", b"us-ascii")
    })
}

/// Does `subtype` end with `suffix`, with something before it?
fn has_suffix(subtype: &[u8], suffix: &[u8]) -> bool {
    let at = subtype.len().checked_sub(suffix.len()).filter(|at| *at != 0);
    at.and_then(|at| subtype.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

/// Bytes of the longest text that [`content_type`] puts together.
pub const CONTENT_TYPE_LEN: usize = PAYLOAD.len().saturating_add(5);

/// The Content-Type for a Content-Format: its media type, or `application/coap-payload` with the
/// number where it is not in our table. [`ContentFormat::content_coding`] is the Content-Encoding.
/// RFC 8075 section 6.2.
///
/// ```
/// use coap_codec::{ContentFormat, http};
///
/// let mut buffer = [0; http::CONTENT_TYPE_LEN];
/// assert_eq!(http::content_type(ContentFormat::CBOR, &mut buffer), "application/cbor");
/// let unknown = http::content_type(ContentFormat(65000), &mut buffer);
/// assert_eq!(unknown, "application/coap-payload;cf=65000");
/// ```
pub fn content_type(format: ContentFormat, buffer: &mut [u8; CONTENT_TYPE_LEN]) -> &str {
    if let Some(media_type) = format.media_type() {
        return media_type;
    }
    let mut rest = format.0;
    let mut digits = [0; 5];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' | (rest % 10) as u8;
        rest /= 10;
    }
    // 0 is text/plain, so there is a digit that is not 0.
    let digits = digits.iter().skip_while(|digit| **digit == b'0');
    let mut len: usize = 0;
    for (place, byte) in buffer.iter_mut().zip(PAYLOAD.as_bytes().iter().chain(digits)) {
        *place = *byte;
        len = len.saturating_add(1);
    }
    let text = buffer.get(..len).and_then(|text| core::str::from_utf8(text).ok());
    text.unwrap_or_default() // never the default: all of it is ASCII
}

const PAYLOAD: &str = "application/coap-payload;cf=";

/// The number that `application/coap-payload;cf=60` stands for; `None` if it is another type, or `cf`
/// is not a number up to 65535.
///
/// A proxy takes it from an HTTP client only if it was told so. RFC 8075 sections 6.2 and 9.2.
///
/// ```
/// use coap_codec::{ContentFormat, http};
///
/// let format = http::coap_payload("application/coap-payload;cf=65001");
/// assert_eq!(format, Some(ContentFormat(65001)));
/// ```
pub fn coap_payload(media_type: &str) -> Option<ContentFormat> {
    let media_type = MediaType::parse(media_type)?;
    let mut parameters = media_type.parameters();
    match (parameters.next(), parameters.next()) {
        (Some(parameter), None) if media_type.is(b"application", b"coap-payload") => {
            number(parameter.named(b"cf")?).map(ContentFormat)
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u16, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}
