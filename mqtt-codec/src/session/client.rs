//! The client's side.

use super::event::{Event, Message, SendError, SessionError, Settings, Violation};
use super::flow::{Flow, SentState};
use super::limits::{Limits, Refusal};
use super::machine::{Machine, State, Step};
use super::snapshot::SnapshotError;
use crate::auth::Auth;
use crate::codec::{Codec, Version};
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::packet::Packet;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::reason_code::ReasonCode;
use crate::subscribe::{Subscribe, Subscriptions};
use crate::unsubscribe::{TopicFilters, Unsubscribe};

/// The client's side of a session, over one connection after the other. `N` messages of QoS 1 and 2,
/// SUBSCRIBEs and UNSUBSCRIBEs may be in flight, and as many messages may come.
///
/// ```
/// use mqtt_codec::session::{Client, Event, Message, Settings};
/// use mqtt_codec::{Connect, QoS, Text, TopicName, Version};
///
/// let mut client = Client::<8>::new(Version::V3, Settings::DEFAULT);
/// let (mut out, now_ms) = ([0; 256], 0);
/// let connect = Connect::new(Version::V3, Text::from_static("sensor-7"));
/// let len = client.connect(&connect, now_ms, &mut out).unwrap(); // send out[..len]
///
/// let mut received = &b"\x20\x02\0\0\x40\x02\0\x01"[..]; // CONNACK, PUBACK
/// let (taken, event) = client.handle_input(received, now_ms)?;
/// received = &received[taken..]; // drop what was taken, also where there is no event
/// assert!(matches!(event, Some(Event::Connack(connack)) if !connack.reason_code.is_error()));
///
/// let reading = Message::new(TopicName::from_static("cellar"), QoS::AtLeastOnce, b"12.1");
/// let handle = 42; // what you know it by
/// let len = client.publish(&reading, handle, now_ms, &mut out).unwrap();
/// assert_eq!(&out[..len], b"\x32\x0E\0\x06cellar\0\x0112.1");
/// let (taken, event) = client.handle_input(received, now_ms)?;
/// assert!(matches!(event, Some(Event::Done { handle: 42, .. })));
/// # Ok::<(), mqtt_codec::session::SessionError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client<const N: usize> {
    machine: Machine<N>,
    /// CONNECT asked for a new session.
    clean_start: bool,
    /// There is a session to go on with: the last connection left one, or it was restored.
    has_session: bool,
    /// What CONNECT says: the session is to outlive the connection.
    wants_session: bool,
}

impl<const N: usize> Client<N> {
    /// Without a session.
    pub const fn new(version: Version, settings: Settings) -> Self {
        let machine = Machine::new(Codec::client(version), settings);
        Self { machine, clean_start: true, has_session: false, wants_session: false }
    }

    /// Goes on with the session of a [`snapshot`](Self::snapshot).
    ///
    /// # Errors
    ///
    /// [`SnapshotError`].
    pub fn restore(
        version: Version,
        settings: Settings,
        snapshot: &[u8],
    ) -> Result<Self, SnapshotError> {
        let mut client = Self::new(version, settings);
        client.machine.flow = Flow::restore(snapshot)?;
        client.has_session = true;
        Ok(client)
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

    /// How many messages of QoS 1 and 2 the server may send at once: what CONNECT of 5.0 must say as
    /// Receive Maximum. Messages that are half received take room.
    pub fn receive_maximum(&self) -> u16 {
        let kept = self.machine.flow.promised();
        u16::try_from(N.saturating_sub(kept)).unwrap_or(u16::MAX).max(1)
    }

    /// Begins a connection: how many bytes were written. What the one before has left is sent again
    /// once the server has accepted.
    ///
    /// # Errors
    ///
    /// [`SendError`]. In 5.0, [`SendError::Full`] if CONNECT does not say a Receive Maximum of at most
    /// [`receive_maximum`](Self::receive_maximum).
    pub fn connect(
        &mut self,
        connect: &Connect<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let machine = &mut self.machine;
        if connect.version != machine.version() {
            return Err(SendError::NotInVersion(connect.version));
        }
        let own = Limits::of(&connect.properties);
        let is_v5 = connect.version == Version::V5;
        if is_v5 && own.receive_maximum > self.receive_maximum() {
            return Err(SendError::Full);
        }
        let machine = &mut self.machine;
        let len = machine.codec.encode(&Packet::Connect(*connect), out)?;
        machine.begin(now_ms);
        // The server may have forgotten it although we never hear its answer.
        if connect.clean_start {
            machine.flow.clear();
            machine.changed();
            self.has_session = false;
        }
        machine.own = own;
        let limit = machine.settings.max_packet_size.min(own.maximum_packet_size);
        machine.codec = machine.codec.with_max_packet_size(limit);
        machine.keep_alive_ms = u64::from(connect.keep_alive).saturating_mul(1000);
        self.wants_session = match connect.version {
            Version::V3 => !connect.clean_start,
            Version::V5 => connect.properties.session_expiry_interval().is_some_and(|s| s > 0),
        };
        self.clean_start = connect.clean_start;
        Ok(len)
    }

    /// Takes received bytes: how many, and what they say. Call it with what is left until it takes
    /// nothing; a packet that is not complete is not taken.
    ///
    /// It also takes nothing while [`poll_transmit`](Self::poll_transmit) owes an answer, and in 3.1.1
    /// while there is no room for another message.
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
        let (len, step) = self.machine.take(input, now_ms)?;
        let event = match step {
            Step::Nothing | Step::Wait => None,
            Step::Event(event) => Some(event),
            Step::Other(packet) => self.packet(packet, now_ms)?,
        };
        Ok((len, event))
    }

    fn packet<'a>(
        &mut self,
        packet: Packet<'a>,
        now_ms: u64,
    ) -> Result<Option<Event<'a>>, SessionError> {
        let machine = &mut self.machine;
        Ok(Some(match (machine.state, packet) {
            (State::Connecting, Packet::Connack(connack)) => return self.connack(connack, now_ms),
            (_, Packet::Auth(auth)) => Event::Auth(auth),
            (State::Connected, Packet::Disconnect(disconnect)) => {
                machine.state = State::Over;
                Event::Disconnect(disconnect)
            }
            (State::Connected, Packet::Pingresp) => {
                machine.asked = None;
                return Ok(None);
            }
            (State::Connected, Packet::Suback(suback)) => {
                let handle = self.answered(SentState::Suback, suback.id)?;
                Event::Suback { handle, suback }
            }
            (State::Connected, Packet::Unsuback(unsuback)) => {
                let handle = self.answered(SentState::Unsuback, unsuback.id)?;
                Event::Unsuback { handle, unsuback }
            }
            (_, packet) => return Err(machine.out_of_turn(packet.packet_type())),
        }))
    }

    fn answered(&mut self, state: SentState, id: PacketId) -> Result<u32, SessionError> {
        let machine = &mut self.machine;
        let handle = machine.flow.answered(state, id);
        handle.map_err(|violation| machine.fail(SessionError::Violation(violation)))
    }

    fn connack<'a>(
        &mut self,
        connack: Connack<'a>,
        now_ms: u64,
    ) -> Result<Option<Event<'a>>, SessionError> {
        let machine = &mut self.machine;
        if connack.reason_code.is_error() {
            machine.state = State::Over;
            return Ok(Some(Event::Connack(connack)));
        }
        if connack.session_present && (self.clean_start || !self.has_session) {
            return Err(machine.fail(SessionError::Violation(Violation::SessionPresent)));
        }
        if !connack.session_present {
            machine.flow.clear(); // [MQTT-3.2.2-5]
        }
        machine.peer = Limits::of(&connack.properties);
        if let Some(secs) = connack.properties.server_keep_alive() {
            machine.keep_alive_ms = u64::from(secs).saturating_mul(1000); // [MQTT-3.2.2-21]
        }
        let expiry = connack.properties.session_expiry_interval();
        machine.keeps_session = expiry.map_or(self.wants_session, |secs| secs > 0);
        self.has_session = machine.keeps_session;
        machine.state = State::Connected;
        machine.changed();
        // Time runs from the handshake's end on.
        machine.last_sent = now_ms;
        Ok(Some(Event::Connack(connack)))
    }

    /// Goes on with a session of which nothing is known but that the server may have it: after a
    /// restart without a snapshot, where messages that wait there matter more than that one of them
    /// may come twice. Otherwise such a session ends the connection (MQTT-3.2.2-4).
    pub fn assume_session(&mut self) {
        self.has_session = true;
    }

    /// Publishes a message: how many bytes were written. With QoS 1 or 2, [`Event::Done`] tells the
    /// end of it by `handle`; until [`Event::Arrived`] or that, keep it. In a session that is
    /// [`persistent`](Settings::persistent) nothing is written: [`Event::Send`] asks for it once the
    /// promise is kept.
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

    /// As [`publish`](Self::publish), all but the payload: send `payload_len` bytes behind it, and say
    /// so to [`payload_sent`](Self::payload_sent). Nothing else can be sent before all of them are. The
    /// message's own payload is not looked at. Where nothing was written, nothing follows.
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

    /// Sends the message that [`Event::Send`] asks for: how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. If the server of this connection does not take it,
    /// [`forget`](Self::forget) it.
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

    /// As [`send`](Self::send), all but the payload, as [`publish_head`](Self::publish_head).
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn send_head(
        &mut self,
        message: &Message<'_>,
        payload_len: u32,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let message = Message { payload: &[], ..*message };
        self.machine.send(&message, payload_len, handle, now_ms, out)
    }

    /// Gives up the message that [`Event::Send`] asks for.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if it does not ask for this one.
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

    /// Subscribes: how many bytes were written. [`Event::Suback`] answers with `handle`.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn subscribe(
        &mut self,
        subscriptions: Subscriptions<'_>,
        properties: Properties<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let peer = self.machine.peer;
        for subscription in subscriptions.iter() {
            peer.check_subscription(&subscription).map_err(SendError::Refused)?;
        }
        if !peer.subscription_identifiers && properties.subscription_identifier().is_some() {
            return Err(SendError::Refused(Refusal::SubscriptionIdentifier));
        }
        self.machine.request(handle, SentState::Suback, |machine, id| {
            machine.put(
                &Packet::Subscribe(Subscribe { id, properties, subscriptions }),
                now_ms,
                out,
            )
        })
    }

    /// Unsubscribes: how many bytes were written. [`Event::Unsuback`] answers with `handle`.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    pub fn unsubscribe(
        &mut self,
        filters: TopicFilters<'_>,
        properties: Properties<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.request(handle, SentState::Unsuback, |machine, id| {
            machine.put(&Packet::Unsubscribe(Unsubscribe { id, properties, filters }), now_ms, out)
        })
    }

    /// Says that a message of QoS 1 or 2 is safe, or by an error that it is not wanted (5.0 alone can
    /// say that). [`poll_transmit`](Self::poll_transmit) tells the server, in the order of the messages.
    /// A message that was not acknowledged when the connection ends comes again.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if no such message waits for it.
    pub fn acknowledge(&mut self, id: PacketId, reason: ReasonCode) -> Result<(), SendError> {
        self.machine.acknowledge(id, reason)
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

    /// Sends DISCONNECT: the connection is over, close it.
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
        if let Some(secs) = disconnect.properties.session_expiry_interval() {
            self.machine.keeps_session = secs > 0;
            self.has_session = secs > 0;
        }
        self.machine.state = State::Over;
        Ok(len)
    }

    /// Writes what the session owes by itself: acknowledgements, PINGREQ, DISCONNECT after an error.
    /// `None` if nothing. Call it after every other call until it is.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`]; 16 bytes are enough.
    pub fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        let len = self.machine.poll_transmit(now_ms, out)?;
        Ok(len)
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
        let (from, budget) = match (machine.state, machine.asked) {
            (State::Connecting, _) => (machine.last_heard, machine.settings.connect_ms),
            // Whatever comes shows that the server lives.
            (State::Connected, Some(asked)) => {
                (asked.max(machine.last_heard), machine.settings.ping_ms)
            }
            (State::Connected, None) if machine.owes_ping => return None, // within a payload
            (State::Connected, None) if machine.keep_alive_ms > 0 => {
                (machine.last_sent, machine.keep_alive_ms)
            }
            _ => return None,
        };
        from.checked_add(budget)
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout). Then PINGREQ is
    /// owed, or the server was silent for too long and the session has failed.
    pub fn handle_timeout(&mut self, now_ms: u64) {
        if self.poll_timeout().is_none_or(|deadline| now_ms < deadline) {
            return;
        }
        let machine = &mut self.machine;
        if machine.state == State::Connected && machine.asked.is_none() {
            let may_ask = machine.payload_out == 0;
            (machine.asked, machine.owes_ping) = (may_ask.then_some(now_ms), true);
        } else {
            machine.fail(SessionError::Violation(Violation::Silence));
        }
    }

    /// Says that the server has ended its direction.
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

    /// Messages, SUBSCRIBEs and UNSUBSCRIBEs in flight.
    pub fn in_flight(&self) -> usize {
        self.machine.flow.sent.len()
    }

    /// What the server has said that it takes.
    pub const fn limits(&self) -> &Limits {
        &self.machine.peer
    }
}

pub(super) fn payload_len(message: &Message<'_>) -> Result<u32, SendError> {
    u32::try_from(message.payload.len()).map_err(|_| SendError::Refused(Refusal::PacketTooLarge))
}
