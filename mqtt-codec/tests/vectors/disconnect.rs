//! DISCONNECT, AUTH, PINGREQ, PINGRESP. MQTT 3.1.1 section 3.12 to 3.14, MQTT 5.0 section 3.12 to
//! 3.15.

use mqtt_codec::Role::{Client, Server};
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{Auth, Disconnect, List, Packet, Property, ReasonCode};

use crate::common::{also, golden};
use crate::text;

#[test]
fn pings() {
    for version in [V3, V5] {
        golden(version, Client, "C0 00", Packet::Pingreq);
        golden(version, Server, "D0 00", Packet::Pingresp);
    }
}

#[test]
fn disconnect_of_no_byte() {
    let packet = Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
    golden(V3, Client, "E0 00", packet);
    for sender in [Client, Server] {
        golden(V5, sender, "E0 00", packet);
        also(V5, sender, "E0 01 00", "E0 00", packet);
        also(V5, sender, "E0 02 00 00", "E0 00", packet);
    }
}

#[test]
fn disconnect_with_every_reason_code() {
    // Table 3-10 by its column "Sent by"; 0x8C stands in table 2-6 only.
    let both = [0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
    let server = [
        0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1,
        0xA2,
    ];
    let sent_by_client = [&[0x04], &both[..]].concat().into_iter().map(|code| (Client, code));
    let sent_by_server = [&both[..], &server].concat().into_iter().map(|code| (Server, code));
    for (sender, code) in sent_by_client.chain(sent_by_server) {
        let packet = Packet::Disconnect(Disconnect::new(ReasonCode::new(code).unwrap()));
        let short = format!("E0 01 {code:02X}");
        golden(V5, sender, &short, packet);
        also(V5, sender, &format!("E0 02 {code:02X} 00"), &short, packet);
    }
}

#[test]
fn disconnect_figure_3_24_and_every_property() {
    // The figure's Length says "(5)", its bits are 0b111; five bytes follow.
    let expiry = [Property::SessionExpiryInterval(0)];
    let packet = Packet::Disconnect(Disconnect {
        reason_code: ReasonCode::NORMAL_DISCONNECTION,
        properties: List::new(&expiry),
    });
    golden(V5, Client, "E0 07 00 05 11 00000000", packet);

    let properties = [
        Property::ReasonString(text("bye")),
        Property::UserProperty(text("k"), text("v")),
        Property::ServerReference(text("other:1883")),
    ];
    let packet = Packet::Disconnect(Disconnect {
        reason_code: ReasonCode::USE_ANOTHER_SERVER,
        properties: List::new(&properties),
    });
    let notation = "E0 1C 9C 1A 1F 0003 'bye' 26 0001 'k' 0001 'v' 1C 000A 'other:1883'";
    golden(V5, Server, notation, packet);
}

#[test]
fn auth_of_no_byte_says_success() {
    let packet = Packet::Auth(Auth { reason_code: ReasonCode::SUCCESS, properties: List::EMPTY });
    golden(V5, Server, "F0 00", packet);
}

#[test]
fn auth_with_every_reason_code_and_property() {
    for (sender, code) in [(Server, 0x00), (Client, 0x18), (Server, 0x18), (Client, 0x19)] {
        let reason_code = ReasonCode::new(code).unwrap();
        let method = [Property::AuthenticationMethod(text("M"))];
        let packet = Packet::Auth(Auth { reason_code, properties: List::new(&method) });
        golden(V5, sender, &format!("F0 06 {code:02X} 04 15 0001 'M'"), packet);

        let properties = [
            Property::UserProperty(text("k"), text("v")),
            Property::AuthenticationData(&[0x00, 0xFF]),
            Property::AuthenticationMethod(text("M")),
            Property::ReasonString(text("")),
        ];
        let packet = Packet::Auth(Auth { reason_code, properties: List::new(&properties) });
        let notation =
            format!("F0 15 {code:02X} 13 26 0001 'k' 0001 'v' 16 0002 00FF 15 0001 'M' 1F 0000");
        golden(V5, sender, &notation, packet);
    }
}
