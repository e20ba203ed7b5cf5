//! Transfer-Encoding: class 6. In requests and responses.

use http_lite::ErrorKind as K;

use crate::{Bad, Good, Is, request, requests, response};

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n";

/// Field lines. A malformed value is at its first byte; what breaks a rule of framing is at the last
/// Transfer-Encoding in a request, and the whole head in a response.
#[track_caller]
fn refused(fields: &[u8], in_request: K, in_response: K, at: u32) {
    let what = fields.escape_ascii().to_string();
    let whole = |start: &[u8]| [start, fields, b"\r\n0\r\n\r\n"].concat();
    request(&what, &whole(REQUEST), Bad(in_request, 26 + at));
    let at = if crate::rule::is_of_the_parser(in_response) { 17 + at } else { 0 };
    response(&what, &["GET"], &whole(RESPONSE), Bad(in_response, at));
}

#[test]
fn chunked_in_any_case_is_chunked() {
    for value in ["chunked", "Chunked", "CHUNKED", "chunkeD", "\tchunked \t"] {
        let shown = value.trim_ascii();
        let fields = format!("Transfer-Encoding: {value}\r\n\r\n1\r\na\r\n0\r\n\r\n");
        let bytes = [REQUEST, fields.as_bytes()].concat();
        let text =
            format!("POST / Http11 {{Host: a, Transfer-Encoding: {shown}}} Chunked +\"a\" ;");
        request(value, &bytes, Good(&text));
        let bytes = [RESPONSE, fields.as_bytes()].concat();
        let text = format!("Http11 200 \"OK\" {{Transfer-Encoding: {shown}}} Chunked +\"a\" ;");
        response(value, &["GET"], &bytes, Good(&text));
    }
}

#[test]
fn not_beside_content_length() {
    let kind = K::LengthAndEncoding;
    refused(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", kind, kind, 19);
    refused(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", kind, kind, 0);
    refused(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kind, kind, 19);
    refused(b"Content-Length: 4\r\nTransfer-Encoding: gzip\r\n", kind, kind, 19);
    refused(b"Content-Length: 4\r\nA: b\r\ntransfer-encoding: Chunked\r\n", kind, kind, 25);
    let kind = K::TransferEncoding;
    refused(b"Content-Length: 4\r\nTransfer-Encoding:\r\n", kind, kind, 37);
}

#[test]
fn chunked_is_there_once_and_last() {
    let (one, unknown) = (K::ChunkedNotLast, K::UnknownCoding);
    refused(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", one, one, 28);
    refused(b"Transfer-Encoding: chunked, chunked\r\n", one, one, 0);
    refused(b"Transfer-Encoding: chunked, gzip\r\n", one, one, 0);
    refused(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", one, one, 28);
    refused(b"Transfer-Encoding: chunked, identity\r\n", one, one, 0);
    refused(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", one, one, 28);
    refused(b"Transfer-Encoding: chunked, gzip, chunked\r\n", one, one, 0);
    refused(b"Transfer-Encoding: chunked, x\r\n", one, one, 0);
    refused(b"Transfer-Encoding: gzip, chunked\r\n", unknown, unknown, 0);
    refused(b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", unknown, unknown, 25);
    refused(b"Transfer-Encoding: identity, chunked\r\n", unknown, unknown, 0);
    refused(b"Transfer-Encoding: cow, chunked\r\n", unknown, unknown, 0);
    // Not chunked at all: the length of a request is unknown, a response's coding is.
    for value in [
        "gzip",
        "identity",
        "xchunked",
        "chunkedx",
        "chunk",
        "chunke",
        "chunked;a=b",
        "chunked;",
        "chunked ;a",
        "chunked;q=1",
        "x-chunked",
        "chunked.",
        "deflate, gzip",
        "*",
    ] {
        let field = format!("Transfer-Encoding: {value}\r\n");
        refused(field.as_bytes(), one, unknown, 0);
    }
}

#[test]
fn a_list_without_empty_elements_and_quotes() {
    let kind = K::TransferEncoding;
    for value in [
        ",chunked",
        ", chunked",
        "chunked,",
        "chunked, ",
        "chunked ,",
        "gzip,,chunked",
        ",",
        ",,",
        "\"chunked\"",
        "'\"chunked",
        "chun ked",
        "chunked chunked",
        "chunked\tchunked",
        ";chunked",
        "chunked/",
        "chunked:",
        "chunked=1",
        "(chunked)",
        "<chunked>",
        "[chunked]",
        "{chunked}",
        "gzip;a=\"b,chunked\"",
        "gzip;a=\", chunked\"",
        "chunked@",
        "chunked\\",
        "?chunked",
        "\u{e9}chunked",
        "chunked\u{e9}",
        "\u{212a}hunked\u{131}",
    ] {
        let field = format!("Transfer-Encoding: {value}\r\n");
        refused(field.as_bytes(), kind, kind, 19);
    }
    refused(b"Transfer-Encoding:\r\n", kind, kind, 18);
    refused(b"Transfer-Encoding: \t\r\n", kind, kind, 20);
    refused(b"Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", kind, kind, 46);
    refused(b"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", kind, kind, 18);
    refused(b"Transfer-Encoding: \xFFchunked\xFF\r\n", kind, kind, 19);
}

/// Every byte before the name, behind it, before the value and behind it.
#[test]
fn no_byte_hides_it() {
    for byte in (0..=255_u8).filter(|byte| !matches!(byte, b'\r' | b'\n' | b':')) {
        let tchar = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_value = byte == b'\t' || (byte >= 0x20 && byte != 0x7F);
        let name = |at| Bad(if tchar { K::Method } else { K::FieldName }, at);
        for (place, name_is_wrong) in [(0, Some(0)), (17, Some(17)), (18, None), (25, None)] {
            let mut field = b"Transfer-Encoding:chunked\r\n".to_vec();
            field.insert(place, byte);
            let bytes = [REQUEST, &field, b"\r\n0\r\n\r\n"].concat();
            let what = field.escape_ascii().to_string();
            match name_is_wrong {
                // Another field, so there is no body, and what follows is no request.
                Some(_) if tchar => {
                    let name = str::from_utf8(&field[..18]).unwrap();
                    let text = format!("POST / Http11 {{Host: a, {name}: chunked}} None ;");
                    let bytes = [REQUEST, &field, b"\r\n"].concat();
                    request(&what, &bytes, Good(&text));
                }
                Some(at) => {
                    let is = match (byte, at) {
                        (b' ' | b'\t', 0) => Bad(K::ObsFold, 26),
                        (b' ' | b'\t', _) => Bad(K::SpaceBeforeColon, 26 + at),
                        _ => name(26 + at),
                    };
                    request(&what, &bytes, is);
                }
                None if matches!(byte, b' ' | b'\t') => {
                    let text = "POST / Http11 {Host: a, Transfer-Encoding: chunked} Chunked ;";
                    request(&what, &bytes, Good(text));
                }
                None if !is_value => {
                    request(&what, &bytes, Bad(K::FieldValue, 26 + place as u32));
                }
                None if tchar => request(&what, &bytes, Bad(K::ChunkedNotLast, 26)),
                None if byte == b';' && place == 25 => {
                    request(&what, &bytes, Bad(K::ChunkedNotLast, 26));
                }
                None => request(&what, &bytes, Bad(K::TransferEncoding, 44)),
            }
        }
    }
}

#[test]
fn not_in_http_1_0() {
    requests(&[
        (
            "chunked",
            b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            Bad(K::EncodingInHttp10, 17),
        ),
        (
            "chunked, and persistent",
            b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
            Bad(K::EncodingInHttp10, 41),
        ),
        (
            "beside Content-Length",
            b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            Bad(K::EncodingInHttp10, 17),
        ),
        (
            "another coding",
            b"POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n",
            Bad(K::EncodingInHttp10, 17),
        ),
    ]);
    response(
        "chunked",
        &["GET"],
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Bad(K::EncodingInHttp10, 0),
    );
}

#[test]
fn of_this_name_alone() {
    for name in
        ["Transfer_Encoding", "Transfer-Encoding_", "X-Transfer-Encoding", "TransferEncoding"]
    {
        let text = format!("POST / Http11 {{Host: a, {name}: chunked}} None ;");
        let bytes = [REQUEST, name.as_bytes(), b": chunked\r\n\r\n"].concat();
        request(name, &bytes, Good(&text));
    }
    let is: Is<'_> = Good("POST / Http11 {Host: a, TE: chunked, Trailer: a} None ;");
    let bytes = [REQUEST, b"TE: chunked\r\nTrailer: a\r\n\r\n"].concat();
    request("TE", &bytes, is);
}
