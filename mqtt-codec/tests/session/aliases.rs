//! Topic aliases in both directions, as bytes.

use mqtt_codec::session::{
    Announcement, Client, Event, Message, SendError, SessionError, Settings, Violation,
};
use mqtt_codec::{Connect, List, Property, Publish, QoS, ReasonCode, Text, TopicName, Version};

const OUT: usize = 256;

/// Behind CONNACK with a Topic Alias Maximum of 2.
fn connected<'m>(outgoing: &'m mut [u8], incoming: &'m mut [u8]) -> Client<'m, 4> {
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    client.lend_aliases(outgoing, incoming);
    connect(&mut client, b"\x20\x06\0\0\x03\x22\0\x02");
    client
}

fn connect(client: &mut Client<'_, 4>, connack: &[u8]) {
    let announced = client.announcements();
    let properties = [&announced[..], &[Property::SessionExpiryInterval(60)]].concat();
    let connect = Connect {
        clean_start: !client.has_session(),
        properties: List::new(&properties),
        ..Connect::new(Version::V5, Text::from_static("c"))
    };
    client.connect(&connect, 0, &mut [0; OUT]).unwrap();
    let (_, event) = client.handle_input(connack, 0).unwrap();
    assert!(matches!(event, Some(Event::Connack(_))), "{event:?}");
}

fn published(client: &mut Client<'_, 4>, topic: &str) -> Vec<u8> {
    let mut out = [0; OUT];
    let message = Message::new(TopicName::new(topic).unwrap(), QoS::AtMostOnce, b"x");
    let len = client.publish(&message, 0, 0, &mut out).unwrap();
    out[..len].to_vec()
}

#[test]
fn a_name_goes_once_and_then_its_alias() {
    let (mut outgoing, mut incoming) = ([0; 64], [0; 0]);
    let mut client = connected(&mut outgoing, &mut incoming);
    assert_eq!(published(&mut client, "house"), b"\x30\x0C\0\x05house\x03\x23\0\x01x");
    assert_eq!(published(&mut client, "house"), b"\x30\x07\0\0\x03\x23\0\x01x");
    assert_eq!(published(&mut client, "attic"), b"\x30\x0C\0\x05attic\x03\x23\0\x02x");
    assert_eq!(published(&mut client, "house"), b"\x30\x07\0\0\x03\x23\0\x01x");
    // The server takes two: attic was used longest ago.
    assert_eq!(published(&mut client, "cellar"), b"\x30\x0D\0\x06cellar\x03\x23\0\x02x");
    assert_eq!(published(&mut client, "abc"), b"\x30\x07\0\x03abc\0x", "nothing to gain");
    // In the next connection nobody knows them.
    client.ended(0);
    connect(&mut client, b"\x20\x06\x01\0\x03\x22\0\x02");
    assert_eq!(published(&mut client, "house"), b"\x30\x0C\0\x05house\x03\x23\0\x01x");
    // And here the server takes none.
    client.ended(0);
    connect(&mut client, b"\x20\x03\x01\0\0");
    assert_eq!(published(&mut client, "house"), b"\x30\x09\0\x05house\0x");
}

#[test]
fn what_was_not_sent_is_not_known() {
    let (mut outgoing, mut incoming) = ([0; 64], [0; 0]);
    let mut client = connected(&mut outgoing, &mut incoming);
    let house = Message::new(TopicName::from_static("house"), QoS::AtLeastOnce, b"x");
    for room in 0..16 {
        let short = client.publish(&house, 1, 0, &mut [0; OUT][..room]);
        assert!(matches!(short, Err(SendError::BufferTooSmall { needed: 16 | 15 })), "{short:?}");
    }
    let mut out = [0; 16];
    assert_eq!(client.publish(&house, 1, 0, &mut out), Ok(16));
    assert_eq!(&out, b"\x32\x0E\0\x05house\0\x01\x03\x23\0\x01x");
    // With properties of the message's own, which an alias must not be.
    let own = [Property::MessageExpiryInterval(9)];
    let (mut out, house) = ([0; OUT], house.with_properties(List::new(&own)));
    let len = client.publish(&house, 2, 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x32\x0E\0\0\0\x02\x08\x23\0\x01\x02\0\0\0\x09x");
    // Sent again in the next connection with its whole name.
    client.ended(0);
    connect(&mut client, b"\x20\x06\x01\0\x03\x22\0\x02");
    let Some(Event::Send { handle: 1, .. }) = client.poll_event() else { panic!() };
    let again = Message::new(TopicName::from_static("house"), QoS::AtLeastOnce, b"x");
    let len = client.send(&again, 1, 0, &mut out).unwrap();
    assert_eq!(&out[..len], b"\x3A\x0E\0\x05house\0\x01\x03\x23\0\x01x");
}

#[test]
fn three_bytes_less_may_do() {
    let (mut outgoing, mut incoming) = ([0; 64], [0; 0]);
    let mut client = connected(&mut outgoing, &mut incoming);
    client.ended(0);
    // Maximum Packet Size of 12.
    connect(&mut client, b"\x20\x0B\x01\0\x08\x22\0\x02\x27\0\0\0\x0C");
    assert_eq!(published(&mut client, "house"), b"\x30\x09\0\x05house\0x");
}

fn topic_of(client: &mut Client<'_, 4>, input: &[u8]) -> Result<String, SessionError> {
    let (taken, event) = client.handle_input(input, 0)?;
    let publish: Publish<'_> = match event {
        Some(Event::Publish { publish, .. }) => publish,
        event => panic!("{event:?}"),
    };
    assert_eq!(taken, input.len());
    Ok(client.topic_of(&publish).to_str().to_owned())
}

#[test]
fn the_peers_names_are_kept_for_it() {
    let (mut outgoing, mut incoming) = ([0; 0], [0; 256]);
    let mut client = connected(&mut outgoing, &mut incoming);
    assert_eq!(client.announcements()[2], Property::TopicAliasMaximum(4));
    for (input, topic) in [
        (&b"\x30\x08\0\x01a\x03\x23\0\x01x"[..], "a"),
        (b"\x30\x07\0\0\x03\x23\0\x01x", "a"),
        (b"\x30\x08\0\x01b\x03\x23\0\x04x", "b"),
        (b"\x30\x08\0\x01c\x03\x23\0\x01x", "c"),
        (b"\x30\x07\0\0\x03\x23\0\x01x", "c"),
        (b"\x30\x07\0\0\x03\x23\0\x04x", "b"),
        (b"\x30\x05\0\x01d\0x", "d"),
    ] {
        assert_eq!(topic_of(&mut client, input).as_deref(), Ok(topic));
    }
    for (input, violation, reason) in [
        (&b"\x30\x08\0\x01a\x03\x23\0\x05x"[..], Violation::TopicAlias, 0x94),
        (b"\x30\x07\0\0\x03\x23\0\x02x", Violation::UnknownTopicAlias, 0x82),
    ] {
        let mut incoming = [0; 256];
        let mut client = connected(&mut [], &mut incoming);
        assert_eq!(topic_of(&mut client, input), Err(SessionError::Violation(violation)));
        let mut out = [0; OUT];
        assert_eq!(client.poll_transmit(0, &mut out), Ok(Some(3)));
        assert_eq!(out[..3], [0xE0, 1, reason]);
    }
}

#[test]
fn names_that_do_not_fit_fail_once_they_are_missed() {
    let mut incoming = [0; 64];
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    client.lend_aliases(&mut [], &mut incoming);
    connect(&mut client, b"\x20\x03\0\0\0");
    let long = [&b"\x30\x4B\0\x44"[..], &[b'n'; 68], b"\x03\x23\0\x01x"].concat();
    let long = [&long[..1], &[long.len() as u8 - 2], &long[2..]].concat();
    assert_eq!(topic_of(&mut client, &long).as_deref(), Ok("n".repeat(68).as_str()));
    let missed = topic_of(&mut client, b"\x30\x07\0\0\x03\x23\0\x01x").unwrap_err();
    assert_eq!(missed, SessionError::Violation(Violation::TopicAliasMemory));
    assert_eq!(missed.reason_code(), ReasonCode::QUOTA_EXCEEDED);
    // That is forgotten with the connection.
    client.ended(0);
    connect(&mut client, b"\x20\x03\x01\0\0");
    let unknown = topic_of(&mut client, b"\x30\x07\0\0\x03\x23\0\x01x").unwrap_err();
    assert_eq!(unknown, SessionError::Violation(Violation::UnknownTopicAlias));
}

#[test]
fn without_memory_none_are_announced() {
    let mut client = Client::<4>::new(Version::V5, Settings::DEFAULT);
    assert_eq!(client.announcements()[2], Property::TopicAliasMaximum(0));
    let properties = [client.announcements()[0], Property::TopicAliasMaximum(1)];
    let properties = List::new(&properties);
    let connect = Connect { properties, ..Connect::new(Version::V5, Text::from_static("c")) };
    let unannounced = Err(SendError::Unannounced(Announcement::TopicAliasMaximum));
    assert_eq!(client.connect(&connect, 0, &mut [0; OUT]), unannounced);
}

#[test]
fn a_caller_that_keeps_the_names_itself() {
    let mut client = Client::<4>::new(Version::V5, Settings::DEFAULT.with_topic_aliases(3));
    connect(&mut client, b"\x20\x03\0\0\0");
    for (input, topic) in
        [(&b"\x30\x08\0\x01a\x03\x23\0\x03x"[..], "a"), (b"\x30\x07\0\0\x03\x23\0\x03x", "")]
    {
        let (_, event) = client.handle_input(input, 0).unwrap();
        let Some(Event::Publish { publish, .. }) = event else { panic!() };
        assert_eq!(publish.topic.to_str(), topic);
        assert_eq!(publish.properties.topic_alias().map(|alias| alias.get()), Some(3));
    }
    // A message that is known already still tells what its alias stands for.
    let twice = b"\x34\x0A\0\x01b\0\x07\x03\x23\0\x02x";
    assert!(client.handle_input(twice, 0).unwrap().1.is_some());
    let (_, event) = client.handle_input(twice, 0).unwrap();
    let Some(Event::TopicAlias { alias, topic }) = event else { panic!("{event:?}") };
    assert_eq!((alias.get(), topic.to_str()), (2, "b"));
    // So does the head of one that is longer than the buffer.
    let settings = Settings::DEFAULT.with_topic_aliases(3).with_buffer(32);
    let mut other = Client::<4>::new(Version::V5, settings);
    connect(&mut other, b"\x20\x03\0\0\0");
    let head = b"\x34\x6D\0\x01b\0\x07\x03\x23\0\x02";
    let (_, event) = other.handle_input(head, 0).unwrap();
    assert!(matches!(event, Some(Event::PublishHead { payload_len: 100, .. })));
    other.handle_input(&[b'x'; 100], 0).unwrap();
    let (taken, event) = other.handle_input(head, 0).unwrap();
    assert!(taken == head.len() && matches!(event, Some(Event::TopicAlias { .. })));
    assert_eq!(other.handle_input(&[b'x'; 100], 0), Ok((100, None)));
    let error = client.handle_input(b"\x30\x08\0\x01a\x03\x23\0\x04x", 0).unwrap_err();
    assert_eq!(error, SessionError::Violation(Violation::TopicAlias));
}
