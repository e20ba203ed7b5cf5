//! Which of those who share a subscription gets a message.

use super::members::{Member, Members, Shared};
use super::slab::Slab;
use super::{Client, ClientKey, SubscriptionOptions, Subscriptions};
use crate::TopicFilter;

/// Those who share a subscription, of whom one gets the message. MQTT 5.0 section 4.8.2
///
/// The standard leaves it to the broker which one. Some rules:
///
/// ```
/// use topic_matcher::{Group, QoS};
///
/// struct Worker {
///     is_connected: bool,
///     waiting: usize,
/// }
///
/// /// One after the other.
/// fn in_turn(group: &Group<'_, Worker>) -> Option<usize> {
///     group.in_turn(|_| true)
/// }
///
/// /// One after the other of those who are there; if nobody is, it waits for somebody. At QoS 0 it
/// /// does not, so nobody gets it.
/// fn connected_first(group: &Group<'_, Worker>) -> Option<usize> {
///     let waits = |qos| qos > QoS::AtMostOnce;
///     let is_there = group.in_turn(|member| member.value.is_connected);
///     is_there.or_else(|| group.in_turn(|member| waits(member.options.qos)))
/// }
///
/// /// Who has least to do.
/// fn least_loaded(group: &Group<'_, Worker>) -> Option<usize> {
///     let members = group.members().enumerate();
///     members.min_by_key(|(_, member)| member.value.waiting).map(|(at, _)| at)
/// }
///
/// /// Always the same one for the same topic, publisher or whatever was hashed.
/// fn by_hash(group: &Group<'_, Worker>, hash: usize) -> Option<usize> {
///     hash.checked_rem(group.len())
/// }
/// ```
pub struct Group<'s, C> {
    shared: &'s Shared,
    clients: &'s Slab<Client<C>>,
    filter: TopicFilter<'s>,
    turn: usize,
}

/// One of those who share a subscription.
#[derive(Debug)]
#[non_exhaustive]
pub struct GroupMember<'s, C> {
    /// Its key.
    pub client: ClientKey,
    /// What you gave for it.
    pub value: &'s C,
    /// How it wants messages.
    pub options: SubscriptionOptions,
}

impl<'s, C> Group<'s, C> {
    pub(super) fn new(
        subscriptions: &'s Subscriptions<C>,
        group: u32,
        turn: usize,
    ) -> Option<Self> {
        let shared = subscriptions.groups.get(group)?;
        let filter = subscriptions.filters.get(shared.filter)?;
        let filter = subscriptions.index.filter_at(filter.entry)?;
        Some(Self { shared, clients: &subscriptions.clients, filter, turn })
    }

    /// The share name.
    #[must_use]
    pub fn share_name(&self) -> &'s str {
        &self.shared.name
    }

    /// The filter behind the share name.
    #[must_use]
    pub const fn filter(&self) -> TopicFilter<'s> {
        self.filter
    }

    /// How many there are: one or more.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<GroupMember<'s, C>> {
        self.member(self.as_slice().get(at)?)
    }

    /// All of them, in an order that changes when somebody leaves.
    pub fn members(&self) -> impl Iterator<Item = GroupMember<'s, C>> {
        self.as_slice().iter().filter_map(|member| self.member(member))
    }

    /// The place behind the one who had the last message that went through the same
    /// [`Route`](super::Route); the first if nobody had one, or since all was drawn anew.
    #[must_use]
    pub fn turn(&self) -> usize {
        // Not modulo their number: who comes and goes could have somebody left out for ever.
        if self.turn < self.len() { self.turn } else { 0 }
    }

    /// The first from [`turn`](Self::turn) on who may have it, beginning anew behind the last. Looks at
    /// no more of them than it needs.
    #[must_use]
    pub fn in_turn(&self, mut may: impl FnMut(&GroupMember<'s, C>) -> bool) -> Option<usize> {
        let (before, behind) = self.as_slice().split_at_checked(self.turn())?;
        let mut is_it = |member| self.member(member).is_some_and(|member| may(&member));
        if let Some(at) = behind.iter().position(&mut is_it) {
            return at.checked_add(before.len());
        }
        before.iter().position(is_it)
    }

    pub(super) fn as_slice(&self) -> &'s [Member] {
        Members::as_slice(&self.shared.members)
    }

    fn member(&self, member: &Member) -> Option<GroupMember<'s, C>> {
        let known = self.clients.get(member.client)?;
        let client = ClientKey { at: member.client, serial: known.serial };
        Some(GroupMember { client, value: &known.value, options: member.word.options() })
    }
}

impl<C> core::fmt::Debug for Group<'_, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut f = f.debug_struct("Group");
        f.field("share_name", &self.share_name()).field("filter", &self.filter);
        f.field("members", &self.len()).finish()
    }
}
