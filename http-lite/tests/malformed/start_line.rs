//! Request lines and status lines: class 4, and the line ends of class 1 in them.

use http_lite::ErrorKind as K;

use crate::{Bad, Good, Is, Then, request, requests, response, responses};

#[test]
fn request_lines_end_with_crlf() {
    requests(&[
        ("LF", b"GET / HTTP/1.1\nHost: a\r\n\r\n", Bad(K::BareLf, 14)),
        ("LF all over", b"GET / HTTP/1.1\nHost: a\n\n", Bad(K::BareLf, 14)),
        ("LF behind the method", b"GET\n/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("LF behind the target", b"GET /\nHTTP/1.1\r\n", Bad(K::BareLf, 5)),
        ("LF in the version", b"GET / HTTP/\n1.1\r\n", Bad(K::BareLf, 11)),
        ("CR", b"GET / HTTP/1.1\rHost: a\r\n\r\n", Bad(K::BareCr, 14)),
        ("CR CR LF", b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", Bad(K::BareCr, 14)),
        ("CR behind the method", b"GET\r/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("CR in the version", b"GET / HTTP/\r1.1\r\n", Bad(K::Version, 11)),
        ("HTTP/0.9", b"GET /\r\n", Bad(K::Version, 5)),
        ("no version, but SP", b"GET / \r\n", Bad(K::Version, 6)),
        ("no target", b"GET\r\n", Bad(K::Method, 3)),
        ("no target, but SP", b"GET \r\n", Bad(K::Version, 4)),
        ("no target, but two SP", b"GET  HTTP/1.1\r\n", Bad(K::TargetByte, 4)),
    ]);
}

#[test]
fn two_empty_lines_may_come_first_and_no_more() {
    let good = "GET / Http11 {Host: a} None ;";
    requests(&[
        ("none", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Good(good)),
        ("one", b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Good(good)),
        ("two", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Good(good)),
        ("three", b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Bad(K::LeadingLines, 4)),
        ("endless", b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", Bad(K::LeadingLines, 4)),
        ("LF", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Bad(K::BareLf, 0)),
        ("CRLF LF", b"\r\n\nGET / HTTP/1.1\r\n", Bad(K::BareLf, 2)),
        ("CR", b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", Bad(K::BareCr, 0)),
        ("CR CR LF", b"\r\r\nGET / HTTP/1.1\r\n", Bad(K::BareCr, 0)),
        (
            "between two requests",
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            Good("GET / Http11 {Host: a} None ; GET /b Http11 {Host: a} None ;"),
        ),
    ]);
    responses(&[
        ("before a response", b"\r\nHTTP/1.1 200 OK\r\n\r\n", Bad(K::LeadingLines, 0)),
        ("LF before a response", b"\nHTTP/1.1 200 OK\r\n\r\n", Bad(K::LeadingLines, 0)),
    ]);
}

#[test]
fn one_sp_is_between_the_parts_and_nothing_else() {
    requests(&[
        ("SP first", b" GET / HTTP/1.1\r\n", Bad(K::Method, 0)),
        ("TAB first", b"\tGET / HTTP/1.1\r\n", Bad(K::Method, 0)),
        ("two SP before the target", b"GET  / HTTP/1.1\r\n", Bad(K::TargetByte, 4)),
        ("two SP behind the target", b"GET /  HTTP/1.1\r\n", Bad(K::Version, 6)),
        ("SP behind the version", b"GET / HTTP/1.1 \r\n", Bad(K::Version, 14)),
        ("TAB behind the version", b"GET / HTTP/1.1\t\r\n", Bad(K::Version, 14)),
        ("TAB behind the method", b"GET\t/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("VT behind the method", b"GET\x0B/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("FF behind the method", b"GET\x0C/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("0xA0 behind the method", b"GET\xA0/ HTTP/1.1\r\n", Bad(K::Method, 3)),
        ("TAB behind the target", b"GET /\tHTTP/1.1\r\n", Bad(K::TargetByte, 5)),
        ("VT behind the target", b"GET /\x0BHTTP/1.1\r\n", Bad(K::TargetByte, 5)),
        ("FF behind the target", b"GET /\x0CHTTP/1.1\r\n", Bad(K::TargetByte, 5)),
        ("SP in the target", b"GET /a b HTTP/1.1\r\n", Bad(K::Version, 7)),
        ("two versions", b"GET / HTTP/1.1 HTTP/1.1\r\n", Bad(K::Version, 14)),
    ]);
    responses(&[
        ("SP first", b" HTTP/1.1 200 OK\r\n\r\n", Bad(K::Version, 0)),
        ("two SP before the status", b"HTTP/1.1  200 OK\r\n\r\n", Bad(K::StatusCode, 9)),
        ("TAB before the status", b"HTTP/1.1\t200 OK\r\n\r\n", Bad(K::StatusCode, 8)),
        ("TAB behind the status", b"HTTP/1.1 200\tOK\r\n\r\n", Bad(K::StatusCode, 12)),
        ("LF behind the version", b"HTTP/1.1\n200 OK\r\n\r\n", Bad(K::BareLf, 8)),
        ("LF behind the status", b"HTTP/1.1 200\nOK\r\n\r\n", Bad(K::BareLf, 12)),
        ("LF in the status", b"HTTP/1.1 20\n OK\r\n\r\n", Bad(K::BareLf, 11)),
        ("LF behind the reason", b"HTTP/1.1 200 OK\n\r\n", Bad(K::BareLf, 15)),
        ("CR behind the reason", b"HTTP/1.1 200 OK\rA: b\r\n\r\n", Bad(K::BareCr, 15)),
        ("CR behind the status", b"HTTP/1.1 200\rOK\r\n\r\n", Bad(K::BareCr, 12)),
        ("CR before the status", b"HTTP/1.1\r200 OK\r\n\r\n", Bad(K::StatusCode, 8)),
    ]);
}

#[test]
fn methods_are_tokens() {
    let bad = |what: &str, bytes: &[u8], at| request(what, bytes, Bad(K::Method, at));
    bad("empty", b" / HTTP/1.1\r\n", 0);
    bad("a slash", b"GET/ HTTP/1.1\r\n", 3);
    bad("NUL", b"GE\0T / HTTP/1.1\r\n", 2);
    bad("non-ASCII", b"G\xC3\x89T / HTTP/1.1\r\n", 1);
    bad("a quote", b"\"GET\" / HTTP/1.1\r\n", 0);
    bad("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03", 0);
    bad("a response", b"HTTP/1.1 200 OK\r\n\r\n", 4);
    bad("a body that was not read", b"{\"a\": 1}", 0);
    requests(&[
        (
            "lower case is another method",
            b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
            Good("get / Http11 {Host: a} None ;"),
        ),
        (
            "a prefix is another method",
            b"GETS / HTTP/1.1\r\nHost: a\r\n\r\n",
            Good("GETS / Http11 {Host: a} None ;"),
        ),
        (
            "not an empty body, but the next method",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\
              Host: a\r\n\r\n",
            Good(
                "POST / Http11 {Host: a, Content-Length: 3} Length(3) +\"abc\" ; \
                 GET / Http11 {Host: a} None ;",
            ),
        ),
        (
            "all of tchar",
            b"!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\nHost: a\r\n\r\n",
            Good("!#$%&'*+-.^_`|~09azAZ / Http11 {Host: a} None ;"),
        ),
    ]);
    for byte in 0..=255_u8 {
        let good = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let line = [&b"G"[..], &[byte], b"T / HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        let text = format!("G{}T / Http11 {{Host: a}} None ;", char::from(byte));
        match byte {
            b' ' => request("SP", &line, Bad(K::TargetForm, 2)),
            _ if good => request("a method", &line, Good(&text)),
            _ => request("a method", &line, Bad(K::Method, 1)),
        }
    }
}

#[test]
fn versions_are_one_digit_each() {
    let bad = |version: &str, at: u32| {
        let line = format!("GET / {version}\r\nHost: a\r\n\r\n");
        request(version, line.as_bytes(), Bad(K::Version, 6 + at));
    };
    bad("HTTP/1.32", 8);
    bad("HTTP/1.10", 8);
    bad("HTTP/4294967295.255", 6);
    bad("HTTP/01.1", 6);
    bad("HTTP/1.01", 8);
    bad("http/1.1", 0);
    bad("Http/1.1", 1);
    bad("HTTP/1", 6);
    bad("HTTP/1.", 7);
    bad("HTTP/.1", 5);
    bad("HTTP/1,1", 6);
    bad("HTTP/1.1a", 8);
    bad("HTTP/+1.1", 5);
    bad("HTTP/-1.1", 5);
    bad("HTTP1.1", 4);
    bad("HTTP /1.1", 4);
    bad("HTTPS/1.1", 4);
    bad("RTSP/1.0", 0);
    bad("SIP/2.0", 0);
    bad("HTTP/1.\u{661}", 7);
    requests(&[
        (
            "the last minor version",
            b"GET / HTTP/1.9\r\nHost: a\r\n\r\n",
            Good("GET / Http11 {Host: a} None ;"),
        ),
        ("HTTP/1.0 needs no Host", b"GET / HTTP/1.0\r\n\r\n", Good("GET / Http10 {} None ;")),
        ("HTTP/2.0", b"GET / HTTP/2.0\r\n\r\n", Bad(K::VersionUnsupported, 11)),
        ("HTTP/0.9", b"GET / HTTP/0.9\r\n\r\n", Bad(K::VersionUnsupported, 11)),
        ("HTTP/3.0", b"GET / HTTP/3.0\r\n\r\n", Bad(K::VersionUnsupported, 11)),
        ("HTTP/9.9", b"GET / HTTP/9.9\r\n\r\n", Bad(K::VersionUnsupported, 11)),
        (
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            // The target is judged before the version.
            Bad(K::TargetForm, 4),
        ),
    ]);
    for (version, is) in [
        ("HTTP/1.32", Bad(K::StatusCode, 8)),
        ("HTTP/01.1", Bad(K::Version, 6)),
        ("http/1.1", Bad(K::Version, 0)),
        ("HTTP/1", Bad(K::Version, 6)),
        ("HTTP/2.0", Bad(K::VersionUnsupported, 5)),
        ("HTTP/0.9", Bad(K::VersionUnsupported, 5)),
        ("HTTP/1.9", Good("Http11 204 \"\" {} None ;")),
        ("ICY", Bad(K::Version, 0)),
    ] {
        response(version, &["GET"], format!("{version} 204 \r\n\r\n").as_bytes(), is);
    }
}

#[test]
fn targets_have_one_of_four_forms() {
    let form = |line: &str, is: Is<'_>| {
        request(line, format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(), is);
    };
    for (line, at) in [
        ("GET a", 4),
        ("GET a/b", 4),
        ("GET ?a", 4),
        ("GET *", 4),
        ("GET http:", 4),
        ("GET http:/a", 4),
        ("GET http://", 4),
        ("GET http:///a", 4),
        ("GET https://?a", 4),
        ("GET http://u:p@a/", 4),
        ("GET http://a:b/", 4),
        ("GET http://a:65536/", 4),
        ("GET http://[::1/", 4),
        ("GET 1a://b", 4),
        ("OPTIONS **", 8),
        ("CONNECT a", 8),
        ("CONNECT a:", 8),
        ("CONNECT a:0", 8),
        ("CONNECT :80", 8),
        ("CONNECT a:65536", 8),
        ("CONNECT a:99999999999", 8),
        ("CONNECT u@a:80", 8),
        ("CONNECT /", 8),
        ("CONNECT *", 8),
        ("CONNECT http://a:80", 8),
        ("CONNECT a:80/", 8),
    ] {
        form(line, Bad(K::TargetForm, at));
    }
    for (line, at) in [
        ("GET /#a", 5),
        ("GET /<a>", 5),
        ("GET /\"", 5),
        ("GET /\\", 5),
        ("GET /%", 5),
        ("GET /%4", 5),
        ("GET /%zz", 5),
        ("GET /a%4g", 6),
        ("GET /%u0041", 5),
        ("GET /\u{e9}", 5),
        ("GET /\u{7F}", 5),
        ("GET /\0", 5),
        ("GET /\u{1}", 5),
    ] {
        form(line, Bad(K::TargetByte, at));
    }
    for line in [
        "GET //",
        "GET /../..//.",
        "GET /%00%0d%0a",
        "GET /?a?b=/?",
        "GET /;a=b,c&d:@!$'()*+",
        "GET /[]^`{|}",
        "OPTIONS *",
        "OPTIONS /",
        "GET http://a",
        "GET hTTps://a:?b",
        "GET urn:a",
        "CONNECT a:80",
        "CONNECT [::1]:65535",
    ] {
        let text = format!("{line} Http11 {{Host: a}} None ;");
        form(line, Good(&text));
    }
    // Every byte.
    for byte in 0..=255_u8 {
        let line = [b"GET /", &[byte][..], b"a HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        let good = byte.is_ascii_graphic() && !b"\"#%<>\\".contains(&byte);
        let text = format!("GET /{}a Http11 {{Host: a}} None ;", char::from(byte));
        match byte {
            b'\n' => request("LF", &line, Bad(K::BareLf, 5)),
            b'\r' => request("CR", &line, Bad(K::Version, 5)),
            b' ' => request("SP", &line, Bad(K::Version, 6)),
            _ if good => request("a target", &line, Good(&text)),
            _ => request("a target", &line, Bad(K::TargetByte, 5)),
        }
    }
}

#[test]
fn a_host_is_there_once_and_right() {
    let with = |fields: &str, is: Is<'_>| {
        request(fields, format!("GET / HTTP/1.1\r\n{fields}\r\n").as_bytes(), is);
    };
    with("", Bad(K::HostMissing, 16));
    with("A: b\r\n", Bad(K::HostMissing, 22));
    with("Host: a\r\nHost: a\r\n", Bad(K::HostTwice, 25));
    with("Host: a\r\nhOST: b\r\n", Bad(K::HostTwice, 25));
    with("Host:\r\nHost: b\r\n", Bad(K::HostTwice, 23));
    for host in [
        "a b",
        "a,b c",
        "a/",
        "a@b",
        "http://a",
        "a:b",
        "a:80:80",
        "a:65536",
        "a:+80",
        ":80",
        "[::1",
        "::1",
        "[::1]a",
        "[]",
        "a\"",
        "a\\b",
        "<a>",
        "a#",
        "a?",
        "%",
        "%4",
        "a%zz",
        "\u{e9}",
        "a\tb",
        "[::1%25eth0]",
        "[1.2.3.4]",
    ] {
        with(&format!("Host: {host}\r\n"), Bad(K::Host, 16));
    }
    for host in ["", "a", "a:", "a:80", "[::1]:80", "127.0.0.1", "%41", "a,b", "999.1", "a_b."] {
        let text = format!("GET / Http11 {{Host: {host}}} None ;");
        with(&format!("Host: {host}\r\n"), Good(&text));
    }
    // Also in HTTP/1.0, where it may be missing.
    requests(&[
        ("1.0, twice", b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Bad(K::HostTwice, 25)),
        ("1.0, malformed", b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", Bad(K::Host, 16)),
        ("in absolute-form too", b"GET http://a/ HTTP/1.1\r\n\r\n", Bad(K::HostMissing, 24)),
    ]);
}

#[test]
fn a_status_is_three_digits() {
    let bad = |status: &str, at: u32| {
        let line = format!("HTTP/1.1 {status}\r\n\r\n");
        response(status, &["GET"], line.as_bytes(), Bad(K::StatusCode, 9 + at));
    };
    bad("", 0);
    bad("20", 2);
    bad("20 OK", 2);
    bad("2000 OK", 3);
    bad("099 OK", 0);
    bad("000 OK", 0);
    bad("+20 OK", 0);
    bad("-20 OK", 0);
    bad("2x0 OK", 1);
    bad("0x0 OK", 0);
    bad("OK", 0);
    bad("200OK", 3);
    for (status, text) in [
        ("204", "Http11 204 \"\" {} None ;"),
        ("204 ", "Http11 204 \"\" {} None ;"),
        ("204  ", "Http11 204 \" \" {} None ;"),
        ("204 a\tb \u{e9}", "Http11 204 \"a\\tb \\xc3\\xa9\" {} None ;"),
        ("999 x", "Http11 999 \"x\" {} UntilClose"),
        ("100 Continue", "Http11 100 \"Continue\" {} ;"),
    ] {
        let line = format!("HTTP/1.1 {status}\r\n\r\n");
        response(status, &["GET"], line.as_bytes(), Good(text));
    }
    for byte in (0..=255_u8).filter(|byte| !matches!(byte, b'\t' | b'\r' | b'\n')) {
        let line = [b"HTTP/1.1 204 a", &[byte][..], b"b\r\n\r\n"].concat();
        let text = format!("Http11 204 \"a{}b\" {{}} None ;", byte.escape_ascii());
        let good = byte >= 0x20 && byte != 0x7F;
        let is = if good { Good(&text) } else { Bad(K::ReasonPhrase, 14) };
        response("a reason phrase", &["GET"], &line, is);
    }
}

#[test]
fn what_is_right_is_answered_before_what_is_wrong() {
    requests(&[(
        "the second request",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\nHost: a\r\n\r\n",
        Then("GET / Http11 {Host: a} None ;", K::BareLf, 15),
    )]);
}
