//! Input: lines that are calls: `+` and a topic name inserts it, `-` removes it, `*` removes all, `!`, a digit
//! and another one removes what has a value with that rest, so many steps at once; a digit and a topic filter
//! scans with so many steps at once, and between them the lines behind it that insert and remove are done. An
//! index and a table that is often full do what a map from levels and the naive oracle do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use topic_matcher::{TopicFilter, TopicIndex, TopicName, TopicTable};

use names::{Model, Topics};

#[path = "../../topic-matcher/tests/names/mod.rs"]
mod names;
#[path = "../../topic-matcher/tests/oracle/mod.rs"]
mod oracle;

fuzz_target!(|data: &[u8]| {
    obey::<TopicIndex<u32>>(data);
    obey::<TopicTable<u32, 12, 60>>(data);
});

fn obey<T: Topics>(data: &[u8]) {
    let mut both = Model::<T>::default();
    let mut lines = data.split(|byte| *byte == b'\n').take(120).peekable();
    while let Some(line) = lines.next() {
        match line {
            [b'+' | b'-', ..] => change(&mut both, line),
            b"*" => both.clear(),
            [b'!', rest @ b'0'..=b'9', steps @ b'0'..=b'9'] => {
                let rest = u32::from(rest - b'0');
                both.retain(usize::from(steps - b'/'), |value| value % 10 != rest, |_| {});
                both.check();
            }
            [steps @ b'0'..=b'9', filter @ ..] => {
                let Ok(filter) = TopicFilter::from_utf8(filter) else { continue };
                both.scan(filter.as_str(), usize::from(steps - b'/'), |both| {
                    if let Some(line) = lines.next_if(|line| matches!(line, [b'+' | b'-', ..])) {
                        change(both, line);
                    }
                });
            }
            _ => {}
        }
    }
    both.check();
}

fn change<T: Topics>(both: &mut Model<T>, line: &[u8]) {
    let Some((what, name)) = line.split_first() else { return };
    let Ok(name) = TopicName::from_utf8(name) else { return };
    match what {
        b'+' => both.insert(name.as_str()),
        _ => both.remove(name.as_str()),
    }
}
