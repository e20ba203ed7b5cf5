//! Conversations in memory: a client with a server of bytes put together here, a server with such a
//! client, and both sides of one crate with each other. Every byte is written and read, every message
//! is taken by an application, and every acknowledgement is waited for.

mod ours;
mod protocol_core;
mod rumqttc;

use std::hint::black_box;

use crate::cell::Cell;
use crate::fixture::{PAYLOAD, TOPIC};
use crate::visit::{Sum, Trace, Visit};

/// A session behind CONNACK. What it writes is collected, as for one write to a socket.
trait Peer: 'static {
    const NAME: &'static str;
    /// The versions it speaks: 3 (3.1.1), 5.
    const VERSIONS: &'static [u8];

    /// A client that has written CONNECT and read `CONNACK`; nothing is collected.
    fn client(version: u8) -> Self;
    /// Publishes `PAYLOAD` to `TOPIC`.
    fn publish(&mut self, qos: u8, handle: u32);
    /// Takes all of the input and answers. Visits QoS, topic name and payload of each message, which
    /// is acknowledged at once, and a 1 for each of its own that is done.
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V);
    /// What was written.
    fn written(&self) -> &[u8];
    /// All of that has gone.
    fn sent(&mut self);
}

/// Also a server, that has read `CONNECT` and written CONNACK.
trait ServerPeer: Peer {
    type Server: Peer;
    fn server(version: u8) -> Self::Server;
}

/// All cells of the table `sessions`.
pub fn add(cells: &mut Vec<Cell>) {
    for version in [3, 5] {
        for (qos, in_flight) in [(0, 1), (1, 1), (1, 10), (2, 1), (2, 10)] {
            let scene = Scene { version, qos, in_flight };
            add_client::<ours::Client>(cells, scene);
            add_client::<protocol_core::Client>(cells, scene);
            add_client::<rumqttc::V4>(cells, scene);
            add_client::<rumqttc::V5>(cells, scene);
            add_server::<ours::Client>(cells, scene);
            add_server::<protocol_core::Client>(cells, scene);
        }
    }
}

#[derive(Clone, Copy)]
struct Scene {
    version: u8,
    qos: u8,
    in_flight: usize,
}

impl Scene {
    fn row(self, work: &str) -> String {
        let version = if self.version == 3 { "3.1.1" } else { "5.0" };
        match self.in_flight {
            1 => format!("{version}, QoS {}: {work}", self.qos),
            many => format!("{version}, QoS {}, {many} in flight: {work}", self.qos),
        }
    }
}

fn add_client<P: Peer>(cells: &mut Vec<Cell>, scene: Scene) {
    if P::VERSIONS.contains(&scene.version) {
        add_work(cells, scene, "client sends", P::NAME, || Sends(P::client(scene.version)));
        add_work(cells, scene, "client receives", P::NAME, || Receives {
            peer: P::client(scene.version),
            script: Script::new(scene),
        });
    }
}

/// Of QoS 1 and 2 only with many in flight.
fn add_server<P: ServerPeer>(cells: &mut Vec<Cell>, scene: Scene) {
    if scene.qos > 0 && scene.in_flight == 1 {
        return;
    }
    add_work(cells, scene, "server receives", P::NAME, || Receives {
        peer: P::server(scene.version),
        script: Script::new(scene),
    });
    add_work(cells, scene, "client to server", P::NAME, || Both {
        client: P::client(scene.version),
        server: P::server(scene.version),
    });
}

/// So many messages from their first byte until they are done.
trait Work: 'static {
    fn round<V: Visit>(&mut self, qos: u8, count: usize, v: &mut V);
}

fn add_work<W: Work>(
    cells: &mut Vec<Cell>,
    scene: Scene,
    name: &'static str,
    peer: &'static str,
    new: impl Fn() -> W,
) {
    let Scene { qos, in_flight, .. } = scene;
    let (mut work, mut checked) = (new(), new());
    let run = Box::new(move |times: u64| {
        let (mut sum, mut left) = (Sum(0), times as usize);
        while left > 0 {
            let count = left.min(in_flight);
            work.round(black_box(qos), count, &mut sum);
            left -= count;
        }
        black_box(sum.0)
    });
    let row = scene.row(name);
    let is_both = name == "client to server";
    let check = Box::new(move || {
        let mut given = Trace::default();
        checked.round(qos, in_flight, &mut given);
        let wanted = if is_both { both(scene) } else { Script::new(scene).wanted(name) };
        assert_eq!(given, wanted, "{peer}: {}", scene.row(""));
    });
    cells.push(Cell { table: "sessions", row, peer, run, check });
}

/// A client whose server is `answer`.
struct Sends<P>(P);

impl<P: Peer> Work for Sends<P> {
    #[inline(always)]
    fn round<V: Visit>(&mut self, qos: u8, count: usize, v: &mut V) {
        let Self(peer) = self;
        for handle in 0..count {
            peer.publish(qos, handle as u32);
        }
        let mut answers = [0; 4 * IN_FLIGHT];
        while !peer.written().is_empty() {
            v.bytes(peer.written());
            let len = answer(black_box(peer.written()), &mut answers);
            peer.sent();
            peer.take(black_box(&answers[..len]), v);
        }
    }
}

/// What a server says to PUBLISH and PUBREL of these lengths.
#[inline(always)]
fn answer(mut frames: &[u8], out: &mut [u8; 4 * IN_FLIGHT]) -> usize {
    let mut len = 0;
    while let [first, body_len, ..] = *frames {
        let (frame, rest) = frames.split_at(2 + usize::from(body_len));
        frames = rest;
        let id_at = 4 + TOPIC.len();
        let answer = match first {
            0x32 => [0x40, 2, frame[id_at], frame[id_at + 1]],
            0x34 => [0x50, 2, frame[id_at], frame[id_at + 1]],
            0x62 => [0x70, 2, frame[2], frame[3]],
            _ => continue,
        };
        out[len..len + 4].copy_from_slice(&answer);
        len += 4;
    }
    len
}

/// Either side, that gets messages from a `Script`.
struct Receives<P> {
    peer: P,
    script: Script,
}

impl<P: Peer> Work for Receives<P> {
    #[inline(always)]
    fn round<V: Visit>(&mut self, qos: u8, count: usize, v: &mut V) {
        let Self { peer, script } = self;
        peer.take(black_box(script.publish(count)), v);
        if qos > 0 {
            v.bytes(peer.written());
            peer.sent();
        }
        if qos == 2 {
            peer.take(black_box(&script.pubrel[..4 * count]), v);
            v.bytes(peer.written());
            peer.sent();
        }
    }
}

/// The two sides of one crate.
struct Both<C, S> {
    client: C,
    server: S,
}

impl<C: Peer, S: Peer> Work for Both<C, S> {
    #[inline(always)]
    fn round<V: Visit>(&mut self, qos: u8, count: usize, v: &mut V) {
        for handle in 0..count {
            self.client.publish(qos, handle as u32);
        }
        while !self.client.written().is_empty() {
            self.server.take(black_box(self.client.written()), v);
            self.client.sent();
            self.client.take(black_box(self.server.written()), v);
            self.server.sent();
        }
    }
}

const IN_FLIGHT: usize = 10;
/// Without properties, which are all optional.
const CONNACK: [&[u8]; 2] = [b"\x20\x02\0\0", b"\x20\x03\0\0\0"];
const CONNECT: [&[u8]; 2] =
    [b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01c", b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01c"];

fn of_version(frames: [&'static [u8]; 2], version: u8) -> &'static [u8] {
    frames[usize::from(version == 5)]
}

/// The frames of one who sends messages with the identifiers 1, 2, 3..
struct Script {
    scene: Scene,
    publish: Vec<u8>,
    publish_len: usize,
    pubrel: Vec<u8>,
}

impl Script {
    fn new(scene: Scene) -> Self {
        let (mut publish, mut pubrel) = (Vec::new(), Vec::new());
        for id in 1..=IN_FLIGHT as u8 {
            let len = 2 + TOPIC.len() + PAYLOAD.len();
            let len = len + 2 * usize::from(scene.qos > 0) + usize::from(scene.version == 5);
            publish.extend([0x30 | scene.qos << 1, len as u8, 0, TOPIC.len() as u8]);
            publish.extend(TOPIC.as_bytes());
            if scene.qos > 0 {
                publish.extend([0, id]);
            }
            if scene.version == 5 {
                publish.push(0);
            }
            publish.extend(PAYLOAD);
            pubrel.extend([0x62, 2, 0, id]);
        }
        Self { scene, publish_len: publish.len() / IN_FLIGHT, publish, pubrel }
    }

    #[inline(always)]
    fn publish(&self, count: usize) -> &[u8] {
        &self.publish[..count * self.publish_len]
    }

    fn acks(&self, first: u8) -> Vec<u8> {
        (1..=self.scene.in_flight as u8).flat_map(|id| [first, 2, 0, id]).collect()
    }

    fn messages(&self, trace: &mut Trace) {
        for _ in 0..self.scene.in_flight {
            trace.number(self.scene.qos.into());
            trace.text(TOPIC);
            trace.bytes(PAYLOAD);
        }
    }

    fn done(&self, trace: &mut Trace) {
        (0..self.scene.in_flight).for_each(|_| trace.number(1));
    }

    /// What a client that sends, or a side that receives, writes and tells.
    fn wanted(&self, work: &str) -> Trace {
        let (mut trace, qos) = (Trace::default(), self.scene.qos);
        if work == "client sends" {
            trace.bytes(self.publish(self.scene.in_flight));
            if qos == 2 {
                trace.bytes(&self.acks(0x62));
            }
            if qos > 0 {
                self.done(&mut trace);
            }
        } else {
            self.messages(&mut trace);
            match qos {
                0 => {}
                1 => trace.bytes(&self.acks(0x40)),
                _ => [0x50, 0x70].iter().for_each(|&first| trace.bytes(&self.acks(first))),
            }
        }
        trace
    }
}

/// What both sides together tell.
fn both(scene: Scene) -> Trace {
    let (mut trace, script) = (Trace::default(), Script::new(scene));
    script.messages(&mut trace);
    if scene.qos > 0 {
        script.done(&mut trace);
    }
    trace
}
