//! Every text over a small alphabet, up to a length, in the middle of a head or as a body: ours and
//! the slow readers agree, whole and byte by byte.

use http_lite::Limits;

use crate::reference::chunked::MOST;
use crate::reference::compare;

/// Calls `each` with every text of these pieces, up to so many.
fn texts(pieces: &[&[u8]], most: u32, mut each: impl FnMut(&[u8])) {
    for count in 0..=most {
        for number in 0..pieces.len().pow(count) {
            let (mut text, mut left) = (Vec::new(), number);
            for _ in 0..count {
                text.extend_from_slice(pieces[left % pieces.len()]);
                left /= pieces.len();
            }
            each(&text);
        }
    }
}

fn requests(before: &[u8], behind: &[u8], pieces: &[&[u8]], most: u32) {
    texts(pieces, most, |text| {
        let bytes = [before, text, behind].concat();
        let each: Vec<usize> = (0..bytes.len()).collect();
        compare::requests(&bytes, &[], Limits::DEFAULT);
        compare::requests(&bytes, &each, Limits::DEFAULT);
    });
}

fn responses(before: &[u8], behind: &[u8], pieces: &[&[u8]], most: u32) {
    texts(pieces, most, |text| {
        let bytes = [before, text, behind].concat();
        let each: Vec<usize> = (0..bytes.len()).collect();
        compare::responses(&bytes, &[], Limits::DEFAULT);
        compare::responses(&bytes, &each, Limits::DEFAULT);
    });
}

#[test]
fn every_short_field_section() {
    let pieces: [&[u8]; 7] = [b"\r", b"\n", b" ", b":", b"a", b"\0", b"\xFF"];
    requests(b"GET / HTTP/1.1\r\n", b"\r\n\r\n", &pieces, 5);
    requests(b"GET / HTTP/1.1\r\n", b"", &pieces, 4);
    responses(b"HTTP/1.1 200 OK\r\nA: b\r\n", b"\r\n", &pieces, 5);
}

#[test]
fn every_short_start_line() {
    let pieces: [&[u8]; 9] =
        [b" ", b"\r", b"\n", b"/", b"*", b"G", b"HTTP/1.1", b"\r\n", b"CONNECT a:1"];
    requests(b"", b"\r\nA: b\r\n\r\n", &pieces, 5);
    let pieces: [&[u8]; 8] = [b" ", b"\r", b"\n", b"2", b"0", b"HTTP/1.1", b"\r\n", b"\t"];
    responses(b"", b"\r\n\r\n", &pieces, 5);
    responses(b"HTTP/1.1 2", b"\r\n\r\n", &pieces, 4);
}

#[test]
fn every_short_target() {
    let pieces: [&[u8]; 10] = [b":", b"/", b"a", b"%4", b"1", b"[", b"]", b"?", b"@", b"*"];
    for method in ["GET ", "CONNECT ", "OPTIONS "] {
        requests(method.as_bytes(), b" HTTP/1.1\r\n\r\n", &pieces, 5);
    }
    let pieces: [&[u8]; 8] = [b":", b"/", b"a", b"1", b"::", b".1", b"]", b"?"];
    requests(b"GET http://", b" HTTP/1.1\r\n\r\n", &pieces, 5);
    requests(b"GET http://[", b" HTTP/1.1\r\n\r\n", &pieces, 5);
}

#[test]
fn every_short_framing() {
    let pieces: [&[u8]; 8] = [
        b"Content-Length: 1\r\n",
        b"Content-Length: 01, 1\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"transfer-encoding: gzip\r\n",
        b"TRANSFER-ENCODING:gzip, Chunked\r\n",
        b"Connection: a, CLOSE\r\n",
        b"Upgrade: a\r\nConnection: Upgrade\r\n",
        b"Expect: 100-Continue\r\n",
    ];
    for version in ["1.0", "1.1"] {
        let line = format!("GET / HTTP/{version}\r\n");
        requests(line.as_bytes(), b"\r\n", &pieces, 4);
        let line = format!("HTTP/{version} 204 \r\n");
        responses(line.as_bytes(), b"\r\n", &pieces, 3);
    }
    let pieces: [&[u8]; 7] = [b",", b" ", b"chunked", b"gzip", b";", b"\"", b"="];
    requests(b"GET / HTTP/1.1\r\nTransfer-Encoding:", b"\r\n\r\n", &pieces, 5);
    let pieces: [&[u8]; 6] = [b"0", b"9", b" ", b"+", b",", b"18446744073709551615"];
    requests(b"GET / HTTP/1.1\r\nContent-Length:", b"\r\n\r\n", &pieces, 5);
}

#[test]
fn every_short_chunked_body() {
    let pieces: [&[u8]; 10] = [b"0", b"1", b"\r\n", b"\r", b"\n", b";", b"a", b"=", b"\"", b" "];
    texts(&pieces, 6, |text| compare::bodies(text, &[], MOST));
    texts(&pieces, 5, |text| {
        let each: Vec<usize> = (0..text.len() + 9).collect();
        compare::bodies(&[text, b"\r\n0\r\n\r\n"].concat(), &each, MOST);
        compare::bodies(&[b"1", text, b"\r\nx\r\n0\r\n\r\n"].concat(), &each, MOST);
        compare::bodies(&[b"0\r\n", text, b"\r\n\r\n"].concat(), &each, MOST);
    });
}
