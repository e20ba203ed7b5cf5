//! What is where, and what may be done with it.

use http_lite::StatusCode;

use super::reply::Reply;
use super::request::{Context, Request};
use super::{coap, discover, events, index, list, topics, upgrade};
use crate::gateway::guard::Rights;

/// A resource, or all below a path.
struct Route {
    path: Path,
    /// As in the field Allow.
    allow: &'static str,
    /// Refuses what cannot succeed, before the content has come.
    admit: fn(&Request<'_>, &Rights) -> Result<(), Reply>,
    answer: fn(&Request<'_>, &Context<'_>) -> Result<Reply, Reply>,
}

/// Segments of a path, decoded.
enum Path {
    Is(&'static [&'static [u8]]),
    Below(&'static [u8]),
}

const READ: &str = "GET, HEAD, OPTIONS";
const WRITE: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

/// The first that fits counts.
const ROUTES: &[Route] = &[
    Route { path: Path::Is(&[b""]), allow: READ, admit: all, answer: index::answer },
    Route { path: Path::Is(&[b"topics"]), allow: READ, admit: all, answer: list::answer },
    Route { path: Path::Is(&[b"topics", b""]), allow: READ, admit: all, answer: list::answer },
    Route {
        path: Path::Below(b"topics"),
        allow: WRITE,
        admit: topics::admit,
        answer: topics::answer,
    },
    Route { path: Path::Is(&[b"mqtt"]), allow: "GET, OPTIONS", admit: all, answer: upgrade::mqtt },
    Route {
        path: Path::Is(&[b".well-known", b"coap"]),
        allow: "GET, OPTIONS",
        admit: all,
        answer: upgrade::coap,
    },
    Route { path: Path::Is(&[b"events"]), allow: READ, admit: all, answer: events::answer },
    Route {
        path: Path::Is(&[b".well-known", b"core"]),
        allow: READ,
        admit: all,
        answer: discover::answer,
    },
    Route { path: Path::Is(&[b"coap"]), allow: WRITE, admit: coap::admit, answer: coap::answer },
    Route { path: Path::Below(b"coap"), allow: WRITE, admit: coap::admit, answer: coap::answer },
];

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
    let is_mqtt = |path: &Path| matches!(path, Path::Is([b"mqtt"]));
    if !rights.is_admitted() && !find(request).is_ok_and(|route| is_mqtt(&route.path)) {
        return Err(Reply::unauthorized("say who you are"));
    }
    if request.is_about_server() {
        return Ok(());
    }
    let route = find(request)?;
    if !has(route.allow, method) {
        let why = "this resource does not have that method";
        return Err(Reply::error(StatusCode::METHOD_NOT_ALLOWED, why).with("Allow", route.allow));
    }
    if !request.head.method.is_safe() && is_cross_origin(request) {
        let why = "a page of another origin may change nothing here";
        return Err(Reply::error(StatusCode::FORBIDDEN, why));
    }
    (route.admit)(request, rights)
}

/// Answers a request that [`admit`] let in.
pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Reply {
    let options = |allow| Reply::new(StatusCode::NO_CONTENT).with("Allow", allow);
    if request.is_about_server() {
        return options(WRITE);
    }
    match find(request) {
        Ok(route) if request.method() == "OPTIONS" => options(route.allow),
        Ok(route) => (route.answer)(request, context).unwrap_or_else(|refusal| refusal),
        Err(refusal) => refusal,
    }
}

fn find(request: &Request<'_>) -> Result<&'static Route, Reply> {
    let fits = |route: &&Route| {
        let mut segments = request.segments();
        match route.path {
            Path::Is(path) => {
                path.iter().all(|&ours| segments.next().is_some_and(|s| s.is(ours)))
                    && segments.next().is_none()
            }
            Path::Below(first) => {
                segments.next().is_some_and(|s| s.is(first)) && segments.next().is_some()
            }
        }
    };
    let route = ROUTES.iter().find(fits);
    route.ok_or_else(|| Reply::error(StatusCode::NOT_FOUND, "there is nothing here"))
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

fn all(_: &Request<'_>, _: &Rights) -> Result<(), Reply> {
    Ok(())
}

/// Is it an element of the list?
fn has(list: &str, method: &str) -> bool {
    list.split(", ").any(|element| element == method)
}
