//! Lists of links. A list is made once for many requests: a client that takes one block by block asks
//! for it again and again, and nobody shall keep the gateway busy by asking.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use coap_codec::{Code, ContentFormat, Options};
use link_format::{Attribute, Link, Links, Query};

use super::reply::{Body, Reply};
use super::resources::{LONGEST_TOPIC, TOPICS, etag_of, format_of};
use crate::gateway::hub::Accepted;
use crate::gateway::path::path_of_topic;
use crate::gateway::share::Share;
use crate::gateway::topics::has_dot_level;

/// So many lists are kept, and as many of them as have so many bytes together, but always one.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 1 << 20;
/// A list for which so many links were looked at may be as old as this, whatever has changed.
const LARGE: usize = 1000;
const OLD: Duration = Duration::from_millis(250);

/// The lists that were made lately.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Listings {
    state: Mutex<State>,
    /// The time for those that have to be made.
    share: Share,
}

#[derive(Debug, Default)]
struct State {
    /// The newest first.
    kept: VecDeque<Kept>,
}

#[derive(Debug)]
struct Kept {
    key: Vec<u8>,
    generation: u64,
    made: Instant,
    list: List,
    body: Bytes,
    etag: u32,
}

/// Links in link format.
#[derive(Debug, Default)]
pub(super) struct List {
    text: Vec<u8>,
    /// How many links were looked at for it.
    looked_at: usize,
    /// When it is not true any more, if anything says so.
    pub(super) until: Option<Instant>,
}

impl Listings {
    /// The list that `make` makes, as a response. It depends on `key` alone until `generation`
    /// changes. Its entity tag is that of the text, so that a client sees when the list has changed
    /// between two blocks (RFC 7959 section 2.4).
    pub(super) fn reply(
        &self,
        key: Vec<u8>,
        generation: u64,
        now: Instant,
        make: impl FnOnce() -> List,
    ) -> Reply {
        let found = self.state(|state| state.find(&key, generation, now));
        if found.is_none() && self.share.spent_until(now).is_some() {
            let reply = Reply::error(Code::SERVICE_UNAVAILABLE, "too many lists at once");
            return Reply { max_age: Some(1), ..reply };
        }
        let (body, etag) = found.unwrap_or_else(|| {
            let begin = Instant::now();
            let mut list = make();
            let body = Bytes::from(std::mem::take(&mut list.text));
            let etag = etag_of(&*body);
            let kept = Kept { key, generation, made: now, list, body: body.clone(), etag };
            self.state(|state| state.keep(kept));
            self.share.spend(begin.elapsed(), now);
            (body, etag)
        });
        Reply { etag: Some(etag), ..Reply::content(ContentFormat::LINK_FORMAT, Body::Bytes(body)) }
    }

    fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// A list that is kept.
    fn find(&self, key: &[u8], generation: u64, now: Instant) -> Option<(Bytes, u32)> {
        let kept = self.kept.iter().find(|kept| kept.key == key && kept.is_good(generation, now));
        kept.map(|kept| (kept.body.clone(), kept.etag))
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.retain(|other| other.key != kept.key);
        self.kept.push_front(kept);
        let mut bytes = 0;
        let fits = |kept: &&Kept| {
            bytes += kept.body.len();
            bytes <= KEPT_BYTES
        };
        let fitting = self.kept.iter().take(KEPT).take_while(fits).count();
        self.kept.truncate(fitting.max(1));
    }
}

impl Kept {
    fn is_good(&self, generation: u64, now: Instant) -> bool {
        let is_large = self.list.looked_at >= LARGE;
        let is_young = now.saturating_duration_since(self.made) < OLD;
        (self.generation == generation || is_large && is_young)
            && self.list.until.is_none_or(|until| until > now)
    }
}

impl List {
    /// Looks at a link, and adds it if it is wanted.
    pub(super) fn look(&mut self, link: &Link<'_>, wanted: bool) {
        self.looked_at += 1;
        if !wanted {
            return;
        }
        let begin = self.text.len();
        let comma = usize::from(begin > 0);
        self.text.resize(begin + comma + link.encoded_len(), b',');
        let room = self.text.get_mut(begin + comma..).unwrap_or_default();
        if link.encode(room).is_err() {
            self.text.truncate(begin);
        }
    }
}

/// The key of a list: what it is, and what it depends on.
pub(super) fn key<'a>(what: u8, parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut key = vec![what];
    for part in parts {
        key.extend_from_slice(&part.len().to_be_bytes());
        key.extend_from_slice(part);
    }
    key
}

/// The queries of a request; `?obs` stands for `?obs=*`.
pub(super) fn query_values<'a>(options: &Options<'a>) -> Vec<Cow<'a, [u8]>> {
    let queries = options.uri_query().map(|query| match query.contains(&b'=') {
        true => Cow::Borrowed(query),
        false => Cow::Owned([query, b"=*"].concat()),
    });
    queries.collect()
}

/// Topics as links; with the services of the gateway before them if `has_services`. Every query has
/// to match. RFC 6690 section 4.1
pub(super) fn topics(
    messages: &[Arc<Accepted>],
    has_services: bool,
    queries: &[Query<'_>],
) -> List {
    let mut list = List::default();
    for link in SERVICES.iter().filter(|_| has_services) {
        list.look(&link, Query::all_match(queries, &link));
    }
    // Others cannot be asked for.
    let can_be_named = |topic: &str| topic.len() <= LONGEST_TOPIC && !has_dot_level(topic);
    for message in messages.iter().filter(|message| can_be_named(&message.topic)) {
        with_link(message, &mut |link| {
            list.look(link, Query::all_match(queries, link));
        });
    }
    list
}

/// What is always there.
const SERVICES: Links<'_> = Links::from_static(concat!(
    r#"</ps>;rt="core.ps.coll";ct=40,"#,
    r#"</rd>;rt="core.rd";ct=40,"#,
    r#"</rd-lookup/ep>;rt="core.rd-lookup-ep";ct=40,"#,
    r#"</rd-lookup/res>;rt="core.rd-lookup-res";ct=40"#,
));

/// Calls `each` with the link to a topic.
fn with_link(message: &Accepted, each: &mut dyn FnMut(&Link<'_>)) {
    const RT: Attribute<'_> = Attribute::from_static("rt", "core.ps.data");
    const OBS: Attribute<'_> = Attribute::flag_from_static("obs"); // RFC 7641 section 6
    let href = format!("{TOPICS}{}", path_of_topic(&message.topic));
    let format = format_of(message).0.to_string();
    let ct = Attribute::new("ct", &format);
    if let Ok(ct) = ct {
        if let Ok(link) = Link::new(&href, &[RT, ct, OBS]) {
            each(&link);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: Links<'_> = Links::from_static("</a>");

    fn list(links: usize) -> List {
        let mut list = List::default();
        let link = LINK.iter().next().unwrap();
        (0..links).for_each(|_| list.look(&link, true));
        list
    }

    /// Asks for a list of so many links; true if it had to be made.
    fn ask(listings: &Listings, key: u8, generation: u64, now: Instant, links: usize) -> bool {
        let mut made = false;
        let make = || {
            made = true;
            list(links)
        };
        let reply = listings.reply(vec![key], generation, now, make);
        assert_eq!((reply.code, reply.etag.is_some()), (Code::CONTENT, true));
        made
    }

    #[test]
    fn a_list_is_made_once_for_each_state() {
        let (listings, now) = (Listings::default(), Instant::now());
        assert!(ask(&listings, 1, 1, now, 3) && !ask(&listings, 1, 1, now, 3));
        assert!(ask(&listings, 2, 1, now, 3) && ask(&listings, 1, 2, now, 3));
        // A large one a little later.
        assert!(ask(&listings, 3, 1, now, LARGE) && !ask(&listings, 3, 2, now, LARGE));
        assert!(ask(&listings, 3, 2, now + OLD, LARGE));
        // One that is over.
        let until = Some(now + OLD);
        listings.reply(vec![4], 1, now, || List { until, ..list(1) });
        assert!(!ask(&listings, 4, 1, now, 1) && ask(&listings, 4, 1, now + OLD, 1));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (listings, now) = (Listings::default(), Instant::now());
        let kept = || listings.state(|state| state.kept.len());
        for n in 0..100 {
            ask(&listings, n, 1, now, 1);
            assert_eq!(kept(), KEPT.min(usize::from(n) + 1));
        }
        ask(&listings, 100, 1, now, KEPT_BYTES);
        assert_eq!(kept(), 1);
    }

    #[test]
    fn who_asks_for_too_much_is_told_so() {
        let (listings, now) = (Listings::default(), Instant::now());
        let slow = |key: u8, now| {
            let make = || {
                std::thread::sleep(Duration::from_millis(100));
                list(1)
            };
            listings.reply(vec![key], 1, now, make)
        };
        let codes: Vec<Code> = (0..20).map(|key| slow(key, now).code).collect();
        assert_eq!((codes[0], codes[19]), (Code::CONTENT, Code::SERVICE_UNAVAILABLE));
        // What is there costs nothing, and time heals.
        assert!(!ask(&listings, 0, 1, now, 1));
        assert_eq!(slow(100, now + Duration::from_secs(10)).code, Code::CONTENT);
    }
}
