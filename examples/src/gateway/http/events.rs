//! `/events?filter=`: the messages that a filter takes, first those that are retained, as server-sent
//! events. HTML Living Standard section 9.2

use http_lite::NumberTag;
use http_lite::sse::{Event, Id, KEEP_ALIVE};
use tokio::time::{Duration, Instant};
use topic_matcher::TopicFilter;

use super::connection::{Connection, End, FILL};
use super::item::Item;
use super::reply::{Content, Reply};
use super::request::{Context, Request};
use crate::gateway::hub::{Delivery, Feed};
use crate::gateway::topics::tag_of;
use crate::gateway::wire::Step;

/// What a client follows.
#[derive(Debug)]
pub(super) struct Events {
    filter: String,
    /// The last event that it has seen.
    last_id: Vec<u8>,
}

const EVENT_STREAM: &str = "text/event-stream";
/// So many bytes that a client sends meanwhile wait for the end, which is that of the connection.
const READ_AHEAD: usize = 16 << 10;

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    if !request.accepts(EVENT_STREAM) {
        return Err(Reply::not_acceptable(EVENT_STREAM));
    }
    let last_id = request.head.fields.get("Last-Event-ID");
    let last_id = last_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let filter = request.filter()?;
    if !TopicFilter::new(&filter).is_ok_and(|filter| context.rights.may_subscribe(filter)) {
        return Err(Reply::forbidden(context.rights));
    }
    let events = Events { filter, last_id };
    Ok(Reply::ok(EVENT_STREAM, Content::Events(events)).with("Cache-Control", "no-store"))
}

impl<'s> Connection<'s> {
    /// Sends events until one side leaves.
    pub(super) async fn send_events(
        &mut self,
        feed: &Feed<'s>,
        events: &Events,
    ) -> Result<(), End> {
        let pause = self.keep_alive();
        let lists = &self.shared.lists;
        let mut next_comment = Instant::now() + pause;
        loop {
            let may_read = self.wire.input.len() < READ_AHEAD;
            let has_room = self.wire.output.len() < FILL;
            let deadline = match self.wire.output.is_empty() {
                true => next_comment,
                false => self.stalled_at().min(next_comment),
            };
            tokio::select! {
                step = self.step(may_read, deadline) => match step? {
                    Some(Step::Read(0)) => return Err(End::Done("closed the connection")),
                    Some(_) => {}
                    None if self.is_stalled() => return Err(End::Gone("reads nothing")),
                    None if self.wire.output.is_empty() => {
                        self.send_part(KEEP_ALIVE)?;
                        next_comment = Instant::now() + pause;
                    }
                    None => next_comment = Instant::now() + pause,
                },
                delivery = feed.next(lists), if has_room => {
                    let Some(delivery) = delivery else { return Ok(()) };
                    let id = NumberTag::new(tag_of(delivery.message.serial()));
                    // Who comes back has not to be told its last one again.
                    if !(delivery.retain && id.tag().opaque() == events.last_id) {
                        self.send_event(&delivery, id.tag().opaque())?;
                        next_comment = Instant::now() + pause;
                    }
                }
            }
        }
    }

    fn send_event(&mut self, delivery: &Delivery, id: &[u8]) -> Result<(), End> {
        let mut data = Vec::new();
        let item = Item::new(&delivery.message, std::time::Instant::now());
        item.retained(delivery.retain).write(&mut data);
        let event = Event { id: Id::new(id), ..Event::new(&data) };
        let mut text = vec![0; event.encoded_len()];
        let len = event.encode(&mut text).unwrap_or_default();
        self.send_part(text.get(..len).unwrap_or_default())
    }

    /// After such a pause a client is told that we are here.
    fn keep_alive(&self) -> Duration {
        self.shared.options.limits.connect_timeout.mul_f32(1.5)
    }

    /// Follows a topic filter. `None` if the gateway is full.
    pub(super) fn feed(&self, events: &Events) -> Option<Feed<'s>> {
        let filter = TopicFilter::new(&events.filter).ok()?;
        Feed::open(&self.shared.hub, filter).ok()
    }
}
