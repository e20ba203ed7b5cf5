//! CoAP over WebSocket: a message is a binary message. RFC 8323 section 4

use coap_codec::{CoapOption, Code, OptionNumber, Options, ReliableMessage, Token, ws};
use http_lite::websocket::{Event, Message, Role, Session};

use crate::wire::{LIMITS, Wire, fragments, frame, open};

const MEMORY: usize = 512;
const SENT: usize = 200;
/// Of a message, its start is kept until token and options are known.
const KEPT: usize = 64;

/// Asks for /image, and gives the codes of all messages that came and the payload of its answer, which
/// never lies in memory as a whole.
fn client(wire: &mut Wire, memory: &mut [u8; MEMORY]) -> (Vec<Code>, Vec<u8>) {
    let (received, rest) = memory.split_at_mut(MEMORY - SENT - KEPT);
    let (kept, out) = rest.split_at_mut(KEPT);
    let (head, held) = open(wire, "/.well-known/coap", "coap", received, out);
    let received = &mut received[head..];
    let mut session = Session::new(Role::Client, LIMITS);
    let codec = ws::Codec::new();

    let path = [CoapOption::new(OptionNumber::URI_PATH, b"image")];
    let token = Token::new(b"t").unwrap();
    let get = ReliableMessage::new(Code::GET).with_token(token);
    for message in [ReliableMessage::new(Code::CSM), get.with_options(Options::new(&path))] {
        let mut bytes = [0; 64];
        let len = codec.encode(&message, &mut bytes).unwrap();
        let len = session.binary(&bytes[..len], 0x1234_5678, out).unwrap();
        wire.send(&out[..len]);
    }

    let (mut codes, mut payload) = (Vec::new(), Vec::new());
    // How much of the message is kept; `None` once its head was read.
    let mut start = Some(0);
    let mut end = held;
    loop {
        let mut at = 0;
        while at < end {
            let (taken, event) = session.handle_input(&mut received[at..end], 0).unwrap();
            at += taken;
            let Some(Event::Data { message, mut data, is_first, is_last }) = event else {
                continue;
            };
            assert_eq!(message, Message::Binary);
            if is_first {
                start = Some(0);
            }
            if let Some(len) = start {
                let (now, later) = data.split_at(data.len().min(KEPT - len));
                kept[len..][..now.len()].copy_from_slice(now);
                let len = len + now.len();
                data = later;
                start = Some(len);
                if is_last || len == KEPT {
                    let message = codec.decode(&kept[..len]).unwrap();
                    codes.push(message.code);
                    payload.extend_from_slice(message.payload);
                    start = None;
                }
            }
            payload.extend_from_slice(data);
        }
        while let Some(len) = session.poll_transmit(0, 0x0F0F_0F0F, out).unwrap() {
            wire.send(&out[..len]);
        }
        end = wire.read(received);
        if end == 0 {
            return (codes, payload);
        }
    }
}

#[test]
fn messages_and_a_payload_larger_than_all_memory_in_any_pieces() {
    let image: Vec<u8> = (0..5_000u32).map(|n| (n * 7 % 251) as u8).collect();
    let codec = ws::Codec::new();
    let encode = |message: &ReliableMessage<'_>| {
        let mut bytes = vec![0; codec.encoded_len(message).unwrap()];
        codec.encode(message, &mut bytes).unwrap();
        bytes
    };
    let csm = encode(&ReliableMessage::new(Code::CSM));
    let content = ReliableMessage::new(Code::CONTENT).with_token(Token::new(b"t").unwrap());
    let content = encode(&content.with_payload(&image));
    for cut in [1, 100, 5000] {
        let mut frames = frame(0x82, &csm);
        frames.extend(fragments(&content, cut));
        frames.extend(frame(0x82, &encode(&ReliableMessage::new(Code::RELEASE))));
        for piece in [1, 2, 3, 7, 64, 100_000] {
            let mut wire = Wire::new("coap", &frames, piece);
            let (codes, payload) = client(&mut wire, &mut [0; MEMORY]);
            assert_eq!(codes, [Code::CSM, Code::CONTENT, Code::RELEASE]);
            assert_eq!(payload, image);
            let (messages, _) = wire.heard();
            let codes: Vec<_> = messages.iter().map(|m| codec.decode(m).unwrap().code).collect();
            assert_eq!(codes, [Code::CSM, Code::GET]);
        }
    }
}
