//! Attributes by what they mean.

use link_format::{
    Attribute, EncodeError, ExtValue, Link, Links, NotANumber, Query, Registration, Scanner, Size,
    UriReference, Value,
};

fn link(text: &str) -> Link<'_> {
    Links::decode_str(text).unwrap().iter().next().unwrap()
}

fn texts<'a>(values: impl Iterator<Item = Value<'a>>) -> Vec<String> {
    values.map(|value| value.to_string()).collect()
}

#[test]
fn values_between_spaces() {
    let values = link(r#"<>;rel="a  b ";rev=c;rt=" d\ e\f ";if="""#);
    assert_eq!(texts(values.rel()), ["a", "b"]);
    assert_eq!(texts(values.rev()), ["c"]);
    assert_eq!(texts(values.rt()), ["d", "ef"]);
    assert_eq!(texts(values.if_()), [""; 0]);
    let none = link("<>;rt");
    assert_eq!(texts(none.rel()), ["hosts"]); // RFC 6690 section 2.2
    assert_eq!(texts(link("<>;rel;rel=a").rel()), [""; 0]); // there is one, which names nothing
    assert_eq!(texts(none.rev()), [""; 0]);
    assert_eq!(texts(none.rt()), [""; 0]);
}

#[test]
fn sizes_and_formats_are_numbers_without_leading_zeros() {
    let rows = [
        ("sz=0", Some(Ok(Size::Bytes(0)))),
        ("sz=262144", Some(Ok(Size::Bytes(262_144)))),
        (r#"sz="5""#, Some(Ok(Size::Bytes(5)))), // RFC 8288 section 3: both forms
        ("sz=18446744073709551615", Some(Ok(Size::Bytes(u64::MAX)))),
        ("sz=18446744073709551616", Some(Ok(Size::Big))),
        ("sz=99999999999999999999999999", Some(Ok(Size::Big))),
        ("sz=99999999999999999999999999x", Some(Err(NotANumber))),
        ("sz=00", Some(Err(NotANumber))),
        ("sz=01", Some(Err(NotANumber))),
        ("sz=+1", Some(Err(NotANumber))),
        ("sz=-1", Some(Err(NotANumber))),
        ("sz=1x", Some(Err(NotANumber))),
        (r#"sz="""#, Some(Err(NotANumber))),
        (r#"sz="٣""#, Some(Err(NotANumber))),
        ("sz", Some(Err(NotANumber))),
        ("zs=1", None),
    ];
    for (text, meant) in rows {
        assert_eq!(link(&format!("<>;{text}")).sz(), meant, "{text}");
    }
    let formats = link(r#"<>;ct="0 40 65535 65536 040 x""#);
    assert!(formats.ct().eq([Some(0), Some(40), Some(65535), None, None, None]));
    assert!(link("<>;ct=40").ct().eq([Some(40)]));
    assert_eq!(link("<>").ct().count(), 0);
    // No standard says that there is one `ct` or one `rev`: so each counts, as for a query.
    assert!(link(r#"<>;ct=0;CT="40 41";ct"#).ct().eq([Some(0), Some(40), Some(41)]));
    assert_eq!(texts(link(r#"<>;rev=a;x;rev="b c""#).rev()), ["a", "b", "c"]);
}

#[test]
fn the_first_of_several_counts() {
    let twice = link(
        r#"<>;rel=a;rel=b;title="c";title="d";title*=UTF-8''e;title*=UTF-8''f;media=g;media=h;type=i/j;type=k/l;anchor="m";anchor="n";obs;obs=1"#,
    );
    assert_eq!(texts(twice.rel()), ["a"]);
    assert_eq!(twice.title().unwrap(), "c");
    assert_eq!(twice.title_star().unwrap().encoded(), "e");
    assert_eq!(twice.media().unwrap(), "g");
    assert_eq!(twice.type_().unwrap(), "i/j");
    assert_eq!(twice.anchor().unwrap(), "m");
    assert!(twice.obs());
    assert_eq!(twice.attributes().iter().count(), 14);
    // RFC 8288 section 3.4.1: each tells one language.
    assert_eq!(texts(link("<>;hreflang=de;HrefLang=en-US").hreflang()), ["de", "en-US"]);
    let none = link("<>;x");
    assert!(none.title().is_none() && none.title_star().is_none() && none.anchor().is_none());
    assert!(none.media().is_none() && none.type_().is_none() && !none.obs());
    assert!(none.value("x").is_none() && none.attributes().first("X").is_some());
}

#[test]
fn escapes_are_taken_out() {
    let rows = [
        (r"\\", r"\"),
        (r#"\"\""#, r#""""#),
        (r"a\bc", "abc"),
        (r"\\\\x", r"\\x"),
        (r#"\\\""#, r#"\""#),
        ("ä\\ ö", "ä ö"),
    ];
    for (raw, meant) in rows {
        let text = format!("<>;t=\"{raw}\"");
        let value = link(&text).value("t").unwrap();
        assert_eq!(value, meant);
        assert!(value.chars().eq(meant.chars()));
        assert_eq!(value.as_str(), None);
        assert!(value.is_quoted() && !value.is_empty());
        for len in 0..meant.len() {
            let needed = EncodeError::BufferTooSmall { needed: meant.len() };
            assert_eq!(value.copy_to(&mut vec![0; len]), Err(needed));
        }
        assert_eq!(value.copy_to(&mut [0; 16]), Ok(meant));
        assert_eq!(format!("{value:?}"), format!("{meant:?}"));
    }
    let plain = Attribute::new("t", "a").unwrap().value().unwrap();
    assert_eq!((plain.as_str(), plain.is_quoted()), (Some("a"), false));
}

#[test]
fn extended_values() {
    let value = ExtValue::new("utf-8'de-Latn'%e2%82%ac%20x").unwrap();
    assert_eq!((value.charset(), value.language()), ("utf-8", "de-Latn"));
    assert_eq!(value.decode_to(&mut [0; 5]), Ok(Some("€ x")));
    assert_eq!(value.decode_to(&mut [0; 4]), Err(EncodeError::BufferTooSmall { needed: 5 }));
    assert_eq!(ExtValue::new("UTF-8''%ff").unwrap().decode_to(&mut [0; 9]), Ok(None));
    let latin = ExtValue::new("ISO-8859-1''%e4").unwrap();
    assert_eq!(latin.decode_to(&mut [0; 9]), Ok(None));
    assert!(latin.bytes().eq([0xE4]));

    let mut out = [0; 64];
    assert_eq!(ExtValue::encode("", "€ 'x'%", &mut out), Ok("UTF-8''%E2%82%AC%20%27x%27%25"));
    let needed = EncodeError::BufferTooSmall { needed: 29 };
    assert_eq!(ExtValue::encode("", "€ 'x'%", &mut [0; 28]), Err(needed));
}

#[test]
fn a_link_moves_to_another_target() {
    let moved = link("</a>;x").with_target(link("</b>").target());
    assert_eq!(moved, link("</b>;x"));
}

/// What is borrowed is shown as it is written: core's `Debug` of `str` can panic.
#[test]
fn debug_shows_texts_in_quotes() {
    let value = Attribute::new("t", "a b").unwrap().value().unwrap();
    assert_eq!(format!("{:?}", value.words()), r#"["a", "b"]"#);
    assert_eq!(format!("{:?}", value.pieces()), r#"["a b"]"#);
    assert_eq!(format!("{:?}", Scanner::new("<>;a")), r#"Scanner { rest: "<>;a" }"#);
    let parts = UriReference::new("coap://a?b").unwrap().parts();
    let meant = r#"UriParts { scheme: Some("coap"), authority: Some("a"), path: "", query: Some("b"), fragment: None }"#;
    assert_eq!(format!("{parts:?}"), meant);
    let registration = Registration::decode([&b"ep=a\"b"[..], b"base=coap://c"]).unwrap();
    let meant = r#"Registration { ep: Some("a\"b"), d: None, lt: None, base: Some("coap://c") }"#;
    assert_eq!(format!("{registration:?}"), meant);
    for (query, meant) in [
        (Query::decode(b"rt=li*").unwrap(), "rt=li*"),
        (Query::decode(b"rt=\xFF\n").unwrap(), r"rt=\xff\x0a"),
        (Query::from_uri("%72t=%20%2A").unwrap(), "rt= *"),
    ] {
        assert_eq!(format!("{query:?}"), meant);
    }
}
