//! Any text as links: the scanner takes it if the grammar in nom does, finds the same links, and
//! writes the same text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use link_format::{Attribute, EncodeError, Links, Scanner, UriReference, abnf};
use nom::Parser;
use nom::combinator::all_consuming;
use nom::error::Error;

fuzz_target!(|data: &[u8]| {
    let decoded = Links::decode(data);
    if let Err(error) = decoded {
        assert!(error.offset as usize <= data.len());
        assert!(error.rule().starts_with("RFC "), "{}", error.rule());
    }
    let Ok(text) = str::from_utf8(data) else {
        assert!(decoded.is_err());
        return;
    };
    assert_eq!(Links::decode_str(text), decoded);
    let one_pass = Scanner::new(text).find_map(Result::err);
    assert_eq!(one_pass, decoded.err());
    let found = decoded.ok().map(|links| links.iter().map(read).collect::<Vec<_>>());
    assert_eq!(found, by_grammar(text), "{text:?}");
    let Ok(links) = decoded else { return };

    let copied: Vec<_> = links.iter().collect();
    for links in [links, Links::new(&copied)] {
        let mut out = vec![0; links.encoded_len()];
        assert_eq!(links.encode(&mut out), Ok(out.len()));
        assert_eq!(out, text.as_bytes());
    }
    for link in links {
        typed(&link);
    }
});

type Read<'a> = (UriReference<'a>, Vec<Attribute<'a>>);

fn read(link: link_format::Link<'_>) -> Read<'_> {
    (link.target(), link.attributes().iter().collect())
}

fn by_grammar(text: &str) -> Option<Vec<Read<'_>>> {
    all_consuming(abnf::link_value_list::<Error<&str>>).parse(text).ok()?;
    let (mut links, mut rest) = (Vec::new(), text);
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
        links.push((target, attributes));
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    Some(links)
}

/// Typed access says what a look through the attributes says.
fn typed(link: &link_format::Link<'_>) {
    // The first counts, also if it has no value.
    let first = |name: &str| {
        let attribute = link.attributes().iter().find(|attribute| attribute.is(name))?;
        attribute.value().map(|value| value.to_string())
    };
    assert_eq!(link.title().map(|value| value.to_string()), first("title"));
    assert_eq!(link.media().map(|value| value.to_string()), first("media"));
    // RFC 6690 section 2.2: a link without `rel` is one of "hosts".
    let has_rel = link.attributes().iter().any(|attribute| attribute.is("rel"));
    let no_rel = if has_rel { "" } else { "hosts" };
    for (words, name, absent) in
        [(link.rt(), "rt", ""), (link.if_(), "if", ""), (link.rel(), "rel", no_rel)]
    {
        let found: Vec<String> = words.map(|word| word.to_string()).collect();
        let value = first(name).unwrap_or(absent.to_owned());
        let naive: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
        assert_eq!(found, naive);
    }
    for attribute in link.attributes() {
        let Some(value) = attribute.value() else { continue };
        let text = value.to_string();
        assert!(value == text.as_str());
        assert_eq!(value.chars().collect::<String>(), text);
        assert_eq!(value.pieces().collect::<String>(), text);
        let mut copy = vec![0; text.len()];
        assert_eq!(value.copy_to(&mut copy), Ok(text.as_str()));
        if let Some(short) = text.len().checked_sub(1) {
            let too_small = EncodeError::BufferTooSmall { needed: text.len() };
            assert_eq!(value.copy_to(&mut copy[..short]), Err(too_small));
        }
    }
}
