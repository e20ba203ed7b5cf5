//! Queries and forms, against RFC 3986 section 3.4 and the WHATWG URL standard.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::percent::PercentError;
use http_lite::query::{Encoder, Query};
use http_lite::{EncodeError, Method, Target};
use proptest::prelude::*;

type Owned = Vec<(Vec<u8>, Vec<u8>)>;

fn query(raw: &str) -> Query<'_> {
    Query::new(raw.as_bytes()).unwrap()
}

fn form(raw: &str) -> Query<'_> {
    Query::form(raw.as_bytes()).unwrap()
}

fn decoded(query: Query<'_>) -> Owned {
    let pairs = query.pairs();
    pairs.map(|pair| (pair.name.bytes().collect(), pair.value.bytes().collect())).collect()
}

fn raw(query: Query<'_>) -> Vec<(&str, &str)> {
    let text = |raw| core::str::from_utf8(raw).unwrap();
    query.pairs().map(|pair| (text(pair.name.raw()), text(pair.value.raw()))).collect()
}

#[test]
fn splits_pairs() {
    let rows: [(&str, &[(&str, &str)]); 12] = [
        ("", &[]),
        ("&", &[]),
        ("&&a=1&&", &[("a", "1")]),
        ("a", &[("a", "")]),
        ("a=", &[("a", "")]),
        ("=a", &[("", "a")]),
        ("=", &[("", "")]),
        ("a=1&b=2", &[("a", "1"), ("b", "2")]),
        ("a=b=c", &[("a", "b=c")]),
        ("a;b=1;2", &[("a;b", "1;2")]),
        ("a?/=?/", &[("a?/", "?/")]),
        ("a%3D1=%26", &[("a%3D1", "%26")]),
    ];
    for (text, expected) in rows {
        assert_eq!(raw(query(text)), expected, "{text}");
        assert_eq!(raw(form(text)), expected, "{text}");
        assert_eq!(query(text).raw(), text.as_bytes());
    }
}

#[test]
fn a_plus_is_a_space_in_forms_alone() {
    let text = "a+b=c+%2b+d";
    assert_eq!(decoded(form(text)), [(b"a b".to_vec(), b"c + d".to_vec())]);
    assert_eq!(decoded(query(text)), [(b"a+b".to_vec(), b"c+++d".to_vec())]);
    assert!(form(text).get(b"a b").unwrap().is(b"c + d"));
    assert!(query(text).get(b"a+b").unwrap().is(b"c+++d"));
}

#[test]
fn finds_by_the_decoded_name() {
    let query = query("a=1&b=2&%61=3&A=4&a");
    assert!(query.get(b"a").unwrap().is(b"1"));
    assert!(query.get(b"b").unwrap().is(b"2"));
    assert!(query.get(b"A").unwrap().is(b"4"), "names differ by case");
    assert_eq!(query.get(b"c"), None);
    assert_eq!(query.get(b""), None);
    let all: Vec<&[u8]> = query.all(b"a").map(|value| value.raw()).collect();
    assert_eq!(all, [&b"1"[..], b"3", b""]);
    assert_eq!(query.all(b"c").count(), 0);
}

#[test]
fn equal_by_pairs() {
    assert_eq!(query("a=%31&b"), query("&%61=1&b="));
    assert_eq!(query("a=%20"), form("a=+"));
    assert_ne!(query("a=1&b=2"), query("b=2&a=1"));
    assert_ne!(query("a=1"), query("a=1&a=1"));
    assert_ne!(query("a%3D1"), query("a=1"));
    assert_eq!(format!("{:?}", query("a=%20")), "\"a=%20\"");
}

#[test]
fn refuses_a_broken_triplet_with_its_offset() {
    assert_eq!(Query::new(b"a=1&b=%2").err(), Some(PercentError { offset: 6 }));
    assert_eq!(Query::form(b"a=%&b").err(), Some(PercentError { offset: 2 }));
}

#[test]
fn writes_pairs() {
    let pairs: [(&[u8], &[u8]); 4] =
        [(b"a", b"1"), (b"", b""), (b"x&y=z", b"a+b c%;"), ("ä".as_bytes(), b"/?*~")];
    let rows = [
        (false, "a=1&=&x%26y%3Dz=a%2Bb%20c%25%3B&%C3%A4=/?*~"),
        (true, "a=1&=&x%26y%3Dz=a%2Bb+c%25%3B&%C3%A4=%2F%3F*%7E"),
    ];
    for (is_form, expected) in rows {
        for len in 0..=expected.len() {
            let mut buffer = vec![0; len];
            let mut e =
                if is_form { Encoder::form(&mut buffer) } else { Encoder::query(&mut buffer) };
            pairs.iter().for_each(|(name, value)| e.pair(name, value));
            assert_eq!(e.encoded_len(), expected.len());
            let result = e.finish();
            if len < expected.len() {
                assert_eq!(result, Err(EncodeError::BufferTooSmall { needed: expected.len() }));
            } else {
                assert_eq!((result, &buffer[..]), (Ok(len), expected.as_bytes()));
            }
        }
    }
}

#[test]
fn nothing_is_written_for_no_pair() {
    assert_eq!(Encoder::form(&mut []).finish(), Ok(0));
}

#[test]
fn writes_at_compile_time() {
    const FORM: [u8; 7] = {
        let mut out = [0; 7];
        let mut form = Encoder::form(&mut out);
        form.pair(b"a", b"b c");
        assert!(form.encoded_len() == 5);
        form.pair(b"", b"");
        assert!(form.finish().is_ok());
        out
    };
    assert_eq!(&FORM, b"a=b+c&=");
}

proptest! {
    #[test]
    fn any_pairs_are_read_back(
        pairs in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..8), proptest::collection::vec(any::<u8>(), 0..8)),
            0..6,
        ),
    ) {
        let mut buffer = [0; 512];
        let mut e = Encoder::form(&mut buffer);
        pairs.iter().for_each(|(name, value)| e.pair(name, value));
        let len = e.finish().unwrap();
        prop_assert_eq!(decoded(Query::form(&buffer[..len]).unwrap()), pairs.clone());

        // A query is read the same by both, and can stand in a target.
        let mut target = [0; 512];
        target[..2].copy_from_slice(b"/?");
        let mut e = Encoder::query(&mut target[2..]);
        pairs.iter().for_each(|(name, value)| e.pair(name, value));
        let len = 2 + e.finish().unwrap();
        let target = Target::new(&target[..len], &Method::GET).unwrap();
        let query = target.query().unwrap();
        prop_assert_eq!(decoded(Query::new(query).unwrap()), pairs.clone());
        prop_assert_eq!(decoded(Query::form(query).unwrap()), pairs);
    }

    #[test]
    fn pairs_are_split_as_by_the_standard_library(text in "[a&=+;]{0,16}") {
        let naive = |text: &str| {
            let pairs = text.split('&').filter(|pair| !pair.is_empty());
            let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            pairs.map(|(name, value)| (name.into(), value.into())).collect::<Owned>()
        };
        prop_assert_eq!(decoded(query(&text)), naive(&text));
        prop_assert_eq!(decoded(form(&text)), naive(&text.replace('+', " ")));
    }
}
