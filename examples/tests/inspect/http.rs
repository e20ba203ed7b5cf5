//! Messages of HTTP/1.1, and what is wrong with them.

use http_lite::Method;
use sansio_examples::inspect::{http_messages, unescape};

fn shown(text: &str) -> (String, bool) {
    let report = http_messages(&unescape(text).unwrap(), None);
    (report.text, report.well_formed)
}

#[test]
fn shows_messages_part_by_part() {
    let (text, well_formed) = shown(
        r"POST /telemetry?a=b HTTP/1.1\r\nHost: a\r\nAuthorization: Basic abc\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nDigest: x\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    );
    assert!(well_formed);
    assert_eq!(
        text,
        "\
request, its head 95 bytes
       0  method                     POST (neither safe nor idempotent)
       5  target                     /telemetry?a=b (origin-form)
      20  version                    HTTP/1.1
      30  Host                       \"a\"
      39  Authorization              (hidden)
      65  Transfer-Encoding          \"chunked\"
connection goes on
body      chunked
     102  content                    5 bytes, \"hello\"
trailers  
     112  Digest                     \"x\"

message 2 at byte 125: request, its head 18 bytes
     125  method                     GET (safe)
     129  target                     / (origin-form)
     131  version                    HTTP/1.0
connection ends behind this exchange
body      none
"
    );
}

#[test]
fn shows_where_a_message_is_malformed_and_why() {
    let (text, well_formed) = shown(r"GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    assert!(!well_formed);
    assert_eq!(
        text,
        "\
malformed message
          GET / HTTP/1.1\\r\\nHost : a\\r\\n\\r\\n
                                ^
error     white space before the colon (SpaceBeforeColon)
at        byte 20, 0x20
rule      RFC 9112 section 5.1
answer    400 Bad Request, then close
"
    );
}

#[test]
fn refuses_what_a_server_refuses() {
    for (text, lines) in [
        (r"GET / HTTP/1.1\r\n\r\n", ["(HostMissing)", "at        byte 0,"]),
        (r"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ["(HostTwice)", "at        byte 25,"]),
        (
            r"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            ["(LengthAndEncoding)", "at        byte 45,"],
        ),
        (
            r"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            ["(UnknownCoding)", "answer    501 Not Implemented, then close"],
        ),
        (
            r"\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
            ["(ChunkEnd)", "at        byte 66, 0x30"],
        ),
        (r"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n", ["(FieldValue)", "answer    none, the connection"]),
        (r"GET / HTTP/2.0\r\n\r\n", ["(VersionUnsupported)", "answer    505 HTTP Version"]),
    ] {
        let (shown, well_formed) = shown(text);
        assert!(!well_formed, "{text}");
        for line in lines {
            assert!(shown.contains(line), "{text}: no {line:?} in\n{shown}");
        }
    }
}

#[test]
fn tells_what_is_missing() {
    for (text, missing) in [
        (r"GET / HT", "the empty line behind the head"),
        (r"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabc", "4 bytes of the body"),
        (r"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "the last chunk"),
    ] {
        let (shown, well_formed) = shown(text);
        assert!(!well_formed && shown.contains(&format!("missing   {missing}")), "{shown}");
    }
}

#[test]
fn a_response_depends_on_what_was_asked() {
    let response = unescape(r"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").unwrap();
    assert!(!http_messages(&response, None).well_formed);
    assert!(http_messages(&response, Some(&Method::HEAD)).well_formed);
    assert!(http_messages(&response, Some(&Method::CONNECT)).text.contains("a tunnel begins"));
    let (text, _) = shown(r"HTTP/1.1 200\r\n\r\nall that comes");
    assert!(text.contains("until the connection ends") && text.contains("ends behind"), "{text}");
}

#[test]
fn what_follows_a_change_of_protocol_is_no_message() {
    let switched = unescape(r"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest");
    let tunnel = unescape(r"HTTP/1.1 200 OK\r\n\r\nrest");
    for (bytes, asked) in [(switched, None), (tunnel, Some(&Method::CONNECT))] {
        let report = http_messages(&bytes.unwrap(), asked);
        assert!(report.well_formed, "{}", report.text);
        assert!(report.text.contains("behind it 4 bytes of the other protocol"), "{}", report.text);
    }
}

#[test]
fn escapes_stand_for_bytes() {
    assert_eq!(unescape(r"a\r\n\t\0\\\x7Fb").unwrap(), b"a\r\n\t\0\\\x7Fb");
    for text in [r"\", r"\q", r"\x", r"\x1", r"\xg0"] {
        assert!(unescape(text).is_err(), "{text}");
    }
}
