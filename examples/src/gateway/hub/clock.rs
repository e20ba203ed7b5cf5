//! One clock for all sessions: milliseconds since it was first looked at.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// As sessions count.
pub fn ms_of(now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(*BEGIN).as_millis()).unwrap_or(u64::MAX)
}

/// When that is; `None` for what no clock can tell.
pub fn instant_of(ms: u64) -> Option<Instant> {
    BEGIN.checked_add(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let now = Instant::now();
        let ms = ms_of(now);
        let back = instant_of(ms + 1000).unwrap();
        let late = back.saturating_duration_since(now);
        assert!((999..=1000).contains(&late.as_millis()), "{late:?}");
        assert_eq!(ms_of(back), ms + 1000);
    }
}
