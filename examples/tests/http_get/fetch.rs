//! Requests without a body, and what becomes of responses.

use std::io::Read;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::server::{
    AwaitClose, Gate, Head, Server, WaitMs, ask, client, errors, failure, folder, response, send,
    shown,
};

#[test]
fn asks_for_a_url_and_prints_what_comes() {
    let server = Server::answer(response("200 OK", "hello\n"));
    let (url, port) = (server.url("/a/b?x=1#top"), server.port);
    assert_eq!(shown(ask(&[&url])), "hello\n");
    let wanted = format!(
        "GET /a/b?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         User-Agent: http-get/0.1.0\r\nAccept: */*\r\n\r\n"
    );
    assert_eq!(server.heard_once(), wanted);
}

#[test]
fn fields_replace_are_added_and_are_left_out() {
    let server = Server::answer(response("200 OK", ""));
    let url = server.url("/");
    let fields =
        ["-H", "host: else", "-H", "Accept:", "-H", "A: 1", "-H", "A:\t2 ", "-H", "Empty;"];
    shown(ask(&[&fields[..], &["-u", "Aladdin:open sesame", &url]].concat()));
    let wanted = "GET / HTTP/1.1\r\nUser-Agent: http-get/0.1.0\r\n\
         Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\
         host: else\r\nA: 1\r\nA: 2\r\nEmpty: \r\n\r\n";
    assert_eq!(server.heard_once(), wanted);
}

#[test]
fn credentials_may_stand_in_the_url_and_are_not_shown() {
    let server = Server::answer(response("200 OK\r\nSet-Cookie: id=secret", ""));
    let url = format!("http://Aladdin:open%20sesame@127.0.0.1:{}/", server.port);
    let output = ask(&["-v", "-H", "Cookie: secret", &url]);
    let said = errors(&output);
    assert!(said.contains("> Authorization: ***\n> Cookie: ***\n"), "{said}");
    assert!(said.contains("< Set-Cookie: ***\n"), "{said}");
    assert!(!said.contains("secret") && !said.contains("QWxh"), "{said}");
    let heard = server.heard_once();
    assert!(heard.contains("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{heard}");
    assert!(!heard.contains('@'));
}

#[test]
fn tells_what_goes_back_and_forth() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let chunks = "HTTP/1.1 200 \x09\x7f\r\nETag: \"a'b\\\"\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = "1\r\na\r\n0\r\nDigest: x\r\n\r\n";
    let server = Server::answer([early, &chunks.replace('\x7f', "\u{e9}"), body].concat());
    let (url, port) = (server.url("/"), server.port);
    let output = ask(&["-v", &url]);
    let wanted = format!(
        "* connected to 127.0.0.1:{port}\n> GET / HTTP/1.1\n> Host: 127.0.0.1:{port}\n\
         > User-Agent: http-get/0.1.0\n> Accept: */*\n>\n\
         < HTTP/1.1 103 Early Hints\n< Link: </a>\n<\n\
         < HTTP/1.1 200 \\t\\xc3\\xa9\n< ETag: \"a'b\\\"\n< Transfer-Encoding: chunked\n<\n< Digest: x\n<\n"
    );
    assert_eq!(errors(&output), wanted);
    assert_eq!(shown(output), "a");
}

#[test]
fn head_shows_the_head_and_waits_for_no_body() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX: y\r\n\r\n";
    // The connection stays open.
    let server = Server::start(|_| vec![vec![Head, send(head), AwaitClose]]);
    assert_eq!(shown(ask(&["-I", &server.url("/")])), head);
}

#[test]
fn include_shows_all_heads() {
    let early = "HTTP/1.1 103 Early Hints\r\n\r\n";
    let last = response("200 OK", "body");
    let server = Server::answer(format!("{early}{last}"));
    assert_eq!(shown(ask(&["-i", &server.url("/")])), format!("{early}{last}"));
}

#[test]
fn reads_bodies_of_each_framing() {
    for (bytes, body) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodymore", "body"),
        ("HTTP/1.1 200 OK\r\n\r\nuntil\r\nthe end", "until\r\nthe end"),
        ("HTTP/1.0 200 OK\r\n\r\nold", "old"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nthe\r\n2\r\nre\r\n0\r\n\r\n",
            "there",
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ""),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "no"),
    ] {
        let server = Server::answer(bytes);
        assert_eq!(shown(ask(&[&server.url("/")])), body, "{bytes:?}");
    }
}

#[test]
fn reads_a_response_byte_by_byte() {
    let bytes =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthe\r\n0\r\nA: b\r\n\r\n";
    let steps = bytes.bytes().flat_map(|byte| [send([byte]), WaitMs(1)]);
    let server = Server::start(|_| vec![std::iter::once(Head).chain(steps).collect()]);
    assert_eq!(shown(ask(&[&server.url("/")])), "the");
}

#[test]
fn many_small_chunks_are_one_body() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let body = crate::server::noise(300_000);
    for byte in &body {
        bytes.extend_from_slice(b"1\r\n");
        bytes.push(*byte);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    let server = Server::answer(bytes);
    let file = folder("small-chunks").join("file");
    shown(ask(&["-o", file.to_str().unwrap(), &server.url("/")]));
    assert!(std::fs::read(&file).unwrap() == body);
}

#[test]
fn several_urls_share_a_connection() {
    let first = response("200 OK", "one ");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntwo \r\n0\r\n\r\n";
    let last = response("200 OK", "three");
    let server =
        Server::start(|_| vec![vec![Head, send(first), Head, send(chunked), Head, send(last)]]);
    let urls = ["/1", "/2", "/3"].map(|path| server.url(path));
    assert_eq!(shown(ask(&[&urls[0], &urls[1], &urls[2]])), "one two three");
    let heard = server.heard_once();
    let targets: Vec<_> = heard.lines().filter(|line| line.starts_with("GET ")).collect();
    assert_eq!(targets, ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"]);
}

#[test]
fn asks_again_on_a_new_connection_when_the_old_one_has_ended() {
    // Ended while nothing was asked, and ended instead of an answer.
    for steps in [vec![], vec![Head]] {
        let first = [vec![Head, send(response("200 OK", "one "))], steps].concat();
        let second = vec![Head, send(response("200 OK", "two"))];
        let server = Server::start(|_| vec![first, second]);
        let urls = ["/1", "/2"].map(|path| server.url(path));
        assert_eq!(shown(ask(&[&urls[0], &urls[1]])), "one two");
    }
}

#[test]
fn a_slow_server_is_not_asked_again() {
    let first = vec![Head, send(response("200 OK", "one ")), Head, AwaitClose];
    let second = vec![Head, send(response("200 OK", "two"))];
    let server = Server::start(|_| vec![first, second]);
    let urls = ["/1", "/2"].map(|path| server.url(path));
    let output = ask(&["-y", "2", &urls[0], &urls[1]]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(28), &b"one "[..]));
}

#[test]
fn never_posts_twice_when_nobody_answers() {
    let script = vec![Head, crate::server::Body(1), send(response("200 OK", "")), Head];
    let server = Server::start(|_| vec![script]);
    let urls = ["/1", "/2"].map(|path| server.url(path));
    let output = ask(&["-d", "x", &urls[0], &urls[1]]);
    assert_eq!(output.status.code(), Some(52), "{}", errors(&output));
    assert_eq!(server.heard_once().matches("POST").count(), 2);
}

#[test]
fn writes_to_files_and_to_no_others() {
    let folder = folder("writes");
    let urls = |_| {
        let script = ["one", "", "three"].map(|body| [Head, send(response("200 OK", body))]);
        vec![script.concat()]
    };
    let server = Server::start(urls);
    std::fs::write(folder.join("a"), "much longer than what comes").unwrap();
    let urls = ["/x", "/dir/..%2Fb", "/3"].map(|path| server.url(path));
    let mut command = client();
    command.current_dir(&folder).args(["-o", "a", &urls[0], "-O", &urls[1], &urls[2]]);
    assert_eq!(shown(command.output().unwrap()), "three");
    assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"one");
    assert_eq!(std::fs::read(folder.join("..%2Fb")).unwrap(), b"");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);

    let output = client().current_dir(&folder).args(["-O", "http://127.0.0.1:1/a/"]).output();
    let wanted = "http-get: (23) the URL names no file for -O\n";
    assert_eq!(failure(&output.unwrap()), (23, wanted.into()));
    let server = Server::answer(response("200 OK", "x"));
    let output = ask(&["-o", folder.join("none/a").to_str().unwrap(), &server.url("/")]);
    assert_eq!(output.status.code(), Some(23));
}

#[test]
fn fail_makes_an_error_of_a_status() {
    let folder = folder("fail");
    let file = folder.join("a");
    for (status, code) in [("404 Not Found", 22), ("500 Oops", 22), ("399 Hm", 0)] {
        let server = Server::answer(response(status, "body"));
        let output = ask(&["-f", "-o", file.to_str().unwrap(), &server.url("/")]);
        assert_eq!(output.status.code(), Some(code), "{status}");
        assert_eq!(file.exists(), code == 0, "{status}");
    }
    let server = Server::answer(response("404 Not Found", "body"));
    let output = ask(&["--fail", &server.url("/")]);
    assert_eq!(output.stdout, b"");
    assert_eq!(failure(&output), (22, "http-get: (22) the server answers 404 Not Found\n".into()));
    // A body without end, which nobody wants, is not read to its end.
    let endless = "HTTP/1.1 500 Oops\r\n\r\n";
    let server = Server::start(|_| {
        vec![vec![Head, send(endless), crate::server::Repeat(vec![b'x'; 65536])]]
    });
    assert_eq!(ask(&["--fail", "-m", "60", &server.url("/")]).status.code(), Some(22));
}

#[test]
fn asks_for_ranges() {
    let server =
        Server::answer(response("206 Partial Content\r\nContent-Range: bytes 1-2/9", "bc"));
    assert_eq!(shown(ask(&["-r", "1-2", &server.url("/")])), "bc");
    assert!(server.heard_once().contains("Range: bytes=1-2\r\n"));
}

#[test]
fn events_are_printed_as_they_come_and_may_be_slow() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    let gate = Arc::new(AtomicBool::new(false));
    let wait = Gate(Arc::clone(&gate));
    let server = Server::start(|_| {
        vec![vec![Head, send(head), send("data: 1\n\n"), wait, send("data: 2\n\n")]]
    });
    let mut command = client();
    command.args(["-y", "2", &server.url("/events")]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut event = [0; 9];
    stdout.read_exact(&mut event).unwrap();
    assert_eq!(&event, b"data: 1\n\n");
    // Longer than any other body may be without a byte.
    std::thread::sleep(Duration::from_millis(2500));
    gate.store(true, Ordering::Relaxed);
    stdout.read_exact(&mut event).unwrap();
    assert_eq!(&event, b"data: 2\n\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
