//! What is written for values: quotes where the grammar needs them, and every short buffer.

use link_format::{Attribute, EncodeError, ErrorKind, Link, Links, Place, UriReference, Writer};

use crate::encode;

fn written(attribute: Attribute<'_>) -> String {
    let attributes = [attribute];
    let links = [Link::new("/a", &attributes).unwrap()];
    encode(Links::new(&links))
}

#[test]
fn quotes_what_is_no_token() {
    let rows = [
        ("rt", "light-lux", "</a>;rt=light-lux"),
        ("rt", "a b", r#"</a>;rt="a b""#),
        ("rt", "tag:example.com,2020:light", r#"</a>;rt="tag:example.com,2020:light""#),
        ("x", "a;b", r#"</a>;x="a;b""#),
        ("x", "", r#"</a>;x="""#),
        ("x", "ä", r#"</a>;x="ä""#),
        ("x", "\t", "</a>;x=\"\t\""),
        ("x", r#"say "hi" \o/"#, r#"</a>;x="say \"hi\" \\o/""#),
        ("x", r#"""#, r#"</a>;x="\"""#),
        ("sz", "262144", "</a>;sz=262144"),
        // RFC 6690 section 2: no other form than a quoted string.
        ("title", "t", r#"</a>;title="t""#),
        ("Anchor", "/b", r#"</a>;Anchor="/b""#),
        ("title*", "UTF-8''t", "</a>;title*=UTF-8''t"),
    ];
    for (name, text, meant) in rows {
        assert_eq!(written(Attribute::new(name, text).unwrap()), meant);
    }
    assert_eq!(written(Attribute::new("rt", "a").unwrap().in_quotes()), r#"</a>;rt="a""#);
    assert_eq!(written(Attribute::flag("obs").unwrap().in_quotes()), "</a>;obs");
    let star = Attribute::new("t*", "UTF-8''a").unwrap();
    assert_eq!(written(star.in_quotes()), "</a>;t*=UTF-8''a");
}

#[test]
fn decoded_values_are_written_as_they_were() {
    let text = r#"</a>;rt="b";x="\b\\";Y=1"#;
    let links = Links::decode_str(text).unwrap();
    let copied: Vec<_> = links.iter().flat_map(|link| link.attributes()).collect();
    let again = [Link::new("/a", &copied).unwrap()];
    assert_eq!(encode(Links::new(&again)), text);
}

#[test]
fn a_short_buffer_reports_the_exact_need() {
    let attributes =
        [Attribute::from_static("title", r#"a "b""#), Attribute::from_static("ct", "40")];
    let links = [Link::new("/a", &attributes).unwrap(), Link::new("/b", &[]).unwrap()];
    let links = Links::new(&links);
    let whole = encode(links);
    for len in 0..whole.len() {
        let mut out = vec![0; len];
        assert_eq!(
            links.encode(&mut out),
            Err(EncodeError::BufferTooSmall { needed: whole.len() })
        );
        assert_eq!(out, whole.as_bytes()[..len]);
    }
    let one = links.iter().next().unwrap();
    assert_eq!(one.encode(&mut []), Err(EncodeError::BufferTooSmall { needed: one.encoded_len() }));
}

/// RFC 6690 section 3, RFC 8288 section 3.3 and 3.4.1, RFC 7641 section 6.
#[test]
fn what_may_stand_once_is_written_once() {
    let once = ["rt", "if", "sz", "rel", "anchor", "media", "title", "title*", "type", "obs"];
    let others = ["ct", "rev", "hreflang", "et", "x", "x*"];
    for name in once.into_iter().chain(others) {
        let made = |name| match name {
            "obs" | "OBS" => Attribute::flag(name),
            "title*" | "TITLE*" | "x*" | "X*" => Attribute::new(name, "UTF-8''1"),
            _ => Attribute::new(name, "1"),
        };
        let upper = name.to_uppercase();
        let (first, second) = (made(name).unwrap(), made(&upper).unwrap());
        let mut out = [0; 64];
        let mut writer = Writer::new(&mut out);
        let mut link = writer.begin(UriReference::from_static("/a"));
        link.attribute(first).unwrap();
        let again = link.attribute(second).map(|_| ());
        let attributes = [first, Attribute::from_static("y", ""), second];
        let made = Link::new("/a", &attributes).map(|_| ());
        if others.contains(&name) {
            assert_eq!((again, made), (Ok(()), Ok(())), "{name}");
        } else {
            assert_eq!(again, Err(EncodeError::Repeated), "{name}");
            let error = made.unwrap_err();
            let place = Place::Attribute { index: 2 };
            assert_eq!((error.kind, error.place, error.offset), (ErrorKind::Repeated, place, 0));
            assert_eq!(error.to_string(), "an attribute twice at byte 0 of attribute 2");
        }
        let one = Link::new("/a", &attributes[..1]).unwrap().encoded_len();
        assert_eq!(writer.total() == one, !others.contains(&name), "{name}");
        // Another link may have it too.
        let mut link = writer.begin(UriReference::from_static("/b"));
        assert!(link.attribute(first).is_ok());
    }
}

/// A document from `const` tables, and one that is made when the program is built.
#[test]
fn documents_in_constants() {
    const LIGHT: &[Attribute<'_>] =
        &[Attribute::from_static("rt", "light-lux"), Attribute::flag_from_static("obs")];
    const TABLE: &[Link<'_>] =
        &[Link::from_static("/sensors/light", LIGHT), Link::from_static("/b", &[])];
    const LEN: usize = Links::new(TABLE).encoded_len();
    const DOCUMENT: [u8; LEN] = {
        let mut out = [0; LEN];
        assert!(Links::new(TABLE).encode(&mut out).is_ok());
        out
    };
    assert_eq!(DOCUMENT, *b"</sensors/light>;rt=light-lux;obs,</b>");
    const DECODED: Links<'_> = Links::from_static("</sensors/light>;rt=light-lux;obs,</b>");
    assert_eq!(DECODED, Links::new(TABLE));
}

#[test]
fn links_compare_by_what_they_say() {
    let links = |text: &'static str| Links::decode_str(text).unwrap();
    assert_eq!(links(r#"</a>;RT="b""#), links("</a>;rt=b"));
    assert_eq!(links(r#"</a>;t="\b""#), links(r#"</a>;t="b""#));
    assert_ne!(links("</a>;t"), links(r#"</a>;t="""#));
    assert_ne!(links("</a>;t=a"), links("</a>;t=A"));
    assert_ne!(links("</a>;t=a"), links("</a>"));
    assert_ne!(links("</a>"), links("</A>"));
    assert_ne!(links("</a>,</a>"), links("</a>"));
}
