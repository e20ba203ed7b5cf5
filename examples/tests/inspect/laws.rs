//! What holds for all packets, right or damaged.

use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, Delivery, Disconnect, List, Packet, PacketId,
    Property, Publish, QoS, ReasonCode, RetainHandling, Suback, Subscribe, Subscription,
    SubscriptionId, SubscriptionOptions, Text, TopicFilter, TopicName, Unsuback, Unsubscribe,
    Version, Will,
};
use proptest::prelude::*;
use sansio_examples::inspect::{Options, mqtt_packets};

use crate::{ANY, encode, shown};

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
