//! Two bytes of offset, two of size, then links: every way to write them gives the same bytes, and a
//! window is a slice of the whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use link_format::{Attribute, EncodeError, Link, Links, Part, Writer};

fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c, d], document)) = data.split_first_chunk() else { return };
    let Ok(links) = Links::decode(document) else { return };
    let from = usize::from(u16::from_be_bytes([*a, *b])) % (document.len() + 3);
    let size = usize::from(u16::from_be_bytes([*c, *d])) % (document.len() + 3);

    let values: Vec<Link<'_>> = links.iter().collect();
    for links in [links, Links::new(&values)] {
        window(document, from, size, |from, out| links.encode_part(from, out));
        assert_eq!(links.encoded_len(), document.len());
        let mut out = vec![0; size];
        let encoded = links.encode(&mut out);
        if size < document.len() {
            assert_eq!(encoded, Err(EncodeError::BufferTooSmall { needed: document.len() }));
        } else {
            assert_eq!(encoded, Ok(document.len()));
            assert_eq!(&out[..document.len()], document);
        }
    }
    window(document, from, size, |from, out| {
        let mut w = Writer::from_offset(from, out);
        for link in links {
            w.link(&link);
        }
        w.part()
    });
    anew(links, from, size);
});

/// The name of an attribute and the text that its value means.
type Plain = (String, Option<String>);

/// From the texts that the values mean: quoted where it is needed, so not always as it was.
fn anew(links: Links<'_>, from: usize, size: usize) {
    let texts: Vec<(String, Vec<Plain>)> = links
        .iter()
        .map(|link| {
            let attributes = link.attributes();
            let attributes = attributes
                .iter()
                .map(|attribute| {
                    let value = attribute.value().map(|value| value.to_string());
                    (attribute.name().to_owned(), value)
                })
                .filter(|(name, value)| has_its_form(name, value.as_deref()))
                .collect();
            let attributes = once_each(attributes);
            (link.target().to_string(), attributes)
        })
        .collect();
    let attributes: Vec<Vec<Attribute<'_>>> = texts
        .iter()
        .map(|(_, attributes)| {
            attributes
                .iter()
                .map(|(name, value)| match value {
                    Some(value) => Attribute::new(name, value).unwrap(),
                    None => Attribute::flag(name).unwrap(),
                })
                .collect()
        })
        .collect();
    let made: Vec<Link<'_>> = texts
        .iter()
        .zip(&attributes)
        .map(|((target, _), attributes)| Link::new(target, attributes).unwrap())
        .collect();
    let made = Links::new(&made);
    let mut whole = vec![0; made.encoded_len()];
    assert_eq!(made.encode(&mut whole), Ok(whole.len()));
    let read = Links::decode(&whole).unwrap();
    assert_eq!(read, made);
    assert!(read.iter().map(|link| link.target()).eq(links.iter().map(|link| link.target())));
    window(&whole, from, size, |from, out| made.encode_part(from, out));
    window(&whole, from, size, |from, out| {
        let mut w = Writer::from_offset(from, out);
        for link in made {
            let mut begun = w.begin(link.target());
            for attribute in link.attributes() {
                begun.attribute(attribute).unwrap();
            }
        }
        w.part()
    });
}

/// Only attributes that the standards define have values that cannot be made.
fn has_its_form(name: &str, value: Option<&str>) -> bool {
    let made = match value {
        Some(value) => Attribute::new(name, value).is_ok(),
        None => Attribute::flag(name).is_ok(),
    };
    let defined = [
        "rel", "rev", "rt", "if", "sz", "ct", "obs", "anchor", "hreflang", "media", "title", "type",
    ];
    assert!(made || defined.contains(&&*name.to_ascii_lowercase()), "{name} {value:?}");
    made
}

/// Without those that readers ignore and nobody writes.
fn once_each(mut attributes: Vec<Plain>) -> Vec<Plain> {
    let once = ["rel", "anchor", "media", "title", "title*", "type", "obs"];
    let mut seen = Vec::new();
    attributes.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        let is_again = once.contains(&&*name) && seen.contains(&name);
        seen.push(name);
        !is_again
    });
    attributes
}

fn window(whole: &[u8], from: usize, size: usize, write: impl Fn(usize, &mut [u8]) -> Part) {
    let mut out = vec![0xEE; size];
    let part = write(from, &mut out);
    let (start, end) = (from.min(whole.len()), (from + size).min(whole.len()));
    assert_eq!(part, Part { from, len: end - start, total: whole.len() });
    assert_eq!(out[..part.len], whole[start..end]);
    assert!(out[part.len..].iter().all(|byte| *byte == 0xEE));
    assert_eq!(part.has_more(), from + size < whole.len());
}
