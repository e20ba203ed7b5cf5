//! The names that the standard gives, for people who read logs.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{
    Codec, ErrorKind, PacketType, Property, QoS, ReasonCode, SubscriptionId, Text, TopicName,
    Version,
};

#[test]
fn every_property_has_its_name_and_its_value_in_debug() {
    let text = Text::from_static("t");
    for (property, identifier, name, debug) in [
        (Property::PayloadFormatIndicator(true), 1, "PayloadFormatIndicator", "1"),
        (Property::MessageExpiryInterval(60), 2, "MessageExpiryInterval", "60"),
        (Property::ContentType(text), 3, "ContentType", "\"t\""),
        (Property::ResponseTopic(TopicName::from_static("a")), 8, "ResponseTopic", "\"a\""),
        (Property::CorrelationData(&[7]), 9, "CorrelationData", "[7]"),
        (
            Property::SubscriptionIdentifier(SubscriptionId::new(5).unwrap()),
            11,
            "SubscriptionIdentifier",
            "5",
        ),
        (Property::SessionExpiryInterval(3), 17, "SessionExpiryInterval", "3"),
        (Property::AssignedClientIdentifier(text), 18, "AssignedClientIdentifier", "\"t\""),
        (Property::ServerKeepAlive(9), 19, "ServerKeepAlive", "9"),
        (Property::AuthenticationMethod(text), 21, "AuthenticationMethod", "\"t\""),
        (Property::AuthenticationData(&[1, 2]), 22, "AuthenticationData", ".."),
        (Property::RequestProblemInformation(false), 23, "RequestProblemInformation", "0"),
        (Property::WillDelayInterval(8), 24, "WillDelayInterval", "8"),
        (Property::RequestResponseInformation(true), 25, "RequestResponseInformation", "1"),
        (Property::ResponseInformation(text), 26, "ResponseInformation", "\"t\""),
        (Property::ServerReference(text), 28, "ServerReference", "\"t\""),
        (Property::ReasonString(text), 31, "ReasonString", "\"t\""),
        (Property::ReceiveMaximum(NonZeroU16::MAX), 33, "ReceiveMaximum", "65535"),
        (Property::TopicAliasMaximum(0), 34, "TopicAliasMaximum", "0"),
        (Property::TopicAlias(NonZeroU16::MIN), 35, "TopicAlias", "1"),
        (Property::MaximumQos(QoS::AtLeastOnce), 36, "MaximumQos", "1"),
        (Property::RetainAvailable(true), 37, "RetainAvailable", "1"),
        (Property::UserProperty(text, text), 38, "UserProperty", "\"t\", \"t\""),
        (Property::MaximumPacketSize(NonZeroU32::MIN), 39, "MaximumPacketSize", "1"),
        (Property::WildcardSubscriptionAvailable(true), 40, "WildcardSubscriptionAvailable", "1"),
        (
            Property::SubscriptionIdentifiersAvailable(true),
            41,
            "SubscriptionIdentifiersAvailable",
            "1",
        ),
        (Property::SharedSubscriptionAvailable(true), 42, "SharedSubscriptionAvailable", "1"),
    ] {
        assert_eq!((property.identifier(), property.name()), (identifier, name));
        assert_eq!(format!("{property:?}"), format!("{name}({debug})"));
    }
}

#[test]
fn every_packet_type_has_its_name() {
    let codec = Codec::either(Version::V5);
    let names = (1..=15_u8).map(|number| {
        let flags = if [6, 8, 10].contains(&number) { 0b0010 } else { 0 };
        let header = codec.fixed_header(&[number << 4 | flags, 0]).unwrap().unwrap();
        assert_eq!(header.packet_type as u8, number);
        // Debug writes the variant, which is the name but for its case.
        assert_eq!(format!("{:?}", header.packet_type).to_uppercase(), header.packet_type.name());
        header.packet_type.name()
    });
    let names: Vec<_> = names.collect();
    let all = "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE \
               UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH";
    assert_eq!(names.join(" "), all);
    assert_eq!(PacketType::Auth.name(), "AUTH");
}

#[test]
fn every_reason_code_has_the_name_of_table_2_6() {
    let names: Vec<_> = (0..=255).filter_map(ReasonCode::new).map(|code| code.name()).collect();
    let all = [
        "Success",
        "Granted QoS 1",
        "Granted QoS 2",
        "Disconnect with Will Message",
        "No matching subscribers",
        "No subscription existed",
        "Continue authentication",
        "Re-authenticate",
        "Unspecified error",
        "Malformed Packet",
        "Protocol Error",
        "Implementation specific error",
        "Unsupported Protocol Version",
        "Client Identifier not valid",
        "Bad User Name or Password",
        "Not authorized",
        "Server unavailable",
        "Server busy",
        "Banned",
        "Server shutting down",
        "Bad authentication method",
        "Keep Alive timeout",
        "Session taken over",
        "Topic Filter invalid",
        "Topic Name invalid",
        "Packet Identifier in use",
        "Packet Identifier not found",
        "Receive Maximum exceeded",
        "Topic Alias invalid",
        "Packet too large",
        "Message rate too high",
        "Quota exceeded",
        "Administrative action",
        "Payload format invalid",
        "Retain not supported",
        "QoS not supported",
        "Use another server",
        "Server moved",
        "Shared Subscriptions not supported",
        "Connection rate exceeded",
        "Maximum connect time",
        "Subscription Identifiers not supported",
        "Wildcard Subscriptions not supported",
    ];
    assert_eq!(names, all);
}

#[test]
fn what_only_we_can_do_wrong_has_an_answer_too() {
    for kind in [ErrorKind::DataTooLong, ErrorKind::NotInVersion] {
        assert_eq!(kind.reason_code(), ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR);
    }
}
