//! Event streams: the standard's examples, every cut, a slow reference, and laws.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::type_complexity,
    reason = "a test fails by panic"
)]

use http_lite::sse::{Decoder, Event, EventType, Id, Item, encode_comment};
use proptest::prelude::*;

/// What a decoder has given, owned. `Err` is an event that was too large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Seen {
    event: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    retry_ms: Option<u64>,
    data: Vec<u8>,
    last_event_id: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq, Default)]
struct All {
    events: Vec<Result<Seen, usize>>,
    last_event_id: Vec<u8>,
    has_lost_id: bool,
    retry_ms: Option<u64>,
}

fn seen(event: &str, id: Option<&str>, data: &str, last: &str) -> Result<Seen, usize> {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Ok(Seen {
        event: (!event.is_empty()).then(|| bytes(event)),
        id: id.map(bytes),
        retry_ms: None,
        data: bytes(data),
        last_event_id: bytes(last),
    })
}

fn feed(decoder: &mut Decoder<'_>, mut piece: &[u8], events: &mut Vec<Result<Seen, usize>>) {
    while !piece.is_empty() {
        let (used, item) = decoder.decode(piece);
        events.extend(item.map(|item| match item {
            Item::Event { event, last_event_id } => Ok(Seen {
                event: event.event.map(|event| event.as_bytes().to_vec()),
                id: event.id.map(|id| id.as_bytes().to_vec()),
                retry_ms: event.retry_ms,
                data: event.data.to_vec(),
                last_event_id: last_event_id.as_bytes().to_vec(),
            }),
            Item::TooLarge { needed, .. } => Err(needed),
        }));
        assert!(used > 0 && used <= piece.len());
        piece = &piece[used..];
    }
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, buffer: usize, ids: usize) -> All {
    let (mut buffer, mut ids) = (vec![0xEE; buffer], vec![0xEE; ids]);
    let mut decoder = Decoder::new(&mut buffer, &mut ids);
    let mut events = Vec::new();
    for piece in pieces {
        feed(&mut decoder, piece, &mut events);
    }
    All {
        events,
        last_event_id: decoder.last_event_id().as_bytes().to_vec(),
        has_lost_id: decoder.has_lost_id(),
        retry_ms: decoder.retry_ms(),
    }
}

/// The standard's own steps, over a whole stream that is split into lines first.
fn reference(stream: &[u8]) -> All {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut lines = vec![Vec::new()];
    let mut i = 0;
    while i < stream.len() {
        match (stream[i], stream.get(i + 1)) {
            (b'\r', Some(b'\n')) => {
                i += 1;
                lines.push(Vec::new());
            }
            (b'\r' | b'\n', _) => lines.push(Vec::new()),
            (byte, _) => lines.last_mut().unwrap().push(byte),
        }
        i += 1;
    }
    lines.pop(); // not ended
    let mut all = All::default();
    let (mut event, mut data, mut id_buffer) = (Vec::new(), Vec::new(), Vec::new());
    let (mut id, mut retry_ms) = (None, None);
    for line in lines {
        if line.is_empty() {
            all.last_event_id = id_buffer.clone();
            if data.pop().is_some() {
                all.events.push(Ok(Seen {
                    event: (!event.is_empty()).then(|| event.clone()),
                    id: id.clone(),
                    retry_ms,
                    data: data.clone(),
                    last_event_id: id_buffer.clone(),
                }));
            }
            (event, data, id, retry_ms) = (Vec::new(), Vec::new(), None, None);
            continue;
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (&line[..], &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"event" => event = value.to_vec(),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"id" if !value.contains(&0) => {
                id_buffer = value.to_vec();
                id = Some(id_buffer.clone());
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = str::from_utf8(value).unwrap();
                retry_ms = Some(digits.parse().unwrap_or(u64::MAX));
                all.retry_ms = retry_ms;
            }
            _ => {}
        }
    }
    all
}

/// Whole, in two pieces at every cut, byte by byte: always the same.
fn decode_every_way(stream: &[u8]) -> All {
    let whole = decode([stream], 64, 48);
    for cut in 0..=stream.len() {
        let (a, b) = stream.split_at(cut);
        assert_eq!(decode([a, b], 64, 48), whole, "cut at {cut}");
    }
    assert_eq!(decode(stream.chunks(1), 64, 48), whole);
    whole
}

#[test]
fn examples_of_the_standard() {
    let table: &[(&str, &[Result<Seen, usize>])] = &[
        (
            "data: This is the first message.\n\ndata: This is the second message, it\n\
             data: has two lines.\n\ndata: This is the third message.\n\n",
            &[
                seen("", None, "This is the first message.", ""),
                seen("", None, "This is the second message, it\nhas two lines.", ""),
                seen("", None, "This is the third message.", ""),
            ],
        ),
        (
            "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
            &[
                seen("add", None, "73857293", ""),
                seen("remove", None, "2153", ""),
                seen("add", None, "113411", ""),
            ],
        ),
        ("data: YHOO\ndata: +2\ndata: 10\n\n", &[seen("", None, "YHOO\n+2\n10", "")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
            &[
                seen("", Some("1"), "first event", "1"),
                seen("", Some(""), "second event", ""), // the third has no empty line behind it
            ],
        ),
        (
            "data\n\ndata\ndata\n\ndata:",
            &[seen("", None, "", ""), seen("", None, "\n", "")], //
        ),
        ("data:test\n\ndata: test\n\n", &[seen("", None, "test", ""), seen("", None, "test", "")]),
    ];
    for (stream, expected) in table {
        for end in ["\n", "\r", "\r\n"] {
            let stream = stream.replace('\n', end);
            assert_eq!(decode_every_way(stream.as_bytes()).events, *expected, "{stream:?}");
        }
    }
}

#[test]
fn what_the_standard_passes_over() {
    let table: &[(&[u8], &[Result<Seen, usize>])] = &[
        (b"", &[]),
        (b"\xEF\xBB\xBFdata:a\n\n", &[seen("", None, "a", "")]),
        (b"\n\xEF\xBB\xBFdata:a\n\n", &[]), // not at the start
        (b"\xEF\xBB\xBF\xEF\xBB\xBFdata:a\n\n", &[]), // once
        (b"\xEF\xBBdata:a\n\ndata:b\n\n", &[seen("", None, "b", "")]),
        (b"\xEF\xBB\n\xBFdata:a\n\n", &[]),
        (b"data :a\ndata:b\n\n", &[seen("", None, "b", "")]), // another name
        (b"Data:a\nDATA:a\ndatas:a\ndat:a\n\n", &[]),
        (b" data:a\n\n", &[]),
        (b":data:a\n\n", &[]),
        (b"eventdata:a\ndataevent:b\n\n", &[]),
        (b"data:a:b\n\n", &[seen("", None, "a:b", "")]),
        (b"event:x\n\ndata:a\n\n", &[seen("", None, "a", "")]), // a kind without data is forgotten
        (b"event:x\nevent\ndata:a\n\n", &[seen("", None, "a", "")]),
        (b"event:x\ndata:a\nevent:yy\n\n", &[seen("yy", None, "a", "")]),
        (b"id:1\n\ndata:a\n\n", &[seen("", None, "a", "1")]), // but an ID without data is not
        (b"id:1\nid:2\0\ndata:a\n\n", &[seen("", Some("1"), "a", "1")]),
        (
            b"id:1\ndata:a\n\nid:\0\ndata:b\n\n",
            &[seen("", Some("1"), "a", "1"), seen("", None, "b", "1")],
        ),
        (b"data:a\0b\r\r", &[seen("", None, "a\0b", "")]),
        (b"data:a\n\r\r\n\ndata:b\r\n\n", &[seen("", None, "a", ""), seen("", None, "b", "")]),
    ];
    for (stream, expected) in table {
        let all = decode_every_way(stream);
        assert_eq!(all.events, *expected, "{:?}", stream.escape_ascii().to_string());
        assert_eq!(all, reference(stream));
    }
}

#[test]
fn retry_is_digits_and_nothing_else() {
    let table: &[(&[u8], Option<u64>)] = &[
        (b"retry:0\n", Some(0)),
        (b"retry: 0500\n", Some(500)),
        (b"retry:18446744073709551615\n", Some(u64::MAX)),
        (b"retry:99999999999999999999999\n", Some(u64::MAX)),
        (b"retry:1\nretry:+2\nretry:-2\nretry:2.0\nretry:2 \nretry:  2\nretry:\nretry\n", Some(1)),
        (b"retry:5", None), // the line does not end
    ];
    for (stream, expected) in table {
        assert_eq!(decode_every_way(stream).retry_ms, *expected);
    }
    let event = decode([&b"retry:1\nretry:2\ndata\n\ndata\n\n"[..]], 8, 0).events;
    let retries: Vec<_> = event.into_iter().map(|event| event.unwrap().retry_ms).collect();
    assert_eq!(retries, [Some(2), None]);
}

#[test]
fn an_event_that_is_too_large_is_left_out_alone() {
    let stream = b"id:1\ndata:abcdef\nevent:xy\n\nid:2\ndata:abcdefg\nid:3\nevent:xy\n\n\
                   data:abcd\nevent:xyzvw\ndata:\nevent:x\n\ndata:a\n\n";
    for chunk in 1..stream.len() {
        let all = decode(stream.chunks(chunk), 8, 3);
        assert_eq!(
            all.events,
            [seen("xy", Some("1"), "abcdef", "1"), Err(9), Err(10), seen("", None, "a", "3")]
        );
        assert_eq!(
            decode(stream.chunks(chunk), 10, 3).events.iter().filter(|e| e.is_err()).count(),
            0
        );
    }
    assert_eq!(
        decode([&b"data\n\nevent:a\ndata\n\n"[..]], 0, 0).events,
        [seen("", None, "", ""), Err(1)]
    );
}

#[test]
fn an_id_that_is_too_long_is_left_out_alone() {
    let all = decode([&b"id:12\ndata:a\n\nid:123\ndata:b\n\n"[..]], 8, 8);
    assert_eq!(all.events, [seen("", Some("12"), "a", "12"), seen("", None, "b", "12")]);
    assert_eq!((&all.last_event_id[..], all.has_lost_id), (&b"12"[..], true));
    // Until one comes that fits; and what has a NUL was never an ID.
    assert!(!decode([&b"id:123\ndata:b\n\nid:9\n\n"[..]], 8, 8).has_lost_id);
    assert!(!decode(b"id:123\0\ndata:b\n\n".chunks(1), 8, 8).has_lost_id);
    assert!(!decode([&b"id:123\ndata:b\n"[..]], 8, 8).has_lost_id);
}

#[test]
fn after_a_cut_the_stream_goes_on_behind_the_last_whole_event() {
    let (mut buffer, mut ids) = ([0; 16], [0; 9]);
    let mut decoder = Decoder::new(&mut buffer, &mut ids);
    let mut events = Vec::new();
    feed(&mut decoder, b"retry:7\nid:1\ndata:a\n\nid:2\nevent:x\ndata:b\nda", &mut events);
    assert_eq!(decoder.last_event_id().as_bytes(), b"1");
    decoder.restart();
    feed(&mut decoder, b"\xEF\xBB\xBFdata:c\r", &mut events);
    feed(&mut decoder, b"\n\r\n", &mut events);
    decoder.restart();
    feed(&mut decoder, b"\ndata:d\n\n", &mut events);
    feed(&mut decoder, b"id:3\r", &mut events);
    decoder.restart();
    feed(&mut decoder, b"\n\xEF\xBB\xBFdata:e\n\n", &mut events); // this LF is a line
    assert_eq!(decoder.retry_ms(), Some(7));
    let mut first = seen("", Some("1"), "a", "1").unwrap();
    first.retry_ms = Some(7);
    assert_eq!(events, [Ok(first), seen("", None, "c", "1"), seen("", None, "d", "1")]);
}

/// Everything up to six of these bytes behind a `data` line, against the reference.
#[test]
fn agrees_with_the_reference_on_all_short_streams() {
    let alphabet = [&b"\r"[..], b"\n", b":", b" ", b"id", b"data", b"\0"];
    for length in 0..=5u32 {
        for mut number in 0..alphabet.len().pow(length) {
            let mut stream = Vec::new();
            for _ in 0..length {
                stream.extend_from_slice(alphabet[number % alphabet.len()]);
                number /= alphabet.len();
            }
            stream.extend_from_slice(b"\ndata:x\n\n");
            let expected = reference(&stream);
            assert_eq!(decode([&stream[..]], 64, 64), expected, "{stream:?}");
            assert_eq!(decode(stream.chunks(1), 64, 64), expected, "{stream:?}");
        }
    }
}

fn line(alphabet: &'static str) -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(alphabet.prop_map(String::into_bytes))
}

/// Cuts of a stream, as lengths of pieces.
fn pieces<'a>(mut stream: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = stream.split_at((*length).min(stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces.push(stream);
    pieces
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded_in_any_pieces(
        events in proptest::collection::vec(
            (line("[a-d :é\0]{1,6}"), line("[a-d :é]{0,6}"), any::<Option<u64>>(), "[a-c :é\0\n]{0,9}"),
            0..5,
        ),
        lengths in proptest::collection::vec(0usize..9, 0..20),
    ) {
        let (mut stream, mut expected, mut last) = (Vec::new(), Vec::new(), Vec::new());
        for (event, id, retry_ms, data) in &events {
            let value = Event {
                event: event.as_deref().and_then(EventType::new),
                id: id.as_deref().and_then(Id::new),
                retry_ms: *retry_ms,
                data: data.as_bytes(),
            };
            let mut out = [0; 256];
            let len = value.encode(&mut out).unwrap();
            prop_assert_eq!(len, value.encoded_len());
            stream.extend_from_slice(&out[..len]);
            let comment = encode_comment(data.as_bytes(), &mut out).unwrap();
            stream.extend_from_slice(&out[..comment]);
            last = id.clone().unwrap_or(last);
            expected.push(Ok(Seen {
                event: event.clone(),
                id: id.clone(),
                retry_ms: *retry_ms,
                data: data.clone().into_bytes(),
                last_event_id: last.clone(),
            }));
        }
        prop_assert_eq!(decode(pieces(&stream, &lengths), 256, 99).events, expected);
    }

    #[test]
    fn agrees_with_the_reference(
        tokens in proptest::collection::vec(
            prop_oneof![
                Just(&b"\r"[..]), Just(&b"\n"[..]), Just(&b"\r\n"[..]), Just(&b":"[..]), Just(&b" "[..]),
                Just(&b"data"[..]), Just(&b"event"[..]), Just(&b"id"[..]), Just(&b"retry"[..]),
                Just(&b"\0"[..]), Just(&b"7"[..]), Just(&b"\xEF\xBB\xBF"[..]), Just(&b"\xFF"[..]),
            ],
            0..40,
        ),
        lengths in proptest::collection::vec(0usize..9, 0..20),
    ) {
        let stream = tokens.concat();
        prop_assert_eq!(decode(pieces(&stream, &lengths), 256, 999), reference(&stream));
    }

    /// However small the room: the events are told, whole or as too large, and in order.
    #[test]
    fn little_room_loses_nothing_else(
        events in proptest::collection::vec(("[a-c]{0,4}", "[a-c\n]{0,12}"), 0..8),
        buffer in 0usize..12,
        lengths in proptest::collection::vec(0usize..9, 0..20),
    ) {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        for (event, data) in &events {
            let value = Event {
                event: EventType::new(event.as_bytes()),
                ..Event::new(data.as_bytes())
            };
            let mut out = [0; 256];
            let len = value.encode(&mut out).unwrap();
            stream.extend_from_slice(&out[..len]);
            let needed = event.len() + data.len();
            expected.push(if needed > buffer { Err(needed) } else { seen(event, None, data, "") });
        }
        prop_assert_eq!(decode(pieces(&stream, &lengths), buffer, 0).events, expected);
    }
}
