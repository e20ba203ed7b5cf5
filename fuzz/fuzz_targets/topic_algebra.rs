//! Input: two topic filters, a line feed behind each, and a seed. What `includes`, `intersects` and
//! `is_equivalent` say is what a naive walk over the levels says, and what made up topic names show.
//! The first is a pattern for access too, its names taken from the seed: it allows what the filter
//! includes that it becomes when they are written into it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use topic_matcher::{AccessPattern, Identity, TopicFilter, TopicName};

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
    assert!(a.includes(a) && a.is_equivalent(a.canonical()));
    assert!(intersects || !includes);

    let seed_text = String::from_utf8_lossy(seed);
    let mut names = seed_text.split('\n');
    access(a, b, names.next(), names.next());

    for name in [filled(&a_levels, &b_levels, seed), filled(&b_levels, &a_levels, seed)] {
        let Ok(name) = TopicName::new(&name) else { continue };
        let (by_a, by_b) = (a.matches(name), b.matches(name));
        assert!(!(includes && by_b && !by_a), "{a} {b} {name}");
        assert!(!(by_a && by_b && !intersects), "{a} {b} {name}");
        assert_eq!((a.includes(name.into()), a.intersects(name.into())), (by_a, by_a));
    }
});

fn access(pattern: TopicFilter<'_>, asked: TopicFilter<'_>, id: Option<&str>, user: Option<&str>) {
    let usable = |name: &&str| {
        !name.is_empty() && !name.contains(['/', '+', '#', '\0']) && !name.starts_with('$')
    };
    let identity = Identity::new(id, user);
    let (id, user) = (id.filter(usable), user.filter(usable));
    assert_eq!((identity.client_id(), identity.user_name()), (id, user));

    let mut written = Some(String::new());
    for (at, piece) in pattern.as_str().split('%').enumerate() {
        let name = match piece.chars().next() {
            Some('c') if at > 0 => id,
            Some('u') if at > 0 => user,
            _ => {
                written = written.map(|text| text + if at > 0 { "%" } else { "" } + piece);
                continue;
            }
        };
        written = written.zip(name).map(|(text, name)| text + name + &piece[1..]);
    }
    let expected = written.is_some_and(|text| {
        oracle::includes(&oracle::levels(&text), &oracle::levels(asked.as_str()))
    });
    let pattern = AccessPattern::new(pattern.as_str()).unwrap();
    assert_eq!(pattern.allows_filter(identity, asked), expected, "{pattern} {identity:?} {asked}");
    if let Ok(name) = TopicName::new(asked.as_str()) {
        assert_eq!(pattern.allows_name(identity, name), expected);
    }
}

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
