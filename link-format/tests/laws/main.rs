//! Laws on random documents, values and references, each against a naive model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

mod filter;
mod resolve;
mod source;

use link_format::{Attribute, Event, ExtValue, Link, Links, Scanner, Value};
use proptest::prelude::*;
use source::{Document, document, text, wild_document};

/// Calls `check` with the document as values.
fn with_values(document: &Document, check: impl FnOnce(Links<'_>)) {
    let attributes: Vec<Vec<Attribute<'_>>> = document
        .iter()
        .map(|link| link.attributes.iter().map(source::attribute).collect())
        .collect();
    let links: Vec<Link<'_>> = document
        .iter()
        .zip(&attributes)
        .map(|(link, attributes)| Link::new(&link.target, attributes).unwrap())
        .collect();
    check(Links::new(&links));
}

fn encode(links: Links<'_>) -> Vec<u8> {
    let mut out = vec![0; links.encoded_len()];
    assert_eq!(links.encode(&mut out), Ok(out.len()));
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_reads_the_same(document in document()) {
        with_values(&document, |links| {
            let bytes = encode(links);
            let decoded = Links::decode(&bytes).unwrap();
            assert_eq!(decoded, links);
            assert_eq!(encode(decoded), bytes);
            let copied: Vec<_> = decoded.iter().collect();
            assert_eq!(encode(Links::new(&copied)), bytes);
        });
    }

    #[test]
    fn links_say_what_they_were_made_of(document in document()) {
        with_values(&document, |links| {
            let bytes = encode(links);
            let decoded = Links::decode(&bytes).unwrap();
            assert_eq!(source::read(decoded), document);
        });
    }

    #[test]
    fn texts_say_what_they_were_written_from(document in wild_document()) {
        let text = source::written(&document);
        assert_eq!(source::read(Links::decode_str(&text).unwrap()), document);
    }

    #[test]
    fn the_scanner_gives_what_links_give(document in wild_document()) {
        let text = source::written(&document);
        let events: Vec<_> = Scanner::new(&text).map(Result::unwrap).collect();
        let links = Links::decode_str(&text).unwrap();
        let meant = links.iter().flat_map(|link| {
            let attributes = link.attributes().iter().map(Event::Attribute);
            core::iter::once(Event::Link(link.target())).chain(attributes)
        });
        assert_eq!(events, meant.collect::<Vec<_>>());
    }

    #[test]
    fn a_window_is_a_slice_of_the_whole(document in document(), from in 0..400_usize, size in 0..400_usize) {
        with_values(&document, |links| {
            let whole = encode(links);
            let mut out = vec![0; size];
            let part = links.encode_part(from, &mut out);
            let start = from.min(whole.len());
            assert_eq!(&out[..part.len], &whole[start..(from + size).min(whole.len())]);
            assert_eq!((part.total, part.has_more()), (whole.len(), from + size < whole.len()));
        });
    }

    #[test]
    fn any_bytes_decode_or_fail_within(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Err(error) = Links::decode(&bytes) {
            assert!(error.offset as usize <= bytes.len());
        }
    }

    #[test]
    fn values_are_unescaped_as_a_naive_reader_does(raw in r#"([a-c ä]|\\[a-c "\\])*"#) {
        let document = format!("<>;t=\"{raw}\"");
        let links = Links::decode_str(&document).unwrap();
        let value = links.iter().next().unwrap().title().or(links.iter().next().unwrap().value("t")).unwrap();
        let mut meant = String::new();
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            meant.push(if c == '\\' { chars.next().unwrap() } else { c });
        }
        assert_eq!(value, meant.as_str());
        assert_eq!(value.to_string(), meant);
        assert_eq!(value.as_str(), (!raw.contains('\\')).then_some(meant.as_str()));
        let words: Vec<_> = value.words().map(|word: Value<'_>| word.to_string()).collect();
        let naive: Vec<_> = meant.split(' ').filter(|word| !word.is_empty()).collect();
        assert_eq!(words, naive);
    }

    #[test]
    fn extended_values_come_back(language in "([a-z]{1,8}(-[a-z0-9]{1,8}){0,2})?", text in text()) {
        let mut out = [0; 256];
        let value = ExtValue::encode(&language, &text, &mut out).unwrap();
        let read = ExtValue::new(value).unwrap();
        assert_eq!((read.charset(), read.language()), ("UTF-8", language.as_str()));
        assert_eq!(read.decode_to(&mut [0; 256]), Ok(Some(text.as_str())));
    }
}
