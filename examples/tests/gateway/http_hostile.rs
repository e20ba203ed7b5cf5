//! HTTP that breaks the rules, or wants too much. The classes of inputs are those on which parsers
//! have been found to disagree.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::client::Broker;
use crate::http_client::Http;

const PUT: &str = "PUT /topics/a HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "PUT /topics/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
/// What must not be interpreted.
const SMUGGLED: &str = "PUT /topics/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";

/// Sends each of these with another request behind it: it is refused with this status, the
/// connection ends, nothing behind it is done, and nobody else notices.
fn refused(rows: impl IntoIterator<Item = (Vec<u8>, u16)>) {
    let broker = Broker::start();
    let mut bystander = Http::new(broker.http);
    for (bytes, status) in rows {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
        let mut http = Http::new(broker.http);
        let begin = Instant::now();
        // A gateway that has refused may not take all of it.
        let _ = http.stream.write_all(&[&bytes[..], SMUGGLED.as_bytes()].concat());
        let all = String::from_utf8(http.rest()).unwrap();
        assert!(all.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {all}");
        assert_eq!(all.matches("HTTP/1.1").count(), 1, "{shown:?}: {all}");
        assert!(all.contains("\r\nConnection: close\r\n"), "{shown:?}: {all}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{shown:?}");
    }
    bystander.get("/topics/smuggled").expect_refusal(404);
    bystander.get("/topics/a").expect_refusal(404);
}

fn with_status<const N: usize>(
    status: u16,
    rows: [&[u8]; N],
) -> impl Iterator<Item = (Vec<u8>, u16)> {
    rows.map(|bytes| (bytes.to_vec(), status)).into_iter()
}

#[test]
fn class_1_line_ends() {
    refused(with_status(
        400,
        [
            b"GET / HTTP/1.1\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n\n",
            b"GET / HTTP/1.1\rHost: a\r\r",
            b"GET / HTTP/1.1\r\nHost: a\r\n\rX",
            b"GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX:\nY: c\r\n\r\n",
            b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    ));
}

#[test]
fn class_2_names() {
    let lines = [
        "X : b",
        "X\t: b",
        "X\u{b}: b",
        " X: b",
        ": b",
        "X",
        "X\r\nY: b",
        "X Y: b",
        "X\0: b",
        "X(: b",
        "\u{e9}: b",
        "\u{a0}X: b",
    ];
    let at = |line: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n").into_bytes();
    refused(lines.iter().map(|line| (at(line), 400)));
    refused([(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n".to_vec(), 400)]);
    refused([(b"GET / HTTP/1.1\r\nHost: a\r\nX\x85: b\r\n\r\n".to_vec(), 400)]);
}

#[test]
fn class_3_values() {
    let values = [&b"\0"[..], b"a\0b", b"a\x07b", b"a\x7f", b"a\r\n b", b"\r\n\tb"];
    let at = |value: &[u8]| [b"GET / HTTP/1.1\r\nHost: a\r\nX: ", value, b"\r\n\r\n"].concat();
    refused(values.iter().map(|value| (at(value), 400)));
    // Folded: what another would read as `chunked`.
    refused([(format!("{PUT}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n").into(), 400)]);
}

#[test]
fn class_4_start_lines() {
    let at =
        |(line, status): (&str, u16)| (format!("{line}\r\nHost: a\r\n\r\n").into_bytes(), status);
    let rows = [
        ("GET  / HTTP/1.1", 400),
        ("GET /  HTTP/1.1", 400),
        ("GET\t/ HTTP/1.1", 400),
        (" GET / HTTP/1.1", 400),
        ("GET / HTTP/1.1 ", 400),
        ("GET / HTTP/1.32", 400),
        ("GET / HTTP/4294967295.255", 400),
        ("GET / HTTP/01.1", 400),
        ("GET / http/1.1", 400),
        ("GET / HTTP/1", 400),
        ("GET /", 400),
        ("GET / HTTP/2.0", 505),
        ("GET / HTTP/0.9", 505),
        ("G(ET / HTTP/1.1", 400),
        ("GET a HTTP/1.1", 400),
        ("GET * HTTP/1.1", 400),
        ("GET /#a HTTP/1.1", 400),
        ("GET /%zz HTTP/1.1", 400),
        ("GET /% HTTP/1.1", 400),
        ("GET /\u{e9} HTTP/1.1", 400),
        ("GET /\u{7f} HTTP/1.1", 400),
        ("GET http:///a HTTP/1.1", 400),
        ("GET http://u:p@a/ HTTP/1.1", 400),
        ("CONNECT / HTTP/1.1", 400),
    ];
    refused(rows.map(at));
    refused([(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 400)]);
    refused([(b"GET / HTTP/1.1\r\n\r\n".to_vec(), 400)]); // no Host
    let hosts = ["a\r\nHost: a", "a b", "a/b", "a:x", "a, b", "u@a", "[::1"];
    refused(hosts.map(|host| (format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").into(), 400)));
}

#[test]
fn class_5_lengths() {
    let values = [
        "+5",
        "-5",
        "-0",
        "0x10",
        "1_0",
        "1Z",
        "1 2",
        "",
        "5, 5",
        "5, 6",
        "5;a",
        "5.0",
        "5\r\nContent-Length: 5",
        "5\r\nContent-Length: 6",
        "0\r\nContent-Length: 31",
    ];
    let at = |value: &str| format!("{PUT}Content-Length: {value}\r\n\r\n").into_bytes();
    refused(values.iter().map(|value| (at(value), 400)));
    let large =
        ["1114113", "18446744073709551615", "18446744073709551616", "99999999999999999999999"];
    refused(large.iter().map(|value| (at(value), 413)));
}

#[test]
fn class_6_transfer_codings() {
    let at = |value: &str| format!("{PUT}Transfer-Encoding: {value}\r\n\r\n0\r\n\r\n").into_bytes();
    let values = [
        "",
        ",chunked",
        "chunked,",
        "chunked, gzip",
        "\"chunked\"",
        "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "\u{b}chunked",
        "chunked\u{c}",
        "chun ked",
        "\u{ff}chunked",
        "xchunked",
        "identity",
        "gzip",
        "chunked;a=b",
        "chunked\r\nContent-Length: 5",
        "gzip, chunked\r\nContent-Length: 5",
    ];
    refused(values.iter().map(|value| (at(value), 400)));
    refused(["gzip, chunked", "x ,\tchunked"].iter().map(|value| (at(value), 501)));
    let both = format!("{PUT}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused([(both.into(), 400)]);
    refused([(CHUNKED.replace("/1.1", "/1.0").into(), 400)]);
    // Each byte that could hide the word, before and behind it.
    let hidden = (0..=0x20_u8).chain(0x7f..=0xff).filter(|byte| !b"\t ".contains(byte));
    let around = |byte: u8| {
        let value = |parts: [&[u8]; 2]| {
            [PUT.as_bytes(), b"Transfer-Encoding: ", &parts.concat(), b"\r\n\r\n0\r\n\r\n"].concat()
        };
        [value([&[byte], b"chunked"]), value([b"chunked", &[byte]])]
    };
    refused(hidden.flat_map(around).map(|bytes| (bytes, 400)));
}

#[test]
fn class_7_chunks() {
    let bodies = [
        "\r\n",
        " \r\n",
        ";\r\n",
        "0x1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "1_0\r\n",
        " 1\r\nx\r\n0\r\n\r\n",
        "g\r\n",
        "10000000000000000\r\n",
        "00000000000000001\r\nx\r\n",
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx0\r\n\r\n",
        "1;\r\nx\r\n",
        "1;a=\"\r\nx\r\n0\r\n\r\n",
        "1;a\nb\r\nx\r\n",
        "1;a\rb\r\nx\r\n",
        "1;a\0\r\nx\r\n",
        "1;a=\"\r\n\"\r\nx\r\n",
        "1\nx\r\n",
        "1\r\nx\n0\r\n\r\n",
        "0\r\nA b: c\r\n\r\n",
        "0\r\n: c\r\n\r\n",
        "0\r\n a: c\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nX",
    ];
    refused(bodies.map(|body| (format!("{CHUNKED}{body}").into(), 400)));
    let long = [
        format!("{CHUNKED}1;{}", "a".repeat(70_000)),
        format!("{CHUNKED}{}", "1;a=b\r\nx\r\n".repeat(5000)),
        format!("{CHUNKED}ffffffffffffffff\r\n"),
        format!("{CHUNKED}110001\r\n"),
    ];
    refused(long.map(|bytes| (bytes.into_bytes(), 413)));
    let trailers = "a: b\r\n".repeat(33);
    refused([(format!("{CHUNKED}0\r\n{trailers}\r\n").into(), 431)]);
}

/// What has been asked for before is answered.
#[test]
fn class_8_a_fault_behind_a_good_request() {
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    http.send(format!(
        "{PUT}Content-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost : a\r\n\r\n{SMUGGLED}"
    ));
    http.answer().expect(201, "");
    assert_eq!(http.answer().expect_refusal(400).field("connection"), Some("close"));
    http.expect_closed();
    // Nothing behind the last request either.
    let mut http = Http::new(broker.http);
    http.send(format!("GET /topics/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{SMUGGLED}"));
    http.answer().expect(200, "x");
    http.expect_closed();
    // Even if it takes its time to read the answers before.
    let mut http = Http::new(broker.http);
    let large = vec![b'x'; 1_000_000];
    http.put("/topics/large", &large).expect(201, "");
    let get = "GET /topics/large HTTP/1.1\r\nHost: a\r\n\r\n";
    http.send(format!("{}GET / HTTP/1.1\r\nHost : a\r\n\r\n", get.repeat(20)));
    std::thread::sleep(Duration::from_millis(1500));
    for _ in 0..20 {
        http.answer().expect(200, &large);
    }
    http.answer().expect_refusal(400);
    http.expect_closed();
    // The answer to HEAD has no content, whatever it says.
    for request in [
        "HEAD /topics/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HEAD /topics/a HTTP/1.1\r\nHost : a\r\n\r\n",
    ] {
        let mut http = Http::new(broker.http);
        http.send(request);
        let all = String::from_utf8(http.rest()).unwrap();
        assert!(all.starts_with("HTTP/1.1 400 ") && all.ends_with("\r\n\r\n"), "{all}");
    }
    // A body is a body with each method.
    let mut http = Http::new(broker.http);
    for method in ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"] {
        let line = format!("{method} /topics/b");
        http.ask(&line, &[], SMUGGLED.as_bytes());
        http.say(&line, &["Transfer-Encoding: chunked"], b"");
        http.send(format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len()));
        http.answer_to(&line);
    }
    http.get("/topics/smuggled").expect_refusal(404);
}

#[test]
fn class_9_too_much() {
    let line = "GET / HTTP/1.1\r\nHost: a\r\n";
    refused([
        (format!("{line}X: {}", "x".repeat(70_000)).into_bytes(), 431),
        (format!("{line}{}\r\n", "X: y\r\n".repeat(200)).into(), 431),
        (format!("{line}{}", "X: y\r\n".repeat(10_000)).into(), 431),
        (format!("GET /{} HTTP/1.1\r\n", "x".repeat(70_000)).into(), 414),
        ("\r\n".repeat(10_000).into(), 400),
        ("X".repeat(70_000).into(), 431),
    ]);
    // 16 kB are well below what is refused.
    let broker = Broker::start();
    let mut http = Http::new(broker.http);
    let long = format!("X: {}", "x".repeat(16_000));
    assert_eq!(http.ask("GET /", &[&long], b"").status, 200);
    assert_eq!(http.get(&format!("/?{}", "x".repeat(16_000))).status, 200);
}

/// Far more bytes than any buffer holds, in each place where more may come.
#[test]
fn what_has_no_end_is_cut() {
    let broker = Broker::start();
    let mut bystander = Http::new(broker.http);
    for (begin, more) in [
        ("", "\r\n"),
        ("", "X"),
        ("GET /", "x"),
        ("GET / HTTP/1.1\r\n", "X: y\r\n"),
        ("GET / HTTP/1.1\r\nX:", "x"),
        (CHUNKED, "1;a=b\r\nx\r\n"),
        (CHUNKED, "10\r\n0123456789abcdef\r\n"),
        (&format!("{CHUNKED}1;"), "a"),
        (&format!("{CHUNKED}0\r\n"), "A: b\r\n"),
    ] {
        let mut http = Http::new(broker.http);
        http.send(begin);
        let begin_time = Instant::now();
        let more = more.repeat(20_000);
        let is_cut = (0..1000).any(|_| http.stream.write_all(more.as_bytes()).is_err());
        assert!(is_cut && begin_time.elapsed() < Duration::from_secs(5), "{begin:?}");
        assert_eq!(bystander.get("/").status, 200);
    }
    bystander.get("/topics/a").expect_refusal(404);
}

/// Seeded, so that a failure can be repeated.
#[test]
fn garbage_disturbs_nobody() {
    let broker = Broker::start();
    let mut bystander = Http::new(broker.http);
    bystander.put("/topics/kept", "x").expect(201, "");
    let good =
        format!("GET /topics/kept HTTP/1.1\r\nHost: a\r\n\r\n{CHUNKED}5\r\nhello\r\n0\r\n\r\n");
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..300 {
        let mut bytes = good.repeat(2).into_bytes();
        if round % 3 == 0 {
            bytes = (0..random() % 400).map(|_| (random() >> 24) as u8).collect();
        } else {
            for _ in 0..=random() % 4 {
                let at = (random() % bytes.len() as u64) as usize;
                bytes[at] = (random() >> 24) as u8;
            }
        }
        let mut http = Http::new(broker.http);
        let cut = (random() % (bytes.len() as u64 + 1)) as usize;
        let _ = http.stream.write_all(&bytes[..cut]);
        let _ = http.stream.write_all(&bytes[cut..]);
        let _ = http.stream.shutdown(std::net::Shutdown::Write);
        let said = String::from_utf8_lossy(&http.rest()).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 "), "{said}");
    }
    bystander.get("/topics/kept").expect(200, "x");
}
