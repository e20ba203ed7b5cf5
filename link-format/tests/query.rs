//! The query filter of RFC 6690 section 4.1.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

use link_format::{Attribute, Link, Links, Query};

/// Do the two forms of a query, from an option and from a URI, say the same; and what?
fn matches(query: &str, document: &str) -> bool {
    let links = Links::decode_str(document).unwrap();
    let link = links.iter().next().unwrap();
    let decoded = Query::decode(query.as_bytes()).unwrap().matches(&link);
    let (name, value) = query.split_once('=').unwrap();
    let value: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = format!("{}={value}", name.replace('*', "%2A"));
    assert_eq!(Query::from_uri(&encoded).unwrap().matches(&link), decoded, "{encoded}");
    decoded
}

#[test]
fn complete_and_prefix_values() {
    let document = r#"</foo/x>;foo=barley;rt="light-lux core.sen-light";if="";obs;t="a\"b";e="ä*""#;
    let rows = [
        // The examples of section 4.1.
        ("href=/foo", false),
        ("href=/foo*", true),
        ("href=/foo/x", true),
        ("href=*", true),
        ("foo=bar", false),
        ("foo=barley", true),
        ("foo=bar*", true),
        ("foo=barley*", true),
        ("foo=barleys*", false),
        ("foo=*", true),
        ("fo=*", false),
        ("fooo=*", false),
        ("foo=", false),
        ("foo=arley", false),
        ("foo=Barley", false),
        ("FOO=barley", true), // RFC 8288 section 2.2
        // Each value of a relation type alone.
        ("rt=light-lux", true),
        ("rt=core.sen-light", true),
        ("rt=core*", true),
        ("rt=light-lux core.sen-light", false),
        ("rt=light-lux core*", false),
        ("rt=sen-light", false),
        ("rt=*", true),
        // An attribute that is there without a value, and with an empty one.
        ("obs=*", true),
        ("obs=", true),
        ("obs=1", false),
        ("oBS=", true),
        ("if=*", true),
        ("if=", true),
        ("if=sensor", false),
        // Quoted strings as they are meant.
        (r#"t=a"b"#, true),
        (r#"t=a\"b"#, false),
        (r#"t=a"*"#, true),
        ("e=ä**", true),
        ("e=ä*", true),
        ("e=*", true),
        ("e=a*", false),
        ("title*=*", false),
        ("rel=hosts", false), // matches only what exists
        ("anchor=*", false),
    ];
    for (query, meant) in rows {
        assert_eq!(matches(query, document), meant, "{query}");
    }
}

#[test]
fn what_must_be_ignored_matches_nothing() {
    let document = r#"<>;rel=a;REL=b;title="a";title="b";anchor="a";anchor="b";media=a;media=b;type=a;type=b;x*=a'';title*=a'';title*=b'';et=a;et=b;ct=a;ct=b;rev=a;rev=b"#;
    for name in ["rel", "title", "anchor", "media", "type"] {
        assert!(matches(&format!("{name}=a"), document), "{name}");
        assert!(!matches(&format!("{name}=b"), document), "{name}");
    }
    assert!(matches("title*=a''", document));
    assert!(!matches("title*=b''", document));
    // RFC 9176 section 9.3.1: each of several `et` counts.
    for name in ["et", "ct", "rev"] {
        assert!(matches(&format!("{name}=a"), document), "{name}");
        assert!(matches(&format!("{name}=b"), document), "{name}");
    }
}

/// RFC 6690 section 5 and RFC 9176 section 10.1.
#[test]
fn examples_of_the_standards() {
    let links = Links::decode_str(concat!(
        r#"</sensors>;ct=40;title="Sensor Index","#,
        r#"</sensors/temp>;rt="temperature-c";if="sensor","#,
        r#"</sensors/light>;rt="light-lux core.sen-light";if="sensor","#,
        r#"<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby","#,
        r#"</t>;anchor="/sensors/temp";rel="alternate""#,
    ))
    .unwrap();
    let found = |queries: &[&str]| {
        let queries: Vec<_> =
            queries.iter().map(|q| Query::decode(q.as_bytes()).unwrap()).collect();
        let targets: Vec<_> =
            links.matching(&queries).iter().map(|l| l.target().to_string()).collect();
        targets
    };
    assert_eq!(found(&["rt=light-lux"]), ["/sensors/light"]);
    assert_eq!(found(&["anchor=/sensors/temp"]), ["http://www.example.com/sensors/t123", "/t"]);
    assert_eq!(found(&["if=sensor"]), ["/sensors/temp", "/sensors/light"]);
    assert_eq!(found(&["if=sensor", "rt=light*"]), ["/sensors/light"]);
    assert_eq!(found(&["if=sensor", "rt=light*", "ct=*"]), [""; 0]);
    assert_eq!(found(&["href=/sensors*"]).len(), 3);
    assert_eq!(found(&[]).len(), 5);

    let tag = "rt=tag:example.net,2020:sensor";
    assert!(matches(tag, r#"</a>;rt="example.regname tag:example.net,2020:sensor""#));
}

#[test]
fn given_links_match_like_decoded_ones() {
    let attributes = [Attribute::from_static("rt", "a b"), Attribute::flag_from_static("obs")];
    let links = [Link::new("/a", &attributes).unwrap(), Link::new("/b", &[]).unwrap()];
    let queries = [Query::decode(b"rt=b").unwrap(), Query::decode(b"obs=*").unwrap()];
    let matching = Links::new(&links).matching(&queries);
    assert_eq!(matching.iter().collect::<Vec<_>>(), links[..1]);
    assert!(Query::all_match(&queries, &links[0]) && !Query::all_match(&queries, &links[1]));

    let whole = br#"</a>;rt="a b";obs"#;
    assert_eq!(matching.encoded_len(), whole.len());
    for len in 0..whole.len() {
        let needed = link_format::EncodeError::BufferTooSmall { needed: whole.len() };
        assert_eq!(matching.encode(&mut vec![0; len]), Err(needed));
    }
    let mut out = [0; 32];
    assert_eq!(matching.encode(&mut out), Ok(whole.len()));
    assert_eq!(&out[..whole.len()], whole);
    assert!(queries[0].is_named("RT") && !queries[0].is_named("r") && !queries[0].is_named("rtt"));
}

/// RFC 6690 section 4.1: any string is matched by an empty prefix, if there is one.
#[test]
fn an_empty_prefix_matches_whatever_exists() {
    let document = r#"</a>;rt=" ";rel="  ";if="";rev;x=" ";obs=1"#;
    for name in ["rt", "rel", "if", "rev", "x", "obs", "href"] {
        assert!(matches(&format!("{name}=*"), document), "{name}");
    }
    for query in ["rt=", "rt=a*", "rel=", "x=", "sz=*", "title=*"] {
        assert!(!matches(query, document), "{query}");
    }
    // A relation type of no value is compared as it is.
    assert!(matches("rt= ", document) && matches("rel= *", document));
}

/// RFC 7641 section 6: any present value MUST be ignored.
#[test]
fn the_value_of_obs_is_none() {
    for document in ["</a>;obs", "</a>;obs=1", r#"</a>;obs="a b";obs=1"#, "</a>;OBS=1"] {
        assert!(matches("obs=", document) && matches("obs=*", document), "{document}");
        assert!(!matches("obs=1", document) && !matches("obs=a*", document), "{document}");
    }
}

/// RFC 3986 section 2.1: in a URI, each character of a name may be percent-encoded.
#[test]
fn names_in_a_uri() {
    let document = r#"</a>;rt=x;x#=1;a|b=1;t*=a''b"#;
    let links = Links::decode_str(document).unwrap();
    let link = links.iter().next().unwrap();
    let rows = [
        ("%72t=x", "rt"),
        ("%52%54=x", "RT"),
        ("h%72ef=/a", "href"),
        ("x%23=1", "x#"),
        ("a%7Cb=1", "a|b"),
        ("a%7cb=1*", "a|b"),
        ("t%2a=a''b", "t*"),
        ("t*=a''b", "t*"),
        ("%74*=a''b", "t*"),
    ];
    for (text, name) in rows {
        let query = Query::from_uri(text).unwrap();
        assert!(query.is_named(name) && query.matches(&link), "{text}");
    }
    let all = "rt=a-z/A.Z?0_9~!$'()*+,;:@=%C3%A4";
    assert!(Query::from_uri(all).is_ok());
}
