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
/// The work grows with the square of all levels: that is for the compiler, which without
/// `#[allow(long_running_const_eval)]` at the constants does it for some 70 routes of five levels, not for 80.
///
/// # Panics
///
/// Outside `const`, if a text is no topic filter.
///
/// ```
/// use topic_matcher::{Room, room_for};
///
/// const ROOM: Room = room_for(&[("house/+/lamp/set", 1), ("house/+/lamp", 2), ("lamp/#", 3)]);
/// assert_eq!(ROOM, Room { levels: 4 + 2, text: "house/+/lamp/set/#/".len() });
/// ```
#[must_use]
pub const fn room_for<V>(routes: &[(&'static str, V)]) -> Room {
    let mut room = Room { levels: 0, text: 0 };
    let mut behind = routes;
    while let [(filter, _), others @ ..] = behind {
        let mut rest = Some(TopicFilter::from_static(filter).as_bytes());
        while let Some(text) = rest {
            let (level, below) = split_level(text);
            let end = filter.len().saturating_sub(text.len()).saturating_add(level.len());
            // Whoever comes last has the room.
            if !any_begins_as(others, filter.as_bytes(), end) {
                room.levels = room.levels.saturating_add(1);
            }
            if !has(below, level) && !any_has(others, level) {
                room.text = room.text.saturating_add(level.len()).saturating_add(1);
            }
            rest = below;
        }
        behind = others;
    }
    room
}

/// Has one of them the levels of `filter` that end at `end`?
const fn any_begins_as<V>(routes: &[(&'static str, V)], filter: &[u8], end: usize) -> bool {
    let mut rest = routes;
    while let [(other, _), others @ ..] = rest {
        if let (Some((a, _)), Some((b, [] | [b'/', ..]))) =
            (filter.split_at_checked(end), other.as_bytes().split_at_checked(end))
        {
            if is_equal(a, b) {
                return true;
            }
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
