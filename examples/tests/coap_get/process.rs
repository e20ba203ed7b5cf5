//! The programs' command lines and what becomes of what they print.

use coap_codec::OptionNumber;

use crate::server::{Reply, ask, client, errors, over_tcp, over_udp, payload};

#[test]
fn exit_codes_tell_help_from_a_wrong_command_line() {
    for (args, code) in [
        (&["--help"][..], 0),
        (&[], 2),
        (&["http://127.0.0.1/"], 2),
        (&["coap://127.0.0.1/", "coap://127.0.0.1/"], 2),
        (&["-b", "17", "coap://127.0.0.1/"], 2),
        (&["-s"], 2),
    ] {
        let output = ask(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stdout.is_empty(), code == 2, "{args:?}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{args:?}");
    }
}

#[test]
fn takes_times_of_32_bits() {
    let uri = over_udp(|_| vec![Reply::content("here")]);
    for option in ["-s", "-B"] {
        for time in ["18446744073709551615", "4294967296", "-1"] {
            let output = ask(&[option, time, &uri]);
            assert_eq!(output.status.code(), Some(2), "{option} {time}");
            assert!(errors(&output).starts_with("coap-get: "), "{option} {time}");
        }
        // It does not notify, so nobody waits that long.
        assert_eq!(payload(ask(&[option, "4294967295", "-w", &uri])), "here\n");
    }
    let uri = over_tcp(|_| vec![Reply::content("here")]);
    assert_eq!(payload(ask(&["-B", "4294967295", &uri])), "here");
}

#[test]
fn shows_numbers_as_numbers() {
    let mut uri = over_tcp(|_| {
        let reply = Reply::content("{}").with_uint(OptionNumber::CONTENT_FORMAT, 40);
        let reply = reply.with_uint(OptionNumber::MAX_AGE, 0).with(OptionNumber::ETAG, b"(\x01");
        vec![reply.with(OptionNumber(65000), b"(")]
    });
    uri.push_str("a%C3%A9?b=%22");
    let output = ask(&["-v", "6", "-B", "9", "-A", "50", "-T", "t", &uri]);
    let lines = errors(&output);
    let lines: Vec<_> = lines.lines().map(|line| line.split_once(", ").unwrap().1).collect();
    let csm = "token none, Max-Message-Size 1048576, Block-Wise-Transfer, 0 bytes of payload";
    let request = "token 74, Uri-Path \"aé\", Uri-Query \"b=\\\"\", Accept 50, \
        0 bytes of payload";
    let response = "token 74, ETag 0x2801, Content-Format 40, Max-Age 0, 65000 0x28, \
        2 bytes of payload";
    assert_eq!(lines.first(), Some(&csm));
    assert!(lines.contains(&request), "{lines:#?}");
    assert_eq!(lines.last(), Some(&response));
}

/// With standard output or standard error a pipe that nobody reads.
#[cfg(unix)]
mod closed {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    fn pipe() -> OwnedFd {
        let (theirs, _ours) = UnixStream::pair().unwrap();
        theirs.into()
    }

    fn programs() -> [Command; 4] {
        [
            client(),
            Command::new(env!("CARGO_BIN_EXE_mqtt-sub")),
            Command::new(env!("CARGO_BIN_EXE_inspect")),
            Command::new(env!("CARGO_BIN_EXE_gateway")),
        ]
    }

    #[test]
    fn help_may_go_unread() {
        for mut program in programs() {
            let output = program.arg("--help").stdout(pipe()).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{program:?}");
            assert_eq!(errors(&output), "", "{program:?}");
        }
    }

    #[test]
    fn complaints_may_go_unread() {
        for mut program in programs() {
            let output = program.arg("--smoke").stderr(pipe()).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{program:?}");
        }
        // Those about a server, too: nobody is at port 0.
        let output = client().arg("coap+tcp://127.0.0.1:0/").stderr(pipe()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let mut program = Command::new(env!("CARGO_BIN_EXE_mqtt-sub"));
        let output = program
            .args(["-t", "a", "-h", "127.0.0.1", "-p", "1"])
            .stderr(pipe())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn messages_may_go_unread() {
        let uri = over_udp(|_| vec![Reply::content("here")]);
        let output = client().args(["-v", "9", "-s", "1", &uri]).stderr(pipe()).output().unwrap();
        assert_eq!(payload(output), "here\n");
    }

    #[test]
    fn ends_when_nobody_reads_what_it_observes() {
        let uri = over_udp(|_| vec![Reply::content("here").with_uint(OptionNumber::OBSERVE, 1)]);
        let begin = Instant::now();
        let output = client().args(["-s", "60", &uri]).stdout(pipe()).output().unwrap();
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}
