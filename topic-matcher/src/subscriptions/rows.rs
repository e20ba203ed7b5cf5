//! How clients, filters and groups hang together: finding, adding and removing a subscription.

use super::members::{Filter, List, Member, Members, Shared};
use super::options::Word;
use super::{ClientKey, NONE, Row, Subscriptions};
use crate::index::slots::Slot;
use crate::{FilterIndex, Subscription, TopicFilter};

impl<C> Subscriptions<C> {
    fn pair(&self, client: u32, list: List) -> u32 {
        self.index.key().pair(list.number(), u64::from(client))
    }

    fn name(&self, filter: u32, name: &str) -> u32 {
        self.index.key().pair(filter, self.index.key().level(name.as_bytes(), 0).0)
    }

    /// The row of a client's subscription.
    pub(super) fn find(&self, client: ClientKey, to: Subscription<'_>) -> Option<u32> {
        self.known(client)?;
        self.find_in(self.find_filter(to.filter())?, client, to.share_name())
    }

    pub(super) fn find_filter(&self, filter: TopicFilter<'_>) -> Option<u32> {
        self.index.entry_of(filter).map(|(_, at)| *at)
    }

    /// The row of a client's subscription to a filter that is there.
    pub(super) fn find_in(
        &self,
        filter: u32,
        client: ClientKey,
        share_name: Option<&str>,
    ) -> Option<u32> {
        let list = match share_name {
            None => List::own(filter),
            Some(name) => List::group(self.find_group(filter, name)?),
        };
        let is = |slot: Slot| {
            slot.a == client.at && self.rows.get(slot.b).is_some_and(|row| row.list == list)
        };
        Some(self.pairs.find(self.pair(client.at, list), is)?.1.b)
    }

    fn find_group(&self, filter: u32, name: &str) -> Option<u32> {
        let is_named = |group: &Shared| *group.name == *name;
        let is = |slot: Slot| slot.a == filter && self.groups.get(slot.b).is_some_and(is_named);
        Some(self.names.find(self.name(filter, name), is)?.1.b)
    }

    /// Adds a subscription that is not there, to a filter that has the number `known`, if it has one.
    /// `None` if there is no room; nothing has changed then.
    pub(super) fn add(
        &mut self,
        client: u32,
        share_name: Option<&str>,
        filter: TopicFilter<'_>,
        known: Option<u32>,
        word: Word,
    ) -> Option<()> {
        if !(self.rows.has_room() && self.groups.has_room()) {
            return None;
        }
        let at = known.or_else(|| self.add_filter(filter))?;
        let list = match share_name {
            None => List::own(at),
            Some(name) => match self.find_group(at, name) {
                Some(group) => List::group(group),
                None => List::group(self.add_group(at, name)?),
            },
        };
        let place = u32::try_from(self.members(list).len()).ok()?;
        let next = self.clients.get(client)?.first;
        let row = self.rows.add(Row { list, place, previous: NONE, next })?;
        self.members_mut(list)?.push(Member { client, row, word });
        if let Some(next) = self.rows.get_mut(next) {
            next.previous = row;
        }
        self.clients.get_mut(client)?.first = row;
        self.pairs.insert(Slot { hash: self.pair(client, list), a: client, b: row });
        Some(())
    }

    fn add_filter(&mut self, filter: TopicFilter<'_>) -> Option<u32> {
        let at = self.filters.add(Filter { entry: NONE, groups: NONE, own: Members::NONE })?;
        let times_drawn = self.index.times_drawn();
        let Ok(entry) = self.index.insert_new(filter, at) else {
            self.filters.remove(at);
            return None;
        };
        self.filters.get_mut(at)?.entry = entry;
        if self.index.times_drawn() != times_drawn {
            self.find_entries();
        }
        Some(at)
    }

    /// The index has been drawn anew.
    fn find_entries(&mut self) {
        for (entry, at) in self.index.entries() {
            if let Some(filter) = self.filters.get_mut(*at) {
                filter.entry = entry;
            }
        }
    }

    fn add_group(&mut self, filter: u32, name: &str) -> Option<u32> {
        let next = self.filters.get(filter)?.groups;
        let at = self.groups.add(Shared {
            name: name.into(),
            filter,
            serial: self.serial,
            previous: NONE,
            next,
            members: Members::NONE,
        })?;
        self.serial = self.serial.wrapping_add(1);
        if let Some(next) = self.groups.get_mut(next) {
            next.previous = at;
        }
        self.filters.get_mut(filter)?.groups = at;
        self.names.insert(Slot { hash: self.name(filter, name), a: filter, b: at });
        Some(at)
    }

    /// Removes a subscription, and what nobody has then.
    pub(super) fn remove_row(&mut self, client: u32, row: u32) -> Option<()> {
        let Row { list, place, previous, next } = self.rows.remove(row)?;
        self.removed = self.removed.saturating_add(1);
        match self.rows.get_mut(previous) {
            Some(previous) => previous.next = next,
            None => self.clients.get_mut(client)?.first = next,
        }
        if let Some(next) = self.rows.get_mut(next) {
            next.previous = previous;
        }
        if let Some((at, _)) = self.pairs.find(self.pair(client, list), |slot| slot.b == row) {
            self.pairs.remove(at);
        }
        self.members_mut(list)?.remove(place);
        match self.members(list).get(place as usize) {
            Some(moved) => self.rows.get_mut(moved.row)?.place = place,
            None if self.members(list).is_empty() => self.remove_list(list)?,
            None => {}
        }
        Some(())
    }

    /// Nobody has it any more.
    fn remove_list(&mut self, list: List) -> Option<()> {
        let at = match list.get() {
            Ok(filter) => filter,
            Err(group) => {
                let Shared { name, filter, previous, next, .. } = self.groups.remove(group)?;
                match self.groups.get_mut(previous) {
                    Some(previous) => previous.next = next,
                    None => self.filters.get_mut(filter)?.groups = next,
                }
                if let Some(next) = self.groups.get_mut(next) {
                    next.previous = previous;
                }
                let is = |slot: Slot| slot.b == group;
                if let Some((at, _)) = self.names.find(self.name(filter, &name), is) {
                    self.names.remove(at);
                }
                filter
            }
        };
        let filter = self.filters.get(at)?;
        if filter.groups != NONE || !filter.own.as_slice().is_empty() {
            return Some(());
        }
        let entry = filter.entry;
        self.filters.remove(at);
        let times_drawn = self.index.times_drawn();
        self.index.remove_entry(entry);
        if self.index.times_drawn() != times_drawn {
            self.find_entries();
        }
        Some(())
    }

    /// Not more often than all are removed: who has a few subscriptions cannot have it done by changing them.
    pub(super) fn redraw_if_wasteful(&mut self) {
        if self.removed < self.rows.len() {
            return;
        }
        let slabs =
            [self.rows.is_wasteful(), self.filters.is_wasteful(), self.groups.is_wasteful()];
        let tables = [self.pairs.is_wasteful(), self.names.is_wasteful()];
        if slabs.contains(&true) || tables.contains(&true) {
            self.redraw();
        }
    }

    /// Draws everything anew but the clients, with no more memory than it needs.
    fn redraw(&mut self) {
        let index = FilterIndex::with_key(self.index.key().clone());
        let mut new = Self::new([0, 0]);
        new.index = index;
        new.serial = self.serial;
        core::mem::swap(&mut new.clients, &mut self.clients);
        // `new` has the clients, `self` what they have subscribed to.
        for at in (0..).take(new.clients.end()) {
            let Some(client) = new.clients.get_mut(at) else { continue };
            let mut next = core::mem::replace(&mut client.first, NONE);
            while let Some(row) = self.rows.get(next) {
                let text = self.text_of(row.list);
                let member = self.members(row.list).get(row.place as usize);
                if let Some(((share_name, filter), member)) = text.zip(member) {
                    let known = new.find_filter(filter);
                    let _ = new.add(at, share_name, filter, known, member.word); // it had room before
                }
                next = row.next;
            }
        }
        *self = new;
    }
}
