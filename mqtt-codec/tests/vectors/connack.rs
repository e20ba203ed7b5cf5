//! CONNACK. MQTT 3.1.1 section 3.2, MQTT 5.0 section 3.2.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::Role::Server;
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{Connack, List, Packet, Property, QoS, ReasonCode};

use crate::common::golden;
use crate::text;

fn connack(session_present: bool, reason_code: ReasonCode) -> Packet<'static> {
    Packet::Connack(Connack::new(session_present, reason_code))
}

#[test]
fn every_return_code_of_3_1_1() {
    golden(V3, Server, "20 02 00 00", connack(false, ReasonCode::SUCCESS));
    golden(V3, Server, "20 02 01 00", connack(true, ReasonCode::SUCCESS));
    for (code, reason_code) in [
        ("01", ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
        ("02", ReasonCode::CLIENT_IDENTIFIER_NOT_VALID),
        ("03", ReasonCode::SERVER_UNAVAILABLE),
        ("04", ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        ("05", ReasonCode::NOT_AUTHORIZED),
    ] {
        golden(V3, Server, &format!("20 02 00 {code}"), connack(false, reason_code));
    }
}

#[test]
fn every_reason_code_of_5_0() {
    golden(V5, Server, "20 03 00 00 00", connack(false, ReasonCode::SUCCESS));
    golden(V5, Server, "20 03 01 00 00", connack(true, ReasonCode::SUCCESS));
    // Table 3-1.
    for code in [
        0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
        0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
    ] {
        let reason_code = ReasonCode::new(code).unwrap();
        golden(V5, Server, &format!("20 03 00 {code:02X} 00"), connack(false, reason_code));
    }
}

#[test]
fn with_every_property() {
    let properties = [
        Property::SessionExpiryInterval(0xFFFF_FFFF),
        Property::ReceiveMaximum(NonZeroU16::new(20).unwrap()),
        Property::MaximumQos(QoS::AtLeastOnce),
        Property::RetainAvailable(false),
        Property::MaximumPacketSize(NonZeroU32::new(0x0001_0000).unwrap()),
        Property::AssignedClientIdentifier(text("auto-1")),
        Property::TopicAliasMaximum(10),
        Property::ReasonString(text("ok")),
        Property::UserProperty(text("k"), text("v")),
        Property::UserProperty(text("k"), text("")),
        Property::WildcardSubscriptionAvailable(true),
        Property::SubscriptionIdentifiersAvailable(true),
        Property::SharedSubscriptionAvailable(false),
        Property::ServerKeepAlive(30),
        Property::ResponseInformation(text("r/")),
        Property::ServerReference(text("h")),
        Property::AuthenticationMethod(text("M")),
        Property::AuthenticationData(&[0, 1]),
    ];
    let packet = Packet::Connack(Connack {
        session_present: true,
        reason_code: ReasonCode::SUCCESS,
        properties: List::new(&properties),
    });
    let notation = "20 4D 01 00 4A \
        11 FFFFFFFF 21 0014 24 01 25 00 27 00010000 12 0006 'auto-1' 22 000A 1F 0002 'ok' \
        26 0001 'k' 0001 'v' 26 0001 'k' 0000 28 01 29 01 2A 00 13 001E 1A 0002 'r/' \
        1C 0001 'h' 15 0001 'M' 16 0002 0001";
    golden(V5, Server, notation, packet);
}
