//! Sessions: packets become a conversation. MQTT 3.1.1 and 5.0, sections 3 and 4
//!
//! [`Client`] and [`Server`] are the two sides of it. They hold no message: payloads pass through, or
//! are asked for again by the handle that you gave them. What they hold has room for `N` messages in
//! flight in each direction and for `R` that are promised, and is made in `const`.
//!
//! ```text
//! transport --bytes--> handle_input --> Event             publish, subscribe.. --bytes--> transport
//! clock     --time---> handle_timeout                     poll_transmit        --bytes--> transport
//!                      poll_event   --> Event: what happens without input (Persist, Send, PublishWill)
//! ```
//!
//! A connection's life, on both sides:
//!
//! ```text
//! client: Closed --connect--> Connecting --CONNACK--> Connected --disconnect, DISCONNECT--> Over
//! server:         new ------> Connecting --accept---> Connected --disconnect, DISCONNECT--> Over
//!         Connecting, Connected --error, silence--> Over, once poll_transmit has said why
//!         any --ended--> Closed: the client connects again, the server's session waits for its end
//! ```
//!
//! Messages in flight, by what is awaited:
//!
//! ```text
//! to the peer    QoS 1  PUBLISH --> Puback --PUBACK--> Event::Done
//!                QoS 2  PUBLISH --> Pubrec --PUBREC--> Event::Arrived, PUBREL --> Pubcomp --PUBCOMP--> Event::Done
//! from the peer  QoS 1  Event::Publish --acknowledge--> PUBACK
//!                QoS 2  Event::Publish --acknowledge--> PUBREC --> Pubrel --PUBREL--> PUBCOMP
//! ```
//!
//! A new connection that goes on with the session begins with what is not done: PUBREL again, and
//! [`Event::Send`] for each PUBLISH, in their order; a message that was not acknowledged comes again.
//!
//! # After a power cut
//!
//! With [`Settings::persistent`], [`Event::Persist`] comes before any byte that makes a promise: a new
//! PUBLISH of QoS 1 or 2, PUBACK, PUBREC, PUBREL and PUBCOMP. Keep the [`snapshot`](Session::snapshot)
//! and what your application has taken and wants to send in one step that is done or not done, and each
//! message of QoS 2 comes exactly once, whenever the power fails. If the snapshot's bytes are those that
//! you have kept already, and there is nothing else to keep, say [`persisted`](Session::persisted) at
//! once. Begin a session anew (Clean Start, or a server that answers without Session Present) only after
//! you have removed what you have kept of the one before.
//!
//! What is left to know:
//!
//! * [`Event::Done`] asks for no snapshot. Behind a power cut the message can be in flight once more, and
//!   its second end says `PACKET_IDENTIFIER_NOT_FOUND`; if you do not have the message anymore,
//!   [`forget`](Session::forget) it. For as long the sender has more in flight than it knows: a receiver
//!   whose `R` is smaller than the sender's `N` can run out of room for it ([`Violation::Window`]).
//! * If a server begins a session anew and its CONNACK is lost, the client takes that session for its old
//!   one: no packet tells them apart. A server that does not keep a new session from which nothing has come
//!   avoids it.

mod aliases;
mod client;
#[cfg(feature = "defmt")]
mod defmt_impl;
mod driver;
#[cfg(feature = "embedded-io-async")]
mod embedded_io_async_impl;
#[cfg(feature = "embedded-io")]
mod embedded_io_impl;
mod error;
mod event;
mod flow;
mod limits;
mod machine;
mod receive;
mod server;
mod snapshot;
mod transmit;

pub use client::{Client, ClientSide};
pub use driver::{Driver, Input};
#[cfg(feature = "embedded-io")]
pub use embedded_io_impl::TransportError;
pub use error::{Announcement, SendError, SessionError, Violation};
pub use event::{Event, Message, Receipt, Settings};
pub use limits::{Limits, Refusal};
pub use server::{Server, ServerSide};
pub use snapshot::SnapshotError;

use core::num::{NonZeroU16, NonZeroU32};

use crate::auth::Auth;
use crate::codec::Version;
use crate::disconnect::Disconnect;
use crate::packet::Packet;
use crate::properties::Properties;
use crate::property::Property;
use crate::publish::Publish;
use crate::reason_code::ReasonCode;
use crate::topic::TopicName;

use aliases::Names;
use flow::Flow;
use machine::{Machine, State, Turn};
use receive::name_came;
use snapshot::Owner;
use transmit::put_aliased;

/// One side of a session, a [`Client`] or a [`Server`]: what both have. `'m` is memory that was lent.
///
/// `N`, 1 to 65,534: so many messages of QoS 1 and 2 may be in flight to the peer, and so many from it in
/// hand, until their acknowledgement is sent; more of them wait. One takes 12 bytes, or 6.
///
/// `R`, `N` to 65,535, or `N` if nothing is said: so many may have come in all with those of QoS 2 whose
/// PUBREL is awaited. That is more than are in hand where a peer of 3.1.1 sends many before it releases the
/// first: what is too much ends the connection ([`Violation::Window`]). Each takes 2 bytes.
///
/// Every call that writes begins at the start of the buffer that it is given and tells how many bytes it
/// wrote; if the buffer is too small nothing has changed. Times are in milliseconds from any fixed point.
#[derive(Debug)]
pub struct Session<'m, S, const N: usize, const R: usize = N> {
    machine: Machine<'m, S, N, R>,
    side: S,
}

/// [`ClientSide`] or [`ServerSide`].
pub trait Side: sealed::Side {}

impl<S: sealed::Side> Side for S {}

mod sealed {
    use super::{Event, Machine, Owner, Packet, SessionError};
    use crate::codec::Role;

    /// What the two sides do differently.
    pub trait Side: Sized {
        /// Which side.
        #[doc(hidden)]
        const ROLE: Role;
        /// True if the next packet is left where it is.
        #[doc(hidden)]
        fn waits<const N: usize, const R: usize>(
            &self,
            machine: &Machine<'_, Self, N, R>,
            input: &[u8],
        ) -> bool;
        /// A packet that is not for both.
        #[doc(hidden)]
        fn packet<'a, const N: usize, const R: usize>(
            &mut self,
            machine: &mut Machine<'_, Self, N, R>,
            packet: Packet<'a>,
            now_ms: u64,
        ) -> Result<Option<Event<'a>>, SessionError>;
        /// Whose snapshot it is.
        #[doc(hidden)]
        fn owner(&self) -> Owner;
        /// DISCONNECT was sent with this Session Expiry Interval.
        #[doc(hidden)]
        fn said_goodbye<const N: usize, const R: usize>(
            &mut self,
            machine: &mut Machine<'_, Self, N, R>,
            secs: Option<u32>,
        );
        /// What happens without input on this side alone.
        #[doc(hidden)]
        fn poll_event(&mut self) -> Option<Event<'static>>;
        /// When time is over, if it runs.
        #[doc(hidden)]
        fn deadline<const N: usize, const R: usize>(
            &self,
            machine: &Machine<'_, Self, N, R>,
        ) -> Option<u64>;
        /// Time is over.
        #[doc(hidden)]
        fn overdue<const N: usize, const R: usize>(
            &mut self,
            machine: &mut Machine<'_, Self, N, R>,
            now_ms: u64,
        );
        /// The connection is over.
        #[doc(hidden)]
        fn ended<const N: usize, const R: usize>(
            &mut self,
            machine: &mut Machine<'_, Self, N, R>,
            now_ms: u64,
        );
    }
}

impl<'m, S: Side, const N: usize, const R: usize> Session<'m, S, N, R> {
    /// The longest snapshot, in bytes.
    pub const SNAPSHOT: usize = Flow::<N, R>::SNAPSHOT;

    /// Lends memory for the topic names behind Topic Aliases, before the connection begins (between CONNACK
    /// and the end nothing is lent): `outgoing` for those that we choose, `incoming` for those that the peer
    /// chooses. A name takes its length and four bytes. Without memory there are no aliases in that
    /// direction. All of it is gone over for each message: some kilobytes are much.
    pub const fn lend_aliases(&mut self, outgoing: &'m mut [u8], incoming: &'m mut [u8]) {
        if !matches!(self.machine.state, State::Connected) {
            let (outgoing, incoming) = (Names::new(outgoing), Names::new(incoming));
            self.machine.aliased = if outgoing.has_memory() { Some(put_aliased) } else { None };
            self.machine.named = if incoming.has_memory() { Some(name_came) } else { None };
            (self.machine.outgoing, self.machine.incoming) = (outgoing, incoming);
        }
    }

    /// What CONNECT, or a server's CONNACK, of 5.0 must say among its properties, since the session
    /// enforces it: Receive Maximum, Maximum Packet Size and Topic Alias Maximum. Lower values are
    /// allowed.
    ///
    /// The Topic Alias Maximum has room for names of 60 bytes; say more if yours are shorter.
    pub fn announcements(&self) -> [Property<'static>; 3] {
        let one = NonZeroU16::MIN;
        let receive_maximum = NonZeroU16::new(self.receive_maximum()).unwrap_or(one);
        let size = NonZeroU32::new(self.machine.settings.max_packet_size);
        let aliases = match self.machine.incoming.has_memory() {
            true => self.machine.incoming.memory_len() / 64,
            false => usize::from(self.machine.settings.topic_aliases),
        };
        [
            Property::ReceiveMaximum(receive_maximum),
            Property::MaximumPacketSize(size.unwrap_or(NonZeroU32::MIN)),
            Property::TopicAliasMaximum(u16::try_from(aliases).unwrap_or(u16::MAX)),
        ]
    }

    /// How many messages of QoS 1 and 2 the peer may send at once: `N`, or less if `R` has no room for them,
    /// since messages of earlier connections wait for PUBREL.
    pub fn receive_maximum(&self) -> u16 {
        self.machine.receive_maximum()
    }

    /// Takes received bytes: how many, and what they say. Call it with what is left until it takes
    /// nothing and says nothing; a packet that is not complete is not taken.
    ///
    /// It also takes nothing while [`poll_transmit`](Self::poll_transmit) owes an answer, on a server
    /// between [`Event::Connect`] and `accept`, while the next packet needs room in `N` or `R`, until a
    /// message is acknowledged, and behind a CONNACK that begins a session anew until that is
    /// [`persisted`](Self::persisted).
    ///
    /// # Errors
    ///
    /// [`SessionError`], again with each later call. Send what `poll_transmit` gives, and close the
    /// connection.
    #[inline]
    pub fn handle_input<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), SessionError> {
        if input.is_empty() && self.machine.error.is_none() {
            return Ok((0, None));
        }
        if self.side.waits(&self.machine, input) {
            return Ok((0, None));
        }
        self.machine.take(&mut self.side, input, now_ms)
    }

    /// The topic name of a PUBLISH that has just come, also if only its Topic Alias came.
    pub fn topic_of<'s>(&'s self, publish: &Publish<'s>) -> TopicName<'s> {
        if !publish.topic.is_empty() {
            return publish.topic;
        }
        let alias = publish.properties.topic_alias();
        let name = alias.and_then(|alias| self.machine.incoming.get(alias.get()));
        name.map_or(TopicName::EMPTY, TopicName::from_checked)
    }

    /// Publishes a message: how many bytes were written. With QoS 1 or 2, [`Event::Done`] tells the
    /// end of it by `handle`; until [`Event::Arrived`] or that, keep it. In a session that is
    /// [`persistent`](Settings::persistent), a message of QoS 1 or 2 is not written, and the answer is 0:
    /// [`Event::Send`] asks for it once the promise is kept.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then.
    #[inline]
    pub fn publish(
        &mut self,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.publish(message, None, handle, now_ms, out)
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
        self.machine.publish(message, Some(payload_len), handle, now_ms, out)
    }

    /// Sends the message that [`Event::Send`] asks for: how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. If the peer of this connection does not take it, or you
    /// do not have it anymore, [`forget`](Self::forget) it.
    pub fn send(
        &mut self,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.machine.send(message, None, handle, now_ms, out)
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
        self.machine.send(message, Some(payload_len), handle, now_ms, out)
    }

    /// Gives up the message that [`Event::Send`] asks for: it is too large for this peer
    /// (MQTT-3.1.2-25), or not there anymore. A message of QoS 2 that was sent before still ends with
    /// [`Event::Done`].
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

    /// Says that a message of QoS 1 or 2 is safe, or by an error that it is not wanted (5.0 alone can
    /// say that). [`poll_transmit`](Self::poll_transmit) tells the peer, in the order of the messages.
    /// A message that was not acknowledged when the connection ends comes again.
    ///
    /// # Errors
    ///
    /// [`SendError::Stale`] if it came in an earlier connection, [`SendError::OutOfTurn`] if it was
    /// acknowledged before or is not here to its end, [`SendError::Invalid`] for a Reason Code that
    /// PUBACK and PUBREC do not have.
    pub fn acknowledge(&mut self, receipt: Receipt, reason: ReasonCode) -> Result<(), SendError> {
        self.machine.acknowledge(receipt, reason)
    }

    /// Sends AUTH, a step of an authentication: `CONTINUE_AUTHENTICATION` as the answer to the peer's
    /// last step, `RE_AUTHENTICATE` from a client, `SUCCESS` from a server that has asked again. MQTT 5.0
    /// section 4.12
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
        let turn = self.machine.check_auth(auth.reason_code, &auth.properties)?;
        let len = self.machine.put(&Packet::Auth(*auth), now_ms, out)?;
        (self.machine.turn, self.machine.last_heard) = (turn, now_ms); // its time begins
        Ok(len)
    }

    /// Sends DISCONNECT, a server in 5.0 alone: the connection is over, close it, also if this fails since
    /// it is not this version's, or within a payload. After an error, it goes
    /// in place of the one that [`poll_transmit`](Self::poll_transmit) owes.
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
        let is_owed = self.machine.is_end_owed();
        if !is_owed {
            self.machine.check_connected()?;
        }
        let expiry = disconnect.properties.session_expiry_interval();
        if self.machine.asked_expiry == 0 && expiry.is_some_and(|secs| secs > 0) {
            return Err(SendError::SessionExpiry);
        }
        let len = self.machine.encode(&Packet::Disconnect(*disconnect), out)?;
        (self.machine.owed_end, self.machine.last_sent) = (None, now_ms);
        self.side.said_goodbye(&mut self.machine, expiry);
        self.machine.state = State::Over;
        Ok(len)
    }

    /// Writes what the session owes by itself: acknowledgements, PINGREQ and PINGRESP, DISCONNECT (or a
    /// server's CONNACK) after an error. `None` if nothing. Call it after every other call until it is.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`]; 16 bytes are enough.
    #[inline]
    pub fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        self.machine.poll_transmit(now_ms, out)
    }

    /// What happens without input: [`Event::Persist`] and [`Event::Send`], again until they are done;
    /// [`Event::PublishWill`] and [`Event::SessionEnded`], once.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event<'static>> {
        match self.side.poll_event() {
            None => self.machine.poll_event(),
            event => event,
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call.
    pub fn poll_timeout(&self) -> Option<u64> {
        if self.machine.error.is_some() {
            return None;
        }
        self.side.deadline(&self.machine)
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout). Then a client owes
    /// PINGREQ, or the peer was silent for too long and the session's connection has failed; an absent
    /// client's will is due, or its session over.
    pub fn handle_timeout(&mut self, now_ms: u64) {
        if self.poll_timeout().is_some_and(|deadline| now_ms >= deadline) {
            self.side.overdue(&mut self.machine, now_ms);
        }
    }

    /// Says that the peer has ended its direction.
    ///
    /// # Errors
    ///
    /// [`Violation::Lost`] if it has not sent DISCONNECT before, and we have not.
    pub fn handle_eof(&mut self) -> Result<(), SessionError> {
        self.machine.handle_eof()
    }

    /// Says that the connection is over, whoever ended it and how. The client can connect again; what a
    /// server's session does then, [`Server`] tells.
    pub fn ended(&mut self, now_ms: u64) {
        if self.machine.state != State::Closed {
            self.machine.suspend();
            self.side.ended(&mut self.machine, now_ms);
        }
    }

    /// Why the connection has failed, if it has.
    pub const fn error(&self) -> Option<SessionError> {
        self.machine.error
    }

    /// True if the connection is to be closed once everything was sent.
    pub fn wants_close(&self) -> bool {
        self.machine.wants_close()
    }

    /// True between CONNACK and the end.
    pub fn is_connected(&self) -> bool {
        self.machine.is_connected()
    }

    /// Writes what the session must not forget to the start of `out`: its length; `None` if there is
    /// no room.
    pub fn snapshot(&mut self, out: &mut [u8]) -> Option<usize> {
        self.machine.snapshot(self.side.owner(), out)
    }

    /// Says that the last [`snapshot`](Self::snapshot) is kept: the answer to [`Event::Persist`].
    pub const fn persisted(&mut self) {
        self.machine.persisted();
    }

    /// Messages in flight to the peer; a client's SUBSCRIBEs and UNSUBSCRIBEs too.
    pub fn in_flight(&self) -> usize {
        self.machine.flow.sent.len()
    }

    /// True if a message of QoS 1 or 2 can be published now: it would be neither [`SendError::Full`] nor
    /// [`SendError::Quota`].
    pub fn is_ready(&self) -> bool {
        self.machine.is_ready()
    }

    /// Says that the peer has given a sign of life below its packets, such as bytes of one that is long
    /// and comes slowly: its silence begins anew. CONNECT and its answer have no longer time for that.
    pub const fn heard(&mut self, now_ms: u64) {
        if let State::Connected = self.machine.state {
            self.machine.last_heard = now_ms;
        }
    }

    /// What the peer has said that it takes.
    pub const fn limits(&self) -> &Limits {
        &self.machine.peer
    }

    /// The version that is spoken; 5.0 on a server before CONNECT.
    pub fn version(&self) -> Version {
        self.machine.version()
    }

    /// Seconds that the session outlives its connection, `u32::MAX` for ever.
    pub const fn session_expiry_interval(&self) -> u32 {
        self.machine.expiry
    }
}

/// The Session Expiry Interval that CONNECT asks for, in 3.1.1 by Clean Session.
fn expiry_of(version: Version, clean_start: bool, properties: &Properties<'_>) -> u32 {
    match version {
        Version::V3 if clean_start => 0,
        Version::V3 => u32::MAX,
        Version::V5 => properties.session_expiry_interval().unwrap_or(0),
    }
}

/// Whose turn it is in the authentication that CONNECT begins.
const fn turn_of(method: Option<u32>, turn: Turn) -> Turn {
    if method.is_some() { turn } else { Turn::Nobody }
}
