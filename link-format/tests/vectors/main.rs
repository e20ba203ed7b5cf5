//! Documents both ways: from text to links and back, byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

mod encode;
mod standard;
mod typed;

use link_format::{Attribute, Link, Links};

/// A link as a test writes it: target, and names with values.
pub(crate) type Row<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

/// Decodes `text`, compares with what is meant, and writes it again.
pub(crate) fn both_ways(text: &str, meant: &[Row<'_>]) {
    let links = Links::decode(text.as_bytes()).unwrap();
    assert_eq!(links.iter().count(), meant.len(), "{text}");
    for (link, (target, attributes)) in links.iter().zip(meant) {
        assert_eq!(link.target(), *target);
        let found: Vec<_> = link
            .attributes()
            .iter()
            .map(|attribute| (attribute.name(), attribute.value().map(|value| value.to_string())))
            .collect();
        let meant: Vec<_> =
            attributes.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect();
        assert_eq!(found, meant, "{text}");
    }
    let decoded: Vec<Link<'_>> = links.iter().collect();
    for links in [links, Links::new(&decoded)] {
        assert_eq!(links.encoded_len(), text.len());
        assert_eq!(encode(links), text);
    }
    // Values of the same meaning make an equal document, whatever is quoted in it.
    let attributes: Vec<Vec<_>> = meant
        .iter()
        .map(|(_, attributes)| attributes.iter().map(|(name, value)| given(name, *value)).collect())
        .collect();
    let given: Vec<_> = meant
        .iter()
        .zip(&attributes)
        .map(|((target, _), attributes)| Link::new(target, attributes).unwrap())
        .collect();
    assert_eq!(Links::new(&given), links);
    let rewritten = encode(Links::new(&given));
    assert_eq!(Links::decode_str(&rewritten), Ok(links));
}

fn given<'a>(name: &'a str, value: Option<&'a str>) -> Attribute<'a> {
    match value {
        Some(value) => Attribute::new(name, value).unwrap(),
        None => Attribute::flag(name).unwrap(),
    }
}

pub(crate) fn encode(links: Links<'_>) -> String {
    let mut out = vec![0; links.encoded_len()];
    assert_eq!(links.encode(&mut out), Ok(out.len()));
    String::from_utf8(out).unwrap()
}
