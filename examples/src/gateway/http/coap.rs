//! `/coap/<path>`: the CoAP side. RFC 8075

use http_lite::{EntityTag, EntityTags, Preconditions, StatusCode, Validators};

use super::reply::{Content, Reply};
use super::request::{Context, Request, date};
use crate::gateway::coap::proxy::{self, LONGEST_BODY, ProxyRequest};

/// Refuses by the head alone what could not be answered.
pub(super) fn admit(request: &Request<'_>) -> Result<(), Reply> {
    let fields = &request.head.fields;
    let is_get = matches!(request.method(), "GET" | "HEAD");
    let mut preconditions = ["If-Match", "If-None-Match"].into_iter();
    if let Some(name) = preconditions.find(|name| !is_get && fields.get(name).is_some()) {
        let why = format!("{name} with {} cannot be kept here; /topics can", request.method());
        return Err(Reply::bad_request(why));
    }
    if request.len > LONGEST_BODY as u64 {
        let why = format!("more than {LONGEST_BODY} bytes");
        return Err(Reply::error(StatusCode::CONTENT_TOO_LARGE, why));
    }
    Ok(())
}

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    let fields = &request.head.fields;
    let text = |name: &str| -> Result<Option<&str>, Reply> {
        let Some(value) = request.single(name)? else { return Ok(None) };
        let text = value.to_str();
        text.map(Some).ok_or_else(|| Reply::bad_request(format!("{name} is not UTF-8")))
    };
    let tags = fields.get("If-None-Match").and_then(|value| EntityTags::parse(value.as_bytes()));
    let etags: Vec<&[u8]> = match tags {
        // If-Match comes first. RFC 9110 section 13.2.2
        Some(tags) if fields.get("If-Match").is_none() => {
            tags.iter().map(|tag| tag.opaque()).collect()
        }
        _ => Vec::new(),
    };
    let response = proxy::ask(
        &ProxyRequest {
            method: request.method(),
            via: context.via,
            rights: context.rights,
            target: target_of(request),
            content_type: text("Content-Type")?,
            content_coding: text("Content-Encoding")?,
            accept: only_media_type(request),
            etags: &etags,
            body: request.content,
        },
        context.peer,
        context.shared,
    );
    let status = StatusCode::new(response.status).unwrap_or(StatusCode::BAD_GATEWAY);
    // A 4.01, which has no challenge with it.
    if status == StatusCode::FORBIDDEN && context.rights.may_log_in() {
        return Err(Reply::forbidden(context.rights));
    }
    if let Some(content_type) = &response.content_type {
        if status == StatusCode::OK && !request.accepts(content_type) {
            return Err(Reply::not_acceptable(content_type));
        }
    }
    let mut reply = Reply { content: Content::Whole(response.body), ..Reply::new(status) };
    let mut content_type = response.content_type;
    if status == StatusCode::OK {
        // Those that CoAP has no option for.
        let etag = response.etag.as_deref().and_then(|tag| EntityTag::parse(tag.as_bytes()));
        let current = Validators { etag, ..Validators::default() };
        let conditions = Preconditions::of(fields);
        match conditions.evaluate(request.head.method, Some(&current), date()).status() {
            Some(StatusCode::NOT_MODIFIED) => {
                (reply, content_type) = (Reply::new(StatusCode::NOT_MODIFIED), None);
            }
            Some(_) => return Err(Reply::unwanted()),
            None => {}
        }
    }
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let max_age = response.max_age.map(|secs| format!("max-age={secs}"));
    for (name, value) in [
        ("Content-Type", content_type),
        ("Content-Encoding", response.content_coding.map(str::to_owned)),
        ("ETag", response.etag),
        ("Cache-Control", max_age),
        ("Retry-After", number(response.retry_after)),
        ("Location", response.location),
        ("Allow", response.allow.map(|methods| format!("{methods}, OPTIONS"))),
    ] {
        if let Some(value) = value {
            reply = reply.with(name, value);
        }
    }
    Ok(if status == StatusCode::OK { reply.of_others() } else { reply })
}

/// Path and query behind the first segment, as they came.
fn target_of<'a>(request: &Request<'a>) -> &'a str {
    let target = request.head.target.path_and_query();
    let behind = target.get(1..).unwrap_or_default();
    let end = behind.iter().position(|byte| matches!(byte, b'/' | b'?'));
    let below = end.and_then(|end| behind.get(end..)).unwrap_or_default();
    std::str::from_utf8(below).unwrap_or_default() // a target is ASCII
}

/// What Accept has, if that is one media type. Section 6.1
fn only_media_type<'a>(request: &Request<'a>) -> Option<&'a str> {
    let mut all = request.head.fields.all("Accept").flat_map(|value| value.elements());
    match (all.next(), all.next()) {
        (Some(only), None) if !only.contains(&b'*') => std::str::from_utf8(only).ok(),
        _ => None,
    }
}
