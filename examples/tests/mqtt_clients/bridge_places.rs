//! The gateway's bridge: to where brokers are, who is trusted there, and what a store keeps.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use crate::gateway::{Gateway, Lines, publish};
use crate::server::{Peer, Server};
use crate::tls::Certificates;

/// A file that goes with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bridge-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file with one user.
fn users(name: &str) -> Temporary {
    let file = Temporary::new(name);
    let mut add = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .args(["--add-user", file.path(), "bridge"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    add.stdin.take().unwrap().write_all(b"secret\n").unwrap();
    assert!(add.wait().unwrap().success());
    file
}

#[test]
fn it_goes_by_every_transport_and_gives_its_name() {
    let (files, users) = (Certificates::new("bridge"), users("users"));
    let (ca, cert, key) =
        (files.path("ca.pem"), files.path("server.pem"), files.path("server.key"));
    let there = Gateway::new(&["--tls-cert", &cert, "--tls-key", &key, "--users", users.path()]);
    let who = ["-u", "bridge", "-P", "secret"];
    let mqtts = there.mqtts.as_deref().unwrap();
    let https = there.https.as_deref().unwrap();
    for (scheme, port, path) in [
        ("mqtt", &*there.mqtt, ""),
        ("mqtts", mqtts, ""),
        ("ws", &there.http, "/mqtt"),
        ("wss", https, "/mqtt"),
    ] {
        let url = format!("{scheme}://bridge:secret@localhost:{port}{path}");
        let store = Temporary::new(scheme);
        let mut args = vec!["--bridge", &url, "--bridge-qos", "2", "--store", store.path()];
        args.extend(["--bridge-out", "out/#", "--bridge-in", "in/#", "--bridge-id", scheme]);
        if ["mqtts", "wss"].contains(&scheme) {
            args.extend(["--bridge-cafile", &ca]);
        }
        let here = Gateway::new(&args);
        let mut seen_there = Lines::of(&there, &[&who[..], &["-t", "out/+", "-q", "2"]].concat());
        let mut seen_here = Lines::of(&here, &["-t", "in/+", "-q", "2"]);
        while !seen_here.has("ready") {
            publish(&there, &[&who[..], &["-t", "in/a", "-m", "ready"]].concat());
        }
        while !seen_there.has("ready") {
            publish(&here, &["-t", "out/a", "-m", "ready"]);
        }
        publish(&here, &["-t", "out/a", "-q", "2", "-m", scheme]);
        publish(&there, &[&who[..], &["-t", "in/a", "-q", "2", "-m", scheme]].concat());
        for seen in [&mut seen_here, &mut seen_there] {
            let mut lines = seen.until(&[scheme]);
            lines.retain(|line| line != "ready");
            assert_eq!(lines, [scheme]);
        }
    }
    for (url, options, why) in [
        (format!("mqtt://bridge:wrong@localhost:{}", there.mqtt), &[][..], "Bad User Name"),
        (format!("mqtt://localhost:{}", there.mqtt), &[], "the server refuses: "),
        (format!("ws://localhost:{}/mqtt", there.http), &[], "the server refuses: "),
        (format!("mqtts://localhost:{mqtts}"), &[], "invalid peer certificate"),
        (format!("mqtts://127.0.0.1:{mqtts}"), &["--bridge-cafile", &ca][..], "not valid for name"),
    ] {
        let here = Gateway::new(&[&["--bridge", &url, "--bridge-in", "a"], options].concat());
        here.says(why);
    }
}

#[test]
fn it_shows_its_certificate() {
    let (files, server) = (Certificates::new("bridge-client"), Server::new());
    let (ca, cert, key) =
        (files.path("ca.pem"), files.path("client.pem"), files.path("client.key"));
    let url = format!("mqtts://localhost:{}", server.port());
    let bridge = ["--bridge", &url, "--bridge-in", "a", "--bridge-cafile", &ca];
    let _here =
        Gateway::new(&[&bridge[..], &["--bridge-cert", &cert, "--bridge-key", &key]].concat());
    let tls = ServerConnection::new(Arc::clone(&files.config)).unwrap();
    let mut peer = Peer(StreamOwned::new(tls, server.accept_tcp()));
    assert_eq!(peer.packet()[0], 0x10);
    assert_eq!(peer.0.conn.peer_certificates().unwrap().len(), 1);
    assert_eq!(peer.0.conn.server_name(), Some("localhost"));
    // Without one the server does not go on.
    let here = Gateway::new(&bridge);
    let mut stream = server.accept_tcp();
    let mut tls = ServerConnection::new(Arc::clone(&files.config)).unwrap();
    while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
    assert!(tls.is_handshaking());
    drop(stream);
    here.says("bridge to localhost");
}

/// What the killed one had taken is there, and goes on where it was.
#[test]
fn what_it_has_taken_survives_a_kill() {
    const MESSAGES: usize = 400;
    let store = Temporary::new("killed");
    let there = Gateway::new(&[]);
    let url = format!("mqtt://127.0.0.1:{}", there.mqtt);
    let start = || {
        Gateway::new(
            &[
                &["--bridge", &url, "--bridge-out", "#", "--bridge-in", "back"][..],
                &["--bridge-qos", "2", "--store", store.path()],
            ]
            .concat(),
        )
    };
    let mut seen = Lines::of(&there, &["-t", "a", "-q", "2"]);
    let mut here = start();
    // Its subscription is on disk from now on.
    while !seen.has("ready") {
        publish(&here, &["-t", "a", "-m", "ready"]);
    }
    let mut wanted = Vec::new();
    for round in 0..5 {
        let lines = (0..MESSAGES).map(|n| format!("{}", round * MESSAGES + n));
        let lines: Vec<String> = lines.collect();
        here.takes(&lines, &["-t", "a", "-q", "2"]);
        wanted.extend(lines);
        drop(here); // killed
        here = start();
    }
    publish(&here, &["-t", "a", "-q", "2", "-m", "end"]);
    let mut lines = seen.until(&["end"]);
    lines.retain(|line| line != "ready");
    wanted.push("end".to_owned());
    assert!(lines == wanted, "{} of {}: {lines:?}", lines.len(), wanted.len());
}
