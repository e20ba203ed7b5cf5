//! The filter against a model of strings.

use link_format::{Links, Query};
use proptest::prelude::*;

use crate::source::{self, Document, PlainLink, document, text, wild_document};
use crate::{encode, with_values};

/// RFC 6690 section 4.1, as it is written.
fn is_asked_for(link: &PlainLink, name: &str, value: &str) -> bool {
    let matches = |text: &str| match value.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == value,
    };
    if name == "href" {
        return matches(&link.target);
    }
    let mut found: Vec<String> = link
        .attributes
        .iter()
        .filter(|attribute| attribute.name.to_lowercase() == name)
        .map(|attribute| attribute.value.clone().unwrap_or_default())
        .collect();
    if value == "*" {
        return !found.is_empty();
    }
    if name == "obs" {
        return !found.is_empty() && matches("");
    }
    if ["rel", "anchor", "media", "title", "title*", "type"].contains(&name) {
        found.truncate(1);
    }
    found.iter().any(|found| {
        let mut words = found.split(' ').filter(|word| !word.is_empty()).peekable();
        if ["rel", "rev", "rt", "if"].contains(&name) && words.peek().is_some() {
            words.any(matches)
        } else {
            matches(found)
        }
    })
}

fn query() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "rt", "if", "rel", "title", "anchor", "et", "href", "a", "b", "a*", "obs"
        ])
        .prop_map(str::to_owned),
        "[a-c]{1,2}",
    ];
    let value = prop_oneof![text(), "[ab]{0,2}\\*", Just("*".to_owned()), "/[ab]{0,1}\\*?"];
    (name, value)
}

fn check(document: &Document, links: Links<'_>, queries: &[(String, String)]) {
    let texts: Vec<_> = queries.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let from_uri: Vec<_> = queries
        .iter()
        .map(|(name, value)| {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{}={value}", name.replace('*', "%2a"))
        })
        .collect();
    let decoded: Vec<_> = texts.iter().map(|q| Query::decode(q.as_bytes()).unwrap()).collect();
    let encoded: Vec<_> = from_uri.iter().map(|q| Query::from_uri(q).unwrap()).collect();
    let meant: Vec<bool> = document
        .iter()
        .map(|link| queries.iter().all(|(name, value)| is_asked_for(link, name, value)))
        .collect();
    for queries in [&decoded, &encoded] {
        let found: Vec<_> = links.iter().map(|link| Query::all_match(queries, &link)).collect();
        assert_eq!(found, meant, "{texts:?}");
        assert_eq!(links.matching(queries).iter().count(), meant.iter().filter(|m| **m).count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn finds_what_the_model_finds(document in document(), queries in prop::collection::vec(query(), 0..3)) {
        with_values(&document, |links| {
            check(&document, links, &queries);
            let bytes = encode(links);
            check(&document, Links::decode(&bytes).unwrap(), &queries);
        });
    }

    #[test]
    fn finds_what_the_model_finds_in_texts(document in wild_document(), queries in prop::collection::vec(query(), 0..3)) {
        check(&document, Links::decode_str(&source::written(&document)).unwrap(), &queries);
    }
}
