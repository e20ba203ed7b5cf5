//! The server's side.

use super::client::payload_len;
use super::event::{Event, Message, SendError, SessionError, Settings, Violation};
use super::flow::Flow;
use super::limits::Limits;
use super::machine::{Machine, State, Step};
use super::snapshot::SnapshotError;
use crate::auth::Auth;
use crate::codec::{Codec, Version};
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::packet::{Packet, PacketType};
use crate::publish::PacketId;
use crate::reason_code::ReasonCode;
use crate::suback::{Suback, Unsuback};

/// The server's side of one client's session, over one connection after the other. `N` messages of
/// QoS 1 and 2 may be in flight in each direction.
///
/// The session does not know whose it is before CONNECT: take the input of a new connection into a fresh
/// one, and if the client goes on with a session that you have kept, hand that over with
/// [`resume`](Self::resume).
#[derive(Debug, Clone)]
pub struct Server<const N: usize> {
    machine: Machine<N>,
    /// CONNECT asked for a new session.
    clean_start: bool,
    wants_session: bool,
    /// CONNECT has a will; it counts once the client is accepted.
    asks_for_will: bool,
    has_will: bool,
}

impl<const N: usize> Server<N> {
    /// Without a session, of either version.
    pub const fn new(settings: Settings) -> Self {
        let machine = Machine::new(Codec::server(), settings);
        Self {
            machine,
            clean_start: true,
            wants_session: false,
            asks_for_will: false,
            has_will: false,
        }
    }

    /// A connection begins. Time runs for its CONNECT.
    pub fn begin(&mut self, now_ms: u64) {
        self.machine.begin(now_ms);
        self.machine.codec =
            Codec::server().with_max_packet_size(self.machine.settings.max_packet_size);
        (self.asks_for_will, self.has_will) = (false, false);
    }

    /// The longest snapshot, in bytes.
    pub const SNAPSHOT: usize = Flow::<N>::SNAPSHOT;

    /// Writes what the session must not forget to the start of `out`: its length; `None` if there is
    /// no room.
    pub fn snapshot(&mut self, out: &mut [u8]) -> Option<usize> {
        self.machine.snapshot(out)
    }

    /// Says that the last snapshot is kept: the answer to [`Event::Persist`].
    pub fn persisted(&mut self) {
        self.machine.persisted();
    }

    /// Between [`Event::Connect`] and [`accept`](Self::accept): goes on with what a
    /// [`snapshot`](Self::snapshot) of the client's session says.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`].
    pub fn resume(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        if self.machine.state == State::Connected {
            return Err(SnapshotError::OutOfTurn);
        }
        self.machine.flow = Flow::restore(snapshot)?;
        Ok(())
    }

    /// How many messages of QoS 1 and 2 the client may send at once: what CONNACK of 5.0 must say as
    /// Receive Maximum.
    pub fn receive_maximum(&self) -> u16 {
        let kept = self.machine.flow.promised();
        u16::try_from(N.saturating_sub(kept)).unwrap_or(u16::MAX).max(1)
    }

    /// Accepts the client: how many bytes were written. Without `session_present`, what was kept is
    /// forgotten.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. In 5.0, [`SendError::Full`] if CONNACK does not say a
    /// Receive Maximum of at most [`receive_maximum`](Self::receive_maximum).
    pub fn accept(
        &mut self,
        connack: &Connack<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let machine = &mut self.machine;
        let is_awaited = machine.state == State::Connecting && machine.codec.version.is_some();
        // [MQTT-3.2.2-2]: a new session was asked for.
        if !is_awaited || connack.session_present && self.clean_start {
            return Err(SendError::OutOfTurn);
        }
        if connack.reason_code.is_error() {
            let len = machine.put(&Packet::Connack(*connack), now_ms, out)?;
            machine.state = State::Over;
            return Ok(len);
        }
        let own = Limits::of(&connack.properties);
        let kept = if connack.session_present { machine.flow.promised() } else { 0 };
        let room = N.saturating_sub(kept).max(1);
        if machine.version() == Version::V5 && usize::from(own.receive_maximum) > room {
            return Err(SendError::Full);
        }
        let len = machine.put(&Packet::Connack(*connack), now_ms, out)?;
        if !connack.session_present {
            machine.flow.clear();
        }
        machine.own = own;
        let limit = machine.settings.max_packet_size.min(own.maximum_packet_size);
        machine.codec = machine.codec.with_max_packet_size(limit);
        if let Some(secs) = connack.properties.server_keep_alive() {
            machine.keep_alive_ms = u64::from(secs).saturating_mul(1000);
        }
        let expiry = connack.properties.session_expiry_interval();
        machine.keeps_session = expiry.map_or(self.wants_session, |secs| secs > 0);
        machine.state = State::Connected;
        machine.changed();
        self.has_will = self.asks_for_will;
        Ok(len)
    }

    /// Takes received bytes: how many, and what they say. Call it with what is left until it takes
    /// nothing; a packet that is not complete is not taken.
    ///
    /// It also takes nothing between [`Event::Connect`] and [`accept`](Self::accept) but AUTH, while
    /// [`poll_transmit`](Self::poll_transmit) owes an answer, and in 3.1.1 while there is no room for
    /// another message.
    ///
    /// # Errors
    ///
    /// [`SessionError`], again with each later call. Send what `poll_transmit` gives, and close the
    /// connection.
    pub fn handle_input<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), SessionError> {
        if self.is_deciding() {
            // Others may wait behind CONNECT.
            let header = self.machine.codec.fixed_header(input);
            let is_auth =
                |header: crate::fixed_header::FixedHeader| header.packet_type == PacketType::Auth;
            if header.is_ok_and(|header| !header.is_some_and(is_auth)) {
                return Ok((0, None));
            }
        }
        let (len, step) = self.machine.take(input, now_ms)?;
        let event = match step {
            Step::Nothing | Step::Wait => None,
            Step::Event(event) => Some(event),
            Step::Other(packet) if self.machine.owes_ping && packet == Packet::Pingreq => {
                return Ok((0, None));
            }
            Step::Other(packet) => self.packet(packet)?,
        };
        Ok((len, event))
    }

    /// CONNECT has come, and was not answered.
    fn is_deciding(&self) -> bool {
        self.machine.state == State::Connecting && self.machine.codec.version.is_some()
    }

    fn packet<'a>(&mut self, packet: Packet<'a>) -> Result<Option<Event<'a>>, SessionError> {
        let is_deciding = self.is_deciding();
        let machine = &mut self.machine;
        Ok(Some(match (machine.state, packet) {
            (State::Connecting, Packet::Connect(connect)) if !is_deciding => {
                self.connect(&connect);
                Event::Connect(connect)
            }
            (_, Packet::Auth(auth)) => Event::Auth(auth),
            (State::Connected, Packet::Subscribe(subscribe)) => {
                for subscription in subscribe.subscriptions.iter() {
                    if let Err(refusal) = machine.own.check_subscription(&subscription) {
                        let violation = Violation::NotAllowed(refusal);
                        return Err(machine.fail(SessionError::Violation(violation)));
                    }
                }
                Event::Subscribe(subscribe)
            }
            (State::Connected, Packet::Unsubscribe(unsubscribe)) => Event::Unsubscribe(unsubscribe),
            (State::Connected, Packet::Pingreq) => {
                machine.owes_ping = true;
                return Ok(None);
            }
            (State::Connected, Packet::Disconnect(disconnect)) => {
                if let Some(secs) = disconnect.properties.session_expiry_interval() {
                    // [MQTT-3.14.2-2] and section 3.14.2.2.2: not from 0 to more.
                    if secs > 0 && !machine.keeps_session {
                        return Err(machine.out_of_turn(PacketType::Disconnect));
                    }
                    machine.keeps_session = secs > 0;
                }
                machine.state = State::Over;
                // [MQTT-3.14.4-3]
                self.has_will &= disconnect.reason_code != ReasonCode::NORMAL_DISCONNECTION;
                Event::Disconnect(disconnect)
            }
            (_, packet) => return Err(machine.out_of_turn(packet.packet_type())),
        }))
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        let machine = &mut self.machine;
        machine.codec = machine.codec.with_version(connect.version);
        machine.peer = Limits::of(&connect.properties);
        // Section 3.1.2.10: one and a half times.
        machine.keep_alive_ms = u64::from(connect.keep_alive).saturating_mul(1000);
        self.clean_start = connect.clean_start;
        self.asks_for_will = connect.will.is_some();
        self.wants_session = match connect.version {
            Version::V3 => !connect.clean_start,
            Version::V5 => connect.properties.session_expiry_interval().is_some_and(|s| s > 0),
        };
    }

    /// Sends a message to the client, as [`Client::publish`](super::Client::publish).
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn publish(
        &mut self,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let payload_len = payload_len(message)?;
        self.machine.publish(message, payload_len, handle, now_ms, out)
    }

    /// As [`Client::publish_head`](super::Client::publish_head).
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn publish_head(
        &mut self,
        message: &Message<'_>,
        payload_len: u32,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let message = Message { payload: &[], ..*message };
        self.machine.publish(&message, payload_len, handle, now_ms, out)
    }

    /// As [`Client::send`](super::Client::send).
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn send(
        &mut self,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let payload_len = payload_len(message)?;
        self.machine.send(message, payload_len, handle, now_ms, out)
    }

    /// As [`Client::forget`](super::Client::forget): [MQTT-3.1.2-25] wants it for what is too large.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if [`Event::Send`] does not ask for this one.
    pub fn forget(&mut self, handle: u32) -> Result<(), SendError> {
        self.machine.forget(handle)
    }

    /// Says that `len` bytes of the announced payload were sent.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if so many were not announced.
    pub fn payload_sent(&mut self, len: u32, now_ms: u64) -> Result<(), SendError> {
        self.machine.payload_sent(len, now_ms)
    }

    /// As [`Client::acknowledge`](super::Client::acknowledge).
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if no such message waits for it.
    pub fn acknowledge(&mut self, id: PacketId, reason: ReasonCode) -> Result<(), SendError> {
        self.machine.acknowledge(id, reason)
    }

    /// Answers SUBSCRIBE.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn suback(
        &mut self,
        suback: &Suback<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.check_connected()?;
        self.machine.put(&Packet::Suback(*suback), now_ms, out)
    }

    /// Answers UNSUBSCRIBE.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn unsuback(
        &mut self,
        unsuback: &Unsuback<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.check_connected()?;
        self.machine.put(&Packet::Unsuback(*unsuback), now_ms, out)
    }

    /// Sends AUTH, a step of an authentication. Section 4.12
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn auth(
        &mut self,
        auth: &Auth<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.put(&Packet::Auth(*auth), now_ms, out)
    }

    /// Sends DISCONNECT, in 5.0 alone: the connection is over, close it.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn disconnect(
        &mut self,
        disconnect: &Disconnect<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.check_connected()?;
        let len = self.machine.put(&Packet::Disconnect(*disconnect), now_ms, out)?;
        self.machine.state = State::Over;
        Ok(len)
    }

    /// Writes what the session owes by itself: acknowledgements, PINGRESP, DISCONNECT or CONNACK after
    /// an error. `None` if nothing. Call it after every other call until it is.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`]; 16 bytes are enough.
    pub fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        self.machine.poll_transmit(now_ms, out)
    }

    /// What happens without input: [`Event::Persist`] and [`Event::Send`], again until it is done.
    pub fn poll_event(&mut self) -> Option<Event<'static>> {
        self.machine.poll_event()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call.
    pub fn poll_timeout(&self) -> Option<u64> {
        let machine = &self.machine;
        if machine.error.is_some() {
            return None;
        }
        let budget = match machine.state {
            State::Connecting if !self.is_deciding() => machine.settings.connect_ms,
            // [MQTT-3.1.2-22]: one and a half times.
            State::Connected if machine.keep_alive_ms > 0 => {
                machine.keep_alive_ms.saturating_add(machine.keep_alive_ms / 2)
            }
            _ => return None,
        };
        machine.last_heard.checked_add(budget)
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout); then the client
    /// was silent for too long, and the session has failed.
    pub fn handle_timeout(&mut self, now_ms: u64) {
        if self.poll_timeout().is_some_and(|deadline| now_ms >= deadline) {
            self.machine.fail(SessionError::Violation(Violation::Silence));
        }
    }

    /// Says that the client has ended its direction.
    ///
    /// # Errors
    ///
    /// [`Violation::Lost`] if it has not sent DISCONNECT before, and we have not.
    pub fn handle_eof(&mut self) -> Result<(), SessionError> {
        self.machine.handle_eof()
    }

    /// True if the connection is to be closed once everything was sent.
    pub fn wants_close(&self) -> bool {
        self.machine.wants_close()
    }

    /// True between CONNACK and the end.
    pub fn is_connected(&self) -> bool {
        self.machine.is_connected()
    }

    /// True if the client's Will Message is to be published once the connection has ended: it had one,
    /// and has not taken it back by DISCONNECT.
    pub fn has_will(&self) -> bool {
        self.has_will
    }

    /// True if the session outlives the connection.
    pub fn keeps_session(&self) -> bool {
        self.machine.keeps_session
    }

    /// Messages in flight to the client.
    pub fn in_flight(&self) -> usize {
        self.machine.flow.sent.len()
    }

    /// What the client has said that it takes.
    pub const fn limits(&self) -> &Limits {
        &self.machine.peer
    }
}
