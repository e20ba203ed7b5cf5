//! What a client keeps, and when.

use mqtt_codec::session::{Client, Event, SendError, Settings, SnapshotError, Violation};
use mqtt_codec::{Connect, Disconnect, List, PacketId, Property, QoS, ReasonCode, Text, Version};

use crate::client::{ACCEPTED_V5, OUT, connect, connected, failure, message, owed};

#[test]
fn no_promise_before_it_is_kept() {
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut client = connected(Version::V5, ACCEPTED_V5, settings);
    let (mut disk, out) = (vec![0; Client::<2>::SNAPSHOT], &mut [0; OUT]);
    client.persisted();
    assert_eq!(client.publish(&message(QoS::ExactlyOnce), 5, 0, out), Ok(0));
    assert_eq!(client.poll_event(), Some(Event::Persist));
    assert_eq!(client.poll_event(), Some(Event::Persist), "again until it is done");
    assert_eq!(client.send(&message(QoS::ExactlyOnce), 5, 0, out), Err(SendError::Unsaved));
    let len = client.snapshot(&mut disk).unwrap();
    client.persisted();
    assert_eq!(client.poll_event(), Some(Event::Send { handle: 5, id: PacketId::new(1).unwrap() }));
    client.send(&message(QoS::ExactlyOnce), 5, 0, out).unwrap();
    client.handle_input(b"\x50\x02\0\x01", 0).unwrap();
    assert_eq!(owed(&mut client), b"", "PUBREL is a promise");
    client.persisted();
    assert_eq!(owed(&mut client), b"", "the snapshot is older than it");
    client.snapshot(&mut [0; Client::<2>::SNAPSHOT]).unwrap();
    client.persisted();
    assert_eq!(owed(&mut client), b"\x62\x02\0\x01");
    // The power fails: what the disk has is sent again.
    let mut client = Client::restore(Version::V5, settings, &disk[..len]).unwrap();
    connect(&mut client, Version::V5, 0);
    client.handle_input(b"\x20\x03\x01\0\0", 0).unwrap();
    client.persisted();
    client.send(&message(QoS::ExactlyOnce), 5, 0, out).unwrap();
    assert_eq!(out[0], 0x3C, "DUP");
}

#[test]
fn what_was_never_sent_is_not_acknowledged() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT.with_persistent(true));
    keep(&mut client);
    client.publish(&message(QoS::AtLeastOnce), 7, 0, &mut [0; OUT]).unwrap();
    assert_eq!(failure(&mut client, b"\x40\x02\0\x01"), Violation::WrongAcknowledgement);
}

/// What CRC-16/XMODEM says of the bytes before it.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
        }
    }
    [bytes, &crc.to_be_bytes()].concat()
}

#[test]
fn damaged_snapshots() {
    let body = b"MQ\x01\x01\0\0\0\x3C\0\0\0\0\0\x06\0\x01\0\x01\0\x05\0\0\0\x2A\x02\0\x09";
    let good = sealed(body);
    let restore = |bytes: &[u8]| Client::<2>::restore(Version::V5, Settings::DEFAULT, bytes);
    let mut client = restore(&good).unwrap();
    assert_eq!(client.session_expiry_interval(), 60);
    let mut out = [0; 64];
    let len = client.snapshot(&mut out).unwrap();
    assert_eq!(&out[..len], good);
    assert_eq!(client.snapshot(&mut out[..len - 1]), None);
    for end in 0..good.len() {
        let error = restore(&good[..end]).unwrap_err();
        assert!(matches!(error, SnapshotError::Unknown | SnapshotError::Damaged));
    }
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(restore(&bytes).is_err(), "bit {bit}");
    }
    for (at, byte, error) in [
        (2, 2, SnapshotError::Unknown),
        (3, 0, SnapshotError::Damaged),
        (3, 2, SnapshotError::OtherSide),
        (3, 3, SnapshotError::OtherSide),
        (3, 4, SnapshotError::Damaged),
        (15, 0, SnapshotError::Damaged),
        (15, 2, SnapshotError::Damaged),
        (15, 3, SnapshotError::TooLarge),
        (17, 3, SnapshotError::TooLarge),
        (19, 0, SnapshotError::Damaged), // identifier 0
        (24, 9, SnapshotError::Damaged), // a state that is none
        (26, 0, SnapshotError::Damaged),
    ] {
        let mut bytes = body.to_vec();
        bytes[at] = byte;
        assert_eq!(restore(&sealed(&bytes)).unwrap_err(), error, "{at}");
    }
    for twice in [
        &b"MQ\x01\x01\0\0\0\0\0\0\0\0\0\x05\0\x02\0\0\0\x05\0\0\0\x2A\x02\0\x05\0\0\0\x2B\x02"[..],
        b"MQ\x01\x01\0\0\0\0\0\0\0\0\0\x05\0\0\0\x02\0\x05\0\x05",
    ] {
        assert_eq!(restore(&sealed(twice)).unwrap_err(), SnapshotError::Damaged);
    }
}

/// A persistent client whose snapshot is kept, with a message that is asked for.
fn with_message() -> Client<'static, 2> {
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut client = connected(Version::V5, ACCEPTED_V5, settings);
    client.publish(&message(QoS::AtLeastOnce), 7, 0, &mut [0; OUT]).unwrap();
    keep(&mut client);
    client
}

fn keep(client: &mut Client<'_, 2>) {
    assert_eq!(client.poll_event(), Some(Event::Persist));
    client.snapshot(&mut [0; Client::<2>::SNAPSHOT]).unwrap();
    client.persisted();
}

#[test]
fn what_is_forgotten_is_kept_too() {
    let mut client = with_message();
    client.forget(7).unwrap();
    keep(&mut client);
    assert_eq!((client.poll_event(), client.in_flight()), (None, 0));
}

#[test]
fn another_session_is_kept_before_it_promises() {
    // Clean Start.
    let mut client = with_message();
    let properties = client.announcements();
    let anew = Connect {
        clean_start: true,
        properties: List::new(&properties),
        ..Connect::new(Version::V5, Text::from_static("c"))
    };
    client.connect(&anew, 0, &mut [0; OUT]).unwrap();
    assert_eq!((client.has_session(), client.session_expiry_interval()), (false, 0));
    keep(&mut client);
    client.handle_input(ACCEPTED_V5, 0).unwrap();
    assert!(!client.has_session(), "it ends with the connection");
    // The server has none.
    let mut client = with_message();
    connect(&mut client, Version::V5, 0);
    assert_eq!(client.poll_event(), None);
    client.handle_input(ACCEPTED_V5, 0).unwrap();
    assert_eq!(client.in_flight(), 0);
    keep(&mut client);
    // It lives for another time.
    let mut client = with_message();
    connect(&mut client, Version::V5, 0);
    client.handle_input(b"\x20\x08\x01\0\x05\x11\0\0\0\x09", 0).unwrap();
    assert_eq!(client.session_expiry_interval(), 9);
    keep(&mut client);
}

#[test]
fn a_session_that_ends_with_its_connection_leaves_nothing() {
    let bye = [Property::SessionExpiryInterval(0)];
    let bye = Disconnect {
        properties: List::new(&bye),
        ..Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)
    };
    let mut client = with_message();
    client.disconnect(&bye, 0, &mut [0; OUT]).unwrap();
    client.ended(0);
    assert_eq!((client.has_session(), client.in_flight()), (false, 0));
    keep(&mut client);
    // What had nothing in flight has nothing to keep.
    let mut client = with_message();
    client.send(&message(QoS::AtLeastOnce), 7, 0, &mut [0; OUT]).unwrap();
    client.handle_input(b"\x40\x02\0\x01", 0).unwrap();
    client.disconnect(&bye, 0, &mut [0; OUT]).unwrap();
    client.ended(0);
    assert_eq!((client.has_session(), client.poll_event()), (false, None));
}

#[test]
fn a_session_that_is_known_is_not_assumed() {
    let settings = Settings::DEFAULT.with_persistent(true);
    let body = b"MQ\x01\x01\0\0\0\x3C\0\0\0\0\0\x05\0\0\0\0";
    let mut client = Client::<2>::restore(Version::V5, settings, &sealed(body)).unwrap();
    client.assume_session();
    assert_eq!(client.session_expiry_interval(), 60);
}
