//! What is where, and what may be done with it.
//!
//! | path | methods |
//! |---|---|
//! | `/` | GET tells what is here |
//! | `/topics/<topic>` | GET, PUT, POST, DELETE |

use http_lite::{StatusCode, TargetForm};

use super::reply::Reply;
use super::request::{Context, Request};
use super::{index, topics};

/// A resource, or all below a path.
pub(super) struct Route {
    /// The first segments of the path; more follow if `below` says so.
    path: &'static [&'static [u8]],
    below: bool,
    /// As in the field Allow.
    allow: &'static str,
    /// Looks at a request before its content has come.
    admit: fn(&Request<'_>) -> Result<(), Reply>,
    answer: fn(&Request<'_>, &Context<'_>) -> Result<Reply, Reply>,
}

const ROUTES: &[Route] = &[
    Route {
        path: &[b""],
        below: false,
        allow: "GET, HEAD, OPTIONS",
        admit: anybody,
        answer: index::answer,
    },
    Route {
        path: &[b"topics"],
        below: true,
        allow: "GET, HEAD, PUT, POST, DELETE, OPTIONS",
        admit: topics::admit,
        answer: topics::answer,
    },
];

/// All methods that are understood here. Others are 501.
const METHODS: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS, PATCH, TRACE";

/// Refuses a request by its head alone.
///
/// # Errors
///
/// The answer.
pub(super) fn admit(request: &Request<'_>) -> Result<(), Reply> {
    if !has(METHODS, request.method()) {
        return Err(Reply::error(StatusCode::NOT_IMPLEMENTED, "an unknown method"));
    }
    if request.head.target.form() == TargetForm::Asterisk {
        return Ok(());
    }
    let route = find(request)?;
    if !has(route.allow, request.method()) {
        let why = "this resource does not have that method";
        return Err(Reply::error(StatusCode::METHOD_NOT_ALLOWED, why).with("Allow", route.allow));
    }
    (route.admit)(request)
}

/// Answers a request that [`admit`] let in.
pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Reply {
    let everything = "GET, HEAD, PUT, POST, DELETE, OPTIONS";
    let options = |allow| Reply::new(StatusCode::NO_CONTENT).with("Allow", allow);
    if request.head.target.form() == TargetForm::Asterisk {
        return options(everything); // RFC 9110 section 9.3.7
    }
    match find(request) {
        Ok(route) if request.method() == "OPTIONS" => options(route.allow),
        Ok(route) => (route.answer)(request, context).unwrap_or_else(|refusal| refusal),
        Err(refusal) => refusal,
    }
}

fn find(request: &Request<'_>) -> Result<&'static Route, Reply> {
    let path = &request.path;
    let route = ROUTES.iter().find(|route| {
        let is_long_enough = if route.below {
            path.len() > route.path.len()
        } else {
            path.len() == route.path.len()
        };
        is_long_enough && route.path.iter().zip(path).all(|(ours, theirs)| ours == theirs)
    });
    route.ok_or_else(|| Reply::error(StatusCode::NOT_FOUND, "there is nothing here"))
}

fn anybody(_: &Request<'_>) -> Result<(), Reply> {
    Ok(())
}

/// Is it an element of the list?
fn has(list: &str, method: &str) -> bool {
    list.split(", ").any(|element| element == method)
}
