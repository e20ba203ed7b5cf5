//! Known answers of topic-matcher on a microcontroller, and the stack that they take.

#![no_std]
#![no_main]

use core::fmt::Write;
use firmware::keep;
use firmware::semihosting::{Host, exit, stack_of};
use topic_matcher::{Subscription, TopicErrorKind, TopicFilter, TopicName};

/// A filter, a name, whether they match.
const MATCHES: [(&str, &str, bool); 16] = [
    ("house/+/temperature", "house/living-room/temperature", true),
    ("house/+/temperature", "house/kitchen/temperature", true),
    ("house/+/temperature", "house/a/b/temperature", false),
    ("house/#", "house", true),
    ("house/#", "house/kitchen/temperature", true),
    ("house/#", "houses/x", false),
    ("site/+/device/12345/telemetry/#", "site/7/device/12345/telemetry/temp", true),
    ("site/+/device/12345/telemetry/#", "site/7/device/12346/telemetry/temp", false),
    ("sport/+/#", "sport/tennis", true),
    ("+/+", "/finance", true),
    ("+", "/finance", false),
    ("#", "$SYS/uptime", false),
    ("+/uptime", "$SYS/uptime", false),
    ("$SYS/#", "$SYS/uptime", true),
    ("Ünïcode/+/π", "Ünïcode/ß/π", true),
    ("a", "a/", false),
];

/// What is no filter, why, and at which byte.
const NO_FILTERS: [(&[u8], TopicErrorKind, u32); 5] = [
    (b"", TopicErrorKind::Empty, 0),
    (b"house/#/x", TopicErrorKind::MisplacedHash, 6),
    (b"house/a+", TopicErrorKind::MisplacedPlus, 7),
    (b"a\0b", TopicErrorKind::Null, 1),
    (b"a/b#", TopicErrorKind::MisplacedHash, 3),
];

#[unsafe(no_mangle)]
fn image() -> ! {
    for (filter, name, expected) in keep(MATCHES) {
        let filter = TopicFilter::new(filter).unwrap();
        let name = TopicName::new(name).unwrap();
        assert!(filter.matches(name) == expected, "{filter} and {name}");
        assert!(filter.mismatch(name).is_none() == expected, "{filter} and {name}, by level");
    }
    for (text, kind, offset) in keep(NO_FILTERS) {
        let error = TopicFilter::from_utf8(text).unwrap_err();
        assert!(error.kind == kind && error.offset == offset, "{text:?}: {error}");
    }
    let shared = Subscription::new(keep("$share/loggers/$SYS/#")).unwrap();
    assert!(shared.share_name() == Some("loggers"));
    assert!(shared.filter().matches(TopicName::new(keep("$SYS/uptime")).unwrap()));

    let used = stack_of(|| {
        let (filter, name, _) = keep(MATCHES[6]);
        let filter = TopicFilter::from_utf8(filter.as_bytes()).unwrap();
        keep(filter.matches(TopicName::from_utf8(name.as_bytes()).unwrap()));
    });
    let _ = writeln!(Host, "stack topic-matcher: check a filter and a name, match them: {used}");
    let _ = writeln!(Host, "all answers right");
    exit(true)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
