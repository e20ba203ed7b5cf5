//! Grammar and matching as the standard tells them, without a thought for speed.
#![allow(dead_code, reason = "not every test needs all of it")]

pub(crate) fn is_name(text: &str) -> bool {
    (1..=65_535).contains(&text.len()) && !text.contains(['\0', '+', '#'])
}

pub(crate) fn is_filter(text: &str) -> bool {
    let levels: Vec<&str> = text.split('/').collect();
    let (last, parents) = levels.split_last().unwrap();
    (1..=65_535).contains(&text.len())
        && !text.contains('\0')
        && parents.iter().all(|level| *level == "+" || !level.contains(['+', '#']))
        && (*last == "#" || *last == "+" || !last.contains(['+', '#']))
}

/// Share name and filter of a text that is a shared subscription.
pub(crate) fn share(text: &str) -> Option<(&str, &str)> {
    let (name, filter) = text.strip_prefix("$share/")?.split_once('/')?;
    (is_name(name) && is_filter(filter) && is_filter(text)).then_some((name, filter))
}

pub(crate) fn levels(text: &str) -> Vec<&str> {
    text.split('/').collect()
}

pub(crate) fn takes(filter: &[&str], name: &[&str]) -> bool {
    let begins_with_wildcard = filter[0] == "+" || filter[0] == "#";
    let (parents, enough) = match filter.strip_suffix(&["#"]) {
        Some(parents) => (parents, name.len() >= parents.len()),
        None => (filter, name.len() == filter.len()),
    };
    !(begins_with_wildcard && name[0].starts_with('$'))
        && enough
        && parents.iter().zip(name).all(|(wanted, given)| *wanted == "+" || wanted == given)
}

/// Every text of 1 to `len` characters of `alphabet`.
pub(crate) fn texts(alphabet: &str, len: usize) -> Vec<String> {
    let mut longest = vec![String::new()];
    let mut all = Vec::new();
    for _ in 0..len {
        longest = longest
            .iter()
            .flat_map(|text| alphabet.chars().map(move |c| format!("{text}{c}")))
            .collect();
        all.extend_from_slice(&longest);
    }
    all
}
