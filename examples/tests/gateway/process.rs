//! The program: its options, its output, its end.

use std::io::{BufRead, BufReader, Lines, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mqtt_codec::{Connect, Packet, QoS, ReasonCode, Text, Version};
use tokio_rustls::rustls::version::TLS13;

use crate::client::Client;
use crate::coap_client::{Owned, Udp};
use crate::tls::Certificate;

pub fn gateway(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running gateway, its port, and what it said at first. Ends with the test.
pub struct Running {
    child: Child,
    port: u16,
    greeting: String,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(args: &[&str]) -> Self {
        let ports = ["--mqtt-port", "0", "--coap-port", "0", "--mqtts-port", "0"];
        let http = ["--http-port", "0", "--https-port", "0"];
        let ports = [&ports[..], &http].concat();
        Self::spawn(gateway(&[&ports, args].concat()))
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
    pub fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn client(&self, version: Version, id: &'static str) -> Client {
        let mut client = Client::raw(([127, 0, 0, 1], self.port).into(), version);
        client.send(&Packet::Connect(Connect::new(version, Text::from_static(id))));
        assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
        client
    }

    /// Exit code, and all of standard error.
    pub fn finish(mut self) -> (Option<i32>, String) {
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
        let output =
            gateway(&["--no-http", "--mqtt-port", "0", "--coap-port", &port]).output().unwrap();
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

#[test]
fn tls_is_greeted_with_and_its_failures_are_told() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.path("cert.pem"), certificate.path("key.pem"));
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let args = ["--tls-cert", cert, "--tls-key", key, "--run-for", "1500ms", "--no-sensors"];
    let mut gateway = Running::start(&[&args[..], &["--connect-timeout", "500ms"]].concat());
    let line = gateway.line();
    let address = line.strip_prefix("MQTT over TLS on ").unwrap().trim_end_matches(':');
    let address: SocketAddr = address.parse().unwrap();
    let paste = format!(
        "mosquitto_sub -h 127.0.0.1 -p {} --cafile '{cert}' -v -t 'house/#'",
        address.port()
    );
    assert_eq!(gateway.line().trim(), paste);
    let stream = certificate.connect(address, &TLS13, &[]);
    let mut client = Client::over(stream, Version::V5);
    client.send(&Packet::Connect(Connect::new(Version::V5, Text::from_static("polite"))));
    assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
    client.disconnect();
    let silent = Client::raw(address, Version::V5);
    Client::raw(address, Version::V5).send_bytes(b"\x10\x0D\0\x04MQTT");
    let (code, log) = gateway.finish();
    drop(silent);
    assert_eq!(code, Some(0));
    for part in [
        r#""polite" connected, MQTT 5.0"#,
        r#""polite" disconnected"#,
        "TLS handshake failed: received corrupt message",
        "no TLS handshake in time",
    ] {
        assert!(log.contains(part), "{part}\n{log}");
    }
}

#[test]
fn a_certificate_that_is_no_good_is_explained() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let write = |name: &str, text: &str| {
        let path = certificate.path(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (cert, key) = (certificate.path("cert.pem"), certificate.path("key.pem"));
    let text = std::fs::read_to_string(&cert).unwrap();
    let key_text = std::fs::read_to_string(&key).unwrap();
    let missing = certificate.path("missing.pem");
    let cut = write("cut.pem", &text[..200]);
    let cut_key = write("cut-key.pem", &key_text[..100]);
    let wrong =
        write("wrong.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let wrong_key =
        write("wrong-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let locked = write(
        "locked.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let locked_too = write(
        "locked-too.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n\
         AAAA\n-----END RSA PRIVATE KEY-----\n",
    );
    let empty = write("empty.pem", "");
    for (cert, key, bad, why) in [
        (&missing, &key, "--tls-cert", "No such file"),
        (&cert, &missing, "--tls-key", "No such file"),
        (&empty, &key, "--tls-cert", "no certificate in it"),
        (&key, &key, "--tls-cert", "no certificate in it"),
        (&cut, &key, "--tls-cert", "not valid PEM"),
        (&wrong, &key, "--tls-cert", "a certificate in it is damaged"),
        (&cert, &cert, "--tls-key", "no private key in it"),
        (&cert, &locked, "--tls-key", "without a password"),
        (&cert, &locked_too, "--tls-key", "without a password"),
        (&cert, &cut_key, "--tls-key", "not valid PEM"),
        (&cert, &wrong_key, "--tls-key", "not a key that can be used: ECDSA"),
        (&cert, &other.path("key.pem"), "--tls-key", "not the key of the certificate in"),
    ] {
        let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
        let args =
            ["--mqtt-port", "0", "--no-coap", "--no-http", "--run-for", "1s", "--tls-cert", cert];
        let output = gateway(&[&args[..], &["--tls-key", key]].concat()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        let path = if bad == "--tls-cert" { cert } else { key };
        assert!(text.starts_with(&format!("gateway: {bad} {path}: ")), "{text}");
        assert!(text.contains(why), "{text}");
        assert!(!key_text.lines().skip(1).any(|line| text.contains(line)), "{text}");
    }
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ports = ["--mqtt-port", "0", "--no-coap", "--no-http", "--mqtts-port", &port];
    let output = gateway(&[&files[..], &ports].concat()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("port {port} on 127.0.0.1 is taken")), "{text}");
    assert!(text.contains("`--mqtts-port"), "{text}");
}

fn gateway_command_without_coap() -> Command {
    gateway(&["--mqtt-port", "0", "--no-coap", "--no-http", "--quiet", "--run-for", "100ms"])
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
    command.args(["--mqtt-port", "0", "--no-coap", "--no-http", "--no-sensors", "--run-for", "2s"]);
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
        let certificate = Certificate::new();
        let (cert, key) = (certificate.path("cert.pem"), certificate.path("key.pem"));
        let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        let mut gateway = Running::start(&[&["--quiet", "--no-sensors"], &files[..]].concat());
        let mqtts = gateway.line();
        let mqtts = mqtts.rsplit(' ').next().unwrap().trim_end_matches(':').parse().unwrap();
        let mut shaking_hands = Client::raw(mqtts, Version::V5);
        shaking_hands.send_bytes(b"\x16\x03");
        let mut secret = Client::over(certificate.connect(mqtts, &TLS13, &[]), Version::V5);
        secret.send(&Packet::Connect(Connect::new(Version::V5, Text::from_static("secret"))));
        assert_eq!(secret.connack().reason_code, ReasonCode::SUCCESS);
        let mut five = gateway.client(Version::V5, "five");
        let mut three = gateway.client(Version::V3, "three");
        let mut silent = Client::raw(([127, 0, 0, 1], gateway.port).into(), Version::V5);
        let start = Instant::now();
        let pid = gateway.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        five.expect_disconnect(ReasonCode::SERVER_SHUTTING_DOWN);
        three.expect_closed();
        silent.expect_closed();
        shaking_hands.expect_closed();
        secret.expect_disconnect(ReasonCode::SERVER_SHUTTING_DOWN);
        drop((five, three, secret));
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
    let output = gateway(&["--tls-cert", "cert.pem"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--tls-cert needs --tls-key"));
    let output = gateway(&["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("--run-for"));
}
