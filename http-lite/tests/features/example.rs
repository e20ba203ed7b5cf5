//! What the example of a server answers, through a socket.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

#[allow(dead_code, reason = "its main is not called")]
#[path = "../../examples/http_server.rs"]
mod server;

const PUT: &str = "PUT / HTTP/1.1\r\nHost: x\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: x\r\n";

/// A connection to it.
fn connect() -> TcpStream {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (served, _) = listener.accept().unwrap();
    std::thread::spawn(move || server::serve(served).is_ok());
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// All that comes behind the last of `pieces`, which are sent with a pause between them.
fn answers(pieces: &[&str]) -> String {
    let mut stream = connect();
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            std::thread::sleep(Duration::from_millis(50));
        }
        stream.write_all(piece.as_bytes()).unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    answers
}

fn answer(status: &str, more: &str, content: &str) -> String {
    let len = content.len();
    let allow = "Allow: GET, HEAD, POST\r\n";
    format!("HTTP/1.1 {status}\r\nContent-Length: {len}\r\n{allow}{more}\r\n{content}")
}

#[test]
fn content_is_given_back_to_post_alone() {
    let hi = "Content-Length: 2\r\n\r\nhi";
    let get = "GET / HTTP/1.1\r\nHost: x\r\n";
    let wire = [get, hi, PUT, hi, POST, hi, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"].concat();
    let page = answer("200 OK", "", "hello\n");
    let refused = answer("405 Method Not Allowed", "", "");
    let head = page.strip_suffix("hello\n").unwrap();
    let all = [&page, &refused, &answer("200 OK", "", "hi"), head].concat();
    assert_eq!(answers(&[&wire]), all);
}

#[test]
fn bytes_that_are_taken_without_an_event_are_dropped() {
    let head = [POST, "Transfer-Encoding: chunked\r\n\r\n5\r\n"].concat();
    let all = answers(&[&head, "hello\r", "\n0\r\n", "\r\n"]);
    assert_eq!(all, answer("200 OK", "", "hello"));
}

#[test]
fn who_waits_for_100_gets_it() {
    let mut stream = connect();
    let head = [POST, "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"].concat();
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, answer("200 OK", "", "hi"));
}

#[test]
fn an_end_within_a_request_and_what_is_malformed_are_answered() {
    for wire in [&PUT[..9], PUT, &[PUT, "Content-Length: 2\r\n\r\nh"].concat(), "GET\r\n\r\n"] {
        let refused = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(answers(&[wire]), refused, "{wire}");
    }
    assert_eq!(answers(&[""]), "");
}
