//! Connections are cut and the bridge loses its power again and again, at any point, while messages go both
//! ways.

use std::collections::{BTreeSet, VecDeque};

use mqtt_codec::session::{Event, Message, SendError, Server, Settings};
use mqtt_codec::{Connack, ReasonCode, Suback};
use tokio::time::Instant;

use super::*;

/// A broker that keeps one session, and cuts its connections.
struct Whole {
    absent: Option<Box<Server<'static, 64>>>,
    /// What it sends, and what has come.
    topic: &'static str,
    waiting: VecDeque<u32>,
    got: Vec<u32>,
    random: Random,
    began: Instant,
}

struct Random(u64);

/// Messages each way: every other one of QoS 1 and 2.
const MESSAGES: u32 = 120;

impl Random {
    /// One of so many.
    fn below(&mut self, count: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }
}

fn qos_of(number: u32) -> QoS {
    [QoS::ExactlyOnce, QoS::AtLeastOnce][number as usize % 2]
}

impl Whole {
    fn new(topic: &'static str, seed: u64) -> Arc<Mutex<Self>> {
        let (waiting, random) = ((0..MESSAGES).collect(), Random(seed));
        let (got, began) = (Vec::new(), Instant::now());
        Arc::new(Mutex::new(Self { absent: None, topic, waiting, got, random, began }))
    }

    /// One connection after the other.
    async fn serve(whole: Arc<Mutex<Self>>, port: TcpListener) {
        loop {
            let (mut stream, _) = port.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let now_ms = whole.lock().unwrap().now_ms();
            let mut server = Box::new(Server::new(Settings::DEFAULT, now_ms));
            let (mut input, mut output) = (Vec::new(), Vec::new());
            loop {
                let is_cut = {
                    let mut whole = whole.lock().unwrap();
                    let goes_on = whole.turn(&mut server, &mut input, &mut output);
                    let is_cut = whole.random.below(60) == 0;
                    if is_cut {
                        // Some of it gets through.
                        output.truncate(whole.random.below(output.len() as u64 + 1) as usize);
                    }
                    is_cut || !goes_on
                };
                if stream.write_all(&output).await.is_err() || is_cut {
                    break;
                }
                output.clear();
                let mut bytes = [0; 512];
                match timeout(Duration::from_millis(2), stream.read(&mut bytes)).await {
                    Ok(Ok(len @ 1..)) => input.extend_from_slice(&bytes[..len]),
                    Ok(_) => break,
                    Err(_) => {} // time for what was left undone
                }
            }
            let mut whole = whole.lock().unwrap();
            let now_ms = whole.now_ms();
            if server.has_session() {
                whole.absent = Some(Box::new(server.absent(now_ms)));
            }
        }
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// All that there is to do; false at the end.
    fn turn(
        &mut self,
        server: &mut Server<'static, 64>,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> bool {
        let (now_ms, mut room) = (self.now_ms(), [0; 256]);
        let mut at = 0;
        loop {
            let Ok((taken, event)) = server.handle_input(&input[at..], now_ms) else {
                return false;
            };
            let has_event = event.is_some();
            let len = match event {
                Some(Event::Connect(_)) => {
                    let old = self.absent.take();
                    let is_present =
                        old.is_some_and(|mut old| server.resume(&mut old, now_ms).is_ok());
                    let own = server.announcements();
                    let connack = Connack::new(is_present, ReasonCode::SUCCESS);
                    let connack = Connack { properties: List::new(&own), ..connack };
                    server.accept(&connack, now_ms, &mut room).unwrap()
                }
                Some(Event::Subscribe(subscribe)) => {
                    let suback = Suback::new(subscribe.id, List::new(&[ReasonCode::GRANTED_QOS_2]));
                    server.suback(&suback, now_ms, &mut room).unwrap()
                }
                Some(Event::Publish { publish, receipt }) => {
                    self.got.push(std::str::from_utf8(publish.payload).unwrap().parse().unwrap());
                    server.acknowledge(receipt.unwrap(), ReasonCode::SUCCESS).unwrap();
                    0
                }
                _ => 0,
            };
            at += taken;
            output.extend_from_slice(&room[..len]);
            if taken == 0 && !has_event {
                break;
            }
        }
        input.drain(..at);
        // Now and then it lets others wait.
        while self.random.below(4) > 0 {
            let Ok(Some(len)) = server.poll_transmit(now_ms, &mut room) else { break };
            output.extend_from_slice(&room[..len]);
        }
        while let Some(Event::Send { handle, .. }) = server.poll_event() {
            let len = self.say(handle, |message| server.send(message, handle, now_ms, &mut room));
            output.extend_from_slice(&room[..len.unwrap()]);
        }
        while let Some(&next) = self.waiting.front().filter(|_| server.is_ready()) {
            let len = self.say(next, |message| server.publish(message, next, now_ms, &mut room));
            output.extend_from_slice(&room[..len.unwrap()]);
            self.waiting.pop_front();
        }
        true
    }

    fn say(
        &self,
        number: u32,
        send: impl FnOnce(&Message<'_>) -> Result<usize, SendError>,
    ) -> Result<usize, SendError> {
        let (topic, payload) = (TopicName::new(self.topic).unwrap(), number.to_string());
        send(&Message::new(topic, qos_of(number), payload.as_bytes()))
    }

    /// All have come, those of QoS 2 once.
    fn has_all(&self) -> bool {
        let all: BTreeSet<u32> = self.got.iter().copied().collect();
        let twice = self.got.iter().filter(|number| qos_of(**number) == QoS::ExactlyOnce);
        let (mut seen, topic) = (BTreeSet::new(), self.topic);
        for number in twice {
            assert!(seen.insert(*number), "{number} came twice to where {topic} is from");
        }
        all.len() == MESSAGES as usize
    }
}

/// Time passes only where nobody has anything to do, so each wait for another attempt is short.
async fn storm(seed: u64, store: Option<Temporary>) -> (usize, usize) {
    let (here, there) = (Broker::new().await, Broker::new().await);
    let args = ["--bridge-in=in", "--bridge-out=out", "--bridge-qos=2"];
    let (at_here, at_there) = (Whole::new("out", seed), Whole::new("in", !seed));
    let mut bridge = Running::new(&here, &there, store.as_ref(), &args);
    let serving = [(&at_here, here), (&at_there, there)].map(|(whole, Broker(port))| {
        let address = port.local_addr().unwrap();
        (address, tokio::spawn(Whole::serve(Arc::clone(whole), port)))
    });
    let (mut random, mut kills) = (Random(seed ^ 0x5555), 0);
    for round in 0.. {
        assert!(round < 100_000, "they wait for ever");
        sleep(Duration::from_millis(1)).await;
        if [&at_here, &at_there].iter().all(|whole| whole.lock().unwrap().has_all()) {
            break;
        }
        if store.is_some() && random.below(200) == 0 {
            kills += 1;
            bridge.cut().await;
            let [(here, _), (there, _)] = &serving;
            bridge = Running::between(*here, *there, store.as_ref(), &args);
        }
    }
    // What comes too often would come now.
    sleep(Duration::from_secs(5)).await;
    assert!([&at_here, &at_there].iter().all(|whole| whole.lock().unwrap().has_all()));
    bridge.task.abort();
    for (_, task) in serving {
        task.abort();
    }
    let again = at_here.lock().unwrap().got.len() + at_there.lock().unwrap().got.len();
    (kills, again - 2 * MESSAGES as usize)
}

#[tokio::test(start_paused = true)]
async fn with_a_store_nothing_is_lost_and_nothing_of_qos_2_comes_twice() {
    let (mut kills, mut again) = (0, 0);
    for seed in 0..5 {
        let (more_kills, more) = storm(seed, Some(Temporary::new())).await;
        println!("seed {seed}: {more_kills} kills, {more} of QoS 1 came again");
        kills += more_kills;
        again += more;
    }
    assert!(kills > 8 && again > 0, "{kills}, {again}: that was no storm");
}

/// As long as the process lives.
#[tokio::test(start_paused = true)]
async fn without_a_store_nothing_is_lost_and_nothing_of_qos_2_comes_twice() {
    let mut again = 0;
    for seed in 0..5 {
        let (_, more) = storm(seed, None).await;
        println!("seed {seed}: {more} of QoS 1 came again");
        again += more;
    }
    assert!(again > 0, "that was no storm");
}
