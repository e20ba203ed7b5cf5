//! Shared subscriptions: one member of each group gets a message. MQTT 5.0 section 4.8.2

use std::collections::HashMap;
use std::sync::Arc;

use topic_matcher::TopicFilter;

use super::message::Accepted;
use super::session::Session;
use super::sessions::Entry;
use super::subscriptions::Subscription;

/// Groups by the whole text of their subscription, share name and filter.
#[derive(Debug, Default)]
pub(super) struct Groups(HashMap<Box<str>, Group>);

#[derive(Debug)]
struct Group {
    filter: Box<str>,
    members: Vec<Arc<Session>>,
    /// Whose turn it is.
    next: usize,
}

impl Groups {
    pub(super) fn join(&mut self, text: &str, filter: TopicFilter<'_>, session: &Arc<Session>) {
        let group = self.0.entry(text.into()).or_insert_with(|| Group {
            filter: filter.as_str().into(),
            members: Vec::new(),
            next: 0,
        });
        group.members.push(Arc::clone(session));
    }

    pub(super) fn leave(&mut self, text: &str, session: &Arc<Session>) {
        if let Some(group) = self.0.get_mut(text) {
            group.members.retain(|member| !Arc::ptr_eq(member, session));
            if group.members.is_empty() {
                self.0.remove(text);
            }
        }
    }

    /// Calls `each` with one member of every group that takes `message`: in turn, those who are
    /// connected before those whose messages wait for them.
    pub(super) fn choose(
        &mut self,
        message: &Accepted,
        sessions: &HashMap<Arc<str>, Entry>,
        mut each: impl FnMut(&Entry, &Subscription),
    ) {
        let topic = message.topic.as_bytes();
        for (text, group) in &mut self.0 {
            if !topic_matcher::matches(group.filter.as_bytes(), topic) {
                continue;
            }
            let entry_of = |at: usize| {
                let member = group.members.get(at % group.members.len())?;
                sessions.get(member.client_id())
            };
            let turns = group.next..group.next + group.members.len();
            let connected = turns.clone().find(|&at| entry_of(at).is_some_and(Entry::is_connected));
            let chosen = connected.unwrap_or(turns.start);
            if let Some(entry) = entry_of(chosen) {
                if let Some(subscription) = entry.subscriptions.iter().find(|s| s.text() == &**text)
                {
                    each(entry, subscription);
                }
            }
            group.next = (chosen + 1) % group.members.len();
        }
    }
}
