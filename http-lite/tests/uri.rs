//! Laws of the resolution of a `Location`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::{HttpUri, LocationError};
use proptest::prelude::*;

/// `remove_dot_segments` of RFC 3986 section 5.2.4, step by step on strings.
fn remove_dot_segments(path: &str) -> String {
    let (mut input, mut output) = (path.to_string(), String::new());
    while !input.is_empty() {
        if let Some(rest) = input.strip_prefix("../").or_else(|| input.strip_prefix("./")) {
            input = rest.to_string();
        } else if input.starts_with("/./") || input == "/." {
            input = format!("/{}", input.get(3..).unwrap_or_default());
        } else if input.starts_with("/../") || input == "/.." {
            input = format!("/{}", input.get(4..).unwrap_or_default());
            output.truncate(output.rfind('/').unwrap_or(0));
        } else if input == "." || input == ".." {
            input.clear();
        } else {
            let slash = input.match_indices('/').map(|(at, _)| at).find(|at| *at > 0);
            let rest = input.split_off(slash.unwrap_or(input.len()));
            output.push_str(&input);
            input = rest;
        }
    }
    output
}

/// Section 5.2.2 for a reference without scheme, authority and fragment.
fn oracle(base_path: &str, base_query: Option<&str>, path: &str, query: Option<&str>) -> String {
    let (path, query) = if path.is_empty() {
        (remove_dot_segments(base_path), query.or(base_query))
    } else if path.starts_with('/') {
        (remove_dot_segments(path), query)
    } else {
        let directory = &base_path[..base_path.rfind('/').map_or(0, |at| at.saturating_add(1))];
        let slash = if directory.is_empty() { "/" } else { "" };
        (remove_dot_segments(&format!("{slash}{directory}{path}")), query)
    };
    let path = if path.is_empty() { "/".to_string() } else { path };
    path + &query.map_or(String::new(), |query| format!("?{query}"))
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["", ".", "..", "a", "b.", "..c"]), 0..8)
        .prop_map(|segments| segments.join("/"))
}

fn query() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a/.?]{0,4}")
}

fn with(query: &Option<String>) -> String {
    query.as_ref().map_or(String::new(), |query| format!("?{query}"))
}

proptest! {
    #[test]
    fn a_reference_means_what_the_standard_says(
        has_path: bool,
        base_path in path(),
        base_query in query(),
        path in path(),
        query in query(),
        fragment in prop::option::of("[a#?/]{0,3}"),
    ) {
        let base_path = if has_path { format!("/{base_path}") } else { String::new() };
        // `//` would begin an authority.
        let path = if path.starts_with('/') {
            format!("/{}", path.trim_start_matches('/'))
        } else {
            path
        };
        let base = format!("http://h:8{base_path}{}", with(&base_query));
        let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
        let location = format!("{path}{}{fragment}", with(&query));
        let wanted = oracle(&base_path, base_query.as_deref(), &path, query.as_deref());
        let wanted = format!("http://h:8{wanted}");

        let uri = HttpUri::parse(base.as_bytes()).unwrap();
        let mut out = vec![0; base.len() + location.len() + 1];
        let found = uri.resolve(location.as_bytes(), &mut out).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(found.as_bytes()), &wanted[..], "{} {}", base, location);
        prop_assert!(found.is_same_origin(&uri));
        prop_assert!(found.target().unwrap().as_bytes().starts_with(b"/"));

        let needed = wanted.len();
        for len in 0..needed {
            let error = LocationError::BufferTooSmall { needed };
            prop_assert_eq!(uri.resolve(location.as_bytes(), &mut out[..len]), Err(error));
        }
    }

    #[test]
    fn what_is_resolved_can_be_asked_for(
        location in "(http:|https:)?(//)?[a-c:@.\\[\\]]{0,4}[/.?#a %é]{0,10}",
    ) {
        let base = HttpUri::parse(b"https://example.org/a/b?c").unwrap();
        let mut out = vec![0; location.len() + 40];
        if let Ok(found) = base.resolve(location.as_bytes(), &mut out) {
            let target = found.target().unwrap();
            prop_assert!(!target.as_bytes().contains(&b'#'));
            prop_assert!(target.as_bytes().iter().all(|byte| byte.is_ascii_graphic()));
            let segments = |segment: &[u8]| segment == b"." || segment == b"..";
            prop_assert!(!target.path().split(|byte| *byte == b'/').any(segments));
        }
    }

    #[test]
    fn any_bytes_are_a_location_or_not(base: Vec<u8>, location: Vec<u8>) {
        let mut out = vec![0; location.len() + 40];
        let own = HttpUri::parse(b"https://example.org/a/b?c").unwrap();
        let base = [b"http://a/", &base[..]].concat();
        for base in [Some(own), HttpUri::parse(&base)].into_iter().flatten() {
            if let Ok(found) = base.resolve(&location, &mut out) {
                prop_assert!(HttpUri::parse(found.as_bytes()).is_some());
            }
        }
    }
}
