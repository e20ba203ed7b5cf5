//! SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK. MQTT 3.1.1 and MQTT 5.0 section 3.8 to 3.11.

use mqtt_codec::Role::{Client, Server};
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{
    Codec, List, Packet, Property, QoS, ReasonCode, RetainHandling, Suback, Subscribe,
    Subscription, SubscriptionId, SubscriptionOptions, TopicFilter, Unsuback, Unsubscribe,
};

use crate::common::{bytes, golden};
use crate::{filter, id, text};

#[test]
fn figure_3_21_two_filters() {
    let two = [
        Subscription::new(filter("a/b"), QoS::AtLeastOnce),
        Subscription::new(filter("c/d"), QoS::ExactlyOnce),
    ];
    let packet = Packet::Subscribe(Subscribe::new(id(10), List::new(&two)));
    golden(V3, Client, "82 0E 000A 0003 612F62 01 0003 632F64 02", packet);
    golden(V5, Client, "82 0F 000A 00 0003 612F62 01 0003 632F64 02", packet);
}

#[test]
fn every_subscription_option() {
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    let handling = [RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend];
    for (q, qos) in qos.into_iter().enumerate() {
        let one = [Subscription::new(filter("#"), qos)];
        let packet = Packet::Subscribe(Subscribe::new(id(1), List::new(&one)));
        golden(V3, Client, &format!("82 06 0001 0001 '#' 0{q}"), packet);
        for (h, retain_handling) in handling.into_iter().enumerate() {
            for (no_local, retain_as_published) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let options =
                    SubscriptionOptions { qos, no_local, retain_as_published, retain_handling };
                let byte =
                    q | usize::from(no_local) << 2 | usize::from(retain_as_published) << 3 | h << 4;
                let one = [Subscription { filter: filter("+/$"), options }];
                let packet = Packet::Subscribe(Subscribe::new(id(1), List::new(&one)));
                golden(V5, Client, &format!("82 09 0001 00 0003 '+/$' {byte:02X}"), packet);
            }
        }
    }
}

#[test]
fn shared_subscription_and_every_property() {
    let properties = [
        Property::UserProperty(text("k"), text("v")),
        Property::SubscriptionIdentifier(SubscriptionId::new(300).unwrap()),
        Property::UserProperty(text("k"), text("w")),
    ];
    let one = [Subscription::new(filter("$share/g//x/+"), QoS::AtLeastOnce)];
    let packet = Packet::Subscribe(Subscribe {
        properties: List::new(&properties),
        ..Subscribe::new(id(0x1234), List::new(&one))
    });
    let notation = "82 24 1234 11 26 0001 'k' 0001 'v' 0B AC02 26 0001 'k' 0001 'w' \
        000D '$share/g//x/+' 01";
    golden(V5, Client, notation, packet);
}

#[test]
fn share_means_nothing_to_3_1_1() {
    // Legal there: `$share` is a level like any other.
    let codec = Codec::server().with_version(V3);
    for text in ["$share", "$share/", "$share//x", "$share/a", "$share/+/x", "$share/#"] {
        let bytes = bytes(&format!("82 {{ 0001 <{text}> 00 }}"));
        let Ok(Some((packet @ Packet::Subscribe(subscribe), _))) = codec.decode(&bytes) else {
            panic!("{text}");
        };
        assert_eq!(subscribe.subscriptions.iter().next().unwrap().filter, text);
        let mut out = vec![0; bytes.len()];
        assert_eq!(Codec::client(V3).encode(&packet, &mut out), Ok(bytes.len()));
        assert_eq!(out, bytes);
    }
}

#[test]
fn suback_of_3_1_1() {
    let codes = [
        ReasonCode::GRANTED_QOS_0,
        ReasonCode::GRANTED_QOS_1,
        ReasonCode::GRANTED_QOS_2,
        ReasonCode::UNSPECIFIED_ERROR,
    ];
    let packet = Packet::Suback(Suback::new(id(10), List::new(&codes)));
    golden(V3, Server, "90 06 000A 00 01 02 80", packet);
    for code in codes {
        let one = [code];
        let packet = Packet::Suback(Suback::new(id(10), List::new(&one)));
        golden(V3, Server, &format!("90 03 000A {:02X}", code.get()), packet);
    }
}

#[test]
fn suback_of_5_0_with_every_reason_code() {
    // Table 3-8.
    let codes = [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2]
        .map(|code| ReasonCode::new(code).unwrap());
    let packet = Packet::Suback(Suback::new(id(10), List::new(&codes)));
    golden(V5, Server, "90 0F 000A 00 00 01 02 80 83 87 8F 91 97 9E A1 A2", packet);
    let properties =
        [Property::ReasonString(text("no")), Property::UserProperty(text("k"), text("v"))];
    let packet = Packet::Suback(Suback {
        properties: List::new(&properties),
        ..Suback::new(id(1), List::new(&codes[..1]))
    });
    golden(V5, Server, "90 10 0001 0C 1F 0002 'no' 26 0001 'k' 0001 'v' 00", packet);
}

#[test]
fn figure_3_30_unsubscribe_two_filters() {
    let two: [TopicFilter<'_>; 2] = [filter("a/b"), filter("c/d")];
    let packet = Packet::Unsubscribe(Unsubscribe::new(id(10), List::new(&two)));
    golden(V3, Client, "A2 0C 000A 0003 612F62 0003 632F64", packet);
    golden(V5, Client, "A2 0D 000A 00 0003 612F62 0003 632F64", packet);
    let properties = [Property::UserProperty(text("k"), text("v"))];
    let one = [filter("$share/g/#")];
    let packet = Packet::Unsubscribe(Unsubscribe {
        properties: List::new(&properties),
        ..Unsubscribe::new(id(2), List::new(&one))
    });
    golden(V5, Client, "A2 16 0002 07 26 0001 'k' 0001 'v' 000A '$share/g/#'", packet);
}

#[test]
fn unsuback_of_both_versions() {
    let packet = Packet::Unsuback(Unsuback::new(id(10), List::EMPTY));
    golden(V3, Server, "B0 02 000A", packet);
    // Table 3-9.
    let codes = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91].map(|c| ReasonCode::new(c).unwrap());
    let packet = Packet::Unsuback(Unsuback::new(id(10), List::new(&codes)));
    golden(V5, Server, "B0 0A 000A 00 00 11 80 83 87 8F 91", packet);
    let properties =
        [Property::ReasonString(text("")), Property::UserProperty(text("k"), text("v"))];
    let packet = Packet::Unsuback(Unsuback {
        properties: List::new(&properties),
        ..Unsuback::new(id(10), List::new(&codes[1..2]))
    });
    golden(V5, Server, "B0 0E 000A 0A 1F 0000 26 0001 'k' 0001 'v' 11", packet);
}

#[test]
fn what_3_1_1_has_no_word_for_is_mapped_or_left_out() {
    let mut out = [0; 16];
    let server = Codec::server().with_version(V3);
    // Every error of a SUBACK is 0x80.
    let codes = [ReasonCode::NOT_AUTHORIZED, ReasonCode::GRANTED_QOS_1, ReasonCode::QUOTA_EXCEEDED];
    let packet = Packet::Suback(Suback::new(id(1), List::new(&codes)));
    assert_eq!(server.encode(&packet, &mut out), Ok(7));
    assert_eq!(out[..7], [0x90, 5, 0, 1, 0x80, 1, 0x80]);
    // An UNSUBACK has no codes; good ones go without saying.
    let codes = [ReasonCode::SUCCESS, ReasonCode::NO_SUBSCRIPTION_EXISTED];
    let packet = Packet::Unsuback(Unsuback::new(id(1), List::new(&codes)));
    assert_eq!(server.encode(&packet, &mut out), Ok(4));
    assert_eq!(out[..4], [0xB0, 2, 0, 1]);
}
