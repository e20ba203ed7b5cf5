//! Lists of links that are rendered into a block when it is asked for, and held in no other form.

use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use coap_codec::{Code, ContentFormat, Options};
use link_format::{Attribute, Link, Links, Query, Writer};

use super::reply::{Body, Reply};
use super::resources::{etag_of, format_of};
use crate::gateway::hub::Accepted;

/// Something that is a list of links.
pub(super) trait Listing: fmt::Debug {
    /// Calls `each` with every link, in an order that stays.
    fn each(&self, each: &mut dyn FnMut(&Link<'_>));
}

/// A list as a response in link format. Its entity tag is that of the links, so that a client sees
/// when the list has changed between two blocks. RFC 7959 section 2.4
pub(super) fn reply(listing: impl Listing + 'static) -> Reply {
    let mut writer = Writer::new(&mut []);
    let mut hasher = DefaultHasher::new();
    listing.each(&mut |link| {
        writer.link(link);
        hash(link, &mut hasher);
    });
    let body = Body::Links { listing: Box::new(listing), len: writer.total() };
    let reply = Reply::content(ContentFormat::LINK_FORMAT, body);
    Reply { etag: Some(etag_of(hasher.finish())), ..reply }
}

fn hash(link: &Link<'_>, hasher: &mut DefaultHasher) {
    link.target().as_str().hash(hasher);
    for attribute in link.attributes().iter() {
        attribute.name().hash(hasher);
        if let Some(value) = attribute.value() {
            value.chars().for_each(|c| c.hash(hasher));
        }
    }
}

/// The queries of a request, each of which a link has to match. RFC 6690 section 4.1
pub(super) fn queries<'a>(options: &Options<'a>) -> Result<Vec<Query<'a>>, Reply> {
    let queries: Result<_, _> = options.uri_query().map(Query::decode).collect();
    queries.map_err(|error| Reply::error(Code::BAD_REQUEST, &format!("a query: {error}")))
}

/// What is always there.
const SERVICES: Links<'_> = Links::from_static(concat!(
    r#"</ps>;rt="core.ps.coll";ct=40,"#,
    r#"</rd>;rt="core.rd";ct=40,"#,
    r#"</rd-lookup/ep>;rt="core.rd-lookup-ep";ct=40,"#,
    r#"</rd-lookup/res>;rt="core.rd-lookup-res";ct=40"#,
));

/// Topics as links, with or without the services before them.
#[derive(Debug)]
pub(super) struct Topics {
    /// Those links of [`SERVICES`] that are wanted.
    services: Vec<Link<'static>>,
    messages: Vec<Arc<Accepted>>,
}

impl Topics {
    pub(super) fn new(messages: Vec<Arc<Accepted>>) -> Self {
        Self { services: Vec::new(), messages }
    }

    /// All that the gateway has and that matches: `/.well-known/core`.
    pub(super) fn with_services(messages: Vec<Arc<Accepted>>, queries: &[Query<'_>]) -> Self {
        let services = SERVICES.iter().filter(|link| Query::all_match(queries, link)).collect();
        let mut all = Self { services, messages };
        if queries.is_empty() {
            return all;
        }
        let mut href = String::new();
        all.messages.retain(|message| {
            let mut matches = false;
            with_link(message, &mut href, &mut |link| matches = Query::all_match(queries, link));
            matches
        });
        all
    }
}

impl Listing for Topics {
    fn each(&self, each: &mut dyn FnMut(&Link<'_>)) {
        self.services.iter().for_each(&mut *each);
        let mut href = String::new();
        for message in &self.messages {
            with_link(message, &mut href, each);
        }
    }
}

/// Calls `each` with the link to a topic.
fn with_link(message: &Accepted, href: &mut String, each: &mut dyn FnMut(&Link<'_>)) {
    const RT: Attribute<'_> = Attribute::from_static("rt", "core.ps.data");
    const OBS: Attribute<'_> = Attribute::flag_from_static("obs"); // RFC 7641 section 6
    href.clear();
    href.push_str("/ps/");
    for (n, level) in message.topic.split('/').enumerate() {
        href.push_str(if n > 0 { "/" } else { "" });
        push_segment(level, href);
    }
    let format = format_of(message).0.to_string();
    let ct = Attribute::new("ct", &format);
    if let Ok(ct) = ct {
        if let Ok(link) = Link::new(href, &[RT, ct, OBS]) {
            each(&link);
        }
    }
}

/// Appends a segment of a path, percent-encoded. RFC 3986 section 3.3
pub(super) fn push_segment(segment: &str, out: &mut String) {
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(byte.into()),
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b','
            | b';' | b'=' | b':' | b'@' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}
