//! A client and a server with what an application keeps, and the network between them.

use std::collections::{BTreeMap, VecDeque};

use mqtt_codec::session::{
    Client, Event, Message, Receipt, SendError, Server, SessionError, Settings,
};
use mqtt_codec::{Connack, Connect, List, Property, QoS, ReasonCode, Text, TopicName, Version};

use crate::random::Random;

pub(crate) const N: usize = 4;
const OUT: usize = 256;

/// What an application keeps on its disk, together with the session's snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    snapshot: Vec<u8>,
    /// Messages that it wants to send, by handle.
    outbox: BTreeMap<u32, QoS>,
    /// The first that was not given to the session.
    next: u32,
    /// Handles of the messages that it has taken.
    pub(crate) taken: Vec<(u32, QoS)>,
}

/// Either machine: what the application does with it is the same.
pub(crate) enum Machine {
    Client(Client<'static, N>),
    Server(Server<'static, N>),
}

macro_rules! each {
    ($machine:expr, $m:ident => $call:expr) => {
        match $machine {
            Machine::Client($m) => $call,
            Machine::Server($m) => $call,
        }
    };
}

/// One side: what is lost when the power fails, and what is not.
pub(crate) struct Side {
    pub(crate) machine: Machine,
    pub(crate) version: Version,
    pub(crate) disk: Disk,
    /// As on the disk, and what has changed since.
    pub(crate) memory: Disk,
    unacknowledged: VecDeque<(Receipt, u32, QoS)>,
    /// Received and not taken by the machine.
    input: Vec<u8>,
    /// Sent, and still on the way.
    pub(crate) wire: VecDeque<u8>,
    pub(crate) is_open: bool,
    /// A server's session while its client is absent.
    absent: Option<Server<'static, N>>,
    /// A payload that comes in pieces.
    partial: Option<(Option<Receipt>, QoS, Vec<u8>)>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

pub(crate) fn settings() -> Settings {
    Settings::DEFAULT.with_persistent(true).with_buffer(64)
}

impl Side {
    pub(crate) fn new(machine: Machine, version: Version, messages: &[QoS]) -> Self {
        let outbox = messages.iter().enumerate().map(|(n, qos)| (n as u32, *qos)).collect();
        let disk = Disk { outbox, ..Disk::default() };
        let mut side = Self {
            machine,
            version,
            memory: disk.clone(),
            disk,
            unacknowledged: VecDeque::new(),
            input: Vec::new(),
            wire: VecDeque::new(),
            is_open: false,
            absent: None,
            partial: None,
            counts: BTreeMap::new(),
        };
        side.save();
        side
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The power fails: memory is gone.
    pub(crate) fn restart(&mut self, now_ms: u64) {
        self.count("restart");
        self.memory = self.disk.clone();
        self.absent = None;
        self.machine = match &self.machine {
            Machine::Client(_) => Machine::Client(
                Client::restore(self.version, settings(), &self.disk.snapshot).unwrap(),
            ),
            Machine::Server(_) => {
                let absent = Server::restore(settings(), &self.disk.snapshot, now_ms).unwrap();
                self.absent = Some(absent).filter(Server::has_session);
                Machine::Server(Server::new(settings(), now_ms))
            }
        };
        self.forget_connection();
    }

    pub(crate) fn forget_connection(&mut self) {
        self.unacknowledged.clear();
        self.input.clear();
        self.wire.clear();
        self.partial = None;
        self.is_open = false;
    }

    pub(crate) fn connect(&mut self, now_ms: u64) {
        let mut out = [0; OUT];
        self.count("connect");
        match &mut self.machine {
            Machine::Client(client) => {
                client.assume_session();
                let [receive, size, aliases] = client.announcements();
                let expiry = Property::SessionExpiryInterval(u32::MAX);
                let properties = [expiry, receive, size, aliases];
                let connect = Connect {
                    clean_start: false,
                    keep_alive: 60,
                    properties: match self.version {
                        Version::V3 => List::EMPTY,
                        Version::V5 => List::new(&properties),
                    },
                    ..Connect::new(self.version, Text::from_static("client"))
                };
                let len = client.connect(&connect, now_ms, &mut out).unwrap();
                self.wire.extend(&out[..len]);
            }
            Machine::Server(server) => {
                let mut before = core::mem::replace(server, Server::new(settings(), now_ms));
                before.ended(now_ms);
                if before.has_session() {
                    self.absent = Some(before);
                }
            }
        }
        self.is_open = true;
    }

    /// Bytes arrive.
    pub(crate) fn receive(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), SessionError> {
        self.input.extend_from_slice(bytes);
        loop {
            let held = self.input.clone();
            let window = &held[..held.len().min(64)];
            let (taken, event) = each!(&mut self.machine, m => m.handle_input(window, now_ms))?;
            self.input.drain(..taken);
            if let Some(event) = event {
                self.event(event, now_ms);
            } else if taken == 0 {
                return Ok(());
            }
        }
    }

    fn event(&mut self, event: Event<'_>, now_ms: u64) {
        match event {
            Event::Connect(_) => {
                self.count("Connect");
                let Machine::Server(server) = &mut self.machine else { panic!() };
                let kept = self.absent.is_some();
                if let Some(mut absent) = self.absent.take() {
                    server.resume(&mut absent, 0).unwrap();
                }
                let properties = server.announcements();
                let connack = Connack {
                    properties: match self.version {
                        Version::V3 => List::EMPTY,
                        Version::V5 => List::new(&properties),
                    },
                    ..Connack::new(kept, ReasonCode::SUCCESS)
                };
                let mut out = [0; OUT];
                let len = server.accept(&connack, now_ms, &mut out).unwrap();
                self.wire.extend(&out[..len]);
            }
            Event::Connack(connack) => {
                assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
                self.count(if connack.session_present { "resumed" } else { "Connack" });
                if !connack.session_present {
                    // What was in flight is forgotten, and published again.
                    self.memory.next =
                        self.memory.outbox.keys().next().copied().unwrap_or(u32::MAX);
                }
            }
            Event::Publish { publish, receipt } => {
                self.count("Publish");
                self.arrived(receipt, publish.delivery.qos(), publish.payload);
            }
            Event::PublishHead { publish, receipt, .. } => {
                self.count("PublishHead");
                self.partial = Some((receipt, publish.delivery.qos(), Vec::new()));
            }
            Event::Payload { bytes, remaining } => {
                let (id, qos, mut payload) = self.partial.take().unwrap();
                payload.extend_from_slice(bytes);
                match remaining {
                    0 => self.arrived(id, qos, &payload),
                    _ => self.partial = Some((id, qos, payload)),
                }
            }
            Event::Arrived { .. } => self.count("Arrived"),
            Event::Done { handle, reason_code, .. } => {
                assert!(
                    !reason_code.is_error()
                        || reason_code == ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
                );
                self.count("Done");
                self.memory.outbox.remove(&handle);
            }
            event => panic!("{event:?}"),
        }
    }

    fn arrived(&mut self, id: Option<Receipt>, qos: QoS, payload: &[u8]) {
        let handle = u32::from_be_bytes(*payload.first_chunk().unwrap());
        match id {
            Some(id) => self.unacknowledged.push_back((id, handle, qos)),
            None => self.memory.taken.push((handle, qos)),
        }
    }

    /// The application does something, or not.
    pub(crate) fn act(&mut self, random: &mut Random, now_ms: u64) {
        if !self.is_open {
            return;
        }
        let mut out = [0; OUT];
        if random.one_in(2) && !self.unacknowledged.is_empty() {
            // In any order.
            let at = random.below(self.unacknowledged.len() as u64) as usize;
            let (id, handle, qos) = self.unacknowledged.remove(at).unwrap();
            self.memory.taken.push((handle, qos));
            each!(&mut self.machine, m => m.acknowledge(id, ReasonCode::SUCCESS)).unwrap();
            self.count("acknowledge");
        }
        if random.one_in(2) {
            if let Some((&handle, &qos)) = self.memory.outbox.range(self.memory.next..).next() {
                let payload = payload(handle);
                let message = Message::new(TopicName::from_static("t"), qos, &payload);
                match each!(&mut self.machine, m => m.publish(&message, handle, now_ms, &mut out)) {
                    Ok(len) => {
                        self.count("publish");
                        self.memory.next = handle + 1;
                        self.wire.extend(&out[..len]);
                        if qos == QoS::AtMostOnce {
                            self.memory.outbox.remove(&handle);
                            self.disk.outbox.remove(&handle); // never twice
                        }
                    }
                    Err(SendError::Full) => self.count("Full"),
                    Err(SendError::Quota) => self.count("Quota"),
                    Err(SendError::OutOfTurn) => assert!(!self.is_connected()),
                    Err(error) => panic!("{error}"),
                }
            }
        }
        while let Some(event) = each!(&mut self.machine, m => m.poll_event()) {
            match event {
                Event::Persist => {
                    if random.one_in(3) {
                        break; // the disk is slow
                    }
                    self.count("Persist");
                    self.save();
                }
                Event::Send { handle, .. } => {
                    let qos = self.memory.outbox[&handle];
                    let payload = payload(handle);
                    let message = Message::new(TopicName::from_static("t"), qos, &payload);
                    let send =
                        each!(&mut self.machine, m => m.send(&message, handle, now_ms, &mut out));
                    self.count("Send");
                    self.wire.extend(&out[..send.unwrap()]);
                }
                event => panic!("{event:?}"),
            }
        }
        self.transmit(now_ms);
    }

    pub(crate) fn transmit(&mut self, now_ms: u64) {
        let mut out = [0; OUT];
        while let Some(len) =
            each!(&mut self.machine, m => m.poll_transmit(now_ms, &mut out)).unwrap()
        {
            self.wire.extend(&out[..len]);
        }
    }

    fn save(&mut self) {
        let mut snapshot = vec![0; Client::<N>::SNAPSHOT];
        let len = each!(&mut self.machine, m => m.snapshot(&mut snapshot)).unwrap();
        self.memory.snapshot = snapshot[..len].to_vec();
        self.disk = self.memory.clone();
        each!(&mut self.machine, m => m.persisted());
    }

    pub(crate) fn is_connected(&self) -> bool {
        each!(&self.machine, m => m.is_connected())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.memory.outbox.is_empty() && self.unacknowledged.is_empty()
    }
}

/// Some are longer than the buffer.
fn payload(handle: u32) -> Vec<u8> {
    let mut payload = handle.to_be_bytes().to_vec();
    payload.resize(4 + (handle as usize * 37) % 120, b'x');
    payload
}
