//! CoAP messages over UDP: decoded, encoded from a value that is there, built from nothing.

mod coap_lite;
mod coap_message;
mod ours;
mod toad;

use std::hint::black_box;

use crate::cell::Cell;
use crate::visit::{Sum, Trace, Visit};

/// A message as it lies on the wire, and what it is.
pub struct Fixture {
    pub name: &'static str,
    /// Put together by hand.
    pub datagram: &'static [u8],
    /// 0 Confirmable to 3 Reset.
    pub message_type: u8,
    pub code: u8,
    pub message_id: u16,
    pub token: &'static [u8],
    pub options: &'static [(u16, &'static [u8])],
    pub payload: &'static [u8],
}

const TOKEN: &[u8] = b"\x71\x13\x9A\xC4";
const PAYLOAD: &[u8] =
    b"{\"temperature\":21.5,\"humidity\":40,\"battery\":3.0,\"rssi\":71,\"n\":7}";
const _: () = assert!(PAYLOAD.len() == 64);

pub static FIXTURES: [Fixture; 2] = [
    Fixture {
        name: "GET, 3 options",
        datagram: b"\x44\x01\x12\x34\x71\x13\x9A\xC4\xB7sensors\x0Btemperature\x44u=C1",
        message_type: 0,
        code: 0x01,
        message_id: 0x1234,
        token: TOKEN,
        options: &[(11, b"sensors"), (11, b"temperature"), (15, b"u=C1")],
        payload: b"",
    },
    Fixture {
        name: "2.05, 3 options, 64 bytes",
        datagram: b"\x64\x45\x12\x34\x71\x13\x9A\xC4\x44\x5F\xC3\x02\x9D\x81\x32\x21\x3C\xFF\
            {\"temperature\":21.5,\"humidity\":40,\"battery\":3.0,\"rssi\":71,\"n\":7}",
        message_type: 2,
        code: 0x45,
        message_id: 0x1234,
        token: TOKEN,
        options: &[(4, b"\x5F\xC3\x02\x9D"), (12, b"\x32"), (14, b"\x3C")],
        payload: PAYLOAD,
    },
];

/// A codec that is compared.
trait Peer: 'static {
    const NAME: &'static str;
    type Message: 'static;

    fn new() -> Self;
    /// Decodes and visits type, code, Message ID, token, number and value of every option, payload.
    fn decode<V: Visit>(&mut self, datagram: &'static [u8], v: &mut V);
    /// The message that `encode` is given, ready made.
    fn message(&mut self, fixture: &'static Fixture) -> Self::Message;
    fn encode<R>(&mut self, message: &Self::Message, then: impl FnOnce(&[u8]) -> R) -> R;
    /// Puts the message together, option by option, and encodes it.
    fn build<R>(&mut self, fixture: &'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R;
}

/// All cells of the table `messages`.
pub fn add(cells: &mut Vec<Cell>) {
    add_peer::<ours::Ours>(cells);
    add_peer::<coap_message::InMemory>(cells);
    add_peer::<coap_lite::CoapLite>(cells);
    add_peer::<toad::Toad>(cells);
}

fn add_peer<P: Peer>(cells: &mut Vec<Cell>) {
    for fixture in &FIXTURES {
        let mut cell = |work: &str, run, check| {
            let row = format!("{work} {}", fixture.name);
            cells.push(Cell { table: "messages", row, peer: P::NAME, run, check });
        };
        cell("decode", decode::<P>(fixture), check_decode::<P>(fixture));
        cell("encode", encode::<P>(fixture), check_encode::<P>(fixture));
        cell("build and encode", build::<P>(fixture), check_build::<P>(fixture));
    }
}

fn decode<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut(u64) -> u64> {
    let mut peer = P::new();
    Box::new(move |times| {
        let mut sum = Sum(0);
        for _ in 0..times {
            peer.decode(black_box(fixture.datagram), &mut sum);
        }
        black_box(sum.0)
    })
}

fn encode<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut(u64) -> u64> {
    let mut peer = P::new();
    let message = peer.message(fixture);
    Box::new(move |times| {
        let mut sum = 0;
        for _ in 0..times {
            sum += peer.encode(black_box(&message), |bytes| black_box(bytes).len() as u64);
        }
        sum
    })
}

fn build<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut(u64) -> u64> {
    let mut peer = P::new();
    Box::new(move |times| {
        let mut sum = 0;
        for _ in 0..times {
            sum += peer.build(black_box(fixture), |bytes| black_box(bytes).len() as u64);
        }
        sum
    })
}

fn check_decode<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut()> {
    Box::new(move || {
        let (mut wanted, mut given) = (Trace::default(), Trace::default());
        wanted.number(fixture.message_type.into());
        wanted.number(fixture.code.into());
        wanted.number(fixture.message_id.into());
        wanted.bytes(fixture.token);
        for (number, value) in fixture.options {
            wanted.number((*number).into());
            wanted.bytes(value);
        }
        wanted.bytes(fixture.payload);
        P::new().decode(fixture.datagram, &mut given);
        assert_eq!(given, wanted, "{}", P::NAME);
    })
}

fn check_encode<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut peer = P::new();
        let message = peer.message(fixture);
        let given = peer.encode(&message, |bytes| bytes.to_vec());
        assert_eq!(given, fixture.datagram, "{}", P::NAME);
    })
}

fn check_build<P: Peer>(fixture: &'static Fixture) -> Box<dyn FnMut()> {
    Box::new(move || {
        let given = P::new().build(fixture, |bytes| bytes.to_vec());
        assert_eq!(given, fixture.datagram, "{}", P::NAME);
    })
}
