//! Room for what is promised, apart from that for messages in hand; and identifiers that go round.

use core::num::NonZeroU16;

use mqtt_codec::session::{
    Client, Event, Message, Receipt, SessionError, Settings, SnapshotError, Violation,
};
use mqtt_codec::{Connect, Properties, Property, QoS, ReasonCode, Text, TopicName, Version};

const IN_HAND: usize = 4;
const PROMISED: usize = 1000;

type Receiver = Client<'static, IN_HAND, PROMISED>;

fn connect<const N: usize, const R: usize>(client: &mut Client<'_, N, R>, connack: &[u8]) {
    let client_id = Text::from_static("c");
    let connect = Connect { clean_start: false, ..Connect::new(Version::V3, client_id) };
    client.connect(&connect, 0, &mut [0; 64]).unwrap();
    client.handle_input(connack, 0).unwrap();
}

fn publish(id: u16, dup: bool) -> [u8; 7] {
    let [high, low] = id.to_be_bytes();
    [0x34 | u8::from(dup) << 3, 5, 0, 1, b'a', high, low]
}

fn frame(first: u8, id: u16) -> [u8; 4] {
    let [high, low] = id.to_be_bytes();
    [first, 2, high, low]
}

fn come<const N: usize, const R: usize>(
    client: &mut Client<'_, N, R>,
    input: &[u8],
) -> Option<Option<Receipt>> {
    let (taken, event) = client.handle_input(input, 0).unwrap();
    let receipt = match event {
        Some(Event::Publish { receipt, .. }) => receipt,
        Some(event) => panic!("{event:?}"),
        None => None,
    };
    (taken > 0).then_some(receipt)
}

fn owed<const N: usize, const R: usize>(client: &mut Client<'_, N, R>) -> Vec<u8> {
    let (mut out, mut all) = ([0; 16], Vec::new());
    while let Some(len) = client.poll_transmit(0, &mut out).unwrap() {
        all.extend_from_slice(&out[..len]);
    }
    all
}

/// Takes messages `ids`, a few at once, and promises them.
fn promise(client: &mut Receiver, ids: impl Iterator<Item = u16>, dup: bool) {
    let ids: Vec<u16> = ids.collect();
    for ids in ids.chunks(IN_HAND) {
        for &id in ids {
            let receipt = come(client, &publish(id, dup)).unwrap().unwrap();
            client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
        }
        let pubrecs: Vec<u8> = ids.iter().flat_map(|&id| frame(0x50, id)).collect();
        assert_eq!(owed(client), pubrecs);
    }
}

#[test]
fn a_peer_may_send_many_before_it_releases_the_first() {
    let all = 1..=PROMISED as u16;
    let mut client = Receiver::new(Version::V3, Settings::DEFAULT);
    connect(&mut client, b"\x20\x02\0\0");
    promise(&mut client, all.clone(), false);

    // Cut, and on from a snapshot: none of them comes again, whatever the peer has heard.
    let mut disk = vec![0; Receiver::SNAPSHOT];
    let len = client.snapshot(&mut disk).unwrap();
    let small = Client::<IN_HAND>::restore(Version::V3, Settings::DEFAULT, &disk[..len]);
    assert_eq!(small.err(), Some(SnapshotError::TooLarge));
    let mut client = Receiver::restore(Version::V3, Settings::DEFAULT, &disk[..len]).unwrap();
    connect(&mut client, b"\x20\x02\x01\0");
    for id in (1..=500).rev() {
        assert_eq!(come(&mut client, &publish(id, true)), Some(None), "known");
        assert_eq!(owed(&mut client), frame(0x50, id), "PUBREC again");
    }
    let mut pubcomps = Vec::new();
    for id in (251..=750).chain((1..=250).rev()).chain(751..=1000) {
        while come(&mut client, &frame(0x62, id)).is_none() {
            pubcomps.append(&mut owed(&mut client));
        }
    }
    pubcomps.append(&mut owed(&mut client));
    assert_eq!(pubcomps.len(), 4 * PROMISED);
    for id in all.clone() {
        let count = pubcomps.chunks(4).filter(|&pubcomp| pubcomp == frame(0x70, id)).count();
        assert_eq!(count, 1, "PUBCOMP for {id}");
    }
    // They are free again.
    promise(&mut client, all, false);
    let one_more = client.handle_input(&publish(1001, false), 0).err();
    assert_eq!(one_more, Some(SessionError::Violation(Violation::Window)));
}

#[test]
fn messages_in_hand_wait_for_the_caller_and_not_for_the_peer() {
    let mut client = Receiver::new(Version::V3, Settings::DEFAULT);
    connect(&mut client, b"\x20\x02\0\0");
    promise(&mut client, 1..=990, false);
    let receipts: Vec<_> =
        (991..=994).map(|id| come(&mut client, &publish(id, false)).unwrap().unwrap()).collect();
    for input in [&publish(995, false)[..], &publish(1, true), &frame(0x62, 1)] {
        assert_eq!(come(&mut client, input), None, "four are in hand");
    }
    client.acknowledge(receipts[0], ReasonCode::SUCCESS).unwrap();
    assert_eq!(come(&mut client, &frame(0x62, 1)), None, "PUBREC is owed");
    assert_eq!(owed(&mut client), frame(0x50, 991));
    assert_eq!(come(&mut client, &frame(0x62, 1)), Some(None));
    assert_eq!(come(&mut client, &publish(995, false)), None, "PUBCOMP is owed");
    assert_eq!(owed(&mut client), frame(0x70, 1));
    assert!(come(&mut client, &publish(995, false)).is_some());
}

/// What is left of an earlier connection makes room for what is new: its peer has forgotten it.
#[test]
fn old_promises_make_room() {
    let mut client = Receiver::new(Version::V3, Settings::DEFAULT);
    connect(&mut client, b"\x20\x02\0\0");
    promise(&mut client, 1..=1000, false);
    connect(&mut client, b"\x20\x02\x01\0");
    promise(&mut client, 2001..=3000, false);
    let one_more = client.handle_input(&publish(3001, false), 0).err();
    assert_eq!(one_more, Some(SessionError::Violation(Violation::Window)));
}

#[test]
fn in_5_0_is_announced_what_is_in_hand() {
    let client = Client::<4, 1000>::new(Version::V5, Settings::DEFAULT);
    assert_eq!(client.receive_maximum(), 4);
}

/// Identifiers go round past those that stay in use, in whatever order the peer has left them.
#[test]
fn identifiers_go_round_past_those_in_use() {
    const STUCK: u16 = 15;
    let mut client = Client::<20>::new(Version::V3, Settings::DEFAULT);
    connect(&mut client, b"\x20\x02\0\0");
    let message = Message::new(TopicName::from_static("a"), QoS::ExactlyOnce, b"");
    let send = |client: &mut Client<'_, 20>| {
        let mut out = [0; 16];
        client.publish(&message, 0, 0, &mut out).unwrap();
        u16::from_be_bytes([out[5], out[6]])
    };
    for id in 1..=STUCK {
        assert_eq!(send(&mut client), id);
    }
    for id in (1..=STUCK).filter(|id| id % 3 != 0).rev() {
        client.handle_input(&frame(0x50, id), 0).unwrap();
    }
    owed(&mut client);
    for round in 0..2 {
        for id in STUCK + 1..=u16::MAX {
            assert_eq!(send(&mut client), id, "round {round}");
            client.handle_input(&frame(0x50, id), 0).unwrap();
            assert_eq!(owed(&mut client), frame(0x62, id));
            client.handle_input(&frame(0x70, id), 0).unwrap();
        }
    }
    assert_eq!(client.in_flight(), usize::from(STUCK));
}

/// A 5.0 client that says Receive Maximum 2, behind this CONNACK; and what it has in hand by then.
fn with_two(client: &mut Client<'static, 8>, connack: &[u8]) {
    let mut announced = client.announcements();
    announced[0] = Property::ReceiveMaximum(NonZeroU16::new(2).unwrap());
    let expiry = [Property::SessionExpiryInterval(60)];
    let properties: Vec<_> = announced.into_iter().chain(expiry).collect();
    let connect = Connect {
        clean_start: false,
        properties: Properties::new(&properties),
        ..Connect::new(Version::V5, Text::from_static("c"))
    };
    client.connect(&connect, 0, &mut [0; 64]).unwrap();
    client.handle_input(connack, 0).unwrap();
}

fn publish_v5(id: u8) -> [u8; 8] {
    [0x34, 6, 0, 1, b'a', 0, id, 0]
}

fn promise_v5(client: &mut Client<'static, 8>, id: u8) {
    let receipt = come(client, &publish_v5(id)).unwrap().unwrap();
    client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(client), frame(0x50, id.into()));
}

/// MQTT 5.0 section 4.9: a message counts until its PUBCOMP is sent, one of an earlier connection does not.
#[test]
fn what_is_promised_counts_in_the_receive_maximum() {
    const TOO_MANY: SessionError = SessionError::Violation(Violation::ReceiveMaximum);
    let settle = |client: &mut Client<'static, 8>, input: &[u8]| {
        assert_eq!(come(client, input), Some(None));
    };
    for what in [&[][..], &frame(0x62, 1), &publish_v5(1)] {
        let mut client = Client::<8>::new(Version::V5, Settings::DEFAULT);
        with_two(&mut client, b"\x20\x03\0\0\0");
        promise_v5(&mut client, 1);
        promise_v5(&mut client, 2);
        if !what.is_empty() {
            settle(&mut client, what); // PUBCOMP is owed, or PUBREC once more
        }
        assert_eq!(client.handle_input(&publish_v5(3), 0).err(), Some(TOO_MANY), "{what:?}");
    }

    let mut client = Client::<8>::new(Version::V5, Settings::DEFAULT);
    with_two(&mut client, b"\x20\x03\0\0\0");
    promise_v5(&mut client, 1);
    promise_v5(&mut client, 2);
    // The next connection has two of its own.
    with_two(&mut client, b"\x20\x03\x01\0\0");
    settle(&mut client, &frame(0x62, 1));
    assert_eq!(owed(&mut client), frame(0x70, 1));
    promise_v5(&mut client, 3);
    promise_v5(&mut client, 4);
    assert_eq!(client.handle_input(&publish_v5(5), 0).err(), Some(TOO_MANY));
    // Of another session nothing is left.
    with_two(&mut client, b"\x20\x03\0\0\0");
    promise_v5(&mut client, 3);
    promise_v5(&mut client, 4);
    assert_eq!(client.handle_input(&publish_v5(5), 0).err(), Some(TOO_MANY));
}

/// A session that ends with its connection: its promises leave the snapshot too.
#[test]
fn promises_end_with_their_session() {
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut client = Receiver::new(Version::V3, settings);
    let connect = Connect::new(Version::V3, Text::from_static("c")); // Clean Session
    client.connect(&connect, 0, &mut [0; 64]).unwrap();
    client.handle_input(b"\x20\x02\0\0", 0).unwrap();
    let empty = kept(&mut client).len();
    let receipt = come(&mut client, &publish(1, false)).unwrap().unwrap();
    client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    assert_eq!(kept(&mut client).len(), empty + 2);
    assert_eq!(owed(&mut client), frame(0x50, 1));
    client.ended(0);
    assert_eq!(kept(&mut client).len(), empty);
}

fn kept<const N: usize, const R: usize>(client: &mut Client<'_, N, R>) -> Vec<u8> {
    assert_eq!(client.poll_event(), Some(Event::Persist));
    let mut disk = vec![0; Client::<N, R>::SNAPSHOT];
    let len = client.snapshot(&mut disk).unwrap();
    client.persisted();
    disk.truncate(len);
    disk
}

/// Two promises of an earlier connection, on disk.
fn with_two_old<const N: usize, const R: usize>() -> Client<'static, N, R> {
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut client = Client::<N, R>::new(Version::V3, settings);
    connect(&mut client, b"\x20\x02\0\0");
    kept(&mut client);
    for id in [1, 2] {
        let receipt = come(&mut client, &publish(id, false)).unwrap().unwrap();
        client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
        kept(&mut client);
        assert_eq!(owed(&mut client), frame(0x50, id));
    }
    connect(&mut client, b"\x20\x02\x01\0");
    client
}

/// Otherwise the disk would know a promise that PUBCOMP has ended, and take another message for it.
#[test]
fn a_promise_that_made_room_leaves_the_disk_before_its_pubcomp() {
    let mut client = with_two_old::<2, 2>();
    assert!(come(&mut client, &publish(3, false)).unwrap().is_some());
    assert_eq!(come(&mut client, &frame(0x62, 1)), Some(None));
    assert_eq!(owed(&mut client), b"");
    let disk = kept(&mut client);
    assert_eq!(owed(&mut client), frame(0x70, 1));
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut client = Client::<2, 2>::restore(Version::V3, settings, &disk).unwrap();
    connect(&mut client, b"\x20\x02\x01\0");
    assert!(come(&mut client, &publish(1, false)).unwrap().is_some(), "another message");
}

#[test]
fn a_message_of_qos_1_takes_nothing_from_those_promised() {
    let mut client = with_two_old::<2, 2>();
    let mut qos_1 = publish(3, false);
    qos_1[0] = 0x32;
    assert!(come(&mut client, &qos_1).unwrap().is_some());
    for id in [1, 2] {
        assert_eq!(come(&mut client, &publish(id, true)), Some(None), "known");
        assert_eq!(owed(&mut client), frame(0x50, id));
    }
}

#[test]
fn a_promise_stays_where_the_new_message_must_wait() {
    let mut client = with_two_old::<1, 2>();
    let mut qos_1 = publish(3, false);
    qos_1[0] = 0x32;
    let receipt = come(&mut client, &qos_1).unwrap().unwrap();
    assert_eq!(come(&mut client, &publish(4, false)), None, "one is in hand");
    client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    kept(&mut client);
    assert_eq!(owed(&mut client), frame(0x40, 3));
    assert_eq!(come(&mut client, &publish(1, true)), Some(None), "known");
}

#[test]
fn a_new_session_waits_until_the_disk_has_forgotten_the_old_one() {
    let mut client = with_two_old::<2, 2>();
    connect(&mut client, b"\x20\x02\0\0");
    assert_eq!(come(&mut client, &publish(1, false)), None);
    kept(&mut client);
    assert!(come(&mut client, &publish(1, false)).unwrap().is_some());
}
