//! CoAP once more, slow and plain, from the text of RFC 7252 section 3, RFC 8323 sections 3.2 and
//! 4.2 and RFC 8974 section 2.1: with a heap, with places instead of borrowed pieces, with wide
//! numbers. Used by the tests and by the fuzz targets.

#![allow(dead_code, reason = "each test binary uses its part")]

use coap_codec::{ErrorKind, Message, ReliableMessage};

pub(crate) mod accessors;
pub(crate) mod reaction;

/// What carries the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Udp,
    Tcp { max_message_size: u32 },
    WebSocket,
}

/// Everything that a message says. Over reliable transports type and id are 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields {
    pub(crate) message_type: u8,
    pub(crate) id: u16,
    pub(crate) code: u8,
    pub(crate) token: Vec<u8>,
    pub(crate) options: Vec<(u16, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
}

/// What is wrong, and the index of the field.
pub(crate) type Refusal = (ErrorKind, usize);

/// The message at the start of `input` and its length; none if a stream has not brought all of it.
pub(crate) fn decode(
    over: Over,
    max_token_len: u32,
    input: &[u8],
) -> Result<Option<(Fields, usize)>, Refusal> {
    let mut tape = Tape { bytes: input, at: 0 };
    match over {
        Over::Udp => {
            let Some(first) = tape.number(1) else { return Err((ErrorKind::Truncated, 0)) };
            if first / 64 != 1 {
                return Err((ErrorKind::Version, 0));
            }
            // Three fields: the first byte, Code, Message ID.
            let Some(code) = tape.number(1) else { return Err((ErrorKind::Truncated, 1)) };
            let Some(id) = tape.number(2) else { return Err((ErrorKind::Truncated, 2)) };
            let fields = Fields {
                message_type: (first / 16 % 4) as u8,
                id: id as u16,
                code: code as u8,
                ..Fields::default()
            };
            let fields = body(fields, first % 16, max_token_len, tape)?;
            Ok(Some((fields, input.len())))
        }
        Over::WebSocket => {
            let Some(first) = tape.number(1) else { return Err((ErrorKind::Truncated, 0)) };
            let Some(code) = tape.number(1) else { return Err((ErrorKind::Truncated, 1)) };
            if first / 16 != 0 {
                return Err((ErrorKind::WebSocketLength, 0));
            }
            let fields = Fields { code: code as u8, ..Fields::default() };
            Ok(Some((body(fields, first % 16, max_token_len, tape)?, input.len())))
        }
        Over::Tcp { max_message_size } => {
            let Some(len) = frame_len(max_message_size, max_token_len, input)? else {
                return Ok(None);
            };
            if input.len() < len {
                return Ok(None);
            }
            tape.bytes = &input[..len];
            let first = tape.number(1).unwrap();
            tape.number(extension_of(first / 16));
            let fields = Fields { code: tape.number(1).unwrap() as u8, ..Fields::default() };
            Ok(Some((body(fields, first % 16, max_token_len, tape)?, len)))
        }
    }
}

/// How long the frame of a stream is, if its first bytes tell.
pub(crate) fn frame_len(
    max_message_size: u32,
    max_token_len: u32,
    input: &[u8],
) -> Result<Option<usize>, Refusal> {
    let mut tape = Tape { bytes: input, at: 0 };
    let Some(first) = tape.number(1) else { return Ok(None) };
    let (length, token_length) = (first / 16, first % 16);
    token_length_is_allowed(token_length, max_token_len)?;
    let length = match length {
        13 => tape.number(1).map(|more| more + 13),
        14 => tape.number(2).map(|more| more + 269),
        15 => tape.number(4).map(|more| more + 65_805),
        small => Some(small),
    };
    let Some(length) = length else { return Ok(None) };
    let too_large = Err((ErrorKind::MessageTooLarge, 0));
    if length > u64::from(max_message_size) {
        return too_large;
    }
    if tape.number(1).is_none() {
        return Ok(None);
    }
    let Some(token_len) = extended(token_length, &mut tape) else { return Ok(None) };
    token_is_allowed(token_len, max_token_len)?;
    let len = tape.at as u64 + token_len + length;
    if len > u64::from(max_message_size) { too_large } else { Ok(Some(len as usize)) }
}

/// What all transports have behind Code and Message ID.
fn body(
    mut fields: Fields,
    token_length: u64,
    max_token_len: u32,
    mut tape: Tape<'_>,
) -> Result<Fields, Refusal> {
    token_length_is_allowed(token_length, max_token_len)?;
    let body = tape.at;
    // RFC 7252 section 4.1: token length 0, and nothing behind the Message ID.
    if fields.code == 0 {
        return match (token_length, tape.rest()) {
            (0, 0) => Ok(fields),
            (0, _) => Err((ErrorKind::EmptyMessage, body)),
            _ => Err((ErrorKind::EmptyMessage, 0)),
        };
    }
    let Some(len) = extended(token_length, &mut tape) else {
        return Err((ErrorKind::Truncated, body));
    };
    token_is_allowed(len, max_token_len)?;
    let Some(token) = tape.bytes(len) else { return Err((ErrorKind::Truncated, body)) };
    fields.token = token;
    let mut number = 0_u64;
    while tape.rest() > 0 {
        let at = tape.at;
        let first = tape.number(1).unwrap();
        if first == 0xFF {
            fields.payload = tape.bytes(tape.rest() as u64).unwrap();
            if fields.payload.is_empty() {
                return Err((ErrorKind::EmptyPayload, at));
            }
            break;
        }
        let truncated = (ErrorKind::OptionTruncated, at);
        if first / 16 == 15 {
            return Err((ErrorKind::OptionDelta, at));
        }
        number += extended(first / 16, &mut tape).ok_or(truncated)?;
        if first % 16 == 15 {
            return Err((ErrorKind::OptionLength, at));
        }
        let len = extended(first % 16, &mut tape).ok_or(truncated)?;
        if number > 65_535 {
            return Err((ErrorKind::OptionNumber, at));
        }
        fields.options.push((number as u16, tape.bytes(len).ok_or(truncated)?));
    }
    Ok(fields)
}

fn token_length_is_allowed(token_length: u64, max_token_len: u32) -> Result<(), Refusal> {
    let last = if max_token_len > 8 { 14 } else { 8 };
    if token_length > last { Err((ErrorKind::TokenLength, 0)) } else { Ok(()) }
}

fn token_is_allowed(len: u64, max_token_len: u32) -> Result<(), Refusal> {
    if len > 8 && len > u64::from(max_token_len) {
        return Err((ErrorKind::TokenTooLong, 0));
    }
    Ok(())
}

/// The number that a nibble of 0 to 14 begins.
fn extended(nibble: u64, tape: &mut Tape<'_>) -> Option<u64> {
    match nibble {
        13 => Some(tape.number(1)? + 13),
        14 => Some(tape.number(2)? + 269),
        nibble => Some(nibble),
    }
}

fn extension_of(length: u64) -> usize {
    match length {
        13 => 1,
        14 => 2,
        15 => 4,
        _ => 0,
    }
}

/// Bytes with a place.
struct Tape<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Tape<'_> {
    fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn bytes(&mut self, len: u64) -> Option<Vec<u8>> {
        if len > self.rest() as u64 {
            return None;
        }
        let from = self.at;
        self.at += len as usize;
        Some(self.bytes[from..self.at].to_vec())
    }

    /// A number of so many bytes in network byte order.
    fn number(&mut self, len: usize) -> Option<u64> {
        let bytes = self.bytes(len as u64)?;
        Some(bytes.iter().fold(0, |number, byte| number * 256 + u64::from(*byte)))
    }
}

/// The bytes of a message.
pub(crate) fn encode(over: Over, fields: &Fields) -> Vec<u8> {
    let mut body = Vec::new();
    let mut before = 0;
    for (number, value) in &fields.options {
        let (delta, delta_more) = extend(usize::from(number - before));
        let (len, len_more) = extend(value.len());
        body.push(delta * 16 + len);
        body.extend(delta_more);
        body.extend(len_more);
        body.extend(value);
        before = *number;
    }
    if !fields.payload.is_empty() {
        body.push(0xFF);
        body.extend(&fields.payload);
    }
    let (token_length, token_more) = extend(fields.token.len());
    let mut out = Vec::new();
    match over {
        Over::Udp => {
            out.push(0x40 + fields.message_type * 16 + token_length);
            out.push(fields.code);
            out.extend(fields.id.to_be_bytes());
        }
        Over::WebSocket => out.extend([token_length, fields.code]),
        Over::Tcp { .. } => {
            let len = body.len();
            match len {
                0..=12 => out.push(len as u8 * 16 + token_length),
                13..=268 => out.extend([0xD0 + token_length, (len - 13) as u8]),
                269..=65_804 => {
                    out.push(0xE0 + token_length);
                    out.extend(((len - 269) as u16).to_be_bytes());
                }
                _ => {
                    out.push(0xF0 + token_length);
                    out.extend(((len - 65_805) as u32).to_be_bytes());
                }
            }
            out.push(fields.code);
        }
    }
    out.extend(token_more);
    out.extend(&fields.token);
    out.extend(body);
    out
}

fn extend(number: usize) -> (u8, Vec<u8>) {
    match number {
        0..=12 => (number as u8, vec![]),
        13..=268 => (13, vec![(number - 13) as u8]),
        269..=65_804 => (14, ((number - 269) as u16).to_be_bytes().to_vec()),
        _ => panic!("{number} has no form"),
    }
}

/// The fields of a decoded message, as owned values.
pub(crate) fn fields(message: &Message<'_>) -> Fields {
    Fields {
        message_type: message.message_type as u8,
        id: message.message_id,
        ..reliable_fields(&message.reliable())
    }
}

/// The same for reliable transports.
pub(crate) fn reliable_fields(message: &ReliableMessage<'_>) -> Fields {
    Fields {
        message_type: 0,
        id: 0,
        code: message.code.0,
        token: message.token.as_bytes().to_vec(),
        options: message
            .options
            .iter()
            .map(|option| (option.number.0, option.value.to_vec()))
            .collect(),
        payload: message.payload.to_vec(),
    }
}
