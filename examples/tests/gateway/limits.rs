//! Limits, and what happens at them.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use mqtt_codec::{
    AckKind, Connect, Delivery, List, Packet, PacketId, Property, Publish, QoS, ReasonCode,
    Subscribe, Subscription, Text, TopicFilter, TopicName, Unsubscribe, Version, Will,
};
use sansio_examples::gateway::Limits;

use crate::client::{BOTH, Broker, Client, keeping};

#[test]
fn connections() {
    let broker = Broker::with(Limits { connections: 2, ..Limits::default() });
    let first = broker.client(Version::V5, "first");
    let mut second = broker.client(Version::V5, "second");
    Client::raw(broker.address, Version::V5).expect_closed();
    second.expect_nothing();
    first.disconnect();
    // The place is free once the gateway has seen the end of it.
    let start = Instant::now();
    loop {
        let mut third = Client::raw(broker.address, Version::V5);
        let _ = third.stream.write_all(b"\x10\x0D\0\x04MQTT\x05\x02\0\x3C\0\0\0");
        if third.try_receive().is_some() {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn time_to_connect() {
    let connect_timeout = Duration::from_millis(300);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    for bytes in [&b""[..], b"\x10\x0D\0\x04MQ"] {
        let start = Instant::now();
        let mut client = Client::raw(broker.address, Version::V5);
        client.send_bytes(bytes);
        client.expect_closed();
        let waited = start.elapsed().as_millis();
        assert!((290..2000).contains(&waited), "{waited} ms");
    }
}

#[test]
fn keep_alive() {
    let broker = Broker::with(Limits { keep_alive: 1, ..Limits::default() });
    let start = Instant::now();
    let mut clients = [0, 60].map(|keep_alive| {
        let connect = Connect { keep_alive, ..Connect::new(Version::V5, Text::EMPTY) };
        let mut client = Client::raw(broker.address, Version::V5);
        client.send(&Packet::Connect(connect));
        assert_eq!(client.connack().properties.server_keep_alive(), Some(1));
        client
    });
    let connect = Connect { keep_alive: 1, ..Connect::new(Version::V5, Text::EMPTY) };
    let mut modest = Client::raw(broker.address, Version::V5);
    modest.send(&Packet::Connect(connect));
    assert_eq!(modest.connack().properties.server_keep_alive(), None);
    let mut old = broker.client(Version::V3, "old");
    for client in &mut clients {
        client.expect_disconnect(ReasonCode::KEEP_ALIVE_TIMEOUT);
    }
    let waited = start.elapsed().as_millis();
    assert!((1500..2500).contains(&waited), "{waited} ms");
    old.expect_nothing();
}

#[test]
fn packet_size_is_refused_on_the_fixed_header() {
    let broker = Broker::with(Limits { packet_size: 1000, ..Limits::default() });
    for version in BOTH {
        let mut client = broker.client(version, "client");
        client.subscribe("a", QoS::AtMostOnce);
        let overhead = if version == Version::V5 { 7 } else { 6 };
        client.publish("a", &vec![b'x'; 1000 - overhead]);
        client.message();
        client.send_bytes(&[0x30, 0xE6, 0x07]); // 3 + 998 bytes
        client.expect_disconnect(ReasonCode::PACKET_TOO_LARGE);
    }
    let mut client = Client::raw(broker.address, Version::V5);
    client.send_bytes(&[0x10, 0xFF, 0xFF, 0xFF, 0x7F]);
    client.expect_closed();
}

#[test]
fn a_slow_reader_loses_old_messages_of_qos_0_and_holds_up_nobody() {
    let broker = Broker::with(Limits { queued: 10, ..Limits::default() });
    for version in BOTH {
        let mut slow = broker.client(version, "slow");
        slow.subscribe("a", QoS::AtMostOnce);
        let mut fast = broker.client(version, "fast");
        fast.subscribe("a", QoS::AtMostOnce);
        let mut publisher = broker.client(version, "publisher");
        // More than sockets and the gateway hold for it, all told.
        let mut payload = vec![b'x'; 1_000_000];
        let count = 100_u32;
        for n in 0..count {
            payload[..4].copy_from_slice(&n.to_be_bytes());
            publisher.publish("a", &payload);
            assert_eq!(fast.message().payload[..4], n.to_be_bytes());
        }
        let (mut last, mut got) = (None, 0);
        while last != Some(count - 1) {
            let n = u32::from_be_bytes(slow.message().payload[..4].try_into().unwrap());
            assert!(last < Some(n), "in order");
            (last, got) = (Some(n), got + 1);
        }
        assert!(got < count, "nothing was dropped");
        assert!(got >= 10);
    }
}

#[test]
fn queued_messages_of_qos_1_stay_and_the_newest_is_lost() {
    let broker = Broker::with(Limits { queued: 3, ..Limits::default() });
    let hour = [Property::SessionExpiryInterval(3600)];
    let connect = keeping(Version::V5, "away", &hour);
    let (mut away, _) = broker.connect(&connect);
    away.subscribe("a", QoS::AtLeastOnce);
    away.disconnect();
    let mut publisher = broker.client(Version::V5, "publisher");
    for n in 0..5 {
        publisher.publish_1("a", n.to_string().as_bytes());
    }
    let (mut away, _) = broker.connect(&connect);
    for n in 0..3 {
        assert_eq!(away.acknowledged_text(), format!("a {n}"));
    }
    away.expect_nothing();
}

#[test]
fn queued_bytes() {
    let broker = Broker::with(Limits { queued_bytes: 10_000, ..Limits::default() });
    let connect = keeping(Version::V3, "away", &[]);
    let (mut away, _) = broker.connect(&connect);
    away.subscribe("a", QoS::AtLeastOnce);
    away.disconnect();
    let mut publisher = broker.client(Version::V3, "publisher");
    for size in [4000, 4000, 4000, 1000] {
        publisher.publish_1("a", &vec![b'x'; size]);
    }
    let (mut away, _) = broker.connect(&connect);
    for size in [4000, 4000, 1000] {
        assert_eq!(away.acknowledged_text().len(), size + 2);
    }
    away.expect_nothing();
}

#[test]
fn subscriptions_of_a_session() {
    let limits = Limits { subscriptions: 2, filter_bytes: 10, ..Limits::default() };
    let broker = Broker::with(limits);
    for version in BOTH {
        let mut client = broker.client(version, "client");
        let mut code = |filter: &str| {
            let filter = TopicFilter::new(filter).unwrap();
            client.try_subscribe(Subscription::new(filter, QoS::AtMostOnce), &[]).get()
        };
        let full = if version == Version::V5 { 0x97 } else { 0x80 };
        assert_eq!(code("12345678901"), full);
        assert_eq!(code("a"), 0);
        assert_eq!(code("b"), 0);
        assert_eq!(code("c"), full);
        assert_eq!(code("b"), 0);
        client.publish("c", b"");
        client.expect_nothing();

        // As many in one packet, even if they are the same.
        let a = Subscription::new(TopicFilter::from_static("a"), QoS::AtMostOnce);
        let id = PacketId::new(1).unwrap();
        client.send(&Packet::Subscribe(Subscribe::new(id, List::new(&[a, a, a]))));
        match client.receive() {
            Packet::Suback(suback) => {
                assert!(suback.reason_codes.iter().map(ReasonCode::get).eq([0, 0, full]));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn filters_of_an_unsubscribe() {
    let limits = Limits { subscriptions: 2, filter_bytes: 10, ..Limits::default() };
    let broker = Broker::with(limits);
    for version in BOTH {
        let mut client = broker.client(version, "client");
        let [long, short] = ["12345678", "b"].map(TopicFilter::from_static);
        let id = PacketId::new(1).unwrap();
        // What is unsubscribed gives its bytes back.
        for _ in 0..3 {
            client.subscribe(long.to_str(), QoS::AtMostOnce);
            let filters = [long, short];
            client.send(&Packet::Unsubscribe(Unsubscribe::new(id, List::new(&filters))));
            assert!(matches!(client.receive(), Packet::Unsuback(_)));
        }
        let filters = [short; 3];
        client.send(&Packet::Unsubscribe(Unsubscribe::new(id, List::new(&filters))));
        client.expect_disconnect(ReasonCode::QUOTA_EXCEEDED);
    }
}

#[test]
fn retained_messages() {
    let limits = Limits { retained: 2, retained_bytes: 10_000, ..Limits::default() };
    let broker = Broker::with(limits);
    let mut client = broker.client(Version::V5, "client");
    client.subscribe("#", QoS::AtMostOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    let mut retain =
        |topic: &str, size| publisher.publish_1_with(topic, &vec![b'x'; size], true, &[]).get();
    let kept = |topic: &str| {
        let mut late = broker.client(Version::V5, "late");
        late.subscribe(topic, QoS::AtMostOnce);
        late.send(&Packet::Pingreq);
        matches!(late.receive(), Packet::Publish(_))
    };
    // All is delivered.
    for (topic, size, is_kept) in [
        ("a", 10_000, false),
        ("a", 1, true),
        ("b", 1, true),
        ("c", 1, false),
        ("b", 2, true),
        ("b", 10_000, false),
        ("c", 1, true),
        ("a", 0, false),
        ("b", 1, true),
    ] {
        assert_eq!(retain(topic, size), 0);
        assert_eq!(client.text(), format!("{topic} {}", "x".repeat(size)));
        assert_eq!(kept(topic), is_kept, "{topic} {size}");
    }
    // What is replaced or deleted gives its bytes back.
    let mut retain =
        |topic: &str, size| publisher.publish_1_with(topic, &vec![b'x'; size], true, &[]).get();
    for _ in 0..10 {
        assert_eq!([retain("b", 4000), retain("c", 4000), retain("c", 0)], [0; 3]);
    }
}

#[test]
fn sessions() {
    let broker = Broker::with(Limits { sessions: 2, ..Limits::default() });
    let kept = |id| broker.connect(&keeping(Version::V3, id, &[]));
    let (_here, _) = kept("here");
    let (_there, _) = kept("there");
    for (version, reason) in
        [(Version::V3, ReasonCode::SERVER_UNAVAILABLE), (Version::V5, ReasonCode::QUOTA_EXCEEDED)]
    {
        let mut other = Client::raw(broker.address, version);
        other.send(&Packet::Connect(Connect::new(version, Text::from_static("other"))));
        assert_eq!(other.connack().reason_code, reason);
        other.expect_closed();
    }
    assert!(kept("here").1);
}

#[test]
fn the_session_that_was_away_longest_makes_room_for_a_new_one() {
    let broker = Broker::with(Limits { sessions: 3, ..Limits::default() });
    let kept = |id| broker.connect(&keeping(Version::V3, id, &[]));
    let (here, _) = kept("here");
    for id in ["first", "second"] {
        kept(id).0.disconnect();
    }
    let (mut new, _) = kept("new");
    let (_second, present) = kept("second");
    assert!(present);
    new.expect_nothing();
    here.disconnect();
    assert!(!kept("first").1, "it had to go");
}

#[test]
fn memory_of_all_messages() {
    let broker = Broker::with(Limits { memory: 100_000, ..Limits::default() });
    let mut publisher = broker.client(Version::V5, "publisher");
    let forty = vec![b'x'; 40_000];
    let mut retain =
        |topic: &str, payload: &[u8]| publisher.publish_1_with(topic, payload, true, &[]).get();
    assert_eq!(retain("a", &forty), 0x10);
    assert_eq!(retain("b", &forty), 0x10);
    assert_eq!(retain("c", &forty), 0x97);
    assert_eq!(retain("b", b""), 0x10);
    assert_eq!(retain("c", &forty), 0x10); // given back

    // 3.1.1 has no word for it, and must not take what is lost for delivered.
    let mut old = broker.client(Version::V3, "old");
    old.publish("d", &forty);
    old.expect_nothing();
    let topic = TopicName::from_static("d");
    let delivery = Delivery::AtLeastOnce { id: PacketId::new(1).unwrap(), dup: false };
    old.send(&Packet::Publish(Publish { delivery, ..Publish::new(topic, &forty) }));
    old.expect_closed();
}

#[test]
fn what_waits_for_absent_clients_makes_room() {
    let broker = Broker::with(Limits { memory: 200_000, ..Limits::default() });
    let kept = |id| broker.connect(&keeping(Version::V3, id, &[]));
    for id in ["much", "little"] {
        let (mut client, _) = kept(id);
        client.subscribe(id, QoS::AtLeastOnce);
        client.disconnect();
    }
    let mut publisher = broker.client(Version::V5, "publisher");
    for (n, topic) in ["much", "little", "much", "much", "much", "much"].into_iter().enumerate() {
        let payload = format!("{n}{}", "x".repeat(40_000));
        assert_eq!(publisher.publish_1(topic, payload.as_bytes()).get(), 0);
    }
    for (id, numbers) in [("little", &[1][..]), ("much", &[3, 4, 5])] {
        let (mut client, present) = kept(id);
        assert!(present);
        for n in numbers {
            assert!(client.acknowledged_text().starts_with(&format!("{id} {n}x")));
        }
        client.expect_nothing();
    }
}

/// Nothing waits for it any more, so what was under way to it goes too, the oldest first.
#[test]
fn what_was_in_flight_to_absent_clients_makes_room() {
    let broker = Broker::with(Limits { memory: 200_000, ..Limits::default() });
    let connect = keeping(Version::V3, "away", &[]);
    let (mut away, _) = broker.connect(&connect);
    away.subscribe("a", QoS::ExactlyOnce);
    let mut publisher = broker.client(Version::V5, "publisher");
    let forty = |n: usize| format!("{n}{}", "x".repeat(40_000));
    for n in 0..2 {
        assert_eq!(publisher.publish_1("a", forty(n).as_bytes()).get(), 0);
        assert_eq!(publisher.publish_2("a", forty(n).as_bytes()).get(), 0);
    }
    let ids = [(); 4].map(|()| away.message().delivery.packet_id().unwrap());
    away.disconnect();
    for topic in ["b", "c", "d"] {
        let reason = publisher.publish_1_with(topic, forty(9).as_bytes(), true, &[]);
        assert_eq!(reason, ReasonCode::NO_MATCHING_SUBSCRIBERS);
    }
    let (mut away, present) = broker.connect(&connect);
    assert!(present);
    // Its client may have the one of QoS 2 that went: PUBREL ends it. Only the last is sent again.
    assert_eq!(away.expect_ack(AckKind::Pubrel, ids[1]), ReasonCode::SUCCESS);
    away.ack(AckKind::Pubcomp, ids[1]);
    let message = away.message();
    assert_eq!((message.delivery.packet_id(), message.delivery.dup()), (Some(ids[3]), true));
    assert_eq!(message.payload, forty(1).as_bytes());
    away.ack(AckKind::Pubrec, ids[3]);
    away.expect_ack(AckKind::Pubrel, ids[3]);
    away.ack(AckKind::Pubcomp, ids[3]);
    away.expect_nothing();
}

#[test]
fn a_hub_that_is_full_lets_clients_in() {
    let broker = Broker::with(Limits { memory: 100_000, ..Limits::default() });
    let (kept, _) = broker.connect(&keeping(Version::V3, "kept", &[]));
    kept.disconnect();
    let mut publisher = broker.client(Version::V5, "publisher");
    for size in [10_000, 1000, 100, 1] {
        let mut n = 0;
        while publisher.publish_1_with(&format!("{size}/{n}"), &vec![b'x'; size], true, &[]).get()
            != 0x97
        {
            n += 1;
        }
    }
    let topic = TopicName::from_static("w");
    let (payload, properties) = (&b"gone"[..], List::EMPTY);
    let will = Will { topic, payload, qos: QoS::AtMostOnce, retain: false, properties };
    for version in BOTH {
        let connect = Connect::new(version, Text::from_static("new"));
        broker.connect(&Connect { will: Some(will), ..connect }).0.expect_nothing();
        let connect = keeping(version, "kept", &[Property::SessionExpiryInterval(9)]);
        let (kept, present) = broker.connect(&Connect { will: Some(will), ..connect });
        assert!(present);
        kept.disconnect();
    }
}

#[test]
fn memory_of_what_idle_clients_leave() {
    let broker = Broker::with(Limits { memory: 60_000, ..Limits::default() });
    let payload = vec![b'x'; 12_000];
    let will = Will {
        topic: TopicName::from_static("w"),
        payload: &payload,
        qos: QoS::AtMostOnce,
        retain: false,
        properties: List::EMPTY,
    };
    let ids = ["a", "b", "c", "d", "e", "f", "g"];
    let mut clients = Vec::new();
    let refused = ids.iter().position(|id| {
        let connect = Connect::new(Version::V5, Text::from_static(id));
        let mut client = Client::raw(broker.address, Version::V5);
        client.send(&Packet::Connect(Connect { will: Some(will), ..connect }));
        let reason = client.connack().reason_code;
        clients.push(client);
        reason == ReasonCode::QUOTA_EXCEEDED
    });
    assert_eq!(refused, Some(5), "wills count");
    clients.pop();
    clients.pop().unwrap().disconnect();

    // 16,000 bytes are left, or less.
    let client = &mut clients[0];
    let filter = "f".repeat(3000);
    let filters = [&*filter, &filter[..2900]].map(|filter| TopicFilter::new(filter).unwrap());
    let codes =
        filters.map(|f| client.try_subscribe(Subscription::new(f, QoS::AtMostOnce), &[]).get());
    assert_eq!(codes, [0, 0x97], "filters count");
    client.expect_nothing();
}

/// While output is in its way, a client's PINGREQ is not answered, but heard.
#[test]
fn a_client_that_is_slow_to_read_but_alive_is_kept() {
    let broker = Broker::start();
    let connect = Connect::new(Version::V3, Text::from_static("slow"));
    let (mut slow, _) = broker.connect(&Connect { keep_alive: 1, ..connect });
    slow.subscribe("a", QoS::AtMostOnce);
    let mut publisher = broker.client(Version::V3, "publisher");
    let payload = vec![b'x'; 270_000];
    for _ in 0..100 {
        publisher.publish("a", &payload);
    }
    for _ in 0..4 {
        slow.send(&Packet::Pingreq);
        std::thread::sleep(Duration::from_millis(500));
    }
    let (mut messages, mut pings) = (0, 0);
    while messages < 100 || pings < 4 {
        match slow.receive() {
            Packet::Publish(_) => messages += 1,
            Packet::Pingresp => pings += 1,
            other => panic!("{other:?}"),
        }
    }
    slow.expect_nothing();
}

/// Who is answered and reads nothing is not listened to for ever. Its Keep Alive does not run then.
#[test]
fn answers_that_nobody_reads_stop_the_reading() {
    let broker = Broker::start();
    let connect = Connect::new(Version::V3, Text::from_static("client"));
    let (mut client, _) = broker.connect(&Connect { keep_alive: 1, ..connect });
    client.stream.set_write_timeout(Some(Duration::from_millis(1800))).unwrap();
    let pings = b"\xC0\0".repeat(1 << 20);
    let mut sent = 0;
    let stopped = loop {
        match client.stream.write(&pings[sent % 2..]) {
            Ok(len) => sent += len,
            Err(_) => break true,
        }
        if sent > 64 << 20 {
            break false;
        }
    };
    assert!(stopped, "{sent} bytes of pings were read");
    broker.client(Version::V3, "other").expect_nothing();
    // Once it reads, everything goes on: each whole PINGREQ has an answer, as long as itself.
    let (mut left, mut chunk) = (sent / 2 * 2, vec![0; 1 << 20]);
    while left > 0 {
        let len = left.min(chunk.len());
        left -= client.stream.read(&mut chunk[..len]).unwrap();
    }
    if sent % 2 == 1 {
        client.send_bytes(b"\0");
        assert_eq!(client.receive(), Packet::Pingresp);
    }
    client.expect_nothing();
}

#[test]
fn a_limit_that_leaves_no_room_for_an_answer_ends_the_connection() {
    let broker = Broker::start();
    let limit = [Property::MaximumPacketSize(std::num::NonZeroU32::new(5).unwrap())];
    let connect = Connect::new(Version::V5, Text::from_static("tiny"));
    let mut tiny = Client::raw(broker.address, Version::V5);
    tiny.send(&Packet::Connect(Connect { properties: List::new(&limit), ..connect }));
    tiny.expect_closed();
}

#[test]
fn coap_connections_leave_room_for_mqtt() {
    let broker = Broker::with(Limits { connections: 8, ..Limits::default() });
    let _coap: Vec<_> = (0..8).map(|_| crate::coap_client::Tcp::raw(broker.coap)).collect();
    let mut clients: Vec<_> =
        ["1", "2", "3", "4", "5", "6"].map(|id| broker.client(Version::V5, id)).into();
    clients.iter_mut().for_each(crate::client::Client::expect_nothing);
}
