//! Rules: who may read and write which topics, by every protocol.

use coap_codec::{Code, OptionNumber};
use mqtt_codec::{
    Connect, Packet, QoS, ReasonCode, Subscription, Text, TopicFilter, TopicName, Version, Will,
};
use sansio_examples::gateway::{Gateway, Options};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::client::{BOTH, Broker, Client};
use crate::coap_client::{Owned, Tcp, Udp};
use crate::coap_websocket::Coap;
use crate::http_client::Http;
use crate::users::{File, basic_of, broker, client_of, connect};

const RULES: &str = "\
# who may which topics
alice       readwrite  house/#
alice       read       $SYS/#
bob         read       house/+/temperature
bob         write      house/+/set
*           readwrite  of/%u/#
*           readwrite  at/%c/#
anonymous   read       public/#
anonymous   write      inbox
";

/// With users alice and bob and the rules above.
struct House {
    broker: Broker,
    _files: [File; 2],
}

impl House {
    fn new() -> Self {
        let (users, access) = (File::users(&["alice", "bob"]), File::new(RULES));
        Self { broker: broker(Some(&users), Some(&access)), _files: [users, access] }
    }

    fn of(&self, version: Version, name: &str, id: &'static str) -> Client {
        client_of(&self.broker, version, name, id)
    }

    fn anonymous(&self, version: Version, id: &'static str) -> Client {
        self.broker.client(version, id)
    }

    fn http(&self) -> Http {
        Http::new(self.broker.http)
    }

    /// Retained messages, one of each kind.
    fn furnish(&self) {
        let mut alice = self.of(Version::V5, "alice", "furnisher");
        for topic in ["house/a/temperature", "house/a/secret", "of/alice/x"] {
            alice.retain(topic, b"1");
        }
        let mut http = self.http();
        http.ask("PUT /topics/of/bob/x", &[&basic_of("bob")], b"1").expect_status(201);
        alice.expect_nothing();
    }
}

fn try_subscribe(client: &mut Client, filter: &str) -> ReasonCode {
    let filter = TopicFilter::new(filter).unwrap();
    client.try_subscribe(Subscription::new(filter, QoS::AtLeastOnce), &[])
}

/// MQTT 5.0 section 3.9.3, MQTT 3.1.1 section 3.9.3
#[test]
fn a_subscription_is_within_one_rule_or_not_granted() {
    let house = House::new();
    for version in BOTH {
        let refused = match version {
            Version::V3 => ReasonCode::UNSPECIFIED_ERROR,
            Version::V5 => ReasonCode::NOT_AUTHORIZED,
        };
        for (name, filter, granted) in [
            ("alice", "house/#", true),
            ("alice", "house/+/secret", true),
            ("alice", "$SYS/#", true),
            ("alice", "#", false),
            ("alice", "+/#", false),
            ("alice", "+/a/secret", false),
            ("alice", "of/+/x", false),
            ("alice", "of/alice/#", true),
            ("alice", "of/bob/#", false),
            ("alice", "at/c/#", true),
            ("alice", "at/d/#", false),
            ("alice", "public/#", false),
            ("alice", "$share/group/house/#", true),
            ("alice", "$share/group/#", false),
            ("bob", "house/+/temperature", true),
            ("bob", "house/a/temperature", true),
            ("bob", "house/+/+", false),
            ("bob", "house/a/set", false),
            ("bob", "$share/group/house/a/secret", false),
            ("bob", "$SYS/#", false),
            ("", "public/x", true),
            ("", "house/a/temperature", false),
            ("", "inbox", false),
            ("", "#", false),
        ] {
            let mut client = match name {
                "" => house.anonymous(version, "c"),
                name => house.of(version, name, "c"),
            };
            let expected = if granted { ReasonCode::GRANTED_QOS_1 } else { refused };
            assert_eq!(try_subscribe(&mut client, filter), expected, "{name} {filter}");
        }
    }
}

#[test]
fn what_may_not_be_read_never_comes() {
    let house = House::new();
    house.furnish();
    let mut bob = house.of(Version::V5, "bob", "c");
    for filter in ["#", "house/#", "house/+/+", "$share/g/#", "of/#"] {
        assert_eq!(try_subscribe(&mut bob, filter), ReasonCode::NOT_AUTHORIZED);
    }
    // Neither now nor retained.
    bob.expect_nothing();
    let mut alice = house.of(Version::V5, "alice", "c");
    assert_ne!(alice.publish_1("house/a/secret", b"2"), ReasonCode::NOT_AUTHORIZED);
    bob.expect_nothing();
    assert_eq!(try_subscribe(&mut bob, "house/+/temperature"), ReasonCode::GRANTED_QOS_1);
    assert_eq!(bob.text(), "house/a/temperature 1");
    bob.expect_nothing();
}

/// MQTT 5.0 section 3.4.2.1; 3.1.1 [MQTT-3.3.5-2]: a positive acknowledgement, and nothing is done.
#[test]
fn what_may_not_be_written_is_dropped() {
    let house = House::new();
    let mut alice = house.of(Version::V5, "alice", "reader");
    alice.subscribe("house/#", QoS::AtMostOnce);
    for version in BOTH {
        for name in ["bob", ""] {
            let mut client = match name {
                "" => house.anonymous(version, "c"),
                name => house.of(version, name, "c"),
            };
            let expected = match version {
                Version::V3 => ReasonCode::SUCCESS,
                Version::V5 => ReasonCode::NOT_AUTHORIZED,
            };
            assert_eq!(client.publish_1("house/a/temperature", b"no"), expected);
            assert_eq!(client.publish_1_with("house/a/secret", b"no", true, &[]), expected);
            assert_eq!(client.publish_1_with("$SYS/x", b"no", true, &[]), expected);
            client.publish("house/a/temperature", b"no");
            client.retain("house/a/secret", b"no");
            // It goes on: this is no fault of the protocol.
            client.expect_nothing();
        }
    }
    alice.expect_nothing();
    house.http().ask("GET /topics/house/a/secret", &[&basic_of("alice")], b"").expect_refusal(404);
    let mut bob = house.of(Version::V5, "bob", "c");
    assert_eq!(bob.publish_1("house/a/set", b"yes"), ReasonCode::SUCCESS);
    assert_eq!(alice.text(), "house/a/set yes");
}

/// By the alias no more than by the name.
#[test]
fn an_alias_is_the_topic_it_stands_for() {
    let house = House::new();
    let mut alice = house.of(Version::V5, "alice", "reader");
    alice.subscribe("house/#", QoS::AtMostOnce);
    let mut bob = house.of(Version::V5, "bob", "c");
    let alias = |n| mqtt_codec::Property::TopicAlias(std::num::NonZeroU16::new(n).unwrap());
    let mut publish = |topic: &str, n| {
        let (topic, properties) = (TopicName::new(topic), [alias(n)]);
        let topic = topic.unwrap_or(TopicName::EMPTY);
        bob.send(&Packet::Publish(mqtt_codec::Publish {
            properties: mqtt_codec::List::new(&properties),
            ..mqtt_codec::Publish::new(topic, b"x")
        }));
    };
    publish("house/a/secret", 1);
    publish("", 1);
    publish("house/a/set", 2);
    publish("", 2);
    bob.expect_nothing();
    for _ in 0..2 {
        assert_eq!(alice.text(), "house/a/set x");
    }
    alice.expect_nothing();
}

#[test]
fn a_will_that_may_not_be_published_is_refused_at_once() {
    let house = House::new();
    for version in BOTH {
        for (topic, reason) in [
            ("inbox", ReasonCode::SUCCESS),
            ("house/a/set", ReasonCode::NOT_AUTHORIZED),
            ("public/x", ReasonCode::NOT_AUTHORIZED),
        ] {
            let mut client = Client::raw(house.broker.address, version);
            client.send(&Packet::Connect(Connect {
                will: Some(Will::new(TopicName::new(topic).unwrap(), b"gone")),
                ..Connect::new(version, Text::from_static("c"))
            }));
            assert_eq!(client.connack().reason_code, reason, "{topic}");
        }
    }
}

#[test]
fn names_with_wildcards_make_no_rule_wider() {
    let house = House::new();
    for id in ["+", "#", "a/b", "$SYS"] {
        let mut client = house.of(Version::V5, "alice", id);
        for filter in ["at/+/x", "at/#", "at/a/b/x", "at/$SYS/x", "at/c/x"] {
            let told = try_subscribe(&mut client, filter);
            assert_eq!(told, ReasonCode::NOT_AUTHORIZED, "{id} {filter}");
        }
        for topic in ["at/a/b/x", "at/$SYS/x", "at/c/x"] {
            assert_eq!(client.publish_1(topic, b"x"), ReasonCode::NOT_AUTHORIZED, "{id} {topic}");
        }
    }
    // A client that chooses no name gets one that no other has.
    let says = (Some("alice"), Some("ecila"));
    let (mut client, _) = connect(house.broker.address, Version::V5, "", says);
    assert_eq!(client.publish_1("at//x", b"x"), ReasonCode::NOT_AUTHORIZED);
}

#[test]
fn over_http_a_topic_is_what_its_rules_say() {
    let house = House::new();
    house.furnish();
    let mut http = house.http();
    let (alice, bob) = (basic_of("alice"), basic_of("bob"));
    for (line, field, status) in [
        ("GET /topics/house/a/temperature", &*bob, 200),
        ("HEAD /topics/house/a/temperature", &bob, 200),
        ("GET /topics/house/a/secret", &bob, 403),
        ("HEAD /topics/house/a/secret", &bob, 403),
        ("GET /topics/house/b/secret", &bob, 403),
        ("GET /topics/house/a/secret", &alice, 200),
        ("GET /topics/of/bob/x", &alice, 403),
        ("PUT /topics/house/a/temperature", &bob, 403),
        ("POST /topics/house/a/temperature", &bob, 403),
        ("DELETE /topics/house/a/temperature", &bob, 403),
        // Who may only write is not told whether there was something.
        ("PUT /topics/house/new/set", &bob, 204),
        ("PUT /topics/house/new/set", &bob, 204),
        ("GET /topics/house/new/set", &bob, 403),
        ("DELETE /topics/house/new/set", &bob, 204),
        ("PUT /topics/house/new/set", &alice, 201),
        // There is no client identifier.
        ("PUT /topics/at/c/x", &alice, 403),
        ("GET /topics/house/a/temperature", "", 401),
        ("GET /topics/public/x", "", 404),
        ("PUT /topics/public/x", "", 401),
        ("PUT /topics/inbox", "", 204),
        ("GET /topics/inbox", "", 401),
        ("OPTIONS /topics/house/a/secret", "", 204),
        ("GET /", "", 200),
    ] {
        let fields = Vec::from_iter(Some(field).filter(|field| !field.is_empty()));
        let is_put = line.starts_with('P');
        let answer = http.ask(line, &fields, if is_put { b"1" } else { b"" });
        assert_eq!(answer.status, status, "{line} {field}");
        assert_eq!(answer.field("www-authenticate").is_some(), status == 401, "{line} {field}");
    }
    // Nor by a condition.
    for condition in ["If-None-Match: *", "If-Match: *", "If-Match: \"x\""] {
        for topic in ["house/new/set", "house/never/set"] {
            let line = format!("PUT /topics/{topic}");
            http.ask(&line, &[condition, &bob], b"1").expect_refusal(403);
        }
    }
}

fn topics_of(text: &str) -> Vec<String> {
    let items: Vec<Value> = serde_json::from_str(text).unwrap();
    items.iter().map(|item| item["topic"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_has_what_its_reader_may_read() {
    let house = House::new();
    house.furnish();
    let mut http = house.http();
    let (alice, bob) = (basic_of("alice"), basic_of("bob"));
    let all_of_alice = ["house/a/secret", "house/a/temperature", "of/alice/x"];
    for (fields, topics) in [
        (&[&*alice][..], &all_of_alice[..]),
        (&[&bob], &["house/a/temperature", "of/bob/x"]),
        (&[], &[]),
        // What was made for one is not shown to another.
        (&[&alice], &all_of_alice),
    ] {
        assert_eq!(topics_of(http.ask("GET /topics", fields, b"").text()), topics);
        for path in ["/.well-known/core", "/coap/.well-known/core", "/coap/ps"] {
            let answer = http.ask(&format!("GET {path}"), fields, b"");
            assert_eq!(answer.status, 200);
            for topic in ["house/a/secret", "house/a/temperature", "of/alice/x", "of/bob/x"] {
                let is_there = answer.text().contains(&format!("/{topic}>"));
                assert_eq!(is_there, topics.contains(&topic), "{path} {topic} {fields:?}");
            }
        }
    }
    http.ask("GET /topics?filter=house/%23", &[&bob], b"");
    assert_eq!(http.ask("GET /coap/ps/house/a/secret", &[&bob], b"").status, 403);
    assert_eq!(http.ask("GET /coap/ps/house/a/secret", &[&alice], b"").status, 200);
    let answer = http.get("/coap/ps/house/a/secret");
    assert_eq!(answer.expect_refusal(401).field("www-authenticate").map(str::len), Some(38));
}

#[test]
fn events_are_followed_within_one_rule() {
    let house = House::new();
    house.furnish();
    let mut http = house.http();
    let bob = basic_of("bob");
    for target in ["/events", "/events?filter=house/%23", "/events?filter=house/a/secret"] {
        http.ask(&format!("GET {target}"), &[&bob], b"").expect_refusal(403);
        http.get(target).expect_refusal(401);
    }
    http.say("GET /events?filter=house/%2B/temperature", &[&bob], b"");
    assert_eq!(http.head().status, 200);
    let mut event = || String::from_utf8(http.chunk().unwrap()).unwrap();
    assert!(event().contains(r#""topic":"house/a/temperature","payload":"1""#));
    let mut alice = house.of(Version::V5, "alice", "c");
    alice.publish("house/a/secret", b"2");
    alice.publish("house/b/temperature", b"3");
    assert!(event().contains(r#""topic":"house/b/temperature","payload":"3""#));
}

/// 4.01, as another client could say who it is: over WebSocket. RFC 7252 section 5.9.2.2
#[test]
fn coap_is_anonymous() {
    let house = House::new();
    house.furnish();
    let mut alice = house.of(Version::V5, "alice", "c");
    alice.subscribe("house/#", QoS::AtMostOnce);
    assert_eq!(alice.text(), "house/a/secret 1");
    assert_eq!(alice.text(), "house/a/temperature 1");
    let mut udp = Udp::new(house.broker.coap);
    let mut tcp = Tcp::new(house.broker.coap);
    let fetch = Owned { payload: b"#".into(), ..Owned::request(Code::FETCH, "/ps") };
    let observe = |path| Owned::get(path).with_uint(OptionNumber::OBSERVE, 0);
    for (request, code) in [
        (Owned::get("/ps/house/a/temperature"), Code::UNAUTHORIZED),
        (observe("/ps/house/a/temperature"), Code::UNAUTHORIZED),
        (observe("/ps/house/never"), Code::UNAUTHORIZED),
        (Owned::put("/ps/house/a/temperature", "2"), Code::UNAUTHORIZED),
        (Owned::request(Code::DELETE, "/ps/house/a/temperature"), Code::UNAUTHORIZED),
        (Owned::put("/ps/inbox", "2"), Code::CHANGED),
        (Owned::get("/ps/inbox"), Code::UNAUTHORIZED),
        (Owned::get("/ps/public/x"), Code::NOT_FOUND),
        (Owned::put("/ps/public/x", "2"), Code::UNAUTHORIZED),
        (Owned::request(Code::POST, "/rd?ep=node"), Code::UNAUTHORIZED),
        (Owned::put("/rd/1", ""), Code::UNAUTHORIZED),
        (Owned::request(Code::DELETE, "/rd/1"), Code::UNAUTHORIZED),
        (Owned::get("/rd-lookup/ep"), Code::UNAUTHORIZED),
        (Owned::get("/rd-lookup/res"), Code::UNAUTHORIZED),
        (Owned::get("/ps"), Code::CONTENT),
        (fetch, Code::CONTENT),
    ] {
        for answer in [udp.ask(&request), tcp.ask(&request)] {
            assert_eq!(answer.code, code, "{request:?}");
            assert!(code != Code::CONTENT || answer.payload.is_empty());
            assert_eq!(answer.option(OptionNumber::OBSERVE), None);
        }
    }
    // Nobody observes it.
    alice.publish("house/a/temperature", b"3");
    assert_eq!(alice.text(), "house/a/temperature 3");
    udp.expect_nothing();
    let answer = tcp.ask(&Owned::get("/ps/public/x").with_token(b"last"));
    assert_eq!((&*answer.token, answer.code), (&b"last"[..], Code::NOT_FOUND));
}

#[test]
fn coap_over_websocket_is_who_the_handshake_says() {
    let house = House::new();
    house.furnish();
    let mut coap = Coap::over_with(house.http(), &[basic_of("bob")]);
    coap.say_csm();
    coap.ask(&Owned::get("/ps/house/a/temperature")).expect("1");
    assert_eq!(coap.ask(&Owned::get("/ps/house/a/secret")).code, Code::FORBIDDEN);
    assert_eq!(coap.ask(&Owned::get("/rd-lookup/ep")).code, Code::FORBIDDEN);
    let mut nobody = Coap::over_with(house.http(), &[]);
    nobody.say_csm();
    let answer = nobody.ask(&Owned::get("/ps/house/a/temperature"));
    assert_eq!(answer.code, Code::UNAUTHORIZED);
}

/// Its name in rules is `$rd`, which no wildcard takes.
#[test]
fn the_directory_is_there_for_whom_a_rule_names_it() {
    for (rules, look, register) in [
        ("anonymous readwrite #", Code::FORBIDDEN, Code::FORBIDDEN),
        ("anonymous read $rd", Code::CONTENT, Code::FORBIDDEN),
        ("anonymous readwrite $rd", Code::CONTENT, Code::CREATED),
    ] {
        let access = File::new(rules);
        let broker = broker(None, Some(&access));
        let mut udp = Udp::new(broker.coap);
        assert_eq!(udp.ask(&Owned::request(Code::POST, "/rd?ep=node")).code, register);
        assert_eq!(udp.ask(&Owned::get("/rd-lookup/ep")).code, look);
    }
}

/// Without users nobody can say more: 403 and 4.03.
#[test]
fn rules_alone_are_for_everybody() {
    let access = File::new("anonymous read a/#\nanonymous write b/%c\n");
    let broker = broker(None, Some(&access));
    let mut client = broker.client(Version::V5, "c");
    assert_eq!(try_subscribe(&mut client, "a/#"), ReasonCode::GRANTED_QOS_1);
    assert_eq!(try_subscribe(&mut client, "b/c"), ReasonCode::NOT_AUTHORIZED);
    assert_ne!(client.publish_1("b/c", b"1"), ReasonCode::NOT_AUTHORIZED);
    assert_eq!(client.publish_1("b/d", b"1"), ReasonCode::NOT_AUTHORIZED);
    let mut http = Http::new(broker.http);
    let answer = http.put("/topics/a/b", "1");
    assert_eq!(answer.expect_refusal(403).field("www-authenticate"), None);
    assert_eq!(Udp::new(broker.coap).ask(&Owned::put("/ps/a/b", "1")).code, Code::FORBIDDEN);
    // As before: a name that nobody asks for.
    let says = (Some("alice"), Some("x"));
    let (_, told) = connect(broker.address, Version::V3, "c", says);
    assert_eq!(told, ReasonCode::SUCCESS);
}

#[test]
fn a_wrong_rule_is_told_with_its_line() {
    let users = File::users(&["alice"]);
    for (text, why) in [
        ("alice read a\ncarol read a\n", "line 2: there is no user \"carol\""),
        ("# x\n\nalice red a\n", "line 3: \"red\" is not read, write or readwrite"),
        ("alice read a/#/b\n", "line 1: not a topic filter"),
        ("anonymous read %u\n", "line 1: %u"),
    ] {
        let access = File::new(text);
        let (users, path) = (Some(users.0.clone()), access.0.clone());
        let options = Options { users, access: Some(path), ..Options::default() };
        let start = Gateway::start(options);
        let error = Runtime::new().unwrap().block_on(start).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
