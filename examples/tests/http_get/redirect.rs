//! `-L`.

use crate::server::{
    Body, Head, Script, Server, Until, ask, errors, folder, response, send, shown,
};

/// Answers with a redirect to this place, and then with `done`.
fn to(status: &str, location: &str) -> Script {
    let redirect = response(&format!("{status} x\r\nLocation: {location}"), "elsewhere");
    vec![Head, send(redirect), Head, send(response("200 OK", "done"))]
}

fn request_lines(heard: &str) -> Vec<&str> {
    heard.lines().filter(|line| line.ends_with(" HTTP/1.1")).collect()
}

#[test]
fn follows_on_the_same_connection_only_if_told_so() {
    for status in ["301", "302", "303", "307", "308"] {
        let server = Server::start(|_| vec![to(status, "../b?x#y")]);
        assert_eq!(shown(ask(&["-L", &server.url("/d/a")])), "done");
        assert_eq!(request_lines(&server.heard_once()), ["GET /d/a HTTP/1.1", "GET /b?x HTTP/1.1"]);
        let server = Server::start(|_| vec![to(status, "/b")[..2].to_vec()]);
        assert_eq!(shown(ask(&[&server.url("/a")])), "elsewhere");
    }
    for status in ["300", "304", "305", "306", "399", "201", "404"] {
        let location = format!("HTTP/1.1 {status} x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(shown(ask(&["-L", &Server::answer(location).url("/a")])), "", "{status}");
    }
    // Without Location it is a response as any other.
    let server = Server::answer(response("302 Found", "stay"));
    assert_eq!(shown(ask(&["-L", &server.url("/a")])), "stay");
}

#[test]
fn methods_and_bodies_change_as_rfc_9110_section_15_4_says() {
    for (method, status, wanted) in [
        ("POST", "301", "GET"),
        ("POST", "302", "GET"),
        ("POST", "303", "GET"),
        ("POST", "307", "POST"),
        ("POST", "308", "POST"),
        ("PUT", "301", "PUT"),
        ("PUT", "302", "PUT"),
        ("PUT", "303", "GET"),
        ("PUT", "307", "PUT"),
    ] {
        let redirect = response(&format!("{status} x\r\nLocation: /b"), "");
        let mut script = vec![Head, Body(5), send(redirect), Head];
        if wanted != "GET" {
            script.push(Body(5));
        }
        script.push(send(response("200 OK", "done")));
        let server = Server::start(|_| vec![script]);
        let args = ["-L", "-X", method, "-d", "hello", "-H", "Content-Language: en"];
        assert_eq!(shown(ask(&[&args[..], &[&server.url("/a")]].concat())), "done");
        let heard = server.heard_once();
        let (_, second) = heard.rsplit_once(&format!("{wanted} /b HTTP/1.1\r\n")).expect(&heard);
        let keeps = wanted != "GET";
        for part in ["Content-Type: ", "Content-Length: 5", "Content-Language: en", "\r\n\r\nhello"]
        {
            assert_eq!(second.contains(part), keeps, "{method} {status} {part:?} in {second}");
        }
    }
    // HEAD stays HEAD.
    for status in ["301", "303", "307"] {
        let redirect = format!("HTTP/1.1 {status} x\r\nLocation: /b\r\n\r\n");
        let last = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        let server = Server::start(|_| vec![vec![Head, send(&redirect), Head, send(last)]]);
        assert_eq!(shown(ask(&["-LI", &server.url("/a")])), format!("{redirect}{last}"));
        assert_eq!(request_lines(&server.heard_once())[1], "HEAD /b HTTP/1.1");
    }
}

#[test]
fn a_body_that_has_passed_by_is_not_sent_again() {
    let redirect = response("307 x\r\nLocation: /b", "");
    let go_on = send("HTTP/1.1 100 Continue\r\n\r\n");
    let server = Server::start(|_| vec![vec![Head, go_on, Until("0\r\n\r\n"), send(redirect)]]);
    let output = crate::server::ask_with_stdin(&["-L", "-T", "-", &server.url("/a")], b"hello");
    assert_eq!(output.status.code(), Some(65), "{}", errors(&output));
    // A file can be.
    let file = folder("again").join("f");
    std::fs::write(&file, "hello").unwrap();
    let redirect = send(response("307 x\r\nLocation: /b", ""));
    let script = vec![Head, Body(5), redirect, Head, Body(5), send(response("200 OK", "done"))];
    let server = Server::start(|_| vec![script]);
    assert_eq!(shown(ask(&["-L", "-T", file.to_str().unwrap(), &server.url("/a")])), "done");
    assert_eq!(server.heard_once().matches("hello").count(), 2);
}

#[test]
fn credentials_and_own_fields_stay_with_their_origin() {
    let secrets = ["Authorization: Basic", "Cookie: c", "X-Api-Key: k", "Referer: r", "Host: own"];
    let args = ["-L", "-u", "a:b", "-H", "Cookie: c", "-H", "X-Api-Key: k", "-H", "Referer: r"];
    let rest = ["-H", "Host: own", "-H", "Accept-Language: en", "-r", "0-9"];
    let args = [&args[..], &rest].concat();
    let last = vec![Head, send(response("200 OK", "done"))];
    let there = Server::start(|_| vec![last]);
    // Another port, and so another origin.
    let location = there.url("/b");
    let here = Server::start(|_| vec![to("302", &location)[..2].to_vec()]);
    assert_eq!(shown(ask(&[&args[..], &[&here.url("/a")]].concat())), "done");
    let (here, there) = (here.heard_once(), there.heard_once());
    for secret in secrets {
        assert!(here.contains(secret), "{secret} in {here}");
        assert!(!there.contains(secret), "{secret} in {there}");
    }
    for kept in ["Accept-Language: en", "Range: bytes=0-9", "User-Agent: "] {
        assert!(there.contains(kept), "{kept} in {there}");
    }
    // The same origin may see them again.
    let server = Server::start(|port| vec![to("302", &format!("http://127.0.0.1:{port}/b"))]);
    assert_eq!(shown(ask(&[&args[..], &[&server.url("/a")]].concat())), "done");
    let heard = server.heard_once();
    for secret in &secrets[..4] {
        assert_eq!(heard.matches(secret).count(), 2, "{secret} in {heard}");
    }
}

#[test]
fn ends_after_ten_redirects() {
    let round = [Head, send(response("302 x\r\nLocation: /a", ""))];
    let server = Server::start(|_| vec![round.iter().cycle().take(24).cloned().collect()]);
    let output = ask(&["-L", &server.url("/a")]);
    assert_eq!(output.status.code(), Some(47));
    assert_eq!(errors(&output), "http-get: (47) more than 10 redirects\n");
    drop(output);
    assert_eq!(request_lines(&server.heard_once()).len(), 11);
}

#[test]
fn locations_are_read_as_servers_write_them_or_refused() {
    let server = Server::start(|_| vec![to("302", "/a b/\u{e9}")]);
    assert_eq!(shown(ask(&["-L", &server.url("/")])), "done");
    assert_eq!(request_lines(&server.heard_once())[1], "GET /a%20b/%C3%A9 HTTP/1.1");
    for (location, code) in [
        ("ftp://127.0.0.1/", 1),
        ("file:///etc/passwd", 1),
        ("http://", 3),
        ("http://u:p@127.0.0.1/", 3),
        ("http://127.0.0.1:65536/", 3),
    ] {
        let server = Server::start(|_| vec![to("302", location)[..2].to_vec()]);
        let output = ask(&["-L", &server.url("/")]);
        assert_eq!(output.status.code(), Some(code), "{location}: {}", errors(&output));
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn the_file_has_the_last_body_alone_and_the_first_name() {
    let folder = folder("redirected");
    let server = Server::start(|_| vec![to("302", "/other")]);
    let mut command = crate::server::client();
    shown(command.current_dir(&folder).args(["-LO", &server.url("/name")]).output().unwrap());
    assert_eq!(std::fs::read(folder.join("name")).unwrap(), b"done");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_long_body_of_a_redirect_is_left_alone() {
    let head = "HTTP/1.1 302 x\r\nLocation: /b\r\n\r\n";
    let endless = vec![Head, send(head), crate::server::Repeat(vec![b'x'; 65536])];
    let last = vec![Head, send(response("200 OK", "done"))];
    let server = Server::start(|_| vec![endless, last]);
    assert_eq!(shown(ask(&["-L", "-m", "60", &server.url("/a")])), "done");
}
