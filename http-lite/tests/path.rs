//! Paths, segment by segment. RFC 3986 section 3.3.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::path::{self, Danger, Path};
use http_lite::percent::{Encoded, PercentError};
use http_lite::{EncodeError, Method, Target};
use proptest::prelude::*;

fn path(raw: &str) -> Path<'_> {
    Path::new(raw.as_bytes()).unwrap()
}

#[test]
fn a_slash_begins_a_segment() {
    let rows: [(&str, &[&str]); 9] = [
        ("", &[]),
        ("/", &[""]),
        ("/a", &["a"]),
        ("/a/", &["a", ""]),
        ("/a/b", &["a", "b"]),
        ("//a", &["", "a"]),
        ("/a//b", &["a", "", "b"]),
        ("/a;x=1/b:@&=+$,", &["a;x=1", "b:@&=+$,"]),
        ("a/b", &["a", "b"]),
    ];
    for (raw, expected) in rows {
        let segments = path(raw).segments().map(|segment| segment.raw());
        assert!(segments.eq(expected.iter().map(|text| text.as_bytes())), "{raw}");
        let expected: Vec<&[u8]> = expected.iter().map(|text| text.as_bytes()).collect();
        assert!(path(raw).is(&expected), "{raw}");
    }
}

#[test]
fn an_encoded_slash_ends_no_segment() {
    let path = path("/a%2Fb/c%2fd");
    assert!(path.is(&[b"a/b", b"c/d"]));
    assert!(path.segments().map(|segment| segment.raw()).eq([&b"a%2Fb"[..], b"c%2fd"]));
}

#[test]
fn is_takes_all_segments_and_no_more() {
    let path = path("/a/b");
    assert!(!path.is(&[b"a"]));
    assert!(!path.is(&[b"a", b"b", b""]));
    assert!(!path.is(&[b"a", b"c"]));
    assert!(!path.is(&[b"a/b"]));
    assert!(!path.is(&[]));
}

#[test]
fn paths_are_equal_by_segments() {
    assert_eq!(path("/%61/b"), path("/a/%62"));
    assert_ne!(path("/a%2Fb"), path("/a/b"));
    assert_ne!(path("/a"), path("/a/"));
    assert_ne!(path("/"), path(""));
    assert_eq!(format!("{:?}", path("/a%20b")), "\"/a%20b\"");
}

#[test]
fn a_plus_is_itself() {
    assert!(path("/a+b").is(&[b"a+b"]));
}

#[test]
fn rest_is_what_was_not_taken() {
    let mut segments = path("/topics/a%2Fb/c").segments();
    assert!(segments.rest().unwrap().is(b"topics/a/b/c"));
    segments.next();
    assert!(segments.rest().unwrap().is(b"a/b/c"));
    segments.next();
    segments.next();
    assert_eq!((segments.rest(), segments.next(), segments.next()), (None, None, None));

    let mut segments = path("/topics/").segments();
    segments.next();
    assert!(segments.rest().unwrap().is_empty());
}

#[test]
fn refuses_a_broken_triplet_with_its_offset() {
    assert_eq!(Path::new(b"/a/%4").err(), Some(PercentError { offset: 3 }));
}

#[test]
fn tells_what_is_no_plain_name() {
    let rows = [
        (".", Some(Danger::Dot)),
        ("%2E", Some(Danger::Dot)),
        ("..", Some(Danger::DotDot)),
        (".%2e", Some(Danger::DotDot)),
        ("%2e%2E", Some(Danger::DotDot)),
        ("...", None),
        (".a", None),
        ("a.", None),
        ("a..b", None),
        ("%00", Some(Danger::Nul)),
        ("a.txt%00.png", Some(Danger::Nul)),
        ("%2F", Some(Danger::Slash)),
        ("..%2f..%2fetc%2fpasswd", Some(Danger::Slash)),
        ("..%5cboot.ini", Some(Danger::Backslash)),
        ("a%5C%00", Some(Danger::Backslash)),
        ("%252F", None),
        ("%252e%252e", None),
        ("", None),
        ("caf%C3%A9", None),
    ];
    for (raw, expected) in rows {
        assert_eq!(path::danger(Encoded::new(raw.as_bytes()).unwrap()), expected, "{raw}");
    }
}

#[test]
fn writes_what_is_read() {
    let mut buffer = [0; 64];
    let rows: [(&[&[u8]], &str); 5] = [
        (&[], ""),
        (&[b""], "/"),
        (&[b"a", b""], "/a/"),
        (&[b"a/b", b"?#[]%"], "/a%2Fb/%3F%23%5B%5D%25"),
        (&[b"-._~!$&'()*+,;=:@"], "/-._~!$&'()*+,;=:@"),
    ];
    for (segments, expected) in rows {
        let len = path::encode(segments, &mut buffer).unwrap();
        assert_eq!(&buffer[..len], expected.as_bytes());
        assert_eq!(path::encoded_len(segments), len);
        assert!(path(expected).is(segments));
        for short in 0..len {
            let result = path::encode(segments, &mut buffer[..short]);
            assert_eq!(result, Err(EncodeError::BufferTooSmall { needed: len }));
        }
    }
}

proptest! {
    #[test]
    fn any_segments_are_read_back_and_make_a_target(
        segments in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..8), 1..6),
    ) {
        let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        let mut out = vec![0; path::encoded_len(&segments)];
        path::encode(&segments, &mut out).unwrap();
        let target = Target::new(&out, &Method::GET).unwrap();
        prop_assert!(Path::new(target.path()).unwrap().is(&segments));
    }
}
