//! Input: a topic filter, a line feed, a topic name. Grammar and match are what the naive oracle
//! says, for the texts as they are and for filters made from the name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use topic_matcher::{
    Mismatch, MismatchKind, SharedFilter, Subscription, TopicError, TopicErrorKind, TopicFilter,
    TopicName, matches,
};

#[path = "../../topic-matcher/tests/oracle/mod.rs"]
mod oracle;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let filter = parts.next().unwrap_or_default();
    let name = parts.next().unwrap_or_default();
    let _ = matches(filter, name);
    grammar(filter);
    grammar(name);

    let Ok(name) = TopicName::from_utf8(name) else { return };
    check(TopicFilter::from(name), name);
    if let Ok(filter) = TopicFilter::from_utf8(filter) {
        check(filter, name);
        for made in made_from(name, filter.as_bytes()) {
            check(TopicFilter::new(&made).unwrap(), name);
        }
    }
});

fn grammar(text: &[u8]) {
    let name = TopicName::from_utf8(text);
    let filter = TopicFilter::from_utf8(text);
    let shared = SharedFilter::from_utf8(text);
    let subscription = Subscription::from_utf8(text);
    for error in [name.err(), filter.err(), shared.err(), subscription.err()].into_iter().flatten()
    {
        assert!(error.offset as usize <= text.len());
    }
    let Ok(text) = str::from_utf8(text) else {
        let kinds = [name.err(), filter.err(), shared.err(), subscription.err()]
            .map(|error: Option<TopicError>| error.unwrap().kind);
        let kind =
            if text.len() > 65_535 { TopicErrorKind::TooLong } else { TopicErrorKind::NotUtf8 };
        assert_eq!(kinds, [kind; 4]);
        return;
    };
    assert_eq!(name.is_ok(), oracle::is_name(text));
    assert_eq!(filter.is_ok(), oracle::is_filter(text));
    assert_eq!(shared.ok().map(|s| (s.share_name(), s.filter().as_str())), oracle::share(text));
    if text.starts_with("$share/") {
        assert_eq!(subscription, shared.map(Subscription::Shared));
    } else {
        assert_eq!(subscription, filter.map(Subscription::NonShared));
    }
    assert_eq!(TopicName::new(text), name);
    assert_eq!(TopicFilter::new(text), filter);
    if let Ok(filter) = filter {
        assert!(filter.levels().eq(text.split('/')));
        assert_eq!(filter.has_wildcards(), !oracle::is_name(text));
    }
}

fn check(filter: TopicFilter<'_>, name: TopicName<'_>) {
    let (wanted, given) = (oracle::levels(filter.as_str()), oracle::levels(name.as_str()));
    let expected = oracle::takes(&wanted, &given);
    assert_eq!(filter.matches(name), expected, "{filter} {name}");
    assert_eq!(matches(filter.as_bytes(), name.as_bytes()), expected, "{filter} {name}");
    let captured = filter.captures(name).map(|taken| taken.collect::<Vec<_>>().join("\n"));
    assert_eq!(captured, expected.then(|| taken(&wanted, &given)), "{filter} {name}");
    assert_eq!(filter.mismatch(name), (!expected).then(|| why(&wanted, &given)), "{filter} {name}");
}

/// What the wildcards take of the levels of a name, a line for each.
fn taken(wanted: &[&str], given: &[&str]) -> String {
    let taken = wanted.iter().enumerate().filter_map(|(at, level)| match *level {
        "+" => Some(given[at].to_owned()),
        "#" => given.get(at..).filter(|rest| !rest.is_empty()).map(|rest| rest.join("/")),
        _ => None,
    });
    taken.collect::<Vec<_>>().join("\n")
}

/// Where and why the levels of a filter and a name part that do not match.
fn why(wanted: &[&str], given: &[&str]) -> Mismatch {
    let same = |(wanted, given): (&&str, &&str)| *wanted == "+" || wanted == given;
    let level = wanted.iter().zip(given).take_while(|levels| same(*levels)).count();
    let kind = match (wanted.get(level), given.get(level)) {
        (Some(_), None) => MismatchKind::FilterIsLonger,
        (None, Some(_)) => MismatchKind::NameIsLonger,
        _ => MismatchKind::LevelsDiffer,
    };
    if given[0].starts_with('$') && matches!(wanted[0], "+" | "#") {
        return Mismatch { kind: MismatchKind::Dollar, level: 0 };
    }
    Mismatch { kind, level: level as u32 }
}

/// Filters near the name: the bytes of `choices` say which level becomes a wildcard.
fn made_from(name: TopicName<'_>, choices: &[u8]) -> [String; 2] {
    let mut levels = oracle::levels(name.as_str());
    for (level, choice) in levels.iter_mut().zip(choices) {
        if choice & 1 == 1 {
            *level = "+";
        }
    }
    let pluses = levels.join("/");
    let keep = choices.first().map_or(0, |choice| usize::from(choice / 2) % (levels.len() + 1));
    levels.truncate(keep);
    levels.push("#");
    [pluses, levels.join("/")]
}
