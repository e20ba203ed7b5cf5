//! The same resources for HTTP clients, without a message on any wire. RFC 8075
//!
//! A request becomes a CoAP request and is judged and answered like one; the response is put into
//! HTTP's words. What is left for the HTTP side: its own syntax, HEAD without the body, and Accept with
//! more than one media type.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use coap_codec::uri::{Destination, Uri};
use coap_codec::{
    Code, ContentFormat, EncodeError, Knowledge, Message, MessageMut, OptionNumber, Reaction,
    Token, Type, bad_option, http, react,
};

use super::reply::{Body, Reply};
use super::resources::{self, Context, MAX_AGE_SECS, RECOGNIZED, Route, Transport};
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::hub::Via;
use crate::gateway::path::path_of;

/// The longest request body, as over TCP.
pub(in crate::gateway) const LONGEST_BODY: usize = 64 << 10;
/// The path that the CoAP side is below. Section 5.3
pub(in crate::gateway) const PREFIX: &str = "/coap";

/// What an HTTP client asks the CoAP side for.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::gateway) struct ProxyRequest<'a> {
    /// In capitals.
    pub(in crate::gateway) method: &'a str,
    /// HTTP or HTTPS.
    pub(in crate::gateway) via: Via,
    /// What the client may do.
    pub(in crate::gateway) rights: &'a Rights,
    /// The request target behind [`PREFIX`], percent-encoded as it came: `/ps/a?x=y`.
    pub(in crate::gateway) target: &'a str,
    /// Content-Type.
    pub(in crate::gateway) content_type: Option<&'a str>,
    /// Content-Encoding; none is `identity`.
    pub(in crate::gateway) content_coding: Option<&'a str>,
    /// The one media type that Accept has, if it has just one.
    pub(in crate::gateway) accept: Option<&'a str>,
    /// The entity tags of If-None-Match in a GET or HEAD, without quotes.
    pub(in crate::gateway) etags: &'a [&'a [u8]],
    /// The content, all of it.
    pub(in crate::gateway) body: &'a [u8],
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) struct ProxyResponse {
    /// The status code.
    pub(in crate::gateway) status: u16,
    /// Content-Type.
    pub(in crate::gateway) content_type: Option<String>,
    /// Content-Encoding.
    pub(in crate::gateway) content_coding: Option<&'static str>,
    /// ETag, with its quotes.
    pub(in crate::gateway) etag: Option<String>,
    /// `max-age` of Cache-Control, seconds.
    pub(in crate::gateway) max_age: Option<u32>,
    /// Retry-After, seconds.
    pub(in crate::gateway) retry_after: Option<u32>,
    /// Location, below [`PREFIX`].
    pub(in crate::gateway) location: Option<String>,
    /// Allow, of a 405.
    pub(in crate::gateway) allow: Option<&'static str>,
    /// The content. There is none with 204 and 304.
    pub(in crate::gateway) body: Bytes,
}

/// Asks the CoAP side.
pub(in crate::gateway) fn ask(
    request: &ProxyRequest<'_>,
    peer: SocketAddr,
    shared: &Shared,
) -> ProxyResponse {
    let (reply, allow) = match code_of(request) {
        Ok(code) => answer(request, code, peer, shared),
        Err(reply) => (reply, ""),
    };
    response(reply, allow, request)
}

/// The CoAP method, if there is any hope.
fn code_of(request: &ProxyRequest<'_>) -> Result<Code, Reply> {
    match http::method_to_code(request.method) {
        None => Err(Reply::error(Code::NOT_IMPLEMENTED, "a method that CoAP does not have")),
        Some(_) if request.body.len() > LONGEST_BODY => {
            Err(Reply::error(Code::REQUEST_ENTITY_TOO_LARGE, "more than 65536 bytes"))
        }
        Some(code) => Ok(code),
    }
}

/// The Content-Format of the body, if the client says what it is. Sections 6.3 and 6.4
fn format_of(request: &ProxyRequest<'_>) -> Result<Option<ContentFormat>, Reply> {
    let coding = request.content_coding.unwrap_or("identity");
    let format = match request.content_type {
        None if coding.eq_ignore_ascii_case("identity") => return Ok(None),
        None => None,
        Some(media_type) => http::loose_content_format(media_type, coding),
    };
    let why = "CoAP has no Content-Format for it";
    format.map(Some).ok_or_else(|| Reply::error(Code::UNSUPPORTED_CONTENT_FORMAT, why))
}

/// The answer over CoAP, and the methods that there are.
fn answer(
    request: &ProxyRequest<'_>,
    code: Code,
    peer: SocketAddr,
    shared: &Shared,
) -> (Reply, &'static str) {
    // Section 5.3 with the authority left out, since there is one only.
    let is_path = request.target.is_empty() || request.target.starts_with(['/', '?']);
    let uri = format!("coap://localhost{}", request.target);
    let uri = match Uri::new(&uri) {
        Ok(uri) if is_path => uri,
        Ok(_) => return (Reply::error(Code::BAD_REQUEST, "not a path"), ""),
        Err(error) => return (Reply::error(Code::BAD_REQUEST, &error.to_string()), ""),
    };
    // An option has a head of at most five bytes, and stands for one byte of the URI at least.
    let room = 6 * uri.as_str().len() + request.body.len() + 16 * request.etags.len() + 64;
    let mut buffer = vec![0; room];
    let format = match format_of(request) {
        Ok(format) => format,
        Err(reply) => return (reply, ""),
    };
    let message = match write(request, (code, format), uri, &mut buffer) {
        Ok(message) => message,
        Err(error) => {
            return (Reply::error(Code::INTERNAL_SERVER_ERROR, &error.to_string()), "");
        }
    };
    let message = message.message();
    let allow = methods_of(&message);
    let decoded = Ok(message);
    let reply = match react(&decoded, &Knowledge::server(RECOGNIZED)) {
        Reaction::Process => {
            let context = Context {
                shared,
                transport: Transport::Http,
                peer,
                via: request.via,
                rights: request.rights,
                is_proved: true,
                observes: false,
                now: Instant::now(),
            };
            resources::answer(&message.reliable(), &context)
        }
        Reaction::Respond(code) => {
            let option = bad_option(message.code, &message.options, RECOGNIZED);
            Reply::error(code, &option.map(why_bad).unwrap_or_default())
        }
        _ => Reply::new(Code::INTERNAL_SERVER_ERROR),
    };
    (reply, allow)
}

/// What is wrong with an option, in the words of the URI that it was made of.
fn why_bad(option: OptionNumber) -> String {
    match option {
        OptionNumber::URI_PATH => "a path segment that is not UTF-8".to_owned(),
        OptionNumber::URI_QUERY => "a query argument that is not UTF-8".to_owned(),
        _ => format!("CoAP option {option}"),
    }
}

/// Writes the CoAP request. `format` is that of its body.
fn write<'b>(
    request: &ProxyRequest<'_>,
    (code, format): (Code, Option<ContentFormat>),
    uri: Uri<'_>,
    buffer: &'b mut [u8],
) -> Result<MessageMut<'b>, EncodeError> {
    let mut message = MessageMut::new(buffer, Type::Confirmable, code, 0, Token::EMPTY)?;
    uri.write_options(&mut message, &Destination::named("localhost", 5683))?;
    for etag in request.etags.iter().filter_map(|etag| etag_from_http(etag)) {
        message.insert(OptionNumber::ETAG, &etag)?;
    }
    // Without a number for it, what is found is judged by the HTTP side.
    if let Some(accept) = request.accept.and_then(ContentFormat::from_media_type) {
        message.insert_uint(OptionNumber::ACCEPT, accept.0.into())?;
    }
    if let Some(format) = format {
        message.insert_uint(OptionNumber::CONTENT_FORMAT, format.0.into())?;
    }
    message.set_payload(request.body)?;
    Ok(message)
}

/// The answer in HTTP's words. Section 7
fn response(reply: Reply, allow: &'static str, request: &ProxyRequest<'_>) -> ProxyResponse {
    let Reply { code, format, etag, max_age, options, body } = reply;
    let body = match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => text.into(),
        Body::Bytes(bytes) => bytes,
    };
    let exchange = http::Exchange {
        has_payload: !body.is_empty(),
        conditional: !request.etags.is_empty(),
        option_from_header: true,
        methods_known: true,
    };
    let status = http::code_to_status(code, exchange).unwrap_or(502);
    let location = options.iter().filter(|(number, _)| *number == OptionNumber::LOCATION_PATH);
    let mut location = location.map(|(_, segment)| segment.iter().copied()).peekable();
    let has_location = location.peek().is_some();
    let content_type = match format {
        Some(format) => {
            Some(http::content_type(format, &mut [0; http::CONTENT_TYPE_LEN]).to_owned())
        }
        None => (!body.is_empty()).then(|| "text/plain;charset=utf-8".to_owned()), // section 6.6
    };
    let is_content = code == Code::CONTENT || code == Code::VALID;
    ProxyResponse {
        status,
        content_type: content_type.filter(|_| code != Code::VALID),
        content_coding: format.and_then(ContentFormat::content_coding),
        etag: etag.map(|etag| format!("\"{etag:08x}\"")),
        max_age: is_content.then(|| max_age.unwrap_or(MAX_AGE_SECS)),
        retry_after: max_age.filter(|_| code == Code::SERVICE_UNAVAILABLE), // note 8
        location: has_location.then(|| format!("{PREFIX}{}", path_of(location))),
        allow: (status == 405).then_some(allow),
        body,
    }
}

/// An entity tag that we gave.
fn etag_from_http(opaque: &[u8]) -> Option<[u8; 4]> {
    let text = std::str::from_utf8(opaque).ok()?;
    let etag = u32::from_str_radix(text, 16).ok()?;
    let mut same = String::new();
    let _ = write!(same, "{etag:08x}");
    (same == text).then(|| etag.to_be_bytes())
}

/// The methods of a resource, for Allow. FETCH has no counterpart in HTTP.
fn methods_of(request: &Message<'_>) -> &'static str {
    match Route::of(&resources::path_to(&request.options)) {
        Some(Route::Topics | Route::Links | Route::Endpoints | Route::Resources) => "GET, HEAD",
        Some(Route::Topic) => "GET, HEAD, PUT, POST, DELETE",
        Some(Route::Directory) => "POST",
        Some(Route::Registration) => "PUT, POST, DELETE",
        None => "",
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
