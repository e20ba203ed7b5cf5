//! The gateway's bridge: to another gateway, and to a server that says byte by byte what it answers.

use std::process::Command;

use crate::gateway::{Gateway, Lines, publish};
use crate::server::{RESUMED, Server};

/// Behind SUBSCRIBE, with No Local, Retain As Published and all retained messages.
const SUBACK: &[u8] = b"\x90\x04\0\x01\0\x02";

#[test]
fn messages_go_both_ways_once() {
    let there = Gateway::new(&[]);
    let url = format!("mqtt://127.0.0.1:{}", there.mqtt);
    let here = Gateway::new(
        &[
            &["--bridge", &url, "--bridge-out", "#", "--bridge-in", "#", "--bridge-qos", "2"][..],
            &["--bridge-local-prefix", "far/", "--bridge-remote-prefix", "near/"],
        ]
        .concat(),
    );
    let mut seen_there = Lines::of(&there, &["-t", "#", "-q", "2", "-v", "-F", "%t %q %p %C"]);
    let mut seen_here = Lines::of(&here, &["-t", "#", "-q", "2", "-v", "-F", "%t %q %p %C"]);
    // Until the bridge has subscribed on both sides.
    for (from, topic, to) in
        [(&here, "far/ready", &mut seen_there), (&there, "near/ready", &mut seen_here)]
    {
        while !to.has("ready") {
            publish(from, &["-t", topic, "-m", "ready"]);
        }
    }
    for qos in ["0", "1", "2"] {
        let content = ["-q", qos, "-D", "publish", "content-type", "text/plain", "-m", qos];
        publish(&here, &[&["-t", "far/a"][..], &content].concat());
        publish(&there, &[&["-t", "near/b/c"][..], &content].concat());
    }
    publish(&here, &["-t", "elsewhere", "-m", "stays here", "-q", "2"]);
    for topic in ["far/end", "near/end"] {
        let from = if topic == "far/end" { &here } else { &there };
        publish(from, &["-t", topic, "-m", "end", "-q", "2"]);
    }
    let of = |lines: &[String], start: &str| -> Vec<String> {
        let lines = lines.iter().filter(|line| line.starts_with(start));
        lines.map(|line| line.split_once('/').unwrap().1.to_owned()).collect()
    };
    let wanted = |name: &str| ["0", "1", "2"].map(|qos| format!("{name} {qos} {qos} text/plain"));
    let all = seen_there.until(&["near/end 2 end "; 2]);
    assert_eq!(of(&all, "near/a"), wanted("a"));
    assert_eq!(of(&all, "near/b"), wanted("b/c"));
    assert!(!all.iter().any(|line| line.contains("stays here")));
    let all = seen_here.until(&["far/end 2 end "; 2]);
    assert_eq!(of(&all, "far/a"), wanted("a"));
    assert_eq!(of(&all, "far/b"), wanted("b/c"));
}

#[test]
fn messages_wait_while_the_other_side_is_away() {
    let server = Server::new();
    let url = format!("mqtt://me:secret@127.0.0.1:{}", server.port());
    let here = Gateway::new(
        &[
            &["--bridge", &url, "--bridge-out", "a", "--bridge-in", "b", "--bridge-qos", "2"][..],
            &["--bridge-id", "site-7"],
        ]
        .concat(),
    );
    let (mut peer, connect) = server.accept(b"\x20\x03\0\0\0");
    let text = connect.escape_ascii().to_string();
    // User name, password, no Clean Start; a session without an end.
    assert!(
        text.contains(r"MQTT\x05\xc0\x00<") && text.contains(r"\x11\xff\xff\xff\xff"),
        "{text}"
    );
    assert!(text.ends_with(r"\x00\x06site-7\x00\x02me\x00\x06secret"), "{text}");
    assert_eq!(peer.packet(), b"\x82\x07\0\x01\0\0\x01b\x0E");
    peer.send(SUBACK);
    let mut seen = Lines::of(&here, &["-t", "b", "-q", "2"]);
    drop(peer);
    publish(&here, &["-t", "a", "-m", "1", "-q", "1"]);
    publish(&here, &["-t", "a", "-m", "2", "-q", "2"]);
    let (mut peer, _) = server.accept(RESUMED);
    assert_eq!(peer.packet()[..], b"\x32\x07\0\x01a\0\x02\x001"[..]);
    assert_eq!(peer.packet()[..], b"\x34\x07\0\x01a\0\x03\x002"[..]);
    peer.send(b"\x40\x02\0\x02\x50\x02\0\x03");
    assert_eq!(peer.packet(), b"\x62\x02\0\x03");
    peer.send(b"\x70\x02\0\x03");
    // What comes again because nobody heard that it came goes to this side once.
    peer.send(b"\x34\x07\0\x01b\0\x09\x00x");
    drop(peer);
    let (mut peer, _) = server.accept(RESUMED);
    peer.send(b"\x3C\x07\0\x01b\0\x09\x00x");
    assert_eq!(peer.packet(), b"\x50\x02\0\x09");
    peer.send(b"\x62\x02\0\x09");
    assert_eq!(peer.packet(), b"\x70\x02\0\x09");
    peer.send(b"\x30\x06\0\x01b\0en");
    assert_eq!(seen.until(&["en"]), ["x", "en"]);
}

#[test]
fn in_3_1_1_it_says_what_that_knows() {
    let server = Server::new();
    let url = format!("mqtt://127.0.0.1:{}", server.port());
    let here = Gateway::new(
        &[
            &["--bridge", &url, "--bridge-out", "a", "--bridge-in", "b"][..],
            &["--bridge-version", "3.1.1"],
        ]
        .concat(),
    );
    let (mut peer, connect) = server.accept(b"\x20\x02\0\0");
    assert_eq!(connect, b"\x10\x1A\0\x04MQTT\x04\0\0\x3C\0\x0Egateway-bridge");
    assert_eq!(peer.packet(), b"\x82\x06\0\x01\0\x01b\x01");
    peer.send(b"\x90\x03\0\x01\x01");
    publish(&here, &["-t", "a", "-m", "1", "-q", "1", "-D", "publish", "content-type", "x"]);
    assert_eq!(peer.packet(), b"\x32\x06\0\x01a\0\x021");
}

#[test]
fn wrong_command_lines_are_told_why() {
    for (args, why) in [
        (&["--bridge-out", "a"][..], "--bridge-.. needs --bridge URL"),
        (&["--bridge", "mqtt://a"], "--bridge-out FILTER or --bridge-in FILTER"),
        (&["--bridge", "http://a", "--bridge-in", "a"], "--bridge: a URL begins with"),
        (&["--bridge", "mqtt://a/b", "--bridge-in", "a"], "topics are for"),
        (&["--bridge", "mqtt://a", "--bridge-in", "a/#/b"], "--bridge-in \"a/#/b\""),
        (&["--bridge", "mqtt://a", "--bridge-in", "$share/g/a"], "shares no subscription"),
        (&["--bridge", "mqtt://a", "--bridge-in", "a", "--bridge-local-prefix", "#"], "the prefix"),
        (&["--bridge", "mqtt://a", "--bridge-in", "a", "--bridge-qos", "3"], "0, 1 or 2"),
        (&["--bridge", "mqtt://a", "--bridge-in", "a", "--bridge-cafile", "x"], "mqtts://"),
        (&["--bridge", "mqtt://a", "--bridge-in", "a", "--bridge-id", ""], "client identifier"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_gateway")).args(args).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(why), "{args:?}: {text}");
    }
}
