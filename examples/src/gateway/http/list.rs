//! `/topics?filter=` and `/.well-known/core`: the retained messages that a filter takes.
//!
//! However many there are, the gateway looks at a few of them at a time, and makes no more than the
//! client has taken.

use std::time::Instant;

use link_format::Query;
use tokio::task::yield_now;
use topic_matcher::TopicFilter;

use super::connection::{Connection, End};
use super::discover;
use super::item::Item;
use super::reply::{Content, Reply};
use super::request::{Context, Request};
use crate::gateway::hub::Accepted;

/// A list that is made while it is sent.
#[derive(Debug)]
pub(super) struct List {
    filter: String,
    format: Format,
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
/// The next chunk is made when no more than this waits to be sent.
const FILL: usize = 64 << 10;

pub(super) fn answer(request: &Request<'_>, _: &Context<'_>) -> Result<Reply, Reply> {
    if !request.accepts(JSON) {
        return Err(Reply::not_acceptable(JSON));
    }
    let list = List { filter: request.filter()?, format: Format::Json };
    // It tells ages, so it is out of date as soon as it is there.
    Ok(Reply::ok(JSON, Content::List(list)).with("Cache-Control", "no-store"))
}

impl List {
    pub(super) fn new(filter: String, format: Format) -> Self {
        Self { filter, format }
    }
}

impl Connection<'_> {
    /// Sends the content; its head has been sent.
    pub(super) async fn send_list(&mut self, list: &List) -> Result<(), End> {
        let hub = &self.shared.hub;
        let queries = list.format.queries();
        let mut text = list.format.begin(&queries);
        let mut is_first = text.len() <= 1;
        let mut cursor = None;
        // It has been checked.
        while let Ok(filter) = TopicFilter::new(&list.filter) {
            let (messages, next) = hub.retained_page(filter, cursor.as_deref());
            for message in messages {
                list.format.write(&message, &queries, &mut is_first, &mut text);
                if text.len() >= CHUNK {
                    self.send_part(&text)?;
                    text.clear();
                    self.drain(FILL).await?;
                }
            }
            cursor = next;
            if cursor.is_none() {
                break;
            }
            yield_now().await;
        }
        text.extend_from_slice(list.format.end());
        self.send_part(&text)
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

    fn end(&self) -> &'static [u8] {
        match self {
            Self::Json => b"]\n",
            Self::Links { .. } => b"",
        }
    }
}
