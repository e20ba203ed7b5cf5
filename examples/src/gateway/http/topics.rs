//! `/topics/<topic>`: the retained message of a topic.

use bytes::Bytes;
use http_lite::{
    ContentRange, EncodeError, MediaType, NumberTag, Preconditions, Selection, StatusCode,
    Validators, Verdict,
};
use topic_matcher::CaptureFilter;

use super::reply::{Content, Reply};
use super::request::{Context, Request, date};
use crate::gateway::guard::Rights;
use crate::gateway::hub::Accepted;
use crate::gateway::path::{captured, topic_of_path};
use crate::gateway::topics::{self, NotStored, Stored};

/// Where all topics are.
pub(super) const TOPICS: &str = "/topics";
/// Where a topic is, and what is captured is the topic.
pub(super) const TOPIC: CaptureFilter<'_, 1> = CaptureFilter::from_static("/topics/#");

/// Refuses by the head alone what is not allowed or could not be stored.
pub(super) fn admit(request: &Request<'_>, rights: &Rights) -> Result<(), Reply> {
    let topic = topic_of(request)?;
    if !is_allowed(request, &topic, rights) {
        return Err(Reply::forbidden(rights));
    }
    if !matches!(request.method(), "PUT" | "POST") {
        return Ok(());
    }
    if topics::has_dot_level(&topic) {
        let why = "a level . or ..: clients take it for a step of the path, and cannot ask for it";
        return Err(Reply::bad_request(why));
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
        "DELETE" => {
            match topics::delete_if(hub, &topic, context.via, |state| allows(request, state)) {
                Ok(()) => Ok(Reply::new(StatusCode::NO_CONTENT)),
                Err(why) => Err(not_stored(why)),
            }
        }
        _ => match hub.retained(&topic) {
            Some(message) => get(request, &message, context),
            None => Err(Reply::error(StatusCode::NOT_FOUND, "nothing is retained here")),
        },
    }
}

fn is_allowed(request: &Request<'_>, topic: &str, rights: &Rights) -> bool {
    let has = |name| request.head.fields.get(name).is_some();
    match request.method() {
        "OPTIONS" => true,
        // Whether a condition holds tells what is there.
        "PUT" | "POST" | "DELETE" if has("If-Match") || has("If-None-Match") => {
            rights.may_write(topic) && rights.may_read(topic)
        }
        "PUT" | "POST" | "DELETE" => rights.may_write(topic),
        _ => rights.may_read(topic),
    }
}

fn topic_of(request: &Request<'_>) -> Result<String, Reply> {
    topic_of_path(captured(&TOPIC, &request.path)).map_err(Reply::bad_request)
}

fn get(request: &Request<'_>, message: &Accepted, context: &Context<'_>) -> Result<Reply, Reply> {
    let content_type = content_type_of(message);
    if !request.accepts(content_type) {
        return Err(Reply::not_acceptable(content_type));
    }
    let tag = tag_of(message);
    let current = Validators { etag: Some(tag.tag()), ..Validators::default() };
    let cache = match message.remaining_secs(context.now) {
        Some(secs) => format!("no-cache, max-age={secs}"),
        None => "no-cache".to_owned(),
    };
    let named = |reply: Reply| {
        let reply = reply.with("ETag", text(|out| tag.tag().encode(out)));
        reply.with("Cache-Control", cache).of_others()
    };
    let payload = &message.payload;
    let content = |part: Bytes| {
        let reply = Reply::ok(content_type.to_owned(), Content::Whole(part));
        reply.with("Accept-Ranges", "bytes")
    };
    let conditions = Preconditions::of(&request.head.fields);
    let range = match conditions.evaluate(request.head.method, Some(&current), date()) {
        Verdict::NotModified => return Ok(named(Reply::new(StatusCode::NOT_MODIFIED))),
        Verdict::PreconditionFailed => return Err(Reply::unwanted()),
        Verdict::Proceed => return Ok(named(content(payload.clone()))),
        Verdict::Partial(range) => range,
    };
    let len = payload.len() as u64;
    let span = match range.select(len, 1) {
        Selection::Parts(mut parts) => parts.next(),
        Selection::Whole => None,
        Selection::Unsatisfiable => {
            let reply = Reply::error(StatusCode::RANGE_NOT_SATISFIABLE, "it is not so long");
            let range = ContentRange::unsatisfied(len);
            return Err(reply.with("Content-Range", text(|out| range.encode(out))));
        }
    };
    let part = span.and_then(|span| {
        let (first, last) =
            (usize::try_from(span.first()).ok()?, usize::try_from(span.last()).ok()?);
        let range = ContentRange::part(span, Some(len))?;
        (last < payload.len()).then(|| (payload.slice(first..=last), range))
    });
    Ok(named(match part {
        None => content(payload.clone()),
        Some((part, range)) => Reply { status: StatusCode::PARTIAL_CONTENT, ..content(part) }
            .with("Content-Range", text(|out| range.encode(out))),
    }))
}

fn tag_of(message: &Accepted) -> NumberTag {
    NumberTag::new(topics::tag_of(message.serial()))
}

/// Do the preconditions of a request that changes something hold in this state?
fn allows(request: &Request<'_>, state: Option<&Accepted>) -> bool {
    let tag = state.map(tag_of);
    let etag = tag.as_ref().map(NumberTag::tag);
    let current = Validators { etag, ..Validators::default() };
    let conditions = Preconditions::of(&request.head.fields);
    let current = state.map(|_| &current);
    conditions.evaluate(request.head.method, current, date()) == Verdict::Proceed
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
    let (hub, content) = (&context.shared.hub, request.content);
    let allows = |state: Option<&Accepted>| allows(request, state);
    match topics::put_if(hub, topic, content, content_type, is_text, context.via, allows) {
        // Who may not read is not told whether there was something.
        Ok(Stored::Created) if context.rights.may_read(topic) => {
            let path = String::from_utf8_lossy(request.head.target.path()).into_owned();
            Ok(Reply::new(StatusCode::CREATED).with("Location", path))
        }
        Ok(Stored::Created | Stored::Changed) => Ok(Reply::new(StatusCode::NO_CONTENT)),
        Err(why) => Err(not_stored(why)),
    }
}

fn not_stored(why: NotStored) -> Reply {
    match why {
        NotStored::Empty => Reply::bad_request("an empty message cannot be kept; DELETE clears"),
        NotStored::Full => Reply::unavailable("no memory"),
        NotStored::NotRetained => Reply::unavailable("published, but too many are kept already"),
        NotStored::Unwanted => Reply::unwanted(),
    }
}

/// What `encode` writes: an entity tag, a range.
fn text(encode: impl FnOnce(&mut [u8]) -> Result<usize, EncodeError>) -> String {
    let mut out = [0; 80];
    let len = encode(&mut out).unwrap_or_default();
    String::from_utf8_lossy(out.get(..len).unwrap_or_default()).into_owned()
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
