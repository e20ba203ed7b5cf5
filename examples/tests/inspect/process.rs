//! The program: where it takes bytes from, and its exit codes.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inspect"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read anything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn takes_bytes_from_anywhere() {
    let wanted = b"PINGREQ, MQTT 5.0, 2 bytes";
    let path = std::env::temp_dir().join(format!("inspect-{}", std::process::id()));
    std::fs::write(&path, [0xC0, 0x00]).unwrap();
    let file = path.to_str().unwrap();
    for (args, stdin) in [
        (&["mqtt", "c000"][..], &b""[..]),
        (&["mqtt", "0xC0", "00"], b""),
        (&["mqtt", "-"], b"c0:\n00\n"),
        (&["mqtt", "-", "--binary"], b"\xC0\x00"),
        (&["mqtt", "--file", file, "--binary"], b""),
    ] {
        let output = run(args, stdin);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(output.stdout.starts_with(wanted), "{args:?}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn exit_codes_tell_malformed_input_from_a_wrong_command_line() {
    for (args, code) in [
        (&["mqtt", "c000"][..], 0),
        (&["topic", "a/+", "b"], 0),
        (&["coap", "40 00 0001"], 0),
        (&["coap", "--tcp", "00e1", "00e1"], 0),
        (&["coap", "--ws", "00e1"], 0),
        (&["link", "</a>;ct=50", "ct=50"], 0),
        (&["link", ""], 0),
        (&["coap", "40 00 0001 00"], 1),
        (&["link", "</a"], 1),
        (&["ws", "81 05 48 65 6c 6c 6f"], 0),
        (&["ws", "--from", "client", "81 05 48 65 6c 6c 6f"], 1),
        (&["ws", "81 05 48"], 1),
        (&["ws"], 2),
        (&["link", "</a>", "=x"], 1),
        (&["coap"], 2),
        (&["coap", "--version", "1", "40"], 2),
        (&["link"], 2),
        (&["--help"], 0),
        (&["http", "--help"], 0),
        (&["topic", "--help"], 0),
        (&["topic", "--help", "--help"], 0),
        (&["http", ""], 2),
        (&["mqtt", "c1 00"], 1),
        (&["mqtt", "c0"], 1),
        (&["topic", "a#", "b"], 1),
        (&[], 2),
        (&["mqtt"], 2),
        (&["mqtt", "c00"], 2),
        (&["mqtt", "xyz"], 2),
        (&["mqtt", "c000", "-"], 2),
        (&["mqtt", "--version", "4.0", "c000"], 2),
        (&["http", r"GET / HTTP/1.1\r\nHost: a\r\n\r\n"], 0),
        (&["http", "GET"], 1),
        (&["http", "--asked", "HEAD", r"HTTP/1.1 204 \r\n\r\n"], 0),
        (&["http"], 2),
        (&["http", r"\q"], 2),
        (&["http", "GET", "-"], 2),
        (&["http", "--asked", "a b", "GET"], 2),
        (&["topic", "a"], 2),
        (&["smoke", "signals"], 2),
    ] {
        let output = run(args, b"");
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stderr.is_empty(), code != 2, "{args:?}");
    }
}

#[test]
fn tells_what_cannot_be_read_in_one_line() {
    for (args, line) in [
        (&["mqtt", "--file", "/no/such/file"][..], "inspect: /no/such/file: "),
        (&["mqtt", "c00"], "inspect: a byte has two hexadecimal digits"),
    ] {
        let message = String::from_utf8(run(args, b"").stderr).unwrap();
        assert!(message.starts_with(line) && message.lines().count() == 1, "{message}");
    }
}
