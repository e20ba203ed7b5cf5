//! How a server's application lets a client in: from CONNECT to CONNACK, with the steps of an
//! authentication between them.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::session::SendError;
use mqtt_codec::{Auth, Connack, Connect, Disconnect, List, Property, QoS, ReasonCode, Version};

use crate::desk::{Desk, Stay};
use crate::hub::{Connection, Hub};
use crate::model::Model;
use crate::phone::METHOD;
use crate::random::Random;

/// What CONNECT has said.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) clean_start: bool,
    pub(crate) expiry: u32,
    pub(crate) will: Option<u32>,
    pub(crate) keep_alive: u16,
    pub(crate) has_method: bool,
    /// Steps of the authentication that are still to go.
    pub(crate) steps: u64,
    pub(crate) is_client_to_answer: bool,
}

impl<'m, const N: usize, const R: usize> Hub<'m, N, R> {
    pub(crate) fn connects(
        &mut self,
        one: &mut Connection<'m, N, R>,
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
        if !is_calm && random.one_in(10) {
            model.counts.add("CONNECT", "not answered soon");
            one.waits = true;
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
        one: &mut Connection<'m, N, R>,
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
            assert!(!absent.has_session() && !absent.has_will());
            assert!(absent.poll_timeout().is_none());
            assert_eq!(absent.poll_event(), None);
            one.has_resumed = true;
            model.counts.add("session", "resumed");
        }
    }

    pub(crate) fn decide(
        &mut self,
        one: &mut Connection<'m, N, R>,
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

impl<const N: usize, const R: usize> Connection<'_, N, R> {
    /// A step of an authentication that is ours.
    pub(crate) fn authenticate(
        &mut self,
        desk: &mut Desk,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) -> bool {
        let Some(asked) = &mut self.asked else { return false };
        if self.waits || !asked.has_method || asked.is_client_to_answer || !random.one_in(2) {
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
