//! Who gets a message, and how: the subscriptions of a broker.

mod group;
mod members;
mod options;
mod route;
mod rows;
mod slab;

pub use group::{Group, GroupMember};
pub use options::{QoS, SubscriptionId, SubscriptionOptions};
pub use route::{Deliveries, Delivery, Route, SubscriptionIds};

use core::fmt;

use self::members::{Filter, List, Member, Members, Shared};
use self::options::Word;
use self::slab::Slab;
use crate::index::slots::Slots;
use crate::{FilterIndex, Subscription, TopicFilter, TopicName};

/// The clients of a broker, what they have subscribed to, and which of them get a message.
///
/// ```text
/// topic name -> FilterIndex -> the clients of each filter           one delivery for each client
///                           -> the groups that share the filter     one delivery for each group
/// ```
///
/// `C` is what a broker wants to have at hand of a client, such as its queue. A client gets a message once,
/// however many of its subscriptions match, at the highest QoS of these and with all their identifiers
/// (MQTT 5.0 section 3.3.4); what it shares with others comes besides (section 4.8.2).
///
/// # Work
///
/// [`route`](Self::route): the [lookup](FilterIndex) of the name, and one step for each subscription that
/// matches. It allocates nothing once its [`Route`] has grown. `subscribe` and `unsubscribe`: the same for
/// a filter that a hundred thousand clients have, and for a client that has a hundred thousand filters.
/// `remove_client`: that for each of its subscriptions. Now and then some of these draw everything
/// anew, after as many were removed as there are; the [`FilterIndex`] does so by itself.
///
/// Who has subscribed to a filter lies in one piece of memory, 12 bytes for each, so that many are gone
/// through fast. Places of clients that are gone are used again, and those behind the last one given back;
/// all other memory is given back, now and then.
///
/// ```
/// use topic_matcher::{
///     QoS, Route, Subscription, SubscriptionId, SubscriptionOptions, Subscriptions, TopicName,
/// };
///
/// let mut subscriptions = Subscriptions::new([0x1234_5678, 0x9ABC_DEF0]); // random numbers
/// let hall = subscriptions.add_client("hall").unwrap();
/// for (filter, qos, id) in [("house/+/light", QoS::AtMostOnce, 7), ("house/#", QoS::AtLeastOnce, 8)] {
///     let id = SubscriptionId::new(id);
///     let options = SubscriptionOptions { id, ..SubscriptionOptions::new(qos) };
///     subscriptions.subscribe(hall, Subscription::new(filter)?, options).unwrap();
/// }
///
/// let mut route = Route::new(); // one for each thread that brings messages
/// let name = TopicName::new("house/cellar/light")?;
/// for delivery in subscriptions.route(name, None, &mut route, |group| group.in_turn(|_| true)) {
///     assert_eq!((*delivery.value, delivery.qos), ("hall", QoS::AtLeastOnce));
///     assert_eq!(delivery.ids.count(), 2);
/// }
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Clone)]
pub struct Subscriptions<C> {
    /// Each filter's number among `filters`.
    index: FilterIndex<u32>,
    filters: Slab<Filter>,
    groups: Slab<Shared>,
    clients: Slab<Client<C>>,
    rows: Slab<Row>,
    /// Rows by client and list.
    pairs: Slots,
    /// Groups by filter and name.
    names: Slots,
    /// Clients and groups there have ever been.
    serial: u32,
    /// Subscriptions that were removed since all was drawn anew.
    removed: usize,
}

/// A client of [`Subscriptions`]: no other client ever gets the same key (but after four thousand million, and
/// in a clone).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey {
    at: u32,
    serial: u32,
}

/// A subscription that a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionOf<'s> {
    /// The share name, if it is shared.
    pub share_name: Option<&'s str>,
    /// The filter, without it.
    pub filter: TopicFilter<'s>,
    /// How messages are wanted.
    pub options: SubscriptionOptions,
}

/// Why a client has not subscribed. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// There is no client with this key.
    #[error("no such client")]
    NoClient,
    /// No Local with a shared subscription, which is a Protocol Error. [MQTT-3.8.3-4]
    #[error("No Local with a shared subscription")]
    NoLocalShared,
    /// There are 2^31 subscriptions, or as [`IndexFull`](crate::IndexFull).
    #[error("no room for another subscription")]
    Full,
}

#[derive(Debug, Clone)]
struct Client<C> {
    value: C,
    serial: u32,
    /// Its first row.
    first: u32,
}

/// A subscription of a client.
#[derive(Debug, Clone, Copy)]
struct Row {
    list: List,
    /// Which member of the list.
    place: u32,
    /// The client's rows before and behind.
    previous: u32,
    next: u32,
}

const NONE: u32 = u32::MAX;

impl<C> Subscriptions<C> {
    /// Without clients. `key`: random numbers, as for [`FilterIndex::new`].
    #[must_use]
    pub fn new(key: [u64; 2]) -> Self {
        Self {
            index: FilterIndex::new(key),
            filters: Slab::NEW,
            groups: Slab::NEW,
            clients: Slab::NEW,
            rows: Slab::NEW,
            pairs: Slots::NEW,
            names: Slots::NEW,
            serial: 0,
            removed: 0,
        }
    }

    /// A new client, which has subscribed to nothing. `None` if there are 2^31.
    pub fn add_client(&mut self, value: C) -> Option<ClientKey> {
        let serial = self.serial;
        let at = self.clients.add(Client { value, serial, first: NONE })?;
        self.serial = serial.wrapping_add(1);
        Some(ClientKey { at, serial })
    }

    /// Removes a client with all its subscriptions.
    pub fn remove_client(&mut self, client: ClientKey) -> Option<C> {
        while let Some(first) = self.known(client).map(|known| known.first).filter(|at| *at != NONE)
        {
            self.remove_row(client.at, first);
        }
        self.known(client)?;
        let removed = self.clients.remove(client.at);
        self.redraw_if_wasteful();
        removed.map(|removed| removed.value)
    }

    /// What you gave for a client.
    #[must_use]
    pub fn client(&self, client: ClientKey) -> Option<&C> {
        self.known(client).map(|known| &known.value)
    }

    /// The same to change it.
    #[must_use]
    pub fn client_mut(&mut self, client: ClientKey) -> Option<&mut C> {
        self.known(client)?;
        self.clients.get_mut(client.at).map(|known| &mut known.value)
    }

    /// All clients, in no order.
    pub fn clients(&self) -> impl Iterator<Item = (ClientKey, &C)> {
        let key = |at, client: &Client<C>| ClientKey { at, serial: client.serial };
        self.clients.iter().map(move |(at, client)| (key(at, client), &client.value))
    }

    /// Adds a subscription, or replaces the options of the one that is there [MQTT-3.8.4-3]: what they
    /// were, and so whether there was one.
    ///
    /// # Errors
    ///
    /// As [`SubscribeError`] says.
    pub fn subscribe(
        &mut self,
        client: ClientKey,
        to: Subscription<'_>,
        options: SubscriptionOptions,
    ) -> Result<Option<SubscriptionOptions>, SubscribeError> {
        if options.no_local && to.share_name().is_some() {
            return Err(SubscribeError::NoLocalShared);
        }
        self.known(client).ok_or(SubscribeError::NoClient)?;
        let (word, share_name) = (Word::new(options), to.share_name());
        let filter = self.find_filter(to.filter());
        let row = filter.and_then(|filter| self.find_in(filter, client, share_name));
        if let Some(member) = row.and_then(|row| self.member_mut(row)) {
            return Ok(Some(core::mem::replace(&mut member.word, word).options()));
        }
        let added = self.add(client.at, share_name, to.filter(), filter, word);
        added.map(|()| None).ok_or(SubscribeError::Full)
    }

    /// Removes a subscription: its options, if it was there.
    pub fn unsubscribe(
        &mut self,
        client: ClientKey,
        from: Subscription<'_>,
    ) -> Option<SubscriptionOptions> {
        let row = self.find(client, from)?;
        let options = self.options_of(row);
        self.remove_row(client.at, row);
        self.redraw_if_wasteful();
        options
    }

    /// The options of a subscription, if it is there.
    #[must_use]
    pub fn get(&self, client: ClientKey, to: Subscription<'_>) -> Option<SubscriptionOptions> {
        self.options_of(self.find(client, to)?)
    }

    /// All that a client has subscribed to, in no order.
    pub fn iter_of(&self, client: ClientKey) -> impl Iterator<Item = SubscriptionOf<'_>> {
        let mut next = self.known(client).map_or(NONE, |known| known.first);
        core::iter::from_fn(move || {
            let row = self.rows.get(next)?;
            let options = self.options_of(next)?;
            next = row.next;
            let (share_name, filter) = self.text_of(row.list)?;
            Some(SubscriptionOf { share_name, filter, options })
        })
    }

    /// Has anybody subscribed to what takes this name?
    #[must_use]
    pub fn any(&self, name: TopicName<'_>) -> bool {
        self.index.any(name)
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Are there no subscriptions?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many clients there are.
    #[must_use]
    pub fn client_count(&self) -> usize {
        self.clients.len()
    }

    /// How many different filters, shared or not.
    #[must_use]
    pub const fn filter_count(&self) -> usize {
        self.index.len()
    }

    /// Bytes on the heap, without what your values have there themselves. Looks at all filters.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        let own = self.filters.iter().map(|(_, filter)| filter.own.memory());
        let shared = |group: &Shared| group.name.len().saturating_add(group.members.memory());
        let shared = self.groups.iter().map(|(_, group)| shared(group));
        let tables = [
            self.index.memory_used(),
            self.filters.memory(),
            self.groups.memory(),
            self.clients.memory(),
            self.rows.memory(),
            self.pairs.memory(),
            self.names.memory(),
        ];
        own.chain(shared).chain(tables).fold(0, usize::saturating_add)
    }

    fn known(&self, client: ClientKey) -> Option<&Client<C>> {
        self.clients.get(client.at).filter(|known| known.serial == client.serial)
    }

    fn members(&self, list: List) -> &[Member] {
        let members = match list.get() {
            Ok(filter) => self.filters.get(filter).map(|filter| &filter.own),
            Err(group) => self.groups.get(group).map(|group| &group.members),
        };
        members.map_or(&[], Members::as_slice)
    }

    fn members_mut(&mut self, list: List) -> Option<&mut Members> {
        match list.get() {
            Ok(filter) => self.filters.get_mut(filter).map(|filter| &mut filter.own),
            Err(group) => self.groups.get_mut(group).map(|group| &mut group.members),
        }
    }

    fn member_mut(&mut self, row: u32) -> Option<&mut Member> {
        let Row { list, place, .. } = *self.rows.get(row)?;
        self.members_mut(list)?.get_mut(place)
    }

    fn options_of(&self, row: u32) -> Option<SubscriptionOptions> {
        let Row { list, place, .. } = *self.rows.get(row)?;
        Some(self.members(list).get(place as usize)?.word.options())
    }

    /// Share name and filter.
    fn text_of(&self, list: List) -> Option<(Option<&str>, TopicFilter<'_>)> {
        let (name, filter) = match list.get() {
            Ok(filter) => (None, filter),
            Err(group) => {
                let group = self.groups.get(group)?;
                (Some(&*group.name), group.filter)
            }
        };
        Some((name, self.index.filter_at(self.filters.get(filter)?.entry)?))
    }
}

impl<C> fmt::Debug for Subscriptions<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (clients, subscriptions) = (self.clients.len(), self.len());
        let mut f = f.debug_struct("Subscriptions");
        f.field("clients", &clients).field("subscriptions", &subscriptions).finish_non_exhaustive()
    }
}
