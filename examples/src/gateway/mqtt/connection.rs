//! The task of one connection: bytes in, packets, hub; hub, packets, bytes out.
//!
//! One task does both directions, so that nothing but the hub is shared. It never waits for the
//! socket to take bytes before it reads: output waits in a buffer, filled from the session's outbox
//! only as far as the client reads.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt_codec::{Codec, Disconnect, List, Packet, Property, ReasonCode, Text, Version};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::end::{End, Fault};
use super::handshake::{Greeted, Refusal, greet};
use super::inbound::Aliases;
use super::wire::{Step, Wire};
use crate::gateway::Shared;
use crate::gateway::hub::{Link, Session};

/// A client whose output does not move for so long is gone.
const STALL: Duration = Duration::from_secs(30);
/// So many bytes of an unfinished packet are a sign of life.
const SIGN_OF_LIFE: usize = 1000;

/// A connected client.
pub(super) struct Client<'s> {
    pub(super) shared: &'s Shared,
    pub(super) wire: Wire,
    pub(super) codec: Codec,
    pub(super) session: Arc<Session>,
    pub(super) link: Arc<Link>,
    pub(super) aliases: Aliases,
    pub(super) send_limit: usize,
    pub(super) expiry: u32,
    keep_alive: Option<Duration>,
    /// When the client last gave a sign of life.
    heard: Instant,
    /// When output last moved.
    moved: Instant,
}

/// Serves one connection from its first byte to its last.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, shared: &Shared) {
    let _ = stream.set_nodelay(true);
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
        let Greeted { codec, attached, keep_alive, send_limit, expiry } = greeted;
        let now = Instant::now();
        Self {
            shared,
            wire,
            codec,
            session: attached.session,
            link: attached.link,
            aliases: Aliases::default(),
            send_limit,
            expiry,
            keep_alive,
            heard: now,
            moved: now,
        }
    }

    async fn serve(mut self, peer: SocketAddr) {
        let name = Arc::clone(self.session.client_id());
        let version = if self.codec.version == Some(Version::V5) { "5.0" } else { "3.1.1" };
        self.shared.log.line(format_args!("{peer}: {name:?} connected, MQTT {version}"));
        let end = self.exchange().await;
        self.shared.hub.detach(&self.session, &self.link, end.departure());
        self.shared.log.line(format_args!("{peer}: {name:?} {end}"));
        match self.session.dropped() {
            0 => {}
            n => self.shared.log.line(format_args!("{name:?} did not keep up, {n} messages lost")),
        }
        self.say_goodbye(&end);
        if !matches!(end, End::Failed(_) | End::Stalled) {
            self.wire.close().await;
        }
    }

    /// Packets both ways, until the end.
    async fn exchange(&mut self) -> End {
        loop {
            if let Err(end) = self.handle_input() {
                return end;
            }
            self.fill_output();
            let deadline = self.deadline();
            tokio::select! {
                step = self.wire.step() => match step {
                    Ok(Step::Read(0)) => return End::Closed,
                    Ok(Step::Read(len)) if len >= SIGN_OF_LIFE => self.heard = Instant::now(),
                    Ok(Step::Read(_)) => {}
                    Ok(Step::Wrote) => self.moved = Instant::now(),
                    Err(error) => return self.last_words(error),
                },
                () = self.link.woken() => {
                    if let Some(reason) = self.link.ended() {
                        return End::Hub(reason);
                    }
                }
                () = sleep_until(deadline) => {
                    if let Some(end) = self.overdue() {
                        return end;
                    }
                }
            }
        }
    }

    /// The network failed, perhaps while we wrote to a client that had said goodbye and left: what
    /// it said is still there to be read.
    fn last_words(&mut self, error: io::Error) -> End {
        while matches!(self.wire.try_read(), Ok(1..)) {
            if let Err(end) = self.handle_input() {
                return end;
            }
        }
        End::Failed(error)
    }

    /// Every whole packet of the input.
    fn handle_input(&mut self) -> Result<(), End> {
        let mut input = std::mem::take(&mut self.wire.input);
        let mut consumed = 0;
        let result = loop {
            let rest = input.get(consumed..).unwrap_or_default();
            match self.codec.decode(rest) {
                Ok(None) => break Ok(()),
                Ok(Some((packet, len))) => {
                    consumed += len;
                    if let Err(end) = self.handle(&packet) {
                        break Err(end);
                    }
                }
                Err(error) => break Err(Fault::from(error).into()),
            }
        };
        if consumed > 0 {
            self.heard = Instant::now();
        }
        std::mem::swap(&mut self.wire.input, &mut input);
        self.wire.consume(consumed);
        result
    }

    /// When to look for what is [`overdue`](Self::overdue).
    fn deadline(&self) -> Instant {
        let mut deadline = self.moved + STALL;
        if self.wire.output.is_empty() {
            deadline = Instant::now() + STALL;
        }
        match self.keep_alive {
            Some(time) if !self.wire.is_congested() => deadline.min(self.heard + time),
            _ => deadline,
        }
    }

    fn overdue(&mut self) -> Option<End> {
        let now = Instant::now();
        if self.wire.output.is_empty() {
            self.moved = now;
        } else if now >= self.moved + STALL {
            return Some(End::Stalled);
        }
        if self.wire.is_congested() {
            self.heard = now; // nobody listened
        }
        let silent = self.keep_alive.is_some_and(|time| now >= self.heard + time);
        silent.then_some(End::KeepAlive)
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
        let full = Disconnect { reason_code: reason, properties: List::new(text.as_slice()) };
        // Too long for this client, or not a reason that a DISCONNECT may have (a second CONNECT of
        // another version): shorter, then more general.
        let short = Disconnect::new(reason);
        let general = Disconnect::new(ReasonCode::PROTOCOL_ERROR);
        for packet in [full, short, general] {
            if self.send(&Packet::Disconnect(packet)).is_ok() {
                break;
            }
        }
    }
}
