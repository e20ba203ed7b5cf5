//! What can be wrong with a packet: the kind, where, which rule, and what to answer.

use crate::codec::Version;
use crate::packet::PacketType;
use crate::reason_code::ReasonCode;

/// Why bytes are not a packet that may be accepted.
///
/// ```
/// use mqtt_codec::{Codec, ErrorKind, ReasonCode, Version};
///
/// // A PUBLISH of QoS 3.
/// let error = Codec::server().with_version(Version::V5).decode(&[0x36, 0x00]).unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::PublishQos3, 0));
/// assert_eq!(error.rule(), "MQTT-3.3.1-4");
/// assert_eq!(error.reason_code(), ReasonCode::MALFORMED_PACKET);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Index in the frame of the first byte of the field that is wrong.
    pub offset: u32,
    /// The version whose rules were applied. In a CONNECT of a version that nobody speaks, the one to
    /// answer in: 3.1.1 for older ones, 5.0 for newer ones; else 5.0 where it is not known.
    pub version: Version,
    /// The type that the first byte tells, if there is such a type.
    pub packet_type: Option<PacketType>,
}

impl DecodeError {
    /// The rule that is broken: a statement's identifier (`MQTT-3.3.1-4`), or the section where the
    /// standard has none.
    pub const fn rule(&self) -> &'static str {
        use PacketType::*;
        // Statements that the standard makes once for each packet.
        match (self.version, self.kind, self.packet_type) {
            (Version::V3, ErrorKind::ReasonCode, Some(Suback)) => "MQTT-3.9.3-2",
            (Version::V5, ErrorKind::ReasonCode, Some(Connack)) => "MQTT-3.2.2-8",
            (Version::V5, ErrorKind::ReasonCode, Some(Puback)) => "MQTT-3.4.2-1",
            (Version::V5, ErrorKind::ReasonCode, Some(Pubrec)) => "MQTT-3.5.2-1",
            (Version::V5, ErrorKind::ReasonCode, Some(Pubrel)) => "MQTT-3.6.2-1",
            (Version::V5, ErrorKind::ReasonCode, Some(Pubcomp)) => "MQTT-3.7.2-1",
            (Version::V5, ErrorKind::ReasonCode, Some(Suback)) => "MQTT-3.9.3-2",
            (Version::V5, ErrorKind::ReasonCode, Some(Unsuback)) => "MQTT-3.11.3-2",
            (Version::V5, ErrorKind::ReasonCode, Some(Disconnect)) => "MQTT-3.14.2-1",
            (Version::V5, ErrorKind::ReasonCode, Some(Auth)) => "MQTT-3.15.2-1",
            (Version::V3, ErrorKind::PacketIdZero, Some(Puback | Pubrec | Pubrel | Pubcomp)) => {
                "MQTT-2.3.1-6"
            }
            (Version::V3, ErrorKind::PacketIdZero, Some(Suback | Unsuback)) => "MQTT-2.3.1-7",
            (Version::V5, ErrorKind::PacketIdZero, Some(Puback | Pubrec | Pubrel | Pubcomp)) => {
                "MQTT-2.2.1-5"
            }
            (Version::V5, ErrorKind::PacketIdZero, Some(Suback | Unsuback)) => "MQTT-2.2.1-6",
            (_, ErrorKind::TopicNameWildcard, Some(Publish)) => "MQTT-3.3.2-2",
            (Version::V5, ErrorKind::EmptyAcknowledgement, Some(Unsuback)) => "MQTT-3.10.4-6",
            (_, ErrorKind::AuthenticationMethodMissing, Some(Auth)) => {
                "MQTT 5.0 section 3.15.2.2.2"
            }
            _ => self.kind.rule(self.version),
        }
    }

    /// What to answer the peer with before the connection is closed.
    ///
    /// A 5.0 server puts it into a CONNACK if the packet is the first, else into a DISCONNECT, a 5.0
    /// client into a DISCONNECT. 0x84 and 0x85 are for a CONNACK alone. In 3.1.1 only a CONNECT is
    /// answered, and only if [`ReasonCode::to_connect_return_code`] has a value.
    pub const fn reason_code(&self) -> ReasonCode {
        self.kind.reason_code()
    }
}

/// Why a packet cannot be encoded. Nothing usable has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is shorter than the packet.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length of the packet.
        needed: usize,
    },
    /// The packet would break a rule of the standard.
    #[error("the packet cannot be encoded: {0}")]
    Invalid(ErrorKind),
}

/// What is wrong with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The packet type is 0, or 15 (AUTH) in 3.1.1.
    #[error("a packet type that is reserved")]
    ReservedType,
    /// The four flag bits are not the ones that this packet type prescribes.
    #[error("fixed header flags that are not the reserved ones")]
    ReservedFlags,
    /// Both QoS bits of a PUBLISH are set.
    #[error("a PUBLISH of QoS 3")]
    PublishQos3,
    /// A PUBLISH of QoS 0 says that it is a repetition.
    #[error("DUP in a PUBLISH of QoS 0")]
    DupAtQos0,
    /// A Variable Byte Integer (or Remaining Length) in more bytes than needed. MQTT 3.1.1 does not
    /// forbid it in words; its table of lengths has one form for each.
    #[error("a variable byte integer longer than needed")]
    VarintNotMinimal,
    /// The fourth byte of a Variable Byte Integer asks for a fifth.
    #[error("a variable byte integer of more than four bytes")]
    VarintTooLong,
    /// The packet is larger than the codec's maximum packet size, or than a packet can be.
    #[error("a packet larger than the limit")]
    PacketTooLarge,
    /// A packet other than CONNECT while the codec has no version yet.
    #[error("a packet before CONNECT")]
    NotConnect,
    /// The packet type is never sent from this side to the other.
    #[error("a packet that this side never sends")]
    WrongDirection,
    /// A field runs past the end of the packet, or of the properties it is in.
    #[error("a field that runs past the end")]
    Truncated,
    /// Bytes are left over behind the last field.
    #[error("bytes behind the last field")]
    TrailingBytes,
    /// A text is not well-formed UTF-8.
    #[error("a text that is not UTF-8")]
    NotUtf8,
    /// A text contains U+0000.
    #[error("a text with U+0000")]
    NullCharacter,
    /// A text contains a control character, and the codec refuses them.
    #[error("a text with a control character")]
    ControlCharacter,
    /// A text contains a Unicode non-character, and the codec refuses them.
    #[error("a text with a non-character")]
    NonCharacter,
    /// Binary data is longer than 65,535 bytes (when encoding).
    #[error("data longer than 65535 bytes")]
    DataTooLong,
    /// A topic name is empty, and no topic alias stands for it.
    #[error("an empty topic name")]
    TopicNameEmpty,
    /// A topic name contains `+` or `#`.
    #[error("a wildcard in a topic name")]
    TopicNameWildcard,
    /// A Response Topic contains `+` or `#`.
    #[error("a wildcard in a Response Topic")]
    ResponseTopicWildcard,
    /// A topic filter is empty.
    #[error("an empty topic filter")]
    TopicFilterEmpty,
    /// A `#` that is not the whole of the last level.
    #[error("'#' out of place in a topic filter")]
    MisplacedHash,
    /// A `+` that is not the whole of its level.
    #[error("'+' out of place in a topic filter")]
    MisplacedPlus,
    /// The share name behind `$share/` is empty.
    #[error("an empty share name")]
    ShareNameEmpty,
    /// The share name behind `$share/` contains `+` or `#`.
    #[error("a wildcard in a share name")]
    ShareNameWildcard,
    /// No topic filter stands behind `$share/` and the share name.
    #[error("a shared subscription without a topic filter")]
    ShareFilter,
    /// The protocol name of a CONNECT is not `MQTT`.
    #[error("a protocol name other than MQTT")]
    ProtocolName,
    /// The protocol version of a CONNECT is not one that the codec accepts.
    #[error("a protocol version that is not accepted")]
    ProtocolVersion,
    /// The reserved bit of the connect flags is set.
    #[error("the reserved connect flag set")]
    ConnectReservedFlag,
    /// The Will QoS is not 0, but the Will Flag is not set.
    #[error("a Will QoS without a will")]
    WillQosWithoutWill,
    /// Will Retain is set, but the Will Flag is not.
    #[error("Will Retain without a will")]
    WillRetainWithoutWill,
    /// The Will QoS is 3.
    #[error("a Will QoS of 3")]
    WillQos3,
    /// The password flag without the user name flag, in 3.1.1.
    #[error("a password without a user name")]
    PasswordWithoutUserName,
    /// An empty Client Identifier without Clean Session, in 3.1.1.
    #[error("no client identifier for a session to keep")]
    ClientIdEmpty,
    /// A reserved bit of the connect acknowledge flags is set.
    #[error("a reserved acknowledge flag set")]
    ConnackReservedFlags,
    /// A CONNACK that refuses says that a session is present.
    #[error("Session Present in a refusal")]
    SessionPresentOnError,
    /// The packet identifier is 0.
    #[error("packet identifier 0")]
    PacketIdZero,
    /// The reason code does not exist or is not for this packet.
    #[error("a reason code out of place")]
    ReasonCode,
    /// A SUBSCRIBE without a topic filter.
    #[error("no topic filter to subscribe to")]
    EmptySubscribe,
    /// An UNSUBSCRIBE without a topic filter.
    #[error("no topic filter to unsubscribe from")]
    EmptyUnsubscribe,
    /// A SUBACK or UNSUBACK without a reason code.
    #[error("no reason code in an acknowledgement")]
    EmptyAcknowledgement,
    /// A subscription asks for QoS 3.
    #[error("a subscription of QoS 3")]
    SubscribeQos3,
    /// A reserved bit of the subscription options is set.
    #[error("a reserved subscription option set")]
    SubscriptionReservedBits,
    /// A subscription has a Retain Handling of 3.
    #[error("a Retain Handling of 3")]
    RetainHandling3,
    /// No Local is set on a shared subscription.
    #[error("No Local on a shared subscription")]
    NoLocalOnShared,
    /// The property identifier does not exist.
    #[error("a property that does not exist")]
    PropertyUnknown,
    /// The property is not one of this packet's.
    #[error("a property that this packet cannot have")]
    PropertyNotAllowed,
    /// A client's PUBLISH has a Subscription Identifier.
    #[error("a Subscription Identifier in a client's PUBLISH")]
    SubscriptionIdFromClient,
    /// A server's DISCONNECT has a Session Expiry Interval.
    #[error("a Session Expiry Interval in a server's DISCONNECT")]
    SessionExpiryFromServer,
    /// A property other than User Property stands twice.
    #[error("a property twice")]
    PropertyRepeated,
    /// A property of one byte is neither 0 nor 1.
    #[error("a value that the property cannot have")]
    PropertyValue,
    /// The Receive Maximum is 0.
    #[error("a Receive Maximum of 0")]
    ReceiveMaximumZero,
    /// The Maximum Packet Size is 0.
    #[error("a Maximum Packet Size of 0")]
    MaximumPacketSizeZero,
    /// The Topic Alias is 0.
    #[error("topic alias 0")]
    TopicAliasZero,
    /// The Subscription Identifier is 0.
    #[error("subscription identifier 0")]
    SubscriptionIdZero,
    /// Authentication Data without an Authentication Method, or an AUTH with properties but no method.
    #[error("authentication data without a method")]
    AuthenticationMethodMissing,
    /// Properties, options, reason codes or a packet that MQTT 3.1.1 cannot say (when encoding).
    #[error("something that this version cannot say")]
    NotInVersion,
}

impl ErrorKind {
    /// The rule that is broken in `version`.
    pub const fn rule(self, version: Version) -> &'static str {
        let (v3, v5) = self.rules();
        match version {
            Version::V3 => v3,
            Version::V5 => v5,
        }
    }

    /// What to answer the peer with.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::PacketTooLarge => ReasonCode::PACKET_TOO_LARGE,
            Self::NotConnect
            | Self::WrongDirection
            | Self::TopicNameEmpty
            | Self::SessionPresentOnError
            | Self::PacketIdZero
            | Self::ReasonCode
            | Self::EmptySubscribe
            | Self::EmptyUnsubscribe
            | Self::EmptyAcknowledgement
            | Self::SubscribeQos3
            | Self::RetainHandling3
            | Self::NoLocalOnShared
            | Self::SubscriptionIdFromClient
            | Self::SessionExpiryFromServer
            | Self::PropertyRepeated
            | Self::PropertyValue
            | Self::ReceiveMaximumZero
            | Self::MaximumPacketSizeZero
            | Self::SubscriptionIdZero
            | Self::AuthenticationMethodMissing => ReasonCode::PROTOCOL_ERROR,
            Self::DataTooLong | Self::NotInVersion => ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
            Self::ProtocolName | Self::ProtocolVersion => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            Self::ClientIdEmpty => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            Self::TopicAliasZero => ReasonCode::TOPIC_ALIAS_INVALID,
            _ => ReasonCode::MALFORMED_PACKET,
        }
    }

    /// The rules of 3.1.1 and of 5.0; where a kind belongs to one version, both name its rule.
    const fn rules(self) -> (&'static str, &'static str) {
        match self {
            Self::ReservedType => ("MQTT 3.1.1 section 2.2.1", "MQTT 5.0 section 2.1.2"),
            Self::ReservedFlags => ("MQTT-2.2.2-2", "MQTT-2.1.3-1"),
            Self::PublishQos3 => ("MQTT-3.3.1-4", "MQTT-3.3.1-4"),
            Self::DupAtQos0 => ("MQTT-3.3.1-2", "MQTT-3.3.1-2"),
            Self::VarintNotMinimal => ("MQTT 3.1.1 section 2.2.3", "MQTT-1.5.5-1"),
            Self::VarintTooLong => ("MQTT 3.1.1 section 2.2.3", "MQTT 5.0 section 1.5.5"),
            Self::PacketTooLarge => ("MQTT 3.1.1 section 2.2.3", "MQTT 5.0 section 3.1.2.11.4"),
            Self::NotConnect => ("MQTT-3.1.0-1", "MQTT-3.1.0-1"),
            Self::WrongDirection => ("MQTT 3.1.1 section 2.2.1", "MQTT 5.0 section 2.1.2"),
            Self::Truncated => ("MQTT 3.1.1 section 2.2.3", "MQTT 5.0 section 2.1.4"),
            Self::TrailingBytes => ("MQTT 3.1.1 section 2.2.3", "MQTT 5.0 section 2.1.4"),
            Self::NotUtf8 => ("MQTT-1.5.3-1", "MQTT-1.5.4-1"),
            Self::NullCharacter => ("MQTT-1.5.3-2", "MQTT-1.5.4-2"),
            Self::ControlCharacter => ("MQTT 3.1.1 section 1.5.3", "MQTT 5.0 section 1.5.4"),
            Self::NonCharacter => ("MQTT 3.1.1 section 1.5.3", "MQTT 5.0 section 1.5.4"),
            Self::DataTooLong => ("MQTT 3.1.1 section 1.5.3", "MQTT 5.0 section 1.5.6"),
            Self::TopicNameEmpty => ("MQTT-4.7.3-1", "MQTT-4.7.3-1"),
            Self::TopicNameWildcard => ("MQTT-4.7.1-1", "MQTT-4.7.0-1"),
            Self::ResponseTopicWildcard => ("MQTT-3.3.2-14", "MQTT-3.3.2-14"),
            Self::TopicFilterEmpty => ("MQTT-4.7.3-1", "MQTT-4.7.3-1"),
            Self::MisplacedHash => ("MQTT-4.7.1-2", "MQTT-4.7.1-1"),
            Self::MisplacedPlus => ("MQTT-4.7.1-3", "MQTT-4.7.1-2"),
            Self::ShareNameEmpty => ("MQTT-4.8.2-1", "MQTT-4.8.2-1"),
            Self::ShareNameWildcard => ("MQTT-4.8.2-2", "MQTT-4.8.2-2"),
            Self::ShareFilter => ("MQTT-4.8.2-2", "MQTT-4.8.2-2"),
            Self::ProtocolName => ("MQTT-3.1.2-1", "MQTT-3.1.2-1"),
            Self::ProtocolVersion => ("MQTT-3.1.2-2", "MQTT-3.1.2-2"),
            Self::ConnectReservedFlag => ("MQTT-3.1.2-3", "MQTT-3.1.2-3"),
            Self::WillQosWithoutWill => ("MQTT-3.1.2-13", "MQTT-3.1.2-11"),
            Self::WillRetainWithoutWill => ("MQTT-3.1.2-15", "MQTT-3.1.2-13"),
            Self::WillQos3 => ("MQTT-3.1.2-14", "MQTT-3.1.2-12"),
            Self::PasswordWithoutUserName => ("MQTT-3.1.2-22", "MQTT-3.1.2-22"),
            Self::ClientIdEmpty => ("MQTT-3.1.3-8", "MQTT-3.1.3-8"),
            Self::ConnackReservedFlags => ("MQTT 3.1.1 section 3.2.2.1", "MQTT-3.2.2-1"),
            Self::SessionPresentOnError => ("MQTT-3.2.2-4", "MQTT-3.2.2-6"),
            Self::PacketIdZero => ("MQTT-2.3.1-1", "MQTT-2.2.1-3"),
            Self::ReasonCode => ("MQTT 3.1.1 section 3.2.2.3", "MQTT 5.0 section 2.4"),
            Self::EmptySubscribe => ("MQTT-3.8.3-3", "MQTT-3.8.3-2"),
            Self::EmptyUnsubscribe => ("MQTT-3.10.3-2", "MQTT-3.10.3-2"),
            Self::EmptyAcknowledgement => ("MQTT-3.8.4-5", "MQTT 5.0 section 3.9.3"),
            Self::SubscribeQos3 => ("MQTT-3-8.3-4", "MQTT 5.0 section 3.8.3.1"),
            Self::SubscriptionReservedBits => ("MQTT-3-8.3-4", "MQTT-3.8.3-5"),
            Self::RetainHandling3 => ("MQTT 5.0 section 3.8.3.1", "MQTT 5.0 section 3.8.3.1"),
            Self::NoLocalOnShared => ("MQTT-3.8.3-4", "MQTT-3.8.3-4"),
            Self::PropertyUnknown => ("MQTT 5.0 section 2.2.2.2", "MQTT 5.0 section 2.2.2.2"),
            Self::PropertyNotAllowed => ("MQTT 5.0 section 2.2.2.2", "MQTT 5.0 section 2.2.2.2"),
            Self::SubscriptionIdFromClient => ("MQTT-3.3.4-6", "MQTT-3.3.4-6"),
            Self::SessionExpiryFromServer => ("MQTT-3.14.2-2", "MQTT-3.14.2-2"),
            Self::PropertyRepeated => {
                ("MQTT 5.0, the property's section", "MQTT 5.0, the property's section")
            }
            Self::PropertyValue => ("MQTT 5.0 section 2.2.2.2", "MQTT 5.0 section 2.2.2.2"),
            Self::ReceiveMaximumZero => {
                ("MQTT 5.0 section 3.1.2.11.3", "MQTT 5.0 section 3.1.2.11.3")
            }
            Self::MaximumPacketSizeZero => {
                ("MQTT 5.0 section 3.1.2.11.4", "MQTT 5.0 section 3.1.2.11.4")
            }
            Self::TopicAliasZero => ("MQTT-3.3.2-8", "MQTT-3.3.2-8"),
            Self::SubscriptionIdZero => {
                ("MQTT 5.0 section 3.8.2.1.2", "MQTT 5.0 section 3.8.2.1.2")
            }
            Self::AuthenticationMethodMissing => {
                ("MQTT 5.0 section 3.1.2.11.10", "MQTT 5.0 section 3.1.2.11.10")
            }
            Self::NotInVersion => ("MQTT 3.1.1", "MQTT 5.0"),
        }
    }
}
