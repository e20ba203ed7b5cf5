//! Inputs that have broken other implementations, by the class of what went wrong there.

use coap_codec::{
    Block, BlockError, CoapOption, Code, Codec, EncodeError, ErrorKind, Knowledge, Message,
    MessageMut, Observe, OptionNumber, Options, Reaction, Szx, Type, bad_option, react,
};

use crate::common::{bytes, option, token};

const CODEC: Codec = Codec::new();

fn kind(notation: &str) -> ErrorKind {
    CODEC.decode(&bytes(notation)).unwrap_err().kind
}

/// Class 1: a token that is cut off, read or copied all the same.
#[test]
fn a_truncated_token_of_every_length() {
    for len in 1..=8_u8 {
        for there in 0..len {
            let notation = format!("4{len} 01 0001 ({there}*77)");
            assert_eq!(kind(&notation), ErrorKind::Truncated, "{notation}");
        }
    }
    assert_eq!(kind("48 01 00 01"), ErrorKind::Truncated);
}

/// Class 2: an extended Token Length that is cut off.
#[test]
fn a_truncated_extended_token_length() {
    let codec = CODEC.with_extended_tokens();
    for notation in ["4D 01 0001", "4E 01 0001", "4E 01 0001 FF", "4E 01 0001 FFFF"] {
        let error = codec.decode(&bytes(notation)).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Truncated, 4), "{notation}");
    }
}

/// Class 3: a token that is longer than the buffer in which the response is made.
#[test]
fn the_response_to_a_long_token_needs_room() {
    let codec = CODEC.with_extended_tokens();
    let datagram = bytes("4E 01 0001 01F3 (768*77)");
    let request = codec.decode(&datagram).unwrap();
    let response = request.response(Code::CONTENT, 1);
    let too_small = Err(EncodeError::BufferTooSmall { needed: 774 });
    assert_eq!(codec.encode(&response, &mut [0; 64]), too_small);
    assert_eq!(codec.encode(&response, &mut [0; 773]), too_small);
    // Who does not want to handle such tokens says so, RFC 8974 section 2.2.2.
    assert_eq!(react(&Ok(request), &Knowledge::server(&[])), Reaction::Respond(Code::BAD_REQUEST));
    let know = Knowledge { max_token_len: 768, ..Knowledge::server(&[]) };
    assert_eq!(react(&Ok(request), &know), Reaction::Process);
}

/// Class 4: extended deltas and lengths that are cut off.
#[test]
fn truncated_extensions_of_an_option() {
    for first in 0..=0xFE_u8 {
        let (delta, len) = (first >> 4, first & 15);
        let more = |nibble| [0, 1, 2][usize::from(nibble == 13) + 2 * usize::from(nibble == 14)];
        if delta == 15 || len == 15 {
            continue;
        }
        for there in 0..more(delta) + more(len) {
            let notation = format!("40 01 0001 {first:02X} ({there}*00)");
            assert_eq!(kind(&notation), ErrorKind::OptionTruncated, "{notation}");
        }
    }
}

/// Class 5: numbers past 16 bits, that wrapped to those of other options.
#[test]
fn option_numbers_that_would_wrap() {
    // 65,804 would be 268, or Content-Format in 8 bits.
    assert_eq!(kind("40 01 0001 E0 FFFF"), ErrorKind::OptionNumber);
    // 65,536 + 11 would be Uri-Path.
    assert_eq!(kind("40 01 0001 E0 FEF2 C5 'admin'"), ErrorKind::OptionNumber);
    // Sums of many deltas.
    let many = "D0FF".repeat(244);
    assert!(CODEC.decode(&bytes(&format!("40 01 0001 {many}"))).is_ok());
    assert_eq!(kind(&format!("40 01 0001 {many} D0FF")), ErrorKind::OptionNumber);
    let steps = "E0FF00".repeat(65_536 / 3);
    assert_eq!(kind(&format!("40 01 0001 {steps}")), ErrorKind::OptionNumber);
}

/// Class 6: more options than a table of fixed size has room for.
#[test]
fn thousands_of_options() {
    let datagram = [bytes("40 01 0001 B0"), vec![0; 60_000]].concat();
    let message = CODEC.decode(&datagram).unwrap();
    assert_eq!(message.options.iter().count(), 60_001);
    assert_eq!(message.options.uri_path().filter(|segment| segment.is_empty()).count(), 60_001);
    let mut out = vec![0; datagram.len()];
    assert_eq!(CODEC.encode(&message, &mut out), Ok(datagram.len()));
    assert_eq!(out, datagram);
}

/// Class 7: options that end just where the datagram ends.
#[test]
fn options_up_to_the_last_byte() {
    for (notation, count) in [
        ("40 01 0001 B0", 1),
        ("40 01 0001 B1 61", 1),
        ("40 01 0001 00 00", 2),
        ("40 01 0001 D0 00", 1),
        ("40 01 0001 E0 0000", 1),
        ("40 01 0001 0D 00 (13*61)", 1),
        ("40 01 0001 BE 0000 (269*61)", 1),
    ] {
        let datagram = bytes(notation);
        let message = CODEC.decode(&datagram).unwrap();
        assert_eq!((message.options.iter().count(), message.payload), (count, &b""[..]));
        // The iterator stays at its end.
        let mut options = message.options.iter();
        assert_eq!(options.by_ref().count(), count);
        assert_eq!((options.next(), options.next()), (None, None));
    }
}

/// Class 8: the room is checked before anything is written, not after.
#[test]
fn nothing_is_written_behind_a_short_buffer() {
    let value = [0x2E; 300];
    let options = [option(OptionNumber(2048), &value), option(OptionNumber(2050), &value)];
    let message = Message::new(Type::Confirmable, Code::GET, 1)
        .with_token(token(b"12345678"))
        .with_options(Options::new(&options))
        .with_payload(&value);
    let needed = CODEC.encoded_len(&message).unwrap();
    for room in 0..needed {
        let mut out = vec![0xA5; needed + 300];
        let (short, behind) = out.split_at_mut(room);
        assert_eq!(CODEC.encode(&message, short), Err(EncodeError::BufferTooSmall { needed }));
        assert!(behind.iter().all(|byte| *byte == 0xA5));
    }
}

/// Class 9: an option that is changed in place under- or overruns. More in `tests/edit`.
#[test]
fn an_edit_in_a_full_buffer_changes_nothing() {
    let datagram = bytes("40 01 0001 B1 61 D1 24 05 FF 70");
    let mut buffer = datagram.clone();
    let mut edited = MessageMut::open(&CODEC, &mut buffer, datagram.len()).unwrap();
    let too_small = |needed| Err(EncodeError::BufferTooSmall { needed });
    assert_eq!(edited.insert(OptionNumber::URI_PATH, b""), too_small(12));
    assert_eq!(edited.insert(OptionNumber::URI_QUERY, b"q=1"), too_small(15));
    assert_eq!(edited.set(OptionNumber::URI_PATH, b"ab"), too_small(12));
    assert_eq!(edited.set_payload(b"pq"), too_small(12));
    assert_eq!(edited.as_bytes(), datagram);
    // The delta of 49 needs a byte more for its form, 60 too.
    assert!(edited.remove(OptionNumber::URI_PATH));
    assert_eq!(edited.as_bytes(), bytes("40 01 0001 D1 2F 05 FF 70"));
    edited.insert(OptionNumber::URI_PATH, b"b").unwrap();
    assert_eq!(edited.as_bytes(), bytes("40 01 0001 B1 62 D1 24 05 FF 70"));
}

/// Class 10: a Hop-Limit that is 0, missing or long. RFC 8768 section 3.
#[test]
fn a_hop_limit_of_0_is_refused() {
    let rows: [(&str, Option<u8>); 5] = [
        ("D1 03 01", Some(1)),
        ("D1 03 FF", Some(255)),
        ("D1 03 00", Some(0)),
        ("D0 03", None),
        ("D2 03 0001", None),
    ];
    for (options, hops) in rows {
        let datagram = bytes(&format!("40 01 0001 {options}"));
        let decoded = CODEC.decode(&datagram);
        assert_eq!(decoded.unwrap().options.hop_limit(), hops, "{options}");
        let good = hops.is_some_and(|hops| hops > 0) || options == "D2 03 0001";
        let reaction = if good { Reaction::Process } else { Reaction::Respond(Code::BAD_REQUEST) };
        assert_eq!(react(&decoded, &Knowledge::server(&[])), reaction, "{options}");
    }
}

/// Class 12: block options of more than 20 bits of NUM, of four bytes, of the reserved size; blocks
/// that are short without being the last.
#[test]
fn block_options_past_their_limits() {
    assert_eq!(Block::decode(&[0xFF, 0xFF, 0xF6]).map(Block::num), Ok(0xF_FFFF));
    // 5000 is more than 12 bits.
    assert_eq!(Block::decode(&[0x01, 0x38, 0x86]).map(Block::num), Ok(5000));
    assert_eq!(Block::decode(&[0, 0, 0, 6]), Err(BlockError::TooLong));
    assert_eq!(Block::decode(&[1, 0, 0, 6]), Err(BlockError::TooLong));
    assert_eq!(Block::decode(&[0x07]), Err(BlockError::ReservedSize));
    assert_eq!(Block::decode(&[0x0F]), Err(BlockError::ReservedSize));
    assert_eq!(Block::new(0x10_0000, false, Szx::S16), None);
    let block = Block::new(3, true, Szx::S64).unwrap();
    for (len, allowed) in [(0, false), (63, false), (64, true), (65, false)] {
        assert_eq!(block.allows_payload(len), allowed);
        assert!(block.with_more(false).allows_payload(len));
    }
    // Renegotiated in the middle of nowhere.
    assert_eq!(Block::new(3, false, Szx::S64).unwrap().resized(Szx::S128), None);
    assert_eq!(Block::new(0xF_FFFF, false, Szx::S1024).unwrap().resized(Szx::S16), None);
    assert_eq!(Block::new(0xF_FFFF, true, Szx::S16).unwrap().next(16), None);
    // In a message: four bytes are treated as an option that is not known, 4.02.
    let block1 = [OptionNumber::BLOCK1];
    for (options, reaction, block) in [
        ("D1 0E 07", Reaction::Respond(Code::BAD_REQUEST), Block::new(0, false, Szx::Bert)),
        ("D3 0E FFFFF6", Reaction::Process, Block::new(0xF_FFFF, false, Szx::S1024)),
        ("D4 0E 00000006", Reaction::Respond(Code::BAD_OPTION), None),
    ] {
        let datagram = bytes(&format!("40 03 0001 {options}"));
        let decoded = CODEC.decode(&datagram);
        assert_eq!(react(&decoded, &Knowledge::server(&block1)), reaction, "{options}");
        assert_eq!(decoded.unwrap().options.block1(), block, "{options}");
    }
}

/// Class 13: an Observe of more than 24 bits.
#[test]
fn an_observe_of_four_bytes_is_none() {
    let datagram = bytes("40 01 0001 64 01000000");
    let message = CODEC.decode(&datagram).unwrap();
    assert_eq!(message.options.observe(), None);
    // It is elective: the request is served, without observing.
    assert_eq!(react(&Ok(message), &Knowledge::server(&[])), Reaction::Process);
    assert_eq!(Observe::new(0x100_0000), None);
    assert_eq!(Observe::of(0x1_0100_0002).get(), 2);
}

/// Class 14: a malformed Acknowledgement or Reset that was answered.
#[test]
fn nothing_malformed_is_answered_but_what_is_confirmable() {
    let all = [OptionNumber::URI_PATH];
    for behind in ["01 0001 FF", "00 0001 61", "45 0001 F0", "01 0001 B5 61"] {
        for (first, reaction) in [
            (0x40, Reaction::Reset),
            (0x50, Reaction::Ignore),
            (0x60, Reaction::Ignore),
            (0x70, Reaction::Ignore),
        ] {
            let datagram = [vec![first], bytes(behind)].concat();
            let decoded = CODEC.decode(&datagram);
            assert!(decoded.is_err());
            for know in [Knowledge::server(&all), Knowledge::client(&all)] {
                let know = Knowledge { sent_message_id: true, awaits_token: true, ..know };
                assert_eq!(react(&decoded, &know), reaction, "{first:02X} {behind}");
                let know = Knowledge { multicast: true, ..know };
                assert_eq!(react(&decoded, &know), Reaction::Ignore, "{first:02X} {behind}");
            }
        }
    }
}

/// Class 15: critical options that are unknown, of a wrong length, too many, or not UTF-8.
#[test]
fn critical_options_that_cannot_be_processed() {
    let all: Vec<OptionNumber> =
        [1, 3, 5, 7, 9, 11, 15, 17, 19, 23, 27, 31].map(OptionNumber).to_vec();
    let rows: [(&str, Option<u16>); 16] = [
        ("B1 61", None),
        // Unknown: 13, 2049, 65535.
        ("D0 00", Some(13)),
        ("E0 06F4", Some(2049)),
        ("E0 FEF2", Some(65_535)),
        // Too long: If-Match of 9 bytes, Uri-Port of 3, Accept of 3; Uri-Host of none.
        ("19 (9*61)", Some(1)),
        ("73 000016", Some(7)),
        ("D3 04 000000", Some(17)),
        ("30", Some(3)),
        ("BD F3 (256*61)", Some(11)),
        // If-None-Match is empty.
        ("51 00", Some(5)),
        // Twice: Uri-Host, Accept.
        ("31 61 01 62", Some(3)),
        ("D1 04 00 01 00", Some(17)),
        ("B1 61 01 62 01 63", None),
        // RFC 7252 section 3.2: a string is UTF-8.
        ("B1 FF", Some(11)),
        ("32 C3 28", Some(3)),
        // Elective ones do no harm: an ETag of 9 bytes, unknown 2048.
        ("49 (9*61) E0 06EF", None),
    ];
    for (options, bad) in rows {
        let datagram = bytes(&format!("40 01 0001 {options}"));
        let message = CODEC.decode(&datagram).unwrap();
        let found = bad_option(message.code, &message.options, &all);
        assert_eq!(found, bad.map(OptionNumber), "{options}");
        let reaction = match bad {
            Some(_) => Reaction::Respond(Code::BAD_OPTION),
            None => Reaction::Process,
        };
        assert_eq!(react(&Ok(message), &Knowledge::server(&all)), reaction, "{options}");
    }
    // From a list of values as from the wire.
    let options = [CoapOption::new(OptionNumber(13), b"")];
    let bad = bad_option(Code::GET, &Options::new(&options), &all);
    assert_eq!(bad, Some(OptionNumber(13)));
}
