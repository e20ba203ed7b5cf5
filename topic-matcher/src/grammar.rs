// The grammar of topic names and topic filters, MQTT 5.0 section 4.7 and 4.8.2.
//
// `mqtt-codec` and `topic-matcher` each keep this file, byte for byte the same: neither depends on
// the other, and both must agree. Every function takes bytes that are UTF-8 and works in `const`.

/// Why a text is not a topic name or a topic filter, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct TopicError {
    /// What is wrong.
    pub kind: TopicErrorKind,
    /// Index of the first byte that cannot stand where it stands.
    pub offset: u32,
}

/// What is wrong with a topic name or a topic filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TopicErrorKind {
    /// It has no character. [MQTT-4.7.3-1]
    #[error("a topic has at least one character")]
    Empty,
    /// It is longer than 65,535 bytes. [MQTT-4.7.3-3]
    #[error("a topic has at most 65535 bytes")]
    TooLong,
    /// It is not well-formed UTF-8. [MQTT-1.5.4-1]
    #[error("a topic is well-formed UTF-8")]
    NotUtf8,
    /// It contains U+0000. [MQTT-4.7.3-2]
    #[error("a topic has no null character")]
    Null,
    /// A topic name contains `+` or `#`. [MQTT-4.7.0-1]
    #[error("a topic name has no wildcard")]
    WildcardInName,
    /// A `#` that is not the whole of the last level. [MQTT-4.7.1-1]
    #[error("'#' is the whole of the last level or absent")]
    MisplacedHash,
    /// A `+` that is not the whole of its level. [MQTT-4.7.1-2]
    #[error("'+' is the whole of its level or absent")]
    MisplacedPlus,
    /// It does not start with `$share/`, where only a shared subscription will do. [MQTT-4.8.2-1]
    #[error("a shared subscription starts with $share/")]
    NotShared,
    /// The share name is empty. [MQTT-4.8.2-1]
    #[error("a share name has at least one character")]
    EmptyShareName,
    /// The share name contains `+` or `#`. [MQTT-4.8.2-2]
    #[error("a share name has no wildcard")]
    WildcardInShareName,
    /// `$share/` and a share name without a topic filter behind them. [MQTT-4.8.2-2]
    #[error("a shared subscription has a topic filter behind its share name")]
    MissingFilter,
}

impl TopicErrorKind {
    /// The rule of MQTT 5.0 that the text breaks, as the standard numbers it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Empty => "MQTT-4.7.3-1",
            Self::TooLong => "MQTT-4.7.3-3",
            Self::NotUtf8 => "MQTT-1.5.4-1",
            Self::Null => "MQTT-4.7.3-2",
            Self::WildcardInName => "MQTT-4.7.0-1",
            Self::MisplacedHash => "MQTT-4.7.1-1",
            Self::MisplacedPlus => "MQTT-4.7.1-2",
            Self::NotShared | Self::EmptyShareName => "MQTT-4.8.2-1",
            Self::WildcardInShareName | Self::MissingFilter => "MQTT-4.8.2-2",
        }
    }
}

/// Words of eight bytes pay. A Cortex-M0 would put together each word of four from single bytes,
/// which takes more flash and no less time.
pub(crate) const BY_WORDS: bool = size_of::<usize>() == 8;

const WORD: usize = size_of::<usize>();

type ShareAndFilter<'a> = (&'a [u8], &'a [u8]);

/// What a shared subscription starts with.
pub(crate) const SHARE: &[u8] = b"$share/";

/// The smallest ASCII character above `#` and `+`: a text of nothing below it has no wildcard.
const ABOVE_WILDCARDS: u8 = b'+' + 1;

/// Is `text` a topic name: one to 65,535 bytes, no U+0000, no wildcard?
pub(crate) const fn check_name(text: &[u8]) -> Result<(), TopicError> {
    match check_length(text) {
        Ok(()) => check_bytes(text, false),
        error => error,
    }
}

/// Is `text` a topic filter: one to 65,535 bytes, no U+0000, each wildcard alone in its level and
/// `#` in the last?
pub(crate) const fn check_filter(text: &[u8]) -> Result<(), TopicError> {
    match check_length(text) {
        Ok(()) => check_bytes(text, true),
        error => error,
    }
}

/// The same without the length; one function for both, since that takes less flash.
pub(crate) const fn check_bytes(text: &[u8], is_filter: bool) -> Result<(), TopicError> {
    if BY_WORDS && !is_filter && is_plain(text, ABOVE_WILDCARDS) {
        return Ok(());
    }
    let mut rest = text;
    let mut level_is_new = true;
    loop {
        let special = at_special(rest);
        let plain_len = rest.len().saturating_sub(special.len());
        if let Some(([.., last], _)) = rest.split_at_checked(plain_len) {
            level_is_new = *last == b'/';
        }
        let is_in_place = is_filter && level_is_new;
        let kind = match special {
            [] => return Ok(()),
            [b'+' | b'#'] if is_in_place => return Ok(()),
            [b'+', b'/', behind @ ..] if is_in_place => {
                rest = behind;
                continue;
            }
            [0, ..] => TopicErrorKind::Null,
            _ if !is_filter => TopicErrorKind::WildcardInName,
            [b'+', ..] => TopicErrorKind::MisplacedPlus,
            _ => TopicErrorKind::MisplacedHash,
        };
        return Err(error(kind, text, special));
    }
}

/// What is left of `text` from its first `+`, `#` or U+0000 on.
pub(crate) const fn at_special(text: &[u8]) -> &[u8] {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            let word = usize::from_le_bytes(*word);
            let found = zeros(word) | zeros(word ^ all(b'+')) | zeros(word ^ all(b'#'));
            if found != 0 {
                return match rest.split_at_checked((found.trailing_zeros() / 8) as usize) {
                    Some((_, special)) => special,
                    None => rest,
                };
            }
            rest = behind;
        }
    }
    while let [byte, behind @ ..] = rest {
        if matches!(byte, 0 | b'+' | b'#') {
            break;
        }
        rest = behind;
    }
    rest
}

/// Splits `$share/{ShareName}/{filter}` into share name and filter, both checked; `None` for a
/// filter that does not start with `$share/`. The text is a checked topic filter.
pub(crate) const fn split_shared(text: &[u8]) -> Result<Option<ShareAndFilter<'_>>, TopicError> {
    let Some((SHARE, behind)) = text.split_at_checked(SHARE.len()) else {
        return Ok(None);
    };
    let mut rest = behind;
    let mut name_len: usize = 0;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'/' if name_len == 0 => {
                return Err(error(TopicErrorKind::EmptyShareName, text, rest));
            }
            b'+' | b'#' => return Err(error(TopicErrorKind::WildcardInShareName, text, rest)),
            b'/' if after.is_empty() => {
                return Err(error(TopicErrorKind::MissingFilter, text, after));
            }
            b'/' => {
                let name = match behind.split_at_checked(name_len) {
                    Some((name, _)) => name,
                    None => behind,
                };
                return Ok(Some((name, after)));
            }
            _ => {}
        }
        name_len = name_len.saturating_add(1);
        rest = after;
    }
    let kind =
        if name_len == 0 { TopicErrorKind::EmptyShareName } else { TopicErrorKind::MissingFilter };
    Err(error(kind, text, rest))
}

/// True if every byte is an ASCII character from `floor` (at least 1) to `~`, by words where that
/// is fast. What it calls plain needs no closer look: it is UTF-8, without a control character.
pub(crate) const fn is_plain(text: &[u8], floor: u8) -> bool {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            if !word_is_plain(usize::from_ne_bytes(*word), floor) {
                return false;
            }
            rest = behind;
        }
        if rest.is_empty() {
            return true;
        }
        // The tail once more as a whole word that overlaps the one before it.
        if let Some(word) = text.last_chunk::<WORD>() {
            return word_is_plain(usize::from_ne_bytes(*word), floor);
        }
    }
    while let Some((&byte, behind)) = rest.split_first() {
        if byte < floor || byte > b'~' {
            return false;
        }
        rest = behind;
    }
    true
}

/// Subtracting `floor` from every byte at once sets the top bit of the lowest byte below it, adding
/// one sets it for 0x7F. A byte can borrow from or carry into its neighbour only if it is itself
/// out of range, so the answer is exact, and wrapping is what the trick stands on.
const fn word_is_plain(word: usize, floor: u8) -> bool {
    (word | word.wrapping_sub(all(floor)) | word.wrapping_add(ONES)) & TOP_BITS == 0
}

/// The top bit of every byte of `word` that is 0, and perhaps of bytes above the lowest such one.
const fn zeros(word: usize) -> usize {
    word.wrapping_sub(ONES) & !word & TOP_BITS
}

/// A word of this byte.
const fn all(byte: u8) -> usize {
    ONES.wrapping_mul(byte as usize)
}

const ONES: usize = usize::MAX / 0xFF;
const TOP_BITS: usize = ONES << 7;

/// Has `text` one to 65,535 bytes?
pub(crate) const fn check_length(text: &[u8]) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError { kind: TopicErrorKind::Empty, offset: 0 });
    }
    if text.len() > u16::MAX as usize {
        return Err(TopicError { kind: TopicErrorKind::TooLong, offset: u16::MAX as u32 });
    }
    Ok(())
}

/// The error at the byte where `rest`, a tail of `text`, begins.
const fn error(kind: TopicErrorKind, text: &[u8], rest: &[u8]) -> TopicError {
    TopicError { kind, offset: text.len().saturating_sub(rest.len()) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_what_lies_between_floor_and_tilde() {
        for floor in [1, b' ', ABOVE_WILDCARDS] {
            for len in 0..=17 {
                for at in 0..len {
                    for byte in 0..=u8::MAX {
                        for others in [floor, b'~'] {
                            let mut text = [others; 17];
                            text[at] = byte;
                            let plain = (floor..=b'~').contains(&byte);
                            assert_eq!(is_plain(&text[..len], floor), plain, "{text:?} {floor}");
                        }
                    }
                }
            }
        }
        assert!(is_plain(b"", 1));
    }

    #[test]
    fn finds_the_first_special_byte_wherever_it_is() {
        for len in 0..24 {
            let plain = [b'a'; 24];
            let plain = &plain[..len];
            assert!(at_special(plain).is_empty());
            for first in 0..len {
                for special in [0, b'+', b'#'] {
                    // Another behind it, and a byte one above and one below each.
                    let mut text = [b'"'; 24];
                    text[..first].fill(b',');
                    text[len - 1] = b'+';
                    text[first] = special;
                    let found = at_special(&text[..len]);
                    assert_eq!(found.len(), len - first, "{special} at {first} of {len}");
                }
            }
        }
    }
}
