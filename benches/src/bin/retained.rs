//! Which of many topics a topic filter takes, in order: prints `table row peer number` for ten thousand, a
//! hundred thousand and a million topics. See `What is measured` in README.md.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use topic_matcher::{TopicFilter, TopicIndex, TopicName, matches};
use zenoh_keyexpr::keyexpr;
use zenoh_keyexpr::keyexpr_tree::{IKeyExprTree, IKeyExprTreeMut, IKeyExprTreeNode, KeBoxTree};

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// Only counts; everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is compared. Values are numbers, so that the sum over what a scan finds tells them apart.
trait Peer {
    const NAME: &'static str;
    /// More topics than these it is not asked to hold.
    const MOST: usize = usize::MAX;
    fn new() -> Self;
    fn insert(&mut self, name: &str, value: u32);
    fn remove(&mut self, name: &str);
    fn scan(&self, filter: &str) -> u64;
}

struct Ours(TopicIndex<u32>);

impl Peer for Ours {
    const NAME: &'static str = "topic-matcher";

    fn new() -> Self {
        Self(TopicIndex::new())
    }

    fn insert(&mut self, name: &str, value: u32) {
        self.0.insert(TopicName::new(name).unwrap(), value);
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(TopicName::new(name).unwrap()).unwrap();
    }

    fn scan(&self, filter: &str) -> u64 {
        let found = self.0.scan(TopicFilter::new(filter).unwrap(), None, usize::MAX);
        found.map(|(name, value)| black_box(name).as_str().len() as u64 + u64::from(*value)).sum()
    }
}

/// From what a filter begins with to the last topic that does.
struct Range(BTreeMap<Box<str>, u32>);

impl Peer for Range {
    const NAME: &'static str = "range of a BTreeMap";

    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn insert(&mut self, name: &str, value: u32) {
        self.0.insert(name.into(), value);
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(name).unwrap();
    }

    fn scan(&self, filter: &str) -> u64 {
        let wildcard = filter.find(['+', '#']).unwrap_or(filter.len());
        let prefix = filter[..wildcard].trim_end_matches('/');
        let range = self.0.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let begin_so = range.take_while(|(name, _)| name.starts_with(prefix));
        let found = begin_so.filter(|(name, _)| matches(filter.as_bytes(), name.as_bytes()));
        found.map(|(name, value)| black_box(name).len() as u64 + u64::from(*value)).sum()
    }
}

struct Zenoh(KeBoxTree<u32>);

impl Peer for Zenoh {
    const NAME: &'static str = "zenoh-keyexpr";
    const MOST: usize = 100_000;

    fn new() -> Self {
        Self(KeBoxTree::default())
    }

    fn insert(&mut self, name: &str, value: u32) {
        self.0.insert(keyexpr::new(name).unwrap(), value);
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(keyexpr::new(name).unwrap()).unwrap();
    }

    fn scan(&self, filter: &str) -> u64 {
        let filter = filter.replace('#', "**").replace('+', "*");
        let found = self.0.intersecting_nodes(keyexpr::new(&filter).unwrap());
        let found = found.filter_map(|node| Some((node, *node.weight()?)));
        found.map(|(node, value)| node.keyexpr().as_str().len() as u64 + u64::from(value)).sum()
    }
}

/// A list of topics from one end to the other.
struct Linear(Vec<(String, u32)>);

impl Peer for Linear {
    const NAME: &'static str = "rumqttc, one after the other";
    const MOST: usize = 10_000;

    fn new() -> Self {
        Self(Vec::new())
    }

    fn insert(&mut self, name: &str, value: u32) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn remove(&mut self, name: &str) {
        let at = self.0.iter().position(|(known, _)| known == name).unwrap();
        self.0.swap_remove(at);
    }

    fn scan(&self, filter: &str) -> u64 {
        let found = self.0.iter().filter(|(name, _)| rumqttc::mqttbytes::matches(name, filter));
        found.map(|(name, value)| black_box(name).len() as u64 + u64::from(*value)).sum()
    }
}

const KINDS: [&str; 4] = ["temp", "humidity", "volt", "state"];
const SITES: usize = 97;
/// `N` is a device, `S` its site.
const FILTERS: [&str; 6] = [
    "site/S/device/N/telemetry/temp",
    "site/S/device/N/#",
    "site/+/device/N/telemetry/#",
    "+/+/+/x",
    "+/+/+/+/+/temp",
    "#",
];

fn main() {
    for size in [10_000, 100_000, 1_000_000] {
        let names = names(size);
        let ours = measure::<Ours>(&names);
        let peers = [measure::<Range>(&names), measure::<Zenoh>(&names), measure::<Linear>(&names)];
        for peer in peers {
            for (filter, (ours, peer)) in FILTERS.iter().zip(ours.iter().zip(peer)) {
                let both = ours.len().min(peer.len());
                assert_eq!(ours[..both], peer[..both], "{filter}, {size} topics");
            }
        }
    }
}

/// Four topics for each device, in no order.
fn names(size: usize) -> Vec<String> {
    let name = |at: usize| {
        let device = at / KINDS.len();
        format!("site/{}/device/{device}/telemetry/{}", device % SITES, KINDS[at % KINDS.len()])
    };
    let mut names: Vec<_> = (0..size).map(name).collect();
    let mut random = 0x2545_F491_4F6C_DD1D;
    for at in (1..size).rev() {
        names.swap(at, below(&mut random, at + 1));
    }
    names
}

fn below(random: &mut u64, end: usize) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 20) as usize % end
}

fn report(table: &str, row: &str, peer: &str, number: f64) {
    println!("retained-{table}\t{row}\t{peer}\t{number}");
}

/// Prints all numbers of a peer, and gives what each scan of each filter finds.
fn measure<P: Peer>(names: &[String]) -> Vec<Vec<u64>> {
    if names.len() > P::MOST {
        return Vec::new();
    }
    let row = format!("{} topics", names.len());
    let each = |start: Instant| start.elapsed().as_nanos() as f64 / names.len() as f64;
    let before = BYTES.load(Ordering::Relaxed);
    let mut peer = P::new();
    let inserted = Instant::now();
    for (value, name) in names.iter().enumerate() {
        peer.insert(name, value as u32);
    }
    report("insert", &row, P::NAME, each(inserted));
    let bytes = (BYTES.load(Ordering::Relaxed) - before) as f64 / names.len() as f64;
    report("bytes", &row, P::NAME, bytes);
    let sums = FILTERS.map(|filter| scans(&peer, filter, names.len()));
    let removed = Instant::now();
    for name in names {
        peer.remove(name);
    }
    report("remove", &row, P::NAME, each(removed));
    sums.into()
}

/// As many scans as there is time for, each of another device: a tenth of them was faster than what is
/// reported, so that what else runs on the machine disturbs it less.
fn scans<P: Peer>(peer: &P, filter: &str, size: usize) -> Vec<u64> {
    let (mut times, mut sums) = (Vec::new(), Vec::new());
    let (start, mut random) = (Instant::now(), 0x9E37_79B9_7F4A_7C15);
    while times.len() < 2_000 && (times.len() < 3 || start.elapsed() < Duration::from_secs(1)) {
        let device = below(&mut random, size / KINDS.len());
        let text = filter.replace('N', &device.to_string());
        let text = text.replace('S', &(device % SITES).to_string());
        let start = Instant::now();
        sums.push(black_box(peer.scan(black_box(&text))));
        times.push(start.elapsed().as_nanos() as f64);
    }
    times.sort_by(f64::total_cmp);
    report("scan", &format!("`{filter}`, {size} topics"), P::NAME, times[times.len() / 10]);
    sums
}
