//! Requests with a body.

use std::time::{Duration, Instant};

use crate::server::{
    AwaitClose, Body, Head, Repeat, Server, Step, Until, WaitMs, ask, ask_with_stdin, errors,
    folder, noise, response, send, shown,
};

/// What a server hears of a request whose body it reads by these steps: head and body.
fn heard(args: &[&str], steps: &[Step]) -> (String, String) {
    let last = send(response("200 OK", "ok"));
    let server = Server::start(|_| vec![[&[Head], steps, &[last]].concat()]);
    assert_eq!(shown(ask(&[args, &[&server.url("/")]].concat())), "ok");
    let heard = server.heard_once();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn posts_data_joined_with_ampersands() {
    let folder = folder("data");
    let file = folder.join("file");
    std::fs::write(&file, "c=\r\n3\n\0").unwrap();
    let file = format!("@{}", file.display());
    let (head, body) = heard(&["-d", "a=1", "-d", "b=%20", "-d", &file], &[Body(13)]);
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    let wanted = "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 13";
    assert!(head.ends_with(wanted), "{head}");
    assert_eq!(body, "a=1&b=%20&c=3");

    let args = ["--data-binary", &file, "-H", "Content-Type: text/plain", "-X", "PATCH"];
    let (head, body) = heard(&args, &[Body(7)]);
    assert!(head.starts_with("PATCH / "), "{head}");
    assert!(head.contains("\r\nContent-Type: text/plain\r\nContent-Length: 7"), "{head}");
    assert_eq!(body, "c=\r\n3\n\0");

    let (head, body) = heard(&["-d", ""], &[]);
    assert!(head.ends_with("\r\nContent-Length: 0"), "{head}");
    assert_eq!(body, "");
    let (head, _) = heard(&["-X", "POST"], &[]);
    assert!(head.ends_with("\r\nContent-Length: 0"), "{head}");
}

#[test]
fn data_may_come_from_standard_input() {
    let server = Server::start(|_| vec![vec![Head, Body(3), send(response("200 OK", ""))]]);
    shown(ask_with_stdin(&["-d", "@-", &server.url("/")], b"a=\nb"));
    let heard = server.heard_once();
    assert!(heard.ends_with("Content-Length: 3\r\n\r\na=b"), "{heard}");
}

#[test]
fn sends_chunked_when_told_or_when_the_length_is_unknown() {
    let args = ["-d", "hello", "-H", "transfer-encoding: chunked"];
    let (head, body) = heard(&args, &[Until("0\r\n\r\n")]);
    assert!(head.contains("\r\nTransfer-Encoding: chunked"), "{head}");
    assert!(!head.contains("Content-Length"), "{head}");
    assert_eq!(body, "5\r\nhello\r\n0\r\n\r\n");

    // Of unknown length it may be long.
    let go_on = send("HTTP/1.1 100 Continue\r\n\r\n");
    let script = vec![Head, go_on, Until("0\r\n\r\n"), send(response("201 Created", ""))];
    let server = Server::start(|_| vec![script]);
    shown(ask_with_stdin(&["-T", "-", &server.url("/up")], b"from there"));
    let heard = server.heard_once();
    assert!(heard.starts_with("PUT /up HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("\r\nExpect: 100-continue\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\na\r\nfrom there\r\n0\r\n\r\n"), "{heard}");
}

#[test]
fn uploads_a_file_under_its_name_into_a_folder() {
    let folder = folder("upload");
    let file = folder.join("a b");
    std::fs::write(&file, "content").unwrap();
    let server = Server::start(|_| vec![vec![Head, Body(7), send(response("201 Created", ""))]]);
    shown(ask(&["-T", file.to_str().unwrap(), &server.url("/dir/")]));
    let heard = server.heard_once();
    assert!(heard.starts_with("PUT /dir/a%20b HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with("Content-Length: 7\r\n\r\ncontent"), "{heard}");

    let output = ask(&["-T", folder.join("none").to_str().unwrap(), "http://127.0.0.1:1/"]);
    assert_eq!(output.status.code(), Some(26));
}

#[test]
fn sends_forms_with_files() {
    let folder = folder("form");
    let file = folder.join("f.txt");
    std::fs::write(&file, "from\r\nfile").unwrap();
    let path = file.display();
    let (upload, text) =
        (format!("up=@{path};type=text/plain;filename=x\"y"), format!("text=<{path}"));
    let args = ["-F", "a=1", "-F", &upload, "-F", &text];
    let (head, body) = heard(&args, &[Until("--\r\n")]);
    let boundary = head.split_once("multipart/form-data; boundary=").unwrap().1;
    let boundary = boundary.lines().next().unwrap();
    assert_eq!(boundary.len(), 32);
    let wanted = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"up\"; filename=\"x%22y\"\r\n\
         Content-Type: text/plain\r\n\r\nfrom\r\nfile\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nfrom\r\nfile\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(body, wanted);
    assert!(head.contains(&format!("\r\nContent-Length: {}", wanted.len())), "{head}");
}

/// A file of more than a megabyte.
fn long_file(name: &str) -> (String, Vec<u8>) {
    let (path, bytes) = (folder(name).join("long"), noise((1 << 20) + 1));
    std::fs::write(&path, &bytes).unwrap();
    (path.to_str().unwrap().to_owned(), bytes)
}

#[test]
fn long_bodies_wait_for_100_continue() {
    let (file, bytes) = long_file("granted");
    let go_on = send("HTTP/1.1 100 Continue\r\n\r\n");
    // Nothing comes before it: the pause would show it in the request's head.
    let script =
        vec![Head, WaitMs(300), go_on, Body(bytes.len()), send(response("201 Created", ""))];
    let server = Server::start(|_| vec![script]);
    shown(ask(&["-T", &file, &server.url("/")]));
    let heard = server.heard_once();
    assert!(heard.contains("\r\nExpect: 100-continue\r\n\r\n"));
    assert!(heard.ends_with(&*String::from_utf8_lossy(&bytes)));
}

#[test]
fn goes_on_without_100_continue_after_a_second() {
    let (file, bytes) = long_file("silent");
    let script = vec![Head, Body(bytes.len()), send(response("201 Created", ""))];
    let server = Server::start(|_| vec![script.clone(), script]);
    let begin = Instant::now();
    shown(ask(&["-T", &file, &server.url("/")]));
    assert!(begin.elapsed() >= Duration::from_secs(1));
    // Or at once, if it is told not to wait.
    shown(ask(&["-T", &file, "-H", "Expect:", &server.url("/")]));
    let heard = server.heard();
    assert!(heard[0].contains("Expect: 100-continue") && !heard[1].contains("Expect"));
}

#[test]
fn a_body_that_is_refused_is_not_sent() {
    let (file, bytes) = long_file("refused");
    let refusal = response("413 Content Too Large", "no");
    let server = Server::start(|_| vec![vec![Head, send(refusal), AwaitClose]]);
    assert_eq!(shown(ask(&["-T", &file, &server.url("/")])), "no");
    assert!(server.heard_once().ends_with("\r\n\r\n"));

    // 417: the same without the expectation. RFC 9110 section 10.1.1.
    let refusal = response("417 Expectation Failed", "no");
    let second = vec![Head, Body(bytes.len()), send(response("201 Created", "yes"))];
    let server = Server::start(|_| vec![vec![Head, send(refusal)], second]);
    assert_eq!(shown(ask(&["-T", &file, &server.url("/")])), "yes");
    let heard = server.heard();
    assert!(heard[0].contains("Expect: ") && !heard[1].contains("Expect: "));
}

#[test]
fn stops_sending_when_the_answer_is_there() {
    let path = folder("early").join("file");
    std::fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let refusal = response("403 Forbidden", "enough");
    let server = Server::start(|_| vec![vec![Head, Body(1000), send(refusal), WaitMs(500)]]);
    let output = ask(&["-H", "Expect:", "-T", path.to_str().unwrap(), &server.url("/")]);
    assert_eq!(shown(output), "enough");
    assert!(server.heard_once().len() < 32 << 20);
}

#[test]
fn reads_while_it_sends() {
    // The server says much more than any buffer holds before it reads the body.
    let (file, bytes) = long_file("duplex");
    let len = 16 << 20;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n");
    let script = vec![Head, Body(10), send(head), send(vec![b'x'; len]), Body(bytes.len() - 10)];
    let server = Server::start(|_| vec![script]);
    let output = ask(&["-H", "Expect:", "-T", &file, "-m", "60", &server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(output.stdout.len(), len);
}

#[test]
fn gives_up_on_a_server_that_takes_nothing() {
    let path = folder("stalled").join("file");
    std::fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let server = Server::start(|_| vec![vec![Head, WaitMs(10_000)]]);
    let args = ["-H", "Expect:", "-y", "1", "-T", path.to_str().unwrap()];
    let output = ask(&[&args[..], &[&server.url("/")]].concat());
    assert_eq!(output.status.code(), Some(28), "{}", errors(&output));
}

#[test]
fn says_so_when_a_server_leaves_during_an_upload() {
    let path = folder("leaves").join("file");
    std::fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let server = Server::start_with(
        |_| vec![vec![Head, Body(1000)]],
        |socket, script| {
            let mut heard = Vec::new();
            crate::server::play(&mut &socket, &script, &mut heard);
            heard // and closes it with unread bytes, which resets the connection
        },
    );
    let output = ask(&["-H", "Expect:", "-T", path.to_str().unwrap(), &server.url("/")]);
    assert_eq!(output.status.code(), Some(55), "{}", errors(&output));
}

#[test]
fn refuses_chunks_to_a_server_of_the_old_version() {
    let first = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(|_| vec![vec![Head, Until("0\r\n\r\n"), send(first), Head]]);
    let urls = ["/1", "/2"].map(|path| server.url(path));
    let args = ["-d", "hello", "-H", "Transfer-Encoding: chunked", &urls[0], &urls[1]];
    let output = ask(&args);
    assert_eq!(output.status.code(), Some(25), "{}", errors(&output));
}

#[test]
fn a_body_and_its_content_length_belong_together() {
    for (len, code) in [("4", 25), ("6", 25)] {
        let server = Server::start(|_| vec![vec![Head, Repeat(vec![])]; 1]);
        let field = format!("Content-Length: {len}");
        let output = ask(&["-d", "hello", "-H", &field, &server.url("/")]);
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
    }
}
