//! Which topic names two filters take: all of the other's, some, the same ones.
//!
//! Level by level, and what a wildcard takes decides. The one trap is that no topic name is empty, so
//! the parent of `#` and that of `/#`, which would be one, is none: `#` takes what `+/#` takes, and
//! `/#` what `/+/#` takes. No other two filters mean the same. With these two written out, the levels
//! of two filters can be laid side by side.

use crate::Identity;
use crate::matching::skip_level;

/// Does `wide` take every topic name that `narrow` takes? With names, `wide` is a pattern in which they
/// have places.
pub(crate) const fn includes(wide: &[u8], narrow: &[u8], names: Option<Identity<'_>>) -> bool {
    if is_hidden(wide, narrow) {
        return false;
    }
    let (mut wide, mut narrow) = (wide, written_out(narrow));
    loop {
        let ((wanted, wide_behind), (given, narrow_behind)) =
            (split_level(wide), split_level(narrow));
        let is_taken = match (wanted, given) {
            (b"#", _) => return true,
            // There is always a name with another number of levels, or with a level here that is
            // not `wanted`.
            (_, b"#") => false,
            (b"+", _) => true,
            (wanted, given) => match names {
                Some(names) => names.is_level(wanted, given),
                None => is_equal(wanted, given),
            },
        };
        if !is_taken {
            return false;
        }
        (wide, narrow) = match (wide_behind, narrow_behind) {
            (Some(wide), Some(narrow)) => (wide, narrow),
            (None | Some(b"#"), None) => return true,
            (Some(_), None) | (None, Some(_)) => return false,
        };
    }
}

/// Is there a topic name that both filters take?
pub(crate) const fn intersects(a: &[u8], b: &[u8]) -> bool {
    if is_hidden(a, b) || is_hidden(b, a) {
        return false;
    }
    let (mut a, mut b) = (Some(written_out(a)), Some(written_out(b)));
    // The length of the shortest such name, with a slash behind each level.
    let mut len: usize = 0;
    loop {
        // A `#` stays where it is and takes the other's levels.
        let level = match (a, b) {
            (None | Some(b"#"), None) | (None | Some(b"#"), Some(b"#")) => break,
            (Some(b"#"), Some(text)) => {
                let (level, behind) = split_level(text);
                b = behind;
                level
            }
            (Some(text), Some(b"#")) => {
                let (level, behind) = split_level(text);
                a = behind;
                level
            }
            (Some(a_text), Some(b_text)) => {
                let ((a_level, a_behind), (b_level, b_behind)) =
                    (split_level(a_text), split_level(b_text));
                (a, b) = (a_behind, b_behind);
                match (a_level, b_level) {
                    (b"+", level) | (level, b"+") => level,
                    _ if is_equal(a_level, b_level) => a_level,
                    _ => return false,
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
        };
        let shortest = if matches!(level, b"+") { 0 } else { level.len() };
        len = len.saturating_add(shortest).saturating_add(1);
    }
    len <= MAX_LEN.saturating_add(1) // [MQTT-4.7.3-3]
}

/// The shortest filter that takes the same topic names.
pub(crate) const fn canonical(filter: &str) -> &str {
    match (filter.as_bytes(), filter.split_at_checked(2)) {
        (b"+/#" | b"/+/#", Some((_, behind))) => behind,
        _ => filter,
    }
}

/// The filter with every level that its topic names have at least.
const fn written_out(filter: &[u8]) -> &[u8] {
    match filter {
        b"#" => b"+/#",
        b"/#" => b"/+/#",
        _ => filter,
    }
}

/// Does the one begin with a wildcard, which takes no `$`, and the other with `$`? [MQTT-4.7.2-1]
const fn is_hidden(wide: &[u8], narrow: &[u8]) -> bool {
    matches!((wide, narrow), ([b'+' | b'#', ..], [b'$', ..]))
}

/// The first level, and the text behind its slash if it has one.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn split_level(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let from_slash = skip_level(text);
    let level = match text.split_at_checked(text.len().saturating_sub(from_slash.len())) {
        Some((level, _)) => level,
        None => text,
    };
    match from_slash.split_first() {
        Some((_, behind)) => (level, Some(behind)),
        None => (level, None),
    }
}

/// Compares bytes, which `==` does not do in `const`.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let (Some((x, a_behind)), Some((y, b_behind))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_behind, b_behind);
    }
    a.is_empty() && b.is_empty()
}

/// Bytes of the longest topic name.
const MAX_LEN: usize = u16::MAX as usize;
