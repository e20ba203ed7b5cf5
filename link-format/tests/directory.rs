//! Parameters of registrations and lookups. RFC 9176 section 5 and 6.2.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

use link_format::{Links, Lookup, ParameterErrorKind as Kind, Registration, Uri};

fn bytes<'a>(queries: &'a [&str]) -> impl Iterator<Item = &'a [u8]> + Clone {
    queries.iter().map(|query| query.as_bytes())
}

#[test]
fn registrations_of_the_standard() {
    let queries = ["ep=lm_R2-4-015_wndw", "base=coap://[2001:db8:4::1]", "d=R2-4-015"];
    let registration = Registration::decode(bytes(&queries)).unwrap();
    assert_eq!(
        registration,
        Registration {
            ep: Some("lm_R2-4-015_wndw"),
            d: Some("R2-4-015"),
            lt: None,
            base: Some(Uri::new("coap://[2001:db8:4::1]").unwrap()),
        }
    );
    assert_eq!(registration.lifetime_secs(), 90_000);
    assert_eq!(Registration::extra_attributes(bytes(&queries)).count(), 0);

    let queries = ["lt=6000", "ep=node1"];
    let registration = Registration::decode(bytes(&queries)).unwrap();
    assert_eq!((registration.lifetime_secs(), registration.base), (6000, None));
    assert_eq!(Registration::decode([]).unwrap(), Registration::default());
}

#[test]
fn extra_attributes_stay() {
    let queries =
        ["et=core.rd-group", "ep=a", "et=tag:example.com,2020:platform", "v", "x=", "LT=1"];
    assert_eq!(Registration::decode(bytes(&queries)).unwrap().lifetime_secs(), 1);
    let extra: Vec<_> = Registration::extra_attributes(bytes(&queries))
        .map(|attribute| (attribute.name(), attribute.value().map(|value| value.to_string())))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        extra,
        [
            ("et", some("core.rd-group")),
            ("et", some("tag:example.com,2020:platform")),
            ("v", None),
            ("x", some("")),
        ]
    );
}

#[test]
fn limits() {
    let name = "n".repeat(63);
    assert_eq!(Registration::decode(bytes(&[&format!("ep={name}")])).unwrap().ep, Some(&*name));
    let umlauts = format!("d={}", "ä".repeat(31));
    assert!(Registration::decode(bytes(&[&umlauts])).is_ok());
    assert_eq!(Registration::decode(bytes(&["lt=1"])).unwrap().lifetime_secs(), 1);
    let longest = Registration::decode(bytes(&["lt=4294967295"])).unwrap();
    assert_eq!(longest.lifetime_secs(), u32::MAX);
    assert!(Registration::decode(bytes(&["base=coap://a/b?c#d"])).is_ok());
    assert!(Registration::decode(bytes(&["base=coap://u@[::1]:5683"])).is_ok());
    // Whether an empty name names somebody is the directory's matter.
    let empty = Registration::decode(bytes(&["ep=", "d="])).unwrap();
    assert_eq!((empty.ep, empty.d), (Some(""), Some("")));
}

#[test]
fn malformed_registrations() {
    let too_long = format!("ep={}", "n".repeat(64));
    let too_many_bytes = format!("d={}", "ä".repeat(32));
    let section = "RFC 9176 section 5";
    let rows: &[(&[&str], Kind, u32, u32, &str)] = &[
        (&["ep"], Kind::ValueMissing, 0, 2, section),
        (&["ep=a", "d"], Kind::ValueMissing, 1, 1, section),
        (&["lt"], Kind::ValueMissing, 0, 2, section),
        (&["base"], Kind::ValueMissing, 0, 4, section),
        (&[&too_long], Kind::NameTooLong, 0, 3, section),
        (&[&too_many_bytes], Kind::NameTooLong, 0, 2, section),
        (&["ep=a\nb"], Kind::ControlCharacter, 0, 4, section),
        (&["ep=\x7F"], Kind::ControlCharacter, 0, 3, section),
        (&["d=ab\u{9F}"], Kind::ControlCharacter, 0, 4, section),
        (&["lt="], Kind::Lifetime, 0, 3, section),
        (&["lt=0"], Kind::Lifetime, 0, 3, section),
        (&["lt=-1"], Kind::Lifetime, 0, 3, section),
        (&["lt=+1"], Kind::Lifetime, 0, 3, section),
        (&["lt=4294967296"], Kind::Lifetime, 0, 3, section),
        (&["lt=99999999999999999999"], Kind::Lifetime, 0, 3, section),
        (&["lt=60s"], Kind::Lifetime, 0, 3, section),
        (&["base=/a"], Kind::Base, 0, 5, section),
        (&["base="], Kind::Base, 0, 5, section),
        (&["base=coap://[fe80::1%eth0]"], Kind::Base, 0, 12, section), // MUST NOT have a zone
        (&["base=coap://a b"], Kind::Base, 0, 13, section),
        (&["ep=a", "x=1", "EP=a"], Kind::Repeated, 2, 0, section),
        (&["d=a", "d=a"], Kind::Repeated, 1, 0, section),
        (&["lt=1", "lt=2"], Kind::Repeated, 1, 0, section),
        (&["base=a://b", "base=a://b"], Kind::Repeated, 1, 0, section),
        // Not suitable as a base: no host to be relative to.
        (&["base=coap:"], Kind::Base, 0, 10, section),
        (&["base=urn:dev:1"], Kind::Base, 0, 9, section),
        (&["base=mailto:a@b"], Kind::Base, 0, 12, section),
        (&["base=coap:/a"], Kind::Base, 0, 10, section),
        (&["base=coap://"], Kind::Base, 0, 10, section),
        (&["base=coap:///a"], Kind::Base, 0, 10, section),
        (&["base=coap://:5683"], Kind::Base, 0, 10, section),
        (&["base=coap://u@"], Kind::Base, 0, 10, section),
        (&["base=coap://u@:1"], Kind::Base, 0, 10, section),
        // Attributes that no link can have, alone or together.
        (&["x*"], Kind::Attribute, 0, 2, "RFC 9176 section 9.3"),
        (&["abc*"], Kind::Attribute, 0, 4, "RFC 9176 section 9.3"),
        (&["rt"], Kind::Attribute, 0, 2, "RFC 9176 section 9.3"),
        (&["sz=abc"], Kind::Attribute, 0, 3, "RFC 9176 section 9.3"),
        (&["rt=x", "rt=y"], Kind::Repeated, 1, 0, section),
        (&["title=x", "et=a", "TITLE=y"], Kind::Repeated, 2, 0, section),
        (&["obs", "OBS"], Kind::Repeated, 1, 0, section),
        (&["x y=1"], Kind::Attribute, 0, 1, "RFC 9176 section 9.3"),
        (&[""], Kind::Attribute, 0, 0, "RFC 9176 section 9.3"),
        (&["href=1"], Kind::Attribute, 0, 0, "RFC 9176 section 9.3"),
        (&["x=a\0"], Kind::Attribute, 0, 3, "RFC 9176 section 9.3"),
        (&["x*=a"], Kind::Attribute, 0, 4, "RFC 9176 section 9.3"),
    ];
    for (queries, kind, index, offset, rule) in rows {
        let error = Registration::decode(bytes(queries)).unwrap_err();
        assert_eq!(
            (error.kind, error.index, error.offset),
            (*kind, *index, *offset),
            "{queries:?}"
        );
        assert_eq!(error.rule(), *rule, "{queries:?}");
    }
    let error = Registration::decode([&b"ep=a"[..], b"x=\xFF"]).unwrap_err();
    assert_eq!((error.kind, error.index, error.offset), (Kind::NotUtf8, 1, 2));
    assert_eq!(error.to_string(), "a query that is not UTF-8 at byte 2 of query 1");
    assert_eq!(error.rule(), "RFC 7252 section 5.10.1");
}

#[test]
fn pages_of_a_lookup() {
    let range = |queries: &[&str]| Lookup::decode(bytes(queries)).unwrap().range();
    assert_eq!(range(&[]), 0..u64::MAX);
    assert_eq!(range(&["count=5"]), 0..5);
    assert_eq!(range(&["page=0", "count=5"]), 0..5);
    assert_eq!(range(&["COUNT=10", "Page=1"]), 10..20);
    assert_eq!(range(&["page=3", "count=0"]), 0..0);
    let most = u64::from(u32::MAX);
    assert_eq!(range(&["page=4294967295", "count=4294967295"]), most * most..most * most + most);

    let queries = ["rt=a*", "page=1", "ep=b", "count=2"];
    let names = ["rt", "ep"];
    let criteria: Vec<_> = Lookup::criteria(bytes(&queries)).collect();
    assert_eq!(criteria.len(), names.len());
    assert!(criteria.iter().zip(names).all(|(query, name)| query.is_named(name)));
}

#[test]
fn malformed_lookups() {
    let rows: &[(&[&str], Kind, u32, u32, &str)] = &[
        (&["rt=a", "page=1"], Kind::PageWithoutCount, 1, 0, "RFC 9176 section 6.2"),
        (&["page=1", "rt=a"], Kind::PageWithoutCount, 0, 0, "RFC 9176 section 6.2"),
        (&["page=", "count=1"], Kind::Number, 0, 5, "RFC 9176 section 6.2"),
        (&["page=1", "count=x"], Kind::Number, 1, 6, "RFC 9176 section 6.2"),
        (&["count=1*"], Kind::Number, 0, 6, "RFC 9176 section 6.2"),
        (&["count=4294967296"], Kind::Number, 0, 6, "RFC 9176 section 6.2"),
        (&["count=1", "count=1"], Kind::Repeated, 1, 0, "RFC 9176 section 5"),
        (&["count"], Kind::Query, 0, 5, "RFC 6690 section 4.1"),
        (&["rt"], Kind::Query, 0, 2, "RFC 6690 section 4.1"),
        (&["=a"], Kind::Query, 0, 0, "RFC 6690 section 4.1"),
    ];
    for (queries, kind, index, offset, rule) in rows {
        let error = Lookup::decode(bytes(queries)).unwrap_err();
        assert_eq!(
            (error.kind, error.index, error.offset),
            (*kind, *index, *offset),
            "{queries:?}"
        );
        assert_eq!(error.rule(), *rule, "{queries:?}");
    }
    let error = Lookup::decode([&b"count=\xFF"[..]]).unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::Number, 6));
}

/// RFC 9176 appendix C.
#[test]
fn limited_link_format() {
    let rows = [
        ("", true),
        ("</>,</a/b>,<coap://a>,<urn:dev:1>", true),
        (r#"</a>;anchor="/b",</a>;anchor="coap:\/\/b""#, true),
        ("</a>,<b>", false),
        ("<>", false),
        ("<?a:b>", false),
        ("<#a>", false),
        ("<a/b:c>", false),
        ("<//a/b>", false),
        (r#"</a>;anchor="""#, false),
        (r##"</a>;anchor="#b""##, false),
        (r#"</a>;anchor="\/\/b""#, false),
        ("</a>;anchor=:b", false),
    ];
    for (document, meant) in rows {
        assert_eq!(Links::decode_str(document).unwrap().is_limited(), meant, "{document}");
    }
}
