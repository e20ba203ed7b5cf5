use core::iter::FusedIterator;

use crate::matching::skip_level;

/// The levels of a topic name or a topic filter, from left to right.
///
/// At least one; levels may be empty: `/` has two empty ones.
///
/// ```
/// use topic_matcher::TopicName;
///
/// let mut levels = TopicName::new("house/kitchen")?.levels();
/// assert_eq!(levels.next(), Some("house"));
/// assert_eq!(levels.rest(), Some("kitchen"));
/// assert_eq!(levels.next(), Some("kitchen"));
/// assert_eq!((levels.rest(), levels.next()), (None, None));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Levels<'a> {
    rest: Option<&'a str>,
}

impl<'a> Levels<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { rest: Some(text) }
    }

    /// What has not been iterated, with its slashes; `None` after the last level.
    #[must_use]
    pub const fn rest(&self) -> Option<&'a str> {
        self.rest
    }
}

impl<'a> Iterator for Levels<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let behind = skip_level(rest.as_bytes()).len();
        let (level, behind) = rest.split_at_checked(rest.len().saturating_sub(behind))?;
        self.rest = behind.strip_prefix('/');
        Some(level)
    }
}

impl FusedIterator for Levels<'_> {}
