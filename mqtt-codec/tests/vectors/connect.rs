//! CONNECT. MQTT 3.1.1 section 3.1, MQTT 5.0 section 3.1.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::Role::Client;
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{Codec, Connect, List, Packet, Property, QoS, Version, Will};

use crate::common::{bytes, golden};
use crate::{name, text};

fn minimal(version: Version) -> Connect<'static> {
    Connect { clean_start: true, keep_alive: 0, ..Connect::new(version, text("")) }
}

fn will(version: Version, qos: QoS, retain: bool) -> Packet<'static> {
    let will = Will { topic: name("w"), payload: b"bye", qos, retain, properties: List::EMPTY };
    Packet::Connect(Connect { will: Some(will), ..minimal(version) })
}

#[test]
fn minimal_of_both_versions() {
    golden(V3, Client, "10 0C 0004 4D515454 04 02 0000 0000", Packet::Connect(minimal(V3)));
    golden(V5, Client, "10 0D 0004 4D515454 05 02 0000 00 0000", Packet::Connect(minimal(V5)));
}

#[test]
fn figure_3_6_of_5_0_with_a_payload() {
    // User name, password, will of QoS 1, Clean Start; keep alive 10; Session Expiry Interval 10.
    let notation = "10 2B 0004 4D515454 05 CE 000A 05 11 0000000A \
        0002 'id' 00 0003 'w/t' 0004 01020304 0004 'user' 0003 FF00FE";
    let will = Will {
        topic: name("w/t"),
        payload: &[1, 2, 3, 4],
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: List::EMPTY,
    };
    let connect = Connect {
        version: V5,
        clean_start: true,
        keep_alive: 10,
        client_id: text("id"),
        will: Some(will),
        user_name: Some(text("user")),
        password: Some(&[0xFF, 0x00, 0xFE]),
        properties: List::new(&[Property::SessionExpiryInterval(10)]),
    };
    golden(V5, Client, notation, Packet::Connect(connect));
}

#[test]
fn figure_3_6_of_3_1_1_with_a_payload() {
    let notation = "10 25 0004 4D515454 04 CE 000A \
        0002 'id' 0003 'w/t' 0005 'gone!' 0004 'user' 0003 'pwd'";
    let will = Will {
        topic: name("w/t"),
        payload: b"gone!",
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: List::EMPTY,
    };
    let connect = Connect {
        version: V3,
        clean_start: true,
        keep_alive: 10,
        client_id: text("id"),
        will: Some(will),
        user_name: Some(text("user")),
        password: Some(b"pwd"),
        properties: List::EMPTY,
    };
    golden(V3, Client, notation, Packet::Connect(connect));
}

#[test]
fn every_will_flag() {
    for (qos, retain, flags) in [
        (QoS::AtMostOnce, false, "06"),
        (QoS::AtLeastOnce, false, "0E"),
        (QoS::ExactlyOnce, false, "16"),
        (QoS::AtMostOnce, true, "26"),
        (QoS::AtLeastOnce, true, "2E"),
        (QoS::ExactlyOnce, true, "36"),
    ] {
        let v3 = format!("10 14 0004 4D515454 04 {flags} 0000 0000 0001 'w' 0003 'bye'");
        golden(V3, Client, &v3, will(V3, qos, retain));
        let v5 = format!("10 16 0004 4D515454 05 {flags} 0000 00 0000 00 0001 'w' 0003 'bye'");
        golden(V5, Client, &v5, will(V5, qos, retain));
    }
}

#[test]
fn a_session_to_keep_and_the_longest_keep_alive() {
    let keep = |version| {
        Packet::Connect(Connect {
            clean_start: false,
            keep_alive: 0xFFFF,
            ..Connect::new(version, text("A\u{2A6D4}"))
        })
    };
    // The client identifier is figure 1-2 of MQTT 5.0, figure 1.2 of 3.1.1.
    golden(V3, Client, "10 11 0004 'MQTT' 04 00 FFFF 0005 41 F0AA9B94", keep(V3));
    golden(V5, Client, "10 12 0004 'MQTT' 05 00 FFFF 00 0005 41 F0AA9B94", keep(V5));
    // 5.0 alone: no client identifier although the session is to be kept. Section 3.1.3.1
    let connect = Connect { clean_start: false, ..minimal(V5) };
    golden(V5, Client, "10 0D 0004 'MQTT' 05 00 0000 00 0000", Packet::Connect(connect));
}

#[test]
fn user_name_and_password_each_alone_and_empty() {
    let user = Connect { user_name: Some(text("u")), ..minimal(V3) };
    golden(V3, Client, "10 0F 0004 'MQTT' 04 82 0000 0000 0001 'u'", Packet::Connect(user));
    let empty = Connect { user_name: Some(text("")), password: Some(b""), ..minimal(V3) };
    golden(V3, Client, "10 10 0004 'MQTT' 04 C2 0000 0000 0000 0000", Packet::Connect(empty));
    let user = Connect { user_name: Some(text("u")), ..minimal(V5) };
    golden(V5, Client, "10 10 0004 'MQTT' 05 82 0000 00 0000 0001 'u'", Packet::Connect(user));
    // 5.0 alone: a password without a user name. Section 3.1.2.9
    let password = Connect { password: Some(b"p"), ..minimal(V5) };
    golden(V5, Client, "10 10 0004 'MQTT' 05 42 0000 00 0000 0001 'p'", Packet::Connect(password));
}

#[test]
fn will_with_every_property() {
    let properties = [
        Property::WillDelayInterval(1),
        Property::PayloadFormatIndicator(true),
        Property::MessageExpiryInterval(2),
        Property::ContentType(text("t")),
        Property::ResponseTopic(name("r")),
        Property::CorrelationData(&[9]),
        Property::UserProperty(text("a"), text("b")),
        Property::UserProperty(text("a"), text("c")),
    ];
    let will = Will {
        topic: name("w"),
        payload: b"",
        qos: QoS::ExactlyOnce,
        retain: true,
        properties: List::new(&properties),
    };
    let connect = Connect { will: Some(will), ..minimal(V5) };
    let notation = "10 39 0004 'MQTT' 05 36 0000 00 0000 \
        26 18 00000001 01 01 02 00000002 03 0001 't' 08 0001 'r' 09 0001 09 \
        26 0001 'a' 0001 'b' 26 0001 'a' 0001 'c' \
        0001 'w' 0000";
    golden(V5, Client, notation, Packet::Connect(connect));
}

#[test]
fn everything_at_once() {
    let properties = [
        Property::SessionExpiryInterval(0xFFFF_FFFF),
        Property::ReceiveMaximum(NonZeroU16::MAX),
        Property::MaximumPacketSize(NonZeroU32::MAX),
        Property::TopicAliasMaximum(0xFFFF),
        Property::RequestResponseInformation(true),
        Property::RequestProblemInformation(true),
        Property::UserProperty(text("k"), text("v")),
        Property::AuthenticationMethod(text("M")),
        Property::AuthenticationData(&[0x00]),
    ];
    let will_properties = [Property::WillDelayInterval(0)];
    let connect = Connect {
        version: V5,
        clean_start: false,
        keep_alive: 1,
        client_id: text("c"),
        will: Some(Will {
            topic: name("w"),
            payload: b"m",
            qos: QoS::ExactlyOnce,
            retain: true,
            properties: List::new(&will_properties),
        }),
        user_name: Some(text("u")),
        password: Some(b"p"),
        properties: List::new(&properties),
    };
    let notation = "10 43 0004 'MQTT' 05 F4 0001 \
        23 11 FFFFFFFF 21 FFFF 27 FFFFFFFF 22 FFFF 19 01 17 01 26 0001 'k' 0001 'v' \
        15 0001 'M' 16 0001 00 0001 'c' 05 18 00000000 0001 'w' 0001 'm' 0001 'u' 0001 'p'";
    golden(V5, Client, notation, Packet::Connect(connect));
}

#[test]
fn a_server_without_a_version_learns_it_from_connect() {
    for version in [V3, V5] {
        let mut buffer = [0; 64];
        let packet = Packet::Connect(Connect::new(version, text("sensor")));
        let len = Codec::client(version).encode(&packet, &mut buffer).unwrap();
        assert_eq!(Codec::server().decode(&buffer), Ok(Some((packet, len))));
        for prefix in 0..len {
            assert_eq!(Codec::server().decode(&buffer[..prefix]), Ok(None));
        }
        // Who has no version yet sends a CONNECT of either, and nothing else.
        let client = Codec { version: None, ..Codec::client(version) };
        let mut again = [0; 64];
        assert_eq!(client.encode(&packet, &mut again), Ok(len));
        assert_eq!(again, buffer);
    }
}

#[test]
fn debug_never_shows_a_secret() {
    let bytes = bytes("10 { <MQTT> 05 C2 0000 { 15 <SCRAM> 16 <hush> } <id> <user> <hush> }");
    let (packet, _) = Codec::server().decode(&bytes).unwrap().unwrap();
    let shown = format!("{packet:?}");
    assert!(shown.contains("SCRAM") && shown.contains("user"), "{shown}");
    let numbers = format!("{:?}", b"hush");
    for secret in ["hush", &numbers[1..numbers.len() - 1], "68, 75"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
