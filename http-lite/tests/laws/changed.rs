//! Heads and bodies that were changed here and there: ours and the slow readers agree.

use http_lite::Limits;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::reference::chunked::{MOST, Most};
use crate::reference::{compare, others};
use crate::stream;

const REQUESTS: [&str; 10] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /a?b=%20 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 10\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nTE: trailers\r\n\r\n",
    "OPTIONS * HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
    "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
    "GET http://a.b:8/c HTTP/1.1\r\nHost:\r\nExpect: 100-continue\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nUpgrade: b\r\nConnection: upgrade\r\n\r\n",
    "PUT coap://[v1.a]/ HTTP/1.9\r\nHost: \t a \t\r\nA: \u{a0}\r\nContent-length:0\r\n\r\n",
    "M-SEARCH * HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "GET https://[1::1.2.3.4]? HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
];

const RESPONSES: [&str; 7] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\n\r\n",
    "HTTP/1.1 204\r\n\r\n",
    "HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.7 101 \t\u{e9}\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 999 x\r\nTransfer-Encoding: chunked;a=b, gzip\r\n\r\n",
    "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked, Chunked\r\n\r\n",
];

const BODIES: [&str; 7] = [
    "5\r\nhello\r\n0\r\n\r\n",
    "1;a=b\r\nx\r\n0;c=\"d\\\"e\"\r\nA: b\r\n\r\n",
    "A ; b = c ;d\r\n0123456789\r\n000\r\n\r\nmore",
    "FFFFFFFFFFFFFFFF\r\nx",
    "0000000000000001\r\na\r\n0\r\nA: b\r\nC:\r\n\r\n",
    "2\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n",
    "0;a=b;c;d=\"\"\r\n: \r\n\r\n",
];

/// One change.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    /// These bytes once more, somewhere.
    Copy(usize, usize, usize),
    Cut(usize),
    Text(usize, &'static str),
}

const TEXTS: [&str; 24] = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "chunked",
    "Content-Length: 3\r\n",
    "\r\n ",
    "Transfer-Encoding: chunked\r\n",
    "Host: b\r\n",
    "Connection: close\r\n",
    "%41",
    "%",
    "\"",
    "HTTP/1.1",
    "\0",
    "\u{e9}",
    "0",
    "[::1]",
    "A: b\r\n",
    "\r\n\r\n",
];

fn change() -> impl Strategy<Value = Change> {
    let byte = prop_oneof![any::<u8>(), select(&b"\r\n \t:;,%/.\"=0aA\0\x7F\xFF"[..])];
    let at = any::<usize>();
    prop_oneof![
        (at, byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at, byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        at.prop_map(Change::Remove),
        (at, 1..30_usize, at).prop_map(|(from, len, to)| Change::Copy(from, len, to)),
        at.prop_map(Change::Cut),
        (at, select(&TEXTS[..])).prop_map(|(at, text)| Change::Text(at, text)),
    ]
}

/// Characters up to 0xFF are bytes.
fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes_of(text);
    for change in changes {
        let len = bytes.len();
        match *change {
            Change::Set(at, byte) if len > 0 => bytes[at % len] = byte,
            Change::Insert(at, byte) => bytes.insert(at % (len + 1), byte),
            Change::Remove(at) if len > 0 => {
                bytes.remove(at % len);
            }
            Change::Copy(from, count, to) if len > 0 => {
                let from = from % len;
                let copy = bytes[from..(from + count).min(len)].to_vec();
                let to = to % (len + 1);
                bytes.splice(to..to, copy);
            }
            Change::Cut(at) => bytes.truncate(at % (len + 1)),
            Change::Text(at, text) => {
                let at = at % (len + 1);
                bytes.splice(at..at, bytes_of(text));
            }
            _ => {}
        }
    }
    bytes
}

fn ascending(cuts: &[usize], len: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (len + 1)).collect();
    cuts.sort_unstable();
    cuts
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        3 => Just(Limits::DEFAULT),
        1 => (0..120_u32, 0..4_u16).prop_map(|(bytes, fields)| Limits { bytes, fields }),
    ]
}

fn most() -> impl Strategy<Value = Most> {
    let small = (0..20_u64, 0..10_u64, 1..20_usize, 0..3_usize);
    prop_oneof![
        3 => Just(MOST),
        1 => small.prop_map(|(content, extensions, trailer_bytes, trailers)| Most {
            content, extensions, trailer_bytes, trailers,
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_request(
        text in select(&REQUESTS[..]),
        changes in vec(change(), 0..4),
        cuts in vec(any::<usize>(), 0..4),
        limits in limits(),
    ) {
        let bytes = changed(text, &changes);
        let read = compare::requests(&bytes, &ascending(&cuts, bytes.len()), limits);
        if let Some(head) = read {
            let whole = compare_len(&bytes);
            others::means_the_same(&head, &bytes[..whole]);
        }
    }

    #[test]
    fn a_changed_response(
        text in select(&RESPONSES[..]),
        changes in vec(change(), 0..4),
        cuts in vec(any::<usize>(), 0..4),
        limits in limits(),
    ) {
        let bytes = changed(text, &changes);
        if let Some(head) = compare::responses(&bytes, &ascending(&cuts, bytes.len()), limits) {
            let whole = compare_len(&bytes);
            others::means_the_same(&head, &bytes[..whole]);
        }
    }

    #[test]
    fn a_changed_head_through_a_small_buffer(
        (text, is_request) in prop_oneof![
            select(&REQUESTS[..]).prop_map(|text| (text, true)),
            select(&RESPONSES[..]).prop_map(|text| (text, false)),
        ],
        changes in vec(change(), 0..4),
        cuts in vec(any::<usize>(), 0..4),
        limits in limits(),
        room in 0..60_usize,
    ) {
        let bytes = changed(text, &changes);
        let cuts = ascending(&cuts, bytes.len());
        stream::hold(&bytes, &cuts, limits, room, is_request);
        let each: Vec<usize> = (0..bytes.len()).collect();
        stream::hold(&bytes, &each, limits, room, is_request);
    }

    #[test]
    fn a_changed_body(
        text in select(&BODIES[..]),
        changes in vec(change(), 0..4),
        cuts in vec(any::<usize>(), 0..4),
        most in most(),
    ) {
        let bytes = changed(text, &changes);
        compare::bodies(&bytes, &ascending(&cuts, bytes.len()), most);
    }
}

/// Where a good head ends: behind the first empty line that is not before it.
fn compare_len(bytes: &[u8]) -> usize {
    let skipped = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let end = bytes[skipped..].windows(4).position(|window| window == b"\r\n\r\n");
    skipped + end.unwrap() + 4
}
