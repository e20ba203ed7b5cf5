//! A table of filters, beside a map from their texts.
#![cfg(feature = "heapless")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod oracle;

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use topic_matcher::{FilterTable, Room, TableFull, TopicFilter, TopicName, room_for};

/// What a table holds, and what room that takes, as plainly as can be.
#[derive(Default)]
struct Model(BTreeMap<String, u32>);

impl Model {
    fn lookup(&self, name: &str) -> Vec<u32> {
        let name = oracle::levels(name);
        let takes = |(filter, _): &(&String, &u32)| oracle::takes(&oracle::levels(filter), &name);
        let mut found: Vec<u32> = self.0.iter().filter(takes).map(|(_, value)| *value).collect();
        found.sort_unstable();
        found
    }

    /// Filters and bytes of text in use, with this filter too.
    fn room_with(&self, filter: &str) -> (usize, usize) {
        let mut all: BTreeSet<&str> = self.0.keys().map(String::as_str).collect();
        all.insert(filter);
        (all.len(), oracle::shared_text(all.into_iter()))
    }

    /// Inserts into both; the errors are those of the room.
    fn insert<const FILTERS: usize, const TEXT: usize>(
        &mut self,
        table: &mut FilterTable<u32, FILTERS, TEXT>,
        text: &str,
        value: u32,
    ) {
        let (filters, bytes) = self.room_with(text);
        match table.insert(TopicFilter::new(text).unwrap(), value) {
            Ok(old) => {
                assert!(filters <= FILTERS && bytes <= TEXT, "{text}");
                assert_eq!(self.0.insert(text.to_owned(), value), old, "{text}");
            }
            Err(full) => match full {
                TableFull::Filters(given) => assert!(given == value && filters > FILTERS, "{text}"),
                TableFull::Text(given) => assert!(given == value && bytes > TEXT, "{text}"),
            },
        }
    }

    fn remove<const FILTERS: usize, const TEXT: usize>(
        &mut self,
        table: &mut FilterTable<u32, FILTERS, TEXT>,
        text: &str,
    ) {
        assert_eq!(table.remove(TopicFilter::new(text).unwrap()), self.0.remove(text), "{text}");
    }

    /// Everything that can be asked without a name.
    fn check<const FILTERS: usize, const TEXT: usize>(
        &self,
        table: &FilterTable<u32, FILTERS, TEXT>,
    ) {
        assert_eq!((table.len(), table.is_empty()), (self.0.len(), self.0.is_empty()));
        let mut buffer = vec![0; 65_535];
        let mut stored = BTreeMap::new();
        for (filter, value) in table {
            let text = filter.read_into(&mut buffer).unwrap().to_string();
            assert_eq!((text.len(), &text), (filter.text_len(), &filter.to_string()));
            assert_eq!(filter.read_into(&mut vec![0; text.len() - 1]), None);
            assert_eq!(stored.insert(text, *value), None);
        }
        assert_eq!(stored, self.0);
        let first = self.0.keys().next();
        let (filters, bytes) = first.map_or((0, 0), |text| self.room_with(text));
        assert_eq!((table.free_filters(), table.free_text()), (FILTERS - filters, TEXT - bytes));
        for (text, value) in &self.0 {
            assert_eq!(table.get(TopicFilter::new(text).unwrap()), Some(value));
        }
    }

    fn check_lookup<const FILTERS: usize, const TEXT: usize>(
        &self,
        table: &FilterTable<u32, FILTERS, TEXT>,
        name: &str,
    ) {
        let name = TopicName::new(name).unwrap();
        let mut found: Vec<u32> = table.lookup(name).copied().collect();
        found.sort_unstable();
        assert_eq!(found, self.lookup(name.as_str()), "{name} in {table:?}");
        assert_eq!(table.any(name), !found.is_empty());
    }
}

/// Every valid filter of up to 4 bytes in one table, asked for every name of up to 5 bytes.
#[test]
fn exhaustive_lookup() {
    let (mut table, mut model) = (Box::new(FilterTable::<u32, 700, 3000>::new()), Model::default());
    let filters = oracle::texts("ab/$+#", 4);
    for (text, value) in filters.iter().filter(|text| oracle::is_filter(text)).zip(0..) {
        assert_eq!(table.insert(TopicFilter::new(text).unwrap(), value), Ok(None));
        model.0.insert(text.clone(), value);
    }
    model.check(&table);
    for name in oracle::texts("ab/$", 5) {
        model.check_lookup(&table, &name);
    }
    // The same when every other one has gone and come again.
    for (text, value) in model.0.clone().into_iter().step_by(2) {
        assert_eq!(table.remove(TopicFilter::new(&text).unwrap()), Some(value));
        model.0.remove(&text);
    }
    model.check(&table);
    for name in oracle::texts("ab/$", 4) {
        model.check_lookup(&table, &name);
    }
}

#[test]
fn golden_rows() {
    let filters =
        ["#", "+/#", "+", "/", "/#", "a", "a/#", "a/+", "a/+/#", "+/b", "$SYS/#", "$SYS/+"];
    let (mut table, mut model) = (FilterTable::<u32, 32, 32>::new(), Model::default());
    for (text, value) in filters.iter().zip(0..) {
        model.insert(&mut table, text, value);
    }
    for (name, taken) in [
        ("a", &["#", "+/#", "+", "a", "a/#"][..]),
        ("a/b", &["#", "+/#", "a/#", "a/+", "a/+/#", "+/b"]),
        ("a/", &["#", "+/#", "a/#", "a/+", "a/+/#"]),
        ("/", &["#", "+/#", "/", "/#"]),
        ("x/b", &["#", "+/#", "+/b"]),
        ("$SYS", &["$SYS/#"]),
        ("$SYS/a", &["$SYS/#", "$SYS/+"]),
        ("$x", &[]),
    ] {
        let name = TopicName::new(name).unwrap();
        let mut found: Vec<&str> = table.lookup(name).map(|at| filters[*at as usize]).collect();
        found.sort_by_key(|text| filters.iter().position(|filter| filter == text));
        assert_eq!(found, taken, "{name}");
    }
}

#[test]
fn full_changes_nothing_and_room_comes_back() {
    let mut table = FilterTable::<u32, 3, 12>::new();
    let filter = |text: &'static str| TopicFilter::from_static(text);
    let room = |table: &FilterTable<u32, 3, 12>| (table.free_filters(), table.free_text());
    assert_eq!(table.insert(filter("ab/cd"), 1), Ok(None)); // "ab/cd/"
    assert_eq!(table.insert(filter("ab/+/#"), 2), Ok(None)); // "+/#/"
    assert_eq!(room(&table), (1, 2));
    assert_eq!(table.insert(filter("ab/xy"), 3), Err(TableFull::Text(3)));
    assert_eq!(table.insert(filter("ab/+"), 4), Ok(None)); // which another begins with
    assert_eq!(table.insert(filter("ab/#"), 5), Err(TableFull::Filters(5)));
    assert_eq!(table.insert(filter("ab/+"), 6), Ok(Some(4)));
    assert_eq!(room(&table), (0, 2));
    // What the last one shares with it stays.
    assert_eq!(table.remove(filter("ab/+/#")), Some(2));
    assert_eq!(room(&table), (1, 4));
    assert_eq!(table.insert(filter("ab/wxyz"), 7), Err(TableFull::Text(7)));
    assert_eq!(table.insert(filter("ab/xyz"), 8), Ok(None));
    assert_eq!(room(&table), (0, 0));
    assert_eq!(table.remove(filter("ab/cd")), Some(1));
    assert_eq!(table.remove(filter("ab")), None);
    assert_eq!((table.get(filter("ab/+")), table.get(filter("ab/xyz"))), (Some(&6), Some(&8)));
    assert_eq!(table.remove(filter("ab/xyz")), Some(8));
    assert_eq!(table.remove(filter("ab/+")), Some(6));
    assert_eq!((room(&table), table.len()), ((3, 12), 0));
    assert_eq!(table.insert(filter("abcdefghijk"), 9), Ok(None));
    assert_eq!(room(&table), (2, 0));
    assert_eq!(FilterTable::<u32, 0, 2>::new().insert(filter("#"), 1), Err(TableFull::Filters(1)));
    assert_eq!(FilterTable::<u32, 1, 1>::new().insert(filter("#"), 1), Err(TableFull::Text(1)));
    assert_eq!(FilterTable::<u32, 1, 2>::new().insert(filter("#"), 1), Ok(None));
}

/// What lies beside a slash in a word of eight bytes, and looks like one.
#[test]
fn tells_a_slash_from_its_neighbours() {
    let (mut table, mut model) = (FilterTable::<u32, 24, 800>::new(), Model::default());
    let mut value = 0;
    for level in ["aaaaïaa", "aaa/.aaa", "aaa/0aaa", "aaaaaa.", "aaaaa//", "aaaaaaa/.", "ïïïï/ïïï"]
    {
        for last in ["x", "y", "+"] {
            model.insert(&mut table, &format!("{level}/{last}"), value);
            value += 1;
        }
        model.check(&table);
        model.check_lookup(&table, &format!("{level}/x"));
    }
}

#[test]
fn room_for_counts_what_the_table_takes() {
    let slashes: &'static str = "/".repeat(300).leak();
    let deep = [126, 127, 128, 129, 200, 299].map(|len| (&slashes[..len], 0_u32));
    let near: [(&'static str, u32); 5] =
        [("house", 0), ("houses/#", 1), ("house/a", 2), ("houses", 3), ("house/a/b", 4)];
    for routes in [&deep[..], &near, &[("+/house", 0), ("+/houses/x", 1)]] {
        let text = oracle::shared_text(routes.iter().map(|(filter, _)| *filter));
        assert_eq!(room_for(routes), Room { filters: routes.len(), text });
        let mut table = Box::new(FilterTable::<u32, 8, 65_535>::new());
        for (filter, value) in routes {
            table.insert(TopicFilter::new(filter).unwrap(), *value).unwrap();
        }
        assert_eq!((table.len(), table.free_text()), (routes.len(), 65_535 - text));
    }
}

#[test]
fn values_that_go_are_dropped() {
    let value = std::rc::Rc::new(());
    let filter = |text: &'static str| TopicFilter::from_static(text);
    let mut table = FilterTable::<_, 4, 16>::new();
    for text in ["a", "a/b", "c"] {
        table.insert(filter(text), value.clone()).unwrap();
    }
    assert!(table.remove(filter("a")).is_some());
    assert_eq!(std::rc::Rc::strong_count(&value), 3);
    table.clear();
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
}

#[test]
fn values_are_changed_in_place_and_all_go_at_once() {
    let mut table = FilterTable::<String, 8, 16>::new();
    let filter = TopicFilter::from_static("a/+");
    table.insert(filter, "x".to_owned()).unwrap();
    table.get_mut(filter).unwrap().push('y');
    assert_eq!(table.clone().remove(filter).as_deref(), Some("xy"));
    assert_eq!(format!("{table:?}"), r#"{"a/+": "xy"}"#);
    let mut odd = FilterTable::<u8, 1, 16>::new();
    odd.insert(TopicFilter::from_static("a\"\n/b"), 1).unwrap();
    assert_eq!(format!("{odd:?}"), r#"{"a\"\n/b": 1}"#);
    table.clear();
    assert!(table.is_empty() && table.get(filter).is_none() && table.iter().next().is_none());
    assert!(!table.any(TopicName::from_static("a/b")));
    assert_eq!((table.free_filters(), table.free_text()), (8, 16));
}

const ROUTES: [(&str, u8); 5] =
    [("house/+/set", 1), ("house/+/set/#", 2), ("garden/house", 3), ("#", 4), ("$SYS/set", 5)];
const ROOM: Room = room_for(&ROUTES);
static ROUTER: FilterTable<u8, { ROOM.filters }, { ROOM.text }> = FilterTable::from_static(&ROUTES);

#[test]
fn a_router_is_built_by_the_compiler_in_the_room_it_needs() {
    assert_eq!(ROOM, Room { filters: 5, text: "house/+/set/#/garden/house/#/$SYS/set/".len() });
    assert_eq!((ROUTER.free_filters(), ROUTER.free_text(), ROUTER.len()), (0, 0, 5));
    let found = |name| {
        let mut found: Vec<u8> = ROUTER.lookup(TopicName::from_static(name)).copied().collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found("house/attic/set"), [1, 2, 4]);
    assert_eq!(found("house/attic/set/x"), [2, 4]);
    assert_eq!(found("garden/house"), [3, 4]);
    assert_eq!(found("$SYS/set"), [5]);
}

/// Every filter of twelve levels that are each `+` or a text: all match one name.
#[test]
fn all_masks_of_twelve_levels() {
    let name: Vec<String> = (0..12).map(|at| format!("level{at}")).collect();
    let mut table = Box::new(FilterTable::<u16, 4096, 40_000>::new());
    let masks = |literals: &[String]| -> Vec<String> {
        let level = |mask: u32, at: usize| if mask >> at & 1 == 1 { "+" } else { &*literals[at] };
        (0..4096)
            .map(|mask| (0..12).map(|at| level(mask, at)).collect::<Vec<_>>().join("/"))
            .collect()
    };
    for (text, value) in masks(&name).iter().zip(0..) {
        table.insert(TopicFilter::new(text).unwrap(), value).unwrap();
    }
    assert_eq!(table.free_filters(), 0);
    let text = name.join("/");
    assert_eq!(table.lookup(TopicName::new(&text).unwrap()).count(), 4096);

    // The same with other texts: two of them match.
    let junk: Vec<String> =
        (0..12).map(|at| if at == 0 { name[0].clone() } else { format!("junk{at}") }).collect();
    table.clear();
    for (text, value) in masks(&junk).iter().zip(0..) {
        table.insert(TopicFilter::new(text).unwrap(), value).unwrap();
    }
    assert_eq!(table.lookup(TopicName::new(&text).unwrap()).count(), 2);
}

/// Behind 127 levels nothing is shared, and all is found.
#[test]
fn texts_of_slashes_take_bounded_work() {
    let slashes = "/".repeat(65_535);
    let mut table = Box::new(FilterTable::<u8, 8, 65_535>::new());
    assert_eq!(table.insert(TopicFilter::new(&slashes).unwrap(), 1), Err(TableFull::Text(1)));
    let long = TopicFilter::new(&slashes[..65_534]).unwrap();
    assert_eq!(table.insert(long, 1), Ok(None));
    assert_eq!((table.insert(long, 2), table.free_text()), (Ok(Some(1)), 0));
    assert_eq!(table.get(TopicFilter::new(&slashes[..65_533]).unwrap()), None);
    assert!(table.any(TopicName::new(&slashes[..65_534]).unwrap()));
    assert!(!table.any(TopicName::new(&slashes).unwrap()));
    assert_eq!((table.remove(long), table.free_text()), (Some(2), 65_535));

    for len in [125, 126, 127, 128, 255, 300] {
        let rest = slashes[..len].to_owned() + "#";
        let filters = [&slashes[..len], &rest, &slashes[..len - 1]];
        for (text, value) in filters.iter().zip(1..) {
            assert_eq!(table.insert(TopicFilter::new(text).unwrap(), value), Ok(None));
        }
        let expected = oracle::shared_text(filters.into_iter());
        assert_eq!(table.free_text(), 65_535 - expected);
        let found =
            |name| table.lookup(TopicName::new(name).unwrap()).copied().collect::<BTreeSet<u8>>();
        assert_eq!(found(&slashes), BTreeSet::from([2]));
        assert_eq!(found(&slashes[..len]), BTreeSet::from([1, 2]));
        assert_eq!(found(&slashes[..len - 1]), BTreeSet::from([2, 3]));
        assert_eq!(found(&slashes[..len - 2]), BTreeSet::new());
        let shown: BTreeSet<String> = table.iter().map(|(filter, _)| filter.to_string()).collect();
        assert_eq!(shown, filters.map(str::to_owned).into());
        for text in filters {
            assert!(table.remove(TopicFilter::new(text).unwrap()).is_some());
        }
        assert_eq!((table.free_filters(), table.free_text()), (8, 65_535));
    }
}

fn level() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just("+".to_owned()), 4 => "[ab]{0,2}", 1 => Just("$S".to_owned()), 1 => "a{6,9}"]
}

/// Of as many levels.
fn filter(levels: Range<usize>) -> impl Strategy<Value = String> {
    text_of(prop::collection::vec(level(), levels))
}

fn text_of(levels: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    (levels, prop::bool::weighted(0.3)).prop_map(|(levels, hash)| {
        let text = levels.join("/");
        match (text.as_str(), hash) {
            (_, true) => format!("{text}/#"),
            ("", false) => "#".to_owned(),
            (_, false) => text,
        }
    })
}

#[derive(Debug, Clone)]
enum Call {
    Insert(String),
    Remove(String),
    /// The filter at this place of those that are there.
    RemoveOne(prop::sample::Index),
    Lookup(String),
}

fn call(levels: Range<usize>) -> impl Strategy<Value = Call> {
    prop_oneof![
        6 => filter(levels.clone()).prop_map(Call::Insert),
        1 => filter(levels.clone()).prop_map(Call::Remove),
        4 => any::<prop::sample::Index>().prop_map(Call::RemoveOne),
        3 => filter(levels).prop_map(|text| Call::Lookup(text.replace(['+', '#'], "a"))),
    ]
}

/// Runs the calls on both, and takes out what is left.
fn run<const FILTERS: usize, const TEXT: usize>(calls: Vec<Call>) {
    let (mut table, mut model) = (FilterTable::<u32, FILTERS, TEXT>::new(), Model::default());
    for (call, value) in calls.into_iter().zip(0..) {
        match call {
            Call::Insert(text) => model.insert(&mut table, &text, value),
            Call::Remove(text) => model.remove(&mut table, &text),
            Call::RemoveOne(at) => {
                if !model.0.is_empty() {
                    let text = model.0.keys().nth(at.index(model.0.len())).cloned().unwrap();
                    model.remove(&mut table, &text);
                }
            }
            Call::Lookup(name) => model.check_lookup(&table, &name),
        }
    }
    model.check(&table);
    for text in model.0.keys().cloned().collect::<Vec<_>>() {
        model.remove(&mut table, &text);
    }
    assert_eq!((table.free_filters(), table.free_text()), (FILTERS, TEXT));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Small enough to be full often, by filters and by text.
    #[test]
    fn is_a_map_from_filters(calls in prop::collection::vec(call(1..5), 1..120)) {
        run::<8, 40>(calls);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// On both sides of the eighth level, behind which a lookup goes another way.
    #[test]
    fn is_a_map_from_deep_filters(calls in prop::collection::vec(call(6..11), 1..120)) {
        run::<16, 400>(calls);
    }
}

/// Levels of every length around those of words, which differ in one byte at every place, at every depth.
#[test]
fn compares_levels_to_their_last_byte() {
    for before in ["", "a/", "+/", "a/b/c/d/e/f/", "a/b/c/d/e/f/g/", "a/b/c/d/e/f/g/+/"] {
        let mut model = Model::default();
        let mut table = Box::new(FilterTable::<u32, 256, 8_000>::new());
        let mut names = Vec::new();
        for len in [0, 1, 6, 7, 8, 9, 15, 16, 17] {
            let level = "x".repeat(len);
            for at in 0..=len {
                let mut changed = level.clone();
                changed.replace_range(at..len.min(at + 1), ["", "y"][usize::from(at < len)]);
                let text = format!("{before}{changed}/z");
                model.insert(&mut table, &text, names.len() as u32);
                names.push(text.replace('+', "p"));
                names.push(format!("{}y", before.replace('+', "p")) + &changed + "/z");
            }
        }
        model.check(&table);
        for name in names {
            model.check_lookup(&table, &name);
        }
    }
}

/// A million filters come and go, and leave nothing behind.
#[test]
fn a_million_inserts_and_removes_leave_no_room_behind() {
    let mut table = FilterTable::<u32, 40, 200>::new();
    let mut random: u32 = 1;
    let mut held: Vec<String> = Vec::new();
    for _ in 0..1_000_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let bits = random >> 8;
        if bits & 1 == 0 || held.is_empty() {
            let text = format!(
                "s/{}/d{}/{}",
                bits >> 1 & 3,
                bits >> 3 & 15,
                ["#", "+", "x"][bits as usize % 3]
            );
            if table.insert(TopicFilter::new(&text).unwrap(), bits) == Ok(None) {
                held.push(text);
            }
        } else {
            let text = held.swap_remove(bits as usize % held.len());
            assert!(table.remove(TopicFilter::new(&text).unwrap()).is_some());
        }
    }
    for text in held {
        assert!(table.remove(TopicFilter::new(&text).unwrap()).is_some());
    }
    assert_eq!((table.len(), table.free_filters(), table.free_text()), (0, 40, 200));
}
