//! What is the application's, by the calls with which it complies.

use mqtt_codec::session::{Limits, Refusal, SessionError, Violation};
use mqtt_codec::{ReasonCodes, Suback, Subscribe, Subscription, SubscriptionId, TopicFilter};

use super::*;

#[test]
fn what_maximum_qos_says_is_kept_on_both_sides() {
    let mut client = client(Version::V5, &[Property::MaximumQos(QoS::AtLeastOnce)]);
    let refused = client.publish(&message(QoS::ExactlyOnce), 1, 0, &mut [0; OUT]);
    assert_eq!(refused, Err(SendError::Refused(Refusal::Qos)));
    published(&mut client, QoS::AtLeastOnce, 1);

    let mut server = asked(&connect_of(Version::V5, &[]));
    accept(&mut server, false, &[Property::MaximumQos(QoS::AtMostOnce)]).unwrap();
    let publish = publish_of(Delivery::AtLeastOnce { id: id(1), dup: false });
    let error = server.handle_input(&bytes(Version::V5, publish), 0).unwrap_err();
    assert_eq!(error, SessionError::Violation(Violation::NotAllowed(Refusal::Qos)));
    assert_eq!(error.reason_code(), ReasonCode::QOS_NOT_SUPPORTED);
}

#[test]
fn each_copy_has_the_identifier_of_its_subscription() {
    let (mut server, mut client) = (server(Version::V5, &[]), client(Version::V5, &[]));
    for number in [1, 300] {
        let number = SubscriptionId::new(number).unwrap();
        let properties = [Property::SubscriptionIdentifier(number)];
        let copy = message(QoS::AtMostOnce).with_properties(List::new(&properties));
        let mut out = [0; OUT];
        let len = server.publish(&copy, 0, 0, &mut out).unwrap();
        let (_, event) = client.handle_input(&out[..len], 0).unwrap();
        let Some(Event::Publish { publish, .. }) = event else { panic!() };
        assert!(publish.properties.iter().eq(properties));
    }
}

#[test]
fn who_takes_no_wildcards_says_so_of_each_filter() {
    let own = Limits::of(&List::new(&[Property::WildcardSubscriptionAvailable(false)]));
    for (filter, is_taken) in [("house/+", false), ("house/#", false), ("house/attic", true)] {
        let subscription = Subscription::new(TopicFilter::new(filter).unwrap(), QoS::AtMostOnce);
        let subscriptions = [subscription];
        let subscribe = Subscribe::new(id(1), List::new(&subscriptions));
        let mut server = server(Version::V3, &[]);
        let packet = bytes(Version::V3, Packet::Subscribe(subscribe));
        let (_, event) = server.handle_input(&packet, 0).unwrap();
        let Some(Event::Subscribe(subscribe)) = event else { panic!() };
        let allowed = own.check_subscriptions(subscribe.subscriptions, subscribe.properties);
        let code = allowed.map_or_else(Refusal::reason_code, |()| ReasonCode::GRANTED_QOS_0);
        let (codes, mut out) = ([code], [0; OUT]);
        let suback = Suback::new(subscribe.id, ReasonCodes::new(&codes));
        let len = server.suback(&suback, 0, &mut out).unwrap();
        assert_eq!(out[..len], [0x90, 3, 0, 1, if is_taken { 0 } else { 0x80 }], "{filter}");
    }
}

#[test]
fn a_program_that_cannot_go_on_ends_the_connection_and_loses_nothing() {
    let publish = bytes(Version::V3, publish_of(Delivery::AtLeastOnce { id: id(7), dup: false }));
    let mut server = server(Version::V3, &[]);
    published(&mut server, QoS::AtLeastOnce, 1);
    server.handle_input(&publish, 0).unwrap(); // and there is no memory for it
    server.ended(0);
    assert!(!server.is_connected() && !server.wants_close());
    let behind = server.publish(&message(QoS::AtMostOnce), 2, 0, &mut [0; OUT]);
    assert_eq!((behind, owed(&mut server)), (Err(SendError::OutOfTurn), vec![]));
    assert_eq!(server.handle_eof(), Ok(()));

    let mut next = asked(&connect_of(Version::V3, &[]));
    next.resume(&mut server, 0).unwrap();
    accept(&mut next, true, &[]).unwrap();
    assert!(matches!(next.poll_event(), Some(Event::Send { handle: 1, .. })));
    assert!(matches!(next.handle_input(&publish, 0), Ok((_, Some(Event::Publish { .. })))));
}
