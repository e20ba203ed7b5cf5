//! The command line, and what becomes of what is printed.

use crate::server::{Server, ask, client, errors, failure, response};

#[test]
fn exit_codes_tell_help_from_a_wrong_command_line() {
    for (args, code) in [
        (&["--help"][..], 0),
        (&[], 2),
        (&["-H", "no field", "http://a/"], 2),
        (&["-H", "A: b\r\nC: d", "http://a/"], 2),
        (&["-X", "GET /", "http://a/"], 2),
        (&["-X", "CONNECT", "http://a/"], 2),
        (&["-u", "nobody", "http://a/"], 2),
        (&["-r", "x", "http://a/"], 2),
        (&["-C", "x", "http://a/"], 2),
        (&["-C", "-", "http://a/"], 2),
        (&["-C", "1", "-d", "x", "http://a/"], 2),
        (&["--etag-save", "e", "http://a/", "http://b/"], 2),
        (&["--etag-compare", "e", "http://a/", "http://b/"], 2),
        (&["-I", "-d", "x", "http://a/"], 2),
        (&["-d", "x", "-F", "a=b", "http://a/"], 2),
        (&["-F", "a", "http://a/"], 2),
        (&["-m", "-1", "http://a/"], 2),
        (&["-m", "0", "http://a/"], 2),
        (&["-m", "1e300", "http://a/"], 2),
        (&["-o", "a", "-o", "b", "http://a/"], 2),
        (&["-d", "@/no/such/file", "http://a/"], 2),
        (&["--no-such-option", "http://a/"], 2),
    ] {
        let output = ask(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", errors(&output));
        assert_eq!(output.stdout.is_empty(), code == 2, "{args:?}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{args:?}");
    }
    assert_eq!(ask(&["http://a/%zz"]).status.code(), Some(3));
    assert_eq!(ask(&["ftp://a/"]).status.code(), Some(1));
}

#[test]
fn silent_says_nothing_unless_it_shall() {
    for (args, wanted) in [(&["-s"][..], ""), (&["-sS"], "http-get: (3) http://a/%zz is no URL\n")]
    {
        let output = ask(&[args, &["http://a/%zz"]].concat());
        assert_eq!(failure(&output), (3, wanted.into()));
    }
}

#[test]
fn the_exit_code_is_that_of_the_last_url_that_failed() {
    let server = Server::answer(response("200 OK", "x"));
    let output = ask(&["http://a/%zz", &server.url("/")]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(3), &b"x"[..]));
}

/// With standard output a pipe that nobody reads.
#[cfg(unix)]
#[test]
fn ends_without_a_word_when_nobody_reads() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use crate::server::{Head, Repeat, send};

    let pipe = || -> OwnedFd {
        let (theirs, _ours) = UnixStream::pair().unwrap();
        theirs.into()
    };
    let endless = vec![Head, send("HTTP/1.1 200 OK\r\n\r\n"), Repeat(vec![b'x'; 65536])];
    let server = Server::start(|_| vec![endless]);
    let output = client().arg(server.url("/")).stdout(pipe()).output().unwrap();
    assert_eq!(failure(&output), (23, String::new()));
    let output = client().arg("--help").stdout(pipe()).output().unwrap();
    assert_eq!(failure(&output), (0, String::new()));
}
