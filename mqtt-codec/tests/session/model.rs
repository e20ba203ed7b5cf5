//! What is known of all messages, and of each side over all its connections.

use std::collections::BTreeMap;

use mqtt_codec::{Delivery, QoS};

/// Who sends: an index.
pub(crate) const CLIENT: usize = 0;
pub(crate) const SERVER: usize = 1;

/// How often each thing has happened; and whether to tell each.
#[derive(Debug, Default)]
pub(crate) struct Counts(pub(crate) BTreeMap<(&'static str, &'static str), u64>, pub(crate) bool);

impl Counts {
    pub(crate) fn add(&mut self, what: &'static str, how: &'static str) {
        if self.1 {
            println!("-- {what}: {how}");
        }
        *self.0.entry((what, how)).or_default() += 1;
    }
}

/// A message that was given to a session, once: a second try has another number.
pub(crate) struct Instance {
    pub(crate) from: usize,
    /// The connection in which that was.
    pub(crate) link: usize,
    pub(crate) qos: QoS,
    pub(crate) topic: &'static str,
    pub(crate) retain: bool,
    /// It went out, or power has failed since it was given: it may have gone out.
    pub(crate) is_sent: bool,
    pub(crate) perhaps: bool,
    pub(crate) has_arrived: bool,
    /// Given up by its sender: it comes, or not.
    pub(crate) is_given_up: bool,
}

/// What is known of all messages.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) instances: Vec<Instance>,
    /// The last one that arrived first, by sender and QoS.
    pub(crate) highest: [[u32; 3]; 2],
    pub(crate) counts: Counts,
}

impl Model {
    /// An application gets it: in the order in which they were given, as far as it comes first.
    pub(crate) fn arrives(&mut self, number: u32, to: usize, topic: &str, head: (Delivery, bool)) {
        let one = &mut self.instances[number as usize];
        assert_ne!(one.from, to);
        assert_eq!(one.topic, topic, "of message {number}");
        assert_eq!((one.qos, one.retain), (head.0.qos(), head.1));
        if one.has_arrived {
            assert_ne!(one.qos, QoS::AtMostOnce, "message {number} of QoS 0 came twice");
            assert!(head.0.dup(), "message {number} came again, and does not say so");
            return;
        }
        one.has_arrived = true;
        let highest = &mut self.highest[one.from][one.qos as usize];
        assert!(number + 1 > *highest, "message {number} came after {}", *highest - 1);
        *highest = number + 1;
    }
}

/// The number of a message stands in front of its payload.
pub(crate) fn number_of(payload: &[u8]) -> u32 {
    u32::from_be_bytes(*payload.first_chunk().unwrap())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    Puback,
    Pubrec,
    Pubcomp,
    Answer,
}

/// What a packet identifier is in use for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) number: u32,
    pub(crate) waits: Waits,
    /// Power has failed since: it may be where it was before.
    pub(crate) perhaps: bool,
}

/// One side over all its connections.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) in_use: BTreeMap<u16, Use>,
    /// Messages of QoS 2 that were promised not to be delivered again.
    pub(crate) promised: BTreeMap<u16, u32>,
    pub(crate) has_restarted: bool,
}

impl Past {
    /// A message is given up before it went out in this connection. If it was tried before, the receiver
    /// forgets its identifier first.
    pub(crate) fn forgotten(&mut self, id: u16, number: u32, was_tried: bool) {
        self.in_use.remove(&id);
        if was_tried {
            self.in_use.insert(id, Use { number, waits: Waits::Pubcomp, perhaps: true });
        }
    }

    pub(crate) fn restarts(&mut self) {
        self.has_restarted = true;
        for one in self.in_use.values_mut() {
            one.perhaps = true;
        }
        self.connection_ends();
    }

    pub(crate) fn connection_ends(&mut self) {
        self.in_use.retain(|_, one| one.waits != Waits::Answer);
    }

    pub(crate) fn session_ends(&mut self) {
        *self = Self::default();
    }
}
