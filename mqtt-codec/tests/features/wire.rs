//! Packets from a client, and what they are on the wire.

use mqtt_codec::{
    Codec, Connect, Delivery, List, Packet, PacketId, Property, Publish, Text, TopicName, Version,
};

pub(crate) const CODEC: Codec = Codec::client(Version::V5);

/// Five packets, one with properties and one with a payload longer than any window.
pub(crate) fn packets<'a>(payload: &'a [u8], user: &'a [Property<'a>]) -> [Packet<'a>; 5] {
    let topic = TopicName::from_static("house/kitchen/temperature");
    let delivery = Delivery::AtLeastOnce { id: PacketId::new(7).unwrap(), dup: false };
    let small = Publish::new(topic, b"21.5");
    [
        Packet::Connect(Connect::new(Version::V5, Text::from_static("sensor-7"))),
        Packet::Publish(Publish { delivery, properties: List::new(user), ..small }),
        Packet::Pingreq,
        Packet::Publish(Publish { payload, ..small }),
        Packet::Publish(small),
    ]
}

pub(crate) fn with_packets(look: impl FnOnce(&[Packet<'_>], &[u8])) {
    let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let value = "v".repeat(300);
    let user = [Property::UserProperty(Text::from_static("k"), Text::new(&value).unwrap())];
    let packets = packets(&payload, &user);
    look(&packets, &encoded(&packets));
}

pub(crate) fn encoded(packets: &[Packet<'_>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for packet in packets {
        let mut out = vec![0; CODEC.encoded_len(packet).unwrap()];
        CODEC.encode(packet, &mut out).unwrap();
        wire.extend(out);
    }
    wire
}
