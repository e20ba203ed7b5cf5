//! What one side is subscribed to, and what is to be asked for still.
//!
//! Retained messages are asked for once the other side is there, so that they can go over: those of QoS 0
//! do not wait. What is published from the first connection on is asked for before, and waits in the
//! session. With Retain Handling (MQTT 5.0 section 3.8.3.1) that are two subscriptions one after the
//! other; 3.1.1 has no word for it, and asks when the other side is there.
//!
//! Which subscriptions the session there has is on disk, if there is a store: their retained messages do
//! not come again, and what is no longer wanted is given back. Without a store this gateway has lost its
//! own retained messages with the process, and those of the other broker come again.

use std::collections::BTreeMap;

use mqtt_codec::{
    ReasonCode, RetainHandling, Subscription, SubscriptionOptions, TopicFilter, Version,
};

use super::options::Topics;

pub(super) struct Asks {
    pub(super) topics: Topics,
    version: Version,
    /// Asks for nothing before the other side is there.
    waits: bool,
    /// What the session there is subscribed to, and whether its retained messages were asked for.
    there: BTreeMap<String, bool>,
    /// SUBSCRIBE was sent in this life, and answered; one for the retained messages too.
    has_asked: bool,
    has_retained: bool,
    /// SUBSCRIBE was sent over this connection, and whether it asked for retained messages.
    asking: Option<bool>,
    /// UNSUBSCRIBE was sent over this connection.
    is_leaving: bool,
}

impl Asks {
    /// With what is on disk.
    pub(super) fn new(topics: Topics, version: Version, waits: bool) -> Self {
        let waits = waits || version == Version::V3;
        Self {
            topics,
            version,
            waits,
            there: BTreeMap::new(),
            has_asked: false,
            has_retained: false,
            asking: None,
            is_leaving: false,
        }
    }

    /// Takes what [`record`](Self::record) has said.
    pub(super) fn restore(&mut self, record: &[u8]) -> Option<()> {
        for entry in record.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let (has_retained, filter) = entry.split_first()?;
            let filter = std::str::from_utf8(filter).ok()?;
            self.there.insert(filter.to_owned(), *has_retained == b'1');
        }
        Some(())
    }

    /// What the session there is subscribed to, as `0` or `1` and the filter, and NUL behind each.
    pub(super) fn record(&self) -> Vec<u8> {
        let mut record = String::new();
        for (filter, has_retained) in &self.there {
            record.push(if *has_retained { '1' } else { '0' });
            record.push_str(filter);
            record.push('\0');
        }
        record.into()
    }

    /// There is a new connection.
    pub(super) fn connected(&mut self, session_present: bool) {
        (self.asking, self.is_leaving) = (None, false);
        if !session_present {
            self.there.clear();
            (self.has_asked, self.has_retained) = (false, false);
        }
    }

    /// What to subscribe to now.
    pub(super) fn due(&self, other_is_there: bool) -> Vec<Subscription<'_>> {
        let may_ask = self.asking.is_none() && (other_is_there || !self.waits);
        let is_due = !self.has_asked || other_is_there && !self.has_retained;
        if !may_ask || !is_due {
            return Vec::new();
        }
        let filters = self.topics.filters.iter().filter_map(|text| {
            let has_retained = self.there.get(text) == Some(&true);
            Some((TopicFilter::new(text).ok()?, has_retained))
        });
        let options = |has_retained| {
            let mut options = SubscriptionOptions::new(self.topics.qos);
            if self.version == Version::V5 {
                // No Local keeps what came over the bridge from going back.
                (options.no_local, options.retain_as_published) = (true, true);
                options.retain_handling = match (has_retained, other_is_there) {
                    (true, _) => RetainHandling::SendIfNew,
                    (false, true) => RetainHandling::Send,
                    (false, false) => RetainHandling::DoNotSend,
                };
            }
            options
        };
        let subscription =
            |(filter, has_retained)| Subscription { filter, options: options(has_retained) };
        filters.map(subscription).collect()
    }

    /// It was sent, or cannot be over this connection.
    pub(super) fn asking(&mut self, other_is_there: bool) {
        self.asking = Some(other_is_there);
    }

    /// SUBACK has come: which filters are refused, and why.
    pub(super) fn answered(&mut self, reasons: &[ReasonCode]) -> Vec<(&str, ReasonCode)> {
        let with_retained = self.asking.take().unwrap_or(false);
        let mut refused = Vec::new();
        for (filter, reason) in self.topics.filters.iter().zip(reasons) {
            if reason.is_error() {
                refused.push((filter.as_str(), *reason));
                self.there.remove(filter);
            } else {
                *self.there.entry(filter.clone()).or_default() |= with_retained;
            }
        }
        self.has_asked = true;
        self.has_retained |= with_retained;
        refused
    }

    /// What to unsubscribe from.
    pub(super) fn useless(&self) -> Vec<TopicFilter<'_>> {
        let is_useless =
            |filter: &&String| !self.is_leaving && !self.topics.filters.contains(filter);
        let useless = self.there.keys().filter(is_useless);
        useless.filter_map(|text| TopicFilter::new(text).ok()).collect()
    }

    /// It was sent, or cannot be over this connection.
    pub(super) fn leaving(&mut self) {
        self.is_leaving = true;
    }

    /// UNSUBACK has come.
    pub(super) fn left(&mut self) {
        self.is_leaving = false;
        let Self { there, topics, .. } = self;
        there.retain(|filter, _| topics.filters.contains(filter));
    }
}
