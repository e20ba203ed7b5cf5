//! Topic names and filters: checked, and one filter matched with one name.

use std::hint::black_box;
use std::sync::Arc;

use mqtt_codec_kit::common::topic_filter::TopicFilterRef;
use mqtt_codec_kit::common::{TopicFilter as KitFilter, TopicName as KitName, TopicNameRef};
use mqtt_topic_engine::{CacheStrategy, QoS, TopicPath, TopicPatternPath, TopicRouter};
use topic_matcher::{AccessPattern, CaptureFilter, FilterTable, Identity, TopicFilter, TopicName};

use crate::cell::Cell;

pub const NAME: &str = "site/4/device/12345/telemetry/state"; // 35 bytes
/// 31 bytes each.
pub const NAME_TO_CHECK: &str = "site/4/device/12345/telemetry/t";
pub const FILTER_TO_CHECK: &str = "site/+/device/12345/telemetry/#";

const _: () = assert!(NAME.len() == 35 && NAME_TO_CHECK.len() == 31 && FILTER_TO_CHECK.len() == 31);

/// What is matched with [`NAME`], and whether it takes it.
pub const FILTERS: [(&str, &str, bool); 7] = [
    ("wildcards", "site/+/device/12345/telemetry/#", true),
    ("no wildcard", NAME, true),
    ("`#`", "#", true),
    ("`+` in every level", "+/+/+/+/+/+", true),
    ("first byte differs", "house/+/device/12345/telemetry/#", false),
    ("fourth level differs", "site/+/device/12346/telemetry/#", false),
    ("last byte differs", "site/4/device/12345/telemetry/statf", false),
];

/// Two filters, and whether the first takes all that the second takes.
pub const PAIRS: [(&str, &str, &str, bool); 2] = [
    ("all levels", "site/+/device/+/telemetry/+", "site/+/device/12345/telemetry/+", true),
    ("last level not", "site/+/device/+/telemetry/state", "site/+/device/12345/telemetry/+", false),
];

pub fn add(cells: &mut Vec<Cell>) {
    for (what, filter, expected) in FILTERS {
        let row = || format!("match, {what}");
        let ours = (TopicFilter::new(filter).unwrap(), TopicName::new(NAME).unwrap());
        cell(cells, row(), "topic-matcher", ours, expected, |(f, n)| f.matches(*n));
        cell(cells, row(), "rumqttc", (filter, NAME), expected, |(f, n)| {
            rumqttc::mqttbytes::matches(n, f)
        });
        cell(cells, row(), "mqtt5-protocol", (filter, NAME), expected, |(f, n)| {
            mqtt5_protocol::validation::topic_matches_filter(n, f)
        });
        let kit = (KitFilter::new(filter).unwrap(), KitName::new(NAME).unwrap());
        cell(cells, row(), "mqtt-codec-kit", kit, expected, |(f, n)| f.get_matcher().is_match(n));
        let engine = (
            TopicPatternPath::new_from_string(filter, CacheStrategy::NoCache).unwrap(),
            Arc::new(TopicPath::new(NAME).unwrap()),
        );
        cell(cells, row(), "mqtt-topic-engine", engine, expected, |(f, n)| {
            f.try_match(Arc::clone(n)).is_ok()
        });
    }

    for (what, wide, narrow, expected) in PAIRS {
        let row = || format!("includes, {what}");
        let ours = (TopicFilter::new(wide).unwrap(), TopicFilter::new(narrow).unwrap());
        cell(cells, row(), "topic-matcher", ours, expected, |(w, n)| w.includes(*n));
        // What its broker asks whether a message kept for one filter is for another.
        cell(cells, row(), "rumqttc", (wide, narrow), expected, |(w, n)| {
            rumqttc::mqttbytes::matches(n, w)
        });
    }

    let row = || "what two `+` took".to_owned();
    let filter = "site/+/device/+/telemetry/state";
    let ours = (CaptureFilter::from_static(filter), TopicName::new(NAME).unwrap());
    cell(cells, row(), "topic-matcher", ours, true, |(f, n)| {
        f.captures(*n) == Some(["4", "12345"])
    });
    let engine = (
        TopicPatternPath::new_from_string(filter, CacheStrategy::NoCache).unwrap(),
        Arc::new(TopicPath::new(NAME).unwrap()),
    );
    cell(cells, row(), "mqtt-topic-engine", engine, true, |(f, n)| {
        f.try_match(Arc::clone(n)).is_ok_and(|taken| {
            taken.get_param(0).as_deref() == Some("4")
                && taken.get_param(1).as_deref() == Some("12345")
        })
    });

    let identity = Identity::new(Some("12345"), Some("operator"));
    let pattern = AccessPattern::new("site/+/device/%c/#").unwrap();
    let ours = (pattern, identity, TopicName::new(NAME).unwrap());
    let row = || "access, `%c` as a level".to_owned();
    cell(cells, row(), "topic-matcher", ours, true, |(p, i, n)| p.allows_name(*i, *n));
    // The text is built, as others do.
    cell(cells, row(), "rumqttc", ("site/+/device/%c/#", "12345", NAME), true, |(p, id, n)| {
        rumqttc::mqttbytes::matches(n, &p.replace("%c", id))
    });

    table(cells);

    let row = || "check a name, 31 bytes".to_owned();
    let name = NAME_TO_CHECK;
    cell(cells, row(), "topic-matcher", name, true, |n| TopicName::new(n).is_ok());
    cell(cells, row(), "rumqttc", name, true, |n| rumqttc::mqttbytes::valid_topic(n));
    cell(cells, row(), "mqtt5-protocol", name, true, |n| {
        mqtt5_protocol::validation::is_valid_topic_name(n)
    });
    cell(cells, row(), "mqtt-codec-kit", name, true, |n| TopicNameRef::new(*n).is_ok());
    cell(cells, row(), "mqtt-topic-engine", name, true, |n| TopicPath::new(*n).is_ok());

    let row = || "check a filter, 31 bytes".to_owned();
    let filter = FILTER_TO_CHECK;
    cell(cells, row(), "topic-matcher", filter, true, |f| TopicFilter::new(f).is_ok());
    cell(cells, row(), "rumqttc", filter, true, |f| rumqttc::mqttbytes::valid_filter(f));
    cell(cells, row(), "mqtt5-protocol", filter, true, |f| {
        mqtt5_protocol::validation::is_valid_subscription_filter(f)
    });
    cell(cells, row(), "mqtt-codec-kit", filter, true, |f| TopicFilterRef::new(*f).is_ok());
    cell(cells, row(), "mqtt-topic-engine", filter, true, |f| {
        TopicPatternPath::new_from_string(*f, CacheStrategy::NoCache).is_ok()
    });
}

/// Which of 64 filters take a name: one sum of their numbers.
fn table(cells: &mut Vec<Cell>) {
    let filters: &'static [String] = filters().leak();
    for (what, name) in [("3 hits", NAME), ("2 hits", "inbox/user5"), ("1 hit", "other/thing")] {
        let row = || format!("64 filters, {what}");
        let numbered = || filters.iter().zip(1..);
        let expected: u64 = numbered()
            .filter_map(|(filter, number)| {
                rumqttc::mqttbytes::matches(name, filter).then_some(number)
            })
            .sum();

        let mut table = FilterTable::<u16, 64, 762>::new();
        let mut engine = TopicRouter::new();
        for (filter, number) in filters.iter().zip(1..) {
            table.insert(TopicFilter::new(filter).unwrap(), number).unwrap();
            let pattern =
                TopicPatternPath::new_from_string(filter.as_str(), CacheStrategy::NoCache).unwrap();
            engine.add_subscription(pattern, QoS::AtMostOnce, u64::from(number));
        }
        let checked = TopicName::new(name).unwrap();
        cell(
            cells,
            row(),
            "topic-matcher",
            (table, checked, expected),
            true,
            |(t, n, expected)| {
                t.lookup(*n).map(|number| u64::from(*number)).sum::<u64>() == *expected
            },
        );
        let path = TopicPath::new(name).unwrap();
        let subject = (engine, path, expected);
        cell(cells, row(), "mqtt-topic-engine", subject, true, |(t, n, expected)| {
            t.get_subscribers(n).iter().map(|(_, _, number)| **number).sum::<u64>() == *expected
        });
        let linear: Vec<(TopicFilter<'static>, u64)> = numbered()
            .map(|(filter, number)| (TopicFilter::new(filter).unwrap(), number))
            .collect();
        let row_linear = (linear, checked, expected);
        cell(cells, row(), "topic-matcher, one by one", row_linear, true, |(all, n, expected)| {
            let taken = all.iter().filter(|(filter, _)| filter.matches(*n));
            taken.map(|(_, number)| number).sum::<u64>() == *expected
        });
        cell(cells, row(), "rumqttc", (name, expected), true, |(n, expected)| {
            let taken = filters.iter().zip(1..).filter(|(f, _)| rumqttc::mqttbytes::matches(n, f));
            taken.map(|(_, number): (_, u64)| number).sum::<u64>() == *expected
        });
    }
}

/// What a gateway of sixteen devices holds.
fn filters() -> Vec<String> {
    let broad = ["#", "site/#", "site/+/device/+/telemetry/temp", "site/4/+/alarm/#"];
    let mut all: Vec<String> = broad.map(str::to_owned).into();
    all.extend(["$SYS/#", "+/status"].map(str::to_owned));
    for device in 12340..12356 {
        all.push(format!("site/4/device/{device}/telemetry/#"));
        all.push(format!("site/4/device/{device}/cmd/+"));
    }
    all.extend((0..10).map(|site| format!("site/{site}/gateway/state")));
    all.extend((0..8).map(|user| format!("inbox/user{user}")));
    all.extend((12340..12348).map(|device| format!("site/+/device/{device}/error")));
    assert_eq!(all.len(), 64);
    all
}

/// `work` gives a truth from `subject`, which must be `expected`.
fn cell<S: 'static>(
    cells: &mut Vec<Cell>,
    row: String,
    peer: &'static str,
    subject: S,
    expected: bool,
    work: impl Fn(&S) -> bool + Copy + 'static,
) {
    let subject = Arc::new(subject);
    let checked = Arc::clone(&subject);
    let what = format!("{row}: {peer}");
    cells.push(Cell {
        table: "topics",
        row,
        peer,
        run: Box::new(move |times| {
            let subject: &S = &subject;
            let mut answers = 1;
            for _ in 0..times {
                answers += u64::from(black_box(work(black_box(subject))));
            }
            answers
        }),
        check: Box::new(move || assert_eq!(work(&checked), expected, "{what}")),
    });
}
