//! What the firmware of a sensor does between its UART and its thermometer, here with a UART that
//! plays a broker's answers: `cargo run -p sansio-mqtt-codec --example sensor`.
//!
//! No heap, no copy of a payload, the two fixed packets made while the program is built.

use mqtt_codec::{
    Codec, Connect, Item, List, Packet, PacketId, Publish, QoS, Sending, Stream, Subscribe,
    Subscription, Text, TopicFilter, TopicName, Version,
};

const CODEC: Codec = Codec::client(Version::V5).with_max_packet_size(1024);

const CONNECT: Packet<'static> =
    Packet::Connect(Connect::new(Version::V5, Text::from_static("sensor-7")));
const COMMANDS: [Subscription<'static>; 1] =
    [Subscription::new(TopicFilter::from_static("house/attic/set"), QoS::AtMostOnce)];
const SUBSCRIBE: Packet<'static> =
    Packet::Subscribe(Subscribe::new(PacketId::new(1).unwrap(), List::new(&COMMANDS)));

// In flash, ready to be sent.
static CONNECT_BYTES: [u8; 23] = CODEC.encode_const(&CONNECT);
static SUBSCRIBE_BYTES: [u8; 23] = CODEC.encode_const(&SUBSCRIBE);

fn main() {
    uart_write(&CONNECT_BYTES);
    uart_write(&SUBSCRIBE_BYTES);

    // CONNACK, SUBACK, and a PUBLISH to `house/attic/set`, as they trickle in.
    let received = b"\x20\x03\0\0\0\x90\x04\0\x01\0\0\x30\x14\0\x0Fhouse/attic/set\x0021";
    let mut buffer = [0; 64];
    let mut stream = Stream::new(&mut buffer);
    for byte in received {
        stream.push(&[*byte]);
        loop {
            match stream.next(&CODEC) {
                Ok(Some(Item::Packet(Packet::Publish(command)))) => {
                    println!("set to {}", command.payload.escape_ascii());
                    send_reading(b"20.5");
                }
                Ok(Some(Item::Packet(packet))) => println!("received {packet:?}"),
                // Commands are short: nothing else is wanted.
                Ok(Some(_)) => stream.skip(),
                Ok(None) => break,
                // Close the connection, and connect again.
                Err(error) => return println!("{error}, {}", error.rule()),
            }
        }
    }
}

/// Sends a reading through a FIFO of eight bytes.
fn send_reading(celsius: &[u8]) {
    let topic = TopicName::from_static("house/attic/temperature");
    let mut sending = Sending::new(Packet::Publish(Publish::new(topic, celsius)));
    let mut fifo = [0; 8];
    while let Ok(bytes @ [_, ..]) = sending.bytes(&CODEC, &mut fifo) {
        uart_write(bytes);
        let len = bytes.len();
        sending.advance(len);
    }
}

fn uart_write(bytes: &[u8]) {
    println!("sent {bytes:02X?}");
}
