//! How a client's connections begin and end, and what time does to them.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::session::{
    Announcement, Client, Event, SendError, SessionError, Settings, Violation,
};
use mqtt_codec::{Connect, Disconnect, List, Property, QoS, ReasonCode, Text, Version};

use crate::client::{ACCEPTED_V5, OUT, connect, connected, failure, message, owed, receipt_of};

#[test]
fn pings_and_silence() {
    // Server Keep Alive of 10 seconds.
    let connack = b"\x20\x06\0\0\x03\x13\0\x0A";
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    assert_eq!(client.poll_timeout(), Some(10_000));
    client.handle_timeout(9_999);
    assert_eq!(owed(&mut client), b"");
    client.handle_timeout(10_000);
    let mut out = [0; OUT];
    assert_eq!(client.poll_transmit(10_000, &mut out), Ok(Some(2)));
    assert_eq!(out[..2], [0xC0, 0]);
    client.handle_input(b"\xD0\0", 10_100).unwrap();
    assert_eq!(client.poll_timeout(), Some(20_000));
    client.handle_timeout(20_000);
    client.poll_transmit(20_000, &mut out).unwrap();
    assert_eq!(client.poll_timeout(), Some(40_000));
    client.handle_timeout(40_000);
    let silence = SessionError::Violation(Violation::Silence);
    assert_eq!(client.handle_input(b"", 40_000), Err(silence));
    // No answer to CONNECT.
    let mut client = Client::<2>::new(Version::V3, Settings::DEFAULT);
    connect(&mut client, Version::V3, 5);
    assert_eq!(client.poll_timeout(), Some(5 + Settings::DEFAULT.connect_ms));
    client.handle_timeout(u64::MAX);
    assert_eq!(client.handle_input(b"", 0), Err(silence));
    assert!(client.wants_close(), "3.1.1 has no word for it");
    // In 5.0 only a server may call it silence.
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    client.handle_timeout(10_000);
    client.poll_transmit(10_000, &mut out).unwrap();
    client.handle_timeout(30_000);
    assert_eq!((client.wants_close(), client.poll_timeout()), (false, None), "it is told first");
    assert_eq!(owed(&mut client), b"\xE0\x01\x80");
    assert!(client.wants_close());
    assert_eq!(client.handle_eof(), Ok(()), "the end was said");
}

#[test]
fn a_ping_that_has_no_room_is_still_owed() {
    let connack = b"\x20\x06\0\0\x03\x13\0\x0A"; // Server Keep Alive of 10 seconds
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    client.handle_timeout(10_000);
    let no_room = Err(SendError::BufferTooSmall { needed: 2 });
    assert_eq!(client.poll_transmit(10_000, &mut [0; 1]), no_room);
    assert_eq!(client.poll_transmit(10_000, &mut [0; 2]), Ok(Some(2)));
    // Who always sends asks too whether anybody is there.
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    for now_ms in (0..=10_000).step_by(2_500) {
        client.publish(&message(QoS::AtMostOnce), 0, now_ms, &mut [0; OUT]).unwrap();
        client.handle_timeout(now_ms);
    }
    assert_eq!(owed(&mut client), b"\xC0\0");
    // A payload that does not get on cannot wait for ever.
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    client.publish_head(&message(QoS::AtMostOnce), 9, 0, 0, &mut [0; OUT]).unwrap();
    client.handle_timeout(10_000);
    assert_eq!((client.error(), client.poll_timeout()), (None, Some(30_000)));
    client.payload_sent(1, 20_000).unwrap();
    assert_eq!(client.poll_timeout(), Some(50_000));
    client.handle_timeout(50_000);
    let silence = SessionError::Violation(Violation::Silence);
    assert_eq!((client.error(), client.wants_close()), (Some(silence), true));
}

#[test]
fn the_end() {
    let out = &mut [0; OUT];
    let bye = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    assert_eq!(client.disconnect(&bye, 0, out), Ok(2));
    assert!(client.wants_close() && !client.is_connected());
    assert_eq!(client.disconnect(&bye, 0, out), Err(SendError::OutOfTurn));
    assert_eq!(client.handle_input(b"\x30\x04\0\x01a\0", 0), Ok((6, None)), "what comes late");
    assert_eq!(client.handle_eof(), Ok(()));

    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    let (_, event) = client.handle_input(b"\xE0\x01\x8E", 0).unwrap();
    let Some(Event::Disconnect(last)) = event else { panic!() };
    assert_eq!(last.reason_code, ReasonCode::SESSION_TAKEN_OVER);
    assert!(client.wants_close());

    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    assert_eq!(client.handle_eof(), Err(SessionError::Violation(Violation::Lost)));
    assert_eq!(owed(&mut client), b"", "nobody is there");

    let mut client = Client::<2>::new(Version::V5, Settings::DEFAULT);
    connect(&mut client, Version::V5, 0);
    let (_, event) = client.handle_input(b"\x20\x03\0\x87\0", 0).unwrap();
    assert!(
        matches!(event, Some(Event::Connack(c)) if c.reason_code == ReasonCode::NOT_AUTHORIZED)
    );
    assert!(client.wants_close());
}

#[test]
fn a_refused_connack_leaves_the_session_as_it_was() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    client.publish(&message(QoS::AtLeastOnce), 7, 0, &mut [0; OUT]).unwrap();
    client.ended(0);
    let properties = client.announcements();
    let brief = Connect {
        clean_start: false,
        properties: List::new(&properties),
        ..Connect::new(Version::V5, Text::from_static("c"))
    };
    client.connect(&brief, 0, &mut [0; OUT]).unwrap();
    client.handle_input(b"\x20\x03\0\x88\0", 0).unwrap();
    client.ended(0);
    assert_eq!((client.has_session(), client.in_flight()), (true, 1));
    connect(&mut client, Version::V5, 0);
    client.handle_input(b"\x20\x03\x01\0\0", 0).unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Send { handle: 7, .. })));
}

#[test]
fn a_session_that_nobody_has() {
    let mut client = Client::<2>::new(Version::V5, Settings::DEFAULT);
    connect(&mut client, Version::V5, 0);
    assert_eq!(failure(&mut client, b"\x20\x03\x01\0\0"), Violation::SessionPresent);
    // 3.1.1 leaves that to the client, and this crate to you.
    for assumes in [false, true] {
        let mut client = Client::<2>::new(Version::V3, Settings::DEFAULT);
        if assumes {
            client.assume_session();
        }
        connect(&mut client, Version::V3, 0);
        assert_eq!(client.handle_input(b"\x20\x02\x01\0", 0).is_ok(), assumes);
    }
}

#[test]
fn what_was_said_of_one_connection_is_not_said_in_another() {
    let publish = b"\x34\x06\0\x01a\0\x07\0";
    let mut clients = [0, 1].map(|now_ms| {
        let mut client = Client::<2>::new(Version::V5, Settings::DEFAULT);
        client.assume_session();
        connect(&mut client, Version::V5, now_ms);
        client.handle_input(ACCEPTED_V5, now_ms).unwrap();
        client
    });
    let receipts = clients
        .each_mut()
        .map(|client| receipt_of(client.handle_input(publish, 1).unwrap().1).unwrap());
    let [client, other] = &mut clients;
    let (taken, stale) = (ReasonCode::SUCCESS, Err(SendError::Stale));
    assert_eq!(client.acknowledge(receipts[1], taken), stale, "of another session");
    let wrong = client.acknowledge(receipts[0], ReasonCode::SERVER_SHUTTING_DOWN);
    assert!(matches!(wrong, Err(SendError::Invalid(_))), "PUBREC has no such reason");
    client.ended(1);
    assert_eq!(client.acknowledge(receipts[0], taken), stale);
    other.acknowledge(receipts[1], taken).unwrap();
    // A failure that could not be told.
    other.handle_input(b"\0", 1).unwrap_err();
    connect(other, Version::V5, 1);
    assert_eq!((owed(other), other.error()), (vec![], None));
    let wrong = Connect::new(Version::V3, Text::from_static("c"));
    let wrong = other.connect(&wrong, 0, &mut [0; OUT]);
    assert_eq!(wrong, Err(SendError::NotInVersion(Version::V3)));
}

#[test]
fn what_is_said_of_packets_is_meant() {
    let settings = Settings::DEFAULT.with_max_packet_size(40);
    let publish = |len: usize| [&[0x30, len as u8, 0, 1, b'a', 0][..], &vec![0; len - 4]].concat();
    let mut client = Client::<2>::new(Version::V5, settings);
    let connect = Connect::new(Version::V5, Text::from_static("c"));
    let size = Property::MaximumPacketSize(NonZeroU32::new(30).unwrap());
    let own = [Property::ReceiveMaximum(NonZeroU16::MIN), size];
    let silent = Connect { properties: List::new(&own[..1]), ..connect };
    let missing = SendError::Unannounced(Announcement::MaximumPacketSize(40));
    assert_eq!(client.connect(&silent, 0, &mut [0; OUT]), Err(missing));
    let connect = Connect { properties: List::new(&own), ..connect };
    client.connect(&connect, 0, &mut [0; OUT]).unwrap();
    client.handle_input(ACCEPTED_V5, 0).unwrap();
    assert!(client.handle_input(&publish(28), 0).unwrap().1.is_some());
    let error = client.handle_input(&publish(29), 0).unwrap_err();
    assert_eq!(error.reason_code(), ReasonCode::PACKET_TOO_LARGE, "more than was said");
    let mut client = connected(Version::V3, b"\x20\x02\0\0", settings);
    let error = client.handle_input(&publish(39), 0).unwrap_err();
    assert_eq!(error.reason_code(), ReasonCode::PACKET_TOO_LARGE, "more than is taken");
}

#[test]
fn memory_for_names_is_not_lent_within_a_connection() {
    let mut memory = [0; 100];
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    client.lend_aliases(&mut [], &mut memory);
    assert_eq!(client.announcements()[2], Property::TopicAliasMaximum(0));
}
