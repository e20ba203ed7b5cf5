//! What never ends: class 9. All is cut by limits, at the same byte however it arrives.

use http_lite::ErrorKind as K;
use http_lite::connection::Settings;
use http_lite::{HeadParser, Limits};

use crate::common::{parse_request, serve, some_cuts};
use crate::{Bad, Is, error, rule};

fn cut_off(limits: Limits, bytes: &[u8], is: Is<'_>) {
    for cuts in some_cuts(bytes.len().min(20_000)) {
        assert_eq!(parse_request(limits, bytes, &cuts), is.verdict(), "{cuts:?}");
    }
    let settings = Settings { head: limits, ..Settings::SERVER };
    let ((_, found), sent) = serve(settings, bytes, &[]);
    let Bad(kind, offset) = is else { unreachable!() };
    assert_eq!(found, Some(error(kind, offset)));
    assert_eq!(sent, rule::answer(kind).as_bytes());
}

#[test]
fn a_head_is_bounded() {
    let limits = Limits { bytes: 100, fields: 5 };
    let endless = |start: &str, more: &str| format!("{start}{}", more.repeat(200)).into_bytes();
    let line = "GET / HTTP/1.1\r\nHost: a\r\n";
    // RFC 9112 section 3: 414; RFC 6585 section 5: 431.
    cut_off(limits, &endless("GET /", "a"), Bad(K::TargetTooLong, 100));
    cut_off(limits, &endless("GET /?a=", "%41"), Bad(K::TargetTooLong, 100));
    cut_off(limits, &endless("", "G"), Bad(K::FieldsTooLong, 100));
    cut_off(limits, &endless(&format!("{line}A: "), "b"), Bad(K::FieldsTooLong, 100));
    cut_off(limits, &endless(&format!("{line}A: "), " "), Bad(K::FieldsTooLong, 100));
    cut_off(limits, &endless(line, "A"), Bad(K::FieldsTooLong, 100));
    cut_off(limits, &endless(line, "A: b\r\n"), Bad(K::TooManyFields, 25 + 4 * 6));
    cut_off(limits, &endless("", "\r\n"), Bad(K::LeadingLines, 4));
    let limits = Limits { bytes: 100, fields: u16::MAX };
    cut_off(limits, &endless(line, "A: b\r\n"), Bad(K::FieldsTooLong, 100));
}

#[test]
fn the_limits_are_exact() {
    let head = b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    for (bytes, fields, good) in [
        (head.len(), 2, true),
        (head.len(), 1, false),
        (head.len() - 1, 2, false),
        (usize::MAX, 2, true),
        (0, 2, false),
    ] {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let limits = Limits { bytes, fields };
        for cuts in crate::cuts(head.len()) {
            let (text, found) = parse_request(limits, head, &cuts);
            assert_eq!((found.is_none(), !text.is_empty()), (good, good), "{limits:?}");
        }
    }
}

#[test]
fn ten_thousand_fields() {
    let head = ["GET / HTTP/1.1\r\n", &"A: b\r\n".repeat(10_000), "\r\n"].concat();
    cut_off(Limits::DEFAULT, head.as_bytes(), Bad(K::TooManyFields, 16 + 100 * 6));
    let limits = Limits { bytes: 100_000, fields: 10_000 };
    let mut parser = HeadParser::with_limits(limits);
    let (head, len) = parser.parse_request(head.as_bytes()).unwrap().unwrap();
    assert_eq!((head.fields.iter().count(), len), (10_000, 60_018));
}

/// A megabyte, one byte at a time: it ends, since no byte is looked at twice. By a parser that begins
/// anew with each byte it would be 5 * 10^11 looks.
#[test]
fn a_head_byte_by_byte_takes_linear_time() {
    let limits = Limits { bytes: 1 << 20, fields: u16::MAX };
    let mut head = b"GET / HTTP/1.1\r\n".to_vec();
    head.resize((1 << 20) - 40_000, b'a');
    head.extend_from_slice(b": ");
    head.resize((1 << 20) - 4, b'b');
    head.extend_from_slice(b"\r\n\r\n");
    let mut parser = HeadParser::with_limits(limits);
    for len in 0..head.len() {
        assert_eq!(parser.parse_request(&head[..len]), Ok(None));
    }
    assert_eq!(parser.parse_request(&head).unwrap().unwrap().1, 1 << 20);
}
