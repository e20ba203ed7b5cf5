//! What both sides of a session have in common: where the conversation is, and what fails.
//! What comes in is in `receive`, what goes out in `transmit`.

use core::marker::PhantomData;

use super::aliases::Names;
use super::error::{Announcement, SendError, SessionError, Violation};
use super::event::{Event, Receipt, Settings};
use super::flow::Flow;
use super::limits::Limits;
use super::receive::Named;
use super::sealed::Side;
use super::snapshot::Owner;
use super::transmit::Aliased;
use crate::ack::AckKind;
use crate::codec::{Codec, Role, Strictness, Version};
use crate::packet::{Packet, PacketType};
use crate::place::Place;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::reason_code::ReasonCode;

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is none.
    Closed,
    /// CONNECT was sent, or is to come or was received; its answer is due.
    Connecting,
    Connected,
    /// DISCONNECT was sent, or a last CONNACK: only the end of the connection is left.
    Over,
}

/// Whose turn it is in an authentication. Section 4.12
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Nobody,
    Ours,
    Theirs,
}

#[derive(Debug)]
pub struct Machine<'m, S, const N: usize, const R: usize> {
    side: PhantomData<S>,
    pub(super) settings: Settings,
    pub(super) codec: Codec,
    pub(super) flow: Flow<N, R>,
    pub(super) state: State,
    /// What the peer takes, and what we have said that we take.
    pub(super) peer: Limits,
    pub(super) own: Limits,
    /// What uses these names, if memory was lent for them.
    pub(super) aliased: Option<Aliased>,
    pub(super) named: Option<Named>,
    pub(super) outgoing: Names<'m>,
    pub(super) incoming: Names<'m>,
    /// Seconds that the session lives on without a connection: what was asked for, what is so.
    pub(super) asked_expiry: u32,
    pub(super) expiry: u32,
    /// 0 for never.
    pub(super) keep_alive_ms: u64,
    pub(super) last_sent: u64,
    pub(super) last_heard: u64,
    /// PINGREQ was sent.
    pub(super) asked: Option<u64>,
    /// PINGREQ, or PINGRESP.
    pub(super) owes_ping: bool,
    /// The answer to an acknowledgement of nothing.
    pub(super) owed_answer: Option<(AckKind, PacketId)>,
    /// DISCONNECT, or a server's CONNACK, with this reason.
    pub(super) owed_end: Option<ReasonCode>,
    pub(super) error: Option<SessionError>,
    /// Of a PUBLISH that comes in pieces, what is still to come.
    pub(super) payload_in: u32,
    /// Its identifier, if it is not of QoS 0.
    pub(super) payload_id: Option<PacketId>,
    /// The caller has the message already.
    pub(super) payload_is_known: bool,
    /// Of a PUBLISH whose payload the caller sends, what is still to go.
    pub(super) payload_out: u32,
    pub(super) unsaved: bool,
    /// The last snapshot has all of it.
    covered: bool,
    /// The disk may still know the session that this one has replaced.
    pub(super) is_anew: bool,
    /// Another one in each connection.
    pub(super) connection: u32,
    /// CONNECT's Authentication Method, hashed.
    pub(super) method: Option<u32>,
    pub(super) turn: Turn,
}

impl<'m, S: Side, const N: usize, const R: usize> Machine<'m, S, N, R> {
    pub(super) const fn new(codec: Codec, settings: Settings) -> Self {
        const {
            assert!(N > 0 && N <= 0xFFFE, "room for 1 to 65,534 messages in flight");
            assert!(R >= N && R <= 0xFFFF, "and for as many that are promised, or more");
        }
        Self {
            side: PhantomData,
            settings,
            codec: codec.with_max_packet_size(settings.max_packet_size),
            flow: Flow::new(),
            state: State::Closed,
            peer: Limits::DEFAULT,
            own: Limits::DEFAULT,
            aliased: None,
            named: None,
            outgoing: Names::new(&mut []),
            incoming: Names::new(&mut []),
            asked_expiry: 0,
            expiry: 0,
            keep_alive_ms: 0,
            last_sent: 0,
            last_heard: 0,
            asked: None,
            owes_ping: false,
            owed_answer: None,
            owed_end: None,
            error: None,
            payload_in: 0,
            payload_id: None,
            payload_is_known: false,
            payload_out: 0,
            unsaved: false,
            covered: false,
            is_anew: false,
            connection: 0,
            method: None,
            turn: Turn::Nobody,
        }
    }

    /// What is decoded and encoded by. The role is a constant, so that the linker leaves out what only the
    /// other side sends and takes.
    #[inline(always)]
    pub(super) const fn codec(&self) -> Codec {
        Codec { role: S::ROLE, strictness: Strictness::STANDARD, ..self.codec }
    }

    #[inline]
    pub(super) fn version(&self) -> Version {
        self.codec.version.unwrap_or(Version::V5)
    }

    /// A new connection begins.
    pub(super) const fn begin(&mut self, now_ms: u64) {
        self.state = State::Connecting;
        (self.peer, self.own) = (Limits::DEFAULT, Limits::DEFAULT);
        (self.last_sent, self.last_heard) = (now_ms, now_ms);
        self.keep_alive_ms = 0;
        // Another session's receipts are not these either, if it began at another time.
        self.connection = self.connection.wrapping_add(now_ms as u32).wrapping_add(1);
    }

    /// The connection has ended, whoever ended it.
    pub(super) fn suspend(&mut self) {
        self.flow.suspend();
        self.state = State::Closed;
        // What belongs to a connection ends with it.
        self.outgoing.clear();
        self.incoming.clear();
        (self.asked, self.owes_ping) = (None, false);
        (self.owed_answer, self.owed_end, self.error) = (None, None, None);
        (self.payload_in, self.payload_id, self.payload_out) = (0, None, 0);
        (self.method, self.turn) = (None, Turn::Nobody);
    }

    /// A promise is due that a snapshot must keep.
    pub(super) const fn changed(&mut self) {
        (self.unsaved, self.covered) = (self.settings.persistent, false);
    }

    pub(super) fn snapshot(&mut self, owner: Owner, out: &mut [u8]) -> Option<usize> {
        let len = self.flow.save(owner, self.expiry, out)?;
        self.covered = true;
        Some(len)
    }

    /// What has changed since the snapshot must be kept too.
    pub(super) const fn persisted(&mut self) {
        self.unsaved &= !self.covered;
        self.is_anew &= self.unsaved;
    }

    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, error: SessionError) -> SessionError {
        // Who is gone hears nothing, and nothing can be said within a payload.
        let lost = error == SessionError::Violation(Violation::Lost);
        let may_tell = !lost && self.payload_out == 0;
        let tells = match (S::ROLE, self.state) {
            (Role::Server, State::Connecting) => self.codec.version.is_some(),
            _ => self.version() == Version::V5,
        };
        if may_tell && tells && matches!(self.state, State::Connected | State::Connecting) {
            self.owed_end = Some(error.reason_code());
        }
        self.error = Some(error);
        error
    }

    #[cold]
    pub(super) fn violation(&mut self, violation: Violation) -> SessionError {
        self.fail(SessionError::Violation(violation))
    }

    #[cold]
    pub(super) fn out_of_turn(&mut self, packet: &Packet<'_>) -> SessionError {
        self.packet_out_of_turn(packet.packet_type())
    }

    #[cold]
    pub(super) fn packet_out_of_turn(&mut self, packet_type: PacketType) -> SessionError {
        self.violation(Violation::OutOfTurn(packet_type))
    }

    /// How many messages of QoS 1 and 2 the peer may send at once.
    pub(super) fn receive_maximum(&self) -> u16 {
        let room = R.saturating_sub(self.flow.kept()).clamp(1, N);
        u16::try_from(room).unwrap_or(u16::MAX)
    }

    /// Does CONNECT or CONNACK of 5.0 announce what will be enforced?
    pub(super) fn check_announced(&self, own: &Limits, room: u16) -> Result<(), SendError> {
        let missing = if own.receive_maximum > room {
            Announcement::ReceiveMaximum(room)
        } else if own.maximum_packet_size > self.settings.max_packet_size {
            Announcement::MaximumPacketSize(self.settings.max_packet_size)
        } else if own.topic_alias_maximum > self.settings.topic_aliases
            && !self.incoming.has_memory()
        {
            Announcement::TopicAliasMaximum
        } else {
            return Ok(());
        };
        Err(SendError::Unannounced(missing))
    }

    /// From now on this is taken.
    pub(super) fn announced(&mut self, own: Limits) {
        self.own = own;
        let limit = self.settings.max_packet_size.min(own.maximum_packet_size);
        self.codec = self.codec.with_max_packet_size(limit);
    }

    pub(super) fn acknowledge(
        &mut self,
        receipt: Receipt,
        reason: ReasonCode,
    ) -> Result<(), SendError> {
        if receipt.connection != self.connection || self.state == State::Closed {
            return Err(SendError::Stale);
        }
        let reason = match self.version() {
            Version::V3 => ReasonCode::SUCCESS,
            Version::V5 => reason,
        };
        reason.check(self.version(), Place::PUBACK).map_err(SendError::Invalid)?;
        let is_whole = self.payload_in == 0 || self.payload_id != Some(receipt.id);
        if !is_whole || !self.flow.acknowledge(receipt.id, reason) {
            return Err(SendError::OutOfTurn);
        }
        self.changed();
        Ok(())
    }

    /// DISCONNECT is owed after an error.
    pub(super) fn is_end_owed(&self) -> bool {
        self.state == State::Connected && self.owed_end.is_some()
    }

    pub(super) const fn is_over(&self) -> bool {
        self.error.is_some() || matches!(self.state, State::Closed | State::Over)
    }

    /// A message that must be sent, and may be. [MQTT-3.3.4-7]
    pub(super) fn poll_event(&mut self) -> Option<Event<'static>> {
        if self.unsaved {
            return Some(Event::Persist);
        }
        if self.check_connected().is_err() {
            return None;
        }
        self.next_due().map(|sent| Event::Send { handle: sent.handle, id: sent.id })
    }

    pub(super) fn handle_eof(&mut self) -> Result<(), SessionError> {
        match (self.state, self.error) {
            (State::Closed | State::Over, _) => Ok(()),
            (_, Some(error)) => Err(error),
            _ => Err(self.violation(Violation::Lost)),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state == State::Connected && self.error.is_none()
    }

    pub(super) fn wants_close(&self) -> bool {
        self.owed_end.is_none() && (self.state == State::Over || self.error.is_some())
    }

    /// Is this CONNECT's Authentication Method?
    pub(super) fn is_method(&self, properties: &Properties<'_>) -> bool {
        method_of(properties) == self.method
    }

    /// AUTH from the peer, and whose turn it is then.
    pub(super) fn auth_came(
        &mut self,
        reason: ReasonCode,
        properties: &Properties<'_>,
    ) -> Result<(), SessionError> {
        let is_connected = self.state == State::Connected;
        let is_server = S::ROLE == Role::Server;
        let turn = match (self.turn, reason) {
            (Turn::Theirs, ReasonCode::CONTINUE_AUTHENTICATION) => Turn::Ours,
            (Turn::Theirs, ReasonCode::SUCCESS) if is_connected && !is_server => Turn::Nobody,
            (Turn::Nobody, ReasonCode::RE_AUTHENTICATE) if is_connected && is_server => Turn::Ours,
            _ => return Err(self.packet_out_of_turn(PacketType::Auth)), // [MQTT-4.12.0-6]
        };
        self.check_told(properties)?;
        if self.method.is_none() || !self.is_method(properties) {
            return Err(self.violation(Violation::AuthenticationMethod));
        }
        self.turn = turn;
        Ok(())
    }

    /// May we send AUTH, and whose turn is it then?
    pub(super) fn check_auth(
        &self,
        reason: ReasonCode,
        properties: &Properties<'_>,
    ) -> Result<Turn, SendError> {
        let is_connected = self.state == State::Connected;
        let is_server = S::ROLE == Role::Server;
        let turn = match (self.turn, reason) {
            (Turn::Ours, ReasonCode::CONTINUE_AUTHENTICATION) => Turn::Theirs,
            (Turn::Ours, ReasonCode::SUCCESS) if is_connected && is_server => Turn::Nobody,
            (Turn::Nobody, ReasonCode::RE_AUTHENTICATE) if is_connected && !is_server => {
                Turn::Theirs
            }
            _ => return Err(SendError::OutOfTurn),
        };
        if self.method.is_none() || !self.is_method(properties) {
            return Err(SendError::AuthenticationMethod);
        }
        Ok(turn)
    }
}

/// The Authentication Method as a number: FNV-1a. Who names another one with the same number fools
/// nobody but himself, since the caller reads the name.
pub(super) fn method_of(properties: &Properties<'_>) -> Option<u32> {
    let method = properties.authentication_method()?;
    let hash = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    Some(method.as_bytes().iter().fold(0x811C_9DC5, hash))
}
