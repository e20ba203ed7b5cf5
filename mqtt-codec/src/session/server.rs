//! The server's side.

use super::error::{Announcement, SendError, SessionError, Violation};
use super::event::{Event, Settings};
use super::flow::Flow;
use super::limits::{Limits, Refusal};
use super::machine::{Machine, State, Turn, method_of};
use super::snapshot::{Owner, SnapshotError};
use super::{Session, expiry_of, sealed, turn_of};
use crate::codec::{Codec, Role, Version};
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::packet::{Packet, PacketType};
use crate::publish::QoS;
use crate::reason_code::ReasonCode;
use crate::suback::{Suback, Unsuback};
use crate::subscribe::Subscribe;

/// The server's side of a client's session: of a connection, and behind its end of an absent client.
/// `N` messages of QoS 1 and 2 may be in flight in each direction, and the client may send `R` of QoS 2 before
/// it releases the first one.
///
/// Each connection begins with a new one. After [`Event::Connect`] look for the absent session that you
/// have under the client's name, and [`resume`](Self::resume) it, or with Clean Start
/// [`end_session`](Self::end_session) it, then [`accept`](Self::accept). If that client is still
/// connected, [`disconnect`](Self::disconnect) it with `SESSION_TAKEN_OVER` before, and say
/// [`ended`](Self::ended).
///
/// Behind the end of its connection go on with [`poll_timeout`](Self::poll_timeout) and
/// [`poll_event`](Self::poll_event): [`Event::PublishWill`] comes when the Will Delay Interval is over,
/// [`Event::SessionEnded`] when the Session Expiry Interval is.
///
/// ```
/// use mqtt_codec::session::{Event, Server, Settings};
/// use mqtt_codec::{Connack, ReasonCode};
///
/// let (mut server, mut out) = (Server::<8>::new(Settings::DEFAULT, 0), [0; 64]);
/// let received = b"\x10\x0D\0\x04MQTT\x04\x02\0\x0A\0\x01c\xC0\0"; // CONNECT, PINGREQ
/// let (mut taken, event) = server.handle_input(received, 0)?;
/// assert!(matches!(event, Some(Event::Connect(connect)) if connect.client_id == "c"));
/// let connack = Connack::new(false, ReasonCode::SUCCESS); // in 5.0 with server.announcements()
/// let len = server.accept(&connack, 0, &mut out).unwrap(); // send out[..len]
///
/// taken += server.handle_input(&received[taken..], 0)?.0;
/// assert_eq!((taken, server.poll_transmit(0, &mut out)), (received.len(), Ok(Some(2))));
/// assert_eq!(&out[..2], b"\xD0\0"); // PINGRESP
/// // The connection breaks: the client did not ask for a session that outlives it.
/// server.ended(1000);
/// assert_eq!(server.poll_event(), Some(Event::SessionEnded));
/// # Ok::<(), mqtt_codec::session::SessionError>(())
/// ```
pub type Server<'m, const N: usize, const R: usize = N> = Session<'m, ServerSide, N, R>;

/// What only a server has.
#[derive(Debug)]
pub struct ServerSide {
    /// CONNECT asked for a new session.
    clean_start: bool,
    /// CONNECT's will.
    asked_will: Option<Will>,
    /// CONNECT has no name; it asks for Response Information.
    wants_name: bool,
    wants_response: bool,
    /// The client was let in.
    is_accepted: bool,
    /// The longest Session Expiry Interval that CONNACK has granted.
    longest: u32,
    /// There is a session.
    has_session: bool,
    /// Seconds from the end of the connection to the will that is held.
    will_delay: Option<u32>,
    /// When the connection ended.
    absent_since: u64,
    owes_will: bool,
    owes_end: bool,
}

/// A will, without what it says.
#[derive(Debug, Clone, Copy)]
struct Will {
    qos: QoS,
    retain: bool,
    delay: u32,
}

impl<'m, const N: usize, const R: usize> Server<'m, N, R> {
    /// A connection begins, of a client of either version. Time runs for its CONNECT.
    pub const fn new(settings: Settings, now_ms: u64) -> Self {
        let mut machine = Machine::new(Codec::server(), settings);
        machine.begin(now_ms);
        let side = ServerSide {
            clean_start: true,
            asked_will: None,
            wants_name: false,
            wants_response: false,
            is_accepted: false,
            longest: u32::MAX,
            has_session: false,
            will_delay: None,
            absent_since: 0,
            owes_will: false,
            owes_end: false,
        };
        Self { machine, side }
    }

    /// The session of an absent client, from a [`snapshot`](Self::snapshot), after a restart: its Will
    /// Delay Interval and Session Expiry Interval begin now.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`].
    pub fn restore(
        settings: Settings,
        snapshot: &[u8],
        now_ms: u64,
    ) -> Result<Self, SnapshotError> {
        let (flow, owner, expiry) = Flow::restore(snapshot)?;
        let Owner::Server(will_delay) = owner else { return Err(SnapshotError::OtherSide) };
        let mut server = Self::new(settings, now_ms);
        (server.machine.flow, server.machine.expiry) = (flow, expiry);
        let side = &mut server.side;
        (side.will_delay, side.has_session, side.is_accepted) = (will_delay, true, true);
        server.ended(now_ms);
        Ok(server)
    }

    /// Between [`Event::Connect`] and [`accept`](Self::accept): goes on with the session of the absent
    /// client, which has none anymore then. Its will, if it was not due, is not published
    /// (MQTT-3.1.3-9). What was due by now is: ask `absent` for its events. Only who is let in should get
    /// that far; if it is refused after all, the session is this one's behind its [`ended`](Self::ended).
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] at another point, with Clean Start, if a session was resumed already, or if
    /// that client is not absent or its session is over by now.
    pub fn resume(&mut self, absent: &mut Server<'_, N, R>, now_ms: u64) -> Result<(), SendError> {
        absent.handle_timeout(now_ms);
        let is_there = absent.machine.state == State::Closed && absent.side.has_session;
        let is_free = !self.side.clean_start && !self.side.has_session;
        if !self.side.is_deciding(&self.machine) || !is_free || !is_there {
            return Err(SendError::OutOfTurn);
        }
        let (machine, side) = (&mut self.machine, &mut self.side);
        machine.flow = core::mem::replace(&mut absent.machine.flow, Flow::new());
        machine.connection = absent.machine.connection.wrapping_add(1); // a count that wraps
        // A promise that is not kept yet is still none.
        machine.unsaved |= core::mem::take(&mut absent.machine.unsaved);
        // Until it is accepted it is the session that it was.
        machine.expiry = absent.machine.expiry;
        side.absent_since = absent.side.absent_since;
        side.will_delay = absent.side.will_delay.take();
        (side.has_session, absent.side.has_session) = (true, false);
        Ok(())
    }

    /// The absent client's session behind [`ended`](Self::ended), which it says if nobody has, without the
    /// memory that was lent to the connection.
    pub fn absent(mut self, now_ms: u64) -> Server<'static, N, R> {
        self.ended(now_ms);
        let machine = &mut self.machine;
        let mut absent = Server::new(machine.settings, 0);
        absent.machine.state = State::Closed;
        absent.machine.flow = core::mem::replace(&mut machine.flow, Flow::new());
        (absent.machine.expiry, absent.machine.unsaved) = (machine.expiry, machine.unsaved);
        absent.machine.connection = machine.connection;
        absent.side = self.side;
        absent
    }

    /// Ends the session of an absent client at once: for Clean Start, or for want of room. Its events are
    /// still to be asked for. False if the client is connected, or there is no session: nothing has
    /// changed then.
    pub fn end_session(&mut self) -> bool {
        let is_there = self.machine.state == State::Closed && self.side.has_session;
        if is_there {
            self.side.end(&mut self.machine);
        }
        is_there
    }

    /// Accepts the client, or refuses it by an error: how many bytes were written, 0 if the client takes no
    /// packet of the length of a refusal. `session_present` says whether a session was resumed.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. [`SendError::Refused`] if CONNACK does not allow what the
    /// will in CONNECT is: refuse the client then. In 5.0, [`SendError::Unannounced`] if CONNACK does not
    /// say what [`announcements`](Self::announcements) has.
    pub fn accept(
        &mut self,
        connack: &Connack<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let (machine, side) = (&mut self.machine, &mut self.side);
        if !side.is_deciding(machine) {
            return Err(SendError::OutOfTurn);
        }
        if connack.reason_code.is_error() {
            let len = match machine.put(&Packet::Connack(*connack), now_ms, out) {
                Err(SendError::Refused(_)) => 0,
                len => len?,
            };
            machine.state = State::Over;
            return Ok(len);
        }
        // [MQTT-3.2.2-2] [MQTT-3.2.2-3]: there is a session if one was resumed. And who was asked for a
        // step of its authentication must have given it.
        if connack.session_present != side.has_session || machine.turn == Turn::Theirs {
            return Err(SendError::OutOfTurn);
        }
        let own = Limits::of(&connack.properties);
        // [MQTT-3.2.2-12] [MQTT-3.2.2-13]
        if let Some(will) = side.asked_will {
            own.check_message(will.qos, will.retain).map_err(SendError::Refused)?;
        }
        if !machine.is_method(&connack.properties) {
            return Err(SendError::AuthenticationMethod);
        }
        if machine.version() == Version::V5 {
            machine.check_announced(&own, machine.receive_maximum())?;
            // [MQTT-3.1.3-6] [MQTT-3.2.2-16]
            if side.wants_name && connack.properties.assigned_client_identifier().is_none() {
                let missing = Announcement::AssignedClientIdentifier;
                return Err(SendError::Unannounced(missing));
            }
            // [MQTT-3.1.2-28]
            let response = connack.properties.response_information();
            if !side.wants_response && response.is_some() {
                return Err(SendError::Refused(Refusal::ResponseInformation));
            }
        }
        let len = machine.put(&Packet::Connack(*connack), now_ms, out)?;
        machine.changed();
        machine.announced(own);
        machine.last_heard = now_ms; // it was the client that waited
        if let Some(secs) = connack.properties.server_keep_alive() {
            machine.keep_alive_ms = u64::from(secs).saturating_mul(1000);
        }
        let granted = connack.properties.session_expiry_interval();
        side.longest = granted.unwrap_or(u32::MAX);
        machine.expiry = granted.unwrap_or(machine.asked_expiry);
        (machine.state, machine.turn) = (State::Connected, Turn::Nobody);
        (side.is_accepted, side.has_session) = (true, true);
        side.will_delay = side.asked_will.map(|will| will.delay);
        Ok(len)
    }

    /// Answers SUBSCRIBE, with a Reason Code for each of its filters in their order.
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

    /// Answers UNSUBSCRIBE, in 5.0 with a Reason Code for each of its filters in their order.
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

    /// True if there is a Will Message that is to be published behind the end of the connection, now or
    /// later: the client has not taken it back by DISCONNECT.
    pub const fn has_will(&self) -> bool {
        self.side.will_delay.is_some() || self.side.owes_will
    }

    /// True if there is a session, of a connected or an absent client.
    pub const fn has_session(&self) -> bool {
        self.side.has_session
    }
}

impl ServerSide {
    /// CONNECT has come, and was not answered.
    fn is_deciding<const N: usize, const R: usize>(
        &self,
        machine: &Machine<'_, Self, N, R>,
    ) -> bool {
        machine.state == State::Connecting && machine.codec.version.is_some()
    }

    fn connect<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        connect: &Connect<'_>,
    ) {
        machine.codec = machine.codec.with_version(connect.version);
        machine.peer = Limits::of(&connect.properties);
        machine.keep_alive_ms = u64::from(connect.keep_alive).saturating_mul(1000);
        machine.asked_expiry = expiry_of(connect.version, connect.clean_start, &connect.properties);
        machine.method = method_of(&connect.properties);
        machine.turn = turn_of(machine.method, Turn::Ours);
        self.clean_start = connect.clean_start;
        self.wants_name = connect.client_id.is_empty();
        let wanted = connect.properties.request_response_information();
        self.wants_response = wanted.unwrap_or(false);
        self.asked_will = connect.will.map(|will| Will {
            qos: will.qos,
            retain: will.retain,
            delay: will.properties.will_delay_interval().unwrap_or(0),
        });
    }

    fn disconnect<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        disconnect: &Disconnect<'_>,
    ) -> Result<(), SessionError> {
        if let Some(secs) = disconnect.properties.session_expiry_interval() {
            if secs > 0 && machine.asked_expiry == 0 {
                return Err(machine.violation(Violation::SessionExpiry));
            }
            machine.expiry = secs.min(self.longest);
        }
        machine.state = State::Over;
        // [MQTT-3.14.4-3]
        if disconnect.reason_code == ReasonCode::NORMAL_DISCONNECTION {
            self.will_delay = None;
        }
        if self.has_session {
            machine.changed();
        }
        Ok(())
    }

    /// When the will of an absent client is due, if its session lives so long. Section 3.1.3.2.2
    fn will_at(&self) -> Option<u64> {
        let delay_ms = u64::from(self.will_delay?).saturating_mul(1000);
        Some(self.absent_since.saturating_add(delay_ms))
    }

    /// When the session of an absent client is over.
    fn end_at(&self, expiry: u32) -> Option<u64> {
        let secs = Some(expiry).filter(|&secs| secs < u32::MAX)?;
        Some(self.absent_since.saturating_add(u64::from(secs).saturating_mul(1000)))
    }

    /// What is due of an absent client's session.
    fn settle<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        now_ms: u64,
    ) {
        if self.end_at(machine.expiry).is_some_and(|at| now_ms >= at) {
            self.end(machine);
        } else if self.will_at().is_some_and(|at| now_ms >= at) {
            (self.will_delay, self.owes_will) = (None, true);
            machine.changed();
        }
    }

    fn end<const N: usize, const R: usize>(&mut self, machine: &mut Machine<'_, Self, N, R>) {
        machine.flow.clear();
        machine.unsaved = false;
        self.owes_will |= self.will_delay.take().is_some();
        (self.has_session, self.owes_end) = (false, true);
    }
}

impl sealed::Side for ServerSide {
    const ROLE: Role = Role::Server;

    fn waits<const N: usize, const R: usize>(
        &self,
        machine: &Machine<'_, Self, N, R>,
        input: &[u8],
    ) -> bool {
        if machine.state == State::Connected {
            // Each PINGREQ has its answer.
            return machine.owes_ping && matches!(input, [0xC0, ..]) && machine.payload_in == 0;
        }
        // Others may wait behind CONNECT, but not where it begins an authentication. [MQTT-3.1.2-30]
        let is_auth = |first: &u8| first >> 4 == PacketType::Auth as u8;
        let may_wait = machine.method.is_none() && !input.first().is_some_and(is_auth);
        may_wait && self.is_deciding(machine) && machine.error.is_none()
    }

    fn packet<'a, const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        packet: Packet<'a>,
        _: u64,
    ) -> Result<Option<Event<'a>>, SessionError> {
        Ok(Some(match (machine.state, packet) {
            (State::Connecting, Packet::Connect(connect)) if !self.is_deciding(machine) => {
                self.connect(machine, &connect);
                Event::Connect(connect)
            }
            (_, Packet::Auth(auth)) => {
                machine.auth_came(auth.reason_code, &auth.properties)?;
                Event::Auth(auth)
            }
            (State::Connected, Packet::Subscribe(subscribe)) => {
                let Subscribe { subscriptions, properties, .. } = subscribe;
                let allowed = machine.own.check_subscriptions(subscriptions, properties);
                allowed.map_err(|refusal| machine.violation(Violation::NotAllowed(refusal)))?;
                Event::Subscribe(subscribe)
            }
            (State::Connected, Packet::Unsubscribe(unsubscribe)) => Event::Unsubscribe(unsubscribe),
            (State::Connected, Packet::Pingreq) => {
                machine.owes_ping = true;
                return Ok(None);
            }
            // Who was not let in changes nothing of a session that was resumed.
            (State::Connecting, Packet::Disconnect(disconnect)) if self.is_deciding(machine) => {
                machine.state = State::Over;
                Event::Disconnect(disconnect)
            }
            (State::Connected, Packet::Disconnect(disconnect)) => {
                self.disconnect(machine, &disconnect)?;
                Event::Disconnect(disconnect)
            }
            (_, packet) => return Err(machine.out_of_turn(&packet)),
        }))
    }

    fn owner(&self) -> Owner {
        // What is due and was not asked for is due at once after a restart.
        Owner::Server(self.will_delay.or(self.owes_will.then_some(0)))
    }

    fn said_goodbye<const N: usize, const R: usize>(
        &mut self,
        _: &mut Machine<'_, Self, N, R>,
        _: Option<u32>,
    ) {
    }

    fn poll_event(&mut self) -> Option<Event<'static>> {
        if core::mem::take(&mut self.owes_will) {
            return Some(Event::PublishWill);
        }
        core::mem::take(&mut self.owes_end).then_some(Event::SessionEnded)
    }

    fn deadline<const N: usize, const R: usize>(
        &self,
        machine: &Machine<'_, Self, N, R>,
    ) -> Option<u64> {
        let is_theirs = !self.is_deciding(machine) || machine.turn == Turn::Theirs;
        let budget = match machine.state {
            State::Connecting if is_theirs => machine.settings.connect_ms,
            // [MQTT-3.1.2-22]: one and a half times.
            State::Connected if machine.keep_alive_ms > 0 => {
                machine.keep_alive_ms.saturating_add(machine.keep_alive_ms / 2)
            }
            State::Closed if self.has_session => {
                let (will, end) = (self.will_at(), self.end_at(machine.expiry));
                return will.into_iter().chain(end).min();
            }
            _ => return None,
        };
        machine.last_heard.checked_add(budget)
    }

    fn overdue<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        now_ms: u64,
    ) {
        match machine.state {
            State::Closed => self.settle(machine, now_ms),
            _ => {
                machine.violation(Violation::Silence);
            }
        }
    }

    fn ended<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        now_ms: u64,
    ) {
        if self.is_accepted {
            self.absent_since = now_ms;
        }
        if self.has_session {
            self.settle(machine, now_ms);
        }
    }
}
