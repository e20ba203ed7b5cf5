//! PUBACK, PUBREC, PUBREL, PUBCOMP. MQTT 3.1.1 and MQTT 5.0 section 3.4 to 3.7.

use mqtt_codec::Role::{Client, Server};
use mqtt_codec::Version::{V3, V5};
use mqtt_codec::{Ack, AckKind, List, Packet, Property, ReasonCode};

use crate::common::{also, golden};
use crate::{id, text};

const KINDS: [(AckKind, &str); 4] = [
    (AckKind::Puback, "40"),
    (AckKind::Pubrec, "50"),
    (AckKind::Pubrel, "62"),
    (AckKind::Pubcomp, "70"),
];

#[test]
fn two_bytes_in_both_versions_from_both_sides() {
    for (kind, first) in KINDS {
        for value in [1, 10, 0x0100, 0xFFFF] {
            let notation = format!("{first} 02 {value:04X}");
            for (version, sender) in [(V3, Client), (V3, Server), (V5, Client), (V5, Server)] {
                golden(version, sender, &notation, Packet::Ack(Ack::new(kind, id(value))));
            }
        }
    }
}

#[test]
fn three_bytes_with_every_reason_code() {
    // Tables 3-4 to 3-7. 0x10 is sent only by the Server.
    let publish = [0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    for (kind, first) in KINDS {
        let codes: &[u8] = match kind {
            AckKind::Puback | AckKind::Pubrec => &publish,
            AckKind::Pubrel | AckKind::Pubcomp => &[0x92],
        };
        for code in codes {
            let reason_code = ReasonCode::new(*code).unwrap();
            let packet = Packet::Ack(Ack { reason_code, ..Ack::new(kind, id(7)) });
            let short = format!("{first} 03 0007 {code:02X}");
            let long = format!("{first} 04 0007 {code:02X} 00");
            golden(V5, Server, &short, packet);
            also(V5, Server, &long, &short, packet);
            if *code != 0x10 {
                golden(V5, Client, &short, packet);
                also(V5, Client, &long, &short, packet);
            }
        }
    }
}

#[test]
fn success_spelled_out() {
    for (kind, first) in KINDS {
        let packet = Packet::Ack(Ack::new(kind, id(7)));
        let short = format!("{first} 02 0007");
        for sender in [Client, Server] {
            also(V5, sender, &format!("{first} 03 0007 00"), &short, packet);
            also(V5, sender, &format!("{first} 04 0007 00 00"), &short, packet);
        }
    }
}

#[test]
fn with_every_property() {
    let properties = [
        Property::UserProperty(text("a"), text("1")),
        Property::ReasonString(text("why")),
        Property::UserProperty(text("a"), text("1")),
    ];
    for (kind, first) in KINDS {
        for sender in [Client, Server] {
            let ack = Ack { properties: List::new(&properties), ..Ack::new(kind, id(7)) };
            let notation = format!(
                "{first} 18 0007 00 14 26 0001 'a' 0001 '1' 1F 0003 'why' 26 0001 'a' 0001 '1'"
            );
            golden(V5, sender, &notation, Packet::Ack(ack));
        }
    }
}
