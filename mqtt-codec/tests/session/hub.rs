//! A server's application: one client's session, and who has it.

use std::collections::VecDeque;

use mqtt_codec::session::{Event, SendError, Server, SessionError, Violation};
use mqtt_codec::{
    Disconnect, List, PacketId, Property, ReasonCode, ReasonCodes, Suback, Text, Unsuback, Version,
};

use crate::desk::{BUFFER, Desk, Line, check_failure};
use crate::door::Asked;
use crate::model::{Model, SERVER};
use crate::phone::Lender;
use crate::random::Random;

pub(crate) struct Hub<'m, const N: usize, const R: usize> {
    pub(crate) desk: Desk,
    pub(crate) connections: Vec<Connection<'m, N, R>>,
    pub(crate) absent: Option<Server<'static, N, R>>,
    lender: Lender<'m>,
}

/// A connection, of a client that has not said its name yet, or of ours.
pub(crate) struct Connection<'m, const N: usize, const R: usize> {
    pub(crate) session: Server<'m, N, R>,
    pub(crate) line: Line,
    pub(crate) asked: Option<Asked>,
    /// It has the session: it was accepted, or is about to.
    pub(crate) has_resumed: bool,
    pub(crate) is_accepted: bool,
    /// Its CONNECT has no answer yet, since the application is busy.
    pub(crate) waits: bool,
    pub(crate) keep_alive_ms: u64,
    /// SUBSCRIBEs and UNSUBSCRIBEs to answer.
    requests: VecDeque<(bool, PacketId, usize)>,
}

impl<'m, const N: usize, const R: usize> Hub<'m, N, R> {
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
            waits: false,
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

    pub(crate) fn ended(
        &mut self,
        mut one: Connection<'m, N, R>,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        self.desk.connection_ends(&one.line, model);
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
    pub(crate) fn look(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
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

    pub(crate) fn session_is_gone(&mut self) {
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
            match one.session.handle_eof() {
                Err(error) if one.line.watch.is_over => panic!("{error} behind the end"),
                Err(error) => model.counts.add("server failed", check_failure(SERVER, error)),
                Ok(()) => assert!(one.line.watch.is_over),
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
        let answers = one.waits && (is_calm || random.one_in(100));
        one.waits &= !answers;
        if can_go_on && (answers || one.authenticate(&mut self.desk, random, model, now_ms)) {
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
        one: &mut Connection<'m, N, R>,
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
}

impl<const N: usize, const R: usize> Connection<'_, N, R> {
    fn time(&mut self, desk: &Desk, model: &mut Model, now_ms: u64) {
        let was_over = self.session.wants_close() || self.session.error().is_some();
        let watch = &self.line.watch;
        let (budget, when) = match (watch.is_connected, self.asked) {
            (true, _) => (self.keep_alive_ms * 3 / 2, "silence"),
            (false, Some(asked)) if asked.is_client_to_answer => {
                (desk.settings.connect_ms, "silence before AUTH")
            }
            (false, Some(_)) => (0, "never"),
            (false, None) => (desk.settings.connect_ms, "silence before CONNECT"),
        };
        let until = (budget > 0 && !was_over).then_some(watch.last_in + budget);
        // What waits here was heard of too.
        if self.line.input.is_empty() {
            assert_eq!(self.session.poll_timeout(), until, "{when}");
        }
        self.session.handle_timeout(now_ms);
        let silence = SessionError::Violation(Violation::Silence);
        let has_failed = !was_over && self.session.error() == Some(silence);
        let is_late = until.is_some_and(|until| now_ms >= until);
        assert!(has_failed == is_late || !has_failed && !self.line.input.is_empty(), "{when}");
        if has_failed {
            model.counts.add("server failed", when);
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
            let is_v5 = desk.version == Version::V5;
            let why = [Property::ReasonString(Text::from_static("a reason of some length"))];
            let properties = List::new(if is_v5 && random.one_in(2) { &why } else { &[] });
            let result = match is_subscribe {
                true => {
                    let suback = Suback { properties, ..Suback::new(id, codes) };
                    self.session.suback(&suback, now_ms, &mut out)
                }
                false => {
                    let codes = if is_v5 { codes } else { List::EMPTY };
                    let unsuback = Unsuback { properties, ..Unsuback::new(id, codes) };
                    self.session.unsuback(&unsuback, now_ms, &mut out)
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
}
