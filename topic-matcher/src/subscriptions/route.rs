//! One message to all who get it.

use alloc::vec::Vec;
use core::iter::FusedIterator;
use core::slice;

use super::members::{List, Member};
use super::options::Word;
use super::{ClientKey, Group, NONE, QoS, SubscriptionId, Subscriptions};
use crate::{TopicFilter, TopicName};

/// Memory that finding the receivers of a message needs, lent again and again; and whose turn it is in
/// groups. It keeps what the largest message needed: 16 bytes for each filter and each group that match; if
/// more than one filter matches, 12 for each receiver, 8 for each identifier beyond a client's first, and 8 for
/// each client that there is; and 8 for each group that there is. A new one has the first members' turn.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// The lists of each message, shared ones behind the others.
    lists: Vec<(usize, List)>,
    /// For each client, where it is among the found ones of this round.
    marks: Vec<Mark>,
    round: u32,
    found: Vec<Found>,
    ids: Vec<More>,
    /// For each group, whose turn it is.
    turns: Vec<Turn>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    /// The group's; of another one it means nothing.
    serial: u32,
    /// The place behind the one who had the last message.
    next: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    round: u32,
    at: u32,
}

/// A client whose subscriptions match.
#[derive(Debug, Clone, Copy)]
struct Found {
    client: u32,
    word: Word,
    /// The first of further identifiers.
    more: u32,
}

#[derive(Debug, Clone, Copy)]
struct More {
    id: SubscriptionId,
    next: u32,
}

/// A message for one client.
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery<'r, C> {
    /// Who gets it.
    pub client: ClientKey,
    /// What you gave for the client.
    pub value: &'r C,
    /// The highest QoS of the subscriptions that match [MQTT-3.3.4-2]: the message comes with this, or the
    /// one that it was published with, if that is lower [MQTT-3.8.4-8].
    pub qos: QoS,
    /// One of the subscriptions wants the RETAIN flag as it was published. [MQTT-3.3.1-13]
    pub retain_as_published: bool,
    /// The identifiers of all subscriptions that match and have one, in no order. [MQTT-3.3.4-4]
    pub ids: SubscriptionIds<'r>,
    /// Share name and filter, if it comes by a shared subscription: the client may get the message besides
    /// by subscriptions of its own, and once more for each group.
    pub group: Option<(&'r str, TopicFilter<'r>)>,
}

/// Subscription Identifiers.
#[derive(Debug, Clone)]
pub struct SubscriptionIds<'r> {
    first: Option<SubscriptionId>,
    more: u32,
    all: &'r [More],
}

/// All who get a message. See [`Subscriptions::route`].
#[must_use = "nobody gets the message otherwise"]
pub struct Deliveries<'r, C, P> {
    subscriptions: &'r Subscriptions<C>,
    publisher: u32,
    /// Who has one list for itself.
    alone: slice::Iter<'r, Member>,
    found: slice::Iter<'r, Found>,
    ids: &'r [More],
    groups: slice::Iter<'r, (usize, List)>,
    turns: &'r mut Vec<Turn>,
    pick: P,
}

impl Route {
    /// Without memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lists: Vec::new(),
            marks: Vec::new(),
            round: 0,
            found: Vec::new(),
            ids: Vec::new(),
            turns: Vec::new(),
        }
    }
}

impl<C> Subscriptions<C> {
    /// All who get a message with this topic name: one [`Delivery`] for each client that has subscriptions
    /// which match, whatever their number, and then one for each group. In no order.
    ///
    /// Subscriptions of `publisher` that say No Local do not count. [MQTT-3.8.3-3]
    ///
    /// `pick` says which member of a [`Group`] gets the message, for example
    /// `|group| group.in_turn(|_| true)`. If it says `None`, or a number that no member has, nobody does.
    /// It is called when the iterator gets there; groups behind where you stop keep their turn.
    ///
    /// ```
    /// use topic_matcher::{QoS, Route, Subscription, SubscriptionOptions, Subscriptions, TopicName};
    ///
    /// let mut subscriptions = Subscriptions::new([0x1234_5678, 0x9ABC_DEF0]); // random numbers
    /// let options = SubscriptionOptions::new(QoS::AtLeastOnce);
    /// for worker in ["ada", "bob"] {
    ///     let client = subscriptions.add_client(worker).unwrap();
    ///     subscriptions.subscribe(client, Subscription::new("$share/all/jobs/+")?, options).unwrap();
    /// }
    /// let mut route = Route::new();
    /// let mut next = || {
    ///     let name = TopicName::from_static("jobs/1");
    ///     let mut all = subscriptions.route(name, None, &mut route, |group| group.in_turn(|_| true));
    ///     all.next().map(|delivery| *delivery.value)
    /// };
    /// assert_eq!([next(), next(), next()], [Some("ada"), Some("bob"), Some("ada")]);
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub fn route<'r, P>(
        &'r self,
        name: TopicName<'_>,
        publisher: Option<ClientKey>,
        route: &'r mut Route,
        pick: P,
    ) -> Deliveries<'r, C, P>
    where
        P: FnMut(&Group<'r, C>) -> Option<usize>,
    {
        route.lists.clear();
        for filter in self.index.lookup(name) {
            self.push_lists(0, *filter, &mut route.lists);
        }
        let (lists, rest) = route.split();
        self.deliver(lists, publisher, rest, pick)
    }

    /// As [`route`](Self::route) for many messages of one publisher: `each` gets which name of `names` it
    /// is, and a delivery; all of one name, and then those of the next. Faster where there are so many
    /// filters that the processor waits for memory, as
    /// [`FilterIndex::lookup_all`](crate::FilterIndex::lookup_all).
    pub fn route_all(
        &self,
        names: &[TopicName<'_>],
        publisher: Option<ClientKey>,
        route: &mut Route,
        mut pick: impl FnMut(&Group<'_, C>) -> Option<usize>,
        mut each: impl FnMut(usize, Delivery<'_, C>),
    ) {
        route.lists.clear();
        self.index.lookup_all(names, |at, filter| self.push_lists(at, *filter, &mut route.lists));
        route.lists.sort_unstable_by_key(|(at, _)| *at);
        let (lists, mut rest) = route.split();
        for lists in lists.chunk_by(|(one, _), (other, _)| one == other) {
            let at = lists.first().map_or(0, |(at, _)| *at);
            for delivery in self.deliver(lists, publisher, rest.again(), &mut pick) {
                each(at, delivery);
            }
        }
    }
}

/// What is written to while lists are read.
struct Rest<'r> {
    marks: &'r mut Vec<Mark>,
    round: &'r mut u32,
    found: &'r mut Vec<Found>,
    ids: &'r mut Vec<More>,
    turns: &'r mut Vec<Turn>,
}

impl Route {
    fn split(&mut self) -> (&[(usize, List)], Rest<'_>) {
        let Self { lists, marks, round, found, ids, turns } = self;
        (lists, Rest { marks, round, found, ids, turns })
    }
}

impl Rest<'_> {
    fn again(&mut self) -> Rest<'_> {
        let Self { marks, round, found, ids, turns } = self;
        Rest { marks, round, found, ids, turns }
    }

    /// Nobody is found yet.
    fn begin(&mut self, clients: usize) {
        self.found.clear();
        self.ids.clear();
        *self.round = self.round.wrapping_add(1);
        if *self.round == 0 {
            self.marks.clear(); // those of a round so long ago
            *self.round = 1;
        }
        if self.marks.len() < clients {
            self.marks.resize(clients, Mark::default());
        }
    }

    fn add(&mut self, member: Member) {
        let Some(mark) = self.marks.get_mut(member.client as usize) else { return };
        let known = self.found.get_mut(mark.at as usize).filter(|_| mark.round == *self.round);
        let Some(known) = known else {
            // There are fewer than 2^31 clients.
            *mark = Mark { round: *self.round, at: self.found.len() as u32 };
            let Member { client, word, .. } = member;
            return self.found.push(Found { client, word, more: NONE });
        };
        let (word, more) = known.word.join(member.word);
        known.word = word;
        if let Some(id) = more {
            // There are fewer than 2^31 subscriptions.
            let at = self.ids.len() as u32;
            self.ids.push(More { id, next: core::mem::replace(&mut known.more, at) });
        }
    }
}

impl<C> Subscriptions<C> {
    /// Who has subscribed to a filter, and who shares it.
    #[inline]
    fn push_lists(&self, at: usize, number: u32, lists: &mut Vec<(usize, List)>) {
        let Some(filter) = self.filters.get(number) else { return };
        if !filter.own.as_slice().is_empty() {
            lists.push((at, List::own(number)));
        }
        let mut group = filter.groups;
        while let Some(shared) = self.groups.get(group) {
            lists.push((at, List::group(group)));
            group = shared.next;
        }
    }

    /// To all in the lists of one message.
    fn deliver<'r, P>(
        &'r self,
        lists: &'r [(usize, List)],
        publisher: Option<ClientKey>,
        mut rest: Rest<'r>,
        pick: P,
    ) -> Deliveries<'r, C, P> {
        let publisher =
            publisher.filter(|key| self.known(*key).is_some()).map_or(NONE, |key| key.at);
        let own = || lists.iter().map(|(_, list)| *list).filter(|list| list.get().is_ok());
        let mut alone: &[Member] = &[];
        rest.found.clear();
        match own().take(2).count() {
            0 => {}
            // Nobody can be in it twice.
            1 => alone = own().next().map_or(&[], |list| self.members(list)),
            _ => {
                rest.begin(self.clients.end());
                let members = own().flat_map(|list| self.members(list));
                members.filter(|member| !member.is_local(publisher)).for_each(|one| rest.add(*one));
            }
        }
        Deliveries {
            subscriptions: self,
            publisher,
            alone: alone.iter(),
            found: rest.found.iter(),
            ids: rest.ids,
            groups: lists.iter(),
            turns: rest.turns,
            pick,
        }
    }
}

impl Member {
    fn is_local(&self, publisher: u32) -> bool {
        self.client == publisher && self.word.is_not_local()
    }
}

impl<'r, C, P> Deliveries<'r, C, P>
where
    P: FnMut(&Group<'r, C>) -> Option<usize>,
{
    fn delivery(&self, client: u32, word: Word, more: u32) -> Option<Delivery<'r, C>> {
        let known = self.subscriptions.clients.get(client)?;
        Some(Delivery {
            client: ClientKey { at: client, serial: known.serial },
            value: &known.value,
            qos: word.qos(),
            retain_as_published: word.retains(),
            ids: SubscriptionIds { first: word.id(), more, all: self.ids },
            group: None,
        })
    }

    fn shared(&mut self, group: u32) -> Option<Delivery<'r, C>> {
        let serial = self.subscriptions.groups.get(group)?.serial;
        let turn = self.turns.get(group as usize).filter(|turn| turn.serial == serial);
        let turn = turn.map_or(0, |turn| turn.next as usize);
        let picked = Group::new(self.subscriptions, group, turn)?;
        let at = (self.pick)(&picked)?;
        let member = picked.as_slice().get(at)?;
        if self.turns.len() <= group as usize {
            self.turns.resize(self.subscriptions.groups.end(), Turn::default());
        }
        if let Some(turn) = self.turns.get_mut(group as usize) {
            *turn = Turn { serial, next: (at as u32).wrapping_add(1) }; // there are fewer than 2^31
        }
        let delivery = self.delivery(member.client, member.word, NONE)?;
        Some(Delivery { group: Some((picked.share_name(), picked.filter())), ..delivery })
    }
}

impl<'r, C, P> Iterator for Deliveries<'r, C, P>
where
    P: FnMut(&Group<'r, C>) -> Option<usize>,
{
    type Item = Delivery<'r, C>;

    #[inline]
    fn next(&mut self) -> Option<Delivery<'r, C>> {
        for member in self.alone.by_ref() {
            if !member.is_local(self.publisher) {
                return self.delivery(member.client, member.word, NONE);
            }
        }
        if let Some(found) = self.found.next() {
            return self.delivery(found.client, found.word, found.more);
        }
        while let Some((_, list)) = self.groups.next() {
            let Err(group) = list.get() else { continue };
            if let Some(delivery) = self.shared(group) {
                return Some(delivery);
            }
        }
        None
    }
}

impl<'r, C, P> FusedIterator for Deliveries<'r, C, P> where P: FnMut(&Group<'r, C>) -> Option<usize> {}

impl<C, P> core::fmt::Debug for Deliveries<'_, C, P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}

impl Iterator for SubscriptionIds<'_> {
    type Item = SubscriptionId;

    fn next(&mut self) -> Option<SubscriptionId> {
        if let Some(id) = self.first.take() {
            return Some(id);
        }
        let More { id, next } = *self.all.get(self.more as usize)?;
        self.more = next;
        Some(id)
    }
}

impl FusedIterator for SubscriptionIds<'_> {}
