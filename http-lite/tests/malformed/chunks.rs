//! Chunked bodies: class 7.

use http_lite::ErrorKind as K;

use crate::common::{SETTINGS, ask, decode_body, serve};
use crate::{Bad, Good, Then, chunked, chunked_at, error, request};
use http_lite::Limits;
use http_lite::body::{BodyDecoder, BodyLimits};
use http_lite::framing::Framing;

#[test]
fn sizes_are_1_to_16_hexadecimal_digits() {
    chunked(&[
        ("one", b"1\r\na\r\n0\r\n\r\n", Good("+\"a\" ; @11")),
        ("upper case", b"A\r\n0123456789\r\n0\r\n\r\n", Good("+\"0123456789\" ; @20")),
        ("lower case", b"a\r\n0123456789\r\n0\r\n\r\n", Good("+\"0123456789\" ; @20")),
        ("leading zeros", b"0001\r\na\r\n000\r\n\r\n", Good("+\"a\" ; @16")),
        ("16 digits", b"0000000000000001\r\na\r\n0\r\n\r\n", Good("+\"a\" ; @26")),
        ("16 zeros", b"0000000000000000\r\n\r\n", Good("; @20")),
        ("17 zeros", b"00000000000000000\r\n\r\n", Bad(K::ChunkSizeTooLong, 16)),
        ("17 digits", b"00000000000000001\r\na\r\n", Bad(K::ChunkSizeTooLong, 16)),
        ("2^64", b"10000000000000000\r\na\r\n", Bad(K::ChunkSizeTooLong, 16)),
        ("2^64 + 1", b"10000000000000001\r\na\r\n0\r\n\r\n", Bad(K::ChunkSizeTooLong, 16)),
        ("20 digits", b"fffffffffffffffff000\r\n", Bad(K::ChunkSizeTooLong, 16)),
        ("empty", b"\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("empty, behind a chunk", b"1\r\na\r\n\r\n\r\n", Then("+\"a\"", K::ChunkSize, 6)),
        ("an extension alone", b";\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("an extension alone", b";a=b\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("SP alone", b" \r\n\r\n", Bad(K::ChunkSize, 0)),
        ("LF alone", b"\n\n", Bad(K::BareLf, 0)),
        ("prefixed", b"0x1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 1)),
        ("prefixed, upper case", b"0X1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 1)),
        ("a plus", b"+1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("a minus", b"-1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("minus zero", b"-0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("an underscore", b"1_0\r\n0123456789abcdef\r\n", Bad(K::ChunkSize, 1)),
        ("leading SP", b" 1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("leading TAB", b"\t1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("leading CR", b"\r1\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("trailing SP", b"1 \r\na\r\n0\r\n\r\n", Bad(K::ChunkExtension, 2)),
        ("trailing TAB", b"1\t\r\na\r\n0\r\n\r\n", Bad(K::ChunkExtension, 2)),
        ("a digit behind SP", b"1 0\r\na\r\n0\r\n\r\n", Bad(K::ChunkExtension, 2)),
        ("no digit", b"g\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 0)),
        ("no digit at the end", b"1g\r\na\r\n0\r\n\r\n", Bad(K::ChunkSize, 1)),
        ("the suffix of C", b"1L\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("h", b"1h\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("a comma", b"1,0\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("a dot", b"1.0\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("a quote", b"\"1\"\r\na\r\n", Bad(K::ChunkSize, 0)),
        ("NUL", b"1\0\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("NUL first", b"\x001\r\na\r\n", Bad(K::ChunkSize, 0)),
        ("VT", b"1\x0B\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("0xA0", b"1\xA0\r\na\r\n", Bad(K::ChunkSize, 1)),
        ("other digits", b"\xD9\xA1\r\na\r\n", Bad(K::ChunkSize, 0)),
    ]);
    for byte in 0..=255_u8 {
        let first = [&[byte], &b"\r\n"[..]].concat();
        let second = [b"0", &[byte][..], b"\r\n\r\n"].concat();
        match byte {
            b'0' => {
                chunked_at("a size", &second, Good("; @6"));
            }
            b'1'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => {
                chunked_at("a size", &first, Good(""));
                let (size, data) = ([b'0', byte, b'\r', b'\n'], b"0123456789abcdef");
                let size_of = usize::from_str_radix(str::from_utf8(&[byte]).unwrap(), 16);
                let data = &data[..size_of.unwrap()];
                let text = format!("+\"{}\"", data.escape_ascii());
                chunked_at("a size", &[&size, data].concat(), Good(&text));
            }
            b'\n' => {
                chunked_at("a size", &first, Bad(K::BareLf, 0));
                chunked_at("a size", &second, Bad(K::BareLf, 1));
            }
            b'\r' => {
                chunked_at("a size", &first, Bad(K::ChunkSize, 0));
                chunked_at("a size", &second, Bad(K::BareCr, 2));
            }
            b';' | b' ' | b'\t' => {
                chunked_at("a size", &first, Bad(K::ChunkSize, 0));
                chunked_at("a size", &second, Bad(K::ChunkExtension, 2));
            }
            _ => {
                chunked_at("a size", &first, Bad(K::ChunkSize, 0));
                chunked_at("a size", &second, Bad(K::ChunkSize, 1));
            }
        }
    }
}

#[test]
fn the_largest_chunk() {
    // No one can send it; what is there of it is content.
    chunked(&[
        ("2^64 - 1", b"ffffffffffffffff\r\nab", Good("+\"ab\"")),
        ("2^63", b"8000000000000000\r\nab", Good("+\"ab\"")),
        ("2^32", b"100000000\r\nab", Good("+\"ab\"")),
    ]);
    let limits = BodyLimits { content: 5, ..BodyLimits::DEFAULT };
    for (bytes, is) in [
        (&b"5\r\nhello\r\n0\r\n\r\n"[..], Good("+\"hello\" ; @15")),
        (b"6\r\nhello\r\n", Bad(K::BodyTooLong, 3)),
        (b"4\r\nhell\r\n1\r\no\r\n0\r\n\r\n", Good("+\"hello\" ; @20")),
        (b"4\r\nhell\r\n2\r\no", Then("+\"hell\"", K::BodyTooLong, 12)),
        (b"4\r\nhell\r\n2\r\nox\r\n0\r\n\r\n", Then("+\"hell\"", K::BodyTooLong, 12)),
        // No sum wraps.
        (b"4\r\nhell\r\nffffffffffffffff\r\no", Then("+\"hell\"", K::BodyTooLong, 27)),
        (b"ffffffffffffffff\r\no", Bad(K::BodyTooLong, 18)),
    ] {
        for cuts in crate::cuts(bytes.len()) {
            let decoder = BodyDecoder::with_limits(Framing::Chunked, limits);
            let (text, error) = decode_body(decoder, bytes, &cuts);
            assert_eq!((text.trim_end().to_owned(), error), is.verdict());
        }
    }
}

#[test]
fn lines_and_data_end_with_crlf() {
    chunked(&[
        ("LF behind a size", b"1\na\r\n0\r\n\r\n", Bad(K::BareLf, 1)),
        ("LF behind the last size", b"0\n\r\n", Bad(K::BareLf, 1)),
        ("LF LF", b"0\n\n", Bad(K::BareLf, 1)),
        ("CR behind a size", b"1\ra\r\n0\r\n\r\n", Bad(K::BareCr, 2)),
        ("CR CR LF behind a size", b"1\r\r\na\r\n", Bad(K::BareCr, 2)),
        ("CR X behind a size", b"2\rXx\r\n4c\r\n0\r\n\r\n", Bad(K::BareCr, 2)),
        ("LF behind data", b"1\r\na\n0\r\n\r\n", Then("+\"a\"", K::BareLf, 4)),
        ("CR behind data", b"1\r\na\r0\r\n\r\n", Then("+\"a\"", K::ChunkEnd, 5)),
        ("CR CR LF behind data", b"1\r\na\r\r\n0\r\n", Then("+\"a\"", K::ChunkEnd, 5)),
        ("nothing behind data", b"1\r\na0\r\n\r\n", Then("+\"a\"", K::ChunkEnd, 4)),
        ("more data", b"1\r\nab\r\n0\r\n\r\n", Then("+\"a\"", K::ChunkEnd, 4)),
        ("two bytes of anything", b"1\r\naXX0\r\n\r\n", Then("+\"a\"", K::ChunkEnd, 4)),
        ("SP behind data", b"1\r\na \r\n0\r\n\r\n", Then("+\"a\"", K::ChunkEnd, 4)),
        ("an empty line more", b"1\r\na\r\n\r\n0\r\n\r\n", Then("+\"a\"", K::ChunkSize, 6)),
        ("less data", b"3\r\na\r\n0\r\n\r\n", Then("+\"a\\r\\n\"", K::ChunkEnd, 6)),
        ("the last chunk has no CRLF of its own", b"0\r\n", Good("")),
        ("junk behind the last chunk", b"0\r\nGET / HTTP/1.1\r\n\r\n", Bad(K::SpaceBeforeColon, 6)),
        ("a chunk behind the last one", b"0\r\n1\r\na\r\n0\r\n\r\n", Bad(K::ColonMissing, 4)),
        ("LF as the end", b"0\r\n\n", Bad(K::BareLf, 3)),
        ("CR as the end", b"0\r\n\rX", Bad(K::BareCr, 3)),
        ("CR CR LF as the end", b"0\r\n\r\r\n", Bad(K::BareCr, 3)),
        ("NUL behind the last chunk", b"0\r\n\0", Bad(K::FieldName, 3)),
    ]);
}

#[test]
fn extensions_are_checked_and_left_out() {
    chunked(&[
        ("a name", b"1;a\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @13")),
        ("a value", b"1;a=b\r\nx\r\n0;c=d\r\n\r\n", Good("+\"x\" ; @19")),
        ("many", b"1;a;b=c;d\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @19")),
        ("white space", b"1 ; a = b ; c\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @23")),
        ("quoted", b"1;a=\"b;c=d\"\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @21")),
        ("an empty quoted one", b"1;a=\"\"\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @16")),
        ("escaped", b"1;a=\"\\\"\\\\\"\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @20")),
        ("quoted, then another", b"1;a=\"b\" ;c\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @20")),
        ("quoted obs-text", b"1;a=\"\xFF\t\"\r\nx\r\n0\r\n\r\n", Good("+\"x\" ; @18")),
        ("a semicolon alone", b"1;\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("two semicolons", b"1;;a\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("a semicolon at the end", b"1;a;\r\nx\r\n", Bad(K::ChunkExtension, 4)),
        ("a value without a name", b"1;=b\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("no value", b"1;a=\r\nx\r\n", Bad(K::ChunkExtension, 4)),
        ("no value, but another", b"1;a=;b\r\nx\r\n", Bad(K::ChunkExtension, 4)),
        ("two values", b"1;a=b=c\r\nx\r\n", Bad(K::ChunkExtension, 5)),
        ("SP at the end", b"1;a \r\nx\r\n", Bad(K::ChunkExtension, 4)),
        ("SP behind a value", b"1;a=b \r\nx\r\n", Bad(K::ChunkExtension, 6)),
        ("SP in a name", b"1;a b\r\nx\r\n", Bad(K::ChunkExtension, 4)),
        ("SP in a value", b"1;a=b c\r\nx\r\n", Bad(K::ChunkExtension, 6)),
        ("LF", b"1;a\nx\r\n0\r\n\r\n", Bad(K::BareLf, 3)),
        ("LF behind a semicolon", b"1;\nx\r\n", Bad(K::BareLf, 2)),
        ("LF in a value", b"1;a=b\nx\r\n", Bad(K::BareLf, 5)),
        ("LF behind SP", b"1 \nx\r\n", Bad(K::BareLf, 2)),
        ("CR", b"1;a\rx\r\n", Bad(K::BareCr, 4)),
        ("CR behind a semicolon", b"1;\rx\r\n", Bad(K::ChunkExtension, 2)),
        ("CR CR LF", b"1;a\r\r\n", Bad(K::BareCr, 4)),
        ("NUL", b"1;a\0\r\nx\r\n", Bad(K::ChunkExtension, 3)),
        ("non-ASCII", b"1;\xC3\xA9\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("a quoted CRLF", b"1;a=\"\r\n0\r\n\r\n\"\r\nx\r\n", Bad(K::ChunkExtension, 5)),
        ("a quoted LF", b"1;a=\"\n\"\r\nx\r\n", Bad(K::BareLf, 5)),
        ("a quoted CR", b"1;a=\"\r\"\r\nx\r\n", Bad(K::ChunkExtension, 5)),
        ("a quoted NUL", b"1;a=\"\0\"\r\nx\r\n", Bad(K::ChunkExtension, 5)),
        ("an escaped CR", b"1;a=\"\\\r\n\"\r\nx\r\n", Bad(K::ChunkExtension, 6)),
        ("a quote that does not end", b"1;a=\"b\r\nx\r\n0\r\n\r\n", Bad(K::ChunkExtension, 6)),
        ("a quote as a name", b"1;\"a\"\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("a quote in a value", b"1;a=b\"c\"\r\nx\r\n", Bad(K::ChunkExtension, 5)),
        ("text behind a quote", b"1;a=\"b\"c\r\nx\r\n", Bad(K::ChunkExtension, 7)),
        ("a comma", b"1;a,b\r\nx\r\n", Bad(K::ChunkExtension, 3)),
        ("no semicolon", b"1 a=b\r\nx\r\n", Bad(K::ChunkExtension, 2)),
        ("of the last chunk", b"0;\r\n\r\n", Bad(K::ChunkExtension, 2)),
    ]);
}

#[test]
fn extensions_are_bounded() {
    let body = |extension: &str| format!("1;a={extension}\r\nx\r\n0\r\n\r\n");
    chunked_at("the longest", body(&"b".repeat(1021)).as_bytes(), Good("+\"x\" ; @1035"));
    let long = body(&"b".repeat(65_536));
    for cuts in crate::common::some_cuts(2000) {
        let found = decode_body(BodyDecoder::new(Framing::Chunked), long.as_bytes(), &cuts);
        let at = 1 + 1024;
        assert_eq!(found, Bad(K::ChunkExtensionTooLong, at).verdict());
    }
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let ((_, found), sent) = serve(SETTINGS, format!("{head}{long}").as_bytes(), &[]);
    assert_eq!(found, Some(error(K::ChunkExtensionTooLong, 1025)));
    assert!(sent.starts_with(b"HTTP/1.1 413 Content Too Large\r\n"));
    // Many tiny ones: two bytes for each byte of content. One for each 16 bytes is free.
    let tiny = "1;a\r\nx\r\n".repeat(1000);
    let (text, found) = decode_body(BodyDecoder::new(Framing::Chunked), tiny.as_bytes(), &[]);
    let chunks = text.matches('x').count();
    let allowed = |chunks: usize| 1024 + chunks / 16;
    assert!(chunks * 2 <= allowed(chunks) && chunks * 2 + 2 > allowed(chunks), "{chunks}");
    let at = u32::try_from(chunks * 8).unwrap();
    assert!(
        found.is_some_and(|found| found.kind == K::ChunkExtensionTooLong
            && (at + 1..at + 3).contains(&found.offset))
    );
    let fair = format!("20;a\r\n{}\r\n", "x".repeat(32)).repeat(5000);
    let (_, found) = decode_body(BodyDecoder::new(Framing::Chunked), fair.as_bytes(), &[]);
    assert_eq!(found, None);
}

#[test]
fn trailers_are_fields_and_decide_nothing() {
    chunked(&[
        ("one", b"0\r\nA: b\r\n\r\n", Good("{A: b} ; @11")),
        ("framing", b"0\r\nContent-Length: 5x\r\n\r\n", Good("{Content-Length: 5x} ; @25")),
        (
            "framing twice",
            b"0\r\nTransfer-Encoding: \x22\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            Good("{Transfer-Encoding: \\\", Content-Length: 1, Content-Length: 2} ; @65"),
        ),
        ("LF", b"0\r\nA: b\n\r\n", Bad(K::BareLf, 7)),
        ("SP before the colon", b"0\r\nA : b\r\n\r\n", Bad(K::SpaceBeforeColon, 4)),
        ("folded", b"0\r\nA: b\r\n c\r\n\r\n", Bad(K::ObsFold, 9)),
        ("no colon", b"0\r\nA\r\n\r\n", Bad(K::ColonMissing, 4)),
    ]);
    // What they say about connection, framing and routing counts for nothing.
    let first = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\
                 Content-Length: 9\r\nConnection: close\r\nExpect: x\r\nAuthorization: c\r\n\r\n";
    let second = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    let meaning = "POST / Http11 {Host: a, Transfer-Encoding: chunked} Chunked {Host: b, \
                   Content-Length: 9, Connection: close, Expect: x, Authorization: c} ; \
                   GET /b Http11 {Host: a} None ;";
    request("trailers", format!("{first}{second}").as_bytes(), Good(meaning));
}

#[test]
fn trailers_are_bounded() {
    let many = |count: usize| format!("0\r\n{}\r\n", "a: b\r\n".repeat(count));
    chunked_at("33 fields", many(33).as_bytes(), Bad(K::TooManyFields, 3 + 32 * 6));
    let (_, found) = decode_body(BodyDecoder::new(Framing::Chunked), many(32).as_bytes(), &[]);
    assert_eq!(found, None);
    let long = |len: usize| format!("0\r\na: {}\r\n\r\n", "b".repeat(len));
    let decode = |len: usize, cuts: &[usize]| {
        decode_body(BodyDecoder::new(Framing::Chunked), long(len).as_bytes(), cuts).1
    };
    for cuts in crate::common::some_cuts(4099) {
        assert_eq!(decode(4096 - 7, &cuts), None);
        assert_eq!(decode(4096 - 6, &cuts), Some(error(K::FieldsTooLong, 3 + 4096)));
        assert_eq!(decode(100_000, &cuts), Some(error(K::FieldsTooLong, 3 + 4096)));
    }
    let trailers = Limits { bytes: 2, fields: 0 };
    let limits = BodyLimits { trailers, ..BodyLimits::DEFAULT };
    let decoder = || BodyDecoder::with_limits(Framing::Chunked, limits);
    assert_eq!(decode_body(decoder(), b"0\r\n\r\n", &[]).1, None);
    assert_eq!(decode_body(decoder(), b"0\r\na:", &[]).1, Some(error(K::TooManyFields, 3)));
}

#[test]
fn the_end_of_the_connection_does_not_end_a_chunked_body() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let whole = b"2\r\nab\r\n0\r\nA: b\r\n\r\n";
    for len in 0..whole.len() {
        let (_, found) = ask(&["GET"], &[head, &whole[..len]].concat(), &[], true);
        let found = found.unwrap();
        assert_eq!(found.kind, K::Incomplete);
        // A trailer section is taken as a whole.
        assert_eq!(found.offset as usize, len.min(10));
    }
    let (text, found) = ask(&["GET"], &[head, &whole[..]].concat(), &[], true);
    assert!(found.is_none() && text.ends_with("+\"ab\" {A: b} ; "));
}
