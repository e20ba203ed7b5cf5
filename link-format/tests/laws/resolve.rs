//! Resolution against the procedure of RFC 3986 section 5.2, with strings, step by step.

use link_format::{ResolveError, Uri, UriParts, UriReference};
use proptest::prelude::*;

use crate::source::target;

fn naive(base: UriParts<'_>, r: UriParts<'_>) -> String {
    let (authority, path, query);
    let mut scheme = base.scheme;
    if r.scheme.is_some() {
        scheme = r.scheme;
        (authority, path, query) = (r.authority, remove_dot_segments(r.path), r.query);
    } else if r.authority.is_some() {
        (authority, path, query) = (r.authority, remove_dot_segments(r.path), r.query);
    } else {
        authority = base.authority;
        if r.path.is_empty() {
            (path, query) = (base.path.to_owned(), r.query.or(base.query));
        } else if r.path.starts_with('/') {
            (path, query) = (remove_dot_segments(r.path), r.query);
        } else {
            (path, query) = (remove_dot_segments(&merge(base, r.path)), r.query);
        }
    }
    let mut result = format!("{}:", scheme.unwrap());
    if let Some(authority) = authority {
        result += &format!("//{authority}");
    }
    result += &path;
    if let Some(query) = query {
        result += &format!("?{query}");
    }
    if let Some(fragment) = r.fragment {
        result += &format!("#{fragment}");
    }
    result
}

fn merge(base: UriParts<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    match base.path.rfind('/') {
        Some(at) => format!("{}{path}", &base.path[..=at]),
        None => path.to_owned(),
    }
}

/// Section 5.2.4.
fn remove_dot_segments(path: &str) -> String {
    let (mut input, mut output) = (path.to_owned(), String::new());
    while !input.is_empty() {
        if input.starts_with("../") {
            input.drain(..3);
        } else if input.starts_with("./") || input.starts_with("/./") {
            input.drain(..2);
        } else if input == "/." {
            input = "/".to_owned();
        } else if input.starts_with("/../") || input == "/.." {
            input = format!("/{}", input.get(4..).unwrap_or_default());
            output.truncate(output.rfind('/').unwrap_or(0));
        } else if input == "." || input == ".." {
            input.clear();
        } else {
            let end = input[1..].find('/').map_or(input.len(), |at| at + 1);
            output += &input[..end];
            input.drain(..end);
        }
    }
    output
}

fn base() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]://[ab]?(/[ab.]{0,2}){0,4}(\\?[a/.]{0,2})?(#a?)?",
        "[a-c]:([ab.]{1,2}(/[ab.]{0,2}){0,3})?(\\?a)?",
        "[a-c]:/([ab.]{1,2}(/[ab.]{0,2}){0,3})?",
    ]
}

fn reference() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "([ab.]{1,2})?(/[ab.]{0,2}){0,5}(\\?[a/.]{0,2})?(#[a/.]?)?",
        2 => "(\\.{1,2}/){0,4}[ab.]{0,2}(/\\.{0,2}){0,3}",
        1 => "[a-c]:([ab.]{1,2})?(/[ab.]{1,2}){0,4}",
        1 => target(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn resolves_as_the_standard_does(base in base(), reference in reference()) {
        let base = Uri::new(&base).unwrap();
        let reference = UriReference::new(&reference).unwrap();
        let meant = naive(base.as_reference().parts(), reference.parts());
        let mut out = vec![0; meant.len()];
        match base.resolve(reference, &mut out) {
            Ok(found) => {
                assert_eq!(found.as_str(), meant);
                assert!(Uri::new(&meant).is_ok(), "{meant}");
            }
            // A path that begins with `//` where there is no authority.
            Err(error) => {
                assert_eq!(error, ResolveError::NoAuthority);
                let has_authority =
                    reference.parts().authority.or(base.as_reference().parts().authority).is_some();
                assert!(!has_authority || reference.parts().scheme.is_some());
                assert!(meant.contains("://"));
            }
        }
    }
}
