//! Rules that the standard states once for each packet.

use mqtt_codec::{PacketType, Role, Version};

use crate::common::{bytes, codec};

#[test]
fn each_packet_has_its_own_statement() {
    use PacketType::*;
    for (version, from_server, frame, packet_type, rule) in [
        (Version::V3, true, "20 { 00 06 }", Connack, "MQTT 3.1.1 section 3.2.2.3"),
        (Version::V3, true, "90 { 0001 03 }", Suback, "MQTT-3.9.3-2"),
        (Version::V5, true, "20 { 00 01 {} }", Connack, "MQTT-3.2.2-8"),
        (Version::V5, true, "40 { 0001 01 }", Puback, "MQTT-3.4.2-1"),
        (Version::V5, true, "50 { 0001 01 }", Pubrec, "MQTT-3.5.2-1"),
        (Version::V5, true, "62 { 0001 01 }", Pubrel, "MQTT-3.6.2-1"),
        (Version::V5, true, "70 { 0001 01 }", Pubcomp, "MQTT-3.7.2-1"),
        (Version::V5, true, "90 { 0001 {} 03 }", Suback, "MQTT-3.9.3-2"),
        (Version::V5, true, "B0 { 0001 {} 03 }", Unsuback, "MQTT-3.11.3-2"),
        (Version::V5, false, "E0 { 8B }", Disconnect, "MQTT-3.14.2-1"),
        (Version::V5, false, "F0 { 00 { 15 <m> } }", Auth, "MQTT-3.15.2-1"),
        (Version::V5, false, "F0 { 18 {} }", Auth, "MQTT 5.0 section 3.15.2.2.2"),
        (Version::V5, false, "82 { 0000 {} <a> 00 }", Subscribe, "MQTT-2.2.1-3"),
        (Version::V5, true, "40 { 0000 }", Puback, "MQTT-2.2.1-5"),
        (Version::V5, true, "90 { 0000 {} 00 }", Suback, "MQTT-2.2.1-6"),
        (Version::V3, false, "82 { 0000 <a> 00 }", Subscribe, "MQTT-2.3.1-1"),
        (Version::V3, true, "40 { 0000 }", Puback, "MQTT-2.3.1-6"),
        (Version::V3, true, "90 { 0000 00 }", Suback, "MQTT-2.3.1-7"),
        (Version::V5, false, "30 { <a/#> {} }", Publish, "MQTT-3.3.2-2"),
        (Version::V5, false, "30 { <a> { 08 <a/#> } }", Publish, "MQTT-3.3.2-14"),
        (
            Version::V5,
            false,
            "10 { <MQTT> 05 06 003C {} <id> {} <a/#> <> }",
            Connect,
            "MQTT-4.7.0-1",
        ),
        (Version::V3, false, "10 { <MQTT> 04 06 003C <id> <a/#> <> }", Connect, "MQTT-4.7.1-1"),
        (Version::V5, true, "B0 { 0001 {} }", Unsuback, "MQTT-3.10.4-6"),
    ] {
        let receiver = codec(version, if from_server { Role::Client } else { Role::Server });
        let error = receiver.decode(&bytes(frame)).unwrap_err();
        assert_eq!((error.rule(), error.packet_type), (rule, Some(packet_type)), "{frame}");
    }
    let reserved = codec(Version::V5, Role::Server).decode(&[0x00]).unwrap_err();
    assert_eq!(reserved.packet_type, None);
    assert_eq!(reserved.to_string(), "a packet type that is reserved at byte 0");
}
