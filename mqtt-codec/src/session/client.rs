//! The client's side.

use super::error::{SendError, SessionError, Violation};
use super::event::{Event, Settings};
use super::flow::{Flow, SentState};
use super::limits::Limits;
use super::machine::{Machine, State, Turn, method_of};
use super::snapshot::{Owner, SnapshotError};
use super::{Session, expiry_of, sealed, turn_of};
use crate::codec::{Codec, Role, Version};
use crate::connack::Connack;
use crate::connect::Connect;
use crate::packet::Packet;
use crate::properties::Properties;
use crate::publish::PacketId;
use crate::subscribe::{Subscribe, Subscriptions};
use crate::unsubscribe::{TopicFilters, Unsubscribe};

/// The client's side of a session, over one connection after the other. `N` messages of QoS 1 and 2,
/// SUBSCRIBEs and UNSUBSCRIBEs may be in flight, and as many messages may come. In 5.0 the server is told
/// how many; in 3.1.1 it cannot be, and `R` must be at least what it sends of QoS 2 before it releases the
/// first one: 20 in mosquitto, unless its `max_inflight_messages` says otherwise, but more have been seen.
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
pub type Client<'m, const N: usize, const R: usize = N> = Session<'m, ClientSide, N, R>;

/// What only a client has.
#[derive(Debug)]
pub struct ClientSide {
    /// CONNECT asked for a new session.
    clean_start: bool,
    /// There is a session to go on with: the last connection left one, or it was restored.
    has_session: bool,
}

impl<'m, const N: usize, const R: usize> Client<'m, N, R> {
    /// Without a session.
    pub const fn new(version: Version, settings: Settings) -> Self {
        let machine = Machine::new(Codec::client(version), settings);
        Self { machine, side: ClientSide { clean_start: true, has_session: false } }
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
        let (flow, owner, expiry) = Flow::restore(snapshot)?;
        if owner != Owner::Client {
            return Err(SnapshotError::OtherSide);
        }
        // A session that did not outlive its connection has nothing to go on with.
        if expiry > 0 {
            (client.machine.flow, client.machine.expiry) = (flow, expiry);
            client.side.has_session = true;
        }
        Ok(client)
    }

    /// Goes on with a session of which nothing is known but that the server may have it: after a
    /// restart without a snapshot, where messages that wait there matter more than that one of them
    /// may come twice, or that the server takes a new message of QoS 2 for one with this identifier that
    /// it still knows (MQTT-4.3.3-10). Otherwise such a session ends the connection (MQTT-3.2.2-4).
    pub const fn assume_session(&mut self) {
        if !self.side.has_session {
            (self.side.has_session, self.machine.expiry) = (true, u32::MAX);
        }
    }

    /// True if there is a session to go on with. Connect with Clean Start if not: a session that only the
    /// server has ends the connection (MQTT-3.2.2-4), and it has one if its CONNACK was lost.
    pub const fn has_session(&self) -> bool {
        self.side.has_session
    }

    /// Begins a connection: how many bytes were written. What the one before has left is sent again
    /// once the server has accepted; with Clean Start it is forgotten.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. In 5.0, [`SendError::Unannounced`] if CONNECT does not say
    /// what [`announcements`](Self::announcements) has.
    pub fn connect(
        &mut self,
        connect: &Connect<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let machine = &mut self.machine;
        if Some(connect.version) != machine.codec.version {
            return Err(SendError::NotInVersion(connect.version));
        }
        let own = Limits::of(&connect.properties);
        if connect.version == Version::V5 {
            machine.check_announced(&own, machine.receive_maximum())?;
        }
        let len = machine.encode_as_is(&Packet::Connect(*connect), 0, out)?;
        self.ended(now_ms); // if nobody has said so
        let machine = &mut self.machine;
        machine.begin(now_ms);
        // The server may have forgotten it although we never hear its answer.
        if connect.clean_start {
            machine.flow.clear();
            machine.changed();
            (self.side.has_session, machine.expiry) = (false, 0);
        }
        machine.announced(own);
        machine.keep_alive_ms = u64::from(connect.keep_alive).saturating_mul(1000);
        machine.asked_expiry = expiry_of(connect.version, connect.clean_start, &connect.properties);
        machine.method = method_of(&connect.properties);
        machine.turn = turn_of(machine.method, Turn::Theirs);
        self.side.clean_start = connect.clean_start;
        Ok(len)
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
        let allowed = self.machine.peer.check_subscriptions(subscriptions, properties);
        allowed.map_err(SendError::Refused)?;
        let state = SentState::Suback(short(subscriptions.iter().count()));
        self.machine.request(handle, state, |machine, id| {
            let subscribe = Subscribe { id, properties, subscriptions };
            machine.put(&Packet::Subscribe(subscribe), now_ms, out)
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
        let state = SentState::Unsuback(short(filters.iter().count()));
        self.machine.request(handle, state, |machine, id| {
            machine.put(&Packet::Unsubscribe(Unsubscribe { id, properties, filters }), now_ms, out)
        })
    }
}

/// A count, 255 for as many or more.
fn short(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

impl ClientSide {
    fn connack<'a, const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        connack: Connack<'a>,
        now_ms: u64,
    ) -> Result<Option<Event<'a>>, SessionError> {
        if connack.reason_code.is_error() {
            machine.state = State::Over;
            return Ok(Some(Event::Connack(connack)));
        }
        if !machine.is_method(&connack.properties) {
            return Err(machine.violation(Violation::AuthenticationMethod));
        }
        // 3.1.1 leaves it to the client: section 3.2.2.2.
        if connack.session_present && (self.clean_start || !self.has_session) {
            return Err(machine.violation(Violation::SessionPresent));
        }
        if !connack.session_present {
            machine.flow.clear(); // [MQTT-3.2.2-5]
            machine.changed();
            machine.is_anew = true;
        }
        machine.turn = Turn::Nobody;
        machine.peer = Limits::of(&connack.properties);
        if let Some(secs) = connack.properties.server_keep_alive() {
            machine.keep_alive_ms = u64::from(secs).saturating_mul(1000); // [MQTT-3.2.2-21]
        }
        // Section 3.2.2.3.2
        let expiry = connack.properties.session_expiry_interval();
        let expiry = expiry.unwrap_or(machine.asked_expiry);
        if expiry != machine.expiry {
            machine.expiry = expiry;
            machine.changed();
        }
        self.has_session = machine.expiry > 0;
        machine.state = State::Connected;
        // Time runs from the handshake's end on.
        machine.last_sent = now_ms;
        Ok(Some(Event::Connack(connack)))
    }
}

fn answered<const N: usize, const R: usize>(
    machine: &mut Machine<'_, ClientSide, N, R>,
    is_suback: bool,
    id: PacketId,
    codes: Option<usize>,
) -> Result<u32, SessionError> {
    let handle = machine.flow.answered(is_suback, id, codes);
    handle.map_err(|violation| machine.violation(violation))
}

impl sealed::Side for ClientSide {
    const ROLE: Role = Role::Client;

    fn waits<const N: usize, const R: usize>(&self, _: &Machine<'_, Self, N, R>, _: &[u8]) -> bool {
        false
    }

    fn packet<'a, const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        packet: Packet<'a>,
        now_ms: u64,
    ) -> Result<Option<Event<'a>>, SessionError> {
        Ok(Some(match (machine.state, packet) {
            (State::Connecting, Packet::Connack(connack)) => {
                return self.connack(machine, connack, now_ms);
            }
            (_, Packet::Auth(auth)) => {
                machine.auth_came(auth.reason_code, &auth.properties)?;
                Event::Auth(auth)
            }
            (State::Connected, Packet::Disconnect(disconnect)) => {
                machine.state = State::Over;
                Event::Disconnect(disconnect)
            }
            (State::Connected, Packet::Pingresp) => {
                machine.asked = None;
                return Ok(None);
            }
            (State::Connected, Packet::Suback(suback)) => {
                machine.check_told(&suback.properties)?;
                let codes = Some(suback.reason_codes.iter().count());
                Event::Suback { handle: answered(machine, true, suback.id, codes)?, suback }
            }
            (State::Connected, Packet::Unsuback(unsuback)) => {
                machine.check_told(&unsuback.properties)?;
                let is_v5 = machine.version() == Version::V5;
                let codes = Some(unsuback.reason_codes.iter().count()).filter(|_| is_v5);
                Event::Unsuback { handle: answered(machine, false, unsuback.id, codes)?, unsuback }
            }
            (_, packet) => return Err(machine.out_of_turn(&packet)),
        }))
    }

    fn owner(&self) -> Owner {
        Owner::Client
    }

    fn said_goodbye<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        secs: Option<u32>,
    ) {
        machine.expiry = secs.unwrap_or(machine.expiry);
    }

    fn poll_event(&mut self) -> Option<Event<'static>> {
        None
    }

    fn deadline<const N: usize, const R: usize>(
        &self,
        machine: &Machine<'_, Self, N, R>,
    ) -> Option<u64> {
        let (from, budget) = match (machine.state, machine.asked) {
            (State::Connecting, _) if machine.turn == Turn::Ours => return None,
            (State::Connecting, _) => (machine.last_heard, machine.settings.connect_ms),
            // Whatever comes shows that the server lives.
            (State::Connected, Some(asked)) => {
                (asked.max(machine.last_heard), machine.settings.ping_ms)
            }
            // Within a payload no PINGREQ can go, but the payload must.
            (State::Connected, None) if machine.owes_ping => {
                let budget = machine.keep_alive_ms.saturating_add(machine.settings.ping_ms);
                (machine.last_sent, budget)
            }
            // Who always sends would never notice that nobody is there.
            (State::Connected, None) if machine.keep_alive_ms > 0 => {
                (machine.last_sent.min(machine.last_heard), machine.keep_alive_ms)
            }
            _ => return None,
        };
        from.checked_add(budget)
    }

    fn overdue<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        _: u64,
    ) {
        if machine.state == State::Connected && machine.asked.is_none() && !machine.owes_ping {
            machine.owes_ping = true; // asked once it is sent: a payload may begin before
        } else {
            machine.violation(Violation::Silence);
        }
    }

    fn ended<const N: usize, const R: usize>(
        &mut self,
        machine: &mut Machine<'_, Self, N, R>,
        _: u64,
    ) {
        self.has_session &= machine.expiry > 0;
        if !self.has_session && !machine.flow.is_empty() {
            machine.flow.clear();
            machine.changed();
        }
    }
}
