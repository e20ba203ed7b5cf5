//! QoS 1 and 2, and their order.

use super::*;

fn identifiers_go_around_those_in_use<S: Side>(mut session: Session<'_, S, N>, by: Role) {
    let of = |bytes: &[u8], version| match sent(version, by, bytes) {
        Packet::Publish(publish) => publish.delivery.packet_id().unwrap().get(),
        other => panic!("{other:?}"),
    };
    let version = session.version();
    assert_eq!(of(&published(&mut session, QoS::ExactlyOnce, 0), version), 1);
    for next in 2..=u16::MAX {
        let sent = published(&mut session, QoS::AtLeastOnce, 0);
        assert_eq!(of(&sent, version), next);
        session.handle_input(&[0x40, 2, sent_high(next), next as u8], 0).unwrap();
    }
    assert_eq!(of(&published(&mut session, QoS::ExactlyOnce, 0), version), 2, "1 is in use");
}

const fn sent_high(id: u16) -> u8 {
    (id >> 8) as u8
}

#[test]
fn a_client_gives_no_identifier_that_is_in_use() {
    identifiers_go_around_those_in_use(client(Version::V5, &[]), Role::Client);
}

#[test]
fn a_server_gives_no_identifier_that_is_in_use() {
    identifiers_go_around_those_in_use(server(Version::V3, &[]), Role::Server);
}

#[test]
fn behind_puback_the_identifier_is_another_messages() {
    for version in BOTH {
        let mut server = server(version, &[]);
        for dup in [false, true] {
            let publish = publish_of(Delivery::AtLeastOnce { id: id(9), dup });
            let receipt = hears(&mut server, publish).expect("a new message");
            server.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
            assert_eq!(owed(&mut server), b"\x40\x02\0\x09");
        }
    }
}

#[test]
fn what_pubrec_refuses_may_come_again() {
    let mut client = client(Version::V5, &[]);
    for dup in [false, true] {
        let publish = publish_of(Delivery::ExactlyOnce { id: id(9), dup });
        let receipt = hears(&mut client, publish).expect("a new message");
        client.acknowledge(receipt, ReasonCode::QUOTA_EXCEEDED).unwrap();
        assert_eq!(owed(&mut client), b"\x50\x03\0\x09\x97");
    }
}

#[test]
fn a_refused_message_is_done() {
    for (qos, kind) in [(QoS::AtLeastOnce, AckKind::Puback), (QoS::ExactlyOnce, AckKind::Pubrec)] {
        let mut client = client(Version::V5, &[]);
        published(&mut client, qos, 1);
        ack(&mut client, kind, 1, ReasonCode::QUOTA_EXCEEDED);
        assert_eq!((owed(&mut client).len(), client.in_flight()), (0, 0));
        connecting(&mut client, false, &[]);
        answered(&mut client, true, List::EMPTY);
        assert_eq!(client.poll_event(), None);
    }
}

#[test]
fn pubrel_and_never_publish_comes_again_until_pubcomp() {
    for version in BOTH {
        let mut client = client(version, &[]);
        published(&mut client, QoS::ExactlyOnce, 1);
        ack(&mut client, AckKind::Pubrec, 1, ReasonCode::SUCCESS);
        assert_eq!(owed(&mut client), b"\x62\x02\0\x01");
        for _ in 0..2 {
            connecting(&mut client, false, &[]);
            answered(&mut client, true, List::EMPTY);
            assert_eq!(client.poll_event(), None);
            assert_eq!(owed(&mut client), b"\x62\x02\0\x01");
        }
        ack(&mut client, AckKind::Pubcomp, 1, ReasonCode::SUCCESS);
        assert_eq!(client.in_flight(), 0);
    }
}

#[test]
fn pubrecs_in_the_order_of_their_messages() {
    let mut client = client(Version::V3, &[]);
    let mut came = |of| {
        hears(&mut client, publish_of(Delivery::ExactlyOnce { id: id(of), dup: false })).unwrap()
    };
    let (first, second) = (came(5), came(6));
    client.acknowledge(second, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut client), b"");
    client.acknowledge(first, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut client), b"\x50\x02\0\x05\x50\x02\0\x06");
}

#[test]
fn pubrels_in_the_order_of_the_pubrecs() {
    let mut client = client(Version::V3, &[]);
    for handle in [1, 2, 3] {
        published(&mut client, QoS::ExactlyOnce, handle);
    }
    for of in [2, 3, 1] {
        ack(&mut client, AckKind::Pubrec, of, ReasonCode::SUCCESS);
    }
    assert_eq!(owed(&mut client), b"\x62\x02\0\x02\x62\x02\0\x03\x62\x02\0\x01");
}

#[test]
fn dup_tells_a_repetition_alone() {
    for (version, qos, first) in [
        (Version::V3, QoS::AtMostOnce, 0x30),
        (Version::V3, QoS::AtLeastOnce, 0x32),
        (Version::V5, QoS::ExactlyOnce, 0x34),
    ] {
        let mut server = server(version, &KEPT);
        // What came with DUP goes on without.
        let repeated = publish_of(Delivery::AtLeastOnce { id: id(9), dup: true });
        assert!(hears(&mut server, repeated).is_some());
        assert_eq!(published(&mut server, qos, 1)[0], first);
        if qos > QoS::AtMostOnce {
            server.ended(0);
            let mut again = asked(&connect_of(version, &KEPT));
            again.resume(&mut server, 0).unwrap();
            accept(&mut again, true, &[]).unwrap();
            let mut out = [0; OUT];
            again.send(&message(qos), 1, 0, &mut out).unwrap();
            assert_eq!(out[0], first | 0x08);
        }
    }
}
