//! WebSocket: payloads unmasked, frames decoded, texts judged, messages put together.

mod edge;
mod embedded;
mod fast;
mod ours;
mod sans_io;
mod standard;
mod tungstenite;

use std::hint::black_box;
use std::sync::LazyLock;

use crate::cell::Cell;
use crate::visit::{Sum, Trace, Visit};

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Payloads: what a sensor sends, and what fits into a packet of Ethernet.
const LENGTHS: [usize; 2] = [125, 1400];
/// As many frames as stand in the row of small ones, and what each of them holds.
const FRAMES: usize = 64;
const SMALL: usize = 16;
/// A fragment of a text: its end is within a character more often than not.
const FRAGMENT: usize = 101;

const ASCII: &str =
    "{\"room\":\"kitchen\",\"temperature\":21.5,\"humidity\":48,\"uptime\":86400}\n";
const SCRIPTS: &str = "Küche: 21,5 °C – θερμοκρασία κουζίνας, температура на кухне, 厨房の温度, 부엌 온도, \
    درجة حرارة المطبخ, रसोई का तापमान 🌡🔥\n";

/// Takes the mask off a payload in its place.
trait Unmask: 'static {
    const NAME: &'static str;

    /// The payload as it will be.
    fn new(plain: &'static [u8]) -> Self;
    /// The part of a payload that begins at `position`.
    fn unmask(&mut self, data: &mut [u8], key: [u8; 4], position: usize);
}

/// Reads frames that a client sends, each of a whole binary message.
trait Decode: 'static {
    const NAME: &'static str;

    /// A copy of the wire bytes is the peer's: it may unmask them where they lie. The next time they
    /// are masked where they were plain, which is as much work.
    fn new(wire: &'static [u8]) -> Self;
    /// Visits opcode and payload of each frame.
    fn frames<V: Visit>(&mut self, v: &mut V);
}

/// Says whether bytes are UTF-8.
trait Judge: 'static {
    const NAME: &'static str;

    fn new(text: &'static [u8]) -> Self;
    fn is_text(&mut self) -> bool;
}

/// Reads a text in fragments that a server sends.
trait Collect: 'static {
    const NAME: &'static str;

    fn new(wire: &'static [u8]) -> Self;
    /// Visits the text in pieces of any size, each once it is known that no byte of it is wrong.
    fn text<V: Visit>(&mut self, v: &mut V);
}

/// All cells of the table `websocket`.
pub fn add(cells: &mut Vec<Cell>) {
    add_unmask::<ours::Frames>(cells);
    add_unmask::<standard::Copy>(cells);
    add_unmask::<edge::Edge>(cells);
    add_unmask::<sans_io::SansIo>(cells);
    add_unmask::<fast::Fast>(cells);
    add_decode::<ours::Frames>(cells);
    add_decode::<ours::Sessions>(cells);
    add_decode::<edge::Edge>(cells);
    add_decode::<sans_io::SansIo>(cells);
    add_decode::<embedded::Embedded>(cells);
    add_decode::<tungstenite::Tungstenite>(cells);
    add_decode::<fast::Frames>(cells);
    add_judge::<ours::Frames>(cells);
    add_judge::<standard::Core>(cells);
    add_judge::<tungstenite::Text>(cells);
    add_judge::<fast::Text>(cells);
    add_collect::<ours::Frames>(cells);
    add_collect::<ours::Sessions>(cells);
    add_collect::<tungstenite::Tungstenite>(cells);
    add_collect::<fast::Messages>(cells);
}

fn add_unmask<P: Unmask>(cells: &mut Vec<Cell>) {
    for (name, start, position) in
        [("", 0, 0), (", at an odd address", 1, 0), (", from its byte 3 on", 0, 3)]
    {
        for len in LENGTHS {
            let plain = &PAYLOAD[position..][..len];
            let mut room = Room(Box::new(Aligned([0; 1500])), start..start + len);
            let mut peer = P::new(plain);
            cells.push(Cell {
                table: "websocket",
                row: format!("unmask {len} bytes{name}"),
                peer: P::NAME,
                run: Box::new(move |times| {
                    for _ in 0..times {
                        black_box(&mut peer).unmask(
                            black_box(room.bytes()),
                            black_box(KEY),
                            black_box(position),
                        );
                    }
                    black_box(room.bytes()[0].into())
                }),
                check: Box::new(move || {
                    let mut room = Room(Box::new(Aligned([0; 1500])), start..start + len);
                    room.bytes().copy_from_slice(&masked(&PAYLOAD[..position + len])[position..]);
                    P::new(plain).unmask(room.bytes(), KEY, position);
                    assert_eq!(room.bytes(), plain, "{}", P::NAME);
                }),
            });
        }
    }
}

fn add_decode<P: Decode>(cells: &mut Vec<Cell>) {
    for (row, frames, len) in [
        ("frame of 125 bytes", 1, 125),
        ("frame of 1400 bytes", 1, 1400),
        ("64 frames of 16 bytes", FRAMES, SMALL),
    ] {
        let payloads = PAYLOAD.chunks_exact(len).take(frames);
        let wire: &[u8] =
            payloads.clone().flat_map(|p| frame(0x82, Some(KEY), p)).collect::<Vec<_>>().leak();
        cells.push(Cell {
            table: "websocket",
            row: row.to_owned(),
            peer: P::NAME,
            run: run(P::new(wire), P::frames::<Sum>),
            check: Box::new(move || {
                let (mut given, mut wanted) = (Trace::default(), Trace::default());
                P::new(wire).frames(&mut given);
                for payload in payloads.clone() {
                    wanted.number(2);
                    wanted.bytes(payload);
                }
                assert_eq!(given, wanted, "{}", P::NAME);
            }),
        });
    }
}

fn add_judge<P: Judge>(cells: &mut Vec<Cell>) {
    for (name, sample) in [("ASCII", ASCII), ("many scripts", SCRIPTS)] {
        for (len, shown) in [(125, "125 bytes"), (1400, "1400 bytes"), (1 << 16, "64 KiB")] {
            let text = text(sample, len);
            cells.push(Cell {
                table: "websocket",
                row: format!("text of {shown}, {name}"),
                peer: P::NAME,
                run: run(P::new(text), |peer, sum| sum.number(peer.is_text().into())),
                check: Box::new(move || {
                    assert!(P::new(text).is_text(), "{}", P::NAME);
                    // Wrong at any place; cut within a character.
                    for at in (0..len).step_by(len / 100) {
                        let mut bad = text.to_vec();
                        bad[at] = 0xFF;
                        assert!(!P::new(bad.leak()).is_text(), "{}", P::NAME);
                    }
                    let mut cut = text.to_vec();
                    cut[len - 1] = 0xC3;
                    assert!(!P::new(cut.leak()).is_text(), "{}", P::NAME);
                }),
            });
        }
    }
}

fn add_collect<P: Collect>(cells: &mut Vec<Cell>) {
    for (name, sample) in [("ASCII", ASCII), ("many scripts", SCRIPTS)] {
        let text = text(sample, 1400);
        let last = text.len().div_ceil(FRAGMENT) - 1;
        let first_byte = |at| u8::from(at == 0) | u8::from(at == last) << 7;
        let fragments = text.chunks(FRAGMENT).enumerate();
        let wire: &[u8] = fragments
            .flat_map(|(at, piece)| frame(first_byte(at), None, piece))
            .collect::<Vec<_>>()
            .leak();
        cells.push(Cell {
            table: "websocket",
            row: format!("message of {} frames, 1400 bytes, {name}", last + 1),
            peer: P::NAME,
            run: run(P::new(wire), P::text::<Sum>),
            check: Box::new(move || {
                let mut given = Joined(Vec::new());
                P::new(wire).text(&mut given);
                assert!(given.0 == text, "{}", P::NAME);
            }),
        });
    }
}

fn run<P: 'static>(
    mut peer: P,
    work: impl Fn(&mut P, &mut Sum) + 'static,
) -> Box<dyn FnMut(u64) -> u64> {
    Box::new(move |times| {
        let mut sum = Sum(0);
        for _ in 0..times {
            work(black_box(&mut peer), &mut sum);
        }
        black_box(sum.0)
    })
}

/// A payload at an address of known parity.
struct Room(Box<Aligned>, std::ops::Range<usize>);

#[repr(align(64))]
struct Aligned([u8; 1500]);

impl Room {
    #[inline(always)]
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.0.0[self.1.clone()]
    }
}

/// The pieces of a text, put together.
struct Joined(Vec<u8>);

impl Visit for Joined {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    fn number(&mut self, _: u64) {}
}

/// Bytes of any kind.
static PAYLOAD: LazyLock<&[u8]> = LazyLock::new(|| {
    (0..1500).map(|n: u32| (n.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect::<Vec<_>>().leak()
});

fn masked(plain: &[u8]) -> Vec<u8> {
    plain.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

/// A frame as it lies on the wire.
fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mask = u8::from(key.is_some()) << 7;
    let mut bytes = match payload.len() {
        len @ 0..=125 => vec![first, mask | len as u8],
        len => vec![first, mask | 126, (len >> 8) as u8, len as u8],
    };
    bytes.extend(key.into_iter().flatten());
    match key {
        Some(_) => bytes.extend(masked(payload)),
        None => bytes.extend(payload),
    }
    bytes
}

/// The sample again and again, up to a length. What is left of it is filled with spaces.
fn text(sample: &str, len: usize) -> &'static [u8] {
    let mut text = String::new();
    for character in sample.chars().cycle() {
        if text.len() + character.len_utf8() > len {
            break;
        }
        text.push(character);
    }
    text.extend(std::iter::repeat_n(' ', len - text.len()));
    text.leak().as_bytes()
}
