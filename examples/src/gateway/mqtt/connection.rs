//! The task of one connection: bytes in, packets, hub; hub, packets, bytes out.
//!
//! One task does both directions, so that nothing but the hub is shared. It never waits for the
//! socket to take bytes before it reads: output waits in a buffer, filled from the session's outbox
//! only as far as the client reads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt_codec::{Codec, Disconnect, List, Packet, Property, ReasonCode, Text, Version};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::end::{End, Fault};
use super::handshake::{Greeted, Refusal, greet};
use super::inbound::Aliases;
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::hub::{Link, Session};
use crate::gateway::log::Shown;
use crate::gateway::stream::Stream;
use crate::gateway::wire::{Output, Step, Wire};

/// A client whose output does not move for so long is gone, even without a Keep Alive.
const STALL: Duration = Duration::from_secs(300);
/// So many packets of one client are handled before others have their turn.
const PACKETS_AT_ONCE: usize = 64;
/// So many bytes are read ahead while output is congested, or one packet if it is longer.
const READ_AHEAD: usize = 64 << 10;
/// So many bytes of an unfinished packet are a sign of life.
const SIGN_OF_LIFE: usize = 1000;

/// A connected client.
pub(super) struct Client<'s> {
    pub(super) shared: &'s Shared,
    pub(super) wire: Wire,
    pub(super) codec: Codec,
    pub(super) session: Arc<Session>,
    pub(super) link: Arc<Link>,
    pub(super) rights: Rights,
    pub(super) aliases: Aliases,
    pub(super) send_limit: usize,
    pub(super) expiry: u32,
    pub(super) wants_origin: bool,
    /// The log has told that a message of this client was lost or not retained.
    pub(super) reported: bool,
    keep_alive: Option<Duration>,
    /// When the client last gave a sign of life.
    heard: Instant,
    /// When output last moved.
    moved: Instant,
}

/// Serves one connection from its first byte to its last.
pub(crate) async fn serve(stream: Stream, peer: SocketAddr, shared: Arc<Shared>) {
    let shared = &*shared;
    let mut wire = Wire::new(stream);
    let mut ending = shared.ending.subscribe();
    let greeted = tokio::select! {
        greeted = greet(&mut wire, shared) => greeted,
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

impl<'s> Client<'s> {
    fn new(wire: Wire, greeted: Greeted, shared: &'s Shared) -> Self {
        let Greeted { codec, attached, rights, .. } = greeted;
        let Greeted { keep_alive, send_limit, expiry, wants_origin, .. } = greeted;
        let now = Instant::now();
        Self {
            shared,
            wire,
            codec,
            session: attached.session,
            link: attached.link,
            rights,
            aliases: Aliases::default(),
            send_limit,
            expiry,
            wants_origin,
            reported: false,
            keep_alive,
            heard: now,
            moved: now,
        }
    }

    async fn serve(mut self, peer: SocketAddr) {
        let session = Arc::clone(&self.session);
        let name = Shown(session.client_id());
        let version = if self.codec.version == Some(Version::V5) { "5.0" } else { "3.1.1" };
        self.shared.log.line(format_args!("{peer}: {name} connected, MQTT {version}"));
        let end = self.exchange().await;
        self.shared.hub.detach(&self.session, &self.link, end.departure());
        self.shared.log.line(format_args!("{peer}: {name} {end}"));
        match self.session.dropped() {
            0 => {}
            n => self.shared.log.line(format_args!("{name} did not keep up, {n} messages lost")),
        }
        self.say_goodbye(&end);
        if !matches!(end, End::Failed(_) | End::Stalled) {
            self.wire.close().await;
        }
    }

    /// Packets both ways, until the end.
    async fn exchange(&mut self) -> End {
        loop {
            let more = match self.handle_input() {
                Ok(more) => more,
                Err(end) => return end,
            };
            let refill = self.fill_output();
            let deadline = self.deadline();
            let congested = self.wire.is_congested();
            let listens = self.listens();
            let may_read = if congested { listens } else { !more };
            tokio::select! {
                step = self.wire.step(may_read) => match step {
                    Ok(Step::Read(0)) if congested => return self.last_words(End::Closed).await,
                    Ok(Step::Read(0)) => return End::Closed,
                    Ok(Step::Read(len)) if congested || len >= SIGN_OF_LIFE => {
                        self.heard = Instant::now();
                    }
                    Ok(Step::Read(_)) => {}
                    Ok(Step::Wrote) => {
                        self.moved = Instant::now();
                        if !listens {
                            self.heard = self.moved;
                        }
                    }
                    Err(error) => return self.last_words(End::Failed(error)).await,
                },
                () = self.link.woken() => {
                    if let Some(reason) = self.link.ended() {
                        return End::Hub(reason);
                    }
                }
                () = yield_now(), if refill || more && !congested => {}
                () = sleep_until(deadline) => {
                    if let Some(end) = self.overdue() {
                        return end;
                    }
                }
            }
        }
    }

    /// The connection is over, perhaps while we wrote to a client that had said goodbye and left:
    /// what it said is still there to be read.
    async fn last_words(&mut self, end: End) -> End {
        self.wire.output = Output::default();
        loop {
            match self.handle_input() {
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
        let mut input = std::mem::take(&mut self.wire.input);
        let mut consumed = 0;
        let mut result = Ok(true);
        for _ in 0..PACKETS_AT_ONCE {
            if self.wire.is_congested() {
                break;
            }
            let rest = input.get(consumed..).unwrap_or_default();
            result = match self.codec.decode(rest) {
                Ok(None) => Ok(false),
                Ok(Some((packet, len))) => {
                    consumed += len;
                    self.handle(&packet).map(|()| true)
                }
                Err(error) => Err(Fault::from(error).into()),
            };
            if !matches!(result, Ok(true)) {
                break;
            }
        }
        if consumed > 0 {
            self.heard = Instant::now();
        }
        std::mem::swap(&mut self.wire.input, &mut input);
        self.wire.consume(consumed);
        result
    }

    /// False while output is congested and so much is read ahead that nothing more is: the client
    /// cannot give a sign of life then.
    fn listens(&self) -> bool {
        let packet = self.codec.frame_len(&self.wire.input).ok().flatten().unwrap_or(0);
        !self.wire.is_congested() || self.wire.input.len() < READ_AHEAD.max(packet)
    }

    /// When the Keep Alive is over, if it runs.
    fn silent_at(&self) -> Option<Instant> {
        self.keep_alive.filter(|_| self.listens()).map(|time| self.heard + time)
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
        self.silent_at().is_some_and(|at| now >= at).then_some(End::KeepAlive)
    }

    /// DISCONNECT, if this version and this end have one. MQTT 5.0 section 4.13
    fn say_goodbye(&mut self, end: &End) {
        let (Some(reason), Some(Version::V5)) = (end.reason(), self.codec.version) else {
            return;
        };
        let text = match end {
            End::Fault(fault) => Text::new(&fault.text).ok(),
            _ => None,
        };
        let text = text.map(Property::ReasonString);
        // If it is not a reason that a DISCONNECT may have (a second CONNECT of another version), a
        // more general one; if it is too long for this client, without a text.
        let reasons = [reason, ReasonCode::PROTOCOL_ERROR].map(Disconnect::new);
        let told = reasons.map(|d| Disconnect { properties: List::new(text.as_slice()), ..d });
        for packet in told.into_iter().chain(reasons) {
            if self.send(&Packet::Disconnect(packet)).is_ok() {
                break;
            }
        }
    }
}
