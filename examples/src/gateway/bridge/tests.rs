//! The bridge between two servers that say packet by packet what they answer.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqtt_codec::{
    Codec, Delivery, List, Packet, PacketId, Property, Publish, QoS, TopicName, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::*;
use crate::gateway::store::Kept;

mod delivery;
mod storm;
mod subscribing;

/// A broker's port.
struct Broker(TcpListener);

/// The bridge at a broker.
struct Peer {
    stream: TcpStream,
    version: Version,
}

/// A bridge that ends with the test.
struct Running {
    task: JoinHandle<()>,
    store: Option<Arc<Store>>,
    log: Arc<Mutex<Vec<String>>>,
}

/// A file that goes with the test.
struct Temporary(PathBuf);

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Packets up to this size are taken.
const LARGEST: u32 = 1000;
/// CONNACK of 5.0: no session, nothing to say; and with Session Present.
const ACCEPTED: &[u8] = b"\x20\x03\0\0\0";
const RESUMED: &[u8] = b"\x20\x03\x01\0\0";

impl Broker {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The next connection, behind CONNECT.
    async fn accept(&self, connack: &[u8]) -> Peer {
        let (stream, _) = timeout(PATIENCE, self.0.accept()).await.unwrap().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut peer = Peer { stream, version: Version::V5 };
        let connect = peer.bytes().await;
        assert_eq!(connect[0], 0x10);
        peer.version = if connect[8] == 4 { Version::V3 } else { Version::V5 };
        peer.send(connack).await;
        peer
    }
}

impl Peer {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next packet in bytes.
    async fn bytes(&mut self) -> Vec<u8> {
        let read = async {
            let mut packet = vec![self.stream.read_u8().await.unwrap()];
            let (mut len, mut shift) = (0, 0);
            loop {
                let byte = self.stream.read_u8().await.unwrap();
                packet.push(byte);
                len |= usize::from(byte & 0x7F) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let start = packet.len();
            packet.resize(start + len, 0);
            self.stream.read_exact(&mut packet[start..]).await.unwrap();
            packet
        };
        timeout(PATIENCE, read).await.expect("a packet")
    }

    /// The next packet in words.
    async fn packet(&mut self) -> String {
        words(&self.bytes().await, self.version)
    }

    /// Nothing comes soon.
    async fn is_silent(&mut self) {
        let mut byte = [0];
        let read = timeout(Duration::from_millis(100), self.stream.read(&mut byte));
        assert!(read.await.is_err(), "{byte:x?}");
    }

    /// Takes so many new messages, each to its end: their payloads.
    async fn take(&mut self, count: usize) -> Vec<String> {
        let (mut payloads, mut open) = (Vec::new(), 0);
        while payloads.len() < count || open > 0 {
            let packet = self.packet().await;
            let word = |n| packet.split(' ').nth(n).unwrap();
            let id: u16 = word(1).parse().unwrap_or(0);
            let [high, low] = id.to_be_bytes();
            match word(0) {
                "PUBLISH1" | "PUBLISH2" => {
                    payloads.push(packet.split_once('=').unwrap().1.to_owned());
                    let is_last = word(0) == "PUBLISH1";
                    self.send([if is_last { 0x40 } else { 0x50 }, 2, high, low]).await;
                    open += usize::from(!is_last);
                }
                "Pubrel" => {
                    self.send([0x70, 2, high, low]).await;
                    open -= 1;
                }
                _ => panic!("{packet}"),
            }
        }
        payloads
    }

    /// Takes acknowledgements of this kind, whatever their order: of which identifiers.
    async fn acknowledged(&mut self, kind: &str, count: usize) -> Vec<u16> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let packet = self.packet().await;
            ids.push(packet.strip_prefix(kind).expect(&packet).trim().parse().unwrap());
        }
        ids.sort_unstable();
        ids
    }
}

/// What matters of it.
fn words(bytes: &[u8], version: Version) -> String {
    let codec = Codec::server().with_version(version);
    match codec.decode(bytes).unwrap().unwrap().0 {
        Packet::Publish(publish) => {
            let Publish { topic, delivery, retain, properties, payload } = publish;
            let id = delivery.packet_id().map_or(0, PacketId::get);
            let mut text = format!("PUBLISH{} {id}", delivery.qos() as u8);
            for (is_so, word) in [(delivery.dup(), " dup"), (retain, " retain")] {
                text += if is_so { word } else { "" };
            }
            if let Some(secs) = properties.message_expiry_interval() {
                text += &format!(" {secs} s");
            }
            text + &format!(" {}={}", topic.to_str(), payload.escape_ascii())
        }
        Packet::Ack(ack) => format!("{:?} {}", ack.kind, ack.id.get()),
        Packet::Subscribe(subscribe) => {
            let filters = subscribe.subscriptions.iter();
            let filters = filters.map(|one| match version {
                Version::V5 => {
                    let handling = one.options.retain_handling;
                    format!(" {}:{}:{handling:?}", one.filter.to_str(), one.options.qos as u8)
                }
                Version::V3 => format!(" {}:{}", one.filter.to_str(), one.options.qos as u8),
            });
            format!("SUBSCRIBE {}{}", subscribe.id.get(), filters.collect::<String>())
        }
        Packet::Unsubscribe(unsubscribe) => {
            let filters = unsubscribe.filters.iter();
            let filters = filters.map(|filter| format!(" {}", filter.to_str()));
            format!("UNSUBSCRIBE {}{}", unsubscribe.id.get(), filters.collect::<String>())
        }
        packet => format!("{:?}", packet.packet_type()),
    }
}

/// A PUBLISH of 5.0 to the topic `a`.
fn publish(qos: u8, id: u16, dup: bool, payload: &str, properties: &[Property<'_>]) -> Vec<u8> {
    let id = PacketId::new(id);
    let delivery = match QoS::new(qos).unwrap() {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { id: id.unwrap(), dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { id: id.unwrap(), dup },
    };
    let publish = Publish {
        delivery,
        properties: List::new(properties),
        ..Publish::new(TopicName::from_static("a"), payload.as_bytes())
    };
    let mut bytes = vec![0; 2 * LARGEST as usize];
    let codec = Codec::server().with_version(Version::V5);
    let len = codec.encode(&Packet::Publish(publish), &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn texts(numbers: impl Iterator<Item = u16>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

impl Running {
    /// With these options behind `--bridge URL`.
    fn new(here: &Broker, there: &Broker, store: Option<&Temporary>, args: &[&str]) -> Self {
        Self::between(here.address(), there.address(), store, args)
    }

    fn between(
        here: SocketAddr,
        there: SocketAddr,
        store: Option<&Temporary>,
        args: &[&str],
    ) -> Self {
        let url = format!("--bridge=mqtt://{there}");
        let mut parser = lexopt::Parser::from_args([&[&*url][..], args].concat());
        let mut said = Said::default();
        while let Some(arg) = parser.next().unwrap() {
            let lexopt::Arg::Long(name) = arg else { panic!("{arg:?}") };
            let name = name.to_owned();
            assert!(said.take(&name, &mut parser).unwrap());
        }
        let options = said.finish().unwrap().unwrap();
        let (store, kept) = match store.map(|path| Store::open(&path.0).unwrap()) {
            Some((store, Kept { bridge, .. })) => (Some(store), Some(bridge)),
            None => (None, None),
        };
        let bridge = Bridge::new(options, here, LARGEST, kept).unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (own, lines) = (store.clone(), Arc::clone(&log));
        let task = async move {
            bridge.bring(own.as_deref(), |line| lines.lock().unwrap().push(line.to_owned())).await;
        };
        Self { task: tokio::spawn(task), store, log }
    }

    /// It is gone from one moment to the next; what it has put down is on disk.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        if let Some(store) = self.store {
            store.close();
        }
    }

    /// The same without power: what was not on disk is lost.
    async fn cut(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        self.store.unwrap().cut();
    }

    /// How often it has said this.
    fn has_said(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }
}

impl Temporary {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("bridge-store-{}-{n}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
