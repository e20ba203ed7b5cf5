//! The inspector: what it prints, and that it shows every byte once.

mod coap;
mod http;
mod laws;
mod links;
mod packets;
mod process;
mod topics;
mod websocket;

use mqtt_codec::{Codec, Packet, Role, Version};
use sansio_examples::inspect::{Options, mqtt_packets, parse_hex};

pub const ANY: Options = Options { version: None, from: Role::Either };

pub fn mqtt(hex: &str) -> (String, bool) {
    let report = mqtt_packets(&parse_hex(hex).unwrap(), ANY);
    (report.text, report.well_formed)
}

/// All bytes in the tables of a report, in their order, and the names of their fields.
pub fn shown(report: &str) -> (Vec<u8>, Vec<String>) {
    let (mut bytes, mut names) = (Vec::new(), Vec::new());
    for line in report.lines() {
        assert!(line.chars().count() <= 100, "a line of more than 100 columns: {line}");
        let columns: Vec<char> = line.chars().collect();
        let column = |from: usize, to: usize| -> String {
            columns.iter().skip(from).take(to - from).collect::<String>().trim().to_string()
        };
        // A row of a table has its offset at the right edge of the first eight columns.
        if column(2, 8).parse::<usize>().is_ok() && column(8, 10).is_empty() {
            bytes.extend(parse_hex(&column(10, 34)).expect("a row of bytes"));
            names.push(column(34, 60));
        }
    }
    names.retain(|name| !name.is_empty());
    (bytes, names)
}

pub fn encode(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let codec = Codec::either(version);
    let mut bytes = vec![0; codec.encoded_len(packet).expect("a packet that MQTT allows")];
    codec.encode(packet, &mut bytes).unwrap();
    bytes
}
