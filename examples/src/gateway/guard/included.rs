//! Is all that one topic filter takes taken by another one too?

use topic_matcher::TopicFilter;

/// True if every topic name that `filter` takes is one that `grant` takes. Exact. MQTT 5.0 section 4.7
pub(super) fn is_included(filter: TopicFilter<'_>, grant: TopicFilter<'_>) -> bool {
    let (mut filter, mut grant) = (filter.levels().peekable(), grant.levels().peekable());
    let mut is_first = true;
    loop {
        let (wanted, given) = (filter.next(), grant.next());
        let is_included = match (wanted, given) {
            (None, None | Some("#")) => return true,
            (None, Some(_)) | (Some(_), None) => return false,
            // Section 4.7.2: a wildcard that is the first level takes no `$`.
            (Some(wanted), Some("#")) => return !(is_first && wanted.starts_with('$')),
            // `#` takes at least one level where it is the first, and so does `+/#`.
            (Some("#"), Some("+")) => return is_first && grant.peek() == Some(&"#"),
            (Some("#"), Some(_)) => return false,
            (Some(wanted), Some("+")) => !(is_first && wanted.starts_with('$')),
            (Some(wanted), Some(given)) => wanted == given,
        };
        if !is_included {
            return false;
        }
        is_first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All texts of one to `most` of these levels.
    fn all(levels: &[&str], most: usize) -> Vec<String> {
        let mut all: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
        let mut last = all.clone();
        for _ in 1..most {
            let longer = |text: &String| levels.map_all(text);
            last = last.iter().flat_map(longer).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    trait MapAll {
        fn map_all(&self, text: &str) -> Vec<String>;
    }

    impl MapAll for [&str] {
        fn map_all(&self, text: &str) -> Vec<String> {
            self.iter().map(|level| format!("{text}/{level}")).collect()
        }
    }

    /// Every pair of small filters, compared with what they do to every small name. A level `c` stands
    /// for all that no filter names, and names are two levels longer than filters.
    #[test]
    fn it_is_what_matching_says() {
        let names = all(&["a", "c", "", "$x"], 5);
        let filters = all(&["a", "", "$x", "+", "#"], 3);
        let filters: Vec<_> =
            filters.iter().filter_map(|text| TopicFilter::new(text).ok()).collect();
        let taken = |filter: &TopicFilter<'_>| -> Vec<bool> {
            let matches = |n: &String| topic_matcher::matches(filter.as_bytes(), n.as_bytes());
            names.iter().map(matches).collect()
        };
        let taken: Vec<_> = filters.iter().map(taken).collect();
        let mut included = 0;
        for (filter, own) in filters.iter().zip(&taken) {
            for (grant, given) in filters.iter().zip(&taken) {
                let expected = own.iter().zip(given).all(|(own, given)| !own || *given);
                assert_eq!(is_included(*filter, *grant), expected, "{filter} in {grant}");
                included += usize::from(expected);
            }
        }
        assert!(included > filters.len() && filters.len() > 50, "{included}");
    }
}
