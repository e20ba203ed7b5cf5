use crate::TopicFilter;
use crate::algebra::{is_equal, split_level};

/// How much room filters need in a [`FilterTable`](crate::FilterTable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Room {
    /// For the parameter `LEVELS`.
    pub levels: usize,
    /// For the parameter `TEXT`, in bytes.
    pub text: usize,
}

/// How much room these filters need together, for
/// [`FilterTable::from_static`](crate::FilterTable::from_static).
///
/// The work grows with the square of all levels: that is for the compiler.
///
/// # Panics
///
/// Outside `const`, if a text is no topic filter.
///
/// ```
/// use topic_matcher::{Room, room_for};
///
/// const ROOM: Room = room_for(&[("house/+/lamp/set", 1), ("house/+/lamp", 2), ("lamp/#", 3)]);
/// assert_eq!(ROOM, Room { levels: 1 + 4 + 2, text: "house/lamp/set/".len() });
/// ```
#[must_use]
pub const fn room_for<V>(routes: &[(&'static str, V)]) -> Room {
    let mut room = Room { levels: 1, text: 0 };
    let mut behind = routes;
    while let [(filter, _), others @ ..] = behind {
        let mut rest = Some(TopicFilter::from_static(filter).as_bytes());
        let mut depth: usize = 0;
        while let Some(text) = rest {
            let (level, below) = split_level(text);
            depth = depth.saturating_add(1);
            // Whoever comes last has the room.
            if !any_begins_as(others, filter.as_bytes(), depth) {
                room.levels = room.levels.saturating_add(1);
            }
            if !matches!(level, b"+" | b"#") && !has(below, level) && !any_has(others, level) {
                room.text = room.text.saturating_add(level.len()).saturating_add(1);
            }
            rest = below;
        }
        behind = others;
    }
    room
}

/// Has one of them the first `depth` levels of `filter`?
const fn any_begins_as<V>(routes: &[(&'static str, V)], filter: &[u8], depth: usize) -> bool {
    let mut rest = routes;
    while let [(other, _), others @ ..] = rest {
        let (mut a, mut b, mut left) = (Some(filter), Some(other.as_bytes()), depth);
        while let (Some(a_text), Some(b_text), 1..) = (a, b, left) {
            let ((a_level, a_behind), (b_level, b_behind)) =
                (split_level(a_text), split_level(b_text));
            if !is_equal(a_level, b_level) {
                break;
            }
            (a, b, left) = (a_behind, b_behind, left.saturating_sub(1));
        }
        if left == 0 {
            return true;
        }
        rest = others;
    }
    false
}

const fn any_has<V>(routes: &[(&'static str, V)], level: &[u8]) -> bool {
    let mut rest = routes;
    while let [(other, _), others @ ..] = rest {
        if has(Some(other.as_bytes()), level) {
            return true;
        }
        rest = others;
    }
    false
}

/// Is it one of the levels?
const fn has(levels: Option<&[u8]>, level: &[u8]) -> bool {
    let mut rest = levels;
    while let Some(text) = rest {
        let (other, behind) = split_level(text);
        if is_equal(other, level) {
            return true;
        }
        rest = behind;
    }
    false
}
