//! MQTT over WebSocket: eight bytes of plan (`mqtt-codec/tests/stream/law.rs`), one of roles and ways,
//! one of cuts, four of frames, then any bytes: those of MQTT, which a session sends, or those on the
//! wire. They come in pieces into the one buffer that MQTT packets are decoded from: the same packets,
//! payloads and errors as of who has all frames, joins their content, and decodes the whole.

#![no_main]

use http_lite::websocket::{Kind, Role, Session};
use libfuzzer_sys::fuzz_target;
use mqtt_codec::Stream;
use peer::SETTINGS;

#[path = "../../mqtt-codec/tests/reference/fields.rs"]
mod fields;
#[path = "../../mqtt-codec/tests/stream/law.rs"]
mod law;
#[path = "../../http-lite/tests/websocket/peer.rs"]
mod peer;
#[path = "../../http-lite/tests/websocket/reference.rs"]
mod reference;

fuzz_target!(|data: &[u8]| {
    let (plan, rest) = law::from_bytes(data);
    let [ways, step, a, b, c, d, bytes @ ..] = rest else { return };
    // The slow readers take quadratic time.
    let bytes = &bytes[..bytes.len().min(1500)];
    let (ours, theirs) = match ways & 1 {
        0 => (Role::Server, Role::Client),
        _ => (Role::Client, Role::Server),
    };
    let wire = match ways & 2 {
        0 => send(theirs, bytes, [*a, *b, *c, *d]),
        _ => bytes.to_vec(),
    };
    let (content, errors) = join(theirs, &wire);
    if ways & 2 == 0 {
        assert_eq!((&content[..], &errors[..]), (bytes, &[][..]), "not what was sent");
    }
    receive(ours, &plan, &wire, usize::from(*step).max(1), &content, &errors);
});

/// What `sender` makes of the bytes: frames of some lengths, sent in every way, with Pings before them.
fn send(sender: Role, bytes: &[u8], frames: [u8; 4]) -> Vec<u8> {
    let mut session = Session::new(sender, SETTINGS);
    let (mut wire, mut out) = (Vec::new(), [0; 300]);
    let (mut rest, mut random) = (bytes, 0x9E37_79B9u32);
    for (at, frame) in frames.iter().cycle().enumerate() {
        let (piece, behind) = rest.split_at(rest.len().min(usize::from(frame >> 2) * 3 + 1));
        random = random.wrapping_mul(0x0101_3D4D).wrapping_add(1);
        let is_last = at % 8 == 7 || behind.is_empty();
        let len = match frame & 3 {
            0 => session.binary(piece, random, &mut out).unwrap(),
            1 => session.binary_fragment(piece, is_last, random, &mut out).unwrap(),
            2 => {
                let len =
                    session.binary_prefix(piece.len() as u64, is_last, random, &mut out).unwrap();
                let (payload, _) = out[len..].split_at_mut(piece.len());
                payload.copy_from_slice(piece);
                for part in payload.chunks_mut(at % 7 + 1) {
                    session.mask_payload(part).unwrap();
                }
                len + piece.len()
            }
            _ => {
                let ping = session.ping(&piece[..piece.len().min(125)], random, &mut out).unwrap();
                wire.extend(&out[..ping]);
                session.binary_fragment(piece, is_last, !random, &mut out).unwrap()
            }
        };
        wire.extend(&out[..len]);
        rest = behind;
        if rest.is_empty() {
            return wire;
        }
    }
    unreachable!("frames without end");
}

/// What binary messages hold up to the first error, and what that may be: where a text is wrong too,
/// the place of the cuts decides.
fn join(sender: Role, wire: &[u8]) -> (Vec<u8>, Vec<Kind>) {
    let heard = reference::read(sender, wire);
    let mut content = Vec::new();
    for (is_text, message) in heard.messages {
        if is_text {
            return (content, vec![Kind::Text]);
        }
        content.extend(message);
    }
    match heard.rest {
        Some((true, text)) if !text.is_empty() => return (content, vec![Kind::Text]),
        Some((false, message)) => content.extend(message),
        _ => {}
    }
    match heard.error {
        Some((Kind::Utf8, _)) => (content, vec![Kind::Utf8, Kind::Text]),
        error => (content, error.into_iter().map(|(kind, _)| kind).collect()),
    }
}

/// Both layers in one buffer.
fn receive(
    role: Role,
    plan: &law::Plan,
    wire: &[u8],
    step: usize,
    content: &[u8],
    errors: &[Kind],
) {
    let mut buffer = [0; 256];
    let mut stream = Stream::new(&mut buffer[..plan.room]);
    let mut session = Session::new(role, SETTINGS);
    let mut taker = law::Taker::new(plan);
    let mut rest = wire;
    // An error of MQTT ends it: what the frames hold behind it is not looked at.
    while taker.take(&mut stream, rest) {
        let space = stream.space();
        let (piece, behind) = rest.split_at(rest.len().min(step).min(space.len()));
        assert!(rest.is_empty() || !piece.is_empty(), "nobody can go on");
        let received = &mut space[..piece.len()];
        received.copy_from_slice(piece);
        match session.handle_stream(received, 0) {
            Ok(0) if rest.is_empty() => {
                assert!(errors.is_empty(), "{errors:?} were to come");
                break;
            }
            Ok(len) => stream.filled(len),
            Err(error) => {
                assert!(errors.contains(&error.kind), "{error:?} is none of {errors:?}");
                assert_eq!(session.handle_stream(&mut [], 0), Err(error));
                break;
            }
        }
        rest = behind;
    }
    taker.has_all(&stream, content);
}
