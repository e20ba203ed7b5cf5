//! What a server sends and refuses, as bytes.

use core::num::NonZeroU16;

use mqtt_codec::session::{
    Announcement, Event, Message, Refusal, SendError, Server, SessionError, Settings, Violation,
};
use mqtt_codec::{
    Connack, Disconnect, List, PacketId, PacketType, Property, QoS, ReasonCode, ReasonCodes,
    Suback, Text, TopicName, Unsuback,
};

const OUT: usize = 256;
const CONNECT_V3: &[u8] = b"\x10\x0D\0\x04MQTT\x04\x02\0\x0A\0\x01c";
/// Session Expiry Interval 60, Receive Maximum 1, Maximum Packet Size 16; a will.
const CONNECT_V5: &[u8] =
    b"\x10\x22\0\x04MQTT\x05\x06\0\x0A\x0D\x11\0\0\0\x3C\x21\0\x01\x27\0\0\0\x10\
    \0\x01c\0\0\x01w\0\x01x";

fn asked(connect: &[u8]) -> Server<'static, 2> {
    let mut server = Server::new(Settings::DEFAULT, 0);
    let (taken, event) = server.handle_input(connect, 0).unwrap();
    assert_eq!(taken, connect.len());
    assert!(matches!(event, Some(Event::Connect(_))));
    server
}

fn accepted(connect: &[u8]) -> Server<'static, 2> {
    let mut server = asked(connect);
    accept(&mut server, &[]);
    server
}

fn accept(server: &mut Server<'_, 2>, more: &[Property<'_>]) {
    let maximum = Property::ReceiveMaximum(NonZeroU16::new(server.receive_maximum()).unwrap());
    let properties = [&[maximum], more].concat();
    let is_v5 = server.limits().receive_maximum == 1; // as CONNECT_V5 says
    let properties = if is_v5 { List::new(&properties) } else { List::EMPTY };
    let connack = Connack { properties, ..Connack::new(false, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut [0; OUT]).unwrap();
}

fn owed(server: &mut Server<'_, 2>) -> Vec<u8> {
    let (mut out, mut all) = ([0; OUT], Vec::new());
    while let Some(len) = server.poll_transmit(0, &mut out).unwrap() {
        all.extend_from_slice(&out[..len]);
    }
    all
}

fn failure(server: &mut Server<'_, 2>, input: &[u8]) -> Violation {
    match server.handle_input(input, 0) {
        Err(SessionError::Violation(violation)) => violation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_taken_before_the_client_is_accepted() {
    let mut server = asked(CONNECT_V5);
    let ping = b"\xC0\0";
    assert_eq!(server.handle_input(ping, 0), Ok((0, None)));
    let id = PacketId::new(1).unwrap();
    let codes = [ReasonCode::SUCCESS];
    let early = server.suback(&Suback::new(id, ReasonCodes::new(&codes)), 0, &mut [0; OUT]);
    assert_eq!(early, Err(SendError::OutOfTurn));
    let early = server.unsuback(&Unsuback::new(id, ReasonCodes::new(&codes)), 0, &mut [0; OUT]);
    assert_eq!(early, Err(SendError::OutOfTurn));
    let message = Message::new(TopicName::from_static("a"), QoS::AtMostOnce, b"");
    assert_eq!(server.publish(&message, 0, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    // Who announces more than there is room for is told.
    let connack = Connack::new(false, ReasonCode::SUCCESS);
    let unannounced = SendError::Unannounced(Announcement::ReceiveMaximum(2));
    assert_eq!(server.accept(&connack, 0, &mut [0; OUT]), Err(unannounced));
    accept(&mut server, &[]);
    assert_eq!(server.accept(&connack, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    assert_eq!(server.handle_input(ping, 0), Ok((2, None)));
    assert_eq!(server.handle_input(ping, 0), Ok((0, None)), "one at a time");
    assert_eq!(owed(&mut server), b"\xD0\0");
    assert_eq!(server.handle_input(ping, 0), Ok((2, None)));
}

#[test]
fn a_session_that_was_not_asked_for_is_not_present() {
    let mut server = asked(CONNECT_V3); // Clean Session
    let present = Connack::new(true, ReasonCode::SUCCESS);
    assert_eq!(server.accept(&present, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    let mut out = [0; OUT];
    let refused = Connack::new(false, ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.accept(&refused, 0, &mut out), Ok(4));
    assert_eq!(out[..4], *b"\x20\x02\0\x05");
    assert!(server.wants_close());
}

#[test]
fn what_breaks_a_rule_ends_the_connection() {
    for (input, violation, reason) in [
        (CONNECT_V5, Violation::OutOfTurn(PacketType::Connect), 0x82),
        (b"\x34\x06\0\x01a\0\x01\0", Violation::NotAllowed(Refusal::Qos), 0x9B),
        (b"\x31\x04\0\x01a\0", Violation::NotAllowed(Refusal::Retain), 0x9A),
        (b"\x82\x08\0\x01\0\0\x02+/\0", Violation::NotAllowed(Refusal::Wildcard), 0xA2),
    ] {
        let mut server = asked(CONNECT_V5);
        let more = [
            Property::MaximumQos(QoS::AtLeastOnce),
            Property::RetainAvailable(false),
            Property::WildcardSubscriptionAvailable(false),
        ];
        accept(&mut server, &more);
        assert_eq!(failure(&mut server, input), violation);
        assert_eq!(owed(&mut server), [0xE0, 1, reason]);
        assert!(server.wants_close() && server.has_will());
    }
}

#[test]
fn a_malformed_connect_gets_the_word_of_its_version() {
    // Not MQTT at all; and something else than CONNECT.
    for input in [&b"\x10\x0D\0\x04MQTX\x04\x02\0\x0A\0\x01c"[..], b"\xC0\0", b"\xE0\0"] {
        let mut server = Server::<2>::new(Settings::DEFAULT, 0);
        server.handle_input(input, 0).unwrap_err();
        assert_eq!(owed(&mut server), b"", "it would not understand");
        assert!(server.wants_close());
    }
}

#[test]
fn the_clients_limits_count() {
    let mut server = accepted(CONNECT_V5);
    let out = &mut [0; OUT];
    let topic = TopicName::from_static("a");
    let long = Message::new(topic, QoS::AtMostOnce, b"eleven byte");
    let too_large = Err(SendError::Refused(Refusal::PacketTooLarge));
    assert_eq!(server.publish(&long, 1, 0, out), too_large);
    let short = Message::new(topic, QoS::ExactlyOnce, b"x");
    server.publish(&short, 1, 0, out).unwrap();
    assert_eq!(server.publish(&short, 2, 0, out), Err(SendError::Quota), "Receive Maximum 1");
    let codes = [ReasonCode::SUCCESS; 12];
    let suback = Suback::new(PacketId::new(1).unwrap(), ReasonCodes::new(&codes));
    assert_eq!(server.suback(&suback, 0, out), too_large);
}

#[test]
fn silence_and_wills() {
    let server = Server::<2>::new(Settings::DEFAULT, 7);
    assert_eq!(server.poll_timeout(), Some(7 + Settings::DEFAULT.connect_ms));
    let mut server = accepted(CONNECT_V5);
    assert_eq!(server.poll_timeout(), Some(15_000), "one and a half times Keep Alive");
    server.handle_timeout(14_999);
    assert!(server.is_connected());
    server.handle_timeout(15_000);
    assert_eq!(owed(&mut server), b"\xE0\x01\x8D");
    assert!(server.wants_close() && server.has_will() && server.has_session());

    for (disconnect, has_will) in [(&b"\xE0\0"[..], false), (b"\xE0\x01\x04", true)] {
        let mut server = accepted(CONNECT_V5);
        let (_, event) = server.handle_input(disconnect, 0).unwrap();
        assert!(matches!(event, Some(Event::Disconnect(_))));
        assert_eq!((server.has_will(), server.wants_close()), (has_will, true));
    }
}

#[test]
fn session_expiry_may_not_grow_from_nothing() {
    let expiry = b"\xE0\x07\0\x05\x11\0\0\0\x01";
    let mut server = accepted(CONNECT_V5);
    assert_eq!(server.session_expiry_interval(), 60);
    server.handle_input(expiry, 0).unwrap();
    assert_eq!(server.session_expiry_interval(), 1);
    // It is what CONNECT has asked for that counts.
    let mut server = asked(CONNECT_V5);
    accept(&mut server, &[Property::SessionExpiryInterval(0)]);
    server.handle_input(expiry, 0).unwrap();
    let mut server = accepted(CONNECT_V5_BRIEF);
    assert_eq!(failure(&mut server, expiry), Violation::SessionExpiry);
    assert_eq!(owed(&mut server), b"\xE0\x01\x82");
}

/// CONNECT of 5.0 with a Receive Maximum of 1, without a session that outlives the connection.
const CONNECT_V5_BRIEF: &[u8] = b"\x10\x11\0\x04MQTT\x05\0\0\x0A\x03\x21\0\x01\0\x01c";
/// CONNECT of 5.0 without Clean Start, as `CONNECT_V5` without a will.
const CONNECT_V5_AGAIN: &[u8] =
    b"\x10\x1B\0\x04MQTT\x05\0\0\x0A\x0D\x11\0\0\0\x3C\x21\0\x01\x27\0\0\0\x10\0\x01c";

fn resumed(absent: &mut Server<'_, 2>) -> Server<'static, 2> {
    let mut server = asked(CONNECT_V5_AGAIN);
    server.resume(absent, 0).unwrap();
    let properties = server.announcements();
    let properties = List::new(&properties);
    let connack = Connack { properties, ..Connack::new(true, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut [0; OUT]).unwrap();
    server
}

#[test]
fn goes_on_with_a_session_that_was_kept() {
    let message = Message::new(TopicName::from_static("a"), QoS::AtLeastOnce, b"x");
    for through_snapshot in [false, true] {
        let mut server = accepted(CONNECT_V5);
        let (out, mut disk) = (&mut [0; OUT], [0; Server::<2>::SNAPSHOT]);
        server.publish(&message, 9, 0, out).unwrap();
        let mut early = asked(CONNECT_V5_AGAIN);
        assert_eq!(early.resume(&mut server, 0), Err(SendError::OutOfTurn), "it is connected");
        if through_snapshot {
            let len = server.snapshot(&mut disk).unwrap();
            server = Server::restore(Settings::DEFAULT, &disk[..len], 5).unwrap();
        } else {
            server.ended(5);
        }
        assert_eq!(server.poll_event(), Some(Event::PublishWill), "without delay");
        assert_eq!((server.poll_event(), server.poll_timeout()), (None, Some(60_005)));
        let mut other = asked(CONNECT_V5);
        assert_eq!(other.resume(&mut server, 0), Err(SendError::OutOfTurn), "Clean Start");
        let mut server = resumed(&mut server);
        let id = PacketId::new(1).unwrap();
        assert_eq!(server.poll_event(), Some(Event::Send { handle: 9, id }));
        let len = server.send(&message, 9, 0, out).unwrap();
        assert_eq!(out[..len], *b"\x3A\x07\0\x01a\0\x01\0x");
    }
}

#[test]
fn the_server_ends_it() {
    let bye = Disconnect::new(ReasonCode::SERVER_SHUTTING_DOWN);
    let out = &mut [0; OUT];
    let mut server = accepted(CONNECT_V5);
    assert_eq!(server.disconnect(&bye, 0, out), Ok(3));
    assert!(server.wants_close() && server.has_will());
    let mut server = accepted(CONNECT_V3);
    assert!(matches!(server.disconnect(&bye, 0, out), Err(SendError::Invalid(_))), "not in 3.1.1");
    assert_eq!(server.handle_eof(), Err(SessionError::Violation(Violation::Lost)));
}

/// CONNECT of 5.0 with one more property: Request Problem Information 0, or Maximum Packet Size 12.
const CONNECT_V5_CURT: &[u8] = b"\x10\x10\0\x04MQTT\x05\x02\0\x0A\x02\x17\0\0\x01c";
const CONNECT_V5_SMALL: &[u8] = b"\x10\x13\0\x04MQTT\x05\x02\0\x0A\x05\x27\0\0\0\x0C\0\x01c";

#[test]
fn reasons_are_told_who_wants_them_and_has_room() {
    let told = [
        Property::ReasonString(Text::from_static("why")),
        Property::UserProperty(Text::from_static("a"), Text::from_static("b")),
    ];
    let codes = [ReasonCode::NOT_AUTHORIZED];
    let id = PacketId::new(1).unwrap();
    let out = &mut [0; OUT];
    let with = |suback| Suback { properties: List::new(&told), ..suback };
    let suback = with(Suback::new(id, ReasonCodes::new(&codes)));
    let bare = b"\x90\x04\0\x01\0\x87";
    for (connect, len, bye) in [
        (CONNECT_V5_BRIEF, 19, 17),
        (CONNECT_V5_CURT, 6, 17), // which is about other packets than DISCONNECT
        (CONNECT_V5_SMALL, 6, 3),
    ] {
        let mut server = asked(connect);
        let properties = server.announcements();
        let connack = Connack {
            properties: List::new(&properties),
            ..Connack::new(false, ReasonCode::SUCCESS)
        };
        if connect == CONNECT_V5_SMALL {
            // No room for what must be announced.
            let too_large = Err(SendError::Refused(Refusal::PacketTooLarge));
            assert_eq!(server.accept(&connack, 0, out), too_large);
            continue;
        }
        server.accept(&connack, 0, out).unwrap();
        for room in 0..len {
            assert!(server.suback(&suback, 0, &mut out[..room]).is_err());
        }
        assert_eq!(server.suback(&suback, 0, out), Ok(len));
        assert!(len > 6 || out[..6] == *bare);
        let properties = List::new(&told);
        let goodbye = Disconnect { properties, ..Disconnect::new(ReasonCode::SERVER_BUSY) };
        assert_eq!(server.disconnect(&goodbye, 0, out), Ok(bye));
    }
    // CONNACK says why it refuses, if that fits.
    for (connect, len) in [(CONNECT_V5_BRIEF, 18), (CONNECT_V5_CURT, 18), (CONNECT_V5_SMALL, 5)] {
        let properties = List::new(&told);
        let refused = Connack { properties, ..Connack::new(false, ReasonCode::BANNED) };
        assert_eq!(asked(connect).accept(&refused, 0, out), Ok(len));
    }
}

#[test]
fn it_is_ready_as_long_as_a_message_would_go() {
    for (connect, room) in [(CONNECT_V3, 2), (CONNECT_V5, 1)] {
        let mut server = asked(connect);
        assert!(!server.is_ready());
        accept(&mut server, &[]);
        let message = Message::new(TopicName::from_static("a"), QoS::AtLeastOnce, b"");
        for handle in 0..room {
            assert!(server.is_ready());
            server.publish(&message, handle, 0, &mut [0; OUT]).unwrap();
        }
        assert!(!server.is_ready());
        assert!(server.publish(&message, room, 0, &mut [0; OUT]).is_err());
        server.handle_input(b"\x40\x02\0\x01", 0).unwrap();
        assert!(server.is_ready());
    }
}

#[test]
fn a_sign_of_life_below_packets_counts() {
    let mut server = accepted(CONNECT_V3);
    assert_eq!(server.poll_timeout(), Some(15_000));
    server.heard(10_000);
    server.handle_timeout(24_999);
    assert_eq!((server.poll_timeout(), server.error()), (Some(25_000), None));
    server.handle_timeout(25_000);
    assert_eq!(server.error(), Some(SessionError::Violation(Violation::Silence)));
}

#[test]
fn after_a_failure_there_may_be_more_to_say() {
    let mut server = accepted(CONNECT_V5);
    failure(&mut server, CONNECT_V5);
    let text = [Property::ReasonString(Text::from_static("no"))];
    let disconnect = Disconnect::new(ReasonCode::PROTOCOL_ERROR);
    let disconnect = Disconnect { properties: List::new(&text), ..disconnect };
    let mut out = [0; OUT];
    assert_eq!(server.disconnect(&disconnect, 0, &mut out), Ok(9));
    assert_eq!(out[..9], *b"\xE0\x07\x82\x05\x1F\0\x02no");
    assert!(server.wants_close() && server.has_will());
    assert_eq!(owed(&mut server), b"");
    assert_eq!(server.disconnect(&disconnect, 0, &mut out), Err(SendError::OutOfTurn));
}

#[test]
fn the_caller_may_keep_the_names_behind_aliases() {
    let mut server = Server::<2>::new(Settings::DEFAULT.with_topic_aliases(3), 0);
    server.handle_input(CONNECT_V5, 0).unwrap();
    let properties = server.announcements();
    assert_eq!(properties[2], Property::TopicAliasMaximum(3));
    let connack = Connack::new(false, ReasonCode::SUCCESS);
    let connack = Connack { properties: List::new(&properties), ..connack };
    server.accept(&connack, 0, &mut [0; OUT]).unwrap();
    let alias = NonZeroU16::new(3).unwrap();
    let set = b"\x34\x09\0\x01a\0\x07\x03\x23\0\x03";
    match server.handle_input(set, 0) {
        Ok((11, Some(Event::Publish { publish, receipt: Some(_) }))) => {
            assert_eq!(publish.properties.topic_alias(), Some(alias));
        }
        other => panic!("{other:?}"),
    }
    // Not told again, but for the alias.
    let topic = TopicName::from_static("a");
    let told = Event::TopicAlias { alias, topic };
    assert_eq!(server.handle_input(set, 0), Ok((11, Some(told))));
    let by_alias = b"\x30\x06\0\0\x03\x23\0\x03";
    match server.handle_input(by_alias, 0) {
        Ok((8, Some(Event::Publish { publish, receipt: None }))) => {
            assert!(publish.topic.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(failure(&mut server, b"\x30\x06\0\0\x03\x23\0\x04"), Violation::TopicAlias);
}

#[test]
fn an_absent_session_holds_no_memory_that_was_lent() {
    let mut kept = {
        let mut memory = [0; 64];
        let mut server = Server::<2>::new(Settings::DEFAULT, 0);
        server.lend_aliases(&mut memory, &mut []);
        server.handle_input(CONNECT_V5, 0).unwrap();
        let properties = server.announcements();
        let connack = Connack::new(false, ReasonCode::SUCCESS);
        let connack = Connack { properties: List::new(&properties), ..connack };
        server.accept(&connack, 0, &mut [0; OUT]).unwrap();
        let message = Message::new(TopicName::from_static("a"), QoS::ExactlyOnce, b"");
        server.publish(&message, 9, 0, &mut [0; OUT]).unwrap();
        server.ended(1000);
        server.absent(0)
    };
    assert_eq!(kept.poll_event(), Some(Event::PublishWill));
    assert_eq!((kept.poll_event(), kept.poll_timeout()), (None, Some(61_000)));
    let mut server = resumed(&mut kept);
    assert!(matches!(server.poll_event(), Some(Event::Send { handle: 9, .. })));
    assert!(!kept.has_session());
}

#[test]
fn a_failure_before_connack_is_told_in_connack() {
    let mut server = asked(CONNECT_V5);
    let auth = b"\xF0\x06\x18\x04\x15\0\x01m";
    let out_of_turn = Violation::OutOfTurn(PacketType::Auth);
    assert_eq!(failure(&mut server, auth), out_of_turn);
    assert_eq!(failure(&mut server, b"\xC0\0"), out_of_turn, "again");
    let bye = Disconnect::new(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(server.disconnect(&bye, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    assert_eq!(owed(&mut server), b"\x20\x03\0\x82\0");
}

#[test]
fn behind_a_failure_nothing_is_acknowledged() {
    let mut server = accepted(CONNECT_V3);
    let (_, event) = server.handle_input(b"\x32\x05\0\x01a\0\x07", 0).unwrap();
    let Some(Event::Publish { receipt, .. }) = event else { panic!() };
    server.acknowledge(receipt.unwrap(), ReasonCode::SUCCESS).unwrap();
    server.handle_input(b"\x20\x02\0\0", 0).unwrap_err();
    assert_eq!(owed(&mut server), b"");
}

#[test]
fn pings_of_who_wants_no_reasons_are_answered() {
    let mut server = asked(b"\x10\x13\0\x04MQTT\x05\x02\0\x0A\x05\x21\0\x01\x17\0\0\x01c");
    accept(&mut server, &[]);
    server.handle_input(b"\xC0\0", 0).unwrap();
    assert_eq!(owed(&mut server), b"\xD0\0");
}

#[test]
fn a_payload_is_no_ping() {
    let mut server = accepted(CONNECT_V3);
    server.handle_input(b"\xC0\0", 0).unwrap();
    let head = b"\x30\x88\x10\0\x01a";
    assert!(matches!(server.handle_input(head, 0), Ok((6, Some(Event::PublishHead { .. })))));
    assert!(matches!(server.handle_input(b"\xC0\0", 0), Ok((2, Some(Event::Payload { .. })))));
}
