//! Subscriptions beside a list of them that is searched from one end to the other for each question.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::collections::BTreeMap;

use topic_matcher::{
    ClientKey, Delivery, Group, QoS, Route, Subscription, SubscriptionId, SubscriptionOptions,
    Subscriptions, TopicName,
};

/// What somebody has subscribed to: client, share name, filter.
type Known = (u32, Option<String>, String);

/// What a client gets: client, group, QoS, Retain As Published, identifiers.
type Got = (u32, Option<(String, String)>, QoS, bool, Vec<u32>);

pub(crate) struct Both {
    pub(crate) ours: Subscriptions<u32>,
    model: BTreeMap<Known, SubscriptionOptions>,
    /// Each client that there has been, and whether it is there. Its value is its place here.
    pub(crate) clients: Vec<(ClientKey, bool)>,
    route: Route,
}

/// Options from a byte: QoS 0 to 2, No Local, Retain As Published, an identifier or none.
pub(crate) fn options(byte: u8) -> SubscriptionOptions {
    SubscriptionOptions {
        qos: QoS::new(byte % 3).unwrap(),
        no_local: byte & 8 != 0,
        retain_as_published: byte & 16 != 0,
        id: SubscriptionId::new(u32::from(byte >> 5)),
    }
}

impl Both {
    pub(crate) fn new() -> Self {
        let ours = Subscriptions::new([0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210]);
        Self { ours, model: BTreeMap::new(), clients: Vec::new(), route: Route::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.model.len()
    }

    pub(crate) fn add_client(&mut self) {
        let key = self.ours.add_client(self.clients.len() as u32).unwrap();
        assert!(self.clients.iter().all(|(other, _)| *other != key));
        self.clients.push((key, true));
    }

    pub(crate) fn remove_client(&mut self, client: u32) {
        let Some((key, is_there)) = self.clients.get_mut(client as usize) else { return };
        let was_there = core::mem::replace(is_there, false);
        assert_eq!(self.ours.client(*key), was_there.then_some(&client));
        assert_eq!(self.ours.remove_client(*key), was_there.then_some(client));
        assert_eq!(self.ours.client_mut(*key), None);
        self.model.retain(|(owner, _, _), _| *owner != client);
        self.check_counts();
    }

    pub(crate) fn subscribe(&mut self, client: u32, text: &str, options: SubscriptionOptions) {
        let Some((key, is_there)) = self.clients.get(client as usize).copied() else { return };
        let Ok(to) = Subscription::new(text) else { return };
        let said = self.ours.subscribe(key, to, options);
        if !is_there || options.no_local && to.share_name().is_some() {
            assert!(said.is_err());
            assert_eq!(is_there && self.ours.get(key, to).is_some(), {
                self.model.contains_key(&known(client, to))
            });
            return;
        }
        assert_eq!(said.unwrap(), self.model.insert(known(client, to), options), "{text}");
        assert_eq!(self.ours.get(key, to), Some(options));
        self.check_counts();
    }

    pub(crate) fn unsubscribe(&mut self, client: u32, text: &str) {
        let Some((key, _)) = self.clients.get(client as usize).copied() else { return };
        let Ok(from) = Subscription::new(text) else { return };
        assert_eq!(self.ours.unsubscribe(key, from), self.model.remove(&known(client, from)));
        assert_eq!(self.ours.get(key, from), None);
        self.check_counts();
    }

    /// Some subscription, or the one behind it.
    pub(crate) fn near(&self, client: u32, text: &str) -> Option<(u32, String)> {
        let from = (client, None, text.to_owned());
        let ((client, share_name, filter), _) = self.model.range(from..).next()?;
        let text = match share_name {
            Some(name) => format!("$share/{name}/{filter}"),
            None => filter.clone(),
        };
        Some((*client, text))
    }

    fn check_counts(&self) {
        assert_eq!(
            (self.ours.len(), self.ours.is_empty()),
            (self.model.len(), self.model.is_empty())
        );
    }

    /// Who gets messages, in groups the one whose number is `at`; by every way to ask.
    pub(crate) fn route(&mut self, names: &[&str], publisher: u32, at: usize) {
        let names: Vec<_> = names.iter().filter_map(|text| TopicName::new(text).ok()).collect();
        let key = self.clients.get(publisher as usize).map(|(key, _)| *key);
        let mut together = vec![Vec::new(); names.len()];
        let mut before = 0;
        let Self { ours, route, .. } = self;
        ours.route_all(
            &names,
            key,
            route,
            |group| pick(group, at),
            |name, delivery| {
                assert!(before <= name, "all of one name, and then those of the next");
                before = name;
                together[name].push(got(&delivery));
            },
        );
        for (name, mut together) in names.iter().zip(together) {
            let mut groups = Vec::new();
            let picked = ours.route(*name, key, route, |group| {
                groups.push((group.share_name().to_owned(), group.filter().as_str().to_owned()));
                let mut members: Vec<_> = group.members().map(|one| *one.value).collect();
                members.sort_unstable();
                let is_of = |(_, share_name, filter): &&Known| {
                    share_name.as_deref() == Some(group.share_name())
                        && group.filter().as_str() == filter
                };
                assert!(self.model.keys().filter(is_of).map(|(owner, _, _)| *owner).eq(members));
                pick(group, at)
            });
            let mut found: Vec<_> = picked.map(|delivery| got(&delivery)).collect();
            for found in [&mut found, &mut together] {
                assert!(found.is_sorted_by_key(|got| got.1.is_some()), "own ones come first");
                found.sort_unstable();
            }
            assert_eq!(found, together);
            // The groups that there are, once each.
            groups.sort_unstable();
            let takes = |filter: &str| topic_matcher::matches(filter.as_bytes(), name.as_bytes());
            let shared = self.model.keys().filter(|(_, _, filter)| takes(filter));
            let shared =
                shared.filter_map(|(_, name, filter)| Some((name.clone()?, filter.clone())));
            let mut shared: Vec<_> = shared.collect();
            shared.sort_unstable();
            shared.dedup();
            assert_eq!(groups, shared);
            // One member of each, with its own options.
            found.retain(|(client, group, qos, retain, ids)| {
                let Some((share_name, filter)) = group else { return true };
                let known = (*client, Some(share_name.clone()), filter.clone());
                let options = self.model[&known];
                let id = options.id.map(SubscriptionId::get);
                assert_eq!((*qos, *retain), (options.qos, options.retain_as_published));
                assert_eq!(*ids, Vec::from_iter(id));
                let at =
                    shared.iter().position(|group| group.0 == *share_name && group.1 == *filter);
                shared.remove(at.unwrap());
                false
            });
            assert_eq!(shared, []);
            // One for each client.
            let mut wanted: BTreeMap<u32, Got> = BTreeMap::new();
            for ((client, share_name, filter), options) in &self.model {
                let is_local = options.no_local && *client == publisher;
                if share_name.is_some() || is_local || !takes(filter) {
                    continue;
                }
                let none = (*client, None, QoS::AtMostOnce, false, Vec::new());
                let (_, _, qos, retain, ids) = wanted.entry(*client).or_insert(none);
                *qos = options.qos.max(*qos);
                *retain |= options.retain_as_published;
                ids.extend(options.id.map(SubscriptionId::get));
                ids.sort_unstable();
            }
            assert!(found.iter().eq(wanted.values()), "{name}: {found:?} {wanted:?}");
            assert_eq!(ours.any(*name), self.model.keys().any(|(_, _, filter)| takes(filter)));
        }
    }

    /// What each client has.
    pub(crate) fn check(&self) {
        let mut listed = BTreeMap::new();
        for (client, (key, _)) in (0..).zip(&self.clients) {
            for one in self.ours.iter_of(*key) {
                let name = one.share_name.map(str::to_owned);
                let before =
                    listed.insert((client, name, one.filter.as_str().to_owned()), one.options);
                assert_eq!(before, None);
            }
        }
        assert_eq!(listed, self.model);
        let mut filters: Vec<_> = self.model.keys().map(|(_, _, filter)| filter).collect();
        filters.sort_unstable();
        filters.dedup();
        assert_eq!(self.ours.filter_count(), filters.len());
        let there = self.clients.iter().filter(|(_, is_there)| *is_there).map(|(key, _)| *key);
        let mut all: Vec<_> = self.ours.clients().map(|(key, client)| (*client, key)).collect();
        all.sort_unstable();
        assert!(all.into_iter().map(|(_, key)| key).eq(there));
    }
}

fn known(client: u32, to: Subscription<'_>) -> Known {
    (client, to.share_name().map(str::to_owned), to.filter().as_str().to_owned())
}

fn pick(group: &Group<'_, u32>, at: usize) -> Option<usize> {
    Some(at % group.len())
}

fn got(delivery: &Delivery<'_, u32>) -> Got {
    let mut ids: Vec<_> = delivery.ids.clone().map(SubscriptionId::get).collect();
    ids.sort_unstable();
    let group = delivery.group.map(|(name, filter)| (name.to_owned(), filter.as_str().to_owned()));
    (*delivery.value, group, delivery.qos, delivery.retain_as_published, ids)
}
