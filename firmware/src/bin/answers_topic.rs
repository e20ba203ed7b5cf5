//! Known answers of topic-matcher on a microcontroller, and the stack that they take.

#![no_std]
#![no_main]

use core::fmt::Write;
use firmware::keep;
use firmware::semihosting::{Host, exit, stack_of};
use topic_matcher::{
    AccessPattern, CaptureFilter, FilterTable, Identity, Room, Subscription, TopicErrorKind,
    TopicFilter, TopicName, TopicTable, room_for,
};

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

/// Two filters: does the first include the second, do they have names in common?
const PAIRS: [(&str, &str, bool, bool); 6] = [
    ("house/#", "house/+/temperature", true, true),
    ("house/+", "+/kitchen", false, true),
    ("#", "$SYS/#", false, false),
    ("+/#", "#", true, true),
    ("/#", "+", false, false),
    ("house/+/temperature", "house/kitchen/humidity", false, false),
];

const ROUTES: [(&str, u32); 4] =
    [("house/+/temperature", 1), ("house/#", 2), ("$SYS/#", 4), ("sport/+/#", 8)];
const ROOM: Room = room_for(&ROUTES);
static ROUTER: FilterTable<u32, { ROOM.filters }, { ROOM.text }> =
    FilterTable::from_static(&ROUTES);

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

    for (wide, narrow, includes, intersects) in keep(PAIRS) {
        let wide = TopicFilter::new(wide).unwrap();
        let narrow = TopicFilter::new(narrow).unwrap();
        assert!(wide.includes(narrow) == includes, "{wide} and {narrow}");
        assert!(wide.intersects(narrow) == intersects, "{wide} and {narrow}");
    }
    let own = AccessPattern::new(keep("device/%c/#")).unwrap();
    let identity = Identity::new(keep(Some("lamp-7")), None);
    assert!(own.allows_name(identity, TopicName::new(keep("device/lamp-7/state")).unwrap()));
    assert!(!own.allows_name(identity, TopicName::new(keep("device/lamp-8/state")).unwrap()));
    const STATE: CaptureFilter<'_, 2> = CaptureFilter::from_static("site/+/device/#");
    let name = TopicName::new(keep("site/7/device/12345/state")).unwrap();
    assert!(STATE.captures(name) == Some(["7", "12345/state"]));

    for (name, expected) in
        keep([("house/kitchen/temperature", 3), ("house", 2), ("$SYS/x", 4), ("sport", 0)])
    {
        let name = TopicName::new(name).unwrap();
        let found: u32 = ROUTER.lookup(name).sum();
        assert!(found == expected, "{name}: {found}");
    }
    let mut table = FilterTable::<u32, 2, 32>::new();
    for (at, text) in keep(["a/+/b", "a/#", "c/d/e/f/g/h"]).into_iter().enumerate() {
        assert!(table.insert(TopicFilter::new(text).unwrap(), 1).is_ok() == (at < 2), "{text}");
    }
    assert!(table.remove(TopicFilter::new(keep("a/+/b")).unwrap()) == Some(1));
    assert!((table.free_filters(), table.free_text(), table.len()) == (1, 28, 1));

    let mut held = TopicTable::<u32, 4, 64>::new();
    for (at, text) in keep(["a/y/c", "a/x/c", "$SYS/x", "a/x/b", "b"]).into_iter().enumerate() {
        assert!(
            held.insert(TopicName::new(text).unwrap(), at as u32).is_ok() == (at < 4),
            "{text}"
        );
    }
    for (text, expected) in keep([("a/+/c", [1, 0]), ("a/x/#", [3, 1]), ("$SYS/+", [2, 2])]) {
        let mut found = held.scan(TopicFilter::new(text).unwrap(), None, 100).map(|(_, at)| *at);
        assert!(found.next() == Some(expected[0]) && found.all(|at| at == expected[1]), "{text}");
    }
    assert!(held.remove(TopicName::new(keep("a/x/c")).unwrap()) == Some(1));
    assert!((held.len(), held.free_text()) == (3, 48));

    let used = stack_of(|| {
        keep(ROUTER.any(TopicName::new(keep("house/kitchen/temperature")).unwrap()));
    });
    let _ = writeln!(Host, "stack topic-matcher: check a name, look it up in a table: {used}");
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
