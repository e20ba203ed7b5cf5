//! Many at once.

use std::thread;
use std::time::Instant;

use mqtt_codec::{Connect, Packet, QoS, Text, Version};

use crate::client::{BOTH, Broker, Client};

#[test]
fn two_hundred_clients() {
    let broker = Broker::start();
    let start = Instant::now();
    let clients: Vec<Client> = (0..200)
        .map(|n| {
            let id = format!("client-{n}");
            let version = BOTH[n % 2];
            let mut client = Client::raw(broker.address, version);
            client.send(&Packet::Connect(Connect::new(version, Text::new(&id).unwrap())));
            client.connack();
            client.subscribe("all", QoS::AtLeastOnce);
            client
        })
        .collect();
    // Each says something, and everybody hears everything.
    let threads: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            thread::spawn(move || {
                client.publish("all", b"hello");
                (0..200).filter(|_| client.text() == "all hello").count()
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 200);
    }
    println!("200 clients, 40,000 deliveries: {:?}", start.elapsed());
}

#[test]
fn a_megabyte_to_three_clients() {
    let broker = Broker::start();
    for version in BOTH {
        let payload: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut receivers = ["r0", "r1", "r2"].map(|id| broker.client(version, id));
        for (n, receiver) in receivers.iter_mut().enumerate() {
            let qos = QoS::new(n as u8 % 2).unwrap();
            receiver.subscribe("big", qos);
        }
        let mut publisher = broker.client(version, "publisher");
        publisher.publish_1("big", &payload);
        for receiver in &mut receivers {
            assert!(receiver.message().payload == payload);
        }
    }
}

#[test]
fn one_thousand_messages_of_qos_1_in_order() {
    let broker = Broker::start();
    let mut subscriber = broker.client(Version::V5, "subscriber");
    subscriber.subscribe("a", QoS::AtLeastOnce);
    let mut publisher = broker.client(Version::V3, "publisher");
    for n in 0..1000 {
        publisher.publish_1("a", n.to_string().as_bytes());
    }
    for n in 0..1000 {
        assert_eq!(subscriber.acknowledged_text(), format!("a {n}"));
    }
}
