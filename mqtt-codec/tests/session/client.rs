//! What a client sends and refuses, as bytes.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::session::{
    Client, Event, Message, Receipt, Refusal, SendError, SessionError, Settings, Violation,
};
use mqtt_codec::{
    Connect, List, PacketId, PacketType, Property, QoS, ReasonCode, Subscription, Text,
    TopicFilter, TopicName, Version,
};

pub(crate) const OUT: usize = 256;

/// A client behind CONNACK.
pub(crate) fn connected(version: Version, connack: &[u8], settings: Settings) -> Client<'_, 2> {
    let mut client = Client::new(version, settings);
    client.assume_session();
    connect(&mut client, version, 0);
    let (taken, event) = client.handle_input(connack, 0).unwrap();
    assert_eq!(taken, connack.len());
    assert!(matches!(event, Some(Event::Connack(_))));
    client
}

pub(crate) fn connect(client: &mut Client<'_, 2>, version: Version, now_ms: u64) {
    let maximum = NonZeroU16::new(client.receive_maximum()).unwrap();
    let properties = [Property::SessionExpiryInterval(60), Property::ReceiveMaximum(maximum)];
    let properties = if version == Version::V5 { List::new(&properties) } else { List::EMPTY };
    let client_id = Text::from_static("c");
    let connect = Connect { clean_start: false, properties, ..Connect::new(version, client_id) };
    client.connect(&connect, now_ms, &mut [0; OUT]).unwrap();
}

pub(crate) const ACCEPTED_V3: &[u8] = b"\x20\x02\0\0";
pub(crate) const ACCEPTED_V5: &[u8] = b"\x20\x03\0\0\0";

pub(crate) fn receipt_of(event: Option<Event<'_>>) -> Option<Receipt> {
    match event {
        Some(Event::Publish { receipt, .. } | Event::PublishHead { receipt, .. }) => receipt,
        _ => None,
    }
}

pub(crate) fn message(qos: QoS) -> Message<'static> {
    Message::new(TopicName::from_static("a"), qos, b"x")
}

pub(crate) fn owed(client: &mut Client<'_, 2>) -> Vec<u8> {
    let (mut out, mut all) = ([0; OUT], Vec::new());
    while let Some(len) = client.poll_transmit(0, &mut out).unwrap() {
        all.extend_from_slice(&out[..len]);
    }
    all
}

pub(crate) fn failure(client: &mut Client<'_, 2>, input: &[u8]) -> Violation {
    match client.handle_input(input, 0) {
        Err(SessionError::Violation(violation)) => {
            // Again.
            assert_eq!(client.handle_input(b"", 0), Err(SessionError::Violation(violation)));
            violation
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn exactly_once_step_by_step() {
    for (version, accepted) in [(Version::V3, ACCEPTED_V3), (Version::V5, ACCEPTED_V5)] {
        let mut client = connected(version, accepted, Settings::DEFAULT);
        let mut out = [0; OUT];
        let len = client.publish(&message(QoS::ExactlyOnce), 7, 0, &mut out).unwrap();
        assert_eq!(out[0], 0x34);
        assert_eq!(len, if version == Version::V5 { 9 } else { 8 });
        let event = client.handle_input(b"\x50\x02\0\x01", 0);
        assert_eq!(event, Ok((4, Some(Event::Arrived { handle: 7 }))));
        assert_eq!(owed(&mut client), b"\x62\x02\0\x01");
        // PUBREC once more: PUBREL once more.
        assert_eq!(client.handle_input(b"\x50\x02\0\x01", 0), Ok((4, None)));
        assert_eq!(owed(&mut client), b"\x62\x02\0\x01");
        let (_, event) = client.handle_input(b"\x70\x02\0\x01", 0).unwrap();
        let properties = List::EMPTY;
        let done = Event::Done { handle: 7, reason_code: ReasonCode::SUCCESS, properties };
        assert_eq!(event, Some(done));
        assert_eq!(client.in_flight(), 0);
    }
}

#[test]
fn what_is_received_twice_is_given_once() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    let publish = b"\x34\x07\0\x01a\0\x09\0x";
    let mut receipt = None;
    for again in [false, true] {
        let (taken, event) = client.handle_input(publish, 0).unwrap();
        assert_eq!((taken, event.is_some()), (9, !again));
        receipt = receipt.or(receipt_of(event));
        assert_eq!(owed(&mut client), b"", "not before it is acknowledged");
    }
    let receipt = receipt.unwrap();
    assert_eq!(receipt.id().get(), 9);
    client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    assert_eq!(client.acknowledge(receipt, ReasonCode::SUCCESS), Err(SendError::OutOfTurn));
    assert_eq!(owed(&mut client), b"\x50\x02\0\x09");
    assert_eq!(client.handle_input(publish, 0), Ok((9, None)));
    assert_eq!(owed(&mut client), b"\x50\x02\0\x09");
    // Also in the next connection.
    connect(&mut client, Version::V5, 0);
    assert_eq!(client.acknowledge(receipt, ReasonCode::SUCCESS), Err(SendError::Stale));
    client.handle_input(b"\x20\x03\x01\0\0", 0).unwrap();
    assert_eq!(client.handle_input(publish, 0), Ok((9, None)));
    assert_eq!(owed(&mut client), b"\x50\x02\0\x09");
    assert_eq!(client.handle_input(b"\x62\x02\0\x09", 0), Ok((4, None)));
    assert_eq!(owed(&mut client), b"\x70\x02\0\x09");
    // Now it is another message.
    assert!(client.handle_input(publish, 0).unwrap().1.is_some());
}

#[test]
fn acknowledgements_in_the_order_of_the_messages() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    let [five, six] = [5, 6].map(|id| {
        let input = [0x32, 6, 0, 1, b'a', 0, id, 0];
        receipt_of(client.handle_input(&input, 0).unwrap().1).unwrap()
    });
    client.acknowledge(six, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut client), b"");
    client.acknowledge(five, ReasonCode::NOT_AUTHORIZED).unwrap();
    assert_eq!(owed(&mut client), b"\x40\x03\0\x05\x87\x40\x02\0\x06");
}

#[test]
fn answers_to_what_nobody_has_asked() {
    for (input, answer) in [
        (&b"\x62\x02\0\x09"[..], &b"\x70\x03\0\x09\x92"[..]), // PUBREL: PUBCOMP
        (b"\x50\x02\0\x09", b"\x62\x03\0\x09\x92"),           // PUBREC: PUBREL
        (b"\x40\x02\0\x09", b""),
        (b"\x70\x02\0\x09", b""),
    ] {
        let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
        assert_eq!(client.handle_input(input, 0), Ok((4, None)));
        if !answer.is_empty() {
            // One at a time.
            assert_eq!(client.handle_input(input, 0), Ok((0, None)));
        }
        assert_eq!(owed(&mut client), answer);
    }
}

#[test]
fn what_breaks_a_rule_ends_the_connection() {
    let too_many = b"\x32\x06\0\x01a\0\x01\0\x32\x06\0\x01a\0\x02\0\x32\x06\0\x01a\0\x03\0";
    for (input, violation, reason) in [
        (&b"\x30\x08\0\x01a\x03\x23\0\x01x"[..], Violation::TopicAlias, 0x94),
        (b"\x90\x04\0\x01\0\0", Violation::WrongAcknowledgement, 0x82),
        (b"\xB0\x04\0\x01\0\0", Violation::WrongAcknowledgement, 0x82),
        (b"\x20\x03\0\0\0", Violation::OutOfTurn(mqtt_codec::PacketType::Connack), 0x82),
        (too_many, Violation::ReceiveMaximum, 0x93),
        (b"\x32\x06\0\x01a\0\x01\0\x34\x06\0\x01a\0\x01\0", Violation::IdentifierInUse, 0x82),
    ] {
        let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
        let mut input = input;
        while let Ok((taken @ 1.., _)) = client.handle_input(input, 0) {
            input = &input[taken..];
        }
        assert_eq!(failure(&mut client, input), violation);
        assert_eq!(owed(&mut client), [0xE0, 1, reason]);
        assert!(client.wants_close());
        assert_eq!(
            client.publish(&message(QoS::AtMostOnce), 0, 0, &mut [0; OUT]),
            Err(SendError::OutOfTurn)
        );
    }
    // 3.1.1 has no word for it.
    let mut client = connected(Version::V3, ACCEPTED_V3, Settings::DEFAULT);
    assert_eq!(failure(&mut client, b"\x90\x03\0\x01\0"), Violation::WrongAcknowledgement);
    assert_eq!(owed(&mut client), b"");
    assert!(client.wants_close());
}

#[test]
fn in_3_1_1_who_sends_too_much_waits() {
    let mut client = connected(Version::V3, ACCEPTED_V3, Settings::DEFAULT);
    let [one, _] = [1, 2].map(|id| {
        let input = [0x32, 5, 0, 1, b'a', 0, id];
        receipt_of(client.handle_input(&input, 0).unwrap().1).unwrap()
    });
    assert_eq!(client.handle_input(b"\x32\x05\0\x01a\0\x03", 0), Ok((0, None)));
    client.acknowledge(one, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut client), b"\x40\x02\0\x01");
    assert!(client.handle_input(b"\x32\x05\0\x01a\0\x03", 0).unwrap().1.is_some());
}

#[test]
fn what_the_server_does_not_take_is_refused_before_it_is_sent() {
    // Maximum QoS 1, Retain Available 0, Maximum Packet Size 12, no wildcards, identifiers, sharing.
    let connack = b"\x20\x12\0\0\x0F\x24\x01\x25\0\x27\0\0\0\x0C\x28\0\x29\0\x2A\0";
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    let out = &mut [0; OUT];
    let refused = |result: Result<usize, SendError>, refusal| {
        assert_eq!(result, Err(SendError::Refused(refusal)));
    };
    refused(client.publish(&message(QoS::ExactlyOnce), 0, 0, out), Refusal::Qos);
    let retained = message(QoS::AtMostOnce).with_retain(true);
    refused(client.publish(&retained, 0, 0, out), Refusal::Retain);
    let alias = [Property::TopicAlias(NonZeroU16::new(1).unwrap())];
    let alias = message(QoS::AtMostOnce).with_properties(List::new(&alias));
    assert_eq!(client.publish(&alias, 0, 0, out), Err(SendError::TopicAlias));
    for (qos, longest) in [(QoS::AtMostOnce, 6), (QoS::AtLeastOnce, 4)] {
        let payload = [b'p'; 7];
        for len in 0..=payload.len() {
            let message = Message::new(TopicName::from_static("a"), qos, &payload[..len]);
            let result = client.publish(&message, 0, 0, out);
            if len > longest {
                refused(result, Refusal::PacketTooLarge);
            } else {
                let sent = result.unwrap();
                assert!(sent <= 12);
                if qos == QoS::AtLeastOnce {
                    let id = out[6];
                    client.handle_input(&[0x40, 2, 0, id], 0).unwrap();
                }
            }
        }
    }
    for (filter, refusal) in [
        ("a/+", Refusal::Wildcard),
        ("#", Refusal::Wildcard),
        ("$share/g/a", Refusal::Shared),
        ("a/long/filter", Refusal::PacketTooLarge),
    ] {
        let one = [Subscription::new(TopicFilter::new(filter).unwrap(), QoS::AtMostOnce)];
        refused(client.subscribe(List::new(&one), List::EMPTY, 0, 0, out), refusal);
    }
    let one = [Subscription::new(TopicFilter::from_static("a"), QoS::AtMostOnce)];
    let id = [Property::SubscriptionIdentifier(mqtt_codec::SubscriptionId::new(1).unwrap())];
    let result = client.subscribe(List::new(&one), List::new(&id), 0, 0, out);
    refused(result, Refusal::SubscriptionIdentifier);
    assert_eq!(client.in_flight(), 0);
    assert_eq!(client.limits().maximum_packet_size, NonZeroU32::new(12).unwrap().get());
}

#[test]
fn quota_is_that_of_this_connection() {
    // Receive Maximum 1.
    let connack = b"\x20\x06\0\0\x03\x21\0\x01";
    let mut client = connected(Version::V5, connack, Settings::DEFAULT);
    let out = &mut [0; OUT];
    client.publish(&message(QoS::AtLeastOnce), 1, 0, out).unwrap();
    let full = client.publish(&message(QoS::AtLeastOnce), 2, 0, out);
    assert_eq!(full, Err(SendError::Quota));
    client.publish(&message(QoS::AtMostOnce), 3, 0, out).unwrap();
    client.handle_input(b"\x40\x02\0\x01", 0).unwrap();
    client.publish(&message(QoS::AtLeastOnce), 2, 0, out).unwrap();
    assert_eq!(out[6], 2, "the next identifier");
    // An acknowledgement of nothing gives no quota.
    client.handle_input(b"\x40\x02\0\x01", 0).unwrap();
    assert_eq!(client.publish(&message(QoS::AtLeastOnce), 4, 0, out), Err(SendError::Quota));
}

#[test]
fn resends_in_order_under_the_new_limits() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    let out = &mut [0; OUT];
    for handle in [1, 2] {
        client.publish(&message(QoS::AtLeastOnce), handle, 0, out).unwrap();
    }
    connect(&mut client, Version::V5, 0);
    assert_eq!(client.poll_event(), None, "not before CONNACK");
    client.handle_input(b"\x20\x06\x01\0\x03\x21\0\x01", 0).unwrap(); // Receive Maximum 1
    let id = |id| PacketId::new(id).unwrap();
    assert_eq!(client.poll_event(), Some(Event::Send { handle: 1, id: id(1) }));
    let wrong = client.send(&message(QoS::AtLeastOnce), 2, 0, out);
    assert_eq!(wrong, Err(SendError::OutOfTurn));
    let wrong = client.send(&message(QoS::ExactlyOnce), 1, 0, out);
    assert_eq!(wrong, Err(SendError::OutOfTurn), "it was of QoS 1");
    assert_eq!(client.forget(2), Err(SendError::OutOfTurn), "it is not asked for yet");
    let len = client.send(&message(QoS::AtLeastOnce), 1, 0, out).unwrap();
    assert_eq!(&out[..len], b"\x3A\x07\0\x01a\0\x01\0x", "DUP, the same identifier");
    assert_eq!(client.poll_event(), None, "one at a time");
    client.handle_input(b"\x40\x02\0\x01", 0).unwrap();
    assert_eq!(client.poll_event(), Some(Event::Send { handle: 2, id: id(2) }));
    client.forget(2).unwrap();
    assert_eq!((client.poll_event(), client.in_flight()), (None, 0));
}

#[test]
fn without_a_session_nothing_is_sent_again() {
    let mut client = connected(Version::V3, ACCEPTED_V3, Settings::DEFAULT);
    client.publish(&message(QoS::AtLeastOnce), 1, 0, &mut [0; OUT]).unwrap();
    connect(&mut client, Version::V3, 0);
    client.handle_input(ACCEPTED_V3, 0).unwrap();
    assert_eq!((client.poll_event(), client.in_flight()), (None, 0));
}

#[test]
fn payloads_longer_than_the_buffer_in_both_directions() {
    let settings = Settings::DEFAULT.with_buffer(32);
    let mut client = connected(Version::V5, ACCEPTED_V5, settings);
    let mut out = [0; OUT];
    let len = client.publish_head(&message(QoS::AtLeastOnce), 1000, 1, 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x32\xEE\x07\0\x01a\0\x01\0");
    assert_eq!(
        client.publish(&message(QoS::AtMostOnce), 2, 0, &mut out),
        Err(SendError::OutOfTurn)
    );
    assert_eq!(client.payload_sent(1001, 0), Err(SendError::OutOfTurn));
    client.payload_sent(999, 0).unwrap();
    assert_eq!(
        client.publish(&message(QoS::AtMostOnce), 2, 0, &mut out),
        Err(SendError::OutOfTurn)
    );
    client.payload_sent(1, 0).unwrap();
    client.publish(&message(QoS::AtMostOnce), 2, 0, &mut out).unwrap();
    // Behind a head alone nothing follows.
    client.publish_head(&message(QoS::AtMostOnce), 0, 0, 0, &mut out).unwrap();
    client.publish(&message(QoS::AtMostOnce), 2, 0, &mut out).unwrap();

    let head = b"\x34\x6A\0\x01a\0\x07\0";
    let payload = [b'p'; 100];
    for again in [false, true] {
        let (taken, event) = client.handle_input(&head[..], 0).unwrap();
        assert_eq!(taken, 8);
        let wanted = matches!(event, Some(Event::PublishHead { payload_len: 100, .. }));
        assert_eq!(wanted, !again);
        let (taken, event) = client.handle_input(&payload[..60], 0).unwrap();
        assert_eq!((taken, event.is_some()), (60, !again));
        let (taken, event) = client.handle_input(&payload[..60], 0).unwrap();
        let last = Event::Payload { bytes: &payload[..40], remaining: 0 };
        assert_eq!((taken, event), (40, (!again).then_some(last)));
    }
    // Its head cannot.
    let head = [&b"\x30\x7F\0\x20"[..], &[b'a'; 28]].concat();
    for (version, accepted) in [(Version::V3, ACCEPTED_V3), (Version::V5, ACCEPTED_V5)] {
        let mut client = connected(version, accepted, settings);
        let error = client.handle_input(&head, 0).unwrap_err();
        assert_eq!(error.reason_code(), ReasonCode::PACKET_TOO_LARGE);
    }
    // Nor may it come before CONNACK.
    let mut early = Client::<2>::new(Version::V5, settings);
    connect(&mut early, Version::V5, 0);
    assert_eq!(
        failure(&mut early, b"\x30\x6A\0\x01a\0"),
        Violation::OutOfTurn(PacketType::Publish)
    );
    // Only a PUBLISH can be long.
    let error = client.handle_input(b"\x90\x40\0\x01\0", 0).unwrap_err();
    assert_eq!(error.reason_code(), ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn reasons_that_nobody_asked_for() {
    for input in [
        &b"\x40\x08\0\x01\x87\x04\x1F\0\x01x"[..],
        b"\x50\x0B\0\x01\x87\x07\x26\0\x01a\0\x01b",
        b"\x62\x08\0\x01\x92\x04\x1F\0\x01x",
        b"\x90\x08\0\x01\x04\x1F\0\x01x\0",
        b"\xB0\x08\0\x01\x04\x1F\0\x01x\0",
    ] {
        for wants in [true, false] {
            let mut client = Client::<2>::new(Version::V5, Settings::DEFAULT);
            let [receive, size, aliases] = client.announcements();
            let wanted = Property::RequestProblemInformation(wants);
            let properties = [receive, size, aliases, wanted];
            let properties = List::new(&properties);
            let connect =
                Connect { properties, ..Connect::new(Version::V5, Text::from_static("c")) };
            client.connect(&connect, 0, &mut [0; OUT]).unwrap();
            client.handle_input(ACCEPTED_V5, 0).unwrap();
            let error = client.handle_input(input, 0).err();
            let violation = SessionError::Violation(Violation::ProblemInformation);
            assert_eq!(error == Some(violation), !wants, "{input:x?}: {error:?}");
        }
    }
}

#[test]
fn in_3_1_1_more_of_qos_2_than_there_is_room_for_gets_on_all_the_same() {
    let mut client = connected(Version::V3, ACCEPTED_V3, Settings::DEFAULT);
    let publish = |id| [0x34, 5, 0, 1, b'a', 0, id];
    let receipts =
        [1, 2].map(|id| receipt_of(client.handle_input(&publish(id), 0).unwrap().1).unwrap());
    assert_eq!(client.handle_input(&publish(3), 0), Ok((0, None)), "the caller has them");
    for receipt in receipts {
        client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    }
    assert_eq!(client.handle_input(&publish(3), 0), Ok((0, None)), "PUBREC is owed");
    assert_eq!(owed(&mut client), b"\x50\x02\0\x01\x50\x02\0\x02");
    assert_eq!(failure(&mut client, &publish(3)), Violation::Window);
    // In the next connection the first ones are released.
    connect(&mut client, Version::V3, 0);
    client.handle_input(b"\x20\x02\x01\0", 0).unwrap();
    for id in [1, 2] {
        client.handle_input(&[0x62, 2, 0, id], 0).unwrap();
    }
    assert_eq!(owed(&mut client), b"\x70\x02\0\x01\x70\x02\0\x02");
    assert!(client.handle_input(&publish(3), 0).unwrap().1.is_some());
}
