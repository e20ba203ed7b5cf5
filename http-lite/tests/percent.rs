//! Percent-encoding against RFC 3986 section 2.1, and against a decoder that is written plainly.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::EncodeError;
use http_lite::percent::{self, Encoded, PercentError, Set};
use proptest::prelude::*;

const SETS: [Set; 3] = [Set::Segment, Set::Query, Set::Form];

/// Cuts the text at every `%`, and asks the standard library for the number.
fn naive(text: &[u8], is_form: bool) -> Result<Vec<u8>, usize> {
    let plain = |byte: &u8| if is_form && *byte == b'+' { b' ' } else { *byte };
    let mut parts = text.split(|byte| *byte == b'%');
    let first = parts.next().unwrap();
    let mut decoded: Vec<u8> = first.iter().map(plain).collect();
    let mut offset = first.len();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = core::str::from_utf8(digits.ok_or(offset)?).unwrap();
        decoded.push(u8::from_str_radix(digits, 16).unwrap());
        decoded.extend(part[2..].iter().map(plain));
        offset += 1 + part.len();
    }
    Ok(decoded)
}

/// Every way to decode, held against the plain one.
fn compare(text: &[u8]) {
    for is_form in [false, true] {
        let expected = naive(text, is_form);
        let encoded = if is_form { Encoded::form(text) } else { Encoded::new(text) };
        let mut in_place = text.to_vec();
        let replaced = if is_form {
            percent::decode_form_in_place(&mut in_place)
        } else {
            percent::decode_in_place(&mut in_place)
        };
        match expected {
            Err(offset) => {
                assert_eq!(encoded.err(), Some(PercentError { offset }), "{text:?}");
                assert_eq!(replaced.err(), Some(PercentError { offset }));
                assert_eq!(in_place, text, "changed by an error");
            }
            Ok(expected) => {
                let encoded = encoded.unwrap();
                assert_eq!(replaced.unwrap(), expected, "{text:?}");
                assert_eq!(encoded.raw(), text);
                assert_eq!(encoded.bytes().collect::<Vec<_>>(), expected);
                assert_eq!(encoded.decoded_len(), expected.len());
                assert_eq!(encoded.is_empty(), expected.is_empty());
                assert_eq!(encoded.as_plain(), (expected == text).then_some(text), "{text:?}");
                assert!(encoded.is(&expected));
                for len in 0..expected.len() {
                    let needed = expected.len();
                    assert!(!encoded.is(&expected[..len]));
                    let short = encoded.decode(&mut in_place[..len]);
                    assert_eq!(short, Err(EncodeError::BufferTooSmall { needed }));
                }
                assert!(!encoded.is(&[&expected[..], b"x"].concat()));
                let mut out = vec![b'#'; expected.len() + 1];
                assert_eq!(encoded.decode(&mut out), Ok(&expected[..]));
                assert_eq!(out.last(), Some(&b'#'), "written too far");
            }
        }
    }
}

#[test]
fn every_short_text_is_decoded_as_by_the_plain_decoder() {
    let alphabet = b"%+4aFg/\0";
    for len in 0..=6 {
        for number in 0..alphabet.len().pow(len) {
            let text: Vec<u8> = (0..len)
                .map(|at| alphabet[number / alphabet.len().pow(at) % alphabet.len()])
                .collect();
            compare(&text);
        }
    }
}

#[test]
fn every_triplet_is_its_byte_in_both_cases() {
    for high in 0..=255u8 {
        for low in 0..=255 {
            compare(&[b'%', high, low]);
        }
    }
}

#[test]
fn refuses_what_is_no_triplet() {
    let rows: [(&[u8], usize, &str); 8] = [
        (b"%", 0, "no digit"),
        (b"a%", 1, "no digit"),
        (b"ab%4", 2, "one digit"),
        (b"%%41", 0, "a percent sign for a digit"),
        (b"%41%4g", 3, "g is no digit"),
        (b"%+1", 0, "a sign"),
        (b"% 41", 0, "a space"),
        (b"%u0041", 0, "not of the standard"),
    ];
    for (text, offset, why) in rows {
        assert_eq!(Encoded::new(text).err(), Some(PercentError { offset }), "{why}");
        assert_eq!(Encoded::form(text).err(), Some(PercentError { offset }), "{why}");
    }
    let error = Encoded::new(b"a%").unwrap_err().to_string();
    assert_eq!(error, "the % at 1 is not followed by two hexadecimal digits");
}

#[test]
fn is_decoded_once_only() {
    let text = Encoded::new(b"%2541%252F").unwrap();
    assert!(text.is(b"%41%2F"));
}

#[test]
fn equal_is_what_stands_for_the_same() {
    let uri = |text| Encoded::new(text).unwrap();
    assert_eq!(uri(b"%7Ea"), uri(b"~%61"));
    assert_ne!(uri(b"a+b"), Encoded::form(b"a+b").unwrap());
    assert_eq!(uri(b"a%20b"), Encoded::form(b"a+b").unwrap());
    assert_ne!(uri(b"a%20b"), uri(b"a%20bc"));
    assert_eq!(format!("{:?}", uri(b"a%20\"\xFF")), r#""a%20\"\xff""#);
}

#[test]
fn each_set_keeps_its_bytes_and_no_other() {
    let alphanumeric: Vec<u8> = (0..=255u8).filter(u8::is_ascii_alphanumeric).collect();
    let kept: [(Set, &[u8]); 3] = [
        // RFC 3986 section 3.3: pchar
        (Set::Segment, b"-._~!$&'()*+,;=:@"),
        // RFC 3986 section 3.4 without & ; = +
        (Set::Query, b"-._~!$'()*,:@/?"),
        // WHATWG URL, application/x-www-form-urlencoded
        (Set::Form, b"*-._"),
    ];
    for (set, others) in kept {
        for byte in 0..=255 {
            let mut out = [0; 3];
            let len = percent::encode(&[byte], set, &mut out).unwrap();
            if alphanumeric.contains(&byte) || others.contains(&byte) {
                assert_eq!(out[..len], [byte]);
            } else if set == Set::Form && byte == b' ' {
                assert_eq!(out[..len], [b'+']);
            } else {
                assert_eq!(&out[..len], format!("%{byte:02X}").as_bytes());
            }
        }
    }
}

#[test]
fn encodes_at_compile_time() {
    const LEN: usize = percent::encoded_len(b"a b", Set::Segment);
    const TEXT: [u8; LEN] = {
        let mut out = [0; LEN];
        assert!(percent::encode(b"a b", Set::Segment, &mut out).is_ok());
        out
    };
    assert_eq!(&TEXT, b"a%20b");
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(text in proptest::collection::vec(any::<u8>(), 0..64)) {
        for set in SETS {
            let len = percent::encoded_len(&text, set);
            let mut out = vec![0; len];
            prop_assert_eq!(percent::encode(&text, set, &mut out), Ok(len));
            prop_assert!(Encoded::form(&out).unwrap().is(&text) || set == Set::Segment);
            prop_assert!(Encoded::new(&out).unwrap().is(&text) || set == Set::Form);
            for short in 0..len {
                let result = percent::encode(&text, set, &mut out[..short]);
                prop_assert_eq!(result, Err(EncodeError::BufferTooSmall { needed: len }));
            }
        }
    }

    #[test]
    fn long_texts_are_decoded_as_by_the_plain_decoder(text in "([a-z+]{0,9}(%[0-9a-f]{1,2})?){0,9}") {
        compare(text.as_bytes());
    }
}
