//! Why a connection fails, and why something is not sent.

use crate::codec::Version;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::packet::PacketType;
use crate::reason_code::ReasonCode;

use super::Refusal;

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

impl From<DecodeError> for SessionError {
    fn from(error: DecodeError) -> Self {
        Self::Packet(error)
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
    /// An answer to SUBSCRIBE or UNSUBSCRIBE with more or fewer Reason Codes than there were filters.
    #[error("an answer with another number of reason codes than filters")]
    ReasonCodes,
    /// A message with the identifier of another one that is not done.
    #[error("a packet identifier that is in use")]
    IdentifierInUse,
    /// More messages at once than we take.
    #[error("more messages at once than announced")]
    ReceiveMaximum,
    /// More messages of QoS 2 before the first PUBREL than there is room for, of a peer that was not told
    /// how many that are: 3.1.1 has no word for it. `R` must be at least what the peer sends at once.
    #[error("more messages at once than there is room for")]
    Window,
    /// A Maximum Packet Size below what an answer needs that must be given.
    #[error("a peer that takes no acknowledgement")]
    TooSmall,
    /// A Topic Alias above what was announced.
    #[error("a topic alias above what was announced")]
    TopicAlias,
    /// A Topic Alias that stands for nothing.
    #[error("a topic alias without a topic name")]
    UnknownTopicAlias,
    /// A Topic Alias whose topic name is forgotten, since the names are longer than the memory that was
    /// lent for them.
    #[error("no memory for so many topic names")]
    TopicAliasMemory,
    /// A session that we do not have.
    #[error("a session that this client does not have")]
    SessionPresent,
    /// DISCONNECT wants to keep a session that CONNECT did not want to keep.
    #[error("a session to be kept that CONNECT did not ask for")]
    SessionExpiry,
    /// Another Authentication Method than CONNECT's, or none.
    #[error("another authentication method than CONNECT's")]
    AuthenticationMethod,
    /// Reason String or User Properties that CONNECT did not want.
    #[error("reasons that nobody asked for")]
    ProblemInformation,
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
            Self::OutOfTurn(PacketType::Auth) => "MQTT 5.0 section 4.12",
            Self::OutOfTurn(_) => "MQTT-3.1.0-1",
            Self::WrongAcknowledgement => "MQTT-4.3.3-4",
            Self::ReasonCodes => "MQTT-3.8.4-6",
            Self::IdentifierInUse => "MQTT-2.2.1-3",
            Self::ReceiveMaximum => "MQTT-3.3.4-9",
            Self::Window => "MQTT 3.1.1 section 4.3.3",
            Self::TooSmall => "MQTT-3.1.2-24",
            Self::TopicAlias => "MQTT-3.3.2-9",
            Self::UnknownTopicAlias | Self::TopicAliasMemory => "MQTT 5.0 section 3.3.2.3.4",
            Self::SessionPresent => "MQTT-3.2.2-4",
            Self::SessionExpiry => "MQTT 5.0 section 3.14.2.2.2",
            Self::AuthenticationMethod => "MQTT-4.12.0-5",
            Self::ProblemInformation => "MQTT-3.1.2-29",
            Self::NotAllowed(refusal) => refusal.rule(),
            Self::Silence => "MQTT-3.1.2-22",
            Self::Lost => "MQTT 5.0 section 4.8",
        }
    }

    /// What the peer is told, in 5.0.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximum | Self::Window => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::TooSmall => ReasonCode::PACKET_TOO_LARGE,
            Self::TopicAlias => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::TopicAliasMemory => ReasonCode::QUOTA_EXCEEDED,
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
    /// There is no room for another message in flight: wait for [`Event::Done`](super::Event::Done).
    #[error("no room for another message in flight")]
    Full,
    /// For now the peer takes no more messages of QoS 1 and 2 at once, or what waits goes first: wait for
    /// [`Event::Done`](super::Event::Done), send what [`Event::Send`](super::Event::Send) asks for, and
    /// what `poll_transmit` gives.
    #[error("the peer takes no more at once")]
    Quota,
    /// Not at this point of the conversation.
    #[error("not at this point of the conversation")]
    OutOfTurn,
    /// A packet of this version does not exist.
    #[error("{0:?} does not have it")]
    NotInVersion(Version),
    /// What the session enforces must be announced in CONNECT, or CONNACK, of 5.0: see `announcements`.
    #[error("not announced: {0}")]
    Unannounced(Announcement),
    /// [`Event::Persist`](super::Event::Persist) must be answered first.
    #[error("a snapshot must be kept first")]
    Unsaved,
    /// Of a connection that has ended. The message comes again.
    #[error("of an earlier connection")]
    Stale,
    /// A Topic Alias in a message: the session chooses them itself.
    #[error("the session chooses topic aliases itself")]
    TopicAlias,
    /// DISCONNECT cannot keep a session that CONNECT did not ask to keep. MQTT 5.0 section 3.14.2.2.2
    #[error("the session ends with the connection, CONNECT said so")]
    SessionExpiry,
    /// Another Authentication Method than CONNECT's, or none. [MQTT-4.12.0-5]
    #[error("another authentication method than CONNECT's")]
    AuthenticationMethod,
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::BufferTooSmall { needed } => Self::BufferTooSmall { needed },
            EncodeError::Invalid(kind) => Self::Invalid(kind),
        }
    }
}

/// What must be announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Announcement {
    /// Receive Maximum, of at most this.
    #[error("Receive Maximum, at most {0}")]
    ReceiveMaximum(u16),
    /// Maximum Packet Size, of at most this.
    #[error("Maximum Packet Size, at most {0}")]
    MaximumPacketSize(u32),
    /// A Topic Alias Maximum without memory lent for it.
    #[error("Topic Alias Maximum without memory")]
    TopicAliasMaximum,
    /// The name of a client that has none.
    #[error("Assigned Client Identifier")]
    AssignedClientIdentifier,
}
