//! Feature `bytes`: frames out of a `BytesMut`, messages into a `BufMut`.

use bytes::{BufMut, Bytes, BytesMut};
use coap_codec::{Codec, EncodeError, ErrorKind, Type, ws};

use crate::wire::{CODEC, INVALID, with_messages};

#[test]
fn frames_come_out_whole_and_one_at_a_time() {
    with_messages(|messages, wire| {
        for piece in [1, 2, 7, 100, 5000] {
            let mut buffer = BytesMut::new();
            let mut frames = Vec::new();
            for piece in wire.chunks(piece) {
                buffer.extend_from_slice(piece);
                while let Some(frame) = CODEC.split_frame(&mut buffer).unwrap() {
                    frames.push(frame);
                }
            }
            assert!(buffer.is_empty());
            assert_eq!(frames.len(), messages.len());
            for (frame, message) in frames.iter().zip(messages) {
                assert_eq!(CODEC.decode(frame), Ok(Some((*message, frame.len()))));
            }
        }
    });
}

#[test]
fn a_header_that_is_refused_leaves_the_buffer_as_it_was() {
    for (bytes, kind) in [
        (&[0x09, 0x01][..], ErrorKind::TokenLength),
        (&[0xE0, 0xFF, 0xFF][..], ErrorKind::MessageTooLarge),
    ] {
        let mut buffer = BytesMut::from(bytes);
        assert_eq!(CODEC.split_frame(&mut buffer).unwrap_err().kind, kind);
        assert_eq!(buffer, bytes);
    }
    assert_eq!(CODEC.split_frame(&mut BytesMut::new()), Ok(None::<Bytes>));
}

#[test]
fn messages_are_appended_to_any_buf_mut() {
    with_messages(|messages, wire| {
        let (mut vec, mut bytes) = (vec![0xAA], BytesMut::from(&[0xAA][..]));
        let mut slice = vec![0; wire.len() + 3];
        let mut window = &mut slice[..];
        for message in messages {
            let len = CODEC.encoded_len(message);
            assert_eq!(CODEC.encode_buf(message, &mut vec), len);
            assert_eq!(CODEC.encode_buf(message, &mut bytes), len);
            assert_eq!(CODEC.encode_buf(message, &mut window), len);
        }
        assert_eq!(window.len(), 3);
        assert_eq!(slice, [wire, &[0; 3]].concat());
        assert_eq!(vec, [&[0xAA], wire].concat());
        assert_eq!(bytes, vec);
    });
}

#[test]
fn over_udp_and_web_sockets_they_are_what_encode_writes() {
    with_messages(|messages, _| {
        for message in messages {
            let udp = message.over_udp(Type::Confirmable, 7);
            let (mut expected, mut given) = (vec![0; 1500], Vec::new());
            let len = Codec::new().encode(&udp, &mut expected).unwrap();
            assert_eq!(Codec::new().encode_buf(&udp, &mut given), Ok(len));
            assert_eq!(given, expected[..len]);

            given.clear();
            let len = ws::Codec::new().encode(message, &mut expected).unwrap();
            assert_eq!(ws::Codec::new().encode_buf(message, &mut given), Ok(len));
            assert_eq!(given, expected[..len]);
        }
    });
}

#[test]
fn without_room_or_leave_nothing_is_written() {
    with_messages(|messages, _| {
        for message in messages {
            let needed = CODEC.encoded_len(message).unwrap();
            for room in [0, 1, needed - 1] {
                let mut out = Vec::new().limit(room);
                let error = EncodeError::BufferTooSmall { needed };
                assert_eq!(CODEC.encode_buf(message, &mut out), Err(error));
                assert!(out.get_ref().is_empty());
            }
        }
    });
    let mut out = Vec::new();
    let error = Err(EncodeError::Invalid(ErrorKind::OptionOrder));
    assert_eq!(CODEC.encode_buf(&INVALID, &mut out), error);
    assert_eq!(ws::Codec::new().encode_buf(&INVALID, &mut out), error);
    let udp = INVALID.over_udp(Type::Confirmable, 7);
    assert_eq!(Codec::new().encode_buf(&udp, &mut out), error);
    assert!(out.is_empty());
}
