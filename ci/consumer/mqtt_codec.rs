//! What a new user of mqtt-codec writes first.

use mqtt_codec::{Codec, Connect, ErrorKind, Packet, Publish, Text, TopicName, Version};

const CONNECT: Packet<'static> =
    Packet::Connect(Connect::new(Version::V5, Text::from_static("sensor-7")));
const CLIENT: Codec = Codec::client(Version::V5);
static CONNECT_BYTES: [u8; 23] = CLIENT.encode_const(&CONNECT);

pub fn check() {
    let server = Codec::server();
    assert_eq!(server.decode(&CONNECT_BYTES), Ok(Some((CONNECT, CONNECT_BYTES.len()))));
    assert_eq!(server.decode(&CONNECT_BYTES[..9]), Ok(None));

    let server = server.with_version(Version::V5);
    let publish = Publish::new(TopicName::from_static("house/door"), b"open");
    let mut buffer = [0; 32];
    let len = CLIENT.encode(&Packet::Publish(publish), &mut buffer).unwrap();
    assert_eq!(server.decode(&buffer), Ok(Some((Packet::Publish(publish), len))));

    buffer[0] = 0x36; // QoS 3
    let error = server.decode(&buffer).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::PublishQos3, 0));
}
