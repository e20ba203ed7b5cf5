//! Every message that a filter takes, for a reader that is no MQTT client and acknowledges nothing.
//!
//! It is a session with one subscription of QoS 0, so all that holds for a session holds for it: first
//! come the retained messages, a few at a time as they are taken, and then what is published. Who does
//! not keep up loses the oldest messages, and costs nobody else anything.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::slice;
use std::time::Instant;

use mqtt_codec::{QoS, SubscriptionOptions};
use tokio::task::yield_now;
use topic_matcher::{Subscription, TopicFilter};

use super::{Attach, Attached, Delivery, Full, Hub, Refused, Request, Wanted};
use crate::gateway::share::Share;

/// One message at a time, of QoS 0.
const ONE: Wanted = Wanted { in_flight: 0, bytes: 1 };

/// What a filter takes, from now on and until it is dropped.
#[derive(Debug)]
pub struct Feed<'h> {
    hub: &'h Hub,
    attached: Attached,
}

impl<'h> Feed<'h> {
    /// Begins.
    ///
    /// # Errors
    ///
    /// [`Full`]: there are as many sessions as may be, or no memory.
    pub fn open(hub: &'h Hub, filter: TopicFilter<'_>) -> Result<Self, Full> {
        // A name that no client has by accident.
        let name = format!("feed-{:016x}", RandomState::new().build_hasher().finish());
        let (client_id, is_kept) = (name.into(), false);
        let mut attach = Attach { client_id, clean_start: true, is_kept, will: None };
        let attached = hub.attach(&mut attach).map_err(|refused| match refused {
            Refused::Full(full) => full,
            Refused::Occupied(_) => Full::Sessions, // never: nobody else has that name
        })?;
        let feed = Self { hub, attached };
        let options = SubscriptionOptions::new(QoS::AtMostOnce);
        let request = Request { filter: Subscription::NonShared(filter), options, id: None };
        hub.subscribe(&feed.attached.session, &request)?;
        Ok(feed)
    }

    /// The next message; [`Delivery::retain`] says that it was retained before. `None` once the
    /// gateway ends. Retained messages are looked for in turns of `lists`. Cancel safe.
    pub(in crate::gateway) async fn next(&self, lists: &Share) -> Option<Delivery> {
        let Attached { session, link, .. } = &self.attached;
        loop {
            if link.ended().is_some() {
                return None;
            }
            let mut outgoing = None;
            session.take(Instant::now(), ONE, slice::from_mut(&mut outgoing));
            if let Some(outgoing) = outgoing {
                return Some(outgoing.delivery);
            }
            if session.owes_replay() {
                let turn = lists.turn().await;
                self.hub.replay(session);
                drop(turn);
                yield_now().await;
            } else {
                link.woken().await;
            }
        }
    }

    /// How many messages were lost because they were not taken in time.
    pub fn dropped(&self) -> u64 {
        self.attached.session.dropped()
    }
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        self.hub.detach(&self.attached.session, &self.attached.link, None);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use mqtt_codec::ReasonCode;

    use super::super::Message;
    use super::*;
    use crate::gateway::Limits;

    fn publish(hub: &Hub, topic: &str, payload: &'static str, retain: bool) -> usize {
        let message = Message { retain, ..Message::new(topic, payload) };
        hub.publish(message).unwrap().receivers
    }

    /// The next message, if it is there: what it says, and whether it was retained.
    fn next(feed: &Feed<'_>) -> Poll<Option<(String, bool)>> {
        let mut cx = Context::from_waker(Waker::noop());
        let lists = Share::default();
        let mut next = pin!(feed.next(&lists));
        // Between two lots of retained messages it lets others have their turn.
        let mut poll = || next.as_mut().poll(&mut cx);
        let polled = (0..100).map(|_| poll()).find(Poll::is_ready).unwrap_or(Poll::Pending);
        let text = |m: &Message| format!("{} {}", m.topic, String::from_utf8_lossy(&m.payload));
        polled.map(|next| next.map(|delivery| (text(&delivery.message), delivery.retain)))
    }

    fn open<'h>(hub: &'h Hub, filter: &str) -> Feed<'h> {
        Feed::open(hub, TopicFilter::new(filter).unwrap()).unwrap()
    }

    #[test]
    fn first_what_is_retained_and_then_what_is_published() {
        let hub = Hub::new(Limits::default());
        for n in 0..200 {
            publish(&hub, &format!("a/{n:03}"), "old", true);
        }
        publish(&hub, "b", "old", true);
        let feed = open(&hub, "a/+");
        for n in 0..200 {
            assert_eq!(next(&feed), Poll::Ready(Some((format!("a/{n:03} old"), true))));
        }
        assert_eq!(next(&feed), Poll::Pending);
        assert_eq!(publish(&hub, "b", "new", false), 0);
        for retain in [false, true] {
            assert_eq!(publish(&hub, "a/x", "new", retain), 1);
            assert_eq!(next(&feed), Poll::Ready(Some(("a/x new".to_owned(), false))));
        }
        assert_eq!(next(&feed), Poll::Pending);
        drop(feed);
        assert_eq!(publish(&hub, "a/x", "new", false), 0);
    }

    #[test]
    fn who_does_not_keep_up_loses_the_oldest() {
        let hub = Hub::new(Limits { queued: 2, ..Limits::default() });
        let feed = open(&hub, "#");
        for payload in ["1", "2", "3", "4", "5"] {
            publish(&hub, "a", payload, false);
        }
        for n in [4, 5] {
            assert_eq!(next(&feed), Poll::Ready(Some((format!("a {n}"), false))));
        }
        assert_eq!((next(&feed), feed.dropped()), (Poll::Pending, 3));
    }

    #[test]
    fn it_ends_with_the_gateway_and_counts_among_the_sessions() {
        let hub = Hub::new(Limits { sessions: 1, ..Limits::default() });
        let feed = open(&hub, "#");
        let filter = TopicFilter::from_static("#");
        assert_eq!(Feed::open(&hub, filter).unwrap_err(), Full::Sessions);
        publish(&hub, "a", "x", false);
        hub.end_connections(ReasonCode::SERVER_SHUTTING_DOWN);
        assert_eq!(next(&feed), Poll::Ready(None));
        drop(feed);
        assert!(Feed::open(&hub, filter).is_ok());
        let hub = Hub::new(Limits { subscriptions: 0, sessions: 1, ..Limits::default() });
        for _ in 0..2 {
            assert_eq!(Feed::open(&hub, filter).unwrap_err(), Full::Subscriptions);
        }
    }
}
