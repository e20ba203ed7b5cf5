//! The task of one connection: bytes in, the session's machine, hub; hub, machine, bytes out.
//!
//! One task does both directions, so that nothing but the hub is shared. It never waits for the
//! socket to take bytes before it reads: output waits in a buffer, filled from the session's outbox
//! only as far as the client reads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt_codec::{Codec, Disconnect, List, Property, ReasonCode, Text, Version};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

use super::end::{End, Fault};
use super::handshake::{Greeted, Refusal, greet};
use super::inbound::Aliases;
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::hub::{Departure, Link, Server, Session, instant_of, ms_of};
use crate::gateway::log::Shown;
use crate::gateway::stream::Stream;
use crate::gateway::wire::{Output, Step, Wire};

/// A client whose output does not move for so long is gone, even without a Keep Alive.
const STALL: Duration = Duration::from_secs(300);
/// So long a connection that is over waits for the disk.
const LAST_COMMIT: Duration = Duration::from_secs(5);
/// So many packets of one client are handled before others have their turn.
const PACKETS_AT_ONCE: usize = 64;
/// So many bytes are read ahead while output is congested, or one packet if it is longer.
const READ_AHEAD: usize = 64 << 10;
/// So many bytes of an unfinished packet are a sign of life.
const SIGN_OF_LIFE: usize = 1000;

/// A connected client.
pub(super) struct Client<'s, 'm> {
    pub(super) shared: &'s Shared,
    pub(super) wire: Wire,
    pub(super) server: Box<Server<'m>>,
    pub(super) version: Version,
    pub(super) session: Arc<Session>,
    pub(super) rights: Rights,
    pub(super) aliases: Aliases,
    pub(super) wants_origin: bool,
    /// The log has told that a message of this client was lost or not retained.
    pub(super) reported: bool,
    presence: Presence<'s>,
    /// The snapshot that was put down last.
    kept: Vec<u8>,
    /// When output last moved.
    moved: Instant,
}

/// The client's place in the hub, until it is dropped.
struct Presence<'s> {
    shared: &'s Shared,
    session: Arc<Session>,
    link: Arc<Link>,
}

/// Serves one connection from its first byte to its last.
pub(crate) async fn serve(stream: Stream, peer: SocketAddr, shared: Arc<Shared>) {
    let shared = &*shared;
    let (mut wire, mut lent) = (Wire::new(stream), Vec::new());
    let mut ending = shared.ending.subscribe();
    let greeted = tokio::select! {
        greeted = greet(&mut wire, &mut lent, shared) => greeted,
        _ = ending.wait_for(|ending| *ending) => return,
    };
    match greeted {
        Ok(greeted) => Client::new(wire, greeted, shared).serve(peer).await,
        Err(Refusal::Silent(why)) => {
            shared.log.line(format_args!("{peer}: {why}"));
            wire.close().await;
        }
        Err(Refusal::Fault(Fault { reason, text })) => {
            shared.log.line(format_args!("{peer}: refused: {reason}: {text}"));
            wire.close().await;
        }
    }
}

impl<'s, 'm> Client<'s, 'm> {
    fn new(wire: Wire, greeted: Greeted<'m>, shared: &'s Shared) -> Self {
        let Greeted { server, version, attached, rights, wants_origin } = greeted;
        let session = attached.session;
        let presence = Presence { shared, session: Arc::clone(&session), link: attached.link };
        Self {
            shared,
            wire,
            server,
            version,
            session,
            rights,
            aliases: Aliases::default(),
            wants_origin,
            reported: false,
            presence,
            kept: Vec::new(),
            moved: Instant::now(),
        }
    }

    async fn serve(mut self, peer: SocketAddr) {
        let (shared, session) = (self.shared, Arc::clone(&self.session));
        let name = Shown(session.client_id());
        let version = if self.version == Version::V5 { "5.0" } else { "3.1.1" };
        shared.log.line(format_args!("{peer}: {name} connected, MQTT {version}"));
        self.hold_greeting();
        let end = self.exchange().await;
        self.say_goodbye(&end);
        if let (Some(store), false) = (&shared.store, matches!(end, End::Failed(_))) {
            // Acknowledgements may be among the last bytes.
            let _ = timeout(LAST_COMMIT, store.wait_for(store.sequence())).await;
            self.wire.output.release(store.committed());
        }
        let Self { wire, server, presence, .. } = self;
        let server = Box::new(server.absent(ms_of(Instant::now().into_std())));
        presence.leave(Departure { server, says_will: end.says_will() });
        shared.log.line(format_args!("{peer}: {name} {end}"));
        match session.dropped() {
            0 => {}
            n => shared.log.line(format_args!("{name} did not keep up, {n} messages lost")),
        }
        if !matches!(end, End::Failed(_) | End::Stalled) {
            wire.close().await;
        }
    }

    /// Packets both ways, until the end.
    async fn exchange(&mut self) -> End {
        loop {
            let (more, refill) = match self.turn() {
                Ok(more) => more,
                Err(end) => return end,
            };
            let held_for = self.wire.output.held_for();
            let deadline = self.deadline();
            let congested = self.wire.is_congested();
            let listens = self.listens();
            let may_read = if congested { listens } else { !more };
            let may_read = may_read && !(held_for.is_some() && self.is_disk_behind());
            tokio::select! {
                step = self.wire.step(may_read) => match step {
                    Ok(Step::Read(0)) if congested => return self.last_words(End::Closed).await,
                    Ok(Step::Read(0)) => return End::Closed,
                    Ok(Step::Read(len)) if congested || len >= SIGN_OF_LIFE => self.heard(),
                    Ok(Step::Read(_)) => {}
                    Ok(Step::Wrote) => {
                        self.moved = Instant::now();
                        if !listens {
                            self.heard();
                        }
                    }
                    Err(error) => return self.last_words(End::Failed(error)).await,
                },
                () = self.presence.link.woken() => {
                    if let Some(reason) = self.presence.link.ended() {
                        return End::Hub(reason);
                    }
                }
                committed = self.shared.committed(held_for) => self.wire.output.release(committed),
                () = yield_now(), if refill || more && !congested => {}
                () = sleep_until(deadline) => {
                    if let Some(end) = self.overdue() {
                        return end;
                    }
                }
            }
        }
    }

    /// Input and output, as far as there are; what changes is one step for the disk, and what is said
    /// waits for it. True if there may be more input, and output.
    fn turn(&mut self) -> Result<(bool, bool), End> {
        let Some(store) = &self.shared.store else {
            return Ok((self.handle_input()?, self.fill_output()));
        };
        let (turn, from) = (store.turn(), self.wire.output.end());
        let more = self.handle_input();
        let refill = more.is_ok() && self.fill_output();
        self.keep_snapshot();
        if let Some(change) = turn.end() {
            self.wire.output.hold(from, change);
        }
        Ok((more?, refill))
    }

    /// Puts down what the machine must not forget, if that has changed.
    fn keep_snapshot(&mut self) {
        if !self.session.is_kept() {
            return;
        }
        let mut bytes = [0; Server::SNAPSHOT];
        let len = self.server.snapshot(&mut bytes).unwrap_or_default();
        let bytes = bytes.get(..len).unwrap_or_default();
        if self.kept != bytes {
            self.session.keep_snapshot(bytes);
            self.kept.clear();
            self.kept.extend_from_slice(bytes);
        }
    }

    /// A session that ended for this one must not come back, once CONNACK has said so.
    fn hold_greeting(&mut self) {
        if let Some(store) = &self.shared.store {
            self.wire.output.hold(0, store.sequence());
            self.wire.output.release(store.committed());
        }
    }

    fn is_disk_behind(&self) -> bool {
        self.shared.store.as_ref().is_some_and(|store| store.is_behind())
    }

    /// The connection is over, perhaps while we wrote to a client that had said goodbye and left:
    /// what it said is still there to be read.
    async fn last_words(&mut self, end: End) -> End {
        self.wire.output = Output::default();
        loop {
            match self.turn().map(|(more, _)| more) {
                _ if self.presence.link.ended().is_some() => return end,
                Ok(true) => self.wire.output = Output::default(),
                Ok(false) if matches!(self.wire.read_rest().await, Ok(1..)) => {}
                Ok(false) => return end,
                Err(end) => return end,
            }
        }
    }

    /// The next whole packets of the input; true if there may be more. While the client does not
    /// read, they wait.
    fn handle_input(&mut self) -> Result<bool, End> {
        let now_ms = ms_of(Instant::now().into_std());
        let mut input = std::mem::take(&mut self.wire.input);
        let mut consumed = 0;
        let mut result = Ok(true);
        for _ in 0..PACKETS_AT_ONCE {
            if self.wire.is_congested() {
                break;
            }
            let rest = input.get(consumed..).unwrap_or_default();
            result = match self.server.handle_input(rest, now_ms) {
                Ok((0, None)) => Ok(false),
                Ok((len, event)) => {
                    consumed += len;
                    event.as_ref().map_or(Ok(()), |event| self.handle(event, now_ms)).map(|()| true)
                }
                Err(error) => Err(Fault::from(error).into()),
            };
            if !matches!(result, Ok(true)) {
                break;
            }
            self.transmit(now_ms);
        }
        std::mem::swap(&mut self.wire.input, &mut input);
        self.wire.consume(consumed);
        result
    }

    /// What the machine owes by itself.
    pub(super) fn transmit(&mut self, now_ms: u64) {
        let mut bytes = [0; 16];
        let Self { wire, server, .. } = self;
        loop {
            match server.poll_transmit(now_ms, &mut bytes) {
                Ok(Some(len)) => wire.output.push(bytes.get(..len).unwrap_or_default()),
                Ok(None) => return,
                Err(_) => return, // what it owes is shorter
            }
        }
    }

    /// A sign of life.
    fn heard(&mut self) {
        self.server.heard(ms_of(Instant::now().into_std()));
    }

    /// False while output is congested and so much is read ahead that nothing more is: the client
    /// cannot give a sign of life then.
    fn listens(&self) -> bool {
        !self.wire.is_congested() || self.wire.input.len() < READ_AHEAD.max(self.next_packet())
    }

    /// Length of the packet that the input begins with, as far as it is known.
    fn next_packet(&self) -> usize {
        let codec = Codec::server().with_max_packet_size(self.shared.options.limits.packet_size);
        let codec = codec.with_version(self.version);
        codec.frame_len(&self.wire.input).ok().flatten().unwrap_or(0)
    }

    /// When the Keep Alive is over, if it runs.
    fn silent_at(&self) -> Option<Instant> {
        let at = self.server.poll_timeout().filter(|_| self.listens())?;
        instant_of(at).map(Instant::from_std)
    }

    /// When to look for what is [`overdue`](Self::overdue).
    fn deadline(&self) -> Instant {
        let still = if self.wire.output.is_empty() { Instant::now() } else { self.moved };
        let deadline = still + STALL;
        self.silent_at().map_or(deadline, |at| deadline.min(at))
    }

    fn overdue(&mut self) -> Option<End> {
        let now = Instant::now();
        if self.wire.output.is_empty() {
            self.moved = now;
        } else if now >= self.moved + STALL {
            return Some(End::Stalled);
        }
        self.silent_at().filter(|at| now >= *at)?;
        self.server.handle_timeout(ms_of(now.into_std()));
        Some(End::KeepAlive)
    }

    /// DISCONNECT, if this version and this end have one. MQTT 5.0 section 4.13
    fn say_goodbye(&mut self, end: &End) {
        let now_ms = ms_of(Instant::now().into_std());
        if let Some(reason) = end.reason() {
            let text = match end {
                End::Fault(fault) => Text::new(&fault.text).ok(),
                _ => None,
            };
            let text = text.map(Property::ReasonString);
            // If it is not a reason that a DISCONNECT may have (a second CONNECT of another version), a
            // more general one.
            let Self { wire, server, .. } = self;
            for reason in [reason, ReasonCode::PROTOCOL_ERROR] {
                let disconnect = Disconnect::new(reason);
                let disconnect =
                    Disconnect { properties: List::new(text.as_slice()), ..disconnect };
                if wire.output.append(|out| server.disconnect(&disconnect, now_ms, out)).is_ok() {
                    break;
                }
            }
        }
        self.transmit(now_ms);
    }
}

impl Presence<'_> {
    fn leave(self, departure: Departure) {
        self.shared.hub.detach(&self.session, &self.link, Some(departure));
    }
}

impl Drop for Presence<'_> {
    /// Does nothing if it has been left.
    fn drop(&mut self) {
        self.shared.hub.detach(&self.session, &self.link, None);
    }
}
