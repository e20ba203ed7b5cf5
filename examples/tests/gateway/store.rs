//! `--store`: what was promised is kept when the gateway is killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;

use coap_codec::Code;
use mqtt_codec::{
    Ack, AckKind, Connect, Delivery, Packet, PacketId, Property, Publish, QoS, ReasonCode, Text,
    TopicName, Version, Will,
};

use crate::client::{BOTH, Client, keeping, text_of};
use crate::coap_client::{Owned, Udp};
use crate::http_client::Http;
use crate::process::gateway;
use crate::users::File;

/// A gateway that can be killed.
struct Killable {
    child: Child,
    mqtt: SocketAddr,
    coap: SocketAddr,
    http: SocketAddr,
}

impl Killable {
    fn start(store: &Path) -> Self {
        Self::start_with(store, &[])
    }

    fn start_with(store: &Path, args: &[&str]) -> Self {
        let ports = ["--mqtt-port", "0", "--coap-port", "0", "--http-port", "0", "--no-sensors"];
        let store = ["--quiet", "--store", store.to_str().unwrap()];
        let mut child = gateway(&[&ports[..], &store, args].concat()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address_behind = |word: &str| -> SocketAddr {
            let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains(word));
            let line = line.unwrap();
            let address = line.split_once(" on ").unwrap().1;
            let end = address.find([' ', ',']).unwrap_or(address.len());
            address[..end].trim_end_matches(['.', ':']).parse().unwrap()
        };
        let mqtt = address_behind("MQTT 3.1.1");
        let (coap, http) = (address_behind("CoAP on"), address_behind("HTTP on"));
        Self { child, mqtt, coap, http }
    }

    /// As a power cut would, and starts again.
    fn kill(mut self, store: &Path) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Self::start(store)
    }

    fn connect(&self, connect: &Connect<'_>) -> (Client, bool) {
        let mut client = Client::raw(self.mqtt, connect.version);
        client.send(&Packet::Connect(*connect));
        let connack = client.connack();
        assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
        let session_present = connack.session_present;
        (client, session_present)
    }

    fn keeping(&self, version: Version, id: &'static str) -> (Client, bool) {
        self.connect(&keeping(version, id, &[Property::SessionExpiryInterval(1000)]))
    }

    fn clean(&self, id: &'static str) -> Client {
        self.connect(&Connect::new(Version::V5, Text::from_static(id))).0
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn no_file() -> File {
    let file = File::new("");
    std::fs::remove_file(&file.0).unwrap();
    file
}

fn id(n: u16) -> PacketId {
    PacketId::new(n).unwrap()
}

fn publish_2(client: &mut Client, n: u16, topic: &str, payload: &[u8], dup: bool) {
    let delivery = Delivery::ExactlyOnce { id: id(n), dup };
    let publish = Publish::new(TopicName::new(topic).unwrap(), payload);
    client.send(&Packet::Publish(Publish { delivery, ..publish }));
}

fn expect_ack(client: &mut Client, kind: AckKind, n: u16) {
    match client.receive() {
        Packet::Ack(ack) => assert_eq!((ack.kind, ack.id), (kind, id(n))),
        other => panic!("not a {kind:?}: {other:?}"),
    }
}

#[test]
fn what_was_acknowledged_reaches_the_absent_after_a_kill() {
    for version in BOTH {
        let store = no_file();
        let mut gateway = Killable::start(&store.0);
        let (mut subscriber, session_present) = gateway.keeping(version, "s");
        assert!(!session_present);
        subscriber.subscribe("a/#", QoS::AtLeastOnce);
        subscriber.subscribe("$share/g/b", QoS::AtLeastOnce);
        subscriber.subscribe("gone", QoS::AtLeastOnce);
        subscriber.send(&Packet::Unsubscribe(mqtt_codec::Unsubscribe::new(
            id(9),
            mqtt_codec::List::new(&[mqtt_codec::TopicFilter::new("gone").unwrap()]),
        )));
        assert!(matches!(subscriber.receive(), Packet::Unsuback(_)));
        subscriber.kill();
        for round in 0..3 {
            let mut publisher = gateway.clean("p");
            for topic in ["a/x", "b", "gone"] {
                publisher.publish_1(topic, format!("{round}").as_bytes());
            }
            // Only while somebody is there.
            publisher.publish("a/x", b"QoS 0");
            publisher.expect_nothing();
            gateway = gateway.kill(&store.0);
        }
        let (mut subscriber, session_present) = gateway.keeping(version, "s");
        assert!(session_present);
        for round in 0..3 {
            for topic in ["a/x", "b"] {
                assert_eq!(subscriber.acknowledged_text(), format!("{topic} {round}"));
            }
        }
        subscriber.expect_nothing();
        // And that is kept too.
        let gateway = gateway.kill(&store.0);
        let (mut subscriber, session_present) = gateway.keeping(version, "s");
        assert!(session_present);
        subscriber.expect_nothing();
    }
}

/// Killed at every step of one exchange, both ways. MQTT 5.0 section 4.3.3
#[test]
fn qos_2_is_exactly_once_wherever_it_is_cut() {
    for version in BOTH {
        let store = no_file();
        let mut gateway = Killable::start(&store.0);
        gateway.keeping(version, "s").0.subscribe("a", QoS::ExactlyOnce);
        // To the gateway.
        let (mut publisher, _) = gateway.keeping(version, "p");
        publish_2(&mut publisher, 5, "a", b"once", false);
        expect_ack(&mut publisher, AckKind::Pubrec, 5);
        gateway = gateway.kill(&store.0);
        let (mut publisher, session_present) = gateway.keeping(version, "p");
        assert!(session_present);
        publish_2(&mut publisher, 5, "a", b"once", true);
        expect_ack(&mut publisher, AckKind::Pubrec, 5);
        publisher.send(&Packet::Ack(Ack::new(AckKind::Pubrel, id(5))));
        expect_ack(&mut publisher, AckKind::Pubcomp, 5);
        gateway = gateway.kill(&store.0);
        // The identifier is free for another message.
        let (mut publisher, _) = gateway.keeping(version, "p");
        publish_2(&mut publisher, 5, "a", b"twice", false);
        expect_ack(&mut publisher, AckKind::Pubrec, 5);
        // From the gateway.
        let mut first = None;
        for dup in [false, true] {
            let (mut subscriber, session_present) = gateway.keeping(version, "s");
            assert!(session_present);
            let publish = subscriber.message();
            let Delivery::ExactlyOnce { id, dup: is_dup } = publish.delivery else {
                panic!("{publish:?}");
            };
            assert_eq!((&*text_of(&publish), is_dup), ("a once", dup));
            assert_eq!(*first.get_or_insert(id), id);
            gateway = gateway.kill(&store.0);
        }
        let first = first.unwrap();
        let (mut subscriber, _) = gateway.keeping(version, "s");
        assert_eq!(subscriber.message().delivery.packet_id(), Some(first));
        let second = subscriber.message();
        let (text, second) = (text_of(&second), second.delivery.packet_id().unwrap());
        assert_eq!(text, "a twice");
        subscriber.send(&Packet::Ack(Ack::new(AckKind::Pubrec, first)));
        expect_ack(&mut subscriber, AckKind::Pubrel, first.get());
        gateway = gateway.kill(&store.0);
        let (mut subscriber, _) = gateway.keeping(version, "s");
        expect_ack(&mut subscriber, AckKind::Pubrel, first.get());
        let publish = subscriber.message();
        assert_eq!((&*text_of(&publish), publish.delivery.packet_id()), ("a twice", Some(second)));
        for (kind, id) in [(AckKind::Pubcomp, first), (AckKind::Pubrec, second)] {
            subscriber.send(&Packet::Ack(Ack::new(kind, id)));
        }
        expect_ack(&mut subscriber, AckKind::Pubrel, second.get());
        subscriber.send(&Packet::Ack(Ack::new(AckKind::Pubcomp, second)));
        subscriber.expect_nothing();
        gateway = gateway.kill(&store.0);
        gateway.keeping(version, "s").0.expect_nothing();
    }
}

#[test]
fn retained_messages_are_there_again_by_every_protocol() {
    let store = no_file();
    let gateway = Killable::start(&store.0);
    let mut client = gateway.clean("c");
    let properties = [
        Property::ContentType(Text::from_static("application/json")),
        Property::MessageExpiryInterval(1000),
        Property::UserProperty(Text::from_static("n"), Text::from_static("v")),
    ];
    client.publish_1_with("mqtt", b"[1]", true, &properties);
    client.publish_1_with("replaced", b"old", true, &[]);
    client.publish_1_with("replaced", b"new", true, &[]);
    client.publish_1_with("cleared", b"x", true, &[]);
    client.publish_1_with("cleared", b"", true, &[]);
    Http::new(gateway.http).put("/topics/http", "2").expect_status(201);
    let put = Owned::put("/ps/coap", "3");
    assert_eq!(Udp::new(gateway.coap).ask(&put).code, Code::CREATED);
    for topic in ["http", "replaced"] {
        Http::new(gateway.http).put(&format!("/topics/{topic}"), "again").expect_status(204);
    }
    Http::new(gateway.http).ask("DELETE /topics/replaced", &[], b"").expect_status(204);
    let gateway = gateway.kill(&store.0).kill(&store.0);
    let mut http = Http::new(gateway.http);
    let answer = http.get("/topics/mqtt");
    assert_eq!((answer.text(), answer.field("content-type")), ("[1]", Some("application/json")));
    http.get("/topics/http").expect(200, "again");
    Udp::new(gateway.coap).ask(&Owned::get("/ps/coap")).expect("3");
    for topic in ["replaced", "cleared"] {
        http.get(&format!("/topics/{topic}")).expect_refusal(404);
    }
    let mut client = gateway.clean("c");
    client.subscribe("mqtt", QoS::AtMostOnce);
    let publish = client.message();
    assert!(publish.retain);
    let left = publish.properties.message_expiry_interval().unwrap();
    assert!((900..=1000).contains(&left), "{left}");
    assert_eq!(publish.properties.user_properties().count(), 1);
}

#[test]
fn a_session_that_is_over_does_not_come_back() {
    let store = no_file();
    let gateway = Killable::start(&store.0);
    for id in ["clean", "disconnected", "short"] {
        gateway.keeping(Version::V5, id).0.subscribe("a", QoS::AtLeastOnce);
    }
    gateway.clean("clean").kill();
    let (mut client, _) = gateway.keeping(Version::V5, "disconnected");
    let zero = [Property::SessionExpiryInterval(0)];
    client.send(&Packet::Disconnect(mqtt_codec::Disconnect {
        properties: mqtt_codec::List::new(&zero),
        ..mqtt_codec::Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)
    }));
    client.expect_closed();
    let (client, _) = gateway.connect(&keeping(Version::V5, "short", &[]));
    client.kill();
    let gateway = gateway.kill(&store.0);
    for id in ["clean", "disconnected", "short"] {
        assert!(!gateway.keeping(Version::V5, id).1, "{id}");
    }
}

/// The connection is over with the gateway, so the will is due. MQTT 5.0 section 3.1.2.5
#[test]
fn a_kept_session_says_its_will_after_a_kill() {
    let store = no_file();
    let gateway = Killable::start(&store.0);
    gateway.keeping(Version::V5, "s").0.subscribe("will", QoS::AtLeastOnce);
    let will = Will::new(TopicName::new("will").unwrap(), b"gone");
    let keeping = keeping(Version::V5, "w", &[Property::SessionExpiryInterval(1000)]);
    let with_will = Connect { will: Some(Will { qos: QoS::AtLeastOnce, ..will }), ..keeping };
    let (mut client, _) = gateway.connect(&with_will);
    client.expect_nothing();
    let gateway = gateway.kill(&store.0);
    assert_eq!(gateway.keeping(Version::V5, "s").0.acknowledged_text(), "will gone");
    let (mut client, session_present) = gateway.connect(&with_will);
    assert!(session_present);
    client.expect_nothing();
    client.disconnect();
    let gateway = gateway.kill(&store.0);
    gateway.keeping(Version::V5, "s").0.expect_nothing();
}

#[test]
fn what_the_rules_do_not_allow_any_more_is_not_told_after_a_restart() {
    let store = no_file();
    let gateway = Killable::start(&store.0);
    let (mut client, _) = gateway.keeping(Version::V5, "s");
    for filter in ["a", "b"] {
        client.subscribe(filter, QoS::AtLeastOnce);
    }
    client.kill();
    for topic in ["a", "b"] {
        gateway.clean("p").publish_1(topic, b"1");
    }
    drop(gateway);
    let rules = File::new("anonymous read a\nanonymous write #\n");
    let gateway = Killable::start_with(&store.0, &["--access", rules.0.to_str().unwrap()]);
    let (mut client, session_present) = gateway.keeping(Version::V5, "s");
    assert!(session_present);
    assert_eq!(client.acknowledged_text(), "a 1");
    for topic in ["a", "b"] {
        gateway.clean("p").publish_1(topic, b"2");
    }
    assert_eq!(client.acknowledged_text(), "a 2");
    client.expect_nothing();
}

/// Whose will it is tells the name of the session. Who is no user any more may do nothing.
#[test]
fn a_will_that_the_rules_do_not_allow_any_more_is_not_said_after_a_restart() {
    const HOUR: [Property<'_>; 1] = [Property::SessionExpiryInterval(1000)];
    let store = no_file();
    let (before, after) = (File::users(&["alice", "bob"]), File::users(&["alice"]));
    let all = File::new("* readwrite #\nanonymous readwrite #\n");
    let some = File::new("* read #\n* write of/%u/%c\nalice write a\nanonymous write b\n");
    let start = |users: &File, rules: &File| {
        let [users, rules] = [users, rules].map(|file| file.0.to_str().unwrap());
        Killable::start_with(&store.0, &["--users", users, "--access", rules])
    };
    let of = |name: &'static str, id, will: Option<&'static str>| Connect {
        user_name: (!name.is_empty()).then(|| Text::from_static(name)),
        password: [("alice", "ecila"), ("bob", "bob")]
            .iter()
            .find(|one| one.0 == name)
            .map(|one| one.1.as_bytes()),
        will: will.map(|topic| Will {
            qos: QoS::AtLeastOnce,
            ..Will::new(TopicName::new(topic).unwrap(), b"gone")
        }),
        ..keeping(Version::V5, id, &HOUR)
    };
    let gateway = start(&before, &all);
    let (mut reader, _) = gateway.connect(&of("alice", "reader", None));
    reader.subscribe("#", QoS::AtLeastOnce);
    let clients = [
        ("alice", "c1", "a"),
        ("alice", "c2", "of/alice/c2"),
        ("alice", "c3", "of/alice/c2/x"),
        ("bob", "c4", "of/bob/c4"),
        ("", "c5", "b"),
        ("", "c6", "a"),
        ("", "c7 of alice", "of/alice/c7"),
        ("alice", "c8", "b"),
    ];
    let connect = |(name, id, will)| gateway.connect(&of(name, id, Some(will))).0;
    let clients = clients.map(connect);
    reader.expect_nothing();
    drop((gateway, clients));
    let gateway = start(&after, &some);
    let (mut reader, session_present) = gateway.connect(&of("alice", "reader", None));
    assert!(session_present);
    let mut said = [(); 3].map(|()| reader.acknowledged_text());
    said.sort();
    assert_eq!(said, ["a gone", "b gone", "of/alice/c2 gone"]);
    reader.expect_nothing();
}

#[test]
fn a_clean_end_keeps_everything_too() {
    let store = no_file();
    let mut gateway = Killable::start_with(&store.0, &["--run-for", "1s"]);
    let (mut client, _) = gateway.keeping(Version::V5, "s");
    client.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = gateway.clean("p");
    publisher.publish_1("a", b"1");
    assert_eq!(client.text(), "a 1"); // not acknowledged
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
    let gateway = Killable::start(&store.0);
    let (mut client, session_present) = gateway.keeping(Version::V5, "s");
    assert!(session_present);
    assert_eq!(client.acknowledged_text(), "a 1");
    client.expect_nothing();
}

#[test]
fn what_is_no_store_is_told_and_left_alone() {
    let text = "my diary\n";
    let file = File::new(text);
    let output = gateway(&["--mqtt-port", "0", "--store", file.0.to_str().unwrap()]);
    let output = { output }.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("not a store") && error.contains(file.0.to_str().unwrap()), "{error}");
    assert_eq!(std::fs::read_to_string(&file.0).unwrap(), text);
    // Nor do two gateways share one.
    let store = no_file();
    let _first = Killable::start(&store.0);
    let second = gateway(&["--mqtt-port", "0", "--store", store.0.to_str().unwrap()]);
    let output = { second }.output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("another gateway has it open"));
}
