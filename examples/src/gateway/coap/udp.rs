//! CoAP over UDP: a datagram in, an answer out. RFC 7252
//!
//! One task has the socket and all that is remembered of its peers. A request leaves nothing behind,
//! except a proof of its address and an observer; both tables are bounded. A repeated request is
//! answered again.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use coap_codec::{
    Block, Code, Codec, Knowledge, Message, MessageMut, Observe, OptionNumber, Reaction, Type,
    bad_option, react,
};
use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;

use super::fetches::Fetches;
use super::observe::{Environment, Observers};
use super::proof::{MessageIds, Proofs};
use super::reply::{Fit, Reply};
use super::resources::{self, Context, RECOGNIZED, Transport};
use crate::gateway::Shared;
use crate::gateway::hub::Via;
use crate::gateway::store::Turn;

/// Datagrams to send.
pub(super) type Outbox = Vec<(SocketAddr, Vec<u8>)>;

/// A payload of up to so many bytes is sent whole. RFC 7252 section 4.6
pub(super) const WHOLE: usize = 1024;
/// The longest datagram that is sent: such a payload, with header and options.
pub(super) const MOST_BYTES: usize = WHOLE + 128;
/// The longest datagram that can come.
const DATAGRAM: usize = 1 << 16;
/// The length of an Empty message.
pub(super) const EMPTY_LEN: usize = 4;
/// So many answers wait for the disk; others are lost, as on the network.
const MOST_HELD: usize = 1024;
/// How often time is looked at while there are observers.
const TICK: Duration = Duration::from_millis(50);

/// Serves the socket for ever.
pub(crate) async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut server = Server::new(&shared, Instant::now());
    let watcher = Arc::clone(server.observers.watcher());
    let mut buffer = vec![0; DATAGRAM];
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut out = Outbox::new();
    let mut held: VecDeque<(u64, Outbox)> = VecDeque::new();
    loop {
        let held_for = held.front().map(|(change, _)| *change);
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                if let Some((datagram, from)) = whole(received, &buffer) {
                    let turn = shared.store.as_ref().map(|store| store.turn());
                    server.handle(datagram, from, Instant::now(), &mut out);
                    // What is told of a change waits until it is on disk.
                    if let Some(change) = turn.and_then(Turn::end) {
                        let told = std::mem::take(&mut out);
                        if held.len() < MOST_HELD {
                            held.push_back((change, told));
                        }
                    }
                }
            }
            () = watcher.woken() => {
                let (observers, mut env) = server.split(Instant::now(), &mut out);
                observers.take_news(&mut env);
            }
            committed = shared.committed(held_for) => {
                while held.front().is_some_and(|(change, _)| *change <= committed) {
                    out.extend(held.pop_front().into_iter().flat_map(|(_, told)| told));
                }
            }
            _ = ticks.tick(), if !server.observers.is_empty() => {
                let (observers, mut env) = server.split(Instant::now(), &mut out);
                observers.work(&mut env);
            }
        }
        for (to, datagram) in out.drain(..) {
            // What cannot be sent is lost, as on the network.
            let _ = socket.send_to(&datagram, to).await;
        }
    }
}

/// Some systems tell an error here for a datagram that was sent before: nothing has come then.
fn whole(received: io::Result<(usize, SocketAddr)>, buffer: &[u8]) -> Option<(&[u8], SocketAddr)> {
    let (len, from) = received.ok()?;
    Some((buffer.get(..len)?, from))
}

/// What is known of the peers.
struct Server<'s> {
    shared: &'s Shared,
    start: Instant,
    proofs: Proofs,
    ids: MessageIds,
    observers: Observers,
    fetches: Fetches,
}

impl<'s> Server<'s> {
    fn new(shared: &'s Shared, now: Instant) -> Self {
        let (ids, observers) = (MessageIds::default(), Observers::default());
        let (proofs, fetches) = (Proofs::new(now), Fetches::default());
        Self { shared, start: now, proofs, ids, observers, fetches }
    }

    fn split<'a>(
        &'a mut self,
        now: Instant,
        out: &'a mut Outbox,
    ) -> (&'a mut Observers, Environment<'a>) {
        let Self { shared, start, proofs, ids, observers, .. } = self;
        let now_ms = now.saturating_duration_since(*start).as_millis() as u64;
        (observers, Environment { hub: &shared.hub, proofs, ids, out, now, now_ms })
    }

    /// Does what a datagram deserves.
    fn handle(&mut self, datagram: &[u8], from: SocketAddr, now: Instant, out: &mut Outbox) {
        let decoded = Codec::new().decode(datagram);
        let message_id = match &decoded {
            Ok(message) => message.message_id,
            Err(error) => error.message_id,
        };
        let sent_message_id = self.observers.has_sent(from, message_id);
        let know = Knowledge { sent_message_id, ..Knowledge::server(RECOGNIZED) };
        let origin = Origin { from, len: datagram.len(), now };
        match (react(&decoded, &know), decoded) {
            (Reaction::Reset, _) => send(&Message::reset(message_id), from, out),
            (Reaction::Respond(code), Ok(message)) => {
                self.respond(&message, &mut refusal(code, &message), origin, out);
            }
            (reaction, Ok(message)) if is_settling(&message) => {
                let is_reset = message.message_type == Type::Reset;
                let (observers, mut env) = self.split(now, out);
                match reaction {
                    Reaction::Process => observers.settled(from, message_id, is_reset, &mut env),
                    _ => observers.guessed(from, message_id, &mut env),
                }
            }
            (Reaction::Process, Ok(message)) => self.request(&message, origin, out),
            _ => {}
        }
    }

    fn request(&mut self, request: &Message<'_>, origin: Origin, out: &mut Outbox) {
        let Origin { from, now, .. } = origin;
        if let Some(value) = request.options.echo() {
            self.proofs.take_echo(from, value, now);
        }
        let observed = self.observe(request, origin, out);
        let context = Context {
            shared: self.shared,
            transport: Transport::Udp,
            peer: from,
            via: Via::Coap,
            rights: self.shared.guard.anonymous(),
            is_proved: self.proofs.has(from, now),
            observes: observed.is_some(),
            now,
        };
        let plain = request.reliable();
        let body = self.fetches.body_of(&plain, from, now);
        let mut reply = match &body {
            Ok(body) => resources::answer(&plain.with_payload(body), &context),
            Err(why) => Reply::error(Code::REQUEST_ENTITY_INCOMPLETE, why),
        };
        let is_observed = reply.code == Code::CONTENT || reply.code == Code::VALID;
        if let Some(key) = observed.filter(|_| is_observed) {
            let sequence = self.observers.first_sequence(key).to_uint();
            reply = reply.with(OptionNumber::OBSERVE, sequence.as_bytes());
        }
        let sent = self.respond(request, &mut reply, origin, out);
        if let (Ok(body), Some(sent)) = (&body, sent) {
            self.fetches.answered(&plain.with_payload(body), from, sent.block, now);
        }
        match (observed, sent) {
            (Some(key), Some(sent)) if is_observed => {
                let room = self.proofs.room(from, origin.len, usize::MAX, now);
                let credit = (room < usize::MAX).then(|| room.saturating_sub(sent.len));
                self.observers.answered(key, &reply, request.options.accept(), credit);
            }
            (Some(key), _) => self.observers.remove(key, &self.shared.hub),
            (None, _) => {}
        }
    }

    /// Registers or deregisters an observer, before the answer is made, so that no change is missed
    /// between both.
    fn observe(&mut self, request: &Message<'_>, origin: Origin, out: &mut Outbox) -> Option<u64> {
        let observe = request.options.observe()?;
        let (observers, mut env) = self.split(origin.now, out);
        if observe == Observe::REGISTER {
            let topic = resources::observed_topic(&request.reliable())?;
            let block = request.options.block2();
            let key = observers.register(origin.from, request.token, topic, block, &mut env);
            if key.is_none() && observers.is_full() {
                static ONCE: Once = Once::new();
                let line = format_args!("the table of CoAP observers is full");
                ONCE.call_once(|| self.shared.log.line(line));
            }
            return key;
        }
        if observe == Observe::DEREGISTER {
            observers.deregister(origin.from, request.token, env.hub);
        }
        None
    }

    /// Sends a response, of at most three times the request to an address that is not proved. If it does not fit, the client is asked to prove its address, and `None`
    /// returned.
    fn respond(
        &mut self,
        request: &Message<'_>,
        reply: &mut Reply,
        origin: Origin,
        out: &mut Outbox,
    ) -> Option<Sent> {
        let Origin { from, len, now } = origin;
        // RFC 7967 section 2: the client wants to hear nothing of it.
        if request.options.no_response(reply.code) {
            if request.message_type != Type::Confirmable {
                return Some(Sent { len: 0, block: None });
            }
            send(&Message::acknowledgement(request.message_id), from, out);
            return Some(Sent { len: EMPTY_LEN, block: None });
        }
        let own_id = self.ids.next();
        let mut buffer = vec![0; self.proofs.room(from, len, MOST_BYTES, now)];
        let fit = Fit { wanted: request.options.block2(), whole: WHOLE, may_split: true };
        let mut write = |reply: &Reply, fit: &Fit| {
            let head = request.response(reply.code, own_id);
            let (kind, id) = (head.message_type, head.message_id);
            let mut message = MessageMut::new(&mut buffer, kind, head.code, id, head.token).ok()?;
            reply.write(&mut message, fit).ok()?;
            let block = message.message().options.block2();
            Some(Sent { len: message.len(), block })
        };
        let written = write(reply, &fit).or_else(|| {
            // Without an entity tag, which blocks need: RFC 7959 section 2.4.
            reply.etag.filter(|_| fit.wanted.is_none())?;
            reply.etag = None;
            write(reply, &Fit { may_split: false, ..fit })
        });
        let sent = written.or_else(|| {
            // RFC 9175 section 2.4 item 3.
            let echo = self.proofs.echo(from, now);
            write(&Reply::new(Code::UNAUTHORIZED).with(OptionNumber::ECHO, &echo), &fit)
        });
        if let Some(Sent { len, .. }) = sent {
            buffer.truncate(len);
            out.push((from, buffer));
        }
        written
    }
}

/// A response that has gone.
#[derive(Debug, Clone, Copy)]
struct Sent {
    len: usize,
    block: Option<Block>,
}

/// A datagram that has come.
#[derive(Debug, Clone, Copy)]
struct Origin {
    from: SocketAddr,
    len: usize,
    now: Instant,
}

fn is_settling(message: &Message<'_>) -> bool {
    matches!(message.message_type, Type::Acknowledgement | Type::Reset)
}

/// An error response, with what is wrong. RFC 7252 section 5.4.1
fn refusal(code: Code, request: &Message<'_>) -> Reply {
    match bad_option(request.code, &request.options, RECOGNIZED) {
        Some(number) => Reply::error(code, &format!("option {number}")),
        None => Reply::new(code),
    }
}

/// Sends an Empty message.
fn send(message: &Message<'_>, to: SocketAddr, out: &mut Outbox) {
    let mut buffer = vec![0; EMPTY_LEN];
    if Codec::new().encode(message, &mut buffer).is_ok() {
        out.push((to, buffer));
    }
}
