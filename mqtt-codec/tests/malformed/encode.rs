//! What `encode` must refuse.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::Role::{Client, Server};
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, Delivery, Disconnect, EncodeError, List, Packet,
    PacketId, Property, Publish, QoS, ReasonCode, RetainHandling, Role, Suback, Subscribe,
    Subscription, SubscriptionOptions, Text, TextError, TopicErrorKind, TopicFilter, TopicName,
    Unsuback, Unsubscribe, Version, Will,
};

use crate::common::{ROLES, VERSIONS, bytes, codec};

const ID: PacketId = PacketId::new(1).unwrap();
const TOPIC: TopicName<'static> = TopicName::from_static("t");
const SUBSCRIPTION: Subscription<'static> =
    Subscription::new(TopicFilter::from_static("a"), QoS::AtMostOnce);

#[track_caller]
fn refused(codec: Codec, packet: Packet<'_>, kind: Kind) {
    let error = EncodeError::Invalid(kind);
    let mut out = [0xA5; 128];
    assert_eq!(codec.encode(&packet, &mut out), Err(error), "{packet:?}");
    assert_eq!(codec.encode(&packet, &mut []), Err(error), "{packet:?}");
    assert_eq!(codec.encode_part(&packet, 0, &mut out), Err(error), "{packet:?}");
    assert_eq!(codec.encoded_len(&packet), Err(error), "{packet:?}");
    assert_eq!(out, [0xA5; 128], "nothing is written");
}

fn connect(version: Version) -> Connect<'static> {
    Connect::new(version, Text::from_static("id"))
}

#[test]
fn what_this_side_never_sends() {
    let one = [SUBSCRIPTION];
    let codes = [ReasonCode::SUCCESS];
    let filters = [TopicFilter::from_static("a")];
    let method = [Property::AuthenticationMethod(Text::from_static("M"))];
    let auth =
        Auth { reason_code: ReasonCode::CONTINUE_AUTHENTICATION, properties: List::new(&method) };
    for version in VERSIONS {
        let of_client = [
            Packet::Connect(connect(version)),
            Packet::Subscribe(Subscribe::new(ID, List::new(&one))),
            Packet::Unsubscribe(Unsubscribe::new(ID, List::new(&filters))),
            Packet::Pingreq,
        ];
        let of_server = [
            Packet::Connack(Connack::new(false, ReasonCode::SUCCESS)),
            Packet::Suback(Suback::new(ID, List::new(&codes))),
            Packet::Unsuback(Unsuback::new(ID, List::new(&codes))),
            Packet::Pingresp,
        ];
        let of_both = [
            Packet::Publish(Publish::new(TOPIC, b"")),
            Packet::Ack(Ack::new(AckKind::Puback, ID)),
            Packet::Ack(Ack::new(AckKind::Pubrec, ID)),
            Packet::Ack(Ack::new(AckKind::Pubrel, ID)),
            Packet::Ack(Ack::new(AckKind::Pubcomp, ID)),
        ];
        for packet in of_client {
            refused(codec(version, Server), packet, Kind::WrongDirection);
            assert!(codec(version, Client).encoded_len(&packet).is_ok());
        }
        for packet in of_server {
            refused(codec(version, Client), packet, Kind::WrongDirection);
            assert!(codec(version, Server).encoded_len(&packet).is_ok());
        }
        for role in ROLES {
            for packet in of_both {
                assert!(codec(version, role).encoded_len(&packet).is_ok());
            }
        }
        for packet in of_client.iter().chain(&of_server) {
            assert!(codec(version, Role::Either).encoded_len(packet).is_ok());
        }
    }
    let disconnect = Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
    refused(codec(V3, Server), disconnect, Kind::WrongDirection);
    for role in ROLES {
        refused(codec(V3, role), Packet::Auth(auth), Kind::NotInVersion);
        assert!(codec(V5, role).encoded_len(&Packet::Auth(auth)).is_ok());
        assert!(codec(V5, role).encoded_len(&disconnect).is_ok());
    }
}

#[test]
fn anything_but_connect_without_a_version_and_another_version() {
    for role in [Client, Role::Either] {
        let codec = Codec { version: None, ..codec(V5, role) };
        refused(codec, Packet::Pingreq, Kind::NotConnect);
        refused(codec, Packet::Publish(Publish::new(TOPIC, b"")), Kind::NotConnect);
    }
    refused(Codec::server(), Packet::Pingresp, Kind::NotConnect);
    refused(codec(V3, Client), Packet::Connect(connect(V5)), Kind::ProtocolVersion);
    refused(codec(V5, Client), Packet::Connect(connect(V3)), Kind::ProtocolVersion);
}

#[test]
fn connect_rules() {
    let (v3, v5) = (codec(V3, Client), codec(V5, Client));
    let password = Connect { password: Some(b"p"), ..connect(V3) };
    refused(v3, Packet::Connect(password), Kind::PasswordWithoutUserName);
    let no_id = Connect { client_id: Text::EMPTY, clean_start: false, ..connect(V3) };
    refused(v3, Packet::Connect(no_id), Kind::ClientIdEmpty);

    let long = vec![0; 65_536];
    for (codec, version) in [(v3, V3), (v5, V5)] {
        let user_name = Some(Text::EMPTY);
        let too_long = Connect { user_name, password: Some(&long), ..connect(version) };
        refused(codec, Packet::Connect(too_long), Kind::DataTooLong);
        let fits = Connect { user_name, password: Some(&long[1..]), ..connect(version) };
        assert!(codec.encoded_len(&Packet::Connect(fits)).is_ok());
        let will = |topic, payload| {
            let (qos, retain, properties) = (QoS::AtMostOnce, false, List::EMPTY);
            let will = Will { topic, payload, qos, retain, properties };
            Packet::Connect(Connect { will: Some(will), ..connect(version) })
        };
        refused(codec, will(TopicName::EMPTY, b""), Kind::TopicNameEmpty);
        refused(codec, will(TOPIC, &long), Kind::DataTooLong);
        assert!(codec.encoded_len(&will(TOPIC, &long[1..])).is_ok());
    }
}

#[test]
fn connack_rules() {
    let refusal = Connack::new(true, ReasonCode::NOT_AUTHORIZED);
    for version in VERSIONS {
        refused(codec(version, Server), Packet::Connack(refusal), Kind::SessionPresentOnError);
    }
    for code in (0..=255).filter_map(ReasonCode::new) {
        let connack = Packet::Connack(Connack::new(false, code));
        // 3.1.1 section 3.2.2.3: such a connection is closed without a CONNACK. [MQTT-3.2.2-6]
        if ![0x00, 0x84, 0x85, 0x86, 0x87, 0x88].contains(&code.get()) {
            refused(codec(V3, Server), connack, Kind::NotInVersion);
        }
        if [0x01, 0x02, 0x04, 0x10, 0x11, 0x18, 0x19, 0x8B, 0x91, 0x92, 0xA2].contains(&code.get())
        {
            refused(codec(V5, Server), connack, Kind::ReasonCode);
        }
    }
}

fn unnamed<'a>(properties: &'a [Property<'a>]) -> Packet<'a> {
    Packet::Publish(Publish {
        delivery: Delivery::ExactlyOnce { id: ID, dup: true },
        properties: List::new(properties),
        ..Publish::new(TopicName::EMPTY, b"")
    })
}

#[test]
fn publish_rules() {
    for role in [Client, Server] {
        let publish = Packet::Publish(Publish::new(TopicName::EMPTY, b"p"));
        refused(codec(V3, role), publish, Kind::TopicNameEmpty);
        refused(codec(V5, role), publish, Kind::TopicNameEmpty);
        let alias = Property::TopicAlias(core::num::NonZeroU16::MIN);
        assert!(codec(V5, role).encoded_len(&unnamed(&[alias])).is_ok());
        refused(codec(V3, role), unnamed(&[alias]), Kind::NotInVersion);
        refused(
            codec(V5, role),
            unnamed(&[Property::ContentType(Text::EMPTY)]),
            Kind::TopicNameEmpty,
        );
        // Of two faults, the one that is not a consequence.
        let two = [alias, Property::ReasonString(Text::EMPTY)];
        refused(codec(V5, role), unnamed(&two), Kind::PropertyNotAllowed);
    }
}

#[test]
fn reason_codes_that_the_packet_or_the_version_cannot_say() {
    let all = || (0..=255).filter_map(ReasonCode::new);
    for (kind, allowed) in [
        (AckKind::Puback, &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99][..]),
        (AckKind::Pubrec, &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]),
        (AckKind::Pubrel, &[0x00, 0x92]),
        (AckKind::Pubcomp, &[0x00, 0x92]),
    ] {
        for reason_code in all() {
            let ack = Packet::Ack(Ack { reason_code, ..Ack::new(kind, ID) });
            if !allowed.contains(&reason_code.get()) {
                refused(codec(V5, Client), ack, Kind::ReasonCode);
                refused(codec(V5, Server), ack, Kind::ReasonCode);
            } else if reason_code.is_error() {
                refused(codec(V3, Client), ack, Kind::NotInVersion);
            } else {
                assert_eq!(codec(V3, Client).encoded_len(&ack), Ok(4));
            }
        }
    }
    for code in all() {
        let codes = [ReasonCode::SUCCESS, code];
        let suback = Packet::Suback(Suback::new(ID, List::new(&codes)));
        let in_suback = [0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
        if !in_suback.contains(&code.get()) {
            refused(codec(V5, Server), suback, Kind::ReasonCode);
        }
        // 3.1.1 has one word for every error.
        if [0, 1, 2].contains(&code.get()) || code.is_error() {
            let mut wire = [0; 6];
            assert_eq!(codec(V3, Server).encode(&suback, &mut wire), Ok(6));
            assert_eq!(wire[4..], [0, code.to_suback_return_code()]);
        } else {
            refused(codec(V3, Server), suback, Kind::ReasonCode);
        }
        let unsuback = Packet::Unsuback(Unsuback::new(ID, List::new(&codes)));
        if ![0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91].contains(&code.get()) {
            refused(codec(V5, Server), unsuback, Kind::ReasonCode);
        } else if code.is_error() {
            refused(codec(V3, Server), unsuback, Kind::NotInVersion);
        }
        let disconnect = Packet::Disconnect(Disconnect::new(code));
        if code.get() != 0 {
            refused(codec(V3, Client), disconnect, Kind::NotInVersion);
        }
        if [0x01, 0x02, 0x10, 0x84, 0x87, 0x8B, 0x8D, 0x92, 0x9D, 0xA2].contains(&code.get()) {
            refused(codec(V5, Client), disconnect, Kind::ReasonCode);
        }
        if [0x01, 0x02, 0x04, 0x10, 0x84, 0x86, 0x92].contains(&code.get()) {
            refused(codec(V5, Server), disconnect, Kind::ReasonCode);
        }
        let method = [Property::AuthenticationMethod(Text::EMPTY)];
        let auth = Packet::Auth(Auth { reason_code: code, properties: List::new(&method) });
        if ![0x18, 0x19].contains(&code.get()) {
            refused(codec(V5, Client), auth, Kind::ReasonCode);
        }
        if ![0x00, 0x18].contains(&code.get()) {
            refused(codec(V5, Server), auth, Kind::ReasonCode);
        }
    }
    let bare = Packet::Auth(Auth { reason_code: ReasonCode::SUCCESS, properties: List::EMPTY });
    refused(codec(V5, Client), bare, Kind::ReasonCode);
}

#[test]
fn empty_lists() {
    for version in VERSIONS {
        let client = codec(version, Client);
        refused(client, Packet::Subscribe(Subscribe::new(ID, List::EMPTY)), Kind::EmptySubscribe);
        let unsubscribe = Packet::Unsubscribe(Unsubscribe::new(ID, List::EMPTY));
        refused(client, unsubscribe, Kind::EmptyUnsubscribe);
        let suback = Packet::Suback(Suback::new(ID, List::EMPTY));
        refused(codec(version, Server), suback, Kind::EmptyAcknowledgement);
    }
    let unsuback = Packet::Unsuback(Unsuback::new(ID, List::EMPTY));
    refused(codec(V5, Server), unsuback, Kind::EmptyAcknowledgement);
    assert!(codec(V3, Server).encoded_len(&unsuback).is_ok());
}

#[test]
fn subscriptions() {
    let plain = SubscriptionOptions::new(QoS::AtLeastOnce);
    let only_5_0 = [
        SubscriptionOptions { no_local: true, ..plain },
        SubscriptionOptions { retain_as_published: true, ..plain },
        SubscriptionOptions { retain_handling: RetainHandling::SendIfNew, ..plain },
        SubscriptionOptions { retain_handling: RetainHandling::DoNotSend, ..plain },
    ];
    for options in only_5_0 {
        let two = [SUBSCRIPTION, Subscription { options, ..SUBSCRIPTION }];
        let packet = Packet::Subscribe(Subscribe::new(ID, List::new(&two)));
        refused(codec(V3, Client), packet, Kind::NotInVersion);
        assert!(codec(V5, Client).encoded_len(&packet).is_ok());
    }
    // [MQTT-3.8.3-4]
    for options in only_5_0 {
        let filter = TopicFilter::from_static("$share/g/a");
        let two = [SUBSCRIPTION, Subscription { filter, options }];
        let packet = Packet::Subscribe(Subscribe::new(ID, List::new(&two)));
        if options.no_local {
            refused(codec(V5, Client), packet, Kind::NoLocalOnShared);
        } else {
            assert!(codec(V5, Client).encoded_len(&packet).is_ok());
        }
    }
}

/// 3.1.1 takes filters that 5.0 does not; a bridge cannot send them on.
#[test]
fn filters_of_3_1_1_that_5_0_refuses() {
    for (filter, kind) in [
        ("$share/", Kind::ShareNameEmpty),
        ("$share//a", Kind::ShareNameEmpty),
        ("$share/+/a", Kind::ShareNameWildcard),
        ("$share/#", Kind::ShareNameWildcard),
        ("$share/g", Kind::ShareFilter),
        ("$share/g/", Kind::ShareFilter),
    ] {
        for frame in [format!("82 {{ 0001 <{filter}> 00 }}"), format!("A2 {{ 0001 <{filter}> }}")] {
            let frame = bytes(&frame);
            let (packet, len) = codec(V3, Server).decode(&frame).unwrap().unwrap();
            refused(codec(V5, Client), packet, kind);
            assert_eq!(codec(V3, Client).encoded_len(&packet), Ok(len));
            // The same as values.
            match packet {
                Packet::Subscribe(subscribe) => {
                    let values: Vec<Subscription<'_>> = subscribe.subscriptions.iter().collect();
                    let packet = Packet::Subscribe(Subscribe::new(ID, List::new(&values)));
                    refused(codec(V5, Client), packet, kind);
                }
                Packet::Unsubscribe(unsubscribe) => {
                    let values: Vec<TopicFilter<'_>> = unsubscribe.filters.iter().collect();
                    let packet = Packet::Unsubscribe(Unsubscribe::new(ID, List::new(&values)));
                    refused(codec(V5, Client), packet, kind);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Options of 5.0 as they were decoded.
#[test]
fn options_of_5_0_that_3_1_1_refuses() {
    let frame = bytes("82 { 0001 {} <a> 09 }");
    let (packet, _) = codec(V5, Server).decode(&frame).unwrap().unwrap();
    refused(codec(V3, Client), packet, Kind::NotInVersion);
}

#[test]
fn texts_that_cannot_be_sent() {
    let long = "x".repeat(65_536);
    assert_eq!(Text::new(&long), Err(TextError::TooLong));
    assert!(Text::new(&long[1..]).is_ok());
    for null in ["\0", "a\0", "abcdefgh\0abcdefgh", "é\0"] {
        assert_eq!(Text::new(null), Err(TextError::Null));
        assert_eq!(TopicName::new(null).unwrap_err().kind, TopicErrorKind::Null);
        assert_eq!(TopicFilter::new(null).unwrap_err().kind, TopicErrorKind::Null);
    }
    assert_eq!(TopicName::new(&long).unwrap_err().kind, TopicErrorKind::TooLong);
    assert_eq!(TopicFilter::new(&long).unwrap_err().kind, TopicErrorKind::TooLong);
    assert_eq!(TopicName::new("").unwrap_err().kind, TopicErrorKind::Empty);
    assert_eq!(TopicFilter::new("").unwrap_err().kind, TopicErrorKind::Empty);
    assert_eq!(TopicName::new("a/#").unwrap_err().kind, TopicErrorKind::WildcardInName);
    assert_eq!(TopicFilter::new("a#").unwrap_err().kind, TopicErrorKind::MisplacedHash);
    assert_eq!(TopicFilter::new("a/+b").unwrap_err().kind, TopicErrorKind::MisplacedPlus);
    assert_eq!(PacketId::new(0), None);
}
