//! Input: lines that are calls: `+` and a filter inserts it, `-` and a filter removes it, `*` removes
//! all, anything else is a topic name that is looked up. A table that is often full does what a map from
//! texts and the naive oracle do, and counts its room as a set of what they begin with does.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use topic_matcher::{FilterTable, TableFull, TopicFilter, TopicName};

#[path = "../../topic-matcher/tests/oracle/mod.rs"]
mod oracle;

const FILTERS: usize = 12;
const TEXT: usize = 50;
type Table = FilterTable<usize, FILTERS, TEXT>;

fuzz_target!(|data: &[u8]| {
    let (mut table, mut model) = (Table::new(), BTreeMap::new());
    for (number, line) in data.split(|byte| *byte == b'\n').take(200).enumerate() {
        match line {
            [b'+', filter @ ..] => {
                let Ok(filter) = TopicFilter::from_utf8(filter) else { continue };
                let (filters, text) = room(model.keys().copied().chain([filter.as_str()]));
                match table.insert(filter, number) {
                    Ok(old) => {
                        assert!(filters <= FILTERS && text <= TEXT, "{filter}");
                        assert_eq!(model.insert(filter.as_str(), number), old);
                    }
                    Err(TableFull::Filters(value)) => {
                        assert!(value == number && filters > FILTERS, "{filter}")
                    }
                    Err(TableFull::Text(value)) => {
                        assert!(value == number && text > TEXT, "{filter}")
                    }
                }
            }
            [b'-', filter @ ..] => {
                let Ok(filter) = TopicFilter::from_utf8(filter) else { continue };
                assert_eq!(table.get(filter), model.get(filter.as_str()));
                assert_eq!(table.remove(filter), model.remove(filter.as_str()));
            }
            b"*" => {
                table.clear();
                model.clear();
            }
            name => {
                let Ok(name) = TopicName::from_utf8(name) else { continue };
                let found: BTreeSet<usize> = table.lookup(name).copied().collect();
                assert_eq!(table.lookup(name).count(), found.len());
                let levels = oracle::levels(name.as_str());
                let takes = |filter: &str| oracle::takes(&oracle::levels(filter), &levels);
                let expected: BTreeSet<usize> = model
                    .iter()
                    .filter_map(|(filter, value)| takes(filter).then_some(*value))
                    .collect();
                assert_eq!(found, expected, "{name}");
                assert_eq!(table.any(name), !expected.is_empty());
            }
        }
        check(&table, &model);
    }
});

fn check(table: &Table, model: &BTreeMap<&str, usize>) {
    let (filters, text) = room(model.keys().copied());
    assert_eq!((table.free_filters(), table.free_text()), (FILTERS - filters, TEXT - text));
    assert_eq!(table.len(), model.len());
    let mut buffer = [0; 1000];
    for (filter, value) in table {
        let text = filter.to_string();
        assert_eq!(filter.read_into(&mut buffer).unwrap().as_str(), text);
        assert_eq!(model.get(text.as_str()), Some(value));
    }
    assert_eq!(table.iter().count(), model.len());
}

/// How many filters, and bytes of text, these are together.
fn room<'f>(filters: impl Iterator<Item = &'f str>) -> (usize, usize) {
    let filters: BTreeSet<&str> = filters.collect();
    (filters.len(), oracle::shared_text(filters.into_iter()))
}
