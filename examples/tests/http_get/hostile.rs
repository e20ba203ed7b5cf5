//! Servers that mean no good, or do not speak HTTP.

use std::time::Duration;

use crate::server::{AwaitClose, Head, Repeat, Server, WaitMs, ask, errors, folder, send};

#[test]
fn what_is_not_http_is_refused() {
    for (answer, why) in [
        ("SSH-2.0-x\r\n", "HTTP version"),
        ("HTTP/2.0 200 OK\r\n\r\n", "other than 1.x"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "status code"),
        ("HTTP/1.1 200 OK\nA: b\n\n", "without a CR"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "folded"),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "white space before the colon"),
        ("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "control character"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "more than one"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na", "Content-Length"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "beside Transfer-Encoding",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "coding"),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "protocol",
        ),
    ] {
        let file = folder("refused").join("file");
        let server = Server::answer(answer);
        let output = ask(&["-i", "-o", file.to_str().unwrap(), &server.url("/")]);
        assert_eq!(output.status.code(), Some(8), "{answer:?}: {}", errors(&output));
        assert!(errors(&output).contains(why), "{answer:?}: {}", errors(&output));
        assert!(!file.exists(), "{answer:?}");
    }
}

#[test]
fn malformed_chunks_end_the_body() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for bad in [
        "x\r\n",
        "+5\r\nhello",
        "\r\n",
        "5\r\nhello0\r\n\r\n",
        "5 \r\nhello",
        "11111111111111111\r\n",
    ] {
        let server = Server::answer(format!("{head}2\r\nok\r\n{bad}"));
        let output = ask(&[&server.url("/")]);
        assert_eq!(output.status.code(), Some(56), "{bad:?}: {}", errors(&output));
        assert!(output.stdout.starts_with(b"ok"), "{bad:?}");
    }
}

#[test]
fn exit_codes_tell_what_is_missing() {
    for (answer, code) in [("", 52), ("HTTP/1.1 200 O", 56), ("HTTP/1.1 100 Continue\r\n\r\n", 56)]
    {
        let output = ask(&[&Server::answer(answer).url("/")]);
        assert_eq!(output.status.code(), Some(code), "{answer:?}: {}", errors(&output));
    }
}

#[test]
fn endless_heads_are_cut_by_their_size() {
    for (begin, repeated) in [
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n", "A: b\r\n"),
        ("HTTP/1.1 200 OK\r\nA: ", "bbbbbbbbbbbbbbbbbbbb"),
        ("HTTP/1.1 200 ", "OOOOOOOOOOOOOOOOOOOO"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: bbbbbbbbbbbbbbb\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "bbbbbbbbbbbbbbb"),
    ] {
        let repeated = Repeat(repeated.repeat(100).into());
        let server = Server::start(|_| vec![vec![Head, send(begin), repeated]]);
        let output = ask(&["-m", "60", &server.url("/")]);
        assert!(matches!(output.status.code(), Some(8 | 56)), "{begin:?}: {}", errors(&output));
    }
}

#[test]
fn slow_servers_are_cut_by_time() {
    let drip: Vec<_> = (0..60).flat_map(|_| [send("x"), WaitMs(100)]).collect();
    for (begin, steps) in [
        ("", vec![WaitMs(6000)]),
        ("HTTP/1.1 200 OK\r\nA: ", drip.clone()),
        ("HTTP/1.1 200 OK\r\n\r\n", drip.clone()),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", vec![WaitMs(6000)]),
    ] {
        let script = [vec![Head, send(begin)], steps].concat();
        let server = Server::start(|_| vec![script]);
        let output = ask(&["-y", "1", &server.url("/")]);
        assert_eq!(output.status.code(), Some(28), "{begin:?}: {}", errors(&output));
    }
    // With -N, only --max-time cuts it.
    let script = [vec![Head, send("HTTP/1.1 200 OK\r\n\r\n")], drip].concat();
    let server = Server::start(|_| vec![script]);
    let output = ask(&["-N", "-y", "2", "-m", "5", &server.url("/")]);
    assert_eq!(errors(&output), "http-get: (28) the time is over\n");
    assert!(output.stdout.len() > 10);
}

#[test]
fn connections_are_waited_for_in_vain_no_longer_than_told() {
    // Nobody accepts there, and the queue is full.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let wait = Duration::from_millis(200);
    let fill: Vec<_> = (0..5000)
        .map_while(|_| std::net::TcpStream::connect_timeout(&address, wait).ok())
        .collect();
    let output = ask(&["--connect-timeout", "0.5", &format!("http://{address}/")]);
    assert_eq!(output.status.code(), Some(28), "{}", errors(&output));
    drop(fill);
}

#[test]
fn nobody_there_and_no_such_host() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let output = ask(&[&format!("http://127.0.0.1:{port}/")]);
    assert_eq!(output.status.code(), Some(7), "{}", errors(&output));
    let output = ask(&["http://no-such-host.invalid/"]);
    assert_eq!(output.status.code(), Some(6), "{}", errors(&output));
}

#[test]
fn what_comes_behind_a_response_is_never_another_response() {
    // The second answer is there before its question.
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    let forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    let first = vec![Head, send(format!("{two}{forged}")), AwaitClose];
    let second = vec![Head, send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")];
    let server = Server::start(|_| vec![first, second]);
    let urls = ["/1", "/2"].map(|path| server.url(path));
    assert_eq!(crate::server::shown(ask(&[&urls[0], &urls[1]])), "ab");
}
