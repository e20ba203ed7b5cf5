//! Line ends, names and values of fields: classes 1 to 3. In a request, in a response, and in a
//! trailer section.

use http_lite::ErrorKind as K;

use crate::{Bad, Good, Is, Row, chunked_at, request, requests, response, responses};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 204 No Content\r\nHost: a\r\n";
const TRAILERS: &[u8] = b"0\r\nHost: a\r\n";

/// Field lines behind a first one; offsets are from the first byte here.
#[track_caller]
fn sections(rows: &[Row]) {
    for (what, section, is) in rows {
        self::section(what, section, *is);
    }
}

#[track_caller]
fn section(what: &str, section: &[u8], is: Is<'_>) {
    let whole = |head: &[u8]| [head, section].concat();
    let meaning = |before: &str, behind: &str| match is {
        Good(fields) => format!("{before}{{Host: a, {fields}}}{behind}"),
        _ => String::new(),
    };
    let with = |text: &'static str, len: usize| match is {
        Good(_) => Good(text),
        _ => is.behind(len),
    };
    let leak = |text: String| &*Box::leak(text.into_boxed_str());
    let text = leak(meaning("GET / Http11 ", " None ;"));
    request(what, &whole(REQUEST), with(text, REQUEST.len()));
    let text = leak(meaning("Http11 204 \"No Content\" ", " None ;"));
    response(what, &["GET"], &whole(RESPONSE), with(text, RESPONSE.len()));
    let bytes = whole(TRAILERS);
    let text = leak(meaning("", &format!(" ; @{}", bytes.len())));
    chunked_at(what, &bytes, with(text, TRAILERS.len()));
}

#[test]
fn lines_end_with_crlf_and_nothing_else() {
    sections(&[
        ("as it should be", b"A: b\r\n\r\n", Good("A: b")),
        ("LF behind a value", b"A: b\n\r\n", Bad(K::BareLf, 4)),
        ("LF behind each line", b"A: b\n\n", Bad(K::BareLf, 4)),
        ("LF as the empty line", b"A: b\r\n\n", Bad(K::BareLf, 6)),
        ("LF alone", b"\n", Bad(K::BareLf, 0)),
        ("LF CR", b"A: b\n\r", Bad(K::BareLf, 4)),
        ("LF within a value", b"A: b\nc: d\r\n\r\n", Bad(K::BareLf, 4)),
        ("LF first in a value", b"A:\nb\r\n\r\n", Bad(K::BareLf, 2)),
        ("LF behind white space", b"A: \nb\r\n\r\n", Bad(K::BareLf, 3)),
        ("LF within a name", b"A\nb: c\r\n\r\n", Bad(K::BareLf, 1)),
        ("LF before the colon", b"A\n: c\r\n\r\n", Bad(K::BareLf, 1)),
        ("CR behind a value", b"A: b\rc: d\r\n\r\n", Bad(K::BareCr, 4)),
        ("CR within a value", b"A: b\rc\r\n\r\n", Bad(K::BareCr, 4)),
        ("CR first in a value", b"A:\rb\r\n\r\n", Bad(K::BareCr, 2)),
        ("CR CR LF", b"A: b\r\r\n\r\n", Bad(K::BareCr, 4)),
        ("CR as the empty line", b"A: b\r\n\rX", Bad(K::BareCr, 6)),
        ("CR CR LF as the empty line", b"A: b\r\n\r\r\n", Bad(K::BareCr, 6)),
        ("CR CR", b"A: b\r\n\r\r", Bad(K::BareCr, 6)),
        ("CR ends each line", b"A: b\r\r", Bad(K::BareCr, 4)),
        ("CR within a name", b"A\rb: c\r\n\r\n", Bad(K::ColonMissing, 1)),
        ("CR before the colon", b"A\r: c\r\n\r\n", Bad(K::ColonMissing, 1)),
        ("a smuggled CR", b"A: b\rTransfer-Encoding: chunked\r\n\r\n", Bad(K::BareCr, 4)),
        ("a smuggled LF", b"A: b\nTransfer-Encoding: chunked\r\n\r\n", Bad(K::BareLf, 4)),
        ("the separators of Unicode", b"A: b\xE2\x80\xA8c\r\n\r\n", Good("A: b\\xe2\\x80\\xa8c")),
        ("NEL", b"A: b\x85c\r\n\r\n", Good("A: b\\x85c")),
    ]);
}

#[test]
fn names_are_tokens_directly_before_their_colon() {
    sections(&[
        ("SP before the colon", b"A : b\r\n\r\n", Bad(K::SpaceBeforeColon, 1)),
        ("TAB before the colon", b"A\t: b\r\n\r\n", Bad(K::SpaceBeforeColon, 1)),
        ("VT before the colon", b"A\x0B: b\r\n\r\n", Bad(K::FieldName, 1)),
        ("FF before the colon", b"A\x0C: b\r\n\r\n", Bad(K::FieldName, 1)),
        ("0x85 before the colon", b"A\x85: b\r\n\r\n", Bad(K::FieldName, 1)),
        ("0xA0 before the colon", b"A\xA0: b\r\n\r\n", Bad(K::FieldName, 1)),
        ("NUL before the colon", b"A\0: b\r\n\r\n", Bad(K::FieldName, 1)),
        ("SP within", b"A b: c\r\n\r\n", Bad(K::SpaceBeforeColon, 1)),
        ("no colon but SP", b"A b\r\n\r\n", Bad(K::SpaceBeforeColon, 1)),
        ("empty", b": b\r\n\r\n", Bad(K::FieldNameEmpty, 0)),
        ("nothing but a colon", b":\r\n\r\n", Bad(K::FieldNameEmpty, 0)),
        ("no colon", b"Ab\r\n\r\n", Bad(K::ColonMissing, 2)),
        ("no colon, then one", b"Ab\r\nc: d\r\n\r\n", Bad(K::ColonMissing, 2)),
        ("split by CRLF", b"Transfer-\r\nEncoding: chunked\r\n\r\n", Bad(K::ColonMissing, 9)),
        ("NUL first", b"\0A: b\r\n\r\n", Bad(K::FieldName, 0)),
        ("NUL within", b"A\0b: c\r\n\r\n", Bad(K::FieldName, 1)),
        ("non-ASCII", b"\xC3\xA9: b\r\n\r\n", Bad(K::FieldName, 0)),
        ("a quote", b"\"A\": b\r\n\r\n", Bad(K::FieldName, 0)),
        ("a comma", b"A,b: c\r\n\r\n", Bad(K::FieldName, 1)),
        ("parentheses", b"A(b): c\r\n\r\n", Bad(K::FieldName, 1)),
        ("all of tchar", b"!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n", Good("!#$%&'*+-.^_`|~09azAZ: b")),
        ("one letter", b"a:\r\n\r\n", Good("a: ")),
        ("a colon as a value", b"A:::\r\n\r\n", Good("A: ::")),
    ]);
}

#[test]
fn white_space_does_not_begin_the_first_field() {
    requests(&[
        ("SP", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", Bad(K::SpaceBeforeField, 16)),
        ("TAB", b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", Bad(K::SpaceBeforeField, 16)),
        ("SP alone", b"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", Bad(K::SpaceBeforeField, 16)),
        ("VT", b"GET / HTTP/1.1\r\n\x0BHost: a\r\n\r\n", Bad(K::FieldName, 16)),
    ]);
    responses(&[
        ("SP", b"HTTP/1.1 200 OK\r\n A: b\r\n\r\n", Bad(K::SpaceBeforeField, 17)),
        ("TAB", b"HTTP/1.1 200 OK\r\n\tA: b\r\n\r\n", Bad(K::SpaceBeforeField, 17)),
    ]);
    crate::chunked(&[("SP", b"0\r\n A: b\r\n\r\n", Bad(K::SpaceBeforeField, 3))]);
}

#[test]
fn values_have_no_controls_and_are_not_folded() {
    sections(&[
        ("empty", b"A:\r\n\r\n", Good("A: ")),
        ("white space alone", b"A: \t \r\n\r\n", Good("A: ")),
        ("white space around", b"A:\t b c\t \r\n\r\n", Good("A: b c")),
        ("no white space", b"A:b\r\n\r\n", Good("A: b")),
        ("HTAB within", b"A: b\tc\r\n\r\n", Good("A: b\\tc")),
        ("NUL", b"A: b\0c\r\n\r\n", Bad(K::FieldValue, 4)),
        ("NUL first", b"A: \0b\r\n\r\n", Bad(K::FieldValue, 3)),
        ("NUL last", b"A: b\0\r\n\r\n", Bad(K::FieldValue, 4)),
        ("VT at the ends", b"A:\x0Bb\x0B\r\n\r\n", Bad(K::FieldValue, 2)),
        ("FF", b"A: b\x0C\r\n\r\n", Bad(K::FieldValue, 4)),
        ("ESC", b"A: \x1B[31m\r\n\r\n", Bad(K::FieldValue, 3)),
        ("DEL", b"A: b\x7F\r\n\r\n", Bad(K::FieldValue, 4)),
        ("bytes above 0x7F are not trimmed", b"A: \xA0b\x85\r\n\r\n", Good("A: \\xa0b\\x85")),
        ("0xFF around", b"A: \xFFb\xFF\r\n\r\n", Good("A: \\xffb\\xff")),
        ("escaped line ends stay", b"A: b%0d%0aC: d\r\n\r\n", Good("A: b%0d%0aC: d")),
        ("UTF-7 and others stay", b"A: +AA0ACg-\r\n\r\n", Good("A: +AA0ACg-")),
        ("folded by SP", b"A: b\r\n c\r\n\r\n", Bad(K::ObsFold, 6)),
        ("folded by HTAB", b"A: b\r\n\tc\r\n\r\n", Bad(K::ObsFold, 6)),
        ("folded without a value", b"A:\r\n b\r\n\r\n", Bad(K::ObsFold, 4)),
        ("folded to nothing", b"A: b\r\n \r\n\r\n", Bad(K::ObsFold, 6)),
        ("folded before the end", b"A: b\r\n \r\n", Bad(K::ObsFold, 6)),
        ("a field in a fold", b"A: b\r\n C: d\r\n\r\n", Bad(K::ObsFold, 6)),
    ]);
    requests(&[
        (
            "a folded Transfer-Encoding",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
            Bad(K::TransferEncoding, 44),
        ),
        (
            "a Transfer-Encoding that goes on",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n , gzip\r\n\r\n",
            Bad(K::ObsFold, 54),
        ),
        (
            "a folded Content-Length",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n 0\r\n\r\n",
            Bad(K::ObsFold, 45),
        ),
    ]);
}

/// Every byte at the first, second and last place of a name.
#[test]
fn every_byte_in_a_name() {
    for byte in 0..=255_u8 {
        let good = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for (section, at) in [
            ([byte, b'a', b'b', b':', b'\r', b'\n', b'\r', b'\n'], 0),
            ([b'a', byte, b'b', b':', b'\r', b'\n', b'\r', b'\n'], 1),
            ([b'a', b'b', byte, b':', b'\r', b'\n', b'\r', b'\n'], 2),
        ] {
            let name = String::from_utf8_lossy(&section[..3]);
            let kind = match (byte, at) {
                (b':', 0) => K::FieldNameEmpty,
                (b':', _) => continue, // a colon, and the second one in the value
                (b' ' | b'\t', 0) => K::ObsFold,
                (b' ' | b'\t', _) => K::SpaceBeforeColon,
                (b'\r', 0) => K::BareCr,
                (b'\r', _) => K::ColonMissing,
                (b'\n', _) => K::BareLf,
                _ => K::FieldName,
            };
            let fields = format!("{name}: ");
            let is = if good { Good(&fields) } else { Bad(kind, at) };
            self::section("a name", &section, is);
        }
    }
}

/// Every byte at the first, second and last place of a value.
#[test]
fn every_byte_in_a_value() {
    for byte in 0..=255_u8 {
        let good = byte == b'\t' || (byte >= 0x20 && byte != 0x7F);
        for (section, at) in [
            ([b'A', b':', byte, b'a', b'b', b'\r', b'\n', b'\r', b'\n'], 2),
            ([b'A', b':', b'a', byte, b'b', b'\r', b'\n', b'\r', b'\n'], 3),
            ([b'A', b':', b'a', b'b', byte, b'\r', b'\n', b'\r', b'\n'], 4),
        ] {
            let kind = match byte {
                b'\r' => K::BareCr,
                b'\n' => K::BareLf,
                _ => K::FieldValue,
            };
            let value = section[2..5].escape_ascii().to_string();
            let value = match (byte, at) {
                (b' ' | b'\t', 2 | 4) => "ab",
                _ => &value,
            };
            let fields = format!("A: {value}");
            let is = if good { Good(&fields) } else { Bad(kind, at) };
            self::section("a value", &section, is);
        }
    }
}
