//! What must not be printed is not: passwords and authentication data.

use mqtt_codec::{Codec, Connect, List, Packet, Property, Stream, Text, Version};

const SECRET: &[u8] = b"hunter2";

fn is_kept(printed: &str) {
    // As text, and as a list of numbers.
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!printed.contains("104, 117, 110"), "{printed}");
}

#[test]
fn debug_keeps_them() {
    let properties = [
        Property::AuthenticationMethod(Text::from_static("method")),
        Property::AuthenticationData(SECRET),
    ];
    let connect = Connect {
        user_name: Some(Text::from_static("ann")),
        password: Some(SECRET),
        properties: List::new(&properties),
        ..Connect::new(Version::V5, Text::from_static("id"))
    };
    is_kept(&format!("{connect:?}"));
    is_kept(&format!("{:?}", connect.properties.iter()));

    let mut wire = [0; 100];
    let codec = Codec::client(Version::V5);
    let len = codec.encode(&Packet::Connect(connect), &mut wire).unwrap();
    let (packet, _) = Codec::server().decode(&wire[..len]).unwrap().unwrap();
    is_kept(&format!("{packet:?}"));
    let Packet::Connect(connect) = packet else { panic!("{packet:?}") };
    is_kept(&format!("{:?}", connect.properties.iter()));

    let mut buffer = [0; 100];
    let mut stream = Stream::new(&mut buffer);
    stream.push(&wire[..len]);
    is_kept(&format!("{stream:?}"));
    assert_eq!(
        format!("{stream:?}"),
        format!("Stream {{ capacity: 100, held: {len}, state: Packet }}")
    );
}
