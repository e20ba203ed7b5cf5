//! Known answers of mqtt-codec on a microcontroller, and the stack that they take.

#![no_std]
#![no_main]

use core::fmt::Write;
use core::num::NonZeroU16;
use firmware::keep;
use firmware::semihosting::{Host, exit, stack_of};
use mqtt_codec::{
    Codec, Connect, Delivery, EncodeError, ErrorKind, List, Packet, PacketId, Property, Publish,
    Text, TopicName, Version,
};

const V3: Codec = Codec::either(Version::V3);
const V5: Codec = Codec::either(Version::V5);

/// PUBLISH 5.0, QoS 1, identifier 10, topic `a/b`, payload `hi`, topic alias 3, content type `t`.
const PUBLISH: &[u8] = b"\x32\x11\0\x03a/b\0\x0A\x07\x23\0\x03\x03\0\x01thi";

/// CONNECT 5.0: keep alive 10, a will for `w`, user and password, session expiry 60.
const CONNECT: &[u8] =
    b"\x10\x21\0\x04MQTT\x05\xC6\0\x0A\x05\x11\0\0\0\x3C\0\x02id\0\0\x01w\0\x01x\0\x01u\0\x01p";

/// Decoded and encoded again, these are the same bytes.
const ROUND_TRIPS: [(Codec, &[u8]); 15] = [
    (V3, b"\x10\x0F\0\x04MQTT\x04\x02\0\x3C\0\x03dev"),
    (V3, b"\x20\x02\x01\0"),
    (V3, b"\x30\x07\0\x03a/bhi"),
    (V3, b"\x3B\x09\0\x03a/b\0\x0Ahi"),
    (V3, b"\x62\x02\0\x0A"),
    (V3, b"\x82\x08\0\x0A\0\x03a/+\x01"),
    (V3, b"\x90\x04\0\x0A\x01\x80"),
    (V3, b"\xC0\0"),
    (V5, CONNECT),
    (V5, PUBLISH),
    (V5, b"\x30\x06\0\0\x03\x23\0\x01"),
    (V5, b"\x40\x03\0\x0A\x10"),
    (V5, b"\x82\x0B\0\x0A\x02\x0B\x07\0\x03a/#\x2E"),
    (V5, b"\xE0\x08\x8D\x06\x1F\0\x03bye"),
    (V5, b"\xF0\x07\x18\x05\x15\0\x02xy"),
];

/// What is refused, why, and at which byte.
const MALFORMED: [(Codec, &[u8], ErrorKind, u32); 7] = [
    (V3, b"\x36\x02\0\0", ErrorKind::PublishQos3, 0),
    (V3, b"\x38\x03\0\x01a", ErrorKind::DupAtQos0, 0),
    (V3, b"\x32\x05\0\x01a\0\0", ErrorKind::PacketIdZero, 5),
    (V3, b"\x00\0", ErrorKind::ReservedType, 0),
    (V3, b"\xF0\0", ErrorKind::ReservedType, 0),
    (V3, b"\x82\x02\0\x0A", ErrorKind::EmptySubscribe, 4),
    (V5, b"\x61\x02\0\x0A", ErrorKind::ReservedFlags, 0),
];

#[unsafe(no_mangle)]
fn image() -> ! {
    for (codec, bytes) in keep(ROUND_TRIPS) {
        let mut buffer = [0; 64];
        let (packet, len) = match codec.decode(bytes) {
            Ok(Some(decoded)) => decoded,
            other => panic!("{bytes:x?} is {other:?}"),
        };
        assert!(len == bytes.len() && codec.frame_len(bytes) == Ok(Some(len)), "{bytes:x?}");
        assert!(codec.encode(&packet, &mut buffer) == Ok(len), "{packet:?}");
        assert!(&buffer[..len] == bytes, "{packet:?} is {:x?}", &buffer[..len]);
        for cut in 0..len {
            assert!(codec.decode(&bytes[..cut]) == Ok(None), "{bytes:x?} cut at {cut}");
            let short = codec.encode(&packet, &mut buffer[..cut]);
            assert!(short == Err(EncodeError::BufferTooSmall { needed: len }), "{packet:?}");
        }
    }
    for (codec, bytes, kind, offset) in keep(MALFORMED) {
        match codec.decode(bytes) {
            Err(error) if error.kind == kind && error.offset == offset => {}
            other => panic!("{bytes:x?} is {other:?}"),
        }
    }

    let properties = [
        Property::TopicAlias(NonZeroU16::new(3).unwrap()),
        Property::ContentType(Text::from_static("t")),
    ];
    let made = Packet::Publish(Publish {
        delivery: Delivery::AtLeastOnce { id: PacketId::new(10).unwrap(), dup: false },
        properties: List::new(&properties),
        ..Publish::new(TopicName::from_static("a/b"), b"hi")
    });
    let mut buffer = [0; 64];
    let len = V5.encode(&keep(made), &mut buffer).unwrap();
    assert!(&buffer[..len] == PUBLISH, "{:x?}", &buffer[..len]);
    assert!(V5.decode(PUBLISH) == Ok(Some((made, len))));

    let connect = Packet::Connect(Connect {
        keep_alive: 60,
        ..Connect::new(Version::V3, Text::from_static("dev"))
    });
    assert!(V3.decode(ROUND_TRIPS[0].1) == Ok(Some((connect, 17))));

    report("decode CONNECT 5.0", || decode(CONNECT));
    report("decode PUBLISH 5.0", || decode(PUBLISH));
    report("decode and encode PUBLISH 5.0", || {
        let mut buffer = [0; 19];
        if let Ok(Some((packet, _))) = V5.decode(keep(PUBLISH)) {
            let _ = keep(V5.encode(&packet, &mut buffer));
        }
        keep(buffer);
    });
    let _ = writeln!(Host, "all answers right");
    exit(true)
}

fn decode(bytes: &[u8]) {
    if let Ok(Some((packet, _))) = V5.decode(keep(bytes)) {
        keep(&packet);
    }
}

fn report(what: &str, work: fn()) {
    let _ = writeln!(Host, "stack mqtt-codec: {what}: {}", stack_of(work));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
