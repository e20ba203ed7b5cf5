//! After an error the parser gives the same error again, for the same bytes with more behind them;
//! and a response is cut off as a request is.

use http_lite::{ErrorKind as K, HeadParser, Limits};

use crate::Bad;
use crate::common::parse_response;

#[test]
fn a_parser_stays_where_it_failed() {
    for head in [
        &b"GET  / HTTP/1.1\r\n"[..],
        b"GET / HTTP/1.32\r\n",
        b"GET a HTTP/1.1\r\n",
        b"G@T / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
    ] {
        for len in 0..=head.len() {
            let mut parser = HeadParser::new();
            let _ = parser.parse_request(&head[..len]);
            let Err(error) = parser.parse_request(head) else { unreachable!() };
            for again in [head, &[head, b"GET / HTTP/1.1\r\n\r\n"].concat()] {
                assert_eq!(parser.parse_request(again), Err(error), "{}", head.escape_ascii());
            }
        }
    }
    for head in [
        &b"HTTP/1.1  200 OK\r\n"[..],
        b"HTTP/1.1 200 OK\n",
        b"HTTP/1.1 20x OK\n",
        b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
        b"\r\n",
    ] {
        for len in 0..=head.len() {
            let mut parser = HeadParser::new();
            let _ = parser.parse_response(&head[..len]);
            let Err(error) = parser.parse_response(head) else { unreachable!() };
            for again in [head, &[head, b"HTTP/1.1 200 OK\r\n\r\n"].concat()] {
                assert_eq!(parser.parse_response(again), Err(error), "{}", head.escape_ascii());
            }
        }
    }
}

#[test]
fn a_response_that_is_too_long() {
    let head = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    for bytes in 0..head.len() {
        let limits = Limits { bytes: bytes as u32, fields: 1 };
        for cuts in crate::cuts(head.len()) {
            let is = Bad(K::FieldsTooLong, bytes as u32);
            assert_eq!(parse_response(limits, head, &cuts), is.verdict(), "{limits:?}");
        }
    }
}
