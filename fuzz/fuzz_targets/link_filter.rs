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
    for text in &texts {
        from_uri(text);
    }
    let Ok(links) = Links::decode_str(document) else { return };
    let decoded: Option<Vec<Query<'_>>> =
        texts.iter().map(|text| Query::decode(text.as_bytes()).ok()).collect();
    let Some(decoded) = decoded else { return };
    let asked: Vec<(&str, &str)> =
        texts.iter().map(|text| text.split_once('=').unwrap_or((text, ""))).collect();
    // In a URI, with every byte encoded, they are the same queries.
    let in_uris: Vec<String> =
        asked.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
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
/// types, `rt` and `if` are lists of words; a trailing `*` stands for anything; `obs` has no value.
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
    if value == "*" {
        return !values.is_empty();
    }
    if name == "obs" {
        return !values.is_empty() && matches("");
    }
    if ["rel", "anchor", "media", "title", "title*", "type"].contains(&&*name) {
        values.truncate(1);
    }
    let is_list = ["rel", "rev", "rt", "if"].contains(&&*name);
    values.iter().any(|found| {
        let mut words = found.split(' ').filter(|word| !word.is_empty()).peekable();
        if is_list && words.peek().is_some() { words.any(matches) } else { matches(found) }
    })
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What a URI has between two `&` is taken if a name and a value are decoded from it, and asks for
/// the same.
fn from_uri(text: &str) {
    let Ok(query) = Query::from_uri(text) else { return };
    assert!(
        text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#&<>[\\]^`{|}".contains(&byte))
    );
    let decoded = decoded(text.as_bytes());
    assert_eq!(format!("{query:?}"), format!("{:?}", Query::decode(&decoded).unwrap()));
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let [byte, tail @ ..] = rest {
        let encoded = (*byte == b'%').then(|| str::from_utf8(&tail[..2]).unwrap());
        bytes.push(encoded.map_or(*byte, |digits| u8::from_str_radix(digits, 16).unwrap()));
        rest = if encoded.is_some() { &tail[2..] } else { tail };
    }
    bytes
}
