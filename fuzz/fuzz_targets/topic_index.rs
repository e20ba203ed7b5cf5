//! Input: lines. `+` and a topic filter inserts it, `-` removes it, `*` inserts it with each of its levels
//! as it is or as a `+`, so that there are more shapes than have a number, and `?` and a topic name looks it
//! up. The index is as a map that is searched from one end to the other.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use topic_matcher::{FilterIndex, TopicFilter, TopicName};

#[path = "../../topic-matcher/tests/oracle/mod.rs"]
mod oracle;

fuzz_target!(|data: &[u8]| {
    let mut both = Both { index: FilterIndex::new([3, 5]), model: BTreeMap::new(), inserted: 0 };
    let mut names = Vec::new();
    for line in data.split(|byte| *byte == b'\n').take(500) {
        let Some((what, text)) = line.split_first() else { continue };
        let Ok(text) = str::from_utf8(text) else { continue };
        match what {
            b'+' => both.insert(text),
            b'*' => (0..64).for_each(|mask| both.insert(&with_pluses(text, mask))),
            b'-' => both.remove(text),
            b'?' => {
                both.lookup(&[text]);
                names.push(text);
            }
            _ => {}
        }
    }
    both.lookup(&names);
    let all = both.index.iter().map(|(filter, value)| (filter.as_str().to_owned(), *value));
    assert_eq!(all.collect::<BTreeMap<_, _>>(), both.model);
});

struct Both {
    index: FilterIndex<u32>,
    model: BTreeMap<String, u32>,
    inserted: u32,
}

impl Both {
    fn insert(&mut self, text: &str) {
        let Ok(filter) = TopicFilter::new(text) else { return };
        self.inserted += 1;
        let before = self.index.insert(filter, self.inserted).unwrap();
        assert_eq!(before, self.model.insert(text.to_owned(), self.inserted));
        assert_eq!(self.index.get(filter), Some(&self.inserted));
        assert_eq!(self.index.len(), self.model.len());
    }

    fn remove(&mut self, text: &str) {
        let Ok(filter) = TopicFilter::new(text) else { return };
        assert_eq!(self.index.remove(filter), self.model.remove(text));
        assert_eq!(self.index.get(filter), None);
        assert_eq!(self.index.len(), self.model.len());
    }

    fn lookup(&self, texts: &[&str]) {
        let names: Vec<_> = texts.iter().filter_map(|text| TopicName::new(text).ok()).collect();
        let mut together = vec![Vec::new(); names.len()];
        self.index.lookup_all(&names, |at, value| together[at].push(*value));
        for (name, mut together) in names.iter().zip(together) {
            let levels = oracle::levels(name.as_str());
            let takes = |filter: &str| oracle::takes(&oracle::levels(filter), &levels);
            let wanted = self.model.iter().filter(|(filter, _)| takes(filter));
            let mut wanted: Vec<_> = wanted.map(|(_, value)| *value).collect();
            let mut found: Vec<_> = self.index.lookup(*name).copied().collect();
            wanted.sort_unstable();
            found.sort_unstable();
            together.sort_unstable();
            assert_eq!(found, wanted, "{name}");
            assert_eq!(together, wanted, "{name}");
            assert_eq!(self.index.any(*name), !wanted.is_empty());
        }
    }
}

/// The text with those of its first six levels as `+` that the bits of `mask` say.
fn with_pluses(text: &str, mask: u8) -> String {
    let mut levels = oracle::levels(text);
    for (at, level) in levels.iter_mut().take(6).enumerate() {
        if mask >> at & 1 == 1 {
            *level = "+";
        }
    }
    levels.join("/")
}
