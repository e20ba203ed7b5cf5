//! `-C`.

use std::path::Path;

use crate::server::{Head, Server, ask, errors, folder, noise, response, send, shown};

fn part(first: usize, total: usize, body: &str) -> String {
    let last = first + body.len() - 1;
    let head = format!("206 Partial Content\r\nContent-Range: bytes {first}-{last}/{total}");
    response(&head, body)
}

/// A file with these bytes, asked for with `-C -`: the exit code, what is in it then, and what the
/// server has heard.
fn resumed(name: &str, has: &str, answer: &str, args: &[&str]) -> (i32, String, String) {
    let file = folder(name).join("file");
    std::fs::write(&file, has).unwrap();
    let server = Server::answer(answer);
    let output =
        ask(&[&["-C", "-", "-o", file.to_str().unwrap()], args, &[&server.url("/")]].concat());
    let is = std::fs::read_to_string(&file).unwrap();
    (output.status.code().unwrap(), is, server.heard_once())
}

#[test]
fn goes_on_behind_what_the_file_has() {
    let (code, file, heard) = resumed("on", "0123", &part(4, 10, "456789"), &[]);
    assert_eq!((code, file.as_str()), (0, "0123456789"));
    assert!(heard.contains("\r\nRange: bytes=4-\r\n"), "{heard}");
    // An empty file has nothing to go on with.
    let (code, file, heard) = resumed("empty", "", &response("200 OK", "all"), &[]);
    assert_eq!((code, file.as_str()), (0, "all"));
    assert!(!heard.contains("Range"), "{heard}");
}

#[test]
fn a_server_that_ignores_the_range_leaves_the_file_as_it_is() {
    for answer in [
        response("200 OK", "abc"),
        response("200 OK", "0123456789"),
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab".into(),
        "HTTP/1.1 200 OK\r\n\r\n0123".into(),
    ] {
        let (code, file, _) = resumed("ignores", "0123", &answer, &[]);
        assert_eq!((code, file.as_str()), (33, "0123"), "{answer}");
    }
    // As long as the file: there is no rest.
    let (code, file, _) = resumed("ignores", "0123", &response("200 OK", "0123"), &[]);
    assert_eq!((code, file.as_str()), (0, "0123"));
}

#[test]
fn a_complete_file_stays_as_it_is() {
    let complete = "HTTP/1.1 416 x\r\nContent-Range: bytes */4\r\nContent-Length: 2\r\n\r\nno";
    for args in [&[][..], &["-f"]] {
        let (code, file, _) = resumed("complete", "0123", complete, args);
        assert_eq!((code, file.as_str()), (0, "0123"));
    }
    // RFC 9110 section 15.5.17: only this says how long it is.
    for range in ["bytes */3", "bytes */5", "bytes */*", "bytes 0-3/4", "lines */4", ""] {
        let other = response(&format!("416 x\r\nContent-Range: {range}"), "no");
        for args in [&[][..], &["-f"]] {
            let (code, file, _) = resumed("complete", "0123", &other, args);
            assert_eq!((code, file.as_str()), (33, "0123"), "{range}");
        }
    }
    let (code, file, _) = resumed("complete", "0123", &response("416 x", "no"), &[]);
    assert_eq!((code, file.as_str()), (33, "0123"));
}

#[test]
fn what_is_no_such_part_leaves_the_file_as_it_is() {
    for (answer, wanted) in [
        (part(3, 10, "3456789"), 33),
        (part(5, 10, "56789"), 33),
        (part(0, 10, "0123456789"), 33),
        (response("206 x", "456789"), 33),
        (response("206 x\r\nContent-Range: bytes 4-9", "456789"), 33),
        (response("206 x\r\nContent-Range: bytes 4-9/9", "456789"), 33),
        (
            response(
                "206 x\r\nContent-Range: bytes 4-9/10\r\nContent-Range: bytes 4-9/10",
                "456789",
            ),
            33,
        ),
        (response("206 x\r\nContent-Type: multipart/byteranges; boundary=x", "--x--"), 33),
        (response("204 x", "").replace("Content-Length: 0\r\n", ""), 33),
        (response("302 x\r\nLocation: /", "there"), 22),
        (response("404 Not Found", "nowhere"), 22),
        (response("500 Oops", "oops"), 22),
    ] {
        let (code, file, _) = resumed("other", "0123", &answer, &[]);
        assert_eq!((code, file.as_str()), (wanted, "0123"), "{answer}");
    }
}

#[test]
fn less_or_more_than_the_part_says_is_told() {
    // The server sends a part of the rest.
    let some = response("206 x\r\nContent-Range: bytes 4-5/10", "45");
    let (code, file, _) = resumed("some", "0123", &some, &[]);
    assert_eq!((code, file.as_str()), (18, "012345"));
    let more = "HTTP/1.1 206 x\r\nContent-Range: bytes 4-5/6\r\n\r\n4567";
    assert_eq!(resumed("more", "0123", more, &[]).0, 33);
}

#[test]
fn the_whole_length_may_be_unknown() {
    let answer = response("206 x\r\nContent-Range: bytes 4-9/*", "456789");
    let (code, file, _) = resumed("unknown", "0123", &answer, &[]);
    assert_eq!((code, file.as_str()), (0, "0123456789"));
}

#[test]
fn goes_on_at_an_offset() {
    let answer = part(4, 10, "456789");
    let server = Server::answer(&answer);
    assert_eq!(shown(ask(&["-C", "4", &server.url("/")])), "456789");
    // What standard output has cannot be taken back.
    let server = Server::answer(response("200 OK", "0123456789"));
    let output = ask(&["-C", "4", &server.url("/")]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(33), 0));

    let file = folder("offset").join("file");
    let path = file.to_str().unwrap();
    for (has, code, is) in [
        ("0123abcdefghijkl", 0, "0123456789"),
        ("0123", 0, "0123456789"),
        ("012", 33, "012"),
        ("", 33, ""),
    ] {
        std::fs::write(&file, has).unwrap();
        let server = Server::answer(&answer);
        let output = ask(&["-C", "4", "-o", path, &server.url("/")]);
        assert_eq!(output.status.code(), Some(code), "{has}: {}", errors(&output));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), is);
    }
    // Nor is a file made whose beginning nobody has sent.
    std::fs::remove_file(&file).unwrap();
    let server = Server::answer(&answer);
    let output = ask(&["-C", "4", "-o", path, &server.url("/")]);
    assert_eq!((output.status.code(), file.exists()), (Some(33), false));
    // All of a file is compared with what the server has.
    std::fs::write(&file, "0123456").unwrap();
    let none = response("416 x\r\nContent-Range: bytes */4", "no");
    for answer in [none, response("200 OK", "0123"), response("200 OK", "abcdefg")] {
        let output = ask(&["-C", "4", "-o", path, &Server::answer(&answer).url("/")]);
        assert_eq!(output.status.code(), Some(33), "{answer}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "0123456");
    }
}

/// A server of `content` that cuts the first connection in the middle.
fn cutting(content: &[u8], at: usize) -> Server {
    let first =
        format!("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: {}\r\n\r\n", content.len());
    let second = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {at}-{}/{}\r\nContent-Length: {}\r\n\r\n",
        content.len() - 1,
        content.len(),
        content.len() - at
    );
    let first = vec![Head, send(first), send(&content[..at])];
    let second = vec![Head, send(second), send(&content[at..])];
    Server::start(|_| vec![first, second])
}

fn is_resumed(server: Server, file: &Path, content: &[u8], at: usize) {
    let path = file.to_str().unwrap();
    let url = server.url("/");
    let output = ask(&["-o", path, &url]);
    assert_eq!(output.status.code(), Some(18), "{}", errors(&output));
    let wanted = format!("byte {at} of the body");
    assert!(errors(&output).contains(&wanted), "{}", errors(&output));
    assert_eq!(std::fs::read(file).unwrap(), content[..at]);
    shown(ask(&["-C", "-", "-o", path, &url]));
    assert!(std::fs::read(file).unwrap() == content);
    assert!(server.heard()[1].contains(&format!("Range: bytes={at}-")));
}

#[test]
fn a_download_that_was_cut_goes_on() {
    let content = noise(3_000_000);
    let file = folder("cut").join("file");
    for at in [1, 65_536, 1_234_567, 2_999_999] {
        let _ = std::fs::remove_file(&file);
        is_resumed(cutting(&content, at), &file, &content, at);
    }
}

#[test]
fn a_cut_chunked_body_keeps_what_it_has() {
    let file = folder("chunks").join("file");
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (bytes, has) in
        [("", ""), ("5\r\nhel", "hel"), ("5\r\nhello\r\n", "hello"), ("1\r\na\r\n0\r\n", "a")]
    {
        let _ = std::fs::remove_file(&file);
        let server = Server::answer(format!("{head}{bytes}"));
        let output = ask(&["-o", file.to_str().unwrap(), &server.url("/")]);
        assert_eq!(output.status.code(), Some(18), "{}", errors(&output));
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), has);
    }
}
