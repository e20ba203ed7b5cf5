//! Bytes that are not MQTT, or not allowed.

use mqtt_codec::{AckKind, Connect, Packet, PacketId, QoS, ReasonCode, Text, Version};

use crate::client::{BOTH, Broker, Client};

/// The gateway still works, for somebody who was there all the time.
fn expect_undisturbed(bystander: &mut Client) {
    bystander.publish("bystander", b"still here");
    assert_eq!(bystander.text(), "bystander still here");
}

fn bystander(broker: &Broker) -> Client {
    let mut bystander = broker.client(Version::V5, "bystander");
    bystander.subscribe("bystander", QoS::AtMostOnce);
    bystander
}

#[test]
fn other_protocols_are_refused_at_the_first_byte() {
    let broker = Broker::start();
    let mut bystander = bystander(&broker);
    // AMQP header, HTTP, TLS ClientHello, SSH, zeros, and MQTT packets that are no CONNECT.
    for first in [b'A', b'G', 0x16, b'S', 0, 0x11, 0x20, 0x30, 0xC0, 0xE0, 0xFF] {
        let mut client = Client::raw(broker.address, Version::V3);
        client.send_bytes(&[first]);
        client.expect_closed();
    }
    for whole in [&b"AMQP\0\0\x09\x01"[..], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let mut client = Client::raw(broker.address, Version::V3);
        client.send_bytes(whole);
        client.expect_closed();
    }
    expect_undisturbed(&mut bystander);
}

#[test]
fn a_malformed_connect_of_5_0_is_told_why() {
    let broker = Broker::start();
    let rows: [(&[u8], u8); 8] = [
        (b"\x10\x0D\0\x04MQTT\x05\x03\0\x3C\0\0\0", 0x81), // reserved flag
        (b"\x10\x0D\0\x04MQTT\x05\x0A\0\x3C\0\0\0", 0x81), // Will QoS without will
        (b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01\0", 0x81), // U+0000 in the client id
        (b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\0x", 0x81), // a byte behind the end
        (b"\x10\x10\0\x04MQTT\x05\x02\0\x3C\x03\x21\0\0\0\0", 0x82), // Receive Maximum 0
        (b"\x10\x12\0\x04MQTT\x05\x02\0\x3C\x05\x27\0\0\0\0\0\0", 0x82), // Maximum Packet Size 0
        (b"\x10\x11\0\x04MQTT\x05\x02\0\x3C\x04\x15\0\x01x\0\0", 0x8C), // authentication method
        (b"\x10\x0D\0\x04MQTT\x06\x02\0\x3C\0\0\0", 0x84), // version 6
    ];
    for (bytes, reason) in rows {
        let mut client = Client::raw(broker.address, Version::V5);
        client.send_bytes(bytes);
        assert_eq!(client.connack().reason_code.get(), reason, "{bytes:?}");
        client.expect_closed();
    }
}

#[test]
fn a_malformed_connect_of_3_1_1_has_a_return_code_or_none() {
    let broker = Broker::start();
    let rows: [(&[u8], Option<ReasonCode>); 7] = [
        // A bridge of 3.1.1, which comes again without that bit then.
        (b"\x10\x0C\0\x04MQTT\x84\x02\0\x3C\0\0", Some(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION)),
        // Version 3 by the name of 3.1.1, and by its own: return code 1.
        (b"\x10\x0C\0\x04MQTT\x03\x02\0\x3C\0\0", Some(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION)),
        (b"\x10\x0E\0\x06MQIsdp\x03\x02\0\x3C\0\0", Some(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION)),
        // No client identifier for a session to keep: return code 2.
        (b"\x10\x0C\0\x04MQTT\x04\0\0\x3C\0\0", Some(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID)),
        (b"\x10\x0C\0\x04MQTT\x04\x03\0\x3C\0\0", None), // reserved flag
        (b"\x10\x0C\0\x04MQTt\x04\x02\0\x3C\0\0", None), // another name
        (b"\x10\xFF\xFF\xFF\xFF", None),                 // a length without end
    ];
    for (bytes, reason) in rows {
        let mut client = Client::raw(broker.address, Version::V3);
        client.send_bytes(bytes);
        if let Some(reason) = reason {
            assert_eq!(client.connack().reason_code, reason, "{bytes:?}");
        }
        client.expect_closed();
    }
}

#[test]
fn a_malformed_packet_of_5_0_is_answered_with_its_reason_code() {
    let broker = Broker::start();
    let mut bystander = bystander(&broker);
    let rows: [(&[u8], u8); 19] = [
        (b"\x36\x04\0\x01a\0", 0x81),                      // QoS 3
        (b"\x38\x04\0\x01a\0", 0x81),                      // DUP at QoS 0
        (b"\0\0", 0x81),                                   // type 0
        (b"\xC1\0", 0x81),                                 // flags of PINGREQ
        (b"\xC0\x01\0", 0x81),                             // a PINGREQ with a body
        (b"\x30\x80\x00", 0x81),                           // a length in more bytes than needed
        (b"\x30\x05\0\x03a/+\0", 0x81),                    // properties that are not there
        (b"\x30\x06\0\x03a/+\0", 0x81),                    // a wildcard in a topic name
        (b"\x30\x05\0\x02\xC3\x28\0", 0x81),               // not UTF-8
        (b"\x30\x03\0\0\0", 0x82),                         // no topic
        (b"\x32\x06\0\x01a\0\0\0", 0x82),                  // packet identifier 0
        (b"\x30\x07\0\x01a\x03\x23\0\0", 0x94),            // topic alias 0
        (b"\x30\x06\0\x01a\x02\x0B\x01", 0x82),            // subscription id from a client
        (b"\x82\x03\0\x01\0", 0x82),                       // SUBSCRIBE of nothing
        (b"\x82\x0F\0\x01\0\0\x09$share/g/\0", 0x81),      // shorter than it says
        (b"\x82\x10\0\x01\0\0\x0A$share/g/a\x04", 0x82),   // No Local, shared
        (b"\x10\x0D\0\x04MQTT\x05\x02\0\x3C\0\0\0", 0x82), // a second CONNECT
        (b"\x10\x0C\0\x04MQTT\x04\x02\0\x3C\0\0", 0x82),   // and of another version
        (b"\xF0\x02\x18\0", 0x82),                         // AUTH without a method
    ];
    for (bytes, reason) in rows {
        let mut client = broker.client(Version::V5, "bad");
        client.send_bytes(bytes);
        match client.receive() {
            Packet::Disconnect(d) => {
                assert_eq!(d.reason_code.get(), reason, "{bytes:02X?} {d:?}");
                assert!(d.properties.reason_string().is_some());
            }
            other => panic!("{bytes:?}: {other:?}"),
        }
        client.expect_closed();
        expect_undisturbed(&mut bystander);
    }
}

#[test]
fn a_malformed_packet_of_3_1_1_closes_the_connection() {
    let broker = Broker::start();
    let mut bystander = bystander(&broker);
    let rows: [&[u8]; 11] = [
        b"\x36\x03\0\x01a",
        b"\x38\x03\0\x01a",
        b"\0\0",
        b"\xF0\0",
        b"\x30\x05\0\x03a/+",
        b"\x30\x02\0\0",
        b"\x32\x05\0\x01a\0\0",
        b"\x82\x02\0\x01",
        b"\x82\x06\0\x01\0\x01a\x03",
        b"\x20\x02\0\0",
        b"\x10\x0C\0\x04MQTT\x04\x02\0\x3C\0\0",
    ];
    for bytes in rows {
        let mut client = broker.client(Version::V3, "bad");
        client.send_bytes(bytes);
        client.expect_closed();
        expect_undisturbed(&mut bystander);
    }
}

#[test]
fn what_came_before_the_bad_packet_counts() {
    let broker = Broker::start();
    let mut bystander = bystander(&broker);
    let mut client = broker.client(Version::V3, "bad");
    client.send_bytes(b"\x30\x0D\0\x09bystanderok\xFF\0\x30\x0D\0\x09bystanderno");
    client.expect_closed();
    assert_eq!(bystander.text(), "bystander ok");
    bystander.expect_nothing();
}

#[test]
fn acknowledgements_that_nobody_waits_for() {
    let broker = Broker::start();
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.send_bytes(b"\x40\x02\0\x05"); // PUBACK
        client.expect_nothing();
        client.send_bytes(b"\x62\x02\0\x05"); // PUBREL
        let id = PacketId::new(5).unwrap();
        let reasons = match version {
            Version::V3 => [ReasonCode::SUCCESS; 2],
            Version::V5 => [ReasonCode::PACKET_IDENTIFIER_NOT_FOUND; 2],
        };
        let pubcomp = client.expect_ack(AckKind::Pubcomp, id);
        client.send_bytes(b"\x50\x02\0\x05"); // PUBREC
        assert_eq!([pubcomp, client.expect_ack(AckKind::Pubrel, id)], reasons);
        client.send_bytes(b"\x70\x02\0\x05"); // PUBCOMP
        client.expect_nothing();
        // Of the wrong kind for what waits.
        client.subscribe("a", QoS::AtLeastOnce);
        client.publish_1("a", b"");
        let id = client.message().delivery.packet_id().unwrap();
        client.ack(AckKind::Pubrec, id);
        client.expect_disconnect(ReasonCode::PROTOCOL_ERROR);
    }
}

/// Seeded, so that a failure can be repeated.
#[test]
fn garbage_disturbs_nobody() {
    let broker = Broker::start();
    let mut bystander = bystander(&broker);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..300 {
        let version = BOTH[round % 2];
        let mut client = Client::raw(broker.address, version);
        if round % 3 > 0 {
            client.send(&Packet::Connect(Connect::new(version, Text::from_static("garbage"))));
            client.connack();
        }
        // A likely first byte, a short length, then anything.
        let mut bytes: Vec<u8> = (0..random() % 40).map(|_| (random() >> 16) as u8 % 40).collect();
        bytes.insert(0, (random() as u8) & 0xF2);
        bytes.insert(1, bytes.len() as u8 / 2);
        client.send_bytes(&bytes);
        client.kill();
    }
    expect_undisturbed(&mut bystander);
}
