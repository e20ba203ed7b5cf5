//! Messages both ways, pings and how a connection ends.

use std::time::{Duration, Instant};

use crate::peer::frame;
use crate::server::{Server, cat, failure, shown};

/// A Close with this code.
fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, [&code.to_be_bytes()[..], reason.as_bytes()].concat())
}

#[test]
fn lines_are_texts_and_texts_are_lines() {
    let server = Server::websocket(|peer| {
        let mut heard = Vec::new();
        while let Some(message) = peer.message() {
            heard.push(String::from_utf8(message).unwrap());
            peer.send(frame(0x81, heard.last().unwrap()));
        }
        heard
    });
    let long = "\u{20AC}".repeat(20_000);
    let input = format!("one\n\n{long}\nlast");
    let output = cat(&["-n", "4", &server.url()], input.as_bytes());
    assert_eq!(shown(output), format!("{input}\n").as_bytes());
    assert_eq!(server.end(), ["one", "", &long, "last"]);
}

#[test]
fn bytes_are_binary_messages_or_one() {
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for (args, whole) in [(&["-b", "-1"][..], true), (&["-b"], false)] {
        let server = Server::websocket(|peer| {
            let mut heard = Vec::new();
            while let Some(message) = peer.message() {
                heard.push(message);
            }
            heard
        });
        assert!(shown(cat(&[args, &[&server.url()]].concat(), &bytes)).is_empty());
        let heard = server.end();
        assert!(heard.concat() == bytes);
        assert_eq!(heard.len() == 1, whole);
    }
}

#[test]
fn shows_messages_however_they_are_framed() {
    for (args, wanted) in
        [(&[][..], &b"a\xC3\xA9b\n\n\x00\xFFend\n"[..]), (&["-x"], b"a\xC3\xA9b\n\n00ff\nend\n")]
    {
        let server = Server::websocket(|peer| {
            for bytes in [
                frame(0x01, b"a\xC3"), // cut within a character
                frame(0x89, "still there?"),
                frame(0x00, ""),
                frame(0x80, b"\xA9b"),
                frame(0x81, ""),
                frame(0x02, b"\x00"),
                frame(0x80, b"\xFF"),
                frame(0x81, "end"),
                close(1000, "that is all"),
            ]
            .concat()
            .chunks(3)
            {
                peer.send(bytes);
            }
            peer.message()
        });
        let url = server.url();
        let args = [args, &["-w", "20", url.as_str()]].concat();
        assert_eq!(shown(cat(&args, b"")), wanted);
        assert_eq!(server.end(), None);
    }
}

#[test]
fn a_message_larger_than_all_buffers_streams_through() {
    let server = Server::websocket(|peer| {
        peer.send(frame(0x81, "x".repeat(5_000_000)));
        peer.send(close(1000, ""));
        peer.message()
    });
    let output = shown(cat(&["-w", "20", &server.url()], b""));
    assert!(output == ["x".repeat(5_000_000), "\n".into()].concat().as_bytes());
}

#[test]
fn the_exit_code_tells_how_it_ended() {
    let broken = "[RFC 6455 section";
    for (bytes, code, wanted) in [
        (close(1000, ""), 0, ""),
        (close(1001, "bye"), 0, ""),
        (frame(0x88, ""), 0, ""),
        (close(1011, "tired\x1B"), 1, "the server closes with 1011: tired\\x1b"),
        (close(4321, ""), 1, "the server closes with 4321"),
        (vec![], 4, "the connection ended without Close [RFC 6455 section 7.1.5]"),
        (b"\x81\x05hel".to_vec(), 4, "the connection ended without Close"),
        (frame(0x81, b"\xFF"), 4, "a text that is not UTF-8 at byte 2 [RFC 6455 section 8.1]"),
        (b"\x81\x80\0\0\0\0".to_vec(), 4, "a masked frame of a server at byte 1"),
        (b"\xC1\x00".to_vec(), 4, "a reserved bit at byte 0"),
        (close(1005, ""), 4, broken),
    ] {
        let server = Server::websocket({
            let bytes = bytes.clone();
            move |peer| {
                peer.send(bytes);
                let _ = peer.stream.shutdown(std::net::Shutdown::Write);
                peer.message()
            }
        });
        let (got, said) = failure(&cat(&["-w", "20", &server.url()], b""));
        assert_eq!(got, code, "{}: {said}", bytes.escape_ascii());
        assert!(said.contains(wanted), "{said}");
        assert_eq!(said.is_empty(), wanted.is_empty(), "{said}");
        server.end();
    }
}

#[test]
fn tells_the_server_what_it_did_wrong() {
    // Our Close, unmasked: its code.
    let server = Server::start(|stream| {
        let mut peer = crate::peer::Peer::accept(stream, None);
        peer.send(frame(0x81, b"\xFF"));
        let mut bytes = [0; 8];
        std::io::Read::read_exact(&mut peer.stream, &mut bytes).unwrap();
        [bytes[6] ^ bytes[2], bytes[7] ^ bytes[3]]
    });
    assert_eq!(failure(&cat(&["-w", "20", &server.url()], b"")).0, 4);
    assert_eq!(u16::from_be_bytes(server.end()), 1007);
}

#[test]
fn closes_with_what_it_was_told() {
    let server = Server::start(|stream| {
        let mut peer = crate::peer::Peer::accept(stream, None);
        let mut bytes = [0; 6 + 2 + 4];
        std::io::Read::read_exact(&mut peer.stream, &mut bytes).unwrap();
        let mask = [bytes[2], bytes[3], bytes[4], bytes[5]];
        peer.send(close(4000, ""));
        bytes[6..].iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b).collect::<Vec<_>>()
    });
    let output = cat(&["--close", "4000:done", &server.url()], b"");
    assert!(shown(output).is_empty());
    assert_eq!(server.end(), b"\x0F\xA0done");
}

#[test]
fn asks_a_silent_server_whether_it_is_there() {
    let server = Server::start(|stream| {
        let mut peer = crate::peer::Peer::accept(stream, None);
        let began = Instant::now();
        let mut bytes = [0; 6];
        std::io::Read::read_exact(&mut peer.stream, &mut bytes).unwrap();
        assert_eq!(bytes[..2], [0x89, 0x80]);
        peer.send(frame(0x8A, ""));
        peer.send(close(1000, ""));
        assert_eq!(peer.message(), None);
        began.elapsed()
    });
    let output = cat(&["--ping", "0.3", "-w", "20", &server.url()], b"");
    assert!(shown(output).is_empty());
    let took = server.end();
    assert!(took > Duration::from_millis(250) && took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn gives_up_a_server_that_is_gone() {
    let server = Server::start(|stream| {
        let mut peer = crate::peer::Peer::accept(stream, None);
        // Ping, and what ends it: 1008.
        let mut bytes = [0; 6 + 6 + 2];
        std::io::Read::read_exact(&mut peer.stream, &mut bytes).unwrap();
        [bytes[12] ^ bytes[8], bytes[13] ^ bytes[9]]
    });
    let args = ["--ping", "0.2", "--pong", "0.2", "-w", "20", &server.url()];
    let wanted = "ws-cat: no answer in time [RFC 6455 section 10.4]\n";
    assert_eq!(failure(&cat(&args, b"")), (4, wanted.to_owned()));
    assert_eq!(u16::from_be_bytes(server.end()), 1008);
}

#[test]
fn refuses_input_that_is_no_text() {
    let server = Server::websocket(|peer| {
        let mut count = 0;
        while peer.message().is_some() {
            count += 1;
        }
        count
    });
    let (code, said) = failure(&cat(&[&server.url()], b"good\nb\xFFd\n"));
    assert_eq!((code, said.as_str()), (5, "ws-cat: standard input is not UTF-8, as a text is\n"));
    assert_eq!(server.end(), 1);
}

#[test]
fn ends_where_nobody_reads_any_more() {
    let server = Server::websocket(|peer| {
        for _ in 0..2000 {
            peer.send(frame(0x81, "y".repeat(1000)));
        }
    });
    let script = format!("\"$0\" -w 20 {} </dev/null | head -n 1 | wc -c", server.url());
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &format!("set -o pipefail; {script}"), env!("CARGO_BIN_EXE_ws-cat")]);
    let output = shell.output().unwrap();
    assert_eq!((failure(&output).0, output.stdout.trim_ascii()), (0, &b"1001"[..]));
    server.end();
}

#[test]
fn limits_messages_where_it_is_told_to() {
    let server = Server::websocket(|peer| {
        peer.send(frame(0x81, "x".repeat(11)));
        peer.message()
    });
    let (code, said) = failure(&cat(&["--max-message", "10", "-w", "20", &server.url()], b""));
    assert_eq!(code, 4);
    assert!(said.contains("a message longer than the limit"), "{said}");
}
