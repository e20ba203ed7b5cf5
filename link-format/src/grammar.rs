//! Classes of characters, and how far they reach.
//!
//! What is left of a text is never longer than the text: so lengths are subtracted wrapping.
//!
//! The functions that look for an end work on eight bytes at a time where words have eight bytes.
//! A Cortex-M0 would put together each word of four from single bytes, which takes more flash and
//! no less time.

const BY_WORDS: bool = size_of::<usize>() == 8;
const WORD: usize = size_of::<usize>();
const ONES: usize = usize::MAX / 0xFF;
const TOP_BITS: usize = ONES << 7;

/// `ptokenchar`. RFC 6690 section 2
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_ptoken_char(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'+' | b'-'..=b':' | b'<'..=b'[' | b']'..=b'~')
}

/// `attr-char`, of which `parmname` is made. RFC 8187 section 3.2.1
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_attr_char(byte: u8) -> bool {
    // The letters of most names first.
    byte.is_ascii_lowercase()
        || matches!(
            byte,
            b'A'..=b'Z'
                | b'0'..=b'9'
                | b'!'
                | b'#'
                | b'$'
                | b'&'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

const ATTR_CHAR: u8 = 1;
const PTOKEN_CHAR: u8 = 2;

/// Is `byte` one of that class? Where flash is plenty, a table says so.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[expect(clippy::indexing_slicing, reason = "there is a class for every byte")]
const fn is_in(class: u8, byte: u8) -> bool {
    if BY_WORDS {
        CLASSES[byte as usize] & class != 0
    } else if class == ATTR_CHAR {
        is_attr_char(byte)
    } else {
        is_ptoken_char(byte)
    }
}

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte: u8 = 0;
    while let Some((class, tail)) = rest.split_first_mut() {
        let attr_char = if is_attr_char(byte) { ATTR_CHAR } else { 0 };
        let ptoken_char = if is_ptoken_char(byte) { PTOKEN_CHAR } else { 0 };
        *class = attr_char | ptoken_char;
        byte = byte.wrapping_add(1);
        rest = tail;
    }
    classes
};

/// `unreserved` and `sub-delims`. RFC 3986 section 2.2 and 2.3
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn is_uri_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b';' | b'=')
}

/// What a quoted string has besides `"` and `\`: no control character but the tab.
/// RFC 2616 section 2.2, RFC 9110 section 5.6.4
pub(crate) const fn is_quotable(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// Length of the name that `text` begins with.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn name_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if !is_in(ATTR_CHAR, byte) {
            break;
        }
        rest = behind;
    }
    text.len().wrapping_sub(rest.len())
}

/// Length of the `ptoken` that `text` begins with.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn ptoken_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if !is_in(PTOKEN_CHAR, byte) {
            break;
        }
        rest = behind;
    }
    text.len().wrapping_sub(rest.len())
}

/// Length of what `text` begins with before the first `"`, `\` or control character (the tab too).
/// The text is UTF-8.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn unquoted_len(text: &[u8]) -> usize {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            let word = usize::from_le_bytes(*word);
            // Flipping the bit of 2 brings `"` down to the control characters, and no other above
            // them. One more than 0x7F sets the top bit, which no byte of UTF-8 carries into.
            let found = ((word ^ all(2)).wrapping_sub(all(b' ' + 1))
                | (word ^ all(b'\\')).wrapping_sub(ONES)
                | word.wrapping_add(ONES))
                & !word
                & TOP_BITS;
            if found != 0 {
                return len_to(text, rest, found);
            }
            rest = behind;
        }
    }
    while let Some((&byte, behind)) = rest.split_first() {
        if matches!(byte, b'"' | b'\\' | 0..b' ' | 0x7F) {
            break;
        }
        rest = behind;
    }
    text.len().wrapping_sub(rest.len())
}

/// Length of the letters, digits, `-`, `.` and `/` that `text` begins with. Whatever is made of
/// them alone is a URI reference.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn simple_len(text: &[u8]) -> usize {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            let word = usize::from_le_bytes(*word);
            let simple = within(word | all(0x20), b'a', b'z') | within(word, b'-', b'9');
            let found = (simple & !word & TOP_BITS) ^ TOP_BITS;
            if found != 0 {
                return len_to(text, rest, found);
            }
            rest = behind;
        }
    }
    while let Some((&byte, behind)) = rest.split_first() {
        if !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'-'..=b'9') {
            break;
        }
        rest = behind;
    }
    text.len().wrapping_sub(rest.len())
}

/// Length of what `text` begins with before the first `A` or `B`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn len_before<const A: u8, const B: u8>(text: &[u8]) -> usize {
    let mut rest = text;
    if BY_WORDS {
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            let word = usize::from_le_bytes(*word);
            let found = zeros(word ^ all(A)) | zeros(word ^ all(B));
            if found != 0 {
                return len_to(text, rest, found);
            }
            rest = behind;
        }
    }
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == A || byte == B {
            break;
        }
        rest = behind;
    }
    text.len().wrapping_sub(rest.len())
}

/// Index of the first `wanted`.
pub(crate) const fn find(text: &[u8], wanted: u8) -> Option<usize> {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == wanted {
            return Some(text.len().wrapping_sub(rest.len()));
        }
        rest = behind;
    }
    None
}

/// Do the two differ in nothing but the case of ASCII letters? So names of attributes are compared.
/// RFC 8288 section 2.2
pub(crate) const fn same_name(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    while let (Some((x, behind_a)), Some((y, behind_b))) = (a.split_first(), b.split_first()) {
        if !x.eq_ignore_ascii_case(y) {
            return false;
        }
        (a, b) = (behind_a, behind_b);
    }
    true
}

/// The value of two hexadecimal digits.
pub(crate) const fn hex_pair(high: u8, low: u8) -> Option<u8> {
    match (hex_digit(high), hex_digit(low)) {
        (Some(high), Some(low)) => Some(high << 4 | low),
        _ => None,
    }
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// `text` cut at `at`, which is a character's boundary and not behind the end.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn cut(text: &str, at: usize) -> (&str, &str) {
    match text.split_at_checked(at) {
        Some(parts) => parts,
        None => (text, ""),
    }
}

/// `text` before the first `delimiter`, and behind it if there is one.
pub(crate) const fn cut_at(text: &str, delimiter: u8) -> (&str, Option<&str>) {
    match find(text.as_bytes(), delimiter) {
        Some(at) => {
            let (before, rest) = cut(text, at);
            (before, Some(behind(rest, 1)))
        }
        None => (text, None),
    }
}

/// `text` without its first `len` bytes.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn behind(text: &str, len: usize) -> &str {
    cut(text, len).1
}

/// Length of `text` up to the first byte of `rest` that `found` marks. `rest` is a tail of `text`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn len_to(text: &[u8], rest: &[u8], found: usize) -> usize {
    let before = text.len().wrapping_sub(rest.len());
    before.wrapping_add((found.trailing_zeros() / 8) as usize)
}

/// The top bit of every byte of `word` that is 0, and perhaps of bytes above the lowest such one:
/// wrapping is what the trick stands on.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn zeros(word: usize) -> usize {
    word.wrapping_sub(ONES) & !word & TOP_BITS
}

/// The top bit of every byte whose lower seven bits are a number from `low` to `high`. No sum
/// reaches the byte above.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn within(word: usize, low: u8, high: u8) -> usize {
    let word = word & !TOP_BITS;
    word.wrapping_add(all(0x80_u8.wrapping_sub(low)))
        & !word.wrapping_add(all(0x7F_u8.wrapping_sub(high)))
        & TOP_BITS
}

/// A word of this byte.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn all(byte: u8) -> usize {
    ONES.wrapping_mul(byte as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of texts up to 17 bytes, among bytes of the class.
    fn compare(others: &[u8], found: fn(&[u8]) -> usize, belongs: fn(u8) -> bool) {
        for len in 0..=17 {
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    for &other in others {
                        let mut text = [other; 17];
                        text[at] = byte;
                        let naive = text[..len].iter().take_while(|byte| belongs(**byte)).count();
                        assert_eq!(found(&text[..len]), naive, "{text:?} {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn finds_the_end_of_unquoted_text() {
        compare(b" }\x80\xF4a!#", unquoted_len, |byte| {
            is_quotable(byte) && !matches!(byte, b'"' | b'\\' | b'\t')
        });
    }

    #[test]
    fn finds_either_of_two() {
        compare(b"#!a\xFF", len_before::<b'"', b','>, |byte| byte != b'"' && byte != b',');
    }

    #[test]
    fn finds_the_end_of_simple_text() {
        compare(b"azAZ-9/.", simple_len, |byte| {
            byte.is_ascii_alphanumeric() || b"-./".contains(&byte)
        });
    }

    #[test]
    fn classes_have_the_characters_of_the_standard() {
        for byte in 0..=u8::MAX {
            let ptoken = b"!#$%&'()*+-./:<=>?@[]^_`{|}~".contains(&byte);
            assert_eq!(is_ptoken_char(byte), ptoken || byte.is_ascii_alphanumeric(), "{byte}");
            let uri = b"-._~!$&'()*+,;=".contains(&byte);
            assert_eq!(is_uri_char(byte), uri || byte.is_ascii_alphanumeric(), "{byte}");
            let quotable = !byte.is_ascii_control() || byte == b'\t';
            assert_eq!(is_quotable(byte), quotable, "{byte}");
        }
    }
}
