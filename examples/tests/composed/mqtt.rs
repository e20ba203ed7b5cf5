//! MQTT over WebSocket: a stream of bytes, whose packets do not care about frames. MQTT 5.0 section 6

use http_lite::websocket::{Role, Session};
use mqtt_codec::{
    Codec, Connect, Delivery, Item, List, Packet, Publish, Stream, Subscribe, Subscription, Text,
    TopicFilter, TopicName, Version,
};

use crate::wire::{LIMITS, Wire, fragments, frame, open};

/// What is received, and what is sent at once.
const MEMORY: usize = 512;
const SENT: usize = 200;

/// Longer than all of the memory.
fn firmware() -> Vec<u8> {
    (0..10_000u32).map(|n| (n * 7 % 251) as u8).collect()
}

/// What the client heard.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    packets: Vec<u8>,
    small: Vec<Vec<u8>>,
    large: Vec<u8>,
}

/// Connects, subscribes, and publishes `payload` from where it lies; hears all that the server says.
fn client(version: Version, wire: &mut Wire, memory: &mut [u8; MEMORY], payload: &[u8]) -> Heard {
    let (received, out) = memory.split_at_mut(MEMORY - SENT);
    let (head, held) = open(wire, "/mqtt", "mqtt", received, out);
    let received = &mut received[head..];
    let mut session = Session::new(Role::Client, LIMITS);
    let codec = Codec::client(version);

    // What came with the response is unmasked where it lies, and is the first that MQTT has.
    let len = session.handle_stream(&mut received[..held], 0).unwrap();
    let mut stream = Stream::new(received);
    stream.filled(len);

    let filters =
        [Subscription::new(TopicFilter::new("ota/#").unwrap(), mqtt_codec::QoS::AtMostOnce)];
    let id = mqtt_codec::PacketId::new(1).unwrap();
    for packet in [
        Packet::Connect(Connect::new(version, Text::new("sensor").unwrap())),
        Packet::Subscribe(Subscribe::new(id, List::new(&filters))),
    ] {
        let mut bytes = [0; 64];
        let len = codec.encode(&packet, &mut bytes).unwrap();
        let len = session.binary(&bytes[..len], 0x1234_5678, out).unwrap();
        wire.send(&out[..len]);
    }

    // One message with the head of PUBLISH and a payload that never lies in our memory as a whole.
    let topic = TopicName::new("dump").unwrap();
    let publish = Publish { delivery: Delivery::AtMostOnce, ..Publish::new(topic, &[]) };
    let payload_len = payload.len() as u32;
    let mut bytes = [0; 32];
    let head_len = codec.encode_publish_head(&publish, payload_len, &mut bytes).unwrap();
    let total = (head_len + payload.len()) as u64;
    let prefix = session.binary_prefix(total, true, 0x9ABC_DEF0, out).unwrap();
    wire.send(&out[..prefix]);
    for chunk in bytes[..head_len].chunks(SENT).chain(payload.chunks(SENT)) {
        let piece = &mut out[..chunk.len()];
        piece.copy_from_slice(chunk); // a client masks a copy: the payload is not its own
        session.mask_payload(piece).unwrap();
        wire.send(piece);
    }

    let mut heard = Heard::default();
    loop {
        while let Some(item) = stream.next(&codec).unwrap() {
            match item {
                Item::Packet(Packet::Publish(publish)) => heard.small.push(publish.payload.into()),
                Item::Packet(packet) => heard.packets.push(packet.packet_type() as u8),
                Item::Large(_) => assert!(stream.stream()),
                Item::PublishHead { publish, .. } => assert_eq!(publish.topic, "ota/image"),
                Item::Payload { bytes, .. } => heard.large.extend_from_slice(bytes),
            }
        }
        while let Some(len) = session.poll_transmit(0, 0x0F0F_0F0F, out).unwrap() {
            wire.send(&out[..len]);
        }
        let room = stream.space();
        let len = wire.read(room);
        if len == 0 {
            assert!(stream.is_between_packets());
            return heard;
        }
        let len = session.handle_stream(&mut room[..len], 0).unwrap();
        stream.filled(len);
    }
}

#[test]
fn packets_and_payloads_larger_than_all_memory_in_any_pieces() {
    for version in [Version::V3, Version::V5] {
        let codec = Codec::server().with_version(version);
        let encode = |packet: &Packet<'_>| {
            let mut bytes = vec![0; codec.encoded_len(packet).unwrap()];
            codec.encode(packet, &mut bytes).unwrap();
            bytes
        };
        let (connack, suback): (&[u8], &[u8]) = match version {
            Version::V3 => (b"\x20\x02\0\0", b"\x90\x03\0\x01\0"),
            Version::V5 => (b"\x20\x03\0\0\0", b"\x90\x04\0\x01\0\0"),
        };
        let small = TopicName::new("ota/name").unwrap();
        let large = TopicName::new("ota/image").unwrap();
        let image = firmware();
        let said = [
            connack,
            suback,
            &encode(&Packet::Publish(Publish::new(small, b"image 7"))),
            &encode(&Packet::Publish(Publish::new(large, &image))),
            &encode(&Packet::Publish(Publish::new(small, b"done"))),
        ]
        .concat();
        // Frames end anywhere in packets, with Pings between the fragments.
        for cut in [3, 100, 700, 5000] {
            let mut frames = fragments(&said, cut);
            frames.extend(frame(0x89, b"there?"));
            for piece in [1, 2, 3, 7, 64, 100_000] {
                let mut wire = Wire::new("mqtt", &frames, piece);
                let heard = client(version, &mut wire, &mut [0; MEMORY], &image);
                let small = vec![b"image 7".to_vec(), b"done".to_vec()];
                let packets = vec![2, 9]; // CONNACK, SUBACK
                assert_eq!(heard, Heard { packets, small, large: image.clone() }, "{cut} {piece}");

                let (messages, pongs) = wire.heard();
                assert_eq!(pongs, [b"there?"]);
                let [connect, subscribe, publish] = &messages[..] else { panic!() };
                assert!(matches!(codec.decode(connect), Ok(Some((Packet::Connect(_), _)))));
                assert!(matches!(codec.decode(subscribe), Ok(Some((Packet::Subscribe(_), _)))));
                let Ok(Some((Packet::Publish(publish), _))) = codec.decode(publish) else {
                    panic!()
                };
                assert_eq!(publish.payload, image);
            }
        }
    }
}
