//! The fields of packets, and what is wrong with them.

use mqtt_codec::{
    Connack, Connect, List, Packet, Property, Publish, QoS, ReasonCode, Role, SubscriptionId, Text,
    TopicName, Version, Will,
};
use sansio_examples::inspect::{Options, mqtt_packets, parse_hex};

use crate::{ANY, encode, mqtt, shown};

#[test]
fn shows_a_packet_field_by_field() {
    assert_eq!(
        mqtt("101000044d5154540402003c000464656d6f").0,
        "\
CONNECT, MQTT 3.1.1, 18 bytes
  offset  bytes                   field                      value
       0  10                      Type, flags                CONNECT
       1  10                      Remaining Length           16 bytes
       2  00 04 4D 51 54 54       Protocol Name              \"MQTT\"
       8  04                      Protocol Version           4: MQTT 3.1.1
       9  02                      Connect Flags              Clean Session
      10  00 3C                   Keep Alive                 60 s
      12  00 04 64 65 6D 6F       Client Identifier          \"demo\"
"
    );
}

#[test]
fn shows_properties_and_several_packets() {
    let (text, well_formed) = mqtt("320e 0003612f62 000a 05 02 0000003c 78 c000");
    assert!(well_formed);
    assert_eq!(
        text,
        "\
PUBLISH, MQTT 5.0, 16 bytes
  offset  bytes                   field                      value
       0  32                      Type, flags                PUBLISH, QoS 1
       1  0E                      Remaining Length           14 bytes
       2  00 03 61 2F 62          Topic Name                 \"a/b\"
       7  00 0A                   Packet Identifier          10
       9  05                      Property Length            5 bytes
      10  02 00 00 00 3C            Message Expiry Interval  60 s
      15  78                      Payload                    1 byte, \"x\"

packet 2 at byte 16: PINGREQ, MQTT 5.0, 2 bytes
  offset  bytes                   field                      value
       0  C0                      Type, flags                PINGREQ
       1  00                      Remaining Length           0 bytes
"
    );
}

#[test]
fn shows_where_a_packet_is_malformed_and_why() {
    let (text, well_formed) = mqtt("38 06 0003 612f62 00 c000");
    assert!(!well_formed);
    assert_eq!(
        text,
        "\
malformed PUBLISH, MQTT 5.0, 8 bytes
  offset  bytes                   field                      value
>      0  38                      Type, flags                PUBLISH, DUP, QoS 0
       1  06                      Remaining Length           6 bytes
       2  00 03 61 2F 62          Topic Name                 \"a/b\"
       7  00                      Property Length            0 bytes
error     DUP in a PUBLISH of QoS 0 (DupAtQos0)
at        byte 0, 0x38
rule      MQTT-3.3.1-2, in MQTT 5.0 section 3.3.1
answer    DISCONNECT with reason code 0x81 Malformed Packet, then close
unread    2 bytes
"
    );
}

#[test]
fn marks_the_field_of_the_fault() {
    for (hex, marked, answer) in [
        // A topic name that runs past the end.
        ("3005 0009 616263", ">      2  00 09 61 62 63", "0x81 Malformed Packet"),
        // Receive Maximum 0.
        (
            "1010 00044d515454 05 02 003c 03 210000 0000",
            ">     13  21 00 00",
            "CONNACK with reason",
        ),
        // No identifier for a session to keep, in 3.1.1.
        ("100c 00044d515454 04 00 003c 0000", ">     12  00 00", "CONNACK with return code 2"),
        // A SUBSCRIBE without a filter: the fault is what is not there.
        ("8203 0001 00", ">      5                          (the end)", "0x82 Protocol Error"),
        // A Remaining Length of five bytes.
        ("30ffffffff01", ">      1  FF FF FF FF", "0x81 Malformed Packet"),
        ("00", ">      0  00", "0x81 Malformed Packet"),
    ] {
        let (text, well_formed) = mqtt(hex);
        assert!(!well_formed, "{text}");
        assert!(text.lines().any(|line| line.starts_with(marked)), "{hex}\n{text}");
        assert!(text.contains(answer), "{hex}\n{text}");
        assert_eq!(shown(&text).0, parse_hex(hex).unwrap());
    }
}

#[test]
fn says_what_an_incomplete_packet_lacks() {
    let (text, well_formed) = mqtt("1010 0004 4d51");
    assert!(!well_formed);
    assert!(text.starts_with("incomplete CONNECT, MQTT 5.0, 6 bytes\n"), "{text}");
    assert!(text.contains("\nmissing   12 of 18 bytes\n"), "{text}");
    assert_eq!(shown(&text).0, [0x10, 0x10, 0x00, 0x04, 0x4D, 0x51]);
    assert!(mqtt("30").0.contains("missing   the Remaining Length"));
}

#[test]
fn chooses_the_version_that_fits_and_the_side() {
    // A PUBLISH that has no properties.
    let hex = "3005 0003612f62";
    assert!(mqtt(hex).0.contains("\nPUBLISH, MQTT 3.1.1, 7 bytes"), "{}", mqtt(hex).0);
    assert!(mqtt(hex).0.starts_with("(as MQTT 5.0 there is a field that runs past the end"));
    let as_v5 = Options { version: Some(Version::V5), ..ANY };
    assert!(!mqtt_packets(&parse_hex(hex).unwrap(), as_v5).well_formed);
    // What follows a CONNECT has its version.
    let connected = format!("100c 00044d515454 04 02 003c 0000 {hex}");
    assert!(mqtt(&connected).0.contains("at byte 14: PUBLISH, MQTT 3.1.1"));
    // A PINGRESP is not sent by a client.
    for (from, right) in [(Role::Client, false), (Role::Server, true), (Role::Either, true)] {
        assert_eq!(mqtt_packets(&[0xD0, 0], Options { from, ..ANY }).well_formed, right);
    }
}

/// The name of a property is the codec's, with spaces.
#[test]
fn names_every_property_as_the_codec_does() {
    let text = Text::from_static("x");
    let one = 1.try_into().unwrap();
    let in_connack = [
        Property::SessionExpiryInterval(1),
        Property::AssignedClientIdentifier(text),
        Property::ServerKeepAlive(1),
        Property::AuthenticationMethod(text),
        Property::AuthenticationData(b"x"),
        Property::ResponseInformation(text),
        Property::ServerReference(text),
        Property::ReasonString(text),
        Property::ReceiveMaximum(one),
        Property::TopicAliasMaximum(1),
        Property::MaximumQos(QoS::AtLeastOnce),
        Property::RetainAvailable(true),
        Property::UserProperty(text, text),
        Property::MaximumPacketSize(1.try_into().unwrap()),
        Property::WildcardSubscriptionAvailable(true),
        Property::SubscriptionIdentifiersAvailable(true),
        Property::SharedSubscriptionAvailable(true),
    ];
    let in_publish = [
        Property::PayloadFormatIndicator(true),
        Property::MessageExpiryInterval(1),
        Property::ContentType(text),
        Property::ResponseTopic(TopicName::from_static("x")),
        Property::CorrelationData(b"x"),
        Property::SubscriptionIdentifier(SubscriptionId::new(1).unwrap()),
        Property::TopicAlias(one),
    ];
    let in_connect =
        [Property::RequestProblemInformation(true), Property::RequestResponseInformation(true)];
    let in_will = [Property::WillDelayInterval(1)];
    let mut connack = Connack::new(false, ReasonCode::SUCCESS);
    connack.properties = List::new(&in_connack);
    let mut publish = Publish::new(TopicName::from_static("x"), b"");
    publish.properties = List::new(&in_publish);
    let mut connect = Connect::new(Version::V5, text);
    connect.properties = List::new(&in_connect);
    connect.will = Some(Will {
        topic: TopicName::from_static("x"),
        payload: b"x",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: List::new(&in_will),
    });

    let mut seen = 0;
    for (packet, properties) in [
        (Packet::Connack(connack), &in_connack[..]),
        (Packet::Publish(publish), &in_publish),
        (Packet::Connect(connect), &in_connect),
        (Packet::Connect(connect), &in_will),
    ] {
        let (_, names) = shown(&mqtt_packets(&encode(&packet, Version::V5), ANY).text);
        let names: Vec<_> = names.iter().map(|n| n.replace(' ', "").to_lowercase()).collect();
        for property in properties {
            let name = property.name().to_lowercase();
            // The longest names are cut by the column of the value.
            let cut: String = name.chars().take(20).collect();
            assert!(names.iter().any(|n| n.starts_with(&cut)), "{name} is not in {names:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 27);
}

#[test]
fn walks_a_connect_as_the_version_that_it_names() {
    for (hex, headline, row, answer) in [
        // MQTT 3.1, by its own name and by the later one.
        (
            "100e 0006 4d5149736470 03 02 003c 0000",
            "malformed CONNECT, protocol level 3, 16 bytes\n",
            "14  00 00                   Client Identifier          \"\"\n",
            "CONNACK with return code 1 (unacceptable protocol level), then close",
        ),
        (
            "100d 0004 4d515454 03 02 003c 000178",
            "malformed CONNECT, protocol level 3, 15 bytes\n",
            "12  00 01 78                Client Identifier          \"x\"\n",
            "CONNACK with return code 1 (unacceptable protocol level), then close",
        ),
        // One that is not yet.
        (
            "100d 0004 4d515454 06 02 003c 000178",
            "malformed CONNECT, unknown protocol, level 6, 15 bytes\n",
            " 9  02 00 3C 00 01 78       (unknown protocol)         6 bytes\n",
            "CONNACK with reason code 0x84 Unsupported Protocol Version, then close",
        ),
        // Another protocol.
        (
            "100d 0005 48454c4c4f 04 02 003c 0000",
            "malformed CONNECT, unknown protocol, level 4, 15 bytes\n",
            "10  02 00 3C 00 00          (unknown protocol)         5 bytes\n",
            "close the connection",
        ),
    ] {
        for version in [None, Some(Version::V5)] {
            let input = parse_hex(hex).unwrap();
            let report = mqtt_packets(&input, Options { version, ..ANY });
            assert!(!report.well_formed);
            assert!(report.text.starts_with(headline), "{}", report.text);
            assert!(report.text.contains(row), "{}", report.text);
            assert!(report.text.ends_with(&format!("\nanswer    {answer}\n")), "{}", report.text);
            assert_eq!(shown(&report.text).0, input);
        }
    }
    // A client of 3.1.1 at a server of 5.0 only.
    let input = parse_hex("100c 0004 4d515454 04 02 003c 0000").unwrap();
    let as_v5 = Options { version: Some(Version::V5), ..ANY };
    let text = mqtt_packets(&input, as_v5).text;
    assert!(text.starts_with("malformed CONNECT, MQTT 3.1.1, 14 bytes\n"), "{text}");
    assert!(text.contains("return code 1 (unacceptable"), "{text}");
}

#[test]
fn counts_one_byte_as_one() {
    let (text, _) = mqtt("c001 00");
    assert!(text.contains("(left over)                1 byte that is no field\n"), "{text}");
    let (text, _) = mqtt("c002 0000");
    assert!(text.contains("(left over)                2 bytes that are no field\n"), "{text}");
    let (text, _) = mqtt("3003 0009 61");
    assert!(text.contains("length 9, but 1 byte follows\n"), "{text}");
    let (text, _) = mqtt("3004 0009 6161");
    assert!(text.contains("length 9, but 2 bytes follow\n"), "{text}");
}
