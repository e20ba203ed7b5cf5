//! Messages over TCP, and what they are on the wire.

use coap_codec::{CoapOption, Code, OptionNumber, Options, ReliableMessage, Token, tcp};

pub(crate) const CODEC: tcp::Codec = tcp::Codec::new().with_max_message_size(2000);

/// Five messages: with all parts, without any, with a head and with a payload longer than any
/// window. No code of signalling, so that all of them can go over UDP too.
pub(crate) fn with_messages(look: impl FnOnce(&[ReliableMessage<'_>], &[u8])) {
    let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let segment = [b's'; 200];
    let path = [
        CoapOption::new(OptionNumber::URI_PATH, b"a"),
        CoapOption::new(OptionNumber::URI_PATH, &segment),
    ];
    let token = Token::new(b"tok").unwrap();
    let put = ReliableMessage::new(Code::PUT).with_token(token);
    let messages = [
        put.with_options(Options::new(&path[..1])).with_payload(b"21.5"),
        ReliableMessage::new(Code::CHANGED),
        put.with_options(Options::new(&path)).with_payload(b"x"),
        put.with_options(Options::new(&path)).with_payload(&payload),
        ReliableMessage::new(Code::CONTENT).with_payload(b"21.5"),
    ];
    look(&messages, &encoded(&messages));
}

pub(crate) fn encoded(messages: &[ReliableMessage<'_>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for message in messages {
        let mut out = vec![0; CODEC.encoded_len(message).unwrap()];
        CODEC.encode(message, &mut out).unwrap();
        wire.extend(out);
    }
    wire
}

/// A message that may not be encoded: options out of order.
pub(crate) const INVALID: ReliableMessage<'static> =
    ReliableMessage::new(Code::GET).with_options(Options::new(&[
        CoapOption::new(OptionNumber::URI_QUERY, b"q"),
        CoapOption::new(OptionNumber::URI_PATH, b"p"),
    ]));
