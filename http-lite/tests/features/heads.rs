//! Feature `embedded-io`: heads and bodies without a connection.

use embedded_io::ErrorKind as Io;
use http_lite::body::{BodyDecoder, BodyPart};
use http_lite::framing::Framing;
use http_lite::io::{IoError, ReadBuffer};
use http_lite::{DecodeError, ErrorKind, HeadParser, Limits};

use crate::transport::Transport;
use crate::wire::{
    Log, REQUESTS, RESPONSES, request_framing, requests, response_framing, responses,
};

/// Calls until it does not fail: a failed read loses nothing.
macro_rules! again {
    ($call:expr) => {
        loop {
            match $call {
                Err(error) => assert_eq!(error, IoError::Read(Io::TimedOut)),
                Ok(given) => break given,
            }
        }
    };
}

#[test]
fn requests_from_pieces_of_every_size_to_the_end() {
    // The longest head has 89 bytes.
    for (piece, room) in [(1, 89), (2, 90), (7, 100), (64, 89), (5000, 4000)] {
        for fails in [false, true] {
            let mut transport = Transport::new(REQUESTS, piece);
            transport.fails = fails;
            let mut bytes = vec![0; room];
            let (mut buffer, mut log) = (ReadBuffer::new(&mut bytes), Log::default());
            let mut parser = HeadParser::new();
            while let Some(head) = again!(buffer.read_request(&mut parser, &mut transport)) {
                let framing = request_framing(&parser);
                log.request(&head, &format!("{framing:?}"));
                let mut decoder = BodyDecoder::new(framing);
                while let Some(part) = again!(buffer.read_body(&mut decoder, &mut transport)) {
                    log.part(&part);
                }
            }
            assert_eq!(log, requests(), "{piece}");
        }
    }
}

#[test]
fn responses_from_pieces_of_every_size_to_the_end() {
    for (piece, room) in [(1, 90), (2, 90), (7, 100), (64, 90), (5000, 4000)] {
        for fails in [false, true] {
            let mut transport = Transport::new(RESPONSES, piece);
            transport.fails = fails;
            let mut bytes = vec![0; room];
            let (mut buffer, mut log) = (ReadBuffer::new(&mut bytes), Log::default());
            let mut parser = HeadParser::new();
            while let Some(head) = again!(buffer.read_response(&mut parser, &mut transport)) {
                if head.status.is_informational() {
                    log.response(&head, "informational");
                    continue;
                }
                let framing = response_framing(&parser, head.status);
                log.response(&head, &format!("{framing:?}"));
                let mut decoder = BodyDecoder::new(framing);
                while let Some(part) = again!(buffer.read_body(&mut decoder, &mut transport)) {
                    log.part(&part);
                }
            }
            assert_eq!(log, responses(), "{piece}");
        }
    }
}

#[test]
fn an_end_within_a_head_or_a_body_is_an_error() {
    let head = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for len in 1..head.len() {
        let mut bytes = [0; 64];
        let mut buffer = ReadBuffer::new(&mut bytes);
        let mut transport = Transport::new(&head[..len], 3);
        let result = buffer.read_request(&mut HeadParser::new(), &mut transport);
        let Err(IoError::Message(error)) = result else { panic!("{result:?}") };
        assert_eq!((error.kind, error.offset), (ErrorKind::Incomplete, len as u32));
        assert_eq!(buffer.held(), &head[..len]);
    }
    let mut bytes = [0; 64];
    let mut buffer = ReadBuffer::new(&mut bytes);
    let (mut decoder, mut transport) = (BodyDecoder::new(Framing::Length(3)), &b"ab"[..]);
    let part = buffer.read_body(&mut decoder, &mut transport);
    assert_eq!(part, Ok(Some(BodyPart::Data(b"ab"))));
    let result = buffer.read_body(&mut decoder, &mut transport);
    assert!(matches!(
        result,
        Err(IoError::Message(DecodeError { kind: ErrorKind::Incomplete, .. }))
    ));
}

#[test]
fn a_fault_and_a_buffer_that_is_too_small_are_errors() {
    let head = b"GET / HTTP/1.1\r\nHost: x\n\r\n";
    let mut bytes = [0; 64];
    let mut buffer = ReadBuffer::new(&mut bytes);
    let result = buffer.read_request(&mut HeadParser::new(), &mut &head[..]);
    assert!(matches!(result, Err(IoError::Message(error)) if error.kind == ErrorKind::BareLf));

    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for room in 0..head.len() {
        let mut buffer = ReadBuffer::new(&mut bytes[..room]);
        let result = buffer.read_response(&mut HeadParser::new(), &mut &head[..]);
        assert_eq!(result, Err(IoError::BufferFull));
        // With the limit that goes with the buffer, the peer is to blame.
        let mut parser = HeadParser::with_limits(Limits { bytes: room as u32, fields: 9 });
        let mut buffer = ReadBuffer::new(&mut bytes[..room]);
        let result = buffer.read_response(&mut parser, &mut &head[..]);
        assert!(matches!(result, Err(IoError::Message(e)) if e.kind == ErrorKind::FieldsTooLong));
    }
}

#[test]
fn what_is_held_is_not_shown() {
    let mut bytes = [0; 8];
    let mut buffer = ReadBuffer::new(&mut bytes);
    buffer.space()[..6].copy_from_slice(b"secret");
    buffer.filled(6);
    assert_eq!(buffer.take(2), b"se");
    assert_eq!(format!("{buffer:?}"), "ReadBuffer { held: 4, capacity: 8 }");
    assert_eq!((buffer.space().len(), buffer.held()), (2, &b"cret"[..]));
    assert_eq!(buffer.take(9), b"cret");
    assert_eq!(buffer.space().len(), 8);
}
