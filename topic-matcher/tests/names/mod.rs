//! What holds topic names, beside a map whose keys are lists of levels.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::collections::{BTreeMap, BTreeSet};

use topic_matcher::{TopicFilter, TopicIndex, TopicName, TopicTable, TopicTableFull};

use crate::oracle;

pub(crate) fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

pub(crate) fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

/// Topics with their values, and where to go on.
type Part = (Vec<(String, u32)>, Option<String>);

pub(crate) trait Topics: Default {
    /// How many topics and bytes of them there is room for.
    const ROOM: (usize, usize);
    fn insert(
        &mut self,
        name: TopicName<'_>,
        value: u32,
    ) -> Result<Option<u32>, TopicTableFull<u32>>;
    fn remove(&mut self, name: TopicName<'_>) -> Option<u32>;
    fn get(&mut self, name: TopicName<'_>) -> Option<u32>;
    fn scan(&self, filter: TopicFilter<'_>, from: Option<TopicName<'_>>, steps: usize) -> Part;
    fn retain(
        &mut self,
        from: Option<TopicName<'_>>,
        steps: usize,
        keep: impl FnMut(TopicName<'_>, &mut u32) -> bool,
    ) -> Option<String>;
    fn all(&self) -> Vec<(String, u32)>;
    fn len(&self) -> usize;
    fn clear(&mut self);
}

macro_rules! topics {
    ($room:expr, $insert:expr) => {
        const ROOM: (usize, usize) = $room;

        fn insert(
            &mut self,
            name: TopicName<'_>,
            value: u32,
        ) -> Result<Option<u32>, TopicTableFull<u32>> {
            $insert(self, name, value)
        }

        fn remove(&mut self, name: TopicName<'_>) -> Option<u32> {
            self.remove(name)
        }

        fn get(&mut self, name: TopicName<'_>) -> Option<u32> {
            let value = Self::get(self, name).copied();
            assert_eq!(self.get_mut(name).copied(), value);
            value
        }

        fn scan(&self, filter: TopicFilter<'_>, from: Option<TopicName<'_>>, steps: usize) -> Part {
            let mut scan = self.scan(filter, from, steps);
            let found = scan.by_ref().map(|(name, value)| (name.to_string(), *value)).collect();
            assert!(scan.next().is_none());
            (found, scan.rest().map(|name| name.to_string()))
        }

        fn retain(
            &mut self,
            from: Option<TopicName<'_>>,
            steps: usize,
            keep: impl FnMut(TopicName<'_>, &mut u32) -> bool,
        ) -> Option<String> {
            self.retain(from, steps, keep).map(|name| name.to_string())
        }

        fn all(&self) -> Vec<(String, u32)> {
            self.iter().map(|(name, value)| (name.to_string(), *value)).collect()
        }

        fn len(&self) -> usize {
            assert_eq!(self.is_empty(), self.len() == 0);
            self.len()
        }

        fn clear(&mut self) {
            self.clear();
        }
    };
}

impl Topics for TopicIndex<u32> {
    topics!(
        (usize::MAX, usize::MAX),
        |index: &mut Self, name, value| Ok(index.insert(name, value))
    );
}

impl<const TOPICS: usize, const TEXT: usize> Topics for TopicTable<u32, TOPICS, TEXT> {
    topics!((TOPICS, TEXT), |table: &mut Self, name, value| {
        let free = table.free_text();
        let done = table.insert(name, value);
        assert!(done.is_ok() || table.free_text() == free);
        done
    });
}

/// Both, and the next value.
#[derive(Default)]
pub(crate) struct Model<T> {
    topics: T,
    map: BTreeMap<Vec<String>, u32>,
    value: u32,
}

impl<T: Topics> Model<T> {
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.map.keys().map(|levels| levels.join("/")).collect()
    }

    /// The first that is not before this text.
    pub(crate) fn at_or_behind(&self, text: &str) -> Option<String> {
        self.map.range(levels(text)..).next().map(|(levels, _)| levels.join("/"))
    }

    pub(crate) fn insert(&mut self, text: &str) {
        self.value += 1;
        let is_new = !self.map.contains_key(&levels(text));
        let has_room = T::ROOM.0 == usize::MAX
            || self.map.len() < T::ROOM.0 && self.bytes() + text.len() <= T::ROOM.1;
        let wanted = match is_new && !has_room {
            true => Err(TopicTableFull(self.value)),
            false => Ok(self.map.insert(levels(text), self.value)),
        };
        assert_eq!(self.topics.insert(name(text), self.value), wanted, "{text}");
    }

    pub(crate) fn remove(&mut self, text: &str) {
        assert_eq!(self.topics.get(name(text)), self.map.get(&levels(text)).copied(), "{text}");
        assert_eq!(self.topics.remove(name(text)), self.map.remove(&levels(text)), "{text}");
        assert_eq!(self.topics.get(name(text)), None, "{text}");
    }

    pub(crate) fn clear(&mut self) {
        self.topics.clear();
        self.map.clear();
    }

    /// All that can be asked without a filter.
    pub(crate) fn check(&mut self) {
        assert_eq!(self.topics.len(), self.map.len());
        let wanted: Vec<_> =
            self.map.iter().map(|(name, value)| (name.join("/"), *value)).collect();
        assert_eq!(self.topics.all(), wanted);
        for (text, value) in &wanted {
            assert_eq!(self.topics.get(name(text)), Some(*value));
        }
    }

    /// Scans with so many steps at once; between them `meanwhile` changes something. What stays is found
    /// once, in order, and nothing that is not taken.
    pub(crate) fn scan(&mut self, text: &str, steps: usize, mut meanwhile: impl FnMut(&mut Self)) {
        let filter_levels = oracle::levels(text);
        let is_taken = |name: &[String]| {
            oracle::takes(&filter_levels, &name.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let mut stayed: BTreeSet<Vec<String>> =
            self.map.keys().filter(|name| is_taken(name)).cloned().collect();
        let (mut found, mut from) = (Vec::<Vec<String>>::new(), None::<String>);
        loop {
            let (some, rest) = self.topics.scan(filter(text), from.as_deref().map(name), steps);
            assert!(some.len() <= steps);
            for (text, value) in some {
                let levels = levels(&text);
                assert_eq!(self.map.get(&levels), Some(&value));
                assert!(is_taken(&levels), "{text}");
                assert!(found.last().is_none_or(|last| *last < levels), "{text} is not in order");
                found.push(levels);
            }
            let Some(rest) = rest else { break };
            assert!(from.is_none_or(|from| levels(&from) < levels(&rest)), "{rest} again");
            from = Some(rest);
            meanwhile(self);
            stayed.retain(|name| self.map.contains_key(name));
        }
        assert!(stayed.iter().all(|name| found.binary_search(name).is_ok()), "{text}");
    }

    /// The same for what is to be removed.
    pub(crate) fn retain(
        &mut self,
        steps: usize,
        keep: impl Fn(u32) -> bool,
        mut meanwhile: impl FnMut(&mut Self),
    ) {
        let mut from = None::<String>;
        loop {
            let mut seen = Vec::new();
            let rest = self.topics.retain(from.as_deref().map(name), steps, |name, value| {
                seen.push((levels(name.as_str()), *value));
                keep(*value)
            });
            let start = from.as_deref().map(levels).unwrap_or_default();
            let end = rest.as_deref().map(levels);
            let part = self.map.range(start..).take_while(|(name, _)| end.as_ref() != Some(name));
            let part: Vec<_> = part.map(|(name, value)| (name.clone(), *value)).collect();
            assert_eq!(seen, part);
            self.map.retain(|name, value| keep(*value) || !part.contains(&(name.clone(), *value)));
            if rest.is_none() {
                break;
            }
            from = rest;
            meanwhile(self);
        }
    }

    fn bytes(&self) -> usize {
        self.map.keys().map(|levels| levels.join("/").len()).sum()
    }
}

fn levels(text: &str) -> Vec<String> {
    text.split('/').map(str::to_owned).collect()
}
