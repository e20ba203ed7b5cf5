//! What both sides are asked for.

use super::*;

const OUT: &[&str] = &["--bridge-out=a"];
const SUBACK: &[u8] = b"\x90\x04\0\x01\0\x01";

/// Retained messages come when they can go over, whatever was there before.
#[tokio::test]
async fn retained_messages_are_asked_for_once_both_sides_are_there() {
    let store = Temporary::new();
    let (here, there) = (Broker::new().await, Broker::new().await);
    let bridge = Running::new(&here, &there, Some(&store), OUT);
    let mut at_here = here.accept(ACCEPTED).await;
    // What is published from now on waits there.
    assert_eq!(at_here.packet().await, "SUBSCRIBE 1 a:1:DoNotSend");
    at_here.send(SUBACK).await;
    at_here.is_silent().await;
    let mut at_there = there.accept(ACCEPTED).await;
    assert_eq!(at_here.packet().await, "SUBSCRIBE 2 a:1:Send");
    let mut retained = publish(0, 0, false, "retained", &[]);
    retained[0] |= 1;
    at_here.send([b"\x90\x04\0\x02\0\x01", &retained[..]].concat()).await;
    assert_eq!(at_there.packet().await, "PUBLISH0 0 retain a=retained");
    // Nothing is asked for again in this life,
    drop(at_here);
    let mut at_here = here.accept(RESUMED).await;
    at_here.is_silent().await;
    // unless the session is lost.
    drop(at_here);
    let mut at_here = here.accept(ACCEPTED).await;
    assert_eq!(at_here.packet().await, "SUBSCRIBE 3 a:1:Send");
    at_here.send(b"\x90\x04\0\x03\0\x01").await;
    at_here.is_silent().await;
    drop((at_here, at_there));
    bridge.kill().await;
    // In the next life what has come does not come again.
    let _bridge = Running::new(&here, &there, Some(&store), OUT);
    let (mut at_here, _at_there) = (here.accept(RESUMED).await, there.accept(RESUMED).await);
    let packet = at_here.packet().await;
    assert!(packet.ends_with(" a:1:SendIfNew"), "{packet}");
}

/// Who was killed before the other side was there has not had them: the session exists, but not for that.
#[tokio::test]
async fn retained_messages_that_were_not_asked_for_are_asked_for_in_the_next_life() {
    let store = Temporary::new();
    let (here, there) = (Broker::new().await, Broker::new().await);
    let bridge = Running::new(&here, &there, Some(&store), OUT);
    let mut at_here = here.accept(ACCEPTED).await;
    assert_eq!(at_here.packet().await, "SUBSCRIBE 1 a:1:DoNotSend");
    at_here.send(SUBACK).await;
    at_here.is_silent().await;
    drop(at_here);
    bridge.kill().await;
    let _at_there = there.0.accept().await; // of the killed one
    let _bridge = Running::new(&here, &there, Some(&store), OUT);
    let (mut at_here, _at_there) = (here.accept(RESUMED).await, there.accept(RESUMED).await);
    let mut packet = at_here.packet().await;
    if packet == "SUBSCRIBE 2 a:1:DoNotSend" {
        at_here.send(b"\x90\x04\0\x02\0\x01").await;
        packet = at_here.packet().await;
    }
    assert!(packet.ends_with(" a:1:Send"), "{packet}");
}

/// What comes from the other broker has to go somewhere.
#[tokio::test]
async fn the_other_broker_is_asked_once_this_side_is_there() {
    for version in ["5", "3.1.1"] {
        let (here, there) = (Broker::new().await, Broker::new().await);
        let version = format!("--bridge-version={version}");
        let _bridge = Running::new(&here, &there, None, &["--bridge-in=a", &version]);
        let connack = if version.ends_with('5') { ACCEPTED } else { b"\x20\x02\0\0" };
        let mut at_there = there.accept(connack).await;
        at_there.is_silent().await;
        let _at_here = here.accept(ACCEPTED).await;
        assert!(at_there.packet().await.starts_with("SUBSCRIBE 1 a:1"));
    }
}

/// What an earlier life has subscribed to is given back, and what came of it goes nowhere.
#[tokio::test]
async fn topics_may_change_between_two_lives() {
    let store = Temporary::new();
    let (here, there) = (Broker::new().await, Broker::new().await);
    let args = ["--bridge-in=a", "--bridge-in=b/#"];
    let bridge = Running::new(&here, &there, Some(&store), &args);
    let (at_here, mut at_there) = (here.accept(ACCEPTED).await, there.accept(ACCEPTED).await);
    assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:1:Send b/#:1:Send");
    at_there.send(b"\x90\x05\0\x01\0\x01\x01").await;
    at_there.is_silent().await;
    drop((at_here, at_there));
    bridge.kill().await;
    let args = ["--bridge-in=b/#", "--bridge-in=c"];
    let _bridge = Running::new(&here, &there, Some(&store), &args);
    let (mut at_here, mut at_there) = (here.accept(RESUMED).await, there.accept(RESUMED).await);
    at_there.send(publish(1, 7, false, "of an earlier life", &[])).await;
    let mut packets = [(); 3].map(|()| String::new());
    for packet in &mut packets {
        *packet = at_there.packet().await;
    }
    packets.sort();
    let [puback, subscribe, unsubscribe] = packets;
    assert_eq!(puback, "Puback 7");
    assert!(subscribe.ends_with(" b/#:1:SendIfNew c:1:Send"), "{subscribe}");
    assert!(
        unsubscribe.starts_with("UNSUBSCRIBE ") && unsubscribe.ends_with(" a"),
        "{unsubscribe}"
    );
    at_here.is_silent().await;
}

/// A session at another broker, or of another name, knows nothing of what the last one had.
#[tokio::test]
async fn another_session_is_asked_for_all() {
    let store = Temporary::new();
    let (here, there) = (Broker::new().await, Broker::new().await);
    let bridge = Running::new(&here, &there, Some(&store), &["--bridge-in=a", "--bridge-in=b"]);
    let (at_here, mut at_there) = (here.accept(ACCEPTED).await, there.accept(ACCEPTED).await);
    assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:1:Send b:1:Send");
    at_there.send(b"\x90\x05\0\x01\0\x01\x01").await;
    at_there.is_silent().await;
    drop((at_here, at_there));
    bridge.kill().await;
    let args = ["--bridge-in=a", "--bridge-id=other"];
    let _bridge = Running::new(&here, &there, Some(&store), &args);
    let (_at_here, mut at_there) = (here.accept(RESUMED).await, there.accept(RESUMED).await);
    assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:1:Send");
    at_there.is_silent().await;
}

/// A broker that takes no wildcards is not asked over and over, and the rest goes on.
#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let (here, there) = (Broker::new().await, Broker::new().await);
    let bridge = Running::new(&here, &there, None, &["--bridge-in=b/#", "--bridge-out=a"]);
    let mut at_here = here.accept(ACCEPTED).await;
    let no_wildcards = b"\x20\x05\0\0\x02\x28\0"; // Wildcard Subscription Available
    let mut at_there = there.accept(no_wildcards).await;
    if at_here.packet().await == "SUBSCRIBE 1 a:1:DoNotSend" {
        at_here.send(SUBACK).await;
        assert_eq!(at_here.packet().await, "SUBSCRIBE 2 a:1:Send");
    }
    at_here.send(publish(0, 0, false, "goes on", &[])).await;
    assert_eq!(at_there.packet().await, "PUBLISH0 0 a=goes on");
    assert_eq!(bridge.has_said("cannot subscribe: "), 1);
}

/// With its prefix a topic may be longer than a topic name is.
#[tokio::test]
async fn a_topic_that_has_no_name_there_is_told() {
    let (here, there) = (Broker::new().await, Broker::new().await);
    let prefix = format!("--bridge-local-prefix={}", "x".repeat(65_535));
    let bridge = Running::new(&here, &there, None, &["--bridge-in=a", &prefix]);
    let mut at_here = here.accept(ACCEPTED).await;
    let mut at_there = there.accept(ACCEPTED).await;
    assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:1:Send");
    at_there.send(SUBACK).await;
    at_there.send(publish(1, 7, false, "x", &[])).await;
    assert_eq!(at_there.packet().await, "Puback 7");
    at_here.is_silent().await;
    assert_eq!(bridge.has_said("would be no topic name"), 1);
}

/// A gateway whose bridge cannot begin leaves the store to the next attempt.
#[tokio::test]
async fn who_cannot_begin_gives_the_store_back() {
    let store = Temporary::new();
    let path = store.0.to_str().unwrap();
    let args = ["--mqtt-port=0", "--no-coap", "--no-http", "--no-sensors", "--quiet"];
    let args = [&args[..], &["--store", path, "--bridge-in=a"]].concat();
    let start = async |more: &[&str]| {
        let args = args.iter().chain(more).map(|arg: &&str| (*arg).to_owned());
        match crate::gateway::Options::parse(args).unwrap() {
            crate::gateway::Command::Run(options) => crate::gateway::Gateway::start(*options).await,
            command => panic!("{command:?}"),
        }
    };
    let error = start(&["--bridge=mqtts://localhost", "--bridge-cafile=/nowhere"]).await;
    assert!(matches!(error, Err(crate::gateway::StartError::Bridge(_))), "{error:?}");
    let gateway = start(&["--bridge=mqtt://127.0.0.1:9"]).await.unwrap();
    gateway.end().await;
}
