//! A small blocking MQTT client on `std::net`: read it from `main` down to see how a program speaks
//! MQTT with `mqtt_codec`. The codec turns packets into bytes and back; sockets, time and buffers
//! are ours. How the bytes travel is `transport`'s.

mod options;
mod transport;

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mqtt_codec::{
    Ack, AckKind, Codec, Connect, Delivery, Disconnect, List, Packet, PacketId, Properties,
    Property, Publish, QoS, ReasonCode, Subscribe, Subscription, Text, TopicFilter, TopicName,
    Version, Will,
};

use crate::options::{Command, Options, Payload};
use crate::transport::Transport;

/// The largest packet that we take, in bytes: what a peer can make us store.
const MAX_PACKET_SIZE: u32 = 16 << 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(io::stdout(), "{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "mqtt-client: {error}\nTry `mqtt-client --help`.");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mqtt-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let task = if options.subscribe { subscribe } else { publish };
    let address = (options.host.as_str(), options.port);
    let tcp = TcpStream::connect(address)
        .map_err(|e| format!("no server at {}:{}: {e}", address.0, address.1))?;
    tcp.set_nodelay(true)?;
    transport::with(&tcp, options, |transport| task(options, &tcp, transport))
}

fn subscribe(options: &Options, tcp: &TcpStream, transport: &mut dyn Transport) -> Result<()> {
    let filters: Vec<_> = options.topics.iter().map(|t| TopicFilter::new(t)).collect();
    let filters = filters.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    let wanted: Vec<_> = filters.iter().map(|&f| Subscription::new(f, options.qos)).collect();

    let mut server = Connection::open(options, tcp, transport)?;
    let id = PacketId::new(1).ok_or("packet identifier 0")?;
    server.send(&Packet::Subscribe(Subscribe::new(id, List::new(&wanted))))?;

    let mut left = options.count;
    while left != Some(0) {
        let len = server.wait_for_packet()?;
        let mut acknowledge = None;
        match server.packet()? {
            Packet::Suback(suback) => {
                if let Some(code) = suback.reason_codes.iter().find(|code| code.is_error()) {
                    return Err(format!("a subscription is refused: {code}").into());
                }
                if options.verbose {
                    let _ = writeln!(io::stderr(), "subscribed");
                }
            }
            Packet::Publish(publish) => {
                let mut out = io::stdout().lock();
                if options.verbose {
                    write!(out, "{} ", publish.topic)?;
                }
                out.write_all(publish.payload)?;
                out.write_all(b"\n")?;
                out.flush()?;
                left = left.map(|left| left - 1);
                acknowledge = publish.delivery.packet_id();
            }
            Packet::Disconnect(end) => return Err(disconnected(end)),
            _ => {} // PINGRESP
        }
        server.input.drain(..len);
        if let Some(id) = acknowledge {
            // We subscribe with QoS 0 or 1, so what has an identifier has QoS 1.
            server.send(&Packet::Ack(Ack::new(AckKind::Puback, id)))?;
        }
    }
    server.close()
}

fn publish(options: &Options, tcp: &TcpStream, transport: &mut dyn Transport) -> Result<()> {
    let [topic] = options.topics.as_slice() else {
        return Err("a message has one topic".into());
    };
    let payload = match &options.payload {
        Payload::Text(text) => text.clone().into_bytes(),
        Payload::File(path) => {
            std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?
        }
        Payload::Stdin => {
            let mut all = Vec::new();
            io::stdin().read_to_end(&mut all)?;
            all
        }
    };
    let id = PacketId::new(1).ok_or("packet identifier 0")?;
    let delivery = match options.qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        _ => Delivery::AtLeastOnce { id, dup: false },
    };
    let message =
        Publish { delivery, retain: options.retain, ..Publish::new(TopicName::new(topic)?, &[]) };

    let mut server = Connection::open(options, tcp, transport)?;
    // The head alone is encoded; the payload, however large, is sent from where it lies.
    let mut head = vec![0; topic.len() + 16];
    let len = server.codec.encode_publish_head(&message, payload.len().try_into()?, &mut head)?;
    if len + payload.len() > server.peer_max_packet_size as usize {
        return Err("the server does not take a packet of this size".into());
    }
    server.stream.write_all(&head[..len])?;
    server.stream.write_all(&payload)?;
    server.stream.flush()?;
    let mut acknowledged = options.qos == QoS::AtMostOnce;
    while !acknowledged {
        let len = server.wait_for_packet()?;
        match server.packet()? {
            Packet::Ack(ack) if ack.kind == AckKind::Puback && ack.id == id => {
                if ack.reason_code.is_error() {
                    return Err(format!("the message is refused: {}", ack.reason_code).into());
                }
                acknowledged = true;
            }
            Packet::Disconnect(end) => return Err(disconnected(end)),
            _ => {}
        }
        server.input.drain(..len);
    }
    server.close()
}

/// What the server says as its last word.
fn disconnected(end: Disconnect<'_>) -> Box<dyn Error> {
    match end.reason_code {
        // "Success" elsewhere; it has a name of its own in a DISCONNECT.
        ReasonCode::NORMAL_DISCONNECTION => "disconnected: Normal disconnection".into(),
        reason => format!("disconnected: {reason}").into(),
    }
}

/// A connection that has been accepted.
struct Connection<'t> {
    /// Below the transport: how long a read waits.
    tcp: &'t TcpStream,
    stream: &'t mut dyn Transport,
    codec: Codec,
    /// What has been read and not yet handled; the packet to handle lies at its beginning.
    input: Vec<u8>,
    /// Half of the keep alive: when to send PINGREQ, and how long to wait for bytes.
    ping_after: Option<Duration>,
    last_sent: Instant,
    /// The largest packet that the server takes, in bytes.
    peer_max_packet_size: u32,
}

impl<'t> Connection<'t> {
    /// Sends CONNECT and waits for the answer.
    fn open(options: &Options, tcp: &'t TcpStream, stream: &'t mut dyn Transport) -> Result<Self> {
        let mut connection = Self {
            tcp,
            stream,
            codec: Codec::client(options.version).with_max_packet_size(MAX_PACKET_SIZE),
            input: Vec::new(),
            ping_after: None,
            last_sent: Instant::now(),
            peer_max_packet_size: u32::MAX,
        };
        connection.ping_after(options.keep_alive)?;

        // 5.0 says with a property how long the session is kept, 3.1.1 keeps it without a limit.
        let for_ever = [Property::SessionExpiryInterval(u32::MAX)];
        let keep = options.keep_session && options.version == Version::V5;
        let will = match &options.will_topic {
            None => None,
            Some(topic) => Some(Will {
                topic: TopicName::new(topic)?,
                payload: options.will_payload.as_bytes(),
                qos: options.will_qos,
                retain: options.will_retain,
                properties: Properties::EMPTY,
            }),
        };
        connection.send(&Packet::Connect(Connect {
            clean_start: !options.keep_session,
            keep_alive: options.keep_alive,
            will,
            properties: if keep { List::new(&for_ever) } else { List::EMPTY },
            ..Connect::new(options.version, Text::new(&options.client_id)?)
        }))?;

        let len = connection.wait_for_packet()?;
        let (keep_alive, max_packet_size) = match connection.packet()? {
            Packet::Connack(connack) if connack.reason_code == ReasonCode::SUCCESS => {
                (connack.properties.server_keep_alive(), connack.properties.maximum_packet_size())
            }
            Packet::Connack(connack) => {
                return Err(format!("the server refuses: {}", connack.reason_code).into());
            }
            _ => return Err("the server does not answer with CONNACK".into()),
        };
        connection.input.drain(..len);
        if let Some(secs) = keep_alive {
            connection.ping_after(secs)?; // [MQTT-3.2.2-21]: the server's word counts
        }
        if let Some(size) = max_packet_size {
            connection.peer_max_packet_size = size.get();
        }
        Ok(connection)
    }

    fn ping_after(&mut self, keep_alive_secs: u16) -> io::Result<()> {
        self.ping_after =
            (keep_alive_secs > 0).then(|| Duration::from_millis(u64::from(keep_alive_secs) * 500));
        self.tcp.set_read_timeout(self.ping_after)
    }

    fn send(&mut self, packet: &Packet<'_>) -> Result<()> {
        let mut buffer = vec![0; self.codec.encoded_len(packet)?];
        self.codec.encode(packet, &mut buffer)?;
        self.last_sent = Instant::now();
        self.stream.write_all(&buffer)?;
        Ok(self.stream.flush()?)
    }

    /// Reads until a whole packet lies at the beginning of the input, and returns its length.
    fn wait_for_packet(&mut self) -> Result<usize> {
        let mut silent = 0;
        loop {
            match self.codec.decode(&self.input) {
                Ok(Some((_, len))) => return Ok(len),
                Ok(None) => {} // a part of it
                Err(error) => return Err(self.refuse(error)),
            }
            if self.ping_after.is_some_and(|after| self.last_sent.elapsed() >= after) {
                self.send(&Packet::Pingreq)?;
            }
            let mut chunk = [0; 8192];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err("the server has closed the connection".into()),
                Ok(len) => {
                    self.input.extend_from_slice(&chunk[..len]);
                    silent = 0;
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    silent += 1;
                    if silent > 2 {
                        return Err("the server does not answer pings".into());
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// The packet that [`wait_for_packet`](Self::wait_for_packet) has found; it borrows the input.
    fn packet(&self) -> Result<Packet<'_>> {
        match self.codec.decode(&self.input)? {
            Some((packet, _)) => Ok(packet),
            None => Err("no whole packet has been read".into()),
        }
    }

    /// Tells a 5.0 server what is wrong with its packet; in 3.1.1 the connection just ends.
    fn refuse(&mut self, error: mqtt_codec::DecodeError) -> Box<dyn Error> {
        let mut buffer = [0; 16];
        // Not every reason is one that a client may give.
        for reason in [error.reason_code(), ReasonCode::PROTOCOL_ERROR] {
            let last = Packet::Disconnect(Disconnect::new(reason));
            if let Ok(len) = self.codec.encode(&last, &mut buffer) {
                let _ = self.stream.write_all(&buffer[..len]); // it may be gone already
                let _ = self.stream.close();
                break;
            }
        }
        format!("the server sent {error} [{}]", error.rule()).into()
    }

    /// Ends the connection in good order: no will is published.
    fn close(mut self) -> Result<()> {
        self.send(&Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)))?;
        Ok(self.stream.close()?)
    }
}
