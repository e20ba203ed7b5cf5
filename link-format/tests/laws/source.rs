//! Random documents, as plain strings: such as can be made, and such as can only be read.

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

/// What may stand once in a link that is made; of a text, the first three only.
const ONCE: [&str; 10] =
    ["rt", "if", "sz", "rel", "anchor", "media", "title", "title*", "type", "obs"];

pub(crate) fn document() -> impl Strategy<Value = Document> {
    let made = |links: Document| {
        links.into_iter().map(|link| {
            let attributes = link.attributes.into_iter().map(fit).collect();
            PlainLink { attributes: first_of(&ONCE, attributes), ..link }
        })
    };
    wild_document().prop_map(move |links| made(links).collect())
}

/// With what nobody may write and everybody must read.
pub(crate) fn wild_document() -> impl Strategy<Value = Document> {
    let attributes = prop::collection::vec(plain_attribute(), 0..6)
        .prop_map(|attributes| first_of(&ONCE[..3], attributes));
    let link =
        (target(), attributes).prop_map(|(target, attributes)| PlainLink { target, attributes });
    prop::collection::vec(link, 0..5)
}

fn first_of(once: &[&str], mut attributes: Vec<PlainAttribute>) -> Vec<PlainAttribute> {
    let mut seen = Vec::new();
    attributes.retain(|attribute| {
        let name = attribute.name.to_lowercase();
        let is_again = once.contains(&&*name) && seen.contains(&name);
        seen.push(name);
        !is_again
    });
    attributes
}

/// The same attribute with a value that it may have.
fn fit(mut attribute: PlainAttribute) -> PlainAttribute {
    let text = attribute.value.clone().unwrap_or_default();
    let words = text.trim_matches(' ');
    let fitting = match &*attribute.name.to_lowercase() {
        "obs" => None,
        "sz" => Some(text.len().to_string()),
        "ct" => Some(format!("{}  65535", text.len())),
        "anchor" => Some(format!("/{}", text.len())),
        "rel" | "rev" | "rt" | "if" if words.is_empty() => Some("a b".to_owned()),
        "rel" | "rev" | "rt" | "if" => Some(words.to_owned()),
        "title" | "media" | "type" | "hreflang" => Some(text),
        _ => attribute.value,
    };
    attribute.value = fitting;
    attribute
}

/// The document as text, with each value that may be quoted in quotes.
pub(crate) fn written(document: &Document) -> String {
    let attribute = |attribute: &PlainAttribute| match &attribute.value {
        Some(value) if attribute.name.ends_with('*') => format!(";{}={value}", attribute.name),
        Some(value) => {
            let value = value.replace('\\', r"\\").replace('"', r#"\""#);
            format!(";{}=\"{value}\"", attribute.name)
        }
        None => format!(";{}", attribute.name),
    };
    let link = |link: &PlainLink| {
        let attributes: String = link.attributes.iter().map(attribute).collect();
        format!("<{}>{attributes}", link.target)
    };
    document.iter().map(link).collect::<Vec<_>>().join(",")
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
            "rt", "RT", "if", "rel", "Rel", "sz", "ct", "title", "anchor", "et", "obs"
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
