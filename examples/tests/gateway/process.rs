//! The program: its options, its output, its end.

use std::io::{BufRead, BufReader, Lines, Read};
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mqtt_codec::{Connect, Packet, QoS, ReasonCode, Text, Version};

use crate::client::Client;
use crate::coap_client::{Owned, Udp};

fn gateway(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running gateway, its port, and what it said at first. Ends with the test.
struct Running {
    child: Child,
    port: u16,
    greeting: String,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        Self::spawn(gateway(&[&["--mqtt-port", "0", "--coap-port", "0"], args].concat()))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let greeting: Vec<String> = (0..3).map(|_| lines.next().unwrap().unwrap()).collect();
        let address = greeting[0].split_whitespace().find_map(|word| word.split_once(':')).unwrap();
        let port = address.1.trim_end_matches('.').parse().unwrap();
        Self { child, port, greeting: greeting.join("\n"), lines }
    }

    /// The next line of its output.
    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn client(&self, version: Version, id: &'static str) -> Client {
        let mut client = Client::raw(([127, 0, 0, 1], self.port).into(), version);
        client.send(&Packet::Connect(Connect::new(version, Text::from_static(id))));
        assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
        client
    }

    /// Exit code, and all of standard error.
    fn finish(mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().code(), text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn a_taken_port_is_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = gateway(&["--mqtt-port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    for part in [&*format!("port {port} on 127.0.0.1 is taken"), "--mqtt-port"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_taken_port_of_coap_is_explained() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for taken in [tcp.local_addr().unwrap(), udp.local_addr().unwrap()] {
        let port = taken.port().to_string();
        let output = gateway(&["--mqtt-port", "0", "--coap-port", &port]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        for part in [&*format!("port {port} on 127.0.0.1 is taken"), "`--coap-port"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn coap_is_greeted_with_and_shows_the_sensors_unless_it_is_not_wanted() {
    let mut gateway = Running::start(&["--quiet"]);
    let lines: Vec<String> = (0..4).map(|_| gateway.line()).collect();
    let address = lines[0].strip_prefix("CoAP on ").unwrap().split_once(',').unwrap().0;
    let uris = lines[1..].iter().map(|line| line.split_once("coap://").unwrap().1);
    let paths: Vec<&str> = uris.map(|uri| uri.strip_prefix(address).unwrap()).collect();
    assert_eq!(paths[0], "/.well-known/core");
    let mut client = Udp::new(address.parse().unwrap());
    // As soon as the sensors have measured.
    let link = format!("<{}>", paths[1]);
    while !String::from_utf8(client.whole(&Owned::get(paths[0])).0).unwrap().contains(&link) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let json = client.ask(&Owned::get(paths[1]));
    assert_eq!(json.format(), Some(coap_codec::ContentFormat::JSON));
    assert!(json.text().starts_with(r#"{"value":"#));
    client.ask(&Owned::put(paths[2], "19.5"));
    client.ask(&Owned::get(paths[2])).expect("19.5");

    let mut command = gateway_command_without_coap();
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success() && !text.contains("CoAP"), "{text}");
}

fn gateway_command_without_coap() -> Command {
    gateway(&["--mqtt-port", "0", "--no-coap", "--quiet", "--run-for", "100ms"])
}

#[test]
fn it_runs_as_long_as_it_is_told_and_is_quiet_if_told() {
    let start = Instant::now();
    let gateway = Running::start(&["--run-for", "400ms", "--quiet", "--no-sensors"]);
    let line = format!("mosquitto_sub -h 127.0.0.1 -p {} -v -t 'house/#'", gateway.port);
    assert!(gateway.greeting.contains(&line), "{}", gateway.greeting);
    gateway.client(Version::V3, "client").disconnect();
    assert_eq!(gateway.finish(), (Some(0), String::new()));
    let ran = start.elapsed();
    assert!(ran >= Duration::from_millis(400) && ran < Duration::from_secs(4), "{ran:?}");
}

#[test]
fn the_lines_to_paste_go_together() {
    for args in [&["--quiet"][..], &["--quiet", "--no-sensors"]] {
        let gateway = Running::start(args);
        let lines: Vec<&str> = gateway.greeting.lines().collect();
        let topic_in = |line: &str| line.split_once("-t ").unwrap().1.trim().to_owned();
        let filter = topic_in(lines[1]).replace('\'', "");
        let topic = topic_in(lines[2].split_once(" -m").unwrap().0);
        assert!(topic_matcher::matches(filter.as_bytes(), topic.as_bytes()), "{filter} {topic}");
    }
}

#[cfg(unix)]
#[test]
fn without_files_left_it_waits_and_says_so_now_and_then() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_gateway");
    command.args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\"", program]);
    command.args(["--mqtt-port", "0", "--no-coap", "--no-sensors", "--run-for", "2s"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let gateway = Running::spawn(command);
    let address = ([127, 0, 0, 1], gateway.port).into();
    let crowd: Vec<Client> = (0..60).map(|_| Client::raw(address, Version::V5)).collect();
    std::thread::sleep(Duration::from_millis(700));
    drop(crowd);
    gateway.client(Version::V5, "late").disconnect();
    let (code, log) = gateway.finish();
    assert_eq!(code, Some(0));
    let lines = log.lines().filter(|line| line.contains("cannot accept")).count();
    assert!((1..=2).contains(&lines), "{log}");
}

#[test]
fn a_log_line_tells_who_did_what() {
    let gateway = Running::start(&["--run-for", "600ms", "--no-sensors"]);
    gateway.client(Version::V5, "polite").disconnect();
    gateway.client(Version::V3, "rude\u{7}").kill();
    let mut wrong = gateway.client(Version::V5, "wrong");
    wrong.send_bytes(&[0x36, 0]);
    wrong.expect_disconnect(ReasonCode::MALFORMED_PACKET);
    let (code, log) = gateway.finish();
    assert_eq!(code, Some(0));
    for part in [
        r#""polite" connected, MQTT 5.0"#,
        r#""polite" disconnected"#,
        r#""rude\u{7}" closed the connection without DISCONNECT"#,
        r#""wrong" refused: Malformed Packet: a PUBLISH of QoS 3 at byte 0 (MQTT-3.3.1-4)"#,
    ] {
        assert!(log.contains(part), "{part}\n{log}");
    }
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    let mut gateway = Running::start(&["--run-for", "3s", "--no-sensors"]);
    // A line of 64 escaped characters each: far more than a pipe holds.
    let id = Text::from_static(
        "\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}",
    );
    for _ in 0..800 {
        let mut client = Client::raw(([127, 0, 0, 1], gateway.port).into(), Version::V3);
        client.send(&Packet::Connect(Connect::new(Version::V3, id)));
        client.connack();
        client.kill();
    }
    let start = Instant::now();
    gateway.client(Version::V5, "late").expect_nothing();
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(6));
}

#[test]
fn sensors_publish_json() {
    let gateway = Running::start(&["--quiet"]);
    let mut client = gateway.client(Version::V5, "client");
    client.subscribe("house/+/temperature", QoS::AtMostOnce);
    let mut topics = Vec::new();
    while topics.len() < 4 {
        let message = client.message();
        let json = std::str::from_utf8(message.payload).unwrap();
        let value = json.strip_prefix(r#"{"value":"#).unwrap().split_once(',').unwrap().0;
        assert!((-50.0..60.0).contains(&value.parse::<f64>().unwrap()), "{json}");
        let topic = message.topic.to_str().to_owned();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let gateway = Running::start(&["--quiet", "--no-sensors"]);
        let mut five = gateway.client(Version::V5, "five");
        let mut three = gateway.client(Version::V3, "three");
        let mut silent = Client::raw(([127, 0, 0, 1], gateway.port).into(), Version::V5);
        let start = Instant::now();
        let pid = gateway.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        five.expect_disconnect(ReasonCode::SERVER_SHUTTING_DOWN);
        three.expect_closed();
        silent.expect_closed();
        drop((five, three));
        assert_eq!(gateway.finish(), (Some(0), String::new()));
        assert!(start.elapsed() < Duration::from_millis(1500), "somebody was waited for");
    }
}

#[test]
fn wrong_options_are_refused() {
    let output = gateway(&["--prot", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--help"));
    let output = gateway(&["--max-queued", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--max-queued \"0\": must be"));
    let output = gateway(&["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("--run-for"));
}
