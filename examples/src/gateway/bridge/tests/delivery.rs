//! What becomes of messages.

use super::*;

const IN: &[&str] = &["--bridge-in=a", "--bridge-qos=2"];

/// Both brokers, the bridge, and its connection to each; SUBSCRIBE was answered.
async fn world(store: Option<&Temporary>, args: &[&str]) -> (Broker, Broker, Running, [Peer; 2]) {
    let (here, there) = (Broker::new().await, Broker::new().await);
    let bridge = Running::new(&here, &there, store, args);
    let at_here = here.accept(ACCEPTED).await;
    let mut at_there = there.accept(ACCEPTED).await;
    assert!(at_there.packet().await.starts_with("SUBSCRIBE 1 "));
    at_there.send(b"\x90\x04\0\x01\0\x02").await;
    (here, there, bridge, [at_here, at_there])
}

/// More come than go at once, and the rest waits, not acknowledged, while its source is cut off and what
/// went before arrives. It comes again, and must not be taken for what is on its way already.
#[tokio::test]
async fn what_waits_while_its_source_is_away_goes_over_once() {
    for store in [None, Some(Temporary::new())] {
        let (_here, there, _bridge, [mut at_here, mut at_there]) = world(store.as_ref(), IN).await;
        for id in 1..=30 {
            at_there.send(publish(2, id, false, &id.to_string(), &[])).await;
        }
        let mut first = Vec::new();
        for _ in 0..20 {
            first.push(at_here.packet().await);
        }
        assert!(first.iter().all(|packet| packet.starts_with("PUBLISH2")));
        at_here.is_silent().await;
        if store.is_some() {
            let ids = at_there.acknowledged("Pubrec", 20).await;
            assert_eq!(ids, (1..=20).collect::<Vec<_>>());
        }
        drop(at_there);
        // The first 20 to their end.
        let mut payloads = Vec::new();
        for packet in first {
            let id: u16 = packet.split(' ').nth(1).unwrap().parse().unwrap();
            let [high, low] = id.to_be_bytes();
            at_here.send([0x50, 2, high, low]).await;
            payloads.push(packet.split_once('=').unwrap().1.to_owned());
        }
        let mut open = 20;
        while open > 0 {
            let packet = at_here.packet().await;
            if let Some(id) = packet.strip_prefix("Pubrel ") {
                let [high, low] = id.parse::<u16>().unwrap().to_be_bytes();
                at_here.send([0x70, 2, high, low]).await;
                open -= 1;
            } else {
                // Without a store it goes on with what it has.
                assert!(store.is_none(), "{packet}");
                let id: u16 = packet.split(' ').nth(1).unwrap().parse().unwrap();
                let [high, low] = id.to_be_bytes();
                at_here.send([0x50, 2, high, low]).await;
                payloads.push(packet.split_once('=').unwrap().1.to_owned());
                open += 1;
            }
        }
        let mut at_there = there.accept(RESUMED).await;
        for id in 1..=30 {
            at_there.send(publish(2, id, true, &id.to_string(), &[])).await;
        }
        let left = 30 - payloads.len();
        payloads.extend(at_here.take(left).await);
        assert_eq!(payloads, texts(1..=30));
        let ids = at_there.acknowledged("Pubrec", 30).await;
        assert_eq!(ids, (1..=30).collect::<Vec<_>>());
        at_here.is_silent().await;
    }
}

/// The source has forgotten what waits here: nobody else has it, so it is on disk.
#[tokio::test]
async fn what_only_the_bridge_has_survives_a_kill() {
    let store = Temporary::new();
    let (here, there, bridge, [mut at_here, mut at_there]) = world(Some(&store), IN).await;
    for id in 1..=30 {
        at_there.send(publish(2, id, false, &id.to_string(), &[])).await;
    }
    for _ in 0..20 {
        assert!(at_here.packet().await.starts_with("PUBLISH2"));
    }
    drop(at_there);
    let mut at_there = there.accept(ACCEPTED).await;
    assert!(at_there.packet().await.starts_with("SUBSCRIBE"));
    at_there.is_silent().await;
    drop(at_here);
    bridge.kill().await;
    let _bridge = Running::new(&here, &there, Some(&store), IN);
    let mut at_here = here.accept(RESUMED).await;
    assert_eq!(at_here.take(30).await, texts(1..=30));
}

#[tokio::test]
async fn messages_of_qos_0_leave_the_disk_alone() {
    let store = Temporary::new();
    let (_here, _there, bridge, [mut at_here, mut at_there]) = world(Some(&store), IN).await;
    at_there.send(publish(1, 1, false, "first", &[])).await;
    assert_eq!(at_here.take(1).await, ["first"]);
    assert_eq!(at_there.packet().await, "Puback 1");
    at_here.is_silent().await;
    let disk = bridge.store.as_ref().unwrap();
    let before = disk.sequence();
    assert!(before > 0);
    for n in 0..50 {
        at_there.send(publish(0, 0, false, &n.to_string(), &[])).await;
        assert_eq!(at_here.packet().await, format!("PUBLISH0 0 a={n}"));
    }
    at_here.is_silent().await;
    assert_eq!(disk.sequence(), before);
    at_there.send(publish(1, 2, false, "last", &[])).await;
    assert_eq!(at_here.take(1).await, ["last"]);
    assert!(disk.sequence() > before);
}

/// In memory, while the side where it goes is away.
#[tokio::test]
async fn what_expires_here_goes_no_further() {
    let (here, _there, _bridge, [at_here, mut at_there]) = world(None, IN).await;
    drop(at_here);
    sleep(Duration::from_millis(50)).await;
    let expiry = |secs| [Property::MessageExpiryInterval(secs)];
    for (id, secs) in [(1, 1), (2, 100), (3, 0)] {
        at_there.send(publish(2, id, false, &id.to_string(), &expiry(secs))).await;
    }
    at_there.send(publish(2, 4, false, "4", &[])).await;
    sleep(Duration::from_millis(1200)).await;
    let mut at_here = here.accept(RESUMED).await;
    let packet = at_here.packet().await;
    let left: u32 = packet.split(' ').nth(2).unwrap().parse().unwrap();
    assert!((50..=99).contains(&left) && packet.starts_with("PUBLISH2 1 "), "{packet}");
    assert_eq!(at_here.packet().await, "PUBLISH2 2 a=4");
    assert_eq!(at_there.acknowledged("Pubrec", 1).await, [1]); // nobody waits for it
    at_here.is_silent().await;
}

/// On disk, while the gateway is down.
#[tokio::test]
async fn what_expires_on_disk_goes_no_further() {
    let store = Temporary::new();
    let (here, there, bridge, [mut at_here, mut at_there]) = world(Some(&store), IN).await;
    let expiry = |secs| [Property::MessageExpiryInterval(secs)];
    at_there.send(publish(2, 1, false, "1", &expiry(3))).await;
    at_there.send(publish(2, 2, false, "2", &expiry(100))).await;
    for id in ["1", "2"] {
        let packet = at_here.packet().await;
        assert!(packet.starts_with(&format!("PUBLISH2 {id} ")), "{packet}");
    }
    assert_eq!(at_there.acknowledged("Pubrec", 2).await, [1, 2]);
    drop((at_here, at_there));
    bridge.kill().await;
    sleep(Duration::from_millis(3200)).await;
    let _bridge = Running::new(&here, &there, Some(&store), IN);
    let mut at_here = here.accept(RESUMED).await;
    // The identifier of the first is given back: PUBREL, and what may come before it.
    let mut packets = [at_here.packet().await, at_here.packet().await];
    packets.sort();
    let [second, first] = packets;
    assert_eq!(first, "Pubrel 1");
    let left: u32 = second.split(' ').nth(3).unwrap().parse().unwrap();
    assert!((50..=97).contains(&left) && second.starts_with("PUBLISH2 2 dup "), "{second}");
    at_here.send(b"\x70\x02\0\x01").await;
    at_here.is_silent().await;
}

/// A broker that takes no QoS 2 and nothing retained gets all, as far as it takes it.
#[tokio::test]
async fn what_the_other_broker_does_not_take_goes_as_it_takes_it() {
    for store in [None, Some(Temporary::new())] {
        for most in [0, 1] {
            let (here, there) = (Broker::new().await, Broker::new().await);
            let bridge = Running::new(&here, &there, store.as_ref(), IN);
            let connack = [0x20, 7, 0, 0, 4, 0x24, most, 0x25, 0]; // Maximum QoS, Retain Available
            let (mut at_here, mut at_there) =
                (here.accept(&connack).await, there.accept(ACCEPTED).await);
            assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:2:Send");
            at_there.send(b"\x90\x04\0\x01\0\x02").await;
            let mut message = publish(2, 7, false, "x", &[]);
            message[0] |= 1; // RETAIN
            at_there.send(message).await;
            assert_eq!(at_here.packet().await, format!("PUBLISH{most} {most} a=x"));
            if most == 1 {
                at_here.send(b"\x40\x02\0\x01").await;
            }
            assert_eq!(at_there.packet().await, "Pubrec 7");
            bridge.kill().await;
        }
    }
}

/// In 3.1.1 nobody can be told what is too large; it must not come again for ever.
#[tokio::test]
async fn a_message_that_is_too_large_for_us_is_given_up() {
    let (here, there) = (Broker::new().await, Broker::new().await);
    let args = [IN, &["--bridge-version=3.1.1"]].concat();
    let bridge = Running::new(&here, &there, None, &args);
    let mut at_here = here.accept(ACCEPTED).await;
    let mut at_there = there.accept(b"\x20\x02\0\0").await;
    assert_eq!(at_there.packet().await, "SUBSCRIBE 1 a:2");
    at_there.send(b"\x90\x03\0\x01\x02").await;
    for (first, id) in [(0x30, None), (0x32, Some(1)), (0x34, Some(2))] {
        let head =
            [&b"\0\x01a"[..], id.map_or(&[][..], |id| if id == 1 { &[0, 1] } else { &[0, 2] })];
        let body = [&head.concat()[..], &[b'x'; 5000]].concat();
        let len = body.len();
        at_there.send([first, (len & 0x7F) as u8 | 0x80, (len >> 7) as u8]).await;
        at_there.send(body).await;
    }
    assert_eq!(at_there.packet().await, "Puback 1");
    assert_eq!(at_there.packet().await, "Pubrec 2");
    at_there.send(b"\x62\x02\0\x02\x34\x06\0\x01a\0\x03y").await;
    assert_eq!(at_there.packet().await, "Pubcomp 2");
    assert_eq!(at_here.take(1).await, ["y"]);
    assert_eq!(bridge.has_said("too large"), 3);
}

/// Its Maximum Packet Size and Receive Maximum are kept; what does not fit is told and is no obstacle.
#[tokio::test]
async fn the_other_brokers_limits_are_kept() {
    for store in [None, Some(Temporary::new())] {
        let (here, there) = (Broker::new().await, Broker::new().await);
        let bridge = Running::new(&here, &there, store.as_ref(), IN);
        // Receive Maximum 2, Maximum Packet Size 20
        let connack = b"\x20\x0B\0\0\x08\x21\0\x02\x27\0\0\0\x14";
        let (mut at_here, mut at_there) =
            (here.accept(connack).await, there.accept(ACCEPTED).await);
        assert!(at_there.packet().await.starts_with("SUBSCRIBE"));
        at_there.send(b"\x90\x04\0\x01\0\x02").await;
        at_there.send(publish(1, 1, false, &"x".repeat(20), &[])).await;
        for id in 2..=5 {
            at_there.send(publish(1, id, false, &id.to_string(), &[])).await;
        }
        for wanted in [["2", "3"], ["4", "5"]] {
            for payload in wanted {
                assert!(at_here.packet().await.ends_with(&format!(" a={payload}")));
            }
            at_here.is_silent().await;
            let ids = if wanted[0] == "2" { [1, 2] } else { [3, 4] };
            for id in ids {
                at_here.send([0x40, 2, 0, id]).await;
            }
        }
        assert_eq!(at_there.acknowledged("Puback", 5).await, [1, 2, 3, 4, 5]);
        assert_eq!(bridge.has_said("a message is lost"), 1);
    }
}
