//! The client's command line, and what it says when a server ends the connection.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

fn client() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mqtt-client"))
}

/// What the client prints and does at a server that accepts it, says `then`, and hears what the
/// client says about that.
fn at_server(then: &'static [u8]) -> (Output, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 2];
        stream.read_exact(&mut head).unwrap();
        stream.read_exact(&mut vec![0; head[1].into()]).unwrap();
        stream.write_all(&[0x20, 3, 0, 0, 0]).unwrap();
        stream.read_exact(&mut head).unwrap();
        stream.read_exact(&mut vec![0; head[1].into()]).unwrap();
        stream.write_all(then).unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    let output = client().args(["sub", "-t", "a", "-p", &port]).output().unwrap();
    (output, server.join().unwrap())
}

#[test]
fn tells_why_the_server_ends_the_connection() {
    for (then, message) in [
        (&[0xE0, 1, 0x8E][..], "mqtt-client: disconnected: Session taken over\n"),
        (&[0xE0, 0], "mqtt-client: disconnected: Normal disconnection\n"),
    ] {
        let (output, heard) = at_server(then);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(heard, []);
    }
}

#[test]
fn tells_the_server_what_is_wrong_with_its_packet() {
    // A PUBLISH with reserved flags, and a CONNECT, which no server sends.
    for (then, reason) in [(&[0x36, 0][..], 0x81), (&[0x10, 0], 0x82)] {
        let (output, heard) = at_server(then);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(heard, [0xE0, 1, reason]);
    }
}

#[test]
fn exit_codes_tell_help_from_a_wrong_command_line() {
    for (args, code) in [
        (&["--help"][..], 0),
        (&["sub", "--help"], 0),
        (&[], 2),
        (&["sub"], 2),
        (&["smoke"], 2),
        (&["pub", "-t", "a"], 2),
        (&["sub", "-t", "a", "-m", "x"], 2),
        (&["sub", "-t", "a", "-q", "2"], 2),
        (&["sub", "-t", "a", "-p", "65536"], 2),
        (&["sub", "-t"], 2),
    ] {
        let output = client().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stdout.is_empty(), code == 2, "{args:?}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn refuses_text_that_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;

    let topic = std::ffi::OsStr::from_bytes(b"\xFF");
    let output = client().args(["pub", "-m", "x", "-t"]).arg(topic).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("mqtt-client: ") && !message.contains("panicked"), "{message}");
}
