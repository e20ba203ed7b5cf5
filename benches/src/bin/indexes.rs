//! Which of many topic filters take a topic name: prints `table row peer number` for indexes of ten thousand,
//! a hundred thousand and a million filters. See `What is measured` in README.md.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mqtt_topic_engine::{CacheStrategy, QoS, TopicPath, TopicPatternPath, TopicRouter};
use topic_matcher::{FilterIndex, TopicFilter, TopicName};
use zenoh_keyexpr::keyexpr_tree::{IKeyExprTree, IKeyExprTreeMut, IKeyExprTreeNode, KeBoxTree};
use zenoh_keyexpr::{OwnedKeyExpr, keyexpr};

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

/// What is compared. Values are numbers, so that the sum over what a lookup finds tells them apart.
trait Peer {
    const NAME: &'static str;
    fn new() -> Self;
    fn insert(&mut self, filter: &str, value: u32);
    fn remove(&mut self, filter: &str, value: u32);
    fn lookup(&self, name: &str) -> u64;
}

struct Ours(FilterIndex<u32>);

impl Peer for Ours {
    const NAME: &'static str = "topic-matcher";

    fn new() -> Self {
        Self(FilterIndex::new([0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03]))
    }

    fn insert(&mut self, filter: &str, value: u32) {
        self.0.insert(TopicFilter::new(filter).unwrap(), value).unwrap();
    }

    fn remove(&mut self, filter: &str, _: u32) {
        self.0.remove(TopicFilter::new(filter).unwrap()).unwrap();
    }

    fn lookup(&self, name: &str) -> u64 {
        self.0.lookup(TopicName::new(name).unwrap()).map(|value| u64::from(*value)).sum()
    }
}

struct Engine {
    router: TopicRouter<u32>,
    ids: Vec<mqtt_topic_engine::SubscriptionId>,
}

impl Peer for Engine {
    const NAME: &'static str = "mqtt-topic-engine";

    fn new() -> Self {
        Self { router: TopicRouter::new(), ids: Vec::new() }
    }

    fn insert(&mut self, filter: &str, value: u32) {
        let filter = TopicPatternPath::new_from_string(filter, CacheStrategy::NoCache).unwrap();
        let (_, id) = self.router.add_subscription(filter, QoS::AtMostOnce, value);
        self.ids.push(id);
    }

    fn remove(&mut self, _: &str, value: u32) {
        self.router.unsubscribe(&self.ids[value as usize]).unwrap();
    }

    fn lookup(&self, name: &str) -> u64 {
        let name = TopicPath::new(name).unwrap();
        self.router.get_subscribers(&name).into_iter().map(|(_, _, value)| u64::from(*value)).sum()
    }
}

/// Its `*` and `**` are `+` and `#`.
struct Zenoh(KeBoxTree<u32>);

impl Zenoh {
    fn expression(filter: &str) -> OwnedKeyExpr {
        OwnedKeyExpr::new(filter.replace('+', "*").replace('#', "**")).unwrap()
    }
}

impl Peer for Zenoh {
    const NAME: &'static str = "zenoh-keyexpr";

    fn new() -> Self {
        Self(KeBoxTree::default())
    }

    fn insert(&mut self, filter: &str, value: u32) {
        self.0.insert(&Self::expression(filter), value);
    }

    fn remove(&mut self, filter: &str, _: u32) {
        self.0.remove(&Self::expression(filter)).unwrap();
    }

    fn lookup(&self, name: &str) -> u64 {
        let nodes = self.0.intersecting_nodes(keyexpr::new(name).unwrap());
        nodes.filter_map(|node| node.weight().copied().map(u64::from)).sum()
    }
}

/// A list of filters from one end to the other.
struct Linear(Vec<(String, u32)>);

impl Peer for Linear {
    const NAME: &'static str = "rumqttc, one after the other";

    fn new() -> Self {
        Self(Vec::new())
    }

    fn insert(&mut self, filter: &str, value: u32) {
        self.0.push((filter.to_owned(), value));
    }

    fn remove(&mut self, filter: &str, _: u32) {
        let at = self.0.iter().position(|(known, _)| known == filter).unwrap();
        self.0.swap_remove(at);
    }

    fn lookup(&self, name: &str) -> u64 {
        let takes = |(filter, _): &&(String, u32)| rumqttc::mqttbytes::matches(name, filter);
        self.0.iter().filter(takes).map(|(_, value)| u64::from(*value)).sum()
    }
}

/// Filters of the first kind, one for each device; of many kinds; of none with a wildcard.
const WORKLOADS: [(&str, &[&str]); 3] = [
    ("A", &["site/+/device/N/telemetry/#"]),
    (
        "C",
        &[
            "site/+/device/N/telemetry/#",
            "site/S/device/N/#",
            "+/+/device/N/state",
            "site/S/+/N/cmd",
            "site/+/device/N/cmd/+",
            "fleet/N/#",
            "fleet/+/N/gps",
            "site/S/device/N/telemetry/+",
            "+/S/device/N/#",
            "site/S/device/+/N",
            "app/+/user/N/+/x",
            "app/+/user/N/#",
        ],
    ),
    ("E", &["client/N/inbox/messages/new"]),
];
const BROAD: [&str; 3] = ["#", "site/#", "site/+/device/+/telemetry/temp"];
const NAMES: usize = 1 << 16;
/// Names that are looked up without a look at the clock, or at once.
const BLOCK: usize = 128;
const TOGETHER: usize = 16;

fn main() {
    for (workload, kinds) in WORKLOADS {
        for size in [10_000, 100_000, 1_000_000] {
            let row = format!("{workload}, {size} filters");
            let filters = filters(kinds, size);
            let names = names(kinds, size);
            let ours = measure::<Ours>(&row, &filters, &names, NAMES);
            batch(&row, &filters, &names);
            let engine = measure::<Engine>(&row, &filters, &names, NAMES);
            assert_eq!(ours, engine, "{row}");
            if size <= 100_000 {
                let zenoh = measure::<Zenoh>(&row, &filters, &names, BLOCK * 4);
                assert_eq!(ours[..4], zenoh);
            }
            if size == 10_000 {
                let linear = measure::<Linear>(&row, &filters, &names, BLOCK * 4);
                assert_eq!(ours[..4], linear);
            }
        }
    }
    for (row, others) in
        [("X, 4,096 filters that all take the name", false), ("Y, 4,097, of which 2", true)]
    {
        let (filters, name) = masks(others);
        let names = vec![name; BLOCK];
        let ours = measure::<Ours>(row, &filters, &names, BLOCK);
        assert_eq!(ours, measure::<Engine>(row, &filters, &names, BLOCK));
    }
}

fn filters(kinds: &[&str], size: usize) -> Vec<String> {
    let site = |at: usize| (at % 97).to_string();
    let filter =
        |at: usize| kinds[at % kinds.len()].replace('N', &at.to_string()).replace('S', &site(at));
    let mut filters: Vec<_> = (0..size).map(filter).collect();
    if kinds.len() > 1 {
        filters.extend(BROAD.map(str::to_owned));
    }
    filters
}

/// Names that one of the filters takes, in no order.
fn names(kinds: &[&str], size: usize) -> Vec<String> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let name = |_| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let at = (random >> 20) as usize % size;
        let text = kinds[at % kinds.len()].replace('N', &at.to_string());
        let text = text.replace('S', &(at % 97).to_string()).replace('#', "temp");
        text.replace('+', &(random >> 50).to_string())
    };
    (0..NAMES).map(name).collect()
}

/// A name of twelve levels, and every way to write `+` in place of some of them; the others are as in the
/// name, or not.
fn masks(others: bool) -> (Vec<String>, String) {
    let name: Vec<_> = (0..12).map(|level| format!("level{level}")).collect();
    let level = |mask: u32, at: usize| match (mask >> at & 1, others) {
        (1, _) => "+".to_owned(),
        (_, true) => format!("other{at}"),
        (_, false) => name[at].clone(),
    };
    let filter = |mask| (0..12).map(|at| level(mask, at)).collect::<Vec<_>>().join("/");
    let mut filters: Vec<_> = (0..4096).map(filter).collect();
    if others {
        filters.push(name.join("/"));
    }
    (filters, name.join("/"))
}

fn report(table: &str, row: &str, peer: &str, number: f64) {
    println!("{table}\t{row}\t{peer}\t{number}");
}

/// Prints all numbers of a peer, and gives the sum over the values that each block of names finds.
fn measure<P: Peer>(row: &str, filters: &[String], names: &[String], count: usize) -> Vec<u64> {
    let before = BYTES.load(Ordering::Relaxed);
    let mut peer = P::new();
    let inserted = Instant::now();
    for (value, filter) in filters.iter().enumerate() {
        peer.insert(filter, value as u32);
    }
    let each = |start: Instant| start.elapsed().as_nanos() as f64 / filters.len() as f64;
    report("indexes-insert", row, P::NAME, each(inserted));
    let bytes = (BYTES.load(Ordering::Relaxed) - before) as f64 / filters.len() as f64;
    report("indexes-bytes", row, P::NAME, bytes);
    let blocks = names[..count].chunks_exact(BLOCK);
    let sums =
        timed(row, P::NAME, blocks, |block| block.iter().map(|name| peer.lookup(name)).sum());
    let removed = Instant::now();
    for (value, filter) in filters.iter().enumerate() {
        peer.remove(filter, value as u32);
    }
    report("indexes-remove", row, P::NAME, each(removed));
    sums
}

/// Many at once; and what the index says of its memory, and that nothing is left of it.
fn batch(row: &str, filters: &[String], names: &[String]) {
    let before = BYTES.load(Ordering::Relaxed);
    let mut index = Ours::new();
    for (value, filter) in filters.iter().enumerate() {
        index.insert(filter, value as u32);
    }
    assert_eq!(BYTES.load(Ordering::Relaxed) - before, index.0.memory_used());
    timed(row, "topic-matcher, 16 at once", names.chunks_exact(BLOCK), |block| {
        let mut sum = 0;
        for names in block.chunks_exact(TOGETHER) {
            let names: [_; TOGETHER] =
                std::array::from_fn(|at| TopicName::new(&names[at]).unwrap());
            index.0.lookup_all(&names, |_, value| sum += u64::from(*value));
        }
        sum
    });
    for (value, filter) in filters.iter().enumerate() {
        index.remove(filter, value as u32);
    }
    assert_eq!((BYTES.load(Ordering::Relaxed), index.0.memory_used()), (before, 0));
}

/// Times each block; a tenth of them was faster than what is reported, so that what else runs on the machine
/// disturbs it less.
fn timed<'a>(
    row: &str,
    peer: &str,
    blocks: impl Iterator<Item = &'a [String]>,
    mut work: impl FnMut(&[String]) -> u64,
) -> Vec<u64> {
    let (mut times, mut sums) = (Vec::new(), Vec::new());
    for block in blocks {
        let start = Instant::now();
        sums.push(black_box(work(black_box(block))));
        times.push(start.elapsed().as_nanos() as f64 / block.len() as f64);
    }
    times.sort_by(f64::total_cmp);
    report("indexes-lookup", row, peer, times[times.len() / 10]);
    sums
}
