//! Sessions: what is sent, the closing handshake, time.

use http_lite::websocket::{
    Close, CloseCode, Event, FrameHeader, Kind, Mask, Message, Opcode, Role, SendError, Session,
    Settings,
};
use proptest::prelude::*;

use crate::peer::{frame, unframe};

fn server() -> Session {
    Session::new(Role::Server, Settings::DEFAULT)
}

fn client() -> Session {
    Session::new(Role::Client, Settings::DEFAULT)
}

/// What it sends by itself now.
fn owed(session: &mut Session, role: Role, now_ms: u64) -> Option<(u8, Vec<u8>)> {
    let mut out = [0; 131];
    let len = session.poll_transmit(now_ms, 7, &mut out).unwrap()?;
    Some(unframe(role, &out[..len]))
}

fn take<'a>(session: &mut Session, bytes: &'a mut [u8], now_ms: u64) -> Option<Event<'a>> {
    let len = bytes.len();
    let (taken, event) = session.handle_input(bytes, now_ms).unwrap();
    assert_eq!(taken, len);
    event
}

#[test]
fn the_examples_of_section_5_7() {
    let mut out = [0; 16];
    let len = server().text("Hello", 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x81\x05Hello");
    let len = client().text("Hello", 0x37fa_213d, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    let mut server = server();
    let len = server.text_fragment("Hel", false, 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x01\x03Hel");
    let len = server.text_fragment("lo", true, 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x80\x02lo");
    let len = server.ping(b"Hello", 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x89\x05Hello");
    for (len, header) in
        [(256, &b"\x82\x7E\x01\x00"[..]), (65_536, b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00")]
    {
        let written = server.binary_prefix(len, true, 0, &mut out).unwrap();
        assert_eq!(&out[..written], header);
        server.mask_payload(&mut vec![0; len as usize]).unwrap();
    }
}

#[test]
fn the_closing_handshake_that_we_start() {
    let mut server = server();
    let mut out = [0; 131];
    let close = Close { code: Some(CloseCode::GOING_AWAY), reason: "bye" };
    let len = server.close(close, 5, 0, &mut out).unwrap();
    assert_eq!(unframe(Role::Server, &out[..len]), (8, b"\x03\xE9bye".to_vec()));
    assert!(!server.is_open() && !server.wants_close());
    // Nothing more is sent, but the client may still speak.
    assert_eq!(server.text("x", 0, &mut out), Err(SendError::OutOfTurn));
    assert_eq!(server.ping(b"", 0, &mut out), Err(SendError::OutOfTurn));
    assert_eq!(server.close(close, 5, 0, &mut out), Err(SendError::OutOfTurn));
    let mut last = frame(Role::Client, 0x81, b"last words");
    assert!(matches!(take(&mut server, &mut last, 6), Some(Event::Data { .. })));
    assert_eq!(server.poll_timeout(), Some(10_005));
    let mut answer = frame(Role::Client, 0x88, b"\x03\xE9");
    let Some(Event::Close(payload)) = take(&mut server, &mut answer, 7) else { unreachable!() };
    assert_eq!(payload.close(), Close::new(CloseCode::GOING_AWAY));
    assert_eq!(owed(&mut server, Role::Server, 7), None);
    assert!(server.wants_close());
    server.handle_eof().unwrap();
}

#[test]
fn the_closing_handshake_that_the_peer_starts() {
    let mut client = client();
    let mut close = frame(Role::Server, 0x88, b"\x03\xE8done");
    let wanted = Close { code: Some(CloseCode::NORMAL), reason: "done" };
    let Some(Event::Close(payload)) = take(&mut client, &mut close, 0) else { unreachable!() };
    assert_eq!(payload.close(), wanted);
    assert!(client.is_open() && !client.wants_close());
    assert_eq!(owed(&mut client, Role::Client, 1), Some((8, b"\x03\xE8".to_vec())));
    // The server closes the connection; a client waits for that, but not for ever.
    assert!(!client.wants_close());
    assert_eq!(client.poll_timeout(), Some(10_001));
    client.handle_timeout(10_000);
    assert!(!client.wants_close());
    client.handle_timeout(10_001);
    assert!(client.wants_close());
    // What follows Close is discarded.
    assert_eq!(client.handle_input(&mut [0xFF; 3], 0), Ok((3, None)));
}

#[test]
fn a_peer_that_leaves_without_a_word() {
    for (bytes, offset) in [(&b""[..], 0), (b"\x81\x85\0\0\0\0ab", 8)] {
        let mut server = server();
        let mut bytes = bytes.to_vec();
        if !bytes.is_empty() {
            assert!(take(&mut server, &mut bytes, 0).is_some());
        }
        let error = server.handle_eof().unwrap_err();
        assert_eq!((error.kind, error.offset), (Kind::Incomplete, offset));
        assert_eq!(owed(&mut server, Role::Server, 0), None);
        assert!(server.wants_close());
        assert_eq!(server.handle_input(&mut [], 0), Err(error));
        assert_eq!(server.handle_eof(), Err(error));
    }
}

#[test]
fn after_an_error_close_alone_is_sent() {
    let mut server = server();
    let mut out = [0; 131];
    let error = server.handle_input(&mut [0xF1, 0x80], 0).unwrap_err();
    assert_eq!(error.kind, Kind::ReservedBit);
    assert_eq!(server.text("x", 0, &mut out), Err(SendError::OutOfTurn));
    assert!(!server.wants_close());
    assert_eq!(owed(&mut server, Role::Server, 0), Some((8, b"\x03\xEA".to_vec())));
    assert!(server.wants_close());
    assert_eq!(owed(&mut server, Role::Server, 0), None);
    assert_eq!(server.poll_timeout(), None);
}

/// Within a frame Close cannot be sent: the connection ends without.
#[test]
fn an_error_while_a_payload_is_sent() {
    let mut server = server();
    server.binary_prefix(10, true, 0, &mut [0; 2]).unwrap();
    server.handle_input(&mut [0xFF], 0).unwrap_err();
    assert_eq!(owed(&mut server, Role::Server, 0), None);
    assert!(server.wants_close());
}

#[test]
fn who_is_silent_is_asked_and_then_left() {
    let mut server = server();
    assert_eq!(server.poll_timeout(), None);
    server.handle_input(&mut [], 1000).unwrap();
    assert_eq!(server.poll_timeout(), Some(31_000));
    server.handle_timeout(30_999);
    assert_eq!(owed(&mut server, Role::Server, 30_999), None);
    server.handle_timeout(31_000);
    assert_eq!(owed(&mut server, Role::Server, 31_000), Some((9, vec![])));
    assert_eq!(server.poll_timeout(), Some(51_000));
    // Any byte shows that it lives.
    let mut pong = frame(Role::Client, 0x8A, b"");
    assert!(matches!(take(&mut server, &mut pong, 40_000), Some(Event::Pong(_))));
    assert_eq!(server.poll_timeout(), Some(70_000));
    server.handle_timeout(70_000);
    // Any byte shows it too where the Ping was not sent yet.
    take(&mut server, &mut frame(Role::Client, 0x8A, b""), 70_000);
    assert_eq!(owed(&mut server, Role::Server, 70_000), None);
    // A Ping that is not sent in time is waited for too: it is the peer that does not read.
    server.handle_timeout(100_000);
    assert_eq!(server.poll_timeout(), Some(120_000));
    server.handle_timeout(119_999);
    assert!(!server.wants_close());
    server.handle_timeout(120_000);
    assert_eq!(server.handle_input(&mut [], 120_000).unwrap_err().kind, Kind::TooSlow);
    assert_eq!(owed(&mut server, Role::Server, 120_000), Some((8, b"\x03\xF0".to_vec())));
    assert!(server.wants_close());
}

#[test]
fn a_peer_that_does_not_answer_close_is_left() {
    let mut server = server();
    server.close(Close::default(), 100, 0, &mut [0; 2]).unwrap();
    assert_eq!(server.poll_timeout(), Some(10_100));
    server.handle_timeout(10_100);
    assert!(server.wants_close());
    assert_eq!(owed(&mut server, Role::Server, 10_100), None);
}

#[test]
fn nobody_is_cut_for_a_ping_within_a_payload() {
    let mut client = client();
    client.handle_input(&mut [], 0).unwrap();
    client.binary_prefix(10, true, 0, &mut [0; 6]).unwrap();
    client.handle_timeout(30_000);
    assert_eq!(owed(&mut client, Role::Client, 30_000), None);
    client.handle_timeout(500_000);
    client.mask_payload(&mut [0; 10]).unwrap();
    assert_eq!(owed(&mut client, Role::Client, 500_000), Some((9, vec![])));
    assert_eq!(client.poll_timeout(), Some(520_000));
}

/// RFC 6455 section 7.1.1: the server closes the connection first.
#[test]
fn a_client_waits_for_the_server_to_close() {
    for late in [0, 30_000] {
        let mut client = client();
        take(&mut client, &mut frame(Role::Server, 0x88, b"\x03\xE8bye"), 0);
        let close = client.received_close().unwrap();
        assert_eq!((close.code, close.reason), (Some(CloseCode::NORMAL), "bye"));
        client.handle_timeout(late);
        assert!(!client.wants_close());
        let answer = Some((8, b"\x03\xE8".to_vec()));
        assert_eq!(owed(&mut client, Role::Client, late), answer);
        assert_eq!(client.poll_timeout(), Some(late + 10_000));
        client.handle_timeout(late + 10_000);
        assert!(client.wants_close());
    }
    // From its answer on.
    let mut client = client();
    client.close(Close::default(), 0, 0, &mut [0; 6]).unwrap();
    assert_eq!(client.received_close(), None);
    take(&mut client, &mut frame(Role::Server, 0x88, b""), 9_900);
    assert_eq!(client.poll_timeout(), Some(19_900));
    // Who cannot answer, within a payload, does not wait for ever either.
    let mut client = self::client();
    client.binary_prefix(10, true, 0, &mut [0; 6]).unwrap();
    take(&mut client, &mut frame(Role::Server, 0x88, b""), 5);
    assert_eq!(client.poll_timeout(), Some(10_005));
    client.handle_timeout(10_005);
    assert!(client.wants_close());
    // The end of the connection ends all waiting.
    let mut client = self::client();
    take(&mut client, &mut frame(Role::Server, 0x88, b""), 5);
    owed(&mut client, Role::Client, 5);
    client.handle_eof().unwrap();
    assert_eq!((client.poll_timeout(), client.wants_close()), (None, true));
}

#[test]
fn an_end_behind_an_error_takes_nothing_back() {
    let mut server = server();
    let error = server.handle_input(&mut [0xFF], 0).unwrap_err();
    assert_eq!(server.handle_eof(), Err(error));
    assert_eq!((server.error(), server.is_open()), (Some(error), false));
    assert_eq!(owed(&mut server, Role::Server, 0), Some((8, b"\x03\xEA".to_vec())));
    // Neither Pong nor Ping behind an error.
    let mut server = self::server();
    take(&mut server, &mut frame(Role::Client, 0x89, b"p"), 0);
    server.handle_input(&mut [0xFF], 0).unwrap_err();
    assert_eq!(owed(&mut server, Role::Server, 0), Some((8, b"\x03\xEA".to_vec())));
    // Within a header too the place is told.
    let mut server = self::server();
    assert_eq!(server.handle_input(&mut [0x82, 0xFE, 1], 0), Ok((3, None)));
    assert_eq!(server.handle_eof().unwrap_err().offset, 3);
}

#[test]
fn what_did_not_fit_is_sent_later() {
    let (mut none, mut out) = ([0; 1], [0; 131]);
    let too_small = |needed| Err(SendError::BufferTooSmall { needed });
    let mut client = client();
    take(&mut client, &mut frame(Role::Server, 0x89, b"p"), 0);
    assert_eq!(client.poll_transmit(0, 0, &mut none), too_small(7).map(|()| None));
    assert_eq!(owed(&mut client, Role::Client, 0), Some((10, b"p".to_vec())));
    client.handle_timeout(30_000);
    assert_eq!(client.poll_transmit(30_000, 0, &mut none), too_small(6).map(|()| None));
    assert_eq!(owed(&mut client, Role::Client, 30_000), Some((9, vec![])));
    // A fragment too: the next is not a continuation of what was not sent.
    let result = client.text_fragment("a", false, 0, &mut none);
    assert_eq!(result, too_small(7).map(|()| 0));
    client.text("a", 0, &mut out).unwrap();
    assert_eq!(out[0], 0x81);
    // And one whose payload is sent apart.
    client.binary_prefix(1, false, 0, &mut out).unwrap();
    client.mask_payload(&mut [0]).unwrap();
    client.binary_prefix(1, true, 0, &mut out).unwrap();
    assert_eq!(out[0], 0x80);
    client.mask_payload(&mut [0]).unwrap();
    // Code and reason lie in two places, under one mask.
    let close = Close { code: Some(CloseCode::NORMAL), reason: "reason" };
    let len = client.close(close, 0, 0x0102_0304, &mut out).unwrap();
    assert_eq!(unframe(Role::Client, &out[..len]), (8, b"\x03\xE8reason".to_vec()));
}

#[test]
fn deadlines_can_be_left_out() {
    let settings = Settings { ping_ms: u64::MAX, close_ms: u64::MAX, ..Settings::DEFAULT };
    let mut server = Session::new(Role::Server, settings);
    server.handle_input(&mut [], 0).unwrap();
    assert_eq!(server.poll_timeout(), None);
    server.close(Close::default(), 0, 0, &mut [0; 2]).unwrap();
    assert_eq!(server.poll_timeout(), None);
    server.handle_timeout(u64::MAX);
    assert!(!server.wants_close());
}

#[test]
fn a_ping_is_answered_after_our_close_but_not_after_theirs() {
    let mut server = server();
    server.close(Close::default(), 0, 0, &mut [0; 2]).unwrap();
    take(&mut server, &mut frame(Role::Client, 0x89, b"p"), 0);
    assert_eq!(owed(&mut server, Role::Server, 0), Some((10, b"p".to_vec())));
    take(&mut server, &mut frame(Role::Client, 0x89, b"p"), 0);
    take(&mut server, &mut frame(Role::Client, 0x88, b""), 0);
    assert_eq!(owed(&mut server, Role::Server, 0), None);
}

#[test]
fn what_cannot_be_sent() {
    let mut client = client();
    let mut out = [0; 300];
    let invalid = |kind| Err(SendError::Invalid(kind));
    assert_eq!(client.ping(&[0; 126], 0, &mut out), invalid(Kind::ControlTooLong));
    assert_eq!(client.ping(&[0; 126], 0, &mut []), invalid(Kind::ControlTooLong));
    let long = "x".repeat(124);
    let close = Close { code: Some(CloseCode::NORMAL), reason: &long };
    assert_eq!(client.close(close, 0, 0, &mut out), invalid(Kind::ControlTooLong));
    let close = Close { code: None, reason: "x" };
    assert_eq!(client.close(close, 0, 0, &mut out), invalid(Kind::CloseCode));
    assert_eq!(client.binary_prefix(1 << 63, true, 0, &mut out), invalid(Kind::LengthBit));
    assert!(client.is_open());
    for len in [0, 5, 125, 126] {
        let data = vec![0; len];
        let needed = client.clone().binary(&data, 0, &mut out).unwrap();
        for room in 0..needed {
            let short = client.binary(&data, 0, &mut out[..room]);
            assert_eq!(short, Err(SendError::BufferTooSmall { needed }));
        }
    }
    // One message after the other.
    client.text_fragment("a", false, 0, &mut out).unwrap();
    assert_eq!(client.binary(b"b", 0, &mut out), Err(SendError::OutOfTurn));
    client.ping(b"", 0, &mut out).unwrap();
    client.text("c", 0, &mut out).unwrap(); // ends it
    client.binary(b"d", 0, &mut out).unwrap();
}

#[test]
fn a_payload_that_is_sent_without_copying() {
    let mut client = client();
    let mut out = [0; 14];
    let len = client.binary_prefix(10, true, 0xA1B2_C3D4, &mut out).unwrap();
    let (header, _) = FrameHeader::decode(&out[..len], Role::Client).unwrap().unwrap();
    let mask = Some(Mask::new(0xA1B2_C3D4));
    assert_eq!(header, FrameHeader { mask, ..FrameHeader::new(Opcode::Binary, 10) });
    // Nothing comes between, but what is owed waits.
    take(&mut client, &mut frame(Role::Server, 0x89, b"p"), 0);
    assert_eq!(owed(&mut client, Role::Client, 0), None);
    assert_eq!(client.text("x", 0, &mut out), Err(SendError::OutOfTurn));
    let mut payload = *b"0123456789+";
    assert_eq!(client.mask_payload(&mut payload), Err(SendError::OutOfTurn));
    let (start, rest) = payload[..10].split_at_mut(3);
    client.mask_payload(start).unwrap();
    client.mask_payload(&mut []).unwrap();
    client.mask_payload(rest).unwrap();
    header.mask.unwrap().apply(&mut payload[..10], 0);
    assert_eq!(&payload, b"0123456789+");
    assert_eq!(client.mask_payload(&mut [1]), Err(SendError::OutOfTurn));
    assert_eq!(owed(&mut client, Role::Client, 0), Some((10, b"p".to_vec())));
}

#[test]
fn a_header_is_read_back() {
    for opcode in [0, 1, 2, 8, 9, 10].map(|bits: u8| bits) {
        for len in [0, 1, 125, 126, 65_535, 65_536, u64::MAX >> 1] {
            for (sender, mask) in [(Role::Client, Some(Mask::new(9))), (Role::Server, None)] {
                for is_final in [true, false] {
                    let opcode = [
                        Opcode::Continuation,
                        Opcode::Text,
                        Opcode::Binary,
                        Opcode::Close,
                        Opcode::Ping,
                        Opcode::Pong,
                    ]
                    .into_iter()
                    .find(|each| *each as u8 == opcode)
                    .unwrap();
                    let header = FrameHeader { is_final, opcode, mask, len };
                    let mut out = [0; 14];
                    let illegal = opcode.is_control() && (len > 125 || !is_final);
                    let result = header.encode(&mut out);
                    assert_eq!(result.is_err(), illegal);
                    let Ok(written) = result else { continue };
                    assert_eq!(written, header.encoded_len());
                    let found = FrameHeader::decode(&out, sender).unwrap();
                    assert_eq!(found, Some((header, written)));
                    for cut in 0..written {
                        assert_eq!(FrameHeader::decode(&out[..cut], sender), Ok(None));
                        let short = header.encode(&mut vec![0; cut]);
                        assert_eq!(short, Err(SendError::BufferTooSmall { needed: written }));
                    }
                }
            }
        }
    }
}

#[test]
fn a_stream_takes_no_text_but_loses_nothing_before_it() {
    let mut server = server();
    let frames = [frame(Role::Client, 0x82, b"one"), frame(Role::Client, 0x81, b"two")];
    let mut bytes = frames.concat();
    assert_eq!(server.handle_stream(&mut bytes, 0), Ok(3));
    assert_eq!(&bytes[..3], b"one");
    for bytes in [&mut [][..], &mut [1]] {
        assert_eq!(server.handle_stream(bytes, 0).unwrap_err().kind, Kind::Text);
    }
    assert_eq!(owed(&mut server, Role::Server, 0), Some((8, b"\x03\xEB".to_vec())));

    let mut server = self::server();
    let mut bytes = [frame(Role::Client, 0x82, b"one"), vec![0xFF]].concat();
    assert_eq!(server.handle_stream(&mut bytes, 0), Ok(3));
    assert_eq!(server.handle_stream(&mut [], 0).unwrap_err().kind, Kind::ReservedBit);

    let mut server = self::server();
    let mut bytes = [frame(Role::Client, 0x82, b"one"), frame(Role::Client, 0x88, b"")].concat();
    assert!(!server.is_close_received());
    assert_eq!(server.handle_stream(&mut bytes, 0), Ok(3));
    assert!(server.is_close_received());
}

/// What one side sends.
#[derive(Debug, Clone)]
enum Sent {
    Text(String, bool),
    Binary(Vec<u8>, bool),
    Prefixed(Vec<u8>),
    Ping(Vec<u8>),
}

fn sent() -> impl Strategy<Value = Sent> {
    let data = || prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        (".{0,80}", any::<bool>()).prop_map(|(text, last)| Sent::Text(text, last)),
        (data(), any::<bool>()).prop_map(|(data, last)| Sent::Binary(data, last)),
        data().prop_map(Sent::Prefixed),
        prop::collection::vec(any::<u8>(), 0..=125).prop_map(Sent::Ping),
    ]
}

proptest! {
    /// All that is sent arrives, as it was sent, in any cuts.
    #[test]
    fn what_is_sent_is_heard(
        all in prop::collection::vec((sent(), any::<u32>()), 0..20),
        is_client in any::<bool>(),
        sizes in prop::collection::vec(1..200usize, 1..20),
    ) {
        let (ours, theirs) = if is_client { (Role::Client, Role::Server) } else { (Role::Server, Role::Client) };
        let mut sender = Session::new(ours, Settings::DEFAULT);
        let (mut wire, mut wanted, mut begun) = (Vec::new(), Vec::new(), None::<(bool, Vec<u8>)>);
        for (sent, random) in all {
            let mut out = vec![0; 1000];
            let (is_text, data, is_last) = match &sent {
                Sent::Text(text, last) => (true, text.as_bytes().to_vec(), *last),
                Sent::Binary(data, last) => (false, data.clone(), *last),
                Sent::Prefixed(data) => (false, data.clone(), true),
                Sent::Ping(data) => {
                    let len = sender.ping(data, random, &mut out).unwrap();
                    wire.extend_from_slice(&out[..len]);
                    continue;
                }
            };
            let result = match &sent {
                Sent::Text(text, last) => sender.text_fragment(text, *last, random, &mut out),
                Sent::Prefixed(data) => sender.binary_prefix(data.len() as u64, true, random, &mut out),
                _ => sender.binary_fragment(&data, is_last, random, &mut out),
            };
            if begun.as_ref().is_some_and(|(kind, _)| *kind != is_text) {
                prop_assert_eq!(result, Err(SendError::OutOfTurn));
                continue;
            }
            wire.extend_from_slice(&out[..result.unwrap()]);
            if let Sent::Prefixed(mut data) = sent {
                for piece in data.chunks_mut(7) {
                    sender.mask_payload(piece).unwrap();
                }
                wire.extend(data);
            }
            let (_, message) = begun.get_or_insert((is_text, Vec::new()));
            message.extend(data);
            if is_last {
                wanted.extend(begun.take());
            }
        }
        if wanted.iter().all(|(is_text, _)| !is_text) && begun.is_none() {
            let mut stream = Session::new(theirs, Settings::DEFAULT);
            let mut content = Vec::new();
            for piece in wire.clone().chunks_mut(sizes[0]) {
                let len = stream.handle_stream(piece, 0).unwrap();
                content.extend_from_slice(&piece[..len]);
            }
            prop_assert_eq!(content, wanted.iter().flat_map(|(_, data)| data.clone()).collect::<Vec<_>>());
        }
        let mut receiver = Session::new(theirs, Settings::DEFAULT);
        let (mut held, mut heard, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let mut sizes = sizes.into_iter().cycle();
        while !wire.is_empty() {
            held.extend(wire.drain(..sizes.next().unwrap().min(wire.len())));
            let mut at = 0;
            while at < held.len() {
                let (taken, event) = receiver.handle_input(&mut held[at..], 0).unwrap();
                at += taken;
                if let Some(Event::Data { message, data, is_last, .. }) = event {
                    rest.extend_from_slice(data);
                    if is_last {
                        heard.push((message == Message::Text, core::mem::take(&mut rest)));
                    }
                }
            }
            held.clear();
        }
        prop_assert_eq!(heard, wanted);
    }
}
