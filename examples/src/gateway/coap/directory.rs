//! A resource directory: which endpoints there are, and what they have. RFC 9176
//!
//! A registration is known by its endpoint name and sector, and by the location that it got. When its
//! lifetime is over it is not found any more, but it can be taken up again at its location until its
//! room is needed.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use link_format::{Attribute, BuildError, Link, Links, Registration, Uri, Writer};

use super::proof::host_of;

/// Registrations at once, whether their lifetime is over or not.
const MOST: usize = 1000;
/// Of one host, and of addresses that have not proved themselves.
const MOST_OF_HOST: usize = 500;
const MOST_UNPROVED: usize = 100;
/// Bytes of all that they have sent, and of their links resolved.
const MOST_BYTES: usize = 1 << 20;
/// Bytes of the links of one registration, resolved.
const MOST_OF_ONE: usize = 16 << 10;

/// All registrations, by the number in their location.
#[derive(Debug)]
pub(in crate::gateway) struct Directory {
    all: BTreeMap<u32, Arc<Endpoint>>,
    /// Where locations begin, so that an old one of another run means nobody.
    next: u32,
    /// How often they have changed.
    generation: u64,
}

/// A registration.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) location: String,
    ep: String,
    d: Option<String>,
    base: String,
    /// The endpoint said so; if not, it is where the last request came from.
    has_own_base: bool,
    /// The link on which the base means something, if that is not all the world.
    link: Option<u32>,
    host: IpAddr,
    /// Whoever registered had proved its address.
    is_proved: bool,
    lifetime: Duration,
    expires: Instant,
    /// Attributes with and without value.
    extra: Vec<(String, Option<String>)>,
    /// Links as they came, and with targets and anchors that are URIs. Section 6.1
    links: String,
    resolved: String,
}

/// What an endpoint says about itself and its links.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announcement<'a> {
    pub(super) parameters: Registration<'a>,
    /// All parameters, whatever they are.
    pub(super) queries: &'a [&'a [u8]],
    /// Links in link format; `None` leaves those that are there.
    pub(super) links: Option<&'a [u8]>,
    /// The base URI, if there is no other.
    pub(super) source: Option<&'a str>,
    pub(super) peer: SocketAddr,
    /// The peer has proved its address.
    pub(super) is_proved: bool,
}

/// Why a registration was not made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is none at this location.
    Unknown,
    /// What was said is wrong, and how.
    Bad(String),
    /// Its links are too many.
    TooLarge,
    /// The directory is full.
    Full,
}

impl Directory {
    pub(in crate::gateway) fn new() -> Self {
        Self { all: BTreeMap::new(), next: RandomState::new().hash_one(0) as u32, generation: 0 }
    }

    /// Registers an endpoint, or replaces its registration, and returns its location: the number
    /// behind `/rd/`. Section 5
    pub(super) fn register(
        &mut self,
        announcement: &Announcement<'_>,
        now: Instant,
    ) -> Result<String, Refusal> {
        let ep = announcement.parameters.ep.filter(|ep| !ep.is_empty());
        let ep = ep.ok_or_else(|| Refusal::Bad("no endpoint name: ep".to_owned()))?;
        let d = announcement.parameters.d;
        let old = self.all.iter().find(|(_, e)| e.ep == ep && e.d.as_deref() == d);
        let number = old.map_or(self.next, |(number, _)| *number);
        let endpoint = Endpoint {
            location: old.map_or_else(|| format!("{number:x}"), |(_, e)| e.location.clone()),
            ep: ep.to_owned(),
            d: d.map(str::to_owned),
            base: String::new(),
            has_own_base: false,
            link: None,
            host: host_of(announcement.peer),
            is_proved: old.is_some_and(|(_, e)| e.is_proved),
            lifetime: Duration::from_secs(Registration::DEFAULT_LIFETIME_SECS.into()),
            expires: now,
            extra: Vec::new(),
            links: String::new(),
            resolved: String::new(),
        };
        let location = endpoint.location.clone();
        self.put(number, endpoint, announcement, now)?;
        if number == self.next {
            self.next = self.next.wrapping_add(1);
        }
        Ok(location)
    }

    /// Renews a registration, changing what is said anew. Section 5.3.1
    pub(super) fn update(
        &mut self,
        location: &str,
        announcement: &Announcement<'_>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let (number, endpoint) = self.at(location).ok_or(Refusal::Unknown)?;
        let Registration { ep, d, .. } = announcement.parameters;
        if ep.is_some_and(|ep| ep != endpoint.ep) || (d.is_some() && d != endpoint.d.as_deref()) {
            return Err(Refusal::Bad("an update cannot change ep or d".to_owned()));
        }
        let endpoint = Endpoint::clone(endpoint);
        self.put(number, endpoint, announcement, now)
    }

    /// Removes a registration; false if there is none. Section 5.3.2
    pub(super) fn remove(&mut self, location: &str) -> bool {
        let number = self.at(location).map(|(number, _)| number);
        self.generation += 1;
        number.is_some_and(|number| self.all.remove(&number).is_some())
    }

    /// A number that changes with the registrations.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The registrations whose lifetime is not over, as somebody on this link may see them: a base
    /// with a link-local address means nothing elsewhere. Section 6.1
    pub(super) fn endpoints(
        &self,
        link: Option<u32>,
        now: Instant,
    ) -> impl Iterator<Item = &Arc<Endpoint>> {
        let is_seen = move |e: &Endpoint| e.link.is_none() || e.link == link;
        self.all.values().filter(move |e| e.expires > now && is_seen(e))
    }

    fn at(&self, location: &str) -> Option<(u32, &Arc<Endpoint>)> {
        let number = u32::from_str_radix(location, 16).ok()?;
        let endpoint = self.all.get(&number)?;
        (endpoint.location == location).then_some((number, endpoint))
    }

    fn put(
        &mut self,
        number: u32,
        mut endpoint: Endpoint,
        announcement: &Announcement<'_>,
        now: Instant,
    ) -> Result<(), Refusal> {
        endpoint.take(announcement, now)?;
        if !self.has_room(number, &endpoint) {
            self.all.retain(|other, endpoint| *other == number || endpoint.expires > now);
        }
        while !self.has_room(number, &endpoint) {
            // Who may be forged makes room for others.
            let mut all = self.all.iter();
            let unproved = all.find(|(other, e)| **other != number && !e.is_proved);
            let unproved = unproved.map(|(number, _)| *number).ok_or(Refusal::Full)?;
            self.all.remove(&unproved);
        }
        self.all.insert(number, Arc::new(endpoint));
        self.generation += 1;
        Ok(())
    }

    /// Is there room for a registration in the place of `number`?
    fn has_room(&self, number: u32, endpoint: &Endpoint) -> bool {
        let others = || self.all.iter().filter(|(other, _)| **other != number).map(|(_, e)| e);
        let bytes: usize = others().map(|e| e.size()).sum();
        others().count() < MOST
            && others().filter(|e| e.host == endpoint.host).count() < MOST_OF_HOST
            && (endpoint.is_proved || others().filter(|e| !e.is_proved).count() < MOST_UNPROVED)
            && bytes + endpoint.size() <= MOST_BYTES
    }
}

impl Endpoint {
    /// Takes over what is said.
    fn take(&mut self, announcement: &Announcement<'_>, now: Instant) -> Result<(), Refusal> {
        let Announcement { parameters, queries, links, source, peer, is_proved } = announcement;
        self.is_proved |= is_proved;
        if let Some(lt) = parameters.lt {
            self.lifetime = Duration::from_secs(lt.get().into());
        }
        self.expires = now + self.lifetime;
        if let Some(base) = parameters.base {
            if base.as_str().contains(['?', '#']) {
                return Err(Refusal::Bad("base: a query or a fragment".to_owned())); // Section 5
            }
            self.base = base.as_str().to_owned();
            self.has_own_base = true;
        } else if !self.has_own_base {
            match source {
                Some(source) => self.base = (*source).to_owned(),
                None if self.base.is_empty() => {
                    let why = "base: none, and HTTP does not tell where you speak CoAP";
                    return Err(Refusal::Bad(why.to_owned()));
                }
                None => {}
            }
        }
        self.link = match is_link_local(&self.base) {
            false => None,
            true => {
                let link = link_of(*peer);
                let why =
                    || Refusal::Bad("base: link-local, on a link that is not yours".to_owned());
                Some(link.ok_or_else(why)?)
            }
        };
        for attribute in Registration::extra_attributes(queries.iter().copied()) {
            let name = attribute.name();
            self.extra.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            let value = attribute.value().map(|value| value.to_string());
            self.extra.push((name.to_owned(), value));
        }
        if let Some(links) = links {
            let text = std::str::from_utf8(links);
            self.links = text.map_err(|_| Refusal::Bad("links: not UTF-8".to_owned()))?.to_owned();
        }
        self.resolved = resolve(&self.links, &self.base)?;
        // An extra attribute may be one that an endpoint has anyway.
        let is_link = self.with_link(&mut |_| {});
        is_link.map_err(|error| Refusal::Bad(format!("parameters: {error}")))
    }

    /// When its lifetime is over.
    pub(super) fn expires(&self) -> Instant {
        self.expires
    }

    /// The links, with targets and anchors that are URIs.
    pub(super) fn links(&self) -> Links<'_> {
        Links::decode_str(&self.resolved).unwrap_or(Links::EMPTY)
    }

    /// Calls `each` with the link to this registration. Section 6.4
    pub(super) fn with_link(&self, each: &mut dyn FnMut(&Link<'_>)) -> Result<(), BuildError> {
        const RT: Attribute<'_> = Attribute::from_static("rt", "core.rd-ep");
        let href = format!("/rd/{}", self.location);
        let mut attributes = vec![Attribute::new("ep", &self.ep)?];
        if let Some(d) = &self.d {
            attributes.push(Attribute::new("d", d)?);
        }
        attributes.push(Attribute::new("base", &self.base)?.in_quotes());
        for (name, value) in &self.extra {
            attributes.push(match value {
                Some(value) => Attribute::new(name, value)?.in_quotes(),
                None => Attribute::flag(name)?,
            });
        }
        attributes.push(RT);
        each(&Link::new(&href, &attributes)?);
        Ok(())
    }

    fn size(&self) -> usize {
        let extra = self.extra.iter().map(|(name, value)| {
            name.len() + value.as_ref().map_or(0, String::len) + 2 * size_of::<String>()
        });
        size_of::<Self>()
            + [&self.ep, &self.base, &self.links, &self.resolved]
                .map(String::len)
                .iter()
                .sum::<usize>()
            + self.d.as_ref().map_or(0, String::len)
            + extra.sum::<usize>()
    }
}

/// The link that an address is on, if it means nothing elsewhere.
pub(super) fn link_of(address: SocketAddr) -> Option<u32> {
    match address {
        SocketAddr::V4(v4) => v4.ip().is_link_local().then_some(0),
        SocketAddr::V6(v6) => v6.ip().is_unicast_link_local().then_some(v6.scope_id()),
    }
}

/// Is the host of a URI such an address?
fn is_link_local(uri: &str) -> bool {
    let authority = uri.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => {
            let end = v6.find(['%', ']']).unwrap_or(v6.len());
            let ip = v6.get(..end).and_then(|ip| ip.parse::<Ipv6Addr>().ok());
            ip.is_some_and(|ip| ip.is_unicast_link_local())
        }
        None => {
            let ip = host.split(':').next().and_then(|ip| ip.parse::<Ipv4Addr>().ok());
            ip.is_some_and(|ip| ip.is_link_local())
        }
    }
}

/// The links of a document with targets and anchors resolved.
fn resolve(document: &str, base: &str) -> Result<String, Refusal> {
    let bad = |what: &dyn std::fmt::Display| Refusal::Bad(format!("links: {what}"));
    let links = Links::decode_str(document).map_err(|error| bad(&error))?;
    let base = Uri::new(base).map_err(|error| bad(&error))?;
    let mut counter = Writer::new(&mut []);
    write_resolved(&links, base, document.len(), &mut counter).map_err(|error| bad(&error))?;
    if counter.total() > MOST_OF_ONE {
        return Err(Refusal::TooLarge);
    }
    let mut out = vec![0; counter.total()];
    let mut writer = Writer::new(&mut out);
    write_resolved(&links, base, document.len(), &mut writer).map_err(|error| bad(&error))?;
    String::from_utf8(out).map_err(|error| bad(&error))
}

fn write_resolved(
    links: &Links<'_>,
    base: Uri<'_>,
    longest: usize,
    writer: &mut Writer<'_>,
) -> Result<(), Box<dyn std::error::Error>> {
    // Enough for any reference of the document; twice for one with backslashes.
    let room = base.as_str().len() + 2 * longest + 16;
    let (mut target, mut context) = (vec![0; room], vec![0; room]);
    for link in links.iter() {
        let mut out = writer.begin(link.resolve_target(base, &mut target)?.as_reference());
        for attribute in link.attributes().iter() {
            // RFC 8288 section 3: all but the first anchor, title, ... MUST be ignored. They are
            // those that are not written.
            let _ = if attribute.is("anchor") {
                let anchor = link.resolve_context(base, &mut context)?;
                out.attribute(Attribute::new("anchor", anchor.as_str())?)
            } else {
                out.attribute(attribute)
            };
        }
        if writer.total() > MOST_OF_ONE {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
