//! Who observes which topic over UDP: RFC 7641 section 4.
//!
//! An observer is told the newest state, not every message: what changes while it cannot be told is
//! replaced by what comes after it.
//!
//! ```text
//!                       changed, or nothing sent for REFRESH
//!            +------+ ---------------------------------------> +---------+   timeout: again, with
//!  register  | idle |   Confirmable, if it is the first one,   | pending | --+ the newest state
//! ---------> |      |   a refresh, or the address is unproved  |         | <-+
//!            +------+ <--------------------------------------- +---------+
//!             |    ^    ACK: the address is proved                  |
//!             +----+                                                | Reset, or no ACK after
//!        changed: Non-confirmable, one                              v MAX_RETRANSMIT
//!        in a round trip at most                                   gone
//! ```
//!
//! Where a notification would be more than may go to an address that has not proved itself, a ping goes
//! first. The Reset that answers it allows some bytes more, as all that comes from there does; it proves
//! nothing, since every endpoint sends it, also one that never asked for anything.
//!
//! There are at most [`MOST`] observers, [`MOST_OF_ONE`] of one address and [`MOST_OF_HOST`] of one
//! host; where there is no room, one that has not proved its address makes it. Who asks for more gets
//! an answer without Observe, which is how a server declines (section 4.1).

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use coap_codec::{
    Block, Code, Codec, ContentFormat, Message, MessageMut, Observe, OptionNumber, Token, Type,
};

use super::observation::Observation;
use super::proof::{FACTOR, MessageIds, Proofs, host_of};
use super::reply::{Fit, NoRoom, Reply};
use super::resources::MAX_AGE_SECS;
use super::udp::{EMPTY_LEN, MOST_BYTES, Outbox, WHOLE};
use crate::gateway::hub::{Hub, Watcher};

/// All observers at once.
const MOST: usize = 1024;
/// Observers of one address, and of one host.
const MOST_OF_ONE: usize = 16;
const MOST_OF_HOST: usize = 128;
/// An observer hears from us before what it has goes stale.
const REFRESH: Duration = Duration::from_secs(MAX_AGE_SECS as u64 - 10);
/// RFC 7252 section 4.8.
const ACK_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_RETRANSMIT: u32 = 4;

/// The observers over UDP.
#[derive(Debug, Default)]
pub(super) struct Observers {
    watcher: Arc<Watcher>,
    /// By the key of their watch.
    all: BTreeMap<u64, Observer>,
    last_key: u64,
}

#[derive(Debug)]
struct Observer {
    address: SocketAddr,
    observation: Observation,
    /// It was not told the latest state.
    is_behind: bool,
    sequence: Observe,
    /// Of the last message to it.
    message_id: u16,
    sent: Instant,
    round_trip: Option<Duration>,
    pending: Option<Pending>,
    /// Bytes that may go to an address that has never proved itself.
    credit: Option<usize>,
}

/// A Confirmable message that is not acknowledged.
#[derive(Debug)]
struct Pending {
    due: Instant,
    timeout: Duration,
    /// How often it was sent.
    times: u32,
    /// Message IDs of the times before: an acknowledgement of one of them is late, and no guess.
    earlier: Vec<u16>,
    is_ping: bool,
}

/// What sending needs.
pub(super) struct Environment<'a> {
    pub(super) hub: &'a Hub,
    pub(super) proofs: &'a mut Proofs,
    pub(super) ids: &'a mut MessageIds,
    pub(super) out: &'a mut Outbox,
    pub(super) now: Instant,
    /// Milliseconds of a clock that does not go back.
    pub(super) now_ms: u64,
}

impl Observers {
    pub(super) fn watcher(&self) -> &Arc<Watcher> {
        &self.watcher
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// Adds an observer, in the place of one with the same address and token, and returns its key.
    /// `None` if there are too many, or if it has to prove its address by an Echo option first.
    pub(super) fn register(
        &mut self,
        address: SocketAddr,
        token: Token<'_>,
        topic: String,
        block: Option<Block>,
        env: &mut Environment<'_>,
    ) -> Option<u64> {
        self.deregister(address, token, env.hub);
        let must_prove =
            env.proofs.needs_echo(address, env.now) && !env.proofs.has(address, env.now);
        let of_one = self.all.values().filter(|other| other.address == address).count();
        if must_prove || of_one >= MOST_OF_ONE {
            return None;
        }
        let host = host_of(address);
        self.make_room(MOST_OF_HOST, |other| host_of(other.address) == host, env)?;
        self.make_room(MOST, |_| true, env)?;
        self.last_key += 1;
        env.hub.watch(&self.watcher, &topic, self.last_key);
        let observer = Observer {
            address,
            observation: Observation::new(token, topic, block),
            is_behind: false,
            sequence: Observe::from_clock(env.now_ms),
            message_id: env.ids.next(),
            sent: env.now,
            round_trip: None,
            pending: None,
            credit: None,
        };
        self.all.insert(self.last_key, observer);
        Some(self.last_key)
    }

    /// Leaves fewer than `most` of those that `counts`, at the cost of the oldest one that has not
    /// proved its address. `None` if all have.
    fn make_room(
        &mut self,
        most: usize,
        counts: impl Fn(&Observer) -> bool,
        env: &mut Environment<'_>,
    ) -> Option<()> {
        let counted = || self.all.iter().filter(|(_, observer)| counts(observer));
        if counted().count() >= most {
            let (&key, _) = counted().find(|(_, observer)| !observer.is_proved(env))?;
            self.remove(key, env.hub);
        }
        Some(())
    }

    /// The value of Observe in the response to a registration.
    pub(super) fn first_sequence(&self, key: u64) -> Observe {
        self.all.get(&key).map_or(Observe::REGISTER, |observer| observer.sequence)
    }

    /// The response to the registration has gone: what it was, which format is wanted, and how many
    /// more bytes may follow if the address is not proved.
    pub(super) fn answered(
        &mut self,
        key: u64,
        reply: &Reply,
        accept: Option<ContentFormat>,
        credit: Option<usize>,
    ) {
        if let Some(observer) = self.all.get_mut(&key) {
            observer.observation.answered(reply, accept);
            observer.credit = credit;
        }
    }

    /// Removes an observer by its address and token. Section 4.1
    pub(super) fn deregister(&mut self, address: SocketAddr, token: Token<'_>, hub: &Hub) {
        let mut all = self.all.iter();
        let found = all.find(|(_, o)| o.address == address && o.observation.token() == token);
        if let Some(key) = found.map(|(key, _)| *key) {
            self.remove(key, hub);
        }
    }

    pub(super) fn remove(&mut self, key: u64, hub: &Hub) {
        if let Some(observer) = self.all.remove(&key) {
            hub.unwatch(&self.watcher, &observer.observation.topic, key);
        }
    }

    /// Was the last message to an observer at this address one with this Message ID?
    pub(super) fn has_sent(&self, address: SocketAddr, message_id: u16) -> bool {
        self.all.values().any(|o| o.address == address && o.message_id == message_id)
    }

    /// An Acknowledgement, or a Reset, of the message with this ID.
    pub(super) fn settled(
        &mut self,
        address: SocketAddr,
        message_id: u16,
        is_reset: bool,
        env: &mut Environment<'_>,
    ) {
        let mut all = self.all.iter_mut();
        let found = all.find(|(_, o)| o.address == address && o.message_id == message_id);
        let Some((&key, observer)) = found else {
            return;
        };
        let is_ping = observer.pending.as_ref().is_some_and(|pending| pending.is_ping);
        if is_reset && !is_ping {
            // Section 4.5: a Reset ends it, also one for a Non-confirmable notification.
            return self.remove(key, env.hub);
        }
        let Some(pending) = observer.pending.take() else {
            return;
        };
        if pending.times == 1 {
            observer.round_trip = Some(env.now.saturating_duration_since(observer.sent));
        }
        if is_ping {
            let credit = |credit: usize| credit.saturating_add(FACTOR * EMPTY_LEN);
            observer.credit = observer.credit.map(credit);
        } else if !env.proofs.needs_echo(address, env.now) {
            env.proofs.add(address, env.now);
            observer.credit = None;
        } else if !env.proofs.has(address, env.now) {
            return self.remove(key, env.hub);
        }
        self.work(env);
    }

    /// An Acknowledgement or Reset of a message that is not the last one. It is a guess, if it
    /// could have proved the address.
    pub(super) fn guessed(
        &mut self,
        address: SocketAddr,
        message_id: u16,
        env: &mut Environment<'_>,
    ) {
        let pending = |o: &Observer| o.pending.is_some() && o.address == address;
        let is_late = |o: &Observer| {
            o.pending.as_ref().is_some_and(|pending| pending.earlier.contains(&message_id))
        };
        let mut all = self.all.values().filter(|observer| pending(observer)).peekable();
        if all.peek().is_some() && !all.any(is_late) && !env.proofs.has(address, env.now) {
            env.proofs.add_guess(address, env.now);
        }
    }

    /// Takes what the hub has to tell.
    pub(super) fn take_news(&mut self, env: &mut Environment<'_>) {
        while let Some(key) = self.watcher.take() {
            if let Some(observer) = self.all.get_mut(&key) {
                observer.is_behind = true;
            }
        }
        self.work(env);
    }

    /// Sends what is due. Early and needless calls do nothing.
    pub(super) fn work(&mut self, env: &mut Environment<'_>) {
        let mut gone = Vec::new();
        // RFC 7641 section 4.5.1: NSTART is 1.
        let mut waiting: HashSet<SocketAddr> = self.waiting().collect();
        for (key, observer) in &mut self.all {
            let may_begin = !waiting.contains(&observer.address);
            if !observer.work(may_begin, env) {
                gone.push(*key);
            }
            if may_begin && observer.pending.is_some() {
                waiting.insert(observer.address);
            }
        }
        for key in gone {
            self.remove(key, env.hub);
        }
    }

    /// Addresses with a message that is not acknowledged.
    fn waiting(&self) -> impl Iterator<Item = SocketAddr> {
        self.all.values().filter(|o| o.pending.is_some()).map(|o| o.address)
    }
}

impl Observer {
    /// Sends what is due to this observer; false if it is gone.
    fn work(&mut self, may_begin: bool, env: &mut Environment<'_>) -> bool {
        let quiet = env.now.saturating_duration_since(self.sent);
        match &mut self.pending {
            Some(pending) if pending.due > env.now => true,
            Some(pending) if pending.times > MAX_RETRANSMIT => false,
            Some(pending) => {
                pending.times += 1;
                pending.earlier.push(self.message_id);
                pending.timeout *= 2;
                pending.due = env.now + pending.timeout;
                if pending.is_ping { self.ping(env) } else { self.notify(true, env) }
            }
            None if !may_begin => true,
            None if self.is_behind && quiet >= self.round_trip.unwrap_or_default() => {
                let is_known = self.round_trip.is_some() && env.proofs.has(self.address, env.now);
                self.begin(!is_known, env)
            }
            // Confirmable, which also tells whether it is still there. Section 4.5
            None if quiet >= REFRESH => self.begin(true, env),
            None => true,
        }
    }

    fn begin(&mut self, confirmable: bool, env: &mut Environment<'_>) -> bool {
        if confirmable {
            // ACK_RANDOM_FACTOR 1.5: what is random about the ID is random enough.
            let timeout = ACK_TIMEOUT + ACK_TIMEOUT * u32::from(env.ids.next()) / (2 << 16);
            // What is settled twice, or late, is no guess.
            let earlier = vec![self.message_id];
            let (due, is_ping) = (env.now + timeout, false);
            self.pending = Some(Pending { due, timeout, times: 1, earlier, is_ping });
        }
        self.notify(confirmable, env)
    }

    /// Sends the newest state; false if there is none any more.
    fn notify(&mut self, confirmable: bool, env: &mut Environment<'_>) -> bool {
        let reply = self.observation.state(env.hub, env.now);
        let is_last = reply.code != Code::CONTENT;
        self.sequence = self.sequence.next();
        let reply = match is_last {
            true => reply,
            false => reply.with(OptionNumber::OBSERVE, self.sequence.to_uint().as_bytes()),
        };
        let kind = if confirmable { Type::Confirmable } else { Type::NonConfirmable };
        let message_id = env.ids.next();
        let mut buffer = vec![0; self.room(env)];
        let (token, wanted) = (self.observation.token(), self.observation.block);
        let fit = Fit { wanted, whole: WHOLE, may_split: true };
        let written = MessageMut::new(&mut buffer, kind, reply.code, message_id, token)
            .map_err(NoRoom::from)
            .and_then(|mut m| reply.write(&mut m, &fit).map(|()| m.len()));
        let Ok(len) = written else {
            return self.ping(env);
        };
        buffer.truncate(len);
        self.message_id = message_id;
        self.is_behind = false;
        self.send(buffer, env);
        !is_last
    }

    /// An Empty message, which a real address answers with a Reset (RFC 7252 section 4.3), where a
    /// notification would be too long. Always true.
    fn ping(&mut self, env: &mut Environment<'_>) -> bool {
        let message_id = env.ids.next();
        let mut buffer = vec![0; self.room(env)];
        if let Ok(len) = Codec::new().encode(&Message::ping(message_id), &mut buffer) {
            buffer.truncate(len);
            self.message_id = message_id;
            if let Some(pending) = &mut self.pending {
                pending.is_ping = true;
            }
            self.send(buffer, env);
        }
        true
    }

    /// It has proved its address, once or just now.
    fn is_proved(&self, env: &Environment<'_>) -> bool {
        self.credit.is_none() || env.proofs.has(self.address, env.now)
    }

    fn room(&mut self, env: &Environment<'_>) -> usize {
        if env.proofs.has(self.address, env.now) {
            self.credit = None;
        }
        self.credit.map_or(MOST_BYTES, |credit| credit.min(MOST_BYTES))
    }

    fn send(&mut self, message: Vec<u8>, env: &mut Environment<'_>) {
        self.credit = self.credit.map(|credit| credit.saturating_sub(message.len()));
        self.sent = env.now;
        env.out.push((self.address, message));
    }
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
