//! Random documents, as plain strings.

use link_format::{Attribute, Links};
use proptest::prelude::*;

pub(crate) type Document = Vec<PlainLink>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlainLink {
    pub(crate) target: String,
    pub(crate) attributes: Vec<PlainAttribute>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlainAttribute {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

pub(crate) fn attribute(plain: &PlainAttribute) -> Attribute<'_> {
    match &plain.value {
        Some(value) => Attribute::new(&plain.name, value).unwrap(),
        None => Attribute::flag(&plain.name).unwrap(),
    }
}

/// What links say, as plain strings.
pub(crate) fn read(links: Links<'_>) -> Document {
    let attribute = |attribute: Attribute<'_>| PlainAttribute {
        name: attribute.name().to_owned(),
        value: attribute.value().map(|value| value.to_string()),
    };
    links
        .iter()
        .map(|link| PlainLink {
            target: link.target().to_string(),
            attributes: link.attributes().iter().map(attribute).collect(),
        })
        .collect()
}

pub(crate) fn document() -> impl Strategy<Value = Document> {
    prop::collection::vec(link(), 0..5)
}

fn link() -> impl Strategy<Value = PlainLink> {
    let attributes = prop::collection::vec(plain_attribute(), 0..6);
    (target(), attributes).prop_map(|(target, mut attributes)| {
        let mut seen = Vec::new();
        attributes.retain(|attribute| {
            let name = attribute.name.to_lowercase();
            let is_again = ["rt", "if", "sz"].contains(&name.as_str()) && seen.contains(&name);
            seen.push(name);
            !is_again
        });
        PlainLink { target, attributes }
    })
}

/// References that share beginnings, and all the characters that they can have.
pub(crate) fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        "(/[ab.;,]{0,3}){0,4}",
        "(/[a-zA-Z0-9_~%41ä]{0,12}){0,2}"
            .prop_filter("a percent-encoding", |text| { !text.contains('%') }),
        "/(%[0-9a-fA-F]{2}){1,2}",
        "(coap|coaps\\+tcp)://([a-z@]?[a-z.]{0,6}|\\[2001:db8::[1-9]\\])(:[0-9]{0,4})?(/[a-b]{0,2}){0,2}",
        "[?#][ab/?:@!$&'()*+;=-]{0,5}",
        Just("//15001/65536".to_owned()),
        Just(String::new()),
    ]
}

fn plain_attribute() -> impl Strategy<Value = PlainAttribute> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "rt", "RT", "if", "rel", "sz", "ct", "title", "anchor", "et", "obs"
        ])
        .prop_map(str::to_owned),
        "[a-c]{1,2}",
        "[a-zA-Z0-9!#$&+.^_`|~-]{1,9}"
            .prop_filter("href is for queries", |name| { !name.eq_ignore_ascii_case("href") }),
    ];
    let plain =
        (name, prop::option::of(text())).prop_map(|(name, value)| PlainAttribute { name, value });
    let star = ("[a-c]\\*", "UTF-8'(de(-AT)?)?'([a-c]|%[0-9a-fA-F]{2}){0,5}")
        .prop_map(|(name, value)| PlainAttribute { name, value: Some(value) });
    prop_oneof![8 => plain, 1 => star]
}

/// Values that often share beginnings, and all the characters that they can have.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{0,3}",
        "[ab ]{0,6}",
        "[ ]{0,2}",
        "[a-zA-Z0-9!#$%&'()*+./:<=>?@^_`{|}~\\[\\]-]{1,20}",
        "[ -~äß€\t]{0,20}",
    ]
}
