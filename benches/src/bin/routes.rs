//! Who gets a message, of ten thousand clients with a million subscriptions: prints `table row peer number`.
//! See `What is measured` in README.md.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mqtt_topic_engine::{CacheStrategy, TopicPath, TopicPatternPath, TopicRouter};
use topic_matcher::{
    ClientKey, Delivery, Group, QoS, Route, Subscription, SubscriptionOptions, Subscriptions,
    TopicName,
};

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);

// Only counts; everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is compared. A message brings each client's number and QoS together once, as their sum.
trait Peer {
    const NAME: &'static str;
    fn new() -> Self;
    fn subscribe(&mut self, client: u32, text: &str, qos: u8);
    fn unsubscribe(&mut self, client: u32, text: &str, at: usize);
    fn route(&mut self, name: &str) -> u64;

    /// Many names at once, if it can.
    fn route_all(&mut self, _: &[String]) -> Option<u64> {
        None
    }
}

struct Ours {
    subscriptions: Subscriptions<u32>,
    clients: Vec<ClientKey>,
    route: Route,
}

impl Peer for Ours {
    const NAME: &'static str = "topic-matcher";

    fn new() -> Self {
        let mut subscriptions = Subscriptions::new([0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03]);
        let clients = (0..CLIENTS).map(|client| subscriptions.add_client(client).unwrap());
        let clients = clients.collect();
        Self { subscriptions, clients, route: Route::new() }
    }

    fn subscribe(&mut self, client: u32, text: &str, qos: u8) {
        let options = SubscriptionOptions::new(QoS::new(qos).unwrap());
        let to = Subscription::new(text).unwrap();
        self.subscriptions.subscribe(self.clients[client as usize], to, options).unwrap();
    }

    fn unsubscribe(&mut self, client: u32, text: &str, _: usize) {
        let from = Subscription::new(text).unwrap();
        self.subscriptions.unsubscribe(self.clients[client as usize], from).unwrap();
    }

    fn route(&mut self, name: &str) -> u64 {
        let name = TopicName::new(name).unwrap();
        self.subscriptions.route(name, None, &mut self.route, pick).map(|one| worth(&one)).sum()
    }

    fn route_all(&mut self, names: &[String]) -> Option<u64> {
        let mut checked = [TopicName::from_static("-"); TOGETHER];
        for (checked, name) in checked.iter_mut().zip(names) {
            *checked = TopicName::new(name).unwrap();
        }
        let Self { subscriptions, route, .. } = self;
        let (checked, mut sum) = (&checked[..names.len()], 0);
        subscriptions.route_all(checked, None, route, pick, |_, delivery| sum += worth(&delivery));
        Some(sum)
    }
}

fn pick(group: &Group<'_, u32>) -> Option<usize> {
    group.in_turn(|_| true)
}

fn worth(delivery: &Delivery<'_, u32>) -> u64 {
    u64::from(*delivery.value) * 3 + u64::from(delivery.qos.get())
}

/// Its subscribers, put together by client in a map that is used again.
struct Engine {
    router: TopicRouter<u32>,
    ids: Vec<mqtt_topic_engine::SubscriptionId>,
    clients: HashMap<u32, u8>,
}

impl Peer for Engine {
    const NAME: &'static str = "mqtt-topic-engine and a map";

    fn new() -> Self {
        Self { router: TopicRouter::new(), ids: Vec::new(), clients: HashMap::new() }
    }

    fn subscribe(&mut self, client: u32, text: &str, qos: u8) {
        use mqtt_topic_engine::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
        let filter = TopicPatternPath::new_from_string(text, CacheStrategy::NoCache).unwrap();
        let qos = [AtMostOnce, AtLeastOnce, ExactlyOnce][usize::from(qos)];
        let (_, id) = self.router.add_subscription(filter, qos, client);
        self.ids.push(id);
    }

    fn unsubscribe(&mut self, _: u32, _: &str, at: usize) {
        self.router.unsubscribe(&self.ids[at]).unwrap();
    }

    fn route(&mut self, name: &str) -> u64 {
        use mqtt_topic_engine::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
        self.clients.clear();
        for (_, (_, qos), client) in self.router.get_subscribers(&TopicPath::new(name).unwrap()) {
            let qos = match qos {
                AtMostOnce => 0,
                AtLeastOnce => 1,
                ExactlyOnce => 2,
            };
            let highest = self.clients.entry(*client).or_insert(qos);
            *highest = qos.max(*highest);
        }
        self.clients.iter().map(|(client, qos)| u64::from(*client) * 3 + u64::from(*qos)).sum()
    }
}

const CLIENTS: u32 = 10_000;
const FILTERS: usize = 1_000_000;
const NAMES: usize = 1 << 14;
const TOGETHER: usize = 16;

/// Besides the filters of which each has one client: how many of them, with how many clients, and what each
/// of these subscribes to.
struct Kind {
    row: &'static str,
    places: usize,
    clients: usize,
    filters: &'static [&'static str],
    name: &'static str,
}

const KINDS: [Kind; 7] = [
    Kind {
        row: "1 client",
        places: FILTERS,
        clients: 1,
        filters: &["site/+/device/N/telemetry/#"],
        name: "site/R/device/N/telemetry/temp",
    },
    Kind {
        row: "10 clients",
        places: 1_000,
        clients: 10,
        filters: &["hall/+/N"],
        name: "hall/R/N",
    },
    Kind {
        row: "10 clients, each by 3 filters",
        places: 1_000,
        clients: 10,
        filters: &["room/+/N", "room/+/N/#", "room/+/N/+/#"],
        name: "room/R/N",
    },
    Kind {
        row: "1,000 clients",
        places: 10,
        clients: 1_000,
        filters: &["yard/+/N"],
        name: "yard/R/N",
    },
    Kind {
        row: "1,000 clients, each by 3 filters",
        places: 10,
        clients: 1_000,
        filters: &["deck/+/N", "deck/+/N/#", "deck/+/N/+/#"],
        name: "deck/R/N",
    },
    Kind {
        row: "1 of 10 that share it",
        places: 1_000,
        clients: 10,
        filters: &["$share/all/job/+/N"],
        name: "job/R/N",
    },
    Kind {
        row: "1 of 1,000 that share it",
        places: 10,
        clients: 1_000,
        filters: &["$share/all/task/+/N"],
        name: "task/R/N",
    },
];

struct Asked {
    client: u32,
    text: String,
    qos: u8,
}

fn main() {
    let all: Vec<_> = KINDS.iter().flat_map(asked).collect();
    let ours = measure::<Ours>(&all, &KINDS);
    let (own, shared): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|asked| !asked.text.starts_with("$share/"));
    drop(shared);
    let engine = measure::<Engine>(&own, &KINDS[..5]);
    assert_eq!(ours[..5], engine);
}

fn asked(kind: &Kind) -> impl Iterator<Item = Asked> {
    (0..kind.places).flat_map(move |place| {
        (0..kind.clients).flat_map(move |client| {
            // Of one place no client twice, and all clients at some.
            let client = ((place * 7 + client * 3) % CLIENTS as usize) as u32;
            kind.filters.iter().zip(0..).map(move |(filter, at)| {
                let text = filter.replace('N', &place.to_string());
                Asked { client, text, qos: (client + at) as u8 % 3 }
            })
        })
    })
}

fn names(kind: &Kind) -> Vec<String> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let name = |_| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let place = (random >> 20) as usize % kind.places;
        let name = kind.name.replace('N', &place.to_string());
        name.replace('R', &(random >> 50).to_string())
    };
    let count = (NAMES * 16 / kind.clients.max(16)).max(256);
    (0..count).map(name).collect()
}

fn report(table: &str, row: &str, peer: &str, number: f64) {
    println!("{table}\t{row}\t{peer}\t{number}");
}

/// Prints all numbers of a peer, and gives the sum over all deliveries of each kind.
fn measure<P: Peer>(all: &[Asked], kinds: &[Kind]) -> Vec<u64> {
    let mut peer = P::new();
    let before = BYTES.load(Ordering::Relaxed);
    let start = Instant::now();
    all.iter().for_each(|one| peer.subscribe(one.client, &one.text, one.qos));
    let each = |start: Instant| start.elapsed().as_nanos() as f64 / all.len() as f64;
    report("routes-changes", "subscribe, ns", P::NAME, each(start));
    let bytes = (BYTES.load(Ordering::Relaxed) - before) as f64 / all.len() as f64;
    report("routes-changes", "bytes for each subscription", P::NAME, bytes);
    let sums = kinds.iter().map(|kind| {
        let names = names(kind);
        let one = |peer: &mut P, names: &[String]| names.iter().map(|name| peer.route(name)).sum();
        let sum = timed(kind.row, P::NAME, &names, |names| one(&mut peer, names));
        if peer.route_all(&names[..1]).is_some() {
            let together = |names: &[String]| peer.route_all(names).unwrap();
            let all = timed(kind.row, "topic-matcher, 16 at once", &names, together);
            assert!(kind.name.contains("job/") || kind.name.contains("task/") || all == sum);
        }
        sum
    });
    let sums = sums.collect();
    let start = Instant::now();
    for (at, one) in all.iter().enumerate() {
        peer.unsubscribe(one.client, &one.text, at);
    }
    report("routes-changes", "unsubscribe, ns", P::NAME, each(start));
    sums
}

/// Times each block; a tenth of them was faster than what is reported, so that what else runs on the machine
/// disturbs it less.
fn timed(row: &str, peer: &str, names: &[String], mut work: impl FnMut(&[String]) -> u64) -> u64 {
    work(&names[..TOGETHER]);
    let mut times = Vec::with_capacity(names.len());
    let mut sum = 0;
    let before = COUNT.load(Ordering::Relaxed);
    for names in names.chunks_exact(TOGETHER) {
        let start = Instant::now();
        sum += black_box(work(black_box(names)));
        times.push(start.elapsed().as_nanos() as f64 / TOGETHER as f64);
    }
    let count = (COUNT.load(Ordering::Relaxed) - before) as f64 / names.len() as f64;
    report("routes-allocations", row, peer, count);
    assert!(!peer.starts_with("topic-matcher") || count == 0.0, "{row}: it allocates");
    times.sort_by(f64::total_cmp);
    report("routes", row, peer, times[times.len() / 10]);
    sum
}
