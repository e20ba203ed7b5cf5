//! What the bytes between two sessions must hold, read by the codec alone: nothing here asks a machine.

use std::collections::{BTreeMap, VecDeque};

use mqtt_codec::{AckKind, Codec, Packet, Publish, QoS, ReasonCode, Suback, Unsuback, Version};

use crate::desk::Wanted;
use crate::model::{CLIENT, Model, Past, SERVER, Use, Waits, number_of};

/// What must be on the disk before a byte goes out: messages that were taken, and that are wanted.
pub(crate) struct Promises<'a> {
    pub(crate) taken: &'a [u32],
    pub(crate) wanted: &'a [Wanted],
}

/// One side of one connection.
pub(crate) struct Watch {
    who: usize,
    version: Version,
    out: Tap,
    input: Tap,
    /// What the peer takes.
    receive_maximum: usize,
    packet_size: usize,
    aliases: u16,
    qos: QoS,
    retain: bool,
    wants_reasons: bool,
    quota: Vec<u16>,
    names: BTreeMap<u16, Vec<u8>>,
    /// The last message that went out, by QoS.
    last: [u32; 3],
    /// Owed: PUBACK and PUBREC in the order of their messages, PUBREC once more, PUBREL, PUBCOMP.
    puback: VecDeque<(u16, u32)>,
    pubrec: VecDeque<(u16, u32)>,
    pubrel: VecDeque<u16>,
    /// PUBREL was sent.
    released: Vec<u16>,
    pubcomp: Vec<(u16, bool)>,
    unknown: Vec<u16>,
    /// PUBRECs that were sent, for messages of this connection too.
    is_begun: bool,
    pub(crate) is_connected: bool,
    pub(crate) is_over: bool,
    pub(crate) pings: usize,
    pub(crate) last_out: u64,
    pub(crate) last_in: u64,
    /// PINGREQ went out and was not answered.
    pub(crate) asked: Option<u64>,
    /// It is due.
    pub(crate) owes_ping: bool,
}

/// Packets out of bytes that come in pieces.
#[derive(Default)]
struct Tap(Vec<u8>);

impl Watch {
    pub(crate) fn new(who: usize, version: Version, now_ms: u64) -> Self {
        Self {
            who,
            version,
            out: Tap::default(),
            input: Tap::default(),
            receive_maximum: 65_535,
            packet_size: usize::MAX,
            aliases: 0,
            qos: QoS::ExactlyOnce,
            retain: true,
            wants_reasons: true,
            quota: Vec::new(),
            names: BTreeMap::new(),
            last: [0; 3],
            puback: VecDeque::new(),
            pubrec: VecDeque::new(),
            pubrel: VecDeque::new(),
            released: Vec::new(),
            pubcomp: Vec::new(),
            unknown: Vec::new(),
            is_begun: false,
            is_connected: false,
            is_over: false,
            pings: 0,
            last_out: now_ms,
            last_in: now_ms,
            asked: None,
            owes_ping: false,
        }
    }

    /// Codec of who reads what `who` sends.
    fn reader(&self, who: usize) -> Codec {
        match who {
            CLIENT => Codec::server().with_version(self.version),
            _ => Codec::client(self.version),
        }
    }

    /// This side gives bytes to the network. `promises`: where it keeps them on a disk.
    pub(crate) fn sent(
        &mut self,
        bytes: &[u8],
        past: &mut Past,
        model: &mut Model,
        mut promises: Option<Promises<'_>>,
        now_ms: u64,
    ) {
        assert!(!self.is_over, "nothing behind the end");
        self.last_out = now_ms;
        let codec = self.reader(self.who);
        let mut tap = core::mem::take(&mut self.out);
        tap.feed(&codec, bytes, |packet, len| {
            if model.counts.1 {
                println!("{now_ms} {} sends {packet:?}", ["client", "server"][self.who]);
            }
            assert!(len <= self.packet_size, "a packet of {len} above {}", self.packet_size);
            self.packet_sent(packet, past, model, &mut promises, now_ms);
        });
        self.out = tap;
    }

    fn packet_sent(
        &mut self,
        packet: &Packet<'_>,
        past: &mut Past,
        model: &mut Model,
        promises: &mut Option<Promises<'_>>,
        now_ms: u64,
    ) {
        match packet {
            Packet::Connect(connect) => {
                assert!(!self.is_begun);
                if connect.clean_start {
                    past.session_ends();
                }
            }
            Packet::Connack(connack) => {
                assert!(!self.is_connected);
                self.is_connected = !connack.reason_code.is_error();
                self.is_over = connack.reason_code.is_error();
                if self.is_connected && !connack.session_present {
                    past.session_ends();
                }
            }
            Packet::Auth(_) => self.last_in = now_ms, // time begins for its answer
            Packet::Disconnect(_) => {
                assert!(self.is_connected || self.who == CLIENT);
                self.is_over = true;
            }
            _ => assert!(self.is_connected, "{packet:?} too early"),
        }
        assert!(self.is_begun || self.who == SERVER || matches!(packet, Packet::Connect(_)));
        self.is_begun = true;
        match packet {
            Packet::Publish(publish) => self.publish_sent(publish, past, model, promises),
            Packet::Ack(ack) => {
                let (id, is_error) = (ack.id.get(), ack.reason_code.is_error());
                match ack.kind {
                    AckKind::Puback | AckKind::Pubrec => {
                        let number = self.acknowledgement_sent(ack.kind, id, is_error, past);
                        if let (Some(promises), false) = (promises, is_error) {
                            assert!(promises.taken.contains(&number), "a promise not kept");
                        }
                    }
                    AckKind::Pubrel => self.pubrel_sent(id, ack.reason_code, past, model),
                    AckKind::Pubcomp => {
                        let at = self.pubcomp.iter().position(|one| one.0 == id);
                        let (_, was_known) = self.pubcomp.remove(at.expect("PUBCOMP for nothing"));
                        assert!(!(was_known && is_error), "PUBCOMP does not know its message");
                        model.counts.add("PUBCOMP", if is_error { "unknown" } else { "known" });
                    }
                }
            }
            Packet::Suback(Suback { properties, .. })
            | Packet::Unsuback(Unsuback { properties, .. }) => {
                let is_told = !properties.is_empty();
                assert!(self.wants_reasons || !is_told, "a reason that nobody asked for");
                model.counts.add("reason", if is_told { "told" } else { "left out" });
            }
            Packet::Subscribe(subscribe) => self.request_sent(subscribe.id.get(), past),
            Packet::Unsubscribe(unsubscribe) => self.request_sent(unsubscribe.id.get(), past),
            Packet::Pingreq => {
                assert!(core::mem::take(&mut self.owes_ping), "PINGREQ too early");
                self.asked = Some(now_ms);
            }
            Packet::Pingresp => {
                assert!(self.pings > 0, "PINGRESP for nothing");
                self.pings -= 1;
            }
            _ => {}
        }
    }

    fn publish_sent(
        &mut self,
        publish: &Publish<'_>,
        past: &mut Past,
        model: &mut Model,
        promises: &mut Option<Promises<'_>>,
    ) {
        let (number, qos) = (number_of(publish.payload), publish.delivery.qos());
        let one = &mut model.instances[number as usize];
        assert_eq!((one.from, one.qos, one.retain), (self.who, qos, publish.retain));
        assert!(qos as u8 <= self.qos as u8 && (self.retain || !publish.retain), "not allowed");
        let mut name = publish.topic.as_bytes().to_vec();
        if let Some(alias) = publish.properties.topic_alias() {
            assert!(alias.get() <= self.aliases, "alias {alias} above {}", self.aliases);
            if name.is_empty() {
                name = self.names[&alias.get()].clone();
                model.counts.add("alias", "used");
            } else {
                self.names.insert(alias.get(), name.clone());
                model.counts.add("alias", "set");
            }
        }
        assert_eq!(name, one.topic.as_bytes());
        assert!(number + 1 > self.last[qos as usize], "message {number} out of order, or twice");
        self.last[qos as usize] = number + 1;
        let Some(id) = publish.delivery.packet_id().map(|id| id.get()) else {
            assert!(!one.is_sent, "QoS 0 twice");
            one.is_sent = true;
            return;
        };
        match (one.is_sent, publish.delivery.dup()) {
            (true, false) => panic!("message {number} again, without DUP"),
            (false, true) => assert!(one.perhaps, "message {number} with DUP for the first time"),
            _ => {}
        }
        one.is_sent = true;
        let waits = if qos == QoS::ExactlyOnce { Waits::Pubrec } else { Waits::Puback };
        if let Some(known) = past.in_use.get(&id) {
            assert_eq!(known.number, number, "identifier {id} is in use");
            assert!(known.waits == waits || known.perhaps, "PUBLISH behind PUBREC");
        }
        past.in_use.insert(id, Use { number, waits, perhaps: false });
        self.quota.push(id);
        assert!(self.quota.len() <= self.receive_maximum, "more than Receive Maximum");
        if let Some(promises) = promises {
            assert!(
                promises.wanted.iter().any(|one| one.number == Some(number)),
                "sent before it was kept"
            );
        }
    }

    /// A PUBLISH of QoS 1 or 2 begins: what was promised before goes first.
    pub(crate) fn publish_begins(&self, past: &Past) {
        let is_owed = |(id, one): (&u16, &Use)| {
            one.waits == Waits::Pubcomp && !one.perhaps && !self.released.contains(id)
        };
        assert!(self.pubrel.is_empty() && !past.in_use.iter().any(is_owed), "before PUBREL");
    }

    fn acknowledgement_sent(
        &mut self,
        kind: AckKind,
        id: u16,
        is_error: bool,
        past: &mut Past,
    ) -> u32 {
        if kind == AckKind::Puback {
            let (first, number) = self.puback.pop_front().expect("PUBACK for nothing");
            assert_eq!(first, id, "PUBACK out of order");
            return number;
        }
        let (first, number) = self.pubrec.pop_front().expect("PUBREC for nothing");
        assert_eq!(first, id, "PUBREC out of order");
        let was_promised = past.promised.contains_key(&id);
        assert!(!(was_promised && is_error), "a message is refused that was taken");
        if !is_error {
            past.promised.insert(id, number);
        }
        number
    }

    fn pubrel_sent(&mut self, id: u16, reason: ReasonCode, past: &mut Past, model: &mut Model) {
        if let Some(at) = self.unknown.iter().position(|unknown| *unknown == id) {
            self.unknown.remove(at);
            model.counts.add("PUBREL", "unknown");
            return;
        }
        assert_eq!(reason, ReasonCode::SUCCESS);
        self.released.push(id);
        match past.in_use.get_mut(&id) {
            Some(one) => {
                assert!(one.waits == Waits::Pubcomp || one.perhaps, "PUBREL before PUBREC");
                one.waits = Waits::Pubcomp;
            }
            None => assert!(past.has_restarted, "PUBREL for nothing"),
        }
        if self.pubrel.contains(&id) {
            assert_eq!(self.pubrel.pop_front(), Some(id), "PUBREL out of order");
            model.counts.add("PUBREL", "PUBREC");
        } else {
            model.counts.add("PUBREL", "resumed");
        }
    }

    fn request_sent(&mut self, id: u16, past: &mut Past) {
        let one = Use { number: 0, waits: Waits::Answer, perhaps: false };
        assert!(past.in_use.insert(id, one).is_none(), "identifier {id} is in use");
    }

    /// This side's session has taken bytes.
    pub(crate) fn taken(&mut self, bytes: &[u8], past: &mut Past, model: &mut Model, now_ms: u64) {
        if bytes.is_empty() {
            return;
        }
        self.last_in = now_ms;
        let codec = self.reader(1 - self.who);
        let mut tap = core::mem::take(&mut self.input);
        tap.feed(&codec, bytes, |packet, _| {
            if model.counts.1 {
                println!("{now_ms} {} takes {packet:?}", ["client", "server"][self.who]);
            }
            self.packet_taken(packet, past, model, now_ms);
        });
        self.input = tap;
    }

    fn packet_taken(
        &mut self,
        packet: &Packet<'_>,
        past: &mut Past,
        model: &mut Model,
        now_ms: u64,
    ) {
        if self.is_over {
            return; // behind the end
        }
        let limits = match packet {
            Packet::Connect(connect) => connect.properties,
            Packet::Connack(connack) => {
                self.is_connected = !connack.reason_code.is_error();
                self.is_over = connack.reason_code.is_error();
                self.last_out = now_ms; // its own time begins
                if self.is_connected && !connack.session_present {
                    past.session_ends();
                }
                connack.properties
            }
            Packet::Publish(publish) => return self.publish_taken(publish, past, model),
            Packet::Ack(ack) => {
                return self.ack_taken(ack.kind, ack.id.get(), ack.reason_code, past, model);
            }
            Packet::Suback(Suback { id, .. }) | Packet::Unsuback(Unsuback { id, .. }) => {
                past.in_use.remove(&id.get());
                return;
            }
            Packet::Pingreq => return self.pings += 1,
            Packet::Pingresp => return self.asked = None,
            Packet::Disconnect(_) => return self.is_over = true,
            _ => return,
        };
        self.receive_maximum = limits.receive_maximum().map_or(65_535, |n| n.get().into());
        let size = limits.maximum_packet_size();
        self.packet_size = size.map_or(usize::MAX, |size| size.get() as usize);
        self.aliases = limits.topic_alias_maximum().unwrap_or(0);
        self.qos = limits.maximum_qos().unwrap_or(QoS::ExactlyOnce);
        self.retain = limits.retain_available().unwrap_or(true);
        self.wants_reasons = limits.request_problem_information().unwrap_or(true);
    }

    fn publish_taken(&mut self, publish: &Publish<'_>, past: &mut Past, model: &mut Model) {
        let number = number_of(publish.payload);
        let Some(id) = publish.delivery.packet_id().map(|id| id.get()) else { return };
        if publish.delivery.qos() == QoS::AtLeastOnce {
            self.puback.push_back((id, number));
        } else {
            if let Some(known) = past.promised.get(&id) {
                assert_eq!(*known, number, "a new message under an identifier in use");
                model.counts.add("PUBLISH", "promised");
            }
            self.pubrec.push_back((id, number));
        }
    }

    fn ack_taken(
        &mut self,
        kind: AckKind,
        id: u16,
        reason: ReasonCode,
        past: &mut Past,
        model: &mut Model,
    ) {
        if kind == AckKind::Pubrel {
            let was_known = past.promised.remove(&id).is_some();
            self.pubcomp.retain(|one| one.0 != id);
            self.pubcomp.push((id, was_known));
            model.counts.add("PUBREL taken", if was_known { "known" } else { "unknown" });
            return;
        }
        let state = past.in_use.get(&id).copied();
        let from = match state.map(|one| one.waits) {
            None => "nothing",
            Some(Waits::Puback) => "Puback",
            Some(Waits::Pubrec) => "Pubrec",
            Some(Waits::Pubcomp) => "Pubcomp",
            Some(Waits::Answer) => "Answer",
        };
        let kind_name = match (kind, reason.is_error()) {
            (AckKind::Puback, false) => "PUBACK",
            (AckKind::Puback, true) => "PUBACK error",
            (AckKind::Pubrec, false) => "PUBREC",
            (AckKind::Pubrec, true) => "PUBREC error",
            (_, false) => "PUBCOMP",
            (_, true) => "PUBCOMP error",
        };
        model.counts.add(from, kind_name);
        match (kind, state) {
            (AckKind::Pubrec, None) if !reason.is_error() => self.unknown.push(id),
            (AckKind::Pubrec, Some(one)) if !reason.is_error() => {
                past.in_use.insert(id, Use { waits: Waits::Pubcomp, ..one });
                if !self.pubrel.contains(&id) {
                    self.pubrel.push_back(id);
                }
            }
            _ => {
                past.in_use.remove(&id);
                self.quota.retain(|one| *one != id);
            }
        }
    }
}

impl Tap {
    fn feed(&mut self, codec: &Codec, bytes: &[u8], mut each: impl FnMut(&Packet<'_>, usize)) {
        let held = core::mem::take(&mut self.0);
        let joined = if held.is_empty() { None } else { Some([&held[..], bytes].concat()) };
        let mut rest = joined.as_deref().unwrap_or(bytes);
        while let Some((packet, len)) = codec.decode(rest).expect("what the other role decodes") {
            each(&packet, len);
            rest = &rest[len..];
        }
        self.0 = rest.to_vec();
    }
}
