//! Calls every public function of topic-matcher with unknown input. It links only if none of them
//! can panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use core::hash::Hash;
use firmware::{Sink, bytes, keep, number, put_number};
use topic_matcher::{
    AccessPattern, CaptureFilter, Captures, FilterTable, Identity, Levels, Mismatch, MismatchKind,
    SharedFilter, StoredFilter, Subscription, TableFilters, TableFull, TableLookup, TableScan,
    TopicError, TopicErrorKind, TopicFilter, TopicName, TopicTable, TopicTableFull, matches,
    room_for,
};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut first, mut second) = ([0; 256], [0; 256]);
    let mut table = keep(FilterTable::<u16, 32, 256>::new());
    let mut topics = keep(TopicTable::<u16, 64, 1024>::new());
    loop {
        let (first, second) = (bytes(&mut first), bytes(&mut second));
        keep(matches(first, second));
        let Ok(text) = core::str::from_utf8(first) else { continue };
        let name = match keep(TopicName::from_utf8(second)) {
            Ok(name) => name,
            Err(error) => {
                show_error(&error);
                continue;
            }
        };
        names(text, name);
        filters(text, name);
        algebra(text, name);
        access(text, name);
        captures(text, name);
        tables(text, name, &mut table);
        held(text, name, &mut topics);
        shared(text, name);
        subscriptions(text);
    }
}

fn names(text: &str, name: TopicName<'_>) {
    let _ = keep(TopicName::new(text));
    let _ = keep(<TopicName<'_> as TryFrom<&str>>::try_from(text));
    let _ = keep(<TopicName<'_> as TryFrom<&[u8]>>::try_from(text.as_bytes()));
    keep(const { TopicName::from_static("house/kitchen/temperature") });
    keep(TopicName::as_str(&name));
    keep(TopicName::as_bytes(&name));
    keep(<TopicName<'_> as AsRef<str>>::as_ref(&name));
    levels(keep(TopicName::levels(&name)));
    keep(<TopicFilter<'_> as From<TopicName<'_>>>::from(name));
    show(|f| keep(<TopicName<'_> as Display>::fmt(&name, f)));
    derived(name);
}

fn filters(text: &str, name: TopicName<'_>) {
    let _ = keep(TopicFilter::new(text));
    let _ = keep(<TopicFilter<'_> as TryFrom<&str>>::try_from(text));
    let _ = keep(<TopicFilter<'_> as TryFrom<&[u8]>>::try_from(text.as_bytes()));
    keep(const { TopicFilter::from_static("house/+/temperature") });
    let Ok(filter) = keep(TopicFilter::from_utf8(text.as_bytes())) else { return };
    keep(TopicFilter::matches(&filter, name));
    keep(TopicFilter::has_wildcards(&filter));
    keep(TopicFilter::as_str(&filter));
    keep(TopicFilter::as_bytes(&filter));
    keep(<TopicFilter<'_> as AsRef<str>>::as_ref(&filter));
    levels(keep(TopicFilter::levels(&filter)));
    show(|f| keep(<TopicFilter<'_> as Display>::fmt(&filter, f)));
    derived(filter);
    if let Some(mismatch) = keep(TopicFilter::mismatch(&filter, name)) {
        show(|f| keep(<Mismatch as Display>::fmt(&mismatch, f)));
        show(|f| keep(<MismatchKind as Display>::fmt(&mismatch.kind, f)));
    }
}

fn algebra(text: &str, name: TopicName<'_>) {
    let Ok(filter) = TopicFilter::new(text) else { return };
    let other = keep(TopicFilter::from(name));
    keep(TopicFilter::includes(&filter, other));
    keep(TopicFilter::intersects(&filter, other));
    keep(TopicFilter::is_equivalent(&filter, other));
    keep(TopicFilter::canonical(&filter));
}

fn access(text: &str, name: TopicName<'_>) {
    let _ = keep(<AccessPattern<'_> as TryFrom<&str>>::try_from(text));
    keep(const { AccessPattern::from_static("device/%c/#") });
    let Ok(pattern) = keep(AccessPattern::new(text)) else { return };
    let identity = keep(Identity::new(Some(name.as_str()), keep(None)));
    keep(Identity::client_id(&identity));
    keep(Identity::user_name(&identity));
    keep(AccessPattern::allows_name(&pattern, identity, name));
    keep(AccessPattern::allows_filter(&pattern, identity, name.into()));
    keep(AccessPattern::as_str(&pattern));
    keep(<AccessPattern<'_> as AsRef<str>>::as_ref(&pattern));
    show(|f| keep(<AccessPattern<'_> as Display>::fmt(&pattern, f)));
    derived(pattern);
}

fn captures(text: &str, name: TopicName<'_>) {
    keep(const { CaptureFilter::<2>::from_static("house/+/#") });
    let Ok(filter) = TopicFilter::new(text) else { return };
    if let Some(mut captures) = keep(TopicFilter::captures(&filter, name)) {
        while keep(<Captures<'_, '_> as Iterator>::next(&mut captures)).is_some() {}
    }
    let Some(filter) = keep(CaptureFilter::<3>::new(filter)) else { return };
    keep(CaptureFilter::captures(&filter, name));
    keep(CaptureFilter::filter(&filter));
    derived(filter);
}

type Table = FilterTable<u16, 32, 256>;

fn tables(text: &str, name: TopicName<'_>, table: &mut Table) {
    keep(const { room_for(&[("house/+/set", 1_u16), ("house/#", 2)]) });
    keep(
        const { FilterTable::<u16, 32, 256>::from_static(&[("house/+/set", 1_u16), ("house/#", 2)]) },
    );
    let Ok(filter) = TopicFilter::new(text) else { return };
    match keep(FilterTable::insert(table, filter, number() as u16)) {
        Ok(old) => put_number(u32::from(old.is_some())),
        Err(full) => {
            show(|f| keep(<TableFull<u16> as Display>::fmt(&full, f)));
            put_number(u32::from(keep(TableFull::into_value(full))));
        }
    }
    keep(FilterTable::get(table, filter));
    keep(FilterTable::get_mut(table, filter));
    let mut found = keep(FilterTable::lookup(table, name));
    keep(<TableLookup<'_, '_, u16> as Clone>::clone(&found));
    while keep(<TableLookup<'_, '_, u16> as Iterator>::next(&mut found)).is_some() {}
    keep(FilterTable::any(table, name));
    let mut filters = keep(FilterTable::iter(table));
    keep(<TableFilters<'_, u16> as Clone>::clone(&filters));
    let mut buffer = [0; 256];
    while let Some((filter, _)) = keep(<TableFilters<'_, u16> as Iterator>::next(&mut filters)) {
        keep(StoredFilter::text_len(&filter));
        keep(StoredFilter::read_into(&filter, &mut buffer));
        show(|f| keep(<StoredFilter<'_> as Display>::fmt(&filter, f)));
    }
    keep(<&FilterTable<u16, 32, 256> as IntoIterator>::into_iter(table));
    keep(FilterTable::len(table));
    keep(FilterTable::is_empty(table));
    keep(FilterTable::free_filters(table));
    keep(FilterTable::free_text(table));
    keep(FilterTable::remove(table, filter));
    if keep(false) {
        keep(FilterTable::clear(table));
        keep(&*table);
        *table = keep(<FilterTable<u16, 32, 256> as Default>::default());
    }
}

fn held(text: &str, name: TopicName<'_>, table: &mut TopicTable<u16, 64, 1024>) {
    let Ok(filter) = TopicFilter::new(text) else { return };
    if let Err(full) = keep(TopicTable::insert(table, name, number() as u16)) {
        show(|f| keep(<TopicTableFull<u16> as Display>::fmt(&full, f)));
    }
    keep(TopicTable::get(table, name));
    if let Some(value) = keep(TopicTable::get_mut(table, name)) {
        *value = number() as u16;
    }
    let mut scan = keep(TopicTable::scan(table, filter, Some(name), number() as usize));
    while let Some((name, value)) = keep(<TableScan<'_, '_, u16> as Iterator>::next(&mut scan)) {
        put_number(u32::from(*value));
        derived(name);
    }
    keep(TableScan::rest(&scan));
    keep(<TableScan<'_, '_, u16> as Clone>::clone(&scan));
    for (name, value) in keep(TopicTable::iter(table)) {
        put_number(u32::from(*value));
        derived(name);
    }
    keep(TopicTable::retain(table, Some(name), number() as usize, |_, value| {
        u32::from(*value) > number()
    }));
    keep(TopicTable::len(table));
    keep(TopicTable::is_empty(table));
    keep(TopicTable::free_text(table));
    keep(TopicTable::remove(table, name));
    if keep(false) {
        keep(TopicTable::clear(table));
        keep(&*table);
        *table = keep(<TopicTable<u16, 64, 1024> as Default>::default());
    }
}

fn shared(text: &str, name: TopicName<'_>) {
    let _ = keep(SharedFilter::new(text));
    let _ = keep(<SharedFilter<'_> as TryFrom<&str>>::try_from(text));
    let _ = keep(<SharedFilter<'_> as TryFrom<&[u8]>>::try_from(text.as_bytes()));
    keep(const { SharedFilter::from_static("$share/loggers/house/#") });
    let Ok(filter) = keep(SharedFilter::from_utf8(text.as_bytes())) else { return };
    keep(SharedFilter::matches(&filter, name));
    keep(SharedFilter::share_name(&filter));
    keep(SharedFilter::filter(&filter));
    keep(SharedFilter::as_str(&filter));
    keep(SharedFilter::as_bytes(&filter));
    keep(<SharedFilter<'_> as AsRef<str>>::as_ref(&filter));
    show(|f| keep(<SharedFilter<'_> as Display>::fmt(&filter, f)));
    derived(filter);
}

fn subscriptions(text: &str) {
    let _ = keep(Subscription::new(text));
    let _ = keep(<Subscription<'_> as TryFrom<&str>>::try_from(text));
    let _ = keep(<Subscription<'_> as TryFrom<&[u8]>>::try_from(text.as_bytes()));
    let Ok(subscription) = keep(Subscription::from_utf8(text.as_bytes())) else { return };
    keep(Subscription::filter(&subscription));
    keep(Subscription::share_name(&subscription));
    keep(Subscription::as_str(&subscription));
    keep(<Subscription<'_> as AsRef<str>>::as_ref(&subscription));
    show(|f| keep(<Subscription<'_> as Display>::fmt(&subscription, f)));
    derived(subscription);
}

fn levels(mut levels: Levels<'_>) {
    while keep(<Levels<'_> as Iterator>::next(&mut levels)).is_some() {
        keep(Levels::rest(&levels));
    }
}

fn show_error(error: &TopicError) {
    keep(TopicErrorKind::rule(error.kind));
    show(|f| keep(<TopicError as Display>::fmt(error, f)));
    show(|f| keep(<TopicErrorKind as Display>::fmt(&error.kind, f)));
}

/// What `#[derive]` writes: comparing and hashing.
fn derived<T: Copy + Ord + Hash>(value: T) {
    let other = keep(value);
    keep(value == other);
    keep(value.cmp(&other));
    value.hash(&mut Sink);
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
