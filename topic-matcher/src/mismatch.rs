use core::fmt;

use crate::{TopicFilter, TopicName};

/// Why a topic filter does not take a topic name, and at which level.
///
/// ```
/// use topic_matcher::{TopicFilter, TopicName};
///
/// let filter = TopicFilter::new("kitchen/temperature")?;
/// let why = filter.mismatch(TopicName::new("kitchen/alarm")?);
/// assert_eq!(why.map(|why| why.level), Some(1));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mismatch {
    /// Why.
    pub kind: MismatchKind,
    /// The first level at which they part, counted from 0, as `levels().nth(level)` counts.
    pub level: u32,
}

/// Why a topic filter does not take a topic name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MismatchKind {
    /// Both have the level, and the texts are different.
    LevelsDiffer,
    /// The name has this level, the filter ends before it.
    NameIsLonger,
    /// The filter has this level, the name ends before it.
    FilterIsLonger,
    /// The name begins with `$`, the filter with a wildcard. [MQTT-4.7.2-1]
    Dollar,
}

/// One level of each after the other, as the standard tells it.
pub(crate) fn mismatch(filter: TopicFilter<'_>, name: TopicName<'_>) -> Option<Mismatch> {
    if filter.as_str().starts_with(['+', '#']) && name.as_str().starts_with('$') {
        return Some(Mismatch { kind: MismatchKind::Dollar, level: 0 });
    }
    let (mut wanted, mut given) = (filter.levels(), name.levels());
    let mut level: u32 = 0;
    loop {
        let kind = match (wanted.next(), given.next()) {
            // `#` takes what is left, also if nothing is.
            (None, None) | (Some("#"), _) => return None,
            (Some("+"), Some(_)) => None,
            (Some(wanted), Some(given)) if wanted == given => None,
            (Some(_), Some(_)) => Some(MismatchKind::LevelsDiffer),
            (None, Some(_)) => Some(MismatchKind::NameIsLonger),
            (Some(_), None) => Some(MismatchKind::FilterIsLonger),
        };
        if let Some(kind) = kind {
            return Some(Mismatch { kind, level });
        }
        level = level.saturating_add(1);
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at level {}", self.kind, self.level)
    }
}

impl fmt::Display for MismatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LevelsDiffer => "the texts are different",
            Self::NameIsLonger => "the filter ends before the name",
            Self::FilterIsLonger => "the name ends before the filter",
            Self::Dollar => "a wildcard takes no name that begins with '$'",
        })
    }
}
