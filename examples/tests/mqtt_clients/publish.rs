//! `mqtt-pub` at a server that says byte by byte what it answers.

use std::io::Write;
use std::path::PathBuf;

use crate::server::{ACCEPTED, RESUMED, Server, done, end, failed};

/// A file that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("mqtt-pub-{}-{name}", std::process::id())))
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn each_qos_waits_for_its_answers() {
    for (qos, publish, rounds) in [
        ("0", &b"\x30\x06\0\x01a\0hi"[..], &[][..]),
        ("1", b"\x32\x08\0\x01a\0\x01\0hi", &[(&b"\x40\x02\0\x01"[..], &b""[..])]),
        (
            "2",
            b"\x34\x08\0\x01a\0\x01\0hi",
            &[(b"\x50\x02\0\x01", b"\x62\x02\0\x01"), (b"\x70\x02\0\x01", b"")],
        ),
    ] {
        let server = Server::new();
        let client = server.publisher(&["-t", "a", "-m", "hi", "-q", qos]);
        let (mut peer, _) = server.accept(ACCEPTED);
        assert_eq!(peer.packet(), publish);
        for (answer, then) in rounds {
            peer.send(answer);
            if !then.is_empty() {
                assert_eq!(peer.packet(), *then);
            }
        }
        peer.goodbye();
        assert_eq!(done(client), "");
    }
}

#[test]
fn says_in_connect_what_it_was_told() {
    let server = Server::new();
    let will = ["--will-topic", "w", "--will-payload", "gone", "--will-qos", "1", "--will-retain"];
    let who = ["-i", "me", "-u", "user", "-P", "secret", "-k", "9", "-x", "60", "-V", "mqttv5"];
    let property =
        ["-D", "connect", "user-property", "a", "b", "-D", "will", "will-delay-interval", "5"];
    let client = server.publisher(&[&["-t", "a", "-n"][..], &will, &who, &property].concat());
    let (mut peer, connect) = server.accept(ACCEPTED);
    let text = connect.escape_ascii().to_string();
    // User name, password, will: retained, QoS 1; Clean Start. Keep Alive 9.
    assert!(text.contains(r"\x00\x04MQTT\x05\xee\x00\t"), "{text}");
    assert!(text.contains(r"\x11\x00\x00\x00<"), "{text}"); // Session Expiry Interval
    assert!(text.contains(r"&\x00\x01a\x00\x01b"), "{text}");
    let end = r"\x00\x02me\x05\x18\x00\x00\x00\x05\x00\x01w\x00\x04gone\x00\x04user\x00\x06secret";
    assert!(text.ends_with(end), "{text}");
    assert_eq!(peer.packet(), b"\x30\x04\0\x01a\0");
    peer.goodbye();
    done(client);

    let client = server.publisher(&["-t", "a", "-n", "-V", "3.1.1"]);
    let (mut peer, connect) = server.accept(b"\x20\x02\0\0");
    assert_eq!(connect, b"\x10\x0C\0\x04MQTT\x04\x02\0\x3C\0\0");
    assert_eq!(peer.packet(), b"\x30\x03\0\x01a");
    peer.goodbye();
    done(client);
}

#[test]
fn refusals_have_exit_codes() {
    let server = Server::new();
    for (version, connack, code, why) in [
        ("5", &b"\x20\x03\0\x87\0"[..], 135, "the server refuses: Not authorized"),
        ("5", b"\x20\x09\0\x9C\x06\x1C\0\x03b:1", 156, "go to b:1"),
        ("5", b"\x20\x03\0\x89\0", 137, "Server busy"),
        ("3.1.1", b"\x20\x02\0\x05", 135, "Not authorized"),
    ] {
        let client = server.publisher(&["-t", "a", "-n", "-V", version]);
        let (mut peer, _) = server.accept(connack);
        assert_eq!(peer.maybe(), None);
        let text = failed(client, code);
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_refused_message_is_a_failure() {
    let server = Server::new();
    let client = server.publisher(&["-t", "a", "-m", "x", "-q", "1"]);
    let (mut peer, _) = server.accept(ACCEPTED);
    peer.packet();
    peer.send(b"\x40\x09\0\x01\x87\x05\x1F\0\x02no");
    peer.goodbye();
    assert_eq!(failed(client, 1), "mqtt-pub: the message is refused: Not authorized: no\n");
}

#[test]
fn keeps_to_the_limits_of_the_server() {
    let server = Server::new();
    for (connack, args, why) in [
        (&b"\x20\x05\0\0\x02\x24\0"[..], &["-m", "x", "-q", "1"][..], "a QoS above its limit"),
        (b"\x20\x05\0\0\x02\x25\0", &["-m", "x", "-r"], "a retained message"),
        (b"\x20\x08\0\0\x05\x27\0\0\0\x08", &["-m", "longer"], "a packet larger than its limit"),
    ] {
        let client = server.publisher(&[&["-t", "a"], args].concat());
        let (mut peer, _) = server.accept(connack);
        peer.goodbye();
        assert_eq!(failed(client, 1), format!("mqtt-pub: the server does not take {why}\n"));
    }
    // Receive Maximum 1: the second waits for the answer to the first.
    let mut client = server.publisher(&["-t", "a", "-l", "-q", "1"]);
    client.stdin.take().unwrap().write_all(b"1\n2").unwrap();
    let (mut peer, _) = server.accept(b"\x20\x06\0\0\x03\x21\0\x01");
    assert!(peer.packet().ends_with(b"1"));
    peer.0.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    let mut byte = [0];
    assert!(std::io::Read::read(&mut peer.0, &mut byte).is_err());
    peer.0.set_read_timeout(None).unwrap();
    peer.send(b"\x40\x02\0\x01");
    assert!(peer.packet().ends_with(b"2"));
    peer.send(b"\x40\x02\0\x02");
    peer.goodbye();
    done(client);
}

#[test]
fn uses_topic_aliases_where_it_may() {
    let server = Server::new();
    let mut client = server.publisher(&["-t", "topic", "-l"]);
    client.stdin.take().unwrap().write_all(b"1\n2\n").unwrap();
    let (mut peer, _) = server.accept(b"\x20\x06\0\0\x03\x22\0\x05");
    assert_eq!(peer.packet(), b"\x30\x0C\0\x05topic\x03\x23\0\x011");
    assert_eq!(peer.packet(), b"\x30\x07\0\0\x03\x23\0\x012");
    peer.goodbye();
    done(client);
}

#[test]
fn a_large_file_goes_out_in_pieces() {
    let file = Scratch::new("large");
    let content: Vec<u8> = (0..3_000_000u32).map(|n| (n / 7) as u8).collect();
    std::fs::write(&file.0, &content).unwrap();
    let server = Server::new();
    for qos in ["0", "1"] {
        let client = server.publisher(&["-t", "a", "-f", file.name(), "-q", qos]);
        let (mut peer, _) = server.accept(ACCEPTED);
        let packet = peer.packet();
        assert!(packet.ends_with(&content));
        assert!(packet.len() < content.len() + 20);
        if qos == "1" {
            peer.send(b"\x40\x02\0\x01");
        }
        peer.goodbye();
        done(client);
    }
}

#[test]
fn goes_on_where_a_connection_broke() {
    let server = Server::new();
    for (args, answer, first) in [
        // The session is gone: the message is published again, as a new one.
        (&["-i", "me"][..], ACCEPTED, 0x34),
        // It is there: the message is sent again.
        (&["-i", "me", "-c"], RESUMED, 0x3C),
    ] {
        let client = server.publisher(&[&["-t", "a", "-m", "hi", "-q", "2"], args].concat());
        let (mut peer, _) = server.accept(ACCEPTED);
        assert_eq!(peer.packet()[0], 0x34);
        drop(peer);
        let (mut peer, _) = server.accept(answer);
        let again = peer.packet();
        assert_eq!(again[0], first);
        let id = [again[5], again[6]];
        peer.send([&[0x50, 2][..], &id].concat());
        assert_eq!(peer.packet(), [&[0x62, 2][..], &id].concat());
        peer.send([&[0x70, 2][..], &id].concat());
        peer.goodbye();
        let output = end(client);
        assert_eq!(output.status.code(), Some(0));
        let told = "mqtt-pub: the server has ended the connection; tries again\n";
        assert_eq!(String::from_utf8_lossy(&output.stderr), told);
    }
}

/// A message that was promised, and a program that was killed at every step of it.
#[test]
fn a_store_outlives_the_program() {
    let store = Scratch::new("store");
    let server = Server::new();
    let args = ["-t", "a", "-q", "2", "-i", "me", "-c", "--store", store.name(), "-m"];
    let mut client = server.publisher(&[&args[..], &["one"]].concat());
    let (mut peer, _) = server.accept(ACCEPTED);
    assert_eq!(peer.packet(), b"\x34\x09\0\x01a\0\x01\0one");
    client.kill().unwrap();
    client.wait().unwrap();

    // The next has a message of its own, behind that of the first.
    let mut client = server.publisher(&[&args[..], &["two"]].concat());
    let (mut peer, _) = server.accept(RESUMED);
    assert_eq!(peer.packet()[1..], b"\x09\0\x01a\0\x01\0one"[..]);
    assert_eq!(peer.packet(), b"\x34\x09\0\x01a\0\x02\0two");
    peer.send(b"\x50\x02\0\x01");
    assert_eq!(peer.packet(), b"\x62\x02\0\x01");
    client.kill().unwrap();
    client.wait().unwrap();

    // What the server has is not sent again, only released.
    let client = server.publisher(&[&args[..], &["three"]].concat());
    let (mut peer, _) = server.accept(RESUMED);
    let mut packets = [peer.packet(), peer.packet(), peer.packet()];
    packets.sort();
    assert_eq!(packets[0], b"\x34\x0B\0\x01a\0\x03\0three");
    assert_eq!(packets[1][1..], b"\x09\0\x01a\0\x02\0two"[..]);
    assert_eq!(packets[2], b"\x62\x02\0\x01");
    peer.send(b"\x70\x02\0\x01\x50\x02\0\x02\x50\x02\0\x03");
    assert_eq!(peer.packet(), b"\x62\x02\0\x02");
    assert_eq!(peer.packet(), b"\x62\x02\0\x03");
    peer.send(b"\x70\x02\0\x02\x70\x02\0\x03");
    peer.goodbye();
    done(client);

    let client = server.publisher(&["-t", "a", "-n", "-i", "you", "-c", "--store", store.name()]);
    assert!(failed(client, 1).contains("of another client identifier or version"));
}

#[test]
fn repeats_when_told() {
    let server = Server::new();
    let client =
        server.publisher(&["-t", "a", "-m", "x", "--repeat", "3", "--repeat-delay", "0.1"]);
    let begin = std::time::Instant::now();
    let (mut peer, _) = server.accept(ACCEPTED);
    for _ in 0..3 {
        assert_eq!(peer.packet(), b"\x30\x05\0\x01a\0x");
    }
    assert!(begin.elapsed() >= std::time::Duration::from_millis(200));
    peer.goodbye();
    done(client);
}
