//! Laws of lists, tokens and quoted strings.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::{ParameterValue, Parameters, list};
use proptest::prelude::*;

/// The elements by the letter of RFC 9110 section 5.6.1, a byte at a time.
fn oracle(value: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut quoted, mut escaped) = (vec![vec![]], false, false);
    for &byte in value {
        if byte == b',' && !quoted {
            found.push(vec![]);
            continue;
        }
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == b'\\' && !escaped;
        found.last_mut().unwrap().push(byte);
    }
    for element in &mut found {
        while element.first().is_some_and(|b| b" \t".contains(b)) {
            element.remove(0);
        }
        while element.last().is_some_and(|b| b" \t".contains(b)) {
            element.pop();
        }
    }
    found.retain(|element| !element.is_empty());
    found
}

/// Every text of up to `len` bytes of this alphabet.
fn all(alphabet: &[u8], len: u32) -> impl Iterator<Item = Vec<u8>> {
    let base = alphabet.len();
    (0..=len).flat_map(move |len| {
        (0..base.pow(len)).map(move |mut number| {
            (0..len)
                .map(|_| {
                    let byte = alphabet[number % base];
                    number /= base;
                    byte
                })
                .collect()
        })
    })
}

#[test]
fn every_short_value_has_the_elements_of_the_oracle() {
    for value in all(b"a, \"\\\t", 7) {
        assert!(list::elements(&value).eq(oracle(&value)), "{:?}", value.escape_ascii());
    }
}

proptest! {
    #[test]
    fn any_value_has_the_elements_of_the_oracle(value: Vec<u8>) {
        prop_assert!(list::elements(&value).eq(oracle(&value)));
    }

    #[test]
    fn what_is_joined_is_split_again(
        tokens in prop::collection::vec("[a-z0-9!#$%&'*+.^_`|~-]{1,8}", 0..8),
        comma in "[ \t]{0,3},[ \t]{0,3}",
    ) {
        let value = tokens.join(&comma);
        prop_assert!(list::elements(value.as_bytes()).eq(tokens.iter().map(|t| t.as_bytes())));
        for token in &tokens {
            prop_assert!(list::is_token(token.as_bytes()));
            prop_assert!(list::contains(value.as_bytes(), token.to_uppercase().as_bytes()));
        }
    }
}

/// A parameter's value by the letter of RFC 9110 section 5.6.4.
fn value_oracle(text: &[u8]) -> Option<Vec<u8>> {
    let Some(inner) = text.strip_prefix(b"\"") else {
        return list::is_token(text).then(|| text.to_vec());
    };
    let is_text = |byte: u8| byte == b'\t' || (byte >= b' ' && byte != 0x7F);
    let (mut found, mut bytes) = (vec![], inner.iter().copied());
    loop {
        match bytes.next()? {
            b'"' => return bytes.next().is_none().then_some(found),
            b'\\' => found.push(bytes.next().filter(|&byte| is_text(byte))?),
            byte => found.push(Some(byte).filter(|&byte| is_text(byte))?),
        }
    }
}

#[test]
fn every_short_value_is_read_like_the_oracle() {
    for text in all(b"a \"\\\x07", 7) {
        let value = ParameterValue::parse(&text).map(|value| value.bytes().collect::<Vec<_>>());
        assert_eq!(value, value_oracle(&text), "{:?}", text.escape_ascii());
    }
}

proptest! {
    #[test]
    fn a_text_is_read_as_it_was_written(text: Vec<u8>) {
        if let Some(value) = ParameterValue::new(&text) {
            for value in [value, value.in_quotes()] {
                let mut out = vec![0; value.encoded_len()];
                prop_assert_eq!(value.encode(&mut out), Ok(out.len()));
                prop_assert_eq!(ParameterValue::parse(&out), Some(value));
                prop_assert!(value == text[..]);
                let mut field = b"; name=".to_vec();
                field.extend(&out);
                let read = Parameters::parse(&field).unwrap().get(b"NAME");
                prop_assert_eq!(read, Some(value));
            }
        } else {
            prop_assert!(text.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7F));
        }
    }

    #[test]
    fn any_bytes_are_parameters_or_not(text in "[;=a \"\\\\]{0,12}") {
        if let Some(parameters) = Parameters::parse(text.as_bytes()) {
            let count = text.len() / 4 + 1;
            prop_assert!(parameters.iter().count() <= count);
        }
    }
}
