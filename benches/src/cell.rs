//! A row of a table meets a peer.

use std::hint::black_box;

use crate::fixture::FIXTURES;
use crate::http;
use crate::links;
use crate::messages;
use crate::peers;
use crate::sessions;
use crate::topics;
use crate::visit::{Sum, Trace, Visit};
use crate::websocket;

/// One piece of work of one peer.
pub struct Cell {
    /// Which table: `packets`, `sessions`, `topics`, `messages`, `links`, `http` or `websocket`.
    pub table: &'static str,
    pub row: String,
    pub peer: &'static str,
    /// Does the work so many times.
    pub run: Box<dyn FnMut(u64) -> u64>,
    /// Compares the answer with what it must be.
    pub check: Box<dyn FnMut()>,
}

/// A codec that is compared.
pub trait Peer: 'static {
    const NAME: &'static str;
    /// The versions it speaks: 3 (3.1.1), 5.
    const VERSIONS: &'static [u8];
    /// True if some fields of its packets are private, so that they cannot be visited.
    const HIDES_FIELDS: bool = false;
    type Packet: 'static;

    fn new(version: u8) -> Self;
    /// Decodes and visits: in a PUBLISH QoS, packet identifier, topic, payload, and `PROPERTIES` if
    /// they are wanted; in a CONNECT keep alive, clean start, properties, client identifier, user
    /// name, password; in a SUBSCRIBE packet identifier, then filter and QoS of each.
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V);
    /// The packet that `encode` is given, ready made.
    fn packet(&mut self, frame: &'static [u8]) -> Self::Packet;
    fn encode<R>(&mut self, packet: &Self::Packet, then: impl FnOnce(&[u8]) -> R) -> R;
}

/// All cells, in the order of the tables.
pub fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    add::<peers::ours::Ours>(&mut cells);
    add::<peers::mqttrs::Mqttrs>(&mut cells);
    add::<peers::mqttbytes::V4>(&mut cells);
    add::<peers::mqttbytes::V5>(&mut cells);
    add::<peers::rumqttc::V4>(&mut cells);
    add::<peers::rumqttc::V5>(&mut cells);
    add::<peers::protocol_core::V3>(&mut cells);
    add::<peers::protocol_core::V5>(&mut cells);
    add::<peers::codec_kit::V4>(&mut cells);
    add::<peers::codec_kit::V5>(&mut cells);
    add::<peers::mqtt_proto::V3>(&mut cells);
    add::<peers::mqtt_proto::V5>(&mut cells);
    add::<peers::mountain::Mountain>(&mut cells);
    sessions::add(&mut cells);
    topics::add(&mut cells);
    messages::add(&mut cells);
    links::add(&mut cells);
    http::add(&mut cells);
    websocket::add(&mut cells);
    cells
}

fn add<P: Peer>(cells: &mut Vec<Cell>) {
    for fixture in FIXTURES.iter().filter(|fixture| P::VERSIONS.contains(&fixture.version)) {
        let (version, frame) = (fixture.version, fixture.frame);
        let mut cell = |row: String, run, check| {
            cells.push(Cell { table: "packets", row, peer: P::NAME, run, check });
        };
        cell(
            format!("decode {}", fixture.name),
            decode::<P, false>(version, frame),
            check_decode::<P, false>(version, frame),
        );
        if fixture.name.starts_with("PUBLISH") && fixture.name.ends_with("properties") {
            cell(
                format!("decode {}, all read", fixture.name),
                decode::<P, true>(version, frame),
                check_decode::<P, true>(version, frame),
            );
        }
        cell(
            format!("encode {}", fixture.name),
            encode::<P>(version, frame),
            check_encode::<P>(version, frame),
        );
    }
}

fn decode<P: Peer, const PROPERTIES: bool>(
    version: u8,
    frame: &'static [u8],
) -> Box<dyn FnMut(u64) -> u64> {
    let mut peer = P::new(version);
    Box::new(move |times| {
        let mut sum = Sum(0);
        for _ in 0..times {
            peer.decode::<_, PROPERTIES>(black_box(frame), &mut sum);
        }
        black_box(sum.0)
    })
}

fn encode<P: Peer>(version: u8, frame: &'static [u8]) -> Box<dyn FnMut(u64) -> u64> {
    let mut peer = P::new(version);
    let packet = peer.packet(frame);
    Box::new(move |times| {
        let mut sum = 0;
        for _ in 0..times {
            sum += peer.encode(black_box(&packet), |bytes| black_box(bytes).len() as u64);
        }
        sum
    })
}

fn check_decode<P: Peer, const PROPERTIES: bool>(
    version: u8,
    frame: &'static [u8],
) -> Box<dyn FnMut()> {
    Box::new(move || {
        let wanted = decoded::<peers::ours::Ours, PROPERTIES>(version, frame);
        let given = decoded::<P, PROPERTIES>(version, frame);
        if P::HIDES_FIELDS {
            assert!(given.is_part_of(&wanted), "{}: {given:?}, {wanted:?}", P::NAME);
        } else {
            assert_eq!(given, wanted, "{}", P::NAME);
        }
    })
}

/// The bytes must be the fixture's, but for the order of properties.
fn check_encode<P: Peer>(version: u8, frame: &'static [u8]) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut peer = P::new(version);
        let packet = peer.packet(frame);
        let bytes: &'static [u8] = peer.encode(&packet, |bytes| bytes.to_vec()).leak();
        if bytes == frame {
            return;
        }
        assert_eq!(bytes.len(), frame.len(), "{}", P::NAME);
        let mut given = decoded::<peers::ours::Ours, true>(version, bytes);
        let mut wanted = decoded::<peers::ours::Ours, true>(version, frame);
        given.0.sort();
        wanted.0.sort();
        assert_eq!(given, wanted, "{}", P::NAME);
    })
}

fn decoded<P: Peer, const PROPERTIES: bool>(version: u8, frame: &'static [u8]) -> Trace {
    let mut trace = Trace::default();
    P::new(version).decode::<_, PROPERTIES>(frame, &mut trace);
    trace
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CLIENT_ID, FILTERS, PASSWORD, PAYLOAD, TOPIC, USER_NAME};

    #[test]
    fn every_peer_gives_the_same_answer() {
        for mut cell in cells() {
            (cell.check)();
            (cell.run)(2);
        }
    }

    #[test]
    fn we_read_what_the_fixtures_say() {
        let quoted = |text: &[u8]| format!("\"{}\"", text.escape_ascii());
        for fixture in FIXTURES.iter() {
            let fields = decoded::<peers::ours::Ours, true>(fixture.version, fixture.frame).0;
            let (kind, _) = fixture.name.split_once(' ').unwrap();
            let texts: Vec<&[u8]> = match kind {
                "PUBLISH" => vec![TOPIC.as_bytes(), PAYLOAD],
                "CONNECT" => [CLIENT_ID, USER_NAME, PASSWORD].map(str::as_bytes).to_vec(),
                _ => FILTERS.map(|(filter, _)| filter.as_bytes()).to_vec(),
            };
            for text in texts {
                assert!(fields.contains(&quoted(text)), "{}: {fields:?}", fixture.name);
            }
        }
    }
}
