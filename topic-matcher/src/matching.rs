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
    if let ([f, ..], [n, ..]) = (filter, name) {
        // [MQTT-4.7.2-1]: a wildcard at the beginning takes no `$`.
        if *f != *n && (!matches!(*f, b'+' | b'#') || *n == b'$') {
            return false;
        }
    }
    let (mut filter, mut name) = (filter, name);
    loop {
        (filter, name) = skip_common(filter, name);
        match filter {
            [] => return name.is_empty(),
            // A name has no wildcard: the texts part at each one of the filter, and what they had
            // in common so far ends with a slash, so the name stands at the begin of a level too.
            [b'+', behind @ ..] => {
                filter = behind;
                name = skip_level(name);
            }
            [b'#'] => return true,
            // `#` takes its parent too.
            [b'/', b'#'] => return name.is_empty(),
            _ => return false,
        }
    }
}

/// Both without the bytes at the beginning that they have in common.
pub(crate) const fn skip_common<'f, 'n>(f: &'f [u8], n: &'n [u8]) -> (&'f [u8], &'n [u8]) {
    if BY_WORDS { skip_common_words(f, n) } else { skip_common_bytes(f, n) }
}

/// The text from its first slash on.
pub(crate) const fn skip_level(text: &[u8]) -> &[u8] {
    if BY_WORDS { skip_level_words(text) } else { skip_level_bytes(text) }
}

const fn skip_common_words<'f, 'n>(f: &'f [u8], n: &'n [u8]) -> (&'f [u8], &'n [u8]) {
    let (mut f, mut n) = (f, n);
    while let (Some((f_word, f_behind)), Some((n_word, n_behind))) =
        (f.split_first_chunk(), n.split_first_chunk())
    {
        let different = u64::from_le_bytes(*f_word) ^ u64::from_le_bytes(*n_word);
        if different != 0 {
            let same = low_zero_bytes(different);
            return (skip(f, same), skip(n, same));
        }
        (f, n) = (f_behind, n_behind);
    }
    skip_common_bytes(f, n)
}

const fn skip_common_bytes<'f, 'n>(f: &'f [u8], n: &'n [u8]) -> (&'f [u8], &'n [u8]) {
    let (mut f, mut n) = (f, n);
    while let (Some((f_byte, f_behind)), Some((n_byte, n_behind))) =
        (f.split_first(), n.split_first())
    {
        if *f_byte != *n_byte {
            break;
        }
        (f, n) = (f_behind, n_behind);
    }
    (f, n)
}

const fn skip_level_words(text: &[u8]) -> &[u8] {
    const ONES: u64 = u64::MAX / 0xFF;
    const SLASHES: u64 = ONES * b'/' as u64;
    let mut rest = text;
    while let Some((word, behind)) = rest.split_first_chunk() {
        // A byte that is zero, here: a slash, borrows and sets its top bit. The lowest such bit is
        // exact, only above it a borrow may have spread; wrapping is what the trick stands on.
        let word = u64::from_le_bytes(*word) ^ SLASHES;
        let slashes = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if slashes != 0 {
            return skip(rest, low_zero_bytes(slashes));
        }
        rest = behind;
    }
    skip_level_bytes(rest)
}

const fn skip_level_bytes(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        if *byte == b'/' {
            break;
        }
        rest = behind;
    }
    rest
}

/// How many bytes of a word lie in front of the one with its lowest bit set.
const fn low_zero_bytes(word: u64) -> usize {
    (word.trailing_zeros() / u8::BITS) as usize
}

const fn skip(text: &[u8], count: usize) -> &[u8] {
    match text.split_at_checked(count) {
        Some((_, behind)) => behind,
        None => &[],
    }
}

/// Eight bytes at once take half the time of single bytes, but three times the flash; and a
/// Cortex-M0 cannot load a word that is not aligned.
const BY_WORDS: bool = size_of::<usize>() == size_of::<u64>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_skip_what_bytes_skip() {
        let text = b"/aaa/bbbb\x80\xAF\x2E\x30//cc/ddddddddd/\xFFe/ffffffffffffffffff/g";
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let part = &text[start..end];
                assert_eq!(skip_level_words(part), skip_level_bytes(part));
                for different in start..end {
                    let mut other = *text;
                    other[different] ^= 0x80;
                    let pairs = [(part, &other[start..]), (&other[start..], part)];
                    for (f, n) in pairs {
                        let words = skip_common_words(f, n);
                        assert_eq!(words, skip_common_bytes(f, n));
                        assert_eq!(words.0.len(), f.len() - (different - start));
                    }
                }
            }
        }
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
