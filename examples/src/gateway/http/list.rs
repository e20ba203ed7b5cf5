//! `/topics?filter=` and `/.well-known/core`: the retained messages that a filter takes.
//!
//! However many there are, the gateway looks at a few of them at a time, and makes no more than the
//! client has taken. All lists together have a [share](crate::gateway::share) of the time.

use std::sync::Arc;
use std::time::Instant;

use link_format::Query;
use topic_matcher::TopicFilter;

use super::connection::{Connection, End, FILL};
use super::discover;
use super::item::Item;
use super::reply::{Content, Reply};
use super::request::{Context, Request};
use crate::gateway::guard::Rights;
use crate::gateway::hub::{Accepted, Hub};
use crate::gateway::share::Turn;
use crate::gateway::stream::OtherSide;

/// A list that is made while it is sent.
#[derive(Debug)]
pub(super) struct List {
    filter: String,
    format: Format,
    /// It has what these let see.
    rights: Rights,
}

/// How a message is shown.
#[derive(Debug)]
pub(super) enum Format {
    Json,
    /// In link format, if all of the queries match.
    Links {
        queries: Vec<Vec<u8>>,
    },
}

pub(super) const JSON: &str = "application/json";
/// A chunk of the response has so many bytes, and one item more.
const CHUNK: usize = 16 << 10;

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    if !request.accepts(JSON) {
        return Err(Reply::not_acceptable(JSON));
    }
    let list = List::new(request.filter()?, Format::Json, context.rights);
    // It tells ages, so it is out of date as soon as it is there.
    Ok(Reply::ok(JSON, Content::List(list)).with("Cache-Control", "no-store"))
}

impl List {
    pub(super) fn new(filter: String, format: Format, rights: &Rights) -> Self {
        Self { filter, format, rights: rights.clone() }
    }
}

impl Connection<'_> {
    /// Sends the content; its head has been sent.
    pub(super) async fn send_list(&mut self, list: &List) -> Result<(), End> {
        // It has been checked.
        let Ok(filter) = TopicFilter::new(&list.filter) else { return Ok(()) };
        let mut maker = Maker::new(&self.shared.hub, filter, list);
        let mut was_open = true;
        while !maker.is_done {
            self.drain(FILL).await?;
            let (turn, other_side) = self.turn().await?;
            maker.make(&turn);
            drop(turn);
            let closes = was_open && other_side == OtherSide::HalfClosed;
            was_open &= !closes;
            // The answer to what is sent tells whether anybody reads it.
            if closes && !maker.is_done {
                maker.text.extend_from_slice(list.format.nothing());
            }
            if closes || maker.text.len() >= CHUNK {
                self.send_part(&maker.text)?;
                maker.text.clear();
            }
        }
        self.send_part(&maker.text)
    }
}

/// A list that is being made.
struct Maker<'a> {
    hub: &'a Hub,
    filter: TopicFilter<'a>,
    format: &'a Format,
    rights: &'a Rights,
    queries: Vec<Query<'a>>,
    /// What was found and not looked at, ..
    found: std::vec::IntoIter<Arc<Accepted>>,
    /// .. from where to search on, ..
    cursor: Option<Arc<str>>,
    /// .. if there may be more.
    has_more: bool,
    is_first: bool,
    text: Vec<u8>,
    is_done: bool,
}

impl<'a> Maker<'a> {
    fn new(hub: &'a Hub, filter: TopicFilter<'a>, list: &'a List) -> Self {
        let List { format, rights, .. } = list;
        let queries = format.queries();
        let text = format.begin(&queries);
        let is_first = text.len() <= 1;
        let (found, cursor, has_more, is_done) = (Vec::new().into_iter(), None, true, false);
        Self {
            hub,
            filter,
            format,
            rights,
            queries,
            found,
            cursor,
            has_more,
            is_first,
            text,
            is_done,
        }
    }

    /// Makes a chunk, or as much of it as there is time for.
    fn make(&mut self, turn: &Turn<'_>) {
        while self.text.len() < CHUNK && !turn.is_over() {
            if let Some(message) = self.found.next() {
                let Self { queries, is_first, text, .. } = self;
                if self.rights.may_read(&message.topic) {
                    self.format.write(&message, queries, is_first, text);
                }
            } else if self.has_more {
                let (found, cursor) = self.hub.retained_page(self.filter, self.cursor.as_deref());
                self.found = found.into_iter();
                self.has_more = cursor.is_some();
                self.cursor = cursor;
            } else {
                self.text.extend_from_slice(self.format.end());
                self.is_done = true;
                return;
            }
        }
    }
}

impl Format {
    fn queries(&self) -> Vec<Query<'_>> {
        match self {
            Self::Json => Vec::new(),
            Self::Links { queries } => {
                queries.iter().filter_map(|query| Query::decode(query).ok()).collect()
            }
        }
    }

    fn begin(&self, queries: &[Query<'_>]) -> Vec<u8> {
        match self {
            Self::Json => b"[".to_vec(),
            Self::Links { .. } => discover::services(queries),
        }
    }

    fn write(
        &self,
        message: &Accepted,
        queries: &[Query<'_>],
        is_first: &mut bool,
        out: &mut Vec<u8>,
    ) {
        let begin = out.len();
        if !*is_first {
            out.extend_from_slice(self.separator());
        }
        let item = out.len();
        match self {
            Self::Json => Item::new(message, Instant::now()).write(out),
            Self::Links { .. } => discover::write_link(message, queries, out),
        }
        match out.len() == item {
            true => out.truncate(begin),
            false => *is_first = false,
        }
    }

    fn separator(&self) -> &'static [u8] {
        match self {
            Self::Json => b",\n",
            Self::Links { .. } => b",",
        }
    }

    /// What means nothing between two items, if there is any such thing.
    fn nothing(&self) -> &'static [u8] {
        match self {
            Self::Json => b"\n",
            Self::Links { .. } => b"",
        }
    }

    fn end(&self) -> &'static [u8] {
        match self {
            Self::Json => b"]\n",
            Self::Links { .. } => b"",
        }
    }
}
