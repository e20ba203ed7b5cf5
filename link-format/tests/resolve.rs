//! References of RFC 3986 section 5.4 and those of the directories' standards.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panic"
)]

use link_format::{EncodeError, Links, ResolveError, Uri, UriReference};

/// What `reference` is at `base`, in a buffer of exactly that length; every shorter one says so.
fn resolve(base: &str, reference: &str) -> Result<String, ResolveError> {
    let base = Uri::new(base).unwrap();
    let reference = UriReference::new(reference).unwrap();
    let mut out = [0; 128];
    let resolved = base.resolve(reference, &mut out)?.to_string();
    for len in 0..resolved.len() {
        let needed = ResolveError::BufferTooSmall { needed: resolved.len() };
        assert_eq!(base.resolve(reference, &mut vec![0; len]), Err(needed));
    }
    let mut exact = vec![0; resolved.len()];
    assert_eq!(base.resolve(reference, &mut exact).unwrap().as_str(), resolved);
    assert!(Uri::new(&resolved).is_ok(), "{resolved}");
    Ok(resolved)
}

/// RFC 3986 section 5.4.
const BASE: &str = "http://a/b/c/d;p?q";

#[test]
fn normal_examples() {
    let rows = [
        ("g:h", "g:h"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
    ];
    for (reference, meant) in rows {
        assert_eq!(resolve(BASE, reference).as_deref(), Ok(meant), "{reference}");
    }
}

#[test]
fn abnormal_examples() {
    let rows = [
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
        ("http:g", "http:g"), // for strict parsers
    ];
    for (reference, meant) in rows {
        assert_eq!(resolve(BASE, reference).as_deref(), Ok(meant), "{reference}");
    }
}

#[test]
fn bases_of_every_shape() {
    let rows = [
        ("http://a", "g", "http://a/g"),
        ("http://a", "", "http://a"),
        ("http://a", "..", "http://a/"),
        ("http://a?q#f", "", "http://a?q"),
        ("http://a?q#f", "#", "http://a?q#"),
        ("http://a/b/../c", "", "http://a/b/../c"),
        ("http://a/b/../c", "d", "http://a/d"),
        ("http://a/b/../c", "?", "http://a/b/../c?"),
        ("http://a//b//c", "d", "http://a//b//d"),
        ("http://a//b//c", "../d", "http://a//b/d"),
        ("http://a/b", "//c/../d", "http://c/d"),
        ("mid:x", "y", "mid:y"),
        ("mid:x/y", "../z", "mid:/z"),
        ("mid:x", "../../z", "mid:z"),
        ("mid:x", "./z/..", "mid:/"),
        ("mid:x", "..", "mid:"),
        ("mid:x", "mid:content=5/../6", "mid:/6"),
        ("mid:x", "mid:m/content=5/../6", "mid:m/6"),
        ("mid:x", "mid:.", "mid:"),
        ("mid:", "//a", "mid://a"),
    ];
    for (base, reference, meant) in rows {
        assert_eq!(resolve(base, reference).as_deref(), Ok(meant), "{base} {reference}");
    }
    // Such a path would be read as an authority.
    assert_eq!(resolve("mid:x", "/.//a"), Err(ResolveError::NoAuthority));
    assert_eq!(resolve("mid:x", "y/..//a"), Err(ResolveError::NoAuthority));
}

/// RFC 9176 appendix B and section 6.3.
#[test]
fn targets_and_contexts_of_a_directory() {
    let links = Links::decode_str(concat!(
        "</sensors/temp>;rt=temperature;ct=0,",
        r#"</t>;anchor="/sensors/temp";rel=alternate,"#,
        r#"<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel=describedby,"#,
        "<http://www.example.com/sensors/t123>,",
        "<//15001/65536>,",
        r#"</t>;anchor="\/s\e\n""#,
    ))
    .unwrap();
    let base = Uri::new("coap://[2001:db8:f0::1]").unwrap();
    let rows = [
        ("coap://[2001:db8:f0::1]/sensors/temp", "coap://[2001:db8:f0::1]"),
        ("coap://[2001:db8:f0::1]/t", "coap://[2001:db8:f0::1]/sensors/temp"),
        ("http://www.example.com/sensors/t123", "coap://[2001:db8:f0::1]/sensors/temp"),
        ("http://www.example.com/sensors/t123", "http://www.example.com"),
        ("coap://15001/65536", "coap://15001"),
        ("coap://[2001:db8:f0::1]/t", "coap://[2001:db8:f0::1]/sen"),
    ];
    for (link, (target, context)) in links.iter().zip(rows) {
        let mut out = [0; 64];
        assert_eq!(link.resolve_target(base, &mut out).unwrap().as_str(), target);
        assert_eq!(link.resolve_context(base, &mut out).unwrap().as_str(), context);
        // What a short buffer asks for is enough, and nothing else goes wrong on the way there.
        let mut out = Vec::new();
        while let Err(error) = link.resolve_context(base, &mut out) {
            let ResolveError::BufferTooSmall { needed } = error else { panic!("{error}") };
            assert!(needed > out.len());
            assert!(link.resolve_context(base, &mut vec![0; needed]).is_ok());
            out.push(0);
        }
    }
}

#[test]
fn contexts_that_there_are_not() {
    let context = |text: &str, base: &str| {
        let links = Links::decode_str(text).unwrap();
        let link = links.iter().next().unwrap();
        link.resolve_context(Uri::new(base).unwrap(), &mut [0; 64]).map(|uri| uri.to_string())
    };
    assert_eq!(context("<urn:dev:1>", "coap://a"), Err(ResolveError::NoAuthority));
    assert_eq!(context("</a>", "urn:dev:1"), Err(ResolveError::NoAuthority));
    assert_eq!(context("<//b/c>", "coap:d").as_deref(), Ok("coap://b"));
    // RFC 6454 section 4: an origin is scheme, host and port.
    assert_eq!(context("</a>", "coap://user:pw@x").as_deref(), Ok("coap://x"));
    assert_eq!(context("<coaps://u@[::1]:1/a?b>", "coap://x").as_deref(), Ok("coaps://[::1]:1"));
    for text in [r#"</a>;anchor="b c""#, r#"</a>;anchor="b\ c""#, "</a>;anchor=b[c"] {
        let Err(ResolveError::Anchor(error)) = context(text, "coap://a") else { panic!("{text}") };
        assert_eq!(error.offset, 1);
    }
    let no_value = context("</a>;anchor", "coap://b/c");
    assert_eq!(no_value.as_deref(), Ok("coap://b"));
}

/// RFC 3987 section 3.1: every byte beyond ASCII is percent-encoded.
#[test]
fn references_as_ascii() {
    let rows = [
        ("", ""),
        ("/temperature/Malm\u{F6}", "/temperature/Malm%C3%B6"),
        ("coap://\u{E4}/%C3%B6?\u{20AC}#\u{1F600}", "coap://%C3%A4/%C3%B6?%E2%82%AC#%F0%9F%98%80"),
        ("coap://[::1]:5683/a;b?c=d&e*", "coap://[::1]:5683/a;b?c=d&e*"),
    ];
    for (text, meant) in rows {
        let reference = UriReference::new(text).unwrap();
        assert!(reference.ascii().eq(meant.bytes()));
        let mut out = [0; 64];
        assert_eq!(reference.copy_ascii_to(&mut out).unwrap(), meant);
        for len in 0..meant.len() {
            let needed = EncodeError::BufferTooSmall { needed: meant.len() };
            assert_eq!(reference.copy_ascii_to(&mut out[..len]), Err(needed));
        }
        if let Ok(uri) = Uri::new(text) {
            assert_eq!(uri.copy_ascii_to(&mut out).unwrap().as_str(), meant);
        }
    }
}
