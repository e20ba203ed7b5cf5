//! The programs at the gateway, over TCP and WebSocket.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A gateway that ends with the test.
pub struct Gateway {
    child: Child,
    pub mqtt: String,
    pub http: String,
    /// If it has a certificate.
    pub mqtts: Option<String>,
    pub https: Option<String>,
    /// What else it says.
    pub log: Receiver<String>,
}

/// What `mqtt-sub` shows at a gateway, as it comes.
pub struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    /// Once it has subscribed.
    pub fn of(gateway: &Gateway, args: &[&str]) -> Self {
        let where_ = ["-h", "127.0.0.1", "-p", &gateway.mqtt, "-d"];
        let mut child = start(env!("CARGO_BIN_EXE_mqtt-sub"), &[&where_, args].concat());
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(told.any(|line| line.unwrap().starts_with("subscribed to")));
        let lines = channel_of(BufReader::new(child.stdout.take().unwrap()).lines());
        Self { child, lines }
    }

    /// True if a line with this word comes soon.
    pub fn has(&mut self, word: &str) -> bool {
        let line = self.lines.recv_timeout(Duration::from_millis(100));
        line.is_ok_and(|line| line.contains(word))
    }

    /// All lines up to those, in their order.
    pub fn until(&mut self, last: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for wanted in last {
            loop {
                let line = self.lines.recv_timeout(Duration::from_secs(20)).expect("a line");
                let is_it = line == *wanted;
                all.push(line);
                if is_it {
                    break;
                }
            }
        }
        all
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Publishes, and waits until that is done.
pub fn publish(gateway: &Gateway, args: &[&str]) {
    let where_ = ["-h", "127.0.0.1", "-p", &gateway.mqtt];
    let output = start(env!("CARGO_BIN_EXE_mqtt-pub"), &[&where_, args].concat());
    let output = output.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

impl Gateway {
    pub fn new(args: &[&str]) -> Self {
        let ports =
            ["--mqtt-port", "0", "--mqtts-port", "0", "--http-port", "0", "--https-port", "0"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(args)
            .args(ports)
            .args(["--no-coap", "--no-sensors"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = channel_of(BufReader::new(child.stderr.take().unwrap()).lines());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut port = |start: &str| {
            let line = lines.find(|line| line.as_ref().unwrap().starts_with(start));
            let line = line.unwrap().unwrap();
            let address = line.split_once("127.0.0.1:").unwrap().1;
            address.chars().take_while(char::is_ascii_digit).collect()
        };
        let has_tls = args.contains(&"--tls-cert");
        let mqtt = port("MQTT 3.1.1");
        let mqtts = has_tls.then(|| port("MQTT over TLS"));
        let http = port("HTTP on");
        let https = has_tls.then(|| port("HTTPS on"));
        drop(channel_of(lines)); // nobody looks
        Self { child, mqtt, http, mqtts, https, log }
    }

    /// Publishes these lines, and waits until that is done.
    pub fn takes(&self, lines: &[String], args: &[&str]) {
        let where_ = ["-h", "127.0.0.1", "-p", &self.mqtt, "-l"];
        let mut child = start(env!("CARGO_BIN_EXE_mqtt-pub"), &[&where_, args].concat());
        child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }

    /// A line with this word in its log.
    pub fn says(&self, word: &str) {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| !line.contains(word)) {
            match self.log.recv_timeout(Duration::from_secs(20)) {
                Ok(line) => lines.push(line),
                Err(_) => panic!("not {word:?} but {lines:#?}"),
            }
        }
    }
}

/// Reads on, whoever looks.
fn channel_of(
    lines: impl Iterator<Item = std::io::Result<String>> + Send + 'static,
) -> Receiver<String> {
    let (to, received) = channel();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(to.send(line))));
    received
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(program: &str, args: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn publish_and_subscribe_over_tcp_and_websocket() {
    let gateway = Gateway::new(&[]);
    let ws = format!("ws://127.0.0.1:{}/mqtt", gateway.http);
    for transport in [&["-h", "127.0.0.1", "-p", &gateway.mqtt][..], &["-L", &ws]] {
        for version in ["5", "3.1.1"] {
            let sub = ["-V", version, "-d", "-v", "-q", "1", "-t", "a/+", "-C", "3"];
            let args = [transport, &sub].concat();
            let mut sub = start(env!("CARGO_BIN_EXE_mqtt-sub"), &args);
            let mut told = BufReader::new(sub.stderr.take().unwrap()).lines();
            let is_ready = |line: Result<String, _>| line.unwrap().starts_with("subscribed to a/+");
            assert!(told.any(is_ready));
            let args = [transport, &["-V", version, "-t", "a/b", "-q", "1", "-l"]].concat();
            let mut publisher = start(env!("CARGO_BIN_EXE_mqtt-pub"), &args);
            publisher.stdin.take().unwrap().write_all(b"1\n\n3").unwrap();
            let published = publisher.wait_with_output().unwrap();
            assert_eq!(String::from_utf8(published.stderr).unwrap(), "");
            let output = sub.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0));
            assert_eq!(String::from_utf8(output.stdout).unwrap(), "a/b 1\na/b \na/b 3\n");
        }
    }
}
