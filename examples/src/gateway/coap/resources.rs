//! What the gateway serves over CoAP, whatever the transport.
//!
//! | path | methods |
//! |---|---|
//! | `/ps/<topic>` | GET, PUT, POST, DELETE; GET may observe |
//! | `/ps` | GET lists the topics; FETCH those that a topic filter takes, which is the payload |
//! | `/.well-known/core` | GET, filtered by query |
//! | `/rd`, `/rd/<id>` | the resource directory: POST; POST, PUT, DELETE |
//! | `/rd-lookup/ep`, `/rd-lookup/res` | GET, filtered by query |

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use coap_codec::{Code, ContentFormat, OptionNumber, Options, ReliableMessage};
use link_format::Query;
use topic_matcher::{CaptureFilter, FilterTable, Room, TopicFilter, TopicName, room_for};

use super::listing;
use super::lookup;
use super::reply::{Body, Reply};
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::hub::{Accepted, Hub, Via};
use crate::gateway::path::{captured, path_of, topic_of_path};
use crate::gateway::topics::{self, NotStored, Stored};

/// Who asks, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) shared: &'a Shared,
    pub(super) transport: Transport,
    pub(super) peer: SocketAddr,
    /// The protocol, as receivers of what is published are told.
    pub(super) via: Via,
    pub(super) rights: &'a Rights,
    /// The peer has proved its address.
    pub(super) is_proved: bool,
    /// The client is an observer of the topic now.
    pub(super) observes: bool,
    pub(super) now: Instant,
}

/// Over what a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
    WebSocket,
    /// In process, by way of [`proxy`](super::proxy).
    Http,
}

/// What is where. Of several that fit a path, it is the one that stands here first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Route {
    Topics,
    Topic,
    Links,
    Directory,
    Registration,
    Endpoints,
    Resources,
}

/// Where all topics are.
pub(super) const TOPICS: &str = "/ps";
/// Where a topic is, and what is captured is the topic.
const TOPIC: CaptureFilter<'_, 1> = CaptureFilter::from_static("/ps/#");
const REGISTRATION: CaptureFilter<'_, 1> = CaptureFilter::from_static("/rd/+");

const ROUTES: [(&str, Route); 8] = [
    (TOPICS, Route::Topics),
    ("/ps/", Route::Topics),
    (TOPIC.filter().as_str(), Route::Topic),
    ("/.well-known/core", Route::Links),
    ("/rd", Route::Directory),
    (REGISTRATION.filter().as_str(), Route::Registration),
    ("/rd-lookup/ep", Route::Endpoints),
    ("/rd-lookup/res", Route::Resources),
];
const ROOM: Room = room_for(&ROUTES);
static ROUTER: FilterTable<Route, { ROOM.filters }, { ROOM.text }> =
    FilterTable::from_static(&ROUTES);

impl Route {
    /// What is at this path.
    pub(super) fn of(path: &str) -> Option<Self> {
        ROUTER.lookup(TopicName::new(path).ok()?).min().copied()
    }
}

/// The path of a request. What is cut of it matters to nobody, since no topic here is so long.
pub(super) fn path_to(options: &Options<'_>) -> String {
    path_of(options.uri_path().map(|segment| segment.iter().copied()))
}

/// The critical options that are understood here. If-Match and If-None-Match are not.
pub(super) const RECOGNIZED: &[OptionNumber] = &[
    OptionNumber::URI_HOST,
    OptionNumber::URI_PORT,
    OptionNumber::URI_PATH,
    OptionNumber::URI_QUERY,
    OptionNumber::ACCEPT,
    OptionNumber::BLOCK2,
    OptionNumber::BLOCK1,
];

/// More queries than anybody needs, each of which every link is compared with.
const MOST_QUERIES: usize = 8;
/// The longest topic name over CoAP, in bytes.
pub(super) const LONGEST_TOPIC: usize = 1024;
/// The largest request body, in bytes: what one message can carry. RFC 7252 section 4.6
const LARGEST_BODY: u32 = 1024;
/// Seconds after which it makes sense to ask a full gateway again.
const RETRY_SECS: u32 = 30;
/// Seconds that a representation is good for, unless its message expires before.
pub(super) const MAX_AGE_SECS: u32 = 60;

/// The answer to a request whose options were judged by `react`.
pub(super) fn answer(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    let options = &request.options;
    let wanted = options.block2();
    let reply = match check_block1(options).and_then(|()| check_queries(options)) {
        Ok(()) => route(request, context),
        Err(reply) => reply,
    };
    let reply = match (options.accept(), reply.format) {
        (Some(accept), Some(format)) if accept != format && reply.code == Code::CONTENT => {
            return Reply::error(
                Code::NOT_ACCEPTABLE,
                &format!("only Content-Format {}", format.0),
            );
        }
        _ => reply,
    };
    let reply = reply.for_request(options.all(OptionNumber::ETAG), wanted);
    match options.first(OptionNumber::BLOCK1) {
        // RFC 7959 section 2.3: a body of one block was taken.
        Some(block) if reply.code.is_success() => reply.with(OptionNumber::BLOCK1, block),
        _ => reply,
    }
}

/// A request body comes in one message, be it called a block or not.
fn check_block1(options: &Options<'_>) -> Result<(), Reply> {
    match options.block1() {
        Some(block) if block.num() > 0 || block.more() => {
            let why = "a body of more than one block";
            let reply = Reply::error(Code::REQUEST_ENTITY_TOO_LARGE, why);
            Err(reply.with_uint(OptionNumber::SIZE1, LARGEST_BODY)) // RFC 7959 section 2.9.3
        }
        _ => Ok(()),
    }
}

fn check_queries(options: &Options<'_>) -> Result<(), Reply> {
    if options.uri_query().count() > MOST_QUERIES {
        let why = format!("more than {MOST_QUERIES} queries");
        return Err(Reply::error(Code::BAD_REQUEST, &why));
    }
    Ok(())
}

fn route(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    if !context.rights.is_admitted() {
        return forbidden(context.rights);
    }
    let path = path_to(&request.options);
    let Some(route) = Route::of(&path) else { return Reply::new(Code::NOT_FOUND) };
    match (route, request.code) {
        (Route::Topics, Code::GET) => list(TopicFilter::from_static("#"), context),
        (Route::Topics, Code::FETCH) => fetch(request, context),
        (Route::Links, Code::GET) => discover(request, context),
        (Route::Topics | Route::Links, _) => not_allowed(),
        (Route::Topic, _) => match topic_of(&path) {
            Ok(topic) => at_topic(request, &topic, context),
            Err(why) => Reply::error(Code::BAD_REQUEST, why),
        },
        (Route::Directory, _) => lookup::register(request, context),
        (Route::Registration, _) => {
            // As it is in the path: a location is hexadecimal digits, of which none is encoded.
            lookup::at_location(request, captured(&REGISTRATION, &path), context)
        }
        (Route::Endpoints, _) => lookup::endpoints(request, context),
        (Route::Resources, _) => lookup::resources(request, context),
    }
}

/// What there is. RFC 6690 section 4
fn discover(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    let values = listing::query_values(&request.options);
    let queries: Vec<Query<'_>> = match values.iter().map(|value| Query::decode(value)).collect() {
        Ok(queries) => queries,
        Err(error) => return Reply::error(Code::BAD_REQUEST, &format!("a query: {error}")),
    };
    let (Shared { hub, listings, .. }, rights) = (context.shared, context.rights);
    let values = values.iter().map(|value| &**value);
    let key = listing::key(b'd', values.chain([rights.key()]));
    listings.reply(key, hub.generation(), context.now, || {
        let all = readable(hub, TopicFilter::from_static("#"), rights);
        listing::topics(&all, true, &queries)
    })
}

/// The topics that a filter takes.
fn list(filter: TopicFilter<'_>, context: &Context<'_>) -> Reply {
    let (Shared { hub, listings, .. }, rights) = (context.shared, context.rights);
    let key = listing::key(b't', [filter.as_str().as_bytes(), rights.key()].into_iter());
    listings.reply(key, hub.generation(), context.now, || {
        listing::topics(&readable(hub, filter, rights), false, &[])
    })
}

/// The retained messages that a filter takes and a client may see.
fn readable(hub: &Hub, filter: TopicFilter<'_>, rights: &Rights) -> Vec<Arc<Accepted>> {
    let mut all = topics::matching(hub, filter);
    all.retain(|message| rights.may_read(&message.topic));
    all
}

/// What the client may not do; if it could say who it is, it should. RFC 7252 section 5.9.2
pub(super) fn forbidden(rights: &Rights) -> Reply {
    let code = if rights.may_log_in() { Code::UNAUTHORIZED } else { Code::FORBIDDEN };
    Reply::error(code, "no rule lets you")
}

/// The topic at a path.
fn topic_of(path: &str) -> Result<String, &'static str> {
    let topic = topic_of_path(captured(&TOPIC, path))?;
    if topic.len() > LONGEST_TOPIC { Err("a topic of more than 1024 bytes") } else { Ok(topic) }
}

pub(super) fn not_allowed() -> Reply {
    Reply::new(Code::METHOD_NOT_ALLOWED)
}

/// The topic that a request would observe: a GET for one, with Observe 0, from its beginning.
pub(super) fn observed_topic(request: &ReliableMessage<'_>) -> Option<String> {
    let later_block = request.options.block2().is_some_and(|block| block.num() > 0);
    if request.code != Code::GET || later_block {
        return None;
    }
    topic_of(&path_to(&request.options)).ok()
}

fn at_topic(request: &ReliableMessage<'_>, topic: &str, context: &Context<'_>) -> Reply {
    let (hub, rights) = (&context.shared.hub, context.rights);
    let is_allowed = match request.code {
        Code::GET => rights.may_read(topic),
        Code::PUT | Code::POST | Code::DELETE => rights.may_write(topic),
        _ => true,
    };
    if !is_allowed {
        return forbidden(rights);
    }
    match request.code {
        Code::GET => match hub.state(topic) {
            Some(message) => representation(&message, request.options.accept(), context.now),
            // A topic to which nobody has published yet can be waited for.
            None if context.observes => Reply::new(Code::CONTENT),
            None => Reply::new(Code::NOT_FOUND),
        },
        Code::PUT | Code::POST => put(request, topic, context),
        // RFC 7252 section 5.8.4: also if there was nothing.
        Code::DELETE if topics::delete(hub, topic, context.via) => Reply::new(Code::DELETED),
        Code::DELETE => unavailable("no memory"),
        _ => not_allowed(),
    }
}

/// A message as a response, in the format that is wanted if the message says none.
pub(super) fn representation(
    message: &Accepted,
    wanted: Option<ContentFormat>,
    now: Instant,
) -> Reply {
    let format = match declared_format(message) {
        None if wanted == Some(ContentFormat::OCTET_STREAM) => ContentFormat::OCTET_STREAM,
        _ => format_of(message),
    };
    let remaining = message.remaining_secs(now).filter(|&secs| secs < MAX_AGE_SECS);
    Reply {
        // RFC 7252 section 5.10.6: one tag for each representation.
        etag: Some(etag_of((message.serial(), format.0))),
        max_age: remaining,
        ..Reply::content(format, Body::Bytes(message.payload.clone()))
    }
}

/// What the publisher said, if CoAP has a number for it.
fn declared_format(message: &Accepted) -> Option<ContentFormat> {
    ContentFormat::from_media_type(message.properties.content_type.as_deref()?)
}

/// What the publisher said, or what the payload looks like.
pub(super) fn format_of(message: &Accepted) -> ContentFormat {
    match declared_format(message) {
        Some(format) => format,
        None if message.is_text() => ContentFormat::TEXT_PLAIN,
        None => ContentFormat::OCTET_STREAM,
    }
}

/// The entity tag of whatever `state` stands for. RFC 7252 section 5.10.6
pub(super) fn etag_of(state: impl std::hash::Hash) -> u32 {
    (topics::tag_of(state) >> 32) as u32
}

fn put(request: &ReliableMessage<'_>, topic: &str, context: &Context<'_>) -> Reply {
    let format = request.options.content_format();
    let media_type = match format.map(media_type_of) {
        Some(None) => {
            let why = "MQTT has no content type for this Content-Format";
            return Reply::error(Code::UNSUPPORTED_CONTENT_FORMAT, why);
        }
        known => known.flatten(),
    };
    let is_text = format == Some(ContentFormat::TEXT_PLAIN);
    if is_text && std::str::from_utf8(request.payload).is_err() {
        return Reply::error(Code::BAD_REQUEST, "the text is not UTF-8");
    }
    let Context { shared, via, rights, .. } = context;
    match topics::put(&shared.hub, topic, request.payload, media_type, is_text, *via) {
        // Who may not read is not told whether there was something.
        Ok(Stored::Created) if rights.may_read(topic) => Reply::new(Code::CREATED),
        Ok(Stored::Created | Stored::Changed) => Reply::new(Code::CHANGED),
        Err(NotStored::Empty) => {
            Reply::error(Code::BAD_REQUEST, "an empty message cannot be kept; DELETE clears")
        }
        Err(NotStored::Unwanted) => Reply::new(Code::PRECONDITION_FAILED),
        Err(NotStored::Full) => unavailable("no memory"),
        Err(NotStored::NotRetained) => unavailable("published, but too many are kept already"),
    }
}

/// The media type, if it says everything: MQTT cannot tell a content coding.
fn media_type_of(format: ContentFormat) -> Option<&'static str> {
    if format.content_coding().is_some() { None } else { format.media_type() }
}

pub(super) fn unavailable(why: &str) -> Reply {
    let reply = Reply::error(Code::SERVICE_UNAVAILABLE, why);
    Reply { max_age: Some(RETRY_SECS), ..reply }
}

/// The topics that a topic filter takes. RFC 8132 section 2
fn fetch(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    let format = request.options.content_format();
    if format.is_some_and(|format| format != ContentFormat::TEXT_PLAIN) {
        return Reply::error(Code::UNSUPPORTED_CONTENT_FORMAT, "a topic filter is a text");
    }
    match TopicFilter::from_utf8(request.payload) {
        Ok(filter) if filter.as_str().len() > LONGEST_TOPIC => {
            Reply::error(Code::BAD_REQUEST, "a topic filter of more than 1024 bytes")
        }
        Ok(filter) => list(filter, context),
        Err(error) => Reply::error(Code::BAD_REQUEST, &format!("not a topic filter: {error}")),
    }
}
