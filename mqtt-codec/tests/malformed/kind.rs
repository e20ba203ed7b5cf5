//! Rule and reason code of every kind, looked up in the standards; and that each kind has its row.

use std::collections::HashSet;

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::{Codec, ErrorKind, ReasonCode, Version};

use crate::ROWS;
use crate::common::{bytes, codec};

const MALFORMED: u8 = 0x81;
const PROTOCOL: u8 = 0x82;

/// What can be known from one packet of a peer: kind, rule in 3.1.1 and in 5.0 (none where the
/// version cannot break it), what a 5.0 peer is told.
const KINDS: &[(Kind, Option<&str>, Option<&str>, u8)] = &[
    (
        Kind::ReservedType,
        Some("MQTT 3.1.1 section 2.2.1"),
        Some("MQTT 5.0 section 2.1.2"),
        MALFORMED,
    ),
    // 5.0 section 2.1.3: "If invalid flags are received it is a Malformed Packet".
    (Kind::ReservedFlags, Some("MQTT-2.2.2-2"), Some("MQTT-2.1.3-1"), MALFORMED),
    // 5.0 section 3.3.1.2: "it is a Malformed Packet".
    (Kind::PublishQos3, Some("MQTT-3.3.1-4"), Some("MQTT-3.3.1-4"), MALFORMED),
    (Kind::DupAtQos0, Some("MQTT-3.3.1-2"), Some("MQTT-3.3.1-2"), MALFORMED),
    (Kind::VarintNotMinimal, Some("MQTT 3.1.1 section 2.2.3"), Some("MQTT-1.5.5-1"), MALFORMED),
    (
        Kind::VarintTooLong,
        Some("MQTT 3.1.1 section 2.2.3"),
        Some("MQTT 5.0 section 1.5.5"),
        MALFORMED,
    ),
    // 5.0 section 3.1.2.11.4: "uses DISCONNECT with Reason Code 0x95".
    (
        Kind::PacketTooLarge,
        Some("MQTT 3.1.1 section 2.2.3"),
        Some("MQTT 5.0 section 3.1.2.11.4"),
        0x95,
    ),
    (Kind::NotConnect, None, Some("MQTT-3.1.0-1"), PROTOCOL),
    (
        Kind::WrongDirection,
        Some("MQTT 3.1.1 section 2.2.1"),
        Some("MQTT 5.0 section 2.1.2"),
        PROTOCOL,
    ),
    (Kind::Truncated, Some("MQTT 3.1.1 section 2.2.3"), Some("MQTT 5.0 section 2.1.4"), MALFORMED),
    (
        Kind::TrailingBytes,
        Some("MQTT 3.1.1 section 2.2.3"),
        Some("MQTT 5.0 section 2.1.4"),
        MALFORMED,
    ),
    // 5.0 section 1.5.4: "it is a Malformed Packet", twice.
    (Kind::NotUtf8, Some("MQTT-1.5.3-1"), Some("MQTT-1.5.4-1"), MALFORMED),
    (Kind::NullCharacter, Some("MQTT-1.5.3-2"), Some("MQTT-1.5.4-2"), MALFORMED),
    // 5.0 section 3.3.2.1: "It is a Protocol Error if the Topic Name is zero length".
    (Kind::TopicNameEmpty, Some("MQTT-4.7.3-1"), Some("MQTT-4.7.3-1"), PROTOCOL),
    (Kind::TopicNameWildcard, Some("MQTT-4.7.1-1"), Some("MQTT-4.7.0-1"), MALFORMED),
    (Kind::ResponseTopicWildcard, None, Some("MQTT-3.3.2-14"), MALFORMED),
    (Kind::TopicFilterEmpty, Some("MQTT-4.7.3-1"), Some("MQTT-4.7.3-1"), MALFORMED),
    (Kind::MisplacedHash, Some("MQTT-4.7.1-2"), Some("MQTT-4.7.1-1"), MALFORMED),
    (Kind::MisplacedPlus, Some("MQTT-4.7.1-3"), Some("MQTT-4.7.1-2"), MALFORMED),
    (Kind::ShareNameEmpty, None, Some("MQTT-4.8.2-1"), MALFORMED),
    (Kind::ShareNameWildcard, None, Some("MQTT-4.8.2-2"), MALFORMED),
    (Kind::ShareFilter, None, Some("MQTT-4.8.2-2"), MALFORMED),
    // 5.0 section 3.1.2.1 and 3.1.2.2: "a CONNACK packet with Reason Code of 0x84".
    (Kind::ProtocolName, Some("MQTT-3.1.2-1"), Some("MQTT-3.1.2-1"), 0x84),
    (Kind::ProtocolVersion, Some("MQTT-3.1.2-2"), Some("MQTT-3.1.2-2"), 0x84),
    (Kind::ConnectReservedFlag, Some("MQTT-3.1.2-3"), Some("MQTT-3.1.2-3"), MALFORMED),
    (Kind::WillQosWithoutWill, Some("MQTT-3.1.2-13"), Some("MQTT-3.1.2-11"), MALFORMED),
    (Kind::WillRetainWithoutWill, Some("MQTT-3.1.2-15"), Some("MQTT-3.1.2-13"), MALFORMED),
    // 5.0 section 3.1.2.6: "A value of 3 (0x03) is a Malformed Packet".
    (Kind::WillQos3, Some("MQTT-3.1.2-14"), Some("MQTT-3.1.2-12"), MALFORMED),
    (Kind::PasswordWithoutUserName, Some("MQTT-3.1.2-22"), None, MALFORMED),
    // 3.1.1: "respond to the CONNECT Packet with a CONNACK return code 0x02", 5.0's 0x85.
    (Kind::ClientIdEmpty, Some("MQTT-3.1.3-8"), None, 0x85),
    (
        Kind::ConnackReservedFlags,
        Some("MQTT 3.1.1 section 3.2.2.1"),
        Some("MQTT-3.2.2-1"),
        MALFORMED,
    ),
    (Kind::SessionPresentOnError, Some("MQTT-3.2.2-4"), Some("MQTT-3.2.2-6"), PROTOCOL),
    (Kind::PacketIdZero, Some("MQTT-2.3.1-1"), Some("MQTT-2.2.1-3"), PROTOCOL),
    (Kind::ReasonCode, Some("MQTT 3.1.1 section 3.2.2.3"), Some("MQTT 5.0 section 2.4"), PROTOCOL),
    // 5.0 section 3.8.3 and 3.10.3: "with no Payload is a Protocol Error".
    (Kind::EmptySubscribe, Some("MQTT-3.8.3-3"), Some("MQTT-3.8.3-2"), PROTOCOL),
    (Kind::EmptyUnsubscribe, Some("MQTT-3.10.3-2"), Some("MQTT-3.10.3-2"), PROTOCOL),
    (Kind::EmptyAcknowledgement, Some("MQTT-3.8.4-5"), Some("MQTT 5.0 section 3.9.3"), PROTOCOL),
    // 5.0 section 3.8.3.1: QoS 3, Retain Handling 3 and No Local are Protocol Errors, reserved
    // bits make the packet malformed. The identifier of 3.1.1 is misspelled in the standard.
    (Kind::SubscribeQos3, Some("MQTT-3-8.3-4"), Some("MQTT 5.0 section 3.8.3.1"), PROTOCOL),
    (Kind::SubscriptionReservedBits, Some("MQTT-3-8.3-4"), Some("MQTT-3.8.3-5"), MALFORMED),
    (Kind::RetainHandling3, None, Some("MQTT 5.0 section 3.8.3.1"), PROTOCOL),
    (Kind::NoLocalOnShared, None, Some("MQTT-3.8.3-4"), PROTOCOL),
    // 5.0 section 2.2.2.2: "an Identifier which is not valid for its packet type .. is a Malformed
    // Packet".
    (Kind::PropertyUnknown, None, Some("MQTT 5.0 section 2.2.2.2"), MALFORMED),
    (Kind::PropertyNotAllowed, None, Some("MQTT 5.0 section 2.2.2.2"), MALFORMED),
    (Kind::SubscriptionIdFromClient, None, Some("MQTT-3.3.4-6"), PROTOCOL),
    (Kind::SessionExpiryFromServer, None, Some("MQTT-3.14.2-2"), PROTOCOL),
    // "It is a Protocol Error to include .. more than once", at each property.
    (Kind::PropertyRepeated, None, Some("MQTT 5.0, the property's section"), PROTOCOL),
    (Kind::PropertyValue, None, Some("MQTT 5.0 section 2.2.2.2"), PROTOCOL),
    (Kind::ReceiveMaximumZero, None, Some("MQTT 5.0 section 3.1.2.11.3"), PROTOCOL),
    (Kind::MaximumPacketSizeZero, None, Some("MQTT 5.0 section 3.1.2.11.4"), PROTOCOL),
    // 5.0 section 3.3.4: "DISCONNECT with Reason Code of 0x94".
    (Kind::TopicAliasZero, None, Some("MQTT-3.3.2-8"), 0x94),
    (Kind::SubscriptionIdZero, None, Some("MQTT 5.0 section 3.8.2.1.2"), PROTOCOL),
    (Kind::AuthenticationMethodMissing, None, Some("MQTT 5.0 section 3.1.2.11.10"), PROTOCOL),
];

/// What only encoding or a strictness can say.
const OTHERS: &[Kind] =
    &[Kind::ControlCharacter, Kind::NonCharacter, Kind::DataTooLong, Kind::NotInVersion];

#[test]
fn every_kind_has_its_rule_and_its_answer() {
    for (kind, v3, v5, answer) in KINDS {
        for (version, rule) in [(Version::V3, v3), (Version::V5, v5)] {
            if let Some(rule) = rule {
                assert_eq!(kind.rule(version), *rule, "{kind:?}");
            }
        }
        assert_eq!(kind.reason_code().get(), *answer, "{kind:?}");
    }
}

#[test]
fn every_kind_has_rows_in_each_version_that_can_break_it() {
    let mut seen = HashSet::new();
    for (version, _, rows) in ROWS {
        seen.extend(rows.iter().map(|(.., kind, _)| (*version, *kind)));
    }
    for (kind, v3, v5, _) in KINDS {
        // A codec's limit and its lack of a version are in `header`.
        if matches!(kind, Kind::PacketTooLarge | Kind::NotConnect) {
            continue;
        }
        for (version, rule) in [(Version::V3, v3), (Version::V5, v5)] {
            assert_eq!(seen.contains(&(version, *kind)), rule.is_some(), "{kind:?} {version:?}");
        }
    }
}

#[test]
fn no_kind_is_forgotten() {
    let known: HashSet<u8> = KINDS
        .iter()
        .map(|row| row.0)
        .chain(OTHERS.iter().copied())
        .map(|kind| kind as u8)
        .collect();
    assert_eq!(known.len(), KINDS.len() + OTHERS.len());
    assert!((0..known.len()).all(|number| known.contains(&u8::try_from(number).unwrap())));
    // Every kind has a text of its own.
    let texts: HashSet<String> = KINDS
        .iter()
        .map(|row| row.0)
        .chain(OTHERS.iter().copied())
        .map(|k| k.to_string())
        .collect();
    assert_eq!(texts.len(), known.len());
}

/// A server without a version yet answers in the one that the CONNECT speaks.
#[test]
fn an_error_in_a_connect_tells_its_version() {
    let long = format!("<{}>", "x".repeat(200));
    let longer = format!("<{}>", "x".repeat(20_000));
    for (level, properties, version) in [("04", "", Version::V3), ("05", "{}", Version::V5)] {
        for id in ["<x>", &long, &longer] {
            let frame = bytes(&format!("10 {{ <MQTT> {level} 03 0000 {properties} {id} }}"));
            let error = Codec::server().decode(&frame).unwrap_err();
            assert_eq!((error.kind, error.version), (ErrorKind::ConnectReservedFlag, version));
        }
        // With the version given, there is no other.
        for given in [Version::V3, Version::V5] {
            let frame = bytes(&format!("10 {{ <MQTT> {level} 03 0000 {properties} <x> }}"));
            assert_eq!(
                codec(given, mqtt_codec::Role::Server).decode(&frame).unwrap_err().version,
                given
            );
        }
    }
}

/// A level that nobody speaks is refused in the words of the version that it is nearest to.
#[test]
fn a_level_that_is_not_accepted_is_answered_in_a_version_that_the_client_may_know() {
    for (connect, kind, version) in [
        ("<MQTT> 00 02 003C <x>", Kind::ProtocolVersion, Version::V3),
        ("<MQTT> 03 02 003C <x>", Kind::ProtocolVersion, Version::V3),
        ("<MQTT> 06 02 003C {} <x>", Kind::ProtocolVersion, Version::V5),
        ("<MQTT> 84 02 003C <x>", Kind::ProtocolVersion, Version::V3), // a bridge,
        ("<MQIsdp> 03 02 003C <x>", Kind::ProtocolName, Version::V3),
        ("<MQTTX> 04 02 003C <x>", Kind::ProtocolName, Version::V5),
    ] {
        let frame = bytes(&format!("10 {{ {connect} }}"));
        let error = Codec::server().decode(&frame).unwrap_err();
        assert_eq!((error.kind, error.version), (kind, version), "{connect}");
        assert_eq!(error.reason_code().to_connect_return_code(), Some(1));
    }
}

/// What follows a frame is another packet's and says nothing about its version.
#[test]
fn a_version_behind_the_frame_is_not_this_packets() {
    let frame = bytes("10 02 0004");
    let error = Codec::server().decode(&frame).unwrap_err();
    let more = bytes("10 02 0004 'MQTT' 04 02 003C <id>");
    assert_eq!(Codec::server().decode(&more), Err(error));
}

#[test]
fn what_a_3_1_1_connect_is_answered_with() {
    // 3.1.1 section 3.2.2.3: unacceptable protocol version, identifier rejected; else nothing.
    for (kind, answer) in [
        (Kind::ProtocolVersion, Some(1)),
        (Kind::ClientIdEmpty, Some(2)),
        (Kind::ConnectReservedFlag, None),
        (Kind::NotUtf8, None),
        (Kind::TrailingBytes, None),
    ] {
        assert_eq!(kind.reason_code().to_connect_return_code(), answer, "{kind:?}");
    }
    for code in 0..=255 {
        let known = ReasonCode::from_connect_return_code(code);
        assert_eq!(known.is_some(), code <= 5, "{code}");
        assert_eq!(known.and_then(ReasonCode::to_connect_return_code), known.map(|_| code));
    }
}
