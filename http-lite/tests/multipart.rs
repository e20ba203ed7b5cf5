//! Multipart bodies: vectors, malformed ones, every cut, a naive reference, and laws.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::multipart::{
    Boundary, Error, Event, FormData, FormPart, Kind, PartHead, Reader, encode_end, encoded_total,
};
use http_lite::{ErrorKind, FieldValue};
use proptest::prelude::*;

/// Field lines and data.
type Part = (Vec<u8>, Vec<u8>);

/// Complete parts, and how the body ended.
type Read = (Vec<Part>, Result<(), Error>);

fn read_with<'a>(
    boundary: &[u8],
    head: usize,
    max_parts: u32,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Read {
    let mut head = vec![0xEE; head];
    let mut reader = Reader::new(Boundary::new(boundary).unwrap(), &mut head, max_parts);
    let (mut parts, mut part, mut ended) = (Vec::new(), None, false);
    for mut piece in pieces {
        loop {
            let (used, event) = match reader.next(piece) {
                Ok(next) => next,
                Err(error) => {
                    assert_eq!(reader.next(b"more"), Err(error));
                    assert_eq!(reader.finish(), Err(error));
                    return (parts, Err(error));
                }
            };
            piece = &piece[used..];
            match event {
                None => break,
                Some(Event::PartHead(fields)) => {
                    let mut lines = Vec::new();
                    for field in fields {
                        lines.extend_from_slice(field.name.as_bytes());
                        lines.push(b':');
                        lines.extend_from_slice(field.value.as_bytes());
                        lines.extend_from_slice(b"\r\n");
                    }
                    assert!(part.replace((lines, Vec::new())).is_none() && !ended);
                }
                Some(Event::Data(bytes)) => {
                    assert!(!bytes.is_empty());
                    part.as_mut().unwrap().1.extend_from_slice(bytes);
                }
                Some(Event::PartEnd) => parts.push(part.take().unwrap()),
                Some(Event::End) => {
                    assert!(part.is_none() && !core::mem::replace(&mut ended, true))
                }
            }
        }
        assert!(piece.is_empty(), "None says that all was read");
    }
    let end = reader.finish();
    assert!(ended || end.is_err());
    (parts, end)
}

fn read<'a>(boundary: &[u8], pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    read_with(boundary, 256, u32::MAX, pieces)
}

/// Whole, in two pieces at every cut, byte by byte: always the same.
fn read_every_way(boundary: &[u8], body: &[u8]) -> Read {
    let whole = read(boundary, [body]);
    for cut in 0..=body.len() {
        let (a, b) = body.split_at(cut);
        assert_eq!(read(boundary, [a, b]), whole, "cut at {cut} of {}", body.escape_ascii());
    }
    assert_eq!(read(boundary, body.chunks(1)), whole);
    whole
}

fn parts(parts: &[(&str, &str)]) -> Vec<Part> {
    parts.iter().map(|(head, data)| (head.as_bytes().to_vec(), data.as_bytes().to_vec())).collect()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The complete parts, and whether all is well, by searching the whole body for CRLF, two hyphens
/// and the boundary.
fn reference(boundary: &[u8], body: &[u8]) -> (Vec<Part>, bool) {
    let delimiter = [b"\r\n--", boundary].concat();
    let text = [b"\r\n", body].concat();
    let mut rest = &text[..];
    let (mut parts, mut part) = (Vec::new(), None);
    loop {
        let Some(at) = find(rest, &delimiter) else {
            return (parts, false);
        };
        if part.is_some() {
            match split_part(&rest[..at], &delimiter[2..]) {
                Some(read) => part = Some(read),
                None => return (parts, false),
            }
        }
        let line = &rest[at + delimiter.len()..];
        let (is_last, line) = match line.strip_prefix(b"--") {
            Some(line) => (true, line),
            None => (false, line),
        };
        if is_last {
            parts.extend(part.take());
        }
        let padding = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        rest = match &line[padding..] {
            [] if is_last => return (parts, true),
            [b'\r', b'\n', ..] if is_last => return (parts, true),
            [b'\r', b'\n', rest @ ..] => rest,
            _ => return (parts, false),
        };
        parts.extend(part.take());
        part = Some((Vec::new(), Vec::new()));
    }
}

/// Field lines and data of all that stands between two delimiters.
fn split_part(text: &[u8], dash_boundary: &[u8]) -> Option<Part> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = find(rest, b"\r\n")?;
        let (line, behind) = (&rest[..end], &rest[end + 2..]);
        if line.is_empty() {
            return Some((lines, behind.to_vec()));
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name_is_token = line[..colon].iter().all(|b| b"-bo".contains(b)) && colon > 0;
        let value_is_clean = !line[colon..].iter().any(u8::is_ascii_control);
        if !name_is_token || !value_is_clean || line.starts_with(dash_boundary) {
            return None;
        }
        lines.extend_from_slice(&line[..=colon]);
        lines.extend_from_slice(line[colon + 1..].trim_ascii());
        lines.extend_from_slice(b"\r\n");
        rest = behind;
    }
    Some((lines, Vec::new()))
}

fn assert_is_as_reference(boundary: &[u8], body: &[u8], read: Read) {
    let (parts, is_well) = reference(boundary, body);
    assert_eq!((read.0, read.1.is_ok()), (parts, is_well), "{}", body.escape_ascii());
}

#[test]
fn the_shape_of_rfc_2046_section_5_1_1() {
    let body = b"A preamble.\r\nWith lines, and --simple inside.\r\n\r\n--simple\r\n\r\n\
                 No fields, and\r\n two lines without an end.\r\n--simple\r\n\
                 Content-type: text/plain; charset=us-ascii\r\n\r\n\
                 With an end of line.\r\n\r\n--simple--\r\n\r\nAn epilogue.\r\n--simple\r\n";
    let expected = parts(&[
        ("", "No fields, and\r\n two lines without an end."),
        ("Content-type:text/plain; charset=us-ascii\r\n", "With an end of line.\r\n"),
    ]);
    assert_eq!(read_every_way(b"simple", body), (expected, Ok(())));
}

#[test]
fn bodies_of_all_kinds() {
    let table: &[(&str, &[(&str, &str)])] = &[
        ("--b--", &[]), // an empty form
        ("--b--\r\n", &[]),
        ("--b-- \t\r\n", &[]),
        ("\r\n--b--", &[]),
        ("x\r\n--b--", &[]),
        ("--x\r\n-\r\n--b--", &[]),
        ("--b\r\n\r\n\r\n--b--", &[("", "")]),
        ("--b\r\n\r\n--b--", &[("", "")]), // one CRLF for both lines
        ("--b\r\nA: x\r\n\r\n--b--", &[("A:x\r\n", "")]),
        ("--b\r\nA: x\r\n\r\n\r\n--b--", &[("A:x\r\n", "")]),
        ("--b\r\nA: x\r\n\r\n\r\n\r\n--b--", &[("A:x\r\n", "\r\n")]),
        ("--b\r\n\r\n-\r\n--b--", &[("", "-")]),
        ("--b\r\n\r\n--\r\n--b--", &[("", "--")]),
        ("--b \t \r\n\r\nx\r\n--b\t\r\n\r\ny\r\n--b--\t", &[("", "x"), ("", "y")]),
        ("--b\r\n\r\nx\n--b\r\n--\r\n-\r--b\r\r\n--b--", &[("", "x\n--b\r\n--\r\n-\r--b\r")]),
        ("--b\r\nA:\r\nB: \tx \r\n\r\n.\r\n--b--", &[("A:\r\nB:x\r\n", ".")]),
    ];
    for (body, expected) in table {
        assert_eq!(read_every_way(b"b", body.as_bytes()), (parts(expected), Ok(())), "{body:?}");
    }
}

#[test]
fn boundaries_that_look_like_what_is_around_them() {
    for boundary in ["-", "--", "---", "-b", "b b", "--b", "b:", "'()+_,-./:=?"] {
        let body = format!("--{boundary}\r\n\r\n--\r\n-\r\n--{boundary}--\r\n");
        let expected = parts(&[("", "--\r\n-")]);
        assert_eq!(read_every_way(boundary.as_bytes(), body.as_bytes()), (expected, Ok(())));
    }
    // RFC 2046 calls `---` with the end `-----` the simplest boundary.
    let body = b"---\r\n\r\nx\r\n---\r\n\r\n--\r\n-----";
    assert_eq!(read_every_way(b"-", body), (parts(&[("", "x"), ("", "--")]), Ok(())));
    let longest = [b'b'; 70];
    let body = [b"--", &longest[..], b"\r\n\r\n\r\n--b\r\n--", &longest, b"--"].concat();
    assert_eq!(read_every_way(&longest, &body), (parts(&[("", "\r\n--b")]), Ok(())));
}

#[test]
fn malformed_bodies_are_refused_where_they_go_wrong() {
    let table: &[(&str, Kind, u64)] = &[
        ("", Kind::Incomplete, 0),
        ("--", Kind::Incomplete, 2),
        ("x--b--", Kind::Incomplete, 6),
        ("\n--b--", Kind::Incomplete, 6),
        ("--b", Kind::Incomplete, 3),
        ("--b-", Kind::Incomplete, 4),
        ("--b--\r", Kind::Incomplete, 6),
        ("--b\r\n", Kind::Incomplete, 5),
        ("--b\r\nA: x\r\n\r\ndata\r\n--", Kind::Incomplete, 21),
        ("--b\r\nA: x\r\n\r\ndata\r\n--b", Kind::Incomplete, 22),
        ("--bb", Kind::DelimiterLine, 3), // of a longer boundary
        ("--b b\r\n", Kind::DelimiterLine, 4),
        ("--b -\r\n", Kind::DelimiterLine, 4),
        ("--b-b", Kind::DelimiterLine, 4),
        ("--b\n", Kind::DelimiterLine, 3),
        ("--b\r\r\n", Kind::DelimiterLine, 4),
        ("--b\rx", Kind::DelimiterLine, 4),
        ("--b--b", Kind::DelimiterLine, 5),
        ("--b--\n", Kind::DelimiterLine, 5),
        ("--b---", Kind::DelimiterLine, 5),
        ("--b--\r\r\n", Kind::DelimiterLine, 6),
        ("--b\r\n\r\nx\r\n--bb\r\n--b--", Kind::DelimiterLine, 13),
        ("--b\r\n--b--\r\n", Kind::DelimiterInHead, 5),
        ("--b\r\n--b\r\n", Kind::DelimiterInHead, 5),
        ("--b\r\nA: x\r\n--b:\r\n", Kind::DelimiterInHead, 11),
        ("--b\r\nA: x\r\n B\r\n\r\n", Kind::Field(ErrorKind::ObsFold), 11),
        ("--b\r\n A: x\r\n", Kind::Field(ErrorKind::SpaceBeforeField), 5),
        ("--b\r\nA : x\r\n", Kind::Field(ErrorKind::SpaceBeforeColon), 6),
        ("--b\r\n: x\r\n", Kind::Field(ErrorKind::FieldNameEmpty), 5),
        ("--b\r\nA: x\r\nB\r\n", Kind::Field(ErrorKind::ColonMissing), 12),
        ("--b\r\nA(: x\r\n", Kind::Field(ErrorKind::FieldName), 6),
        ("--b\r\nA: x\0y\r\n", Kind::Field(ErrorKind::FieldValue), 9),
        ("--b\r\nA: x\n", Kind::Field(ErrorKind::BareLf), 9),
        ("--b\r\nA: x\ry", Kind::Field(ErrorKind::BareCr), 10),
        ("--b\r\n\n", Kind::Field(ErrorKind::BareLf), 5),
    ];
    for (body, kind, offset) in table {
        let (_, end) = read_every_way(b"b", body.as_bytes());
        let error = end.unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{body:?}");
        assert_eq!(error.status().get(), 400);
        assert!(error.rule().starts_with("RFC "));
    }
}

#[test]
fn limits_hold_to_the_byte() {
    let body = b"--b\r\nA: x\r\nBc: yz\r\n\r\nd\r\n--b--";
    for chunk in 1..=body.len() {
        let read = |head, max_parts| read_with(b"b", head, max_parts, body.chunks(chunk));
        assert_eq!(read(14, 1), (parts(&[("A:x\r\nBc:yz\r\n", "d")]), Ok(())));
        let error = |kind, offset| Err((kind, offset));
        let end = |read: Read| read.1.map_err(|error| (error.kind, error.offset));
        for head in 0..14 {
            assert_eq!(end(read(head, 1)), error(Kind::HeadTooLong, 5 + head as u64), "{head}");
        }
        assert_eq!(end(read(14, 0)), error(Kind::TooManyParts, 4));
    }
    let (_, end) = read_with(b"b", 0, 2, [&b"--b\r\n\r\n--b\r\n\r\n--b\r\n\r\n--b--"[..]]);
    let error = end.unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::TooManyParts, 18));
    assert_eq!(error.status().get(), 413);
}

/// All texts of up to seven of these bytes, in the data of a part and at the start of a body.
#[test]
fn agrees_with_the_reference_on_all_short_texts() {
    let alphabet = b"\r\n-b";
    for length in 0..=7u32 {
        for mut number in 0..alphabet.len().pow(length) {
            let mut text = Vec::new();
            for _ in 0..length {
                text.push(alphabet[number % alphabet.len()]);
                number /= alphabet.len();
            }
            for start in [&b"--b\r\n\r\n"[..], b""] {
                let body = [start, &text, b"\r\n--b--"].concat();
                assert_is_as_reference(b"b", &body, read(b"b", [&body[..]]));
                assert_is_as_reference(b"b", &body, read(b"b", body.chunks(1)));
            }
        }
    }
}

/// Cuts of a text, as lengths of pieces.
fn pieces<'a>(mut text: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = text.split_at((*length).min(text.len()));
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

fn tokens() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(&b"\r"[..]),
        Just(&b"\n"[..]),
        Just(&b"-"[..]),
        Just(&b"b"[..]),
        Just(&b"o"[..]),
        Just(&b" "[..]),
        Just(&b":"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\r\n\r\n"[..]),
        Just(&b"\r\n--bob"[..]),
        Just(&b"\r\n--bob\r\n"[..]),
        Just(&b"\r\n--bob\r\n\r\n"[..]),
        Just(&b"\r\n--bob\r\no:b\r\n\r\n"[..]),
        Just(&b"\r\n--bob--"[..]),
    ];
    proptest::collection::vec(token, 0..30).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_the_reference(
        body in tokens(),
        boundary in "bob|b|-|--b|b-|o:b",
        lengths in proptest::collection::vec(0usize..12, 0..40),
    ) {
        let read = read(boundary.as_bytes(), pieces(&body, &lengths));
        assert_is_as_reference(boundary.as_bytes(), &body, read);
    }

    #[test]
    fn what_was_written_is_read_in_any_pieces(
        uploads in proptest::collection::vec(
            ("[a-c\"\r\n ;=\\\\é]{0,8}x", proptest::option::of("[a-c\"\r\n/.]{0,8}"), tokens()),
            0..4,
        ),
        content_type in any::<bool>(),
        lengths in proptest::collection::vec(0usize..99, 0..40),
    ) {
        let boundary = Boundary::new(b"bob-bob").unwrap();
        let (mut body, mut lens) = (Vec::new(), Vec::new());
        for (name, filename, data) in &uploads {
            prop_assume!(!boundary.is_in(data));
            let mut part = FormPart::new(boundary, name).unwrap();
            if let Some(filename) = filename {
                part = part.with_filename(filename).unwrap();
            }
            if content_type {
                part = part.with_content_type(FieldValue::new(b"a/b").unwrap());
            }
            let mut out = [0; 256];
            let len = part.encode(&mut out).unwrap();
            prop_assert_eq!(len, part.encoded_len());
            lens.push((len, data.len() as u64));
            body.extend_from_slice(&out[..len]);
            body.extend_from_slice(data);
            body.extend_from_slice(PartHead::PART_END);
        }
        let mut out = [0; 16];
        let len = encode_end(boundary, &mut out).unwrap();
        body.extend_from_slice(&out[..len]);
        prop_assert_eq!(encoded_total(boundary, &lens), Some(body.len() as u64));

        let (parts, end) = read(boundary.as_bytes(), pieces(&body, &lengths));
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(parts.len(), uploads.len());
        for ((head, data), (name, filename, expected)) in parts.iter().zip(&uploads) {
            let mut lines = head.split(|byte| *byte == b'\n');
            let line = lines.next().unwrap().strip_suffix(b"\r").unwrap();
            let form = FormData::parse(line.strip_prefix(b"Content-Disposition:").unwrap()).unwrap();
            prop_assert!(form.name.is(name), "{form:?}");
            prop_assert_eq!(form.filename.is_some(), filename.is_some());
            prop_assert!(form.filename.is_none_or(|text| text.is(filename.as_deref().unwrap())));
            prop_assert_eq!(lines.next() == Some(b"Content-Type:a/b\r"), content_type);
            prop_assert_eq!(data, expected);
        }
    }

    #[test]
    fn no_disposition_makes_it_panic(value in "[fn ;=\"\\\\%2\0]{0,20}") {
        for value in [value.clone(), format!("form-data; name=\"{value}"), format!("form-data;{value}")] {
            if let Err(error) = FormData::parse(value.as_bytes()) {
                prop_assert!(error.offset <= value.len() as u64);
            }
        }
    }
}
