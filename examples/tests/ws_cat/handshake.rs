//! From a URL to a WebSocket, or why not.

use std::path::PathBuf;

use crate::peer::{Peer, frame};
use crate::server::{Server, answer, cat, failure, shown, tls};

const ACCEPT: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:";

#[test]
fn asks_as_the_command_line_says() {
    let server = Server::start(|stream| {
        let mut peer = Peer::accept(stream, Some("b"));
        assert_eq!(peer.message(), None);
        peer.request
    });
    let port = server.port;
    let url = format!("me:secret@127.0.0.1:{port}/a b?c=d");
    let output = cat(&["-v", "-p", "a", "-p", "b", "-H", "Origin: http://x", &url], b"");
    let (code, said) = failure(&output);
    assert_eq!(code, 0);
    assert!(said.contains("* subprotocol b\n"), "{said}");
    assert!(!said.contains("secret") && !said.contains("bWU6"), "{said}");
    let request = server.end();
    for line in [
        "GET /a%20b?c=d HTTP/1.1\r\n".to_owned(),
        format!("\r\nHost: 127.0.0.1:{port}\r\n"),
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n".to_owned(),
        "\r\nSec-WebSocket-Protocol: a, b\r\n".to_owned(),
        "\r\nOrigin: http://x\r\n".to_owned(),
        "\r\nAuthorization: Basic bWU6c2VjcmV0\r\n".to_owned(),
    ] {
        assert!(request.contains(&line), "{line}: {request}");
    }
    assert!(!request.contains("Extensions"));
}

#[test]
fn tells_the_status_that_is_no_101() {
    for (response, wanted) in [
        ("401 Unauthorized\r\nWWW-Authenticate: Basic", "the server answers 401 Unauthorized"),
        ("426\r\nUpgrade: x", "the server answers 426"),
        ("200 OK\r\nContent-Length: 5", "the server answers 200 OK"),
        (
            "301 Moved\x09Permanently\r\nLocation: http://\x7F/",
            "the server sent a control character in a field value at byte 49 [RFC 9110 section 5.5]",
        ),
        (
            "302 Found\r\nLocation: wss://elsewhere/",
            "the server answers 302 Found, which leads to wss://elsewhere/",
        ),
        ("101 Yes", "the server sent"),
        ("100 Continue\r\n\r\nHTTP/1.1 404 No", "the server answers 404 No"),
    ] {
        let server = answer(format!("HTTP/1.1 {response}\r\n\r\n"));
        let (code, said) = failure(&cat(&[&server.url()], b"x\n"));
        assert_eq!(code, 3, "{response}: {said}");
        assert!(said.starts_with(&format!("ws-cat: {wanted}")), "{response}: {said}");
        server.end();
    }
}

#[test]
fn refuses_an_answer_that_is_none() {
    for (fields, wanted) in [
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "an answer to another key"),
        ("", "an answer to another key"),
    ] {
        let server = answer(format!("HTTP/1.1 101 Go\r\n{ACCEPT} {fields}\r\n\r\n"));
        let wanted = format!("ws-cat: the server answers with {wanted} [RFC 6455 section 4.1]\n");
        assert_eq!(failure(&cat(&[&server.url()], b"")), (3, wanted));
    }
    for (bytes, wanted) in [
        ("", "the server ends the connection instead of an answer"),
        ("HTTP/1.1 101", "the server ends the connection instead of an answer"),
        ("SSH-2.0\r\n\r\n", "the server sent "),
    ] {
        let (code, said) = failure(&cat(&[&answer(bytes).url()], b""));
        assert_eq!(code, 3);
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn refuses_what_was_not_offered() {
    let server = Server::start(|stream| {
        Peer::accept(stream, Some("other"));
    });
    let wanted = "ws-cat: the server answers with a subprotocol that was not offered \
                  [RFC 6455 section 4.1]\n";
    assert_eq!(failure(&cat(&["-p", "mine", &server.url()], b"")), (3, wanted.to_owned()));
}

#[test]
fn ends_where_nobody_answers() {
    let nobody = Server::start(|_| {}).port; // it listens, and ends at once
    let (code, said) = failure(&cat(&[&format!("127.0.0.1:{nobody}")], b""));
    assert_eq!(code, 3, "{said}");
    let (code, said) = failure(&cat(&["127.0.0.1:1"], b""));
    assert_eq!(code, 3);
    assert!(said.contains("127.0.0.1:1: Connection refused"), "{said}");
    // One that says nothing.
    let silent = Server::start(|mut stream| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let args = ["--connect-timeout", "0.2", &silent.url()];
    assert_eq!(failure(&cat(&args, b"")), (3, "ws-cat: no WebSocket in time\n".into()));
    let (code, said) = failure(&cat(&["http://127.0.0.1/"], b""));
    assert_eq!(code, 2);
    assert!(said.contains("is no URL of a WebSocket"), "{said}");
}

#[test]
fn speaks_over_tls_to_whom_it_trusts() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (file, other) = (folder.join("ws.pem"), folder.join("ws-other.pem"));
    let accept = tls("localhost", &file);
    let server = Server::start(|stream| {
        let mut peer = Peer::accept(accept(stream), None);
        while let Some(message) = peer.message() {
            peer.send(frame(0x81, message.to_ascii_uppercase()));
        }
        // Without its goodbye: the Close of WebSocket is enough.
    });
    let url = format!("wss://localhost:{}/", server.port);
    let output = cat(&["--ca", file.to_str().unwrap(), "-n", "2", &url], b"one\ntwo\n");
    assert_eq!(shown(output), b"ONE\nTWO\n");
    server.end();

    let accept = tls("localhost", &file);
    let _ = tls("localhost", &other);
    let server = Server::start(|stream| {
        let mut stream = accept(stream);
        assert!(stream.conn.complete_io(&mut stream.sock).is_err());
    });
    let url = format!("wss://localhost:{}/", server.port);
    let (code, said) = failure(&cat(&["--ca", other.to_str().unwrap(), &url], b""));
    assert_eq!(code, 3);
    assert!(said.contains("certificate"), "{said}");
    server.end();
}
