//! Packets made while the program is built, by the same body; and what a packet costs to hold.

use core::error::Error;

use mqtt_codec::{
    Codec, Connect, DecodeError, Delivery, EncodeError, List, Packet, PacketId, Properties,
    Property, Publish, QoS, ReasonCode, Sending, Subscribe, Subscription, SubscriptionId, Text,
    TopicFilter, TopicName, Version, Will,
};

use crate::common::bytes;

const V3: Codec = Codec::client(Version::V3);
const V5: Codec = Codec::client(Version::V5);
const ID: PacketId = PacketId::new(10).unwrap();

const WILL: Will<'static> = Will {
    topic: TopicName::from_static("s/7"),
    payload: b"gone",
    qos: QoS::AtLeastOnce,
    retain: true,
    properties: List::new(&[Property::WillDelayInterval(5)]),
};
const CONNECT: Packet<'static> = Packet::Connect(Connect {
    will: Some(WILL),
    user_name: Some(Text::from_static("u")),
    password: Some(b"p"),
    properties: List::new(&[Property::SessionExpiryInterval(60)]),
    ..Connect::new(Version::V5, Text::from_static("s7"))
});
static CONNECT_BYTES: [u8; 45] = V5.encode_const(&CONNECT);

const SUBSCRIPTIONS: [Subscription<'static>; 2] = [
    Subscription::new(TopicFilter::from_static("house/+"), QoS::AtLeastOnce),
    Subscription::new(TopicFilter::from_static("$share/g/#"), QoS::AtMostOnce),
];
const SUBSCRIBE: Packet<'static> = Packet::Subscribe(Subscribe {
    properties: List::new(&[Property::SubscriptionIdentifier(SubscriptionId::new(300).unwrap())]),
    ..Subscribe::new(ID, List::new(&SUBSCRIPTIONS))
});
static SUBSCRIBE_BYTES: [u8; 31] = V5.encode_const(&SUBSCRIBE);

const PUBLISH: Packet<'static> = Packet::Publish(Publish {
    delivery: Delivery::ExactlyOnce { id: ID, dup: false },
    ..Publish::new(TopicName::from_static("a/b"), b"on")
});
static PUBLISH_BYTES: [u8; 11] = V3.encode_const(&PUBLISH);
const PUBLISH_LEN: Result<usize, EncodeError> = V3.encoded_len(&PUBLISH);

#[test]
fn packets_in_flash() {
    let connect = "10 2B <MQTT> 05 EE 003C 05 11 0000003C <s7> 05 18 00000005 <s/7> <gone> <u> <p>";
    assert_eq!(CONNECT_BYTES[..], bytes(connect));
    let subscribe = "82 1D 000A 03 0B AC02 <house/+> 01 <$share/g/#> 00";
    assert_eq!(SUBSCRIBE_BYTES[..], bytes(subscribe));
    assert_eq!(PUBLISH_BYTES[..], bytes("34 09 <a/b> 000A 'on'"));
    assert_eq!(PUBLISH_LEN, Ok(PUBLISH_BYTES.len()));
}

#[test]
#[should_panic = "shorter than the array"]
fn an_array_too_long_fails_the_build() {
    let _: [u8; 12] = V3.encode_const(&PUBLISH);
}

#[test]
#[should_panic = "longer than the array"]
fn an_array_too_short_fails_the_build() {
    let _: [u8; 10] = V3.encode_const(&PUBLISH);
}

#[test]
#[should_panic = "not a packet that MQTT allows"]
fn a_packet_that_is_not_allowed_fails_the_build() {
    let _: [u8; 11] = Codec::server().encode_const(&PUBLISH);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_packet_is_at_most_160_bytes_in_memory() {
    assert!(size_of::<Packet<'_>>() <= 160, "{}", size_of::<Packet<'_>>());
}

#[test]
fn errors_are_errors() {
    let decode: DecodeError = V5.decode(&[0]).unwrap_err();
    let encode = V5.encode(&Packet::Pingreq, &mut []).unwrap_err();
    let all: [&dyn Error; 2] = [&decode, &encode];
    assert_eq!(
        all.map(|e| e.to_string()),
        ["a packet type that is reserved at byte 0", "the buffer is too small, 2 bytes are needed"]
    );
}

#[test]
fn a_packet_that_is_sent_knows_how_far_it_is() {
    for packet in [CONNECT, SUBSCRIBE, PUBLISH, Packet::Pingreq] {
        let codec = if packet == PUBLISH { V3 } else { V5 };
        let mut expected = vec![0; codec.encoded_len(&packet).unwrap()];
        codec.encode(&packet, &mut expected).unwrap();
        for room in [1, 2, 5, 100] {
            for most in [1, 3, 100] {
                let (mut sending, mut wire) = (Sending::new(packet), Vec::new());
                loop {
                    let mut window = vec![0xA5; room];
                    let bytes = sending.bytes(&codec, &mut window).unwrap();
                    if bytes.is_empty() {
                        break;
                    }
                    let taken = bytes.len().min(most);
                    wire.extend_from_slice(&bytes[..taken]);
                    sending.advance(taken);
                }
                assert_eq!(wire, expected, "{room} {most}");
                sending.advance(usize::MAX);
                assert_eq!(sending.bytes(&codec, &mut [0]), Ok(&[][..]));
            }
        }
    }
    let mut refused = Sending::new(Packet::Pingresp);
    assert!(matches!(refused.bytes(&V5, &mut [0; 9]), Err(EncodeError::Invalid(_))));
}

#[test]
fn lists_are_alike_from_the_wire_and_from_values() {
    let wire = bytes("90 { 0001 { 26 <k> <v> 1F <r> } 00 01 80 }");
    let client = Codec::client(Version::V5);
    let Ok(Some((Packet::Suback(suback), _))) = client.decode(&wire) else { panic!() };
    let codes =
        [ReasonCode::GRANTED_QOS_0, ReasonCode::GRANTED_QOS_1, ReasonCode::UNSPECIFIED_ERROR];
    assert_eq!(suback.reason_codes, List::from(&codes));
    assert_eq!(List::from(&codes[..]), suback.reason_codes);
    assert_ne!(suback.reason_codes, List::new(&codes[..2]));
    assert_ne!(suback.reason_codes, List::EMPTY);
    assert!(
        suback.reason_codes.into_iter().eq(codes) && (&suback.reason_codes).into_iter().eq(codes)
    );
    assert_eq!(format!("{:?}", suback.reason_codes), format!("{codes:?}"));
    assert!(!suback.reason_codes.is_empty() && Properties::default().is_empty());
    let other_order = [
        Property::ReasonString(Text::from_static("r")),
        Property::UserProperty(Text::from_static("k"), Text::from_static("v")),
    ];
    assert_ne!(suback.properties, List::new(&other_order));
    assert_eq!(suback.properties.iter().count(), 2);
    assert_eq!(suback.properties.iter().last(), Some(other_order[0]));
}
