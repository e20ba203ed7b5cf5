//! `/topics/<topic>`: the last message of a topic.

use http_lite::{MediaType, NumberTag, StatusCode, accept};

use super::reply::Reply;
use super::request::{Context, Request};
use crate::gateway::hub::Accepted;
use crate::gateway::topics::{self, NotStored, Stored, topic_of_path};

/// Refuses by the head alone what could not be stored.
pub(super) fn admit(request: &Request<'_>) -> Result<(), Reply> {
    topic_of(request)?;
    if !matches!(request.method(), "PUT" | "POST") {
        return Ok(());
    }
    media_type_of(request)?;
    if let Some(coding) = request.single("Content-Encoding")? {
        if !coding.is("identity") {
            let why = "MQTT has no word for a content coding";
            let reply = Reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
            return Err(reply.with("Accept-Encoding", "identity")); // RFC 9110 section 15.5.16
        }
    }
    if request.head.fields.get("Content-Range").is_some() {
        return Err(Reply::bad_request("a part of a message")); // RFC 9110 section 14.4
    }
    Ok(())
}

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    let topic = topic_of(request)?;
    let hub = &context.shared.hub;
    match request.method() {
        "PUT" | "POST" => put(request, &topic, context),
        "DELETE" if topics::delete(hub, &topic) => Ok(Reply::new(StatusCode::NO_CONTENT)),
        "DELETE" => Err(Reply::unavailable("no memory")),
        _ => match hub.state(&topic) {
            Some(message) => get(request, &message, context),
            None => Err(Reply::error(StatusCode::NOT_FOUND, "nothing is retained here")),
        },
    }
}

fn topic_of(request: &Request<'_>) -> Result<String, Reply> {
    topic_of_path(&request.path_below()).map_err(Reply::bad_request)
}

fn get(request: &Request<'_>, message: &Accepted, context: &Context<'_>) -> Result<Reply, Reply> {
    let content_type = content_type_of(message);
    let lines = request.head.fields.all("Accept").map(|value| value.as_bytes());
    let media_type = MediaType::parse(content_type.as_bytes());
    let quality = media_type.map(|media_type| accept::quality(lines, media_type));
    if quality.is_some_and(|quality| !quality.is_acceptable()) {
        let why = format!("only {content_type}");
        return Err(Reply::error(StatusCode::NOT_ACCEPTABLE, why));
    }
    let tag = NumberTag::new(topics::tag_of(message.serial()));
    let tag = format!("\"{}\"", String::from_utf8_lossy(tag.tag().opaque()));
    let cache = match message.remaining_secs(context.now) {
        Some(secs) => format!("max-age={secs}, no-cache"),
        None => "no-cache".to_owned(),
    };
    Ok(Reply::content(content_type.to_owned(), message.payload.clone())
        .with("ETag", tag)
        .with("Cache-Control", cache))
}

/// What the publisher said, or what the payload looks like.
pub(super) fn content_type_of(message: &Accepted) -> &str {
    match &message.properties.content_type {
        // MQTT lets any text be a content type.
        Some(text) if is_media_type(text) => text,
        _ if message.is_text() => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn is_media_type(text: &str) -> bool {
    text.trim() == text && MediaType::parse(text.as_bytes()).is_some()
}

fn put(request: &Request<'_>, topic: &str, context: &Context<'_>) -> Result<Reply, Reply> {
    let media_type = media_type_of(request)?;
    let is_text = media_type.is_some_and(|(_, media_type)| is_utf8_text(media_type));
    if is_text && std::str::from_utf8(request.content).is_err() {
        return Err(Reply::bad_request("the text is not UTF-8"));
    }
    let content_type = media_type.map(|(text, _)| text);
    match topics::put(&context.shared.hub, topic, request.content, content_type, is_text) {
        Ok(Stored::Created) => {
            let path = String::from_utf8_lossy(request.head.target.path()).into_owned();
            Ok(Reply::new(StatusCode::CREATED).with("Location", path))
        }
        Ok(Stored::Changed) => Ok(Reply::new(StatusCode::NO_CONTENT)),
        Err(NotStored::Empty) => {
            Err(Reply::bad_request("an empty message cannot be kept; DELETE clears"))
        }
        Err(NotStored::Full) => Err(Reply::unavailable("no memory")),
        Err(NotStored::NotRetained) => {
            Err(Reply::unavailable("published, but too many are kept already"))
        }
    }
}

/// Content-Type, as a text and taken apart.
fn media_type_of<'a>(request: &Request<'a>) -> Result<Option<(&'a str, MediaType<'a>)>, Reply> {
    let Some(value) = request.single("Content-Type")? else { return Ok(None) };
    let media_type = MediaType::parse(value.as_bytes());
    match value.to_str().zip(media_type) {
        Some(both) => Ok(Some(both)),
        None => Err(Reply::bad_request("Content-Type is not a media type")),
    }
}

fn is_utf8_text(media_type: MediaType<'_>) -> bool {
    media_type.type_().eq_ignore_ascii_case(b"text")
        && media_type
            .charset()
            .is_none_or(|set| set.eq_ignore_case(b"utf-8") || set.eq_ignore_case(b"us-ascii"))
}
