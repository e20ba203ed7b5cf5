//! Each of the 27 properties through its typed getter, from the wire and from values.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::{Codec, Packet, Properties, Property, QoS, SubscriptionId, Version};

use crate::common::bytes;
use crate::{name, text};

/// Decodes `first { .. }` as 5.0 and gives its properties to `look`; then once more as values.
fn with_properties(notation: &str, look: impl Fn(Properties<'_>)) {
    let bytes = bytes(notation);
    let codec = Codec::either(Version::V5);
    let (packet, _) = codec.decode(&bytes).unwrap().unwrap();
    let properties = match packet {
        Packet::Connect(connect) => connect.will.map_or(connect.properties, |w| w.properties),
        Packet::Connack(connack) => connack.properties,
        Packet::Publish(publish) => publish.properties,
        Packet::Auth(auth) => auth.properties,
        other => panic!("{other:?}"),
    };
    look(properties);
    let values: Vec<Property<'_>> = properties.iter().collect();
    assert_eq!(Properties::new(&values), properties);
    assert_eq!(Properties::from(&values[..]), properties);
    assert_eq!(Properties::new(&values).is_empty(), properties.is_empty());
    look(Properties::new(&values));
}

#[test]
fn of_connect() {
    let notation = "10 { <MQTT> 05 02 0000 \
        { 11 00000005 21 0002 27 00000064 22 0003 19 01 17 00 15 <M> 16 <D> 26 <k> <v> } <> }";
    with_properties(notation, |p| {
        assert_eq!(p.session_expiry_interval(), Some(5));
        assert_eq!(p.receive_maximum(), NonZeroU16::new(2));
        assert_eq!(p.maximum_packet_size(), NonZeroU32::new(100));
        assert_eq!(p.topic_alias_maximum(), Some(3));
        assert_eq!(p.request_response_information(), Some(true));
        assert_eq!(p.request_problem_information(), Some(false));
        assert_eq!(p.authentication_method(), Some(text("M")));
        assert_eq!(p.authentication_data(), Some(&b"D"[..]));
        assert!(p.user_properties().eq([(text("k"), text("v"))]));
        assert_eq!(p.iter().count(), 9);
        let ids: Vec<u8> = p.iter().map(|property| property.identifier()).collect();
        assert_eq!(ids, [17, 33, 39, 34, 25, 23, 21, 22, 38]);
    });
}

#[test]
fn of_a_will() {
    let notation = "10 { <MQTT> 05 06 0000 {} <> \
        { 18 0000000A 01 01 02 0000000B 03 <text/plain> 08 <r> 09 <c> } <t> <> }";
    with_properties(notation, |p| {
        assert_eq!(p.will_delay_interval(), Some(10));
        assert_eq!(p.payload_format_indicator(), Some(true));
        assert_eq!(p.message_expiry_interval(), Some(11));
        assert_eq!(p.content_type(), Some(text("text/plain")));
        assert_eq!(p.response_topic(), Some(name("r")));
        assert_eq!(p.correlation_data(), Some(&b"c"[..]));
        assert_eq!(p.user_properties().count(), 0);
    });
}

#[test]
fn of_connack() {
    let notation = "20 { 00 00 { 24 00 25 01 12 <auto> 1F <why> 28 00 29 01 2A 00 13 0102 \
        1A <info> 1C <ref> 26 <k> <v> 26 <k> <w> } }";
    with_properties(notation, |p| {
        assert_eq!(p.maximum_qos(), Some(QoS::AtMostOnce));
        assert_eq!(p.retain_available(), Some(true));
        assert_eq!(p.assigned_client_identifier(), Some(text("auto")));
        assert_eq!(p.reason_string(), Some(text("why")));
        assert_eq!(p.wildcard_subscription_available(), Some(false));
        assert_eq!(p.subscription_identifiers_available(), Some(true));
        assert_eq!(p.shared_subscription_available(), Some(false));
        assert_eq!(p.server_keep_alive(), Some(0x0102));
        assert_eq!(p.response_information(), Some(text("info")));
        assert_eq!(p.server_reference(), Some(text("ref")));
        assert!(p.user_properties().eq([(text("k"), text("v")), (text("k"), text("w"))]));
    });
}

#[test]
fn of_publish() {
    let notation = "30 { <> { 23 0102 0B 05 0B FFFFFF7F } 'payload' }";
    with_properties(notation, |p| {
        assert_eq!(p.topic_alias(), NonZeroU16::new(0x0102));
        assert_eq!(p.subscription_identifier(), SubscriptionId::new(5));
        let ids = [5, 268_435_455].map(|value| SubscriptionId::new(value).unwrap());
        assert!(p.subscription_identifiers().eq(ids));
    });
}

#[test]
fn absent_is_none() {
    with_properties("30 { <t> {} }", |p| {
        assert!(p.is_empty());
        assert_eq!(p, Properties::EMPTY);
        assert_eq!(p.iter().next(), None);
        assert_eq!(p.payload_format_indicator(), None);
        assert_eq!(p.message_expiry_interval(), None);
        assert_eq!(p.content_type(), None);
        assert_eq!(p.response_topic(), None);
        assert_eq!(p.correlation_data(), None);
        assert_eq!(p.subscription_identifier(), None);
        assert_eq!(p.session_expiry_interval(), None);
        assert_eq!(p.assigned_client_identifier(), None);
        assert_eq!(p.server_keep_alive(), None);
        assert_eq!(p.authentication_method(), None);
        assert_eq!(p.authentication_data(), None);
        assert_eq!(p.request_problem_information(), None);
        assert_eq!(p.will_delay_interval(), None);
        assert_eq!(p.request_response_information(), None);
        assert_eq!(p.response_information(), None);
        assert_eq!(p.server_reference(), None);
        assert_eq!(p.reason_string(), None);
        assert_eq!(p.receive_maximum(), None);
        assert_eq!(p.topic_alias_maximum(), None);
        assert_eq!(p.topic_alias(), None);
        assert_eq!(p.maximum_qos(), None);
        assert_eq!(p.retain_available(), None);
        assert_eq!(p.maximum_packet_size(), None);
        assert_eq!(p.wildcard_subscription_available(), None);
        assert_eq!(p.subscription_identifiers_available(), None);
        assert_eq!(p.shared_subscription_available(), None);
        assert_eq!(p.user_properties().count() + p.subscription_identifiers().count(), 0);
    });
}

#[test]
fn a_subscription_identifier_is_1_to_268435455() {
    assert_eq!(SubscriptionId::new(0), None);
    assert_eq!(SubscriptionId::new(268_435_456), None);
    assert_eq!(SubscriptionId::new(u32::MAX), None);
    for value in [1, 268_435_455] {
        assert_eq!(SubscriptionId::new(value).unwrap().get(), value);
    }
}
