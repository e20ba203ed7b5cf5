//! What the tests share: a notation for bytes, and the laws of one golden vector.

#![allow(dead_code, reason = "each test binary uses its part")]

use coap_codec::{
    CoapOption, Codec, EncodeError, Message, MessageMut, OptionNumber, ReliableMessage, Token, tcp,
    ws,
};

/// Bytes from a notation.
///
/// * `0a1B` hex digits, two a byte; white space does not count
/// * `'abc'` these bytes of text
/// * `(300*2E)` a byte so many times
pub(crate) fn bytes(notation: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = notation;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' => {
                let (text, behind) = rest.split_once('\'').expect("an open quotation");
                out.extend(text.as_bytes());
                rest = behind;
            }
            '(' => {
                let (times, behind) = rest.split_once(')').expect("an open parenthesis");
                let (count, byte) = times.split_once('*').expect("no * in parentheses");
                let byte = u8::from_str_radix(byte, 16).unwrap();
                out.resize(out.len() + count.parse::<usize>().unwrap(), byte);
                rest = behind;
            }
            c if c.is_whitespace() => {}
            high => {
                let low = rest.chars().next().expect("half a byte");
                rest = &rest[1..];
                let digit = |c: char| c.to_digit(16).unwrap_or_else(|| panic!("{c} in {notation}"));
                out.push(u8::try_from(digit(high) << 4 | digit(low)).unwrap());
            }
        }
    }
    out
}

pub(crate) const fn option(number: OptionNumber, value: &[u8]) -> CoapOption<'_> {
    CoapOption::new(number, value)
}

pub(crate) fn token(bytes: &[u8]) -> Token<'_> {
    Token::new(bytes).unwrap()
}

/// Everything that holds for a message over UDP and its one encoding.
#[track_caller]
pub(crate) fn udp(notation: &str, message: &Message<'_>) {
    let bytes = bytes(notation);
    let codec = Codec::new().with_extended_tokens();
    encodes(&bytes, codec.encoded_len(message), |out| codec.encode(message, out));
    assert_eq!(codec.decode(&bytes), Ok(*message), "{bytes:02X?}");
    if message.token.len() <= 8 {
        assert_eq!(Codec::new().decode(&bytes), Ok(*message), "{bytes:02X?}");
    }
    // What was decoded can be sent on.
    let decoded = codec.decode(&bytes).unwrap();
    encodes(&bytes, codec.encoded_len(&decoded), |out| codec.encode(&decoded, out));
    if message.code.is_empty() {
        return;
    }
    // Put together from its end to its start.
    let Message { message_type, code, message_id, token, payload, .. } = *message;
    let mut buffer = vec![UNTOUCHED; bytes.len() + 1];
    // A message that is new has a token of up to 8 bytes, one that is opened has any.
    let head = Message::new(message_type, code, message_id).with_token(token);
    let len = codec.encode(&head, &mut buffer).unwrap();
    let mut built = if token.len() > 8 {
        MessageMut::open(&codec, &mut buffer, len).unwrap()
    } else {
        MessageMut::new(&mut buffer, message_type, code, message_id, token).unwrap()
    };
    built.set_payload(payload).unwrap();
    let mut options: Vec<_> = message.options.iter().collect();
    options.sort_by_key(|option| core::cmp::Reverse(option.number));
    for option in options {
        built.insert(option.number, option.value).unwrap();
    }
    assert_eq!(built.as_bytes(), bytes);
}

/// The same over TCP: a frame, of which every part is incomplete.
#[track_caller]
pub(crate) fn over_tcp(notation: &str, message: &ReliableMessage<'_>) {
    let bytes = bytes(notation);
    let len = bytes.len();
    let codec = tcp::Codec::new()
        .with_max_token_len(Token::MAX_EXTENDED_LEN)
        .with_max_message_size(len as u32);
    encodes(&bytes, codec.encoded_len(message), |out| codec.encode(message, out));
    for behind in [&[][..], &[0x00], &[0xFF; 9]] {
        let more = [&bytes[..], behind].concat();
        assert_eq!(codec.decode(&more), Ok(Some((*message, len))), "{bytes:02X?}");
        assert_eq!(codec.frame_len(&more), Ok(Some(len)));
    }
    let (decoded, _) = codec.decode(&bytes).unwrap().unwrap();
    encodes(&bytes, codec.encoded_len(&decoded), |out| codec.encode(&decoded, out));
    // First byte, Extended Length, Code, Extended Token Length: then the length is known.
    let (length, token_length) = (bytes[0] >> 4, bytes[0] & 15);
    let extension = |nibble| [0, 1, 2, 4][usize::from(nibble).saturating_sub(12)];
    let head = 2 + extension(length) + extension(token_length);
    for cut in (0..len).filter(|cut| *cut < 300 || cut % 997 == 0 || cut + 3 > len) {
        assert_eq!(codec.decode(&bytes[..cut]), Ok(None), "{cut} of {len}");
        let known = (cut >= head).then_some(len);
        assert_eq!(codec.frame_len(&bytes[..cut]), Ok(known), "{cut} of {len}");
    }
    // The limit is the length itself.
    assert!(codec.with_max_message_size(len as u32 - 1).decode(&bytes).is_err());
}

/// The same over WebSockets.
#[track_caller]
pub(crate) fn over_web_sockets(notation: &str, message: &ReliableMessage<'_>) {
    let bytes = bytes(notation);
    let codec = ws::Codec::new().with_max_token_len(Token::MAX_EXTENDED_LEN);
    encodes(&bytes, codec.encoded_len(message), |out| codec.encode(message, out));
    assert_eq!(codec.decode(&bytes), Ok(*message), "{bytes:02X?}");
    let decoded = codec.decode(&bytes).unwrap();
    encodes(&bytes, codec.encoded_len(&decoded), |out| codec.encode(&decoded, out));
}

const UNTOUCHED: u8 = 0xA5;

#[track_caller]
fn encodes(
    bytes: &[u8],
    encoded_len: Result<usize, EncodeError>,
    encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
) {
    let needed = bytes.len();
    assert_eq!(encoded_len, Ok(needed));
    let mut out = vec![UNTOUCHED; needed];
    for room in (0..needed).filter(|room| *room < 300 || room % 997 == 0 || room + 3 > needed) {
        let error = EncodeError::BufferTooSmall { needed };
        assert_eq!(encode(&mut out[..room]), Err(error), "{room} of {needed}");
        assert!(out[room..].iter().all(|byte| *byte == UNTOUCHED), "{room} of {needed}");
    }
    for spare in [0, 1, 7] {
        let mut out = vec![UNTOUCHED; needed + spare];
        assert_eq!(encode(&mut out), Ok(needed));
        assert_eq!(&out[..needed], bytes, "{out:02X?}");
        assert!(out[needed..].iter().all(|byte| *byte == UNTOUCHED));
    }
}
