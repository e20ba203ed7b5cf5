//! Loads a broker: `load ADDRESS key=value..`, on one thread, with our clients. It ends by itself:
//! after the last message, or after a minute without success.
//!
//! ```text
//! publishers=1 subscribers=1   so many connections
//! topics=1                     publisher and subscriber number n use the topic n modulo this
//! filters=100                  each subscriber has so many filters with wildcards of its own, and each message
//!                              goes to a topic that any one of all these takes
//! wait=1                       once all have subscribed, `ready` is printed, and publishing begins when
//!                              standard input says a line
//! qos=0 messages=10000         how many are published in all
//! version=4                    or 5
//! window=500                   so many messages at most are on their way at once
//! idle=10000                   no messages: so many clients, each of which subscribes to a topic of its
//!                              own; `ready` is printed, and they stay until standard input ends
//! ```
//!
//! Prints how many messages arrived per second. Every message must arrive.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mqtt_codec::session::{Client, Event, Message, Settings};
use mqtt_codec::{Connect, List, Properties, QoS, ReasonCode, Subscription, Text, TopicFilter};
use mqtt_codec::{TopicName, Version};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::timeout;

const PAYLOAD: &[u8; 64] =
    b"{\"temperature\":21.5,\"humidity\":48,\"battery\":3.71,\"uptime\":86400}";
const LIMIT: Duration = Duration::from_secs(60);
/// More than a broker has in flight to one client, also if that takes the next messages before the
/// client's last word on the ones before.
const IN_FLIGHT: usize = 1024;
/// Messages that a publisher has in flight, as mosquitto's own clients.
const SENT: usize = 20;
/// Written at once at most, in bytes; a message takes less than 128.
const BATCH: usize = 16 * 1024;

struct Plan {
    address: SocketAddr,
    version: Version,
    qos: QoS,
    topics: usize,
    /// Of each subscriber, and of all; 0 for one topic.
    filters: usize,
    all_filters: u64,
    /// Receivers of each message.
    fan: u64,
    window: u64,
}

/// What all clients share.
#[derive(Default)]
struct Counts {
    unpublished: Cell<u64>,
    /// Messages on their way, counted once for each receiver.
    on_the_way: Cell<u64>,
    received: Cell<u64>,
    subscribed: Cell<usize>,
    /// There is something to do for publishers.
    may_publish: Notify,
    /// Something was reached that the run waits for.
    reached: Notify,
}

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let address: SocketAddr = args.next().and_then(|text| text.parse().ok()).expect("ADDRESS");
    let pairs = args.map(|arg| match arg.split_once('=') {
        Some((key, value)) => (key.to_owned(), value.parse().expect("a number")),
        None => panic!("{arg}: key=value"),
    });
    let options: HashMap<String, u64> = pairs.collect();
    let option = |key: &str, default| options.get(key).copied().unwrap_or(default);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(async {
        let version = if option("version", 4) == 5 { Version::V5 } else { Version::V3 };
        let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][option("qos", 0) as usize];
        let topics = option("topics", 1);
        let subscribers = option("subscribers", 1);
        let filters = option("filters", 0);
        let fan = if filters > 0 { 1 } else { subscribers.div_ceil(topics) };
        let all_filters = filters * subscribers;
        let (topics, window) = (topics as usize, option("window", 500) * fan);
        let filters = filters as usize;
        let plan = Plan { address, version, qos, topics, filters, all_filters, fan, window };
        let plan = Rc::new(plan);
        match option("idle", 0) {
            0 => {
                let (publishers, messages) = (option("publishers", 1), option("messages", 10_000));
                let clients = (publishers as usize, subscribers as usize);
                load(plan, clients, messages, option("wait", 0) == 1).await
            }
            clients => idle(plan, clients as usize).await,
        }
    }))
}

async fn load(
    plan: Rc<Plan>,
    (publishers, subscribers): (usize, usize),
    messages: u64,
    waits: bool,
) -> io::Result<()> {
    let counts = Rc::new(Counts::default());
    let wanted = messages * plan.fan;
    let clients = (0..subscribers).map(|n| (n, true)).chain((0..publishers).map(|n| (n, false)));
    for (number, subscribes) in clients {
        let client = Session::connect(&plan, number, subscribes).await?;
        tokio::task::spawn_local(client.run(plan.clone(), counts.clone()));
    }
    let all = async {
        while counts.subscribed.get() < subscribers {
            counts.reached.notified().await;
        }
        if waits {
            println!("ready");
            let line = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
            line.await??;
        }
        let start = Instant::now();
        counts.unpublished.set(messages);
        counts.may_publish.notify_waiters();
        while counts.received.get() < wanted {
            counts.reached.notified().await;
        }
        io::Result::Ok(start.elapsed())
    };
    let Ok(time) = timeout(LIMIT, all).await else {
        let received = counts.received.get();
        return Err(io::Error::other(format!("{received} of {wanted} messages came")));
    };
    let time = time?;
    println!("{:.0}", wanted as f64 / time.as_secs_f64());
    Ok(())
}

async fn idle(plan: Rc<Plan>, clients: usize) -> io::Result<()> {
    let counts = Rc::new(Counts::default());
    for number in 0..clients {
        let client = Session::connect(&plan, number, true).await?;
        tokio::task::spawn_local(client.run(plan.clone(), counts.clone()));
        // Not more of them at once than a listening socket keeps.
        while counts.subscribed.get() + 64 < number {
            counts.reached.notified().await;
        }
    }
    while counts.subscribed.get() < clients {
        counts.reached.notified().await;
    }
    println!("ready");
    io::stdout().flush()?;
    let end = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = timeout(LIMIT, end).await;
    Ok(())
}

/// A client behind CONNECT.
struct Session {
    session: Client<'static, IN_FLIGHT>,
    stream: TcpStream,
    input: Vec<u8>,
    out: Vec<u8>,
    topic: String,
    number: usize,
    subscribes: bool,
    random: u64,
    now: Instant,
}

impl Session {
    async fn connect(plan: &Plan, number: usize, subscribes: bool) -> io::Result<Self> {
        let stream = TcpStream::connect(plan.address).await?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            session: Client::new(plan.version, Settings::DEFAULT),
            stream,
            input: Vec::new(),
            out: Vec::new(),
            topic: format!("load/{}", number % plan.topics),
            number,
            subscribes,
            random: 0x2545_F491_4F6C_DD1D ^ (number as u64 + 1) << 32,
            now: Instant::now(),
        };
        let name = format!("load-{}-{number}", if subscribes { "s" } else { "p" });
        let announcements = client.session.announcements();
        let mut connect = Connect::new(plan.version, Text::new(&name).expect("ASCII"));
        connect.keep_alive = 0;
        if plan.version == Version::V5 {
            connect.properties = Properties::new(&announcements);
        }
        client.put(|session, out| session.connect(&connect, 0, out));
        Ok(client)
    }

    fn put<E: std::fmt::Debug>(
        &mut self,
        write: impl FnOnce(&mut Client<'static, IN_FLIGHT>, &mut [u8]) -> Result<usize, E>,
    ) {
        let mut place = [0; 256];
        let len = write(&mut self.session, &mut place).expect("allowed");
        self.out.extend_from_slice(&place[..len]);
    }

    async fn run(mut self, plan: Rc<Plan>, counts: Rc<Counts>) {
        if let Err(error) = self.converse(&plan, &counts).await {
            eprintln!("load: {}: {error}", self.topic);
            std::process::exit(1);
        }
    }

    async fn converse(&mut self, plan: &Plan, counts: &Counts) -> io::Result<()> {
        loop {
            if !self.subscribes {
                self.publish(plan, counts);
            }
            let may_publish = counts.may_publish.notified();
            if !self.out.is_empty() {
                match self.stream.try_write(&self.out) {
                    Ok(len) => drop(self.out.drain(..len)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
                if self.out.is_empty() {
                    continue;
                }
            }
            tokio::select! {
                readable = self.stream.readable() => {
                    readable?;
                    self.read(plan, counts)?;
                }
                writable = self.stream.writable(), if !self.out.is_empty() => writable?,
                () = may_publish, if !self.subscribes => {}
            }
        }
    }

    fn publish(&mut self, plan: &Plan, counts: &Counts) {
        let mut topic = self.topic.clone();
        while self.session.is_connected()
            && self.out.len() < BATCH
            && counts.unpublished.get() > 0
            && counts.on_the_way.get() + plan.fan <= plan.window
            && (plan.qos == QoS::AtMostOnce
                || self.session.is_ready() && self.session.in_flight() < SENT)
        {
            counts.unpublished.set(counts.unpublished.get() - 1);
            counts.on_the_way.set(counts.on_the_way.get() + plan.fan);
            if plan.filters > 0 {
                let at = self.random() % plan.all_filters;
                topic = format!("site/{}/device/{at}/telemetry/temp", at % 97);
            }
            let message = Message::new(TopicName::new(&topic).expect("a name"), plan.qos, PAYLOAD);
            let now_ms = self.now_ms();
            self.put(|session, out| session.publish(&message, 0, now_ms, out));
        }
    }

    /// Reads what is there, and answers.
    fn read(&mut self, plan: &Plan, counts: &Counts) -> io::Result<()> {
        let mut chunk = [0; 64 * 1024];
        let held = std::mem::take(&mut self.input);
        let (front, room) = chunk.split_at_mut(held.len());
        front.copy_from_slice(&held);
        let len = match self.stream.try_read(room) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => held.len() + len,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.input = held;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let (mut rest, now_ms) = (&chunk[..len], self.now_ms());
        loop {
            let taken = self.session.handle_input(rest, now_ms);
            let (taken, event) = taken.map_err(|error| io::Error::other(format!("{error:?}")))?;
            rest = &rest[taken..];
            match event {
                Some(Event::Connack(connack)) if connack.reason_code.is_error() => {
                    return Err(io::Error::other(format!("{}", connack.reason_code)));
                }
                Some(Event::Connack(_)) if self.subscribes => self.subscribe(plan, now_ms),
                Some(Event::Suback { .. }) => {
                    counts.subscribed.set(counts.subscribed.get() + 1);
                    counts.reached.notify_one();
                }
                Some(Event::Publish { publish, receipt }) => {
                    if publish.payload != PAYLOAD || publish.delivery.qos() != plan.qos {
                        return Err(io::Error::other(format!("{publish:?}")));
                    }
                    if let Some(receipt) = receipt {
                        self.session.acknowledge(receipt, ReasonCode::SUCCESS).expect("it is new");
                    }
                    if plan.qos != QoS::ExactlyOnce {
                        self.received(plan, counts);
                    }
                }
                Some(Event::Disconnect(bye)) => {
                    return Err(io::Error::other(format!("{}", bye.reason_code)));
                }
                Some(_) => {}
                None if taken > 0 => {}
                None => {
                    let before = self.out.len();
                    self.answer(plan, counts, now_ms);
                    if self.out.len() == before {
                        break;
                    }
                }
            }
        }
        self.input.extend_from_slice(rest);
        Ok(())
    }

    fn received(&self, plan: &Plan, counts: &Counts) {
        counts.received.set(counts.received.get() + 1);
        counts.on_the_way.set(counts.on_the_way.get() - 1);
        if counts.on_the_way.get() == plan.window / 2 {
            counts.may_publish.notify_waiters();
        }
        if counts.on_the_way.get() == 0 {
            counts.reached.notify_one();
        }
    }

    fn answer(&mut self, plan: &Plan, counts: &Counts, now_ms: u64) {
        let mut place = [0; 16];
        while let Some(len) = self.session.poll_transmit(now_ms, &mut place).expect("room") {
            self.out.extend_from_slice(&place[..len]);
            // PUBCOMP: only now is a message of QoS 2 done.
            if place[0] == 0x70 {
                self.received(plan, counts);
            }
        }
    }

    fn subscribe(&mut self, plan: &Plan, now_ms: u64) {
        let numbers = self.number * plan.filters..(self.number + 1) * plan.filters;
        let mut texts: Vec<_> =
            numbers.map(|at| format!("site/+/device/{at}/telemetry/#")).collect();
        if texts.is_empty() {
            texts.push(self.topic.clone());
        }
        let filters = texts.iter().map(|text| TopicFilter::new(text).expect("a filter"));
        let subscriptions: Vec<_> =
            filters.map(|filter| Subscription::new(filter, plan.qos)).collect();
        let mut place = vec![0; 256 * subscriptions.len()];
        let subscriptions = List::new(&subscriptions);
        let session = &mut self.session;
        let len = session.subscribe(subscriptions, Properties::EMPTY, 0, now_ms, &mut place);
        self.out.extend_from_slice(&place[..len.expect("allowed")]);
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }

    fn now_ms(&self) -> u64 {
        self.now.elapsed().as_millis() as u64
    }
}
