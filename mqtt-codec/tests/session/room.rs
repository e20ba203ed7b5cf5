//! How many messages a client takes, and what is left of earlier connections.

use mqtt_codec::session::{Client, Event, SendError, SessionError, Settings, Violation};
use mqtt_codec::{List, ReasonCode, Subscription, TopicFilter, Version};

use crate::client::{ACCEPTED_V5, connect, connected, failure, owed, receipt_of};

const PRESENT: &[u8] = b"\x20\x03\x01\0\0";

/// PUBLISH of QoS 2.
const fn publish(id: u8, dup: bool) -> [u8; 8] {
    [if dup { 0x3C } else { 0x34 }, 6, 0, 1, b'a', 0, id, 0]
}

/// A client in its second connection that has said PUBREC of these messages in its first.
fn with_promised(ids: &[u8]) -> Client<'static, 2> {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    for id in ids {
        let receipt = receipt_of(client.handle_input(&publish(*id, false), 0).unwrap().1).unwrap();
        client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    }
    owed(&mut client);
    again(&mut client);
    client
}

fn again(client: &mut Client<'_, 2>) {
    connect(client, Version::V5, 0);
    client.handle_input(PRESENT, 0).unwrap();
}

#[test]
fn what_is_released_and_not_completed_takes_room_until_it_is() {
    let mut client = with_promised(&[7]);
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(client.receive_maximum(), 1);
    client.ended(0);
    assert_eq!(client.receive_maximum(), 1);
    again(&mut client);
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x02\0\x07", "it is known");
    assert_eq!(client.receive_maximum(), 2);
}

#[test]
fn what_is_released_is_not_received_once_more() {
    let mut client = with_promised(&[7]);
    client.handle_input(&publish(7, true), 0).unwrap();
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x02\0\x07", "no PUBREC");
}

#[test]
fn what_comes_again_counts_in_the_new_connection() {
    let mut client = with_promised(&[7]);
    assert_eq!(client.handle_input(&publish(7, true), 0), Ok((8, None)));
    // More than once is not wanted, and does no harm.
    assert_eq!(client.handle_input(&publish(7, true), 0), Ok((8, None)));
    assert_eq!(failure(&mut client, &publish(8, false)), Violation::ReceiveMaximum);
}

#[test]
fn what_did_not_come_again_before_a_new_message_makes_room() {
    let mut client = with_promised(&[7, 8]);
    assert!(client.handle_input(&publish(9, false), 0).unwrap().1.is_some());
    // The first of them is forgotten, the other one not.
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x03\0\x07\x92");
    client.handle_input(b"\x62\x02\0\x08", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x02\0\x08");
    // Not one that PUBCOMP is owed of.
    let mut client = with_promised(&[7, 8]);
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert!(client.handle_input(&publish(9, false), 0).unwrap().1.is_some());
    assert_eq!(owed(&mut client), b"\x70\x02\0\x07");
    // Where there is room, nothing is forgotten.
    let mut client = with_promised(&[7]);
    assert!(client.handle_input(&publish(9, false), 0).unwrap().1.is_some());
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x02\0\x07");
    // What comes again has behind it all that came before it. [MQTT-4.6.0-1]
    let mut client = with_promised(&[7, 8]);
    assert!(client.handle_input(&publish(9, true), 0).unwrap().1.is_some());
}

#[test]
fn one_answer_to_what_is_not_known_at_a_time() {
    let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
    let with_reason = b"\x62\x03\0\x07\x92";
    assert_eq!(client.handle_input(with_reason, 0), Ok((5, None)));
    assert_eq!(client.handle_input(with_reason, 0), Ok((0, None)), "not taken");
    assert_eq!(owed(&mut client), b"\x70\x03\0\x07\x92");
    assert_eq!(client.handle_input(with_reason, 0), Ok((5, None)));
}

#[test]
fn a_request_may_have_more_filters_than_a_byte_counts() {
    let filters = [TopicFilter::from_static("a"); 300];
    for (codes, is_right) in [(300, true), (256, true), (254, false)] {
        let mut client = connected(Version::V5, ACCEPTED_V5, Settings::DEFAULT);
        let filters = List::new(&filters);
        client.unsubscribe(filters, List::EMPTY, 1, 0, &mut [0; 2000]).unwrap();
        let len = 3 + codes;
        let mut unsuback = vec![0xB0, 0x80 | (len % 128) as u8, (len / 128) as u8, 0, 1, 0];
        unsuback.resize(6 + codes, 0);
        let result = client.handle_input(&unsuback, 0);
        if is_right {
            assert!(matches!(result, Ok((_, Some(Event::Unsuback { handle: 1, .. })))));
        } else {
            assert_eq!(result, Err(SessionError::Violation(Violation::ReasonCodes)));
        }
    }
}

/// Maximum Packet Size 4: no room for a Reason Code.
#[test]
fn a_server_that_takes_no_reason_is_told_none_but_a_refusal() {
    let small = b"\x20\x08\0\0\x05\x27\0\0\0\x04";
    let mut client = connected(Version::V5, small, Settings::DEFAULT);
    client.handle_input(b"\x62\x02\0\x07", 0).unwrap();
    assert_eq!(owed(&mut client), b"\x70\x02\0\x07", "without its reason");
    let receipt = receipt_of(client.handle_input(&publish(8, false), 0).unwrap().1).unwrap();
    client.acknowledge(receipt, ReasonCode::QUOTA_EXCEEDED).unwrap();
    let mut out = [0; 16];
    assert_eq!(client.poll_transmit(0, &mut out), Ok(Some(3)));
    assert_eq!(out[..3], *b"\xE0\x01\x95");
    assert_eq!(client.error(), Some(SessionError::Violation(Violation::TooSmall)));
    // And no acknowledgement at all.
    let tiny = b"\x20\x08\0\0\x05\x27\0\0\0\x03";
    let mut client = connected(Version::V5, tiny, Settings::DEFAULT);
    let receipt = receipt_of(client.handle_input(&publish(8, false), 0).unwrap().1).unwrap();
    client.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut client), b"\xE0\x01\x95");
}

#[test]
fn in_3_1_1_what_is_refused_is_taken() {
    let accepted = b"\x20\x02\0\0";
    let mut client = connected(Version::V3, accepted, Settings::DEFAULT);
    let publish = b"\x34\x06\0\x01a\0\x07x";
    let receipt = receipt_of(client.handle_input(publish, 0).unwrap().1).unwrap();
    client.acknowledge(receipt, ReasonCode::QUOTA_EXCEEDED).unwrap();
    assert_eq!(owed(&mut client), b"\x50\x02\0\x07", "it has no word for that");
    assert_eq!(client.handle_input(publish, 0), Ok((8, None)));
}

#[test]
fn requests_wait_for_connack() {
    let mut client = Client::<2>::new(Version::V5, Settings::DEFAULT);
    connect(&mut client, Version::V5, 0);
    let filters = [Subscription::new(TopicFilter::from_static("a"), mqtt_codec::QoS::AtMostOnce)];
    let early = client.subscribe(List::new(&filters), List::EMPTY, 1, 0, &mut [0; 64]);
    assert_eq!(early, Err(SendError::OutOfTurn));
    let filters = [TopicFilter::from_static("a")];
    let early = client.unsubscribe(List::new(&filters), List::EMPTY, 1, 0, &mut [0; 64]);
    assert_eq!((early, client.in_flight()), (Err(SendError::OutOfTurn), 0));
}
