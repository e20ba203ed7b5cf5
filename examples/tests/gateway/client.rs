//! A gateway inside the test, and a client that does what it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use mqtt_codec::{
    Ack, AckKind, Codec, Connack, Connect, Delivery, Disconnect, List, Packet, PacketId, Property,
    Publish, QoS, ReasonCode, Subscribe, Subscription, Text, TopicFilter, TopicName, Version,
};
use sansio_examples::gateway::{Gateway, Limits, Options, TlsFiles};
use tokio::runtime::Runtime;

pub const BOTH: [Version; 2] = [Version::V3, Version::V5];

/// Longer than anything takes, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gateway on a port of its own. It ends with the test.
pub struct Broker {
    pub address: SocketAddr,
    /// Of CoAP.
    pub coap: SocketAddr,
    /// Of MQTT over TLS, if it has a certificate.
    pub mqtts: Option<SocketAddr>,
    pub http: SocketAddr,
    /// Of HTTP over TLS, if it has a certificate.
    pub https: Option<SocketAddr>,
    runtime: Runtime,
    gateway: Gateway,
}

impl Broker {
    pub fn start() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::with_tls(limits, None)
    }

    pub fn with_tls(limits: Limits, tls: Option<TlsFiles>) -> Self {
        Self::with_options(Options { tls, limits, ..Options::default() })
    }

    /// On ports of its own, without sensors and lines.
    pub fn with_options(options: Options) -> Self {
        let options = Options {
            mqtt_port: 0,
            mqtts_port: 0,
            coap_port: 0,
            http_port: 0,
            https_port: 0,
            quiet: true,
            sensors: false,
            ..options
        };
        let runtime = Runtime::new().unwrap();
        let gateway = runtime.block_on(Gateway::start(options)).unwrap();
        let (address, coap) = (gateway.mqtt_address(), gateway.coap_address().unwrap());
        let (mqtts, https) = (gateway.mqtts_address(), gateway.https_address());
        let http = gateway.http_address().unwrap();
        Self { address, coap, mqtts, http, https, runtime, gateway }
    }

    /// Ends it as a signal would.
    pub fn end(self) {
        self.runtime.block_on(self.gateway.end());
    }

    /// A client with a clean session.
    pub fn client(&self, version: Version, id: &'static str) -> Client {
        self.connect(&Connect::new(version, Text::from_static(id))).0
    }

    /// A client that says this, is let in, and the properties of its CONNACK are forgotten; the
    /// flag is Session Present.
    pub fn connect(&self, connect: &Connect<'_>) -> (Client, bool) {
        let mut client = Client::raw(self.address, connect.version);
        client.send(&Packet::Connect(*connect));
        let connack = client.connack();
        assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
        let session_present = connack.session_present;
        (client, session_present)
    }
}

pub struct Client<S = TcpStream> {
    pub stream: S,
    pub codec: Codec,
    buffer: Vec<u8>,
    /// Length of the packet that was returned last.
    used: usize,
}

impl Client {
    /// Connected, and nothing said yet.
    pub fn raw(address: SocketAddr, version: Version) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self::over(stream, version)
    }
}

impl<S: Read + Write> Client<S> {
    /// Over a stream that is there.
    pub fn over(stream: S, version: Version) -> Self {
        Self { stream, codec: Codec::client(version), buffer: Vec::new(), used: 0 }
    }

    pub fn version(&self) -> Version {
        self.codec.version.unwrap()
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = vec![0; self.codec.encoded_len(packet).unwrap()];
        self.codec.encode(packet, &mut bytes).unwrap();
        self.send_bytes(&bytes);
    }

    /// The next packet; `None` once the gateway has closed the connection.
    pub fn try_receive(&mut self) -> Option<Packet<'_>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        while self.codec.decode(&self.buffer).unwrap().is_none() {
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(len) => self.buffer.extend_from_slice(&chunk[..len]),
                Err(e) if e.kind() == ErrorKind::ConnectionReset => break,
                Err(e) => panic!("nothing came: {e}"),
            }
        }
        let (packet, len) = self.codec.decode(&self.buffer).unwrap()?;
        self.used = len;
        Some(packet)
    }

    pub fn receive(&mut self) -> Packet<'_> {
        self.try_receive().expect("the gateway closed the connection")
    }

    pub fn connack(&mut self) -> Connack<'_> {
        match self.receive() {
            Packet::Connack(connack) => connack,
            other => panic!("not a CONNACK: {other:?}"),
        }
    }

    pub fn message(&mut self) -> Publish<'_> {
        match self.receive() {
            Packet::Publish(publish) => publish,
            other => panic!("not a PUBLISH: {other:?}"),
        }
    }

    /// The next message, as `topic payload`.
    pub fn text(&mut self) -> String {
        text_of(&self.message())
    }

    /// The next message, which is of QoS 1, acknowledged.
    pub fn acknowledged_text(&mut self) -> String {
        let publish = self.message();
        let (text, id) = (text_of(&publish), publish.delivery.packet_id().unwrap());
        self.puback(id);
        text
    }

    pub fn puback(&mut self, id: PacketId) {
        self.ack(AckKind::Puback, id);
    }

    pub fn ack(&mut self, kind: AckKind, id: PacketId) {
        self.send(&Packet::Ack(Ack::new(kind, id)));
    }

    /// The next packet is this acknowledgement; what it says.
    pub fn expect_ack(&mut self, kind: AckKind, id: PacketId) -> ReasonCode {
        match self.receive() {
            Packet::Ack(ack) => {
                assert_eq!((ack.kind, ack.id), (kind, id));
                ack.reason_code
            }
            other => panic!("not a {kind:?}: {other:?}"),
        }
    }

    /// The next message, which is of QoS 2, taken to the end.
    pub fn released_text(&mut self) -> String {
        let publish = self.message();
        assert_eq!(publish.delivery.qos(), QoS::ExactlyOnce);
        let (text, id) = (text_of(&publish), publish.delivery.packet_id().unwrap());
        self.ack(AckKind::Pubrec, id);
        assert_eq!(self.expect_ack(AckKind::Pubrel, id), ReasonCode::SUCCESS);
        self.ack(AckKind::Pubcomp, id);
        text
    }

    /// Nothing has come: asked for an answer, the gateway gives just that.
    pub fn expect_nothing(&mut self) {
        self.send(&Packet::Pingreq);
        assert_eq!(self.receive(), Packet::Pingresp);
    }

    /// The gateway closes, in 5.0 after a DISCONNECT with this reason.
    pub fn expect_disconnect(&mut self, reason: ReasonCode) {
        if self.version() == Version::V5 {
            match self.receive() {
                Packet::Disconnect(Disconnect { reason_code, .. }) => {
                    assert_eq!(reason_code, reason);
                }
                other => panic!("not a DISCONNECT: {other:?}"),
            }
        }
        self.expect_closed();
    }

    /// The gateway says nothing more and closes, without waiting for anything.
    pub fn expect_closed(&mut self) {
        let start = Instant::now();
        assert_eq!(self.try_receive(), None);
        assert_eq!(self.buffer, b"");
        assert!(start.elapsed() < PATIENCE / 2);
    }

    /// Closes without a word.
    pub fn kill(self) {
        drop(self.stream);
    }

    pub fn disconnect(mut self) {
        self.send(&Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)));
        self.expect_closed();
    }

    pub fn subscribe(&mut self, filter: &str, qos: QoS) {
        self.subscribe_with(Subscription::new(TopicFilter::new(filter).unwrap(), qos), &[]);
    }

    /// Subscribes and is granted what it asks for.
    pub fn subscribe_with(&mut self, subscription: Subscription<'_>, properties: &[Property<'_>]) {
        let granted = self.try_subscribe(subscription, properties);
        assert_eq!(granted.get(), subscription.options.qos as u8);
    }

    pub fn try_subscribe(
        &mut self,
        subscription: Subscription<'_>,
        properties: &[Property<'_>],
    ) -> ReasonCode {
        let id = PacketId::new(77).unwrap();
        let list = [subscription];
        let subscribe = Subscribe::new(id, List::new(&list));
        self.send(&Packet::Subscribe(Subscribe { properties: List::new(properties), ..subscribe }));
        match self.receive() {
            Packet::Suback(suback) => {
                assert_eq!(suback.id, id);
                let codes: Vec<_> = suback.reason_codes.iter().collect();
                assert_eq!(codes.len(), 1);
                codes[0]
            }
            other => panic!("not a SUBACK: {other:?}"),
        }
    }

    /// Publishes at QoS 0.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) {
        self.send(&Packet::Publish(Publish::new(TopicName::new(topic).unwrap(), payload)));
    }

    pub fn retain(&mut self, topic: &str, payload: &[u8]) {
        let publish = Publish::new(TopicName::new(topic).unwrap(), payload);
        self.send(&Packet::Publish(Publish { retain: true, ..publish }));
    }

    /// Publishes at QoS 1 and returns what the PUBACK says.
    pub fn publish_1(&mut self, topic: &str, payload: &[u8]) -> ReasonCode {
        self.publish_1_with(topic, payload, false, &[])
    }

    pub fn publish_1_with(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
        properties: &[Property<'_>],
    ) -> ReasonCode {
        let id = PacketId::new(4711).unwrap();
        let delivery = Delivery::AtLeastOnce { id, dup: false };
        let topic = TopicName::new(topic).unwrap();
        let properties = List::new(properties);
        self.send(&Packet::Publish(Publish { topic, delivery, retain, properties, payload }));
        self.expect_ack(AckKind::Puback, id)
    }

    /// Sends a PUBLISH of QoS 2.
    pub fn send_2(&mut self, topic: &str, payload: &[u8], id: PacketId, dup: bool) {
        let delivery = Delivery::ExactlyOnce { id, dup };
        let publish = Publish::new(TopicName::new(topic).unwrap(), payload);
        self.send(&Packet::Publish(Publish { delivery, ..publish }));
    }

    /// Publishes at QoS 2 to the end, and returns what the PUBREC says.
    pub fn publish_2(&mut self, topic: &str, payload: &[u8]) -> ReasonCode {
        let id = PacketId::new(4712).unwrap();
        self.send_2(topic, payload, id, false);
        let reason = self.expect_ack(AckKind::Pubrec, id);
        if !reason.is_error() {
            self.ack(AckKind::Pubrel, id);
            assert_eq!(self.expect_ack(AckKind::Pubcomp, id), ReasonCode::SUCCESS);
        }
        reason
    }
}

pub fn text_of(publish: &Publish<'_>) -> String {
    format!("{} {}", publish.topic.to_str(), String::from_utf8_lossy(publish.payload))
}

/// A CONNECT that keeps its session.
pub fn keeping<'a>(
    version: Version,
    id: &'static str,
    properties: &'a [Property<'a>],
) -> Connect<'a> {
    let properties = if version == Version::V5 { List::new(properties) } else { List::EMPTY };
    let connect = Connect::new(version, Text::from_static(id));
    Connect { clean_start: false, properties, ..connect }
}
