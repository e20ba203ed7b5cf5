//! What a session takes and gives.

use crate::auth::Auth;
use crate::codec::Version;
use crate::connack::Connack;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::list::List;
use crate::packet::PacketType;
use crate::properties::Properties;
use crate::publish::{PacketId, Publish, QoS};
use crate::reason_code::ReasonCode;
use crate::suback::{Suback, Unsuback};
use crate::subscribe::Subscribe;
use crate::topic::TopicName;
use crate::unsubscribe::Unsubscribe;

use super::Refusal;

/// What a session needs to know before it begins. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Length of the buffer that input is held in, in bytes: packets of up to so many come whole. A
    /// longer PUBLISH comes in pieces, every other packet that is longer is refused.
    pub buffer: u32,
    /// The largest packet that is taken, in bytes; a client announces it as Maximum Packet Size.
    pub max_packet_size: u32,
    /// How long CONNECT, or its answer, may take.
    pub connect_ms: u64,
    /// How long the answer to a PINGREQ may take.
    pub ping_ms: u64,
    /// Every promise is preceded by [`Event::Persist`].
    pub persistent: bool,
}

impl Settings {
    /// Packets of up to 1 KiB whole and of any size in pieces, 20 seconds for each answer.
    pub const DEFAULT: Self = Self {
        buffer: 1024,
        max_packet_size: u32::MAX,
        connect_ms: 20_000,
        ping_ms: 20_000,
        persistent: false,
    };
}

/// A message to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Where it goes.
    pub topic: TopicName<'a>,
    /// Quality of Service.
    pub qos: QoS,
    /// To be kept for subscribers to come.
    pub retain: bool,
    /// 5.0 only.
    pub properties: Properties<'a>,
    /// What it says.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// A message that is not retained and has no properties.
    pub const fn new(topic: TopicName<'a>, qos: QoS, payload: &'a [u8]) -> Self {
        Self { topic, qos, retain: false, properties: List::EMPTY, payload }
    }
}

/// What happens in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// To a server: the client asks to connect. [`Server::accept`](super::Server::accept) it, also with a
    /// reason to refuse it.
    Connect(Connect<'a>),
    /// To a client: the server's answer. If it is an error, the connection is over. If no session was
    /// present, what was in flight is forgotten: publish it again if it still matters.
    Connack(Connack<'a>),
    /// A message. With QoS 1 or 2, [`acknowledge`](super::Client::acknowledge) it once it is safe.
    Publish(Publish<'a>),
    /// The start of a message that is longer than the buffer; its payload follows.
    PublishHead {
        /// The message, with an empty payload.
        publish: Publish<'a>,
        /// Length of the payload that follows, in bytes, at least 1.
        payload_len: u32,
    },
    /// The next bytes of that payload.
    Payload {
        /// At least one byte.
        bytes: &'a [u8],
        /// Bytes that are still to come.
        remaining: u32,
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
    /// Keep a [`snapshot`](super::Client::snapshot), in one step with what your application has taken and
    /// wants to send, then say [`persisted`](super::Client::persisted): nothing that depends on it is sent
    /// before. What happens between the two is asked for again.
    Persist,
    /// Send this message, once more or for the first time: [`send`](super::Client::send).
    Send {
        /// What you know it by.
        handle: u32,
        /// Its packet identifier.
        id: PacketId,
    },
}

/// Why a session's connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A packet that is wrong by itself.
    #[error(transparent)]
    Packet(DecodeError),
    /// A packet that is wrong here and now, or time that has passed.
    #[error("{0}")]
    Violation(Violation),
}

impl SessionError {
    /// The rule that is broken.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Packet(error) => error.rule(),
            Self::Violation(violation) => violation.rule(),
        }
    }

    /// What the peer is told, in 5.0.
    pub const fn reason_code(&self) -> ReasonCode {
        match self {
            Self::Packet(error) => error.reason_code(),
            Self::Violation(violation) => violation.reason_code(),
        }
    }
}

/// What the peer did that it must not do here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A packet that does not belong here.
    #[error("a packet out of turn: {0:?}")]
    OutOfTurn(PacketType),
    /// An acknowledgement of another kind than the identifier is waiting for.
    #[error("an acknowledgement of the wrong kind")]
    WrongAcknowledgement,
    /// A message with the identifier of another one that is not done.
    #[error("a packet identifier that is in use")]
    IdentifierInUse,
    /// More messages at once than we take.
    #[error("more messages at once than announced")]
    ReceiveMaximum,
    /// More messages of QoS 2 at once than there is room for, of a peer that was not told how many that
    /// are: 3.1.1 has no word for it. `N` must be at least what the peer sends at once.
    #[error("more messages at once than there is room for")]
    Window,
    /// A Maximum Packet Size below what an acknowledgement needs.
    #[error("a peer that takes no acknowledgement")]
    TooSmall,
    /// A Topic Alias that was not agreed upon.
    #[error("a topic alias that was not agreed upon")]
    TopicAlias,
    /// A session that we do not have.
    #[error("a session that this client does not have")]
    SessionPresent,
    /// What the server has said that it does not take.
    #[error("what was announced not to be taken: {0}")]
    NotAllowed(Refusal),
    /// Nothing came in time.
    #[error("nothing came in time")]
    Silence,
    /// The connection has ended without DISCONNECT.
    #[error("the connection ended without DISCONNECT")]
    Lost,
}

impl Violation {
    /// The rule that is broken.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::OutOfTurn(PacketType::Connect) => "MQTT-3.1.0-2",
            Self::OutOfTurn(_) => "MQTT-3.1.0-1",
            Self::WrongAcknowledgement => "MQTT-4.3.3-4",
            Self::IdentifierInUse => "MQTT-2.2.1-3",
            Self::ReceiveMaximum => "MQTT-3.3.4-9",
            Self::Window => "MQTT 3.1.1 section 4.3.3",
            Self::TooSmall => "MQTT-3.1.2-24",
            Self::TopicAlias => "MQTT-3.3.2-8",
            Self::SessionPresent => "MQTT-3.2.2-4",
            Self::NotAllowed(refusal) => refusal.rule(),
            Self::Silence => "MQTT-3.1.2-22",
            Self::Lost => "MQTT 5.0 section 4.8",
        }
    }

    /// What the peer is told, in 5.0.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximum | Self::Window => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::TopicAlias => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::NotAllowed(refusal) => refusal.reason_code(),
            Self::Silence => ReasonCode::KEEP_ALIVE_TIMEOUT,
            _ => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

/// Why something was not sent. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The buffer is shorter than the packet.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length.
        needed: usize,
    },
    /// The packet would break a rule of the standard.
    #[error("the packet cannot be encoded: {0}")]
    Invalid(ErrorKind),
    /// The peer has said that it does not take it.
    #[error("the peer does not take it: {0}")]
    Refused(Refusal),
    /// Too much is in flight: wait for [`Event::Done`], or send what [`Event::Send`] asks for first.
    #[error("too much is in flight")]
    Full,
    /// Not at this point of the conversation.
    #[error("not at this point of the conversation")]
    OutOfTurn,
    /// A packet of this version does not exist.
    #[error("{0:?} does not have it")]
    NotInVersion(Version),
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::BufferTooSmall { needed } => Self::BufferTooSmall { needed },
            EncodeError::Invalid(kind) => Self::Invalid(kind),
        }
    }
}
