//! The inspector: what it prints, and that it shows every byte once.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, Delivery, Disconnect, List, Packet, PacketId,
    Property, Publish, QoS, ReasonCode, RetainHandling, Role, Suback, Subscribe, Subscription,
    SubscriptionId, SubscriptionOptions, Text, TopicFilter, TopicName, Unsuback, Unsubscribe,
    Version, Will,
};
use proptest::prelude::*;
use sansio_examples::inspect::{Options, mqtt_packets, parse_hex, topic_match};

const ANY: Options = Options { version: None, from: Role::Either };

fn mqtt(hex: &str) -> (String, bool) {
    let report = mqtt_packets(&parse_hex(hex).unwrap(), ANY);
    (report.text, report.well_formed)
}

/// All bytes in the tables of a report, in their order, and the names of their fields.
fn shown(report: &str) -> (Vec<u8>, Vec<String>) {
    let (mut bytes, mut names) = (Vec::new(), Vec::new());
    for line in report.lines() {
        assert!(line.chars().count() <= 100, "a line of more than 100 columns: {line}");
        let columns: Vec<char> = line.chars().collect();
        let column = |from: usize, to: usize| -> String {
            columns.iter().skip(from).take(to - from).collect::<String>().trim().to_string()
        };
        // A row of a table has its offset at the right edge of the first eight columns.
        if column(2, 8).parse::<usize>().is_ok() && column(8, 10).is_empty() {
            bytes.extend(parse_hex(&column(10, 34)).expect("a row of bytes"));
            names.push(column(34, 60));
        }
    }
    names.retain(|name| !name.is_empty());
    (bytes, names)
}

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

/// The name of a property is the one that the codec prints, with spaces.
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
            let name = format!("{property:?}").to_lowercase();
            let name = name.split('(').next().unwrap();
            // The longest names are cut by the column of the value.
            let cut: String = name.chars().take(20).collect();
            assert!(names.iter().any(|n| n.starts_with(&cut)), "{name} is not in {names:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 27);
}

fn encode(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let codec = Codec::either(version);
    let mut bytes = vec![0; codec.encoded_len(packet).expect("a packet that MQTT allows")];
    codec.encode(packet, &mut bytes).unwrap();
    bytes
}

/// What packets are made of.
#[derive(Debug, Clone)]
struct Parts {
    which: u8,
    id: u16,
    number: u32,
    flags: u8,
    text: String,
    data: Vec<u8>,
    filters: Vec<String>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let filters = prop::collection::vec("(\\+|[a-zä]{1,4})(/[a-z+]|/ü){0,3}(/#)?", 1..5);
    let data = prop::collection::vec(any::<u8>(), 0..60);
    (0..15_u8, 1_u16.., 1..0x0FFF_FFFF_u32, any::<u8>(), "[ -~äöü]{0,40}", data, filters).prop_map(
        |(which, id, number, flags, text, data, filters)| Parts {
            which,
            id,
            number,
            flags,
            text,
            data,
            filters,
        },
    )
}

/// A valid packet of these parts.
fn valid(p: &Parts, version: Version) -> Vec<u8> {
    let five = version == Version::V5;
    let bit = |n: u8| p.flags & 1 << n != 0;
    let (id, text) = (PacketId::new(p.id).unwrap(), Text::new(&p.text).unwrap());
    let topic = TopicName::from_static("house/küche");
    let user = [Property::UserProperty(text, text), Property::UserProperty(text, Text::EMPTY)];
    let user = if five && bit(7) { List::new(&user) } else { List::EMPTY };
    let message = [
        Property::MessageExpiryInterval(p.number),
        Property::CorrelationData(&p.data),
        Property::UserProperty(text, text),
        Property::SubscriptionIdentifier(SubscriptionId::new(p.number).unwrap()),
    ];
    let session = [Property::SessionExpiryInterval(p.number), Property::TopicAliasMaximum(p.id)];
    let method = [Property::AuthenticationMethod(text), Property::AuthenticationData(&p.data)];
    let filters: Vec<_> = p.filters.iter().map(|f| TopicFilter::new(f).unwrap()).collect();
    let options = SubscriptionOptions {
        no_local: five && bit(1),
        retain_as_published: five && bit(2),
        retain_handling: if five && bit(3) {
            RetainHandling::DoNotSend
        } else {
            RetainHandling::Send
        },
        ..SubscriptionOptions::new(if bit(0) { QoS::AtLeastOnce } else { QoS::AtMostOnce })
    };
    let wanted: Vec<_> = filters.iter().map(|f| Subscription { filter: *f, options }).collect();
    let codes = [ReasonCode::SUCCESS, ReasonCode::SUCCESS];
    let failure = if five { ReasonCode::NOT_AUTHORIZED } else { ReasonCode::SUCCESS };
    let packet = match p.which {
        0 => Packet::Connect(Connect {
            clean_start: true,
            keep_alive: p.id,
            will: bit(0).then_some(Will {
                topic,
                payload: &p.data,
                qos: QoS::AtLeastOnce,
                retain: bit(1),
                properties: if five { List::new(&message[..3]) } else { List::EMPTY },
            }),
            user_name: (bit(2) || bit(3)).then_some(text),
            password: bit(3).then_some(&p.data),
            properties: if five { List::new(&session) } else { List::EMPTY },
            ..Connect::new(version, text)
        }),
        1 => Packet::Connack(Connack {
            properties: if five { List::new(&session) } else { List::EMPTY },
            ..Connack::new(bit(0), ReasonCode::SUCCESS)
        }),
        2 | 3 => Packet::Publish(Publish {
            delivery: match p.flags % 3 {
                0 => Delivery::AtMostOnce,
                1 => Delivery::AtLeastOnce { id, dup: bit(2) },
                _ => Delivery::ExactlyOnce { id, dup: bit(2) },
            },
            retain: bit(3),
            properties: if five { List::new(&message) } else { List::EMPTY },
            ..Publish::new(topic, &p.data)
        }),
        4..=7 => {
            let kinds = [AckKind::Puback, AckKind::Pubrec, AckKind::Pubrel, AckKind::Pubcomp];
            let kind = kinds[usize::from(p.which) - 4];
            Packet::Ack(Ack { properties: user, ..Ack::new(kind, id) })
        }
        8 => Packet::Subscribe(Subscribe {
            properties: user,
            ..Subscribe::new(id, List::new(&wanted))
        }),
        9 => Packet::Suback(Suback { properties: user, ..Suback::new(id, List::new(&codes)) }),
        10 => {
            let filters = List::new(&filters);
            Packet::Unsubscribe(Unsubscribe { properties: user, ..Unsubscribe::new(id, filters) })
        }
        11 => {
            Packet::Unsuback(Unsuback { properties: user, ..Unsuback::new(id, List::new(&codes)) })
        }
        12 => Packet::Pingreq,
        13 if five => Packet::Auth(Auth {
            reason_code: ReasonCode::CONTINUE_AUTHENTICATION,
            properties: List::new(&method),
        }),
        _ => Packet::Disconnect(Disconnect { properties: user, ..Disconnect::new(failure) }),
    };
    encode(&packet, version)
}

fn versions() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V3), Just(Version::V5)]
}

proptest! {
    #[test]
    fn shows_every_byte_of_valid_packets_once(
        all in prop::collection::vec(parts(), 1..4),
        version in versions(),
    ) {
        let input: Vec<u8> = all.iter().flat_map(|p| valid(p, version)).collect();
        let report = mqtt_packets(&input, Options { version: Some(version), ..ANY });
        prop_assert!(report.well_formed, "{}", report.text);
        let (bytes, names) = shown(&report.text);
        prop_assert_eq!(bytes, input);
        prop_assert!(!names.iter().any(|n| n == "(left over)" || n == "(unknown property)"));
        prop_assert!(!report.text.contains("runs past the end"));
    }

    #[test]
    fn judges_damaged_packets_as_the_codec_does_and_shows_every_byte(
        p in parts(),
        version in versions(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut input = valid(&p, version);
        let at = at.index(input.len());
        input[at] = byte;
        let report = mqtt_packets(&input, Options { version: Some(version), ..ANY });
        let (bytes, _) = shown(&report.text);
        prop_assert_eq!(&bytes, &input[..bytes.len()]);
        match Codec::either(version).decode(&input) {
            Ok(Some((_, len))) => prop_assert!(bytes.len() >= len),
            Ok(None) => {
                prop_assert!(!report.well_formed);
                prop_assert_eq!(&bytes, &input);
                prop_assert!(report.text.contains("missing   "));
            }
            Err(error) => {
                prop_assert!(!report.well_formed);
                let place = format!("at        byte {}, ", error.offset);
                prop_assert!(report.text.contains(&place));
                prop_assert!(report.text.contains(error.rule()));
                let unread = input.len() - bytes.len();
                prop_assert_eq!(report.text.contains("unread"), unread > 0);
            }
        }
    }

    #[test]
    fn survives_any_bytes(input in prop::collection::vec(any::<u8>(), 1..80), tries in any::<bool>()) {
        let version = tries.then_some(Version::V5);
        let report = mqtt_packets(&input, Options { version, ..ANY });
        let (bytes, _) = shown(&report.text);
        prop_assert!(!bytes.is_empty());
        prop_assert_eq!(&bytes, &input[..bytes.len()]);
    }
}

#[test]
fn tells_why_a_filter_does_not_take_a_name() {
    let report = topic_match("ross_house/+", "ross_house/kitchen/temperature");
    assert!(report.well_formed);
    assert_eq!(
        report.text,
        "\
level  filter        name
    0  \"ross_house\"  \"ross_house\"   the same text
    1  \"+\"           \"kitchen\"      + takes any one level
    2  (the end)     \"temperature\"  the filter ends, the name goes on

no: \"ross_house/+\" does not take \"ross_house/kitchen/temperature\": at level 2, the filter ends, \
the name goes on
"
    );
    for (filter, name, end) in [
        ("kitchen/+/+", "ross_house/kitchen/temperature", "at level 0, the texts are different\n"),
        ("a/b/+", "a/b", "at level 2, the name ends, the filter goes on\n"),
        (
            "+/x",
            "$SYS/x",
            "at level 0, a wildcard takes no name that begins with $ [MQTT-4.7.2-1]\n",
        ),
        ("house/#", "house", "yes: \"house/#\" takes \"house\"\n"),
        ("$share/g/a/#", "a/b/c", "yes: \"a/#\" takes \"a/b/c\"\n"),
    ] {
        let report = topic_match(filter, name);
        assert!(report.well_formed && report.text.ends_with(end), "{}", report.text);
    }
}

#[test]
fn tells_what_is_wrong_with_a_filter_or_a_name() {
    for (filter, name, place, rule) in [
        ("a/b#", "a", "byte 3 of 4", "MQTT-4.7.1-1"),
        ("ü+/b", "a", "byte 2 of 5", "MQTT-4.7.1-2"),
        ("a", "a/+", "byte 2 of 3", "MQTT-4.7.0-1"),
        ("", "a", "byte 0 of 0", "MQTT-4.7.3-1"),
        ("$share/g", "a", "byte 8 of 8", "MQTT-4.8.2-2"),
    ] {
        let report = topic_match(filter, name);
        assert!(!report.well_formed);
        assert!(report.text.contains(&format!("at        {place}\n")), "{}", report.text);
        assert!(report.text.contains(&format!("rule      {rule}\n")), "{}", report.text);
    }
    // The arrow stands below the byte.
    let text = topic_match("ü+/b", "a").text;
    let lines: Vec<_> = text.lines().skip(1).take(2).collect();
    let arrow = lines[1].chars().count() - 1;
    assert_eq!(lines[0].chars().nth(arrow), Some('+'), "{text}");
}

fn run(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inspect"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read anything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn takes_bytes_from_anywhere() {
    let wanted = b"PINGREQ, MQTT 5.0, 2 bytes";
    let path = std::env::temp_dir().join(format!("inspect-{}", std::process::id()));
    std::fs::write(&path, [0xC0, 0x00]).unwrap();
    let file = path.to_str().unwrap();
    for (args, stdin) in [
        (&["mqtt", "c000"][..], &b""[..]),
        (&["mqtt", "0xC0", "00"], b""),
        (&["mqtt", "-"], b"c0:\n00\n"),
        (&["mqtt", "-", "--binary"], b"\xC0\x00"),
        (&["mqtt", "--file", file, "--binary"], b""),
    ] {
        let output = run(args, stdin);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(output.stdout.starts_with(wanted), "{args:?}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn exit_codes_tell_malformed_input_from_a_wrong_command_line() {
    for (args, code) in [
        (&["mqtt", "c000"][..], 0),
        (&["topic", "a/+", "b"], 0),
        (&["--help"], 0),
        (&["mqtt", "c1 00"], 1),
        (&["mqtt", "c0"], 1),
        (&["topic", "a#", "b"], 1),
        (&[], 2),
        (&["mqtt"], 2),
        (&["mqtt", "c00"], 2),
        (&["mqtt", "xyz"], 2),
        (&["mqtt", "c000", "-"], 2),
        (&["mqtt", "--version", "4.0", "c000"], 2),
        (&["topic", "a"], 2),
        (&["smoke", "signals"], 2),
    ] {
        let output = run(args, b"");
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stderr.is_empty(), code != 2, "{args:?}");
    }
}
