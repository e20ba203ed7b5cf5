//! The packets, put together by hand: no codec is its own judge.

use std::sync::LazyLock;

pub const TOPIC: &str = "site/4/device/12345/state"; // 25 bytes
pub const PAYLOAD: &[u8; 64] =
    b"{\"temperature\":21.5,\"humidity\":48,\"battery\":3.71,\"uptime\":86400}";
pub const PACKET_ID: u16 = 4660;
pub const CLIENT_ID: &str = "sensor-12345";
pub const USER_NAME: &str = "fleet";
pub const PASSWORD: &str = "correct horse battery";
pub const KEEP_ALIVE: u16 = 60;
pub const SESSION_EXPIRY: u32 = 3600;
pub const RECEIVE_MAXIMUM: u16 = 20;
pub const FILTERS: [(&str, u8); 4] = [
    ("site/+/device/12345/telemetry/#", 1),
    ("house/+/temperature", 0),
    ("alarm/#", 2),
    ("ross_house/kitchen/temperature", 1),
];

const _: () = assert!(TOPIC.len() == 25);

/// A packet as it lies on the wire.
pub struct Fixture {
    pub name: &'static str,
    /// 3 (3.1.1) or 5.
    pub version: u8,
    pub frame: &'static [u8],
}

pub static FIXTURES: LazyLock<[Fixture; 7]> = LazyLock::new(|| {
    [
        Fixture { name: "PUBLISH 3.1.1", version: 3, frame: publish(None) },
        Fixture { name: "PUBLISH 5.0", version: 5, frame: publish(Some(&[])) },
        Fixture {
            name: "PUBLISH 5.0, 5 properties",
            version: 5,
            frame: publish(Some(&publish_properties())),
        },
        Fixture { name: "CONNECT 3.1.1", version: 3, frame: connect(4) },
        Fixture { name: "CONNECT 5.0, 2 properties", version: 5, frame: connect(5) },
        Fixture { name: "SUBSCRIBE 3.1.1, 4 filters", version: 3, frame: subscribe(3) },
        Fixture { name: "SUBSCRIBE 5.0, 4 filters", version: 5, frame: subscribe(5) },
    ]
});

fn publish_properties() -> Vec<u8> {
    let mut properties = vec![1, 0]; // Payload Format Indicator: bytes
    properties.extend([2, 0, 0, 0x0E, 0x10]); // Message Expiry Interval
    properties.push(3); // Content Type
    properties.extend(binary("application/json"));
    properties.push(8); // Response Topic
    properties.extend(binary("reply/to/client-7"));
    properties.push(38); // User Property
    properties.extend(binary("unit"));
    properties.extend(binary("degree Celsius"));
    properties
}

fn publish(properties: Option<&[u8]>) -> &'static [u8] {
    let mut body = binary(TOPIC);
    body.extend(PACKET_ID.to_be_bytes());
    if let Some(properties) = properties {
        body.push(u8::try_from(properties.len()).unwrap());
        body.extend(properties);
    }
    body.extend(PAYLOAD);
    frame(0x32, &body)
}

fn connect(level: u8) -> &'static [u8] {
    let mut body = binary("MQTT");
    body.extend([level, 0b1100_0010]);
    body.extend(KEEP_ALIVE.to_be_bytes());
    if level == 5 {
        body.extend([8, 17]);
        body.extend(SESSION_EXPIRY.to_be_bytes());
        body.push(33);
        body.extend(RECEIVE_MAXIMUM.to_be_bytes());
    }
    for text in [CLIENT_ID, USER_NAME, PASSWORD] {
        body.extend(binary(text));
    }
    frame(0x10, &body)
}

fn subscribe(version: u8) -> &'static [u8] {
    let mut body = PACKET_ID.to_be_bytes().to_vec();
    if version == 5 {
        body.push(0);
    }
    for (filter, qos) in FILTERS {
        body.extend(binary(filter));
        body.push(qos);
    }
    frame(0x82, &body)
}

fn binary(text: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// The fixed header and the body, kept for as long as the program runs.
fn frame(first: u8, body: &[u8]) -> &'static [u8] {
    let mut frame = vec![first];
    match body.len() {
        len @ 0..=127 => frame.push(len as u8),
        len => frame.extend([len as u8 & 0x7F | 0x80, (len >> 7) as u8]),
    }
    frame.extend(body);
    frame.leak()
}
