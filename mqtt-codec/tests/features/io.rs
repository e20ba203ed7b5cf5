//! Feature `embedded-io`: readers that give little, writers that take little, ends and errors.

use embedded_io::{ErrorKind as Io, ErrorType, Read, Write};
use mqtt_codec::{
    Codec, EncodeError, ErrorKind, Item, Packet, Publish, ReadError, Stream, TopicName, WriteError,
};

use crate::wire::{CODEC, encoded, with_packets};

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

fn server() -> Codec {
    Codec { role: mqtt_codec::Role::Server, ..CODEC }
}

#[test]
fn packets_from_pieces_of_every_size_to_the_end() {
    with_packets(|packets, wire| {
        for piece in [1, 2, 3, 7, 64, 5000] {
            let mut peer = Peer { bytes: wire, piece, calls: 0, fails: &[] };
            let mut buffer = [0; 1200];
            let mut stream = Stream::new(&mut buffer);
            for packet in packets {
                let item = stream.read_next(&server(), &mut peer);
                assert_eq!(item, Ok(Some(Item::Packet(*packet))), "{piece}");
            }
            assert_eq!(stream.read_next(&server(), &mut peer), Ok(None));
            assert_eq!(stream.read_next(&server(), &mut peer), Ok(None));
        }
    });
}

#[test]
fn a_failed_read_loses_nothing() {
    with_packets(|packets, wire| {
        let fails: Vec<usize> = (1..2000).step_by(2).collect();
        let mut peer = Peer { bytes: wire, piece: 5, calls: 0, fails: &fails };
        let mut buffer = [0; 1200];
        let mut stream = Stream::new(&mut buffer);
        for packet in packets {
            let mut failed = 0;
            loop {
                match stream.read_next(&server(), &mut peer) {
                    Err(error) => assert_eq!(error, ReadError::Io(Io::TimedOut)),
                    Ok(item) => break assert_eq!(item, Some(Item::Packet(*packet))),
                }
                failed += 1;
            }
            assert!(failed > 0 || *packet == Packet::Pingreq);
        }
    });
}

#[test]
fn an_end_within_a_packet_is_an_error() {
    with_packets(|packets, _| {
        let wire = encoded(&packets[..1]);
        for len in 1..wire.len() {
            let mut peer = Peer { bytes: &wire[..len], piece: 3, calls: 0, fails: &[] };
            let mut buffer = [0; 64];
            let mut stream = Stream::new(&mut buffer);
            assert_eq!(stream.read_next(&server(), &mut peer), Err(ReadError::UnexpectedEof));
            assert_eq!(stream.held(), &wire[..len]);
        }
    });
}

#[test]
fn a_malformed_packet_is_an_error() {
    let mut peer = Peer { bytes: &[0x36, 0x00], piece: 1, calls: 0, fails: &[] };
    let mut buffer = [0; 64];
    let error = Stream::new(&mut buffer).read_next(&server(), &mut peer).unwrap_err();
    assert!(matches!(error, ReadError::Packet(e) if e.kind == ErrorKind::PublishQos3));
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
    with_packets(|packets, wire| {
        for piece in [1, 2, 3, 63, 64, 65, 5000] {
            let mut sink = Sink { bytes: Vec::new(), piece, room: usize::MAX };
            for packet in packets {
                assert_eq!(CODEC.write(packet, &mut sink), Ok(()));
            }
            assert_eq!(sink.bytes, wire, "{piece}");
        }
        let mut sink = Sink { bytes: Vec::new(), piece: 3, room: 10 };
        assert_eq!(CODEC.write(&packets[0], &mut sink), Err(WriteError::WriteZero));
        assert_eq!(sink.bytes, &wire[..10]);
    });
}

#[test]
fn a_packet_that_may_not_be_sent_is_not_begun() {
    let mut sink = Sink { bytes: Vec::new(), piece: 3, room: 10 };
    let packet = Packet::Publish(Publish::new(TopicName::EMPTY, b"p"));
    let error = WriteError::Packet(EncodeError::Invalid(ErrorKind::TopicNameEmpty));
    assert_eq!(CODEC.write(&packet, &mut sink), Err(error));
    assert!(sink.bytes.is_empty());
}
