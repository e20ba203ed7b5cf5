//! What cannot be encoded, over any transport, and what may be decoded all the same.

use coap_codec::ErrorKind::{
    self, EmptyMessage, OptionOrder, OptionRepeated, OptionValueLength, ReservedCode, TokenTooLong,
    TypeAndCode,
};
use coap_codec::{
    CoapOption, Code, Codec, EncodeError, Message, MessageMut, OptionNumber, Options,
    ReliableMessage, Token, Type, tcp, ws,
};

use crate::common::{option, token};

const UNTOUCHED: u8 = 0xA5;

/// Refused by `encode` in any buffer, by `encoded_len`, and by a constant.
#[track_caller]
fn refused(codec: Codec, message: &Message<'_>, kind: ErrorKind) {
    let error = Err(EncodeError::Invalid(kind));
    assert_eq!(codec.encoded_len(message), error, "{message:?}");
    for room in [0, 1, 4, 2_000] {
        let mut out = vec![UNTOUCHED; room];
        let found = codec.encode(message, &mut out);
        // A buffer that is too small already may say so only for a message that could be sent.
        assert_eq!(found, error, "{room} {message:?}");
    }
}

#[track_caller]
fn refused_reliable(max_token_len: u32, message: &ReliableMessage<'_>, kind: ErrorKind) {
    let error = Err(EncodeError::Invalid(kind));
    let stream = tcp::Codec::new().with_max_token_len(max_token_len);
    let web_socket = ws::Codec::new().with_max_token_len(max_token_len);
    assert_eq!(stream.encoded_len(message), error);
    assert_eq!(web_socket.encoded_len(message), error);
    for room in [0, 1, 4, 2_000] {
        let mut out = vec![UNTOUCHED; room];
        assert_eq!(stream.encode(message, &mut out), error);
        assert!(out.iter().all(|byte| *byte == UNTOUCHED), "{message:?}");
        assert_eq!(web_socket.encode(message, &mut out), error);
    }
}

const GET: Message<'_> = Message::new(Type::Confirmable, Code::GET, 1);
const TYPES: [Type; 4] =
    [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset];

/// Table 1 of RFC 7252 section 4.3, and the classes of section 12.1, for every type and code.
#[test]
fn types_and_codes_go_together_as_in_table_1() {
    for message_type in TYPES {
        for code in (0..=255).map(Code) {
            let table = match code.class() {
                0 if code.is_empty() => "*-XX",
                0 => "XX--",
                2 | 4 | 5 => "XXX-",
                _ => "----",
            };
            let allowed = table.as_bytes()[message_type as usize] != b'-';
            let message = Message::new(message_type, code, 1);
            let found = Codec::new().encode(&message, &mut [0; 4]);
            assert_eq!(found.is_ok(), allowed, "{message_type:?} {code}");
            let mut buffer = [0; 4];
            let built = MessageMut::new(&mut buffer, message_type, code, 1, Token::EMPTY);
            assert_eq!(built.is_ok(), allowed, "{message_type:?} {code}");
            let reserved = matches!(code.class(), 1 | 3 | 6 | 7);
            if !allowed && reserved && message_type != Type::Reset {
                refused(Codec::new(), &message, ReservedCode);
            } else if !allowed && !reserved {
                refused(Codec::new(), &message, TypeAndCode);
            }
            // Over reliable transports there is no type, and signalling.
            let reliable = message.reliable();
            if matches!(code.class(), 1 | 3 | 6) {
                refused_reliable(8, &reliable, ReservedCode);
            } else {
                assert_eq!(ws::Codec::new().encoded_len(&reliable), Ok(2));
                assert_eq!(tcp::Codec::new().encoded_len(&reliable), Ok(2));
            }
        }
    }
}

#[test]
fn an_empty_message_with_anything_in_it() {
    let options = [option(OptionNumber::URI_PATH, b"a")];
    let ping = Message::ping(1);
    for message in [
        ping.with_token(token(b"a")),
        ping.with_options(Options::new(&options)),
        ping.with_payload(b"a"),
        Message::acknowledgement(1).with_payload(b"a"),
        Message::reset(1).with_token(token(b"a")),
    ] {
        refused(Codec::new(), &message, EmptyMessage);
        refused_reliable(8, &message.reliable(), EmptyMessage);
    }
}

#[test]
fn a_token_longer_than_the_codec_takes() {
    let bytes = [0x77; 300];
    for (limit, len) in [(0, 9), (8, 9), (8, 13), (12, 13), (268, 269), (299, 300)] {
        let message = GET.with_token(token(&bytes[..len]));
        refused(Codec::new(), &message, TokenTooLong);
        refused_reliable(limit, &message.reliable(), TokenTooLong);
        assert!(Codec::new().with_extended_tokens().encoded_len(&message).is_ok());
    }
    assert_eq!(Token::new(&vec![0; 65_805]), None);
    assert_eq!(Token::new(&vec![0; 65_804]).unwrap().len(), 65_804);
}

#[test]
fn options_out_of_order() {
    let rows: [&[u16]; 4] = [&[11, 3], &[292, 292, 11], &[65_535, 65_534], &[2, 1, 4]];
    for numbers in rows {
        let options: Vec<CoapOption<'_>> =
            numbers.iter().map(|number| option(OptionNumber(*number), b"a")).collect();
        let message = GET.with_options(Options::new(&options));
        refused(Codec::new(), &message, OptionOrder);
        refused_reliable(8, &message.reliable(), OptionOrder);
    }
}

/// Every registered option with a value a byte too short and a byte too long.
#[test]
fn a_value_of_a_length_that_is_not_allowed() {
    let value = vec![b'a'; 70_000];
    let mut tried = 0;
    for number in (0..=u16::MAX).map(OptionNumber) {
        let Some(definition) = number.definition() else { continue };
        tried += 1;
        let (min, max) = (usize::from(definition.min_len), usize::from(definition.max_len));
        for len in [min, max] {
            let options = [option(number, &value[..len])];
            let message = GET.with_options(Options::new(&options));
            assert!(Codec::new().encoded_len(&message).is_ok(), "{number} {len}");
        }
        for len in [min.checked_sub(1), Some(max + 1)].into_iter().flatten() {
            let options = [option(number, &value[..len])];
            let message = GET.with_options(Options::new(&options));
            refused(Codec::new(), &message, OptionValueLength);
            refused_reliable(8, &message.reliable(), OptionValueLength);
        }
    }
    assert_eq!(tried, 26);
    // The longest value that has a form.
    for (len, allowed) in [(65_804, true), (65_805, false), (70_000, false)] {
        let options = [option(OptionNumber(2048), &value[..len])];
        let message = GET.with_options(Options::new(&options));
        assert_eq!(Codec::new().encoded_len(&message).is_ok(), allowed, "{len}");
        if !allowed {
            refused(Codec::new(), &message, OptionValueLength);
        }
    }
}

/// RFC 7252 section 5.4.5 and the R column of its table 4; RFC 7641, 7959, 7967, 8613, 8768, 9175,
/// 9177 for the others. ETag and Q-Block2 repeat in requests only.
#[test]
fn an_option_more_often_than_allowed() {
    let once = [3, 5, 6, 7, 9, 12, 14, 16, 17, 19, 23, 27, 28, 35, 39, 60, 252, 258];
    let often = [1, 8, 11, 15, 20, 292, 2, 2048, 65_535];
    let in_requests = [4, 31];
    for (numbers, request, response) in
        [(&once[..], false, false), (&often[..], true, true), (&in_requests[..], true, false)]
    {
        for number in numbers {
            let number = OptionNumber(*number);
            let len = number.definition().map_or(1, |definition| definition.min_len);
            let value = vec![b'a'; len.into()];
            let options = [option(number, &value), option(number, &value)];
            for (code, allowed) in [(Code::GET, request), (Code::CONTENT, response)] {
                let message =
                    Message::new(Type::Confirmable, code, 1).with_options(Options::new(&options));
                if allowed {
                    assert!(Codec::new().encoded_len(&message).is_ok(), "{number} {code}");
                } else {
                    refused(Codec::new(), &message, OptionRepeated);
                    refused_reliable(8, &message.reliable(), OptionRepeated);
                }
            }
        }
    }
}

/// Signalling messages have options of their own: RFC 8323 section 5, RFC 8974 section 2.2.1.
#[test]
fn options_of_signalling_by_their_own_rules() {
    // Code, number, shortest, longest, repeatable.
    let rows = [
        (Code::CSM, 2, 0_usize, 4, false),
        (Code::CSM, 4, 0, 0, false),
        (Code::CSM, 6, 0, 3, false),
        (Code::PING, 2, 0, 0, false),
        (Code::PONG, 2, 0, 0, false),
        (Code::RELEASE, 2, 1, 255, true),
        (Code::RELEASE, 4, 0, 3, false),
        (Code::ABORT, 2, 0, 2, false),
    ];
    let value = [b'a'; 300];
    for (code, number, min, max, repeatable) in rows {
        let number = OptionNumber(number);
        let message = ReliableMessage::new(code);
        for (len, allowed) in [
            (Some(min), true),
            (Some(max), true),
            (min.checked_sub(1), false),
            (Some(max + 1), false),
        ] {
            let Some(len) = len else { continue };
            let options = [option(number, &value[..len])];
            let message = message.with_options(Options::new(&options));
            if allowed {
                assert!(tcp::Codec::new().encoded_len(&message).is_ok());
            } else {
                refused_reliable(8, &message, OptionValueLength);
            }
        }
        let twice = [option(number, &value[..min]); 2];
        let message = message.with_options(Options::new(&twice));
        if repeatable {
            assert!(tcp::Codec::new().encoded_len(&message).is_ok());
        } else {
            refused_reliable(8, &message, OptionRepeated);
        }
    }
    // What is registered for requests is unknown here: a Uri-Path of 300 bytes.
    let options = [option(OptionNumber::URI_PATH, &value)];
    let message = ReliableMessage::new(Code::CSM).with_options(Options::new(&options));
    assert!(tcp::Codec::new().encoded_len(&message).is_ok());
}

#[test]
fn errors_say_what_they_mean() {
    let too_small = EncodeError::BufferTooSmall { needed: 17 };
    assert_eq!(too_small.to_string(), "the buffer is too small, 17 bytes are needed");
    let invalid = EncodeError::Invalid(OptionOrder);
    assert_eq!(invalid.to_string(), "the message cannot be encoded: options out of order");
    for kind in [ReservedCode, TypeAndCode, OptionOrder, OptionValueLength, OptionRepeated] {
        assert_eq!(kind.rule(), crate::rule(kind));
    }
}

/// What an application put together wrongly is refused before anything is in the buffer's message.
#[test]
fn the_header_of_a_message_in_a_buffer() {
    let mut buffer = [0; 16];
    let mut get =
        MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, token(b"t")).unwrap();
    get.set_payload(b"p").unwrap();
    let invalid = |kind| Err(EncodeError::Invalid(kind));
    assert_eq!(get.set_header(Type::Reset, Code::GET, 2), invalid(TypeAndCode));
    assert_eq!(get.set_header(Type::Acknowledgement, Code::GET, 2), invalid(TypeAndCode));
    assert_eq!(get.set_header(Type::NonConfirmable, Code::EMPTY, 2), invalid(TypeAndCode));
    assert_eq!(get.set_header(Type::Confirmable, Code::EMPTY, 2), invalid(EmptyMessage));
    assert_eq!(get.set_header(Type::Confirmable, Code(0x20), 2), invalid(ReservedCode));
    assert_eq!(get.set_header(Type::Confirmable, Code::PING, 2), invalid(ReservedCode));
    assert_eq!(get.as_bytes(), b"\x41\x01\x00\x01t\xFFp");
    get.set_header(Type::Acknowledgement, Code::CONTENT, 0x0203).unwrap();
    assert_eq!(get.as_bytes(), b"\x61\x45\x02\x03t\xFFp");
}
