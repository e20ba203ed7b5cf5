//! Every window of a document is the slice of the whole: any offset, any size, any source.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

use link_format::{Attribute, Link, Links, Part, Query, UriReference, Writer};

const DOCUMENT: &str = concat!(
    r#"</sensors/temp>;rt="temperature-c";if=sensor;obs,"#,
    r#"</t>;title="say \"hi\"";anchor="/sensors/temp",<>,"#,
    "</ä>;title*=UTF-8'de'%C3%A4;ct=40",
);

/// Compares every window of `write(from, out)` with the slices of `whole`.
fn every_window(whole: &str, write: impl Fn(usize, &mut [u8]) -> Part) {
    let whole = whole.as_bytes();
    for from in 0..whole.len() + 3 {
        for size in 0..whole.len() + 3 {
            let start = from.min(whole.len());
            let end = (from + size).min(whole.len());
            let mut out = vec![0xEE; size];
            let part = write(from, &mut out);
            assert_eq!(part, Part { from, len: end - start, total: whole.len() });
            assert_eq!(out[..part.len], whole[start..end], "{from} {size}");
            assert!(out[part.len..].iter().all(|byte| *byte == 0xEE), "{from} {size}");
            assert_eq!(part.has_more(), from + size < whole.len(), "{from} {size}");
        }
    }
}

#[test]
fn of_text() {
    let links = Links::decode_str(DOCUMENT).unwrap();
    every_window(DOCUMENT, |from, out| links.encode_part(from, out));
}

#[test]
fn of_values() {
    let links = Links::decode_str(DOCUMENT).unwrap();
    let values: Vec<_> = links.iter().collect();
    every_window(DOCUMENT, |from, out| Links::new(&values).encode_part(from, out));
}

#[test]
fn of_escaped_values() {
    let attributes = [Attribute::from_static("t", r#""\a"b\"#), Attribute::from_static("s", "")];
    let links = [Link::new("/a", &attributes).unwrap()];
    let whole = r#"</a>;t="\"\\a\"b\\";s="""#;
    every_window(whole, |from, out| Links::new(&links).encode_part(from, out));
}

#[test]
fn of_what_a_filter_leaves() {
    let links = Links::decode_str(DOCUMENT).unwrap();
    let queries = [Query::decode(b"title=*").unwrap()];
    let whole = r#"</t>;title="say \"hi\"";anchor="/sensors/temp""#;
    every_window(whole, |from, out| links.matching(&queries).encode_part(from, out));
}

#[test]
fn of_links_that_are_pushed_one_by_one() {
    let whole = r#"</ps/0>;ct=40;title="a b",</ps/1>;ct=40;title="a b",</ps/2>;ct=40;title="a b""#;
    every_window(whole, |from, out| {
        let mut writer = Writer::from_offset(from, out);
        for topic in 0..3 {
            let target = format!("/ps/{topic}");
            let mut link = writer.begin(UriReference::new(&target).unwrap());
            link.attribute(Attribute::from_static("ct", "40")).unwrap();
            link.attribute(Attribute::from_static("title", "a b")).unwrap();
        }
        writer.part()
    });
}
