use super::way::SHARED;
use crate::TopicFilter;
use crate::algebra::{is_equal, split_level};

/// How much room filters need in a [`FilterTable`](crate::FilterTable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Room {
    /// For the parameter `FILTERS`.
    pub filters: usize,
    /// For the parameter `TEXT`, in bytes.
    pub text: usize,
}

/// How much room these filters need together, for
/// [`FilterTable::from_static`](crate::FilterTable::from_static).
///
/// The work grows with the square of all levels: that is for the compiler, which without
/// `#[allow(long_running_const_eval)]` at the constants does it for 80 routes of five levels, long or short.
///
/// # Panics
///
/// Outside `const`, if a text is no topic filter.
///
/// ```
/// use topic_matcher::{Room, room_for};
///
/// const ROOM: Room = room_for(&[("house/+/lamp/set", 1), ("house/+/lamp", 2), ("lamp/#", 3)]);
/// assert_eq!(ROOM, Room { filters: 3, text: "house/+/lamp/set/lamp/#/".len() });
/// ```
#[must_use]
pub const fn room_for<V>(routes: &[(&'static str, V)]) -> Room {
    let mut room = Room { filters: routes.len(), text: 0 };
    let mut behind = routes;
    while let [(filter, _), others @ ..] = behind {
        let mut rest = Some(TopicFilter::from_static(filter).as_bytes());
        let mut depth: u8 = 0;
        while let Some(text) = rest {
            let (level, below) = split_level(text);
            let end = filter.len().saturating_sub(text.len()).saturating_add(level.len());
            // Whoever comes last has the room.
            if depth >= SHARED || !any_begins_as(others, filter.as_bytes(), end) {
                room.text = room.text.saturating_add(level.len()).saturating_add(1);
            }
            (rest, depth) = (below, depth.saturating_add(1));
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
