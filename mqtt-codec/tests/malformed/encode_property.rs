//! Properties that `encode` must refuse: the table of `place` once more, with values.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, Disconnect, EncodeError, List, Packet, PacketId,
    Properties, Property, Publish, QoS, ReasonCode, Role, Suback, Subscribe, Subscription,
    SubscriptionId, Text, TopicFilter, TopicName, Unsuback, Unsubscribe, Version, Will,
};

use crate::common::codec;
use crate::place::{PLACES, PROPERTIES, Place};

const fn text(text: &'static str) -> Text<'static> {
    Text::from_static(text)
}

const TOPIC: TopicName<'static> = TopicName::from_static("t");
const FILTER: TopicFilter<'static> = TopicFilter::from_static("a");
const METHOD: Property<'static> = Property::AuthenticationMethod(text("M"));

fn values() -> [Property<'static>; 27] {
    let one = NonZeroU16::MIN;
    [
        Property::PayloadFormatIndicator(true),
        Property::MessageExpiryInterval(0),
        Property::ContentType(text("type")),
        Property::ResponseTopic(TOPIC),
        Property::CorrelationData(b"data"),
        Property::SubscriptionIdentifier(SubscriptionId::new(1).unwrap()),
        Property::SessionExpiryInterval(16),
        Property::AssignedClientIdentifier(text("client")),
        Property::ServerKeepAlive(0),
        METHOD,
        Property::AuthenticationData(b"data"),
        Property::RequestProblemInformation(true),
        Property::WillDelayInterval(0),
        Property::RequestResponseInformation(false),
        Property::ResponseInformation(text("info")),
        Property::ServerReference(text("server")),
        Property::ReasonString(text("why")),
        Property::ReceiveMaximum(one),
        Property::TopicAliasMaximum(0),
        Property::TopicAlias(one),
        Property::MaximumQos(QoS::AtMostOnce),
        Property::RetainAvailable(true),
        Property::UserProperty(text("k"), text("v")),
        Property::MaximumPacketSize(NonZeroU32::MIN),
        Property::WildcardSubscriptionAvailable(false),
        Property::SubscriptionIdentifiersAvailable(true),
        Property::SharedSubscriptionAvailable(true),
    ]
}

/// Gives the packet of this place with these properties to `look`.
fn with(name: &str, properties: Properties<'_>, look: impl FnOnce(&Packet<'_>)) {
    let id = PacketId::new(1).unwrap();
    let subscription = [Subscription::new(FILTER, QoS::AtMostOnce)];
    let success = [ReasonCode::SUCCESS];
    let ack = |kind| Packet::Ack(Ack { properties, ..Ack::new(kind, id) });
    let connect = Connect::new(Version::V5, text("id"));
    look(&match name {
        "CONNECT" => Packet::Connect(Connect { properties, ..connect }),
        "Will" => {
            let (qos, retain) = (QoS::AtMostOnce, false);
            let will = Will { topic: TOPIC, payload: b"m", qos, retain, properties };
            Packet::Connect(Connect { will: Some(will), ..connect })
        }
        "CONNACK" => {
            Packet::Connack(Connack { properties, ..Connack::new(false, ReasonCode::SUCCESS) })
        }
        "PUBLISH" => Packet::Publish(Publish { properties, ..Publish::new(TOPIC, b"p") }),
        "PUBACK" => ack(AckKind::Puback),
        "PUBREC" => ack(AckKind::Pubrec),
        "PUBREL" => ack(AckKind::Pubrel),
        "PUBCOMP" => ack(AckKind::Pubcomp),
        "SUBSCRIBE" => {
            let subscriptions = List::new(&subscription);
            Packet::Subscribe(Subscribe { properties, ..Subscribe::new(id, subscriptions) })
        }
        "SUBACK" => Packet::Suback(Suback { properties, ..Suback::new(id, List::new(&success)) }),
        "UNSUBSCRIBE" => Packet::Unsubscribe(Unsubscribe {
            properties,
            ..Unsubscribe::new(id, List::new(&[FILTER]))
        }),
        "UNSUBACK" => {
            Packet::Unsuback(Unsuback { properties, ..Unsuback::new(id, List::new(&success)) })
        }
        "DISCONNECT" => {
            let reason_code = ReasonCode::NORMAL_DISCONNECTION;
            Packet::Disconnect(Disconnect { reason_code, properties })
        }
        "AUTH" => {
            Packet::Auth(Auth { reason_code: ReasonCode::CONTINUE_AUTHENTICATION, properties })
        }
        other => panic!("{other}"),
    });
}

/// What all ways to encode say.
#[track_caller]
fn refused(codec: Codec, packet: &Packet<'_>, kind: Kind) {
    let error = EncodeError::Invalid(kind);
    let mut out = [0xA5; 300];
    assert_eq!(codec.encode(packet, &mut out), Err(error), "{packet:?}");
    assert_eq!(codec.encode(packet, &mut []), Err(error), "{packet:?}");
    assert_eq!(codec.encode_part(packet, 0, &mut out), Err(error), "{packet:?}");
    assert_eq!(codec.encoded_len(packet), Err(error), "{packet:?}");
    if let Packet::Publish(publish) = packet {
        assert_eq!(codec.encode_publish_head(publish, 1, &mut out), Err(error), "{packet:?}");
    }
    assert_eq!(out, [0xA5; 300], "nothing is written");
}

/// The property, behind what its place cannot be without.
fn list<'a>(place: Place, property: &[Property<'a>]) -> Vec<Property<'a>> {
    let needs_method = ["CONNECT", "AUTH"].contains(&place.name) && property[0] != METHOD;
    let base: &[Property<'a>] = if needs_method { &[METHOD] } else { &[] };
    [base, property].concat()
}

#[test]
fn each_stands_where_table_2_4_says_and_nowhere_else() {
    let either = Codec::either(Version::V5);
    for place in PLACES {
        let sender = codec(Version::V5, place.sender);
        for (known, property) in PROPERTIES.iter().zip(values()) {
            assert_eq!(property.identifier(), known.id);
            let one = list(place, &[property]);
            let two =
                list(place, &[property, Property::UserProperty(text(""), text("")), property]);
            with(place.name, List::new(&one), |packet| {
                if place.allows(known) {
                    let mut out = [0; 100];
                    let len = sender.encode(packet, &mut out).unwrap();
                    assert_eq!(place.receiver().decode(&out), Ok(Some((*packet, len))));
                    assert!(either.encode(packet, &mut out).is_ok(), "{packet:?}");
                    return;
                }
                let kind = match (known.id, place.name) {
                    (11, "PUBLISH") => Kind::SubscriptionIdFromClient,
                    (17, "DISCONNECT") => Kind::SessionExpiryFromServer,
                    _ => Kind::PropertyNotAllowed,
                };
                refused(sender, packet, kind);
            });
            if place.allows(known) {
                with(place.name, List::new(&two), |packet| {
                    if place.repeats(known) {
                        assert!(sender.encoded_len(packet).is_ok(), "{packet:?}");
                    } else {
                        refused(sender, packet, Kind::PropertyRepeated);
                    }
                });
            }
        }
    }
}

/// Properties that came in one packet and are sent on in another are looked at again.
#[test]
fn what_was_decoded_elsewhere_is_checked_again() {
    for from in PLACES {
        for known in PROPERTIES.iter().filter(|known| from.allows(known)) {
            let (frame, _) = from.with_one(known.id, &known.bytes());
            let (packet, _) = from.receiver().decode(&frame).unwrap().unwrap();
            let properties = properties_of(&packet);
            for to in PLACES {
                let base = properties.iter().next().filter(|first| first.identifier() != known.id);
                let base_fits = base.is_none() || ["CONNECT", "CONNACK", "AUTH"].contains(&to.name);
                let method_missing = to.name == "AUTH" && base.is_none() && known.id != 21
                    || to.name == "CONNECT" && base.is_none() && known.id == 22;
                with(to.name, properties, |packet| {
                    let taken = codec(Version::V5, to.sender).encoded_len(packet);
                    let fits = to.allows(known) && base_fits && !method_missing;
                    assert_eq!(taken.is_ok(), fits, "{from:?} {known:?} {to:?} {taken:?}");
                });
            }
        }
    }
}

fn properties_of<'a>(packet: &Packet<'a>) -> Properties<'a> {
    match packet {
        Packet::Connect(p) => p.will.map_or(p.properties, |will| will.properties),
        Packet::Connack(p) => p.properties,
        Packet::Publish(p) => p.properties,
        Packet::Ack(p) => p.properties,
        Packet::Subscribe(p) => p.properties,
        Packet::Suback(p) => p.properties,
        Packet::Unsubscribe(p) => p.properties,
        Packet::Unsuback(p) => p.properties,
        Packet::Disconnect(p) => p.properties,
        Packet::Auth(p) => p.properties,
        _ => List::EMPTY,
    }
}

#[test]
fn values_that_the_types_do_not_rule_out() {
    let long = vec![0; 65_536];
    for (name, sender, properties, kind) in [
        (
            "CONNACK",
            Role::Server,
            &[Property::MaximumQos(QoS::ExactlyOnce)][..],
            Kind::PropertyValue,
        ),
        (
            "PUBLISH",
            Role::Client,
            &[Property::ResponseTopic(TopicName::EMPTY)],
            Kind::TopicNameEmpty,
        ),
        ("Will", Role::Client, &[Property::ResponseTopic(TopicName::EMPTY)], Kind::TopicNameEmpty),
        ("PUBLISH", Role::Server, &[Property::CorrelationData(&long)], Kind::DataTooLong),
        ("Will", Role::Client, &[Property::CorrelationData(&long)], Kind::DataTooLong),
        (
            "CONNECT",
            Role::Client,
            &[METHOD, Property::AuthenticationData(&long)],
            Kind::DataTooLong,
        ),
        (
            "CONNACK",
            Role::Server,
            &[METHOD, Property::AuthenticationData(&long)],
            Kind::DataTooLong,
        ),
        ("AUTH", Role::Client, &[METHOD, Property::AuthenticationData(&long)], Kind::DataTooLong),
        (
            "CONNECT",
            Role::Client,
            &[Property::AuthenticationData(b"")],
            Kind::AuthenticationMethodMissing,
        ),
        (
            "AUTH",
            Role::Client,
            &[Property::AuthenticationData(b"")],
            Kind::AuthenticationMethodMissing,
        ),
        (
            "AUTH",
            Role::Server,
            &[Property::ReasonString(text(""))],
            Kind::AuthenticationMethodMissing,
        ),
        ("AUTH", Role::Server, &[], Kind::AuthenticationMethodMissing),
    ] {
        with(name, List::new(properties), |packet| {
            refused(codec(Version::V5, sender), packet, kind)
        });
    }
}

#[test]
fn none_in_3_1_1() {
    let user = [Property::UserProperty(text("k"), text("v"))];
    for place in PLACES.into_iter().filter(|place| place.name != "AUTH") {
        if place.name == "DISCONNECT" && place.sender == Role::Server {
            continue;
        }
        with(place.name, List::new(&user), |packet| {
            let packet = match *packet {
                Packet::Connect(connect) => {
                    Packet::Connect(Connect { version: Version::V3, ..connect })
                }
                Packet::Unsuback(unsuback) => {
                    Packet::Unsuback(Unsuback { reason_codes: List::EMPTY, ..unsuback })
                }
                other => other,
            };
            refused(codec(Version::V3, place.sender), &packet, Kind::NotInVersion);
        });
    }
}

#[test]
fn properties_longer_than_a_packet_can_be() {
    // References to the same two texts: 2,048 are 268,441,600 bytes, 32,768 are 4,295,065,600.
    let long = "x".repeat(65_535);
    let user = Property::UserProperty(Text::new(&long).unwrap(), Text::new(&long).unwrap());
    let many = vec![user; 32_768];
    for place in PLACES.into_iter().filter(|place| place.name != "AUTH") {
        // Just too long, and longer than 32 bits can count.
        for properties in [&many[..2_048], &many] {
            with(place.name, List::new(properties), |packet| {
                let sender = codec(Version::V5, place.sender);
                let error = Err(EncodeError::Invalid(Kind::PacketTooLarge));
                assert_eq!(sender.encoded_len(packet), error, "{}", place.name);
            });
        }
        with(place.name, List::new(&many[..2_047]), |packet| {
            let len = codec(Version::V5, place.sender).encoded_len(packet).unwrap();
            assert!(len > 2_047 * 131_075 && len < 268_435_460, "{} {len}", place.name);
        });
    }
}
