//! Values, addresses and queries that are refused.

use link_format::ErrorKind::*;
use link_format::Place::{self, Name, Target, Value};
use link_format::{Attribute, BuildError, ErrorKind, Link, Query, Uri, UriReference};

use crate::told;

fn told_of<T>(result: Result<T, BuildError>) -> Option<(ErrorKind, Place, u32)> {
    result.err().map(|error| (error.kind, error.place, error.offset))
}

#[test]
fn attributes_that_cannot_be_written() {
    let rows = [
        ("", "x", AttributeName, Name, 0),
        ("a b", "x", AttributeName, Name, 1),
        ("a*b", "x", AttributeName, Name, 1),
        ("a**", "x", AttributeName, Name, 1),
        ("*", "x", AttributeName, Name, 0),
        ("a=", "x", AttributeName, Name, 1),
        ("ä", "x", AttributeName, Name, 0),
        ("a%", "x", AttributeName, Name, 1),
        ("href", "x", HrefAttribute, Name, 0),
        ("Href", "x", HrefAttribute, Name, 0),
        ("a", "x\ny", QuotedCharacter, Value, 1),
        ("a", "ab\0", QuotedCharacter, Value, 2),
        ("a", "\x7F", QuotedCharacter, Value, 0),
        ("a*", "x", ExtValue, Value, 1),
        ("a*", "UTF-8''a b", ExtValue, Value, 8),
        ("a*", "UTF-8''%4", PercentEncoding, Value, 7),
        // RFC 6690 section 2: relation-types, cardinal, URI-Reference
        ("rel", "", RelationTypes, Value, 0),
        ("REV", " ", RelationTypes, Value, 0),
        ("rt", " a", RelationTypes, Value, 0),
        ("if", "a  b ", RelationTypes, Value, 4),
        ("sz", "", Size, Value, 0),
        ("sz", "abc", Size, Value, 0),
        ("sz", "-1", Size, Value, 0),
        ("sz", "01", Size, Value, 1),
        ("Sz", "12 ", Size, Value, 2),
        ("anchor", "/a b", UriCharacter, Value, 2),
        ("Anchor", "1:", UriScheme, Value, 0),
        // RFC 7252 section 7.2.1
        ("ct", "", ContentFormat, Value, 0),
        ("ct", "99999", ContentFormat, Value, 0),
        ("ct", "65536", ContentFormat, Value, 0),
        ("ct", "0 4294967296", ContentFormat, Value, 2),
        ("ct", "0 40x", ContentFormat, Value, 4),
        ("ct", "040", ContentFormat, Value, 1),
        ("ct", " 40", ContentFormat, Value, 0),
        ("ct", "40 ", ContentFormat, Value, 2),
        ("ct", "text/plain", ContentFormat, Value, 0),
        // RFC 7641 section 6
        ("obs", "", ObsValue, Value, 0),
        ("Obs", "1", ObsValue, Value, 0),
    ];
    for (name, text, kind, place, offset) in rows {
        let error = told_of(Attribute::new(name, text));
        assert_eq!(error, Some((kind, place, offset)), "{name}={text}");
    }
    for (name, text) in [
        ("rel", "a  b"),
        ("rt", "Ä"),
        ("sz", "0"),
        ("sz", "99999999999999999999999999"),
        ("ct", "0"),
        ("ct", "65535  0 40"),
        ("anchor", ""),
        ("obsx", "1"),
        ("title", ""),
    ] {
        assert!(Attribute::new(name, text).is_ok(), "{name}={text}");
    }
    assert_eq!(told_of(Attribute::flag("a*")), Some((ExtValue, Name, 2)));
    assert_eq!(told_of(Attribute::flag("href")), Some((HrefAttribute, Name, 0)));
    assert_eq!(told_of(Attribute::flag("")), Some((AttributeName, Name, 0)));
    assert_eq!(told_of(Attribute::flag("a b")), Some((AttributeName, Name, 1)));
    let with_value =
        ["rel", "rev", "rt", "if", "sz", "ct", "anchor", "hreflang", "media", "title", "type"];
    for name in with_value {
        let meant = Some((ValueMissing, Name, name.len() as u32));
        assert_eq!(told_of(Attribute::flag(name)), meant);
        assert_eq!(told_of(Attribute::flag(&name.to_uppercase())), meant);
    }
    assert_eq!(told_of(Link::new("/a>", &[])), Some((UriCharacter, Target, 2)));
    let error = Attribute::new("rt", "a\0").unwrap_err();
    assert_eq!(error.to_string(), "a control character in a quoted string at byte 1 of the value");
    assert_eq!(error.rule(), "RFC 9110 section 5.6.4");
    let error = Attribute::flag("a b").unwrap_err();
    assert_eq!(error.to_string(), "an attribute without a proper name at byte 1 of the name");
    let error = Link::new("/ ", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a character that a URI cannot have here at byte 1 of the target"
    );
    assert_eq!(told(link_format::ExtValue::new("UTF-8'x")), Some((ExtValue, 7)));
    assert!(link_format::ExtValue::new("UTF-8'x'").is_ok());
}

#[test]
fn ip_literals() {
    let good = [
        "::",
        "::1",
        "1::",
        "1::2",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4",
        "::1.2.3.4",
        "::ffff:255.255.255.255",
        "1:2:3:4:5::1.2.3.4",
        "ABCD:ef01::",
        "1::3:4:5:6:7:8",
        "0000::",
        "1:2:3::4:5:6",
        "v1.a",
        "vF.:",
        "VA0.x:~;=",
    ];
    for address in good {
        let text = format!("coap://[{address}]");
        assert!(UriReference::new(&text).is_ok(), "{text}");
    }
    let bad = [
        "",
        ":",
        ":::",
        "1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2::3",
        "12345::",
        "g::",
        "1:",
        ":1",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.256",
        "::1.2.3.04",
        "::1.2.3.4:5",
        "::1.2.3.",
        "::.1.2.3",
        "1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        "::300.1.1.1",
        "v.a",
        "v1.",
        "v1",
        "vg.a",
        "v1.ä",
        "1:2:3:4:5:6:7::8",
        "1:2:3:4::5:6:7:8",
    ];
    for address in bad {
        let text = format!("coap://[{address}]");
        assert_eq!(told(UriReference::new(&text)), Some((UriAuthority, 7)), "{text}");
    }
}

#[test]
fn relative_references_are_no_base() {
    assert_eq!(told(Uri::new("/a")), Some((UriRelative, 0)));
    assert_eq!(told(Uri::new("//a/b")), Some((UriRelative, 0)));
    assert_eq!(told(Uri::new("")), Some((UriRelative, 0)));
    assert_eq!(told(Uri::new("a:/%")), Some((PercentEncoding, 3)));
}

#[test]
fn queries() {
    for query in ["", "rt", "rt*"] {
        let meant = Some((QueryWithoutValue, query.len() as u32));
        assert_eq!(told(Query::decode(query.as_bytes())), meant);
        assert_eq!(told(Query::from_uri(query)), meant);
    }
    assert_eq!(told(Query::decode(b"=a")), Some((AttributeName, 0)));
    assert_eq!(told(Query::decode(b"r t=a")), Some((AttributeName, 1)));
    assert_eq!(told(Query::from_uri("r%20t=a")), Some((AttributeName, 1)));
    assert_eq!(told(Query::from_uri("%2A=a")), Some((AttributeName, 0)));
    assert_eq!(told(Query::from_uri("rt=%")), Some((PercentEncoding, 3)));
    assert_eq!(told(Query::from_uri("rt=%4")), Some((PercentEncoding, 3)));
    assert_eq!(told(Query::from_uri("%zz")), Some((PercentEncoding, 0)));
    // RFC 3986 section 3.4 and 2.1, and where one query ends and the next begins.
    let rows = [
        ("a|b=1", UriCharacter, 1),
        ("rt=a b", UriCharacter, 4),
        ("rt=x#frag", UriCharacter, 4),
        ("rt=x#", UriCharacter, 4),
        ("rt=ä", UriCharacter, 3),
        ("ä=a", UriCharacter, 0),
        ("rt=a\"", UriCharacter, 4),
        ("rt=[", UriCharacter, 3),
        ("rt=x&if=y", UriCharacter, 4),
        ("&rt=x", UriCharacter, 0),
        ("rt=%&", PercentEncoding, 3),
        ("rt=%4&", PercentEncoding, 3),
        ("a%3Db=1", AttributeName, 1),
        ("r%74%20=1", AttributeName, 4),
        ("a/b=1", AttributeName, 1),
        ("%C3%A4=1", AttributeName, 0),
        ("a**=1", AttributeName, 1),
        ("a%2A%2a=1", AttributeName, 1),
        ("%2a*=1", AttributeName, 0),
        ("=1", AttributeName, 0),
    ];
    for (text, kind, offset) in rows {
        assert_eq!(told(Query::from_uri(text)), Some((kind, offset)), "{text}");
    }
    // Percent-decoded already: what looks like an encoding is none.
    assert!(Query::decode(b"rt=%").is_ok());
}

/// `ucschar` and `iprivate` of RFC 3987 section 2.2, and no bidirectional formatting (section 4.1).
#[test]
fn characters_beyond_ascii() {
    let naive = |c: char, is_query: bool| {
        let c = c as u32;
        let ucschar = (0xA0..=0xD7FF).contains(&c)
            || (0xF900..=0xFDCF).contains(&c)
            || (0xFDF0..=0xFFEF).contains(&c)
            || (1..=13).any(|plane| (plane << 16..=plane << 16 | 0xFFFD).contains(&c))
            || (0xE1000..=0xEFFFD).contains(&c);
        let private = (0xE000..=0xF8FF).contains(&c)
            || (0xF0000..=0xFFFFD).contains(&c)
            || (0x10_0000..=0x10_FFFD).contains(&c);
        let bidi = [0x200E, 0x200F].contains(&c)
            || (0x202A..=0x202E).contains(&c)
            || (0x2066..=0x2069).contains(&c);
        !bidi && (ucschar || is_query && private)
    };
    for c in '\u{80}'..=char::MAX {
        for (before, is_query) in [("/a", false), ("//", false), ("?", true), ("#", false)] {
            let text = format!("{before}{c}");
            let meant = (!naive(c, is_query)).then_some((UriCharacter, before.len() as u32));
            assert_eq!(told(UriReference::new(&text)), meant, "{text:?}");
        }
    }
    for (text, at) in [("//\u{202E}@b", 2), ("//a@\u{85}", 4), ("a:\u{FDD0}", 2)] {
        assert_eq!(told(UriReference::new(text)), Some((UriCharacter, at)), "{text:?}");
    }
}
