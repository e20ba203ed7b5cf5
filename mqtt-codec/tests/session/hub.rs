//! A server's application: one client's session, and who has it.

use core::num::{NonZeroU16, NonZeroU32};
use std::collections::VecDeque;

use mqtt_codec::session::{Event, SendError, Server, SessionError, Violation};
use mqtt_codec::{
    Auth, Connack, Connect, Disconnect, List, PacketId, Property, QoS, ReasonCode, ReasonCodes,
    Suback, Unsuback, Version,
};

use crate::desk::{BUFFER, Desk, Line, Stay, check_failure};
use crate::phone::{Lender, METHOD};
use crate::random::Random;
use crate::watch::{Model, SERVER};

pub(crate) struct Hub<'m, const N: usize> {
    pub(crate) desk: Desk,
    pub(crate) connections: Vec<Connection<'m, N>>,
    absent: Option<Server<'static, N>>,
    lender: Lender<'m>,
}

/// A connection, of a client that has not said its name yet, or of ours.
pub(crate) struct Connection<'m, const N: usize> {
    session: Server<'m, N>,
    pub(crate) line: Line,
    asked: Option<Asked>,
    /// It has the session: it was accepted, or is about to.
    has_resumed: bool,
    is_accepted: bool,
    keep_alive_ms: u64,
    /// SUBSCRIBEs and UNSUBSCRIBEs to answer.
    requests: VecDeque<(bool, PacketId, usize)>,
}

/// What CONNECT has said.
#[derive(Clone, Copy)]
struct Asked {
    clean_start: bool,
    expiry: u32,
    will: Option<u32>,
    keep_alive: u16,
    has_method: bool,
    /// Steps of the authentication that are still to go.
    steps: u64,
    is_client_to_answer: bool,
}

impl<'m, const N: usize> Hub<'m, N> {
    pub(crate) fn new(desk: Desk, lender: Lender<'m>) -> Self {
        Self { desk, connections: Vec::new(), absent: None, lender }
    }

    /// A client that has not said its name yet.
    pub(crate) fn opened(&mut self, link: usize, now_ms: u64) {
        let mut session = Server::new(self.desk.settings, now_ms);
        let (ours, theirs) = self.desk.lent;
        session.lend_aliases(self.lender.lend(ours), self.lender.lend(theirs));
        self.connections.push(Connection {
            session,
            line: Line::new(link, &self.desk, now_ms),
            asked: None,
            has_resumed: false,
            is_accepted: false,
            keep_alive_ms: 0,
            requests: VecDeque::new(),
        });
    }

    /// The connection is gone; its session waits, or ends.
    pub(crate) fn cut(&mut self, link: usize, random: &mut Random, model: &mut Model, now_ms: u64) {
        let at = self.connections.iter().position(|one| one.line.link == link);
        if let Some(at) = at {
            let one = self.connections.remove(at);
            self.ended(one, random, model, now_ms);
        }
    }

    fn ended(
        &mut self,
        mut one: Connection<'m, N>,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        self.desk.connection_ends();
        one.session.ended(now_ms);
        let is_ours = one.is_accepted || one.has_resumed;
        assert!(is_ours || one.session.poll_timeout().is_none());
        if !is_ours {
            assert_eq!(one.session.poll_event(), None);
            return;
        }
        let stay = self.desk.memory.stay.as_mut().expect("a session");
        if one.is_accepted {
            stay.since = Some(now_ms);
        }
        assert!(self.absent.is_none());
        self.absent = Some(one.session.absent(now_ms));
        self.look(random, model, now_ms);
        // A client that has not heard of this session would not know that the one before is gone.
        if self.desk.memory.stay.is_some_and(|stay| !stay.is_confirmed) {
            model.counts.add("session", "not confirmed");
            self.end_session(random, model, now_ms);
        }
    }

    /// What the absent client's session says, now that it was told how late it is: exactly what is due.
    fn look(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        let Some(absent) = &mut self.absent else { return };
        let stay = self.desk.memory.stay.expect("a session");
        let events = self.desk.poll(absent, None, random, model, now_ms);
        let since = stay.since.expect("absent");
        let at = |secs: u32| since + u64::from(secs) * 1000;
        let end = (stay.expiry < u32::MAX).then(|| at(stay.expiry));
        let will = stay.will.map(|delay| at(delay.min(stay.expiry)));
        let is_end_due = end.is_some_and(|end| now_ms >= end);
        let is_will_due = will.is_some_and(|will| now_ms >= will);
        let mut due = Vec::new();
        due.extend(is_will_due.then_some(Event::PublishWill));
        due.extend(is_end_due.then_some(Event::SessionEnded));
        assert_eq!(events, due, "{stay:?} at {now_ms}");
        if is_will_due {
            model.counts.add("will", if is_end_due { "at the end" } else { "published" });
        }
        let absent = self.absent.as_ref().unwrap();
        assert_eq!(absent.has_session(), !is_end_due);
        assert_eq!(absent.has_will(), stay.will.is_some() && !is_will_due);
        let next = will.filter(|_| !is_will_due).into_iter().chain(end).min();
        if is_end_due {
            model.counts.add("session", "expired");
            self.absent = None;
            self.session_is_gone();
        } else {
            assert_eq!(absent.poll_timeout(), next);
        }
    }

    fn session_is_gone(&mut self) {
        self.desk.session_ends();
    }

    /// Ends an absent client's session at once.
    pub(crate) fn end_session(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        let Some(mut absent) = self.absent.take() else { return };
        assert!(absent.end_session() && !absent.end_session());
        let will = self.desk.memory.stay.expect("a session").will;
        let events = self.desk.poll(&mut absent, None, random, model, now_ms);
        let mut due = Vec::new();
        due.extend(will.map(|_| Event::PublishWill));
        due.push(Event::SessionEnded);
        assert_eq!(events, due);
        model.counts.add("session", "ended");
        self.session_is_gone();
    }

    /// The power fails. What was sent and did not arrive is gone with it.
    pub(crate) fn restart(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        self.connections.clear();
        self.absent = None;
        self.desk.restarts(model);
        if let Some(snapshot) = &self.desk.disk.snapshot {
            let restored = Server::restore(self.desk.settings, snapshot, now_ms).unwrap();
            self.absent = Some(restored.absent(now_ms));
            let stay = self.desk.memory.stay.as_mut().expect("kept with the snapshot");
            stay.since = Some(now_ms);
            self.look(random, model, now_ms);
            if self.desk.memory.stay.is_some_and(|stay| !stay.is_confirmed) {
                self.end_session(random, model, now_ms);
            }
        } else {
            self.session_is_gone();
            self.desk.past.session_ends();
        }
    }

    /// The client has ended its direction behind all that it has sent.
    pub(crate) fn eof(&mut self, link: usize, random: &mut Random, model: &mut Model, now_ms: u64) {
        let one = self.connections.iter_mut().find(|one| one.line.link == link);
        if let Some(one) = one {
            let is_over = one.session.wants_close();
            match one.session.handle_eof() {
                Err(error) => model.counts.add("server failed", check_failure(SERVER, error)),
                Ok(()) => assert!(is_over),
            }
            self.cut(link, random, model, now_ms);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        let one = self.connections.iter().find(|one| one.is_accepted);
        one.is_some_and(|one| {
            let is_empty = one.line.input.is_empty() && one.session.in_flight() == 0;
            is_empty && self.desk.is_done(&one.line)
        })
    }

    /// Time passes for the session of an absent client.
    pub(crate) fn time(
        &mut self,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        if let Some(absent) = &mut self.absent {
            if is_calm || !random.one_in(4) {
                absent.handle_timeout(now_ms);
                self.look(random, model, now_ms);
            }
        }
    }

    /// Time passes for a connection, bytes come, the application does something. True if it wants to
    /// close.
    pub(crate) fn step(
        &mut self,
        at: usize,
        bytes: &[u8],
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) -> bool {
        let mut one = self.connections.remove(at);
        let is_awake = is_calm || !random.one_in(4);
        if is_awake {
            one.time(&self.desk, model, now_ms);
        }
        one.line.input.extend_from_slice(bytes);
        self.receive(&mut one, is_calm, random, model, now_ms);
        let Connection { session, line, .. } = &mut one;
        if random.one_in(2) {
            self.desk.acknowledge(session, line, random, model);
        }
        if random.one_in(2) && self.desk.memory.stay.is_some() {
            self.desk.publish(session, line, random, model, now_ms);
        }
        one.answer(&mut self.desk, is_calm, random, model, now_ms);
        let can_go_on = one.session.error().is_none() && !one.session.wants_close();
        if can_go_on && one.authenticate(&mut self.desk, random, model, now_ms) {
            self.decide(&mut one, is_calm, random, model, now_ms);
        }
        let Connection { session, line, is_accepted, .. } = &mut one;
        if *is_accepted {
            let others = self.desk.poll(session, Some(line), random, model, now_ms);
            assert_eq!(others, []);
        }
        if is_awake || random.one_in(2) {
            self.desk.transmit(session, line, random, model, now_ms);
        }
        let is_over = session.wants_close();
        self.connections.insert(at.min(self.connections.len()), one);
        is_over
    }

    fn receive(
        &mut self,
        one: &mut Connection<'m, N>,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let (held, mut at) = (core::mem::take(&mut one.line.input), 0);
        loop {
            let window = &held[at..held.len().min(at + BUFFER)];
            let taken = self.desk.take(&mut one.session, &mut one.line, window, model, now_ms);
            let event = match taken {
                Ok((0, None)) => break,
                Ok((taken, event)) => {
                    at += taken;
                    event
                }
                Err(error) => {
                    model.counts.add("server failed", check_failure(SERVER, error));
                    assert_eq!(one.session.handle_input(&[], now_ms), Err(error), "again");
                    break;
                }
            };
            // DISCONNECT can come from a client that has waited for CONNACK in vain.
            let is_last = matches!(event, Some(Event::Disconnect(_)));
            if let (Some(stay), true) = (&mut self.desk.memory.stay, one.is_accepted && !is_last) {
                stay.is_confirmed = true;
            }
            match event {
                None => {}
                Some(Event::Connect(connect)) => {
                    self.connects(one, &connect, is_calm, random, model, now_ms);
                }
                Some(Event::Auth(_)) => {
                    model.counts.add("AUTH", "to the server");
                    let asked = one.asked.as_mut().unwrap();
                    asked.is_client_to_answer = false;
                    if one.is_accepted && asked.steps == 0 {
                        asked.steps = random.below(2);
                    }
                }
                Some(Event::Subscribe(subscribe)) => {
                    let filters = subscribe.subscriptions.iter().count();
                    one.requests.push_back((true, subscribe.id, filters));
                }
                Some(Event::Unsubscribe(unsubscribe)) => {
                    let filters = unsubscribe.filters.iter().count();
                    one.requests.push_back((false, unsubscribe.id, filters));
                }
                Some(Event::Disconnect(disconnect)) => {
                    model.counts.add("DISCONNECT", "to the server");
                    let is_ours = one.is_accepted || one.has_resumed;
                    if let (Some(stay), true) = (&mut self.desk.memory.stay, is_ours) {
                        if disconnect.reason_code == ReasonCode::NORMAL_DISCONNECTION {
                            stay.will = None;
                        }
                        let expiry = disconnect.properties.session_expiry_interval();
                        stay.expiry = expiry.map_or(stay.expiry, |secs| secs.min(stay.longest));
                    }
                }
                Some(event) => panic!("{event:?}"),
            }
            if random.one_in(8) {
                break; // the rest later
            }
        }
        one.line.input = held[at..].to_vec();
    }

    fn connects(
        &mut self,
        one: &mut Connection<'m, N>,
        connect: &Connect<'_>,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let asked = Asked {
            clean_start: connect.clean_start,
            expiry: match connect.version {
                Version::V3 if connect.clean_start => 0,
                Version::V3 => u32::MAX,
                Version::V5 => connect.properties.session_expiry_interval().unwrap_or(0),
            },
            will: connect.will.map(|will| will.properties.will_delay_interval().unwrap_or(0)),
            keep_alive: connect.keep_alive,
            has_method: connect.properties.authentication_method().is_some(),
            steps: random.below(3),
            is_client_to_answer: false,
        };
        one.asked = Some(asked);
        self.take_over(random, model, now_ms);
        if let Some(absent) = &mut self.absent {
            absent.handle_timeout(now_ms);
            self.look(random, model, now_ms);
        }
        if asked.clean_start && self.absent.is_some() {
            if random.one_in(4) {
                let early = one.session.resume(self.absent.as_mut().unwrap(), now_ms);
                assert_eq!(early, Err(SendError::OutOfTurn), "Clean Start");
            }
            model.counts.add("session", "begun anew");
            self.end_session(random, model, now_ms);
        }
        // A session may be had before the client is accepted.
        if random.one_in(2) {
            self.resume(one, random, model, now_ms);
        }
        if asked.has_method && asked.steps > 0 {
            return;
        }
        self.decide(one, is_calm, random, model, now_ms);
    }

    /// Whoever has this client's name is disconnected.
    fn take_over(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        while let Some(at) = self.connections.iter().position(|other| other.asked.is_some()) {
            let mut old = self.connections.remove(at);
            model.counts.add("session", if old.is_accepted { "taken over" } else { "early" });
            let last = Disconnect::new(ReasonCode::SESSION_TAKEN_OVER);
            match old.session.disconnect(&last, now_ms, &mut [0; 16]) {
                Ok(_) => assert!(!old.session.is_connected() && old.session.wants_close()),
                Err(SendError::Invalid(_)) => assert_eq!(self.desk.version, Version::V3),
                Err(error) => assert_eq!(error, SendError::OutOfTurn),
            }
            self.ended(old, random, model, now_ms);
        }
    }

    fn resume(
        &mut self,
        one: &mut Connection<'m, N>,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        if let Some(absent) = &mut self.absent {
            absent.handle_timeout(now_ms);
            self.look(random, model, now_ms);
        }
        if let Some(mut absent) = self.absent.take() {
            one.session.resume(&mut absent, now_ms).unwrap();
            assert!(!absent.has_session() && absent.poll_timeout().is_none());
            assert_eq!(absent.poll_event(), None);
            one.has_resumed = true;
            model.counts.add("session", "resumed");
        }
    }

    fn decide(
        &mut self,
        one: &mut Connection<'m, N>,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let asked = one.asked.unwrap();
        let method = asked.has_method.then_some(Property::AuthenticationMethod(METHOD));
        if !is_calm && random.one_in(20) {
            // In 3.1.1 as in 5.0.
            let connack = Connack::new(false, ReasonCode::NOT_AUTHORIZED);
            let mut out = [0; 64];
            let len = one.session.accept(&connack, now_ms, &mut out).unwrap();
            self.desk.emit(&mut one.line, &out[..len], model, now_ms);
            assert!(one.session.wants_close());
            return;
        }
        self.resume(one, random, model, now_ms);
        if !one.has_resumed {
            self.session_is_gone();
        }
        let present = one.has_resumed;
        let mut properties = one.session.announcements().to_vec();
        let (mut longest, mut keep_alive) = (u32::MAX, asked.keep_alive);
        if self.desk.version == Version::V5 {
            properties.extend(method);
            if random.one_in(4) {
                properties[0] = Property::ReceiveMaximum(NonZeroU16::MIN);
            }
            if random.one_in(4) {
                let size = NonZeroU32::new(60 + random.below(100) as u32).unwrap();
                if size.get() < self.desk.settings.max_packet_size {
                    properties[1] = Property::MaximumPacketSize(size);
                }
            }
            if random.one_in(4) {
                properties.push(Property::MaximumQos(QoS::new(random.below(2) as u8).unwrap()));
            }
            if random.one_in(4) {
                properties.push(Property::RetainAvailable(false));
            }
            if !is_calm && random.one_in(4) {
                longest = random.below(200) as u32;
                properties.push(Property::SessionExpiryInterval(longest));
            }
            if !is_calm && random.one_in(4) {
                keep_alive = [0, 2, 30][random.below(3) as usize];
                properties.push(Property::ServerKeepAlive(keep_alive));
            }
        } else {
            properties.clear();
        }
        let properties = List::new(&properties);
        let mut out = [0; 128];
        let wrong = Connack { properties, ..Connack::new(!present, ReasonCode::SUCCESS) };
        let early = one.session.accept(&wrong, now_ms, &mut out);
        assert_eq!(early, Err(SendError::OutOfTurn), "resumed or not");
        let connack = Connack { session_present: present, ..wrong };
        let len = one.session.accept(&connack, now_ms, &mut out).unwrap();
        (one.is_accepted, one.keep_alive_ms) = (true, u64::from(keep_alive) * 1000);
        let was_confirmed = self.desk.memory.stay.is_some_and(|stay| stay.is_confirmed);
        let is_confirmed = present && was_confirmed;
        let expiry = if longest < u32::MAX { longest } else { asked.expiry };
        let will = asked.will;
        self.desk.memory.stay = Some(Stay { expiry, longest, will, since: None, is_confirmed });
        one.line.watch.last_in = now_ms; // its time begins
        self.desk.emit(&mut one.line, &out[..len], model, now_ms);
    }
}

impl<const N: usize> Connection<'_, N> {
    fn time(&mut self, desk: &Desk, model: &mut Model, now_ms: u64) {
        let watch = &self.line.watch;
        let silence = now_ms - watch.last_in;
        let is_late = match (watch.is_connected, self.asked) {
            (true, _) => self.keep_alive_ms > 0 && silence * 2 >= self.keep_alive_ms * 3,
            (false, Some(asked)) if !asked.is_client_to_answer => false,
            (false, _) => silence >= desk.settings.connect_ms,
        };
        let was_over = self.session.wants_close() || self.session.error().is_some();
        self.session.handle_timeout(now_ms);
        let silence = SessionError::Violation(Violation::Silence);
        let has_failed = self.session.error() == Some(silence);
        // What waits here was heard of too.
        let may_have_heard = !self.line.input.is_empty();
        let is_right = has_failed == is_late || !has_failed && may_have_heard;
        assert!(was_over || is_right, "silence: {has_failed}, wanted {is_late}");
        if has_failed && !was_over {
            model.counts.add("server failed", "Silence");
        }
    }

    /// What a server alone does.
    fn answer(
        &mut self,
        desk: &mut Desk,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let mut out = [0; 128];
        if let (Some((is_subscribe, id, filters)), true) =
            (self.requests.front().copied(), random.one_in(3))
        {
            let codes = [ReasonCode::SUCCESS; 3];
            let codes = ReasonCodes::new(&codes[..filters]);
            let result = match is_subscribe {
                true => self.session.suback(&Suback::new(id, codes), now_ms, &mut out),
                false => {
                    let codes = if desk.version == Version::V5 { codes } else { List::EMPTY };
                    self.session.unsuback(&Unsuback::new(id, codes), now_ms, &mut out)
                }
            };
            match result {
                Ok(len) => {
                    self.requests.pop_front();
                    desk.emit(&mut self.line, &out[..len], model, now_ms);
                }
                Err(error) => assert_eq!(error, SendError::OutOfTurn),
            }
        }
        if is_calm || !self.session.is_connected() || self.line.is_sending() {
            return;
        }
        if random.one_in(200) && desk.version == Version::V5 {
            let last = Disconnect::new(ReasonCode::SERVER_SHUTTING_DOWN);
            let len = self.session.disconnect(&last, now_ms, &mut out).unwrap();
            desk.emit(&mut self.line, &out[..len], model, now_ms);
        }
    }

    /// A step of an authentication that is ours.
    fn authenticate(
        &mut self,
        desk: &mut Desk,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) -> bool {
        let Some(asked) = &mut self.asked else { return false };
        if !asked.has_method || asked.is_client_to_answer || !random.one_in(2) {
            return false;
        }
        if asked.steps == 0 && !self.is_accepted {
            return true;
        }
        let reason = match asked.steps {
            0 => ReasonCode::SUCCESS,
            _ => ReasonCode::CONTINUE_AUTHENTICATION,
        };
        let (properties, mut out) = ([Property::AuthenticationMethod(METHOD)], [0; 64]);
        let auth = Auth::new(reason, List::new(&properties));
        if let Ok(len) = self.session.auth(&auth, now_ms, &mut out) {
            asked.is_client_to_answer = asked.steps > 0;
            asked.steps = asked.steps.saturating_sub(1);
            let how = if asked.is_client_to_answer { "step" } else { "end" };
            model.counts.add("AUTH to the client", how);
            desk.emit(&mut self.line, &out[..len], model, now_ms);
        }
        false
    }
}
