//! PUBLISH. MQTT 3.1.1 section 3.3, MQTT 5.0 section 3.3.

use core::num::NonZeroU16;

use mqtt_codec::Role::{Client, Server};
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{Delivery, List, Packet, Property, Publish, SubscriptionId, TopicName};

use crate::common::golden;
use crate::{id, name, text};

#[test]
fn figure_3_9_topic_a_b_packet_identifier_10() {
    let delivery = Delivery::AtLeastOnce { id: id(10), dup: false };
    let publish = Publish { delivery, ..Publish::new(name("a/b"), b"") };
    for sender in [Client, Server] {
        golden(V3, sender, "32 07 0003 612F62 000A", Packet::Publish(publish));
        golden(V5, sender, "32 08 0003 612F62 000A 00", Packet::Publish(publish));
    }
}

#[test]
fn every_flag() {
    let (id, no, yes) = (id(0xFFFF), false, true);
    for (first, delivery, retain) in [
        ("30", Delivery::AtMostOnce, false),
        ("31", Delivery::AtMostOnce, true),
        ("32", Delivery::AtLeastOnce { id, dup: no }, false),
        ("33", Delivery::AtLeastOnce { id, dup: no }, true),
        ("34", Delivery::ExactlyOnce { id, dup: no }, false),
        ("35", Delivery::ExactlyOnce { id, dup: no }, true),
        ("3A", Delivery::AtLeastOnce { id, dup: yes }, false),
        ("3B", Delivery::AtLeastOnce { id, dup: yes }, true),
        ("3C", Delivery::ExactlyOnce { id, dup: yes }, false),
        ("3D", Delivery::ExactlyOnce { id, dup: yes }, true),
    ] {
        let publish = Publish { delivery, retain, ..Publish::new(name("t"), b"payload") };
        let packet = Packet::Publish(publish);
        let (plus, packet_id) = match delivery {
            Delivery::AtMostOnce => (0, ""),
            _ => (2, "FFFF"),
        };
        for sender in [Client, Server] {
            let len = 10 + plus;
            golden(
                V3,
                sender,
                &format!("{first} {len:02X} 0001 't' {packet_id} 'payload'"),
                packet,
            );
            let len = 11 + plus;
            let v5 = format!("{first} {len:02X} 0001 't' {packet_id} 00 'payload'");
            golden(V5, sender, &v5, packet);
        }
    }
}

#[test]
fn shortest() {
    let publish = Packet::Publish(Publish::new(name("/"), b""));
    golden(V3, Client, "30 03 0001 '/'", publish);
    golden(V5, Client, "30 04 0001 '/' 00", publish);
}

#[test]
fn topic_alias_with_and_without_a_name() {
    let properties = [Property::TopicAlias(NonZeroU16::new(0x0102).unwrap())];
    let properties = List::new(&properties);
    let alone = Publish { properties, ..Publish::new(TopicName::EMPTY, b"x") };
    let named = Publish { properties, ..Publish::new(name("long/name"), b"x") };
    for sender in [Client, Server] {
        golden(V5, sender, "30 07 0000 03 23 0102 'x'", Packet::Publish(alone));
        golden(V5, sender, "30 10 0009 'long/name' 03 23 0102 'x'", Packet::Publish(named));
    }
}

#[test]
fn with_every_property_from_either_side() {
    let both = [
        Property::PayloadFormatIndicator(false),
        Property::MessageExpiryInterval(0x0102_0304),
        Property::TopicAlias(NonZeroU16::MAX),
        Property::ResponseTopic(name("r/t")),
        Property::CorrelationData(b""),
        Property::UserProperty(text(""), text("")),
        Property::UserProperty(text("n"), text("v")),
        Property::ContentType(text("")),
    ];
    let publish = Publish { properties: List::new(&both), ..Publish::new(name("t"), b"") };
    let notation = "30 26 0001 't' 22 01 00 02 01020304 23 FFFF 08 0003 'r/t' 09 0000 \
        26 0000 0000 26 0001 'n' 0001 'v' 03 0000";
    golden(V5, Client, notation, Packet::Publish(publish));
    golden(V5, Server, notation, Packet::Publish(publish));
}

#[test]
fn subscription_identifiers_of_every_length_from_the_server() {
    let ids = [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 1]
        .map(|value| Property::SubscriptionIdentifier(SubscriptionId::new(value).unwrap()));
    let publish = Publish { properties: List::new(&ids), ..Publish::new(name("t"), b"p") };
    let notation = "30 23 0001 't' 1E 0B01 0B7F 0B8001 0BFF7F 0B808001 0BFFFF7F 0B80808001 \
        0BFFFFFF7F 0B01 'p'";
    golden(V5, Server, notation, Packet::Publish(publish));
}
