//! What is where, and what may be done with it.

use http_lite::StatusCode;
use topic_matcher::{FilterTable, Room, TopicName, room_for};

use super::reply::{Reply, Subprotocol};
use super::request::{Context, Request};
use super::{coap, discover, events, index, list, topics, upgrade};
use crate::gateway::guard::Rights;

/// What is where. Of several that fit a path, it is the one that stands here first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Route {
    Index,
    List,
    Topic,
    Mqtt,
    CoapOverWebSocket,
    Events,
    Links,
    Coap,
}

const ROUTES: [(&str, Route); 9] = [
    ("/", Route::Index),
    (topics::TOPICS, Route::List),
    ("/topics/", Route::List),
    (topics::TOPIC.filter().as_str(), Route::Topic),
    ("/mqtt", Route::Mqtt),
    ("/.well-known/coap", Route::CoapOverWebSocket),
    ("/events", Route::Events),
    ("/.well-known/core", Route::Links),
    ("/coap/#", Route::Coap),
];
const ROOM: Room = room_for(&ROUTES);
static ROUTER: FilterTable<Route, { ROOM.filters }, { ROOM.text }> =
    FilterTable::from_static(&ROUTES);

impl Route {
    fn of(request: &Request<'_>) -> Result<Self, Reply> {
        let path = TopicName::new(&request.path).ok();
        let route = path.and_then(|path| ROUTER.lookup(path).min());
        let nothing = || Reply::error(StatusCode::NOT_FOUND, "there is nothing here");
        route.copied().ok_or_else(nothing)
    }

    /// As in the field Allow.
    fn allow(self) -> &'static str {
        match self {
            Self::Index | Self::List | Self::Events | Self::Links => "GET, HEAD, OPTIONS",
            Self::Mqtt | Self::CoapOverWebSocket => "GET, OPTIONS",
            Self::Topic | Self::Coap => ALL,
        }
    }
}

const ALL: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

/// Methods that are known. Others are 501, and so is CONNECT, which is for proxies.
const KNOWN: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS, PATCH, TRACE";

/// Refuses a request by its head alone.
///
/// # Errors
///
/// The answer.
pub(super) fn admit(request: &Request<'_>, rights: &Rights) -> Result<(), Reply> {
    let method = request.method();
    if !has(KNOWN, method) {
        return Err(Reply::error(StatusCode::NOT_IMPLEMENTED, "a method that is not known here"));
    }
    if request.is_misdirected() {
        let why = "this server is there for http and https";
        return Err(Reply::error(StatusCode::MISDIRECTED_REQUEST, why));
    }
    // MQTT asks for passwords by itself.
    let is_mqtt = || Route::of(request).is_ok_and(|route| route == Route::Mqtt);
    if !rights.is_admitted() && !is_mqtt() {
        return Err(Reply::unauthorized("say who you are"));
    }
    if request.is_about_server() {
        return Ok(());
    }
    let route = Route::of(request)?;
    if !has(route.allow(), method) {
        let why = "this resource does not have that method";
        return Err(Reply::error(StatusCode::METHOD_NOT_ALLOWED, why).with("Allow", route.allow()));
    }
    if !request.head.method.is_safe() && is_cross_origin(request) {
        let why = "a page of another origin may change nothing here";
        return Err(Reply::error(StatusCode::FORBIDDEN, why));
    }
    match route {
        Route::Topic => topics::admit(request, rights),
        Route::Coap => coap::admit(request),
        _ => Ok(()),
    }
}

/// Answers a request that [`admit`] let in.
pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Reply {
    let options = |allow| Reply::new(StatusCode::NO_CONTENT).with("Allow", allow);
    if request.is_about_server() {
        return options(ALL);
    }
    let answer = match Route::of(request) {
        Ok(route) if request.method() == "OPTIONS" => Ok(options(route.allow())),
        Ok(Route::Index) => index::answer(request, context),
        Ok(Route::List) => list::answer(request, context),
        Ok(Route::Topic) => topics::answer(request, context),
        Ok(Route::Mqtt) => upgrade::switch(request, Subprotocol::Mqtt),
        Ok(Route::CoapOverWebSocket) => upgrade::switch(request, Subprotocol::Coap),
        Ok(Route::Events) => events::answer(request, context),
        Ok(Route::Links) => discover::answer(request, context),
        Ok(Route::Coap) => coap::answer(request, context),
        Err(refusal) => Err(refusal),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// Does a browser send it for a page that is not ours? Who asks the gateway without a browser says
/// neither where from nor how.
pub(super) fn is_cross_origin(request: &Request<'_>) -> bool {
    let fields = &request.head.fields;
    if let Some(site) = fields.get("Sec-Fetch-Site") {
        return !site.is("same-origin") && !site.is("none");
    }
    let Some(origin) = fields.get("Origin") else { return false };
    let host = fields.get("Host").map(|host| host.as_bytes()).unwrap_or_default();
    let scheme_end = origin.as_bytes().windows(3).position(|three| three == b"://");
    let theirs = scheme_end.and_then(|at| origin.as_bytes().get(at + 3..));
    theirs.is_none_or(|theirs| !theirs.eq_ignore_ascii_case(host))
}

/// Is it an element of the list?
fn has(list: &str, method: &str) -> bool {
    list.split(", ").any(|element| element == method)
}

#[cfg(test)]
mod tests {
    use http_lite::HeadParser;

    use super::*;

    #[test]
    fn what_has_no_path_is_nowhere_unless_it_is_a_whole_uri() {
        for (asked, expected) in [
            ("GET /", Some(Route::Index)),
            ("GET /?a", Some(Route::Index)),
            ("GET http://a", Some(Route::Index)),
            ("GET http://a?b", Some(Route::Index)),
            ("GET http://a/%74opics", Some(Route::List)),
            ("GET /topics/", Some(Route::List)),
            ("GET /topics/a%2Fb", Some(Route::Topic)),
            ("GET /topics//", Some(Route::Topic)),
            ("GET /coap", Some(Route::Coap)),
            ("GET //", None),
            ("GET /topics%2Fa", None),
            ("OPTIONS *", None),
            ("CONNECT a:80", None),
        ] {
            let head = format!("{asked} HTTP/1.1\r\nHost: a\r\n\r\n");
            let mut parser = HeadParser::new();
            let (head, _) = parser.parse_request(head.as_bytes()).unwrap().unwrap();
            assert_eq!(Route::of(&Request::new(head, b"")).ok(), expected, "{asked}");
        }
    }
}
