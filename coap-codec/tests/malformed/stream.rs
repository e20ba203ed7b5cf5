//! Frames over TCP and WebSockets. A malformed one aborts the connection, RFC 8323 section 5.6.

use coap_codec::ErrorKind::{
    EmptyMessage, EmptyPayload, MessageTooLarge, OptionDelta, OptionLength, OptionNumber,
    OptionTruncated, TokenLength, TokenTooLong, Truncated, WebSocketLength,
};
use coap_codec::{
    Code, DecodeError, Knowledge, Reaction, ReliableMessage, ReliableReaction, react_reliable, tcp,
    ws,
};

use crate::common::{bytes, token};
use crate::{Row, is};

/// Frames of at most 1152 bytes, tokens of up to 8.
const TCP: &[Row] = &[
    ("Token Length 9", "09 01 (9*77)", TokenLength, 0),
    ("Token Length 15", "0F 01 (15*77)", TokenLength, 0),
    ("an Empty message with a token", "01 00 77", EmptyMessage, 0),
    ("an Empty message with an option", "20 00 B1 61", EmptyMessage, 2),
    ("an Empty message with a payload", "20 00 FF 61", EmptyMessage, 2),
    ("delta 15 that is no marker", "10 01 F0", OptionDelta, 2),
    ("the same behind an 8-bit Length", "D0 00 01 BA (10*61) F0 00", OptionDelta, 14),
    ("the same behind a token and an option", "41 01 77 B1 61 F1 00", OptionDelta, 5),
    ("length 15", "10 01 0F", OptionLength, 2),
    // The bytes may be there, but they are the next frame's.
    ("an option that runs past the frame", "20 01 B2 61", OptionTruncated, 2),
    ("an extension that is not there", "10 01 D0", OptionTruncated, 2),
    ("number 65536", "30 01 E0 FEF3", OptionNumber, 2),
    ("a marker without payload", "10 01 FF", EmptyPayload, 2),
    ("the same behind an option", "31 01 77 B1 61 FF", EmptyPayload, 5),
    ("1153 bytes in all", "E0 0370 01 (1149*00)", MessageTooLarge, 0),
    ("a Length of 1153 by itself", "E0 0374", MessageTooLarge, 0),
    ("a Length of 65805", "F0 00000000", MessageTooLarge, 0),
    ("the largest Length", "F0 FFFFFFFF", MessageTooLarge, 0),
];

/// Tokens of up to 20.
const TCP_EXTENDED: &[Row] = &[
    ("Token Length 15", "0F 01", TokenLength, 0),
    ("a token of 21", "0D 01 08", TokenTooLong, 0),
    ("a token of 65804", "0E 01 FFFF", TokenTooLong, 0),
    ("an Empty message with an extended token", "0D 00 00 (13*77)", EmptyMessage, 0),
    ("an option behind an extended token", "1D 01 00 (13*77) F0", OptionDelta, 16),
    ("1153 bytes with the token", "EC 0364 01 (1149*00)", MessageTooLarge, 0),
];

const WS: &[Row] = &[
    ("nothing", "", Truncated, 0),
    ("no code", "00", Truncated, 1),
    ("Length 1", "10 01 00", WebSocketLength, 0),
    ("Length 13", "D0 00 01", WebSocketLength, 0),
    ("Length 15", "F0 01", WebSocketLength, 0),
    ("Token Length 9", "09 01 (9*77)", TokenLength, 0),
    ("Token Length 15", "0F 01 (15*77)", TokenLength, 0),
    ("a token that is not there", "01 01", Truncated, 2),
    ("a token of 8 with 7 there", "08 01 (7*77)", Truncated, 2),
    ("an Empty message with a token", "01 00 77", EmptyMessage, 0),
    ("an Empty message with an option", "00 00 B1 61", EmptyMessage, 2),
    ("delta 15 that is no marker", "00 01 F0", OptionDelta, 2),
    ("length 15", "00 01 B1 61 0F", OptionLength, 4),
    ("a value that is not there", "00 01 B1", OptionTruncated, 2),
    ("number 65536", "00 01 E0 FEF3", OptionNumber, 2),
    ("a marker without payload", "01 01 77 FF", EmptyPayload, 3),
];

const WS_EXTENDED: &[Row] = &[
    ("Token Length 15", "0F 01", TokenLength, 0),
    ("an 8-bit Token Length that is not there", "0D 01", Truncated, 2),
    ("a token of 13 with 12 there", "0D 01 00 (12*77)", Truncated, 2),
    ("a token of 21", "0D 01 08 (21*77)", TokenTooLong, 0),
];

#[track_caller]
fn is_refused(error: DecodeError, row: &Row) {
    let (what, _, kind, offset) = *row;
    is(error, kind, offset, what);
    // There is no type and nothing to reset.
    assert_eq!((error.message_type, error.message_id), (None, 0), "{what}");
    assert_eq!(error.reaction(), Reaction::Ignore, "{what}");
    for csm_seen in [true, false] {
        assert_eq!(
            react_reliable(&Err(error), csm_seen, &Knowledge::server(&[])),
            ReliableReaction::Abort(None)
        );
    }
}

#[test]
fn every_row_over_tcp_is_refused_where_it_says() {
    let base = tcp::Codec::new();
    for (codec, rows) in [(base, TCP), (base.with_max_token_len(20), TCP_EXTENDED)] {
        for row in rows {
            let frame = bytes(row.1);
            let error = codec.decode(&frame).expect_err(row.0);
            is_refused(error, row);
            // Whatever follows, and as soon as it can be known.
            for behind in [&[0x00][..], &[0xFF; 300]] {
                assert_eq!(codec.decode(&[&frame, behind].concat()), Err(error), "{}", row.0);
            }
            for len in 0..frame.len() {
                match codec.decode(&frame[..len]) {
                    Ok(None) => {}
                    early => assert_eq!(early, Err(error), "{len} bytes of {}", row.0),
                }
            }
            // Those of the header are known before the frame is there.
            let early = matches!(error.kind, TokenLength | TokenTooLong | MessageTooLarge);
            assert_eq!(codec.frame_len(&frame).is_err(), early, "{}", row.0);
        }
    }
}

/// A frame that is too large is refused with its Length, before anybody buffers it.
#[test]
fn a_length_above_the_limit_is_refused_with_its_last_byte() {
    let codec = tcp::Codec::new();
    // The first length that is refused by itself, and how many bytes tell it.
    for (notation, told) in [("E0 0374 01", 3), ("F0 00000000 01", 5), ("F0 FFFFFFFF 01", 5)] {
        let head = bytes(notation);
        for len in 0..told {
            assert_eq!(codec.frame_len(&head[..len]), Ok(None), "{notation}");
        }
        assert_eq!(codec.frame_len(&head[..told]).unwrap_err().kind, MessageTooLarge);
    }
    // The largest that is taken.
    assert_eq!(codec.frame_len(&bytes("E0 036F 01")), Ok(Some(1152)));
    assert_eq!(codec.frame_len(&bytes("E8 0367 01")), Ok(Some(1152)));
    assert_eq!(codec.frame_len(&bytes("E8 0368 01")).unwrap_err().kind, MessageTooLarge);
    // The whole frame counts, also where the Length alone would do.
    let small = codec.with_max_message_size(12);
    assert_eq!(small.frame_len(&bytes("A0 01")), Ok(Some(12)));
    assert_eq!(small.frame_len(&bytes("B0 01")).unwrap_err().kind, MessageTooLarge);
    assert_eq!(small.frame_len(&bytes("C0")), Ok(None));
    assert_eq!(small.frame_len(&bytes("D0 00")).unwrap_err().kind, MessageTooLarge);
    // The longest frame that there can be: no overflow.
    let any = codec.with_max_message_size(u32::MAX).with_max_token_len(65_804);
    assert_eq!(any.frame_len(&bytes("FE FFFFFFFF 01 FFFF")).unwrap_err().kind, MessageTooLarge);
    assert_eq!(any.frame_len(&bytes("FE FFFDFDE8 01 FFFF")).unwrap_err().kind, MessageTooLarge);
}

#[test]
fn every_row_over_web_sockets_is_refused_where_it_says() {
    let base = ws::Codec::new();
    for (codec, rows) in [(base, WS), (base.with_max_token_len(20), WS_EXTENDED)] {
        for row in rows {
            is_refused(codec.decode(&bytes(row.1)).expect_err(row.0), row);
        }
    }
}

/// A limit below 8 means 8: RFC 7252 section 5.3.1 lets every client use as many.
#[test]
fn a_lower_limit_of_tokens_has_no_effect() {
    let message = ReliableMessage::new(Code::GET).with_token(token(b"12345678"));
    let frame = bytes("08 01 '12345678'");
    for limit in [0, 1, 7, 8] {
        let stream = tcp::Codec::new().with_max_token_len(limit);
        let web_socket = ws::Codec::new().with_max_token_len(limit);
        assert_eq!(stream.frame_len(&frame), Ok(Some(10)));
        assert_eq!(stream.decode(&frame), Ok(Some((message, 10))));
        assert_eq!(web_socket.decode(&frame), Ok(message));
        let mut out = [0; 10];
        assert_eq!(stream.encode(&message, &mut out), Ok(10));
        assert_eq!((stream.encoded_len(&message), &out[..]), (Ok(10), &frame[..]));
        assert_eq!(web_socket.encode(&message, &mut out), Ok(10));
        let nine = bytes("09 01 '123456789'");
        is(stream.decode(&nine).unwrap_err(), TokenLength, 0, "Token Length 9");
        is(web_socket.decode(&nine).unwrap_err(), TokenLength, 0, "Token Length 9");
    }
}
