//! An application on either side: what it keeps, what it does with its session, and what it must see.

use std::collections::BTreeMap;

use mqtt_codec::session::{
    Event, Message, Receipt, SendError, Session, SessionError, Settings, Side, Violation,
};
use mqtt_codec::{Delivery, PacketId, Publish, QoS, ReasonCode, TopicName, Version};

use crate::random::Random;
use crate::watch::{CLIENT, Instance, Model, Past, Promises, Watch, number_of};

/// Input is held in so many bytes: some messages are longer.
pub(crate) const BUFFER: usize = 100;
const OUT: usize = 512;
/// Where the answers to SUBSCRIBE are not messages.
pub(crate) const REQUEST: u32 = 1 << 31;

const TOPICS: [&str; 6] =
    ["t", "house/cellar/temperature", "attic/1", "a/b/c/d/e/f/g/h/i/j/k", "wxyz", "garden"];

/// A message that is wanted, as the application keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    handle: u32,
    qos: QoS,
    topic: &'static str,
    retain: bool,
    len: usize,
    /// What it is known by since it was given to the session.
    pub(crate) number: Option<u32>,
    /// The receiver has it: nobody asks for its payload.
    has_arrived: bool,
}

/// What a server knows of the session beside its messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stay {
    /// Seconds; `u32::MAX` for ever.
    pub(crate) expiry: u32,
    /// What the server has said at most.
    pub(crate) longest: u32,
    pub(crate) will: Option<u32>,
    /// Since when the client is absent.
    pub(crate) since: Option<u64>,
    /// The client has shown that it knows of this session.
    pub(crate) is_confirmed: bool,
}

/// What an application keeps in one step with the session's snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) snapshot: Option<Vec<u8>>,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) taken: Vec<u32>,
    pub(crate) stay: Option<Stay>,
}

/// An application, whatever its connections do.
pub(crate) struct Desk {
    pub(crate) who: usize,
    pub(crate) version: Version,
    pub(crate) settings: Settings,
    pub(crate) memory: Kept,
    pub(crate) disk: Kept,
    /// On its way to the disk.
    writing: Option<Kept>,
    pub(crate) past: Past,
    next_handle: u32,
    /// Messages that the peer says it has.
    pub(crate) claims: Vec<(u32, bool)>,
    /// In 3.1.1 nobody says how much it takes; and behind a power cut more can be in flight than the peer
    /// has said, since what was done after the snapshot is not known as done.
    cap: usize,
    /// Bytes of memory for names that are lent: for ours, for theirs.
    pub(crate) lent: (usize, usize),
}

/// One side of one connection.
pub(crate) struct Line {
    pub(crate) link: usize,
    pub(crate) watch: Watch,
    /// For the network.
    pub(crate) out: Vec<u8>,
    /// Received and not taken by the session.
    pub(crate) input: Vec<u8>,
    pub(crate) unacknowledged: Vec<(Receipt, u32, QoS)>,
    partial: Option<Partial>,
    /// A payload that is sent in pieces, and how much of it was.
    sending: Option<(Vec<u8>, usize)>,
    /// Names that this application keeps.
    names: BTreeMap<u16, String>,
}

/// A message that comes in pieces.
struct Partial {
    receipt: Option<Receipt>,
    topic: String,
    head: (Delivery, bool),
    len: usize,
    payload: Vec<u8>,
}

impl Line {
    pub(crate) fn new(link: usize, desk: &Desk, now_ms: u64) -> Self {
        Self {
            link,
            watch: Watch::new(desk.who, desk.version, now_ms),
            out: Vec::new(),
            input: Vec::new(),
            unacknowledged: Vec::new(),
            partial: None,
            sending: None,
            names: BTreeMap::new(),
        }
    }

    pub(crate) const fn is_sending(&self) -> bool {
        self.sending.is_some()
    }
}

impl Desk {
    pub(crate) fn new(who: usize, version: Version, cap: usize, random: &mut Random) -> Self {
        let lent = [(0, 0), (0, 200), (40, 0), (70, 300), (300, 130)][random.below(5) as usize];
        let kept_names = if lent.1 == 0 { random.below(4) as u16 } else { 0 };
        let settings = Settings::DEFAULT
            .with_buffer(BUFFER as u32)
            .with_persistent(!random.one_in(5))
            .with_topic_aliases(kept_names)
            .with_max_packet_size(match version {
                Version::V5 if random.one_in(2) => 90,
                _ => 1000, // 3.1.1 does not say it
            });
        Self {
            who,
            version,
            settings,
            memory: Kept::default(),
            disk: Kept::default(),
            writing: None,
            past: Past::default(),
            next_handle: 0,
            claims: Vec::new(),
            cap,
            lent,
        }
    }

    /// Another message is wanted.
    pub(crate) fn want(&mut self, random: &mut Random) {
        let wanted = Wanted {
            handle: self.next_handle,
            qos: QoS::new(random.below(3) as u8).unwrap(),
            topic: TOPICS[random.below(TOPICS.len() as u64) as usize],
            retain: random.one_in(6),
            len: if random.one_in(4) { random.below(240) } else { random.below(20) } as usize,
            number: None,
            has_arrived: false,
        };
        self.next_handle += 1;
        self.memory.wanted.push(wanted);
    }

    /// The session is gone: what was in flight is wanted again, in a new one.
    pub(crate) fn session_ends(&mut self) {
        for one in &mut self.memory.wanted {
            (one.number, one.has_arrived) = (None, false);
        }
        (self.memory.snapshot, self.memory.stay) = (None, None);
        self.disk = self.memory.clone();
        self.writing = None;
    }

    /// The power fails: memory is gone.
    pub(crate) fn restarts(&mut self, model: &mut Model) {
        self.writing = None;
        if !self.settings.persistent {
            self.past.session_ends();
            return self.session_ends();
        }
        for one in self.memory.wanted.iter().chain(&self.disk.wanted) {
            if let Some(number) = one.number {
                model.instances[number as usize].perhaps = true;
            }
        }
        self.memory = self.disk.clone();
        self.past.restarts();
    }

    /// Bytes go out.
    pub(crate) fn emit(&mut self, line: &mut Line, bytes: &[u8], model: &mut Model, now_ms: u64) {
        let promises = Promises { taken: &self.disk.taken, wanted: &self.disk.wanted };
        let promises = Some(promises).filter(|_| self.settings.persistent);
        line.watch.sent(bytes, &mut self.past, model, promises, now_ms);
        line.out.extend_from_slice(bytes);
    }

    /// Gives bytes to the session: how many it takes, and what is not for all applications.
    pub(crate) fn take<'a, S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        line: &mut Line,
        window: &'a [u8],
        model: &mut Model,
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), SessionError> {
        let (taken, event) = session.handle_input(window, now_ms)?;
        assert!(taken <= window.len() && (taken > 0 || event.is_none()));
        line.watch.taken(&window[..taken], &mut self.past, model, now_ms);
        let Some(event) = event else { return Ok((taken, None)) };
        match event {
            Event::Publish { publish, receipt } => {
                let number = number_of(publish.payload);
                let topic = self.topic(session, line, &publish);
                model.arrives(number, self.who, &topic, (publish.delivery, publish.retain));
                self.has_whole(line, receipt, number, publish.payload, model);
            }
            Event::PublishHead { publish, receipt, payload_len } => {
                assert!(payload_len > 0);
                model.counts.add("payload", "in pieces");
                let topic = self.topic(session, line, &publish);
                let (head, len) = ((publish.delivery, publish.retain), payload_len as usize);
                line.partial = Some(Partial { receipt, topic, head, len, payload: Vec::new() });
                if let Some(receipt) = receipt {
                    let early = session.acknowledge(receipt, ReasonCode::SUCCESS);
                    assert_eq!(early, Err(SendError::OutOfTurn), "before its end");
                }
            }
            Event::Payload { bytes, remaining } => {
                let partial = line.partial.as_mut().unwrap();
                partial.payload.extend_from_slice(bytes);
                assert_eq!(partial.payload.len() + remaining as usize, partial.len);
                if remaining == 0 {
                    let whole = line.partial.take().unwrap();
                    let number = number_of(&whole.payload);
                    model.arrives(number, self.who, &whole.topic, whole.head);
                    self.has_whole(line, whole.receipt, number, &whole.payload, model);
                }
            }
            Event::TopicAlias { alias, topic } => {
                assert_eq!(self.lent.1, 0);
                model.counts.add("alias", "of a known message");
                line.names.insert(alias.get(), topic.to_str().to_owned());
            }
            Event::Arrived { handle } => {
                model.counts.add("event", "Arrived");
                if let Some(one) = self.memory.wanted.iter_mut().find(|one| one.handle == handle) {
                    one.has_arrived = true;
                }
            }
            Event::Done { handle, reason_code, .. } if handle < REQUEST => {
                let at = self.memory.wanted.iter().position(|one| one.handle == handle);
                let Some(at) = at else { return Ok((taken, None)) }; // given up
                let one = self.memory.wanted.remove(at);
                let is_had = reason_code == ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                let is_error = reason_code.is_error() && !is_had;
                model.counts.add("event", if is_error { "Done with an error" } else { "Done" });
                self.claims.push((one.number.expect("it was given"), !is_error));
            }
            event => return Ok((taken, Some(event))),
        }
        Ok((taken, None))
    }

    fn topic<S: Side, const N: usize>(
        &self,
        session: &Session<'_, S, N>,
        line: &mut Line,
        publish: &Publish<'_>,
    ) -> String {
        if self.lent.1 > 0 {
            return session.topic_of(publish).to_str().to_owned();
        }
        let name = publish.topic.to_str().to_owned();
        match publish.properties.topic_alias().map(|alias| alias.get()) {
            Some(alias) if name.is_empty() => line.names[&alias].clone(),
            Some(alias) => {
                line.names.insert(alias, name.clone());
                name
            }
            None => name,
        }
    }

    fn has_whole(
        &mut self,
        line: &mut Line,
        receipt: Option<Receipt>,
        number: u32,
        payload: &[u8],
        model: &mut Model,
    ) {
        assert_eq!(payload, payload_of(number, payload.len() - 4));
        let qos = model.instances[number as usize].qos;
        if let Some(receipt) = receipt {
            let is_here = line.unacknowledged.iter().any(|one| one.1 == number);
            assert!(!is_here, "message {number} was delivered already");
            line.unacknowledged.push((receipt, number, qos));
        } else {
            assert_eq!(qos, QoS::AtMostOnce);
        }
        model.counts.add("delivered", ["QoS 0", "QoS 1", "QoS 2"][qos as usize]);
    }

    /// Says of a message that it is safe, or not wanted.
    pub(crate) fn acknowledge<S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
    ) {
        if line.unacknowledged.is_empty() {
            return;
        }
        // In any order.
        let at = random.below(line.unacknowledged.len() as u64) as usize;
        let (receipt, number, qos) = line.unacknowledged.remove(at);
        let is_refused = random.one_in(8) && self.version == Version::V5;
        let reason = match is_refused {
            true => ReasonCode::QUOTA_EXCEEDED,
            false if random.one_in(4) => ReasonCode::NO_MATCHING_SUBSCRIBERS,
            false => ReasonCode::SUCCESS,
        };
        if session.acknowledge(receipt, reason).is_err() {
            assert!(!session.is_connected());
            return; // it comes again
        }
        assert_eq!(session.acknowledge(receipt, reason), Err(SendError::OutOfTurn), "twice");
        model.counts.add("acknowledge", if is_refused { "refused" } else { "taken" });
        if !is_refused {
            let again = self.memory.taken.contains(&number);
            assert!(!again || qos == QoS::AtLeastOnce, "message {number} of QoS 2 came twice");
            self.memory.taken.push(number);
        }
    }

    /// Gives the next wanted message to the session.
    pub(crate) fn publish<S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let Some(at) = self.memory.wanted.iter().position(|one| one.number.is_none()) else {
            return;
        };
        let one = self.memory.wanted[at];
        let is_kept = one.qos != QoS::AtMostOnce;
        let is_told = self.version == Version::V5 && !self.settings.persistent;
        if is_kept && !is_told && session.in_flight() >= self.cap {
            return;
        }
        let is_ready = session.is_ready();
        let number = model.instances.len() as u32;
        let payload = payload_of(number, one.len);
        let message = one.message(&payload);
        let in_pieces = random.one_in(3);
        let len = payload.len() as u32;
        let result = written(random, |out| match in_pieces {
            true => session.publish_head(&message, len, one.handle, now_ms, out),
            false => session.publish(&message, one.handle, now_ms, out),
        });
        match result {
            Ok(bytes) => {
                assert!(is_ready || !is_kept);
                if model.counts.1 {
                    println!("{now_ms} {} publishes {number}, {:?}", self.who, one.qos);
                }
                model.instances.push(Instance {
                    from: self.who,
                    qos: one.qos,
                    topic: one.topic,
                    retain: one.retain,
                    is_sent: false,
                    perhaps: in_pieces,
                    has_arrived: false,
                    is_given_up: false,
                });
                if is_kept {
                    assert_eq!(bytes.is_empty(), self.settings.persistent);
                    self.memory.wanted[at].number = Some(number);
                } else {
                    self.memory.wanted.remove(at);
                    // Never twice, whatever the disk does.
                    let others = |wanted: &Wanted| wanted.handle != one.handle;
                    self.disk.wanted.retain(others);
                    self.writing.iter_mut().for_each(|kept| kept.wanted.retain(others));
                }
                if !bytes.is_empty() {
                    line.sending = in_pieces.then_some((payload, 0));
                    self.emit(line, &bytes, model, now_ms);
                }
            }
            Err(SendError::Full) => {
                assert!(is_kept && !is_ready && session.in_flight() == N);
                model.counts.add("publish", "Full");
            }
            Err(SendError::Quota) => {
                assert!(is_kept && !is_ready);
                model.counts.add("publish", "Quota");
            }
            Err(SendError::Refused(refusal)) => {
                model.counts.add("refused", refusal_name(refusal));
                self.memory.wanted.remove(at);
            }
            Err(SendError::OutOfTurn) => assert!(!session.is_connected() || line.is_sending()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Answers what the session asks for; what is for a server alone it gives back.
    pub(crate) fn poll<S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        mut line: Option<&mut Line>,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) -> Vec<Event<'static>> {
        let mut others = Vec::new();
        while let Some(event) = session.poll_event() {
            match event {
                Event::Persist => {
                    if let Some(kept) = self.writing.take() {
                        self.disk = kept;
                        session.persisted();
                        continue;
                    }
                    self.writing = Some(self.snapshot(session));
                    model.counts.add("event", "Persist");
                    if random.one_in(3) {
                        return others; // the disk is slow
                    }
                }
                Event::Send { handle, id } => {
                    let line = line.as_deref_mut().expect("a connection");
                    self.send(session, line, (handle, id), random, model, now_ms);
                }
                event => {
                    if let (Event::PublishWill, Some(stay)) = (event, &mut self.memory.stay) {
                        stay.will = None;
                    }
                    others.push(event);
                }
            }
        }
        if self.settings.persistent && others.is_empty() {
            // The server's disk knows of the will and of the expiry what its memory does.
            let of = |kept: &Kept| kept.stay.map(|stay| (stay.will, stay.expiry));
            assert_eq!(of(&self.disk), of(&self.memory));
        }
        // Applications also keep something at other times.
        if self.settings.persistent && self.writing.is_none() && random.one_in(40) {
            self.writing = Some(self.snapshot(session));
        }
        others
    }

    fn snapshot<S: Side, const N: usize>(&self, session: &mut Session<'_, S, N>) -> Kept {
        let mut bytes = vec![0; Session::<'_, S, N>::SNAPSHOT];
        let len = session.snapshot(&mut bytes).expect("the longest fits");
        bytes.truncate(len);
        Kept { snapshot: Some(bytes), ..self.memory.clone() }
    }

    fn send<S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        line: &mut Line,
        (handle, id): (u32, PacketId),
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let found = self.memory.wanted.iter().find(|one| one.handle == handle);
        let one = *found.expect("it is wanted");
        assert!(!one.has_arrived, "asked for again behind Arrived");
        let number = one.number.expect("it was given to the session");
        let payload = payload_of(number, one.len);
        let message = one.message(&payload);
        let (in_pieces, len) = (random.one_in(3), payload.len() as u32);
        let result = written(random, |out| match in_pieces {
            true => session.send_head(&message, len, handle, now_ms, out),
            false => session.send(&message, handle, now_ms, out),
        });
        match result {
            Ok(bytes) => {
                model.counts.add("event", "Send");
                // If the end does not go out, it was tried nevertheless.
                model.instances[number as usize].perhaps |= in_pieces;
                line.sending = in_pieces.then_some((payload, 0));
                self.emit(line, &bytes, model, now_ms);
            }
            Err(SendError::Refused(_)) => {
                model.counts.add("event", "Send, forgotten");
                session.forget(handle).unwrap();
                let given_up = &mut model.instances[number as usize];
                let was_tried = given_up.is_sent || given_up.perhaps;
                given_up.is_given_up = true;
                let was_tried = was_tried && one.qos == QoS::ExactlyOnce;
                self.past.forgotten(id.get(), number, was_tried);
                self.memory.wanted.retain(|one| one.handle != handle);
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The rest of a payload, and what the session owes by itself.
    pub(crate) fn transmit<S: Side, const N: usize>(
        &mut self,
        session: &mut Session<'_, S, N>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        if let Some((payload, at)) = line.sending.take() {
            if !session.is_connected() {
                return; // it is over
            }
            let len = (1 + random.below(60) as usize).min(payload.len() - at);
            self.emit(line, &payload[at..at + len], model, now_ms);
            session.payload_sent(len as u32, now_ms).unwrap();
            if at + len < payload.len() {
                line.sending = Some((payload, at + len));
                assert_eq!(session.poll_transmit(now_ms, &mut [0; OUT]), Ok(None));
                return;
            }
        }
        let mut short = random.one_in(8);
        loop {
            let mut out = [0; OUT];
            let room = if short { random.below(6) as usize } else { OUT };
            match session.poll_transmit(now_ms, &mut out[..room]) {
                Ok(Some(len)) => self.emit(line, &out[..len], model, now_ms),
                Ok(None) => return,
                Err(SendError::BufferTooSmall { needed }) => {
                    assert!(short && needed > room && needed <= 16);
                    short = false;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// A connection of this side is over.
    pub(crate) fn connection_ends(&mut self) {
        self.past.connection_ends();
    }

    pub(crate) fn is_done(&self, line: &Line) -> bool {
        self.memory.wanted.is_empty() && line.unacknowledged.is_empty() && line.sending.is_none()
    }
}

impl Wanted {
    fn message<'a>(&self, payload: &'a [u8]) -> Message<'a> {
        Message::new(TopicName::from_static(self.topic), self.qos, payload).with_retain(self.retain)
    }
}

/// The connection has failed for a reason that peers that keep to the rules give.
pub(crate) fn check_failure(who: usize, error: SessionError) -> &'static str {
    match error {
        SessionError::Violation(Violation::Silence) => "Silence",
        SessionError::Violation(Violation::Lost) => "Lost",
        SessionError::Violation(Violation::SessionPresent) if who == CLIENT => "SessionPresent",
        error => panic!("{error}, {}", error.rule()),
    }
}

/// What a call writes; sometimes into buffers that are too short first.
fn written(
    random: &mut Random,
    mut call: impl FnMut(&mut [u8]) -> Result<usize, SendError>,
) -> Result<Vec<u8>, SendError> {
    let mut out = [0; OUT];
    let mut room = if random.one_in(8) { random.below(40) as usize } else { OUT };
    loop {
        match call(&mut out[..room]) {
            Err(SendError::BufferTooSmall { needed }) => {
                assert!(needed > room);
                room = needed;
            }
            result => return result.map(|len| out[..len].to_vec()),
        }
    }
}

/// Four bytes of its number, and the rest.
fn payload_of(number: u32, len: usize) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.extend((0..len).map(|at| at as u8 ^ number as u8));
    payload
}

fn refusal_name(refusal: mqtt_codec::session::Refusal) -> &'static str {
    use mqtt_codec::session::Refusal;
    match refusal {
        Refusal::PacketTooLarge => "size",
        Refusal::Qos => "QoS",
        Refusal::Retain => "retain",
        other => panic!("{other}"),
    }
}
