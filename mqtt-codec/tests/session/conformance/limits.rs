//! What a peer has announced.

use core::num::{NonZeroU16, NonZeroU32};

use mqtt_codec::session::{Refusal, SessionError, Violation};
use mqtt_codec::{
    Auth, Disconnect, ReasonCodes, Suback, Subscribe, Subscription, TopicFilter, Unsuback, Will,
};

use super::*;

fn aliases_stay_within<S: Side>(session: &mut Session<'_, S, N>, by: Role) {
    let mut seen = [0; 3];
    for name in ["house/attic", "house/cellar", "house/garden", "house/attic", "house/garage"] {
        let message = Message::new(TopicName::new(name).unwrap(), QoS::AtMostOnce, b"");
        let mut out = [0; OUT];
        let len = session.publish(&message, 0, 0, &mut out).unwrap();
        let Packet::Publish(publish) = sent(Version::V5, by, &out[..len]) else { panic!() };
        let alias = publish.properties.topic_alias().map_or(0, NonZeroU16::get);
        seen[usize::from(alias)] += 1; // there is no 3
    }
    assert!(seen[1] > 0 && seen[2] > 0);
}

#[test]
fn a_client_sends_no_alias_above_the_servers_maximum() {
    let mut memory = [0; 256];
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    client.lend_aliases(&mut memory, &mut []);
    connecting(&mut client, false, &[]);
    answered(&mut client, false, List::new(&[Property::TopicAliasMaximum(2)]));
    aliases_stay_within(&mut client, Role::Client);
}

#[test]
fn a_server_sends_no_alias_above_the_clients_maximum() {
    let mut memory = [0; 256];
    let mut server = Server::<N>::new(Settings::DEFAULT, 0);
    server.lend_aliases(&mut memory, &mut []);
    let connect = connect_of(Version::V5, &[Property::TopicAliasMaximum(2)]);
    server.handle_input(&bytes(Version::V5, Packet::Connect(connect)), 0).unwrap();
    accept(&mut server, false, &[]).unwrap();
    aliases_stay_within(&mut server, Role::Server);
}

fn has_alias<S: Side>(session: &mut Session<'_, S, N>, by: Role) -> bool {
    let out = published(session, QoS::AtMostOnce, 0);
    let Packet::Publish(publish) = sent(Version::V5, by, &out) else { panic!() };
    publish.properties.topic_alias().is_some()
}

#[test]
fn no_alias_where_no_maximum_was_announced() {
    for maximum in [&[][..], &[Property::TopicAliasMaximum(0)]] {
        let mut memory = [0; 256];
        let mut client = Client::new(Version::V5, Settings::DEFAULT);
        client.lend_aliases(&mut memory, &mut []);
        connecting(&mut client, false, &[]);
        answered(&mut client, false, List::new(maximum));
        assert!(!has_alias(&mut client, Role::Client));

        let mut memory = [0; 256];
        let mut server = Server::<N>::new(Settings::DEFAULT, 0);
        server.lend_aliases(&mut memory, &mut []);
        let connect = connect_of(Version::V5, maximum);
        server.handle_input(&bytes(Version::V5, Packet::Connect(connect)), 0).unwrap();
        accept(&mut server, false, &[]).unwrap();
        assert!(!has_alias(&mut server, Role::Server));
    }
}

#[test]
fn aliases_end_with_their_connection() {
    let (mut outgoing, mut incoming) = ([0; 256], [0; 256]);
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    client.lend_aliases(&mut outgoing, &mut incoming);
    let alias = [Property::TopicAlias(NonZeroU16::MIN)];
    let properties = List::new(&alias);
    let named = Publish { properties, ..Publish::new(TOPIC, b"") };
    let unnamed = Packet::Publish(Publish { topic: TopicName::EMPTY, ..named });
    for session_present in [false, true] {
        connecting(&mut client, false, &[]);
        answered(&mut client, session_present, List::new(&[Property::TopicAliasMaximum(2)]));
        let names: Vec<bool> = (0..2)
            .map(|_| published(&mut client, QoS::AtMostOnce, 0))
            .map(|out| match sent(Version::V5, Role::Client, &out) {
                Packet::Publish(publish) => publish.topic.is_empty(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, [false, true]);
        if session_present {
            let error = client.handle_input(&bytes(Version::V5, unnamed), 0).unwrap_err();
            assert_eq!(error, SessionError::Violation(Violation::UnknownTopicAlias));
        } else {
            hears(&mut client, Packet::Publish(named));
            hears(&mut client, unnamed);
        }
    }
}

#[test]
fn every_alias_that_was_announced_is_taken() {
    let highest = [Property::TopicAlias(NonZeroU16::new(4).unwrap())];
    let above = [Property::TopicAlias(NonZeroU16::new(5).unwrap())];
    let publish =
        |alias| Packet::Publish(Publish { properties: alias, ..Publish::new(TOPIC, b"") });
    let mut memory = [0; 256];
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    client.lend_aliases(&mut [], &mut memory);
    connecting(&mut client, false, &[]);
    answered(&mut client, false, List::EMPTY);
    hears(&mut client, publish(List::new(&highest)));
    client.handle_input(&bytes(Version::V5, publish(List::new(&above))), 0).unwrap_err();

    let mut memory = [0; 256];
    let mut server = Server::<N>::new(Settings::DEFAULT, 0);
    server.lend_aliases(&mut [], &mut memory);
    let connect = connect_of(Version::V5, &[]);
    server.handle_input(&bytes(Version::V5, Packet::Connect(connect)), 0).unwrap();
    accept(&mut server, false, &[]).unwrap();
    hears(&mut server, publish(List::new(&highest)));
    server.handle_input(&bytes(Version::V5, publish(List::new(&above))), 0).unwrap_err();
}

const TOLD: [Property<'static>; 2] = [
    Property::ReasonString(Text::from_static("a reason of some length")),
    Property::UserProperty(Text::from_static("k"), Text::from_static("v")),
];

/// Sends each packet of a server that may have a Reason String: how many of its properties are left.
fn told(connect: &Connect<'_>) -> Vec<(&'static str, usize)> {
    let (mut out, codes, properties) = ([0; OUT], [ReasonCode::SUCCESS], List::new(&TOLD));
    let count = |out: &[u8]| match sent(Version::V5, Role::Server, out) {
        Packet::Connack(p) => ("CONNACK", p.properties.iter().count()),
        Packet::Suback(p) => ("SUBACK", p.properties.iter().count()),
        Packet::Unsuback(p) => ("UNSUBACK", p.properties.iter().count()),
        Packet::Disconnect(p) => ("DISCONNECT", p.properties.iter().count()),
        Packet::Auth(p) => ("AUTH", p.properties.iter().count()),
        other => panic!("{other:?}"),
    };
    let (mut all, id) = (Vec::new(), id(1));
    let mut server = asked(connect);
    let method = connect.properties.authentication_method().is_some();
    if method {
        let with_method = [&TOLD[..], &[METHOD]].concat();
        let auth = Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, List::new(&with_method));
        let len = server.auth(&auth, 0, &mut out).unwrap();
        all.push(count(&out[..len]));
        let auth = Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, List::new(&[METHOD]));
        server.handle_input(&bytes(Version::V5, Packet::Auth(auth)), 0).unwrap();
    }
    let of_connack =
        [&server.announcements()[..], &TOLD, if method { &[METHOD] } else { &[] }].concat();
    let connack =
        Connack { properties: List::new(&of_connack), ..Connack::new(false, ReasonCode::SUCCESS) };
    let len = server.accept(&connack, 0, &mut out).unwrap();
    all.push(count(&out[..len]));
    let suback = Suback { properties, ..Suback::new(id, ReasonCodes::new(&codes)) };
    let len = server.suback(&suback, 0, &mut out).unwrap();
    all.push(count(&out[..len]));
    let unsuback = Unsuback { properties, ..Unsuback::new(id, ReasonCodes::new(&codes)) };
    let len = server.unsuback(&unsuback, 0, &mut out).unwrap();
    all.push(count(&out[..len]));
    let end = Disconnect { properties, ..Disconnect::new(ReasonCode::SERVER_SHUTTING_DOWN) };
    let len = server.disconnect(&end, 0, &mut out).unwrap();
    all.push(count(&out[..len]));
    all
}

#[test]
fn reason_strings_and_user_properties_that_do_not_fit_are_left_out() {
    let limit = |bytes| Property::MaximumPacketSize(NonZeroU32::new(bytes).unwrap());
    let enough = told(&connect_of(Version::V5, &[METHOD, limit(200)]));
    let packets = [("AUTH", 3), ("CONNACK", 6), ("SUBACK", 2), ("UNSUBACK", 2), ("DISCONNECT", 2)];
    assert_eq!(enough, packets);
    let scarce = told(&connect_of(Version::V5, &[METHOD, limit(28)]));
    let packets = [("AUTH", 1), ("CONNACK", 4), ("SUBACK", 0), ("UNSUBACK", 0), ("DISCONNECT", 0)];
    assert_eq!(scarce, packets);
}

#[test]
fn reason_strings_that_are_not_wanted_are_left_out() {
    let unwanted = [METHOD, Property::RequestProblemInformation(false)];
    let packets = [("AUTH", 1), ("CONNACK", 6), ("SUBACK", 0), ("UNSUBACK", 0), ("DISCONNECT", 2)];
    assert_eq!(told(&connect_of(Version::V5, &unwanted)), packets);
}

fn subscribe_all() -> [Subscription<'static>; 3] {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
        .map(|qos| Subscription::new(TopicFilter::from_static("a"), qos))
}

#[test]
fn a_server_without_qos_1_takes_subscriptions_of_every_qos() {
    let mut server = asked(&connect_of(Version::V5, &[]));
    accept(&mut server, false, &[Property::MaximumQos(QoS::AtMostOnce)]).unwrap();
    let all = subscribe_all();
    let subscribe = Packet::Subscribe(Subscribe::new(id(1), List::new(&all)));
    let bytes = bytes(Version::V5, subscribe);
    let (_, event) = server.handle_input(&bytes, 0).unwrap();
    assert!(matches!(event, Some(Event::Subscribe(_))));
}

#[test]
fn a_will_that_is_not_supported_refuses_the_client() {
    for (will, announced, refusal) in [
        (
            Will { qos: QoS::AtLeastOnce, ..Will::new(TOPIC, b"") },
            Property::MaximumQos(QoS::AtMostOnce),
            Refusal::Qos,
        ),
        (
            Will { retain: true, ..Will::new(TOPIC, b"") },
            Property::RetainAvailable(false),
            Refusal::Retain,
        ),
    ] {
        let mut server = asked(&Connect { will: Some(will), ..connect_of(Version::V5, &[]) });
        let refused = accept(&mut server, false, &[announced]);
        assert_eq!(refused, Err(SendError::Refused(refusal)));
        // It is told why, and that is the end.
        let connack = Connack::new(false, refusal.reason_code());
        server.accept(&connack, 0, &mut [0; OUT]).unwrap();
        assert!(server.wants_close());
    }
}

#[test]
fn suback_has_a_code_for_each_filter() {
    for version in BOTH {
        for codes in [&[ReasonCode::SUCCESS; 2][..], &[ReasonCode::SUCCESS; 4]] {
            let mut client = client(version, &[]);
            let all = subscribe_all();
            client.subscribe(List::new(&all), List::EMPTY, 7, 0, &mut [0; OUT]).unwrap();
            let suback = Packet::Suback(Suback::new(id(1), ReasonCodes::new(codes)));
            let error = client.handle_input(&bytes(version, suback), 0).unwrap_err();
            assert_eq!(error, SessionError::Violation(Violation::ReasonCodes));
        }
    }
}

/// All but PUBLISH of QoS 1 and 2 goes on while the quota is used up. [MQTT-4.9.0-3]
#[test]
fn a_client_without_quota_sends_everything_but_messages() {
    let mut client = client(Version::V5, &[Property::ReceiveMaximum(NonZeroU16::MIN)]);
    published(&mut client, QoS::AtLeastOnce, 1);
    let full = client.publish(&message(QoS::AtLeastOnce), 2, 0, &mut [0; OUT]);
    assert_eq!(full, Err(SendError::Quota));
    let one = [Subscription::new(TopicFilter::from_static("a"), QoS::AtMostOnce)];
    client.subscribe(List::new(&one), List::EMPTY, 3, 0, &mut [0; OUT]).unwrap();
    let receipt = hears(&mut client, publish_of(Delivery::AtLeastOnce { id: id(9), dup: false }));
    client.acknowledge(receipt.unwrap(), ReasonCode::SUCCESS).unwrap();
    client.handle_timeout(60_000);
    assert_eq!(owed(&mut client), b"\xC0\0\x40\x02\0\x09");
}

#[test]
fn a_server_without_quota_sends_everything_but_messages() {
    let mut server = server(Version::V5, &[Property::ReceiveMaximum(NonZeroU16::MIN)]);
    published(&mut server, QoS::AtLeastOnce, 1);
    let full = server.publish(&message(QoS::AtLeastOnce), 2, 0, &mut [0; OUT]);
    assert_eq!(full, Err(SendError::Quota));
    hears(&mut server, Packet::Pingreq);
    let receipt = hears(&mut server, publish_of(Delivery::AtLeastOnce { id: id(9), dup: false }));
    server.acknowledge(receipt.unwrap(), ReasonCode::SUCCESS).unwrap();
    assert_eq!(owed(&mut server), b"\xD0\0\x40\x02\0\x09");
}

fn counts_until_pubcomp<S: Side>(mut session: Session<'_, S, N>) {
    let full = |session: &mut Session<'_, S, N>| {
        let more = session.publish(&message(QoS::AtLeastOnce), 2, 0, &mut [0; OUT]);
        assert_eq!(more, Err(SendError::Quota));
    };
    published(&mut session, QoS::ExactlyOnce, 1);
    full(&mut session);
    ack(&mut session, AckKind::Pubrec, 1, ReasonCode::SUCCESS);
    full(&mut session);
    assert_eq!(owed(&mut session), b"\x62\x02\0\x01");
    full(&mut session);
    ack(&mut session, AckKind::Pubcomp, 1, ReasonCode::SUCCESS);
    // An error in PUBREC ends a message too.
    published(&mut session, QoS::ExactlyOnce, 3);
    full(&mut session);
    ack(&mut session, AckKind::Pubrec, 2, ReasonCode::QUOTA_EXCEEDED);
    published(&mut session, QoS::AtLeastOnce, 4);
}

#[test]
fn a_message_of_qos_2_counts_until_pubcomp_or_an_error() {
    let one = [Property::ReceiveMaximum(NonZeroU16::MIN)];
    counts_until_pubcomp(client(Version::V5, &one));
    counts_until_pubcomp(server(Version::V5, &one));
}
