//! The scanner against the grammar in nom: the same documents, the same links.
#![cfg(feature = "nom")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

use link_format::{Attribute, Links, UriReference, abnf};
use nom::Parser;
use nom::combinator::all_consuming;
use nom::error::Error;
use proptest::prelude::*;

type Read<'a> = Vec<(UriReference<'a>, Vec<Attribute<'a>>)>;

/// Links and attributes as the grammar reads them; `None` if it does not take the document.
fn by_grammar(document: &str) -> Option<Read<'_>> {
    all_consuming(abnf::link_value_list::<Error<&str>>).parse(document).ok()?;
    let mut read = Vec::new();
    let mut rest = document;
    while !rest.is_empty() {
        let (behind, link) = abnf::link_value::<Error<&str>>(rest).unwrap();
        let target = link.target();
        let mut params = &rest[target.as_str().len() + 2..rest.len() - behind.len()];
        let mut attributes = Vec::new();
        while let Some(param) = params.strip_prefix(';') {
            let (behind, attribute) = abnf::link_param::<Error<&str>>(param).unwrap();
            attributes.push(attribute);
            params = behind;
        }
        read.push((target, attributes));
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    Some(read)
}

fn compare(document: &str) {
    let scanned: Option<Read<'_>> = Links::decode_str(document).ok().map(|links| {
        links.iter().map(|link| (link.target(), link.attributes().iter().collect())).collect()
    });
    assert_eq!(scanned, by_grammar(document), "{document:?}");
}

/// Every text of up to five of these characters, behind different beginnings.
#[test]
fn short_documents() {
    let every = |alphabet: &[char], beginning: &str, most: u32| {
        for len in 0..=most {
            for mut number in 0..alphabet.len().pow(len) {
                let mut document = beginning.to_owned();
                for _ in 0..len {
                    document.push(alphabet[number % alphabet.len()]);
                    number /= alphabet.len();
                }
                compare(&document);
            }
        }
    };
    every(&['<', '>', ';', ',', '=', '"', 'a', '\\', '*', '\''], "", 4);
    every(&['<', '>', ';', ',', '=', '"', 'a', '\\', '*'], "<>;", 5);
    every(&['"', ',', '\\', 'a', ' ', '\n'], "<>;a=\"", 5);
    every(&['\'', 'a', '-', '1', '%', '"'], "<>;a*=a'", 5);
    every(&['r', 't', 'R', ';', '=', 'f', 'i'], "<>;rt;", 5);
}

/// The same for URI references.
#[test]
fn short_references() {
    let alphabet =
        [':', '/', '?', '#', '[', ']', '@', '%', '4', 'a', 'g', '.', 'ä', '\u{E000}', '\u{202E}'];
    for beginning in ["", "//", "a:", "//[:"] {
        for mut number in 0..alphabet.len().pow(4) {
            let mut text = beginning.to_owned();
            while number > 0 {
                text.push(alphabet[number % alphabet.len()]);
                number /= alphabet.len();
            }
            compare(&format!("<{text}>"));
        }
    }
    let alphabet = [':', '1', 'f', '.', '2', '5'];
    for beginning in ["", "1:2:3:4:5:6:", "::1.2.3", "1:2:3:4", "v1"] {
        for mut number in 0..alphabet.len().pow(5) {
            let mut text = beginning.to_owned();
            while number > 0 {
                text.push(alphabet[number % alphabet.len()]);
                number /= alphabet.len();
            }
            compare(&format!("<//[{text}]>"));
        }
    }
}

fn valid() -> impl Strategy<Value = String> {
    let target = prop_oneof![
        "(/[a-z0-9._-]{0,9}){0,3}",
        "(coap|http)://([a-z.]{1,9}|\\[[0-9a-f:]{2,20}\\])(:[0-9]{0,5})?(/[a-z]{0,3}){0,2}(\\?[a-z]{0,3})?",
        "//15001/65536",
        "[a-z:/?#@%0-9.ä]{0,9}",
        "[/?#]?\\PC{0,4}",
    ];
    let value = prop_oneof![
        Just(String::new()),
        "=[a-z0-9:/.<=>*'-]{1,20}",
        "=\"([a-z ,;<>äß\t]|\\\\[a-z\"\\\\]){0,20}\"",
        "\\*=UTF-8'(de-AT)?'([a-z]|%[0-9A-F]{2}){0,9}",
    ];
    let name = prop_oneof!["rt|if|sz|ct|rel|title|href|obs", "[a-z0-9!#$&+.^_`|~-]{1,9}"];
    let attribute = (name, value).prop_map(|(name, value)| format!(";{name}{value}"));
    let attributes = prop::collection::vec(attribute, 0..4);
    let link = (target, attributes)
        .prop_map(|(target, attributes)| format!("<{target}>{}", attributes.concat()));
    prop::collection::vec(link, 0..4).prop_map(|links| links.join(","))
}

/// Some characters changed, put in or taken out.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..3_u8, "[<>;,=\"\\\\*' %a:/\n\\[\\]#ä]");
    (valid(), prop::collection::vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut chars: Vec<char> = document.chars().collect();
        for (index, how, with) in changes {
            let at = index.index(chars.len() + 1);
            let with = with.chars().next().unwrap();
            match (how, chars.get_mut(at)) {
                (0, Some(c)) => *c = with,
                (1, Some(_)) => drop(chars.remove(at)),
                _ => chars.insert(at, with),
            }
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn valid_documents(document in valid()) {
        compare(&document);
    }

    #[test]
    fn mutated_documents(document in mutated()) {
        compare(&document);
    }

    #[test]
    fn random_documents(document in "[<>;,=\"\\\\*' %a:/rtifsz1\n\\[\\]#ä\u{E000}\u{FDD0}\u{85}]{0,30}") {
        compare(&document);
    }
}
