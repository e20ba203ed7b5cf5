//! Feature `embedded-io`: readers that give little, writers that take little, ends and errors.

use coap_codec::tcp::{ReadError, Sending, Stream, WriteError};
use coap_codec::{EncodeError, ErrorKind};
use embedded_io::{ErrorKind as Io, ErrorType, Read, Write};

use crate::wire::{CODEC, INVALID, encoded, with_messages};

/// Gives at most `piece` bytes at a time and fails on every call whose number `fails` names.
struct Peer<'a> {
    bytes: &'a [u8],
    piece: usize,
    calls: usize,
    fails: &'a [usize],
}

impl ErrorType for Peer<'_> {
    type Error = Io;
}

impl Read for Peer<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        assert!(!out.is_empty(), "a read into nothing looks like the end");
        self.calls += 1;
        if self.fails.contains(&self.calls) {
            return Err(Io::TimedOut);
        }
        let len = self.piece.min(out.len()).min(self.bytes.len());
        out[..len].copy_from_slice(&self.bytes[..len]);
        self.bytes = &self.bytes[len..];
        Ok(len)
    }
}

#[test]
fn messages_from_pieces_of_every_size_to_the_end() {
    with_messages(|messages, wire| {
        for piece in [1, 2, 3, 7, 64, 5000] {
            let mut peer = Peer { bytes: wire, piece, calls: 0, fails: &[] };
            let mut buffer = [0; 1300];
            let mut stream = Stream::new(&mut buffer);
            for message in messages {
                assert_eq!(stream.read_next(&CODEC, &mut peer), Ok(Some(*message)), "{piece}");
            }
            assert_eq!(stream.read_next(&CODEC, &mut peer), Ok(None));
            assert_eq!(stream.read_next(&CODEC, &mut peer), Ok(None));
        }
    });
}

#[test]
fn a_failed_read_loses_nothing() {
    with_messages(|messages, wire| {
        let fails: Vec<usize> = (1..2000).step_by(2).collect();
        let mut peer = Peer { bytes: wire, piece: 5, calls: 0, fails: &fails };
        let mut buffer = [0; 1300];
        let mut stream = Stream::new(&mut buffer);
        let mut failed = 0;
        for message in messages {
            loop {
                match stream.read_next(&CODEC, &mut peer) {
                    Err(error) => assert_eq!(error, ReadError::Io(Io::TimedOut)),
                    Ok(given) => break assert_eq!(given, Some(*message)),
                }
                failed += 1;
            }
        }
        assert_eq!(failed, wire.len().div_ceil(5));
    });
}

#[test]
fn an_end_within_a_message_is_an_error() {
    with_messages(|messages, _| {
        let wire = encoded(&messages[..1]);
        for len in 1..wire.len() {
            let mut peer = Peer { bytes: &wire[..len], piece: 3, calls: 0, fails: &[] };
            let mut buffer = [0; 64];
            let mut stream = Stream::new(&mut buffer);
            assert_eq!(stream.read_next(&CODEC, &mut peer), Err(ReadError::UnexpectedEof));
            assert_eq!(stream.held(), &wire[..len]);
        }
    });
}

#[test]
fn what_is_malformed_or_never_fits_is_an_error() {
    for (bytes, room, kind) in [
        (&[0x10, 0x01, 0xFF][..], 64, ErrorKind::EmptyPayload),
        (&[0x0F, 0x01], 64, ErrorKind::TokenLength),
        // 14 bytes; a header that does not fit.
        (&[0xC0, 0x45, 0xFF], 13, ErrorKind::MessageTooLarge),
        (&[0xD0, 0x00, 0x45], 2, ErrorKind::MessageTooLarge),
    ] {
        let mut peer = Peer { bytes, piece: 1, calls: 0, fails: &[] };
        let mut buffer = [0; 64];
        let mut stream = Stream::new(&mut buffer[..room]);
        let error = stream.read_next(&CODEC, &mut peer).unwrap_err();
        assert!(matches!(error, ReadError::Message(e) if e.kind == kind), "{error:?}");
    }
}

/// Takes at most `piece` bytes at a time, `room` in all.
struct Sink {
    bytes: Vec<u8>,
    piece: usize,
    room: usize,
}

impl ErrorType for Sink {
    type Error = Io;
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        assert!(!bytes.is_empty());
        let len = self.piece.min(bytes.len()).min(self.room - self.bytes.len());
        self.bytes.extend(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Io> {
        panic!("the caller flushes");
    }
}

#[test]
fn short_writes_are_survived() {
    with_messages(|messages, wire| {
        for piece in [1, 2, 3, 63, 64, 65, 5000] {
            let mut sink = Sink { bytes: Vec::new(), piece, room: usize::MAX };
            for message in messages {
                let mut buffer = [0; 256];
                let mut sending = Sending::new(&CODEC, message, &mut buffer).unwrap();
                assert_eq!(sending.write(&mut sink), Ok(()));
                // Once more is once too often.
                assert_eq!(sending.write(&mut sink), Ok(()));
            }
            assert_eq!(sink.bytes, wire, "{piece}");
        }
    });
}

#[test]
fn a_writer_that_is_full_is_gone_on_with() {
    with_messages(|messages, _| {
        let wire = encoded(&messages[..1]);
        for room in 0..wire.len() {
            let mut sink = Sink { bytes: Vec::new(), piece: 3, room };
            let mut buffer = [0; 16];
            let mut sending = Sending::new(&CODEC, &messages[0], &mut buffer).unwrap();
            assert_eq!(sending.write(&mut sink), Err(WriteError::WriteZero));
            assert_eq!(sink.bytes, &wire[..room]);
            sink.room = wire.len();
            assert_eq!(sending.write(&mut sink), Ok(()));
            assert_eq!(sink.bytes, wire);
        }
    });
}

#[test]
fn the_buffer_has_to_hold_all_but_the_payload() {
    with_messages(|messages, _| {
        for message in messages {
            let needed = CODEC.encoded_len(message).unwrap() - message.payload.len();
            let mut buffer = [0; 256];
            assert!(Sending::new(&CODEC, message, &mut buffer[..needed]).is_ok());
            let error = Sending::new(&CODEC, message, &mut buffer[..needed - 1]).unwrap_err();
            assert_eq!(error, EncodeError::BufferTooSmall { needed });
        }
    });
    let error = Sending::new(&CODEC, &INVALID, &mut [0; 64]).unwrap_err();
    assert_eq!(error, EncodeError::Invalid(ErrorKind::OptionOrder));
}
