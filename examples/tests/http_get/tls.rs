//! HTTPS.

use std::io::Write;
use std::net::Shutdown;
use std::path::Path;
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use crate::certificate;
use crate::server::{
    Body, Cut, Head, Script, Server, ask, errors, folder, listen, noise, play, response, send,
    shown,
};

/// A server with a certificate for this name, which it leaves in `cert.pem` there.
fn start(folder: &Path, name: &str, scripts: Vec<Script>) -> Server {
    let config = certificate::config(name, &folder.join("cert.pem"));
    Server::start_with(
        |_| scripts,
        move |socket, script| {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, socket);
            let mut heard = Vec::new();
            // A client that does not trust us is gone before it has asked.
            if stream.conn.complete_io(&mut stream.sock).is_err() {
                return heard;
            }
            if play(&mut stream, &script, &mut heard) {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
            let _ = stream.sock.shutdown(Shutdown::Write);
            listen(&mut stream, &mut heard);
            heard
        },
    )
}

fn url(server: &Server, host: &str) -> String {
    format!("https://{host}:{}/", server.port)
}

#[test]
fn asks_over_tls_and_keeps_the_connection() {
    let folder = folder("tls");
    let ca = folder.join("cert.pem");
    let ca = ca.to_str().unwrap();
    let script =
        vec![Head, send(response("200 OK", "one ")), Head, send(response("200 OK", "two"))];
    let server = start(&folder, "localhost", vec![script]);
    let url = url(&server, "localhost");
    assert_eq!(shown(ask(&["--cacert", ca, &url, &url])), "one two");
    let heard = server.heard_once();
    assert_eq!(heard.matches("GET / HTTP/1.1\r\nHost: localhost:").count(), 2);

    let server =
        start(&folder, "127.0.0.1", vec![vec![Head, Body(5), send(response("200 OK", "x"))]]);
    let url = format!("https://127.0.0.1:{}/", server.port);
    assert_eq!(shown(ask(&["--cacert", ca, "-d", "hello", &url])), "x");
}

#[test]
fn refuses_certificates_that_prove_nothing() {
    let (folder, other) = (folder("untrusted"), crate::server::folder("other"));
    let answer = || vec![vec![Head, send(response("200 OK", "x"))]];
    // Of nobody that is known, of somebody else, for another name.
    let server = start(&folder, "localhost", answer());
    let output = ask(&[&url(&server, "localhost")]);
    assert_eq!(output.status.code(), Some(60), "{}", errors(&output));
    assert_eq!(server.heard_once(), "");
    start(&other, "localhost", vec![]);
    let server = start(&folder, "localhost", answer());
    let ca = other.join("cert.pem");
    let output = ask(&["--cacert", ca.to_str().unwrap(), &url(&server, "localhost")]);
    assert_eq!(output.status.code(), Some(60), "{}", errors(&output));
    let server = start(&folder, "example.org", answer());
    let ca = folder.join("cert.pem");
    let output = ask(&["--cacert", ca.to_str().unwrap(), &url(&server, "localhost")]);
    assert_eq!(output.status.code(), Some(60), "{}", errors(&output));
    assert_eq!(server.heard_once(), "");
}

#[test]
fn refuses_files_and_servers_without_tls() {
    let folder = folder("no-tls");
    std::fs::write(folder.join("empty"), "").unwrap();
    for file in ["empty", "none"] {
        let file = folder.join(file);
        let output = ask(&["--cacert", file.to_str().unwrap(), "https://127.0.0.1:1/"]);
        assert_eq!(output.status.code(), Some(77), "{}", errors(&output));
    }
    let server = Server::start(|_| vec![vec![send("HTTP/1.1 400 Bad Request\r\n\r\n")]]);
    let output = ask(&[&url(&server, "localhost")]);
    assert_eq!(output.status.code(), Some(35), "{}", errors(&output));
}

#[test]
fn sends_and_reads_at_once() {
    let folder = folder("tls-duplex");
    let (ca, file) = (folder.join("cert.pem"), folder.join("file"));
    let [ca, path] = [&ca, &file].map(|path| path.to_str().unwrap());
    let content = noise(8 << 20);
    std::fs::write(&file, &content).unwrap();
    // The server says much before it has read the body.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len());
    let script = vec![Head, Body(1), send(head), send(&content), Body(content.len() - 1)];
    let server = start(&folder, "localhost", vec![script]);
    let url = url(&server, "localhost");
    let output = ask(&["--cacert", ca, "-H", "Expect:", "-m", "60", "-T", path, &url]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(output.stdout == content);
}

#[test]
fn an_end_without_goodbye_may_be_a_cut() {
    let folder = folder("goodbye");
    let ca = folder.join("cert.pem");
    for (end, code) in [(vec![], 0), (vec![Cut], 18)] {
        let script = [vec![Head, send("HTTP/1.1 200 OK\r\n\r\nbody")], end].concat();
        let server = start(&folder, "localhost", vec![script]);
        let output = ask(&["--cacert", ca.to_str().unwrap(), &url(&server, "localhost")]);
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
        assert_eq!(output.stdout, b"body");
    }
    // Where the length is known it is not needed.
    let server = start(&folder, "localhost", vec![vec![Head, send(response("200 OK", "x")), Cut]]);
    assert_eq!(shown(ask(&["--cacert", ca.to_str().unwrap(), &url(&server, "localhost")])), "x");
}

#[test]
fn a_hundred_megabytes_that_were_cut_are_the_same_in_the_end() {
    const LEN: usize = 100_000_000;
    const CUT: usize = 61_234_567;
    let folder = folder("hundred");
    let (ca, file) = (folder.join("cert.pem"), folder.join("file"));
    let content = noise(LEN);
    let whole = format!("HTTP/1.1 200 OK\r\nETag: \"n\"\r\nContent-Length: {LEN}\r\n\r\n");
    let rest = format!(
        "HTTP/1.1 206 Partial Content\r\nETag: \"n\"\r\nContent-Range: bytes {CUT}-{}/{LEN}\r\n\
         Content-Length: {}\r\n\r\n",
        LEN - 1,
        LEN - CUT
    );
    let scripts = vec![
        vec![Head, send(whole), send(&content[..CUT]), Cut],
        vec![Head, send(rest), send(&content[CUT..])],
    ];
    let server = start(&folder, "localhost", scripts);
    let (etag, url) = (folder.join("etag"), url(&server, "localhost"));
    let [ca, path, etag] = [&ca, &file, &etag].map(|path| path.to_str().unwrap());
    let args = ["--cacert", ca, "--etag-save", etag, "--etag-compare", etag, "-o", path];
    let output = ask(&[&args[..], &[&url]].concat());
    assert_eq!(output.status.code(), Some(18), "{}", errors(&output));
    assert_eq!(std::fs::metadata(&file).unwrap().len(), CUT as u64);
    shown(ask(&[&args[..], &["-C", "-", &url]].concat()));
    assert!(std::fs::read(&file).unwrap() == content);
    let heard = server.heard();
    assert!(heard[1].contains(&format!("Range: bytes={CUT}-\r\nIf-Range: \"n\"\r\n")));
    std::fs::remove_dir_all(&folder).unwrap();
}
