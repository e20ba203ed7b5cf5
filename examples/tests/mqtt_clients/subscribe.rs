//! `mqtt-sub` at a server that says byte by byte what it sends.

use std::io::Read;

use crate::server::{ACCEPTED, Peer, RESUMED, Server, done, end, failed};

/// Behind SUBSCRIBE and its answer.
fn subscribed(server: &Server, answer: &[u8], suback: &[u8]) -> Peer {
    let (mut peer, _) = server.accept(answer);
    assert_eq!(peer.packet()[0], 0x82);
    peer.send(suback);
    peer
}

const SUBACK: &[u8] = b"\x90\x04\0\x01\0\0";

#[test]
fn tells_why_the_server_ends_the_connection() {
    let server = Server::new();
    for (then, message) in [
        (&[0xE0, 1, 0x8E][..], "mqtt-sub: disconnected: Session taken over\n"),
        (&[0xE0, 0], "mqtt-sub: disconnected: Normal disconnection\n"),
    ] {
        let client = server.subscriber(&["-t", "a"]);
        let mut peer = subscribed(&server, ACCEPTED, then);
        assert_eq!(peer.maybe(), None);
        assert_eq!(failed(client, 1), message);
    }
}

#[test]
fn tells_the_server_what_is_wrong_with_its_packet() {
    let server = Server::new();
    // A PUBLISH with reserved flags, and a CONNECT, which no server sends.
    for (then, reason) in [(&[0x36, 0][..], 0x81), (&[0x10, 0], 0x82)] {
        let client = server.subscriber(&["-t", "a"]);
        let mut peer = subscribed(&server, ACCEPTED, then);
        assert_eq!(peer.packet(), [0xE0, 1, reason]);
        assert!(failed(client, 1).starts_with("mqtt-sub: the server sent "));
    }
}

#[test]
fn shows_and_acknowledges_each_qos() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a/#", "-t", "b", "-q", "2", "-v", "-C", "3"]);
    let (mut peer, _) = server.accept(ACCEPTED);
    assert_eq!(peer.packet(), b"\x82\x0D\0\x01\0\0\x03a/#\x02\0\x01b\x02");
    peer.send(b"\x90\x05\0\x01\0\x02\x02");
    peer.send(b"\x30\x05\0\x01b\x000\x32\x07\0\x01b\0\x07\x001");
    assert_eq!(peer.packet(), b"\x40\x02\0\x07");
    peer.send(b"\x34\x09\0\x03a/b\0\x08\x002");
    assert_eq!(peer.packet(), b"\x50\x02\0\x08");
    peer.goodbye();
    assert_eq!(done(client), "b 0\nb 1\na/b 2\n");
}

#[test]
fn a_message_of_qos_2_is_shown_once() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-q", "2", "-C", "2"]);
    let mut peer = subscribed(&server, ACCEPTED, b"\x90\x04\0\x01\0\x02");
    peer.send(b"\x34\x07\0\x01a\0\x08\x00x");
    assert_eq!(peer.packet(), b"\x50\x02\0\x08");
    peer.send(b"\x3C\x07\0\x01a\0\x08\x00x");
    assert_eq!(peer.packet(), b"\x50\x02\0\x08");
    peer.send(b"\x62\x02\0\x08");
    assert_eq!(peer.packet(), b"\x70\x02\0\x08");
    peer.send(b"\x30\x05\0\x01a\x00y");
    peer.goodbye();
    assert_eq!(done(client), "x\ny\n");
}

#[test]
fn reads_topic_aliases() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-v", "-C", "2"]);
    let mut peer = subscribed(&server, ACCEPTED, SUBACK);
    peer.send(b"\x30\x08\0\x01a\x03\x23\0\x01x\x30\x07\0\0\x03\x23\0\x01y");
    peer.goodbye();
    assert_eq!(done(client), "a x\na y\n");
}

#[test]
fn a_payload_larger_than_any_buffer_passes_through() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-q", "1", "-C", "1", "-F", "%l %t %x."]);
    let mut peer = subscribed(&server, ACCEPTED, b"\x90\x04\0\x01\0\x01");
    let payload: Vec<u8> = (0..1_000_000u32).map(|n| (n / 3) as u8).collect();
    let mut stream = peer.0.try_clone().unwrap();
    let sent = payload.clone();
    let sender = std::thread::spawn(move || {
        // Remaining Length 1,000,006.
        let head = b"\x32\xC6\x84\x3D\0\x01a\0\x05\0";
        Peer(&mut stream).send([&head[..], &sent].concat());
    });
    let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = std::thread::spawn(move || done(client));
    assert_eq!(peer.packet(), b"\x40\x02\0\x05");
    peer.goodbye();
    sender.join().unwrap();
    assert_eq!(output.join().unwrap(), format!("1000000 a {hex}.\n"));
}

#[test]
fn filters_what_it_shows() {
    let server = Server::new();
    // Retained and not, of a and of b.
    let all = b"\x31\x05\0\x01a\x001\x31\x05\0\x01b\x002\x30\x05\0\x01a\x003\x30\x05\0\x01b\x004";
    for (args, shown) in [
        (&["-C", "4"][..], "1\n2\n3\n4\n"),
        (&["-R", "-C", "2"], "3\n4\n"),
        (&["-T", "b", "-C", "2"], "1\n3\n"),
        (&["--retained-only"], "1\n2\n"),
        (&["-N", "-C", "3"], "123"),
        (&["-F", "%r%q%t", "-C", "3"], "10a\n10b\n00a\n"),
    ] {
        let client = server.subscriber(&[&["-t", "+"], args].concat());
        let mut peer = subscribed(&server, ACCEPTED, SUBACK);
        peer.send(all);
        peer.goodbye();
        assert_eq!(done(client), shown, "{args:?}");
    }
}

#[test]
fn removes_retained_messages() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "+", "--remove-retained", "--retained-only", "-T", "b"]);
    let mut peer = subscribed(&server, ACCEPTED, SUBACK);
    peer.send(b"\x31\x05\0\x01a\x001\x31\x05\0\x01b\x002\x30\x05\0\x01a\x003");
    assert_eq!(peer.packet(), b"\x33\x06\0\x01a\0\x02\0");
    peer.send(b"\x40\x02\0\x02");
    peer.goodbye();
    assert_eq!(done(client), "1\n");
}

#[test]
fn ends_when_subscribed_if_told() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-E"]);
    subscribed(&server, ACCEPTED, SUBACK).goodbye();
    assert_eq!(done(client), "");
    // UNSUBSCRIBE alone.
    let client = server.subscriber(&["-U", "a"]);
    let (mut peer, _) = server.accept(ACCEPTED);
    assert_eq!(peer.packet(), b"\xA2\x06\0\x01\0\0\x01a");
    peer.send(b"\xB0\x04\0\x01\0\0");
    peer.goodbye();
    assert_eq!(done(client), "");
}

#[test]
fn refused_subscriptions_are_told() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a"]);
    let mut peer = subscribed(&server, ACCEPTED, b"\x90\x04\0\x01\0\x87");
    assert_eq!(peer.maybe(), None);
    let why = "mqtt-sub: a: the subscription is refused: Not authorized\n";
    assert_eq!(failed(client, 1), why);
}

#[test]
fn ends_in_time() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-W", "0.3"]);
    subscribed(&server, ACCEPTED, SUBACK).goodbye();
    assert_eq!(failed(client, 27), "mqtt-sub: the time is over\n");
}

#[test]
fn subscribes_again_where_the_server_has_forgotten() {
    let server = Server::new();
    for (args, answer, subscribes) in
        [(&["-i", "me"][..], ACCEPTED, true), (&["-i", "me", "-c"], RESUMED, false)]
    {
        let client = server.subscriber(&[&["-t", "a", "-C", "1"], args].concat());
        drop(subscribed(&server, ACCEPTED, SUBACK));
        let (mut peer, _) = server.accept(answer);
        if subscribes {
            assert_eq!(peer.packet()[0], 0x82);
        }
        peer.send(b"\x30\x05\0\x01a\x00x");
        peer.goodbye();
        let output = end(client);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stdout, b"x\n");
        assert!(String::from_utf8_lossy(&output.stderr).ends_with("; tries again\n"));
    }
}

#[test]
fn pings_and_gives_up_where_nobody_answers() {
    let server = Server::new();
    let client = server.subscriber(&["-t", "a", "-k", "1", "-C", "1"]);
    let mut peer = subscribed(&server, ACCEPTED, SUBACK);
    assert_eq!(peer.packet(), b"\xC0\0");
    peer.send(b"\xD0\0");
    assert_eq!(peer.packet(), b"\xC0\0");
    peer.send(b"\xD0\0\x30\x05\0\x01a\x00x");
    peer.goodbye();
    assert_eq!(done(client), "x\n");
}

#[cfg(unix)]
#[test]
fn ends_when_nobody_reads() {
    let server = Server::new();
    let mut client = server.subscriber(&["-t", "a"]);
    drop(client.stdout.take());
    let mut peer = subscribed(&server, ACCEPTED, SUBACK);
    peer.send(b"\x30\x05\0\x01a\x00x");
    peer.goodbye();
    let mut text = String::new();
    client.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((client.wait().unwrap().code(), text.as_str()), (Some(0), ""));
}
