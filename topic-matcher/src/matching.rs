use crate::grammar::BY_WORDS;

/// Does the topic filter take the topic name? Both as bytes that were checked before.
///
/// For those who keep checked texts as bytes, as brokers do: the same answer as
/// [`TopicFilter::matches`](crate::TopicFilter::matches) without looking at the texts again.
///
/// It never panics and takes linear time for any bytes, but it checks nothing: where `filter` is no
/// topic filter or `name` no topic name the answer has no meaning. For a shared subscription give
/// the part behind the share name.
///
/// ```
/// assert!(topic_matcher::matches(b"site/+/device/#", b"site/4/device/12345/temperature"));
/// assert!(!topic_matcher::matches(b"site/+/device/#", b"site/4/gateway"));
/// ```
#[must_use]
pub const fn matches(filter: &[u8], name: &[u8]) -> bool {
    // Most pairs that do not match differ at once.
    if let ([wanted, ..], [given, ..]) = (filter, name) {
        if *wanted != *given {
            match *wanted {
                // [MQTT-4.7.2-1]: a wildcard at the beginning takes no `$`.
                b'#' => return *given != b'$',
                b'+' if *given != b'$' => {}
                _ => return false,
            }
        }
    }
    let (mut filter, mut name) = skip_equal_words(filter, name);
    while let Some((byte, behind)) = filter.split_first() {
        match *byte {
            b'+' => (filter, name) = skip_equal_words(behind, skip_level(name)),
            b'#' => return true,
            _ => {
                match name.split_first() {
                    Some((given, name_behind)) if *given == *byte => name = name_behind,
                    Some(_) => return false,
                    // `#` takes its parent too.
                    None => return matches!(filter, b"/#"),
                }
                filter = behind;
            }
        }
    }
    name.is_empty()
}

/// Both without what they have in common at the beginning, up to seven bytes less than that.
///
/// Only a faster way over bytes that [`matches`] would take one by one: a name has no wildcard, so
/// what is equal has none. Less than half the time of single bytes; on small machines it does nothing.
pub(crate) const fn skip_equal_words<'f, 'n>(
    filter: &'f [u8],
    name: &'n [u8],
) -> (&'f [u8], &'n [u8]) {
    let (mut f, mut n) = (filter, name);
    if BY_WORDS {
        while let (Some((f_word, f_behind)), Some((n_word, n_behind))) =
            (f.split_first_chunk(), n.split_first_chunk())
        {
            let different = u64::from_le_bytes(*f_word) ^ u64::from_le_bytes(*n_word);
            if different != 0 {
                let equal = low_zero_bytes(different);
                return (skip(f, equal), skip(n, equal));
            }
            (f, n) = (f_behind, n_behind);
        }
    }
    (f, n)
}

/// The text from its first slash on.
pub(crate) const fn skip_level(text: &[u8]) -> &[u8] {
    let mut rest = skip_words_without_slash(text);
    while let Some((byte, behind)) = rest.split_first() {
        if *byte == b'/' {
            break;
        }
        rest = behind;
    }
    rest
}

/// The text from its first slash on, or its last bytes, fewer than eight.
const fn skip_words_without_slash(text: &[u8]) -> &[u8] {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk() {
            let slashes = slashes(u64::from_le_bytes(*word));
            if slashes != 0 {
                return skip(rest, low_zero_bytes(slashes));
            }
            rest = behind;
        }
    }
    rest
}

/// The top bit of the first byte that is a slash, if one is; and perhaps bits above it.
pub(crate) const fn slashes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    const SLASHES: u64 = ONES * b'/' as u64;
    // A byte of zero, here: a slash, borrows and sets its top bit. The lowest such bit is exact, above it
    // a borrow may have spread; wrapping is what the trick stands on.
    let word = word ^ SLASHES;
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// How many bytes of a word lie in front of the one with its lowest bit set.
pub(crate) const fn low_zero_bytes(word: u64) -> usize {
    (word.trailing_zeros() / u8::BITS) as usize
}

pub(crate) const fn skip(text: &[u8], count: usize) -> &[u8] {
    match text.split_at_checked(count) {
        Some((_, behind)) => behind,
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8; 49] = b"/aaa/bbbb\x80\xAF\x2E\x30//cc/ddddddddd/\xFFe/ffffffffffffffffff";

    #[test]
    fn skips_to_the_first_slash() {
        for start in 0..=TEXT.len() {
            for end in start..=TEXT.len() {
                let text = &TEXT[start..end];
                let slash = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
                assert_eq!(skip_level(text), &text[slash..]);
                assert_eq!(skip_words_without_slash(text), &text[by_words(slash, text.len())..]);
            }
        }
    }

    #[test]
    fn skips_what_is_equal() {
        for start in 0..TEXT.len() {
            for different in start..TEXT.len() {
                let mut other = *TEXT;
                other[different] ^= 0x80;
                let (f, n) = (&TEXT[start..], &other[start..]);
                let skipped = by_words(different - start, f.len());
                assert_eq!(skip_equal_words(f, n), (&f[skipped..], &n[skipped..]));
            }
        }
    }

    /// How far words get: to byte `at`, if that is in one of the whole words of a text.
    fn by_words(at: usize, len: usize) -> usize {
        let whole_words = if BY_WORDS { len & !7 } else { 0 };
        at.min(whole_words)
    }

    #[test]
    fn answers_for_bytes_that_are_neither_filter_nor_name() {
        let parts: [&[u8]; 9] = [b"", b"+", b"#", b"/", b"a+", b"+a", b"#/", b"a#/b", b"\xFF\0"];
        for filter in parts {
            for name in parts {
                let _ = matches(filter, name);
            }
        }
    }
}
