//! Feature `bytes`: frames out of a `BytesMut`, packets into a `BufMut`.

use bytes::{BufMut, Bytes, BytesMut};
use mqtt_codec::{
    Codec, EncodeError, ErrorKind, List, Packet, PacketId, Publish, QoS, Role, Subscribe,
    Subscription, TopicFilter, TopicName,
};

use crate::wire::{CODEC, encoded, with_packets};

#[test]
fn frames_come_out_whole_and_one_at_a_time() {
    with_packets(|packets, wire| {
        let server = Codec { role: Role::Server, ..CODEC };
        for piece in [1, 2, 7, 100, 5000] {
            let mut buffer = BytesMut::new();
            let mut frames = Vec::new();
            for piece in wire.chunks(piece) {
                buffer.extend_from_slice(piece);
                while let Some(frame) = server.split_frame(&mut buffer).unwrap() {
                    frames.push(frame);
                }
            }
            assert!(buffer.is_empty());
            assert_eq!(frames.len(), packets.len());
            for (frame, packet) in frames.iter().zip(packets) {
                assert_eq!(server.decode(frame), Ok(Some((*packet, frame.len()))));
            }
        }
    });
}

#[test]
fn a_header_that_is_refused_leaves_the_buffer_as_it_was() {
    let bytes = [0x30, 0x80, 0x00, 0x00];
    let mut buffer = BytesMut::from(&bytes[..]);
    let error = CODEC.split_frame(&mut buffer).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::VarintNotMinimal, 1));
    assert_eq!(buffer, &bytes[..]);
    let limited = CODEC.with_max_packet_size(3);
    let mut buffer = BytesMut::from(&[0x30, 0x02][..]);
    assert_eq!(limited.split_frame(&mut buffer).unwrap_err().kind, ErrorKind::PacketTooLarge);
    assert_eq!(CODEC.split_frame(&mut BytesMut::new()), Ok(None::<Bytes>));
}

#[test]
fn packets_are_appended_to_any_buf_mut() {
    with_packets(|packets, wire| {
        let (mut vec, mut bytes) = (vec![0xAA], BytesMut::from(&[0xAA][..]));
        let mut slice = vec![0; wire.len() + 3];
        let mut window = &mut slice[..];
        for packet in packets {
            let len = CODEC.encoded_len(packet);
            assert_eq!(CODEC.encode_buf(packet, &mut vec), len);
            assert_eq!(CODEC.encode_buf(packet, &mut bytes), len);
            assert_eq!(CODEC.encode_buf(packet, &mut window), len);
        }
        assert_eq!(window.len(), 3);
        assert_eq!(slice, [wire, &[0; 3]].concat());
        assert_eq!(vec, [&[0xAA], wire].concat());
        assert_eq!(bytes, vec);
    });
}

#[test]
fn a_list_longer_than_any_window() {
    let filter = TopicFilter::from_static("house/+/temperature");
    let many = vec![Subscription::new(filter, QoS::AtLeastOnce); 100];
    let packet = Packet::Subscribe(Subscribe::new(PacketId::new(1).unwrap(), List::new(&many)));
    let mut out = Vec::new();
    assert_eq!(CODEC.encode_buf(&packet, &mut out), CODEC.encoded_len(&packet));
    assert_eq!(out, encoded(&[packet]));
}

#[test]
fn without_room_or_leave_nothing_is_written() {
    with_packets(|packets, _| {
        for packet in packets {
            let needed = CODEC.encoded_len(packet).unwrap();
            for room in [0, 1, needed - 1] {
                let mut out = Vec::new().limit(room);
                let error = EncodeError::BufferTooSmall { needed };
                assert_eq!(CODEC.encode_buf(packet, &mut out), Err(error));
                assert!(out.get_ref().is_empty());
            }
        }
        let empty = Packet::Publish(Publish::new(TopicName::EMPTY, b"p"));
        let mut out = Vec::new();
        let error = EncodeError::Invalid(ErrorKind::TopicNameEmpty);
        assert_eq!(CODEC.encode_buf(&empty, &mut out), Err(error));
        assert!(out.is_empty());
    });
}
