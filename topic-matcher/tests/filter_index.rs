//! The index beside a map that is searched from one end to the other.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use std::collections::BTreeMap;

use topic_matcher::{FilterIndex, TopicFilter, TopicName, matches};

const KEY: [u64; 2] = [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210];

/// Numbers that are the same in each run: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct World {
    levels: &'static [&'static str],
    /// Of 16 levels of a filter, so many are `+`.
    pluses: u64,
    depth: u64,
}

const FEW: World = World { levels: &["", "a", "b", "$s"], pluses: 5, depth: 4 };
const SHAPES: World = World { levels: &["a", "b"], pluses: 8, depth: 10 };
const LONG: World = World {
    levels: &["a", "temperature", "0f8fad5b-d9cb-469f-a165-70867728950e", "1234567", "12345678"],
    pluses: 2,
    depth: 6,
};
const DEEP: World = World { levels: &["", "a"], pluses: 1, depth: 70 };

impl World {
    fn name(&self, random: &mut Random) -> String {
        loop {
            let levels = 1 + random.below(self.depth);
            let levels: Vec<_> = (0..levels).map(|_| random.of(self.levels)).collect();
            let name = levels.join("/");
            if !name.is_empty() {
                return name;
            }
        }
    }

    fn filter(&self, random: &mut Random) -> String {
        let name = self.name(random);
        let plus_or = |level| if random.below(16) < self.pluses { "+" } else { level };
        let mut levels: Vec<_> = name.split('/').map(plus_or).collect();
        if random.below(4) == 0 {
            levels.pop();
            levels.push("#");
        }
        levels.join("/")
    }
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

/// All that can be asked, of both.
fn compare(index: &FilterIndex<u64>, model: &BTreeMap<String, u64>, names: &[String]) {
    let names: Vec<_> = names.iter().map(|text| name(text)).collect();
    let mut together = vec![Vec::new(); names.len()];
    index.lookup_all(&names, |at, value| together[at].push(*value));
    for (name, mut together) in names.iter().zip(together) {
        let taken = |(filter, _): &(&String, &u64)| matches(filter.as_bytes(), name.as_bytes());
        let mut wanted: Vec<_> = model.iter().filter(taken).map(|(_, value)| *value).collect();
        let mut found: Vec<_> = index.lookup(*name).copied().collect();
        wanted.sort_unstable();
        found.sort_unstable();
        together.sort_unstable();
        assert_eq!(found, wanted, "{name}");
        assert_eq!(together, wanted, "{name}");
        assert_eq!(index.any(*name), !wanted.is_empty());
    }
}

fn run(world: &World, seed: u64, steps: u64, size: u64) {
    let mut random = Random(seed);
    let (mut index, mut model) = (FilterIndex::new(KEY), BTreeMap::new());
    let mut grows = true;
    for step in 0..steps {
        let mut text = world.filter(&mut random);
        grows = if grows { (model.len() as u64) < size } else { model.len() < 8 };
        if random.below(8) < if grows { 6 } else { 2 } {
            let before = index.insert(filter(&text), step).unwrap();
            assert_eq!(before, model.insert(text.clone(), step));
        } else {
            // Of two removed, one is there.
            let known = model.range(text.clone()..).next().map(|(text, _)| text.clone());
            text = known.filter(|_| random.below(2) == 0).unwrap_or(text);
            assert_eq!(index.remove(filter(&text)), model.remove(&text), "{text}");
        }
        assert_eq!(index.get(filter(&text)), model.get(&text));
        assert_eq!((index.len(), index.is_empty()), (model.len(), model.is_empty()));
        if random.below(size) < 8 {
            let names: Vec<_> = (0..12).map(|_| world.name(&mut random)).collect();
            compare(&index, &model, &names);
            let all: BTreeMap<_, _> =
                index.iter().map(|(filter, value)| (filter.as_str().to_owned(), *value)).collect();
            assert_eq!(all, model);
        }
    }
    for (text, value) in core::mem::take(&mut model) {
        assert_eq!(index.remove(filter(&text)), Some(value));
    }
    compare(&index, &model, &[world.name(&mut random)]);
    assert!(index.is_empty());
}

#[test]
fn is_as_a_map_with_few_levels() {
    for seed in 1..=10 {
        run(&FEW, seed, 2_000, 60);
        run(&FEW, seed, 2_000, 400);
    }
}

#[test]
fn is_as_a_map_with_more_shapes_than_have_a_number() {
    for seed in 1..=2 {
        run(&SHAPES, seed, 6_000, 1_500);
    }
}

#[test]
fn is_as_a_map_with_long_levels() {
    for seed in 1..=5 {
        run(&LONG, seed, 2_000, 400);
    }
}

#[test]
fn is_as_a_map_with_more_levels_than_a_shape_has() {
    for seed in 1..=3 {
        run(&DEEP, seed, 1_000, 200);
    }
}

#[test]
fn leaves_no_memory_behind() {
    let mut random = Random(7);
    let mut index = FilterIndex::new(KEY);
    let mut most = 0;
    for round in 0..4 {
        let worlds =
            [SHAPES, LONG].into_iter().flat_map(|world| core::iter::repeat_n(world, 5_000));
        let texts: Vec<_> = worlds.map(|world| world.filter(&mut random)).collect();
        for text in &texts {
            index.insert(filter(text), round).unwrap();
        }
        if round == 0 {
            most = index.memory_used();
        }
        assert!(index.memory_used() < most + most / 4, "round {round}");
        for text in &texts {
            index.remove(filter(text));
        }
        assert_eq!((index.len(), index.memory_used()), (0, 0));
    }
    index.insert(filter("a"), 0).unwrap();
    index.clear();
    assert_eq!(index.memory_used(), 0);
}

/// Filters of all kinds come and go: never more than a thousand are there, and when they are gone, nothing is.
#[test]
fn a_million_inserts_and_removes_leave_nothing_behind() {
    let mut random = Random(3);
    let (mut index, mut held) = (FilterIndex::new(KEY), Vec::new());
    let mut most = 0;
    for _ in 0..500_000 {
        // Of those that go, most come again.
        if random.below(16) == 0 && held.len() < 1_000 {
            let world = [FEW, SHAPES, LONG][random.below(3) as usize];
            let text = world.filter(&mut random);
            if index.insert(filter(&text), ()) == Ok(None) {
                held.push(text);
            }
        }
        if !held.is_empty() {
            let at = random.below(held.len() as u64) as usize;
            assert_eq!(index.remove(filter(&held[at])), Some(()));
            if random.below(64) == 0 {
                held.swap_remove(at);
            } else {
                assert_eq!(index.insert(filter(&held[at]), ()), Ok(None));
            }
        }
        most = index.memory_used().max(most);
    }
    assert!(held.len() > 300 && most < 400_000, "{most} bytes for {}", held.len());
    for text in held {
        assert_eq!(index.remove(filter(&text)), Some(()));
    }
    assert_eq!((index.len(), index.memory_used()), (0, 0));
}

#[test]
fn gives_nodes_back_where_long_texts_stay() {
    let mut index = FilterIndex::new(KEY);
    let long = |at: usize| format!("{at}{}", "x".repeat(60_000));
    (0..50).for_each(|at| _ = index.insert(filter(&long(at)), at).unwrap());
    let before = index.memory_used();
    let deep: Vec<_> = (0..20).map(|at| format!("{at}{}", "/+".repeat(2_000))).collect();
    deep.iter().for_each(|text| _ = index.insert(filter(text), 0).unwrap());
    assert!(index.memory_used() > before + 20 * 2_000 * 24);
    deep.iter().for_each(|text| assert_eq!(index.remove(filter(text)), Some(0)));
    assert!(index.memory_used() < before + before / 4);
    (0..50).for_each(|at| assert_eq!(index.get(filter(&long(at))), Some(&at)));
}

#[test]
fn one_filter_with_many_levels_does_not_have_all_drawn_anew() {
    let mut index = FilterIndex::new(KEY);
    // What has no number among the shapes stands in front of what has until all is drawn anew.
    index.insert(filter(&"+/".repeat(100)), 0).unwrap();
    let long = |at: usize| format!("{at}{}", "x".repeat(60_000));
    (1..50).for_each(|at| _ = index.insert(filter(&long(at)), at).unwrap());
    let is_as_before = |index: &FilterIndex<_>| index.iter().next().is_some_and(|one| *one.1 == 0);
    let text = "+/".repeat(300);
    for _ in 0..50 {
        index.insert(filter(&text), 0).unwrap();
        assert_eq!(index.remove(filter(&text)), Some(0));
        assert!(is_as_before(&index));
    }
    let text = "+/".repeat(30_000);
    index.insert(filter(&text), 0).unwrap();
    index.remove(filter(&text)).unwrap();
    assert!(!is_as_before(&index));
}

#[test]
fn bears_as_many_levels_as_a_text_has_bytes() {
    let slashes = "/".repeat(65_535);
    let pluses = "+/".repeat(32_767) + "+";
    let mut index = FilterIndex::new(KEY);
    for (value, text) in
        [&*slashes, &slashes[..65_534], &pluses, "#", "+/#"].into_iter().enumerate()
    {
        index.insert(filter(text), value).unwrap();
    }
    let deep = "a/".repeat(32_767) + "#";
    index.insert(filter(&deep), 5).unwrap();
    let values = |text: &str| {
        let mut values: Vec<_> = index.lookup(name(text)).copied().collect();
        values.sort_unstable();
        values
    };
    assert_eq!(values(&slashes), [0, 3, 4]);
    assert_eq!(values(&slashes[..65_534]), [1, 3, 4]);
    assert_eq!(values(&slashes[..32_767]), [2, 3, 4]);
    assert_eq!(values(&"a/".repeat(32_767)), [2, 3, 4, 5]);
    assert_eq!(index.remove(filter(&deep)), Some(5));
    assert_eq!(index.remove(filter(&pluses)), Some(2));
    assert_eq!(index.len(), 4);
}

/// Every way to write `+` in place of levels of one name: all take it, or with other texts two do.
#[test]
fn bears_all_masks_of_twelve_levels() {
    let levels: Vec<_> = (0..12).map(|level| format!("level{level}")).collect();
    let text = levels.join("/");
    for (others, hits) in [(false, 4096), (true, 2)] {
        let mut index = FilterIndex::new(KEY);
        index.insert(filter(&text), 0).unwrap();
        for mask in 0..4096_u32 {
            let level = |at: usize| match (mask >> at & 1, others) {
                (1, _) => "+".to_owned(),
                (_, true) => format!("other{at}"),
                (_, false) => levels[at].clone(),
            };
            let text = (0..12).map(level).collect::<Vec<_>>().join("/");
            index.insert(filter(&text), mask).unwrap();
        }
        assert_eq!(index.lookup(name(&text)).count(), hits);
    }
}
