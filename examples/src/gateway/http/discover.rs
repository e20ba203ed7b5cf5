//! `/.well-known/core`: links to all that there is. RFC 6690, RFC 8075 section 5.5

use link_format::{Attribute, Link, Links, Query};

use super::list::{Format, List};
use super::reply::{Content, Reply};
use super::request::{Context, Request};
use super::topics::{TOPICS, content_type_of};
use crate::gateway::hub::Accepted;
use crate::gateway::path::path_of_topic;
use crate::gateway::topics::has_dot_level;

const LINK_FORMAT: &str = "application/link-format";
/// More queries than anybody needs, each of which every link is compared with.
const MOST_QUERIES: usize = 8;

/// What is always there. A URI of the CoAP side is made of path and query alone, as there is one
/// server only.
const SERVICES: Links<'_> = Links::from_static(concat!(
    r#"</topics>;rt="core.ps.coll";type="application/json","#,
    r#"</events>;type="text/event-stream","#,
    r#"</coap>;rt="core.hc";hct="{+p}{+qq}""#,
));

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    if !request.accepts(LINK_FORMAT) {
        return Err(Reply::not_acceptable(LINK_FORMAT));
    }
    let query = request.head.target.query().unwrap_or_default();
    let parts = query.split(|&byte| byte == b'&').filter(|part| !part.is_empty());
    let queries: Vec<Vec<u8>> = parts.map(decode).collect();
    if queries.len() > MOST_QUERIES {
        return Err(Reply::bad_request(format!("more than {MOST_QUERIES} queries")));
    }
    if let Some(error) = queries.iter().find_map(|query| Query::decode(query).err()) {
        return Err(Reply::bad_request(format!("a query: {error}")));
    }
    let list = List::new("#".to_owned(), Format::Links { queries }, context.rights);
    Ok(Reply::ok(LINK_FORMAT, Content::List(list)).with("Cache-Control", "no-cache"))
}

/// The links that are always there, if all queries match.
pub(super) fn services(queries: &[Query<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for link in SERVICES.iter() {
        if Query::all_match(queries, &link) {
            if !out.is_empty() {
                out.push(b',');
            }
            write(&link, &mut out);
        }
    }
    out
}

/// Appends a link to a topic, if it can be followed and all queries match.
pub(super) fn write_link(message: &Accepted, queries: &[Query<'_>], out: &mut Vec<u8>) {
    const RT: Attribute<'_> = Attribute::from_static("rt", "core.ps.data");
    if has_dot_level(&message.topic) {
        return;
    }
    let href = format!("{TOPICS}{}", path_of_topic(&message.topic));
    let Ok(media_type) = Attribute::new("type", content_type_of(message)) else { return };
    let attributes = [RT, media_type];
    let Ok(link) = Link::new(&href, &attributes) else { return };
    if Query::all_match(queries, &link) {
        write(&link, out);
    }
}

fn write(link: &Link<'_>, out: &mut Vec<u8>) {
    let begin = out.len();
    out.resize(begin + link.encoded_len(), 0);
    if link.encode(out.get_mut(begin..).unwrap_or_default()).is_err() {
        out.truncate(begin);
    }
}

/// A parameter of the query as a Uri-Query option would have it; `obs` stands for `obs=*`.
fn decode(part: &[u8]) -> Vec<u8> {
    let decoded = http_lite::percent::Encoded::new(part).map(|part| part.bytes().collect());
    let mut query: Vec<u8> = decoded.unwrap_or_default();
    if !query.contains(&b'=') {
        query.extend_from_slice(b"=*");
    }
    query
}
