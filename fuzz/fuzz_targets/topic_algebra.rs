//! Input: two topic filters, a line feed behind each, and a seed. What `includes`, `intersects` and
//! `is_equivalent` say is what a naive walk over the levels says, and what made up topic names show.

#![no_main]

use libfuzzer_sys::fuzz_target;
use topic_matcher::{TopicFilter, TopicName};

#[path = "../../topic-matcher/tests/oracle/mod.rs"]
mod oracle;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (a, b, seed) = (part(), part(), part());
    let (Ok(a), Ok(b)) = (TopicFilter::from_utf8(a), TopicFilter::from_utf8(b)) else { return };
    let (a_levels, b_levels) = (oracle::levels(a.as_str()), oracle::levels(b.as_str()));

    if a_levels.len().max(b_levels.len()) > 100 {
        return; // The walk takes the square of it.
    }

    let includes = a.includes(b);
    let intersects = a.intersects(b);
    assert_eq!(includes, oracle::includes(&a_levels, &b_levels), "{a} {b}");
    assert_eq!(intersects, oracle::intersects(&a_levels, &b_levels), "{a} {b}");
    assert_eq!(intersects, b.intersects(a));
    assert_eq!(includes && b.includes(a), a.is_equivalent(b), "{a} {b}");
    assert!(a.includes(a) && a.is_equivalent(a.canonical()) && !(includes && !intersects));

    for name in [filled(&a_levels, &b_levels, seed), filled(&b_levels, &a_levels, seed)] {
        let Ok(name) = TopicName::new(&name) else { continue };
        let (by_a, by_b) = (a.matches(name), b.matches(name));
        assert!(!(includes && by_b && !by_a), "{a} {b} {name}");
        assert!(!(by_a && by_b && !intersects), "{a} {b} {name}");
        assert_eq!((a.includes(name.into()), a.intersects(name.into())), (by_a, by_a));
    }
});

/// A topic name that `filter` takes, unless its levels come together wrongly: where it has a wildcard,
/// a level of the other filter or another one.
fn filled(filter: &[&str], other: &[&str], seed: &[u8]) -> String {
    let choose = |at: usize| match (seed.get(at).copied().unwrap_or(0), other.get(at)) {
        (0..128, Some(level)) if !matches!(*level, "+" | "#") => *level,
        (choice, _) => ["", "a", "$b"][usize::from(choice) % 3],
    };
    let mut levels = Vec::new();
    for (at, level) in filter.iter().enumerate() {
        match *level {
            "+" => levels.push(choose(at)),
            "#" => levels.extend((at..).map(choose).take(usize::from(seed.len() as u8 % 4))),
            level => levels.push(level),
        }
    }
    levels.join("/")
}
