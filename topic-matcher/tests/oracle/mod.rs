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

/// Does a filter take all that another takes? Asked of the names that show it if it does not: a wildcard
/// of the other stands for a text that is in neither, a `#` for as many of them as both have levels, or
/// for none.
pub(crate) fn includes(wide: &[&str], narrow: &[&str]) -> bool {
    let other = other_than(wide, narrow);
    (0..=wide.len() + 1).all(|more| {
        let name: Vec<&str> = narrow
            .iter()
            .flat_map(|level| match *level {
                "+" => vec![other.as_str()],
                "#" => vec![other.as_str(); more],
                level => vec![level],
            })
            .collect();
        !is_name(&name.join("/")) || takes(wide, &name)
    })
}

/// Do two filters take a name in common? Asked of one that has, level by level, what either of them
/// wants.
pub(crate) fn intersects(a: &[&str], b: &[&str]) -> bool {
    (1..=a.len().max(b.len()) + 1).any(|len| {
        let at = |filter: &[&str], at: usize| match filter.get(at) {
            None | Some(&"+" | &"#") => None,
            Some(level) => Some((*level).to_owned()),
        };
        let nothing_yet = |at| if len == 1 && at == 0 { "a" } else { "" }.to_owned();
        let level = |i| at(a, i).or_else(|| at(b, i)).unwrap_or_else(|| nothing_yet(i));
        let name: Vec<String> = (0..len).map(level).collect();
        let levels: Vec<&str> = name.iter().map(String::as_str).collect();
        is_name(&name.join("/")) && takes(a, &levels) && takes(b, &levels)
    })
}

/// A short text that is no level of either.
fn other_than(a: &[&str], b: &[&str]) -> String {
    let used = |text: &String| a.iter().chain(b).any(|level| level == text);
    (1..).map(|len| "z".repeat(len)).find(|text| !used(text)).unwrap()
}

/// How many bytes of text different filters take in a table: each level that some of them begin with once, with a
/// slash behind it; what is behind the first 127 levels of a filter is its own.
pub(crate) fn shared_text<'f>(filters: impl Iterator<Item = &'f str>) -> usize {
    let mut ways = std::collections::BTreeSet::new();
    let mut own = 0;
    for filter in filters {
        let ends = filter.match_indices('/').map(|(at, _)| at).chain([filter.len()]);
        let begins = core::iter::once(0).chain(filter.match_indices('/').map(|(at, _)| at + 1));
        for (number, (begin, end)) in begins.zip(ends).enumerate() {
            if number >= 127 || ways.insert(&filter[..end]) {
                own += end - begin + 1;
            }
        }
    }
    own
}
