//! Topic names in a table and in an index, beside a map of their levels.
#![cfg(all(feature = "alloc", feature = "heapless"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod names;
mod oracle;

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use names::{Model, Topics, filter, name};
use proptest::prelude::*;
use topic_matcher::{TopicIndex, TopicName, TopicTable, TopicTableFull};

type Table = TopicTable<u32, 40, 300>;

/// Numbers that are the same in each run: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// What a run is made of.
struct World {
    levels: &'static [&'static str],
    depth: usize,
}

const FEW: World = World { levels: &["", "a", "b", "$s", "a!", "\u{1}"], depth: 4 };
const LONG: World = World {
    levels: &["a", "temperature", "0f8fad5b-d9cb-469f-a165-70867728950e", "1234567", "12345678"],
    depth: 7,
};
const DEEP: World = World { levels: &["", "a"], depth: 900 };

impl World {
    fn name(&self, random: &mut Random) -> String {
        loop {
            let depth = 1 + random.below(self.depth);
            let levels: Vec<_> = (0..depth).map(|_| random.of(self.levels)).collect();
            let name = levels.join("/");
            if !name.is_empty() {
                return name;
            }
        }
    }

    fn filter(&self, random: &mut Random) -> String {
        let name = self.name(random);
        let pluses = random.below(16);
        let plus_or = |level| if random.below(16) < pluses { "+" } else { level };
        let mut levels: Vec<_> = name.split('/').map(plus_or).collect();
        if random.below(3) == 0 {
            levels.truncate(random.below(levels.len() + 1));
            levels.push("#");
        }
        let text = levels.join("/");
        if text.is_empty() { "#".to_owned() } else { text }
    }
}

/// Inserts or removes one at random, in both; about `size` stay.
fn change<T: Topics>(both: &mut Model<T>, world: &World, random: &mut Random, size: usize) {
    let text = world.name(random);
    if random.below(2 * size) >= both.len() {
        both.insert(&text);
    } else {
        // Of two removed, one is there.
        let known = both.at_or_behind(&text).filter(|_| random.below(2) == 0);
        both.remove(&known.unwrap_or(text));
    }
}

fn run<T: Topics>(world: &World, seed: u64, changes: usize, size: usize) {
    let mut random = Random(seed);
    let mut both = Model::<T>::default();
    for _ in 0..changes {
        change(&mut both, world, &mut random, size);
        if random.below(size) < 4 {
            both.check();
            let filter = world.filter(&mut random);
            // While it is scanned, others come and go.
            let steps = 1 + random.below(size);
            both.scan(&filter, steps, |both| {
                (0..random.below(5)).for_each(|_| change(both, world, &mut random, size));
            });
        }
        if random.below(16 * size) == 0 {
            let (steps, odd) = (1 + random.below(size), random.below(7) as u32);
            both.retain(
                steps,
                |value| value % 7 != odd,
                |both| {
                    (0..random.below(5)).for_each(|_| change(both, world, &mut random, size));
                },
            );
            both.check();
        }
    }
    for text in both.texts() {
        both.remove(&text);
    }
    both.check();
}

#[test]
fn index_is_as_a_map_of_levels() {
    for seed in 1..=4 {
        run::<TopicIndex<u32>>(&FEW, seed, 2_000, 100);
        run::<TopicIndex<u32>>(&FEW, seed, 4_000, 600);
    }
    run::<TopicIndex<u32>>(&LONG, 1, 8_000, 2_000);
    run::<TopicIndex<u32>>(&DEEP, 1, 600, 150);
}

#[test]
fn table_is_as_a_map_of_levels() {
    for seed in 1..=5 {
        run::<Table>(&FEW, seed, 1_000, 10);
        run::<Table>(&FEW, seed, 2_000, 60); // full
    }
    run::<TopicTable<u32, 500, 20_000>>(&LONG, 1, 2_000, 400);
}

/// Every name and every filter of up to 4 bytes.
#[test]
fn exhaustive_scan() {
    let mut index = Model::<TopicIndex<u32>>::default();
    let mut table = Model::<TopicTable<u32, 2000, 8000>>::default();
    for text in oracle::texts("ab/$", 4) {
        index.insert(&text);
        table.insert(&text);
    }
    index.check();
    for filter in oracle::texts("ab/$+#", 4).iter().filter(|text| oracle::is_filter(text)) {
        for steps in [7, usize::MAX] {
            index.scan(filter, steps, |_| {});
            table.scan(filter, steps, |_| {});
        }
    }
}

/// How many steps a scan takes: it looks at what it finds, and at a few names around.
#[test]
fn skips_what_cannot_be_taken() {
    let mut index = TopicIndex::new();
    for site in 0..50 {
        for thing in 0..200 {
            for last in ["a", "b/x", "b/y", "z"] {
                index.insert(name(&format!("site/{site}/{thing}/{last}")), ());
            }
        }
    }
    for (text, found, steps) in [
        ("site/7/9/z", 1, 2),
        ("site/7/9/c", 0, 1),
        ("none/#", 0, 1),
        ("site/7/9/#", 4, 5),
        ("site/+/9/z", 50, 150),
        ("site/+/none/z", 0, 50),
        ("+/+/none/#", 0, 51),
        ("site/+/9/b/+", 100, 200),
        ("+/+/+/q", 0, 20_000),
        ("+", 0, 1),
        ("+/none/#", 0, 2),
        ("site/#", 40_000, 40_000),
    ] {
        assert_eq!(index.scan(filter(text), None, steps + 2).count(), found, "{text}");
        let mut short = index.scan(filter(text), None, steps.saturating_sub(3));
        assert!(short.by_ref().count() <= found);
        assert!(steps < 4 || short.rest().is_some(), "{text} needs not so many");
        let mut enough = index.scan(filter(text), None, steps + 2);
        enough.by_ref().for_each(drop);
        assert_eq!(enough.rest(), None, "{text}");
    }
}

/// A step is bounded, also where names are long.
#[test]
fn long_names_are_more_steps() {
    let mut index = TopicIndex::new();
    for at in 0..10 {
        index.insert(name(&format!("{at}/{}", "x".repeat(1_278))), at);
    }
    let mut scan = index.scan(filter("#"), None, 35);
    assert!(scan.by_ref().map(|(_, value)| *value).eq(0..4)); // 11 steps each
    assert!(scan.rest().unwrap().as_str().starts_with("4/"));
}

/// Long texts that are skipped, and a filter with one as long.
#[test]
fn comparisons_with_a_long_text_are_more_steps() {
    let (mut index, mut table) = (TopicIndex::new(), TopicTable::<u8, 64, 65_000>::new());
    let long = "x".repeat(2000);
    for number in 0..30 {
        for text in [format!("p/{number:02}"), format!("p/{number:02}/{long}y")] {
            index.insert(name(&text), 0);
            table.insert(name(&text), 0).unwrap();
        }
    }
    // Each search of one of the 30 topics goes over one long text or more, with two comparisons at least.
    let text = format!("p/+/{long}z");
    let (mut times, mut from) = (0, None);
    loop {
        let from_name = from.as_deref().map(name);
        let mut scan = index.scan(filter(&text), from_name, 64);
        let mut same = table.scan(filter(&text), from_name, 64);
        assert!(scan.next().is_none() && same.next().is_none());
        let [rest, same] = [scan.rest(), same.rest()].map(|at| at.map(|at| at.to_string()));
        assert!(same.is_none() || same > from, "it gets on");
        times += 1;
        if rest.is_none() {
            break;
        }
        assert!(rest > from, "it gets on");
        from = rest;
    }
    assert!((15..=30).contains(&times), "{times}");
}

#[test]
fn no_steps_find_nothing_and_forget_nothing() {
    let (mut index, mut table) = (TopicIndex::new(), Table::new());
    assert_eq!(index.scan(filter("#"), None, 0).rest(), None);
    index.insert(name("a"), 1);
    table.insert(name("a"), 1).unwrap();
    assert_eq!(index.scan(filter("#"), None, 0).count(), 0);
    assert_eq!(index.scan(filter("#"), None, 0).rest(), Some(name("a")));
    assert_eq!(table.scan(filter("#"), None, 0).count(), 0);
    assert_eq!(table.scan(filter("#"), None, 0).rest(), Some(name("a")));
    assert_eq!(index.retain(None, 0, |_, _| false), Some(name("a")));
    assert_eq!(table.retain(None, 0, |_, _| false), Some(name("a")));
}

#[test]
fn full_changes_nothing_and_room_comes_back() {
    let mut table = TopicTable::<&str, 3, 10>::new();
    assert_eq!(table.insert(name("bbb"), "1"), Ok(None));
    assert_eq!(table.insert(name("a"), "2"), Ok(None));
    assert_eq!(table.insert(name("ccccccc"), "3"), Err(TopicTableFull("3"))); // 7 of 6 bytes
    assert_eq!(table.insert(name("cccccc"), "3"), Ok(None));
    assert_eq!(table.free_text(), 0);
    assert_eq!(table.insert(name("d"), "4"), Err(TopicTableFull("4")));
    assert_eq!(table.insert(name("a"), "5"), Ok(Some("2"))); // not new
    assert!(table.iter().map(|(name, value)| (name.as_str(), *value)).eq([
        ("a", "5"),
        ("bbb", "1"),
        ("cccccc", "3")
    ]));
    assert_eq!(table.remove(name("bbb")), Some("1"));
    assert_eq!(table.insert(name("dddd"), "6"), Err(TopicTableFull("6")));
    assert_eq!(table.insert(name("0/1"), "6"), Ok(None));
    assert!(table.iter().map(|(name, value)| (name.as_str(), *value)).eq([
        ("0/1", "6"),
        ("a", "5"),
        ("cccccc", "3")
    ]));
    let error = table.insert(name("d"), "4").unwrap_err();
    assert_eq!(error.to_string(), "the table has no room for the topic");
    let mut none = TopicTable::<u8, 0, 0>::new();
    assert_eq!(none.insert(name("a"), 1), Err(TopicTableFull(1)));
    assert_eq!((none.remove(name("a")), none.scan(filter("#"), None, 1).next()), (None, None));
}

/// Values stay where they are put, and none is lost or doubled.
#[test]
fn values_are_dropped_once() {
    let value = std::rc::Rc::new(());
    let mut table = TopicTable::<_, 8, 64>::new();
    let mut index = TopicIndex::new();
    for round in 0..50 {
        for at in 0..8 {
            let text = format!("{}", (at * 5 + round) % 11);
            let _ = table.insert(name(&text), value.clone());
            index.insert(name(&text), value.clone());
        }
        table.remove(name(&format!("{}", round % 11)));
        index.remove(name(&format!("{}", round % 11)));
        assert_eq!(std::rc::Rc::strong_count(&value), 1 + table.len() + index.len());
    }
    table.clear();
    index.clear();
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
}

#[test]
fn bears_as_many_levels_as_a_text_has_bytes() {
    let begin = Instant::now();
    let slashes = "/".repeat(65_535);
    let texts = [&*slashes, &slashes[..65_534], &slashes[..1], "a", &slashes[..40_000]];
    let mut index = TopicIndex::new();
    let mut table = Box::new(TopicTable::<usize, 4, 65_535>::new());
    for (value, text) in texts.into_iter().enumerate() {
        index.insert(name(text), value);
    }
    table.insert(name(&slashes), 0).unwrap();
    assert_eq!(table.insert(name("a"), 1), Err(TopicTableFull(1)));
    let pluses = "+/".repeat(32_767) + "+";
    let found = |text: &str| -> Vec<_> {
        index.scan(filter(text), None, usize::MAX).map(|(_, value)| *value).collect()
    };
    assert_eq!(found("#"), [2, 4, 1, 0, 3]);
    assert_eq!(found("/#"), [2, 4, 1, 0]);
    assert_eq!(found(&slashes), [0]);
    assert_eq!(found(&(slashes[..65_534].to_owned() + "#")), [1, 0]);
    assert_eq!(found(&pluses), [0; 0]);
    assert_eq!(found("+/+"), [2]);
    assert_eq!(table.scan(filter(&pluses), None, usize::MAX).count(), 0);
    for text in &texts[1..] {
        assert!(index.remove(name(text)).is_some());
    }
    assert!(index.memory_used() < 3 * 65_535);
    assert!(begin.elapsed() < Duration::from_secs(20));
}

/// Long names among short ones: the blocks of short ones stay full.
#[test]
fn long_names_leave_no_crumbs() {
    let mut index = TopicIndex::new();
    for at in 0..2_000 {
        index.insert(name(&format!("a/{at:04}")), 0);
    }
    let before = index.memory_used();
    let long: Vec<_> = (0..2_000).map(|at| format!("a/{at:04}/{}", "x".repeat(7_000))).collect();
    for text in &long {
        index.insert(name(text), 1);
    }
    assert_eq!(index.len(), 4_000);
    assert!(index.memory_used() < 2_000 * 8_000, "{}", index.memory_used());
    for text in &long {
        assert_eq!(index.remove(name(text)), Some(1));
    }
    assert!(index.memory_used() < 2 * before, "{} of {before}", index.memory_used());
}

/// A million names come and go, in two orders and at random, and leave no memory behind.
#[test]
fn leaves_no_memory_behind() {
    let count = if cfg!(debug_assertions) { 60_000 } else { 1_000_000 };
    let mut random = Random(7);
    let mut index = TopicIndex::new();
    let mut held = BTreeMap::new();
    for at in 0..count {
        let text = format!("site/{}/device/{}/state", random.below(50), random.below(count));
        index.insert(name(&text), at);
        held.insert(text, at);
        if random.below(3) == 0 {
            let behind = held.range(format!("site/{}", random.below(50))..).next();
            if let Some(text) = behind.map(|(text, _)| text.clone()) {
                assert_eq!(index.remove(name(&text)), held.remove(&text));
            }
        }
    }
    assert_eq!(index.len(), held.len());
    let texts: usize = held.keys().map(|text| text.len()).sum();
    let needed = texts + held.len() * (size_of::<usize>() + 2);
    assert!(index.memory_used() < needed * 3 / 2, "{} for {needed}", index.memory_used());
    // All but one of a hundred.
    let mut texts: Vec<_> = held.into_keys().collect();
    let few: Vec<_> = texts.iter().step_by(100).cloned().collect();
    texts.retain(|text| few.binary_search(text).is_err());
    for at in (1..texts.len()).rev() {
        texts.swap(at, random.below(at + 1));
    }
    for text in texts {
        assert!(index.remove(name(&text)).is_some());
    }
    assert_eq!(index.len(), few.len());
    assert!(index.memory_used() < few.len() * 150, "{} for {}", index.memory_used(), few.len());
    // All but ten.
    let mut few = few;
    for at in (1..few.len()).rev() {
        few.swap(at, random.below(at + 1));
    }
    let (ten, rest) = few.split_at(10);
    for text in rest {
        assert!(index.remove(name(text)).is_some());
    }
    assert!(index.memory_used() < 3000, "{}", index.memory_used());
    for text in ten {
        assert!(index.remove(name(text)).is_some());
    }
    assert_eq!((index.len(), index.memory_used()), (0, 0));
}

#[derive(Debug, Clone)]
enum Call {
    Insert(String),
    Remove(prop::sample::Index),
    Scan(String, usize),
    Retain(u32, usize),
    Clear,
}

fn level() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]{0,2}", 1 => Just("$S".to_owned()), 1 => "[aé!\u{1}]{1,30}"]
}

fn topic(level: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(level, 1..5).prop_map(|levels| match levels.join("/") {
        text if text.is_empty() => "a".to_owned(),
        text => text,
    })
}

fn call() -> impl Strategy<Value = Call> {
    let filter = (topic(prop_oneof![1 => Just("+".to_owned()), 2 => level()]), any::<bool>());
    let filter = filter.prop_map(|(text, hash)| if hash { text + "/#" } else { text });
    prop_oneof![
        12 => topic(level()).prop_map(Call::Insert),
        5 => any::<prop::sample::Index>().prop_map(Call::Remove),
        5 => (filter, 1..30_usize).prop_map(|(text, steps)| Call::Scan(text, steps)),
        1 => (0..5_u32, 1..30_usize).prop_map(|(odd, steps)| Call::Retain(odd, steps)),
        1 => Just(Call::Clear),
    ]
}

fn obey<T: Topics>(calls: &[Call]) {
    let mut both = Model::<T>::default();
    for call in calls {
        match call {
            Call::Insert(text) => both.insert(text),
            Call::Remove(at) => {
                let texts = both.texts();
                if !texts.is_empty() {
                    both.remove(at.get::<String>(&texts));
                }
            }
            Call::Scan(filter, steps) => both.scan(filter, *steps, |_| {}),
            Call::Retain(odd, steps) => both.retain(*steps, |value| value % 5 != *odd, |_| {}),
            Call::Clear => both.clear(),
        }
        both.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn both_are_maps_of_levels(calls in prop::collection::vec(call(), 1..120)) {
        obey::<TopicIndex<u32>>(&calls);
        obey::<Table>(&calls);
        obey::<TopicTable<u32, 5, 30>>(&calls);
    }
}

/// A name that is given back is the text that came in.
#[test]
fn texts_come_back_as_they_were() {
    let texts = ["Ünïcode/π", "a//b/", "/", " ", "\u{10FFFF}", "$SYS/uptime"];
    let (mut index, mut table) = (TopicIndex::new(), TopicTable::<(), 8, 100>::new());
    for text in texts {
        index.insert(name(text), ());
        table.insert(name(text), ()).unwrap();
    }
    let mut sorted = texts;
    sorted.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    assert!(
        index.iter().map(|(name, ())| name).eq(sorted.map(|text| TopicName::new(text).unwrap()))
    );
    assert!(table.iter().map(|(name, ())| name.as_str()).eq(sorted));
    assert_eq!(format!("{index:?}"), format!("{table:?}"));
}
