//! Queries a line each, an empty line, then links: what matches is what a naive reading of RFC 6690
//! section 4.1 says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use link_format::{Link, Links, Query};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        let _ = Query::decode(data);
        return;
    };
    let (queries, document) = text.split_once("\n\n").unwrap_or((text, ""));
    let texts: Vec<&str> = queries.split('\n').collect();
    let Ok(links) = Links::decode_str(document) else { return };
    let decoded: Option<Vec<Query<'_>>> =
        texts.iter().map(|text| Query::decode(text.as_bytes()).ok()).collect();
    let Some(decoded) = decoded else { return };
    let asked: Vec<(&str, &str)> =
        texts.iter().map(|text| text.split_once('=').unwrap_or((text, ""))).collect();
    // In a URI, with every byte of the values encoded, they are the same queries.
    let in_uris: Vec<String> = asked
        .iter()
        .map(|(name, value)| format!("{}={}", name.replace('*', "%2A"), encoded(value)))
        .collect();
    let from_uris: Vec<Query<'_>> =
        in_uris.iter().map(|text| Query::from_uri(text).unwrap()).collect();
    let mut left = Vec::new();
    for link in links {
        for (query, (name, value)) in decoded.iter().zip(&asked) {
            assert_eq!(query.matches(&link), naive(&link, name, value), "{name}={value} {link:?}");
        }
        let all = asked.iter().all(|(name, value)| naive(&link, name, value));
        assert_eq!(Query::all_match(&decoded, &link), all);
        assert_eq!(Query::all_match(&from_uris, &link), all, "{in_uris:?} {link:?}");
        left.extend(all.then_some(link));
    }
    let matching = links.matching(&decoded);
    assert!(matching.iter().eq(left.iter().copied()));
    let mut out = vec![0; matching.encoded_len()];
    assert_eq!(matching.encode(&mut out), Ok(out.len()));
    assert_eq!(Links::decode(&out), Ok(Links::new(&left)));
});

/// Names are compared without case; the first of those that may not be repeated counts; relation
/// types, `rt` and `if` are lists of words; a trailing `*` stands for anything.
fn naive(link: &Link<'_>, name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let matches = |text: &str| match value.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == value,
    };
    if name == "href" {
        return matches(link.target().as_str());
    }
    let mut values: Vec<String> = link
        .attributes()
        .iter()
        .filter(|attribute| attribute.name().to_ascii_lowercase() == name)
        .map(|attribute| attribute.value().map(|value| value.to_string()).unwrap_or_default())
        .collect();
    if ["rel", "anchor", "media", "title", "title*", "type"].contains(&&*name) {
        values.truncate(1);
    }
    let words = ["rel", "rev", "rt", "if"].contains(&&*name);
    values.iter().any(|found| {
        if words && !found.is_empty() {
            found.split(' ').filter(|word| !word.is_empty()).any(matches)
        } else {
            matches(found)
        }
    })
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
