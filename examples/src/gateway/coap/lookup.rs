//! The resource directory as resources: registration and lookup. RFC 9176 sections 5 and 6

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::{MutexGuard, Once, PoisonError};

use coap_codec::{Code, ContentFormat, OptionNumber, ReliableMessage};
use link_format::{Lookup, Query, Registration};

use super::directory::{Announcement, Directory, Endpoint, Refusal, link_of};
use super::listing::{self, List};
use super::reply::Reply;
use super::resources::{Context, Transport, forbidden, not_allowed, unavailable};

/// `/rd`
pub(super) fn register(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    if request.code != Code::POST {
        return not_allowed();
    }
    if !context.rights.may_register() {
        return forbidden(context.rights);
    }
    announce(request, context, |directory, announcement| {
        let links = announcement.links.or(Some(b""));
        let announcement = Announcement { links, ..*announcement };
        let location = directory.register(&announcement, context.now)?;
        let reply = Reply::new(Code::CREATED).with(OptionNumber::LOCATION_PATH, b"rd");
        Ok(reply.with(OptionNumber::LOCATION_PATH, location.as_bytes()))
    })
}

/// `/rd/<location>`
pub(super) fn at_location(
    request: &ReliableMessage<'_>,
    location: &str,
    context: &Context<'_>,
) -> Reply {
    if !context.rights.may_register() {
        return forbidden(context.rights);
    }
    match request.code {
        // Section 5.3.1 has POST; earlier drafts had PUT.
        Code::POST | Code::PUT => announce(request, context, |directory, announcement| {
            directory.update(location, announcement, context.now)?;
            Ok(Reply::new(Code::CHANGED))
        }),
        Code::DELETE if directory(context).remove(location) => Reply::new(Code::DELETED),
        Code::DELETE => Reply::new(Code::NOT_FOUND),
        _ => not_allowed(),
    }
}

/// Reads what an endpoint says, and answers with what `act` makes of it.
fn announce(
    request: &ReliableMessage<'_>,
    context: &Context<'_>,
    act: impl FnOnce(&mut Directory, &Announcement<'_>) -> Result<Reply, Refusal>,
) -> Reply {
    let format = request.options.content_format();
    if format.is_some_and(|format| format != ContentFormat::LINK_FORMAT) {
        let why = "links come in link format, 40";
        return Reply::error(Code::UNSUPPORTED_CONTENT_FORMAT, why);
    }
    let queries: Vec<&[u8]> = request.options.uri_query().collect();
    let parameters = match Registration::decode(queries.iter().copied()) {
        Ok(parameters) => parameters,
        Err(error) => return Reply::error(Code::BAD_REQUEST, &error.to_string()),
    };
    let is_page = |query: &&[u8]| query.starts_with(b"page=") || query.starts_with(b"count=");
    if queries.iter().any(is_page) {
        return Reply::error(Code::BAD_REQUEST, "page and count are for lookups");
    }
    let source = base_of(context.transport, context.peer);
    let links = (!request.payload.is_empty()).then_some(request.payload);
    let Context { peer, is_proved, .. } = *context;
    let (queries, source) = (&*queries, source.as_deref());
    let announcement = Announcement { parameters, queries, links, source, peer, is_proved };
    match act(&mut directory(context), &announcement) {
        Ok(reply) => reply,
        Err(Refusal::Unknown) => Reply::new(Code::NOT_FOUND),
        Err(Refusal::Bad(why)) => Reply::error(Code::BAD_REQUEST, &why),
        Err(Refusal::TooLarge) => Reply::new(Code::REQUEST_ENTITY_TOO_LARGE),
        Err(Refusal::Full) => {
            static ONCE: Once = Once::new();
            ONCE.call_once(|| context.shared.log.line(format_args!("the directory is full")));
            unavailable("the directory is full")
        }
    }
}

fn directory<'a>(context: &Context<'a>) -> MutexGuard<'a, Directory> {
    context.shared.directory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The base URI of who says none. Section 5. Behind HTTP, and where a WebSocket comes from, nobody can
/// be reached.
fn base_of(transport: Transport, peer: SocketAddr) -> Option<String> {
    let scheme = match transport {
        Transport::Udp => "coap",
        Transport::Tcp => "coap+tcp",
        Transport::WebSocket | Transport::Http => return None,
    };
    let host = match peer.ip().to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Some(match peer.port() {
        5683 => format!("{scheme}://{host}"),
        port => format!("{scheme}://{host}:{port}"),
    })
}

/// `/rd-lookup/ep`, section 6.4
pub(super) fn endpoints(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    lookup(b'e', request, context, |endpoint, criteria, page, list| {
        let matches = criteria.iter().all(|criterion| {
            is_matched_by(endpoint, criterion)
                || endpoint.links().iter().any(|link| criterion.matches(&link))
        });
        let wanted = matches && page.has_next();
        let _ = endpoint.with_link(&mut |link| list.look(link, wanted));
    })
}

/// `/rd-lookup/res`, section 6.1
pub(super) fn resources(request: &ReliableMessage<'_>, context: &Context<'_>) -> Reply {
    lookup(b'r', request, context, |endpoint, criteria, page, list| {
        // Section 6.2: a link also matches where its endpoint does.
        let own: Vec<&Query<'_>> =
            criteria.iter().filter(|criterion| !is_matched_by(endpoint, criterion)).collect();
        for link in endpoint.links().iter() {
            let matches = own.iter().all(|criterion| criterion.matches(&link));
            list.look(&link, matches && page.has_next());
        }
    })
}

fn lookup(
    what: u8,
    request: &ReliableMessage<'_>,
    context: &Context<'_>,
    look: impl Fn(&Endpoint, &[Query<'_>], &mut Page, &mut List),
) -> Reply {
    if request.code != Code::GET {
        return not_allowed();
    }
    if !context.rights.may_look_up() {
        return forbidden(context.rights);
    }
    let queries = || request.options.uri_query();
    let mut page = match Lookup::decode(queries()) {
        Ok(lookup) => Page { range: lookup.range(), next: 0 },
        Err(error) => return Reply::error(Code::BAD_REQUEST, &error.to_string()),
    };
    let generation = directory(context).generation();
    let link = link_of(context.peer);
    let on_link = format!("{link:?}");
    let key = listing::key(what, queries().chain([on_link.as_bytes()]));
    context.shared.listings.reply(key, generation, context.now, || {
        let endpoints: Vec<_> = directory(context).endpoints(link, context.now).cloned().collect();
        let criteria: Vec<_> = Lookup::criteria(queries()).collect();
        let mut list = List::default();
        for endpoint in &endpoints {
            look(endpoint, &criteria, &mut page, &mut list);
        }
        list.until = endpoints.iter().map(|endpoint| endpoint.expires()).min();
        list
    })
}

fn is_matched_by(endpoint: &Endpoint, criterion: &Query<'_>) -> bool {
    let mut matches = false;
    let _ = endpoint.with_link(&mut |link| matches = criterion.matches(link));
    matches
}

/// The part of all that matches that is wanted. Section 6.2
struct Page {
    range: Range<u64>,
    next: u64,
}

impl Page {
    /// Something more matches: is it on the page?
    fn has_next(&mut self) -> bool {
        let index = self.next;
        self.next += 1;
        self.range.contains(&index)
    }
}
