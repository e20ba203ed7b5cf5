//! Content-Length: class 5. In requests and responses.

use http_lite::ErrorKind as K;

use crate::{Bad, Good, Is, request, response};

/// Field lines; offsets are from the first byte here; a meaning is that of the framing.
fn with(fields: &str, body: &str, is: Is<'_>) {
    let shown: Vec<String> = fields
        .split_terminator("\r\n")
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| format!("{name}: {}", value.trim_ascii()))
        .collect();
    let shown = shown.join(", ");
    for (start, before) in [
        ("POST / HTTP/1.1\r\nHost: a\r\n", "POST / Http11 {Host: a, "),
        ("HTTP/1.1 200 OK\r\nHost: a\r\n", "Http11 200 \"OK\" {Host: a, "),
    ] {
        let bytes = format!("{start}{fields}\r\n{body}");
        let text = match is {
            Good(framing) => format!("{before}{shown}}} {framing}"),
            _ => String::new(),
        };
        let is = match is {
            Good(_) => Good(&text),
            _ => is.behind(start.len()),
        };
        if start.starts_with("POST") {
            request(fields, bytes.as_bytes(), is);
        } else {
            response(fields, &["GET"], bytes.as_bytes(), is);
        }
    }
}

#[test]
fn decimal_digits_and_nothing_else() {
    for value in [
        "+5",
        "-5",
        "-0",
        "+0",
        "0x10",
        "0X10",
        "1_0",
        "1Z",
        "5x",
        "x5",
        "1 2",
        "1\t2",
        "5 5",
        "",
        "5, 5",
        "5, 6",
        "5,5",
        "5,",
        ",5",
        "5;",
        "5.0",
        "5e0",
        "1'000",
        "1,000",
        "\"5\"",
        "'5'",
        "5\u{a0}",
        "\u{a0}5",
        "\u{85}5",
        "\u{665}",
        "\u{ff15}",
        "NaN",
        "chunked",
        "5\u{e9}",
        "18446744073709551616x",
        "0b1",
        "0o7",
        "#5",
        "5%",
        "%35",
        "(5)",
        "5L",
        "5u",
        "--5",
    ] {
        let field = format!("Content-Length: {value}\r\n");
        // The first byte of the value; an empty one is behind the white space.
        with(&field, "", Bad(K::ContentLength, 16));
    }
    with("Content-Length:\r\n", "", Bad(K::ContentLength, 15));
    with("Content-Length:5x\r\n", "", Bad(K::ContentLength, 15));
    with("Content-Length: \t 5x\r\n", "", Bad(K::ContentLength, 18));
    for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
        for (before, behind, at) in [("", "5", 16), ("5", "", 17), ("5", "5", 17)] {
            let line =
                [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ", before.as_bytes()].concat();
            let line = [&line, &[byte][..], behind.as_bytes(), b"\r\n\r\n"].concat();
            let is = match byte {
                b' ' | b'\t' if before.is_empty() || behind.is_empty() => continue,
                b'\r' => Bad(K::BareCr, 26 + at),
                b'\n' => Bad(K::BareLf, 26 + at),
                b'\t' | b' '..=b'~' | 0x80.. => Bad(K::ContentLength, 42),
                _ => Bad(K::FieldValue, 26 + at),
            };
            request("a byte in Content-Length", &line, is);
        }
    }
}

#[test]
fn decimal_even_with_a_leading_zero() {
    with("Content-Length: 010\r\n", "0123456789", Good("Length(10) +\"0123456789\" ;"));
    with("Content-Length: 0\r\n", "", Good("Length(0) ;"));
    with("Content-Length: 00\r\n", "", Good("Length(0) ;"));
    with("Content-Length:5\r\n", "hello", Good("Length(5) +\"hello\" ;"));
    with("Content-Length: \t 5 \r\n", "hello", Good("Length(5) +\"hello\" ;"));
    with("content-LENGTH: 5\r\n", "hello", Good("Length(5) +\"hello\" ;"));
    let zeros = format!("Content-Length: {}5\r\n", "0".repeat(40));
    with(&zeros, "hello", Good("Length(5) +\"hello\" ;"));
}

#[test]
fn up_to_64_bits() {
    for (digits, framing) in [
        ("4294967295", "Length(4294967295)"),
        ("4294967296", "Length(4294967296)"),
        ("9223372036854775808", "Length(9223372036854775808)"),
        ("18446744073709551615", "Length(18446744073709551615)"),
    ] {
        with(&format!("Content-Length: {digits}\r\n"), "", Good(framing));
    }
    for digits in [
        "18446744073709551616",
        "18446744073709551620",
        "28446744073709551615",
        "99999999999999999999",
        "100000000000000000000",
        "340282366920938463463374607431768211456",
        "340282366920938463463374607431768211461",
    ] {
        let field = format!("Content-Length: {digits}\r\n");
        with(&field, "", Bad(K::ContentLengthTooLarge, 16));
    }
}

#[test]
fn once() {
    for (first, second) in [("5", "5"), ("5", "6"), ("0", "31"), ("0", "0"), ("05", "5")] {
        let fields = format!("Content-Length: {first}\r\nContent-Length: {second}\r\n");
        with(&fields, "hello", Bad(K::ContentLengthTwice, 35 + (first.len() - 1) as u32));
        let fields = format!("Content-Length: {first}\r\nA: b\r\nCONTENT-length: {second}\r\n");
        with(&fields, "hello", Bad(K::ContentLengthTwice, 41 + (first.len() - 1) as u32));
    }
    // What is wrong by itself is told first.
    with("Content-Length: 5\r\nContent-Length: x\r\n", "", Bad(K::ContentLength, 35));
    with("Content-Length: \r\nContent-Length: 5\r\n", "", Bad(K::ContentLength, 16));
}

#[test]
fn of_this_name_alone() {
    let none = "None ;";
    for name in ["Content_Length", "Content-Length-", "X-Content-Length", "ContentLength"] {
        let bytes = format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: 5x\r\n\r\n");
        let text = format!("GET / Http11 {{Host: a, {name}: 5x}} {none}");
        request(name, bytes.as_bytes(), Good(&text));
    }
}
