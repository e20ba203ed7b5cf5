//! An application on either side: what it keeps, what it does with its session, and what it must see.

use std::collections::BTreeMap;

use mqtt_codec::session::{Event, Receipt, Session, SessionError, Settings, Side, Violation};
use mqtt_codec::{Delivery, QoS, Version};

use crate::model::{CLIENT, Model, Past};
use crate::random::Random;
use crate::watch::{Promises, Watch};

/// Input is held in so many bytes: some messages are longer.
pub(crate) const BUFFER: usize = 100;
/// Where the answers to SUBSCRIBE are not messages.
pub(crate) const REQUEST: u32 = 1 << 31;

const TOPICS: [&str; 6] =
    ["t", "house/cellar/temperature", "attic/1", "a/b/c/d/e/f/g/h/i/j/k", "wxyz", "garden"];

/// A message that is wanted, as the application keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) handle: u32,
    pub(crate) qos: QoS,
    pub(crate) topic: &'static str,
    pub(crate) retain: bool,
    pub(crate) len: usize,
    /// What it is known by since it was given to the session.
    pub(crate) number: Option<u32>,
    /// The receiver has it: nobody asks for its payload.
    pub(crate) has_arrived: bool,
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
    pub(crate) writing: Option<Kept>,
    pub(crate) past: Past,
    next_handle: u32,
    /// Messages that the peer says it has.
    pub(crate) claims: Vec<(u32, bool)>,
    /// In 3.1.1 nobody says how much it takes; and behind a power cut more can be in flight than the peer
    /// has said, since what was done after the snapshot is not known as done.
    pub(crate) cap: usize,
    /// Nothing fails anymore.
    pub(crate) is_calm: bool,
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
    /// The session took nothing of it when it was asked last.
    pub(crate) is_idle: bool,
    pub(crate) unacknowledged: Vec<(Receipt, u32, QoS)>,
    pub(crate) partial: Option<Partial>,
    /// A payload that is sent in pieces, and how much of it was.
    pub(crate) sending: Option<(Vec<u8>, usize)>,
    /// Its rest is not there yet.
    pub(crate) is_stuck: bool,
    /// Names that this application keeps.
    pub(crate) names: BTreeMap<u16, String>,
}

/// A message that comes in pieces.
pub(crate) struct Partial {
    pub(crate) receipt: Option<Receipt>,
    pub(crate) topic: String,
    pub(crate) head: (Delivery, bool),
    pub(crate) len: usize,
    pub(crate) payload: Vec<u8>,
}

impl Line {
    pub(crate) fn new(link: usize, desk: &Desk, now_ms: u64) -> Self {
        Self {
            link,
            watch: Watch::new(desk.who, desk.version, now_ms),
            out: Vec::new(),
            input: Vec::new(),
            is_idle: true,
            unacknowledged: Vec::new(),
            partial: None,
            sending: None,
            is_stuck: false,
            names: BTreeMap::new(),
        }
    }

    /// Nothing of the input will be taken, perhaps since its rest never comes.
    pub(crate) fn is_at_end(&self, random: &mut Random) -> bool {
        self.input.is_empty() || self.is_idle && random.one_in(8)
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
            is_calm: false,
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

    /// Answers what the session asks for; what is for a server alone it gives back.
    pub(crate) fn poll<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
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

    fn snapshot<S: Side, const N: usize, const R: usize>(
        &self,
        session: &mut Session<'_, S, N, R>,
    ) -> Kept {
        let mut bytes = vec![0; Session::<'_, S, N, R>::SNAPSHOT];
        let len = session.snapshot(&mut bytes).expect("the longest fits");
        bytes.truncate(len);
        Kept { snapshot: Some(bytes), ..self.memory.clone() }
    }

    /// A connection of this side is over.
    pub(crate) fn connection_ends(&mut self, line: &Line, model: &mut Model) {
        if line.is_sending() {
            model.counts.add("cut", "within a payload that goes");
        }
        if line.partial.is_some() {
            model.counts.add("cut", "within a payload that comes");
        }
        self.past.connection_ends();
    }

    pub(crate) fn is_done(&self, line: &Line) -> bool {
        self.memory.wanted.is_empty() && line.unacknowledged.is_empty() && line.sending.is_none()
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
