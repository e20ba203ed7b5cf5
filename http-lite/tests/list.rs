//! Laws of lists, tokens and quoted strings.

use http_lite::list;
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
