//! Seeds decide what is sent, how it is cut, who loses its memory and when.

use std::collections::BTreeMap;

use mqtt_codec::session::{Client, Server};
use mqtt_codec::{QoS, Version};

use crate::random::Random;
use crate::world::{Machine, Side, settings};

/// What happened in all runs.
#[derive(Default)]
struct Totals(BTreeMap<&'static str, u64>);

fn run(seed: u64, totals: &mut Totals) {
    let mut random = Random::new(seed);
    let version = if random.one_in(2) { Version::V3 } else { Version::V5 };
    let mut messages = || -> Vec<QoS> {
        let count = random.below(12);
        (0..count).map(|_| QoS::new(random.below(3) as u8).unwrap()).collect()
    };
    let (from_client, from_server) = (messages(), messages());
    let client = Machine::Client(Client::new(version, settings()));
    let mut client = Side::new(client, version, &from_client);
    let mut server = Side::new(Machine::Server(Server::new(settings(), 0)), version, &from_server);

    let mut now_ms = 0;
    let calm = 200;
    for step in 0..5_000 {
        now_ms += random.below(20);
        let faults = step < calm;
        if !client.is_open {
            server.forget_connection();
            server.connect(now_ms);
            client.forget_connection();
            client.connect(now_ms);
        }
        // A cut in the network, with what is on the way lost; sometimes with somebody's memory.
        if faults && random.one_in(25) {
            if random.one_in(3) {
                client.restart(now_ms);
            }
            if random.one_in(3) {
                server.restart(now_ms);
            }
            client.is_open = false;
            *totals.0.entry("cut").or_default() += 1;
            continue;
        }
        client.act(&mut random, now_ms);
        server.act(&mut random, now_ms);
        for towards_server in [true, false] {
            let (from, to) = match towards_server {
                true => (&mut client, &mut server),
                false => (&mut server, &mut client),
            };
            let len = random.below(40).min(from.wire.len() as u64) as usize;
            let bytes: Vec<u8> = from.wire.drain(..len).collect();
            if let Err(error) = to.receive(&bytes, now_ms) {
                panic!("seed {seed} step {step}: {error}, {}", error.rule());
            }
            to.transmit(now_ms);
        }
        if !faults && client.is_done() && server.is_done() && client.is_connected() {
            let idle = client.wire.is_empty() && server.wire.is_empty();
            if idle {
                break;
            }
        }
    }
    for (side, peer, wanted) in [(&client, &server, &from_client), (&server, &client, &from_server)]
    {
        assert!(side.is_done(), "seed {seed}: something waits for ever");
        check(seed, wanted, &peer.memory.taken);
        for (what, count) in &side.counts {
            *totals.0.entry(what).or_default() += count;
        }
    }
}

/// QoS 0 at most once, QoS 1 at least once, QoS 2 exactly once.
fn check(seed: u64, wanted: &[QoS], taken: &[(u32, QoS)]) {
    for (handle, &qos) in wanted.iter().enumerate() {
        let count = taken.iter().filter(|&&(taken, _)| taken as usize == handle).count();
        let is_right = match qos {
            QoS::AtMostOnce => count <= 1,
            QoS::AtLeastOnce => count >= 1,
            QoS::ExactlyOnce => count == 1,
        };
        assert!(is_right, "seed {seed}: message {handle} of {qos:?} came {count} times");
    }
}

#[test]
fn every_message_arrives_as_often_as_it_should() {
    let mut totals = Totals::default();
    let seeds = std::env::var("SESSION_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    for seed in 0..seeds {
        run(seed, &mut totals);
    }
    for what in ["cut", "restart", "resumed", "Arrived", "Done", "Persist", "Send", "PublishHead"] {
        assert!(
            totals.0.get(what).is_some_and(|&count| count > seeds / 10),
            "{what}: {:?}",
            totals.0
        );
    }
}
