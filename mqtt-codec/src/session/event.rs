//! What a session takes and gives.

use core::num::NonZeroU16;

use crate::auth::Auth;
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::list::List;
use crate::properties::Properties;
use crate::publish::{PacketId, Publish, QoS};
use crate::reason_code::ReasonCode;
use crate::suback::{Suback, Unsuback};
use crate::subscribe::Subscribe;
use crate::text::Text;
use crate::topic::TopicName;
use crate::unsubscribe::Unsubscribe;

/// What a session needs to know before it begins. Times are in milliseconds.
///
/// ```
/// use mqtt_codec::session::Settings;
///
/// const SETTINGS: Settings = Settings::DEFAULT.with_buffer(512).with_persistent(true);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Settings {
    /// Length of the buffer that input is held in, in bytes: packets of up to so many come whole. A
    /// longer PUBLISH comes in pieces, but its head must fit; every other packet that is longer is
    /// refused. No peer can be told that, but by `max_packet_size`: choose as much as the longest CONNECT
    /// or SUBSCRIBE, CONNACK or SUBACK takes.
    pub buffer: u32,
    /// The largest packet that is taken, in bytes; in 5.0 it is announced as Maximum Packet Size.
    pub max_packet_size: u32,
    /// How long CONNECT, or its answer, may take.
    pub connect_ms: u64,
    /// How long the answer to a PINGREQ may take.
    pub ping_ms: u64,
    /// Every promise is preceded by [`Event::Persist`].
    pub persistent: bool,
    /// The highest Topic Alias that the peer may use where no memory is lent for topic names: the caller
    /// keeps them, by the Topic Alias among a message's properties. Where a message with an empty topic
    /// name has an alias that was never told, the caller says DISCONNECT with `PROTOCOL_ERROR`.
    pub topic_aliases: u16,
}

impl Settings {
    /// Packets of up to 1 KiB whole and of any size in pieces, 20 seconds for each answer.
    pub const DEFAULT: Self = Self {
        buffer: 1024,
        max_packet_size: u32::MAX,
        connect_ms: 20_000,
        ping_ms: 20_000,
        persistent: false,
        topic_aliases: 0,
    };

    /// The same with another length of the buffer, in bytes.
    pub const fn with_buffer(self, buffer: u32) -> Self {
        Self { buffer, ..self }
    }

    /// The same with a limit on packets, in bytes.
    pub const fn with_max_packet_size(self, max_packet_size: u32) -> Self {
        Self { max_packet_size, ..self }
    }

    /// The same with another time for CONNECT or its answer, in milliseconds.
    pub const fn with_connect_ms(self, connect_ms: u64) -> Self {
        Self { connect_ms, ..self }
    }

    /// The same with another time for the answer to a PINGREQ, in milliseconds.
    pub const fn with_ping_ms(self, ping_ms: u64) -> Self {
        Self { ping_ms, ..self }
    }

    /// The same, where the caller keeps the topic names behind the peer's Topic Aliases: at most so many.
    pub const fn with_topic_aliases(self, topic_aliases: u16) -> Self {
        Self { topic_aliases, ..self }
    }

    /// The same, with or without [`Event::Persist`] before every promise.
    pub const fn with_persistent(self, persistent: bool) -> Self {
        Self { persistent, ..self }
    }
}

/// A message to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// Where it goes.
    pub topic: TopicName<'a>,
    /// Quality of Service.
    pub qos: QoS,
    /// To be kept for subscribers to come.
    pub retain: bool,
    /// 5.0 only. No Topic Alias: the session chooses it.
    pub properties: Properties<'a>,
    /// What it says.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// A message that is not retained and has no properties.
    pub const fn new(topic: TopicName<'a>, qos: QoS, payload: &'a [u8]) -> Self {
        Self { topic, qos, retain: false, properties: List::EMPTY, payload }
    }

    /// The same, to be retained or not.
    pub const fn with_retain(self, retain: bool) -> Self {
        Self { retain, ..self }
    }

    /// The same with these properties.
    pub const fn with_properties(self, properties: Properties<'a>) -> Self {
        Self { properties, ..self }
    }
}

/// A message of QoS 1 or 2 that waits for [`acknowledge`](super::Session::acknowledge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Receipt {
    pub(super) id: PacketId,
    /// The connection that it came in: in the next, the identifier can be another message's.
    pub(super) connection: u32,
}

impl Receipt {
    /// The message's packet identifier.
    pub const fn id(self) -> PacketId {
        self.id
    }
}

/// What happens in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// To a server: the client asks to connect. [`Server::accept`](super::Server::accept) it, also with a
    /// reason to refuse it.
    Connect(Connect<'a>),
    /// To a client: the server's answer. If it is an error, the connection is over. If no session was
    /// present, what was in flight is forgotten: publish it again if it still matters.
    Connack(Connack<'a>),
    /// A message. If memory for topic aliases was lent, [`topic_of`](super::Session::topic_of) tells its
    /// topic name.
    Publish {
        /// The message.
        publish: Publish<'a>,
        /// With QoS 1 or 2, [`acknowledge`](super::Session::acknowledge) it once it is safe.
        receipt: Option<Receipt>,
    },
    /// The start of a message that is longer than the buffer; its payload follows.
    PublishHead {
        /// The message, with an empty payload.
        publish: Publish<'a>,
        /// Length of the payload that follows, in bytes, at least 1.
        payload_len: u32,
        /// As in [`Event::Publish`]; not before the payload's end.
        receipt: Option<Receipt>,
    },
    /// The next bytes of that payload.
    Payload {
        /// At least one byte.
        bytes: &'a [u8],
        /// Bytes that are still to come.
        remaining: u32,
    },
    /// A message came once more, which is not told again, but it says which name its Topic Alias stands for:
    /// where the caller [keeps](Settings::topic_aliases) these names.
    TopicAlias {
        /// The alias.
        alias: NonZeroU16,
        /// What it stands for from now on.
        topic: TopicName<'a>,
    },
    /// A message of QoS 2 has arrived: once a later snapshot is kept, its payload will not be asked for
    /// again.
    Arrived {
        /// What you know it by.
        handle: u32,
    },
    /// A message of QoS 1 or 2 is acknowledged, or refused by an error. Behind [`Event::Arrived`],
    /// `PACKET_IDENTIFIER_NOT_FOUND` is no refusal: the receiver had it, and is done with it.
    Done {
        /// What you know it by.
        handle: u32,
        /// What the receiver says.
        reason_code: ReasonCode,
        /// What it says besides.
        properties: Properties<'a>,
    },
    /// To a client: the answer to [`subscribe`](super::Client::subscribe).
    Suback {
        /// What you know it by.
        handle: u32,
        /// The answer.
        suback: Suback<'a>,
    },
    /// To a client: the answer to [`unsubscribe`](super::Client::unsubscribe).
    Unsuback {
        /// What you know it by.
        handle: u32,
        /// The answer.
        unsuback: Unsuback<'a>,
    },
    /// To a server: answer with [`suback`](super::Server::suback).
    Subscribe(Subscribe<'a>),
    /// To a server: answer with [`unsuback`](super::Server::unsuback).
    Unsubscribe(Unsubscribe<'a>),
    /// A step of an authentication. Section 4.12
    Auth(Auth<'a>),
    /// The peer's last word. The connection is over.
    Disconnect(Disconnect<'a>),
    /// Keep a [`snapshot`](super::Session::snapshot), in one step with what your application has taken and
    /// wants to send, then say [`persisted`](super::Session::persisted): nothing that depends on it is sent
    /// before. What happens between the two is asked for again; without a snapshot, all of it.
    Persist,
    /// Send this message, once more or for the first time: [`send`](super::Session::send).
    Send {
        /// What you know it by.
        handle: u32,
        /// Its packet identifier.
        id: PacketId,
    },
    /// To a server, behind the end of a connection: publish the Will Message now, its Will Delay Interval
    /// is over. It comes once.
    PublishWill,
    /// To a server, behind the end of a connection: the session is over, forget it and what you have kept
    /// of it. It comes once.
    SessionEnded,
}

impl<'a> Event<'a> {
    /// In CONNACK and DISCONNECT, another server to go to, if it says which: true if for good. MQTT 5.0
    /// section 4.11
    pub fn redirection(&self) -> Option<(Option<Text<'a>>, bool)> {
        let (reason_code, properties) = match self {
            Self::Connack(connack) => (connack.reason_code, connack.properties),
            Self::Disconnect(disconnect) => (disconnect.reason_code, disconnect.properties),
            _ => return None,
        };
        match reason_code {
            ReasonCode::USE_ANOTHER_SERVER => Some((properties.server_reference(), false)),
            ReasonCode::SERVER_MOVED => Some((properties.server_reference(), true)),
            _ => None,
        }
    }
}
