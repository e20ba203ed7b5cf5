//! A client's application: when it connects, and with what.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::session::{Client, Event, SendError, SessionError, Violation};
use mqtt_codec::{
    Auth, Connect, Disconnect, List, Property, QoS, ReasonCode, Subscription, Text, TopicFilter,
    TopicName, Version, Will,
};

use crate::desk::{BUFFER, Desk, Line, REQUEST, check_failure};
use crate::model::Model;
use crate::random::Random;

pub(crate) const METHOD: Text<'static> = Text::from_static("riddle");
const PING_MS: u64 = 20_000;

pub(crate) struct Phone<'m, const N: usize, const R: usize> {
    pub(crate) desk: Desk,
    session: Client<'m, N, R>,
    pub(crate) line: Option<Line>,
    lender: Lender<'m>,
    /// The server has a session that this client does not know.
    must_begin_anew: bool,
    /// The server has no session that this client does not know.
    is_alone: bool,
    keep_alive_ms: u64,
    has_method: bool,
    owes_auth: bool,
    /// SUBSCRIBEs and UNSUBSCRIBEs that wait, by handle.
    requests: Vec<(u32, usize)>,
    next_request: u32,
}

/// Memory to lend for topic names, while there is some.
pub(crate) struct Lender<'m>(pub(crate) &'m mut [u8]);

impl<'m> Lender<'m> {
    pub(crate) fn lend(&mut self, len: usize) -> &'m mut [u8] {
        let all = core::mem::take(&mut self.0);
        let (one, rest) = all.split_at_mut(len.min(all.len()));
        self.0 = rest;
        one
    }
}

impl<'m, const N: usize, const R: usize> Phone<'m, N, R> {
    pub(crate) fn new(desk: Desk, lender: Lender<'m>) -> Self {
        let session = Client::new(desk.version, desk.settings);
        let mut phone = Self {
            desk,
            session,
            line: None,
            lender,
            must_begin_anew: false,
            is_alone: true,
            keep_alive_ms: 0,
            has_method: false,
            owes_auth: false,
            requests: Vec::new(),
            next_request: REQUEST,
        };
        phone.lend();
        phone
    }

    fn lend(&mut self) {
        let (ours, theirs) = self.desk.lent;
        let (ours, theirs) = (self.lender.lend(ours), self.lender.lend(theirs));
        self.session.lend_aliases(ours, theirs);
    }

    pub(crate) fn connect(
        &mut self,
        link: usize,
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        assert!(self.line.is_none());
        let is_unknown = !self.session.has_session() && !self.is_alone;
        let is_careful = self.desk.version == Version::V3 || !random.one_in(3);
        let clean_start =
            self.must_begin_anew || is_unknown && is_careful || !is_calm && random.one_in(12);
        self.must_begin_anew = false;
        if clean_start {
            model.counts.add("connect", "Clean Start");
            self.desk.session_ends();
            self.is_alone = false;
        }
        let mut properties = self.session.announcements().to_vec();
        if random.one_in(3) {
            // Less than there is room for.
            for property in &mut properties {
                *property = match *property {
                    Property::ReceiveMaximum(_) => Property::ReceiveMaximum(NonZeroU16::MIN),
                    Property::MaximumPacketSize(_) => {
                        Property::MaximumPacketSize(NonZeroU32::new(70).unwrap())
                    }
                    Property::TopicAliasMaximum(n) => Property::TopicAliasMaximum(n.min(2)),
                    other => other,
                };
            }
        }
        let expiry = [None, Some(3), Some(100), Some(u32::MAX), Some(u32::MAX)];
        let expiry = if is_calm { Some(u32::MAX) } else { expiry[random.below(5) as usize] };
        properties.extend(expiry.map(Property::SessionExpiryInterval));
        if random.one_in(4) {
            properties.push(Property::RequestProblemInformation(false));
        }
        self.has_method = self.desk.version == Version::V5 && random.one_in(3);
        if self.has_method {
            properties.push(Property::AuthenticationMethod(METHOD));
        }
        let delay = [Property::WillDelayInterval([1, 10, 500][random.below(3) as usize])];
        let will = Will::new(TopicName::from_static("will"), b"gone");
        let will = match self.desk.version {
            Version::V5 if random.one_in(2) => Will { properties: List::new(&delay), ..will },
            _ => will,
        };
        let keep_alive = [0, 1, 5, 60][random.below(4) as usize];
        let connect = Connect {
            clean_start,
            keep_alive: if is_calm { 60 } else { keep_alive },
            will: Some(will).filter(|_| random.one_in(2)),
            properties: match self.desk.version {
                Version::V3 => List::EMPTY,
                Version::V5 => List::new(&properties),
            },
            ..Connect::new(self.desk.version, Text::from_static("client"))
        };
        self.keep_alive_ms = u64::from(connect.keep_alive) * 1000;
        self.requests.clear();
        self.owes_auth = false;
        let mut out = [0; 256];
        let len = self.session.connect(&connect, now_ms, &mut out).unwrap();
        let mut line = Line::new(link, &self.desk, now_ms);
        self.desk.emit(&mut line, &out[..len], model, now_ms);
        self.line = Some(line);
    }

    /// The connection is gone.
    pub(crate) fn cut(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        if let Some(line) = self.line.take() {
            self.desk.connection_ends(&line, model);
            // `connect` says it too.
            if random.one_in(2) {
                self.session.ended(now_ms);
                assert!(self.session.poll_event().is_none_or(|event| event == Event::Persist));
            }
        }
    }

    /// The power fails.
    pub(crate) fn restart(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        self.cut(random, model, now_ms);
        self.desk.restarts(model);
        self.is_alone = false;
        let Desk { version, settings, .. } = self.desk;
        self.session = match &self.desk.disk.snapshot {
            Some(snapshot) => Client::restore(version, settings, snapshot).unwrap(),
            None => Client::new(version, settings),
        };
        self.lend();
    }

    /// Its disk is lost, or its session on it.
    pub(crate) fn forget(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        self.cut(random, model, now_ms);
        self.desk.past.session_ends();
        self.desk.session_ends();
        self.is_alone = false;
        self.session = Client::new(self.desk.version, self.desk.settings);
        self.lend();
    }

    /// The server has ended its direction behind all that it has sent.
    pub(crate) fn eof(&mut self, random: &mut Random, model: &mut Model, now_ms: u64) {
        if let Some(line) = &self.line {
            match self.session.handle_eof() {
                Err(error) if line.watch.is_over => panic!("{error} behind the end"),
                Err(error) => model.counts.add("client failed", check_failure(0, error)),
                Ok(()) => assert!(line.watch.is_over),
            }
            self.cut(random, model, now_ms);
        }
    }

    /// Time passes, bytes come, the application does something. True if it wants to close.
    pub(crate) fn step(
        &mut self,
        bytes: &[u8],
        is_calm: bool,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) -> bool {
        let Some(mut line) = self.line.take() else {
            if !self.session.is_connected() {
                self.desk.poll(&mut self.session, None, random, model, now_ms);
            }
            return false;
        };
        let is_awake = is_calm || !random.one_in(4);
        if is_awake {
            self.time(&mut line, model, now_ms);
        }
        line.input.extend_from_slice(bytes);
        self.receive(&mut line, random, model, now_ms);
        if random.one_in(2) {
            self.desk.acknowledge(&mut self.session, &mut line, random, model);
        }
        if random.one_in(2) {
            self.desk.publish(&mut self.session, &mut line, random, model, now_ms);
        }
        if self.owes_auth && !line.is_sending() && (is_calm || random.one_in(4)) {
            let step = ReasonCode::CONTINUE_AUTHENTICATION;
            let result = self.auth(&mut line, step, model, now_ms);
            assert!(result.is_ok() || self.session.error().is_some() || self.session.wants_close());
            self.owes_auth = false;
        }
        if !is_calm {
            self.ask(&mut line, random, model, now_ms);
        }
        self.desk.poll(&mut self.session, Some(&mut line), random, model, now_ms);
        if is_awake || random.one_in(2) {
            self.desk.transmit(&mut self.session, &mut line, random, model, now_ms);
        }
        if is_awake && self.session.is_connected() && !line.is_sending() {
            assert!(!line.watch.owes_ping, "PINGREQ is owed");
        }
        let is_over = self.session.wants_close();
        self.line = Some(line);
        is_over
    }

    fn time(&mut self, line: &mut Line, model: &mut Model, now_ms: u64) {
        let was_over = self.session.wants_close() || self.session.error().is_some();
        let (watch, keep_alive) = (&mut line.watch, self.keep_alive_ms);
        let (until, when) = match (watch.is_connected, watch.asked) {
            (false, _) if self.owes_auth => (None, "never"),
            (false, _) => {
                (Some(watch.last_in + self.desk.settings.connect_ms), "silence before CONNACK")
            }
            (true, Some(asked)) => (Some(watch.last_in.max(asked) + PING_MS), "silence"),
            // Within a payload nobody can ask: then it must go on.
            (true, None) if watch.owes_ping => {
                (Some(watch.last_out + keep_alive + PING_MS), "silence within a payload")
            }
            (true, None) if keep_alive > 0 => {
                (Some(watch.last_out.min(watch.last_in) + keep_alive), "PINGREQ")
            }
            (true, None) => (None, "never"),
        };
        let until = until.filter(|_| !was_over);
        // What waits here was heard of too.
        if line.input.is_empty() {
            assert_eq!(self.session.poll_timeout(), until, "{when}");
        }
        let is_late = self.session.poll_timeout().is_some_and(|until| now_ms >= until);
        self.session.handle_timeout(now_ms);
        let silence = SessionError::Violation(Violation::Silence);
        let has_failed = !was_over && self.session.error() == Some(silence);
        watch.owes_ping |= is_late && when == "PINGREQ";
        assert_eq!(has_failed, is_late && when != "PINGREQ", "{when}");
        if has_failed {
            model.counts.add("client failed", when);
        }
    }

    fn receive(&mut self, line: &mut Line, random: &mut Random, model: &mut Model, now_ms: u64) {
        let (held, mut at) = (core::mem::take(&mut line.input), 0);
        loop {
            let window = &held[at..held.len().min(at + BUFFER)];
            let taken = self.desk.take(&mut self.session, line, window, model, now_ms);
            let event = match taken {
                Ok((0, None)) => break,
                Ok((taken, event)) => {
                    at += taken;
                    event
                }
                Err(error) => {
                    model.counts.add("client failed", check_failure(0, error));
                    let lost = SessionError::Violation(Violation::SessionPresent);
                    self.must_begin_anew |= error == lost;
                    assert_eq!(self.session.handle_input(&[], now_ms), Err(error), "again");
                    break;
                }
            };
            let Some(event) = event else { continue };
            match event {
                Event::Connack(connack) if connack.reason_code.is_error() => {
                    model.counts.add("CONNACK", "refused");
                }
                Event::Connack(connack) => {
                    let present = connack.session_present;
                    model.counts.add("CONNACK", if present { "resumed" } else { "accepted" });
                    if !present {
                        self.desk.session_ends();
                    }
                    self.is_alone = true;
                    if let Some(secs) = connack.properties.server_keep_alive() {
                        self.keep_alive_ms = u64::from(secs) * 1000;
                    }
                }
                Event::Suback { handle, suback } => {
                    let codes = suback.reason_codes.iter().count();
                    self.answered(handle, codes, model);
                }
                Event::Unsuback { handle, unsuback } => match self.desk.version {
                    Version::V5 => {
                        self.answered(handle, unsuback.reason_codes.iter().count(), model);
                    }
                    Version::V3 => {
                        let one = self.requests.iter().find(|one| one.0 == handle).copied();
                        self.answered(handle, one.unwrap().1, model);
                    }
                },
                Event::Auth(auth) => {
                    model.counts.add(
                        "AUTH to the client",
                        if auth.reason_code == ReasonCode::SUCCESS { "end" } else { "step" },
                    );
                    self.owes_auth = auth.reason_code == ReasonCode::CONTINUE_AUTHENTICATION;
                }
                Event::Disconnect(_) => model.counts.add("DISCONNECT", "to the client"),
                event => panic!("{event:?}"),
            }
            if random.one_in(8) {
                break; // the rest later
            }
        }
        line.input = held[at..].to_vec();
    }

    fn answered(&mut self, handle: u32, codes: usize, model: &mut Model) {
        model.counts.add("event", "Suback");
        let at = self.requests.iter().position(|one| one.0 == handle).expect("asked once");
        assert_eq!(self.requests.swap_remove(at).1, codes);
    }

    fn auth(
        &mut self,
        line: &mut Line,
        reason: ReasonCode,
        model: &mut Model,
        now_ms: u64,
    ) -> Result<(), SendError> {
        let properties = [Property::AuthenticationMethod(METHOD)];
        let (auth, mut out) = (Auth::new(reason, List::new(&properties)), [0; 64]);
        let len = self.session.auth(&auth, now_ms, &mut out)?;
        self.desk.emit(line, &out[..len], model, now_ms);
        Ok(())
    }

    /// What a client alone does.
    fn ask(&mut self, line: &mut Line, random: &mut Random, model: &mut Model, now_ms: u64) {
        let mut out = [0; 128];
        if random.one_in(12) {
            let all = ["a/b", "c", "d/e/f"].map(TopicFilter::from_static);
            let filters = &all[..1 + random.below(3) as usize];
            let handle = self.next_request;
            let result = if random.one_in(2) {
                let subscriptions: Vec<_> = filters
                    .iter()
                    .map(|filter| Subscription::new(*filter, QoS::AtLeastOnce))
                    .collect();
                let subscriptions = List::new(&subscriptions);
                self.session.subscribe(subscriptions, List::EMPTY, handle, now_ms, &mut out)
            } else {
                let filters = List::new(filters);
                self.session.unsubscribe(filters, List::EMPTY, handle, now_ms, &mut out)
            };
            match result {
                Ok(len) => {
                    model.counts.add("client asks", "SUBSCRIBE");
                    self.requests.push((handle, filters.len()));
                    self.next_request += 1;
                    self.desk.emit(line, &out[..len], model, now_ms);
                }
                Err(SendError::Full) => assert_eq!(self.session.in_flight(), N),
                Err(error) => {
                    let may_ask = self.session.is_connected() && !line.is_sending();
                    assert!(error == SendError::OutOfTurn && !may_ask, "{error}");
                }
            }
        }
        if !self.session.is_connected() {
            return;
        }
        if self.has_method && random.one_in(20) {
            match self.auth(line, ReasonCode::RE_AUTHENTICATE, model, now_ms) {
                Ok(()) => model.counts.add("client asks", "AUTH"),
                Err(error) => assert_eq!(error, SendError::OutOfTurn),
            }
        }
        if random.one_in(150) && !line.is_sending() {
            let (reason, how) = match (self.desk.version, random.one_in(2)) {
                (Version::V5, true) => (ReasonCode::DISCONNECT_WITH_WILL_MESSAGE, "with will"),
                _ => (ReasonCode::NORMAL_DISCONNECTION, "normal"),
            };
            let expiry = [Property::SessionExpiryInterval(random.below(2) as u32 * 50)];
            let with_expiry = self.desk.version == Version::V5 && random.one_in(2);
            let properties = if with_expiry { List::new(&expiry) } else { List::EMPTY };
            let disconnect = Disconnect { properties, ..Disconnect::new(reason) };
            match self.session.disconnect(&disconnect, now_ms, &mut out) {
                Ok(len) => {
                    model.counts.add("DISCONNECT", how);
                    self.desk.emit(line, &out[..len], model, now_ms);
                }
                Err(error) => assert_eq!(error, SendError::SessionExpiry),
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        let line = self.line.as_ref();
        self.session.is_connected()
            && self.session.in_flight() == 0
            && line.is_some_and(|line| line.input.is_empty() && self.desk.is_done(line))
    }
}
