//! What holds for a message that may be sent.

#![allow(dead_code, reason = "each test binary uses its part")]

use coap_codec::{
    CoapOption, Code, Codec, EncodeError, Message, MessageMut, OptionNumber, Options, Token, Type,
    tcp, ws,
};

use crate::reference::{self, Over};
use crate::source::Source;

/// A message from any bytes: header, token, options of allowed lengths, payload.
pub(crate) fn message(entropy: &[u8], look: impl FnOnce(&Message<'_>)) {
    let mut s = Source(entropy);
    let requests = [Code::GET, Code::POST, Code::PUT, Code::DELETE, Code::FETCH, Code(0x1F)];
    let responses = [Code::CONTENT, Code::CHANGED, Code::BAD_OPTION, Code(0x5F), Code(0xBF)];
    let (message_type, code) = match s.below(8) {
        0..=2 => (Type::Confirmable, s.one_of(&requests)),
        3 => (Type::NonConfirmable, s.one_of(&requests)),
        4 | 5 => (Type::Acknowledgement, s.one_of(&responses)),
        6 => (Type::Confirmable, s.one_of(&responses)),
        _ => (Type::NonConfirmable, s.one_of(&responses)),
    };
    let id = s.two_bytes();
    let token = match s.byte() {
        len @ 0..=0xF0 => s.bytes(usize::from(len % 9)),
        long => s.bytes([9, 12, 13, 14, 268, 269, 270][usize::from(long) % 7]),
    };
    let mut drawn: Vec<(OptionNumber, Vec<u8>)> =
        (0..s.below(9)).map(|_| (s.number(), s.data())).collect();
    drawn.sort_by_key(|option| option.0);
    drawn.dedup_by(|b, a| a.0 == b.0 && !a.0.is_repeatable_in(code));
    for (number, value) in &mut drawn {
        if let Some(definition) = number.definition() {
            value
                .resize(value.len().clamp(definition.min_len.into(), definition.max_len.into()), 0);
        }
    }
    let options: Vec<CoapOption<'_>> =
        drawn.iter().map(|(number, value)| CoapOption::new(*number, value)).collect();
    let payload = s.data();
    let message = Message::new(message_type, code, id)
        .with_token(Token::new(&token).unwrap())
        .with_options(Options::new(&options))
        .with_payload(&payload);
    look(&message);
}

/// Every law of a message that may be sent, and its bytes.
pub(crate) fn hold(message: &Message<'_>) -> Vec<u8> {
    let fields = reference::fields(message);
    let bytes = reference::encode(Over::Udp, &fields);
    let codec = Codec::new().with_extended_tokens();
    exact(&bytes, codec.encoded_len(message), |out| codec.encode(message, out));
    assert_eq!(codec.decode(&bytes), Ok(*message));
    is_put_together(message, &bytes);

    let reliable = message.reliable();
    assert_eq!(reliable.over_udp(message.message_type, message.message_id), *message);
    let bytes_of = |over| reference::encode(over, &fields);
    let web_socket = ws::Codec::new().with_max_token_len(Token::MAX_EXTENDED_LEN);
    let frame = bytes_of(Over::WebSocket);
    exact(&frame, web_socket.encoded_len(&reliable), |out| web_socket.encode(&reliable, out));
    assert_eq!(web_socket.decode(&frame), Ok(reliable));

    let frame = bytes_of(Over::Tcp { max_message_size: 0 });
    let stream = tcp::Codec::new()
        .with_max_token_len(Token::MAX_EXTENDED_LEN)
        .with_max_message_size(frame.len() as u32);
    exact(&frame, stream.encoded_len(&reliable), |out| stream.encode(&reliable, out));
    assert_eq!(stream.decode(&frame), Ok(Some((reliable, frame.len()))));
    let smaller = stream.with_max_message_size(frame.len() as u32 - 1);
    assert!(smaller.decode(&frame).is_err());
    for len in (0..frame.len()).filter(|len| *len < 200 || len % 37 == 0) {
        assert_eq!(stream.decode(&frame[..len]), Ok(None));
    }
    bytes
}

const UNTOUCHED: u8 = 0xA5;

/// The length is exact, every shorter buffer says so, nothing is written behind the end.
fn exact(
    bytes: &[u8],
    encoded_len: Result<usize, EncodeError>,
    encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
) {
    let needed = bytes.len();
    assert_eq!(encoded_len, Ok(needed));
    let mut out = vec![UNTOUCHED; needed + 9];
    for room in (0..needed).filter(|room| needed < 200 || room % 37 == 0 || room + 3 > needed) {
        let error = EncodeError::BufferTooSmall { needed };
        assert_eq!(encode(&mut out[..room]), Err(error), "{room} of {needed}");
        assert!(out[room..].iter().all(|byte| *byte == UNTOUCHED), "{room} of {needed}");
    }
    for spare in [0, 1, 9] {
        let mut out = vec![UNTOUCHED; needed + spare];
        assert_eq!(encode(&mut out), Ok(needed));
        assert_eq!(&out[..needed], bytes);
        assert!(out[needed..].iter().all(|byte| *byte == UNTOUCHED));
    }
}

/// Options in any order and the payload at any time lead to the same bytes, in a buffer of just that
/// size.
fn is_put_together(message: &Message<'_>, bytes: &[u8]) {
    let options: Vec<_> = message.options.iter().collect();
    for turn in 0..3 {
        let mut buffer = vec![UNTOUCHED; bytes.len()];
        let Message { message_type, code, message_id, token, payload, .. } = *message;
        // A message that is new has a token of up to 8 bytes, one that is opened has any.
        let codec = Codec::new().with_extended_tokens();
        let mut built = if token.len() > 8 {
            let head = Message::new(message_type, code, message_id).with_token(token);
            let len = codec.encode(&head, &mut buffer).unwrap();
            MessageMut::open(&codec, &mut buffer, len).unwrap()
        } else {
            MessageMut::new(&mut buffer, message_type, code, message_id, token).unwrap()
        };
        if turn == 1 {
            built.set_payload(payload).unwrap();
        }
        let mut order = options.clone();
        match turn {
            // Those of one number keep their order.
            0 => order.sort_by_key(|option| core::cmp::Reverse(option.number)),
            1 => order.sort_by_key(|option| option.number.0.wrapping_mul(40_503)),
            _ => {}
        }
        for option in order {
            built.insert(option.number, option.value).unwrap();
        }
        built.set_payload(payload).unwrap();
        assert_eq!(built.as_bytes(), bytes, "{turn} {message:?}");
        assert_eq!(built.message(), *message);
    }
}
