//! What holds for any bytes whatever. Used by the laws and by the fuzz target.

use coap_codec::{
    Code, Codec, DecodeError, EncodeError, ErrorKind, Knowledge, Message, MessageMut, OptionNumber,
    Reaction, ReliableMessage, bad_option, react, react_reliable, tcp, ws,
};

use crate::reference::{self, Fields, Over, Refusal};

/// Every law, for every transport and several limits.
pub(crate) fn hold(input: &[u8]) {
    let (plain, extended) = (Codec::new(), Codec::new().with_extended_tokens());
    over_udp(plain, 8, input);
    // With a Token Length of up to 8 they are the same.
    if plain.decode(input) != extended.decode(input) {
        over_udp(extended, 65_804, input);
    }
    for max_token_len in [0, 8, 9, 65_804] {
        over_web_sockets(max_token_len, input);
    }
    for (max_token_len, max_message_size) in
        [(8, 0), (8, 20), (0, 1152), (9, 1152), (300, 1152), (65_804, u32::MAX), (8, u32::MAX)]
    {
        over_tcp(max_token_len, max_message_size, input);
    }
}

fn over_udp(codec: Codec, max_token_len: u32, input: &[u8]) {
    let decoded = codec.decode(input);
    match (decoded, reference::decode(Over::Udp, max_token_len, input)) {
        (Ok(message), Ok(Some((fields, len)))) => {
            assert_eq!(len, input.len());
            assert_eq!(reference::fields(&message), fields, "{input:02X?}");
            sends_on(codec, &message, input);
            opens(codec, &message, input);
            reference::accessors::hold(&message.options, &fields.options);
            reacts_to(&decoded, |know| reference::reaction::to_message(&fields, know));
            for recognized in [&[][..], reference::reaction::RECOGNIZED] {
                let bad = bad_option(message.code, &message.options, recognized);
                if message.code.is_request() || message.code.is_response() {
                    let expected = reference::reaction::unrecognized(&fields, recognized);
                    assert_eq!(bad, expected.map(OptionNumber), "{message:?}");
                }
            }
        }
        (Err(error), Err(refusal)) => {
            is_refused(error, refusal, input);
            let (message_type, id) = match input {
                [first, _, high, low, ..] if first >> 6 == 1 => {
                    (Some(first >> 4 & 3), u16::from_be_bytes([*high, *low]))
                }
                _ => (None, 0),
            };
            assert_eq!((error.message_type.map(|t| t as u8), error.message_id), (message_type, id));
            reacts_to(&decoded, |know| reference::reaction::to_malformed(input, know));
        }
        (ours, theirs) => panic!("{input:02X?}: {ours:?}, by the book {theirs:?}"),
    }
}

/// What was decoded is encoded to the same bytes, unless it may not be sent.
fn sends_on(codec: Codec, message: &Message<'_>, bytes: &[u8]) {
    let (code, message_type) = (message.code, message.message_type as u8);
    // RFC 7252 section 4.3, table 1.
    let allowed = match message_type {
        0 => true,
        1 => code.0 != 0,
        2 => code.0 == 0 || code.0 >= 32,
        _ => code.0 == 0,
    };
    let reserved = matches!(code.class(), 1 | 3 | 6 | 7);
    let mut out = vec![0x5A; bytes.len() + 1];
    match codec.encoded_len(message) {
        Err(EncodeError::Invalid(kind)) => {
            // Who breaks both rules hears of one.
            assert!(
                kind == ErrorKind::TypeAndCode && !allowed
                    || kind == ErrorKind::ReservedCode && reserved
            );
            assert_eq!(codec.encode(message, &mut out), Err(EncodeError::Invalid(kind)));
        }
        len => {
            assert!(allowed && !reserved, "{message:?}");
            assert_eq!(len, Ok(bytes.len()));
            assert_eq!(codec.encode(message, &mut out), Ok(bytes.len()));
            assert_eq!(out.split_last(), Some((&0x5A, bytes)));
            let short = &mut out[..bytes.len() - 1];
            let error = EncodeError::BufferTooSmall { needed: bytes.len() };
            assert_eq!(codec.encode(message, short), Err(error));
        }
    }
}

fn opens(codec: Codec, message: &Message<'_>, bytes: &[u8]) {
    let mut buffer = bytes.to_vec();
    buffer.push(0xFF);
    let opened = MessageMut::open(&codec, &mut buffer, bytes.len()).unwrap();
    assert_eq!(opened.message(), *message);
    assert_eq!((opened.as_bytes(), opened.len()), (bytes, bytes.len()));
}

fn reacts_to(
    decoded: &Result<Message<'_>, DecodeError>,
    expected: impl Fn(&Knowledge<'_>) -> Reaction,
) {
    for knowledge in reference::reaction::knowledges() {
        assert_eq!(react(decoded, &knowledge), expected(&knowledge), "{decoded:?} {knowledge:?}");
    }
}

fn is_refused(error: DecodeError, refusal: Refusal, input: &[u8]) {
    assert_eq!((error.kind, error.offset as usize), refusal, "{input:02X?}");
    assert!(error.offset as usize <= input.len());
    assert!(error.rule().starts_with("RFC "));
}

fn over_web_sockets(max_token_len: u32, input: &[u8]) {
    let codec = ws::Codec::new().with_max_token_len(max_token_len);
    match (codec.decode(input), reference::decode(Over::WebSocket, max_token_len, input)) {
        (Ok(message), Ok(Some((fields, _)))) => {
            assert_eq!(reference::reliable_fields(&message), fields, "{input:02X?}");
            let mut out = vec![0x5A; input.len() + 1];
            assert_eq!(codec.encoded_len(&message), expected_len(&message, input.len()));
            let encoded = codec.encode(&message, &mut out);
            assert_eq!(encoded, expected_len(&message, input.len()));
            if encoded.is_ok() {
                assert_eq!(out.split_last(), Some((&0x5A, input)));
            }
            signals(&Ok(message), &fields);
        }
        (Err(error), Err(refusal)) => {
            is_refused(error, refusal, input);
            assert_eq!((error.message_type, error.message_id), (None, 0));
        }
        (ours, theirs) => panic!("{input:02X?}: {ours:?}, by the book {theirs:?}"),
    }
}

fn over_tcp(max_token_len: u32, max_message_size: u32, input: &[u8]) {
    let codec =
        tcp::Codec::new().with_max_token_len(max_token_len).with_max_message_size(max_message_size);
    let over = Over::Tcp { max_message_size };
    let known = codec.frame_len(input);
    match (known, reference::frame_len(max_message_size, max_token_len, input)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{input:02X?}"),
        (Err(error), Err(refusal)) => is_refused(error, refusal, input),
        (ours, theirs) => panic!("{input:02X?}: {ours:?}, by the book {theirs:?}"),
    }
    match (codec.decode(input), reference::decode(over, max_token_len, input)) {
        (Ok(None), Ok(None)) => {}
        (Ok(Some((message, len))), Ok(Some((fields, length)))) => {
            assert_eq!((known, len), (Ok(Some(len)), length));
            assert_eq!(reference::reliable_fields(&message), fields, "{input:02X?}");
            assert_eq!(codec.decode(&input[..len - 1]), Ok(None));
            // A Length has four forms, of which we send the shortest, and the others cannot say as
            // little: each length has one form.
            let mut out = vec![0x5A; len + 1];
            let encoded = codec.encode(&message, &mut out);
            assert_eq!(encoded, expected_len(&message, len));
            assert_eq!(codec.encoded_len(&message), encoded);
            if encoded.is_ok() {
                assert_eq!(out.split_last(), Some((&0x5A, &input[..len])));
            } else {
                assert!(out.iter().all(|byte| *byte == 0x5A));
            }
        }
        (Err(error), Err(refusal)) => {
            is_refused(error, refusal, input);
            assert_eq!((error.message_type, error.message_id), (None, 0));
        }
        (ours, theirs) => panic!("{input:02X?}: {ours:?}, by the book {theirs:?}"),
    }
}

fn expected_len(message: &ReliableMessage<'_>, len: usize) -> Result<usize, EncodeError> {
    if message.code.is_reserved() {
        return Err(EncodeError::Invalid(ErrorKind::ReservedCode));
    }
    Ok(len)
}

/// What signalling messages say, and what all messages ask for.
fn signals(message: &Result<ReliableMessage<'_>, DecodeError>, fields: &Fields) {
    let Ok(decoded) = message else { return };
    let first = |number| fields.options.iter().find(|option| option.0 == number);
    let empty = first(2).is_some_and(|option| option.1.is_empty());
    assert_eq!(decoded.custody(), empty && matches!(decoded.code, Code::PING | Code::PONG));
    let hold_off = first(4).filter(|option| option.1.len() <= 3 && decoded.code == Code::RELEASE);
    assert_eq!(decoded.hold_off_secs().is_some(), hold_off.is_some());
    let bad = first(2).filter(|option| option.1.len() <= 2 && decoded.code == Code::ABORT);
    assert_eq!(decoded.bad_csm_option().is_some(), bad.is_some());
    for address in decoded.alternative_addresses() {
        assert!(decoded.code == Code::RELEASE && (1..=255).contains(&address.len()));
    }
    for csm_seen in [true, false] {
        for know in reference::reaction::knowledges() {
            let expected = reference::reaction::to_reliable(fields, csm_seen, &know);
            let found = react_reliable(message, csm_seen, &know);
            assert_eq!(found, expected, "{message:?} {csm_seen} {know:?}");
        }
    }
}
