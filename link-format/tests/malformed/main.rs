//! What is refused: the bytes, the kind, where, and the rule.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

mod value;

use link_format::ErrorKind::{self as Kind, *};
use link_format::{DecodeError, Links, Scanner};

/// A document; what is wrong with it, and at which byte.
type Row<'a> = (&'a [u8], Kind, u32);

#[rustfmt::skip]
const DOCUMENTS: &[Row<'_>] = &[
    // RFC 6690 section 2: UTF-8
    (b"</\xFF>", NotUtf8, 2),
    (b"</a>;t=\"\xC3\"", NotUtf8, 8),
    // link-value begins with "<"
    (b"a", LinkStart, 0),
    (b",", LinkStart, 0),
    (b";a", LinkStart, 0),
    (b" </a>", LinkStart, 0),
    (b"\n", LinkStart, 0),
    (b"</a>,", LinkStart, 5),
    (b"</a>,,</b>", LinkStart, 5),
    (b"</a>, </b>", LinkStart, 5),
    (b"</a>,\n</b>", LinkStart, 5),
    // ... and its target ends with ">"
    (b"<", TargetUnterminated, 0),
    (b"</a", TargetUnterminated, 0),
    (b"</a>,</b;x", TargetUnterminated, 5),
    // URI-Reference
    (b"<:>", UriScheme, 1),
    (b"<1a:b>", UriScheme, 1),
    (b"<a_b:c>", UriScheme, 1),
    (b"<\xC3\xA4:c>", UriScheme, 1),
    (b"<a[b>", UriCharacter, 2),
    (b"</a b>", UriCharacter, 3),
    (b"</a\"b>", UriCharacter, 3),
    (b"</a<b>", UriCharacter, 3),
    (b"</a\\b>", UriCharacter, 3),
    (b"</a^b>", UriCharacter, 3),
    (b"</a`b>", UriCharacter, 3),
    (b"</a{b>", UriCharacter, 3),
    (b"</a|b>", UriCharacter, 3),
    (b"</a}b>", UriCharacter, 3),
    (b"</a\0>", UriCharacter, 3),
    (b"</a\x7F>", UriCharacter, 3),
    (b"</[::1]>", UriCharacter, 2),
    (b"<a:/b?c[>", UriCharacter, 7),
    (b"<#a#b>", UriCharacter, 3),
    (b"<a?b#c d>", UriCharacter, 6),
    (b"<//a@b@c>", UriCharacter, 6),
    (b"<//a[b]>", UriCharacter, 4),
    (b"</%>", PercentEncoding, 2),
    (b"</%4>", PercentEncoding, 2),
    (b"</%4g>", PercentEncoding, 2),
    (b"<//%x>", PercentEncoding, 3),
    (b"<//a%@b>", PercentEncoding, 4),
    (b"<?%A>", PercentEncoding, 2),
    (b"<#%>", PercentEncoding, 2),
    (b"<//[::1>", UriAuthority, 3),
    (b"<//[]>", UriAuthority, 3),
    (b"<//u@[::g]>", UriAuthority, 5),
    (b"<//[fe80::1%eth0]>", UriAuthority, 3),
    (b"<//[fe80::1%25eth0]>", UriAuthority, 3),
    (b"<//[::1]x>", UriAuthority, 8),
    (b"<//a:1x>", UriAuthority, 4),
    (b"<//a:1:2>", UriAuthority, 4),
    (b"<coap://a:x>", UriAuthority, 9),
    // ";" or "," behind a link-value or a link-param
    (b"</a>b", Separator, 4),
    (b"</a></b>", Separator, 4),
    (b"</a> ;b", Separator, 4),
    (b"</a>;b ;c", Separator, 6),
    (b"</a>;b=\"c\"d", Separator, 10),
    (b"</a>;b=c d", Separator, 8),
    (b"</a>;b=c\"d\"", Separator, 8),
    (b"</a>;b=c\\d", Separator, 8),
    (b"</a>;b=c\xC3\xA4", Separator, 8),
    (b"</a>;b\xC3\xA4", Separator, 6),
    (b"</a>;b'c", Separator, 6),
    (b"</a>;b%c=d", Separator, 6),
    (b"</a>;x*=UTF-8''a'b", Separator, 16),
    (b"</a>;x*=UTF-8''\"", Separator, 15),
    // parmname
    (b"</a>;", AttributeName, 5),
    (b"</a>;,</b>", AttributeName, 5),
    (b"</a>;;b", AttributeName, 5),
    (b"</a>;=b", AttributeName, 5),
    (b"</a>; b", AttributeName, 5),
    (b"</a>;*=UTF-8''", AttributeName, 5),
    (b"</a>;\"b\"", AttributeName, 5),
    (b"</a>;href=b", HrefAttribute, 5),
    (b"</a>;x;HREF", HrefAttribute, 7),
    // "=" ( ptoken / quoted-string )
    (b"</a>;b=", ValueMissing, 7),
    (b"</a>;b=,</c>", ValueMissing, 7),
    (b"</a>;b=;c", ValueMissing, 7),
    (b"</a>;b= c", ValueMissing, 7),
    (b"</a>;b=\xC3\xA4", ValueMissing, 7),
    // quoted-string
    (b"</a>;rt=\"", QuoteUnterminated, 8),
    (b"</a>;rt=\"b", QuoteUnterminated, 8),
    (b"</a>;rt=\"b\\\"", QuoteUnterminated, 8),
    (b"</a>;rt=\"b\\", QuoteUnterminated, 8),
    (b"</a>;rt=\"b;c,</d>", QuoteUnterminated, 8),
    (b"</a>;rt=\"a\nb\"", QuotedCharacter, 10),
    (b"</a>;rt=\"\r\n b\"", QuotedCharacter, 9),
    (b"</a>;rt=\"\0\"", QuotedCharacter, 9),
    (b"</a>;rt=\"\x7F\"", QuotedCharacter, 9),
    (b"</a>;rt=\"1234567\x1F\"", QuotedCharacter, 16),
    (b"</a>;rt=\"\\\n\"", QuotedPair, 9),
    (b"</a>;rt=\"\\\x7F\"", QuotedPair, 9),
    (b"</a>;rt=\"x\\\xC3\xA4\"", QuotedPair, 10),
    // ext-value
    (b"</a>;b*", ExtValue, 7),
    (b"</a>;b*;c", ExtValue, 7),
    (b"</a>;b*=", ExtValue, 8),
    (b"</a>;b*=\"x\"", ExtValue, 8),
    (b"</a>;b*=''x", ExtValue, 8),
    (b"</a>;b*=UTF-8", ExtValue, 13),
    (b"</a>;b*=UTF-8'", ExtValue, 14),
    (b"</a>;b*=UTF-8'de", ExtValue, 16),
    (b"</a>;b*=UTF(8''x", ExtValue, 11),
    (b"</a>;b*=UTF-8'd1e2-'x", ExtValue, 15),
    (b"</a>;b*=UTF-8'de-'x", ExtValue, 17),
    (b"</a>;b*=UTF-8'de-''x", ExtValue, 17),
    (b"</a>;b*=UTF-8'-'x", ExtValue, 14),
    (b"</a>;b*=UTF-8'123'x", ExtValue, 14),
    (b"</a>;b*=UTF-8'abcdefghi'x", ExtValue, 22),
    (b"</a>;b*=UTF-8'en-123456789'x", ExtValue, 25),
    (b"</a>;b*=UTF-8''%", PercentEncoding, 15),
    (b"</a>;b*=UTF-8''x%4", PercentEncoding, 16),
    (b"</a>;b*=UTF-8''%g0", PercentEncoding, 15),
    // RFC 6690 section 3.1 to 3.3: MUST NOT appear more than once
    (b"</a>;rt=b;rt=c", Repeated, 10),
    (b"</a>;rt;Rt", Repeated, 8),
    (b"</a>;if=b;x;if=c", Repeated, 12),
    (b"</a>;sz=1,</b>;sz=1;sz=2", Repeated, 20),
];

#[test]
fn documents() {
    for (document, kind, offset) in DOCUMENTS {
        let shown = document.escape_ascii();
        let error = Links::decode(document).expect_err(&shown.to_string());
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{shown}");
    }
}

#[test]
fn the_scanner_says_the_same_and_then_ends() {
    for (document, kind, offset) in DOCUMENTS {
        let Ok(text) = core::str::from_utf8(document) else { continue };
        let mut scanner = Scanner::new(text);
        let error = scanner.find_map(Result::err).unwrap();
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{text}");
        assert_eq!(scanner.next(), None);
    }
}

#[test]
fn the_scanner_tells_an_error_as_often_as_it_is_asked() {
    for (document, kind, offset) in DOCUMENTS {
        let Ok(text) = core::str::from_utf8(document) else { continue };
        let mut scanner = Scanner::new(text);
        let error = loop {
            match scanner.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{text} has an end"),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{text}");
        assert_eq!(scanner.next_event(), Err(error));
        // What `next` tells once stays one for `next_event`: no document ends behind it.
        assert_eq!(scanner.next(), Some(Err(error)));
        assert_eq!(scanner.next(), None);
        assert_eq!(scanner.next_event(), Err(error));
        assert_eq!(scanner.next(), None);
    }
    let mut scanner = Scanner::new("<>");
    assert!(matches!(scanner.next_event(), Ok(Some(_))));
    for _ in 0..2 {
        assert_eq!((scanner.next_event(), scanner.next()), (Ok(None), None));
    }
}

#[test]
fn an_error_in_the_second_link_is_as_far_behind() {
    for (document, kind, offset) in DOCUMENTS {
        let mut longer = b"</first>;x=1,".to_vec();
        longer.extend_from_slice(document);
        let error = Links::decode(&longer).unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, *offset + 13), "{}", longer.escape_ascii());
    }
}

/// Attributes that a standard lets stand more than once, or tells to ignore.
#[test]
fn others_may_stand_twice() {
    let names =
        ["rel", "rev", "anchor", "hreflang", "media", "title", "type", "ct", "obs", "et", "x"];
    for name in names {
        let text = format!("</a>;{name}=1;{name}=2");
        assert!(Links::decode_str(&text).is_ok(), "{text}");
    }
}

/// Every prefix of a document is a document or says what is missing, at a byte that it has or where
/// it ends.
#[test]
fn every_prefix() {
    let text = concat!(
        r#"</sensors/temp>;rt="temperature-c";sz=5;title*=UTF-8'de'x%20y;obs,"#,
        r#"<coap://[2001:db8::1]:61616/%41>;title="a \"b\"",<//15001/65536>"#
    );
    let whole: Vec<_> = Scanner::new(text).map(Result::unwrap).collect();
    for len in 0..text.len() {
        let mut seen = Vec::new();
        let mut failed = None;
        for event in Scanner::new(&text[..len]) {
            match event {
                Ok(event) => seen.push(event),
                Err(error) => failed = Some(error),
            }
        }
        assert_eq!(Links::decode_str(&text[..len]).err(), failed, "{len}");
        if let Some(error) = failed {
            assert!(error.offset as usize <= len);
        }
        // All but the last is as in the whole.
        if let Some((_, before)) = seen.split_last() {
            assert_eq!(before, &whole[..before.len()], "{len}");
        }
    }
}

#[test]
fn every_kind_names_its_rule() {
    let rows = [
        (NotUtf8, "RFC 6690 section 2"),
        (LinkStart, "RFC 6690 section 2"),
        (TargetUnterminated, "RFC 6690 section 2"),
        (Separator, "RFC 6690 section 2"),
        (HrefAttribute, "RFC 6690 section 2"),
        (ValueMissing, "RFC 6690 section 2"),
        (UriScheme, "RFC 3986 section 3.1"),
        (UriAuthority, "RFC 3986 section 3.2"),
        (UriCharacter, "RFC 3986 appendix A"),
        (PercentEncoding, "RFC 3986 section 2.1"),
        (UriRelative, "RFC 3986 section 4.3"),
        (AttributeName, "RFC 8187 section 3.2.1"),
        (QuoteUnterminated, "RFC 9110 section 5.6.4"),
        (QuotedCharacter, "RFC 9110 section 5.6.4"),
        (QuotedPair, "RFC 9110 section 5.6.4"),
        (ExtValue, "RFC 8187 section 3.2.1"),
        (Repeated, "RFC 6690 section 3"),
        (QueryWithoutValue, "RFC 6690 section 4.1"),
        (RelationTypes, "RFC 6690 section 2"),
        (Size, "RFC 6690 section 3.3"),
        (ContentFormat, "RFC 7252 section 7.2.1"),
        (ObsValue, "RFC 7641 section 6"),
    ];
    for (kind, rule) in rows {
        assert_eq!(kind.rule(), rule);
        assert!(!kind.to_string().is_empty());
    }
    let error = Links::decode(b"a").unwrap_err();
    assert_eq!(error.to_string(), "a link that does not begin with '<' at byte 0");
    assert_eq!(error.rule(), "RFC 6690 section 2");
}

fn told<T>(result: Result<T, DecodeError>) -> Option<(Kind, u32)> {
    result.err().map(|error| (error.kind, error.offset))
}
