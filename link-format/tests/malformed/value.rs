//! Values, addresses and queries that are refused.

use link_format::ErrorKind::*;
use link_format::{Attribute, ExtValue, Query, Uri, UriReference};

use crate::told;

#[test]
fn attributes_that_cannot_be_written() {
    let rows = [
        ("", "x", AttributeName, 0),
        ("a b", "x", AttributeName, 1),
        ("a*b", "x", AttributeName, 1),
        ("a**", "x", AttributeName, 1),
        ("*", "x", AttributeName, 0),
        ("a=", "x", AttributeName, 1),
        ("ä", "x", AttributeName, 0),
        ("a%", "x", AttributeName, 1),
        ("href", "x", HrefAttribute, 0),
        ("Href", "x", HrefAttribute, 0),
        ("a", "x\ny", QuotedCharacter, 1),
        ("a", "ab\0", QuotedCharacter, 2),
        ("a", "\x7F", QuotedCharacter, 0),
        ("a*", "x", ExtValue, 1),
        ("a*", "UTF-8''a b", ExtValue, 8),
        ("a*", "UTF-8''%4", PercentEncoding, 7),
    ];
    for (name, text, kind, offset) in rows {
        assert_eq!(told(Attribute::new(name, text)), Some((kind, offset)), "{name}={text}");
    }
    assert_eq!(told(Attribute::flag("a*")), Some((ExtValue, 2)));
    assert_eq!(told(Attribute::flag("href")), Some((HrefAttribute, 0)));
    assert_eq!(told(Attribute::flag("")), Some((AttributeName, 0)));
    assert_eq!(told(link_format::ExtValue::new("UTF-8'x")), Some((ExtValue, 7)));
    assert!(ExtValue::new("UTF-8'x'").is_ok());
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
