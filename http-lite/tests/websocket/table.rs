//! Cases by class: what is sent, and what is to come of it. Each runs for both roles, whole and in every
//! cut, and beside the slow reader.

use http_lite::websocket::{Kind, Role};

use crate::peer::{Heard, end, frame, hear};
use crate::reference;

/// What is to come of a case.
enum Wanted {
    /// These messages, texts and others, and an open connection.
    Messages(Vec<(bool, Vec<u8>)>),
    /// An open connection, and this Pong.
    Pong(Vec<u8>),
    /// A Close that is answered with this code, 1005 for none.
    Closed(u16),
    /// This, at this byte of its frame behind the key of a client, and this code.
    Failed(Kind, u64, u16),
}

use Wanted::*;

type Make = Box<dyn Fn(Role) -> Vec<u8>>;

struct Case {
    name: String,
    bytes: Make,
    wanted: Wanted,
}

#[derive(Default)]
struct Table(Vec<Case>);

impl Table {
    fn add(&mut self, name: impl Into<String>, frames: &[(u8, &[u8])], wanted: Wanted) {
        let frames: Vec<_> = frames.iter().map(|(first, data)| (*first, data.to_vec())).collect();
        let bytes = move |sender| {
            frames.iter().flat_map(|(first, payload)| frame(sender, *first, payload)).collect()
        };
        self.0.push(Case { name: name.into(), bytes: Box::new(bytes), wanted });
    }

    /// Bytes before the mask and the payload as they are; the second has the mask bit added.
    fn raw(&mut self, name: impl Into<String>, header: &[u8], payload: &[u8], wanted: Wanted) {
        let (header, payload) = (header.to_vec(), payload.to_vec());
        let bytes = move |sender| {
            let mut header = header.clone();
            if sender == Role::Client && header.len() > 1 {
                header[1] |= 0x80;
            }
            end(sender, header, &payload)
        };
        self.0.push(Case { name: name.into(), bytes: Box::new(bytes), wanted });
    }
}

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// Fragments.
const TEXT_STARTS: u8 = 0x01;
const BINARY_STARTS: u8 = 0x02;
const MORE: u8 = 0x00;
const LAST: u8 = 0x80;

fn text(text: &str) -> (bool, Vec<u8>) {
    (true, text.as_bytes().to_vec())
}

fn binary(data: &[u8]) -> (bool, Vec<u8>) {
    (false, data.to_vec())
}

/// Section 5.2 and 5.7: messages of every length at which the header changes.
fn framing(table: &mut Table) {
    for len in [0, 1, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536, 69_999, 70_000] {
        let data: Vec<u8> = (0..len).map(|at| (at * 7) as u8).collect();
        let letters = "x".repeat(len);
        table.add(format!("binary, {len}"), &[(BINARY, &data)], Messages(vec![binary(&data)]));
        let wanted = Messages(vec![text(&letters)]);
        table.add(format!("text, {len}"), &[(TEXT, letters.as_bytes())], wanted);
    }
    for len in [70_001, 80_000] {
        let failed = Failed(Kind::MessageTooLong, 1, 1009);
        table.add(format!("too long, {len}"), &[(BINARY, &vec![0; len])], failed);
    }
    for len in [0u16, 1, 125] {
        let [a, b] = len.to_be_bytes();
        let (data, failed) = (vec![b'x'; len.into()], Failed(Kind::LongLength, 2, 1002));
        table.raw(format!("{len} in 16 bits"), &[TEXT, 126, a, b], &data, failed);
        let header = [&[BINARY, 127][..], &u64::from(len).to_be_bytes()].concat();
        let failed = Failed(Kind::LongLength, 2, 1002);
        table.raw(format!("{len} in 64 bits"), &header, &data, failed);
    }
    for len in [126u64, 65_535] {
        let header = [&[BINARY, 127][..], &len.to_be_bytes()].concat();
        let failed = Failed(Kind::LongLength, 2, 1002);
        table.raw(format!("{len} in 64 bits"), &header, &vec![0; len as usize], failed);
    }
    for len in [1u64 << 63, u64::MAX, (1 << 63) + 5] {
        let header = [&[BINARY, 127][..], &len.to_be_bytes()].concat();
        let failed = Failed(Kind::LengthBit, 2, 1002);
        table.raw(format!("length {len}"), &header, b"x", failed);
    }
    for len in [70_001u64, 1 << 32, i64::MAX as u64] {
        let header = [&[BINARY, 127][..], &len.to_be_bytes()].concat();
        let failed = Failed(Kind::MessageTooLong, 1, 1009);
        table.raw(format!("length {len}"), &header, b"x", failed);
    }
}

/// Section 5.5.2 and 5.5.3.
fn pings(table: &mut Table) {
    table.add("ping", &[(PING, b"")], Pong(vec![]));
    table.add("ping with text", &[(PING, b"Hello")], Pong(b"Hello".to_vec()));
    let data = [0x00, 0xFF, 0xFE, 0xFD, 0x80];
    table.add("ping with bytes", &[(PING, &data)], Pong(data.to_vec()));
    table.add("ping, 125", &[(PING, &[0xFE; 125])], Pong(vec![0xFE; 125]));
    let failed = || Failed(Kind::ControlTooLong, 1, 1002);
    table.raw("ping, 126", &[PING, 126, 0, 126], &[0; 126], failed());
    table.raw("ping, 65536", &[PING, 127, 0, 0, 0, 0, 0, 1, 0, 0], &[0; 9], failed());
    table.raw("pong, 126", &[PONG, 126, 0, 126], &[0; 126], failed());
    table.raw("close, 126", &[CLOSE, 126, 0, 126], &[3; 126], failed());
    table.add("pong unasked", &[(PONG, b"")], Messages(vec![]));
    table.add("pong unasked with text", &[(PONG, b"x")], Messages(vec![]));
    table.add("pong and ping", &[(PONG, b"x"), (PING, b"y")], Pong(b"y".to_vec()));
    let ten: Vec<[u8; 1]> = (0..10).map(|at| [at]).collect();
    let ten: Vec<(u8, &[u8])> = ten.iter().map(|data| (PING, &data[..])).collect();
    table.add("ten pings, the last one is answered", &ten, Pong(vec![9]));
}

/// Section 5.2: no extension was agreed upon.
fn reserved(table: &mut Table) {
    for bits in 1..8u8 {
        for (name, first) in
            [("text", TEXT), ("binary", BINARY), ("close", CLOSE), ("ping", PING), ("pong", PONG)]
        {
            let failed = Failed(Kind::ReservedBit, 0, 1002);
            table.add(format!("RSV {bits}, {name}"), &[(first | bits << 4, b"")], failed);
        }
        let failed = Failed(Kind::ReservedBit, 0, 1002);
        let frames: [(u8, &[u8]); 2] = [(TEXT_STARTS, b"a"), (LAST | bits << 4, b"b")];
        table.add(format!("RSV {bits}, continuation"), &frames, failed);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let failed = || Failed(Kind::ReservedOpcode, 0, 1002);
        table.add(format!("opcode {opcode}"), &[(0x80 | opcode, b"")], failed());
        table.add(format!("opcode {opcode} with data"), &[(0x80 | opcode, b"data")], failed());
        let frames: [(u8, &[u8]); 3] = [(TEXT, b"a"), (0x80 | opcode, b""), (PING, b"")];
        table.add(format!("opcode {opcode} behind a text"), &frames, failed());
        table.add(format!("opcode {opcode} without FIN"), &[(opcode, b"")], failed());
    }
}

/// Section 5.4.
fn fragments(table: &mut Table) {
    for (name, first) in [("close", 8), ("ping", 9), ("pong", 10)] {
        let failed = Failed(Kind::ControlFragment, 0, 1002);
        table.add(format!("{name} in fragments"), &[(first, b"a"), (LAST, b"b")], failed);
    }
    type Row<'a> = (&'a str, &'a [(u8, &'a [u8])], &'a str);
    let good: &[Row<'_>] = &[
        ("two", &[(TEXT_STARTS, b"a"), (LAST, b"b")], "ab"),
        ("three", &[(TEXT_STARTS, b"a"), (MORE, b"b"), (LAST, b"c")], "abc"),
        ("all empty", &[(TEXT_STARTS, b""), (MORE, b""), (LAST, b"")], ""),
        ("empty ends", &[(TEXT_STARTS, b""), (MORE, b"a"), (LAST, b"")], "a"),
        ("a ping between", &[(TEXT_STARTS, b"a"), (PING, b"p"), (LAST, b"b")], "ab"),
        ("a pong between", &[(TEXT_STARTS, b"a"), (PONG, b"p"), (LAST, b"b")], "ab"),
        (
            "pings between",
            &[(TEXT_STARTS, b"a"), (PING, b"1"), (MORE, b""), (PING, b"2"), (LAST, b"b")],
            "ab",
        ),
        ("a character in two", &[(TEXT_STARTS, b"\xC3"), (LAST, b"\xA4")], "ä"),
        (
            "a character in four",
            &[(TEXT_STARTS, b"\xF0"), (MORE, b"\x9F"), (MORE, b"\x8E"), (LAST, b"\x88")],
            "🎈",
        ),
        ("a ping in a character", &[(TEXT_STARTS, b"\xC3"), (PING, b"\xFF"), (LAST, b"\xA4")], "ä"),
    ];
    for (name, frames, wanted) in good {
        let wanted = Messages(vec![text(wanted)]);
        table.add(format!("fragments: {name}"), frames, wanted);
    }
    let two: [(u8, &[u8]); 3] = [(BINARY_STARTS, b"\xFF"), (LAST, b"\xFE"), (TEXT, b"t")];
    table.add("binary, then text", &two, Messages(vec![binary(b"\xFF\xFE"), text("t")]));
    let nothing = || Failed(Kind::NothingToContinue, 0, 1002);
    table.add("a last of nothing", &[(LAST, b"a")], nothing());
    table.add("more of nothing", &[(MORE, b"a")], nothing());
    table.add("more behind the end", &[(TEXT_STARTS, b"a"), (LAST, b"b"), (MORE, b"c")], nothing());
    table.add("a last behind a whole", &[(TEXT, b"a"), (LAST, b"b")], nothing());
    for (name, first) in [("text", TEXT), ("binary", BINARY), ("start", TEXT_STARTS)] {
        let failed = Failed(Kind::Interleaved, 0, 1002);
        table.add(format!("{name} within"), &[(TEXT_STARTS, b"a"), (first, b"b")], failed);
    }
    for count in [100usize, 101] {
        let mut frames: Vec<(u8, &[u8])> = vec![(MORE, b"x"); count];
        (frames[0].0, frames[count - 1].0) = (TEXT_STARTS, LAST);
        let wanted = match count {
            100 => Messages(vec![text(&"x".repeat(100))]),
            _ => Failed(Kind::TooManyFragments, 0, 1009),
        };
        table.add(format!("{count} fragments"), &frames, wanted);
    }
    let (long, rest) = (vec![0; 60_000], vec![0; 10_001]);
    let failed = Failed(Kind::MessageTooLong, 1, 1009);
    table.add("fragments too long", &[(BINARY_STARTS, &long), (LAST, &rest)], failed);
    let wanted = Messages(vec![binary(&[&long[..], &rest[1..]].concat())]);
    table.add("fragments of 70,000", &[(BINARY_STARTS, &long), (LAST, &rest[1..])], wanted);
}

/// Section 8.1 and RFC 3629, whole and a byte in each fragment.
fn utf8(table: &mut Table) {
    let good = [
        "Hello-µ@ßöäüàá-UTF-8!!",
        "κόσμε",
        "\u{0}",
        "\u{80}",
        "\u{800}",
        "\u{10000}",
        "\u{7F}",
        "\u{7FF}",
        "\u{FFFF}",
        "\u{10FFFF}",
        "\u{D7FF}",
        "\u{E000}",
        "\u{FFFD}",
        "\u{FFFE}",
        "\u{FDD0}",
        "\u{1FFFE}",
        "\u{2028}",
        "日本語",
        "🎈🎈",
        "a\u{300}",
    ];
    for good in good {
        let fragments = one_each(good.as_bytes());
        table.add(format!("{good:?}"), &[(TEXT, good.as_bytes())], Messages(vec![text(good)]));
        table.add(
            format!("{good:?} in pieces"),
            &as_frames(&fragments),
            Messages(vec![text(good)]),
        );
    }
    // The text, and its first byte that no text can have there.
    let bad: &[(&[u8], u64)] = &[
        (b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited", 12),
        (b"\x80", 0),
        (b"\xBF", 0),
        (b"\x80\xBF", 0),
        (b"a\x80", 1),
        (b"\xFE", 0),
        (b"\xFF", 0),
        (b"\xFE\xFE\xFF\xFF", 0),
        (b"\xC0\xAF", 0),
        (b"\xC1\xBF", 0),
        (b"\xE0\x80\xAF", 1),
        (b"\xE0\x9F\xBF", 1),
        (b"\xF0\x80\x80\xAF", 1),
        (b"\xF0\x8F\xBF\xBF", 1),
        (b"\xF8\x80\x80\x80\xAF", 0),
        (b"\xFC\x80\x80\x80\x80\xAF", 0),
        (b"\xC0\x80", 0),
        (b"\xED\xA0\x80", 1),
        (b"\xED\xAF\xBF", 1),
        (b"\xED\xB0\x80", 1),
        (b"\xED\xBF\xBF", 1),
        (b"\xED\xA0\x80\xED\xB0\x80", 1),
        (b"\xF4\x90\x80\x80", 1),
        (b"\xF5\x80\x80\x80", 0),
        (b"\xC3a", 1),
        (b"\xE1\x80a", 2),
        (b"\xF1\x80\x80a", 3),
        (b"\xC3\xC3", 1),
        (b"\xE1\x80\xE1", 2),
        (b"\xF1\x80\x80\xF1", 3),
        (b"\xC3\xA4\x80", 2),
        // What ends within a character is wrong at its end.
        (b"\xC3", 1),
        (b"\xE2\x82", 2),
        (b"\xF0\x9F\x8E", 3),
        (b"ab\xE1", 3),
    ];
    for (bad, at) in bad {
        let name = bad.escape_ascii();
        table.add(format!("{name}"), &[(TEXT, bad)], Failed(Kind::Utf8, 2 + at, 1007));
        // Wrong in the frame of the byte, or, if it ends within a character, behind the last one.
        let ends = *at == bad.len() as u64;
        let failed = Failed(Kind::Utf8, 2 + u64::from(ends), 1007);
        table.add(format!("{name} in pieces"), &as_frames(&one_each(bad)), failed);
        table.add(format!("{name} as bytes"), &[(BINARY, bad)], Messages(vec![binary(bad)]));
    }
}

fn one_each(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let last = bytes.len() - 1;
    let first = |at| match at {
        0 if last == 0 => TEXT,
        0 => TEXT_STARTS,
        at if at == last => LAST,
        _ => MORE,
    };
    bytes.iter().enumerate().map(|(at, byte)| (first(at), vec![*byte])).collect()
}

fn as_frames(frames: &[(u8, Vec<u8>)]) -> Vec<(u8, &[u8])> {
    frames.iter().map(|(first, payload)| (*first, &payload[..])).collect()
}

/// Section 5.5.1 and 7.4.
fn closes(table: &mut Table) {
    table.add("close", &[(CLOSE, b"")], Closed(1005));
    table.add("half a code", &[(CLOSE, b"\x03")], Failed(Kind::HalfCloseCode, 2, 1002));
    let with = |code: u16, reason: &[u8]| [&code.to_be_bytes()[..], reason].concat();
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        table.add(format!("code {code}"), &[(CLOSE, &with(code, b""))], Closed(code));
        table.add(format!("code {code}, why"), &[(CLOSE, &with(code, b"why"))], Closed(code));
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let failed = || Failed(Kind::CloseCode, 2, 1002);
        table.add(format!("code {code}"), &[(CLOSE, &with(code, b""))], failed());
        table.add(format!("code {code}, why"), &[(CLOSE, &with(code, b"why"))], failed());
    }
    table.add("a long reason", &[(CLOSE, &with(1000, &[b'x'; 123]))], Closed(1000));
    for (reason, at) in [(&b"\xC0\xAF"[..], 0), (b"a\xED\xA0\x80", 1), (b"ab\xC3", 2)] {
        let failed = Failed(Kind::CloseReason, 4 + at, 1007);
        table.add("a reason that is no text", &[(CLOSE, &with(1000, reason))], failed);
    }
    for (name, behind) in [("text", TEXT), ("ping", PING), ("close", CLOSE), ("nonsense", 0xFF)] {
        let frames: [(u8, &[u8]); 2] = [(CLOSE, b"\x03\xE8"), (behind, b"")];
        table.add(format!("{name} behind close"), &frames, Closed(1000));
    }
    let frames: [(u8, &[u8]); 2] = [(TEXT_STARTS, b"a"), (CLOSE, b"\x03\xE8")];
    table.add("close within a message", &frames, Closed(1000));
    let frames: [(u8, &[u8]); 2] = [(PING, b"a"), (CLOSE, b"\x03\xE8")];
    table.add("close behind a ping", &frames, Closed(1000));
}

/// Section 5.1.
fn masks(table: &mut Table) {
    for (name, opcode) in [("text", TEXT), ("ping", PING), ("close", CLOSE)] {
        let bytes = move |sender| match sender {
            Role::Client => frame(Role::Server, opcode, b""),
            Role::Server => frame(Role::Client, opcode, b""),
        };
        let kind = |sender| match sender {
            Role::Client => Kind::Unmasked,
            Role::Server => Kind::Masked,
        };
        for sender in [Role::Client, Role::Server] {
            let heard = hear(other(sender), &bytes(sender), &[]);
            assert_eq!(heard.error, Some((kind(sender), 1)), "{name}");
            assert_eq!(heard.closes_with(), Some(1002));
        }
        table.add(
            format!("{name} with the right mask"),
            &[(opcode, b"")],
            match opcode {
                TEXT => Messages(vec![text("")]),
                PING => Pong(vec![]),
                _ => Closed(1005),
            },
        );
    }
}

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

fn check(case: &Case, sender: Role, heard: &Heard) {
    let name = &case.name;
    let mut closes_with = None;
    match &case.wanted {
        Messages(messages) => assert_eq!(heard.messages, *messages, "{name}"),
        Pong(data) => assert_eq!(heard.answers, [(10, data.clone())], "{name}"),
        Closed(code) => closes_with = Some(*code),
        Failed(kind, at, code) => {
            // Where the payload begins, behind the key.
            let key = if sender == Role::Client && *at >= 2 && in_payload(*kind) { 4 } else { 0 };
            assert_eq!(heard.error, Some((*kind, at + key)), "{name}");
            closes_with = Some(*code);
        }
    }
    assert_eq!(heard.closes_with(), closes_with, "{name}");
    assert_eq!(heard.error.is_some(), matches!(case.wanted, Failed(..)), "{name}");
    assert_eq!(heard.close.is_some(), matches!(case.wanted, Closed(_)), "{name}");
}

fn in_payload(kind: Kind) -> bool {
    matches!(kind, Kind::Utf8 | Kind::HalfCloseCode | Kind::CloseCode | Kind::CloseReason)
}

#[test]
fn every_case_in_every_cut() {
    let mut table = Table::default();
    for class in [framing, pings, reserved, fragments, utf8, closes, masks] {
        class(&mut table);
    }
    assert!(table.0.len() >= 350, "{}", table.0.len());
    for case in &table.0 {
        for sender in [Role::Client, Role::Server] {
            let bytes = (case.bytes)(sender);
            let whole = hear(other(sender), &bytes, &[]);
            check(case, sender, &whole);
            let whole = whole.settled();
            assert_eq!(reference::read(sender, &bytes).settled(), whole, "{}", case.name);
            let end = bytes.len();
            // Of long ones the start and the end; between them nothing changes.
            for cut in (0..=end).filter(|cut| *cut < 300 || end - cut < 20) {
                assert_eq!(
                    hear(other(sender), &bytes, &[cut]).settled(),
                    whole,
                    "{} at {cut}",
                    case.name
                );
            }
            let all: Vec<usize> = (0..end.min(2000)).collect();
            assert_eq!(hear(other(sender), &bytes, &all).settled(), whole, "{}", case.name);
        }
    }
}
