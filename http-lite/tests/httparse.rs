//! What we write, and what we accept, httparse reads with the same meaning.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::{
    Field, FieldName, FieldValue, Fields, HeadParser, Method, RequestHead, ResponseHead,
    StatusCode, Target, Version,
};
use proptest::prelude::*;

type Owned = (String, Vec<u8>);

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}"
}

/// A name that frames nothing.
fn name() -> impl Strategy<Value = String> {
    token().prop_filter("it would frame the message", |name| {
        !["host", "content-length", "transfer-encoding", "upgrade"]
            .contains(&&*name.to_ascii_lowercase())
    })
}

/// A value without white space at its ends.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![8 => 0x20..0x7Fu8, 1 => 0x80..=0xFFu8, 1 => Just(b'\t')],
        0..40,
    )
    .prop_map(|value| value.trim_ascii().to_vec())
}

fn fields() -> impl Strategy<Value = Vec<Owned>> {
    prop::collection::vec((name(), value()), 0..20)
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[!-~&&[^\"#%<>\\\\]]{0,40}",
        "/(%[0-9A-F]{2}|[a-z/?]){0,20}",
        "https?://[a-z]{1,9}(:[0-9]{1,4})?(/[a-z]{0,9})?"
    ]
}

/// As fields of ours, behind a Host where there is one.
fn ours<'a>(host: &[&'a str], fields: &'a [Owned]) -> Vec<Field<'a>> {
    let hosts = host.iter().map(|host| Field::new("Host", host).unwrap());
    let others = fields.iter().map(|(name, value)| Field {
        name: FieldName::new(name.as_bytes()).unwrap(),
        value: FieldValue::new(value).unwrap(),
    });
    hosts.chain(others).collect()
}

fn same(theirs: &[httparse::Header<'_>], ours: &Fields<'_>) {
    let ours: Vec<_> =
        ours.iter().map(|field| (field.name.as_str(), field.value.as_bytes())).collect();
    let theirs: Vec<_> = theirs.iter().map(|header| (header.name, header.value)).collect();
    assert_eq!(theirs, ours);
}

fn minor(version: Version) -> Option<u8> {
    Some(u8::from(version == Version::Http11))
}

proptest! {
    #[test]
    fn reads_the_requests_that_we_write(
        method in token(),
        target in target(),
        fields in fields(),
        old in any::<bool>(),
    ) {
        let method = Method::new(method.as_bytes()).unwrap();
        let Some(target) = Target::new(target.as_bytes(), &method) else { return Ok(()) };
        let host = target.authority().map_or("a.example:8080", |host| str::from_utf8(host).unwrap());
        let fields = ours(&[host], &fields);
        let mut head = RequestHead::new(method, target, Fields::new(&fields));
        head.version = if old { Version::Http10 } else { Version::Http11 };
        let mut out = [0; 2048];
        let len = head.encode(&mut out).unwrap();

        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut theirs = httparse::Request::new(&mut headers);
        prop_assert_eq!(theirs.parse(&out[..len]), Ok(httparse::Status::Complete(len)));
        prop_assert_eq!(theirs.method, Some(head.method.as_str()));
        prop_assert_eq!(theirs.path, Some(head.target.as_str()));
        prop_assert_eq!(theirs.version, minor(head.version));
        same(theirs.headers, &head.fields);
    }

    #[test]
    fn reads_the_responses_that_we_write(status in 100..=599u16, fields in fields()) {
        let fields = ours(&[], &fields);
        let head = ResponseHead::new(StatusCode::new(status).unwrap(), Fields::new(&fields));
        let mut out = [0; 2048];
        let len = head.encode(&mut out).unwrap();

        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut theirs = httparse::Response::new(&mut headers);
        prop_assert_eq!(theirs.parse(&out[..len]), Ok(httparse::Status::Complete(len)));
        prop_assert_eq!((theirs.code, theirs.version), (Some(status), Some(1)));
        prop_assert_eq!(theirs.reason.unwrap().as_bytes(), head.reason.as_bytes());
        same(theirs.headers, &head.fields);
    }

    /// Bytes around those of a head: what we take, they take, with the same meaning and length.
    #[test]
    fn reads_the_requests_that_we_accept(
        mut bytes in Just(
            b"POST /a/b?c=%20d HTTP/1.1\r\nHost: a\r\nX-Y: \tb c\t\r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello"
                .to_vec()
        ),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        insert in any::<bool>(),
    ) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        }
        if insert {
            bytes.remove(cut.index(bytes.len()));
        }
        let mut parser = HeadParser::new();
        let Ok(Some((head, len))) = parser.parse_request(&bytes) else { return Ok(()) };
        // It refuses HTTP/1.2, which is to be understood as 1.1.
        let line_end = bytes.windows(2).skip(4).position(|end| end == b"\r\n").unwrap() + 4;
        if !b"01".contains(&bytes[line_end - 1]) {
            return Ok(());
        }

        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut theirs = httparse::Request::new(&mut headers);
        prop_assert_eq!(theirs.parse(&bytes), Ok(httparse::Status::Complete(len)));
        prop_assert_eq!(theirs.method, Some(head.method.as_str()));
        prop_assert_eq!(theirs.path, Some(head.target.as_str()));
        prop_assert_eq!(theirs.version, minor(head.version));
        same(theirs.headers, &head.fields);
    }
}
